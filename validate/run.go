package validate

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/finding"
	"mhsds/validate/plan"
	"mhsds/validate/relation"
	"mhsds/validate/source"
)

// run is one call of Validator.Run.
type run struct {
	v         *Validator
	container source.Container
	sink      finding.Sink

	at       []int // the container's table by the dictionary's index, -1 if absent
	programs []*plan.Program
	store    *relation.Store
	header   plan.Header
	own      map[string]*dictionary.Rule // our rules on containers, by Rule.Check
	prints   *prints                     // nil without a key

	counts   []int64 // findings by rule index
	index    map[*dictionary.Rule]int
	warnings []int64 // findings of national rules that warn, by table

	lines       [][]segment // by table: the lines on which rows begin
	done, total int64
	second      *second // nil if no second opinion is wanted
	notices     []finding.Notice
	incomplete  []string
	finding     finding.Finding // reused for every call of the sink
	values      []finding.Value
}

func (r *run) all(ctx context.Context) (*finding.Summary, error) {
	d := r.v.plan.Dictionary
	tables := r.container.Tables()
	at, notices, err := match(d, tables)
	if err != nil {
		return nil, err
	}
	r.at = at
	for _, n := range r.container.Notices() {
		r.notices = append(r.notices, finding.Notice(n))
	}
	if c, ok := r.container.(source.Damageable); ok {
		r.incomplete = append(r.incomplete, c.Damage()...)
	}
	r.notices = append(r.notices, notices...)
	r.counts = make([]int64, len(d.Rules))
	r.warnings = make([]int64, len(d.Tables))
	r.lines = make([][]segment, len(d.Tables))
	r.index = make(map[*dictionary.Rule]int, len(d.Rules))
	r.own = make(map[string]*dictionary.Rule)
	for i := range d.Rules {
		rule := &d.Rules[i]
		r.index[rule] = i
		if rule.Kind == dictionary.Container {
			r.own[rule.Check] = rule
		}
	}
	for i := range at {
		if at[i] >= 0 {
			r.total += tables[at[i]].Size
		}
	}
	if r.header, err = r.readHeader(); err != nil {
		return nil, err
	}
	if r.programs, err = r.v.plan.Bind(r.header, r.v.portal, func(t int) bool { return at[t] >= 0 }); err != nil {
		return nil, err
	}
	if r.v.opt.Judge != nil {
		r.second = &second{judge: r.v.opt.Judge}
		r.second.judge.Bind(r.header, r.v.portal)
	}
	present := make([]bool, len(at))
	for i := range at {
		present[i] = at[i] >= 0
	}
	for _, o := range r.v.opt.Observers {
		o.Begin(r.header, present)
	}
	if b, ok := r.sink.(finding.Beginner); ok {
		b.Begin(r.headerValue("period_start"), r.headerValue("period_end"))
	}
	start, end := r.period()
	r.store = relation.NewStore(r.v.spec, start, end)
	r.prints = r.v.newPrints(plan.Active)
	compiling, stop := context.WithCancel(ctx)
	defer stop()
	go r.v.plan.CompileAhead(compiling, r.ahead())
	for i, t := range r.v.spec.Order {
		if ctx.Err() != nil {
			r.unread(i)
			return r.summary(), nil
		}
		if err := r.table(ctx, t); err != nil {
			return nil, err
		}
	}
	if ctx.Err() == nil && !r.v.opt.SingleRecords {
		if err := r.structure(); err != nil {
			return nil, err
		}
		if err := r.late(ctx, r.store.EndFile()); err != nil {
			return nil, err
		}
	}
	s := r.summary()
	if ctx.Err() == nil {
		if err := r.finish(ctx, s); err != nil {
			return nil, err
		}
		r.tally(s)
	}
	if r.v.opt.Diagnostics && ctx.Err() == nil && s.Verdict != finding.FileRejected {
		if err := r.diagnostics(ctx, s); err != nil {
			return nil, err
		}
	}
	if c, ok := r.container.(source.Changeable); ok && ctx.Err() == nil {
		for _, name := range c.Changed() {
			r.incomplete = append(r.incomplete, "the file "+name+" was changed while it was read: leave the submission alone while it is checked, and run again")
		}
	}
	s.Incomplete = r.incomplete // with what reading again found out
	return s, nil
}

