package summary

import (
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
)

func TestQuality(t *testing.T) {
	table := &dictionary.Table{ID: "T1", Name: "T1Things"}
	validity := &dictionary.QualityMeasure{ID: "Q1", Kind: dictionary.Validity, Name: "A field", Table: "T1", Field: dictionary.Ref{Table: "T1", Field: "F"}}
	other := &dictionary.QualityMeasure{ID: "I1", Kind: dictionary.Integrity, Name: "Odd", Table: "T1", Field: dictionary.Ref{Table: "T1", Field: "G"}}
	s := &finding.Summary{
		Quality: &finding.QualitySummary{
			Score: 66.666, Scored: 1, Estimate: true,
			Measures: []finding.QualityCount{
				{Measure: validity, Denominator: 21, Valid: 12, Default: 2, Missing: 7, Score: 66.666, Scored: true},
				{Measure: other, Denominator: 21, Valid: 6},
				{Measure: validity, Why: "needs a list"},
			},
			Form: []finding.FormCount{{Rule: &dictionary.Rule{Code: "P1"}, Columns: 2, Values: 3}},
		},
		Measures: []finding.MeasureCount{
			{Measure: &dictionary.Measure{ID: "M1", Name: "Things", Table: "T1"}, Carried: 4, Submitted: 11, Movements: []finding.Movement{{Source: "a", Before: 30, Out: true}, {Source: "b", Few: true}}},
			{Measure: &dictionary.Measure{ID: "M2", Name: "More", Table: "T1"}, Why: "no period"},
		},
		TableMovements: []finding.TableMovement{{Table: table, Now: 8, Movement: finding.Movement{Source: "b", Before: 10, Rounded: true}}},
	}
	for _, tt := range []struct {
		counts share.Counts
		want   string
	}{
		{share.Counts{}, `,"quality":{"score":66.7,"scored":1,"estimate":true,"measures":[` +
			`{"id":"Q1","kind":"validity","name":"A field","table":"T1","field":"F","why":null,"denominator":21,"valid":12,"other":0,"default":2,"invalid":0,"missing":7,"score":66.7},` +
			`{"id":"I1","kind":"integrity","name":"Odd","table":"T1","field":"G","why":null,"denominator":21,"valid":6,"other":null,"default":null,"invalid":null,"missing":null,"score":null},` +
			`{"id":"Q1","kind":"validity","name":"A field","table":"T1","field":"F","why":"needs a list","denominator":null,"valid":null,"other":null,"default":null,"invalid":null,"missing":null,"score":null}],` +
			`"form":[{"code":"P1","columns":2,"values":3}]},` +
			`"measures":[{"id":"M1","name":"Things","table":"T1","why":null,"carried_forward":4,"submitted":11,"movements":[{"source":"a","before":30,"rounded":false,"few":false,"out":true},{"source":"b","before":null,"rounded":false,"few":true,"out":false}]},` +
			`{"id":"M2","name":"More","table":"T1","why":"no period","carried_forward":null,"submitted":null,"movements":[]}],` +
			`"table_movements":[{"table":"T1Things","now":8,"source":"b","before":10,"rounded":true,"few":false,"out":false}]`},
		{share.Counts{Suppress: true}, `,"quality":{"score":67,"scored":1,"estimate":true,"measures":[` +
			`{"id":"Q1","kind":"validity","name":"A field","table":"T1","field":"F","why":null,"denominator":20,"valid":10,"other":0,"default":null,"invalid":0,"missing":5,"score":null},` +
			`{"id":"I1","kind":"integrity","name":"Odd","table":"T1","field":"G","why":null,"denominator":20,"valid":5,"other":null,"default":null,"invalid":null,"missing":null,"score":null},` +
			`{"id":"Q1","kind":"validity","name":"A field","table":"T1","field":"F","why":"needs a list","denominator":null,"valid":null,"other":null,"default":null,"invalid":null,"missing":null,"score":null}],` +
			`"form":[{"code":"P1","columns":2,"values":null}]},` +
			`"measures":[{"id":"M1","name":"Things","table":"T1","why":null,"carried_forward":null,"submitted":10,"movements":[{"source":"a","before":30,"rounded":false,"few":false,"out":true},{"source":"b","before":null,"rounded":false,"few":true,"out":false}]},` +
			`{"id":"M2","name":"More","table":"T1","why":"no period","carried_forward":null,"submitted":null,"movements":[]}],` +
			`"table_movements":[{"table":"T1Things","now":10,"source":"b","before":10,"rounded":true,"few":false,"out":false}]`},
	} {
		if got := string(appendQuality(nil, s, tt.counts)); got != tt.want {
			t.Errorf("%+v: got  %s\nwant %s", tt.counts, got, tt.want)
		}
	}
	if got := string(appendQuality(nil, &finding.Summary{}, share.Counts{})); got != `,"quality":null,"measures":null,"table_movements":null` {
		t.Errorf("nothing asked: %s", got)
	}
	if !strings.Contains(string(Append(nil, s)), `,"quality":{"score":66.7,`) {
		t.Error("the summary lacks it")
	}
}
