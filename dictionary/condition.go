package dictionary

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Condition is a test of one record's fields, as the rules sheet writes it:
//
//	isnull(Finding) or notnull(FindSchemeInUse) and FindSchemeInUse in ('01', '04')
//
// It is a tree of the node types Or, And, Null, Compare and In, and of no
// others:
//
//	Or ─┬─ Null Finding
//	    └─ And ─┬─ Null FindSchemeInUse, Not
//	            └─ In FindSchemeInUse ['01' '04']
//
// The grammar, where "and" binds tighter than "or":
//
//	condition = conjunct { "or" conjunct }
//	conjunct  = test { "and" test }
//	test      = "isnull(" field ")" | "notnull(" field ")"
//	          | field "in" "(" text { "," text } ")"
//	          | field ( "==" | "!=" | "<=>" ) ( field | text )
//	          | "(" condition ")"
//	field     = name                  of the table that the rule is of
//	          | table "." name        of another table
//	text      = "'" characters "'"    a quote within is written twice
//
// Names consist of ASCII letters, digits and "_"; the five words of the grammar
// are not names.
//
// A condition is true, false or unknown. A comparison with a null is unknown,
// except that <=> takes null for a value that equals itself. "and" is false if
// a side is false, else unknown if a side is; "or" is true if a side is true,
// else unknown if a side is. What is unknown at the end is not true: the
// record fails a rule that must hold, and a rule that applies when the
// condition holds does not apply.
type Condition interface {
	// String writes the condition in the notation that ParseCondition reads,
	// with single spaces and no more brackets than needed.
	String() string

	eval(lookup func(Ref) (value string, null bool)) Truth
	refs(yield func(Ref))
}

// An Or is true if one of its members is. It has at least two, none an Or.
type Or []Condition

// An And is true if all of its members are. It has at least two, none an And.
type And []Condition

// A Null tests whether a field has no value or, with Not, has one. It is never
// unknown.
type Null struct {
	Ref Ref
	Not bool
}

// A Compare sets a field against another one, or against a text.
type Compare struct {
	Left Ref
	Op   Operator

	// Right is the other field; if it is the zero Ref, Text counts.
	Right Ref
	Text  string
}

// An In tests whether a field's value is one of Values, which has at least one.
type In struct {
	Ref    Ref
	Values []string
}

// An Operator compares two values, byte for byte.
type Operator uint8

const (
	Equal     Operator = iota + 1 // ==; unknown if a side is null
	NotEqual                      // !=; unknown if a side is null
	NullEqual                     // <=>; two nulls are equal, a null and a value are not
)

var operatorNames = [...]string{"", "==", "!=", "<=>"}

// String returns the operator as conditions write it.
func (o Operator) String() string { return name(operatorNames[:], int(o)) }

// A Truth is the outcome of a condition.
type Truth uint8

const (
	False Truth = iota
	Unknown
	True
)

// String returns "false", "unknown" or "true".
func (t Truth) String() string { return name([]string{"false", "unknown", "true"}, int(t)) }

// Eval judges the condition on the record that lookup reads. A Ref without a
// table means a field of the record's own table.
func Eval(c Condition, lookup func(Ref) (value string, null bool)) Truth {
	return c.eval(lookup)
}

// Refs lists the fields that the condition reads, each once, in the order in
// which it first names them.
func Refs(c Condition) []Ref {
	var list []Ref
	c.refs(func(r Ref) {
		if !slices.Contains(list, r) {
			list = append(list, r)
		}
	})
	return list
}

func (o Or) eval(lookup func(Ref) (string, bool)) Truth {
	t := False
	for _, c := range o {
		t = max(t, c.eval(lookup))
	}
	return t
}

func (a And) eval(lookup func(Ref) (string, bool)) Truth {
	t := True
	for _, c := range a {
		t = min(t, c.eval(lookup))
	}
	return t
}

func (n Null) eval(lookup func(Ref) (string, bool)) Truth {
	_, null := lookup(n.Ref)
	return truth(null != n.Not)
}

