package excel

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/internal/sample"
	"mhsds/validate/report/share"
)

// write makes a workbook of n findings; last is the last row of a sheet, 0 for
// Excel's own.
func write(t testing.TB, opt Options, n, last int, old bool) []byte {
	t.Helper()
	opt.TempDir = t.TempDir()
	var out bytes.Buffer
	open := func(w io.Writer, d *dictionary.Dictionary) sample.Sink {
		r, err := New(w, d, opt)
		if err != nil {
			t.Fatal(err)
		}
		if last > 0 {
			r.lastRow = last
		}
		return r
	}
	if err := sample.Play(open, &out, n, true, old); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(opt.TempDir); err != nil || len(left) > 0 {
		t.Errorf("%d temporary files are left (%v)", len(left), err)
	}
	return out.Bytes()
}

func reopen(t testing.TB, data []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("does not reopen: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestReport(t *testing.T) {
	f := reopen(t, write(t, Options{Values: true, Compared: true}, 60, 0, true))
	if got := strings.Join(f.GetSheetList(), ", "); got != "Summary, Root causes, By rule, Findings, Not checked, Provenance" {
		t.Errorf("sheets: %s", got)
	}
	for sheet, want := range map[string]string{
		"Summary": "", "Root causes": "A3:J6", "By rule": "A3:O9", "Findings": "A3:O63", "Not checked": "A3:E4", "Provenance": "A3:D12",
	} {
		tables, err := f.GetTables(sheet)
		if err != nil || len(tables) != 1 {
			t.Errorf("%s: %d tables (%v)", sheet, len(tables), err)
			continue
		}
		if want != "" && tables[0].Range != want {
			t.Errorf("%s: the table is %s, want %s", sheet, tables[0].Range, want)
		}
	}
	for _, tt := range []struct{ sheet, cell, want string }{
		{"Findings", "A1", "This report contains patient identifiers. Nothing was sent anywhere."},
		{"Findings", "A3", "Code"}, {"Findings", "A4", "T0101"}, {"Findings", "D4", "1"}, {"Findings", "G4", "2"},
		{"Findings", "J4", "new"}, {"Findings", "J5", "still there"}, {"Findings", "K5", "3"}, {"Findings", "I5", "absent row of T01Patient"},
		{"Findings", "M6", "+44SECRET"}, {"Findings", "L6", "[T01010]PatientID"},
		{"Root causes", "A4", "230"}, {"Root causes", "B5", "absent"}, {"Root causes", "I4", "still there"},
		{"By rule", "A4", "T0201"}, {"By rule", "G4", "20"}, {"By rule", "H4", "10"}, {"By rule", "A5", "T0101"}, {"By rule", "G5", "24"}, {"By rule", "J5", "9"}, {"By rule", "D7", "form"}, {"By rule", "A9", "T0301"}, {"By rule", "N9", "2"},
		{"Not checked", "A4", "T0301"}, {"Provenance", "B4", "mhsds 1.0"}, {"Summary", "B3", "accepted with rejections"},
	} {
		if got, err := f.GetCellValue(tt.sheet, tt.cell); err != nil || got != tt.want {
			t.Errorf("%s!%s: %q (%v), want %q", tt.sheet, tt.cell, got, err, tt.want)
		}
	}
}

// Whatever a value says, its cell is text or a date: never a formula.
func TestNoFormulas(t *testing.T) {
	data := write(t, Options{Values: true, Compared: true}, 400, 0, true)
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range z.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("<f>")) || bytes.Contains(text, []byte("<f ")) {
			t.Errorf("%s holds a formula", part.Name)
		}
	}
	f := reopen(t, data)
	quoted, dates := 0, 0
	rows, err := f.GetRows("Findings")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		for j, v := range row {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			if formula, err := f.GetCellFormula("Findings", cell); err != nil || formula != "" {
				t.Fatalf("%s is the formula %q (%v)", cell, formula, err)
			}
			style, err := f.GetCellStyle("Findings", cell)
			if err != nil {
				t.Fatal(err)
			}
			mark := f.Styles.CellXfs.Xf[style].QuotePrefix
			if v != "" && strings.ContainsRune("=+-@", rune(v[0])) {
				quoted++
				if mark == nil || !*mark {
					t.Errorf("%s, %q, has no mark", cell, v)
				}
			}
			if kind, err := f.GetCellType("Findings", cell); err == nil && kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString && v == "2001-02-03" {
				dates++
			}
		}
	}
	if quoted < 20 || dates == 0 {
		t.Errorf("%d cells that look like a formula, %d dates: the test proves nothing", quoted, dates)
	}
}

