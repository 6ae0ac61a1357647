package check

import (
	"encoding/binary"
	"math/bits"

	"mhsds/validate/batch"
)

// A CodeSet is a fixed set of codes. Codes are compared byte for byte: case
// matters, and so does a leading zero. The set is laid out by the lengths of
// its codes:
//
//	all of one byte    a length for each byte: 1 if it is a code, else 0
//	all of two bytes   a bit for each pair of bytes
//	any other          a hash table of their first and last eight bytes
//
// The first two need no comparison at all; the third compares one word or two
// and a length, and looks at the code itself only past sixteen bytes.
type CodeSet struct {
	codes []string // as given, without empty and repeated ones
	shape shape

	one *[256]uint8
	two *[1 << 10]uint64

	// slots is open addressing from the hash on. Slot 0 is of the null value,
	// so that a blank cell is found like any code. factor was chosen so that
	// as many codes as possible stand in their first slot.
	slots  []codeSlot
	shift  uint8 // of the product of the hash, to an index
	factor uint64
}

// A shape is a layout of a CodeSet.
type shape uint8

const (
	ones   shape = iota // all codes have one byte
	twos                // all codes have two bytes
	shorts              // none has more than eight
	mixed               // some have
)

// A codeSlot holds one code: its ends, and in size its length in the lower and
// its index in the upper 32 bits. An empty slot has the size noCode.
type codeSlot struct{ head, tail, size uint64 }

// noCode is a size that no value has: a batch's text has less than 4 GiB.
const noCode = 1<<32 - 1

// NewCodeSet returns the set of the codes given. An empty code is ignored: a
// blank value is never looked up.
func NewCodeSet(codes []string) *CodeSet {
	s := new(CodeSet)
	seen := make(map[string]bool, len(codes))
	least, most := 1<<32, 0
	for _, code := range codes {
		if code == "" || seen[code] {
			continue
		}
		seen[code] = true
		s.codes = append(s.codes, code)
		least, most = min(least, len(code)), max(most, len(code))
	}
	s.hash()
	switch {
	case most <= 1:
		s.shape = ones
		s.one = new([256]uint8)
		for _, code := range s.codes {
			s.one[code[0]] = 1
		}
	case least == 2 && most == 2:
		s.shape = twos
		s.two = new([1 << 10]uint64)
		for _, code := range s.codes {
			k := uint(code[0]) | uint(code[1])<<8
			s.two[k>>6] |= 1 << (k & 63)
		}
	case most <= 8:
		s.shape = shorts
	default:
		s.shape = mixed
	}
	return s
}

// hash fills slots, at least half of them empty. For a set of some dozens it
// looks for a size and a factor that leave every code in its first slot.
func (s *CodeSet) hash() {
	const (
		small    = 128 // codes for which a perfect hash is worth the search
		attempts = 16  // factors a size
		roomy    = 16  // slots a code, at most
	)
	width := bits.Len(uint(2*len(s.codes))) + 1
	factor := uint64(0x9e3779b97f4a7c15)
	best := s.place(width, factor)
	if len(s.codes) > small {
		return
	}
	bestWidth, bestFactor := width, factor
	for w := width; best > 0 && 1<<w <= roomy*(len(s.codes)+1); w++ {
		for range attempts {
			factor = factor*6364136223846793005 + 1442695040888963407 | 1
			if displaced := s.place(w, factor); displaced < best {
				best, bestWidth, bestFactor = displaced, w, factor
				if best == 0 {
					return
				}
			}
		}
	}
	s.place(bestWidth, bestFactor)
}

// place fills a table of 1<<width slots, and returns how many codes do not
// stand in their first slot.
func (s *CodeSet) place(width int, factor uint64) (displaced int) {
	if cap(s.slots) < 1<<width {
		s.slots = make([]codeSlot, 1<<width)
	}
	s.slots = s.slots[:1<<width]
	s.shift, s.factor = uint8(64-width), factor
	for i := range s.slots {
		s.slots[i] = codeSlot{size: noCode}
	}
	s.slots[0].size = 0
	for k, code := range s.codes {
		head, tail := endsOf([]byte(code))
		i := s.first(head, tail)
		if s.slots[i].size != noCode {
			displaced++
			for s.slots[i].size != noCode {
				i = (i + 1) & (len(s.slots) - 1)
			}
		}
		s.slots[i] = codeSlot{head, tail, uint64(k)<<32 | uint64(len(code))}
	}
	return displaced
}

