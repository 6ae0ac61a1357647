package access

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"mhsds/validate/batch"
	"mhsds/validate/source"
)

// runPages is the number of data pages of a block: 256 KiB, what a core keeps
// close.
const runPages = 64

// typeUnread takes the place of the type of a page that could not be read.
const typeUnread = 0xff

// runBytes bounds a block that grows by moved rows, in bytes; one page more
// may exceed it.
const runBytes = 2 * runPages * pageSize

// A reader reads a table's data pages in ascending order. Next checks every
// row's frame, so that what cannot be read is known when the pages have been
// read, whoever decodes them and when.
type reader struct {
	f     *file
	def   *Definition
	file  string // as notices name it
	owned *usageMap
	wants []int // Columns()[wants[i]] fills the batch's i-th column

	columns []source.Column
	checks  []valueCheck
	again   []uint32   // pages that the last block had no room for
	hop     *pageCache // of moved rows
	long    *pageCache // of long values

	damage  damage
	found   int64
	led     int64  // bytes of moved rows and long values that pointers led to
	strays  int64  // pages listed as owned that are none of the table's
	stray   string // the first of them
	done    error
	notices []source.Notice

	// undated counts the dates that are none; decoders add to it.
	undated atomic.Int64
}

// A damage says what of a table was lost.
type damage struct {
	rows, pages, values int64
	first               string // what was found first, and where
}

func (d *damage) any() bool { return d.first != "" }

func (d *damage) note(format string, args ...any) {
	if d.first == "" {
		d.first = fmt.Sprintf(format, args...)
	}
}

// A blockState is what a block of pages needs beside their bytes.
type blockState struct {
	pages []uint32 // the numbers of the pages in Data, in order
	rows  []rowRef

	// payload is the length of pages and moved rows in Data. Behind it come
	// batch.Slack bytes and whatever a decoder writes.
	payload int
}

func newReader(f *file, def *Definition, fileName string) (*reader, error) {
	r := &reader{f: f, def: def, file: fileName, hop: newPageCache(f), long: newPageCache(f)}
	r.columns = make([]source.Column, len(def.Columns))
	for i := range def.Columns {
		c := &def.Columns[i]
		r.columns[i] = source.Column{Name: c.Name, Type: c.Type.Family(), Width: c.Width()}
		switch {
		case c.Type == Complex:
			r.notice("column %q of table %q holds attachments or multiple values, which are not supported: it is read as null", c.Name, def.Name)
		case !c.Type.Supported():
			r.notice("column %q of table %q is of type %d, which is not known: it is read as null", c.Name, def.Name, uint8(c.Type))
		}
	}
	if def.variant != nil {
		r.damage.note("%s", plain(def.variant))
	}
	owned, err := openUsage(f, def.owned)
	switch {
	case errors.Is(err, source.ErrDamaged):
		r.damage.note("the list of its pages: %s", plain(err))
		r.owned = &usageMap{f: f}
	case err != nil:
		return nil, err
	default:
		r.owned = owned
	}
	r.Bind(allColumns(len(def.Columns)))
	return r, nil
}

