package wording

import (
	"cmp"
	"slices"
	"strconv"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
)

// Score says how good the values are, in a sentence.
func Score(q *finding.QualitySummary, c share.Counts) string {
	if q.Scored == 0 {
		return "No item can be scored: none of those measured has a row that would be carried forward."
	}
	decimals := 1
	if c.Suppress {
		decimals = 0
	}
	s := "Score " + strconv.FormatFloat(q.Score, 'f', decimals, 64) + " of 100, the mean of " + share.Counts{}.Things(int64(q.Scored), "item")
	if q.Estimate {
		return s + ". An estimate: nobody has named the items that count and the defaults that they accept (quality.scored in the configuration), so all count and any default passes."
	}
	return s + "."
}

// ItemScore writes the score of an item, "" if it is none or may not be told.
func ItemScore(q *finding.QualityCount, c share.Counts) string {
	if !q.Scored || !c.Score(q) {
		return ""
	}
	if c.Suppress {
		return strconv.FormatFloat(q.Score, 'f', 0, 64)
	}
	return strconv.FormatFloat(q.Score, 'f', 1, 64)
}

// Share writes n of all as a whole percentage, "" where it would say nothing or
// give a hidden count away.
func Share(n, all int64, c share.Counts) string {
	if all == 0 || c.Hidden(n) || c.Hidden(all) {
		return ""
	}
	return strconv.FormatInt((200*c.Shown(n)+c.Shown(all))/(2*c.Shown(all)), 10) + "%"
}

// Scored returns the measures of validity that were computed on some row, the
// lowest score first; those that do not count towards the score are last.
func Scored(q *finding.QualitySummary) []*finding.QualityCount {
	var list []*finding.QualityCount
	for i := range q.Measures {
		if m := &q.Measures[i]; m.Validity() && m.Why == "" && m.Denominator > 0 {
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b *finding.QualityCount) int {
		if a.Scored != b.Scored {
			if a.Scored {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Score, b.Score)
	})
	return list
}

// Rates returns the computed measures of a kind other than validity that some
// row is counted in.
func Rates(q *finding.QualitySummary, kind dictionary.QualityKind) []*finding.QualityCount {
	var list []*finding.QualityCount
	for i := range q.Measures {
		if m := &q.Measures[i]; m.Measure.Kind == kind && m.Why == "" && m.Denominator > 0 {
			list = append(list, m)
		}
	}
	return list
}

// An Unscored is a reason for which some measures are not computed.
type Unscored struct {
	Why      string
	Measures []*dictionary.QualityMeasure
}

// NotScored lists why measures are not computed, the most frequent reason
// first.
func NotScored(q *finding.QualitySummary) []Unscored {
	var list []Unscored
	for i := range q.Measures {
		m := &q.Measures[i]
		if m.Why == "" {
			continue
		}
		k := slices.IndexFunc(list, func(u Unscored) bool { return u.Why == m.Why })
		if k < 0 {
			k = len(list)
			list = append(list, Unscored{Why: m.Why})
		}
		list[k].Measures = append(list[k].Measures, m.Measure)
	}
	slices.SortStableFunc(list, func(a, b Unscored) int { return cmp.Compare(len(b.Measures), len(a.Measures)) })
	return list
}

// Empty counts the measures that are computed and that no row is counted in.
func Empty(q *finding.QualitySummary) int {
	n := 0
	for i := range q.Measures {
		if m := &q.Measures[i]; m.Why == "" && m.Denominator == 0 {
			n++
		}
	}
	return n
}

// Form says how many values are written oddly in one way: "3 values in 2
// columns".
func Form(f *finding.FormCount, c share.Counts) string {
	return c.Things(f.Values, "value") + " in " + share.Counts{}.Things(int64(f.Columns), "column")
}

// Before writes an earlier count: "1,204", "about 1,205", "under 5".
func Before(m *finding.Movement, c share.Counts) string {
	switch {
	case m.Few || c.Hidden(m.Before):
		return "under 5"
	case m.Rounded && m.Before > 0:
		return "about " + c.Number(m.Before)
	}
	return c.Number(m.Before)
}

// Change writes by how much a count moved, "+12%", "" where that says nothing
// or gives a hidden count away.
func Change(now int64, m *finding.Movement, c share.Counts) string {
	if m.Few || m.Before == 0 || c.Hidden(now) || c.Hidden(m.Before) {
		return ""
	}
	before := c.Shown(m.Before)
	percent := (200*(c.Shown(now)-before) + before) / (2 * before)
	if c.Shown(now) < before {
		percent = -((200*(before-c.Shown(now)) + before) / (2 * before))
	}
	if percent > 0 {
		return "+" + share.Counts{}.Number(percent) + "%"
	}
	return share.Counts{}.Number(percent) + "%"
}

// Sources lists what counts were compared with, in the order met.
func Sources(s *finding.Summary) []string {
	var list []string
	add := func(m *finding.Movement) {
		if !slices.Contains(list, m.Source) {
			list = append(list, m.Source)
		}
	}
	for i := range s.Measures {
		for k := range s.Measures[i].Movements {
			add(&s.Measures[i].Movements[k])
		}
	}
	for i := range s.TableMovements {
		add(&s.TableMovements[i].Movement)
	}
	return list
}
