package cases

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"mhsds/dictionary"
)

// List writes the cases of a rule, a line each: the goldens and, shortened, the
// handbook are made of such lines. The header or context of a valid submission
// is written as "usual", a header of the cases' month alone as "period".
func List(d *dictionary.Dictionary, cases []Case) string {
	m := newMaker(d)
	var b strings.Builder
	for _, c := range cases {
		b.WriteString(map[bool]string{pass: "  ok    ", fail: "  fails "}[c.Fail])
		b.WriteString(c.Name + ":")
		b.WriteString(m.given(" header", c.Header, m.fullHeader()))
		b.WriteString(m.given(" context", c.Context, m.fullContext()))
		for _, k := range c.Known {
			b.WriteString(" " + k.Register.String() + "{" + k.Value + " " + k.From + ".." + k.To + "}")
		}
		b.WriteString(c.Given.text())
		for i, row := range c.Rows {
			if i == c.Target && len(c.Rows) > 1 {
				b.WriteString(" ->")
			}
			b.WriteString(" ")
			if len(c.Rows) > 1 || c.Target < 0 {
				b.WriteString(row.Table)
			}
			b.WriteString(m.record(row.Table, row.Fields))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// text writes what the user said or gave: " given teams [T1 T2] extract
// [{SR1 - - 2026-09-15 -}]".
func (g *Given) text() string {
	if g == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString(" given")
	for _, part := range slices.Sorted(maps.Keys(g.Declared)) {
		b.WriteString(" " + part + " [" + strings.Join(g.Declared[part], " ") + "]")
	}
	if g.Extract != nil {
		var rows []string
		for _, r := range g.Extract {
			cells := []string{r.Referral, r.Patient, r.NHSNumber, r.Date, r.Team}
			for i := range cells {
				if cells[i] == "" {
					cells[i] = "-"
				}
			}
			rows = append(rows, "{"+strings.Join(cells, " ")+"}")
		}
		b.WriteString(" extract [" + strings.Join(rows, " ") + "]")
	}
	for _, e := range g.Earlier {
		b.WriteString(" earlier [" + e.ID + " " + strconv.FormatInt(e.Count, 10) + "]")
	}
	return b.String()
}

func (m *maker) given(name string, fields, usual map[string]string) string {
	switch {
	case fields == nil:
		return ""
	case maps.Equal(fields, usual):
		return name + " usual"
	case maps.Equal(fields, m.period()):
		return name + " period"
	}
	return name + m.record("", fields)
}

// record writes the fields of one record in the order of their table, or by
// name.
func (m *maker) record(table string, fields map[string]string) string {
	names := slices.Sorted(maps.Keys(fields))
	if t := m.d.Table(table); t != nil {
		slices.SortStableFunc(names, func(a, b string) int { return t.Index(a) - t.Index(b) })
	}
	var parts []string
	for _, n := range names {
		v := fields[n]
		if q := strconv.QuoteToASCII(v); q != `"`+v+`"` || strings.ContainsAny(v, " {},=") {
			v = q
		}
		parts = append(parts, n+"="+v)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
