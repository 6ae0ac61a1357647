package plan

import (
	"io/fs"
	"testing"

	"mhsds/schemas"
)

func release(t testing.TB) fs.FS {
	t.Helper()
	fsys, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func TestCompile(t *testing.T) {
	p, err := Compile(release(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Dictionary.Tables) != 61 {
		t.Errorf("%d tables, want 61", len(p.Dictionary.Tables))
	}
}

func BenchmarkCompile(b *testing.B) {
	fsys := release(b)
	for b.Loop() {
		if _, err := Compile(fsys); err != nil {
			b.Fatal(err)
		}
	}
}
