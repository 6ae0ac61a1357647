package cases

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mhsds/dictionary"
)

// A judge applies the rules of a dictionary to the records of one case, as
// plainly as they can be put, so that the cases are not their own proof. It
// knows what a case holds and nothing else: no batches, no indexes.
type judge struct {
	d       *dictionary.Dictionary
	m       *maker
	rows    []Row
	context map[string]string
	known   []Known
	given   Given
	lost    []bool // rows that a rule rejects
}

func newJudge(d *dictionary.Dictionary, m *maker, c Case) *judge {
	j := &judge{d: d, m: m, context: c.Context, known: c.Known, rows: slices.Clone(c.Rows)}
	if c.Header != nil {
		j.rows = append(j.rows, Row{m.header.ID, c.Header})
	}
	j.lost = make([]bool, len(j.rows))
	if c.Given != nil {
		j.given = *c.Given
	}
	return j
}

// fails says what the rule makes of the row with that index, or of the whole.
func (j *judge) fails(r *dictionary.Rule, row int) bool {
	switch r.Kind {
	case dictionary.ParentExists, dictionary.ChildExists, dictionary.GPSuccessor, dictionary.FileCheck:
		j.reject()
	}
	switch r.Kind {
	case dictionary.Scope:
		return j.scope(r, row)
	case dictionary.Container:
		return j.form(r, row)
	case dictionary.Movement:
		return j.movement(r)
	case dictionary.GPSuccessor:
		// It runs before the references reject anything.
		return !j.followed(r, j.rows[row].Fields)
	case dictionary.FileCheck:
		j.cascade(1 << 30)
		return j.file(r)
	case dictionary.ParentExists, dictionary.ChildExists:
		upTo := j.m.order[r.Code]
		if upTo == 0 {
			upTo = 1 << 30 // it comes after the published ones
		}
		j.cascade(upTo)
		return j.orphan(r, j.rows[row].Fields)
	}
	return j.record(r, row)
}

// reject marks the rows that a rule of the first stage rejects.
func (j *judge) reject() {
	for i, row := range j.rows {
		for _, r := range j.m.byTable[row.Table] {
			if r.Severity > dictionary.Warning && j.record(r, i) {
				j.lost[i] = true
			}
		}
	}
}

// cascade runs the references whose place is below upTo, in their order.
func (j *judge) cascade(upTo int) {
	for _, ref := range j.d.References {
		r := j.d.Rule(ref.Rule)
		if ref.Order >= upTo || r.Severity == dictionary.Warning || r.Status == dictionary.PipelineOnly {
			continue
		}
		for i, row := range j.rows {
			if row.Table == r.Table && j.orphan(r, row.Fields) {
				j.lost[i] = true
			}
		}
	}
}

func (j *judge) orphan(r *dictionary.Rule, fields map[string]string) bool {
	key, ok := fields[r.Field]
	if !ok {
		return false
	}
	for i, row := range j.rows {
		if row.Table == r.Other.Table && !j.lost[i] && row.Fields[r.Other.Field] == key {
			return false
		}
	}
	return true
}

func (j *judge) followed(r *dictionary.Rule, fields map[string]string) bool {
	patient, start, end, practice := r.Fields[0].Field, r.Fields[1].Field, r.Fields[2].Field, r.Fields[3].Field
	ended, ok := fields[end]
	if !ok {
		return true
	}
	found := false
	for i, row := range j.rows {
		if row.Table != r.Table || j.lost[i] || row.Fields[patient] != fields[patient] {
			continue
		}
		if s := row.Fields[start]; s == ended || s == addDays(ended, 1) {
			if row.Fields[practice] == fields[practice] {
				return false
			}
			found = true
		}
	}
	return found
}

