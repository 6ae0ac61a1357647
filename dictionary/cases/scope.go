package cases

import (
	"slices"
	"strings"

	"mhsds/dictionary"
)

// Given is what the user must have said or given for a rule on scope or on
// movement to judge at all.
type Given struct {
	// Declared lists identifiers of the service that reports elsewhere, by
	// part, as in dictionary.DeclaredParts.
	Declared map[string][]string

	// Extract is what that service has submitted itself.
	Extract []ExtractRow

	// Earlier lists what an earlier submission counted.
	Earlier []EarlierCount
}

// An ExtractRow is a referral of another service; what is not known is "".
type ExtractRow struct {
	Referral, Patient, NHSNumber, Date, Team string
}

// scope dispatches on the check.
func (b *builder) scope() {
	switch b.rule.Check {
	case dictionary.ScopeValue:
		b.scopeValue()
	case dictionary.ScopeDeclared:
		b.scopeDeclared()
	case dictionary.ScopeSameReferral:
		b.scopeSameReferral()
	case dictionary.ScopeSamePatientTeam, dictionary.ScopeSamePatientDate:
		b.scopeSamePatient(b.rule.Check == dictionary.ScopeSamePatientTeam)
	case dictionary.ScopeLikely:
		b.scopeLikely()
	case dictionary.ScopeBeforePeriod:
		b.scopeBeforePeriod()
	case dictionary.ScopeOutsideEngland:
		b.scopeOutsideEngland()
	case dictionary.ScopeNotFunded:
		b.scopeNotFunded()
	case dictionary.ScopeNHSNumberInside:
		b.scopeNHSNumberInside()
	case dictionary.ScopeTestPatient:
		b.scopeTestPatient()
	}
}

func (b *builder) scopeValue() {
	l := b.d.List(b.rule.List)
	if l == nil {
		return
	}
	for _, c := range l.Codes {
		b.value(fail, "code "+c.Code+", "+c.Label, c.Code)
	}
	if r := b.first(dictionary.Ref{Table: b.rule.Table, Field: b.rule.Field}, dictionary.InSet); r != nil && b.d.List(r.List) != nil {
		b.value(pass, "a code of this data set", b.inForce(b.d.List(r.List), 0))
	}
	b.value(pass, "small letters", strings.ToLower(l.Codes[0].Code)+"x")
	b.value(pass, "blank", "")
}

// declaredAs returns the part as which a field's values are declared.
func declaredAs(d *dictionary.Dictionary, ref dictionary.Ref) string {
	for _, s := range d.Scope {
		if s.Table == ref.Table && s.Field == ref.Field && slices.Contains(dictionary.DeclaredParts(), s.Part) {
			return s.Part
		}
	}
	return ""
}

func (b *builder) scopeDeclared() {
	for _, ref := range b.rule.Fields {
		part := declaredAs(b.d, ref)
		one, other := b.sample(ref, 0), "OTHER-9"
		words := strings.ReplaceAll(part, "_", " ")
		b.one(fail, one+" is among the "+words+" declared", b.fields(ref.Field, one)).Given = &Given{Declared: map[string][]string{part: {other, one}}}
		b.one(pass, "others are among the "+words+" declared", b.fields(ref.Field, one)).Given = &Given{Declared: map[string][]string{part: {other}}}
		b.one(pass, "no "+words+" here", b.fields(ref.Field, "")).Given = &Given{Declared: map[string][]string{part: {one}}}
		b.one(pass, "nothing is declared", b.fields(ref.Field, one))
	}
	own, of := b.role("contact_referral_id"), b.role("referral_id")
	if own.Table != b.rule.Table {
		return
	}
	// A contact of a declared referral is said with the referral.
	ref := b.rule.Fields[0]
	for _, s := range b.d.Signs(declaredAs(b.d, ref)) {
		if s.Table != of.Table {
			continue
		}
		c := b.one(pass, "said with its referral", b.fields(own.Field, b.sample(of, 0), ref.Field, b.sample(ref, 0)))
		c.Rows = append(c.Rows, Row{of.Table, b.fields(of.Field, b.sample(of, 0), s.Field, b.sample(ref, 0))})
		c.Given = &Given{Declared: map[string][]string{s.Part: {b.sample(ref, 0)}}}
	}
}

