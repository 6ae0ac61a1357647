package text

import (
	"io"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/report/internal/sample"
)

// A million findings take the memory of those that are shown.
func TestMillion(t *testing.T) {
	if testing.Short() {
		t.Skip("a million findings")
	}
	open := func(w io.Writer, d *dictionary.Dictionary) sample.Sink {
		return New(w, d, Options{Values: true, MaxShown: 100})
	}
	sample.Million(t, open, 64<<20)
}
