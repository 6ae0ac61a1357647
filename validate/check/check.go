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
// for it. Blank cells come in no order that a branch could learn, so a loop
// takes them down the path of good values, or leaves them out beforehand.
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
	highs = 0x8080808080808080 // the top bit of every byte
	zeros = 0x3030303030303030 // '0' in every byte
	first = 1 << 63            // the bit under which a word of a mask takes its next row
)

// Eight bytes as one number hold the first byte lowest. Of eight bytes x, each
// combined with '0', x|(x+above9) has the top bit of each byte that was not a
// digit, and perhaps of later ones.
const above9 = 0x7676767676767676

// load returns the first eight bytes of v.
func load(v []byte) uint64 { return binary.LittleEndian.Uint64(v) }

// ends returns the first and the last eight bytes of the n at off, each of
// them combined with flip. Of fewer than eight it returns all, twice, the last
// one highest and zero bits below. The eight bytes at off must exist.
func ends(text []byte, off, n int, flip uint64) (lo, hi uint64) {
	short := 64 - 8*n
	short &^= short >> 63
	past := n - 8
	past &^= past >> 63
	return (load(text[off:off+8]) ^ flip) << uint(short), (load(text[off+past:off+past+8]) ^ flip) << uint(short)
}

// eight is ends for a value of at most eight bytes; of a longer one it returns
// zero.
func eight(text []byte, off, n int, flip uint64) uint64 {
	return (load(text[off:off+8]) ^ flip) << uint(64-8*n)
}

// words returns the words of a mask that hold n rows. A mask that is too short
// for its column is a fault of the caller, not a column that passes.
func words(m batch.Mask, n int) batch.Mask { return m[:(n+63)/64] }

// settle turns a word filled from the top by n rows the right way up.
func settle(w uint64, n int) uint64 { return w >> (64 - uint(n)) }

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
	// Here and below a word of the mask is filled from the top, the sign of a
	// number being the answer for a row, so that the first row of the word
	// ends up lowest.
	cells := c.Cells
	out := words(fail, len(cells))
	for w := range out {
		some := cells[:min(64, len(cells))]
		cells = cells[len(some):]
		var bad uint64
		for _, cell := range some {
			bad = bad>>1 | (uint64(uint32(cell))-1)&first
		}
		out[w] |= settle(bad, len(some))
	}
}

// Null marks the rows that have no value: Blank under the name that fits a
// condition.
func Null(c *batch.Column, out batch.Mask) { Blank(c, out) }

// Length marks the rows whose value has fewer than lo or more than hi
// characters (code points; a byte that is not UTF-8 counts as one), or a line
// break: \n, \r, U+0085, U+2028 or U+2029. Blank rows pass.
func Length(text []byte, c *batch.Column, lo, hi int, fail batch.Mask) {
	if c.Odd {
		lengthOdd(text, c, lo, hi, fail)
		return
	}
	length(c.Cells, lo, hi, fail)
}

// length marks the cells that have a length other than 0 and min to max bytes.
func length(cells []batch.Cell, lo, hi int, fail batch.Mask) {
	out := words(fail, len(cells))
	for w := range out {
		some := cells[:min(64, len(cells))]
		cells = cells[len(some):]
		var bad uint64
		for _, cell := range some {
			n := cell.Len()
			bad = bad>>1 | uint64(((n-lo)|(hi-n))&-n)&first
		}
		out[w] |= settle(bad, len(some))
	}
}

// lengthOdd is Length for a column that may hold other than plain ASCII.
func lengthOdd(text []byte, c *batch.Column, lo, hi int, fail batch.Mask) {
	for row, cell := range c.Cells {
		n := cell.Len()
		if n == 0 {
			continue
		}
		broken := false
		if !printable(text, cell) {
			n, broken = characters(value(text, cell))
		}
		if broken || n < lo || n > hi {
			fail.Set(row)
		}
	}
}

// printable reports whether every byte of the cell lies from space to DEL,
// where bytes are characters and no line breaks. It may say no to others.
func printable(text []byte, cell batch.Cell) bool {
	const spaces = 0x2020202020202020
	n := uint(cell.Len())
	v := text[cell.Offset():]
	var odd uint64
	for ; n > 8; n, v = n-8, v[8:] {
		x := load(v)
		odd |= x | (x - spaces)
	}
	// The bytes past the end give way to spaces.
	x := load(v)<<(64-8*n) | spaces>>(8*n)
	return (odd|x|(x-spaces))&highs == 0
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

// Digits marks the rows whose value is not lo to hi ASCII digits and nothing
// else. Blank rows pass.
func Digits(text []byte, c *batch.Column, lo, hi int, fail batch.Mask) {
	cells := c.Cells
	out := words(fail, len(cells))
	for w := range out {
		some := cells[:min(64, len(cells))]
		cells = cells[len(some):]
		var bad uint64
		if hi <= 8 {
			bad = shortDigits(text, some, lo, hi)
		} else {
			bad = longDigits(text, some, lo, hi)
		}
		out[w] |= settle(bad, len(some))
	}
}

// shortDigits is Digits for a word of the mask, not yet settled, and values of
// which eight bytes are too many.
func shortDigits(text []byte, some []batch.Cell, lo, hi int) (bad uint64) {
	for _, cell := range some {
		bad >>= 1
		n, off := cell.Len(), cell.Offset()
		if off > len(text)-8 {
			if n != 0 && (n < lo || n > hi || !digits(value(text, cell))) {
				bad |= first
			}
			continue
		}
		x := eight(text, off, n, zeros)
		x = (x | (x + above9)) & highs
		bad |= (x | -x | uint64(((n-lo)|(hi-n))&-n)) & first
	}
	return bad
}

// longDigits is shortDigits for all others.
func longDigits(text []byte, some []batch.Cell, lo, hi int) (bad uint64) {
	for _, cell := range some {
		bad >>= 1
		n, off := cell.Len(), cell.Offset()
		if off > len(text)-8 || n > 16 {
			if n != 0 && (n < lo || n > hi || !digits(value(text, cell))) {
				bad |= first
			}
			continue
		}
		head, tail := ends(text, off, n, zeros)
		x := (head | (head + above9) | tail | (tail + above9)) & highs
		bad |= (x | -x | uint64(((n-lo)|(hi-n))&-n)) & first
	}
	return bad
}

// digits reports whether v is made of ASCII digits only.
func digits(v []byte) bool {
	if len(v) >= 8 {
		x := load(v[len(v)-8:]) ^ zeros
		bad := x | (x + above9)
		for ; len(v) > 8; v = v[8:] {
			x = load(v) ^ zeros
			bad |= x | (x + above9)
		}
		return bad&highs == 0
	}
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
	if len(v) > 8 {
		for row, cell := range c.Cells {
			if cell.Len() == len(v) && string(value(text, cell)) == string(v) {
				out.Set(row)
			}
		}
		return
	}
	want, _ := endsOf(v)
	cells := c.Cells
	marks := words(out, len(cells))
	for w := range marks {
		some := cells[:min(64, len(cells))]
		cells = cells[len(some):]
		var equal uint64
		for _, cell := range some {
			equal >>= 1
			off, n := cell.Offset(), cell.Len()
			if off > len(text)-8 {
				continue // there is no value that far on
			}
			x := eight(text, off, n, 0) ^ want | uint64(n^len(v))
			equal |= (x - 1) &^ x & first // x is 0
		}
		marks[w] |= settle(equal, len(some))
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
