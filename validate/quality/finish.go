package quality

import (
	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/finding"
)

// An evaluation computes measures over some of the rows: those that would be
// carried forward, or all.
type evaluation struct {
	o       *Observer
	counted func(table, row int) bool

	histograms map[int][]int64    // by table: counted rows by signature
	firsts     map[column][]int32 // by number of key, the first counted row that has it, -1 without one
	lists      map[column]*lists
	asked      map[int]*asking // by quantifier
}

// An asking is what a quantifier has to hand: the rows by key, and what it
// said for the keys that it was asked about.
type asking struct {
	lists *lists
	known []answer // by number of key; nil if the answer depends on more
}

// lists are the counted rows of a table by their key.
type lists struct {
	starts []uint32 // by number; one more than there are
	rows   []uint32
}

// An answer is what a quantifier says for a key, once it was asked.
type answer uint8

const (
	yes answer = iota + 1
	no
)

// absent is the row of a slot that has none, pending that of a joined slot that
// nobody has asked for yet.
const (
	absent  = -1
	pending = -2
)

// A view is the rows that a formula sees.
type view struct {
	*evaluation
	frame  *frame
	rows   []int32
	firsts [][]int32 // by slot, of joined ones that were asked for

	last  *quantifier // the one that was asked last
	asked *asking     // of last
}

func (e *evaluation) view(fr *frame) *view {
	return &view{evaluation: e, frame: fr, rows: make([]int32, len(fr.slots)), firsts: make([][]int32, len(fr.slots))}
}

// at makes the view that of a row of slot 0.
func (v *view) at(row int) *view {
	for i := range v.rows {
		v.rows[i] = pending
	}
	v.rows[0] = int32(row)
	return v
}

// row is the row of a slot, absent if there is none.
func (v *view) row(s int) int32 {
	if r := v.rows[s]; r != pending {
		return r
	}
	of := &v.frame.slots[s]
	r := int32(absent)
	if of.from >= 0 {
		if n := v.number(of.from, of.own); n > 0 {
			if v.firsts[s] == nil {
				v.firsts[s] = v.first(column{of.table, of.that})
			}
			r = v.firsts[s][n]
		}
	}
	v.rows[s] = r
	return r
}

// number is the number of the key in a slot's field, 0 without one.
func (v *view) number(s, field int) uint32 {
	r := v.row(s)
	if r < 0 {
		return 0
	}
	p := &v.o.tables[v.frame.slots[s].table]
	return p.kept.keys[p.key(field)][r]
}

// day is the day of a kept date, or of the period.
func (v *view) day(d day) int32 {
	switch d.kind {
	case 0:
		return batch.Null
	case periodStart:
		return plus(v.o.start, d.offset)
	case periodEnd:
		return plus(v.o.end, d.offset)
	case literal:
		return plus(d.at, d.offset)
	}
	r := v.row(d.ref.slot)
	if r < 0 {
		return batch.Null
	}
	p := &v.o.tables[v.frame.slots[d.ref.slot].table]
	return p.kept.days[p.day(d)][r]
}

// holds evaluates a formula.
func (v *view) holds(f formula) bool {
	switch f := f.(type) {
	case fixed:
		return bool(f)
	case bit:
		p := &v.o.tables[v.frame.slots[f.slot].table]
		s := &p.blank
		if r := v.row(f.slot); r >= 0 {
			s = &p.kept.signs[p.kept.ids[r]]
		}
		return s.has(f.index)
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
		return v.row(f.slot) >= 0
	case *dayTest:
		return f.holds(v.day(f.a), v.day(f.b))
	case *ageTest:
		return f.holds(v.day(f.birth), v.day(f.at))
	case *quantifier:
		return v.quantified(f)
	}
	return false
}

func (s *signature) has(bit int) bool { return s[bit>>6]>>(bit&63)&1 != 0 }

// asking returns what the quantifier has to hand.
func (e *evaluation) asking(q *quantifier) *asking {
	if a := e.asked[q.number]; a != nil {
		return a
	}
	a := &asking{lists: e.list(column{q.table, q.key})}
	if q.alone {
		p := &e.o.tables[q.table]
		a.known = make([]answer, len(e.o.spaces[p.keys[p.key(q.key)].space].ends)+1)
	}
	if e.asked == nil {
		e.asked = make(map[int]*asking)
	}
	e.asked[q.number] = a
	return a
}

