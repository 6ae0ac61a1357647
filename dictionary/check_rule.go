package dictionary

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A form says which parameters the rules of a kind have, by the names of their
// columns: those in need must be given, those in may can be, no other may.
type form struct{ need, may string }

// The forms of the kinds. Columns that every rule may have (code, status,
// source, group, severity, items, note and the like) are not listed.
var forms = [...]form{
	NotBlank:            {"table field", ""},
	Alphanumeric:        {"table field max", "min"},
	Numeric:             {"table field max", "min"},
	Decimal:             {"table field pattern", ""},
	Format:              {"table field pattern", ""},
	InSet:               {"table field list", ""},
	ValidDate:           {"table field earliest", ""},
	ValidTime:           {"table field", ""},
	ValidDatetime:       {"table field earliest", "text_only"},
	DateOnOrAfter:       {"table field other_table", "join offset_days"},
	DateOnOrBefore:      {"table field other_table", "join offset_days"},
	DatetimeOnOrBefore:  {"table field other_table", ""},
	AgeRange:            {"table field other_table max_years", "min_years"},
	ValuesEqual:         {"table field other_table", ""},
	Comparison:          {"table field condition", "other_table"},
	Unique:              {"table fields", "field nulls_equal"},
	UniqueWhen:          {"table fields condition", "field nulls_equal"},
	Singleton:           {"table", ""},
	NHSNumber:           {"table field", ""},
	OrgValid:            {"table field as_at", ""},
	OrgValidOrDefault:   {"table field as_at defaults", ""},
	SiteValid:           {"table field as_at", "defaults"},
	SchoolValid:         {"table field as_at", "defaults"},
	PostcodeInReference: {"table field as_at", "defaults prefix"},
	SnomedCT:            {"table field max", "min"},
	DiagCode:            {"table field other_table schemes", ""},
	FindCode:            {"table field other_table schemes", ""},
	AssessmentCode:      {"table field", ""},
	AssessmentScore:     {"table field other_table", ""},
	GPSuccessor:         {"table field fields", ""},
	ParentExists:        {"table field other_table", ""},
	ChildExists:         {"table field other_table", ""},
	RejectAll:           {"table", ""},
	FileCheck:           {"table check", "fields spans"},
	MessageOnly:         {"table unchecked", "field"},
	Container:           {"check", "table field"},
	Movement:            {"check", ""},
	Scope:               {"check", "table field fields list prefix"}, // see scopeForms
}

// given lists the parameters that a rule has, by the names of their columns.
func (r *Rule) given() []struct {
	column string
	given  bool
} {
	return []struct {
		column string
		given  bool
	}{
		{"table", r.Table != ""},
		{"field", r.Field != ""},
		{"other_table", r.Other != Ref{}},
		{"join", r.Join != Join{}},
		{"min", r.Min != 0},
		{"max", r.Max != 0},
		{"pattern", r.Pattern != ""},
		{"list", r.List != ""},
		{"offset_days", r.OffsetDays != 0},
		{"condition", r.Condition != ""},
		{"fields", len(r.Fields) != 0},
		{"nulls_equal", r.NullsEqual},
		{"defaults", len(r.Defaults) != 0},
		{"schemes", len(r.Schemes) != 0},
		{"min_years", r.MinYears != 0},
		{"max_years", r.MaxYears != 0},
		{"earliest", r.Earliest != ""},
		{"text_only", r.TextOnly},
		{"prefix", r.Prefix != ""},
		{"as_at", len(r.AsAt) != 0},
		{"check", r.Check != ""},
		{"spans", len(r.Spans) != 0},
	}
}

// fileChecks are the checks of a submission as a whole, containerChecks those
// of the file that holds a table.
func fileChecks() []string {
	return []string{
		"database_structure", "table_empty", "no_record_in_period",
		"header_invalid_or_duplicated", "all_records_rejected",
	}
}

func containerChecks() []string {
	return []string{
		"ragged_row", "oversized_field", "control_character", "stray_quote",
		"unclosed_quote", "unreadable_time", "padding", "date_layout",
		"unreadable_value", "lost_zeros", "exponent", "serial_date", "letter_case",
	}
}

// movementChecks are what may have moved against an earlier submission.
func movementChecks() []string {
	return []string{"table_vanished", "table_doubled", "measure_moved"}
}

// ownPrefix begins the codes of our own rules and of no other.
const ownPrefix = "PRE"

func (c *checker) rules() {
	seen := map[string]int{}
	for i := range c.d.Rules {
		r := &c.d.Rules[i]
		c.about("rules", i, "rule "+r.Code)
		if r.Code == "" {
			c.fault("code", "a rule without a code")
		}
		c.once(seen, r.Code, "code", "rule")
		c.standing(r)
		if r.Kind.String() == "" {
			c.fault("kind", "no kind")
			continue
		}
		c.parameters(r)
		if r.Kind == Scope {
			c.scope(r)
		}
		if r.Table != "" && c.table("table", r.Table) {
			c.tested(r)
		}
		c.other(r)
		c.values(r)
		for _, item := range r.Items {
			switch name, ok := c.uids[item.UID]; {
			case !ok:
				c.fault("items", "%s: no field has UID %q", item, item.UID)
			case name != item.Name && r.Note == "":
				c.fault("items", "%s: the field with this UID is %s; if the national list misnames it, say so in column note", item, name)
			}
		}
	}
}

