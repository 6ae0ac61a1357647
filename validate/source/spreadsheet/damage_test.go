package spreadsheet

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/internal/sourcetest"
	"mhsds/validate/source/zipped"
)

// sheetXML is a sheet of so many rows.
func sheetXML(rows int) string {
	var b strings.Builder
	b.WriteString(head + `<worksheet xmlns="` + mainNS + `"><sheetData>` + names)
	for i := range rows {
		fmt.Fprintf(&b, `<row r="%d"><c r="A%d"><v>%d</v></c><c r="B%d" t="str"><v>x%d</v></c></row>`, i+2, i+2, i, i+2, i*7919%rows)
	}
	b.WriteString(`</sheetData></worksheet>`)
	return b.String()
}

// What was read before the damage stands, and the damage is said.
func TestDamage(t *testing.T) {
	const rows = 5_000
	whole := sheetXML(rows)
	with := func(xml string) maker {
		return maker{sheets: []string{""}, parts: map[string]string{"xl/worksheets/sheet1.xml": xml}}
	}
	cut := func(n int) maker { return with(whole[:n]) }
	inRow := strings.Index(whole, `<row r="1000"`) + 20
	tests := []struct {
		name string
		m    maker
		rows int
		want string // the error
	}{
		{"whole", with(whole), rows, ""},
		{"white space at the end", with(whole + "\r\n \n"), rows, ""},
		{"cut within a row", cut(inRow), 998, "damaged: it ends after row 999"},
		{"cut within a tag", cut(inRow - 17), 998, "damaged: it ends after row 999"},
		{"cut between rows", cut(inRow - 20), 998, "damaged: it ends after row 999"},
		{"cut after the rows", cut(len(whole) - 1), rows, "damaged: it ends before its end, after row 5001"},
		{"cut before the end", cut(len(whole) - len("</worksheet>")), rows, "damaged: it ends before its end, after row 5001"},
		{"cut before the rows", cut(strings.Index(whole, "<sheetData>")), 0, "damaged: it ends before its first row"},
		{"nothing", cut(0), 0, "damaged: it ends before its first row"},
		{"no rows element", with(`<worksheet></worksheet>`), 0, "damaged: it has no sheetData"},
		{"no sheet", with(`<chartsheet><sheetData/></chartsheet>`), 0, `its XML is a "chartsheet", no worksheet`},
		{"no XML", with(`Name,Age` + "\n"), 0, "damaged: it ends before its first row"},
		{"not in the zip", maker{sheets: []string{""}, drop: []string{"xl/worksheets/sheet1.xml"}}, 0, "damaged: the workbook names the sheet but does not hold it"},
		{"text between rows", with(strings.Replace(whole, `<row r="1000"`, `x<row r="1000"`, 1)), 998, "damaged: after row 999 stands something that does not belong there"},
		{"another element between rows", with(strings.Replace(whole, `<row r="1000"`, `<x:row xmlns:x="y" r="9">`+"</x:row>"+`<row r="1000"`, 1)), 998, "damaged: after row 999 stands something that does not belong there"},
		{"a row in a row", with(`<worksheet><sheetData><row r="1"><c t="str"><v>a</v></c></row><row r="2"><row r="3"><c><v>1</v></c></row></row></sheetData></worksheet>`), 1, "damaged: after row 2 stands something that does not belong there"},
		{"a document type", with(`<!DOCTYPE worksheet [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>` + whole[len(head):]), 0, "its XML has a document type declaration, which no workbook has; it is not read"},
		{"UTF-16", with("\xff\xfe<\x00w\x00"), 0, "its XML is not written in UTF-8, as programs that write workbooks do; open it in such a program and save it again"},
		{"UTF-16 unmarked", with("\x00<\x00w"), 0, "its XML is not written in UTF-8"},
		{"Latin-1", with(`<?xml version="1.0" encoding="ISO-8859-1"?>` + whole[len(head):]), 0, "its XML is not written in UTF-8"},
		{"much before the rows", with(`<worksheet><cols>` + strings.Repeat("<col/>", maxBegin/6) + `</cols><sheetData></sheetData></worksheet>`), 0, "its first row is not within its first 4 MiB"},
		{"more rows than a sheet has", with(`<worksheet><sheetData>` + names + strings.Repeat(`<row/>`, maxRows) + `</sheetData></worksheet>`), 0, "it has more than 1048576 rows, which no sheet has; it is not read further"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := every(t, tt.m)
			if len(got.Rows) != tt.rows {
				t.Errorf("%d rows, want %d", len(got.Rows), tt.rows)
			}
			if got.Err != tt.want && (tt.want == "" || !strings.HasPrefix(got.Err, tt.want)) {
				t.Errorf("error %q, want %q", got.Err, tt.want)
			}
			for i, r := range got.Rows {
				if tt.rows > 1 && r.Values[0] != fmt.Sprint(i) {
					t.Fatalf("row %d is %v", i, r)
				}
			}
		})
	}
}

