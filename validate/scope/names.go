package scope

import (
	"bytes"
	"hash/maphash"
)

// A names numbers identifiers from 0, in the order in which they are added. It
// keeps their bytes once, and points nowhere:
//
//	arena  R1R22R3
//	ends   2 5 7
//	slots  -  41:2  -  9a:1  c3:3  -  half of the hash, and the number + 1
//
// The half of the hash that a slot keeps says where the slot is, too, so the
// table grows without a look at the identifiers. It only spares comparisons:
// equal are those with the same bytes. Each takes 4 bytes and 11 to 21 of slots
// beside its own.
//
// add is for one goroutine; find may be called by any number once all are in.
type names struct {
	arena []byte
	ends  []uint32
	slots []uint64 // 0 is empty
	seed  maphash.Seed
	last  int32 // the number that add returned last: rows of one stand together
}

// hash returns the half of v's hash that slots keep.
func (n *names) hash(v []byte) uint32 { return uint32(maphash.Bytes(n.seed, v) >> 32) }

// slot is where a search for the hash begins.
func (n *names) slot(h uint32) int {
	return int(uint64(h) * uint64(len(n.slots)) >> 32)
}

// add returns the number of an identifier, which is new to n or not.
func (n *names) add(v []byte) int32 {
	if len(n.ends) > 0 && n.is(n.last, v) {
		return n.last
	}
	if 4*(len(n.ends)+1) > 3*len(n.slots) {
		n.grow()
	}
	h := n.hash(v)
	i := n.slot(h)
	for ; n.slots[i] != 0; i = n.after(i) {
		if s := n.slots[i]; uint32(s>>32) == h && n.is(int32(uint32(s))-1, v) {
			n.last = int32(uint32(s)) - 1
			return n.last
		}
	}
	n.arena = append(n.arena, v...)
	n.ends = append(n.ends, uint32(len(n.arena)))
	n.slots[i] = uint64(h)<<32 | uint64(len(n.ends))
	n.last = int32(len(n.ends)) - 1
	return n.last
}

func (n *names) after(i int) int {
	if i++; i == len(n.slots) {
		return 0
	}
	return i
}

func (n *names) grow() {
	old := n.slots
	if old == nil {
		n.seed = maphash.MakeSeed()
	}
	n.slots = make([]uint64, max(2*len(old), 16))
	for _, s := range old {
		if s == 0 {
			continue
		}
		i := n.slot(uint32(s >> 32))
		for n.slots[i] != 0 {
			i = n.after(i)
		}
		n.slots[i] = s
	}
}

// name returns the identifier of a number.
func (n *names) name(place int32) []byte {
	at := uint32(0)
	if place > 0 {
		at = n.ends[place-1]
	}
	return n.arena[at:n.ends[place]]
}

// is reports whether v has the number.
func (n *names) is(place int32, v []byte) bool { return bytes.Equal(n.name(place), v) }

// find returns the number of an identifier whose hash is h, none for one that
// was never added.
func (n *names) find(v []byte, h uint32) int32 {
	for i := n.slot(h); n.slots[i] != 0; i = n.after(i) {
		if s := n.slots[i]; uint32(s>>32) == h && n.is(int32(uint32(s))-1, v) {
			return int32(uint32(s)) - 1
		}
	}
	return none
}

// approach reads the slots at which searches for the hashes begin, and returns
// something of them, for a read that nobody needs is left out. A table of many
// lies far from the processor: these reads wait for nothing, so they wait
// together.
func (n *names) approach(hashes []uint32) (seen uint64) {
	for _, h := range hashes {
		seen |= n.slots[n.slot(h)]
	}
	return seen
}
