package dictionary

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Fault is one thing that is wrong in a dictionary.
type Fault struct {
	// Sheet is the sheet that the fact belongs to ("rules"), Index its place
	// there, from 0: of fields counted through all tables, the context last,
	// of codes through all lists. Index is -1 for a fault of the whole sheet.
	Sheet string
	Index int

	Name   string // what the fact is called: "rule MHS10150"; "" for a whole sheet
	Column string // the sheet's column; "" if no single one is to blame
	Text   string // what is wrong and what would be right
}

func (f Fault) Error() string {
	where := f.Name
	if where == "" {
		where = "sheet " + f.Sheet
	}
	if f.Column != "" {
		where += ", column " + f.Column
	}
	return where + ": " + f.Text
}

// Faults are all faults of a dictionary, in the order of the sheets.
type Faults []Fault

// shownFaults bounds what Error writes.
const shownFaults = 50

// Error writes one fault a line, the first fifty and how many more there are.
func (fs Faults) Error() string {
	var b strings.Builder
	for i, f := range fs {
		if i == shownFaults {
			fmt.Fprintf(&b, "\nand %d more faults", len(fs)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(f.Error())
	}
	return b.String()
}

// Check returns Faults that name everything in d that cannot be right: names
// that do not exist or exist twice, rules without what their kind needs or
// with what it does not take, values out of their range. It returns nil for a
// dictionary that can be compiled.
func (d *Dictionary) Check() error {
	c := newChecker(d)
	c.release()
	c.tables()
	c.lists()
	c.rules()
	c.references()
	c.scales()
	c.roles()
	c.diagnostics()
	c.signs()
	c.quality()
	c.measures()
	if len(c.faults) > 0 {
		return c.faults
	}
	return nil
}

// A checker looks names up and gathers faults. of is the fact under the lens.
type checker struct {
	d      *Dictionary
	faults Faults
	of     Fault

	tableIDs []string
	byID     map[string]*Table // the first of each ID
	names    map[string][]string
	byName   map[Ref]*Field    // the first of each name in its table
	uids     map[string]string // the field's name by its UID
	stamps   map[Ref]bool      // fields of text that a valid_datetime rule makes timestamps
	single   map[string]bool   // tables of one row, which any row finds
	headed   bool              // a table plays the header; otherwise only that is said

	version, month, score, concept, shorthand *regexp.Regexp
}

func newChecker(d *Dictionary) *checker {
	c := &checker{
		d: d, byID: map[string]*Table{}, names: map[string][]string{}, byName: map[Ref]*Field{},
		uids: map[string]string{}, stamps: map[Ref]bool{}, single: map[string]bool{d.Context.ID: true},

		version:   regexp.MustCompile(`^[0-9]{1,2}\.[0-9]{1,2}$`),
		month:     regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])$`),
		score:     regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`),
		concept:   regexp.MustCompile(`^[1-9][0-9]{5,17}$`),
		shorthand: regexp.MustCompile(`\\[dDwWsSbBpP]`),
	}
	for t := range d.allTables() {
		if c.byID[t.ID] != nil {
			continue
		}
		c.byID[t.ID] = t
		c.tableIDs = append(c.tableIDs, t.ID)
		for i := range t.Fields {
			f := &t.Fields[i]
			if f.UID != "" {
				c.uids[f.UID] = f.Name
			}
			if ref := (Ref{t.ID, f.Name}); c.byName[ref] == nil {
				c.byName[ref] = f
				c.names[t.ID] = append(c.names[t.ID], f.Name)
			}
		}
	}
	for i := range d.Rules {
		if r := &d.Rules[i]; r.Kind == ValidDatetime && r.TextOnly {
			c.stamps[Ref{r.Table, r.Field}] = true
		}
	}
	for _, r := range d.Roles {
		if r.Name == roleHeader {
			c.single[r.Table] = true
		}
	}
	c.headed = len(c.single) > 1
	return c
}

// allTables yields the tables and, last, the context.
func (d *Dictionary) allTables() func(yield func(*Table) bool) {
	return func(yield func(*Table) bool) {
		for i := range d.Tables {
			if !yield(&d.Tables[i]) {
				return
			}
		}
		yield(&d.Context)
	}
}

