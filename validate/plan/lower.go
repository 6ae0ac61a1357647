package plan

import (
	"fmt"
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/check"
)

// binding is one call of Bind.
type binding struct {
	plan   *Plan
	header Header
	portal Portal
	scales *check.Scales // in force in the period, once a rule has asked
}

// lowering is the making of one table's program.
type lowering struct {
	*binding
	program *Program
}

type kernel = func(w *Worker, fail batch.Mask)

// noBound stands for a date limit that the header does not give: nothing is
// compared with it.
const noBound = batch.Null

// RowKind reports whether rules of the kind look at one record (and perhaps
// the header or the dates of a parent), so that this package can lower them.
func RowKind(k dictionary.Kind) bool {
	switch k {
	case dictionary.NotBlank, dictionary.Alphanumeric, dictionary.Numeric, dictionary.Decimal, dictionary.Format,
		dictionary.InSet, dictionary.ValidDate, dictionary.ValidTime, dictionary.ValidDatetime,
		dictionary.DateOnOrAfter, dictionary.DateOnOrBefore, dictionary.DatetimeOnOrBefore, dictionary.AgeRange,
		dictionary.ValuesEqual, dictionary.Comparison, dictionary.NHSNumber, dictionary.SnomedCT,
		dictionary.DiagCode, dictionary.FindCode, dictionary.AssessmentCode, dictionary.AssessmentScore,
		dictionary.RejectAll:
		return true
	}
	return k.Register() != 0
}

// Lacks says why a rule that is on cannot be judged in this run, or "".
func (p *Plan) Lacks(r *dictionary.Rule, portal Portal) string {
	switch {
	case r.Unchecked != "":
		return r.Unchecked
	case r.Other.Table == p.Dictionary.Context.ID && r.Other.Table != "" && portal[r.Other.Field] == "":
		return "only the portal knows " + r.Other.Field + ", and it was not given"
	}
	if need := r.Kind.Register(); need != 0 && !p.holds(need) {
		return "needs a list of " + need.String() + ", which was not given"
	}
	return ""
}

// rule returns the kernel of a rule; nil if this package has nothing to do for
// it: it looks at other records, it never fails, or it lacks something.
func (l *lowering) rule(r *dictionary.Rule) (kernel, error) {
	if !RowKind(r.Kind) || l.plan.Lacks(r, l.portal) != "" {
		return nil, nil
	}
	if r.Kind == dictionary.RejectAll {
		return func(w *Worker, fail batch.Mask) { fill(fail, w.Batch.Rows) }, nil
	}
	col := l.program.Table.Index(r.Field)
	if col < 0 {
		return nil, fmt.Errorf("table %s has no field %q", l.program.Table.ID, r.Field)
	}
	if r.Kind.Register() != 0 {
		return l.register(r, col), nil
	}
	switch r.Kind {
	case dictionary.NotBlank:
		return func(w *Worker, fail batch.Mask) { check.Blank(&w.Batch.Columns[col], fail) }, nil
	case dictionary.Alphanumeric:
		lo, hi := r.Min, r.Max
		return onText(col, func(text []byte, c *batch.Column, fail batch.Mask) { check.Length(text, c, lo, hi, fail) }), nil
	case dictionary.Numeric:
		lo, hi := r.Min, r.Max
		return onText(col, func(text []byte, c *batch.Column, fail batch.Mask) { check.Digits(text, c, lo, hi, fail) }), nil
	case dictionary.Decimal:
		a := l.plan.automata[r.Pattern]
		return onText(col, func(text []byte, c *batch.Column, fail batch.Mask) { check.MatchFilled(text, c, a, fail) }), nil
	case dictionary.Format:
		a := l.plan.automata[r.Pattern]
		return onText(col, func(text []byte, c *batch.Column, fail batch.Mask) { check.Match(text, c, a, fail) }), nil
	case dictionary.InSet:
		set, err := l.codes(r.List)
		return onText(col, func(text []byte, c *batch.Column, fail batch.Mask) { check.In(text, c, set, fail) }), err
	case dictionary.NHSNumber:
		return onText(col, check.NHSNumber), nil
	case dictionary.ValidDate, dictionary.ValidDatetime:
		return l.validDate(r, col)
	case dictionary.DateOnOrAfter, dictionary.DateOnOrBefore:
		return l.dateOrder(r, col)
	case dictionary.DatetimeOnOrBefore:
		return l.moment(r, col)
	case dictionary.AgeRange:
		return l.age(r, col)
	case dictionary.ValuesEqual:
		return l.equal(r, col)
	case dictionary.Comparison:
		return l.comparison(l.plan.condition[r.Condition])
	case dictionary.SnomedCT:
		var attributes [][]byte
		for _, a := range dictionary.ExpressionAttributes() {
			attributes = append(attributes, []byte(a))
		}
		partitions := [][]byte{[]byte("00"), []byte("10")} // concepts, in short and in long identifiers
		lo, hi := r.Min, r.Max
		return onText(col, func(text []byte, c *batch.Column, fail batch.Mask) {
			check.Snomed(text, c, lo, hi, attributes, partitions, fail)
		}), nil
	case dictionary.DiagCode, dictionary.FindCode:
		return l.schemeCode(r, col)
	case dictionary.AssessmentCode:
		s, err := l.scalesInForce()
		return onText(col, func(text []byte, c *batch.Column, fail batch.Mask) { check.AssessmentCode(text, c, s, fail) }), err
	case dictionary.AssessmentScore:
		s, err := l.scalesInForce()
		code := l.program.Table.Index(r.Other.Field)
		return func(w *Worker, fail batch.Mask) {
			check.AssessmentScore(w.Batch.Text, &w.Batch.Columns[col], &w.Batch.Columns[code], s, fail)
		}, err
	}
	return nil, nil // valid_time never fails
}

