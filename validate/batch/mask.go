package batch

import "math/bits"

// A Mask is a set of rows: bit r%64 of word r/64 is row r. A mask of n rows
// has (n+63)/64 words, and no bit at or past n is set.
type Mask []uint64

// NewMask returns an empty mask of n rows.
func NewMask(n int) Mask { return make(Mask, maskWords(n)) }

func maskWords(n int) int { return (n + 63) / 64 }

// Resize returns an empty mask of n rows, in m's memory when that is enough.
func (m Mask) Resize(n int) Mask {
	w := maskWords(n)
	if cap(m) < w {
		return make(Mask, w)
	}
	m = m[:w]
	clear(m)
	return m
}

// Set adds the row.
func (m Mask) Set(row int) { m[uint(row)>>6] |= 1 << (uint(row) & 63) }

// Has reports whether the row is in the set.
func (m Mask) Has(row int) bool { return m[uint(row)>>6]>>(uint(row)&63)&1 != 0 }

// Any reports whether the set has a row.
func (m Mask) Any() bool {
	for _, w := range m {
		if w != 0 {
			return true
		}
	}
	return false
}

// Count returns the number of rows in the set.
func (m Mask) Count() int {
	n := 0
	for _, w := range m {
		n += bits.OnesCount64(w)
	}
	return n
}

// Or adds the rows of o, a mask of as many rows.
func (m Mask) Or(o Mask) {
	for i, w := range o[:len(m)] {
		m[i] |= w
	}
}

// AndNot removes the rows of o, a mask of at least as many rows.
func (m Mask) AndNot(o Mask) {
	for i, w := range o[:len(m)] {
		m[i] &^= w
	}
}

// Equal reports whether both sets have the same rows.
func (m Mask) Equal(o Mask) bool {
	for i := range max(len(m), len(o)) {
		var a, b uint64
		if i < len(m) {
			a = m[i]
		}
		if i < len(o) {
			b = o[i]
		}
		if a != b {
			return false
		}
	}
	return true
}

// Rows yields the rows of the set in order.
func (m Mask) Rows(yield func(int) bool) {
	for i, w := range m {
		for ; w != 0; w &= w - 1 {
			if !yield(i<<6 + bits.TrailingZeros64(w)) {
				return
			}
		}
	}
}
