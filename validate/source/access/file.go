package access

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"mhsds/validate/source"
)

// pageSize is the size of a page in bytes, from Jet4 on.
const pageSize = 4096

// What the first byte of a page says it is.
const (
	typeData       = 1
	typeDefinition = 2
	typeUsage      = 5
)

func le16(b []byte) int    { return int(binary.LittleEndian.Uint16(b)) }
func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// A file is the database as an array of pages. Its methods may be called by
// any number of goroutines.
type file struct {
	r     io.ReaderAt
	size  int64
	name  string // as findings call it
	pages uint32 // whole pages; a rest at the end is not counted
}

// damagef makes an error of something wrong in the file.
func damagef(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, source.ErrDamaged)...)
}

// readPages fills buf, a whole number of pages, from page n on. The caller has
// seen to it that the pages lie in the file.
func (f *file) readPages(buf []byte, n uint32) error {
	got, err := f.r.ReadAt(buf, int64(n)*pageSize)
	if got == len(buf) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return damagef("page %d: the file has become shorter while it was read", n+uint32(got/pageSize))
	}
	return fmt.Errorf("page %d: %w", n+uint32(got/pageSize), err)
}

// page fills buf with page n.
func (f *file) page(buf []byte, n uint32) error {
	if n >= f.pages {
		return f.pastEnd(n)
	}
	return f.readPages(buf[:pageSize], n)
}

// pastEnd is the error of a page that the file does not have.
func (f *file) pastEnd(n uint32) error {
	return damagef("page %d: past the end of the file, whose last page is %d", n, f.pages-1)
}

// A pointer names a row: its slot in the low byte, its page in the others.
type pointer uint32

func (p pointer) page() uint32 { return uint32(p) >> 8 }
func (p pointer) slot() int    { return int(p & 0xff) }

// A pageCache holds the page that was read last.
type pageCache struct {
	f    *file
	buf  []byte
	page uint32 // 0 is none: nothing is ever looked up on page 0
}

func newPageCache(f *file) *pageCache { return &pageCache{f: f, buf: make([]byte, pageSize)} }

// get returns page n, valid until the next call.
func (c *pageCache) get(n uint32) ([]byte, error) {
	if n == c.page && n != 0 {
		return c.buf, nil
	}
	c.page = 0
	if n == 0 {
		return nil, damagef("page 0: is the header and holds no rows")
	}
	if err := c.f.page(c.buf, n); err != nil {
		return nil, err
	}
	c.page = n
	return c.buf, nil
}

// row returns the bytes of the row p points at and its slot's flags.
func (c *pageCache) row(p pointer) (row []byte, flags int, err error) {
	page, err := c.get(p.page())
	if err != nil {
		return nil, 0, err
	}
	if page[0] != typeData {
		return nil, 0, damagef("page %d: is of type %d where rows were expected", p.page(), page[0])
	}
	n := le16(page[12:])
	if n > maxSlots || p.slot() >= n {
		return nil, 0, damagef("page %d: has no row %d", p.page(), p.slot())
	}
	start, end, ok := extent(page, n, p.slot())
	if !ok {
		return nil, 0, damagef("page %d, row %d: lies outside the place for rows", p.page(), p.slot())
	}
	return page[start:end], le16(page[slotTable+2*p.slot():]) &^ slotMask, nil
}

// The slots of a data page.
const (
	slotTable = 14     // where they begin
	slotMask  = 0x1fff // the part that is an offset
	slotMoved = 0x4000
	slotAside = 0x8000 // a moved row's target, and with slotMoved a deleted row

	// maxSlots is what a pointer can name: its slot is one byte.
	maxSlots = 256
)

// extent returns where the row of slot s lies on a page of n slots.
func extent(page []byte, n, s int) (start, end int, ok bool) {
	start, end = le16(page[slotTable+2*s:])&slotMask, pageSize
	if s > 0 {
		end = le16(page[slotTable+2*s-2:]) & slotMask
	}
	return start, end, start >= slotTable+2*n && start <= end && end <= pageSize
}
