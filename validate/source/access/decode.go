package access

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"unicode/utf8"

	"mhsds/validate/batch"
	"mhsds/validate/source"
)

// tileRows is how many rows are decoded column by column before the next: as
// many as a word has bits, and few enough that the rows stay in the nearest
// cache.
const tileRows = 64

// A table with long values takes fewer, and a batch ends after the tile that
// brings its written values to maxWritten bytes. As no value is longer than
// maxValue, a batch of one long column stays below 20 MiB.
const (
	longTileRows = 16
	maxWritten   = 4 << 20
)

// maxValue bounds a value, in bytes of UTF-8; a longer one is a fault and null.
const maxValue = 1 << 20

// A decoder turns blocks into batches. Text that is plain ASCII in the page is
// pointed at where it lies; all other values are written behind the pages:
//
//	blk.Data  page│page│…│page│moved rows│slack│ written values │slack
//	                                     ▲ payload              ▲ out
type decoder struct {
	r    *reader
	ops  []op
	tile int // rows of a tile
	sets []presence
	long *pageCache
	big  []byte // a long value of several parts

	blk  *source.Block
	b    *batch.Batch
	text []byte // blk.Data up to its capacity
	out  int    // where in text the next value goes

	yes, no batch.Cell
	undated int64
}

// An op decodes a column of the table into one of the batch.
type op struct {
	column *Column
	dest   int

	number int // its place in the null mask
	back   int // from the null mask back to the offset of a variable column
	index  int // among the variable columns, -1 for a fixed one
	offset int // of a fixed column from the beginning of the row
	size   int
}

// A presence says which rows of a tile have a value in which of 64 columns by
// number. A row has one word of its null mask for them, and a column needs one
// bit of every row: the rows' words are turned over into columns' words. About
// every third value is null in no order that a processor could guess, so that
// going from one set bit to the next beats a look at every row.
type presence struct {
	first int // the least number of its columns
	count int // of its columns

	// withVars[n] has the columns that a row of n variable columns may have;
	// more than that make no difference.
	withVars []uint64

	// rows[c] has bit r for each row r of the tile that has a value of column
	// first+c.
	rows [tileRows]uint64
}

// newPresences returns those of the columns of the ops.
func newPresences(ops []op) []presence {
	numbers, vars := 0, 0
	for i := range ops {
		numbers, vars = max(numbers, ops[i].number+1), max(vars, ops[i].index+1)
	}
	sets := make([]presence, (numbers+63)/64)
	for s := range sets {
		p := &sets[s]
		p.first, p.count = 64*s, min(numbers-64*s, 64)
		p.withVars = make([]uint64, vars+1)
		for i := range ops {
			if o := &ops[i]; o.number/64 == s {
				for n := o.index + 1; n <= vars; n++ {
					p.withVars[n] |= 1 << (o.number % 64)
				}
			}
		}
	}
	return sets
}

// take looks at the null masks of a tile. Behind the end of each eight bytes
// for each presence must be readable, whatever they are.
func (p *presence) take(text []byte, tile []rowRef) {
	for i := range tile {
		ref := &tile[i]
		has := le64(text[int(ref.at)+int(ref.mask)+p.first/8:])
		has &= 1<<max(int(ref.count)-p.first, 0) - 1
		p.rows[i&(tileRows-1)] = has & p.withVars[min(int(ref.vars), len(p.withVars)-1)]
	}
	clear(p.rows[len(tile):])
	p.turn()
}

// turn makes rows' words into columns' words: bit c of word r becomes bit r of
// word c. Blocks change places across the diagonal, half as large each time;
// those of columns that do not exist are left out as soon as they are apart.
func (p *presence) turn() {
	m := &p.rows
	words := len(m)
	for size, low := 32, uint64(1<<32-1); size > 0; size /= 2 {
		for k := 0; k < words; k = (k + size + 1) &^ size {
			a, b := &m[k&63], &m[(k+size)&63]
			t := (*a>>size ^ *b) & low
			*a ^= t << size
			*b ^= t
		}
		if p.count <= size {
			words = size
		}
		low ^= low << (size / 2)
	}
}

// Decoder returns a decoder for what Bind has asked for.
func (r *reader) Decoder() source.Decoder {
	d := &decoder{r: r, tile: tileRows, long: newPageCache(r.f)}
	for dest, i := range r.wants {
		if i < 0 || !r.def.Columns[i].Type.Supported() {
			continue
		}
		c := &r.def.Columns[i]
		o := op{column: c, dest: dest, number: c.number}
		if c.Variable {
			o.index, o.back = c.index, 6+2*c.index
		} else {
			o.index, o.offset, o.size = -1, 2+c.offset, c.size()
		}
		if c.Type.long() {
			d.tile = longTileRows
		}
		d.ops = append(d.ops, o)
	}
	d.sets = newPresences(d.ops)
	return d
}