// ahead lists the tables, in reading order, whose documents are worth having
// before their rows come: those that may have some, but for what is next to
// nothing beside the largest, such as the empty tables of a database.
func (r *run) ahead() (list []int) {
	const nothing = 1 << 12
	tables := r.container.Tables()
	var largest int64
	for _, t := range tables {
		largest = max(largest, t.Size)
	}
	for _, t := range r.v.spec.Order {
		if r.at[t] >= 0 && tables[r.at[t]].Size > largest/nothing {
			list = append(list, t)
		}
	}
	return list
}

// unread says which tables of the submission were not read, from the i-th of
// the reading order on.
func (r *run) unread(i int) {
	n, first := 0, ""
	for _, t := range r.v.spec.Order[i:] {
		if r.at[t] >= 0 {
			if n++; n == 1 {
				first = r.v.plan.Dictionary.Tables[t].Name
			}
		}
	}
	if n > 0 {
		r.incomplete = append(r.incomplete, fmt.Sprintf("stopped before the end: %s not read, from %s on", plural(n, "table"), first))
	}
}

// readHeader reads the first header record.
func (r *run) readHeader() (plan.Header, error) {
	t, _ := r.v.plan.Dictionary.Role("header")
	if t == nil || r.at[t.Position-1] < 0 {
		return nil, nil
	}
	// Programs depend on the header, and preparing its batch on a program: one
	// bound to no header prepares as well as any.
	programs, err := r.v.plan.Bind(nil, r.v.portal, func(i int) bool { return i == t.Position-1 })
	if err != nil {
		return nil, err
	}
	program := programs[t.Position-1]
	rd, numbers, _, err := r.open(t.Position - 1)
	if err != nil {
		return nil, nil // said when the table itself is read
	}
	defer rd.Close()
	var header plan.Header
	var blk source.Block
	var w plan.Worker
	dec := rd.Decoder()
	for header == nil && rd.Next(&blk) == nil {
		for more := true; more && header == nil; {
			if more, err = dec.Decode(&blk, &w.Batch, 1); err != nil {
				return nil, nil
			}
			if w.Batch.Rows == 0 || w.Batch.AnySkip {
				continue
			}
			program.Prepare(&w, numbers, r.v.layout)
			header = plan.Header{}
			for i := range t.Fields {
				if v := w.Batch.Append(nil, i, 0); len(v) > 0 {
					header[t.Fields[i].Name] = string(v)
				}
			}
		}
	}
	return header, nil
}

// keyed reports whether the keys of a table's rows are kept.
func (r *run) keyed(t int) bool { return !r.v.opt.SingleRecords || r.v.spec.HasDays(t) }

// headerValue is the header's value of the field that plays the role.
func (r *run) headerValue(role string) string {
	if _, f := r.v.plan.Dictionary.Role(role); f != nil {
		return r.header[f.Name]
	}
	return ""
}

// period is the header's reporting period, batch.Null for a date it lacks.
func (r *run) period() (start, end int32) {
	day := func(role string) int32 {
		if d := plan.ParseDay(r.headerValue(role)); d > batch.Unreadable {
			return d
		}
		return batch.Null
	}
	return day("period_start"), day("period_end")
}

// open opens a table's file and pairs its columns with the fields.
func (r *run) open(t int) (source.Reader, []bool, []finding.Notice, error) {
	rd, err := r.container.Open(r.at[t])
	if err != nil {
		return nil, nil, nil, err
	}
	table := &r.v.plan.Dictionary.Tables[t]
	if k, ok := rd.(source.Keyed); ok { // what is to be said of its names is known after its last row
		names := make([]string, len(table.Fields))
		for i := range table.Fields {
			names[i] = table.Fields[i].Name
		}
		k.BindNames(names)
		return rd, make([]bool, len(names)), nil, nil
	}
	columns, numbers, notices := bind(table, r.file(t), rd.Columns())
	if names := rd.Columns(); len(names) == 1 && len(rd.Notices()) > 0 {
		if _, ok := source.Divided(names[0].Name, 0); ok {
			notices = nil // it has another delimiter, which the reader has said
		}
	}
	rd.Bind(columns)
	return rd, numbers, notices, nil
}

