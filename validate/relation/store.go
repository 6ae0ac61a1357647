package relation

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/batch"
)

// A Store is what one run remembers of the tables it has read. Reset, Look and
// Take may be called by many workers while one table is read; everything else
// is for one goroutine, between tables.
type Store struct {
	spec   *Spec
	tables []*table

	start, end int32 // the reporting period, Null if the header gives none
	alive      bool  // some record lies in the period
}

// table is what is remembered of one table.
type table struct {
	rows    int
	state   []uint8 // one a row: a severity, and the flags below
	worst   []uint16
	own     map[int]uint16 // as worst, of rows with faults of their own that a later rule outranks
	indexes []*Index       // by key; nil where groups has it
	groups  []*Groups
	days    [][]int32
	links   [][]int32
	tags    []*tags
	orphans []orphan
	absent  Index // keys of orphans, in the order met
	missing []int // the table in which each of them is missing
	filled  bool

	rejections []Rejection
}

// The flags of a row's state beside its worst severity.
const (
	severityBits = 0x07
	ownLeft      = 0x20 // as ownFault, and not all those rules are assumed to be fixed
	ownFault     = 0x40 // rejected by a rule on the row itself
	skipped      = 0x80 // could not be judged
)

// A Why says what a rejection follows from.
type Why uint8

const (
	OfGroup  Why = iota + 1 // rows with the same key; Ref is the first of them
	OfRow                   // a rejected row of the rule's other table; Ref is the row
	OfAbsent                // a key that nobody submitted; Ref is its number
)

// A Rejection is one rejection of a row that follows from something else than
// the row itself. Rows count from 0. Several of one row and rule, OfRow, name
// several rows, any of which would do if it were valid.
type Rejection struct {
	Row  uint32
	Ref  uint32
	Rule uint16 // index in Dictionary.Rules
	Why  Why
}

// A Late is a finding that no row shows by itself. Row counts from 0, and is
// -1 for a finding on the table as a whole.
type Late struct {
	Table, Row int
	Rule       *dictionary.Rule

	// CauseTable is -1 without a cause; else the table of the causing row, or
	// of the absent record when CauseRow is -1.
	CauseTable, CauseRow int
	CauseRule            *dictionary.Rule
	Key                  []byte // of the absent record
}

// NewStore begins a run. start and end are the reporting period as days since
// 1970-01-01, batch.Null if the header gives none.
func NewStore(spec *Spec, start, end int32) *Store {
	s := &Store{spec: spec, start: start, end: end}
	for i := range spec.tables {
		t := &table{tags: make([]*tags, len(spec.tables[i].uniques))}
		for _, k := range spec.tables[i].keys {
			if k.grouped {
				t.indexes, t.groups = append(t.indexes, nil), append(t.groups, &Groups{})
			} else {
				t.indexes, t.groups = append(t.indexes, &Index{}), append(t.groups, nil)
			}
		}
		for u := range t.tags {
			if spec.tables[i].uniques[u].tagged() {
				t.tags[u] = &tags{}
			}
		}
		t.days = make([][]int32, len(spec.tables[i].days))
		t.links = make([][]int32, len(spec.tables[i].links))
		s.tables = append(s.tables, t)
	}
	return s
}

func (t *table) daysOf(spec *tableSpec, column int) []int32 {
	return t.days[slices.Index(spec.days, column)]
}

// Reserve makes room for as many rows of the table, whose keys are as long as
// those of x. It is a hint.
func (s *Store) Reserve(table, rows int, x *Extract) {
	t := s.tables[table]
	if rows <= x.rows || x.rows == 0 {
		return
	}
	t.state, t.worst = grown(t.state, rows), grown(t.worst, rows)
	for i, index := range t.indexes {
		if index != nil {
			index.Reserve(rows, len(x.keys[i].Bytes)*(rows/x.rows+1))
		} else {
			t.groups[i].ids = grown(t.groups[i].ids, rows)
		}
	}
	for i := range t.days {
		t.days[i] = grown(t.days[i], rows)
	}
	for i := range t.links {
		if s.spec.tables[table].links[i].within {
			t.links[i] = grown(t.links[i], rows)
		}
	}
}

