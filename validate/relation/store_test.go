package relation

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/plan"
	"mhsds/validate/twin"
)

// A submission is the records of some small tables, by table ID, and what the
// rules on single records say of them.
type submission struct {
	rows    twin.Records
	skipped map[string][]bool               // rows that could not be judged; all null
	own     map[string][][]*dictionary.Rule // rules on the row itself that it fails
	left    map[string][]bool               // not all of those are assumed to be fixed
	start   int32                           // the reporting period
	end     int32
}

// related lists the fields that the relations read, by table ID.
func related(d *dictionary.Dictionary) map[string]map[string]bool {
	fields := map[string]map[string]bool{}
	add := func(table, field string) {
		if fields[table] == nil {
			fields[table] = map[string]bool{}
		}
		fields[table][field] = true
	}
	for i := range d.Rules {
		r := &d.Rules[i]
		if !twin.Judges(r) && r.Kind != dictionary.FileCheck {
			continue
		}
		for _, f := range r.Fields {
			add(cmp.Or(f.Table, r.Table), f.Field)
		}
		for _, span := range r.Spans {
			add(span[0].Table, span[0].Field)
			add(span[1].Table, span[1].Field)
		}
		if r.Other.Table != "" {
			add(r.Table, r.Field)
			add(r.Other.Table, r.Other.Field)
		}
		if r.Join.Own != "" {
			add(r.Table, r.Join.Own)
			add(r.Other.Table, r.Join.Theirs)
		}
	}
	return fields
}

// randomSubmission has few keys and few days, so that they meet, miss and
// repeat.
func randomSubmission(rng *rand.Rand, d *dictionary.Dictionary) *submission {
	s := &submission{
		rows: twin.Records{}, skipped: map[string][]bool{}, own: map[string][][]*dictionary.Rule{}, left: map[string][]bool{},
		start: batch.Day(2026, 9, 1), end: batch.Day(2026, 9, 30),
	}
	switch rng.IntN(12) {
	case 0:
		s.start = batch.Null
	case 1:
		s.end = batch.Unreadable
	}
	fields := related(d)
	faults := map[string][]*dictionary.Rule{}
	for i := range d.Rules {
		if r := &d.Rules[i]; plan.Active(r) && !twin.Judges(r) && r.Kind != dictionary.FileCheck {
			faults[r.Table] = append(faults[r.Table], r)
		}
	}
	single := map[string]bool{} // tables of one row
	for i := range d.Rules {
		if r := &d.Rules[i]; r.Kind == dictionary.Singleton {
			single[r.Table] = true
		}
	}
	keys, short := 1+rng.IntN(4), rng.IntN(3) == 0
	broken := rng.IntN(3)                      // how often rows have faults of their own
	early := rng.IntN(8) == 0                  // no date lies in the period
	full := [...]int{1, 4, 4, 40}[rng.IntN(4)] // how rarely a value is left out
	days := []string{"2026-08-31", "2026-09-01", "2026-09-02", "2026-09-03", "2026-09-30", "2026-10-01", "2026-13-01"}
	if early {
		days = []string{"2026-08-29", "2026-08-30", "2026-08-31", "2026-10-01"}
	}
	for i := range d.Tables {
		t := &d.Tables[i]
		n := rng.IntN(6)
		if single[t.ID] {
			n = 1 + rng.IntN(12)/10
		}
		for range n {
			row := map[string]string{}
			skip := rng.IntN(25) == 0 && !single[t.ID]
			for _, f := range t.Fields {
				if !fields[t.ID][f.Name] || rng.IntN(1+full) == 0 || skip {
					continue
				}
				if f.Type == dictionary.Date || f.Type == dictionary.DateTime {
					row[f.Name] = days[rng.IntN(len(days))]
				} else {
					row[f.Name] = fmt.Sprintf("K%0*d", 1+rng.IntN(keys)*5, keys)
					if short {
						row[f.Name] = string(rune('A' + rng.IntN(keys)))
					}
				}
			}
			var own []*dictionary.Rule
			for range rng.IntN(4) - 1 {
				if of := faults[t.ID]; len(of) > 0 && rng.IntN(10) < broken && !skip {
					own = append(own, of[rng.IntN(len(of))])
				}
			}
			s.rows[t.ID] = append(s.rows[t.ID], row)
			s.skipped[t.ID] = append(s.skipped[t.ID], skip)
			s.own[t.ID] = append(s.own[t.ID], own)
			s.left[t.ID] = append(s.left[t.ID], rng.IntN(2) == 0)
		}
	}
	return s
}

