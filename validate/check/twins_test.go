package check

import (
	"encoding/json"
	"flag"
	"fmt"
	"hash/fnv"
	"math/big"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"mhsds/validate/batch"
)

// The twins say of one value what a kernel must say of its row, slowly and in
// other words: by the standard library, or by the wording of the condition.

// A twin pairs a kernel of one column with its twin.
type twin struct {
	name  string
	seeds []string // values near the border, to be changed at random
	mark  func(text []byte, c *batch.Column, fail batch.Mask)
	fails func(v string) bool // of a value; "" is null
}

const earliest = "1890-01-01"

var (
	earliestDay = batch.Day(1890, 1, 1)

	tenDigits         = regexp.MustCompile(`\A[0-9]{10}\z`)
	conceptPattern    = regexp.MustCompile(`\A[0-9]{3,15}(00|10)[0-9]\z`)
	expressionPattern = regexp.MustCompile(`\A([0-9]+):(408730004|363589002)=([0-9]+)\z`)
	datePattern       = regexp.MustCompile(`\A[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([0-9]{2}):([0-9]{2})(:([0-9]{2})(\.[0-9]{1,9})?)?)?\z`)
	timePattern       = regexp.MustCompile(`\A(1899-12-30[ T])?([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?\z`)
	timestampPattern  = regexp.MustCompile(`\A([0-9]{4})-([0-9]{2})-([0-9]{2})T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|\+00:00|\+01:00|-00:00)\z`)
)

// slowDate is Dates for one value.
func slowDate(v string) (day int32, timed bool) {
	if v == "" {
		return batch.Null, false
	}
	m := datePattern.FindStringSubmatch(v)
	if m == nil || strings.HasPrefix(v, "0000") {
		return batch.Unreadable, false
	}
	t, err := time.Parse(time.DateOnly, v[:10])
	if err != nil {
		return batch.Unreadable, false
	}
	if m[1] != "" {
		if m[2] > "23" || m[3] > "59" || m[5] > "59" {
			return batch.Unreadable, false
		}
		timed = m[2] != "00" || m[3] != "00" || m[5] != "" && m[5] != "00"
	}
	return int32(t.Unix() / 86400), timed
}

// slowTimestampDate is TimestampDates for one value.
func slowTimestampDate(v string) int32 {
	if v != "" && len(v) < 10 {
		return batch.Unreadable
	}
	day, _ := slowDate(v[:min(10, len(v))])
	return day
}

func slowTimestamp(v string) bool {
	m := timestampPattern.FindStringSubmatch(v)
	if m == nil || v[:10] < earliest {
		return false
	}
	year, _ := strconv.Atoi(m[1])
	month, _ := strconv.Atoi(m[2])
	day, _ := strconv.Atoi(m[3])
	leap := year%4 == 0 && !strings.HasSuffix(m[1], "00") || year == 2000
	days := []int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if leap {
		days[2] = 29
	}
	return month >= 1 && month <= 12 && day >= 1 && day <= days[month]
}

func slowLength(v string, lo, hi int) bool {
	n := utf8.RuneCountInString(v)
	return n >= lo && n <= hi && !strings.ContainsAny(v, "\n\r\u0085\u2028\u2029")
}

func slowDigits(lo, hi int) func(v string) bool {
	return regexp.MustCompile(fmt.Sprintf(`\A[0-9]{%d,%d}\z`, lo, hi)).MatchString
}

func slowNHSNumber(v string) bool {
	if !tenDigits.MatchString(v) {
		return false
	}
	backwards := []byte(v)
	slices.Reverse(backwards)
	sum := 0
	for i := range 9 {
		sum += int(v[i]-'0') * (10 - i)
	}
	check := 11 - sum%11
	if check == 11 {
		check = 0
	}
	return check != 10 && check == int(v[9]-'0') && v != string(backwards)
}

func slowConcept(v string) bool {
	return conceptPattern.MatchString(v) && slowVerhoeff(v)
}

