package html

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// book is a small data set of our own: patients and their visits.
func book() *dictionary.Dictionary {
	return &dictionary.Dictionary{
		Version: "6.0",
		Tables: []dictionary.Table{
			{ID: "T01", Name: "T01Patient", Title: "Patient: someone who was seen", Position: 1, Fields: []dictionary.Field{{UID: "T01010", Name: "Id", Type: dictionary.Text, Key: true}, {UID: "T01020", Name: "Born", Type: dictionary.Date}}},
			{ID: "T02", Name: "T02Visit", Title: "a visit", Position: 2, Fields: []dictionary.Field{{UID: "T02010", Name: "Visit", Type: dictionary.Text, Key: true}, {UID: "T02020", Name: "Id", Type: dictionary.Text, ForeignTable: "T01", ForeignField: "Id"}}},
			{ID: "T03", Name: "T03Absent", Position: 3},
			{ID: "T04", Name: "T04Clean", Position: 4},
		},
		Roles: []dictionary.Role{
			{Name: "patient", Table: "T01"}, {Name: "patient_id", Table: "T01", Field: "Id"},
			{Name: "referral", Table: "T02"}, {Name: "referral_id", Table: "T02", Field: "Visit"}, {Name: "contact", Table: "T03"},
		},
		Rules: []dictionary.Rule{
			{Code: "T0101", Status: dictionary.Both, Source: "a list", Table: "T01", Severity: dictionary.RejectRecord, Kind: dictionary.NotBlank, Field: "Born",
				Items: []dictionary.Item{{UID: "T01010", Name: "Id"}, {UID: "T01020", Name: "Born"}}},
			{Code: "T0102", Status: dictionary.Both, Source: "a list", Table: "T01", Severity: dictionary.Warning, Kind: dictionary.Alphanumeric, Field: "Id", Min: 1, Max: 20,
				Items: []dictionary.Item{{UID: "T01010", Name: "Id"}}},
			{Code: "T0201", Status: dictionary.Both, Source: "a list", Table: "T02", Severity: dictionary.RejectGroup, Kind: dictionary.ParentExists, Field: "Id",
				Other: dictionary.Ref{Table: "T01", Field: "Id"}, Items: []dictionary.Item{{UID: "T02010", Name: "Visit"}, {UID: "T02020", Name: "Id"}}},
			{Code: "T0000", Status: dictionary.PortalCheck, Source: "a list", Table: "T01", Severity: dictionary.RejectFile, Kind: dictionary.FileCheck, Check: "table_empty"},
			{Code: "OWN1", Status: dictionary.PreSubmission, Source: "us", Severity: dictionary.Warning, Kind: dictionary.Container, Check: "padding", Grade: "form"},
			{Code: "OWN2", Status: dictionary.PreSubmission, Source: "us", Table: "T02", Severity: dictionary.Warning, Kind: dictionary.Scope, Check: dictionary.ScopeSameReferral, Field: "Visit", Grade: dictionary.GradeDoubleCounted},
		},
	}
}

// say tells the report n findings of the rule in the table, rows 3, 6, 9, ….
func say(r *Report, rule *dictionary.Rule, table *dictionary.Table, n int, change func(*finding.Finding)) {
	for i := range n {
		row := int64(3 * (i + 1))
		f := finding.Finding{Rule: rule, Table: table, Row: row, File: "T01.csv", Line: row + 1}
		if change != nil {
			change(&f)
		}
		if err := r.Report(&f); err != nil {
			panic(err)
		}
	}
}

// everyone tells the report findings of every sort; with values when the
// report asks for them.
func everyone(r *Report, d *dictionary.Dictionary) {
	say(r, &d.Rules[0], &d.Tables[0], 12, func(f *finding.Finding) {
		f.Values = []finding.Value{{Item: d.Rules[0].Items[0], Text: []byte("P1")}, {Item: d.Rules[0].Items[1], Null: true}}
		f.History = finding.History{State: finding.Still, Months: 3}
	})
	say(r, &d.Rules[1], &d.Tables[0], 2, func(f *finding.Finding) { f.Line, f.Detail = 9, "looks like DD/MM/YYYY" })
	say(r, &d.Rules[2], &d.Tables[1], 7, func(f *finding.Finding) {
		f.Values = []finding.Value{{Item: d.Rules[2].Items[0], Text: []byte("V1")}, {Item: d.Rules[2].Items[1], Text: []byte("P1")}}
		f.Cause = finding.Cause{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 6}
		if f.Row > 6 {
			f.Cause = finding.Cause{Table: &d.Tables[0], Absent: true, Key: []byte("P9")}
		}
	})
	say(r, &d.Rules[4], &d.Tables[0], 2, func(f *finding.Finding) { f.Column, f.Detail = "Born", "4 values" })
	say(r, &d.Rules[4], nil, 1, func(f *finding.Finding) { f.File, f.Row, f.Line = "odd\x1b[31m.csv", 0, 0 })
}

