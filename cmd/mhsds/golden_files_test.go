package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// TestGoldenFiles holds the reports that are no text on stdout against files as
// TestGolden does: all of one run, which reads the submission once.
//
//	html      without style, program, and the rules' pages, which are the handbook's
//	excel     every cell of every sheet as somebody who opens it reads it, and
//	          the range of every table
//	national  the files of the folder
func TestGoldenFiles(t *testing.T) {
	dir := t.TempDir()
	page, book, folder := filepath.Join(dir, "r.html"), filepath.Join(dir, "r.xlsx"), filepath.Join(dir, "national")
	faulty(t, "--format", "html="+page, "--format", "excel="+book, "--format", "national="+folder)
	for name, got := range map[string]string{
		"small-faulty.html":     pageText(t, page),
		"small-faulty.xlsx.txt": bookText(t, book),
		"small-faulty.national": folderText(t, folder),
	} {
		t.Run(name, func(t *testing.T) { holdGolden(t, name, got) })
	}
}

// faulty runs the program on the small faulty submission.
func faulty(t *testing.T, args ...string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &program{stdout: &stdout, stderr: &stderr}
	if got := p.main(append([]string{filepath.Join(moduleRoot, "testdata", "submissions", "small-faulty")}, args...)); got != statusFindings {
		t.Fatalf("exit status %d, want %d; stderr: %s", got, statusFindings, stderr.String())
	}
}

// TestLibreOffice opens the workbook of the small faulty submission with
// LibreOffice, where there is one, and reads from every sheet what excelize
// reads.
func TestLibreOffice(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("no LibreOffice here")
	}
	dir := t.TempDir()
	book := filepath.Join(dir, "r.xlsx")
	faulty(t, "--format", "excel="+book)
	cmd := exec.Command(office, "-env:UserInstallation=file://"+filepath.ToSlash(dir)+"/profile", "--headless",
		"--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", "--outdir", dir, book)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := excelize.OpenFile(book)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, sheet := range f.GetSheetList() {
		want, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(dir, "r-"+sheet+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(bytes.NewReader(data))
		r.FieldsPerRecord = -1
		got, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if want, got := cellText(want), cellText(got); want != got {
			t.Errorf("%s: LibreOffice reads otherwise (-excelize +LibreOffice):\n%s", sheet, cmp.Diff(want, got))
		}
	}
}

// cellText writes cells as lines, without those that are blank.
func cellText(rows [][]string) string {
	var b strings.Builder
	for _, row := range rows {
		if line := strings.TrimRight(strings.Join(row, "\t"), "\t"); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

func holdGolden(t *testing.T, name, got string) {
	t.Helper()
	golden := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the report differs from %s (-want +got); -update rewrites it:\n%s", golden, diff)
	}
}

// leftOut are the parts of the page that have tests of their own.
var leftOut = regexp.MustCompile(`(?s)<style>.*?</style>|<script>.*?</script>|sha256-[A-Za-z0-9+/=]+|<div class="body">.*?</details>`)

func pageText(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return leftOut.ReplaceAllString(string(data), "…")
}

func bookText(t *testing.T, path string) string {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b strings.Builder
	for _, sheet := range f.GetSheetList() {
		tables, err := f.GetTables(sheet)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "== %s", sheet)
		for _, table := range tables {
			fmt.Fprintf(&b, " [%s %s]", table.Name, table.Range)
		}
		b.WriteByte('\n')
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			b.WriteString(strings.TrimRight(strings.Join(row, "\t"), "\t") + "\n")
		}
	}
	return b.String()
}

func folderText(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "== %s\n%s", f.Name(), data)
	}
	return b.String()
}
