package synthetic

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"

	"mhsds/dictionary"
)

// A field is how the values of one column are made.
type field struct {
	how  manner
	salt uint64

	mandatory bool
	fill      uint64

	codes    [][]byte // of makeCode; the first literals of them are those that conditions name
	literals int
	literal  []byte   // of makeFixed
	patterns [][]byte // of makeText: # is a digit, @ a letter
	parts    []part   // of makePattern
	lo, hi   int      // of makeNumber
	date     int      // of makeDate: index of the table's dates; of makeAbove: of that level's
	stamp    bool     // a date is written with its time and offset
	level    int      // of makeAbove and makeAboveKey: of path
	pool     *table   // of makePooled
	used     bool     // every row of the pool must be used
	other    int      // column of the scheme or the scale that the value belongs to
	schemes  []string // of makeSchemed: the tests of other's codes, by code
	tests    []string //
	long     bool     // of makeConcept: expressions have room
	distinct bool     // rows under one parent must differ in it
	group    int      // of groups, -1
	slot     int      // in the group
}

// A manner names the way a value is made.
type manner uint8

const (
	makeNothing  manner = iota
	makeFixed           // the same in every row
	makeParent          // the parent's key
	makeKey             // the row's own key
	makePooled          // the key of a pool's row
	makeAboveKey        // the key of a row above
	makeAbove           // a date of a row above
	makeNHS             // the patient's NHS number
	makeDate            // of dates
	makeStart           // of the chain
	makeEnd             //
	makePractice        //
	makeTime            // of day
	makeCode            // of a list
	makeScale           // an assessment's concept
	makeScore           // its score
	makeSchemed         // a code of the scheme that another column names
	makeConcept         // a SNOMED CT concept
	makePattern         // what a regular expression matches
	makeNumber
	makeText
)

// usualFill is the share of rows in which an optional field is filled.
const usualFill = 0.55

func (m *maker) fill(t *table, sh *shape) float64 {
	if sh.has["fill"] {
		return sh.fill
	}
	return usualFill
}

func (m *maker) compileFields(t *table) error {
	t.fields = make([]field, len(t.Fields))
	dateAt := map[int]int{}
	for i, v := range t.dates {
		dateAt[v.column] = i
	}
	for i := range t.Fields {
		f := &t.fields[i]
		ref := dictionary.Ref{Table: t.ID, Field: t.Fields[i].Name}
		sh := m.g.shapes.of(t.ID, ref.Field)
		f.salt, f.group, f.other = uint64(i+1)<<8, -1, -1
		f.mandatory = m.mandatory(ref)
		f.fill = threshold(m.fill(t, sh))
		if f.mandatory {
			f.fill = 1 << 32
		}
		if d, ok := dateAt[i]; ok {
			f.how, f.date, f.stamp = makeDate, d, t.Fields[i].Type == dictionary.Text
			continue
		}
		if err := m.compileField(t, i, f, ref, sh); err != nil {
			return fmt.Errorf("%s: %w", ref, err)
		}
	}
	// What another column is made from comes before it.
	for i := range t.fields {
		if o := t.fields[i].other; o >= 0 && !slices.Contains(t.order, o) {
			t.order = append(t.order, o)
		}
		if !slices.Contains(t.order, i) {
			t.order = append(t.order, i)
		}
	}
	m.prefix(t)
	m.distinguish(t)
	return nil
}

