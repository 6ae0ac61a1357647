package compare

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mhsds/dictionary"
	"mhsds/dictionary/frugal"
	"mhsds/validate/finding"
	"mhsds/validate/report/jsonl"
	"mhsds/validate/report/share"
)

func book() *dictionary.Dictionary {
	d := &dictionary.Dictionary{
		Tables: []dictionary.Table{
			{ID: "T01", Name: "T01Patient", Position: 1, Fields: []dictionary.Field{{UID: "T01010", Name: "Id"}}},
			{ID: "T02", Name: "T02Visit", Position: 2, Fields: []dictionary.Field{{UID: "T02010", Name: "Id"}}},
		},
	}
	for i := range 4 {
		d.Rules = append(d.Rules, dictionary.Rule{
			Code: fmt.Sprintf("T020%d", i), Table: "T02", Severity: dictionary.RejectRecord, Kind: dictionary.NotBlank, Field: "Id",
			Items: []dictionary.Item{{UID: "T02010", Name: "Id"}},
		})
	}
	d.Rules[3].Severity, d.Rules[3].Status = dictionary.Warning, dictionary.PreSubmission
	return d
}

// A month is a submission in a notation of its own: its findings, as "rule
// record", of which each record has one fingerprint; * marks a root cause.
type month struct {
	period   string
	findings []string
}

func print64(s string) string { return fmt.Sprintf("%x", s) + strings.Repeat("0", 64-2*len(s)) }

// judge writes the result of a month, compared with an earlier one if it is
// not nil, and returns the histories in the order of the findings.
func judge(t testing.TB, d *dictionary.Dictionary, m month, key string, old []byte) (result []byte, seen []finding.History, s *finding.Summary) {
	t.Helper()
	var out bytes.Buffer
	report := jsonl.New(&out, d, false)
	var sink finding.Sink = report
	var tracker *Tracker
	if old != nil {
		r, err := Read(bytes.NewReader(old), "old.jsonl")
		if err != nil {
			t.Fatal(err)
		}
		tracker = Track(r, report, d, key)
		tracker.Begin(m.period+"-01", "")
		sink = tracker
	}
	s = &finding.Summary{Verdict: finding.Accepted, PeriodStart: m.period + "-01", PeriodEnd: m.period + "-28", DatasetVersion: "6.0", FingerprintKey: key}
	counts := make([]int64, len(d.Rules))
	for i, text := range m.findings {
		var rule int
		var record string
		root := strings.HasSuffix(text, "*")
		if _, err := fmt.Sscanf(strings.TrimSuffix(text, "*"), "%d %s", &rule, &record); err != nil {
			t.Fatal(err)
		}
		f := finding.Finding{Rule: &d.Rules[rule], Table: &d.Tables[1], Row: int64(i + 1)}
		if key != "" {
			f.Fingerprint = print64(fmt.Sprint(rule, record))
		}
		counts[rule]++
		if err := sink.Report(&f); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, f.History)
		if root {
			s.Roots = append(s.Roots, finding.Root{Rule: f.Rule, Table: f.Table, Row: f.Row, RowsFreed: int64(10 - i), Fingerprint: f.Fingerprint})
			s.RootCount++
		}
	}
	for i, n := range counts {
		if n > 0 {
			s.Rules = append(s.Rules, finding.RuleCount{Rule: &d.Rules[i], Count: n})
		}
	}
	if tracker != nil {
		tracker.Finish(s)
	}
	if err := report.Close(s); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), seen, s
}

// One record is wrong four months, one is repaired and wrong again, and one
// comes late.
func TestMonths(t *testing.T) {
	d := book()
	months := []month{
		{"2026-01", []string{"0 always*", "0 sometimes", "1 once"}},
		{"2026-02", []string{"0 always*", "1 late"}},
		{"2026-03", []string{"1 late", "0 sometimes", "0 always*"}},
		{"2026-03", []string{"1 late", "0 sometimes", "0 always*"}}, // the same month again
		{"2026-04", []string{"0 always*", "2 new", "1 once"}},
	}
	isNew, back := finding.History{State: finding.New, Months: 1}, finding.History{State: finding.Returned, Months: 1}
	still := func(n int) finding.History { return finding.History{State: finding.Still, Months: n} }
	want := [][]finding.History{
		{{}, {}, {}},
		{still(2), isNew},
		{still(2), back, still(3)},
		{still(2), still(1), still(3)},
		{still(4), isNew, back},
	}
	totals := []finding.RuleTrend{
		{},
		{Before: 3, Now: 2, New: 1, Still: 1, Fixed: 2, Months: 2},
		{Before: 2, Now: 3, Still: 2, Returned: 1, Months: 3},
		{Before: 3, Now: 3, Still: 3, Months: 3},
		{Before: 3, Now: 3, New: 1, Still: 1, Returned: 1, Fixed: 2, Months: 4},
	}
	var old []byte
	for i, m := range months {
		result, got, s := judge(t, d, m, "key", old)
		if diff := cmp.Diff(want[i], got); diff != "" {
			t.Errorf("result %d, histories (-want +got):\n%s", i+1, diff)
		}
		if i > 0 {
			total := s.Comparison.Total()
			if diff := cmp.Diff(totals[i], total); diff != "" {
				t.Errorf("result %d, in all (-want +got):\n%s", i+1, diff)
			}
			if h := s.Roots[0].History; h != got[len(got)-1] && h != got[0] {
				t.Errorf("result %d: the root cause is %v", i+1, h)
			}
			f, err := Read(bytes.NewReader(old), "old.jsonl")
			if err != nil {
				t.Fatal(err)
			}
			diff, err := Results(f, bytes.NewReader(result), "new.jsonl", d)
			if err != nil {
				t.Fatal(err)
			}
			if diff, both := cmp.Diff(s.Comparison, diff.Comparison), diff.Comparison; diff != "" || !both.ByFingerprint {
				t.Errorf("result %d: diff says otherwise than --previous did:\n%s", i+1, diff)
			}
		}
		old = result
	}
}

