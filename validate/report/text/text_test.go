package text

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func book() *dictionary.Dictionary {
	return &dictionary.Dictionary{
		Tables: []dictionary.Table{
			{ID: "T01", Name: "T01Patient", Fields: []dictionary.Field{{UID: "T01010", Name: "Id"}, {UID: "T01020", Name: "Born"}}},
			{ID: "T02", Name: "T02VisitOfAProfessionalWithAVeryLongNameThatFillsItsColumn", Fields: []dictionary.Field{{UID: "T02010", Name: "Id"}}},
			{ID: "T03", Name: "T03Absent"},
		},
		Rules: []dictionary.Rule{
			{Code: "T0101", Table: "T01", Severity: dictionary.RejectRecord, Kind: dictionary.NotBlank, Field: "Born",
				Items: []dictionary.Item{{UID: "T01010", Name: "Id"}, {UID: "T01020", Name: "Born"}}},
			{Code: "T0102", Table: "T01", Severity: dictionary.Warning, Kind: dictionary.ValidTime, Field: "Born"},
			{Code: "T0201", Table: "T02", Severity: dictionary.RejectGroup, Kind: dictionary.ParentExists, Field: "Id",
				Other: dictionary.Ref{Table: "T01", Field: "Id"}},
			{Code: "T0000", Table: "T01", Severity: dictionary.RejectFile, Kind: dictionary.FileCheck, Check: "table_empty"},
			{Code: "OWN1", Status: dictionary.PreSubmission, Severity: dictionary.Warning, Kind: dictionary.Container, Check: "no_such_check", Grade: "form"},
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

func rejections(d *dictionary.Dictionary) *finding.Summary {
	return &finding.Summary{
		Verdict:        finding.AcceptedWithRejections,
		DatasetVersion: "6.0", RulesDated: "2024-03", ScalesRevision: "6.0.7.1",
		PeriodStart: "2026-09-01", PeriodEnd: "2026-09-30", Provider: "RXX",
		Tables: []finding.TableSummary{
			{Table: &d.Tables[0], File: "T01.csv", Rows: 1234567, CarriedForward: 1234555, RecordRejected: 12, Warnings: 1},
			{Table: &d.Tables[1], File: "T02.csv", Rows: 40, CarriedForward: 36, GroupRejected: 3, Unreadable: 1},
			{Table: &d.Tables[2]},
		},
		Rules: []finding.RuleCount{{Rule: &d.Rules[0], Count: 12}, {Rule: &d.Rules[1], Count: 1}, {Rule: &d.Rules[2], Count: 3}, {Rule: &d.Rules[4], Count: 2}},
		Roots: []finding.Root{
			{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 6, Group: 3, RowsFreed: 3, Depends: 4},
			{Table: &d.Tables[0], Absent: true, RowsFreed: 1, Depends: 1},
			{Table: &d.Tables[0], Absent: true, RowsFreed: 1, Depends: 2},
			{Table: &d.Tables[1], Absent: true, RowsFreed: 1, Depends: 1},
		},
		RootCount: 2004,
		Assumed:   &finding.Assumed{Codes: []string{"T0101", "T0201"}, CarriedForward: []int64{1234567, 39, 0}},
		NotChecked: []finding.NotChecked{
			{Rule: &d.Rules[3], Why: "needs portal data: --provider"},
			{Rule: &d.Rules[1], Why: "needs reference data: organisations"},
			{Rule: &d.Rules[2], Why: "needs reference data: organisations"},
		},
		Notices: []finding.Notice{
			{File: "T01.csv", Text: "no column Born; every row is taken to have none, which the rules that want it will say again"},
			{Text: "2 files are not of the data set"},
		},
		Input: finding.Input{Path: "month"},
		Tool:  finding.Tool{Name: "mhsds", Version: "1.0", Schemas: "embedded"},
	}
}

func TestReport(t *testing.T) {
	tests := []struct {
		name string
		opt  Options
		make func(*Report, *dictionary.Dictionary) *finding.Summary
	}{
		{"rejections", Options{MaxShown: 5}, func(r *Report, d *dictionary.Dictionary) *finding.Summary {
			say(r, &d.Rules[0], &d.Tables[0], 12, nil)
			say(r, &d.Rules[1], &d.Tables[0], 1, func(f *finding.Finding) { f.Line = 9 })
			say(r, &d.Rules[2], &d.Tables[1], 3, func(f *finding.Finding) {
				if f.Row > 3 {
					f.Cause = finding.Cause{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 6}
				}
			})
			say(r, &d.Rules[2], &d.Tables[2], 1, func(f *finding.Finding) { f.Cause = finding.Cause{Table: &d.Tables[0], Absent: true} })
			say(r, &d.Rules[0], &d.Tables[2], 1, func(f *finding.Finding) { f.Cause = finding.Cause{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 6} })
			say(r, &d.Rules[4], &d.Tables[0], 2, func(f *finding.Finding) { f.Column, f.Detail = "Born", "4 values" })
			say(r, &d.Rules[4], nil, 1, func(f *finding.Finding) { f.File, f.Row, f.Line = "odd\x1b[31m.csv", 0, 0 })
			return rejections(d)
		}},
		{"values-verbose-colour", Options{Width: 100, MaxShown: 2, Verbose: true, Values: true, Colour: true}, func(r *Report, d *dictionary.Dictionary) *finding.Summary {
			say(r, &d.Rules[0], &d.Tables[0], 12, func(f *finding.Finding) {
				f.Values = []finding.Value{{Item: d.Rules[0].Items[0], Text: []byte("A\x1b[2J  B\xff\u202e\u009b")}, {Item: d.Rules[0].Items[1], Null: true}}
			})
			return rejections(d)
		}},
		{"accepted", Options{MaxShown: 5}, func(r *Report, d *dictionary.Dictionary) *finding.Summary {
			return &finding.Summary{
				Verdict: finding.Accepted, DatasetVersion: "6.0", RulesDated: "2024-03",
				Tables: []finding.TableSummary{{Table: &d.Tables[0], File: "T01.csv", Rows: 2, CarriedForward: 2}},
				Tool:   finding.Tool{Name: "mhsds", Version: "1.0", Schemas: "mine"},
			}
		}},
		{"file-rejected-incomplete", Options{MaxShown: 5}, func(r *Report, d *dictionary.Dictionary) *finding.Summary {
			say(r, &d.Rules[3], &d.Tables[0], 1, func(f *finding.Finding) { f.Row, f.Line, f.File = 0, 0, "" })
			return &finding.Summary{
				Verdict: finding.FileRejected, DatasetVersion: "6.0", RulesDated: "2024-03",
				Tables:     []finding.TableSummary{{Table: &d.Tables[1], File: "T02.csv", Rows: 2, CarriedForward: 2}},
				Rules:      []finding.RuleCount{{Rule: &d.Rules[3], Count: 1}},
				Incomplete: []string{"stopped by the user; T03Absent was not read"},
				Tool:       finding.Tool{Name: "mhsds", Version: "1.0"},
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := book()
			var out bytes.Buffer
			r := New(&out, d, tt.opt)
			if err := r.Close(tt.make(r, d)); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", tt.name+".golden")
			if *update {
				if err := os.MkdirAll("testdata", 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, out.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), out.String()); diff != "" {
				t.Errorf("report differs from %s (-want +got); -update rewrites it:\n%s", golden, diff)
			}
			plain := out.String()
			if !tt.opt.Colour && strings.ContainsRune(plain, '\x1b') {
				t.Error("escape sequence in a report without colours")
			}
			for line := range strings.Lines(plain) {
				if n := visible(strings.TrimSuffix(line, "\n")); n > max(tt.opt.Width, 80) {
					t.Errorf("line of %d columns: %s", n, line)
				}
			}
		})
	}
}

// A report holds the first places of a rule and the count, nothing else.
func TestReportKeepsFewPlaces(t *testing.T) {
	d := book()
	r := New(new(bytes.Buffer), d, Options{MaxShown: 3})
	f := finding.Finding{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 1}
	for range 10 {
		r.Report(&f)
	}
	if n := testing.AllocsPerRun(1000, func() { r.Report(&f) }); n != 0 {
		t.Errorf("a finding that is not shown allocates %v times, want 0", n)
	}
	g := r.groups[groupKey{f.Rule, f.Table}]
	if len(g.places) != 3 || g.count != 1011 {
		t.Errorf("%d places and count %d, want 3 and 1011", len(g.places), g.count)
	}
}

func TestCloseReturnsTheWritersError(t *testing.T) {
	full := errors.New("disk full")
	r := New(failing{full}, book(), Options{})
	if err := r.Close(&finding.Summary{}); err != full {
		t.Errorf("Close returned %v, want the writer's error", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestNumber(t *testing.T) {
	tests := []struct {
		n    int64
		want string
	}{{0, "0"}, {999, "999"}, {1000, "1,000"}, {1234567, "1,234,567"}, {-999, "-999"}, {-1000, "-1,000"}}
	for _, tt := range tests {
		if got := number(tt.n); got != tt.want {
			t.Errorf("number(%d) = %q, want %q", tt.n, got, tt.want)
		}
	}
}
