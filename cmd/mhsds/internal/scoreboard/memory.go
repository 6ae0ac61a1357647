package main

import (
	"mhsds/dictionary"
	"mhsds/dictionary/cases"
	"mhsds/validate/source/memory"
	"mhsds/validate/twin"
)

// A submission is one in memory: a writer for the generator, a container for the
// engine, and rows by name for the judges that are slow.
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

// container is the submission as the engine reads it.
func (s *submission) container() *memory.Container {
	c := new(memory.Container)
	for _, t := range s.tables {
		table := memory.Table{Name: t.Name, Rows: s.rows[t.ID]}
		for i := range t.Fields {
			table.Columns = append(table.Columns, t.Fields[i].Name)
		}
		c.List = append(c.List, table)
	}
	return c
}
