package synthetic

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"mhsds/dictionary"
)

// A trial is a world that has been tampered with, and the row and column that
// say where.
type trial struct {
	*world
	row, column int
}

// An edit is other values in cells of one row. The first is in the rule's own
// column.
type edit struct {
	cells []cellEdit

	// alone says that the first cell is all, and that its value would do in
	// any row.
	alone bool
}

type cellEdit struct {
	column int
	value  string
}

// A trier gathers ways to break one rule at one row.
type trier struct {
	w      *world
	rule   *dictionary.Rule
	at     int // the row to break
	column int // of the rule's field, -1
	value  string
	edits  []edit
	list   []trial // of what is no edit of cells
}

// newTrier lists ways to break the rule at a row of the world, which is valid;
// the likeliest to break nothing else come first.
func (w *world) newTrier(r *dictionary.Rule, row int) *trier {
	t := &trier{w: w, rule: r, at: row, column: w.rows[row].t.Index(r.Field)}
	t.value = w.rows[row].get(r.Field)
	switch r.Kind {
	case dictionary.NotBlank:
		t.set("")
	case dictionary.Alphanumeric:
		t.lengths()
	case dictionary.Numeric:
		t.digits()
	case dictionary.Decimal, dictionary.Format:
		t.format()
	case dictionary.InSet:
		t.codes()
	case dictionary.ValidDate, dictionary.ValidDatetime:
		t.unreal()
	case dictionary.DateOnOrAfter, dictionary.DateOnOrBefore:
		for _, c := range w.reordered(r, row) {
			t.add(c)
		}
	case dictionary.AgeRange:
		y, m, _ := civil(w.m.start)
		t.set(string(appendDay(nil, dayOf(y-r.MaxYears-1, m, 1))))
	case dictionary.Comparison:
		for _, c := range w.states(r, row, -1) {
			t.add(c)
		}
	case dictionary.NHSNumber:
		t.set(wrongDigit(t.value))
	case dictionary.SnomedCT:
		t.set(wrongDigit(string(w.m.letters.appendConcept(nil, firstItem, false))))
	case dictionary.DiagCode, dictionary.FindCode:
		t.schemed()
	case dictionary.AssessmentCode:
		t.set(string(w.m.letters.appendConcept(nil, firstItem, false)))
	case dictionary.AssessmentScore:
		for _, v := range []string{"99999", "-9999", "Z"} {
			t.set(v)
		}
	case dictionary.Unique, dictionary.UniqueWhen:
		t.duplicates()
	case dictionary.GPSuccessor:
		t.successors()
	case dictionary.ParentExists:
		_, most := w.m.length(w.rows[row].t.ref(t.column))
		none := "NONE" + t.value
		for utf8.RuneCountInString(none) > most {
			none = none[:len(none)-1]
		}
		t.set(none)
	case dictionary.ChildExists:
		t.childless()
	case dictionary.RejectAll:
		t.add(w.clone())
	case dictionary.OrgValid, dictionary.OrgValidOrDefault, dictionary.SiteValid, dictionary.SchoolValid, dictionary.PostcodeInReference:
		t.unknown()
	}
	return t
}

// unknown tries a code of the right form that no register holds.
func (t *trier) unknown() {
	values := []string{t.value}
	if t.value == "" {
		values = t.w.sample(t.w.rows[t.at], t.column)
	}
	for _, v := range values {
		if v != "" {
			_, n := utf8.DecodeLastRuneInString(v)
			t.set(v[:len(v)-n] + UnknownEnd)
		}
	}
}

func (t *trier) add(w *world) { t.list = append(t.list, trial{w, t.at, t.column}) }

// set tries a value in the rule's field.
func (t *trier) set(v string) {
	n := len(t.value)
	made := n > 0 && (strings.Contains(v, t.value) || strings.HasPrefix(v, t.value[:n-1])) // of the value that was there
	t.edits = append(t.edits, edit{[]cellEdit{{t.column, v}}, !made || v == ""})
}

// both tries a value in the rule's field with another in a second field.
func (t *trier) both(v string, other int, with string) {
	t.edits = append(t.edits, edit{cells: []cellEdit{{t.column, v}, {other, with}}})
}

// A form is where an edit is made: in the row, in the row without any rows
// below it, or in a copy of the row beside it.
type form uint8

const (
	inPlace form = iota
	childless
	inCopy
	forms
)

