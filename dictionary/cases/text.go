package cases

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"mhsds/dictionary"
)

func (b *builder) notBlank() {
	b.value(pass, "filled", b.sample(b.own(), 0))
	b.value(fail, "blank", "")
	if b.typeOf(b.own()) == dictionary.Text {
		b.value(pass, "one character", "A")
	}
}

// own is the tested field.
func (b *builder) own() dictionary.Ref {
	return dictionary.Ref{Table: b.rule.Table, Field: b.rule.Field}
}

func (b *builder) alphanumeric() {
	min, max := b.rule.Min, b.rule.Max
	b.value(pass, "longest", letters(max))
	b.value(fail, "one past the longest", letters(max+1))
	if min > 1 {
		b.value(pass, "shortest", letters(min))
		b.value(fail, "one short of the shortest", letters(min-1))
		b.value(fail, "characters are counted, not bytes: too short", accents(min-1))
	} else {
		b.value(pass, "one character", "A")
	}
	b.value(pass, "blank", "")
	b.value(pass, "characters are counted, not bytes: longest", accents(max))
	b.value(fail, "characters are counted, not bytes: one past the longest", accents(max+1))
	b.value(pass, "every character is allowed", strings.Repeat("~?", max)[:max])
	if max > 2 {
		b.value(pass, "space inside", "A"+strings.Repeat(" ", max-2)+"B")
		n := (max - 1) / 2
		b.value(fail, "line break inside", letters(n)+"\n"+letters(max-n-1))
	}
	if max == 1 {
		b.value(fail, "line break", "\n")
	}
}

func (b *builder) numeric() {
	min, max := b.rule.Min, b.rule.Max
	b.value(pass, "longest", digits(max))
	b.value(fail, "one past the longest", digits(max+1))
	if min > 1 {
		b.value(pass, "shortest", digits(min))
		b.value(fail, "one short of the shortest", digits(min-1))
	} else {
		b.value(pass, "one digit", "7")
	}
	b.value(pass, "blank", "")
	b.value(pass, "leading zeros", strings.Repeat("0", max-1)+"1")
	if max > 1 {
		b.value(fail, "letter", digits(max-1)+"A")
		b.value(fail, "minus sign", "-"+digits(max-1))
	}
	if max > 2 {
		b.value(fail, "decimal point", digits(max-2)+".5")
		b.value(fail, "space inside", digits(max-2)+" 5")
	}
	b.value(fail, "digits of another script", strings.Repeat("٤", max))
}

// pattern walks the edges of a regular expression of classes and repeats:
// shortest and longest value, each part once too short, too long and of
// another class. Go's regexp says which of them pass.
func (b *builder) pattern() {
	re := regexp.MustCompile(b.rule.Pattern)
	p := patternOf(b.rule.Pattern)
	try := func(name, value string) {
		if value == "" || strings.TrimSpace(value) != value {
			return
		}
		for _, c := range b.list {
			if c.Rows[0].Fields[b.rule.Field] == value {
				return
			}
		}
		b.value(!re.MatchString(value), name, value)
	}
	least := func(s segment, i int) int { return s.min }
	most := func(s segment, i int) int { return s.max }
	try("shortest", p.text(least, 0))
	try("longest", p.text(most, 0))
	for k := range p {
		nth := "part " + strconv.Itoa(k+1) + " of " + strconv.Itoa(len(p))
		try(nth+": one too few", p.text(func(s segment, i int) int {
			if i == k && s.min > 0 {
				return s.min - 1
			}
			return s.min
		}, 0))
		try(nth+": one too many", p.text(func(s segment, i int) int {
			if i == k {
				return s.max + 1
			}
			return s.max
		}, 0))
		broken := slices.Clone(p)
		broken[k].chars = "#"
		try(nth+": another character", broken.text(most, 0))
	}
	try("lower case", strings.ToLower(p.text(most, 0)))
	try("all in capitals", strings.ToUpper(p.text(most, 0)))
	try("something before", "1"+p.text(most, 0))
	try("something behind", p.text(most, 0)+"1")
	try("minus sign", "-"+p.text(least, 0))
	try("digits of another script", strings.ReplaceAll(p.text(least, 0), "1", "٤"))
	// Of the two kinds with a pattern, one alone refuses a blank.
	b.value(b.rule.Kind == dictionary.Decimal, "blank", "")
}

// A segment is a part of a pattern: min to max characters of one class. Of a
// part without an upper limit, max is three more than min.
type segment struct {
	chars    string // some of the class
	min, max int
}

type segments []segment