func (c Compare) eval(lookup func(Ref) (string, bool)) Truth {
	left, leftNull := lookup(c.Left)
	right, rightNull := c.Text, false
	if c.Right != (Ref{}) {
		right, rightNull = lookup(c.Right)
	}
	switch {
	case c.Op == NullEqual && (leftNull || rightNull):
		return truth(leftNull == rightNull)
	case leftNull || rightNull:
		return Unknown
	case c.Op == NotEqual:
		return truth(left != right)
	}
	return truth(left == right)
}

func (i In) eval(lookup func(Ref) (string, bool)) Truth {
	value, null := lookup(i.Ref)
	if null {
		return Unknown
	}
	return truth(slices.Contains(i.Values, value))
}

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}

func (o Or) refs(yield func(Ref))   { refsOf(o, yield) }
func (a And) refs(yield func(Ref))  { refsOf(a, yield) }
func (n Null) refs(yield func(Ref)) { yield(n.Ref) }
func (i In) refs(yield func(Ref))   { yield(i.Ref) }
func (c Compare) refs(yield func(Ref)) {
	yield(c.Left)
	if c.Right != (Ref{}) {
		yield(c.Right)
	}
}

func refsOf(list []Condition, yield func(Ref)) {
	for _, c := range list {
		c.refs(yield)
	}
}

func (o Or) String() string {
	return joinConditions(o, " or ", func(Condition) bool { return false })
}

func (a And) String() string {
	return joinConditions(a, " and ", func(c Condition) bool { _, or := c.(Or); return or })
}

func joinConditions(list []Condition, word string, bracket func(Condition) bool) string {
	var b strings.Builder
	for i, c := range list {
		if i > 0 {
			b.WriteString(word)
		}
		if bracket(c) {
			b.WriteString("(" + c.String() + ")")
		} else {
			b.WriteString(c.String())
		}
	}
	return b.String()
}

func (n Null) String() string {
	if n.Not {
		return "notnull(" + n.Ref.String() + ")"
	}
	return "isnull(" + n.Ref.String() + ")"
}

func (c Compare) String() string {
	right := quoteText(c.Text)
	if c.Right != (Ref{}) {
		right = c.Right.String()
	}
	return c.Left.String() + " " + c.Op.String() + " " + right
}

func (i In) String() string {
	quoted := make([]string, len(i.Values))
	for k, v := range i.Values {
		quoted[k] = quoteText(v)
	}
	return i.Ref.String() + " in (" + strings.Join(quoted, ", ") + ")"
}

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// String returns "Table.Field", or the field alone when there is no table.
func (r Ref) String() string {
	if r.Table == "" {
		return r.Field
	}
	return r.Table + "." + r.Field
}

// maxNesting bounds the brackets within brackets of a condition, so that a
// hostile sheet cannot exhaust the stack. The rules of v6.0 have none.
const maxNesting = 100

// ParseCondition reads a condition in the notation of type Condition. The error
// says at which character the text stops making sense and what would do.
// Whether the fields exist is Check's business.
func ParseCondition(text string) (Condition, error) {
	p := conditionParser{text: text}
	p.next()
	c, err := p.condition(0)
	if err == nil && p.token != "" {
		err = p.expected("and, or, or the end")
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// A conditionParser reads one token ahead.
type conditionParser struct {
	text  string
	start int    // offset of token
	end   int    // offset behind token
	token string // "" at the end; of a text the opening quote alone
	value string // what a text says
	fault string // what is wrong with token, if it cannot be read at all
}

func (p *conditionParser) next() {
	for p.end < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.end]) >= 0 {
		p.end++
	}
	p.start = p.end
	rest := p.text[p.start:]
	switch n := nameLength(rest); {
	case rest == "":
		p.token = ""
	case n > 0:
		p.token, p.end = rest[:n], p.start+n
	case rest[0] == '\'':
		p.quoted(rest)
	case strings.HasPrefix(rest, "<=>"):
		p.token, p.end = "<=>", p.start+3
	case strings.HasPrefix(rest, "=="), strings.HasPrefix(rest, "!="):
		p.token, p.end = rest[:2], p.start+2
	default:
		_, n := utf8.DecodeRuneInString(rest)
		p.token, p.end = rest[:n], p.start+n
	}
}

