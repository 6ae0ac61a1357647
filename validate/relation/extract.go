package relation

import (
	"bytes"
	"encoding/binary"

	"mhsds/dictionary"
	"mhsds/validate/batch"
)

// An Extract is what the relations need of some consecutive rows of a table.
// A worker fills it, batch by batch; the collector appends it to the Store.
// It belongs to whoever has it and keeps its memory.
type Extract struct {
	rows    int
	skipped []uint32 // rows that could not be judged
	keys    []Keys
	days    [][]int32
	links   [][]int32  // those of links within the table's group
	hashes  [][]uint64 // by unique rule; 0 is "does not count"
	orphans []orphan
	absent  Keys // keys of the orphans whose parent nobody submitted
	filled  bool // some row has a value
	alive   bool // some row lies in the period

	current [][]int32 // by link: parents' rows of the batch in hand
	runs    []int32   // rows of the batch at which the key changes
	sought  []uint64  // the hashes of those keys
	seen    uint8     // of no meaning, as in Index
	scratch []byte
}

// An orphan is a row that fails a parent_exists rule: its parent is rejected,
// or absent.
type orphan struct {
	row    uint32
	check  uint16
	parent int32 // row in the other table, or Absent
	key    uint32
}

// Reset makes x ready for rows of the table with the given index.
func (s *Store) Reset(x *Extract, table int) {
	t := &s.spec.tables[table]
	x.rows, x.filled, x.alive = 0, false, false
	x.skipped, x.orphans = x.skipped[:0], x.orphans[:0]
	x.absent.Reset()
	x.keys = resize(x.keys, len(t.keys))
	for i := range x.keys {
		x.keys[i].Reset()
	}
	x.days = emptied(x.days, len(t.days))
	x.links = emptied(x.links, len(t.links))
	x.current = emptied(x.current, len(t.links))
	x.hashes = emptied(x.hashes, len(t.uniques))
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		s = append(s[:cap(s)], make([]T, n-cap(s))...)
	}
	return s[:n]
}

func emptied[T any](s [][]T, n int) [][]T {
	s = resize(s, n)
	for i := range s {
		s[i] = s[i][:0]
	}
	return s
}

// Look finds the parents of the batch's rows. It comes before the row rules,
// some of which compare with a parent's date.
func (s *Store) Look(x *Extract, table int, b *batch.Batch) {
	t := &s.spec.tables[table]
	for i := range t.links {
		l := &t.links[i]
		rows := x.current[i][:0]
		index := s.tables[l.table].indexes[l.key]
		// Rows of one parent mostly stand together: each run is looked up once.
		x.runs, x.sought = x.runs[:0], x.sought[:0]
		var last []byte
		for row := range b.Rows {
			if key := b.Value(l.column, row); row == 0 || !bytes.Equal(key, last) {
				last = key
				x.runs, x.sought = append(x.runs, int32(row)), append(x.sought, Hash(key))
			}
		}
		for k, h := range x.sought {
			if k%nearby == 0 {
				x.seen = index.approachKeys(x.sought[k:min(k+nearby, len(x.sought))])
			}
			found, end := int32(NullKey), b.Rows
			if key := b.Value(l.column, int(x.runs[k])); len(key) > 0 {
				found = index.Find(key, h)
			}
			if k+1 < len(x.runs) {
				end = int(x.runs[k+1])
			}
			for len(rows) < end {
				rows = append(rows, found)
			}
		}
		x.current[i] = rows
	}
}

// ParentDays fills out with the date of each row's parent: the latest, or the
// earliest, if several rows have the key; Null without a parent. column is the
// place of the child's key, parent and field say whose date.
func (s *Store) ParentDays(x *Extract, table, column, parent, field int, latest bool, out []int32) []int32 {
	out = out[:0]
	t := &s.spec.tables[table]
	for i := range t.links {
		if l := &t.links[i]; l.column == column && l.table == parent {
			p := s.tables[parent]
			index := p.indexes[l.key]
			days := p.daysOf(&s.spec.tables[parent], field)
			for _, r := range x.current[i] {
				d := int32(batch.Null)
				if r >= 0 {
					d = days[r]
					for _, again := range index.Again(int(r)) {
						d = pick(d, days[again], latest)
					}
				}
				out = append(out, d)
			}
			return out
		}
	}
	return out
}

// Parents returns the parent's row of each row of the batch that Look has seen
// last, NullKey or Absent for none; nil if the column is not looked up there.
// It belongs to x, and changes with the next Look.
func (s *Store) Parents(x *Extract, table, column, parent int) []int32 {
	for i := range s.spec.tables[table].links {
		if l := &s.spec.tables[table].links[i]; l.column == column && l.table == parent {
			return x.current[i]
		}
	}
	return nil
}

