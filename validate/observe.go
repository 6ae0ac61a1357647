package validate

import (
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

// A Sight is what an Observer keeps of some rows of one table.
type Sight interface {
	// Reset empties the Sight for rows of the table.
	Reset(table int)
}

// Verdicts says how rows fared. Rows count from 0.
type Verdicts interface {
	// Rows returns how many rows of the table were read.
	Rows(table int) int

	// Valid reports whether the row would be carried forward.
	Valid(table, row int) bool
}

// look lets every observer that wants the table see the worker's batch.
func (w *worker) look(u *unit) {
	for i, o := range w.run.v.opt.Observers {
		if o.Wants(w.table) {
			o.Look(u.sights[i], w.table, &w.Batch)
		}
	}
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

// keep hands the unit's sights to their observers.
func (c *collector) keep(u *unit) {
	for i, o := range c.run.v.opt.Observers {
		if o.Wants(c.table) {
			o.Keep(c.table, u.sights[i])
		}
	}
}

// finish lets the observers report. File names are filled in for them.
func (r *run) finish(s *finding.Summary) error {
	for _, o := range r.v.opt.Observers {
		err := o.Finish(r.store, func(f *finding.Finding) error {
			if f.Table != nil {
				f.File = r.file(f.Table.Position - 1)
			}
			return r.report(f)
		}, s)
		if err != nil {
			return err
		}
	}
	return nil
}
