package cases

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mhsds/dictionary"
)

// The judge's plain reading of the rules on scope. It walks all rows again and
// again, as nobody would who has millions of them.

func (j *judge) scope(r *dictionary.Rule, row int) bool {
	var v string
	if row >= 0 {
		v = j.rows[row].Fields[r.Field]
	}
	switch r.Check {
	case dictionary.ScopeValue:
		return slices.ContainsFunc(j.d.List(r.List).Codes, func(c dictionary.Code) bool { return c.Code == v })
	case dictionary.ScopeDeclared:
		return j.declared(r.Table, j.rows[row].Fields) && !j.saidWithReferral(j.rows[row])
	case dictionary.ScopeSameReferral:
		return slices.ContainsFunc(j.given.Extract, func(x ExtractRow) bool {
			return x.Referral != "" && x.Referral == v && !j.contradicts(x, j.rows[row].Fields)
		})
	case dictionary.ScopeSamePatientTeam, dictionary.ScopeSamePatientDate:
		return slices.ContainsFunc(j.given.Extract, func(x ExtractRow) bool {
			f := j.rows[row].Fields
			if x.Date == "" || x.Date != v || !j.samePatient(x, f) {
				return false
			}
			team := f[j.field(dictionary.SignReferralTeam)]
			if x.Team == "" || team == "" {
				return r.Check == dictionary.ScopeSamePatientDate
			}
			return r.Check == dictionary.ScopeSamePatientTeam && x.Team == team
		})
	case dictionary.ScopeLikely:
		return j.likely(j.rows[row].Fields)
	case dictionary.ScopeBeforePeriod:
		for _, ref := range r.Fields {
			day := j.rows[row].Fields[ref.Field]
			if j.rows[row].Table == ref.Table && day != "" && day < j.header(j.m.start.Field) {
				return true
			}
		}
	case dictionary.ScopeOutsideEngland:
		return j.abroad(j.rows[row].Fields)
	case dictionary.ScopeNotFunded:
		return j.private(j.rows[row].Fields)
	case dictionary.ScopeNHSNumberInside:
		return slices.ContainsFunc(r.Fields, j.numbersInside)
	case dictionary.ScopeTestPatient:
		known, tests := 0, 0
		for _, o := range j.rows {
			if n := o.Fields[r.Field]; o.Table == r.Table && n != "" {
				known++
				if strings.HasPrefix(n, r.Prefix) {
					tests++
				}
			}
		}
		return strings.HasPrefix(v, r.Prefix) && tests*2 < known
	}
	return false
}

func (j *judge) field(part string) string { return j.m.sign(part).Field }

func (j *judge) value(part, v string) bool {
	return slices.ContainsFunc(j.d.Signs(part), func(s dictionary.Sign) bool { return s.Value == v })
}

// of returns the rows of a role's table whose field of that role is v.
func (j *judge) of(role, v string) (list []map[string]string) {
	ref := j.m.role(role)
	for _, row := range j.rows {
		if row.Table == ref.Table && row.Fields[ref.Field] == v && v != "" {
			list = append(list, row.Fields)
		}
	}
	return list
}

func (j *judge) declared(table string, fields map[string]string) bool {
	for part, list := range j.given.Declared {
		for _, s := range j.d.Signs(part) {
			if s.Table == table && fields[s.Field] != "" && slices.Contains(list, fields[s.Field]) {
				return true
			}
		}
	}
	return false
}

func (j *judge) saidWithReferral(row Row) bool {
	under := j.m.role("contact_referral_id")
	if row.Table != under.Table {
		return false
	}
	for _, r := range j.of("referral_id", row.Fields[under.Field]) {
		if j.declared(j.m.role("referral_id").Table, r) {
			return true
		}
	}
	return false
}

func (j *judge) numberOf(referral map[string]string) string {
	for _, p := range j.of("patient_id", referral[j.m.role("referral_patient_id").Field]) {
		return p[j.m.role("nhs_number").Field]
	}
	return ""
}

func (j *judge) contradicts(x ExtractRow, referral map[string]string) bool {
	n := j.numberOf(referral)
	return n != "" && x.NHSNumber != "" && n != x.NHSNumber
}

func (j *judge) samePatient(x ExtractRow, referral map[string]string) bool {
	if n := j.numberOf(referral); n != "" && x.NHSNumber != "" {
		return n == x.NHSNumber
	}
	return x.Patient != "" && x.Patient == referral[j.m.role("referral_patient_id").Field]
}

// delivered says who delivered a contact: whether anybody is named, whether
// therapists are, and whether anybody else whose role says so is.
func (j *judge) delivered(contact map[string]string) (named, therapist, other bool) {
	for _, a := range j.of("activity_contact_id", contact[j.m.role("contact_id").Field]) {
		by := j.m.sign(dictionary.SignDeliveredBy)
		for _, row := range j.rows {
			if row.Table != by.Table || row.Fields[j.field(dictionary.SignDelivered)] != a[j.m.role("activity_id").Field] {
				continue
			}
			named = true
			for _, s := range j.of("staff_id", row.Fields[by.Field]) {
				switch role := s[j.field(dictionary.SignJobRole)]; {
				case j.value(dictionary.SignTherapist, role):
					therapist = true
				case role != "" && !j.value(dictionary.SignNeutralRole, role):
					other = true
				}
			}
		}
	}
	return named, therapist, other
}

