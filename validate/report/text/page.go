package text

import (
	"io"
	"strings"
	"unicode/utf8"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
)

// A page lays out lines of a given width and keeps the writer's first error.
type page struct {
	w      io.Writer
	width  int // columns
	colour bool
	buf    []byte
	err    error
}

// flushAt is the number of bytes gathered before they are written.
const flushAt = 32 << 10

func (p *page) line(s string) {
	p.buf = append(append(p.buf, s...), '\n')
	if len(p.buf) >= flushAt {
		p.flush()
	}
}

func (p *page) flush() error {
	if p.err == nil && len(p.buf) > 0 {
		_, p.err = p.w.Write(p.buf)
	}
	p.buf = p.buf[:0]
	return p.err
}

func (p *page) title(s string) {
	p.line("")
	p.line(p.bold(s))
}

// wrap writes s in lines of the page's width, the first indented by first
// columns and the others by rest.
func (p *page) wrap(first, rest int, s string) {
	p.fill(strings.Repeat(" ", first), rest, s)
}

// hang writes s beside its mark, as in " 1. text".
func (p *page) hang(mark, s string) { p.fill(mark, visible(mark), s) }

func (p *page) fill(start string, rest int, s string) {
	line, used, empty := start, visible(start), true
	for w := range strings.SplitSeq(s, " ") {
		n := visible(w)
		if !empty && used+1+n > p.width {
			p.line(line)
			line, used, empty = strings.Repeat(" ", rest), rest, true
		}
		if !empty {
			line += " "
			used++
		}
		line += w
		used += n
		empty = false
	}
	p.line(line)
}

// ends writes left and name at the left margin and right at the right one. A
// name that does not fit is cut.
func (p *page) ends(left, name, right string) {
	room := p.width - 2 - visible(left) - 2 - 2 - visible(right)
	p.line("  " + left + "  " + pad(name, max(room, 10)) + "  " + right)
}

// The colours of a terminal, as ANSI sequences.
const (
	reset  = "\x1b[0m"
	strong = "\x1b[1m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	green  = "\x1b[32m"
	alarm  = "\x1b[1;31m"
)

func (p *page) dye(colour, s string) string {
	if !p.colour {
		return s
	}
	return colour + s + reset
}

func (p *page) bold(s string) string { return p.dye(strong, s) }

// paint dyes s in the severity's colour.
func (p *page) paint(severity dictionary.Severity, s string) string {
	switch severity {
	case dictionary.Warning:
		return p.dye(yellow, s)
	case dictionary.RejectFile:
		return p.dye(alarm, s)
	}
	return p.dye(red, s)
}

func (p *page) severity(s dictionary.Severity) string { return p.paint(s, s.String()) }

func (p *page) verdict(v finding.Verdict, s string) string {
	switch v {
	case finding.Accepted:
		return p.dye(strong+green, s)
	case finding.FileRejected:
		return p.dye(alarm, s)
	}
	return p.dye(strong+yellow, s)
}

// visible is the number of columns that s takes: its characters without the
// colours.
func visible(s string) int {
	n := 0
	for i := 0; i < len(s); {
		if s[i] == '\x1b' {
			if end := strings.IndexByte(s[i:], 'm'); end >= 0 {
				i += end + 1
				continue
			}
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
		n++
	}
	return n
}

// pad makes s exactly n columns wide; what is cut off is shown by an ellipsis.
func pad(s string, n int) string {
	if len(s) > n {
		return s[:n-1] + "…"
	}
	return s + strings.Repeat(" ", n-len(s))
}

// number writes n with a comma every three digits, things a number of things:
// counts of what is not the submission's, which are never hidden.
func number(n int64) string              { return share.Counts{}.Number(n) }
func things(n int64, unit string) string { return share.Counts{}.Things(n, unit) }

func were(n int64) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// noticesAbove points from the verdict, which stays on the screen, to what does
// not.
func noticesAbove(n int64) string {
	if n == 1 {
		return "1 notice about the files stands at the top of this report; read it first when there are many findings."
	}
	return number(n) + " notices about the files stand at the top of this report; read them first when there are many findings."
}

// otherRepairs says that n more rows depend on something besides.
func otherRepairs(n int64) string {
	if n == 1 {
		return "1 more row needs other repairs too."
	}
	return number(n) + " more rows need other repairs too."
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// nonempty keeps the words that are not empty.
func nonempty(words ...string) []string {
	kept := words[:0]
	for _, w := range words {
		if w != "" {
			kept = append(kept, w)
		}
	}
	return kept
}
