package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mhsds/dictionary"
	"mhsds/validate/scope"
)

func (p *program) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Make or show a configuration file",
		Long: `A configuration names your Talking Therapies service, so that its activity is
found with certainty, switches rules of ours off for a time, and gives flags
their usual values. validate reads ` + configFile + ` of the current folder, or the
file of --config. Flags and environment variables come before it.`,
		Args: needsOneOf,
	}
	cmd.RunE = p.run(func(cmd *cobra.Command, _ []string) error { return needsOneOf(cmd, []string{""}) })
	cmd.AddCommand(p.configInitCommand(), p.configShowCommand())
	return cmd
}

func (p *program) configInitCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a configuration with everything in it, explained and commented out",
		Example: `  mhsds config init
  mhsds config show`,
		Args: cobra.MaximumNArgs(1),
		RunE: p.run(func(_ *cobra.Command, args []string) error {
			path := configFile
			if len(args) == 1 {
				path = args[0]
			}
			if path == "-" {
				_, err := io.WriteString(p.stdout, configTemplate)
				return err
			}
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
			switch {
			case errors.Is(err, fs.ErrExist):
				return usagef("config init: %s is there already; move it away, or name another file", path)
			case err != nil:
				return usagef("config init: %s: %w", path, unpath(err))
			}
			_, err = io.WriteString(f, configTemplate)
			if err := errors.Join(err, f.Close()); err != nil {
				return incompletef("config init: %s: %w", path, err)
			}
			fmt.Fprintf(p.stderr, "mhsds: %s written; take the # away from what you want to say\n", plain(path))
			return nil
		}),
	}
}

func (p *program) configShowCommand() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:     "show [flags of validate]",
		Short:   "Show the configuration that counts, and where each value comes from",
		Example: `  mhsds config show --fail-on group`,
		Args:    cobra.NoArgs,
	}
	s.define(cmd.Flags())
	cmd.RunE = p.run(func(cmd *cobra.Command, _ []string) error {
		origin := map[string]string{}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			switch {
			case !f.Changed:
			case p.getenv(envName(f.Name)) != "" && !slices.ContainsFunc(os.Args, func(a string) bool { return a == "--"+f.Name || strings.HasPrefix(a, "--"+f.Name+"=") }):
				origin[f.Name] = "environment"
			default:
				origin[f.Name] = "flag"
			}
		})
		if err := s.configure(cmd.Flags()); err != nil {
			return err
		}
		d, err := dictionaryOf(s.schemas)
		if err != nil {
			return err
		}
		if _, _, err := s.configured.rules(d, ""); err != nil {
			return err
		}
		for _, name := range s.fromFile {
			origin[name] = "file"
		}
		_, err = io.WriteString(p.stdout, effective(cmd.Flags(), s.configured, origin))
		return err
	})
	return cmd
}

// effective writes the configuration that counts as a configuration.
func effective(flags *pflag.FlagSet, c *configuration, origin map[string]string) string {
	var b strings.Builder
	if c.path == "" {
		b.WriteString("# no configuration file\n")
	} else {
		b.WriteString("# configuration file " + plain(c.path) + "\n")
	}
	b.WriteString("\n[validate]\n")
	flags.VisitAll(func(f *pflag.Flag) {
		if _, unbuilt := f.Annotations[laterMark]; unbuilt || f.Name == "config" || f.Name == "help" {
			return
		}
		from := origin[f.Name]
		if from == "" {
			from = "default"
		}
		fmt.Fprintf(&b, "%s = %s # %s\n", f.Name, flagValue(f), from)
	})
	b.WriteString("\n[scope]\n")
	declared := c.Scope.declared()
	for _, part := range dictionary.DeclaredParts() {
		fmt.Fprintf(&b, "%s = %s\n", part, tomlList(declared[part]))
	}
	age, share := scope.DefaultAdultAge, scope.DefaultTeamShare
	if c.Scope.AdultAge != nil {
		age = *c.Scope.AdultAge
	}
	if c.Scope.TeamShare != nil {
		share = *c.Scope.TeamShare
	}
	fmt.Fprintf(&b, "adult_age = %d\nteam_share = %s\n", age, tomlFloat(share))
	limit := c.Quality.limit()
	fmt.Fprintf(&b, "\n[quality]\nmovement_percent = %s\nmovement_least = %d\n", tomlFloat(limit.Percent), limit.Least)
	if c.Quality.Scored != nil {
		b.WriteString("[quality.scored]\n")
		for _, id := range slices.Sorted(maps.Keys(c.Quality.Scored)) {
			fmt.Fprintf(&b, "%s = %s\n", tomlText(id), tomlFloat(c.Quality.Scored[id]))
		}
	}
	for _, r := range c.Rule {
		fmt.Fprintf(&b, "\n[[rule]]\ncode = %s\n", tomlText(r.Code))
		if r.Off {
			b.WriteString("off = true\n")
		} else {
			fmt.Fprintf(&b, "grade = %s\n", tomlText(r.Grade))
		}
		expires, _ := dayOf(r.Expires)
		fmt.Fprintf(&b, "reason = %s\nexpires = %s\n", tomlText(r.Reason), expires)
	}
	return b.String()
}

func tomlFloat(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

func flagValue(f *pflag.Flag) string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return tomlList(list.GetSlice())
	}
	switch f.Value.Type() {
	case "bool", "int":
		return f.Value.String()
	}
	return tomlText(f.Value.String())
}

func tomlList(list []string) string {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = tomlText(v)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// tomlText writes a basic string of TOML.
func tomlText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, "\\U%08x", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// configTemplate is what config init writes. Every key stands in it, behind
// "#" without a space; explanations are behind "# ".
const configTemplate = `# Configuration of mhsds, read from the current folder or by --config FILE.
# A flag comes first, then an environment variable MHSDS_..., then this file.
# Take the # away from what you want to say. "mhsds config show" shows what
# counts.

# Usual values of the flags of validate, by their names.
#[validate]
#provider = "RXX"
#fail-on = ["record", "scope"]
#talking-therapies = "talking-therapies.csv"

# What belongs to your Talking Therapies service, whose patients are reported
# in a data set of their own. Its activity is then found with certainty.
# Values are compared exactly.
#[scope]

# Local identifiers of its teams.
#teams = ["TT-NORTH", "TT-SOUTH"]

# Its service agreement line numbers.
#service_agreement_lines = []

# Site codes that only it uses.
#sites = []

# Local identifiers of its staff.
#staff = []

# The system that it alone uses, as the header names it.
#source_systems = []

# The age from which a patient counts as an adult at a contact.
#adult_age = 18

# The share of a team's contacts, delivered as in Talking Therapies, from which
# that is the team's pattern: over 0, up to 1.
#team_share = 0.5

# What --quality and comparisons with earlier counts say.
#[quality]

# A count stands out when it moved by more than this percentage of the earlier
# one, and by more than this number.
#movement_percent = 25.0
#movement_least = 20

# The items that make up the score, by measure, each with the percentage of
# defaults that it accepts: 0 accepts none, 100 any. Without them every item
# counts that can be computed, any default accepted, and the score is called an
# estimate.
#scored = { "DQM…" = 0 }

# A rule of ours (its code begins with PRE) can be switched off, or given
# another grade, for a reason and until a day. Reports count what it would have
# found. National rules cannot be switched. One such section a rule.
#[[rule]]
#code = "PRE…"
#off = true
#grade = "information"
#reason = "why, for whoever reads the report"
#expires = 2027-03-31
`
