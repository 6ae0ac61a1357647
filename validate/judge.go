package validate

import (
	"fmt"
	"slices"
	"sync"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/plan"
)

// A Judge gives a second opinion on single records: the codes, sorted, of the
// rules that a record fails. Package oracle has one. Values are by field name;
// parents returns the rows of a table whose field has a key. Calls are never
// concurrent.
type Judge interface {
	Bind(header, portal map[string]string)
	Verdicts(t *dictionary.Table, record map[string]string, parents func(table, field, key string) []map[string]string) ([]string, error)
}

// maxDisagreements bounds Summary.Disagreements; one is a fault of ours.
const maxDisagreements = 20

// second compares the verdicts of a Judge with the kernels'.
type second struct {
	mu    sync.Mutex
	judge Judge
	said  []string
	count int64
}

// compare asks for a second opinion on every row of the worker's batch, whose
// first row is the table's row first; hits are the kernels' verdicts.
func (s *second) compare(w *worker, hits []plan.Hit, first int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, t := &w.Batch, w.program.Table
	for row := range b.Rows {
		if b.AnySkip && b.Skip.Has(row) {
			continue
		}
		record := make(map[string]string)
		for i, f := range t.Fields {
			if v := b.Append(nil, i, row); len(v) > 0 {
				record[f.Name] = string(v)
			}
		}
		var ours []string
		for ; len(hits) > 0 && int(hits[0].Row) == row; hits = hits[1:] {
			ours = append(ours, w.program.Rules[hits[0].Rank].Code)
		}
		slices.Sort(ours)
		theirs, err := s.judge.Verdicts(t, record, func(table, field, key string) []map[string]string {
			return w.parentRows(row, table, field, key)
		})
		if err == nil && slices.Equal(ours, theirs) {
			continue
		}
		if s.count++; len(s.said) < maxDisagreements {
			if err != nil {
				s.said = append(s.said, fmt.Sprintf("%s: row %d of its block: %v", t.Name, first+row+1, err))
			} else {
				s.said = append(s.said, fmt.Sprintf("%s: row %d of its block: the kernels say %v, jsonschema says %v", t.Name, first+row+1, ours, theirs))
			}
		}
	}
}

// parentRows gives the dates of a row's parent, as rows of that parent: one
// for each date that some rule compares with.
func (w *worker) parentRows(row int, table, field, key string) []map[string]string {
	var rows []map[string]string
	for j, join := range w.program.Joins {
		if join.Table != table || join.Key != field {
			continue
		}
		if own := w.Batch.Append(nil, join.Column, row); string(own) != key {
			continue
		}
		for d, date := range join.Dates {
			if day := w.Joined[j][d].Days[row]; day > batch.Unreadable {
				rows = append(rows, map[string]string{field: key, date.Field: string(batch.AppendDay(nil, day))})
			}
		}
	}
	return rows
}