// compileField decides how a field that is no date is made: the first answer
// counts.
func (m *maker) compileField(t *table, column int, f *field, ref dictionary.Ref, sh *shape) error {
	least, most := m.length(ref)
	if v, ok := m.known[ref]; ok {
		f.how, f.literal, f.fill = makeFixed, []byte(v), 1<<32
		return nil
	}
	if t.chain.has(column) {
		f.fill = 1 << 32
		switch column {
		case t.chain.start:
			f.how = makeStart
		case t.chain.end:
			f.how = makeEnd
		case t.chain.practice:
			f.how = makePractice
			return m.template(f, sh, least, most)
		}
		return nil
	}
	if other, ok := m.parents[ref]; ok && other.Table == t.parent.ID {
		f.how, f.fill, t.parentField = makeParent, 1<<32, column
		return nil
	}
	if sh.refers != (dictionary.Ref{}) {
		return m.repeat(t, f, sh.refers)
	}
	if other, ok := m.pools[ref]; ok {
		f.how, f.pool = makePooled, m.tableOf(other.Table)
		f.used = slices.Contains(t.users, f.pool)
		return nil
	}
	if m.isKey(ref) {
		f.how = makeKey
		if t.key < 0 {
			t.key = column
		}
		return nil
	}
	if m.first(ref, dictionary.NHSNumber) != nil {
		f.how = makeNHS
		return nil
	}
	if t.Fields[column].Type == dictionary.Time {
		f.how = makeTime
		return nil
	}
	if v, ok := m.equalToHeader(ref); ok {
		f.how, f.literal, f.fill = makeFixed, []byte(v), 1<<32
		return nil
	}
	if r := m.first(ref, dictionary.DiagCode, dictionary.FindCode); r != nil {
		f.how, f.other = makeSchemed, t.Index(r.Other.Field)
		for _, s := range r.Schemes {
			f.schemes, f.tests = append(f.schemes, s.Code), append(f.tests, s.Test)
		}
		return nil
	}
	if m.first(ref, dictionary.AssessmentCode) != nil {
		f.how = makeScale
		return nil
	}
	if r := m.first(ref, dictionary.AssessmentScore); r != nil {
		f.how, f.other = makeScore, t.Index(r.Other.Field)
		return nil
	}
	if len(sh.values) > 0 {
		if err := m.template(f, sh, least, most); err != nil {
			return err
		}
		if r := m.first(ref, dictionary.Format, dictionary.Decimal); r != nil {
			k := worker{maker: m}
			for _, p := range f.patterns {
				if v := k.appendText(nil, p, 0); !m.patterns[r.Pattern].Match(v) {
					return fmt.Errorf("sheet %s: %q does not keep to rule %s", shapesSheet, p, r.Code)
				}
			}
		}
		return nil
	}
	if r := m.first(ref, dictionary.InSet); r != nil {
		f.how = makeCode
		f.codes = slices.DeleteFunc(m.codesInForce(r.List), func(c []byte) bool { return slices.Contains(sh.never, string(c)) })
		if len(f.codes) == 0 {
			return fmt.Errorf("list %s has no code for the period", r.List)
		}
		return nil
	}
	if m.first(ref, dictionary.SnomedCT) != nil {
		f.how = makeConcept
		f.long = most >= expressionRoom && m.first(ref, dictionary.Numeric) == nil
		return nil
	}
	if r := m.first(ref, dictionary.Format, dictionary.Decimal); r != nil {
		parts, err := partsOf(r.Pattern)
		if err != nil {
			return fmt.Errorf("rule %s: %w", r.Code, err)
		}
		f.how, f.parts = makePattern, parts
		if r := m.first(ref, dictionary.PostcodeInReference); r != nil && r.Prefix != "" {
			f.literal = []byte(r.Prefix)
		}
		return nil
	}
	if m.first(ref, dictionary.Numeric) != nil || t.Fields[column].Type == dictionary.Number || sh.has["most"] {
		f.how, f.lo, f.hi = makeNumber, 1, 99
		if least > 2 {
			f.lo = 1
			for range least - 1 {
				f.lo *= 10
			}
			f.hi = f.lo*10 - 1
		}
		if most == 1 {
			f.hi = 9
		}
		if sh.has["least"] {
			f.lo = sh.least
		}
		if sh.has["most"] {
			f.hi = sh.most
		}
		return nil
	}
	return m.template(f, sh, least, most)
}

// expressionRoom is the length of an expression of two concepts and an
// attribute.
const expressionRoom = 56

