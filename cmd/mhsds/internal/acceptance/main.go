// Command acceptance judges a thousand made-up submissions and compares the
// findings, code by code, with the totals that are committed.
//
//	seed ──► submission ──► container ──► engine ──► findings per code
//	         1 to 100,000    folder, zip,                  │
//	         rows, clean to  workbook, JSON     totals.csv ─┤ the same?
//	         fully faulty    lines, database               ▼
//	                                            CHANGELOG.md declares what
//	                                            has changed since the release
//
// "make acceptance" runs it and fails on any difference; "make
// acceptance-update" writes what it found to totals.csv and prints the line that
// CHANGELOG.md must carry. See declaration.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	var o options
	flag.StringVar(&o.root, "root", ".", "the module's `FOLDER`")
	flag.IntVar(&o.jobs, "jobs", runtime.GOMAXPROCS(0), "judge `N` submissions at once")
	flag.BoolVar(&o.update, "update", false, "write the totals found to totals.csv, and print what CHANGELOG.md must say")
	flag.BoolVar(&o.release, "release", false, "a version was released: from now on, changes are counted from the totals of today; nothing is judged")
	flag.Parse()
	if err := o.run(context.Background(), os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "acceptance:", err)
		os.Exit(1)
	}
}

// The files, from the module's root.
const (
	totalsFile    = "cmd/mhsds/internal/acceptance/totals.csv"
	changelogFile = "CHANGELOG.md"
)

type options struct {
	root            string
	jobs            int
	update, release bool
}

func (o *options) run(ctx context.Context, out, progress io.Writer) error {
	totals, err := readTotals(filepath.Join(o.root, totalsFile))
	if err != nil && !(o.update && errors.Is(err, os.ErrNotExist)) {
		return err
	}
	log, err := os.ReadFile(filepath.Join(o.root, changelogFile))
	if err != nil {
		return err
	}
	if o.release {
		totals.released(lastRelease(string(log)))
		return totals.write(filepath.Join(o.root, totalsFile))
	}
	begin := time.Now()
	c, err := newCorpus(o.root)
	if err != nil {
		return err
	}
	found, err := c.all(ctx, o.jobs, progress)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d submissions, %d rows, %d findings of %d rules, in %.0f s\n",
		found[countSubmissions], found[countRows], found.findings(), found.codes(), time.Since(begin).Seconds())
	if o.update {
		totals = totals.with(found)
		if err := totals.write(filepath.Join(o.root, totalsFile)); err != nil {
			return err
		}
		if line := totals.declaration(); line != "" {
			fmt.Fprintf(out, "%s must have this line under Unreleased, with the reason added:\n%s\n", changelogFile, line)
		}
		return nil
	}
	if lines := totals.differences(found); len(lines) > 0 {
		const shown = 40
		for _, l := range lines[:min(len(lines), shown)] {
			fmt.Fprintln(out, l)
		}
		return fmt.Errorf("%d totals differ from %s; if that is meant, run \"make acceptance-update\" and declare the change in %s under Unreleased, by the line that it prints", len(lines), totalsFile, changelogFile)
	}
	return totals.declared(string(log))
}

// all judges all submissions, jobs of them at once, and adds up what was found.
func (c *corpus) all(ctx context.Context, jobs int, progress io.Writer) (counts, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	total := counts{}
	var mu sync.Mutex
	var first error // what comes after it follows from it
	var next atomic.Int64
	var wait sync.WaitGroup
	work := func() error {
		j, err := c.judge()
		if err != nil {
			return err
		}
		for i := int(next.Add(1)) - 1; i < len(c.submissions) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
			found, err := j.run(ctx, &c.submissions[i])
			if err != nil {
				return fmt.Errorf("submission %d (%s): %w", i, c.submissions[i].name, err)
			}
			mu.Lock()
			total.add(found)
			if n := total[countSubmissions]; n%100 == 0 {
				fmt.Fprintf(progress, "%d of %d\n", n, len(c.submissions))
			}
			mu.Unlock()
		}
		return nil
	}
	for range max(1, jobs) {
		wait.Go(func() {
			if err := work(); err != nil {
				mu.Lock()
				if first == nil {
					first = err
				}
				mu.Unlock()
				cancel()
			}
		})
	}
	wait.Wait()
	return total, first
}
