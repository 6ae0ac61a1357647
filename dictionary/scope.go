package dictionary

import (
	"slices"
	"strings"
)

// A Sign is one fact by which activity is told that does not belong in the
// data set, or that seems not to and does. Part says what the fact is; the
// rules of kind scope know what to do with each part.
//
// A part is a field that says something ("the job role of staff"), or a value
// of such a field ("a job role of Talking Therapies"), with its meaning.
type Sign struct {
	Part         string
	Table, Field string // of a field; "" of a value
	Value        string // "" of a field
	Label        string // what the value means
	Source       string // where the fact was read, or "judgement"
}

// Parts of signs. Those of the first group are also the names by which a
// user's configuration declares what belongs to another service.
const (
	SignTeams      = "teams"
	SignAgreements = "service_agreement_lines"
	SignSites      = "sites"
	SignStaff      = "staff"
	SignSystems    = "source_systems"

	SignDelivered      = "delivered_activity" // the activity of one member of staff
	SignDeliveredBy    = "delivered_by"       // that member of staff
	SignJobRole        = "job_role"
	SignReferralTeam   = "referral_team"
	SignContactTeam    = "contact_team" // where it is not the referral's
	SignTeamType       = "team_type"
	SignTeamAgeGroup   = "team_age_group"
	SignReferralSource = "referral_source"
	SignReferralReason = "referral_reason"
	SignAssessment     = "assessment"
	SignPostcode       = "postcode"
	SignCommissioner   = "commissioner"
	SignFunding        = "funding"

	SignTherapist           = "therapist_role"
	SignNeutralRole         = "neutral_role"    // says neither one nor the other
	SignOtherTeamType       = "other_team_type" // these four say that it is something else
	SignOtherAgeGroup       = "other_age_group"
	SignOtherSource         = "other_source"
	SignOtherReason         = "other_reason"
	SignTypicalAssessment   = "typical_assessment"
	SignPrivate             = "private_funding"
	SignPrivateCommissioner = "private_commissioner"
	SignAreaAbroad          = "area_abroad"         // a postcode area outside England as a whole
	SignCommissionerAbroad  = "commissioner_abroad" // what codes of commissioners outside England begin with
)

// DeclaredParts lists the parts that a user's configuration can declare.
func DeclaredParts() []string {
	return []string{SignTeams, SignAgreements, SignSites, SignStaff, SignSystems}
}

// A signForm says what the signs of a part have.
type signForm struct {
	part  string
	field bool   // else a value
	once  bool   // one sign only
	of    string // the part whose fields hold the value
}

func signForms() []signForm {
	return []signForm{
		{SignTeams, true, false, ""}, {SignAgreements, true, false, ""}, {SignSites, true, false, ""},
		{SignStaff, true, false, ""}, {SignSystems, true, false, ""},
		{SignDelivered, true, true, ""}, {SignDeliveredBy, true, true, ""}, {SignJobRole, true, true, ""},
		{SignReferralTeam, true, true, ""}, {SignContactTeam, true, true, ""},
		{SignTeamType, true, true, ""}, {SignTeamAgeGroup, true, true, ""},
		{SignReferralSource, true, true, ""}, {SignReferralReason, true, true, ""},
		{SignAssessment, true, false, ""}, {SignPostcode, true, true, ""},
		{SignCommissioner, true, false, ""}, {SignFunding, true, true, ""},
		{SignTherapist, false, false, SignJobRole}, {SignNeutralRole, false, false, SignJobRole},
		{SignOtherTeamType, false, false, SignTeamType}, {SignOtherAgeGroup, false, false, SignTeamAgeGroup},
		{SignOtherSource, false, false, SignReferralSource}, {SignOtherReason, false, false, SignReferralReason},
		{SignTypicalAssessment, false, false, SignAssessment},
		{SignPrivate, false, false, SignFunding}, {SignPrivateCommissioner, false, false, SignCommissioner},
		{SignAreaAbroad, false, false, SignPostcode}, {SignCommissionerAbroad, false, false, SignCommissioner},
	}
}

// MaxTherapistRoles bounds the job roles that count as signs: who follows them
// has a bit for each.
const MaxTherapistRoles = 8

// Signs returns the signs of a part, in the dictionary's order.
func (d *Dictionary) Signs(part string) []Sign {
	var list []Sign
	for _, s := range d.Scope {
		if s.Part == part {
			list = append(list, s)
		}
	}
	return list
}

// Checks that rules of kind scope make. The comment says what fails.
const (
	ScopeValue           = "value"             // a row whose field has a code of the list
	ScopeDeclared        = "declared"          // a row of a declared team, site, member of staff …
	ScopeSameReferral    = "same_referral"     // a referral that the other service's extract has by its identifier
	ScopeSamePatientTeam = "same_patient_team" // … by patient, date and team
	ScopeSamePatientDate = "same_patient_date" // … by patient and date, when no team can be compared
	ScopeLikely          = "likely"            // a referral whose contacts look like the other service's
	ScopeBeforePeriod    = "before_period"     // a row dated before the period, where no national rule sees it
	ScopeOutsideEngland  = "outside_england"   // a patient neither living in England nor commissioned there
	ScopeNotFunded       = "not_nhs_funded"    // a patient all of whose care is paid for otherwise
	ScopeNHSNumberInside = "nhs_number_inside" // a field whose identifiers hold NHS numbers
	ScopeTestPatient     = "test_patient"      // a patient with a number that is kept for tests
)

