package check

import "mhsds/validate/batch"

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

func timestamp(v []byte, earliest int32) bool {
	if len(v) != 20 && len(v) != 25 || v[10] != 'T' {
		return false
	}
	switch string(v[19:]) {
	case "Z", "+00:00", "+01:00", "-00:00":
	default:
		return false
	}
	if _, ok := clock(v[11:19]); !ok {
		return false
	}
	n := day(v[:10])
	if n == batch.Unreadable || n < earliest {
		return false
	}
	// The calendar has 29 February of 2400 as well; the standard has not.
	return string(v[4:10]) != "-02-29" || v[2] != '0' || v[3] != '0' || string(v[:4]) == "2000"
}

// Times marks the rows whose value is not a time of day: hh:mm, hh:mm:ss or
// hh:mm:ss.f with one to nine f, hours 00 to 23, alone or after 1899-12-30 and
// a space or a T. Blank rows and typed columns pass.
func Times(text []byte, c *batch.Column, fail batch.Mask) {
	for row, cell := range c.Cells {
		if cell.Len() == 0 {
			continue
		}
		v := value(text, cell)
		if len(v) > 11 && string(v[:10]) == "1899-12-30" && (v[10] == ' ' || v[10] == 'T') {
			v = v[11:]
		}
		if _, ok := clock(v); !ok {
			fail.Set(row)
		}
	}
}
