// Package cause finds the few records from which the many rejections follow.
//
// A rejected row needs things before it can be carried forward: its own faults
// repaired, each duplicate group that it is in thinned to one row, and, for
// each reference rule that it fails, one of the rows (or the absent record)
// that would satisfy the rule:
//
//	contact CC7 ── MHS referral rule ──► referral SR3 ── patient rule ──► patient P1
//	                                                                        │ GP rule
//	                                          group of P1's two open ◄── GP row 4, GP row 9
//
// What needs nothing else is a root: a record with all its own faults, a
// duplicate group, an absent key. Its repair clears those: the group keeps one
// row, the absent record is there and valid.
//
// What is carried forward after some repairs is decided as the national
// pipeline decides it: every row that its own faults and groups allow counts,
// and then rows fall that find none of the rows they need, until no more fall.
package cause

import (
	"cmp"
	"container/heap"
	"slices"

	"mhsds/dictionary"
)

// A Graph is the rejections of one run. Add every rejection that is not a
// row's own, then call Rank. It is for one goroutine.
type Graph struct {
	d   *dictionary.Dictionary
	own func(table, row int) bool // does the row have faults of its own

	nodes  []node
	byRow  map[int64]int32
	roots  []root
	ofRow  map[int32]int32 // root of a node with faults of its own
	groups map[groupKey]int32
	absent map[absentKey]int32
}

// A node is a rejected row that follows from something, or that something
// follows from.
type node struct {
	table, row int32
	roots      []int32 // each must be repaired
	clauses    []clause
	users      []int32 // nodes that have this one among their alternatives
	dropped    bool    // a group that is thinned keeps another row
	freed      bool
	mark       int32
	standing   bool
}

// A clause is satisfied by any one of its alternatives.
type clause struct {
	rule  int
	nodes []int32
	roots []int32 // absent records
}

type root struct {
	kind    kind
	table   int32
	row     int32  // -1 for an absent record
	rule    int    // -1 for an absent record
	rules   []int  // of a group, all of them
	field   string // of an absent record, with its key
	key     string
	members []int32
	users   []int32 // nodes that need this root
	done    bool
}

type kind uint8

const (
	ofRecord kind = iota
	ofGroup
	ofAbsent
)

type groupKey struct {
	rule  int
	table int32
	first int32
}

type absentKey struct {
	table int32
	field string
	key   string
}

// New returns an empty graph. own says which rows have rejections of their own.
func New(d *dictionary.Dictionary, own func(table, row int) bool) *Graph {
	return &Graph{
		d: d, own: own,
		byRow: make(map[int64]int32), ofRow: make(map[int32]int32),
		groups: make(map[groupKey]int32), absent: make(map[absentKey]int32),
	}
}

// node returns the number of the row's node, made on first use.
func (g *Graph) node(table, row int) int32 {
	id := int64(table)<<32 | int64(row)
	if n, ok := g.byRow[id]; ok {
		return n
	}
	n := int32(len(g.nodes))
	g.byRow[id] = n
	g.nodes = append(g.nodes, node{table: int32(table), row: int32(row)})
	if g.own(table, row) {
		r := int32(len(g.roots))
		g.roots = append(g.roots, root{kind: ofRecord, table: int32(table), row: int32(row), rule: -1, users: []int32{n}})
		g.ofRow[n] = r
		g.nodes[n].roots = append(g.nodes[n].roots, r)
	}
	return n
}

// Group adds that a row is rejected by a rule together with others; first is
// the first of them.
func (g *Graph) Group(table, row, rule, first int) {
	key := groupKey{rule, int32(table), int32(first)}
	r, ok := g.groups[key]
	if !ok {
		r = int32(len(g.roots))
		g.groups[key] = r
		g.roots = append(g.roots, root{kind: ofGroup, table: int32(table), row: int32(first), rule: rule, rules: []int{rule}})
	}
	g.roots[r].members = append(g.roots[r].members, g.node(table, row))
}

