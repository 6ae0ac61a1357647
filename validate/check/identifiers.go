package check

import (
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

func nhsNumber(v []byte) bool {
	if len(v) != 10 || !digits(v) {
		return false
	}
	// With its own weight of 1 the check digit makes the sum a multiple of 11.
	sum := 0
	for i, b := range v {
		sum += int(b-'0') * (10 - i)
	}
	palindrome := v[0] == v[9] && v[1] == v[8] && v[2] == v[7] && v[3] == v[6] && v[4] == v[5]
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
	colon := index(v, ':')
	equals := index(v, '=')
	if colon < 0 || equals < colon {
		return false
	}
	return identifier(v[:colon], partitions) && member(v[colon+1:equals], attributes) && identifier(v[equals+1:], partitions)
}

// index returns the place of the first b in v, or -1.
func index(v []byte, b byte) int {
	for i := range v {
		if v[i] == b {
			return i
		}
	}
	return -1
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
// digit of the others.
func verhoeff(v []byte) bool {
	sum := uint8(0)
	for i := range v {
		d := v[len(v)-1-i] - '0'
		if d > 9 {
			return false
		}
		sum = product[sum][permuted[i%8][d]]
	}
	return sum == 0
}

// product is the group of the symmetries of a pentagon, and permuted the powers
// of Verhoeff's permutation: SNOMED CT, "Check-digit computation".
var product = [10][10]uint8{
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
	{1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
	{2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
	{3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
	{4, 0, 1, 2, 3, 9, 5, 6, 7, 8},
	{5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
	{6, 5, 9, 8, 7, 1, 0, 4, 3, 2},
	{7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
	{8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
	{9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
}

var permuted = [8][10]uint8{
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
	{1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
	{5, 8, 0, 3, 7, 9, 6, 1, 4, 2},
	{8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
	{9, 4, 5, 3, 1, 2, 6, 8, 7, 0},
	{4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
	{2, 7, 9, 3, 8, 0, 6, 4, 1, 5},
	{7, 0, 4, 6, 9, 1, 3, 2, 5, 8},
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
		n := len(v)
		if n > 4 { // bytes bound characters from above
			n = utf8.RuneCount(v)
		}
		return n >= 4 && n <= 6
	case SNOMED:
		return SnomedConcept(v)
	}
	return true
}