// standing checks what every rule has.
func (c *checker) standing(r *Rule) {
	if r.Status.String() == "" {
		c.fault("status", "no status")
	}
	if strings.HasPrefix(r.Code, ownPrefix) != r.Own() {
		c.fault("code", "codes begin with %s if, and only if, the status is %s", ownPrefix, PreSubmission)
	}
	if r.Source == "" {
		c.fault("source", "no source; name the publication that states the rule")
	}
	if r.Severity.String() == "" {
		c.fault("severity", "no severity; it must be one of %s", strings.Join(severityNames[1:], ", "))
	}
	if r.SeverityOne && r.Severity != Warning {
		c.fault("severity_one", "set for a rule that is no warning")
	}
	if r.PipelineSeverity != 0 && r.PipelineSeverity == r.Severity {
		c.fault("pipeline_severity", "the same as severity; leave it blank")
	}
	if (r.Grade != "") != r.Own() {
		c.fault("grade", "our own rules have a grade, and no other")
	}
}

// parameters checks that the rule has what its kind needs and nothing else.
func (c *checker) parameters(r *Rule) {
	need, may := strings.Fields(forms[r.Kind].need), strings.Fields(forms[r.Kind].may)
	for _, p := range r.given() {
		needed := slices.Contains(need, p.column)
		switch {
		case p.given && !needed && !slices.Contains(may, p.column):
			c.fault(p.column, "set, but a rule of kind %s does not take it", r.Kind)
		case p.column == "list" && needed && p.given == (r.Unchecked != ""):
			c.fault("list", "a rule of kind %s has either a list or, in column unchecked, the reason why there is none", r.Kind)
		case p.column != "list" && needed && !p.given:
			c.fault(p.column, "blank; a rule of kind %s needs it", r.Kind)
		}
	}
	if r.Kind == MessageOnly && r.Unchecked == "" {
		c.fault("unchecked", "blank; a rule of kind %s needs it", r.Kind)
	}
}

// tested checks the fields of the rule's own table.
func (c *checker) tested(r *Rule) {
	var f *Field
	if r.Field != "" {
		f = c.ref("table", "field", Ref{r.Table, r.Field})
	}
	if f != nil {
		c.fieldType(r, f)
	}
	for _, ref := range r.Fields {
		if r.Kind == Scope {
			break // see scope
		}
		if ref.Table == "" {
			ref.Table = r.Table
		}
		c.ref("fields", "fields", ref)
		if ref.Table != r.Table && r.Kind != FileCheck {
			c.fault("fields", "%s is of another table; the fields of a rule of kind %s are of its own", ref, r.Kind)
		}
	}
	for _, span := range r.Spans {
		for _, ref := range span {
			if ref.Table == "" {
				ref.Table = r.Table
			}
			c.dated("spans", ref, c.ref("spans", "spans", ref))
		}
	}
	switch r.Kind {
	case Unique, UniqueWhen:
		if r.Field != "" && !slices.ContainsFunc(r.Fields, func(k Ref) bool { return k.Field == r.Field }) {
			c.fault("field", "%q is not one of the rule's fields", r.Field)
		}
	case GPSuccessor:
		if len(r.Fields) != 4 {
			c.fault("fields", "%d fields, want four: patient, start, end, practice", len(r.Fields))
		} else if r.Fields[2].Field != r.Field {
			c.fault("field", "%q is not the third of the rule's fields, the end", r.Field)
		}
	case ParentExists, ChildExists:
		if r.Other.Table == r.Table {
			c.fault("other_table", "the rule's own table")
		}
	}
}

// fieldType checks that the tested field has the type that the kind judges.
func (c *checker) fieldType(r *Rule, f *Field) {
	var want []Type
	switch r.Kind {
	case Alphanumeric, Decimal, Format, NHSNumber, OrgValid, OrgValidOrDefault, SiteValid, SchoolValid,
		PostcodeInReference, SnomedCT, DiagCode, FindCode, AssessmentCode, AssessmentScore:
		want = []Type{Text}
	case InSet, Numeric:
		want = []Type{Text, Number}
	case ValidDate, AgeRange, GPSuccessor:
		want = []Type{Date}
	case ValidTime:
		want = []Type{Time}
	case ValidDatetime:
		want = []Type{DateTime}
		if r.TextOnly {
			want = []Type{Text}
		}
	case DatetimeOnOrBefore:
		want = []Type{DateTime}
	case DateOnOrAfter, DateOnOrBefore:
		c.dated("field", Ref{r.Table, r.Field}, f)
		return
	default:
		return
	}
	if !slices.Contains(want, f.Type) {
		c.fault("field", "field %s is of type %s; a rule of kind %s tests %s", f.Name, f.Type, r.Kind, want[0])
	}
}

