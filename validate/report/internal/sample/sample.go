// Package sample is a made-up submission for the tests of reports: a small
// dictionary, its findings, as many as a test wants, and their summary.
//
// Its names and values are what a report has to survive: marks of every
// format, formulas, control characters, text that turns its direction.
package sample

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

// Secret stands in every value and local identifier of the sample: where no
// values were asked for, it must not be seen.
const Secret = "SECRET"

// Book returns the dictionary.
func Book() *dictionary.Dictionary {
	d := &dictionary.Dictionary{
		Version: "6.0", RulesDated: "2024-03", ScalesRevision: "6.0.7.1",
		Context: dictionary.Table{ID: "Context", Name: "Context"},
		Tables: []dictionary.Table{
			{ID: "T01", Name: "T01Patient", Title: "a patient", Position: 1, Fields: []dictionary.Field{
				{UID: "T01010", Name: "PatientID", Item: "LOCAL PATIENT IDENTIFIER", Type: dictionary.Text, Key: true, Position: 1},
				{UID: "T01020", Name: "Born", Item: "PERSON BIRTH DATE", Type: dictionary.Date, Position: 2},
			}},
			{ID: "T02", Name: "T02Visit", Title: "a visit", Position: 2, Fields: []dictionary.Field{
				{UID: "T02010", Name: "VisitID", Item: "VISIT IDENTIFIER", Type: dictionary.Text, Key: true, Position: 1},
				{UID: "T02020", Name: "PatientID", Item: "LOCAL PATIENT IDENTIFIER", Type: dictionary.Text, Position: 2},
			}},
			{ID: "T03", Name: "T03Ward", Title: "a ward", Position: 3, Fields: []dictionary.Field{
				{UID: "T03010", Name: "WardCode", Item: "WARD CODE", Type: dictionary.Text, Key: true, Position: 1},
			}},
		},
	}
	item := func(uid, name string) dictionary.Item { return dictionary.Item{UID: uid, Name: name} }
	d.Rules = []dictionary.Rule{
		{Code: "T0101", Status: dictionary.Both, Table: "T01", Severity: dictionary.RejectRecord, Kind: dictionary.NotBlank, Field: "Born",
			Items: []dictionary.Item{item("T01010", "PatientID"), item("T01020", "Born")}},
		{Code: "T0102", Status: dictionary.Both, Table: "T01", Severity: dictionary.Warning, Kind: dictionary.NotBlank, Field: "PatientID",
			Items: []dictionary.Item{item("T01010", "PatientID")}},
		{Code: "T0201", Status: dictionary.Both, Table: "T02", Severity: dictionary.RejectGroup, Kind: dictionary.ParentExists, Field: "PatientID",
			Other: dictionary.Ref{Table: "T01", Field: "PatientID"}, Items: []dictionary.Item{item("T02010", "VisitID"), item("", "PatientID")}},
		{Code: "T0202", Status: dictionary.Both, Table: "T02", Severity: dictionary.RejectRecord, Kind: dictionary.NotBlank, Field: "VisitID",
			Items: []dictionary.Item{item("T02010", "VisitID")}},
		{Code: "T0301", Status: dictionary.Both, Table: "T03", Severity: dictionary.Warning, Kind: dictionary.NotBlank, Field: "WardCode",
			Items: []dictionary.Item{item("T03010", "WardCode")}},
		{Code: "OWN01", Status: dictionary.PreSubmission, Severity: dictionary.Warning, Kind: dictionary.Container, Check: "padding", Grade: "form"},
	}
	return d
}

// A Sink is a report.
type Sink interface {
	finding.Sink
	Close(*finding.Summary) error
}

// hostile are values, by turns: formulas, marks of HTML, Markdown, XML and
// workflow commands, control characters, and what is no UTF-8.
var hostile = [...]string{
	"", "=1+1|cmd", "+44", "-1", "@SUM(A1)", "\t=x", "\r\n::error::x", "<script>&\"'", "a|b`*_[x](y)", "\x00\x1b[31m\u202e", "\xff\xfe",
	"2001-02-03", "1899-01-01", "00012", "%0A::set-output", "]]>",
}

