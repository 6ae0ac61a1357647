package schema

import (
	"fmt"
	"regexp/syntax"
	"strings"

	"mhsds/dictionary"
)

// A place is where in the documents a rule stands.
type place uint8

const (
	inProperty   place = iota + 1 // a value by itself, or against the header or the portal
	inTable                       // more than one value of a record, or its absence
	inSubmission                  // more than one record
	off                           // nowhere: kept as data
)

// placeOf says where Write puts the rule and where Read expects it.
func placeOf(d *dictionary.Dictionary, r *dictionary.Rule) place {
	if r.Status == dictionary.PipelineOnly || r.Kind == dictionary.MessageOnly {
		return off
	}
	switch r.Kind {
	case dictionary.NotBlank, dictionary.Decimal, dictionary.Comparison, dictionary.ValuesEqual,
		dictionary.DiagCode, dictionary.FindCode, dictionary.AssessmentScore, dictionary.RejectAll:
		return inTable
	case dictionary.DateOnOrAfter, dictionary.DateOnOrBefore, dictionary.DatetimeOnOrBefore, dictionary.AgeRange:
		if r.Other.Table == r.Table || r.Join != (dictionary.Join{}) {
			return inTable
		}
		return inProperty
	case dictionary.Unique, dictionary.UniqueWhen, dictionary.Singleton, dictionary.GPSuccessor,
		dictionary.ParentExists, dictionary.ChildExists, dictionary.FileCheck, dictionary.Container, dictionary.Scope, dictionary.Movement:
		return inSubmission
	}
	return inProperty
}

// The shapes that values of some kinds must have. They are necessary: whether
// the day exists, the check digit is right, and so on, no pattern says.
const (
	days       = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
	clock      = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
	identifier = "[0-9]{3,15}(00|10)[0-9]" // a SNOMED CT concept: 6 to 18 digits

	datePattern       = "^" + days + "$"
	momentPattern     = "^" + days + "(T" + clock + ")?$"
	timestampPattern  = "^" + days + "T" + clock + "(Z|[+]00:00|[+]01:00|-00:00)$"
	digitsPattern     = "^[0-9]+$"
	nhsNumberPattern  = "^[0-9]{10}$"
	identifierPattern = "^" + identifier + "$"

	// linePattern holds U+0085, U+2028 and U+2029 themselves: the regular
	// expressions of ECMA 262 and of Go have no escape for them in common.
	linePattern = "^[^\\n\\r\u0085\u2028\u2029]+$"
)

// expressionPattern is the form of what kind snomed_ct accepts.
func expressionPattern() string {
	a := dictionary.ExpressionAttributes()
	return "^" + identifier + "(:(" + a[0] + "|" + a[1] + ")=" + identifier + ")?$"
}

// Tests of coding schemes, as Scheme.Test names them.
const (
	testICD10  = "icd10"
	testSNOMED = "snomed"
)

