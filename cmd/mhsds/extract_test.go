package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mhsds/validate/scope"
)

// A fault amid the rows of an extract comes to light while the run goes on. It
// is told as one in the first line is, and nothing else is said or written.
func TestExtractLate(t *testing.T) {
	scenario := filepath.Join(moduleRoot, "testdata", "submissions", "scope-scenario")
	dir := t.TempDir()
	long := filepath.Join(dir, "long.csv")
	if err := os.WriteFile(long, []byte("referral id\nR1\n\""+strings.Repeat("x,y\n", 5<<18)), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{scenario, "--format", "jsonl"},
		{scenario, "--format", "text", "--format", "jsonl=" + filepath.Join(dir, "f.jsonl"), "--format", "json=" + filepath.Join(dir, "f.json")},
		{scenario, "--single-records", "--format", "html=" + filepath.Join(dir, "f.html")},
		{filepath.Join(moduleRoot, "testdata", "submissions", "small-valid")},
		{"why", "PRE0221", "--row", "1", scenario},
	} {
		status, stdout, stderr := run(append(args, "--config=", "--talking-therapies", long)...)
		want := "mhsds: --talking-therapies " + long + ": a record is longer than 4 MiB; most often a quotation mark was opened and never closed\n"
		if status != statusUsage || stdout != "" || !strings.HasPrefix(stderr, want) {
			t.Errorf("%q: status %d, stdout %q, stderr %q, want %d, nothing, %q", args, status, stdout, stderr, statusUsage, want)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 1 {
			t.Errorf("%q: there are %q, %v", args, left, err)
		}
	}
}

// Nobody waits for an extract once the run is stopped, and a fault of ours
// amid it is one.
func TestReading(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	r := &reading{ctx: ctx, done: make(chan struct{}), err: errPanic}
	stop()
	if _, err := r.wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if err := r.failed(); err != nil {
		t.Errorf("stopped: failed with %v", err)
	}
	if e := r.so(); e == nil || e.Rows != 0 {
		t.Errorf("stopped: %v", e)
	}
	r = &reading{ctx: t.Context(), done: make(chan struct{}), err: errPanic}
	close(r.done)
	var s *statusError
	if err := r.failed(); !errors.As(err, &s) || s.status != statusFault {
		t.Errorf("a panic: %v, want status %d", err, statusFault)
	}
	r.err, r.extract = nil, &scope.Extract{Rows: 3}
	if e := r.so(); r.failed() != nil || e.Rows != 3 {
		t.Errorf("read: %v, %v", e, r.failed())
	}
	if r = nil; r.failed() != nil {
		t.Error("nothing to read: failed")
	}
}