// sign returns the field of a part that there is one of.
func (m *maker) sign(part string) dictionary.Ref {
	for _, s := range m.d.Signs(part) {
		return dictionary.Ref{Table: s.Table, Field: s.Field}
	}
	return dictionary.Ref{}
}

// signValue returns the nth value of a part.
func (m *maker) signValue(part string, n int) string {
	list := m.d.Signs(part)
	return list[min(n, len(list)-1)].Value
}

func (b *builder) scopeSameReferral() {
	id := dictionary.Ref{Table: b.rule.Table, Field: b.rule.Field}
	one, other := b.sample(id, 0), b.sample(id, 1)
	b.one(fail, "the extract has the referral too", b.fields(id.Field, one)).Given = &Given{Extract: []ExtractRow{{Referral: other}, {Referral: one}}}
	b.one(pass, "the extract has others", b.fields(id.Field, one)).Given = &Given{Extract: []ExtractRow{{Referral: other}}}
	b.one(pass, "no extract was given", b.fields(id.Field, one))
	patient, referrer, nhs := b.role("patient_id"), b.role("referral_patient_id"), b.role("nhs_number")
	for _, x := range []struct {
		fail bool
		name string
		nhs  string
	}{
		{fail, "the patient's number is the same", nhsNumber(1)},
		{pass, "equal by chance: the number is another patient's", nhsNumber(2)},
	} {
		c := b.one(x.fail, x.name, b.fields(id.Field, one, referrer.Field, "LPID-1"))
		c.Rows = append(c.Rows, Row{patient.Table, b.fields(patient.Field, "LPID-1", nhs.Field, nhsNumber(1))})
		c.Given = &Given{Extract: []ExtractRow{{Referral: one, NHSNumber: x.nhs}}}
	}
}

func (b *builder) scopeSamePatient(team bool) {
	patient, referrer, nhs := b.role("patient_id"), b.role("referral_patient_id"), b.role("nhs_number")
	received, of := b.role("referral_received"), b.sign(dictionary.SignReferralTeam)
	add := func(fail bool, name, number string, x ExtractRow) {
		c := b.one(fail, name, b.fields(referrer.Field, "LPID-1", received.Field, midPeriod, of.Field, "TEAM-1"))
		if number != "" {
			c.Rows = append(c.Rows, Row{patient.Table, b.fields(patient.Field, "LPID-1", nhs.Field, number)})
		}
		c.Given = &Given{Extract: []ExtractRow{x}}
	}
	add(team, "patient, date and team are the same", "", ExtractRow{Patient: "LPID-1", Date: midPeriod, Team: "TEAM-1"})
	add(!team, "patient and date are the same; the extract names no team", "", ExtractRow{Patient: "LPID-1", Date: midPeriod})
	add(pass, "another team", "", ExtractRow{Patient: "LPID-1", Date: midPeriod, Team: "TEAM-2"})
	add(pass, "another date", "", ExtractRow{Patient: "LPID-1", Date: addDays(midPeriod, 1), Team: "TEAM-1"})
	add(pass, "another date and no team", "", ExtractRow{Patient: "LPID-1", Date: addDays(midPeriod, 1)})
	add(pass, "another patient", "", ExtractRow{Patient: "LPID-2", Date: midPeriod, Team: "TEAM-1"})
	add(team, "the NHS number is the same, the local identifier another", nhsNumber(1), ExtractRow{Patient: "OTHER-7", NHSNumber: nhsNumber(1), Date: midPeriod, Team: "TEAM-1"})
	add(!team, "the NHS number and the date are the same", nhsNumber(1), ExtractRow{NHSNumber: nhsNumber(1), Date: midPeriod})
	add(pass, "the local identifier is the same by chance: the NHS numbers differ", nhsNumber(1), ExtractRow{Patient: "LPID-1", NHSNumber: nhsNumber(2), Date: midPeriod, Team: "TEAM-1"})
	add(pass, "the same by chance, and no team", nhsNumber(1), ExtractRow{Patient: "LPID-1", NHSNumber: nhsNumber(2), Date: midPeriod})
}

