// Package encoded reads text of UTF-8, UTF-16 or Windows-1252 as UTF-8.
//
// A byte order mark tells UTF-8 from UTF-16. Text without one is UTF-8; a
// record of it whose bytes are not is Windows-1252, which its decoder finds
// out and AppendWindows1252 turns into UTF-8.
package encoded

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"mhsds/validate/source"
)

// NewReader drops the byte order mark of r and has UTF-16 transcoded as it is
// read. offset is the place in r of the first byte of text, -1 if places in
// text are none in r.
func NewReader(r io.Reader) (text io.Reader, offset int64, err error) {
	head := make([]byte, 3)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, 0, err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return r, 3, nil
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		utf16 := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
		return utf16.NewDecoder().Reader(io.MultiReader(bytes.NewReader(head), r)), -1, nil
	}
	return io.MultiReader(bytes.NewReader(head), r), 0, nil
}

// AppendWindows1252 appends a text of Windows-1252 as UTF-8.
func AppendWindows1252(dst, text []byte) []byte {
	// From 0x80 to 0x9f it differs from Latin-1; five bytes stand for nothing.
	upper := [32]rune{
		'€', utf8.RuneError, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', utf8.RuneError, 'Ž', utf8.RuneError,
		utf8.RuneError, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', utf8.RuneError, 'ž', 'Ÿ',
	}
	for _, c := range text {
		switch {
		case c < 0x80:
			dst = append(dst, c)
		case c < 0xa0:
			dst = utf8.AppendRune(dst, upper[c-0x80])
		default:
			dst = utf8.AppendRune(dst, rune(c))
		}
	}
	return dst
}

// Notices adds to the notices what is to be said of a file that has records in
// Windows-1252, from the line first on; nothing if first is 0.
func Notices(notices []source.Notice, file string, first int64) []source.Notice {
	if first == 0 {
		return notices
	}
	return append(notices[:len(notices):len(notices)], source.Notice{File: file,
		Text: fmt.Sprintf("records that are not UTF-8, from line %d on, are read as Windows-1252; save the file as UTF-8 to be sure of every character", first)})
}
