package check

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mhsds/validate/batch"
)

func TestBlank(t *testing.T) {
	checkRows(t, "A|!|  |0|!|!|é", func(_ []byte, c *batch.Column, fail batch.Mask) { Blank(c, fail) })
}

func TestBlankTyped(t *testing.T) {
	c := &batch.Column{Stamps: []batch.Stamp{{Day: 0}, batch.NullStamp, {Day: batch.ZeroDay, Second: 60}}, Cells: make([]batch.Cell, 3)}
	got := batch.NewMask(3)
	Blank(c, got)
	if want := (batch.Mask{1 << 1}); !got.Equal(want) {
		t.Errorf("marked %v, want %v", marked(got), marked(want))
	}
}

func TestLength(t *testing.T) {
	tests := []struct {
		name   string
		lo, hi int
		rows   string // rows divided by |; a trailing ! means "must be marked"
	}{
		{"at the limits", 2, 4, "AB|ABC|ABCD"},
		{"one past each limit", 2, 4, "A!|ABCDE!"},
		{"blank passes", 2, 4, "||AB"},
		{"no lower limit", 0, 4, "|A|ABCD|ABCDE!"},
		{"exact length", 3, 3, "ABC|AB!|ABCD!"},
		{"any character is allowed", 1, 5, "a b|<>&|\x00|\x7f"},
		{"characters, not bytes", 1, 2, "éé|ééé!|日本|日本語!|\U0001F600\U0001F600"},
		{"characters bound from below too", 3, 9, "éé!|ééé"},
		{"a combining mark is a character of its own", 1, 1, "é|e\u0301!"},
		{"a byte that is not UTF-8 is one character", 2, 3, "\xff!|\xff\xfe|\xe2\x28\xa1|\xe2\x80|\xe2\x80\xe2\x80!"},
		{"line breaks", 1, 20, "A\nB!|\r!|A\u0085!|\u2028A!|A\u2029B!|A\vB|A\fB|A\tB"},
		{"eight bytes and nine", 8, 8, "12345678|123456789!|1234567!|éééé!"},
		{"the length of an expression", 6, 56, strings.Repeat("1", 56) + "|" + strings.Repeat("1", 57) + "!"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkRows(t, tt.rows, func(text []byte, c *batch.Column, fail batch.Mask) { Length(text, c, tt.lo, tt.hi, fail) })
		})
	}
}

// TestLengthOdd holds the two loops of Length to one answer where both apply.
func TestLengthOdd(t *testing.T) {
	text, c, want := parseRows("A!|AB|ABCD|ABCDE!||ABCDEFGHIJ!")
	for _, c.Odd = range []bool{false, true} {
		got := batch.NewMask(len(c.Cells))
		Length(text, c, 2, 4, got)
		if !got.Equal(want) {
			t.Errorf("Odd %t: marked %v, want %v", c.Odd, marked(got), marked(want))
		}
	}
}

func TestDigits(t *testing.T) {
	tests := []struct {
		name   string
		lo, hi int
		rows   string
	}{
		{"at the limits", 2, 4, "12|1234|1!|12345!"},
		{"blank passes", 1, 4, "|7"},
		{"no sign, point or space", 1, 4, "-1!|+1!|1.0!|1 2!|1,0!"},
		{"the characters next to the digits", 1, 1, "/!|0|9|:!"},
		{"other digits", 1, 9, "１!|٣!|²!"},
		{"eight and nine", 1, 18, "12345678|1234567x!|123456789|12345678x!|x23456789!"},
		{"sixteen and seventeen", 1, 18, "1234567890123456|123456789012345x!|12345678901234567|12345678x01234567!"},
		{"eighteen and nineteen", 6, 18, "123456789012345678|1234567890123456789!"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkRows(t, tt.rows, func(text []byte, c *batch.Column, fail batch.Mask) { Digits(text, c, tt.lo, tt.hi, fail) })
		})
	}
}

