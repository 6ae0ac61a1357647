package plan_test

import (
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/dictionary/cases"
	"mhsds/schemas"
	"mhsds/validate/batch"
	"mhsds/validate/oracle"
	"mhsds/validate/plan"
)

// judges holds both ways to judge a record.
type judges struct {
	plan   *plan.Plan
	oracle *oracle.Oracle
}

func newJudges(t testing.TB) *judges {
	t.Helper()
	release, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Compile(release)
	if err != nil {
		t.Fatal(err)
	}
	o, err := oracle.New(release)
	if err != nil {
		t.Fatal(err)
	}
	return &judges{p, o}
}

// A scene is what records are judged against.
type scene struct {
	header, portal map[string]string
	rows           []cases.Row
	known          known
}

// known is what the registers hold, searched through from end to end.
type known []cases.Known

func (k known) Holds(r dictionary.Register) bool {
	return slices.ContainsFunc(k, func(x cases.Known) bool { return x.Register == r })
}

func (k known) Has(r dictionary.Register, value []byte, day int32) bool {
	return slices.ContainsFunc(k, func(x cases.Known) bool {
		v, w := x.Value, string(value)
		if r == dictionary.Postcodes {
			v, w = strings.ReplaceAll(v, " ", ""), strings.ReplaceAll(w, " ", "")
		}
		return x.Register == r && v == w && (x.From == "" || plan.ParseDay(x.From) <= day) && (x.To == "" || day <= plan.ParseDay(x.To))
	})
}

func (s *scene) parents(table, field, key string) (found []map[string]string) {
	for _, r := range s.rows {
		if r.Table == table && r.Fields[field] == key {
			found = append(found, r.Fields)
		}
	}
	return found
}

// fast judges the records of one table by the plan: the codes of each, sorted.
func (j *judges) fast(t testing.TB, of *dictionary.Table, s *scene, records []map[string]string) [][]string {
	t.Helper()
	programs, err := j.plan.With(s.known).Bind(s.header, s.portal, func(i int) bool { return i == of.Position-1 })
	if err != nil {
		t.Fatal(err)
	}
	g := programs[of.Position-1]
	var w plan.Worker
	b := &w.Batch
	b.Reset(len(of.Fields), len(records))
	for row, record := range records {
		for i, f := range of.Fields {
			v := record[f.Name]
			b.Columns[i].Cells[row] = batch.MakeCell(len(b.Text), len(v))
			b.Columns[i].Odd = true
			b.Text = append(b.Text, v...)
		}
	}
	b.Text = append(b.Text, make([]byte, batch.Slack)...)
	b.Truncate(len(records))
	g.Prepare(&w, make([]bool, len(of.Fields)), nil)
	for _, join := range g.Joins {
		columns := make([]batch.Column, len(join.Dates))
		for d, date := range join.Dates {
			for _, record := range records {
				day := int32(batch.Null)
				key := record[of.Fields[join.Column].Name]
				for _, p := range s.parents(join.Table, join.Key, key) {
					if v := plan.ParseDay(p[date.Field]); key != "" && v > batch.Unreadable &&
						(day == batch.Null || date.Latest && v > day || !date.Latest && v < day) {
						day = v
					}
				}
				columns[d].Days = append(columns[d].Days, day)
			}
			columns[d].HasDays = true
		}
		w.Joined = append(w.Joined, columns)
	}
	codes := make([][]string, len(records))
	for _, h := range g.Check(&w) {
		codes[h.Row] = append(codes[h.Row], g.Rules[h.Rank].Code)
	}
	for _, c := range codes {
		slices.Sort(c)
	}
	return codes
}

