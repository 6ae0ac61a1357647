package synthetic

import (
	"slices"

	"mhsds/dictionary"
)

// A dateCell is a date of a world's row.
type dateCell struct{ row, column int }

// A difference says that the date to is at most days after the date from; a
// cell of row -1 stands for 1970-01-01.
type difference struct {
	from, to dateCell
	days     int
}

// reordered returns copies of the world in which the date rule r fails at the
// row and every other order of dates holds, from few changed dates to many.
// That is a system of differences, of which each rule is one and r the
// reverse of itself; the shortest ways through it are a solution, if there is
// one (Bellman and Ford).
func (w *world) reordered(r *dictionary.Rule, row int) []*world {
	own := dateCell{row, w.rows[row].t.Index(r.Field)}
	var list []*world
	for _, others := range w.counterparts(r, row) {
		near := []dateCell{own}
		if others.row >= 0 {
			near = append(near, others)
		}
		sets := [][]dateCell{{own}, near}
		for _, cells := range [][]dateCell{w.datesOf(near), w.datesOf(nil)} {
			sets = append(sets, cells)
		}
		for i, free := range sets {
			for _, alone := range []bool{false, true} {
				if alone && i < 2 {
					continue
				}
				c := w.clone()
				if alone {
					c.bare(free, near)
				}
				if c.reorder(r, nil, row, free, near) {
					list = append(list, c)
				}
			}
		}
		if len(list) > 0 {
			continue
		}
		// It cannot fail alone: let one other rule go.
		for _, free := range sets[2:] {
			for _, alone := range []bool{false, true} {
				base := w.clone()
				if alone {
					base.bare(free, near)
				}
				for _, other := range w.dateRules() {
					if c := base.clone(); other != r && c.reorder(r, other, row, free, near) {
						list = append(list, c)
					}
				}
			}
		}
	}
	return list
}

// bare blanks the dates that need not be there, but for those kept.
func (w *world) bare(dates, keep []dateCell) {
	for _, c := range dates {
		if row := w.rows[c.row]; !slices.Contains(keep, c) && !w.m.mandatory(row.t.ref(c.column)) {
			row.values[c.column] = ""
		}
	}
}

// dateRules lists the orders of dates that the world's rows stand under.
func (w *world) dateRules() []*dictionary.Rule {
	var list []*dictionary.Rule
	for _, row := range w.rows {
		for _, r := range w.m.byTable[row.t.ID] {
			if (r.Kind == dictionary.DateOnOrAfter || r.Kind == dictionary.DateOnOrBefore) && !slices.Contains(list, r) {
				list = append(list, r)
			}
		}
	}
	return list
}

// counterparts lists the dates that the rule sets the row's date against.
func (w *world) counterparts(r *dictionary.Rule, row int) []dateCell {
	switch {
	case r.Join != (dictionary.Join{}):
		var list []dateCell
		for i, other := range w.rows {
			if other.t.ID == r.Other.Table && other.get(r.Join.Theirs) == w.rows[row].get(r.Join.Own) {
				list = append(list, dateCell{i, other.t.Index(r.Other.Field)})
			}
		}
		return list
	case r.Other.Table == r.Table:
		return []dateCell{{row, w.rows[row].t.Index(r.Other.Field)}}
	}
	return []dateCell{{-1, 0}}
}

// datesOf lists the dates of the rows of some cells, of all rows for nil.
func (w *world) datesOf(near []dateCell) []dateCell {
	var list []dateCell
	for i, row := range w.rows {
		if near != nil && !slices.ContainsFunc(near, func(c dateCell) bool { return c.row == i }) || row.t == w.m.header || row.beside {
			continue
		}
		for c := range row.t.Fields {
			if w.m.isDate(row.t, &row.t.Fields[c]) {
				list = append(list, dateCell{i, c})
			}
		}
	}
	return list
}

func (w *world) day(c dateCell) int {
	if c.row < 0 {
		return 0
	}
	d, ok := w.date(w.rows[c.row], w.rows[c.row].t.Fields[c.column].Name)
	if !ok {
		return noDay
	}
	return d
}