func slowSnomed(v string) bool {
	m := expressionPattern.FindStringSubmatch(v)
	return slowConcept(v) || m != nil && len(v) >= 6 && len(v) <= 56 && slowConcept(m[1]) && slowConcept(m[3])
}

func slowScore(v string, s Scale) bool {
	if !s.Known {
		return true
	}
	if len(s.Values) > 0 {
		return slices.Contains(s.Values, v)
	}
	if !scorePattern(s.Decimals, strings.HasPrefix(s.Low, "-")).MatchString(v) {
		return false
	}
	rat := func(s string) *big.Rat {
		r, ok := new(big.Rat).SetString(s)
		if !ok {
			panic("no number: " + s)
		}
		return r
	}
	return rat(s.Low).Cmp(rat(v)) <= 0 && rat(v).Cmp(rat(s.High)) <= 0
}

// scorePattern is the form of a score of a range.
var scorePattern = func() func(decimals int, signed bool) *regexp.Regexp {
	known := map[string]*regexp.Regexp{}
	return func(decimals int, signed bool) *regexp.Regexp {
		pattern := `(0|[1-9][0-9]*)`
		if decimals > 0 {
			pattern += fmt.Sprintf(`(\.[0-9]{1,%d})?`, decimals)
		}
		if signed {
			pattern = "-?" + pattern
		}
		if known[pattern] == nil {
			known[pattern] = regexp.MustCompile(`\A` + pattern + `\z`)
		}
		return known[pattern]
	}
}()

// bytesOf is value, for a blank cell with any offset.
func bytesOf(text []byte, c batch.Cell) []byte {
	if c.Len() == 0 {
		return nil
	}
	return value(text, c)
}

func blankOr(fails func(v string) bool) func(string) bool {
	return func(v string) bool { return v != "" && fails(v) }
}

const postcode = `^[a-zA-Z]{1,2}[0-9][a-zA-Z0-9]?[\t\n\f\r ]+[0-9][a-zA-Z]{2}$`

// testPatterns are what an Automaton must take, the standard's first.
var testPatterns = []string{
	postcode,
	`^[0-9]{1,7}\.[0-9]{2}$`,
	`^[0-9]{1,2}\.[0-9]{1,2}$`,
	`^(ab|a[0-9]+|[^x-z]{2,3})*$`,
	`^.{4,6}$`,
	`^(?s:.){4,6}$`,
	`^[^\n\r\x{85}\x{2028}\x{2029}]{1,5}$`,
	`^(?i:kilo|ß)$`,
	`^é+[à-ÿ]?\x{FFFD}?$`,
	`^[0-9]{4}-[0-9]{2}$`,
	`^$`,
	`^(a?){3}b*$`,
}

var testSets = [][]string{
	{},
	{"1", "2", "X", "y", "\x00", "\xff", "", "1"},
	{"01", "02", "ZZ", "a\x00", "\x00\x00", "é"},
	{"1", "01", "0", "00", "000", "\x00", "\x00\x00\x00", "abc", "ABCDEFGH", "ABCDEFGI", "BCDEFGH\x00"},
	{"A", "AB", "ABCDEFGHI", "ABCDEFGHJ", "XBCDEFGHI", "0123456789abcdef", "0123456789abcdefg", "0123456_789abcdefg", "NCBPS05C/OP_COMMUNICATION"},
}

var testScales = []Scale{
	{Concept: "718431003", Known: true, Low: "0.0", High: "40.0", Decimals: 1},
	{Concept: "910211000000103", Known: true, Low: "-2", High: "2", Decimals: 0},
	{Concept: "445455005", Known: true, Low: "5", High: "21", Decimals: 2},
	{Concept: "763264000", Known: true, Values: []string{"0", "1", "2", "9", "NA", "999"}},
	{Concept: "714350005", Known: false, Low: "", High: ""},
	{Concept: "1354561000", Known: true, Low: "-0.25", High: "123456789.5", Decimals: 3},
}

