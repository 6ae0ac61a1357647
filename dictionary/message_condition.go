package dictionary

import "slices"

// ConditionText says in plain English when the condition is true for a row of
// the table or, if want is false, when it is not: "[U1]A is filled, and [U2]B
// is blank or N". Unknown counts as not true.
func (d *Dictionary) ConditionText(table string, c Condition, want bool) string {
	m := messenger{d: d, r: &Rule{Table: table}}
	return m.clause(c, want)
}

// clause words when c is true (want) or is not true.
func (m *messenger) clause(c Condition, want bool) string {
	return m.words(simplify(clauseOf(c, want)), 0)
}

// A clause is a condition on its way to words. It is one of
//
//   - a set of values that one field may have: ref, blank, but, values
//   - a comparison of two fields, both filled: ref, other, equal
//   - several clauses, of which all (and) or one must hold
//
// Two sets on one field join to one set, so that "A is blank" or "A is N" is
// read as "A is blank or N".
type clause struct {
	ref    Ref
	blank  bool     // the field may be blank
	but    bool     // any value but those of values; else one of them
	values []string // in the order in which the condition names them

	other    Ref
	equal    bool
	withNull bool // two blanks are equal

	and     bool
	clauses []clause
}

func (c *clause) isSet() bool   { return c.clauses == nil && c.other == Ref{} }
func (c *clause) isGroup() bool { return c.clauses != nil }

// filled and blankOnly are the two halves of a null test.
func filled(ref Ref) clause    { return clause{ref: ref, but: true} }
func blankOnly(ref Ref) clause { return clause{ref: ref, blank: true} }

func (c *clause) isFilled() bool    { return c.isSet() && !c.blank && c.but && len(c.values) == 0 }
func (c *clause) isBlankOnly() bool { return c.isSet() && c.blank && !c.but && len(c.values) == 0 }

// clauseOf says when c is true or, without want, when it is false or unknown.
func clauseOf(c Condition, want bool) clause {
	switch c := c.(type) {
	case Or:
		return group(c, want, !want)
	case And:
		return group(c, want, want)
	case Null:
		if c.Not == want {
			return filled(c.Ref)
		}
		return blankOnly(c.Ref)
	case In:
		return clause{ref: c.Ref, blank: !want, but: !want, values: c.Values}
	case Compare:
		if c.Right == (Ref{}) {
			return clause{
				ref: c.Left, values: []string{c.Text},
				// What is not true of a null is true of its opposite.
				blank: !want,
				but:   (c.Op == NotEqual) == want,
			}
		}
		is := clause{ref: c.Left, other: c.Right, equal: (c.Op != NotEqual) == want, withNull: c.Op == NullEqual}
		if want || is.withNull {
			return is
		}
		return clause{clauses: []clause{blankOnly(c.Left), blankOnly(c.Right), is}}
	}
	return clause{}
}

func group(members []Condition, want, and bool) clause {
	g := clause{and: and, clauses: []clause{}}
	for _, c := range members {
		g.clauses = append(g.clauses, clauseOf(c, want))
	}
	return g
}

// simplify joins what speaks of the same field and drops what its neighbours
// already say.
func simplify(c clause) clause {
	if !c.isGroup() {
		return c
	}
	out := clause{and: c.and, clauses: []clause{}}
	for _, sub := range c.clauses {
		sub = simplify(sub)
		if sub.isGroup() && sub.and == out.and {
			for _, s := range sub.clauses {
				out.add(s)
			}
			continue
		}
		out.add(sub)
	}
	if out.and {
		out.narrow()
	}
	if len(out.clauses) == 1 {
		return out.clauses[0]
	}
	return out
}

// add appends s, or joins it to the set on the same field.
func (c *clause) add(s clause) {
	for i := range c.clauses {
		if have := &c.clauses[i]; have.isSet() && s.isSet() && have.ref == s.ref {
			*have = join(*have, s, c.and)
			return
		}
	}
	c.clauses = append(c.clauses, s)
}

