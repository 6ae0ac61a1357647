package text

import (
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
)

func counted() *finding.Summary {
	measure := func(id string, kind dictionary.QualityKind, target int) *dictionary.QualityMeasure {
		return &dictionary.QualityMeasure{ID: id, Kind: kind, Name: "the name of " + id, Target: target}
	}
	things := &dictionary.Table{ID: "T1", Name: "T1Things"}
	return &finding.Summary{
		Verdict: finding.Accepted,
		Quality: &finding.QualitySummary{
			Score: 81.25, Scored: 2, Estimate: true,
			Measures: []finding.QualityCount{
				{Measure: measure("Q1", dictionary.Validity, 0), Denominator: 1200, Valid: 1200, Score: 100, Scored: true},
				{Measure: measure("Q2", dictionary.Validity, 0), Denominator: 8, Valid: 5, Missing: 3, Score: 62.5, Scored: true},
				{Measure: measure("Q3", dictionary.Validity, 0), Denominator: 10, Valid: 9, Invalid: 1},
				{Measure: measure("Q4", dictionary.Validity, 0), Why: "needs a list\x1b"},
				{Measure: measure("Q5", dictionary.Validity, 0)},
				{Measure: measure("I1", dictionary.Integrity, 0), Denominator: 60, Valid: 7},
				{Measure: measure("I2", dictionary.Integrity, 0), Denominator: 60},
				{Measure: measure("C1", dictionary.Coverage, 70), Denominator: 60},
			},
			Form: []finding.FormCount{{Rule: &dictionary.Rule{Code: "P1", Kind: dictionary.Container, Check: "padding"}, Columns: 1, Values: 3}},
		},
		Measures: []finding.MeasureCount{
			{Measure: &dictionary.Measure{ID: "M1", Name: "Things"}, Carried: 1204, Submitted: 1300, Movements: []finding.Movement{{Source: "a", Before: 3000, Out: true}, {Source: "b\x1b", Few: true}}},
			{Measure: &dictionary.Measure{ID: "M2", Name: "More"}, Why: "no period"},
		},
		TableMovements: []finding.TableMovement{
			{Table: things, Now: 8, Movement: finding.Movement{Source: "a", Before: 4, Out: true}},
			{Table: things, Now: 8, Movement: finding.Movement{Source: "b", Before: 8}},
		},
	}
}

// Items stand lowest score first; what cannot be measured, or has nothing to
// measure, is said; movements beyond the limit have a mark.
func TestQuality(t *testing.T) {
	tests := []struct {
		name string
		opt  Options
		want []string
		not  []string
	}{
		{"usual", Options{Width: 120, MaxShown: 2}, []string{
			"  Score 81.2 of 100, the mean of 2 items. An estimate:",
			"                      rows  score  valid  other  default  invalid  missing\n" +
				"  Q2 the name of Q2      8   62.5      5      0        0        0        3\n" +
				"  Q1 the name of Q1  1,200  100.0  1,200      0        0        0        0\n" +
				"  and 1 more, no worse; -v shows them.\n",
			"    I1 the name of I1: 7 of 60, 12%\n    1 measure with none.\n",
			"    C1 the name of C1: 0 of 60, 0%; the national target is 70%\n",
			"    P1, 3 values in 1 column. Values begin or end with spaces",
			"  Not scored, 1 measure: needs a list\\x1b.\n  1 measure without a row to measure.\n",
			"              carried  of all  before (1)          before (2)\n" +
				"  M1 Things     1,204   1,300       3,000  -60% !     under 5\n" +
				"  M2 More           –       –           –                   –\n",
			"  Before (2): b\\x1b. What is marked ! moved further than the limit.\n  Not counted: no period.\n",
			"  T1Things          8       4  +100% !\n",
			"  1 table did not move far; -v shows them.\n",
		}, []string{"Q4 the", "Q5"}},
		{"all", Options{Width: 120, MaxShown: 1, Verbose: true}, []string{"  Q3 the name of Q3     10      –      9      0        0        1        0\n", "    Q4\n", "  T1Things          8       8       0%  (2)\n"}, []string{"no worse"}},
		{"shared", Options{Width: 120, MaxShown: 3, Counts: share.Counts{Suppress: true}}, []string{
			"  Score 81 of 100", "  Q2 the name of Q2     10      –      5      0        0        0       <5\n",
			"P1, fewer than 5 values in 1 column", "  T1Things         10  under 5  !",
		}, nil},
	}
	for _, tt := range tests {
		var b strings.Builder
		if err := New(&b, &dictionary.Dictionary{}, tt.opt).Close(counted()); err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: the report lacks %q:\n%s", tt.name, want, b.String())
			}
		}
		for _, not := range tt.not {
			if strings.Contains(b.String(), not) {
				t.Errorf("%s: the report holds %q:\n%s", tt.name, not, b.String())
			}
		}
	}
	var b strings.Builder
	if err := New(&b, &dictionary.Dictionary{}, Options{Verbose: true}).Close(&finding.Summary{Verdict: finding.Accepted}); err != nil {
		t.Fatal(err)
	}
	for _, not := range []string{"quality", "counts:", "compared"} {
		if strings.Contains(b.String(), not) {
			t.Errorf("a report for which nothing was counted says %q:\n%s", not, b.String())
		}
	}
}

func TestColumnsAreAsWideAsThePage(t *testing.T) {
	var b strings.Builder
	s := counted()
	s.Quality.Measures[0].Measure.Name = strings.Repeat("é long ", 30)
	s.Measures[0].Measure.Name = strings.Repeat("long ", 30)
	if err := New(&b, &dictionary.Dictionary{}, Options{MaxShown: 9}).Close(s); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if n := visible(strings.TrimRight(line, "\n")); n > 80 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
}