// expected is what should come of a submission, worked out row against row.
type expected struct {
	late       []Late
	rejections map[string][]Rejection // Ref of OfAbsent is 0
	absent     map[string][]string    // the keys of those, in the same order; "" for others
	worst      map[string][]*dictionary.Rule
	ownWorst   map[string][]*dictionary.Rule
	severity   map[string][]dictionary.Severity
}

// worseOf is the rule that counts as the cause: of those that reject the most
// severe, of these the lowest code.
func worseOf(a, b *dictionary.Rule) *dictionary.Rule {
	switch {
	case b.Severity < dictionary.RejectRecord:
		return a
	case a == nil || b.Severity > a.Severity || b.Severity == a.Severity && b.Code < a.Code:
		return b
	}
	return a
}

// expect gives each finding of the twin its cause, and each rejection what it
// follows from. It adds the joined date rules to s.own: to the relations they
// are rules on the row.
func (s *submission) expect(d *dictionary.Dictionary) *expected {
	e := &expected{
		rejections: map[string][]Rejection{}, absent: map[string][]string{}, worst: map[string][]*dictionary.Rule{},
		ownWorst: map[string][]*dictionary.Rule{}, severity: map[string][]dictionary.Severity{},
	}
	place := func(id string) int { return d.Table(id).Position - 1 }
	judged := twin.Records{} // without rows that could not be judged
	from := map[string][]int{}
	for id, rows := range s.rows {
		for i, row := range rows {
			if !s.skipped[id][i] {
				judged[id] = append(judged[id], row)
				from[id] = append(from[id], i)
			}
		}
	}
	verdicts := twin.Judge(d, judged, func(table string, row int) bool {
		return slices.ContainsFunc(s.own[table][from[table][row]], func(r *dictionary.Rule) bool { return r.Severity >= dictionary.RejectRecord })
	})
	for _, v := range verdicts {
		if row := from[v.Table][v.Row]; v.Rule.Join.Own != "" {
			s.own[v.Table][row] = append(s.own[v.Table][row], v.Rule)
		}
	}
	for id, rows := range s.rows {
		e.worst[id] = make([]*dictionary.Rule, len(rows))
		e.severity[id] = make([]dictionary.Severity, len(rows))
		for row, rules := range s.own[id] {
			for _, r := range rules {
				e.severity[id][row] = max(e.severity[id][row], r.Severity)
				e.worst[id][row] = worseOf(e.worst[id][row], r)
			}
		}
		e.ownWorst[id] = slices.Clone(e.worst[id])
	}
	for _, v := range verdicts {
		r, id, row := v.Rule, v.Table, from[v.Table][v.Row]
		if r.Join.Own != "" {
			continue
		}
		values := s.rows[id][row]
		l := Late{Table: place(id), Row: row, Rule: r, CauseTable: -1}
		reject := func(why Why, ref int, key string) {
			if r.Severity >= dictionary.RejectRecord {
				e.rejections[id] = append(e.rejections[id], Rejection{uint32(row), uint32(ref), uint16(slices.IndexFunc(d.Rules, func(o dictionary.Rule) bool { return o.Code == r.Code })), why})
				e.absent[id] = append(e.absent[id], key)
			}
		}
		switch r.Kind {
		case dictionary.Singleton:
			reject(OfGroup, 0, "")
		case dictionary.Unique, dictionary.UniqueWhen:
			first := 0
			for !s.oneKey(r, first, row) {
				first++
			}
			reject(OfGroup, first, "")
		case dictionary.GPSuccessor:
			l.CauseTable, l.CauseRow, l.CauseRule = s.wouldFollow(d, r, row, e)
		default:
			key := values[r.Field]
			l.CauseTable, l.CauseRow = place(r.Other.Table), -1
			for other, theirs := range s.rows[r.Other.Table] {
				if theirs[r.Other.Field] != key {
					continue
				}
				if l.CauseRow < 0 {
					l.CauseRow, l.CauseRule = other, e.worst[r.Other.Table][other]
				}
				reject(OfRow, other, "")
			}
			if l.CauseRow < 0 {
				l.Key = []byte(key)
				reject(OfAbsent, 0, key)
			}
		}
		e.late = append(e.late, l)
		e.severity[id][row] = max(e.severity[id][row], r.Severity)
		e.worst[id][row] = worseOf(e.worst[id][row], r)
	}
	return e
}

