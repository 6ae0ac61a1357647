package spreadsheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/internal/sourcetest"
)

// A maker makes a workbook from its XML. What is left empty is what Excel
// would write.
type maker struct {
	sheets  []string // the inside of sheetData, by sheet: Sheet1, Sheet2 …
	strings string   // the inside of sst
	formats []string // number formats; the cell style i+1 has the i-th
	ids     []int    // identifiers of further cell styles' formats
	prop    string   // attributes of workbookPr
	parts   map[string]string
	states  map[int]string // of sheets: hidden
	drop    []string       // parts that are left out
}

const (
	mainNS  = `http://schemas.openxmlformats.org/spreadsheetml/2006/main`
	docRels = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	pkgRels = `http://schemas.openxmlformats.org/package/2006/relationships`
	head    = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n"
)

// files returns the parts by name.
func (m maker) files() map[string]string {
	files := map[string]string{
		"[Content_Types].xml": head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`,
		"_rels/.rels":         head + `<Relationships xmlns="` + pkgRels + `"><Relationship Id="rId1" Type="` + docRels + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
	}
	var list, rels strings.Builder
	for i, rows := range m.sheets {
		state := ""
		if s := m.states[i]; s != "" {
			state = ` state="` + s + `"`
		}
		fmt.Fprintf(&list, `<sheet name="Sheet%d" sheetId="%d"%s r:id="rId%d"/>`, i+1, i+1, state, i+1)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, docRels, i+1)
		files[fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1)] = head + `<worksheet xmlns="` + mainNS + `"><dimension ref="A1"/><sheetData>` + rows + `</sheetData><pageMargins left="0.7"/></worksheet>`
	}
	fmt.Fprintf(&rels, `<Relationship Id="rId90" Type="%s/styles" Target="styles.xml"/>`, docRels)
	if m.strings != "" {
		fmt.Fprintf(&rels, `<Relationship Id="rId91" Type="%s/sharedStrings" Target="/xl/sharedStrings.xml"/>`, docRels)
		files["xl/sharedStrings.xml"] = head + `<sst xmlns="` + mainNS + `">` + m.strings + `</sst>`
	}
	files["xl/workbook.xml"] = head + `<workbook xmlns="` + mainNS + `" xmlns:r="` + docRels + `"><workbookPr ` + m.prop + `/><sheets>` + list.String() + `</sheets></workbook>`
	files["xl/_rels/workbook.xml.rels"] = head + `<Relationships xmlns="` + pkgRels + `">` + rels.String() + `</Relationships>`
	var formats, cells strings.Builder
	cells.WriteString(`<xf numFmtId="0"/>`)
	for i, f := range m.formats {
		fmt.Fprintf(&formats, `<numFmt numFmtId="%d" formatCode="%s"/>`, 164+i, strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;").Replace(f))
		fmt.Fprintf(&cells, `<xf numFmtId="%d"/>`, 164+i)
	}
	for _, id := range m.ids {
		fmt.Fprintf(&cells, `<xf numFmtId="%d"/>`, id)
	}
	files["xl/styles.xml"] = head + `<styleSheet xmlns="` + mainNS + `"><numFmts>` + formats.String() + `</numFmts><cellXfs>` + cells.String() + `</cellXfs></styleSheet>`
	for name, text := range m.parts {
		files[name] = text
	}
	for _, name := range m.drop {
		delete(files, name)
	}
	return files
}

func (m maker) bytes(t testing.TB) []byte { return zipOf(t, m.files()) }

func zipOf(t testing.TB, files map[string]string) []byte { return zipBy(t, zip.Deflate, files) }

