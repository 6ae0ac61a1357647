package scope

import (
	"fmt"
	"slices"

	"mhsds/dictionary"
)

// A spec is what the dictionary says about scope, by places of tables and
// columns. It is read-only once made.
type spec struct {
	d *dictionary.Dictionary

	header, patient, referral, contact, activity, staff, team, delivery int    // tables, -1 for none
	start                                                               string // field of header

	birth, number, postcode            int // columns of patient
	referralID, patientID, received    int // columns of referral
	referralTeam, source, reason       int
	referralFunds                      int
	contactReferral, contactDate       int // columns of contact
	contactTeam, contactFunds, funding int
	activityContact                    int // column of activity
	deliveredActivity, deliveredBy     int // columns of delivery
	jobRole                            int // column of staff
	teamID, teamType, teamAge          int // columns of team
	therapist                          []dictionary.Sign
	therapistRoles, neutralRoles       *set
	otherTypes, otherAges              *set
	otherSources, otherReasons         *set
	assessments                        *set
	private, nobody, commissioners     *set
	areas                              *areas
	testPrefix                         string
	rules                              []rule
	watches                            []watch // by table
	ids                                []idField
}

// A rule is one of kind scope, with what its check needs.
type rule struct {
	*dictionary.Rule
	grade    int             // place in dictionary.ScopeGrades, as the dictionary has it
	declared []declaredField // of ScopeDeclared, in the order of Rule.Fields
}

// A watch is what there is to see in one table.
type watch struct {
	values     []valueField
	declared   []declaredField
	rule       int // of declared
	dates      []dateField
	ids        []int // of spec.ids
	toReferral int   // column that names the referral, -1 if there is none
	assessment int   // column of the assessment's concept, -1 if there is none
	toActivity int   // column that names the activity, -1 if there is none
}

type valueField struct {
	rule, column int
	codes        *set
	items        []int // columns of the reported items
}

type declaredField struct {
	column int
	part   int // of dictionary.DeclaredParts
}

type dateField struct {
	rule, column int
	field        int // of the rule's fields
}

type idField struct {
	rule, table, column int
}

// none stands for a table or column that the dictionary does not have.
const none = -1

func newSpec(d *dictionary.Dictionary) (*spec, error) {
	p := &spec{d: d, watches: make([]watch, len(d.Tables))}
	table := func(role string) int {
		if t, _ := d.Role(role); t != nil {
			return t.Position - 1
		}
		return none
	}
	column := func(role string) int {
		if t, f := d.Role(role); t != nil && f != nil {
			return f.Position - 1
		}
		return none
	}
	p.header, p.patient, p.referral = table("header"), table("patient"), table("referral")
	p.contact, p.activity, p.staff, p.team = table("contact"), table("activity"), table("staff"), table("team")
	if _, f := d.Role("period_start"); f != nil {
		p.start = f.Name
	}
	p.birth, p.number = column("birth_date"), column("nhs_number")
	p.referralID, p.patientID, p.received = column("referral_id"), column("referral_patient_id"), column("referral_received")
	p.contactReferral, p.contactDate = column("contact_referral_id"), column("contact_date")
	p.activityContact, p.teamID = column("activity_contact_id"), column("team_id")

	// A sign in another table than the role it goes with cannot be followed.
	in := func(part string, table int) int {
		for _, s := range d.Signs(part) {
			if p.index(s.Table) == table && table != none {
				return d.Tables[table].Index(s.Field)
			}
		}
		return none
	}
	p.delivery = none
	for _, s := range d.Signs(dictionary.SignDelivered) {
		p.delivery = p.index(s.Table)
	}
	p.deliveredActivity, p.deliveredBy = in(dictionary.SignDelivered, p.delivery), in(dictionary.SignDeliveredBy, p.delivery)
	p.jobRole = in(dictionary.SignJobRole, p.staff)
	p.postcode = in(dictionary.SignPostcode, p.patient)
	p.referralTeam, p.source, p.reason = in(dictionary.SignReferralTeam, p.referral), in(dictionary.SignReferralSource, p.referral), in(dictionary.SignReferralReason, p.referral)
	p.referralFunds, p.contactFunds = in(dictionary.SignCommissioner, p.referral), in(dictionary.SignCommissioner, p.contact)
	p.contactTeam, p.funding = in(dictionary.SignContactTeam, p.contact), in(dictionary.SignFunding, p.contact)
	p.teamType, p.teamAge = in(dictionary.SignTeamType, p.team), in(dictionary.SignTeamAgeGroup, p.team)

	values := func(part string) *set {
		var list []string
		for _, s := range d.Signs(part) {
			list = append(list, s.Value)
		}
		return newSet(list)
	}
	p.therapist = d.Signs(dictionary.SignTherapist)
	if len(p.therapist) > dictionary.MaxTherapistRoles {
		return nil, fmt.Errorf("scope: %d job roles are signs, there is room for %d", len(p.therapist), dictionary.MaxTherapistRoles)
	}
	p.therapistRoles, p.neutralRoles = values(dictionary.SignTherapist), values(dictionary.SignNeutralRole)
	p.otherTypes, p.otherAges = values(dictionary.SignOtherTeamType), values(dictionary.SignOtherAgeGroup)
	p.otherSources, p.otherReasons = values(dictionary.SignOtherSource), values(dictionary.SignOtherReason)
	p.assessments = values(dictionary.SignTypicalAssessment)
	p.private, p.nobody = values(dictionary.SignPrivate), values(dictionary.SignPrivateCommissioner)
	p.areas, p.commissioners = newAreas(values(dictionary.SignAreaAbroad).values), values(dictionary.SignCommissionerAbroad)

	for i := range p.watches {
		w := &p.watches[i]
		w.toReferral, w.toActivity, w.assessment = p.link(i, p.referral), p.link(i, p.activity), in(dictionary.SignAssessment, i)
	}
	for i := range d.Rules {
		if r := &d.Rules[i]; r.Kind == dictionary.Scope {
			if err := p.rule(r); err != nil {
				return nil, fmt.Errorf("rule %s: %w", r.Code, err)
			}
		}
	}
	return p, nil
}

