// Package sourcetest reads the tables of containers as tests want them: as rows
// of text, and on the way holds the reader, its decoders and their batches to
// what the interfaces of package source promise.
//
// Tests alone import it. How a container is opened, and what it says besides
// its rows, is the affair of its own tests:
//
//	Reader ─► How.Read ─► Table.Show   "2 |1|x|\n3 ||| skip ragged_row@-1\n"
package sourcetest

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"mhsds/validate/batch"
	"mhsds/validate/source"
)

// usual is how many rows a batch has at most where a test does not say.
const usual = 4096

// A Table is what a test sees of a container's table.
type Table struct {
	Rows     []Row
	Padded   []int // values from which spaces were trimmed, by column
	FirstPad []int // the first row with such a value, by column; 0 if none
}

// A Row is what a test sees of a row: its line, its values, what is wrong.
type Row struct {
	Line   int64
	Skip   bool
	Values []string // of the columns that are bound
	Faults []Fault
}

// A Fault is what a test sees of one; Column is -1 for the row as a whole.
type Fault struct {
	Column int
	Check  string
}

// NewTable returns a table of so many columns, without rows.
func NewTable(columns int) Table {
	return Table{Padded: make([]int, columns), FirstPad: make([]int, columns)}
}

// Add takes in a batch of the block whose first line is given, and checks that
// its text has slack and that columns which are odd say so.
func (got *Table) Add(t testing.TB, b *batch.Batch, first int64) {
	t.Helper()
	base := len(got.Rows)
	odd := make([]bool, len(b.Columns))
	for i := range b.Rows {
		r := Row{Line: first + int64(b.Lines[i]), Skip: b.AnySkip && b.Skip.Has(i), Values: make([]string, len(b.Columns))}
		for c := range b.Columns {
			cell := b.Columns[c].Cells[i]
			if cell.Offset()+cell.Len()+batch.Slack > len(b.Text) {
				t.Errorf("row %d, column %d: %d bytes at %d leave no slack in a text of %d", base+i, c, cell.Len(), cell.Offset(), len(b.Text))
			}
			v := b.Value(c, i)
			r.Values[c] = string(v)
			odd[c] = odd[c] || bytes.ContainsAny(v, "\r\n") || bytes.ContainsFunc(v, func(c rune) bool { return c >= 0x80 })
		}
		got.Rows = append(got.Rows, r)
	}
	for _, f := range b.Faults {
		r := &got.Rows[base+f.Row]
		r.Faults = append(r.Faults, Fault{f.Column, f.Check})
	}
	for c := range b.Columns {
		if odd[c] && !b.Columns[c].Odd {
			t.Errorf("column %d has a value outside ASCII or with a line break and is not odd", c)
		}
		if got.Padded[c] == 0 && b.Columns[c].Padded > 0 {
			got.FirstPad[c] = base + b.Columns[c].PaddedRow
		}
		got.Padded[c] += b.Columns[c].Padded
	}
}