// rejections is the summary of everyone's findings.
func rejections(d *dictionary.Dictionary) *finding.Summary {
	return &finding.Summary{
		Verdict:        finding.AcceptedWithRejections,
		DatasetVersion: "6.0", RulesDated: "2024-03", ScalesRevision: "6.0.7.1",
		PeriodStart: "2026-09-01", PeriodEnd: "2026-09-30", Provider: "RXX", Submitter: "RYY",
		Tables: []finding.TableSummary{
			{Table: &d.Tables[0], File: "T01.csv", Rows: 1234567, CarriedForward: 1234555, RecordRejected: 12, Warnings: 2},
			{Table: &d.Tables[1], File: "T02.csv", Rows: 40, CarriedForward: 32, GroupRejected: 7, Unreadable: 1},
			{Table: &d.Tables[2]},
			{Table: &d.Tables[3], File: "T04.csv", Rows: 5, CarriedForward: 5},
		},
		Rules: []finding.RuleCount{{Rule: &d.Rules[0], Count: 12}, {Rule: &d.Rules[1], Count: 2}, {Rule: &d.Rules[2], Count: 7}, {Rule: &d.Rules[4], Count: 3}},
		Roots: []finding.Root{
			{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 6, Group: 3, RowsFreed: 3, Depends: 4, Repair: 1, Gain: 3, History: finding.History{State: finding.New, Months: 1}},
			{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 9, RowsFreed: 2, Depends: 2, Repair: 2, Gain: 2},
			{Table: &d.Tables[0], Absent: true, RowsFreed: 5, Depends: 5, Repair: 3, Gain: 5},
		},
		RootCount: 2002,
		NotChecked: []finding.NotChecked{
			{Rule: &d.Rules[3], Why: "needs the provider chosen at upload: --provider"},
		},
		Notices: []finding.Notice{
			{File: "T01.csv", Text: "no column Born"},
			{Text: "2 files are not of the data set"},
		},
		Input: finding.Input{Path: "month", Files: []finding.InputFile{{Name: "T01.csv", Bytes: 120000, SHA256: strings.Repeat("ab", 32)}}},
		Tool:  finding.Tool{Name: "mhsds", Version: "1.0", Schemas: "embedded", Jobs: 2},
	}
}

