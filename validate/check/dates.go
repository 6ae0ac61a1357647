package check

import (
	"encoding/binary"
	"math/bits"
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
		for row, s := range c.Stamps[:len(days)] {
			days[row] = s.Day
			if s.Second != 0 && s.Day > batch.Unreadable {
				setTimed(c, row)
			}
		}
		return
	}
	readDates(text, c, days, true)
}

// readDates fills days from the cells of c, reading whole values or only their
// first ten bytes.
func readDates(text []byte, c *batch.Column, days []int32, whole bool) {
	most := 10
	if !whole {
		most = maxLen
	}
	var list [64]held
	for from := 0; from < len(days); from += 64 {
		// growDays has left room for whole words.
		some := (*[64]int32)(days[from : from+64])
		for i := range some {
			some[i] = batch.Null
		}
		cells := c.Cells[from:min(from+64, len(days))]
		n, late := hold(cells, 10, most, &list)
		for late |= plainDates(text, list[:n&127], some); late != 0; late &= late - 1 {
			i := bits.TrailingZeros64(late)
			v := value(text, cells[i])
			if !whole {
				v = v[:min(10, len(v))]
			}
			day, timed := date(v)
			if timed {
				setTimed(c, from+i)
			}
			some[i] = day
		}
	}
}

// plainDates fills the days of the values held, of ten characters each, and
// returns the rows of those it could not read: all that are no date or not of
// the years 1901 to 2099.
func plainDates(text []byte, list []held, days *[64]int32) (late uint64) {
	for _, h := range list {
		off, row := h.offset(), h.row()
		if off > len(text)-10 {
			late |= 1 << row
			continue
		}
		v := text[off : off+10]
		x, w := load(v)^dashed, uint64(binary.LittleEndian.Uint16(v[8:]))^('0'|'0'<<8)
		if (x|(x+overDashed)|w|(w+0x7676))&highs != 0 {
			late |= 1 << row
			continue
		}
		pairs := x*10 + x>>8 // of digits: each byte times ten plus the next
		y := pairs & 0xff00ff * (100<<16 | 1) >> 16 & 0xffff
		d := w&0xff*10 + w>>8
		month := uint64(months[pairs>>40&0xff][y&3])
		if y-1901 > 2099-1901 || d-1 >= month&31 {
			late |= 1 << row
			continue
		}
		// In these years every fourth is a leap year: 1461 days in four.
		days[row] = int32((y*1461-1)>>2 + month>>5 + d - (dayZero + 14))
	}
	return late
}

// The characters 0000-00-00, and what added to a first eight bytes combined
// with them gives a top bit where another character than a digit or a dash
// stood.
const (
	dashed     = '0' | '0'<<8 | '0'<<16 | '0'<<24 | '-'<<32 | '0'<<40 | '0'<<48 | '-'<<56
	overDashed = 0x76 | 0x76<<8 | 0x76<<16 | 0x76<<24 | 0x7f<<32 | 0x76<<40 | 0x76<<48 | 0x7f<<56
)

// day reads the date of the first ten bytes of v, or returns Unreadable.
func day(v []byte) int32 {
	x, w := load(v), uint64(binary.LittleEndian.Uint16(v[8:]))
	x ^= dashed
	w ^= '0' | '0'<<8
	bad := (x | (x + overDashed) | w | (w + 0x7676)) & highs
	pairs := x*10 + x>>8
	c, y, d := int(pairs&0xff), int(pairs>>16&0xff), int(w&0xff*10+w>>8)

	// Leap days before the year: one in four of the century, its first
	// perhaps; one in four centuries.
	leaps, fourth := (y+3)>>2+c>>2, y
	if y == 0 {
		leaps, fourth = (c+3)>>2, c
	}
	month := int(months[pairs>>40&0xff][fourth&3])
	if bad != 0 || d < 1 || d > month&31 || c+y == 0 {
		return batch.Unreadable
	}
	return int32(c*36524 + y*365 + leaps + month>>5 + d - dayZero)
}

// dayZero is 1970-01-01, counted from the day before 0000-01-01.
const dayZero = 719529

// months holds, for each month, the days of the year before it times 32 and
// its own days: in a leap year, and one, two and three years after it.
var months = [256][4]uint16{
	1:  {31, 31, 31, 31},
	2:  {31<<5 | 29, 31<<5 | 28, 31<<5 | 28, 31<<5 | 28},
	3:  {60<<5 | 31, 59<<5 | 31, 59<<5 | 31, 59<<5 | 31},
	4:  {91<<5 | 30, 90<<5 | 30, 90<<5 | 30, 90<<5 | 30},
	5:  {121<<5 | 31, 120<<5 | 31, 120<<5 | 31, 120<<5 | 31},
	6:  {152<<5 | 30, 151<<5 | 30, 151<<5 | 30, 151<<5 | 30},
	7:  {182<<5 | 31, 181<<5 | 31, 181<<5 | 31, 181<<5 | 31},
	8:  {213<<5 | 31, 212<<5 | 31, 212<<5 | 31, 212<<5 | 31},
	9:  {244<<5 | 30, 243<<5 | 30, 243<<5 | 30, 243<<5 | 30},
	10: {274<<5 | 31, 273<<5 | 31, 273<<5 | 31, 273<<5 | 31},
	11: {305<<5 | 30, 304<<5 | 30, 304<<5 | 30, 304<<5 | 30},
	12: {335<<5 | 31, 334<<5 | 31, 334<<5 | 31, 334<<5 | 31},
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
	readDates(text, c, days, false)
}

