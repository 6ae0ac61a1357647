package oracle

import (
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"mhsds/dictionary"
	"mhsds/dictionary/schema"
)

// A judgement is a rule in its subschema. Where the keywords beside it say all
// of the rule it never fails; where they say a part it says the whole.
type judgement struct {
	o     *Oracle
	table *dictionary.Table
	rule  *dictionary.Rule
}

// Validate judges a value, where the rule stands in a property, or a record.
func (j *judgement) Validate(ctx jsonschema.ValidationContext, v any) error {
	record, _ := v.(map[string]any)
	value, _ := v.(string)
	if record != nil {
		value, _ = record[j.rule.Field].(string)
	}
	if j.passes(record, value) {
		return nil
	}
	return ctx.Error(schema.Keyword, "rule %s failed", j.rule.Code)
}

// passes judges a value, which is "" if there is none, within its record,
// which is nil for a rule that looks at the value alone.
func (j *judgement) passes(record map[string]any, value string) bool {
	r := j.rule
	if r.Unchecked != "" {
		return true
	}
	switch r.Kind {
	case dictionary.ValuesEqual:
		theirs, known := j.o.context[r.Other.Field]
		return !known || value == theirs
	case dictionary.Comparison:
		c, err := dictionary.ParseCondition(r.Condition)
		return err == nil && dictionary.Eval(c, j.lookup(record)) == dictionary.True
	}
	if value == "" {
		return true // blanks are for not_blank and decimal, which standard keywords say
	}
	switch r.Kind {
	case dictionary.InSet:
		return j.code(value)
	case dictionary.ValidDate:
		return validDate(value, r.Earliest)
	case dictionary.ValidDatetime:
		if r.TextOnly {
			return validTimestamp(value, r.Earliest)
		}
		date, _, _ := strings.Cut(value, "T")
		_, ok := momentOf(value)
		return ok && validDate(date, r.Earliest)
	case dictionary.DateOnOrAfter, dictionary.DateOnOrBefore:
		return j.ordered(record, value)
	case dictionary.DatetimeOnOrBefore:
		a, ok1 := momentOf(value)
		b, ok2 := momentOf(j.o.context[r.Other.Field])
		return !ok1 || !ok2 || !a.After(b)
	case dictionary.AgeRange:
		return j.age(value)
	case dictionary.NHSNumber:
		return nhsNumber(value)
	case dictionary.SnomedCT:
		return snomed(value)
	case dictionary.DiagCode, dictionary.FindCode:
		scheme, _ := record[r.Other.Field].(string)
		return schemeCode(r.Schemes, scheme, value)
	case dictionary.AssessmentCode:
		s := j.o.scales[value]
		return s != nil && j.inForce(s)
	case dictionary.AssessmentScore:
		concept, _ := record[r.Other.Field].(string)
		s := j.o.scales[concept]
		return s == nil || !j.inForce(s) || j.score(s, value)
	}
	if register := r.Kind.Register(); register != 0 && j.o.reference != nil && j.o.reference.Holds(register) {
		return j.registered(register, value)
	}
	return true
}

// registered reports whether the register has the value on one of the dates
// that the rule names, or the rule accepts it anyway. What the header does not
// say is compared with nothing.
func (j *judgement) registered(register dictionary.Register, value string) bool {
	if slices.Contains(j.rule.Defaults, value) || j.rule.Prefix != "" && strings.HasPrefix(value, j.rule.Prefix) {
		return true
	}
	header, _ := j.o.d.Role("header")
	for _, ref := range j.rule.AsAt {
		when, ok := calendarDate(header.Field(ref.Field).Type, j.o.header[ref.Field])
		if !ok || j.o.reference.Has(register, []byte(value), int32(when.Unix()/86400)) {
			return true
		}
	}
	return false
}

// lookup reads the fields of a condition: the record's, the header's, the
// portal's.
func (j *judgement) lookup(record map[string]any) func(dictionary.Ref) (string, bool) {
	return func(r dictionary.Ref) (string, bool) {
		var v string
		switch r.Table {
		case "", j.table.ID:
			v, _ = record[r.Field].(string)
		case j.o.d.Context.ID:
			v = j.o.context[r.Field]
		default:
			v = j.o.header[r.Field]
		}
		return v, v == ""
	}
}

