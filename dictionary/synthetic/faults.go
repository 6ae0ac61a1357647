package synthetic

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"mhsds/dictionary"
)

// An Answer is one fault and everything that a validator must say of it.
type Answer struct {
	Code  string // of the rule that is broken
	Table string // the table's name
	Row   int64  // 1-based; 0 for the table or the submission as a whole
	Field string // "" for a rule on whole rows

	// Companions are the codes, sorted, of other rules that fail at once with
	// this one, not because a row is rejected: the rule cannot be broken alone.
	Companions []string

	// Cascade lists what else must be said: the same rule on the other rows
	// of a group, rules that cannot but fail with it, and rows that are
	// rejected because others are.
	Cascade []Expected
}

// An Expected is one finding.
type Expected struct {
	Table string
	Row   int64
	Code  string
}

// A Skipped is a rule that was asked for and is not broken, and why.
type Skipped struct{ Code, Why string }

// All, as a member of Config.Break, stands for every rule that can be broken
// together with others in one submission.
const All = "all"

// A fault is a rule broken in a world of its own.
type fault struct {
	rule     *dictionary.Rule
	world    *world
	row      int // in the world; -1: the submission
	column   int
	direct   []string  // the codes that fail at once, sorted; the rule's is one
	findings []verdict // all of them

	patients int       // how many of the submission's patients the world has
	constant *cellEdit // the one value that does it in any row; nil if there is none
}

