package scope

import (
	"fmt"
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

// Explain says how a row was judged by a rule on scope, once the run is over;
// ok is false for other rules. Tables and rows count from 0.
func (s *Scope) Explain(r *dictionary.Rule, table, row int) (a finding.Account, ok bool) {
	i := slices.IndexFunc(s.spec.rules, func(own rule) bool { return own.Rule == r })
	if i < 0 {
		return a, false
	}
	own := &s.spec.rules[i]
	switch r.Check {
	case dictionary.ScopeValue:
		a.Ask(s.hitOn(i, table, row) == nil, s.label(table, r.Field)+" is none of the codes that only the other data set may hold")
	case dictionary.ScopeDeclared:
		s.accountDeclared(&a, i, table, row)
	case dictionary.ScopeSameReferral, dictionary.ScopeSamePatientTeam, dictionary.ScopeSamePatientDate:
		s.accountTwice(&a, i, table, row)
	case dictionary.ScopeLikely:
		s.accountLikely(&a, row)
	case dictionary.ScopeBeforePeriod:
		s.accountDates(&a, i, table, row)
	case dictionary.ScopeOutsideEngland:
		if s.patients.flags[row]&livesAbroad == 0 {
			a.Spared = s.label(table, r.Field) + " is of no postcode area that lies outside England as a whole"
			break
		}
		a.Ask(!named1(s.abroad(), row), "no commissioner is named for the patient, or one of those named is in England")
	case dictionary.ScopeNotFunded:
		a.Ask(!named1(s.private(), row), "the patient has no care here that is paid for privately, or some that is not")
	case dictionary.ScopeTestPatient:
		switch {
		case s.patients.flags[row]&testNumber == 0:
			a.Spared = fmt.Sprintf("%s does not begin with %s, as the numbers kept for tests do", s.label(table, r.Field), own.Prefix)
		case !named1(s.tests(), row):
			a.Spared = fmt.Sprintf("%d of %s with an NHS number have one for tests, so the whole submission is a synthetic one", s.patients.tests, plural(s.patients.known, "patient"))
		default:
			a.Ask(false, s.label(table, r.Field)+" is not of the numbers kept for tests")
		}
	case dictionary.ScopeNHSNumberInside:
		a.NotJudged = "The rule counts the identifiers of a column; it says nothing of single rows."
	}
	return a, true
}

// named1 reports whether the list has the row.
func named1(list []person, row int) bool {
	return slices.ContainsFunc(list, func(p person) bool { return p.row == row })
}

func (s *Scope) label(table int, field string) string {
	return s.spec.d.Label(dictionary.Ref{Table: s.spec.d.Tables[table].ID, Field: field})
}

// hitOn returns the first hit of a rule on a row, or nil.
func (s *Scope) hitOn(rule, table, row int) *hit {
	for i := range s.hits[rule] {
		if h := &s.hits[rule][i]; int(h.table) == table && int(h.row) == row {
			return h
		}
	}
	return nil
}

func (s *Scope) accountDeclared(a *finding.Account, rule, table, row int) {
	r := &s.spec.rules[rule]
	if !s.declares(r.declared) {
		a.Spared = "Section [scope] of the configuration declares nothing that this rule could find"
		return
	}
	h := s.hitOn(rule, table, row)
	if h != nil && s.said(r, h) {
		a.Spared = "The configuration declares it, but its referral is named already for a reason as sure"
		return
	}
	for k, f := range r.declared {
		if s.declared[f.part] == nil {
			continue
		}
		a.Ask(h == nil || h.about>>k&1 == 0, fmt.Sprintf("%s is not among the %s of the configuration",
			s.label(table, s.spec.d.Tables[table].Fields[f.column].Name), words(dictionary.DeclaredParts()[f.part])))
	}
}

// accountTwice says what the extract has of a referral. The surest match alone
// is reported.
func (s *Scope) accountTwice(a *finding.Account, rule, table, row int) {
	r := &s.spec.rules[rule]
	e := s.extract()
	if e == nil {
		a.NotJudged = "No extract of the Talking Therapies service was given: --talking-therapies FILE."
		return
	}
	for i := range s.spec.rules {
		o := &s.spec.rules[i]
		switch o.Check {
		case dictionary.ScopeSameReferral, dictionary.ScopeSamePatientTeam, dictionary.ScopeSamePatientDate:
			if i != rule && s.hitOn(i, table, row) != nil {
				a.Spared = "The extract has the referral, which " + o.Code + " says: of several matches the surest alone is told"
				return
			}
		}
	}
	with := map[string]string{
		dictionary.ScopeSameReferral:    "its identifier",
		dictionary.ScopeSamePatientTeam: "its patient, its team and its date",
		dictionary.ScopeSamePatientDate: "its patient and its date",
	}[r.Check]
	a.Ask(s.hitOn(rule, table, row) == nil, fmt.Sprintf("the Talking Therapies extract, of %s, has no referral with %s", plural(e.Rows, "row"), with))
}

func (s *Scope) accountDates(a *finding.Account, rule, table, row int) {
	for _, f := range s.spec.watches[table].dates {
		if f.rule != rule {
			continue
		}
		before := slices.ContainsFunc(s.hits[rule], func(h hit) bool {
			return int(h.table) == table && int(h.row) == row && int(h.about) == f.field
		})
		a.Ask(!before, s.label(table, s.spec.d.Tables[table].Fields[f.column].Name)+" is blank, no date, or not before the first day of the period")
	}
	if len(a.Statements) == 0 {
		a.Spared = "The rule reads no field of this table"
	}
}

// accountLikely weighs one referral again, as plainly as weigh.
func (s *Scope) accountLikely(a *finding.Account, row int) {
	r := &s.referrals
	switch {
	case !s.likely():
		a.Spared = "No member of staff in the submission has a job role that is a sign of Talking Therapies, so nothing was weighed"
		return
	case r.flags[row]&belongsHere != 0:
		a.Spared = "The referral's source or reason says that it belongs here"
		return
	case r.found[row]&sure != 0:
		a.Spared = "Another rule on scope has named the referral more surely"
		return
	}
	w, shares := s.weights()
	of := &w[row]
	a.Ask(2*of.theirs <= of.all, fmt.Sprintf("no more than half of its contacts with an adult, for which staff are named, are delivered as in Talking Therapies by a team whose pattern that is (%d of %s)",
		of.theirs, plural(int(of.all), "contact")))
	if of.all == 0 {
		a.Spared = fmt.Sprintf("None of the %s under the referral is with an adult and names who delivered it", plural(int(r.contacts[row]), "contact"))
		return
	}
	if team := r.team[row]; team > 0 && of.theirs == 0 {
		n := shares[team]
		text := fmt.Sprintf("%d of the %s of the referral's team are delivered as in Talking Therapies, which is its pattern from a share of %v", n.theirs, plural(int(n.all), "contact"), s.opt.TeamShare)
		if int(team) < len(s.teams.other) && s.teams.other[team] {
			text = "the referral's team is of a type or an age group that is certainly not of Talking Therapies"
		}
		a.Ask(true, text)
	}
}