func TestMatch(t *testing.T) {
	tests := []struct{ name, pattern, rows string }{
		{"postcode", postcode, "LS1 4AP|SW1A 1AA|sw1a  1aa|LS14AP!|LS1 4AP !|1LS 4AP!||A1 1AA|ABC1 1AA!|A1\u00a01AA!"},
		{"decimal", `^[0-9]{1,7}\.[0-9]{2}$`, "0.00|1234567.89|12345678.90!|1.5!|1.555!|.50!|1,50!|-1.00!|12!"},
		{"version", `^[0-9]{1,2}\.[0-9]{1,2}$`, "6.0|10.12|6!|6.!|6.0.1!|v6.0!"},
		{"a negated class takes other characters", `^[^,]{2}$`, "ab|éé|a,!|日本|é!|\xff\xff"},
		{"a plain class does not", `^[a-z]{2}$`, "ab|éa!|aé!|\xffa!"},
		{"the point stops at a line feed", `^.{1,3}$`, "a\rb|a\nb!"},
		{"all but the first character there is", `^[^\x00]$`, "\x00!|\x01|A|é"},
		{"the first character there is", `^\x00$`, "\x00|\x01!|A!"},
		{"alternatives", `^(?:02|06|[A-C][0-9])$`, "02|06|A9|D1!|0!|026!"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := NewAutomaton(tt.pattern)
			if err != nil {
				t.Fatal(err)
			}
			checkRows(t, tt.rows, func(text []byte, c *batch.Column, fail batch.Mask) { Match(text, c, a, fail) })
		})
	}
}

func TestMatchFilled(t *testing.T) {
	a := must(NewAutomaton(`^[0-9]{1,7}\.[0-9]{2}$`))
	checkRows(t, "1.00|!|1!|!", func(text []byte, c *batch.Column, fail batch.Mask) { MatchFilled(text, c, a, fail) })
}

func TestNewAutomatonErrors(t *testing.T) {
	tests := []struct{ name, pattern, err string }{
		{"no anchors", `abc`, "not anchored"},
		{"no end", `^abc`, "not anchored"},
		{"no beginning", `abc$`, "not anchored"},
		{"the anchors bind less than |", `^a|b$`, "not anchored"},
		{"anchored inside", `(^a$)`, "not anchored"},
		{"a second anchor", `^(a|^b)$`, "not supported"},
		{"word boundary", `^a\b$`, "not supported"},
		{"lines", `(?m)^a$`, "not anchored"},
		{"look-ahead", `^(?!0)[0-9]$`, "invalid"},
		{"back reference", `^(a)\1$`, "invalid"},
		{"too wide", `^[ab]*a[ab]{13}$`, "states"},
		{"no pattern", `^(`, "missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := NewAutomaton(tt.pattern)
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("NewAutomaton(%q): error %v, want one with %q", tt.pattern, err, tt.err)
			}
		})
	}
}

func TestIn(t *testing.T) {
	tests := []struct {
		name  string
		codes string // divided by spaces
		rows  string
	}{
		{"one byte", "1 2 X", "1|X|x!|3!|11!||2|1\x00!"},
		{"two bytes", "01 02 ZZ", "01|02|1!|001!|zz!||ZZ|03!|é!|0102!"},
		{"two bytes and a neighbour", "07 70", "0!|7!|70|07|0!"},
		{"two bytes of one character", "é", "é|e!||É!"},
		{"leading zeros count", "1 01 001", "1|01|001|0001!|0!"},
		{"case counts", "en fr zh-hans", "en|EN!|En!|zh-hans|zh-Hans!"},
		{"seven, eight and nine", "ABCDEFG ABCDEFGH ABCDEFGHI", "ABCDEFG|ABCDEFGH|ABCDEFGHI|ABCDEF!|ABCDEFGHIJ!|ABCDEFGI!"},
		{"the same ends", "ABCDEFGH-1-ABCDEFGH ABCDEFGH-2-ABCDEFGH", "ABCDEFGH-1-ABCDEFGH|ABCDEFGH-2-ABCDEFGH|ABCDEFGH-3-ABCDEFGH!|ABCDEFGHABCDEFGH!"},
		{"the same ends of seventeen", "ABCDEFGH1ABCDEFGH", "ABCDEFGH1ABCDEFGH|ABCDEFGH2ABCDEFGH!|ABCDEFGHABCDEFGH!"},
		{"long", "NCBPS05C/OP_COMMUNICATION NCBPS08Y/DC", "NCBPS08Y/DC|NCBPS05C/OP_COMMUNICATION|NCBPS05C/OP_COMMUNICATION !|NCBPS08Y!"},
		{"no codes", "", "|A!"},
		{"a zero byte is a character", "A AB", "A\x00!|AB\x00!|\x00!|\x00\x00\x00!|A"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set := NewCodeSet(strings.Fields(tt.codes))
			checkRows(t, tt.rows, func(text []byte, c *batch.Column, fail batch.Mask) { In(text, c, set, fail) })
		})
	}
}

