package excel

import (
	"bytes"
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
)

func TestQuality(t *testing.T) {
	d := &dictionary.Dictionary{Tables: []dictionary.Table{{ID: "T1", Name: "T1Things", Position: 1}}}
	rule := &dictionary.Rule{Code: "P1", Kind: dictionary.Container, Check: "padding"}
	measure := func(id string, kind dictionary.QualityKind, target int) *dictionary.QualityMeasure {
		return &dictionary.QualityMeasure{ID: id, Kind: kind, Name: "=name of " + id, Table: "T1", Field: dictionary.Ref{Table: "T1", Field: "F"}, Target: target}
	}
	s := &finding.Summary{
		Verdict: finding.Accepted,
		Quality: &finding.QualitySummary{Score: 62.52, Scored: 1, Measures: []finding.QualityCount{
			{Measure: measure("Q1", dictionary.Validity, 0), Denominator: 8, Valid: 5, Missing: 3, Score: 62.52, Scored: true},
			{Measure: measure("Q2", dictionary.Validity, 0), Why: "needs a list"},
			{Measure: measure("C1", dictionary.Coverage, 70), Denominator: 60, Valid: 7},
		}, Form: []finding.FormCount{{Rule: rule, Columns: 2, Values: 3}}},
		Measures: []finding.MeasureCount{
			{Measure: &dictionary.Measure{ID: "M1", Name: "Things", Table: "T1"}, Carried: 12, Submitted: 13, Movements: []finding.Movement{{Source: "a", Before: 30, Out: true}, {Source: "b", Few: true}}},
			{Measure: &dictionary.Measure{ID: "M2", Name: "More", Table: "T1"}, Why: "no period"},
		},
		TableMovements: []finding.TableMovement{{Table: &d.Tables[0], Now: 8, Movement: finding.Movement{Source: "a", Before: 10, Rounded: true}}},
	}
	for _, tt := range []struct {
		counts share.Counts
		want   map[string]string // by sheet and cell
	}{
		{share.Counts{}, map[string]string{
			"Data quality C4": "=name of Q1", "Data quality D4": "T1Things", "Data quality F4": "62.5", "Data quality G4": "8", "Data quality L4": "3",
			"Data quality G5": "", "Data quality N5": "needs a list", "Data quality F6": "", "Data quality H6": "7", "Data quality I6": "", "Data quality M6": "70",
			"Data quality A7": "P1", "Data quality H7": "3", "Data quality F8": "62.5",
			"Monthly counts D4": "12", "Monthly counts E4": "13", "Monthly counts H4": "30", "Monthly counts I4": "-60%", "Monthly counts J4": "yes", "Monthly counts L4": "under 5", "Monthly counts N4": "",
			"Monthly counts D5": "", "Monthly counts F5": "no period", "Tables compared B4": "8", "Tables compared D4": "10", "Tables compared E4": "-20%",
		}},
		{share.Counts{Suppress: true}, map[string]string{
			"Data quality F4": "", "Data quality G4": "10", "Data quality L4": "<5", "Data quality H7": "<5", "Data quality F8": "63", "Monthly counts D4": "10", "Tables compared B4": "10",
		}},
	} {
		var out bytes.Buffer
		r, err := New(&out, d, Options{TempDir: t.TempDir(), Counts: tt.counts})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(s); err != nil {
			t.Fatal(err)
		}
		f := reopen(t, out.Bytes())
		if got := strings.Join(f.GetSheetList(), ", "); !strings.HasSuffix(got, "By rule, Findings, Data quality, Monthly counts, Tables compared, Not checked, Provenance") && !tt.counts.Suppress {
			t.Errorf("sheets: %s", got)
		}
		for place, want := range tt.want {
			i := strings.LastIndexByte(place, ' ')
			if got, err := f.GetCellValue(place[:i], place[i+1:]); err != nil || got != want {
				t.Errorf("%+v: %s is %q (%v), want %q", tt.counts, place, got, err, want)
			}
			if formula, _ := f.GetCellFormula(place[:i], place[i+1:]); formula != "" {
				t.Errorf("%s is a formula", place)
			}
		}
	}
}
