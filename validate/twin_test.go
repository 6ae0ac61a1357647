package validate

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"mhsds/dictionary"
	"mhsds/schemas"
	"mhsds/validate/finding"
	"mhsds/validate/plan"
	"mhsds/validate/twin"
)

// lines is a sink that writes each finding as "table,row,code".
type lines struct{ got []string }

func (l *lines) Report(f *finding.Finding) error {
	l.got = append(l.got, fmt.Sprintf("%s,%d,%s", f.Table.ID, f.Row, f.Rule.Code))
	return nil
}

// TestTwin compares what the engine finds between records with the twin, on
// small submissions whose keys meet, miss and repeat at random.
func TestTwin(t *testing.T) {
	p := shared(t)
	d := p.Dictionary
	v, err := newValidator(p, Options{Workers: 2, BatchRows: 3})
	if err != nil {
		t.Fatal(err)
	}
	runs := 10000
	if testing.Short() {
		runs = 500
	}
	late := func(code string) bool { return twin.Judges(d.Rule(code)) }
	seen := map[string]int{}
	for seed := range runs {
		rng := rand.New(rand.NewPCG(uint64(seed), 7))
		m := randomSubmission(rng, d)
		var got lines
		if _, err := v.Run(context.Background(), m, &got); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		rows, rejected := twin.Records{}, map[string][]bool{}
		for _, name := range m.names {
			id := d.Tables[tableNamed(d, name)].ID
			rejected[id] = make([]bool, len(m.rows[name]))
			for _, values := range m.rows[name] {
				row := map[string]string{}
				for i, c := range m.columns[name] {
					row[c] = values[i]
				}
				rows[id] = append(rows[id], row)
			}
		}
		var ours []string
		for _, line := range got.got {
			part := strings.Split(line, ",")
			r := d.Rule(part[2])
			var row int
			fmt.Sscan(part[1], &row)
			if late(r.Code) {
				ours = append(ours, line)
				seen[r.Code]++
			} else if row > 0 && r.Severity >= dictionary.RejectRecord && !r.Own() {
				rejected[part[0]][row-1] = true
			}
		}
		var theirs []string
		for _, f := range twin.Judge(d, rows, func(table string, row int) bool { return rejected[table][row] }) {
			theirs = append(theirs, fmt.Sprintf("%s,%d,%s", f.Table, f.Row+1, f.Rule.Code))
		}
		slices.Sort(ours)
		slices.Sort(theirs)
		if !slices.Equal(ours, theirs) {
			t.Fatalf("seed %d: the engine and the twin differ:\n engine alone %v\n twin alone %v\n%s", seed, minus(ours, theirs), minus(theirs, ours), m.dump())
		}
	}
	for i := range d.Rules {
		if r := &d.Rules[i]; plan.Active(r) && late(r.Code) && seen[r.Code] == 0 && slices.Contains(twinTables(d), r.Table) && !testing.Short() && r.Severity != dictionary.RejectFile {
			t.Errorf("rule %s never failed in %d submissions, so the comparison says nothing of it", r.Code, runs)
		}
	}
}

func minus(a, b []string) (out []string) {
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

func (m *memory) dump() string {
	var b strings.Builder
	for _, n := range m.names {
		for i, row := range m.rows[n] {
			fmt.Fprintf(&b, "%s %d", n, i+1)
			for c, v := range row {
				if v != "" {
					fmt.Fprintf(&b, " %s=%s", m.columns[n][c], v)
				}
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// twinTables are the tables that random submissions fill: the cycles, a chain
// of four, and one of each other sort.
func twinTables(d *dictionary.Dictionary) []string {
	return []string{"MHS000", "MHS001", "MHS002", "MHS003", "MHS006", "MHS008", "MHS009", "MHS101", "MHS102", "MHS201", "MHS202", "MHS206", "MHS501", "MHS502", "MHS505", "MHS515", "MHS901", "MHS902", "MHS903"}
}

// randomSubmission fills some tables with rows that are mostly valid in
// themselves. Fields that rules between records read take one of few values,
// or none; now and then a mandatory field stays empty.
func randomSubmission(rng *rand.Rand, d *dictionary.Dictionary) *memory {
	m := newMemory()
	keyed := map[string]bool{}
	for i := range d.Rules {
		r := &d.Rules[i]
		switch r.Kind {
		case dictionary.Unique, dictionary.UniqueWhen, dictionary.GPSuccessor:
			for _, f := range r.Fields {
				keyed[r.Table+f.Field] = true
			}
		case dictionary.ParentExists, dictionary.ChildExists:
			keyed[r.Table+r.Field] = true
			keyed[r.Other.Table+r.Other.Field] = true
		case dictionary.DateOnOrAfter, dictionary.DateOnOrBefore:
			if r.Join.Own != "" {
				keyed[r.Table+r.Field] = true
				keyed[r.Other.Table+r.Other.Field] = true
			}
		}
	}
	mandatory := map[string]bool{}
	for i := range d.Rules {
		if r := &d.Rules[i]; r.Kind == dictionary.NotBlank {
			mandatory[r.Table+r.Field] = true
		}
	}
	few := 1 + rng.IntN(4)
	broken := 0.02 * float64(rng.IntN(4))
	for _, id := range twinTables(d) {
		t := d.Table(id)
		var columns []string
		for _, f := range t.Fields {
			columns = append(columns, f.Name)
		}
		m.table(t.Name, columns...)
		rows := rng.IntN(5)
		if id == "MHS000" {
			rows = cmp.Or(1+rng.IntN(20)/19, 1)
		}
		for range rows {
			values := make([]string, len(columns))
			for i, f := range t.Fields {
				switch {
				case keyed[id+f.Name] && f.Type == dictionary.Text && rng.IntN(12) > 0:
					values[i] = fmt.Sprintf("%.2sK%02d", "AB", 1+rng.IntN(few))
				case keyed[id+f.Name] && f.Type == dictionary.Date && rng.IntN(2) > 0:
					values[i] = fmt.Sprintf("2026-09-%02d", 1+rng.IntN(3))
				case mandatory[id+f.Name] && rng.Float64() >= broken:
					switch f.Type {
					case dictionary.Date:
						values[i] = "2026-09-02"
					case dictionary.DateTime:
						values[i] = "2026-10-02T10:00:00"
					case dictionary.Time:
						values[i] = "10:00:00"
					default:
						values[i] = "9991"
					}
				}
			}
			if id == "MHS000" {
				values = []string{"6.0", "RXX", "RXX", "TEST", "2026-09-01", "2026-09-30", "2026-10-02T10:00:00"}
			}
			m.add(t.Name, values...)
		}
	}
	return m
}

var planOnce = sync.OnceValues(func() (*plan.Plan, error) {
	release, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		return nil, err
	}
	return plan.Compile(release)
})

// shared is the plan of the embedded schemas, compiled once.
func shared(t testing.TB) *plan.Plan {
	t.Helper()
	p, err := planOnce()
	if err != nil {
		t.Fatal(err)
	}
	return p
}
