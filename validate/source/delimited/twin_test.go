package delimited

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"mhsds/validate/source/internal/sourcetest"
)

// A table is what reading a file comes to.
type table struct {
	sourcetest.Table
	Legacy    int64 // line of the first record of Windows-1252
	LinesRead int64 // the line after the last one
}

// twin reads records as the package comment has them, plainly: byte by byte, a
// string a value, the whole text at hand. The text begins at a record, on line
// 1; all columns are bound.
func twin(text string, columns int, delim byte, maxField, maxRecord int) table {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	t := table{Table: sourcetest.NewTable(columns)}
	line := int64(1)
	for pos := 0; pos < len(text); {
		if n := lineEnd(text[pos:]); n > 0 { // an empty line
			pos += n
			line++
			continue
		}
		window := text[pos:min(len(text), pos+maxRecord)]
		r := twinRecord(window, delim)
		length := r.length
		switch r.broken {
		case "unclosed_quote":
			t.Rows = append(t.Rows, valueless(line, columns, "unclosed_quote"))
		case "oversized_field":
			length = len(text) - pos
			if i := strings.IndexByte(text[min(len(text), pos+maxRecord):], '\n'); i >= 0 {
				length = maxRecord + i + 1
			}
			t.Rows = append(t.Rows, valueless(line, columns, "oversized_field"))
		default:
			t.Rows = append(t.Rows, t.judge(r, columns, line, maxField))
		}
		line += int64(strings.Count(text[pos:pos+length], "\n"))
		pos += length
	}
	t.LinesRead = line
	return t
}

// valueless makes a row of a record that has no values.
func valueless(line int64, columns int, check string) sourcetest.Row {
	return sourcetest.Row{Line: line, Skip: true, Values: make([]string, columns), Faults: []sourcetest.Fault{{Column: -1, Check: check}}}
}

// lineEnd returns the length of the LF or CRLF that s begins with, 0 if none.
func lineEnd(s string) int {
	switch {
	case strings.HasPrefix(s, "\n"):
		return 1
	case strings.HasPrefix(s, "\r\n"):
		return 2
	}
	return 0
}

type twinValue struct {
	text          string // within the quotes, if any, which are undone
	spaces, stray bool   // spaces outside the quotes
}

type twinRow struct {
	values []twinValue
	length int // with the line end
	broken string
}

// twinRecord reads the record that the window begins with.
func twinRecord(window string, delim byte) twinRow {
	var r twinRow
	pos := 0
	// ends reports whether a value may end at i, spaces aside, and where.
	ends := func(i int) (int, bool) {
		for i < len(window) && window[i] == ' ' {
			i++
		}
		return i, i < len(window) && (window[i] == delim || lineEnd(window[i:]) > 0)
	}
	for {
		first := pos
		for first < len(window) && window[first] == ' ' {
			first++
		}
		var v twinValue
		begin := pos
		if first < len(window) && window[first] == '"' {
			v.spaces = first > pos
			var text strings.Builder
			for i := first + 1; ; {
				if i == len(window) {
					return lostQuote(window, first)
				}
				if strings.HasPrefix(window[i:], `""`) {
					text.WriteByte('"')
					i += 2
					continue
				}
				if strings.HasPrefix(window[i:], "\r\n") {
					text.WriteByte('\n')
					i += 2
					continue
				}
				if window[i] == '"' {
					end, ok := ends(i + 1)
					if ok {
						v.spaces = v.spaces || end > i+1
						pos = end
						break
					}
					if undecided(window[i+1:]) || strings.Contains(window[first:i], "\n") {
						return lostQuote(window, first)
					}
					v.stray = true
				}
				text.WriteByte(window[i])
				i++
			}
			v.text = text.String()
		} else {
			for pos = first; pos < len(window) && window[pos] != delim && lineEnd(window[pos:]) == 0; pos++ {
				v.stray = v.stray || window[pos] == '"'
			}
			if pos == len(window) {
				return twinRow{broken: "oversized_field"}
			}
			v.text = window[begin:pos]
		}
		r.values = append(r.values, v)
		if n := lineEnd(window[pos:]); n > 0 {
			r.length = pos + n
			return r
		}
		pos++
	}
}

// undecided reports whether more text than rest could make it the end of a
// value: it is spaces, perhaps with half of CRLF.
func undecided(rest string) bool {
	rest = strings.TrimLeft(rest, " ")
	return rest == "" || rest == "\r"
}

// lostQuote gives up a record whose quote at q has no end.
func lostQuote(window string, q int) twinRow {
	if i := strings.IndexByte(window[q:], '\n'); i >= 0 {
		return twinRow{length: q + i + 1, broken: "unclosed_quote"}
	}
	return twinRow{broken: "oversized_field"}
}

// judge makes a row of a record that has an end.
func (t *table) judge(r twinRow, columns int, line int64, maxField int) sourcetest.Row {
	out := sourcetest.Row{Line: line, Values: make([]string, columns)}
	if len(r.values) != columns {
		out.Skip = true
		out.Faults = []sourcetest.Fault{{Column: -1, Check: "ragged_row"}}
		for _, v := range r.values {
			if v.stray {
				out.Faults = append(out.Faults, sourcetest.Fault{Column: -1, Check: "stray_quote"})
				break
			}
		}
		return out
	}
	valid := true
	for _, v := range r.values {
		valid = valid && utf8.ValidString(v.text)
	}
	if !valid && t.Legacy == 0 {
		t.Legacy = line
	}
	var large []sourcetest.Fault
	for i, v := range r.values {
		text := strings.Trim(v.text, " ")
		if v.spaces || text != v.text {
			if t.Padded[i]++; t.Padded[i] == 1 {
				t.FirstPad[i] = len(t.Rows)
			}
		}
		if strings.ContainsFunc(text, func(c rune) bool {
			return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f
		}) {
			out.Faults = append(out.Faults, sourcetest.Fault{Column: i, Check: "control_character"})
		}
		if v.stray {
			out.Faults = append(out.Faults, sourcetest.Fault{Column: i, Check: "stray_quote"})
		}
		if len(text) > maxField {
			large = append(large, sourcetest.Fault{Column: i, Check: "oversized_field"})
			text = ""
		}
		if !valid {
			b, err := charmap.Windows1252.NewDecoder().Bytes([]byte(text))
			if err != nil {
				panic(err)
			}
			text = string(bytes.ToValidUTF8(b, []byte("\ufffd")))
		}
		out.Values[i] = text
	}
	out.Faults = append(out.Faults, large...)
	return out
}
