package validate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/finding"
	"mhsds/validate/plan"
	"mhsds/validate/relation"
	"mhsds/validate/source"
)

// A Question asks how one row was judged by one rule.
type Question struct {
	Code  string // of a rule, in any case
	Table string // ID or name, in any case; "" is the rule's own
	Row   int64  // from 1

	// Values shows the row's values. Without it the answer says how long they
	// are and what they are made of; header and portal values it always shows.
	Values bool
}

// ErrQuestion is wrapped by Why for a question that names something which is
// not there: a rule, a table, a row.
var ErrQuestion = errors.New("no answer")

// A questionError words what is not there; it is an ErrQuestion.
type questionError string

func (e questionError) Error() string        { return string(e) }
func (e questionError) Is(target error) bool { return target == ErrQuestion }

func questionf(format string, args ...any) error {
	return questionError(fmt.Sprintf(format, args...))
}

// An Outcome is how a row fared under a rule.
type Outcome uint8

const (
	Passed Outcome = iota + 1
	Failed
	NotJudged // the rule is off or not checked, or the row could not be read
)

func (o Outcome) String() string { return [...]string{"", "passed", "failed", "not judged"}[o] }

// An Explanation answers a Question.
type Explanation struct {
	Rule  *dictionary.Rule
	Table *dictionary.Table
	Row   int64
	File  string

	Outcome Outcome
	Reason  string // in one sentence
	Message string // what the rule says to a row that fails it

	Seen  []Seen // what the rule read, and what identifies the row
	Tests []Test // in the order made

	// Related are the rows of some table that the rule looked for, at most
	// MaxRelated of RelatedCount. RelatedWhat says what they are.
	Related      []RelatedRow
	RelatedCount int64
	RelatedWhat  string

	// Chain leads from this row's failure to its root, the row itself first.
	// It is empty for a row that passed.
	Chain []Link

	// Fails are the national rules that the row fails, this one among them.
	// Carried says whether it would be carried forward.
	Fails   []*dictionary.Rule
	Carried bool

	// Incomplete is as in the summary of the run.
	Incomplete []string
}

// MaxRelated bounds Explanation.Related and Link.Group.
const MaxRelated = 20

// A Seen is a value that the rule read.
type Seen struct {
	Name string // "[M101150]DecisionToTreatDate"
	From string // "row", "header", "portal"
	Text string // "" where the value is not shown
	What string // how long it is and what it is made of, "blank"
}

// A Test is a part of the rule and how it came out.
type Test struct {
	Text  string
	Truth dictionary.Truth
}

// A RelatedRow is a row that the rule looked for.
type RelatedRow struct {
	Table *dictionary.Table
	Row   int64
	State string // "valid", or what rejects it
	Value *Seen  // what of it was compared; nil if its being there is all
}

// A Link is a step of a chain of causes.
type Link struct {
	Table  *dictionary.Table
	Row    int64
	Rule   *dictionary.Rule // nil for an absent record, and for a row that could not be read
	Absent bool             // no row of Table has the key
	Group  []int64          // rows that fail together with Row, if that is the root
}

// Why explains how a row was judged. It runs the whole submission, then reads
// again what concerns the row. The reason it gives is worked out plainly, apart
// from the kernels; the outcome is theirs.
func (v *Validator) Why(ctx context.Context, c source.Container, q Question) (*Explanation, error) {
	e, _, err := v.ask(ctx, c, q)
	return e, err
}

