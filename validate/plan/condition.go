package plan

import (
	"fmt"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/check"
)

// A truth computes, for every row at once, where a condition is true and where
// it is false. Rows in neither are unknown. The masks are the worker's.
type truth func(w *Worker) (yes, no batch.Mask)

// comparison is the kernel of a condition that must be true.
func (l *lowering) comparison(c dictionary.Condition) (kernel, error) {
	f, err := l.truth(c)
	if err != nil {
		return nil, err
	}
	return func(w *Worker, fail batch.Mask) {
		yes, _ := f(w)
		all := w.mask()
		fill(all, w.Batch.Rows)
		all.AndNot(yes)
		fail.Or(all)
	}, nil
}

func (l *lowering) truth(c dictionary.Condition) (truth, error) {
	switch c := c.(type) {
	case dictionary.Or:
		return l.fold(c, func(yes, no, y, n batch.Mask) {
			yes.Or(y)
			and(no, n)
		})
	case dictionary.And:
		return l.fold(c, func(yes, no, y, n batch.Mask) {
			and(yes, y)
			no.Or(n)
		})
	case dictionary.Null:
		null, err := l.null(c.Ref)
		if err != nil {
			return nil, err
		}
		return func(w *Worker) (batch.Mask, batch.Mask) {
			is := null(w)
			not := complement(w, is, nil)
			if c.Not {
				return not, is
			}
			return is, not
		}, nil
	case dictionary.In:
		col, fixed, err := l.ref(c.Ref)
		if err != nil {
			return nil, err
		}
		if col < 0 {
			return constant(dictionary.Eval(c, func(dictionary.Ref) (string, bool) { return fixed, fixed == "" })), nil
		}
		set := check.NewCodeSet(c.Values)
		return func(w *Worker) (batch.Mask, batch.Mask) {
			null, no := w.mask(), w.mask()
			check.Null(&w.Batch.Columns[col], null)
			check.In(w.Batch.Text, &w.Batch.Columns[col], set, no)
			return complement(w, no, null), no
		}, nil
	case dictionary.Compare:
		return l.compare(c)
	}
	return nil, fmt.Errorf("unknown condition %T", c)
}

// fold joins the members of an and or an or.
func (l *lowering) fold(members []dictionary.Condition, join func(yes, no, y, n batch.Mask)) (truth, error) {
	parts := make([]truth, len(members))
	for i, m := range members {
		var err error
		if parts[i], err = l.truth(m); err != nil {
			return nil, err
		}
	}
	return func(w *Worker) (batch.Mask, batch.Mask) {
		yes, no := parts[0](w)
		for _, p := range parts[1:] {
			y, n := p(w)
			join(yes, no, y, n)
		}
		return yes, no
	}, nil
}

// compare sets a column against a text, another column or a header value.
func (l *lowering) compare(c dictionary.Compare) (truth, error) {
	left, leftFixed, err := l.ref(c.Left)
	if err != nil {
		return nil, err
	}
	right, rightFixed := -1, c.Text
	if c.Right != (dictionary.Ref{}) {
		if right, rightFixed, err = l.ref(c.Right); err != nil {
			return nil, err
		}
	}
	if left < 0 && right < 0 {
		return constant(dictionary.Eval(c, func(r dictionary.Ref) (string, bool) {
			if r == c.Left {
				return leftFixed, leftFixed == ""
			}
			return rightFixed, rightFixed == ""
		})), nil
	}
	if left < 0 {
		left, right, rightFixed = right, left, leftFixed
	}
	want := []byte(rightFixed)
	return func(w *Worker) (batch.Mask, batch.Mask) {
		b := &w.Batch
		same, null := w.mask(), w.mask()
		check.Null(&b.Columns[left], null)
		switch {
		case right >= 0:
			check.EqualColumns(b.Text, &b.Columns[left], &b.Columns[right], same)
			other := w.mask()
			check.Null(&b.Columns[right], other)
			if c.Op == dictionary.NullEqual {
				both := w.mask()
				both.Or(null)
				and(both, other)
				same.Or(both)
			}
			null.Or(other)
		case len(want) > 0:
			check.EqualConst(b.Text, &b.Columns[left], want, same)
		case c.Op == dictionary.NullEqual: // equal to a null
			same.Or(null)
		default: // unknown everywhere
			fill(null, b.Rows)
		}
		if c.Op == dictionary.NullEqual {
			return same, complement(w, same, nil)
		}
		differ := complement(w, same, null)
		if c.Op == dictionary.NotEqual {
			return differ, same
		}
		return same, differ
	}, nil
}

// null returns a function that marks the rows where the field has no value.
func (l *lowering) null(r dictionary.Ref) (func(w *Worker) batch.Mask, error) {
	col, fixed, err := l.ref(r)
	return func(w *Worker) batch.Mask {
		m := w.mask()
		switch {
		case col >= 0:
			check.Null(&w.Batch.Columns[col], m)
		case fixed == "":
			fill(m, w.Batch.Rows)
		}
		return m
	}, err
}

// ref resolves a field: a column of the table, or a value of the header (col
// is then -1; an empty value is null).
func (l *lowering) ref(r dictionary.Ref) (col int, fixed string, err error) {
	if r.Table == "" || r.Table == l.program.Table.ID {
		if col = l.program.Table.Index(r.Field); col < 0 {
			err = fmt.Errorf("table %s has no field %q", l.program.Table.ID, r.Field)
		}
		return col, "", err
	}
	if l.plan.header == nil || r.Table != l.plan.header.ID {
		return -1, "", fmt.Errorf("a condition can read its own table and the header, not %s", r)
	}
	return -1, l.header[r.Field], nil
}

// constant is a condition that is the same for every row.
func constant(t dictionary.Truth) truth {
	return func(w *Worker) (batch.Mask, batch.Mask) {
		yes, no := w.mask(), w.mask()
		switch t {
		case dictionary.True:
			fill(yes, w.Batch.Rows)
		case dictionary.False:
			fill(no, w.Batch.Rows)
		}
		return yes, no
	}
}

// complement returns the rows of the batch in neither mask; b may be nil.
func complement(w *Worker, a, b batch.Mask) batch.Mask {
	m := w.mask()
	fill(m, w.Batch.Rows)
	m.AndNot(a)
	if b != nil {
		m.AndNot(b)
	}
	return m
}

// and keeps of m the rows that are in o too.
func and(m, o batch.Mask) {
	for i := range m {
		m[i] &= o[i]
	}
}