// quantified goes through the rows that have the key.
func (v *view) quantified(q *quantifier) bool {
	n := v.number(q.outer, q.own)
	if n == 0 {
		return false
	}
	if v.last != q {
		v.last, v.asked = q, v.asking(q)
	}
	known := v.asked.known
	if known != nil {
		if a := known[n]; a != 0 {
			return a == yes
		}
	}
	rows := v.asked.lists.of(n)
	met := 0
	for _, r := range rows {
		v.rows[q.slot] = int32(r)
		if q.condition == nil || v.holds(q.condition) {
			if met++; !q.most {
				break
			}
		}
	}
	v.rows[q.slot] = absent
	is := met > 0
	if q.most {
		is = 2*met > len(rows)
	}
	if known != nil {
		known[n] = no
		if is {
			known[n] = yes
		}
	}
	return is
}

// of lists the rows with a key.
func (l *lists) of(number uint32) []uint32 { return l.rows[l.starts[number]:l.starts[number+1]] }

// first is, by number of key, the first counted row of the table that has it.
func (e *evaluation) first(at column) []int32 {
	if f := e.firsts[at]; f != nil {
		return f
	}
	p := &e.o.tables[at.table]
	k := p.key(at.field)
	out := make([]int32, len(e.o.spaces[p.keys[k].space].ends)+1)
	for i := range out {
		out[i] = absent
	}
	if p.kept.keys != nil {
		for row, n := range p.kept.keys[k] {
			if n > 0 && out[n] == absent && e.counted(at.table, row) {
				out[n] = int32(row)
			}
		}
	}
	if e.firsts == nil {
		e.firsts = make(map[column][]int32)
	}
	e.firsts[at] = out
	return out
}

// list is the counted rows of the table by key.
func (e *evaluation) list(at column) *lists {
	if l := e.lists[at]; l != nil {
		return l
	}
	p := &e.o.tables[at.table]
	k := p.key(at.field)
	l := &lists{starts: make([]uint32, len(e.o.spaces[p.keys[k].space].ends)+2)}
	if p.kept.keys != nil {
		numbers := p.kept.keys[k]
		for row, n := range numbers {
			if n > 0 && e.counted(at.table, row) {
				l.starts[n+1]++
			}
		}
		for i := 1; i < len(l.starts); i++ {
			l.starts[i] += l.starts[i-1]
		}
		l.rows = make([]uint32, l.starts[len(l.starts)-1])
		next := append([]uint32(nil), l.starts...)
		for row, n := range numbers {
			if n > 0 && e.counted(at.table, row) {
				l.rows[next[n]] = uint32(row)
				next[n]++
			}
		}
	}
	if e.lists == nil {
		e.lists = make(map[column]*lists)
	}
	e.lists[at] = l
	return l
}

// histogram counts the counted rows of a table by signature.
func (e *evaluation) histogram(table int) []int64 {
	if h := e.histograms[table]; h != nil {
		return h
	}
	k := &e.o.tables[table].kept
	h := make([]int64, len(k.signs)+1) // never nil
	for row, id := range k.ids {
		if e.counted(table, row) {
			h[id]++
		}
	}
	if e.histograms == nil {
		e.histograms = make(map[int][]int64)
	}
	e.histograms[table] = h
	return h
}

// local reports whether a formula looks at slot 0 alone.
func local(f formula) bool {
	switch f := f.(type) {
	case fixed:
		return true
	case bit:
		return f.slot == 0
	case negation:
		return local(f.of)
	case allOf:
		for _, m := range f {
			if !local(m) {
				return false
			}
		}
		return true
	case anyOf:
		return local(allOf(f))
	}
	return false
}

// bySignature evaluates a local formula on a signature.
func bySignature(f formula, s *signature) bool {
	switch f := f.(type) {
	case fixed:
		return bool(f)
	case bit:
		return s.has(f.index)
	case negation:
		return !bySignature(f.of, s)
	case allOf:
		for _, m := range f {
			if !bySignature(m, s) {
				return false
			}
		}
		return true
	case anyOf:
		for _, m := range f {
			if bySignature(m, s) {
				return true
			}
		}
	}
	return false
}

