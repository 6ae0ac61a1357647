package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mhsds/dictionary"
	"mhsds/dictionary/schema"
	"mhsds/validate/reference"
)

// A given file is one --reference KIND=FILE.
type given struct{ kind, path string }

// parseReference reads the values of --reference.
func parseReference(specs []string) ([]given, error) {
	var list []given
	for _, spec := range specs {
		kind, path, ok := strings.Cut(spec, "=")
		known := reference.Kinds()
		switch {
		case !slices.Contains(known, kind):
			return nil, usagef("--reference: %q is not a kind of reference data%s", kind, didYouMean(kind, known, "kinds are"))
		case !ok || path == "":
			return nil, usagef("--reference %s: no file; write --reference %s=FILE", kind, kind)
		case kind == reference.Scales && slices.ContainsFunc(list, func(g given) bool { return g.kind == kind }):
			return nil, usagef("--reference %s: given twice; the list that counts is one file", kind)
		case slices.Contains(list, given{kind, path}):
			return nil, usagef("--reference %s: given twice", spec)
		}
		list = append(list, given{kind, path})
	}
	return list, nil
}

// open opens the file and words what is wrong with it.
func (g given) open() (*os.File, int64, error) {
	fault := func(err error) error { return usagef("--reference %s=%s: %w", g.kind, g.path, err) }
	f, err := os.Open(g.path)
	if err != nil {
		return nil, 0, fault(unpath(err))
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		f.Close()
		if err == nil {
			err = errors.New("is a folder; name the file in it, once for each file (mhsds reference check says which)")
		}
		return nil, 0, fault(err)
	}
	begin := make([]byte, 4)
	if n, _ := f.ReadAt(begin, 0); bytes.HasPrefix(begin[:n], []byte("PK\x03\x04")) {
		f.Close()
		return nil, 0, fault(errors.New("is an archive or a workbook; unzip it, or save it as CSV"))
	}
	return f, info.Size(), nil
}

// referenceData loads the reference data that the flags name. Registers come back
// as a Set, nil if there is none; a list of scales changes the schemas.
func (s *settings) referenceData(schemas fs.FS) (*reference.Set, fs.FS, error) {
	list, err := parseReference(s.reference)
	if err != nil || len(list) == 0 {
		return nil, schemas, err
	}
	var set *reference.Set
	for _, g := range list {
		f, size, err := g.open()
		if err != nil {
			return nil, nil, err
		}
		name := filepath.Base(g.path)
		if g.kind == reference.Scales {
			scales, err := reference.ReadScales(name, f)
			f.Close()
			if err == nil {
				schemas, err = withScales(schemas, scales, name)
			}
			if err != nil {
				return nil, nil, usagef("--reference %s: %w", g.kind, err)
			}
			continue
		}
		if set == nil {
			set = new(reference.Set)
		}
		register, _ := dictionary.ParseRegister(g.kind)
		err = set.Load(register, name, size, f)
		f.Close()
		if err != nil {
			return nil, nil, usagef("--reference %s: %w", g.kind, err)
		}
	}
	return set, schemas, nil
}

