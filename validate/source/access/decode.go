package access

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"mhsds/validate/batch"
	"mhsds/validate/source"
)

// tileRows is how many rows are decoded column by column before the next:
// few enough that the ends of the rows, which every column looks at, stay in
// the nearest cache. A power of two, as present needs.
const tileRows = 128

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
	mask int // how far behind a row's end present may look for a bit of the null mask
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

	number    int // a row of as many columns or fewer has no value
	maskByte  int // of the column's bit, from the null mask
	maskShift int
	back      int // from the null mask back to the offset of a variable column
	index     int // among the variable columns, -1 for a fixed one
	offset    int // of a fixed column from the beginning of the row
	size      int
}

// Decoder returns a decoder for what Bind has asked for.
func (r *reader) Decoder() source.Decoder {
	d := &decoder{r: r, tile: tileRows, long: newPageCache(r.f)}
	for dest, i := range r.wants {
		if i < 0 || !r.def.Columns[i].Type.Supported() {
			continue
		}
		c := &r.def.Columns[i]
		o := op{column: c, dest: dest, number: c.number, maskByte: c.number / 8, maskShift: c.number % 8}
		if c.Variable {
			o.index, o.back = c.index, 6+2*c.index
		} else {
			o.index, o.offset, o.size = -1, 2+c.offset, c.size()
		}
		if c.Type.long() {
			d.tile = longTileRows
		}
		d.mask = max(d.mask, o.maskByte+1)
		d.ops = append(d.ops, o)
	}
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
	d.reserve(len("true") + len("false") + d.mask)
	d.yes, d.no = d.word("true"), d.word("false")
	for i := range d.ops {
		if o := &d.ops[i]; o.column.Type.Family() == source.DateTime {
			b.SetTyped(o.dest, len(rows))
		}
	}
	done := 0
	for done < len(rows) && d.out-st.payload < maxWritten {
		tile := rows[done:min(done+d.tile, len(rows))]
		for i := range d.ops {
			if err := d.column(&d.ops[i], tile, done); err != nil {
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

// column decodes one column of a tile whose first row is the batch's first.
func (d *decoder) column(o *op, tile []rowRef, first int) error {
	c := &d.b.Columns[o.dest]
	switch {
	case o.column.Type == Text && !o.column.Calculated:
		d.texts(o, c, tile, first)
	case o.column.Type == Boolean && !o.column.Calculated:
		d.booleans(o, c, tile, first)
	case o.column.Type == DateTime && !o.column.Calculated && !o.column.Variable:
		d.dates(o, c, tile, first)
	case o.column.Type.Family() == source.DateTime:
		d.otherDates(o, c, tile, first)
	case o.column.Type.long():
		return d.longs(o, c, tile, first)
	default:
		d.others(o, c, tile, first)
	}
	return nil
}

// present writes the rows of a tile that have a value of the column, in order,
// and returns how many. About every third cell is null in no order that a
// processor could guess, so the rows are taken without a branch on it.
func (o *op) present(text []byte, tile []rowRef, rows *[tileRows]uint8) int {
	n := 0
	number, index, maskByte, shift := o.number, o.index, o.maskByte, o.maskShift&7
	for i := range tile {
		ref := &tile[i]
		has := text[int(ref.at)+int(ref.mask)+maskByte] >> shift
		has &= uint8(uint64(number-int(ref.count))>>63) & uint8(uint64(index-int(ref.vars))>>63)
		rows[n&(tileRows-1)] = uint8(i)
		n += int(has & 1)
	}
	return n
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

// find returns where in the text a row's value lies; n is negative for null.
func (o *op) find(text []byte, ref *rowRef) (off, n int) {
	if o.number >= int(ref.count) || o.index >= int(ref.vars) || text[int(ref.at)+int(ref.mask)+o.maskByte]>>o.maskShift&1 == 0 {
		return 0, -1
	}
	return o.bounds(text, ref)
}

func (d *decoder) texts(o *op, c *batch.Column, tile []rowRef, first int) {
	cells := c.Cells[first : first+len(tile)]
	text := d.text
	var rows [tileRows]uint8
	for _, r := range rows[:o.present(text, tile, &rows)] {
		i := int(r)
		off, n := o.bounds(text, &tile[i])
		if n < 2 {
			continue // empty, or half a character
		}
		if text[off] == 0xff && text[off+1] == 0xfe {
			if !ordinary(text, off+2, n-2) {
				d.oddText(c, o.dest, first+i, text[off:off+n])
				text = d.text
				continue
			}
			off, n = off+2, n-2
		} else {
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

func (d *decoder) booleans(o *op, c *batch.Column, tile []rowRef, first int) {
	cells := c.Cells[first : first+len(tile)]
	for i := range tile {
		ref := &tile[i]
		cells[i] = d.no
		if o.number < int(ref.count) && d.text[int(ref.at)+int(ref.mask)+o.maskByte]>>o.maskShift&1 != 0 {
			cells[i] = d.yes
		}
	}
}

func (d *decoder) dates(o *op, c *batch.Column, tile []rowRef, first int) {
	stamps := c.Stamps[first : first+len(tile)]
	var rows [tileRows]uint8
	for _, r := range rows[:o.present(d.text, tile, &rows)] {
		stamps[r] = d.stamp(d.text[int(tile[r].at)+o.offset:])
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

func (d *decoder) otherDates(o *op, c *batch.Column, tile []rowRef, first int) {
	for i := range tile {
		off, n := o.find(d.text, &tile[i])
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
func (d *decoder) others(o *op, c *batch.Column, tile []rowRef, first int) {
	for i := range tile {
		off, n := o.find(d.text, &tile[i])
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
func (d *decoder) longs(o *op, c *batch.Column, tile []rowRef, first int) error {
	for i := range tile {
		off, n := o.find(d.text, &tile[i])
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
