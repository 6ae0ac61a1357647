package access

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
	"unicode/utf16"
)

// A maker writes databases for tests, right ones and wrong ones: everything
// can be overwritten before bytes is called.
type maker struct {
	pages  [][]byte
	tables []*madeTable

	catalogue []Column // of the catalogue
	extra     [][]byte // more rows of it
}

type madeTable struct {
	m       *maker
	name    string
	flags   uint32
	columns []Column
	rows    int // promised
	page    int // of the definition
	mapPage int
	owned   []int
	byRef   bool // the map of owned pages is by reference
}

// A slot is a row of a page with the flags of its slot.
type slot struct {
	flags int
	row   []byte
}

func newMaker() *maker {
	m := &maker{catalogue: catalogueColumns()}
	header := m.page(m.add())
	copy(header, "\x00\x01\x00\x00Standard ACE DB\x00")
	header[0x14] = 3
	copy(header, hide(header))
	m.add() // page 1, the map of free pages
	m.add() // page 2, the catalogue
	return m
}

// hide applies the stream that unmask takes off: it is its own inverse.
func hide(page []byte) []byte { return unmask(page) }

// setHeader writes bytes of page 0 as they are before they are hidden.
func (m *maker) setHeader(at int, b ...byte) {
	plain := unmask(m.pages[0])
	copy(plain[at:], b)
	copy(m.pages[0], hide(plain))
}

func (m *maker) add() int {
	m.pages = append(m.pages, make([]byte, pageSize))
	return len(m.pages) - 1
}

func (m *maker) page(n int) []byte { return m.pages[n] }

// data adds a data page of the owner, a page number or "LVAL".
func (m *maker) data(owner any, slots ...slot) int {
	n := m.add()
	m.fill(n, owner, slots...)
	return n
}

// fill writes a data page over page n.
func (m *maker) fill(n int, owner any, slots ...slot) {
	p := m.page(n)
	clear(p)
	p[0], p[1] = typeData, 1
	switch owner := owner.(type) {
	case int:
		binary.LittleEndian.PutUint32(p[4:], uint32(owner))
	case string:
		copy(p[4:], owner)
	}
	binary.LittleEndian.PutUint16(p[12:], uint16(len(slots)))
	end := pageSize
	for i, s := range slots {
		end -= len(s.row)
		copy(p[end:], s.row)
		binary.LittleEndian.PutUint16(p[slotTable+2*i:], uint16(end|s.flags))
	}
	if end < slotTable+2*len(slots) {
		panic("the rows do not fit on the page")
	}
}

// long adds a page of long values.
func (m *maker) long(rows ...[]byte) int {
	var slots []slot
	for _, r := range rows {
		slots = append(slots, slot{0, r})
	}
	return m.data("LVAL", slots...)
}

// layout gives the columns their numbers and places.
func layout(columns ...Column) []Column {
	index, offset := 0, 0
	for i := range columns {
		c := &columns[i]
		c.number = i
		switch {
		case c.Type == Boolean && !c.Calculated:
			c.Length = 1
		case c.Variable || c.Calculated || c.Type.long() || (c.Type == Text || c.Type == Binary) && c.Length >= 0:
			c.Variable = true
			c.index = index
			index++
		default:
			if c.Length < 0 { // of fixed length all the same
				c.Length = -c.Length
			}
			c.offset = offset
			offset += c.size()
		}
	}
	return columns
}

// table adds a table with no rows yet.
func (m *maker) table(name string, columns ...Column) *madeTable {
	t := &madeTable{m: m, name: name, columns: layout(columns...), page: m.add(), mapPage: m.add()}
	m.tables = append(m.tables, t)
	return t
}

// add adds a data page to the table and counts its rows.
func (t *madeTable) add(slots ...slot) int {
	n := t.m.data(t.page, slots...)
	t.owned = append(t.owned, n)
	for _, s := range slots {
		if s.flags&slotAside == 0 {
			t.rows++
		}
	}
	return n
}

// row encodes a row of the first values' columns: nil for null, a []byte for
// its bytes, anything not nil for a true yes/no.
func (t *madeTable) row(values ...[]byte) []byte { return encodeRow(t.columns, values...) }

func encodeRow(columns []Column, values ...[]byte) []byte {
	row := binary.LittleEndian.AppendUint16(nil, uint16(len(values)))
	mask := make([]byte, (len(values)+7)/8)
	var variable [][]byte
	hasVariable := false
	for i := range columns {
		hasVariable = hasVariable || columns[i].Variable
	}
	for i, v := range values {
		c := &columns[i]
		if v != nil {
			mask[c.number/8] |= 1 << (c.number % 8)
		}
		switch {
		case c.Variable:
			for len(variable) <= c.index {
				variable = append(variable, nil)
			}
			variable[c.index] = v
		case c.Type != Boolean:
			for len(row) < 2+c.offset+c.size() {
				row = append(row, 0)
			}
			copy(row[2+c.offset:], v)
		}
	}
	if hasVariable {
		starts := make([]int, len(variable))
		for i, v := range variable {
			starts[i] = len(row)
			row = append(row, v...)
		}
		row = binary.LittleEndian.AppendUint16(row, uint16(len(row)))
		for i := len(starts) - 1; i >= 0; i-- {
			row = binary.LittleEndian.AppendUint16(row, uint16(starts[i]))
		}
		row = binary.LittleEndian.AppendUint16(row, uint16(len(starts)))
	}
	return append(row, mask...)
}

