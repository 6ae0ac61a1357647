package validate

import (
	"mhsds/validate/source"
	inmemory "mhsds/validate/source/memory"
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

func (m *memory) Tables() []source.Table            { return m.held().Tables() }
func (m *memory) Open(i int) (source.Reader, error) { return m.held().Open(i) }
func (m *memory) Notices() []source.Notice          { return nil }
func (m *memory) Close() error                      { return nil }

// held is what the submission has by now.
func (m *memory) held() *inmemory.Container {
	c := &inmemory.Container{BlockRows: m.block}
	for _, n := range m.names {
		c.List = append(c.List, inmemory.Table{Name: n, Columns: m.columns[n], Rows: m.rows[n]})
	}
	return c
}
