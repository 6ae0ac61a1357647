package check

import (
	"slices"

	"mhsds/validate/batch"
)

// Dates fills c.Days, and c.Timed where a date has a time of day, unless
// something has done so before (HasDays).
//
// A date is the text YYYY-MM-DD of a real day of the years 0001 to 9999, with
// or without a time after a space or a T: hh:mm, hh:mm:ss or hh:mm:ss.f with
// one to nine f, hours to 23. A time other than 00:00:00 makes the row Timed;
// fractions of a second do not. Any other text is Unreadable, a blank row Null.
// A typed column takes both from its stamps; ZeroDay stays the day it is.
func Dates(text []byte, c *batch.Column) {
	if c.HasDays {
		return
	}
	days := growDays(c)
	if c.Typed() {
		for row, s := range c.Stamps {
			days[row] = s.Day
			if s.Second != 0 && s.Day != batch.Null {
				setTimed(c, row)
			}
		}
		return
	}
	for row, cell := range c.Cells {
		if cell.Len() == 0 {
			days[row] = batch.Null
			continue
		}
		day, timed := date(value(text, cell))
		days[row] = day
		if timed {
			setTimed(c, row)
		}
	}
}

// TimestampDates is Dates for a column of timestamps that are only compared as
// calendar dates: the day is that of the value's first ten characters, whatever
// follows them, and no row is Timed.
func TimestampDates(text []byte, c *batch.Column) {
	if c.HasDays {
		return
	}
	days := growDays(c)
	if c.Typed() {
		for row, s := range c.Stamps {
			days[row] = s.Day
		}
		return
	}
	for row, cell := range c.Cells {
		switch n := cell.Len(); {
		case n == 0:
			days[row] = batch.Null
		case n < 10:
			days[row] = batch.Unreadable
		default:
			days[row] = day(value(text, cell)[:10])
		}
	}
}

// growDays gives c room for a day of every row and notes that it has them.
func growDays(c *batch.Column) []int32 {
	c.Days = slices.Grow(c.Days[:0], len(c.Cells))[:len(c.Cells)]
	c.HasDays, c.AnyTimed = true, false
	return c.Days
}

// setTimed marks the row as having a time of day.
func setTimed(c *batch.Column, row int) {
	if !c.AnyTimed {
		c.Timed = c.Timed.Resize(len(c.Days))
		c.AnyTimed = true
	}
	c.Timed.Set(row)
}

// date reads a date with or without a time.
func date(v []byte) (n int32, timed bool) {
	if len(v) == 10 {
		return day(v), false
	}
	if len(v) < 10 || v[10] != ' ' && v[10] != 'T' {
		return batch.Unreadable, false
	}
	seconds, ok := clock(v[11:])
	if !ok {
		return batch.Unreadable, false
	}
	n = day(v[:10])
	return n, seconds != 0 && n != batch.Unreadable
}

// day reads the ten characters YYYY-MM-DD, or returns Unreadable.
func day(v []byte) int32 {
	if v[4] != '-' || v[7] != '-' || !digits(v[:4]) || !digits(v[5:7]) || !digits(v[8:10]) {
		return batch.Unreadable
	}
	y := two(v)*100 + two(v[2:])
	m, d := two(v[5:]), two(v[8:])
	if y == 0 || m == 0 || m > 12 || d == 0 || d > monthDays(m, y%4 == 0 && (y%100 != 0 || y%400 == 0)) {
		return batch.Unreadable
	}
	return batch.Day(y, m, d)
}

// monthDays returns the number of days of the month, from 1.
func monthDays(month int, leap bool) int {
	switch month {
	case 2:
		if leap {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// two returns the number that the first two bytes write. They are digits.
func two(v []byte) int { return int(v[0]-'0')*10 + int(v[1]-'0') }

// clock reads hh:mm, hh:mm:ss or hh:mm:ss.f with one to nine digits f, and
// returns the whole seconds.
func clock(v []byte) (seconds int, ok bool) {
	if len(v) < 5 || v[2] != ':' || !digits(v[:2]) || !digits(v[3:5]) {
		return 0, false
	}
	h, m, s := two(v), two(v[3:]), 0
	if len(v) > 5 {
		if len(v) < 8 || v[5] != ':' || !digits(v[6:8]) {
			return 0, false
		}
		s = two(v[6:])
		if len(v) > 8 && (v[8] != '.' || len(v) < 10 || len(v) > 18 || !digits(v[9:])) {
			return 0, false
		}
	}
	return h*3600 + m*60 + s, h < 24 && m < 60 && s < 60
}

// ValidDate marks, after Dates, the rows that hold no date, a date with a time
// of day other than midnight, or one before earliest. Blank rows pass.
func ValidDate(c *batch.Column, earliest int32, fail batch.Mask) {
	ValidMoment(c, earliest, fail)
	if c.AnyTimed {
		fail.Or(c.Timed)
	}
}

// ValidMoment is ValidDate for a column whose values may have a time of day.
func ValidMoment(c *batch.Column, earliest int32, fail batch.Mask) {
	// One less than Null is the greatest number there is, so that a blank row
	// needs no test of its own.
	for row, d := range c.Days {
		if d-1 < earliest-1 {
			fail.Set(row)
		}
	}
}

// NotBefore marks, after Dates, the rows whose date is before bound. Blank and
// unreadable rows pass; if bound is Null or Unreadable, every row does.
func NotBefore(c *batch.Column, bound int32, fail batch.Mask) {
	if bound <= batch.Unreadable {
		return
	}
	// Two less than Null and Unreadable are the greatest numbers there are.
	for row, d := range c.Days {
		if d-2 < bound-2 {
			fail.Set(row)
		}
	}
}

// NotAfter marks, after Dates, the rows whose date is after bound. Blank and
// unreadable rows pass; if bound is Null or Unreadable, every row does.
func NotAfter(c *batch.Column, bound int32, fail batch.Mask) {
	if bound <= batch.Unreadable {
		return
	}
	for row, d := range c.Days {
		if d > bound {
			fail.Set(row)
		}
	}
}

// NotBeforeColumn marks, after Dates of both columns, the rows whose date is
// before that of other plus offset days. A row in which either is blank or
// unreadable passes.
func NotBeforeColumn(c, other *batch.Column, offset int32, fail batch.Mask) {
	against := other.Days[:len(c.Days)]
	for row, d := range c.Days {
		// A c that is no date becomes later than any, an other earlier.
		if int64(d-2) < int64(against[row])-2+int64(offset) {
			fail.Set(row)
		}
	}
}

// NotAfterColumn marks, after Dates of both columns, the rows whose date is
// after that of other plus offset days. A row in which either is blank or
// unreadable passes.
func NotAfterColumn(c, other *batch.Column, offset int32, fail batch.Mask) {
	against := other.Days[:len(c.Days)]
	for row, d := range c.Days {
		if int64(d)-2 > int64(against[row]-2)+int64(offset) {
			fail.Set(row)
		}
	}
}
