// Package cases gives every rule the smallest records on which it passes and
// fails.
//
// The cases follow from the rule's kind and parameters alone, so that a rule
// changed in the sheets brings its own tests. Wherever a kind has an edge (a
// length, a date, a code list, a check digit) there are cases on both sides of
// it:
//
//	date_on_or_before, period end       2026-09-29 ok   2026-09-30 ok   2026-10-01 fails
//	alphanumeric, 3 to 6 characters     AB fails  ABC ok  ABCDEF ok  ABCDEFG fails
//
// A case says how its own rule must judge; other rules may fire on the same
// records. All values are synthetic, and NHS numbers lie in the 999 range.
package cases

import (
	"mhsds/dictionary"
)

// A Case is one or a few records, and what one rule must say of them.
//
// Values are written as the JSON instance has them: trimmed text, dates
// CCYY-MM-DD, dates with a time CCYY-MM-DDThh:mm:ss, times hh:mm:ss. A field
// that is not there is null; no value is empty.
type Case struct {
	Rule string // code of the rule
	Name string // what the case shows; unique among the rule's cases
	Fail bool   // the rule must fail at Target, or on the file

	// Header holds the fields of the one header record that the rule, or the
	// validity of the rows, depends on. nil means that none matters, or that
	// the header record stands in Rows.
	Header map[string]string

	// Context holds the fields of the submission context, as Header does.
	Context map[string]string

	// Known holds what the registers say that the rule looks codes up in; nil
	// for rules that ask none.
	Known []Known

	// Rows are the records besides Header, grouped by table.
	Rows []Row

	// Given is what the user said or gave besides the submission; nil if
	// nothing.
	Given *Given

	// Target is the index in Rows of the record to look at; -1 stands for the
	// submission as a whole.
	Target int
}

// A Row is one record of one table.
type Row struct {
	Table  string // ID of the table
	Fields map[string]string
}

// For returns the cases of a rule, the most telling passing and the most
// telling failing one first of their sort. It is nil if Reason explains why
// there cannot be any. The same dictionary and rule always give the same cases.
func For(d *dictionary.Dictionary, r *dictionary.Rule) []Case {
	return newMaker(d).cases(r)
}

// Of returns For with the work done that all rules of a dictionary share, for
// callers that ask about many of them. It may be called from several goroutines.
func Of(d *dictionary.Dictionary) func(r *dictionary.Rule) []Case {
	return newMaker(d).cases
}

// All returns the cases of all rules, in the dictionary's order of rules.
func All(d *dictionary.Dictionary) []Case {
	m := newMaker(d)
	var all []Case
	for i := range d.Rules {
		all = append(all, m.cases(&d.Rules[i])...)
	}
	return all
}

// Reason says why a rule has no passing or no failing case: what its sheet
// says, or that it is off, not judged, or in need of what no record can hold.
// It is "" for a rule that has both.
func Reason(d *dictionary.Dictionary, r *dictionary.Rule) string {
	switch {
	case r.NoCase != "":
		return r.NoCase
	case r.Unchecked != "":
		return r.Unchecked
	case r.Status == dictionary.PipelineOnly:
		return "off: no longer in the national rule list"
	}
	switch r.Kind {
	case dictionary.FileCheck:
		if r.Check == checkStructure {
			return "is about how a database is built, which no record shows"
		}
	}
	return ""
}

// The checks of a whole submission for which records can be given, and the one
// for which they cannot.
const (
	checkStructure = "database_structure"
	checkEmpty     = "table_empty"
	checkHeader    = "header_invalid_or_duplicated"
	checkPeriod    = "no_record_in_period"
	checkSurvivors = "all_records_rejected"
)

