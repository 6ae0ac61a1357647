package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

//go:generate go run ./internal/resources

// version is the program's own; the data set's is in the schemas. CHANGELOG.md
// says what is in it. It is a variable, which nothing here sets, because a
// release may be linked with another: make release VERSION=….
var version = "0.1.0"

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "The version of the program and of the rules in it",
		Args:  cobra.NoArgs,
		RunE: p.run(func(cmd *cobra.Command, _ []string) error {
			d, err := embedded()
			if err != nil {
				return err
			}
			fmt.Fprintf(p.stdout, "mhsds %s\nMHSDS v%s, rules of %s, assessment scales %s\n%s %s/%s%s\n",
				version, d.Version, d.RulesDated, d.ScalesRevision, runtime.Version(), runtime.GOOS, runtime.GOARCH, revision())
			return nil
		}),
	}
}

// revision is the source the binary was built from, when the build knows it.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", changed since"
		}
	}
	if commit == "" {
		return ""
	}
	return ", source " + commit[:min(12, len(commit))] + changed
}
