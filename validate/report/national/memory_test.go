package national

import (
	"io"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/report/internal/sample"
)

// A million findings are written to the folder as they come.
func TestMillion(t *testing.T) {
	if testing.Short() {
		t.Skip("a million findings")
	}
	open := func(_ io.Writer, d *dictionary.Dictionary) sample.Sink {
		r, err := New(t.TempDir(), d)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	sample.Million(t, open, 64<<20)
}
