package synthetic

import (
	"fmt"
	"maps"
	"slices"

	"mhsds/dictionary"
)

// maxWhole bounds the patients of a submission that is broken as a whole: it
// is held in memory, and its answer may name every row of it.
const maxWhole = 5000

// wholeRule returns the one rule to break if it is about the submission as a
// whole, nil otherwise.
func (m *maker) wholeRule() (*dictionary.Rule, error) {
	for _, code := range m.cfg.Break {
		r := m.d.Rule(code)
		if r == nil {
			continue
		}
		why, whole := m.breakable(r)
		if why != "" || !whole {
			continue
		}
		switch {
		case len(m.cfg.Break) > 1:
			return nil, fmt.Errorf("break: rule %s is about the submission as a whole: break it alone", r.Code)
		case m.cfg.FaultRate > 0:
			return nil, fmt.Errorf("break: rule %s is about the submission as a whole: no other faults can go with it", r.Code)
		case m.cfg.Patients > maxWhole:
			return nil, fmt.Errorf("break: rule %s is about the submission as a whole, which may have %d patients then", r.Code, maxWhole)
		}
		return r, nil
	}
	return nil, nil
}

// wholeWorld makes the whole submission in memory.
func (m *maker) wholeWorld() *world {
	w := m.newWorld(0)
	w.whole = true
	k := m.worker()
	var b batch
	for _, t := range m.tables {
		k.chunk(t, 0, m.units(t), &b)
		w.rows = append(w.rows, b.worldRows(t)...)
	}
	return w
}

// wholeFault breaks a rule on the submission as a whole.
func (m *maker) wholeFault(r *dictionary.Rule) (*fault, error) {
	base := m.wholeWorld()
	if r.Other.Table == m.d.Context.ID {
		// The portal knows what the header should say.
		base.portal = map[string]string{r.Other.Field: base.header[r.Field]}
	}
	if found := base.judge(true); len(found) > 0 {
		return nil, fmt.Errorf("break: rule %s: a submission without faults fails rule %s", r.Code, found[0].rule.Code)
	}
	var trials []trial
	switch {
	case r.Kind == dictionary.FileCheck:
		trials = m.fileTrials(base, r)
	case r.Kind == dictionary.Singleton:
		trials = base.repeated(m.header)
	default:
		var err error
		if trials, err = m.headerTrials(base, r); err != nil {
			return nil, err
		}
	}
	var best *fault
	for _, tr := range trials {
		direct := codes(tr.judge(true))
		findings := tr.judge(false)
		if !slices.Contains(codes(findings), r.Code) {
			continue
		}
		if !slices.Contains(direct, r.Code) { // a check that is only ever a consequence
			direct = append(direct, r.Code)
			slices.Sort(direct)
		}
		if best == nil || len(direct) < len(best.direct) {
			best = &fault{rule: r, world: tr.world, row: tr.row, column: tr.column, direct: direct, findings: findings}
		}
	}
	if best == nil {
		return nil, fmt.Errorf("break: no way to break rule %s was found", r.Code)
	}
	return best, nil
}

// repeated returns the world with the first row of a table twice.
func (w *world) repeated(t *table) []trial {
	at := w.find(t, 0)
	if at < 0 {
		return nil
	}
	c := w.clone()
	c.rows = slices.Insert(c.rows, at+1, c.rows[at].copy())
	return []trial{{world: c, row: at, column: -1}}
}

// headerTrials changes the header. What the other rows follow from is made
// anew under the changed header, so that they go with it.
func (m *maker) headerTrials(base *world, r *dictionary.Rule) ([]trial, error) {
	at := base.find(m.header, 0)
	column := m.header.Index(r.Field)
	ref := m.header.ref(column)
	value := base.rows[at].values[column]
	var values []string
	switch r.Kind {
	case dictionary.ValuesEqual:
		if day, ok := parseDay(value); ok {
			step := 1
			if ref == m.roles[roleEnd] {
				step = -1
			}
			values = append(values, string(appendDay(nil, day+step)))
		} else {
			values = append(values, wrongLetter(value))
		}
	case dictionary.DatetimeOnOrBefore:
		values = append(values, string(appendDay(nil, m.created+1))+timeMade)
	case dictionary.DateOnOrAfter:
		for _, day := range []int{m.end - 3, m.start - 3} {
			values = append(values, string(appendDay(nil, day))+timeMade)
		}
	default:
		for _, e := range base.newTrier(r, at).edits {
			values = append(values, e.cells[0].value)
		}
	}
	var list []trial
	for _, v := range values {
		c := base.clone()
		c.rows[at].values[column] = v
		c.header = maps.Clone(c.header)
		c.header[r.Field] = v
		list = append(list, trial{world: c, row: at, column: column})
		if _, given := m.known[ref]; !given || v == "" {
			continue
		}
		other, err := m.g.makerUnder(m.cfg, map[dictionary.Ref]string{ref: v})
		if err != nil {
			continue // no submission goes with such a header
		}
		c = other.wholeWorld()
		c.portal = base.portal
		list = append(list, trial{world: c, row: at, column: column})
	}
	return list, nil
}

