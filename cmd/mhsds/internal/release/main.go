// Command release builds what people download: the program for every system,
// the same bytes from the same source whoever builds it and wherever.
//
//	dist/mhsds_VERSION_SYSTEM_PROCESSOR[.exe]   static binaries
//	dist/mhsds_VERSION.cdx.json                 what they are made of (CycloneDX)
//	dist/mhsds_VERSION_licences.txt             the licences of that
//	dist/SHA256SUMS                             of all of these
//
// "make release" runs it. The bytes follow from the source, the version, and
// the Go release that builds; the bill of materials names it.
package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	out := flag.String("out", "dist", "write to `FOLDER`; what an earlier run left there is removed")
	version := flag.String("version", "", "build as `VERSION` (default the one that the source states)")
	only := flag.String("only", "", "build for `SYSTEMS` alone, such as linux/amd64,windows/amd64")
	flag.Parse()
	r, err := newRelease(".", *out, *version, *only)
	if err == nil {
		err = r.make()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// program is the package of the command, from the module's root, and its name.
const (
	program = "cmd/mhsds"
	name    = "mhsds"
)

// maxBytes is the greatest size of a binary: one that fits in a mail.
const maxBytes = 30_000_000

// A target is a system and a processor, by Go's names for them.
type target struct{ system, processor string }

func (t target) String() string { return t.system + "/" + t.processor }

// targets returns what is built, in the order of its file names.
func targets() []target {
	return []target{
		{"darwin", "amd64"}, {"darwin", "arm64"},
		{"linux", "amd64"}, {"linux", "arm64"},
		{"windows", "amd64"}, {"windows", "arm64"},
	}
}

// A release is one run.
type release struct {
	root    string // the module's, absolute
	out     string // absolute
	version string // "1.2.3", perhaps with more after - or +
	targets []target
}

func newRelease(root, out, version, only string) (*release, error) {
	r := &release{version: version}
	var err error
	if r.root, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	if r.out, err = filepath.Abs(out); err != nil {
		return nil, err
	}
	stated, err := statedVersion(r.root)
	switch more, ok := strings.CutPrefix(version, stated); {
	case err != nil:
		return nil, err
	case version == "":
		r.version = stated
	case !ok || !regexp.MustCompile(`^([-+][0-9A-Za-z.+-]+)?$`).MatchString(more):
		return nil, fmt.Errorf("version %q: the source states %s, to which only -more or +more can be added", version, stated)
	}
	for _, t := range targets() {
		if only == "" || slices.Contains(strings.Split(only, ","), t.String()) {
			r.targets = append(r.targets, t)
		}
	}
	if only != "" && len(r.targets) != len(strings.Split(only, ",")) {
		return nil, fmt.Errorf("only %s: systems are %v", only, targets())
	}
	return r, nil
}

// statedVersion is the version that the source of the program states.
func statedVersion(root string) (string, error) {
	file := filepath.Join(root, filepath.FromSlash(program), "version.go")
	source, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	m := regexp.MustCompile(`(?m)^var version = "([^"]+)"$`).FindSubmatch(source)
	if m == nil {
		return "", fmt.Errorf("%s: states no version", file)
	}
	return string(m[1]), nil
}

// make builds everything into the folder.
func (r *release) make() error {
	if err := r.clear(); err != nil {
		return err
	}
	for _, t := range r.targets {
		if err := r.build(t); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	m, err := r.materials()
	if err != nil {
		return err
	}
	licences, err := m.licences()
	if err != nil {
		return err
	}
	if err := os.WriteFile(r.file("_licences.txt"), licences, 0o666); err != nil {
		return err
	}
	bill, err := r.bill(m)
	if err != nil {
		return err
	}
	if err := os.WriteFile(r.file(".cdx.json"), bill, 0o666); err != nil {
		return err
	}
	return r.sums()
}

// file is the path of a file of the release.
func (r *release) file(end string) string {
	return filepath.Join(r.out, name+"_"+r.version+end)
}

func (r *release) binary(t target) string {
	end := "_" + t.system + "_" + t.processor
	if t.system == "windows" {
		end += ".exe"
	}
	return r.file(end)
}

const sumsName = "SHA256SUMS"

// clear removes an earlier release and nothing else.
func (r *release) clear() error {
	if err := os.MkdirAll(r.out, 0o777); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(r.out, name+"_*"))
	if err != nil {
		return err
	}
	for _, f := range append(old, filepath.Join(r.out, sumsName)) {
		if err := os.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// build makes one binary.
func (r *release) build(t target) error {
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X main.version="+r.version, "-o", r.binary(t), "./"+program)
	cmd.Dir = r.root
	cmd.Env = environment(t)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, said)
	}
	info, err := os.Stat(r.binary(t))
	if err != nil {
		return err
	}
	fmt.Printf("%-14s %4.1f MB\n", t, float64(info.Size())/1e6)
	if info.Size() > maxBytes {
		return fmt.Errorf("%d bytes are more than %d: what has made the program grow?", info.Size(), maxBytes)
	}
	return nil
}

// environment is that of the go command: what could change the bytes is set, or
// taken out, whatever the machine says.
func environment(t target) []string {
	var env []string
	for _, e := range os.Environ() {
		n, _, _ := strings.Cut(e, "=")
		switch n {
		case "GOFLAGS", "GOEXPERIMENT", "GOFIPS140", "GOAMD64", "GOARM64", "GOOS", "GOARCH", "CGO_ENABLED", "GOWORK":
			continue
		}
		env = append(env, e)
	}
	return append(env, "CGO_ENABLED=0", "GOOS="+t.system, "GOARCH="+t.processor, "GOAMD64=v1", "GOARM64=v8.0", "GOWORK=off", "GOFLAGS=")
}

// sums writes the checksums of all files, in the form that sha256sum -c reads.
func (r *release) sums() error {
	files, err := filepath.Glob(filepath.Join(r.out, name+"_*"))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, f := range files { // in order of name
		sum, err := sumOf(f)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s  %s\n", sum, filepath.Base(f))
	}
	return os.WriteFile(filepath.Join(r.out, sumsName), b.Bytes(), 0o666)
}

func sumOf(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sha256.Sum256(data)), nil
}
