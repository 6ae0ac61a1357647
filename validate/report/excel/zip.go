package excel

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/flate"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
)

// parts writes the parts of a workbook as a zip, in one order: the library
// hands them over as a Go map lists them. They are compressed as they come, so
// that they wait in a tenth of their size.
type parts struct {
	w    io.Writer
	list []*part
}

// contentTypes is the part that some programs want to be the first.
const contentTypes = "[Content_Types].xml"

// A part is one file of the workbook.
type part struct {
	name string
	data bytes.Buffer
	pack *flate.Writer // nil once it has ended
	crc  hash.Hash32
	size uint64
}

func (p *part) Write(b []byte) (int, error) {
	p.crc.Write(b)
	p.size += uint64(len(b))
	return p.pack.Write(b)
}

// Create begins a part, and ends the one before it.
func (p *parts) Create(name string) (io.Writer, error) {
	if err := p.end(); err != nil {
		return nil, err
	}
	n := &part{name: name, crc: crc32.NewIEEE()}
	var err error
	if n.pack, err = flate.NewWriter(&n.data, flate.BestSpeed); err != nil {
		return nil, err
	}
	p.list = append(p.list, n)
	return n, nil
}

func (p *parts) end() error {
	if n := len(p.list); n > 0 && p.list[n-1].pack != nil {
		err := p.list[n-1].pack.Close()
		p.list[n-1].pack = nil
		return err
	}
	return nil
}

// AddFS is not needed for a workbook that was made here.
func (p *parts) AddFS(fs.FS) error { return errors.ErrUnsupported }

// Close writes the zip.
func (p *parts) Close() error {
	if err := p.end(); err != nil {
		return err
	}
	slices.SortFunc(p.list, func(a, b *part) int {
		if first := b.name == contentTypes; first != (a.name == contentTypes) {
			if first {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.name, b.name)
	})
	z := zip.NewWriter(p.w)
	for _, n := range p.list {
		w, err := z.CreateRaw(&zip.FileHeader{
			Name: n.name, Method: zip.Deflate, CRC32: n.crc.Sum32(),
			CompressedSize64: uint64(n.data.Len()), UncompressedSize64: n.size,
		})
		if err != nil {
			return err
		}
		if _, err := n.data.WriteTo(w); err != nil {
			return err
		}
	}
	return z.Close()
}