// codes lists the rules of verdicts, sorted, each once.
func codes(list []verdict) []string {
	var all []string
	for _, v := range list {
		all = append(all, v.rule.Code)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// A variant is which rows a world has: those below the table of the rule or
// only what must be there, one row of that table or two, and which of the two
// is broken.
type variant struct {
	below bool
	twins int
	at    int
}

func variants() []variant {
	return []variant{{true, 1, 0}, {true, 2, 1}, {true, 2, 0}, {false, 1, 0}, {false, 2, 1}, {false, 2, 0}}
}

// breakable says why a rule cannot be broken in the rows of one patient or one
// pool: it is about the submission as a whole, or about no record. whole
// reports the former.
func (m *maker) breakable(r *dictionary.Rule) (why string, whole bool) {
	switch {
	case r.Unchecked != "":
		return r.Unchecked, false
	case r.Status == dictionary.PipelineOnly:
		return "off: no longer in the national rule list", false
	}
	if i := slices.IndexFunc(m.g.unbroken, func(u Unbroken) bool { return u.Of(r) }); i >= 0 {
		return m.g.unbroken[i].Why, false
	}
	switch {
	case r.Kind.Register() != 0 && !m.cfg.Registers:
		return "needs reference data", false
	case m.d.Table(r.Table) == nil:
		return "is about no one table", false
	}
	return "", r.Kind == dictionary.FileCheck || m.header != nil && r.Table == m.header.ID
}

// fault breaks a rule in a world made of patient p, and of p+1 if it takes
// two; n is the number of the fault, for what must differ between faults. It
// is nil if no trial breaks the rule.
func (m *maker) fault(r *dictionary.Rule, p, n int) (*fault, error) {
	t := m.tableOf(r.Table)
	var best *fault
	consider := func(w *world, row, patients int) (done bool) {
		if row < 0 || slices.ContainsFunc(w.judge(true), func(v verdict) bool { return v.rule.Kind != dictionary.RejectAll }) {
			return false // a world that this table cannot have, such as two rows where there may be one
		}
		try := func(tr trial, e *edit) bool {
			direct := codes(tr.judge(true))
			if slices.Contains(direct, r.Code) && (best == nil || len(direct) < len(best.direct)) {
				best = &fault{rule: r, world: tr.world, row: tr.row, column: tr.column, direct: direct, patients: patients}
				if e != nil && e.alone {
					best.constant = &e.cells[0]
				}
			}
			return slices.Equal(direct, []string{r.Code}) || m.g.declared(r.Code, direct)
		}
		t := w.newTrier(r, row)
		mended := func(tr trial) bool {
			return slices.ContainsFunc(tr.mended(r, t.column), func(c *world) bool { return try(trial{c, tr.row, tr.column}, nil) })
		}
		for f := range forms {
			for i := range t.edits {
				tr := w.edited(row, t.edits[i], f)
				if try(tr, &t.edits[i]) || mended(tr) {
					return true
				}
			}
		}
		for _, tr := range t.list {
			if try(tr, nil) || mended(tr) {
				return true
			}
		}
		return false
	}
	switch {
	case t.pool || m.never(t):
		w := m.poolWorld(t, p, n)
		consider(w, len(w.rows)-1, 1)
	case t == m.patient && (r.Kind == dictionary.Unique || r.Kind == dictionary.UniqueWhen):
		w := m.slim(p, n, t, variant{true, 1, 0})
		if consider(w, w.find(t, 0), 1) {
			break
		}
		two := m.slim(p, n, t, variant{false, 1, 0})
		two.rows = append(two.rows, m.slim(p+1, n, t, variant{false, 1, 0}).rows...)
		two.sort()
		consider(two, two.find(t, 0), 2)
	default:
		for _, v := range variants() {
			if t == m.patient && v.twins > 1 {
				continue
			}
			w := m.slim(p, n, t, v)
			if consider(w, w.find(t, v.at), 1) {
				break
			}
		}
	}
	if best != nil {
		best.findings = best.world.judge(false)
	}
	return best, nil
}

// mended returns worlds in which a trial breaks fewer conditions besides: with
// other values in the fields that those conditions read.
func (t *trial) mended(r *dictionary.Rule, column int) []*world {
	var list []*world
	for _, v := range t.judge(true) {
		if v.rule != r && v.row == t.row && v.rule.Kind == dictionary.Comparison {
			list = append(list, t.states(v.rule, t.row, column)...)
		}
	}
	return list
}

// find returns the place of the n-th row of a table, or -1.
func (w *world) find(t *table, n int) int {
	for i, r := range w.rows {
		if r.t == t && !r.beside {
			if n--; n < 0 {
				return i
			}
		}
	}
	return -1
}

// sort puts the rows in the order of tables.
func (w *world) sort() {
	slices.SortStableFunc(w.rows, func(a, b *worldRow) int { return a.t.index - b.t.index })
}

// spareNHS is an NHS number that no patient has; each fault has its own.
func (w *world) spareNHS() string {
	if i := w.m.cfg.Patients + w.number; i < len(w.m.nhs) {
		six := int(w.m.nhs[i])
		return string(appendNHS(nil, six, nhsCheck(six)))
	}
	return ""
}

// newWorld returns a world without rows, under the header that the submission
// has.
func (m *maker) newWorld(n int) *world {
	w := &world{m: m, number: n, header: map[string]string{}}
	if m.header != nil {
		row := m.made(m.header, func(k *worker, b *batch) { k.poolRow(m.header, 0, b) })[0]
		for i := range m.header.Fields {
			w.header[m.header.Fields[i].Name] = row.values[i]
		}
	}
	return w
}

// made returns the rows that fill appends.
func (m *maker) made(t *table, fill func(*worker, *batch)) []*worldRow {
	var b batch
	b.reset(len(t.Fields))
	fill(m.worker(), &b)
	return b.worldRows(t)
}

func (b *batch) worldRows(t *table) []*worldRow {
	var list []*worldRow
	values := make([][]byte, len(t.Fields))
	for i := range b.rows {
		row := &worldRow{t: t, values: make([]string, len(t.Fields))}
		b.row(i, values)
		for c, v := range values {
			row.values[c] = string(v)
		}
		list = append(list, row)
	}
	return list
}

// slim returns a world of patient p: one row of each table that leads to t,
// of those that must be there, and perhaps of those below t; as many rows of t
// as the variant says.
func (m *maker) slim(p, n int, t *table, v variant) *world {
	wanted := map[*table]bool{m.patient: true}
	for _, up := range t.path {
		wanted[up] = true
	}
	for _, below := range m.tables {
		if v.below && !below.pool && slices.Contains(below.path, t) && !m.never(below) {
			wanted[below] = true
		}
	}
	for range maxDepth {
		for _, d := range m.tables {
			if d.demanded && wanted[d.parent] {
				wanted[d] = true
			}
		}
	}
	w := m.newWorld(n)
	k := m.worker()
	k.only = func(of *table) int {
		switch {
		case of == t:
			return v.twins
		case wanted[of]:
			return 1
		}
		return 0
	}
	var b batch
	for _, of := range m.tables {
		if wanted[of] && !of.pool && of != m.header {
			b.reset(len(of.Fields))
			k.patientRows(of, p, &b)
			w.rows = append(w.rows, b.worldRows(of)...)
		}
	}
	w.addPools()
	return w
}

// addPools adds the pools' rows that the others refer to.
func (w *world) addPools() {
	seen := map[string]bool{}
	for _, row := range w.rows {
		if row.t.pool && row.t.key >= 0 {
			seen[row.t.ID+row.values[row.t.key]] = true
		}
	}
	for _, row := range slices.Clone(w.rows) {
		for c := range row.t.fields {
			f := &row.t.fields[c]
			key := row.values[c]
			if f.how != makePooled || key == "" || f.pool.key < 0 || seen[f.pool.ID+key] {
				continue
			}
			seen[f.pool.ID+key] = true
			values := make([]string, len(f.pool.Fields))
			values[f.pool.key] = key
			w.rows = append(w.rows, &worldRow{t: f.pool, values: values, beside: true})
		}
	}
	w.sort()
}

// poolWorld returns a world whose last row is a row of a pool that nothing
// else in the submission knows, and a patient that uses it if some row must.
func (m *maker) poolWorld(t *table, p, n int) *world {
	w := m.newWorld(n)
	row := m.made(t, func(k *worker, b *batch) { k.poolRow(t, t.pooled+n, b) })[0]
	for _, user := range m.tables {
		if !slices.Contains(user.users, t) {
			continue
		}
		w = m.slim(p, n, user, variant{false, 1, 0})
		for _, r := range w.rows {
			if r.t != user {
				continue
			}
			for c := range user.fields {
				if f := &user.fields[c]; f.how == makePooled && f.pool == t && f.used {
					r.values[c] = row.values[t.key]
				}
			}
		}
	}
	w.rows = append(w.rows, row)
	w.addPools()
	at := slices.Index(w.rows, row) // last, whatever its table
	w.rows = append(slices.Delete(w.rows, at, at+1), row)
	return w
}

// A plan is the faults of a submission and where they are put.
type plan struct {
	faults   []*fault
	patients map[int][]*worldRow // by patient: the rows of a fault's world
	extra    map[*table][]*worldRow
	skipped  []Skipped
	rows     map[*worldRow]int64 // where a row came to stand, once it was written
}

// planFaults finds a way to break each rule that was asked for.
func (m *maker) planFaults() (*plan, error) {
	p := &plan{patients: map[int][]*worldRow{}, extra: map[*table][]*worldRow{}, rows: map[*worldRow]int64{}}
	rules, err := m.asked(p)
	if err != nil || len(rules) == 0 {
		return p, err
	}
	// A fault has patients of its own, behind those that see to the pools.
	reserved := 1
	for _, t := range m.tables {
		for _, u := range t.users {
			reserved = max(reserved, u.pooled)
		}
	}
	stride := (m.cfg.Patients - reserved) / len(rules)
	if stride < patientsPerFault {
		return nil, fmt.Errorf("%d faults need %d patients, so that none touches another", len(rules), reserved+patientsPerFault*len(rules))
	}
	p.faults = make([]*fault, len(rules))
	errs := make([]error, len(rules))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(m.cfg.Workers, len(rules)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(rules); i = int(next.Add(1)) - 1 {
				p.faults[i], errs[i] = m.fault(rules[i], reserved+i*stride, i)
			}
		})
	}
	wait.Wait()
	for i, f := range p.faults {
		if errs[i] != nil {
			return nil, errs[i]
		}
		if f == nil {
			p.skipped = append(p.skipped, Skipped{rules[i].Code, "no way to break it was found"})
			continue
		}
		first := reserved + i*stride
		for k := range f.patients {
			p.patients[first+k] = []*worldRow{}
		}
		for _, row := range f.world.rows {
			switch {
			case row.beside:
			case row.t.pool:
				p.extra[row.t] = append(p.extra[row.t], row)
			default: // of the first patient, all of them: rows keep the order of their world
				p.patients[first] = append(p.patients[first], row)
			}
		}
	}
	p.faults = slices.DeleteFunc(p.faults, func(f *fault) bool { return f == nil })
	return p, nil
}

