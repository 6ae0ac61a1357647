package synthetic

import (
	"cmp"
	"fmt"
	"slices"

	"mhsds/dictionary"
)

// A dateVar is how one date of a table is chosen: between the greatest of its
// lower bounds and the least of its upper ones. Dates are made in an order in
// which a bound is known before what it bounds.
type dateVar struct {
	column       int
	salt         uint64
	mandatory    bool
	fill         uint64
	lower, upper []bound // by rules
	after        []bound // lower bounds that no rule states, kept where there is room
	before       []bound // upper ones
	inPeriod     bool    // a rule keeps it from the period's start on
	least, most  int     // days before its latest day; most 0 is no limit
	back         int     // days that it lies back on average; negative: to come
	distinct     bool    // rows under one parent must differ in it
	filled       bool    // and at most one of them may be blank
}

// A bound is a day that another is set against.
type bound struct {
	at    int // a day; of another date, days added to it
	level int // of path, whose row has the date; -1: at is the bound itself
	date  int // of that table's dates
}

// The usual distance of a date from its latest day, in days.
const usualBack = 200

// order is a rule that one date is not before another, with days between.
type order struct {
	early, late dictionary.Ref
	days        int // late + days >= early
	join        bool
}

// ordersOf lists what the active rules say of dates, smallest first. A date of
// the header that is given is a Ref with a table of its own name.
func (m *maker) ordersOf(t *table) []order {
	var list []order
	for _, r := range m.byTable[t.ID] {
		own := dictionary.Ref{Table: t.ID, Field: r.Field}
		switch r.Kind {
		case dictionary.DateOnOrAfter:
			list = append(list, order{r.Other, own, -r.OffsetDays, r.Join != (dictionary.Join{})})
		case dictionary.DateOnOrBefore:
			list = append(list, order{own, r.Other, r.OffsetDays, r.Join != (dictionary.Join{})})
		case dictionary.AgeRange:
			// A birthday that many years before, and a day, is too early.
			if day, ok := parseDay(m.known[r.Other]); ok {
				y, mm, d := civil(day)
				list = append(list, order{early: dictionary.Ref{}, late: own, days: -(dayOf(y-r.MaxYears, mm, min(d, 28)) + 1)})
			}
		}
	}
	return list
}

// isDate reports whether a field holds a date, with or without a time.
func (m *maker) isDate(t *table, f *dictionary.Field) bool {
	ref := dictionary.Ref{Table: t.ID, Field: f.Name}
	switch f.Type {
	case dictionary.Date, dictionary.DateTime:
		return true
	case dictionary.Text:
		return m.first(ref, dictionary.ValidDatetime) != nil
	}
	return false
}

func (m *maker) compileDates(t *table) error {
	if t == m.header {
		return nil
	}
	orders := m.orders[t]
	if err := m.compileChain(t); err != nil {
		return err
	}
	var columns []int
	for i := range t.Fields {
		f := &t.Fields[i]
		if m.isDate(t, f) && !t.chain.has(i) && m.g.shapes.of(t.ID, f.Name).refers == (dictionary.Ref{}) {
			columns = append(columns, i)
		}
	}
	columns, err := sorted(t, columns, orders)
	if err != nil {
		return err
	}
	at := map[int]int{}
	for i, c := range columns {
		at[c] = i
	}
	for _, c := range columns {
		f := &t.Fields[c]
		ref := dictionary.Ref{Table: t.ID, Field: f.Name}
		sh := m.g.shapes.of(t.ID, f.Name)
		v := dateVar{
			column: c, salt: uint64(c+1) << 8, mandatory: m.mandatory(ref), fill: threshold(m.fill(t, sh)),
			least: sh.least, most: sh.most, back: usualBack,
		}
		if sh.has["back"] {
			v.back = sh.back
		}
		if err := m.bounds(t, &v, ref, orders, at); err != nil {
			return err
		}
		if m.odd[ref] {
			v.after, v.inPeriod = append(v.after, bound{at: m.start, level: -1}), true
		}
		t.dates = append(t.dates, v)
	}
	m.ends(t)
	for i := range t.dates {
		m.soften(t, i)
	}
	for _, v := range t.dates {
		for _, list := range [][]bound{v.lower, v.upper, v.after, v.before} {
			for _, b := range list {
				if b.level >= 0 {
					t.needs[b.level] = true
				}
			}
		}
	}
	// What those dates are bounded by is needed too.
	for level := len(t.path) - 2; level >= 0; level-- {
		if t.needs[level] {
			for up := range level {
				t.needs[up] = t.needs[up] || t.path[level].needs[up]
			}
		}
	}
	return nil
}

