package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An outcome is what came of a mutant.
type outcome string

const (
	killed   outcome = "killed"   // a test failed
	late     outcome = "late"     // a test did not end: killed too
	survived outcome = "survived" // every test passed
	invalid  outcome = "invalid"  // it does not compile
)

// What a mutant may take that never ends or keeps asking for memory.
const (
	leastTime = 10 * time.Second // and five times what the tests take without a change
	maxMemory = 6 << 20          // address space, in KiB
)

// A runner runs the tests of a group, one mutant at a time.
type runner struct {
	root  string
	group group
	dir   string // for overlays and test binaries
	limit []time.Duration
}

// newRunner runs the tests of a group without a change: they must pass.
func newRunner(ctx context.Context, root string, g group) (*runner, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	r := &runner{root: root, group: g, dir: dir}
	for i, s := range g.stages {
		r.limit = append(r.limit, 10*time.Minute)
		if said, err := r.compile(ctx, i, ""); err != nil {
			r.close()
			return nil, fmt.Errorf("%s without a change: %w\n%s", s.folder, err, said)
		}
		began := time.Now()
		if out, said := r.test(ctx, i); out != survived {
			r.close()
			return nil, fmt.Errorf("%s without a change: its tests fail\n%s", s.folder, said)
		}
		r.limit[i] = max(leastTime, 5*time.Since(began))
	}
	return r, nil
}

func (r *runner) close() { os.RemoveAll(r.dir) }

func (r *runner) binary() string { return filepath.Join(r.dir, "mutant.test") }

// compile makes the test binary of a stage, unless the stage before had it too.
func (r *runner) compile(ctx context.Context, i int, overlay string) ([]byte, error) {
	s := r.group.stages[i]
	if i > 0 && r.group.stages[i-1].folder == s.folder {
		return nil, nil
	}
	args := []string{"test", "-c", "-ldflags=-s -w", "-o", r.binary()} // without what a debugger reads, which takes time
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "./"+s.folder)...)
	cmd.Dir = r.root
	return cmd.CombinedOutput()
}

// test runs the test binary where its package is.
func (r *runner) test(ctx context.Context, i int) (outcome, []byte) {
	s := r.group.stages[i]
	ctx, cancel := context.WithTimeout(ctx, r.limit[i])
	defer cancel()
	args := []string{r.binary(), "-test.short", "-test.failfast", "-test.run", s.run}
	if runtime.GOOS != "windows" { // a mutant that asks for ever more memory is on its own
		args = append([]string{"sh", "-c", fmt.Sprintf(`ulimit -v %d; exec "$@"`, maxMemory), "sh"}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = filepath.Join(r.root, s.folder)
	cmd.WaitDelay = time.Second
	said, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return survived, said
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return late, said
	}
	return killed, said
}

// run says what comes of one mutant.
func (r *runner) run(ctx context.Context, m mutant) (outcome, error) {
	name := filepath.Join(r.root, filepath.FromSlash(m.file))
	source, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	changed, overlay := filepath.Join(r.dir, "changed.go"), filepath.Join(r.dir, "overlay.json")
	if err := os.WriteFile(changed, m.apply(source), 0o666); err != nil {
		return "", err
	}
	data, err := json.Marshal(map[string]map[string]string{"Replace": {name: changed}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(overlay, data, 0o666); err != nil {
		return "", err
	}
	for i := range r.group.stages {
		if _, err := r.compile(ctx, i, overlay); err != nil {
			return invalid, nil
		}
		if out, _ := r.test(ctx, i); out != survived {
			return out, nil
		}
	}
	return survived, nil
}

// readLog reads the outcomes of an earlier run: a line each, outcome and
// mutant, divided by a tab.
func readLog(path string) (map[string]outcome, error) {
	known := map[string]outcome{}
	if path == "" {
		return known, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return known, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	for in.Scan() {
		if out, m, ok := strings.Cut(in.Text(), "\t"); ok {
			known[m] = outcome(out)
		}
	}
	return known, in.Err()
}

func addLog(path string, m mutant, out outcome) error {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	fmt.Fprintf(f, "%s\t%s\n", out, m)
	return f.Close()
}

// equivalentFile lists mutants that change nothing that can be seen: file,
// line of source, place in it, mutation, and why. A line on which nothing but
// speed or room depends has no place, and "any" for a mutation.
const equivalentFile = "cmd/mhsds/internal/mutate/equivalent.csv"

type equivalents struct{ list []equivalent }

type equivalent struct{ file, text, at, what, why string }

func readEquivalents(root string) (*equivalents, error) {
	f, err := os.Open(filepath.Join(root, filepath.FromSlash(equivalentFile)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := csv.NewReader(f)
	in.FieldsPerRecord = 5
	rows, err := in.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("%s: %w", equivalentFile, errors.Join(err, errors.New("no row")))
	}
	same := &equivalents{}
	for i, row := range rows[1:] {
		if row[4] == "" {
			return nil, fmt.Errorf("%s: row %d: no reason", equivalentFile, i+2)
		}
		same.list = append(same.list, equivalent{row[0], row[1], row[2], row[3], row[4]})
	}
	return same, nil
}

// is reports whether e is about the mutant.
func (e *equivalent) is(m mutant) bool {
	if e.file != m.file || e.text != m.text {
		return false
	}
	return e.at == "" && e.what == "any" || e.at == strconv.Itoa(m.at) && e.what == m.what
}

func (e *equivalents) has(m mutant) bool {
	return slices.ContainsFunc(e.list, func(x equivalent) bool { return x.is(m) })
}

// check refuses an entry of a folder that is no mutant any more.
func (e *equivalents) check(folder string, mutants []mutant) error {
	for _, x := range e.list {
		if strings.HasPrefix(x.file, folder+"/") && !slices.ContainsFunc(mutants, x.is) {
			return fmt.Errorf("%s: %s has no mutant %q at %q of the line %q any more (%s)", equivalentFile, x.file, x.what, x.at, x.text, x.why)
		}
	}
	return nil
}