// ask is Why; passes is the outcome that the explanation has worked out.
func (v *Validator) ask(ctx context.Context, c source.Container, q Question) (e *Explanation, passes bool, err error) {
	d := v.plan.Dictionary
	rule := d.Rule(q.Code)
	if rule == nil {
		return nil, false, questionf("no rule has the code %q%s", q.Code, dictionary.DidYouMean(q.Code, ruleCodes(d)))
	}
	t, err := questionTable(d, rule, q.Table)
	if err != nil {
		return nil, false, err
	}
	if q.Row < 1 {
		return nil, false, questionf("row %d: rows count from 1", q.Row)
	}
	sink := &witness{d: d, table: t, row: q.Row}
	r := &run{v: v, container: c, sink: sink}
	sum, err := r.all(ctx)
	if err != nil {
		return nil, false, err
	}
	table := &d.Tables[t]
	rows := 0
	if r.store != nil {
		rows = r.store.Rows(t)
	}
	switch {
	case ctx.Err() != nil:
		return nil, false, ctx.Err()
	case r.at[t] < 0:
		return nil, false, questionf("the submission has no table %s", table.Name)
	case q.Row > int64(rows):
		return nil, false, questionf("table %s has %s, so there is no row %d", table.Name, plural(rows, "row"), q.Row)
	}
	w := &asking{
		run: r, rule: rule, t: t, row: int(q.Row) - 1, show: q.Values, sink: sink, ctx: ctx,
		Explanation: Explanation{
			Rule: rule, Table: table, Row: q.Row, File: r.file(t), Message: d.Message(rule), Incomplete: sum.Incomplete,
		},
	}
	if err := w.explain(); err != nil {
		return nil, false, err
	}
	return &w.Explanation, w.passes(), nil
}

func ruleCodes(d *dictionary.Dictionary) []string {
	codes := make([]string, len(d.Rules))
	for i := range d.Rules {
		codes[i] = d.Rules[i].Code
	}
	return codes
}

// questionTable finds the table that is asked about.
func questionTable(d *dictionary.Dictionary, rule *dictionary.Rule, name string) (int, error) {
	own := d.Table(rule.Table)
	if name == "" {
		if own == nil {
			return 0, questionf("rule %s judges the rows of every table; say which", rule.Code)
		}
		return own.Position - 1, nil
	}
	t := tableNamed(d, name)
	if t < 0 {
		var names []string
		for i := range d.Tables {
			names = append(names, d.Tables[i].Name, d.Tables[i].ID)
		}
		return 0, questionf("no table is called %q%s", name, dictionary.DidYouMean(name, names))
	}
	if own != nil && own.Position-1 != t {
		return 0, questionf("rule %s judges rows of %s, not of %s", rule.Code, own.Name, d.Tables[t].Name)
	}
	return t, nil
}

// A witness is a sink that keeps what is said of one row and, of every other
// finding, what it follows from.
type witness struct {
	d     *dictionary.Dictionary
	table int
	row   int64

	rules []*dictionary.Rule          // that the row fails
	more  map[*dictionary.Rule]string // of them, what else their findings say
	whole []*dictionary.Rule          // that the table as a whole fails, or through it the file
	steps []step
}

// A step is a finding that follows from another. It is small: a submission may
// have millions.
type step struct {
	row, toRow     uint32 // from 1
	table, toTable uint16
	rule, toRule   *dictionary.Rule // toRule is nil when the record is absent
	absent         bool
}

func (s *witness) Report(f *finding.Finding) error {
	if f.Table == nil {
		return nil
	}
	t := f.Table.Position - 1
	if t == s.table && f.Row == 0 {
		s.whole = append(s.whole, f.Rule)
	}
	if t == s.table && f.Row == s.row {
		s.rules = append(s.rules, f.Rule)
		if f.Detail != "" {
			if s.more == nil {
				s.more = make(map[*dictionary.Rule]string)
			}
			s.more[f.Rule] = f.Detail
		}
	}
	if !f.Cause.None() {
		s.steps = append(s.steps, step{
			row: uint32(f.Row), toRow: uint32(f.Cause.Row), table: uint16(t), toTable: uint16(f.Cause.Table.Position - 1),
			rule: f.Rule, toRule: f.Cause.Rule, absent: f.Cause.Absent,
		})
	}
	return nil
}

// asking is an answer in the making.
type asking struct {
	Explanation
	run  *run
	rule *dictionary.Rule
	t    int
	row  int // from 0
	show bool
	sink *witness
	ctx  context.Context

	values  []string // the row's, by field, in their written form
	days    []int32  // of fields that are dates
	timed   []bool
	skipped bool
	fell    map[int]map[uint32]int // by table, where among the reference rules a row was first rejected
	spared  string                 // why a row that fails none of the tests of a rule passes
}

