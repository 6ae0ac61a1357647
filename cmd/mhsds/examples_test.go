package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// An example is a command line that a person reads somewhere and tries.
type example struct {
	where string // the command or the document that shows it
	line  string // "mhsds …", "make …" or "go run ./cmd/mhsds …", without a comment
}

// helpExamples collects the examples of every command, those of one command
// together.
func helpExamples(c *cobra.Command) (list [][]example) {
	var own []example
	for line := range strings.Lines(c.Example) {
		own = append(own, example{c.CommandPath() + " --help", strings.TrimSpace(line)})
	}
	if len(own) > 0 {
		list = append(list, own)
	}
	for _, sub := range c.Commands() {
		list = append(list, helpExamples(sub)...)
	}
	return list
}

// comment is what follows a command in a block for people.
var comment = regexp.MustCompile(`\s+#.*$`)

// documentExamples collects the command lines of the sh blocks of a document,
// those of one block together.
func documentExamples(t *testing.T, name string) (list [][]example) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(moduleRoot, name))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(data), "```")
	for i := 1; i < len(blocks); i += 2 {
		block, ok := strings.CutPrefix(blocks[i], "sh\n")
		if !ok {
			continue
		}
		var own []example
		for line := range strings.Lines(block) {
			if line = strings.TrimSpace(comment.ReplaceAllString(strings.TrimRight(line, "\n"), "")); line != "" {
				own = append(own, example{name, line})
			}
		}
		list = append(list, own)
	}
	return list
}

// TestExamples runs every example command of the help texts, and of the sh
// blocks of README.md and CONTRIBUTING.md, where a submission, a key, reference
// data and earlier results have the names that the examples use. An example
// works: it ends with status 0, or with 1 for its findings. What runs all
// tests, or builds for other systems, is held against the Makefile instead.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program some thirty times")
	}
	root := (&program{}).root()
	list := helpExamples(root)
	if n := len(list); n < 8 {
		t.Errorf("examples of %d commands found, want more", n)
	}
	readme := documentExamples(t, "README.md")
	if len(readme) == 0 {
		t.Error("no sh block in README.md")
	}
	list = append(append(list, readme...), documentExamples(t, "CONTRIBUTING.md")...)
	makefile, err := os.ReadFile(filepath.Join(moduleRoot, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs(moduleRoot)
	if err != nil {
		t.Fatal(err)
	}
	things := examplesFolder(t)
	for i, block := range list {
		t.Run(fmt.Sprintf("%s %d", block[0].where, i), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(things)); err != nil {
				t.Fatal(err)
			}
			made := map[string]bool{}
			for _, x := range block {
				words := strings.Fields(x.line)
				switch {
				case words[0] == "make":
					target := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(words[1]) + `:`)
					if len(words) != 2 || !target.Match(makefile) {
						t.Errorf("%q: no such target in the Makefile", x.line)
					}
					continue
				case words[0] == "go" && slices.Equal(words[:3], []string{"go", "run", "./cmd/mhsds"}):
					t.Chdir(here)
					words = words[3:]
				case words[0] == "mhsds":
					t.Chdir(dir)
					words = words[1:]
				default:
					t.Errorf("%q: neither mhsds nor make: say here how it is tried", x.line)
					continue
				}
				runExample(t, x, words, made)
			}
		})
	}
}

// runExample runs one command. Words in capitals stand for what a reader puts
// there. What it is to make is taken away first, unless an earlier line of the
// block has made it.
func runExample(t *testing.T, x example, words []string, made map[string]bool) {
	t.Helper()
	args := slices.Clone(words)
	for i, w := range args {
		switch w {
		case "CODE":
			args[i] = "MHS20142"
		case "SUBMISSION":
			args[i] = "september"
		}
		out := ""
		switch {
		case i > 0 && (args[i-1] == "--out" || args[i-1] == "--answers" || args[i-1] == "--counts"):
			out = w
		case i == 2 && args[0] == "dictionary" && args[1] == "export":
			out = w
		case strings.Contains(w, "=") && i > 0 && args[i-1] == "--format":
			_, out, _ = strings.Cut(w, "=")
		}
		if out != "" && !made[out] {
			if err := os.RemoveAll(out); err != nil {
				t.Fatal(err)
			}
			made[out] = true
			defer func() {
				if _, err := os.Stat(out); err != nil {
					t.Errorf("%s: %q makes no %s", x.where, x.line, out)
				}
			}()
		}
	}
	var stdout, stderr bytes.Buffer
	p := &program{stdout: &stdout, stderr: &stderr}
	if got := p.main(args); got != statusClean && got != statusFindings {
		t.Errorf("%s: %q ends with status %d: %s", x.where, x.line, got, stderr.String())
	}
	if strings.Contains(stderr.String(), "not built yet") {
		t.Errorf("%s: %q is not built: %s", x.where, x.line, stderr.String())
	}
}

// examplesFolder makes what the examples name: a month as folder, zip and
// database, reference data, a key, an earlier result, and the portal's reports.
func examplesFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	submissions := filepath.Join(moduleRoot, "testdata", "submissions")
	write := func(name string, data []byte) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(dir, "september"), os.DirFS(filepath.Join(submissions, "small-faulty"))); err != nil {
		t.Fatal(err)
	}
	zipped := func(from string) []byte {
		t.Helper()
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		if err := w.AddFS(os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	write("september.zip", zipped(filepath.Join(dir, "september")))
	f, err := os.Open(filepath.Join(moduleRoot, "validate", "source", "access", "testdata", "idb-small-faulty.accdb.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	database, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	write("september.accdb", database)
	write("our.key", bytes.Repeat([]byte("0123456789abcdef"), 2))
	write("downloads/etr.csv", []byte(`RXX,"SYNTHETIC, TRUST",,,,,,,,,20010401,,A,,,,,,,,,,,,,,`+"\n"))

	var stdout, stderr bytes.Buffer
	p := &program{stdout: &stdout, stderr: &stderr}
	at := func(name string) string { return filepath.Join(dir, name) }
	if got := p.main([]string{at("september"), "--fingerprint-key", at("our.key"), "--format", "jsonl=" + at("august.jsonl"), "--format", "national=" + at("reports")}); got != statusFindings {
		t.Fatalf("status %d: %s", got, stderr.String())
	}
	write("reports.zip", zipped(at("reports")))
	return dir
}

// TestExamplesOfEveryCommand: a command that needs arguments shows how it is
// used.
func TestExamplesOfEveryCommand(t *testing.T) {
	var look func(*cobra.Command)
	look = func(c *cobra.Command) {
		if strings.ContainsFunc(c.Use, func(r rune) bool { return r >= 'A' && r <= 'Z' }) && c.Example == "" && c.Runnable() && !c.Hidden && !c.HasSubCommands() {
			t.Errorf("%s takes arguments (%s) and has no example", c.CommandPath(), c.Use)
		}
		for _, sub := range c.Commands() {
			if sub.Name() != "help" && sub.Name() != "completion" {
				look(sub)
			}
		}
	}
	look((&program{}).root())
}