var testSchemes = []SchemeTest{{[]byte("02"), ICD10}, {[]byte("06"), SNOMED}}

func twins() []twin {
	attributes := [][]byte{[]byte("408730004"), []byte("363589002")}
	partitions := [][]byte{[]byte("00"), []byte("10")}
	dates := []string{
		"1890-01-01", "1889-12-31", "1900-02-28", "1900-02-29", "2000-02-29", "2024-02-29", "2023-02-29", "2100-02-29",
		"2400-02-29", "0001-01-01", "0000-01-01", "0000-02-29", "9999-12-31", "1899-12-30", "1970-01-01", "2026-04-31",
		"2026-13-01", "2026-00-10", "2026-01-00", "1901-01-01", "1900-12-31", "2099-12-31", "2100-01-01", "2026-09-01 00:00:00",
		"2026-09-01T00:00:00.999999999", "2026-09-01 00:00", "2026-09-01 13:05:00", "2026-09-01T24:00:00", "2026-09-01 00:00:00.",
		"2026-09-01 00:00:00.0000000000", "01/09/2026", "20260901", "2026-9-1", "2026-09-01Z", "2026-09-01 ", "2026-09-01T",
	}
	concepts := []string{
		concept("73211", "00"), concept("100", "00"), concept("10", "00"), concept("103119036"+"100000", "10"), concept("1000000000"+"00000", "10"),
		concept("1000000000"+"000000", "10"), concept("73211", "01"), concept("73211", "11"), "000000", "00000",
	}
	expressions := []string{
		concepts[0] + ":408730004=" + concepts[1], concepts[0] + ":363589002=" + concepts[3], concepts[0] + ":363589001=" + concepts[3],
		concepts[4] + ":408730004=" + concepts[4], concepts[4] + ":408730004=" + concepts[5], concepts[0] + "=408730004:" + concepts[1],
		concepts[0] + ":408730004=", ":408730004=", concepts[0] + " :408730004=" + concepts[1],
	}
	days := func(mark func(c *batch.Column, fail batch.Mask)) func([]byte, *batch.Column, batch.Mask) {
		return func(text []byte, c *batch.Column, fail batch.Mask) {
			Dates(text, c)
			mark(c, fail)
		}
	}
	bound := batch.Day(2000, 2, 29)
	list := []twin{
		{"Blank", []string{"a", " "}, func(_ []byte, c *batch.Column, fail batch.Mask) { Blank(c, fail) }, func(v string) bool { return v == "" }},
		{"Null", []string{"a", " "}, func(_ []byte, c *batch.Column, fail batch.Mask) { Null(c, fail) }, func(v string) bool { return v == "" }},
		{"Times", []string{"00:00:00", "23:59:59", "24:00:00", "12:60:00", "12:00:60", "09:30", "9:30", "1899-12-30 09:30", "1899-12-30T23:59:59.999", "1899-12-31 09:30",
			"1899-12-30 ", "12:00:00.", "12:00:00.1234567890", "12-00-00"},
			Times, blankOr(func(v string) bool { return !timePattern.MatchString(v) })},
		{"ValidDate", dates, days(func(c *batch.Column, fail batch.Mask) { ValidDate(c, earliestDay, fail) }), blankOr(func(v string) bool {
			day, timed := slowDate(v)
			return timed || day < earliestDay
		})},
		{"ValidMoment", dates, days(func(c *batch.Column, fail batch.Mask) { ValidMoment(c, earliestDay, fail) }), blankOr(func(v string) bool {
			day, _ := slowDate(v)
			return day < earliestDay
		})},
		{"NotBefore", dates, days(func(c *batch.Column, fail batch.Mask) { NotBefore(c, bound, fail) }), func(v string) bool {
			day, _ := slowDate(v)
			return day > batch.Unreadable && day < bound
		}},
		{"NotAfter", dates, days(func(c *batch.Column, fail batch.Mask) { NotAfter(c, bound, fail) }), func(v string) bool {
			day, _ := slowDate(v)
			return day > batch.Unreadable && day > bound
		}},
		{"ValidTimestamp", append([]string{
			"2024-02-29T23:59:59Z", "2023-02-29T00:00:00Z", "2400-02-29T00:00:00Z", "2000-02-29T00:00:00+01:00", "2100-02-29T00:00:00-00:00", "1890-01-01T00:00:00+00:00",
			"1889-12-31T23:59:59Z", "2026-09-01T10:00:00", "2026-09-01T10:00:00.0Z", "2026-09-01T10:00:00-01:00", "2026-09-01 10:00:00Z", "2026-09-01T24:00:00Z", "2026-09-01T10:00Z",
		}, dates...),
			func(text []byte, c *batch.Column, fail batch.Mask) { ValidTimestamp(text, c, earliestDay, fail) },
			blankOr(func(v string) bool { return !slowTimestamp(v) })},
		{"NHSNumber", []string{"9990000000", "9990000018", "9991119990", "9999999999", "9990000999", "999000001", "99900000181", "9990000050", "9990000140"},
			NHSNumber, blankOr(func(v string) bool { return !slowNHSNumber(v) })},
		{"Snomed", append(expressions, concepts...),
			func(text []byte, c *batch.Column, fail batch.Mask) {
				Snomed(text, c, 6, 56, attributes, partitions, fail)
			},
			blankOr(func(v string) bool { return !slowSnomed(v) })},
		{"SnomedConcept", concepts,
			func(text []byte, c *batch.Column, fail batch.Mask) {
				for row, cell := range c.Cells {
					if !SnomedConcept(bytesOf(text, cell)) {
						fail.Set(row)
					}
				}
			},
			func(v string) bool { return !slowConcept(v) }},
	}
	for _, l := range [][2]int{{0, 4}, {1, 1}, {2, 2}, {1, 20}, {6, 18}, {3, 8}, {5, 9}, {20, 30}} {
		isDigits := slowDigits(l[0], l[1])
		list = append(list,
			twin{fmt.Sprintf("Length %d-%d", l[0], l[1]), []string{"éé", "A\nB", "A\u2028", "\r", "\u0085", "12345678", "123456789", "abcdefghijklmnopqrstuvwx", "\x80\xff", "\x7f"},
				func(text []byte, c *batch.Column, fail batch.Mask) { Length(text, c, l[0], l[1], fail) },
				blankOr(func(v string) bool { return !slowLength(v, l[0], l[1]) })},
			twin{fmt.Sprintf("Digits %d-%d", l[0], l[1]), []string{"0", "12", "1234567", "12345678", "123456789", "1234567890123456", "12345678901234567", "123456789012345678", "1234567890123456789", "-1", "1.5", "１", "/:", "12345678x12345678"},
				func(text []byte, c *batch.Column, fail batch.Mask) { Digits(text, c, l[0], l[1], fail) },
				blankOr(func(v string) bool { return !isDigits(v) })})
	}
	for _, p := range testPatterns {
		a, re := must(NewAutomaton(p)), regexp.MustCompile(p)
		seeds := []string{"LS1 4AP", "SW1A  1AA", "b33\t8th", "12.34", "1234567.00", "a1", "abab", "kilo", "\u212Ailo", "ß", "ẞ", "é", "éÿ\xff", "abcd", "ab\ncd", "2024-01", "aaabbb", "\u2028"}
		list = append(list,
			twin{"Match " + p, seeds, func(text []byte, c *batch.Column, fail batch.Mask) { Match(text, c, a, fail) },
				blankOr(func(v string) bool { return !re.MatchString(v) })},
			twin{"MatchFilled " + p, seeds, func(text []byte, c *batch.Column, fail batch.Mask) { MatchFilled(text, c, a, fail) },
				func(v string) bool { return v == "" || !re.MatchString(v) }})
	}
	// A day has too many values for a mask: its bits are compared one by one.
	for bit := range 23 {
		of := func(day int32) bool { return day>>bit&1 != 0 }
		list = append(list,
			twin{fmt.Sprint("Dates bit ", bit), dates, days(func(c *batch.Column, fail batch.Mask) {
				for row, day := range c.Days {
					if of(day) {
						fail.Set(row)
					}
				}
			}), func(v string) bool { day, _ := slowDate(v); return of(day) }},
			twin{fmt.Sprint("TimestampDates bit ", bit), dates, func(text []byte, c *batch.Column, fail batch.Mask) {
				TimestampDates(text, c)
				for row, day := range c.Days {
					if of(day) {
						fail.Set(row)
					}
				}
			}, func(v string) bool { return of(slowTimestampDate(v)) }})
	}
	for i, codes := range testSets {
		set := NewCodeSet(codes)
		list = append(list,
			twin{fmt.Sprint("In ", i), append(neighbours(codes), "1\x00", "\x00\x00", "01\x00", "\x7f\x7f", "0123456x789abcdefg"),
				func(text []byte, c *batch.Column, fail batch.Mask) { In(text, c, set, fail) },
				blankOr(func(v string) bool { return !slices.Contains(codes, v) })},
			twin{fmt.Sprint("Has ", i), codes,
				func(text []byte, c *batch.Column, fail batch.Mask) {
					for row, cell := range c.Cells {
						if !set.Has(bytesOf(text, cell)) {
							fail.Set(row)
						}
					}
				},
				func(v string) bool { return v == "" || !slices.Contains(codes, v) }})
	}
	for _, v := range []string{"Y", "01", "12345678", "123456789", "\x00"} {
		list = append(list, twin{"EqualConst " + strconv.Quote(v), []string{v, v + "\x00", v + "0", v[:len(v)-1]},
			func(text []byte, c *batch.Column, out batch.Mask) { EqualConst(text, c, []byte(v), out) },
			func(w string) bool { return w == v }})
	}
	return list
}

