package quality

import (
	"fmt"
	"strings"

	"mhsds/dictionary"
)

// A formula is a parsed condition. Compiled, what of it looks at one row alone
// is a bit.
type formula interface{}

type (
	allOf    []formula
	anyOf    []formula
	negation struct{ of formula }
	fixed    bool

	// A single is a test of fields of one slot; ref is one of them.
	single struct {
		ref
		test localTest
	}

	// found says that the joined row of a slot is there.
	found struct{ slot int }

	// A bit is one of the signature of a slot's row.
	bit struct{ slot, index int }
)

// A quantifier goes through the rows of a table whose key is that of a field of
// the outer slot's row: some of them meet the condition, or most do.
type quantifier struct {
	most       bool
	outer, own int // slot and field whose key is looked for
	table, key int // where
	slot       int // of the rows gone through
	condition  formula

	// number counts the quantifiers of a compiler; alone says that the
	// condition reads nothing further out, so that the answer for a key is
	// always the same.
	number int
	alone  bool
}

// A text is a value that codes are compared with: a field's, then changed.
type text struct {
	ref   *ref
	steps []step
}

type step struct {
	kind stepKind
	mark byte // of before
}

type stepKind uint8

const (
	upper  stepKind = iota + 1 // small letters a to z as capitals
	first                      // the first character
	before                     // what stands before the mark
)

func (t text) key() string {
	return fmt.Sprint(t.ref.field, t.steps)
}

// A day is one side of a comparison: days since 1970-01-01.
type day struct {
	kind     dayKind
	ref      *ref // nil for the period and for a date
	at       int32
	offset   int32
	text     text // of closing
	register dictionary.Register
}

type dayKind uint8

const (
	periodStart dayKind = iota + 1
	periodEnd
	literal   // at
	dateField // a field of dates
	timestamp // the date as written of a text
	closing   // the last day on which a code stood in the register
)

func (d day) key() string {
	field := -1
	if d.ref != nil {
		field = d.ref.field
	}
	s := fmt.Sprint(d.kind, field, d.at, d.offset)
	if d.kind == closing {
		s += d.text.key() + d.register.String()
	}
	return s
}

// lower turns what looks at one row alone into bits of its table, and numbers
// what does not. It returns the formula that Finish evaluates.
func (c *compiler) lower(f formula, fr *frame) formula {
	if f == nil {
		return nil
	}
	if s := slotOf(f); s >= 0 {
		return bit{s, c.o.tables[fr.slots[s].table].bit(f)}
	}
	switch f := f.(type) {
	case allOf:
		return allOf(c.lowerAll(f, fr, func(l []formula) formula { return allOf(l) }))
	case anyOf:
		return anyOf(c.lowerAll(f, fr, func(l []formula) formula { return anyOf(l) }))
	case negation:
		return negation{c.lower(f.of, fr)}
	case *quantifier:
		q := *f
		q.condition = c.lower(f.condition, fr)
		q.alone = f.condition == nil || alone(f.condition, map[int]bool{f.slot: true})
		q.number = c.quantifiers
		c.quantifiers++
		return &q
	case *dayTest:
		c.keep(f.a, fr)
		c.keep(f.b, fr)
	case *ageTest:
		c.keep(f.birth, fr)
		c.keep(f.at, fr)
	}
	return f
}

// lowerAll lowers the members of an and or an or, those that look at one row
// taken together.
func (c *compiler) lowerAll(members []formula, fr *frame, join func([]formula) formula) []formula {
	var out []formula
	bySlot := make(map[int][]formula)
	var slots []int
	for _, m := range members {
		if s := slotOf(m); s >= 0 {
			if bySlot[s] == nil {
				slots = append(slots, s)
			}
			bySlot[s] = append(bySlot[s], m)
		}
	}
	for _, s := range slots { // bits first: they are cheap to look at
		out = append(out, c.lower(join(bySlot[s]), fr))
	}
	for _, m := range members {
		if slotOf(m) < 0 {
			out = append(out, c.lower(m, fr))
		}
	}
	return out
}

// keep has a date kept for every row, where it is compared with another row's.
func (c *compiler) keep(d day, fr *frame) {
	if d.ref != nil {
		c.o.tables[fr.slots[d.ref.slot].table].day(d)
	}
}

// The two answers of slotOf that are no slot.
const (
	noSlot    = -1 // nothing of a row is looked at
	manySlots = -2
)

