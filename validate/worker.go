package validate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/finding"
	"mhsds/validate/plan"
	"mhsds/validate/relation"
	"mhsds/validate/source"
)

// A worker judges blocks of one table. It belongs to one goroutine.
type worker struct {
	run     *run
	table   int
	program *plan.Program
	decoder source.Decoder
	numbers []bool
	plan.Worker

	rules   []rankInfo // by rank
	parents []int      // the joins' tables
	fields  [][]int    // the joins' dates, columns of the parent
	printer *printer   // nil without a key
	layouts []*plan.Layout

	extract *relation.Extract // of the batch in hand, for observers
	joined  func(column, parent int) []int32
}

// rankInfo is what the hot path needs of a rule.
type rankInfo struct {
	index    uint16
	field    int16
	severity uint8
	assumed  bool // its findings count as repaired in Summary.Assumed
	items    []plan.ItemSource
}

func newWorker(r *run, t int, dec source.Decoder, numbers []bool) *worker {
	d := r.v.plan.Dictionary
	w := &worker{run: r, table: t, program: r.programs[t], decoder: dec, numbers: numbers}
	w.joined = w.joinedParents
	for i := range w.program.Rules {
		rule := &w.program.Rules[i]
		w.rules = append(w.rules, rankInfo{
			index: uint16(r.index[rule.Rule]), field: int16(w.program.Table.Index(rule.Field)),
			severity: uint8(rule.Severity), items: rule.Items,
			assumed: slices.Contains(r.v.opt.AssumeFixed, rule.Code),
		})
	}
	if r.prints != nil {
		w.printer = newPrinter(r.v.opt.FingerprintKey)
	}
	for _, j := range w.program.Joins {
		parent := d.Table(j.Table)
		w.parents = append(w.parents, parent.Position-1)
		var fields []int
		for _, date := range j.Dates {
			fields = append(fields, parent.Index(date.Field))
		}
		w.fields = append(w.fields, fields)
		w.Joined = append(w.Joined, make([]batch.Column, len(fields)))
	}
	for _, l := range plan.KnownLayouts() {
		layout, err := plan.ParseLayout(l)
		if err == nil {
			w.layouts = append(w.layouts, layout)
		}
	}
	return w
}

// judge decodes a block and judges its rows.
func (w *worker) judge(u *unit) {
	u.err = nil
	u.bytes = int64(len(u.block.Data))
	u.rows, u.lines = 0, 0
	u.hits, u.severity, u.worst = u.hits[:0], u.severity[:0], u.worst[:0]
	u.values, u.ends, u.segments, u.prints = u.values[:0], u.ends[:0], u.segments[:0], u.prints[:0]
	columns := len(w.program.Table.Fields)
	u.padded = zeroed(u.padded, columns)
	if len(u.layouts) != columns {
		u.layouts = make([]layoutCount, columns)
	}
	for i := range u.layouts {
		u.layouts[i].readable, u.layouts[i].unreadable = 0, 0
		clear(u.layouts[i].fits)
	}
	w.run.store.Reset(&u.extract, w.table)
	w.resetSights(u)
	if err := w.run.v.plan.CompileTable(w.table); err != nil {
		u.err = fmt.Errorf("%w: %w", ErrFault, err)
		return
	}
	for more := true; more; {
		if more, u.err = w.decoder.Decode(&u.block, &w.Batch, w.run.v.opt.BatchRows); u.err != nil {
			return
		}
		w.batch(u)
		u.lines = int64(w.Batch.EndLine)
	}
}

