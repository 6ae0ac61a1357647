package workbook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"mhsds/dictionary/sheets"
)

// A book is a workbook that is being read.
type book struct {
	file     *excelize.File
	from1904 bool // its dates count from 1904
}

// sheet reads a sheet as rows of text. What cannot be read as text is in its
// Damage; the error is about the file as a whole.
func (b *book) sheet(title string) (sheets.Sheet, error) {
	s := sheets.Sheet{Name: sheetName(title)}
	damage := func(row, column int, text string) {
		at := sheets.Place{Sheet: s.Name, Row: row, Column: column}
		s.Damage = append(s.Damage, sheets.Fault{Place: at, Where: place(at), Text: text})
	}
	rows, err := b.file.Rows(title)
	if err != nil {
		return s, fmt.Errorf("workbook: sheet %s: %w", title, err)
	}
	defer rows.Close()
	for n := 1; rows.Next(); n++ {
		cells, err := rows.Columns()
		if err != nil {
			damage(n, -1, "cannot be read: "+err.Error())
			return s, nil
		}
		if blank(cells) {
			continue
		}
		if n > maxRows {
			damage(n, -1, fmt.Sprintf("the sheet has more than %d rows", maxRows))
			return s, nil
		}
		if len(cells) > maxColumns {
			damage(n, len(cells)-1, fmt.Sprintf("a value beyond column %d; the sheet has fewer columns", maxColumns))
			return s, nil
		}
		s.Rows = append(s.Rows, sheets.Row{Number: n, Cells: cells})
	}
	if err := rows.Error(); err != nil {
		damage(0, -1, "cannot be read: "+err.Error())
		return s, nil
	}
	// The rows above stop in silence where the sheet's own text is damaged; asking
	// for a cell's type does not. It takes the whole sheet into memory, whose size
	// is known to be bounded by now.
	if _, err := b.file.GetCellType(title, "A1"); err != nil {
		damage(0, -1, "cannot be read: "+err.Error())
		return s, nil
	}
	typed := map[[2]int]bool{} // rows and columns of cells that are numbers
	for i, r := range s.Rows {
		for j, raw := range r.Cells {
			text, number, fault := b.text(title, r.Number, j+1, raw)
			if fault != "" {
				damage(r.Number, j, fault)
			}
			if number {
				typed[[2]int{i, j}] = true
			}
			r.Cells[j] = text
		}
	}
	for _, at := range shortened(s, typed) {
		damage(s.Rows[at[0]].Number, at[1], fmt.Sprintf("code %s is a number, but the list's other codes are longer; if it begins with 0, format the cell as text and type it again", s.Rows[at[0]].Cells[at[1]]))
	}
	return s, nil
}

// sheetName returns the name that the title of a sheet stands for: one of the
// known names if it differs by case and spaces only.
func sheetName(title string) string {
	name := strings.ToLower(strings.TrimSpace(title))
	if slices.Contains(sheets.Names(), name) {
		return name
	}
	return title
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// midnight ends a date that is kept as text.
const midnight = "T00:00:00"

// text returns the text that stands for a cell, and whether the cell is a
// number. Row and column count from 1; raw is what the file holds.
func (b *book) text(title string, row, column int, raw string) (text string, number bool, fault string) {
	value, err := strconv.ParseFloat(strings.TrimSpace(raw), 64)
	isNumber := err == nil
	if !isNumber && !strings.HasPrefix(raw, "#") && !strings.HasSuffix(raw, midnight) {
		return raw, false, "" // text, for neither a number, an error nor a date looks so
	}
	cell, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return raw, false, ""
	}
	t, err := b.file.GetCellType(title, cell)
	if err != nil {
		return raw, false, ""
	}
	switch t {
	case excelize.CellTypeBool:
		if value != 0 {
			return "Y", false, ""
		}
		return "N", false, ""
	case excelize.CellTypeError:
		return raw, false, fmt.Sprintf("holds the error %s; type the value", raw)
	case excelize.CellTypeDate:
		return strings.TrimSuffix(raw, midnight), false, ""
	case excelize.CellTypeNumber, excelize.CellTypeUnset:
		if isNumber {
			text, fault = b.number(title, cell, raw, value)
			return text, true, fault
		}
	}
	return raw, false, ""
}

// lastDate is 9999-12-31 as a spreadsheet counts days.
const lastDate = 2958465