// What is gone for more than a year is forgotten.
func TestForgotten(t *testing.T) {
	d := book()
	result, _, _ := judge(t, d, month{"2024-12", []string{"0 a", "0 b"}}, "key", nil)
	for m := 1; m <= 12; m++ {
		result, _, _ = judge(t, d, month{fmt.Sprintf("2025-%02d", m), []string{"0 b"}}, "key", result)
	}
	_, seen, _ := judge(t, d, month{"2026-01", []string{"0 a"}}, "key", result)
	if seen[0].State != finding.Returned {
		t.Errorf("after 12 months without it, %v", seen[0])
	}
	result, _, _ = judge(t, d, month{"2026-01", []string{"0 b"}}, "key", result)
	_, seen, _ = judge(t, d, month{"2026-02", []string{"0 a"}}, "key", result)
	if seen[0].State != finding.New {
		t.Errorf("after 13 months without it, %v", seen[0])
	}
}

func TestByCounts(t *testing.T) {
	d := book()
	first := month{"2026-01", []string{"0 a*", "0 b", "1 c*", "3 d"}}
	second := month{"2026-02", []string{"0 x*", "1 c*", "1 y", "1 z*"}}
	for _, tt := range []struct{ name, old, now, why string }{
		{"no fingerprints", "", "", "neither result has fingerprints"},
		{"none in the earlier", "", "key", "the earlier result has no fingerprints"},
		{"none in this", "key", "", "this result has no fingerprints"},
		{"other key", "key", "another", "the fingerprints of the two have different keys"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			old, _, _ := judge(t, d, first, tt.old, nil)
			result, seen, s := judge(t, d, second, tt.now, old)
			c := s.Comparison
			if c.ByFingerprint || c.Why != tt.why {
				t.Errorf("by fingerprint %v, why %q; want %q", c.ByFingerprint, c.Why, tt.why)
			}
			want := []finding.RuleTrend{
				{Code: "T0200", Rule: &d.Rules[0], Before: 2, Now: 1, Still: 1, Fixed: 1},
				{Code: "T0201", Rule: &d.Rules[1], Before: 1, Now: 3, New: 2, Still: 1},
				{Code: "T0203", Rule: &d.Rules[3], Before: 1, Fixed: 1},
			}
			if diff := cmp.Diff(want, c.Rules); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
			roots := []finding.RootTrend{
				{Code: "T0201", Table: "T02Visit", Before: 1, Now: 2, New: 1, Still: 1, RowsFreed: 16},
				{Code: "T0200", Table: "T02Visit", Before: 1, Now: 1, Still: 1, RowsFreed: 10},
			}
			if diff := cmp.Diff(roots, c.Roots); diff != "" {
				t.Errorf("root causes (-want +got):\n%s", diff)
			}
			for _, h := range seen {
				if h != (finding.History{}) {
					t.Errorf("a finding has the history %v", h)
				}
			}
			if strings.Contains(string(result), `"months":2`) || strings.Contains(string(result), `"gone"`) {
				t.Error("the result carries histories")
			}
		})
	}
}

