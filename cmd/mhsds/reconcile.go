package main

import (
	"archive/zip"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"mhsds/validate/reconcile"
)

func (p *program) reconcileCommand() *cobra.Command {
	var format, counts string
	var opt reconcile.Options
	cmd := &cobra.Command{
		Use:   "reconcile REPORTS RESULT",
		Short: "Compare a result with the portal's Summary Reports",
		Long: `Compare our findings with the portal's own, code by code. REPORTS is the zip of
Summary Reports, or a folder with its files; RESULT is a file written by
mhsds validate --format jsonl. Records are matched one by one when RESULT was
written with --show-values, by counts otherwise.

Exit status 1 when something differs that nothing explains.`,
		Example: `  mhsds validate september/ --show-values --format jsonl=result.jsonl
  mhsds reconcile reports.zip result.jsonl --counts counts.csv`,
		Args: exactly("REPORTS", "RESULT"),
	}
	f := cmd.Flags()
	f.StringVar(&format, "format", "text", "`text|json`")
	f.StringVar(&counts, "counts", "", "also write the counts alone to `FILE`, as CSV; it holds nothing of any record")
	f.IntVar(&opt.MaxShown, "max-shown", 10, "name the first `N` records of each code and side; counts are always exact")
	f.BoolVar(&opt.Values, "show-values", false, "show the values of the records that the portal alone found; they identify patients")
	cmd.RunE = p.run(func(_ *cobra.Command, args []string) error {
		switch {
		case format != "text" && format != "json":
			return usagef("--format: %q is not a form of the comparison%s", format, didYouMean(format, []string{"text", "json"}, "forms are"))
		case opt.MaxShown < 0:
			return usagef("--max-shown: %d is less than 0", opt.MaxShown)
		}
		c, err := compareReports(args[0], args[1], opt)
		if err != nil {
			return err
		}
		if err := p.writeComparison(c, format, counts); err != nil {
			return err
		}
		if !c.Agrees() {
			return &statusError{statusFindings, nil}
		}
		return nil
	})
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func compareReports(reports, result string, opt reconcile.Options) (*reconcile.Comparison, error) {
	d, err := embedded()
	if err != nil {
		return nil, err
	}
	from, done, err := openReports(reports)
	if err != nil {
		return nil, err
	}
	defer done()
	portal, err := reconcile.Read(from, d)
	if err != nil {
		return nil, inputf("%s", named(reports, err))
	}
	f, err := os.Open(result)
	if err != nil {
		return nil, inputf("%s: %w", result, unpath(err))
	}
	defer f.Close()
	c, err := reconcile.Compare(portal, f, d, opt)
	if err != nil {
		return nil, inputf("%s", named(result, err))
	}
	return c, nil
}

// openReports opens a zip or a folder; done closes it.
func openReports(path string) (from fs.FS, done func() error, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, inputf("%s: %w", path, unpath(err))
	}
	if info.IsDir() {
		return os.DirFS(path), func() error { return nil }, nil
	}
	z, err := zip.OpenReader(path)
	switch {
	case errors.Is(err, zip.ErrFormat):
		return nil, nil, inputf("%s: is neither a zip nor a folder", path)
	case err != nil:
		return nil, nil, inputf("%s: %w", path, unpath(err))
	}
	return z, z.Close, nil
}

func (p *program) writeComparison(c *reconcile.Comparison, format, counts string) error {
	write := c.WriteText
	if format == "json" {
		write = c.WriteJSON
	}
	if err := write(p.stdout); err != nil {
		return incompletef("stdout could not be written: %w", unpath(err))
	}
	if counts == "" {
		return nil
	}
	t, err := openTarget(output{"", counts}, nil, false)
	if err != nil {
		return err
	}
	defer t.abandon()
	if err := c.WriteCounts(t.w); err != nil {
		return incompletef("%w", t.wrap(err))
	}
	if err := t.commit(); err != nil {
		return incompletef("%w", err)
	}
	return nil
}