// patientsPerFault is the most patients that one fault takes.
const patientsPerFault = 2

// asked lists the rules to break, in the dictionary's order. What was asked
// for by name and cannot be is an error, or skipped if everything was asked.
func (m *maker) asked(p *plan) ([]*dictionary.Rule, error) {
	all := slices.Contains(m.cfg.Break, All)
	var known []string
	for i := range m.d.Rules {
		known = append(known, m.d.Rules[i].Code)
	}
	for _, code := range m.cfg.Break {
		if code != All && m.d.Rule(code) == nil {
			return nil, fmt.Errorf("break: no rule has the code %q%s", code, dictionary.DidYouMean(code, known))
		}
	}
	var rules []*dictionary.Rule
	for i := range m.d.Rules {
		r := &m.d.Rules[i]
		named := slices.ContainsFunc(m.cfg.Break, func(c string) bool { return strings.EqualFold(c, r.Code) })
		if !named && !all {
			continue
		}
		why, whole := m.breakable(r)
		if why == "" && whole {
			why = "is about the submission as a whole: break it alone"
		}
		switch {
		case why == "":
			rules = append(rules, r)
		case named:
			return nil, fmt.Errorf("break: rule %s %s", r.Code, why)
		default:
			p.skipped = append(p.skipped, Skipped{r.Code, why})
		}
	}
	return rules, nil
}

