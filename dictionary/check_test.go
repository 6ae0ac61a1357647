package dictionary_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	. "mhsds/dictionary"
	"mhsds/dictionary/sheets"
)

// load reads the dictionary of v6.0 anew, for a test to spoil.
func load(t *testing.T) *Dictionary {
	t.Helper()
	d, err := sheets.Read(os.DirFS("v6.0"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCheckPasses(t *testing.T) {
	if err := load(t).Check(); err != nil {
		t.Error(err)
	}
}

// TestCheck spoils the dictionary in one way at a time; the faults must be
// those given and no others. A want that ends in "…" is a beginning.
func TestCheck(t *testing.T) {
	rule := func(code string, spoil func(*Rule)) func(*Dictionary) {
		return func(d *Dictionary) { spoil(d.Rule(code)) }
	}
	scale := func(i int, spoil func(*Scale)) func(*Dictionary) {
		return func(d *Dictionary) { spoil(&d.Scales[i]) }
	}
	field := func(table, name string, spoil func(*Field)) func(*Dictionary) {
		return func(d *Dictionary) { spoil(d.Table(table).Field(name)) }
	}
	const (
		notBlank = "MHS00001" // MHS000.DatSetVer
		inSet    = "MHS00116"
		joined   = "MHS00212" // MHS002 to MHS001 by LocalPatientID
		header   = "MHS00141" // compares with the header
		unique   = "MHS00221"
		parent   = "MHS00220"
		decimal  = "MHS51708"
		scheme   = "MHS60112"
		compare  = "MHS00153"
		age      = "MHS00171"
		stamp    = "MHS60108"
		file     = "MHSREJ012"
		own      = "PRE0101"
		isSet    = 1 // the scale 979831000000108, found below
	)
	tests := []struct {
		name  string
		spoil func(*Dictionary)
		want  []string
	}{
		// release
		{"no version", func(d *Dictionary) { d.Version = "" }, []string{`release version, column value: missing; it must be a version like "6.0"`}},
		{"version rounded", func(d *Dictionary) { d.Version = "6" }, []string{`release version, column value: "6" is not a version like "6.0"`}},
		{"month", func(d *Dictionary) { d.RulesDated = "March 2024" }, []string{`release rules_dated, column value: "March 2024" is not a month like "2024-03"`}},
		{"month 13", func(d *Dictionary) { d.RulesDated = "2024-13" }, []string{`release rules_dated, column value: "2024-13" is not a month like "2024-03"`}},
		{"no revision", func(d *Dictionary) { d.ScalesRevision = "" }, []string{`release scales_revision, column value: missing; it must be a revision`}},

		// tables and fields
		{"table twice", func(d *Dictionary) {
			t := d.Tables[60]
			t.ID, t.Name, t.Position, t.Fields = "mhs901", "Another", 62, []Field{{Name: "F", UID: "M999010", Item: "I", Type: Text, Position: 1}}
			d.Tables = append(d.Tables, t)
		}, []string{"table mhs901, column id: table mhs901 stands here a second time"}},
		{"table name twice", func(d *Dictionary) { d.Tables[3].Name = d.Tables[4].Name }, []string{"table MHS004, column name: table name MHS004EmpStatus stands here a second time"}},
		{"table without ID and title", func(d *Dictionary) {
			d.Tables = append(d.Tables, Table{Position: 62, Name: "X", Fields: []Field{{UID: "U", Item: "I", Name: "F", Type: Text, Position: 1}}})
		},
			[]string{"table , column id: a table without an ID", "table , column title: no title; say in a few words what a row is"}},
		{"table without fields", func(d *Dictionary) {
			d.Tables = append(d.Tables, Table{ID: "MHS999", Position: 62, Name: "X", Title: "T"})
		},
			[]string{"table MHS999: no fields; sheet fields has none of this table"}},
		{"table position", func(d *Dictionary) { d.Tables[5].Position = 7 }, []string{"table MHS005: position 7, want 6"}},
		{"field twice", func(d *Dictionary) {
			t := d.Table("MHS507")
			t.Fields = append(t.Fields, Field{Name: "DATESELFHARM", UID: "M507999", Item: "I", Type: Date, Position: 3})
		}, []string{"field MHS507.DATESELFHARM, column name: field DATESELFHARM stands here a second time"}},
		{"UID twice", field("MHS001", "EthnicCategory2021", func(f *Field) { f.UID = "m506915" }),
			[]string{"field MHS506.WardStayID, column uid: UID M506915 stands here a second time"}},
		{"no type", field("MHS001", "EthnicCategory2021", func(f *Field) { f.Type = 0 }), []string{"field MHS001.EthnicCategory2021, column type: no type"}},
		{"no item, no UID", field("MHS001", "EthnicCategory2021", func(f *Field) { f.Item, f.UID = "", "" }),
			[]string{"field MHS001.EthnicCategory2021, column uid: no UID; every field of a submitted table has one", "field MHS001.EthnicCategory2021, column item: no data item name"}},
		{"field position", field("MHS001", "EthnicCategory2021", func(f *Field) { f.Position = 1 }), []string{"field MHS001.EthnicCategory2021: position 1, want 13"}},
		{"number allowed in a date", field("MHS001", "PersDeathDate", func(f *Field) { f.NumberAllowed = true }), []string{"field MHS001.PersDeathDate, column number_allowed: set for a field of type date; it is for text only"}},
		{"digits alone", field("MHS001", "EthnicCategory2021", func(f *Field) { f.Digits = 3 }), []string{"field MHS001.EthnicCategory2021, column digits: set, but number_allowed is not"}},
		{"digits below zero", field("MHS001", "EthnicCategory2021", func(f *Field) { f.Digits = -3 }), []string{"field MHS001.EthnicCategory2021, column digits: -3 is below zero"}},
		{"half a foreign key", field("MHS002", "LocalPatientID", func(f *Field) { f.ForeignField = "" }), []string{"field MHS002.LocalPatientID, column foreign_field: half of a foreign key; give both foreign_table and foreign_field, or neither"}},
		{"foreign table", field("MHS002", "LocalPatientID", func(f *Field) { f.ForeignTable = "MHS01" }), []string{`field MHS002.LocalPatientID, column foreign_table: unknown table "MHS01"; did you mean "MHS001"?`}},
		{"foreign field", field("MHS002", "LocalPatientID", func(f *Field) { f.ForeignField = "LocalPatientId2" }), []string{`field MHS002.LocalPatientID, column foreign_field: table MHS001 has no field "LocalPatientId2"; did you mean "LocalPatientID"?`}},

		// lists
		{"list twice", func(d *Dictionary) {
			d.Lists = append(d.Lists, CodeList{Name: "gender", Source: "S", Codes: []Code{{Code: "1"}}})
		}, []string{"list gender, column name: list gender stands here a second time"}},
		{"list without name", func(d *Dictionary) { d.Lists = append(d.Lists, CodeList{Source: "S", Codes: []Code{{Code: "1"}}}) }, []string{"list , column name: a list without a name"}},
		{"list without source", func(d *Dictionary) { d.List("Gender").Source = "" }, []string{"list Gender, column source: no source; say where the list was read"}},
		{"list without codes", func(d *Dictionary) { d.List("Gender").Codes = nil }, []string{"list Gender: no codes; sheet codes has none of this list"}},
		{"code twice", func(d *Dictionary) { l := d.List("Gender"); l.Codes = append(l.Codes, l.Codes[0]) }, []string{"list Gender, code 1, column code: code 1 stands here a second time"}},
		{"codes differ by case", func(d *Dictionary) { l := d.List("Gender"); l.Codes = append(l.Codes, Code{Code: "x"}) }, nil},
		{"code blank", func(d *Dictionary) { d.List("Gender").Codes[0].Code = "" }, []string{"list Gender, code , column code: a code without a code"}},
		{"code date", func(d *Dictionary) { d.List("Gender").Codes[0].ValidFrom = "1.4.2026" }, []string{`list Gender, code 1, column valid_from: "1.4.2026" is not a date like 2026-04-01`}},

		// what every rule has
		{"rule twice", func(d *Dictionary) { r := *d.Rule(notBlank); r.Code = "mhs00001"; d.Rules = append(d.Rules, r) }, []string{"rule mhs00001, column code: rule mhs00001 stands here a second time"}},
		{"no code", rule("MHS00012", func(r *Rule) { r.Code = "" }), []string{"rule , column code: a rule without a code"}},
		{"no status", rule(notBlank, func(r *Rule) { r.Status = 0 }), []string{"rule MHS00001, column status: no status"}},
		{"our status on a national code", rule(notBlank, func(r *Rule) { r.Status, r.Grade = PreSubmission, "container" }), []string{"rule MHS00001, column code: codes begin with PRE if, and only if, the status is pre_submission"}},
		{"national status on ours", rule(own, func(r *Rule) { r.Status, r.Grade = Both, "" }), []string{"rule PRE0101, column code: codes begin with PRE if, and only if, the status is pre_submission"}},
		{"no source", rule(notBlank, func(r *Rule) { r.Source = "" }), []string{"rule MHS00001, column source: no source; name the publication that states the rule"}},
		{"no severity", rule(notBlank, func(r *Rule) { r.Severity = 0 }), []string{"rule MHS00001, column severity: no severity; it must be one of warning, record rejected, group rejected, file rejected"}},
		{"severity out of range", rule(notBlank, func(r *Rule) { r.Severity = 9 }), []string{"rule MHS00001, column severity: no severity; it must be one of warning, record rejected, group rejected, file rejected"}},
		{"severity one", rule(notBlank, func(r *Rule) { r.SeverityOne = true }), []string{"rule MHS00001, column severity_one: set for a rule that is no warning"}},
		{"pipeline severity", rule(notBlank, func(r *Rule) { r.PipelineSeverity = r.Severity }), []string{"rule MHS00001, column pipeline_severity: the same as severity; leave it blank"}},
		{"grade", rule(notBlank, func(r *Rule) { r.Grade = "scope" }), []string{"rule MHS00001, column grade: our own rules have a grade, and no other"}},
		{"no grade", rule(own, func(r *Rule) { r.Grade = "" }), []string{"rule PRE0101, column grade: our own rules have a grade, and no other"}},
		{"no kind", rule(notBlank, func(r *Rule) { r.Kind = 0 }), []string{"rule MHS00001, column kind: no kind"}},
		{"kind out of range", rule(notBlank, func(r *Rule) { r.Kind = 200 }), []string{"rule MHS00001, column kind: no kind"}},
		{"item", rule("MHS00003", func(r *Rule) { r.Items[0].UID = "M000011" }), []string{`rule MHS00003, column items: [M000011]DatSetVer: no field has UID "M000011"`}},
		{"item of another name", rule("MHS00013", func(r *Rule) { r.Items[0].Name = "PrimSystem" }),
			[]string{"rule MHS00013, column items: [M000040]PrimSystem: the field with this UID is PrimSystemInUse; if the national list misnames it, say so in column note"}},
		{"item of another name, as noted", rule("MHS00013", func(r *Rule) { r.Items[0].Name, r.Note = "PrimSystem", "A report says PrimSystem." }), nil},

		// parameters
		{"table", rule(notBlank, func(r *Rule) { r.Table = "MHS0OO" }), []string{`rule MHS00001, column table: unknown table "MHS0OO"…`}},
		{"no table", rule(notBlank, func(r *Rule) { r.Table = "" }), []string{"rule MHS00001, column table: blank; a rule of kind not_blank needs it"}},
		{"field", rule(notBlank, func(r *Rule) { r.Field = "DatSetVersion" }), []string{`rule MHS00001, column field: table MHS000 has no field "DatSetVersion"; did you mean "DatSetVer"?`}},
		{"no field", rule(notBlank, func(r *Rule) { r.Field = "" }), []string{"rule MHS00001, column field: blank; a rule of kind not_blank needs it"}},
		{"parameter of another kind", rule(notBlank, func(r *Rule) { r.Max = 5 }), []string{"rule MHS00001, column max: set, but a rule of kind not_blank does not take it"}},
		{"no maximum", rule("MHS00013", func(r *Rule) { r.Max = 0 }), []string{"rule MHS00013, column max: blank; a rule of kind alphanumeric needs it"}},
		{"minimum above maximum", rule("MHS00013", func(r *Rule) { r.Min = 21 }), []string{"rule MHS00013, column min: min 21 and max 20 are no range"}},
		{"list", rule(inSet, func(r *Rule) { r.List = "NHSNumberStatsu" }), []string{`rule MHS00116, column list: unknown list "NHSNumberStatsu"; did you mean "NHSNumberStatus"?`}},
		{"no list", rule(inSet, func(r *Rule) { r.List = "" }), []string{"rule MHS00116, column list: a rule of kind in_set has either a list or, in column unchecked, the reason why there is none"}},
		{"list and reason", rule(inSet, func(r *Rule) { r.Unchecked = "X" }), []string{"rule MHS00116, column list: a rule of kind in_set has either a list or, in column unchecked, the reason why there is none"}},
		{"message without reason", rule("MHS01408", func(r *Rule) { r.Unchecked = "" }), []string{"rule MHS01408, column unchecked: blank; a rule of kind message_only needs it"}},
		{"pattern", rule(decimal, func(r *Rule) { r.Pattern = "^[0-9$" }), []string{`rule MHS51708, column pattern: "^[0-9$" is no regular expression: …`}},
		{"pattern not anchored", rule(decimal, func(r *Rule) { r.Pattern = "[0-9]+" }), []string{`rule MHS51708, column pattern: "[0-9]+" must begin with ^ and end with $`}},
		{"pattern with a shorthand", rule(decimal, func(r *Rule) { r.Pattern = `^\d+$` }), []string{`rule MHS51708, column pattern: \d is read differently by different programs; spell the characters out, as in [0-9]`}},
		{"earliest", rule("MHS00015", func(r *Rule) { r.Earliest = "1890-02-30" }), []string{`rule MHS00015, column earliest: "1890-02-30" is not a date like 2026-04-01`}},
		{"years", rule(age, func(r *Rule) { r.MinYears = 131 }), []string{"rule MHS00171, column min_years: min_years 131 and max_years 130 are no range"}},
		{"scheme test", rule(scheme, func(r *Rule) { r.Schemes[0].Test = "icd11" }), []string{`rule MHS60112, column schemes: "02=icd11" is not a code with the test icd10 or snomed`}},
		{"scheme of another table", rule(scheme, func(r *Rule) { r.Other = Ref{"MHS604", "DiagSchemeInUse"} }), []string{`rule MHS60112, column other_table: "MHS604" is another table; a rule of kind diag_code looks within its row`}},
		{"no defaults", rule("MHS00206", func(r *Rule) { r.Defaults = nil }), []string{"rule MHS00206, column defaults: blank; a rule of kind org_valid_or_default needs it"}},
		{"as at no date", rule("MHS00206", func(r *Rule) { r.AsAt[0].Field = "OrgIDProvider" }), []string{"rule MHS00206, column as_at: MHS000.OrgIDProvider is not a date of the header"}},
		{"as at another row", rule("MHS00206", func(r *Rule) { r.AsAt[0] = Ref{"MHS101", "ServDischDate"} }), []string{"rule MHS00206, column as_at: MHS101.ServDischDate is not a date of the header"}},
		{"check", rule(own, func(r *Rule) { r.Check = "raged_row" }), []string{`rule PRE0101, column check: unknown check "raged_row"; did you mean "ragged_row"?`}},
		{"check of the wrong kind", rule(file, func(r *Rule) { r.Check = "ragged_row" }), []string{`rule MHSREJ012, column check: unknown check "ragged_row"`}},
		{"span", rule(file, func(r *Rule) { r.Spans[0][1].Field = "ServDischTime" }), []string{"rule MHSREJ012, column spans: field MHS101.ServDischTime is of type time, which has no date"}},
		{"span field", rule(file, func(r *Rule) { r.Spans[0][1].Field = "ServDisch" }), []string{`rule MHSREJ012, column spans: table MHS101 has no field "ServDisch"; did you mean "ServDischDate"?`}},

		// types
		{"date rule on a text", rule("MHS00015", func(r *Rule) { r.Field = "OrgIDProvider" }), []string{"rule MHS00015, column field: field OrgIDProvider is of type text; a rule of kind valid_date tests date"}},
		{"length of a date", rule("MHS00013", func(r *Rule) { r.Field = "ReportingPeriodEndDate" }), []string{"rule MHS00013, column field: field ReportingPeriodEndDate is of type date; a rule of kind alphanumeric tests text"}},
		{"time rule on a date", rule("MHS00829", func(r *Rule) { r.Field = "CarePlanCreatDate" }), []string{"rule MHS00829, column field: field CarePlanCreatDate is of type date; a rule of kind valid_time tests time"}},
		{"text timestamp", rule("MHS00021", func(r *Rule) { r.TextOnly = true }), []string{"rule MHS00021, column field: field DateTimeDatSetCreate is of type datetime; a rule of kind valid_datetime tests text"}},
		{"order of a text that is no timestamp", rule(stamp, func(r *Rule) { r.Kind = NotBlank; r.Earliest, r.TextOnly = "", false }), []string{"rule MHS60109, column field: field MHS601.CodedDiagTimestamp is of type text, which has no date"}},
		{"order with a text", rule(header, func(r *Rule) { r.Other.Field = "OrgIDProvider" }), []string{"rule MHS00141, column other_field: field MHS000.OrgIDProvider is of type text, which has no date"}},
		{"age at a text", rule(age, func(r *Rule) { r.Other.Field = "OrgIDProvider" }), []string{"rule MHS00171, column other_field: field MHS000.OrgIDProvider is of type text, want date"}},
		{"upload a date", rule("MHS00027", func(r *Rule) { r.Other.Field = "ReportingPeriodEnd" }), []string{"rule MHS00027, column other_field: field Metadata.ReportingPeriodEnd is of type date, want datetime"}},

		// other rows
		{"other table", rule(header, func(r *Rule) { r.Other.Table = "MHS00" }), []string{`rule MHS00141, column other_table: unknown table "MHS00"; did you mean "MHS000"?`}},
		{"other field", rule(header, func(r *Rule) { r.Other.Field = "ReportingPeriodStart" }), []string{`rule MHS00141, column other_field: table MHS000 has no field "ReportingPeriodStart"; did you mean "ReportingPeriodStartDate"?`}},
		{"no other", rule(header, func(r *Rule) { r.Other = Ref{} }), []string{"rule MHS00141, column other_table: blank; a rule of kind date_on_or_after needs it"}},
		{"join of a header", rule(header, func(r *Rule) { r.Join = Join{"LocalPatientID", "OrgIDProvider"} }), []string{"rule MHS00141, column join: set, but table MHS000 needs none"}},
		{"no join", rule(joined, func(r *Rule) { r.Join = Join{} }), []string{"rule MHS00212, column join: blank; say which field of MHS002 equals which of MHS001, as own=theirs"}},
		{"join's own field", rule(joined, func(r *Rule) { r.Join.Own = "LocalPatient" }), []string{`rule MHS00212, column join: table MHS002 has no field "LocalPatient"; did you mean "LocalPatientID"?`}},
		{"join's other field", rule(joined, func(r *Rule) { r.Join.Theirs = "PatientID" }), []string{`rule MHS00212, column join: table MHS001 has no field "PatientID"…`}},
		{"key field", rule(unique, func(r *Rule) { r.Fields[1].Field = "GMP" }), []string{`rule MHS00221, column fields: table MHS002 has no field "GMP"…`}},
		{"key field of another table", rule(unique, func(r *Rule) { r.Fields[0].Table = "MHS001" }), []string{"rule MHS00221, column fields: MHS001.LocalPatientID is of another table; the fields of a rule of kind unique are of its own"}},
		{"key field without table", rule(unique, func(r *Rule) { r.Fields[0].Table = "" }), nil},
		{"no key", rule(unique, func(r *Rule) { r.Fields = nil }), []string{"rule MHS00221, column fields: blank; a rule of kind unique needs it"}},
		{"field that is no key", rule(unique, func(r *Rule) { r.Field = "EndDateGMPRegistration" }), []string{`rule MHS00221, column field: "EndDateGMPRegistration" is not one of the rule's fields`}},
		{"three fields of four", rule("MHS00223", func(r *Rule) { r.Fields = r.Fields[:3] }), []string{"rule MHS00223, column fields: 3 fields, want four: patient, start, end, practice"}},
		{"end not third", rule("MHS00223", func(r *Rule) { r.Fields[1], r.Fields[2] = r.Fields[2], r.Fields[1] }), []string{`rule MHS00223, column field: "EndDateGMPRegistration" is not the third of the rule's fields, the end`}},
		{"own parent", rule(parent, func(r *Rule) { r.Other.Table = r.Table }), []string{"rule MHS00220, column other_table: the rule's own table"}},

		// conditions
		{"condition", rule(compare, func(r *Rule) { r.Condition = "OrgIDLocalPatientID =" }), []string{"rule MHS00153, column condition: …"}},
		{"condition's field", rule(compare, func(r *Rule) { r.Condition = "notnull(OrgLocalPatientID)" }), []string{`rule MHS00153, column condition: table MHS001 has no field "OrgLocalPatientID"; did you mean "OrgIDLocalPatientID"?`}},
		{"condition's table", rule(compare, func(r *Rule) { r.Condition = "notnull(MHS101.ServDischDate)" }), []string{"rule MHS00153, column condition: MHS101.ServDischDate is of a table with many rows; a condition sees its own row, the header and the context"}},

		// references
		{"reference order", func(d *Dictionary) { d.References[1].Order = 3 }, []string{"reference 3, column order: 3, want 2: the order counts from 1 without gaps"}},
		{"reference twice", func(d *Dictionary) { d.References[1].Rule = d.References[0].Rule }, []string{"reference 2, column rule: rule MHS00145 stands here a second time"}},
		{"reference to nothing", func(d *Dictionary) { d.References[1].Rule = "MHS99999" }, []string{`reference 2, column rule: unknown rule "MHS99999"`}},
		{"reference to another kind", func(d *Dictionary) { d.References[1].Rule = notBlank }, []string{"reference 2, column rule: rule MHS00001 is of kind not_blank, not parent_exists or child_exists"}},

		// scales
		{"concept rounded", scale(0, func(s *Scale) { s.Concept = "9.79831E+14" }), []string{`scale 9.79831E+14, column concept: "9.79831E+14" is not a concept identifier of 6 to 18 digits; a spreadsheet may have rounded it`}},
		{"concept twice", func(d *Dictionary) { d.Scales[1].Concept = d.Scales[0].Concept }, []string{"scale 445455005, column concept: concept 445455005 stands here a second time"}},
		{"in neither list", scale(0, func(s *Scale) { s.Earlier, s.Later = false, false }), []string{"scale 445455005, column later: neither in the earlier list nor in the later one"}},
		{"collected from", scale(0, func(s *Scale) { s.CollectedFrom = "2024" }), []string{`scale 445455005, column collected_from: "2024" is not a date like 2026-04-01`}},
		{"half a range", scale(0, func(s *Scale) { s.High = "" }), []string{"scale 445455005, column high: half of a range; give both low and high, or neither"}},
		{"no number", scale(0, func(s *Scale) { s.High = "21,0" }), []string{`scale 445455005, column high: "21,0" is not a number like -3 or 6.5`}},
		{"range upside down", scale(0, func(s *Scale) { s.Low = "22" }), []string{"scale 445455005, column high: 21 is below low, 22"}},
		{"range and values", scale(0, func(s *Scale) { s.Values = []string{"1"} }), []string{"scale 445455005, column values: both a range and separate values; a scale has one of them"}},
		{"decimals", scale(0, func(s *Scale) { s.Decimals = 3 }), []string{"scale 445455005, column decimals: 3; it must be 0, 1 or 2"}},
		{"decimals of values", scale(isSet, func(s *Scale) { s.Decimals = 1 }), []string{"scale 979831000000108, column decimals: set for a scale without a range"}},
		{"value twice", scale(isSet, func(s *Scale) { s.Values[1] = "A" }), []string{"scale 979831000000108, column values: value A stands here a second time"}},
		{"side value unknown", scale(isSet, func(s *Scale) { s.EarlierOnly = []string{"Z"} }), []string{"scale 979831000000108, column earlier_only: value Z is not one of values, which has those of both sides"}},
		{"value on both sides", scale(isSet, func(s *Scale) { s.EarlierOnly = []string{"K"} }), []string{"scale 979831000000108, column later_only: value K is in earlier_only too"}},

		// roles
		{"role", func(d *Dictionary) { d.Roles[0].Name = "headr" }, []string{`role headr, column role: unknown role "headr"; did you mean "header"?`, "sheet roles, column role: role header is missing; the program cannot find what plays it"}},
		{"role twice", func(d *Dictionary) { d.Roles = append(d.Roles, d.Roles[3]) }, []string{"role header_submitter, column role: role header_submitter stands here a second time"}},
		{"role missing", func(d *Dictionary) { d.Roles = d.Roles[:len(d.Roles)-1] }, []string{"sheet roles, column role: role ward_id is missing; the program cannot find what plays it"}},

		// diagnostics
		{"diagnostic twice", func(d *Dictionary) { d.Diagnostics[1].Code = d.Diagnostics[0].Code }, []string{"diagnostic MHSDAG001, column code: diagnostic MHSDAG001 stands here a second time"}},
		{"diagnostic of nothing", func(d *Dictionary) { d.Diagnostics[0].What = "" }, []string{"diagnostic MHSDAG001, column what: blank; it says what is counted"}},
		{"diagnostic's table", func(d *Dictionary) { d.Diagnostics[0].Table = "MHS01" }, []string{`diagnostic MHSDAG001, column table: unknown table "MHS01"; did you mean "MHS001"?`}},
		{"diagnostic's denominator", func(d *Dictionary) { d.Diagnostics[0].Over = "MHS01" }, []string{`diagnostic MHSDAG001, column over: unknown table "MHS01"; did you mean "MHS001"?`}},
		{"diagnostic's field", func(d *Dictionary) { d.Diagnostics[0].Field = "PersonBirthDat" }, []string{`diagnostic MHSDAG001, column field: table MHS001 has no field "PersonBirthDat"; did you mean "PersonBirthDate"?`}},
		{"diagnostic's list", func(d *Dictionary) { d.Diagnostics[1].List = "Genda" }, []string{`diagnostic MHSDAG002, column list: unknown code list "Genda"`}},
		{"diagnostic's list without a field", func(d *Dictionary) { d.Diagnostics[1].Field = "" }, []string{"diagnostic MHSDAG002, column list: set without a field whose codes it lists"}},
		{"diagnostic's condition", func(d *Dictionary) { d.Diagnostics[0].Condition = "Gender ==" }, []string{"diagnostic MHSDAG001, column condition: character 10: the end where a field was expected"}},
		{"diagnostic's condition elsewhere", func(d *Dictionary) { d.Diagnostics[0].Condition = "isnull(MHS101.ServDischDate)" }, []string{"diagnostic MHSDAG001, column condition: reads MHS101.ServDischDate; it can read fields of MHS001 alone"}},
		{"diagnostic's date", func(d *Dictionary) { d.Diagnostics[0].Within = "Gender" }, []string{"diagnostic MHSDAG001, column within: field Gender is of type text, want date"}},
		{"diagnostic's way", func(d *Dictionary) { d.Diagnostics[0].Children = []Ref{{"MHS201", "ServiceRequestID"}} }, []string{"diagnostic MHSDAG001, column children: no rule of kind parent_exists looks for the parent of MHS201.ServiceRequestID in MHS001"}},
		{"diagnostic without children", func(d *Dictionary) { d.Diagnostics[0].AtLeast, d.Diagnostics[0].ChildOpen = 1, "ServDischDate" }, []string{"diagnostic MHSDAG001, column child_open: set without children", "diagnostic MHSDAG001, column at_least: set without children"}},
		{"table role with a field", func(d *Dictionary) { d.Roles[0].Field = "DatSetVer" }, []string{`role header, column field: "DatSetVer", but this role is a table's; leave field blank`}},
		{"field role without a field", func(d *Dictionary) { d.Roles[1].Field = "" }, []string{"role header_version, column field: blank; this role is a field's"}},
		{"role's table", func(d *Dictionary) { d.Roles[1].Table = "MHS0" }, []string{`role header_version, column table: unknown table "MHS0"…`}},
		{"role's field", func(d *Dictionary) { d.Roles[1].Field = "DatSetVr" }, []string{`role header_version, column field: table MHS000 has no field "DatSetVr"; did you mean "DatSetVer"?`}},
		{"role's type", func(d *Dictionary) { d.Roles[1].Field = "ReportingPeriodEndDate" }, []string{"role header_version, column field: field ReportingPeriodEndDate is of type date, want text"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := load(t)
			// Let index isSet be the one scale with values that come and go.
			if i := slices.IndexFunc(d.Scales, func(s Scale) bool { return s.Concept == "979831000000108" }); i >= 0 {
				d.Scales[1], d.Scales[i] = d.Scales[i], d.Scales[1]
			}
			tt.spoil(d)
			var got Faults
			err := d.Check()
			if err != nil && !errors.As(err, &got) {
				t.Fatalf("Check returned a %T", err)
			}
			for i, f := range got {
				if i >= len(tt.want) {
					t.Errorf("unexpected fault: %v", f)
				} else if want, open := strings.CutSuffix(tt.want[i], "…"); f.Error() != want && !(open && strings.HasPrefix(f.Error(), want)) {
					t.Errorf("fault %d is\n%v\nwant\n%s", i, f, tt.want[i])
				}
			}
			for _, w := range tt.want[min(len(got), len(tt.want)):] {
				t.Errorf("no fault: %s", w)
			}
		})
	}
}

// A fault carries its place in the sheet, through all tables and lists.
func TestFaultPlace(t *testing.T) {
	d := load(t)
	d.Context.Fields[1].Name = ""
	d.Lists[1].Codes[2].ValidFrom = "X"
	d.Rules[5].Source = ""
	var got Faults
	if !errors.As(d.Check(), &got) {
		t.Fatal("no faults")
	}
	count := 0
	for _, table := range d.Tables {
		count += len(table.Fields)
	}
	for _, want := range []Fault{
		{Sheet: "fields", Index: count + 1, Column: "name"},
		{Sheet: "codes", Index: len(d.Lists[0].Codes) + 2, Column: "valid_from"},
		{Sheet: "rules", Index: 5, Column: "source"},
	} {
		if !slices.ContainsFunc(got, func(f Fault) bool {
			return f.Sheet == want.Sheet && f.Index == want.Index && f.Column == want.Column
		}) {
			t.Errorf("no fault at %s %d, column %s, in\n%v", want.Sheet, want.Index, want.Column, got)
		}
	}
}

func TestFaultsBound(t *testing.T) {
	d := load(t)
	for i := range d.Rules {
		d.Rules[i].Source = ""
	}
	lines := strings.Split(d.Check().Error(), "\n")
	if got, want := len(lines), 51; got != want {
		t.Errorf("%d lines, want %d", got, want)
	}
	if got, want := lines[50], fmt.Sprintf("and %d more faults", len(d.Rules)-50); got != want {
		t.Errorf("last line %q, want %q", got, want)
	}
}
