// Package handbook explains a dictionary to people: what each rule means, why
// it is there, what usually trips it and how to repair that, with a bad and a
// good example; and what has changed between two dictionaries.
//
// A page is made of the rule's kind and parameters, so it cannot fall behind
// the sheets. The prose of the kinds is in prose.go; nothing here knows a
// particular rule, table or field.
//
// The folder v6.0 holds a file for each table, generated: see Files.
package handbook

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"mhsds/dictionary"
	"mhsds/dictionary/cases"
)

//go:generate go run ./internal/generate -sheets ../v6.0 -out v6.0

// Options tune a page. The zero value is right for a terminal.
type Options struct {
	// AllCodes shows every code of a list. Otherwise a list of more than
	// 14 codes is cut to 12.
	AllCodes bool

	// Build says what is checked; its zero value stands for every kind of rule
	// and no data besides the submission.
	Build Build
}

// A Page is what there is to say of one rule.
type Page struct {
	Code     string
	Severity string // in the words of reports
	Message  string
	Status   string // in the words of the command line, see Status
	Why      string // why the status is not exact; "" if it is

	Table  string   // "MHS101Referral: a referral to the provider"; "" for a rule on any table
	Fields []string // "[M101010]ReferralRequestReceivedDate: REFERRAL REQUEST RECEIVED DATE, a date"

	Cost    []string // what the severity does, and which rows go with this one
	Checked []string // the exact condition, point by point
	Purpose []string // why it exists
	Causes  []string // what usually trips it
	Repairs []string // where to mend it
	Bad     *Example // nil if the rule never fails, or cannot be shown
	Good    *Example
	NoCase  string   // why an example is missing
	Notes   []string // doubts and surprises
	Codes   *Codes   // the codes that the rule is about; nil if none
	Related []string // other rules on the same field: "MHS10104 alphanumeric"
	Sources []string
}

// An Example is a case of the rule.
type Example struct {
	Name string
	Rows []ExampleRow
}

// An ExampleRow is one record of an example.
type ExampleRow struct {
	Table  string // its name
	Marked bool   // the record that fails or passes, among several
	Values [][2]string
}

// Codes is the list that a rule tests, or the few codes that it names.
type Codes struct {
	Name  string
	Codes []dictionary.Code // in the list's order
	More  int               // codes that are not shown
}

// Explain returns the page of a rule as plain text for a terminal.
func Explain(d *dictionary.Dictionary, r *dictionary.Rule) string {
	return New(d, r, Options{}).Text()
}

// New writes the page of a rule.
func New(d *dictionary.Dictionary, r *dictionary.Rule, o Options) Page {
	return newPage(d, r, o, cases.For(d, r))
}

// Pages returns a function that writes the page of a rule. What all pages need
// is prepared once, so that many cost little more than one. The function is for
// one goroutine.
func Pages(d *dictionary.Dictionary, o Options) func(*dictionary.Rule) Page {
	casesOf := cases.Of(d)
	return func(r *dictionary.Rule) Page { return newPage(d, r, o, casesOf(r)) }
}

// newPage writes the page of a rule from its cases.
func newPage(d *dictionary.Dictionary, r *dictionary.Rule, o Options, list []cases.Case) Page {
	w := writer{d: d, r: r}
	p := Page{
		Code:     r.Code,
		Severity: r.Severity.String(),
		Message:  d.Message(r),
		Fields:   w.fields(),
		Cost:     w.cost(),
		Checked:  w.checked(),
		Notes:    w.notes(),
		Codes:    w.codes(o.AllCodes),
		Related:  w.related(),
		Sources:  w.sources(),
	}
	p.Status, p.Why = o.Build.Status(d, r)
	if r.Table != "" {
		p.Table = w.tableTitle(r.Table)
	}
	p.Purpose, p.Causes, p.Repairs = w.prose()
	p.Bad, p.Good = w.example(list, true), w.example(list, false)
	if p.Bad == nil || p.Good == nil {
		p.NoCase = cases.Reason(d, r)
	}
	return p
}