// TestCodeSetMany tries a set too large for a perfect table.
func TestCodeSetMany(t *testing.T) {
	codes := someConcepts(5000)
	set := NewCodeSet(codes)
	for _, code := range codes {
		if !set.Has([]byte(code)) {
			t.Fatalf("Has(%q) is false", code)
		}
		if other := code + "0"; set.Has([]byte(other)) {
			t.Fatalf("Has(%q) is true", other)
		}
	}
}

func TestValidDate(t *testing.T) {
	tests := []struct{ name, rows string }{
		{"the first day allowed", "1890-01-01|1889-12-31!|0001-01-01!|9999-12-31|"},
		{"leap days", "2024-02-29|2023-02-29!|1900-02-29!|2000-02-29|2100-02-29!|2400-02-29"},
		{"no such day", "2026-04-31!|2026-00-01!|2026-13-01!|2026-01-00!|2026-01-32!|0000-01-01!"},
		{"midnight", "2026-09-01 00:00:00|2026-09-01T00:00|2026-09-01 00:00:00.999"},
		{"a time of day", "2026-09-01 00:00:01!|2026-09-01T12:00!|2026-09-01 23:59:59!"},
		{"no time", "2026-09-01 24:00:00!|2026-09-01 !|2026-09-01 00!|2026-09-01 00:00:00.!|2026-09-01 00:00:00.1234567890!|2026-09-01x00:00!|2026-09-01T00:00Z!"},
		{"other forms", "01/09/2026!|20260901!|2026-9-1!|26-09-01!|2026-09-0!|+2026-09-01!|２026-09-01!"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkRows(t, tt.rows, func(text []byte, c *batch.Column, fail batch.Mask) {
				Dates(text, c)
				ValidDate(c, earliestDay, fail)
			})
		})
	}
}

func TestValidMoment(t *testing.T) {
	checkRows(t, "2026-09-01T12:30:00|1890-01-01 00:00|1889-12-31T23:59:59!|2026-09-01T24:00!|soon!||2026-09-01", func(text []byte, c *batch.Column, fail batch.Mask) {
		Dates(text, c)
		ValidMoment(c, earliestDay, fail)
	})
}

func TestValidTimestamp(t *testing.T) {
	tests := []struct{ name, rows string }{
		{"offsets", "2026-09-01T10:00:00Z|2026-09-01T10:00:00+00:00|2026-09-01T10:00:00+01:00|2026-09-01T10:00:00-00:00|2026-09-01T10:00:00-01:00!|2026-09-01T10:00:00z!|2026-09-01T10:00:00+0100!"},
		{"no offset, a fraction", "2026-09-01T10:00:00!|2026-09-01T10:00:00.0Z!|2026-09-01T10:00Z!|2026-09-01!"},
		{"the first day allowed, as written", "1890-01-01T00:00:00+01:00|1889-12-31T23:59:59Z!"},
		{"times", "2026-09-01T23:59:59Z|2026-09-01T24:00:00Z!|2026-09-01T10:60:00Z!|2026-09-01T10:00:60Z!|2026-09-01 10:00:00Z!|2026-09-01t10:00:00Z!"},
		{"leap years", "2024-02-29T00:00:00Z|2023-02-29T00:00:00Z!|1900-02-29T00:00:00Z!|2000-02-29T00:00:00Z|2400-02-29T00:00:00Z!|2400-02-28T00:00:00Z"},
		{"blank passes", "|2026-09-01T10:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkRows(t, tt.rows, func(text []byte, c *batch.Column, fail batch.Mask) { ValidTimestamp(text, c, earliestDay, fail) })
		})
	}
}

