package handbook

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"mhsds/dictionary"
	"mhsds/dictionary/cases"
	"mhsds/dictionary/sheets"

	"github.com/google/go-cmp/cmp"
)

func load(t testing.TB) *dictionary.Dictionary {
	t.Helper()
	d, err := sheets.Read(os.DirFS("../v6.0"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestPages writes the page of every rule: all must say what is checked, why,
// what trips it and how to repair it, in whole sentences, within the terminal.
func TestPages(t *testing.T) {
	d := load(t)
	casesOf := cases.Of(d)
	for i := range d.Rules {
		r := &d.Rules[i]
		p := newPage(d, r, Options{}, casesOf(r))
		needs := map[string][]string{"cost": p.Cost, "purpose": p.Purpose, "sources": p.Sources}
		if r.Kind != dictionary.Container {
			needs["condition"] = p.Checked
		}
		if r.Kind != dictionary.MessageOnly && r.Unchecked == "" {
			needs["causes"], needs["repairs"] = p.Causes, p.Repairs
		}
		for part, lines := range needs {
			if len(lines) == 0 {
				t.Errorf("%s: the page says nothing of %s", r.Code, part)
			}
		}
		for _, lines := range [][]string{p.Cost, p.Checked, p.Purpose, p.Causes, p.Repairs} {
			for _, l := range lines {
				if l == "" || strings.Contains(l, "  ") || strings.Contains(l, "..") || strings.Contains(l, " .") || strings.Contains(l, " ,") {
					t.Errorf("%s: line %q", r.Code, l)
				}
			}
		}
		if (p.Bad == nil || p.Good == nil) && p.NoCase == "" {
			t.Errorf("%s: an example is missing, and no reason is given", r.Code)
		}
		if p.Message == "" || p.Status == "" || p.Status != Exact && p.Why == "" {
			t.Errorf("%s: message %q, status %q, why %q", r.Code, p.Message, p.Status, p.Why)
		}
		for _, line := range strings.Split(p.Text(), "\n") {
			if utf8.RuneCountInString(line) > width && strings.Contains(strings.TrimSpace(line), " ") && !strings.HasPrefix(line, "    ") {
				t.Errorf("%s: line of %d characters: %s", r.Code, utf8.RuneCountInString(line), line)
			}
		}
	}
}

// TestExplain shows one page whole.
func TestExplain(t *testing.T) {
	d := load(t)
	const want = `MHS00211  record rejected
[M002020]StartDateGMPRegistration is more than 1 day after
[M000060]ReportingPeriodEndDate of MHS000Header.

Table
  MHS002GP: a patient's registration with a GP practice

Fields
  - [M002020]StartDateGMPRegistration: START DATE (GMP PATIENT REGISTRATION), a
    date
  - [M000060]ReportingPeriodEndDate of MHS000Header: REPORTING PERIOD END DATE,
    a date

How it is checked here
  exact

What it costs
  - The record is dropped. Its warnings are printed all the same.
  - A row of MHS001MPI that has no other valid row of MHS002GP is dropped as
    well, with all that depends on it.

What must hold
  - [M002020]StartDateGMPRegistration is not after the day after
    [M000060]ReportingPeriodEndDate of MHS000Header. The day itself passes. Only
    calendar days count: a time of day, or the offset of a timestamp, plays no
    part.
  - If either side is blank or is no date, the row passes.

Why it exists
  A submission says what had happened by the end of its month. A later date is a
  plan, a later month's business, or a slip.

What usually trips it
  - Appointments of the future are in the extract.
  - The extract ran after the end of the month and took what had happened since.
  - The year or the month was mistyped.

How to repair it
  - In the extract: stop at the last day of the period, and send an end that
    lies beyond it as still open.
  - In the clinical system: correct dates that are mistyped.

Bad example: one day beyond
  MHS000Header
    ReportingPeriodEndDate  2026-09-30
  MHS002GP  <- this record
    StartDateGMPRegistration  2026-10-02

Good example: on the limit
  MHS000Header
    ReportingPeriodEndDate  2026-09-30
  MHS002GP  <- this record
    StartDateGMPRegistration  2026-10-01

Notes
  One day later than the end of the period is still accepted.

Other rules on the field
  MHS00210 valid date; MHS00212 date on or after

Sources
  rule list March 2024; pipeline January 2024; labelled "AV_1" there
`
	got := Explain(d, d.Rule("mhs00211"))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("page differs (-want +got):\n%s", diff)
	}
}

// TestCodes cuts a long list and shows it whole on request.
func TestCodes(t *testing.T) {
	d := load(t)
	r := d.Rule("MHS00139")
	n := len(d.List(r.List).Codes)
	short, whole := New(d, r, Options{}).Codes, New(d, r, Options{AllCodes: true}).Codes
	if len(short.Codes) != 12 || short.More != n-12 {
		t.Errorf("short list: %d codes and %d more, want 12 and %d", len(short.Codes), short.More, n-12)
	}
	if len(whole.Codes) != n || whole.More != 0 {
		t.Errorf("whole list: %d codes and %d more, want %d and 0", len(whole.Codes), whole.More, n)
	}
	// A comparison shows the codes that it names, with their labels.
	if c := New(d, d.Rule("MHS00117"), Options{}).Codes; c == nil || len(c.Codes) != 1 || c.Codes[0].Code != "07" || c.Codes[0].Label == "" {
		t.Errorf("codes of a comparison: %+v", c)
	}
}

func TestStatus(t *testing.T) {
	d := load(t)
	all := func(string) bool { return true }
	bare := Build{}
	tests := []struct {
		code   string
		build  Build
		status string
		why    string // part of it
	}{
		{"MHS00013", bare, Exact, ""},
		{"MHS00829", bare, Exact, ""},
		{"MHS00206", bare, NeedsReference, "--reference organisations=FILE"},
		{"MHS00206", Build{Reference: func(r dictionary.Register) bool { return r == dictionary.Organisations }}, Exact, ""},
		{"MHS20149", Build{Reference: func(r dictionary.Register) bool { return r == dictionary.Organisations }}, NeedsReference, "sites"},
		{"MHS00030", bare, NeedsPortal, "--provider"},
		{"MHS00033", bare, NeedsPortal, "--submitter"},
		{"MHS00016", bare, NeedsPortal, "--period"},
		{"MHS00027", bare, NeedsPortal, "--uploaded"},
		{"MHS00030", Build{Portal: func(f string) bool { return f == "ProviderId" }}, Exact, ""},
		{"MHS01422", bare, NotChecked, "no public source"},
		{"MHS00101", bare, NotChecked, "off"},
		{"MHS10103", Build{Implements: func(k dictionary.Kind) bool { return k != dictionary.Unique }}, NotChecked, "unique"},
		{"MHSREJ001", bare, NotChecked, "database"},
		{"MHSREJ001", Build{Database: true}, Exact, ""},
		{"MHSREJ015", bare, Partly, "MHS00016"},
		{"MHSREJ015", Build{Portal: all, Reference: func(dictionary.Register) bool { return true }}, Exact, ""},
		{"MHS60607", bare, Partly, "714350005"},
	}
	for _, tt := range tests {
		status, why := tt.build.Status(d, d.Rule(tt.code))
		if status != tt.status || !strings.Contains(why, tt.why) || (status == Exact) != (why == "") {
			t.Errorf("Status(%s) = %q, %q; want %q, with %q", tt.code, status, why, tt.status, tt.why)
		}
	}
}

func TestNearest(t *testing.T) {
	d := load(t)
	tests := []struct{ code, want string }{
		{"mhs10104", "MHS10104"},
		{"10104", "MHS10104"},
		{" MHS1010 ", "MHS10101"},
		{"MHS101O4", "MHS10104"},
		{"REJ002", "MHSREJ002"},
		{"gibberish", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got := Nearest(d, tt.code)
		if tt.want == "" && len(got) > 0 || tt.want != "" && !slices.Contains(got, tt.want) || len(got) > 5 {
			t.Errorf("Nearest(%q) = %v, want %q among at most five", tt.code, got, tt.want)
		}
	}
}

// TestFiles fails when the files are not those of the sheets: run go generate.
func TestFiles(t *testing.T) {
	const dir, most = "v6.0", 2 << 20
	files := Files(load(t))
	total := 0
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
		total += len(f.Text)
		got, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			t.Fatalf("%v; run go generate ./dictionary/handbook", err)
		}
		if string(got) != f.Text {
			t.Errorf("%s is stale; run go generate ./dictionary/handbook", f.Name)
		}
	}
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if !slices.Contains(names, filepath.Base(f)) {
			t.Errorf("%s belongs to no table; run go generate ./dictionary/handbook", f)
		}
	}
	if total > most {
		t.Errorf("the handbook has %d bytes, more than %d", total, most)
	}
}

