package spreadsheet

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"mhsds/dictionary/frugal"
	"mhsds/validate/batch"
	"mhsds/validate/source/internal/sourcetest"
)

// A value is what a cell was made from, and the text that it should be.
type value struct {
	put   any
	style int
	want  string
}

// random returns values of all sorts that excelize writes.
func random(rng *rand.Rand, styles map[string]int) value {
	switch rng.IntN(9) {
	case 0:
		return value{}
	case 1:
		n := rng.Int64N(1 << uint(1+rng.IntN(49)))
		return value{put: n, want: strconv.FormatInt(n, 10)}
	case 2:
		n := float64(rng.IntN(2_000_000)-1_000_000) / math.Pow10(rng.IntN(6))
		return value{put: n, want: strconv.FormatFloat(n, 'f', -1, 64)}
	case 3:
		if rng.IntN(2) == 0 {
			return value{put: true, want: "TRUE"}
		}
		return value{put: false, want: "FALSE"}
	case 4:
		day := time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rng.IntN(60_000))
		return value{put: day, style: styles["dd/mm/yyyy"], want: day.Format("2006-01-02")}
	case 5:
		at := time.Date(2026, 9, 1, 0, 0, 1+rng.IntN(86_399), 0, time.UTC)
		return value{put: at, style: styles["yyyy-mm-dd hh:mm:ss"], want: at.Format("2006-01-02T15:04:05")}
	case 6:
		second := rng.IntN(86_400)
		return value{put: float64(second) / 86_400, style: styles["hh:mm"], want: fmt.Sprintf("%02d:%02d:%02d", second/3600, second/60%60, second%60)}
	case 7:
		n := rng.IntN(1_000_000)
		return value{put: n, style: styles["0000000000"], want: fmt.Sprintf("%010d", n)}
	}
	pieces := []string{"x", "CC1", " ", "é", "ŵ", "😀", "&", "<", ">", `"`, "'", "\n", "\t", "_x", "_", "12", "\r\n", "]]>", "1E5"}
	var b strings.Builder
	for range 1 + rng.IntN(4) {
		b.WriteString(pieces[rng.IntN(len(pieces))])
	}
	return value{put: b.String(), want: strings.Trim(strings.ReplaceAll(b.String(), "\r\n", "\n"), " ")}
}