func TestTimes(t *testing.T) {
	tests := []struct{ name, rows string }{
		{"forms", "09:30|09:30:15|09:30:15.5|09:30:15.123456789||1899-12-30 09:30|1899-12-30T09:30:15"},
		{"limits", "00:00:00|23:59:59|24:00:00!|23:60!|23:59:60!"},
		{"other forms", "9:30!|0930!|09:30:!|09:30:15.!|09.30!|09:30:15.1234567890!|09:30Z!"},
		{"another day", "1899-12-31 09:30!|1899-12-30!|1899-12-30 !|1899-12-30x09:30!"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkRows(t, tt.rows, Times) })
	}
}

// TestTimesTyped holds that the container's own times are not looked at.
func TestTimesTyped(t *testing.T) {
	c := &batch.Column{Stamps: []batch.Stamp{{Day: 20000, Second: 5}}, Cells: make([]batch.Cell, 1)}
	got := batch.NewMask(1)
	Times(nil, c, got)
	if got.Any() {
		t.Error("a typed time was marked")
	}
}

func TestNHSNumber(t *testing.T) {
	tests := []struct{ name, rows string }{
		{"right", "9990000018|9990000026|"},
		{"check digit 11 is written 0", "9990000050"},
		{"check digit 10 is none", "9990000140!|9990000141!|9990000149!|999000014X!"},
		{"wrong check digit", "9990000017!|9990000019!"},
		{"not ten digits", "999000001!|99900000180!|999 000 0018!|999000001８!"},
		{"palindrome", "9990000999!|9994114999!|9999999999!"},
		{"a palindrome but for its ends", "9991221913"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkRows(t, tt.rows, NHSNumber) })
	}
}

func TestSnomed(t *testing.T) {
	attributes := [][]byte{[]byte("408730004"), []byte("363589002")}
	partitions := [][]byte{[]byte("00"), []byte("10")}
	short, long := concept("999", "00"), concept("999888777666555", "10") // 6 and 18 digits
	tests := []struct{ name, rows string }{
		{"concepts", "73211009|404684003|" + short + "|" + long + "|"},
		{"check digit", "73211008!|73211019!|404684004!"},
		{"digits swapped", "73211090!|37211009!"},
		{"partition of a description, a relationship, an extension's description", concept("73211", "01") + "!|" + concept("73211", "02") + "!|" + concept("73211", "11") + "!"},
		{"lengths", concept("99", "00") + "!|" + concept("9998887776665554", "10") + "!"},
		{"expression", "73211009:408730004=404684003|73211009:363589002=404684003"},
		{"attribute", "73211009:408730005=404684003!|73211009:=404684003!"},
		{"codes of an expression", "73211008:408730004=404684003!|73211009:408730004=404684004!|73211009:408730004=!|:408730004=73211009!"},
		{"length of an expression", long + ":408730004=" + long + "|" + long + ":408730004=" + long + "0!"},
		{"no terms, spaces, focus or groups", "73211009 !|Asthma!|73211009:408730004=404684003,408730004=404684003!|73211009+404684003!|73211009:{408730004=404684003}!|73211009 :408730004=404684003!"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkRows(t, tt.rows, func(text []byte, c *batch.Column, fail batch.Mask) {
				Snomed(text, c, 6, 56, attributes, partitions, fail)
			})
		})
	}
}

// TestSnomedLimits holds min and max to the expression alone.
func TestSnomedLimits(t *testing.T) {
	attributes, partitions := [][]byte{[]byte("408730004")}, [][]byte{[]byte("00")}
	checkRows(t, "73211009|73211009:408730004=404684003|404684003:408730004=404684003!", func(text []byte, c *batch.Column, fail batch.Mask) {
		Snomed(text, c, 20, 28, attributes, partitions, fail)
	})
	checkRows(t, "73211009|73211009:408730004=404684003!|404684003:408730004=404684003", func(text []byte, c *batch.Column, fail batch.Mask) {
		Snomed(text, c, 29, 56, attributes, partitions, fail)
	})
}

// pairRows reads rows of two values divided by a slash.
func pairRows(rows string) (text []byte, a, b *batch.Column, want batch.Mask) {
	var left, right []string
	lines := strings.Split(rows, "|")
	want = batch.NewMask(len(lines))
	for i, line := range lines {
		if strings.HasSuffix(line, "!") {
			line = line[:len(line)-1]
			want.Set(i)
		}
		x, y, _ := strings.Cut(line, "/")
		left, right = append(left, x), append(right, y)
	}
	text, c := column(append(left, right...)...)
	return text, &batch.Column{Cells: c.Cells[:len(left)]}, &batch.Column{Cells: c.Cells[len(left):]}, want
}