// OwnLeft is added to the severity of a row in Append when a rule that rejects
// it is not among those that are assumed to be fixed.
const OwnLeft = ownLeft

// Append adds the rows of x, which follow those already there. severity is the
// worst severity of the row rules that each row fails, 0 for none, perhaps with
// OwnLeft, and worst the index of that rule in the dictionary, plus one.
func (s *Store) Append(table int, x *Extract, severity []uint8, worst []uint16) error {
	t := s.tables[table]
	base := t.rows
	if int64(base)+int64(x.rows) > math.MaxInt32 {
		return fmt.Errorf("table %s: more than %d rows", s.spec.Dictionary.Tables[table].ID, math.MaxInt32)
	}
	t.rows += x.rows
	for _, v := range severity {
		if dictionary.Severity(v&severityBits) >= dictionary.RejectRecord {
			v |= ownFault
		}
		t.state = append(t.state, v)
	}
	for _, row := range x.skipped {
		t.state[base+int(row)] |= skipped
	}
	t.worst = append(t.worst, worst...)
	for i, index := range t.indexes {
		var err error
		if index != nil {
			err = index.Append(&x.keys[i])
		} else {
			err = t.groups[i].Append(&x.keys[i])
		}
		if err != nil {
			return fmt.Errorf("table %s: %w", s.spec.Dictionary.Tables[table].ID, err)
		}
	}
	for i := range t.days {
		t.days[i] = append(t.days[i], x.days[i]...)
	}
	for i := range t.links {
		for _, parent := range x.links[i] {
			if parent < NullKey {
				n := int(absentBase - parent)
				parent = absentBase - int32(t.missingKey(s.spec.tables[table].links[i].table, x.absent.at(n), x.absent.Hashes[n]))
			}
			t.links[i] = append(t.links[i], parent)
		}
	}
	for i, g := range t.tags {
		if g != nil {
			g.append(uint32(base), x.hashes[i])
		}
	}
	for _, o := range x.orphans {
		if o.parent == Absent {
			o.key = t.missingKey(s.spec.checks[o.check].other, x.absent.at(int(o.key)), x.absent.Hashes[o.key])
		}
		o.row += uint32(base)
		t.orphans = append(t.orphans, o)
	}
	t.filled = t.filled || x.filled
	s.alive = s.alive || x.alive
	return nil
}

func (k *Keys) at(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = k.Ends[i-1]
	}
	return k.Bytes[from:k.Ends[i]]
}

// missingKey returns the number of an absent key of the table among those that
// t's rows look for, one number a key and table.
func (t *table) missingKey(other int, key []byte, h uint64) uint32 {
	if row := t.absent.Find(key, h); row >= 0 {
		if t.missing[row] == other {
			return uint32(row)
		}
		for _, again := range t.absent.Again(int(row)) { // missing in another table too
			if t.missing[again] == other {
				return again
			}
		}
	}
	one := Keys{Bytes: key, Ends: []uint32{uint32(len(key))}, Hashes: []uint64{h}}
	if err := t.absent.Append(&one); err != nil {
		return 0
	}
	t.missing = append(t.missing, other)
	return uint32(len(t.missing) - 1)
}

// valid reports whether a row counts: nothing rejects it.
func (t *table) valid(row int) bool {
	v := t.state[row]
	return v&severityBits < uint8(dictionary.RejectRecord) && v&skipped == 0
}

// anyValid reports whether the row that first has a key, or a later one with
// the same key, is valid.
func (t *table) anyValid(index *Index, first int) bool {
	if t.valid(first) {
		return true
	}
	for _, row := range index.Again(first) {
		if t.valid(int(row)) {
			return true
		}
	}
	return false
}

