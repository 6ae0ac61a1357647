package check

import (
	"bytes"
	"math/bits"
	"unicode/utf8"

	"mhsds/validate/batch"
)

// NHSNumber marks the rows whose value is not an NHS number: ten digits, of
// which the last is 11 less the remainder by 11 of the first nine times 10 to
// 2 (11 is written 0, 10 cannot be), and which do not read the same backwards.
// Blank rows pass.
func NHSNumber(text []byte, c *batch.Column, fail batch.Mask) {
	for row, cell := range c.Cells {
		if cell.Len() != 0 && !nhsNumber(value(text, cell)) {
			fail.Set(row)
		}
	}
}

// nhsNumber reports whether v is an NHS number.
func nhsNumber(v []byte) bool {
	if len(v) != 10 {
		return false
	}
	head, tail := load(v)^zeros, load(v[2:])^zeros
	if (head|(head+above9)|tail|(tail+above9))&highs != 0 {
		return false
	}
	// Products of the digits in the even and in the odd places, summed in the
	// top sixteen bits. With its own weight of 1 the check digit makes the
	// whole a multiple of 11.
	const lanes = 0x00ff00ff00ff00ff
	even := head & lanes * (4 | 6<<16 | 8<<32 | 10<<48) >> 48
	odd := head >> 8 & lanes * (3 | 5<<16 | 7<<32 | 9<<48) >> 48
	sum := even + odd + tail>>48&0xff*2 + tail>>56

	// Backwards, the last five digits are not the first five.
	palindrome := (head^bits.ReverseBytes64(tail))<<24 == 0
	return sum%11 == 0 && !palindrome
}

// Snomed marks the rows whose value is neither a SNOMED CT identifier nor an
// expression of two with one attribute. Blank rows pass.
//
// An identifier is 6 to 18 digits with a right Verhoeff check digit, whose
// third- and second-last digits are one of partitions. An expression is
// identifier:attribute=identifier of min to max characters, the attribute one
// of attributes. Neither may hold terms, spaces or more than that.
func Snomed(text []byte, c *batch.Column, min, max int, attributes, partitions [][]byte, fail batch.Mask) {
	for row, cell := range c.Cells {
		if cell.Len() == 0 {
			continue
		}
		v := value(text, cell)
		if !identifier(v, partitions) && !expression(v, min, max, attributes, partitions) {
			fail.Set(row)
		}
	}
}

func expression(v []byte, min, max int, attributes, partitions [][]byte) bool {
	if len(v) < min || len(v) > max {
		return false
	}
	concept, rest, _ := bytes.Cut(v, []byte{':'})
	attribute, of, _ := bytes.Cut(rest, []byte{'='})
	return identifier(concept, partitions) && member(attribute, attributes) && identifier(of, partitions)
}

func member(v []byte, list [][]byte) bool {
	for _, w := range list {
		if string(v) == string(w) {
			return true
		}
	}
	return false
}

// SnomedConcept reports whether v is the identifier of a SNOMED CT concept: 6
// to 18 digits, the Verhoeff check digit right, the partition 00 or 10.
func SnomedConcept(v []byte) bool {
	return len(v) >= 6 && len(v) <= 18 && (v[len(v)-3] == '0' || v[len(v)-3] == '1') && v[len(v)-2] == '0' && verhoeff(v)
}

// identifier is SnomedConcept for other partitions.
func identifier(v []byte, partitions [][]byte) bool {
	return len(v) >= 6 && len(v) <= 18 && member(v[len(v)-3:len(v)-1], partitions) && verhoeff(v)
}

// verhoeff reports whether v is digits, the last of them the Verhoeff check
// digit of the others. v must have a byte.
//
// A digit stands for a symmetry of the pentagon: 0 to 4 turn it, 5 to 9 turn
// and flip it. After a flip the turns that follow count backwards, so the
// product of all is the sum of the turns, each with the sign of the flips
// before it.
func verhoeff(v []byte) bool {
	if len(v) <= 8 {
		all, _ := endsOf(v)
		turn, sign, ok := follow(all, len(v), 0, 0)
		return ok && sign == 0 && turn%5 == 0
	}
	turn, sign, ok := follow(load(v[len(v)-8:]), 8, 0, 0)
	for v = v[:len(v)-8]; ok && len(v) > 8; v = v[:len(v)-8] {
		turn, sign, ok = follow(load(v[len(v)-8:]), 8, turn, sign)
	}
	if ok {
		// The bytes after v that this reads are those just done with.
		turn, sign, ok = follow(load(v[:8])<<uint(64-8*len(v)), len(v), turn, sign)
	}
	return ok && sign == 0 && turn%5 == 0
}

// follow goes on from a turn and a sign by the n digits at the top of w, from
// the topmost, which stands in a place that is a multiple of eight from the
// last.
func follow(w uint64, n, turn, sign int) (int, int, bool) {
	x := (w ^ zeros) & (^uint64(0) << uint(64-8*n))
	for i := range n {
		s := int(symmetries[i&7][w>>56&15])
		w <<= 8
		turn += s&7 ^ sign - sign
		sign ^= s >> 7
	}
	return turn, sign, (x|(x+above9))&highs == 0
}

// symmetries holds the symmetry of each digit in the places of a number from
// the last, as Verhoeff's permutation makes it: the turn, and -128 for a flip.
// SNOMED CT, "Check-digit computation".
var symmetries = [8][16]int8{
	{0, 1, 2, 3, 4, -128, -127, -126, -125, -124},
	{1, -128, -126, -127, 2, -125, 3, 0, -124, 4},
	{-128, -125, 0, 3, -126, -124, -127, 1, 4, 2},
	{-125, -124, 1, -127, 0, 4, 3, -128, 2, -126},
	{-124, 4, -128, 3, 1, 2, -127, -125, -126, 0},
	{4, 2, -125, -127, -128, -126, 3, -124, 0, 1},
	{2, -126, -124, 3, -125, 0, -127, 4, 1, -128},
	{-126, 0, 4, -127, -124, 1, 3, 2, -128, -125},
}

// A Test is the form that the codes of a scheme have.
type Test uint8

const (
	ICD10  Test = iota + 1 // 4 to 6 characters of any kind
	SNOMED                 // SnomedConcept
)

// A SchemeTest says how the codes of one scheme are tested.
type SchemeTest struct {
	Scheme []byte // the value of the scheme column
	Test   Test
}

// SchemeCode marks the rows whose code fails the test of its scheme. A row
// passes when code or scheme is blank, or the scheme is not among tests.
func SchemeCode(text []byte, code, scheme *batch.Column, tests []SchemeTest, fail batch.Mask) {
	schemes := scheme.Cells[:len(code.Cells)]
	for row, cell := range code.Cells {
		if cell.Len() == 0 || schemes[row].Len() == 0 {
			continue
		}
		s := value(text, schemes[row])
		for i := range tests {
			if string(tests[i].Scheme) == string(s) {
				if !tests[i].Test.passes(value(text, cell)) {
					fail.Set(row)
				}
				break
			}
		}
	}
}

func (t Test) passes(v []byte) bool {
	switch t {
	case ICD10:
		n := utf8.RuneCount(v)
		return n >= 4 && n <= 6
	case SNOMED:
		return SnomedConcept(v)
	}
	return true
}
