package quality

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"mhsds/dictionary"
	"mhsds/validate/batch"
)

// A localTest marks the rows of a batch that meet it. It looks at one row at a
// time, so that its answer is a bit of the row.
type localTest interface {
	mark(s *sight, b *batch.Batch, out batch.Mask)

	// key says what the test is, the same for the same test of a table.
	key() string
}

// blankTest marks rows without a value.
type blankTest struct{ field int }

func (t *blankTest) key() string { return fmt.Sprint("blank ", t.field) }

func (t *blankTest) mark(_ *sight, b *batch.Batch, out batch.Mask) {
	c := &b.Columns[t.field]
	for row := range b.Rows {
		if c.IsNull(row) {
			out.Set(row)
		}
	}
}

// inTest marks rows whose text is one of the codes.
type inTest struct {
	text  text
	set   *textSet
	codes []string
}

func (t *inTest) key() string { return "in " + t.text.key() + strings.Join(t.codes, "|") }

func (t *inTest) mark(s *sight, b *batch.Batch, out batch.Mask) {
	cells := b.Columns[t.text.ref.field].Cells[:b.Rows]
	if len(t.text.steps) == 0 {
		for row, cell := range cells {
			if n := cell.Len(); n != 0 && t.set.has(b.Text, cell.Offset(), n) {
				out.Set(row)
			}
		}
		return
	}
	for row, cell := range cells {
		if cell.Len() == 0 {
			continue
		}
		if v := t.text.of(s, b.Text[cell.Offset():cell.Offset()+cell.Len()]); t.set.hasBytes(v) {
			out.Set(row)
		}
	}
}

// of applies the steps to a value. The result may be in the sight's memory.
func (t text) of(s *sight, v []byte) []byte {
	for _, x := range t.steps {
		switch x.kind {
		case upper:
			s.buffer = append(s.buffer[:0], v...)
			v = s.buffer
			for i, c := range v {
				if c >= 'a' && c <= 'z' {
					v[i] = c - 'a' + 'A'
				}
			}
		case first:
			_, n := utf8.DecodeRune(v)
			v = v[:n]
		case before:
			if i := bytes.IndexByte(v, x.mark); i >= 0 {
				v = v[:i]
			}
		}
	}
	return v
}

// value is the text of a row, "" without one.
func (t text) value(s *sight, b *batch.Batch, row int) []byte {
	return t.of(s, b.Value(t.ref.field, row))
}

// A textSet is some codes. Those of at most eight bytes are looked up as one
// number, by open addressing.
type textSet struct {
	slots []shortText
	shift uint
	long  map[string]bool
}

type shortText struct {
	value uint64
	len   uint8
}

func newTextSet(codes []string) *textSet {
	t := &textSet{shift: 60}
	for 1<<(64-t.shift) < 4*len(codes) {
		t.shift--
	}
	t.slots = make([]shortText, 1<<(64-t.shift))
	for _, c := range codes {
		if len(c) > 8 {
			if t.long == nil {
				t.long = make(map[string]bool)
			}
			t.long[c] = true
			continue
		}
		var room [8]byte
		copy(room[:], c)
		v := binary.LittleEndian.Uint64(room[:])
		i := t.place(v)
		for t.slots[i].len != 0 {
			i = (i + 1) % len(t.slots)
		}
		t.slots[i] = shortText{v, uint8(len(c))}
	}
	return t
}

func (t *textSet) place(v uint64) int { return int(v * 0x9e3779b97f4a7c15 >> t.shift) }

// has looks up the n bytes of text at off, behind which eight can be read.
func (t *textSet) has(text []byte, off, n int) bool {
	if n > 8 {
		return t.long != nil && t.long[string(text[off:off+n])]
	}
	return t.short(binary.LittleEndian.Uint64(text[off:off+8])&(math.MaxUint64>>uint(64-8*n)), n)
}

func (t *textSet) hasBytes(v []byte) bool {
	if len(v) == 0 || len(v) > 8 {
		return t.long != nil && t.long[string(v)]
	}
	var room [8]byte
	copy(room[:], v)
	return t.short(binary.LittleEndian.Uint64(room[:]), len(v))
}

func (t *textSet) short(v uint64, n int) bool {
	for i := t.place(v); ; i = (i + 1) % len(t.slots) {
		switch s := t.slots[i]; {
		case s.len == 0:
			return false
		case s.value == v && int(s.len) == n:
			return true
		}
	}
}

