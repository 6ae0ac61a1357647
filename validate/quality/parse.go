package quality

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/batch"
)

// A compiler turns conditions into formulas of an Observer.
type compiler struct {
	o     *Observer
	terms map[string]*dictionary.Measure
	links []link // pairs of key columns whose values are compared

	quantifiers int // so far
}

// A link says that two columns hold the same keys.
type link struct{ a, b column }

// A column is a field by its place: the table's index in the dictionary and the
// field's in the table.
type column struct{ table, field int }

// A frame is the rows that a formula sees at once: slot 0 is the row that is
// counted, further slots are joined rows and those that any and most go
// through.
type frame struct{ slots []slot }

// A slot of a joined row says where it comes from; from is -1 for others.
type slot struct {
	table     int
	from      int // the slot whose key leads here
	own, that int // the key's field there and here
}

// A ref is a field of a slot.
type ref struct{ slot, field int }

// A parser reads one condition.
type parser struct {
	*compiler
	text  string
	at    int
	token string // the token in hand; "" at the end
	quote bool   // it is a text in quotes

	frame *frame
	scope []int // slots of which bare names are fields, the innermost last
	item  *ref  // F; nil if there is none

	// The other conditions of a measure of validity, by column.
	categories map[string]string
	depth      int // of terms within terms
}

// fault words what is wrong at the token in hand.
func (p *parser) fault(format string, args ...any) error {
	return fmt.Errorf("condition %q: at %q: %s", p.text, p.text[p.at-len(p.token):], fmt.Sprintf(format, args...))
}

// advance reads the next token: a word, a number, a sign or a text in quotes.
func (p *parser) advance() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
	p.quote = false
	begin := p.at
	if begin == len(p.text) {
		p.token = ""
		return
	}
	c := p.text[p.at]
	switch {
	case c == '\'':
		if end := strings.IndexByte(p.text[begin+1:], '\''); end >= 0 {
			p.at = begin + end + 2
			p.token, p.quote = p.text[begin+1:p.at-1], true
			return
		}
		p.at++
	case isWord(c):
		for p.at < len(p.text) && (isWord(p.text[p.at]) || p.text[p.at] == '.' && !strings.HasPrefix(p.text[p.at:], "..")) {
			p.at++
		}
		// A date is one token, though it has hyphens.
		if n := begin + len("2024-04-01"); p.at == begin+4 && n <= len(p.text) && isDate(p.text[begin:n]) {
			p.at = n
		}
	default:
		p.at++
		if two := p.text[begin:min(begin+2, len(p.text))]; slices.Contains([]string{"==", "!=", "<=", ">=", ".."}, two) {
			p.at++
		}
	}
	p.token = p.text[begin:p.at]
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

func isDate(s string) bool {
	return s[4] == '-' && s[7] == '-' && parseDay([]byte(s)) > batch.Unreadable
}

// eat passes over the token if it is the one given.
func (p *parser) eat(token string) bool {
	if p.token != token || p.quote {
		return false
	}
	p.advance()
	return true
}

func (p *parser) need(token string) error {
	if !p.eat(token) {
		return p.fault("%q expected", token)
	}
	return nil
}

// condition parses the whole text.
func (p *parser) condition(text string) (formula, error) {
	saved, at, token, quote := p.text, p.at, p.token, p.quote
	p.text, p.at = text, 0
	p.advance()
	f, err := p.or()
	if err == nil && p.token != "" {
		err = p.fault("nothing more expected")
	}
	p.text, p.at, p.token, p.quote = saved, at, token, quote
	return f, err
}

func (p *parser) or() (formula, error) {
	return p.joined("or", p.and, func(l []formula) formula { return anyOf(l) })
}
func (p *parser) and() (formula, error) {
	return p.joined("and", p.unary, func(l []formula) formula { return allOf(l) })
}

