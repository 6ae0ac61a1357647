package spreadsheet

import (
	"math"
	"strconv"
	"unsafe"

	"mhsds/validate/batch"
)

// maxDigits is how many digits of a number Excel keeps.
const maxDigits = 15

// Excel counts days from 1899-12-31 and believes in 1900-02-29, which is 60.
// What comes after it is as if from 1899-12-30, as in Access. A workbook of
// the 1904 system counts from 1904-01-01.
const (
	leapDay  = 60
	day1904  = -24107  // 1904-01-01 as days since 1970-01-01
	last1900 = 2958465 // 9999-12-31
	last1904 = last1900 - 1462
)

// A dates is the system in which a workbook counts days.
type dates struct{ from1904 bool }

// append appends the serial number of a day and time as text, and reports
// whether it is one: CCYY-MM-DD, with a time other than midnight
// CCYY-MM-DDThh:mm:ss, and hh:mm:ss for a style of times. A number below 1 is
// a time without a day: in a style of dates it is on 1899-12-30, as in Access.
func (e dates) append(dst []byte, serial float64, l look) ([]byte, bool) {
	last := float64(last1900)
	if e.from1904 {
		last = last1904
	}
	if !(serial >= 0 && serial < last+1) { // also false for NaN
		return dst, false
	}
	const daySeconds, dayMillis = 24 * 60 * 60, 24 * 60 * 60 * 1000
	day := int32(serial)
	second := int32(0)
	if rest := serial - float64(day); rest != 0 {
		// A time is stored as a fraction; to the millisecond it is what it
		// was made from.
		millis := int32(rest*dayMillis + 0.5)
		if millis == dayMillis {
			day, millis = day+1, 0
		}
		second = millis / 1000
	}
	switch {
	case l == asTime:
		return appendTime(dst, int64(second)), true
	case l == asElapsed:
		return appendTime(dst, int64(day)*daySeconds+int64(second)), true
	case float64(day) > last:
		return dst, false
	case e.from1904:
		day += day1904
	case day == leapDay:
		dst = append(dst, "1900-02-29"...) // which is no date, and must not become one
		if second != 0 {
			dst = appendTime(append(dst, 'T'), int64(second))
		}
		return dst, true
	case 0 < day && day < leapDay:
		day += batch.ZeroDay + 1
	default:
		day += batch.ZeroDay
	}
	return batch.AppendStamp(dst, batch.Stamp{Day: day, Second: second}), true
}

// appendTime appends seconds as hh:mm:ss, with more digits for more hours.
func appendTime(dst []byte, seconds int64) []byte {
	h := seconds / 3600
	if h < 10 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendInt(dst, h, 10)
	m, s := seconds/60%60, seconds%60
	return append(dst, ':', '0'+byte(m/10), '0'+byte(m%10), ':', '0'+byte(s/10), '0'+byte(s%10))
}

// asWritten reports whether the text of a number in the file is what a person
// would write, so that it can stay as it is: digits, and if there is a point,
// no more of them than Excel keeps and none to no purpose. long reports a whole
// number of more digits than that.
func asWritten(v []byte) (ok, long bool) {
	digits := v
	if len(v) > 0 && v[0] == '-' {
		digits = v[1:]
	}
	point := -1
	for i, c := range digits {
		switch {
		case '0' <= c && c <= '9':
		case c == '.' && point < 0:
			point = i
		default:
			return false, false
		}
	}
	switch {
	case len(digits) == 0:
		return false, false
	case point < 0:
		return len(digits) == len(v) || digits[0] != '0', len(digits) > maxDigits
	}
	return point > 0 && point < len(digits)-1 && digits[len(digits)-1] != '0' && len(digits) <= maxDigits+1, false
}

// parse reads a number as the file has it.
func parse(v []byte) (float64, bool) {
	f, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(v), len(v)), 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// appendNumber appends a number in plain decimal, never with an exponent: all
// digits of a whole number, of others as many as Excel keeps.
func appendNumber(dst []byte, f float64) []byte {
	if f == math.Trunc(f) {
		if f == 0 {
			return append(dst, '0') // and not -0
		}
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	var buf [32]byte
	if rounded, ok := parse(strconv.AppendFloat(buf[:0], f, 'e', maxDigits-1, 64)); ok {
		f = rounded
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}