func (w *asking) explain() error {
	for _, r := range w.sink.rules {
		if !r.Own() {
			w.Fails = append(w.Fails, r)
		}
	}
	w.Carried = w.run.store.Valid(w.t, w.row)
	if err := w.read(); err != nil {
		return err
	}
	w.seeRow()
	failed := slices.Contains(w.sink.rules, w.rule)
	switch why := w.off(); {
	case failed:
		w.Outcome = Failed
	case why != "":
		w.Outcome, w.Reason = NotJudged, why
		return nil
	default:
		w.Outcome = Passed
	}
	if w.rule.Kind == dictionary.Scope {
		w.weighed()
	} else if err := w.byKind(); err != nil {
		return err
	}
	w.reason()
	if more := w.sink.more[w.rule]; failed && more != "" {
		w.Reason += " The finding says: " + more + "."
	}
	if failed {
		w.chain()
	}
	return nil
}

// off says why the rule did not judge the row at all, or "".
func (w *asking) off() string {
	r := w.rule
	switch {
	case r.Kind == dictionary.MessageOnly:
		return "The rule is off: it is " + cmp.Or(r.Unchecked, "a text without a test") + "."
	case r.Kind == dictionary.Scope:
		return w.weighed()
	case r.OfForm():
		return "The rule is said once of a column, not of single rows; validate --quality looks for it."
	case r.Kind == dictionary.Movement:
		return "The rule compares counts of two submissions, not rows."
	case !plan.Active(r):
		return "The rule is off: the national rule list no longer has it."
	}
	if why := w.run.lacks(r); why != "" {
		return "The rule was not checked: " + why + "."
	}
	switch {
	case r.Kind == dictionary.FileCheck:
		if slices.Contains(w.sink.whole, r) {
			return "The rule judges the submission as a whole, which fails it; it says nothing of single rows."
		}
		return "The rule judges the submission as a whole, which passes it; it says nothing of single rows."
	case r.Kind == dictionary.Container && slices.Contains(w.sink.whole, r):
		return "The rule is said once of a column, not of single rows; it is said of a column of this table."
	case w.skipped && r.Kind != dictionary.Container:
		return "The row could not be read as a record, so no rule on its values judged it."
	}
	return ""
}

// weighed lets the observer that judged the row by the rule say how. It returns
// why the rule did not judge the row, or "".
func (w *asking) weighed() string {
	for _, o := range w.run.v.opt.Observers {
		x, ok := o.(Explainer)
		if !ok {
			continue
		}
		a, ok := x.Explain(w.rule, w.t, w.row)
		if !ok {
			continue
		}
		w.spared, w.Tests = a.Spared, nil
		for _, s := range a.Statements {
			w.Tests = append(w.Tests, Test{s.Text, s.Truth})
		}
		return a.NotJudged
	}
	return "Nobody looked at the scope of the submission in this run."
}

// read reads the row again.
func (w *asking) read() error {
	r := w.run
	return r.again(w.ctx, w.t, []uint32{uint32(w.row)}, func(b *batch.Batch, first int) error {
		row := w.row - first
		w.skipped = b.AnySkip && b.Skip.Has(row)
		for i := range w.Table.Fields {
			w.values = append(w.values, string(b.Append(nil, i, row)))
			day, timed := dayAndTime(b, i, row, w.Table.Fields[i].Type)
			w.days, w.timed = append(w.days, day), append(w.timed, timed)
		}
		return nil
	})
}

// dayAndTime is the date of a value, batch.Null without one. Of a text, which
// may be a timestamp, the first ten characters count.
func dayAndTime(b *batch.Batch, col, row int, t dictionary.Type) (day int32, timed bool) {
	c := &b.Columns[col]
	switch {
	case c.IsNull(row):
		return batch.Null, false
	case c.HasDays:
		return c.Days[row], c.AnyTimed && c.Timed.Has(row)
	case t == dictionary.Text:
		v := b.Append(nil, col, row)
		return plan.ParseDay(string(v[:min(10, len(v))])), false
	}
	return batch.Unreadable, false
}