func (p *parser) joined(word string, part func() (formula, error), join func([]formula) formula) (formula, error) {
	f, err := part()
	list := []formula{f}
	for err == nil && p.eat(word) {
		if f, err = part(); err == nil {
			list = append(list, f)
		}
	}
	if err != nil || len(list) == 1 {
		return f, err
	}
	return join(list), nil
}

func (p *parser) unary() (formula, error) {
	switch {
	case p.eat("not"):
		f, err := p.unary()
		return negation{f}, err
	case p.eat("("):
		f, err := p.or()
		if err == nil {
			err = p.need(")")
		}
		return f, err
	}
	return p.test()
}

// test parses one test.
func (p *parser) test() (formula, error) {
	if p.quote {
		return nil, p.fault("a test expected")
	}
	switch p.token {
	case "":
		return nil, p.fault("a test expected")
	case "all", "none":
		f := fixed(p.token == "all")
		p.advance()
		return f, nil
	case "in":
		return p.membership(text{ref: p.measured()})
	case "blank", "filled":
		filled := p.token == "filled"
		p.advance()
		r := p.measured()
		if p.eat("(") {
			var err error
			if r, err = p.field(); err != nil {
				return nil, err
			}
			if err := p.need(")"); err != nil {
				return nil, err
			}
		}
		if r == nil {
			return nil, p.fault("there is no measured item here; name the field")
		}
		var f formula = &single{*r, &blankTest{field: r.field}}
		if filled {
			f = negation{f}
		}
		return f, nil
	case "else":
		p.advance()
		return p.rest()
	case "valid", "other", "default":
		word := p.token
		p.advance()
		return p.category(word)
	case "starts":
		return p.starts()
	case "known", "open", "has":
		return p.registered()
	case "found":
		return p.found()
	case "any", "most":
		return p.quantified()
	case "within", "ongoing":
		return p.period()
	case "age":
		return p.age()
	case "hour", "minute":
		return p.clock()
	case "upper", "first", "before":
		t, err := p.value()
		if err != nil {
			return nil, err
		}
		return p.membership(t)
	case "date", "closed", "RPS", "RPE":
		return p.comparison(nil)
	}
	if p.token[0] >= '0' && p.token[0] <= '9' {
		return p.comparison(nil)
	}
	if term := p.terms[p.token]; term != nil {
		return p.term(term)
	}
	r, err := p.field()
	if err != nil {
		return nil, err
	}
	if p.token == "in" {
		return p.membership(text{ref: r})
	}
	return p.comparison(r)
}

// measured is F, nil if there is none.
func (p *parser) measured() *ref { return p.item }

// category parses another condition of the measure, in its place.
func (p *parser) category(word string) (formula, error) {
	c, ok := p.categories[word]
	if !ok {
		return nil, p.fault("the word %q has a meaning in other columns of a measure of validity only", word)
	}
	if c == "" {
		return fixed(false), nil
	}
	if p.depth++; p.depth > deepest {
		return nil, p.fault("conditions refer to one another without end")
	}
	f, err := p.condition(c)
	p.depth--
	return f, err
}

// rest is else: filled, and in none of the other categories.
func (p *parser) rest() (formula, error) {
	if p.categories == nil || p.item == nil {
		return nil, p.fault("else has a meaning in a measure of validity only")
	}
	list := allOf{negation{&single{*p.item, &blankTest{field: p.item.field}}}}
	for _, word := range []string{"valid", "other", "default"} {
		f, err := p.category(word)
		if err != nil {
			return nil, err
		}
		list = append(list, negation{f})
	}
	return list, nil
}

// deepest bounds terms within terms.
const deepest = 12