// sorted puts date columns in an order in which the earlier date of a pair
// comes first.
func sorted(t *table, columns []int, orders []order) ([]int, error) {
	var out []int
	left := slices.Clone(columns)
	for len(left) > 0 {
		n := slices.IndexFunc(left, func(c int) bool {
			for _, o := range orders {
				if o.early.Table == t.ID && o.late.Table == t.ID && t.Index(o.late.Field) == c && slices.Contains(left, t.Index(o.early.Field)) && !o.join {
					return false
				}
			}
			return true
		})
		if n < 0 {
			return nil, fmt.Errorf("table %s: its rules order dates in a circle", t.ID)
		}
		out = append(out, left[n])
		left = slices.Delete(left, n, n+1)
	}
	return out, nil
}

// bounds gives v the bounds that rules state. An upper bound of a later date
// of the row counts for v too, so that there is always room for the later one.
func (m *maker) bounds(t *table, v *dateVar, ref dictionary.Ref, orders []order, at map[int]int) error {
	seen := map[dictionary.Ref]bool{}
	var above func(of dictionary.Ref, days int) error
	above = func(of dictionary.Ref, days int) error {
		seen[of] = true
		for _, o := range orders {
			if o.early != of {
				continue
			}
			if o.late.Table == t.ID && !o.join {
				if !seen[o.late] {
					if err := above(o.late, days+o.days); err != nil {
						return err
					}
				}
				continue
			}
			b, err := m.bound(t, o.late, days+o.days)
			if err != nil {
				return err
			}
			v.upper = append(v.upper, b)
		}
		return nil
	}
	if err := above(ref, 0); err != nil {
		return err
	}
	for _, o := range orders {
		if o.late != ref {
			continue
		}
		if o.early.Table == t.ID && !o.join {
			v.lower = append(v.lower, bound{at: -o.days, level: len(t.path) - 1, date: at[t.Index(o.early.Field)]})
			continue
		}
		b, err := m.bound(t, o.early, -o.days)
		if err != nil {
			return err
		}
		v.lower = append(v.lower, b)
		v.inPeriod = v.inPeriod || b.level < 0 && b.at >= m.start
	}
	return nil
}

// bound returns the bound that a date of another table is.
func (m *maker) bound(t *table, other dictionary.Ref, days int) (bound, error) {
	if other == (dictionary.Ref{}) {
		return bound{at: days, level: -1}, nil
	}
	if m.header != nil && other.Table == m.header.ID {
		day, ok := parseDay(m.known[other])
		if !ok {
			return bound{}, fmt.Errorf("table %s: compares with %s, which is not known", t.ID, other)
		}
		return bound{at: day + days, level: -1}, nil
	}
	for level, p := range t.path[:len(t.path)-1] {
		if p.ID != other.Table {
			continue
		}
		for i := range p.dates {
			if p.Fields[p.dates[i].column].Name == other.Field {
				return bound{at: days, level: level, date: i}, nil
			}
		}
	}
	return bound{}, fmt.Errorf("table %s: compares with %s, which is not a date of a table it lies under", t.ID, other)
}

// ends finds the dates between which the rows below t lie: the one that most
// rules set others after, or the first that is always there; and the one that
// the rules of other tables set theirs before.
func (m *maker) ends(t *table) {
	after, before := map[int]int{}, map[int]int{}
	for _, below := range m.tables {
		for _, o := range m.orders[below] {
			if o.early.Table == t.ID && (o.join || below == t) {
				after[t.Index(o.early.Field)]++
			}
			if o.late.Table == t.ID && o.join {
				before[t.Index(o.late.Field)]++
			}
		}
	}
	best := func(n map[int]int) int {
		found := -1
		for i, v := range t.dates {
			if n[v.column] > 0 && (found < 0 || n[v.column] > n[t.dates[found].column]) {
				found = i
			}
		}
		return found
	}
	t.begin, t.finish = best(after), best(before)
	if t.begin < 0 {
		t.begin = slices.IndexFunc(t.dates, func(v dateVar) bool { return v.mandatory })
	}
}

// soften adds what no rule says but everybody expects: a row's dates lie
// between the begin and the finish of the row above.
func (m *maker) soften(t *table, i int) {
	v := &t.dates[i]
	for level := len(t.path) - 2; level >= 0; level-- {
		p := t.path[level]
		if p.begin >= 0 {
			v.after = append(v.after, bound{level: level, date: p.begin})
			if p.finish >= 0 {
				v.before = append(v.before, bound{level: level, date: p.finish})
			}
			return
		}
	}
}

