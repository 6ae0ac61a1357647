package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mhsds/dictionary"
	"mhsds/dictionary/synthetic"
)

func (p *program) generateCommand() *cobra.Command {
	o := generateOptions{}
	cmd := &cobra.Command{
		Use:   "generate --patients N --out PATH",
		Short: "Make a synthetic submission and its answer key",
		Long: `Make a submission of made-up patients: a folder of CSV files, or a .zip of them
when PATH ends in .zip; with --format jsonl the files are JSON lines. A PATH that
ends in .xlsx is a workbook with a sheet for each table, in which dates are
dates and everything else is text; while it is made, temporary files
(excelize-…) stand beside it. What exists is never overwritten.

It breaks no rule. Nothing in it is taken from life: NHS numbers lie in the
range that is kept for tests.

--break puts in one fault for each code, in patients of its own, and --answers
says where each is and what must be found: code, table, row, field, and the
cascade, which is every other finding that follows, as table:row:code divided
by |. A rule about the file as a whole is broken alone; one that compares with
what only the portal knows fails when validate is told what a file without the
fault would say.

The same flags and the same program give the same bytes.

Access databases are not written yet: that takes the indexes, system tables and
properties without which Access does not open a file, and Access to try it with.
Until then, import the CSV files or the workbook into an empty database.`,
		Example: `  mhsds generate --patients 1000 --seed 1 --out september/
  mhsds generate --patients 50 --period 2026-09 --providers 3 --out trusts/
  mhsds generate --patients 3000 --break all --answers answers.csv --out faulty.zip
  mhsds generate --patients 100 --out september.xlsx`,
		Args: exactly(),
	}
	flags := cmd.Flags()
	flags.IntVar(&o.patients, "patients", 0, "`N` patients; other tables follow from them")
	flags.StringVar(&o.period, "period", dictionary.ScalesFrom[:len("2026-04")], "reporting month, `YYYY-MM`")
	flags.Uint64Var(&o.seed, "seed", 1, "another `S` gives other patients")
	flags.IntVar(&o.providers, "providers", 1, "`K` submissions of as many providers, each in a folder of PATH, or a workbook in it")
	flags.StringVar(&o.out, "out", "", "`PATH` to write to: a folder that is new or empty, or a new .zip or .xlsx")
	flags.StringVar(&o.format, "format", "", "`KIND` of tables: csv, jsonl or xlsx (default as PATH ends, csv otherwise)")
	flags.StringSliceVar(&o.faults, "break", nil, "`CODE,…` of rules to break, once each; all is every rule that can share a file")
	flags.StringVar(&o.answers, "answers", "", "write what each fault of --break leads to, as CSV, to `FILE`")
	flags.Float64Var(&o.rate, "fault-rate", 0, "share `P` of rows in which one value is wrong, 0 to 1; they are in no answers")
	flags.IntVar(&o.jobs, "jobs", 0, "make rows on `N` processors (default all)")
	flags.StringVar(&o.schemas, "schemas", "", "generate by the schemas in `DIR` instead of those in the program")
	cmd.RunE = p.run(func(cmd *cobra.Command, _ []string) error { return p.generate(cmd.Context(), o) })
	return cmd
}

type generateOptions struct {
	patients, providers, jobs int
	period, out, schemas      string
	format                    string
	seed                      uint64
	faults                    []string
	answers                   string
	rate                      float64
}

// maxProviders is how many codes providerCode has.
const maxProviders = 26 * 26