// Absent records are no findings: they are compared as root causes alone.
func TestAbsentRoots(t *testing.T) {
	d := book()
	with := func(period string, prints ...string) *finding.Summary {
		s := &finding.Summary{Verdict: finding.Accepted, PeriodStart: period + "-01", FingerprintKey: "key"}
		for _, p := range prints {
			s.Roots = append(s.Roots, finding.Root{Table: &d.Tables[0], Absent: true, RowsFreed: 3, Fingerprint: print64(p)})
			s.RootCount++
		}
		return s
	}
	write := func(s *finding.Summary) []byte {
		var out bytes.Buffer
		if err := jsonl.New(&out, d, false).Close(s); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	result := write(with("2026-01", "a", "b"))
	for i, tt := range []struct {
		prints []string
		want   finding.RootTrend
	}{
		{[]string{"a", "c"}, finding.RootTrend{Table: "T01Patient", Before: 2, Now: 2, New: 1, Still: 1, Fixed: 1, RowsFreed: 6, Months: 2}},
		{[]string{"a"}, finding.RootTrend{Table: "T01Patient", Before: 2, Now: 1, Still: 1, Fixed: 1, RowsFreed: 3, Months: 3}},
	} {
		old, err := Read(bytes.NewReader(result), "old.jsonl")
		if err != nil {
			t.Fatal(err)
		}
		s := with(fmt.Sprintf("2026-%02d", i+2), tt.prints...)
		tr := Track(old, jsonl.New(new(bytes.Buffer), d, false), d, "key")
		tr.Begin(s.PeriodStart, "")
		tr.Finish(s)
		if diff := cmp.Diff([]finding.RootTrend{tt.want}, s.Comparison.Roots); diff != "" {
			t.Errorf("month %d (-want +got):\n%s", i+2, diff)
		}
		result = write(s)
	}
}

// Whatever two results hold, the numbers add up, and each finding is told as
// a plain comparison of sets tells it.
func TestAgainstSets(t *testing.T) {
	d := book()
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(name string) []string {
			return rapid.SliceOfDistinct(rapid.Custom(func(t *rapid.T) string {
				return fmt.Sprintf("%d r%d", rapid.IntRange(0, 3).Draw(t, "rule"), rapid.IntRange(0, 12).Draw(t, "record"))
			}), func(s string) string { return s }).Draw(rt, name)
		}
		a, b, c := draw("first"), draw("second"), draw("third")
		set := func(list []string) map[string]bool {
			m := map[string]bool{}
			for _, s := range list {
				m[s] = true
			}
			return m
		}
		inA, inB := set(a), set(b)
		one, _, _ := judge(t, d, month{"2026-01", a}, "key", nil)
		two, _, _ := judge(t, d, month{"2026-02", b}, "key", one)
		_, seen, s := judge(t, d, month{"2026-03", c}, "key", two)
		for i, f := range c {
			want := finding.History{State: finding.New, Months: 1}
			switch {
			case inB[f] && inA[f]:
				want = finding.History{State: finding.Still, Months: 3}
			case inB[f]:
				want = finding.History{State: finding.Still, Months: 2}
			case inA[f]:
				want = finding.History{State: finding.Returned, Months: 1}
			}
			if seen[i] != want {
				rt.Fatalf("%s is %v, want %v", f, seen[i], want)
			}
		}
		for _, r := range s.Comparison.Rules {
			if r.Before != r.Still+r.Fixed || r.Now != r.Still+r.New+r.Returned {
				rt.Fatalf("%s does not add up: %+v", r.Code, r)
			}
		}
	})
}

