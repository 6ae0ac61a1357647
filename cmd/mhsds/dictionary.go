package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mhsds/dictionary"
	"mhsds/dictionary/handbook"
	"mhsds/dictionary/sheets"
	"mhsds/dictionary/workbook"
)

func (p *program) dictionaryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dictionary",
		Short: "The dictionary as sheets or a workbook; what changed between two",
		Args:  needsOneOf,
	}
	cmd.RunE = p.run(func(cmd *cobra.Command, args []string) error { return needsOneOf(cmd, []string{""}) })
	cmd.AddCommand(p.dictionaryExportCommand(), p.dictionaryDiffCommand())
	return cmd
}

// needsOneOf refuses what is no subcommand.
func needsOneOf(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case args[0] == "":
		return usagef("%s: which? %s", cmd.CommandPath(), strings.Join(commandNames(cmd), " or "))
	}
	return usagef("%s has no command %q%s", cmd.CommandPath(), args[0], didYouMean(args[0], commandNames(cmd), "its commands are"))
}

func (p *program) dictionaryExportCommand() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "export PATH",
		Short: "Write the dictionary as an .xlsx workbook or a folder of CSV sheets",
		Long: `Write the dictionary as one .xlsx workbook, or as a folder of CSV sheets when
PATH does not end in .xlsx. mhsds compile reads both.`,
		Example: `  mhsds dictionary export book.xlsx
  mhsds dictionary export sheets`,
		Args: exactly("PATH"),
	}
	cmd.Flags().StringVar(&from, "from", "", "`DICTIONARY` to write, a folder of sheets or an .xlsx (default the one in the program)")
	cmd.RunE = p.run(func(_ *cobra.Command, args []string) error {
		d, err := p.dictionaryFrom(from)
		if err != nil {
			return err
		}
		if err := writeDictionary(args[0], d); err != nil {
			return err
		}
		fmt.Fprintf(p.stderr, "mhsds: %d tables and %d rules written to %s\n", len(d.Tables), len(d.Rules), plain(args[0]))
		return nil
	})
	return cmd
}

func (p *program) dictionaryDiffCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff [OLD] NEW",
		Short: "What changed between two dictionaries",
		Long: `What changed between two dictionaries, each a folder of sheets or an .xlsx.
Without OLD the one in the program is meant. + is new, - is gone, ~ is different.`,
		Example: `  mhsds dictionary export book.xlsx
  mhsds dictionary diff book.xlsx`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return exactly("NEW")(cmd, args)
		},
	}
	cmd.RunE = p.run(func(_ *cobra.Command, args []string) error {
		from, to := "", args[len(args)-1]
		if len(args) == 2 {
			from = args[0]
		}
		old, err := p.dictionaryFrom(from)
		if err != nil {
			return err
		}
		new, err := readDictionary(to)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(p.stdout, handbook.DiffText(handbook.Diff(old, new)))
		return err
	})
	return cmd
}

func (p *program) dictionaryFrom(path string) (*dictionary.Dictionary, error) {
	if path == "" {
		return embedded()
	}
	return readDictionary(path)
}

func writeDictionary(path string, d *dictionary.Dictionary) error {
	if !strings.EqualFold(filepath.Ext(path), ".xlsx") {
		if err := os.MkdirAll(path, 0o777); err != nil {
			return usagef("%s: %w", path, unpath(err))
		}
		if err := sheets.WriteDir(path, d); err != nil {
			return writeFault(path, err)
		}
		return nil
	}
	t, err := openTarget(output{"", path}, nil, false)
	if err != nil {
		return err
	}
	defer t.abandon()
	if err := workbook.Write(t.w, d); err != nil {
		return incompletef("%w", t.wrap(err))
	}
	if err := t.commit(); err != nil {
		return incompletef("%w", err)
	}
	return nil
}