// A pair is a kernel of two columns and its twin.
type pair struct {
	name  string
	a, b  []string // seeds
	mark  func(text []byte, a, b *batch.Column, fail batch.Mask)
	fails func(a, b string) bool
}

func pairs() []pair {
	dates := []string{"2026-01-01", "2026-01-02", "2025-12-31", "0001-01-01", "9999-12-31", "2026-02-30", "x"}
	words := []string{"A", "B", "12345678", "123456789", "12345678X", "éé"}
	var scores, concepts []string
	for _, s := range testScales {
		concepts = append(concepts, s.Concept)
		scores = append(append(scores, s.Low, s.High), s.Values...)
	}
	scores = append(scores, "-1", "-0", "-3", "00", "05", "0.5", "40.0", "40.1", "40.00", "20.99", "4.99", "5.00", ".5", "5.", "1e1", "123456789.501", "1234567890", "123456789.5", "-0.25", "-0.251", "+1", "-")
	concepts = append(concepts, "718431004", "1")
	scales := must(NewScales(testScales))
	codes := []string{"F20", "F200", "F20.0", "F20.01", "F20.001", "éééé", "éé", "A\nBC", concept("73211", "00"), concept("73211", "01")}
	list := []pair{
		{"EqualColumns", words, words, EqualColumns, func(a, b string) bool { return a != "" && a == b }},
		{"SchemeCode", codes, []string{"02", "06", "01", "2"},
			func(text []byte, a, b *batch.Column, fail batch.Mask) { SchemeCode(text, a, b, testSchemes, fail) },
			func(a, b string) bool {
				n := utf8.RuneCountInString(a)
				return a != "" && (b == "02" && (n < 4 || n > 6) || b == "06" && !slowConcept(a))
			}},
		{"AssessmentScore", scores, concepts,
			func(text []byte, a, b *batch.Column, fail batch.Mask) { AssessmentScore(text, a, b, scales, fail) },
			func(a, b string) bool {
				i := slices.IndexFunc(testScales, func(s Scale) bool { return s.Concept == b })
				return a != "" && i >= 0 && !slowScore(a, testScales[i])
			}},
		{"AssessmentCode", scores, concepts,
			func(text []byte, a, b *batch.Column, fail batch.Mask) { AssessmentCode(text, b, scales, fail) },
			func(a, b string) bool {
				return b != "" && !slices.ContainsFunc(testScales, func(s Scale) bool { return s.Concept == b })
			}},
	}
	for _, offset := range []int32{-1, 0, 1, 400} {
		order := func(a, b string) (f, g int64, known bool) {
			x, _ := slowDate(a)
			y, _ := slowDate(b)
			return int64(x), int64(y), x > batch.Unreadable && y > batch.Unreadable
		}
		list = append(list,
			pair{fmt.Sprint("NotBeforeColumn ", offset), dates, dates,
				func(text []byte, a, b *batch.Column, fail batch.Mask) {
					Dates(text, a)
					Dates(text, b)
					NotBeforeColumn(a, b, offset, fail)
				},
				func(a, b string) bool {
					f, g, known := order(a, b)
					return known && f < g+int64(offset)
				}},
			pair{fmt.Sprint("NotAfterColumn ", offset), dates, dates,
				func(text []byte, a, b *batch.Column, fail batch.Mask) {
					Dates(text, a)
					Dates(text, b)
					NotAfterColumn(a, b, offset, fail)
				},
				func(a, b string) bool {
					f, g, known := order(a, b)
					return known && f > g+int64(offset)
				}})
	}
	return list
}

