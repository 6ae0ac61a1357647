package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// OpenFile opens the plain file at the path. The error is one sentence.
func OpenFile(path string) (*os.File, fs.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%s cannot be read: %w", path, Cause(err))
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a file")
	}
	if err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("%s cannot be read: %w", path, Cause(err))
	}
	return f, info, nil
}

// Cause returns what a file system error says apart from the path, for
// sentences that have it already.
func Cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// A Changeable container can tell whether its files are still what they were
// when it was opened. What was read of one that is not may belong to neither.
type Changeable interface {
	Container

	// Changed names the files that are not, as findings call them.
	Changed() []string
}

// A Stamp tells a file from what others may make of it: by its size and the
// time of its last change. Its zero value stands for no file and never changes.
type Stamp struct {
	path     string
	size     int64
	modified time.Time
}

// NewStamp is the stamp of the file at the path, of which info was asked before
// anything was read.
func NewStamp(path string, info fs.FileInfo) Stamp {
	return Stamp{path, info.Size(), info.ModTime()}
}

// Changed reports whether the file is another by now, or gone.
func (s Stamp) Changed() bool {
	if s.path == "" {
		return false
	}
	info, err := os.Stat(s.path)
	return err != nil || info.Size() != s.size || !info.ModTime().Equal(s.modified)
}