// onText is the kernel of a check of one column of text.
func onText(col int, f func(text []byte, c *batch.Column, fail batch.Mask)) kernel {
	return func(w *Worker, fail batch.Mask) { f(w.Batch.Text, &w.Batch.Columns[col], fail) }
}

// codes returns the codes of a list that count for the period. Without a
// period every code does.
func (l *lowering) codes(list string) (*check.CodeSet, error) {
	if set := l.plan.sets[list]; set != nil {
		return set, nil
	}
	cl := l.plan.lists[list]
	if cl == nil {
		return nil, fmt.Errorf("no code list %q", list)
	}
	return codeSet(cl, l.periodStart()), nil
}

// codeSet is the codes of a list that count from the period start on.
func codeSet(list *dictionary.CodeList, start string) *check.CodeSet {
	var codes []string
	for _, c := range list.Codes {
		if c.ValidFrom == "" || start == "" || c.ValidFrom <= start {
			codes = append(codes, c.Code)
		}
	}
	return check.NewCodeSet(codes)
}

// periodStart is the header's period start, CCYY-MM-DD, or "" if it has none
// that is a date.
func (l *binding) periodStart() string {
	_, f := l.plan.Dictionary.Role("period_start")
	if f == nil {
		return ""
	}
	day := ParseDay(l.header[f.Name])
	if day <= batch.Unreadable {
		return ""
	}
	return string(batch.AppendDay(nil, day))
}

// ParseDay reads the date of a value in its written form, whatever time of day
// follows: days since 1970-01-01, batch.Null for "", batch.Unreadable for text
// that is no date.
func ParseDay(value string) int32 {
	var b batch.Batch
	column(&b, value)
	check.Dates(b.Text, &b.Columns[0])
	return b.Columns[0].Days[0]
}

// column makes b one row of one value.
func column(b *batch.Batch, value string) {
	b.Reset(1, 1)
	b.Text = append(append(b.Text, value...), make([]byte, batch.Slack)...)
	b.Columns[0].Cells[0] = batch.MakeCell(0, len(value))
	b.Truncate(1)
}

// dates parses column col of the worker's batch as the field's type asks: a
// text is a timestamp, of which the date as written counts.
func (l *lowering) dates(col int) func(w *Worker) *batch.Column {
	if l.program.Table.Fields[col].Type == dictionary.Text {
		return func(w *Worker) *batch.Column {
			c := &w.Batch.Columns[col]
			check.TimestampDates(w.Batch.Text, c)
			return c
		}
	}
	return func(w *Worker) *batch.Column {
		c := &w.Batch.Columns[col]
		check.Dates(w.Batch.Text, c)
		return c
	}
}

