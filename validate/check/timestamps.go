package check

import (
	"math/bits"

	"mhsds/validate/batch"
)

// ValidTimestamp marks the rows whose value is not a timestamp as the standard
// writes it: YYYY-MM-DDTHH:MM:SS with hours 00 to 23, minutes and seconds 00 to
// 59, then Z, +00:00, +01:00 or -00:00, of a day that exists and, as written,
// is not before earliest. Leap years are here those divisible by 4 that do not
// end in 00, and 2000. Blank rows pass.
func ValidTimestamp(text []byte, c *batch.Column, earliest int32, fail batch.Mask) {
	for row, cell := range c.Cells {
		if cell.Len() != 0 && !timestamp(value(text, cell), earliest) {
			fail.Set(row)
		}
	}
}

// timestamp reports whether v is a timestamp not before earliest.
func timestamp(v []byte, earliest int32) bool {
	if len(v) < 20 || v[10] != 'T' {
		return false
	}
	switch string(v[19:]) {
	case "Z", "+00:00", "+01:00", "-00:00":
	default:
		return false
	}
	if _, bad := timeOfDay(load(v[11:])); bad != 0 {
		return false
	}
	n := day(v)
	if n == batch.Unreadable || n < earliest {
		return false
	}
	// The calendar has a 29 February in 1600 and 2400 too; here only 2000 has.
	return string(v[2:10]) != "00-02-29" || string(v[:2]) == "20"
}

// Times marks the rows whose value is not a time of day: hh:mm, hh:mm:ss or
// hh:mm:ss.f with one to nine f, hours 00 to 23, alone or after 1899-12-30 and
// a space or a T. Blank rows and typed columns pass.
func Times(text []byte, c *batch.Column, fail batch.Mask) {
	cells := c.Cells
	out := words(fail, len(cells))
	var list [64]held
	for w := range out {
		some := cells[:min(64, len(cells))]
		cells = cells[len(some):]
		n, late := hold(some, 8, 8, &list)
		for late |= plainTimes(text, list[:n&127]); late != 0; late &= late - 1 {
			i := bits.TrailingZeros64(late)
			if !clockTime(value(text, some[i])) {
				out[w] |= 1 << i
			}
		}
	}
}

// plainTimes returns the rows of the values held, of eight characters each,
// that are not hh:mm:ss.
func plainTimes(text []byte, list []held) (bad uint64) {
	for _, h := range list {
		if off := h.offset(); off <= len(text)-8 {
			if _, wrong := timeOfDay(load(text[off : off+8])); wrong == 0 {
				continue
			}
		}
		bad |= 1 << h.row()
	}
	return bad
}

// clockTime reports whether v is a time, alone or after 1899-12-30.
func clockTime(v []byte) bool {
	if len(v) > 11 && string(v[:10]) == "1899-12-30" && (v[10] == ' ' || v[10] == 'T') {
		v = v[11:]
	}
	_, ok := clock(v)
	return ok
}
