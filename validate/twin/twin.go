// Package twin gives the verdicts between records again, slowly: every row is
// set against every row, rule by rule in the published order.
//
// It is to package relation what package oracle is to the kernels: the same
// rules in other words, without keys, indexes or batches. The verdicts on
// single records are given to it, because a rejected record is no parent.
//
//	rows ─► joined dates, duplicates ─► successions ─► references, one by one
package twin

import (
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/plan"
)

// Records holds the rows of a submission by the ID of their table. A row is
// the values of its fields by name, trimmed; null is "" or absent.
type Records map[string][]map[string]string

// A Verdict is one failure: of a rule, by the row of a table, which counts
// from 0.
type Verdict struct {
	Table string // ID
	Row   int
	Rule  *dictionary.Rule
}

// Judges reports whether a rule looks at other records, so that this package
// has a verdict on it.
func Judges(r *dictionary.Rule) bool {
	if !plan.Active(r) {
		return false
	}
	if r.Join.Own != "" {
		return true
	}
	switch r.Kind {
	case dictionary.Unique, dictionary.UniqueWhen, dictionary.Singleton, dictionary.ParentExists, dictionary.ChildExists, dictionary.GPSuccessor:
		return true
	}
	return false
}

// Judge returns every failure of the rules that Judges names. rejected says
// which rows the rules on single records reject. The time taken grows with the
// square of the number of rows.
func Judge(d *dictionary.Dictionary, rows Records, rejected func(table string, row int) bool) []Verdict {
	w := &twin{d: d, rows: rows, rejected: map[string][]bool{}}
	for table := range rows {
		w.rejected[table] = make([]bool, len(rows[table]))
		for row := range rows[table] {
			w.rejected[table][row] = rejected(table, row)
		}
	}
	w.judge()
	return w.found
}

type twin struct {
	d        *dictionary.Dictionary
	rows     Records
	rejected map[string][]bool
	found    []Verdict
}

func (w *twin) fail(table string, row int, r *dictionary.Rule) {
	w.found = append(w.found, Verdict{table, row, r})
	if r.Severity >= dictionary.RejectRecord {
		w.rejected[table][row] = true
	}
}

// judge compares with parents' dates and applies uniqueness to every submitted
// row, then the succession of GP
// registrations, then each reference rule in turn.
func (w *twin) judge() {
	var pending []func()
	for i := range w.d.Rules {
		r := &w.d.Rules[i]
		if !plan.Active(r) {
			continue
		}
		switch r.Kind {
		case dictionary.DateOnOrAfter, dictionary.DateOnOrBefore:
			for a, row := range w.rows[r.Table] {
				for _, parent := range w.rows[r.Other.Table] {
					f, g := plan.ParseDay(row[r.Field]), plan.ParseDay(parent[r.Other.Field])
					if r.Join.Own == "" || row[r.Join.Own] == "" || row[r.Join.Own] != parent[r.Join.Theirs] || f <= batch.Unreadable || g <= batch.Unreadable {
						continue
					}
					g += int32(r.OffsetDays)
					if r.Kind == dictionary.DateOnOrAfter && f < g || r.Kind == dictionary.DateOnOrBefore && f > g {
						pending = append(pending, func() { w.fail(r.Table, a, r) })
						break
					}
				}
			}
		case dictionary.Unique, dictionary.UniqueWhen:
			for a := range w.rows[r.Table] {
				for b := range w.rows[r.Table] {
					if a != b && w.sameKey(r, a, b) {
						pending = append(pending, func() { w.fail(r.Table, a, r) })
						break
					}
				}
			}
		case dictionary.Singleton:
			for a := range w.rows[r.Table] {
				if len(w.rows[r.Table]) > 1 {
					pending = append(pending, func() { w.fail(r.Table, a, r) })
				}
			}
		}
	}
	for _, f := range pending {
		f()
	}
	for i := range w.d.Rules {
		if r := &w.d.Rules[i]; r.Kind == dictionary.GPSuccessor {
			w.successors(r)
		}
	}
	var order []*dictionary.Rule
	for _, ref := range w.d.References {
		order = append(order, w.d.Rule(ref.Rule))
	}
	for i := range w.d.Rules {
		r := &w.d.Rules[i]
		if (r.Kind == dictionary.ParentExists || r.Kind == dictionary.ChildExists) && !slices.Contains(order, r) {
			order = append(order, r)
		}
	}
	for _, r := range order {
		if !plan.Active(r) {
			continue
		}
		for a, row := range w.rows[r.Table] {
			key := row[r.Field]
			if key == "" {
				continue
			}
			match := false
			for b, other := range w.rows[r.Other.Table] {
				match = match || other[r.Other.Field] == key && !w.rejected[r.Other.Table][b]
			}
			if !match {
				w.fail(r.Table, a, r)
			}
		}
	}
}

func (w *twin) sameKey(r *dictionary.Rule, a, b int) bool {
	x, y := w.rows[r.Table][a], w.rows[r.Table][b]
	if r.Condition != "" {
		c, err := dictionary.ParseCondition(r.Condition)
		if err != nil {
			panic(err)
		}
		for _, row := range []map[string]string{x, y} {
			if dictionary.Eval(c, func(f dictionary.Ref) (string, bool) { return row[f.Field], row[f.Field] == "" }) != dictionary.True {
				return false
			}
		}
	}
	for _, f := range r.Fields {
		if x[f.Field] != y[f.Field] || x[f.Field] == "" && !r.NullsEqual {
			return false
		}
	}
	return true
}

func (w *twin) successors(r *dictionary.Rule) {
	patient, start, end, practice := r.Fields[0].Field, r.Fields[1].Field, r.Fields[2].Field, r.Fields[3].Field
	for a, row := range w.rows[r.Table] {
		e := plan.ParseDay(row[end])
		if e <= batch.Unreadable {
			continue // no end, or none that is a date: nothing to follow
		}
		other, same := false, false
		for b, next := range w.rows[r.Table] {
			s := plan.ParseDay(next[start])
			if row[patient] == "" || next[patient] != row[patient] || w.rejected[r.Table][b] || s != e && s != e+1 {
				continue
			}
			other = true
			same = same || next[practice] == row[practice]
		}
		if !other || same {
			w.fail(r.Table, a, r)
		}
	}
}