// written makes a report.
func written(t testing.TB, opt Options, tell func(*Report, *dictionary.Dictionary), sum func(*dictionary.Dictionary) *finding.Summary) string {
	t.Helper()
	d := book()
	var out bytes.Buffer
	r := New(&out, d, opt)
	tell(r, d)
	if err := r.Close(sum(d)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestGolden holds whole reports against the files in testdata. The style, the
// program and their hashes are left out: they are files of their own. After a
// change that is meant, -update rewrites the files; read the difference.
func TestGolden(t *testing.T) {
	tests := []struct {
		name string
		opt  Options
		tell func(*Report, *dictionary.Dictionary)
		sum  func(*dictionary.Dictionary) *finding.Summary
	}{
		{"rejections", Options{MaxPlaces: 5, Settings: []Setting{{"--period", "2026-09"}}}, everyone, rejections},
		{"values", Options{Values: true}, everyone, rejections},
		{"shared", Options{Values: true, Counts: share.Counts{Suppress: true}}, everyone, func(d *dictionary.Dictionary) *finding.Summary {
			s := rejections(d)
			s.Comparison = compared(d)
			s.Scope = scoped()
			return s
		}},
		{"compared", Options{}, func(r *Report, d *dictionary.Dictionary) {
			everyone(r, d)
			say(r, &d.Rules[5], &d.Tables[1], 3, func(f *finding.Finding) { f.Detail = "2 contacts under the referral" })
			say(r, &d.Rules[2], &d.Tables[0], 2, func(f *finding.Finding) { f.Cause = finding.Cause{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 6} })
		}, func(d *dictionary.Dictionary) *finding.Summary {
			s := rejections(d)
			s.Comparison = compared(d)
			s.Scope = scoped()
			s.Suppressed = []finding.Suppressed{{Setting: finding.Setting{Rule: &d.Rules[4], Off: true, Reason: "our extract <pads>", Expires: "2026-12-31"}, Count: 4}}
			s.More = []string{"name your own teams in the configuration"}
			s.Input.Reference = []finding.ReferenceFile{{Register: dictionary.Postcodes, Name: "onspd.csv", Rows: 2_700_000, Newest: "2026-08-01", LeftOut: 2}}
			s.Assumed = &finding.Assumed{Codes: []string{"T0101"}, CarriedForward: []int64{1234567, 39, 0, 5}}
			s.Diagnostics = []finding.DiagnosticCount{
				{Diagnostic: &dictionary.Diagnostic{Code: "D1", What: "patients with a birth date", Over: "T01"}, Numerator: 9, Denominator: 10},
				{Diagnostic: &dictionary.Diagnostic{Code: "D2", What: "the unknowable"}, Why: "no source says how"},
			}
			return s
		}},
		{"counted", Options{}, everyone, func(d *dictionary.Dictionary) *finding.Summary { return counted(d, "") }},
		{"accepted", Options{}, func(r *Report, d *dictionary.Dictionary) { say(r, &d.Rules[1], &d.Tables[0], 2, nil) }, func(d *dictionary.Dictionary) *finding.Summary {
			return &finding.Summary{
				Verdict: finding.Accepted, DatasetVersion: "6.0",
				Tables: []finding.TableSummary{{Table: &d.Tables[0], File: "T01.csv", Rows: 2, CarriedForward: 2, Warnings: 2}},
				Rules:  []finding.RuleCount{{Rule: &d.Rules[1], Count: 2}},
				Tool:   finding.Tool{Name: "mhsds", Version: "1.0"},
			}
		}},
		{"file-rejected", Options{}, func(r *Report, d *dictionary.Dictionary) {
			say(r, &d.Rules[3], &d.Tables[0], 1, func(f *finding.Finding) { f.Row, f.Line = 0, 0 })
		}, func(d *dictionary.Dictionary) *finding.Summary {
			return &finding.Summary{
				Verdict: finding.FileRejected, DatasetVersion: "6.0", PeriodStart: "2026-09-02", PeriodEnd: "2026-09-30",
				Tables:            []finding.TableSummary{{Table: &d.Tables[0], File: "T01.csv"}, {Table: &d.Tables[1], File: "T02.csv", Rows: 3, CarriedForward: 3}},
				Rules:             []finding.RuleCount{{Rule: &d.Rules[3], Count: 1}},
				Incomplete:        []string{"the second half of T02.csv was not read"},
				DisagreementCount: 1, Disagreements: []string{"record 3"},
				Tool: finding.Tool{Name: "mhsds", Version: "1.0"},
			}
		}},
		{"nothing", Options{}, func(*Report, *dictionary.Dictionary) {}, func(d *dictionary.Dictionary) *finding.Summary {
			return &finding.Summary{Verdict: finding.Accepted, Tool: finding.Tool{Name: "mhsds", Version: "1.0"}}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := without(written(t, tt.opt, tt.tell, tt.sum))
			golden := filepath.Join("testdata", tt.name+".golden.html")
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
		})
	}
}

func compared(d *dictionary.Dictionary) *finding.Comparison {
	return &finding.Comparison{
		Previous: "august.jsonl", Period: "2026-08", ByFingerprint: true,
		Rules: []finding.RuleTrend{
			{Code: "T0101", Rule: &d.Rules[0], Before: 20, Now: 12, Still: 12, Fixed: 8, Months: 3},
			{Code: "T0102", Rule: &d.Rules[1], Before: 0, Now: 2, New: 2},
			{Code: "T0201", Rule: &d.Rules[2], Before: 5, Now: 7, Still: 5, New: 1, Returned: 1, Months: 2},
			{Code: "T0000", Rule: &d.Rules[3], Before: 6, Fixed: 6},
		},
		Roots: []finding.RootTrend{
			{Code: "T0101", Table: "T01Patient", Before: 1, Now: 2, Still: 1, New: 1, RowsFreed: 5, Months: 3},
			{Code: "T0102", Table: "T01Patient", Before: 6, Fixed: 6},
		},
	}
}

func scoped() *finding.ScopeSummary {
	return &finding.ScopeSummary{
		Grades:    []finding.ScopeGrade{{Grade: "out of scope", Referrals: 12, Contacts: 40, Patients: 9}, {Grade: "likely", Referrals: 3, Contacts: 8, Patients: 3}},
		Referrals: 15, Contacts: 48, Patients: 11,
		Declared: []finding.ScopeDeclared{{List: "teams", Entry: 1, Hits: 52}},
	}
}

// without leaves out the style and the program.
func without(s string) string {
	s = strings.Replace(s, style, "…", 1)
	s = strings.Replace(s, program, "…", 1)
	return regexp.MustCompile(`'sha256-[^']*'`).ReplaceAllString(s, "'sha256-…'")
}

// TestSelfContained holds that the file names nothing outside itself, and that
// the policy's hashes are those of what it holds.
func TestSelfContained(t *testing.T) {
	s := written(t, Options{Values: true}, everyone, rejections)
	for _, outside := range []string{"http:", "https:", "//", "src=", "@import", "url(", "style=\"", "javascript:", " onclick", " onload"} {
		text := s
		if outside == "//" { // a comment of the program
			text = strings.ReplaceAll(strings.Replace(s, program, "", 1), "CCYY//", "")
		}
		if strings.Contains(text, outside) {
			t.Errorf("the report holds %q", outside)
		}
	}
	for _, x := range []struct{ name, open, close string }{{"style", "<style>", "</style>"}, {"program", "<script>", "</script>"}} {
		_, rest, ok := strings.Cut(s, x.open)
		held, _, ok2 := strings.Cut(rest, x.close)
		if !ok || !ok2 {
			t.Fatalf("no %s in the report", x.name)
		}
		if !strings.Contains(s, "'"+hash(held)+"'") {
			t.Errorf("the policy does not name the hash of the %s that the report holds", x.name)
		}
	}
	if n := strings.Count(s, "<script"); n != 2 {
		t.Errorf("%d script elements, want the data and the program", n)
	}
	for _, end := range []string{"</script", "</style", "<!--"} {
		if strings.Contains(program, end) || strings.Contains(style, end) {
			t.Errorf("the style or the program holds %q, which would end it", end)
		}
	}
}

// hostile is text that would do harm as HTML, as a script, as JSON, in a
// terminal or in a spreadsheet.
func hostile() []string {
	return []string{
		`</script><script>window.harmed=1</script>`, `<img src=x onerror="window.harmed=1">`, `"><svg onload=window.harmed=1>`, `' onfocus='window.harmed=1' autofocus='`,
		`<!--<script>`, `]]>`, `&lt;b&gt;`, `javascript:window.harmed=1`, `\u003cscript\u003e`, `\`, `"`, "'", "\x00\x1b[31m\x7f", "\u2028\u2029\ufeff", "a\u202eb\u2066",
		"\xff\xfe", "é漢😀", `=HYPERLINK("x")`, `+1`, `-1+1`, `@SUM(1)`, "\t=1", "line\r\nbreak", `${7*7}`, `{{7*7}}`, `__proto__`,
	}
}

// TestHostile puts hostile text wherever text of the submission goes.
func TestHostile(t *testing.T) {
	for _, bad := range hostile() {
		s := poisoned(t, bad)
		if !utf8.ValidString(s) {
			t.Errorf("%q: the report is not UTF-8", bad)
		}
		for _, r := range s {
			if r < ' ' && r != '\n' || r == 0x7f || r == 0x2028 || r == 0x202e || r == 0xfeff {
				t.Errorf("%q: the report holds the character %U", bad, r)
				break
			}
		}
		marks := regexp.MustCompile(`<[a-zA-Z!/][^>]*`).FindAllString(strings.Replace(strings.Replace(s, style, "", 1), program, "", 1), -1)
		for _, m := range marks {
			if strings.Contains(m, "onerror") && !strings.Contains(m, "&#34;") || strings.HasPrefix(m, "<img") || strings.HasPrefix(m, "<svg onload") || strings.HasPrefix(m, "<!--") {
				t.Errorf("%q: became the mark %s", bad, m)
			}
		}
		if n := strings.Count(s, "<script"); n != 2 {
			t.Errorf("%q: %d script elements, want 2", bad, n)
		}
		held := decoded(t, s)
		if len(held.Groups) == 0 || len(held.Groups[0].P) == 0 {
			t.Fatalf("%q: no place in the data", bad)
		}
	}
}

// poisoned is a report that holds the texts everywhere.
func poisoned(t testing.TB, texts ...string) string {
	bad := strings.Join(texts, " ")
	return written(t, Options{Values: true, Settings: []Setting{{bad, bad}}}, func(r *Report, d *dictionary.Dictionary) {
		for _, rule := range []*dictionary.Rule{&d.Rules[0], &d.Rules[2], &d.Rules[4]} {
			for _, bad := range texts {
				say(r, rule, &d.Tables[0], 1, func(f *finding.Finding) {
					f.File, f.Column, f.Detail = bad, bad, bad
					f.Cause = finding.Cause{Table: &d.Tables[1], Absent: true, Key: []byte(bad)}
					for _, it := range rule.Items {
						f.Values = append(f.Values, finding.Value{Item: it, Text: []byte(bad)})
					}
				})
			}
		}
		say(r, &d.Rules[4], nil, 1, func(f *finding.Finding) { f.File = bad })
	}, func(d *dictionary.Dictionary) *finding.Summary {
		s := rejections(d)
		s.Provider, s.Submitter, s.PeriodStart, s.PeriodEnd, s.Input.Path = bad, bad, bad, bad, bad
		s.Notices = []finding.Notice{{File: bad, Text: bad}}
		s.Input.Files = []finding.InputFile{{Name: bad}}
		s.Incomplete = []string{bad}
		s.Tool.Schemas = bad
		s.NotChecked[0].Why = bad
		s.More = []string{bad}
		s.Comparison = compared(d)
		s.Comparison.Previous = bad
		return s
	})
}

// held is the data that the script reads.
type held struct {
	Values, Suppress bool
	Tables           []string
	Groups           []struct {
		C, N, M string
		S, T    int
		P       [][]any
		Items   []string
	}
}

func decoded(t testing.TB, s string) held {
	t.Helper()
	_, rest, ok := strings.Cut(s, `<script type="application/json" id="data">`)
	text, _, _ := strings.Cut(rest, "</script>")
	var h held
	if err := json.Unmarshal([]byte(text), &h); !ok || err != nil {
		t.Fatalf("the data cannot be read: %v", err)
	}
	return h
}

// TestPlaces reads places back as the script does.
func TestPlaces(t *testing.T) {
	h := decoded(t, written(t, Options{Values: true, MaxPlaces: 3}, everyone, rejections))
	got := map[string]string{}
	for _, g := range h.Groups {
		table := ""
		if g.T >= 0 {
			table = h.Tables[g.T]
		}
		got[g.C+" "+table] = fmt.Sprintf("%s: %v", g.N, g.P)
	}
	want := map[string]string{
		"T0101 T01Patient": "12: [[3 4 0 0 0 [P1 <nil>] 0 2 3] [6 7 0 0 0 [P1 <nil>] 0 2 3] [9 10 0 0 0 [P1 <nil>] 0 2 3]]",
		"T0102 T01Patient": "2: [[3 9 0 looks like DD/MM/YYYY] [6 9 0 looks like DD/MM/YYYY]]",
		"T0201 T02Visit":   "7: [[3 4 0 0 [0 6 T0101] [V1 P1]] [6 7 0 0 [0 6 T0101] [V1 P1]] [9 10 0 0 [0 P9] [V1 P1]]]",
		"OWN1 T01Patient":  "2: [[3 4 Born 4 values] [6 7 Born 4 values]]",
		"OWN1 ":            `1: [[0 0 0 0 0 0 odd\x1b[31m.csv]]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places differ (-want +got):\n%s", diff)
	}
}

// TestNoValues holds that values stay out unless they are asked for, whatever
// the findings carry for the sake of another report.
func TestNoValues(t *testing.T) {
	for _, opt := range []Options{{}, {Values: true, Counts: share.Counts{Suppress: true}}} {
		s := written(t, opt, func(r *Report, d *dictionary.Dictionary) {
			say(r, &d.Rules[2], &d.Tables[1], 7, func(f *finding.Finding) {
				f.Values = []finding.Value{{Item: d.Rules[2].Items[0], Text: []byte("SECRET")}, {Item: d.Rules[2].Items[1], Text: []byte("SECRET")}}
				f.Cause = finding.Cause{Table: &d.Tables[0], Absent: true, Key: []byte("SECRET")}
			})
		}, rejections)
		if strings.Contains(s, "SECRET") {
			t.Errorf("%+v: a value is in the report", opt)
		}
		if strings.Contains(s, "Contains patient identifiers") {
			t.Errorf("%+v: the report says that it identifies patients", opt)
		}
		if !strings.Contains(s, "no patient values and no local identifiers") || !strings.Contains(s, "Nothing was sent anywhere") {
			t.Errorf("%+v: the report does not say what it contains", opt)
		}
	}
	s := written(t, Options{Values: true}, everyone, rejections)
	sections := strings.Count(s, "<section ")
	if n := strings.Count(s, `<p class="identifies">Contains patient identifiers</p>`); n < 6 {
		t.Errorf("%d of %d sections say that they identify patients", n, sections)
	}
}

// TestShared holds that a report for anybody lists no rows and no small count.
func TestShared(t *testing.T) {
	s := written(t, Options{Counts: share.Counts{Suppress: true}}, everyone, rejections)
	body := s[strings.Index(s, "<main"):]
	body, _, _ = strings.Cut(body, `<script type="application/json"`)
	// What follows counts rules, and the pages explain them with numbers of
	// their own.
	body, rest, _ := strings.Cut(body, `<section id="not-checked"`)
	body += rest[strings.Index(rest, `<section id="about"`):]
	text := regexp.MustCompile(`(?s)<svg.*?</svg>|<[^>]*>`).ReplaceAllString(body, "|")
	if m := regexp.MustCompile(`\|[1-4]\||\brows? [0-9]`).FindAllString(text, -1); len(m) > 0 {
		t.Errorf("shown: %q", m)
	}
	for _, g := range decoded(t, s).Groups {
		if len(g.P) > 0 {
			t.Errorf("%s lists %d places", g.C, len(g.P))
		}
	}
	if strings.Count(body, `data-v="`) < 10 {
		t.Error("no figures seen: the test proves nothing")
	}
	for _, m := range regexp.MustCompile(`data-v="([0-9]+)"`).FindAllStringSubmatch(body[:strings.Index(body, `id="findings"`)], -1) {
		if !strings.HasSuffix(m[1], "0") && !strings.HasSuffix(m[1], "5") {
			t.Errorf("the exact number %s is in an attribute", m[1])
		}
	}
}

// TestCap tells the report a million findings: it lists the first of each rule
// and holds no more.
func TestCap(t *testing.T) {
	d := book()
	r := New(io.Discard, d, Options{})
	f := finding.Finding{Rule: &d.Rules[0], Table: &d.Tables[0], File: "T01.csv"}
	for i := range int64(1_000_000) {
		f.Row, f.Line = i+1, i+2
		if err := r.Report(&f); err != nil {
			t.Fatal(err)
		}
	}
	g := r.last
	if g.count != 1_000_000 || g.listed != manyPlaces || len(g.first) != fewPlaces || len(g.data) > 20*manyPlaces {
		t.Errorf("%d findings: %d listed in %d bytes, %d on the rule's page", g.count, g.listed, len(g.data), len(g.first))
	}
	if n := testing.AllocsPerRun(1000, func() { r.Report(&f) }); n != 0 {
		t.Errorf("a finding beyond those listed allocates %v times, want 0", n)
	}
}

// TestCensusBound holds that counting by patient has an end, and says so.
func TestCensusBound(t *testing.T) {
	c := census{of: map[string]*person{}}
	rule := &dictionary.Rule{Severity: dictionary.RejectRecord}
	for i := range maxPeople + 7 {
		c.count(rule, &finding.Value{Text: fmt.Appendf(nil, "P%d", i)})
	}
	if len(c.of) != maxPeople || c.more != 7 {
		t.Errorf("%d identifiers and %d findings of others, want %d and 7", len(c.of), c.more, maxPeople)
	}
	c.count(rule, &finding.Value{Text: []byte("P3")})
	if first := c.ranked()[0]; first.id != "P3" || first.rejecting != 2 {
		t.Errorf("first is %+v, want P3 with 2", first)
	}
}

func TestText(t *testing.T) {
	tests := []struct{ in, html, json string }{
		{"plain A12 é 漢 😀", "plain A12 é 漢 😀", `"plain A12 é 漢 😀"`},
		{`<a href="x">'&`, `&lt;a href=&#34;x&#34;&gt;&#39;&amp;`, `"\u003ca href=\"x\"\u003e'\u0026"`},
		{`\n`, `\n`, `"\\n"`},
		{"a\nb\r\tc", `a\nb\r\tc`, `"a\\nb\\r\\tc"`},
		{"\x00\x7f", `\x00\x7f`, `"\\x00\\x7f"`},
		{"a\xffb\xc3", `a\xffb\xc3`, `"a\\xffb\\xc3"`},
		{"\u00a0\u202e\u2028\ufeff", `\u00a0\u202e\u2028\ufeff`, `"\\u00a0\\u202e\\u2028\\ufeff"`},
		{"\U000e0001", `\U000e0001`, `"\\U000e0001"`},
		{"\uFFFD", "\uFFFD", "\"\uFFFD\""},
	}
	for _, tt := range tests {
		if got := string(appendText(nil, tt.in, false)); got != tt.html {
			t.Errorf("as HTML %q = %q, want %q", tt.in, got, tt.html)
		}
		if got := string(appendJSON(nil, tt.in)); got != tt.json {
			t.Errorf("as JSON %q = %s, want %s", tt.in, got, tt.json)
		}
		if got := string(appendJSON(nil, []byte(tt.in))); got != tt.json {
			t.Errorf("as JSON []byte(%q) = %s, want %s", tt.in, got, tt.json)
		}
	}
}

// FuzzText holds that any bytes become text that neither HTML nor JSON in a
// script element takes for more than text.
func FuzzText(f *testing.F) {
	for _, s := range hostile() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if out := appendText(nil, in, false); !utf8.Valid(out) || bytes.ContainsAny(out, "<>\"'\x00\n\r\t\x1b") {
			t.Errorf("as HTML %q = %q", in, out)
		}
		out := appendJSON(nil, in)
		var back string
		if err := json.Unmarshal(out, &back); err != nil || bytes.ContainsAny(out, "<>&\x00\n") {
			t.Errorf("as JSON %q = %s: %v", in, out, err)
		}
	})
}