// about puts a fact under the lens: what fault says is about it.
func (c *checker) about(sheet string, index int, name string) {
	c.of = Fault{Sheet: sheet, Index: index, Name: name}
}

func (c *checker) fault(column, format string, args ...any) {
	f := c.of
	f.Column, f.Text = column, fmt.Sprintf(format, args...)
	c.faults = append(c.faults, f)
}

// once says that name stands a second time, in any case, if it does.
func (c *checker) once(seen map[string]int, name, column, what string) {
	folded := strings.ToLower(name)
	if n := seen[folded]; n > 0 {
		c.fault(column, "%s %s stands here a second time", what, name)
	}
	seen[folded]++
}

func (c *checker) release() {
	for i, v := range []struct {
		key, value, want string
		ok               bool
	}{
		{"version", c.d.Version, `a version like "6.0"`, c.version.MatchString(c.d.Version)},
		{"rules_dated", c.d.RulesDated, `a month like "2024-03"`, c.month.MatchString(c.d.RulesDated)},
		{"scales_revision", c.d.ScalesRevision, "a revision", c.d.ScalesRevision != ""},
	} {
		c.about("release", i, "release "+v.key)
		switch {
		case v.value == "":
			c.fault("value", "missing; it must be %s", v.want)
		case !v.ok:
			c.fault("value", "%q is not %s", v.value, v.want)
		}
	}
}

func (c *checker) tables() {
	seenID, seenName, seenUID := map[string]int{}, map[string]int{}, map[string]int{}
	if len(c.d.Tables) == 0 {
		c.about("tables", -1, "")
		c.fault("", "no tables")
	}
	index, place := 0, 0
	for t := range c.d.allTables() {
		c.about("tables", place, "table "+t.ID)
		if t.ID == "" {
			c.fault("id", "a table without an ID")
		}
		c.once(seenID, t.ID, "id", "table")
		c.once(seenName, t.Name, "name", "table name")
		if t.Title == "" {
			c.fault("title", "no title; say in a few words what a row is")
		}
		if len(t.Fields) == 0 {
			c.fault("", "no fields; sheet fields has none of this table")
		}
		if t != &c.d.Context && t.Position != place+1 {
			c.fault("", "position %d, want %d", t.Position, place+1)
		}
		seen := map[string]int{}
		for i := range t.Fields {
			f := &t.Fields[i]
			c.about("fields", index, "field "+t.ID+"."+f.Name)
			c.field(t, f, i)
			c.once(seen, f.Name, "name", "field")
			if f.UID != "" {
				c.once(seenUID, f.UID, "uid", "UID")
			}
			index++
		}
		place++
	}
}

func (c *checker) field(t *Table, f *Field, i int) {
	if f.Name == "" {
		c.fault("name", "a field without a name")
	}
	if f.UID == "" && t != &c.d.Context {
		c.fault("uid", "no UID; every field of a submitted table has one")
	}
	if f.Item == "" && t != &c.d.Context {
		c.fault("item", "no data item name")
	}
	if f.Type.String() == "" {
		c.fault("type", "no type")
	}
	if f.Position != i+1 {
		c.fault("", "position %d, want %d", f.Position, i+1)
	}
	if f.NumberAllowed && f.Type != Text {
		c.fault("number_allowed", "set for a field of type %s; it is for text only", f.Type)
	}
	switch {
	case f.Digits < 0:
		c.fault("digits", "%d is below zero", f.Digits)
	case f.Digits > 0 && !f.NumberAllowed:
		c.fault("digits", "set, but number_allowed is not")
	}
	switch {
	case f.ForeignTable == "" && f.ForeignField == "":
	case f.ForeignTable == "" || f.ForeignField == "":
		c.fault("foreign_field", "half of a foreign key; give both foreign_table and foreign_field, or neither")
	default:
		c.ref("foreign_table", "foreign_field", Ref{f.ForeignTable, f.ForeignField})
	}
}

