package validate

import (
	"io"
	"strings"

	"mhsds/validate/batch"
	"mhsds/validate/source"
)

// memory is a submission in memory, for tests. Each table is its rows of
// values, "" for null, under the names of columns.
type memory struct {
	names   []string
	columns map[string][]string
	rows    map[string][][]string
	block   int // rows a block; 0 is all in one
}

func newMemory() *memory {
	return &memory{columns: map[string][]string{}, rows: map[string][][]string{}}
}

func (m *memory) table(name string, columns ...string) {
	m.names = append(m.names, name)
	m.columns[name] = columns
}

func (m *memory) add(name string, values ...string) {
	m.rows[name] = append(m.rows[name], values)
}

func (m *memory) Tables() (t []source.Table) {
	for _, n := range m.names {
		t = append(t, source.Table{Name: n, File: n})
	}
	return t
}
func (m *memory) Notices() []source.Notice { return nil }
func (m *memory) Close() error             { return nil }
func (m *memory) Open(i int) (source.Reader, error) {
	n := m.names[i]
	return &memoryReader{columns: m.columns[n], rows: m.rows[n], size: m.block}, nil
}

type memoryReader struct {
	columns []string
	rows    [][]string
	size    int
	bound   []int
}

func (r *memoryReader) Columns() (c []source.Column) {
	for _, n := range r.columns {
		c = append(c, source.Column{Name: n})
	}
	return c
}
func (r *memoryReader) Bind(columns []int)       { r.bound = columns }
func (r *memoryReader) Notices() []source.Notice { return nil }
func (r *memoryReader) Close() error             { return nil }
func (r *memoryReader) Decoder() source.Decoder  { return memoryDecoder{r} }

func (r *memoryReader) Next(b *source.Block) error {
	if len(r.rows) == 0 {
		return io.EOF
	}
	n := len(r.rows)
	if r.size > 0 {
		n = min(n, r.size)
	}
	b.State, b.Pos, r.rows = r.rows[:n], 0, r.rows[n:]
	return nil
}

type memoryDecoder struct{ r *memoryReader }

func (d memoryDecoder) Decode(blk *source.Block, b *batch.Batch, limit int) (bool, error) {
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
