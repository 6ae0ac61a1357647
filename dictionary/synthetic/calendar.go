package synthetic

// Dates are days since 1970-01-01. noDay is "no date".
const noDay = -1 << 30

// dayOf returns the number of days from 1970-01-01 to a date of the Gregorian
// calendar.
func dayOf(year, month, day int) int {
	if month <= 2 { // years begin in March, so that the leap day is a year's last
		year--
		month += 12
	}
	era := year / 400
	yoe := year - era*400
	doy := (153*(month-3)+2)/5 + day - 1
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

// civil is the inverse of dayOf.
func civil(n int) (year, month, day int) {
	z := n + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	if month = mp + 3; month > 12 {
		month -= 12
	}
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

func two(dst []byte, n int) []byte { return append(dst, '0'+byte(n/10%10), '0'+byte(n%10)) }

// appendDay appends CCYY-MM-DD.
func appendDay(dst []byte, n int) []byte {
	y, m, d := civil(n)
	dst = append(two(two(dst, y/100), y), '-')
	return two(append(two(dst, m), '-'), d)
}

// appendClock appends a time of day, most of them in working hours.
func appendClock(dst []byte, h uint64) []byte {
	hour := 8 + below(h, 11)
	if h&15 == 0 {
		hour = below(h, 24)
	}
	dst = append(two(dst, hour), ':')
	dst = append(two(dst, below(h<<16, 60)), ':')
	return append(dst, '0', '0')
}

// parseDay reads the date that a value begins with, whatever follows; ok is
// false if there is none.
func parseDay(s string) (n int, ok bool) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return noDay, false
	}
	number := func(s string) int {
		v := 0
		for i := range len(s) {
			if s[i] < '0' || s[i] > '9' {
				return -1
			}
			v = v*10 + int(s[i]-'0')
		}
		return v
	}
	y, m, d := number(s[:4]), number(s[5:7]), number(s[8:10])
	if y < 1 || m < 1 || m > 12 || d < 1 {
		return noDay, false
	}
	n = dayOf(y, m, d)
	if yy, mm, dd := civil(n); yy != y || mm != m || dd != d {
		return noDay, false
	}
	return n, true
}

// monthLength is the number of days of a month.
func monthLength(year, month int) int {
	if month == 12 {
		return 31
	}
	return dayOf(year, month+1, 1) - dayOf(year, month, 1)
}
