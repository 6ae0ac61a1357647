package synthetic

import (
	"cmp"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"mhsds/dictionary"
)

// A world is a few rows that belong together, to break and to judge: one
// patient's, or a whole small submission.
//
// Its judge is the plainest that does: it says what else a fault brings with
// it, and so what the answer key must say. It is no other authority: tests
// hold its every answer against the validator.
type world struct {
	m      *maker
	rows   []*worldRow
	header map[string]string // the first header row's values, by field; nil if there is none
	whole  bool              // it is the whole submission: checks of the file apply
	number int               // of the fault that it is for

	// portal is what the portal knows, by the context's fields; what it does
	// not know is not checked.
	portal map[string]string
}

// A worldRow is one row of a world.
type worldRow struct {
	t      *table
	values []string // by column; "" is null

	// beside marks a row that others refer to and that is somewhere else in
	// the submission: it is neither judged nor written with this world.
	beside bool
	lost   bool // rejected, while judging
}

func (r *worldRow) get(field string) string {
	if i := r.t.Index(field); i >= 0 {
		return r.values[i]
	}
	return ""
}

// clone copies the world; rows keep their places.
func (w *world) clone() *world {
	c := *w
	c.rows = make([]*worldRow, len(w.rows))
	for i, r := range w.rows {
		row := *r
		row.values = slices.Clone(r.values)
		c.rows[i] = &row
	}
	return &c
}

// A verdict is one finding: a rule that a row fails. row is -1 for the
// submission.
type verdict struct {
	row  int // in rows
	rule *dictionary.Rule
}

// judge lists all findings. direct leaves out what follows from rejections:
// every row counts as valid for the others.
func (w *world) judge(direct bool) []verdict {
	var list []verdict
	fail := func(row int, r *dictionary.Rule) {
		list = append(list, verdict{row, r})
	}
	reject := func(from int) {
		for _, v := range list[from:] {
			if v.row >= 0 && v.rule.Severity > dictionary.Warning && !direct {
				w.rows[v.row].lost = true
			}
		}
	}
	tables := map[string][]int{}
	for i, row := range w.rows {
		row.lost = false
		tables[row.t.ID] = append(tables[row.t.ID], i)
	}
	// The first stage sees every row.
	for i, row := range w.rows {
		for _, r := range w.m.byTable[row.t.ID] {
			if !row.beside && w.fails(r, row, tables) {
				fail(i, r)
			}
		}
	}
	for id, rows := range tables {
		for _, r := range w.m.byTable[id] {
			switch r.Kind {
			case dictionary.Singleton:
				if len(rows) > 1 {
					for _, i := range rows {
						fail(i, r)
					}
				}
			case dictionary.Unique, dictionary.UniqueWhen:
				w.duplicates(r, rows, fail)
			}
		}
	}
	reject(0)
	for id, rows := range tables {
		for _, r := range w.m.byTable[id] {
			if r.Kind == dictionary.GPSuccessor {
				for _, i := range rows {
					if !w.succeeded(r, w.rows[i], rows) {
						fail(i, r)
					}
				}
			}
		}
	}
	for _, r := range w.m.references {
		from := len(list)
		have := map[string]bool{}
		for _, i := range tables[r.Other.Table] {
			if row := w.rows[i]; !row.lost {
				have[row.get(r.Other.Field)] = true
			}
		}
		for _, i := range tables[r.Table] {
			row := w.rows[i]
			if key := row.get(r.Field); key != "" && !have[key] && !row.beside {
				fail(i, r)
			}
		}
		reject(from)
	}
	if w.whole {
		w.file(tables, direct, fail)
	}
	slices.SortStableFunc(list, func(a, b verdict) int {
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.rule.Code, b.rule.Code))
	})
	return list
}

// duplicates reports the rows that share a key with another.
func (w *world) duplicates(r *dictionary.Rule, rows []int, fail func(int, *dictionary.Rule)) {
	groups := map[string][]int{}
	for _, i := range rows {
		row := w.rows[i]
		if r.Kind == dictionary.UniqueWhen && w.eval(r, row) != dictionary.True {
			continue
		}
		key, null := "", false
		for _, f := range r.Fields {
			v := row.get(f.Field)
			null = null || v == ""
			key += v + "\x00"
		}
		if !null || r.NullsEqual {
			groups[key] = append(groups[key], i)
		}
	}
	for _, g := range groups {
		for _, i := range g {
			if len(g) > 1 && !w.rows[i].beside {
				fail(i, r)
			}
		}
	}
}

func (w *world) eval(r *dictionary.Rule, row *worldRow) dictionary.Truth {
	c := w.m.conditions[r.Code]
	return dictionary.Eval(c, func(ref dictionary.Ref) (string, bool) {
		v := ""
		switch {
		case ref.Table == "" || ref.Table == row.t.ID:
			v = row.get(ref.Field)
		case ref.Table == w.m.d.Context.ID:
			v = w.portal[ref.Field]
		default:
			v = w.header[ref.Field]
		}
		return v, v == ""
	})
}