func (p *program) generate(ctx context.Context, o generateOptions) error {
	switch {
	case o.out == "":
		return usagef("generate: where to? give --out PATH")
	case o.patients < 1:
		return usagef("generate: how many? give --patients N, 1 or more")
	case o.providers < 1 || o.providers > maxProviders:
		return usagef("--providers: %d is not a number from 1 to %d", o.providers, maxProviders)
	case o.answers != "" && len(o.faults) == 0:
		return usagef("--answers %s: there are no faults to answer for; give --break CODE", o.answers)
	case o.answers != "" && o.providers > 1:
		return usagef("--answers %s: is about one submission; give --providers 1", o.answers)
	case o.providers > 1 && (extension(o.out) == ".zip" || extension(o.out) == ".xlsx"):
		return usagef("--providers %d needs a folder for --out", o.providers)
	}
	format, err := submissionFormat(o)
	if err != nil {
		return err
	}
	d, err := dictionaryOf(o.schemas)
	if err != nil {
		return err
	}
	g, err := synthetic.New(d, nil)
	if err != nil {
		return faultf("%w", err)
	}
	for i := range o.providers {
		out := o.out
		cfg := synthetic.Config{
			Patients: o.patients, Period: o.period, Seed: o.seed + uint64(i), Provider: providerCode(i), Workers: o.jobs,
			Break: o.faults, FaultRate: o.rate,
		}
		if o.providers > 1 {
			out = filepath.Join(o.out, cfg.Provider)
			if format == formatWorkbook {
				if err := os.MkdirAll(o.out, 0o777); err != nil {
					return usagef("--out %s: %w", o.out, unpath(err))
				}
				out += ".xlsx"
			}
		}
		res, err := generateTo(ctx, g, cfg, out, format)
		if err != nil {
			return err
		}
		rows := int64(0)
		for _, c := range res.Tables {
			rows += c.Rows
		}
		fmt.Fprintf(p.stderr, "mhsds: %d rows written to %s\n", rows, plain(out))
		if len(o.faults) > 0 {
			fmt.Fprintf(p.stderr, "mhsds: %d rules broken\n", len(res.Answers))
			p.skipped(res.Skipped)
		}
		if o.answers != "" {
			if err := writeAnswers(o.answers, res.Answers); err != nil {
				return err
			}
		}
	}
	return nil
}

// skipped says how many rules were not broken, by reason.
func (p *program) skipped(list []synthetic.Skipped) {
	var reasons []string
	count := map[string]int{}
	for _, s := range list {
		if count[s.Why]++; count[s.Why] == 1 {
			reasons = append(reasons, s.Why)
		}
	}
	for _, why := range reasons {
		fmt.Fprintf(p.stderr, "mhsds: %d not broken: %s\n", count[why], why)
	}
}

// writeAnswers writes the answer key.
func writeAnswers(path string, answers []synthetic.Answer) error {
	t, err := openTarget(output{path: path}, nil, false)
	if err != nil {
		return err
	}
	w := csv.NewWriter(t.w)
	w.Write([]string{"code", "table", "row", "field", "cascade"})
	for _, a := range answers {
		var cascade []string
		for _, e := range a.Cascade {
			cascade = append(cascade, fmt.Sprintf("%s:%d:%s", e.Table, e.Row, e.Code))
		}
		w.Write([]string{a.Code, a.Table, strconv.FormatInt(a.Row, 10), a.Field, strings.Join(cascade, "|")})
	}
	w.Flush() // the writer keeps the first error
	if err := w.Error(); err != nil {
		t.abandon()
		return incompletef("%w", t.wrap(err))
	}
	if err := t.commit(); err != nil {
		return incompletef("%w", err)
	}
	return nil
}

// providerCode is the code of the i-th provider, which no organisation has:
// RZZ, RZY and so on.
func providerCode(i int) string {
	return string([]byte{'R', 'Z' - byte(i/26), 'Z' - byte(i%26)})
}

// How tables are written, as --format names it.
const (
	formatCSV      = "csv"
	formatJSON     = "jsonl"
	formatWorkbook = "xlsx"
)

func extension(path string) string { return strings.ToLower(filepath.Ext(path)) }

