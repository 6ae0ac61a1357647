package cases

import (
	"time"

	"mhsds/dictionary"
)

// leapDay is a day that exists every fourth year only.
const leapDay = "2028-02-29"

func parse(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic("cases: " + err.Error()) // a constant of ours or a sheet that Check let through
	}
	return t
}

func addDays(date string, n int) string {
	return parse(date).AddDate(0, 0, n).Format(time.DateOnly)
}

// addMonths moves the first day of a month.
func addMonths(date string, n int) string {
	return parse(date).AddDate(0, n, 0).Format(time.DateOnly)
}

// lastDay returns the last day of the month that begins on first.
func lastDay(first string) string { return addDays(addMonths(first, 1), -1) }

func (b *builder) validDate() {
	b.value(pass, "a date", midPeriod)
	b.value(fail, "a time of day behind it", midPeriod+"T13:45:00")
	if b.rule.Earliest != "" {
		b.value(pass, "earliest date", b.rule.Earliest)
		b.value(fail, "day before the earliest date", addDays(b.rule.Earliest, -1))
	}
	b.value(pass, "blank", "")
	b.value(pass, "29 February of a leap year", leapDay)
	b.value(fail, "29 February of another year", "2027-02-29")
	b.value(pass, "29 February 2000", "2000-02-29")
	b.value(fail, "29 February 1900", "1900-02-29")
	b.value(pass, "there is no last date", "9999-12-31")
	b.value(fail, "the hour before midnight, as a time zone fault leaves it", addDays(midPeriod, -1)+"T23:00:00")
	b.value(fail, "one second after midnight", midPeriod+"T00:00:01")
	b.value(fail, "month 13", "2026-13-01")
	b.value(fail, "day first", "15/09/2026")
	b.value(fail, "without hyphens", "20260915")
	b.value(fail, "text", "unknown")
}

func (b *builder) validTime() {
	b.value(pass, "a time", "10:30:00")
	b.value(pass, "midnight", "00:00:00")
	b.value(pass, "blank", "")
}

func (b *builder) validDatetime() {
	const clock = "T13:45:00"
	if !b.rule.TextOnly {
		b.value(pass, "a date and time", madeOn)
		b.value(fail, "text", "yesterday")
		b.value(pass, "a date alone", madeOn[:10])
		if b.rule.Earliest != "" {
			b.value(pass, "earliest moment", b.rule.Earliest+"T00:00:00")
			b.value(fail, "second before the earliest moment", addDays(b.rule.Earliest, -1)+"T23:59:59")
		}
		b.value(pass, "29 February of a leap year", leapDay+clock)
		b.value(fail, "29 February of another year", "2027-02-29"+clock)
		b.value(pass, "blank", "")
		return
	}
	b.value(pass, "in universal time", midPeriod+clock+"Z")
	b.value(fail, "without an offset", midPeriod+clock)
	b.value(pass, "offset of summer time", midPeriod+clock+"+01:00")
	b.value(pass, "offset of winter time", midPeriod+clock+"+00:00")
	b.value(pass, "offset of zero, with a minus", midPeriod+clock+"-00:00")
	b.value(fail, "offset of another country", midPeriod+clock+"+02:00")
	b.value(fail, "offset without a colon", midPeriod+clock+"+0100")
	b.value(fail, "small z", midPeriod+clock+"z")
	b.value(fail, "fraction of a second", midPeriod+clock+".000Z")
	b.value(fail, "space for the T", midPeriod+" "+clock[1:]+"Z")
	b.value(fail, "no seconds", midPeriod+"T13:45Z")
	b.value(fail, "date alone", midPeriod)
	if b.rule.Earliest != "" {
		before := addDays(b.rule.Earliest, -1)
		b.value(pass, "earliest moment", b.rule.Earliest+"T00:00:00Z")
		b.value(fail, "second before the earliest moment", before+"T23:59:59Z")
		b.value(pass, "earliest date as written, the day before in universal time", b.rule.Earliest+"T00:30:00+01:00")
	}
	b.value(pass, "29 February of a leap year", leapDay+clock+"Z")
	b.value(fail, "29 February of another year", "2027-02-29"+clock+"Z")
	b.value(pass, "29 February 2000", "2000-02-29"+clock+"Z")
	b.value(fail, "29 February 1900", "1900-02-29"+clock+"Z")
	b.value(fail, "29 February 2400, which the test for leap years leaves out", "2400-02-29"+clock+"Z")
	b.value(pass, "blank", "")
}

