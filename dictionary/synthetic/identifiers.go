package synthetic

import (
	"strconv"
	"strings"
)

// NHS numbers lie in the range that is kept for tests: 999 and six digits more,
// then a check digit. Of the million, one in eleven has no check digit, and
// some hundred read the same backwards, which no validator accepts.

// nhsNumbers lists the first n numbers of a shuffled order that are valid, by
// their six digits, fewer if there are fewer.
func nhsNumbers(seed uint64, n int) []int32 {
	const million = 1_000_000
	// Steps of a stride without a factor in common with the million visit all.
	stride := 1 + 2*below(draw(seed, 1), million/2)
	for stride%5 == 0 {
		stride += 2
	}
	at := below(draw(seed, 2), million)
	list := make([]int32, 0, min(n, million))
	for range million {
		if len(list) == n {
			break
		}
		if check := nhsCheck(at); check < 10 && !palindrome(at, check) {
			list = append(list, int32(at))
		}
		at = (at + stride) % million
	}
	return list
}

// nhsCheck returns the check digit of 999 and six digits more; 10 is none.
func nhsCheck(six int) int {
	sum := 9*10 + 9*9 + 9*8
	for weight := 2; weight <= 7; weight++ {
		sum += six % 10 * weight
		six /= 10
	}
	return (11 - sum%11) % 11
}

func palindrome(six, check int) bool {
	s := string(appendNHS(nil, six, check))
	for i := range len(s) / 2 {
		if s[i] != s[len(s)-1-i] {
			return false
		}
	}
	return true
}

func appendNHS(dst []byte, six, check int) []byte {
	dst = append(dst, "999"...)
	dst = two(two(two(dst, six/10000), six/100), six)
	return append(dst, '0'+byte(check))
}

// A verhoeff is the tables of the check digit of SNOMED CT identifiers: the
// product of two symmetries of the pentagon, and the permutation of a digit by
// its place.
type verhoeff struct {
	product     [10][10]byte
	permutation [8][10]byte
}

func newVerhoeff() *verhoeff {
	v := new(verhoeff)
	for a := range 10 {
		for b := range 10 {
			switch { // 0 to 4 are rotations, 5 to 9 reflections
			case a < 5 && b < 5:
				v.product[a][b] = byte((a + b) % 5)
			case a < 5:
				v.product[a][b] = byte(5 + (a+b)%5)
			case b < 5:
				v.product[a][b] = byte(5 + (a-b)%5)
			default:
				v.product[a][b] = byte((a - b + 5) % 5)
			}
		}
	}
	turn := [10]byte{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	for d := range 10 {
		v.permutation[0][d] = byte(d)
	}
	for i := 1; i < 8; i++ {
		for d := range 10 {
			v.permutation[i][d] = turn[v.permutation[i-1][d]]
		}
	}
	return v
}

// sum is 0 for digits that end in their right check digit.
func (v *verhoeff) sum(digits []byte) byte {
	c := byte(0)
	for i := range digits {
		c = v.product[c][v.permutation[i%8][digits[len(digits)-1-i]-'0']]
	}
	return c
}

// appendConcept appends the identifier of a made-up concept: item, then the
// partition of concepts, then the check digit. long asks for the longer form,
// which names an extension's namespace.
func (v *verhoeff) appendConcept(dst []byte, item int, long bool) []byte {
	begin := len(dst)
	dst = strconv.AppendInt(dst, int64(item), 10)
	if long {
		dst = append(dst, "1000999"+"10"...)
	} else {
		dst = append(dst, "00"...)
	}
	dst = append(dst, '0')
	c := v.sum(dst[begin:])
	if c > 0 && c < 5 { // the inverse: a rotation turns back, a reflection is its own
		c = 5 - c
	}
	dst[len(dst)-1] += c
	return dst
}

// concept reports whether s is a concept's identifier: 6 to 18 digits, the
// partition of concepts, a right check digit.
func (v *verhoeff) concept(s string) bool {
	if len(s) < 6 || len(s) > 18 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	p := s[len(s)-3 : len(s)-1]
	return (p == "00" || p == "10") && v.sum([]byte(s)) == 0
}

// The attributes that may join the two concepts of an expression: procedure
// context and associated procedure.
const contextAttribute, procedureAttribute = "408730004", "363589002"

// initials shortens a field's name to the capitals that begin its words,
// without the last one of "…ID": "ServiceRequestID" to "SR".
func initials(name string) string {
	name = strings.TrimSuffix(strings.TrimSuffix(name, "ID"), "Code")
	s := strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			return c
		}
		return -1
	}, name)
	if s == "" {
		return "X"
	}
	return s[:min(len(s), 3)]
}

// welsh are letters that local identifiers now and then begin with.
func welsh() []string {
	return []string{"Ŵ", "Ŷ", "Â", "Ê", "Î", "Ô", "Û", "ŵ", "ŷ", "É", "Ö", "Ï"}
}
