package archive

import (
	"fmt"
	"io"
	"path"
	"strings"

	"mhsds/validate/source"
	"mhsds/validate/source/zipped"
)

// OpenZip opens the zip at the path. The file stays open until Close.
func OpenZip(name string, opt Options) (*Container, error) {
	f, info, err := source.OpenFile(name)
	if err != nil {
		return nil, err
	}
	c, err := NewZip(f, info.Size(), name, opt)
	if err != nil {
		f.Close()
		return nil, err
	}
	c.closer, c.stamp = f, source.NewStamp(name, info)
	return c, nil
}

// NewZip opens a zip of so many bytes; errors call it by the name. Closing the
// container does not close r.
func NewZip(r io.ReaderAt, size int64, name string, opt Options) (*Container, error) {
	z, err := zipped.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%s is not a zip, or was cut short; copy or make it again: %w", name, err)
	}
	if err := zipped.Overlap(z, name); err != nil {
		return nil, err
	}
	c := &Container{name: name, options: opt}
	var folder string // in which the tables lie
	for _, f := range z.File {
		if fault := pathFault(f.Name); fault != "" {
			return nil, fmt.Errorf("%s: the name of the entry %q %s; make the zip again, of plain files", name, f.Name, fault)
		}
		dir, base := path.Split(f.Name)
		if base == "" || hidden(base) || hiddenFolder(dir) {
			continue
		}
		if !readable(base) {
			c.notice(base, notTable)
			continue
		}
		if err := zipped.Check(f, name); err != nil {
			return nil, err
		}
		if len(c.files) > 0 && dir != folder {
			return nil, fmt.Errorf("%s: tables lie in more than one folder, %q and %q; put the files of one submission together", name, orTop(folder), orTop(dir))
		}
		folder = dir
		c.files = append(c.files, file{name: base, size: zipped.Size(f, size), open: func() (io.ReadCloser, error) {
			return zipped.Open(f, name)
		}})
	}
	if err := c.settle(); err != nil {
		return nil, err
	}
	return c, nil
}

// pathFault says what is wrong with an entry's name, "" if nothing is. We write
// no files, so none could do harm; but a zip with such a name was not made by
// someone who meant to send tables, or by a program that breaks the format.
func pathFault(name string) string {
	switch {
	case name == "":
		return "is empty"
	case strings.Contains(name, `\`):
		return `has a backslash, where the zip format has only "/"`
	case len(name) > 1 && name[1] == ':' && ('A' <= name[0]&^0x20 && name[0]&^0x20 <= 'Z'):
		return "begins with a drive"
	case name[0] == '/':
		return "begins at the root"
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return `leads out of its folder by ".."`
		}
	}
	return ""
}

// hiddenFolder reports whether a folder on the way is one of those that are
// ignored: __MACOSX, for one.
func hiddenFolder(dir string) bool {
	for part := range strings.SplitSeq(dir, "/") {
		if part != "" && hidden(part) {
			return true
		}
	}
	return false
}

func orTop(dir string) string {
	if dir == "" {
		return "the top"
	}
	return strings.TrimSuffix(dir, "/")
}
