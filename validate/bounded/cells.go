package bounded

import (
	"bytes"
	"io"
)

// A Cells reads records as a lenient csv.Reader does (LazyQuotes, any number of
// fields), and shows their cells where they lie:
//
//	buffer  ··A12,B7\nC104,"D ""1""\n\n"··
//	          [-] [|]              at   end
//
// A record without a quotation mark is never copied. One with a mark is, for
// what it means is not what stands there.
type Cells struct {
	in    io.Reader
	comma byte

	buf     []byte // buf[at:end] has not been used
	at, end int
	err     error // what in said last

	cells [][]byte
	text  []byte // of a record with quotation marks: its cells end to end
	ends  []int
	taken int // bytes of the record so far
	read  int64
}

const firstBuffer = 64 << 10

// NewCells returns a reader of r, whose cells are divided by comma: a byte of
// ASCII, neither a quotation mark nor a line end.
func NewCells(r io.Reader, comma byte) *Cells {
	return &Cells{in: r, comma: comma, buf: make([]byte, firstBuffer)}
}

// Next returns the cells of the next record, which are the reader's and change
// with the next call. Lines without a byte are passed over. The error is
// io.EOF after the last record, ErrLong, or the input's.
func (c *Cells) Next() ([][]byte, error) {
	c.taken = 0
	line, _, err := c.line()
	for err == nil && len(line) == 0 {
		c.taken = 0
		line, _, err = c.line()
	}
	if err != nil {
		return nil, err
	}
	c.cells = c.cells[:0]
	if bytes.IndexByte(line, '"') >= 0 {
		return c.quoted(line)
	}
	for {
		i := bytes.IndexByte(line, c.comma)
		if i < 0 {
			c.cells = append(c.cells, line)
			return c.cells, nil
		}
		c.cells = append(c.cells, line[:i])
		line = line[i+1:]
	}
}

// Read returns how many bytes of the input the records so far have taken.
func (c *Cells) Read() int64 { return c.read - int64(c.end-c.at) }

// quoted reads the record that begins with line, which ends where it says or
// after it.
func (c *Cells) quoted(line []byte) ([][]byte, error) {
	c.text, c.ends = c.text[:0], c.ends[:0]
	ended := c.buf[c.at-1] == '\n' // the line has an end, which a cell may hold
	for more := true; more; {
		if len(line) == 0 || line[0] != '"' {
			i := bytes.IndexByte(line, c.comma)
			if more = i >= 0; !more {
				i = len(line)
			}
			c.text = append(c.text, line[:i]...)
			line = line[min(i+1, len(line)):]
			c.ends = append(c.ends, len(c.text))
			continue
		}
		line = line[1:]
		for in := true; in; {
			i := bytes.IndexByte(line, '"')
			switch {
			case i < 0: // the cell goes on in the next line, if there is one
				c.text = append(c.text, line...)
				line = nil
				if !ended {
					in, more = false, false
					break
				}
				c.text = append(c.text, '\n')
				var err error
				if line, ended, err = c.line(); err == io.EOF {
					in, more = false, false
				} else if err != nil {
					return nil, err
				}
			case i+1 == len(line):
				c.text = append(c.text, line[:i]...)
				line, in, more = nil, false, false
			case line[i+1] == '"':
				c.text = append(c.text, line[:i+1]...)
				line = line[i+2:]
			case line[i+1] == c.comma:
				c.text = append(c.text, line[:i]...)
				line, in = line[i+2:], false
			default: // a mark amid the text stands for itself
				c.text = append(c.text, line[:i+1]...)
				line = line[i+1:]
			}
		}
		c.ends = append(c.ends, len(c.text))
	}
	at := 0
	for _, end := range c.ends {
		c.cells = append(c.cells, c.text[at:end])
		at = end
	}
	return c.cells, nil
}

// line returns the next line without its end, be that \n, \r\n, or a \r before
// the end of the input; ended says that it has one of the first two. io.EOF
// comes without a line.
func (c *Cells) line() (line []byte, ended bool, err error) {
	for looked := 0; ; {
		if i := bytes.IndexByte(c.buf[c.at+looked:c.end], '\n'); i >= 0 {
			n := looked + i
			line = c.buf[c.at : c.at+n]
			c.at += n + 1
			if c.taken += n + 1; c.taken > MaxRecord {
				return nil, false, ErrLong
			}
			return bytes.TrimSuffix(line, []byte{'\r'}), true, nil
		}
		looked = c.end - c.at
		if c.taken+looked > MaxRecord {
			return nil, false, ErrLong
		}
		if c.err != nil {
			if c.err != io.EOF || looked == 0 {
				return nil, false, c.err
			}
			line = c.buf[c.at:c.end]
			c.at = c.end
			c.taken += looked
			return bytes.TrimSuffix(line, []byte{'\r'}), false, nil
		}
		c.fill()
	}
}

// fill reads more. What has not been used moves to the front; the buffer grows
// if that leaves no room.
func (c *Cells) fill() {
	if c.at > 0 {
		c.end = copy(c.buf, c.buf[c.at:c.end])
		c.at = 0
	}
	if c.end == len(c.buf) {
		c.buf = append(c.buf, make([]byte, len(c.buf))...)
	}
	for range 100 { // an input that says nothing for ever is broken
		var n int
		n, c.err = c.in.Read(c.buf[c.end:])
		c.read += int64(n)
		if c.end += n; n > 0 || c.err != nil {
			return
		}
	}
	c.err = io.ErrNoProgress
}