// fail records that a row fails a rule and returns whether that rejects it.
func (s *Store) fail(table, row int, r *dictionary.Rule) bool {
	t := s.tables[table]
	v := &t.state[row]
	if uint8(r.Severity) > *v&severityBits {
		*v = *v&^severityBits | uint8(r.Severity)
	}
	i := s.spec.ruleIndex[r.Code]
	if s.worse(i, int(t.worst[row])-1) {
		if _, known := t.own[row]; *v&ownFault != 0 && !known {
			if t.own == nil {
				t.own = make(map[int]uint16)
			}
			t.own[row] = t.worst[row]
		}
		t.worst[row] = uint16(i + 1)
	}
	return r.Severity >= dictionary.RejectRecord
}

// worse reports whether rule a is named before rule b as the cause of
// something: it rejects, and is more severe or, as severe, of a lower code.
func (s *Store) worse(a, b int) bool {
	rules := s.spec.Dictionary.Rules
	if rules[a].Severity < dictionary.RejectRecord {
		return false
	}
	if b < 0 {
		return true
	}
	return cmp.Or(cmp.Compare(rules[a].Severity, rules[b].Severity), cmp.Compare(rules[b].Code, rules[a].Code)) > 0
}

// Worst returns, for rules that a row fails, the one that counts as the cause
// of what follows; index and index+1 as in Append.
func (s *Store) Worst(rule int, worst uint16) uint16 {
	if s.worse(rule, int(worst)-1) {
		return uint16(rule + 1)
	}
	return worst
}

// A Proof lists rows of a table whose keys look equal, so that the keys
// themselves must be compared: the caller reads the table again, calls Add
// with each batch and its first row, and hands the proof to EndTable.
type Proof struct {
	Rows []uint32 // rows to read, ascending

	store  *Store
	table  int
	wanted [][]uint32 // by unique rule
	groups []map[string][]uint32
}

// Suspects returns the rows of the table to read again, or nil.
func (s *Store) Suspects(table int) *Proof {
	t := s.tables[table]
	p := &Proof{store: s, table: table, wanted: make([][]uint32, len(t.tags)), groups: make([]map[string][]uint32, len(t.tags))}
	for i, g := range t.tags {
		if like := s.spec.tables[table].uniques[i].like; like >= 0 {
			p.groups[i] = p.groups[like]
		}
		if g == nil {
			continue
		}
		p.wanted[i] = g.suspects()
		p.groups[i] = make(map[string][]uint32)
		p.Rows = append(p.Rows, p.wanted[i]...)
		t.tags[i] = nil
	}
	if len(p.Rows) == 0 {
		return nil
	}
	slices.Sort(p.Rows)
	p.Rows = slices.Compact(p.Rows)
	return p
}

// Add reads the keys of the wanted rows of a batch whose first row is the
// table's row first.
func (p *Proof) Add(b *batch.Batch, first int) {
	var key []byte
	for i, rows := range p.wanted {
		u := &p.store.spec.tables[p.table].uniques[i]
		n := 0
		for n < len(rows) && int(rows[n]) < first+b.Rows {
			var ok bool
			if key, ok = u.append(key[:0], b, int(rows[n])-first); ok {
				p.groups[i][string(key)] = append(p.groups[i][string(key)], rows[n])
			}
			n++
		}
		p.wanted[i] = rows[n:]
	}
}

// EndTable is called once all rows of a table are in. It judges what can be
// judged now: uniqueness, and the reference rules of every table that this one
// settles. The findings come in the order in which reports show them.
func (s *Store) EndTable(table int, p *Proof) []Late {
	spec, t := &s.spec.tables[table], s.tables[table]
	var own []Late
	for i := range spec.uniques {
		own = s.unique(own, table, i, p)
	}
	if spec.singleton != nil && t.rows > 1 {
		for row := range t.rows {
			own = s.inGroup(own, table, row, 0, spec.singleton)
		}
	}
	if spec.successor != nil {
		own = s.successors(own, table)
	}
	if spec.empty != nil && !t.filled {
		own = append(own, Late{Table: table, Row: -1, Rule: spec.empty, CauseTable: -1})
	}
	if !spec.last {
		return s.sorted(own)
	}
	members := s.spec.components[spec.component]
	late := make([][]Late, len(members))
	late[len(late)-1] = own
	for c := range s.spec.checks {
		k := &s.spec.checks[c]
		if m := slices.Index(members, k.tested); m >= 0 {
			late[m] = s.check(late[m], c)
		}
	}
	// The last table's findings complete its own, those of the others follow.
	all := s.sorted(late[len(late)-1])
	for m := range late[:len(late)-1] {
		all = append(all, s.sorted(late[m])...)
	}
	return all
}