// edited returns the world with an edit of a row.
func (w *world) edited(row int, e edit, f form) trial {
	c := w.clone()
	switch f {
	case childless:
		c.prune(c.rows[row])
		row = slices.IndexFunc(c.rows, func(r *worldRow) bool { return r.t == w.rows[row].t && slices.Equal(r.values, w.rows[row].values) })
	case inCopy:
		c.rows = slices.Insert(c.rows, row+1, c.rows[row].copy())
		row++
		c.identify(row, func(int) bool { return true })
	}
	for _, cell := range e.cells {
		c.rows[row].values[cell.column] = cell.value
	}
	return trial{c, row, e.cells[0].column}
}

func (r *worldRow) copy() *worldRow {
	c := *r
	c.values = slices.Clone(r.values)
	return &c
}

// identify gives a row that is a copy identifiers of its own in the columns
// that change says.
func (w *world) identify(row int, change func(column int) bool) {
	r := w.rows[row]
	for i, v := range r.values {
		if v == "" || !change(i) {
			continue
		}
		switch r.t.fields[i].how {
		case makeKey:
			r.values[i] = wrongLetter(v)
		case makeNHS:
			r.values[i] = w.spareNHS()
		}
	}
}

// prune takes away all rows below one.
func (w *world) prune(row *worldRow) {
	if row.t.key < 0 {
		return
	}
	key := row.values[row.t.key]
	for _, below := range slices.Clone(w.rows) {
		if below.t.parent == row.t && below.t.parentField >= 0 && below.values[below.t.parentField] == key {
			w.prune(below)
			w.rows = slices.DeleteFunc(w.rows, func(r *worldRow) bool { return r == below })
		}
	}
}

// schemeColumn returns the column that names the scheme of the field's codes,
// and the schemes that it may name.
func (t *trier) schemeColumn() (int, []string) {
	row := t.w.rows[t.at]
	r := t.w.m.first(row.t.ref(t.column), dictionary.DiagCode, dictionary.FindCode)
	if r == nil {
		return -1, nil
	}
	var schemes []string
	if list := t.w.m.first(r.Other, dictionary.InSet); list != nil {
		for _, c := range t.w.m.codesInForce(list.List) {
			schemes = append(schemes, string(c))
		}
	}
	return row.t.Index(r.Other.Field), schemes
}

func (t *trier) lengths() {
	least, most := t.rule.Min, t.rule.Max
	long := t.value
	for utf8.RuneCountInString(long) <= most {
		long += "X"
	}
	values := []string{strings.Repeat("X", most+1), long}
	switch t.w.rows[t.at].t.fields[t.column].how {
	case makeKey, makeParent, makeAboveKey, makePooled:
		values = values[1:] // two faults must not have one key
	}
	if least > 1 {
		values = append(values, strings.Repeat("X", least-1))
	}
	if most > 2 {
		values = append(values, "A"+strings.Repeat("\n", max(1, least-2))+"B")
	}
	if most == 1 {
		values = append(values, "\n")
	}
	for _, v := range values {
		t.set(v)
	}
	if column, schemes := t.schemeColumn(); column >= 0 {
		for _, s := range schemes {
			for _, v := range values {
				t.both(v, column, s)
			}
		}
	}
	// Where a list's own code has another length, that code breaks nothing else.
	if in := t.w.m.first(t.w.rows[t.at].t.ref(t.column), dictionary.InSet); in != nil && in.List != "" {
		for _, c := range t.w.m.codesInForce(in.List) {
			if n := utf8.RuneCount(c); n < least || n > most {
				t.set(string(c))
			}
		}
	}
}

func (t *trier) digits() {
	least, most := t.rule.Min, t.rule.Max
	if t.w.m.first(t.w.rows[t.at].t.ref(t.column), dictionary.SnomedCT) != nil {
		m := t.w.m
		t.set(string(m.letters.appendConcept(nil, firstItem, false)) + ":" + contextAttribute + "=" + string(m.letters.appendConcept(nil, firstItem+1, false)))
	}
	n := max(least, 1)
	t.set(strings.Repeat("1", n-1) + "A")
	t.set(strings.Repeat("1", most+1))
	if least > 1 {
		t.set(strings.Repeat("1", least-1))
	}
}

func (t *trier) format() {
	parts, err := partsOf(t.rule.Pattern)
	if err != nil {
		return
	}
	for k := range parts { // each part in turn of another character
		v := ""
		for i, p := range parts {
			c := p.chars[:1]
			if i == k {
				c = "~"
			}
			v += strings.Repeat(c, max(p.least, 1))
		}
		t.set(v)
	}
}

