package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/report/national"
)

// The kinds of report, and whether they are built. Their order is that of
// CLI.md, and of help.
func reportKinds() []reportKind {
	return []reportKind{
		{name: "text", built: true},
		{name: "jsonl", built: true},
		{name: "json", built: true},
		{name: "national", folder: true, built: true},
		{name: "html", built: true}, {name: "excel", built: true, file: true}, {name: "sarif", built: true}, {name: "junit", built: true}, {name: "github", built: true}, {name: "markdown", built: true}, {name: "tap", built: true},
	}
}

type reportKind struct {
	name   string
	built  bool
	folder bool // its path is a folder, and it never goes to stdout
	file   bool // it never goes to stdout, for it is no text
}

func kindNames() []string {
	var names []string
	for _, k := range reportKinds() {
		names = append(names, k.name)
	}
	return names
}

// kindsForHelp lists the kinds that are built, and then the others.
func kindsForHelp() string {
	var built, not []string
	for _, k := range reportKinds() {
		switch {
		case k.built && k.file:
			built = append(built, k.name+"=FILE")
		case k.built && k.folder:
			built = append(built, k.name+"=DIR")
		case k.built:
			built = append(built, k.name)
		default:
			not = append(not, k.name)
		}
	}
	s := strings.Join(built, ", ")
	if len(not) > 0 {
		s += " (not built yet: " + strings.Join(not, ", ") + ")"
	}
	return s
}

// An output is one --format: a kind of report and where it goes, "-" for
// stdout; or, without a kind, a file that something else is written to.
type output struct{ kind, path string }

// String is the output as errors call it.
func (o output) String() string {
	if o.kind == "" {
		return o.path
	}
	return "--format " + o.kind + "=" + o.path
}

// parseOutputs reads the values of --format.
func parseOutputs(specs []string) ([]output, error) {
	if len(specs) == 0 {
		specs = []string{"text"}
	}
	var outputs []output
	for _, spec := range specs {
		name, path, given := strings.Cut(spec, "=")
		i := 0
		kinds := reportKinds()
		for i < len(kinds) && kinds[i].name != name {
			i++
		}
		switch {
		case i == len(kinds):
			return nil, usagef("--format: %q is not a report%s", name, didYouMean(name, kindNames(), "reports are"))
		case given && path == "":
			return nil, usagef("--format %s: no path after =; - is stdout", spec)
		case path == "":
			path = "-"
		}
		if kinds[i].folder && path == "-" {
			return nil, usagef("--format %s needs a folder, as in --format %s=DIR: it holds values and never goes to stdout", name, name)
		}
		if kinds[i].file && path == "-" {
			return nil, usagef("--format %s needs a file, as in --format %s=FILE: it is no text", name, name)
		}
		if !kinds[i].built {
			return nil, usagef("--format %s is not built yet", name)
		}
		for _, o := range outputs {
			switch {
			case path == "-" && o.path == "-":
				return nil, usagef("--format %s and --format %s would both go to stdout; give one a path, as in --format %s=FILE", o.kind, name, name)
			case path != "-" && o.path != "-" && sameFile(o.path, path):
				return nil, usagef("--format %s and --format %s would both be written to %s", o.kind, name, path)
			}
		}
		outputs = append(outputs, output{name, path})
	}
	return outputs, nil
}

// sameFile reports whether two paths name one file, existing or not.
func sameFile(a, b string) bool {
	if fa, err := os.Stat(a); err == nil {
		if fb, err := os.Stat(b); err == nil {
			return os.SameFile(fa, fb)
		}
	}
	aa, errA := filepath.Abs(a)
	bb, errB := filepath.Abs(b)
	return errA == nil && errB == nil && aa == bb
}

// A target is an opened output. What is written to a file stands under another
// name in the same folder until commit puts it in place, so that nothing half
// written ever has the name that was asked for.
type target struct {
	output
	w      io.Writer
	file   *os.File         // nil for stdout and for a folder
	temp   string           // "" for stdout and for what is no plain file, such as a pipe
	final  string           // what temp becomes
	folder *national.Report // of a folder; it keeps its files apart by itself
	done   bool
}

// stdout reports whether the output is no file.
func (t *target) stdout() bool { return t.path == "-" }

// openTarget opens the output. Files are readable by the owner alone when they
// hold values.
func openTarget(o output, stdout io.Writer, private bool) (*target, error) {
	if o.path == "-" {
		return &target{output: o, w: stdout}, nil
	}
	final := o.path
	if real, err := filepath.EvalSymlinks(final); err == nil {
		final = real // what a link points to is replaced, not the link
	}
	info, err := os.Stat(final)
	switch {
	case err == nil && info.IsDir():
		return nil, usagef("%s: is a folder; give the name of a file in it", o)
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(final, os.O_WRONLY, 0)
		if err != nil {
			return nil, usagef("%s: %w", o, unpath(err))
		}
		return &target{output: o, w: f, file: f}, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, usagef("%s: %w", o, unpath(err))
	}
	mode := fs.FileMode(0o666)
	if private {
		mode = 0o600
	}
	// A name that begins with a point is no table of a folder of CSV files.
	temp := filepath.Join(filepath.Dir(final), "."+filepath.Base(final)+"."+strings.ToLower(rand.Text()[:8])+".part")
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, usagef("%s: %w", o, unpath(err))
	}
	return &target{output: o, w: f, file: f, temp: temp, final: final}, nil
}

// openFolder opens an output that is a folder.
func openFolder(o output, d *dictionary.Dictionary) (*target, error) {
	r, err := national.New(o.path, d)
	if err != nil {
		return nil, usagef("%s: %w", o, unpath(err))
	}
	return &target{output: o, folder: r}, nil
}

// commit puts the file in place. The error says which file, and why.
func (t *target) commit() error {
	t.done = true
	if t.file == nil {
		return nil
	}
	err := t.file.Close()
	if t.temp == "" {
		return t.wrap(err)
	}
	if err == nil {
		err = os.Rename(t.temp, t.final)
	}
	if err != nil {
		os.Remove(t.temp)
	}
	return t.wrap(err)
}

// abandon removes what has no place yet. It does nothing after commit.
func (t *target) abandon() {
	if t.folder != nil {
		t.folder.Abandon()
	}
	if t.done || t.file == nil {
		return
	}
	t.done = true
	t.file.Close()
	if t.temp != "" {
		os.Remove(t.temp)
	}
}

func (t *target) wrap(err error) error {
	if err == nil {
		return nil
	}
	name := t.path
	if t.stdout() {
		name = "stdout"
	}
	return fmt.Errorf("%s could not be written: %w", name, unpath(err))
}