// fileTrials breaks a check of the submission as a whole.
func (m *maker) fileTrials(base *world, r *dictionary.Rule) []trial {
	c := base.clone()
	switch r.Check {
	case checkEmpty:
		// What lies below would fail too; what must not be empty itself stays.
		c.rows = slices.DeleteFunc(c.rows, func(row *worldRow) bool { return row.t.ID == r.Table })
		c.strip(func(t *table) bool {
			return t.parent != nil && t.parent.ID == r.Table && !slices.ContainsFunc(m.byTable[t.ID], func(r *dictionary.Rule) bool {
				return r.Kind == dictionary.FileCheck && r.Check == checkEmpty
			})
		})
		if m.header != nil && r.Table == m.header.ID {
			c.header = map[string]string{}
		}
	case checkHeader:
		list := base.repeated(m.header)
		for i := range list {
			list[i].row = -1
		}
		return list
	case checkSurvivors:
		// Every row of the first table lacks something that it must have.
		for _, blank := range m.byTable[r.Fields[0].Table] {
			t := m.tableOf(blank.Table)
			i := t.Index(blank.Field)
			if blank.Kind != dictionary.NotBlank || blank.Severity == dictionary.Warning || t.fields[i].how == makeKey || t.fields[i].how == makeParent {
				continue
			}
			for _, row := range c.rows {
				if row.t == t {
					row.values[i] = ""
				}
			}
			break
		}
	case checkPeriod:
		m.outside(c, r)
	}
	return []trial{{world: c, row: -1, column: -1}}
}

// outside takes everything out of the period that the check looks at: tables
// that a submission can do without go, and what is left begins and ends before.
func (m *maker) outside(w *world, r *dictionary.Rule) {
	spans := map[string][2]dictionary.Ref{}
	for _, s := range r.Spans {
		spans[s[0].Table] = s
	}
	w.strip(func(t *table) bool {
		return t.parent != nil && !t.demanded || slices.ContainsFunc(r.Fields, func(f dictionary.Ref) bool { return t.pool && f.Table == t.ID })
	})
	for _, row := range w.rows {
		s, ok := spans[row.t.ID]
		if !ok {
			continue
		}
		for i := range row.t.dates {
			row.values[row.t.dates[i].column] = ""
		}
		row.values[row.t.Index(s[0].Field)] = string(appendDay(nil, m.start-30))
		row.values[row.t.Index(s[1].Field)] = string(appendDay(nil, m.start-10))
	}
}

// strip takes away the rows of the tables that gone says, of those below them,
// and of pools whose rows nothing uses then.
func (w *world) strip(gone func(t *table) bool) {
	w.rows = slices.DeleteFunc(w.rows, func(row *worldRow) bool { return slices.ContainsFunc(row.t.path, gone) })
	unused := map[*worldRow]bool{}
	for _, v := range w.judge(true) {
		if v.row >= 0 && v.rule.Kind == dictionary.ChildExists && w.rows[v.row].t.pool {
			unused[w.rows[v.row]] = true
		}
	}
	w.rows = slices.DeleteFunc(w.rows, func(row *worldRow) bool { return unused[row] })
}

// writeWhole writes a world that is a whole submission.
func (m *maker) writeWhole(f *fault, w Writer) (*Result, error) {
	res := new(Result)
	at := map[int]int64{}
	values := [][]byte{}
	for _, t := range m.tables {
		if m.cfg.Tables != nil && !slices.Contains(m.cfg.Tables, t.ID) {
			continue
		}
		if err := w.Begin(t.Table); err != nil {
			return nil, err
		}
		n := int64(0)
		for i, row := range f.world.rows {
			if row.t.ID != t.ID {
				continue
			}
			n++
			at[i] = n
			values = values[:0]
			for _, v := range row.values {
				values = append(values, []byte(v))
			}
			if err := w.Row(values); err != nil {
				return nil, err
			}
		}
		if err := w.End(); err != nil {
			return nil, err
		}
		res.Tables = append(res.Tables, TableCount{t.Table, n})
	}
	res.Answers = []Answer{f.answer(func(row int) (string, int64) { return f.world.rows[row].t.Name, at[row] })}
	return res, nil
}