// express says in standard keywords what it can of the rule. Exact means that
// they say all of it; otherwise a record that passes the rule satisfies them,
// but not the other way round.
//
// A rule in a property is expressed on its value, which is present and not
// empty; a rule in a table on the record.
func express(d *dictionary.Dictionary, r *dictionary.Rule) (keywords []member, exact bool, err error) {
	if r.Unchecked != "" {
		return nil, false, nil
	}
	e := expression{d: d, r: r}
	switch r.Kind {
	case dictionary.NotBlank:
		return []member{required(r.Field)}, true, nil
	case dictionary.Alphanumeric:
		return e.text(linePattern), true, nil
	case dictionary.Numeric:
		return e.text(digitsPattern), true, nil
	case dictionary.Decimal, dictionary.Format:
		if err := portable(r.Pattern); err != nil {
			return nil, false, fmt.Errorf("rule %s: pattern %q: %w", r.Code, r.Pattern, err)
		}
		m := pattern(r.Pattern)
		if r.Kind == dictionary.Format {
			return []member{m}, true, nil
		}
		return []member{required(r.Field), property(r.Field, objectOf(m))}, true, nil
	case dictionary.InSet:
		return e.inSet()
	case dictionary.ValidDate:
		return []member{pattern(datePattern)}, false, nil
	case dictionary.ValidTime:
		return nil, true, nil // it never fails
	case dictionary.ValidDatetime:
		if r.TextOnly {
			return []member{pattern(timestampPattern)}, false, nil
		}
		return []member{pattern(momentPattern)}, false, nil
	case dictionary.NHSNumber:
		return []member{pattern(nhsNumberPattern)}, false, nil
	case dictionary.SnomedCT:
		return []member{pattern(expressionPattern())}, false, nil
	case dictionary.DiagCode, dictionary.FindCode:
		return e.schemes()
	case dictionary.AssessmentCode:
		m, exact := e.concepts()
		return m, exact, nil
	case dictionary.Comparison:
		c, err := dictionary.ParseCondition(r.Condition)
		if err != nil {
			return nil, false, fmt.Errorf("rule %s: %w", r.Code, err)
		}
		v, exact := e.condition(c)
		return v.members, exact, nil
	case dictionary.RejectAll:
		return []member{{"not", objectOf()}}, true, nil
	}
	return nil, false, nil
}

type expression struct {
	d *dictionary.Dictionary
	r *dictionary.Rule
}

func required(field string) member { return member{"required", arrayOf(textOf(field))} }
func pattern(p string) member      { return member{"pattern", textOf(p)} }
func property(field string, v value) member {
	return member{"properties", objectOf(member{field, v})}
}

// text bounds the length of a value. A value has at least one character.
func (e expression) text(p string) []member {
	var list []member
	if e.r.Min > 1 {
		list = append(list, member{"minLength", numberOf(e.r.Min)})
	}
	if e.r.Max > 0 {
		list = append(list, member{"maxLength", numberOf(e.r.Max)})
	}
	return append(list, pattern(p))
}

func (e expression) inSet() ([]member, bool, error) {
	l := e.d.List(e.r.List)
	if l == nil || len(l.Codes) == 0 {
		return nil, false, fmt.Errorf("rule %s: code list %q is not there, and Unchecked does not say why", e.r.Code, e.r.List)
	}
	items := value{kind: array, members: make([]member, len(l.Codes))}
	exact := true
	for i, c := range l.Codes {
		items.members[i].value = textOf(c.Code)
		exact = exact && c.ValidFrom == ""
	}
	return []member{{"enum", items}}, exact, nil
}

// concepts allows the concepts of all scales, whenever they are in force.
func (e expression) concepts() ([]member, bool) {
	if len(e.d.Scales) == 0 {
		return []member{{"not", objectOf()}}, true
	}
	items := value{kind: array, members: make([]member, len(e.d.Scales))}
	exact := true
	for i := range e.d.Scales {
		s := &e.d.Scales[i]
		items.members[i].value = textOf(s.Concept)
		exact = exact && s.Earlier && s.Later && s.CollectedFrom == ""
	}
	return []member{{"enum", items}}, exact
}

func (e expression) schemes() ([]member, bool, error) {
	r := e.r
	exact := true
	var list []value
	for _, s := range r.Schemes {
		var code value
		switch s.Test {
		case testICD10:
			code = objectOf(member{"minLength", numberOf(4)}, member{"maxLength", numberOf(6)})
		case testSNOMED:
			code, exact = objectOf(pattern(identifierPattern)), false
		default:
			return nil, false, fmt.Errorf("rule %s: unknown test %q of coding scheme %s%s", r.Code, s.Test, s.Code,
				dictionary.DidYouMean(s.Test, []string{testICD10, testSNOMED}))
		}
		list = append(list, objectOf(
			member{"if", objectOf(
				required(r.Other.Field),
				property(r.Other.Field, objectOf(member{"const", textOf(s.Code)})),
			)},
			member{"then", objectOf(property(r.Field, code))},
		))
	}
	switch len(list) {
	case 0:
		return nil, true, nil
	case 1:
		return list[0].members, exact, nil
	}
	return []member{{"allOf", arrayOf(list...)}}, exact, nil
}

