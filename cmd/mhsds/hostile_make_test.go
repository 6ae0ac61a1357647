package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"html"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What TestHostile and its kin make their submissions from: the small valid
// one, in every container, with something done to it.

// A submission is its tables as CSV, by the name of the file.
type submission map[string]string

// valid returns the small valid submission. Its first table is the header's,
// the second the patients'.
func valid(t testing.TB) submission {
	t.Helper()
	dir := filepath.Join(moduleRoot, "testdata", "submissions", "small-valid")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := submission{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		s[e.Name()] = string(b)
	}
	return s
}

// names lists the files in order.
func (s submission) names() []string { return slices.Sorted(maps.Keys(s)) }

// header and patients name the files of the first two tables.
func (s submission) header() string   { return s.names()[0] }
func (s submission) patients() string { return s.names()[1] }

// records returns the rows of a file, its header first.
func (s submission) records(t testing.TB, file string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(s[file])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// change sets one value: of the row, 0 for the header, and column, both from 0.
func (s submission) change(t testing.TB, file string, row, column int, value string) submission {
	t.Helper()
	rows := s.records(t, file)
	rows[row][column] = value
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	s = maps.Clone(s)
	s[file] = b.String()
	return s
}

// with returns the submission with another text in a file.
func (s submission) with(file, text string) submission {
	s = maps.Clone(s)
	s[file] = text
	return s
}

// folder writes the submission as a folder of CSV files.
func (s submission) folder(t testing.TB, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range s {
		write(t, filepath.Join(dir, name), []byte(text))
	}
}

// jsonLines returns the submission as files of JSON lines.
func (s submission) jsonLines(t testing.TB) submission {
	t.Helper()
	files := submission{}
	for name := range s {
		var b bytes.Buffer
		rows := s.records(t, name)
		for _, row := range rows[1:] {
			object := map[string]string{}
			for i, v := range row {
				object[rows[0][i]] = v
			}
			line, err := json.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(append(line, '\n'))
		}
		files[strings.TrimSuffix(name, ".csv")+".jsonl"] = b.String()
	}
	return files
}

// An entry is one of a zip. A header that is changed is changed in the zip's
// words alone: the data are stored as they are.
type entry struct {
	name, text string
	header     func(*zip.FileHeader)
}

// entries lists the files as entries, in order.
func (s submission) entries() []entry {
	var list []entry
	for _, name := range s.names() {
		list = append(list, entry{name: name, text: s[name]})
	}
	return list
}

func zipped(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		var f io.Writer
		var err error
		if e.header == nil {
			f, err = w.CreateHeader(h)
		} else {
			h.Method, h.CRC32 = zip.Store, crc32.ChecksumIEEE([]byte(e.text))
			h.UncompressedSize64, h.CompressedSize64 = uint64(len(e.text)), uint64(len(e.text))
			e.header(h)
			f, err = w.CreateRaw(h)
		}
		if err == nil && !strings.HasSuffix(e.name, "/") {
			_, err = io.WriteString(f, e.text)
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

// Namespaces of a workbook's XML.
const (
	sheetNS   = `http://schemas.openxmlformats.org/spreadsheetml/2006/main`
	relations = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	packages  = `http://schemas.openxmlformats.org/package/2006/relationships`
)

// workbook returns the submission as the parts of a workbook: a sheet a table,
// of inline strings. The n-th sheet is xl/worksheets/sheetN.xml, from 1.
func (s submission) workbook(t testing.TB) map[string]string {
	t.Helper()
	parts := map[string]string{
		"[Content_Types].xml":  `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`,
		"_rels/.rels":          `<Relationships xmlns="` + packages + `"><Relationship Id="r" Type="` + relations + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/sharedStrings.xml": `<sst xmlns="` + sheetNS + `"/>`,
	}
	var list, rels strings.Builder
	fmt.Fprintf(&rels, `<Relationship Id="s" Type="%s/sharedStrings" Target="sharedStrings.xml"/>`, relations)
	for i, name := range s.names() {
		fmt.Fprintf(&list, `<sheet name="%s" sheetId="%d" r:id="r%d"/>`, strings.TrimSuffix(name, ".csv"), i+1, i+1)
		fmt.Fprintf(&rels, `<Relationship Id="r%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, relations, i+1)
		var b strings.Builder
		for _, row := range s.records(t, name) {
			b.WriteString("<row>")
			for _, v := range row {
				b.WriteString(`<c t="str"><v>` + html.EscapeString(v) + `</v></c>`)
			}
			b.WriteString("</row>")
		}
		parts[fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1)] = sheetOf(b.String())
	}
	parts["xl/workbook.xml"] = `<workbook xmlns="` + sheetNS + `" xmlns:r="` + relations + `"><sheets>` + list.String() + `</sheets></workbook>`
	parts["xl/_rels/workbook.xml.rels"] = `<Relationships xmlns="` + packages + `">` + rels.String() + `</Relationships>`
	return parts
}

// sheetOf is a sheet of the rows.
func sheetOf(rows string) string {
	return `<worksheet xmlns="` + sheetNS + `"><sheetData>` + rows + `</sheetData></worksheet>`
}

// xlsx zips the parts of a workbook.
func xlsx(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	return zipped(t, submission(parts).entries()...)
}

// database returns the small valid submission as an Access database.
func database(t testing.TB) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join(moduleRoot, "validate", "source", "access", "testdata", "idb-small-valid.accdb.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}
