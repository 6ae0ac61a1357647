// Package plan turns the schemas of a release into ordered column kernels.
//
// Compile reads the schemas once. Bind then fixes what the header of a
// submission says (its period decides codes, scales and date limits) and
// lowers every rule that looks at one record into a step: one call of a kernel
// of package check for a whole batch.
//
//	schemas ─► Compile ─► Plan ─► Bind(header, portal) ─► Program, one a table
//	                                                          │
//	Batch ────────────────────────────────────────────► Worker.Check ─► []Hit
//
// Rules between records are not lowered here: they stay in Plan.Dictionary for
// package relation. A step that compares with a parent's date reads it from a
// Join, which the engine fills before Check.
package plan

import (
	"cmp"
	"fmt"
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/check"
)

// A Plan is a release, ready to be bound. It is read-only and may be shared.
type Plan struct {
	Dictionary *dictionary.Dictionary

	lists     map[string]*dictionary.CodeList
	sets      map[string]*check.CodeSet // of the lists that are the same for every period
	automata  map[string]*check.Automaton
	condition map[string]dictionary.Condition
	header    *dictionary.Table // nil if the release has none
	reference Reference         // nil if none was given
	documents []func() error    // by table: compiles its document once; nil without documents
}

// FromDictionary prepares the rules of d. It refuses what no kernel can do.
func FromDictionary(d *dictionary.Dictionary) (*Plan, error) {
	p := &Plan{
		Dictionary: d,
		lists:      make(map[string]*dictionary.CodeList),
		sets:       make(map[string]*check.CodeSet),
		automata:   make(map[string]*check.Automaton),
		condition:  make(map[string]dictionary.Condition),
	}
	p.header, _ = d.Role("header")
	for i := range d.Lists {
		l := &d.Lists[i]
		p.lists[l.Name] = l
		if !slices.ContainsFunc(l.Codes, func(c dictionary.Code) bool { return c.ValidFrom != "" }) {
			p.sets[l.Name] = codeSet(l, "")
		}
	}
	for i := range d.Rules {
		r := &d.Rules[i]
		if r.Pattern != "" && p.automata[r.Pattern] == nil {
			a, err := check.NewAutomaton(r.Pattern)
			if err != nil {
				return nil, fmt.Errorf("rule %s: pattern %q: %w", r.Code, r.Pattern, err)
			}
			p.automata[r.Pattern] = a
		}
		if r.Condition != "" && p.condition[r.Condition] == nil {
			c, err := dictionary.ParseCondition(r.Condition)
			if err != nil {
				return nil, fmt.Errorf("rule %s: %w", r.Code, err)
			}
			p.condition[r.Condition] = c
		}
	}
	return p, nil
}

// Header is what the first header record says: field name to value in the
// written form of batch.Append; a null field is absent. A nil Header is a
// submission without one: comparisons against it pass.
type Header map[string]string

// Portal is what only the portal knows, by the names of Dictionary.Context's
// fields. A value that is not given is absent; rules that need it are not
// checked.
type Portal map[string]string

// A Rule is a rule with its place among the findings of its table.
type Rule struct {
	*dictionary.Rule

	// Rank orders the row findings of one row: by field position, then code.
	// A rule without a field comes first. It indexes Program.Rules.
	Rank int

	// Items says where the values of Rule.Items are.
	Items []ItemSource
}

// An ItemSource says where a reported item's value is: in a column of the
// row, else fixed (the header's), else the date of a join.
type ItemSource struct {
	Column int    // -1 if not a column
	Fixed  string // the header's value
	Null   bool   // neither: the value is null
	Join   int    // -1 if not a joined parent's date
	Date   int
}

// A Join is a parent table whose dates some rules compare with.
type Join struct {
	Column int    // of this table, that holds the key
	Table  string // the parent's ID
	Key    string // the parent's key field
	Dates  []JoinDate
}

// A JoinDate is a date of the parent. With several parents of one key the
// latest or the earliest counts, so that one violated parent is enough.
type JoinDate struct {
	Field  string
	Latest bool
}