func (l *lowering) validDate(r *dictionary.Rule, col int) (kernel, error) {
	earliest := ParseDay(r.Earliest)
	if earliest <= batch.Unreadable {
		return nil, fmt.Errorf("earliest date %q is not a date", r.Earliest)
	}
	switch {
	case r.TextOnly:
		return onText(col, func(text []byte, c *batch.Column, fail batch.Mask) { check.ValidTimestamp(text, c, earliest, fail) }), nil
	case r.Kind == dictionary.ValidDatetime:
		return func(w *Worker, fail batch.Mask) {
			c := &w.Batch.Columns[col]
			check.Dates(w.Batch.Text, c)
			check.ValidMoment(c, earliest, fail)
		}, nil
	}
	return func(w *Worker, fail batch.Mask) {
		c := &w.Batch.Columns[col]
		check.Dates(w.Batch.Text, c)
		check.ValidDate(c, earliest, fail)
	}, nil
}

// dateOrder compares with the header, with another field of the row, or with a
// parent's date.
func (l *lowering) dateOrder(r *dictionary.Rule, col int) (kernel, error) {
	after := r.Kind == dictionary.DateOnOrAfter
	offset := int32(r.OffsetDays)
	own := l.dates(col)
	switch {
	case r.Join != (dictionary.Join{}):
		j, d := l.join(r)
		return func(w *Worker, fail batch.Mask) {
			if after {
				check.NotBeforeColumn(own(w), &w.Joined[j][d], offset, fail)
			} else {
				check.NotAfterColumn(own(w), &w.Joined[j][d], offset, fail)
			}
		}, nil
	case r.Other.Table == l.program.Table.ID:
		other := l.program.Table.Index(r.Other.Field)
		if other < 0 {
			return nil, fmt.Errorf("table %s has no field %q", r.Other.Table, r.Other.Field)
		}
		theirs := l.dates(other)
		return func(w *Worker, fail batch.Mask) {
			if after {
				check.NotBeforeColumn(own(w), theirs(w), offset, fail)
			} else {
				check.NotAfterColumn(own(w), theirs(w), offset, fail)
			}
		}, nil
	case l.plan.header != nil && r.Other.Table == l.plan.header.ID:
		bound := ParseDay(l.header[r.Other.Field])
		if bound <= batch.Unreadable {
			return nil, nil
		}
		bound += offset
		return func(w *Worker, fail batch.Mask) {
			if after {
				check.NotBefore(own(w), bound, fail)
			} else {
				check.NotAfter(own(w), bound, fail)
			}
		}, nil
	}
	return nil, fmt.Errorf("no way from table %s to %s", r.Table, r.Other.Table)
}

// join returns the places of the rule's parent date among the program's joins,
// adding it if no rule before needed it.
func (l *lowering) join(r *dictionary.Rule) (join, date int) {
	g := l.program
	j := slices.IndexFunc(g.Joins, func(j Join) bool {
		return j.Column == g.Table.Index(r.Join.Own) && j.Table == r.Other.Table && j.Key == r.Join.Theirs
	})
	if j < 0 {
		j = len(g.Joins)
		g.Joins = append(g.Joins, Join{Column: g.Table.Index(r.Join.Own), Table: r.Other.Table, Key: r.Join.Theirs})
	}
	d := JoinDate{r.Other.Field, r.Kind == dictionary.DateOnOrAfter}
	at := slices.Index(g.Joins[j].Dates, d)
	if at < 0 {
		at = len(g.Joins[j].Dates)
		g.Joins[j].Dates = append(g.Joins[j].Dates, d)
	}
	return j, at
}

// moment compares full timestamps with the portal's.
func (l *lowering) moment(r *dictionary.Rule, col int) (kernel, error) {
	limit, ok := parseMoment(l.portal[r.Other.Field])
	if !ok {
		return nil, fmt.Errorf("%s: %q is not a date and time", r.Other.Field, l.portal[r.Other.Field])
	}
	return func(w *Worker, fail batch.Mask) {
		var buf [64]byte
		for row := range w.Batch.Rows {
			if m, ok := parseMoment(string(w.Batch.Append(buf[:0], col, row))); ok && m > limit {
				fail.Set(row)
			}
		}
	}, nil
}

