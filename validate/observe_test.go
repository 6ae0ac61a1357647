package validate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/finding"
	"mhsds/validate/source/archive"
)

// census is an Observer that counts the filled first columns of every row, and
// the valid rows.
type census struct {
	d       *dictionary.Dictionary
	tables  []*dictionary.Table
	kept    map[string][]string
	valid   map[string]int
	present []bool
}

type sight struct{ values []string }

func (s *sight) Reset(int) { s.values = nil }

func (c *census) Begin(_ map[string]string, present []bool) { c.present = present }
func (c *census) Wants(table int) bool                      { return c.tables[table].ID != "MHS201" }
func (c *census) NewSight() Sight                           { return &sight{} }
func (c *census) Look(s Sight, _ int, b *batch.Batch) {
	for row := range b.Rows {
		s.(*sight).values = append(s.(*sight).values, string(b.Append(nil, 0, row)))
	}
}
func (c *census) Keep(table int, s Sight) {
	id := c.tables[table].ID
	c.kept[id] = append(c.kept[id], s.(*sight).values...)
}
func (c *census) Finish(v Verdicts, report func(*finding.Finding) error, s *finding.Summary) error {
	for i, t := range c.tables {
		for row := range v.Rows(i) {
			if v.Valid(i, row) {
				c.valid[t.ID]++
			}
		}
	}
	return report(&finding.Finding{Rule: own(c.d), Table: c.tables[1], Row: 3})
}

func own(d *dictionary.Dictionary) *dictionary.Rule {
	for i := range d.Rules {
		if r := &d.Rules[i]; r.Own() {
			return r
		}
	}
	return nil
}

func TestObserver(t *testing.T) {
	d := shared(t).Dictionary
	var tables []*dictionary.Table
	for i := range d.Tables {
		tables = append(tables, &d.Tables[i])
	}
	c := &census{d: d, tables: tables, kept: map[string][]string{}, valid: map[string]int{}}
	m := load(t, "small-faulty")
	m.block = 3
	got, s := judged(t, Options{Observers: []Observer{c}, Workers: 3, BatchRows: 2}, m)
	for _, ts := range s.Tables {
		if int64(c.valid[ts.Table.ID]) != ts.CarriedForward {
			t.Errorf("%s: %d valid rows seen, %d carried forward", ts.Table.ID, c.valid[ts.Table.ID], ts.CarriedForward)
		}
		var want []string
		for _, row := range m.rows[ts.Table.Name] {
			want = append(want, row[0])
		}
		if ts.Table.ID == "MHS201" {
			want = nil
		}
		if !slices.Equal(c.kept[ts.Table.ID], want) && ts.Table.Fields[0].Type == dictionary.Text {
			t.Errorf("%s: kept %v, want %v", ts.Table.ID, c.kept[ts.Table.ID], want)
		}
	}
	if len(got) != 247 || s.Verdict != finding.AcceptedWithRejections {
		t.Errorf("%d findings, verdict %v; want the 246 and the observer's, which leaves the verdict as it is", len(got), s.Verdict)
	}
	if !slices.ContainsFunc(s.Rules, func(n finding.RuleCount) bool { return n.Rule == own(d) }) {
		t.Error("the observer's finding is not counted")
	}
}

// lineage is an Observer that is told parents. It keeps, for every contact, the
// referral that the engine names and the key by which the contact names it.
type lineage struct {
	census
	bound         *dictionary.Dictionary
	child, parent *dictionary.Table
	column        int
	rows          []int32
	keys          []string
	parents       []string
}

type kin struct {
	sight
	rows []int32
}

func (k *kin) Reset(table int) {
	k.sight.Reset(table)
	k.rows = k.rows[:0]
}

func (f *lineage) Bind(d *dictionary.Dictionary) error { f.bound = d; return nil }
func (f *lineage) Wants(table int) bool {
	return table == f.child.Position-1 || table == f.parent.Position-1
}
func (f *lineage) Finish(Verdicts, func(*finding.Finding) error, *finding.Summary) error {
	return nil
}
func (f *lineage) NewSight() Sight { return &kin{} }
func (f *lineage) LookJoined(s Sight, table int, b *batch.Batch, parents func(column, parent int) []int32) {
	k := s.(*kin)
	column := 0
	if table == f.child.Position-1 {
		column = f.column
		k.rows = append(k.rows, parents(column, f.parent.Position-1)...)
	}
	for row := range b.Rows {
		k.values = append(k.values, string(b.Append(nil, column, row)))
	}
}
func (f *lineage) Keep(table int, s Sight) {
	k := s.(*kin)
	if table == f.parent.Position-1 {
		f.parents = append(f.parents, k.values...)
		return
	}
	f.rows = append(f.rows, k.rows...)
	f.keys = append(f.keys, k.values...)
}

func TestObserverIsToldParents(t *testing.T) {
	d := shared(t).Dictionary
	f := &lineage{census: census{d: d, kept: map[string][]string{}, valid: map[string]int{}}}
	f.child, f.parent = d.Table("MHS201"), d.Table("MHS101")
	f.column = f.child.Index("ServiceRequestID")
	m := load(t, "small-faulty")
	m.block = 3
	v, err := newValidator(shared(t), Options{Observers: []Observer{f}, Workers: 3, BatchRows: 2})
	if err != nil {
		t.Fatal(err)
	}
	if f.bound != v.Dictionary() {
		t.Error("the observer was not given the dictionary by which the validator judges")
	}
	if _, err := v.Run(t.Context(), m, new(keeper)); err != nil {
		t.Fatal(err)
	}
	if len(f.rows) == 0 || len(f.rows) != len(f.keys) {
		t.Fatalf("%d parents for %d rows", len(f.rows), len(f.keys))
	}
	for i, row := range f.rows {
		if want := slices.Index(f.parents, f.keys[i]); int(row) != want && (row >= 0 || want >= 0) {
			t.Errorf("contact %d: parent in row %d, want %d", i, row, want)
		}
	}
}

// estimate is a census that is told how many rows to expect.
type estimate struct {
	census
	said map[string]int
}

func (e *estimate) Reserve(table, rows int) {
	id := e.tables[table].ID
	if len(e.kept[id]) > 0 || e.said[id] > 0 {
		panic("told of " + id + " too late, or twice")
	}
	e.said[id] = rows
}

// TestReserver: of a table of more than one block, an observer that wants it is
// told about how many rows there are before the first is kept.
func TestReserver(t *testing.T) {
	d := shared(t).Dictionary
	var folder strings.Builder
	folder.WriteString("LocalPatientID,StartDateGMPRegistration\n")
	const rows = 40_000
	for i := range rows {
		fmt.Fprintf(&folder, "P%06d,2020-01-01\n", i)
	}
	dir := t.TempDir()
	for _, name := range []string{d.Table("MHS002").Name, d.Table("MHS201").Name} {
		if err := os.WriteFile(filepath.Join(dir, name+".csv"), []byte(folder.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e := &estimate{census{d: d, kept: map[string][]string{}, valid: map[string]int{}}, map[string]int{}}
	for i := range d.Tables {
		e.tables = append(e.tables, &d.Tables[i])
	}
	v, err := newValidator(shared(t), Options{Workers: 2, Observers: []Observer{e}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := archive.OpenFolder(dir, archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := v.Run(context.Background(), c, new(keeper)); err != nil {
		t.Fatal(err)
	}
	if n := e.said["MHS002"]; len(e.said) != 1 || n < rows || n > rows*11/10 || len(e.kept["MHS002"]) != rows {
		t.Errorf("told of %v rows, of %d", e.said, len(e.kept["MHS002"]))
	}
}
