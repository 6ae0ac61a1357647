package quality

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"mhsds/dictionary"
)

// A Twin computes measures in the plainest way: conditions are parsed as usual,
// then evaluated row by row on maps, every look-up a search through all rows.
type Twin struct {
	D       *dictionary.Dictionary
	Rows    map[string][]map[string]string // by table ID, fields as written
	Counted map[string][]bool
	Start   string // of the period, CCYY-MM-DD
	End     string
	Known   Reference
}

// A twinRow is a row by its table and place; absent if the place is -1.
type twinRow struct {
	table int
	at    int
}

type twinView struct {
	t     *Twin
	frame *frame
	rows  []twinRow
}

func (t *Twin) id(table int) string { return t.D.Tables[table].ID }

func (v *twinView) value(r ref) string {
	row := v.rows[r.slot]
	if row.at < 0 {
		return ""
	}
	t := &v.t.D.Tables[row.table]
	return strings.Trim(v.t.Rows[t.ID][row.at][t.Fields[r.field].Name], " ")
}

// date reads a day of the calendar; ok is false for anything else.
func date(s string) (time.Time, bool) {
	if i := strings.IndexAny(s, " T"); i == 10 {
		s = s[:10]
	}
	d, err := time.Parse(time.DateOnly, s)
	return d, err == nil && d.Year() > 0
}

func (v *twinView) day(d day) (time.Time, bool) {
	var at time.Time
	var ok bool
	switch d.kind {
	case periodStart:
		at, ok = date(v.t.Start)
	case periodEnd:
		at, ok = date(v.t.End)
	case literal:
		at, ok = time.Unix(int64(d.at)*86400, 0).UTC(), true
	case dateField, timestamp:
		at, ok = date(v.value(*d.ref))
	case closing:
		for _, s := range v.t.Known.Spans(nil, d.register, []byte(v.text(d.text))) {
			if s[1] == math.MaxInt32 {
				return at, false
			}
			if x := time.Unix(int64(s[1])*86400, 0).UTC(); !ok || x.After(at) {
				at, ok = x, true
			}
		}
	}
	return at.AddDate(0, 0, int(d.offset)), ok
}

func (v *twinView) text(t text) string {
	s := v.value(*t.ref)
	for _, x := range t.steps {
		switch x.kind {
		case upper:
			s = strings.ToUpper(s)
		case first:
			_, n := utf8.DecodeRuneInString(s)
			s = s[:n]
		case before:
			s, _, _ = strings.Cut(s, string(x.mark))
		}
	}
	return s
}

func (v *twinView) compare(t *dayTest) bool {
	a, ok1 := v.day(t.a)
	b, ok2 := v.day(t.b)
	if !ok1 || !ok2 {
		return false
	}
	switch t.op {
	case "==":
		return a.Equal(b)
	case "!=":
		return !a.Equal(b)
	case "<":
		return a.Before(b)
	case "<=":
		return !a.After(b)
	case ">":
		return a.After(b)
	}
	return !a.Before(b)
}

func (v *twinView) aged(t *ageTest) bool {
	a, ok1 := v.day(t.birth)
	b, ok2 := v.day(t.at)
	if !ok1 || !ok2 {
		return false
	}
	n := b.Year() - a.Year()
	if b.Month() < a.Month() || b.Month() == a.Month() && b.Day() < a.Day() {
		n--
	}
	return n >= t.low && n <= t.high
}

func (v *twinView) single(s *single) bool {
	switch t := s.test.(type) {
	case *blankTest:
		return v.value(s.ref) == ""
	case *inTest:
		w := v.text(t.text)
		for _, c := range t.codes {
			if c == w && w != "" {
				return true
			}
		}
		return false
	case *startsTest:
		return strings.HasPrefix(v.text(t.text), t.prefix)
	case *dayTest:
		return v.compare(t)
	case *ageTest:
		return v.aged(t)
	case *ongoingTest:
		if v.value(*t.day.ref) == "" {
			return true
		}
		d, ok := v.day(t.day)
		end, known := date(v.t.End)
		return ok && known && d.After(end)
	case *clockTest:
		clock, err := time.Parse("15:04:05", v.value(s.ref))
		if err != nil {
			if clock, err = time.Parse("15:04", v.value(s.ref)); err != nil {
				return false
			}
		}
		n := clock.Hour()
		if t.minute {
			n = clock.Minute()
		}
		return n >= t.low && n <= t.high
	case *registerTest:
		w := v.text(t.text)
		on, _ := v.day(t.on)
		day := int32(on.Unix() / 86400)
		if w == "" {
			return false
		}
		if t.word == "has" {
			return v.t.Known.Has(t.register, []byte(w), day)
		}
		for _, s := range v.t.Known.Spans(nil, t.register, []byte(w)) {
			if t.word == "known" || s[0] <= day && s[1] > day {
				return true
			}
		}
		return false
	}
	panic("unknown test")
}

