package schema

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A value is a JSON value that keeps the order of its members, which
// encoding/json does not.
type value struct {
	kind kind

	// text is the characters of a text, or a number, true, false or null as
	// written.
	text string

	// dense lets the members of an object share lines when it is printed.
	dense bool

	// members are an object's members in order, or an array's items, whose
	// keys are empty.
	members []member
}

type member struct {
	key   string
	value value
}

type kind uint8

const (
	object kind = iota + 1
	array
	text
	number
	boolean
	null
)

func (k kind) String() string {
	return [...]string{"nothing", "an object", "an array", "a text", "a number", "true or false", "null"}[k]
}

func textOf(s string) value { return value{kind: text, text: s} }
func numberOf(n int) value  { return value{kind: number, text: strconv.Itoa(n)} }
func truth(b bool) value    { return value{kind: boolean, text: strconv.FormatBool(b)} }

func objectOf(members ...member) value { return value{kind: object, members: members} }

func arrayOf(items ...value) value {
	v := value{kind: array, members: make([]member, len(items))}
	for i := range items {
		v.members[i].value = items[i]
	}
	return v
}

func textsOf(list []string) value {
	v := value{kind: array, members: make([]member, len(list))}
	for i, s := range list {
		v.members[i].value = textOf(s)
	}
	return v
}

// get returns the member of that key, or nil.
func (v *value) get(key string) *value {
	for i := range v.members {
		if v.members[i].key == key {
			return &v.members[i].value
		}
	}
	return nil
}

// equal compares two values; the order of an object's members does not count.
func equal(a, b *value) bool {
	if a.kind != b.kind || a.text != b.text || len(a.members) != len(b.members) {
		return false
	}
	for i := range a.members {
		other := &b.members[i]
		if a.kind == object && a.members[i].key != other.key {
			v := b.get(a.members[i].key)
			if v == nil || !equal(&a.members[i].value, v) {
				return false
			}
			continue
		}
		if !equal(&a.members[i].value, &other.value) {
			return false
		}
	}
	return true
}

// maxDepth bounds arrays within objects within arrays; our documents reach 12.
const maxDepth = 64

// parse reads one JSON document. Its texts share src's memory where they hold
// no escape. A name given twice in one object is refused.
func parse(src string) (value, error) {
	p := parser{src: src}
	v, err := p.value(0)
	if err == nil {
		p.space()
		if p.at < len(src) {
			err = p.fault("something follows the document")
		}
	}
	if err != nil {
		return value{}, err
	}
	return v, nil
}

// A parser reads values into stack, and cuts the finished lists of members
// from one slice after another.
type parser struct {
	src   string
	at    int
	stack []member
	slab  []member
}

func (p *parser) fault(what string) error {
	line := 1 + strings.Count(p.src[:p.at], "\n")
	column := 1 + utf8.RuneCountInString(p.src[strings.LastIndexByte(p.src[:p.at], '\n')+1:p.at])
	return fmt.Errorf("line %d, character %d: %s", line, column, what)
}

func (p *parser) space() {
	for p.at < len(p.src) {
		switch p.src[p.at] {
		case ' ', '\n', '\r', '\t':
			p.at++
		default:
			return
		}
	}
}

// next returns the next byte that is not space, 0 at the end.
func (p *parser) next() byte {
	p.space()
	if p.at == len(p.src) {
		return 0
	}
	return p.src[p.at]
}

func (p *parser) value(depth int) (value, error) {
	if depth > maxDepth {
		return value{}, p.fault("too deep")
	}
	switch p.next() {
	case '"':
		s, err := p.text()
		return value{kind: text, text: s}, err
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	case 0:
		return value{}, p.fault("the document ends too early")
	case 't':
		return p.word(boolean, "true")
	case 'f':
		return p.word(boolean, "false")
	case 'n':
		return p.word(null, "null")
	}
	return p.number()
}

func (p *parser) word(k kind, w string) (value, error) {
	if !strings.HasPrefix(p.src[p.at:], w) {
		return value{}, p.fault("not a JSON value")
	}
	p.at += len(w)
	return value{kind: k, text: w}, nil
}

