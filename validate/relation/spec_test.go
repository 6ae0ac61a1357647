package relation

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/dictionary/schema"
	"mhsds/schemas"
)

func release(t testing.TB) *dictionary.Dictionary {
	t.Helper()
	fsys, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		t.Fatal(err)
	}
	d, err := schema.Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func active(r *dictionary.Rule) bool { return r.Status != dictionary.PipelineOnly }

// TestReadingOrder: the header, the staff, then every table after the parents
// that its rules look for, but for those that need each other.
func TestReadingOrder(t *testing.T) {
	d := release(t)
	s, err := NewSpec(d, active)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, i := range s.Order {
		ids = append(ids, d.Tables[i].ID)
	}
	if got := strings.Join(ids[:6], " "); got != "MHS000 MHS901 MHS001 MHS002 MHS101 MHS003" {
		t.Errorf("reading order begins with %s", got)
	}
	if len(ids) != len(d.Tables) || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != len(ids) {
		t.Errorf("%d tables in the reading order of %d", len(ids), len(d.Tables))
	}
	together := [][]string{}
	for _, members := range s.components {
		if len(members) > 1 {
			var m []string
			for _, i := range members {
				m = append(m, d.Tables[i].ID)
			}
			together = append(together, m)
		}
	}
	if len(together) != 2 || !slices.Equal(together[0], []string{"MHS001", "MHS002", "MHS101"}) || !slices.Equal(together[1], []string{"MHS505", "MHS515"}) {
		t.Errorf("settled together: %v", together)
	}
	for _, c := range s.checks {
		if !c.child && s.place(c.other) > s.place(c.tested) {
			t.Errorf("%s: the parent %s is read after its child", c.rule.Code, c.rule.Other.Table)
		}
	}
	if n := len(s.checks); n != 67 { // the 65 in the published order that are on, and the two warnings after it
		t.Errorf("%d checks, want 67", n)
	}
}

// TestVerify refuses an order of rules that settling group by group would not
// give.
func TestVerify(t *testing.T) {
	d := release(t)
	// A rule on the referral's parent, moved behind the rules of its children.
	i := slices.IndexFunc(d.References, func(r dictionary.Reference) bool { return r.Rule == "MHS10101" })
	d.References[i].Order = 99
	_, err := NewSpec(d, active)
	if err == nil || !strings.Contains(err.Error(), "MHS10101") {
		t.Errorf("error %v, want one that names the rule out of order", err)
	}
}

// TestChecksInOrder: the reference rules are applied in the published order,
// then those that are in none, by code.
func TestChecksInOrder(t *testing.T) {
	d := release(t)
	s, err := NewSpec(d, active)
	if err != nil {
		t.Fatal(err)
	}
	var want, behind []string
	for _, r := range d.References {
		if active(d.Rule(r.Rule)) {
			want = append(want, r.Rule)
		}
	}
	for i := range d.Rules {
		r := &d.Rules[i]
		if (r.Kind == dictionary.ParentExists || r.Kind == dictionary.ChildExists) && active(r) && !slices.Contains(want, r.Code) {
			behind = append(behind, r.Code)
		}
	}
	slices.Sort(behind)
	var got []string
	for _, c := range s.checks {
		got = append(got, c.rule.Code)
	}
	if want = append(want, behind...); !slices.Equal(got, want) || len(behind) == 0 {
		t.Errorf("checks %v, want %v", got, want)
	}
}

// TestKeptOnce: a column is looked up once a parent, a column's keys and days
// are kept once, and what is kept to be looked up is not tagged as well.
func TestKeptOnce(t *testing.T) {
	d := release(t)
	s, err := NewSpec(d, active)
	if err != nil {
		t.Fatal(err)
	}
	store := NewStore(s, 0, 0)
	found := 0
	for i := range s.tables {
		spec, id := &s.tables[i], d.Tables[i].ID
		for n, l := range spec.links {
			if slices.ContainsFunc(spec.links[:n], func(o linkSpec) bool { return o.column == l.column && o.table == l.table }) {
				t.Errorf("%s: column %d is looked up in table %d twice", id, l.column, l.table)
			}
		}
		for n, k := range spec.keys {
			if slices.Contains(spec.keys[:n], k) {
				t.Errorf("%s: the keys of column %d are kept twice", id, k.column)
			}
		}
		for n, c := range spec.days {
			if slices.Contains(spec.days[:n], c) {
				t.Errorf("%s: the days of column %d are kept twice", id, c)
			}
			if f := &d.Tables[i].Fields[c]; f.Type != dictionary.Date && f.Type != dictionary.DateTime {
				t.Errorf("%s: days are kept of %s, which is no date", id, f.Name)
			}
		}
		if s.HasDays(i) != (len(spec.days) > 0) {
			t.Errorf("%s: has days: %t, of %d columns", id, s.HasDays(i), len(spec.days))
		}
		for n, u := range spec.uniques {
			alone := len(u.columns) == 1 && u.condition == nil && slices.Contains(spec.keys, keySpec{column: u.columns[0]})
			if (u.key >= 0) != alone {
				t.Errorf("%s: rule %s takes an index: %t, want %t", id, u.rule.Code, u.key >= 0, alone)
			}
			like := slices.IndexFunc(spec.uniques[:n], func(o uniqueSpec) bool {
				return slices.Equal(o.columns, u.columns) && o.nulls == u.nulls && o.rule.Condition == u.rule.Condition
			})
			if u.like != like {
				t.Errorf("%s: rule %s is like rule %d, want %d", id, u.rule.Code, u.like, like)
			}
			if tagged := store.tables[i].tags[n] != nil; tagged != (!alone && like < 0) {
				t.Errorf("%s: keys of rule %s are tagged: %t", id, u.rule.Code, tagged)
			}
			if alone {
				found++
			}
		}
	}
	if found == 0 {
		t.Error("no rule of uniqueness takes an index")
	}
}