// A visit is one contact of the records that scopeLikely makes.
type visit struct {
	referral, role, date string
}

// scopeLikely makes a patient with one referral, which is looked at, and
// another referral of the same team.
func (b *builder) scopeLikely() {
	patient, birth := b.role("patient_id"), b.role("birth_date")
	referral, referrer := b.role("referral_id"), b.role("referral_patient_id")
	contact, under, date := b.role("contact_id"), b.role("contact_referral_id"), b.role("contact_date")
	activity, within := b.role("activity_id"), b.role("activity_contact_id")
	staff, team := b.role("staff_id"), b.role("team_id")
	part := b.sign
	therapist := b.signValue(dictionary.SignTherapist, 0)
	const other = "R0260" // a role that is no sign
	born := func(years string) string { return years + midPeriod[4:] }

	add := func(fail bool, name, born string, visits []visit, set ...string) {
		own := b.fields(referral.Field, "SRID-1", referrer.Field, "LPID-1", part(dictionary.SignReferralTeam).Field, "TEAM-1")
		group := b.fields(team.Field, "TEAM-1")
		for i := 0; i < len(set); i += 2 {
			ref := part(set[i])
			switch ref.Table {
			case referral.Table:
				own[ref.Field] = set[i+1]
			case team.Table:
				group[ref.Field] = set[i+1]
			}
		}
		c := b.one(fail, name, own)
		row := func(table string, pairs ...string) { c.Rows = append(c.Rows, Row{table, b.fields(pairs...)}) }
		row(referral.Table, referral.Field, "SRID-2", referrer.Field, "LPID-1", part(dictionary.SignReferralTeam).Field, "TEAM-1")
		row(patient.Table, patient.Field, "LPID-1", birth.Field, born)
		var roles []string
		for i, v := range visits {
			n := string('1' + byte(i))
			if v.date == "" {
				v.date = midPeriod
			}
			row(contact.Table, contact.Field, "CCID-"+n, under.Field, v.referral, date.Field, v.date)
			if !slices.Contains(roles, v.role) {
				roles = append(roles, v.role)
			}
		}
		for i, v := range visits {
			n := string('1' + byte(i))
			if v.role != "" {
				row(activity.Table, activity.Field, "CAID-"+n, within.Field, "CCID-"+n)
			}
		}
		by := part(dictionary.SignDeliveredBy)
		for i, v := range visits {
			if v.role != "" {
				row(by.Table, part(dictionary.SignDelivered).Field, "CAID-"+string('1'+byte(i)), by.Field, "CPLID-"+v.role)
			}
		}
		for _, r := range roles {
			if r != "" {
				row(staff.Table, staff.Field, "CPLID-"+r, part(dictionary.SignJobRole).Field, r)
			}
		}
		if group != nil {
			c.Rows = append(c.Rows, Row{team.Table, group})
		}
	}
	one := []visit{{"SRID-1", therapist, ""}}
	add(fail, "an adult's one contact is by a "+b.d.Signs(dictionary.SignTherapist)[0].Label, born("1990"), one)
	add(pass, "the contact is by another role", born("1990"), []visit{{"SRID-1", other, ""}})
	for _, s := range b.d.Signs(dictionary.SignTherapist) {
		add(fail, "by a "+s.Label, born("1990"), []visit{{"SRID-1", s.Value, ""}})
	}
	add(fail, "18 on the day of the contact", born("2008"), one)
	add(pass, "18 on the day after it", addDays(born("2008"), 1), one)
	add(pass, "a birth date that is not known", "", one)
	add(pass, "nobody is named as having delivered it", born("1990"), []visit{{"SRID-1", "", ""}})
	add(pass, "half of the referral's contacts are by others", born("1990"), []visit{{"SRID-1", therapist, ""}, {"SRID-1", other, ""}})
	add(fail, "one of three is by others", born("1990"), []visit{{"SRID-1", therapist, ""}, {"SRID-1", other, ""}, {"SRID-1", therapist, ""}})
	add(fail, "half of the team's contacts are theirs", born("1990"), []visit{{"SRID-1", therapist, ""}, {"SRID-2", other, ""}})
	add(pass, "a third of the team's contacts are theirs", born("1990"), []visit{{"SRID-1", therapist, ""}, {"SRID-2", other, ""}, {"SRID-2", other, ""}})
	for _, s := range b.d.Signs(dictionary.SignNeutralRole) {
		add(pass, "by a role that says nothing, "+s.Value, born("1990"), []visit{{"SRID-1", s.Value, ""}})
	}
	for _, x := range [][2]string{
		{dictionary.SignTeamType, dictionary.SignOtherTeamType}, {dictionary.SignTeamAgeGroup, dictionary.SignOtherAgeGroup},
		{dictionary.SignReferralSource, dictionary.SignOtherSource}, {dictionary.SignReferralReason, dictionary.SignOtherReason},
	} {
		for _, s := range b.d.Signs(x[1]) {
			add(pass, strings.ReplaceAll(x[0], "_", " ")+" "+s.Value+": "+s.Label, born("1990"), one, x[0], s.Value)
		}
	}
}

