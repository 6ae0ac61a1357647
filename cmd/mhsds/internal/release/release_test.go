package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tc-hib/winres"
)

const moduleRoot = "../../../.."

// TestRelease builds for two systems, and once more from the same source in
// another folder and with another environment: every file is the same.
func TestRelease(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program four times")
	}
	const systems = "linux/amd64,windows/amd64"
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	copySource(t, moduleRoot, source)
	first, err := newRelease(source, filepath.Join(dir, "first"), "", systems)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.make(); err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(dir, "elsewhere", "a name with spaces")
	copySource(t, source, elsewhere)
	t.Setenv("GOAMD64", "v3")
	t.Setenv("CGO_ENABLED", "1")
	t.Setenv("GOFLAGS", "-tags=nonsense -buildvcs=true")
	second, err := newRelease(elsewhere, filepath.Join(dir, "second"), "", systems)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(second.out, 0o777); err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(second.out, "mhsds_0.0.0_linux_amd64")
	if err := os.WriteFile(stale, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := second.make(); err != nil {
		t.Fatal(err)
	}
	names := namesIn(t, first.out)
	if diff := cmp.Diff(names, namesIn(t, second.out)); diff != "" {
		t.Errorf("files of the second build (-first +second):\n%s", diff)
	}
	for _, n := range names {
		a, errA := os.ReadFile(filepath.Join(first.out, n))
		b, errB := os.ReadFile(filepath.Join(second.out, n))
		if err := errors.Join(errA, errB); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs from one build to the other", n)
		}
	}

	t.Run("sums", func(t *testing.T) {
		sums, err := os.ReadFile(filepath.Join(first.out, sumsName))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := bytes.Count(sums, []byte("\n")), len(names)-1; got != want {
			t.Errorf("%d checksums for %d files", got, want)
		}
	})
	t.Run("bill", func(t *testing.T) { testBill(t, first) })
	t.Run("windows", func(t *testing.T) { testWindows(t, first) })
}

// copySource copies what builds need.
func copySource(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return err
		}
		if e.IsDir() {
			if n := e.Name(); n == "testdata" || n == "dist" || rel != "." && strings.HasPrefix(n, ".") {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, rel), 0o777)
		}
		if rel == "mhsds" || rel == "mhsds.exe" || !e.Type().IsRegular() { // what "go build" leaves
			return nil
		}
		data, err := os.ReadFile(p)
		if errors.Is(err, fs.ErrNotExist) { // another test's, gone since
			return nil
		}
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func namesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// testBill holds the bill of materials against what the linker wrote into the
// binaries.
func testBill(t *testing.T, r *release) {
	data, err := os.ReadFile(r.file(".cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	var b bom
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		t.Fatal(err)
	}
	billed := map[string]string{}
	refs := map[string]bool{b.Metadata.Component.Ref: true}
	for _, c := range b.Components {
		billed[c.Name] = c.Version
		refs[c.Ref] = true
		if len(c.Licences) != 1 || c.Licences[0].Licence.ID == "" {
			t.Errorf("%s has no licence", c.Name)
		}
	}
	linked := map[string]string{std: strings.TrimPrefix(runtime.Version(), "go")}
	for _, target := range r.targets {
		info, err := buildinfo.ReadFile(r.binary(target))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range info.Deps {
			linked[m.Path] = m.Version
		}
		for _, s := range info.Settings {
			if s.Key == "CGO_ENABLED" && s.Value != "0" || s.Key == "GOAMD64" && s.Value != "v1" || s.Key == "-tags" || strings.HasPrefix(s.Key, "vcs") {
				t.Errorf("%s was built with %s=%s", target, s.Key, s.Value)
			}
		}
	}
	if diff := cmp.Diff(linked, billed); diff != "" {
		t.Errorf("modules (-linked +billed):\n%s", diff)
	}
	if n := len(b.Metadata.Component.Components); n != len(r.targets) {
		t.Errorf("the bill names %d binaries, want %d", n, len(r.targets))
	}
	if len(b.Dependencies) != len(refs) {
		t.Errorf("%d dependencies of %d components", len(b.Dependencies), len(refs))
	}
	for _, d := range b.Dependencies {
		for _, ref := range append(d.DependsOn, d.Ref) {
			if !refs[ref] {
				t.Errorf("dependency on %s, which is no component", ref)
			}
		}
	}
}

// testWindows reads the resources back from the binary.
func testWindows(t *testing.T, r *release) {
	i := slices.IndexFunc(r.targets, func(t target) bool { return t.system == "windows" })
	f, err := os.Open(r.binary(r.targets[i]))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	set, err := winres.LoadFromEXE(f)
	if err != nil {
		t.Fatal(err)
	}
	manifest := set.Get(winres.RT_MANIFEST, winres.ID(1), 0)
	for _, want := range []string{">UTF-8</activeCodePage>", ">true</longPathAware>", `level="asInvoker"`} {
		if !bytes.Contains(manifest, []byte(want)) {
			t.Errorf("the manifest does not say %s", want)
		}
	}
	if set.Get(winres.RT_VERSION, winres.ID(1), 0x0809) == nil {
		t.Error("no version information")
	}
}

func TestVersions(t *testing.T) {
	stated, err := statedVersion(moduleRoot)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		version, only string
		want          string // "" for an error
		systems       int
	}{
		{"", "", stated, len(targets())},
		{stated, "linux/arm64", stated, 1},
		{stated + "+4f2c", "", stated + "+4f2c", len(targets())},
		{stated + "-rc.1", "", stated + "-rc.1", len(targets())},
		{stated + "1", "", "", 0},
		{stated + "-a b", "", "", 0},
		{"999.0.0", "", "", 0},
		{"", "plan9/amd64", "", 0},
		{"", "linux/amd64,linux", "", 0},
	}
	for _, tt := range tests {
		r, err := newRelease(moduleRoot, t.TempDir(), tt.version, tt.only)
		if (err == nil) != (tt.want != "") {
			t.Errorf("newRelease(%q, %q): error %v", tt.version, tt.only, err)
		}
		if err == nil && (r.version != tt.want || len(r.targets) != tt.systems) {
			t.Errorf("newRelease(%q, %q) = %q for %v, want %q for %d systems", tt.version, tt.only, r.version, r.targets, tt.want, tt.systems)
		}
	}
}

func TestSPDX(t *testing.T) {
	tests := []struct{ text, want string }{
		{"Permission is hereby granted, free of charge, to any\nperson … The above notice shall be included in all copies or …", "MIT"},
		{"Redistribution and use in source and binary forms, … Neither the\n   name of …", "BSD-3-Clause"},
		{"Redistribution and use in\nsource and binary forms, with or without …", "BSD-2-Clause"},
		{"   Apache License\n   Version 2.0, January 2004", "Apache-2.0"},
		{"All rights reserved.", ""},
	}
	for _, tt := range tests {
		got, err := spdx([]byte(tt.text))
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("spdx(%q) = %q, %v; want %q", tt.text, got, err, tt.want)
		}
	}
}