// A zip that is broken says so, wherever it is broken.
func TestDamagedZip(t *testing.T) {
	m := maker{sheets: []string{""}, parts: map[string]string{"xl/worksheets/sheet1.xml": sheetXML(20_000)}}
	m.strings = "<si><t>" + strings.Repeat("x", 1000) + "</t></si>"
	good := m.bytes(t)
	z, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	entry := func(name string) (offset, size int64) {
		for _, f := range z.File {
			if f.Name == name {
				if offset, err = f.DataOffset(); err != nil {
					t.Fatal(err)
				}
				return offset, int64(f.CompressedSize64)
			}
		}
		t.Fatalf("no entry %s", name)
		return
	}
	sheet, size := entry("xl/worksheets/sheet1.xml")
	strs, _ := entry("xl/sharedStrings.xml")
	directory := func(data []byte, name string, at int, value uint32) {
		for i := 0; ; i++ {
			n := bytes.Index(data[i:], []byte("PK\x01\x02"))
			if i += n; strings.HasPrefix(string(data[i+46:]), name) {
				binary.LittleEndian.PutUint32(data[i+at:], value)
				return
			}
		}
	}
	tests := []struct {
		name   string
		damage func(data []byte)
		open   bool
		rows   int // at least
		want   string
	}{
		{"zeros in the middle", func(b []byte) { clear(b[sheet+size/2 : sheet+size/2+1000]) }, true, 5000, "damaged"},
		{"another byte in the middle", func(b []byte) { b[sheet+size/2]++ }, true, 5000, "damaged"},
		{"another checksum", func(b []byte) { directory(b, "xl/worksheets/sheet1.xml", 16, 7) }, true, 20_000, "checksum error"},
		{"another length", func(b []byte) { directory(b, "xl/worksheets/sheet1.xml", 24, 100_000) }, true, 1000, "is damaged after "},
		{"no entry where it should be", func(b []byte) { clear(b[sheet-40 : sheet]) }, true, 0, "damaged"},
		{"strings", func(b []byte) { b[strs+20]++; b[strs+30]++ }, false, 0, "b.xlsx: the texts that its cells share cannot be read: the entry in b.xlsx is damaged after "},
		{"a password of the zip", func(b []byte) { directory(b, "xl/worksheets/sheet1.xml", 6, 20|1<<16) }, false, 0, `b.xlsx: the entry "xl/worksheets/sheet1.xml" is encrypted; make the zip again without a password`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := bytes.Clone(good)
			tt.damage(data)
			w, err := open(data)
			if !tt.open {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want one with %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := reading{}.sheet(t, w, 0)
			if !strings.Contains(got.Err, tt.want) || len(got.Rows) < tt.rows {
				t.Errorf("%d rows, error %q; want %d or more, %q", len(got.Rows), got.Err, tt.rows, tt.want)
			}
		})
	}
}

