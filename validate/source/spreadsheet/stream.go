package spreadsheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/encoded"
)

// A stream cuts the children of one element out of a part of the workbook,
// whole and in order: the rows of a sheet, the items of the shared strings.
//
//	<worksheet>…<sheetData> <row r="1">…</row> <row r="2">…</row> </sheetData>…
//	     root       outer    ▲ inner          ▲
//
// It knows as much of XML as it takes to find where they end, and holds what it
// does not know of against the part: between two children nothing stands but
// white space, comments and processing instructions. A document type
// declaration is refused, so there are no entities but those of XML itself.
type stream struct {
	r                  io.Reader
	root, outer, inner string
	blockSize, max     int   // max bounds a child, in bytes
	limit              int32 // of the children's numbers
	tooMany            error // what next says beyond it
	numbered           bool  // children may say their number, in the attribute r

	open, close, end []byte // "<x:row", "</x:row", "</x:sheetData"
	prefix           string // of the namespace, with its colon

	carry  []byte // read and not yet given out
	begun  bool
	giving bool  // the input goes on within a child that was given up
	done   bool  // outer has ended
	closed bool  // root has ended, too
	read   error // what ended the input, io.EOF mostly
	fail   error // what next answers from now on

	number int32 // of the last child
	merged bool  // the sheet has merged cells
}

// A child is one of the children in a block.
type child struct {
	from, to int32 // what is in it
	number   int32 // as it says itself, or one more than the one before
	long     bool  // it was given up: too long
}

// maxBegin bounds what stands before the children, in bytes: settings of
// columns, at most 16,384 of them.
const maxBegin = 4 << 20

// spare is what a block needs beyond its text.
const spare = 16 + batch.Slack

// next fills buf and children with the next of the input. It returns io.EOF
// after the last, when the rest of the part has been read and is in order.
func (s *stream) next(buf []byte, children []child) ([]byte, []child, error) {
	children = children[:0]
	if s.fail != nil {
		return buf[:0], children, s.fail
	}
	if !s.begun {
		if err := s.begin(); err != nil {
			return buf[:0], children, s.stop(err)
		}
	}
	if s.giving {
		s.skip()
	}
	buf = append(buf[:0], s.carry...)
	p := 0
	for size := max(s.blockSize, 2*len(s.carry)); ; {
		if !s.done {
			buf = s.fill(buf, size)
		}
		err := error(nil)
		if p, children, err = s.children(buf, p, children); err == nil && !s.done && len(children) == 0 {
			switch {
			case s.read == io.EOF:
				err = damagef("it ends after %s", s.place())
			case s.read != nil:
				err = s.read
			case len(buf)-p > s.max && !startsTag(buf[p:], s.open):
				err = damagef("after %s stands something that does not belong there", s.place())
			case len(buf)-p > s.max:
				if s.number = s.numberOf(buf[p:]); s.number > s.limit {
					err = s.tooMany
					break
				}
				children = append(children, child{number: s.number, long: true})
				s.giving = true
				s.carry = append(s.carry[:0], buf[p:]...)
				return buf[:p], children, nil
			default: // what was read to no avail is dropped
				buf, p = append(buf[:0], buf[p:]...), 0
				size = max(s.blockSize, 2*len(buf))
				continue
			}
		}
		s.carry = append(s.carry[:0], buf[p:]...)
		if err == nil && s.done {
			err = s.rest()
		}
		if err != nil {
			s.stop(err)
		}
		if len(children) > 0 {
			err = nil // it is said next time
		}
		return buf[:p], children, err
	}
}

func (s *stream) stop(err error) error {
	s.fail = err
	return err
}

// place says how far the stream is.
func (s *stream) place() string {
	if s.number == 0 {
		return "its beginning"
	}
	return fmt.Sprintf("%s %d", s.inner, s.number)
}

func damagef(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{source.ErrDamaged}, args...)...)
}

// fill reads until buf has size bytes or the input ends, which is then in
// s.read. It leaves room for what a block has beyond its text.
func (s *stream) fill(buf []byte, size int) []byte {
	return encoded.Fill(s.r, buf, size, spare, &s.read)
}

