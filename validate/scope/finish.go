package scope

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

// The grades that count what is affected, as places in dictionary.ScopeGrades,
// and the bits of the surest of them in referrals.found.
const (
	gradeOutOfScope = iota
	gradeDoubleCounted
	gradeDeclared
	gradeLikely
	affecting

	sure = 1<<gradeOutOfScope | 1<<gradeDoubleCounted | 1<<gradeDeclared
)

// finish reports the findings, by the dictionary's order of rules and then by
// table and row, and fills in the summary.
func (s *Scope) finish(report func(*finding.Finding) error, sum *finding.Summary) error {
	if s.whole {
		for i := range s.referrals.found {
			s.referrals.found[i] |= 1 << gradeDeclared
		}
	}
	evidence := s.weigh()
	for i := range s.spec.rules {
		r := &s.spec.rules[i]
		var err error
		switch r.Check {
		case dictionary.ScopeLikely:
			err = s.reportLikely(r, evidence, report)
		case dictionary.ScopeOutsideEngland:
			err = s.reportPatients(r, s.abroad(), report)
		case dictionary.ScopeNotFunded:
			err = s.reportPatients(r, s.private(), report)
		case dictionary.ScopeTestPatient:
			err = s.reportPatients(r, s.tests(), report)
		case dictionary.ScopeNHSNumberInside:
			err = s.reportNumbers(i, report)
		default:
			err = s.reportHits(i, report)
		}
		if err != nil {
			return err
		}
	}
	s.summarise(sum)
	return nil
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}

// reportHits reports the hits of a rule.
func (s *Scope) reportHits(i int, report func(*finding.Finding) error) error {
	r := &s.spec.rules[i]
	slices.SortStableFunc(s.hits[i], func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(a.row, b.row))
	})
	for k := range s.hits[i] {
		h := &s.hits[i][k]
		if s.said(r, h) {
			continue
		}
		table := &s.spec.d.Tables[h.table]
		f := finding.Finding{Rule: r.Rule, Table: table, Row: int64(h.row) + 1, Detail: s.detail(r, h)}
		if r.Check == dictionary.ScopeBeforePeriod {
			f.Column = r.Fields[h.about].Field
		}
		f.Values = s.valuesOf(r.Rule, h)
		if err := report(&f); err != nil {
			return err
		}
	}
	return nil
}

// said reports whether a hit on something under a referral is passed over,
// because the referral itself is named for a reason as sure.
func (s *Scope) said(r *rule, h *hit) bool {
	return r.Check == dictionary.ScopeDeclared && int(h.table) != s.spec.header &&
		!s.names(r, int(h.table)) && h.referral >= 0 && s.referrals.found[h.referral]&sure != 0
}

// detail says more of a hit: counts, and which of several fields it was.
func (s *Scope) detail(r *rule, h *hit) string {
	var parts []string
	switch r.Check {
	case dictionary.ScopeDeclared:
		var by []string
		for k, f := range r.declared {
			if h.about>>k&1 != 0 {
				by = append(by, words(dictionary.DeclaredParts()[f.part]))
			}
		}
		parts = append(parts, "named among the "+join(by)+" of the configuration")
	}
	if h.referral >= 0 && s.names(r, int(h.table)) {
		parts = append(parts, plural(int(s.referrals.contacts[h.referral]), "contact")+" under the referral")
	}
	return strings.Join(parts, "; ")
}

func words(part string) string { return strings.ReplaceAll(part, "_", " ") }

// join joins words: "a", "a and b", "a, b and c".
func join(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	n := len(list) - 1
	return strings.Join(list[:n], ", ") + " and " + list[n]
}

// valuesOf returns the values of a hit's items, nil if nobody asked.
func (s *Scope) valuesOf(r *dictionary.Rule, h *hit) []finding.Value {
	if h.values == 0 {
		return nil
	}
	list := make([]finding.Value, len(r.Items))
	for i, item := range r.Items {
		n := int(h.values) - 1 + i
		at := uint32(0)
		if n > 0 {
			at = s.ends[n-1]
		}
		list[i] = finding.Value{Item: item, Text: s.values[at:s.ends[n]], Null: at == s.ends[n]}
	}
	return list
}

// A person is a patient with something to say of them.
type person struct {
	row    int
	detail string
}

func (s *Scope) reportPatients(r *rule, list []person, report func(*finding.Finding) error) error {
	for _, p := range list {
		f := finding.Finding{Rule: r.Rule, Table: &s.spec.d.Tables[s.spec.patient], Row: int64(p.row) + 1, Detail: p.detail}
		if err := report(&f); err != nil {
			return err
		}
	}
	return nil
}

// abroad lists the patients outside England with commissioners outside England
// alone.
func (s *Scope) abroad() (list []person) {
	for row, m := range s.marks {
		if m == 1<<funderAbroad {
			list = append(list, person{row: int(row)})
		}
	}
	slices.SortFunc(list, func(a, b person) int { return cmp.Compare(a.row, b.row) })
	return list
}

