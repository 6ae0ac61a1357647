package relation

import "slices"

// tags finds rows whose keys may be equal, at little more than 8 bytes a row:
//
//	partition   the hash's highest 8 bits choose one of 256
//	entry       the next 32 bits of the hash, and the row
//
// Two rows with the same 40 bits are suspects; whether their keys are equal is
// decided on the keys, read again. Entries lie in chunks that grow from small
// to chunkMax, so that a small table costs little and a large one is never
// copied.
type tags struct {
	parts [256][][]uint64
}

const chunkMin, chunkMax = 8, 1024

// append adds the rows from base on; a hash of 0 does not count.
func (g *tags) append(base uint32, hashes []uint64) {
	for i, h := range hashes {
		if h == 0 {
			continue
		}
		part := &g.parts[h>>56]
		n := len(*part)
		if n == 0 || len((*part)[n-1]) == cap((*part)[n-1]) {
			size := chunkMin
			if n > 0 {
				size = min(4*cap((*part)[n-1]), chunkMax)
			}
			*part = append(*part, make([]uint64, 0, size))
			n++
		}
		c := &(*part)[n-1]
		*c = append(*c, h>>24<<32|uint64(base+uint32(i)))
	}
}

// suspects returns the rows that share their 40 bits with another, ascending.
// It empties g.
func (g *tags) suspects() []uint32 {
	var rows []uint32
	var all, spare []uint64
	for p := range g.parts {
		all = all[:0]
		for _, c := range g.parts[p] {
			all = append(all, c...)
		}
		g.parts[p] = nil
		all, spare = sortTags(all, spare)
		for i := 0; i < len(all); {
			j := i + 1
			for j < len(all) && all[j]>>32 == all[i]>>32 {
				j++
			}
			if j > i+1 {
				for _, e := range all[i:j] {
					rows = append(rows, uint32(e))
				}
			}
			i = j
		}
	}
	slices.Sort(rows)
	return rows
}

// sortTags sorts entries that come in the order of their rows, and returns them
// and memory for the next call. Many are first dealt out by eleven bits, after
// which few are left to compare.
func sortTags(all, spare []uint64) (sorted, free []uint64) {
	const (
		few  = 512 // for which the counts would cost more than sorting
		bits = 11
	)
	if len(all) < few {
		slices.Sort(all)
		return all, spare
	}
	if cap(spare) < len(all) {
		spare = make([]uint64, cap(all))
	}
	spare = spare[:len(all)]
	var at [1 << bits]uint32
	for _, e := range all {
		at[e>>(64-bits)]++
	}
	next := uint32(0)
	for i, n := range at {
		at[i] = next
		next += n
	}
	for _, e := range all {
		i := e >> (64 - bits)
		spare[at[i]] = e
		at[i]++
	}
	from := uint32(0)
	for _, end := range at {
		if end > from+1 {
			slices.Sort(spare[from:end])
		}
		from = end
	}
	return spare, all
}

func (g *tags) bytes() int {
	n := 0
	for p := range g.parts {
		for _, c := range g.parts[p] {
			n += 8 * cap(c)
		}
	}
	return n
}
