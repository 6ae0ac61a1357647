package validate

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mhsds/validate/source"
	"mhsds/validate/source/archive"
	"mhsds/validate/source/delimited"
)

// A changing container has other text in a table when it is opened again.
type changing struct {
	source.Container
	table  string // its name
	later  func(text string) string
	text   map[string]string
	opened map[string]int
}

func (c *changing) Open(i int) (source.Reader, error) {
	t := c.Tables()[i]
	text := c.text[t.Name]
	c.opened[t.Name]++
	if t.Name == c.table && c.opened[t.Name] > 1 {
		if text = c.later(text); text == "" {
			return nil, errors.New(t.File + " cannot be read: no such file or directory")
		}
	}
	return delimited.NewReader(strings.NewReader(text), t.File, delimited.Options{})
}

// A file that is another when it is read a second time, to prove that keys are
// the same, for values or for fingerprints: no reading of it goes wrong, and
// rows that are no longer there are missed aloud.
func TestChangedBetweenReadings(t *testing.T) {
	const fewer = "has fewer rows than when it was read first: leave the submission alone while it is checked, and run again"
	lines := func(text string) []string { return strings.SplitAfter(text, "\n") }
	tests := []struct {
		name  string
		later func(text string) string
		says  string // in Incomplete, or the error
	}{
		{"the same", func(s string) string { return s }, ""},
		{"shorter", func(s string) string { return strings.Join(lines(s)[:2], "") }, fewer},
		{"header only", func(s string) string { return lines(s)[0] }, fewer},
		{"empty", func(string) string { return "\n" }, fewer},
		{"gone", func(string) string { return "" }, "reading a second time: "},
		{"longer", func(s string) string { return s + lines(s)[1] + lines(s)[1] }, strings.Replace(fewer, "fewer", "more", 1)},
		{"other columns", func(s string) string { return strings.Replace(s, ",", "x,y", 1) }, ""},
		{"one column", func(s string) string { return strings.ReplaceAll(s, ",", ";") }, ""},
		{"ragged", func(s string) string { return strings.ReplaceAll(s, "\n", ",\n") }, ""},
		{"blank rows", func(s string) string {
			return lines(s)[0] + strings.Repeat(strings.Repeat(",", strings.Count(lines(s)[0], ","))+"\n", len(lines(s))-2)
		}, ""},
		{"other values", func(s string) string {
			return lines(s)[0] + strings.NewReplacer("0", "1", "1", "2", "P", "Q").Replace(strings.Join(lines(s)[1:], ""))
		}, ""},
		{"no text", func(s string) string { return lines(s)[0] + strings.Repeat("\x00\xff\"\n", len(lines(s))-2) }, ""},
	}
	whole, err := archive.OpenFolder(filepath.Join("..", "testdata", "submissions", "small-faulty"), archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tables, text := whole.Tables(), map[string]string{}
	for _, table := range tables {
		data, err := os.ReadFile(filepath.Join("..", "testdata", "submissions", "small-faulty", table.File))
		if err != nil {
			t.Fatal(err)
		}
		text[table.Name] = string(data)
	}
	for _, opt := range []Options{{}, {Values: true, Diagnostics: true}, {FingerprintKey: bytes.Repeat([]byte("k"), 32)}} {
		v, err := newValidator(shared(t), opt)
		if err != nil {
			t.Fatal(err)
		}
		again := 0
		for _, table := range tables[1:] { // the first is the header's, which is always read twice
			if again == 3*len(tests) || strings.Count(text[table.Name], "\n") < 5 {
				continue
			}
			for _, tt := range tests {
				c := &changing{Container: whole, table: table.Name, later: tt.later, text: text, opened: map[string]int{}}
				sum, err := v.Run(t.Context(), c, new(keeper))
				if c.opened[table.Name] < 2 {
					break // this table is read once
				}
				again++
				said := ""
				if err != nil {
					said = err.Error()
				} else {
					said = strings.Join(sum.Incomplete, "\n")
				}
				if errors.Is(err, ErrFault) || tt.says == "" && said != "" || !strings.Contains(said, tt.says) {
					t.Errorf("%s, %s: says %q, want %q", table.Name, tt.name, said, tt.says)
				}
			}
		}
		if again == 0 {
			t.Error("no table is read a second time")
		}
	}
}
