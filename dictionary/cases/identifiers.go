package cases

import (
	"strconv"
	"strings"

	"mhsds/dictionary"
)

// nhsNumber returns the nth valid number of the test range, 999 000 0000 and up.
func nhsNumber(n int) string {
	for i := 0; ; i++ {
		if v, ok := nhsWithCheck(999000000 + i); ok && v != reversed(v) {
			if n--; n < 0 {
				return v
			}
		}
	}
}

// nhsWithCheck adds the check digit to nine digits; there is none if it would
// have to be 10.
func nhsWithCheck(nine int) (string, bool) {
	s := strconv.Itoa(nine)
	sum := 0
	for i := range 9 {
		sum += int(s[i]-'0') * (10 - i)
	}
	switch check := 11 - sum%11; check {
	case 10:
		return s, false
	case 11:
		return s + "0", true
	default:
		return s + strconv.Itoa(check), true
	}
}

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

func (b *builder) nhsNumber() {
	good := nhsNumber(1)
	b.value(pass, "valid", good)
	b.value(fail, "wrong check digit", good[:9]+string('0'+(good[9]-'0'+1)%10))
	swapped := []byte(nhsNumber(100))
	for i := 3; i < 9; i++ {
		if swapped[i] != swapped[i+1] {
			swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
			break
		}
	}
	b.value(fail, "two neighbouring digits exchanged", string(swapped))
	for i := 0; ; i++ {
		if v, ok := nhsWithCheck(999000000 + i); ok && v[9] == '0' && v != reversed(v) {
			b.value(pass, "check digit 11, written 0", v)
			break
		}
	}
	for i := 0; ; i++ {
		if nine, ok := nhsWithCheck(999000000 + i); !ok {
			for _, last := range "01" {
				b.value(fail, "check digit 10, which cannot be written: "+string(last), nine+string(last))
			}
			break
		}
	}
	for i := range 100 {
		half := "999" + strconv.Itoa(100 + i)[1:]
		v := half + reversed(half)
		if nine, err := strconv.Atoi(v[:9]); err == nil {
			if w, ok := nhsWithCheck(nine); ok && w == v {
				b.value(fail, "reads the same backwards, though its check digit is right", v)
				break
			}
		}
	}
	b.value(fail, "nine digits", good[:9])
	b.value(fail, "eleven digits", good+"0")
	b.value(fail, "letter", good[:9]+"X")
	b.value(fail, "with spaces", good[:3]+" "+good[3:6]+" "+good[6:])
	b.value(pass, "blank", "")
}

// verhoeff returns the check digit of a string of digits (Verhoeff 1969, as
// SNOMED CT identifiers use it): the digits are permuted by place and multiplied
// in the dihedral group of order ten.
func verhoeff(digits string) byte {
	permutation := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	c := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		for range (i + 1) % 8 {
			d = permutation[d]
		}
		c = dihedral(c, d)
	}
	// The inverse: a rotation turns back, a reflection is its own.
	if c > 0 && c < 5 {
		c = 5 - c
	}
	return '0' + byte(c)
}

// dihedral multiplies two symmetries of the pentagon: 0 to 4 are rotations, 5
// to 9 reflections.
func dihedral(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return 5 + (a+b-5)%5
	case b < 5:
		return 5 + (a-5-b+5)%5
	}
	return (a - b + 5) % 5
}

// concept builds a SNOMED CT identifier: item, partition, check digit.
func concept(item int, partition string) string {
	s := strconv.Itoa(item) + partition
	return s + string(verhoeff(s))
}

const (
	longItem = 123456789012345 // an item that makes an identifier of 18 digits
	anItem   = 765432
)