// number returns the text of a cell that is a number: as a person reads it if
// its format says how, else in full.
func (b *book) number(title, cell, raw string, value float64) (text, fault string) {
	style, id, custom := b.format(title, cell)
	if isDate, hasDay := dateFormat(id, custom); style && isDate {
		at, err := excelize.ExcelDateToTime(value, b.from1904)
		switch {
		case err != nil || value < 0 || value > lastDate:
			return raw, fmt.Sprintf("%s is formatted as a date, but is none", raw)
		case !hasDay: // "2024-03", which a spreadsheet takes for a date
			return at.Format("2006-01"), ""
		case at.Equal(at.Truncate(24 * time.Hour)):
			return at.Format(time.DateOnly), ""
		}
		return at.Format("2006-01-02T15:04:05"), ""
	}
	text = strconv.FormatFloat(value, 'f', -1, 64)
	if n, _, _ := strings.Cut(strings.TrimPrefix(text, "-"), "."); len(n) > 15 {
		return text, fmt.Sprintf("%s is a number of more than 15 digits, which a spreadsheet rounds; format the cell as text and type it again", text)
	}
	whole, decimals, fixed := fixedFormat(custom)
	if !fixed {
		return text, ""
	}
	text = strconv.FormatFloat(value, 'f', decimals, 64)
	if n, _, _ := strings.Cut(text, "."); value >= 0 && len(n) < whole {
		text = strings.Repeat("0", whole-len(n)) + text
	}
	return text, ""
}

// format returns the number format of a cell: that of its style, as a built-in
// number or as text; ok is false if it has none.
func (b *book) format(title, cell string) (ok bool, id int, custom string) {
	index, err := b.file.GetCellStyle(title, cell)
	if err != nil {
		return false, 0, ""
	}
	style, err := b.file.GetStyle(index)
	if err != nil || style == nil {
		return false, 0, ""
	}
	if style.CustomNumFmt != nil {
		return true, 0, *style.CustomNumFmt
	}
	switch style.NumFmt {
	case 1:
		custom = "0"
	case 2:
		custom = "0.00"
	}
	return true, style.NumFmt, custom
}

// dateFormat reports whether a number format shows a date, and whether it
// shows its day. Of the built-in formats 14 to 17 and 22 show dates
// everywhere, 27 to 31, 36, 50 to 54, 57 and 58 in some languages; 17 shows
// month and year only.
func dateFormat(id int, custom string) (isDate, hasDay bool) {
	if custom == "" {
		isDate = id >= 14 && id <= 17 || id == 22 ||
			id >= 27 && id <= 31 || id == 36 || id >= 50 && id <= 54 || id == 57 || id == 58
		return isDate, isDate && id != 17
	}
	quoted, bracketed, month, clock := false, false, false, false
	for i := 0; i < len(custom); i++ {
		switch c := custom[i] | 0x20; { // letters in lower case
		case custom[i] == '"':
			quoted = !quoted
		case quoted:
		case custom[i] == '\\':
			i++
		case custom[i] == '[':
			bracketed = true
		case custom[i] == ']':
			bracketed = false
		case bracketed:
		case c == 'y':
			isDate = true
		case c == 'd':
			isDate, hasDay = true, true
		case c == 'm': // or minutes
			month = true
		case c == 'h' || c == 's':
			clock = true
		}
	}
	return isDate || month && !clock, hasDay
}

// fixedFormat reads a format of zeros, "000" or "0.0": how many digits it
// shows before and after the point.
func fixedFormat(custom string) (whole, decimals int, ok bool) {
	before, after, _ := strings.Cut(custom, ".")
	if before == "" || strings.Trim(before, "0") != "" || strings.Trim(after, "0") != "" {
		return 0, 0, false
	}
	return len(before), len(after), true
}

// shortened finds the codes that lost their leading zeros: numbers in a list
// whose codes of text are digits, too, and longer, all of one length.
func shortened(s sheets.Sheet, typed map[[2]int]bool) (found [][2]int) {
	listAt, codeAt, ok := sheets.CodeColumns(s)
	if !ok {
		return nil
	}
	length := map[string]int{} // of a list's codes of text; -1 if they differ
	cell := func(r sheets.Row, at int) string {
		if at < len(r.Cells) {
			return strings.TrimSpace(r.Cells[at])
		}
		return ""
	}
	for i, r := range s.Rows[1:] {
		list, code := cell(r, listAt), cell(r, codeAt)
		switch n, seen := length[list]; {
		case typed[[2]int{i + 1, codeAt}]:
		case strings.Trim(code, "0123456789") != "" || seen && n != len(code):
			length[list] = -1
		default:
			length[list] = len(code)
		}
	}
	for i, r := range s.Rows[1:] {
		if typed[[2]int{i + 1, codeAt}] && len(cell(r, codeAt)) < length[cell(r, listAt)] {
			found = append(found, [2]int{i + 1, codeAt})
		}
	}
	return found
}
