package schema

import (
	"bytes"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mhsds/dictionary"
	"mhsds/dictionary/sheets"
)

// load60 returns the dictionary of v6.0 as its sheets say it.
func load60(t testing.TB) *dictionary.Dictionary {
	t.Helper()
	d, err := sheets.Read(os.DirFS("../v6.0"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// folder returns documents as a file system.
func folder(files map[string][]byte) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: data}
	}
	return fsys
}

func TestRoundTrip(t *testing.T) {
	d := load60(t)
	files, err := Write(d)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Write(d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files, again); diff != "" {
		t.Errorf("two writes differ:\n%s", diff)
	}
	if got, want := len(files), len(d.Tables)+2; got != want {
		t.Errorf("%d documents, want %d", got, want)
	}
	got, err := Read(folder(files))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("Read(Write(d)) differs from d (-want +got):\n%s", diff)
	}
	rewritten, err := Write(got)
	if err != nil {
		t.Fatal(err)
	}
	for name := range files {
		if !bytes.Equal(files[name], rewritten[name]) {
			t.Errorf("%s: written again, it differs", name)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	files, err := Write(load60(b))
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for _, data := range files {
		n += len(data)
	}
	fsys := folder(files)
	b.SetBytes(int64(n))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(fsys); err != nil {
			b.Fatal(err)
		}
	}
}

var _ = slices.Sort[[]string]
var _ = strings.Cut
var _ fs.FS
