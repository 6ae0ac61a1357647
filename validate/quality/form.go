package quality

import (
	"fmt"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/finding"
)

// How values are written: what a spreadsheet does to them, and codes in the
// wrong letter case. A value is told by what it would be otherwise:
//
//	lost zeros     2          02 is a code of the field's list, 2 is none
//	               999000001  with zeros before it, it is an NHS number
//	exponent       1.23E+15   one digit, a fraction or none, E, a sign, 2 or 3 digits
//	serial date    45901      a field of dates, 10000 to 60000: 1927 to 2064
//	letter case    a          A is a code of the field's list, a is none
//
// Values of typed columns have none of these forms. Nearly every value is seen
// to be in order by one look-up or two bytes.

// A formKind is a fault of form.
type formKind uint8

const (
	sound formKind = iota
	padded
	lostZeros
	exponent
	serialDate
	letterCase
	formKinds
)

// check is the kind's name in the dictionary.
func (k formKind) check() string {
	switch k {
	case padded:
		return dictionary.FormPadding
	case lostZeros:
		return dictionary.FormLostZeros
	case exponent:
		return dictionary.FormExponent
	case serialDate:
		return dictionary.FormSerialDate
	case letterCase:
		return dictionary.FormLetterCase
	}
	return ""
}

// A formTest looks at the values of a column.
type formTest struct {
	field  int
	dates  bool
	number bool // of NHS numbers

	// Of a field with a code list.
	codes  *textSet
	prefix string          // values that begin with it are in order
	bare   map[string]bool // codes without the zeros that they begin with
	folded map[string]bool // codes in capitals
}

// A formCount counts values of a column, from the first row that has one.
type formCount struct{ count, first int }

// formCounts are those of a column, by kind.
type formCounts [formKinds]formCount

func (c *formCounts) add(k formKind, row, n int) {
	if c[k].count == 0 {
		c[k].first = row
	}
	c[k].count += n
}

// forms compiles the tests of a dictionary whose rules ask for them.
func (o *Observer) forms() {
	o.formRules = [formKinds]*dictionary.Rule{}
	any := false
	for i := range o.d.Rules {
		r := &o.d.Rules[i]
		if r.Kind != dictionary.Container || r.Unchecked != "" {
			continue
		}
		for k := padded; k < formKinds; k++ {
			if k.check() == r.Check {
				o.formRules[k] = r
				any = any || r.OfForm()
			}
		}
	}
	if !any {
		return
	}
	for i := range o.tables {
		t := &o.d.Tables[i]
		for f := range t.Fields {
			switch t.Fields[f].Type {
			case dictionary.Text, dictionary.Number:
				o.tables[i].forms = append(o.tables[i].forms, formTest{field: f})
			case dictionary.Date, dictionary.DateTime:
				o.tables[i].forms = append(o.tables[i].forms, formTest{field: f, dates: true})
			}
		}
	}
	codes := make(map[*formTest][]string)
	for i := range o.d.Rules {
		r := &o.d.Rules[i]
		if r.Unchecked != "" || r.Status == dictionary.PipelineOnly {
			continue
		}
		t := o.formTest(r)
		switch l := o.d.List(r.List); {
		case t == nil || t.dates:
		case r.Kind == dictionary.NHSNumber:
			t.number = true
		case r.Kind == dictionary.InSet && l != nil:
			for _, c := range l.Codes {
				codes[t] = append(codes[t], c.Code)
			}
			codes[t] = append(codes[t], r.Defaults...)
			if r.Prefix != "" {
				t.prefix = r.Prefix
			}
		}
	}
	for t, list := range codes {
		t.know(list)
	}
}

// formTest is the test of the field that the rule is about, nil for none.
func (o *Observer) formTest(r *dictionary.Rule) *formTest {
	t := o.d.Table(r.Table)
	if t == nil || t == &o.d.Context || r.Field == "" {
		return nil
	}
	f := t.Index(r.Field)
	for i := range o.tables[t.Position-1].forms {
		if x := &o.tables[t.Position-1].forms[i]; x.field == f {
			return x
		}
	}
	return nil
}

// know gives the test the codes of its field.
func (t *formTest) know(codes []string) {
	t.codes = newTextSet(codes)
	t.bare, t.folded = make(map[string]bool), make(map[string]bool)
	for _, c := range codes {
		bare := c
		for len(bare) > 1 && bare[0] == '0' {
			bare = bare[1:]
		}
		if bare != c && digits([]byte(c)) {
			t.bare[bare] = true
		}
		t.folded[string(capitals(nil, []byte(c)))] = true
	}
}