func (t *trier) codes() {
	row := t.w.rows[t.at]
	least, most := t.w.m.length(row.t.ref(t.column))
	list := t.w.m.codesInForce(t.rule.List)
	// Like a code of the list, but no such code.
	for _, like := range list[:min(len(list), 3)] {
		for _, c := range "98ZQ#" {
			v := strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' && c >= '0' && c <= '9' || (r < '0' || r > '9') && r != '.' && r != '/' && (c < '0' || c > '9') {
					return c
				}
				return r
			}, string(like))
			if v != string(like) {
				t.set(v)
			}
		}
	}
	for _, c := range []string{"Z", "9", "#", "~", "Q"} {
		t.set(strings.Repeat(c, max(least, min(most, 2))))
		t.set(strings.Repeat(c, most))
	}
	// A scheme that is none frees its codes of their test; a blank code, too.
	for _, r := range t.w.m.byTable[row.t.ID] {
		if (r.Kind == dictionary.DiagCode || r.Kind == dictionary.FindCode) && r.Other.Field == t.rule.Field {
			t.both(strings.Repeat("9", max(least, 1)), row.t.Index(r.Field), "")
		}
	}
}

// unreal tries a date that the calendar does not have.
func (t *trier) unreal() {
	y, _, _ := civil(t.w.m.start)
	v := fmt.Sprintf("%04d-02-30", y)
	if t.rule.Kind == dictionary.ValidDatetime {
		v += "T10:15:30"
		if t.rule.TextOnly {
			v += "Z"
		}
	}
	t.set(v)
}

// states returns copies of the world with all states of the fields of a rule's
// condition in a row, but for the column keep.
func (w *world) states(r *dictionary.Rule, at, keep int) []*world {
	c := w.m.conditions[r.Code]
	row := w.rows[at]
	texts := map[int][]string{}
	for _, l := range literalsOf(c) {
		if i := row.t.Index(l.ref.Field); l.ref.Table == "" && i >= 0 {
			texts[i] = append(texts[i], l.text)
		}
	}
	var columns []int
	for _, ref := range dictionary.Refs(c) {
		if i := row.t.Index(ref.Field); ref.Table == "" && i >= 0 && i != keep {
			columns = append(columns, i)
		}
	}
	var list []*world
	var try func(w *world, k int)
	try = func(w *world, k int) {
		if k < 0 {
			list = append(list, w)
			return
		}
		column := columns[k]
		try(w, k-1)
		values := append([]string{""}, texts[column]...)
		f := &row.t.fields[column]
		for i, code := range f.codes {
			if i >= f.literals && i < f.literals+2 {
				values = append(values, string(code))
			}
		}
		for _, v := range append(values, w.sample(row, column)...) {
			c := w.clone()
			c.rows[at].values[column] = v
			try(c, k-1)
		}
	}
	try(w, len(columns)-1)
	return list
}

// sample returns some values that would do in a field, for a row in which it
// is blank.
func (w *world) sample(row *worldRow, column int) []string {
	f := &row.t.fields[column]
	m := w.m
	switch f.how {
	case makeDate:
		var days []string
		for _, d := range []int{m.end - 1, m.start} {
			day := string(appendDay(nil, d))
			if f.stamp {
				day += "T10:30:00Z"
			}
			days = append(days, day)
		}
		return days
	case makeCode:
		return []string{string(f.codes[len(f.codes)-1])}
	case makeConcept:
		return []string{string(m.letters.appendConcept(nil, firstItem, false))}
	case makePooled:
		if f.pool.key >= 0 {
			return []string{string(m.worker().appendPoolKey(nil, f.pool, 0))}
		}
	case makeKey:
		least, most := m.length(row.t.ref(column))
		key := row.t.prefix
		if row.t.parentField >= 0 { // the parent's key, under other letters
			key += row.values[row.t.parentField]
		}
		if n := utf8.RuneCountInString(key); n >= least && n <= most {
			return []string{key}
		}
	case makeSchemed:
		return []string{string(m.letters.appendConcept(nil, firstItem, false)), "F20.0"}
	case makeText, makePractice:
		k := m.worker()
		return []string{string(k.appendText(nil, f.patterns[0], 1))}
	case makeFixed:
		return []string{wrongLetter(string(f.literal))}
	}
	return nil
}

