package synthetic_test

import (
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"mhsds/dictionary"
	"mhsds/dictionary/synthetic"
	"mhsds/validate"
)

// plenty overrides the means of rare tables, so that what is rare in them is
// seen in a submission of modest size.
func plenty(d *dictionary.Dictionary) map[string]float64 {
	means := map[string]float64{"MHS301": 0.2, "MHS302": 0.3, "MHS901": 0.2, "MHS902": 0.2, "MHS903": 0.2}
	for _, r := range d.Rules {
		if r.Kind == dictionary.ParentExists && r.Severity > dictionary.Warning {
			means[r.Table] = 1.3
		}
	}
	return means
}

// optional reports whether no rule, not even a warning, minds a blank.
func optional(d *dictionary.Dictionary, table, field string) bool {
	return !slices.ContainsFunc(d.Rules, func(r dictionary.Rule) bool {
		return r.Table == table && r.Field == field && r.Status != dictionary.PipelineOnly &&
			(r.Kind == dictionary.NotBlank || r.Kind == dictionary.Decimal)
	})
}

// TestEverythingIsUsed: every field is filled in some rows and, where it may
// be, blank in others; every code in force is used, but for those that other
// rules rule out.
func TestEverythingIsUsed(t *testing.T) {
	d := open(t).d
	m := generate(t, synthetic.Config{Patients: 4000, Period: "2026-09", Seed: 11, Means: plenty(d)})
	if got, _ := judge(t, m, validate.Options{}); len(got) > 0 {
		t.Fatalf("%d findings, such as %v", len(got), got[:min(len(got), 5)])
	}
	ruledOut := map[string]string{
		"MHS201.AdminCatCode=02":    "private care alone is a finding of ours",
		"MHS001.NHSNumberStatus=07": "says that the NHS number is missing, which is a warning",
	}
	header, _ := d.Role("header")
	for i := range d.Tables {
		table := &d.Tables[i]
		rows := m.rows[table.ID]
		if len(rows) == 0 || table == header {
			continue
		}
		for c := range table.Fields {
			name := table.Fields[c].Name
			seen := map[string]bool{}
			for _, row := range rows {
				seen[row[c]] = true
			}
			switch blank := seen[""]; {
			case blank && len(seen) == 1:
				t.Errorf("%s.%s: is never filled", table.ID, name)
			case !blank && optional(d, table.ID, name) && !always(d, table.ID, name):
				t.Errorf("%s.%s: is optional and never blank", table.ID, name)
			case blank && !optional(d, table.ID, name):
				t.Errorf("%s.%s: is sometimes blank", table.ID, name)
			}
			for _, r := range d.Rules {
				if r.Kind != dictionary.InSet || r.Table != table.ID || r.Field != name || r.List == "" {
					continue
				}
				for _, code := range d.List(r.List).Codes {
					if _, out := ruledOut[table.ID+"."+name+"="+code.Code]; !seen[code.Code] && !out {
						t.Errorf("%s.%s: code %s is never used (%d rows)", table.ID, name, code.Code, len(rows))
					}
				}
			}
		}
	}
}

// always reports whether an optional field is filled all the same: a date in a
// chain of registrations, or a field whose blank breaks a condition whatever
// else the row holds.
func always(d *dictionary.Dictionary, table, field string) bool {
	if table == "MHS518" && field == "AttribToIndic" {
		return true // MHS51825 wants it without a local authority, MHS51824 with one
	}
	for _, r := range d.Rules {
		if r.Table == table && r.Kind == dictionary.GPSuccessor && len(r.Fields) == 4 && r.Fields[1].Field == field {
			return true
		}
	}
	return false
}

