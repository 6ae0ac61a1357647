package delimited

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// A cutter finds where records end in a text that begins at one. What it says
// of a record follows from the record's first maxRecord bytes and from nothing
// else, so it is the same wherever the text happens to stop.
type cutter struct {
	buf       []byte
	delim     byte
	maxRecord int
	final     bool // the input ends with buf, which then ends with LF
	one       bool // stop after the first record

	// No run of quotes in buf[calm.from:calm.to] has an odd length, so a quoted
	// value that is open at any place between runs there is still open at its
	// end. Without it, a file in which many quotes are lost would be searched
	// once for each of them.
	calm struct{ from, to int }
}

// cut returns the end of the last record that is whole (of the first, for one),
// and appends the broken ones among them to st. If long is true, the record
// that begins at end is longer than maxRecord.
func (c *cutter) cut(st *state) (end int, long bool) {
	start := 0 // of the record that the scan is in
	pos := 0   // how far the scan is; never within quotes
	for {
		quote, stop := bytes.IndexByte(c.buf[pos:], '"'), len(c.buf)
		if quote >= 0 {
			quote += pos
			stop = quote
		}
		var done bool
		if start, done, long = c.unquoted(start, pos, stop); done || long || quote < 0 {
			return start, long
		}
		if !c.opens(quote) {
			pos = quote + 1
			continue
		}

		if !c.one {
			if start, quote, pos = c.plainQuotes(start, quote); quote < 0 {
				continue
			}
		}
		window := min(len(c.buf), start+c.maxRecord)
		known := c.final || window == start+c.maxRecord
		next, verdict := c.closing(quote, window)
		switch {
		case verdict == closed:
			pos = next
		case verdict == open && !known:
			return start, false
		default:
			i := bytes.IndexByte(c.buf[quote:window], '\n')
			if i < 0 {
				return start, true
			}
			pos = quote + i + 1
			st.broken = append(st.broken, broken{start, pos, unclosedQuote})
			start = pos
			if c.one {
				return start, false
			}
		}
	}
}

// plainQuotes goes over quoted values that follow each other, from the one that
// opens at quote in the record that begins at start, as long as each holds no
// quote and is followed by a delimiter or LF. It returns the first value that
// is not like that, or quote = -1 and the place after the last that was.
func (c *cutter) plainQuotes(start, quote int) (_, _, pos int) {
	buf := c.buf
	for {
		t := quote + 1
		var z uint64
		for t+10 <= len(buf) {
			w := binary.LittleEndian.Uint64(buf[t:]) ^ '"'*ones
			if z = (w - ones) &^ w & highs; z != 0 {
				break
			}
			t += 8
		}
		if z == 0 {
			return start, quote, 0
		}
		t += bits.TrailingZeros64(z)>>3 + 1
		if t-start >= c.maxRecord {
			return start, quote, 0
		}
		switch buf[t] {
		case c.delim:
		case '\n':
			start = t + 1
		default:
			return start, quote, 0
		}
		if t++; t == len(buf) || buf[t] != '"' {
			return start, -1, t
		}
		quote = t
	}
}

// unquoted goes over the text from pos to stop, in which there is no quote,
// and returns the start of the record that reaches stop. It is done at the
// first end of a record when only one is asked for. Long is true if the
// record that begins at the place returned has no end within maxRecord.
func (c *cutter) unquoted(start, pos, stop int) (_ int, done, long bool) {
	if stop-start <= c.maxRecord && !c.one {
		if i := bytes.LastIndexByte(c.buf[pos:stop], '\n'); i >= 0 {
			start = pos + i + 1
		}
		return start, false, stop-start == c.maxRecord
	}
	for {
		i := bytes.IndexByte(c.buf[pos:stop], '\n')
		if i < 0 {
			return start, false, stop-start >= c.maxRecord
		}
		if pos+i+1-start > c.maxRecord {
			return start, false, true
		}
		pos += i + 1
		start = pos
		if c.one {
			return start, true, false
		}
	}
}

// opens reports whether the quote at q, outside a quoted value, begins one:
// nothing but spaces stands between it and a delimiter or the line's start.
func (c *cutter) opens(q int) bool {
	for q--; q >= 0; q-- {
		switch c.buf[q] {
		case ' ':
		case c.delim, '\n':
			return true
		default:
			return false
		}
	}
	return true
}

// A verdict says what became of a quoted value.
type verdict uint8

const (
	closed verdict = iota
	open           // as far as the text goes
	lost           // its quote was not the beginning of a value
)

// closing looks for the end of the quoted value that opens at q, in the text
// before window. If the value is closed, next is the place after it: of a
// delimiter, LF or CRLF.
func (c *cutter) closing(q, window int) (next int, _ verdict) {
	buf := c.buf[:window]
	t := q + 1

	from := t    // no odd run of quotes between here and t
	checked := q // no LF between q and here
	for {
		if t < len(buf) && buf[t] == '"' && t == q+1 {
			// Within the run that q begins: calm knows only whole runs.
		} else if c.calm.from <= t && t < c.calm.to {
			t, from = c.calm.to, min(from, c.calm.from)
		}
		i := -1
		if t < len(buf) {
			i = bytes.IndexByte(buf[t:], '"')
		}
		if i < 0 {
			c.calm.from, c.calm.to = from, max(t, len(buf))
			return 0, open
		}
		run := t + i
		end := run + 1
		for end < len(buf) && buf[end] == '"' {
			end++
		}
		switch {
		case end == len(buf):
			c.calm.from, c.calm.to = from, run
			return 0, open
		case (end-run)&1 == 0:
			if t = end; run == q+1 {
				from = end
			}
			continue
		}
		next, ok := terminator(buf, end, c.delim)
		if ok {
			return next, closed
		}
		if next == len(buf) {
			c.calm.from, c.calm.to = from, run
			return 0, open
		}
		if bytes.IndexByte(buf[checked:run], '\n') >= 0 {
			return 0, lost
		}
		checked = run
		t, from = end, end
	}
}

// terminator reports whether the text from t on, spaces aside, is a delimiter
// or the end of a line, and where that is. If the text ends too soon to say,
// next is its length.
func terminator(buf []byte, t int, delim byte) (next int, ok bool) {
	for t < len(buf) && buf[t] == ' ' {
		t++
	}
	if t == len(buf) {
		return t, false
	}
	switch buf[t] {
	case delim, '\n':
		return t, true
	case '\r':
		if t+1 == len(buf) {
			return t + 1, false
		}
		return t, buf[t+1] == '\n'
	}
	return t, false
}
