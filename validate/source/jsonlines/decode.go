package jsonlines

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/encoded"
	"mhsds/validate/source/filling"
)

// A decoder turns blocks of its reader into batches.
type decoder struct {
	r       *Reader
	maxLine int

	spellings map[string]int32 // index in names, by a name's text
	names     []name
	last      int32 // of names, the one before in the line

	met       []bool // by column, whether its name was met
	strangers strangers

	fill  filling.Filler
	data  []byte // the block's text and batch.Slack bytes
	start int    // of the line in hand
	eol   int    // where its LF is
	utf8  validity

	stamp  uint32   // of the line in hand
	stamps []uint32 // by column, of the last line that had its name

	converted []byte // values of Windows-1252 as UTF-8, to follow the block's text
	scratch   []byte
}

// A name is a name as a line has it. names[0] stands for a line's beginning.
type name struct {
	text   string // escapes and all
	column int    // of the batch, -1 for none
	next   int32  // the name that last came after it
}

// maxSpellings bounds the names that a decoder remembers, maxName their bytes:
// some spellings for each column of the widest table. What is not remembered
// is looked for every time.
const maxSpellings, maxName = 512, 256

// A validity says whether a line is UTF-8, once somebody has asked.
type validity uint8

const (
	unknown validity = iota
	valid
	invalid
)

// Decoder implements source.Reader. It is for blocks of this reader only.
func (r *Reader) Decoder() source.Decoder {
	d := &decoder{r: r, maxLine: r.maxLine, fill: filling.Filler{MaxField: r.maxField}, spellings: map[string]int32{},
		names: []name{{column: -1}}, met: make([]bool, len(r.names)), stamps: make([]uint32, len(r.names))}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.decoders = append(r.decoders, d)
	return d
}

// Decode implements source.Decoder.
func (d *decoder) Decode(blk *source.Block, b *batch.Batch, max int) (more bool, err error) {
	st := blk.State.(*state)
	n := len(blk.Data)
	rows := min(max, st.left)
	b.Reset(len(d.r.names), rows)
	if cap(b.Lines) < rows {
		b.Lines = make([]int32, (rows/1024+1)*1024)
	}
	b.Lines = b.Lines[:rows]
	d.fill.Begin(b)
	d.data, d.converted = blk.Data[:n+batch.Slack], d.converted[:0]

	pos, line, row := blk.Pos, blk.Line, 0
	for row < rows && pos < n {
		d.start, d.eol, d.utf8 = pos, pos+bytes.IndexByte(blk.Data[pos:], '\n'), unknown
		d.fill.Row(row)
		long := d.eol-pos > d.maxLine
		if st.passed < len(st.long) && st.long[st.passed] == pos {
			long = true
			st.passed++
		}
		p := d.space(pos)
		if long || p < d.eol {
			switch {
			case long:
				d.fill.Skip(filling.OversizedField)
			case !d.object(p):
				d.fill.Skip(filling.UnreadableValue)
			}
			b.Lines[row] = line
			row++
		}
		if d.utf8 == invalid {
			d.r.legacy.Note(st.line + int64(line))
		}
		pos = d.eol + 1
		line++
	}
	st.left -= int(line - blk.Line)
	blk.Pos, blk.Line = pos, line
	filling.Finish(blk, b, d.converted, row, nil)
	return pos < n, nil
}

// object takes in the object that begins at p, and reports whether that is
// what the line has, and nothing else.
func (d *decoder) object(p int) bool {
	data := d.data
	if data[p] != '{' {
		return false
	}
	d.stamp++
	d.last = 0
	if p = d.space(p + 1); data[p] == '}' {
		return d.space(p+1) == d.eol
	}
	for {
		if data[p] != '"' {
			return false
		}
		q, odd := d.text(p + 1)
		if q < 0 {
			return false
		}
		column := d.column(data[p+1:q], odd)
		if column >= 0 && d.stamps[column] == d.stamp {
			// Which one counts cannot be told.
			d.fill.Withdraw(column)
			d.unreadable(column)
			column = -1
		} else if column >= 0 {
			d.stamps[column] = d.stamp
		}
		if p = d.space(q + 1); data[p] != ':' {
			return false
		}
		if p = d.value(column, d.space(p+1)); p < 0 {
			return false
		}
		switch p = d.space(p); data[p] {
		case ',':
			p = d.space(p + 1)
		case '}':
			return d.space(p+1) == d.eol
		default:
			return false
		}
	}
}