func (p *parser) number() (value, error) {
	start := p.at
	digits := func() bool {
		from := p.at
		for p.at < len(p.src) && p.src[p.at]-'0' <= 9 {
			p.at++
		}
		return p.at > from
	}
	take := func(set string) bool {
		if p.at < len(p.src) && strings.IndexByte(set, p.src[p.at]) >= 0 {
			p.at++
			return true
		}
		return false
	}
	take("-")
	ok := take("0") || digits()
	if ok && take(".") {
		ok = digits()
	}
	if ok && take("eE") {
		take("+-")
		ok = digits()
	}
	if !ok {
		p.at = start
		return value{}, p.fault("not a JSON value")
	}
	return value{kind: number, text: p.src[start:p.at]}, nil
}

func (p *parser) object(depth int) (value, error) {
	base := len(p.stack)
	p.at++
	if p.next() == '}' {
		p.at++
		return value{kind: object}, nil
	}
	for {
		if p.next() != '"' {
			return value{}, p.fault("a name in quotes was expected")
		}
		key, err := p.text()
		if err != nil {
			return value{}, err
		}
		if p.next() != ':' {
			return value{}, p.fault("a colon was expected")
		}
		p.at++
		v, err := p.value(depth + 1)
		if err != nil {
			return value{}, err
		}
		p.stack = append(p.stack, member{key, v})
		switch p.next() {
		case ',':
			p.at++
		case '}':
			p.at++
			if key, ok := twice(p.stack[base:]); ok {
				return value{}, p.fault(fmt.Sprintf("%q stands twice in the object that ends here", key))
			}
			return value{kind: object, members: p.cut(base)}, nil
		default:
			return value{}, p.fault("a comma or } was expected")
		}
	}
}

// twice returns a key that two members have, if there is one.
func twice(members []member) (string, bool) {
	if len(members) > 32 {
		seen := make(map[string]bool, len(members))
		for i := range members {
			if seen[members[i].key] {
				return members[i].key, true
			}
			seen[members[i].key] = true
		}
		return "", false
	}
	for i := range members {
		for k := range i {
			if members[k].key == members[i].key {
				return members[i].key, true
			}
		}
	}
	return "", false
}

func (p *parser) array(depth int) (value, error) {
	base := len(p.stack)
	p.at++
	if p.next() == ']' {
		p.at++
		return value{kind: array}, nil
	}
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return value{}, err
		}
		p.stack = append(p.stack, member{value: v})
		switch p.next() {
		case ',':
			p.at++
		case ']':
			p.at++
			return value{kind: array, members: p.cut(base)}, nil
		default:
			return value{}, p.fault("a comma or ] was expected")
		}
	}
}

// cut moves the members above base from the stack to a place of their own.
func (p *parser) cut(base int) []member {
	n := len(p.stack) - base
	if len(p.slab) < n {
		p.slab = make([]member, max(n, 512))
	}
	list := p.slab[:n:n]
	p.slab = p.slab[n:]
	copy(list, p.stack[base:])
	p.stack = p.stack[:base]
	return list
}

func (p *parser) text() (string, error) {
	p.at++
	start := p.at
	ascii := true
	for p.at < len(p.src) {
		switch c := p.src[p.at]; {
		case c == '"':
			s := p.src[start:p.at]
			if !ascii && !utf8.ValidString(s) {
				return "", p.fault("not UTF-8")
			}
			p.at++
			return s, nil
		case c == '\\':
			return p.escaped(start)
		case c < ' ':
			return "", p.fault("a control character within a text")
		case c >= utf8.RuneSelf:
			ascii = false
		}
		p.at++
	}
	return "", p.fault("a text without its closing quote")
}

// escaped goes on with a text at its first backslash.
func (p *parser) escaped(start int) (string, error) {
	b := []byte(p.src[start:p.at])
	for p.at < len(p.src) {
		switch c := p.src[p.at]; {
		case c == '"':
			if !utf8.Valid(b) {
				return "", p.fault("not UTF-8")
			}
			p.at++
			return string(b), nil
		case c < ' ':
			return "", p.fault("a control character within a text")
		case c != '\\':
			b = append(b, c)
			p.at++
		default:
			r, n, err := unescape(p.src[p.at:])
			if err != nil {
				return "", p.fault(err.Error())
			}
			b = utf8.AppendRune(b, r)
			p.at += n
		}
	}
	return "", p.fault("a text without its closing quote")
}

