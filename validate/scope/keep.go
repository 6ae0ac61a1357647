package scope

import (
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/batch"
)

// Keep takes over what was seen of the next rows of a table.
func (s *Scope) Keep(table int, from interface{ Reset(table int) }) {
	x := from.(*sight)
	p := s.spec
	base := s.kept[table]
	s.kept[table] += x.rows
	for i, n := range x.counts {
		s.entries[i] += int64(n)
	}
	for _, i := range p.watches[table].ids {
		to := &s.fields[i]
		if to.valid == 0 && x.inside[i].valid > 0 {
			to.first = uint32(base) + x.inside[i].first
		}
		to.ten += x.inside[i].ten
		to.valid += x.inside[i].valid
		to.own += x.inside[i].own
	}
	switch table {
	case p.staff:
		s.staff = append(s.staff, x.flags...)
		for _, class := range x.flags {
			if class < roleOther {
				s.therapy++
			}
		}
	case p.patient:
		s.keepPatients(x)
	case p.referral:
		s.keepReferrals(x)
	case p.contact:
		s.keepContacts(x, base)
	case p.activity:
		s.acts = append(s.acts, x.parents...)
	case p.delivery:
		s.keepDelivery(x)
	case p.team:
		s.keepTeams(x)
	}
	if p.watches[table].assessment != none {
		s.keepAssessments(x)
	}
	s.keepHits(x, table, base)
}

// Reserve makes room for about as many rows of a table as there are.
func (s *Scope) Reserve(table, rows int) {
	switch table {
	case s.spec.patient:
		p := &s.patients
		p.flags, p.adult, p.number = slices.Grow(p.flags, rows), slices.Grow(p.adult, rows), slices.Grow(p.number, rows)
	case s.spec.referral:
		r := &s.referrals
		r.patient, r.contacts, r.team = slices.Grow(r.patient, rows), slices.Grow(r.contacts, rows), slices.Grow(r.team, rows)
		r.flags, r.found = slices.Grow(r.flags, rows), slices.Grow(r.found, rows)
	case s.spec.contact:
		c := &s.contacts
		if s.follows() {
			c.referral = slices.Grow(c.referral, rows)
		}
		if s.likely() {
			c.flags, c.roles = slices.Grow(c.flags, rows), slices.Grow(c.roles, rows)
		}
	case s.spec.activity:
		s.acts = slices.Grow(s.acts, rows)
	}
}

// keepHits takes over the hits, once the table's rows themselves are known.
func (s *Scope) keepHits(x *sight, table, base int) {
	p := s.spec
	for i := range x.hits {
		f := &x.hits[i]
		h := hit{table: int32(table), row: uint32(base) + f.row, referral: f.parent, about: f.about}
		switch table {
		case p.referral:
			h.referral = int32(h.row)
		case p.delivery:
			h.referral = s.referralOfActivity(f.parent)
		}
		r := &p.rules[f.rule]
		if s.opt.Values && len(r.Items) > 0 {
			h.values = uint32(len(s.ends)) + 1
			at := uint32(0)
			if f.values > 0 {
				at = x.ends[f.values-1]
			}
			for _, end := range x.ends[f.values : int(f.values)+len(r.Items)] {
				s.values = append(s.values, x.values[at:end]...)
				s.ends = append(s.ends, uint32(len(s.values)))
				at = end
			}
		}
		if h.referral >= 0 && int(h.referral) < len(s.referrals.found) && s.names(r, table) {
			s.referrals.found[h.referral] |= 1 << r.grade
		}
		s.hits[f.rule] = append(s.hits[f.rule], h)
	}
}

// names reports whether a hit of the rule is about the referral as a whole,
// rather than about something under it.
func (s *Scope) names(r *rule, table int) bool {
	switch r.Check {
	case dictionary.ScopeValue:
		return true
	case dictionary.ScopeDeclared:
		return table == s.spec.referral
	case dictionary.ScopeSameReferral, dictionary.ScopeSamePatientTeam, dictionary.ScopeSamePatientDate:
		return true
	}
	return false
}

// referralOfActivity returns the referral of an activity, or -1.
func (s *Scope) referralOfActivity(activity int32) int32 {
	if c := s.contactOf(activity); c >= 0 {
		return s.contacts.referral[c]
	}
	return none
}

// contactOf returns the contact of an activity, or -1.
func (s *Scope) contactOf(activity int32) int32 {
	if activity < 0 || int(activity) >= len(s.acts) {
		return none
	}
	if c := s.acts[activity]; c >= 0 && int(c) < len(s.contacts.referral) {
		return c
	}
	return none
}

