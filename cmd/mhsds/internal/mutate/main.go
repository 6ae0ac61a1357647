// Command mutate asks whether the tests would notice: it changes one operator,
// constant, condition or statement at a time, and runs the tests that should
// fail.
//
//	source ─► mutants ─► a seeded sample ─► overlay ─► test binary ─► killed?
//
// A mutant is killed when a test fails or does not end. One that lives is a gap
// in the tests, or changes nothing that can be seen; the latter stand in
// equivalent.csv with the reason, are not run, and do not count. The files of
// the work tree are never written: the go command reads each mutant through an
// overlay.
//
// "make mutation" runs a sample of each group and writes what came of it. The
// share of a seed says most when no test was written for that seed: take a new
// one. -n 0 runs every mutant, which takes hours; -listed those of
// equivalent.csv alone, to see whether a test notices one of them after all.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

func main() {
	var o options
	flag.IntVar(&o.count, "n", 150, "take `N` mutants of each group; 0 is every one")
	flag.Uint64Var(&o.seed, "seed", 1, "another `S` takes others")
	flag.StringVar(&o.group, "group", "", "only the `NAME`d group: check, plan or relation")
	flag.StringVar(&o.page, "page", "", "write what came of it to `FILE`")
	flag.StringVar(&o.log, "log", "", "add each outcome to `FILE`, and take those in it as known")
	flag.DurationVar(&o.budget, "for", 0, "stop after this `TIME`, with what there is")
	flag.Float64Var(&o.least, "least", 85, "fail if less than this `SHARE` of a group, in per cent, is killed")
	flag.BoolVar(&o.listed, "listed", false, "run the mutants of equivalent.csv alone, and name those that are noticed")
	list := flag.Bool("list", false, "name the mutants and run none")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, ".", o, *list); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

type options struct {
	count  int
	seed   uint64
	group  string
	page   string
	log    string
	budget time.Duration
	least  float64
	listed bool
}

// A group is a package whose source is changed, and the tests that should
// notice, the quickest first.
type group struct {
	name   string
	folder string
	stages []stage
}

// A stage is some tests of one package.
type stage struct{ folder, run string }

func groups() []group {
	// The engine's tests of what these packages decide; not of containers, words
	// and memory.
	const engine = "^(TestTwin|TestExpected|TestCauses|TestTwentyCauses|TestAssumeFixed|TestReference|TestSameFindings|TestRowOrder|TestObserverIsToldParents|TestSingleRecords|TestFileCases)$"
	return []group{
		{"check", "validate/check", []stage{{"validate/check", "."}}},
		{"plan", "validate/plan", []stage{{"validate/plan", "."}, {"validate", engine}}},
		{"relation", "validate/relation", []stage{{"validate/relation", "."}, {"validate", engine}}},
	}
}

// A tally is what came of a group's mutants.
type tally struct {
	group      string
	all        int // mutants that there are
	killed     int
	late       int // of those killed, by taking too long
	invalid    int // do not compile
	survivors  []mutant
	equivalent int // listed, and not run
}

// score is the share of killed mutants in per cent, 100 if there were none.
func (t *tally) score() float64 {
	if t.killed+len(t.survivors) == 0 {
		return 100
	}
	return 100 * float64(t.killed) / float64(t.killed+len(t.survivors))
}

