package validate

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mhsds/validate/source/access"
)

// TestDatabases compares each small database with the CSV files of the same
// submission: in all formats, and for all ways to store NHS numbers, the
// findings and their values are the same.
func TestDatabases(t *testing.T) {
	for file, name := range map[string]string{
		"idb-small-valid.accdb":                  "small-valid",
		"idb-small-valid-v2003.mdb":              "small-valid",
		"idb-small-valid-nhsdouble.accdb":        "small-valid",
		"idb-small-valid-nhsnumeric-v2016.accdb": "small-valid",
		"idb-small-faulty.accdb":                 "small-faulty",
		"idb-small-faulty-reject.accdb":          "small-faulty-reject",
	} {
		t.Run(file, func(t *testing.T) {
			f, err := os.Open(filepath.Join("source", "access", "testdata", file+".gz"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			z, err := gzip.NewReader(f)
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			db, err := access.New(bytes.NewReader(data), int64(len(data)), file)
			if err != nil {
				t.Fatal(err)
			}
			v, err := newValidator(shared(t), Options{Values: true})
			if err != nil {
				t.Fatal(err)
			}
			var got keeper
			s, err := v.Run(t.Context(), db, &got)
			if err != nil {
				t.Fatal(err)
			}
			want, _ := judged(t, Options{Values: true}, load(t, name))
			if !slices.Equal(got.lines, want) {
				t.Errorf("the database alone: %v\nthe CSV files alone: %v", minus(got.lines, want), minus(want, got.lines))
			}
			if len(s.Incomplete) > 0 {
				t.Errorf("incomplete: %v", s.Incomplete)
			}
		})
	}
}
