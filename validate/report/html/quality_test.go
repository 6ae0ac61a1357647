package html

import (
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
)

// counted is rejections with quality and monthly counts, all texts of which
// end with what is given.
func counted(d *dictionary.Dictionary, end string) *finding.Summary {
	measure := func(id string, kind dictionary.QualityKind, target int) *dictionary.QualityMeasure {
		return &dictionary.QualityMeasure{ID: id, Kind: kind, Name: "the name of " + id + end, Target: target}
	}
	s := rejections(d)
	s.Quality = &finding.QualitySummary{
		Score: 81.25, Scored: 2, Estimate: true,
		Measures: []finding.QualityCount{
			{Measure: measure("Q1", dictionary.Validity, 0), Denominator: 1200, Valid: 1150, Other: 30, Default: 20, Score: 100, Scored: true},
			{Measure: measure("Q2", dictionary.Validity, 0), Denominator: 8, Valid: 5, Missing: 3, Score: 62.5, Scored: true},
			{Measure: measure("Q3", dictionary.Validity, 0), Denominator: 10, Valid: 9, Invalid: 1},
			{Measure: measure("Q4", dictionary.Validity, 0), Why: "needs a list" + end},
			{Measure: measure("Q5", dictionary.Validity, 0)},
			{Measure: measure("I1", dictionary.Integrity, 0), Denominator: 60, Valid: 7},
			{Measure: measure("C1", dictionary.Coverage, 70), Denominator: 60, Valid: 3},
		},
		Form: []finding.FormCount{{Rule: &d.Rules[4], Columns: 2, Values: 3}},
	}
	s.Measures = []finding.MeasureCount{
		{Measure: &dictionary.Measure{ID: "M1", Name: "Things" + end}, Carried: 1204, Submitted: 1300, Movements: []finding.Movement{{Source: "a" + end, Before: 3000, Out: true}, {Source: "b" + end, Few: true}}},
		{Measure: &dictionary.Measure{ID: "M2", Name: "Nothing" + end}, Movements: []finding.Movement{{Source: "b" + end, Before: 3}}},
		{Measure: &dictionary.Measure{ID: "M3", Name: "More" + end}, Why: "no period" + end},
	}
	s.TableMovements = []finding.TableMovement{
		{Table: &d.Tables[0], Now: 9, Movement: finding.Movement{Source: "a" + end, Before: 4, Out: true}},
		{Table: &d.Tables[1], Now: 8, Movement: finding.Movement{Source: "b" + end, Before: 8}},
	}
	return s
}

// Nothing is said of quality when nobody asked; shared, no small count can be
// read, nor worked out from a score or a drawing.
func TestQuality(t *testing.T) {
	if s := written(t, Options{}, everyone, rejections); strings.Contains(s, `id="quality"`) || strings.Contains(s, `href="#counts"`) {
		t.Error("a report for which nothing was counted has a section on it")
	}
	all := func(d *dictionary.Dictionary) *finding.Summary { return counted(d, "") }
	s := written(t, Options{Counts: share.Counts{Suppress: true}}, everyone, all)
	_, section, _ := strings.Cut(s, `<section id="quality"`)
	section, _, _ = strings.Cut(section, `<section id="not-checked"`)
	for _, not := range []string{">3<", ">8<", ">9<", ">4<", "62.5", "62<", "63<", `data-v="3"`, `width="37.50"`} {
		if strings.Contains(section, not) {
			t.Errorf("a shared report holds %q", not)
		}
	}
	if n := strings.Count(section, "&lt;5"); n < 4 {
		t.Errorf("%d hidden counts in a shared report, want 4 and more:\n%s", n, section)
	}
	s = written(t, Options{}, everyone, all)
	for _, want := range []string{`<a href="#quality">Quality</a>`, `<b>62.5</b>`, `1,204`, `further than the limit`, `<caption class="unseen">Monthly counts over`} {
		if !strings.Contains(s, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	s = written(t, Options{}, everyone, func(d *dictionary.Dictionary) *finding.Summary { return counted(d, `<b>"`) })
	_, section, _ = strings.Cut(s, `<section id="quality"`)
	section, _, _ = strings.Cut(section, `<section id="not-checked"`)
	if n := strings.Count(section, "&lt;b&gt;&#34;"); n < 13 || strings.Contains(section, `<b>"`) {
		t.Errorf("names of files and measures are not written as text: %d of them", n)
	}
}