func (j *judge) file(r *dictionary.Rule) bool {
	of := func(table string) (n, kept int) {
		for i, row := range j.rows {
			if row.Table == table && len(row.Fields) > 0 {
				n++
				if !j.lost[i] {
					kept++
				}
			}
		}
		return n, kept
	}
	switch n, kept := of(r.Table); r.Check {
	case checkEmpty:
		return n == 0
	case checkHeader:
		return n != 1 || kept != 1
	case checkSurvivors:
		for _, f := range r.Fields {
			if _, kept := of(f.Table); kept == 0 {
				return true
			}
		}
		return false
	}
	from, to := j.header(j.m.start.Field), j.header(j.m.end.Field)
	for _, row := range j.rows {
		for _, f := range r.Fields {
			if v := row.Fields[f.Field]; row.Table == f.Table && v != "" && v >= from && v <= to {
				return false
			}
		}
		for _, s := range r.Spans {
			a, b := row.Fields[s[0].Field], row.Fields[s[1].Field]
			if row.Table == s[0].Table && a != "" && a <= to && (b == "" || b >= from) {
				return false
			}
		}
	}
	return true
}

func (j *judge) header(field string) string {
	for _, row := range j.rows {
		if row.Table == j.m.header.ID {
			return row.Fields[field]
		}
	}
	return ""
}

// registered looks a value up; dates are compared as they are written. A
// register of which the case says nothing is not there to be asked.
func (j *judge) registered(r *dictionary.Rule, v string) bool {
	if !slices.ContainsFunc(j.known, func(k Known) bool { return k.Register == r.Kind.Register() }) || slices.Contains(r.Defaults, v) || r.Prefix != "" && strings.HasPrefix(v, r.Prefix) {
		return true
	}
	for _, ref := range r.AsAt {
		day := j.header(ref.Field)
		for _, k := range j.known {
			same := k.Value == v || k.Register == dictionary.Postcodes && strings.ReplaceAll(k.Value, " ", "") == strings.ReplaceAll(v, " ", "")
			if k.Register == r.Kind.Register() && same && (k.From == "" || k.From <= day) && (k.To == "" || day <= k.To) {
				return true
			}
		}
	}
	return false
}

// others returns the values of the other field that the row is set against.
func (j *judge) others(r *dictionary.Rule, row Row) []string {
	switch {
	case r.Other.Table == row.Table:
		return []string{row.Fields[r.Other.Field]}
	case r.Other.Table == j.d.Context.ID:
		return []string{j.context[r.Other.Field]}
	case r.Join == dictionary.Join{}:
		return []string{j.header(r.Other.Field)}
	}
	var list []string
	for _, other := range j.rows {
		if key := row.Fields[r.Join.Own]; other.Table == r.Other.Table && key != "" && other.Fields[r.Join.Theirs] == key {
			list = append(list, other.Fields[r.Other.Field])
		}
	}
	return list
}

