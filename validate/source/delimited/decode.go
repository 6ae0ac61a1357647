package delimited

import (
	"math/bits"
	"unicode/utf8"
	"unsafe"

	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/encoded"
	"mhsds/validate/source/filling"
)

// A decoder turns blocks of its reader into batches.
type decoder struct {
	r        *Reader
	delim    byte
	maxField int

	// column says where the i-th value of a record goes: a column of the
	// batch, or -1. again are the further columns that want a value.
	column []int
	again  []filling.Pair

	cells [][]batch.Cell // of the i-th value, in the batch or in other
	bases []*batch.Cell  // their first cells
	other []batch.Cell   // of the values that nobody wants

	data      []byte // the block's text and batch.Slack bytes
	marks     []uint64
	firstLine int64 // of the block, from 1

	b         *batch.Batch
	rowFaults int    // faults of the rows before this one
	rowPadded []int  // columns of this row from which spaces were trimmed
	high      bool   // this row has a byte outside ASCII
	converted []byte // values of Windows-1252 as UTF-8, to follow the block's text
}

// Decoder implements source.Reader. It is for blocks of this reader only.
func (r *Reader) Decoder() source.Decoder {
	d := &decoder{r: r, delim: r.delim, maxField: r.maxField, cells: make([][]batch.Cell, len(r.columns)), bases: make([]*batch.Cell, len(r.columns))}
	d.column, d.again = filling.Bind(len(r.columns), r.bound)
	return d
}

// Decode implements source.Decoder.
func (d *decoder) Decode(blk *source.Block, b *batch.Batch, max int) (more bool, err error) {
	st := blk.State.(*state)
	n := len(blk.Data)
	if !st.marked {
		st.mark(blk.Data, d.delim)
	}
	d.begin(b, min(max, int(st.left)))
	d.data, d.marks, d.firstLine = blk.Data[:n+batch.Slack], st.marks, st.line

	var (
		pos  = blk.Pos // of a record
		line = blk.Line
		row  = 0
		rows = len(b.Lines)
	)
	for row < rows && pos < n {
		broken := n
		if st.passed < len(st.broken) {
			broken = st.broken[st.passed].start
		}
		if pos == broken {
			rec := st.broken[st.passed]
			st.passed++
			b.Lines[row] = line
			d.skip(row, rec.check)
			row++
			line += int32(countLines(blk.Data[rec.start:rec.end]))
			pos = rec.end
			continue
		}
		to, end := d.plain(row, rows, pos, broken)
		for row < to {
			b.Lines[row] = line
			row++
			line++
		}
		if pos = end; row == rows || pos == broken {
			continue
		}
		if next, empty := skipEmpty(blk.Data, pos); empty > 0 {
			pos, line = next, line+empty
			continue
		}
		b.Lines[row] = line
		pos, line = d.record(row, pos, line)
		row++
	}

	pos, empty := skipEmpty(blk.Data, pos)
	line += empty
	st.left -= line - blk.Line
	blk.Pos, blk.Line = pos, line
	filling.Finish(blk, d.b, d.converted, row, d.again)
	return pos < n, nil
}

// plain stores the values of the records from pos on as long as there is
// nothing odd about them: it goes from mark to mark, and each but for some
// spaces and quotes is a delimiter or LF. It returns the row and the place of
// the first record that it leaves to others.
//
// It is the loop that decides what reading costs. Its loads and stores are
// unchecked: p is the place of a mark and so before the end of the text; row
// is less than rows, for which every column has room.
func (d *decoder) plain(row, rows, pos, broken int) (_, _ int) {
	var (
		text  = unsafe.Pointer(unsafe.SliceData(d.data))
		marks = d.marks
		bases = d.bases
		delim = d.delim
		limit = d.maxField
		word  = pos >> 6
		m     = marks[word] >> (pos & 63) << (pos & 63)
	)
	for row < rows && pos < broken {
		from := pos
		k := 0
		for {
			for m == 0 {
				word++
				if word >= len(marks) {
					return row, pos
				}
				m = marks[word]
			}
			p := word<<6 + bits.TrailingZeros64(m)
			m &= m - 1
			c := *(*byte)(unsafe.Add(text, p))
			if c == delim {
				if k >= len(bases) {
					return row, pos
				}
				*(*batch.Cell)(unsafe.Add(unsafe.Pointer(bases[k]), row<<3)) = batch.MakeCell(from, p-from)
				k++
				from = p + 1
				continue
			}
			if c > '"' && c < 0x7f || c == '!' {
				continue
			}
			next := *(*byte)(unsafe.Add(text, p+1))
			if c == ' ' {
				if p != from && next > ' ' && next != delim {
					continue
				}
				return row, pos
			}
			if c == '"' && p == from {
				for c = ' '; c >= ' ' && c < 0x7f && c != '"'; {
					for m == 0 {
						word++
						m = marks[word]
					}
					p = word<<6 + bits.TrailingZeros64(m)
					m &= m - 1
					c = *(*byte)(unsafe.Add(text, p))
				}
				from++
				next = *(*byte)(unsafe.Add(text, p+1))
				if c != '"' || k >= len(bases) || next != delim && next != '\n' ||
					*(*byte)(unsafe.Add(text, from)) == ' ' || *(*byte)(unsafe.Add(text, p-1)) == ' ' {
					return row, pos
				}
				*(*batch.Cell)(unsafe.Add(unsafe.Pointer(bases[k]), row<<3)) = batch.MakeCell(from, p-from)
				k++
				p++
				if m &= m - 1; p&63 == 0 {
					word++
					m = marks[word] &^ 1
				}
				from = p + 1
				if next == delim {
					continue
				}
				if k != len(bases) || p-pos > limit {
					return row, pos
				}
				pos = from
				row++
				break
			}
			end := p
			if c == '\r' && next == '\n' {
				c = next
				p++
				if m &= m - 1; p&63 == 0 {
					word++
					m = marks[word] &^ 1
				}
			}
			if c != '\n' || k != len(bases)-1 || end == pos || end-pos > limit {
				return row, pos
			}
			*(*batch.Cell)(unsafe.Add(unsafe.Pointer(bases[k]), row<<3)) = batch.MakeCell(from, end-from)
			pos = p + 1
			row++
			break
		}
	}
	return row, pos
}

