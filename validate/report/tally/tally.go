// Package tally counts findings by rule and table, and keeps the first places
// of each, for reports that are written when all is known.
//
// It costs the same for a million findings as for a thousand.
package tally

import (
	"cmp"
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/wording"
)

// A Tally is a count of findings. Make it with New.
type Tally struct {
	max    int
	values bool
	groups map[key]*Group
	last   *Group
}

type key struct {
	rule  *dictionary.Rule
	table *dictionary.Table
}

// A Group is all findings of one rule in one table. Findings about unknown
// tables have no Table and are told apart by their places.
type Group struct {
	Rule    *dictionary.Rule
	Table   *dictionary.Table // nil for unknown tables
	Count   int64
	Follows int64   // of them, those that the rejection of another record has caused
	New     int64   // of them, those that the earlier result does not have
	Places  []Place // the first of them
}

// A Place is what is kept of a finding. Its texts are clean.
type Place struct {
	Row, Line int64
	File      string
	Column    string
	Detail    string
	Values    string // of the reported items, "" unless asked for
	Months    int    // see finding.History
}

// New returns a Tally that keeps up to maxPlaces places of each group, with
// the values of their items if values is true.
func New(maxPlaces int, values bool) *Tally {
	return &Tally{max: maxPlaces, values: values, groups: make(map[key]*Group)}
}

// Add counts a finding.
func (t *Tally) Add(f *finding.Finding) {
	g := t.last
	if g == nil || g.Rule != f.Rule || g.Table != f.Table {
		k := key{f.Rule, f.Table}
		g = t.groups[k]
		if g == nil {
			g = &Group{Rule: f.Rule, Table: f.Table}
			t.groups[k] = g
		}
		t.last = g
	}
	g.Count++
	if f.Cause.Rejected() {
		g.Follows++
	}
	if f.History.State == finding.New || f.History.State == finding.Returned {
		g.New++
	}
	if len(g.Places) == t.max {
		return
	}
	p := Place{
		Row: f.Row, Line: f.Line, File: wording.Clean(f.File), Column: wording.Clean(f.Column),
		Detail: wording.Clean(f.Detail), Months: f.History.Months,
	}
	if t.values {
		p.Values = wording.Values(f.Values)
	}
	g.Places = append(g.Places, p)
}

// Of returns the group of a rule in a table, or nil.
func (t *Tally) Of(r *dictionary.Rule, table *dictionary.Table) *Group {
	return t.groups[key{r, table}]
}

// Groups returns the groups, the worst severity first, then the most frequent.
func (t *Tally) Groups() []*Group {
	groups := make([]*Group, 0, len(t.groups))
	for _, g := range t.groups {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *Group) int {
		return cmp.Or(
			cmp.Compare(b.Rule.Severity, a.Rule.Severity),
			cmp.Compare(b.Count, a.Count),
			cmp.Compare(a.Rule.Code, b.Rule.Code),
			cmp.Compare(wording.TableName(a.Table), wording.TableName(b.Table)),
		)
	})
	return groups
}
