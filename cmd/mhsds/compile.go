package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mhsds/dictionary"
	"mhsds/dictionary/schema"
	"mhsds/dictionary/sheets"
	"mhsds/dictionary/workbook"
	"mhsds/schemas"
	"mhsds/validate"
)

func (p *program) compileCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "compile DICTIONARY --out DIR",
		Short: "Turn a dictionary, a folder of sheets or an .xlsx, into JSON Schemas",
		Long: `Turn a dictionary into JSON Schemas. DICTIONARY is a folder of CSV sheets or
one .xlsx workbook with the same sheets, as dictionary export writes them; both
give the same bytes. mhsds validate --schemas DIR judges by the result.`,
		Example: `  mhsds dictionary export book.xlsx
  mhsds compile book.xlsx --out my-schemas
  mhsds validate september/ --schemas my-schemas`,
		Args: exactly("DICTIONARY"),
	}
	cmd.Flags().StringVar(&out, "out", "", "folder `DIR` to write to; schemas in it are replaced")
	cmd.RunE = p.run(func(_ *cobra.Command, args []string) error {
		if out == "" {
			return usagef("compile: where to? give --out DIR")
		}
		d, err := readDictionary(args[0])
		if err != nil {
			return err
		}
		if err := schema.WriteDir(d, out); err != nil {
			return writeFault(out, err)
		}
		// What was written must be what the validator can read.
		if _, err := validate.New(os.DirFS(out), validate.Options{}); err != nil {
			return usagef("%s: the schemas were written, but the validator refuses them: %w", args[0], err)
		}
		fmt.Fprintf(p.stderr, "mhsds: schemas of %d tables and %d rules written to %s\n", len(d.Tables), len(d.Rules), plain(out))
		return nil
	})
	return cmd
}

// writeFault tells a file that cannot be written from a dictionary that cannot
// be expressed.
func writeFault(out string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return incompletef("%s: %w", out, err)
	}
	return usagef("%w", err)
}

// readDictionary reads sheets or a workbook. Its faults are told one a line.
func readDictionary(path string) (*dictionary.Dictionary, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, inputf("%s: %w", path, unpath(err))
	}
	var d *dictionary.Dictionary
	switch {
	case info.IsDir():
		d, err = sheets.Read(os.DirFS(path))
	case strings.EqualFold(filepath.Ext(path), ".xlsx"):
		d, err = readWorkbook(path)
	default:
		return nil, inputf("%s: is neither a folder of sheets nor an .xlsx workbook", path)
	}
	if err != nil {
		return nil, inputf("%s: not a dictionary:\n%w", path, err)
	}
	return d, nil
}

func readWorkbook(path string) (*dictionary.Dictionary, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unpath(err)
	}
	defer f.Close()
	return workbook.Read(f)
}

// embedded is the dictionary that the program's own schemas describe.
func embedded() (*dictionary.Dictionary, error) { return dictionaryOf("") }

// dictionaryOf is the dictionary of the schemas in a folder, of the program's
// own for "".
func dictionaryOf(dir string) (*dictionary.Dictionary, error) {
	from, err := schemaFS(dir, "")
	if err != nil {
		return nil, err
	}
	d, err := schema.Read(from)
	switch {
	case err == nil:
		return d, nil
	case dir != "":
		return nil, usagef("--schemas %s: %w", dir, err)
	}
	return nil, faultf("%w", err)
}

// schemaFS returns the schemas in the folder, or for "" the program's own of a
// version; version "" is the latest.
func schemaFS(dir, version string) (fs.FS, error) {
	if dir == "" {
		return ownSchemas(version)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, usagef("--schemas %s: %w", dir, unpath(err))
	}
	if !info.IsDir() {
		return nil, usagef("--schemas %s: is not a folder", dir)
	}
	return os.DirFS(dir), nil
}

func ownSchemas(version string) (fs.FS, error) {
	folders, err := fs.ReadDir(schemas.FS, ".")
	if err != nil || len(folders) == 0 {
		return nil, faultf("the program holds no schemas: %w", err)
	}
	name := folders[len(folders)-1].Name()
	if version != "" {
		name = "v" + strings.TrimPrefix(version, "v")
	}
	var known []string
	for _, f := range folders {
		if f.Name() == name {
			return fs.Sub(schemas.FS, name)
		}
		known = append(known, strings.TrimPrefix(f.Name(), "v"))
	}
	return nil, usagef("--dataset-version: no rules of version %s; the program has %s", strings.TrimPrefix(version, "v"), strings.Join(known, ", "))
}

// exactly makes a check that a command has the arguments that its usage names.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usagef("%s needs %s", cmd.CommandPath(), strings.Join(names[len(args):], " and "))
		case len(args) > len(names):
			return usagef("%s: %q is one too many", cmd.CommandPath(), args[len(names)])
		}
		return nil
	}
}