// Decode fills b with the next rows of blk.
func (d *decoder) Decode(blk *source.Block, b *batch.Batch, limit int) (more bool, err error) {
	st := blk.State.(*blockState)
	rows := st.rows[blk.Pos:]
	rows = rows[:min(len(rows), limit)]
	b.Reset(len(d.r.wants), len(rows))
	b.Rows = len(rows)
	d.blk, d.b = blk, b
	d.text = blk.Data[:cap(blk.Data)]
	d.out = st.payload + batch.Slack
	d.undated = 0
	d.reserve(len("true") + len("false") + 8*len(d.sets))
	d.yes, d.no = d.word("true"), d.word("false")
	for i := range d.ops {
		if o := &d.ops[i]; o.column.Type.Family() == source.DateTime {
			b.SetTyped(o.dest, len(rows))
		}
	}
	done := 0
	for done < len(rows) && d.out-st.payload < maxWritten {
		tile := rows[done:min(done+d.tile, len(rows))]
		for i := range d.sets {
			d.sets[i].take(d.text, tile)
		}
		for i := range d.ops {
			o := &d.ops[i]
			if err := d.column(o, tile, d.sets[o.number/64].rows[o.number%64], done); err != nil {
				return false, err
			}
		}
		done += len(tile)
	}
	if done < len(rows) {
		b.Truncate(done)
	}
	d.reserve(0)
	b.Text = d.text[:d.out+batch.Slack]
	if len(b.Faults) > 1 {
		slices.SortFunc(b.Faults, func(x, y batch.Fault) int {
			return cmp.Or(cmp.Compare(x.Row, y.Row), cmp.Compare(x.Column, y.Column), cmp.Compare(x.Check, y.Check))
		})
	}
	if d.undated > 0 {
		d.r.undated.Add(d.undated)
	}
	blk.Pos += done
	return blk.Pos < len(st.rows), nil
}

// reserve makes room for n bytes at out, and for the slack behind them.
func (d *decoder) reserve(n int) {
	if need := d.out + n + batch.Slack; need > len(d.text) {
		d.grow(need)
	}
}

// grow moves the text. Slices of the old one stay as they are.
func (d *decoder) grow(need int) {
	// A quarter to spare: what a table's blocks need varies little.
	text := make([]byte, need+need/4)
	copy(text, d.text[:d.out])
	d.blk.Data = text[:len(d.blk.Data)]
	d.text = text
}

// word writes a word that many cells point at.
func (d *decoder) word(s string) batch.Cell {
	off := d.out
	d.out += copy(d.text[off:], s)
	return batch.MakeCell(off, len(s))
}

// column decodes one column of a tile whose first row is the batch's first;
// rows are those that have a value.
func (d *decoder) column(o *op, tile []rowRef, rows uint64, first int) error {
	c := &d.b.Columns[o.dest]
	switch {
	case o.column.Type == Text && !o.column.Calculated:
		d.texts(o, c, tile, rows, first)
	case o.column.Type == Boolean && !o.column.Calculated:
		d.booleans(c, len(tile), rows, first)
	case o.column.Type == DateTime && !o.column.Calculated && !o.column.Variable:
		d.dates(o, c, tile, rows, first)
	case o.column.Type.Family() == source.DateTime:
		d.otherDates(o, c, tile, rows, first)
	case o.column.Type.long():
		return d.longs(o, c, tile, rows, first)
	default:
		d.others(o, c, tile, rows, first)
	}
	return nil
}

// bounds returns where in the text the value of a row lies that has one.
func (o *op) bounds(text []byte, ref *rowRef) (off, n int) {
	at := int(ref.at)
	if o.index < 0 {
		return at + o.offset, o.size
	}
	ends := le32(text[at+int(ref.mask)-o.back:]) // its end, then its beginning
	return at + int(ends>>16), int(ends&0xffff) - int(ends>>16)
}

// visible tells the ordinary characters that are no space.
func visible(u uint64) bool { return u-'!' <= '~'-'!' }