// startsTest marks rows whose text begins with something.
type startsTest struct {
	text   text
	prefix string
}

func (t *startsTest) key() string { return "starts " + t.text.key() + t.prefix }

func (t *startsTest) mark(s *sight, b *batch.Batch, out batch.Mask) {
	for row := range b.Rows {
		if v := t.text.value(s, b, row); len(v) >= len(t.prefix) && string(v[:len(t.prefix)]) == t.prefix {
			out.Set(row)
		}
	}
}

// dayTest compares two days. Both sides of a local one are of one row.
type dayTest struct {
	a, b day
	op   string
}

func (t *dayTest) key() string { return "day " + t.a.key() + t.op + t.b.key() }

func (t *dayTest) mark(s *sight, b *batch.Batch, out batch.Mask) {
	left, l := s.values(b, t.a)
	right, r := s.values(b, t.b)
	for row := range b.Rows {
		if left != nil {
			l = left[row]
		}
		if right != nil {
			r = right[row]
		}
		if t.holds(l, r) {
			out.Set(row)
		}
	}
}

// holds compares two days; no day compares with anything.
func (t *dayTest) holds(a, b int32) bool {
	if a <= batch.Unreadable || b <= batch.Unreadable {
		return false
	}
	switch t.op {
	case "==":
		return a == b
	case "!=":
		return a != b
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	}
	return a >= b
}

// ageTest says that so many whole years lie between two days.
type ageTest struct {
	birth, at day
	low, high int
}

func (t *ageTest) key() string {
	return fmt.Sprint("age ", t.birth.key(), " ", t.at.key(), " ", t.low, " ", t.high)
}

func (t *ageTest) mark(s *sight, b *batch.Batch, out batch.Mask) {
	births, birth := s.values(b, t.birth)
	dates, at := s.values(b, t.at)
	for row := range b.Rows {
		if births != nil {
			birth = births[row]
		}
		if dates != nil {
			at = dates[row]
		}
		if t.holds(birth, at) {
			out.Set(row)
		}
	}
}

func (t *ageTest) holds(birth, at int32) bool {
	if birth <= batch.Unreadable || at <= batch.Unreadable {
		return false
	}
	n := years(birth, at)
	return n >= t.low && n <= t.high
}

// years is the number of whole years from one day to another. Who was born on
// a 29 February gets a year older on 1 March of a common year.
func years(birth, at int32) int {
	y1, m1, d1 := batch.Civil(birth)
	y2, m2, d2 := batch.Civil(at)
	n := y2 - y1
	if m2 < m1 || m2 == m1 && d2 < d1 {
		n--
	}
	return n
}

// ongoingTest marks rows whose day is blank or after the period's end.
type ongoingTest struct{ day day }

func (t *ongoingTest) key() string { return "ongoing " + t.day.key() }

func (t *ongoingTest) mark(s *sight, b *batch.Batch, out batch.Mask) {
	days, _ := s.values(b, t.day)
	end := s.o.end
	for row, d := range days[:b.Rows] {
		if d == batch.Null || end > batch.Unreadable && d > end {
			out.Set(row)
		}
	}
}

// clockTest marks rows whose time of day has an hour or a minute from low to
// high.
type clockTest struct {
	field     int
	minute    bool
	low, high int
}

func (t *clockTest) key() string {
	return fmt.Sprint("clock ", t.field, t.minute, t.low, " ", t.high)
}

func (t *clockTest) mark(s *sight, b *batch.Batch, out batch.Mask) {
	c := &b.Columns[t.field]
	for row := range b.Rows {
		if c.IsNull(row) {
			continue
		}
		s.buffer = b.Append(s.buffer[:0], t.field, row)
		v := s.buffer
		if len(v) != len("hh:mm:ss") || v[2] != ':' || v[5] != ':' {
			continue
		}
		hour, minute := twoDigits(v), twoDigits(v[3:])
		if hour > 23 || minute > 59 {
			continue
		}
		n := hour
		if t.minute {
			n = minute
		}
		if n >= t.low && n <= t.high {
			out.Set(row)
		}
	}
}

// twoDigits reads two digits, 100 and more if they are none.
func twoDigits(v []byte) int {
	a, b := v[0]-'0', v[1]-'0'
	if a > 9 || b > 9 {
		return 100
	}
	return int(a)*10 + int(b)
}

