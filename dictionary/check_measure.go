package dictionary

import "slices"

func (c *checker) quality() {
	seen := map[string]QualityKind{}
	for i := range c.d.Quality {
		m := &c.d.Quality[i]
		c.about("quality", i, "quality measure "+m.ID)
		switch kind, again := seen[m.ID]; {
		case m.ID == "":
			c.fault("id", "a quality measure without an ID")
		case again && (c.d.Quality[i-1].ID != m.ID || kind != m.Kind):
			c.fault("id", "stands twice; the parts of a measure follow one another and are of one kind")
		}
		seen[m.ID] = m.Kind
		if m.Kind.String() == "" {
			c.fault("kind", "no kind")
		}
		if m.Name == "" {
			c.fault("name", "blank; it says what is measured")
		}
		if !c.table("table", m.Table) {
			continue
		}
		c.ways(m.Table, m.Join, "join")
		if m.Field.Table == "" {
			c.fault("field", "blank; it is the item that is measured")
		} else {
			c.ref("", "field", m.Field)
		}
		if m.Unchecked == "" && (m.Denominator == "" || m.Valid == "") {
			c.fault("denominator", "denominator and valid must both be given, or unchecked says why not")
		}
		if m.Kind != Validity && m.Other+m.Default+m.Invalid+m.Missing != "" {
			c.fault("other", "only a measure of validity has other, default, invalid and missing")
		}
		if m.Target < 0 || m.Target > 100 {
			c.fault("target", "%d is no percentage", m.Target)
		}
	}
}

func (c *checker) measures() {
	seen := map[string]int{}
	for i := range c.d.Measures {
		m := &c.d.Measures[i]
		c.about("measures", i, "measure "+m.ID)
		c.once(seen, m.ID, "id", "measure")
		if m.Kind.String() == "" {
			c.fault("kind", "no kind")
		}
		if m.Name == "" {
			c.fault("name", "blank; it says what is counted")
		}
		if c.table("table", m.Table) {
			c.ways(m.Table, m.Join, "join")
		}
		switch {
		case m.Kind == Term && m.Count != "":
			c.fault("count", "set for a term, which counts nothing")
		case m.Kind == Count && m.Count == "" && m.Unchecked == "":
			c.fault("count", "blank; say what is counted")
		case m.Condition == "" && m.Unchecked == "":
			c.fault("condition", "blank; all counts every row")
		}
	}
}

// ways checks that each step begins at a table that is reached already.
func (c *checker) ways(table string, ways []Way, column string) {
	reached := []string{table}
	for _, w := range ways {
		if c.ref("", column, w.From) == nil || c.ref("", column, w.To) == nil {
			continue
		}
		if !slices.Contains(reached, w.From.Table) {
			c.fault(column, "%s begins at a table that is not reached yet", w.From)
		}
		if slices.Contains(reached, w.To.Table) {
			c.fault(column, "%s is reached a second time", w.To.Table)
		}
		reached = append(reached, w.To.Table)
	}
}
