package quality

import (
	"fmt"
	"slices"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

// A Limit says from which movement on a comparison stands out: by more than
// Percent of the earlier value, and by more than Least in number. The zero
// value stands for UsualPercent and UsualLeast.
type Limit struct {
	Percent float64
	Least   int64
}

// The limit for want of another.
const (
	UsualPercent = 25
	UsualLeast   = 20
)

func (l Limit) orUsual() Limit {
	if l.Percent == 0 {
		l.Percent = UsualPercent
	}
	if l.Least == 0 {
		l.Least = UsualLeast
	}
	return l
}

// Earlier is what an earlier submission gave, or what was published of it.
type Earlier struct {
	Source   string            // "august.jsonl, 2026-08"
	Measures map[string]Figure // by the measure's ID
	Tables   map[string]Figure // by the table's name or ID in small letters; rows carried forward
}

// table is the earlier count of a table.
func (e *Earlier) table(t *dictionary.Table) (Figure, bool) {
	f, ok := e.Tables[strings.ToLower(t.Name)]
	if !ok {
		f, ok = e.Tables[strings.ToLower(t.ID)]
	}
	return f, ok
}

// A Figure is one earlier count.
type Figure struct {
	Count   int64
	Rounded bool // published to the nearest 5
	Few     bool // published as fewer than 5; Count is 0
}

// between is the range of what the figure may have been.
func (f Figure) between() (low, high int64) {
	switch {
	case f.Few:
		return 0, 4
	case f.Rounded:
		return max(f.Count-2, 0), f.Count + 2
	}
	return f.Count, f.Count
}

// beyond reports whether a count lies further from the figure than the limit.
// What rounding may hide is not held against it.
func (l Limit) beyond(now int64, f Figure) bool {
	low, high := f.between()
	from, apart := low, low-now
	if now > high {
		from, apart = high, now-high
	}
	return apart > l.Least && float64(apart)*100 > l.Percent*float64(from)
}

// compare sets the counts and the rows of the tables against what is earlier,
// and reports what stands out.
func (o *Observer) compare(report func(*finding.Finding) error, s *finding.Summary) error {
	limit := o.opt.Limit.orUsual()
	say := func(check string, t *dictionary.Table, detail string) error {
		r := o.rules[check]
		if r == nil {
			return nil
		}
		return report(&finding.Finding{Rule: r, Table: t, Detail: detail})
	}
	against := slices.Clone(o.opt.Against)
	if o.opt.Published != nil {
		against = append(against, o.opt.Published(o.provider)...)
	}
	for _, e := range against {
		for i := range s.Tables {
			t := &s.Tables[i]
			f, ok := e.table(t.Table)
			if !ok {
				continue
			}
			m := finding.TableMovement{Table: t.Table, Now: t.CarriedForward, Movement: movement(e, f)}
			low, high := f.between()
			detail := fmt.Sprintf("%d rows now, %s in %s", t.CarriedForward, f.words(), e.Source)
			switch {
			case t.Rows == 0 && low >= limit.Least:
				m.Out = true
				if err := say("table_vanished", t.Table, detail); err != nil {
					return err
				}
			case t.CarriedForward >= 2*high && t.CarriedForward-high > limit.Least:
				m.Out = true
				if err := say("table_doubled", t.Table, detail); err != nil {
					return err
				}
			default:
				m.Out = limit.beyond(t.CarriedForward, f)
			}
			s.TableMovements = append(s.TableMovements, m)
		}
		for i := range s.Measures {
			c := &s.Measures[i]
			f, ok := e.Measures[c.Measure.ID]
			if !ok || c.Why != "" {
				continue
			}
			m := movement(e, f)
			m.Out = limit.beyond(c.Carried, f)
			c.Movements = append(c.Movements, m)
			if m.Out {
				detail := fmt.Sprintf("%s: %d now (%d if nothing were rejected), %s in %s", c.Measure.ID, c.Carried, c.Submitted, f.words(), e.Source)
				if err := say("measure_moved", o.d.Table(c.Measure.Table), detail); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func movement(e *Earlier, f Figure) finding.Movement {
	return finding.Movement{Source: e.Source, Before: f.Count, Rounded: f.Rounded, Few: f.Few}
}

func (f Figure) words() string {
	switch {
	case f.Few:
		return "fewer than 5"
	case f.Rounded:
		return fmt.Sprintf("about %d", f.Count)
	}
	return fmt.Sprint(f.Count)
}
