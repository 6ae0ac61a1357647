package schema

import (
	"slices"
	"strings"

	"mhsds/dictionary"
)

// small is a dictionary with a rule of every kind, and every sort of fact.
func small() *dictionary.Dictionary {
	const (
		both     = dictionary.Both
		warn     = dictionary.Warning
		reject   = dictionary.RejectRecord
		listed   = "rule list"
		labelled = "data dictionary"
	)
	text := func(uid, name string) dictionary.Field {
		return dictionary.Field{UID: uid, Name: name, Item: "ITEM " + name, Type: dictionary.Text}
	}
	typed := func(uid, name string, t dictionary.Type) dictionary.Field {
		f := text(uid, name)
		f.Type = t
		return f
	}
	rule := func(code, table, field string, k dictionary.Kind, with func(r *dictionary.Rule)) dictionary.Rule {
		r := dictionary.Rule{Code: code, Status: both, Source: listed, Table: table, Severity: reject, Kind: k, Field: field}
		if with != nil {
			with(&r)
		}
		return r
	}
	d := &dictionary.Dictionary{
		Version: "9.0", RulesDated: "2024-03", ScalesRevision: "9.1",
		Tables: []dictionary.Table{
			{ID: "H", Name: "Header", Title: "Who submits, and when", Fields: []dictionary.Field{
				typed("H1", "Start", dictionary.Date), typed("H2", "End", dictionary.Date),
				typed("H3", "Created", dictionary.DateTime), text("H4", "Provider"),
			}},
			{ID: "C", Name: "Contact", Title: "A contact", Fields: []dictionary.Field{
				text("C1", "ContactID"), text("C2", "PatientID"), typed("C3", "Day", dictionary.Date),
				typed("C4", "Hour", dictionary.Time), text("C5", "Stamp"), typed("C6", "Birth", dictionary.Date),
				text("C7", "Code"), text("C8", "Scheme"), text("C9", "Diagnosis"), text("C10", "Scale"), text("C11", "Score"),
				text("C12", "Charge"), text("C13", "NHSNumber"), text("C14", "Issuer"), typed("C15", "Minutes", dictionary.Number),
				typed("C16", "Ended", dictionary.Date),
			}},
			{ID: "P", Name: "Patient", Title: "A patient", Fields: []dictionary.Field{
				text("P1", "PatientID"), typed("P2", "Died", dictionary.Date), typed("P3", "Left", dictionary.Date), text("P4", "Practice"),
			}},
		},
		Context: dictionary.Table{ID: "Portal", Name: "Portal", Title: "What only the portal knows", Fields: []dictionary.Field{
			{Name: "Provider", Type: dictionary.Text}, {Name: "Uploaded", Type: dictionary.DateTime}, {Name: "First", Type: dictionary.Date},
		}},
		Lists: []dictionary.CodeList{
			{Name: "Codes", Source: listed, Codes: []dictionary.Code{
				{Code: "01", Label: "One", Source: labelled},
				{Code: "07", Label: "Seven", Source: "a later release", ValidFrom: "2026-04-01"},
				{Code: "99", Default: true},
			}},
			{Name: "Unused", Source: listed, Codes: []dictionary.Code{{Code: "X", Label: "Ex", Source: labelled}, {Code: "Y", Source: "a portal"}}},
		},
		Scales: []dictionary.Scale{
			{Concept: "100000001", Low: "-1", High: "6.5", Decimals: 1, Earlier: true, Later: true},
			{Concept: "100000002", Values: []string{"J", "K"}, Later: true, LaterOnly: []string{"K"}, CollectedFrom: "2026-04-01", Note: "new"},
		},
		Roles: []dictionary.Role{
			{Name: "header", Table: "H", What: "the header"},
			{Name: "period_start", Table: "H", Field: "Start", What: "first day"},
			{Name: "period_end", Table: "H", Field: "End", What: "last day"},
			{Name: "context", Table: "Portal", What: "the portal"},
		},
		Scope: []dictionary.Sign{
			{Part: dictionary.SignTeams, Table: "C", Field: "Issuer", Source: "this project"},
			{Part: dictionary.SignJobRole, Table: "C", Field: "Code", Source: "this project"},
			{Part: dictionary.SignTherapist, Value: "01", Label: "Therapist", Source: labelled},
		},
		References: []dictionary.Reference{{Order: 1, Rule: "R60"}, {Order: 2, Rule: "R61"}},
	}
	// The other parts must be played by something.
	for where, names := range map[dictionary.Ref]string{
		{Table: "H", Field: "Provider"}:      "header_version header_provider header_submitter",
		{Table: "H", Field: "Created"}:       "header_created",
		{Table: "Portal", Field: "Provider"}: "context_submitter context_provider",
		{Table: "Portal", Field: "Uploaded"}: "context_uploaded",
		{Table: "Portal", Field: "First"}:    "context_period_start context_period_end",
		{Table: "C"}:                         "referral contact activity indirect_activity group_session spell ward_stay staff team ward",
		{Table: "C", Field: "ContactID"}:     "contact_id activity_id activity_contact_id referral_id spell_id ward_stay_id staff_id team_id ward_id",
		{Table: "C", Field: "PatientID"}:     "referral_patient_id contact_referral_id spell_referral_id",
		{Table: "C", Field: "Day"}:           "referral_received referral_discharged contact_date",
		{Table: "P"}:                         "patient gp",
		{Table: "P", Field: "PatientID"}:     "patient_id",
		{Table: "C", Field: "NHSNumber"}:     "nhs_number",
		{Table: "C", Field: "Birth"}:         "birth_date",
		{Table: "P", Field: "Died"}:          "death_date",
	} {
		for name := range strings.FieldsSeq(names) {
			d.Roles = append(d.Roles, dictionary.Role{Name: name, Table: where.Table, Field: where.Field, What: "some part"})
		}
	}
	slices.SortFunc(d.Roles, func(a, b dictionary.Role) int { return strings.Compare(a.Name, b.Name) })
	for i := range d.Tables {
		d.Tables[i].Position = i + 1
		for k := range d.Tables[i].Fields {
			d.Tables[i].Fields[k].Position = k + 1
		}
	}
	for k := range d.Context.Fields {
		d.Context.Fields[k].Position = k + 1
	}
	contact, patient := d.Table("C"), d.Table("P")
	contact.Fields[0].Key = true
	contact.Fields[1].ForeignTable, contact.Fields[1].ForeignField = "P", "PatientID"
	contact.Fields[11].SpecificationOnly = true
	contact.Fields[12].NumberAllowed, contact.Fields[12].Digits = true, 10
	patient.Fields[0].Key = true

	ref := func(table, field string) dictionary.Ref { return dictionary.Ref{Table: table, Field: field} }
	d.Rules = []dictionary.Rule{
		rule("PRE1", "", "", dictionary.Container, func(r *dictionary.Rule) {
			r.Status, r.Source, r.Severity, r.Check, r.Grade = dictionary.PreSubmission, "this project", warn, "padding", "container"
		}),
		rule("PRE2", "C", "", dictionary.Scope, func(r *dictionary.Rule) {
			r.Status, r.Source, r.Severity, r.Check, r.Grade = dictionary.PreSubmission, "this project", warn, dictionary.ScopeDeclared, dictionary.GradeDeclared
			r.Fields = []dictionary.Ref{ref("C", "Issuer")}
		}),
		rule("PRE3", "", "", dictionary.Movement, func(r *dictionary.Rule) {
			r.Status, r.Source, r.Severity, r.Check, r.Grade = dictionary.PreSubmission, "this project", warn, "table_vanished", "plausibility"
		}),
		rule("R01", "C", "ContactID", dictionary.NotBlank, func(r *dictionary.Rule) {
			r.Group, r.Note, r.Items = "Blank", "the second item is misnamed", []dictionary.Item{{UID: "C1", Name: "ContactID"}, {UID: "C2", Name: "Patient"}}
		}),
		rule("R02", "C", "ContactID", dictionary.Alphanumeric, func(r *dictionary.Rule) { r.Max = 20 }),
		rule("R03", "C", "Issuer", dictionary.Alphanumeric, func(r *dictionary.Rule) { r.Min, r.Max = 3, 6 }),
		rule("R04", "C", "Minutes", dictionary.Numeric, func(r *dictionary.Rule) { r.Min, r.Max = 0, 4 }),
		rule("R05", "C", "Charge", dictionary.Decimal, func(r *dictionary.Rule) { r.Pattern = `^[0-9]{1,7}\.[0-9]{2}$` }),
		rule("R06", "C", "Code", dictionary.Format, func(r *dictionary.Rule) { r.Pattern = `^[A-Za-z0-9]{2}$` }),
		rule("R07", "C", "Code", dictionary.InSet, func(r *dictionary.Rule) { r.Severity, r.List = warn, "Codes" }),
		rule("R08", "C", "Scheme", dictionary.InSet, func(r *dictionary.Rule) { r.Unchecked, r.NoCase = "no source gives the list", "cannot fail" }),
		rule("R09", "C", "Day", dictionary.ValidDate, func(r *dictionary.Rule) { r.Earliest = "1890-01-01" }),
		rule("R10", "C", "Hour", dictionary.ValidTime, func(r *dictionary.Rule) { r.NoCase = "never fails" }),
		rule("R11", "C", "Stamp", dictionary.ValidDatetime, func(r *dictionary.Rule) { r.Earliest, r.TextOnly = "1890-01-01", true }),
		rule("R12", "H", "Created", dictionary.ValidDatetime, func(r *dictionary.Rule) { r.Earliest = "1890-01-01" }),
		rule("R13", "C", "Day", dictionary.DateOnOrAfter, func(r *dictionary.Rule) { r.Other = ref("H", "Start") }),
		rule("R14", "C", "Day", dictionary.DateOnOrBefore, func(r *dictionary.Rule) { r.Other, r.OffsetDays = ref("H", "End"), 1 }),
		rule("R15", "C", "Ended", dictionary.DateOnOrAfter, func(r *dictionary.Rule) { r.Other = ref("C", "Day") }),
		rule("R16", "C", "Day", dictionary.DateOnOrBefore, func(r *dictionary.Rule) {
			r.Other, r.Join = ref("P", "Died"), dictionary.Join{Own: "PatientID", Theirs: "PatientID"}
		}),
		rule("R17", "H", "Created", dictionary.DatetimeOnOrBefore, func(r *dictionary.Rule) { r.Other = ref("Portal", "Uploaded") }),
		rule("R18", "C", "Birth", dictionary.AgeRange, func(r *dictionary.Rule) {
			r.Other, r.MaxYears, r.PipelineSeverity, r.Note = ref("H", "Start"), 130, warn, "sources disagree"
		}),
		rule("R19", "H", "Provider", dictionary.ValuesEqual, func(r *dictionary.Rule) { r.Other = ref("Portal", "Provider") }),
		rule("R20", "C", "Scheme", dictionary.Comparison, func(r *dictionary.Rule) {
			r.Severity, r.Condition = warn, "isnull(Diagnosis) or notnull(Scheme) and Scheme in ('02', '06')"
		}),
		rule("R21", "C", "Issuer", dictionary.Comparison, func(r *dictionary.Rule) {
			r.Severity, r.Condition = warn, "isnull(Issuer) or isnull(H.Provider) or Issuer == H.Provider"
		}),
		rule("R22", "C", "Code", dictionary.Comparison, func(r *dictionary.Rule) {
			r.Severity, r.Condition = warn, "notnull(Scheme) and Code != '01' and Code == Scheme"
		}),
		rule("R23", "C", "NHSNumber", dictionary.NHSNumber, func(r *dictionary.Rule) { r.Severity = dictionary.RejectFile }),
		rule("R24", "C", "Diagnosis", dictionary.SnomedCT, func(r *dictionary.Rule) { r.Min, r.Max = 6, 56 }),
		rule("R25", "C", "Diagnosis", dictionary.DiagCode, func(r *dictionary.Rule) {
			r.Other, r.Schemes = ref("C", "Scheme"), []dictionary.Scheme{{Code: "02", Test: "icd10"}, {Code: "06", Test: "snomed"}}
		}),
		rule("R26", "C", "Diagnosis", dictionary.FindCode, func(r *dictionary.Rule) {
			r.Other, r.Schemes = ref("C", "Scheme"), []dictionary.Scheme{{Code: "01", Test: "icd10"}}
		}),
		rule("R27", "C", "Scale", dictionary.AssessmentCode, nil),
		rule("R28", "C", "Score", dictionary.AssessmentScore, func(r *dictionary.Rule) { r.Severity, r.Other = warn, ref("C", "Scale") }),
		rule("R29", "P", "", dictionary.RejectAll, func(r *dictionary.Rule) { r.Severity, r.NoCase = dictionary.RejectGroup, "never passes" }),
		rule("R30", "C", "Issuer", dictionary.OrgValid, func(r *dictionary.Rule) {
			r.Severity, r.SeverityOne, r.AsAt = warn, true, []dictionary.Ref{ref("H", "Start")}
		}),
		rule("R31", "P", "Practice", dictionary.OrgValidOrDefault, func(r *dictionary.Rule) {
			r.AsAt, r.Defaults = []dictionary.Ref{ref("H", "Start")}, []string{"V81", "V82"}
		}),
		rule("R32", "C", "Issuer", dictionary.SiteValid, func(r *dictionary.Rule) { r.AsAt = []dictionary.Ref{ref("H", "Start")} }),
		rule("R33", "C", "Issuer", dictionary.SchoolValid, func(r *dictionary.Rule) { r.AsAt = []dictionary.Ref{ref("H", "Start")} }),
		rule("R34", "C", "Code", dictionary.PostcodeInReference, func(r *dictionary.Rule) {
			r.AsAt, r.Prefix = []dictionary.Ref{ref("H", "Start"), ref("H", "End")}, "ZZ99"
		}),
		rule("R50", "C", "ContactID", dictionary.Unique, func(r *dictionary.Rule) { r.Fields = []dictionary.Ref{ref("C", "ContactID")} }),
		rule("R51", "P", "", dictionary.UniqueWhen, func(r *dictionary.Rule) {
			r.Fields, r.Condition, r.NullsEqual = []dictionary.Ref{ref("P", "PatientID"), ref("P", "Left")}, "isnull(Left)", true
		}),
		rule("R52", "H", "", dictionary.Singleton, nil),
		rule("R53", "P", "Left", dictionary.GPSuccessor, func(r *dictionary.Rule) {
			r.Fields = []dictionary.Ref{ref("P", "PatientID"), ref("P", "Died"), ref("P", "Left"), ref("P", "Practice")}
		}),
		rule("R60", "C", "PatientID", dictionary.ParentExists, func(r *dictionary.Rule) { r.Other = ref("P", "PatientID") }),
		rule("R61", "P", "PatientID", dictionary.ChildExists, func(r *dictionary.Rule) { r.Other = ref("C", "PatientID") }),
		rule("R70", "H", "", dictionary.FileCheck, func(r *dictionary.Rule) {
			r.Status, r.Source, r.Severity, r.Check = dictionary.PortalCheck, "portal", dictionary.RejectFile, "no_record_in_period"
			r.Fields = []dictionary.Ref{ref("C", "Day")}
			r.Spans = [][2]dictionary.Ref{{ref("P", "Died"), ref("P", "Left")}}
		}),
		rule("R80", "C", "Day", dictionary.NotBlank, func(r *dictionary.Rule) { r.Status, r.Source = dictionary.PipelineOnly, "pipeline" }),
		rule("R81", "C", "Day", dictionary.MessageOnly, func(r *dictionary.Rule) { r.Unchecked, r.NoCase = "a text alone", "a text alone" }),
	}
	return d
}