// Nearest returns up to five codes of rules that may be meant by one that the
// dictionary does not have: the same digits, the same beginning, or a slip of
// the keyboard. The likeliest is first.
func Nearest(d *dictionary.Dictionary, code string) []string {
	const most = 5
	code = strings.ToUpper(strings.TrimSpace(code))
	if code == "" {
		return nil
	}
	var found []string
	add := func(c string) {
		if len(found) < most && !slices.Contains(found, c) {
			found = append(found, c)
		}
	}
	var codes []string
	for i := range d.Rules {
		codes = append(codes, d.Rules[i].Code)
	}
	for _, c := range codes {
		if strings.EqualFold(c, code) || strings.HasSuffix(strings.ToUpper(c), code) && len(code) >= 3 {
			add(c)
		}
	}
	for _, c := range codes {
		if len(code) >= 5 && strings.HasPrefix(strings.ToUpper(c), code) {
			add(c)
		}
	}
	rest := slices.Clone(codes)
	for len(found) < most {
		near := dictionary.Nearest(code, rest)
		if near == "" {
			break
		}
		add(near)
		rest = slices.DeleteFunc(rest, func(c string) bool { return c == near })
	}
	return found
}

// A writer has the parts of one page.
type writer struct {
	d *dictionary.Dictionary
	r *dictionary.Rule
}

func (w *writer) own(field string) dictionary.Ref {
	return dictionary.Ref{Table: w.r.Table, Field: field}
}

// field labels a field of the rule's own table.
func (w *writer) field(name string) string { return w.d.Label(w.own(name)) }

// tableTitle names a table and says what its rows are.
func (w *writer) tableTitle(id string) string {
	t := w.d.Table(id)
	if t == nil || t.Title == "" {
		return w.d.TableName(id)
	}
	title := t.Title
	if _, rest, ok := strings.Cut(title, ": "); ok {
		title = rest // "Header: who submits" of table "…Header"
	}
	return t.Name + ": " + lower(title)
}

