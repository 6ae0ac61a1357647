package validate

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/plan"
)

// test adds a statement and whether it is true. A row passes a rule when it is
// spared or when all statements are true.
func (w *asking) test(ok bool, format string, args ...any) {
	truth := dictionary.False
	if ok {
		truth = dictionary.True
	}
	w.Tests = append(w.Tests, Test{fmt.Sprintf(format, args...), truth})
}

// spare says why the rule asks nothing of the row.
func (w *asking) spare(format string, args ...any) { w.spared = fmt.Sprintf(format, args...) }

// passes is the outcome of spared and Tests, which the kernels' must equal.
func (w *asking) passes() bool {
	return w.spared != "" || !slices.ContainsFunc(w.Tests, func(t Test) bool { return t.Truth != dictionary.True })
}

// reason puts the outcome into a sentence.
func (w *asking) reason() {
	if w.Outcome == Passed {
		switch {
		case w.spared != "":
			w.Reason = w.spared + "."
		case len(w.Tests) == 1:
			w.Reason = "This is true of it: " + w.Tests[0].Text + "."
		default:
			w.Reason = "Everything that the rule asks for is true of it."
		}
		return
	}
	w.Reason = w.Message
	for _, t := range w.Tests {
		switch t.Truth {
		case dictionary.False:
			w.Reason = "This is not true of it: " + t.Text + "."
		case dictionary.Unknown:
			w.Reason = "This cannot be told, since a field that it reads is blank, and what is not known to be true fails: " + t.Text + "."
		default:
			continue
		}
		return
	}
}

// label names a field of the row's table as reports do.
func (w *asking) label(field string) string {
	return w.run.v.plan.Dictionary.Label(dictionary.Ref{Table: w.Table.ID, Field: field})
}

// value is the row's value of a field, "" if the table has no such field.
func (w *asking) value(field string) string {
	if i := w.Table.Index(field); i >= 0 && i < len(w.values) {
		return w.values[i]
	}
	return ""
}

// byKind makes the rule's tests on the row, plainly.
func (w *asking) byKind() error {
	r, d := w.rule, w.run.v.plan.Dictionary
	v, name := w.value(r.Field), w.label(r.Field)
	switch r.Kind {
	case dictionary.NotBlank:
		w.test(v != "", "%s has a value", name)
		return nil
	case dictionary.RejectAll:
		w.test(false, "a row of %s may be sent at all", w.Table.Name)
		return nil
	case dictionary.ValuesEqual:
		theirs := w.run.v.portal[r.Other.Field]
		w.test(v == theirs || sameDay(v, theirs), "%s equals %s, a blank equal to a blank", name, d.Label(r.Other))
		return nil
	case dictionary.Decimal:
		w.test(matches(r.Pattern, v), "%s is written as the rule's pattern %s says", name, r.Pattern)
		return nil
	case dictionary.Comparison:
		return w.condition()
	case dictionary.Unique, dictionary.UniqueWhen, dictionary.Singleton:
		return w.unique()
	case dictionary.Container:
		w.spare("Its record shows no such fault")
		return nil
	case dictionary.ValidTime:
		w.spare("This rule never fails: what a database holds as a time is one")
		return nil
	case dictionary.GPSuccessor:
		return w.successor()
	}
	if v == "" {
		w.spare("%s is blank, and a blank passes this rule", name)
		return nil
	}
	switch r.Kind {
	case dictionary.Alphanumeric:
		n := utf8.RuneCountInString(v)
		w.test(n >= r.Min && n <= r.Max, "%s has %d to %d characters (it has %d)", name, r.Min, r.Max, n)
		w.test(!strings.ContainsAny(v, "\n\r\u0085\u2028\u2029"), "%s has no line break", name)
	case dictionary.Numeric:
		w.test(strings.Trim(v, "0123456789") == "", "%s has digits alone", name)
		w.test(len(v) >= r.Min && len(v) <= r.Max, "%s has %d to %d digits (it has %s)", name, r.Min, r.Max, plural(utf8.RuneCountInString(v), "character"))
	case dictionary.Format:
		w.test(matches(r.Pattern, v), "%s is written as the rule's pattern %s says", name, r.Pattern)
	case dictionary.InSet:
		w.inSet(name, v)
	case dictionary.ValidDate, dictionary.ValidDatetime:
		w.validDate(name, v)
	case dictionary.DateOnOrAfter, dictionary.DateOnOrBefore:
		return w.order(name)
	case dictionary.DatetimeOnOrBefore:
		limit := w.run.v.portal[r.Other.Field]
		if w.days[w.Table.Index(r.Field)] <= batch.Unreadable {
			w.spare("%s is no date, which another rule is about, and compares with nothing", name)
			return nil
		}
		w.test(strings.Replace(v, " ", "T", 1) <= limit, "%s is not later than %s", name, d.Label(r.Other))
	case dictionary.AgeRange:
		w.age(name)
	case dictionary.NHSNumber:
		w.nhsNumber(name, v)
	case dictionary.SnomedCT:
		w.snomed(name, v)
	case dictionary.DiagCode, dictionary.FindCode:
		w.scheme(name, v)
	case dictionary.AssessmentCode, dictionary.AssessmentScore:
		w.scale(name, v)
	case dictionary.ParentExists, dictionary.ChildExists:
		return w.related(name, v)
	case dictionary.OrgValid, dictionary.OrgValidOrDefault, dictionary.SiteValid, dictionary.SchoolValid, dictionary.PostcodeInReference:
		w.registered(name, v)
	}
	return nil
}

