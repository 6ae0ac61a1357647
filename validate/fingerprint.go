package validate

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/finding"
)

// A fingerprint names a finding from month to month without giving away whose
// it is: a keyed hash of what the record is, not of where it stands.
//
//	HMAC-SHA256(key, code, table, column, identity)          the first such finding
//	HMAC-SHA256(key, fingerprint of the first, ordinal)      each one equal to it
//
// The column is "" but for rules of ours that concern any. The identity is the
// table's published primary key, else the fields of its uniqueness rule, else
// the key of its parent with the tested value. Parts are written with their
// lengths before them, so that no two lists of parts look alike.
//
// Workers hash, for the values are in their batches; the collector numbers the
// equals, in the order in which findings are reported.

// A sum is a fingerprint before it is written as text.
type sum = [sha256.Size]byte

// MinFingerprintKey is the least number of bytes of Options.FingerprintKey: a
// shorter key could be guessed, and identifiers with it.
const MinFingerprintKey = 16

// An identity says which columns of a table tell its records apart.
type identity struct {
	columns []int
	tested  bool // and the tested value, for the columns are not the record's own
}

// identityOf finds the identity of a table.
func identityOf(d *dictionary.Dictionary, t *dictionary.Table, active func(*dictionary.Rule) bool) identity {
	var id identity
	for i := range t.Fields {
		if t.Fields[i].Key {
			id.columns = append(id.columns, i)
		}
	}
	if len(id.columns) > 0 {
		return id
	}
	for _, kind := range []dictionary.Kind{dictionary.Unique, dictionary.UniqueWhen} {
		for i := range d.Rules {
			r := &d.Rules[i]
			if r.Kind != kind || r.Table != t.ID || !active(r) {
				continue
			}
			for _, f := range r.Fields {
				id.columns = append(id.columns, t.Index(f.Field))
			}
			return id
		}
	}
	id.tested = true
	for i := range t.Fields {
		if t.Fields[i].ForeignTable != "" {
			id.columns = []int{i}
			break
		}
	}
	return id
}

// A printer makes sums. It belongs to one goroutine.
type printer struct {
	mac   hash.Hash
	parts []byte
	value []byte
	sum   sum
}

func newPrinter(key []byte) *printer { return &printer{mac: hmac.New(sha256.New, key)} }

// part adds one part. An empty one stands for null.
func (p *printer) part(s string) {
	p.parts = append(binary.AppendUvarint(p.parts, uint64(len(s))), s...)
}

func (p *printer) field(b *batch.Batch, column, row int) {
	p.value = b.Append(p.value[:0], column, row)
	p.parts = append(binary.AppendUvarint(p.parts, uint64(len(p.value))), p.value...)
}

func (p *printer) done() sum {
	p.mac.Reset()
	p.mac.Write(p.parts)
	p.mac.Sum(p.sum[:0])
	p.parts = p.parts[:0]
	return p.sum
}

// of is the sum of a finding. b holds its row as number row, or is nil for a
// finding on a table or file as a whole. tested is the column of the rule's
// field, -1 if it has none.
func (p *printer) of(r *dictionary.Rule, t *dictionary.Table, column string, id *identity, b *batch.Batch, row, tested int) sum {
	p.part(r.Code)
	name := ""
	if t != nil {
		name = t.Name
	}
	p.part(name)
	p.part(column)
	if b != nil {
		for _, c := range id.columns {
			p.field(b, c, row)
		}
		if id.tested && tested >= 0 {
			p.field(b, tested, row)
		}
	}
	return p.done()
}

// absent is the sum of a key that nobody submitted.
func (p *printer) absent(t *dictionary.Table, field, key string) sum {
	p.part("")
	p.part(t.Name)
	p.part(field)
	p.part(key)
	return p.done()
}

// again is the sum of the n-th finding after the first with the sum s.
func (p *printer) again(s sum, n uint32) sum {
	p.parts = binary.AppendUvarint(append(p.parts, s[:]...), uint64(n))
	return p.done()
}

// FingerprintKeyID tells a key from others without giving it away, as
// Summary.FingerprintKey does; "" for no key.
func FingerprintKeyID(key []byte) string {
	if len(key) == 0 {
		return ""
	}
	p := newPrinter(key)
	p.part("which key is this")
	s := p.done()
	return hex.EncodeToString(s[:8])
}

// prints is what a run with a key remembers of its fingerprints.
type prints struct {
	*printer
	identities []identity // by index of Dictionary.Tables
	equals     map[[16]byte]uint32
	marks      [][]mark // by table: the findings that may be root causes
	current    sum      // of the finding that is being reported
}

// A mark is the fingerprint of a finding that rejects its row.
type mark struct {
	row  uint32
	rule uint16
	sum  sum
}

func (v *Validator) newPrints(active func(*dictionary.Rule) bool) *prints {
	if len(v.opt.FingerprintKey) == 0 {
		return nil
	}
	d := v.plan.Dictionary
	p := &prints{printer: newPrinter(v.opt.FingerprintKey), equals: make(map[[16]byte]uint32), marks: make([][]mark, len(d.Tables))}
	for i := range d.Tables {
		p.identities = append(p.identities, identityOf(d, &d.Tables[i], active))
	}
	return p
}

