package synthetic

import (
	"fmt"
	"math"
	"strconv"
)

// A cursor is a place in a patient's rows: the row of each table on a path.
type cursor struct {
	number int  // the patient's, from 0
	eldest bool // it is the first row of its parent at every level
	levels [maxDepth]level

	// only, if not nil, says how many rows a table has under each parent.
	only func(t *table) int
}

// A level is one row of a cursor.
type level struct {
	seed     uint64 // of the row
	parent   uint64 // of the row above
	ord      int    // place among its siblings, from 0
	siblings int
	days     [maxDates]int
}

// maxDates bounds the dates of a table.
const maxDates = 16

func (c *cursor) bound(b bound) int {
	if b.level < 0 {
		return b.at
	}
	if d := c.levels[b.level].days[b.date]; d != noDay {
		return d + b.at
	}
	return noDay
}

// compileCounts fixes how many rows a table has.
func (m *maker) compileCounts(t *table) error {
	if len(t.dates) > maxDates {
		return fmt.Errorf("table %s: has more than %d dates", t.ID, maxDates)
	}
	sh := m.g.shapes.of(t.ID, "")
	mean := sh.mean
	if !sh.has["mean"] {
		mean = usualMean
	}
	if v, ok := m.cfg.Means[t.ID]; ok {
		mean = v
	}
	switch {
	case t == m.header || t == m.patient:
	case m.never(t):
		t.counts = new(counts)
	case t.pool:
		t.pooled = max(int(math.Ceil(mean*float64(m.cfg.Patients))), sh.least, 1)
		for _, u := range m.tables {
			for _, p := range u.users {
				if p == t { // each patient sees to it that one row is used
					t.pooled = min(t.pooled, m.cfg.Patients)
				}
			}
		}
		t.digits = len(strconv.Itoa(t.pooled + spareNumbers*len(m.cfg.Break)))
	default:
		t.most = usualMost
		if sh.has["most"] {
			t.most = max(sh.most, int(2*mean))
		}
		for _, l := range t.limit {
			if l.pool == nil {
				t.most = min(t.most, l.n)
			}
		}
		least := 0
		if t.demanded {
			least = 1
		}
		t.counts = m.g.counts(mean, sh.tail, max(least, min(sh.least, t.most)), t.most)
	}
	return m.checkKeys(t)
}

// What a table without a shape has under a parent, on average and at most.
const (
	usualMean = 0.5
	usualMost = 20
)

// checkKeys makes sure that the longest key of the table fits its field.
func (m *maker) checkKeys(t *table) error {
	for i := range t.fields {
		if t.fields[i].how != makeKey {
			continue
		}
		n := len(t.prefix)
		if t.pool {
			n += t.digits
		} else {
			n += m.width
			for _, p := range t.path[1:] {
				n += 1 + len(strconv.Itoa(max(0, p.most-1)))
			}
		}
		if _, most := m.length(t.ref(i)); n > most {
			return fmt.Errorf("%s: %d patients need keys of %d characters, and it has room for %d", t.ref(i), m.cfg.Patients, n, most)
		}
	}
	return nil
}

// count is how many rows t has under the row at level depth-1.
func (m *maker) count(t *table, c *cursor, depth int) int {
	if c.only != nil {
		return c.only(t)
	}
	n := t.counts.at(draw(c.levels[depth-1].seed, t.salt))
	if n == 0 && c.eldest && m.forced(t, c) {
		n = 1
	}
	for _, l := range t.limit {
		if l.pool != nil {
			n = min(n, l.pool.pooled)
		}
	}
	return n
}

// forced reports whether t has a row under the first row of each table above
// in any case: the first patient has some of everything, and the first few
// each use one row of a pool.
func (m *maker) forced(t *table, c *cursor) bool {
	if c.number == 0 {
		return !m.never(t)
	}
	for _, p := range t.guards {
		if c.number < p.pooled {
			return true
		}
	}
	return false
}

// patientSeed is the seed of a patient's row.
func (m *maker) patientSeed(p int) uint64 { return draw(mix(m.cfg.Seed), uint64(p)) }

// A batch is some rows of one table, their values end to end.
type batch struct {
	columns int
	rows    int
	text    []byte
	cells   []cell // by row, then column
}

// A cell is where in the text a value stands.
type cell struct{ from, to uint32 }

func (b *batch) reset(columns int) {
	b.columns, b.rows, b.text, b.cells = columns, 0, b.text[:0], b.cells[:0]
}

// row returns the values of the i-th row in the given slice.
func (b *batch) row(i int, values [][]byte) {
	for c, at := range b.cells[i*b.columns : (i+1)*b.columns] {
		values[c] = b.text[at.from:at.to]
	}
}

