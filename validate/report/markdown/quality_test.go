package markdown

import (
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
)

func TestQuality(t *testing.T) {
	table := &dictionary.Table{ID: "T1", Name: "T1Things"}
	s := &finding.Summary{
		Verdict: finding.Accepted,
		Quality: &finding.QualitySummary{Score: 81.25, Scored: 2, Measures: []finding.QualityCount{
			{Measure: &dictionary.QualityMeasure{ID: "Q1", Kind: dictionary.Validity, Name: "A|B"}, Denominator: 20, Valid: 20, Score: 100, Scored: true},
			{Measure: &dictionary.QualityMeasure{ID: "Q2", Kind: dictionary.Validity, Name: "C"}, Denominator: 8, Valid: 5, Missing: 3, Score: 62.5, Scored: true},
		}},
		Measures:       []finding.MeasureCount{{Measure: &dictionary.Measure{ID: "M1", Name: "Things"}, Carried: 1204, Submitted: 1300, Movements: []finding.Movement{{Source: "a_b", Before: 3000, Out: true}, {Source: "c", Few: true}}}},
		TableMovements: []finding.TableMovement{{Table: table, Now: 9, Movement: finding.Movement{Source: "c", Before: 4, Out: true}}, {Table: table, Now: 9, Movement: finding.Movement{Source: "d", Before: 9}}},
	}
	for _, tt := range []struct {
		counts share.Counts
		want   string
	}{
		{share.Counts{}, "\n## Data quality\n\nScore 81.2 of 100, the mean of 2 items. Lowest: Q2 C 62.5.\n\nMoved further than the limit:\n\n- T1Things 9 rows, 4 in c\n- M1 Things 1,204, 3,000 in a\\_b\n"},
		{share.Counts{Suppress: true}, "\n## Data quality\n\nScore 81 of 100, the mean of 2 items.\n\nMoved further than the limit:\n\n- T1Things 10 rows, under 5 in c\n- M1 Things 1,205, 3,000 in a\\_b\n"},
	} {
		var b strings.Builder
		if err := New(&b, &dictionary.Dictionary{}, Options{Counts: tt.counts}).Close(s); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), tt.want) {
			t.Errorf("%+v: the report lacks\n%s\nit is\n%s", tt.counts, tt.want, b.String())
		}
	}
	for range 30 {
		s.TableMovements = append(s.TableMovements, s.TableMovements[0])
	}
	var b strings.Builder
	if err := New(&b, &dictionary.Dictionary{}, Options{}).Close(s); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n- "); n != mostMoved || !strings.Contains(b.String(), "and 12 movements more.") {
		t.Errorf("%d movements listed:\n%s", n, b.String())
	}
}