// withScales compiles the schemas anew with other assessment scales, so that
// every way of judging sees the same ones.
func withScales(schemas fs.FS, scales []dictionary.Scale, name string) (fs.FS, error) {
	d, err := schema.Read(schemas)
	if err != nil {
		return nil, err
	}
	d.Scales, d.ScalesRevision = scales, "of "+name
	documents, err := schema.Write(d)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for file, data := range documents {
		w, err := z.CreateHeader(&zip.FileHeader{Name: file, Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(data); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
}

func (p *program) referenceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reference check DIR",
		Short: "What reference data a folder holds, how old it is, and which rules it enables",
		Long: `Some rules look codes up in national lists that change every month. Give the
lists with --reference; without them these rules are not checked.

  mhsds reference check DIR      look through the files of a folder

organisations, sites, schools   reports of the Organisation Data Service, 27
                                columns without a header line, or any CSV with
                                the columns code, open and close
postcodes                       ONS or NHS Postcode Directory, CSV
scales                          assessment scales: snomed_code, low, high,
                                decimals, set; used in place of those inside`,
		Args: needsOneOf,
	}
	check := &cobra.Command{
		Use:     "check DIR",
		Short:   "What reference data a folder holds, how old it is, and which rules it enables",
		Example: `  mhsds reference check downloads/`,
		Args:    exactly("DIR"),
	}
	check.RunE = p.run(func(_ *cobra.Command, args []string) error { return p.checkReference(args[0]) })
	cmd.RunE = p.run(func(cmd *cobra.Command, _ []string) error { return needsOneOf(cmd, []string{""}) })
	cmd.AddCommand(check)
	return cmd
}

// checkReference looks through a folder.
func (p *program) checkReference(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return inputf("%s: %w", dir, unpath(err))
	}
	d, err := dictionaryOf("")
	if err != nil {
		return err
	}
	var b strings.Builder
	var found []given
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
			continue
		}
		g, said := inspect(filepath.Join(dir, name))
		fmt.Fprintf(&b, "%s\n  %s\n", plain(name), said)
		if g.kind != "" {
			found = append(found, g)
		}
	}
	if len(found) == 0 {
		io.WriteString(p.stdout, b.String())
		return inputf("%s: holds no reference data that can be used", dir)
	}
	b.WriteString("\nRules\n")
	for _, name := range dictionary.RegisterNames() {
		register, _ := dictionary.ParseRegister(name)
		var codes []string
		for i := range d.Rules {
			if r := &d.Rules[i]; r.Kind.Register() == register && r.Status != dictionary.PipelineOnly {
				codes = append(codes, r.Code)
			}
		}
		state := "not checked: nothing here holds any"
		if slices.ContainsFunc(found, func(g given) bool { return g.kind == name }) {
			state = "can be checked"
		}
		fmt.Fprintf(&b, "  %s: %s\n    %s\n", name, state, strings.Join(codes, " "))
	}
	b.WriteString("\nTo use all of it\n  mhsds validate SUBMISSION")
	for _, g := range found {
		spec := g.kind + "=" + g.path
		if strings.ContainsAny(spec, " '\"$&()") {
			spec = "'" + strings.ReplaceAll(spec, "'", `'\''`) + "'"
		}
		b.WriteString(" \\\n    --reference " + plain(spec))
	}
	b.WriteString("\n")
	if _, err := io.WriteString(p.stdout, b.String()); err != nil {
		return incompletef("stdout could not be written: %w", unpath(err))
	}
	return nil
}

// inspect says what a file holds; the kind is "" if it is of no use.
func inspect(path string) (g given, said string) {
	name := filepath.Base(path)
	if ext := strings.ToLower(filepath.Ext(name)); ext != ".csv" && ext != ".txt" {
		return g, "not read: reference data are CSV files"
	}
	kind, err := identify(path)
	if err != nil {
		return g, "not used: " + plain(strings.TrimPrefix(err.Error(), name+": "))
	}
	g = given{kind, path}
	f, size, err := g.open()
	if err != nil {
		return given{}, "not used: " + plain(err.Error())
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return given{}, "not used: " + plain(unpath(err).Error())
	}
	file := ", file of " + info.ModTime().Format(time.DateOnly)
	if kind == reference.Scales {
		scales, err := reference.ReadScales(name, f)
		if err != nil {
			return given{}, "not used: " + plain(strings.TrimPrefix(err.Error(), name+": "))
		}
		return g, fmt.Sprintf("%s: %s%s", kind, counted(int64(len(scales)), "assessment scale"), file)
	}
	register, _ := dictionary.ParseRegister(kind)
	var set reference.Set
	if err := set.Load(register, name, size, f); err != nil {
		return given{}, "not used: " + plain(strings.TrimPrefix(err.Error(), name+": "))
	}
	held := set.Files()[0]
	said = kind
	if what := reference.What(name); what != "" {
		said += ", " + what
	}
	said += fmt.Sprintf(": %s", counted(held.Rows, "code"))
	if held.Newest != "" {
		said += ", the newest of " + held.Newest
	}
	said += file
	if held.LeftOut > 0 {
		said += fmt.Sprintf("; %s left out, the first in line %d: no code, or a date that cannot be read", counted(held.LeftOut, "row"), held.LeftOutLine)
	}
	if held.Undated > 0 {
		said += fmt.Sprintf("; %s said to be closed without a date, counted as open", counted(held.Undated, "code"))
	}
	return g, said
}

func identify(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", unpath(err)
	}
	defer f.Close()
	return reference.Identify(filepath.Base(path), f)
}

// counted writes a number of things.
func counted(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