// slotOf is the one slot whose row a formula looks at.
func slotOf(f formula) int {
	join := func(members []formula) int {
		s := noSlot
		for _, m := range members {
			switch k := slotOf(m); {
			case k == manySlots:
				return k
			case k == noSlot || k == s:
			case s == noSlot:
				s = k
			default:
				return manySlots
			}
		}
		return s
	}
	switch f := f.(type) {
	case *single:
		return f.slot
	case negation:
		return slotOf(f.of)
	case allOf:
		return join(f)
	case anyOf:
		return join(f)
	case fixed:
		return noSlot
	case *dayTest:
		if f.a.ref == nil && f.b.ref == nil {
			return noSlot
		}
	}
	return manySlots
}

// alone reports whether the formula looks at no slot but those given.
func alone(f formula, slots map[int]bool) bool {
	inside := func(d day) bool { return d.ref == nil || slots[d.ref.slot] }
	switch f := f.(type) {
	case nil, fixed:
		return true
	case *single:
		return slots[f.slot]
	case found:
		return false
	case negation:
		return alone(f.of, slots)
	case allOf:
		for _, m := range f {
			if !alone(m, slots) {
				return false
			}
		}
		return true
	case anyOf:
		return alone(allOf(f), slots)
	case *dayTest:
		return inside(f.a) && inside(f.b)
	case *ageTest:
		return inside(f.birth) && inside(f.at)
	case *quantifier:
		if !slots[f.outer] {
			return false
		}
		slots[f.slot] = true
		return alone(f.condition, slots)
	}
	return false
}

// A tablePlan is what is kept of the rows of a table.
type tablePlan struct {
	nodes []node         // each formula that looks at one row, parts before the whole
	index map[string]int // of nodes, by what they say
	bits  []int          // nodes that make the signature

	days      []day // dates kept for every row
	keys      []key // fields whose keys are kept
	registers []*registerTest

	kept  kept
	blank signature // of a row of blanks

	forms  []formTest
	formed []formCounts // by forms
	rows   int          // kept
}

// A key is a field of keys and the space in which they are numbered.
type key struct{ field, space int }

// A node is a formula over one row: a test, or an and, or or not of nodes.
type node struct {
	kind nodeKind
	args []int
	test localTest
}

type nodeKind uint8

const (
	testNode nodeKind = iota
	andNode
	orNode
	notNode
	trueNode
	falseNode
)

// measured reports whether some measure is about the table's rows.
func (t *tablePlan) measured() bool { return len(t.bits)+len(t.days)+len(t.keys) > 0 }

// bit returns the place in the signature of a formula over one row.
func (t *tablePlan) bit(f formula) int {
	n := t.node(f)
	for i, b := range t.bits {
		if b == n {
			return i
		}
	}
	t.bits = append(t.bits, n)
	return len(t.bits) - 1
}

// node returns the place of a formula among the nodes, adding it.
func (t *tablePlan) node(f formula) int {
	var n node
	var say string
	members := func(kind nodeKind, word string, list []formula) {
		n.kind = kind
		var parts []string
		for _, m := range list {
			k := t.node(m)
			n.args = append(n.args, k)
			parts = append(parts, fmt.Sprint(k))
		}
		say = word + strings.Join(parts, ",")
	}
	switch f := f.(type) {
	case *single:
		n.test, say = f.test, "test "+f.test.key()
	case negation:
		members(notNode, "not ", []formula{f.of})
	case allOf:
		members(andNode, "and ", f)
	case anyOf:
		members(orNode, "or ", f)
	case fixed:
		n.kind, say = falseNode, "false"
		if f {
			n.kind, say = trueNode, "true"
		}
	case *dayTest:
		n.test, say = f, "test "+f.key()
	}
	if i, ok := t.index[say]; ok {
		return i
	}
	if t.index == nil {
		t.index = make(map[string]int)
	}
	t.nodes = append(t.nodes, n)
	t.index[say] = len(t.nodes) - 1
	if r, ok := n.test.(*registerTest); ok {
		r.number = len(t.registers)
		t.registers = append(t.registers, r)
	}
	return len(t.nodes) - 1
}

// same reports whether two days are the same of any row of their table.
func (d *day) same(e *day) bool {
	if d.kind != e.kind || d.offset != e.offset || d.at != e.at || d.register != e.register || (d.ref == nil) != (e.ref == nil) {
		return false
	}
	return (d.ref == nil || d.ref.field == e.ref.field) && (d.kind != closing || d.text.key() == e.text.key())
}

// day returns the place of a date among those that are kept.
func (t *tablePlan) day(d day) int {
	for i := range t.days {
		if t.days[i].same(&d) {
			return i
		}
	}
	t.days = append(t.days, d)
	return len(t.days) - 1
}

// key returns the place of a field among those whose keys are kept.
func (t *tablePlan) key(field int) int {
	for i := range t.keys {
		if t.keys[i].field == field {
			return i
		}
	}
	t.keys = append(t.keys, key{field, -1})
	return len(t.keys) - 1
}