// A worker makes rows. It belongs to one goroutine.
type worker struct {
	*maker
	cursor
	states []state // of the groups' free fields of the row, by column
	chosen [][]byte
	scale  []int
}

func (m *maker) worker() *worker {
	widest := 0
	for _, t := range m.tables {
		widest = max(widest, len(t.Fields))
	}
	return &worker{maker: m, states: make([]state, widest), chosen: make([][]byte, widest), scale: make([]int, widest)}
}

// patientRows appends the rows of t that belong to patient p.
func (w *worker) patientRows(t *table, p int, b *batch) {
	w.goTo(p)
	w.descend(t, 0, b)
}

// goTo puts the cursor on patient p.
func (w *worker) goTo(p int) {
	w.number, w.eldest = p, true
	row := &w.levels[0]
	row.seed, row.parent, row.ord, row.siblings = w.patientSeed(p), w.cfg.Seed, 0, 1
}

// patientCount is how many rows patientRows would append.
func (w *worker) patientCount(t *table, p int) int {
	w.goTo(p)
	return w.countUnder(t, 0)
}

// countUnder is how many rows descend would append.
func (w *worker) countUnder(t *table, depth int) int {
	if t.path[depth] == t {
		return 1
	}
	below := t.path[depth+1]
	n := w.count(below, &w.cursor, depth+1)
	if below == t {
		return n
	}
	row, parent := &w.levels[depth+1], w.levels[depth].seed
	first, total := w.eldest, 0
	for ord := range n {
		row.seed = draw(parent, below.salt+uint64(ord)+1)
		w.eldest = first && ord == 0
		total += w.countUnder(t, depth+1)
	}
	w.eldest = first
	return total
}

// descend goes on from the row at level depth, whose place is known.
func (w *worker) descend(t *table, depth int, b *batch) {
	here := t.path[depth]
	if here == t {
		w.days(t, depth)
		w.row(t, depth, b)
		return
	}
	if t.needs[depth] {
		w.days(here, depth)
	}
	below := t.path[depth+1]
	n := w.count(below, &w.cursor, depth+1)
	row, parent := &w.levels[depth+1], w.levels[depth].seed
	first := w.eldest
	for ord := range n {
		row.seed, row.parent, row.ord, row.siblings = draw(parent, below.salt+uint64(ord)+1), parent, ord, n
		w.eldest = first && ord == 0
		w.descend(t, depth+1, b)
	}
	w.eldest = first
}

// days works out the dates of the row at level depth.
func (w *worker) days(t *table, depth int) {
	row := &w.levels[depth]
	for i := range t.dates {
		row.days[i] = w.day(t, &t.dates[i], &w.cursor, depth)
	}
}

// poolRow appends the i-th row of a pool.
func (w *worker) poolRow(t *table, i int, b *batch) {
	w.number, w.eldest = i, false
	row := &w.levels[0]
	row.seed, row.parent, row.ord, row.siblings = draw(mix(w.cfg.Seed^t.salt), uint64(i)), w.cfg.Seed, i, t.pooled
	w.days(t, 0)
	w.row(t, 0, b)
}

// row appends the row at level depth, whose dates are known.
func (w *worker) row(t *table, depth int, b *batch) {
	row := &w.levels[depth]
	at := len(b.cells)
	for range t.fields {
		b.cells = append(b.cells, cell{})
	}
	cells := b.cells[at:]
	for _, i := range t.order {
		f := &t.fields[i]
		if f.group >= 0 {
			continue
		}
		w.states[i] = other
		w.cell(t, i, f, row, depth, b, cells)
	}
	for k := range t.groups {
		w.group(t, &t.groups[k], row, cells)
	}
	if len(t.groups) > 0 {
		for _, i := range t.order {
			if f := &t.fields[i]; f.group >= 0 && w.states[i] != blank {
				w.cell(t, i, f, row, depth, b, cells)
			}
		}
	}
	if len(t.bulk) > 0 {
		w.spoil(t, row, b, cells)
	}
	b.rows++
}

// spoil makes one value of some rows wrong.
func (w *worker) spoil(t *table, row *level, b *batch, cells []cell) {
	h := draw(row.seed, bulkSalt)
	if !chance(h, w.rate) {
		return
	}
	e := t.bulk[below(h, len(t.bulk))]
	from := len(b.text)
	b.text = append(b.text, e.value...)
	cells[e.column] = cell{uint32(from), uint32(len(b.text))}
}

// bulkSalt is the number of the random number that says which rows are spoilt.
const bulkSalt = 1 << 60