func zipBy(t testing.TB, method uint16, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = io.WriteString(f, files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(data []byte) (*Workbook, error) {
	return New(bytes.NewReader(data), int64(len(data)), "b.xlsx")
}

// A reading says how a test reads a workbook; its zero value reads as users do.
type reading struct{ block, max int }

// A table is what a test sees of a sheet.
type table struct {
	sourcetest.Table
	Header  string
	Notices []string
	Err     string
}

// sheet reads a sheet.
func (h reading) sheet(t testing.TB, w *Workbook, i int) (got table) {
	t.Helper()
	if h.block > 0 {
		w.blockSize = h.block
	}
	r, err := w.Open(i)
	if err != nil {
		got.Err = err.Error()
		return got
	}
	return h.read(t, r)
}

// xml reads the XML of a sheet.
func (h reading) xml(t testing.TB, w *Workbook, xml []byte) (got table) {
	t.Helper()
	if h.block > 0 {
		w.blockSize = h.block
	}
	r, err := w.newReader(bytes.NewReader(xml), "s")
	if err != nil {
		got.Err = err.Error()
		return got
	}
	r.closer = io.NopCloser(nil)
	return h.read(t, r)
}

// read reads the rows.
func (h reading) read(t testing.TB, r source.Reader) (got table) {
	t.Helper()
	defer r.Close()
	got.Header = strings.Join(sourcetest.Names(r), "|")
	sourcetest.BindAll(r)
	rows, _, err := sourcetest.How{Max: h.max, Short: true}.Read(t, r, len(r.Columns()))
	got.Table = rows
	end := io.EOF
	if err != nil {
		got.Err, end = err.Error(), err
	}
	for range 2 { // it stays so
		if again := r.Next(new(source.Block)); again != end {
			t.Errorf("Next says %v, then %v", end, again)
		}
	}
	for _, n := range r.Notices() {
		got.Notices = append(got.Notices, n.Text)
	}
	return got
}

// show writes a table as the tests below do: its rows, and its error behind.
func (t table) show() string {
	if t.Err != "" {
		return t.Show() + t.Err + "\n"
	}
	return t.Show()
}

// every reads the first sheet in several ways, which must agree, and returns
// what it has.
func every(t testing.TB, m maker) (got table) {
	t.Helper()
	data := m.bytes(t)
	for i, h := range []reading{{}, {block: 1}, {block: 50, max: 1}, {max: 2}} {
		w, err := open(data)
		if err != nil {
			t.Fatal(err)
		}
		switch next := h.sheet(t, w, 0); {
		case i == 0:
			got = next
		default:
			if !reflect.DeepEqual(got, next) {
				t.Errorf("%+v: (-as users do +got):\n%s", h, cmp.Diff(got, next))
			}
		}
	}
	return got
}

// names is a first row with the columns a, b and c.
const names = `<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c><c r="C1" t="inlineStr"><is><t>c</t></is></c></row>`

func TestCells(t *testing.T) {
	row2 := func(cells string) string { return names + `<row r="2">` + cells + `</row>` }
	str := func(inside string) string { return row2(`<c r="A2" t="inlineStr"><is>` + inside + `</is></c>`) }
	const lost = "2 |||| skip unreadable_value@-1\n"
	tests := []struct {
		name, rows string
		want       string
	}{
		{"no rows", names, ""},
		{"a string", str("<t>x</t>"), "2 |x|||\n"},
		{"runs", str(`<r><rPr><b/><sz val="9"/></rPr><t>x</t></r><r><t xml:space="preserve"> y</t></r><rPh sb="0" eb="1"><t>no</t></rPh><phoneticPr fontId="1"/>`), "2 |x y|||\n"},
		{"references", str("<t>&lt;&amp;&gt;&quot;&apos;&#65;&#x20ac;</t>"), "2 |<&>\"'A€|||\n"},
		{"escapes of Excel", str("<t>a_x0041_b_x005F_x0041_ _x_ _x12</t>"), "2 |aAb_x0041_ _x_ _x12|||\n"},
		{"line breaks", str("<t>a\nb\r\nc\rd_x000D_\ne&#13;&#10;f_x000D_</t>"), "2 |a\nb\nc\nd\ne\nf\r|||\n"},
		{"CDATA", str("<t>a<![CDATA[<&amp;\r\n]]>b</t>"), "2 |a<&amp;\nb|||\n"},
		{"comments", names + `<!-- <row r="2"> --><row r="2"><!-- </row> --><c r="A2"><!-- <v> --><v>1</v></c></row><?x y?>`, "2 |1|||\n"},
		{"a control character", str("<t>x_x0001_</t>"), "2 |x\x01||| control_character@0\n"},
		{"padding", str(`<t xml:space="preserve">  x  </t>`), "2 |x|||\n"},
		{"spaces alone", str(`<t xml:space="preserve">  </t>`), "2 ||||\n"},
		{"UTF-8", str("<t>Llŷn</t>"), "2 |Llŷn|||\n"},
		{"not UTF-8", row2("<c r=\"A2\" t=\"inlineStr\"><is><t>caf\xe9</t></is></c><c><v>1</v></c>"), "2 ||1|| unreadable_value@0\n"},
		{"an entity of its own", row2(`<c r="A2" t="inlineStr"><is><t>&lol;</t></is></c><c><v>1</v></c>`), "2 ||1|| unreadable_value@0\n"},
		{"no characters", str("<t>&#0x;</t>") + `<row><c t="str"><v>&#x110000;</v></c></row><row><c t="str"><v>&#xd800;</v></c></row><row><c t="str"><v>&;&#;</v></c></row>`,
			"2 |||| unreadable_value@0\n3 |||| unreadable_value@0\n4 |||| unreadable_value@0\n5 |||| unreadable_value@0\n"},

		{"numbers", row2(`<c r="A2"><v>1</v></c><c r="B2" t="n"><v>-2.5</v></c><c r="C2" s="0"><v> 9990000001 </v></c>`), "2 |1|-2.5|9990000001|\n"},
		{"exponents", row2(`<c><v>1.5E3</v></c><c><v>1.0000000000000001E-5</v></c><c><v>1e2</v></c>`), "2 |1500|0.00001|100|\n"},
		{"what Excel stores of what was typed", row2(`<c><v>37.100000000000001</v></c><c><v>0.30000000000000004</v></c><c><v>1.10</v></c>`), "2 |37.1|0.3|1.1|\n"},
		{"no number", row2(`<c><v>abc</v></c><c><v>1.2.3</v></c><c><v>NaN</v></c>`), "2 |abc|1.2.3|NaN|\n"},
		{"true and false", row2(`<c t="b"><v>1</v></c><c t="b"><v>0</v></c><c t="b"><v>7</v></c>`), "2 |TRUE|FALSE|7|\n"},
		{"errors", row2(`<c t="e"><v>#REF!</v></c><c t="e"><v>#N/A</v></c>`), "2 |#REF!|#N/A||\n"},
		{"formulas", row2(`<c><f>1+1</f><v>2</v></c><c t="str"><f t="shared" si="0"/><v>x</v></c><c t="str"><f>""</f><v></v></c>`), "2 |2|x||\n"},
		{"a formula that gives nothing, alone", row2(`<c t="str"><f>""</f><v></v></c>`), ""},
		{"a formula that was never calculated", row2(`<c><f>1+1</f></c><c><v>1</v></c>`), "2 ||1|| unreadable_value@0\n"},
		{"days as ISO 8601", row2(`<c t="d"><v>2026-09-01T00:00:00</v></c><c t="d"><v>2026-09-01T13:05:00.5Z</v></c><c t="d"><v>2026-09-01</v></c>`), "2 |2026-09-01|2026-09-01T13:05:00|2026-09-01|\n"},

		{"no references of cells", names + `<row><c><v>1</v></c><c/><c><v>3</v></c></row>`, "2 |1||3|\n"},
		{"columns left out", row2(`<c r="C2"><v>3</v></c>`), "2 |||3|\n"},
		{"right of the names", row2(`<c r="A2"><v>1</v></c><c r="D2"><v>4</v></c><c r="XFD2"><v>5</v></c>`), "2 |1|||\n"},
		{"right of the names alone", row2(`<c r="D2"><v>4</v></c>`), ""},
		{"empty rows", names + `<row r="2"/><row r="3"></row><row r="4"><c r="A4" s="1"/><c r="B4"></c></row><row r="7"><c r="A7"><v>1</v></c></row><row r="8" spans="1:3"/>`, "7 |1|||\n"},
		{"row numbers that are wrong", names + `<row r="0"><c><v>1</v></c></row><row r="2"><c><v>2</v></c></row><row r="x"><c><v>3</v></c></row><row r="99999999999"><c><v>4</v></c></row>`, "2 |1|||\n3 |2|||\n4 |3|||\n5 |4|||\n"},
		{"names not in the first row", `<row r="3"><c r="A3" t="inlineStr"><is><t>a</t></is></c></row><row r="4"><c r="A4"><v>1</v></c></row>`, "4 |1|\n"},
		{"extensions", row2(`<c r="A2"><v>1</v><extLst><ext><v>2</v></ext></extLst></c><extLst><c><v>9</v></c></extLst><c r="B2"><v>2</v></c>`), "2 |1|2||\n"},
		{"attributes of any kind", names + `<row spans='1:3' ht="1" r='2' x="/>"><c cm = "1" s='0'` + "\n" + `r="A2" t='str' ><v>x</v></c ></row >`, "2 |x|||\n"},

		{"cells in another order", row2(`<c r="B2"><v>2</v></c><c r="A2"><v>1</v></c>`) + `<row><c><v>1</v></c></row>`, lost + "3 |1|||\n"},
		{"two cells in one place", row2(`<c r="A2"><v>2</v></c><c r="A2"><v>1</v></c>`), lost},
		{"a cell without an end", row2(`<c r="A2"><v>1</v>`) + `<row><c><v>1</v></c></row>`, lost + "3 |1|||\n"},
		{"a tag without an end", row2(`<c r="A2`), lost},
		{"a value without an end", row2(`<c r="A2"><v>1</c>`), lost},
		{"a tag too many", row2(`</c>`), lost},
		{"an attribute without quotes", row2(`<c r=A2><v>1</v></c>`), lost},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, every(t, maker{sheets: []string{tt.rows}}).show()); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSharedStrings(t *testing.T) {
	rows := names
	for i := range 8 {
		rows += fmt.Sprintf(`<row><c t="s"><v>%d</v></c></row>`, i)
	}
	rows += `<row><c t="s"><v>x</v></c></row><row><c t="s"><v></v></c></row><row><c t="s"><v>99999999999999999999</v></c></row>`
	m := maker{sheets: []string{rows}, strings: `<si><t>zero</t></si><si><r><t>o</t></r><r><t>ne</t></r></si><si><t xml:space="preserve"> two </t></si>` +
		`<si/><si><t>_x0004_</t></si><si><t>fünf</t></si><si><t>&bomb;</t></si>`}
	got := every(t, m)
	want := "2 |zero|||\n3 |one|||\n4 |two|||\n6 |\x04||| control_character@0\n7 |fünf|||\n8 |||| unreadable_value@0\n9 |||| unreadable_value@0\n" +
		"10 |||| unreadable_value@0\n12 |||| unreadable_value@0\n"
	if diff := cmp.Diff(want, got.show()); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if !slices.Equal(got.Padded, []int{1, 0, 0}) || got.FirstPad[0] != 2 {
		t.Errorf("padded %v, the first in rows %v", got.Padded, got.FirstPad)
	}
	m.strings += `<si/><si/>` // the last of them with nothing in it
	if got := every(t, m).show(); strings.Contains(got, "9 |") {
		t.Errorf("an empty string at the end is none:\n%s", got)
	}
}

func TestDates(t *testing.T) {
	const day = 46266 // 2026-09-01
	m := maker{formats: []string{"dd/mm/yyyy", "dd/mm/yyyy hh:mm:ss", "hh:mm", "[h]:mm", "0000000000", "0.00"}, ids: []int{14, 22, 20, 46, 1, 9}}
	const (
		date = iota + 1
		dateTime
		time
		elapsed
		zeros
		decimals
		date14
		date22
		time20
		elapsed46
		plain
		percent
	)
	tests := []struct {
		style      int
		value      string
		want, from string // in the systems of 1900 and 1904
	}{
		{date, "46266", "2026-09-01", "2030-09-02"},
		{date14, "46266", "2026-09-01", "2030-09-02"},
		{date, "46266.5", "2026-09-01T12:00:00", "2030-09-02T12:00:00"},
		{dateTime, "46266", "2026-09-01", "2030-09-02"},
		{date22, "46266.545138888891", "2026-09-01T13:05:00", "2030-09-02T13:05:00"},
		{dateTime, "46265.999999999", "2026-09-01", "2030-09-02"},
		{dateTime, "4.6266E4", "2026-09-01", "2030-09-02"},
		{time, "0.54513888888888884", "13:05:00", "13:05:00"},
		{time20, "46266.545138888891", "13:05:00", "13:05:00"},
		{time, "0", "00:00:00", "00:00:00"},
		{time, "0.99999999999", "00:00:00", "00:00:00"},
		{elapsed, "1.0625", "25:30:00", "25:30:00"},
		{elapsed46, "0.0625", "01:30:00", "01:30:00"},
		{dateTime, "0.5", "1899-12-30T12:00:00", "1904-01-01T12:00:00"},
		{date, "0", "1899-12-30", "1904-01-01"},
		{date, "1", "1900-01-01", "1904-01-02"},
		{date, "59", "1900-02-28", "1904-02-29"},
		{date, "60", "1900-02-29", "1904-03-01"},
		{date, "60.5", "1900-02-29T12:00:00", "1904-03-01T12:00:00"},
		{date, "61", "1900-03-01", "1904-03-02"},
		{date, "2957003", "9995-12-30", "9999-12-31"},
		{date, "2957004", "9995-12-31", "2957004"},
		{date, "2958465", "9999-12-31", "2958465"},
		{date, "2958465.99999999999", "2958465.99999999999", "2958466"},
		{date, "2958466", "2958466", "2958466"},
		{date, "-1", "-1", "-1"},
		{date, "1E300", "1" + strings.Repeat("0", 300), "1" + strings.Repeat("0", 300)},
		{zeros, "123456789", "0123456789", "0123456789"},
		{zeros, "12345678901", "12345678901", "12345678901"},
		{zeros, "1.5", "1.5", "1.5"},
		{zeros, "1E3", "0000001000", "0000001000"},
		{zeros, "-5", "-5", "-5"},
		{decimals, "46266", "46266", "46266"},
		{plain, "46266", "46266", "46266"},
		{percent, "0.25", "0.25", "0.25"},
		{99, "46266", "46266", "46266"},
	}
	rows := names
	for _, tt := range tests {
		rows += fmt.Sprintf(`<row><c s="%d"><v>%s</v></c></row>`, tt.style, tt.value)
	}
	m.sheets = []string{rows}
	for _, prop := range []string{"", `date1904="1"`} {
		m.prop = prop
		for i, r := range every(t, m).Rows {
			want := tests[i].want
			if prop != "" {
				want = tests[i].from
			}
			if tests[i].value == "2958465.99999999999" { // more digits than a number keeps
				want = "2958466"
			}
			if r.Values[0] != want || len(r.Faults) > 0 {
				t.Errorf("style %d, value %s, %q: %q %v, want %q", tests[i].style, tests[i].value, prop, r.Values[0], r.Faults, want)
			}
		}
	}
	if batch.Day(2026, 9, 1)-batch.ZeroDay != day {
		t.Error("the test's day is another")
	}
}

func TestFormats(t *testing.T) {
	tests := map[style]string{
		{look: asDate}: "yyyy-mm-dd|dd/mm/yyyy|d-mmm-yy|mmm-yy|mmmm|dd|[$-809]dd mmmm yyyy;@|[$-F800]dddd, mmmm dd, yyyy|dd/mm/yyyy hh:mm|yyyy\\-mm\\-dd\\Thh:mm:ss|" +
			"[Red]dd/mm/yyyy|DD.MM.YYYY|m/d/yy h:mm AM/PM|\"Date: \"dd/mm|[$-411]ggge\"年\"m\"月\"d\"日\"|_-dd/mm/yyyy|bbbb|yyyy",
		{look: asTime}:    "hh:mm|hh:mm:ss|h:mm AM/PM|[$-F400]h:mm:ss AM/PM|mm:ss|mm:ss.0|ss|h|h:mm a/p|hh\"h\"mm",
		{look: asElapsed}: "[h]:mm|[hh]:mm:ss|[mm]:ss|[s]|[H]:mm",
		{width: 10}:       "0000000000|000 000 0000|000\\-000\\-0000",
		{width: 2}:        "00|00;-00",
		{}:                "General|0|0.00|#,##0|#,##0.00;[Red]-#,##0.00|@|0%|0.00E+00|##0.0E+0|\"days\"|\\d\\a\\y|\"yyyy\"|[>100]0|_(* #,##0_)|# ?/?|00.0|\"x\"00||\"|[|\\",
	}
	for want, codes := range tests {
		for _, code := range strings.Split(codes, "|") {
			if got := parseFormat(code); got != want {
				t.Errorf("%s: %+v, want %+v", code, got, want)
			}
		}
	}
}

func TestNotices(t *testing.T) {
	one := func(rows string) string {
		return strings.Join(every(t, maker{sheets: []string{rows}}).Notices, "; ")
	}
	for name, tt := range map[string]struct{ rows, want string }{
		"nothing":     {names + `<row><c><v>123456789012345</v></c></row>`, ""},
		"empty":       {``, "the sheet is empty: it has neither a first row with the names of columns nor any other"},
		"empty rows":  {`<row r="1"/><row><c s="1"/></row>`, "the sheet is empty: it has neither a first row with the names of columns nor any other"},
		"formulas":    {names + `<row/><row><c><f>1</f><v>1</v></c></row><row><c><f>1</f><v>1</v></c></row>`, "cells are formulas, the first in row 3: the values that they had when the workbook was last calculated are read"},
		"digits":      {names + `<row><c><v>1234567890123456</v></c></row><row><c><v>1.2345678901234567E+20</v></c></row>`, "whole numbers have more than 15 digits, the first in row 2: Excel makes zeros of the digits after those; format such a column as text before values are put in"},
		"an exponent": {names + `<row><c><v>1.2345678901234567E+20</v></c></row>`, "whole numbers have more than 15 digits, the first in row 2: Excel makes zeros of the digits after those; format such a column as text before values are put in"},
		"no name":     {names + `<row r="9"><c r="A9"><v>1</v></c><c r="E9"><v>1</v></c></row>`, "values stand in columns without a name, the first in row 9, and were not read"},
	} {
		if got := one(tt.rows); got != tt.want {
			t.Errorf("%s: notices %q, want %q", name, got, tt.want)
		}
	}
	m := maker{sheets: []string{names}}
	m.parts = map[string]string{"xl/worksheets/sheet1.xml": `<worksheet><sheetData>` + names + `</sheetData>` + strings.Repeat("<x/>", 40_000) + `<mergeCells count="1"><mergeCell ref="A2:B2"/></mergeCells></worksheet>`}
	if got := every(t, m).Notices; len(got) != 1 || got[0] != "cells are merged: the first of them has the value, the others are blank" {
		t.Errorf("merged: notices %q", got)
	}
}

func TestHeader(t *testing.T) {
	for name, tt := range map[string]struct{ row, want, err string }{
		"in any columns":      {`<row><c r="B1" t="str"><v>b</v></c><c r="D1" t="str"><v> d </v></c></row>`, "|b||d", ""},
		"shared":              {`<row><c t="s"><v>0</v></c></row>`, "first", ""},
		"a number":            {`<row><c><v>2026</v></c></row>`, "2026", ""},
		"one name twice":      {`<row><c r="A1" t="str"><v>x</v></c><c r="AB1" t="str"><v>X</v></c></row>`, "", "columns A and AB have the same name, so which of them counts cannot be told; rename or remove one"},
		"a record":            {`<row r="3"><c r="A3" t="str"><v>RXX</v></c><c r="B3"><v>46266</v></c><c r="C3" t="str"><v>RXX</v></c></row>`, "", "row 3, the first, seems to be a record, for columns A and C of it are the same and it has numbers; put a row with the names of the columns above it"},
		"a control character": {`<row><c t="str"><v>x_x001B_[2J</v></c></row>`, "", "the name of column A holds a control character"},
		"no XML":              {`<row r="2"><c t="str"><v>x</c></row>`, "", "row 2, the first, which should have the names of the columns, cannot be read"},
		"too many":            {`<row><c r="XFE1" t="str"><v>x</v></c></row>`, "", "row 1, the first, has more than 16384 names of columns, which no sheet has"},
		"far too many":        {`<row>` + strings.Repeat(`<c t="s"><v>0</v></c>`, 20_000) + `</row>`, "", "row 1, the first, has more than 16384 names of columns, which no sheet has"},
	} {
		got := every(t, maker{sheets: []string{tt.row}, strings: "<si><t>first</t></si>"})
		if got.Header != tt.want || got.Err != tt.err {
			t.Errorf("%s: header %q, error %q; want %q, %q", name, got.Header, got.Err, tt.want, tt.err)
		}
	}
}

func TestBind(t *testing.T) {
	w, err := open(maker{sheets: []string{names + `<row><c><v>1</v></c><c t="b"><v>1</v></c><c t="str"><v>x </v></c></row>`}}.bytes(t))
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Bind([]int{2, -1, 1, 2})
	var blk source.Block
	var b batch.Batch
	if err := r.Next(&blk); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Decoder().Decode(&blk, &b, 10); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"x", "", "TRUE", "x"} {
		if got := string(b.Value(i, 0)); got != want {
			t.Errorf("column %d: %q, want %q", i, got, want)
		}
	}
	if b.Columns[3].Padded != 1 {
		t.Error("what is copied is not padded")
	}
}

// Tables of several sheets, and what is said of those that are none.
func TestTables(t *testing.T) {
	m := maker{sheets: []string{names, names, names, names}, states: map[int]string{1: "hidden", 3: "veryHidden"}}
	files := m.files()
	files["xl/workbook.xml"] = strings.NewReplacer("Sheet1", "MHS101Referral", "Sheet3", "_notes").Replace(files["xl/workbook.xml"])
	files["xl/workbook.xml"] = strings.Replace(files["xl/workbook.xml"], "</sheets>", `<sheet name="Chart" sheetId="9" r:id="rId9"/></sheets>`, 1)
	files["xl/_rels/workbook.xml.rels"] = strings.Replace(files["xl/_rels/workbook.xml.rels"], "</Relationships>", `<Relationship Id="rId9" Type="`+docRels+`/chartsheet" Target="chartsheets/sheet1.xml"/></Relationships>`, 1)
	w, err := open(zipOf(t, files))
	if err != nil {
		t.Fatal(err)
	}
	size := int64(len(files["xl/worksheets/sheet1.xml"]))
	want := []source.Table{{Name: "MHS101Referral", File: "MHS101Referral", Size: size}, {Name: "Sheet2", File: "Sheet2", Size: size}, {Name: "Sheet4", File: "Sheet4", Size: size}}
	if diff := cmp.Diff(want, w.Tables()); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
	said := []source.Notice{
		{File: "Sheet2", Text: "the sheet is hidden; it is read like any other"},
		{File: "Sheet4", Text: "the sheet is hidden; it is read like any other"},
		{File: "Chart", Text: "the sheet is a chart or the like, no table, and was not read"},
	}
	if diff := cmp.Diff(said, w.Notices()); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
	for range 2 {
		if got := (reading{}).sheet(t, w, 2); got.Header != "a|b|c" || got.Err != "" {
			t.Errorf("opened again: %+v", got)
		}
	}
}

// Other programs name parts in other ways, and prefix their tags.
func TestOtherPrograms(t *testing.T) {
	files := maker{sheets: []string{""}, strings: "<si><t>x</t></si>"}.files()
	files["xl/worksheets/sheet1.xml"] = "\xef\xbb\xbf" + `<?xml version='1.0' encoding='utf-8'?><!-- made by hand --><x:worksheet xmlns:x="` + mainNS + `"><x:cols/><x:sheetData>` +
		`<x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c></x:row>` + "\n" + `<x:row r="2"><x:c r="A2" t="inlineStr"><x:is><x:t>y</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>`
	move := func(from, to string) {
		files[to] = files[from]
		delete(files, from)
	}
	move("xl/worksheets/sheet1.xml", `xl\Worksheets\Sheet1.xml`)
	move("xl/sharedStrings.xml", `xl/SharedStrings.xml`)
	w, err := open(zipOf(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if got := (reading{}).sheet(t, w, 0); got.Header != "x" || got.show() != "2 |y|\n" {
		t.Errorf("header %s, rows %s", got.Header, got.show())
	}
}

func TestOpenErrors(t *testing.T) {
	good := maker{sheets: []string{names}}
	with := func(name, text string) []byte {
		m := good
		m.parts = map[string]string{name: text}
		return m.bytes(t)
	}
	without := func(name string) []byte {
		m := good
		m.drop = []string{name}
		return m.bytes(t)
	}
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 1000)
	twice := func() []byte {
		files := good.files()
		files["xl/Workbook.xml"] = files["xl/workbook.xml"]
		return zipOf(t, files)
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "b.xlsx is not a workbook, or was cut short; copy or save it again: "},
		{"text", []byte("a,b\n1,2\n"), "b.xlsx is not a workbook, or was cut short"},
		{"cut short", good.bytes(t)[:500], "b.xlsx is not a workbook, or was cut short"},
		{"Excel 97", []byte(ole + "W\x00o\x00r\x00k\x00b\x00o\x00o\x00k\x00"), "b.xlsx is a workbook of Excel 97 to 2003; save it in Excel as .xlsx"},
		{"a password", []byte(ole + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"), "b.xlsx is encrypted; save it in Excel without a password"},
		{"binary", with("_rels/.rels", `<Relationships xmlns="`+pkgRels+`"><Relationship Id="1" Type="`+docRels+`/officeDocument" Target="xl/workbook.bin"/></Relationships>`), "b.xlsx is a binary workbook (.xlsb); save it in Excel as .xlsx"},
		{"OpenDocument", zipOf(t, map[string]string{"mimetype": "x", "content.xml": "<x/>"}), "b.xlsx is an OpenDocument file; save it as .xlsx"},
		{"another zip", zipOf(t, map[string]string{"a.csv": "x\n"}), "b.xlsx is a zip that holds no workbook"},
		{"no workbook", without("xl/workbook.xml"), "b.xlsx is a zip that holds no workbook"},
		{"two workbooks", twice(), `b.xlsx: there are two entries `},
		{"no XML", with("xl/workbook.xml", "<workbook"), "b.xlsx: what the workbook says of itself cannot be read; save it again in Excel: "},
		{"no relations", with("_rels/.rels", "<"), "b.xlsx: how its parts belong together cannot be read; save it again in Excel: "},
		{"entities", with("xl/workbook.xml", `<!DOCTYPE x [<!ENTITY a "b">]><workbook/>`), `b.xlsx: "xl/workbook.xml": its XML has a document type declaration, which no workbook has; it is not read`},
		{"long", with("xl/styles.xml", strings.Repeat(" ", maxPart+1)), `"xl/styles.xml" is longer than 16 MiB, which describes no workbook`},
		{"two sheets of one name", with("xl/workbook.xml", `<workbook xmlns="`+mainNS+`" xmlns:r="`+docRels+`"><sheets><sheet name="A" r:id="rId1"/><sheet name="a" r:id="rId1"/></sheets></workbook>`), "b.xlsx: there are two sheets a; which one counts cannot be told, so keep one"},
		{"a control character", with("xl/workbook.xml", `<workbook xmlns="`+mainNS+`" xmlns:r="`+docRels+`"><sheets><sheet name="A&#x9b;2J" r:id="rId1"/></sheets></workbook>`), `b.xlsx: the sheet name "A\u009b2J" holds a control character; rename the sheet`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, err := open(tt.data)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Fatalf("error %v, want one with %q (%+v)", err, tt.want, w)
			}
			if (tt.name == "a password") != errors.Is(err, source.ErrEncrypted) {
				t.Errorf("error %v is encrypted: %v", err, errors.Is(err, source.ErrEncrypted))
			}
		})
	}
}

func TestFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "b.xlsx")
	if _, err := Open(name); !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), name) != 1 {
		t.Errorf("no file: error %v", err)
	}
	if _, err := Open(filepath.Dir(name)); err == nil || !strings.Contains(err.Error(), "cannot be read: it is not a file") {
		t.Errorf("a folder: error %v", err)
	}
	if err := os.WriteFile(name, maker{sheets: []string{names}}.bytes(t), 0o666); err != nil {
		t.Fatal(err)
	}
	w, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := (reading{}).sheet(t, w, 0); got.Header != "a|b|c" {
		t.Errorf("header %s", got.Header)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := w.Open(0); err == nil {
		t.Error("a sheet is opened after Close")
	}
}