// first returns the slot at which the search for a code begins.
func (s *CodeSet) first(head, tail uint64) int {
	return int((head + tail*0xbf58476d1ce4e5b8) * s.factor >> (s.shift & 63))
}

// endsOf is ends of a whole slice.
func endsOf(v []byte) (head, tail uint64) {
	if n := len(v); n >= 8 {
		return load(v), load(v[n-8:])
	}
	var w [8]byte
	copy(w[8-len(v):], v)
	head = binary.LittleEndian.Uint64(w[:])
	return head, head
}

// find returns the index of v among the codes, or -1.
func (s *CodeSet) find(v []byte) int {
	head, tail := endsOf(v)
	for i := s.first(head, tail); ; i = (i + 1) & (len(s.slots) - 1) {
		slot := &s.slots[i]
		if slot.size == noCode {
			return -1
		}
		if slot.head == head && slot.tail == tail && uint32(slot.size) == uint32(len(v)) && len(v) > 0 {
			if k := int(slot.size >> 32); len(v) <= 16 || s.codes[k] == string(v) {
				return k
			}
		}
	}
}

// Has reports whether v is one of the codes. The empty value is none.
func (s *CodeSet) Has(v []byte) bool { return s.find(v) >= 0 }

// has is Has for a cell, and true for a blank one.
func (s *CodeSet) has(text []byte, cell batch.Cell) bool {
	return cell.Len() == 0 || s.find(value(text, cell)) >= 0
}

// In marks the rows whose value is not in the set. Blank rows pass.
func In(text []byte, c *batch.Column, set *CodeSet, fail batch.Mask) {
	switch set.shape {
	case ones:
		inOnes(text, c.Cells, set, fail)
	case twos:
		inTwos(text, c.Cells, set, fail)
	case shorts:
		inShorts(text, c.Cells, set, fail)
	default:
		inMixed(text, c.Cells, set, fail)
	}
}

func inOnes(text []byte, cells []batch.Cell, set *CodeSet, fail batch.Mask) {
	longest := set.one
	out := words(fail, len(cells))
	for w := range out {
		some := cells[:min(64, len(cells))]
		cells = cells[len(some):]
		var bad uint64
		for _, cell := range some {
			bad >>= 1
			off := cell.Offset()
			if off >= len(text) {
				if !set.has(text, cell) {
					bad |= first
				}
				continue
			}
			bad |= uint64(int(longest[text[off]])-cell.Len()) & first
		}
		out[w] |= settle(bad, len(some))
	}
}

func inTwos(text []byte, cells []batch.Cell, set *CodeSet, fail batch.Mask) {
	codes := set.two
	out := words(fail, len(cells))
	for w := range out {
		some := cells[:min(64, len(cells))]
		cells = cells[len(some):]
		var bad uint64
		for _, cell := range some {
			bad >>= 1
			off, n := cell.Offset(), cell.Len()
			if off > len(text)-2 {
				if !set.has(text, cell) {
					bad |= first
				}
				continue
			}
			// A pair that is a code may have a length of 2, any other of 0;
			// an odd length is always wrong.
			k := binary.LittleEndian.Uint16(text[off : off+2])
			longest := int(codes[k>>6] >> (k & 63) & 1 << 1)
			bad |= uint64(longest-n|n<<63) & first
		}
		out[w] |= settle(bad, len(some))
	}
}

func inShorts(text []byte, cells []batch.Cell, set *CodeSet, fail batch.Mask) {
	slots := set.slots
	for row, cell := range cells {
		if off := cell.Offset(); off <= len(text)-8 {
			n := cell.Len()
			head := eight(text, off, n, 0)
			slot := &slots[set.first(head, head)]
			if (slot.head^head)|(uint64(uint32(slot.size))^uint64(n)) == 0 {
				continue
			}
		}
		if !set.has(text, cell) {
			fail.Set(row)
		}
	}
}

func inMixed(text []byte, cells []batch.Cell, set *CodeSet, fail batch.Mask) {
	slots := set.slots
	for row, cell := range cells {
		if n, off := cell.Len(), cell.Offset(); off <= len(text)-8 && n <= 16 {
			head, tail := ends(text, off, n, 0)
			slot := &slots[set.first(head, tail)]
			if (slot.head^head)|(slot.tail^tail)|(uint64(uint32(slot.size))^uint64(n)) == 0 {
				continue
			}
		}
		if !set.has(text, cell) {
			fail.Set(row)
		}
	}
}