// look counts the faults of form of a batch, whose first row is base.
func (s *sight) form(tests []formTest, b *batch.Batch) {
	for i := range tests {
		t, c := &tests[i], &b.Columns[tests[i].field]
		if c.Padded > 0 {
			s.forms[i].add(padded, s.rows+c.PaddedRow, c.Padded)
		}
		switch {
		case c.Typed():
		case t.dates:
			s.serials(t, b, &s.forms[i])
		case t.codes != nil:
			for row, cell := range c.Cells[:b.Rows] {
				n := cell.Len()
				if n == 0 || t.codes.has(b.Text, cell.Offset(), n) {
					continue
				}
				if k := t.judge(s, b.Text[cell.Offset():cell.Offset()+n]); k != sound {
					s.forms[i].add(k, s.rows+row, 1)
				}
			}
		default:
			for row, cell := range c.Cells[:b.Rows] {
				n := cell.Len()
				if n < shortestExponent {
					continue
				}
				v := b.Text[cell.Offset() : cell.Offset()+n]
				switch {
				case sign(v[n-3]) || sign(v[n-4]):
					if isExponent(v) {
						s.forms[i].add(exponent, s.rows+row, 1)
					}
				case t.number && n < len("9990000018") && shortNumber(v):
					s.forms[i].add(lostZeros, s.rows+row, 1)
				}
			}
		}
	}
}

// serials counts dates that are numbers of days.
func (s *sight) serials(t *formTest, b *batch.Batch, counts *formCounts) {
	c := &b.Columns[t.field]
	for row, cell := range c.Cells[:b.Rows] {
		n := cell.Len()
		if n < 5 || c.HasDays && c.Days[row] != batch.Unreadable {
			continue
		}
		if isSerial(b.Text[cell.Offset() : cell.Offset()+n]) {
			counts.add(serialDate, s.rows+row, 1)
		}
	}
}

// judge says what is wrong with a value that is no code of the field.
func (t *formTest) judge(s *sight, v []byte) formKind {
	switch {
	case t.prefix != "" && len(v) >= len(t.prefix) && string(v[:len(t.prefix)]) == t.prefix:
		return sound
	case isExponent(v):
		return exponent
	case t.bare[string(v)]:
		return lostZeros
	}
	s.buffer = capitals(s.buffer[:0], v)
	if t.folded[string(s.buffer)] {
		return letterCase
	}
	return sound
}

// shortestExponent is the length of 1E+15.
const shortestExponent = 5

func sign(c byte) bool { return c == '+' || c == '-' }

// isExponent reports whether v is a number as a spreadsheet writes long ones.
func isExponent(v []byte) bool {
	if len(v) > 0 && v[0] == '-' {
		v = v[1:]
	}
	n := len(v)
	if n < shortestExponent {
		return false
	}
	e := n - 4 // of E+15
	if sign(v[n-4]) {
		e--
	}
	if v[e] != 'E' && v[e] != 'e' || !sign(v[e+1]) || !digits(v[e+2:]) || !digits(v[:1]) {
		return false
	}
	return e == 1 || (v[1] == '.' || v[1] == ',') && digits(v[2:e])
}

// isSerial reports whether v is a number of days as a spreadsheet keeps dates,
// of the years 1927 to 2064, with a time of day or without.
func isSerial(v []byte) bool {
	if len(v) < 5 || !digits(v[:5]) || v[0] == '0' || v[0] > '6' || v[0] == '6' && string(v[1:5]) != "0000" {
		return false
	}
	return len(v) == 5 || v[5] == '.' && digits(v[6:])
}

// shortNumber reports whether v is an NHS number that lacks up to three zeros
// before it: seven to nine digits, of which the last checks the others.
func shortNumber(v []byte) bool {
	if len(v) < 7 || len(v) > 9 || v[0] == '0' || !digits(v) {
		return false
	}
	sum := 0
	for i, c := range v {
		sum += int(c-'0') * (len(v) - i)
	}
	return sum%11 == 0
}

// digits reports whether v is one digit or more, and nothing else.
func digits(v []byte) bool {
	for _, c := range v {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(v) > 0
}

// capitals appends v with the letters a to z as capitals.
func capitals(b, v []byte) []byte {
	for _, c := range v {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}

// keepForms adds the counts of a sight to those of its table.
func (p *tablePlan) keepForms(s *sight) {
	if p.formed == nil {
		p.formed = make([]formCounts, len(p.forms))
	}
	for i := range s.forms {
		for k, c := range s.forms[i] {
			if c.count > 0 {
				p.formed[i].add(formKind(k), p.rows+c.first, c.count)
			}
		}
	}
	p.rows += s.rows
}

// reportForms reports the faults of form, once for each column, and adds them
// up.
func (o *Observer) reportForms(report func(*finding.Finding) error, s *finding.Summary) error {
	var totals [formKinds]finding.FormCount
	for i := range s.Tables {
		t := s.Tables[i].Table
		p := &o.tables[t.Position-1]
		for f := range p.formed {
			for k := padded; k < formKinds; k++ {
				c, rule := p.formed[f][k], o.formRules[k]
				if c.count == 0 || rule == nil {
					continue
				}
				totals[k].Columns++
				totals[k].Values += int64(c.count)
				if k == padded { // whoever reads the file says that
					continue
				}
				values := "values"
				if c.count == 1 {
					values = "value"
				}
				err := report(&finding.Finding{
					Rule: rule, Table: t, Column: t.Fields[p.forms[f].field].Name,
					Detail: fmt.Sprintf("%d %s, the first in row %d", c.count, values, c.first+1),
				})
				if err != nil {
					return err
				}
			}
		}
	}
	for k := range totals {
		if totals[k].Values > 0 {
			totals[k].Rule = o.formRules[k]
			s.Quality.Form = append(s.Quality.Form, totals[k])
		}
	}
	return nil
}
