// Package relation checks records against each other: keys that must be
// unique, parents and children that must exist, and the checks of a submission
// as a whole. It works on keys alone and keeps no record.
//
// Spec is what the dictionary says, made ready once: which keys of a table to
// keep, which parents to look up, and in which order to read and to settle
// tables. Store is one run's memory:
//
//	worker     Extract  keys, hashes and parents' rows of a batch    (any number)
//	collector  Append   into the table's indexes, in row order       (one)
//	           EndTable uniqueness, then the reference rules of every table
//	                    that nothing unread can change any more
//
// A table whose parents are settled is tested against them while it is read.
// Tables that need each other (a patient needs a GP registration and a
// referral, each of which needs the patient) are settled together once the
// last of them is read, in the published order of the rules; SEMANTICS,
// section 6, shows that one pass in that order is final.
package relation

import (
	"cmp"
	"fmt"
	"slices"

	"mhsds/dictionary"
)

// A Spec is the relations of a release. It is read-only and may be shared.
type Spec struct {
	Dictionary *dictionary.Dictionary

	// Order lists the tables, as indexes of Dictionary.Tables, in reading
	// order: the header, the staff table, then parents before children, then
	// table order.
	Order []int

	ruleIndex  map[string]int
	tables     []tableSpec // by index of Dictionary.Tables
	components [][]int     // tables that are settled together, in reading order
	checks     []check     // in the published order, then those of warnings alone
	header     int         // index of the header table, -1 if there is none
	fileRules  []*dictionary.Rule
}

// A tableSpec says what to keep of a table.
type tableSpec struct {
	keys      []keySpec
	days      []int // date columns kept for every row
	links     []linkSpec
	uniques   []uniqueSpec
	successor *successorSpec
	singleton *dictionary.Rule
	checks    []int // of Spec.checks, that test this table
	component int
	last      bool // the last of its component to be read
	watches   []watch
	empty     *dictionary.Rule // rejects the file when the table has no row
}

// A keySpec is a field whose value is kept for every row, in an Index if rows
// are looked up by it, in Groups if only what they share matters.
type keySpec struct {
	column  int
	grouped bool
}

// A linkSpec is a column whose value is looked up among a parent's keys.
type linkSpec struct {
	column int
	table  int
	key    int  // of the parent's keys
	within bool // the parent is settled together with this table
	checks []int
}

type uniqueSpec struct {
	rule      *dictionary.Rule
	columns   []int
	condition dictionary.Condition // nil: always
	refs      map[string]int       // columns of the fields that it reads
	nulls     bool                 // null equals null
	key       int                  // of the table's keys, when that alone decides; -1
	like      int                  // an earlier rule on the same key, -1 if there is none
}

// tagged reports whether tags of the keys are kept: nothing else that is kept
// of the table finds rows with one key.
func (u *uniqueSpec) tagged() bool { return u.key < 0 && u.like < 0 }

// A check is one rule of kind parent_exists or child_exists.
type check struct {
	rule   *dictionary.Rule
	order  int
	child  bool // a valid child must exist
	tested int
	link   int // parent_exists: of tested's links; child_exists: of other's links, -1 if by group
	key    int // child_exists: of tested's keys
	other  int
	group  int // child_exists by group: of other's keys
}

// A successorSpec is the rule that an ended registration has a successor.
type successorSpec struct {
	rule              *dictionary.Rule
	patient, practice int // of the table's keys
	start, end        int // columns
}

// NewSpec reads the relations of d. It refuses what it cannot settle exactly.
func NewSpec(d *dictionary.Dictionary, active func(*dictionary.Rule) bool) (*Spec, error) {
	s := &Spec{Dictionary: d, tables: make([]tableSpec, len(d.Tables)), header: -1}
	if t, _ := d.Role("header"); t != nil {
		s.header = t.Position - 1
	}
	s.ruleIndex = make(map[string]int, len(d.Rules))
	for i := range d.Rules {
		s.ruleIndex[d.Rules[i].Code] = i
	}
	order := make(map[string]int)
	for _, r := range d.References {
		order[r.Rule] = r.Order
	}
	var rules []*dictionary.Rule
	for i := range d.Rules {
		r := &d.Rules[i]
		if !active(r) {
			continue
		}
		switch r.Kind {
		case dictionary.ParentExists, dictionary.ChildExists:
			rules = append(rules, r)
		case dictionary.FileCheck:
			s.fileRules = append(s.fileRules, r)
		}
	}
	last := len(d.References) + 1 // what is in no published order comes behind
	place := func(r *dictionary.Rule) int { return cmp.Or(order[r.Code], last) }
	slices.SortStableFunc(rules, func(a, b *dictionary.Rule) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Code, b.Code))
	})
	if err := s.arrange(rules); err != nil {
		return nil, err
	}
	if err := s.joins(active); err != nil {
		return nil, err
	}
	for _, r := range rules {
		if err := s.addCheck(r, place(r)); err != nil {
			return nil, fmt.Errorf("rule %s: %w", r.Code, err)
		}
	}
	for i := range d.Rules {
		if r := &d.Rules[i]; active(r) {
			if err := s.addKeyRule(r); err != nil {
				return nil, fmt.Errorf("rule %s: %w", r.Code, err)
			}
		}
	}
	for i := range s.tables {
		for j := range s.tables[i].links {
			l := &s.tables[i].links[j]
			l.within = s.tables[l.table].component == s.tables[i].component
		}
	}
	return s, s.verify()
}

