package cases

import (
	"strconv"
	"strings"

	"mhsds/dictionary"
)

// inForce reports whether the scale counts for a period that begins on start.
func inForce(s *dictionary.Scale, start string) bool {
	if start < dictionary.ScalesFrom {
		return s.Earlier && s.CollectedFrom <= start
	}
	return s.Later && s.CollectedFrom <= start
}

// scale returns the nth scale that has a property, or nil.
func (m *maker) scale(n int, is func(s *dictionary.Scale) bool) *dictionary.Scale {
	for i := range m.d.Scales {
		if is(&m.d.Scales[i]) {
			if n--; n < 0 {
				return &m.d.Scales[i]
			}
		}
	}
	return nil
}

// ordinaryScale returns the nth range of whole numbers that has always been
// collected.
func (m *maker) ordinaryScale(n int) *dictionary.Scale {
	s := m.scale(n, func(s *dictionary.Scale) bool {
		return s.Values == nil && s.Low != "" && s.Low[0] != '-' && s.Earlier && s.Later && s.Decimals == 0
	})
	if s == nil {
		return &dictionary.Scale{}
	}
	return s
}

// beforeLater is the last month of the earlier list.
func beforeLater() string { return addMonths(dictionary.ScalesFrom, -1) }

func (b *builder) assessmentCode() {
	at := func(name, start string, s *dictionary.Scale) {
		if s == nil {
			return
		}
		c := b.value(!inForce(s, start), name, s.Concept)
		c.set(b.maker, b.start, start)
		c.set(b.maker, b.end, lastDay(start))
	}
	unknown := func(fail bool, name, value string) {
		c := b.value(fail, name, value)
		c.set(b.maker, b.start, periodStart)
		c.set(b.maker, b.end, periodEnd)
	}
	always := b.ordinaryScale(0)
	at("of both lists", periodStart, always)
	stranger := concept(anItem, "00")
	for b.scale(0, func(s *dictionary.Scale) bool { return s.Concept == stranger }) != nil {
		stranger = concept(anItem+1, "00")
	}
	unknown(fail, "a concept that is not a scale", stranger)
	unknown(fail, "text", "HoNOS")
	unknown(fail, "a scale's concept with its last digit lost", always.Concept[:len(always.Concept)-1])
	unknown(pass, "blank", "")

	at("of both lists, while the earlier one counted", beforeLater(), always)
	earlier := b.scale(0, func(s *dictionary.Scale) bool { return s.Earlier && !s.Later })
	at("of the earlier list, while it counted", beforeLater(), earlier)
	at("of the earlier list, once the later one counts", dictionary.ScalesFrom, earlier)
	later := b.scale(0, func(s *dictionary.Scale) bool { return !s.Earlier && s.Later && s.CollectedFrom < beforeLater() })
	at("of the later list, before it counts", beforeLater(), later)
	at("of the later list, once it counts", dictionary.ScalesFrom, later)
	begun := b.scale(0, func(s *dictionary.Scale) bool {
		return s.Earlier && s.Later && strings.HasSuffix(s.CollectedFrom, "-01") && s.CollectedFrom > "2020" && s.CollectedFrom < beforeLater()
	})
	if begun != nil {
		at("in the first month of its collection", begun.CollectedFrom, begun)
		at("in the month before its collection", addMonths(begun.CollectedFrom, -1), begun)
	}
	fresh := b.scale(0, func(s *dictionary.Scale) bool { return s.Later && s.CollectedFrom == dictionary.ScalesFrom })
	if fresh != nil {
		at("new with the later list, in its first month", dictionary.ScalesFrom, fresh)
		at("new with the later list, in the month before", beforeLater(), fresh)
	}
}