func (s *Store) sorted(l []Late) []Late {
	slices.SortStableFunc(l, func(a, b Late) int {
		return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(a.Rule.Code, b.Rule.Code))
	})
	return l
}

// inGroup adds the finding that a row fails together with others, the first of
// which is first.
func (s *Store) inGroup(late []Late, table, row, first int, r *dictionary.Rule) []Late {
	if s.fail(table, row, r) {
		s.tables[table].reject(row, uint32(first), s.spec.ruleIndex[r.Code], OfGroup)
	}
	return append(late, Late{Table: table, Row: row, Rule: r, CauseTable: -1})
}

func (t *table) reject(row int, ref uint32, rule int, why Why) {
	t.rejections = append(t.rejections, Rejection{uint32(row), ref, uint16(rule), why})
}

// unique adds the rows that share a key with another.
func (s *Store) unique(late []Late, table, i int, p *Proof) []Late {
	u, t := &s.spec.tables[table].uniques[i], s.tables[table]
	if u.key >= 0 {
		index := t.indexes[u.key]
		for _, first := range index.firsts() {
			late = s.inGroup(late, table, int(first), int(first), u.rule)
			for _, row := range index.Again(int(first)) {
				late = s.inGroup(late, table, int(row), int(first), u.rule)
			}
		}
		return late
	}
	if p == nil {
		return late
	}
	var groups [][]uint32
	for _, rows := range p.groups[i] {
		if len(rows) > 1 {
			groups = append(groups, rows)
		}
	}
	slices.SortFunc(groups, func(a, b []uint32) int { return cmp.Compare(a[0], b[0]) })
	for _, rows := range groups {
		for _, row := range rows {
			late = s.inGroup(late, table, int(row), int(rows[0]), u.rule)
		}
	}
	return late
}

// check applies one reference rule to the table that it tests, all of whose
// group has been read.
func (s *Store) check(late []Late, c int) []Late {
	k := &s.spec.checks[c]
	t, o := s.tables[k.tested], s.tables[k.other]
	switch {
	case !k.child && !s.spec.tables[k.tested].links[k.link].within:
		for _, f := range t.orphans {
			if int(f.check) == c {
				late = s.follows(late, c, int(f.row), int(f.parent), f.key)
			}
		}
	case !k.child:
		index := o.indexes[k.key]
		for row, parent := range t.links[k.link] {
			switch {
			case parent == NullKey || parent >= 0 && o.anyValid(index, int(parent)):
			case parent <= absentBase:
				late = s.follows(late, c, row, Absent, uint32(absentBase-parent))
			default:
				late = s.follows(late, c, row, int(parent), 0)
			}
		}
	default:
		late = s.children(late, c)
	}
	return late
}

