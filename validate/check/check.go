// Package check marks the rows of a column that fail one condition.
//
// Every kernel has one shape: columns of a batch, the parameters of one
// condition, and a mask. It sets the bits of the rows that fail and clears
// none, so that several kernels may share a mask:
//
//	text   one byte after another        A12····CC1····A1·
//	cells  offset and length of a row    [0,3] [7,3] null [14,2]
//	fail   a bit a row                   0     0     0    1      Length 3 to 3
//
// The loops prove that a value is good and do no more. Whatever they cannot
// prove goes to a slower function that decides exactly; clean data never pays
// for it. A row without a value takes the same path as a good one, because
// blank cells come in no order a branch could learn.
//
// Text is the batch's Text with its Slack. A kernel that looks at characters
// sees a typed column as blank in every row: Materialize turns such a column
// into text. Blank, Null and all that works on dates take both.
//
// The package knows no schema, no rule and no file. Nothing in it allocates
// after the constructors, except that Dates, TimestampDates, Materialize and
// PadDigits grow the batch to its working size.
package check

import (
	"encoding/binary"
	"unicode/utf8"

	"mhsds/validate/batch"
)

const (
	lows  = 0x0101010101010101 // 1 in every byte
	highs = 0x8080808080808080 // the top bit of every byte
	zeros = 0x3030303030303030 // '0' in every byte
)

// load returns the eight bytes of text at off, the first one lowest.
func load(text []byte, off int) uint64 { return binary.LittleEndian.Uint64(text[off:]) }

// value returns the bytes of a cell.
func value(text []byte, c batch.Cell) []byte {
	off := c.Offset()
	return text[off : off+c.Len()]
}

// Blank marks the rows that have no value, of a text or of a typed column.
func Blank(c *batch.Column, fail batch.Mask) {
	if c.Typed() {
		for row, s := range c.Stamps {
			if s.Day == batch.Null {
				fail.Set(row)
			}
		}
		return
	}
	for row, cell := range c.Cells {
		if cell.Len() == 0 {
			fail.Set(row)
		}
	}
}

// Null marks the rows that have no value: Blank under the name that fits a
// condition.
func Null(c *batch.Column, out batch.Mask) { Blank(c, out) }

// Length marks the rows whose value has fewer than min or more than max
// characters (code points; a byte that is not UTF-8 counts as one), or a line
// break: \n, \r, U+0085, U+2028 or U+2029. Blank rows pass.
func Length(text []byte, c *batch.Column, min, max int, fail batch.Mask) {
	if c.Odd {
		lengthOdd(text, c, min, max, fail)
		return
	}
	lo, span := uint32(min), uint32(max-min)
	for row, cell := range c.Cells {
		n := uint32(cell)
		if n == 0 {
			n = lo
		}
		if n-lo > span {
			fail.Set(row)
		}
	}
}

// lengthOdd is Length for a column that may hold other than plain ASCII.
func lengthOdd(text []byte, c *batch.Column, min, max int, fail batch.Mask) {
	for row, cell := range c.Cells {
		if cell.Len() == 0 {
			continue
		}
		if n, broken := characters(value(text, cell)); broken || n < min || n > max {
			fail.Set(row)
		}
	}
}

// characters counts the code points of v, and reports whether one of them is
// a line break.
func characters(v []byte) (n int, broken bool) {
	for i := 0; i < len(v); n++ {
		if v[i] < utf8.RuneSelf {
			if v[i] == '\n' || v[i] == '\r' {
				broken = true
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(v[i:])
		if r == 0x85 || r == 0x2028 || r == 0x2029 {
			broken = true
		}
		i += size
	}
	return n, broken
}

// Digits marks the rows whose value is not min to max ASCII digits and nothing
// else. Blank rows pass.
func Digits(text []byte, c *batch.Column, min, max int, fail batch.Mask) {
	for row, cell := range c.Cells {
		n := cell.Len()
		if n == 0 {
			continue
		}
		if n < min || n > max || !digits(value(text, cell)) {
			fail.Set(row)
		}
	}
}

// digits reports whether v is made of ASCII digits only.
func digits(v []byte) bool {
	for _, b := range v {
		if b-'0' > 9 {
			return false
		}
	}
	return true
}

// EqualConst marks the rows whose value is v, byte for byte. A blank row
// equals nothing.
func EqualConst(text []byte, c *batch.Column, v []byte, out batch.Mask) {
	if len(v) == 0 {
		return
	}
	for row, cell := range c.Cells {
		if cell.Len() == len(v) && string(value(text, cell)) == string(v) {
			out.Set(row)
		}
	}
}

// EqualColumns marks the rows in which a and b hold the same value, byte for
// byte. A row in which either is blank is not marked.
func EqualColumns(text []byte, a, b *batch.Column, out batch.Mask) {
	other := b.Cells[:len(a.Cells)]
	for row, cell := range a.Cells {
		n := cell.Len()
		if n != 0 && n == other[row].Len() && string(value(text, cell)) == string(value(text, other[row])) {
			out.Set(row)
		}
	}
}