// answers says what became of the faults, once everything has been written.
func (p *plan) answers() []Answer {
	var list []Answer
	for _, f := range p.faults {
		list = append(list, f.answer(func(row int) (string, int64) {
			r := f.world.rows[row]
			return r.t.Name, p.rows[r]
		}))
	}
	return list
}

// answer words a fault; place says where a row of its world came to stand.
func (f *fault) answer(place func(row int) (string, int64)) Answer {
	a := Answer{Code: f.rule.Code, Field: f.rule.Field}
	for _, code := range f.direct {
		if code != f.rule.Code {
			a.Companions = append(a.Companions, code)
		}
	}
	at := f.row
	// A rule on a group is told at the group's first row.
	for _, v := range f.findings {
		if v.rule == f.rule && v.row == f.row {
			at = v.row
		}
	}
	if at >= 0 {
		a.Table, a.Row = place(at)
	} else if t := f.world.m.d.Table(f.rule.Table); t != nil {
		a.Table = t.Name
	}
	for _, v := range f.findings {
		if v.rule == f.rule && v.row == at {
			continue
		}
		e := Expected{Code: v.rule.Code}
		if v.row >= 0 {
			e.Table, e.Row = place(v.row)
		} else if t := f.world.m.d.Table(v.rule.Table); t != nil {
			e.Table = t.Name
		}
		a.Cascade = append(a.Cascade, e)
	}
	return a
}
