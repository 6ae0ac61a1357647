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

// may reports whether some value has n bytes.
func (s *set) may(n int) bool { return s.lengths>>min(n, 63)&1 != 0 }

// find returns the place of the first entry that equals v, or -1.
func (s *set) find(v []byte) int {
	if !s.may(len(v)) {
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

// An areas is a set of postcode areas: one capital letter, or two.
type areas [32 << 5]bool

func newAreas(list []string) *areas {
	a := new(areas)
	for _, v := range list {
		if i, n := area(v); n == len(v) && i > 0 {
			a[i] = true
		}
	}
	return a
}

// area returns the place of the area with which a text begins, and how many
// letters it has; 0 if they are none, or too many.
func area[T string | []byte](v T) (i, letters int) {
	n := 0
	for ; n < len(v) && (v[n]|0x20) >= 'a' && (v[n]|0x20) <= 'z'; n++ {
		if n == 2 {
			return 0, 0
		}
		i |= int(v[n]&31) << (5 * (1 - n))
	}
	return i, n
}

// has reports whether a postcode's area, the letters that it begins with, is
// one of the set. Small letters count as capitals.
func (a *areas) has(postcode []byte) bool {
	i, n := area(postcode)
	return n < len(postcode) && a[i]
}