// oneKey reports whether two rows have the same key under a rule of uniqueness.
// They are not rows that could not be judged.
func (s *submission) oneKey(r *dictionary.Rule, a, b int) bool {
	x, y := s.rows[r.Table][a], s.rows[r.Table][b]
	if s.skipped[r.Table][a] {
		return false
	}
	for _, f := range r.Fields {
		if x[f.Field] != y[f.Field] {
			return false
		}
	}
	return true
}

// wouldFollow returns the first rejected registration that would follow the
// one that ended, if it were valid; none when a valid one names the same
// practice.
func (s *submission) wouldFollow(d *dictionary.Dictionary, r *dictionary.Rule, row int, e *expected) (table, other int, rule *dictionary.Rule) {
	patient, start, end, practice := r.Fields[0].Field, r.Fields[1].Field, r.Fields[2].Field, r.Fields[3].Field
	rows := s.rows[r.Table]
	ended := plan.ParseDay(rows[row][end])
	table = -1
	for o, next := range rows {
		begins := plan.ParseDay(next[start])
		if next[patient] != rows[row][patient] || next[patient] == "" || begins != ended && begins != ended+1 {
			continue
		}
		rejected := e.severity[r.Table][o] >= dictionary.RejectRecord
		if !rejected && next[practice] == rows[row][practice] {
			return -1, 0, nil
		}
		if rejected && table < 0 && o != row {
			table, other, rule = d.Table(r.Table).Position-1, o, e.worst[r.Table][o]
		}
	}
	return table, other, rule
}

// batchOf holds rows of a table as a worker has them, their dates read.
func (s *submission) batchOf(t *dictionary.Table, from, to int) *batch.Batch {
	b := &batch.Batch{}
	b.Reset(len(t.Fields), to-from)
	for i, f := range t.Fields {
		c := &b.Columns[i]
		for row := range to - from {
			v := s.rows[t.ID][from+row][f.Name]
			c.Cells[row] = batch.MakeCell(len(b.Text), len(v))
			b.Text = append(b.Text, v...)
			if f.Type == dictionary.Date || f.Type == dictionary.DateTime {
				c.Days, c.HasDays = append(c.Days, plan.ParseDay(v)), true
			}
		}
	}
	for row := range to - from {
		if s.skipped[t.ID][from+row] {
			b.Skip.Set(row)
			b.AnySkip = true
		}
	}
	b.Text = append(b.Text, make([]byte, batch.Slack)...)
	b.Truncate(to - from)
	return b
}

// TestStoreTwin compares all that the relations say of small submissions with
// what comes of setting every row against every row: findings and their causes,
// what each rejection follows from, parents and their dates, and the counts.
func TestStoreTwin(t *testing.T) {
	var specs []*Spec // with the severities of the release, and with others
	for i := range 4 {
		d := release(t)
		rng := rand.New(rand.NewPCG(uint64(i), 12))
		for k := range d.Rules {
			if r := &d.Rules[k]; i > 0 && twin.Judges(r) {
				r.Severity = [...]dictionary.Severity{dictionary.Warning, dictionary.RejectRecord, dictionary.RejectGroup}[rng.IntN(3)]
			}
		}
		spec, err := NewSpec(d, plan.Active)
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, spec)
	}
	seeds := 1000
	if testing.Short() {
		seeds = 150
	}
	for seed := range uint64(seeds) {
		rng := rand.New(rand.NewPCG(seed, 11))
		spec := specs[seed%uint64(len(specs))]
		d := spec.Dictionary
		s := randomSubmission(rng, d)
		e := s.expect(d)
		run := &storeRun{t: t, name: fmt.Sprintf("seed %d", seed), rng: rng, submission: s, expected: e, spec: spec, store: NewStore(spec, s.start, s.end)}
		for _, table := range spec.Order {
			run.read(table)
		}
		run.compare()
		if t.Failed() {
			return
		}
	}
}

// A storeRun reads one submission into a store.
type storeRun struct {
	*submission
	*expected
	t     *testing.T
	name  string
	rng   *rand.Rand
	spec  *Spec
	store *Store
	found []Late
	x     Extract
}

func (r *storeRun) errorf(format string, args ...any) {
	r.t.Helper()
	r.t.Errorf(r.name+": "+format, args...)
}

