package junit

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/report/internal/sample"
	"mhsds/validate/report/share"
	"mhsds/validate/report/suites"
)

func write(t *testing.T, opt suites.Options, n int, values, old bool) string {
	t.Helper()
	var out bytes.Buffer
	open := func(w io.Writer, d *dictionary.Dictionary) sample.Sink { return New(w, d, opt) }
	if err := sample.Play(open, &out, n, values, old); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// There is no official schema. This is what the Jenkins plug-in's XSD, the
// strictest in use, allows of the elements that we write.
var allowed = map[string]struct{ attributes, children string }{
	"":           {"", "testsuites"},
	"testsuites": {"name time tests failures disabled errors", "testsuite"},
	"testsuite":  {"name errors failures skipped tests group time timestamp hostname id package file log url version", "properties testcase system-out system-err"},
	"properties": {"", "property"},
	"property":   {"name value", ""},
	"testcase":   {"name time classname group", "skipped error failure system-out system-err"},
	"skipped":    {"type message", ""},
	"error":      {"type message", ""},
	"failure":    {"type message", ""},
	"system-out": {"", ""},
}

// check holds a report against the schema, and its sums against its parts.
func check(t *testing.T, text string) (cases map[string]string) {
	t.Helper()
	cases = map[string]string{}
	dec := xml.NewDecoder(strings.NewReader(text))
	dec.Strict = true
	open := []string{""}
	type sums struct{ tests, failures, errors, skipped int }
	var suite, all sums
	var claims []sums
	last := ""
	attr := func(e xml.StartElement, name string) string {
		for _, a := range e.Attr {
			if a.Name.Local == name {
				return a.Value
			}
		}
		return ""
	}
	number := func(e xml.StartElement, name string) int {
		n, err := strconv.Atoi(attr(e, name))
		if err != nil {
			t.Errorf("<%s %s>: %v", e.Name.Local, name, err)
		}
		return n
	}
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("is no XML: %v", err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			name := e.Name.Local
			if !slices.Contains(strings.Fields(allowed[open[len(open)-1]].children), name) {
				t.Errorf("<%s> in <%s>", name, open[len(open)-1])
			}
			for _, a := range e.Attr {
				if !slices.Contains(strings.Fields(allowed[name].attributes), a.Name.Local) {
					t.Errorf("<%s> has an attribute %s", name, a.Name.Local)
				}
			}
			switch name {
			case "testsuites":
				all = sums{tests: number(e, "tests"), failures: number(e, "failures"), errors: number(e, "errors")}
			case "testsuite":
				suite = sums{}
				claims = append(claims, sums{number(e, "tests"), number(e, "failures"), number(e, "errors"), number(e, "skipped")})
			case "testcase":
				suite.tests++
				last = attr(e, "classname") + "/" + attr(e, "name")
				if _, twice := cases[last]; twice {
					t.Errorf("case %s stands twice", last)
				}
				cases[last] = "passed"
			case "failure", "error", "skipped":
				cases[last] = name + ": " + attr(e, "message")
				switch name {
				case "failure":
					suite.failures++
				case "error":
					suite.errors++
				case "skipped":
					suite.skipped++
				}
			}
			open = append(open, name)
		case xml.EndElement:
			open = open[:len(open)-1]
			if e.Name.Local == "testsuite" {
				if claims[len(claims)-1] != suite {
					t.Errorf("a suite claims %+v and has %+v", claims[len(claims)-1], suite)
				}
				all.tests -= suite.tests
				all.failures -= suite.failures
				all.errors -= suite.errors
			}
		}
	}
	if all != (sums{}) {
		t.Errorf("the suites do not add up to what is claimed of all: %+v are missing", all)
	}
	return cases
}

