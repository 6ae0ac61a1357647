package access

import (
	"math"

	"mhsds/validate/batch"
)

const (
	dayMillis = 24 * 60 * 60 * 1000

	// firstDay and lastDay are 0100-01-01 and 9999-12-31, the ends of what a
	// Date/Time may be, as days since 1899-12-30.
	firstDay, lastDay = -657434, 2958465
)

// splitDate returns the day, since 1970-01-01, and the milliseconds of the day
// of a Date/Time: its whole part is the day and its fraction, without a sign,
// the time, rounded to the millisecond it was made from.
func splitDate(f float64) (day, millis int32, ok bool) {
	if !(f > firstDay-1 && f < lastDay+1) { // also false for NaN
		return 0, 0, false
	}
	whole := int32(f)
	if rest := math.Abs(f - float64(whole)); rest != 0 {
		millis = int32(rest*dayMillis + 0.5)
		if millis == dayMillis {
			whole, millis = whole+1, 0
			if whole > lastDay {
				return 0, 0, false
			}
		}
	}
	return whole + batch.ZeroDay, millis, true
}

// firstExtended is 0001-01-01 as days since 1970-01-01, lastExtended 9999-12-31.
const firstExtended, lastExtended = -719162, 2932896

// splitExtended returns the day, since 1970-01-01, the second of the day and
// the 100 ns of the second of an extended date: ASCII, 19 digits of days since
// 0001-01-01, a colon, 12 of seconds, 7 of 100 ns.
func splitExtended(v []byte) (day, second, ticks int32, ok bool) {
	if len(v) < 39 || v[19] != ':' {
		return 0, 0, 0, false
	}
	days, ok1 := digits(v[:19])
	seconds, ok2 := digits(v[20:32])
	fraction, ok3 := digits(v[32:39])
	if !ok1 || !ok2 || !ok3 || days > lastExtended-firstExtended || seconds >= dayMillis/1000 {
		return 0, 0, 0, false
	}
	return int32(days) + firstExtended, int32(seconds), int32(fraction), true
}

// digits returns the number of up to 19 decimal digits.
func digits(v []byte) (n uint64, ok bool) {
	for _, c := range v {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}
