package validate

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mhsds/dictionary"
	"mhsds/dictionary/synthetic"
	synthdb "mhsds/dictionary/synthetic/database"
	"mhsds/validate/finding"
	"mhsds/validate/source"
	"mhsds/validate/source/access"
	"mhsds/validate/source/archive"
	"mhsds/validate/source/spreadsheet"
)

// Five containers, one answer: a folder of CSV files, a zip of them, a
// workbook, JSON lines and a database give the same findings.

// fixture opens one of the databases that Jackcess wrote.
func fixture(t testing.TB, file string) source.Container {
	t.Helper()
	f, err := os.Open(filepath.Join("source", "access", "testdata", file+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	db, err := access.New(bytes.NewReader(data), int64(len(data)), file)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// writer is a container in the making.
type writer interface {
	synthetic.Writer
	io.Closer
}

// held puts a submission into each container that we can write. The odd ones
// are the columns of the database that hold text because a value is no date.
func held(t testing.TB, m *memory) (containers map[string]source.Container, odd []string) {
	t.Helper()
	fill := func(w writer) {
		t.Helper()
		m.write(t, w)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	containers = map[string]source.Container{}
	put := func(name string, c source.Container, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		t.Cleanup(func() { c.Close() })
		containers[name] = c
	}
	folder := t.TempDir()
	fill(synthetic.Folder(folder))
	c, err := archive.OpenFolder(folder, archive.Options{})
	put("CSV", c, err)
	folder = t.TempDir()
	fill(synthetic.JSONFolder(folder))
	c, err = archive.OpenFolder(folder, archive.Options{})
	put("JSON lines", c, err)

	var zip, book, db bytes.Buffer
	fill(synthetic.Zip(&zip))
	c, err = archive.NewZip(bytes.NewReader(zip.Bytes()), int64(zip.Len()), "s.zip", archive.Options{})
	put("zip", c, err)
	w, err := synthetic.NewWorkbook(&book, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	fill(w)
	b, err := spreadsheet.New(bytes.NewReader(book.Bytes()), int64(book.Len()), "s.xlsx")
	put("workbook", b, err)
	data := synthdb.New(&db)
	fill(data)
	a, err := access.New(bytes.NewReader(db.Bytes()), int64(db.Len()), "s.accdb")
	put("database", a, err)
	return containers, data.Odd()
}

// write writes the submission with every table and column of the dictionary.
func (m *memory) write(t testing.TB, w synthetic.Writer) {
	t.Helper()
	d := shared(t).Dictionary
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range d.Tables {
		table := &d.Tables[i]
		check(w.Begin(table))
		columns := m.columns[table.Name]
		for _, row := range m.rows[table.Name] {
			values := make([][]byte, len(table.Fields))
			for c, v := range row {
				f := table.Index(columns[c])
				if f < 0 {
					t.Fatalf("%s has no column %s", table.Name, columns[c])
				}
				values[f] = []byte(v)
			}
			check(w.Row(values))
		}
		check(w.End())
	}
}

// Begin, Row and End make a memory a synthetic.Writer.
func (m *memory) Begin(t *dictionary.Table) error {
	var columns []string
	for i := range t.Fields {
		columns = append(columns, t.Fields[i].Name)
	}
	m.table(t.Name, columns...)
	return nil
}

func (m *memory) Row(values [][]byte) error {
	var row []string
	for _, v := range values {
		row = append(row, string(v))
	}
	m.add(m.names[len(m.names)-1], row...)
	return nil
}

func (m *memory) End() error { return nil }

// judgedIn is what the engine says of a container: every finding in full, with
// its values and its cause, and the summary as far as it is the same for all.
func judgedIn(t testing.TB, c source.Container) ([]string, *finding.Summary) {
	t.Helper()
	v, err := newValidator(shared(t), Options{Values: true})
	if err != nil {
		t.Fatal(err)
	}
	var k keeper
	s, err := v.Run(t.Context(), c, &k)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Incomplete) > 0 {
		t.Errorf("incomplete: %v", s.Incomplete)
	}
	return k.lines, s
}

// agree compares what two containers of one submission gave.
func agree(t *testing.T, name string, got, want []string, s, of *finding.Summary) {
	t.Helper()
	if !slices.Equal(got, want) {
		a, b := minus(got, want), minus(want, got)
		t.Errorf("%s: %d findings, %d elsewhere; alone here %v, missing %v", name, len(got), len(want), a[:min(len(a), 5)], b[:min(len(b), 5)])
	}
	if s.Verdict != of.Verdict {
		t.Errorf("%s: verdict %v, elsewhere %v", name, s.Verdict, of.Verdict)
	}
	files := cmpopts.IgnoreFields(finding.TableSummary{}, "File") // which each container names in its way
	if diff := cmp.Diff(of.Tables, s.Tables, files); diff != "" {
		t.Errorf("%s: tables (elsewhere -, here +):\n%s", name, diff)
	}
	if diff := cmp.Diff(of.Rules, s.Rules); diff != "" {
		t.Errorf("%s: rules (elsewhere -, here +):\n%s", name, diff)
	}
}

// TestFiveContainers: the small submissions, whose databases Jackcess wrote in
// several formats and with NHS numbers of several types, and the same rows in
// every container that we write.
func TestFiveContainers(t *testing.T) {
	for name, databases := range map[string][]string{
		"small-valid":         {"idb-small-valid.accdb", "idb-small-valid-v2003.mdb", "idb-small-valid-nhsdouble.accdb", "idb-small-valid-nhsnumeric-v2016.accdb"},
		"small-faulty":        {"idb-small-faulty.accdb"},
		"small-faulty-reject": {"idb-small-faulty-reject.accdb"},
	} {
		t.Run(name, func(t *testing.T) {
			m := load(t, name)
			want, of := judgedIn(t, m)
			if expected := readCSV(t, filepath.Join("..", "testdata", "submissions", name+".expected.csv")); len(want) != len(expected)-1 {
				t.Fatalf("%d findings, expected %d", len(want), len(expected)-1)
			}
			containers, odd := held(t, m)
			if len(odd) > 0 {
				t.Errorf("no database holds these dates: %v", odd)
			}
			files, err := archive.OpenFolder(filepath.Join("..", "testdata", "submissions", name), archive.Options{})
			if err != nil {
				t.Fatal(err)
			}
			containers["the CSV files as they are"] = files
			for _, file := range databases {
				containers[file] = fixture(t, file)
			}
			for c, in := range containers {
				got, s := judgedIn(t, in)
				agree(t, c, got, want, s, of)
			}
		})
	}
}

// TestFiveContainersGenerated: the same of generated submissions: a clean one,
// one with every fault that a database can hold, and one with every fault.
func TestFiveContainersGenerated(t *testing.T) {
	d := shared(t).Dictionary
	g, err := synthetic.New(d, nil)
	if err != nil {
		t.Fatal(err)
	}
	make := func(cfg synthetic.Config) (*memory, *synthetic.Result) {
		m := newMemory()
		cfg.Period = "2026-09"
		res, err := g.Generate(t.Context(), cfg, m)
		if err != nil {
			t.Fatal(err)
		}
		return m, res
	}
	clean, _ := make(synthetic.Config{Patients: 300, Seed: 31})
	every, res := make(synthetic.Config{Patients: 2500, Seed: 32, Break: []string{synthetic.All}})
	var holdable []string
	for _, a := range res.Answers {
		// Columns of dates hold nothing but dates, columns of numbers nothing
		// but numbers.
		r := d.Rule(a.Code)
		f := d.Table(r.Table).Field(r.Field)
		if r.Kind != dictionary.ValidDate && r.Kind != dictionary.ValidDatetime && (f == nil || f.Type != dictionary.Number) {
			holdable = append(holdable, a.Code)
		}
	}
	typed, _ := make(synthetic.Config{Patients: 2300, Seed: 33, Break: holdable})
	type test struct {
		name   string
		m      *memory
		faults int  // findings, at least
		odd    bool // some dates or numbers are none
	}
	tests := []test{
		{"clean", clean, 0, false},
		{"every fault that a database can hold", typed, 1000, false},
		{"every fault", every, 1100, true},
	}
	for seed := range uint64(5) {
		m, _ := make(synthetic.Config{Patients: 10 + 9*int(seed), Seed: 40 + seed, FaultRate: 0.1 * float64(1+seed)})
		tests = append(tests, test{fmt.Sprintf("faults at random, seed %d", seed), m, 10, true})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want, of := judgedIn(t, tt.m)
			if len(want) < tt.faults || tt.faults == 0 && len(want) > 0 {
				t.Fatalf("%d findings, want %d", len(want), tt.faults)
			}
			containers, odd := held(t, tt.m)
			if (len(odd) > 0) != tt.odd {
				t.Errorf("columns of the database that hold text for dates or numbers: %v", odd)
			}
			for c, in := range containers {
				got, s := judgedIn(t, in)
				if c != "database" || !tt.odd {
					agree(t, c, got, want, s, of)
					continue
				}
				// A column in which some value is no date cannot have the type that
				// the template has: that, and nothing else, is found too.
				structure := ""
				for i := range d.Rules {
					if r := &d.Rules[i]; r.Kind == dictionary.FileCheck && r.Check == "database_structure" {
						structure = "," + r.Code + ","
					}
				}
				i := slices.IndexFunc(got, func(l string) bool { return strings.Contains(l, structure) })
				if i < 0 {
					t.Errorf("database: columns %v have another type, and no finding on it", odd)
					continue
				}
				if rest := slices.Delete(got, i, i+1); !slices.Equal(rest, want) {
					t.Errorf("database: alone here %v, missing %v", minus(rest, want), minus(want, rest))
				}
			}
		})
	}
}