// seeRow lists what of the row, the header and the portal the rule reads.
func (w *asking) seeRow() {
	d, r := w.run.v.plan.Dictionary, w.rule
	refs := []dictionary.Ref{{Table: w.Table.ID, Field: r.Field}}
	for _, it := range r.Items {
		if f := d.ItemField(r, it); f != nil {
			if w.Table.Field(f.Name) == f {
				refs = append(refs, dictionary.Ref{Table: w.Table.ID, Field: f.Name})
			} else if head, _ := d.Role("header"); head != nil && head.Field(f.Name) == f {
				refs = append(refs, dictionary.Ref{Table: head.ID, Field: f.Name})
			}
		}
	}
	if r.Join != (dictionary.Join{}) {
		refs = append(refs, dictionary.Ref{Table: w.Table.ID, Field: r.Join.Own})
	}
	refs = append(refs, r.Other)
	refs = append(refs, r.Fields...)
	if c, err := dictionary.ParseCondition(r.Condition); r.Condition != "" && err == nil {
		refs = append(refs, dictionary.Refs(c)...)
	}
	if f := w.periodDecides(); f != nil {
		refs = append(refs, dictionary.Ref{Table: w.headerID(), Field: f.Name})
	}
	seen := make(map[dictionary.Ref]bool)
	for _, ref := range refs {
		if ref.Table == "" {
			ref.Table = w.Table.ID
		}
		if ref.Field == "" || seen[ref] {
			continue
		}
		seen[ref] = true
		name := d.Label(ref)
		switch ref.Table {
		case w.Table.ID:
			if i := w.Table.Index(ref.Field); i >= 0 && i < len(w.values) {
				w.Seen = append(w.Seen, w.seen(name, "row", w.values[i], w.Table.Fields[i].Type))
			}
		case w.headerID():
			w.Seen = append(w.Seen, open(name, "header", w.run.header[ref.Field]))
		case d.Context.ID:
			w.Seen = append(w.Seen, open(name, "portal", w.run.v.portal[ref.Field]))
		}
	}
}

func (w *asking) headerID() string {
	if t, _ := w.run.v.plan.Dictionary.Role("header"); t != nil {
		return t.ID
	}
	return ""
}

// periodDecides returns the field of the period's start if the rule's list
// depends on it.
func (w *asking) periodDecides() *dictionary.Field {
	d := w.run.v.plan.Dictionary
	_, f := d.Role("period_start")
	switch w.rule.Kind {
	case dictionary.AssessmentCode, dictionary.AssessmentScore:
		return f
	case dictionary.InSet:
		if l := d.List(w.rule.List); l != nil && slices.ContainsFunc(l.Codes, func(c dictionary.Code) bool { return c.ValidFrom != "" }) {
			return f
		}
	}
	return nil
}

// seen is a value of a record: its text only if values are asked for.
func (w *asking) seen(name, from, v string, t dictionary.Type) Seen {
	s := Seen{Name: name, From: from, What: shape(v, t)}
	if w.show {
		s.Text = v
	}
	return s
}

// open is a value that is of no patient.
func open(name, from, v string) Seen {
	s := Seen{Name: name, From: from, Text: v, What: "given"}
	if v == "" {
		s.What = "blank"
	}
	return s
}

// shape says how long a value is and what it is made of.
func shape(v string, t dictionary.Type) string {
	if v == "" {
		return "blank"
	}
	if t == dictionary.Date || t == dictionary.DateTime {
		switch {
		case plan.ParseDay(v) <= batch.Unreadable:
			return "text that is no date, " + made(v)
		case len(v) > 10:
			return "a date with a time of day"
		}
		return "a date"
	}
	return made(v)
}

// made lists the sorts of characters of a value in the order in which they
// first come.
func made(v string) string {
	var sorts []string
	n := 0
	for _, r := range v {
		n++
		sort := "other characters"
		switch {
		case r >= '0' && r <= '9':
			sort = "digits"
		case r >= 'A' && r <= 'Z':
			sort = "capital letters"
		case r >= 'a' && r <= 'z':
			sort = "small letters"
		case r == ' ':
			sort = "spaces"
		case r == '\n' || r == '\r':
			sort = "line breaks"
		case r > ' ' && r < 0x7f:
			sort = "signs"
		}
		if !slices.Contains(sorts, sort) {
			sorts = append(sorts, sort)
		}
	}
	return plural(n, "character") + ": " + strings.Join(sorts, ", ")
}