// children goes over the children that are whole in buf from p on, and returns
// the place after them. Those without anything in them are left out.
func (s *stream) children(buf []byte, p int, list []child) (int, []child, error) {
	for !s.done {
		p = skipSpace(buf, p)
		rest := buf[p:]
		switch {
		case startsTag(rest, s.open):
			gt := tagEnd(rest)
			if gt < 0 {
				return p, list, nil
			}
			number := s.numberOf(rest[:gt])
			if number > s.limit {
				return p, list, s.tooMany
			}
			from := p + gt + 1
			if rest[gt-1] == '/' {
				s.number, p = number, from
				continue
			}
			to, after := s.closing(buf, from)
			if to < 0 {
				return p, list, nil
			}
			if to > from {
				list = append(list, child{from: int32(from), to: int32(to), number: number, long: after-p > s.max})
			}
			s.number, p = number, after
		case startsTag(rest, s.end):
			s.done = true
		default:
			n, err := s.between(rest)
			if n == 0 || err != nil {
				return p, list, err
			}
			p += n
		}
	}
	return p, list, nil
}

// numberOf returns the number of the child whose tag is given.
func (s *stream) numberOf(tag []byte) int32 {
	if n := attributeInt(tag, 'r'); s.numbered && n > int64(s.number) && n <= int64(s.limit) {
		return int32(n)
	}
	return s.number + 1
}

// between returns the length of the comment or processing instruction that text
// begins with, 0 if more text is needed to say. Anything else is an error.
func (s *stream) between(text []byte) (int, error) {
	switch n := misc(text); {
	case n < 0:
		return 0, nil
	case n > 0 && !bytes.HasPrefix(text, []byte("<![")):
		return n, nil
	}
	if bytes.HasPrefix(text, []byte("<!DOCTYPE")) {
		return 0, errDocumentType
	}
	if len(text) < len("<!DOCTYPE")+len(s.prefix)+len(s.outer) {
		return 0, nil // what it is will be seen
	}
	return 0, damagef("after %s stands something that does not belong there", s.place())
}

var errDocumentType = errors.New("its XML has a document type declaration, which no workbook has; it is not read")

// closing returns the place of the child's closing tag and the place after it,
// -1 if it is not in buf.
func (s *stream) closing(buf []byte, from int) (to, after int) {
	for p := from; ; {
		i := bytes.Index(buf[p:], s.close)
		if i < 0 {
			return -1, -1
		}
		to = p + i
		if !startsTag(buf[to:], s.close) {
			if to+len(s.close) >= len(buf) {
				return -1, -1
			}
			p = to + 1
			continue
		}
		// In a comment or CDATA, which are rare, it would be no tag.
		if j := bytes.Index(buf[from:to], []byte("<!")); j >= 0 {
			n := misc(buf[from+j:])
			if n < 0 {
				return -1, -1
			}
			from += j + max(n, len("<!"))
			p = max(from, to)
			continue
		}
		gt := bytes.IndexByte(buf[to:], '>')
		if gt < 0 {
			return -1, -1
		}
		return to, to + gt + 1
	}
}

// begin reads up to the first child.
func (s *stream) begin() error {
	buf, p := []byte(nil), 0
	root := false
	for size := 4096; ; size *= 2 {
		buf = s.fill(buf, min(size, maxBegin))
		for {
			n, done, err := s.beginning(buf, p, &root)
			if err != nil {
				return err
			}
			if p += n; done {
				s.carry, s.begun = buf[p:], true
				return nil
			}
			if n == 0 {
				break
			}
		}
		switch {
		case s.read == io.EOF:
			return damagef("it ends before its first %s", s.inner)
		case s.read != nil:
			return s.read
		case len(buf) >= maxBegin:
			return fmt.Errorf("its first %s is not within its first 4 MiB", s.inner)
		}
	}
}

// beginning goes over the markup at p and returns the place after it, as a
// distance; 0 if more text is needed.
func (s *stream) beginning(buf []byte, p int, root *bool) (n int, done bool, err error) {
	text := buf[p:]
	if p == 0 {
		if len(text) < 4 && s.read == nil {
			return 0, false, nil
		}
		if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
			return 3, false, nil
		}
		if len(text) > 1 && (text[0] == 0 || text[1] == 0 || text[0] >= 0xfe) {
			return 0, false, errEncoding
		}
	}
	i := bytes.IndexByte(text, '<')
	if i != 0 {
		if i < 0 {
			i = len(text)
		}
		return i, false, nil
	}
	if len(text) > 1 && text[1] != '!' && text[1] != '?' {
		gt := tagEnd(text)
		if gt < 0 {
			return 0, false, nil
		}
		name := string(tagName(text))
		local := name[strings.IndexByte(name, ':')+1:]
		if !*root {
			if local != s.root {
				return 0, false, fmt.Errorf("its XML is a %.20q, no %s", local, s.root)
			}
			*root = true
			s.prefix = name[:len(name)-len(local)]
			s.open = []byte("<" + s.prefix + s.inner)
			s.close = []byte("</" + s.prefix + s.inner)
			s.end = []byte("</" + s.prefix + s.outer)
		}
		switch {
		case text[1] == '/' && local == s.root:
			return 0, false, damagef("it has no %s", s.outer)
		case text[1] == '/' || name != s.prefix+s.outer:
			return gt + 1, false, nil
		case text[gt-1] == '/':
			s.done, s.closed = true, s.outer == s.root
		}
		return gt + 1, true, nil
	}
	n, err = s.between(text)
	if n > 0 && bytes.HasPrefix(text, []byte("<?xml ")) && !utf8Declared(text[:n]) {
		return 0, false, errEncoding
	}
	return n, false, err
}

