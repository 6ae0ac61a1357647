package spreadsheet

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/filling"
)

// maxField bounds a value in bytes and maxRecord what a row's values come to,
// as in a CSV file; maxRow bounds a row's XML.
const (
	maxField  = 1 << 20
	maxRecord = 2 << 20
	maxRow    = 16 << 20
)

// maxText bounds the text of the rows of one block. A row names long strings
// in few bytes: without an end to it a small workbook could stand for any
// amount of text. No table comes near.
const maxText = 64 << 20

// maxWritten ends a batch, in bytes of text that was written for it.
const maxWritten = 4 << 20

// maxRows is the number of rows that a sheet may have.
const maxRows = 1 << 20

// defaultBlock is the working size of a block, in bytes.
const defaultBlock = 256 << 10

// A reader reads the rows of one sheet. It implements source.Reader.
type reader struct {
	book   *Workbook
	file   string // as notices name it
	stream stream
	closer io.Closer

	columns []source.Column
	bound   []int

	// The block in which the header was found, for the first Next.
	first    []byte
	children []child
	begun    bool
	end      error

	notices []source.Notice

	// Rows of the sheet, of what is said once.
	formulas, digits, unnamed source.First
}

// state is what a Block of ours carries.
type state struct {
	children []child
	base     int32 // the row of the sheet before the block's first
	last     int32 // the block's last row of the sheet
	text     int   // bytes written for the block's rows so far
}

var errRows = fmt.Errorf("it has more than %d rows, which no sheet has; it is not read further", maxRows)

// newReader reads the header of a sheet.
func (w *Workbook) newReader(r io.Reader, file string) (*reader, error) {
	rd := &reader{book: w, file: file, stream: stream{r: r, root: "worksheet", outer: "sheetData", inner: "row",
		blockSize: w.blockSize, max: maxRow, limit: maxRows, tooMany: errRows, numbered: true}}
	for {
		var err error
		rd.first, rd.children, err = rd.stream.next(rd.first, rd.children)
		if err == io.EOF {
			rd.end = err
			rd.notices = append(rd.notices, source.Notice{File: file, Text: "the sheet is empty: it has neither a first row with the names of columns nor any other"})
			return rd, nil
		}
		if err != nil {
			return nil, err
		}
		for i, c := range rd.children {
			found, err := rd.header(c)
			if err != nil {
				return nil, err
			}
			if found {
				rd.children = rd.children[i+1:]
				return rd, nil
			}
		}
	}
}

// header takes the names of columns from a row, and reports whether it has any.
func (r *reader) header(c child) (found bool, err error) {
	cells, ok := appendCells(nil, r.first, int(c.from), int(c.to))
	if c.long || !ok {
		return false, fmt.Errorf("row %d, the first, which should have the names of the columns, cannot be read", c.number)
	}
	d := &decoder{r: r}
	for i := range cells {
		name := strings.Trim(d.name(&r.first, &cells[i]), " ")
		if name == "" {
			continue
		}
		column := cells[i].column
		if column >= maxColumns {
			return false, fmt.Errorf("row %d, the first, has more than %d names of columns, which no sheet has", c.number, maxColumns)
		}
		if strings.ContainsFunc(name, func(c rune) bool { return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f }) {
			return false, fmt.Errorf("the name of column %s holds a control character", columnName(column))
		}
		for len(r.columns) <= column {
			r.columns = append(r.columns, source.Column{})
		}
		r.columns[column].Name = name
	}
	switch first, second, record := source.Same(r.columns); {
	case second > 0 && record:
		return false, fmt.Errorf("row %d, the first, seems to be a record, for columns %s and %s of it are the same and it has numbers; put a row with the names of the columns above it", c.number, columnName(first), columnName(second))
	case second > 0:
		return false, fmt.Errorf("columns %s and %s have the same name, so which of them counts cannot be told; rename or remove one", columnName(first), columnName(second))
	}
	return len(r.columns) > 0, nil
}

// columnName returns the letters by which Excel calls a column.
func columnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}

// Columns implements source.Reader: the names of the sheet's first row, ""
// for a column without one.
func (r *reader) Columns() []source.Column { return r.columns }

// Bind implements source.Reader. A column may be wanted more than once.
func (r *reader) Bind(columns []int) { r.bound = slices.Clone(columns) }

// Next implements source.Reader.
func (r *reader) Next(blk *source.Block) error {
	st, ok := blk.State.(*state)
	if !ok {
		st = new(state)
		blk.State = st
	}
	if r.end != nil {
		return r.end
	}
	blk.Pos, blk.Line, blk.Offset = 0, 0, -1
	st.text = 0
	if !r.begun {
		r.begun = true
		if cap(blk.Data) < len(r.first)+spare {
			blk.Data = make([]byte, 0, len(r.first)+spare)
		}
		blk.Data = append(blk.Data[:0], r.first...)
		st.children = append(st.children[:0], r.children...)
		st.base, st.last = 0, r.stream.number
		r.first, r.children = nil, nil
		return nil
	}
	st.base = r.stream.number
	blk.Data, st.children, r.end = r.stream.next(blk.Data, st.children)
	st.last = r.stream.number
	return r.end
}

