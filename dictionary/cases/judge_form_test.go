package cases

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mhsds/dictionary"
)

// form is the judge's plain reading of the rules on how values are written: it
// asks of every value of the row.
func (j *judge) form(r *dictionary.Rule, row int) bool {
	t := j.d.Table(j.rows[row].Table)
	for name, v := range j.rows[row].Fields {
		codes := codesOf(j.d, dictionary.Ref{Table: t.ID, Field: name})
		known := slices.Contains(codes, v)
		other := func(is func(string) bool) bool { return !known && slices.ContainsFunc(codes, is) }
		found := false
		switch typ := t.Field(name).Type; r.Check {
		case dictionary.FormLostZeros:
			found = other(func(c string) bool { return allDigits(v) && strings.TrimLeft(c, "0") == v })
		case dictionary.FormExponent:
			found = typ == dictionary.Text && regexp.MustCompile(`^-?[0-9]([.,][0-9]+)?[Ee][-+][0-9]{2,3}$`).MatchString(v)
		case dictionary.FormSerialDate:
			n, err := strconv.ParseFloat(v, 64)
			whole, _, _ := strings.Cut(v, ".")
			found = typ == dictionary.Date && err == nil && len(whole) == 5 && n >= 10000 && n < 60001
		case dictionary.FormLetterCase:
			found = other(func(c string) bool { return strings.EqualFold(c, v) })
		}
		if found {
			return true
		}
	}
	return false
}