func TestReadRefuses(t *testing.T) {
	d := book()
	good, _, _ := judge(t, d, month{"2026-01", []string{"0 a", "0 b"}}, "key", nil)
	lines := strings.SplitAfter(string(good), "\n")
	summary := `{"summary":{"verdict":"accepted","rules":[],"pre_submission":[]}}` + "\n"
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "does not end with a summary"},
		{"cut short", lines[0], "does not end with a summary"},
		{"a line less", lines[0] + lines[2], "it has 1 findings of \"T0200\" where its summary counts 2"},
		{"a line more", lines[0] + summary, "summary counts none"},
		{"something behind", lines[0] + lines[1] + lines[2] + lines[0], "line 4 follows its summary"},
		{"no JSON", "code,severity\n", "line 1 cannot be read"},
		{"no code", "{}\n" + summary, "line 1 has no code"},
		{"no verdict", `{"summary":{}}`, "its summary cannot be read"},
		{"a broken end", strings.TrimSuffix(strings.TrimSpace(string(good)), "}") + `,"gone":"AA"}`, "cannot be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(tt.text), "x")
			if !errors.Is(err, ErrNotResult) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Read: %v, want %q", err, tt.want)
			}
			old, err := Read(bytes.NewReader(good), "x")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Results(old, strings.NewReader(tt.text), "x", d); !errors.Is(err, ErrNotResult) && tt.name != "a broken end" {
				t.Errorf("Results: %v", err)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	d := book()
	good, _, _ := judge(f, d, month{"2026-01", []string{"0 a*", "3 b"}}, "key", nil)
	again, _, _ := judge(f, d, month{"2026-02", []string{"0 c*"}}, "key", good)
	f.Add(good)
	f.Add(again)
	f.Add([]byte(`{"summary":{"verdict":"accepted"},"gone":"AAAAAAAAAAAAAAAAAAAAAAE="}`))
	f.Add([]byte(`{"code":"X","row":-1,"fingerprint":"` + strings.Repeat("A", 100) + "\"}\n" + `{"summary":{"verdict":"","rules":[{"code":"X","count":-9223372036854775808}],"causes":[{}]}}`))
	f.Add([]byte(strings.Repeat(`{"summary":`, 20)))
	f.Add([]byte("null\n[]\n{}\n"))
	f.Add([]byte(`{"summary":{"verdict":"accepted","rules":[{"code":"T02\u007f","count":1}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var r *Result
		var err error
		frugal.Check(t, len(data), 1000, func() { r, err = Read(bytes.NewReader(data), "x") })
		if err != nil {
			if strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("error %q is not one line", err)
			}
			return
		}
		old, err := Read(bytes.NewReader(good), "y")
		if err != nil {
			t.Fatal(err)
		}
		// What can be read can be compared, either way.
		if _, err := Results(old, bytes.NewReader(data), "x", d); err != nil && !errors.Is(err, ErrNotResult) {
			t.Error(err)
		}
		if _, err := Results(r, bytes.NewReader(again), "y", d); err != nil {
			t.Error(err)
		}
	})
}

func TestWrite(t *testing.T) {
	d := book()
	old, _, _ := judge(t, d, month{"2026-01", []string{"0 a*", "0 b", "0 c", "0 d", "0 e", "0 f", "1 g"}}, "key", nil)
	result, _, _ := judge(t, d, month{"2026-02", []string{"0 a*", "2 h*"}}, "key", old)
	r, err := Read(bytes.NewReader(old), "january.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	diff, err := Results(r, bytes.NewReader(result), "february.jsonl", d)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := diff.WriteText(&out, d, Options{MaxShown: 1}); err != nil {
		t.Fatal(err)
	}
	want := `Old  january.jsonl: period 2026-01, accepted, 7 findings
New  february.jsonl: period 2026-02, accepted, 2 findings
Compared finding by finding, on fingerprints.

By rule
                         was  is  new  back  still  fixed  months
  T0202 record rejected    0   1    1     0      0      0
  T0200 record rejected    6   1    0     0      1      5       2
  T0201 record rejected    1   0    0     0      0      1
  All rules                7   2    1     0      1      6       2

By root cause
                  was  is  new  back  still  fixed  months
  T0200 T02Visit    1   1    0     0      1      0       2
  T0202 T02Visit    0   1    1     0      0      0

Root causes of the new result, the one that frees most rows first
   1. frees 10 rows: T0200, T02Visit row 1
      Still there, 2 months running
      [T02010]Id is blank; every row of T02Visit must have it.
  and 1 more; --max-shown shows more of them.

This report contains no patient values and no local identifiers. Nothing was
sent anywhere.
In all: 1 new, 1 still there, 6 fixed.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}

	out.Reset()
	if err := diff.WriteText(&out, d, Options{MaxShown: 5, Counts: share.Counts{Suppress: true}}); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); strings.Contains(s, "row 1") || !strings.Contains(s, "T0200 record rejected    5  <5    0     0     <5      5       2") {
		t.Errorf("with suppressed counts:\n%s", s)
	}

	out.Reset()
	if err := diff.WriteJSON(&out, Options{}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Old, New   Head
		Comparison struct {
			ByFingerprint bool `json:"by_fingerprint"`
			New, Fixed    int64
			Rules         []map[string]any
		}
		Causes []map[string]any
	}
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	if got.Old.Findings != 7 || got.New.Period != "2026-02" || got.Comparison.New != 1 || got.Comparison.Fixed != 6 || len(got.Comparison.Rules) != 3 || len(got.Causes) != 2 || got.Causes[0]["months"] != 2.0 {
		t.Errorf("JSON: %s", out.String())
	}
}

// A result of a million findings is kept in 24 bytes a finding.
func TestMemory(t *testing.T) {
	const n = 1_000_000
	r, w := newPipe(n)
	defer r.Close()
	go w()
	result, err := Read(r, "big.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	if result.Findings != n || !result.printed {
		t.Fatalf("%d findings", result.Findings)
	}
	if limit := uint64(96 << 20); mem.HeapInuse > limit {
		t.Errorf("%d MiB in use, want less than %d", mem.HeapInuse>>20, limit>>20)
	}
	for _, i := range []int{0, 1, n / 2, n - 1} {
		if p := result.find(fmt.Sprintf("%064x", hashed(i))); p == nil || p.months != 1 {
			t.Errorf("finding %d is not found", i)
		}
	}
	if result.find(fmt.Sprintf("%064x", hashed(n))) != nil {
		t.Error("a finding is found that is not there")
	}
	runtime.KeepAlive(result)
}