// submissionFormat returns how tables are to be written, by --format and by the
// end of the path.
func submissionFormat(o generateOptions) (string, error) {
	kinds := []string{formatCSV, formatJSON, formatWorkbook}
	if o.format != "" && !slices.Contains(kinds, o.format) {
		return "", usagef("--format: %q is no kind of table%s", o.format, didYouMean(o.format, kinds, "kinds are"))
	}
	switch ext := extension(o.out); {
	case ext == ".accdb" || ext == ".mdb":
		return "", usagef("--out %s: Access databases are not written yet; give a folder, a .zip or a .xlsx", o.out)
	case ext == ".xls" || ext == ".xlsm" || ext == ".xlsb":
		return "", usagef("--out %s: a workbook ends in .xlsx", o.out)
	case ext == ".csv" || ext == ".txt" || ext == ".jsonl" || ext == ".ndjson":
		return "", usagef("--out %s: is the name of one file; a submission is a folder with a file for each table", o.out)
	case ext == ".xlsx" && o.format != "" && o.format != formatWorkbook:
		return "", usagef("--out %s: is a workbook; --format %s needs a folder or a .zip", o.out, o.format)
	case ext != ".xlsx" && o.format == formatWorkbook && o.providers == 1:
		return "", usagef("--format xlsx: --out %s must end in .xlsx", o.out)
	case ext == ".xlsx":
		return formatWorkbook, nil
	case o.format != "":
		return o.format, nil
	}
	return formatCSV, nil
}

// A submissionWriter writes one container.
type submissionWriter interface {
	synthetic.Writer
	io.Closer
}

// generateTo writes one submission.
func generateTo(ctx context.Context, g *synthetic.Generator, cfg synthetic.Config, out, format string) (*synthetic.Result, error) {
	submission, err := g.Prepare(cfg)
	if err != nil {
		return nil, usagef("generate: %w", err)
	}
	if format == formatWorkbook {
		for _, c := range submission.Count() {
			if c.Rows > synthetic.SheetRows {
				return nil, usagef("--out %s: table %s would have %d rows, and a sheet has room for %d; give fewer patients, or a folder or .zip", out, c.Table.Name, c.Rows, synthetic.SheetRows)
			}
		}
	}
	w, t, err := openSubmission(out, format)
	if err != nil {
		return nil, err
	}
	res, err := submission.Write(ctx, w)
	if e := w.Close(); err == nil {
		err = e
	}
	switch {
	case errors.Is(err, context.Canceled):
		err = incompletef("%s: stopped before the end", out)
	case err != nil:
		err = incompletef("%s: %w", out, err)
	}
	if t != nil {
		if err != nil {
			t.abandon()
		} else if err = t.commit(); err != nil {
			err = incompletef("%w", err)
		}
	}
	return res, err
}

// openSubmission opens what to write to. A container in one file has a target,
// which puts the file in place when it is whole.
func openSubmission(path, format string) (submissionWriter, *target, error) {
	if ext := extension(path); ext == ".zip" || format == formatWorkbook {
		if _, err := os.Stat(path); err == nil {
			return nil, nil, usagef("--out %s: exists; nothing is overwritten", path)
		}
		t, err := openTarget(output{path: path}, nil, false)
		if err != nil {
			return nil, nil, err
		}
		switch format {
		case formatWorkbook:
			w, err := synthetic.NewWorkbook(t.w, filepath.Dir(path))
			if err != nil {
				t.abandon()
				return nil, nil, faultf("%w", err)
			}
			return w, t, nil
		case formatJSON:
			return synthetic.JSONZip(t.w), t, nil
		}
		return synthetic.Zip(t.w), t, nil
	}
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, nil, usagef("--out %s: %w", path, unpath(err))
	}
	files, err := os.ReadDir(path)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, nil, usagef("--out %s: %w", path, unpath(err))
	case len(files) > 0:
		return nil, nil, usagef("--out %s: is not empty; nothing is overwritten", path)
	case format == formatJSON:
		return synthetic.JSONFolder(path), nil, nil
	}
	return synthetic.Folder(path), nil, nil
}