// index returns the place of the table with the ID, or none.
func (p *spec) index(id string) int {
	if t := p.d.Table(id); t != nil && t != &p.d.Context {
		return t.Position - 1
	}
	return none
}

// link returns the column of a table that a reference rule looks up in
// another, or none.
func (p *spec) link(table, to int) int {
	if to == none || table == to {
		return none
	}
	for i := range p.d.Rules {
		r := &p.d.Rules[i]
		if r.Kind == dictionary.ParentExists && r.Status != dictionary.PipelineOnly && r.Table == p.d.Tables[table].ID && r.Other.Table == p.d.Tables[to].ID {
			return p.d.Tables[table].Index(r.Field)
		}
	}
	return none
}

func (p *spec) watch(table int) *watch {
	if table == none {
		return nil
	}
	return &p.watches[table]
}

// rule takes up a rule of kind scope.
func (p *spec) rule(r *dictionary.Rule) error {
	n := len(p.rules)
	own := rule{Rule: r, grade: slices.Index(dictionary.ScopeGrades(), r.Grade)}
	place := func(ref dictionary.Ref) (table, column int, err error) {
		if ref.Table == "" {
			ref.Table = r.Table
		}
		if table = p.index(ref.Table); table != none {
			column = p.d.Tables[table].Index(ref.Field)
		}
		if table == none || column == none {
			return 0, 0, fmt.Errorf("there is no field %s", ref)
		}
		return table, column, nil
	}
	switch r.Check {
	case dictionary.ScopeValue:
		table, column, err := place(dictionary.Ref{Table: r.Table, Field: r.Field})
		if err != nil {
			return err
		}
		l := p.d.List(r.List)
		if l == nil {
			return fmt.Errorf("there is no code list %q", r.List)
		}
		var codes []string
		for _, c := range l.Codes {
			codes = append(codes, c.Code)
		}
		v := valueField{rule: n, column: column, codes: newSet(codes)}
		for _, item := range r.Items {
			v.items = append(v.items, p.d.Tables[table].Index(item.Name))
		}
		p.watches[table].values = append(p.watches[table].values, v)
	case dictionary.ScopeDeclared:
		for _, ref := range r.Fields {
			table, column, err := place(ref)
			if err != nil {
				return err
			}
			part := slices.IndexFunc(dictionary.DeclaredParts(), func(part string) bool {
				return slices.ContainsFunc(p.d.Signs(part), func(s dictionary.Sign) bool {
					return p.index(s.Table) == table && s.Field == p.d.Tables[table].Fields[column].Name
				})
			})
			if part < 0 {
				return fmt.Errorf("nothing says what %s would be declared as", ref)
			}
			own.declared = append(own.declared, declaredField{column, part})
			p.watches[table].rule, p.watches[table].declared = n, own.declared
		}
	case dictionary.ScopeBeforePeriod:
		for i, ref := range r.Fields {
			table, column, err := place(ref)
			if err != nil {
				return err
			}
			p.watches[table].dates = append(p.watches[table].dates, dateField{n, column, i})
		}
	case dictionary.ScopeNHSNumberInside:
		for _, ref := range r.Fields {
			table, column, err := place(ref)
			if err != nil {
				return err
			}
			p.watches[table].ids = append(p.watches[table].ids, len(p.ids))
			p.ids = append(p.ids, idField{n, table, column})
		}
	case dictionary.ScopeTestPatient:
		p.testPrefix = r.Prefix
	}
	p.rules = append(p.rules, own)
	return nil
}

// ruleOf returns the first rule that makes the check, or none.
func (p *spec) ruleOf(check string) int {
	return slices.IndexFunc(p.rules, func(r rule) bool { return r.Check == check })
}
