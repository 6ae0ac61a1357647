package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mhsds/dictionary"
)

const moduleRoot = "../../../.."

// TestCommitted: the scores that are committed name every rule once, add up,
// and are what the page and the README show. Whether they are true, the
// command says with -check.
func TestCommitted(t *testing.T) {
	d, g, err := load()
	if err != nil {
		t.Fatal(err)
	}
	b, err := readBoard(filepath.Join(moduleRoot, boardFile))
	if err != nil {
		t.Fatal(err)
	}
	const stale = "; run make scoreboard"
	if len(b.Rules) != len(d.Rules) {
		t.Fatalf("%d rules are scored, of %d"+stale, len(b.Rules), len(d.Rules))
	}
	for i, s := range b.Rules {
		r := &d.Rules[i]
		if s.Code != r.Code {
			t.Fatalf("score %d is of %s, not of %s"+stale, i+1, s.Code, r.Code)
		}
		if status, _, _ := statusOf(d, r); s.Status != status {
			t.Errorf("%s: status %q, want %q"+stale, s.Code, s.Status, status)
		}
	}
	sum := b.Totals
	sum.count(b.Rules)
	if sum != b.Totals {
		t.Errorf("the totals are %+v, and the scores add up to %+v", b.Totals, sum)
	}
	files, err := written(moduleRoot, b, d, g)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		is, err := os.ReadFile(filepath.Join(moduleRoot, f.name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(is, f.data) {
			t.Errorf("%s is not what the scores become"+stale, f.name)
		}
		if len(f.data) > 500_000 {
			t.Errorf("%s has %d bytes", f.name, len(f.data))
		}
	}
}

// A rule that no run reached has no evidence, and shows none.
func TestNone(t *testing.T) {
	s := score{Status: exact, Cases: &caseCount{}, Oracle: &agreement{}}
	if s.kinds() != 0 || len(s.against()) != 0 {
		t.Errorf("a rule without a run has %d kinds of evidence, and %v against it", s.kinds(), s.against())
	}
	s = score{Cases: &caseCount{Accept: 3}, Twin: &agreement{Agree: 2, Differ: 1}, Fault: differs}
	if got := s.against(); s.kinds() != 0 || !slices.Equal(got, []string{"fault", "twin"}) {
		t.Errorf("cases without one to reject, a twin and a fault that differ: %d kinds of evidence, and %v against it", s.kinds(), got)
	}
	for _, got := range []string{showCases(nil), show("", nil), (&pageWriter{}).fault(&score{}), (&pageWriter{}).twins(&score{})} {
		if got != "none" {
			t.Errorf("no evidence shows as %q", got)
		}
	}
}

func TestFalls(t *testing.T) {
	good := func() *board {
		b := &board{Rules: []score{
			{Code: "A", Status: exact, Cases: &caseCount{Accept: 2, Reject: 2}, Fault: alone, Oracle: &agreement{Agree: 9}},
			{Code: "B", Status: partly, Cases: &caseCount{Accept: 1, Reject: 1}, Fault: entangled, Twin: &agreement{Agree: 100}},
		}}
		b.Totals.count(b.Rules)
		return b
	}
	tests := []struct {
		name   string
		change func(b *board)
		falls  string // words of one of the lines; "" for none
	}{
		{"nothing", func(*board) {}, ""},
		{"a rule gone", func(b *board) { b.Rules = b.Rules[:1] }, "B is gone"},
		{"a worse status", func(b *board) { b.Rules[0].Status = partly }, `A: status, from "exact" to "partly"`},
		{"a better status", func(b *board) { b.Rules[1].Status = exact }, ""},
		{"a case less", func(b *board) { b.Rules[0].Cases.Reject-- }, "A: cases to reject: 1, was 2"},
		{"a case more", func(b *board) { b.Rules[0].Cases.Reject++ }, ""},
		{"a case judged otherwise", func(b *board) { b.Rules[0].Cases.Wrong++ }, "A: cases judged otherwise: 1, was 0"},
		{"cases not run", func(b *board) { b.Rules[0].Cases = nil }, "A: cases to accept: 0, was 2"},
		{"alone no more", func(b *board) { b.Rules[0].Fault = entangled }, `A: single fault, from "alone" to "entangled"`},
		{"a fault not made", func(b *board) { b.Rules[1].Fault = "" }, `B: single fault, from "entangled" to ""`},
		{"agreement gone", func(b *board) { b.Rules[0].Oracle = nil }, "A: agreements, jsonschema: 0, was 9"},
		{"a difference", func(b *board) { b.Rules[1].Twin.Differ = 1 }, "B: differences, twin: 1, was 0"},
		{"chance", func(b *board) { b.Rules[1].Twin.Agree = 95 }, ""},
		{"more than chance", func(b *board) { b.Rules[1].Twin.Agree = 80 }, "agreements with the twin: 80, was 100"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := good()
			tt.change(now)
			now.Totals.count(now.Rules)
			got := falls(good(), now)
			if tt.falls == "" && len(got) > 0 || tt.falls != "" && !slices.ContainsFunc(got, func(l string) bool { return strings.Contains(l, tt.falls) }) {
				t.Errorf("falls %q, want %q", got, tt.falls)
			}
		})
	}
}

// TestLowered: what is read from the source of package plan.
func TestLowered(t *testing.T) {
	needs, err := lowered(moduleRoot)
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[dictionary.Kind][]string{
		dictionary.Alphanumeric: {"Length"},
		dictionary.InSet:        {"Dates", "In"}, // the period's start chooses the codes
		dictionary.NHSNumber:    {"NHSNumber"},
		dictionary.Comparison:   {"EqualColumns", "EqualConst", "In", "Null"},
	} {
		if !slices.Equal(needs[kind], want) {
			t.Errorf("rules of kind %v need the kernels %q, want %q", kind, needs[kind], want)
		}
	}
}

func TestInReadme(t *testing.T) {
	b := &board{}
	b.Totals.count(nil)
	made, err := inReadme([]byte("before\n"+beginMark+"old\n"+endMark+"after\n"), b)
	if err != nil || !strings.HasPrefix(string(made), "before\n"+beginMark+"| | |\n") || !strings.HasSuffix(string(made), endMark+"after\n") {
		t.Errorf("%s, %v", made, err)
	}
	if _, err := inReadme([]byte("nothing\n"), b); err == nil {
		t.Error("a README without the lines: no error")
	}
}
