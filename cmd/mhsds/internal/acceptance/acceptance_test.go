package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../../../.."

// TestDeclared: what the committed totals have changed since the last release
// stands in the change log. (Whether they are the totals of this source is what
// "make acceptance" finds out.)
func TestDeclared(t *testing.T) {
	totals, err := readTotals(filepath.Join(root, filepath.FromSlash(totalsFile)))
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(root, changelogFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := totals.declared(string(log)); err != nil {
		t.Error(err)
	}
	if n := totals.now[countSubmissions]; n != corpusSize {
		t.Errorf("totals of %d submissions, want %d", n, corpusSize)
	}
}

func TestDeclaration(t *testing.T) {
	of := func(n int64) counts {
		c := counts{"A1": 5, "B2": 7}
		for i := range n {
			c["C"+strings.Repeat("x", int(i))] = i
		}
		return c
	}
	before := of(0)
	few, many := maps.Clone(before), of(100)
	few["A1"], few["D4"] = 4, 1
	const head = "# Changes\n\n## Unreleased\n\n- Something else, 3 to 4.\n"
	long := &totals{version: "1.0.0", before: before, now: many}
	for _, tt := range []struct {
		name string
		now  counts
		log  string
		want string // in the error; "" for none
	}{
		{"nothing changed", before, head + "\n## 1.0.0\n", ""},
		{"not declared", few, head + "\n## 1.0.0\n", "nothing declares A1 5 to 4, D4 0 to 1"},
		{"declared", few, head + "- Acceptance corpus: A1 5 to 4, D4 0 to 1. Ages are counted anew.\n\n## 1.0.0\n", ""},
		{"declared over two lines", few, head + "- Acceptance corpus: A1 5 to 4,\n  D4 0 to 1. Ages.\n\n## 1.0.0\n", ""},
		{"declared by two", few, head + "- Acceptance corpus: A1 5 to 4. Ages.\n- Acceptance corpus: D4 0 to 1.\n\n## 1.0.0\n", ""},
		{"half declared", few, head + "- Acceptance corpus: A1 5 to 4.\n\n## 1.0.0\n", "nothing declares D4 0 to 1"},
		{"of an earlier change", few, head + "- Acceptance corpus: A1 5 to 3, D4 0 to 1.\n\n## 1.0.0\n", "nothing declares A1 5 to 4"},
		{"under a release", few, head + "\n## 1.0.0\n\n- Acceptance corpus: A1 5 to 4, D4 0 to 1.\n", "nothing declares"},
		{"declared and not so", before, head + "- Acceptance corpus: A1 5 to 4.\n\n## 1.0.0\n", `"A1 5 to 4" is declared`},
		{"many, by names", many, head + "- Acceptance corpus: C 0 to 1.\n\n## 1.0.0\n", "nothing declares 99 totals to "},
		{"many, by digest", many, head + long.declaration() + " Another generator.\n\n## 1.0.0\n", ""},
		{"many, by another digest", many, head + "- Acceptance corpus: 99 totals to 0123456789ab.\n\n## 1.0.0\n", "nothing declares"},
		{"released since", before, head + "\n## 1.1.0\n\n## 1.0.0\n", `"go run ./cmd/mhsds/internal/acceptance -release"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := (&totals{version: "1.0.0", before: before, now: tt.now}).declared(tt.log)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// TestTotalsFile: what is written is read again; a release begins anew.
func TestTotalsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "totals.csv")
	a := &totals{version: "1.0.0", before: counts{"A1": 1, "rows": 9}, now: counts{"A1": 2, "B2": 3, "rows": 9}}
	if err := a.write(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := "code,1.0.0,now\nA1,1,2\nB2,0,3\nrows,9,9\n"; string(text) != want {
		t.Errorf("written %q, want %q", text, want)
	}
	b, err := readTotals(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := b.differences(a.now); len(d) > 0 || b.version != a.version || b.before["A1"] != 1 {
		t.Errorf("read %+v, written %+v", b, a)
	}
	if d := b.differences(counts{"A1": 2, "B2": 4, "C3": 1}); len(d) != 3 {
		t.Errorf("differences %q, want three: of B2, C3 and rows", d)
	}
	if b.released("1.1.0"); len(b.changed()) > 0 || b.version != "1.1.0" {
		t.Errorf("after the release: %+v", b)
	}
	for _, bad := range []string{"", "code,now\n", "code,1,now\nA1,x,1\n", "code,1,now\nA1,1,1\nA1,1,1\n"} {
		if err := os.WriteFile(path, []byte(bad), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := readTotals(path); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

// TestCorpus: the submissions are as varied as they are said to be.
func TestCorpus(t *testing.T) {
	c, err := newCorpus(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.submissions) != corpusSize {
		t.Errorf("%d submissions, want %d", len(c.submissions), corpusSize)
	}
	in, told, kinds := map[container]int{}, map[setting]int{}, map[string]int{}
	least, most := int64(1<<62), int64(0)
	for _, s := range c.submissions {
		if s.fixture != "" {
			kinds["fixture"]++
			continue
		}
		in[s.container]++
		told[s.setting]++
		switch {
		case s.damaged:
			kinds["damaged"]++
		case s.cfg.FaultRate == 1:
			kinds["every row faulty"]++
		case s.cfg.FaultRate > 0 || len(s.cfg.Break) > 0:
			kinds["faulty"]++
		case s.cfg.Tables != nil:
			kinds["some tables"]++
		default:
			kinds["clean"]++
		}
		if len(s.cfg.Tables) == 1 || s.cfg.Patients >= 3000 {
			made, err := c.g.Prepare(s.cfg)
			if err != nil {
				t.Fatal(err)
			}
			rows := int64(0)
			for _, n := range made.Count() {
				rows += n.Rows
			}
			least, most = min(least, rows), max(most, rows)
		}
	}
	for i := range containers {
		if in[i] < 100 {
			t.Errorf("%d submissions in the container %v", in[i], i)
		}
	}
	for i := range settings {
		if told[i] < 100 {
			t.Errorf("%d submissions under the setting %d", told[i], i)
		}
	}
	for kind, least := range map[string]int{"fixture": 10, "damaged": 50, "every row faulty": 20, "faulty": 300, "some tables": 50, "clean": 150} {
		if kinds[kind] < least {
			t.Errorf("%d submissions of the kind %q, want %d", kinds[kind], kind, least)
		}
	}
	if least != 1 || most < 90_000 || most > 110_000 {
		t.Errorf("submissions have %d to %d rows, want 1 to about 100,000", least, most)
	}
}

// TestJudge judges the smallest of the corpus: the totals are the same for any
// number of them at once.
func TestJudge(t *testing.T) {
	c, err := newCorpus(root)
	if err != nil {
		t.Fatal(err)
	}
	var small []submission
	for _, s := range c.submissions {
		if s.cfg.Patients < 10 && len(small) < 60 {
			small = append(small, s)
		}
	}
	c.submissions = small
	var found [2]counts
	for i, jobs := range []int{1, 3} {
		if found[i], err = c.all(t.Context(), jobs, t.Output()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(found[0], found[1]); diff != "" {
		t.Errorf("one at a time -, three at once +:\n%s", diff)
	}
	if found[0].codes() < 50 || found[0][countSubmissions] != int64(len(small)) {
		t.Errorf("findings of %d rules in %d submissions", found[0].codes(), found[0][countSubmissions])
	}
}

// TestCheck: findings that are not those of the answer key are an error.
func TestCheck(t *testing.T) {
	for _, tt := range []struct{ found, want, say string }{
		{"a b", "a b", "none"},
		{"a b c", "a c", "b should not be"},
		{"a c", "a b c", "b is missing"},
		{"a", "a b", "b is missing"},
		{"a b", "a", "b should not be"},
	} {
		if got := firstDifference(strings.Fields(tt.found), strings.Fields(tt.want)); got != tt.say {
			t.Errorf("found %s, want %s: %q, want %q", tt.found, tt.want, got, tt.say)
		}
	}
}
