// Package database writes submissions as databases for tests and measurements:
// the pages that a reader of Access files needs, and no more.
//
// Access itself does not open them, though mdbtools reads them. They have no
// indexes, no system tables but the catalogue, and no properties; so nobody is
// to be given one. What they are for is to hold any made-up submission as a
// database does, with typed columns and rows on pages, where the databases that
// Access or Jackcess wrote hold three. The layout is the one that package access
// draws.
package database

import (
	"crypto/rc4"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
	"unicode/utf16"

	"mhsds/dictionary"
)

const (
	pageSize      = 4096
	typeData      = 1
	typeTable     = 2 // a table's definition
	typeMap       = 5 // a part of a map of pages
	cataloguePage = 2
	slotsAt       = 14
	maxSlots      = 255

	// mapPages is how many pages one part of a map covers.
	mapPages = (pageSize - 4) * 8

	// textLength is the greatest number of characters of a text column; longer
	// ones are memos.
	textLength = 255
)

// The codes of the types of columns.
const (
	integer  = 3
	long     = 4
	double   = 7
	dateTime = 8
	text     = 10
	memo     = 12
)

// A Database writes tables into one database, in memory until Close. It
// implements synthetic.Writer.
//
// A column has the type of its field if every value fits it: dates and times,
// and digits that are stored as a number. One that does not, a date that the
// calendar lacks, makes the column one of text, as a supplier would have to.
type Database struct {
	w       io.Writer
	pages   [][]byte
	entries []entry // of the catalogue

	table  *dictionary.Table
	values []byte // of the table's rows, end to end
	ends   []int  // of each value
	odd    []string
}

type entry struct {
	name string
	page int // of the definition
}

// New returns a writer that writes the database to w when it is closed.
func New(w io.Writer) *Database {
	d := &Database{w: w}
	header := d.page(d.add())
	copy(header, "\x00\x01\x00\x00Standard ACE DB\x00")
	header[0x14] = 3 // Access 2010
	// What follows is zeros, which say that nothing is encrypted, under a fixed
	// stream of bytes.
	if c, err := rc4.NewCipher([]byte{0xc7, 0xda, 0x39, 0x6b}); err == nil {
		c.XORKeyStream(header[0x18:0x18+128], header[0x18:0x18+128])
	}
	d.add() // the map of free pages, which readers ignore
	d.add() // the catalogue
	return d
}

func (d *Database) add() int {
	d.pages = append(d.pages, make([]byte, pageSize))
	return len(d.pages) - 1
}

func (d *Database) page(n int) []byte { return d.pages[n] }

// Odd lists the columns, as table and field, that hold text because some value
// does not fit the type of its field.
func (d *Database) Odd() []string { return d.odd }

// Begin implements Writer.
func (d *Database) Begin(t *dictionary.Table) error {
	d.table, d.values, d.ends = t, d.values[:0], d.ends[:0]
	return nil
}

// Row implements Writer.
func (d *Database) Row(values [][]byte) error {
	for _, v := range values {
		d.values = append(d.values, v...)
		d.ends = append(d.ends, len(d.values))
	}
	return nil
}

// value is the i-th value since Begin.
func (d *Database) value(i int) []byte {
	from := 0
	if i > 0 {
		from = d.ends[i-1]
	}
	return d.values[from:d.ends[i]]
}

// A column is one of a table.
type column struct {
	name   string
	kind   byte
	length int // in bytes
	place  int // among the columns of variable length, or offset among the others
}

func (c *column) variable() bool { return c.kind == text || c.kind == memo }

// End implements Writer.
func (d *Database) End() error {
	t := d.table
	width := len(t.Fields)
	columns := make([]column, width)
	for i := range t.Fields {
		columns[i] = d.column(i)
	}
	place(columns)
	owner := d.add()
	rows := make([][]byte, 0, len(d.ends)/max(width, 1))
	for at := 0; at+width <= len(d.ends); at += width {
		row, err := encode(columns, func(i int) []byte { return d.value(at + i) })
		if err != nil {
			return fmt.Errorf("database: table %s: %w", t.Name, err)
		}
		rows = append(rows, row)
	}
	d.entries = append(d.entries, entry{t.Name, owner})
	d.write(owner, columns, rows, 0x4e)
	return nil
}

