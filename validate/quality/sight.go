package quality

import (
	"hash/maphash"

	"mhsds/validate/batch"
)

// maxBits bounds the bits of a table's rows. That of the most has some sixty.
const maxBits = 256

// A signature is the bits of a row.
type signature [maxBits / 64]uint64

// A sight is what is taken from some rows of one table, in row order.
type sight struct {
	o     *Observer
	table int
	rows  int

	signs []signature
	days  [][]int32
	keys  []keyValues
	forms []formCounts // by tablePlan.forms

	masks   []batch.Mask // by node
	asked   []map[string]bool
	scratch [][]int32
	spare   int // of scratch, the next one free
	spans   [][2]int32
	buffer  []byte
}

// keyValues are keys end to end, with their hashes; one of no bytes is null.
type keyValues struct {
	bytes  []byte
	ends   []uint32
	hashes []uint64
}

// Reset empties s for rows of the table.
func (s *sight) Reset(table int) {
	p := &s.o.tables[table]
	s.table, s.rows = table, 0
	s.signs = s.signs[:0]
	s.days = resized(s.days, len(p.days))
	for i := range s.days {
		s.days[i] = s.days[i][:0]
	}
	s.keys = resized(s.keys, len(p.keys))
	for i := range s.keys {
		k := &s.keys[i]
		k.bytes, k.ends, k.hashes = k.bytes[:0], k.ends[:0], k.hashes[:0]
	}
	s.forms = resized(s.forms, len(p.forms))
	clear(s.forms)
	s.masks = resized(s.masks, len(p.nodes))
	s.asked = resized(s.asked, len(p.registers))
	for i := range s.asked {
		if s.asked[i] == nil {
			s.asked[i] = make(map[string]bool)
		} else {
			clear(s.asked[i])
		}
	}
}

func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		s = append(s[:cap(s)], make([]T, n-cap(s))...)
	}
	return s[:n]
}

// look adds the rows of a batch.
func (s *sight) look(b *batch.Batch) {
	p := &s.o.tables[s.table]
	s.form(p.forms, b)
	if p.measured() {
		s.measure(p, b)
	}
	s.rows += b.Rows
}

// measure adds what the measures look at.
func (s *sight) measure(p *tablePlan, b *batch.Batch) {
	for i := range p.nodes {
		s.spare = 0
		s.evaluate(p, i, b)
	}
	from := len(s.signs)
	for range b.Rows {
		s.signs = append(s.signs, signature{})
	}
	s.sign(p, s.signs[from:])
	for i := range p.days {
		s.spare = 0
		days, one := s.values(b, p.days[i])
		if days == nil {
			for range b.Rows {
				s.days[i] = append(s.days[i], one)
			}
			continue
		}
		s.days[i] = append(s.days[i], days...)
	}
	for i := range p.keys {
		s.keys[i].add(s.o, b, p.keys[i].field)
	}
}

// evaluate fills the mask of a node, whose parts have theirs already.
func (s *sight) evaluate(p *tablePlan, i int, b *batch.Batch) {
	n := &p.nodes[i]
	m := s.masks[i].Resize(b.Rows)
	s.masks[i] = m
	switch n.kind {
	case testNode:
		n.test.mark(s, b, m)
	case trueNode:
		fill(m, b.Rows)
	case notNode:
		fill(m, b.Rows)
		m.AndNot(s.masks[n.args[0]])
	case andNode:
		copy(m, s.masks[n.args[0]])
		for _, a := range n.args[1:] {
			for w, x := range s.masks[a] {
				m[w] &= x
			}
		}
	case orNode:
		for _, a := range n.args {
			m.Or(s.masks[a])
		}
	}
}

func fill(m batch.Mask, rows int) {
	for i := range m {
		m[i] = ^uint64(0)
	}
	if r := rows & 63; r != 0 && len(m) > 0 {
		m[len(m)-1] = 1<<r - 1
	}
}

// sign turns the masks of the bits, one a bit, into signatures, one a row:
// blocks of 64 by 64 bits, turned over.
func (s *sight) sign(p *tablePlan, signs []signature) {
	var block [64]uint64
	for word := 0; word*64 < len(p.bits); word++ {
		bits := p.bits[word*64 : min(word*64+64, len(p.bits))]
		for from := 0; from < len(signs); from += 64 {
			any := uint64(0)
			for k, n := range bits {
				block[k] = s.masks[n][from/64]
				any |= block[k]
			}
			if any == 0 {
				continue
			}
			clear(block[len(bits):])
			transpose(&block)
			for r := range signs[from:min(from+64, len(signs))] {
				signs[from+r][word] = block[r]
			}
		}
	}
}

// transpose exchanges rows and columns: bit k of word r becomes bit r of word
// k. Halves change places, then quarters within them, and so on.
func transpose(m *[64]uint64) {
	for width, mask := uint(32), uint64(1)<<32-1; width > 0; width, mask = width>>1, mask^mask<<(width>>1) {
		for k := uint(0); k < 64; k = (k + width + 1) &^ width {
			t := (m[k]>>width ^ m[k+width]) & mask
			m[k] ^= t << width
			m[k+width] ^= t
		}
	}
}