func (b *builder) scopeBeforePeriod() {
	for _, ref := range b.rule.Fields {
		add := func(fail bool, name, day string) {
			c := b.add(Case{Name: ref.Field + " " + name, Fail: fail, Header: b.period(), Rows: []Row{{ref.Table, b.fields(ref.Field, day)}}})
			c.Target = 0
		}
		add(fail, "on the day before the period", addDays(periodStart, -1))
		add(pass, "on the first day", periodStart)
		add(pass, "after the period", addDays(periodEnd, 1))
		add(pass, "blank", "")
	}
}

func (b *builder) scopeOutsideEngland() {
	patient, postcode := b.role("patient_id"), b.sign(dictionary.SignPostcode)
	referral, referrer := b.role("referral_id"), b.role("referral_patient_id")
	contact, under := b.role("contact_id"), b.role("contact_referral_id")
	area := b.signValue(dictionary.SignAreaAbroad, 1<<30)
	abroad := b.signValue(dictionary.SignCommissionerAbroad, 0) + "4"
	var of, also dictionary.Ref
	for _, s := range b.d.Signs(dictionary.SignCommissioner) {
		switch s.Table {
		case referral.Table:
			of = dictionary.Ref{Table: s.Table, Field: s.Field}
		case contact.Table:
			also = dictionary.Ref{Table: s.Table, Field: s.Field}
		}
	}
	add := func(fail bool, name, code, commissioner, second string) {
		c := b.one(fail, name, b.fields(patient.Field, "LPID-1", postcode.Field, code))
		c.Rows = append(c.Rows, Row{of.Table, b.fields(referral.Field, "SRID-1", referrer.Field, "LPID-1", of.Field, commissioner)})
		if second != "" {
			c.Rows = append(c.Rows, Row{also.Table, b.fields(contact.Field, "CCID-1", under.Field, "SRID-1", also.Field, second)})
		}
	}
	add(fail, "neither the postcode nor the commissioner is in England", area+"1 1AA", abroad, "")
	add(fail, "a contact's commissioner is not either", area+"1 1AA", abroad, abroad)
	add(pass, "a postcode in England", "LS1 1AA", abroad, "")
	add(pass, "a commissioner in England", area+"1 1AA", "92A", "")
	add(pass, "a contact's commissioner is in England", area+"1 1AA", abroad, "92A")
	add(pass, "no commissioner is named", area+"1 1AA", "", "")
	add(pass, "another area that begins alike", area+"X1 1AA", abroad, "")
	add(pass, "no postcode", "", abroad, "")
}