// column decides how a field is stored.
func (d *Database) column(i int) column {
	f := &d.table.Fields[i]
	c := column{name: f.Name, kind: text, length: 2 * textLength}
	var fits func([]byte) bool
	switch f.Type {
	case dictionary.Date, dictionary.Time, dictionary.DateTime:
		c.kind, c.length = dateTime, 8
		fits = func(v []byte) bool { _, ok := days(string(v)); return ok }
	case dictionary.Number:
		c.kind, c.length = double, 8
		fits = func(v []byte) bool { _, ok := number(string(v)); return ok }
	}
	longest := 0
	for k := i; k < len(d.ends); k += len(d.table.Fields) {
		v := d.value(k)
		longest = max(longest, len(v)) // which bounds the characters from above
		if fits != nil && len(v) > 0 && !fits(v) {
			c.kind, c.length, fits = text, 2*textLength, nil
			d.odd = append(d.odd, d.table.Name+"."+f.Name)
		}
	}
	if c.kind == text && longest > textLength {
		c.kind, c.length = memo, 0
	}
	return c
}

// place gives the columns their places in a row.
func place(columns []column) {
	variable, offset := 0, 0
	for i := range columns {
		if c := &columns[i]; c.variable() {
			c.place = variable
			variable++
		} else {
			c.place = offset
			offset += c.length
		}
	}
}

// encode makes a row.
func encode(columns []column, value func(i int) []byte) ([]byte, error) {
	fixed, variables := 0, 0
	for i := range columns {
		if columns[i].variable() {
			variables++
		} else {
			fixed += columns[i].length
		}
	}
	row := binary.LittleEndian.AppendUint16(nil, uint16(len(columns)))
	row = append(row, make([]byte, fixed)...)
	mask := make([]byte, (len(columns)+7)/8)
	starts := make([]int, 0, variables)
	for i := range columns {
		c := &columns[i]
		v := value(i)
		if len(v) > 0 {
			mask[i/8] |= 1 << (i % 8)
		}
		if c.variable() {
			starts = append(starts, len(row))
			if len(v) > 0 {
				row = c.appendText(row, v)
			}
			continue
		}
		if len(v) > 0 {
			copy(row[2+c.place:], c.fixed(v))
		}
	}
	if variables > 0 {
		row = binary.LittleEndian.AppendUint16(row, uint16(len(row)))
		for i := len(starts) - 1; i >= 0; i-- {
			row = binary.LittleEndian.AppendUint16(row, uint16(starts[i]))
		}
		row = binary.LittleEndian.AppendUint16(row, uint16(len(starts)))
	}
	row = append(row, mask...)
	if len(row) > pageSize-slotsAt-2 {
		return nil, errors.New("a row is longer than a page")
	}
	return row, nil
}

// appendText appends a value of a column of text, with each character in one
// byte if it can be.
func (c *column) appendText(row, v []byte) []byte {
	coded := []byte{0xff, 0xfe}
	for _, b := range v {
		if b == 0 || b >= 0x80 {
			coded = nil
			break
		}
		coded = append(coded, b)
	}
	if len(v) < 3 || coded == nil {
		coded = wide(string(v))
	}
	if c.kind == memo { // kept in the row itself
		row = binary.LittleEndian.AppendUint32(row, uint32(len(coded))|2<<30)
		row = append(row, make([]byte, 8)...)
	}
	return append(row, coded...)
}

// fixed is the value of a column of fixed length.
func (c *column) fixed(v []byte) []byte {
	switch c.kind {
	case dateTime:
		f, _ := days(string(v))
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(f))
	case double:
		f, _ := number(string(v))
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(f))
	}
	return v // which is in the form of the file already
}

func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// days reads a date, a date with a time or a time as days since 1899-12-30; the
// fraction counts forward on days before it too.
func days(v string) (float64, bool) {
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04:05", "15:04:05"} {
		if len(v) != len(layout) {
			continue
		}
		at, err := time.Parse(layout, v)
		if err != nil || layout != "15:04:05" && at.Year() < 100 {
			return 0, false
		}
		h, m, s := at.Clock()
		part := float64((h*60+m)*60+s) / (24 * 60 * 60)
		if layout == "15:04:05" {
			return part, true
		}
		day := math.Floor(float64(at.Unix())/(24*60*60)) + 25569
		if day < 0 {
			part = -part
		}
		return day + part, true
	}
	return 0, false
}

// number reads digits that come back as they are.
func number(v string) (float64, bool) {
	n, err := strconv.ParseInt(v, 10, 64)
	return float64(n), err == nil && strconv.FormatInt(n, 10) == v && n < 1e15 && n > -1e15
}

// write writes rows to data pages, the map of these pages, and the definition.
func (d *Database) write(owner int, columns []column, rows [][]byte, kind byte) {
	var owned []int
	for next := 0; next < len(rows); {
		n := d.add()
		owned = append(owned, n)
		next += d.fill(d.page(n), owner, rows[next:])
	}
	d.define(owner, definition(columns, len(rows), d.mapOf(owned), kind))
}