func matches(pattern, v string) bool {
	re, err := regexp.Compile(pattern)
	return err == nil && re.MatchString(v)
}

func sameDay(a, b string) bool {
	day := plan.ParseDay(a)
	return day > batch.Unreadable && day == plan.ParseDay(b)
}

// inSet consults the code list.
func (w *asking) inSet(name, v string) {
	l := w.run.v.plan.Dictionary.List(w.rule.List)
	if l == nil {
		return
	}
	start, _ := w.run.period()
	i := slices.IndexFunc(l.Codes, func(c dictionary.Code) bool { return c.Code == v })
	w.test(i >= 0, "%s is one of the %s of list %s, letter case as there", name, plural(len(l.Codes), "code"), l.Name)
	if i < 0 {
		for _, c := range l.Codes {
			if w.show && strings.EqualFold(c.Code, v) {
				w.Tests[len(w.Tests)-1].Text += " (which has " + c.Code + ")"
			}
		}
		return
	}
	c := l.Codes[i]
	if c.ValidFrom != "" {
		w.test(inForce(c, start), "its code counts for the period: it does from %s on", c.ValidFrom)
	}
	if w.show && c.Label != "" {
		w.Tests[0].Text += " (it means " + c.Label + ")"
	}
}

func (w *asking) validDate(name, v string) {
	r := w.rule
	earliest := plan.ParseDay(r.Earliest)
	if r.TextOnly {
		form := matches(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|\+00:00|\+01:00|-00:00)$`, v)
		w.test(form, "%s has the form CCYY-MM-DDThh:mm:ss and Z, +00:00, -00:00 or +01:00", name)
		if !form {
			return
		}
		day := plan.ParseDay(v[:10])
		leap := strings.HasSuffix(v[:10], "00-02-29") && v[:4] != "2000"
		w.test(day > batch.Unreadable && !leap, "%s is of a real day, years ending in 00 but 2000 having no 29 February", name)
		w.test(day >= earliest, "%s is on or after %s", name, r.Earliest)
		return
	}
	i := w.Table.Index(r.Field)
	w.test(w.days[i] > batch.Unreadable, "%s is a date that can be read", name)
	if w.days[i] <= batch.Unreadable {
		return
	}
	w.test(w.days[i] >= earliest, "%s is on or after %s", name, r.Earliest)
	if r.Kind == dictionary.ValidDate {
		w.test(!w.timed[i], "%s carries no time of day other than midnight", name)
	}
}

// order compares two dates.
func (w *asking) order(name string) error {
	r, d := w.rule, w.run.v.plan.Dictionary
	own := w.days[w.Table.Index(r.Field)]
	other, word := d.Label(r.Other), "on or before"
	if r.Kind == dictionary.DateOnOrAfter {
		word = "on or after"
	}
	if r.OffsetDays != 0 {
		other += fmt.Sprintf(" and %s", plural(r.OffsetDays, "day"))
	}
	if own <= batch.Unreadable {
		w.spare("%s is no date, which another rule is about, and compares with nothing", name)
		return nil
	}
	inOrder := func(theirs int32) bool {
		theirs += int32(r.OffsetDays)
		return r.Kind == dictionary.DateOnOrAfter && own >= theirs || r.Kind == dictionary.DateOnOrBefore && own <= theirs
	}
	switch {
	case r.Join != (dictionary.Join{}):
		return w.joined(name, word, other, inOrder)
	case r.Other.Table == w.Table.ID:
		theirs := w.days[w.Table.Index(r.Other.Field)]
		if theirs <= batch.Unreadable {
			w.spare("%s has no date to compare with", d.Label(r.Other))
			return nil
		}
		w.test(inOrder(theirs), "%s is %s %s", name, word, other)
	default:
		given := w.run.header[r.Other.Field]
		theirs := plan.ParseDay(given)
		if theirs <= batch.Unreadable {
			w.spare("The header's %s has no date to compare with", d.Label(r.Other))
			return nil
		}
		w.test(inOrder(theirs), "%s is %s %s of the header, %s", name, word, other, given)
	}
	return nil
}

// joined compares with the date of every parent.
func (w *asking) joined(name, word, other string, inOrder func(int32) bool) error {
	r, d := w.rule, w.run.v.plan.Dictionary
	parent := d.Table(r.Other.Table)
	key, date := parent.Index(r.Join.Theirs), parent.Index(r.Other.Field)
	w.RelatedWhat = "rows of " + parent.Name + " with the row's " + w.label(r.Join.Own)
	mine := w.value(r.Join.Own)
	if mine == "" {
		w.spare("%s is blank, so no row of %s is compared with", w.label(r.Join.Own), parent.Name)
		return nil
	}
	compared, ok := 0, true
	err := w.with(parent, key, mine, func(b *batch.Batch, row, at int) {
		v := string(b.Append(nil, date, row))
		s := w.seen(d.Label(r.Other), "row", v, parent.Fields[date].Type)
		w.relate(parent.Position-1, at, &s)
		if day, _ := dayAndTime(b, date, row, parent.Fields[date].Type); day > batch.Unreadable {
			compared++
			ok = ok && inOrder(day)
		}
	})
	switch {
	case err != nil:
		return err
	case w.RelatedCount == 0:
		w.spare("No row of %s has the key, so there is nothing to compare with", parent.Name)
	case compared == 0:
		w.spare("No row of %s with the key has a date to compare with", parent.Name)
	default:
		w.test(ok, "%s is %s %s of every row of %s with the key, valid or not", name, word, other, parent.Name)
	}
	return nil
}

func (w *asking) age(name string) {
	r := w.rule
	given := w.run.header[r.Other.Field]
	at := plan.ParseDay(given)
	born := w.days[w.Table.Index(r.Field)]
	switch {
	case at <= batch.Unreadable:
		w.spare("The header's period has no start to count an age at")
		return
	case born <= batch.Unreadable:
		w.spare("%s is no date, which another rule is about", name)
		return
	}
	y, m, day := batch.Civil(at)
	by, bm, bday := batch.Civil(born)
	years := y - by
	if m < bm || m == bm && day < bday {
		years--
	}
	_, end := w.run.period()
	if born > at && born <= end {
		years = 0
	}
	w.test(years >= r.MinYears, "the age on %s, %s, is %d years or more (a birth within the period counts as 0)", w.run.v.plan.Dictionary.Label(r.Other), given, r.MinYears)
	w.test(years <= r.MaxYears, "the age on that day is %d years or less", r.MaxYears)
}

func (w *asking) nhsNumber(name, v string) {
	form := matches(`^[0-9]{10}$`, v)
	w.test(form, "%s has 10 digits", name)
	if !form {
		return
	}
	sum := 0
	for i := range 9 {
		sum += int(v[i]-'0') * (10 - i)
	}
	check := (11 - sum%11) % 11
	w.test(check < 10 && check == int(v[9]-'0'), "its last digit is the check digit of the nine before it")
	back := []byte(v)
	slices.Reverse(back)
	w.test(string(back) != v, "it does not read the same backwards, as no true NHS number is expected to")
}

// conceptTests adds the tests of a SNOMED CT concept identifier.
func (w *asking) conceptTests(name, v string) {
	form := matches(`^[0-9]{6,18}$`, v)
	w.test(form, "%s has 6 to 18 digits", name)
	if !form {
		return
	}
	w.test(verhoeff(v), "its last digit is the right check digit (Verhoeff)")
	part := v[len(v)-3 : len(v)-1]
	w.test(part == "00" || part == "10", "its second and third digit from the end are 00 or 10, as in a concept")
}

// verhoeff reports whether the last digit of v is its check digit.
func verhoeff(v string) bool {
	// The multiplication of the symmetries of a pentagon, and the turn that
	// the i-th digit from the right takes i times.
	times := func(a, b int) int {
		switch {
		case a < 5 && b < 5:
			return (a + b) % 5
		case a < 5:
			return (a+b-5)%5 + 5
		case b < 5:
			return (a-5-b+5)%5 + 5
		}
		return (a - b + 5) % 5
	}
	turn := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	c := 0
	for i := range len(v) {
		n := int(v[len(v)-1-i] - '0')
		for range i % 8 {
			n = turn[n]
		}
		c = times(c, n)
	}
	return c == 0
}

func (w *asking) snomed(name, v string) {
	parts := regexp.MustCompile(`^([0-9]+):([0-9]+)=([0-9]+)$`).FindStringSubmatch(v)
	if parts == nil {
		w.conceptTests(name, v)
		return
	}
	w.test(len(v) >= 6 && len(v) <= 56, "the expression in %s has 6 to 56 characters (it has %d)", name, len(v))
	w.conceptTests("the concept before the colon", parts[1])
	w.test(slices.Contains([]string{"408730004", "363589002"}, parts[2]), "the attribute between colon and equals sign is a procedure's context or associated procedure")
	w.conceptTests("the concept after the equals sign", parts[3])
}

func (w *asking) scheme(name, v string) {
	r := w.rule
	other := w.label(r.Other.Field)
	scheme := w.value(r.Other.Field)
	i := slices.IndexFunc(r.Schemes, func(s dictionary.Scheme) bool { return s.Code == scheme })
	switch {
	case scheme == "":
		w.spare("%s is blank, so there is no scheme whose test applies", other)
	case i < 0:
		w.spare("%s names a scheme whose codes the rule does not test", other)
	case r.Schemes[i].Test == "snomed":
		w.conceptTests(name, v)
	default:
		n := utf8.RuneCountInString(v)
		w.test(n >= 4 && n <= 6, "%s has 4 to 6 characters, as an ICD-10 code (it has %d)", name, n)
	}
}

// scale consults the assessment scales.
func (w *asking) scale(name, v string) {
	r, d := w.rule, w.run.v.plan.Dictionary
	start, _ := w.run.period()
	concept, score := v, ""
	if r.Kind == dictionary.AssessmentScore {
		concept, score = w.value(r.Other.Field), v
		if concept == "" {
			w.spare("%s is blank, so there is no scale to hold the score against", w.label(r.Other.Field))
			return
		}
	}
	later := start >= plan.ParseDay(dictionary.ScalesFrom)
	i := slices.IndexFunc(d.Scales, func(s dictionary.Scale) bool { return s.Concept == concept })
	known := i >= 0
	if known && start > batch.Unreadable {
		s := &d.Scales[i]
		known = (s.Earlier && !later || s.Later && later) && (s.CollectedFrom == "" || plan.ParseDay(s.CollectedFrom) <= start)
	}
	if r.Kind == dictionary.AssessmentCode {
		w.test(i >= 0, "%s is one of the %s of the two lists", name, plural(len(d.Scales), "assessment concept"))
		if i >= 0 {
			w.test(known, "the concept is in the list that is in force for the period, and collected in it")
		}
		return
	}
	if !known {
		w.spare("The assessment concept is not known for this period, which another rule is about")
		return
	}
	s := &d.Scales[i]
	switch {
	case s.Values != nil:
		drop := s.LaterOnly
		if later {
			drop = s.EarlierOnly
		}
		allowed := slices.Contains(s.Values, score) && (start <= batch.Unreadable || !slices.Contains(drop, score))
		w.test(allowed, "%s is one of the scale's %s", name, plural(len(s.Values), "score"))
	case s.Low != "":
		places := s.Decimals
		if !later {
			places = max(places, 1)
		}
		w.bounded(name, score, s.Low, s.High, places)
	default:
		w.spare("No source gives the scores of this scale, so they are not checked")
	}
}

// bounded tests a score of a scale of numbers.
func (w *asking) bounded(name, score, low, high string, places int) {
	lo, err1 := strconv.ParseFloat(low, 64)
	hi, err2 := strconv.ParseFloat(high, 64)
	if err1 != nil || err2 != nil {
		return
	}
	form := `^[0-9]+$`
	if places > 0 {
		form = fmt.Sprintf(`^[0-9]+(\.[0-9]{1,%d})?$`, places)
	}
	bare := score
	if lo < 0 {
		bare = strings.TrimPrefix(score, "-")
	}
	written := matches(form, bare)
	w.test(written, "%s is a number with at most %s", name, plural(places, "decimal place"))
	w.test(!matches(`^0[0-9]`, bare), "%s has no zero before another digit", name)
	if written {
		x, err := strconv.ParseFloat(score, 64)
		w.test(err == nil && x >= lo && x <= hi, "%s is between %s and %s", name, low, high)
	}
}

// condition judges the rule's condition part by part.
func (w *asking) condition() error {
	c, err := dictionary.ParseCondition(w.rule.Condition)
	if err != nil {
		return err
	}
	lookup := func(ref dictionary.Ref) (string, bool) {
		v := ""
		switch ref.Table {
		case "", w.Table.ID:
			v = w.value(ref.Field)
		case w.run.v.plan.Dictionary.Context.ID:
			v = w.run.v.portal[ref.Field]
		default:
			v = w.run.header[ref.Field]
		}
		return v, v == ""
	}
	whole := dictionary.Eval(c, lookup)
	w.Tests = append(w.Tests, Test{c.String(), whole})
	w.parts(c, "  ", lookup)
	if whole == dictionary.True {
		// Only the whole must be true; its parts are there to be read.
		w.spare("The rule's condition is true of it%s", w.because(c, lookup))
	}
	return nil
}

// because names the part of an "or" that is true.
func (w *asking) because(c dictionary.Condition, lookup func(dictionary.Ref) (string, bool)) string {
	or, ok := c.(dictionary.Or)
	if !ok {
		return ""
	}
	for _, part := range or {
		if dictionary.Eval(part, lookup) == dictionary.True {
			return ", since this part is: " + part.String()
		}
	}
	return ""
}

// parts adds the members of a condition, further in at every level.
func (w *asking) parts(c dictionary.Condition, in string, lookup func(dictionary.Ref) (string, bool)) {
	var members []dictionary.Condition
	switch c := c.(type) {
	case dictionary.Or:
		members = c
	case dictionary.And:
		members = c
	}
	for _, m := range members {
		w.Tests = append(w.Tests, Test{in + m.String(), dictionary.Eval(m, lookup)})
		w.parts(m, in+"  ", lookup)
	}
}

// unique looks for the rows with the same key.
func (w *asking) unique() error {
	r := w.rule
	if r.Kind == dictionary.Singleton {
		n := w.run.store.Rows(w.t)
		w.test(n <= 1, "%s has one row (it has %d)", w.Table.Name, n)
		w.RelatedWhat = "other rows of " + w.Table.Name
		for row := range n {
			if row != w.row {
				w.relate(w.t, row, nil)
			}
		}
		return nil
	}
	c, err := dictionary.ParseCondition(r.Condition)
	if r.Condition == "" {
		c, err = nil, nil
	}
	if err != nil {
		return err
	}
	var columns []int
	var names []string
	for _, f := range r.Fields {
		columns = append(columns, w.Table.Index(f.Field))
		names = append(names, w.label(f.Field))
	}
	applies := func(value func(field string) string) bool {
		return c == nil || dictionary.Eval(c, func(ref dictionary.Ref) (string, bool) {
			v := value(ref.Field)
			return v, v == ""
		}) == dictionary.True
	}
	if !applies(w.value) {
		w.spare("The rule applies only where this is true: %s", r.Condition)
		return nil
	}
	for _, col := range columns {
		if w.values[col] == "" && !r.NullsEqual {
			w.spare("%s is blank, and a key with a blank is equal to none", w.label(w.Table.Fields[col].Name))
			return nil
		}
	}
	w.RelatedWhat = "other rows of " + w.Table.Name + " with the same " + strings.Join(names, ", ")
	err = w.run.scan(w.ctx, w.t, func(b *batch.Batch, first int) error {
		for row := range b.Rows {
			if first+row == w.row || b.AnySkip && b.Skip.Has(row) {
				continue
			}
			same := !slices.ContainsFunc(columns, func(col int) bool { return string(b.Append(nil, col, row)) != w.values[col] })
			if same && applies(func(field string) string { return string(b.Append(nil, w.Table.Index(field), row)) }) {
				w.relate(w.t, first+row, nil)
			}
		}
		return nil
	})
	w.test(w.RelatedCount == 0, "no other row of %s has the same %s", w.Table.Name, strings.Join(names, ", "))
	return err
}

// with calls f for the rows of a table that have the key in a column: b holds
// the row, which is the table's row at.
func (w *asking) with(t *dictionary.Table, column int, key string, f func(b *batch.Batch, row, at int)) error {
	if w.run.at[t.Position-1] < 0 {
		return nil
	}
	look := func(b *batch.Batch, first int) error {
		for row := range b.Rows {
			if !(b.AnySkip && b.Skip.Has(row)) && string(b.Append(nil, column, row)) == key {
				f(b, row, first+row)
			}
		}
		return nil
	}
	var rows []uint32
	if w.run.store.WithKey(t.Position-1, column, []byte(key), func(row int) { rows = append(rows, uint32(row)) }) {
		slices.Sort(rows)
		return w.run.again(w.ctx, t.Position-1, rows, look)
	}
	return w.run.scan(w.ctx, t.Position-1, look)
}

// related looks for the parent or the children.
func (w *asking) related(name, v string) error {
	r, d := w.rule, w.run.v.plan.Dictionary
	other := d.Table(r.Other.Table)
	w.RelatedWhat = fmt.Sprintf("rows of %s with the same %s", other.Name, d.Label(r.Other))
	valid := false
	err := w.with(other, other.Index(r.Other.Field), v, func(_ *batch.Batch, _, at int) {
		w.relate(other.Position-1, at, nil)
		valid = valid || w.validThen(other.Position-1, at)
	})
	if w.RelatedCount == 0 {
		w.test(false, "some row of %s was submitted whose %s equals this row's %s", other.Name, d.Label(r.Other), name)
	} else {
		w.test(valid, "a valid row of %s has this row's %s as its %s", other.Name, name, d.Label(r.Other))
	}
	return err
}

// successor looks for the registration that followed.
func (w *asking) successor() error {
	r := w.rule
	if len(r.Fields) != 4 {
		return nil
	}
	patient, start, end, practice := r.Fields[0].Field, r.Fields[1].Field, r.Fields[2].Field, r.Fields[3].Field
	ended := w.days[w.Table.Index(end)]
	if ended <= batch.Unreadable {
		w.spare("%s has no date: the registration has not ended", w.label(end))
		return nil
	}
	w.RelatedWhat = fmt.Sprintf("rows of the same %s whose %s is the day of the end or the next", w.label(patient), w.label(start))
	found, same := false, false
	if key := w.value(patient); key != "" {
		begin, at := w.Table.Index(start), w.Table.Index(practice)
		err := w.with(w.Table, w.Table.Index(patient), key, func(b *batch.Batch, row, of int) {
			day, _ := dayAndTime(b, begin, row, w.Table.Fields[begin].Type)
			if day != ended && day != ended+1 {
				return
			}
			s := w.seen(w.label(start), "row", string(b.Append(nil, begin, row)), w.Table.Fields[begin].Type)
			w.relate(w.t, of, &s)
			if w.validThen(w.t, of) {
				if string(b.Append(nil, at, row)) == w.value(practice) {
					same = true
				} else {
					found = true
				}
			}
		})
		if err != nil {
			return err
		}
	}
	w.test(found, "a row that its own values and key do not reject begins on the day of the end or the next, at another practice (%s)", w.label(practice))
	w.test(!same, "no such row is of the same practice")
	return nil
}