// day chooses a date of the row at level depth, or noDay.
func (m *maker) day(t *table, v *dateVar, c *cursor, depth int) int {
	row := &c.levels[depth]
	h := draw(row.seed, v.salt)
	if !v.mandatory && !chance(h, v.fill) && !(v.filled && row.ord > 0) {
		return noDay
	}
	lo, hi := noDay, 1<<30
	for _, b := range v.lower {
		if d := c.bound(b); d != noDay {
			lo = max(lo, d)
		}
	}
	for _, b := range v.upper {
		if d := c.bound(b); d != noDay {
			hi = min(hi, d)
		}
	}
	if v.back < 0 && hi == 1<<30 {
		return max(lo, m.end) + 1 + m.waiting.days(mix(h), -v.back)
	}
	if hi == 1<<30 {
		hi = max(m.end, lo)
	}
	hard := lo
	for _, b := range v.before {
		if d := c.bound(b); d != noDay && d >= lo {
			hi = min(hi, d)
		}
	}
	for _, b := range v.after {
		if d := c.bound(b); d != noDay && d <= hi {
			lo = max(lo, d)
		}
	}
	if lo > hi {
		return noDay
	}
	if v.distinct {
		return m.distinctDay(v, row, hard, lo, hi)
	}
	h = mix(h)
	if v.inPeriod {
		return lo + below(h, hi-lo+1)
	}
	if v.most > 0 {
		lo = max(lo, hi-v.most)
	}
	hi = max(lo, hi-v.least)
	if d := hi - m.waiting.days(h, v.back); d >= lo {
		return d
	}
	return lo + below(h, hi-lo+1)
}

// distinctDay spreads the rows of one parent over its days, the first last.
func (m *maker) distinctDay(v *dateVar, row *level, hard, lo, hi int) int {
	if hi-lo+1 < row.siblings {
		if lo = max(hard, hi-10*row.siblings); hi-lo+1 < row.siblings {
			return noDay
		}
	}
	step := (hi - lo + 1) / row.siblings
	if v.back > 0 && !v.inPeriod {
		step = min(step, max(1, v.back/row.siblings))
	}
	h := draw(row.parent, v.salt) // the same for all rows of the parent
	return hi - row.ord*step - below(h, step)
}

// A chain is how the registrations of one patient follow each other: each but
// the last ends in the month, and another practice's begins that day or the
// next.
type chain struct {
	patient, start, end, practice int // columns
	back                          int
	lower                         []bound // of the first start
}

func (c *chain) has(column int) bool {
	return c != nil && (column == c.start || column == c.end || column == c.practice)
}

func (m *maker) compileChain(t *table) error {
	for _, r := range m.byTable[t.ID] {
		if r.Kind != dictionary.GPSuccessor {
			continue
		}
		if len(r.Fields) != 4 {
			return fmt.Errorf("rule %s: needs four fields", r.Code)
		}
		t.chain = &chain{t.Index(r.Fields[0].Field), t.Index(r.Fields[1].Field), t.Index(r.Fields[2].Field), t.Index(r.Fields[3].Field), 0, nil}
		start := dictionary.Ref{Table: t.ID, Field: r.Fields[1].Field}
		t.chain.back = cmp.Or(m.g.shapes.of(t.ID, start.Field).back, usualBack)
		for _, o := range m.orders[t] {
			if o.late == start && o.early.Table != t.ID {
				b, err := m.bound(t, o.early, -o.days)
				if err != nil {
					return err
				}
				t.chain.lower = append(t.chain.lower, b)
				if b.level >= 0 {
					t.needs[b.level] = true
				}
			}
		}
	}
	return nil
}

// days returns the start and the end of the chain's row, noDay for none.
func (m *maker) chainDays(ch *chain, c *cursor, row *level) (start, end int) {
	// The month is cut where one registration ends and the next begins.
	cut := func(i int) int {
		room := (m.end - m.start - 2) / row.siblings
		return m.start + 2 + (i-1)*room + below(draw(row.parent, uint64(i)), max(1, room-2))
	}
	end = noDay
	if row.ord < row.siblings-1 {
		end = cut(row.ord + 1)
	}
	if row.ord > 0 {
		return cut(row.ord) + below(draw(row.seed, 3), 2), end
	}
	hi := m.start - 1
	lo := noDay
	for _, b := range ch.lower {
		if d := c.bound(b); d != noDay {
			lo = max(lo, d)
		}
	}
	hi = max(hi, lo)
	h := draw(row.seed, 4)
	if start = hi - m.waiting.days(h, ch.back); start < lo {
		start = lo + below(h, hi-lo+1)
	}
	return start, end
}
