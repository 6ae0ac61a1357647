package cases

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/dictionary/sheets"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/cases.golden anew")

func load(t testing.TB) *dictionary.Dictionary {
	t.Helper()
	d, err := sheets.Read(os.DirFS("../v6.0"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestEveryRule demands of every rule a passing and a failing case, or a
// recorded reason why it has none; and that the rule, judged plainly, does what
// its cases say.
func TestEveryRule(t *testing.T) {
	d := load(t)
	m := newMaker(d)
	for i := range d.Rules {
		r := &d.Rules[i]
		t.Run(r.Code, func(t *testing.T) {
			passes, fails := 0, 0
			names := map[string]bool{}
			for _, c := range m.cases(r) {
				if c.Fail {
					fails++
				} else {
					passes++
				}
				if names[c.Name] {
					t.Errorf("two cases are named %q", c.Name)
				}
				names[c.Name] = true
				if c.Rule != r.Code || c.Target < -1 || c.Target >= len(c.Rows) {
					t.Errorf("case %q is of rule %s and looks at row %d of %d", c.Name, c.Rule, c.Target, len(c.Rows))
					continue
				}
				if got := newJudge(d, m, c).fails(r, c.Target); got != c.Fail {
					t.Errorf("case %q: fails %v, want %v\n%s", c.Name, got, c.Fail, List(d, []Case{c}))
				}
			}
			switch reason := Reason(d, r); {
			case passes > 0 && fails > 0 && reason != "":
				t.Errorf("has cases of both sorts, and a reason for having none: %s", reason)
			case (passes == 0 || fails == 0) && reason == "":
				t.Errorf("has %d passing and %d failing cases, and no reason is recorded", passes, fails)
			}
		})
	}
}

// TestEdges names kinds with an edge, at which two cases of each sort must lie.
func TestEdges(t *testing.T) {
	d := load(t)
	m := newMaker(d)
	for i := range d.Rules {
		r := &d.Rules[i]
		switch r.Kind {
		case dictionary.Alphanumeric, dictionary.Numeric, dictionary.Format, dictionary.Decimal, dictionary.InSet, dictionary.ValidDate,
			dictionary.ValidDatetime, dictionary.DateOnOrAfter, dictionary.DateOnOrBefore, dictionary.AgeRange, dictionary.NHSNumber,
			dictionary.OrgValid, dictionary.OrgValidOrDefault, dictionary.SiteValid, dictionary.SchoolValid, dictionary.PostcodeInReference,
			dictionary.SnomedCT, dictionary.DiagCode, dictionary.FindCode, dictionary.AssessmentCode, dictionary.AssessmentScore:
		default:
			continue
		}
		list := m.cases(r)
		fails := 0
		for _, c := range list {
			if c.Fail {
				fails++
			}
		}
		if Reason(d, r) == "" && (fails < 2 || len(list)-fails < 2) {
			t.Errorf("%s, %v: %d passing and %d failing cases, want two of each", r.Code, r.Kind, len(list)-fails, fails)
		}
	}
}

// TestFields refuses a field that its table does not have, a blank value, a
// value that trimming would change, and a telling number of a patient.
func TestFields(t *testing.T) {
	d := load(t)
	m := newMaker(d)
	nhs := map[dictionary.Ref]bool{}
	for i := range d.Rules {
		if r := &d.Rules[i]; r.Kind == dictionary.NHSNumber {
			nhs[dictionary.Ref{Table: r.Table, Field: r.Field}] = true
		}
	}
	check := func(c Case, table string, fields map[string]string) {
		tab := d.Table(table)
		if tab == nil {
			t.Fatalf("%s, case %q: no table %q", c.Rule, c.Name, table)
		}
		for name, v := range fields {
			switch {
			case tab.Field(name) == nil:
				t.Errorf("%s, case %q: table %s has no field %q", c.Rule, c.Name, table, name)
			case v == "" || strings.Trim(v, " ") != v:
				t.Errorf("%s, case %q: field %s holds %q", c.Rule, c.Name, name, v)
			case nhs[dictionary.Ref{Table: table, Field: name}] && len(v) == 10 && elevens0(v) && !strings.HasPrefix(v, "999"):
				t.Errorf("%s, case %q: the NHS number is outside the 999 range", c.Rule, c.Name)
			}
		}
	}
	for _, c := range All(d) {
		check(c, m.header.ID, c.Header)
		check(c, d.Context.ID, c.Context)
		for _, row := range c.Rows {
			check(c, row.Table, row.Fields)
		}
	}
}

// elevens0 is elevens for what may not be digits.
func elevens0(v string) bool { return strings.Trim(v, "0123456789") == "" && elevens(v) }

// TestDeterministic runs the whole twice, and each rule alone.
func TestDeterministic(t *testing.T) {
	d := load(t)
	all := All(d)
	if diff := cmp.Diff(all, All(d)); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
	var alone []Case
	for i := range d.Rules {
		if i%50 == 0 {
			alone = append(alone, For(d, &d.Rules[i])...)
		}
	}
	sampled := slices.DeleteFunc(slices.Clone(all), func(c Case) bool {
		i := slices.IndexFunc(d.Rules, func(r dictionary.Rule) bool { return r.Code == c.Rule })
		return i%50 != 0
	})
	if diff := cmp.Diff(sampled, alone); diff != "" {
		t.Errorf("For and All differ:\n%s", diff)
	}
}

// TestClosure judges the records that a closure calls valid, of every table.
func TestClosure(t *testing.T) {
	d := load(t)
	m := newMaker(d)
	for i := range d.Tables {
		id := d.Tables[i].ID
		c := Case{Rows: m.closure([]string{id}), Header: m.fullHeader(), Context: m.fullContext()}
		if id == m.header.ID {
			c.Header = nil
		}
		j := newJudge(d, m, c)
		for k, row := range j.rows {
			for _, r := range m.byTable[row.Table] {
				if r.Severity > dictionary.Warning && r.Kind != dictionary.RejectAll && r.Kind != dictionary.FileCheck &&
					r.Kind != dictionary.ParentExists && r.Kind != dictionary.ChildExists && j.record(r, k) {
					t.Errorf("closure of %s: %s rejects %v", id, r.Code, row)
				}
			}
		}
	}
}

// TestListing keeps the whole of the cases, in short, so that a change of the
// dictionary or of a kind shows what it does. Run with -update and read the
// difference.
func TestListing(t *testing.T) {
	d := load(t)
	m := newMaker(d)
	var b strings.Builder
	// Many rules differ in the field alone; what repeats is said once.
	said := map[string]string{}
	for i := range d.Rules {
		r := &d.Rules[i]
		b.WriteString(r.Code + " " + r.Kind.String() + " " + r.Table + "." + r.Field)
		if reason := Reason(d, r); reason != "" {
			b.WriteString(" (" + reason + ")")
		}
		b.WriteString("\n")
		text := strings.ReplaceAll(List(d, m.cases(r)), " {"+r.Field+"=", " {~=")
		if first, ok := said[text]; ok && text != "" {
			b.WriteString("  as " + first + "\n")
			continue
		}
		said[text] = r.Code
		b.WriteString(text)
	}
	golden := filepath.Join("testdata", "cases.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the cases differ from %s; run go test -update and read the difference:\n%s", golden, firstDifference(string(want), b.String()))
	}
	if len(want) > 1<<20 {
		t.Errorf("%s has %d bytes, more than 1 MiB", golden, len(want))
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "- " + w[i] + "\n+ " + g[i]
		}
	}
	return "one is longer than the other"
}

// TestSample prints nothing: it holds the samples of a few fields, to see at a
// glance what records look like.
func TestSample(t *testing.T) {
	d := load(t)
	m := newMaker(d)
	for _, tt := range []struct {
		table string
		want  map[string]string
	}{
		{m.header.ID, map[string]string{
			"DatSetVer": "6.0", "OrgIDProvider": "ZZ91", "OrgIDSubmit": "ZZ91", "PrimSystemInUse": "PSIU-1",
			"ReportingPeriodStartDate": "2026-09-01", "ReportingPeriodEndDate": "2026-09-30", "DateTimeDatSetCreate": "2026-10-05T09:30:00",
		}},
		{"MHS002", map[string]string{"LocalPatientID": "LPID-1", "GMPReg": "V81997"}},
		{"MHS604", map[string]string{"ServiceRequestID": "SRID-1", "DiagSchemeInUse": "02", "PrimDiag": "F320"}},
	} {
		if got := m.row(tt.table).Fields; !maps.Equal(got, tt.want) {
			t.Errorf("record of %s differs:\n%s", tt.table, cmp.Diff(tt.want, got))
		}
	}
}
