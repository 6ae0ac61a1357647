package validate

import (
	"cmp"
	"encoding/hex"
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/cause"
	"mhsds/validate/finding"
	"mhsds/validate/plan"
	"mhsds/validate/relation"
)

// causes fills in from which few records the rejections follow.
func (r *run) causes(s *finding.Summary) {
	d := r.v.plan.Dictionary
	own := func(table, row int) bool { own, _ := r.store.Own(table, row); return own }
	g := cause.New(d, own)
	for _, t := range r.v.spec.Order {
		for _, j := range r.store.Rejections(t) {
			row, rule := int(j.Row), int(j.Rule)
			switch j.Why {
			case relation.OfGroup:
				g.Group(t, row, rule, int(j.Ref))
			case relation.OfRow:
				other, _ := r.store.Other(rule)
				g.After(t, row, rule, other, int(j.Ref))
			case relation.OfAbsent:
				other, field := r.store.Other(rule)
				g.Absent(t, row, rule, other, field, r.store.AbsentKey(t, j.Ref))
			}
		}
	}
	for _, root := range g.Rank() {
		f := finding.Root{
			Table: &d.Tables[root.Table], Row: int64(root.Row) + 1, Absent: root.Absent, Group: root.Group,
			RowsFreed: root.Freed, Depends: root.Depends, Repair: root.Place, Gain: root.Gain,
		}
		rule := root.Rule
		if rule < 0 && !root.Absent {
			rule = r.store.OwnRule(root.Table, root.Row)
		}
		if rule >= 0 {
			f.Rule = &d.Rules[rule]
		}
		if root.Absent && r.prints != nil {
			s := r.prints.absent(f.Table, root.Field, root.Key)
			f.Fingerprint = hex.EncodeToString(s[:])
		}
		s.Roots = append(s.Roots, f)
	}
	s.RootCount = int64(len(s.Roots))
	place := len(s.Roots)
	alone := make([]int64, len(d.Tables)) // rows that would be free of faults of their own
	hopeless := make(map[string]bool)     // tables whose rows are rejected whatever they say
	for i := range d.Rules {
		if rule := &d.Rules[i]; rule.Kind == dictionary.RejectAll && plan.Active(rule) {
			hopeless[rule.Table] = true
		}
	}
	for _, t := range r.v.spec.Order {
		for row := range r.store.Rows(t) {
			own, left := r.store.Own(t, row)
			if !own || g.Has(t, row) {
				continue
			}
			s.RootCount++
			if !left {
				alone[t]++
			}
			root := finding.Root{Rule: &d.Rules[r.store.OwnRule(t, row)], Table: &d.Tables[t], Row: int64(row) + 1, Depends: 1}
			if !hopeless[d.Tables[t].ID] {
				place++
				root.RowsFreed, root.Gain, root.Repair = 1, 1, place
			}
			if len(s.Roots) < finding.MaxRoots {
				s.Roots = append(s.Roots, root)
			}
		}
	}
	slices.SortStableFunc(s.Roots, func(a, b finding.Root) int { return cmp.Compare(b.RowsFreed, a.RowsFreed) })
	s.Roots = s.Roots[:min(len(s.Roots), finding.MaxRoots)]
	if r.prints != nil {
		r.prints.roots(s.Roots, r.index)
	}
	if len(r.v.opt.AssumeFixed) == 0 {
		return
	}
	rules := make(map[int]bool)
	for _, code := range r.v.opt.AssumeFixed {
		rules[r.index[d.Rule(code)]] = true
	}
	freed := g.Assume(rules, func(table, row int) bool { _, left := r.store.Own(table, row); return !left })
	s.Assumed = &finding.Assumed{Codes: r.v.opt.AssumeFixed}
	for i, t := range r.v.spec.Order {
		s.Assumed.CarriedForward = append(s.Assumed.CarriedForward, s.Tables[i].CarriedForward+freed[t]+alone[t])
	}
}