func (j *judges) slow(t testing.TB, of *dictionary.Table, s *scene, record map[string]string) []string {
	t.Helper()
	j.oracle.Bind(s.header, s.portal)
	j.oracle.Refer(s.known)
	codes, err := j.oracle.Verdicts(of, record, s.parents)
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

// TestCases runs every case of a rule on single records through both ways: the
// rule itself must pass or fail as the case says, and both must name the same
// codes.
func TestCases(t *testing.T) {
	j := newJudges(t)
	d := j.plan.Dictionary
	ran := map[string]int{}
	for _, c := range cases.All(d) {
		r := d.Rule(c.Rule)
		if c.Target < 0 || !plan.RowKind(r.Kind) {
			continue
		}
		s := sceneOf(d, &c)
		of := d.Table(c.Rows[c.Target].Table)
		record := c.Rows[c.Target].Fields
		fast := j.fast(t, of, s, []map[string]string{record})[0]
		if slices.Contains(fast, c.Rule) != c.Fail {
			t.Errorf("%s, %s: fails: %v, want %v; record %v, header %v", c.Rule, c.Name, !c.Fail, c.Fail, record, s.header)
		}
		if slow := j.slow(t, of, s, record); !slices.Equal(fast, slow) {
			t.Errorf("%s, %s: kernels say %v, jsonschema says %v; record %v, header %v", c.Rule, c.Name, fast, slow, record, s.header)
		}
		ran[c.Rule]++
	}
	for i := range d.Rules {
		r := &d.Rules[i]
		if plan.Active(r) && plan.RowKind(r.Kind) && ran[r.Code] == 0 && cases.Reason(d, r) == "" {
			t.Errorf("rule %s has no case and no reason", r.Code)
		}
	}
}

// sceneOf is what a case's record is judged against. A case on the header
// record itself has it among its rows.
func sceneOf(d *dictionary.Dictionary, c *cases.Case) *scene {
	s := &scene{header: c.Header, portal: c.Context, rows: c.Rows, known: c.Known}
	if t, _ := d.Role("header"); s.header == nil && t != nil {
		for _, r := range c.Rows {
			if r.Table == t.ID {
				s.header = r.Fields
				break
			}
		}
	}
	return s
}

// TestMutations changes the records of the cases at random and lets both ways
// judge what comes out.
func TestMutations(t *testing.T) {
	j := newJudges(t)
	d := j.plan.Dictionary
	perScene, scenes := 250, 7
	if testing.Short() {
		perScene, scenes = 20, 3
	}
	byTable := map[string][]map[string]string{}
	pool := map[string]map[string]bool{} // by table and field, the values of cases
	var headers []map[string]string
	var registers known
	for _, c := range cases.All(d) {
		registers = append(registers, c.Known...)
		for _, r := range c.Rows {
			byTable[r.Table] = append(byTable[r.Table], r.Fields)
			for f, v := range r.Fields {
				if pool[r.Table+f] == nil {
					pool[r.Table+f] = map[string]bool{}
				}
				pool[r.Table+f][v] = true
			}
		}
		if c.Header != nil {
			headers = append(headers, c.Header)
		}
	}
	full := map[string]string{}
	if t, _ := d.Role("header"); t != nil {
		for role, v := range map[string]string{"period_start": "2026-09-01", "period_end": "2026-09-30", "header_created": "2026-10-05T10:15:30", "header_provider": "RXX"} {
			_, f := d.Role(role)
			full[f.Name] = v
		}
	}
	odd := []string{"", "0", "-1", "00", "é", "ŴŴ", "A B", "x\ny", "2026-02-29", "2026-09-15", "2026-09-30T12:00:00", "1889-12-31", "1890-01-01",
		"9999999999", "9991234567", "999", "Y", "N", "01", "02", "06", "04", "zz", "10.00", "1.5", "24700007", "123456", "2026-09-03T10:00:00Z", "2026-09-03T10:00:00+02:00", "\u2028"}
	total := 0
	for i := range d.Tables {
		of := &d.Tables[i]
		for n := range scenes {
			rng := rand.New(rand.NewPCG(uint64(i), uint64(n)))
			s := &scene{header: full}
			for _, k := range registers { // some of what the cases know
				if rng.IntN(8) == 0 && n > 0 {
					s.known = append(s.known, k)
				}
			}
			switch n {
			case 0:
			case 1:
				s.header = nil
			default:
				s.header = maps.Clone(full)
				maps.Copy(s.header, headers[rng.IntN(len(headers))])
			}
			for range 6 { // parents to meet
				for _, p := range d.Tables {
					if rows := byTable[p.ID]; len(rows) > 0 && rng.IntN(3) == 0 {
						s.rows = append(s.rows, cases.Row{Table: p.ID, Fields: rows[rng.IntN(len(rows))]})
					}
				}
			}
			var records []map[string]string
			for range perScene {
				record := map[string]string{}
				if rows := byTable[of.ID]; len(rows) > 0 {
					record = maps.Clone(rows[rng.IntN(len(rows))])
				}
				for range 1 + rng.IntN(4) {
					f := of.Fields[rng.IntN(len(of.Fields))].Name
					v := odd[rng.IntN(len(odd))]
					if values := slices.Sorted(maps.Keys(pool[of.ID+f])); len(values) > 0 && rng.IntN(3) > 0 {
						v = values[rng.IntN(len(values))]
					}
					if v == "" {
						delete(record, f)
					} else {
						record[f] = v
					}
				}
				records = append(records, record)
			}
			fast := j.fast(t, of, s, records)
			for k, record := range records {
				if slow := j.slow(t, of, s, record); !slices.Equal(fast[k], slow) {
					t.Errorf("table %s: kernels say %v, jsonschema says %v; record %q, header %q", of.ID, fast[k], slow, record, s.header)
				}
				total++
			}
			if t.Failed() {
				return
			}
		}
	}
	t.Logf("%d records", total)
	if !testing.Short() && total < 100_000 {
		t.Errorf("%d records, want 100000 at least", total)
	}
}
