package spreadsheet

import (
	"bytes"
	"unicode/utf8"

	"mhsds/validate/source/filling"
)

// plainText reports whether the text of an element stands for itself: printable
// ASCII without references and without Excel's escapes.
func plainText(raw []byte) bool {
	for i, c := range raw {
		if c < ' ' || c >= 0x7f || c == '&' || c == '_' && i+1 < len(raw) && raw[i+1] == 'x' {
			return false
		}
	}
	return true
}

// appendText appends the characters that the text of an element stands for, to
// a value that begins at begin. References are those of XML; in CDATA there are
// none. _x000D_ is how Excel writes a character that XML cannot hold. CRLF
// becomes LF. It reports false for a reference to anything else.
func appendText(dst, raw []byte, begin int, cdata bool) (_ []byte, ok bool) {
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '\r': // XML has no line end but LF
			if i+1 < len(raw) && raw[i+1] == '\n' {
				i++
			}
			dst = filling.AppendLF(dst, begin)
		case c == '\n':
			dst = filling.AppendLF(dst, begin)
		case c == '&' && !cdata:
			r, n := reference(raw[i:])
			if n == 0 {
				return dst, false
			}
			dst = appendRune(dst, r, begin)
			i += n - 1
		case c == '_':
			if r, ok := excelEscape(raw[i:]); ok {
				dst = appendRune(dst, r, begin)
				i += len("_x000D_") - 1
				continue
			}
			dst = append(dst, c)
		default:
			dst = append(dst, c)
		}
	}
	return dst, true
}

func appendRune(dst []byte, r rune, begin int) []byte {
	if r == '\n' {
		return filling.AppendLF(dst, begin)
	}
	return utf8.AppendRune(dst, r)
}

// reference returns the character that the reference at the beginning of raw
// stands for, and its length, 0 if it is none of XML's own.
func reference(raw []byte) (r rune, n int) {
	end := bytes.IndexByte(raw[:min(len(raw), len("&#x0010FFFF;"))], ';')
	if end < 2 {
		return 0, 0
	}
	name := raw[1:end]
	switch string(name) {
	case "amp":
		return '&', end + 1
	case "lt":
		return '<', end + 1
	case "gt":
		return '>', end + 1
	case "quot":
		return '"', end + 1
	case "apos":
		return '\'', end + 1
	}
	if name[0] != '#' || len(name) < 2 {
		return 0, 0
	}
	base, digits := rune(10), name[1:]
	if digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	if len(digits) == 0 {
		return 0, 0
	}
	for _, c := range digits {
		d := filling.Hex(c)
		if d < 0 || d >= base {
			return 0, 0
		}
		if r = r*base + d; r > utf8.MaxRune {
			return 0, 0
		}
	}
	if !utf8.ValidRune(r) {
		return 0, 0
	}
	return r, end + 1
}

// excelEscape returns the character that _xHHHH_ at the beginning of raw
// stands for.
func excelEscape(raw []byte) (r rune, ok bool) {
	if len(raw) < len("_x000D_") || raw[1] != 'x' || raw[6] != '_' {
		return 0, false
	}
	for _, c := range raw[2:6] {
		d := filling.Hex(c)
		if d < 0 {
			return 0, false
		}
		r = r<<4 | d
	}
	return r, true
}

// A markup is one tag, with what follows of text.
type markup struct {
	name    []byte // without its prefix
	tag     []byte // all of it, with < and >
	closing bool
	empty   bool // it closes itself
	next    int  // the place after it
}

// misc returns the length of the comment, CDATA section or processing
// instruction that text begins with: 0 if it begins with none, -1 if that has
// no end.
func misc(text []byte) int {
	end := ""
	switch {
	case bytes.HasPrefix(text, []byte("<!--")):
		end = "-->"
	case bytes.HasPrefix(text, []byte("<![CDATA[")):
		end = "]]>"
	case bytes.HasPrefix(text, []byte("<?")):
		end = "?>"
	default:
		return 0
	}
	i := bytes.Index(text, []byte(end))
	if i < 0 {
		return -1
	}
	return i + len(end)
}

// tagAt returns the tag at or after p in text, which is the inside of an
// element. ok is false when there is none, and when one has no end.
func tagAt(text []byte, p int) (m markup, ok bool) {
	for {
		i := bytes.IndexByte(text[p:], '<')
		if i < 0 {
			return m, false
		}
		p += i
		rest := text[p:]
		n := misc(rest)
		if n < 0 {
			return m, false
		}
		if n > 0 {
			p += n
			continue
		}
		gt := tagEnd(rest)
		if gt < 0 {
			return m, false
		}
		m.tag, m.next = rest[:gt+1], p+gt+1
		m.closing, m.empty = len(rest) > 1 && rest[1] == '/', rest[gt-1] == '/'
		m.name = tagName(rest)
		m.name = m.name[bytes.IndexByte(m.name, ':')+1:]
		return m, true
	}
}

// closingAt returns the place of the tag that closes the element whose inside
// begins at p, and the place after it; -1 if there is none.
func closingAt(text []byte, p int) (to, next int) {
	for depth := 0; ; {
		m, ok := tagAt(text, p)
		switch p = m.next; {
		case !ok:
			return -1, -1
		case m.empty:
		case !m.closing:
			depth++
		case depth == 0:
			return m.next - len(m.tag), m.next
		default:
			depth--
		}
	}
}

// appendInside appends the text of an element, raw[:], in which CDATA sections
// and comments may stand, but no tags that matter.
func appendInside(dst, raw []byte, begin int) (_ []byte, ok bool) {
	ok = true
	for ok {
		i := bytes.IndexByte(raw, '<')
		if i < 0 {
			return appendText(dst, raw, begin, false)
		}
		if dst, ok = appendText(dst, raw[:i], begin, false); !ok {
			break
		}
		raw = raw[i:]
		n := misc(raw)
		if n <= 0 {
			return dst, false
		}
		if raw[1] == '!' && raw[2] == '[' {
			dst, _ = appendText(dst, raw[len("<![CDATA["):n-len("]]>")], begin, true)
		}
		raw = raw[n:]
	}
	return dst, false
}

// appendRich appends the text of a string of one or more runs of characters:
// <t>…</t>, or <r><rPr>…</rPr><t>…</t></r> and so on. How it is pronounced,
// <rPh>, is left out.
func appendRich(dst, raw []byte) (_ []byte, ok bool) {
	begin := len(dst)
	for p := 0; ; {
		m, found := tagAt(raw, p)
		if !found {
			return dst, bytes.IndexByte(raw[p:], '<') < 0
		}
		p = m.next
		if m.closing || m.empty {
			continue
		}
		switch string(m.name) {
		case "t":
			to, next := closingAt(raw, p)
			if to < 0 {
				return dst, false
			}
			if dst, ok = appendInside(dst, raw[p:to], begin); !ok {
				return dst, false
			}
			p = next
		case "rPh", "rPr":
			_, next := closingAt(raw, p)
			if next < 0 {
				return dst, false
			}
			p = next
		}
	}
}
