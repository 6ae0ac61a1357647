// Package sheets reads and writes a dictionary as a folder of CSV sheets, one
// row a fact.
//
// Thirteen sheets make a dictionary. Each is a CSV file in UTF-8, with LF and
// commas; its first line names its columns, which may stand in any order:
//
//	release.csv     which version this is, and how old its rules are
//	tables.csv      the tables, in the published order; last the context
//	fields.csv      their fields, in the order of the layout
//	lists.csv       the code lists and where each was read
//	codes.csv       the members of the code lists
//	rules.csv       the rules: a kind and its parameters
//	references.csv  the referential rules, in the published order
//	scales.csv      assessment concepts and the scores they take
//	roles.csv       which table or field plays the parts the program must find
//	diagnostics.csv what the portal counts among the rows that survive
//	scope.csv       signs of activity that does not belong in the data set
//	quality.csv     how good the values of an item are, as it is measured nationally
//	measures.csv    the monthly counts that are published, and terms of both
//
// A cell that holds several values divides them by "|". In rules.csv a bare
// name is a field of the rule's own table and "T.F" is field F of table T; a
// join is written "own=theirs", a coding scheme "code=test", a span
// "T.F to T.F". A flag is "Y" or blank. Blank means zero or nothing.
//
// Cells are read without the spaces around them, and a row of blank cells is
// no row. Every fault is named with its sheet, row and column, all of them in
// one error. Package workbook keeps the same sheets in one file, by Parse and
// Format.
package sheets

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"mhsds/dictionary"
)

// A Sheet is one sheet as rows of text, whatever contains it.
type Sheet struct {
	Name string // "rules", without an extension
	Rows []Row  // the first holds the column names

	// Damage is what the container could not read of the sheet: rows may be
	// missing from Rows, or all of them.
	Damage Faults
}

// A Row is a row of cells. Cells missing at its end are blank.
type Row struct {
	Number int // in the sheet, from 1
	Cells  []string
}

// A Place is where in the sheets a fault is.
type Place struct {
	Sheet  string // "rules"
	Row    int    // from 1; 0 for the sheet as a whole
	Column int    // from 0; -1 for the row as a whole
	Name   string // the column's name, "" if it has none
}

// Names lists the sheets in the order in which Format gives them.
func Names() []string {
	return []string{
		releaseSheet, tablesSheet, fieldsSheet, listsSheet, codesSheet,
		rulesSheet, referencesSheet, scalesSheet, rolesSheet, diagnosticsSheet, scopeSheet,
		qualitySheet, measuresSheet,
	}
}

// maxSheet bounds a sheet, in bytes. The greatest of v6.0 has 0.2 MB.
const maxSheet = 64 << 20

// Read reads the sheets of folder "." of fsys and checks the dictionary they
// make. The error, if there is one, names every fault, up to a bound; there is
// no dictionary then. Files that do not end in .csv are passed over.
func Read(fsys fs.FS) (*dictionary.Dictionary, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("sheets: %w", err)
	}
	var list []Sheet
	for _, e := range entries {
		name, isCSV := strings.CutSuffix(e.Name(), ".csv")
		if e.IsDir() || !isCSV || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
			continue
		}
		s := Sheet{Name: name}
		if slices.Contains(Names(), name) {
			if s, err = readCSV(fsys, name); err != nil {
				return nil, err
			}
		}
		list = append(list, s)
	}
	return Parse(list, csvPlace)
}

// csvPlace words a place: "sheet rules.csv, row 84, column severity".
func csvPlace(p Place) string {
	s := "sheet " + p.Sheet + ".csv"
	if p.Row > 0 {
		s += fmt.Sprintf(", row %d", p.Row)
	}
	if p.Name != "" {
		s += ", column " + p.Name
	}
	return s
}

// readCSV reads one sheet.
func readCSV(fsys fs.FS, name string) (Sheet, error) {
	s := Sheet{Name: name}
	damage := func(row int, text string) { s.Damage.add(csvPlace, Place{name, row, -1, ""}, text) }
	f, err := fsys.Open(name + ".csv")
	if err != nil {
		return s, fmt.Errorf("sheets: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSheet+1))
	if err != nil {
		return s, fmt.Errorf("sheet %s.csv: %w", name, err)
	}
	if len(data) > maxSheet {
		damage(0, fmt.Sprintf("larger than %d MiB", maxSheet>>20))
		return s, nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if i := invalidUTF8(data); i >= 0 {
		damage(1+bytes.Count(data[:i], []byte{'\n'}), "not UTF-8; save the sheet as CSV UTF-8")
		return s, nil
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return s, nil
		}
		if err != nil {
			var pe *csv.ParseError
			if !errors.As(err, &pe) {
				return s, fmt.Errorf("sheet %s.csv: %w", name, err)
			}
			damage(pe.Line, "quotation marks do not pair: "+pe.Err.Error())
			return s, nil
		}
		line, _ := r.FieldPos(0)
		if len(s.Rows) > 0 && len(cells) != len(s.Rows[0].Cells) && !blank(cells) {
			damage(line, fmt.Sprintf("%d cells, but the sheet has %d columns; a value with a comma needs quotation marks", len(cells), len(s.Rows[0].Cells)))
			continue
		}
		s.Rows = append(s.Rows, Row{Number: line, Cells: cells})
	}
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// A File is one written sheet.
type File struct {
	Name string // "rules.csv"
	Data []byte
}

// Write returns the sheets of d. Reading them and writing again gives the same
// bytes. It fails when a value does not fit in a cell: a line break, spaces
// around it, a "|" where values are divided by it.
func Write(d *dictionary.Dictionary) ([]File, error) {
	list, err := Format(d)
	if err != nil {
		return nil, err
	}
	files := make([]File, len(list))
	for i, s := range list {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		for _, r := range s.Rows {
			if err := w.Write(r.Cells); err != nil {
				return nil, fmt.Errorf("sheet %s: %w", s.Name, err)
			}
		}
		w.Flush()
		if err := w.Error(); err != nil {
			return nil, fmt.Errorf("sheet %s: %w", s.Name, err)
		}
		files[i] = File{Name: s.Name + ".csv", Data: b.Bytes()}
	}
	return files, nil
}

// WriteDir writes the sheets of d into the folder dir, which must exist. Other
// files of the folder are left as they are.
func WriteDir(dir string, d *dictionary.Dictionary) error {
	files, err := Write(d)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, path.Base(f.Name)), f.Data, 0o666); err != nil {
			return fmt.Errorf("sheets: %w", err)
		}
	}
	return nil
}
