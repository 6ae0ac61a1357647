package main

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mhsds/validate/reconcile"
)

func (p *program) reconcileCommand() *cobra.Command {
	var format, counts, from string
	var opt reconcile.Options
	cmd := &cobra.Command{
		Use:   "reconcile REPORTS.zip RESULT",
		Short: "Compare a result with the portal's Summary Reports",
		Long: `Compare what we found with what the portal found, code by code and table by
table. REPORTS.zip is the archive of Summary Reports as the portal gives it, or
a folder of its files; RESULT is a file written by --format jsonl. When it was
written with --show-values, records are matched one by one.

The comparison holds no values unless --show-values is given here too. Exit
status: 0 nothing differs but what is explained, 1 something does.`,
		Example: `  mhsds validate september.accdb --show-values --format jsonl=september.jsonl
  mhsds reconcile reports.zip september.jsonl --counts-out counts.csv`,
		Args: exactly("REPORTS.zip", "RESULT"),
	}
	f := cmd.Flags()
	f.StringVar(&format, "format", "text", "`text|json`")
	f.StringVar(&counts, "counts-out", "", "also write the counts, and no identifiers, as CSV to `FILE`")
	f.IntVar(&opt.MaxShown, "max-shown", 10, "name the first `N` records of a code that one side alone found; counts are always exact")
	f.BoolVar(&opt.Values, "show-values", false, "show the values of records that the portal alone found; they identify patients")
	f.StringVar(&from, "schemas", "", "the rules of the schemas in `DIR` instead of those in the program")
	cmd.RunE = p.run(func(_ *cobra.Command, args []string) error {
		switch {
		case format != "text" && format != "json":
			return usagef("--format: %q is not a form of the comparison%s", format, didYouMean(format, []string{"text", "json"}, "forms are"))
		case opt.MaxShown < 0:
			return usagef("--max-shown: %d is less than 0", opt.MaxShown)
		case counts == "-":
			return usagef("--counts-out goes to a file; --format text and json go to stdout")
		case counts != "" && (sameFile(counts, args[0]) || sameFile(counts, args[1])):
			return usagef("--counts-out %s would overwrite what is read", counts)
		}
		c, err := compareReports(args[0], args[1], from, opt)
		if err != nil {
			return err
		}
		if counts != "" {
			if err := writeFile(output{"csv", counts}, c.WriteCounts); err != nil {
				return err
			}
		}
		write := c.WriteText
		if format == "json" {
			write = c.WriteJSON
		}
		if err := write(p.stdout); err != nil {
			return incompletef("stdout could not be written: %w", unpath(err))
		}
		if !c.Agrees() {
			return &statusError{statusFindings, nil}
		}
		return nil
	})
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// compareReports reads the portal's reports and our result.
func compareReports(reports, result, schemas string, opt reconcile.Options) (*reconcile.Comparison, error) {
	d, err := dictionaryOf(schemas)
	if err != nil {
		return nil, err
	}
	fsys, closer, err := openReports(reports)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	portal, err := reconcile.Read(fsys, d)
	if err != nil {
		return nil, inputf("%s: %w", reports, err)
	}
	f, err := os.Open(result)
	if err != nil {
		return nil, inputf("%s: %w", result, unpath(err))
	}
	defer f.Close()
	c, err := reconcile.Compare(portal, f, d, opt)
	if err != nil {
		return nil, inputf("%s: %w", result, unpath(err))
	}
	return c, nil
}

// openReports opens an archive of reports, or a folder of them.
func openReports(path string) (fs.FS, io.Closer, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, nil, inputf("%s: %w", path, unpath(err))
	case info.IsDir():
		return os.DirFS(path), io.NopCloser(nil), nil
	case !info.Mode().IsRegular():
		return nil, nil, inputf("%s: is neither a .zip nor a folder", path)
	case info.Size() == 0:
		return nil, nil, inputf("%s: the file is empty", path)
	}
	z, err := zip.OpenReader(path)
	switch {
	case errors.Is(err, zip.ErrFormat):
		return nil, nil, inputf("%s: is no zip archive, or a damaged one; download it again", path)
	case err != nil:
		return nil, nil, inputf("%s: %w", path, unpath(err))
	}
	return z, z, nil
}

// writeFile writes one file that holds no values, whole or not at all.
func writeFile(o output, write func(io.Writer) error) error {
	t, err := openTarget(o, nil, false)
	if err != nil {
		return usagef("%s: %s", o.path, strings.TrimPrefix(err.Error(), "--format "+o.kind+"="+o.path+": "))
	}
	defer t.abandon()
	if err := write(t.w); err != nil {
		return incompletef("%w", t.wrap(err))
	}
	if err := t.commit(); err != nil {
		return incompletef("%w", err)
	}
	return nil
}