// dateOrder sets the field against its limit, which is the other date moved by
// the offset. Beyond is the direction that fails: +1 for later, -1 for earlier.
func (b *builder) dateOrder(beyond int) {
	r := b.rule
	joined := r.Join != (dictionary.Join{})
	// other is what the header, the parent or the row itself says.
	pair := func(fail bool, name, own, other string) *Case {
		c := b.add(Case{Name: name, Fail: fail, Rows: []Row{{r.Table, b.fields(r.Field, own)}}})
		if joined {
			b.join(c, b.sample(dictionary.Ref{Table: r.Other.Table, Field: r.Join.Theirs}, 0), other)
		} else {
			c.set(b.maker, r.Other, other)
		}
		return c
	}
	stamp := func(day string) string { return day }
	if v := b.first(b.own(), dictionary.ValidDatetime); v != nil && v.TextOnly {
		stamp = func(day string) string { return day + "T10:30:00Z" }
	}
	other := b.otherDate()
	limit := addDays(other, r.OffsetDays)

	pair(pass, "on the limit", stamp(limit), other)
	pair(fail, "one day beyond", stamp(addDays(limit, beyond)), other)
	pair(pass, "one day inside", stamp(addDays(limit, -beyond)), other)
	pair(fail, "a year beyond", stamp(addDays(limit, 365*beyond)), other)
	pair(pass, "blank", "", other)
	pair(pass, "nothing to compare with", stamp(addDays(limit, beyond)), "")
	pair(pass, "not a date", "unknown", other)
	pair(pass, "compared with what is not a date", stamp(limit), "unknown")
	day := addDays(leapDay, r.OffsetDays)
	pair(pass, "on a leap day", stamp(day), leapDay)
	pair(fail, "one day beyond a leap day", stamp(addDays(day, beyond)), leapDay)

	switch {
	case stamp("") != "" && beyond > 0:
		pair(pass, "a minute before the limit's midnight", limit+"T23:59:00Z", other)
		pair(fail, "the day as written counts, not that in universal time", addDays(limit, 1)+"T00:30:00+01:00", other)
	case stamp("") != "":
		pair(pass, "the day as written counts, not that in universal time", limit+"T00:30:00+01:00", other)
		pair(fail, "a minute before the limit's day", addDays(limit, -1)+"T23:59:00Z", other)
	case beyond > 0:
		pair(pass, "a time of day does not count", limit+"T23:59:59", other)
	default:
		pair(fail, "a time of day does not count", addDays(limit, -1)+"T23:59:59", other)
	}
	if !joined {
		return
	}
	key := dictionary.Ref{Table: r.Other.Table, Field: r.Join.Theirs}
	past := stamp(addDays(limit, beyond))
	c := b.one(pass, "no such parent", b.fields(r.Join.Own, b.sample(key, 0), r.Field, past))
	b.parent(c, b.sample(key, 1), other)
	c = b.one(pass, "no parent at all", b.fields(r.Join.Own, b.sample(key, 0), r.Field, past))
	c = b.one(fail, "two parents of one key, one of them violated", b.fields(r.Join.Own, b.sample(key, 0), r.Field, past))
	b.parent(c, b.sample(key, 0), addDays(other, beyond))
	b.parent(c, b.sample(key, 0), other)
	c = b.one(pass, "blank key", b.fields(r.Field, past))
	b.parent(c, b.sample(key, 0), other)
}

// otherDate is the date that a comparison takes as given.
func (b *builder) otherDate() string {
	switch b.rule.Other {
	case b.start:
		return periodStart
	case b.end:
		return periodEnd
	}
	return midPeriod
}

// join gives the target record a key, and adds the parent that has it.
func (b *builder) join(c *Case, key, value string) {
	c.Rows[c.Target].Fields[b.rule.Join.Own] = key
	b.parent(c, key, value)
}

func (b *builder) parent(c *Case, key, value string) {
	c.Rows = append(c.Rows, Row{b.rule.Other.Table, b.fields(b.rule.Join.Theirs, key, b.rule.Other.Field, value)})
}

func (b *builder) datetimeOrder() {
	pair := func(fail bool, name, own, other string) {
		c := b.value(fail, name, own)
		c.set(b.maker, b.rule.Other, other)
	}
	day, clock := sentOn[:10], sentOn[11:]
	pair(pass, "before", madeOn, sentOn)
	pair(fail, "one second later", day+"T16:00:01", day+"T"+clock)
	pair(pass, "the same second", sentOn, sentOn)
	pair(pass, "one second earlier", day+"T15:59:59", sentOn)
	pair(fail, "one day later, at an earlier hour", addDays(day, 1)+"T08:00:00", sentOn)
	pair(pass, "one day earlier, at a later hour", addDays(day, -1)+"T23:59:59", sentOn)
	pair(pass, "blank", "", sentOn)
	pair(pass, "not a date and time", "unknown", sentOn)
}

func (b *builder) ageRange() {
	at := func(fail bool, name, birth, start string) {
		c := b.value(fail, name, birth)
		c.set(b.maker, b.start, start)
		c.set(b.maker, b.end, lastDay(start))
	}
	// born gives the last birth date of a person who is n years old.
	born := func(n int) string { return parse(periodStart).AddDate(-n, 0, 0).Format(time.DateOnly) }
	oldest := addDays(born(b.rule.MaxYears+1), 1)
	at(pass, "an adult", birthDate, periodStart)
	at(fail, "one year too old", addDays(oldest, -1), periodStart)
	at(pass, "the oldest, on the last day of that age", oldest, periodStart)
	at(pass, "the oldest, on the birthday", born(b.rule.MaxYears), periodStart)
	if b.rule.MinYears == 0 {
		at(pass, "born on the first day of the period", periodStart, periodStart)
		at(pass, "born in the period", midPeriod, periodStart)
		at(pass, "born on the last day of the period", periodEnd, periodStart)
		at(fail, "born the day after the period", addDays(periodEnd, 1), periodStart)
		at(fail, "born next year", "2027-09-15", periodStart)
	} else {
		at(pass, "the youngest, on the birthday", born(b.rule.MinYears), periodStart)
		at(fail, "one day too young", addDays(born(b.rule.MinYears), 1), periodStart)
	}
	at(pass, "born on a leap day, the month before the birthday counts", "1896-02-29", "2027-02-01")
	at(fail, "born on a leap day, the day after", "1896-02-29", "2027-03-01")
	at(pass, "blank", "", periodStart)
	at(pass, "not a date", "unknown", periodStart)
}

func (b *builder) valuesEqual() {
	pair := func(fail bool, name, own, other string) {
		c := b.value(fail, name, own)
		c.set(b.maker, b.rule.Other, other)
	}
	v, w := b.sample(b.own(), 0), b.sample(b.own(), 1)
	pair(pass, "the same", v, v)
	pair(fail, "different", w, v)
	pair(fail, "blank", "", v)
	if s := swapCase(v); s != v {
		pair(fail, "the same but for capitals", s, v)
	}
}