// A Program is what Bind makes of one table.
type Program struct {
	Table *dictionary.Table
	Rules []Rule // every rule that is on for this table, by Rank
	Joins []Join

	steps []step
	text  []bool       // columns that are text or numbers: typed sources are written out
	dates []bool       // date columns
	forms []batch.Form // how values are written
	times []int        // columns that hold a time of day
	width []int        // zero-padded width of numbers, 0 for none

	registers int // rules that look codes up
}

// A step is one kernel for one rule.
type step struct {
	rank int
	run  func(w *Worker, fail batch.Mask)
}

// A Hit is a rule that a row fails.
type Hit struct {
	Row  uint32 // in the batch
	Rank uint16
}

// Active reports whether a rule acts at all: the national list has dropped
// those that are pipeline only.
func Active(r *dictionary.Rule) bool {
	return r.Status != dictionary.PipelineOnly && r.Kind != dictionary.MessageOnly
}

// Bind lowers the rules of the tables that are wanted, in the dictionary's
// order; the programs of others are nil.
func (p *Plan) Bind(h Header, portal Portal, wanted func(table int) bool) ([]*Program, error) {
	programs := make([]*Program, len(p.Dictionary.Tables))
	b := &binding{plan: p, header: h, portal: portal}
	for i := range p.Dictionary.Tables {
		if !wanted(i) {
			continue
		}
		l := lowering{binding: b, program: &Program{Table: &p.Dictionary.Tables[i]}}
		if err := l.table(); err != nil {
			return nil, err
		}
		programs[i] = l.program
	}
	return programs, nil
}

// table fills the program of one table.
func (l *lowering) table() error {
	g := l.program
	for i := range g.Table.Fields {
		f := &g.Table.Fields[i]
		g.text = append(g.text, f.Type == dictionary.Text || f.Type == dictionary.Number)
		g.dates = append(g.dates, f.Type == dictionary.Date || f.Type == dictionary.DateTime)
		g.width = append(g.width, f.Digits)
		form := batch.AsIs
		switch f.Type {
		case dictionary.Date, dictionary.DateTime:
			form = batch.DateForm
		case dictionary.Time:
			form = batch.TimeForm
			g.times = append(g.times, i)
		}
		g.forms = append(g.forms, form)
	}
	for i := range l.plan.Dictionary.Rules {
		r := &l.plan.Dictionary.Rules[i]
		if r.Table == g.Table.ID && Active(r) {
			g.Rules = append(g.Rules, Rule{Rule: r})
		}
	}
	slices.SortStableFunc(g.Rules, func(a, b Rule) int {
		return cmp.Or(cmp.Compare(g.Table.Index(a.Field), g.Table.Index(b.Field)), cmp.Compare(a.Code, b.Code))
	})
	for rank := range g.Rules {
		r := &g.Rules[rank]
		r.Rank = rank
		run, err := l.rule(r.Rule)
		if err != nil {
			return fmt.Errorf("rule %s: %w", r.Code, err)
		}
		if run != nil {
			g.steps = append(g.steps, step{rank, run})
		}
	}
	for i := range g.Rules {
		g.Rules[i].Items = l.items(g.Rules[i].Rule)
	}
	return nil
}

// items finds the values that a report prints: the row's own column of that
// name (else of that UID: the national list misnames one), else the header's,
// else the joined parent's.
func (l *lowering) items(r *dictionary.Rule) []ItemSource {
	find := func(t *dictionary.Table, item dictionary.Item) int {
		if i := t.Index(item.Name); i >= 0 {
			return i
		}
		return slices.IndexFunc(t.Fields, func(f dictionary.Field) bool { return f.UID == item.UID })
	}
	sources := make([]ItemSource, len(r.Items))
	for i, item := range r.Items {
		s := ItemSource{Column: find(l.program.Table, item), Join: -1}
		if s.Column < 0 && l.plan.header != nil {
			if k := find(l.plan.header, item); k >= 0 {
				s.Fixed = l.header[l.plan.header.Fields[k].Name]
				s.Null = s.Fixed == ""
				sources[i] = s
				continue
			}
		}
		if s.Column < 0 {
			s.Null = true
			if r.Join != (dictionary.Join{}) && item.Name == r.Other.Field {
				s.Null = false
				s.Join, s.Date = l.join(r)
			}
		}
		sources[i] = s
	}
	return sources
}
