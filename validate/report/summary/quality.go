package summary

import (
	"strconv"

	"mhsds/validate/finding"
	"mhsds/validate/report/share"
)

// appendQuality appends how good the values are, the monthly counts, and how
// tables moved:
//
//	"quality":{"score":…,"scored":…,"estimate":…,"measures":[{"id","kind","name","table","field","why",
//	  "denominator","valid","other","default","invalid","missing","score"}],
//	  "form":[{"code","columns","values"}]},
//	"measures":[{"id","name","table","why","carried_forward","submitted","movements":[…]}],
//	"table_movements":[{"table","now",…}]
//
// A movement is {"source","before","rounded","few","out"}; before is null where
// fewer than 5 were published. In a measure of integrity or coverage valid is
// the numerator, and what only a measure of validity has is null.
func appendQuality(b []byte, s *finding.Summary, shown share.Counts) []byte {
	count := func(key string, n int64) { b = shown.JSON(append(b, key...), n) }
	b = append(b, `,"quality":`...)
	if s.Quality == nil {
		b = append(b, "null"...)
	} else {
		b = append(b, `{"score":`...)
		if s.Quality.Scored > 0 {
			b = score(b, s.Quality.Score, shown)
		} else {
			b = append(b, "null"...)
		}
		b = exact(b, `,"scored":`, int64(s.Quality.Scored))
		b = strconv.AppendBool(append(b, `,"estimate":`...), s.Quality.Estimate)
		b = append(b, `,"measures":[`...)
		for i := range s.Quality.Measures {
			b = quality(comma(b, i), &s.Quality.Measures[i], shown)
		}
		b = append(b, `],"form":[`...)
		for i, f := range s.Quality.Form {
			b = text(comma(b, i), `{"code":`, f.Rule.Code)
			b = exact(b, `,"columns":`, int64(f.Columns))
			count(`,"values":`, f.Values)
			b = append(b, '}')
		}
		b = append(b, "]}"...)
	}
	b = append(b, `,"measures":`...)
	if s.Measures == nil {
		b = append(b, "null"...)
	} else {
		b = append(b, '[')
		for i := range s.Measures {
			m := &s.Measures[i]
			b = text(comma(b, i), `{"id":`, m.Measure.ID)
			b = text(b, `,"name":`, m.Measure.Name)
			b = text(b, `,"table":`, m.Measure.Table)
			b = text(b, `,"why":`, m.Why)
			if m.Why != "" {
				b = append(b, `,"carried_forward":null,"submitted":null,"movements":[]}`...)
				continue
			}
			count(`,"carried_forward":`, m.Carried)
			count(`,"submitted":`, m.Submitted)
			b = append(b, `,"movements":[`...)
			for k := range m.Movements {
				b = append(movement(append(comma(b, k), '{'), &m.Movements[k], shown), '}')
			}
			b = append(b, "]}"...)
		}
		b = append(b, ']')
	}
	b = append(b, `,"table_movements":`...)
	if s.TableMovements == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i := range s.TableMovements {
		m := &s.TableMovements[i]
		b = text(comma(b, i), `{"table":`, m.Table.Name)
		count(`,"now":`, m.Now)
		b = append(movement(append(b, ','), &m.Movement, shown), '}')
	}
	return append(b, ']')
}

// quality appends a measure of quality.
func quality(b []byte, q *finding.QualityCount, shown share.Counts) []byte {
	m := q.Measure
	b = text(b, `{"id":`, m.ID)
	b = text(b, `,"kind":`, m.Kind.String())
	b = text(b, `,"name":`, m.Name)
	b = text(b, `,"table":`, m.Table)
	b = text(b, `,"field":`, m.Field.Field)
	b = text(b, `,"why":`, q.Why)
	validity := q.Validity()
	for i, c := range [...]struct {
		key string
		n   int64
	}{
		{`,"denominator":`, q.Denominator}, {`,"valid":`, q.Valid}, {`,"other":`, q.Other},
		{`,"default":`, q.Default}, {`,"invalid":`, q.Invalid}, {`,"missing":`, q.Missing},
	} {
		b = append(b, c.key...)
		if q.Why != "" || i > 1 && !validity {
			b = append(b, "null"...)
		} else {
			b = shown.JSON(b, c.n)
		}
	}
	b = append(b, `,"score":`...)
	if q.Scored && shown.Score(q) {
		b = score(b, q.Score, shown)
	} else {
		b = append(b, "null"...)
	}
	return append(b, '}')
}

// score appends a percentage: with one decimal, or none where counts are
// suppressed.
func score(b []byte, percent float64, shown share.Counts) []byte {
	decimals := 1
	if shown.Suppress {
		decimals = 0
	}
	return strconv.AppendFloat(b, percent, 'f', decimals, 64)
}

// movement appends the members of a movement.
func movement(b []byte, m *finding.Movement, shown share.Counts) []byte {
	b = text(b, `"source":`, m.Source)
	b = append(b, `,"before":`...)
	if m.Few {
		b = append(b, "null"...)
	} else {
		b = shown.JSON(b, m.Before)
	}
	b = strconv.AppendBool(append(b, `,"rounded":`...), m.Rounded)
	b = strconv.AppendBool(append(b, `,"few":`...), m.Few)
	return strconv.AppendBool(append(b, `,"out":`...), m.Out)
}