// reorder sets the free dates so that r fails at the row and no other rule on
// dates fails anywhere, but for without. The dates in need are filled if they
// are blank. It reports whether that can be.
func (w *world) reorder(r, without *dictionary.Rule, row int, free, need []dateCell) bool {
	origin := dateCell{-1, 0}
	at := make(map[dateCell]int, len(free)) // of the free dates
	for i, c := range free {
		at[c] = i
	}
	days := map[dateCell]int{} // of all, noDay for a blank one
	dayOf := func(c dateCell) int {
		d, known := days[c]
		if !known {
			d = w.day(c)
			days[c] = d
		}
		return d
	}
	filled := func(c dateCell) bool { return dayOf(c) != noDay || slices.Contains(need, c) }
	var edges []difference
	limit := func(from, to dateCell, days int) {
		if filled(from) && filled(to) {
			edges = append(edges, difference{from, to, days})
		}
	}
	for i, x := range w.rows {
		for _, rule := range w.m.byTable[x.t.ID] {
			if rule.Kind != dictionary.DateOnOrAfter && rule.Kind != dictionary.DateOnOrBefore || rule == without {
				continue
			}
			own := dateCell{i, x.t.Index(rule.Field)}
			if !filled(own) {
				continue
			}
			for _, other := range w.counterparts(rule, i) {
				days := rule.OffsetDays
				if other == origin {
					d, ok := dateIn(w.m.header.Field(rule.Other.Field), w.header[rule.Other.Field])
					if !ok {
						continue
					}
					days += d
				}
				broken := rule == r && i == row
				switch {
				case (rule.Kind == dictionary.DateOnOrAfter) != broken: // own >= other + days, or > of a broken "before"
					if broken {
						days++
					}
					limit(own, other, -days)
				case broken: // own < other + days
					limit(other, own, days-1)
				default:
					limit(other, own, days)
				}
			}
		}
	}
	for i, x := range w.rows {
		for _, v := range x.t.dates {
			if w.m.odd[x.t.ref(v.column)] {
				limit(dateCell{i, v.column}, origin, -w.m.start)
			}
		}
	}
	w.chained(r, filled, limit)
	way := make([]int, len(free))
	for i, c := range free {
		way[i] = w.m.end + 400
		limit(c, origin, -(w.m.start - 100*366))
	}
	// What is not free stays as it is.
	for range len(free) + 1 {
		changed := false
		for _, e := range edges {
			d, is := 0, false
			if from, ok := at[e.from]; ok {
				d = way[from] + e.days
			} else {
				d = dayOf(e.from) + e.days
			}
			i := 0
			switch i, is = at[e.to]; {
			case is && d < way[i]:
				way[i], changed = d, true
			case !is && d < dayOf(e.to):
				return false // a date that must not move would have to
			}
		}
		if !changed {
			w.place(free, way, need)
			return true
		}
	}
	return false
}

// chained keeps registrations that follow each other so, and lets none end on
// the day of its start, unless that is the order to break.
func (w *world) chained(r *dictionary.Rule, filled func(dateCell) bool, limit func(from, to dateCell, days int)) {
	for i, x := range w.rows {
		if x.t.chain == nil {
			continue
		}
		end := dateCell{i, x.t.chain.end}
		if start := (dateCell{i, x.t.chain.start}); filled(end) && filled(start) && r.Other.Table != x.t.ID {
			limit(end, start, -1)
		}
		for k, y := range w.rows {
			start := dateCell{k, x.t.chain.start}
			if y.t != x.t || k == i || !filled(end) || !filled(start) {
				continue
			}
			if d := w.day(start) - w.day(end); d == 0 || d == 1 {
				limit(end, start, 1)
				limit(start, end, 0)
			}
		}
	}
}

// place writes the dates found into the cells that are filled or needed.
func (w *world) place(free []dateCell, days []int, need []dateCell) {
	for i, c := range free {
		if w.day(c) == noDay && !slices.Contains(need, c) {
			continue
		}
		row := w.rows[c.row]
		text := string(appendDay(nil, days[i]))
		if old := row.values[c.column]; len(old) > len(text) {
			text += old[len(text):]
		} else if row.t.Fields[c.column].Type == dictionary.Text {
			text += "T10:30:00Z"
		}
		row.values[c.column] = text
	}
}