func TestPercent(t *testing.T) {
	tests := []struct {
		n, all        int64
		plain, shared string
	}{
		{0, 10, "", ""}, {0, 0, "", ""}, {1, 3, "33%", ""}, {3, 100, "3.0%", ""}, {1, 5000, "under 0.1%", ""},
		{9_999, 10_000, "over 99%", "100%"}, {10, 10, "100%", "100%"}, {8, 20, "40%", "50%"},
	}
	for _, tt := range tests {
		if got := (&page{}).percent(tt.n, tt.all); got != tt.plain {
			t.Errorf("percent(%d, %d) = %q, want %q", tt.n, tt.all, got, tt.plain)
		}
		if got := (&page{shown: share.Counts{Suppress: true}}).percent(tt.n, tt.all); got != tt.shared {
			t.Errorf("shared percent(%d, %d) = %q, want %q", tt.n, tt.all, got, tt.shared)
		}
	}
}

func TestMonthOf(t *testing.T) {
	tests := []struct{ start, end, want string }{
		{"2026-09-01", "2026-09-30", "September 2026"}, {"2024-02-01", "2024-02-29", "February 2024"},
		{"2026-02-01", "2026-02-29", ""}, {"2026-09-02", "2026-09-30", ""}, {"2026-09-01", "2026-10-31", ""}, {"", "", ""}, {"nonsense", "nonsense", ""},
	}
	for _, tt := range tests {
		if got := monthOf(tt.start, tt.end); got != tt.want {
			t.Errorf("monthOf(%q, %q) = %q, want %q", tt.start, tt.end, got, tt.want)
		}
	}
}

