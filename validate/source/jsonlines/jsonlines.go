// Package jsonlines reads a table from a file of JSON lines: an object a row.
//
// # The format
//
// A file is UTF-8 with or without a byte order mark, or UTF-16 with one; a line
// whose bytes are not UTF-8 is read as Windows-1252, which is said once. A line
// ends with LF or CRLF. A line of white space alone is no record, {} is a
// record of nulls. The names of an object are the table's columns, in any case
// and any order:
//
//	{"CareContactID":"CC1","Status":null}      row 1
//	                                           no record
//	{"carecontactid":"CC2","Duration":30.50}   row 2: "CC2" null "30.50"
//
// A string is its characters, escapes undone. A number is its text as written.
// null and a name that is not there are the same. U+0020 is dropped from both
// ends of every value and an empty value is null; CRLF in one is LF.
//
// A name may first come up in the last line, so the columns are known only at
// the end; a Reader is a source.Keyed.
//
// # What is wrong with a record
//
// A fault is reported on its row and never costs another one. Its words are the
// Check of batch.Fault:
//
//	unreadable_value   true, false, a list, an object, a number with an
//	                   exponent, or a name that is there twice: the value is
//	                   null. With Column -1: the line is no JSON object; the
//	                   row is skipped
//	control_character  a character below U+0020 other than tab, LF and CR, or
//	                   U+007F; it stays in the value
//	oversized_field    a value longer than 1 MiB is null; a line longer than
//	                   8 MiB is skipped, with Column -1
//
// Faults of a value are reported for the columns that are bound. What is in a
// list or an object is not looked at; half a surrogate pair becomes U+FFFD.
//
// # How it is read
//
// A string of JSON has no line break of its own, so Next cuts the input at the
// last LF that it has. Decode goes through a line once. Names mostly come in
// the order of the line before, so that finding a column is one comparison;
// values without an escape stay where they are, others are unescaped in place.
package jsonlines

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"sync"

	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/encoded"
)

// maxField bounds a value in bytes, as in a CSV file. maxLine has room for a
// record of 2 MiB whose values are escaped for the most part.
const (
	maxField = 1 << 20
	maxLine  = 8 << 20
)

// defaultBlock is the working size of a block, in bytes: text and cells of it
// stay in the second-level cache while they are checked.
const defaultBlock = 256 << 10

// Options tune a Reader. The zero value is the one most callers want.
type Options struct {
	// BlockSize is the working size of a block in bytes; a block grows when a
	// line needs it. 0 means 256 KiB. The records are the same for any size.
	BlockSize int
}

// A Reader reads the records of one file. It implements source.Keyed.
type Reader struct {
	in        *encoded.Lines // its Carry begins at a line
	closer    io.Closer      // nil if there is nothing to close
	file      string
	blockSize int

	maxField, maxLine int // the constants; less in tests

	names []string // of the columns that are wanted, "" for none

	inTail bool  // the input goes on within a line that was given up
	line   int64 // of the Carry's first byte, from 1

	legacy source.First // line that was read as Windows-1252

	mu       sync.Mutex
	decoders []*decoder // each knows the names that it met
}

// state is what a Block of ours carries.
type state struct {
	long   []int // where in Data a line was given up, in order
	passed int   // of long, before Pos
	left   int   // lines in Data from Pos on
	line   int64 // of the block's first byte, from 1
}

// NewReader looks at the beginning of the file and returns a reader of its
// rows. File is the name by which errors and notices call it. If r is an
// io.Closer, Close closes it; when NewReader returns an error, r is still the
// caller's. An error is one sentence without any of the file's values.
func NewReader(r io.Reader, file string, opt Options) (*Reader, error) {
	rd := &Reader{file: file, blockSize: opt.BlockSize, maxField: maxField, maxLine: maxLine, line: 1}
	if rd.blockSize <= 0 {
		rd.blockSize = defaultBlock
	}
	var err error
	if rd.in, err = encoded.NewLines(r, batch.Slack); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := rd.look(); err != nil {
		return nil, err
	}
	rd.closer, _ = r.(io.Closer)
	return rd, nil
}