func checkPairs(t *testing.T, rows string, kernel func(text []byte, a, b *batch.Column, fail batch.Mask)) {
	t.Helper()
	text, a, b, want := pairRows(rows)
	got := batch.NewMask(len(a.Cells))
	kernel(text, a, b, got)
	if !got.Equal(want) {
		t.Errorf("rows %q: marked %v, want %v", rows, marked(got), marked(want))
	}
}

func TestSchemeCode(t *testing.T) {
	tests := []struct{ name, rows string }{
		{"ICD-10: four to six characters of any kind", "F200/02|F20.01/02|F20/02!|F20.011/02!|éééé/02|ééé/02!|éé/02!|éééééé/02|a b?/02"},
		{"SNOMED CT", "73211009/06|73211008/06!|F200/06!"},
		{"other or blank scheme", "x/01|x/|x/6|x/006"},
		{"blank code", "/02|/06|/"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkPairs(t, tt.rows, func(text []byte, a, b *batch.Column, fail batch.Mask) { SchemeCode(text, a, b, testSchemes, fail) })
		})
	}
}

func TestAssessmentScore(t *testing.T) {
	scales := must(NewScales([]Scale{
		{Concept: "1", Known: true, Low: "0.0", High: "40.0", Decimals: 1},
		{Concept: "2", Known: true, Low: "0", High: "27", Decimals: 0},
		{Concept: "3", Known: true, Low: "-2", High: "2", Decimals: 0},
		{Concept: "4", Known: true, Values: []string{"0", "1", "9", "NA"}},
		{Concept: "5"},
		{Concept: "6", Known: true, Low: "1.5", High: "999999999.5", Decimals: 2},
	}))
	tests := []struct{ name, rows string }{
		{"one decimal", "10/1|10.0/1|10.00/1!|10./1!|.5/1!|0.5/1|40.0/1|40.1/1!|41/1!"},
		{"no decimals", "0/2|27/2|28/2!|1.0/2!|-1/2!|+1/2!"},
		{"leading zeros", "00/2!|05/2!|007/2!|0/2|00.5/1!|-01/3!"},
		{"negative", "-2/3|-3/3!|2/3|3/3!|-0/3|-/3!|--1/3!"},
		{"digits only", "1e1/1!|1 /2!|1,5/1!|x/2!|１/2!|1x/2!|1.x/1!"},
		{"values", "0/4|9/4|NA/4|na/4!|8/4!|00/4!|1.0/4!"},
		{"compared as decimals", "1.49/6!|1.5/6|1.50/6|999999999.50/6|999999999.51/6!|1000000000/6!|99999999999999999999/6!|184467440737095526/6!"},
		{"values not known", "x/5|-99/5"},
		{"concept not known", "x/7|x/01"},
		{"blank", "/1|x/|/"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkPairs(t, tt.rows, func(text []byte, a, b *batch.Column, fail batch.Mask) { AssessmentScore(text, a, b, scales, fail) })
		})
	}
}

func TestAssessmentCode(t *testing.T) {
	scales := must(NewScales(testScales))
	checkRows(t, "718431003|718431004!||714350005|1!", func(text []byte, c *batch.Column, fail batch.Mask) { AssessmentCode(text, c, scales, fail) })
}

func TestNewScalesErrors(t *testing.T) {
	good := Scale{Concept: "1", Known: true, Low: "0", High: "9"}
	tests := []struct {
		name   string
		change func(s *Scale)
		err    string
	}{
		{"no concept", func(s *Scale) { s.Concept = "" }, "no concept"},
		{"no bounds", func(s *Scale) { s.Low = "" }, "not decimal"},
		{"no number", func(s *Scale) { s.High = "9x" }, "not decimal"},
		{"no digits after the point", func(s *Scale) { s.High = "9." }, "not decimal"},
		{"no digits before the point", func(s *Scale) { s.High = ".9" }, "not decimal"},
		{"too large", func(s *Scale) { s.High = "1234567890" }, "more than 9 digits"},
		{"too fine", func(s *Scale) { s.High = "1.1234567890" }, "more than 9 decimals"},
		{"decimals", func(s *Scale) { s.Decimals = 10 }, "10 decimals"},
		{"low above high", func(s *Scale) { s.Low = "9.1" }, "above"},
		{"twice", nil, "given twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list := []Scale{good, good}
			if tt.change != nil {
				tt.change(&list[0])
				list = list[:1]
			}
			_, err := NewScales(list)
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want one with %q", err, tt.err)
			}
		})
	}
}