func (s *Spec) index(table string) (int, error) {
	t := s.Dictionary.Table(table)
	if t == nil || t == &s.Dictionary.Context {
		return 0, fmt.Errorf("unknown table %q", table)
	}
	return t.Position - 1, nil
}

func (s *Spec) column(table int, field string) (int, error) {
	if c := s.Dictionary.Tables[table].Index(field); c >= 0 {
		return c, nil
	}
	return 0, fmt.Errorf("table %s has no field %q", s.Dictionary.Tables[table].ID, field)
}

// arrange finds the tables that need each other and the reading order. Two
// tables are settled together when each is reached from the other along "is
// tested against". Such a group is read in one go, after the tables that its
// members are tested against, so that every later child meets settled parents;
// within a group parents come before children.
func (s *Spec) arrange(rules []*dictionary.Rule) error {
	n := len(s.tables)
	reach := make([][]bool, n)
	parent := make([][]bool, n)
	for i := range reach {
		reach[i], parent[i] = make([]bool, n), make([]bool, n)
		reach[i][i] = true
	}
	for _, r := range rules {
		t, err1 := s.index(r.Table)
		o, err2 := s.index(r.Other.Table)
		if err := cmp.Or(err1, err2); err != nil {
			return fmt.Errorf("rule %s: %w", r.Code, err)
		}
		reach[t][o] = true
		parent[t][o] = parent[t][o] || r.Kind == dictionary.ParentExists
	}
	for k := range n {
		for i := range n {
			for j := range n {
				reach[i][j] = reach[i][j] || reach[i][k] && reach[k][j]
			}
		}
	}
	for i := range s.tables {
		s.tables[i].component = -1
	}
	var visit func(t int)
	visit = func(t int) {
		if s.tables[t].component >= 0 {
			return
		}
		var members []int
		for u := range n {
			if reach[t][u] && reach[u][t] {
				members = append(members, u)
			}
		}
		for _, m := range members {
			for o := range n {
				if reach[m][o] && !reach[o][m] {
					visit(o)
				}
			}
		}
		for placed := 0; placed < len(members); placed++ {
			next := slices.IndexFunc(members[placed:], func(m int) bool {
				return !slices.ContainsFunc(members[placed:], func(o int) bool { return o != m && parent[m][o] })
			})
			m := members[placed+max(next, 0)]
			members = slices.Insert(slices.Delete(members, placed+max(next, 0), placed+max(next, 0)+1), placed, m)
		}
		for _, m := range members {
			s.tables[m].component = len(s.components)
			s.Order = append(s.Order, m)
		}
		s.tables[members[len(members)-1]].last = true
		s.components = append(s.components, members)
	}
	if s.header >= 0 {
		visit(s.header)
	}
	if t, _ := s.Dictionary.Role("staff"); t != nil {
		visit(t.Position - 1)
	}
	for t := range n {
		visit(t)
	}
	return nil
}

// place returns the table's place in the reading order.
func (s *Spec) place(table int) int { return slices.Index(s.Order, table) }

// key returns the place of the column among the table's indexed keys, or among
// the grouped ones, adding it.
func (s *Spec) key(table, column int, grouped bool) int {
	t := &s.tables[table]
	k := keySpec{column, grouped}
	i := slices.Index(t.keys, k)
	if i < 0 {
		i = len(t.keys)
		t.keys = append(t.keys, k)
	}
	return i
}

// link returns the place of a parent look-up among the table's links.
func (s *Spec) link(table, column, parent, key int) int {
	t := &s.tables[table]
	i := slices.IndexFunc(t.links, func(l linkSpec) bool {
		return l.column == column && l.table == parent && l.key == key
	})
	if i < 0 {
		i = len(t.links)
		t.links = append(t.links, linkSpec{column: column, table: parent, key: key})
	}
	return i
}

// HasDays reports whether rows of other tables compare with dates of the
// table's rows.
func (s *Spec) HasDays(table int) bool { return len(s.tables[table].days) > 0 }

// keepDays keeps a date column of the table, if it is not kept already.
func (s *Spec) keepDays(table, column int) {
	if t := &s.tables[table]; !slices.Contains(t.days, column) {
		t.days = append(t.days, column)
	}
}