// term parses a term of the measures sheet as if it stood here.
func (p *parser) term(m *dictionary.Measure) (formula, error) {
	table := p.frame.slots[p.scope[len(p.scope)-1]].table
	if p.o.d.Tables[table].ID != m.Table {
		return nil, p.fault("the term %s is about rows of %s, not of %s", m.ID, m.Table, p.o.d.Tables[table].ID)
	}
	if p.depth++; p.depth > deepest {
		return nil, p.fault("terms refer to one another without end")
	}
	item, categories, scope := p.item, p.categories, p.scope
	p.item, p.categories, p.scope = nil, nil, []int{p.scope[len(p.scope)-1]}
	f, err := p.condition(m.Condition)
	p.item, p.categories, p.scope = item, categories, scope
	p.depth--
	if err != nil {
		return nil, fmt.Errorf("term %s: %w", m.ID, err)
	}
	p.advance()
	return f, nil
}

// field parses a field.
func (p *parser) field() (*ref, error) {
	if p.token == "F" {
		if p.item == nil {
			return nil, p.fault("there is no measured item here; name the field")
		}
		p.advance()
		return p.item, nil
	}
	table, name, dotted := strings.Cut(p.token, ".")
	if !dotted {
		name = table
		s := p.scope[len(p.scope)-1]
		t := &p.o.d.Tables[p.frame.slots[s].table]
		i := t.Index(name)
		if i < 0 {
			return nil, p.fault("%q is neither a test, a term nor a field of %s%s", name, t.Name, dictionary.DidYouMean(name, fieldNames(t)))
		}
		p.advance()
		return &ref{s, i}, nil
	}
	s := p.slotOf(table)
	if s < 0 {
		return nil, p.fault("%s is not reached here; join it, or look through it with any", table)
	}
	t := &p.o.d.Tables[p.frame.slots[s].table]
	i := t.Index(name)
	if i < 0 {
		return nil, p.fault("%s has no field %q%s", t.Name, name, dictionary.DidYouMean(name, fieldNames(t)))
	}
	p.advance()
	return &ref{s, i}, nil
}

func fieldNames(t *dictionary.Table) []string {
	var names []string
	for i := range t.Fields {
		names = append(names, t.Fields[i].Name)
	}
	return names
}

// slotOf is the slot of the nearest row of the table: of any and most from the
// innermost out, then the joined ones; -1 if there is none.
func (p *parser) slotOf(table string) int {
	of := func(s int) bool { return p.o.d.Tables[p.frame.slots[s].table].ID == table }
	for i := len(p.scope) - 1; i >= 0; i-- {
		if of(p.scope[i]) {
			return p.scope[i]
		}
	}
	if p.scope[0] == 0 {
		for s := range p.frame.slots {
			if p.frame.slots[s].from >= 0 && of(s) {
				return s
			}
		}
	}
	return -1
}

// typeOf is the type of a field.
func (p *parser) typeOf(r ref) dictionary.Type {
	return p.o.d.Tables[p.frame.slots[r.slot].table].Fields[r.field].Type
}

// value parses a TEXT.
func (p *parser) value() (text, error) {
	var t text
	word := p.token
	if word != "upper" && word != "first" && word != "before" {
		r, err := p.field()
		return text{ref: r}, err
	}
	p.advance()
	if err := p.need("("); err != nil {
		return t, err
	}
	t, err := p.value()
	if err != nil {
		return t, err
	}
	switch word {
	case "upper":
		t.steps = append(slices.Clip(t.steps), step{upper, 0})
	case "first":
		t.steps = append(slices.Clip(t.steps), step{first, 0})
	case "before":
		if err := p.need(","); err != nil {
			return t, err
		}
		if !p.quote || len(p.token) != 1 {
			return t, p.fault("one character in quotes expected")
		}
		t.steps = append(slices.Clip(t.steps), step{before, p.token[0]})
		p.advance()
	}
	return t, p.need(")")
}

// plain refuses a text that is a date or a time.
func (p *parser) plain(t text) error {
	if t.ref == nil {
		return p.fault("there is no measured item here; name the field")
	}
	if ty := p.typeOf(*t.ref); ty != dictionary.Text && ty != dictionary.Number {
		return p.fault("a field of type %s has no codes", ty)
	}
	return nil
}

