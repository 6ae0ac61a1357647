package main

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"mhsds/validate/compare"
	"mhsds/validate/report/share"
)

func (p *program) diffCommand() *cobra.Command {
	var format string
	var failOn []string
	var shared bool
	var opt compare.Options
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Compare two results: new, fixed, still there, returned",
		Long: `Compare two results, files written by mhsds validate --format jsonl, by rule and
by root cause: what is new, fixed, still there, and what has returned.

Findings are known again by their fingerprints, if both results were written
with --fingerprint-key and the same key; by counts alone otherwise, and the
comparison says so. A result that was itself written with --previous knows for
how many months running a finding has been there, and what has returned.

Exit status 0, unless --fail-on says otherwise.`,
		Example: `  mhsds validate september/ --fingerprint-key our.key --previous august.jsonl --format jsonl=september.jsonl
  mhsds diff august.jsonl september.jsonl --fail-on new`,
		Args: exactly("OLD", "NEW"),
	}
	f := cmd.Flags()
	f.StringVar(&format, "format", "text", "`text|json`")
	f.IntVar(&opt.MaxShown, "max-shown", 10, "list the first `N` root causes of the new result; counts are always exact")
	f.StringSliceVar(&failOn, "fail-on", []string{"never"}, "end with status 1 on a `LIST` of new, returned, never")
	f.BoolVar(&shared, "share", false, "for passing on: counts under 5 are hidden, the others rounded to the nearest 5, no rows listed")
	cmd.RunE = p.run(func(_ *cobra.Command, args []string) error {
		known := []string{"new", "returned", "never"}
		for _, l := range failOn {
			switch {
			case !slices.Contains(known, l):
				return usagef("--fail-on: %q is nothing to fail on%s", l, didYouMean(l, known, "known are"))
			case l == "never" && len(failOn) > 1:
				return usagef("--fail-on: never stands alone")
			}
		}
		switch {
		case format != "text" && format != "json":
			return usagef("--format: %q is not a form of the comparison%s", format, didYouMean(format, []string{"text", "json"}, "forms are"))
		case opt.MaxShown < 0:
			return usagef("--max-shown: %d is less than 0", opt.MaxShown)
		}
		opt.Counts = share.Counts{Suppress: shared}
		diff, err := p.diff(args[0], args[1], format, opt)
		if err != nil {
			return err
		}
		t := diff.Total()
		if slices.Contains(failOn, "new") && t.New > 0 || slices.Contains(failOn, "returned") && t.Returned > 0 {
			return &statusError{statusFindings, nil}
		}
		return nil
	})
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{"new", "returned", "never"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (p *program) diff(older, newer, format string, opt compare.Options) (*compare.Diff, error) {
	d, err := embedded()
	if err != nil {
		return nil, err
	}
	old, err := readResult(older)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(newer)
	if err != nil {
		return nil, inputf("%s: %w", newer, unpath(err))
	}
	defer f.Close()
	diff, err := compare.Results(old, f, filepath.Base(newer), d)
	if err != nil {
		return nil, inputf("%s", named(newer, unpath(err)))
	}
	if format == "json" {
		err = diff.WriteJSON(p.stdout, opt)
	} else {
		err = diff.WriteText(p.stdout, d, opt)
	}
	if err != nil {
		return nil, incompletef("stdout could not be written: %w", unpath(err))
	}
	return diff, nil
}
