package synthetic

import (
	"fmt"
	"slices"

	"mhsds/dictionary"
)

// A group is some fields of a row that conditions tie together. Each field is
// blank, one of the literals that the conditions name, or anything else; a
// group lists the combinations that break no condition, with how often each
// comes. Some of its fields are given: a date, say, is chosen first, and only
// the combinations that agree with it are drawn from.
type group struct {
	salt  uint64
	given []int // columns; a combination's index counts them as binary digits, filled is 1
	free  []int // columns
	lists [][]combination
}

// A combination is a state of each free field.
type combination struct {
	states []state
	upTo   uint64 // sum of weights up to here, of 1<<32
}

// A state is what a field of a group holds.
type state int8

const (
	blank state = iota
	other       // any value but a literal
	first       // the first literal; the others follow
)

// compileGroups finds the groups of a table.
func (m *maker) compileGroups(t *table) error {
	type rule struct {
		*dictionary.Rule
		c       dictionary.Condition
		columns []int
	}
	var rules []rule
	for _, r := range m.byTable[t.ID] {
		if r.Kind != dictionary.Comparison || t == m.header {
			continue
		}
		c, err := dictionary.ParseCondition(r.Condition)
		if err != nil {
			return fmt.Errorf("rule %s: %w", r.Code, err)
		}
		var columns []int
		for _, ref := range dictionary.Refs(c) {
			if i := t.Index(ref.Field); ref.Table == "" && i >= 0 && t.fields[i].how != makeFixed {
				columns = append(columns, i)
			}
		}
		if len(columns) > 0 {
			rules = append(rules, rule{r, c, columns})
		}
	}
	for len(rules) > 0 {
		// A group is a rule and all that share a field with it, in turn.
		tied := []rule{rules[0]}
		columns := slices.Clone(rules[0].columns)
		rules = rules[1:]
		for i := 0; i < len(rules); i++ {
			if slices.ContainsFunc(rules[i].columns, func(c int) bool { return slices.Contains(columns, c) }) {
				columns = append(columns, rules[i].columns...)
				tied = append(tied, rules[i])
				rules = slices.Delete(rules, i, i+1)
				i = -1
			}
		}
		slices.Sort(columns)
		columns = slices.Compact(columns)
		g := group{salt: uint64(len(t.groups)+1) << 24}
		literals := map[int][]string{}
		for _, r := range tied {
			for _, l := range literalsOf(r.c) {
				if i := t.Index(l.ref.Field); i >= 0 && !slices.Contains(literals[i], l.text) {
					literals[i] = append(literals[i], l.text)
				}
			}
		}
		for _, c := range columns {
			f := &t.fields[c]
			if m.isGiven(f) {
				g.given = append(g.given, c)
			} else {
				f.group, f.slot = len(t.groups), len(g.free)
				g.free = append(g.free, c)
				m.splitCodes(f, literals[c])
			}
		}
		g.lists = make([][]combination, 1<<len(g.given))
		for index := range g.lists {
			values := map[string]string{}
			for i, c := range g.given {
				if index>>i&1 == 1 {
					values[t.Fields[c].Name] = "\x00"
				}
			}
			g.lists[index] = m.combinations(t, &g, values, func() bool {
				for _, r := range tied {
					if dictionary.Eval(r.c, m.lookup(values)) != dictionary.True {
						return false
					}
				}
				return true
			})
			possible := true
			for i, c := range g.given {
				possible = possible && (index>>i&1 == 1 || !t.fields[c].mandatory)
			}
			if len(g.lists[index]) == 0 && possible {
				return fmt.Errorf("table %s: rule %s and those that share its fields cannot hold together", t.ID, tied[0].Code)
			}
		}
		t.groups = append(t.groups, g)
	}
	return nil
}

// isGiven reports whether a field is made without asking its group.
func (m *maker) isGiven(f *field) bool {
	switch f.how {
	case makeDate, makeNHS, makeParent, makeKey, makeStart, makeEnd, makePractice, makeAbove, makeAboveKey:
		return true
	}
	return false
}

// splitCodes puts the literals before the other codes: states first, first+1 …
// are f.codes[0], f.codes[1] …
func (m *maker) splitCodes(f *field, literals []string) {
	f.literals = 0
	for _, l := range literals {
		if i := slices.IndexFunc(f.codes, func(c []byte) bool { return string(c) == l }); i >= 0 {
			code := f.codes[i]
			f.codes = slices.Insert(slices.Delete(slices.Clone(f.codes), i, i+1), f.literals, code)
			f.literals++
		}
	}
}

func (m *maker) lookup(values map[string]string) func(dictionary.Ref) (string, bool) {
	return func(ref dictionary.Ref) (string, bool) {
		v, ok := values[ref.Field]
		if ref.Table != "" {
			v, ok = m.known[ref]
		}
		return v, !ok
	}
}

// combinations lists the states of the free fields for which ok, weighted as
// if each field were filled by itself.
func (m *maker) combinations(t *table, g *group, values map[string]string, ok func() bool) []combination {
	var list []combination
	var weights []float64
	states := make([]state, len(g.free))
	var try func(i int, weight float64)
	try = func(i int, weight float64) {
		if i == len(g.free) {
			if ok() {
				list = append(list, combination{states: slices.Clone(states)})
				weights = append(weights, weight)
			}
			return
		}
		f := &t.fields[g.free[i]]
		name := t.Fields[g.free[i]].Name
		fill := float64(f.fill) / (1 << 32)
		if !f.mandatory {
			states[i] = blank
			try(i+1, weight*max(1-fill, 0.01))
		}
		if len(f.codes) == 0 || len(f.codes) > f.literals {
			states[i], values[name] = other, "\x00"
			share := 1.0
			if len(f.codes) > 0 {
				share = float64(len(f.codes)-f.literals) / float64(len(f.codes))
			}
			try(i+1, weight*fill*share)
		}
		for l := range f.literals {
			states[i], values[name] = first+state(l), string(f.codes[l])
			try(i+1, weight*fill/float64(len(f.codes)))
		}
		delete(values, name)
	}
	try(0, 1)
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	at := 0.0
	for i := range list {
		at += weights[i]
		list[i].upTo = threshold(at / sum)
	}
	if len(list) > 0 {
		list[len(list)-1].upTo = 1 << 32
	}
	return list
}

// A literal is a text that a condition compares a field with.
type literal struct {
	ref  dictionary.Ref
	text string
}

func literalsOf(c dictionary.Condition) []literal {
	switch c := c.(type) {
	case dictionary.Or:
		return literalsOfAll(c)
	case dictionary.And:
		return literalsOfAll(c)
	case dictionary.Compare:
		if c.Right == (dictionary.Ref{}) {
			return []literal{{c.Left, c.Text}}
		}
	case dictionary.In:
		var list []literal
		for _, v := range c.Values {
			list = append(list, literal{c.Ref, v})
		}
		return list
	}
	return nil
}

func literalsOfAll(list []dictionary.Condition) []literal {
	var all []literal
	for _, c := range list {
		all = append(all, literalsOf(c)...)
	}
	return all
}
