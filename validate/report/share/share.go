// Package share makes counts safe to pass on: the small ones are hidden and the
// others rounded, so that no hidden one can be worked out from what is shown.
//
//	0        0         that nothing is wrong is no secret
//	1 to 4   <5        so few people may be recognised
//	5 …      nearest 5 as the published statistics of the data set
//
// Without rounding, rows less those carried forward would give away the few
// that were rejected.
package share

import (
	"strconv"

	"mhsds/validate/finding"
)

// Counts says how counts are shown. Its zero value shows them as they are.
type Counts struct{ Suppress bool }

const (
	least = 5 // the smallest count that is shown
	step  = 5 // counts are rounded to its multiples
)

// Note is the sentence that a report with suppressed counts carries.
const Note = "Counts from 1 to 4 are hidden and the others rounded to the nearest 5; no rows are listed."

// Hidden reports whether the count is not shown.
func (c Counts) Hidden(n int64) bool { return c.Suppress && n > 0 && n < least }

// Shown returns the count as it is shown, 0 for a hidden one.
func (c Counts) Shown(n int64) int64 {
	switch {
	case !c.Suppress:
		return n
	case n < least:
		return 0
	}
	return (n + step/2) / step * step
}

// Number writes n with a comma every three digits, "1,204", or "<5".
func (c Counts) Number(n int64) string {
	if c.Hidden(n) {
		return "<5"
	}
	s := strconv.FormatInt(c.Shown(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Things writes a number of things: "1 rule", "1,204 rules", "fewer than 5
// rules".
func (c Counts) Things(n int64, unit string) string {
	switch {
	case c.Hidden(n):
		return "fewer than 5 " + unit + "s"
	case c.Shown(n) == 1:
		return "1 " + unit
	}
	return c.Number(n) + " " + unit + "s"
}

// JSON appends n, or null for a hidden one.
func (c Counts) JSON(b []byte, n int64) []byte {
	if c.Hidden(n) {
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, c.Shown(n), 10)
}

// Score reports whether the score of an item may be told: a hidden count could
// be worked out from it.
func (c Counts) Score(q *finding.QualityCount) bool {
	for _, n := range [...]int64{q.Denominator, q.Valid, q.Other, q.Default, q.Invalid, q.Missing} {
		if c.Hidden(n) {
			return false
		}
	}
	return true
}

// Roots returns those of the root causes that may be listed: all, or with
// suppressed counts those at the head that free as many rows as may be told.
func (c Counts) Roots(roots []finding.Root) []finding.Root {
	if !c.Suppress {
		return roots
	}
	n := 0
	for n < len(roots) && roots[n].RowsFreed >= least {
		n++
	}
	return roots[:n]
}
