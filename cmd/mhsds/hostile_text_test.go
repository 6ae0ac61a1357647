package main

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"mhsds/validate/report/wording"
)

// nasty has what a terminal obeys, what turns the direction of text, what
// nobody sees, and bytes that are no text: an escape sequence, BEL, BS, DEL, a
// C1 control, right-to-left marks, a zero width space, a soft hyphen, a tag, a
// line separator, NBSP.
const nasty = "\x1b[2J\x07\x08\x7f\u009b31m\u202e\u2066\u200b\u00ad\U000e0041\u2028\u00a0"

// silent is what of it may stand in a name of a file.
const silent = "\u202e\u2066\u200b\u00ad\U000e0041\u2028\u00a0"

// unsafe returns where text has a character that no report may hold as it is,
// with what is around it, "" if there is none.
func unsafe(text string) string {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) && r != '\n' {
			return fmt.Sprintf("%q in %q", text[i:i+n], text[max(0, i-40):min(len(text), i+40)])
		}
		i += n
	}
	return ""
}

// TestHostileText has all that in values, in names of folders, files and
// columns, in the header, in the configuration and in every argument. None of
// it reaches a terminal or a report that is text: it is written as an escape.
func TestHostileText(t *testing.T) {
	ok := valid(t)
	header, patients := ok.header(), ok.patients()
	s := ok.change(t, header, 1, 1, "RXX"+nasty).change(t, header, 1, 2, "R\r\nXX").
		change(t, patients, 1, 0, nasty).change(t, patients, 2, 12, "=1+1"+nasty).change(t, patients, 3, 0, "\xff\xfe"+nasty).
		change(t, patients, 0, 3, "NHS"+silent+"Number")
	s["x"+silent+".csv"] = "a\n1\n"
	t.Chdir(t.TempDir())
	dir, config := "s"+silent, "c"+silent+".toml"
	s.folder(t, dir)
	write(t, config, []byte("[[rule]]\ncode = 'PRE0102'\noff = true\nreason = \"because\\u001b[31m\\u202e\\u200b\"\nexpires = '2099-01-31'\n"))
	check := func(what, text string) {
		t.Helper()
		if at := unsafe(text); at != "" {
			t.Errorf("%s: %s", what, at)
		}
	}

	args := []string{dir, "--show-values", "--config", config, "-v", "--max-shown", "100"}
	for _, k := range reportKinds() {
		if !k.folder && !k.file {
			args = append(args, "--format", k.name+"=out."+k.name)
		}
	}
	if status, stdout, stderr := run(args...); status != statusFindings || stdout != "" {
		t.Fatalf("status %d, stdout %q, stderr %s", status, stdout, stderr)
	} else {
		check("stderr", stderr)
	}
	for _, k := range reportKinds() {
		if !k.folder && !k.file {
			b, err := os.ReadFile("out." + k.name)
			if err != nil {
				t.Fatal(err)
			}
			check(k.name, string(b))
		}
	}
	b, err := os.ReadFile("out.text")
	if err != nil {
		t.Fatal(err)
	}
	const seen = `\u202e\u2066\u200b\u00ad\U000e0041\u2028\u00a0`
	for _, says := range []string{
		`MHSDS v6.0 submission s` + seen + ` Provider RXX\x1b[2J\a\b\x7f\u009b31m` + seen + `, period`,
		`x` + seen + `.csv: is no table of the data set and was not read`,
		`MHS001MPI.csv: column "NHS` + seen + `Number" is not a field of MHS001MPI and was not read`,
		`PRE0102: off, 0 findings left out; until 2099-01-31: because\x1b[31m\u202e\u200b`,
		`[M001901]LocalPatientID "\x1b[2J\a\b\x7f\u009b31m` + seen + `"`,
		`[M000090]OrgIDSubmit "R\nXX"`,
	} {
		if !strings.Contains(unwrapped(string(b)), says) {
			t.Errorf("the report does not say %s", says)
		}
	}

	for _, args := range [][]string{
		{"tables", dir, "--columns"},
		{"export", dir, "--all", "--out", "e" + silent},
		{"why", "MHS00103", "--table", "MHS001MPI", "--row", "1", dir, "--show-values"},
		{"why", nasty, "--table", nasty, "--row", nasty, dir},
		{"why", "MHS00103", "--table", nasty, "--row", "1", dir},
		{"diff", "out.jsonl", "out.jsonl"},
		{"diff", "out.json", config},
		{"reconcile", dir, "out.jsonl"},
		{"config", "show", "--config", config},
		{"explain", nasty},
		{"rules", "--table", nasty},
		{"compile", dir, "--out", "c"},
		{"dictionary", "export", nasty},
		{"reference", "check", dir},
		{nasty},
		{"no\nmhsds: all is well"},
		{"validate", "no\nmhsds: all is well"},
		{"validate", "no" + nasty},
		{dir, "--" + nasty},
		{dir, "--format", nasty},
		{dir, "--format", "json=no" + silent + "/x"},
		{dir, "--fail-on", nasty},
		{dir, "--period", nasty},
		{dir, "--provider", nasty},
		{dir, "--submitter", nasty},
		{dir, "--uploaded", nasty},
		{dir, "--config", "no" + nasty},
		{dir, "--config", dir},
		{dir, "--previous", config},
		{dir, "--reference", "organisations=" + config},
		{dir, "--reference", nasty},
		{dir, "--talking-therapies", config},
		{dir, "--fingerprint-key", config},
		{dir, "--date-layout", nasty},
		{dir, "--assume-fixed", nasty},
		{dir, "--schemas", dir},
		{dir, "--dataset-version", nasty},
		{dir, "--delimiter", nasty},
	} {
		status, stdout, stderr := run(args...)
		what := fmt.Sprintf("%q", args)
		check(what, stdout+stderr)
		if status == statusFault {
			t.Errorf("%s: status %d: %s", what, status, stderr)
		}
		if strings.Contains(stdout+stderr, "\nmhsds: all is well") {
			t.Errorf("%s: a line is forged: %s", what, stderr)
		}
	}
}