func (d *decoder) texts(o *op, c *batch.Column, tile []rowRef, rows uint64, first int) {
	cells := c.Cells[first : first+len(tile)]
	text := d.text
	for ; rows != 0; rows &= rows - 1 {
		i := bits.TrailingZeros64(rows)
		off, n := o.bounds(text, &tile[i])
		// Codes of one and two characters are most of what there is, and are
		// not worth compressing to Access.
		head := le64(text[off:])
		switch {
		case n < 2:
			continue // empty, or half a character
		case n == 2 && visible(head&0xffff):
			cells[i] = batch.MakeCell(off, 1)
			continue
		case n == 4 && visible(head&0xffff) && visible(head>>16&0xffff) && d.out+2*batch.Slack <= len(text):
			binary.LittleEndian.PutUint16(text[d.out:], uint16(head|head>>8))
			cells[i] = batch.MakeCell(d.out, 2)
			d.out += 2
			continue
		case head&0xffff == compressedMark:
			fine := false
			switch v, m := text[off+2:], n-2; {
			case m <= 8:
				fine = strange(ending(le64(v), m)) == 0
			case m <= 16:
				fine = strange(le64(v))|strange(le64(v[m-8:])) == 0
			default:
				fine = ordinary(v, 0, m)
			}
			if !fine {
				d.oddText(c, o.dest, first+i, text[off:off+n])
				text = d.text
				continue
			}
			off, n = off+2, n-2
		default:
			if d.out+n+2*batch.Slack > len(text) {
				d.reserve(n + 2*batch.Slack)
				text = d.text
			}
			if !narrow(text, d.out, off, n/2) {
				d.oddText(c, o.dest, first+i, text[off:off+n])
				text = d.text
				continue
			}
			off, n = d.out, n/2
			d.out += n
		}
		if n == 0 {
			continue
		}
		if text[off] == ' ' || text[off+n-1] == ' ' {
			off, n = trim(c, text, off, n, first+i)
		}
		cells[i] = batch.MakeCell(off, n)
	}
}

// trim takes the spaces off both ends of a value and counts it.
func trim(c *batch.Column, text []byte, off, n, row int) (int, int) {
	was := n
	for n > 0 && text[off+n-1] == ' ' {
		n--
	}
	for n > 0 && text[off] == ' ' {
		off, n = off+1, n-1
	}
	if n != was {
		// Tiles come in order, so the first row counted is the first.
		if c.Padded == 0 {
			c.PaddedRow = row
		}
		c.Padded++
	}
	if n == 0 {
		return 0, 0
	}
	return off, n
}

// oddText decodes a text that is not all ordinary characters.
func (d *decoder) oddText(c *batch.Column, col, row int, v []byte) {
	// A character of one byte takes two at most, one of two takes three, and
	// half a surrogate pair at the end three.
	d.reserve(2*len(v) + 3)
	off := d.out
	n := len(appendText(d.text[off:off], v))
	d.place(c, col, row, off, n)
}

// place makes the n bytes of text written at off the row's value.
func (d *decoder) place(c *batch.Column, col, row, off, n int) {
	if n == 0 {
		return
	}
	off, n = trim(c, d.text, off, n, row)
	if n > maxValue {
		d.b.Faults = append(d.b.Faults, batch.Fault{Row: row, Column: col, Check: "oversized_field"})
		return
	}
	if n == 0 {
		return
	}
	control := false
	for _, x := range d.text[off : off+n] {
		switch {
		case x >= utf8.RuneSelf:
			c.Odd = true
		case x == '\n' || x == '\r':
			c.Odd = true
		case x < ' ' && x != '\t' || x == 0x7f:
			control = true
		}
	}
	if control {
		d.b.Faults = append(d.b.Faults, batch.Fault{Row: row, Column: col, Check: "control_character"})
	}
	c.Cells[row] = batch.MakeCell(off, n)
	d.out = max(d.out, off+n)
}

func (d *decoder) booleans(c *batch.Column, n int, rows uint64, first int) {
	cells := c.Cells[first : first+n]
	for i := range cells {
		cells[i] = d.no
	}
	for ; rows != 0; rows &= rows - 1 {
		cells[bits.TrailingZeros64(rows)] = d.yes
	}
}

func (d *decoder) dates(o *op, c *batch.Column, tile []rowRef, rows uint64, first int) {
	stamps := c.Stamps[first : first+len(tile)]
	for ; rows != 0; rows &= rows - 1 {
		i := bits.TrailingZeros64(rows)
		stamps[i] = d.stamp(d.text[int(tile[i].at)+o.offset:])
	}
}

// stamp returns the stamp of a Date/Time. Fractions of a second are dropped
// once the time is rounded to the millisecond.
func (d *decoder) stamp(v []byte) batch.Stamp {
	day, millis, ok := splitDate(math.Float64frombits(le64(v)))
	if !ok {
		d.undated++
		return batch.Stamp{Day: batch.Unreadable}
	}
	return batch.Stamp{Day: day, Second: millis / 1000}
}