// joins adds the look-ups and dates that joined date rules need.
func (s *Spec) joins(active func(*dictionary.Rule) bool) error {
	for i := range s.Dictionary.Rules {
		r := &s.Dictionary.Rules[i]
		if !active(r) || r.Join == (dictionary.Join{}) {
			continue
		}
		t, err := s.index(r.Table)
		if err != nil {
			return fmt.Errorf("rule %s: %w", r.Code, err)
		}
		p, err := s.index(r.Other.Table)
		if err != nil {
			return fmt.Errorf("rule %s: %w", r.Code, err)
		}
		own, err1 := s.column(t, r.Join.Own)
		theirs, err2 := s.column(p, r.Join.Theirs)
		date, err3 := s.column(p, r.Other.Field)
		if err := cmp.Or(err1, err2, err3); err != nil {
			return fmt.Errorf("rule %s: %w", r.Code, err)
		}
		if s.place(p) >= s.place(t) {
			return fmt.Errorf("rule %s: table %s must be read before %s, but no reference rule says so", r.Code, r.Other.Table, r.Table)
		}
		k := s.key(p, theirs, false)
		s.link(t, own, p, k)
		s.keepDays(p, date)
	}
	return nil
}

func (s *Spec) addCheck(r *dictionary.Rule, order int) error {
	tested, err1 := s.index(r.Table)
	other, err2 := s.index(r.Other.Table)
	if err := cmp.Or(err1, err2); err != nil {
		return err
	}
	own, err1 := s.column(tested, r.Field)
	theirs, err2 := s.column(other, r.Other.Field)
	if err := cmp.Or(err1, err2); err != nil {
		return err
	}
	c := check{rule: r, order: order, tested: tested, other: other, link: -1, group: -1}
	switch {
	case r.Kind == dictionary.ParentExists:
		if s.place(other) >= s.place(tested) {
			return fmt.Errorf("table %s is read after %s, its child", r.Other.Table, r.Table)
		}
		c.key = s.key(other, theirs, false)
		c.link = s.link(tested, own, other, c.key)
		s.tables[tested].links[c.link].checks = append(s.tables[tested].links[c.link].checks, len(s.checks))
	case s.place(tested) < s.place(other): // the child looks up the row that needs it
		c.child = true
		c.key = s.key(tested, own, false)
		c.link = s.link(other, theirs, tested, c.key)
	default: // the child's keys are kept until the row that needs one comes
		c.child = true
		c.key = s.key(tested, own, false)
		c.group = s.key(other, theirs, true)
	}
	s.tables[tested].checks = append(s.tables[tested].checks, len(s.checks))
	s.checks = append(s.checks, c)
	return nil
}

// addKeyRule adds rules on the keys of one table.
func (s *Spec) addKeyRule(r *dictionary.Rule) error {
	if r.Table == "" {
		return nil
	}
	table, err := s.index(r.Table)
	if err != nil {
		return err
	}
	t := &s.tables[table]
	columns := func() ([]int, error) {
		var cols []int
		for _, f := range r.Fields {
			c, err := s.column(table, f.Field)
			if err != nil {
				return nil, err
			}
			cols = append(cols, c)
		}
		return cols, nil
	}
	switch r.Kind {
	case dictionary.Singleton:
		t.singleton = r
	case dictionary.GPSuccessor:
		cols, err := columns()
		if err != nil {
			return err
		}
		if len(cols) != 4 {
			return fmt.Errorf("needs four fields: patient, start, end, practice")
		}
		s.keepDays(table, cols[1])
		s.keepDays(table, cols[2])
		t.successor = &successorSpec{rule: r, patient: s.key(table, cols[0], false), start: cols[1], end: cols[2], practice: s.key(table, cols[3], true)}
	case dictionary.Unique, dictionary.UniqueWhen:
		cols, err := columns()
		if err != nil {
			return err
		}
		u := uniqueSpec{rule: r, columns: cols, nulls: r.NullsEqual, key: -1}
		if r.Condition != "" {
			if u.condition, err = dictionary.ParseCondition(r.Condition); err != nil {
				return err
			}
			u.refs = make(map[string]int)
			for _, ref := range dictionary.Refs(u.condition) {
				if ref.Table != "" && ref.Table != r.Table {
					return fmt.Errorf("its condition reads another table, %s", ref)
				}
				if u.refs[ref.Field], err = s.column(table, ref.Field); err != nil {
					return err
				}
			}
		}
		if len(cols) == 1 && u.condition == nil {
			u.key = slices.IndexFunc(t.keys, func(k keySpec) bool { return k.column == cols[0] && !k.grouped })
		}
		u.like = slices.IndexFunc(t.uniques, func(o uniqueSpec) bool {
			return slices.Equal(o.columns, u.columns) && o.rule.Condition == r.Condition && o.nulls == u.nulls
		})
		t.uniques = append(t.uniques, u)
	case dictionary.FileCheck:
		return s.addFileCheck(r, table)
	}
	return nil
}

// verify makes sure that settling tables group by group gives what one pass
// over all rules in the published order gives: when a rule tests a table
// against one of another group, every rule on that other table comes before it.
func (s *Spec) verify() error {
	for _, c := range s.checks {
		for _, k := range s.tables[c.other].checks {
			o := s.checks[k]
			if s.tables[c.other].component != s.tables[c.tested].component && o.order > c.order {
				return fmt.Errorf("rule %s tests against %s, which rule %s tests later: the order of references cannot be kept",
					c.rule.Code, c.rule.Other.Table, o.rule.Code)
			}
		}
	}
	return nil
}