func TestDateOrder(t *testing.T) {
	bound := batch.Day(2026, 3, 31)
	tests := []struct {
		name, rows string
		mark       func(c *batch.Column, fail batch.Mask)
	}{
		{"not before", "2026-03-30!|2026-03-31|2026-04-01||soon|2026-03-31 12:00", func(c *batch.Column, fail batch.Mask) { NotBefore(c, bound, fail) }},
		{"not after", "2026-03-30|2026-03-31|2026-04-01!||soon|2026-03-31 12:00", func(c *batch.Column, fail batch.Mask) { NotAfter(c, bound, fail) }},
		{"not before nothing", "0001-01-01|9999-12-31|soon|", func(c *batch.Column, fail batch.Mask) {
			NotBefore(c, batch.Null, fail)
			NotBefore(c, batch.Unreadable, fail)
		}},
		{"not after nothing", "0001-01-01|9999-12-31|soon|", func(c *batch.Column, fail batch.Mask) {
			NotAfter(c, batch.Null, fail)
			NotAfter(c, batch.Unreadable, fail)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkRows(t, tt.rows, func(text []byte, c *batch.Column, fail batch.Mask) {
				Dates(text, c)
				tt.mark(c, fail)
			})
		})
	}
}

func TestDateOrderColumns(t *testing.T) {
	after := func(offset int32) func([]byte, *batch.Column, *batch.Column, batch.Mask) {
		return func(text []byte, a, b *batch.Column, fail batch.Mask) {
			Dates(text, a)
			Dates(text, b)
			NotAfterColumn(a, b, offset, fail)
		}
	}
	before := func(offset int32) func([]byte, *batch.Column, *batch.Column, batch.Mask) {
		return func(text []byte, a, b *batch.Column, fail batch.Mask) {
			Dates(text, a)
			Dates(text, b)
			NotBeforeColumn(a, b, offset, fail)
		}
	}
	tests := []struct {
		name, rows string
		mark       func(text []byte, a, b *batch.Column, fail batch.Mask)
	}{
		{"not after", "2026-01-02/2026-01-02|2026-01-03/2026-01-02!|2026-01-01/2026-01-02", after(0)},
		{"not after the next day", "2026-01-03/2026-01-02|2026-01-04/2026-01-02!", after(1)},
		{"not before", "2026-01-02/2026-01-02|2026-01-03/2026-01-02|2026-01-01/2026-01-02!", before(0)},
		{"not before the day before", "2026-01-01/2026-01-02|2025-12-31/2026-01-02!", before(-1)},
		{"no date on either side: after", "/2026-01-02|2026-01-02/|/|x/2026-01-02|2026-01-02/x|x/x", after(0)},
		{"no date on either side: before", "/2026-01-02|2026-01-02/|/|x/2026-01-02|2026-01-02/x|x/x", before(0)},
		{"the ends of time", "0001-01-01/9999-12-31|9999-12-31/0001-01-01!", after(-1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkPairs(t, tt.rows, tt.mark) })
	}
}

func TestEqualConst(t *testing.T) {
	tests := []struct{ name, v, rows string }{
		{"short", "01", "01!|1|011|!x||01\x00"},
		{"eight", "ABCDEFGH", "ABCDEFGH!|ABCDEFG|ABCDEFGHI|ABCDEFGI"},
		{"long", "ABCDEFGHI", "ABCDEFGHI!|ABCDEFGH|ABCDEFGHJ|"},
		{"nothing is equal to no value", "", "|A"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkRows(t, tt.rows, func(text []byte, c *batch.Column, out batch.Mask) { EqualConst(text, c, []byte(tt.v), out) })
		})
	}
}

func TestEqualColumns(t *testing.T) {
	checkPairs(t, "A/A!|A/a|/|A/|/A|ABCDEFGHIJ/ABCDEFGHIJ!|ABCDEFGHIJ/ABCDEFGHIK|AB/ABC", EqualColumns)
}