func (b *builder) snomed() {
	short, long, mid := concept(123, "00"), concept(longItem, "10"), concept(anItem, "00")
	b.value(pass, "a concept", mid)
	b.value(fail, "wrong check digit", wrongCheck(mid))
	b.value(pass, "shortest, 6 digits", short)
	b.value(fail, "5 digits", concept(12, "00"))
	b.value(pass, "longest, 18 digits", long)
	b.value(fail, "19 digits", concept(longItem*10+6, "10"))
	b.value(pass, "partition 10, of an extension", concept(anItem, "10"))
	b.value(fail, "partition 01, of a description", concept(anItem, "01"))
	b.value(fail, "partition 11, of a description of an extension", concept(anItem, "11"))
	b.value(fail, "partition 02, of a relationship", concept(anItem, "02"))
	b.value(fail, "two digits exchanged", exchange(mid))
	for i, attribute := range dictionary.ExpressionAttributes() {
		sort := "attribute " + attribute
		b.value(pass, "expression, "+sort, mid+":"+attribute+"="+short)
		if i == 0 {
			b.value(pass, "longest expression", long+":"+attribute+"="+concept(longItem+1, "10"))
			b.value(fail, "expression, first concept wrong", wrongCheck(mid)+":"+attribute+"="+short)
			b.value(fail, "expression, second concept wrong", mid+":"+attribute+"="+wrongCheck(short))
			b.value(fail, "expression with spaces", mid+" : "+attribute+" = "+short)
			b.value(fail, "expression of two attributes", mid+":"+attribute+"="+short+","+attribute+"="+short)
			b.value(fail, "expression without its second concept", mid+":"+attribute+"=")
		}
	}
	b.value(fail, "expression, another attribute", mid+":"+mid+"="+short)
	b.value(fail, "concept with its term", mid+"|Term|")
	b.value(fail, "two concepts added", mid+"+"+short)
	b.value(fail, "letters", "SNOMED")
	b.value(pass, "blank", "")
}

// wrongCheck turns the last digit one on.
func wrongCheck(s string) string {
	last := len(s) - 1
	return s[:last] + string('0'+(s[last]-'0'+1)%10)
}

// exchange swaps the first two neighbouring digits that differ.
func exchange(s string) string {
	for i := 1; i < len(s); i++ {
		if s[i] != s[i-1] {
			return s[:i-1] + s[i:i+1] + s[i-1:i] + s[i+1:]
		}
	}
	return s
}

// The tests that a coding scheme's codes may have.
const (
	testICD10  = "icd10"
	testSnomed = "snomed"
)

func schemeSample(test string, n int) string {
	if test == testSnomed {
		return concept(100+n, "00")
	}
	return "F32" + strconv.Itoa(n)
}

func (b *builder) schemeCode() {
	r := b.rule
	pair := func(fail bool, name, code, scheme string) {
		b.one(fail, name, b.fields(r.Field, code, r.Other.Field, scheme))
	}
	for _, s := range r.Schemes {
		in := " (scheme " + s.Code + ")"
		switch s.Test {
		case testICD10:
			pair(pass, "ICD-10, 4 characters"+in, "F320", s.Code)
			pair(fail, "ICD-10, 3 characters"+in, "F32", s.Code)
			pair(pass, "ICD-10, 6 characters"+in, "F32.01", s.Code)
			pair(fail, "ICD-10, 7 characters"+in, "F32.010", s.Code)
			pair(pass, "ICD-10, any 4 characters will do"+in, "ZZZZ", s.Code)
			pair(pass, "ICD-10, 6 characters of more than one byte"+in, accents(6), s.Code)
			pair(fail, "ICD-10, 3 characters of more than one byte"+in, accents(3), s.Code)
		case testSnomed:
			good := concept(anItem, "00")
			pair(pass, "SNOMED CT concept"+in, good, s.Code)
			pair(fail, "SNOMED CT, wrong check digit"+in, wrongCheck(good), s.Code)
			pair(pass, "SNOMED CT, 6 digits"+in, concept(123, "00"), s.Code)
			pair(fail, "SNOMED CT, 5 digits"+in, concept(12, "00"), s.Code)
			pair(pass, "SNOMED CT, 18 digits"+in, concept(longItem, "10"), s.Code)
			pair(fail, "SNOMED CT, 19 digits"+in, concept(longItem*10+6, "10"), s.Code)
			pair(fail, "SNOMED CT, partition of a description"+in, concept(anItem, "01"), s.Code)
			pair(fail, "SNOMED CT expression"+in, good+":"+dictionary.ExpressionAttributes()[0]+"="+good, s.Code)
			pair(fail, "ICD-10 code under the wrong scheme"+in, "F320", s.Code)
		}
	}
	// Any scheme without a test will do, of this list or of none.
	free := "99"
	if list := b.first(r.Other, dictionary.InSet); list != nil {
		if l := b.d.List(list.List); l != nil {
			for _, c := range l.Codes {
				if !strings.Contains(schemeCodes(r.Schemes), "|"+c.Code+"|") {
					free = c.Code
					break
				}
			}
		}
	}
	pair(pass, "a scheme whose codes are not tested", "F", free)
	pair(pass, "no scheme", "F", "")
	pair(pass, "no code", "", r.Schemes[0].Code)
}

// schemeCodes joins the codes of the tested schemes: "|02|06|".
func schemeCodes(schemes []dictionary.Scheme) string {
	s := "|"
	for _, x := range schemes {
		s += x.Code + "|"
	}
	return s
}
