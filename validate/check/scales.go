package check

import (
	"fmt"

	"mhsds/validate/batch"
)

// A Scale says which scores one assessment concept may have.
type Scale struct {
	Concept string

	// Values are the scores of a scale that lists them. If it is empty, the
	// scores are a range.
	Values []string

	// Low and High bound a range, both inclusive, as decimal numbers: "0",
	// "40.0", "-2". Decimals is the greatest number of decimal places of a
	// score.
	Low, High string
	Decimals  int

	// Known is false when the scale has no published values: every score
	// passes.
	Known bool
}

// maxPlaces bounds the digits before and after the point of a scale's bounds,
// so that a scaled number fits 64 bits.
const maxPlaces = 9

// Scales are the assessment scales in force in one period.
type Scales struct {
	concepts *CodeSet
	scales   []scale // in the order of concepts
}

type scale struct {
	known     bool
	values    *CodeSet // nil for a range
	low, high int64    // times 10^places
	places    int      // the most decimals of low, high and a score
	decimals  int
	signed    bool // low is negative
}

// NewScales returns the scales given. A concept may stand once only; a known
// scale has values or bounds of at most nine digits either side of the point.
func NewScales(list []Scale) (*Scales, error) {
	concepts := make([]string, len(list))
	s := &Scales{scales: make([]scale, len(list))}
	for i, from := range list {
		if from.Concept == "" {
			return nil, fmt.Errorf("scale %d: no concept", i+1)
		}
		concepts[i] = from.Concept
		to := &s.scales[i]
		to.known = from.Known
		if !from.Known {
			continue
		}
		if len(from.Values) > 0 {
			to.values = NewCodeSet(from.Values)
			continue
		}
		if from.Decimals < 0 || from.Decimals > maxPlaces {
			return nil, fmt.Errorf("scale %s: %d decimals, want 0 to %d", from.Concept, from.Decimals, maxPlaces)
		}
		low, lowPlaces, err := bound(from.Low)
		if err != nil {
			return nil, fmt.Errorf("scale %s: low: %w", from.Concept, err)
		}
		high, highPlaces, err := bound(from.High)
		if err != nil {
			return nil, fmt.Errorf("scale %s: high: %w", from.Concept, err)
		}
		to.decimals = from.Decimals
		to.places = max(from.Decimals, lowPlaces, highPlaces)
		to.low = low * power(to.places-lowPlaces)
		to.high = high * power(to.places-highPlaces)
		to.signed = low < 0
		if to.low > to.high {
			return nil, fmt.Errorf("scale %s: low %s is above high %s", from.Concept, from.Low, from.High)
		}
	}
	s.concepts = NewCodeSet(concepts)
	if len(s.concepts.codes) != len(list) {
		for i, c := range concepts {
			for _, d := range concepts[:i] {
				if c == d {
					return nil, fmt.Errorf("scale %s: given twice", c)
				}
			}
		}
	}
	return s, nil
}

// bound reads a decimal number of at most maxPlaces digits either side of the
// point: its digits as a number, and how many of them stand after the point.
func bound(s string) (n int64, places int, err error) {
	rest, negative := s, false
	if len(rest) > 0 && rest[0] == '-' {
		rest, negative = rest[1:], true
	}
	whole := 0
	for whole < len(rest) && rest[whole]-'0' <= 9 {
		n = n*10 + int64(rest[whole]-'0')
		whole++
		if whole > maxPlaces {
			return 0, 0, fmt.Errorf("number %q has more than %d digits", s, maxPlaces)
		}
	}
	if whole < len(rest) && rest[whole] == '.' {
		for _, b := range []byte(rest[whole+1:]) {
			if b-'0' > 9 {
				return 0, 0, fmt.Errorf("number %q is not decimal", s)
			}
			n = n*10 + int64(b-'0')
			places++
			if places > maxPlaces {
				return 0, 0, fmt.Errorf("number %q has more than %d decimals", s, maxPlaces)
			}
		}
		whole += 1 + places
		if places == 0 {
			return 0, 0, fmt.Errorf("number %q is not decimal", s)
		}
	}
	if whole == 0 || whole != len(rest) || rest[0] == '.' {
		return 0, 0, fmt.Errorf("number %q is not decimal", s)
	}
	if negative {
		n = -n
	}
	return n, places, nil
}

// power returns 10 to the n.
func power(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// AssessmentCode marks the rows whose value is not the concept of a scale.
// Blank rows pass.
func AssessmentCode(text []byte, c *batch.Column, s *Scales, fail batch.Mask) {
	In(text, c, s.concepts, fail)
}

// AssessmentScore marks the rows whose score is not one of the scale that code
// names: of a scale that lists its values, exactly one of them; of a range,
// digits that do not begin with 0 before another digit, with at most the
// scale's decimals after a point, a minus before them only where low is
// negative, and a number from low to high. A row passes when score or code is
// blank, the concept has no scale here, or its values are not known.
func AssessmentScore(text []byte, score, code *batch.Column, s *Scales, fail batch.Mask) {
	codes := code.Cells[:len(score.Cells)]
	for row, cell := range score.Cells {
		if cell.Len() == 0 || codes[row].Len() == 0 {
			continue
		}
		if i := s.concepts.find(value(text, codes[row])); i >= 0 && !s.scales[i].allows(value(text, cell)) {
			fail.Set(row)
		}
	}
}

// allows reports whether v is a score of the scale.
func (s *scale) allows(v []byte) bool {
	if !s.known {
		return true
	}
	if s.values != nil {
		return s.values.Has(v)
	}
	negative := s.signed && len(v) > 0 && v[0] == '-'
	if negative {
		v = v[1:]
	}
	whole := 0
	n := int64(0)
	for whole < len(v) && v[whole]-'0' <= 9 {
		if whole == maxPlaces {
			return false // it has no leading zero, so it is above any bound
		}
		n = n*10 + int64(v[whole]-'0')
		whole++
	}
	if whole == 0 || whole > 1 && v[0] == '0' {
		return false
	}
	places := 0
	if whole < len(v) {
		fraction := v[whole+1:]
		if v[whole] != '.' || len(fraction) == 0 || len(fraction) > s.decimals {
			return false
		}
		for _, b := range fraction {
			if b-'0' > 9 {
				return false
			}
			n = n*10 + int64(b-'0')
		}
		places = len(fraction)
	}
	for ; places < s.places; places++ {
		n *= 10
	}
	if negative {
		n = -n
	}
	return s.low <= n && n <= s.high
}