// membership parses what follows a TEXT: in{…} or in list NAME.
func (p *parser) membership(t text) (formula, error) {
	if err := p.plain(t); err != nil {
		return nil, err
	}
	if p.token != "in" {
		return nil, p.fault("in expected")
	}
	if rest := strings.TrimLeft(p.text[p.at:], " "); strings.HasPrefix(rest, "{") {
		begin := len(p.text) - len(rest) + 1
		end := strings.IndexByte(p.text[begin:], '}')
		if end < 0 {
			return nil, p.fault("} expected")
		}
		codes := strings.Split(p.text[begin:begin+end], "|")
		if slices.Contains(codes, "") {
			return nil, p.fault("a code is blank")
		}
		p.at = begin + end + 1
		p.advance()
		return &single{*t.ref, &inTest{text: t, set: newTextSet(codes), codes: codes}}, nil
	}
	p.advance()
	if err := p.need("list"); err != nil {
		return nil, err
	}
	l := p.o.d.List(p.token)
	if l == nil {
		var names []string
		for i := range p.o.d.Lists {
			names = append(names, p.o.d.Lists[i].Name)
		}
		return nil, p.fault("unknown code list%s", dictionary.DidYouMean(p.token, names))
	}
	p.advance()
	var codes []string
	for _, c := range l.Codes {
		code := c.Code
		if slices.ContainsFunc(t.steps, func(s step) bool { return s.kind == upper }) {
			code = strings.ToUpper(code)
		}
		codes = append(codes, code)
	}
	return &single{*t.ref, &inTest{text: t, set: newTextSet(codes), codes: codes}}, nil
}

func (p *parser) starts() (formula, error) {
	p.advance()
	if err := p.need("("); err != nil {
		return nil, err
	}
	t, err := p.value()
	if err == nil {
		err = p.plain(t)
	}
	if err == nil {
		err = p.need(",")
	}
	if err != nil {
		return nil, err
	}
	if !p.quote || p.token == "" {
		return nil, p.fault("a text in quotes expected")
	}
	f := &single{*t.ref, &startsTest{t, p.token}}
	p.advance()
	return f, p.need(")")
}

// register parses ", REGISTER".
func (p *parser) register() (dictionary.Register, error) {
	if err := p.need(","); err != nil {
		return 0, err
	}
	r, ok := dictionary.ParseRegister(p.token)
	if !ok {
		return 0, p.fault("unknown register%s", dictionary.DidYouMean(p.token, dictionary.RegisterNames()))
	}
	p.advance()
	return r, nil
}

// registered parses known, open and has.
func (p *parser) registered() (formula, error) {
	word := p.token
	p.advance()
	if err := p.need("("); err != nil {
		return nil, err
	}
	t, err := p.value()
	if err == nil {
		err = p.plain(t)
	}
	if err != nil {
		return nil, err
	}
	r, err := p.register()
	if err != nil {
		return nil, err
	}
	test := &registerTest{text: t, register: r, word: word}
	if word != "known" {
		if err := p.need(","); err != nil {
			return nil, err
		}
		if test.on, err = p.day(); err != nil {
			return nil, err
		}
		if test.on.kind != periodStart && test.on.kind != periodEnd && test.on.kind != literal {
			return nil, p.fault("a day of the period or a date expected before")
		}
	}
	return &single{*t.ref, test}, p.need(")")
}

func (p *parser) found() (formula, error) {
	p.advance()
	if err := p.need("("); err != nil {
		return nil, err
	}
	s := p.slotOf(p.token)
	if s < 0 || p.frame.slots[s].from < 0 {
		return nil, p.fault("%s is no joined table", p.token)
	}
	p.advance()
	return found{s}, p.need(")")
}