// children applies a child_exists rule: marks the keys that a valid row of the
// other table has, then tests the rows.
func (s *Store) children(late []Late, c int) []Late {
	k := &s.spec.checks[c]
	t, o := s.tables[k.tested], s.tables[k.other]
	index := t.indexes[k.key]
	has := make([]bool, t.rows)
	rejected := make(map[int][]int) // the children of keys without a valid one
	see := func(parent, child int) {
		if o.valid(child) {
			has[parent] = true
		} else {
			rejected[parent] = append(rejected[parent], child)
		}
	}
	if k.link >= 0 {
		for child, parent := range o.links[k.link] {
			if parent >= 0 && !has[parent] {
				see(int(parent), child)
			}
		}
	} else {
		group := o.groups[k.group]
		needs := make([]int32, group.keys.Rows()) // the tested row of each key, -1 if there is none
		for n := range needs {
			key := group.keys.Key(n)
			needs[n] = index.Find(key, Hash(key))
		}
		for child, n := range group.ids {
			if n > 0 && needs[n-1] >= 0 && !has[needs[n-1]] {
				see(int(needs[n-1]), child)
			}
		}
	}
	for row := range t.rows {
		first := row
		if len(index.Key(row)) == 0 {
			continue
		}
		if index.again != nil {
			first = int(index.First(row))
		}
		if has[first] {
			continue
		}
		if children := rejected[first]; len(children) > 0 {
			late = s.follows(late, c, row, children[0], 0)
			if k.rule.Severity >= dictionary.RejectRecord {
				for _, child := range children[1:] {
					t.reject(row, uint32(child), s.spec.ruleIndex[k.rule.Code], OfRow)
				}
			}
			continue
		}
		key := index.Key(row)
		late = s.follows(late, c, row, Absent, t.missingKey(k.other, key, Hash(key)))
	}
	return late
}

// follows adds the finding that a row fails check c because of a row of the
// other table, or because no row of it has the key with the number given.
func (s *Store) follows(late []Late, c, row, other int, key uint32) []Late {
	k := &s.spec.checks[c]
	t := s.tables[k.tested]
	l := Late{Table: k.tested, Row: row, Rule: k.rule, CauseTable: k.other, CauseRow: other}
	why, ref := OfRow, uint32(other)
	if other == Absent {
		why, ref = OfAbsent, key
		l.Key = t.absent.Key(int(key))
	} else {
		l.CauseRule = s.causeOf(k.other, other)
	}
	if s.fail(k.tested, row, k.rule) {
		t.reject(row, ref, s.spec.ruleIndex[k.rule.Code], why)
		if why == OfRow && !k.child {
			for _, again := range s.tables[k.other].indexes[k.key].Again(other) {
				t.reject(row, again, s.spec.ruleIndex[k.rule.Code], OfRow)
			}
		}
	}
	return append(late, l)
}

// causeOf returns the worst rule that a rejected row fails.
func (s *Store) causeOf(table, row int) *dictionary.Rule {
	return &s.spec.Dictionary.Rules[s.tables[table].worst[row]-1]
}

// successors applies the rule that a registration which ended was followed by
// another one: a valid row of the patient starts on the day of the end or on
// the next, and none of those names the same practice.
func (s *Store) successors(late []Late, table int) []Late {
	spec, t := &s.spec.tables[table], s.tables[table]
	r := spec.successor
	starts, ends := t.daysOf(spec, r.start), t.daysOf(spec, r.end)
	patients, practices := t.indexes[r.patient], t.groups[r.practice].ids
	for row, end := range ends {
		if end <= batch.Unreadable {
			continue
		}
		found, same, rejected := false, false, -1
		look := func(other int) {
			if d := starts[other]; d != end && d != end+1 {
				return
			}
			switch {
			case !t.valid(other):
				if rejected < 0 && other != row {
					rejected = other
				}
			case practices[other] == practices[row]:
				same = true
			default:
				found = true
			}
		}
		if first := patients.First(row); first >= 0 {
			look(int(first))
			for _, again := range patients.Again(int(first)) {
				look(int(again))
			}
		}
		if found && !same {
			continue
		}
		s.fail(table, row, r.rule)
		l := Late{Table: table, Row: row, Rule: r.rule, CauseTable: -1}
		if !same && rejected >= 0 {
			l.CauseTable, l.CauseRow, l.CauseRule = table, rejected, s.causeOf(table, rejected)
		}
		late = append(late, l)
	}
	return late
}

// EndFile judges the submission as a whole once every table has been read.
func (s *Store) EndFile() []Late {
	var late []Late
	for _, r := range s.spec.fileRules {
		failed := false
		switch r.Check {
		case checkPeriod:
			failed = s.start > batch.Unreadable && s.end > batch.Unreadable && !s.alive
		case checkSurvivors:
			for _, f := range r.Fields {
				if i, err := s.spec.index(f.Table); err == nil {
					failed = failed || s.Counts(i).CarriedForward == 0
				}
			}
		case checkHeader:
			if s.spec.header >= 0 {
				n := s.Counts(s.spec.header)
				failed = n.Rows > 1 || n.CarriedForward < n.Rows
			}
		}
		if failed {
			if i, err := s.spec.index(r.Table); err == nil {
				late = append(late, Late{Table: i, Row: -1, Rule: r, CauseTable: -1})
			}
		}
	}
	return late
}