// The order of findings of different rules does not change a byte, nor does
// writing twice.
func TestSameBytes(t *testing.T) {
	first := written(t, Options{}, everyone, rejections)
	for range 5 {
		if again := written(t, Options{}, everyone, rejections); again != first {
			t.Fatal("the same findings gave other bytes")
		}
	}
}

type broken struct{ n int }

func (b *broken) Write(p []byte) (int, error) {
	if b.n -= len(p); b.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

var errFull = errors.New("no room")

// TestNoRoom holds that the writer's error comes back.
func TestNoRoom(t *testing.T) {
	d := book()
	r := New(&broken{1000}, d, Options{})
	everyone(r, d)
	if err := r.Close(rejections(d)); !errors.Is(err, errFull) {
		t.Errorf("Close returned %v, want %v", err, errFull)
	}
}

// TestGather holds the order of causes and that no lost row counts twice.
func TestGather(t *testing.T) {
	d := book()
	a, b := &d.Rules[0], &d.Rules[1]
	s := &finding.Summary{Roots: []finding.Root{
		{Rule: a, Table: &d.Tables[0], Row: 1, RowsFreed: 9, Repair: 1, Gain: 9},
		{Rule: b, Table: &d.Tables[0], Row: 2, RowsFreed: 9, Repair: 3, Gain: 2}, // the same rows as the first
		{Rule: b, Table: &d.Tables[0], Row: 3, RowsFreed: 8, Repair: 2, Gain: 8},
		{Table: &d.Tables[1], Absent: true, RowsFreed: 4},
		{Rule: b, Table: &d.Tables[1], Row: 3, RowsFreed: 1, Gain: 1, Repair: 4},
	}}
	var got []string
	for _, c := range gather(s) {
		code := "absent"
		if c.rule != nil {
			code = c.rule.Code
		}
		got = append(got, fmt.Sprintf("%s %s %d of %d", code, c.table.ID, c.back, len(c.roots)))
	}
	want := []string{"T0102 T01 10 of 2", "T0101 T01 9 of 1", "absent T02 4 of 1", "T0102 T02 1 of 1"}
	if !slices.Equal(got, want) {
		t.Errorf("gather = %q, want %q", got, want)
	}
}

func BenchmarkReport(b *testing.B) {
	d := book()
	r := New(io.Discard, d, Options{})
	f := finding.Finding{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 99, File: "T01.csv", Line: 100}
	for b.Loop() {
		if err := r.Report(&f); err != nil {
			b.Fatal(err)
		}
	}
}

// A finding that follows from a rejection goes when that is repaired; one that
// names a record which nobody sent is where the repair begins, and stands with
// the others.
func TestAbsentIsNoConsequence(t *testing.T) {
	d := book()
	rejected := finding.Cause{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 6}
	absent := finding.Cause{Table: &d.Tables[0], Absent: true}
	for _, tt := range []struct {
		name        string
		causes      []finding.Cause
		follows     int64
		consequence bool
	}{
		{"all rejected", []finding.Cause{rejected, rejected}, 2, true},
		{"all absent", []finding.Cause{absent, absent}, 0, false},
		{"one of each", []finding.Cause{absent, rejected}, 1, false},
		{"no cause", []finding.Cause{{}, rejected}, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			r := New(&out, d, Options{})
			for i, c := range tt.causes {
				if err := r.Report(&finding.Finding{Rule: &d.Rules[2], Table: &d.Tables[1], Row: int64(i + 1), Cause: c}); err != nil {
					t.Fatal(err)
				}
			}
			if g := r.last; g.follows != tt.follows || g.consequence() != tt.consequence {
				t.Errorf("%d follow, all of them %v; want %d, %v", g.follows, g.consequence(), tt.follows, tt.consequence)
			}
			if err := r.Close(rejections(d)); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(out.String(), "Consequences: all of these follow"); got != tt.consequence {
				t.Errorf("stands among the consequences: %v, want %v", got, tt.consequence)
			}
			if hide := strings.Contains(out.String(), "Hide consequences"); hide != tt.consequence {
				t.Errorf("can be hidden as a consequence: %v, want %v", hide, tt.consequence)
			}
		})
	}
}
