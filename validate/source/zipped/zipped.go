// Package zipped unpacks the entries of a zip, watching how much comes out.
//
// What a zip says of itself cannot be trusted: not the sizes, which whoever
// makes room by them must not believe, and not that there is an end to what
// comes out of a few bytes. An entry that is broken in the middle gives what
// came before, and then an error that wraps source.ErrDamaged.
package zipped

import (
	"archive/zip"
	"cmp"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"

	"mhsds/validate/source"
)

// MaxRatio is how many bytes may come out of one byte of a zip once Free bytes
// have: records in text stay far below 100, and deflate can do 1032.
const (
	MaxRatio = 400
	Free     = 64 << 20
)

// encrypted is the bit of an entry's flags that says so.
const encrypted = 1

// NewReader reads the directory of a zip of so many bytes. It takes entries of
// any name: who writes files by them looks at the names first.
func NewReader(r io.ReaderAt, size int64) (*zip.Reader, error) {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, err
	}
	z.RegisterDecompressor(zip.Deflate, inflate)
	return z, nil
}

// Overlap says in one sentence that two entries share bytes of the zip, nil if
// none do. No program makes such a zip by itself: a few bytes of it stand for
// many tables. The zip is called by the name.
func Overlap(z *zip.Reader, name string) error {
	type place struct {
		from, to int64
		entry    string
	}
	var places []place
	for _, f := range z.File {
		size := int64(min(f.CompressedSize64, math.MaxInt64/2))
		if from, err := f.DataOffset(); err == nil && size > 0 { // what is damaged says so when it is read
			places = append(places, place{from, from + size, f.Name})
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.entry, b.entry))
	})
	for i := 1; i < len(places); i++ {
		if a, b := places[i-1], places[i]; b.from < a.to {
			return fmt.Errorf("%s: the entries %q and %q share the same bytes, as in a zip that is made to unpack without end; make the zip again", name, a.entry, b.entry)
		}
	}
	return nil
}

// Check says in one sentence why an entry cannot be read, nil if it can. The
// zip is called by the name.
func Check(f *zip.File, name string) error {
	switch method, mode := f.Method, f.Mode(); {
	case f.Flags&encrypted != 0:
		return fmt.Errorf("%s: the entry %q is %w; make the zip again without a password", name, f.Name, source.ErrEncrypted)
	case method != zip.Store && method != zip.Deflate:
		return fmt.Errorf("%s: the entry %q is compressed by %s, which cannot be read; make the zip again with the usual method (deflate)", name, f.Name, methodName(method))
	case mode&fs.ModeType != 0:
		return fmt.Errorf("%s: the entry %q is no file but a link or the like; make the zip again with the file itself", name, f.Name)
	}
	return nil
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

// Size returns the unpacked size of an entry of a zip of so many bytes, as far
// as it can be true: who sizes tables by it must not be led to ask for the
// moon.
func Size(f *zip.File, zipSize int64) int64 {
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

// Open unpacks an entry. Errors call the zip by the name.
func Open(f *zip.File, name string) (io.ReadCloser, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: the entry %q is %w: %w", name, f.Name, source.ErrDamaged, err)
	}
	return &entry{ReadCloser: r, zip: name}, nil
}

// Read says of an error where it is: what came before it is good.
func (e *entry) Read(p []byte) (int, error) {
	n, err := e.ReadCloser.Read(p)
	e.read += int64(n)
	if err == nil || err == io.EOF {
		return n, err
	}
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, errBomb):
		return n, fmt.Errorf("the entry in %s unpacks to more than %d times its size, which no table does; it is not read further", e.zip, MaxRatio)
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
	if i.unpacked > Free && i.unpacked/MaxRatio > i.packed.n {
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