// scopeForm says which parameters rules of kind scope have beside their check.
func scopeForms() map[string]form {
	return map[string]form{
		ScopeValue:           {"table field list", ""},
		ScopeDeclared:        {"table fields", ""},
		ScopeSameReferral:    {"table field", ""},
		ScopeSamePatientTeam: {"table field", ""},
		ScopeSamePatientDate: {"table field", ""},
		ScopeLikely:          {"table", ""},
		ScopeBeforePeriod:    {"fields", ""},
		ScopeOutsideEngland:  {"table field", ""},
		ScopeNotFunded:       {"table", ""},
		ScopeNHSNumberInside: {"fields", ""},
		ScopeTestPatient:     {"table field prefix", ""},
	}
}

func scopeChecks() []string {
	return []string{
		ScopeValue, ScopeDeclared, ScopeSameReferral, ScopeSamePatientTeam, ScopeSamePatientDate, ScopeLikely,
		ScopeBeforePeriod, ScopeOutsideEngland, ScopeNotFunded, ScopeNHSNumberInside, ScopeTestPatient,
	}
}

// Grades of rules on scope, the strongest first.
const (
	GradeOutOfScope    = "out of scope"     // the record itself says that it belongs elsewhere
	GradeDoubleCounted = "double counted"   // the other service's own extract has it too
	GradeDeclared      = "declared locally" // the provider says that it belongs elsewhere
	GradeLikely        = "likely"           // it looks as if it did
	GradeToCheck       = "to check"         // worth a look; nothing is counted as affected
	GradeInformation   = "information"      // allowed, and good to know
)

// ScopeGrades lists the grades of rules on scope, the strongest first.
func ScopeGrades() []string {
	return []string{GradeOutOfScope, GradeDoubleCounted, GradeDeclared, GradeLikely, GradeToCheck, GradeInformation}
}

// signs checks the sheet of scope.
func (c *checker) signs() {
	forms := signForms()
	var parts []string
	for _, f := range forms {
		parts = append(parts, f.part)
	}
	count := map[string]int{}
	seen := map[Sign]bool{}
	for i, s := range c.d.Scope {
		c.about("scope", i, "sign "+strings.TrimSuffix(s.Part+" "+s.Table+s.Value, " "))
		k := slices.Index(parts, s.Part)
		if k < 0 {
			c.fault("part", "unknown part %q%s", s.Part, DidYouMean(s.Part, parts))
			continue
		}
		form := forms[k]
		key := Sign{Part: s.Part, Table: s.Table, Field: s.Field, Value: s.Value}
		if seen[key] {
			c.fault("part", "the same stands here a second time")
		}
		seen[key] = true
		if count[s.Part]++; form.once && count[s.Part] == 2 {
			c.fault("part", "part %s stands here a second time; there can be one", s.Part)
		}
		if s.Source == "" {
			c.fault("source", "no source; say where the fact was read, or that it is a judgement")
		}
		switch {
		case form.field && s.Value != "":
			c.fault("value", "%q, but part %s is a field", s.Value, s.Part)
		case form.field:
			c.ref("table", "field", Ref{s.Table, s.Field})
		case s.Table != "" || s.Field != "":
			c.fault("table", "set, but part %s is a value of the fields of part %s", s.Part, form.of)
		case s.Value == "":
			c.fault("value", "blank; part %s is a value", s.Part)
		case s.Label == "":
			c.fault("label", "blank; say what %s means", s.Value)
		case !slices.ContainsFunc(c.d.Scope, func(o Sign) bool { return o.Part == form.of }):
			c.fault("part", "no sign of part %s says which field holds the value", form.of)
		}
		if s.Part == SignTherapist && count[s.Part] == MaxTherapistRoles+1 {
			c.fault("part", "more than %d of part %s", MaxTherapistRoles, s.Part)
		}
	}
}

// scope checks what is particular to rules of kind scope: each check has its
// own parameters, and some name fields of several tables.
func (c *checker) scope(r *Rule) {
	form, ok := scopeForms()[r.Check]
	if !ok {
		return // said by values
	}
	need := strings.Fields(form.need)
	for _, p := range r.given() {
		needed := slices.Contains(need, p.column)
		switch {
		case p.column == "check":
		case needed && !p.given:
			c.fault(p.column, "blank; check %s needs it", r.Check)
		case p.given && !needed:
			c.fault(p.column, "set, but check %s does not take it", r.Check)
		}
	}
	if r.Severity > Warning {
		c.fault("severity", "%s, but what is out of scope rejects nothing", r.Severity)
	}
	if r.Grade != "" && !slices.Contains(ScopeGrades(), r.Grade) {
		c.fault("grade", "unknown grade %q%s", r.Grade, DidYouMean(r.Grade, ScopeGrades()))
	}
	for _, ref := range r.Fields {
		if ref.Table == "" {
			ref.Table = r.Table
		}
		f := c.ref("fields", "fields", ref)
		switch {
		case f == nil:
		case r.Table != "" && ref.Table != r.Table:
			c.fault("fields", "%s is of another table than the rule", ref)
		case r.Check == ScopeBeforePeriod && f.Type != Date:
			c.fault("fields", "field %s is of type %s, want %s", ref, f.Type, Date)
		case r.Check == ScopeBeforePeriod && c.d.StartTested(ref):
			c.fault("fields", "a national rule tests %s against the start of the period", ref)
		case r.Check == ScopeDeclared && !slices.ContainsFunc(c.d.Scope, func(s Sign) bool {
			return s.Table == ref.Table && s.Field == ref.Field && slices.Contains(DeclaredParts(), s.Part)
		}):
			c.fault("fields", "sheet scope does not say what %s would be declared as", ref)
		}
	}
}
