package dictionary

import (
	"slices"
	"strings"
)

func (c *checker) diagnostics() {
	seen := map[string]int{}
	for i := range c.d.Diagnostics {
		g := &c.d.Diagnostics[i]
		c.about("diagnostics", i, "diagnostic "+g.Code)
		c.once(seen, g.Code, "code", "diagnostic")
		if g.What == "" {
			c.fault("what", "blank; it says what is counted")
		}
		if !c.table("table", g.Table) {
			continue
		}
		if g.Field != "" {
			c.ref("", "field", Ref{g.Table, g.Field})
		}
		switch {
		case g.List != "" && g.Field == "":
			c.fault("list", "set without a field whose codes it lists")
		case g.List != "" && c.d.List(g.List) == nil:
			c.fault("list", "unknown code list %q", g.List)
		}
		if g.Condition != "" {
			cond, err := ParseCondition(g.Condition)
			if err != nil {
				c.fault("condition", "%s", strings.TrimPrefix(err.Error(), "condition: "))
			} else {
				for _, ref := range Refs(cond) {
					if ref.Table != "" && ref.Table != g.Table {
						c.fault("condition", "reads %s; it can read fields of %s alone", ref, g.Table)
						continue
					}
					c.ref("", "condition", Ref{g.Table, ref.Field})
				}
			}
		}
		c.dateField("within", g.Table, g.Within)
		c.dateField("open", g.Table, g.Open)
		c.children(g)
		if g.Over != "" {
			c.table("over", g.Over)
		}
	}
}

// dateField says that a field is not there or no date.
func (c *checker) dateField(column, table, field string) {
	if field == "" {
		return
	}
	if f := c.ref("", column, Ref{table, field}); f != nil && f.Type != Date && f.Type != DateTime {
		c.fault(column, "field %s is of type %s, want %s", f.Name, f.Type, Date)
	}
}

// children checks the way from the rows that hang on a table to it: each step
// must be one that a reference rule takes, since only those are looked up.
func (c *checker) children(g *Diagnostic) {
	if len(g.Children) == 0 {
		if g.ChildOpen != "" {
			c.fault("child_open", "set without children")
		}
		if g.AtLeast != 0 {
			c.fault("at_least", "set without children")
		}
		return
	}
	if g.AtLeast < 0 {
		c.fault("at_least", "%d; it cannot be negative", g.AtLeast)
	}
	for i, ref := range g.Children {
		to := g.Table
		if i+1 < len(g.Children) {
			to = g.Children[i+1].Table
		}
		if c.ref("children", "children", ref) == nil {
			return
		}
		if !slices.ContainsFunc(c.d.Rules, func(r Rule) bool {
			return r.Kind == ParentExists && r.Status != PipelineOnly && r.Table == ref.Table && r.Field == ref.Field && r.Other.Table == to
		}) {
			c.fault("children", "no rule of kind %s looks for the parent of %s in %s", ParentExists, ref, to)
		}
	}
	c.dateField("child_open", g.Children[0].Table, g.ChildOpen)
}