// count counts the rows of slot 0 that meet the formula.
func (e *evaluation) count(fr *frame, f formula) int64 {
	if f == nil || f == fixed(false) {
		return 0
	}
	table := fr.slots[0].table
	k := &e.o.tables[table].kept
	n := int64(0)
	if local(f) && !isFixed(f) {
		h := e.histogram(table)
		for id := range k.signs {
			if h[id] > 0 && bySignature(f, &k.signs[id]) {
				n += h[id]
			}
		}
		return n
	}
	e.each(fr, f, func(*view) { n++ })
	return n
}

func isFixed(f formula) bool {
	_, ok := f.(fixed)
	return ok
}

// each calls do with every counted row that meets the formula.
func (e *evaluation) each(fr *frame, f formula, do func(*view)) {
	table := fr.slots[0].table
	v := e.view(fr)
	k := &e.o.tables[table].kept
	rest := make([]formula, len(k.signs)) // of the formula, by signature
	for row, id := range k.ids {
		if rest[id] == nil {
			rest[id] = settle(f, &k.signs[id])
		}
		switch g := rest[id]; {
		case g == fixed(false) || !e.counted(table, row):
		case v.at(row).holds(g):
			do(v)
		}
	}
}

// settle returns what is left to ask once the bits of slot 0 are known.
func settle(f formula, s *signature) formula {
	members := func(list []formula, end fixed, join func([]formula) formula) formula {
		var left []formula
		for _, m := range list {
			switch g := settle(m, s); g {
			case end:
				return end
			case !end:
			default:
				left = append(left, g)
			}
		}
		switch len(left) {
		case 0:
			return !end
		case 1:
			return left[0]
		}
		return join(left)
	}
	switch f := f.(type) {
	case bit:
		if f.slot == 0 {
			return fixed(s.has(f.index))
		}
	case negation:
		g := settle(f.of, s)
		if is, ok := g.(fixed); ok {
			return !is
		}
		return negation{g}
	case allOf:
		return members(f, false, func(l []formula) formula { return allOf(l) })
	case anyOf:
		return members(f, true, func(l []formula) formula { return anyOf(l) })
	}
	return f
}

// quality computes the measures of quality over the surviving rows.
func (o *Observer) quality(e *evaluation) *finding.QualitySummary {
	s := &finding.QualitySummary{}
	for _, r := range o.ranked {
		q := finding.QualityCount{Measure: r.of, Why: r.why}
		if q.Why == "" && (o.start <= batch.Unreadable || o.end <= batch.Unreadable) {
			q.Why = noPeriod
		}
		if q.Why == "" {
			into := [6]*int64{&q.Denominator, &q.Valid, &q.Other, &q.Default, &q.Invalid, &q.Missing}
			for i := range r.parts {
				for k, f := range r.parts[i].categories {
					*into[k] += e.count(r.parts[i].frame, f)
				}
			}
		}
		s.Measures = append(s.Measures, q)
	}
	o.score(s)
	return s
}

const noPeriod = "the header gives no reporting period"

// score computes the items' scores and the mean of those that are scored.
func (o *Observer) score(s *finding.QualitySummary) {
	sum := 0.0
	for i := range s.Measures {
		q := &s.Measures[i]
		if q.Measure.Kind != dictionary.Validity || q.Why != "" || q.Denominator == 0 {
			continue
		}
		allowed, scored := 1.0, true
		if o.opt.Scored != nil {
			allowed, scored = o.opt.Scored[q.Measure.ID]
		}
		if !scored {
			continue
		}
		excess := max(0, float64(q.Default)-allowed*float64(q.Denominator))
		q.Scored = true
		q.Score = 100 * (float64(q.Valid+q.Other+q.Default) - excess) / float64(q.Denominator)
		sum += q.Score
		s.Scored++
	}
	if s.Scored > 0 {
		s.Score = sum / float64(s.Scored)
	}
	s.Estimate = o.opt.Scored == nil
}