// Notices implements source.Reader.
func (r *reader) Notices() []source.Notice {
	notices := slices.Clip(r.notices)
	add := func(format string, args ...any) {
		notices = append(notices, source.Notice{File: r.file, Text: fmt.Sprintf(format, args...)})
	}
	if row := r.formulas.Get(); row > 0 {
		add("cells are formulas, the first in row %d: the values that they had when the workbook was last calculated are read", row)
	}
	if row := r.digits.Get(); row > 0 {
		add("whole numbers have more than %d digits, the first in row %d: Excel makes zeros of the digits after those; format such a column as text before values are put in", maxDigits, row)
	}
	if row := r.unnamed.Get(); row > 0 {
		add("values stand in columns without a name, the first in row %d, and were not read", row)
	}
	if r.stream.merged {
		add("cells are merged: the first of them has the value, the others are blank")
	}
	return notices
}

// Close implements source.Reader.
func (r *reader) Close() error { return r.closer.Close() }

// A decoder turns blocks of its reader into batches.
type decoder struct {
	r     *reader
	dest  []int // by column of the sheet, the batch's, or -1
	again []filling.Pair
	cells []cell // of the row in hand
	fill  filling.Filler

	data    []byte // the block's text
	written []byte // what will follow it
	base    int    // where that begins
}

// Decoder implements source.Reader. It is for blocks of this reader only.
func (r *reader) Decoder() source.Decoder {
	d := &decoder{r: r, fill: filling.Filler{MaxField: maxField}}
	d.dest, d.again = filling.Bind(len(r.columns), r.bound)
	return d
}

// Decode implements source.Decoder.
func (d *decoder) Decode(blk *source.Block, b *batch.Batch, limit int) (more bool, err error) {
	st := blk.State.(*state)
	children := st.children[blk.Pos:]
	rows := min(limit, len(children))
	b.Reset(len(d.r.bound), rows)
	if cap(b.Lines) < rows {
		b.Lines = make([]int32, (rows/1024+1)*1024)
	}
	b.Lines = b.Lines[:rows]
	d.fill.Begin(b)
	d.data, d.written, d.base = blk.Data, d.written[:0], len(blk.Data)

	row, i := 0, 0
	for ; i < len(children) && row < rows && len(d.written) < maxWritten; i++ {
		d.fill.Row(row)
		if !d.record(&children[i], st.text+len(d.written) >= maxText) {
			d.fill.Clear()
			continue
		}
		b.Lines[row] = children[i].number - 1 - st.base
		row++
	}
	st.text += len(d.written)
	blk.Pos += i
	more = blk.Pos < len(st.children)
	blk.Line = st.last - st.base
	if more {
		blk.Line = st.children[blk.Pos].number - 1 - st.base
	}
	filling.Finish(blk, b, d.written, row, d.again)
	return more, nil
}

// record takes in a row, and reports whether it is a record: whether any of
// its cells under a name has a value. full says that the block has all the
// text it may have.
func (d *decoder) record(c *child, full bool) bool {
	if c.long {
		d.fill.Skip(filling.OversizedField)
		return true
	}
	var ok bool
	if d.cells, ok = appendCells(d.cells[:0], d.data, int(c.from), int(c.to)); !ok {
		d.fill.Skip(filling.UnreadableValue)
		return true
	}
	is, before := false, len(d.written)
	for i := range d.cells {
		x := &d.cells[i]
		if x.formula {
			d.r.formulas.Note(int64(c.number))
		}
		if x.column >= len(d.dest) || d.r.columns[x.column].Name == "" {
			if !d.blank(x) {
				d.r.unnamed.Note(int64(c.number))
			}
			continue
		}
		is = is || !d.blank(x)
		if column := d.dest[x.column]; column >= 0 && !full {
			d.value(column, x, int64(c.number))
		}
	}
	if is && (full || len(d.written)-before > maxRecord) {
		d.written = d.written[:before]
		d.fill.Skip(filling.OversizedField)
	}
	return is
}

// blank reports whether a cell has no value: that of a formula may be nothing.
func (d *decoder) blank(x *cell) bool {
	if !x.valued {
		return !x.formula
	}
	if x.kind == shared {
		v, bits, ok := d.r.book.strings.get(index(d.data[x.from:x.to]))
		return ok && len(v) == 0 && bits == 0
	}
	return x.from == x.to
}