func (b *builder) assessmentScore() {
	at := func(fail bool, name, start string, s *dictionary.Scale, score string) {
		c := b.one(fail, name, b.fields(b.rule.Field, score, b.rule.Other.Field, s.Concept))
		c.set(b.maker, b.start, start)
		c.set(b.maker, b.end, lastDay(start))
	}
	now := periodStart

	// A range of whole numbers, which once might have one decimal.
	s := b.scale(0, func(s *dictionary.Scale) bool {
		return s.Values == nil && inForce(s, now) && inForce(s, beforeLater()) && s.Decimals == 0 && s.Low == "0" && len(s.High) == 2
	})
	if s != nil {
		at(pass, "highest", now, s, s.High)
		at(fail, "one above the highest", now, s, addOne(s.High, 1))
		at(pass, "lowest", now, s, s.Low)
		at(fail, "one below the lowest", now, s, addOne(s.Low, -1))
		at(fail, "leading zero", now, s, "05")
		at(fail, "two zeros", now, s, "00")
		at(fail, "plus sign", now, s, "+5")
		at(fail, "minus sign where no score is negative", now, s, "-0")
		at(fail, "text", now, s, "high")
		at(fail, "exponent", now, s, "1e1")
		at(fail, "point without a digit", now, s, "5.")
		at(fail, "no digit before the point", now, s, ".5")
		at(fail, "comma", now, s, "5,0")
		at(fail, "a decimal place, once the later list counts", dictionary.ScalesFrom, s, "5.0")
		at(pass, "a decimal place, while the earlier list counted", beforeLater(), s, "5.0")
		at(fail, "two decimal places, while the earlier list counted", beforeLater(), s, "5.00")
		at(pass, "blank score", now, s, "")
	}
	s = b.scale(0, func(s *dictionary.Scale) bool {
		return s.Values == nil && inForce(s, now) && s.Decimals == 1 && strings.Trim(s.High, "0123456789.") == "" && len(s.High) > 1
	})
	if s != nil {
		high := strings.TrimSuffix(s.High, ".0")
		at(pass, "one decimal place", now, s, high+".0")
		at(pass, "no decimal place, where one is allowed", now, s, high)
		at(fail, "two decimal places, where one is allowed", now, s, high+".00")
		at(fail, "a tenth above the highest", now, s, high+".1")
		at(pass, "a tenth below the highest", now, s, addOne(high, -1)+".9")
	}
	s = b.scale(0, func(s *dictionary.Scale) bool {
		return s.Values == nil && inForce(s, now) && strings.HasPrefix(s.Low, "-")
	})
	if s != nil {
		at(pass, "lowest, below zero", now, s, s.Low)
		at(fail, "one below the lowest, below zero", now, s, addOne(s.Low, -1))
		at(pass, "highest of a scale that goes below zero", now, s, s.High)
		at(fail, "one above the highest of a scale that goes below zero", now, s, addOne(s.High, 1))
		at(fail, "leading zero after the minus", now, s, "-0"+strings.TrimPrefix(s.Low, "-"))
	}
	s = b.scale(0, func(s *dictionary.Scale) bool { return s.Values == nil && inForce(s, now) && positive(s.Low) })
	if s != nil {
		at(pass, "lowest, above zero", now, s, s.Low)
		at(fail, "zero, below the lowest", now, s, "0")
	}

	// Separate values.
	s = b.scale(0, func(s *dictionary.Scale) bool { return len(s.Values) > 3 && inForce(s, now) && gap(s.Values) != "" })
	if s != nil {
		last := s.Values[len(s.Values)-1]
		at(pass, "first of separate values", now, s, s.Values[0])
		at(fail, "between separate values", now, s, gap(s.Values))
		at(pass, "last of separate values", now, s, last)
		at(fail, "beyond the last of separate values", now, s, addOne(last, 1))
		at(fail, "separate value with a decimal place", now, s, last+".0")
	}
	s = b.scale(0, func(s *dictionary.Scale) bool {
		return len(s.Values) > 1 && inForce(s, now) && swapCase(s.Values[0]) != s.Values[0]
	})
	if s != nil {
		at(pass, "separate value, a letter", now, s, s.Values[0])
		at(fail, "separate value, a small letter", now, s, swapCase(s.Values[0]))
	}
	s = b.scale(0, func(s *dictionary.Scale) bool { return len(s.EarlierOnly) > 0 && len(s.LaterOnly) > 0 })
	if s != nil {
		at(pass, "value of the earlier list, while it counted", beforeLater(), s, s.EarlierOnly[0])
		at(fail, "value of the earlier list, once the later one counts", dictionary.ScalesFrom, s, s.EarlierOnly[0])
		at(pass, "value of the later list, once it counts", dictionary.ScalesFrom, s, s.LaterOnly[0])
		at(fail, "value of the later list, before it counts", beforeLater(), s, s.LaterOnly[0])
	}
	s = b.scale(0, func(s *dictionary.Scale) bool { return s.Values == nil && s.Low == "" && inForce(s, beforeLater()) })
	if s != nil {
		at(pass, "a scale whose values no source gives", beforeLater(), s, "99")
	}
	at(pass, "blank scale", now, &dictionary.Scale{}, "99")
	at(pass, "a concept that is not a scale", now, &dictionary.Scale{Concept: concept(anItem, "00")}, "99")
}

// positive reports whether a bound is above zero by one at least.
func positive(low string) bool {
	n, err := strconv.Atoi(strings.TrimSuffix(low, ".0"))
	return err == nil && n > 0
}

// gap returns a one-digit number that is missing between the values, or "".
func gap(values []string) string {
	for i := 1; i < len(values); i++ {
		a, err1 := strconv.Atoi(values[i-1])
		b, err2 := strconv.Atoi(values[i])
		if err1 == nil && err2 == nil && b > a+1 {
			return strconv.Itoa(a + 1)
		}
	}
	return ""
}