// TestKernelsAdd holds every kernel to adding marks: it clears none, and marks
// nothing past the last row of a mask of several words.
func TestKernelsAdd(t *testing.T) {
	for _, k := range twins() {
		seeds := append([]string{"", "x"}, k.seeds...)
		for _, n := range []int{1, 63, 64, 65, 130} {
			values := make([]string, n)
			for i := range values {
				values[i] = seeds[i%len(seeds)]
			}
			text, c := column(values...)
			alone, shared := batch.NewMask(n), batch.NewMask(n)
			for row := 0; row < n; row += 3 {
				shared.Set(row)
			}
			want := append(batch.Mask{}, shared...)
			k.mark(text, c, alone)
			k.mark(text, c, shared)
			want.Or(alone)
			if !shared.Equal(want) {
				t.Errorf("%s, %d rows: %s", k.name, n, cmp.Diff(marked(want), marked(shared)))
			}
		}
	}
}

// TestShortMask holds that a mask of too few rows stops the program rather
// than let rows pass unseen.
func TestShortMask(t *testing.T) {
	text, c := column(make([]string, 65)...)
	defer func() {
		if recover() == nil {
			t.Error("a mask of 64 rows was taken for 65")
		}
	}()
	Length(text, c, 1, 2, batch.NewMask(64))
}

// TestHotPathAllocs holds every kernel, over good and bad rows, to no
// allocation once the column has grown.
func TestHotPathAllocs(t *testing.T) {
	for _, k := range twins() {
		text, c := column(k.seeds...)
		fail := batch.NewMask(len(k.seeds))
		k.mark(text, c, fail)
		if n := testing.AllocsPerRun(20, func() {
			c.HasDays = false
			k.mark(text, c, fail)
		}); n != 0 {
			t.Errorf("%s allocates %v times a batch, want 0", k.name, n)
		}
	}
	for _, k := range pairs() {
		n := min(len(k.a), len(k.b))
		text, c := column(append(append([]string{}, k.a[:n]...), k.b[:n]...)...)
		a, b := &batch.Column{Cells: c.Cells[:n]}, &batch.Column{Cells: c.Cells[n:]}
		fail := batch.NewMask(n)
		k.mark(text, a, b, fail)
		if n := testing.AllocsPerRun(20, func() {
			a.HasDays, b.HasDays = false, false
			k.mark(text, a, b, fail)
		}); n != 0 {
			t.Errorf("%s allocates %v times a batch, want 0", k.name, n)
		}
	}
}

// TestFirstSlots: of a set of some dozens of codes all, or all but one, stand where the search
// for it begins, of a larger one most do, and at least half of the slots are
// empty, so that a search for what is no code ends soon.
func TestFirstSlots(t *testing.T) {
	for _, n := range []int{1, 2, 3, 10, 40, 100, 128, 129, 1000, 20_000} {
		for name, code := range map[string]func(i int) string{
			"two characters":   func(i int) string { return string([]byte{byte('0' + i>>7&127), byte(i & 127)}) },
			"numbers":          func(i int) string { return fmt.Sprintf("%03d", i) },
			"long numbers":     func(i int) string { return fmt.Sprint(700_000_000_000_000 + 7919*i) },
			"with one tail":    func(i int) string { return fmt.Sprintf("%05d-and-so-on", i) },
			"with one head":    func(i int) string { return fmt.Sprintf("and-so-on-%05d", i) },
			"of either length": func(i int) string { return fmt.Sprint(i * i * i * i) },
		} {
			if n > 8000 && name == "two characters" {
				continue
			}
			var codes []string
			for i := range n {
				codes = append(codes, code(i))
			}
			s := NewCodeSet(codes)
			elsewhere := 0
			for k, code := range s.codes {
				if slot := s.slots[s.first(endsOf([]byte(code)))]; slot.size>>32 != uint64(k) {
					elsewhere++
				}
			}
			most := 1
			if n > 128 {
				most = n / 2
			}
			if elsewhere > most || len(s.slots) < 2*n {
				t.Errorf("%d codes, %s: %d stand elsewhere, in %d slots", n, name, elsewhere, len(s.slots))
			}
		}
	}
}