// group draws a combination for the free fields of a group.
func (w *worker) group(t *table, g *group, row *level, cells []cell) {
	index := 0
	for i, c := range g.given {
		if cells[c].to > cells[c].from {
			index |= 1 << i
		}
	}
	h := draw(row.seed, g.salt) >> 32
	for _, c := range g.lists[index] {
		if h < c.upTo {
			for i, column := range g.free {
				w.states[column] = c.states[i]
			}
			return
		}
	}
}

// cell makes one value.
func (w *worker) cell(t *table, i int, f *field, row *level, depth int, b *batch, cells []cell) {
	h := draw(row.seed, f.salt)
	if f.how != makeDate && f.group < 0 && !f.mandatory && !chance(h, f.fill) && !(f.used && w.guard(f, row)) {
		w.chosen[i] = nil
		return
	}
	from := len(b.text)
	b.text = w.value(b.text, t, i, f, row, depth, mix(h))
	cells[i] = cell{uint32(from), uint32(len(b.text))}
}

// guard reports whether the row is the one that sees to it that a pool's row
// is used.
func (w *worker) guard(f *field, row *level) bool {
	return w.eldest && row.ord == 0 && w.number < f.pool.pooled
}

// differentCodes is how many made-up codes there are of each sort.
const differentCodes = 900

// nth returns a number from 0 to n-1, different for rows of one parent if they
// must differ in the field.
func (w *worker) nth(f *field, row *level, h uint64, n int) int {
	if f.distinct {
		return (below(draw(row.parent, f.salt), n) + row.ord) % n
	}
	return skewed(h, n)
}

func (w *worker) value(dst []byte, t *table, i int, f *field, row *level, depth int, h uint64) []byte {
	switch f.how {
	case makeFixed:
		return append(dst, f.literal...)
	case makeParent:
		return w.appendKey(dst, t.path[depth-1], depth-1)
	case makeAboveKey:
		return w.appendKey(dst, t.path[f.level], f.level)
	case makeKey:
		return w.appendKey(dst, t, depth)
	case makePooled:
		n := 0
		switch {
		case f.used && w.guard(f, row):
			n = w.number
		case f.distinct:
			n = (below(draw(row.parent, f.salt), f.pool.pooled) + row.ord) % f.pool.pooled
		default:
			n = below(h, f.pool.pooled)
		}
		return w.appendPoolKey(dst, f.pool, n)
	case makeNHS:
		if w.number < len(w.nhs) {
			six := int(w.nhs[w.number])
			return appendNHS(dst, six, nhsCheck(six))
		}
		return dst
	case makeDate, makeAbove:
		d := noDay
		if f.how == makeAbove {
			d = w.levels[f.level].days[f.date]
		} else {
			d = row.days[f.date]
		}
		if d == noDay {
			return dst
		}
		dst = appendDay(dst, d)
		if f.stamp {
			dst = appendClock(append(dst, 'T'), h)
			dst = append(dst, offsetOf(d)...)
		}
		return dst
	case makeStart, makeEnd:
		start, end := w.chainDays(t.chain, &w.cursor, row)
		if f.how == makeEnd {
			start = end
		}
		if start == noDay {
			return dst
		}
		return appendDay(dst, start)
	case makePractice:
		return w.appendCode(dst, f, below(draw(row.parent, f.salt), differentCodes)+row.ord)
	case makeTime:
		return appendClock(dst, h)
	case makeCode:
		codes := f.codes
		switch s := w.states[i]; {
		case s >= first && f.group >= 0:
			codes = codes[s-first : s-first+1]
		case f.group >= 0:
			codes = codes[f.literals:]
		}
		w.chosen[i] = codes[w.nth(f, row, h, len(codes))]
		return append(dst, w.chosen[i]...)
	case makeScale:
		w.scale[i] = w.nth(f, row, h, len(w.scales))
		return append(dst, w.scales[w.scale[i]].concept...)
	case makeScore:
		scores := w.scales[w.scale[f.other]].scores
		return append(dst, scores[below(h, len(scores))]...)
	case makeSchemed:
		return w.appendSchemed(dst, f, row, h)
	case makeConcept:
		n := firstItem + w.nth(f, row, h, differentCodes)
		if f.distinct {
			return w.letters.appendConcept(dst, n, false)
		}
		dst = w.letters.appendConcept(dst, n, h&15 == 0)
		if f.long && h&0xf0 == 0 {
			attribute := contextAttribute
			if h&0x100 == 0 {
				attribute = procedureAttribute
			}
			dst = append(append(append(dst, ':'), attribute...), '=')
			dst = w.letters.appendConcept(dst, firstItem+below(h<<20, differentCodes), false)
		}
		return dst
	case makePattern:
		for k, p := range f.parts {
			for j := range p.least + below(draw(h, uint64(k)), p.most-p.least+1) {
				dst = append(dst, p.chars[below(draw(h, uint64(100*k+j+100)), len(p.chars))])
			}
		}
		return dst
	case makeNumber:
		return strconv.AppendInt(dst, int64(f.lo+skewed(h, f.hi-f.lo+1)), 10)
	case makeText:
		return w.appendText(dst, f.patterns[below(h, len(f.patterns))], mix(h))
	}
	return dst
}

