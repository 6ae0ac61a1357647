package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// endless is what a bomb unpacks to, in bytes: enough for every limit to be
// met, with what a test machine can make of it in a second.
const endless = 200 << 20

// most is what a run may allocate in all, in bytes, whatever the submission
// says of its size. A run on the small valid submission takes a quarter of it.
const most = 400 << 20

// TestHostile is the list of what somebody may send who means harm, or whose
// program is broken: what it is, what the program answers, word for word, and
// with which status. Status 3: nothing of it is read. Status 4: one table is not
// read or not to its end, and the others are judged. Status 1: the fault is a
// finding on its row, and all else is judged.
//
// What others send is in TestHostileText (characters), TestHostileFormulas,
// TestTruncated (what is cut short) and hostile.txtar (where reports go).
func TestHostile(t *testing.T) {
	ok := valid(t)
	patients := ok.patients()
	zipOf := func(entries ...entry) func(*testing.T) {
		return func(t *testing.T) { write(t, "s.zip", zipped(t, entries...)) }
	}
	and := func(e ...entry) func(*testing.T) { return zipOf(append(ok.entries(), e...)...) }
	book := func(part, text string) func(*testing.T) {
		return func(t *testing.T) {
			parts := ok.workbook(t)
			parts[part] = text
			write(t, "s.xlsx", xlsx(t, parts))
		}
	}
	const sheet = "xl/worksheets/sheet2.xml" // of the patients
	folder := func(s submission) func(*testing.T) { return func(t *testing.T) { s.folder(t, "s") } }
	lines := func(line string) func(*testing.T) {
		return func(t *testing.T) {
			s := ok.jsonLines(t)
			s[strings.TrimSuffix(patients, ".csv")+".jsonl"] += line + "\n"
			s.folder(t, "s")
		}
	}
	heading := ok.records(t, patients)[0]
	names := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, ",x%d", i)
		}
		return b.String()
	}
	field := heading[0]
	db := database(t)
	base := func(harm func([]byte)) func(*testing.T) {
		return func(t *testing.T) {
			data := bytes.Clone(db)
			harm(data)
			write(t, "s.accdb", data)
		}
	}
	secret := filepath.ToSlash(filepath.Join(t.TempDir(), "secret"))
	write(t, secret, []byte("SECRET"))
	tests := []struct {
		name   string
		make   func(*testing.T) // in the current folder: s, s.zip, s.xlsx or s.accdb
		flags  string
		status int
		says   string
	}{
		// Zips: what comes out of them, and where they would have it put.
		{"zip: a table unpacks without end", zipOf(ok.with(patients, strings.Join(heading, ",")+strings.Repeat("\n", endless)).entries()...), "", 4,
			"Incomplete: MHS001MPI.csv: the entry in s.zip unpacks to more than 400 times its size, which no table does; it is not read further"},
		{"zip: two entries are one", func(t *testing.T) {
			data := zipped(t, and2(ok, "x.csv", "x\n")...)
			// The directory's last entry names the place of the first.
			at := bytes.LastIndex(data, []byte("PK\x01\x02"))
			copy(data[at+16:at+28], data[bytes.Index(data, []byte("PK\x01\x02"))+16:])
			binary.LittleEndian.PutUint32(data[at+42:], 0)
			write(t, "s.zip", data)
		}, "", 3, `mhsds: s.zip: the entries "MHS000Header.csv" and "x.csv" share the same bytes, as in a zip that is made to unpack without end; make the zip again`},
		{"zip: a zip in it", and(entry{name: "inner.zip", text: string(zipped(t, ok.entries()...))}), "", 0,
			"inner.zip: the file is not read: the name of a table's file ends in .csv, .txt or .jsonl"},
		{"zip: nothing but a zip in it", zipOf(entry{name: "inner.zip", text: string(zipped(t, ok.entries()...))}), "", 3,
			"mhsds: s.zip: not a submission: it holds inner.zip, which is read only by itself: take it out and give that"},
		{"zip: 100,000 entries", func(t *testing.T) {
			var list []entry
			for i := range 100_000 {
				list = append(list, entry{name: fmt.Sprintf("x%d.dat", i)})
			}
			and(list...)(t)
		}, "", 0, "and 99,980 more; -v shows them."},
		{"zip: a size that is none", func(t *testing.T) {
			and(entry{name: "x.csv", text: "x\n", header: func(h *zip.FileHeader) { h.Method, h.UncompressedSize64 = zip.Deflate, 1<<60 }})(t)
		}, "", 0, "x.csv: is no table of the data set and was not read"},
		{"zip: out of its folder", and(entry{name: "../x.csv"}), "", 3,
			`mhsds: s.zip: the name of the entry "../x.csv" leads out of its folder by ".."; make the zip again, of plain files`},
		{"zip: from the root", and(entry{name: "/etc/passwd"}), "", 3,
			`mhsds: s.zip: the name of the entry "/etc/passwd" begins at the root; make the zip again, of plain files`},
		{"zip: a backslash", and(entry{name: `..\x.csv`}), "", 3,
			`mhsds: s.zip: the name of the entry "..\\x.csv" has a backslash, where the zip format has only "/"; make the zip again, of plain files`},
		{"zip: a drive", and(entry{name: "C:x.csv"}), "", 3,
			`mhsds: s.zip: the name of the entry "C:x.csv" begins with a drive; make the zip again, of plain files`},
		{"zip: a link", and(entry{name: "x.csv", text: secret, header: func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }}), "", 3,
			`mhsds: s.zip: the entry "x.csv" is no file but a link or the like; make the zip again with the file itself`},
		{"zip: a password", and(entry{name: "x.csv", text: "x", header: func(h *zip.FileHeader) { h.Flags |= 1 }}), "", 3,
			`mhsds: s.zip: the entry "x.csv" is encrypted; make the zip again without a password`},
		{"zip: one table twice", and(entry{name: patients, text: "x"}), "", 3,
			"mhsds: s.zip: there are two entries MHS001MPI.csv; which one counts cannot be told, so keep one"},
		{"zip: a control character in a name", and(entry{name: "x\x1b[2J.csv"}), "", 3,
			`mhsds: s.zip: the file name "x\x1b[2J.csv" holds a control character; rename the file`},

		// Workbooks: what XML can be made to do, and what they unpack to.
		{"xlsx: an entity bomb in a sheet", book(sheet, `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>`+sheetOf(cells(field)+cells("&b;"))), "", 4,
			"Incomplete: MHS001MPI: its XML has a document type declaration, which no workbook has; it is not read"},
		{"xlsx: an entity bomb in the workbook", book("xl/workbook.xml", `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><workbook/>`), "", 3,
			`mhsds: s.xlsx: "xl/workbook.xml": its XML has a document type declaration, which no workbook has; it is not read`},
		{"xlsx: an entity bomb in the strings", book("xl/sharedStrings.xml", `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><sst/>`), "", 3,
			"mhsds: s.xlsx: the texts that its cells share cannot be read: its XML has a document type declaration, which no workbook has; it is not read"},
		{"xlsx: an external entity", book(sheet, `<!DOCTYPE x [<!ENTITY a SYSTEM "file://`+secret+`">]>`+sheetOf(cells(field)+cells("&a;"))), "", 4,
			"Incomplete: MHS001MPI: its XML has a document type declaration, which no workbook has; it is not read"},
		{"xlsx: an entity that nobody declares", book(sheet, sheetOf(cells(heading...)+cells("&a;"))), "", 1,
			"PRE0109 record rejected (container) MHS001MPI 1 The record, or one of its values, is not written as its file's format demands and cannot be read. row 1, LocalPatientID"},
		{"xlsx: strings without end", book("xl/sharedStrings.xml", `<sst xmlns="`+sheetNS+`">`+strings.Repeat("<si/>", endless/5)+"</sst>"), "", 3,
			"mhsds: s.xlsx: the texts that its cells share cannot be read: the entry in s.xlsx unpacks to more than 400 times its size, which no table does; it is not read further"},
		{"xlsx: rows without end", book(sheet, sheetOf(cells(field)+strings.Repeat("<row/>", 2<<20))), "", 4,
			"Incomplete: MHS001MPI: it has more than 1048576 rows, which no sheet has; it is not read further"},
		{"xlsx: a row without end", book(sheet, sheetOf(cells(heading...)+"<row>"+strings.Repeat("<c/>", endless/4)+"</row>")), "", 4,
			"Incomplete: MHS001MPI: the entry in s.xlsx unpacks to more than 400 times its size, which no table does; it is not read further"},
		{"xlsx: more columns than a sheet has", book(sheet, sheetOf("<row>"+strings.Repeat(`<c t="str"><v>x</v></c>`, 20_000)+"</row>")), "", 4,
			"Incomplete: MHS001MPI: row 1, the first, has more than 16384 names of columns, which no sheet has"},

		// Text: fields, rows and columns without end.
		{"csv: a million columns", folder(ok.with(patients, field+names(1_000_000)+"\n1\n")), "", 4,
			"Incomplete: MHS001MPI.csv: line 1: the header is longer than 2 MiB: is this a text file?"},
		{"csv: a hundred thousand columns", folder(ok.with(patients, field+names(100_000)+"\n1\n")), "-v", 1,
			"MHS001MPI.csv: 99980 columns besides are no fields of MHS001MPI and were not read"},
		{"csv: a million columns without a name", folder(ok.with(patients, field+strings.Repeat(",", 1_000_000)+"\n1\n")), "", 1,
			"PRE0101 record rejected (container) MHS001MPI 1 The row has more or fewer fields than the first line of its file; it is not judged further. row 1"},
		{"csv: a row of a million values", folder(ok.with(patients, ok[patients]+strings.Repeat(",", 1_000_000)+"\n")), "", 1,

			"PRE0101 record rejected (container) MHS001MPI 1 The row has more or fewer fields than the first line of its file; it is not judged further. row 21"},
		{"csv: a field of 4 GB", func(t *testing.T) {
			if testing.Short() {
				t.Skip("reads 4 GB")
			}
			folder(ok.with(patients, ok[patients]+`"`))(t)
			if err := os.Truncate(filepath.Join("s", patients), 4<<30+1); err != nil {
				t.Skip("no sparse files here:", err)
			}
		}, "", 1,
			"PRE0102 record rejected (container) MHS001MPI 1 A value is longer than 1 MiB, which no data item is; most often a quotation mark was opened and never closed. row 21"},
		{"json: a million lists in a value", lines(`{"` + field + `":` + strings.Repeat("[", 1e6) + strings.Repeat("]", 1e6) + "}"), "", 1,
			"PRE0109 record rejected (container) MHS001MPI 1 The record, or one of its values, is not written as its file's format demands and cannot be read. row 21 (line 21), LocalPatientID"},
		{"json: a million objects without an end", lines(strings.Repeat(`{"`+field+`":`, 1e5)), "", 1,
			"PRE0109 record rejected (container) MHS001MPI 1 The record, or one of its values, is not written as its file's format demands and cannot be read. row 21 (line 21)"},
		{"json: 300,000 names", lines(`{"` + strings.Join(strings.Split(names(300_000), ",")[1:], `":1,"`) + `":1}`), "-v", 1,
			"MHS001MPI.jsonl: the objects have more than 1000 names besides those of fields: are values written as names?"},

		// Databases: TestDamaged and its kin of package access have the rest.
		{"accdb: begins like a zip", base(func(b []byte) { copy(b, "PK\x03\x04") }), "", 3,
			"mhsds: s.accdb: page 0: begins like a zip and goes on like an Access database, so it can be read as neither: damaged at its beginning; export it again, for Access would not open it either"},
		{"accdb: another file by its name", base(func(b []byte) { copy(b, "%PDF-1.7") }), "", 3,
			"mhsds: s.accdb: page 0: does not begin like an Access database; it is another sort of file, or its beginning is lost: damaged at its beginning; export it again, for Access would not open it either"},
		{"accdb: another engine", base(func(b []byte) { copy(b[4:], "Standard XXX DB") }), "", 3,
			`mhsds: s.accdb: page 0: names the engine "Standard XXX DB", which is none of Access: damaged at its beginning; export it again, for Access would not open it either`},
		{"accdb: no list of tables", base(func(b []byte) { clear(b[2*4096 : 3*4096]) }), "", 3,
			"mhsds: s.accdb: the list of tables, MSysObjects: page 2: is of type 0 where a table definition was expected: damaged; export it again, or repair a copy in Access (Database Tools, Compact and Repair Database)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			tt.make(t)
			found, err := filepath.Glob("s*")
			if err != nil || len(found) != 1 {
				t.Fatalf("submissions %v, error %v", found, err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got, stdout, stderr := run(append([]string{found[0]}, strings.Fields(tt.flags)...)...)
			runtime.ReadMemStats(&after)
			if got != tt.status {
				t.Errorf("status %d, want %d; stderr: %s", got, tt.status, stderr)
			}
			said := unwrapped(stdout + stderr)
			if !strings.Contains(said, tt.says) {
				t.Errorf("it does not say\n%s\nbut\n%s%s", tt.says, stdout, stderr)
			}
			if strings.Contains(said, "SECRET") {
				t.Error("a file of the machine was read")
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > most {
				t.Errorf("%d MB allocated", n>>20)
			}
			if left := listing(t, "."); left != found[0] {
				t.Errorf("left behind: %s", left)
			}
		})
	}
}

// and2 lists the submission's files and one more.
func and2(s submission, name, text string) []entry {
	return append(s.entries(), entry{name: name, text: text})
}

// cells is a row of a sheet.
func cells(values ...string) string {
	return `<row><c t="str"><v>` + strings.Join(values, `</v></c><c t="str"><v>`) + "</v></c></row>"
}

// run runs the program on the arguments.
func run(args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	p := &program{stdout: &out, stderr: &err}
	status = p.main(args)
	return status, out.String(), err.String()
}

// unwrapped undoes the line breaks and indents that fit a report to a terminal.
func unwrapped(report string) string { return strings.Join(strings.Fields(report), " ") }