// look refuses a file that is JSON or text of another sort, which would be a
// fault in every line.
func (r *Reader) look() error {
	r.in.Carry = r.in.Fill(r.in.Carry, 4096)
	begin := bytes.TrimLeft(r.in.Carry, " \t\r\n")
	line, _, _ := bytes.Cut(begin, []byte{'\n'})
	switch {
	case bytes.IndexByte(line, 0) >= 0:
		return fmt.Errorf("%s: the first line holds NUL bytes: is it UTF-16 without a byte order mark, or no text at all? Save the file as UTF-8", r.file)
	case len(line) > 0 && line[0] == '[':
		return fmt.Errorf("%s: the file is a JSON list; write one object a line, without brackets around them and commas between them", r.file)
	case len(line) < len(begin) && string(bytes.TrimRight(line, " \t\r")) == "{":
		return fmt.Errorf("%s: the first object goes over several lines; write one object a line", r.file)
	}
	return nil
}

// Columns lists the names that were met: those that are wanted, in their
// order, then others in that of the alphabet, as far as they are kept. It is
// complete after io.EOF and the last Decode.
func (r *Reader) Columns() []source.Column {
	r.mu.Lock()
	defer r.mu.Unlock()
	var columns []source.Column
	for i, name := range r.names {
		if name != "" && slices.ContainsFunc(r.decoders, func(d *decoder) bool { return d.met[i] }) {
			columns = append(columns, source.Column{Name: name})
		}
	}
	all := r.strangers()
	for _, name := range all.list {
		columns = append(columns, source.Column{Name: name})
	}
	return columns
}

// strangers are the names that nobody wants, of all decoders.
func (r *Reader) strangers() strangers {
	var all strangers
	for _, d := range r.decoders {
		for _, name := range d.strangers.list {
			all.add(name)
		}
		all.more = all.more || d.strangers.more
	}
	return all
}

// Bind implements source.Reader, for columns that are known already: of a
// reader that nobody has read from, none. See BindNames.
func (r *Reader) Bind(columns []int) {
	known := r.Columns()
	names := make([]string, len(columns))
	for i, c := range columns {
		if c >= 0 {
			names[i] = known[c].Name
		}
	}
	r.BindNames(names)
}

// BindNames implements source.Keyed.
func (r *Reader) BindNames(names []string) { r.names = slices.Clone(names) }

// Notices implements source.Reader.
func (r *Reader) Notices() []source.Notice {
	r.mu.Lock()
	defer r.mu.Unlock()
	var notices []source.Notice
	if all := r.strangers(); all.more {
		notices = append(notices, source.Notice{File: r.file,
			Text: fmt.Sprintf("the objects have more than %d names besides those of fields: are values written as names?", maxStrangers)})
	}
	return encoded.Notices(notices, r.file, r.legacy.Get())
}

// Close closes what the reader was made from.
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}

// Next implements source.Reader.
func (r *Reader) Next(blk *source.Block) error {
	if r.inTail {
		r.in.SkipLine(max(r.blockSize, 4096))
		r.inTail = false
	}
	st, ok := blk.State.(*state)
	if !ok {
		st = new(state)
		blk.State = st
	}
	st.long, st.passed = st.long[:0], 0

	// What was carried has no LF, or it would have been given out; to double
	// it keeps the sum of all copies in proportion to the input.
	buf := append(blk.Data[:0], r.in.Carry...)
	searched := 0
	for size := max(r.blockSize, 2*len(r.in.Carry)); ; size *= 2 {
		buf = r.in.Fill(buf, size)
		blk.Data = buf[:0]
		end := bytes.LastIndexByte(buf[searched:], '\n')
		if end >= 0 {
			end += searched + 1
		}
		searched = len(buf)
		switch {
		case end >= 0:
			r.give(blk, buf, end)
			return nil
		case len(buf) > r.maxLine:
			r.giveUp(blk, buf)
			return nil
		case r.in.Err == io.EOF:
			return io.EOF
		case r.in.Err != nil:
			return fmt.Errorf("%s: %w", r.file, r.in.Err)
		}
	}
}

// give makes buf[:end], which ends with LF, the text of the block and carries
// the rest.
func (r *Reader) give(blk *source.Block, buf []byte, end int) {
	st := blk.State.(*state)
	blk.Data, blk.Pos, blk.Line, blk.Offset = buf[:end], 0, 0, r.in.Offset
	st.left, st.line = bytes.Count(blk.Data, []byte{'\n'}), r.line
	r.in.Keep(buf[end:], end)
	r.line += int64(st.left)
}

// giveUp gives a line that is too long, which is all there is of buf, as one
// character.
func (r *Reader) giveUp(blk *source.Block, buf []byte) {
	st := blk.State.(*state)
	st.long = append(st.long, 0)
	r.inTail = true
	blk.Data, blk.Pos, blk.Line, blk.Offset = append(buf[:0], "-\n"...), 0, 0, r.in.Offset
	st.left, st.line = 1, r.line
	r.in.Keep(nil, len(buf))
	r.line++
}
