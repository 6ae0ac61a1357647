package tap

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/internal/sample"
	"mhsds/validate/report/share"
	"mhsds/validate/report/suites"
)

func write(t *testing.T, opt suites.Options, n int) string {
	t.Helper()
	var out bytes.Buffer
	open := func(w io.Writer, d *dictionary.Dictionary) sample.Sink { return New(w, d, opt) }
	if err := sample.Play(open, &out, n, true, true); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestReport(t *testing.T) {
	text := write(t, suites.Options{MaxShown: 2, Values: true}, 60)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != "TAP version 14" || lines[1] != "1..7" {
		t.Fatalf("begins with %q", lines[:2])
	}
	var tests []string
	yaml := false
	for _, line := range lines[2:] {
		switch {
		case line == "  ---":
			yaml = true
		case line == "  ...":
			yaml = false
		case yaml:
			key, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
			if !ok || key == "" || !json.Valid([]byte(value)) {
				t.Errorf("diagnostic %q", line)
			}
		case strings.HasPrefix(line, "#"):
		default:
			tests = append(tests, line)
			var n int
			if _, err := fmt.Sscanf(strings.TrimPrefix(line, "not "), "ok %d - ", &n); err != nil || n != len(tests) {
				t.Errorf("%q is not test %d", line, len(tests))
			}
		}
	}
	want := []string{
		"ok 1 - submission: read to its end",
		"not ok 2 - T01Patient: T0101 [T01020]Born",
		"ok 3 - T01Patient: T0102 [T01010]PatientID",
		"not ok 4 - T02Visit: T0201 [T02020]PatientID",
		"not ok 5 - T02Visit: T0202 [T02010]VisitID",
		"ok 6 - T03Ward: T0301 [T03010]WardCode # SKIP not checked: needs a list of wards: --reference | wards=FILE",
		"ok 7 - pre-submission: OWN01",
	}
	if got := strings.Join(tests, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("tests:\n%s", got)
	}
	if !strings.Contains(text, `  places: ["row 1: [T01010]PatientID blank`) || !strings.Contains(text, `"and 22 more"]`) {
		t.Errorf("places:\n%s", text)
	}
}

func TestShared(t *testing.T) {
	text := write(t, suites.Options{Counts: share.Counts{Suppress: true}, MaxShown: 2, Values: true}, 60)
	if strings.Contains(text, "row 1") || strings.Contains(text, sample.Secret) || !strings.Contains(text, "fewer than 5 findings") {
		t.Errorf("not for sharing:\n%s", text)
	}
}

// What belongs elsewhere is told before the tests, apart from the verdict; a
// rule that is switched off is skipped with what it would have found.
func TestScope(t *testing.T) {
	d := sample.Book()
	var out bytes.Buffer
	if err := New(&out, d, suites.Options{}).Close(sample.Scoped(d, sample.Summary(d, 60, false))); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\n# Scope: 1,203 referrals, 4,040 contacts and 1,102 patients belong in another data set, or seem to; ",
		"\n# Scope, out of scope: 3 referrals, 40 contacts and 2 patients. The record holds a code ",
		"\n# Switched: Switched by the configuration: OWN01 off, 7 findings left out; until 2099-01-01: our extract | pads::x.\n",
		"\n# Configuration: mhsds|.toml, found in the current folder\n",
		"\nok 7 - pre-submission: OWN01 # SKIP switched by the configuration: off, 7 findings left out; until 2099-01-01: our extract | pads::x\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
}

// A rule with another grade is the same case, and fails by that grade.
func TestGraded(t *testing.T) {
	d := sample.Book()
	graded := d.Rules[5]
	graded.Grade = "information"
	opt := suites.Options{MaxShown: 1}
	opt.Fails = func(r *dictionary.Rule) bool { return r.Grade == "form" }
	var out bytes.Buffer
	r := New(&out, d, opt)
	if err := r.Report(&finding.Finding{Rule: &graded, Table: &d.Tables[0], Row: 4}); err != nil {
		t.Fatal(err)
	}
	s := sample.Summary(d, 0, false)
	s.Rules = append(s.Rules, finding.RuleCount{Rule: &graded, Count: 1})
	if err := r.Close(s); err != nil {
		t.Fatal(err)
	}
	if want := "\nok 7 - pre-submission: OWN01\n  ---\n  severity: \"warning (information)\"\n  message: \"1 finding. "; !strings.Contains(out.String(), want) {
		t.Errorf("lacks %q:\n%s", want, out.String())
	}
}

func TestMillion(t *testing.T) {
	if testing.Short() {
		t.Skip("a million findings")
	}
	open := func(w io.Writer, d *dictionary.Dictionary) sample.Sink {
		return New(w, d, suites.Options{Values: true, MaxShown: 100})
	}
	sample.Million(t, open, 64<<20)
}
