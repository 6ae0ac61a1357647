// Package delimited reads a table from a file of delimited text (CSV).
//
// # The format
//
// A file is UTF-8 with or without a byte order mark, or UTF-16 with one. A
// record whose bytes are not UTF-8 is read as Windows-1252; the reader says so
// once, with the line of the first.
//
// A record is one or more values with a delimiter between them, ended by LF or
// CRLF; the last line need not have an end. A line without a byte is no record;
// a line of delimiters alone is a record of nulls. The first record is the
// header and names the columns.
//
//	CareContactID,Status,Remark⏎            the header, line 1
//	CC1,,"two lines:⏎                       row 1, lines 2 and 3
//	with a "" and a , in them"⏎
//	⏎                                       line 4 is no record
//	CC2,  A12  ,⏎                           row 2, line 5: "CC2" "A12" null
//
// A value whose first character other than U+0020 is a quote is quoted: it ends
// at the next quote that is followed, spaces aside, by a delimiter or by the
// end of the line. A doubled quote in it stands for one quote, CRLF in it for
// LF; delimiters and LF in it are its own. Any other value ends at the next
// delimiter or end of line. U+0020 is dropped from both ends of every value,
// within the quotes and without; an empty value is null.
//
// # What is wrong with a record
//
// A fault is reported on its row and never costs another one. Its words are
// the Check of batch.Fault:
//
//	ragged_row         more or fewer values than the header has names; the row
//	                   is skipped
//	stray_quote        a quote within an unquoted value, or one within a quoted
//	                   value that is not doubled; it stays in the value
//	control_character  a byte below 0x20 other than tab, LF and CR, or 0x7f;
//	                   it stays in the value
//	oversized_field    a value longer than 1 MiB is null; a record longer than
//	                   2 MiB is skipped, with Column -1, up to the next LF
//	unclosed_quote     a quoted value without an end; the row is skipped
//
// A quoted value has no end when the file ends first, when its record passes
// 2 MiB, or when a quote that is not doubled and closes nothing comes after a
// line break: that is another value's quote. Then the record ends with the
// line in which the value began, and the next line is the next record. So a
// lost quote costs one row, whatever follows it.
//
// Faults of a value are reported for the columns that are bound, and stray
// quotes elsewhere with Column -1. Of a ragged row only stray quotes are
// reported besides, with Column -1, since they may explain it.
//
// # How it is read
//
// Next cuts the input into blocks of whole records; a block without a quote is
// cut at its last LF, any other by following its quotes. Decode first marks
// every byte that may mean something, 64 bytes a word, and then goes from mark
// to mark:
//
//	text    CC1,,A 2,"x,y"⏎
//	marks   ...**.*.**..*.*     below 0x2d, at or above 0x7f, or the delimiter
//
// and stores each value's place in its column. What is plain is done there;
// whatever is odd (quotes, spaces at an end, a byte outside ASCII) goes
// through one slower function.
package delimited

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/encoded"
	"mhsds/validate/source/filling"
)

// The words of batch.Fault.Check.
const (
	raggedRow        = "ragged_row"
	strayQuote       = "stray_quote"
	controlCharacter = filling.ControlCharacter
	oversizedField   = filling.OversizedField
	unclosedQuote    = "unclosed_quote"
)

// maxField and maxRecord bound a value and a record, in bytes. The widest
// tables have values of some hundred characters: past 1 MiB something else is
// wrong, and saying so beats reading the rest of the file into one value. A
// record has room for one such value and all the others.
const (
	maxField  = 1 << 20
	maxRecord = 2 << 20
)

// defaultBlock is the working size of a block, in bytes: text and cells of it
// stay in the second-level cache while they are checked.
const defaultBlock = 256 << 10

// spare is the number of bytes that a block has beyond its text: one word of
// marks and what batch.Slack asks for.
const spare = 64 + batch.Slack

// Options tune a Reader. The zero value reads commas.
type Options struct {
	// Delimiter stands between values: any ASCII character but a quote, a
	// space, a letter, a digit, CR, LF and NUL. 0 means a comma.
	Delimiter byte

	// BlockSize is the working size of a block in bytes; a block grows when a
	// record needs it. 0 means 256 KiB. The records are the same for any size.
	BlockSize int
}