// succeeded judges a registration by the rule that another follows it.
func (w *world) succeeded(r *dictionary.Rule, row *worldRow, rows []int) bool {
	end, ok := w.date(row, r.Fields[2].Field)
	if !ok || row.beside {
		return true
	}
	found := false
	for _, i := range rows {
		other := w.rows[i]
		if other.lost || other.get(r.Fields[0].Field) != row.get(r.Fields[0].Field) {
			continue
		}
		if start, ok := w.date(other, r.Fields[1].Field); ok && (start == end || start == end+1) {
			if other.get(r.Fields[3].Field) == row.get(r.Fields[3].Field) {
				return false
			}
			found = true
		}
	}
	return found
}

// date reads a row's date; of text, the date that it begins with.
func (w *world) date(row *worldRow, field string) (int, bool) {
	f := row.t.Field(field)
	return dateIn(f, row.get(field))
}

func dateIn(f *dictionary.Field, v string) (int, bool) {
	if f == nil || f.Type != dictionary.Text && len(v) != 10 && len(v) != 19 {
		return noDay, false
	}
	return parseDay(v)
}

// fails says what a rule on one row makes of it.
func (w *world) fails(r *dictionary.Rule, row *worldRow, tables map[string][]int) bool {
	v := row.get(r.Field)
	n := utf8.RuneCountInString(v)
	switch r.Kind {
	case dictionary.NotBlank:
		return v == ""
	case dictionary.Decimal:
		return !w.m.patterns[r.Pattern].MatchString(v)
	case dictionary.RejectAll:
		return true
	case dictionary.ValuesEqual:
		known, ok := w.portal[r.Other.Field]
		return ok && v != known
	case dictionary.Comparison:
		return w.eval(r, row) != dictionary.True
	}
	if v == "" {
		return false
	}
	if r.Kind.Register() != 0 {
		return w.m.cfg.Registers && strings.HasSuffix(v, UnknownEnd) && !slices.Contains(r.Defaults, v)
	}
	switch r.Kind {
	case dictionary.Alphanumeric:
		return n < r.Min || n > r.Max || strings.ContainsAny(v, "\n\r")
	case dictionary.Numeric:
		return len(v) < r.Min || len(v) > r.Max || strings.Trim(v, "0123456789") != ""
	case dictionary.Format:
		return !w.m.patterns[r.Pattern].MatchString(v)
	case dictionary.InSet:
		start, ok := parseDay(w.header[w.m.roles[roleStart].Field])
		for _, c := range w.m.d.List(r.List).Codes {
			if c.Code == v {
				from, _ := parseDay(c.ValidFrom)
				return c.ValidFrom != "" && ok && from > start
			}
		}
		return true
	case dictionary.ValidDate:
		return len(v) != 10 || !dateFrom(v, r.Earliest)
	case dictionary.ValidDatetime:
		if r.TextOnly {
			return !timestampForm.MatchString(v) || !dateFrom(v, r.Earliest)
		}
		return !dateFrom(v, r.Earliest)
	case dictionary.DateOnOrAfter, dictionary.DateOnOrBefore:
		return w.disordered(r, row, tables)
	case dictionary.DatetimeOnOrBefore:
		known, ok := w.portal[r.Other.Field]
		return ok && v > known
	case dictionary.AgeRange:
		birth, ok1 := w.date(row, r.Field)
		at, ok2 := parseDay(w.header[r.Other.Field])
		end, ok3 := parseDay(w.header[w.m.roles[roleEnd].Field])
		if !ok1 || !ok2 || birth > at && ok3 && birth <= end {
			return false
		}
		years := wholeYears(birth, at)
		return years < r.MinYears || years > r.MaxYears
	case dictionary.NHSNumber:
		return !validNHS(v)
	case dictionary.SnomedCT:
		return !w.m.letters.expression(v)
	case dictionary.DiagCode, dictionary.FindCode:
		scheme := row.get(r.Other.Field)
		for _, s := range r.Schemes {
			if s.Code == scheme && s.Test == testSnomed {
				return !w.m.letters.concept(v)
			}
			if s.Code == scheme {
				return n < 4 || n > 6
			}
		}
	case dictionary.AssessmentCode:
		return w.m.scaleAt(v) < 0
	case dictionary.AssessmentScore:
		if i := w.m.scaleAt(row.get(r.Other.Field)); i >= 0 {
			return !w.m.scales[i].allows(v)
		}
	}
	return false
}

// disordered sets a row's date against another one, of which there may be
// several.
func (w *world) disordered(r *dictionary.Rule, row *worldRow, tables map[string][]int) bool {
	own, ok := w.date(row, r.Field)
	if !ok {
		return false
	}
	wrong := func(other int, ok bool) bool {
		other += r.OffsetDays
		return ok && (r.Kind == dictionary.DateOnOrAfter && own < other || r.Kind == dictionary.DateOnOrBefore && own > other)
	}
	switch {
	case r.Join != (dictionary.Join{}):
		key := row.get(r.Join.Own)
		for _, i := range tables[r.Other.Table] {
			if other := w.rows[i]; key != "" && other.get(r.Join.Theirs) == key && wrong(w.date(other, r.Other.Field)) {
				return true
			}
		}
		return false
	case r.Other.Table == r.Table:
		return wrong(w.date(row, r.Other.Field))
	}
	return wrong(dateIn(w.m.header.Field(r.Other.Field), w.header[r.Other.Field]))
}