// quantified parses any and most.
func (p *parser) quantified() (formula, error) {
	q := &quantifier{most: p.token == "most"}
	p.advance()
	if err := p.need("("); err != nil {
		return nil, err
	}
	t := p.o.d.Table(p.token)
	if t == nil || t == &p.o.d.Context {
		return nil, p.fault("a table expected")
	}
	p.advance()
	if err := p.need("on"); err != nil {
		return nil, err
	}
	outer := p.scope[len(p.scope)-1]
	own := &p.o.d.Tables[p.frame.slots[outer].table]
	theirs := p.token
	p.advance()
	mine := theirs
	if p.eat("=") {
		mine = p.token
		p.advance()
	}
	q.table, q.key = t.Position-1, t.Index(theirs)
	q.outer, q.own = outer, own.Index(mine)
	switch {
	case q.key < 0:
		return nil, p.fault("%s has no field %q%s", t.Name, theirs, dictionary.DidYouMean(theirs, fieldNames(t)))
	case q.own < 0:
		return nil, p.fault("%s has no field %q%s", own.Name, mine, dictionary.DidYouMean(mine, fieldNames(own)))
	}
	p.links = append(p.links, link{column{q.table, q.key}, column{p.frame.slots[outer].table, q.own}})
	q.slot = len(p.frame.slots)
	p.frame.slots = append(p.frame.slots, slot{table: q.table, from: -1})
	if p.eat(":") {
		item, categories := p.item, p.categories
		p.item, p.categories = nil, nil
		p.scope = append(p.scope, q.slot)
		f, err := p.or()
		p.scope = p.scope[:len(p.scope)-1]
		p.item, p.categories = item, categories
		if err != nil {
			return nil, err
		}
		q.condition = f
	}
	return q, p.need(")")
}

// period parses within and ongoing.
func (p *parser) period() (formula, error) {
	word := p.token
	p.advance()
	if err := p.need("("); err != nil {
		return nil, err
	}
	d, err := p.day()
	if err != nil {
		return nil, err
	}
	if err := p.need(")"); err != nil {
		return nil, err
	}
	if d.ref == nil {
		return nil, p.fault("a field expected before")
	}
	if word == "ongoing" {
		return &single{*d.ref, &ongoingTest{d}}, nil
	}
	start, end := day{kind: periodStart}, day{kind: periodEnd}
	return allOf{p.compared(d, ">=", start), p.compared(d, "<=", end)}, nil
}

func (p *parser) age() (formula, error) {
	p.advance()
	if err := p.need("("); err != nil {
		return nil, err
	}
	birth, err := p.day()
	if err == nil {
		err = p.need(",")
	}
	if err != nil {
		return nil, err
	}
	at, err := p.day()
	if err == nil {
		err = p.need(")")
	}
	if err != nil {
		return nil, err
	}
	low, high, err := p.span()
	if err != nil {
		return nil, err
	}
	test := &ageTest{birth, at, low, high}
	switch {
	case birth.ref != nil && at.ref != nil && birth.ref.slot != at.ref.slot:
		return test, nil
	case birth.ref != nil:
		return &single{*birth.ref, test}, nil
	case at.ref != nil:
		return &single{*at.ref, test}, nil
	}
	return nil, p.fault("an age needs a field")
}

// span parses == N, < N and so on, or in N..M; both ends count.
func (p *parser) span() (low, high int, err error) {
	const least, most = -1 << 30, 1 << 30
	word := p.token
	if !slices.Contains([]string{"==", "<", "<=", ">", ">=", "in"}, word) {
		return 0, 0, p.fault("a comparison with a number expected")
	}
	p.advance()
	number := func() int {
		n, e := strconv.Atoi(p.token)
		if e != nil && err == nil {
			err = p.fault("a number expected")
		}
		p.advance()
		return n
	}
	n := number()
	low, high = n, n
	switch word {
	case "<":
		low, high = least, n-1
	case "<=":
		low = least
	case ">":
		low, high = n+1, most
	case ">=":
		high = most
	case "in":
		if e := p.need(".."); e != nil {
			return 0, 0, e
		}
		high = number()
	}
	return low, high, err
}

