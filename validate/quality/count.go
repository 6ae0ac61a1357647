package quality

import (
	"cmp"
	"slices"

	"mhsds/validate/batch"
	"mhsds/validate/finding"
)

// A spell is a count of days: of periods from start to end that belong to one
// of something.
type spell struct{ start, end, of ref }

// measured computes the published counts over the rows that would be carried
// forward, and over all.
func (o *Observer) measured(carried, all *evaluation) []finding.MeasureCount {
	var list []finding.MeasureCount
	for _, k := range o.counts {
		m := finding.MeasureCount{Measure: k.of, Why: k.of.Unchecked}
		if m.Why == "" && (o.start <= batch.Unreadable || o.end <= batch.Unreadable) {
			m.Why = noPeriod
		}
		if m.Why == "" {
			m.Carried, m.Submitted = k.over(carried), k.over(all)
		}
		list = append(list, m)
	}
	return list
}

// over computes the count.
func (k *counting) over(e *evaluation) int64 {
	switch {
	case k.days != nil:
		return k.daysOver(e)
	case k.distinct.field < 0:
		return e.count(k.frame, k.condition)
	}
	p := &e.o.tables[k.frame.slots[k.distinct.slot].table]
	at := p.key(k.distinct.field)
	seen := make([]bool, len(e.o.spaces[p.keys[at].space].ends)+1)
	n := int64(0)
	e.each(k.frame, k.condition, func(v *view) {
		if number := v.number(k.distinct.slot, k.distinct.field); number > 0 && !seen[number] {
			seen[number] = true
			n++
		}
	})
	return n
}

// daysOver adds up days ready for discharge, as they are published: a period
// that began before the month counts from its first day, an open one to the
// day after its last. Of others the first day does not count, unless the period
// follows the one before it, of the same spell, on that day or the next.
func (k *counting) daysOver(e *evaluation) int64 {
	type period struct {
		of         uint32
		start, end int32
	}
	var periods []period
	e.each(k.frame, k.condition, func(v *view) {
		p := period{
			of:    v.number(0, k.days.of.field),
			start: v.day(day{kind: dateField, ref: &k.days.start}),
			end:   v.day(day{kind: dateField, ref: &k.days.end}),
		}
		if p.start > batch.Unreadable && p.end != batch.Unreadable {
			periods = append(periods, p)
		}
	})
	slices.SortStableFunc(periods, func(a, b period) int {
		return cmp.Or(cmp.Compare(a.of, b.of), cmp.Compare(a.start, b.start))
	})
	total := int64(0)
	for i, p := range periods {
		begin, end := p.start, p.end
		if end == batch.Null {
			end = e.o.end + 1
		}
		switch {
		case p.start < e.o.start:
			begin = e.o.start
		case i == 0 || periods[i-1].of != p.of || p.of == 0:
			begin++
		case periods[i-1].end > batch.Unreadable && p.start > periods[i-1].end+1:
			begin++
		}
		total += int64(end) - int64(begin)
	}
	return total
}