// chain walks from the row's failure to its root.
func (w *asking) chain() {
	d := w.run.v.plan.Dictionary
	t, row, rule := w.t, w.Row, w.rule
	for range len(d.Tables) + 1 {
		link := Link{Table: &d.Tables[t], Row: row, Rule: rule}
		i := slices.IndexFunc(w.sink.steps, func(s step) bool {
			return int(s.table) == t && int64(s.row) == row && s.rule == rule
		})
		if i < 0 {
			link.Group = w.groupOf(t, int(row)-1, rule)
			w.Chain = append(w.Chain, link)
			return
		}
		w.Chain = append(w.Chain, link)
		s := &w.sink.steps[i]
		t, row, rule = int(s.toTable), int64(s.toRow), s.toRule
		if s.absent || rule == nil {
			w.Chain = append(w.Chain, Link{Table: &d.Tables[t], Row: row, Absent: s.absent})
			return
		}
	}
}

// groupOf returns the rows that fail rule together with a row, itself among
// them, at most MaxRelated; nil if it fails alone.
func (w *asking) groupOf(t, row int, rule *dictionary.Rule) []int64 {
	var first uint32
	found := false
	list := w.run.store.Rejections(t)
	same := func(j relation.Rejection) bool { return j.Why == relation.OfGroup && int(j.Rule) == w.run.index[rule] }
	for _, j := range list {
		if same(j) && int(j.Row) == row {
			first, found = j.Ref, true
		}
	}
	if !found {
		return nil
	}
	var rows []int64
	for _, j := range list {
		if same(j) && j.Ref == first && len(rows) < MaxRelated {
			rows = append(rows, int64(j.Row)+1)
		}
	}
	slices.Sort(rows)
	return rows
}

// state says how a row of a table fares, and how it fared when the rule looked
// at it.
func (w *asking) state(t, row int) string {
	store := w.run.store
	k := store.WorstRule(t, row)
	switch {
	case store.Valid(t, row):
		return "valid"
	case k < 0:
		return "could not be read"
	}
	r := &w.run.v.plan.Dictionary.Rules[k]
	state := r.Severity.String() + " by " + r.Code
	if w.validThen(t, row) {
		return "valid when this rule was judged; later " + state
	}
	return state
}

// place is where a rule stands among the reference rules, which are judged one
// after the other: the rule on successors before them, what is in no published
// order behind.
func (w *asking) place(rule *dictionary.Rule) int {
	d := w.run.v.plan.Dictionary
	if rule.Kind == dictionary.GPSuccessor {
		return 0
	}
	for _, ref := range d.References {
		if ref.Rule == rule.Code {
			return ref.Order
		}
	}
	return len(d.References) + 1
}

// validThen reports whether nothing had rejected a row of a table when the
// rule asked about was judged.
func (w *asking) validThen(t, row int) bool {
	store := w.run.store
	own, _ := store.Own(t, row)
	switch {
	case store.Valid(t, row):
		return true
	case own || store.WorstRule(t, row) < 0:
		return false
	}
	if w.fell == nil {
		w.fell = make(map[int]map[uint32]int)
	}
	if w.fell[t] == nil {
		w.fell[t] = make(map[uint32]int)
		for _, j := range store.Rejections(t) {
			place := 0
			if j.Why != relation.OfGroup {
				place = w.place(&w.run.v.plan.Dictionary.Rules[j.Rule])
			}
			if was, ok := w.fell[t][j.Row]; !ok || place < was {
				w.fell[t][j.Row] = place
			}
		}
	}
	place, ok := w.fell[t][uint32(row)]
	return !ok || place > 0 && place >= w.place(w.rule)
}

// relate adds a row that the rule looked for.
func (w *asking) relate(t, row int, value *Seen) {
	if w.RelatedCount++; len(w.Related) < MaxRelated {
		w.Related = append(w.Related, RelatedRow{&w.run.v.plan.Dictionary.Tables[t], int64(row) + 1, w.state(t, row), value})
	}
}
