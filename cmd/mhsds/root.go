package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mhsds/dictionary"
)

// root builds the command tree.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "mhsds SUBMISSION",
		Short: "Check a Mental Health Services Data Set submission before it is sent",
		Long: `mhsds checks a Mental Health Services Data Set (MHSDS v6.0) submission on this
computer: what the national rules would reject, warn about and carry forward.
Nothing is sent anywhere.

  mhsds SUBMISSION      the same as mhsds validate SUBMISSION`,
		Example: `  mhsds september.accdb
  mhsds validate september.zip
  mhsds validate september/ --format text --format jsonl=findings.jsonl
  mhsds explain CODE`,
		Version: version,

		DisableFlagsInUseLine: true,
		SilenceErrors:         true,
		SilenceUsage:          true,
		Args:                  unknownCommand,
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetFlagErrorFunc(flagError)
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "Flags.FlagUsages ", "Flags.FlagUsagesWrapped 90 "))
	root.RunE = p.run(func(cmd *cobra.Command, _ []string) error {
		cmd.SetOut(p.stderr)
		cmd.Help()
		return &statusError{statusUsage, nil}
	})
	root.AddCommand(
		p.validateCommand(),
		p.rulesCommand(),
		p.explainCommand(),
		p.compileCommand(),
		p.dictionaryCommand(),
		p.tablesCommand(),
		p.exportCommand(),
		p.generateCommand(), p.benchCommand(),
		p.reconcileCommand(),
		p.diffCommand(),
		p.whyCommand(),
		p.referenceCommand(),
		p.configCommand(),
		p.versionCommand(),
	)
	// Both are made now, not when the tree runs, so that defaultCommand can
	// tell them from files.
	root.SetHelpCommand(p.helpCommand())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" { // the library's, which takes any word in silence
			c.Args = needsOneOf
			c.RunE = p.run(func(cmd *cobra.Command, _ []string) error { return needsOneOf(cmd, []string{""}) })
		}
	}
	return root
}

// unknownCommand refuses a word that is no command and no file either.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usagef("%q is neither a command nor a file or folder%s", args[0], didYouMean(args[0], commandNames(cmd), "commands are"))
}

func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}

// didYouMean ends a sentence with the nearest known name, or with all of them
// when none is near.
func didYouMean(name string, known []string, all string) string {
	if near := dictionary.DidYouMean(name, known); near != "" {
		return near
	}
	return "; " + all + " " + strings.Join(known, ", ")
}

func (p *program) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Help about any command",
		RunE: p.run(func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			about, rest, err := root.Find(args)
			if err != nil || about == root && len(rest) > 0 {
				return usagef("no help about %q%s", strings.Join(args, " "), didYouMean(args[0], commandNames(root), "commands are"))
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		}),
	}
}

// run makes a command's work into what the library calls: environment first,
// then the check of what is not built, then the work, whose errors have a
// status or are a fault of ours.
func (p *program) run(work func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := p.environment(cmd); err != nil {
			return err
		}
		if err := refuseLater(cmd.Flags()); err != nil {
			return err
		}
		err := work(cmd, args)
		var s *statusError
		if err != nil && !errors.As(err, &s) {
			return faultf("%w", err)
		}
		return err
	}
}

// environment sets the flags that the command line left alone from MHSDS_….
func (p *program) environment(cmd *cobra.Command) error {
	var failed error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name := envName(f.Name)
		value := p.getenv(name)
		if f.Changed || value == "" || f.Name == "help" || f.Name == "version" || failed != nil {
			return
		}
		if err := cmd.Flags().Set(f.Name, value); err != nil {
			failed = usagef("environment variable %s: %w", name, err)
		}
	})
	if failed == nil {
		p.unknownEnvironment(cmd.Root())
	}
	return failed
}

// unknownEnvironment warns of variables that look like a flag of ours and are
// none: obeying nothing in silence is how a typing error hides.
func (p *program) unknownEnvironment(root *cobra.Command) {
	var known []string
	var collect func(*cobra.Command)
	collect = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, envName(f.Name)) })
		for _, sub := range c.Commands() {
			collect(sub)
		}
	}
	collect(root)
	for _, e := range p.env {
		name, _, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, envPrefix) && !slices.Contains(known, name) {
			p.say(fmt.Errorf("environment variable %s is no flag and was not read%s", name, dictionary.DidYouMean(name, known)))
		}
	}
}

// envPrefix begins the environment variables that stand for flags.
const envPrefix = "MHSDS_"

func envName(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// laterMark is the annotation of a flag that CLI.md promises and nobody has
// built yet.
const laterMark = "later"

// later defines a flag that is refused when it is used.
func later(flags *pflag.FlagSet, name, usage string) {
	flags.String(name, "", usage+" (not built yet)")
	flags.SetAnnotation(name, laterMark, nil)
}

// laterSwitch is later for a flag without a value.
func laterSwitch(flags *pflag.FlagSet, name, usage string) {
	flags.Bool(name, false, usage+" (not built yet)")
	flags.SetAnnotation(name, laterMark, nil)
}

func refuseLater(flags *pflag.FlagSet) error {
	var err error
	flags.Visit(func(f *pflag.Flag) {
		if _, ok := f.Annotations[laterMark]; ok && err == nil {
			err = usagef("--%s is not built yet", f.Name)
		}
	})
	return err
}

// flagError adds the nearest known flag to the library's sentence.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usagef("%s: %w", cmd.CommandPath(), err)
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	name := unknown.GetSpecifiedName()
	said := "--" + name
	if unknown.GetSpecifiedShortnames() != "" {
		said = "-" + name
	}
	s := fmt.Sprintf("%s has no flag %s", cmd.CommandPath(), said)
	if near := dictionary.Nearest(name, known); near != "" {
		s += "; did you mean --" + near + "?"
	}
	return usagef("%s", s)
}

// defaultCommand puts "validate" before the arguments when they begin with a
// submission rather than a command. A word that is neither a command nor the
// path of anything stays for the library to refuse.
func defaultCommand(root *cobra.Command, args []string) []string {
	validate := slices.IndexFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == "validate" })
	i := firstWord(root.Commands()[validate].Flags(), args)
	if i < 0 {
		for _, a := range args {
			if a == "-h" || a == "--help" || a == "--version" {
				return args
			}
		}
		if len(args) == 0 {
			return args
		}
		return append([]string{"validate"}, args...)
	}
	word := args[i]
	if strings.HasPrefix(word, "__") { // the shells' requests for completion
		return args
	}
	for _, c := range root.Commands() {
		if c.Name() == word || c.HasAlias(word) {
			return args
		}
	}
	if _, err := os.Stat(word); err != nil && !strings.ContainsAny(word, `./\`) {
		return args
	}
	return append([]string{"validate"}, args...)
}

// firstWord returns the index of the first argument that is no flag and no
// flag's value, or -1.
func firstWord(flags *pflag.FlagSet, args []string) int {
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			if i+1 < len(args) {
				return i + 1
			}
			return -1
		case strings.HasPrefix(a, "--"):
			if f := flags.Lookup(a[2:]); f != nil && f.NoOptDefVal == "" {
				i++
			}
		case len(a) > 1 && a[0] == '-':
			if f := flags.ShorthandLookup(a[1:2]); len(a) == 2 && f != nil && f.NoOptDefVal == "" {
				i++
			}
		default:
			return i
		}
	}
	return -1
}