// record judges the rules of the first stage.
func (j *judge) record(r *dictionary.Rule, i int) bool {
	row := j.rows[i]
	v, filled := row.Fields[r.Field]
	switch r.Kind {
	case dictionary.NotBlank:
		return !filled
	case dictionary.Decimal:
		return !regexp.MustCompile(`^[0-9]{1,7}\.[0-9]{2}$`).MatchString(v)
	case dictionary.RejectAll:
		return true
	case dictionary.Singleton:
		return j.count(func(o Row) bool { return o.Table == r.Table }) > 1
	case dictionary.Unique, dictionary.UniqueWhen:
		return j.twin(r, row)
	case dictionary.ValuesEqual:
		return len(j.others(r, row)) > 0 && j.context != nil && v != j.others(r, row)[0]
	case dictionary.Comparison:
		c, _ := dictionary.ParseCondition(r.Condition)
		return j.truth(c, row) != dictionary.True
	}
	if !filled {
		return false
	}
	switch r.Kind {
	case dictionary.Alphanumeric:
		n := utf8.RuneCountInString(v)
		return n < r.Min || n > r.Max || strings.ContainsAny(v, "\r\n")
	case dictionary.Numeric:
		return len(v) < r.Min || len(v) > r.Max || strings.Trim(v, "0123456789") != ""
	case dictionary.Format:
		return !regexp.MustCompile(r.Pattern).MatchString(v)
	case dictionary.InSet:
		return !slices.ContainsFunc(j.d.List(r.List).Codes, func(c dictionary.Code) bool {
			return c.Code == v && c.ValidFrom <= j.header(j.m.start.Field)
		})
	case dictionary.OrgValid, dictionary.OrgValidOrDefault, dictionary.SiteValid, dictionary.SchoolValid, dictionary.PostcodeInReference:
		return !j.registered(r, v)
	case dictionary.ValidDate:
		_, err := time.Parse(time.DateOnly, v)
		return err != nil || v < r.Earliest
	case dictionary.ValidDatetime:
		return !moment(r, v)
	case dictionary.DateOnOrAfter, dictionary.DateOnOrBefore:
		for _, o := range j.others(r, row) {
			a, ok1 := calendarDay(v)
			b, ok2 := calendarDay(o)
			b = b.AddDate(0, 0, r.OffsetDays)
			if ok1 && ok2 && (a.Before(b) && r.Kind == dictionary.DateOnOrAfter || a.After(b) && r.Kind == dictionary.DateOnOrBefore) {
				return true
			}
		}
		return false
	case dictionary.DatetimeOnOrBefore:
		a, err1 := time.Parse("2006-01-02T15:04:05", v)
		b, err2 := time.Parse("2006-01-02T15:04:05", j.others(r, row)[0])
		return err1 == nil && err2 == nil && a.After(b)
	case dictionary.AgeRange:
		return j.age(r, v)
	case dictionary.NHSNumber:
		return !regexp.MustCompile(`^[0-9]{10}$`).MatchString(v) || !elevens(v) || v == reversed(v)
	case dictionary.SnomedCT:
		if m := regexp.MustCompile(`^([0-9]+):(408730004|363589002)=([0-9]+)$`).FindStringSubmatch(v); m != nil {
			return !isConcept(m[1]) || !isConcept(m[3]) || len(v) > r.Max
		}
		return !isConcept(v)
	case dictionary.DiagCode, dictionary.FindCode:
		for _, s := range r.Schemes {
			if row.Fields[r.Other.Field] == s.Code {
				if s.Test == testSnomed {
					return !isConcept(v)
				}
				n := utf8.RuneCountInString(v)
				return n < 4 || n > 6
			}
		}
	case dictionary.AssessmentCode:
		return j.scale(v) == nil
	case dictionary.AssessmentScore:
		return j.badScore(j.scale(row.Fields[r.Other.Field]), v)
	}
	return false
}

func (j *judge) count(is func(Row) bool) (n int) {
	for _, row := range j.rows {
		if is(row) {
			n++
		}
	}
	return n
}

// twin reports whether another row has the same key.
func (j *judge) twin(r *dictionary.Rule, row Row) bool {
	applies := func(Row) bool { return true }
	if r.Kind == dictionary.UniqueWhen {
		c, _ := dictionary.ParseCondition(r.Condition)
		applies = func(o Row) bool { return j.truth(c, o) == dictionary.True }
	}
	return applies(row) && j.count(func(o Row) bool {
		if o.Table != r.Table || !applies(o) {
			return false
		}
		for _, f := range r.Fields {
			a, okA := row.Fields[f.Field]
			b, okB := o.Fields[f.Field]
			if a != b || !r.NullsEqual && (!okA || !okB) {
				return false
			}
		}
		return true
	}) > 1
}

func (j *judge) truth(c dictionary.Condition, row Row) dictionary.Truth {
	return dictionary.Eval(c, func(ref dictionary.Ref) (string, bool) {
		var v string
		switch ref.Table {
		case "", row.Table:
			v = row.Fields[ref.Field]
		case j.d.Context.ID:
			v = j.context[ref.Field]
		default:
			v = j.header(ref.Field)
		}
		return v, v == ""
	})
}

