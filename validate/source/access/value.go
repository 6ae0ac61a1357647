package access

import "mhsds/validate/source"

// value returns the bytes of the column in a row whose frame has been
// checked, and false for null. A yes/no column has no bytes.
func (c *Column) value(row []byte, ref *rowRef) ([]byte, bool) {
	if c.number >= int(ref.count) || row[int(ref.mask)+c.number/8]>>(c.number%8)&1 == 0 {
		return nil, false
	}
	switch {
	case c.Variable:
		if c.index >= int(ref.vars) {
			return nil, false
		}
		p := int(ref.mask) - 4 - 2*c.index
		return row[le16(row[p:]):][:le16(row[p-2:])-le16(row[p:])], true
	case c.Type == Boolean:
		return nil, true
	default:
		return row[2+c.offset : 2+c.offset+c.size()], true
	}
}

// calcWrapping is what wraps the value of a calculated column, in bytes: 16,
// the value's length in four, and after the value three more.
const calcWrapping = 16 + 4 + 3

// unwrap returns the value of a calculated column from its wrapping.
func unwrap(v []byte) ([]byte, bool) {
	if len(v) == 0 {
		return nil, true
	}
	if len(v) < 20 || uint64(le32(v[16:])) > uint64(len(v)-20) {
		return nil, false
	}
	return v[20 : 20+le32(v[16:])], true
}

// A valueCheck checks what can be wrong with a value in a row of a right frame.
type valueCheck struct{ column *Column }

// checkOf returns the check of a column's values, false if none can be wrong.
func checkOf(c *Column) (valueCheck, bool) {
	return valueCheck{c}, c.Calculated || c.Type.long() || c.Variable && c.Type.info().size > 0
}

// check returns an error that wraps source.ErrDamaged if the value cannot be
// read; any other is of the file itself.
func (r *reader) check(k *valueCheck, ref rowRef, row []byte) error {
	c := k.column
	v, ok := c.value(row, &ref)
	if !ok || len(v) == 0 {
		return nil
	}
	if c.Type.long() {
		var l longValue
		if err := l.open(r.long, v); err != nil {
			return err
		}
		if l.inline == nil {
			r.led += l.left
		}
		for l.left > 0 {
			if _, err := l.part(); err != nil {
				return err
			}
		}
		return nil
	}
	if _, ok := c.plainValue(v); !ok {
		return damagef("a value of %d bytes is too short for its type", len(v))
	}
	return nil
}

// plainValue returns the bytes of a value that is not long, without the
// wrapping of a calculated column: none for null, else as many as the type
// needs. ok is false when there are too few.
func (c *Column) plainValue(v []byte) (plain []byte, ok bool) {
	size := c.Type.info().size
	if c.Calculated {
		if v, ok = unwrap(v); !ok {
			return nil, false
		}
		if c.Type == Numeric {
			return v, len(v) == 0 || calcNumericFits(v)
		}
		if c.Type.Family() == source.Number && len(v) < size {
			// The result may be of another type than the column: take it by
			// its length.
			_, known := calcType(len(v))
			return v, known || len(v) == 0
		}
	}
	return v, len(v) == 0 || len(v) >= size
}

// calcType is the type of a calculated number that is shorter than its column's
// type says, by its length in bytes.
func calcType(n int) (Type, bool) {
	switch n {
	case 1:
		return Boolean, true
	case 2:
		return Integer, true
	case 4:
		return Long, true
	}
	return 0, false
}

// A longValue yields the parts of a memo or OLE value.
type longValue struct {
	cache *pageCache
	left  int64 // bytes still to come

	inline []byte
	single bool
	next   pointer

	// pieces counts the parts of a chain; mark is the pointer at the last
	// power of two of them: meeting it again means a circle.
	pieces, maxPieces, markAt int64
	mark                      pointer
}

// The kinds of a long value: the upper two bits of its length.
const (
	longChain  = 0
	longSingle = 1
	longInline = 2
)

// open begins at the reference v, which is not empty.
func (l *longValue) open(cache *pageCache, v []byte) error {
	if len(v) < 12 {
		return damagef("the reference to a long value has %d bytes of 12", len(v))
	}
	head := le32(v)
	*l = longValue{cache: cache, left: int64(head & 0x3fffffff), next: pointer(le32(v[4:])), markAt: 1}
	l.maxPieces = 64 + l.left/256
	if l.left > cache.f.size {
		return damagef("a long value claims %d bytes; the file has %d", l.left, cache.f.size)
	}
	switch head >> 30 {
	case longInline:
		if l.left > int64(len(v)-12) {
			return damagef("a long value claims %d bytes in a row that has %d", l.left, len(v)-12)
		}
		l.inline = v[12 : 12+l.left]
	case longSingle:
		l.single = true
	case longChain:
	default:
		return damagef("a long value is of kind 3, which does not exist")
	}
	return nil
}

// part returns the next part, valid until the next call; call it while left is
// positive.
func (l *longValue) part() ([]byte, error) {
	if l.inline != nil {
		l.left = 0
		return l.inline, nil
	}
	row, _, err := l.cache.row(l.next)
	if err != nil {
		return nil, err
	}
	if string(l.cache.buf[4:8]) != "LVAL" {
		return nil, damagef("page %d: is no page of long values", l.next.page())
	}
	if l.single {
		if l.left > int64(len(row)) {
			return nil, damagef("page %d: a long value claims %d bytes and has %d", l.next.page(), l.left, len(row))
		}
		row = row[:l.left]
		l.left = 0
		return row, nil
	}
	if len(row) <= 4 {
		return nil, damagef("page %d: a part of a long value is empty", l.next.page())
	}
	at := l.next
	l.next = pointer(le32(row))
	row = row[4:min(int64(len(row)), 4+l.left)]
	l.left -= int64(len(row))
	if l.left == 0 {
		return row, nil
	}
	switch l.pieces++; {
	case l.next == 0:
		return nil, damagef("page %d: a long value ends %d bytes before its length", at.page(), l.left)
	case l.next == at || l.next == l.mark:
		return nil, damagef("page %d: the parts of a long value go in a circle", at.page())
	case l.pieces > l.maxPieces:
		return nil, damagef("page %d: a long value is in more than %d parts", at.page(), l.maxPieces)
	case l.pieces == l.markAt:
		l.mark, l.markAt = at, 2*l.markAt
	}
	return row, nil
}

// bytes returns the whole value, in scratch if it lies in more than one part.
// It is valid until the next use of scratch or of the cache.
func (l *longValue) bytes(scratch *[]byte) ([]byte, error) {
	if l.left == 0 {
		return nil, nil
	}
	first, err := l.part()
	if err != nil || l.left == 0 {
		return first, err
	}
	buf := append((*scratch)[:0], first...)
	for l.left > 0 {
		part, err := l.part()
		if err != nil {
			return nil, err
		}
		buf = append(buf, part...)
	}
	*scratch = buf
	return buf, nil
}
