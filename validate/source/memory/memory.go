// Package memory is a container of rows that are in memory already: made-up
// ones, in tests and where the rules are measured.
package memory

import (
	"io"
	"strings"

	"mhsds/validate/batch"
	"mhsds/validate/source"
)

// A Table is the rows of one table, with a value for each column; "" is null. A
// row may have fewer.
type Table struct {
	Name    string
	Columns []string
	Rows    [][]string
}

// A Container holds tables. It implements source.Container; nothing of it is
// changed.
type Container struct {
	List      []Table
	BlockRows int // rows a block; 0 is all in one
}

// Tables implements source.Container.
func (c *Container) Tables() []source.Table {
	list := make([]source.Table, len(c.List))
	for i := range c.List {
		list[i] = source.Table{Name: c.List[i].Name, File: c.List[i].Name}
	}
	return list
}

// Notices implements source.Container. There are none.
func (c *Container) Notices() []source.Notice { return nil }

// Close implements source.Container.
func (c *Container) Close() error { return nil }

// Open implements source.Container.
func (c *Container) Open(i int) (source.Reader, error) {
	t := &c.List[i]
	return &reader{columns: t.Columns, rows: t.Rows, size: c.BlockRows}, nil
}

type reader struct {
	columns []string
	rows    [][]string // not yet given out
	size    int
	bound   []int
}

func (r *reader) Columns() []source.Column {
	columns := make([]source.Column, len(r.columns))
	for i, name := range r.columns {
		columns[i].Name = name
	}
	return columns
}

func (r *reader) Bind(columns []int)       { r.bound = columns }
func (r *reader) Notices() []source.Notice { return nil }
func (r *reader) Close() error             { return nil }
func (r *reader) Decoder() source.Decoder  { return decoder{r} }

func (r *reader) Next(blk *source.Block) error {
	if len(r.rows) == 0 {
		return io.EOF
	}
	n := len(r.rows)
	if r.size > 0 {
		n = min(n, r.size)
	}
	blk.State, blk.Pos, r.rows = r.rows[:n], 0, r.rows[n:]
	return nil
}

type decoder struct{ r *reader }

// Decode gives every value as one that is not plain, trimmed as the readers of
// files do.
func (d decoder) Decode(blk *source.Block, b *batch.Batch, limit int) (more bool, err error) {
	rows := blk.State.([][]string)[blk.Pos:]
	n := min(limit, len(rows))
	b.Reset(len(d.r.bound), n)
	for row, values := range rows[:n] {
		for i, c := range d.r.bound {
			if c >= 0 && c < len(values) {
				v := strings.Trim(values[c], " ")
				b.Columns[i].Cells[row] = batch.MakeCell(len(b.Text), len(v))
				b.Columns[i].Odd = true
				b.Text = append(b.Text, v...)
			}
		}
	}
	b.Text = append(b.Text, make([]byte, batch.Slack)...)
	b.Truncate(n)
	blk.Pos += n
	return n < len(rows), nil
}