func (d *decoder) otherDates(o *op, c *batch.Column, tile []rowRef, rows uint64, first int) {
	for ; rows != 0; rows &= rows - 1 {
		i := bits.TrailingZeros64(rows)
		off, n := o.bounds(d.text, &tile[i])
		if n <= 0 {
			continue
		}
		v, ok := o.column.plainValue(d.text[off : off+n])
		if !ok || len(v) == 0 {
			continue
		}
		if o.column.Type == DateTime {
			c.Stamps[first+i] = d.stamp(v)
			continue
		}
		day, second, _, ok := splitExtended(v)
		if !ok {
			d.undated++
			c.Stamps[first+i] = batch.Stamp{Day: batch.Unreadable}
			continue
		}
		c.Stamps[first+i] = batch.Stamp{Day: day, Second: second}
	}
}

// others decodes numbers, GUIDs, binaries and calculated columns.
func (d *decoder) others(o *op, c *batch.Column, tile []rowRef, rows uint64, first int) {
	for ; rows != 0; rows &= rows - 1 {
		i := bits.TrailingZeros64(rows)
		off, n := o.bounds(d.text, &tile[i])
		if n <= 0 {
			continue
		}
		v, ok := o.column.plainValue(d.text[off : off+n])
		if !ok || len(v) == 0 {
			continue
		}
		if o.column.Type == Text {
			d.oddText(c, o.dest, first+i, v)
			continue
		}
		// 310 digits and a sign for the longest number, "0x" and two digits a
		// byte for a binary.
		d.reserve(512 + 2*len(v))
		at := d.out
		d.out = at + len(o.column.appendPlain(d.text[at:at], v))
		c.Cells[first+i] = batch.MakeCell(at, d.out-at)
	}
}

// appendPlain appends a value that is neither text, date nor long, as rules
// see it.
func (c *Column) appendPlain(dst, v []byte) []byte {
	t := c.Type
	if c.Calculated {
		switch {
		case t == Numeric:
			return appendCalcNumeric(dst, v)
		case t == Boolean:
			return strconv.AppendBool(dst, v[0] != 0)
		case t.Family() == source.Number && len(v) < t.info().size:
			t, _ = calcType(len(v))
			if t == Boolean {
				return strconv.AppendBool(dst, v[0] != 0)
			}
		}
	}
	switch t {
	case Byte:
		return strconv.AppendUint(dst, uint64(v[0]), 10)
	case Integer:
		return strconv.AppendInt(dst, int64(int16(le16(v))), 10)
	case Long:
		return strconv.AppendInt(dst, int64(int32(le32(v))), 10)
	case BigInt:
		return strconv.AppendInt(dst, int64(le64(v)), 10)
	case Currency:
		return appendCurrency(dst, int64(le64(v)), 2)
	case Single:
		return appendFloat(dst, float64(math.Float32frombits(le32(v))), 32)
	case Double:
		return appendFloat(dst, math.Float64frombits(le64(v)), 64)
	case Numeric:
		return appendNumeric(dst, v, c.Scale)
	case GUID:
		return appendGUID(dst, v)
	default:
		return appendHex(dst, v)
	}
}

// longs decodes memo and OLE columns.
func (d *decoder) longs(o *op, c *batch.Column, tile []rowRef, rows uint64, first int) error {
	for ; rows != 0; rows &= rows - 1 {
		i := bits.TrailingZeros64(rows)
		off, n := o.bounds(d.text, &tile[i])
		if n <= 0 {
			continue
		}
		var l longValue
		if err := l.open(d.long, d.text[off:off+n]); err != nil {
			continue // Next has counted it
		}
		if l.left > 2*maxValue+calcWrapping && o.column.Type == Memo || l.left > maxValue && o.column.Type == OLE {
			// UTF-8 is at least half as long, but for what would be trimmed.
			d.b.Faults = append(d.b.Faults, batch.Fault{Row: first + i, Column: o.dest, Check: "oversized_field"})
			continue
		}
		v, err := l.bytes(&d.big)
		if errors.Is(err, source.ErrDamaged) {
			continue
		}
		if err != nil {
			return err
		}
		if o.column.Calculated {
			var ok bool
			if v, ok = unwrap(v); !ok {
				continue
			}
		}
		if len(v) == 0 {
			continue
		}
		if o.column.Type == Memo {
			d.oddText(c, o.dest, first+i, v)
			continue
		}
		d.reserve(2 + 2*len(v))
		at := d.out
		d.place(c, o.dest, first+i, at, len(appendHex(d.text[at:at], v)))
	}
	return nil
}
