package synthetic_test

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"mhsds/dictionary"
	"mhsds/dictionary/schema"
	"mhsds/dictionary/synthetic"
	"mhsds/schemas"
	"mhsds/validate"
	"mhsds/validate/finding"
	"mhsds/validate/oracle"
	"mhsds/validate/scope"
	inmemory "mhsds/validate/source/memory"
)

// once makes what all tests share.
var once = sync.OnceValues(func() (*shared, error) {
	from, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		return nil, err
	}
	d, err := schema.Read(from)
	if err != nil {
		return nil, err
	}
	g, err := synthetic.New(d, nil)
	if err != nil {
		return nil, err
	}
	return &shared{d: d, g: g, schemas: from, validators: map[string]*validate.Validator{}}, nil
})

type shared struct {
	d       *dictionary.Dictionary
	g       *synthetic.Generator
	schemas fs.FS

	validators map[string]*validate.Validator
	scope      observer
}

// An observer is a look-out for activity that does not belong in the data set,
// a new one for every run.
type observer struct{ *scope.Scope }

// validator makes each validator once: most of a small run is its start.
func (s *shared) validator(opt validate.Options) (*validate.Validator, error) {
	s.scope.Scope = scope.New(scope.Options{})
	key := fmt.Sprintf("%q", []string{opt.Provider, opt.Submitter, opt.PeriodStart, opt.PeriodEnd, opt.Uploaded, fmt.Sprint(opt.Reference != nil)})
	if v := s.validators[key]; v != nil {
		return v, s.scope.Bind(v.Dictionary())
	}
	opt.Observers = []validate.Observer{&s.scope}
	v, err := validate.New(s.schemas, opt)
	if err == nil {
		s.validators[key] = v
	}
	return v, err
}

func open(t testing.TB) *shared {
	t.Helper()
	s, err := once()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A memory is a submission in memory, and a Writer that makes one.
type memory struct {
	tables []*dictionary.Table
	rows   map[string][][]string // by table ID
}

func (m *memory) Begin(t *dictionary.Table) error {
	if m.rows == nil {
		m.rows = map[string][][]string{}
	}
	m.tables = append(m.tables, t)
	return nil
}

func (m *memory) Row(values [][]byte) error {
	row := make([]string, len(values))
	for i, v := range values {
		row[i] = string(v)
	}
	id := m.tables[len(m.tables)-1].ID
	m.rows[id] = append(m.rows[id], row)
	return nil
}

func (m *memory) End() error { return nil }

// container is the submission as the engine reads it.
func (m *memory) container() *inmemory.Container {
	c := new(inmemory.Container)
	for _, t := range m.tables {
		table := inmemory.Table{Name: t.Name, Rows: m.rows[t.ID]}
		for i := range t.Fields {
			table.Columns = append(table.Columns, t.Fields[i].Name)
		}
		c.List = append(c.List, table)
	}
	return c
}

// generate makes a submission in memory.
func generate(t testing.TB, cfg synthetic.Config) *memory {
	t.Helper()
	m := new(memory)
	if _, err := open(t).g.Generate(t.Context(), cfg, m); err != nil {
		t.Fatal(err)
	}
	return m
}

// lines is a sink that writes each finding as "table:row:code".
type lines []string

func (l *lines) Report(f *finding.Finding) error {
	*l = append(*l, fmt.Sprintf("%s:%d:%s", f.Table.Name, f.Row, f.Rule.Code))
	return nil
}

// portal is what the portal would know of a submission that is as it says.
func portal(m *memory, d *dictionary.Dictionary) validate.Options {
	of := func(role string) string {
		t, f := d.Role(role)
		return m.rows[t.ID][0][t.Index(f.Name)]
	}
	return validate.Options{
		Provider: of("header_provider"), Submitter: of("header_submitter"),
		PeriodStart: of("period_start"), PeriodEnd: of("period_end"), Uploaded: of("header_created"),
	}
}

// judge returns what the engine says of a submission.
func judge(t testing.TB, m *memory, opt validate.Options) (lines, *finding.Summary) {
	t.Helper()
	v, err := open(t).validator(opt)
	if err != nil {
		t.Fatal(err)
	}
	var l lines
	s, err := v.Run(context.Background(), m.container(), &l)
	if err != nil {
		t.Fatal(err)
	}
	return l, s
}

// TestValid: what is generated breaks no rule, and every table has rows but
// the one whose rows are always rejected.
func TestValid(t *testing.T) {
	for _, tt := range []struct {
		patients int
		period   string
		seeds    int
	}{
		{1, "2026-09", 10}, {2, "2026-02", 5}, {20, "2026-09", 10}, {20, "2024-05", 3}, {300, "2026-04", 3}, {300, "2025-12", 2}, {3000, "2026-09", 1},
	} {
		for seed := range tt.seeds {
			t.Run(fmt.Sprintf("%d patients, %s, seed %d", tt.patients, tt.period, seed), func(t *testing.T) {
				m := generate(t, synthetic.Config{Patients: tt.patients, Period: tt.period, Seed: uint64(seed)})
				got, s := judge(t, m, portal(m, open(t).d))
				if len(got) > 0 {
					t.Errorf("%d findings: %s", len(got), strings.Join(got[:min(len(got), 10)], " "))
				}
				if s.Verdict != finding.Accepted {
					t.Errorf("verdict %v", s.Verdict)
				}
				for _, ts := range s.Tables {
					if (ts.Rows == 0) != (ts.Table.ID == "MHS608") {
						t.Errorf("%s has %d rows", ts.Table.ID, ts.Rows)
					}
				}
			})
		}
	}
}

// TestOracle: jsonschema finds nothing either.
func TestOracle(t *testing.T) {
	o, err := oracle.New(open(t).schemas)
	if err != nil {
		t.Fatal(err)
	}
	d := o.Dictionary()
	for seed := range 3 {
		m := generate(t, synthetic.Config{Patients: 40, Period: "2026-09", Seed: uint64(100 + seed)})
		records := map[string][]map[string]string{}
		index := map[string][]map[string]string{}
		for i := range d.Tables {
			table := &d.Tables[i]
			for _, row := range m.rows[table.ID] {
				record := map[string]string{}
				for c, v := range row {
					if v != "" {
						record[table.Fields[c].Name] = v
						key := table.ID + "." + table.Fields[c].Name + "=" + v
						index[key] = append(index[key], record)
					}
				}
				records[table.ID] = append(records[table.ID], record)
			}
		}
		header, _ := d.Role("header")
		o.Bind(records[header.ID][0], nil)
		parents := func(table, field, key string) []map[string]string { return index[table+"."+field+"="+key] }
		total := 0
		for i := range d.Tables {
			table := &d.Tables[i]
			for n, record := range records[table.ID] {
				codes, err := o.Verdicts(table, record, parents)
				if err != nil {
					t.Fatal(err)
				}
				if len(codes) > 0 {
					t.Errorf("seed %d: %s row %d fails %v", seed, table.Name, n+1, codes)
				}
				total++
			}
		}
		if total < 400 {
			t.Errorf("seed %d: only %d rows", seed, total)
		}
	}
}