// odds are bytes that sit next to a border of some kernel.
const odds = "0123456789:-/.T Zz+=@AFaf\x00\x01\x1f\x7f\x80\x85\xc2\xe2\xa8\xff\n\r"

// someValue makes a value: a seed, a seed with a change, or anything.
func someValue(r *rand.Rand, seeds []string) string {
	var v []byte
	switch k := r.IntN(10); {
	case k < 3:
		return ""
	case k < 8 && len(seeds) > 0:
		v = []byte(seeds[r.IntN(len(seeds))])
		if k == 3 {
			return string(v)
		}
	default:
		for range r.IntN(1 << r.IntN(6)) {
			v = append(v, odds[r.IntN(len(odds))])
		}
	}
	for range r.IntN(3) {
		i := r.IntN(len(v) + 1)
		switch r.IntN(4) {
		case 0:
			v = slices.Insert(v, i, odds[r.IntN(len(odds))])
		case 1:
			if i < len(v) {
				v = slices.Delete(v, i, i+1)
			}
		case 2:
			if i < len(v) {
				v[i] = odds[r.IntN(len(odds))]
			}
		case 3:
			if i < len(v) && v[i] >= '0' && v[i] <= '9' {
				v[i] = '0' + byte(r.IntN(10))
			}
		}
	}
	return string(v)
}

