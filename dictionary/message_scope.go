package dictionary

import (
	"slices"
	"strings"
)

// scope words the rules on what belongs in the data set.
func (m *messenger) scope() string {
	r := m.r
	f := m.own(r.Field)
	switch r.Check {
	case ScopeValue:
		var codes []string
		if l := m.d.List(r.List); l != nil {
			for _, c := range l.Codes {
				codes = append(codes, c.Code)
			}
		}
		return f + " is " + list(codes, "or") + ", which the Talking Therapies (IAPT) data set alone may hold."
	case ScopeDeclared:
		return list(m.refs(r.Fields), "or") + " is one that your configuration declares to be of your Talking Therapies service."
	case ScopeSameReferral:
		return "Your Talking Therapies extract has a referral with the same " + f + ": it is about to be counted twice."
	case ScopeSamePatientTeam:
		return "Your Talking Therapies extract has a referral of the same patient to the same team with the same " + f + ": it is about to be counted twice."
	case ScopeSamePatientDate:
		return "Your Talking Therapies extract has a referral of the same patient with the same " + f + ", and no team to compare: it may be about to be counted twice."
	case ScopeLikely:
		return "The referral looks like adult Talking Therapies: most of its contacts are with an adult, and by Psychological Wellbeing Practitioners or High Intensity Therapists in a team where that is the pattern."
	case ScopeBeforePeriod:
		return "What happened is dated before the reporting period, and no national rule tests that: it belongs to another month."
	case ScopeOutsideEngland:
		return f + " is in an area outside England, and every commissioner named for the patient is outside England too."
	case ScopeNotFunded:
		return "All care of the patient in this file is paid for privately: no contact or referral names an NHS commissioner."
	case ScopeNHSNumberInside:
		return "Identifiers of this field hold valid NHS numbers, which the national pipeline blanks."
	case ScopeTestPatient:
		return f + " begins with " + r.Prefix + ", the range that is kept for tests, while most patients of the file have other numbers."
	}
	return "The record does not belong in the data set: " + strings.ReplaceAll(r.Check, "_", " ") + "."
}

// SignText lists the values of a part with their meanings, for a page: "07028
// Psychological Wellbeing Practitioner".
func (d *Dictionary) SignText(part string) []string {
	var lines []string
	for _, s := range d.Signs(part) {
		lines = append(lines, s.Value+" "+s.Label)
	}
	return lines
}

// StartTested reports whether a national rule that acts holds the field's date
// against the first day of the reporting period.
func (d *Dictionary) StartTested(ref Ref) bool {
	header, start := d.Role("period_start")
	if start == nil {
		return false
	}
	return slices.ContainsFunc(d.Rules, func(r Rule) bool {
		return r.Kind == DateOnOrAfter && r.Table == ref.Table && r.Field == ref.Field && r.Status != PipelineOnly && !r.Own() &&
			r.Other == Ref{header.ID, start.Name}
	})
}