// record takes in the record at pos, whatever is in it, and returns the place
// and the line of the next one.
func (d *decoder) record(row, pos int, line int32) (int, int32) {
	var (
		data  = d.data
		delim = d.delim
		start = pos
		first = line
		from  = pos // of the value
		k     = 0   // which value it is
		odd   = false
		stray = false
		word  = pos >> 6
		m     = d.marks[word] >> (pos & 63) << (pos & 63)
	)
	for end := false; !end; {
		for m == 0 {
			word++
			m = d.marks[word]
		}
		p := word<<6 + bits.TrailingZeros64(m)
		m &= m - 1
		c := data[p]
		switch {
		case c == delim, c == '\n', c == '\r' && data[p+1] == '\n':
			if odd {
				d.store(row, k, from, p, false, stray)
				odd, stray = false, false
			} else if k < len(d.cells) {
				d.cells[k][row] = batch.MakeCell(from, p-from)
			}
			k++
			pos, from = p, p+1
			end = c != delim

		case c == '"' && spaces(data[from:p]):
			v := unquote(data, p, delim)
			d.store(row, k, v.from, v.to, v.padded || p != from, v.stray)
			odd = false
			line += v.lines
			k++
			pos, from = v.next, v.next+1
			end = data[pos] != delim
			if word = from >> 6; !end {
				m = d.marks[word] >> (from & 63) << (from & 63)
			}

		case c == '"':
			odd, stray = true, true

		case c == ' ':
			if next := data[p+1]; p == from || next <= ' ' || next == delim {
				odd = true
			}

		case c < ' ' || c >= 0x7f:
			odd = true
		}
	}

	length := pos - start
	if data[pos] == '\r' {
		pos++
	}
	if k != len(d.cells) {
		d.ragged(row)
	} else {
		if length > d.maxField {
			d.dropOversized(row)
		}
		if d.high {
			d.convert(row, data[start:pos], d.firstLine+int64(first))
		}
	}
	d.high = false
	d.rowFaults = len(d.b.Faults)
	d.rowPadded = d.rowPadded[:0]
	return pos + 1, line + 1
}

// spaces reports whether the text has nothing but spaces.
func spaces(text []byte) bool {
	for _, c := range text {
		if c != ' ' {
			return false
		}
	}
	return true
}

// begin resets the batch for so many rows.
func (d *decoder) begin(b *batch.Batch, rows int) {
	// Blocks differ by some rows; a batch should not grow by as many.
	room := (rows/1024 + 1) * 1024
	stagger(b, len(d.r.bound), rows, room)
	b.Reset(len(d.r.bound), rows)
	if cap(b.Lines) < rows {
		b.Lines = make([]int32, room)
	}
	b.Lines = b.Lines[:rows]
	if len(d.other) < rows {
		d.other = make([]batch.Cell, room)
	}
	for i, column := range d.column {
		d.cells[i] = d.other
		if column >= 0 {
			d.cells[i] = b.Columns[column].Cells
		}
		d.bases[i] = unsafe.SliceData(d.cells[i])
	}
	d.b = b
	d.converted = d.converted[:0]
	d.rowFaults = 0
	d.rowPadded = d.rowPadded[:0]
	d.high = false
}