func (j *judge) age(r *dictionary.Rule, birth string) bool {
	b, ok1 := calendarDay(birth)
	s, ok2 := calendarDay(j.header(j.m.start.Field))
	e, ok3 := calendarDay(j.header(j.m.end.Field))
	if !ok1 || !ok2 || !ok3 {
		return false
	}
	if b.After(s) && !b.After(e) {
		return r.MinYears > 0
	}
	years := s.Year() - b.Year()
	if s.Month() < b.Month() || s.Month() == b.Month() && s.Day() < b.Day() {
		years--
	}
	return years < r.MinYears || years > r.MaxYears
}

func (j *judge) scale(concept string) *dictionary.Scale {
	start := j.header(j.m.start.Field)
	for i := range j.d.Scales {
		if s := &j.d.Scales[i]; s.Concept == concept && inForce(s, start) {
			return s
		}
	}
	return nil
}

func (j *judge) badScore(s *dictionary.Scale, v string) bool {
	if s == nil || s.Values == nil && s.Low == "" {
		return false
	}
	later := j.header(j.m.start.Field) >= dictionary.ScalesFrom
	if s.Values != nil {
		if later && slices.Contains(s.EarlierOnly, v) || !later && slices.Contains(s.LaterOnly, v) {
			return true
		}
		return !slices.Contains(s.Values, v) && !slices.Contains(s.EarlierOnly, v) && !slices.Contains(s.LaterOnly, v)
	}
	places := 1
	if later {
		places = s.Decimals
	}
	m := regexp.MustCompile(`^(-?)([0-9]+)(?:\.([0-9]+))?$`).FindStringSubmatch(v)
	if m == nil || len(m[2]) > 1 && m[2][0] == '0' || len(m[3]) > places || m[1] != "" && s.Low[0] != '-' {
		return true
	}
	n, _ := new(big.Rat).SetString(v)
	low, _ := new(big.Rat).SetString(s.Low)
	high, _ := new(big.Rat).SetString(s.High)
	return n.Cmp(low) < 0 || n.Cmp(high) > 0
}

// calendarDay reads the first ten characters.
func calendarDay(v string) (time.Time, bool) {
	if len(v) < 10 {
		return time.Time{}, false
	}
	t, err := time.Parse(time.DateOnly, v[:10])
	return t, err == nil
}

func moment(r *dictionary.Rule, v string) bool {
	if !r.TextOnly {
		if _, err := time.Parse("2006-01-02T15:04:05", v); err != nil {
			if _, err := time.Parse(time.DateOnly, v); err != nil {
				return false
			}
		}
		return v >= r.Earliest
	}
	if !regexp.MustCompile(`^....-..-..T..:..:..(Z|[+]00:00|[+]01:00|-00:00)$`).MatchString(v) {
		return false
	}
	if _, err := time.Parse("2006-01-02T15:04:05", v[:19]); err != nil || v < r.Earliest {
		return false
	}
	return v[4:10] != "-02-29" || v[2:4] != "00" || v[:4] == "2000"
}

// elevens is the check of an NHS number by another road: weighted with 10 to 1
// its digits sum to a multiple of 11.
func elevens(v string) bool {
	sum := 0
	for i := range 10 {
		sum += int(v[i]-'0') * (10 - i)
	}
	return sum%11 == 0
}

// isConcept tests the check digit with the tables of Verhoeff's scheme, where
// the package computes them.
func isConcept(v string) bool {
	if len(v) < 6 || len(v) > 18 || strings.Trim(v, "0123456789") != "" {
		return false
	}
	if p := v[len(v)-3 : len(v)-1]; p != "00" && p != "10" {
		return false
	}
	d := [10]string{
		"0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
		"5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
	}
	p := [8]string{
		"0123456789", "1576283094", "5803796142", "8916043527",
		"9453126870", "4286573901", "2793806415", "7046913258",
	}
	c := byte('0')
	for i := range len(v) {
		c = d[c-'0'][p[i%8][v[len(v)-1-i]-'0']-'0']
	}
	return c == '0'
}
