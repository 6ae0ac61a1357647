package cases

import (
	"strings"

	"mhsds/dictionary"
)

// A Known is a code that a register holds, and the days CCYY-MM-DD from which
// and to which it counts, both included; "" is always. All are synthetic.
type Known struct {
	Register dictionary.Register
	Value    string
	From, To string
}

// registered makes the cases of a rule that looks its codes up. Every register
// lists one code; what it says of another one tells the cases apart.
//
//	organisation, site, school   counts by the day
//	postcode                     counts by the month, so that its edges are a
//	                             month's first and last day
func (b *builder) registered() {
	r := b.rule
	first, last := b.asAt()
	register := r.Kind.Register()
	code := b.code()
	in := func(fail bool, name, value, from, to string) {
		c := b.value(fail, name, value)
		switch {
		case r.Table != b.header.ID:
			c.Header = b.period()
		default: // the record is the header
			c.set(b.maker, b.start, periodStart)
			c.set(b.maker, b.end, periodEnd)
		}
		c.Known = []Known{{register, code, from, to}}
	}
	in(pass, "counts at the time", code, addDays(periodStart, -3650), "")
	in(fail, "another code", b.another(code), addDays(periodStart, -3650), "")
	before, after := addDays(first, -1), addDays(last, 1)
	if register == dictionary.Postcodes {
		after = addDays(periodEnd, 1)
	}
	in(pass, "begins on the last day that is asked for", code, last, "")
	in(fail, "begins too late", code, after, "")
	in(pass, "ends on the first day that is asked for", code, "", first)
	in(fail, "ended too early", code, "", before)
	in(pass, "always counted", code, "", "")
	if low := strings.ToLower(code); low != code {
		in(fail, "small letters", low, "", "")
	}
	if register == dictionary.Postcodes {
		in(pass, "without the space", strings.ReplaceAll(code, " ", ""), "", "")
	}
	for _, d := range r.Defaults {
		in(pass, "default "+d, d, "", "")
	}
	if r.Prefix != "" {
		in(pass, "begins with "+r.Prefix, r.Prefix+" 3AZ", "", "")
	}
	in(pass, "blank", "", "", "")
}

// asAt returns the first and the last of the dates at which the rule asks.
func (b *builder) asAt() (first, last string) {
	for _, ref := range b.rule.AsAt {
		day := periodStart
		if ref.Field == b.end.Field {
			day = periodEnd
		}
		if first == "" || day < first {
			first = day
		}
		last = max(last, day)
	}
	return first, last
}

// code is what the register lists: of the right length, and of no real
// organisation or place.
func (b *builder) code() string {
	if b.rule.Kind.Register() == dictionary.Postcodes {
		return "XX1 1AA"
	}
	min, max := b.length(dictionary.Ref{Table: b.rule.Table, Field: b.rule.Field})
	return fit("ZZX01", min, max)
}

// another is a code of the same length that no register lists.
func (b *builder) another(code string) string {
	return code[:len(code)-1] + string('B'+(code[len(code)-1]-'A'+1)%2)
}
