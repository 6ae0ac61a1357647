package access

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// stretch is how many pages one page of a usage map covers.
const stretch = (pageSize - 4) * 8

// A usageMap yields the pages whose bit is set, in ascending order.
type usageMap struct {
	f       *file
	base    uint32 // the page of the first bit
	bits    []byte // of the current part; a multiple of 8 bytes
	at      int    // the next bit
	entries []byte // pages of the parts still to come
	part    int    // parts begun
	buf     []byte
	err     error // the first part that could not be read
}

// openUsage returns the usage map that p points at.
func openUsage(f *file, p pointer) (*usageMap, error) {
	row, _, err := newPageCache(f).row(p)
	if err != nil {
		return nil, err
	}
	u := &usageMap{f: f}
	switch {
	case len(row) >= 5 && row[0] == 0:
		u.base = le32(row[1:])
		if u.base > f.pages {
			return nil, damagef("page %d, row %d: a usage map from page %d on, past the end of the file", p.page(), p.slot(), u.base)
		}
		u.bits = append(u.bits, row[5:]...)
		for len(u.bits)%8 != 0 {
			u.bits = append(u.bits, 0)
		}
	case len(row) >= 1 && row[0] == 1:
		u.entries = bytes.Clone(row[1:])
		u.buf = make([]byte, pageSize)
	default:
		return nil, damagef("page %d, row %d: is no usage map", p.page(), p.slot())
	}
	return u, nil
}

// next returns the next page, which may lie past the end of the file; ok is
// false after the last.
func (u *usageMap) next() (page uint32, ok bool) {
	for {
		for u.at < len(u.bits)*8 {
			word := binary.LittleEndian.Uint64(u.bits[u.at/64*8:]) >> (u.at % 64)
			if word == 0 {
				u.at = u.at/64*64 + 64
				continue
			}
			u.at += bits.TrailingZeros64(word)
			page = u.base + uint32(u.at)
			u.at++
			return page, true
		}
		if !u.nextPart() {
			return 0, false
		}
	}
}

// nextPart reads the next part of a map by reference.
func (u *usageMap) nextPart() bool {
	for len(u.entries) >= 4 {
		page := le32(u.entries)
		u.entries = u.entries[4:]
		u.base = uint32(u.part) * stretch
		u.part++
		if page == 0 {
			continue
		}
		var err error
		if u.base >= u.f.pages {
			err = damagef("page %d: a usage map from page %d on, past the end of the file", page, u.base)
		} else if err = u.f.page(u.buf, page); err == nil && u.buf[0] != typeUsage {
			err = damagef("page %d: is of type %d where a usage map was expected", page, u.buf[0])
		}
		if err != nil {
			if u.err == nil {
				u.err = err
			}
			continue
		}
		// 4092 bytes are not a multiple of 8: give the rest as zeros.
		u.bits = append(append(u.bits[:0], u.buf[4:]...), 0, 0, 0, 0)
		u.at = 0
		return true
	}
	u.bits = nil
	return false
}

// count returns how many pages in the file the map lists; it uses the map up.
func (u *usageMap) count() int64 {
	n := int64(0)
	for {
		page, ok := u.next()
		if !ok {
			return n
		}
		if page < u.f.pages {
			n++
		}
	}
}
