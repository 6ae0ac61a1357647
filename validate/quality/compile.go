package quality

import (
	"fmt"

	"mhsds/dictionary"
)

// quality compiles one part of a quality measure.
func (c *compiler) quality(m *dictionary.QualityMeasure) (rankingPart, error) {
	fr, err := c.frame(m.Table, m.Join)
	if err != nil {
		return rankingPart{}, err
	}
	p := &parser{compiler: c, frame: fr, scope: []int{0}}
	// The item may be of a table that only any reaches; then it is named there.
	for s := range fr.slots {
		if t := &c.o.d.Tables[fr.slots[s].table]; t.ID == m.Field.Table {
			if i := t.Index(m.Field.Field); i >= 0 {
				p.item = &ref{s, i}
				break
			}
		}
	}
	part := rankingPart{frame: fr}
	conditions := [6]string{m.Denominator, m.Valid}
	if m.Kind == dictionary.Validity {
		conditions = [6]string{m.Denominator, m.Valid, m.Other, m.Default, m.Invalid, m.Missing}
		p.categories = map[string]string{"valid": m.Valid, "other": m.Other, "default": m.Default}
	}
	columns := [6]string{"denominator", "valid", "other", "default", "invalid", "missing"}
	var of formula
	for i, text := range conditions {
		if text == "" || text == "none" {
			continue
		}
		f, err := p.condition(text)
		if err != nil {
			return part, fmt.Errorf("column %s: %w", columns[i], err)
		}
		if i == 0 {
			of = f
		} else if of != fixed(true) {
			f = allOf{of, f}
		}
		part.categories[i] = f
	}
	for i, f := range part.categories {
		part.categories[i] = c.lower(f, fr)
	}
	return part, nil
}

// measure compiles a published count, or makes sure of a term.
func (c *compiler) measure(m *dictionary.Measure) (*counting, error) {
	k := &counting{of: m}
	if m.Unchecked != "" {
		return k, nil
	}
	fr, err := c.frame(m.Table, m.Join)
	if err != nil {
		return nil, err
	}
	p := &parser{compiler: c, frame: fr, scope: []int{0}}
	links := len(c.links)
	f, err := p.condition(m.Condition)
	if err != nil {
		return nil, fmt.Errorf("column condition: %w", err)
	}
	if m.Kind == dictionary.Term { // it is compiled where it is used
		c.links = c.links[:links]
		return k, nil
	}
	k.frame = fr
	if err := k.count(p, m.Count); err != nil {
		return nil, fmt.Errorf("column count: %w", err)
	}
	k.condition = c.lower(f, fr)
	return k, nil
}

// count reads what is counted: "rows", "distinct FIELD", or
// "days FIELD to FIELD of FIELD".
func (k *counting) count(p *parser, what string) error {
	p.text, p.at = what, 0
	p.advance()
	k.distinct.field = -1
	switch {
	case p.eat("rows"):
	case p.eat("distinct"):
		r, err := p.field()
		if err != nil {
			return err
		}
		if p.typeOf(*r) != dictionary.Text {
			return p.fault("only texts can be told apart")
		}
		k.distinct = *r
		p.identify(*r)
	case p.eat("days"):
		var s spell
		for i, into := range []*ref{&s.start, &s.end, &s.of} {
			if i > 0 {
				if err := p.need([]string{"", "to", "of"}[i]); err != nil {
					return err
				}
			}
			r, err := p.field()
			if err != nil {
				return err
			}
			if r.slot != 0 {
				return p.fault("a field of the row itself expected before")
			}
			if i < 2 {
				if err := p.dated(*r); err != nil {
					return err
				}
				p.keep(day{kind: dateField, ref: r}, p.frame)
			} else {
				p.identify(*r)
			}
			*into = *r
		}
		k.days = &s
	default:
		return p.fault("rows, distinct FIELD or days FIELD to FIELD of FIELD expected")
	}
	if p.token != "" {
		return p.fault("nothing more expected")
	}
	return nil
}

// identify has the keys of a field kept.
func (p *parser) identify(r ref) {
	at := column{p.frame.slots[r.slot].table, r.field}
	p.links = append(p.links, link{at, at})
}

// frame makes the slots of a row and of those that it is joined to.
func (c *compiler) frame(table string, join []dictionary.Way) (*frame, error) {
	t := c.o.d.Table(table)
	if t == nil || t == &c.o.d.Context {
		return nil, fmt.Errorf("unknown table %q", table)
	}
	fr := &frame{[]slot{{table: t.Position - 1, from: -1}}}
	for _, w := range join {
		to := c.o.d.Table(w.To.Table)
		if to == nil || to == &c.o.d.Context {
			return nil, fmt.Errorf("join: unknown table %q", w.To.Table)
		}
		s := slot{table: to.Position - 1, from: -1, that: to.Index(w.To.Field)}
		for from := range fr.slots {
			if of := &c.o.d.Tables[fr.slots[from].table]; of.ID == w.From.Table {
				s.from, s.own = from, of.Index(w.From.Field)
			}
		}
		if s.from < 0 || s.own < 0 || s.that < 0 {
			return nil, fmt.Errorf("join: no way from %s to %s", w.From, w.To)
		}
		c.links = append(c.links, link{column{fr.slots[s.from].table, s.own}, column{s.table, s.that}})
		fr.slots = append(fr.slots, s)
	}
	return fr, nil
}

// number gives every column of keys the space that it shares with those it is
// compared with.
func (c *compiler) number() {
	parent := make(map[column]column)
	var root func(column) column
	root = func(x column) column {
		if up, ok := parent[x]; ok && up != x {
			return root(up)
		}
		return x
	}
	for _, l := range c.links {
		parent[root(l.a)] = root(l.b)
	}
	spaces := make(map[column]int)
	for _, l := range c.links {
		for _, at := range []column{l.a, l.b} {
			r := root(at)
			if _, ok := spaces[r]; !ok {
				spaces[r] = len(c.o.spaces)
				c.o.spaces = append(c.o.spaces, new(space))
			}
			t := &c.o.tables[at.table]
			t.keys[t.key(at.field)].space = spaces[r]
		}
	}
}
