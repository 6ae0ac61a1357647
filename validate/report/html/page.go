package html

import (
	"io"
	"strconv"
	"unicode"
	"unicode/utf8"

	"mhsds/validate/report/share"
)

// A page gathers what is written and keeps the writer's first error.
type page struct {
	w     io.Writer
	shown share.Counts
	buf   []byte
	err   error
}

// flushAt is the number of bytes gathered before they are written.
const flushAt = 64 << 10

// raw writes marks of HTML.
func (p *page) raw(s string) {
	p.buf = append(p.buf, s...)
	if len(p.buf) >= flushAt {
		p.flush()
	}
}

// rawBytes is raw for bytes.
func (p *page) rawBytes(b []byte) {
	p.buf = append(p.buf, b...)
	if len(p.buf) >= flushAt {
		p.flush()
	}
}

// text writes s so that a browser shows it as it is, also within the quotes of
// an attribute.
func (p *page) text(s string) {
	p.buf = appendText(p.buf, s, false)
	if len(p.buf) >= flushAt {
		p.flush()
	}
}

// wrap writes a text between marks.
func (p *page) wrap(before, s, after string) {
	p.raw(before)
	p.text(s)
	p.raw(after)
}

// whole writes a number that is no count of anything in the submission.
func (p *page) whole(n int64) { p.buf = strconv.AppendInt(p.buf, n, 10) }

func (p *page) flush() error {
	if p.err == nil && len(p.buf) > 0 {
		_, p.err = p.w.Write(p.buf)
	}
	p.buf = p.buf[:0]
	return p.err
}

// appendText appends s. What a reader would not see, or a browser obey, is
// written as an escape: control characters, bytes that are not UTF-8, marks
// that turn the direction of text, spaces that look like another. The signs
// that mean something to HTML become references; with json they become, like
// the quote and the backslash, escapes of a JSON string, which is then safe
// within a script element.
func appendText[T ~string | ~[]byte](b []byte, s T, json bool) []byte {
	const hex = "0123456789abcdef"
	from := 0 // where the part not yet appended begins
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f && c != '<' && c != '>' && c != '&' && c != '"' && c != '\'' && c != '\\' {
			i++
			continue
		}
		if c == '\\' && !json || c == '\'' && json {
			i++
			continue
		}
		size := 1
		var r rune = rune(c)
		if c >= utf8.RuneSelf {
			var a [utf8.UTFMax]byte
			n := copy(a[:], s[i:])
			r, size = utf8.DecodeRune(a[:n])
			if unicode.IsPrint(r) && !(r == utf8.RuneError && size == 1) {
				i += size
				continue
			}
		}
		b = append(b, s[from:i]...)
		slash := `\`
		if json {
			slash = `\\`
		}
		switch {
		case json && (c == '"' || c == '\\'):
			b = append(b, '\\', c)
		case json && (c == '<' || c == '>' || c == '&'):
			b = append(b, `\u00`...)
			b = append(b, hex[c>>4], hex[c&15])
		case c == '<':
			b = append(b, "&lt;"...)
		case c == '>':
			b = append(b, "&gt;"...)
		case c == '&':
			b = append(b, "&amp;"...)
		case c == '"':
			b = append(b, "&#34;"...)
		case c == '\'':
			b = append(b, "&#39;"...)
		case c == '\n':
			b = append(append(b, slash...), 'n')
		case c == '\r':
			b = append(append(b, slash...), 'r')
		case c == '\t':
			b = append(append(b, slash...), 't')
		case r == utf8.RuneError && size == 1 || r < 0x80:
			b = append(append(b, slash...), 'x', hex[c>>4], hex[c&15])
		case r < 0x10000:
			b = append(append(b, slash...), 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		default:
			b = append(append(b, slash...), 'U')
			for shift := 28; shift >= 0; shift -= 4 {
				b = append(b, hex[r>>shift&15])
			}
		}
		i += size
		from = i
	}
	return append(b, s[from:]...)
}

// appendJSON appends s as a JSON string.
func appendJSON[T ~string | ~[]byte](b []byte, s T) []byte {
	return append(appendText(append(b, '"'), s, true), '"')
}

// longest is the greatest number of characters of a value that is shown: more
// than any field may hold, and a lost quote does not fill the screen.
const longest = 300

// shorten cuts a value; cut is false if there was no need.
func shorten(s []byte) (short []byte, cut bool) {
	if len(s) <= longest {
		return s, false
	}
	n := 0
	for i := 0; i < len(s); {
		if n == longest {
			return s[:i], true
		}
		_, size := utf8.DecodeRune(s[i:])
		i += size
		n++
	}
	return s, false
}

// number, things and near are counts of what is in the submission, as they
// are shown, and as they are drawn and sorted.
func (p *page) number(n int64) string              { return p.shown.Number(n) }
func (p *page) things(n int64, unit string) string { return p.shown.Things(n, unit) }
func (p *page) near(n int64) int64                 { return p.shown.Shown(n) }

// digits writes a number that is no count of anything in the submission.
func digits(n int64) string { return share.Counts{}.Number(n) }

// many is Things for what is no count of anything in the submission.
func many(n int, unit string) string { return share.Counts{}.Things(int64(n), unit) }

// percent writes the share of n in all, "" where it would say nothing or give
// a hidden count away.
func (p *page) percent(n, all int64) string {
	n, all = p.near(n), p.near(all)
	if all == 0 || n == 0 {
		return ""
	}
	share := 100 * float64(n) / float64(all)
	switch {
	case share < 0.1:
		return "under 0.1%"
	case share < 9.95:
		return strconv.FormatFloat(share, 'f', 1, 64) + "%"
	case share > 99.4 && n < all:
		return "over 99%"
	}
	return strconv.FormatFloat(share, 'f', 0, 64) + "%"
}

// A part of a bar, drawn in the colour of its class.
type part struct {
	class string
	n     int64
}

// narrowest is the width, in hundredths of a bar, of a part that is there:
// less could not be seen.
const narrowest = 0.8

// bar draws the parts, at most 8, beside each other on a line that stands for all. What it
// shows stands beside it as a number, so a screen reader passes it by.
func (p *page) bar(class string, all int64, parts ...part) {
	p.wrap(`<svg class="bar `, class, `" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">`)
	p.raw(`<rect class="f-none" width="100" height="10"/>`)
	all = p.near(all)
	var widths [8]float64
	sum, widest := 0.0, 0
	for i, part := range parts {
		if n := p.near(part.n); n > 0 && all > 0 {
			widths[i] = max(100*float64(n)/float64(all), narrowest)
		}
		sum += widths[i]
		if widths[i] > widths[widest] {
			widest = i
		}
	}
	widths[widest] -= max(sum-100, 0) // what the narrow ones were given
	x := 0.0
	for i, part := range parts {
		if widths[i] == 0 {
			continue
		}
		p.wrap(`<rect class="f-`, part.class, `"`)
		if x > 0 {
			p.raw(` x="` + strconv.FormatFloat(x, 'f', 2, 64) + `"`)
		}
		p.raw(` width="` + strconv.FormatFloat(widths[i], 'f', 2, 64) + `" height="10"/>`)
		x += widths[i]
	}
	p.raw(`</svg>`)
}