// begin forgets which findings were equal. A rule's findings of one table are
// reported between two calls, so none is numbered twice.
func (p *prints) begin() {
	if p != nil && len(p.equals) > 0 {
		p.equals = make(map[[16]byte]uint32)
	}
}

// set gives the finding its fingerprint.
func (p *prints) set(f *finding.Finding, s sum) {
	first := [16]byte(s[:16])
	n := p.equals[first]
	p.equals[first] = n + 1
	if n > 0 {
		s = p.again(s, n)
	}
	p.current = s
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], s[:])
	f.Fingerprint = string(text[:])
}

// whole gives a finding on a table or file as a whole its fingerprint.
func (p *prints) whole(f *finding.Finding) {
	p.set(f, p.of(f.Rule, f.Table, f.Column, nil, nil, 0, -1))
}

// mark keeps the fingerprint of a finding that may be a root cause.
func (p *prints) mark(f *finding.Finding, rule int) {
	if f.Row > 0 && f.Table != nil && f.Rule.Severity >= dictionary.RejectRecord && f.Cause.None() {
		t := f.Table.Position - 1
		p.marks[t] = append(p.marks[t], mark{uint32(f.Row), uint16(rule), p.current})
	}
}

// roots gives root causes the fingerprints of their findings.
func (p *prints) roots(roots []finding.Root, index map[*dictionary.Rule]int) {
	type place struct {
		row  uint32
		rule uint16
	}
	wanted := make(map[int]map[place]int) // by table
	for i := range roots {
		r := &roots[i]
		if r.Rule == nil || r.Absent {
			continue
		}
		t := r.Table.Position - 1
		if wanted[t] == nil {
			wanted[t] = make(map[place]int)
		}
		wanted[t][place{uint32(r.Row), uint16(index[r.Rule])}] = i
	}
	for t, places := range wanted {
		for i := range p.marks[t] {
			m := &p.marks[t][i]
			if at, ok := places[place{m.row, m.rule}]; ok && roots[at].Fingerprint == "" {
				roots[at].Fingerprint = hex.EncodeToString(m.sum[:])
			}
		}
	}
}

// print adds the sums of the hits from the given one on, whose rows begin with
// base in the unit.
func (w *worker) print(u *unit, from, base int) {
	if w.printer == nil {
		return
	}
	d := w.run.v.plan.Dictionary
	t := w.program.Table
	id := &w.run.prints.identities[w.table]
	for i := range u.hits[from:] {
		h := &u.hits[from+i]
		rule := &d.Rules[h.rule]
		column := ""
		if rule.Own() && h.field >= 0 {
			column = t.Fields[h.field].Name
		}
		u.prints = append(u.prints, w.printer.of(rule, t, column, id, &w.Batch, int(h.row)-base, int(h.field)))
	}
}

// printedAtOnce bounds how many findings of observers wait for their
// fingerprints: each such lot reads the tables it names once more.
const printedAtOnce = 1 << 16

// A printing gives findings of observers their fingerprints before they are
// reported: their rows are read again for it.
type printing struct {
	run     *run
	ctx     context.Context
	waiting []finding.Finding
	sums    []sum
}

func (p *printing) report(f *finding.Finding) error {
	if f.Table == nil || f.Row == 0 {
		if err := p.flush(); err != nil {
			return err
		}
		p.run.prints.whole(f)
		return p.run.report(f)
	}
	kept := *f
	kept.Values = slices.Clone(f.Values)
	for i := range kept.Values {
		kept.Values[i].Text = slices.Clone(kept.Values[i].Text)
	}
	kept.Cause.Key = slices.Clone(f.Cause.Key)
	p.waiting = append(p.waiting, kept)
	if len(p.waiting) < printedAtOnce {
		return nil
	}
	return p.flush()
}

func (p *printing) flush() error {
	if len(p.waiting) == 0 {
		return nil
	}
	r := p.run
	order := make([]int, len(p.waiting)) // by table and row
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		fa, fb := &p.waiting[a], &p.waiting[b]
		return cmp.Or(cmp.Compare(fa.Table.Position, fb.Table.Position), cmp.Compare(fa.Row, fb.Row))
	})
	p.sums = append(p.sums[:0], make([]sum, len(order))...)
	for len(order) > 0 {
		t := p.waiting[order[0]].Table
		n := slices.IndexFunc(order, func(i int) bool { return p.waiting[i].Table != t })
		if n < 0 {
			n = len(order)
		}
		of := order[:n]
		order = order[n:]
		rows := make([]uint32, n)
		for i, at := range of {
			rows[i] = uint32(p.waiting[at].Row - 1)
		}
		table := t.Position - 1
		err := r.again(p.ctx, table, rows, func(b *batch.Batch, first int) error {
			for len(of) > 0 && int(p.waiting[of[0]].Row)-1 < first+b.Rows {
				f := &p.waiting[of[0]]
				p.sums[of[0]] = r.prints.of(f.Rule, t, f.Column, &r.prints.identities[table], b, int(f.Row)-1-first, t.Index(f.Rule.Field))
				of = of[1:]
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for i := range p.waiting {
		r.prints.set(&p.waiting[i], p.sums[i])
		if err := r.report(&p.waiting[i]); err != nil {
			return err
		}
	}
	p.waiting = p.waiting[:0]
	return nil
}
