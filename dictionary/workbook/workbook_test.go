package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"mhsds/dictionary"
	"mhsds/dictionary/frugal"
	"mhsds/dictionary/sheets"
)

const folder = "../v6.0"

func standard(t testing.TB) *dictionary.Dictionary {
	t.Helper()
	d, err := sheets.Read(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// excerpt is a part of v6.0 that is a dictionary in itself: quick to write and
// read a hundred times.
func excerpt(t testing.TB) *dictionary.Dictionary {
	t.Helper()
	d := standard(t)
	d.Lists = slices.DeleteFunc(d.Lists, func(l dictionary.CodeList) bool {
		return !slices.Contains([]string{"DatSetVer", "NHSNumberStatus", "Gender"}, l.Name)
	})
	d.Rules = slices.DeleteFunc(d.Rules, func(r dictionary.Rule) bool {
		return !slices.Contains([]string{"MHS00001", "MHS00003", "MHS00013", "MHS00116", "MHS00131"}, r.Code)
	})
	d.Tables = slices.DeleteFunc(d.Tables, func(t dictionary.Table) bool {
		return t.ID != "MHS102" && !slices.ContainsFunc(d.Roles, func(r dictionary.Role) bool { return r.Table == t.ID })
	})
	for i := range d.Tables {
		d.Tables[i].Position = i + 1
	}
	d.References, d.Scales, d.Diagnostics, d.Scope, d.Quality, d.Measures = nil, d.Scales[:2], nil, nil, nil, nil
	return d
}

func written(t testing.TB, d *dictionary.Dictionary) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Folder to workbook to folder changes no byte.
func TestRoundTrip(t *testing.T) {
	d := standard(t)
	book := written(t, d)
	if !bytes.Equal(book, written(t, d)) {
		t.Error("the same dictionary was written as different bytes")
	}
	got, err := Read(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, got); diff != "" {
		t.Fatal(diff)
	}
	files, err := sheets.Write(got)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		want, err := os.ReadFile(folder + "/" + f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(f.Data, want) {
			t.Errorf("%s differs after the round trip", f.Name)
		}
	}
}

// What a person meets who opens the workbook.
func TestLooks(t *testing.T) {
	f := open(t, written(t, standard(t)))
	if diff := cmp.Diff(sheets.Names(), f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	for _, name := range sheets.Names() {
		panes, err := f.GetPanes(name)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("sheet %s: first row not frozen (%+v, %v)", name, panes, err)
		}
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows[0] {
			column, _ := excelize.ColumnNumberToName(i + 1)
			if w, err := f.GetColWidth(name, column); err != nil || w < 6 || w > 60 {
				t.Errorf("sheet %s, column %s: width %v, %v", name, column, w, err)
			}
			for _, row := range []int{1, 2, len(rows) + 1} { // the last is empty, and text all the same
				index, err := f.GetCellStyle(name, column+strconv.Itoa(row))
				if err != nil {
					t.Fatal(err)
				}
				if style, err := f.GetStyle(index); err != nil || style.NumFmt != textFormat {
					t.Errorf("sheet %s, cell %s%d is not text: %v", name, column, row, err)
				}
			}
		}
		if !slices.ContainsFunc(f.GetDefinedName(), func(n excelize.DefinedName) bool {
			return n.Scope == name && strings.Contains(n.Name, "FilterDatabase")
		}) {
			t.Errorf("sheet %s has no filter", name)
		}
	}
}

func open(t testing.TB, book []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// An editor is a person with a spreadsheet.
type editor struct {
	t *testing.T
	f *excelize.File
}

func (e editor) set(sheet, cell string, value any) {
	e.t.Helper()
	if err := e.f.SetCellValue(sheet, cell, value); err != nil {
		e.t.Fatal(err)
	}
}

// as sets a cell with a number format of its own, as typing a number or date
// into a cell of a new workbook does.
func (e editor) as(sheet, cell string, value any, format string) {
	e.t.Helper()
	style := &excelize.Style{}
	if format != "" {
		style.CustomNumFmt = &format
	}
	id, err := e.f.NewStyle(style)
	if err == nil {
		err = e.f.SetCellStyle(sheet, cell, cell, id)
	}
	if err != nil {
		e.t.Fatal(err)
	}
	e.set(sheet, cell, value)
}

// cell returns the cell of a column in the row whose first cells are those
// given, or in the first empty row if none are.
func (e editor) cell(sheet, column string, first ...string) string {
	e.t.Helper()
	rows, err := e.f.GetRows(sheet)
	if err != nil {
		e.t.Fatal(err)
	}
	row := len(rows)
	if len(first) > 0 {
		row = slices.IndexFunc(rows, func(r []string) bool { return len(r) >= len(first) && slices.Equal(r[:len(first)], first) })
	}
	at := slices.Index(rows[0], column)
	if row < 0 || at < 0 {
		e.t.Fatalf("sheet %s has no column %s or no row %v", sheet, column, first)
	}
	name, err := excelize.CoordinatesToCellName(at+1, row+1)
	if err != nil {
		e.t.Fatal(err)
	}
	return name
}

// edit applies a person's changes to the workbook of the excerpt.
func edit(t *testing.T, change func(editor)) []byte {
	t.Helper()
	f := open(t, written(t, excerpt(t)))
	change(editor{t, f})
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestEdited(t *testing.T) {
	tests := []struct {
		name   string
		change func(editor)
		want   func(*dictionary.Dictionary)
	}{
		{"a code typed as text", func(e editor) {
			for column, v := range map[string]string{"list": "Gender", "code": "3", "label": "Another", "default": "Y"} {
				defer e.set("codes", e.cell("codes", column), v)
			}
		}, func(d *dictionary.Dictionary) {
			l := d.List("Gender")
			l.Codes = append(l.Codes, dictionary.Code{Code: "3", Label: "Another", Default: true})
		}},
		{"a code typed as a number", func(e editor) {
			code := e.cell("codes", "code")
			list := e.cell("codes", "list")
			e.as("codes", code, 3, "")
			e.set("codes", list, "Gender")
		}, func(d *dictionary.Dictionary) {
			l := d.List("Gender")
			l.Codes = append(l.Codes, dictionary.Code{Code: "3"})
		}},
		{"a code typed as a number that shows its zero", func(e editor) {
			code := e.cell("codes", "code")
			list := e.cell("codes", "list")
			e.as("codes", code, 8, "00")
			e.set("codes", list, "NHSNumberStatus")
		}, func(d *dictionary.Dictionary) {
			l := d.List("NHSNumberStatus")
			l.Codes = append(l.Codes, dictionary.Code{Code: "08"})
		}},
		{"a label that is a number", func(e editor) {
			e.as("codes", e.cell("codes", "label", "Gender", "1"), 1.5, "")
		}, func(d *dictionary.Dictionary) { d.List("Gender").Codes[0].Label = "1.5" }},
		{"a date", func(e editor) {
			e.as("codes", e.cell("codes", "valid_from", "Gender", "1"), time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), "dd/mm/yyyy")
		}, func(d *dictionary.Dictionary) { d.List("Gender").Codes[0].ValidFrom = "2026-04-01" }},
		{"a date by its number", func(e editor) {
			e.as("codes", e.cell("codes", "valid_from", "Gender", "1"), 46113, "[$-809]d mmmm yyyy;@")
		}, func(d *dictionary.Dictionary) { d.List("Gender").Codes[0].ValidFrom = "2026-04-01" }},
		{"a month that became a date", func(e editor) {
			e.as("release", e.cell("release", "value", "rules_dated"), time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), "mmm-yy")
		}, func(d *dictionary.Dictionary) { d.RulesDated = "2026-04" }},
		{"a version that became a number", func(e editor) {
			e.as("release", e.cell("release", "value", "version"), 7, "0.0")
		}, func(d *dictionary.Dictionary) { d.Version = "7.0" }},
		{"a length that became a number", func(e editor) {
			e.as("rules", e.cell("rules", "max", "MHS00013"), 25, "")
		}, func(d *dictionary.Dictionary) { d.Rule("MHS00013").Max = 25 }},
		{"a flag that became yes/no", func(e editor) {
			e.as("codes", e.cell("codes", "default", "Gender", "1"), true, "")
			e.as("codes", e.cell("codes", "default", "Gender", "X"), false, "")
		}, func(d *dictionary.Dictionary) {
			l := d.List("Gender")
			l.Codes[0].Default = true
			l.Codes[slices.IndexFunc(l.Codes, func(c dictionary.Code) bool { return c.Code == "X" })].Default = false
		}},
		{"a concept of 15 digits", func(e editor) {
			e.as("scales", e.cell("scales", "concept", "445455005"), 123456789012345, "")
		}, func(d *dictionary.Dictionary) { d.Scales[0].Concept = "123456789012345" }},
		{"a concept in exponents", func(e editor) {
			cell := e.cell("scales", "concept", "445455005")
			e.as("scales", cell, 0, "")
			if err := e.f.SetCellDefault("scales", cell, "1.2345678901E+14"); err != nil {
				e.t.Fatal(err)
			}
		}, func(d *dictionary.Dictionary) { d.Scales[0].Concept = "123456789010000" }},
		{"rows below that were emptied", func(e editor) {
			for i := range 300 {
				e.set("codes", "A"+strconv.Itoa(30+i), "")
				e.set("codes", "B"+strconv.Itoa(30+i), "  ")
			}
		}, func(*dictionary.Dictionary) {}},
		{"a blank row in the middle", func(e editor) {
			if err := e.f.InsertRows("rules", 10, 2); err != nil {
				e.t.Fatal(err)
			}
		}, func(*dictionary.Dictionary) {}},
		{"columns in another order", func(e editor) {
			rows, err := e.f.GetRows("codes")
			if err != nil {
				e.t.Fatal(err)
			}
			for i, r := range rows {
				for j := range rows[0] {
					cell, _ := excelize.CoordinatesToCellName(len(rows[0])-j, i+1)
					value := ""
					if j < len(r) {
						value = r[j]
					}
					e.set("codes", cell, value)
				}
			}
		}, func(*dictionary.Dictionary) {}},
		{"sheets in another order, titles in capitals, notes", func(e editor) {
			for _, err := range []error{
				e.f.SetSheetName("rules", "Rules"), e.f.SetSheetName("codes", " CODES"),
				e.f.MoveSheet("roles", "release"),
			} {
				if err != nil {
					e.t.Fatal(err)
				}
			}
			for _, name := range []string{"_notes", "Sheet1"} {
				if _, err := e.f.NewSheet(name); err != nil {
					e.t.Fatal(err)
				}
			}
			e.set("_notes", "B7", "ask about code 3")
		}, func(*dictionary.Dictionary) {}},
		{"a name in capitals in the header", func(e editor) {
			e.set("codes", "A1", " List")
		}, func(*dictionary.Dictionary) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Read(bytes.NewReader(edit(t, tt.change)))
			if err != nil {
				t.Fatal(err)
			}
			want := excerpt(t)
			tt.want(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFaults spoils the workbook; the faults must be those given and no others.
func TestFaults(t *testing.T) {
	tests := []struct {
		name   string
		change func(editor)
		want   []string
	}{
		{"a severity misspelt", func(e editor) { e.set("rules", "F6", "group rejectd") },
			[]string{`rules!F6 (severity): unknown severity "group rejectd"; did you mean "group rejected"?`}},
		{"what Check finds", func(e editor) { e.set("rules", e.cell("rules", "list", "MHS00116"), "NHSNumberState") },
			[]string{`rules!Q5 (list): rule MHS00116: unknown list "NHSNumberState"; did you mean "NHSNumberStatus"?`}},
		{"a blank cell", func(e editor) { e.set("codes", "B3", "") },
			[]string{"codes!B3 (code): blank; every row of this sheet needs its code"}},
		{"a sheet removed", func(e editor) { e.f.DeleteSheet("scales") },
			[]string{"sheet scales: missing; its columns are concept, low, high, values, decimals, earlier, later, collected_from, earlier_only, later_only, note"}},
		{"a sheet renamed", func(e editor) { e.f.SetSheetName("scales", "scale") },
			[]string{`sheet scale: unknown sheet; did you mean "scales"?`, "sheet scales: missing; its columns are concept, low, high, values, decimals, earlier, later, collected_from, earlier_only, later_only, note"}},
		{"a sheet emptied", func(e editor) {
			e.f.DeleteSheet("lists")
			e.f.NewSheet("lists")
		}, []string{"sheet lists: missing; its columns are name, source"}},
		{"a column removed", func(e editor) { e.f.RemoveCol("lists", "B") },
			[]string{"lists, row 1: column source is missing; leave its cells blank if there is nothing to say"}},
		{"a column misspelt", func(e editor) { e.set("lists", "B1", "sorce") },
			[]string{`lists!B1: unknown column "sorce"; did you mean "source"?`, "lists, row 1: column source is missing; leave its cells blank if there is nothing to say"}},
		{"a remark beside the sheet", func(e editor) { e.set("lists", "D3", "see above") },
			[]string{"lists!D3: a value in a column without a name"}},
		{"two at once", func(e editor) {
			e.set("rules", "F6", "none")
			e.set("lists", "B3", "")
		}, []string{"lists!B3 (source): blank; every row of this sheet needs its source", `rules!F6 (severity): unknown severity "none"`}},
		{"a code that lost its zero", func(e editor) { e.as("codes", e.cell("codes", "code", "NHSNumberStatus", "03"), 3, "") },
			[]string{"codes!B5: code 3 is a number, but the list's other codes are longer; if it begins with 0, format the cell as text and type it again"}},
		{"a concept of 18 digits as a number", func(e editor) { e.as("scales", "A2", 123456789012345678, "") },
			[]string{"scales!A2: 123456789012345680 is a number of more than 15 digits, which a spreadsheet rounds; format the cell as text and type it again"}},
		{"a version as a number", func(e editor) { e.as("release", "B2", 6, "") },
			[]string{`release!B2 (value): release version: "6" is not a version like "6.0"`}},
		{"a time in a date", func(e editor) {
			e.as("codes", e.cell("codes", "valid_from", "Gender", "1"), 46113.5, "yyyy-mm-dd hh:mm")
		}, []string{`codes!E10 (valid_from): list Gender, code 1: "2026-04-01T12:00:00" is not a date like 2026-04-01`}},
		{"a line break", func(e editor) { e.set("lists", "B3", "this\nand that") },
			[]string{"lists!B3 (source): a line break or another control character"}},
		{"a value far to the right", func(e editor) { e.set("lists", "XFD3", "x") },
			[]string{"lists!XFD3: a value beyond column 60; the sheet has fewer columns"}},
		{"a value far below", func(e editor) { e.set("lists", "A30000", "x") },
			[]string{"lists, row 30000: the sheet has more than 20000 rows"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(edit(t, tt.change)))
			checkFaults(t, err, tt.want)
		})
	}
}

func checkFaults(t *testing.T, err error, want []string) {
	t.Helper()
	var faults sheets.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("error %v, want faults", err)
	}
	var got []string
	for _, f := range faults {
		got = append(got, f.Error())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// patch rewrites one part of a workbook's zip.
func patch(t *testing.T, book []byte, part string, change func(string) string) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	found := false
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == part {
			found = true
			if after := change(string(data)); after == string(data) {
				t.Fatalf("part %s is not changed", part)
			} else {
				data = []byte(after)
			}
		}
		w, err := out.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if !found {
		t.Fatalf("no part %s", part)
	}
	return b.Bytes()
}

// Cells as other programs write them, and damage, in the part of sheet lists.
func TestPatched(t *testing.T) {
	const part = "xl/worksheets/sheet4.xml"
	cell := regexp.MustCompile(`<c r="B3"[^>]*>.*?</c>`)
	put := func(xml string) func(string) string {
		return func(s string) string { return cell.ReplaceAllLiteralString(s, xml) }
	}
	tests := []struct {
		name   string
		change func(string) string
		source string   // of the list in row 3
		want   []string // or the faults
	}{
		{"inline text", put(`<c r="B3" t="inlineStr"><is><t>a book</t></is></c>`), "a book", nil},
		{"rich text", put(`<c r="B3" t="inlineStr"><is><r><t>a </t></r><r><t>book</t></r></is></c>`), "a book", nil},
		{"text of a formula", put(`<c r="B3" t="str"><f>"a "&amp;"book"</f><v>a book</v></c>`), "a book", nil},
		{"date as text", put(`<c r="B3" t="d"><v>2026-04-01T00:00:00</v></c>`), "2026-04-01", nil},
		{"number", put(`<c r="B3" t="n"><v>0.10000000000000001</v></c>`), "0.1", nil},
		{"number without a type", put(`<c r="B3"><v>1E3</v></c>`), "1000", nil},
		{"text that looks like a number", put(`<c r="B3" t="inlineStr"><is><t>1E3</t></is></c>`), "1E3", nil},
		{"error", put(`<c r="B3" t="e"><v>#REF!</v></c>`), "", []string{"lists!B3: holds the error #REF!; type the value"}},
		{"no such text", put(`<c r="B3" t="s"><v>99999</v></c>`), "", []string{"lists!B3 (source): blank; every row of this sheet needs its source"}},
		{"cut", func(s string) string { return s[:len(s)/2] }, "", []string{"sheet lists: cannot be read: XML syntax error on line 2: unexpected EOF"}},
	}
	book := written(t, excerpt(t))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Read(bytes.NewReader(patch(t, book, part, tt.change)))
			if tt.want != nil {
				checkFaults(t, err, tt.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := d.Lists[1].Source; got != tt.source {
				t.Errorf("read as %q, want %q", got, tt.source)
			}
		})
	}
	t.Run("dates from 1904", func(t *testing.T) {
		book := edit(t, func(e editor) { e.as("lists", "B3", 44651, "yyyy-mm-dd") })
		book = patch(t, book, "xl/workbook.xml", func(s string) string {
			return strings.Replace(s, "<workbookPr", `<workbookPr date1904="1"`, 1)
		})
		d, err := Read(bytes.NewReader(book))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Lists[1].Source; got != "2026-04-01" {
			t.Errorf("read as %q, want 2026-04-01", got)
		}
	})
}

// Files that are no workbook get one sentence.
func TestNoWorkbook(t *testing.T) {
	book := written(t, excerpt(t))
	bomb := func() []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		part, err := w.Create("xl/worksheets/sheet1.xml")
		if err != nil {
			t.Fatal(err)
		}
		zeros := make([]byte, 1<<20)
		for range maxUnpacked>>20 + 1 {
			if _, err := part.Write(zeros); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	tests := []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "workbook: no .xlsx file, or a damaged one: zip: not a valid zip file"},
		{"text", []byte("code,status,source\n"), "workbook: no .xlsx file, or a damaged one: zip: not a valid zip file"},
		{"cut", book[:len(book)/2], "workbook: no .xlsx file, or a damaged one: zip: not a valid zip file"},
		{"old format", append([]byte(oldFormat), make([]byte, 4096)...), "workbook: an old .xls file or one with a password; save it as .xlsx without a password"},
		{"too large", append(bytes.Clone(book), make([]byte, maxFile)...), "workbook: larger than 16 MiB"},
		{"bomb", bomb(), "workbook: unpacks to more than 32 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(tt.file))
			if err == nil || err.Error() != tt.want {
				t.Errorf("error %v\nwant  %s", err, tt.want)
			}
		})
	}
	t.Run("a failing disk", func(t *testing.T) {
		broken := errors.New("broken")
		if _, err := Read(iotest.ErrReader(broken)); !errors.Is(err, broken) {
			t.Errorf("error %v, want one that wraps %v", err, broken)
		}
	})
	t.Run("with a password", func(t *testing.T) {
		var b bytes.Buffer
		f := open(t, book)
		if _, err := f.WriteTo(&b, excelize.Options{Password: "secret"}); err != nil {
			t.Fatal(err)
		}
		want := "workbook: an old .xls file or one with a password; save it as .xlsx without a password"
		if _, err := Read(&b); err == nil || err.Error() != want {
			t.Errorf("error %v\nwant  %s", err, want)
		}
	})
}

// What Write cannot write, it says.
func TestWriteFails(t *testing.T) {
	d := standard(t)
	broken := errors.New("broken")
	if err := Write(failing{broken}, d); !errors.Is(err, broken) {
		t.Errorf("error %v, want one that wraps %v", err, broken)
	}
	d.Rules[0].Note = "a\nb"
	want := "workbook: sheet rules, row 2, column note: a line break or another control character"
	if err := Write(io.Discard, d); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestDateFormat(t *testing.T) {
	tests := []struct {
		id             int
		custom         string
		isDate, hasDay bool
	}{
		{0, "", false, true}, // General; hasDay says nothing then
		{14, "", true, true},
		{17, "", true, false},
		{22, "", true, true},
		{49, "", false, true},
		{0, "yyyy-mm-dd", true, true},
		{0, "[$-F800]dddd, mmmm dd, yyyy", true, true},
		{0, "[$-409]mmm-yy;@", true, false},
		{0, "MMM YYYY", true, false},
		{0, "h:mm:ss", false, false},
		{0, "mm:ss", false, false},
		{0, "[Red]0.00", false, false},
		{0, "0 \"days\"", false, false},
		{0, `0\d`, false, false},
		{0, "#,##0.00", false, false},
		{0, "General", false, false},
	}
	for _, tt := range tests {
		if isDate, hasDay := dateFormat(tt.id, tt.custom); isDate != tt.isDate || isDate && hasDay != tt.hasDay {
			t.Errorf("dateFormat(%d, %q) = %v, %v, want %v, %v", tt.id, tt.custom, isDate, hasDay, tt.isDate, tt.hasDay)
		}
	}
}

// FuzzRead puts the fuzzer's text in place of one part of a workbook. What is
// read all the same is written and read again as the same dictionary.
func FuzzRead(f *testing.F) {
	parts := []string{"xl/worksheets/sheet4.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"}
	d := excerpt(f)
	d.Lists, d.Rules, d.Scales = d.Lists[:1], nil, nil
	book := written(f, d)
	in, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		f.Fatal(err)
	}
	content := map[string][]byte{}
	for _, part := range in.File {
		r, err := part.Open()
		if err != nil {
			f.Fatal(err)
		}
		if content[part.Name], err = io.ReadAll(r); err != nil {
			f.Fatal(err)
		}
	}
	for i, name := range parts {
		if content[name] == nil {
			f.Fatalf("no part %s", name)
		}
		f.Add(uint8(i), content[name])
	}
	f.Add(uint8(0), []byte(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c><c r="B1" t="s"><v>9</v></c></row><row r="1048577"/></sheetData></worksheet>`))
	f.Fuzz(func(t *testing.T, part uint8, data []byte) {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, file := range in.File {
			out, err := w.CreateHeader(&zip.FileHeader{Name: file.Name, Method: zip.Store})
			if err != nil {
				t.Fatal(err)
			}
			text := content[file.Name]
			if file.Name == parts[int(part)%len(parts)] {
				text = data
			}
			if _, err := out.Write(text); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		var d *dictionary.Dictionary
		var err error
		frugal.Check(t, b.Len(), 2000, func() { d, err = Read(&b) })
		if err != nil {
			return
		}
		again, err := Read(bytes.NewReader(written(t, d)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, again); diff != "" {
			t.Error(diff)
		}
	})
}