// age bounds the birth date: age counts whole years at the header's period
// start, and a birth between the start and the end of the period is age 0.
func (l *lowering) age(r *dictionary.Rule, col int) (kernel, error) {
	start := ParseDay(l.header[r.Other.Field])
	if start <= batch.Unreadable {
		return nil, nil
	}
	y, m, d := batch.Civil(start)
	// Who is MaxYears+1 at the period start was born on this day or before.
	tooOld := yearsBefore(y, m, d, r.MaxYears+1)
	youngest := yearsBefore(y, m, d, r.MinYears)
	if r.MinYears == 0 {
		if _, f := l.plan.Dictionary.Role("period_end"); f != nil {
			youngest = max(youngest, ParseDay(l.header[f.Name]))
		}
	}
	return func(w *Worker, fail batch.Mask) {
		c := &w.Batch.Columns[col]
		check.Dates(w.Batch.Text, c)
		check.NotBefore(c, tooOld+1, fail)
		check.NotAfter(c, youngest, fail)
	}, nil
}

// yearsBefore is the latest birth date of somebody who is so many years old on
// the date. Of a 29 February and a common year that is 28 February; who was
// born on a 29 February gets a year older on 1 March of a common year.
func yearsBefore(y, m, d, years int) int32 {
	y -= years
	leap := y%4 == 0 && (y%100 != 0 || y%400 == 0)
	if m == 2 && d == 29 && !leap {
		d = 28
	}
	return batch.Day(y, m, d)
}

// equal compares with a value of the portal's, null with null.
func (l *lowering) equal(r *dictionary.Rule, col int) (kernel, error) {
	want := []byte(l.portal[r.Other.Field])
	if day := ParseDay(string(want)); l.program.dates[col] && day > batch.Unreadable {
		return func(w *Worker, fail batch.Mask) {
			c := &w.Batch.Columns[col]
			check.Dates(w.Batch.Text, c)
			for row, d := range c.Days[:w.Batch.Rows] {
				if d != day || c.AnyTimed && c.Timed.Has(row) {
					fail.Set(row)
				}
			}
		}, nil
	}
	return func(w *Worker, fail batch.Mask) {
		same := w.mask()
		check.EqualConst(w.Batch.Text, &w.Batch.Columns[col], want, same)
		all := w.mask()
		fill(all, w.Batch.Rows)
		all.AndNot(same)
		fail.Or(all)
	}, nil
}

func (l *lowering) schemeCode(r *dictionary.Rule, col int) (kernel, error) {
	scheme := l.program.Table.Index(r.Other.Field)
	if scheme < 0 {
		return nil, fmt.Errorf("table %s has no field %q", r.Table, r.Other.Field)
	}
	var tests []check.SchemeTest
	for _, s := range r.Schemes {
		t := check.SchemeTest{Scheme: []byte(s.Code)}
		switch s.Test {
		case "icd10":
			t.Test = check.ICD10
		case "snomed":
			t.Test = check.SNOMED
		default:
			return nil, fmt.Errorf("scheme %s: unknown test %q", s.Code, s.Test)
		}
		tests = append(tests, t)
	}
	return func(w *Worker, fail batch.Mask) {
		check.SchemeCode(w.Batch.Text, &w.Batch.Columns[col], &w.Batch.Columns[scheme], tests, fail)
	}, nil
}

// scalesInForce selects the assessment scales in force. Without a period a concept of
// either list is known, and one decimal place is allowed.
func (l *lowering) scalesInForce() (_ *check.Scales, err error) {
	if l.scales != nil {
		return l.scales, nil
	}
	start := l.periodStart()
	later := start >= dictionary.ScalesFrom
	var list []check.Scale
	for _, s := range l.plan.Dictionary.Scales {
		in := s.Earlier && !later || s.Later && later || start == ""
		if !in || s.CollectedFrom > start && start != "" {
			continue
		}
		c := check.Scale{Concept: s.Concept, Values: slices.Clone(s.Values), Low: s.Low, High: s.High, Decimals: s.Decimals}
		if !later {
			c.Decimals = max(c.Decimals, 1)
		}
		drop := s.LaterOnly
		if later {
			drop = s.EarlierOnly
		}
		if start != "" {
			c.Values = slices.DeleteFunc(c.Values, func(v string) bool { return slices.Contains(drop, v) })
		}
		c.Known = s.Values != nil || s.Low != "" || s.High != ""
		list = append(list, c)
	}
	l.scales, err = check.NewScales(list)
	return l.scales, err
}
