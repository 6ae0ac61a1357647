package scope

import (
	"bytes"
	"hash/maphash"
	"math/bits"
	"slices"
)

// A names numbers identifiers from 0, in the order in which they are added. It
// keeps their bytes once, and points nowhere:
//
//	arena  R1R22R3
//	ends   2 5 7
//	slots  -  2  -  0  1  -  numbers of identifiers
//	tags   -  9a -  41 07 -  seven bits of their hashes, and one that says that there is one
//
// A search reads tags first, which lie together, and goes to an identifier only
// when seven bits agree; equal are those with the same bytes, whatever their
// hashes. Each identifier takes 4 bytes and 7 to 14 of slots and tags beside its
// own.
//
// add is for one goroutine; find may be called by any number once all are in.
type names struct {
	arena []byte
	ends  []uint32
	slots []uint32
	tags  []uint8
	seed  maphash.Seed
	last  int32 // the number that add returned last: rows of one stand together
}

func (n *names) hash(v []byte) uint64 { return maphash.Bytes(n.seed, v) }

// begin returns where a search for the hash begins, and the tag it looks for.
func (n *names) begin(h uint64) (slot int, tag uint8) {
	i, _ := bits.Mul64(h, uint64(len(n.tags)))
	return int(i), uint8(h) | 1
}

func (n *names) after(slot int) int {
	if slot++; slot == len(n.tags) {
		return 0
	}
	return slot
}

// add returns the number of an identifier, which is new to n or not.
func (n *names) add(v []byte) int32 {
	if len(n.ends) > 0 && n.is(n.last, v) {
		return n.last
	}
	if 4*(len(n.ends)+1) > 3*len(n.slots) {
		n.rebuild(2 * len(n.slots))
	}
	h := n.hash(v)
	if n.last = n.find(v, h); n.last >= 0 {
		return n.last
	}
	n.last = int32(len(n.ends))
	n.arena = append(n.arena, v...)
	n.ends = append(n.ends, uint32(len(n.arena)))
	n.put(n.last, h)
	return n.last
}

// put gives a number a slot.
func (n *names) put(place int32, h uint64) {
	i, tag := n.begin(h)
	for n.tags[i] != 0 {
		i = n.after(i)
	}
	n.tags[i], n.slots[i] = tag, uint32(place)
}

// reserve makes room for an estimate of how many there will be, from those
// there are in so many of all rows. It is a hint.
func (n *names) reserve(rows, all int) {
	if len(n.ends) == 0 {
		return
	}
	more := func(now int) int { return int(float64(now) * float64(all) / float64(rows)) }
	n.arena = slices.Grow(n.arena, max(more(len(n.arena))-len(n.arena), 0))
	n.ends = slices.Grow(n.ends, max(more(len(n.ends))-len(n.ends), 0))
	if want := 2 * more(len(n.ends)); want > len(n.slots) {
		n.rebuild(want)
	}
}

func (n *names) rebuild(slots int) {
	if n.slots == nil {
		n.seed = maphash.MakeSeed()
	}
	slots = max(slots, 16)
	n.slots, n.tags = make([]uint32, slots), make([]uint8, slots)
	for place := range n.ends {
		n.put(int32(place), n.hash(n.name(int32(place))))
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
// was never added. n is not empty.
func (n *names) find(v []byte, h uint64) int32 {
	i, tag := n.begin(h)
	for ; n.tags[i] != 0; i = n.after(i) {
		if n.tags[i] == tag {
			if place := int32(n.slots[i]); n.is(place, v) {
				return place
			}
		}
	}
	return none
}

// approach reads the tags at which searches for the hashes begin, and returns
// something of them, for a read that nobody needs is left out. A table of many
// lies far from the processor: these reads wait for nothing, so they wait
// together.
func (n *names) approach(hashes []uint64) (seen uint8) {
	for _, h := range hashes {
		i, _ := n.begin(h)
		seen |= n.tags[i]
	}
	return seen
}