// table says that a table does not exist, if it does not.
func (c *checker) table(column, id string) bool {
	if c.byID[id] != nil && id != "" {
		return true
	}
	c.fault(column, "unknown table %q%s", id, DidYouMean(id, c.tableIDs))
	return false
}

// ref says that a field does not exist, if it does not, and returns it.
func (c *checker) ref(tableColumn, fieldColumn string, ref Ref) *Field {
	if !c.table(tableColumn, ref.Table) {
		return nil
	}
	f := c.byName[ref]
	if f == nil {
		c.fault(fieldColumn, "table %s has no field %q%s", ref.Table, ref.Field, DidYouMean(ref.Field, c.names[ref.Table]))
	}
	return f
}

func (c *checker) date(column, s string) {
	if s == "" {
		return
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		c.fault(column, "%q is not a date like 2026-04-01", s)
	}
}

func (c *checker) lists() {
	seen := map[string]int{}
	for i := range c.d.Lists {
		l := &c.d.Lists[i]
		c.about("lists", i, "list "+l.Name)
		if l.Name == "" {
			c.fault("name", "a list without a name")
		}
		c.once(seen, l.Name, "name", "list")
		if l.Source == "" {
			c.fault("source", "no source; say where the list was read")
		}
		if len(l.Codes) == 0 {
			c.fault("", "no codes; sheet codes has none of this list")
		}
	}
	index := 0
	for _, l := range c.d.Lists {
		codes := map[string]bool{} // unlike names, codes differ by case
		for _, code := range l.Codes {
			c.about("codes", index, "list "+l.Name+", code "+code.Code)
			if code.Code == "" {
				c.fault("code", "a code without a code")
			} else if codes[code.Code] {
				c.fault("code", "code %s stands here a second time", code.Code)
			}
			codes[code.Code] = true
			c.date("valid_from", code.ValidFrom)
			index++
		}
	}
}

func (c *checker) references() {
	seen := map[string]int{}
	for i, ref := range c.d.References {
		c.about("references", i, "reference "+strconv.Itoa(ref.Order))
		if ref.Order != i+1 {
			c.fault("order", "%d, want %d: the order counts from 1 without gaps", ref.Order, i+1)
		}
		c.once(seen, ref.Rule, "rule", "rule")
		r := c.d.Rule(ref.Rule)
		switch {
		case r == nil:
			c.fault("rule", "unknown rule %q", ref.Rule)
		case r.Kind != ParentExists && r.Kind != ChildExists:
			c.fault("rule", "rule %s is of kind %s, not %s or %s", ref.Rule, r.Kind, ParentExists, ChildExists)
		}
	}
}

func (c *checker) scales() {
	seen := map[string]int{}
	for i := range c.d.Scales {
		s := &c.d.Scales[i]
		c.about("scales", i, "scale "+s.Concept)
		if !c.concept.MatchString(s.Concept) {
			c.fault("concept", "%q is not a concept identifier of 6 to 18 digits; a spreadsheet may have rounded it", s.Concept)
		}
		c.once(seen, s.Concept, "concept", "concept")
		if !s.Earlier && !s.Later {
			c.fault("later", "neither in the earlier list nor in the later one")
		}
		c.date("collected_from", s.CollectedFrom)
		c.scores(s)
	}
}