func TestDay(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want any
	}{
		{"2001-02-03", time.Date(2001, 2, 3, 0, 0, 0, 0, time.UTC)},
		{"1900-03-01", time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)},
		{"1900-02-28", "1900-02-28"}, {"1899-12-30", "1899-12-30"},
		{"2001-02-03T10:11:12", "2001-02-03T10:11:12"}, {"2001-02-30", "2001-02-30"}, {"3/2/2001", "3/2/2001"}, {"", ""},
	} {
		if got := day(tt.in); got != tt.want {
			t.Errorf("day(%q) = %v, want %v", tt.in, got, tt.want)
		}
	}
}

// A sheet that is full is continued on another, each with its own table.
func TestContinued(t *testing.T) {
	f := reopen(t, write(t, Options{}, 60, 23, false))
	total := 0
	for i, want := range []string{"A3:I23", "A3:I23", "A3:I23"} {
		name := "Findings"
		if i > 0 {
			name += fmt.Sprint(" ", i+1)
		}
		tables, err := f.GetTables(name)
		if err != nil || len(tables) != 1 || tables[0].Range != want {
			t.Errorf("%s: tables %v (%v), want %s", name, tables, err, want)
		}
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		total += len(rows) - headRow
	}
	if total != 60 {
		t.Errorf("%d findings on the sheets, want 60", total)
	}
}

func TestNothingFound(t *testing.T) {
	f := reopen(t, write(t, Options{}, 0, 0, false))
	if tables, err := f.GetTables("Findings"); err != nil || len(tables) != 1 || tables[0].Range != "A3:I4" {
		t.Errorf("tables %v (%v)", tables, err)
	}
}

func TestWithoutValues(t *testing.T) {
	for _, opt := range []Options{{}, {Values: true, Counts: share.Counts{Suppress: true}}} {
		f := reopen(t, write(t, opt, 60, 0, true))
		for _, sheet := range f.GetSheetList() {
			if opt.Counts.Suppress && strings.HasPrefix(sheet, "Findings") {
				t.Error("findings are listed in a workbook to pass on")
			}
			rows, err := f.GetRows(sheet)
			if err != nil {
				t.Fatal(err)
			}
			if text := fmt.Sprint(rows); strings.Contains(text, sample.Secret) || !strings.Contains(text, "no patient values") {
				t.Errorf("%s: a value stands in it, or nothing of what it contains", sheet)
			}
		}
	}
}

func TestSameBytes(t *testing.T) {
	a, b := write(t, Options{Values: true}, 300, 50, true), write(t, Options{Values: true}, 300, 50, true)
	if !bytes.Equal(a, b) {
		t.Error("the same findings give other bytes")
	}
}

func TestAbandon(t *testing.T) {
	dir := t.TempDir()
	d := sample.Book()
	r, err := New(io.Discard, d, Options{TempDir: dir, Values: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := sample.Findings(d, r, 60_000, true, false); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) == 0 {
		t.Errorf("no temporary file (%v): the test proves nothing", err)
	}
	r.Abandon()
	r.Abandon()
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("%d temporary files are left (%v)", len(files), err)
	}
}