// TestExcelize writes workbooks by excelize, in both its ways, and reads what
// was put in, as the text that it should be.
func TestExcelize(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	for round := range 40 {
		f := excelize.NewFile()
		styles := map[string]int{}
		for _, code := range []string{"dd/mm/yyyy", "yyyy-mm-dd hh:mm:ss", "hh:mm", "0000000000"} {
			id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
			if err != nil {
				t.Fatal(err)
			}
			styles[code] = id
		}
		var want table
		want.Header = "a|b|c|d"
		var stream *excelize.StreamWriter
		if round%2 == 0 {
			var err error
			if stream, err = f.NewStreamWriter("Sheet1"); err != nil {
				t.Fatal(err)
			}
		}
		put := func(row int, values []value) {
			if stream != nil {
				cells := make([]any, len(values))
				for i, v := range values {
					if v.put != nil {
						cells[i] = excelize.Cell{StyleID: v.style, Value: v.put}
					}
				}
				if err := stream.SetRow(fmt.Sprintf("A%d", row), cells); err != nil {
					t.Fatal(err)
				}
				return
			}
			for i, v := range values {
				cell, _ := excelize.CoordinatesToCellName(i+1, row)
				if v.put == nil {
					continue
				}
				if err := f.SetCellValue("Sheet1", cell, v.put); err != nil {
					t.Fatal(err)
				}
				if err := f.SetCellStyle("Sheet1", cell, cell, v.style); err != nil {
					t.Fatal(err)
				}
			}
		}
		put(1, []value{{put: "a"}, {put: "b"}, {put: "c"}, {put: "d"}})
		for r := range 50 {
			values := make([]value, 4)
			line := sourcetest.Row{Line: int64(r + 2), Values: make([]string, 4)}
			some := false
			for i := range values {
				values[i] = random(rng, styles)
				line.Values[i] = values[i].want
				some = some || values[i].put != nil
			}
			put(r+2, values)
			if some {
				want.Rows = append(want.Rows, line)
			}
		}
		if stream != nil {
			if err := stream.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		f.Close()
		w, err := open(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		got := reading{block: 1 + rng.IntN(3000)}.sheet(t, w, 0)
		if diff := cmp.Diff(want.Rows, got.Rows); diff != "" || got.Header != want.Header || got.Err != "" {
			t.Fatalf("round %d: header %s, error %s, rows (-put in +got):\n%s", round, got.Header, got.Err, diff)
		}
		compareExcelize(t, b.Bytes(), got)
	}
}

// compareExcelize holds the texts of a sheet against what excelize reads of it.
func compareExcelize(t *testing.T, data []byte, got table) {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Sheet1", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range got.Rows {
		for i, v := range r.Values {
			have := ""
			if line := rows[r.Line-1]; i < len(line) {
				have = strings.Trim(strings.ReplaceAll(line[i], "\r\n", "\n"), " ")
			}
			if have == v {
				continue
			}
			// Of numbers it gives the text in the file; a date's is another.
			if _, err := strconv.ParseFloat(have, 64); err != nil {
				t.Errorf("line %d, column %d: %q, excelize has %q", r.Line, i, v, have)
			}
		}
	}
}

// TestSerials compares dates with excelize's own arithmetic.
func TestSerials(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	for range 20_000 {
		serial := 61 + float64(rng.IntN(80_000)) + float64(rng.IntN(86_400))/86_400
		for _, from1904 := range []bool{false, true} {
			at, err := excelize.ExcelDateToTime(serial, from1904)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSuffix(at.Format("2006-01-02T15:04:05"), "T00:00:00")
			got, ok := dates{from1904}.append(nil, serial, asDate)
			if !ok || string(got) != want {
				t.Fatalf("%v, from 1904 %v: %s, %v; excelize has %s", serial, from1904, got, ok, want)
			}
		}
	}
	if d := batch.Day(1904, 1, 1); d != day1904 {
		t.Errorf("1904-01-01 is day %d", d)
	}
}

// FuzzWorkbook opens any bytes as a workbook and reads all its sheets: no
// panic, every error one line, and the same rows for every block size.
func FuzzWorkbook(f *testing.F) {
	f.Add([]byte("PK\x05\x06"+strings.Repeat("\x00", 18)), uint8(1))
	f.Add([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), uint8(1))
	f.Add(maker{sheets: []string{names + `<row><c><v>1</v></c></row>`}}.bytes(f), uint8(3))
	f.Add(zipBy(f, 0, maker{sheets: []string{names + `<row><c t="s"><v>0</v></c><c s="1"><v>46266.5</v></c></row>`, names}, strings: "<si><t>x</t></si>", formats: []string{"dd/mm/yyyy"}}.files()), uint8(40))
	whole := maker{sheets: []string{names + `<row><c t="s"><v>1</v></c></row>`, "", "<row/>"}, strings: "<si/><si><r><t>a</t></r></si>", prop: `date1904="1"`, ids: []int{14}}
	f.Add(zipBy(f, 0, whole.files()), uint8(200))
	whole.parts = map[string]string{"xl/sharedStrings.xml": "<!DOCTYPE sst [<!ENTITY a 'b'>]><sst/>", "xl/worksheets/sheet2.xml": `<worksheet><sheetData><row r="9999999"><c r="ZZZZ1"/></row>`}
	f.Add(zipBy(f, 0, whole.files()), uint8(200))
	f.Fuzz(func(t *testing.T, data []byte, block uint8) {
		// A zip of so many bytes may stand for a thousand times as many.
		frugal.Check(t, len(data), 20_000, func() {
			w, err := open(data)
			if err != nil {
				return
			}
			for i := range w.Tables() {
				reading{}.sheet(t, w, i)
			}
		})
		one, err := open(data)
		if err != nil {
			oneLine(t, err.Error())
			return
		}
		two, err := open(data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range one.Tables() {
			a := reading{}.sheet(t, one, i)
			b := reading{block: int(block) + 1, max: 3}.sheet(t, two, i)
			if a.Err != "" {
				oneLine(t, a.Err)
			}
			if a.Err == "" && !reflect.DeepEqual(a, b) {
				t.Errorf("rows differ by block size:\n%s", cmp.Diff(a, b))
			}
		}
	})
}

// FuzzSheet reads any bytes as the XML of a sheet: as FuzzWorkbook does, but
// with nothing in the way.
func FuzzSheet(f *testing.F) {
	for _, s := range []string{names, names + `<row r="2"><c r="A2" t="s"><v>0</v></c><c t="inlineStr"><is><r><t>a&amp;</t></r></is></c><c s="2"><v>1E3</v></c></row>`,
		`<row><c><f>1</f></c></row><!-- <row> --><row/><row r="9"><c t="d"><v>2026-09-01T00:00:00</v></c><c t="str"><v><![CDATA[</row>]]></v></c></row>`} {
		f.Add([]byte(`<worksheet><sheetData>`+s+`</sheetData><mergeCells><mergeCell ref="A1"/></mergeCells></worksheet>`), uint8(7))
	}
	f.Add([]byte(`<?xml version="1.0"?><x:worksheet xmlns:x="y"><x:sheetData/></x:worksheet>`), uint8(1))
	f.Add([]byte(`<worksheet><sheetData><row r="1048576"><c r="XFD1" t="s"><v>4294967295</v></c></row><row r="1"/><row><c t="b"><v>2</v></c><c t="e"><v>#REF!</v></c></row></sheetData></worksheet>`), uint8(5))
	f.Add([]byte("\xef\xbb\xbf<worksheet><cols/><sheetData ><row ><c ><v >1</v ></c ></row ></sheetData ></worksheet >"), uint8(5))
	f.Fuzz(func(t *testing.T, xml []byte, block uint8) {
		read := func(h reading) table {
			w := &Workbook{name: "b.xlsx", blockSize: defaultBlock, strings: new(sharedStrings), styles: []style{{}, {look: asDate}, {width: 5}, {look: asTime}}}
			w.strings.add([]byte("<t> shared </t>"))
			return h.xml(t, w, xml)
		}
		var a table
		frugal.Check(t, len(xml), 2000, func() { a = read(reading{}) })
		if a.Err != "" {
			oneLine(t, a.Err)
		}
		if b := read(reading{block: int(block) + 1, max: 3}); !reflect.DeepEqual(a, b) {
			t.Errorf("rows differ by block size:\n%s", cmp.Diff(a, b))
		}
	})
}

func oneLine(t *testing.T, message string) {
	if message == "" || strings.ContainsAny(message, "\n\r\x00\x1b") {
		t.Errorf("error %q is not one line", message)
	}
}