// add appends the keys of a column.
func (k *keyValues) add(o *Observer, b *batch.Batch, field int) {
	c := &b.Columns[field]
	for row := range b.Rows {
		from := len(k.bytes)
		if !c.Typed() {
			k.bytes = append(k.bytes, b.Value(field, row)...)
		} else {
			k.bytes = b.Append(k.bytes, field, row)
		}
		h := uint64(0)
		if v := k.bytes[from:]; len(v) > 0 {
			h = o.hash(v)
		}
		k.ends = append(k.ends, uint32(len(k.bytes)))
		k.hashes = append(k.hashes, h)
	}
}

// hash is never 0. It differs from process to process, and nothing that is
// said depends on it.
func (o *Observer) hash(v []byte) uint64 { return max(maphash.Bytes(o.seed, v), 1) }

// NewSight returns an empty sight.
func (o *Observer) NewSight() interface{ Reset(table int) } { return &sight{o: o} }

// Look adds the rows of b to s.
func (o *Observer) Look(s interface{ Reset(table int) }, _ int, b *batch.Batch) { s.(*sight).look(b) }

// Keep takes over the rows of s, which follow those kept.
func (o *Observer) Keep(table int, s interface{ Reset(table int) }) {
	p, x := &o.tables[table], s.(*sight)
	p.keepForms(x)
	if p.measured() {
		p.keep(o, x)
	}
}

// signatureOfBlanks is the signature of a row without values.
func (o *Observer) signatureOfBlanks(table int) signature {
	t := &o.d.Tables[table]
	var b batch.Batch
	b.Reset(len(t.Fields), 1)
	b.Text = append(b.Text, make([]byte, batch.Slack)...)
	b.Truncate(1)
	s := &sight{o: o}
	s.Reset(table)
	s.look(&b)
	return s.signs[0]
}

// kept is what is known of the rows of a table.
type kept struct {
	rows    int
	ids     []uint32 // the number of each row's signature
	signs   []signature
	numbers map[signature]uint32
	days    [][]int32
	keys    [][]uint32 // by key: its number in the space, from 1; 0 is null
}

func (p *tablePlan) keep(o *Observer, s *sight) {
	k := &p.kept
	if k.numbers == nil {
		k.numbers = make(map[signature]uint32)
		k.days = make([][]int32, len(p.days))
		k.keys = make([][]uint32, len(p.keys))
	}
	last, id := signature{}, ^uint32(0)
	for i := range s.signs {
		if id == ^uint32(0) || s.signs[i] != last {
			last = s.signs[i]
			n, ok := k.numbers[last]
			if !ok {
				n = uint32(len(k.signs))
				k.numbers[last] = n
				k.signs = append(k.signs, last)
			}
			id = n
		}
		k.ids = append(k.ids, id)
	}
	for i := range k.days {
		k.days[i] = append(k.days[i], s.days[i]...)
	}
	for i := range k.keys {
		k.keys[i] = o.spaces[p.keys[i].space].append(o, k.keys[i], &s.keys[i])
	}
	k.rows += s.rows
}

// A space numbers keys: equal ones get the same number, from 1.
type space struct {
	bytes  []byte
	ends   []uint32
	hashes []uint32 // the lower halves
	slots  []uint32 // numbers, by hash; open addressing
}

// append numbers the keys and appends their numbers.
func (x *space) append(o *Observer, numbers []uint32, keys *keyValues) []uint32 {
	from, last, number := uint32(0), uint64(0), uint32(0)
	for i, end := range keys.ends {
		v := keys.bytes[from:end]
		from = end
		h := keys.hashes[i]
		if h != last || string(v) != string(x.key(number)) {
			last = h
			number = 0
			if len(v) > 0 {
				number = x.number(o, v, h)
			}
		}
		numbers = append(numbers, number)
	}
	return numbers
}

// key returns a key by its number; that of 0 has no bytes.
func (x *space) key(number uint32) []byte {
	if number == 0 {
		return nil
	}
	from := uint32(0)
	if number > 1 {
		from = x.ends[number-2]
	}
	return x.bytes[from:x.ends[number-1]]
}

// number returns the number of a key, a new one if need be.
func (x *space) number(o *Observer, v []byte, h uint64) uint32 {
	if 2*len(x.ends) >= len(x.slots) {
		x.grow(o)
	}
	mask := uint64(len(x.slots) - 1)
	i := h & mask
	for ; x.slots[i] != 0; i = (i + 1) & mask {
		n := x.slots[i]
		if x.hashes[n-1] == uint32(h>>32) && string(x.key(n)) == string(v) {
			return n
		}
	}
	x.bytes = append(x.bytes, v...)
	x.ends = append(x.ends, uint32(len(x.bytes)))
	x.hashes = append(x.hashes, uint32(h>>32))
	x.slots[i] = uint32(len(x.ends))
	return x.slots[i]
}

// grow makes room for twice as many keys. The place of a key follows from the
// lower half of its hash, of which the upper is kept: it is hashed again.
func (x *space) grow(o *Observer) {
	x.slots = make([]uint32, max(2*len(x.slots), 64))
	mask := uint64(len(x.slots) - 1)
	for n := range x.ends {
		i := o.hash(x.key(uint32(n+1))) & mask
		for x.slots[i] != 0 {
			i = (i + 1) & mask
		}
		x.slots[i] = uint32(n + 1)
	}
}
