package cases

import (
	"slices"
	"strings"

	"mhsds/dictionary"
)

// A world is one way to fill the fields that a condition reads; "" is blank.
type world struct {
	values []string // in the order of the condition's fields
	truth  dictionary.Truth
}

// worlds tries, for every field that the condition reads, blank, every text
// that it is set against, the values of the fields it is set against, and one
// more; and for every combination what comes of it.
func (b *builder) worlds(c dictionary.Condition) (refs []dictionary.Ref, list []world) {
	refs = dictionary.Refs(c)
	choices := make([][]string, len(refs))
	for i, ref := range refs {
		choices[i] = b.choices(c, b.full(ref))
	}
	values := make([]string, len(refs))
	var walk func(i int)
	walk = func(i int) {
		if i < len(refs) {
			for _, v := range choices[i] {
				values[i] = v
				walk(i + 1)
			}
			return
		}
		truth := dictionary.Eval(c, func(ref dictionary.Ref) (string, bool) {
			v := values[slices.Index(refs, ref)]
			return v, v == ""
		})
		list = append(list, world{slices.Clone(values), truth})
	}
	walk(0)
	return refs, list
}

// full adds the table to a field of the rule's own.
func (b *builder) full(ref dictionary.Ref) dictionary.Ref {
	if ref.Table == "" {
		ref.Table = b.rule.Table
	}
	return ref
}

// choices lists the values to try for one field, blank last.
func (b *builder) choices(c dictionary.Condition, ref dictionary.Ref) []string {
	var texts []string
	add := func(values ...string) {
		for _, v := range values {
			if !slices.Contains(texts, v) {
				texts = append(texts, v)
			}
		}
	}
	var walk func(c dictionary.Condition)
	walk = func(c dictionary.Condition) {
		switch c := c.(type) {
		case dictionary.Or:
			for _, x := range c {
				walk(x)
			}
		case dictionary.And:
			for _, x := range c {
				walk(x)
			}
		case dictionary.In:
			if b.full(c.Ref) == ref {
				add(c.Values...)
			}
		case dictionary.Compare:
			switch {
			case c.Right == (dictionary.Ref{}):
				if b.full(c.Left) == ref {
					add(c.Text)
				}
			case b.full(c.Left) == ref || b.full(c.Right) == ref:
				// Both sides draw from the same two values, the left one's.
				add(b.sample(b.full(c.Left), 0), b.sample(b.full(c.Left), 1))
			}
		}
	}
	walk(c)
	for n := range 20 {
		if v := b.sample(ref, n); !slices.Contains(texts, v) {
			texts = append([]string{v}, texts...)
			break
		}
	}
	return append(texts, "")
}

func (b *builder) comparison() {
	c, err := dictionary.ParseCondition(b.rule.Condition)
	if err != nil {
		return
	}
	refs, list := b.worlds(c)
	for _, w := range list {
		var parts []string
		for i, ref := range refs {
			v := w.values[i]
			if v == "" {
				v = "blank"
			}
			parts = append(parts, ref.Field+" "+v)
		}
		name := strings.Join(parts, ", ")
		if w.truth == dictionary.Unknown {
			name += " (neither true nor false, so it fails)"
		}
		x := b.one(w.truth != dictionary.True, name, map[string]string{})
		for i, ref := range refs {
			x.set(b.maker, ref, w.values[i])
		}
	}
}