// TestNewSpecRefuses: what the sheets may say wrongly is said in words.
func TestNewSpecRefuses(t *testing.T) {
	nowhere := dictionary.Ref{Table: "X", Field: "Nothing"}
	tests := []struct {
		name  string
		rule  func(r *dictionary.Rule) bool // the first of these is changed
		spoil func(d *dictionary.Dictionary, r *dictionary.Rule)
		want  string
	}{
		{"reference of an unknown table", ofKind(dictionary.ParentExists), func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Table = "X" }, `unknown table "X"`},
		{"reference to an unknown table", ofKind(dictionary.ParentExists), func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Other.Table = "X" }, `unknown table "X"`},
		{"reference to what only the portal knows", ofKind(dictionary.ParentExists), func(d *dictionary.Dictionary, r *dictionary.Rule) { r.Other.Table = d.Context.ID }, "unknown table"},
		{"reference of an unknown field", ofKind(dictionary.ParentExists), func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Field = "Nothing" }, `no field "Nothing"`},
		{"reference to an unknown field", ofKind(dictionary.ChildExists), func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Other.Field = "Nothing" }, `no field "Nothing"`},
		{"date of an unknown table", joined, func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Table = "X" }, `unknown table "X"`},
		{"date of a parent of an unknown table", joined, func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Other.Table = "X" }, `unknown table "X"`},
		{"date with an unknown key", joined, func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Join.Own = "Nothing" }, `no field "Nothing"`},
		{"date with an unknown key of the parent", joined, func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Join.Theirs = "Nothing" }, `no field "Nothing"`},
		{"unknown date of a parent", joined, func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Other.Field = "Nothing" }, `no field "Nothing"`},
		{"date of a row of the same table", joined, func(_ *dictionary.Dictionary, r *dictionary.Rule) {
			r.Other.Table, r.Join.Theirs, r.Other.Field = r.Table, r.Join.Own, r.Field
		}, "must be read before"},
		{"uniqueness of an unknown field", ofKind(dictionary.Unique), func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Fields = []dictionary.Ref{nowhere} }, `no field "Nothing"`},
		{"uniqueness in an unknown table", ofKind(dictionary.Unique), func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Table = "X" }, `unknown table "X"`},
		{"a condition without an end", ofKind(dictionary.UniqueWhen), func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Condition = "isnull(" }, ""},
		{"a condition on an unknown field", ofKind(dictionary.UniqueWhen), func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Condition = "isnull(Nothing)" }, `no field "Nothing"`},
		{"a condition on another table", ofKind(dictionary.UniqueWhen), func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Condition = "isnull(MHS101.ServDischDate)" }, "another table"},
		{"succession without a practice", ofKind(dictionary.GPSuccessor), func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Fields = r.Fields[:3] }, "four fields"},
		{"succession by an unknown field", ofKind(dictionary.GPSuccessor), func(_ *dictionary.Dictionary, r *dictionary.Rule) {
			r.Fields = append(slices.Clone(r.Fields[:3]), nowhere)
		}, `no field "Nothing"`},
		{"a check of the whole that nobody knows", checking(checkPeriod), func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Check = "by_hand" }, `unknown file check "by_hand"`},
		{"a date of an unknown table in the period", checking(checkPeriod), func(_ *dictionary.Dictionary, r *dictionary.Rule) { r.Fields = []dictionary.Ref{nowhere} }, `unknown table "X"`},
		{"a span from an unknown date", checking(checkPeriod), func(_ *dictionary.Dictionary, r *dictionary.Rule) {
			r.Spans = [][2]dictionary.Ref{{{Table: r.Spans[0][0].Table, Field: "Nothing"}, r.Spans[0][1]}}
		}, `no field "Nothing"`},
		{"a span to an unknown date", checking(checkPeriod), func(_ *dictionary.Dictionary, r *dictionary.Rule) {
			r.Spans = [][2]dictionary.Ref{{r.Spans[0][0], {Table: r.Spans[0][1].Table, Field: "Nothing"}}}
		}, `no field "Nothing"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := release(t)
			i := slices.IndexFunc(d.Rules, func(r dictionary.Rule) bool { return active(&r) && tt.rule(&r) })
			r := &d.Rules[i]
			tt.spoil(d, r)
			_, err := NewSpec(d, active)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), r.Code) {
				t.Errorf("error %v, want one of rule %s that says %s", err, r.Code, tt.want)
			}
		})
	}
}

func ofKind(k dictionary.Kind) func(*dictionary.Rule) bool {
	return func(r *dictionary.Rule) bool { return r.Kind == k }
}

func checking(check string) func(*dictionary.Rule) bool {
	return func(r *dictionary.Rule) bool { return r.Check == check }
}

func joined(r *dictionary.Rule) bool { return r.Join.Own != "" }

// TestParentsFirst: a table is read after its parents, and after the tables of
// children that it needs unless those need it too; what cannot be is refused.
func TestParentsFirst(t *testing.T) {
	field := []dictionary.Field{{Name: "Key", Type: dictionary.Text, Position: 1}}
	rule := func(kind dictionary.Kind, code, table, other string) dictionary.Rule {
		return dictionary.Rule{Code: code, Status: dictionary.Both, Table: table, Severity: dictionary.RejectRecord, Kind: kind, Field: "Key", Other: dictionary.Ref{Table: other, Field: "Key"}}
	}
	const parent, child = dictionary.ParentExists, dictionary.ChildExists
	tests := []struct {
		name  string
		rules []dictionary.Rule
		order []int // nil if there is none
	}{
		{"nothing to wait for", nil, []int{0, 1, 2}},
		{"the parent first", []dictionary.Rule{rule(parent, "A01", "A", "B")}, []int{1, 0, 2}},
		{"a chain", []dictionary.Rule{rule(parent, "A01", "A", "C"), rule(parent, "C01", "C", "B")}, []int{1, 2, 0}},
		{"a parent that needs a child", []dictionary.Rule{rule(parent, "A01", "A", "B"), rule(child, "B01", "B", "A")}, []int{1, 0, 2}},
		{"two children that are needed", []dictionary.Rule{rule(parent, "A01", "A", "C"), rule(parent, "B01", "B", "C"), rule(child, "C01", "C", "A"), rule(child, "C02", "C", "B")}, []int{2, 0, 1}},
		{"a child that is needed, without a parent", []dictionary.Rule{rule(child, "A01", "A", "C")}, []int{2, 0, 1}},
		{"each the other's parent", []dictionary.Rule{rule(parent, "A01", "A", "B"), rule(parent, "B01", "B", "A")}, nil},
		{"its own parent", []dictionary.Rule{rule(parent, "A01", "A", "A")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := &dictionary.Dictionary{
				Tables: []dictionary.Table{{ID: "A", Position: 1, Fields: field}, {ID: "B", Position: 2, Fields: field}, {ID: "C", Position: 3, Fields: field}},
				Rules:  tt.rules,
			}
			s, err := NewSpec(d, active)
			switch {
			case tt.order == nil:
				if err == nil || !strings.Contains(err.Error(), "is read after") {
					t.Errorf("error %v, want one of the order of reading", err)
				}
			case err != nil:
				t.Error(err)
			case !slices.Equal(s.Order, tt.order):
				t.Errorf("order %v, want %v", s.Order, tt.order)
			}
		})
	}
}

// TestRulesThatAreOff: a rule that is off leaves no trace.
func TestRulesThatAreOff(t *testing.T) {
	d := release(t)
	for i := range d.Rules {
		d.Rules[i].Status = dictionary.PipelineOnly
	}
	s, err := NewSpec(d, active)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.checks) > 0 || len(s.fileRules) > 0 || s.Structure() != nil {
		t.Errorf("%d checks, %d of the whole", len(s.checks), len(s.fileRules))
	}
	for i := range s.tables {
		x := &s.tables[i]
		if len(x.keys)+len(x.links)+len(x.days)+len(x.uniques)+len(x.watches) > 0 || x.successor != nil || x.singleton != nil || x.empty != nil {
			t.Errorf("%s: %+v", d.Tables[i].ID, x)
		}
	}
}

// TestStructure: one rule of the release judges the structure of a database.
func TestStructure(t *testing.T) {
	s, err := NewSpec(release(t), active)
	if err != nil {
		t.Fatal(err)
	}
	if r := s.Structure(); r == nil || r.Code != "MHSREJ001" {
		t.Errorf("structure is judged by %v", r)
	}
}