// pick returns the later or the earlier of two dates; what is no date never
// counts.
func pick(a, b int32, latest bool) int32 {
	switch {
	case a <= batch.Unreadable:
		return b
	case b <= batch.Unreadable:
		return a
	case latest:
		return max(a, b)
	}
	return min(a, b)
}

// Take adds the batch's rows to x. Look must have seen the same batch, and its
// dates have been read.
func (s *Store) Take(x *Extract, table int, b *batch.Batch) {
	t := &s.spec.tables[table]
	if b.AnySkip {
		for row := range b.Skip.Rows {
			if row < b.Rows {
				x.skipped = append(x.skipped, uint32(x.rows+row))
			}
		}
	}
	for i, k := range t.keys {
		x.keys[i].Add(b, k.column)
	}
	for i, c := range t.days {
		x.days[i] = append(x.days[i], b.Columns[c].Days[:b.Rows]...)
	}
	for i := range t.uniques {
		x.hashes[i] = t.uniques[i].hash(x, b, x.hashes[i])
	}
	for i := range t.links {
		l := &t.links[i]
		if l.within {
			for row, parent := range x.current[i] {
				if parent == Absent {
					parent = absentBase - int32(x.missing(b.Value(l.column, row)))
				}
				x.links[i] = append(x.links[i], parent)
			}
			continue
		}
		if len(l.checks) > 0 {
			s.orphans(x, l, x.current[i], b)
		}
	}
	x.filled = x.filled || t.empty != nil && filled(b)
	x.alive = x.alive || t.alive(b, s.start, s.end)
	x.rows += b.Rows
}

// orphans adds the rows whose parent is settled and not valid.
func (s *Store) orphans(x *Extract, l *linkSpec, parents []int32, b *batch.Batch) {
	p := s.tables[l.table]
	index := p.indexes[l.key]
	last, valid := int32(NullKey), true
	for row, parent := range parents {
		if parent != last {
			last = parent
			valid = parent == NullKey || parent >= 0 && p.anyValid(index, int(parent))
		}
		if valid {
			continue
		}
		var key uint32
		if parent == Absent {
			key = x.missing(b.Value(l.column, row))
		}
		for _, c := range l.checks {
			x.orphans = append(x.orphans, orphan{uint32(x.rows + row), uint16(c), parent, key})
		}
	}
}

// missing keeps a key that nobody submitted and returns its number in x.
func (x *Extract) missing(key []byte) uint32 {
	x.absent.Bytes = append(x.absent.Bytes, key...)
	x.absent.Ends = append(x.absent.Ends, uint32(len(x.absent.Bytes)))
	x.absent.Hashes = append(x.absent.Hashes, Hash(key))
	return uint32(len(x.absent.Ends) - 1)
}

// filled reports whether some row of the batch has a value.
func filled(b *batch.Batch) bool {
	for i := range b.Columns {
		for row := range b.Rows {
			if !b.Columns[i].IsNull(row) {
				return true
			}
		}
	}
	return false
}

// hash appends the hash of each row's key, 0 for rows that the rule leaves
// out. A rule whose keys are not tagged needs none.
func (u *uniqueSpec) hash(x *Extract, b *batch.Batch, out []uint64) []uint64 {
	if !u.tagged() {
		return out
	}
	for row := range b.Rows {
		h := uint64(0)
		if key, ok := u.append(x.scratch[:0], b, row); ok {
			x.scratch = key
			h = max(Hash(key), 1)
		}
		out = append(out, h)
	}
	return out
}

// append writes the row's key: each field's length and bytes, a null as a
// length that no value has. ok is false if the rule leaves the row out.
func (u *uniqueSpec) append(dst []byte, b *batch.Batch, row int) (key []byte, ok bool) {
	if b.AnySkip && b.Skip.Has(row) {
		return dst, false
	}
	if u.condition != nil && !u.applies(b, row) {
		return dst, false
	}
	for _, c := range u.columns {
		if b.Columns[c].IsNull(row) {
			if !u.nulls {
				return dst, false
			}
			dst = binary.LittleEndian.AppendUint32(dst, 1<<32-1)
			continue
		}
		at := len(dst)
		dst = binary.LittleEndian.AppendUint32(dst, 0)
		dst = b.Append(dst, c, row)
		binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	return dst, true
}

// applies evaluates the rule's condition on a row of its own table. What the
// rules ask, whether a field is null, costs no copy.
func (u *uniqueSpec) applies(b *batch.Batch, row int) bool {
	if n, ok := u.condition.(dictionary.Null); ok {
		return b.Columns[u.conditionColumn(n.Ref)].IsNull(row) != n.Not
	}
	return dictionary.Eval(u.condition, func(r dictionary.Ref) (string, bool) {
		c := u.conditionColumn(r)
		return string(b.Append(nil, c, row)), b.Columns[c].IsNull(row)
	}) == dictionary.True
}

func (u *uniqueSpec) conditionColumn(r dictionary.Ref) int { return u.refs[r.Field] }