// A Reader reads the records of one file. It implements source.Reader.
type Reader struct {
	in        *encoded.Lines // its Carry begins at a record
	closer    io.Closer      // nil if there is nothing to close
	file      string
	delim     byte
	blockSize int

	maxField, maxRecord int // the constants; less in tests

	columns     []source.Column
	bound       []int
	header      int   // bytes of the header record
	headerLines int32 // lines before the first row

	begun  bool  // Next was called
	inTail bool  // the input goes on within a record that was given up
	line   int64 // of the Carry's first byte, from 1

	notices []source.Notice

	// legacy is the line of the first record that was read as Windows-1252;
	// decoders set it. 0 if there is none.
	legacy source.First
}

// state is what a Block of ours carries.
type state struct {
	broken []broken // in order
	passed int      // the broken records before Pos
	marks  []uint64 // see mark
	marked bool
	left   int32 // line ends in Data from Pos on: no fewer than records
	line   int64 // of the block's first byte, from 1
}

// A broken record is one that the reader could not find the end of.
type broken struct {
	start, end int    // in Data
	check      string // unclosed_quote or oversized_field
}

// mark marks the block's text.
func (st *state) mark(data []byte, delim byte) {
	st.marked = true
	words := (len(data) + 63) / 64
	if cap(st.marks) < words {
		st.marks = make([]uint64, words+words/8)
	}
	st.marks = st.marks[:words]
	mark(st.marks, data, delim)
}

// NewReader reads the header of the file and returns a reader of its rows.
// File is the name by which errors and notices call it. If r is an io.Closer,
// Close closes it; when NewReader returns an error, r is still the caller's.
//
// An error is one sentence without any of the file's values: a file without a
// header has them in its first line.
func NewReader(r io.Reader, file string, opt Options) (*Reader, error) {
	rd := &Reader{file: file, delim: opt.Delimiter, blockSize: opt.BlockSize, maxField: maxField, maxRecord: maxRecord, line: 1}
	if rd.delim == 0 {
		rd.delim = ','
	}
	if !validDelimiter(rd.delim) {
		return nil, fmt.Errorf("delimiter %q: not a character that can stand between values; use one such as , ; | or a tab", rune(rd.delim))
	}
	if rd.blockSize <= 0 {
		rd.blockSize = defaultBlock
	}
	var err error
	if rd.in, err = encoded.NewLines(r, spare); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := rd.readHeader(); err != nil {
		return nil, err
	}
	rd.closer, _ = r.(io.Closer)
	return rd, nil
}

func validDelimiter(c byte) bool {
	switch {
	case c == 0, c == '\n', c == '\r', c == '"', c == ' ', c >= 0x7f,
		'0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z':
		return false
	}
	return true
}

// readHeader reads until the first record is whole and takes its names. The
// header stays in carry, at its beginning.
func (r *Reader) readHeader() error {
	var st state
	for size := r.blockSize; ; size *= 2 {
		r.in.Carry = r.in.Fill(r.in.Carry, size)
		start, lines := skipEmpty(r.in.Carry, 0)
		r.in.Keep(r.in.Carry[start:], start)
		r.headerLines += lines

		st.broken = st.broken[:0]
		c := cutter{buf: r.in.Carry, delim: r.delim, maxRecord: r.maxRecord, final: r.in.Err == io.EOF, one: true}
		end, long := c.cut(&st)
		switch {
		case long:
			return fmt.Errorf("%s: line %d: the header is longer than 2 MiB: is this a text file?", r.file, r.headerLines+1)
		case len(st.broken) > 0:
			return fmt.Errorf("%s: line %d: a quote in the header is never closed; close or remove it", r.file, r.headerLines+1)
		case end > 0:
			err := r.setColumns(r.in.Carry[:end], int(r.headerLines)+1)
			r.header = end
			r.headerLines += int32(countLines(r.in.Carry[:end]))
			return err
		case r.in.Err != nil && r.in.Err != io.EOF:
			return fmt.Errorf("%s: %w", r.file, r.in.Err)
		case r.in.Err != nil:
			r.notices = append(r.notices, source.Notice{File: r.file, Text: "the file is empty: it has neither a header line nor a row"})
			return nil
		}
	}
}