func allColumns(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// plain returns the error without the word that ErrDamaged adds to its end.
func plain(err error) string {
	return strings.TrimSuffix(err.Error(), ": "+source.ErrDamaged.Error())
}

func (r *reader) notice(format string, args ...any) {
	r.notices = append(r.notices, source.Notice{File: r.file, Text: fmt.Sprintf(format, args...)})
}

func (r *reader) Columns() []source.Column { return r.columns }

func (r *reader) Bind(columns []int) {
	r.wants = columns
	r.checks = r.checks[:0]
	for _, i := range columns {
		if i < 0 {
			continue
		}
		if v, ok := checkOf(&r.def.Columns[i]); ok {
			r.checks = append(r.checks, v)
		}
	}
}

func (r *reader) Close() error { return nil }

func (r *reader) Notices() []source.Notice {
	n := r.notices
	if u := r.undated.Load(); u > 0 {
		n = append(n[:len(n):len(n)], source.Notice{File: r.file, Text: fmt.Sprintf(
			"table %q has %s that Access itself could not show: counted as unreadable", r.def.Name, many(u, "date"))})
	}
	return n
}

// many returns "1 row", "2 rows".
func many(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Next fills blk with the next pages that have rows.
func (r *reader) Next(blk *source.Block) error {
	if r.done != nil {
		return r.done
	}
	st, _ := blk.State.(*blockState)
	if st == nil {
		st = &blockState{pages: make([]uint32, 0, runPages)}
		blk.State = st
	}
	blk.Pos, blk.Line, blk.Offset = 0, 0, -1
	st.rows = st.rows[:0]
	for len(st.rows) == 0 {
		more, err := r.fill(blk, st)
		if err != nil {
			r.done = fmt.Errorf("table %q: %w", r.def.Name, err)
			return r.done
		}
		if !more && len(st.rows) == 0 {
			r.done = r.end()
			return r.done
		}
	}
	r.found += int64(len(st.rows))
	return nil
}

// fill reads the next run of pages. An error is none of the file's contents.
func (r *reader) fill(blk *source.Block, st *blockState) (more bool, err error) {
	st.pages = append(st.pages[:0], r.again...)
	r.again = r.again[:0]
	for len(st.pages) < runPages {
		n, ok := r.owned.next()
		if !ok {
			break
		}
		if n >= r.f.pages || n == 0 {
			r.damage.pages++
			if r.damage.first == "" {
				r.damage.note("%s", plain(r.f.pastEnd(n)))
			}
			continue
		}
		st.pages = append(st.pages, n)
	}
	if err := r.owned.err; err != nil && !errors.Is(err, source.ErrDamaged) {
		return false, err
	}
	size := len(st.pages) * pageSize
	if cap(blk.Data) < size+batch.Slack {
		blk.Data = make([]byte, size, size+size/4+batch.Slack)
	}
	blk.Data = blk.Data[:size]
	for i := 0; i < len(st.pages); {
		j := i + 1
		for j < len(st.pages) && st.pages[j] == st.pages[j-1]+1 {
			j++
		}
		if err := r.f.readPages(blk.Data[i*pageSize:j*pageSize], st.pages[i]); err != nil {
			if !errors.Is(err, source.ErrDamaged) {
				return false, err
			}
			r.damage.pages += int64(j - i)
			r.damage.note("%s", plain(err))
			for k := i; k < j; k++ {
				blk.Data[k*pageSize] = typeUnread
			}
		}
		i = j
	}
	for i, n := range st.pages {
		if r.led > r.f.size {
			// No two pointers lead to the same bytes: without an end to this,
			// a small file could stand for any number of them.
			r.damage.note("page %d: pointers have led to more bytes than the file has; the table is read no further", n)
			st.pages = st.pages[:i]
			r.owned = &usageMap{f: r.f}
			break
		}
		if len(blk.Data) > runBytes {
			r.again = append(r.again, st.pages[i:]...)
			st.pages = st.pages[:i]
			break
		}
		if err := r.scan(blk, st, i*pageSize, n); err != nil {
			return false, err
		}
	}
	st.payload = len(blk.Data)
	blk.Data = extend(blk.Data, batch.Slack)
	return len(st.pages) > 0, nil
}

// extend returns b with n more bytes, whatever they are.
func extend(b []byte, n int) []byte {
	if cap(b)-len(b) < n {
		b = append(b, make([]byte, n)...)
		return b
	}
	return b[:len(b)+n]
}

// scan finds the rows of page n, which begins at data[base].
func (r *reader) scan(blk *source.Block, st *blockState, base int, n uint32) error {
	page := blk.Data[base : base+pageSize : base+pageSize]
	if page[0] == typeUnread {
		return nil
	}
	if page[0] != typeData || le32(page[4:]) != r.def.page {
		r.strays++
		if r.stray == "" {
			r.stray = fmt.Sprintf("page %d: is listed as the table's but is no page of its rows", n)
		}
		return nil
	}
	slots := le16(page[12:])
	if slots > maxSlots {
		r.damage.pages++
		r.damage.note("page %d: claims %d rows; a page has at most %d", n, slots, maxSlots)
		return nil
	}
	first, end, outside := slotTable+2*slots, pageSize, false
	for s := range slots {
		v := le16(page[slotTable+2*s:])
		start, after := v&slotMask, outside
		outside = start < first || start > end
		switch {
		case v&slotAside != 0: // deleted, or read through its pointer
		case outside:
			r.lose(n, s, rowOutside)
		case after:
			r.lose(n, s, rowAfterOutside)
		case v&slotMoved == 0:
			ref, fault := r.def.shape.frame(page[start:end])
			if fault != rowFine {
				r.lose(n, s, fault)
				break
			}
			ref.at = uint32(base + start)
			if err := r.keep(st, ref, page[start:end]); err != nil {
				return err
			}
		default:
			row, fault, err := r.follow(page[start:end])
			if err != nil {
				return err
			}
			var ref rowRef
			if fault == rowFine {
				ref, fault = r.def.shape.frame(row)
			}
			if fault != rowFine {
				r.lose(n, s, fault)
				break
			}
			ref.at = uint32(len(blk.Data))
			r.led += int64(len(row))
			blk.Data = append(blk.Data, row...)
			if err := r.keep(st, ref, row); err != nil {
				return err
			}
		}
		if !outside {
			end = start
		}
	}
	return nil
}

func (r *reader) lose(page uint32, slot int, fault rowFault) {
	r.damage.rows++
	if r.damage.first == "" {
		r.damage.note("page %d: row %d %v", page, slot, fault)
	}
}

// keep adds a row whose frame is right and checks those of its values that
// can be wrong of themselves.
func (r *reader) keep(st *blockState, ref rowRef, row []byte) error {
	st.rows = append(st.rows, ref)
	for i := range r.checks {
		if err := r.check(&r.checks[i], ref, row); err != nil {
			if !errors.Is(err, source.ErrDamaged) {
				return err
			}
			r.damage.values++
			r.damage.note("column %q: %s", r.checks[i].column.Name, plain(err))
		}
	}
	return nil
}

// follow returns the row at the end of a moved row's pointers, valid until the
// next call.
func (r *reader) follow(at []byte) (row []byte, fault rowFault, err error) {
	for range maxHops {
		if len(at) < 4 {
			return nil, rowPointer, nil
		}
		p := pointer(le32(at))
		if p.page() == 0 || p.page() >= r.f.pages {
			return nil, rowPointer, nil
		}
		page, err := r.hop.get(p.page())
		if err != nil {
			if errors.Is(err, source.ErrDamaged) {
				return nil, rowUnread, nil
			}
			return nil, 0, err
		}
		slots := le16(page[12:])
		if page[0] != typeData || le32(page[4:]) != r.def.page || slots > maxSlots || p.slot() >= slots {
			return nil, rowTarget, nil
		}
		start, end, ok := extent(page, slots, p.slot())
		if !ok {
			return nil, rowTarget, nil
		}
		flags := le16(page[slotTable+2*p.slot():])
		at = page[start:end]
		if flags&slotMoved == 0 {
			if flags&slotAside == 0 {
				return nil, rowTarget, nil
			}
			return at, rowFine, nil
		}
	}
	return nil, rowHops, nil
}

// end returns the answer after the last page: io.EOF, or what was lost.
func (r *reader) end() error {
	d := &r.damage
	if r.owned.err != nil {
		d.note("the list of its pages: %s", plain(r.owned.err))
	}
	if r.strays > 0 {
		// A page that was given back may stay in the list; it matters only
		// when rows are missing.
		if r.found >= r.def.Rows && !d.any() {
			r.notice("table %q: %s; all rows that the definition promises were found without it", r.def.Name, r.stray)
		} else {
			d.pages += r.strays
			d.note("%s", r.stray)
		}
	}
	if !d.any() && r.found < r.def.Rows {
		d.note("page %d: rows are missing", r.def.page)
	}
	if !d.any() {
		if r.found > r.def.Rows {
			r.notice("table %q: its definition promises %s, %d were found; all of them are read",
				r.def.Name, many(r.def.Rows, "row"), r.found)
		}
		return io.EOF
	}
	lost := ""
	for _, l := range []struct {
		n    int64
		what string
	}{{d.pages, "page"}, {d.rows, "row"}, {d.values, "value"}} {
		if l.n > 0 {
			lost += "; " + many(l.n, l.what) + " could not be read"
		}
	}
	return damagef("table %q: %s%s; its definition promises %s, %d were found",
		r.def.Name, d.first, lost, many(r.def.Rows, "row"), r.found)
}