// After adds that a row fails a rule because the row of another table is
// rejected. Several calls for one row and rule name several rows, any of which
// would do.
func (g *Graph) After(table, row, rule, otherTable, otherRow int) {
	n, o := g.node(table, row), g.node(otherTable, otherRow)
	c := g.clause(n, rule)
	c.nodes = append(c.nodes, o)
	if u := g.nodes[o].users; len(u) == 0 || u[len(u)-1] != n {
		g.nodes[o].users = append(u, n)
	}
}

// Absent adds that a row fails a rule because no row of the other table has
// the key in the field.
func (g *Graph) Absent(table, row, rule, otherTable int, field string, key []byte) {
	id := absentKey{int32(otherTable), field, string(key)}
	r, ok := g.absent[id]
	if !ok {
		r = int32(len(g.roots))
		g.absent[id] = r
		g.roots = append(g.roots, root{kind: ofAbsent, table: int32(otherTable), row: -1, rule: -1, field: id.field, key: id.key})
	}
	n := g.node(table, row)
	c := g.clause(n, rule)
	c.roots = append(c.roots, r)
	if u := g.roots[r].users; len(u) == 0 || u[len(u)-1] != n {
		g.roots[r].users = append(u, n)
	}
}

func (g *Graph) clause(n int32, rule int) *clause {
	cs := &g.nodes[n].clauses
	for i := range *cs {
		if (*cs)[i].rule == rule {
			return &(*cs)[i]
		}
	}
	*cs = append(*cs, clause{rule: rule})
	return &(*cs)[len(*cs)-1]
}

// merge makes one root of duplicate groups with the same rows under several
// rules, and lets each group choose the row it keeps: the first without faults
// of its own, else the first.
func (g *Graph) merge() {
	type same struct {
		table, first, last int32
		n                  int
	}
	seen := make(map[same][]int32)
	for r := range g.roots {
		gr := &g.roots[r]
		if gr.kind != ofGroup || len(gr.members) == 0 {
			continue
		}
		key := same{gr.table, gr.members[0], gr.members[len(gr.members)-1], len(gr.members)}
		twin := slices.IndexFunc(seen[key], func(o int32) bool { return slices.Equal(g.roots[o].members, gr.members) })
		if twin >= 0 {
			o := &g.roots[seen[key][twin]]
			o.rules = append(o.rules, gr.rule)
			if g.before(gr.rule, o.rule) {
				o.rule = gr.rule
			}
			gr.members = nil // no longer a root
			continue
		}
		seen[key] = append(seen[key], int32(r))
	}
	for r := range g.roots {
		gr := &g.roots[r]
		if gr.kind != ofGroup || len(gr.members) == 0 {
			continue
		}
		keep := gr.members[0]
		for _, m := range gr.members {
			if _, own := g.ofRow[m]; !own {
				keep = m
				break
			}
		}
		for _, m := range gr.members {
			g.nodes[m].roots = append(g.nodes[m].roots, int32(r))
			g.nodes[m].dropped = g.nodes[m].dropped || m != keep
		}
		gr.users = gr.members
	}
}

// before reports whether rule a stands for a root rather than rule b: worse,
// or as bad and of a lower code.
func (g *Graph) before(a, b int) bool {
	if g.d.Rules[a].Severity != g.d.Rules[b].Severity {
		return g.d.Rules[a].Severity > g.d.Rules[b].Severity
	}
	return g.d.Rules[a].Code < g.d.Rules[b].Code
}

// A Root is what Rank says of one root. Rows count from 0.
type Root struct {
	Table, Row int // Row is -1 for an absent record
	Rule       int // -1 for a record, whose worst code the caller knows, and for an absent one
	Absent     bool
	Group      int // rows of a duplicate group, else 0

	Field, Key string // of an absent record: the key, and the field that would hold it

	Freed   int64 // rows carried forward if this root alone is repaired
	Depends int64 // rejected rows that follow from it, alone or with others
	Place   int   // in the repairs, from 1
	Gain    int64 // rows freed by this repair once those before it are made
}