// text writes each part as often as repeat says, beginning at the nth of its
// characters.
func (p segments) text(repeat func(s segment, i int) int, n int) string {
	var b strings.Builder
	for i, s := range p {
		for k := range repeat(s, i) {
			b.WriteByte(s.chars[(k+n)%len(s.chars)])
		}
	}
	return b.String()
}

// patternOf takes a regular expression apart. It knows what the dictionary's
// patterns are made of: literals, classes and repeats in a row. Anything else
// gives nil, and so no cases but the blank one, which the test of all rules
// notices.
func patternOf(pattern string) segments {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	var p segments
	if re.Op != syntax.OpConcat {
		re = &syntax.Regexp{Op: syntax.OpConcat, Sub: []*syntax.Regexp{re}}
	}
	for _, sub := range re.Sub {
		s := segment{min: 1, max: 1}
		switch sub.Op {
		case syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine:
			continue
		case syntax.OpQuest:
			s.min, sub = 0, sub.Sub[0]
		case syntax.OpPlus:
			s.max, sub = 4, sub.Sub[0]
		case syntax.OpStar:
			s.min, s.max, sub = 0, 3, sub.Sub[0]
		case syntax.OpRepeat:
			s.min, s.max = sub.Min, sub.Max
			if s.max < 0 {
				s.max = s.min + 3
			}
			sub = sub.Sub[0]
		}
		switch sub.Op {
		case syntax.OpLiteral:
			for _, r := range sub.Rune {
				p = append(p, segment{chars: string(r), min: s.min, max: s.max})
			}
		case syntax.OpCharClass:
			for _, c := range "ABC123xyz -." {
				for i := 0; i < len(sub.Rune); i += 2 {
					if c >= sub.Rune[i] && c <= sub.Rune[i+1] {
						s.chars += string(c)
					}
				}
			}
			if s.chars == "" {
				return nil
			}
			p = append(p, s)
		default:
			return nil
		}
	}
	return p
}

func (b *builder) inSet() {
	l := b.d.List(b.rule.List)
	if l == nil || len(l.Codes) == 0 {
		return
	}
	var always []dictionary.Code
	for _, c := range l.Codes {
		if c.ValidFrom == "" {
			always = append(always, c)
		}
	}
	member := func(v string) bool {
		return slices.ContainsFunc(l.Codes, func(c dictionary.Code) bool { return c.Code == v })
	}
	// dated gives a case the header by which codes with a first month are
	// judged, if the list has any.
	dated := len(always) < len(l.Codes)
	add := func(fail bool, name, value string) {
		c := b.value(fail, name, value)
		if dated && c.Header == nil {
			c.Header = b.period()
		}
	}
	if len(always) > 0 {
		first, last := always[0], always[len(always)-1]
		add(pass, "first code", first.Code)
		for _, near := range nearMisses(first.Code) {
			if !member(near.value) {
				add(fail, near.name, near.value)
			}
		}
		if last.Code != first.Code {
			add(pass, "last code", last.Code)
		}
		for _, c := range always {
			if c.Default && c.Code != first.Code && c.Code != last.Code {
				add(pass, "default code", c.Code)
				break
			}
		}
		for _, c := range always {
			if v := swapCase(c.Code); v != c.Code && !member(v) {
				add(fail, "wrong case", v)
				break
			}
		}
		if v := next(last.Code); !member(v) {
			add(fail, "beyond the last code", v)
		}
	}
	add(pass, "blank", "")
	for _, c := range l.Codes {
		if c.ValidFrom == "" {
			continue
		}
		monthBefore := addMonths(c.ValidFrom, -1)
		b.value(pass, c.Code+" from its first month on", c.Code).Header = map[string]string{b.start.Field: c.ValidFrom, b.end.Field: lastDay(c.ValidFrom)}
		b.value(fail, c.Code+" in the month before its first", c.Code).Header = map[string]string{b.start.Field: monthBefore, b.end.Field: lastDay(monthBefore)}
	}
}

type named struct{ name, value string }

// nearMisses are the mistakes that people and systems make with a code.
func nearMisses(code string) []named {
	list := []named{{"one character too many", code + "X"}, {"not a code", strings.Repeat("#", runes(code))}}
	if t := strings.TrimLeft(code, "0"); t != code && t != "" {
		list = append(list, named{"leading zero lost", t})
	}
	if code[0] >= '0' && code[0] <= '9' {
		list = append(list, named{"leading zero added", "0" + code})
	}
	return list
}

func swapCase(s string) string {
	if lower := strings.ToLower(s); lower != s {
		return lower
	}
	return strings.ToUpper(s)
}

// next counts the last character of a code one on: "06" to "07", "9" to ":".
func next(code string) string {
	last := code[len(code)-1]
	return code[:len(code)-1] + string(rune(last+1))
}