func (s *Scope) keepPatients(x *sight) {
	p := &s.patients
	for _, f := range x.flags {
		p.abroad = p.abroad || f&livesAbroad != 0
	}
	p.flags = append(p.flags, x.flags...)
	p.number = append(p.number, x.seconds...)
	p.known += x.numbers[0]
	p.tests += x.numbers[1]
	for _, day := range x.days {
		p.adult = append(p.adult, birthday(day, s.opt.AdultAge))
	}
}

// birthday returns the day on which somebody born on day reaches the age. Who
// was born on 29 February does so on 1 March of other years.
func birthday(day int32, age int) int32 {
	if day <= batch.Unreadable {
		return batch.Null
	}
	y, m, d := batch.Civil(day)
	return batch.Day(y+age, m, d)
}

func (s *Scope) keepReferrals(x *sight) {
	r := &s.referrals
	r.patient = append(r.patient, x.parents...)
	r.flags = append(r.flags, x.flags...)
	for _, f := range x.flags {
		r.noFunds = r.noFunds || f&privatelyPut != 0
		r.contacts, r.found = append(r.contacts, 0), append(r.found, 0)
	}
	for i := range x.nameEnd {
		r.team = append(r.team, s.teams.of(x.name(i)))
	}
	s.keepFunders(x)
}

// name returns the i-th name.
func (x *sight) name(i int) []byte {
	at := uint32(0)
	if i > 0 {
		at = x.nameEnd[i-1]
	}
	return x.names[at:x.nameEnd[i]]
}

func (s *Scope) keepFunders(x *sight) {
	for _, f := range x.pairs {
		if f.what == funderAbroad || f.what == funderHere {
			if s.marks == nil {
				s.marks = make(map[int32]uint8)
			}
			s.marks[f.row] |= 1 << f.what
		}
	}
}

func (s *Scope) keepContacts(x *sight, base int) {
	r, c := &s.referrals, &s.contacts
	for _, up := range x.parents {
		if up >= 0 {
			r.contacts[up]++
		}
	}
	for _, f := range x.pairs {
		if f.what != paidPrivately && f.what != paidAsReferral {
			continue
		}
		up := x.parents[f.row]
		if up < 0 || f.what == paidAsReferral && r.flags[up]&privatelyPut == 0 {
			continue
		}
		if r.private == nil {
			r.private = make([]uint32, len(r.patient))
		}
		r.private[up]++
	}
	s.keepFunders(x)
	if s.follows() {
		c.referral = append(c.referral, x.parents...)
	}
	if s.likely() {
		c.flags = append(c.flags, x.flags...)
		for range x.flags {
			c.roles = append(c.roles, 0)
		}
		for i, row := range x.rowOf {
			c.teams = append(c.teams, teamOf{uint32(base) + row, s.teams.of(x.name(i))})
		}
	}
}

func (s *Scope) keepDelivery(x *sight) {
	c := &s.contacts
	for i, activity := range x.parents {
		contact := s.contactOf(activity)
		if contact < 0 {
			continue
		}
		c.flags[contact] |= named
		class := roleUnknown
		if by := x.seconds[i]; by >= 0 && int(by) < len(s.staff) {
			class = s.staff[by]
		}
		switch class {
		case roleUnknown:
		case roleOther:
			c.flags[contact] |= byOthers
		default:
			c.roles[contact] |= 1 << class
		}
	}
}

func (s *Scope) keepTeams(x *sight) {
	t := &s.teams
	for i := range x.nameEnd {
		n := int(t.of(x.name(i)))
		for len(t.other) <= n {
			t.other = append(t.other, false)
		}
		t.other[n] = n > 0
	}
}

func (s *Scope) keepAssessments(x *sight) {
	for _, f := range x.pairs {
		up := f.row
		switch f.what {
		case ofActivity:
			up = s.referralOfActivity(f.row)
		case ofReferral:
		default:
			continue
		}
		if up >= 0 && int(up) < len(s.referrals.flags) {
			s.referrals.flags[up] |= assessed
		}
	}
}

// parseDay reads a date of the header, batch.Null if it is none.
func parseDay(v string) int32 {
	if len(v) < 10 || v[4] != '-' || v[7] != '-' {
		return batch.Null
	}
	return dayOf([]byte(v[:4]), []byte(v[5:7]), []byte(v[8:10]))
}