func TestDiff(t *testing.T) {
	old, new := load(t), load(t)
	if got := DiffText(Diff(old, new)); got != "The two dictionaries are the same.\n" {
		t.Errorf("a dictionary differs from itself:\n%s", got)
	}

	new.RulesDated = "2026-04"
	r := new.Rule("MHS00013")
	r.Max, r.Severity = 25, dictionary.Warning
	new.Rule("MHS00016").Other.Field = "SenderId"
	new.Rules = slices.DeleteFunc(new.Rules, func(r dictionary.Rule) bool { return r.Code == "MHS10104" })
	new.Rules = append(new.Rules, dictionary.Rule{Code: "MHS99901", Table: "MHS903", Kind: dictionary.NotBlank, Field: "WardCode", Severity: dictionary.Warning})
	l := new.List("DatSetVer")
	l.Codes = append(slices.Clone(l.Codes), dictionary.Code{Code: "7.0", Label: "Version 7", ValidFrom: "2027-04-01"})
	new.List("NHSNumberStatus").Codes[0].Label = "Present and verified"
	new.Lists = append(new.Lists, dictionary.CodeList{Name: "Colours", Codes: []dictionary.Code{{Code: "1"}, {Code: "2"}}})
	table := new.Table("MHS903")
	table.Fields = append(table.Fields, dictionary.Field{UID: "M903999", Name: "Colour", Item: "COLOUR", Type: dictionary.Text})
	new.Scales[0].High = "22"

	const want = `release: 1 changed
  ~ rules dated  value: 2024-03 -> 2026-04

tables: 1 changed
  ~ MHS903  fields: 11 -> 12

fields: 1 added
  + MHS903.Colour  M903999 COLOUR, text

lists: 1 added and 1 changed
  + Colours  2 codes
  ~ DatSetVer  codes: 1 -> 2

codes: 1 added and 1 changed
  + DatSetVer 7.0  Version 7 (from 2027-04-01)
  ~ NHSNumberStatus 01  label: Number present and verified -> Present and
                        verified

rules: 1 added, 1 removed and 2 changed
  ~ MHS00013
      severity: record rejected -> warning
      max: 20 -> 25
  ~ MHS00016  other: Metadata.ReportingPeriodStart -> Metadata.SenderId
  - MHS10104  record rejected, not blank: [M101902]ServiceRequestID is blank;
              every row of MHS101Referral must have it.
  + MHS99901  warning, not blank: [M903010]WardCode is blank; every row of
              MHS903WardDetails must have it.

scales: 1 changed
  ~ 445455005  high: 21 -> 22
`
	got := DiffText(Diff(old, new))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("difference differs (-want +got):\n%s", diff)
	}
	// The other way round, what was added is removed.
	if back := DiffText(Diff(new, old)); !strings.Contains(back, "- Colours  2 codes") || !strings.Contains(back, "+ MHS10104") {
		t.Errorf("the way back:\n%s", back)
	}
}
