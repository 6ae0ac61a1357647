package archive

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"strings"

	"mhsds/validate/source"
)

// maxRatio is how many bytes may come out of one byte of a zip once free bytes
// have: records in text stay far below 100, and deflate can do 1032.
const (
	maxRatio = 400
	free     = 64 << 20
)

// encrypted is the bit of an entry's flags that says so.
const encrypted = 1

// OpenZip opens the zip at the path. The file stays open until Close.
func OpenZip(name string, opt Options) (*Container, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", name, cause(err))
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a file")
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s cannot be read: %w", name, cause(err))
	}
	c, err := NewZip(f, info.Size(), name, opt)
	if err != nil {
		f.Close()
		return nil, err
	}
	c.closer = f
	return c, nil
}

// NewZip opens a zip of so many bytes; errors call it by the name. Closing the
// container does not close r.
func NewZip(r io.ReaderAt, size int64, name string, opt Options) (*Container, error) {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // we look at every path below
		return nil, fmt.Errorf("%s is not a zip, or was cut short; copy or make it again: %w", name, err)
	}
	z.RegisterDecompressor(zip.Deflate, inflate)

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
			c.notice(base, "the file is not read: the name of a table's file ends in .csv or .txt")
			continue
		}
		switch method, mode := f.Method, f.Mode(); {
		case f.Flags&encrypted != 0:
			return nil, fmt.Errorf("%s: the entry %q is %w; make the zip again without a password", name, f.Name, source.ErrEncrypted)
		case method != zip.Store && method != zip.Deflate:
			return nil, fmt.Errorf("%s: the entry %q is compressed by %s, which cannot be read; make the zip again with the usual method (deflate)", name, f.Name, methodName(method))
		case mode&fs.ModeType != 0:
			return nil, fmt.Errorf("%s: the entry %q is no file but a link or the like; make the zip again with the file itself", name, f.Name)
		case len(c.files) > 0 && dir != folder:
			return nil, fmt.Errorf("%s: tables lie in more than one folder, %q and %q; put the files of one submission together", name, orTop(folder), orTop(dir))
		}
		folder = dir
		c.files = append(c.files, file{base, entrySize(f, size), func() (io.ReadCloser, error) {
			return openEntry(f, name)
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

// methodName names a compression method that the zip specification numbers.
func methodName(method uint16) string {
	switch method {
	case 9:
		return "Deflate64 (as Windows does for files over 2 GB)"
	case 12:
		return "bzip2"
	case 14:
		return "LZMA"
	case 93:
		return "Zstandard"
	case 95:
		return "xz"
	}
	return fmt.Sprintf("method %d", method)
}

// entrySize returns the unpacked size of an entry as far as it can be true:
// who sizes tables by it must not be led to ask for the moon.
func entrySize(f *zip.File, zipSize int64) int64 {
	packed := min(f.CompressedSize64, uint64(zipSize))
	if f.Method == zip.Store {
		return int64(min(f.UncompressedSize64, packed))
	}
	const deflateLimit = 1032
	if packed < math.MaxInt64/deflateLimit {
		packed = (packed + 1) * deflateLimit
	}
	return int64(min(f.UncompressedSize64, packed))
}

// An entry is a file of a zip while it is read.
type entry struct {
	io.ReadCloser
	zip  string
	read int64
}

func openEntry(f *zip.File, zipName string) (io.ReadCloser, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: the entry %q is %w: %w", zipName, f.Name, source.ErrDamaged, err)
	}
	return &entry{ReadCloser: r, zip: zipName}, nil
}

// Read says of an error where it is: what came before it is good.
func (e *entry) Read(p []byte) (int, error) {
	n, err := e.ReadCloser.Read(p)
	e.read += int64(n)
	var corrupt flate.CorruptInputError
	switch {
	case err == nil || err == io.EOF:
		return n, err
	case errors.Is(err, errBomb):
		return n, fmt.Errorf("the entry in %s unpacks to more than %d times its size, which no table does; it is not read further", e.zip, maxRatio)
	case errors.As(err, &corrupt), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat):
		return n, fmt.Errorf("the entry in %s is %w after %d bytes: %w", e.zip, source.ErrDamaged, e.read, err)
	}
	return n, fmt.Errorf("the entry in %s cannot be read after %d bytes: %w", e.zip, e.read, err)
}

var errBomb = errors.New("unpacks without end")

// An inflater is a decompressor that watches how much comes out of how much.
type inflater struct {
	io.ReadCloser
	packed   counter
	unpacked int64
}

func inflate(r io.Reader) io.ReadCloser {
	i := &inflater{packed: counter{r: r}}
	i.ReadCloser = flate.NewReader(&i.packed)
	return i
}

func (i *inflater) Read(p []byte) (int, error) {
	n, err := i.ReadCloser.Read(p)
	i.unpacked += int64(n)
	if i.unpacked > free && i.unpacked/maxRatio > i.packed.n {
		return n, errBomb
	}
	return n, err
}

// A counter counts what is read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
