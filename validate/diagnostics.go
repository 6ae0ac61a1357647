package validate

import (
	"context"
	"fmt"
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/finding"
	"mhsds/validate/plan"
)

// diagnostics counts the dictionary's diagnostics once every row is judged.
// The few tables that they name are read again, one at a time:
//
//	stage 0   spells that are open      count at their referral's row
//	stage 1   referrals with a count    count at their patient's row
//	stage 2   patients                  those with a count of two and more
//
// Most have the last stage alone. All last stages come together, so that a
// table is read once for all the diagnostics that end in it.
func (r *run) diagnostics(ctx context.Context, s *finding.Summary) error {
	d := r.v.plan.Dictionary
	list := make([]*counting, len(d.Diagnostics))
	last := 0
	for i := range d.Diagnostics {
		g := &d.Diagnostics[i]
		c := &counting{run: r, of: g}
		list[i] = c
		if g.Unchecked != "" {
			continue
		}
		if err := c.compile(); err != nil {
			return fmt.Errorf("diagnostic %s: %w", g.Code, err)
		}
		last = max(last, len(c.stages)-1)
	}
	for round := range last + 1 {
		byTable := make([][]*stage, len(d.Tables))
		for _, c := range list {
			if k := round - last + len(c.stages) - 1; len(c.stages) > 0 && k >= 0 {
				t := c.stages[k].table
				byTable[t] = append(byTable[t], &c.stages[k])
			}
		}
		for t, stages := range byTable {
			if len(stages) > 0 && r.at[t] >= 0 {
				if err := r.countTable(ctx, t, stages); err != nil {
					return err
				}
			}
		}
	}
	if ctx.Err() != nil {
		s.Incomplete = append(s.Incomplete, "stopped before the diagnostics were counted")
		return nil
	}
	for _, c := range list {
		n := finding.DiagnosticCount{Diagnostic: c.of, Why: c.of.Unchecked}
		if n.Why == "" {
			n.Numerator = c.total
			if over := d.Table(c.of.Over); over != nil {
				n.Denominator = r.store.Counts(over.Position - 1).CarriedForward
			}
		}
		s.Diagnostics = append(s.Diagnostics, n)
	}
	return nil
}

// A counting is one diagnostic in the making.
type counting struct {
	run    *run
	of     *dictionary.Diagnostic
	stages []stage
	total  int64
}

// A stage goes through the surviving rows of one table.
type stage struct {
	counting *counting
	table    int
	tests    []func(b *batch.Batch, row int) bool

	// have counts what the stages before have found for each row; nil in the
	// first stage.
	have []uint32

	// The way up: the column that holds the parent's key, and the parent's
	// table and column. up is nil in the last stage.
	up           *stage
	column, into int
}

// compile makes the stages.
func (c *counting) compile() error {
	r, g := c.run, c.of
	d := r.v.plan.Dictionary
	c.stages = make([]stage, len(g.Children)+1)
	for i := range c.stages {
		id := g.Table
		if i < len(g.Children) {
			id = g.Children[i].Table
		}
		t := d.Table(id)
		if t == nil || t == &d.Context {
			return fmt.Errorf("unknown table %q", id)
		}
		st := &c.stages[i]
		st.counting, st.table = c, t.Position-1
		if i > 0 {
			st.have = make([]uint32, r.store.Rows(st.table))
		}
	}
	for i, ref := range g.Children {
		st, up := &c.stages[i], &c.stages[i+1]
		if st.column = d.Tables[st.table].Index(ref.Field); st.column < 0 {
			return fmt.Errorf("unknown field %s", ref)
		}
		parent := &d.Tables[up.table]
		at := slices.IndexFunc(d.Rules, func(rule dictionary.Rule) bool {
			return rule.Kind == dictionary.ParentExists && rule.Table == ref.Table && rule.Field == ref.Field && rule.Other.Table == parent.ID && plan.Active(&rule)
		})
		if at < 0 {
			return fmt.Errorf("no rule looks for the parent of %s in %s", ref, parent.ID)
		}
		st.up, st.into = up, parent.Index(d.Rules[at].Other.Field)
	}
	end := &c.stages[len(c.stages)-1]
	start, finish := r.period()
	if g.ChildOpen != "" && len(g.Children) > 0 {
		if err := c.stages[0].open(d, g.ChildOpen, finish); err != nil {
			return err
		}
	}
	return end.compile(g, start, finish)
}