// registerTest marks rows whose text stands in a register: known at all, open
// on a day (and not closed on it), or in use on it (the day of closing
// counts).
type registerTest struct {
	text     text
	register dictionary.Register
	word     string
	on       day
	number   int // among those of the table
}

func (t *registerTest) key() string {
	return strings.Join([]string{t.word, t.text.key(), t.register.String(), t.on.key()}, " ")
}

func (t *registerTest) mark(s *sight, b *batch.Batch, out batch.Mask) {
	memory := s.asked[t.number]
	_, on := s.values(b, t.on)
	for row := range b.Rows {
		v := t.text.value(s, b, row)
		if len(v) == 0 {
			continue
		}
		yes, known := memory[string(v)]
		if !known {
			yes = t.holds(s, v, on)
			if len(memory) == remembered {
				clear(memory)
			}
			memory[string(v)] = yes
		}
		if yes {
			out.Set(row)
		}
	}
}

// remembered bounds the answers of a register that a sight keeps.
const remembered = 4096

func (t *registerTest) holds(s *sight, v []byte, on int32) bool {
	r := s.o.opt.Reference
	if t.word != "known" && on <= batch.Unreadable {
		return false
	}
	if t.word == "has" {
		return r.Has(t.register, v, on)
	}
	s.spans = r.Spans(s.spans[:0], t.register, v)
	for _, x := range s.spans {
		if t.word == "known" || (x[0] == batch.Null || x[0] <= on) && x[1] > on {
			return true
		}
	}
	return false
}

// values returns the days of the batch's rows, or nil and the one day that is
// the same for all. The slice is good until the batch or the sight changes.
func (s *sight) values(b *batch.Batch, d day) ([]int32, int32) {
	switch d.kind {
	case 0:
		return nil, batch.Null
	case periodStart:
		return nil, plus(s.o.start, d.offset)
	case periodEnd:
		return nil, plus(s.o.end, d.offset)
	case literal:
		return nil, plus(d.at, d.offset)
	case dateField:
		if c := &b.Columns[d.ref.field]; c.HasDays && d.offset == 0 {
			return c.Days[:b.Rows], 0
		}
	}
	if s.spare == len(s.scratch) {
		s.scratch = append(s.scratch, nil)
	}
	out := s.scratch[s.spare][:0]
	for row := range b.Rows {
		out = append(out, plus(s.dayOf(b, d, row), d.offset))
	}
	s.scratch[s.spare] = out
	s.spare++
	return out, 0
}

// dayOf is the day of one row, without the offset.
func (s *sight) dayOf(b *batch.Batch, d day, row int) int32 {
	c := &b.Columns[d.ref.field]
	switch {
	case c.IsNull(row):
		return batch.Null
	case d.kind == dateField && c.HasDays:
		return c.Days[row]
	case d.kind == closing:
		return s.closed(d, d.text.value(s, b, row))
	}
	s.buffer = b.Append(s.buffer[:0], d.ref.field, row)
	v := s.buffer
	return parseDay(v[:min(len(v), len("2024-04-01"))])
}

// closed is the last day on which a code stood in the register, Null if it is
// not known or has no end.
func (s *sight) closed(d day, v []byte) int32 {
	if len(v) == 0 {
		return batch.Null
	}
	s.spans = s.o.opt.Reference.Spans(s.spans[:0], d.register, v)
	last := int32(batch.Null)
	for _, x := range s.spans {
		if x[1] == math.MaxInt32 {
			return batch.Null
		}
		last = max(last, x[1])
	}
	return last
}

func plus(day, offset int32) int32 {
	if day <= batch.Unreadable {
		return day
	}
	return day + offset
}

// parseDay reads CCYY-MM-DD: days since 1970-01-01, Null for "", Unreadable
// for anything else.
func parseDay(v []byte) int32 {
	if len(v) == 0 {
		return batch.Null
	}
	if len(v) < 10 || v[4] != '-' || v[7] != '-' {
		return batch.Unreadable
	}
	y1, y2, m, d := twoDigits(v), twoDigits(v[2:]), twoDigits(v[5:]), twoDigits(v[8:])
	if y1 > 99 || y2 > 99 || y1+y2 == 0 || m < 1 || m > 12 || d < 1 || d > 31 {
		return batch.Unreadable
	}
	n := batch.Day(y1*100+y2, m, d)
	if _, rm, rd := batch.Civil(n); rm != m || rd != d {
		return batch.Unreadable
	}
	return n
}
