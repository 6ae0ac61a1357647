package synthetic_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
	"mhsds/dictionary/synthetic"
	"mhsds/dictionary/synthetic/database"
	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/access"
	"mhsds/validate/source/archive"
	"mhsds/validate/source/spreadsheet"
)

// A closer is a writer of one submission.
type closer interface {
	synthetic.Writer
	io.Closer
}

// A container is one of the ways to write a submission, and to open it again.
type container struct {
	name string
	make func(t testing.TB, write func(closer)) source.Container
}

func containers() []container {
	folder := func(of func(string) closer) func(testing.TB, func(closer)) source.Container {
		return func(t testing.TB, write func(closer)) source.Container {
			dir := t.TempDir()
			write(of(dir))
			c, err := archive.OpenFolder(dir, archive.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
	}
	file := func(of func(testing.TB, io.Writer) closer, open func(data []byte) (source.Container, error)) func(testing.TB, func(closer)) source.Container {
		return func(t testing.TB, write func(closer)) source.Container {
			var b bytes.Buffer
			write(of(t, &b))
			c, err := open(b.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
	}
	unzip := func(data []byte) (source.Container, error) {
		return archive.NewZip(bytes.NewReader(data), int64(len(data)), "s.zip", archive.Options{})
	}
	return []container{
		{"CSV folder", folder(func(dir string) closer { return synthetic.Folder(dir) })},
		{"zip of CSV", file(func(_ testing.TB, w io.Writer) closer { return synthetic.Zip(w) }, unzip)},
		{"JSON lines folder", folder(func(dir string) closer { return synthetic.JSONFolder(dir) })},
		{"zip of JSON lines", file(func(_ testing.TB, w io.Writer) closer { return synthetic.JSONZip(w) }, unzip)},
		{"workbook", file(workbook, func(data []byte) (source.Container, error) {
			return spreadsheet.New(bytes.NewReader(data), int64(len(data)), "s.xlsx")
		})},
		{"database", file(func(_ testing.TB, w io.Writer) closer { return database.New(w) }, func(data []byte) (source.Container, error) {
			return access.New(bytes.NewReader(data), int64(len(data)), "s.accdb")
		})},
	}
}

func workbook(t testing.TB, w io.Writer) closer {
	b, err := synthetic.NewWorkbook(w, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// readBack returns the rows of a container by table name, their values in the
// order of the table's fields.
func readBack(t testing.TB, c source.Container, tables []*dictionary.Table) map[string][][]string {
	t.Helper()
	rows := map[string][][]string{}
	for i, in := range c.Tables() {
		at := slices.IndexFunc(tables, func(t *dictionary.Table) bool { return t.Name == in.Name })
		if at < 0 {
			t.Fatalf("a table %s that nobody wrote", in.Name)
		}
		table := tables[at]
		rd, err := c.Open(i)
		if err != nil {
			t.Fatal(err)
		}
		if k, ok := rd.(source.Keyed); ok {
			var names []string
			for f := range table.Fields {
				names = append(names, table.Fields[f].Name)
			}
			k.BindNames(names)
		} else {
			var bound []int
			for f := range table.Fields {
				bound = append(bound, slices.IndexFunc(rd.Columns(), func(c source.Column) bool { return c.Name == table.Fields[f].Name }))
			}
			if slices.Contains(bound, -1) {
				t.Errorf("%s: columns %v; one is missing", in.Name, rd.Columns())
			}
			rd.Bind(bound)
		}
		rows[in.Name] = [][]string{}
		var blk source.Block
		var b batch.Batch
		dec := rd.Decoder()
		for {
			if err := rd.Next(&blk); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			for more := true; more; {
				if more, err = dec.Decode(&blk, &b, 100); err != nil {
					t.Fatal(err)
				}
				for f := range table.Fields {
					switch table.Fields[f].Type {
					case dictionary.Date, dictionary.DateTime:
						b.Columns[f].Form = batch.DateForm
					case dictionary.Time:
						b.Columns[f].Form = batch.TimeForm
					}
				}
				for r := range b.Rows {
					row := make([]string, len(table.Fields))
					for f := range row {
						row[f] = string(b.Append(nil, f, r))
					}
					rows[in.Name] = append(rows[in.Name], row)
				}
				if len(b.Faults) > 0 {
					t.Errorf("%s: faults %v", in.Name, b.Faults)
				}
			}
		}
		for _, n := range rd.Notices() {
			t.Errorf("%s: notice %q", in.Name, n.Text)
		}
		if err := rd.Close(); err != nil {
			t.Error(err)
		}
	}
	return rows
}

// TestContainers: what is read from each container is what was written, value
// by value, of a valid submission and of one with every sort of fault.
func TestContainers(t *testing.T) {
	d := open(t).d
	for _, cfg := range []synthetic.Config{
		{Patients: 150, Period: "2026-09", Seed: 20},
		{Patients: 150, Period: "2026-09", Seed: 21, FaultRate: 0.5},
	} {
		want := generate(t, cfg)
		for _, c := range containers() {
			t.Run(fmt.Sprintf("%s, %v faulty", c.name, cfg.FaultRate), func(t *testing.T) {
				in := c.make(t, func(w closer) {
					if _, err := open(t).g.Generate(t.Context(), cfg, w); err != nil {
						t.Fatal(err)
					}
					if err := w.Close(); err != nil {
						t.Fatal(err)
					}
				})
				defer in.Close()
				got := readBack(t, in, want.tables)
				for i := range d.Tables {
					table := &d.Tables[i]
					rows := want.rows[table.ID]
					if rows == nil {
						rows = [][]string{}
					}
					if diff := cmp.Diff(rows, got[table.Name]); diff != "" {
						t.Errorf("%s: written -, read +:\n%s", table.Name, diff[:min(len(diff), 600)])
					}
				}
			})
		}
	}
}

// TestValues: values that a container might take for something else.
func TestValues(t *testing.T) {
	field := func(name string, t dictionary.Type) dictionary.Field { return dictionary.Field{Name: name, Type: t} }
	table := &dictionary.Table{ID: "T1", Name: "T1Values", Fields: []dictionary.Field{
		field("Key", dictionary.Text), field("Text", dictionary.Text), field("Date", dictionary.Date),
		field("Stamp", dictionary.DateTime), field("Time", dictionary.Time), field("Number", dictionary.Number),
	}}
	rows := [][]string{
		{"1", "007", "2026-09-01", "2026-09-01T10:15:30", "23:59:59", "7"},
		{"2", "1e5", "1900-03-01", "1900-03-01T00:00:01", "00:00:00", "0"},
		{"3", "=1+1", "1899-12-31", "9999-12-31T23:59:59", "12:30:00", "123456789012"},
		{"4", `"a", b`, "9999-12-31", "2024-02-29", "", "-1"},
		{"5", "a\nb", "1900-02-28", "", "10:00:01", ""},
		{"6", "<&>'\\/", "", "1850-06-01T06:00:00", "", "12"},
		{"7", "Llŷn Ŵy á é €", "", "", "", ""},
		{"8", "2026-09-01", "0101-01-01", "", "", ""},
		{"9", "_x0041_", "", "", "", ""},
		{"10", strings.Repeat("long ", 60) + "end", "", "", "", ""},
		{"11", "TRUE", "", "", "", ""},
		{"12", "null", "", "", "", ""},
		{"13", "\u00a0x\u2028", "", "", "", ""},
	}
	faulty := [][]string{
		{"1", "", "2026-02-30", "2026-09-01T24:00:00", "25:00:00", "007"},
		{"2", "", "01/09/2026", "2026-09-01T10:15:30Z", "x", "1.5"},
		{"3", "", "2026-09-01", "2026-09-01T10:15:30", "23:59:59", "7"},
	}
	for _, c := range containers() {
		for name, rows := range map[string][][]string{"values": rows, "unreadable": faulty, "no rows": {}} {
			t.Run(c.name+", "+name, func(t *testing.T) {
				in := c.make(t, func(w closer) {
					if err := write(w, table, rows); err != nil {
						t.Fatal(err)
					}
					if err := w.Close(); err != nil {
						t.Fatal(err)
					}
				})
				defer in.Close()
				if diff := cmp.Diff(map[string][][]string{table.Name: rows}, readBack(t, in, []*dictionary.Table{table})); diff != "" {
					t.Errorf("written -, read +:\n%s", diff)
				}
			})
		}
	}
}

func write(w synthetic.Writer, table *dictionary.Table, rows [][]string) error {
	if err := w.Begin(table); err != nil {
		return err
	}
	for _, row := range rows {
		var values [][]byte
		for _, v := range row {
			values = append(values, []byte(v))
		}
		if err := w.Row(values); err != nil {
			return err
		}
	}
	return w.End()
}

// TestDatesAreDates: a workbook holds dates and times as numbers, and
// identifiers that look like numbers as text.
func TestDatesAreDates(t *testing.T) {
	var b bytes.Buffer
	w := workbook(t, &b)
	table := &dictionary.Table{ID: "T1", Name: "T1Values", Fields: []dictionary.Field{
		{Name: "Key", Type: dictionary.Text}, {Name: "Date", Type: dictionary.Date}, {Name: "Time", Type: dictionary.Time}}}
	if err := write(w, table, [][]string{{"0012", "2026-09-01", "12:00:00"}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<t>0012</t>", "<v>46266</v>", "<v>0.5</v>"} {
		if !strings.Contains(string(sheet), want) {
			t.Errorf("no %s in the sheet: %s", want, sheet)
		}
	}
	if z.File[0].Name != "[Content_Types].xml" {
		t.Errorf("the first part is %s", z.File[0].Name)
	}
}

// TestWorkbookRefuses: what a sheet cannot hold is an error, not a loss.
func TestWorkbookRefuses(t *testing.T) {
	table := &dictionary.Table{ID: "T1", Name: "T1Values", Fields: []dictionary.Field{{Name: "Key", Type: dictionary.Text}}}
	for _, tt := range []struct{ value, want string }{
		{"", "a row of nulls"},
		{"a\x01b", "a control character"},
		{strings.Repeat("x", 32768), "room for 32767 characters"},
	} {
		w := workbook(t, io.Discard)
		if err := write(w, table, [][]string{{tt.value}}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.10q: error %v, want one with %q", tt.value, err, tt.want)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestTemporaryFiles: a sheet that grows large does so in the folder that was
// given, and nothing stays there, whether the workbook was ended or given up.
func TestTemporaryFiles(t *testing.T) {
	table := &dictionary.Table{ID: "T1", Name: "T1Values", Fields: []dictionary.Field{{Name: "Key", Type: dictionary.Text}}}
	for _, end := range []bool{true, false} {
		dir := t.TempDir()
		w, err := synthetic.NewWorkbook(io.Discard, dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Begin(table); err != nil {
			t.Fatal(err)
		}
		value := [][]byte{bytes.Repeat([]byte("x"), 30_000)}
		for range 1000 {
			if err := w.Row(value); err != nil {
				t.Fatal(err)
			}
		}
		files, err := filepath.Glob(filepath.Join(dir, "excelize-*"))
		if err != nil || len(files) == 0 {
			t.Errorf("no temporary file in the folder (%v): the test proves nothing", err)
		}
		if end {
			if err := w.End(); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%d files are left", len(left))
		}
	}
}

// TestCount: the rows are counted without making them.
func TestCount(t *testing.T) {
	for _, cfg := range []synthetic.Config{
		{Patients: 700, Period: "2026-09", Seed: 1},
		{Patients: 300, Period: "2026-09", Seed: 2, Break: []string{"MHS20106", "MHS10103", "MHS20224"}},
		{Patients: 30, Period: "2026-09", Seed: 3, Break: []string{"MHSREJ004"}},
		{Patients: 300, Period: "2026-09", Seed: 4, Tables: []string{"MHS202", "MHS901"}, FaultRate: 0.1},
	} {
		s, err := open(t).g.Prepare(cfg)
		if err != nil {
			t.Fatal(err)
		}
		counted := s.Count()
		res, err := s.Write(t.Context(), discard{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(res.Tables, counted); diff != "" {
			t.Errorf("%+v: written -, counted +:\n%s", cfg, diff)
		}
	}
}

// TestSameContainers: a container made twice, by other numbers of workers, has
// the same bytes.
func TestSameContainers(t *testing.T) {
	for name, of := range map[string]func(testing.TB, io.Writer) closer{
		"zip of CSV":        func(_ testing.TB, w io.Writer) closer { return synthetic.Zip(w) },
		"zip of JSON lines": func(_ testing.TB, w io.Writer) closer { return synthetic.JSONZip(w) },
		"workbook":          workbook,
		"database":          func(_ testing.TB, w io.Writer) closer { return database.New(w) },
	} {
		var made [2]bytes.Buffer
		for i := range made {
			w := of(t, &made[i])
			if _, err := open(t).g.Generate(t.Context(), synthetic.Config{Patients: 600, Period: "2026-09", Seed: 9, Workers: 1 + 2*i}, w); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(made[0].Bytes(), made[1].Bytes()) {
			t.Errorf("%s: two of one submission differ", name)
		}
	}
}
