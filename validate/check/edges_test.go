package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mhsds/validate/batch"
)

// The tests here were written from what changes of the source the others let
// live: see cmd/mhsds/internal/mutate.

// TestEveryByte puts every byte in every place of a few values. A kernel looks
// at eight bytes at once, with a constant for each: any of them may be wrong.
func TestEveryByte(t *testing.T) {
	for _, k := range twins() {
		if strings.HasSuffix(k.name, "Dates bit 0") || !strings.Contains(k.name, "Dates bit") { // one bit of a day is enough
			for _, seed := range some(k.seeds) {
				var values []string
				for place := range seed {
					v := []byte(seed)
					for b := range 256 {
						v[place] = byte(b)
						values = append(values, string(v))
					}
				}
				compareTwin(t, k, values)
			}
		}
	}
	for _, k := range pairs() {
		for _, seed := range some(k.a) {
			for place := range seed {
				var as, bs []string
				for _, other := range k.b {
					v := []byte(seed)
					for b := range 256 {
						v[place] = byte(b)
						as, bs = append(as, string(v)), append(bs, other)
					}
				}
				comparePair(t, k, as, bs)
			}
		}
	}
}

// some are the first few seeds, and the first of every length.
func some(seeds []string) (list []string) {
	seen := map[int]bool{}
	for i, s := range seeds {
		if i < 3 || !seen[len(s)] {
			list = append(list, s)
		}
		seen[len(s)] = true
	}
	return list
}

// TestVerhoeffPlaces: every digit in every place of an identifier counts as
// Verhoeff's permutation has it.
func TestVerhoeffPlaces(t *testing.T) {
	var values []string
	for length := 6; length <= 18; length++ {
		for place := range length - 3 {
			for d := range 10 {
				item := []byte(strings.Repeat("1", length-3))
				item[place] = byte('0' + d)
				v := concept(string(item), "00")
				values = append(values, v, v[:length-1]+string((v[length-1]-'0'+1)%10+'0'))
			}
		}
	}
	for _, k := range twins() {
		if k.name == "Snomed" || k.name == "SnomedConcept" {
			compareTwin(t, k, values)
		}
	}
}

// TestAutomatonLimits: patterns as great as an automaton may be, and one more.
func TestAutomatonLimits(t *testing.T) {
	// Kinds of character: of so many positions, the i-th takes the characters
	// whose number has the bit i, each of which stands in two places.
	kinds := func(last, positions int) string {
		var b strings.Builder
		b.WriteByte('^')
		for i := range positions {
			b.WriteByte('[')
			for n := range last + 1 {
				if n>>i&1 != 0 {
					fmt.Fprintf(&b, `\x{%x}\x{%x}`, 0x100+n, 0x400+n)
				}
			}
			b.WriteByte(']')
		}
		return b.String() + "$"
	}
	tests := []struct {
		name, pattern string
		err           string // "" for none
		accepts       string
	}{
		{"states", `^a{1000}a{1000}a{46}$`, "", strings.Repeat("a", 2046)},
		{"a state more", `^a{1000}a{1000}a{47}$`, "more than 2048 states", ""},
		{"kinds", kinds(255, 8), "", strings.Repeat("\u01ff", 8)},
		{"a kind more", kinds(256, 9), "more than 255 kinds", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := NewAutomaton(tt.pattern)
			switch {
			case tt.err == "" && err != nil:
				t.Errorf("error %v", err)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("error %v, want one with %q", err, tt.err)
			case tt.err == "":
				long := tt.accepts + tt.accepts[len(tt.accepts)-1:]
				text, c := column(tt.accepts, tt.accepts[1:], long)
				fail := batch.NewMask(3)
				Match(text, c, a, fail)
				if got := marked(fail); !slices.Equal(got, []int{1, 2}) {
					t.Errorf("marked %v, want the shorter and the longer one", got)
				}
			}
		})
	}
}

// TestNoSlack: where a text ends with its last value, Digits and In look at
// that value by itself.
func TestNoSlack(t *testing.T) {
	for _, k := range twins() {
		if kernel, _, _ := strings.Cut(k.name, " "); kernel != "Digits" && kernel != "In" {
			continue
		}
		for _, v := range append([]string{"1", "12", "123", "1234567", "x", "1x", "12345678", "01", "ZZ"}, k.seeds...) {
			if v == "" {
				continue
			}
			text, c := column("", v)
			text = text[:len(text)-batch.Slack]
			c.Cells[0] = 0
			fail := batch.NewMask(2)
			k.mark(text, c, fail)
			if fail.Has(0) || fail.Has(1) != k.fails(v) {
				t.Errorf("%s: %q at the end of a text: marked %v, want %t", k.name, v, marked(fail), k.fails(v))
			}
		}
	}
}