// cases dispatches on the kind.
func (m *maker) cases(r *dictionary.Rule) []Case {
	if r.Status == dictionary.PipelineOnly || r.Unchecked != "" {
		return nil
	}
	b := builder{maker: m, rule: r}
	switch r.Kind {
	case dictionary.NotBlank:
		b.notBlank()
	case dictionary.Alphanumeric:
		b.alphanumeric()
	case dictionary.Numeric:
		b.numeric()
	case dictionary.Decimal, dictionary.Format:
		b.pattern()
	case dictionary.InSet:
		b.inSet()
	case dictionary.ValidDate:
		b.validDate()
	case dictionary.ValidTime:
		b.validTime()
	case dictionary.ValidDatetime:
		b.validDatetime()
	case dictionary.DateOnOrAfter:
		b.dateOrder(-1)
	case dictionary.DateOnOrBefore:
		b.dateOrder(+1)
	case dictionary.DatetimeOnOrBefore:
		b.datetimeOrder()
	case dictionary.AgeRange:
		b.ageRange()
	case dictionary.ValuesEqual:
		b.valuesEqual()
	case dictionary.Comparison:
		b.comparison()
	case dictionary.Unique:
		b.unique()
	case dictionary.UniqueWhen:
		b.uniqueWhen()
	case dictionary.Singleton:
		b.singleton()
	case dictionary.NHSNumber:
		b.nhsNumber()
	case dictionary.OrgValid, dictionary.OrgValidOrDefault, dictionary.SiteValid, dictionary.SchoolValid, dictionary.PostcodeInReference:
		b.registered()
	case dictionary.SnomedCT:
		b.snomed()
	case dictionary.DiagCode, dictionary.FindCode:
		b.schemeCode()
	case dictionary.AssessmentCode:
		b.assessmentCode()
	case dictionary.AssessmentScore:
		b.assessmentScore()
	case dictionary.GPSuccessor:
		b.gpSuccessor()
	case dictionary.ParentExists, dictionary.ChildExists:
		b.reference()
	case dictionary.RejectAll:
		b.rejectAll()
	case dictionary.FileCheck:
		b.fileCheck()
	case dictionary.Scope:
		b.scope()
	case dictionary.Container:
		b.form()
	case dictionary.Movement:
		b.movement()
	}
	return b.list
}

// A builder collects the cases of one rule.
type builder struct {
	*maker
	rule *dictionary.Rule
	list []Case
}

const (
	pass = false
	fail = true
)

// one adds a case of one record of the rule's table.
func (b *builder) one(fail bool, name string, fields map[string]string) *Case {
	return b.add(Case{Name: name, Fail: fail, Rows: []Row{{b.rule.Table, fields}}})
}

// value adds a case of one record in which only the tested field is filled; ""
// leaves it blank.
func (b *builder) value(fail bool, name, value string) *Case {
	return b.one(fail, name, b.fields(b.rule.Field, value))
}

// add appends a case. A name that the rule has already gets no second case: two
// ways to the same edge, as when the shortest value is the longest too.
func (b *builder) add(c Case) *Case {
	c.Rule = b.rule.Code
	for i := range b.list {
		if b.list[i].Name == c.Name {
			return &b.list[i]
		}
	}
	b.list = append(b.list, c)
	return &b.list[len(b.list)-1]
}

// fields pairs names with values and leaves out what is blank.
func (b *builder) fields(pairs ...string) map[string]string {
	fields := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fields[pairs[i]] = pairs[i+1]
		}
	}
	return fields
}

// set gives ref a value wherever it stands: in the target record, the header,
// the context, or a record of its own table, which is added if need be.
func (c *Case) set(m *maker, ref dictionary.Ref, value string) {
	own := c.Rows[c.Target].Table
	switch {
	case ref.Table == "" || ref.Table == own:
		put(&c.Rows[c.Target].Fields, ref.Field, value)
	case m.header != nil && ref.Table == m.header.ID:
		put(&c.Header, ref.Field, value)
	case ref.Table == m.d.Context.ID:
		put(&c.Context, ref.Field, value)
	default:
		for i := range c.Rows {
			if c.Rows[i].Table == ref.Table {
				put(&c.Rows[i].Fields, ref.Field, value)
				return
			}
		}
		c.Rows = append(c.Rows, Row{ref.Table, map[string]string{}})
		put(&c.Rows[len(c.Rows)-1].Fields, ref.Field, value)
	}
}

// put stores a value; a blank one only makes sure that there is a map.
func put(fields *map[string]string, name, value string) {
	if *fields == nil {
		*fields = map[string]string{}
	}
	if value != "" {
		(*fields)[name] = value
	}
}