// join intersects (and) or unites two sets on one field.
func join(a, b clause, and bool) clause {
	out := clause{ref: a.ref, blank: a.blank || b.blank}
	if and {
		out.blank = a.blank && b.blank
	}
	// For "or", everything is turned inside out: the union of two sets is what
	// the intersection of their complements leaves out.
	aBut, bBut := a.but, b.but
	if !and {
		aBut, bBut = !aBut, !bBut
	}
	switch {
	case aBut && bBut: // excluded from either
		out.but, out.values = true, slices.Clone(a.values)
		for _, v := range b.values {
			if !slices.Contains(out.values, v) {
				out.values = append(out.values, v)
			}
		}
	case aBut:
		out.values = without(b.values, a.values)
	case bBut:
		out.values = without(a.values, b.values)
	default:
		out.values = without(a.values, without(a.values, b.values))
	}
	if !and {
		out.but = !out.but
	}
	return out
}

func without(values, drop []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return slices.Contains(drop, v) })
}

// narrow uses, in each part of an "and", what the other parts say: of a field
// that must be filled, an alternative in which it is blank is idle; and a bare
// "is filled" is idle beside a comparison, which needs both its fields.
func (c *clause) narrow() {
	mustBeFilled := func(ref Ref) bool {
		return slices.ContainsFunc(c.clauses, func(s clause) bool { return s.isSet() && !s.blank && s.ref == ref })
	}
	for i, sub := range c.clauses {
		if !sub.isGroup() {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(sub.clauses), func(s clause) bool { return s.isBlankOnly() && mustBeFilled(s.ref) })
		if len(rest) == 1 {
			c.clauses[i] = rest[0]
		} else if len(rest) > 1 {
			c.clauses[i].clauses = rest
		}
	}
	c.clauses = slices.DeleteFunc(slices.Clone(c.clauses), func(s clause) bool {
		return s.isFilled() && slices.ContainsFunc(c.clauses, func(o clause) bool {
			return o.other != Ref{} && !o.withNull && (o.ref == s.ref || o.other == s.ref)
		})
	})
}

// words writes the clause. A part that has an "or" of its own is set off by a
// comma, and from the third level on by brackets.
func (m *messenger) words(c clause, depth int) string {
	switch {
	case !c.isGroup() && c.other != Ref{}:
		verb := " differs from "
		if c.equal {
			verb = " equals "
		}
		s := m.ref(c.ref) + verb + m.ref(c.other)
		if c.withNull {
			s += " (blank equals blank)"
		}
		return s
	case !c.isGroup():
		return m.ref(c.ref) + " is " + c.set()
	}
	word := "or"
	if c.and {
		word = "and"
	}
	var parts []string
	plain := true
	for _, sub := range c.clauses {
		plain = plain && !sub.isGroup() && len(sub.values) < 2 && !((sub.blank || sub.but) && len(sub.values) > 0)
		parts = append(parts, m.words(sub, depth+1))
	}
	if plain && depth < 2 {
		return list(parts, word)
	}
	s := parts[0]
	for _, p := range parts[1:] {
		s += ", " + word + " " + p
	}
	if depth > 1 {
		s = "(" + s + ")"
	}
	return s
}

// set words the values that a field may have.
func (c *clause) set() string {
	switch {
	case c.but && len(c.values) == 0 && c.blank:
		return "anything"
	case c.but && len(c.values) == 0:
		return "filled"
	case c.but && c.blank:
		return "blank or " + neither(c.values)
	case c.but:
		return "filled but " + neither(c.values)
	case c.blank:
		return list(append([]string{"blank"}, c.values...), "or")
	case len(c.values) == 0:
		return "neither blank nor filled"
	}
	return list(c.values, "or")
}

func neither(values []string) string {
	switch len(values) {
	case 1:
		return "not " + values[0]
	case 2:
		return "neither " + values[0] + " nor " + values[1]
	}
	return "none of " + list(values, "and")
}
