// Package dictionary is the vocabulary of the Mental Health Services Data Set:
// tables, fields, code lists and rules, as data.
//
// Nothing here knows a particular table, field or rule. Every one of them is a
// row of the sheets in dictionary/v6.0, which package sheets reads; a rule is
// an instance of one of the kinds in kind.go, and a table that the program has
// to find by itself (the header, the patient index) is found by its role.
//
// A Dictionary is built once, checked by Check, and read-only from then on; it
// may be shared between goroutines.
package dictionary

import "strings"

// A Dictionary is one version of the data set.
type Dictionary struct {
	// Version is the data set version as the header record carries it: "6.0".
	Version string

	// RulesDated is the month of the rule list, "2024-03", and ScalesRevision
	// the revision of the list of assessment scales, "6.0.7.1". Every report
	// names both.
	RulesDated     string
	ScalesRevision string

	// Tables in the published order. Table.Position is index + 1.
	Tables []Table

	// Context holds the values that only the portal knows (who is logged in,
	// which month was chosen, when the file arrived), as the fields of a table
	// of one row. Its ID is the name that rules compare with.
	Context Table

	Lists      []CodeList
	Rules      []Rule
	References []Reference // in the published order
	Scales     []Scale
	Roles      []Role

	// Diagnostics are counts that the portal prints beside its findings.
	Diagnostics []Diagnostic

	// Scope holds the signs of activity that does not belong in the data set.
	Scope []Sign

	// Quality and Measures say what is counted of a submission besides its
	// faults, as it is nationally.
	Quality  []QualityMeasure
	Measures []Measure
}

// A Table is one of the data set's tables: "[MHS101]Referral".
type Table struct {
	ID       string // "MHS101"
	Name     string // "MHS101Referral", the name in the Intermediate Database
	Title    string // what a row is, in our words
	Position int    // from 1, the published order
	Fields   []Field
}

// A Field is one data item: "[M101150]DecisionToTreatDate".
type Field struct {
	UID      string // "M101150"; carries the table number
	Name     string // "DecisionToTreatDate", the name of its column
	Item     string // its name in the NHS Data Dictionary
	Type     Type
	Key      bool // part of the table's published primary key
	Position int  // from 1, within the table

	// ForeignTable and ForeignField name the parent's field that this one
	// repeats, as published; "" if there is none.
	ForeignTable, ForeignField string

	// SpecificationOnly marks a field that the rule list names and the
	// published layout lacks: its column may be absent in silence.
	SpecificationOnly bool

	// NumberAllowed marks a field of text that a database may store as a
	// number (SEMANTICS, decision d). Digits is the width to which such a
	// number is padded with zeros on the left; 0 means not at all.
	NumberAllowed bool
	Digits        int
}

// A Type is how a field's values are written and compared.
type Type uint8

const (
	Text     Type = iota + 1 // compared byte for byte
	Date                     // a calendar date
	Time                     // a time of day
	DateTime                 // a date with a time of day
	Number                   // digits stored as a number; compared as text
)

// A CodeList is a named list of national codes.
type CodeList struct {
	Name   string
	Codes  []Code
	Source string // where the list was read
}

// A Code is one member of a code list.
type Code struct {
	Code      string
	Label     string // "" when no source gives one
	Default   bool   // stands for "not known", "not applicable" and the like
	ValidFrom string // "2026-04-01": the first period start; "" means always
	Source    string // where the label was read, if not where the list was
}

// A Scale is one assessment concept and the scores it takes.
type Scale struct {
	Concept string // SNOMED CT concept identifier

	// Values is the complete list of scores of a scale of separate values, or
	// nil. Low and High bound a scale of numbers, inclusive; "" with nil
	// Values means that no source gives the scores, so they are not checked.
	Values    []string
	Low, High string

	// Decimals is the number of decimal places allowed from LaterFrom on;
	// before, one is allowed.
	Decimals int

	// Earlier and Later say whether the concept is in the list of the first
	// release and in the one in force from Dictionary.ScalesFrom on.
	Earlier, Later bool

	CollectedFrom string // "2024-04-01": first period start; "" means always

	// EarlierOnly and LaterOnly are the members of Values that count on one
	// side only of the change of lists.
	EarlierOnly, LaterOnly []string

	Note string
}

// ScalesFrom is the first period start, CCYY-MM-DD, for which the later list
// of scales counts (SEMANTICS, section 4, assessment_code).
const ScalesFrom = "2026-04-01"

// A Reference is the place of one referential rule in the published order.
// Order counts from 1; a failure at one place is seen by every later one.
type Reference struct {
	Order int
	Rule  string
}

// A Role names the table or field that plays a part the program has to know.
// Field is "" when the part is a table's.
type Role struct {
	Name  string
	Table string
	Field string
	What  string // the part in our words, for whoever edits the sheet
}

// Table returns the table with the given ID, or nil.
func (d *Dictionary) Table(id string) *Table {
	if id == d.Context.ID {
		return &d.Context
	}
	for i := range d.Tables {
		if d.Tables[i].ID == id {
			return &d.Tables[i]
		}
	}
	return nil
}

// List returns the code list of that name, or nil.
func (d *Dictionary) List(name string) *CodeList {
	for i := range d.Lists {
		if d.Lists[i].Name == name {
			return &d.Lists[i]
		}
	}
	return nil
}

// Rule returns the rule with the given code, in any case, or nil.
func (d *Dictionary) Rule(code string) *Rule {
	for i := range d.Rules {
		if strings.EqualFold(d.Rules[i].Code, code) {
			return &d.Rules[i]
		}
	}
	return nil
}

// Role returns the table and the field that play the part; the field is nil
// when the part is a table's, both are nil when nothing plays it.
func (d *Dictionary) Role(name string) (*Table, *Field) {
	for _, r := range d.Roles {
		if r.Name != name {
			continue
		}
		t := d.Table(r.Table)
		if t == nil || r.Field == "" {
			return t, nil
		}
		return t, t.Field(r.Field)
	}
	return nil, nil
}

// Field returns the field of that name, or nil.
func (t *Table) Field(name string) *Field {
	if i := t.Index(name); i >= 0 {
		return &t.Fields[i]
	}
	return nil
}

// Index returns the place of the named field in t.Fields, or -1.
func (t *Table) Index(name string) int {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return i
		}
	}
	return -1
}
