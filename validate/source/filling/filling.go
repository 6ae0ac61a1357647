// Package filling fills a batch row by row, for decoders that meet a record's
// values one after another.
//
// A value is trimmed of U+0020 on its way, one that is too long is null, and
// what is wrong with it is noted; a row can be given up after some of its
// values are in, and nothing of them is left:
//
//	Begin ─► Row ─► Put Odd Trim Fault … ─► (Skip) ─► Row ─► …
//
// The text of the batch is its decoder's affair: a Filler writes cells.
package filling

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"mhsds/validate/batch"
)

// The words of batch.Fault.Check.
const (
	UnreadableValue  = "unreadable_value"
	ControlCharacter = "control_character"
	OversizedField   = "oversized_field"
)

// A Filler fills the rows of one batch after another. Its zero value needs
// MaxField.
type Filler struct {
	MaxField int // bytes of a value

	b      *batch.Batch
	row    int
	faults int   // of the rows before this one
	padded []int // columns of this row from which spaces were trimmed
}

// Begin makes b the batch. It has been reset for as many rows as will come.
func (f *Filler) Begin(b *batch.Batch) { f.b = b }

// Row makes row the one that values go to. It may be the same again.
func (f *Filler) Row(row int) {
	f.row, f.faults, f.padded = row, len(f.b.Faults), f.padded[:0]
}

// Put makes the n bytes at off of the batch's text the value of the column.
// They are plain: printable ASCII without a space at either end.
func (f *Filler) Put(column, off, n int) {
	if n > f.MaxField {
		f.Fault(column, OversizedField)
		return
	}
	f.b.Columns[column].Cells[f.row] = batch.MakeCell(off, n)
}

// Trim puts v, which will lie in the batch's text at off, without the spaces at
// its ends, and returns it. Between them it is plain.
func (f *Filler) Trim(column int, v []byte, off int) []byte {
	n := len(v)
	v = bytes.TrimLeft(v, " ")
	off += n - len(v)
	v = bytes.TrimRight(v, " ")
	if len(v) < n {
		f.Pad(column)
	}
	f.Put(column, off, len(v))
	return v
}

// Pad notes that spaces were dropped from the column's value.
func (f *Filler) Pad(column int) {
	c := &f.b.Columns[column]
	if c.Padded == 0 {
		c.PaddedRow = f.row
	}
	c.Padded++
	f.padded = append(f.padded, column)
}

// Odd puts v, which will lie in the batch's text at off, whatever is in it.
func (f *Filler) Odd(column int, v []byte, off int) {
	if slices.ContainsFunc(v, Wide) {
		f.Widen(column)
	}
	if v = f.Trim(column, v, off); len(v) <= f.MaxField && slices.ContainsFunc(v, Control) {
		f.Fault(column, ControlCharacter)
	}
}

// Widen notes that the column has a value with bytes that are Wide.
func (f *Filler) Widen(column int) { f.b.Columns[column].Odd = true }

// Wide reports whether a byte may make a value's characters fewer than its
// bytes, or one value two lines.
func Wide(c byte) bool { return c >= utf8.RuneSelf || c == '\n' || c == '\r' }

// Control reports whether a byte is a control character that no text has.
func Control(c byte) bool {
	return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f
}

// Fault notes a fault of the column's value, -1 for the whole row.
func (f *Filler) Fault(column int, check string) {
	f.b.Faults = append(f.b.Faults, batch.Fault{Row: f.row, Column: column, Check: check})
}

// Withdraw takes back the column's value and all that was said of it.
func (f *Filler) Withdraw(column int) {
	f.b.Columns[column].Cells[f.row] = 0
	if i := slices.Index(f.padded, column); i >= 0 {
		f.unpad(column)
		f.padded = slices.Delete(f.padded, i, i+1)
	}
	faults := f.b.Faults[f.faults:]
	faults = slices.DeleteFunc(faults, func(x batch.Fault) bool { return x.Column == column })
	f.b.Faults = f.b.Faults[:f.faults+len(faults)]
}

func (f *Filler) unpad(column int) {
	c := &f.b.Columns[column]
	if c.Padded--; c.Padded == 0 {
		c.PaddedRow = 0
	}
}

// Skip gives the row up: it cannot be judged, for one reason.
func (f *Filler) Skip(check string) {
	f.Clear()
	f.b.Skip.Set(f.row)
	f.b.AnySkip = true
	f.Fault(-1, check)
}

// Clear takes back all values of the row.
func (f *Filler) Clear() {
	for i := range f.b.Columns {
		f.b.Columns[i].Cells[f.row] = 0
	}
	for _, column := range f.padded {
		f.unpad(column)
	}
	f.padded = f.padded[:0]
	f.b.Faults = f.b.Faults[:f.faults]
}