// space returns the place of the first character from p on that is no white
// space, at most the line's end.
func (d *decoder) space(p int) int {
	for d.data[p] == ' ' || d.data[p] == '\t' || d.data[p] == '\r' {
		p++
	}
	return p
}

// value takes in the value at p and returns the place after it, -1 if there is
// none.
func (d *decoder) value(column, p int) int {
	data := d.data
	switch c := data[p]; c {
	case '"':
		q, odd := d.text(p + 1)
		if q < 0 {
			return -1
		}
		if column >= 0 {
			d.take(column, p+1, q, odd)
		}
		return q + 1
	case 'n':
		if string(data[p:p+4]) == "null" {
			return p + 4
		}
		return -1
	case 't':
		if string(data[p:p+4]) != "true" {
			return -1
		}
		d.unreadable(column)
		return p + 4
	case 'f':
		if string(data[p:p+5]) != "false" {
			return -1
		}
		d.unreadable(column)
		return p + 5
	case '[', '{':
		d.unreadable(column)
		return d.nested(p)
	default:
		return d.number(column, p)
	}
}

// number takes in a number as it is written.
func (d *decoder) number(column, p int) int {
	data := d.data
	from := p
	if data[p] == '-' {
		p++
	}
	whole := p
	p = d.digits(p)
	if p == whole || data[whole] == '0' && p > whole+1 {
		return -1
	}
	if data[p] == '.' {
		fraction := p + 1
		if p = d.digits(fraction); p == fraction {
			return -1
		}
	}
	if data[p] == 'e' || data[p] == 'E' {
		if p++; data[p] == '+' || data[p] == '-' {
			p++
		}
		exponent := p
		if p = d.digits(p); p == exponent {
			return -1
		}
		d.unreadable(column)
	} else if column >= 0 {
		d.fill.Put(column, from, p-from)
	}
	return p
}

func (d *decoder) digits(p int) int {
	for '0' <= d.data[p] && d.data[p] <= '9' {
		p++
	}
	return p
}

// nested returns the place after the list or object at p. It looks for its end
// alone, so that no depth costs more than its length.
func (d *decoder) nested(p int) int {
	for depth := 0; ; p++ {
		switch d.data[p] {
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return p + 1
			}
		case '"':
			if p, _ = d.text(p + 1); p < 0 {
				return -1
			}
		case '\n':
			return -1
		}
	}
}

// An oddness says what is in a string besides plain characters.
type oddness uint8

const (
	escaped oddness = 1 << iota
	high            // outside ASCII
	deleted         // U+007F
)

// Eight bytes of a kind.
const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// text returns the place of the quote that ends the string whose first
// character is at p, -1 if there is none. The line's LF is in no string.
func (d *decoder) text(p int) (_ int, odd oddness) {
	data := d.data
	for {
		w := binary.LittleEndian.Uint64(data[p:])
		quote, slash := w^'"'*ones, w^'\\'*ones
		m := (w | (w + ones) | (w-' '*ones)&^w | (quote-ones)&^quote | (slash-ones)&^slash) & highs
		if m == 0 {
			p += 8
			continue
		}
		p += bits.TrailingZeros64(m) >> 3
		switch c := data[p]; {
		case c == '"':
			return p, odd
		case c == '\\':
			odd |= escaped
			n := escape(data[p+1:])
			if n == 0 {
				return -1, odd
			}
			p += 1 + n
		case c < ' ':
			return -1, odd
		case c == 0x7f:
			odd |= deleted
			p++
		default:
			if d.utf8 == unknown {
				d.utf8 = valid
				if !utf8.Valid(data[d.start:d.eol]) {
					d.utf8 = invalid
				}
			}
			odd |= high
			for p++; data[p] >= 0x80; p++ {
			}
		}
	}
}

// escape returns the length of the escape whose backslash is before s, 0 if it
// is none.
func escape(s []byte) int {
	switch s[0] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
		for _, c := range s[1:5] {
			if filling.Hex(c) < 0 {
				return 0
			}
		}
		return 5
	}
	return 0
}