// read takes a table in, in batches and extracts of any size, and settles it.
func (r *storeRun) read(table int) {
	t := &r.spec.Dictionary.Tables[table]
	rows := len(r.rows[t.ID])
	type part struct {
		b     *batch.Batch
		first int
	}
	var parts []part
	for at := 0; at < rows; {
		r.store.Reset(&r.x, table)
		first := at
		for range 1 + r.rng.IntN(2) {
			to := min(rows, at+1+r.rng.IntN(3))
			b := r.submission.batchOf(t, at, to)
			parts = append(parts, part{b, at})
			r.store.Look(&r.x, table, b)
			r.parents(t, at, to)
			r.store.Take(&r.x, table, b)
			at = to
		}
		if r.rng.IntN(2) == 0 {
			r.store.Reserve(table, rows, &r.x)
		}
		var severity []uint8
		var worst []uint16
		for row := first; row < at; row++ {
			v, w, left := uint8(0), uint16(0), false
			for _, f := range r.own[t.ID][row] {
				v = max(v, uint8(f.Severity))
				w = r.store.Worst(r.spec.ruleIndex[f.Code], w)
				left = left || r.left[t.ID][row] && f.Severity >= dictionary.RejectRecord
			}
			if left {
				v |= OwnLeft
			}
			severity, worst = append(severity, v), append(worst, w)
		}
		if err := r.store.Append(table, &r.x, severity, worst); err != nil {
			r.t.Fatal(err)
		}
	}
	p := r.store.Suspects(table)
	if p != nil {
		if len(p.Rows) < 2 || !slices.IsSorted(p.Rows) || len(slices.Compact(slices.Clone(p.Rows))) != len(p.Rows) {
			r.errorf("%s: rows %v are to be read again", t.ID, p.Rows)
		}
		for _, part := range parts {
			p.Add(part.b, part.first)
		}
	}
	late := r.store.EndTable(table, p)
	// The table's own come first; each table's are together, by row and code.
	if !slices.IsSortedFunc(late, func(a, b Late) int {
		if a.Table != b.Table {
			return cmp.Or(btoi(b.Table == table)-btoi(a.Table == table), cmp.Compare(r.spec.place(a.Table), r.spec.place(b.Table)))
		}
		return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(a.Rule.Code, b.Rule.Code))
	}) {
		r.errorf("%s: findings out of order: %s", t.ID, r.sayAll(late))
	}
	r.found = append(r.found, late...)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// parents compares the parents that Look found for the rows of a batch, and
// their dates.
func (r *storeRun) parents(t *dictionary.Table, from, to int) {
	d := r.spec.Dictionary
	table := t.Position - 1
	for i := range d.Rules {
		rule := &d.Rules[i]
		if rule.Table != t.ID || !plan.Active(rule) || rule.Kind != dictionary.ParentExists && rule.Join.Own == "" {
			continue
		}
		own, theirs := cmp.Or(rule.Join.Own, rule.Field), cmp.Or(rule.Join.Theirs, rule.Other.Field)
		other := d.Table(rule.Other.Table)
		rows := r.store.Parents(&r.x, table, t.Index(own), other.Position-1)
		if len(rows) != to-from {
			r.errorf("%s: %d parents of %d rows", rule.Code, len(rows), to-from)
			return
		}
		for row := from; row < to; row++ {
			key := r.rows[t.ID][row][own]
			want := int32(slices.IndexFunc(r.rows[other.ID], func(o map[string]string) bool { return o[theirs] == key }))
			if key == "" {
				want = NullKey
			}
			if rows[row-from] != want {
				r.errorf("%s: the parent of row %d is %d, want %d", rule.Code, row, rows[row-from], want)
			}
		}
		if rule.Join.Own == "" {
			continue
		}
		for _, latest := range []bool{false, true} {
			days := r.store.ParentDays(&r.x, table, t.Index(own), other.Position-1, other.Index(rule.Other.Field), latest, []int32{1, 2, 3})
			if len(days) != to-from {
				r.errorf("%s: %d parents' dates of %d rows", rule.Code, len(days), to-from)
				return
			}
			for row := from; row < to; row++ {
				want := int32(batch.Null)
				for _, o := range r.rows[other.ID] {
					day := plan.ParseDay(o[rule.Other.Field])
					if o[theirs] == "" || o[theirs] != r.rows[t.ID][row][own] || day <= batch.Unreadable {
						continue
					}
					if want == batch.Null || latest && day > want || !latest && day < want {
						want = day
					}
				}
				if got := days[row-from]; got != want && max(got, want) > batch.Unreadable {
					r.errorf("%s: the parents' date of row %d is %d, want %d (the latest: %t)", rule.Code, row, got, want, latest)
				}
			}
		}
	}
}

