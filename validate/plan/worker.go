package plan

import (
	"math/bits"

	"mhsds/validate/batch"
	"mhsds/validate/check"
)

// A Worker checks batches of one table after another. It is for one goroutine.
type Worker struct {
	Batch batch.Batch

	// Joined holds, for each Join of the program in hand and each of its
	// dates, the parents' dates of the batch's rows (Days alone). The engine
	// fills it between Prepare and Check.
	Joined [][]batch.Column

	fail    batch.Mask
	scratch []batch.Mask
	used    int
	hits    []Hit
	sorted  []Hit
	counts  []uint32
	asked   []lookup // lookups for each rule of the program in hand
	program *Program // that asked belongs to
}

// Prepare brings the batch into the form that kernels expect: text where the
// dictionary has text, numbers with their zeros, dates parsed. numbers marks
// the columns that the source stores as numbers.
func (g *Program) Prepare(w *Worker, numbers []bool, layout *Layout) {
	b := &w.Batch
	for i := range b.Columns {
		c := &b.Columns[i]
		if g.text[i] && c.Typed() {
			check.Materialize(b, i)
		}
		if g.width[i] > 0 && numbers[i] {
			check.PadDigits(b, i, g.width[i])
		}
		if layout != nil && g.dates[i] && !c.Typed() {
			layout.Rewrite(b, i)
		}
		c.Form = g.forms[i]
		if g.dates[i] {
			check.Dates(b.Text, c)
		}
	}
}

// UnreadableTimes calls f for every value of a time column that is no time.
// The national rules never test times; a database cannot hold such a value.
func (g *Program) UnreadableTimes(w *Worker, f func(col, row int)) {
	for _, col := range g.times {
		if w.Batch.Columns[col].Typed() {
			continue
		}
		w.used = 0
		bad := w.mask()
		check.Times(w.Batch.Text, &w.Batch.Columns[col], bad)
		for row := range bad.Rows {
			f(col, row)
		}
	}
}

// Check judges the rows of w.Batch and returns what fails, by row and rank.
// The slice is valid until the next Check.
func (g *Program) Check(w *Worker) []Hit {
	b := &w.Batch
	w.hits = w.hits[:0]
	if b.Rows == 0 {
		return nil
	}
	if g.registers > 0 && w.program != g {
		w.program = g
		w.asked = make([]lookup, g.registers*lookups)
	}
	if len(w.fail) != (b.Rows+63)/64 {
		w.fail = w.fail.Resize(b.Rows)
	}
	for _, s := range g.steps {
		w.used = 0
		s.run(w, w.fail)
		for i, word := range w.fail {
			if word == 0 {
				continue
			}
			w.fail[i] = 0
			if b.AnySkip {
				word &^= b.Skip[i]
			}
			for ; word != 0; word &= word - 1 {
				w.hits = append(w.hits, Hit{uint32(i<<6 + bits.TrailingZeros64(word)), uint16(s.rank)})
			}
		}
	}
	return w.byRow()
}

// byRow sorts the hits by row. They come by rank, so that counting the rows
// and dealing them out keeps the ranks of a row in order.
func (w *Worker) byRow() []Hit {
	if len(w.hits) < 2 {
		return w.hits
	}
	if cap(w.counts) < w.Batch.Rows+1 {
		w.counts = make([]uint32, w.Batch.Rows+1)
	}
	at := w.counts[:w.Batch.Rows+1]
	clear(at)
	for _, h := range w.hits {
		at[h.Row+1]++
	}
	for i := 1; i < len(at); i++ {
		at[i] += at[i-1]
	}
	if cap(w.sorted) < len(w.hits) {
		w.sorted = make([]Hit, len(w.hits)+len(w.hits)/2)
	}
	out := w.sorted[:len(w.hits)]
	for _, h := range w.hits {
		out[at[h.Row]] = h
		at[h.Row]++
	}
	return out
}

// mask returns an empty scratch mask for the rows of the batch. Those handed
// out during one step are distinct.
func (w *Worker) mask() batch.Mask {
	if w.used == len(w.scratch) {
		w.scratch = append(w.scratch, nil)
	}
	m := w.scratch[w.used].Resize(w.Batch.Rows)
	w.scratch[w.used] = m
	w.used++
	return m
}

// fill sets the first rows bits.
func fill(m batch.Mask, rows int) {
	for i := range m {
		m[i] = ^uint64(0)
	}
	if r := rows & 63; r != 0 && len(m) > 0 {
		m[len(m)-1] = 1<<r - 1
	}
}
