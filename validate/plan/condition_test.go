package plan

import (
	"math/rand/v2"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/batch"
)

// someCondition makes a condition on the fields A, B and C of table T and on
// those of the header, of at most so many levels.
func someCondition(r *rand.Rand, levels int) dictionary.Condition {
	ref := func() dictionary.Ref {
		return []dictionary.Ref{{Field: "A"}, {Field: "B"}, {Table: "T", Field: "C"}, {Table: "H", Field: "Full"}, {Table: "H", Field: "Blank"}}[r.IntN(5)]
	}
	values := []string{"A", "B", "AB", "ABCDEFGHI"}
	switch n := r.IntN(6); {
	case n < 2 && levels > 0:
		members := make([]dictionary.Condition, 2+r.IntN(2))
		for i := range members {
			members[i] = someCondition(r, levels-1)
		}
		if n == 0 {
			return dictionary.Or(members)
		}
		return dictionary.And(members)
	case n == 2:
		return dictionary.Null{Ref: ref(), Not: r.IntN(2) == 0}
	case n == 3:
		return dictionary.In{Ref: ref(), Values: values[:1+r.IntN(4)]}
	}
	c := dictionary.Compare{Left: ref(), Op: dictionary.Equal + dictionary.Operator(r.IntN(3))}
	if r.IntN(3) == 0 {
		c.Text = values[r.IntN(4)]
	} else {
		c.Right = ref()
	}
	return c
}

// TestConditionTwin: on every row at once a condition is what the dictionary
// says it is on one record, whatever it compares.
func TestConditionTwin(t *testing.T) {
	table := &dictionary.Table{ID: "T", Fields: []dictionary.Field{{Name: "A"}, {Name: "B"}, {Name: "C"}}}
	l := &lowering{
		binding: &binding{
			plan:   &Plan{header: &dictionary.Table{ID: "H", Fields: []dictionary.Field{{Name: "Full"}, {Name: "Blank"}}}},
			header: Header{"Full": "AB"},
		},
		program: &Program{Table: table},
	}
	r := rand.New(rand.NewPCG(3, 5))
	seen := map[dictionary.Truth]int{}
	for range 1500 {
		c := someCondition(r, 2)
		f, err := l.truth(c)
		if err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		kernel, err := l.comparison(c)
		if err != nil {
			t.Fatal(err)
		}
		w := &Worker{}
		b := &w.Batch
		rows := 1 + r.IntN(130)
		records := make([][3]string, rows)
		b.Reset(3, rows)
		for row := range records {
			for col := range records[row] {
				v := []string{"", "A", "B", "AB", "ABCDEFGHI"}[r.IntN(5)]
				records[row][col] = v
				b.Columns[col].Cells[row] = batch.MakeCell(len(b.Text), len(v))
				b.Text = append(b.Text, v...)
			}
		}
		b.Text = append(b.Text, make([]byte, batch.Slack)...)
		b.Truncate(rows)
		yes, no := f(w)
		fail := batch.NewMask(rows)
		kernel(w, fail)
		for row, record := range records {
			want := dictionary.Eval(c, func(ref dictionary.Ref) (string, bool) {
				v := l.header[ref.Field]
				if i := table.Index(ref.Field); ref.Table != "H" && i >= 0 {
					v = record[i]
				}
				return v, v == ""
			})
			got := dictionary.Unknown
			switch {
			case yes.Has(row) && no.Has(row):
				t.Fatalf("%s: row %q is true and false", c, record)
			case yes.Has(row):
				got = dictionary.True
			case no.Has(row):
				got = dictionary.False
			}
			if got != want || fail.Has(row) != (want != dictionary.True) {
				t.Fatalf("%s: row %q is %v and fails: %t, want %v", c, record, got, fail.Has(row), want)
			}
			seen[want]++
		}
		for row := range 64 - rows%64 {
			if row += rows; row < len(yes)*64 && (yes.Has(row) || no.Has(row) || fail.Has(row)) {
				t.Fatalf("%s: row %d of %d is marked", c, row, rows)
			}
		}
	}
	for _, truth := range []dictionary.Truth{dictionary.True, dictionary.False, dictionary.Unknown} {
		if seen[truth] < 1000 {
			t.Errorf("%v on %d rows only", truth, seen[truth])
		}
	}
}

func TestConditionErrors(t *testing.T) {
	l := &lowering{
		binding: &binding{plan: &Plan{header: &dictionary.Table{ID: "H"}}},
		program: &Program{Table: &dictionary.Table{ID: "T", Fields: []dictionary.Field{{Name: "A"}}}},
	}
	known, lost, far := dictionary.Ref{Field: "A"}, dictionary.Ref{Field: "B"}, dictionary.Ref{Table: "X", Field: "A"}
	for _, c := range []dictionary.Condition{
		dictionary.Null{Ref: lost}, dictionary.Null{Ref: far}, dictionary.In{Ref: lost, Values: []string{"A"}},
		dictionary.Compare{Left: lost, Op: dictionary.Equal, Text: "A"}, dictionary.Compare{Left: known, Op: dictionary.Equal, Right: far},
		dictionary.Or{dictionary.Null{Ref: known}, dictionary.Null{Ref: lost}},
	} {
		if _, err := l.comparison(c); err == nil {
			t.Errorf("%s: no error", c)
		}
	}
}