func (c *checker) scores(s *Scale) {
	if (s.Low == "") != (s.High == "") {
		c.fault("high", "half of a range; give both low and high, or neither")
	}
	if s.Low != "" && s.Values != nil {
		c.fault("values", "both a range and separate values; a scale has one of them")
	}
	low, lowErr := strconv.ParseFloat(s.Low, 64)
	high, highErr := strconv.ParseFloat(s.High, 64)
	for _, v := range []struct{ column, value string }{{"low", s.Low}, {"high", s.High}} {
		if v.value != "" && !c.score.MatchString(v.value) {
			c.fault(v.column, "%q is not a number like -3 or 6.5", v.value)
		}
	}
	if lowErr == nil && highErr == nil && low > high {
		c.fault("high", "%s is below low, %s", s.High, s.Low)
	}
	if s.Decimals < 0 || s.Decimals > 2 {
		c.fault("decimals", "%d; it must be 0, 1 or 2", s.Decimals)
	}
	if s.Decimals > 0 && s.Low == "" {
		c.fault("decimals", "set for a scale without a range")
	}
	values := map[string]bool{}
	for _, v := range s.Values {
		if values[v] {
			c.fault("values", "value %s stands here a second time", v)
		}
		values[v] = true
	}
	for _, side := range []struct {
		column string
		values []string
	}{{"earlier_only", s.EarlierOnly}, {"later_only", s.LaterOnly}} {
		for _, v := range side.values {
			if !values[v] {
				c.fault(side.column, "value %s is not one of values, which has those of both sides", v)
			}
		}
	}
	for _, v := range s.EarlierOnly {
		if slices.Contains(s.LaterOnly, v) {
			c.fault("later_only", "value %s is in earlier_only too", v)
		}
	}
}

// A roleForm is a part that the program looks for. Text and dates say which
// types its field may have; a part without either is a table's.
type roleForm struct {
	name  string
	types []Type
}

const roleHeader = "header"

// roleForms lists the parts. The program finds everything else by rules.
func roleForms() []roleForm {
	return []roleForm{
		{roleHeader, nil}, {"header_version", []Type{Text}}, {"header_provider", []Type{Text}},
		{"header_submitter", []Type{Text}}, {"period_start", []Type{Date}}, {"period_end", []Type{Date}},
		{"header_created", []Type{DateTime}},
		{"context", nil}, {"context_submitter", []Type{Text}}, {"context_uploaded", []Type{DateTime}},
		{"context_provider", []Type{Text}}, {"context_period_start", []Type{Date}}, {"context_period_end", []Type{Date}},
		{"patient", nil}, {"patient_id", []Type{Text}}, {"nhs_number", []Type{Text}},
		{"birth_date", []Type{Date}}, {"death_date", []Type{Date}},
		{"gp", nil},
		{"referral", nil}, {"referral_id", []Type{Text}}, {"referral_patient_id", []Type{Text}},
		{"referral_received", []Type{Date}}, {"referral_discharged", []Type{Date}},
		{"contact", nil}, {"contact_id", []Type{Text}}, {"contact_referral_id", []Type{Text}}, {"contact_date", []Type{Date}},
		{"activity", nil}, {"activity_id", []Type{Text}}, {"activity_contact_id", []Type{Text}},
		{"indirect_activity", nil}, {"group_session", nil},
		{"spell", nil}, {"spell_id", []Type{Text}}, {"spell_referral_id", []Type{Text}},
		{"ward_stay", nil}, {"ward_stay_id", []Type{Text}},
		{"staff", nil}, {"staff_id", []Type{Text}},
		{"team", nil}, {"team_id", []Type{Text}},
		{"ward", nil}, {"ward_id", []Type{Text}},
	}
}

func (c *checker) roles() {
	forms := roleForms()
	var names []string
	for _, f := range forms {
		names = append(names, f.name)
	}
	seen := map[string]int{}
	for i, r := range c.d.Roles {
		c.about("roles", i, "role "+r.Name)
		k := slices.Index(names, r.Name)
		if k < 0 {
			c.fault("role", "unknown role %q%s", r.Name, DidYouMean(r.Name, names))
			continue
		}
		c.once(seen, r.Name, "role", "role")
		switch form := forms[k]; {
		case form.types == nil && r.Field != "":
			c.fault("field", "%q, but this role is a table's; leave field blank", r.Field)
		case form.types == nil:
			c.table("table", r.Table)
		case r.Field == "":
			c.fault("field", "blank; this role is a field's")
		default:
			if f := c.ref("table", "field", Ref{r.Table, r.Field}); f != nil && !slices.Contains(form.types, f.Type) {
				c.fault("field", "field %s is of type %s, want %s", f.Name, f.Type, form.types[0])
			}
		}
	}
	c.about("roles", -1, "")
	for _, name := range names {
		if seen[name] == 0 {
			c.fault("role", "role %s is missing; the program cannot find what plays it", name)
		}
	}
}