// growDays gives c room for a day of every row, in whole words of a mask, and
// notes that it has them.
func growDays(c *batch.Column) []int32 {
	n := len(c.Cells)
	c.Days = slices.Grow(c.Days[:0], (n+63)&^63)[:n]
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
	if len(v) < 10 {
		return batch.Unreadable, false
	}
	n = day(v)
	if len(v) == 10 || n == batch.Unreadable {
		return n, false
	}
	if v[10] != ' ' && v[10] != 'T' {
		return batch.Unreadable, false
	}
	timed, ok := clock(v[11:])
	if !ok {
		return batch.Unreadable, false
	}
	return n, timed
}

// clock reads hh:mm, hh:mm:ss or hh:mm:ss.f with one to nine digits f; timed
// says that it is another time than midnight, of whole seconds.
func clock(v []byte) (timed, ok bool) {
	var x uint64
	switch n := len(v); {
	case n == 5:
		x = uint64(binary.LittleEndian.Uint32(v)) | uint64(v[4])<<32 | ':'<<40 | '0'<<48 | '0'<<56
	case n == 8, n >= 10 && n <= 18 && v[8] == '.' && digits(v[9:]):
		x = load(v)
	default:
		return false, false
	}
	parts, bad := timeOfDay(x)
	return parts != 0, bad == 0
}

// timeOfDay reads the eight characters hh:mm:ss: hours in byte 0 of the result,
// minutes in byte 3, seconds in byte 6. If they are no time of a day, bad is
// not 0.
func timeOfDay(x uint64) (parts, bad uint64) {
	const colons = '0' | '0'<<8 | ':'<<16 | '0'<<24 | '0'<<32 | ':'<<40 | '0'<<48 | '0'<<56
	const over = 0x76 | 0x76<<8 | 0x7f<<16 | 0x76<<24 | 0x76<<32 | 0x7f<<40 | 0x76<<48 | 0x76<<56
	const late = (0x80 - 24) | (0x80-60)<<24 | (0x80-60)<<48
	const three = 0xff | 0xff<<24 | 0xff<<48
	x ^= colons
	bad = x | (x + over)
	parts = (x*10 + x>>8) & three
	return parts, (bad | (parts + late)) & highs
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
	days := c.Days
	out := words(fail, len(days))
	for w := range out {
		some := days[:min(64, len(days))]
		days = days[len(some):]
		var bad uint64
		for _, d := range some {
			bad = bad>>1 | uint64(int64(d-1)-int64(earliest-1))&first
		}
		out[w] |= settle(bad, len(some))
	}
}

// NotBefore marks, after Dates, the rows whose date is before bound. Blank and
// unreadable rows pass; if bound is Null or Unreadable, every row does.
func NotBefore(c *batch.Column, bound int32, fail batch.Mask) {
	if bound <= batch.Unreadable {
		return
	}
	// Two less than Null and Unreadable are the greatest numbers there are.
	days := c.Days
	out := words(fail, len(days))
	for w := range out {
		some := days[:min(64, len(days))]
		days = days[len(some):]
		var bad uint64
		for _, d := range some {
			bad = bad>>1 | uint64(int64(d-2)-int64(bound-2))&first
		}
		out[w] |= settle(bad, len(some))
	}
}

// NotAfter marks, after Dates, the rows whose date is after bound. Blank and
// unreadable rows pass; if bound is Null or Unreadable, every row does.
func NotAfter(c *batch.Column, bound int32, fail batch.Mask) {
	if bound <= batch.Unreadable {
		return
	}
	days := c.Days
	out := words(fail, len(days))
	for w := range out {
		some := days[:min(64, len(days))]
		days = days[len(some):]
		var bad uint64
		for _, d := range some {
			bad = bad>>1 | uint64(int64(bound)-int64(d))&first
		}
		out[w] |= settle(bad, len(some))
	}
}

// NotBeforeColumn marks, after Dates of both columns, the rows whose date is
// before that of other plus offset days. A row in which either is blank or
// unreadable passes.
func NotBeforeColumn(c, other *batch.Column, offset int32, fail batch.Mask) {
	days, against := c.Days, other.Days[:len(c.Days)]
	out := words(fail, len(days))
	for w := range out {
		some := days[:min(64, len(days))]
		bounds := against[:len(some)]
		days, against = days[len(some):], against[len(some):]
		var bad uint64
		for i, d := range some {
			// A date that is none is here later than any, a bound earlier.
			bad = bad>>1 | uint64(int64(d-2)-(int64(bounds[i])-2+int64(offset)))&first
		}
		out[w] |= settle(bad, len(some))
	}
}

// NotAfterColumn marks, after Dates of both columns, the rows whose date is
// after that of other plus offset days. A row in which either is blank or
// unreadable passes.
func NotAfterColumn(c, other *batch.Column, offset int32, fail batch.Mask) {
	days, against := c.Days, other.Days[:len(c.Days)]
	out := words(fail, len(days))
	for w := range out {
		some := days[:min(64, len(days))]
		bounds := against[:len(some)]
		days, against = days[len(some):], against[len(some):]
		var bad uint64
		for i, d := range some {
			bad = bad>>1 | uint64(int64(bounds[i]-2)+int64(offset)-(int64(d)-2))&first
		}
		out[w] |= settle(bad, len(some))
	}
}
