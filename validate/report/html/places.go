package html

import (
	"strconv"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/wording"
)

// table returns the place of the table among those the script knows.
func (r *Report) table(t *dictionary.Table) int {
	if t == nil {
		return -1
	}
	i, ok := r.tables[t]
	if !ok {
		i = len(r.names)
		r.tables[t] = i
		r.names = append(r.names, t.Name)
	}
	return i
}

// appendPlace appends a listed place:
//
//	[row,line,column,detail,cause,values,file,state,months]
//
// without what is empty at its end. A cause is [table,row,code], or [table] of
// an absent record, with its key after it if values are shown.
func (r *Report) appendPlace(b []byte, f *finding.Finding) []byte {
	b = append(b, '[')
	b = strconv.AppendInt(b, f.Row, 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, f.Line, 10)
	gap := 0 // empty ones that are not written yet
	next := func() {
		for ; gap > 0; gap-- {
			b = append(b, ",0"...)
		}
		b = append(b, ',')
	}
	word := func(s string) {
		if s == "" {
			gap++
			return
		}
		next()
		b = appendJSON(b, s)
	}
	word(f.Column)
	word(f.Detail)
	if f.Cause.None() {
		gap++
	} else {
		next()
		b = r.appendCause(b, &f.Cause)
	}
	if r.opt.Values && len(f.Values) > 0 {
		next()
		for i := range f.Values {
			c := byte(',')
			if i == 0 {
				c = '['
			}
			b = append(b, c)
			b = appendValue(b, &f.Values[i])
		}
		b = append(b, ']')
	} else {
		gap++
	}
	if f.Table == nil {
		word(f.File)
	} else {
		gap++
	}
	if h := f.History; h.State != 0 {
		next()
		b = strconv.AppendInt(b, int64(h.State), 10)
		b = strconv.AppendInt(append(b, ','), int64(h.Months), 10)
	}
	return append(b, ']')
}

// appendValue appends a value, or null.
func appendValue(b []byte, v *finding.Value) []byte {
	if v.Null {
		return append(b, "null"...)
	}
	short, cut := shorten(v.Text)
	b = appendText(append(b, '"'), short, true)
	if cut {
		b = append(b, "…"...)
	}
	return append(b, '"')
}

func (r *Report) appendCause(b []byte, c *finding.Cause) []byte {
	b = append(b, '[')
	b = strconv.AppendInt(b, int64(r.table(c.Table)), 10)
	if c.Absent || c.Rule == nil {
		if c.Key != nil && r.opt.Values {
			short, _ := shorten(c.Key)
			b = appendJSON(append(b, ','), short)
		}
		return append(b, ']')
	}
	b = append(b, ',')
	b = strconv.AppendInt(b, c.Row, 10)
	b = appendJSON(append(b, ','), c.Rule.Code)
	return append(b, ']')
}

// data writes the listed places for the script.
func (r *Report) data(s *finding.Summary, portal, own []*group) {
	r.raw(`<script type="application/json" id="data">{"values":`)
	r.raw(strconv.FormatBool(r.opt.Values))
	r.raw(`,"compared":`)
	r.raw(strconv.FormatBool(s.Comparison != nil && s.Comparison.ByFingerprint))
	r.raw(`,"suppress":`)
	r.raw(strconv.FormatBool(r.shown.Suppress))
	r.raw(`,"groups":[`)
	for i, g := range append(portal[:len(portal):len(portal)], own...) {
		b := r.buf
		if i > 0 {
			b = append(b, ",\n"...)
		}
		b = appendJSON(append(b, `{"c":`...), g.rule.Code)
		b = strconv.AppendInt(append(b, `,"s":`...), int64(g.rule.Severity), 10)
		b = strconv.AppendInt(append(b, `,"t":`...), int64(r.table(g.table)), 10)
		b = appendJSON(append(b, `,"n":`...), r.number(g.count))
		if g.follows > 0 {
			b = appendJSON(append(b, `,"f":`...), r.number(g.follows))
		}
		if g.consequence() {
			b = append(b, `,"q":1`...)
		}
		if g.rule.Own() {
			b = append(b, `,"own":1`...)
			b = appendJSON(append(b, `,"g":`...), g.rule.Grade)
		}
		b = appendJSON(append(b, `,"m":`...), r.d.Message(g.rule))
		b = appendJSON(append(b, `,"d":`...), g.rule.Field)
		if r.opt.Values {
			b = append(b, `,"items":[`...)
			for i, it := range g.rule.Items {
				if i > 0 {
					b = append(b, ',')
				}
				b = appendJSON(b, wording.Label(it))
			}
			b = append(b, ']')
		}
		b = append(b, `,"p":[`...)
		b = append(b, g.data...)
		r.buf = append(b, "]}"...)
		if len(r.buf) >= flushAt {
			r.flush()
		}
	}
	r.raw(`],"tables":[`)
	for i, name := range r.names {
		if i > 0 {
			r.buf = append(r.buf, ',')
		}
		r.buf = appendJSON(r.buf, name)
	}
	r.raw("]}</script>\n")
}