func zeroed[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// batch judges the rows of w.Batch and adds them to the unit.
func (w *worker) batch(u *unit) {
	r, b := w.run, &w.Batch
	w.program.Prepare(&w.Worker, w.numbers, r.v.layout)
	keyed := r.keyed(w.table)
	if keyed || len(w.program.Joins) > 0 {
		r.store.Look(&u.extract, w.table, b)
	}
	for j := range w.Joined {
		join := &w.program.Joins[j]
		for d := range w.Joined[j] {
			c := &w.Joined[j][d]
			c.Days = r.store.ParentDays(&u.extract, w.table, join.Column, w.parents[j], w.fields[j][d], join.Dates[d].Latest, c.Days)
			c.HasDays = true
		}
	}
	hits := w.program.Check(&w.Worker)
	base := u.rows
	if r.second != nil {
		r.second.compare(w, hits, base)
	}
	u.severity = append(u.severity, make([]uint8, b.Rows)...)
	u.worst = append(u.worst, make([]uint16, b.Rows)...)
	from := len(u.hits)
	for _, h := range hits {
		info := &w.rules[h.Rank]
		row := base + int(h.Row)
		u.severity[row] = u.severity[row]&relation.OwnLeft | max(u.severity[row]&^relation.OwnLeft, info.severity)
		if info.severity >= uint8(dictionary.RejectRecord) {
			if !info.assumed {
				u.severity[row] |= relation.OwnLeft
			}
			u.worst[row] = r.store.Worst(int(info.index), u.worst[row])
		}
		u.hits = append(u.hits, hit{row: uint32(row), line: w.line(int(h.Row)), rule: info.index, field: info.field, item: uint32(len(u.ends))})
		if r.v.opt.Values {
			w.items(u, info, int(h.Row))
		}
	}
	u.addLines(w.Batch.Lines, base)
	w.faults(u, base)
	if added := u.hits[from:]; len(added) > len(hits) {
		d := r.v.plan.Dictionary
		slices.SortStableFunc(added, func(a, b hit) int {
			return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.field, b.field), cmp.Compare(d.Rules[a.rule].Code, d.Rules[b.rule].Code))
		})
	}
	w.print(u, from, base)
	for i := range b.Columns {
		c := &b.Columns[i]
		if c.Padded > 0 {
			if u.padded[i].count == 0 {
				u.padded[i].first = base + c.PaddedRow
			}
			u.padded[i].count += c.Padded
		}
	}
	w.dateLayouts(u)
	if keyed {
		r.store.Take(&u.extract, w.table, b)
	}
	w.look(u)
	u.rows += b.Rows
}

// addLines notes where the rows from base on begin, for containers that have
// lines: a new segment wherever the next row is not on the next line.
func (u *unit) addLines(lines []int32, base int) {
	for row, line := range lines {
		n := len(u.segments) - 1
		if n < 0 || u.segments[n].line+int64(base+row)-u.segments[n].row != int64(line) {
			u.segments = append(u.segments, segment{int64(base + row), int64(line)})
		}
	}
}

// line is the line of a row's first character, counted from its block's first.
func (w *worker) line(row int) uint32 {
	if len(w.Batch.Lines) == 0 {
		return 0
	}
	return uint32(w.Batch.Lines[row])
}

// items keeps the values of a hit's items.
func (w *worker) items(u *unit, info *rankInfo, row int) {
	for _, s := range info.items {
		at := len(u.values)
		switch {
		case s.Column >= 0:
			u.values = w.Batch.Append(u.values, s.Column, row)
		case s.Join >= 0:
			if day := w.Joined[s.Join][s.Date].Days[row]; day > batch.Unreadable {
				u.values = batch.AppendDay(u.values, day)
			}
		default:
			u.values = append(u.values, s.Fixed...)
		}
		u.ends = append(u.ends, valueEnd{uint32(len(u.values)), len(u.values) == at})
	}
}

// faults adds what is wrong with the records as their container holds them.
func (w *worker) faults(u *unit, base int) {
	r := w.run
	add := func(row, col int, check string) {
		rule := r.own[check]
		if rule == nil { // a container and the dictionary do not know each other's words
			panic("no rule for the container fault " + check)
		}
		u.hits = append(u.hits, hit{row: uint32(base + row), line: w.line(row), rule: uint16(r.index[rule]), field: int16(col), item: uint32(len(u.ends))})
	}
	for _, f := range w.Batch.Faults {
		add(f.Row, f.Column, f.Check)
	}
	w.program.UnreadableTimes(&w.Worker, func(col, row int) { add(row, col, "unreadable_time") })
}

// dateLayouts counts, for columns of text without a readable date so far, how
// their dates are written.
func (w *worker) dateLayouts(u *unit) {
	b := &w.Batch
	for i := range w.program.Table.Fields {
		if w.program.Table.Fields[i].Type != dictionary.Date || b.Columns[i].Typed() || u.layouts[i].readable > 0 {
			continue
		}
		l := &u.layouts[i]
		for row, day := range b.Columns[i].Days[:b.Rows] {
			switch {
			case day == batch.Null:
			case day != batch.Unreadable:
				l.readable++
			default:
				l.unreadable++
				if l.fits == nil {
					l.fits = make([]int, len(w.layouts))
				}
				for k, layout := range w.layouts {
					if layout.Day(b.Value(i, row)) != batch.Unreadable {
						l.fits[k]++
					}
				}
			}
			if l.readable > 0 {
				break
			}
		}
	}
}