// stagger gives the batch's columns their cells before Reset does, when those
// they have are fewer than rows: from one slab, a cache line apart. Columns
// that begin at the same place of a page share one set of the first-level
// cache; a row of 28 columns would then miss it 28 times.
func stagger(b *batch.Batch, columns, rows, room int) {
	for len(b.Columns) < columns {
		if len(b.Columns) < cap(b.Columns) {
			b.Columns = b.Columns[:len(b.Columns)+1]
		} else {
			b.Columns = append(b.Columns, batch.Column{})
		}
	}
	enough := true
	for i := range columns {
		enough = enough && cap(b.Columns[i].Cells) >= rows
	}
	if enough {
		return
	}
	const cacheLine = 64 / 8 // cells
	stride := room + cacheLine
	slab := make([]batch.Cell, columns*stride)
	for i := range columns {
		b.Columns[i].Cells = slab[i*stride:][:0:room]
	}
}

// store takes in the k-th value of the row, which is data[from:to] but for
// spaces. Padded says that spaces around it were dropped before.
func (d *decoder) store(row, k, from, to int, padded, stray bool) {
	if k >= len(d.cells) { // of a ragged row
		if stray {
			d.fault(row, -1, strayQuote)
		}
		return
	}
	data := d.data
	for from < to && data[from] == ' ' {
		from, padded = from+1, true
	}
	for from < to && data[to-1] == ' ' {
		to, padded = to-1, true
	}
	d.cells[k][row] = batch.MakeCell(from, to-from)

	control, odd := false, false
	for _, c := range data[from:to] {
		switch {
		case c >= 0x80:
			odd, d.high = true, true
		case c >= ' ':
			control = control || c == 0x7f
		case c == '\n', c == '\r':
			odd = true
		case c != '\t':
			control = true
		}
	}

	column := d.column[k]
	if column >= 0 {
		c := &d.b.Columns[column]
		if padded {
			if c.Padded == 0 {
				c.PaddedRow = row
			}
			c.Padded++
			d.rowPadded = append(d.rowPadded, column)
		}
		c.Odd = c.Odd || odd
		if control {
			d.fault(row, column, controlCharacter)
		}
	}
	if stray {
		d.fault(row, column, strayQuote)
	}
}

// fault reports a fault, one that concerns the whole record only once.
func (d *decoder) fault(row, column int, check string) {
	f := batch.Fault{Row: row, Column: column, Check: check}
	if column < 0 {
		for _, g := range d.b.Faults[d.rowFaults:] {
			if g == f {
				return
			}
		}
	}
	d.b.Faults = append(d.b.Faults, f)
}

// skip marks a row that cannot be judged.
func (d *decoder) skip(row int, check string) {
	for i, column := range d.column {
		if column >= 0 {
			d.cells[i][row] = 0
		}
	}
	d.b.Skip.Set(row)
	d.b.AnySkip = true
	d.b.Faults = append(d.b.Faults, batch.Fault{Row: row, Column: -1, Check: check})
	d.rowFaults = len(d.b.Faults)
}

// ragged gives up a row that has another number of values than the header.
// What was said about its values is taken back, for who knows whose they are.
func (d *decoder) ragged(row int) {
	stray := false
	for _, f := range d.b.Faults[d.rowFaults:] {
		stray = stray || f.Check == strayQuote
	}
	d.b.Faults = d.b.Faults[:d.rowFaults]
	for _, column := range d.rowPadded {
		c := &d.b.Columns[column]
		if c.Padded--; c.Padded == 0 {
			c.PaddedRow = 0
		}
	}
	d.skip(row, raggedRow)
	if stray {
		d.fault(row, -1, strayQuote)
	}
}

// dropOversized makes the row's oversized values null.
func (d *decoder) dropOversized(row int) {
	for i, column := range d.column {
		if column >= 0 && d.cells[i][row].Len() > d.maxField {
			d.cells[i][row] = 0
			d.fault(row, column, oversizedField)
		}
	}
}

// convert reads the row again as Windows-1252 if its record is not UTF-8. What
// it converts will lie after the block's text.
func (d *decoder) convert(row int, record []byte, line int64) {
	if utf8.Valid(record) {
		return
	}
	d.r.legacy.Note(line)
	for i, column := range d.column {
		if column < 0 {
			continue
		}
		c := d.cells[i][row]
		value := d.data[c.Offset() : c.Offset()+c.Len()]
		if !ascii(value) {
			off := len(d.converted)
			d.converted = encoded.AppendWindows1252(d.converted, value)
			d.cells[i][row] = batch.MakeCell(len(d.data)-batch.Slack+off, len(d.converted)-off)
		}
	}
}

func ascii(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