// Has reports whether the row is in the graph.
func (g *Graph) Has(table, row int) bool {
	_, ok := g.byRow[int64(table)<<32|int64(row)]
	return ok
}

// Rank returns the roots, greatest Freed first. Places follow a greedy choice:
// next is always the root that frees the most rows when the roots before it
// are repaired. That is a set of repairs that frees everything, in a good
// order; that no smaller set would free as much is not promised.
//
// Rows that follow from nothing and from which nothing follows are not in the
// graph: each is a root that frees one row.
func (g *Graph) Rank() []Root {
	g.merge()
	out := make([]Root, 0, len(g.roots))
	at := make([]int, len(g.roots)) // place in out, -1 for merged groups
	for r := range g.roots {
		gr := &g.roots[r]
		at[r] = -1
		if gr.kind == ofGroup && len(gr.members) == 0 {
			continue
		}
		at[r] = len(out)
		freed, depends := g.try(int32(r))
		root := Root{Table: int(gr.table), Row: int(gr.row), Rule: gr.rule, Absent: gr.kind == ofAbsent, Field: gr.field, Key: gr.key, Freed: freed, Depends: depends}
		if gr.kind == ofGroup {
			root.Group = len(gr.members)
		}
		out = append(out, root)
	}
	g.repair(out, at)
	slices.SortStableFunc(out, func(a, b Root) int {
		return cmp.Or(cmp.Compare(b.Freed, a.Freed), cmp.Compare(b.Depends, a.Depends),
			cmp.Compare(a.Table, b.Table), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Place, b.Place))
	})
	return out
}

// Assume returns, by table, how many rows of the graph would be carried forward
// if the findings of the rules given were gone: fixed says of a row whether all
// its own rejections would be. It comes after Rank.
func (g *Graph) Assume(rules map[int]bool, fixed func(table, row int) bool) map[int]int64 {
	for r := range g.roots {
		gr := &g.roots[r]
		switch gr.kind {
		case ofRecord:
			gr.done = fixed(int(gr.table), int(gr.row))
		case ofGroup:
			gr.done = slices.ContainsFunc(gr.rules, func(rule int) bool { return rules[rule] })
		default:
			gr.done = false
		}
	}
	all := make([]int32, len(g.nodes))
	for n := range g.nodes {
		all[n] = int32(n)
		nd := &g.nodes[n]
		nd.freed = false
		nd.clauses = slices.DeleteFunc(nd.clauses, func(c clause) bool { return rules[c.rule] })
	}
	g.stand(all)
	freed := make(map[int]int64)
	for n := range g.nodes {
		if g.nodes[n].standing {
			freed[int(g.nodes[n].table)]++
		}
	}
	return freed
}

// affected returns the nodes that follow from a root and are not freed.
func (g *Graph) affected(r int32) []int32 {
	mark := r + 1
	var list []int32
	add := func(n int32) {
		if nd := &g.nodes[n]; nd.mark != mark && !nd.freed {
			nd.mark = mark
			list = append(list, n)
		}
	}
	for _, n := range g.roots[r].users {
		add(n)
	}
	for i := 0; i < len(list); i++ {
		for _, u := range g.nodes[list[i]].users {
			add(u)
		}
	}
	for _, n := range list {
		g.nodes[n].mark = 0
	}
	return list
}

