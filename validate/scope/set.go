package scope

import (
	"slices"
	"strings"
)

// A set finds a value among those of a list, by its place in it. Lists of
// signs have a handful of short values, so most look-ups end at the length.
type set struct {
	lengths uint64 // bit n: some value has n bytes; bit 63: 63 or more
	values  []string
	index   map[string]int // nil for a handful
}

// aHandful is the size up to which comparing is faster than hashing.
const aHandful = 6

func newSet(values []string) *set {
	s := &set{values: values}
	for _, v := range values {
		s.lengths |= 1 << min(len(v), 63)
	}
	if len(values) > aHandful {
		s.index = make(map[string]int, len(values))
		for i, v := range values {
			if _, ok := s.index[v]; !ok {
				s.index[v] = i
			}
		}
	}
	return s
}

// find returns the place of the first entry that equals v, or -1.
func (s *set) find(v []byte) int {
	if s.lengths>>min(len(v), 63)&1 == 0 {
		return -1
	}
	if s.index != nil {
		if i, ok := s.index[string(v)]; ok {
			return i
		}
		return -1
	}
	for i, w := range s.values {
		if string(v) == w {
			return i
		}
	}
	return -1
}

// begins returns the place of an entry with which v begins, or -1.
func (s *set) begins(v []byte) int {
	return slices.IndexFunc(s.values, func(w string) bool { return strings.HasPrefix(string(v), w) })
}

// inArea reports whether a postcode's area, the letters that it begins with,
// is one of the set. Small letters count as capitals.
func (s *set) inArea(postcode []byte) bool {
	var area [2]byte
	n := 0
	for n < len(postcode) && (postcode[n]|0x20) >= 'a' && (postcode[n]|0x20) <= 'z' {
		if n == len(area) {
			return false
		}
		area[n] = postcode[n] &^ 0x20
		n++
	}
	return n > 0 && n < len(postcode) && s.find(area[:n]) >= 0
}