// template takes the patterns that the sheet gives, else makes one that fits.
func (m *maker) template(f *field, sh *shape, least, most int) error {
	if f.how == makeNothing {
		f.how = makeText
	}
	for _, v := range sh.values {
		if n := utf8.RuneCountInString(v); n < least || n > most {
			return fmt.Errorf("sheet %s: %q is not %d to %d characters long", shapesSheet, v, least, most)
		}
		f.patterns = append(f.patterns, []byte(v))
	}
	if len(f.patterns) == 0 {
		n := min(max(least, 4), most)
		f.patterns = [][]byte{[]byte("@" + strings.Repeat("#", n-1))}
	}
	return nil
}

// repeat makes f a copy of another table's field.
func (m *maker) repeat(t *table, f *field, of dictionary.Ref) error {
	other := m.tableOf(of.Table)
	column := other.Index(of.Field)
	if other.pool {
		if !m.isKey(of) {
			return fmt.Errorf("sheet %s: refers: %s is no key", shapesSheet, of)
		}
		f.how, f.pool = makePooled, other
		return nil
	}
	f.level = slices.Index(t.path, other)
	if f.level < 0 || other == t {
		return fmt.Errorf("sheet %s: refers: %s is no table above it", shapesSheet, of.Table)
	}
	date := slices.IndexFunc(other.dates, func(v dateVar) bool { return v.column == column })
	switch {
	case m.first(of, dictionary.NHSNumber) != nil:
		f.how = makeNHS
	case date >= 0:
		f.how, f.date = makeAbove, date
		t.needs[f.level] = true
		for up := range f.level {
			t.needs[up] = t.needs[up] || other.needs[up]
		}
	case m.isKey(of):
		f.how = makeAboveKey
	default:
		return fmt.Errorf("sheet %s: refers: %s is neither a key nor a date", shapesSheet, of)
	}
	return nil
}

func (m *maker) tableOf(id string) *table {
	i := slices.IndexFunc(m.tables, func(t *table) bool { return t.ID == id })
	return m.tables[i]
}

// isKey reports whether the field alone must be unique in its table.
func (m *maker) isKey(ref dictionary.Ref) bool {
	if m.first(ref, dictionary.NHSNumber) != nil {
		return false
	}
	return slices.ContainsFunc(m.byTable[ref.Table], func(r *dictionary.Rule) bool {
		return r.Kind == dictionary.Unique && len(r.Fields) == 1 && r.Fields[0].Field == ref.Field
	})
}

// equalToHeader returns the header's value that the field must equal.
func (m *maker) equalToHeader(ref dictionary.Ref) (string, bool) {
	for _, r := range m.byField[ref] {
		if r.Kind != dictionary.Comparison {
			continue
		}
		c, err := dictionary.ParseCondition(r.Condition)
		if err != nil {
			continue
		}
		or, ok := c.(dictionary.Or)
		if !ok {
			or = dictionary.Or{c}
		}
		for _, part := range or {
			if e, ok := part.(dictionary.Compare); ok && e.Op == dictionary.Equal && e.Left == (dictionary.Ref{Field: ref.Field}) {
				if v, ok := m.known[e.Right]; ok {
					return v, true
				}
			}
		}
	}
	return "", false
}

// prefix gives a table with a key the letters that its keys begin with.
func (m *maker) prefix(t *table) {
	if t.key >= 0 {
		t.prefix = initials(t.Fields[t.key].Name)
	}
}