// condition writes a schema that holds if and only if c is true, or one that
// holds whenever c is. Truth needs no third value: "and" is true if all sides
// are, "or" if one is, and nothing negates. An object without members says
// nothing.
func (e expression) condition(c dictionary.Condition) (v value, exact bool) {
	switch c := c.(type) {
	case dictionary.Null:
		switch {
		case !e.own(c.Ref):
			return objectOf(), false
		case c.Not:
			return objectOf(required(c.Ref.Field)), true
		}
		return objectOf(member{"not", objectOf(required(c.Ref.Field))}), true
	case dictionary.In:
		if !e.own(c.Ref) {
			return objectOf(), false
		}
		return e.filled(c.Ref, member{"enum", textsOf(c.Values)}), true
	case dictionary.Compare:
		is := member{"const", textOf(c.Text)}
		switch {
		case c.Right != (dictionary.Ref{}) || !e.own(c.Left):
			return objectOf(), false
		case c.Op == dictionary.NotEqual:
			return e.filled(c.Left, member{"not", objectOf(is)}), true
		}
		return e.filled(c.Left, is), true
	case dictionary.And:
		exact = true
		var list []value
		for _, side := range c {
			if implied(side, c) {
				continue
			}
			v, ok := e.condition(side)
			exact = exact && ok
			if len(v.members) > 0 {
				list = append(list, v)
			}
		}
		switch len(list) {
		case 0:
			return objectOf(), exact
		case 1:
			return list[0], exact
		}
		return objectOf(member{"allOf", arrayOf(list...)}), exact
	case dictionary.Or:
		exact = true
		var list []value
		for _, side := range c {
			v, ok := e.condition(side)
			if len(v.members) == 0 {
				return objectOf(), false
			}
			exact = exact && ok
			list = append(list, v)
		}
		return objectOf(member{"anyOf", arrayOf(list...)}), exact
	}
	return objectOf(), false
}

// own reports whether the field is of the rule's own record.
func (e expression) own(r dictionary.Ref) bool { return r.Table == "" || r.Table == e.r.Table }

func (e expression) filled(r dictionary.Ref, m member) value {
	return objectOf(required(r.Field), property(r.Field, objectOf(m)))
}

// implied reports whether side says that a field is filled which another side
// sets against something, and so says as well.
func implied(side dictionary.Condition, and dictionary.And) bool {
	n, ok := side.(dictionary.Null)
	if !ok || !n.Not {
		return false
	}
	for _, other := range and {
		switch other := other.(type) {
		case dictionary.In:
			if other.Ref == n.Ref {
				return true
			}
		case dictionary.Compare:
			if other.Left == n.Ref && other.Right == (dictionary.Ref{}) {
				return true
			}
		}
	}
	return false
}

// portable reports what keeps a pattern from meaning the same in ECMA 262 and
// in Go's regular expressions, or from being anchored at both ends.
func portable(p string) error {
	re, err := syntax.Parse(p, syntax.Perl)
	if err != nil {
		return err
	}
	if n := len(re.Sub); re.Op != syntax.OpConcat || n < 2 ||
		re.Sub[0].Op != syntax.OpBeginText || re.Sub[n-1].Op != syntax.OpEndText {
		return fmt.Errorf("it is not anchored: it must begin with ^ and end with $")
	}
	for i := 0; i < len(p); i++ {
		switch {
		case p[i] == '\\':
			i++
			if !strings.ContainsRune(`^$\.*+?()[]{}|/tnvfr`, rune(p[i])) {
				return fmt.Errorf(`escape \%c is not the same everywhere: spell out the class`, p[i])
			}
		case strings.HasPrefix(p[i:], "(?") && !strings.HasPrefix(p[i:], "(?:"):
			return fmt.Errorf("group %q is not the same everywhere", p[i:min(i+4, len(p))])
		case strings.HasPrefix(p[i:], "[:"):
			return fmt.Errorf("class %q is not the same everywhere: spell it out", p[i:min(i+8, len(p))])
		}
	}
	return nil
}