// clock parses hour and minute.
func (p *parser) clock() (formula, error) {
	test := &clockTest{minute: p.token == "minute"}
	p.advance()
	if err := p.need("("); err != nil {
		return nil, err
	}
	r, err := p.field()
	if err == nil {
		err = p.need(")")
	}
	if err != nil {
		return nil, err
	}
	if ty := p.typeOf(*r); ty != dictionary.Time {
		return nil, p.fault("a field of type %s has no time of day", ty)
	}
	test.field = r.field
	if test.low, test.high, err = p.span(); err != nil {
		return nil, err
	}
	return &single{*r, test}, nil
}

// day parses a DAY.
func (p *parser) day() (day, error) {
	var d day
	switch word := p.token; {
	case word == "RPS", word == "RPE":
		d.kind = periodStart
		if word == "RPE" {
			d.kind = periodEnd
		}
		p.advance()
	case word == "date":
		p.advance()
		if err := p.need("("); err != nil {
			return d, err
		}
		r, err := p.field()
		if err != nil {
			return d, err
		}
		if ty := p.typeOf(*r); ty != dictionary.Text {
			return d, p.fault("date is for timestamps that are text, not for a field of type %s", ty)
		}
		d.kind, d.ref = timestamp, r
		if err := p.need(")"); err != nil {
			return d, err
		}
	case word == "closed":
		p.advance()
		if err := p.need("("); err != nil {
			return d, err
		}
		t, err := p.value()
		if err == nil {
			err = p.plain(t)
		}
		if err != nil {
			return d, err
		}
		register, err := p.register()
		if err != nil {
			return d, err
		}
		d.kind, d.ref, d.text, d.register = closing, t.ref, t, register
		if err := p.need(")"); err != nil {
			return d, err
		}
	case len(word) == len("2024-04-01") && isDate(word):
		d.kind, d.at = literal, parseDay([]byte(word))
		p.advance()
	default:
		r, err := p.field()
		if err != nil {
			return d, err
		}
		if err := p.dated(*r); err != nil {
			return d, err
		}
		d.kind, d.ref = dateField, r
	}
	return p.offset(d)
}

// dated refuses a field that holds no date.
func (p *parser) dated(r ref) error {
	if ty := p.typeOf(r); ty != dictionary.Date && ty != dictionary.DateTime {
		return p.fault("a field of type %s is no date; of a timestamp that is text write date(FIELD)", ty)
	}
	return nil
}

// offset parses + N or - N.
func (p *parser) offset(d day) (day, error) {
	sign := int32(1)
	switch {
	case p.eat("+"):
	case p.eat("-"):
		sign = -1
	default:
		return d, nil
	}
	n, err := strconv.Atoi(p.token)
	if err != nil || n > 100000 {
		return d, p.fault("a number of days expected")
	}
	p.advance()
	d.offset = sign * int32(n)
	return d, nil
}

// comparison parses DAY op DAY, whose left side has been read if r is not nil.
func (p *parser) comparison(r *ref) (formula, error) {
	var left day
	var err error
	if r != nil {
		if err := p.dated(*r); err != nil {
			return nil, err
		}
		left, err = p.offset(day{kind: dateField, ref: r})
	} else {
		left, err = p.day()
	}
	if err != nil {
		return nil, err
	}
	op := p.token
	if !slices.Contains([]string{"==", "!=", "<", "<=", ">", ">="}, op) {
		return nil, p.fault("a comparison expected")
	}
	p.advance()
	right, err := p.day()
	if err != nil {
		return nil, err
	}
	return p.compared(left, op, right), nil
}

// compared is the formula of a comparison of days.
func (p *parser) compared(a day, op string, b day) formula {
	test := &dayTest{a, b, op}
	switch {
	case a.ref != nil && b.ref != nil && a.ref.slot != b.ref.slot:
		return test
	case a.ref != nil:
		return &single{*a.ref, test}
	case b.ref != nil:
		return &single{*b.ref, test}
	}
	return test
}