// quoted reads a text: up to a quote that is not followed by another.
func (p *conditionParser) quoted(rest string) {
	var value strings.Builder
	for i := 1; i < len(rest); i++ {
		if rest[i] != '\'' {
			value.WriteByte(rest[i])
			continue
		}
		if i+1 < len(rest) && rest[i+1] == '\'' {
			value.WriteByte('\'')
			i++
			continue
		}
		p.token, p.value, p.end = "'", value.String(), p.start+i+1
		return
	}
	p.token, p.end = rest, len(p.text)
	p.fault = "text without a closing quote"
}

func nameLength(s string) int {
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return i
		}
	}
	return len(s)
}

func (p *conditionParser) expected(what string) error {
	at := utf8.RuneCountInString(p.text[:p.start]) + 1
	switch {
	case p.fault != "":
		return fmt.Errorf("condition: character %d: %s", at, p.fault)
	case p.token == "":
		return fmt.Errorf("condition: character %d: the end where %s was expected", at, what)
	}
	return fmt.Errorf("condition: character %d: %q where %s was expected", at, p.text[p.start:p.end], what)
}

func (p *conditionParser) condition(depth int) (Condition, error) {
	var list Or
	for {
		c, err := p.conjunct(depth)
		if err != nil {
			return nil, err
		}
		if or, nested := c.(Or); nested {
			list = append(list, or...)
		} else {
			list = append(list, c)
		}
		if p.token != "or" {
			break
		}
		p.next()
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return list, nil
}

func (p *conditionParser) conjunct(depth int) (Condition, error) {
	var list And
	for {
		c, err := p.test(depth)
		if err != nil {
			return nil, err
		}
		if and, nested := c.(And); nested {
			list = append(list, and...)
		} else {
			list = append(list, c)
		}
		if p.token != "and" {
			break
		}
		p.next()
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return list, nil
}

func (p *conditionParser) test(depth int) (Condition, error) {
	switch p.token {
	case "(":
		if depth == maxNesting {
			return nil, p.expected(fmt.Sprintf("a test, %d brackets deep at most,", maxNesting))
		}
		p.next()
		c, err := p.condition(depth + 1)
		if err != nil {
			return nil, err
		}
		return c, p.accept(")")
	case "isnull", "notnull":
		not := p.token == "notnull"
		p.next()
		if err := p.accept("("); err != nil {
			return nil, err
		}
		r, err := p.ref()
		if err != nil {
			return nil, err
		}
		return Null{Ref: r, Not: not}, p.accept(")")
	}
	left, err := p.ref()
	if err != nil {
		return nil, err
	}
	if p.token == "in" {
		p.next()
		return p.in(left)
	}
	op, ok := parse[Operator](operatorNames[:], p.token)
	if !ok {
		return nil, p.expected("==, !=, <=> or in")
	}
	p.next()
	if p.token == "'" {
		c := Compare{Left: left, Op: op, Text: p.value}
		p.next()
		return c, nil
	}
	right, err := p.ref()
	if err != nil {
		return nil, err
	}
	return Compare{Left: left, Op: op, Right: right}, nil
}

func (p *conditionParser) in(left Ref) (Condition, error) {
	if err := p.accept("("); err != nil {
		return nil, err
	}
	in := In{Ref: left}
	for {
		if p.token != "'" {
			return nil, p.expected("a text in single quotes")
		}
		in.Values = append(in.Values, p.value)
		p.next()
		if p.token != "," {
			return in, p.accept(")")
		}
		p.next()
	}
}

func (p *conditionParser) ref() (Ref, error) {
	first, err := p.name()
	if err != nil || p.token != "." {
		return Ref{Field: first}, err
	}
	p.next()
	second, err := p.name()
	return Ref{Table: first, Field: second}, err
}

func (p *conditionParser) name() (string, error) {
	switch p.token {
	case "and", "or", "in", "isnull", "notnull":
		return "", p.expected("a field")
	}
	if p.fault != "" || nameLength(p.token) == 0 || nameLength(p.token) != len(p.token) {
		return "", p.expected("a field")
	}
	name := p.token
	p.next()
	return name, nil
}

func (p *conditionParser) accept(token string) error {
	if p.token != token {
		return p.expected(fmt.Sprintf("%q", token))
	}
	p.next()
	return nil
}