func (t *trier) schemed() {
	column, _ := t.schemeColumn()
	if column < 0 {
		return
	}
	for _, s := range t.rule.Schemes {
		v := "F20.0123" // an ICD-10 code is not as long
		if s.Test == testSnomed {
			v = wrongDigit(string(t.w.m.letters.appendConcept(nil, firstItem, false)))
		}
		t.both(v, column, s.Code)
	}
}

// duplicates tries copies of the row, changed in what other rules want unique,
// and a sibling made to share the key.
func (t *trier) duplicates() {
	row := t.w.rows[t.at]
	for _, f := range t.rule.Fields { // a blank in a key would keep it from counting
		c := row.t.Index(f.Field)
		if row.values[c] == "" && !t.rule.NullsEqual {
			t.w = t.w.clone()
			row = t.w.rows[t.at]
			for _, v := range t.w.sample(row, c) {
				row.values[c] = v
				t.w.addPools() // to which the sample may belong
				if len(t.w.judge(true)) == 0 {
					break
				}
			}
			t.at = slices.Index(t.w.rows, row)
		}
	}
	shared := func(column int) bool {
		return slices.ContainsFunc(t.rule.Fields, func(f dictionary.Ref) bool { return f.Field == row.t.Fields[column].Name })
	}
	c := t.w.clone()
	c.rows = slices.Insert(c.rows, t.at+1, c.rows[t.at].copy())
	t.add(c)
	c = c.clone()
	c.identify(t.at+1, func(column int) bool { return !shared(column) })
	t.add(c)
	for k := range row.t.Fields { // without a date that would have to differ
		if !shared(k) {
			continue
		}
		c := t.w.clone()
		c.rows[t.at].values[k] = ""
		c.rows = slices.Insert(c.rows, t.at+1, c.rows[t.at].copy())
		t.add(c)
	}
	for i, other := range t.w.rows {
		if i == t.at || other.t != row.t || other.beside {
			continue
		}
		c := t.w.clone()
		for k := range row.t.Fields {
			if shared(k) {
				c.rows[i].values[k] = row.values[k]
			}
		}
		t.add(c)
		c = t.w.clone() // the other way round
		for k := range row.t.Fields {
			if shared(k) {
				c.rows[t.at].values[k] = other.values[k]
			}
		}
		t.add(c)
	}
}

// successors tries registrations that do not follow each other.
func (t *trier) successors() {
	row := t.w.rows[t.at]
	f := t.rule.Fields
	for i, other := range t.w.rows {
		if i == t.at || other.t != row.t {
			continue
		}
		if end, ok := t.w.date(row, f[2].Field); ok {
			c := t.w.clone()
			c.rows[i].values[row.t.Index(f[1].Field)] = string(appendDay(nil, end+3))
			t.add(c)
			c = t.w.clone()
			c.rows[i].values[row.t.Index(f[3].Field)] = row.get(f[3].Field)
			t.add(c)
		}
	}
}

// childless takes away the rows that would have to be there.
func (t *trier) childless() {
	key := t.value
	c := t.w.clone()
	column := -1
	c.rows = slices.DeleteFunc(c.rows, func(r *worldRow) bool {
		if r.t.ID == t.rule.Other.Table {
			column = r.t.Index(t.rule.Other.Field)
		}
		return r.t.ID == t.rule.Other.Table && r.get(t.rule.Other.Field) == key
	})
	at := slices.IndexFunc(c.rows, func(r *worldRow) bool { return r.t == t.w.rows[t.at].t && r.get(t.rule.Field) == key })
	if at >= 0 {
		t.list = append(t.list, trial{c, at, t.column})
	}
	if column < 0 {
		return
	}
	// Or they name another.
	other := t.w.m.tableOf(t.rule.Other.Table)
	f := &other.fields[column]
	for _, v := range []string{"", string(t.w.m.worker().appendPoolKey(nil, t.w.rows[t.at].t, 0))} {
		if f.how != makePooled {
			break
		}
		c := t.w.clone()
		for _, r := range c.rows {
			if r.t == other && r.values[column] == key {
				r.values[column] = v
			}
		}
		t.add(c)
	}
}

// wrongDigit turns the last digit one on.
func wrongDigit(s string) string {
	if s == "" {
		return s
	}
	last := len(s) - 1
	return s[:last] + string('0'+(s[last]-'0'+1)%10)
}

// wrongLetter changes the first letter or digit to another of its sort.
func wrongLetter(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	first := "Q"
	if s[0] == 'Q' {
		first = "V"
	}
	return first + s[n:]
}