func (j *judge) teamOf(contact map[string]string) string {
	if t := contact[j.field(dictionary.SignContactTeam)]; t != "" {
		return t
	}
	for _, r := range j.of("referral_id", contact[j.m.role("contact_referral_id").Field]) {
		return r[j.field(dictionary.SignReferralTeam)]
	}
	return ""
}

func (j *judge) pattern(team string) bool {
	for _, t := range j.of("team_id", team) {
		if j.value(dictionary.SignOtherTeamType, t[j.field(dictionary.SignTeamType)]) || j.value(dictionary.SignOtherAgeGroup, t[j.field(dictionary.SignTeamAgeGroup)]) {
			return false
		}
	}
	all, theirs := 0, 0
	for _, row := range j.rows {
		if row.Table != j.m.role("contact_id").Table || j.teamOf(row.Fields) != team {
			continue
		}
		named, therapist, other := j.delivered(row.Fields)
		if named {
			all++
		}
		if therapist && !other {
			theirs++
		}
	}
	return theirs*2 >= all
}

func (j *judge) likely(referral map[string]string) bool {
	if j.value(dictionary.SignOtherSource, referral[j.field(dictionary.SignReferralSource)]) || j.value(dictionary.SignOtherReason, referral[j.field(dictionary.SignReferralReason)]) {
		return false
	}
	born := ""
	for _, p := range j.of("patient_id", referral[j.m.role("referral_patient_id").Field]) {
		born = p[j.m.role("birth_date").Field]
	}
	if born == "" {
		return false
	}
	all, theirs := 0, 0
	for _, c := range j.of("contact_referral_id", referral[j.m.role("referral_id").Field]) {
		day := c[j.m.role("contact_date").Field]
		if year, _ := strconv.Atoi(born[:4]); strconv.Itoa(year+18)+born[4:] > day {
			continue
		}
		named, therapist, other := j.delivered(c)
		if named {
			all++
		}
		if therapist && !other && j.pattern(j.teamOf(c)) {
			theirs++
		}
	}
	return theirs*2 > all
}

func (j *judge) commissioners(patient map[string]string) (list []string) {
	for _, s := range j.d.Signs(dictionary.SignCommissioner) {
		for _, r := range j.of("referral_patient_id", patient[j.m.role("patient_id").Field]) {
			if s.Table == j.m.role("referral_id").Table {
				list = append(list, r[s.Field])
				continue
			}
			for _, c := range j.of("contact_referral_id", r[j.m.role("referral_id").Field]) {
				list = append(list, c[s.Field])
			}
		}
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

func (j *judge) abroad(patient map[string]string) bool {
	area := regexp.MustCompile(`^[A-Z]+`).FindString(patient[j.field(dictionary.SignPostcode)])
	list := j.commissioners(patient)
	return j.value(dictionary.SignAreaAbroad, area) && len(list) > 0 && !slices.ContainsFunc(list, func(code string) bool {
		return !slices.ContainsFunc(j.d.Signs(dictionary.SignCommissionerAbroad), func(s dictionary.Sign) bool { return strings.HasPrefix(code, s.Value) })
	})
}

func (j *judge) private(patient map[string]string) bool {
	referrals := j.of("referral_patient_id", patient[j.m.role("patient_id").Field])
	var of, also string
	for _, s := range j.d.Signs(dictionary.SignCommissioner) {
		if s.Table == j.m.role("referral_id").Table {
			of = s.Field
		} else {
			also = s.Field
		}
	}
	for _, r := range referrals {
		nobody := j.value(dictionary.SignPrivateCommissioner, r[of])
		contacts := j.of("contact_referral_id", r[j.m.role("referral_id").Field])
		if len(contacts) == 0 && !nobody {
			return false
		}
		for _, c := range contacts {
			commissioner, funding := c[also], c[j.field(dictionary.SignFunding)]
			switch {
			case j.value(dictionary.SignPrivateCommissioner, commissioner):
			case commissioner != "":
				return false
			case j.value(dictionary.SignPrivate, funding):
			case funding != "" || !nobody:
				return false
			}
		}
	}
	return len(referrals) > 0
}

func (j *judge) numbersInside(ref dictionary.Ref) bool {
	all, valid, own := 0, 0, 0
	for _, row := range j.rows {
		if row.Table != ref.Table {
			continue
		}
		runs := regexp.MustCompile(`[0-9]+`).FindAllString(row.Fields[ref.Field], -1)
		runs = slices.DeleteFunc(runs, func(s string) bool { return len(s) != 10 })
		if len(runs) == 0 {
			continue
		}
		all++
		if slices.ContainsFunc(runs, elevens) {
			valid++
		}
		if n := row.Fields[j.m.role("nhs_number").Field]; row.Table == j.m.role("nhs_number").Table && slices.Contains(runs, n) && elevens(n) {
			own++
		}
	}
	return own > 0 || valid > 0 && valid*2 >= all
}