// A collector takes the units of one table in order.
type collector struct {
	run     *run
	table   int
	rows    int
	line    int64 // of the next unit's first line, from 1
	padded  []padding
	layouts []layoutCount
	read    int64
}

// sampleBytes is how many bytes of a table tell how many rows it has: a first
// block that ends early ends so because something is wrong in it.
const sampleBytes = 16 << 10

// add reports the findings of a unit and keeps what the relations need.
func (c *collector) add(u *unit) error {
	r := c.run
	if errors.Is(u.err, ErrFault) {
		return u.err
	}
	if u.err != nil {
		r.incomplete = append(r.incomplete, sentence(r.file(c.table), u.err))
		return nil
	}
	if c.rows == 0 {
		if size := r.container.Tables()[r.at[c.table]].Size; u.bytes >= sampleBytes && size > u.bytes {
			rows := int(float64(u.rows) * float64(size) / float64(u.bytes) * 1.02)
			r.store.Reserve(c.table, rows, &u.extract)
			c.reserve(rows)
		}
	}
	for _, g := range u.segments {
		g.row, g.line = g.row+int64(c.rows), g.line+c.line
		all := r.lines[c.table]
		if n := len(all) - 1; n < 0 || all[n].line+g.row-all[n].row != g.line {
			r.lines[c.table] = append(all, g)
		}
	}
	if r.keyed(c.table) {
		if err := r.store.Append(c.table, &u.extract, u.severity, u.worst); err != nil {
			return err
		}
	}
	d := r.v.plan.Dictionary
	t := &d.Tables[c.table]
	file := r.file(c.table)
	for i := range u.hits {
		h := &u.hits[i]
		f := &r.finding
		*f = finding.Finding{Rule: &d.Rules[h.rule], Table: t, Row: int64(c.rows) + int64(h.row) + 1, File: file}
		if u.lines > 0 {
			f.Line = c.line + int64(h.line)
		}
		if f.Rule.Own() && h.field >= 0 {
			f.Column = t.Fields[h.field].Name
		}
		if r.v.opt.Values {
			r.values = r.values[:0]
			for k, item := range f.Rule.Items {
				at := uint32(0)
				n := int(h.item) + k
				if n > 0 {
					at = u.ends[n-1].end
				}
				r.values = append(r.values, finding.Value{Item: item, Text: u.values[at:u.ends[n].end], Null: u.ends[n].null})
			}
			f.Values = r.values
		}
		if r.prints != nil {
			r.prints.set(f, u.prints[i])
		}
		if err := r.report(f); err != nil {
			return err
		}
	}
	c.keep(u)
	c.columns(u)
	c.rows += u.rows
	c.line += u.lines
	c.read += u.bytes
	r.progress(u.bytes, c.table)
	return nil
}

// columns adds up what is said once a column.
func (c *collector) columns(u *unit) {
	if c.padded == nil {
		c.padded = make([]padding, len(u.padded))
		c.layouts = make([]layoutCount, len(u.layouts))
	}
	for i, p := range u.padded {
		if p.count > 0 && c.padded[i].count == 0 {
			c.padded[i].first = c.rows + p.first
		}
		c.padded[i].count += p.count
	}
	for i, l := range u.layouts {
		to := &c.layouts[i]
		to.readable += l.readable
		to.unreadable += l.unreadable
		if to.fits == nil && l.unreadable > 0 {
			to.fits = make([]int, len(l.fits))
		}
		for k, n := range l.fits {
			to.fits[k] += n
		}
	}
}

// end reports what is said once a column, when the table has been read.
func (c *collector) end() error {
	r := c.run
	t := &r.v.plan.Dictionary.Tables[c.table]
	say := func(check string, col int, detail string) error {
		rule := r.own[check]
		if rule == nil {
			return nil
		}
		r.finding = finding.Finding{Rule: rule, Table: t, File: r.file(c.table), Column: t.Fields[col].Name, Detail: detail}
		return r.reportWhole(&r.finding)
	}
	for i, p := range c.padded {
		if p.count > 0 {
			detail := plural(p.count, "value") + ", the first in row " + strconv.Itoa(p.first+1)
			if err := say("padding", i, detail); err != nil {
				return err
			}
		}
	}
	for i, l := range c.layouts {
		if l.readable > 0 || l.unreadable == 0 {
			continue
		}
		if k := slices.Index(l.fits, l.unreadable); k >= 0 {
			detail := fmt.Sprintf("%s, which looks like %s", plural(l.unreadable, "value"), plan.KnownLayouts()[k])
			if err := say("date_layout", i, detail); err != nil {
				return err
			}
		}
	}
	return nil
}