var errEncoding = errors.New("its XML is not written in UTF-8, as programs that write workbooks do; open it in such a program and save it again")

// utf8Declared reports whether an XML declaration names no encoding but UTF-8.
func utf8Declared(declaration []byte) bool {
	lower := strings.ToLower(string(declaration))
	_, after, ok := strings.Cut(lower, "encoding")
	if !ok {
		return true
	}
	after = strings.TrimLeft(after, " \t\r\n=\"'")
	return strings.HasPrefix(after, "utf-8") || strings.HasPrefix(after, "us-ascii")
}

// skip drops what is left of a child that was given up.
func (s *stream) skip() {
	for {
		if i := bytes.Index(s.carry, s.close); i >= 0 {
			if gt := bytes.IndexByte(s.carry[i:], '>'); gt >= 0 {
				s.carry = append(s.carry[:0], s.carry[i+gt+1:]...)
				break
			}
		}
		if s.read != nil {
			s.carry = s.carry[:0]
			break
		}
		if keep := len(s.close); len(s.carry) > keep { // it may lie in two parts
			s.carry = append(s.carry[:0], s.carry[len(s.carry)-keep:]...)
		}
		s.carry = s.fill(s.carry, max(s.blockSize, 4096))
	}
	s.giving = false
}

// rest reads what follows outer, to the end: the last of it must be the end of
// root, and only then does the zip say that its checksum is right.
func (s *stream) rest() error {
	merge := []byte("<" + s.prefix + "mergeCell ")
	end := "</" + s.prefix + s.root
	buf := s.carry
	for {
		s.merged = s.merged || bytes.Contains(buf, merge)
		tail := bytes.TrimRight(buf, " \t\r\n")
		if s.read != nil {
			if s.read != io.EOF || s.closed {
				return s.read
			}
			tail, closed := bytes.CutSuffix(tail, []byte(">"))
			if !closed || !bytes.HasSuffix(bytes.TrimRight(tail, " \t\r\n"), []byte(end)) {
				return damagef("it ends before its end, after %s", s.place())
			}
			return io.EOF
		}
		if keep := len(merge) + len(end) + 16; len(tail) > keep { // what lies in two parts
			tail = tail[len(tail)-keep:]
		}
		buf = append(buf[:0], tail...)
		buf = s.fill(buf, max(s.blockSize, 4096))
	}
}

func skipSpace(buf []byte, p int) int {
	for p < len(buf) && isSpace(buf[p]) {
		p++
	}
	return p
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// startsTag reports whether text begins with the tag, whose name ends there.
func startsTag(text, tag []byte) bool {
	if len(text) <= len(tag) || !bytes.HasPrefix(text, tag) {
		return false
	}
	c := text[len(tag)]
	return c == '>' || c == '/' || isSpace(c)
}

// tagEnd returns the place of the > that ends the tag at the beginning of
// text, -1 if it is not there. A > within quotes is none.
func tagEnd(text []byte) int {
	quote := byte(0)
	for i, c := range text {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return -1
}

// tagName returns the name of the tag that text begins with.
func tagName(text []byte) []byte {
	i := 1
	if i < len(text) && text[i] == '/' {
		i++
	}
	from := i
	for i < len(text) && !isSpace(text[i]) && text[i] != '>' && text[i] != '/' {
		i++
	}
	return text[from:i]
}

// attributeInt returns the value of the attribute whose name is one letter, -1
// if the beginning of the tag has none that is a number.
func attributeInt(tag []byte, name byte) int64 {
	tag = tag[:min(len(tag), 4096)]
	for i := 1; i+3 < len(tag); i++ {
		if tag[i] != name || !isSpace(tag[i-1]) || tag[i+1] != '=' {
			continue
		}
		n, digits := int64(0), 0
		for i += 3; i < len(tag) && '0' <= tag[i] && tag[i] <= '9' && digits < 10; i++ {
			n = n*10 + int64(tag[i]-'0')
			digits++
		}
		if digits == 0 || digits == 10 {
			return -1
		}
		return n
	}
	return -1
}