func (v *twinView) holds(f formula) bool {
	switch f := f.(type) {
	case fixed:
		return bool(f)
	case allOf:
		for _, m := range f {
			if !v.holds(m) {
				return false
			}
		}
		return true
	case anyOf:
		for _, m := range f {
			if v.holds(m) {
				return true
			}
		}
		return false
	case negation:
		return !v.holds(f.of)
	case found:
		return v.rows[f.slot].at >= 0
	case *single:
		return v.single(f)
	case *dayTest:
		return v.compare(f)
	case *ageTest:
		return v.aged(f)
	case *quantifier:
		id := v.t.id(f.table)
		key := v.value(ref{f.outer, f.own})
		met, all := 0, 0
		for i, counted := range v.t.Counted[id] {
			w := &twinView{v.t, v.frame, append([]twinRow(nil), v.rows...)}
			w.rows[f.slot] = twinRow{f.table, i}
			if !counted || key == "" || w.value(ref{f.slot, f.key}) != key {
				continue
			}
			all++
			if f.condition == nil || w.holds(f.condition) {
				met++
			}
		}
		return !f.most && met > 0 || f.most && 2*met > all
	}
	panic("unknown formula")
}

// each calls do for every counted row that meets the condition.
func (t *Twin) each(fr *frame, f formula, do func(*twinView)) {
	for i, counted := range t.Counted[t.id(fr.slots[0].table)] {
		if !counted {
			continue
		}
		v := &twinView{t, fr, make([]twinRow, len(fr.slots))}
		for s, of := range fr.slots {
			v.rows[s] = twinRow{of.table, -1}
			switch {
			case s == 0:
				v.rows[0].at = i
			case of.from >= 0:
				key := v.value(ref{of.from, of.own})
				for k, yes := range t.Counted[t.id(of.table)] {
					v.rows[s].at = k
					if yes && key != "" && v.value(ref{s, of.that}) == key {
						break
					}
					v.rows[s].at = -1
				}
			}
		}
		if v.holds(f) {
			do(v)
		}
	}
}

// Quality computes a measure of quality: the denominator and the categories.
func (t *Twin) Quality(id string) (n [6]int64, err error) {
	o := New(Options{Reference: t.Known})
	o.d, o.tables = t.D, make([]tablePlan, len(t.D.Tables))
	c := &compiler{o: o, terms: terms(t.D)}
	for i := range t.D.Quality {
		m := &t.D.Quality[i]
		if m.ID != id {
			continue
		}
		fr, err := c.frame(m.Table, m.Join)
		if err != nil {
			return n, err
		}
		p := &parser{compiler: c, frame: fr, scope: []int{0}, categories: map[string]string{"valid": m.Valid, "other": m.Other, "default": m.Default}}
		for s := range fr.slots {
			if table := &t.D.Tables[fr.slots[s].table]; table.ID == m.Field.Table && p.item == nil {
				p.item = &ref{s, table.Index(m.Field.Field)}
			}
		}
		for k, text := range []string{m.Denominator, m.Valid, m.Other, m.Default, m.Invalid, m.Missing} {
			if text == "" || text == "none" {
				continue
			}
			of, err := p.condition(m.Denominator)
			if err != nil {
				return n, err
			}
			f, err := p.condition(text)
			if err != nil {
				return n, err
			}
			t.each(fr, allOf{of, f}, func(*twinView) { n[k]++ })
		}
	}
	return n, nil
}

// Measure computes a published count.
func (t *Twin) Measure(m *dictionary.Measure) (int64, error) {
	o := New(Options{})
	o.d, o.tables = t.D, make([]tablePlan, len(t.D.Tables))
	c := &compiler{o: o, terms: terms(t.D)}
	fr, err := c.frame(m.Table, m.Join)
	if err != nil {
		return 0, err
	}
	p := &parser{compiler: c, frame: fr, scope: []int{0}}
	f, err := p.condition(m.Condition)
	if err != nil {
		return 0, err
	}
	k := &counting{}
	if err := k.count(p, m.Count); err != nil {
		return 0, err
	}
	n := int64(0)
	seen := map[string]bool{}
	type period struct {
		of         string
		start, end time.Time
		open       bool
	}
	var periods []period
	t.each(fr, f, func(v *twinView) {
		switch {
		case k.days != nil:
			start, ok := date(v.value(k.days.start))
			end, ended := date(v.value(k.days.end))
			if ok && (ended || v.value(k.days.end) == "") {
				periods = append(periods, period{v.value(k.days.of), start, end, !ended})
			}
		case k.distinct.field < 0:
			n++
		default:
			if key := v.value(k.distinct); key != "" && !seen[key] {
				seen[key] = true
				n++
			}
		}
	})
	start, _ := date(t.Start)
	end, _ := date(t.End)
	for i, x := range periods {
		// The one before it of the same spell: the latest that starts earlier,
		// or as early and stands earlier.
		var last *period
		for j := range periods {
			y := &periods[j]
			earlier := y.start.Before(x.start) || y.start.Equal(x.start) && j < i
			if y.of == x.of && x.of != "" && j != i && earlier && (last == nil || !y.start.Before(last.start)) {
				last = y
			}
		}
		begin := x.start
		switch {
		case x.start.Before(start):
			begin = start
		case last == nil, !last.open && x.start.After(last.end.AddDate(0, 0, 1)):
			begin = begin.AddDate(0, 0, 1)
		}
		if x.open {
			x.end = end.AddDate(0, 0, 1)
		}
		n += int64(x.end.Sub(begin).Hours() / 24)
	}
	return n, nil
}

func terms(d *dictionary.Dictionary) map[string]*dictionary.Measure {
	terms := make(map[string]*dictionary.Measure)
	for i := range d.Measures {
		if m := &d.Measures[i]; m.Kind == dictionary.Term {
			terms[m.ID] = m
		}
	}
	return terms
}