// The checks of a whole submission.
const (
	checkEmpty     = "table_empty"
	checkHeader    = "header_invalid_or_duplicated"
	checkPeriod    = "no_record_in_period"
	checkSurvivors = "all_records_rejected"
)

// file judges the submission as a whole.
func (w *world) file(tables map[string][]int, direct bool, fail func(int, *dictionary.Rule)) {
	left := func(id string) (n int) {
		for _, i := range tables[id] {
			if !w.rows[i].lost {
				n++
			}
		}
		return n
	}
	for i := range w.m.d.Rules {
		r := &w.m.d.Rules[i]
		if r.Kind != dictionary.FileCheck || !active(r) {
			continue
		}
		failed := false
		switch r.Check {
		case checkEmpty:
			failed = len(tables[r.Table]) == 0
		case checkHeader:
			n := len(tables[w.m.header.ID])
			failed = n > 1 || left(w.m.header.ID) < n
		case checkSurvivors:
			for _, f := range r.Fields {
				failed = failed || left(f.Table) == 0
			}
		case checkPeriod:
			failed = !w.alive(r, tables)
		}
		if failed {
			fail(-1, r)
		}
	}
}

// alive reports whether a row lies in the period, or is open across it.
func (w *world) alive(r *dictionary.Rule, tables map[string][]int) bool {
	start, ok1 := parseDay(w.header[w.m.roles[roleStart].Field])
	end, ok2 := parseDay(w.header[w.m.roles[roleEnd].Field])
	if !ok1 || !ok2 {
		return true
	}
	for _, f := range r.Fields {
		for _, i := range tables[f.Table] {
			if d, ok := w.date(w.rows[i], f.Field); ok && d >= start && d <= end {
				return true
			}
		}
	}
	for _, span := range r.Spans {
		for _, i := range tables[span[0].Table] {
			from, ok := w.date(w.rows[i], span[0].Field)
			to, ended := w.date(w.rows[i], span[1].Field)
			if ok && from <= end && (w.rows[i].get(span[1].Field) == "" || ended && to >= start) {
				return true
			}
		}
	}
	return false
}

// dateFrom reports whether v begins with a date that is not before earliest.
func dateFrom(v, earliest string) bool {
	_, ok := parseDay(v)
	return ok && v[:10] >= earliest
}

var timestampForm = regexp.MustCompile(`^.{10}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|\+00:00|\+01:00|-00:00)$`)

func wholeYears(birth, at int) int {
	y1, m1, d1 := civil(birth)
	y2, m2, d2 := civil(at)
	if m2 < m1 || m2 == m1 && d2 < d1 {
		y2--
	}
	return y2 - y1
}

func validNHS(v string) bool {
	if len(v) != 10 || strings.Trim(v, "0123456789") != "" {
		return false
	}
	sum := 0
	for i := range 9 {
		sum += int(v[i]-'0') * (10 - i)
	}
	backwards := []byte(v)
	slices.Reverse(backwards)
	return (11-sum%11)%11 == int(v[9]-'0') && string(backwards) != v
}

// expression reports whether s is a concept, or two joined by an attribute.
func (v *verhoeff) expression(s string) bool {
	if first, rest, ok := strings.Cut(s, ":"); ok {
		attribute, second, ok := strings.Cut(rest, "=")
		return ok && (attribute == contextAttribute || attribute == procedureAttribute) &&
			len(s) <= expressionRoom && v.concept(first) && v.concept(second)
	}
	return v.concept(s)
}

// scaleAt returns the place of a concept among the scales in force, -1.
func (m *maker) scaleAt(concept string) int {
	i, ok := slices.BinarySearchFunc(m.sortedScales, concept, func(i int, c string) int { return strings.Compare(string(m.scales[i].concept), c) })
	if !ok {
		return -1
	}
	return m.sortedScales[i]
}

// allows reports whether v is a score of the scale.
func (s *scale) allows(v string) bool {
	if s.values != nil {
		return slices.Contains(s.values, v)
	}
	whole, fraction, point := strings.Cut(strings.TrimPrefix(v, "-"), ".")
	if strings.HasPrefix(v, "-") && !strings.HasPrefix(s.low, "-") || whole == "" || len(whole) > 1 && whole[0] == '0' ||
		strings.Trim(whole+fraction, "0123456789") != "" || point && (fraction == "" || len(fraction) > s.decimals) {
		return false
	}
	n, ok1 := new(big.Rat).SetString(v)
	low, ok2 := new(big.Rat).SetString(s.low)
	high, ok3 := new(big.Rat).SetString(s.high)
	return ok1 && ok2 && ok3 && n.Cmp(low) >= 0 && n.Cmp(high) <= 0
}
