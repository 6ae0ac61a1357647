// Package workbook reads and writes a dictionary as one .xlsx workbook.
//
// It has the sheets of package sheets, under the same names and with the same
// columns, so that folder and workbook can be turned into each other without
// loss. What is different is what a spreadsheet does to values: written cells
// and the columns below them are text, so that a code typed as 01 stays 01,
// and read cells that are numbers, dates or yes/no values all the same are
// turned back into the text that the sheets want.
package workbook

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"mhsds/dictionary"
	"mhsds/dictionary/sheets"
)

// Bounds of a workbook. That of v6.0 has 0.2 MB, 2 MB unpacked, and sheets of
// at most 1,216 rows and 36 columns. excelize takes a whole sheet into memory,
// so rows and columns are counted before it does.
const (
	maxFile     = 16 << 20 // bytes
	maxUnpacked = 32 << 20 // bytes, of all parts together
	maxRows     = 20_000   // of a sheet
	maxColumns  = 60
)

// Read reads a workbook and checks the dictionary that it makes. An error
// about what the workbook says is sheets.Faults, which name the cell of every
// fault ("rules!H84"); any other is about the file as a whole. Sheets whose
// name begins with "_" are passed over, and so are sheets without a cell.
func Read(r io.Reader) (d *dictionary.Dictionary, err error) {
	in := bufio.NewReader(&bounded{r: r, left: maxFile})
	if begin, _ := in.Peek(len(oldFormat)); string(begin) == oldFormat {
		return nil, errors.New("workbook: an old .xls file or one with a password; save it as .xlsx without a password")
	}
	// excelize trusts what it unpacks in places; a workbook made to break it
	// must not take the program along.
	defer func() {
		if p := recover(); p != nil {
			d, err = nil, fmt.Errorf("workbook: damaged: %v", p)
		}
	}()
	f, err := excelize.OpenReader(in, excelize.Options{
		RawCellValue:      true,
		UnzipSizeLimit:    maxUnpacked,
		UnzipXMLSizeLimit: maxUnpacked, // the same, so that nothing goes to a temporary file
	})
	if err != nil {
		return nil, openError(err)
	}
	defer f.Close()
	props, err := f.GetWorkbookProps()
	if err != nil {
		return nil, fmt.Errorf("workbook: damaged: %w", err)
	}
	b := book{file: f, from1904: props.Date1904 != nil && *props.Date1904}
	var list []sheets.Sheet
	for _, name := range f.GetSheetList() {
		if strings.HasPrefix(name, "_") {
			continue
		}
		s, err := b.sheet(name)
		if err != nil {
			return nil, err
		}
		if len(s.Rows) > 0 || len(s.Damage) > 0 {
			list = append(list, s)
		}
	}
	return sheets.Parse(list, place)
}

// A bounded reader fails after left bytes.
type bounded struct {
	r    io.Reader
	left int64
}

var errTooLarge = fmt.Errorf("larger than %d MiB", maxFile>>20)

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// oldFormat begins the files of old spreadsheets, and those with a password.
const oldFormat = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// openError words why a file is no workbook that can be read.
func openError(err error) error {
	switch {
	case errors.Is(err, errTooLarge):
		return fmt.Errorf("workbook: %w", errTooLarge)
	case strings.Contains(err.Error(), "unzip size exceeds"):
		return fmt.Errorf("workbook: unpacks to more than %d MiB", maxUnpacked>>20)
	}
	return fmt.Errorf("workbook: no .xlsx file, or a damaged one: %w", err)
}

// place words a place: "rules!H84 (severity)".
func place(p sheets.Place) string {
	switch {
	case p.Row > 0 && p.Column >= 0:
		cell, err := excelize.CoordinatesToCellName(p.Column+1, p.Row)
		if err != nil {
			return fmt.Sprintf("%s, row %d", p.Sheet, p.Row)
		}
		if p.Name != "" {
			return p.Sheet + "!" + cell + " (" + p.Name + ")"
		}
		return p.Sheet + "!" + cell
	case p.Row > 0:
		return fmt.Sprintf("%s, row %d", p.Sheet, p.Row)
	}
	return "sheet " + p.Sheet
}

// Write writes d as a workbook. The same dictionary gives the same bytes.
func Write(w io.Writer, d *dictionary.Dictionary) error {
	list, err := sheets.Format(d)
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	f := excelize.NewFile()
	defer f.Close()
	body, err := f.NewStyle(&excelize.Style{
		NumFmt:    textFormat,
		Alignment: &excelize.Alignment{Vertical: "top"},
	})
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	head, err := f.NewStyle(&excelize.Style{
		NumFmt: textFormat,
		Font:   &excelize.Font{Bold: true},
		Fill:   excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDE6F0"}},
	})
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	for i, s := range list {
		if i == 0 {
			err = f.SetSheetName(f.GetSheetName(0), s.Name)
		} else {
			_, err = f.NewSheet(s.Name)
		}
		if err == nil {
			err = writeSheet(f, s, head, body)
		}
		if err != nil {
			return fmt.Errorf("workbook: sheet %s: %w", s.Name, err)
		}
	}
	f.SetActiveSheet(0)
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	return nil
}

// textFormat is the number of the built-in format "@": what is typed into the
// cell is text.
const textFormat = 49

func writeSheet(f *excelize.File, s sheets.Sheet, head, body int) error {
	columns := s.Rows[0].Cells
	last, err := excelize.ColumnNumberToName(len(columns))
	if err != nil {
		return err
	}
	if err := f.SetColStyle(s.Name, "A:"+last, body); err != nil {
		return err
	}
	for i := range columns {
		name, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if err := f.SetColWidth(s.Name, name, name, width(s, i)); err != nil {
			return err
		}
	}
	for i, r := range s.Rows {
		for j, cell := range r.Cells {
			if cell == "" {
				continue
			}
			name, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				return err
			}
			if err := f.SetCellStr(s.Name, name, cell); err != nil {
				return err
			}
		}
	}
	if err := f.SetCellStyle(s.Name, "A1", last+"1", head); err != nil {
		return err
	}
	if err := f.SetPanes(s.Name, &excelize.Panes{
		Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft",
	}); err != nil {
		return err
	}
	return f.AutoFilter(s.Name, fmt.Sprintf("A1:%s%d", last, max(len(s.Rows), 2)), nil)
}

// width returns the width of a column, in characters: that of its longest
// value within reason, and room for the filter's button.
func width(s sheets.Sheet, column int) float64 {
	const least, most = 6, 60
	longest := utf8.RuneCountInString(s.Rows[0].Cells[column]) + 3
	for _, r := range s.Rows[1:] {
		longest = max(longest, utf8.RuneCountInString(r.Cells[column])+1)
	}
	return float64(min(max(longest, least), most))
}