// index reads the number of a shared string, -1 if it is none.
func index(v []byte) int {
	n := 0
	for _, c := range v {
		if c < '0' || c > '9' || n > math.MaxInt32/10 {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	if len(v) == 0 {
		return -1
	}
	return n
}

// value takes in the value of a cell. row is the sheet's.
func (d *decoder) value(column int, x *cell, row int64) {
	raw := d.data[x.from:x.to]
	switch {
	case !x.valued: // a formula that nobody has calculated
		d.fill.Fault(column, filling.UnreadableValue)
	case x.kind == shared:
		d.shared(column, index(raw))
	case x.kind == number:
		d.number(column, x, row)
	case x.kind == boolean && len(raw) == 1 && raw[0]-'0' <= 1:
		d.put(column, [2]string{"FALSE", "TRUE"}[raw[0]-'0'])
	case x.kind == isoDate:
		d.isoDate(column, x)
	default:
		d.text(column, x)
	}
}

func (d *decoder) put(column int, v string) {
	d.fill.Put(column, d.base+len(d.written), len(v))
	d.written = append(d.written, v...)
}

func (d *decoder) shared(column, i int) {
	v, bits, ok := d.r.book.strings.get(i)
	if !ok {
		d.fill.Fault(column, filling.UnreadableValue)
		return
	}
	if bits&padded != 0 {
		d.fill.Pad(column)
	}
	if bits&wide != 0 {
		d.fill.Widen(column)
	}
	if bits&control != 0 && len(v) <= maxField {
		d.fill.Fault(column, filling.ControlCharacter)
	}
	d.fill.Put(column, d.base+len(d.written), len(v))
	if len(v) <= maxField {
		d.written = append(d.written, v...)
	}
}

// text takes in a value that is text between tags.
func (d *decoder) text(column int, x *cell) {
	raw := d.data[x.from:x.to]
	if x.kind != rich && plainText(raw) {
		d.fill.Trim(column, raw, x.from)
		return
	}
	before := len(d.written)
	v, ok := d.characters(x)
	if !ok {
		d.written = d.written[:before]
		d.fill.Fault(column, filling.UnreadableValue)
		return
	}
	d.fill.Odd(column, v, d.base+before)
}

// characters writes the characters of a cell with text and returns them.
func (d *decoder) characters(x *cell) (v []byte, ok bool) {
	before, raw := len(d.written), d.data[x.from:x.to]
	if x.kind == rich {
		d.written, ok = appendRich(d.written, raw)
	} else {
		d.written, ok = appendInside(d.written, raw, before)
	}
	v = d.written[before:]
	return v, ok && utf8.Valid(v)
}

// number takes in a number: as it is written where a person would write it so,
// as a date where the workbook shows one.
func (d *decoder) number(column int, x *cell, row int64) {
	from, to := x.from, x.to
	for from < to && isSpace(d.data[from]) {
		from++
	}
	for from < to && isSpace(d.data[to-1]) {
		to--
	}
	raw := d.data[from:to]
	s := d.r.book.style(x.style)
	written, long := asWritten(raw)
	before := len(d.written)
	if written && s == (style{}) {
		if long {
			d.r.digits.Note(row)
		}
		d.fill.Put(column, from, len(raw))
		return
	}
	f, ok := parse(raw)
	if !ok { // what it is instead, the rules will say
		d.text(column, x)
		return
	}
	if s.look != asNumber {
		if d.written, ok = d.r.book.dates.append(d.written, f, s.look); ok {
			d.fill.Put(column, d.base+before, len(d.written)-before)
			return
		}
		d.written = d.written[:before]
	}
	if written && s.width == 0 {
		d.fill.Put(column, from, len(raw))
		return
	}
	if f == math.Trunc(f) && math.Abs(f) >= 1e15 {
		d.r.digits.Note(row)
	}
	if s.width > 0 && f == math.Trunc(f) && f >= 0 {
		n := len(appendNumber(d.written, f)) - before
		for range int(s.width) - n {
			d.written = append(d.written, '0')
		}
	}
	if written {
		d.written = append(d.written, raw...)
	} else {
		d.written = appendNumber(d.written, f)
	}
	d.fill.Put(column, d.base+before, len(d.written)-before)
}

// isoDate takes in a date as ISO 8601 has it, as new workbooks may.
func (d *decoder) isoDate(column int, x *cell) {
	raw := d.data[x.from:x.to]
	n := len("2026-09-01T00:00:00")
	if len(raw) < n || raw[10] != 'T' || !plainText(raw) {
		d.text(column, x)
		return
	}
	before := len(d.written)
	d.written = append(d.written, raw[:n]...)
	if string(raw[11:n]) == "00:00:00" {
		d.written = d.written[:before+10]
	}
	d.fill.Odd(column, d.written[before:], d.base+before)
}

// name returns the text of a cell of the header.
func (d *decoder) name(data *[]byte, x *cell) string {
	d.data, d.written = *data, d.written[:0]
	switch {
	case !x.valued:
	case x.kind == shared:
		if v, _, ok := d.r.book.strings.get(index(d.data[x.from:x.to])); ok {
			return string(v)
		}
	default:
		if v, ok := d.characters(x); ok {
			return string(v)
		}
	}
	return ""
}