// firstItem is the item number of the first made-up concept.
const firstItem = 100_100

// offsetOf is the offset of civil time on a day, without the hours of the two
// changes: summer time from April to October.
func offsetOf(day int) string {
	if _, month, _ := civil(day); month >= 4 && month <= 10 {
		return "+01:00"
	}
	return "Z"
}

// appendSchemed appends a code of the scheme that the row's other column names.
func (w *worker) appendSchemed(dst []byte, f *field, row *level, h uint64) []byte {
	n := w.nth(f, row, h, differentCodes)
	test := ""
	for k, s := range f.schemes {
		if string(w.chosen[f.other]) == s {
			test = f.tests[k]
		}
	}
	switch test {
	case testSnomed:
		return w.letters.appendConcept(dst, firstItem+n, false)
	case testICD10:
		dst = two(append(dst, 'F'), n/10)
		if n%7 == 0 {
			dst = append(dst, '.')
		}
		return append(dst, '0'+byte(n%10))
	}
	dst = append(dst, '6', 'A'+byte(n/100))
	return append(two(dst, n), '.', '0'+byte(below(h, 10)))
}

// The tests that a coding scheme's codes may have.
const (
	testICD10  = "icd10"
	testSnomed = "snomed"
)

// appendText fills the # and @ of a pattern.
func (w *worker) appendText(dst, pattern []byte, h uint64) []byte {
	const letters = "ABCDEFGHJKLMNPQRSTUWXYZ" // without those that look like digits
	for i, c := range pattern {
		switch c {
		case '#':
			c = '0' + byte(below(draw(h, uint64(i)), 10))
			if c == '0' && i == 0 {
				c = '1'
			}
		case '@':
			c = letters[below(draw(h, uint64(i)), len(letters))]
		}
		dst = append(dst, c)
	}
	return dst
}

// appendCode appends the n-th of a field's made-up codes: different n below
// 1000 give different codes.
func (w *worker) appendCode(dst []byte, f *field, n int) []byte {
	n %= 1000
	begin := len(dst)
	dst = w.appendText(dst, f.patterns[0], mix(f.salt+uint64(n)))
	for i := len(dst) - 1; i >= begin && n >= 0; i-- { // the number in the last digits
		if c := dst[i]; c >= '0' && c <= '9' {
			dst[i] = '0' + byte(n%10)
			n /= 10
		}
	}
	return dst
}

// appendKey appends the key of the row at level depth: letters, the patient's
// number, and the row's place at every level below.
func (w *worker) appendKey(dst []byte, t *table, depth int) []byte {
	if t.pool {
		return w.appendPoolKey(dst, t, w.levels[0].ord)
	}
	dst = w.appendPrefix(dst, t, w.levels[0].seed)
	dst = appendNumber(dst, w.number, w.width)
	for i := 1; i <= depth; i++ {
		dst = strconv.AppendInt(append(dst, '-'), int64(w.levels[i].ord), 10)
	}
	return dst
}

func (w *worker) appendPoolKey(dst []byte, t *table, n int) []byte {
	dst = w.appendPrefix(dst, t, mix(t.salt+uint64(n)))
	return appendNumber(dst, n, t.digits)
}

// appendPrefix appends the letters of a table's keys, one time in sixteen with
// an accent on the first.
func (w *worker) appendPrefix(dst []byte, t *table, seed uint64) []byte {
	if h := mix(seed); h&15 == 0 {
		return append(append(dst, w.accents[below(h, len(w.accents))]...), t.prefix[1:]...)
	}
	return append(dst, t.prefix...)
}

// appendNumber appends n with zeros before it, width digits long.
func appendNumber(dst []byte, n, width int) []byte {
	begin := len(dst)
	for range width {
		dst = append(dst, '0')
	}
	for i := len(dst) - 1; i >= begin; i-- {
		dst[i] = '0' + byte(n%10)
		n /= 10
	}
	return dst
}
