// Command scoreboard measures what is known of every rule, and writes one page
// and the same as JSON.
//
// Nothing in them is declared. Each kind of evidence is the outcome of a run;
// a rule that the run did not reach has none of it, which is never shown as
// passed:
//
//	cases      the engine judges the passing and failing records of the rule
//	fault      the generator breaks the rule alone; the findings are its answers
//	oracle     jsonschema names the rule on the same records as the engine
//	twin       the quadratic twin of the relations names it on the same rows
//	kernels    the twins of the kernels that the rule is lowered to agree
//
// "make scoreboard" runs it from the module's root. No figure may fall: it
// then writes nothing, unless -accept says why. With -check it only compares:
// that is what CI does.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if a figure has fallen or a file is not what would be written")
	accept := flag.String("accept", "", "write although figures have fallen, for this `REASON`, which the page then states")
	flag.Parse()
	if err := run(context.Background(), ".", *check, *accept); err != nil {
		fmt.Fprintln(os.Stderr, "scoreboard:", err)
		os.Exit(1)
	}
}

// What the command writes, from the module's root.
const (
	boardFile  = "testdata/scoreboard/scoreboard.json"
	pageFile   = "testdata/scoreboard/README.md"
	readmeFile = "README.md"
)

func run(ctx context.Context, root string, check bool, accept string) error {
	old, err := readBoard(filepath.Join(root, boardFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	d, g, err := load()
	if err != nil {
		return err
	}
	now, err := measure(ctx, root, d, g)
	if err != nil {
		return err
	}
	for _, line := range now.against {
		fmt.Fprintln(os.Stderr, "scoreboard:", line)
	}
	fallen := falls(old, now)
	if len(old.Rules) == 0 { // the first time
		fallen = nil
	}
	now.Accepted = old.Accepted
	if len(fallen) > 0 {
		if accept == "" || check {
			return fmt.Errorf("%d figures have fallen:\n  %s\nmend what fell; if it had to fall, make scoreboard ACCEPT='why', and say so in CHANGELOG.md", len(fallen), strings.Join(fallen, "\n  "))
		}
		now.Accepted = append(now.Accepted, acceptance{Why: accept, Fallen: fallen})
	}
	files, err := written(root, now, d, g)
	if err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(root, f.name)
		if !check {
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				return err
			}
			if err := os.WriteFile(path, f.data, 0o666); err != nil {
				return err
			}
			continue
		}
		if is, err := os.ReadFile(path); err != nil || !bytes.Equal(is, f.data) {
			return fmt.Errorf("%s is not what was measured; no figure has fallen: run make scoreboard and commit the files\n  %s", f.name, strings.Join(rises(old, now), "\n  "))
		}
	}
	for _, line := range now.Totals.lines() {
		fmt.Printf("%-32s %s\n", line[0], line[1])
	}
	return nil
}

// A file is one that the command writes.
type file struct {
	name string
	data []byte
}