// Counts is how the rows of a table fared; each counts once, by its worst
// outcome.
type Counts struct {
	Rows, CarriedForward, RecordRejected, GroupRejected, FileRejected, Unreadable int64
}

// Counts counts the rows of a table as far as it has been judged.
func (s *Store) Counts(table int) Counts {
	t := s.tables[table]
	n := Counts{Rows: int64(t.rows)}
	for _, v := range t.state {
		switch {
		case v&skipped != 0:
			n.Unreadable++
		case v&severityBits < uint8(dictionary.RejectRecord):
			n.CarriedForward++
		case v&severityBits == uint8(dictionary.RejectRecord):
			n.RecordRejected++
		case v&severityBits == uint8(dictionary.RejectGroup):
			n.GroupRejected++
		default:
			n.FileRejected++
		}
	}
	return n
}

// Rejections returns the table's rejections that follow from something, in the
// order found. The slice belongs to s.
func (s *Store) Rejections(table int) []Rejection { return s.tables[table].rejections }

// Other returns the table and the field in which rule looks for the rows that
// an OfRow or OfAbsent rejection names.
func (s *Store) Other(rule int) (table int, field string) {
	for i := range s.spec.checks {
		if k := &s.spec.checks[i]; s.spec.ruleIndex[k.rule.Code] == rule {
			return k.other, k.rule.Other.Field
		}
	}
	return -1, ""
}

// AbsentKey returns the key with the number given that rows of the table
// looked for.
func (s *Store) AbsentKey(table int, n uint32) []byte { return s.tables[table].absent.Key(int(n)) }

// Own reports whether a row is rejected by rules on the row itself; left
// reports whether such a rule is not among those that are assumed to be fixed.
func (s *Store) Own(table, row int) (own, left bool) {
	v := s.tables[table].state[row]
	return v&ownFault != 0, v&ownLeft != 0
}

// Valid reports whether nothing rejects the row, as far as the table has been
// judged.
func (s *Store) Valid(table, row int) bool { return s.tables[table].valid(row) }

// Rows returns how many rows of the table were read.
func (s *Store) Rows(table int) int { return s.tables[table].rows }

// WorstRule returns the rule that counts as the cause of what follows from a
// rejected row, as an index in the dictionary, or -1.
func (s *Store) WorstRule(table, row int) int { return int(s.tables[table].worst[row]) - 1 }

// OwnRule returns, of a row with faults of its own, the worst and then lowest
// of their rules, as an index in the dictionary, or -1.
func (s *Store) OwnRule(table, row int) int {
	t := s.tables[table]
	if own, ok := t.own[row]; ok {
		return int(own) - 1
	}
	return int(t.worst[row]) - 1
}

// KeyMemory is what a Store holds to know the keys of one table again. Sizes
// are in bytes.
type KeyMemory struct {
	Rows     int
	Keys     int // in indexes: those that other rows look up
	KeyBytes int // of the keys themselves
	Index    int // of the indexes beside them
	Tagged   int // keys that must be unique and nothing else
	Tags     int // of what is kept of those
}

// KeyMemory returns what the table's keys take. The tags are given up by
// Suspects.
func (s *Store) KeyMemory(table int) KeyMemory {
	t := s.tables[table]
	m := KeyMemory{Rows: t.rows}
	for _, x := range t.indexes {
		if x != nil {
			all, keys := x.Bytes()
			m.Keys += x.Rows()
			m.KeyBytes += keys
			m.Index += all - keys
		}
	}
	for _, g := range t.tags {
		if g != nil {
			m.Tagged += t.rows
			m.Tags += g.bytes()
		}
	}
	return m
}
