package synthetic

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"mhsds/dictionary"
)

// A CSV writes tables as files of comma-separated values: UTF-8, LF, quotes
// only where they are needed. It implements Writer.
type CSV struct {
	open func(name string) (io.WriteCloser, error)
	done func() error
	file io.WriteCloser
	w    *bufio.Writer
}

// Folder returns a writer of one file a table in the folder dir, which must
// exist. Files of the same names are replaced.
func Folder(dir string) *CSV {
	return &CSV{open: func(name string) (io.WriteCloser, error) { return os.Create(filepath.Join(dir, name)) }}
}

// Zip returns a writer of an archive with one file a table. Close ends it.
func Zip(w io.Writer) *CSV {
	z := zip.NewWriter(w)
	return &CSV{
		open: func(name string) (io.WriteCloser, error) {
			// A fixed time: the same submission has the same bytes.
			f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
			return nopCloser{f}, err
		},
		done: z.Close,
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// bufferSize of a file, in bytes: fewer, larger writes.
const bufferSize = 256 << 10

// Begin implements Writer.
func (c *CSV) Begin(t *dictionary.Table) error {
	f, err := c.open(t.Name + ".csv")
	if err != nil {
		return err
	}
	c.file = f
	if c.w == nil {
		c.w = bufio.NewWriterSize(f, bufferSize)
	} else {
		c.w.Reset(f)
	}
	names := make([][]byte, len(t.Fields))
	for i := range t.Fields {
		names[i] = []byte(t.Fields[i].Name)
	}
	return c.Row(names)
}

// Row implements Writer.
func (c *CSV) Row(values [][]byte) error {
	for i, v := range values {
		if i > 0 {
			c.w.WriteByte(',')
		}
		if plain(v) {
			c.w.Write(v)
		} else {
			c.quoted(v)
		}
	}
	return c.w.WriteByte('\n') // bufio keeps the first error; it comes back here
}

// plain reports whether a value needs no quotes.
func plain(v []byte) bool {
	for _, b := range v {
		if b < '-' && (b == ',' || b == '"' || b == '\n' || b == '\r') {
			return false
		}
	}
	return true
}

func (c *CSV) quoted(v []byte) {
	c.w.WriteByte('"')
	for _, b := range v {
		if b == '"' {
			c.w.WriteByte('"')
		}
		c.w.WriteByte(b)
	}
	c.w.WriteByte('"')
}

// End implements Writer.
func (c *CSV) End() error {
	err := c.w.Flush()
	if e := c.file.Close(); err == nil {
		err = e
	}
	c.file = nil
	return err
}

// Close ends the submission; nothing can be written after it.
func (c *CSV) Close() error {
	var err error
	if c.file != nil { // given up within a table
		err = c.file.Close()
	}
	if c.done != nil {
		if e := c.done(); err == nil {
			err = e
		}
	}
	if err != nil {
		return fmt.Errorf("submission: %w", err)
	}
	return nil
}