// unescape appends the characters of a string whose escapes text has checked.
// It appends no more bytes than it has read of s, so that dst may be the
// beginning of s, unless the line is Windows-1252.
func unescape(dst, s []byte, line validity) []byte {
	begin := len(dst)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c != '\\' && (c < utf8.RuneSelf || line != invalid):
			dst = append(dst, c)
			continue
		case c != '\\':
			dst = encoded.AppendWindows1252(dst, s[i:i+1])
			continue
		}
		i++
		switch c = s[i]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'n':
			dst = filling.AppendLF(dst, begin)
		case 'u':
			r := unhex4(s[i+1:])
			i += 4
			if utf16.IsSurrogate(r) && i+6 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
				if pair := utf16.DecodeRune(r, unhex4(s[i+3:])); pair != utf8.RuneError {
					r = pair
					i += 6
				}
			}
			if r == '\n' {
				dst = filling.AppendLF(dst, begin)
			} else {
				dst = utf8.AppendRune(dst, r)
			}
		default: // a quote, a backslash, a slash
			dst = append(dst, c)
		}
	}
	return dst
}

func unhex4(s []byte) rune {
	return filling.Hex(s[0])<<12 | filling.Hex(s[1])<<8 | filling.Hex(s[2])<<4 | filling.Hex(s[3])
}

// take takes in the string data[from:to].
func (d *decoder) take(column, from, to int, odd oddness) {
	switch {
	case odd&high != 0 && d.utf8 == invalid:
		off := len(d.converted)
		d.converted = unescape(d.converted, d.data[from:to], invalid)
		d.fill.Odd(column, d.converted[off:], len(d.data)-batch.Slack+off)
	case odd&escaped != 0:
		v := unescape(d.data[from:from], d.data[from:to], valid)
		d.fill.Odd(column, v, from)
	case odd != 0:
		d.fill.Odd(column, d.data[from:to], from)
	case from < to && (d.data[from] == ' ' || d.data[to-1] == ' '):
		d.fill.Trim(column, d.data[from:to], from)
	default:
		d.fill.Put(column, from, to-from)
	}
}

// unreadable notes that a value is none, of a column that somebody wants.
func (d *decoder) unreadable(column int) {
	if column >= 0 {
		d.fill.Fault(column, filling.UnreadableValue)
	}
}

// column returns the column of a name as the line has it, -1 if nobody wants
// it. It makes it the last name of the line.
func (d *decoder) column(text []byte, odd oddness) int {
	if next := d.names[d.last].next; next != 0 && d.names[next].text == string(text) {
		d.last = next
		return d.names[next].column
	}
	i, ok := d.spellings[string(text)]
	if !ok {
		column := d.resolve(text, odd)
		if len(d.names) == maxSpellings || len(text) > maxName || odd&high != 0 && d.utf8 == invalid {
			return column
		}
		i = int32(len(d.names))
		d.names = append(d.names, name{text: string(text), column: column})
		d.spellings[d.names[i].text] = i
	}
	d.names[d.last].next = i
	d.last = i
	return d.names[i].column
}

// resolve finds the column of a name that is not remembered.
func (d *decoder) resolve(text []byte, odd oddness) int {
	if odd&(escaped|high) != 0 {
		d.scratch = unescape(d.scratch[:0], text, d.utf8)
		text = d.scratch
	}
	text = bytes.Trim(text, " ")
	if len(text) == 0 {
		return -1
	}
	for column, name := range d.r.names {
		if name != "" && strings.EqualFold(name, string(text)) {
			d.met[column] = true
			return column
		}
	}
	d.strangers.add(strings.ToValidUTF8(string(text[:min(len(text), maxName)]), ""))
	return -1
}

// maxStrangers bounds the names kept that nobody wants: a file may have any
// number of them.
const maxStrangers = 1000

// strangers are names that nobody wants: the first ones of the alphabet, each
// in one spelling. So they are the same, whoever meets which line.
type strangers struct {
	list []string
	more bool // there were others
}

func (s *strangers) add(name string) {
	i, ok := slices.BinarySearchFunc(s.list, name, func(a, b string) int {
		return strings.Compare(strings.ToLower(a), strings.ToLower(b))
	})
	switch {
	case ok:
		s.list[i] = min(s.list[i], name)
	case i == maxStrangers:
		s.more = true
	default:
		if len(s.list) == maxStrangers {
			s.more = true
			s.list = s.list[:maxStrangers-1]
		}
		s.list = slices.Insert(s.list, i, name)
	}
}