// code reports whether the value is in the rule's list by the period's start.
// Without a period every code is.
func (j *judgement) code(value string) bool {
	l := j.o.d.List(j.rule.List)
	for _, c := range l.Codes {
		if c.Code == value {
			return c.ValidFrom == "" || j.o.start.IsZero() || !date(c.ValidFrom).After(j.o.start)
		}
	}
	return false
}

// date reads a date of the dictionary, which Check has seen.
func date(s string) time.Time {
	t, _ := time.Parse(time.DateOnly, s)
	return t
}

func validDate(value, earliest string) bool {
	t, err := time.Parse(time.DateOnly, value)
	return err == nil && !t.Before(date(earliest))
}

var timestampForm = regexp.MustCompile(`^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(Z|\+00:00|\+01:00|-00:00)$`)

// validTimestamp follows the standard's own calendar, in which the only year
// that ends in 00 and has a leap day is 2000.
func validTimestamp(value, earliest string) bool {
	m := timestampForm.FindStringSubmatch(value)
	if m == nil {
		return false
	}
	var n [7]int
	for i := 1; i <= 6; i++ {
		n[i], _ = strconv.Atoi(m[i])
	}
	year, month, day := n[1], n[2], n[3]
	if n[4] > 23 || n[5] > 59 || n[6] > 59 || month < 1 || month > 12 || day < 1 {
		return false
	}
	days := []int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if year%4 == 0 && year%100 != 0 || year == 2000 {
		days[1] = 29
	}
	return day <= days[month-1] && value[:10] >= earliest
}

// calendarDate returns the date of a value in its canonical form: of a text,
// which may be a timestamp, the first ten characters. The year 0 is none.
func calendarDate(t dictionary.Type, value string) (time.Time, bool) {
	if t == dictionary.Text {
		if len(value) < 10 {
			return time.Time{}, false
		}
		d, err := time.Parse(time.DateOnly, value[:10])
		return d, err == nil && d.Year() > 0
	}
	m, ok := momentOf(value)
	y, month, day := m.Date()
	return time.Date(y, month, day, 0, 0, 0, 0, time.UTC), ok
}

// momentOf reads a canonical date with or without a time.
func momentOf(value string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, value); err == nil && len(value) == len(layout) {
			return t, t.Year() > 0
		}
	}
	return time.Time{}, false
}

// ordered sets the date against the other one, of which there are as many as
// there are parents.
func (j *judgement) ordered(record map[string]any, value string) bool {
	r := j.rule
	own, ok := calendarDate(j.table.Field(r.Field).Type, value)
	if !ok {
		return true
	}
	other := j.o.d.Table(r.Other.Table)
	of := other.Field(r.Other.Field).Type
	for _, theirs := range j.others(record) {
		t, ok := calendarDate(of, Canonical(of, theirs))
		if !ok {
			continue
		}
		t = t.AddDate(0, 0, r.OffsetDays)
		if r.Kind == dictionary.DateOnOrAfter && own.Before(t) || r.Kind == dictionary.DateOnOrBefore && own.After(t) {
			return false
		}
	}
	return true
}

// others returns the values that the rule's other field has for the record.
func (j *judgement) others(record map[string]any) []string {
	r := j.rule
	switch {
	case r.Join != (dictionary.Join{}):
		key, _ := record[r.Join.Own].(string)
		if key == "" || j.o.parents == nil {
			return nil
		}
		var list []string
		for _, row := range j.o.parents(r.Other.Table, r.Join.Theirs, key) {
			list = append(list, row[r.Other.Field])
		}
		return list
	case r.Other.Table == r.Table:
		v, _ := record[r.Other.Field].(string)
		return []string{v}
	case r.Other.Table == j.o.d.Context.ID:
		return []string{j.o.context[r.Other.Field]}
	}
	return []string{j.o.header[r.Other.Field]}
}