// TestEmptyCells: of the cells of optional fields, and of all cells, 35 to 55 in
// a hundred are empty.
func TestEmptyCells(t *testing.T) {
	d := open(t).d
	m := generate(t, synthetic.Config{Patients: 2000, Period: "2026-09", Seed: 3})
	type cells struct{ empty, all int }
	var open, every cells
	for i := range d.Tables {
		table := &d.Tables[i]
		for c := range table.Fields {
			of := cells{all: len(m.rows[table.ID])}
			for _, row := range m.rows[table.ID] {
				if row[c] == "" {
					of.empty++
				}
			}
			every = cells{every.empty + of.empty, every.all + of.all}
			if optional(d, table.ID, table.Fields[c].Name) {
				open = cells{open.empty + of.empty, open.all + of.all}
			}
		}
	}
	for name, c := range map[string]cells{"optional": open, "all": every} {
		if share := 100 * float64(c.empty) / float64(c.all); share < 35 || share > 55 {
			t.Errorf("%.1f %% of %d cells are empty (%s), want 35 to 55", share, c.all, name)
		} else {
			t.Logf("%.1f %% of %d cells are empty (%s)", share, c.all, name)
		}
	}
}

// TestNoNames: nothing is a name or a sentence. Spaces stand in postcodes
// alone, whose areas do not exist, and no word has more than a table's prefix
// in letters, but for codes of lists, units and the maker of the file.
func TestNoNames(t *testing.T) {
	d := open(t).d
	m := generate(t, synthetic.Config{Patients: 1500, Period: "2026-09", Seed: 12, Means: plenty(d)})
	postcode := regexp.MustCompile(`^(XQ|QV|XY|ZQ|QB)[0-9A-Z]{1,3} [0-9][A-Z]{2}$`)
	word := regexp.MustCompile(`\pL{5,}`)
	allowed := map[string]bool{"SYNTHETIC": true}
	for _, l := range d.Lists {
		for _, c := range l.Codes {
			allowed[c.Code] = true
		}
	}
	seen := 0
	for _, table := range m.tables {
		for n, row := range m.rows[table.ID] {
			for c, v := range row {
				switch {
				case v == "" || allowed[v]:
				case postcode.MatchString(v):
					seen++
				case strings.ContainsAny(v, " \t\n") || word.MatchString(v):
					t.Errorf("%s.%s, row %d: %q", table.ID, table.Fields[c].Name, n+1, v)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no postcode: the test proves nothing")
	}
}

// TestShapes: numbers of rows have the means of the sheet and long right tails.
func TestShapes(t *testing.T) {
	d := open(t).d
	m := generate(t, synthetic.Config{Patients: 20000, Period: "2026-09", Seed: 5, Tables: []string{"MHS001", "MHS101", "MHS201", "MHS401", "MHS501", "MHS502"}})
	for _, tt := range []struct {
		table, parent, key string
		mean               float64 // give or take a tenth
		most               int     // at least, under one parent
	}{
		{"MHS101", "MHS001", "LocalPatientID", 1.6, 12},
		{"MHS201", "MHS101", "ServiceRequestID", 2.2, 60},
		{"MHS401", "MHS001", "LocalPatientID", 0.06, 3},
		{"MHS501", "MHS101", "ServiceRequestID", 0.05, 2},
		{"MHS502", "MHS501", "HospProvSpellID", 1.4, 4},
	} {
		under := map[string]int{}
		c := d.Table(tt.table).Index(tt.key)
		for _, row := range m.rows[tt.table] {
			under[row[c]]++
		}
		mean := float64(len(m.rows[tt.table])) / float64(len(m.rows[tt.parent]))
		if mean < 0.9*tt.mean || mean > 1.1*tt.mean {
			t.Errorf("%s: %.3f rows under a row of %s, want about %.2f", tt.table, mean, tt.parent, tt.mean)
		}
		if most := slices.Max(slices.Collect(maps.Values(under))); most < tt.most {
			t.Errorf("%s: at most %d rows under one row of %s, want a tail to %d", tt.table, most, tt.parent, tt.most)
		}
	}
	if len(m.tables) != 6 {
		t.Errorf("%d tables written, want the six asked for", len(m.tables))
	}
}

// TestIdentifiers: NHS numbers are unique, of the test range, with the check
// digit that the rule wants; some local identifiers carry accents; none is
// longer than the layout allows.
func TestIdentifiers(t *testing.T) {
	d := open(t).d
	m := generate(t, synthetic.Config{Patients: 5000, Period: "2026-09", Seed: 2})
	patient, number := d.Role("nhs_number")
	_, id := d.Role("patient_id")
	seen := map[string]bool{}
	accents, welsh := 0, 0
	for _, row := range m.rows[patient.ID] {
		n := row[patient.Index(number.Name)]
		if seen[n] || !strings.HasPrefix(n, "999") || len(n) != 10 {
			t.Errorf("NHS number %q: not unique, or not of the test range", n)
		}
		seen[n] = true
		v := row[patient.Index(id.Name)]
		if len(v) != utf8.RuneCountInString(v) {
			accents++
		}
		if strings.ContainsAny(strings.ToLower(v), "ŵŷ") { // which Windows-1252 does not have
			welsh++
		}
	}
	if accents < 100 || accents > 1000 || welsh < 20 {
		t.Errorf("%d of 5000 local identifiers carry an accent, %d one of Welsh alone", accents, welsh)
	}
}

// TestNHSNumbersRunOut: beyond the test range patients have no number, and the
// status that says so.
func TestNHSNumbersRunOut(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a million patients")
	}
	d := open(t).d
	patient, number := d.Role("nhs_number")
	w := &watch{table: patient.ID, column: patient.Index(number.Name)}
	if _, err := open(t).g.Generate(t.Context(), synthetic.Config{Patients: 1_000_000, Period: "2026-09", Tables: []string{patient.ID}}, w); err != nil {
		t.Fatal(err)
	}
	if w.rows != 1_000_000 || w.filled < 900_000 || w.filled > 910_000 {
		t.Errorf("%d rows, %d with a number; want 1000000 and some 909000", w.rows, w.filled)
	}
	if len(w.blank) != 1 || w.blank["07"] == 0 {
		t.Errorf("status of the rest: %v, want 07 alone", w.blank)
	}
}

// A watch counts rows and looks at one column and the next.
type watch struct {
	table        string
	column       int
	rows, filled int
	blank        map[string]int
}

func (w *watch) Begin(*dictionary.Table) error { return nil }
func (w *watch) End() error                    { return nil }
func (w *watch) Row(values [][]byte) error {
	w.rows++
	if len(values[w.column]) > 0 {
		w.filled++
		return nil
	}
	if w.blank == nil {
		w.blank = map[string]int{}
	}
	w.blank[string(values[w.column+1])]++
	return nil
}

// TestSameBytes: the number of workers and the tables asked for change nothing;
// the seed does.
func TestSameBytes(t *testing.T) {
	write := func(cfg synthetic.Config) map[string]string {
		t.Helper()
		dir := t.TempDir()
		w := synthetic.Folder(dir)
		if _, err := open(t).g.Generate(t.Context(), cfg, w); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		files := map[string]string{}
		for i := range open(t).d.Tables {
			name := open(t).d.Tables[i].Name + ".csv"
			if data, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
				files[name] = string(data)
			}
		}
		return files
	}
	usual := synthetic.Config{Patients: 1500, Period: "2026-09", Seed: 9, Workers: 1}
	one := write(usual)
	for _, workers := range []int{2, 8} {
		cfg := usual
		cfg.Workers = workers
		if !maps.Equal(one, write(cfg)) {
			t.Errorf("%d workers give other bytes than one", workers)
		}
	}
	some := usual
	some.Tables = []string{"MHS502", "MHS202"}
	for name, data := range write(some) {
		if one[name] != data {
			t.Errorf("%s alone has other bytes than among all", name)
		}
	}
	other := usual
	other.Seed++
	if data := write(other)["MHS001MPI.csv"]; data == one["MHS001MPI.csv"] {
		t.Error("another seed gives the same patients")
	}
	var a, b bytes.Buffer
	for _, w := range []io.Writer{&a, &b} {
		z := synthetic.Zip(w)
		if _, err := open(t).g.Generate(t.Context(), usual, z); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two archives of one submission differ")
	}
}

// TestBadConfig: what cannot be is refused with its reason.
func TestBadConfig(t *testing.T) {
	for _, tt := range []struct {
		cfg  synthetic.Config
		want string
	}{
		{synthetic.Config{Period: "2026-09"}, "patients: 0"},
		{synthetic.Config{Patients: 1}, `period: ""`},
		{synthetic.Config{Patients: 1, Period: "2026-9"}, `period: "2026-9"`},
		{synthetic.Config{Patients: 1, Period: "2026-13"}, "not a month"},
		{synthetic.Config{Patients: 1, Period: "2026-09", Tables: []string{"X"}}, `no table "X"`},
		{synthetic.Config{Patients: 1, Period: "2026-09", Means: map[string]float64{"X": 1}}, `no table "X"`},
	} {
		if _, err := open(t).g.Prepare(tt.cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: error %v, want one with %q", tt.cfg, err, tt.want)
		}
	}
}

// TestBadSheets: a fault of the sheet is named with its row.
func TestBadSheets(t *testing.T) {
	const head = "table,field,parent,mean,tail,least,most,fill,values,never,refers,back,why\n"
	for _, tt := range []struct{ name, sheet, want string }{
		{"table", head + "MHS999,,,,,,,,,,,,\n", `row 2: no table "MHS999"`},
		{"field", head + "MHS101,Nothing,,,,,,,,,,,\n", `no field "Nothing"`},
		{"twice", head + "MHS101,,,,,,,,,,,,\nMHS101,,,,,,,,,,,,\n", "row 3: MHS101. stands twice"},
		{"number", head + "MHS101,,,many,,,,,,,,,\n", `mean: "many" is not a number`},
		{"share", head + "MHS101,ServDischDate,,,,,,1.5,,,,,\n", `fill: "1.5"`},
		{"refers", head + "MHS101,ServDischDate,,,,,,,,,MHS001.X,,\n", `refers: no field "MHS001.X"`},
		{"column", "table,feild\n", `no column "field"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := synthetic.New(open(t).d, fstest.MapFS{"shapes.csv": {Data: []byte(tt.sheet)}})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
	g, err := synthetic.New(open(t).d, fstest.MapFS{})
	if err != nil {
		t.Fatalf("no sheet at all: %v", err)
	}
	m := new(memory)
	if _, err := g.Generate(t.Context(), synthetic.Config{Patients: 20, Period: "2026-09"}, m); err != nil {
		t.Fatal(err)
	}
	got, _ := judge(t, m, validate.Options{})
	got = slices.DeleteFunc(got, func(l string) bool { return strings.Contains(l, ":PRE") }) // what is only odd, shapes avoid
	if len(got) > 0 {
		t.Errorf("without shapes: %d findings, such as %v", len(got), got[:min(len(got), 5)])
	}
}

// discard takes rows and does nothing with them.
type discard struct{}

func (discard) Begin(*dictionary.Table) error { return nil }
func (discard) Row([][]byte) error            { return nil }
func (discard) End() error                    { return nil }

// BenchmarkGenerate makes whole submissions on one processor (-cpu 1). The
// figure to look at is rows/s.
func BenchmarkGenerate(b *testing.B) {
	for _, bb := range []struct {
		name string
		to   func(testing.TB) synthetic.Writer
	}{
		{"rows", func(testing.TB) synthetic.Writer { return discard{} }},
		{"folder", func(t testing.TB) synthetic.Writer { return synthetic.Folder(t.TempDir()) }},
		{"zip", func(testing.TB) synthetic.Writer { return synthetic.Zip(io.Discard) }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			g := open(b).g
			w := bb.to(b)
			rows := int64(0)
			b.ReportAllocs()
			for b.Loop() {
				counts, err := g.Generate(b.Context(), synthetic.Config{Patients: 5000, Period: "2026-09"}, w)
				if err != nil {
					b.Fatal(err)
				}
				for _, c := range counts.Tables {
					rows += c.Rows
				}
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