// bomb returns a workbook one part of which is as long as it takes.
func bomb(t *testing.T, part, begin, again, end string, times int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range (maker{sheets: []string{names}, strings: "<si/>"}).files() {
		if name == part {
			continue
		}
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.Create(part)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(f, begin)
	for block := strings.Repeat(again, 1000); times > 0; times -= 1000 {
		io.WriteString(f, block)
	}
	io.WriteString(f, end)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What unpacks to far more than it is, is read no further; what is kept of it
// is bounded.
func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("reads gigabytes, which under the race detector takes minutes")
	}
	rows := `<worksheet><sheetData>` + names
	const end = `</sheetData></worksheet>`
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	tests := []struct {
		name string
		data []byte
		want string // the error; of opening or of reading
	}{
		{"spaces between rows", bomb(t, "xl/worksheets/sheet1.xml", rows, strings.Repeat(" ", 1000), end, 200_000), "the entry in b.xlsx unpacks to more than 400 times its size, which no table does; it is not read further"},
		{"spaces before rows", bomb(t, "xl/worksheets/sheet1.xml", "<worksheet>", strings.Repeat(" ", 1000), "<sheetData/></worksheet>", 200_000), "its first row is not within its first 4 MiB"},
		{"spaces after rows", bomb(t, "xl/worksheets/sheet1.xml", rows+"</sheetData>", strings.Repeat(" ", 1000), "</worksheet>", 200_000), "the entry in b.xlsx unpacks to more than 400 times its size"},
		{"a comment", bomb(t, "xl/worksheets/sheet1.xml", rows+"<!--", strings.Repeat("x", 1000), "-->"+end, 200_000), "damaged: after row 1 stands something that does not belong there"},
		{"a row", bomb(t, "xl/worksheets/sheet1.xml", rows+"<row>", strings.Repeat("<c/>", 250), "</row>"+end, 200_000), "the entry in b.xlsx unpacks to more than 400 times its size"},
		{"one string", bomb(t, "xl/sharedStrings.xml", "<sst><si><t>", strings.Repeat("x", 1000), "</t></si></sst>", 200_000), "b.xlsx: the texts that its cells share cannot be read: the entry in b.xlsx unpacks to more than 400 times its size"},
		{"many strings", bomb(t, "xl/sharedStrings.xml", "<sst>", "<si/>", "</sst>", maxStrings+1000), "b.xlsx: the texts that its cells share cannot be read: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := heap()
			w, err := open(tt.data)
			if err == nil {
				if got := (reading{}).sheet(t, w, 0); got.Err != "" {
					err = errors.New(got.Err)
				}
			}
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
			if after := heap(); after > before+maxShared {
				t.Errorf("%d bytes are kept", after-before)
			}
		})
	}
}

// Strings that come to more than can be kept are refused, by their text and by
// their number.
func TestTooManyStrings(t *testing.T) {
	const want = "they take more than 256 MiB, which are too many to keep; save the sheets as CSV files instead"
	item := "<si><t>" + strings.Repeat("x", 1<<20) + "</t></si>"
	for name, r := range map[string]io.Reader{
		"text":   io.MultiReader(strings.NewReader("<sst>"), &repeated{text: item}),
		"number": io.MultiReader(strings.NewReader("<sst>"), &repeated{text: strings.Repeat("<si/>", 1000)}),
	} {
		if name == "number" && testing.Short() {
			continue
		}
		if _, err := readShared(r); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", name, err, want)
		}
	}
}

// A repeated reads a text again and again, without end.
type repeated struct {
	text string
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}

// A row of any length takes no more memory than a row may have, and costs
// itself alone.
func TestEndlessRow(t *testing.T) {
	begin := `<worksheet><sheetData>` + names + `<row><c><v>1</v></c></row><row r="5"><c t="str"><v>`
	end := `</v></c></row><row><c><v>2</v></c></row></sheetData></worksheet>`
	w := &Workbook{name: "b.xlsx", blockSize: defaultBlock, strings: new(sharedStrings)}
	rd, err := w.newReader(io.MultiReader(strings.NewReader(begin), io.LimitReader(&repeated{text: strings.Repeat("x", 1000)}, 4<<30), strings.NewReader(end)), "s")
	if err != nil {
		t.Fatal(err)
	}
	rd.Bind([]int{0, 1, 2})
	got := sourcetest.NewTable(3)
	var blk source.Block
	var b batch.Batch
	dec := rd.Decoder()
	line := int64(1)
	for {
		if err := rd.Next(&blk); err != nil {
			if err != io.EOF {
				t.Error(err)
			}
			break
		}
		first := line
		for more := true; more; {
			if more, err = dec.Decode(&blk, &b, 100); err != nil {
				t.Fatal(err)
			}
			got.Add(t, &b, first)
			line = first + int64(b.EndLine)
		}
	}
	if want := "2 |1|||\n5 |||| skip oversized_field@-1\n6 |2|||\n"; got.Show() != want {
		t.Errorf("rows\n%swant\n%s", got.Show(), want)
	}
	if cap(blk.Data)+cap(rd.stream.carry) > 5*maxRow {
		t.Errorf("%d and %d bytes kept of a row of 4 GiB", cap(blk.Data), cap(rd.stream.carry))
	}
}