// age counts whole years at the other date. Who is born after it, but no later
// than the period's end, is 0 years old.
func (j *judgement) age(value string) bool {
	r := j.rule
	birth, ok1 := calendarDate(j.table.Field(r.Field).Type, value)
	at, ok2 := calendarDate(dictionary.Date, j.others(nil)[0])
	if !ok1 || !ok2 {
		return true
	}
	years := at.Year() - birth.Year()
	if at.Month() < birth.Month() || at.Month() == birth.Month() && at.Day() < birth.Day() {
		years--
	}
	if birth.After(at) && !birth.After(j.o.end) {
		years = 0
	}
	return r.MinYears <= years && years <= r.MaxYears
}

var tenDigits = regexp.MustCompile(`^[0-9]{10}$`)

func nhsNumber(value string) bool {
	if !tenDigits.MatchString(value) {
		return false
	}
	sum := 0
	for i := range 9 {
		sum += int(value[i]-'0') * (10 - i)
	}
	check := 11 - sum%11
	if check == 11 {
		check = 0
	}
	backwards := []byte(value)
	slices.Reverse(backwards)
	return check != 10 && check == int(value[9]-'0') && string(backwards) != value
}

var expressionForm = regexp.MustCompile(`^([0-9]+):([0-9]+)=([0-9]+)$`)

func snomed(value string) bool {
	m := expressionForm.FindStringSubmatch(value)
	if m == nil {
		return concept(value)
	}
	return len(value) >= 6 && len(value) <= 56 && concept(m[1]) && concept(m[3]) &&
		(m[2] == "408730004" || m[2] == "363589002")
}

var conceptForm = regexp.MustCompile(`^[0-9]{3,15}(00|10)[0-9]$`)

// concept tests an identifier with Verhoeff's scheme as its definition goes:
// products in the group of the symmetries of a pentagon, of which 0 to 4 are
// the rotations and 5 to 9 the reflections, and powers of one permutation.
func concept(value string) bool {
	if !conceptForm.MatchString(value) {
		return false
	}
	permutation := []int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	sum := 0
	for i := range len(value) {
		digit := int(value[len(value)-1-i] - '0')
		for range i {
			digit = permutation[digit]
		}
		sum = product(sum, digit)
	}
	return sum == 0
}

func product(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return 5 + (a+b)%5
	case b < 5:
		return 5 + (a-b)%5
	}
	return (a - b + 5) % 5
}

func schemeCode(schemes []dictionary.Scheme, scheme, value string) bool {
	for _, s := range schemes {
		if s.Code != scheme || scheme == "" {
			continue
		}
		if s.Test == "snomed" {
			return concept(value)
		}
		n := utf8.RuneCountInString(value)
		return n >= 4 && n <= 6
	}
	return true
}

// later reports whether the later list of scales counts in the period.
func (j *judgement) later() bool { return !j.o.start.Before(date(dictionary.ScalesFrom)) }

// inForce reports whether the scale counts in the period; without one, all do.
func (j *judgement) inForce(s *dictionary.Scale) bool {
	switch {
	case j.o.start.IsZero():
		return true
	case s.CollectedFrom != "" && date(s.CollectedFrom).After(j.o.start):
		return false
	case j.later():
		return s.Later
	}
	return s.Earlier
}

var scoreForm = regexp.MustCompile(`^(-?)([0-9]+)(?:\.([0-9]+))?$`)

func (j *judgement) score(s *dictionary.Scale, value string) bool {
	period := !j.o.start.IsZero()
	switch {
	case s.Values != nil:
		lost := s.LaterOnly
		if j.later() {
			lost = s.EarlierOnly
		}
		return slices.Contains(s.Values, value) && !(period && slices.Contains(lost, value))
	case s.Low == "":
		return true // no source gives its scores
	}
	m := scoreForm.FindStringSubmatch(value)
	if m == nil || len(m[2]) > 1 && m[2][0] == '0' || m[1] != "" && s.Low[0] != '-' {
		return false
	}
	places := 1 // whatever the scale, before the later list
	if j.later() {
		places = s.Decimals
	}
	if len(m[3]) > places {
		return false
	}
	score, _ := new(big.Rat).SetString(value)
	low, _ := new(big.Rat).SetString(s.Low)
	high, _ := new(big.Rat).SetString(s.High)
	return low.Cmp(score) <= 0 && score.Cmp(high) <= 0
}
