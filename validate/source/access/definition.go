package access

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"unicode/utf16"

	"mhsds/validate/source"
)

// A Definition describes a table.
type Definition struct {
	Name string

	// Rows is the number of rows the definition promises. It is kept by
	// whoever writes the file and can be wrong; WriteCSV counts.
	Rows int64

	// Columns are in the order of their numbers, the one that Access shows
	// unless somebody has moved a column.
	Columns []Column

	page    uint32  // of its beginning, the owner of its data pages
	owned   pointer // to the map of its data pages
	shape   shape
	variant error // damage that costs no column
}

// A Column describes a column of a table.
type Column struct {
	Name string
	Type Type

	// Length is the greatest length of a value in bytes, two for each
	// character of a Text; 0 for Memo and OLE, whose values have none.
	// A calculated column's includes 23 bytes of wrapping.
	Length int

	// Precision and Scale are the digits of a Numeric in all and after the
	// point; 19 and 4 for Currency, else 0.
	Precision, Scale int

	Variable   bool // stored among the variable columns
	AutoNumber bool // given by Access: a number or a GUID
	Compressed bool // new values may be stored compressed
	Calculated bool

	number int // its bit in a row's null mask
	index  int // among the variable columns
	offset int // from the first fixed column, in bytes
}

// Width is the greatest number of characters of a text column, 0 without limit.
func (c *Column) Width() int {
	switch {
	case c.Type == Text && c.Calculated:
		return max(c.Length-calcWrapping, 0) / 2
	case c.Type == Text:
		return c.Length / 2
	case c.Type == GUID:
		return 38 // with hyphens and braces
	}
	return 0
}

// size returns the bytes of a value in the fixed part of a row.
func (c *Column) size() int {
	if c.Calculated {
		return c.Length
	}
	if n := c.Type.info().size; n > 0 {
		return n
	}
	return c.Length
}

// Where the parts of a definition are.
const (
	definitionHead = 63 // bytes before the indexes
	indexSize      = 12
	columnSize     = 25

	maxColumns = 255 // of a table, by Access's own limit
	maxNumbers = 512 // of column numbers, which deleted columns keep
	maxName    = 128 // bytes of a name: 64 characters

	// maxChain bounds the pages of one definition. 255 columns, 32 indexes and
	// all their names at their longest take 30.
	maxChain = 64
)

// readDefinition returns the definition that begins on page n.
func readDefinition(f *file, n uint32, name string) (*Definition, error) {
	d := &Definition{Name: name, page: n}
	raw, variant, err := joinDefinition(f, n)
	if err != nil {
		return nil, err
	}
	d.variant = variant
	d.Rows = int64(le32(raw[16:]))
	d.owned = pointer(le32(raw[55:]))
	numbers, variables, columns := le16(raw[41:]), le16(raw[43:]), le16(raw[45:])
	indexes := int64(le32(raw[51:]))
	bad := func(format string, args ...any) (*Definition, error) {
		return d, damagef("page %d: "+format, append([]any{n}, args...)...)
	}
	if columns > maxColumns {
		return bad("the definition has %d columns; a table has at most %d", columns, maxColumns)
	}
	if numbers > maxNumbers {
		return bad("the definition has counted %d columns; at most %d are believed", numbers, maxNumbers)
	}
	at := definitionHead + indexes*indexSize
	names := at + int64(columns)*columnSize
	if names > int64(len(raw)) {
		return bad("the definition's %d columns and %d indexes do not fit in its %d bytes", columns, indexes, len(raw))
	}
	descriptors, rest := raw[at:names], raw[names:]
	d.Columns = make([]Column, columns)
	for i := range d.Columns {
		c := &d.Columns[i]
		if len(rest) < 2 || le16(rest) > maxName || le16(rest) > len(rest)-2 || le16(rest) == 0 || le16(rest)%2 != 0 {
			return bad("the name of column %d does not lie in the definition", i+1)
		}
		c.Name = utf16String(rest[2 : 2+le16(rest)])
		rest = rest[2+le16(rest):]
		c.describe(descriptors[i*columnSize:])
		if c.number >= numbers {
			return bad("column %q has the number %d; %d were given", c.Name, c.number, numbers)
		}
		if c.Variable && c.index >= variables {
			return bad("column %q is variable column %d; there are %d", c.Name, c.index, variables)
		}
	}
	slices.SortStableFunc(d.Columns, func(a, b Column) int { return cmp.Compare(a.number, b.number) })
	if err := d.shape.set(d.Columns, numbers); err != nil {
		return bad("%v", err)
	}
	return d, nil
}

// joinDefinition returns the bytes of the definition that begins on page n:
// the first page and, from byte 8 on, those that follow. variant is what is
// wrong with the chain after the part that could be joined.
func joinDefinition(f *file, n uint32) (raw []byte, variant, err error) {
	raw = make([]byte, pageSize)
	if err := f.page(raw, n); err != nil {
		return nil, nil, err
	}
	if raw[0] != typeDefinition {
		return nil, nil, damagef("page %d: is of type %d where a table definition was expected", n, raw[0])
	}
	buf := make([]byte, pageSize)
	seen := []uint32{n}
	for next := le32(raw[4:]); next != 0; next = le32(buf[4:]) {
		last := seen[len(seen)-1]
		switch {
		case slices.Contains(seen, next):
			return raw, damagef("page %d: the definition's next page is %d, where it has been already", last, next), nil
		case len(seen) == maxChain:
			return raw, damagef("page %d: the definition that begins here goes on after %d pages", n, maxChain), nil
		}
		if err := f.page(buf, next); err != nil {
			err = fmt.Errorf("page %d: the definition's next page: %w", last, err)
			if !errors.Is(err, source.ErrDamaged) {
				return nil, nil, err
			}
			return raw, err, nil
		}
		if buf[0] != typeDefinition {
			return raw, damagef("page %d: the definition's next page %d is of type %d", last, next, buf[0]), nil
		}
		seen = append(seen, next)
		raw = append(raw, buf[8:]...)
	}
	return raw, nil, nil
}

// describe fills the column from its descriptor.
func (c *Column) describe(b []byte) {
	c.Type = Type(b[0])
	c.number = le16(b[5:])
	c.index = le16(b[7:])
	flags, more := b[15], b[16]
	c.Variable = flags&0x01 == 0
	c.AutoNumber = flags&0x44 != 0
	c.Calculated = more&0xc0 == 0xc0
	c.offset = le16(b[21:])
	c.Length = le16(b[23:])
	switch c.Type {
	case Numeric:
		c.Precision, c.Scale = int(b[11]), int(b[12])
	case Currency:
		c.Precision, c.Scale = 19, 4
	case Text, Memo:
		c.Compressed = more&0x01 != 0
	case Boolean:
		c.Variable = c.Calculated // has no place in a row but for its bit
	}
}

// utf16String returns the string of UTF-16LE bytes.
func utf16String(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(le16(b[2*i:]))
	}
	return string(utf16.Decode(units))
}