// stand marks which of the nodes are carried forward when what is done is
// done, and returns how many: all that their roots allow, less those that find
// nothing they need, until none falls.
func (g *Graph) stand(list []int32) int64 {
	for _, n := range list {
		nd := &g.nodes[n]
		nd.standing = !nd.dropped
		for _, r := range nd.roots {
			nd.standing = nd.standing && g.roots[r].done
		}
	}
	for fell := true; fell; {
		fell = false
		for _, n := range list {
			if nd := &g.nodes[n]; nd.standing && !g.satisfied(nd) {
				nd.standing = false
				fell = true
			}
		}
	}
	var count int64
	for _, n := range list {
		if g.nodes[n].standing {
			count++
		}
	}
	return count
}

func (g *Graph) satisfied(nd *node) bool {
	for i := range nd.clauses {
		c := &nd.clauses[i]
		if !slices.ContainsFunc(c.nodes, func(o int32) bool { return g.nodes[o].standing || g.nodes[o].freed }) &&
			!slices.ContainsFunc(c.roots, func(r int32) bool { return g.roots[r].done }) {
			return false
		}
	}
	return true
}

// try returns how many rows the root's repair would free now, and how many
// rejected rows follow from it.
func (g *Graph) try(r int32) (freed, depends int64) {
	list := g.affected(r)
	g.roots[r].done = true
	freed = g.stand(list)
	g.roots[r].done = false
	for _, n := range list {
		g.nodes[n].standing = false
	}
	return freed, int64(len(list))
}

// repair makes the greedy choice and fills Place and Gain.
func (g *Graph) repair(out []Root, at []int) {
	q := &queue{}
	gain := make([]int64, len(g.roots))
	for r := range g.roots {
		if at[r] >= 0 {
			gain[r] = out[at[r]].Freed
			q.items = append(q.items, candidate{int32(r), gain[r], out[at[r]].Depends})
		}
	}
	heap.Init(q)
	for place := 1; q.Len() > 0; {
		c := heap.Pop(q).(candidate)
		if g.roots[c.root].done || c.gain != gain[c.root] {
			continue // an older estimate
		}
		list := g.affected(c.root)
		g.roots[c.root].done = true
		g.stand(list)
		again := make(map[int32]bool)
		for _, n := range list {
			nd := &g.nodes[n]
			if nd.standing {
				nd.standing, nd.freed = false, true
				continue
			}
			for _, r := range nd.roots {
				again[r] = true
			}
			for i := range nd.clauses {
				g.above(&nd.clauses[i], again)
			}
		}
		o := &out[at[c.root]]
		o.Place, o.Gain = place, c.gain
		place++
		for _, r := range sortedKeys(again) {
			if g.roots[r].done {
				continue
			}
			if now, _ := g.try(r); now != gain[r] {
				gain[r] = now
				heap.Push(q, candidate{r, now, out[at[r]].Depends})
			}
		}
	}
}

// above collects the roots on which a clause's alternatives depend directly.
func (g *Graph) above(c *clause, into map[int32]bool) {
	for _, r := range c.roots {
		into[r] = true
	}
	for _, o := range c.nodes {
		if g.nodes[o].freed {
			continue
		}
		for _, r := range g.nodes[o].roots {
			into[r] = true
		}
	}
}

func sortedKeys(m map[int32]bool) []int32 {
	keys := make([]int32, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// A candidate is a root with its estimated gain.
type candidate struct {
	root    int32
	gain    int64
	depends int64
}

// A queue gives the candidate with the greatest gain first.
type queue struct{ items []candidate }

func (q *queue) Len() int { return len(q.items) }
func (q *queue) Less(i, j int) bool {
	a, b := q.items[i], q.items[j]
	if a.gain != b.gain {
		return a.gain > b.gain
	}
	if a.depends != b.depends {
		return a.depends > b.depends
	}
	return a.root < b.root
}
func (q *queue) Swap(i, j int) { q.items[i], q.items[j] = q.items[j], q.items[i] }
func (q *queue) Push(x any)    { q.items = append(q.items, x.(candidate)) }
func (q *queue) Pop() any {
	last := len(q.items) - 1
	c := q.items[last]
	q.items = q.items[:last]
	return c
}