// Show writes the rows as tests do: a row a line, its values between bars, its
// line before and its faults behind.
func (got Table) Show() string {
	var b strings.Builder
	for _, r := range got.Rows {
		fmt.Fprintf(&b, "%d |%s|", r.Line, strings.Join(r.Values, "|"))
		if r.Skip {
			b.WriteString(" skip")
		}
		for _, f := range r.Faults {
			fmt.Fprintf(&b, " %s@%d", f.Check, f.Column)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// A How says how rows are read; its zero value reads as users do.
type How struct {
	Max int // rows of a batch at most; 0 is 4096

	// Short batches, of fewer rows than Max, may come before the last of a
	// block.
	Short bool
}

// Read reads the rows of a reader that has so many columns bound, with two
// blocks, batches and decoders in turn as a pipeline would. It returns them,
// the line after the last one, and the error that ended them: nil at their end.
func (h How) Read(t testing.TB, r source.Reader, columns int) (got Table, line int64, err error) {
	t.Helper()
	got, line = NewTable(columns), 1
	var (
		blocks   [2]source.Block
		batches  [2]batch.Batch
		decoders = [2]source.Decoder{r.Decoder(), r.Decoder()}
		limit    = h.Max
	)
	if limit == 0 {
		limit = usual
	}
	for i := 0; ; i++ {
		blk := &blocks[i&1]
		if err := r.Next(blk); err == io.EOF {
			return got, line, nil
		} else if err != nil {
			return got, line, err
		}
		first := line
		for more := true; more; {
			b := &batches[len(got.Rows)&1]
			if more, err = decoders[i&1].Decode(blk, b, limit); err != nil {
				t.Fatal(err)
			}
			got.Add(t, b, first)
			if b.Rows > limit || more && b.Rows != limit && !h.Short {
				t.Errorf("a batch of %d rows, at most %d asked for, more = %v", b.Rows, limit, more)
			}
			line = first + int64(b.EndLine)
		}
	}
}

// Names returns the names of the columns.
func Names(r source.Reader) []string {
	var names []string
	for _, c := range r.Columns() {
		names = append(names, c.Name)
	}
	return names
}

// BindAll binds all columns, in their order.
func BindAll(r source.Reader) {
	all := make([]int, len(r.Columns()))
	for i := range all {
		all[i] = i
	}
	r.Bind(all)
}

// Count reads all rows of a bound reader with one decoder and returns how many
// there are. It leaves blk and b with their working size.
func Count(t testing.TB, r source.Reader, blk *source.Block, b *batch.Batch) (rows int) {
	t.Helper()
	d := r.Decoder()
	for {
		if err := r.Next(blk); err == io.EOF {
			return rows
		} else if err != nil {
			t.Fatal(err)
		}
		rows += decode(t, d, blk, b, usual)
	}
}

// decode decodes a block and returns how many rows it has.
func decode(t testing.TB, d source.Decoder, blk *source.Block, b *batch.Batch, limit int) (rows int) {
	for more := true; more; {
		var err error
		if more, err = d.Decode(blk, b, limit); err != nil {
			t.Fatal(err)
		}
		rows += b.Rows
	}
	return rows
}

// Drain reads a bound reader to its end or its first error, whatever that is.
func Drain(r source.Reader) {
	var blk source.Block
	var b batch.Batch
	for d := r.Decoder(); r.Next(&blk) == nil; {
		for more := true; more; {
			more, _ = d.Decode(&blk, &b, usual)
		}
	}
}

// Concurrent reads a bound reader as the engine does, one goroutine cuts and
// two decode, and returns how many rows there are.
func Concurrent(t *testing.T, r source.Reader) (rows int) {
	t.Helper()
	free, full := make(chan *source.Block, 4), make(chan *source.Block, 4)
	for range cap(free) {
		free <- new(source.Block)
	}
	var counts [2]int
	var wg sync.WaitGroup
	for i := range counts {
		wg.Go(func() {
			d := r.Decoder()
			var b batch.Batch
			for blk := range full {
				for more := true; more; {
					var err error
					if more, err = d.Decode(blk, &b, 100); err != nil {
						t.Error(err)
					}
					counts[i] += b.Rows
				}
				free <- blk
			}
		})
	}
	for {
		blk := <-free
		if err := r.Next(blk); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		full <- blk
	}
	close(full)
	wg.Wait()
	return counts[0] + counts[1]
}

// Allocs checks that blocks of a bound reader are cut and decoded without an
// allocation: so many of them, after ten. The table has a block more at least;
// blk and b have their working size.
func Allocs(t *testing.T, r source.Reader, blk *source.Block, b *batch.Batch, blocks int) {
	t.Helper()
	d := r.Decoder()
	step := func() {
		if err := r.Next(blk); err != nil {
			t.Fatal(err)
		}
		decode(t, d, blk, b, usual)
	}
	for range 10 {
		step()
	}
	if n := testing.AllocsPerRun(blocks, step); n != 0 {
		t.Errorf("a block costs %v allocations, want 0", n)
	}
}
