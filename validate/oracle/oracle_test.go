package oracle

import (
	"io/fs"
	"slices"
	"testing"

	"mhsds/dictionary"
	"mhsds/dictionary/cases"
	"mhsds/schemas"
)

// open returns the oracle of v6.0.
func open(t testing.TB) *Oracle {
	t.Helper()
	fsys, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		t.Fatal(err)
	}
	o, err := New(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// judged reports whether the oracle judges rules of the kind.
func judged(k dictionary.Kind) bool {
	switch k {
	case dictionary.Unique, dictionary.UniqueWhen, dictionary.Singleton, dictionary.GPSuccessor,
		dictionary.ParentExists, dictionary.ChildExists, dictionary.FileCheck, dictionary.Container, dictionary.Scope, dictionary.Movement,
		dictionary.MessageOnly, dictionary.OrgValid, dictionary.OrgValidOrDefault, dictionary.SiteValid,
		dictionary.SchoolValid, dictionary.PostcodeInReference:
		return false
	}
	return true
}

// TestCases: the oracle and the cases, which a plain judge of their own has
// confirmed, agree on every rule that looks at a record.
func TestCases(t *testing.T) {
	o := open(t)
	d := o.Dictionary()
	header, _ := d.Role("header")
	passed, failed := map[string]int{}, map[string]int{}
	for _, c := range cases.All(d) {
		r := d.Rule(c.Rule)
		if !judged(r.Kind) || c.Target < 0 {
			continue
		}
		bound := c.Header
		for _, row := range c.Rows {
			if bound == nil && row.Table == header.ID {
				bound = row.Fields
			}
		}
		o.Bind(bound, c.Context)
		row := c.Rows[c.Target]
		got, err := o.Verdicts(d.Table(row.Table), row.Fields, func(table, field, key string) (list []map[string]string) {
			for _, other := range c.Rows {
				if other.Table == table && other.Fields[field] == key {
					list = append(list, other.Fields)
				}
			}
			return list
		})
		if err != nil {
			t.Fatalf("%s, %s: %v", c.Rule, c.Name, err)
		}
		if slices.Contains(got, c.Rule) != c.Fail {
			t.Errorf("%s (%s), %s: verdicts %v, want this rule among them: %t", c.Rule, r.Kind, c.Name, got, c.Fail)
		}
		if c.Fail {
			failed[c.Rule]++
		} else {
			passed[c.Rule]++
		}
	}
	for _, r := range d.Rules {
		if judged(r.Kind) && cases.Reason(d, &r) == "" && (passed[r.Code] == 0 || failed[r.Code] == 0) {
			t.Errorf("%s (%s): %d passing and %d failing cases, want some of both", r.Code, r.Kind, passed[r.Code], failed[r.Code])
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		open(b)
	}
}

func BenchmarkVerdicts(b *testing.B) {
	o := open(b)
	d := o.Dictionary()
	all := cases.All(d)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c := &all[i%len(all)]
		if c.Target < 0 {
			continue
		}
		row := c.Rows[c.Target]
		if _, err := o.Verdicts(d.Table(row.Table), row.Fields, nil); err != nil {
			b.Fatal(err)
		}
	}
}