var errEscape = errors.New("a backslash that begins no escape")

// unescape reads one escape, or a pair of \u for a character beyond U+FFFF,
// and returns its length.
func unescape(s string) (r rune, n int, err error) {
	if len(s) < 2 {
		return 0, 0, errEscape
	}
	switch s[1] {
	case '"', '\\', '/':
		return rune(s[1]), 2, nil
	case 'b':
		return '\b', 2, nil
	case 'f':
		return '\f', 2, nil
	case 'n':
		return '\n', 2, nil
	case 'r':
		return '\r', 2, nil
	case 't':
		return '\t', 2, nil
	case 'u':
		r, ok := hex4(s[2:])
		if !ok {
			return 0, 0, errEscape
		}
		if !utf16.IsSurrogate(r) {
			return r, 6, nil
		}
		if len(s) >= 8 && s[6] == '\\' && s[7] == 'u' {
			if low, ok := hex4(s[8:]); ok {
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					return r, 12, nil
				}
			}
		}
		return 0, 0, errors.New("half a character beyond U+FFFF")
	}
	return 0, 0, errEscape
}

func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(s[:4], 16, 16)
	return rune(n), err == nil
}

// lineWidth is the width, in bytes, up to which a value is printed on one line.
const lineWidth = 140

// format writes v with two spaces a level and LF. What fits the width stands
// on one line.
func format(v *value) []byte {
	b := indent(nil, v, 0, 0)
	return append(b, '\n')
}

// indent appends v, whose line has used bytes already and whose members stand
// one level further in.
func indent(b []byte, v *value, level, used int) []byte {
	if v.kind != object && v.kind != array {
		return flat(b, v)
	}
	if used+width(v, lineWidth) <= lineWidth {
		return flat(b, v)
	}
	newline := func(level int) {
		b = append(b, '\n')
		for range level {
			b = append(b, ' ', ' ')
		}
	}
	b = append(b, "{["[v.kind-object])
	level++
	fill := v.fills()
	column := lineWidth
	for i := range v.members {
		m := &v.members[i]
		w := width(&m.value, lineWidth) + 2
		if v.kind == object {
			w += len(m.key) + 4
		}
		if i > 0 {
			b = append(b, ',')
		}
		if fill && column+w <= lineWidth {
			b = append(b, ' ')
		} else {
			newline(level)
			column = 2 * level
		}
		if v.kind == object {
			b = quote(b, m.key)
			b = append(b, ':', ' ')
		}
		b = indent(b, &m.value, level, column+len(m.key)+4)
		column += w
	}
	level--
	newline(level)
	return append(b, "}]"[v.kind-object])
}

// fills reports whether the members of v, which needs several lines, share
// lines: those of a list of texts and numbers, or of a dense object that holds
// nothing but texts, numbers and such lists.
func (v *value) fills() bool {
	for i := range v.members {
		m := &v.members[i].value
		if m.kind == object || m.kind == array && (v.kind == array || !m.fills()) {
			return false
		}
	}
	return v.kind == array || v.dense
}

// width is the length of v on one line, a little more than that, or something
// above limit.
func width(v *value, limit int) int {
	n := len(v.text) + 2
	for i := range v.members {
		m := &v.members[i]
		if v.kind == object {
			n += len(m.key) + 4
		}
		n += width(&m.value, limit) + 2
		if n > limit {
			break
		}
	}
	return n
}

// flat appends v on one line.
func flat(b []byte, v *value) []byte {
	switch v.kind {
	case text:
		return quote(b, v.text)
	case object, array:
		b = append(b, "{["[v.kind-object])
		for i := range v.members {
			if i > 0 {
				b = append(b, ',', ' ')
			}
			if v.kind == object {
				b = quote(b, v.members[i].key)
				b = append(b, ':', ' ')
			}
			b = flat(b, &v.members[i].value)
		}
		return append(b, "}]"[v.kind-object])
	}
	return append(b, v.text...)
}

// quote appends s as a JSON text. Separators of lines that JSON allows are
// escaped all the same, since editors break lines at them.
func quote(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, '\\', 'n')
		case r == '\r':
			b = append(b, '\\', 'r')
		case r == '\t':
			b = append(b, '\\', 't')
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029:
			b = append(b, '\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
