package delimited

import "bytes"

// countLines returns the number of LF in text.
func countLines(text []byte) int { return bytes.Count(text, []byte{'\n'}) }

// skipEmpty returns the place of the first line from pos on that is not empty,
// and the number of lines before it.
func skipEmpty(data []byte, pos int) (_ int, lines int32) {
	for pos < len(data) {
		switch {
		case data[pos] == '\n':
			pos++
		case data[pos] == '\r' && pos+1 < len(data) && data[pos+1] == '\n':
			pos += 2
		default:
			return pos, lines
		}
		lines++
	}
	return pos, lines
}

// splitHeader returns the trimmed values of a record that ends with LF. It may
// change the record.
func splitHeader(record []byte, delim byte) []string {
	var names []string
	for pos := 0; pos < len(record); pos++ { // over the delimiter or LF
		from, to, next := pos, 0, 0
		for record[from] == ' ' {
			from++
		}
		if record[from] == '"' {
			v := unquote(record, from, delim)
			from, to, next = v.from, v.to, v.next
		} else {
			next = pos
			for c := record[next]; c != delim && c != '\n'; c = record[next] {
				next++
			}
			to = next
			if record[next] == '\n' && to > from && record[to-1] == '\r' {
				to--
			}
		}
		names = append(names, string(bytes.Trim(record[from:to], " ")))
		if record[next] == '\r' {
			next++
		}
		pos = next
	}
	return names
}

// A quoted value, its quotes undone.
type quoted struct {
	from, to int   // its text
	next     int   // the place of the delimiter, LF or CRLF after it
	lines    int32 // LF in it
	stray    bool  // a quote in it was not doubled
	padded   bool  // there are spaces between its last quote and next
}

// unquote undoes the quotes of the value that opens at q, in place. The value
// must have an end. What it no longer needs is blanked, so that no part of a
// character is left.
func unquote(data []byte, q int, delim byte) (v quoted) {
	v.from = q + 1
	to := v.from
	for pos := v.from; ; pos++ {
		c := data[pos]
		switch c {
		case '"':
			if data[pos+1] == '"' {
				pos++
			} else if next, ok := terminator(data, pos+1, delim); ok {
				for i := to; i < pos; i++ {
					data[i] = ' '
				}
				v.to, v.next, v.padded = to, next, next > pos+1
				return v
			} else {
				v.stray = true
			}
		case '\r':
			if data[pos+1] == '\n' {
				continue
			}
		case '\n':
			v.lines++
		}
		data[to] = c
		to++
	}
}
