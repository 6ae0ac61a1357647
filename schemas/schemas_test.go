package schemas

import (
	"bytes"
	"io/fs"
	"os"
	"testing"

	"mhsds/dictionary/schema"
	"mhsds/dictionary/sheets"
)

// TestFresh fails when a sheet, or what package schema writes, has changed and
// go generate has not been run.
func TestFresh(t *testing.T) {
	d, err := sheets.Read(os.DirFS("../dictionary/v6.0"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := schema.Write(d)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := fs.ReadDir(FS, "v6.0")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		got, err := fs.ReadFile(FS, "v6.0/"+e.Name())
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case want[e.Name()] == nil:
			t.Errorf("%s belongs to no table; run go generate ./schemas", e.Name())
		case !bytes.Equal(got, want[e.Name()]):
			t.Errorf("%s is stale; run go generate ./schemas", e.Name())
		}
		delete(want, e.Name())
	}
	for name := range want {
		t.Errorf("%s is missing; run go generate ./schemas", name)
	}
}
