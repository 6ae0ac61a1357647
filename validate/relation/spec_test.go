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
