// Package archive opens a submission that is a folder or a zip of files.
//
// Each file is a table and is named after it; its extension says how it is
// written, .csv and .txt as delimited text, .jsonl and .ndjson as JSON lines:
//
//	September/                        table               file
//	  MHS000Header.csv                MHS000Header        MHS000Header.csv
//	  mhs101referral.TXT              mhs101referral      mhs101referral.TXT
//	  _notes.csv   .DS_Store          (ignored)
//	  MHS001MPI.jsonl                 MHS001MPI           MHS001MPI.jsonl
//	  letter.docx                     (a notice)
//
// A folder's own folders are not read. In a zip all tables lie together, at the
// top or in one folder. An entry of a zip is unpacked as it is read, never to
// disk; names that could lead elsewhere, encrypted entries and entries that
// unpack without end are refused.
package archive

import (
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"mhsds/validate/source"
	"mhsds/validate/source/delimited"
	"mhsds/validate/source/jsonlines"
)

// Options say how the files are read. The zero value is the one most callers
// want.
type Options struct {
	Delimited delimited.Options // of .csv and .txt files
}

// A Container is a folder or a zip of files. It implements source.Container.
type Container struct {
	name    string // as errors call it
	files   []file // by name, without regard to case
	notices []source.Notice
	options Options
	closer  io.Closer    // of the zip
	stamp   source.Stamp // of the zip
}

// A file holds one table.
type file struct {
	name string // without folder
	size int64  // unpacked
	open func() (io.ReadCloser, error)

	stamp source.Stamp // of a file of a folder
}

// OpenFolder opens the folder at the path. Symbolic links to files are
// followed, links to folders are not.
func OpenFolder(folder string, opt Options) (*Container, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("folder %s cannot be read: %w", folder, source.Cause(err))
	}
	c := &Container{name: folder, options: opt}
	for _, e := range entries {
		name := e.Name()
		if hidden(name) {
			continue
		}
		place := filepath.Join(folder, name)
		info, err := os.Stat(place) // of what a link leads to
		switch {
		case err == nil && info.IsDir():
			c.notice(name, "the folder is not read: the files of all tables must lie together")
		case !readable(name):
			c.notice(name, notTable)
		case err != nil:
			return nil, fmt.Errorf("%s cannot be read: %w", place, source.Cause(err))
		case !info.Mode().IsRegular():
			return nil, fmt.Errorf("%s is no file but a device or pipe; put a copy of the table in its place", place)
		default:
			c.files = append(c.files, file{name, info.Size(), func() (io.ReadCloser, error) {
				f, err := os.Open(place)
				if err != nil {
					return nil, fmt.Errorf("%s cannot be read: %w", place, source.Cause(err))
				}
				return f, nil
			}, source.NewStamp(place, info)})
		}
	}
	if err := c.settle(); err != nil {
		return nil, err
	}
	return c, nil
}

// settle puts the files in order and refuses names that cannot stand.
func (c *Container) settle() error {
	slices.SortFunc(c.files, func(a, b file) int {
		if n := strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)); n != 0 {
			return n
		}
		return strings.Compare(a.name, b.name)
	})
	tables := make(map[string]string, len(c.files))
	for _, f := range c.files {
		if strings.ContainsFunc(f.name, unprintable) {
			return fmt.Errorf("%s: the file name %q holds a control character; rename the file", c.name, f.name)
		}
		key := strings.ToLower(table(f.name))
		switch first, ok := tables[key]; {
		case ok && first == f.name:
			return fmt.Errorf("%s: there are two entries %s; which one counts cannot be told, so keep one", c.name, f.name)
		case ok:
			return fmt.Errorf("%s: %s and %s are both the table %s; which one counts cannot be told, so keep one", c.name, first, f.name, table(f.name))
		}
		tables[key] = f.name
	}
	return nil
}

func (c *Container) notice(name, text string) {
	c.notices = append(c.notices, source.Notice{File: name, Text: text})
}

// Tables implements source.Container: the files, in the order of their names.
func (c *Container) Tables() []source.Table {
	tables := make([]source.Table, len(c.files))
	for i, f := range c.files {
		tables[i] = source.Table{Name: table(f.name), File: f.name, Size: f.size}
	}
	return tables
}

// Open implements source.Container. An error that wraps source.ErrDamaged
// means that the table cannot be read and others may be.
func (c *Container) Open(i int) (source.Reader, error) {
	r, err := c.files[i].open()
	if err != nil {
		return nil, err
	}
	reader, err := c.reader(r, c.files[i].name)
	if err != nil {
		r.Close()
		return nil, err
	}
	return reader, nil
}

// reader returns a reader of the rows of r by what its name says it is.
func (c *Container) reader(r io.Reader, name string) (source.Reader, error) {
	if jsonLines(name) {
		return jsonlines.NewReader(r, name, jsonlines.Options{})
	}
	return delimited.NewReader(r, name, c.options.Delimited)
}

// Notices implements source.Container: of files that are not read.
func (c *Container) Notices() []source.Notice { return c.notices }

// Changed implements source.Changeable.
func (c *Container) Changed() []string {
	var names []string
	if c.stamp.Changed() {
		names = append(names, filepath.Base(c.name))
	}
	for i := range c.files {
		if c.files[i].stamp.Changed() {
			names = append(names, c.files[i].name)
		}
	}
	return names
}

// Close implements source.Container.
func (c *Container) Close() error {
	if c.closer == nil {
		return nil
	}
	return c.closer.Close()
}

// hidden reports whether a file is ignored in silence.
func hidden(name string) bool { return name[0] == '_' || name[0] == '.' }

// notTable is said of files of other names.
const notTable = "the file is not read: the name of a table's file ends in .csv, .txt or .jsonl"

// readable reports whether a file of this name is a table.
func readable(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".csv", ".txt":
		return true
	}
	return jsonLines(name)
}

// jsonLines reports whether a file of this name holds JSON lines.
func jsonLines(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".jsonl", ".ndjson":
		return true
	}
	return false
}

// table returns the name of the table that a file holds.
func table(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

func unprintable(c rune) bool { return c < ' ' || 0x7f <= c && c < 0xa0 || c == '\ufffd' }
