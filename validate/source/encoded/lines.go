package encoded

import (
	"bytes"
	"io"
)

// Lines is text that is read in pieces of any size, and given out in pieces
// that end where the reader of a format says.
//
//	given out or dropped | Carry | not yet read
//	                     ^ Offset
//
// The last line has an end, whether or not the input gives it one.
type Lines struct {
	r     io.Reader
	spare int

	Carry  []byte // read, and not yet given out
	Offset int64  // of Carry in the input; -1 if the input is transcoded
	Err    error  // what ended the input, io.EOF mostly
}

// NewLines returns the text of r. A buffer that Fill returns has room for spare
// bytes more.
func NewLines(r io.Reader, spare int) (*Lines, error) {
	l := &Lines{spare: spare}
	var err error
	if l.r, l.Offset, err = NewReader(r); err != nil {
		return nil, err
	}
	return l, nil
}

// Fill reads until buf has size bytes or the input ends, which is then in Err.
func (l *Lines) Fill(buf []byte, size int) []byte {
	was := l.Err
	buf = Fill(l.r, buf, size, 1+l.spare, &l.Err)
	if was == nil && l.Err == io.EOF && len(buf) > 0 && buf[len(buf)-1] != '\n' {
		buf = append(buf, '\n')
	}
	return buf
}

// Fill reads from r until buf has size bytes, or until an error, which is then
// in ended; nothing is read if there is one already. What it returns has room
// for spare bytes more.
func Fill(r io.Reader, buf []byte, size, spare int, ended *error) []byte {
	if need := max(size, len(buf)) + spare; cap(buf) < need {
		buf = append(make([]byte, 0, need), buf...)
	}
	for idle := 0; *ended == nil && len(buf) < size; {
		n, err := r.Read(buf[len(buf):size])
		buf = buf[:len(buf)+n]
		if n > 0 {
			idle = 0
		} else if idle++; idle == 100 && err == nil {
			err = io.ErrNoProgress
		}
		*ended = err
	}
	return buf
}

// Keep makes text the Carry: what follows n bytes that were given out or are
// dropped.
func (l *Lines) Keep(text []byte, n int) {
	l.Carry = append(l.Carry[:0], text...)
	l.Advance(n)
}

// Advance notes that n bytes of the input were given out or are dropped.
func (l *Lines) Advance(n int) {
	if l.Offset >= 0 {
		l.Offset += int64(n)
	}
}

// SkipLine drops what is left of a line, reading size bytes at a time.
func (l *Lines) SkipLine(size int) {
	for {
		if i := bytes.IndexByte(l.Carry, '\n'); i >= 0 {
			l.Keep(l.Carry[i+1:], i+1)
			return
		}
		l.Keep(nil, len(l.Carry))
		if l.Err != nil {
			return
		}
		l.Carry = l.Fill(l.Carry, size)
	}
}
