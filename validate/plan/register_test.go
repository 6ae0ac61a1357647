package plan

import (
	"fmt"
	"slices"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/batch"
)

// register is a Reference that has the values given, on any day, and counts
// how often it is asked.
type register struct {
	has   map[string]bool
	asked int
}

func (r *register) Holds(k dictionary.Register) bool { return k == dictionary.Organisations }

func (r *register) Has(_ dictionary.Register, v []byte, _ int32) bool {
	r.asked++
	return r.has[string(v)]
}

// bound returns a worker with one column of values, and the place of the first
// rule that looks organisations up in the table.
func bound(t testing.TB, r Reference, values ...string) (*Program, *Worker, int) {
	t.Helper()
	p, err := Compile(release(t))
	if err != nil {
		t.Fatal(err)
	}
	p = p.With(r)
	d := p.Dictionary
	var rule *dictionary.Rule
	for i := range d.Rules {
		if d.Rules[i].Kind == dictionary.OrgValidOrDefault {
			rule = &d.Rules[i]
			break
		}
	}
	of := d.Table(rule.Table)
	_, start := d.Role("period_start")
	_, end := d.Role("period_end")
	programs, err := p.Bind(Header{start.Name: "2026-09-01", end.Name: "2026-09-30"}, nil, func(i int) bool { return i == of.Position-1 })
	if err != nil {
		t.Fatal(err)
	}
	g := programs[of.Position-1]
	w := &Worker{}
	b := &w.Batch
	b.Reset(len(of.Fields), len(values))
	col := of.Index(rule.Field)
	for row, v := range values {
		b.Columns[col].Cells[row] = batch.MakeCell(len(b.Text), len(v))
		b.Text = append(b.Text, v...)
	}
	b.Text = append(b.Text, make([]byte, batch.Slack)...)
	b.Truncate(len(values))
	g.Prepare(w, make([]bool, len(of.Fields)), nil)
	for _, join := range g.Joins {
		columns := make([]batch.Column, len(join.Dates))
		for i := range columns {
			columns[i].Days, columns[i].HasDays = slices.Repeat([]int32{batch.Null}, len(values)), true
		}
		w.Joined = append(w.Joined, columns)
	}
	for rank := range g.Rules {
		if g.Rules[rank].Rule == rule {
			return g, w, rank
		}
	}
	t.Fatal("the rule has no place")
	return nil, nil, 0
}

// TestRegisterMemory: answers are remembered for the value that was asked and
// for no other, however their bytes collide.
func TestRegisterMemory(t *testing.T) {
	r := &register{has: map[string]bool{}}
	var values []string
	for i := range 3000 {
		v := fmt.Sprintf("%X", i*7919)
		if i%5 == 0 {
			v = "LONGER" + v
		}
		if i%7 == 0 {
			v += "\x00"
		}
		if i%3 == 0 {
			r.has[v] = true
		}
		values = append(values, v, v)
		if i%7 == 1 && len(v) < 8 { // the same eight bytes, but for the length
			values = append(values, "\x00"+v, v)
		}
	}
	most := 0 // one question for each change of value, and for each longer one
	for i, v := range values {
		if i == 0 || v != values[i-1] || len(v) > 8 {
			most++
		}
	}
	g, w, rank := bound(t, r, values...)
	failed := map[int]bool{}
	for _, h := range g.Check(w) {
		if int(h.Rank) == rank {
			failed[int(h.Row)] = true
		}
	}
	for i, v := range values {
		if failed[i] == r.has[v] {
			t.Fatalf("%q: fails %v, in the register %v", v, failed[i], r.has[v])
		}
	}
	if r.asked > most {
		t.Errorf("asked %d times for %d values, want %d at most", r.asked, len(values), most)
	}
}

func TestRegisterAllocs(t *testing.T) {
	g, w, _ := bound(t, &register{has: map[string]bool{"RXX": true}}, "RXX", "RYY", "VPP00", "LONGER THAN EIGHT", "")
	g.Check(w)
	if n := testing.AllocsPerRun(100, func() { g.Check(w) }); n != 0 {
		t.Errorf("a batch allocates %v times, want 0", n)
	}
}

// TestLacksRegister: what is held is judged, what is not is said.
func TestLacksRegister(t *testing.T) {
	p, err := Compile(release(t))
	if err != nil {
		t.Fatal(err)
	}
	q := p.With(&register{})
	for i := range p.Dictionary.Rules {
		r := &p.Dictionary.Rules[i]
		need := r.Kind.Register()
		if need == 0 {
			continue
		}
		if why := p.Lacks(r, nil); why != "needs a list of "+need.String()+", which was not given" {
			t.Errorf("%s without reference data lacks %q", r.Code, why)
		}
		if why := q.Lacks(r, nil); (why == "") != (need == dictionary.Organisations) {
			t.Errorf("%s with organisations alone lacks %q", r.Code, why)
		}
	}
}