func (r *storeRun) say(l *Late) string {
	d := r.spec.Dictionary
	cause := "-"
	if l.CauseTable != -1 {
		cause = fmt.Sprintf("%s %d %q", d.Tables[l.CauseTable].ID, l.CauseRow, l.Key)
	}
	if l.CauseRule != nil {
		cause += " " + l.CauseRule.Code
	}
	return fmt.Sprintf("%s %d %s <- %s", d.Tables[l.Table].ID, l.Row, l.Rule.Code, cause)
}

func (r *storeRun) sayAll(late []Late) string {
	var all []string
	for i := range late {
		all = append(all, r.say(&late[i]))
	}
	return strings.Join(all, "\n ")
}

// compare compares what the store knows at the end.
func (r *storeRun) compare() {
	d := r.spec.Dictionary
	var got, want []string
	for i := range r.found {
		if r.found[i].Row >= 0 {
			got = append(got, r.say(&r.found[i]))
		}
	}
	for i := range r.late {
		want = append(want, r.say(&r.late[i]))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		r.errorf("findings differ:\n store alone %q\n twin alone  %q", without(got, want), without(want, got))
	}
	for i := range d.Tables {
		r.compareTable(i)
	}
	r.compareFile()
}

// without returns what of a sorted list is not in b.
func without(a, b []string) (out []string) {
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

func (r *storeRun) compareTable(table int) {
	t := &r.spec.Dictionary.Tables[table]
	n := Counts{Rows: int64(len(r.rows[t.ID]))}
	if got := r.store.Rows(table); got != len(r.rows[t.ID]) {
		r.errorf("%s has %d rows, want %d", t.ID, got, len(r.rows[t.ID]))
		return
	}
	for row := range r.rows[t.ID] {
		severity := r.severity[t.ID][row]
		switch {
		case r.skipped[t.ID][row]:
			n.Unreadable++
		case severity < dictionary.RejectRecord:
			n.CarriedForward++
		case severity == dictionary.RejectRecord:
			n.RecordRejected++
		case severity == dictionary.RejectGroup:
			n.GroupRejected++
		case severity == dictionary.RejectFile:
			n.FileRejected++
		}
		if got, want := r.store.Valid(table, row), severity < dictionary.RejectRecord && !r.skipped[t.ID][row]; got != want {
			r.errorf("%s row %d is valid: %t, want %t", t.ID, row, got, want)
		}
		rule := func(i int) *dictionary.Rule {
			if i < 0 {
				return nil
			}
			return &r.spec.Dictionary.Rules[i]
		}
		if got := rule(r.store.WorstRule(table, row)); got != r.worst[t.ID][row] {
			r.errorf("%s row %d: worst %v, want %v", t.ID, row, got, r.worst[t.ID][row])
		}
		own, left := r.store.Own(table, row)
		faulty := r.ownWorst[t.ID][row] != nil
		if own != faulty || left != (faulty && r.left[t.ID][row]) {
			r.errorf("%s row %d: faults of its own: %t, %t left; want %t", t.ID, row, own, left, faulty)
		}
		if got := rule(r.store.OwnRule(table, row)); own && got != r.ownWorst[t.ID][row] {
			r.errorf("%s row %d: worst of its own %v, want %v", t.ID, row, got, r.ownWorst[t.ID][row])
		}
	}
	if got := r.store.Counts(table); got != n {
		r.errorf("%s: counts %+v, want %+v", t.ID, got, n)
	}
	r.compareRejections(table)
	r.compareKeys(table)
}

// compareRejections compares what the rejections follow from. Those of one rule
// come by group, or by row and then by what would satisfy it.
func (r *storeRun) compareRejections(table int) {
	d := r.spec.Dictionary
	t := &d.Tables[table]
	say := func(j Rejection, key string) string {
		of := fmt.Sprint(j.Ref)
		if j.Why == OfAbsent {
			of = fmt.Sprintf("%q", key)
		}
		return fmt.Sprintf("row %d %s why %d %s", j.Row, d.Rules[j.Rule].Code, j.Why, of)
	}
	var got, want []string
	last := map[uint16]Rejection{}
	number := map[string]uint32{} // of an absent record
	for _, j := range r.store.Rejections(table) {
		key := ""
		if j.Why == OfAbsent {
			key = string(r.store.AbsentKey(table, j.Ref))
			record := d.Rules[j.Rule].Other.Table + " " + key
			if n, ok := number[record]; ok && n != j.Ref {
				r.errorf("%s: the absent %s is number %d and %d", t.ID, record, n, j.Ref)
			}
			number[record] = j.Ref
		}
		got = append(got, say(j, key))
		a, seen := last[j.Rule]
		order := cmp.Or(cmp.Compare(a.Row, j.Row), cmp.Compare(a.Ref, j.Ref))
		if j.Why == OfGroup {
			order = cmp.Or(cmp.Compare(a.Ref, j.Ref), cmp.Compare(a.Row, j.Row))
		}
		if seen && order >= 0 {
			r.errorf("%s: rejections of %s out of order: %+v before %+v", t.ID, d.Rules[j.Rule].Code, a, j)
		}
		last[j.Rule] = j
	}
	numbers := map[uint32]bool{}
	for _, n := range number {
		numbers[n] = true
	}
	if len(numbers) != len(number) {
		r.errorf("%s: absent records share a number: %v", t.ID, number)
	}
	for i, j := range r.rejections[t.ID] {
		want = append(want, say(j, r.absent[t.ID][i]))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		r.errorf("%s: rejections differ:\n store alone %q\n twin alone  %q", t.ID, without(got, want), without(want, got))
	}
}

// compareKeys looks rows of the table up by each field that a reference rule
// names as the other side.
func (r *storeRun) compareKeys(table int) {
	d := r.spec.Dictionary
	t := &d.Tables[table]
	for i := range d.Rules {
		rule := &d.Rules[i]
		if rule.Other.Table != t.ID || rule.Kind != dictionary.ParentExists || !plan.Active(rule) {
			continue
		}
		for _, key := range []string{"", "A", "B", "K1", "K2", "K000002", "no row has this"} {
			var got, want []int
			ok := r.store.WithKey(table, t.Index(rule.Other.Field), []byte(key), func(row int) { got = append(got, row) })
			for row, values := range r.rows[t.ID] {
				if key != "" && values[rule.Other.Field] == key {
					want = append(want, row)
				}
			}
			if !ok || !slices.Equal(got, want) {
				r.errorf("%s with %s %q: rows %v (looked up: %t), want %v", t.ID, rule.Other.Field, key, got, ok, want)
			}
		}
	}
}

// compareFile compares the checks of the submission as a whole.
func (r *storeRun) compareFile() {
	d := r.spec.Dictionary
	in := func(day int32) bool { return day >= r.start && day <= r.end }
	value := func(row map[string]string, f dictionary.Ref) int32 { return plan.ParseDay(row[f.Field]) }
	carried := func(table string) (n, all int) {
		for row, v := range r.severity[table] {
			n += btoi(v < dictionary.RejectRecord && !r.skipped[table][row])
		}
		return n, len(r.rows[table])
	}
	var got, want []string
	for _, l := range append(slices.Clone(r.found), r.store.EndFile()...) {
		if l.Row < 0 {
			got = append(got, r.say(&l))
		}
	}
	for i := range d.Rules {
		rule := &d.Rules[i]
		if rule.Kind != dictionary.FileCheck || !plan.Active(rule) {
			continue
		}
		failed := false
		switch rule.Check {
		case checkEmpty:
			failed = !slices.ContainsFunc(r.rows[rule.Table], func(row map[string]string) bool { return len(row) > 0 })
		case checkPeriod:
			alive := false
			for _, f := range rule.Fields {
				for _, row := range r.rows[f.Table] {
					alive = alive || in(value(row, f))
				}
			}
			for _, span := range rule.Spans {
				for _, row := range r.rows[span[0].Table] {
					from, to := value(row, span[0]), value(row, span[1])
					alive = alive || from > batch.Unreadable && from <= r.end && (to == batch.Null || to >= r.start)
				}
			}
			failed = r.start > batch.Unreadable && r.end > batch.Unreadable && !alive
		case checkSurvivors:
			for _, f := range rule.Fields {
				n, _ := carried(f.Table)
				failed = failed || n == 0
			}
		case checkHeader:
			n, all := carried(rule.Table)
			failed = all > 1 || n < all
		}
		if failed {
			want = append(want, r.say(&Late{Table: d.Table(rule.Table).Position - 1, Row: -1, Rule: rule, CauseTable: -1}))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		r.errorf("checks of the whole: %q, want %q", got, want)
	}
}