// dated says that a field holds no date, if it does not.
func (c *checker) dated(column string, ref Ref, f *Field) {
	if f == nil || f.Type == Date || f.Type == DateTime || c.stamps[ref] {
		return
	}
	c.fault(column, "field %s is of type %s, which has no date", ref, f.Type)
}

// other checks the field that the rule compares with, and how it is found.
func (c *checker) other(r *Rule) {
	if r.Other == (Ref{}) {
		return
	}
	f := c.ref("other_table", "other_field", r.Other)
	if f == nil {
		return
	}
	switch r.Kind {
	case DateOnOrAfter, DateOnOrBefore:
		c.dated("other_field", r.Other, f)
		c.join(r)
	case AgeRange:
		if f.Type != Date {
			c.fault("other_field", "field %s is of type %s, want %s", r.Other, f.Type, Date)
		}
		c.join(r)
	case DatetimeOnOrBefore:
		if f.Type != DateTime {
			c.fault("other_field", "field %s is of type %s, want %s", r.Other, f.Type, DateTime)
		}
		c.join(r)
	case ValuesEqual, Comparison:
		c.join(r)
	case DiagCode, FindCode, AssessmentScore:
		if r.Other.Table != r.Table {
			c.fault("other_table", "%q is another table; a rule of kind %s looks within its row", r.Other.Table, r.Kind)
		}
	}
}

// join checks that a row of the rule's table can find the other row.
func (c *checker) join(r *Rule) {
	near := r.Other.Table == r.Table || c.single[r.Other.Table]
	switch {
	case !c.headed:
	case near && r.Join != Join{}:
		c.fault("join", "set, but table %s needs none", r.Other.Table)
	case near:
	case r.Join == Join{}:
		c.fault("join", "blank; say which field of %s equals which of %s, as own=theirs", r.Table, r.Other.Table)
	default:
		if r.Table != "" && c.byID[r.Table] != nil {
			c.ref("join", "join", Ref{r.Table, r.Join.Own})
		}
		c.ref("join", "join", Ref{r.Other.Table, r.Join.Theirs})
	}
}

// values checks the parameters that are not names of fields, and those fields
// that are found without keys.
func (c *checker) values(r *Rule) {
	if r.Min < 0 || r.Max < 0 || r.Min > r.Max {
		c.fault("min", "min %d and max %d are no range", r.Min, r.Max)
	}
	if r.MinYears < 0 || r.MaxYears < 0 || r.MinYears > r.MaxYears {
		c.fault("min_years", "min_years %d and max_years %d are no range", r.MinYears, r.MaxYears)
	}
	c.pattern(r.Pattern)
	c.date("earliest", r.Earliest)
	if r.List != "" && c.d.List(r.List) == nil {
		var names []string
		for _, l := range c.d.Lists {
			names = append(names, l.Name)
		}
		c.fault("list", "unknown list %q%s", r.List, DidYouMean(r.List, names))
	}
	for _, s := range r.Schemes {
		if s.Code == "" || s.Test != "icd10" && s.Test != "snomed" {
			c.fault("schemes", "%q is not a code with the test icd10 or snomed", s.Code+"="+s.Test)
		}
	}
	for _, ref := range r.AsAt {
		f := c.ref("as_at", "as_at", ref)
		if f != nil && c.headed && (f.Type != Date || !c.single[ref.Table]) {
			c.fault("as_at", "%s is not a date of the header", ref)
		}
	}
	c.condition(r)
	if r.Check == "" {
		return
	}
	known := fileChecks()
	switch r.Kind {
	case Container:
		known = containerChecks()
	case Movement:
		known = movementChecks()
	case Scope:
		known = scopeChecks()
	}
	if !slices.Contains(known, r.Check) {
		c.fault("check", "unknown check %q%s", r.Check, DidYouMean(r.Check, known))
	}
}

// pattern checks that other implementations of regular expressions, too, read
// the pattern as it is meant.
func (c *checker) pattern(p string) {
	if p == "" {
		return
	}
	if _, err := regexp.Compile(p); err != nil {
		c.fault("pattern", "%s is no regular expression: %v", strconv.Quote(p), err)
	}
	if !strings.HasPrefix(p, "^") || !strings.HasSuffix(p, "$") {
		c.fault("pattern", "%s must begin with ^ and end with $", strconv.Quote(p))
	}
	if s := c.shorthand.FindString(p); s != "" {
		c.fault("pattern", "%s is read differently by different programs; spell the characters out, as in [0-9]", s)
	}
}

func (c *checker) condition(r *Rule) {
	if r.Condition == "" {
		return
	}
	cond, err := ParseCondition(r.Condition)
	if err != nil {
		c.fault("condition", "%v", err)
		return
	}
	if c.byID[r.Table] == nil {
		return
	}
	for _, ref := range Refs(cond) {
		if ref.Table == "" {
			ref.Table = r.Table
		}
		c.ref("condition", "condition", ref)
		if ref.Table != r.Table && c.headed && !c.single[ref.Table] {
			c.fault("condition", "%s is of a table with many rows; a condition sees its own row, the header and the context", ref)
		}
	}
}