// compareTwin runs a kernel over the values, in the places they have in some
// text, and its twin over each; a mark that was there before must stay.
// neighbours returns the codes, and each with one bit of one byte turned.
func neighbours(codes []string) (list []string) {
	list = slices.Clone(codes)
	for _, code := range codes {
		for bit := range 8 * len(code) {
			v := []byte(code)
			v[bit/8] ^= 1 << (bit % 8)
			list = append(list, string(v))
		}
	}
	return list
}

// compareTwin returns the number of rows on which the kernel and its twin
// differ.
func compareTwin(t *testing.T, k twin, values []string) (differ int) {
	t.Helper()
	text, c := column(values...)
	got := batch.NewMask(len(values))
	k.mark(text, c, got)
	for row, v := range values {
		if want := k.fails(v); got.Has(row) != want {
			differ++
			t.Errorf("%s: row %d of %d, %q: marked %t, want %t", k.name, row, len(values), v, !want, want)
		}
	}
	checkMask(t, k.name, got, len(values))
	return differ
}

func comparePair(t *testing.T, k pair, as, bs []string) (differ int) {
	t.Helper()
	text, c := column(append(slices.Clone(as), bs...)...)
	a, b := &batch.Column{Cells: c.Cells[:len(as)], Odd: c.Odd}, &batch.Column{Cells: c.Cells[len(as):], Odd: c.Odd}
	got := batch.NewMask(len(as))
	k.mark(text, a, b, got)
	for row := range as {
		if want := k.fails(as[row], bs[row]); got.Has(row) != want {
			differ++
			t.Errorf("%s: row %d of %d, %q and %q: marked %t, want %t", k.name, row, len(as), as[row], bs[row], !want, want)
		}
	}
	checkMask(t, k.name, got, len(as))
	return differ
}