// Findings hands n findings to the sink: mostly of two rules, now and then of
// another. old says how each stands against an earlier result.
func Findings(d *dictionary.Dictionary, sink finding.Sink, n int, values, old bool) error {
	patient, visit := &d.Tables[0], &d.Tables[1]
	for i := range n {
		f := finding.Finding{Rule: &d.Rules[0], Table: patient, Row: int64(i + 1), File: "T01|Patient,a:b.csv", Line: int64(i + 2)}
		switch {
		case i%10 == 7:
			f.Rule = &d.Rules[1]
		case i%10 == 8:
			f = finding.Finding{Rule: &d.Rules[5], Table: patient, File: "T01|Patient,a:b.csv", Column: "Bo|rn", Detail: "3 values, the first in row 2"}
		case i%10 == 9 && i > 20:
			f.Rule, f.Table, f.File, f.Line = &d.Rules[3], visit, "T02Visit.csv", 0
		case i%2 == 1:
			f.Rule, f.Table, f.File = &d.Rules[2], visit, "T02Visit.csv"
			f.Cause = finding.Cause{Rule: &d.Rules[0], Table: patient, Row: int64(i)}
			if i%4 == 1 {
				f.Cause = finding.Cause{Table: patient, Absent: true}
				if values {
					f.Cause.Key = []byte(Secret)
				}
			}
		}
		if values {
			for k, it := range f.Rule.Items {
				v := hostile[(i+k)%len(hostile)]
				if v != "" && k == 0 {
					v += Secret
				}
				f.Values = append(f.Values, finding.Value{Item: it, Text: []byte(v), Null: v == ""})
			}
		}
		if old {
			f.Fingerprint = fmt.Sprintf("%064x", i)
			f.History = [...]finding.History{
				{State: finding.New, Months: 1}, {State: finding.Still, Months: 3}, {State: finding.Returned, Months: 1},
			}[i%3]
		}
		if err := sink.Report(&f); err != nil {
			return err
		}
	}
	return nil
}

// counter counts findings by rule.
type counter map[*dictionary.Rule]int64

func (c counter) Report(f *finding.Finding) error { c[f.Rule]++; return nil }

// Summary returns the summary of n findings.
func Summary(d *dictionary.Dictionary, n int, old bool) *finding.Summary {
	counts := counter{}
	if err := Findings(d, counts, n, false, false); err != nil {
		return nil
	}
	patient, visit, ward := &d.Tables[0], &d.Tables[1], &d.Tables[2]
	s := &finding.Summary{
		Verdict: finding.AcceptedWithRejections, DatasetVersion: d.Version, RulesDated: d.RulesDated, ScalesRevision: d.ScalesRevision,
		PeriodStart: "2026-09-01", PeriodEnd: "2026-09-30", Provider: "RXX", Submitter: "RXX",
		Tables: []finding.TableSummary{
			{Table: patient, File: "T01|Patient,a:b.csv", Rows: int64(2 * n), CarriedForward: int64(n), RecordRejected: int64(n) - 3, GroupRejected: 3, Warnings: counts[&d.Rules[1]]},
			{Table: visit, File: "T02Visit.csv", Rows: 1200, CarriedForward: 1198, GroupRejected: 2},
			{Table: ward},
		},
		Roots: []finding.Root{
			{Rule: &d.Rules[0], Table: patient, Row: 17, Group: 3, RowsFreed: 230, Depends: 231, Repair: 1, Gain: 230},
			{Table: patient, Absent: true, RowsFreed: 12, Depends: 12, Repair: 2, Gain: 12},
			{Rule: &d.Rules[3], Table: visit, Row: 9, RowsFreed: 1, Depends: 1},
		},
		RootCount:  1003,
		NotChecked: []finding.NotChecked{{Rule: &d.Rules[4], Why: "needs a list of wards: --reference | wards=FILE"}},
		Notices:    []finding.Notice{{File: "T01|Patient,a:b.csv", Text: "read as Windows-1252"}, {Text: "a <b> line\nbreak"}},
		Input: finding.Input{Path: "september|100%.zip", Files: []finding.InputFile{
			{Name: "T01|Patient,a:b.csv", Bytes: 120, SHA256: fmt.Sprintf("%064x", 7)}, {Name: "T02Visit.csv", Bytes: 7},
		}},
		Tool: finding.Tool{Name: "mhsds", Version: "1.0", Schemas: "embedded", Jobs: 2},
	}
	for i := range d.Rules {
		if c := counts[&d.Rules[i]]; c > 0 {
			s.Rules = append(s.Rules, finding.RuleCount{Rule: &d.Rules[i], Count: c})
		}
	}
	if old {
		s.FingerprintKey = "0123456789abcdef"
		s.Comparison = &finding.Comparison{
			Previous: "august.jsonl", Period: "2026-08", Summary: fmt.Sprintf("%064x", 99), ByFingerprint: true,
			Notes: []string{"the earlier result is incomplete"},
			Rules: []finding.RuleTrend{
				{Code: "T0101", Rule: &d.Rules[0], Before: 9, Now: counts[&d.Rules[0]], New: counts[&d.Rules[0]] - 5, Still: 5, Fixed: 4, Months: 3},
				{Code: "T0301", Rule: &d.Rules[4], Before: 2, Fixed: 2},
			},
			Roots: []finding.RootTrend{{Code: "T0101", Table: "T01Patient", Before: 3, Now: 2, New: 1, Still: 1, Fixed: 2, RowsFreed: 230, Months: 3}},
		}
		s.Roots[0].History = finding.History{State: finding.Still, Months: 3}
		s.Roots[2].History = finding.History{State: finding.New, Months: 1}
	}
	return s
}

