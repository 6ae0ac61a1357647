package main

import (
	"io"

	"mhsds/dictionary"
	"mhsds/dictionary/cases"
	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/twin"
)

// A submission is one in memory: a container for the engine, a writer for the
// generator, and rows by name for the judges that are slow.
type submission struct {
	tables  []*dictionary.Table
	rows    map[string][][]string // by table ID
	records twin.Records          // made by named
}

func (s *submission) Begin(t *dictionary.Table) error {
	if s.rows == nil {
		s.rows = map[string][][]string{}
	}
	s.tables = append(s.tables, t)
	s.rows[t.ID] = nil
	return nil
}

func (s *submission) Row(values [][]byte) error {
	row := make([]string, len(values))
	for i, v := range values {
		row[i] = string(v)
	}
	id := s.tables[len(s.tables)-1].ID
	s.rows[id] = append(s.rows[id], row)
	return nil
}

func (s *submission) End() error { return nil }

// caseOf holds the records of a case.
func caseOf(d *dictionary.Dictionary, c *cases.Case) *submission {
	s := &submission{rows: map[string][][]string{}}
	header, _ := d.Role("header")
	byTable := map[string][]map[string]string{}
	if c.Header != nil {
		byTable[header.ID] = append(byTable[header.ID], c.Header)
	}
	for _, r := range c.Rows {
		byTable[r.Table] = append(byTable[r.Table], r.Fields)
	}
	if len(byTable) == 0 { // no table at all is no submission
		byTable[header.ID] = nil
	}
	for i := range d.Tables {
		t := &d.Tables[i]
		records, ok := byTable[t.ID]
		if !ok {
			continue
		}
		s.tables = append(s.tables, t)
		for _, fields := range records {
			row := make([]string, len(t.Fields))
			for k := range t.Fields {
				row[k] = fields[t.Fields[k].Name]
			}
			s.rows[t.ID] = append(s.rows[t.ID], row)
		}
	}
	return s
}

// targetOf is the row of a case's target, from 0.
func targetOf(d *dictionary.Dictionary, c *cases.Case) int {
	row := -1
	header, _ := d.Role("header")
	if c.Header != nil && c.Rows[c.Target].Table == header.ID {
		row++
	}
	for _, r := range c.Rows[:c.Target+1] {
		if r.Table == c.Rows[c.Target].Table {
			row++
		}
	}
	return row
}

// named returns the rows with their values by field name, without nulls.
func (s *submission) named() twin.Records {
	if s.records == nil {
		s.records = twin.Records{}
		for _, t := range s.tables {
			for _, row := range s.rows[t.ID] {
				record := map[string]string{}
				for c, v := range row {
					if v != "" {
						record[t.Fields[c].Name] = v
					}
				}
				s.records[t.ID] = append(s.records[t.ID], record)
			}
		}
	}
	return s.records
}

func (s *submission) Tables() (list []source.Table) {
	for _, t := range s.tables {
		list = append(list, source.Table{Name: t.Name, File: t.Name})
	}
	return list
}
func (s *submission) Notices() []source.Notice { return nil }
func (s *submission) Close() error             { return nil }
func (s *submission) Open(i int) (source.Reader, error) {
	return &reader{table: s.tables[i], rows: s.rows[s.tables[i].ID]}, nil
}

// A reader hands all rows of a table over as one block.
type reader struct {
	table *dictionary.Table
	rows  [][]string
	done  bool
	bound []int
}

func (r *reader) Columns() (list []source.Column) {
	for i := range r.table.Fields {
		list = append(list, source.Column{Name: r.table.Fields[i].Name})
	}
	return list
}
func (r *reader) Bind(columns []int)       { r.bound = columns }
func (r *reader) Notices() []source.Notice { return nil }
func (r *reader) Close() error             { return nil }
func (r *reader) Decoder() source.Decoder  { return r }

func (r *reader) Next(b *source.Block) error {
	if r.done {
		return io.EOF
	}
	b.State, b.Pos, r.done = r.rows, 0, true
	return nil
}

func (r *reader) Decode(blk *source.Block, b *batch.Batch, limit int) (more bool, err error) {
	rows := blk.State.([][]string)[blk.Pos:]
	n := min(limit, len(rows))
	b.Reset(len(r.bound), n)
	for row, values := range rows[:n] {
		for i, c := range r.bound {
			if c >= 0 {
				b.Columns[i].Cells[row] = batch.MakeCell(len(b.Text), len(values[c]))
				b.Columns[i].Odd = true
				b.Text = append(b.Text, values[c]...)
			}
		}
	}
	b.Text = append(b.Text, make([]byte, batch.Slack)...)
	b.Truncate(n)
	blk.Pos += n
	return n < len(rows), nil
}