func TestReport(t *testing.T) {
	d := sample.Book()
	for _, tt := range []struct {
		name string
		opt  suites.Options
		n    int
		want map[string]string
	}{
		{"findings", suites.Options{}, 60, map[string]string{
			"submission/read to its end":         "passed",
			"T01Patient/T0101 [T01020]Born":      "failure: 24 findings. " + d.Message(&d.Rules[0]),
			"T01Patient/T0102 [T01010]PatientID": "passed", // it warns
			"T02Visit/T0201 [T02020]PatientID":   "failure: 20 findings. " + d.Message(&d.Rules[2]),
			"T02Visit/T0202 [T02010]VisitID":     "failure: 4 findings. " + d.Message(&d.Rules[3]),
			"T03Ward/T0301 [T03010]WardCode":     "skipped: not checked: needs a list of wards: --reference | wards=FILE",
			"pre-submission/OWN01":               "passed",
		}},
		{"nothing found", suites.Options{}, 0, map[string]string{
			"submission/read to its end":         "passed",
			"T01Patient/T0101 [T01020]Born":      "passed",
			"T01Patient/T0102 [T01010]PatientID": "passed",
			"T02Visit/T0201 [T02020]PatientID":   "passed",
			"T02Visit/T0202 [T02010]VisitID":     "passed",
			"T03Ward/T0301 [T03010]WardCode":     "skipped: not checked: needs a list of wards: --reference | wards=FILE",
			"pre-submission/OWN01":               "passed",
		}},
		{"warnings fail, one rule is off", suites.Options{
			Fails:  func(r *dictionary.Rule) bool { return r.Severity == dictionary.Warning },
			Judged: func(r *dictionary.Rule) bool { return r.Code != "T0201" },
		}, 60, map[string]string{
			"submission/read to its end":         "passed",
			"T01Patient/T0101 [T01020]Born":      "passed",
			"T01Patient/T0102 [T01010]PatientID": "failure: 6 findings. " + d.Message(&d.Rules[1]),
			"T02Visit/T0202 [T02010]VisitID":     "passed",
			"T03Ward/T0301 [T03010]WardCode":     "skipped: not checked: needs a list of wards: --reference | wards=FILE",
			"pre-submission/OWN01":               "failure: 6 findings. " + d.Message(&d.Rules[5]),
		}},
		{"suppressed counts", suites.Options{Counts: share.Counts{Suppress: true}}, 60, map[string]string{
			"submission/read to its end":         "passed",
			"T01Patient/T0101 [T01020]Born":      "failure: 25 findings. " + d.Message(&d.Rules[0]),
			"T01Patient/T0102 [T01010]PatientID": "passed",
			"T02Visit/T0201 [T02020]PatientID":   "failure: 20 findings. " + d.Message(&d.Rules[2]),
			"T02Visit/T0202 [T02010]VisitID":     "failure: fewer than 5 findings. " + d.Message(&d.Rules[3]),
			"T03Ward/T0301 [T03010]WardCode":     "skipped: not checked: needs a list of wards: --reference | wards=FILE",
			"pre-submission/OWN01":               "passed",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.opt.MaxShown = 3
			text := write(t, tt.opt, tt.n, true, false)
			got := check(t, text)
			for name, want := range tt.want {
				if got[name] != want {
					t.Errorf("%s: %q, want %q", name, got[name], want)
				}
				delete(got, name)
			}
			for name, how := range got {
				t.Errorf("%s is one too many: %s", name, how)
			}
			if strings.Contains(text, sample.Secret) {
				t.Error("values stand in it")
			}
			if tt.opt.Counts.Suppress && strings.Contains(text, "row 1") {
				t.Error("rows are named")
			}
		})
	}
}

func TestPlaces(t *testing.T) {
	text := write(t, suites.Options{MaxShown: 2, Values: true}, 60, true, true)
	check(t, text)
	for _, want := range []string{
		`>row 1: [T01010]PatientID blank`, "row 3: ", "\nand 22 more</failure>", `&#34;+44SECRET&#34;`,
		"<system-out>warning: 6 findings.", "This report contains patient identifiers.", "T01Patient, Bo|rn: 3 values",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q", want)
		}
	}
}

// What was not read has not passed.
func TestIncomplete(t *testing.T) {
	d := sample.Book()
	var out bytes.Buffer
	r := New(&out, d, suites.Options{})
	s := sample.Summary(d, 0, false)
	s.Incomplete = []string{"T02Visit.csv: damaged"}
	if err := r.Close(s); err != nil {
		t.Fatal(err)
	}
	for name, how := range check(t, out.String()) {
		if how == "passed" || name == "submission/read to its end" && how != "error: incomplete" {
			t.Errorf("%s: %s", name, how)
		}
	}
}

func TestAbsentTable(t *testing.T) {
	d := sample.Book()
	var out bytes.Buffer
	r := New(&out, d, suites.Options{})
	s := sample.Summary(d, 0, false)
	s.NotChecked = nil
	if err := r.Close(s); err != nil {
		t.Fatal(err)
	}
	if got := check(t, out.String())["T03Ward/T0301 [T03010]WardCode"]; got != "skipped: the submission has no such table" {
		t.Error(got)
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

// What belongs elsewhere is among the facts of the first suite; a rule that is
// switched off is skipped with what it would have found.
func TestScope(t *testing.T) {
	d := sample.Book()
	var out bytes.Buffer
	if err := New(&out, d, suites.Options{}).Close(sample.Scoped(d, sample.Summary(d, 60, false))); err != nil {
		t.Fatal(err)
	}
	if got := check(t, out.String())["pre-submission/OWN01"]; got != "skipped: switched by the configuration: off, 7 findings left out; until 2099-01-01: our extract | pads::x" {
		t.Errorf("the rule that is off: %s", got)
	}
	for _, want := range []string{
		`<property name="scope" value="1,203 referrals, 4,040 contacts and 1,102 patients belong in another data set`,
		`<property name="scope, likely" value="1,200 referrals, 4,000 contacts and 1,100 patients. Who delivers`,
		`<property name="switched" value="Switched by the configuration: OWN01 off, 7 findings left out;`,
		`<property name="configuration" value="mhsds|.toml, found in the current folder"/>`,
		"\nScope: 1,203 referrals, ",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
}
