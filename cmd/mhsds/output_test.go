package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func listing(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// Nothing has the name that was asked for until it is whole, and nothing is
// left of what never becomes whole.
func TestTarget(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.jsonl")
	if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	write := func() *target {
		t.Helper()
		g, err := openTarget(output{"jsonl", path}, nil, true)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.w.Write([]byte("new")); err != nil {
			t.Fatal(err)
		}
		return g
	}
	content := func() string {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}

	g := write()
	if content() != "old" {
		t.Error("the old file has gone before the new one is whole")
	}
	if hidden := strings.Fields(listing(t, dir))[0]; !strings.HasPrefix(hidden, ".") {
		t.Errorf("the unfinished file %q is not hidden", hidden)
	}
	g.abandon()
	if got := listing(t, dir); got != "out.jsonl" || content() != "old" {
		t.Errorf("after abandon: %s, %q", got, content())
	}

	g = write()
	if err := g.commit(); err != nil {
		t.Fatal(err)
	}
	g.abandon() // does nothing any more
	if got := listing(t, dir); got != "out.jsonl" || content() != "new" {
		t.Errorf("after commit: %s, %q", got, content())
	}
}

// What is no plain file is written to, never replaced.
func TestTargetDevice(t *testing.T) {
	if _, err := os.Stat(os.DevNull); err != nil || os.DevNull != "/dev/null" {
		t.Skip("no /dev/null")
	}
	g, err := openTarget(output{"json", os.DevNull}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	if g.temp != "" {
		t.Fatalf("%s would be replaced by %s", os.DevNull, g.temp)
	}
	if err := g.commit(); err != nil {
		t.Fatal(err)
	}
}

// A workflow sees the submission by its path from the folder it runs in; what
// lies elsewhere is not named, for a path may name a person.
func TestWorkflowPath(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.MkdirAll(filepath.Join("data", "september"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("data", "september.zip"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ path, folder, file string }{
		{"data/september", "data/september", ""},
		{"./data/september/", "data/september", ""},
		{"data/september.zip", "", "data/september.zip"},
		{filepath.Join(dir, "data", "september.zip"), "", "data/september.zip"},
		{filepath.Dir(dir), "", ""},
		{"../" + filepath.Base(dir) + "/../x", "", ""},
		{"data/none", "", ""},
	} {
		if folder, file := workflowPath(tt.path); folder != tt.folder || file != tt.file {
			t.Errorf("%s: folder %q, file %q; want %q, %q", tt.path, folder, file, tt.folder, tt.file)
		}
	}
}