// lower makes the first letter small, unless the first word is all capitals.
func lower(s string) string {
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && (s[1] < 'A' || s[1] > 'Z') {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// fields lists what the rule reads, the tested field first.
func (w *writer) fields() []string {
	var refs []dictionary.Ref
	add := func(ref dictionary.Ref) {
		if ref.Table == "" {
			ref.Table = w.r.Table
		}
		if ref.Field != "" && !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	add(w.own(w.r.Field))
	add(w.r.Other)
	if w.r.Join != (dictionary.Join{}) {
		add(w.own(w.r.Join.Own))
		add(dictionary.Ref{Table: w.r.Other.Table, Field: w.r.Join.Theirs})
	}
	for _, f := range w.r.Fields {
		add(f)
	}
	if c, err := dictionary.ParseCondition(w.r.Condition); err == nil {
		for _, ref := range dictionary.Refs(c) {
			add(ref)
		}
	}
	for _, ref := range w.r.AsAt {
		add(ref)
	}
	var lines []string
	for _, ref := range refs {
		line := w.d.Label(ref)
		if ref.Table != w.r.Table {
			line += " of " + w.d.TableName(ref.Table)
		}
		if t := w.d.Table(ref.Table); t != nil {
			if f := t.Field(ref.Field); f != nil {
				if f.Item != "" {
					line += ": " + f.Item
				}
				line += ", " + typeWords(f.Type)
				if f.Key {
					line += ", part of the table's key"
				}
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func typeWords(t dictionary.Type) string {
	switch t {
	case dictionary.Date:
		return "a date"
	case dictionary.Time:
		return "a time of day"
	case dictionary.DateTime:
		return "a date and time"
	case dictionary.Number:
		return "digits, which a database holds as a number"
	}
	return "text"
}

// list joins words: "a", "a and b", "a, b and c".
func list(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}

func (w *writer) names(ids []string) string {
	var names []string
	for _, id := range ids {
		names = append(names, w.d.TableName(id))
	}
	return list(names, "and")
}

// active reports whether a rule counts in a validation at all.
func active(r *dictionary.Rule) bool {
	return r.Status != dictionary.PipelineOnly && r.Unchecked == ""
}

// dependants returns the tables whose rows need a valid row of this one: those
// that point at it, and those that point at these in turn.
func dependants(d *dictionary.Dictionary, table string) (direct, further []string) {
	children := func(of string) (ids []string) {
		for i := range d.Rules {
			r := &d.Rules[i]
			if r.Kind == dictionary.ParentExists && r.Other.Table == of && r.Table != of && r.Severity > dictionary.Warning && active(r) && !slices.Contains(ids, r.Table) {
				ids = append(ids, r.Table)
			}
		}
		return ids
	}
	direct = children(table)
	seen := append([]string{table}, direct...)
	for next := direct; len(next) > 0; {
		var found []string
		for _, id := range next {
			for _, child := range children(id) {
				if !slices.Contains(seen, child) {
					seen, found = append(seen, child), append(found, child)
				}
			}
		}
		further, next = append(further, found...), found
	}
	order := func(a, b string) int { return d.Table(a).Position - d.Table(b).Position }
	slices.SortFunc(direct, order)
	slices.SortFunc(further, order)
	return direct, further
}

// needing returns the tables whose rows must have a child in this one.
func needing(d *dictionary.Dictionary, table string) (ids []string) {
	for i := range d.Rules {
		r := &d.Rules[i]
		if r.Kind == dictionary.ChildExists && r.Other.Table == table && r.Severity > dictionary.Warning && active(r) && !slices.Contains(ids, r.Table) {
			ids = append(ids, r.Table)
		}
	}
	return ids
}

// fileCheck returns the file check on a table that goes by the name, or nil.
func (w *writer) fileCheck(check string) *dictionary.Rule {
	for i := range w.d.Rules {
		if r := &w.d.Rules[i]; r.Kind == dictionary.FileCheck && r.Check == check && r.Table == w.r.Table {
			return r
		}
	}
	return nil
}

// cost says what a failure does to the submission.
func (w *writer) cost() []string {
	var s []string
	switch w.r.Severity {
	case dictionary.Warning:
		s = append(s, "The record is kept and counts nationally as it is. The portal prints the warning among its data quality issues, a line for each record.")
		if w.r.SeverityOne {
			s = append(s, "The national list calls this a severity 1 warning; the portal prints it as a plain one.")
		}
		if w.r.Own() {
			s[0] = "The record is kept. This is a check of ours; the portal does not print it."
		}
		return s
	case dictionary.RejectFile:
		return []string{"Nothing in the submission is kept until this is put right and the file is sent again."}
	case dictionary.RejectGroup:
		switch w.r.Kind {
		case dictionary.Unique, dictionary.UniqueWhen, dictionary.Singleton:
			s = append(s, "Every record of the group is dropped, the right one too.")
		default:
			s = append(s, "The record is dropped, and so is what depends on it, if anything does.")
		}
	default:
		s = append(s, "The record is dropped. Its warnings are printed all the same.")
		if w.r.Own() {
			s[0] = "The record cannot be read with certainty, so no other rule judges it. This is a check of ours; the portal does not print it."
		}
	}
	if w.r.Table == "" {
		return s
	}
	if w.fileCheck(checkHeader) != nil {
		return append(s, "A header that is rejected takes the whole submission with it.")
	}
	direct, further := dependants(w.d, w.r.Table)
	if len(direct) > 0 {
		line := "With a row of " + w.d.TableName(w.r.Table) + " go the rows that point at it: " + w.names(direct)
		switch {
		case len(further) > 8:
			line += "; and with those, in turn, rows of " + strconv.Itoa(len(further)) + " further tables"
		case len(further) > 0:
			line += "; and with those, in turn, rows of " + w.names(further)
		}
		s = append(s, line+".")
	}
	if up := needing(w.d, w.r.Table); len(up) > 0 {
		s = append(s, "A row of "+w.names(up)+" that has no other valid row of "+w.d.TableName(w.r.Table)+" is dropped as well, with all that depends on it.")
	}
	if len(s) == 1 && w.r.Severity != dictionary.RejectFile {
		s = append(s, "No other table depends on a row of "+w.d.TableName(w.r.Table)+".")
	}
	return s
}

// notes gathers doubts and differences between the sources.
func (w *writer) notes() []string {
	var s []string
	if w.r.Note != "" {
		s = append(s, w.r.Note)
	}
	if w.r.Unchecked != "" {
		s = append(s, "Not judged: "+w.r.Unchecked+".")
	}
	if w.r.Status == dictionary.PipelineOnly {
		s = append(s, "Off: the rule is no longer in the national list.")
	}
	if p := w.r.PipelineSeverity; p != 0 && !strings.Contains(w.r.Note, "pipeline") {
		s = append(s, "The national pipeline's own code of January 2024 says "+p.String()+"; the rule list is followed.")
	}
	return s
}

// sources words where the rule stands.
func (w *writer) sources() []string {
	s := []string{w.r.Source}
	switch w.r.Status {
	case dictionary.SpecificationOnly:
		s[0] += " (in the list alone: the pipeline has no working rule of this code)"
	case dictionary.PipelineOnly:
		s[0] += " (in the pipeline alone)"
	case dictionary.SeenInReports:
		s[0] += " (printed by the portal; in neither list)"
	case dictionary.PreSubmission:
		s[0] += " (not a national rule)"
	}
	if w.r.Group != "" {
		s[0] += "; labelled \"" + w.r.Group + "\" there"
	}
	if l := w.d.List(w.r.List); l != nil && l.Source != "" {
		s = append(s, "code list "+l.Name+": "+l.Source)
		var others []string
		for _, c := range l.Codes {
			if c.Source != "" && !slices.Contains(others, c.Source) {
				others = append(others, c.Source)
			}
		}
		if len(others) > 0 {
			s = append(s, "labels: "+strings.Join(others, "; "))
		}
	}
	return s
}

// codes returns the list that the rule tests, or the codes that its condition
// or schemes name.
func (w *writer) codes(all bool) *Codes {
	const most, cut = 14, 12
	if l := w.d.List(w.r.List); w.r.Kind == dictionary.InSet && l != nil && len(l.Codes) > 0 {
		c := &Codes{Name: l.Name, Codes: l.Codes}
		if !all && len(l.Codes) > most {
			c.Codes, c.More = l.Codes[:cut], len(l.Codes)-cut
		}
		return c
	}
	var c Codes
	name := func(ref dictionary.Ref, code string) {
		if ref.Table == "" {
			ref.Table = w.r.Table
		}
		for i := range w.d.Rules {
			r := &w.d.Rules[i]
			if r.Kind != dictionary.InSet || r.Table != ref.Table || r.Field != ref.Field {
				continue
			}
			l := w.d.List(r.List)
			if l == nil {
				continue
			}
			for _, x := range l.Codes {
				if x.Code == code && !slices.Contains(c.Codes, x) {
					c.Name = l.Name
					c.Codes = append(c.Codes, x)
				}
			}
		}
	}
	for _, s := range w.r.Schemes {
		name(w.r.Other, s.Code)
	}
	if cond, err := dictionary.ParseCondition(w.r.Condition); err == nil {
		eachText(cond, name)
	}
	if len(c.Codes) == 0 {
		return nil
	}
	return &c
}

// eachText yields every text of a condition with the field it is set against.
func eachText(c dictionary.Condition, yield func(dictionary.Ref, string)) {
	switch c := c.(type) {
	case dictionary.Or:
		for _, x := range c {
			eachText(x, yield)
		}
	case dictionary.And:
		for _, x := range c {
			eachText(x, yield)
		}
	case dictionary.In:
		for _, v := range c.Values {
			yield(c.Ref, v)
		}
	case dictionary.Compare:
		if c.Right == (dictionary.Ref{}) {
			yield(c.Left, c.Text)
		}
	}
}

func (w *writer) related() []string {
	if w.r.Field == "" {
		return nil
	}
	var s []string
	for i := range w.d.Rules {
		r := &w.d.Rules[i]
		if r.Code != w.r.Code && r.Table == w.r.Table && r.Field == w.r.Field && r.Status != dictionary.PipelineOnly {
			s = append(s, r.Code+" "+kindWords(r.Kind))
		}
	}
	return s
}

// kindWords turns a kind's name into words: "date on or after".
func kindWords(k dictionary.Kind) string { return strings.ReplaceAll(k.String(), "_", " ") }

// example shows the first case of the sort.
func (w *writer) example(list []cases.Case, fail bool) *Example {
	i := slices.IndexFunc(list, func(c cases.Case) bool { return c.Fail == fail })
	if i < 0 {
		return nil
	}
	c := list[i]
	e := &Example{Name: c.Name}
	row := func(table string, marked bool, fields map[string]string) {
		x := ExampleRow{Table: w.d.TableName(table), Marked: marked}
		t := w.d.Table(table)
		if t == nil {
			return
		}
		for _, f := range t.Fields {
			switch v, ok := fields[f.Name]; {
			case ok:
				x.Values = append(x.Values, [2]string{f.Name, v})
			case marked && f.Name == w.r.Field, marked && table == w.r.Other.Table && f.Name == w.r.Other.Field:
				x.Values = append(x.Values, [2]string{f.Name, ""})
			}
		}
		e.Rows = append(e.Rows, x)
	}
	if header, _ := w.d.Role(roleHeader); c.Header != nil && header != nil && w.readsHeader(header.ID) {
		row(header.ID, false, c.Header)
	}
	if c.Context != nil && w.r.Other.Table == w.d.Context.ID {
		row(w.d.Context.ID, false, c.Context)
	}
	for i, r := range c.Rows {
		if i == fewRows && len(c.Rows) > fewRows+1 && w.r.Kind == dictionary.Movement { // they are all alike
			e.Rows = append(e.Rows, ExampleRow{Table: w.d.TableName(r.Table), Values: [][2]string{{"rows more", strconv.Itoa(len(c.Rows) - fewRows)}}})
			break
		}
		row(r.Table, i == c.Target || c.Target < 0, r.Fields)
	}
	for _, k := range c.Known {
		x := ExampleRow{Table: "the list of " + k.Register.String(), Values: [][2]string{{"code", k.Value}}}
		for _, date := range [][2]string{{"from", k.From}, {"to", k.To}} {
			if date[1] != "" {
				x.Values = append(x.Values, date)
			}
		}
		e.Rows = append(e.Rows, x)
	}
	if c.Given != nil {
		e.Rows = append(e.Rows, given(c.Given)...)
	}
	return e
}

// fewRows is how many rows of many that are alike an example shows.
const fewRows = 2

// given shows what the user said or gave besides the submission.
func given(g *cases.Given) (rows []ExampleRow) {
	if len(g.Declared) > 0 {
		x := ExampleRow{Table: "section [scope] of the configuration"}
		for _, part := range slices.Sorted(maps.Keys(g.Declared)) {
			x.Values = append(x.Values, [2]string{part, strings.Join(g.Declared[part], ", ")})
		}
		rows = append(rows, x)
	}
	for _, r := range g.Extract {
		x := ExampleRow{Table: "the Talking Therapies extract"}
		for _, v := range [][2]string{
			{"referral id", r.Referral}, {"patient id", r.Patient}, {"NHS number", r.NHSNumber}, {"referral date", r.Date}, {"team", r.Team},
		} {
			if v[1] != "" {
				x.Values = append(x.Values, v)
			}
		}
		rows = append(rows, x)
	}
	for _, e := range g.Earlier {
		rows = append(rows, ExampleRow{Table: "the earlier submission", Values: [][2]string{{e.ID, strconv.FormatInt(e.Count, 10)}}})
	}
	return rows
}

// readsHeader reports whether the rule itself, not just the validity of other
// rows, depends on the header.
func (w *writer) readsHeader(header string) bool {
	switch w.r.Kind {
	case dictionary.ParentExists, dictionary.ChildExists, dictionary.GPSuccessor:
		return false
	case dictionary.FileCheck:
		return len(w.r.Spans) > 0
	}
	return true
}

// The names that the dictionary's data uses.
const (
	roleHeader   = "header"
	roleStaff    = "staff"
	rolePatient  = "patient"
	roleReferral = "referral"
	roleContact  = "contact"
	roleStart    = "period_start"
	roleEnd      = "period_end"

	checkStructure = "database_structure"
	checkEmpty     = "table_empty"
	checkHeader    = "header_invalid_or_duplicated"
	checkPeriod    = "no_record_in_period"
	checkSurvivors = "all_records_rejected"
)

// plays reports whether a table or a field has the role.
func (w *writer) plays(role string, ref dictionary.Ref) bool {
	t, f := w.d.Role(role)
	if t == nil || t.ID != ref.Table {
		return false
	}
	return f == nil || f.Name == ref.Field
}
