package relation

import (
	"cmp"
	"fmt"

	"mhsds/dictionary"
	"mhsds/validate/batch"
)

// The checks of a whole submission, by the word in Rule.Check.
const (
	checkStructure = "database_structure"
	checkEmpty     = "table_empty"
	checkHeader    = "header_invalid_or_duplicated"
	checkPeriod    = "no_record_in_period"
	checkSurvivors = "all_records_rejected"
)

// A watch looks in a table for a sign of life in the reporting period: a date
// within it, or a span that covers it (to is -1 for a single date).
type watch struct{ from, to int }

func (s *Spec) addFileCheck(r *dictionary.Rule, table int) error {
	switch r.Check {
	case checkEmpty:
		s.tables[table].empty = r
	case checkPeriod:
		for _, f := range r.Fields {
			t, c, err := s.resolve(f)
			if err != nil {
				return err
			}
			s.tables[t].watches = append(s.tables[t].watches, watch{c, -1})
		}
		for _, span := range r.Spans {
			t, from, err1 := s.resolve(span[0])
			_, to, err2 := s.resolve(span[1])
			if err := cmp.Or(err1, err2); err != nil {
				return err
			}
			s.tables[t].watches = append(s.tables[t].watches, watch{from, to})
		}
	case checkStructure, checkHeader, checkSurvivors:
	default:
		return fmt.Errorf("unknown file check %q", r.Check)
	}
	return nil
}

func (s *Spec) resolve(f dictionary.Ref) (table, column int, err error) {
	if table, err = s.index(f.Table); err != nil {
		return 0, 0, err
	}
	column, err = s.column(table, f.Field)
	return table, column, err
}

// alive reports whether some row of the batch lies in the period, or is open
// across it: it began before the end and has not ended before the start.
func (t *tableSpec) alive(b *batch.Batch, start, end int32) bool {
	for _, w := range t.watches {
		from := b.Columns[w.from].Days
		if w.to < 0 {
			for _, d := range from[:b.Rows] {
				if d >= start && d <= end {
					return true
				}
			}
			continue
		}
		to := b.Columns[w.to].Days
		for row, d := range from[:b.Rows] {
			if d > batch.Unreadable && d <= end && (to[row] == batch.Null || to[row] >= start) {
				return true
			}
		}
	}
	return false
}

// Structure returns the rule that judges the structure of a database, nil if
// there is none. No container of text has such a structure.
func (s *Spec) Structure() *dictionary.Rule {
	for _, r := range s.fileRules {
		if r.Check == checkStructure {
			return r
		}
	}
	return nil
}
