package validate

import (
	"context"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/finding"
)

// An Observer looks at the rows besides the rules, and says what it saw once
// every verdict is known: scope, quality, measures. One Observer serves one
// run.
//
// Look runs on the workers, like the kernels, and puts what it needs of a
// batch's rows into a Sight; Keep is handed the Sights of a table in row order
// and must copy what it wants. A row's number is the count of rows of its
// table kept before, from 0.
type Observer interface {
	// Begin is called first. header is the first header record, nil if there
	// is none; present says which tables (by index in the dictionary) the
	// submission has.
	Begin(header map[string]string, present []bool)

	// Wants reports whether Look is to see the table's rows.
	Wants(table int) bool

	// NewSight returns an empty Sight. The engine reuses it.
	NewSight() Sight

	// Look adds the rows of b, prepared as for the kernels, to s. It may be
	// called by several goroutines with different Sights.
	Look(s Sight, table int, b *batch.Batch)

	// Keep takes over what s holds of the next rows of the table.
	Keep(table int, s Sight)

	// Finish reports findings of our own rules and fills its part of the
	// summary. It is not called when the run was cut short.
	Finish(v Verdicts, report func(*finding.Finding) error, s *finding.Summary) error
}

// A Binder is an Observer that names rules in its findings. Bind is called
// once, before all else, with the release that the Validator judges by; the
// rules of its findings must be that dictionary's.
type Binder interface {
	Observer
	Bind(d *dictionary.Dictionary) error
}

// A Joiner is an Observer that wants to know the parents of the rows it sees.
// The engine calls LookJoined in place of Look. parents returns, one for each
// row of the batch, the first row of the parent table that has the value of
// the column as its key: less than 0 if there is none, or no value. It is nil
// unless some reference rule looks that column up there, and belongs to the
// engine.
type Joiner interface {
	Observer
	LookJoined(s Sight, table int, b *batch.Batch, parents func(column, parent int) []int32)
}

// An Explainer is an Observer that can say how it judged a row by one of its
// rules. Explain comes after Finish; ok is false for a rule of somebody else.
// Tables and rows count from 0.
type Explainer interface {
	Observer
	Explain(rule *dictionary.Rule, table, row int) (a finding.Account, ok bool)
}

// A Reserver is an Observer that can make room for the rows of a table at once.
// The engine calls Reserve before the table's first Keep, when it can estimate
// how many rows there are.
type Reserver interface {
	Observer
	Reserve(table, rows int)
}

// A Sight is what an Observer keeps of some rows of one table. It, and
// Verdicts, are names of plain interfaces, so that an Observer's package need
// not import this one.
type Sight = interface {
	// Reset empties the Sight for rows of the table.
	Reset(table int)
}

// Verdicts says how rows fared. Rows count from 0.
type Verdicts = interface {
	// Rows returns how many rows of the table were read.
	Rows(table int) int

	// Valid reports whether the row would be carried forward.
	Valid(table, row int) bool
}

// look lets every observer that wants the table see the worker's batch.
func (w *worker) look(u *unit) {
	for i, o := range w.run.v.opt.Observers {
		switch j, ok := o.(Joiner); {
		case !o.Wants(w.table):
		case ok:
			w.extract = &u.extract
			j.LookJoined(u.sights[i], w.table, &w.Batch, w.joined)
		default:
			o.Look(u.sights[i], w.table, &w.Batch)
		}
	}
}

// joinedParents is what the worker's observers are given to ask for parents.
func (w *worker) joinedParents(column, parent int) []int32 {
	return w.run.store.Parents(w.extract, w.table, column, parent)
}

// resetSights makes the unit's sights ready for rows of the table.
func (w *worker) resetSights(u *unit) {
	for i, o := range w.run.v.opt.Observers {
		if len(u.sights) <= i {
			u.sights = append(u.sights, o.NewSight())
		}
		if o.Wants(w.table) {
			u.sights[i].Reset(w.table)
		}
	}
}

// reserve tells the observers how many rows of the table are likely to come.
func (c *collector) reserve(rows int) {
	for _, o := range c.run.v.opt.Observers {
		if r, ok := o.(Reserver); ok && o.Wants(c.table) {
			r.Reserve(c.table, rows)
		}
	}
}

// keep hands the unit's sights to their observers.
func (c *collector) keep(u *unit) {
	for i, o := range c.run.v.opt.Observers {
		if o.Wants(c.table) {
			o.Keep(c.table, u.sights[i])
		}
	}
}

// finish lets the observers report. The file and the line of a row are filled
// in for them.
func (r *run) finish(ctx context.Context, s *finding.Summary) error {
	report, flush := r.report, func() error { return nil }
	if r.prints != nil {
		r.prints.begin()
		p := &printing{run: r, ctx: ctx}
		report, flush = p.report, p.flush
	}
	for _, o := range r.v.opt.Observers {
		err := o.Finish(r.store, func(f *finding.Finding) error {
			if f.Table != nil {
				t := f.Table.Position - 1
				f.File, f.Line = r.file(t), r.line(t, int(f.Row)-1)
			}
			return report(f)
		}, s)
		if err != nil {
			return err
		}
	}
	return flush()
}
