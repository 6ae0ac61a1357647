package reference

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// bufferSize holds the longest record in one piece; directories have lines of
// a few hundred bytes.
const bufferSize = 1 << 20

// A scanner reads the records of a CSV file without copying them.
type scanner struct {
	r     *bufio.Reader
	line  int64  // of the record last read, from 1
	ended int64  // lines read
	spill []byte // a record that the buffer does not hold in one piece, or with line breaks in it
	rest  []byte // of the record in hand, not yet split
	more  bool   // there is another field
	field []byte // an unquoted field with doubled quotes
	first bool
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: bufio.NewReaderSize(r, bufferSize), first: true}
}

// next moves to the next record that is not empty. The error is io.EOF at the
// end.
func (s *scanner) next() error {
	for {
		s.spill = s.spill[:0]
		s.line = s.ended + 1
		odd := false
		for {
			part, err := s.r.ReadSlice('\n')
			if s.first {
				part = bytes.TrimPrefix(part, []byte("\ufeff"))
				s.first = false
			}
			if bytes.Count(part, quote)&1 != 0 {
				odd = !odd
			}
			whole := err == nil && !odd
			if err == nil {
				s.ended++
			}
			if whole && len(s.spill) == 0 {
				s.rest = part
				break
			}
			s.spill = append(s.spill, part...)
			s.rest = s.spill
			if whole {
				break
			}
			if err == io.EOF {
				if len(s.spill) == 0 {
					return io.EOF
				}
				if odd {
					return errQuote
				}
				break
			}
			if err != nil && err != bufio.ErrBufferFull {
				return err
			}
			if len(s.spill) > maxRecord {
				return errQuote
			}
		}
		s.rest = bytes.TrimRight(s.rest, "\r\n")
		if len(s.rest) > 0 {
			s.more = true
			return nil
		}
	}
}

// maxRecord bounds one record, in bytes: anything longer is a lost quote.
const maxRecord = 1 << 20

var errQuote = errors.New("a quotation mark is opened and never closed")

var quote = []byte{'"'}

// next field of the record, trimmed of spaces; ok is false when there is none.
// The slice is good until the next call of a method.
func (s *scanner) value() (v []byte, ok bool) {
	if !s.more {
		return nil, false
	}
	if len(s.rest) > 0 && s.rest[0] == '"' {
		v = s.quoted()
	} else {
		i := bytes.IndexByte(s.rest, ',')
		if i < 0 {
			v, s.rest, s.more = s.rest, nil, false
		} else {
			v, s.rest = s.rest[:i], s.rest[i+1:]
		}
	}
	return bytes.Trim(v, " "), true
}

// quoted reads a field that begins with a quote.
func (s *scanner) quoted() []byte {
	rest := s.rest[1:]
	i := bytes.IndexByte(rest, '"')
	if i >= 0 && (i+1 == len(rest) || rest[i+1] == ',') {
		v := rest[:i]
		s.after(rest[i+1:])
		return v
	}
	s.field = s.field[:0]
	for i >= 0 {
		s.field = append(s.field, rest[:i]...)
		rest = rest[i+1:]
		if len(rest) == 0 || rest[0] != '"' {
			break
		}
		s.field = append(s.field, '"')
		rest = rest[1:]
		i = bytes.IndexByte(rest, '"')
	}
	if i < 0 { // never closed: the rest of the record
		s.field = append(s.field, rest...)
		rest = nil
	}
	end := bytes.IndexByte(rest, ',')
	if end < 0 {
		end = len(rest)
	}
	s.field = append(s.field, rest[:end]...) // text behind the closing quote
	s.after(rest[end:])
	return s.field
}

// after goes on behind a quoted field, at a comma or at the end.
func (s *scanner) after(rest []byte) {
	if len(rest) == 0 {
		s.rest, s.more = nil, false
		return
	}
	s.rest = rest[1:]
}