// file is the name of the table's file, "" if the submission has none.
func (r *run) file(t int) string {
	if r.at[t] < 0 {
		return ""
	}
	return r.container.Tables()[r.at[t]].File
}

// A unit is one block of input and all that a worker found in it.
type unit struct {
	seq   int
	block source.Block
	err   error
	bytes int64
	lines int64

	rows     int
	hits     []hit
	severity []uint8 // worst, by row
	worst    []uint16
	extract  relation.Extract
	sights   []Sight // by observer
	padded   []padding
	layouts  []layoutCount
	segments []segment // in the unit, both from 0
	values   []byte    // of the hits' items, end to end
	ends     []valueEnd
	prints   []sum // of the hits; empty without a key
}

// A hit is a finding on one row of a unit.
type hit struct {
	row   uint32
	line  uint32 // in the unit, from 0
	rule  uint16 // index in Dictionary.Rules
	field int16  // position of the field, -1 for the whole row
	item  uint32 // of its first value in unit.ends
}

type valueEnd struct {
	end  uint32
	null bool
}

// padding counts the values of a column from which spaces were dropped.
type padding struct{ count, first int }

// layoutCount says how the dates of a column of text are written.
type layoutCount struct {
	readable, unreadable int
	fits                 []int // by plan.KnownLayouts, of the unreadable
}

