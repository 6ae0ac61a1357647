package relation

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"math/bits"
	"slices"

	"mhsds/validate/batch"
)

// An Index finds the rows of a table by one key. It keeps the key of every row
// and a place in an open hash table for every distinct key:
//
//	arena  C1C22C1C3         keys end to end, in row order
//	offs   0 2 5 7 9         one a row, and the end
//	slots  -  2  -  0  3  -  the row that first had the key, + 1; 0 is empty
//	tags   -  9a -  41 07 -  eight more bits of that key's hash
//
// A probe reads tags first, which lie together, and goes to the key only when
// eight bits agree; the key itself decides. A null key has a row but no slot.
// Per row that is 4 bytes of offset and, at the greatest load of 3/4, 6.7
// bytes of slot and tag, beside the key.
//
// Append is for one goroutine; once all rows are in, Find may be called by any
// number.
type Index struct {
	arena []byte
	offs  []uint32
	slots []uint32
	tags  []uint8
	keys  int   // distinct keys
	seen  uint8 // of no meaning: what approach reads must go somewhere

	// again lists, for a row that first had a key, the later rows with the
	// same key, in order. Most keys are not in it.
	again map[uint32][]uint32
}

// Keys is the key of each row of some rows, as a worker hands them over: all
// bytes end to end, the end of each row's key, and its hash. A null key has no
// bytes.
type Keys struct {
	Bytes  []byte
	Ends   []uint32
	Hashes []uint64
}

// Reset empties k.
func (k *Keys) Reset() {
	k.Bytes, k.Ends, k.Hashes = k.Bytes[:0], k.Ends[:0], k.Hashes[:0]
}

// Add appends the keys of a batch's column. Rows in b.Skip have a null key.
func (k *Keys) Add(b *batch.Batch, col int) {
	c := &b.Columns[col]
	if !c.Typed() && c.Form == batch.AsIs {
		for _, cell := range c.Cells[:b.Rows] {
			key := b.Text[cell.Offset():][:cell.Len()]
			k.Bytes = append(k.Bytes, key...)
			k.Ends = append(k.Ends, uint32(len(k.Bytes)))
			k.Hashes = append(k.Hashes, Hash(key))
		}
		return
	}
	for row := range b.Rows {
		from := len(k.Bytes)
		k.Bytes = b.Append(k.Bytes, col, row)
		k.Ends = append(k.Ends, uint32(len(k.Bytes)))
		k.Hashes = append(k.Hashes, Hash(k.Bytes[from:]))
	}
}

const maxLoad = 0.75 // of slots that hold a key

// Reserve makes room for as many rows and bytes of keys at once, so that
// nothing is copied or built anew while the index grows. It is a hint.
func (x *Index) Reserve(rows, keyBytes int) {
	x.arena = grown(x.arena, keyBytes-len(x.arena))
	x.offs = grown(x.offs, rows+1-len(x.offs))
	if want := int(float64(rows)/maxLoad) + 1; want > len(x.slots) {
		x.rebuild(want)
	}
}

// grown is slices.Grow, but leaves memory that the system has cleared alone:
// what is touched first when it is used costs no waiting now.
func grown[T any](s []T, n int) []T {
	if n <= cap(s)-len(s) {
		return s
	}
	return append(make([]T, 0, len(s)+n), s...)
}

// Append adds the keys of the next rows. It fails when the keys of a table
// would take more than 4 GiB.
func (x *Index) Append(k *Keys) error {
	if len(x.offs) == 0 {
		x.offs = append(x.offs, 0)
	}
	if len(x.arena)+len(k.Bytes) > math.MaxUint32 {
		return errors.New("its keys take more than 4 GiB")
	}
	if need := float64(x.keys + len(k.Ends)); need > maxLoad*float64(len(x.slots)) {
		x.rebuild(int(need/maxLoad*1.5) + 64)
	}
	base := uint32(len(x.arena))
	x.arena = append(x.arena, k.Bytes...)
	first := len(x.offs) - 1
	for _, end := range k.Ends {
		x.offs = append(x.offs, base+end)
	}
	for at := 0; at < len(k.Hashes); at += nearby {
		some := k.Hashes[at:min(at+nearby, len(k.Hashes))]
		x.seen = x.approach(some)
		offs, n := x.offs[first+at:][:len(some)+1], uint64(len(x.tags))
		for i, h := range some {
			row := uint32(first + at + i)
			slot, _ := bits.Mul64(h, n)
			switch {
			case offs[i] == offs[i+1]:
			case x.tags[slot] == 0:
				x.slots[slot], x.tags[slot] = row+1, uint8(h)|1
				x.keys++
			default:
				x.insert(row, h)
			}
		}
	}
	return nil
}

// nearby is how many keys are approached before the first of them is used.
const nearby = 64

// approach reads the tags at which searches for keys of these hashes begin, and
// returns something of them, for a read that nobody needs is left out. A large
// table lies far from the processor, and a search stands still until its tag is
// there; these reads wait for nothing, so they wait together.
func (x *Index) approach(hashes []uint64) (seen uint8) {
	if len(x.tags) == 0 {
		return 0
	}
	n := uint64(len(x.tags))
	for _, h := range hashes {
		i, _ := bits.Mul64(h, n)
		seen |= x.tags[i]
	}
	return seen
}