// compile adds the tests of the counted row itself.
func (s *stage) compile(g *dictionary.Diagnostic, start, finish int32) error {
	d := s.counting.run.v.plan.Dictionary
	t := &d.Tables[s.table]
	if g.Field != "" {
		col := t.Index(g.Field)
		if col < 0 {
			return fmt.Errorf("unknown field %q", g.Field)
		}
		if g.List == "" {
			s.tests = append(s.tests, func(b *batch.Batch, row int) bool { return !b.Columns[col].IsNull(row) })
		} else {
			codes, err := s.counting.run.codesInForce(g.List)
			if err != nil {
				return err
			}
			var buf []byte
			s.tests = append(s.tests, func(b *batch.Batch, row int) bool {
				buf = b.Append(buf[:0], col, row)
				return codes[string(buf)]
			})
		}
	}
	if g.Condition != "" {
		c, err := dictionary.ParseCondition(g.Condition)
		if err != nil {
			return err
		}
		for _, ref := range dictionary.Refs(c) {
			if ref.Table != "" && ref.Table != t.ID || t.Index(ref.Field) < 0 {
				return fmt.Errorf("its condition reads %s, which is no field of %s", ref, t.ID)
			}
		}
		s.tests = append(s.tests, func(b *batch.Batch, row int) bool {
			return dictionary.Eval(c, func(ref dictionary.Ref) (string, bool) {
				v := b.Append(nil, t.Index(ref.Field), row)
				return string(v), len(v) == 0
			}) == dictionary.True
		})
	}
	if g.Within != "" {
		col := t.Index(g.Within)
		if col < 0 {
			return fmt.Errorf("unknown field %q", g.Within)
		}
		s.tests = append(s.tests, func(b *batch.Batch, row int) bool {
			day := dayOf(b, col, row)
			return start > batch.Unreadable && finish > batch.Unreadable && day >= start && day <= finish
		})
	}
	if g.Open != "" {
		if err := s.open(d, g.Open, finish); err != nil {
			return err
		}
	}
	return nil
}

// open adds the test that the field's date is blank or after the period.
func (s *stage) open(d *dictionary.Dictionary, field string, finish int32) error {
	col := d.Tables[s.table].Index(field)
	if col < 0 {
		return fmt.Errorf("unknown field %q", field)
	}
	s.tests = append(s.tests, func(b *batch.Batch, row int) bool {
		day := dayOf(b, col, row)
		return day == batch.Null || finish > batch.Unreadable && day > finish
	})
	return nil
}

// dayOf is the date of a value, batch.Null without one.
func dayOf(b *batch.Batch, col, row int) int32 {
	if c := &b.Columns[col]; c.HasDays {
		return c.Days[row]
	}
	return plan.ParseDay(string(b.Append(nil, col, row)))
}

// codesInForce is the set of the list's codes that count for the period.
func (r *run) codesInForce(list string) (map[string]bool, error) {
	l := r.v.plan.Dictionary.List(list)
	if l == nil {
		return nil, fmt.Errorf("no code list %q", list)
	}
	start, _ := r.period()
	codes := make(map[string]bool, len(l.Codes))
	for _, c := range l.Codes {
		if inForce(c, start) {
			codes[c.Code] = true
		}
	}
	return codes, nil
}

// inForce reports whether a code counts for a period that begins on start;
// without a period every code does.
func inForce(c dictionary.Code, start int32) bool {
	return c.ValidFrom == "" || start <= batch.Unreadable || plan.ParseDay(c.ValidFrom) <= start
}

// countTable reads a table once for some stages.
func (r *run) countTable(ctx context.Context, t int, stages []*stage) error {
	return r.scan(ctx, t, func(b *batch.Batch, first int) error {
		for row := range b.Rows {
			if !r.store.Valid(t, first+row) {
				continue
			}
			for _, s := range stages {
				s.take(b, row, first+row)
			}
		}
		return nil
	})
}

// scan reads all rows of a table again.
func (r *run) scan(ctx context.Context, t int, f func(b *batch.Batch, first int) error) error {
	rows := make([]uint32, r.store.Rows(t))
	for i := range rows {
		rows[i] = uint32(i)
	}
	return r.again(ctx, t, rows, f)
}

// take counts a surviving row: row of the batch, which is the table's row at.
func (s *stage) take(b *batch.Batch, row, at int) {
	for _, test := range s.tests {
		if !test(b, row) {
			return
		}
	}
	g := s.counting.of
	if s.up == nil {
		if len(g.Children) > 0 {
			if n := int(s.have[at]); n < g.AtLeast || g.AtLeast == 0 && n > 0 {
				return
			}
		}
		s.counting.total++
		return
	}
	n := uint32(1)
	if s.have != nil {
		n = s.have[at]
	}
	if n == 0 {
		return
	}
	key := b.Append(nil, s.column, row)
	store := s.counting.run.store
	counted := false // one row of those with the key, the first that survives
	store.WithKey(s.up.table, s.into, key, func(parent int) {
		if !counted && store.Valid(s.up.table, parent) {
			s.up.have[parent] += n
			counted = true
		}
	})
}
