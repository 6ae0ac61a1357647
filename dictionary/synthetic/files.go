package synthetic

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// files are the files of one submission, one a table, in a folder or a zip. One
// is open at a time.
type files struct {
	open func(name string) (io.WriteCloser, error)
	done func() error
	file io.WriteCloser
	w    *bufio.Writer
}

// inFolder makes files in the folder dir, which must exist. Files of the same
// names are replaced.
func inFolder(dir string) files {
	return files{open: func(name string) (io.WriteCloser, error) { return os.Create(filepath.Join(dir, name)) }}
}

// inZip makes the entries of an archive.
func inZip(w io.Writer) files {
	z := zip.NewWriter(w)
	return files{
		open: func(name string) (io.WriteCloser, error) {
			f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: zipTime()})
			return nopCloser{f}, err
		},
		done: z.Close,
	}
}

// zipTime is the time of every entry of a zip: the same submission has the same
// bytes whenever it is made.
func zipTime() time.Time { return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) }

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// bufferSize of a file, in bytes: fewer, larger writes.
const bufferSize = 256 << 10

// begin opens the file of a table.
func (f *files) begin(name string) error {
	file, err := f.open(name)
	if err != nil {
		return err
	}
	f.file = file
	if f.w == nil {
		f.w = bufio.NewWriterSize(file, bufferSize)
	} else {
		f.w.Reset(file)
	}
	return nil
}

// End implements Writer.
func (f *files) End() error {
	err := f.w.Flush()
	if e := f.file.Close(); err == nil {
		err = e
	}
	f.file = nil
	return err
}

// Close ends the submission; nothing can be written after it.
func (f *files) Close() error {
	var err error
	if f.file != nil { // given up within a table
		err = f.file.Close()
	}
	if f.done != nil {
		if e := f.done(); err == nil {
			err = e
		}
	}
	if err != nil {
		return fmt.Errorf("submission: %w", err)
	}
	return nil
}
