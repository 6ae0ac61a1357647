package spreadsheet

import "bytes"

// A kind says how the value of a cell is written.
type kind uint8

const (
	number  kind = iota
	shared       // the index of a shared string
	text         // between tags: of a formula that gives text, or an error
	rich         // an inline string
	boolean      // 0 or 1
	isoDate      // 2026-09-01T00:00:00
)

// A cell is a cell of a row as the sheet has it, with a value or a formula.
type cell struct {
	column   int   // from 0
	from, to int   // its value, in the text of the block
	style    int32 // index in the workbook's
	kind     kind
	formula  bool
	valued   bool // <v> or <is> is there, perhaps with nothing in it
}

// maxColumns is the number of columns that a sheet may have.
const maxColumns = 16384

// appendCells appends the cells that are in data[p:end], the inside of a row,
// in the order of their columns. It reports false for what is no row: tags
// without an end, cells in another order, or two in one place.
func appendCells(cells []cell, data []byte, p, end int) (_ []cell, ok bool) {
	column := -1 // of the cell before
	for {
		i := bytes.IndexByte(data[p:end], '<')
		if i < 0 {
			return cells, true
		}
		p += i
		if n := misc(data[p:end]); n != 0 {
			if p += n; n < 0 {
				return cells, false
			}
			continue
		}
		c := cell{column: column + 1}
		next, is, empty, ok := cellTag(&c, data, p, end)
		switch {
		case !ok:
			return cells, false
		case !is: // an extension, say
			m, ok := tagAt(data[:end], p)
			switch {
			case !ok || m.closing:
				return cells, false
			case m.empty:
				p = m.next
			default:
				if _, p = closingAt(data[:end], m.next); p < 0 {
					return cells, false
				}
			}
			continue
		case c.column <= column:
			return cells, false
		}
		column = c.column
		if p = next; empty {
			continue
		}
		if p, ok = cellInside(&c, data, p, end); !ok {
			return cells, false
		}
		if c.valued && c.to > c.from || c.formula {
			cells = append(cells, c)
		}
	}
}

// cellTag reads the tag at p if it opens a cell, and returns the place after
// it. ok is false when it has no end.
func cellTag(c *cell, data []byte, p, end int) (next int, is, empty, ok bool) {
	p++
	name := p
	for p < end && !isSpace(data[p]) && data[p] != '>' && data[p] != '/' {
		if data[p] == ':' {
			name = p + 1
		}
		p++
	}
	if p == end || p-name != 1 || data[name] != 'c' {
		return 0, false, false, p < end
	}
	for {
		for p < end && isSpace(data[p]) {
			p++
		}
		if p+1 >= end {
			return 0, true, false, false
		}
		switch data[p] {
		case '>':
			return p + 1, true, false, true
		case '/':
			return p + 2, true, true, data[p+1] == '>'
		}
		name := p
		for p < end && data[p] != '=' && !isSpace(data[p]) && data[p] != '>' {
			p++
		}
		attribute := data[name:p]
		for p < end && (isSpace(data[p]) || data[p] == '=') {
			p++
		}
		if p >= end || data[p] != '"' && data[p] != '\'' {
			return 0, true, false, false
		}
		quote := data[p]
		p++
		from := p
		for p < end && data[p] != quote {
			p++
		}
		if p == end {
			return 0, true, false, false
		}
		if len(attribute) == 1 {
			c.attribute(attribute[0], data[from:p])
		}
		p++
	}
}

// attribute takes in an attribute of the cell's tag.
func (c *cell) attribute(name byte, value []byte) {
	switch name {
	case 'r':
		column := 0
		for _, x := range value {
			if x |= 0x20; x < 'a' || x > 'z' || column > maxColumns {
				break
			}
			column = column*26 + int(x-'a') + 1
		}
		if column > 0 {
			c.column = column - 1
		}
	case 's':
		n := int32(0)
		for _, x := range value {
			if x < '0' || x > '9' || n > 1<<24 {
				return
			}
			n = n*10 + int32(x-'0')
		}
		c.style = n
	case 't':
		switch string(value) {
		case "s":
			c.kind = shared
		case "str", "e":
			c.kind = text
		case "inlineStr":
			c.kind = rich
		case "b":
			c.kind = boolean
		case "d":
			c.kind = isoDate
		}
	}
}

// cellInside reads what is in a cell whose tag ends before p, and returns the
// place after the cell.
func cellInside(c *cell, data []byte, p, end int) (next int, ok bool) {
	for {
		i := bytes.IndexByte(data[p:end], '<')
		if i < 0 || p+i+3 >= end {
			return 0, false
		}
		p += i
		if data[p+1] == 'v' && data[p+2] == '>' {
			// <v>…</v> as nearly every cell has it: no tag is between.
			from := p + 3
			i := bytes.IndexByte(data[from:end], '<')
			if i >= 0 && bytes.HasPrefix(data[from+i:end], []byte("</v>")) {
				c.from, c.to, c.valued = from, from+i, true
				p = from + i + 4
				continue
			}
		}
		for _, open := range []string{"<is><t>", `<is><t xml:space="preserve">`} {
			if !bytes.HasPrefix(data[p:end], []byte(open)) {
				continue
			}
			from := p + len(open)
			i := bytes.IndexByte(data[from:end], '<')
			if i >= 0 && bytes.HasPrefix(data[from+i:end], []byte("</t></is>")) {
				c.from, c.to, c.valued, p = from, from+i, true, from+i+len("</t></is>")
				if c.kind == rich {
					c.kind = text
				}
				break
			}
		}
		m, ok := tagAt(data[:end], p)
		switch {
		case !ok:
			return 0, false
		case m.closing:
			return m.next, string(m.name) == "c"
		}
		name := byte(0)
		switch string(m.name) {
		case "v":
			name = 'v'
		case "is":
			name = 'i'
		case "f":
			name, c.formula = 'f', true
		}
		to := m.next
		p = m.next
		if !m.empty {
			if to, p = closingAt(data[:end], m.next); to < 0 {
				return 0, false
			}
		}
		if name == 'v' || name == 'i' {
			c.from, c.to, c.valued = m.next, to, true
		}
	}
}
