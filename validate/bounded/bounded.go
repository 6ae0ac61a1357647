// Package bounded reads CSV files that somebody else has made, in bounded memory.
//
// Package csv keeps a record until it ends, and with a lost quote none does: a
// file of any size would be read into one value.
package bounded

import (
	"encoding/csv"
	"errors"
	"io"
)

// MaxRecord bounds one record, in bytes, give or take what csv reads ahead.
const MaxRecord = 4 << 20

// ErrLong is the error of a record that is longer.
var ErrLong = errors.New("a record is longer than 4 MiB; most often a quotation mark was opened and never closed")

// A Reader is a csv.Reader whose records have an end.
type Reader struct {
	*csv.Reader
	in *input
}

// NewReader returns a reader of r.
func NewReader(r io.Reader) *Reader {
	in := &input{r: r}
	return &Reader{csv.NewReader(in), in}
}

// Read reads a record as csv.Reader does.
func (r *Reader) Read() ([]string, error) {
	r.in.left = MaxRecord
	return r.Reader.Read()
}

// An input gives out no more than is left.
type input struct {
	r    io.Reader
	left int
}

func (in *input) Read(p []byte) (int, error) {
	if in.left <= 0 {
		return 0, ErrLong
	}
	n, err := in.r.Read(p)
	in.left -= n
	return n, err
}