// definition encodes a table definition.
func definition(columns []Column, rows, ownedPage int, kind byte) []byte {
	b := make([]byte, definitionHead)
	variables := 0
	for i := range columns {
		if columns[i].Variable {
			variables++
		}
	}
	binary.LittleEndian.PutUint32(b[16:], uint32(rows))
	b[40] = kind
	binary.LittleEndian.PutUint16(b[41:], uint16(len(columns)))
	binary.LittleEndian.PutUint16(b[43:], uint16(variables))
	binary.LittleEndian.PutUint16(b[45:], uint16(len(columns)))
	binary.LittleEndian.PutUint32(b[55:], uint32(ownedPage)<<8)
	for i := range columns {
		c := &columns[i]
		d := make([]byte, columnSize)
		d[0] = byte(c.Type)
		binary.LittleEndian.PutUint16(d[5:], uint16(c.number))
		binary.LittleEndian.PutUint16(d[7:], uint16(c.index))
		d[11], d[12] = byte(c.Precision), byte(c.Scale)
		d[15] = 0x02
		if !c.Variable {
			d[15] |= 0x01
		}
		if c.Calculated {
			d[16] = 0xc0
		}
		if c.AutoNumber {
			d[15] |= 0x04
		}
		binary.LittleEndian.PutUint16(d[21:], uint16(c.offset))
		binary.LittleEndian.PutUint16(d[23:], uint16(c.Length))
		b = append(b, d...)
	}
	for i := range columns {
		name := wide(columns[i].Name)
		b = binary.LittleEndian.AppendUint16(b, uint16(len(name)))
		b = append(b, name...)
	}
	binary.LittleEndian.PutUint32(b[8:], uint32(len(b)))
	return b
}

// define writes a definition to page n and as many more as it needs.
func (m *maker) define(n int, b []byte) {
	for first := true; ; first = false {
		p := m.page(n)
		if first {
			b = b[copy(p, b):]
		} else {
			b = b[copy(p[8:], b):]
		}
		p[0], p[1] = typeDefinition, 1
		if len(b) == 0 {
			return
		}
		next := m.add()
		binary.LittleEndian.PutUint32(p[4:], uint32(next))
		n = next
	}
}

// usage encodes an inline usage map.
func usage(pages []int) []byte {
	base := 0
	if len(pages) > 0 {
		base = pages[0]
	}
	b := make([]byte, 5+64)
	binary.LittleEndian.PutUint32(b[1:], uint32(base))
	for _, p := range pages {
		b[5+(p-base)/8] |= 1 << ((p - base) % 8)
	}
	return b
}

// catalogueColumns are those of the real one that matter.
func catalogueColumns() []Column {
	return layout(
		Column{Name: "Id", Type: Long},
		Column{Name: "Name", Type: Text, Length: 510},
		Column{Name: "Type", Type: Integer},
		Column{Name: "Flags", Type: Long},
		Column{Name: "Database", Type: Memo},
		Column{Name: "ForeignName", Type: Text, Length: 510},
		Column{Name: "LvProp", Type: OLE},
	)
}

// entry adds a row to the catalogue.
func (m *maker) entry(id, kind int, flags uint32, name string, more ...[]byte) {
	m.extra = append(m.extra, encodeRow(m.catalogue, append([][]byte{
		long(id), wide(name), short(kind), long(int(int32(flags)))}, more...)...))
}

// bytes finishes the definitions and the catalogue and returns the file.
func (m *maker) bytes() []byte {
	var rows []slot
	for _, t := range m.tables {
		m.define(t.page, definition(t.columns, t.rows, t.mapPage, 0x4e))
		if t.byRef {
			part := m.add()
			p := m.page(part)
			p[0] = typeUsage
			for _, n := range t.owned {
				p[4+n/8] |= 1 << (n % 8)
			}
			m.fill(t.mapPage, 0, slot{0, append([]byte{1}, long(part)...)})
		} else {
			m.fill(t.mapPage, 0, slot{0, usage(t.owned)})
		}
		rows = append(rows, slot{0, encodeRow(m.catalogue, long(t.page), wide(t.name), short(typeTable), long(int(int32(t.flags))), nil, nil, nil)})
	}
	for _, r := range m.extra {
		rows = append(rows, slot{0, r})
	}
	page := m.data(cataloguePage, rows...)
	mapPage := m.data(0, slot{0, usage([]int{page})})
	m.define(cataloguePage, definition(m.catalogue, len(rows), mapPage, 0x53))
	return bytes.Join(m.pages, nil)
}

func short(n int) []byte    { return binary.LittleEndian.AppendUint16(nil, uint16(n)) }
func long(n int) []byte     { return binary.LittleEndian.AppendUint32(nil, uint32(n)) }
func days(f float64) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)) }
func quad(n int64) []byte   { return binary.LittleEndian.AppendUint64(nil, uint64(n)) }
func at(page, slot int) []byte {
	return long(page<<8 | slot)
}

// wide returns a text as UTF-16LE.
func wide(s string) []byte {
	b := []byte{}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// packed returns a text of U+0001 to U+007F compressed.
func packed(s string) []byte { return append([]byte{0xff, 0xfe}, s...) }

// reference returns the reference to a long value.
func reference(kind, length int, pointer []byte, inline ...byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(length)|uint32(kind)<<30)
	b = append(b, pointer...)
	return append(append(b, 0, 0, 0, 0), inline...)
}

// csv returns a table as WriteCSV writes it.
func csv(t testing.TB, db *Database, name string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	_, err := db.WriteCSV(&out, tableNamed(t, db, name))
	return out.String(), err
}
