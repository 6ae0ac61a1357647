package delimited

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
)

// sniff looks at the first bytes of the input, drops the byte order mark and
// has UTF-16 transcoded as it is read.
func (r *Reader) sniff() error {
	head := make([]byte, 3)
	n, err := io.ReadFull(r.r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return fmt.Errorf("%s: %w", r.file, err)
	}
	head = head[:n]
	bom := len("\xef\xbb\xbf")
	if !bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		bom = 0
	}
	r.advance(bom)
	r.r = io.MultiReader(bytes.NewReader(head[bom:]), r.r)
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		utf16 := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
		r.r = utf16.NewDecoder().Reader(r.r)
		r.offset = -1
	}
	return nil
}

// appendLegacy appends a text of Windows-1252 as UTF-8.
func appendLegacy(dst, text []byte) []byte {
	// From 0x80 to 0x9f it differs from Latin-1; five bytes stand for nothing.
	upper := [32]rune{
		'€', utf8.RuneError, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', utf8.RuneError, 'Ž', utf8.RuneError,
		utf8.RuneError, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', utf8.RuneError, 'ž', 'Ÿ',
	}
	for _, c := range text {
		switch {
		case c < 0x80:
			dst = append(dst, c)
		case c < 0xa0:
			dst = utf8.AppendRune(dst, upper[c-0x80])
		default:
			dst = utf8.AppendRune(dst, rune(c))
		}
	}
	return dst
}

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
