package plan

import (
	"bytes"
	"encoding/binary"
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/batch"
)

// A Reference looks codes up in the registers that the dictionary only names.
// Several goroutines may ask it.
type Reference interface {
	// Holds reports whether there is such a register to ask.
	Holds(dictionary.Register) bool

	// Has reports whether the register has the value on a day, which counts
	// from 1970-01-01.
	Has(r dictionary.Register, value []byte, day int32) bool
}

// With returns the plan with reference data to look codes up in.
func (p *Plan) With(r Reference) *Plan {
	q := *p
	q.reference = r
	return &q
}

// holds reports whether codes of the register can be looked up.
func (p *Plan) holds(r dictionary.Register) bool { return p.reference != nil && p.reference.Holds(r) }

// A lookup is a value of at most eight bytes that a register was asked for.
type lookup struct {
	value uint64
	len   uint8 // 0: not asked yet
	has   bool
}

// lookups is how many answers a worker remembers of one rule: a submission
// names few organisations, and patients of one place come from a few thousand
// postcodes that no memory of this size would hold.
const lookups = 256

// register looks a column up: a value passes when it is one of the rule's
// defaults, begins as it says, or stands in the register on one of its dates.
// A date that the header does not give is compared with nothing, so that every
// value passes.
func (l *lowering) register(r *dictionary.Rule, col int) kernel {
	var days []int32
	for _, ref := range r.AsAt {
		day := int32(batch.Null)
		if l.plan.header != nil && ref.Table == l.plan.header.ID {
			day = ParseDay(l.header[ref.Field])
		}
		if day <= batch.Unreadable {
			return nil
		}
		days = append(days, day)
	}
	defaults := slices.Clone(r.Defaults)
	prefix := []byte(r.Prefix)
	reference, register := l.plan.reference, r.Kind.Register()
	accepts := func(v []byte) bool {
		for _, d := range defaults {
			if string(v) == d {
				return true
			}
		}
		if len(prefix) > 0 && bytes.HasPrefix(v, prefix) {
			return true
		}
		for _, day := range days {
			if reference.Has(register, v, day) {
				return true
			}
		}
		return false
	}
	slot := l.program.registers
	l.program.registers++
	return func(w *Worker, fail batch.Mask) {
		b, c := &w.Batch, &w.Batch.Columns[col]
		asked := w.asked[slot*lookups : (slot+1)*lookups]
		for row, cell := range c.Cells {
			n := cell.Len()
			if n == 0 {
				continue
			}
			off := cell.Offset()
			if n > 8 {
				if !accepts(b.Text[off : off+n]) {
					fail.Set(row)
				}
				continue
			}
			value := binary.LittleEndian.Uint64(b.Text[off:off+8]) << uint(64-8*n)
			a := &asked[value*0x9e3779b97f4a7c15>>56]
			if a.value != value || int(a.len) != n {
				*a = lookup{value, uint8(n), accepts(b.Text[off : off+n])}
			}
			if !a.has {
				fail.Set(row)
			}
		}
	}
}
