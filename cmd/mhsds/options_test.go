package main

import (
	"errors"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

func TestFailOn(t *testing.T) {
	rule := func(status dictionary.Status, severity dictionary.Severity, grade string) finding.RuleCount {
		return finding.RuleCount{Rule: &dictionary.Rule{Status: status, Severity: severity, Grade: grade}, Count: 1}
	}
	warning := rule(dictionary.Both, dictionary.Warning, "")
	record := rule(dictionary.Both, dictionary.RejectRecord, "")
	group := rule(dictionary.Both, dictionary.RejectGroup, "")
	file := rule(dictionary.PortalCheck, dictionary.RejectFile, "")
	padding := rule(dictionary.PreSubmission, dictionary.Warning, "container")
	scope := rule(dictionary.PreSubmission, dictionary.Warning, "out of scope")
	likely := rule(dictionary.PreSubmission, dictionary.Warning, "likely")
	scope.Rule.Kind, likely.Rule.Kind = dictionary.Scope, dictionary.Scope
	ragged := rule(dictionary.PreSubmission, dictionary.RejectRecord, "container")
	none := rule(dictionary.Both, dictionary.RejectFile, "")
	none.Count = 0

	tests := []struct {
		name  string
		found []finding.RuleCount
		ends  map[string]bool // by level, whether it ends with status 1
	}{
		{"nothing", nil, map[string]bool{}},
		{"a count of 0", []finding.RuleCount{none}, map[string]bool{}},
		{"warning", []finding.RuleCount{warning}, map[string]bool{"warning": true}},
		{"record", []finding.RuleCount{record}, map[string]bool{"warning": true, "record": true}},
		{"group", []finding.RuleCount{group}, map[string]bool{"warning": true, "record": true, "group": true}},
		{"file", []finding.RuleCount{file}, map[string]bool{"warning": true, "record": true, "group": true, "file": true}},
		{"warning of ours", []finding.RuleCount{padding}, map[string]bool{"warning": true}},
		{"scope", []finding.RuleCount{scope}, map[string]bool{"warning": true, "scope": true}},
		{"likely out of scope", []finding.RuleCount{likely}, map[string]bool{"warning": true}},
		{"row of ours that cannot be judged", []finding.RuleCount{ragged}, map[string]bool{"warning": true, "record": true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, level := range []string{"file", "group", "record", "scope", "warning", "never"} {
				on, err := parseFailOn([]string{level})
				if err != nil {
					t.Fatal(err)
				}
				if got := on.reached(&finding.Summary{Rules: tt.found}); got != tt.ends[level] {
					t.Errorf("--fail-on %s: reached = %v, want %v", level, got, tt.ends[level])
				}
			}
		})
	}
	both, err := parseFailOn([]string{"file", "scope"})
	if err != nil {
		t.Fatal(err)
	}
	if both.reached(&finding.Summary{Rules: []finding.RuleCount{group}}) || !both.reached(&finding.Summary{Rules: []finding.RuleCount{scope}}) {
		t.Error("file,scope is not the one and the other")
	}
	if !both.reached(&finding.Summary{Verdict: finding.FileRejected}) {
		t.Error("a rejected file is not reached by file")
	}
}

func TestParsePeriod(t *testing.T) {
	tests := []struct {
		in, start, end string
		ok             bool
	}{
		{"", "", "", true},
		{"2026-09", "2026-09-01", "2026-09-30", true},
		{"2026-12", "2026-12-01", "2026-12-31", true},
		{"2028-02", "2028-02-01", "2028-02-29", true},
		{"2026-13", "", "", false},
		{"2026-9", "", "", false},
		{"2026-09-01", "", "", false},
	}
	for _, tt := range tests {
		start, end, err := parsePeriod(tt.in)
		if start != tt.start || end != tt.end || (err == nil) != tt.ok {
			t.Errorf("parsePeriod(%q) = %q, %q, %v", tt.in, start, end, err)
		}
	}
}

func TestParseUploaded(t *testing.T) {
	tests := []struct {
		in, want string
		ok       bool
	}{
		{"", "", true},
		{"2026-10-05T16:30:15", "2026-10-05T16:30:15", true},
		{"2026-10-05 16:30", "2026-10-05T16:30:00", true},
		{"2026-10-05", "", false},
		{"2026-02-30T00:00:00", "", false},
	}
	for _, tt := range tests {
		if got, err := parseUploaded(tt.in); got != tt.want || (err == nil) != tt.ok {
			t.Errorf("parseUploaded(%q) = %q, %v", tt.in, got, err)
		}
	}
}

func TestParseDelimiter(t *testing.T) {
	tests := []struct {
		in   string
		want byte // 0 for refused
	}{
		{",", ','}, {";", ';'}, {"|", '|'}, {"tab", '\t'}, {`\t`, '\t'},
		{"", 0}, {",,", 0}, {`"`, 0}, {" ", 0}, {"a", 0}, {"7", 0}, {"\n", 0}, {"é", 0},
	}
	for _, tt := range tests {
		got, err := parseDelimiter(tt.in)
		if got != tt.want || (err == nil) != (tt.want != 0) {
			t.Errorf("parseDelimiter(%q) = %q, %v", tt.in, got, err)
		}
	}
}

func TestParseOutputs(t *testing.T) {
	tests := []struct {
		name  string
		specs []string
		want  []output // nil for refused
	}{
		{"none is text", nil, []output{{"text", "-"}}},
		{"stdout twice written", []string{"json=-"}, []output{{"json", "-"}}},
		{"a path with =", []string{"json=a=b"}, []output{{"json", "a=b"}}},
		{"one to stdout, one to a file", []string{"text", "jsonl=x"}, []output{{"text", "-"}, {"jsonl", "x"}}},
		{"two to stdout", []string{"text", "json"}, nil},
		{"two to one file", []string{"text=x", "json=./x"}, nil},
		{"unknown", []string{"yaml"}, nil},
		{"empty path", []string{"json="}, nil},
		{"a folder's kind to stdout", []string{"national=-"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseOutputs(tt.specs)
			if (err == nil) != (tt.want != nil) || len(got) != len(tt.want) {
				t.Fatalf("parseOutputs(%q) = %v, %v, want %v", tt.specs, got, err, tt.want)
			}
			var s *statusError
			if err != nil && (!errors.As(err, &s) || s.status != statusUsage) {
				t.Errorf("parseOutputs(%q): %v is no usage error", tt.specs, err)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("parseOutputs(%q)[%d] = %v, want %v", tt.specs, i, got[i], tt.want[i])
				}
			}
		})
	}
}
