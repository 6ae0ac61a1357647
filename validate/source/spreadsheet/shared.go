package spreadsheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"mhsds/validate/source/filling"
)

// maxShared bounds the text of the shared strings of a workbook, in bytes, and
// maxStrings their number: they are kept while the workbook is open, since any
// cell may name any of them.
const (
	maxShared  = 256 << 20
	maxStrings = 32 << 20
)

// sharedStrings are the strings of a workbook that its cells name by number,
// trimmed, end to end. Bits above the end of each say what it is:
//
//	text  CC1TEAM-01…
//	ends  3 10 …      where each ends, and
//	      padded      spaces were dropped from it
//	      wide        it has bytes outside ASCII, or a line break
//	      control     it has a control character
//
// A string that cannot be read is empty and wide, as no other is.
type sharedStrings struct {
	text []byte
	ends []uint32
}

const (
	padded  = 1 << 31
	wide    = 1 << 30
	control = 1 << 29
	place   = control - 1 // at most maxShared
)

// get returns a string, and the bits that say what it is. ok is false if there
// is none of that number.
func (s *sharedStrings) get(i int) (v []byte, bits uint32, ok bool) {
	if i < 0 || i >= len(s.ends) {
		return nil, 0, false
	}
	from := uint32(0)
	if i > 0 {
		from = s.ends[i-1] & place
	}
	end := s.ends[i]
	v, bits = s.text[from:end&place], end&^place
	return v, bits, len(v) > 0 || bits&wide == 0
}

// add adds the string of an item.
func (s *sharedStrings) add(raw []byte) error {
	begin := len(s.text)
	text, ok := appendRich(s.text, raw)
	v := text[begin:]
	bits := uint32(0)
	switch {
	case !ok || !utf8.Valid(v):
		v, bits = nil, wide
	default:
		n := len(v)
		if slices.ContainsFunc(v, filling.Wide) {
			bits |= wide
		}
		if v = bytes.Trim(v, " "); len(v) < n {
			bits |= padded
		}
		if slices.ContainsFunc(v, filling.Control) {
			bits |= control
		}
		if len(v) == 0 {
			bits &= padded
		}
	}
	s.text = append(text[:begin], v...)
	if len(s.text) >= maxShared || len(s.ends) == maxStrings {
		return errStrings
	}
	s.ends = append(s.ends, uint32(len(s.text))|bits)
	return nil
}

var errStrings = fmt.Errorf("they take more than %d MiB, which are too many to keep; save the sheets as CSV files instead", maxShared>>20)

// readShared reads the part of a workbook that holds its strings.
func readShared(r io.Reader) (*sharedStrings, error) {
	in := &stream{r: r, root: "sst", outer: "sst", inner: "si", blockSize: defaultBlock, max: maxRow, limit: maxStrings, tooMany: errStrings}
	s := new(sharedStrings)
	// Those with nothing in them are counted but not given.
	fill := func(n int32) (err error) {
		for len(s.ends) < int(n) && err == nil {
			err = s.add(nil)
		}
		return err
	}
	var buf []byte
	var items []child
	for {
		var err error
		buf, items, err = in.next(buf, items)
		if errors.Is(err, io.EOF) {
			return s, fill(in.number)
		}
		if err != nil {
			return nil, err
		}
		for _, it := range items {
			raw := buf[it.from:it.to]
			if it.long {
				raw = []byte("<")
			}
			if err := fill(it.number - 1); err != nil {
				return nil, err
			}
			if err := s.add(raw); err != nil {
				return nil, err
			}
		}
	}
}