// private lists the patients all of whose care is paid for privately.
func (s *Scope) private() (list []person) {
	r := &s.referrals
	if r.private == nil && !r.noFunds {
		return nil
	}
	const someone, funded = 1, 2
	state := make([]uint8, len(s.patients.flags))
	counts := map[int32][2]int{} // of patients with private referrals: those and their contacts
	for i, patient := range r.patient {
		if patient < 0 {
			continue
		}
		private := r.flags[i]&privatelyPut != 0
		if r.contacts[i] > 0 {
			private = r.private != nil && r.private[i] == r.contacts[i]
		}
		if !private {
			state[patient] |= funded
			continue
		}
		state[patient] |= someone
		n := counts[patient]
		counts[patient] = [2]int{n[0] + 1, n[1] + int(r.contacts[i])}
	}
	for row, st := range state {
		if st == someone {
			n := counts[int32(row)]
			list = append(list, person{row, plural(n[0], "referral") + ", " + plural(n[1], "contact")})
		}
	}
	return list
}

// tests lists the patients with a number for tests, if most have others.
func (s *Scope) tests() (list []person) {
	p := &s.patients
	if p.tests == 0 || 2*p.tests >= p.known {
		return nil
	}
	detail := fmt.Sprintf("one of %d among %s with an NHS number", p.tests, plural(p.known, "patient"))
	for row, f := range p.flags {
		if f&testNumber != 0 {
			list = append(list, person{row, detail})
		}
	}
	return list
}

// reportNumbers names the fields whose identifiers hold NHS numbers.
func (s *Scope) reportNumbers(rule int, report func(*finding.Finding) error) error {
	for i, f := range s.spec.ids {
		n := s.fields[i]
		if f.rule != rule || n.own == 0 && (n.valid == 0 || 2*n.valid < n.ten) {
			continue
		}
		detail := fmt.Sprintf("%d of %s with ten digits in a row, the first in row %d", n.valid, plural(int(n.ten), "identifier"), n.first+1)
		if n.own > 0 {
			detail += fmt.Sprintf("; %d hold the number of their own row", n.own)
		}
		table := &s.spec.d.Tables[f.table]
		out := finding.Finding{Rule: s.spec.rules[rule].Rule, Table: table, Column: table.Fields[f.column].Name, Detail: detail}
		if err := report(&out); err != nil {
			return err
		}
	}
	return nil
}

// summarise counts what is affected, each thing under its surest grade.
func (s *Scope) summarise(sum *finding.Summary) {
	out := &finding.ScopeSummary{}
	grades := make([]finding.ScopeGrade, affecting)
	patients := make([]uint8, len(s.patients.flags))
	surest := func(found uint8) int {
		for g := range affecting {
			if found>>g&1 != 0 {
				return g
			}
		}
		return affecting
	}
	r := &s.referrals
	for i, found := range r.found {
		g := surest(found)
		if g == affecting {
			continue
		}
		grades[g].Referrals++
		grades[g].Contacts += int64(r.contacts[i])
		if p := r.patient[i]; p >= 0 {
			patients[p] |= 1 << g
		}
	}
	s.countContacts(grades, patients)
	for _, found := range patients {
		if g := surest(found); g < affecting {
			grades[g].Patients++
		}
	}
	for g := range grades {
		n := &grades[g]
		if n.Grade = dictionary.ScopeGrades()[g]; *n == (finding.ScopeGrade{Grade: n.Grade}) {
			continue
		}
		out.Grades = append(out.Grades, *n)
		out.Referrals += n.Referrals
		out.Contacts += n.Contacts
		out.Patients += n.Patients
	}
	for part, name := range dictionary.DeclaredParts() {
		if s.declared[part] == nil {
			continue
		}
		for i := range s.declared[part].values {
			n := s.entries[s.firsts[part]+i]
			out.Declared = append(out.Declared, finding.ScopeDeclared{List: name, Entry: i + 1, Hits: n})
			if n == 0 {
				sum.Notices = append(sum.Notices, finding.Notice{Text: fmt.Sprintf("entry %d of %s in section [scope] of the configuration names nothing in this submission", i+1, name)})
			}
		}
	}
	sum.Scope = out
	if e := s.extract(); e != nil {
		for _, x := range []struct {
			n    int
			what string
		}{
			{e.Unusable, "say too little to be found here: neither a referral id, nor a patient with a date"},
			{e.Undated, "have a date that cannot be read; dates are CCYY-MM-DD or DD/MM/CCYY"},
		} {
			if x.n > 0 {
				sum.Notices = append(sum.Notices, finding.Notice{Text: fmt.Sprintf("the Talking Therapies extract: %d of its %s %s", x.n, plural(e.Rows, "row"), x.what)})
			}
		}
	}
	if e := s.extract(); e == nil && len(s.entries) == 0 {
		sum.More = append(sum.More, "what belongs to Talking Therapies (mhsds config init)")
	}
}

// countContacts adds the contacts that are named by themselves.
func (s *Scope) countContacts(grades []finding.ScopeGrade, patients []uint8) {
	done := map[uint32]bool{}
	for i := range s.spec.rules {
		r := &s.spec.rules[i]
		if r.Check != dictionary.ScopeDeclared {
			continue
		}
		for k := range s.hits[i] {
			h := &s.hits[i][k]
			if h.referral < 0 || s.names(r, int(h.table)) || s.said(r, h) {
				continue
			}
			if s.referrals.found[h.referral]>>gradeLikely&1 == 0 && int(h.table) == s.spec.contact && !done[h.row] {
				done[h.row] = true
				grades[gradeDeclared].Contacts++
			}
			if p := s.referrals.patient[h.referral]; p >= 0 {
				patients[p] |= 1 << gradeDeclared
			}
		}
	}
}
