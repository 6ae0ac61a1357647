package html

import (
	"io"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/report/internal/sample"
)

// A million findings take the memory of their listed places and, with values,
// of the patients whose findings are counted.
func TestMillion(t *testing.T) {
	if testing.Short() {
		t.Skip("a million findings")
	}
	sample.Million(t, func(w io.Writer, d *dictionary.Dictionary) sample.Sink { return New(w, d, Options{Values: true}) }, 64<<20)
}