// approachKeys is approach, and does the same with the keys to which the tags
// lead.
func (x *Index) approachKeys(hashes []uint64) (seen uint8) {
	seen = x.approach(hashes)
	n := uint64(len(x.tags))
	for _, h := range hashes {
		i, _ := bits.Mul64(h, n)
		if n > 0 && x.tags[i] == uint8(h)|1 {
			seen |= x.arena[x.offs[x.slots[i]-1]]
		}
	}
	return seen
}

// insert gives the row's key a slot, or adds the row to those of its key.
func (x *Index) insert(row uint32, h uint64) {
	key := x.Key(int(row))
	n := uint64(len(x.slots))
	tag := uint8(h) | 1
	for i, _ := bits.Mul64(h, n); ; i++ {
		if i == n {
			i = 0
		}
		switch x.tags[i] {
		case 0:
			x.slots[i], x.tags[i] = row+1, tag
			x.keys++
			return
		case tag:
			if was := x.slots[i] - 1; bytes.Equal(x.Key(int(was)), key) {
				if x.again == nil {
					x.again = make(map[uint32][]uint32)
				}
				x.again[was] = append(x.again[was], row)
				return
			}
		}
	}
}

func (x *Index) rebuild(slots int) {
	x.slots, x.tags, x.keys = make([]uint32, slots), make([]uint8, slots), 0
	again := x.again
	x.again = nil
	n := uint64(slots)
	for row := range x.Rows() {
		key := x.Key(row)
		if len(key) == 0 {
			continue
		}
		if again != nil { // a row that is already listed must not be listed twice
			x.insert(uint32(row), Hash(key))
			continue
		}
		h := Hash(key)
		i, _ := bits.Mul64(h, n)
		for x.tags[i] != 0 {
			if i++; i == n {
				i = 0
			}
		}
		x.slots[i], x.tags[i] = uint32(row)+1, uint8(h)|1
		x.keys++
	}
}

// Rows returns the number of rows, those with null keys included.
func (x *Index) Rows() int { return max(len(x.offs), 1) - 1 }

// Key returns the key of a row, empty for null.
func (x *Index) Key(row int) []byte { return x.arena[x.offs[row]:x.offs[row+1]] }

// Absent is what Find returns for no row, and NullKey what stands for the row
// of a null key. In the links that a Store keeps, absentBase - n stands for the
// n-th key that nobody submitted.
const (
	Absent     = -1
	NullKey    = -2
	absentBase = -3
)

// Find returns the first row with the key, 0-based, or Absent. h is Hash(key);
// the key is not null.
func (x *Index) Find(key []byte, h uint64) int32 {
	n := uint64(len(x.slots))
	if n == 0 {
		return Absent
	}
	tag := uint8(h) | 1
	for i, _ := bits.Mul64(h, n); ; i++ {
		if i == n {
			i = 0
		}
		switch x.tags[i] {
		case 0:
			return Absent
		case tag:
			if row := x.slots[i] - 1; bytes.Equal(x.Key(int(row)), key) {
				return int32(row)
			}
		}
	}
}

// Again returns the later rows that have the same key as first, which is the
// first with it; nil mostly. The slice belongs to x.
func (x *Index) Again(first int) []uint32 { return x.again[uint32(first)] }

// firsts lists the rows that first had a key which others have too, ascending.
func (x *Index) firsts() []uint32 { return slices.Sorted(maps.Keys(x.again)) }

// First returns the first row with the same key as row, NullKey for a null key.
func (x *Index) First(row int) int32 {
	key := x.Key(row)
	if len(key) == 0 {
		return NullKey
	}
	return x.Find(key, Hash(key))
}

// A Groups finds which rows of a table share a key, for keys that many rows
// have. Every distinct key stands once, and each row has its key's number.
type Groups struct {
	keys Index
	ids  []uint32 // one a row: the key's number + 1, 0 for a null key
}

// Append adds the keys of the next rows.
func (g *Groups) Append(k *Keys) error {
	for i, h := range k.Hashes {
		key := k.at(i)
		if len(key) == 0 {
			g.ids = append(g.ids, 0)
			continue
		}
		n := g.keys.Find(key, h)
		if n == Absent {
			n = int32(g.keys.Rows())
			if err := g.keys.Append(&Keys{Bytes: key, Ends: []uint32{uint32(len(key))}, Hashes: []uint64{h}}); err != nil {
				return err
			}
		}
		g.ids = append(g.ids, uint32(n)+1)
	}
	return nil
}

// Bytes returns the memory that x holds, in bytes, and how much of it is keys.
func (x *Index) Bytes() (all, keys int) {
	return cap(x.arena) + 4*cap(x.offs) + 4*cap(x.slots) + cap(x.tags), len(x.arena)
}

// Hash mixes a key to 64 bits. It is fast on the short keys of this data and
// proves nothing: equality is always decided on the bytes.
func Hash(key []byte) uint64 {
	const m0, m1 = 0xa0761d6478bd642f, 0xe7037ed1a0b428db
	h := uint64(len(key)) * m1
	for len(key) > 8 {
		h = mix(h^binary.LittleEndian.Uint64(key), m0)
		key = key[8:]
	}
	var last uint64
	switch n := len(key); {
	case n == 8:
		last = binary.LittleEndian.Uint64(key)
	case n >= 4:
		last = uint64(binary.LittleEndian.Uint32(key)) | uint64(binary.LittleEndian.Uint32(key[n-4:]))<<32
	case n > 0:
		last = uint64(key[0]) | uint64(key[n/2])<<8 | uint64(key[n-1])<<16
	}
	return mix(h^last^m1, m0)
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
