package check

import (
	"mhsds/validate/batch"
)

// A CodeSet is a fixed set of codes. Codes are compared byte for byte: case
// matters, and so does a leading zero.
type CodeSet struct {
	codes []string // as given, without empty and repeated ones

	// slots is an open hash table: the index into codes, plus one, or 0.
	slots []uint32
	shift uint8
}

// NewCodeSet returns the set of the codes given. An empty code is ignored: a
// blank value is never looked up.
func NewCodeSet(codes []string) *CodeSet {
	s := new(CodeSet)
	size := 4
	for size < 2*len(codes) {
		size *= 2
	}
	s.slots = make([]uint32, size)
	for _, code := range codes {
		if code == "" || s.find([]byte(code)) >= 0 {
			continue
		}
		s.codes = append(s.codes, code)
		i := hash([]byte(code)) & uint64(size-1)
		for s.slots[i] != 0 {
			i = (i + 1) & uint64(size-1)
		}
		s.slots[i] = uint32(len(s.codes))
	}
	return s
}

// hash mixes the bytes of v.
func hash(v []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range v {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h ^ h>>29
}

// find returns the index of v among the codes, or -1.
func (s *CodeSet) find(v []byte) int {
	mask := uint64(len(s.slots) - 1)
	for i := hash(v) & mask; s.slots[i] != 0; i = (i + 1) & mask {
		if k := s.slots[i] - 1; s.codes[k] == string(v) {
			return int(k)
		}
	}
	return -1
}

// Has reports whether v is one of the codes.
func (s *CodeSet) Has(v []byte) bool { return s.find(v) >= 0 }

// In marks the rows whose value is not in the set. Blank rows pass.
func In(text []byte, c *batch.Column, set *CodeSet, fail batch.Mask) {
	for row, cell := range c.Cells {
		if cell.Len() != 0 && !set.Has(value(text, cell)) {
			fail.Set(row)
		}
	}
}