// distinguish makes sure that rows under one parent have different keys, by a
// field in which each differs.
func (m *maker) distinguish(t *table) {
	for _, r := range m.byTable[t.ID] {
		if r.Kind != dictionary.Unique && r.Kind != dictionary.UniqueWhen || t.chain != nil {
			continue
		}
		if len(r.Fields) == 1 {
			if made := t.fields[t.Index(r.Fields[0].Field)].how; made == makeKey || made == makeNHS {
				continue // they differ anyhow
			}
		}
		best, rank := -1, 0
		for _, k := range r.Fields {
			i := t.Index(k.Field)
			if i < 0 || i == t.parentField {
				continue
			}
			n := 0
			switch f := &t.fields[i]; {
			case f.how == makeDate && f.stamp:
				n = 1
			case f.how == makeDate:
				n = 2
			case f.how == makePooled || f.how == makeCode || f.how == makeScale:
				n = 3
			case f.how == makeConcept || f.how == makeSchemed:
				n = 4
			}
			if n > 0 && t.fields[i].mandatory {
				n += 10
			}
			if t.fields[i].distinct || t.fields[i].how == makeDate && t.dates[t.fields[i].date].distinct {
				n = 100 // another rule has chosen it
			}
			if n > rank {
				best, rank = i, n
			}
		}
		if best < 0 {
			t.limit = append(t.limit, limit{n: 1})
			continue
		}
		f := &t.fields[best]
		if f.how == makeDate {
			v := &t.dates[f.date]
			v.distinct, v.filled = true, v.filled || r.NullsEqual
			continue
		}
		f.distinct = true
		switch f.how {
		case makePooled:
			t.limit = append(t.limit, limit{pool: f.pool})
		case makeCode:
			t.limit = append(t.limit, limit{n: len(f.codes)})
		case makeScale:
			t.limit = append(t.limit, limit{n: len(m.scales)})
		default:
			t.limit = append(t.limit, limit{n: differentCodes})
		}
	}
}

// A part is a piece of a regular expression: least to most characters of one
// class.
type part struct {
	chars       string
	least, most int
}

// partsOf takes a pattern apart. It knows what the dictionary's are made of:
// literals, classes and repeats in a row.
func partsOf(pattern string) ([]part, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	var parts []part
	var walk func(re *syntax.Regexp, least, most int) error
	walk = func(re *syntax.Regexp, least, most int) error {
		switch re.Op {
		case syntax.OpConcat, syntax.OpCapture:
			for _, s := range re.Sub {
				if err := walk(s, 1, 1); err != nil {
					return err
				}
			}
		case syntax.OpLiteral:
			for _, r := range re.Rune {
				parts = append(parts, part{string(r), least, most})
			}
		case syntax.OpCharClass:
			parts = append(parts, part{classChars(re.Rune), least, most})
		case syntax.OpQuest:
			return walk(re.Sub[0], 0, 1)
		case syntax.OpPlus:
			return walk(re.Sub[0], 1, 1)
		case syntax.OpStar:
			return walk(re.Sub[0], 0, 0)
		case syntax.OpRepeat:
			return walk(re.Sub[0], re.Min, max(re.Min, re.Max))
		case syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpEmptyMatch:
		default:
			return fmt.Errorf("pattern %q: cannot be taken apart", pattern)
		}
		return nil
	}
	if err := walk(re, 1, 1); err != nil {
		return nil, err
	}
	// What it gives must match, or the taking apart is wrong.
	text := ""
	for _, p := range parts {
		text += strings.Repeat(p.chars[:1], max(p.least, 1))
	}
	if ok, err := regexp.MatchString(pattern, text); err != nil || !ok {
		return nil, fmt.Errorf("pattern %q: cannot be taken apart", pattern)
	}
	return parts, nil
}

// classChars lists the characters of a class that a person would write:
// capitals and digits, a space, else the first of it.
func classChars(ranges []rune) string {
	var b strings.Builder
	in := func(c rune) bool {
		for i := 0; i < len(ranges); i += 2 {
			if c >= ranges[i] && c <= ranges[i+1] {
				return true
			}
		}
		return false
	}
	for _, c := range "ABCDEFGHJKLMNPQRSTUWXYZ0123456789" {
		if in(c) {
			b.WriteRune(c)
		}
	}
	if b.Len() == 0 && in(' ') {
		return " "
	}
	if b.Len() == 0 {
		return string(ranges[0])
	}
	return b.String()
}
