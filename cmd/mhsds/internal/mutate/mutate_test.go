package main

import (
	"go/format"
	"slices"
	"strings"
	"testing"
)

func TestMutate(t *testing.T) {
	const head = "package p\n\nfunc f(a, b int, ok bool) int {\n\t"
	tests := []struct {
		name, line string
		want       []string // lines that it becomes
	}{
		{"comparison", "ok = a < b", []string{"ok = a <= b", "ok = a >= b", ""}},
		{"equality", "ok = a == b", []string{"ok = a != b", ""}},
		{"and", "ok = ok && a != b", []string{"ok = ok || a != b", "ok = ok && a == b", ""}},
		{"not", "ok = !ok", []string{"ok = ok", ""}},
		{"arithmetic", "a = a + b*b", []string{"a = a - b*b", "a = a + b/b", ""}},
		{"bits", "a = a &^ b >> b", []string{"a = a & b >> b", "a = a &^ b << b", ""}},
		{"constant", "a = 7", []string{"a = (7+1)", "a = (7-1)", ""}},
		{"nought", "a = 0", []string{"a = (0+1)", ""}},
		{"rune", "a = 'x'", []string{"a = ('x'+1)", "a = ('x'-1)", ""}},
		{"truth", "ok = true", []string{"ok = false", ""}},
		{"assignment", "a += b", []string{"a -= b", ""}},
		{"count", "a++", []string{"a--", ""}},
		{"call", "println(a)", []string{""}},
		{"condition", "if ok { return a }", []string{"if !(ok) { return a }"}},
		{"loop", "for ok { break }", []string{"for !(ok) { break }", "for ok {  }"}},
		{"definition", "c := a; _ = c", []string{"c := a; "}},
		{"size of an array", "var x [4]int; _ = x", []string{"var x [4]int; "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source := []byte(head + tt.line + "\n\treturn b\n}\n")
			list, err := mutate("p.go", source)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range list {
				changed := m.apply(source)
				if _, err := format.Source(changed); err != nil {
					t.Errorf("%s: %v", m, err)
				}
				line := strings.TrimSuffix(strings.TrimPrefix(string(changed), head), "\n\treturn b\n}\n")
				got = append(got, line)
				if m.line != 4 || m.text != tt.line {
					t.Errorf("mutant of line %d, %q; want line 4, %q", m.line, m.text, tt.line)
				}
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("becomes %q, want %q", got, tt.want)
			}
		})
	}
}

// TestEquivalents: every mutant that is listed as changing nothing exists.
func TestEquivalents(t *testing.T) {
	const root = "../../../.."
	same, err := readEquivalents(root)
	if err != nil {
		t.Fatal(err)
	}
	of := 0
	for _, g := range groups() {
		mutants, err := mutantsOf(root, g)
		if err != nil {
			t.Fatal(err)
		}
		if err := same.check(g.folder, mutants); err != nil {
			t.Error(err)
		}
		for _, m := range mutants {
			if same.has(m) {
				of++
			}
		}
		if len(mutants) < 500 {
			t.Errorf("%s: only %d mutants; has the package moved?", g.folder, len(mutants))
		}
	}
	if of < len(same.list) {
		t.Errorf("%d entries, but they are %d mutants", len(same.list), of)
	}
}

func TestScore(t *testing.T) {
	x := &tally{killed: 17, late: 2, invalid: 9, equivalent: 4, survivors: make([]mutant, 3)}
	if x.score() != 85 {
		t.Errorf("17 killed, 3 survivors: %v %%", x.score())
	}
	if x := new(tally); x.score() != 100 {
		t.Errorf("no mutant: %v %%", x.score())
	}
}