// peak looks at the memory in use while f runs, and returns the most it saw.
func peak(f func()) uint64 {
	var most atomic.Uint64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapInuse))
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	f()
	close(stop)
	<-done
	return most.Load()
}

func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("half a million findings")
	}
	open := func(w io.Writer, d *dictionary.Dictionary) sample.Sink {
		r, err := New(w, d, Options{Values: true, TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	const limit = 256 << 20
	most := peak(func() {
		if err := sample.Play(open, io.Discard, 500_000, true, true); err != nil {
			t.Error(err)
		}
	})
	t.Logf("500,000 findings: %d MiB in use at most", most>>20)
	if most > limit {
		t.Errorf("%d MiB in use, want less than %d", most>>20, limit>>20)
	}
	before, after, err := sample.Heap(open, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("1,000,000 findings: %d MiB when all have come, %d when written", before>>20, after>>20)
	if max(before, after) > limit {
		t.Errorf("%d and %d MiB in use, want less than %d", before>>20, after>>20, limit>>20)
	}
}

// LibreOffice opens it and reads every finding.
func TestLibreOffice(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("no LibreOffice here")
	}
	dir := t.TempDir()
	book := filepath.Join(dir, "report.xlsx")
	if err := os.WriteFile(book, write(t, Options{Values: true}, 60, 0, true), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(office, "-env:UserInstallation=file://"+filepath.ToSlash(dir)+"/profile", "--headless",
		"--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,4", "--outdir", dir, book)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d sheets converted (%v)", len(files), err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("\nT0")) + bytes.Count(text, []byte("\nOWN")); n != 60 {
		t.Errorf("LibreOffice reads %d findings, want 60", n)
	}
}

func TestFailingWriter(t *testing.T) {
	d := sample.Book()
	r, err := New(failing{}, d, Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Report(&finding.Finding{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 1}); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(sample.Summary(d, 1, false)); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("error %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, fmt.Errorf("disk full") }

// What belongs elsewhere has a sheet with the evidence and a line of the
// summary; what was switched has one too. Without either there is no such sheet.
func TestScope(t *testing.T) {
	d := sample.Book()
	var out bytes.Buffer
	r, err := New(&out, d, Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(sample.Scoped(d, sample.Summary(d, 60, false))); err != nil {
		t.Fatal(err)
	}
	f := reopen(t, out.Bytes())
	if got := strings.Join(f.GetSheetList(), ", "); got != "Summary, Root causes, By rule, Findings, Scope, Switched, Not checked, Provenance" {
		t.Errorf("sheets: %s", got)
	}
	for _, tt := range []struct{ sheet, cell, want string }{
		{"Scope", "A4", "out of scope"}, {"Scope", "B4", "3"}, {"Scope", "C5", "4000"}, {"Scope", "A6", "In all"}, {"Scope", "D6", "1102"},
		{"Scope", "A8", "Declared: teams, entry 2, names rows:"}, {"Scope", "B8", "0"},
		{"Switched", "A4", "OWN01"}, {"Switched", "B4", "off"}, {"Switched", "C4", "7"}, {"Switched", "D4", "2099-01-01"}, {"Switched", "E4", "our extract | pads::x"},
		{"Summary", "A9", "Scope"}, {"Summary", "A10", "Switched"}, {"Provenance", "B9", "mhsds|.toml, found in the current folder"},
	} {
		if got, err := f.GetCellValue(tt.sheet, tt.cell); err != nil || got != tt.want {
			t.Errorf("%s!%s: %q (%v), want %q", tt.sheet, tt.cell, got, err, tt.want)
		}
	}
	for sheet, want := range map[string]string{"Scope": "A3:F5", "Switched": "A3:F4"} {
		if tables, err := f.GetTables(sheet); err != nil || len(tables) != 1 || tables[0].Range != want {
			t.Errorf("%s: tables %+v (%v), want %s", sheet, tables, err, want)
		}
	}
}