// checkMask holds a kernel to the mask's own rule.
func checkMask(t *testing.T, name string, m batch.Mask, rows int) {
	t.Helper()
	for r := range m.Rows {
		if r >= rows {
			t.Errorf("%s marked row %d of %d", name, r, rows)
		}
	}
}

var evidence = flag.String("evidence", "", "write what TestTwins compared, by kernel, to `FILE` as JSON")

// compared is how many values a kernel and its twin judged, and on how many
// they differ.
type compared struct{ Agree, Differ int }

func TestTwins(t *testing.T) {
	var r *rand.Rand
	seed := func(name string) { // so that a new twin changes nothing for the others
		h := fnv.New64a()
		h.Write([]byte(name))
		r = rand.New(rand.NewPCG(h.Sum64(), 11))
	}
	rounds := 30
	if testing.Short() {
		rounds = 3
	}
	some := func(n int, seeds []string) []string {
		values := make([]string, n)
		for i := range values {
			values[i] = someValue(r, seeds)
		}
		return values
	}
	all := map[string]compared{}
	add := func(name string, rows, differ int) {
		kernel, _, _ := strings.Cut(name, " ")
		c := all[kernel]
		all[kernel] = compared{c.Agree + rows - differ, c.Differ + differ}
	}
	for _, k := range twins() {
		seed(k.name)
		one := func(values []string) { add(k.name, len(values), compareTwin(t, k, values)) }
		one(nil)
		one(k.seeds)
		for range rounds {
			one(some(r.IntN(300), k.seeds))
		}
	}
	for _, k := range pairs() {
		seed(k.name)
		one := func(as, bs []string) { add(k.name, len(as), comparePair(t, k, as, bs)) }
		for _, a := range k.a {
			for _, b := range k.b {
				one([]string{a, a, ""}, []string{b, "", b})
			}
		}
		for range rounds {
			n := r.IntN(300)
			one(some(n, k.a), some(n, k.b))
		}
	}
	if *evidence != "" {
		data, err := json.Marshal(all)
		if err == nil {
			err = os.WriteFile(*evidence, data, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzTwins gives the rows of one column, divided by byte 0x1e, to one kernel
// and its twin; to a kernel of two columns, the two halves of the rows.
func FuzzTwins(f *testing.F) {
	singles, doubles := twins(), pairs()
	for i, k := range singles {
		f.Add(uint8(i), strings.Join(k.seeds, "\x1e"))
	}
	for i, k := range doubles {
		f.Add(uint8(len(singles)+i), strings.Join(append(slices.Clone(k.a), k.b...), "\x1e"))
	}
	f.Fuzz(func(t *testing.T, which uint8, rows string) {
		values := strings.Split(rows, "\x1e")
		if len(values) > 200 || len(rows) > 4000 {
			return
		}
		i := int(which) % (len(singles) + len(doubles))
		if i < len(singles) {
			compareTwin(t, singles[i], values)
			return
		}
		half := len(values) / 2
		comparePair(t, doubles[i-len(singles)], values[:half], values[half:2*half])
	})
}