func (b *builder) scopeNotFunded() {
	patient := b.role("patient_id")
	referral, referrer := b.role("referral_id"), b.role("referral_patient_id")
	contact, under := b.role("contact_id"), b.role("contact_referral_id")
	funding := b.sign(dictionary.SignFunding)
	private, nobody := b.signValue(dictionary.SignPrivate, 0), b.signValue(dictionary.SignPrivateCommissioner, 0)
	var of, also dictionary.Ref
	for _, s := range b.d.Signs(dictionary.SignCommissioner) {
		switch s.Table {
		case referral.Table:
			of = dictionary.Ref{Table: s.Table, Field: s.Field}
		case contact.Table:
			also = dictionary.Ref{Table: s.Table, Field: s.Field}
		}
	}
	add := func(fail bool, name, commissioner string, visits ...[2]string) {
		c := b.one(fail, name, b.fields(patient.Field, "LPID-1"))
		c.Rows = append(c.Rows, Row{of.Table, b.fields(referral.Field, "SRID-1", referrer.Field, "LPID-1", of.Field, commissioner)})
		for i, v := range visits {
			c.Rows = append(c.Rows, Row{also.Table, b.fields(contact.Field, "CCID-"+string('1'+byte(i)), under.Field, "SRID-1", funding.Field, v[0], also.Field, v[1])})
		}
	}
	add(fail, "private contacts alone", "", [2]string{private, nobody}, [2]string{private, ""})
	add(pass, "one of two contacts is private", "92A", [2]string{private, ""}, [2]string{"01", "92A"})
	add(fail, "a referral without a commissioner, and no contact", nobody)
	add(fail, "the contact says nothing, the referral has no commissioner", nobody, [2]string{"", ""})
	add(pass, "the contact says nothing, the referral has a commissioner", "92A", [2]string{"", ""})
	add(pass, "a private contact that names a commissioner", nobody, [2]string{private, "92A"})
	add(pass, "a commissioner, and no contact", "92A")
}

func (b *builder) scopeNHSNumberInside() {
	patient, nhs := b.role("patient_id"), b.role("nhs_number")
	add := func(fail bool, name string, rows ...Row) {
		c := b.add(Case{Name: name, Fail: fail, Rows: rows})
		c.Target = -1
	}
	with := func(id, number string) Row {
		return Row{patient.Table, b.fields(patient.Field, id, nhs.Field, number)}
	}
	own := nhsNumber(1)
	wrong := own[:9] + string('0'+(own[9]-'0'+1)%10)
	add(fail, "the patient's own number within the identifier", with("P"+own, own), with("LPID-2", nhsNumber(2)))
	add(pass, "identifiers without numbers of ten digits", with("LPID-1", own), with("P"+own[:9], own), with(own+"1", own))
	add(fail, "half of the numbers of ten digits pass", with(own, ""), with(wrong, ""))
	add(pass, "one of three passes, as by chance", with("A"+own, ""), with("B"+wrong, ""), with("C"+wrong, ""))
	for _, ref := range b.rule.Fields {
		if ref.Table != patient.Table {
			add(fail, ref.Field+" is made of a number", Row{ref.Table, b.fields(ref.Field, "X-"+own+"-1")})
		}
	}
}

func (b *builder) scopeTestPatient() {
	f := b.rule.Field
	// Numbers outside the test range, with a wrong check digit: nobody's.
	others := []string{"4000000001", "4000000002", "4000000003"}
	b.rows(fail, "one of three patients", b.fields(f, nhsNumber(1)), b.fields(f, others[0]), b.fields(f, others[1]))
	b.rows(pass, "its number is no test number", b.fields(f, others[2]), b.fields(f, others[0]), b.fields(f, nhsNumber(1)))
	b.rows(pass, "half of the patients have such numbers: the file is synthetic", b.fields(f, nhsNumber(1)), b.fields(f, others[0]))
	b.rows(pass, "all have such numbers", b.fields(f, nhsNumber(1)), b.fields(f, nhsNumber(2)))
	b.rows(pass, "blank", b.fields(f, ""), b.fields(f, others[0]))
}
