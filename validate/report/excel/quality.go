package excel

import (
	"fmt"
	"math"
	"slices"

	"mhsds/validate/finding"
	"mhsds/validate/report/wording"
)

// quality writes the measures of quality, if they were counted.
func (r *Report) quality(s *finding.Summary) error {
	q := s.Quality
	if q == nil {
		return nil
	}
	columns := []column{{"Measure", 18}, {"Sort", 12}, {"What", 48}, {"Table", 28}, {"Field", 28}, {"Score", 10}, {"Rows", 12}, {"Valid, or counted", 16}, {"Other", 12}, {"Default", 12}, {"Invalid", 12}, {"Missing", 12}, {"Target, percent", 14}, {"Not scored because", 60}}
	sh, err := r.sheet("Data quality", "DataQuality", columns)
	if err != nil {
		return err
	}
	for i := range q.Measures {
		c := &q.Measures[i]
		m := c.Measure
		cells := []any{m.ID, m.Kind.String(), m.Name, r.d.TableName(m.Table), m.Field.Field}
		switch {
		case c.Why != "":
			cells = append(cells, nil, nil, nil, nil, nil, nil, nil)
		case c.Validity():
			cells = append(cells, r.score(c), r.count(c.Denominator), r.count(c.Valid), r.count(c.Other), r.count(c.Default), r.count(c.Invalid), r.count(c.Missing))
		default:
			cells = append(cells, nil, r.count(c.Denominator), r.count(c.Valid), nil, nil, nil, nil)
		}
		if err := sh.add(append(cells, number(int64(m.Target)), c.Why)...); err != nil {
			return err
		}
	}
	for i := range q.Form {
		f := &q.Form[i]
		if err := sh.add(f.Rule.Code, "form", wording.Form(f, r.opt.Counts)+". "+r.d.Message(f.Rule), nil, nil, nil, nil, r.count(f.Values)); err != nil {
			return err
		}
	}
	err = sh.add("Score", "all", wording.Score(q, r.opt.Counts), nil, nil, r.percent(q.Score))
	if err != nil {
		return err
	}
	return sh.close()
}

// score is the score of an item, nothing if it has none that may be told.
func (r *Report) score(c *finding.QualityCount) any {
	if !c.Scored || !r.opt.Counts.Score(c) {
		return nil
	}
	return r.percent(c.Score)
}

func (r *Report) percent(n float64) any {
	if r.opt.Counts.Suppress {
		return math.Round(n)
	}
	return math.Round(10*n) / 10
}

// measures writes the monthly counts and what they were.
func (r *Report) measures(s *finding.Summary) error {
	if s.Measures == nil {
		return nil
	}
	var sources []string
	for i := range s.Measures {
		for _, m := range s.Measures[i].Movements {
			if !slices.Contains(sources, m.Source) {
				sources = append(sources, m.Source)
			}
		}
	}
	columns := []column{{"Count", 12}, {"What", 64}, {"Table", 28}, {"Carried forward", 16}, {"If nothing were rejected", 16}, {"Not counted because", 40}}
	for i := range sources {
		n := ""
		if len(sources) > 1 {
			n = fmt.Sprintf(" (%d)", i+1)
		}
		columns = append(columns, column{"Compared with" + n, 30}, column{"Before" + n, 14}, column{"Change" + n, 12}, column{"Far" + n, 10})
	}
	sh, err := r.sheet("Monthly counts", "MonthlyCounts", columns)
	if err != nil {
		return err
	}
	for i := range s.Measures {
		c := &s.Measures[i]
		cells := []any{c.Measure.ID, c.Measure.Name, r.d.TableName(c.Measure.Table), nil, nil, c.Why}
		if c.Why == "" {
			cells[3], cells[4] = r.count(c.Carried), r.count(c.Submitted)
		}
		for _, source := range sources {
			k := slices.IndexFunc(c.Movements, func(m finding.Movement) bool { return m.Source == source })
			if k < 0 {
				cells = append(cells, nil, nil, nil, nil)
				continue
			}
			cells = append(cells, r.moved(c.Carried, &c.Movements[k])...)
		}
		if err := sh.add(cells...); err != nil {
			return err
		}
	}
	return sh.close()
}

// movements writes the tables as they are and as they were.
func (r *Report) movements(s *finding.Summary) error {
	if s.TableMovements == nil {
		return nil
	}
	sh, err := r.sheet("Tables compared", "TablesCompared", []column{{"Table", 32}, {"Carried forward", 16}, {"Compared with", 30}, {"Before", 14}, {"Change", 12}, {"Far", 10}})
	if err != nil {
		return err
	}
	for i := range s.TableMovements {
		m := &s.TableMovements[i]
		if err := sh.add(append([]any{m.Table.Name, r.count(m.Now)}, r.moved(m.Now, &m.Movement)...)...); err != nil {
			return err
		}
	}
	return sh.close()
}

// moved is what a count is compared with, what it was, by how much it moved,
// and whether that is further than the limit.
func (r *Report) moved(now int64, m *finding.Movement) []any {
	before := r.count(m.Before)
	if m.Few {
		before = wording.Before(m, r.opt.Counts)
	}
	far := ""
	if m.Out {
		far = "yes"
	}
	return []any{m.Source, before, wording.Change(now, m, r.opt.Counts), far}
}

// sheet begins a list on a sheet of its own.
func (r *Report) sheet(name, table string, columns []column) (*sheet, error) {
	if _, err := r.file.NewSheet(name); err != nil {
		return nil, err
	}
	return r.open(name, table, columns)
}