// Scoped adds to a summary what does not belong in the submission, and a
// configuration that has switched our rule off.
func Scoped(d *dictionary.Dictionary, s *finding.Summary) *finding.Summary {
	s.Scope = &finding.ScopeSummary{
		Grades: []finding.ScopeGrade{
			{Grade: dictionary.GradeOutOfScope, Referrals: 3, Contacts: 40, Patients: 2}, {Grade: dictionary.GradeLikely, Referrals: 1200, Contacts: 4000, Patients: 1100},
		},
		Referrals: 1203, Contacts: 4040, Patients: 1102,
		Declared: []finding.ScopeDeclared{{List: dictionary.SignTeams, Entry: 1, Hits: 7}, {List: dictionary.SignTeams, Entry: 2}},
	}
	own := &d.Rules[len(d.Rules)-1]
	s.Rules = slices.DeleteFunc(s.Rules, func(c finding.RuleCount) bool { return c.Rule == own })
	s.Suppressed = []finding.Suppressed{{Setting: finding.Setting{Rule: own, Off: true, Reason: "our extract | pads::x", Expires: "2099-01-01"}, Count: 7}}
	s.More = []string{"what belongs to the other service"}
	s.Input.Config, s.Input.ConfigFound = "mhsds|.toml", true
	return s
}

// Play runs n findings through the report that open makes, and closes it.
func Play(open func(io.Writer, *dictionary.Dictionary) Sink, w io.Writer, n int, values, old bool) error {
	d := Book()
	r := open(w, d)
	if err := Findings(d, r, n, values, old); err != nil {
		return err
	}
	return r.Close(Summary(d, n, old))
}

// Heap runs n findings through the report and returns the bytes of memory in
// use when it has been told all of them and when it is written.
func Heap(open func(io.Writer, *dictionary.Dictionary) Sink, n int) (before, after uint64, err error) {
	d := Book()
	r := open(io.Discard, d)
	if err := Findings(d, r, n, true, true); err != nil {
		return 0, 0, err
	}
	before = inUse()
	err = r.Close(Summary(d, n, true))
	after = inUse()
	runtime.KeepAlive(r)
	return before, after, err
}

// Million fails the test if a report of a million findings holds more than limit
// bytes when it has been told all of them, or when it is written.
func Million(t testing.TB, open func(io.Writer, *dictionary.Dictionary) Sink, limit uint64) {
	t.Helper()
	before, after, err := Heap(open, 1_000_000)
	switch {
	case err != nil:
		t.Fatal(err)
	case max(before, after) > limit:
		t.Errorf("%d and %d MiB in use, want less than %d", before>>20, after>>20, limit>>20)
	}
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}