func run(ctx context.Context, root string, o options, list bool) error {
	began := time.Now()
	known, err := readLog(o.log)
	if err != nil {
		return err
	}
	same, err := readEquivalents(root)
	if err != nil {
		return err
	}
	var tallies []*tally
	found := false
	for _, g := range groups() {
		if o.group != "" && o.group != g.name {
			continue
		}
		found = true
		mutants, err := mutantsOf(root, g)
		if err != nil {
			return err
		}
		if err := same.check(g.folder, mutants); err != nil {
			return err
		}
		t := &tally{group: g.name, all: len(mutants)}
		tallies = append(tallies, t)
		if o.count > 0 {
			rand.New(rand.NewPCG(o.seed, 1)).Shuffle(len(mutants), func(i, k int) { mutants[i], mutants[k] = mutants[k], mutants[i] })
		}
		if list {
			for _, m := range mutants {
				fmt.Println(m)
			}
			continue
		}
		var r *runner // made when a mutant is not known from the log
		for _, m := range mutants {
			if o.count > 0 && t.killed+len(t.survivors) >= o.count || ctx.Err() != nil {
				break
			}
			if same.has(m) != o.listed {
				if !o.listed {
					t.equivalent++
				}
				continue
			}
			out, ok := known[m.String()]
			if !ok {
				if o.budget > 0 && time.Since(began) > o.budget {
					break
				}
				if r == nil {
					if r, err = newRunner(ctx, root, g); err != nil {
						return err
					}
					defer r.close()
				}
				if out, err = r.run(ctx, m); err != nil {
					return err
				}
				if ctx.Err() != nil {
					break
				}
				if err := addLog(o.log, m, out); err != nil {
					return err
				}
			}
			switch {
			case out == invalid:
				t.invalid++
			case out == killed || out == late:
				t.killed++
				if out == late {
					t.late++
				}
				if o.listed {
					fmt.Printf("noticed: %s\n", m)
				}
			case o.listed:
				t.equivalent++
			default:
				t.survivors = append(t.survivors, m)
				fmt.Printf("survived: %s\n", m)
			}
		}
		slices.SortFunc(t.survivors, compareMutants)
	}
	if !found {
		return fmt.Errorf("no group is called %q", o.group)
	}
	if list {
		return nil
	}
	fmt.Print(summary(tallies))
	if o.listed {
		return nil // a share of these says nothing
	}
	if o.page != "" {
		if err := os.WriteFile(o.page, page(tallies, o, same), 0o666); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return errors.New("stopped before the end")
	}
	var low []string
	for _, t := range tallies {
		if t.score() < o.least {
			low = append(low, fmt.Sprintf("%s %.1f %%", t.group, t.score()))
		}
	}
	if low != nil {
		return fmt.Errorf("less than %g %% killed: %s", o.least, strings.Join(low, ", "))
	}
	return nil
}

// summary is the tallies as a table.
func summary(tallies []*tally) string {
	var w strings.Builder
	w.WriteString("| package | mutants | tried | killed | of them by time | survived | equivalent | do not compile | score |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, t := range tallies {
		fmt.Fprintf(&w, "| %s | %d | %d | %d | %d | %d | %d | %d | %.1f %% |\n", t.group, t.all, t.killed+len(t.survivors), t.killed, t.late, len(t.survivors), t.equivalent, t.invalid, t.score())
	}
	return w.String()
}

// page is what came of a run, for people to read.
func page(tallies []*tally, o options, same *equivalents) []byte {
	var w strings.Builder
	w.WriteString("# Mutation testing\n\nOne operator, constant, condition or statement is changed at a time, and the tests run that should fail.\n")
	fmt.Fprintf(&w, "Written by `make mutation`: up to %d mutants of each package, seed %d, without those that do not compile\nor are listed below as changing nothing, which are not run. Another seed takes others: `make mutation SEED=…`.\n\n", o.count, o.seed)
	w.WriteString(summary(tallies))
	w.WriteString("\n## Survivors\n\n")
	for _, t := range tallies {
		for _, m := range t.survivors {
			fmt.Fprintf(&w, "- `%s:%d` %s, in `%s`\n", m.file, m.line, m.what, m.text)
		}
	}
	w.WriteString("\n## Equivalent\n\n")
	for _, e := range same.list {
		fmt.Fprintf(&w, "- `%s`, %s, in `%s`: %s\n", e.file, e.what, e.text, e.why)
	}
	return []byte(w.String())
}
