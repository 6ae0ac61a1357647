package finding_test

import (
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

type list []string

func (l *list) Report(f *finding.Finding) error {
	*l = append(*l, f.Rule.Code+" "+f.Rule.Grade)
	return nil
}

func TestAdjuster(t *testing.T) {
	own := func(code string) *dictionary.Rule {
		return &dictionary.Rule{Code: code, Status: dictionary.PreSubmission, Grade: "likely"}
	}
	off, graded, plain := own("P1"), own("P2"), own("P3")
	national := &dictionary.Rule{Code: "N1", Status: dictionary.Both}
	var got list
	a := finding.NewAdjuster(&got, []finding.Setting{
		{Rule: off, Off: true, Reason: "r", Expires: "2027-01-01"},
		{Rule: graded, Grade: "information"},
		{Rule: graded, Off: true}, // a second setting of one rule
		{Rule: national, Off: true},
	})
	for _, r := range []*dictionary.Rule{off, graded, plain, national, off} {
		if err := a.Report(&finding.Finding{Rule: r}); err != nil {
			t.Fatal(err)
		}
	}
	want := list{"P2 information", "P3 likely", "N1 "}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("handed on %q, want %q", got, want)
	}
	s := &finding.Summary{Rules: []finding.RuleCount{{Rule: off, Count: 2}, {Rule: graded, Count: 1}, {Rule: plain, Count: 1}, {Rule: national, Count: 1}}}
	a.Close(s)
	if len(s.Rules) != 3 || s.Rules[0].Rule.Grade != "information" || s.Rules[2].Rule != national {
		t.Errorf("rules of the summary: %+v", s.Rules)
	}
	if len(s.Suppressed) != 2 || s.Suppressed[0].Count != 2 || s.Suppressed[1].Count != 1 || s.Suppressed[0].Reason != "r" {
		t.Errorf("suppressed: %+v", s.Suppressed)
	}
	if graded.Grade != "likely" {
		t.Error("the dictionary's rule was changed")
	}
}