// fill makes a data page of as many rows as there is room for.
func (d *Database) fill(p []byte, owner int, rows [][]byte) (n int) {
	p[0], p[1] = typeData, 1
	binary.LittleEndian.PutUint32(p[4:], uint32(owner))
	end := pageSize
	for n < min(len(rows), maxSlots) && end-len(rows[n]) >= slotsAt+2*(n+1) {
		end -= len(rows[n])
		copy(p[end:], rows[n])
		binary.LittleEndian.PutUint16(p[slotsAt+2*n:], uint16(end))
		n++
	}
	binary.LittleEndian.PutUint16(p[12:], uint16(n))
	return n
}

// mapOf writes the map of a table's pages, and returns the page whose first row
// it is.
func (d *Database) mapOf(owned []int) int {
	refer := []byte{1}
	for i := 0; i < len(owned); {
		part := owned[i] / mapPages
		for len(refer) < 1+4*part {
			refer = append(refer, 0, 0, 0, 0)
		}
		n := d.add()
		p := d.page(n)
		p[0] = typeMap
		for ; i < len(owned) && owned[i]/mapPages == part; i++ {
			bit := owned[i] % mapPages
			p[4+bit/8] |= 1 << (bit % 8)
		}
		refer = binary.LittleEndian.AppendUint32(refer, uint32(n))
	}
	n := d.add()
	d.fill(d.page(n), 0, [][]byte{refer})
	return n
}

// definition makes a table's definition.
func definition(columns []column, rows, mapPage int, kind byte) []byte {
	b := make([]byte, 63)
	variables := 0
	for i := range columns {
		if columns[i].variable() {
			variables++
		}
	}
	binary.LittleEndian.PutUint32(b[16:], uint32(rows))
	b[40] = kind
	binary.LittleEndian.PutUint16(b[41:], uint16(len(columns)))
	binary.LittleEndian.PutUint16(b[43:], uint16(variables))
	binary.LittleEndian.PutUint16(b[45:], uint16(len(columns)))
	binary.LittleEndian.PutUint32(b[55:], uint32(mapPage)<<8)
	for i := range columns {
		c := &columns[i]
		e := make([]byte, 25)
		e[0] = c.kind
		binary.LittleEndian.PutUint16(e[5:], uint16(i))
		e[15] = 0x02 // may be null
		if c.variable() {
			binary.LittleEndian.PutUint16(e[7:], uint16(c.place))
		} else {
			e[15] |= 0x01
			binary.LittleEndian.PutUint16(e[21:], uint16(c.place))
		}
		binary.LittleEndian.PutUint16(e[23:], uint16(c.length))
		b = append(b, e...)
	}
	for i := range columns {
		name := wide(columns[i].name)
		b = binary.LittleEndian.AppendUint16(b, uint16(len(name)))
		b = append(b, name...)
	}
	binary.LittleEndian.PutUint32(b[8:], uint32(len(b)))
	return b
}

// define writes a definition to page n, and to as many more as it needs.
func (d *Database) define(n int, b []byte) {
	for at := 0; ; at = 8 {
		p := d.page(n)
		b = b[copy(p[at:], b):]
		p[0], p[1] = typeTable, 1
		if len(b) == 0 {
			return
		}
		n = d.add()
		binary.LittleEndian.PutUint32(p[4:], uint32(n))
	}
}

// Close writes the catalogue, and then everything.
func (d *Database) Close() error {
	columns := []column{
		{name: "Id", kind: long, length: 4}, {name: "Name", kind: text, length: 2 * textLength},
		{name: "Type", kind: integer, length: 2}, {name: "Flags", kind: long, length: 4},
		{name: "Database", kind: memo}, {name: "ForeignName", kind: text, length: 2 * textLength},
		{name: "LvProp", kind: memo},
	}
	place(columns)
	var rows [][]byte
	for _, e := range d.entries {
		row, err := encode(columns, func(i int) []byte {
			switch i {
			case 0:
				return binary.LittleEndian.AppendUint32(nil, uint32(e.page))
			case 1:
				return []byte(e.name)
			case 2:
				return []byte{1, 0} // a table of the database
			case 3:
				return make([]byte, 4) // and a user's
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("database: %w", err)
		}
		rows = append(rows, row)
	}
	d.write(cataloguePage, columns, rows, 0x53)
	for _, p := range d.pages {
		if _, err := d.w.Write(p); err != nil {
			return fmt.Errorf("database: %w", err)
		}
	}
	return nil
}
