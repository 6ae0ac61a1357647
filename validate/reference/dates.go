package reference

import (
	"bytes"

	"mhsds/validate/batch"
)

// parseDate reads a date as registers write it: CCYYMMDD, CCYY-MM-DD,
// DD/MM/CCYY, DD-Mon-CCYY, each with -, / or a point between its parts, or a
// space for the third, and perhaps a time of day behind it. Blank, zeros and
// the word null are no date, which is batch.Null.
func parseDate(v []byte) (day int32, ok bool) {
	if i := bytes.IndexAny(v, "T"); i >= 8 {
		v = v[:i]
	}
	if i := bytes.LastIndexByte(v, ' '); i >= 8 && bytes.IndexByte(v[i:], ':') > 0 {
		v = v[:i]
	}
	if len(v) == 0 || len(bytes.Trim(v, "0")) == 0 || bytes.EqualFold(v, []byte("null")) {
		return batch.Null, true
	}
	var y, m, d int
	switch {
	case len(v) == 8 && digits(v):
		y, m, d = number(v[:4]), number(v[4:6]), number(v[6:])
	case len(v) == 10 && digits(v[:4]) && separator(v[4]) && v[7] == v[4] && digits(v[5:7]) && digits(v[8:]):
		y, m, d = number(v[:4]), number(v[5:7]), number(v[8:])
	case len(v) == 10 && digits(v[:2]) && separator(v[2]) && v[5] == v[2] && digits(v[3:5]) && digits(v[6:]):
		y, m, d = number(v[6:]), number(v[3:5]), number(v[:2])
	case len(v) == 11 && digits(v[:2]) && (separator(v[2]) || v[2] == ' ') && v[6] == v[2] && digits(v[7:]):
		y, m, d = number(v[7:]), month(v[3:6]), number(v[:2])
	default:
		return 0, false
	}
	if y < 1 || m < 1 || m > 12 || d < 1 || d > 31 {
		return 0, false
	}
	day = batch.Day(y, m, d)
	if _, rm, rd := batch.Civil(day); rm != m || rd != d {
		return 0, false
	}
	return day, true
}

func separator(c byte) bool { return c == '-' || c == '/' || c == '.' }

func digits(v []byte) bool {
	for _, c := range v {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

func number(v []byte) int {
	n := 0
	for _, c := range v {
		n = n*10 + int(c-'0')
	}
	return n
}

// month returns 1 for "Jan", in any case, and so on; 0 for no month.
func month(v []byte) int {
	const names = "janfebmaraprmayjunjulaugsepoctnovdec"
	i := bytes.Index([]byte(names), bytes.ToLower(v))
	if i < 0 || i%3 != 0 {
		return 0
	}
	return i/3 + 1
}

// A months counts months: year times 12 plus the month less 1.
type months = uint16

// The month of what always was and of what never ends.
const (
	always = months(0)
	never  = months(1<<16 - 1)
)

// parseMonth reads a month as directories of postcodes write it: CCYYMM, or a
// whole date. Blank, zeros and null are none.
func parseMonth(v []byte, none months) (m months, ok bool) {
	if len(v) == 6 && digits(v) && len(bytes.Trim(v, "0")) > 0 {
		y, mm := number(v[:4]), number(v[4:])
		if y < 1 || y > 5000 || mm < 1 || mm > 12 {
			return 0, false
		}
		return months(y*12 + mm - 1), true
	}
	if len(v) == 7 && digits(v[:4]) && separator(v[4]) && digits(v[5:]) {
		return parseMonth(append(append(make([]byte, 0, 6), v[:4]...), v[5:]...), none)
	}
	day, ok := parseDate(v)
	if !ok || day == batch.Null {
		return none, ok
	}
	return monthOf(day), true
}

// monthOf is the month in which a day lies.
func monthOf(day int32) months {
	y, m, _ := batch.Civil(day)
	if y < 1 || y > 5000 {
		return always
	}
	return months(y*12 + m - 1)
}