// setColumns takes the columns' names from the header record.
func (r *Reader) setColumns(record []byte, line int) error {
	if bytes.IndexByte(record, 0) >= 0 {
		return fmt.Errorf("%s: the header line holds NUL bytes: is it UTF-16 without a byte order mark, or no text at all? Save the file as UTF-8", r.file)
	}
	if !utf8.Valid(record) {
		record = encoded.AppendWindows1252(nil, record)
		r.legacy.Note(int64(line))
	}
	names := splitHeader(append([]byte(nil), record...), r.delim)
	r.columns = make([]source.Column, len(names))
	for i, name := range names {
		r.columns[i].Name = name
		for j := 0; j < len(name); j++ {
			switch c := name[j]; {
			case c == '\r' && bytes.IndexByte(record, '"') < 0:
				return fmt.Errorf("%s: the header line holds a carriage return (CR) that ends no line; save the file with CRLF or LF line ends", r.file)
			case c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f:
				return fmt.Errorf("%s: the name of column %d holds a control character: is this a text file?", r.file, i+1)
			}
		}
	}
	switch first, second, record := source.Same(r.columns); {
	case second > 0 && record:
		return fmt.Errorf("%s: line %d, the first, seems to be a row, for columns %d and %d of it are the same and it has numbers; put a line with the names of the columns above it", r.file, line, first+1, second+1)
	case second > 0:
		return fmt.Errorf("%s: columns %d and %d of the header have the same name, so which of them counts cannot be told; rename or remove one", r.file, first+1, second+1)
	}
	if len(names) == 1 {
		if d, ok := source.Divided(names[0], r.delim); ok {
			r.notices = append(r.notices, source.Notice{File: r.file,
				Text: fmt.Sprintf("the header is one name with %s in it: is that the delimiter, rather than %q?", d.Name, rune(r.delim))})
		}
	}
	return nil
}

// Columns lists the names of the header, trimmed, in the file's order.
func (r *Reader) Columns() []source.Column { return r.columns }

// Bind implements source.Reader. A column may be wanted more than once.
func (r *Reader) Bind(columns []int) { r.bound = append([]int(nil), columns...) }

// Notices implements source.Reader.
func (r *Reader) Notices() []source.Notice {
	return encoded.Notices(r.notices, r.file, r.legacy.Get())
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
	st.broken, st.passed, st.marked = st.broken[:0], 0, false

	// What was carried needs more text, or it would have been given out; to
	// double it keeps the sum of all copies in proportion to the input.
	size := max(r.blockSize, 2*len(r.in.Carry))
	if !r.begun {
		size = max(r.blockSize, len(r.in.Carry))
	}
	buf := append(blk.Data[:0], r.in.Carry...)
	for ; ; size *= 2 {
		buf = r.in.Fill(buf, size)
		blk.Data = buf[:0]
		c := cutter{buf: buf, delim: r.delim, maxRecord: r.maxRecord, final: r.in.Err == io.EOF}
		end, long := c.cut(st)
		switch {
		case end > 0 || long:
			r.give(blk, buf, end, long)
			return nil
		case r.in.Err == io.EOF:
			return io.EOF
		case r.in.Err != nil:
			return fmt.Errorf("%s: %w", r.file, r.in.Err)
		}
	}
}

// give makes buf[:end] the text of the block and carries the rest. If long is
// true, the record that begins at end is given up: in the block it is one
// character and as many line ends as it has lines.
func (r *Reader) give(blk *source.Block, buf []byte, end int, long bool) {
	st := blk.State.(*state)
	blk.Pos, blk.Line, blk.Offset = 0, 0, r.in.Offset
	st.line = r.line
	taken := end
	if long {
		taken += r.maxRecord
		r.inTail = true
	}
	r.in.Keep(buf[taken:], taken)
	if long {
		lines := 1 + countLines(buf[end:taken])
		st.broken = append(st.broken, broken{end, end + 1 + lines, oversizedField})
		buf = append(buf[:end], '-')
		buf = append(buf, bytes.Repeat([]byte{'\n'}, lines)...)
		end = len(buf)
	}
	blk.Data = buf[:end]
	st.left = int32(countLines(blk.Data))
	if !r.begun {
		r.begun = true
		st.left -= int32(countLines(blk.Data[:r.header]))
		blk.Pos, blk.Line = r.header, r.headerLines
	}
	r.line += int64(blk.Line) + int64(st.left)
}