// A value may be named by any number of cells: what they come to is bounded.
func TestLongStrings(t *testing.T) {
	long := strings.Repeat("x", maxField)
	m := maker{strings: "<si><t>" + long + "</t></si><si><t>" + long + "x</t></si><si><t>y</t></si>"}
	cells := func(indexes ...int) string {
		var b strings.Builder
		for _, i := range indexes {
			fmt.Fprintf(&b, `<c t="s"><v>%d</v></c>`, i)
		}
		return "<row>" + b.String() + "</row>"
	}
	m.sheets = []string{names + cells(0, 2) + cells(1, 2) + cells(0, 0) + cells(0, 0, 2) + strings.Repeat(cells(0), 70) + strings.Repeat(cells(2), 5)}
	w, err := open(m.bytes(t))
	if err != nil {
		t.Fatal(err)
	}
	got := reading{}.sheet(t, w, 0)
	var b strings.Builder
	for _, r := range got.Rows {
		fmt.Fprintf(&b, "%d,%d,%d", len(r.Values[0]), len(r.Values[1]), len(r.Values[2]))
		for _, f := range r.Faults {
			fmt.Fprintf(&b, " %s@%d", f.Check, f.Column)
		}
		b.WriteString("\n")
	}
	want := "1048576,1,0\n0,1,0 oversized_field@0\n1048576,1048576,0\n0,0,0 oversized_field@-1\n" +
		strings.Repeat("1048576,0,0\n", 61) + strings.Repeat("0,0,0 oversized_field@-1\n", 14)
	if b.String() != want {
		t.Errorf("rows\n%s", b.String())
	}
}

// TestExcelizeRows shows why sheets are not read by excelize's iterator of
// rows: it takes what is broken for the end.
func TestExcelizeRows(t *testing.T) {
	whole := sheetXML(1000)
	m := maker{sheets: []string{""}, parts: map[string]string{"xl/worksheets/sheet1.xml": whole[:len(whole)/2]}}
	f, err := excelize.OpenReader(bytes.NewReader(m.bytes(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.Rows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for rows.Next() {
		if _, err := rows.Columns(); err != nil {
			t.Fatalf("excelize says of a sheet that is cut in half %v: look again whether it can read the sheets", err)
		}
		n++
	}
	if rows.Error() != nil || rows.Close() != nil || n > 600 {
		t.Errorf("excelize says of a sheet that is cut in half %v after %d rows: look again whether it can read the sheets", rows.Error(), n)
	}
	if got := every(t, m); got.Err == "" {
		t.Error("ours does not see it either")
	}
}

// No file is written while a workbook is read, whatever its size.
func TestNoTemporaryFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	data := maker{sheets: []string{""}, parts: map[string]string{"xl/worksheets/sheet1.xml": sheetXML(300_000)}}.bytes(t)
	w, err := open(data)
	if err != nil {
		t.Fatal(err)
	}
	if w.sheets[0].size < 17<<20 {
		t.Fatalf("a sheet of %d bytes: excelize would keep it in memory", w.sheets[0].size)
	}
	if got := (reading{}).sheet(t, w, 0); len(got.Rows) != 300_000 || got.Err != "" {
		t.Errorf("%d rows, error %q", len(got.Rows), got.Err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("files %v, error %v", left, err)
	}
}

func TestFalseSize(t *testing.T) {
	if got := zipped.Size(&zip.File{FileHeader: zip.FileHeader{Method: zip.Deflate, CompressedSize64: 10, UncompressedSize64: 1 << 60}}, 1000); got > 20_000 {
		t.Errorf("size %d", got)
	}
}