// table reads and judges one table.
func (r *run) table(ctx context.Context, t int) error {
	r.prints.begin()
	collected := &collector{run: r, table: t, line: 1}
	if r.at[t] >= 0 {
		if err := r.read(ctx, t, collected); err != nil {
			return err
		}
		if ctx.Err() != nil {
			r.incomplete = append(r.incomplete, fmt.Sprintf("%s: reading stopped after %s", r.file(t), plural(collected.rows, "row")))
			return nil
		}
	}
	if err := collected.end(); err != nil {
		return err
	}
	if r.v.opt.SingleRecords {
		return nil
	}
	if keys := r.v.opt.Keys; keys != nil && collected.rows > 0 {
		keys(&r.v.plan.Dictionary.Tables[t], r.store.KeyMemory(t))
	}
	proof := r.store.Suspects(t)
	if proof != nil {
		err := r.again(ctx, t, proof.Rows, func(b *batch.Batch, first int) error {
			proof.Add(b, first)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return r.late(ctx, r.store.EndTable(t, proof))
}

// read runs the table through the workers: one goroutine reads blocks, the
// workers judge them, and the caller's collects the results in order.
func (r *run) read(ctx context.Context, t int, c *collector) error {
	rd, numbers, notices, err := r.open(t)
	if err != nil {
		r.incomplete = append(r.incomplete, sentence(r.file(t), err))
		return nil
	}
	defer rd.Close()
	r.notices = append(r.notices, notices...)
	workers := r.v.opt.Workers
	units := 2*workers + 2
	free := make(chan *unit, units)
	work := make(chan *unit, units)
	done := make(chan *unit, units)
	for range units {
		free <- &unit{}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var readErr error
	var fault guard
	go func() {
		defer close(work)
		defer fault.recover(stop)
		for seq := 0; ; seq++ {
			var u *unit
			select {
			case u = <-free:
			case <-ctx.Done():
				return
			}
			if err := rd.Next(&u.block); err != nil {
				if err != io.EOF {
					readErr = err
				}
				return
			}
			u.seq = seq
			select {
			case work <- u:
			case <-ctx.Done():
				return
			}
		}
	}()
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			defer fault.recover(stop)
			w := newWorker(r, t, rd.Decoder(), numbers)
			for u := range work {
				if ctx.Err() == nil {
					w.judge(u)
				}
				done <- u
			}
		})
	}
	go func() {
		wg.Wait()
		close(done)
	}()
	var failed error
	waiting := make([]*unit, units)
	for next := 0; ; {
		u, ok := <-done
		if !ok {
			break
		}
		waiting[u.seq%units] = u
		for ; waiting[next%units] != nil; next++ {
			u := waiting[next%units]
			waiting[next%units] = nil
			if failed == nil && ctx.Err() == nil {
				if failed = c.add(u); failed != nil {
					stop()
				}
			}
			free <- u
		}
	}
	if _, ok := rd.(source.Keyed); ok {
		r.notices = append(r.notices, keyed(&r.v.plan.Dictionary.Tables[t], r.file(t), rd.Columns())...)
	}
	for _, n := range rd.Notices() {
		r.notices = append(r.notices, finding.Notice(n))
	}
	if err := fault.err.Load(); err != nil {
		return *err
	}
	if failed == nil && readErr != nil {
		r.incomplete = append(r.incomplete, sentence(r.file(t), readErr))
	}
	return failed
}

// A guard catches a panic of one of several goroutines.
type guard struct{ err atomic.Pointer[error] }

// recover is deferred by each of them; stop ends the others. What the panic
// said is not kept: it may hold a value.
func (g *guard) recover(stop func()) {
	if recover() != nil {
		err := fmt.Errorf("%w: %s", ErrFault, place(debug.Stack()))
		g.err.CompareAndSwap(nil, &err)
		stop()
	}
}

// place names the function that panicked, from a stack trace.
func place(stack []byte) string {
	_, after, _ := bytes.Cut(stack, []byte("panic("))
	for line := range bytes.Lines(after) {
		if name, _, ok := bytes.Cut(line, []byte("(")); ok && !bytes.HasPrefix(line, []byte("\t")) && !bytes.HasPrefix(line, []byte("runtime")) && !bytes.HasPrefix(line, []byte("panic")) && len(name) > 0 && name[0] != '{' && bytes.Contains(line, []byte("mhsds/")) {
			return string(name)
		}
	}
	return "unknown place"
}

// sentence words an error with its file before it, unless it says it already.
func sentence(file string, err error) string {
	if s := err.Error(); len(s) > len(file) && s[:len(file)] == file {
		return s
	}
	return file + ": " + err.Error()
}

// again reads a table once more and calls f with every batch that holds one of
// the rows, which are 0-based and ascending; first is the batch's first row.
func (r *run) again(ctx context.Context, t int, rows []uint32, f func(b *batch.Batch, first int) error) error {
	if len(rows) == 0 {
		return nil
	}
	rd, numbers, _, err := r.open(t)
	if err != nil {
		return fmt.Errorf("%s: reading a second time: %w", r.file(t), err)
	}
	defer rd.Close()
	var blk source.Block
	var w plan.Worker
	dec := rd.Decoder()
	for first := 0; len(rows) > 0 && ctx.Err() == nil; {
		if err := rd.Next(&blk); err != nil {
			if err == io.EOF || errors.Is(err, source.ErrDamaged) {
				r.otherRows(t, "fewer")
				return nil
			}
			return fmt.Errorf("%s: reading a second time: %w", r.file(t), err)
		}
		for more := true; more; {
			if more, err = dec.Decode(&blk, &w.Batch, r.v.opt.BatchRows); err != nil {
				return fmt.Errorf("%s: reading a second time: %w", r.file(t), err)
			}
			end := first + w.Batch.Rows
			if r.keyed(t) && end > r.store.Rows(t) { // nothing is known of the rows past it
				r.otherRows(t, "more")
				return nil
			}
			if len(rows) > 0 && int(rows[0]) < end {
				r.programs[t].Prepare(&w, numbers, r.v.layout)
				if err := f(&w.Batch, first); err != nil {
					return err
				}
				for len(rows) > 0 && int(rows[0]) < end {
					rows = rows[1:]
				}
			}
			first = end
		}
	}
	return nil
}

// otherRows says that a table has changed since it was read first.
func (r *run) otherRows(t int, how string) {
	r.incomplete = append(r.incomplete, r.file(t)+": has "+how+" rows than when it was read first: leave the submission alone while it is checked, and run again")
}

// late reports findings that no row shows by itself. They come table by table;
// where values or fingerprints are asked for, each table is read again for them.
func (r *run) late(ctx context.Context, late []relation.Late) error {
	for len(late) > 0 {
		t := late[0].Table
		n := slices.IndexFunc(late, func(l relation.Late) bool { return l.Table != t })
		if n < 0 {
			n = len(late)
		}
		of := late[:n]
		late = late[n:]
		r.prints.begin()
		for len(of) > 0 && of[0].Row < 0 {
			if err := r.reportLate(&of[0], nil, 0); err != nil {
				return err
			}
			of = of[1:]
		}
		if !r.v.opt.Values && r.prints == nil {
			for i := range of {
				if err := r.reportLate(&of[i], nil, 0); err != nil {
					return err
				}
			}
			continue
		}
		rows := make([]uint32, len(of))
		for i := range of {
			rows[i] = uint32(of[i].Row)
		}
		err := r.again(ctx, t, rows, func(b *batch.Batch, first int) error {
			for len(of) > 0 && of[0].Row < first+b.Rows {
				if err := r.reportLate(&of[0], b, first); err != nil {
					return err
				}
				of = of[1:]
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// reportLate hands one late finding to the sink, with the values and the
// fingerprint of its row if b, whose first row is first, is given.
func (r *run) reportLate(l *relation.Late, b *batch.Batch, first int) error {
	f := &r.finding
	*f = finding.Finding{Rule: l.Rule, Table: &r.v.plan.Dictionary.Tables[l.Table], Row: int64(l.Row) + 1, File: r.file(l.Table), Line: r.line(l.Table, l.Row)}
	if l.CauseTable >= 0 {
		f.Cause.Table = &r.v.plan.Dictionary.Tables[l.CauseTable]
		if l.CauseRow >= 0 {
			f.Cause.Rule, f.Cause.Row = l.CauseRule, int64(l.CauseRow)+1
		} else {
			f.Cause.Absent = true
			if r.v.opt.Values {
				f.Cause.Key = l.Key
			}
		}
	}
	if r.prints != nil {
		tested := f.Table.Index(l.Rule.Field)
		r.prints.set(f, r.prints.of(l.Rule, f.Table, "", &r.prints.identities[l.Table], b, l.Row-first, tested))
	}
	if b != nil && r.v.opt.Values {
		p := r.programs[l.Table]
		k := slices.IndexFunc(p.Rules, func(pr plan.Rule) bool { return pr.Rule == l.Rule })
		r.values = r.values[:0]
		for i, item := range p.Rules[k].Items {
			v := finding.Value{Item: l.Rule.Items[i]}
			switch {
			case item.Column >= 0:
				v.Text = b.Append(nil, item.Column, l.Row-first)
			default:
				v.Text = []byte(item.Fixed)
			}
			v.Null = len(v.Text) == 0
			r.values = append(r.values, v)
		}
		f.Values = r.values
	}
	return r.report(f)
}

// A segment is some rows that begin on consecutive lines: the row, from 0, and
// the line, from 1, of the first of them.
type segment struct{ row, line int64 }

// line is the line on which a row begins, 0 where there are no lines.
func (r *run) line(table, row int) int64 {
	s := r.lines[table]
	i, found := slices.BinarySearchFunc(s, int64(row), func(g segment, row int64) int { return cmp.Compare(g.row, row) })
	if !found {
		i--
	}
	if row < 0 || i < 0 {
		return 0
	}
	return s[i].line + int64(row) - s[i].row
}

// reportWhole is report for a finding on a table or file as a whole.
func (r *run) reportWhole(f *finding.Finding) error {
	if r.prints != nil {
		r.prints.whole(f)
	}
	return r.report(f)
}

// report counts a finding and hands it to the sink.
func (r *run) report(f *finding.Finding) error {
	r.counts[r.index[f.Rule]]++
	if r.prints != nil {
		r.prints.mark(f, r.index[f.Rule])
	}
	if f.Rule.Severity == dictionary.Warning && !f.Rule.Own() && f.Table != nil {
		r.warnings[f.Table.Position-1]++
	}
	return r.sink.Report(f)
}

// summary is the outcome so far.
func (r *run) summary() *finding.Summary {
	d := r.v.plan.Dictionary
	s := &finding.Summary{
		Verdict:        finding.Accepted,
		DatasetVersion: d.Version, RulesDated: d.RulesDated, ScalesRevision: d.ScalesRevision,
		PeriodStart: r.headerValue("period_start"), PeriodEnd: r.headerValue("period_end"),
		Provider: r.headerValue("header_provider"), Submitter: r.headerValue("header_submitter"),
		Notices: r.notices, Incomplete: r.incomplete, Tool: r.v.opt.Tool,
	}
	s.Tool.Jobs = r.v.opt.Workers
	r.tally(s)
	for _, t := range r.v.spec.Order {
		n := r.store.Counts(t)
		s.Tables = append(s.Tables, finding.TableSummary{
			Table: &d.Tables[t], File: r.file(t), Rows: n.Rows, CarriedForward: n.CarriedForward,
			RecordRejected: n.RecordRejected, GroupRejected: n.GroupRejected, FileRejected: n.FileRejected,
			Unreadable: n.Unreadable, Warnings: r.warnings[t],
		})
	}
	if r.second != nil {
		s.Disagreements, s.DisagreementCount = r.second.said, r.second.count
	}
	s.FingerprintKey = FingerprintKeyID(r.v.opt.FingerprintKey)
	r.causes(s)
	for i := range d.Rules {
		rule := &d.Rules[i]
		if !plan.Active(rule) || rule.Own() {
			continue
		}
		if why := r.lacks(rule); why != "" {
			s.NotChecked = append(s.NotChecked, finding.NotChecked{Rule: rule, Why: why})
		}
	}
	for _, t := range r.container.Tables() {
		s.Input.Files = append(s.Input.Files, finding.InputFile{Name: t.File, Bytes: t.Size})
	}
	if r.v.opt.Reference != nil {
		s.Input.Reference = r.v.opt.Reference.Files()
		start, _ := r.period()
		s.Notices = append(s.Notices, referenceNotices(s.Input.Reference, start)...)
	}
	return s
}

// tally fills in the findings by rule and the verdict.
func (r *run) tally(s *finding.Summary) {
	d := r.v.plan.Dictionary
	s.Rules = s.Rules[:0]
	for i, n := range r.counts {
		if n == 0 {
			continue
		}
		rule := &d.Rules[i]
		s.Rules = append(s.Rules, finding.RuleCount{Rule: rule, Count: n})
		switch {
		case rule.Own() || rule.Severity < dictionary.RejectRecord:
		case rule.Severity == dictionary.RejectFile:
			s.Verdict = finding.FileRejected
		default:
			s.Verdict = max(s.Verdict, finding.AcceptedWithRejections)
		}
	}
}

// lacks says why a rule could not be judged in this run, or "".
func (r *run) lacks(rule *dictionary.Rule) string {
	if why := r.v.plan.Lacks(rule, r.v.portal); why != "" {
		return why
	}
	if _, ok := r.container.(source.Structured); !ok && rule == r.v.spec.Structure() {
		return "the structure of a database is judged on Access files only"
	}
	return ""
}

// progress says how far the run is.
func (r *run) progress(bytes int64, t int) {
	r.done += bytes
	if r.v.opt.Progress != nil {
		r.v.opt.Progress(r.done, cmp.Or(r.total, r.done), r.v.plan.Dictionary.Tables[t].Name)
	}
}