// TestHostileFormulas has values, names of columns and names of files that a
// spreadsheet would take for formulas. What is made for a spreadsheet has none.
// What is made to be read again is exact, byte for byte, and help says so.
func TestHostileFormulas(t *testing.T) {
	ok := valid(t)
	patients := ok.patients()
	signs := []string{"=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", `=HYPERLINK("http://x","y")`, `=cmd|' /C calc'!A0`, "%0A-3+3+cmd|' /C calc'!D2"}
	s := ok
	for i, v := range signs {
		s = s.change(t, patients, i+1, 0, v)
	}
	s = s.change(t, patients, 0, 14, "=1+1")
	s["=1+1.csv"] = "=1+1\n1\n"
	t.Chdir(t.TempDir())
	s.folder(t, "s")
	status, _, stderr := run("s", "--show-values", "--max-shown", "100", "--format", "excel=r.xlsx", "--format", "national=n")
	if status != statusFindings {
		t.Fatalf("status %d, stderr %s", status, stderr)
	}

	data, err := os.ReadFile("r.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	sheets := ""
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "xl/worksheets/sheet") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		sheets += string(b)
	}
	if strings.Contains(sheets, "<f>") || strings.Contains(sheets, "<f ") || strings.Contains(sheets, `t="str"`) {
		t.Error("the workbook has a formula")
	}
	for _, v := range signs {
		if seen := html.EscapeString(wording.Clean(v)); !strings.Contains(html.UnescapeString(sheets), wording.Clean(v)) {
			t.Errorf("the workbook does not show %s", seen)
		}
	}

	national := ""
	for _, name := range []string{"validations.csv", "data_quality.csv"} {
		b, err := os.ReadFile(filepath.Join("n", name))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			national += "\n" + strings.Join(row, "\n") + "\n"
		}
	}
	if status, _, stderr := run("export", "s", "--all", "--out", "e"); status != statusClean {
		t.Fatalf("status %d, stderr %s", status, stderr)
	}
	exported, err := os.ReadFile(filepath.Join("e", patients))
	if err != nil {
		t.Fatal(err)
	}
	again := submission{patients: string(exported)}.records(t, patients)
	for i, row := range s.records(t, patients) {
		for k, v := range row {
			if again[i][k] != v {
				t.Errorf("row %d, column %d: %q is exported as %q", i, k, v, again[i][k])
			}
		}
	}
	for _, v := range signs {
		if want := strings.ReplaceAll(v, "\r", "\n"); !strings.Contains(strings.ReplaceAll(national, "\r", "\n"), "\n"+want+"\n") {
			t.Errorf("the national report does not have %q", v)
		}
	}
	for _, command := range []string{"export", "validate"} {
		_, help, _ := run(command, "--help")
		if !strings.Contains(help, formulas) {
			t.Errorf("help of %s does not say what a formula in CSV is", command)
		}
	}
}
