package quality_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
	"mhsds/dictionary/cases"
	"mhsds/validate"
	"mhsds/validate/finding"
	"mhsds/validate/quality"
)

// formKeeper keeps the findings of rules on how values are written.
type formKeeper struct{ lines []string }

func (k *formKeeper) Report(f *finding.Finding) error {
	if f.Rule.OfForm() {
		k.lines = append(k.lines, fmt.Sprintf("%s %s.%s: %s", f.Rule.Check, f.Table.ID, f.Column, f.Detail))
	}
	return nil
}

// forms runs the submission and returns the findings of form.
func (s *stage) forms(t testing.TB, m *submission) ([]string, *finding.Summary) {
	t.Helper()
	m.write()
	s.Observer = quality.New(quality.Options{})
	if err := s.Bind(s.validator.Dictionary()); err != nil {
		t.Fatal(err)
	}
	var k formKeeper
	sum, err := s.validator.Run(context.Background(), m, &k)
	if err != nil {
		t.Fatal(err)
	}
	return k.lines, sum
}

// add adds a table of records.
func (m *submission) add(d *dictionary.Dictionary, table string, records []map[string]string) {
	t := d.Table(table)
	if m.columns == nil {
		m.columns, m.rows = map[string][]string{}, map[string][][]string{}
	}
	m.names = append(m.names, t.Name)
	for i := range t.Fields {
		m.columns[t.Name] = append(m.columns[t.Name], t.Fields[i].Name)
	}
	for _, r := range records {
		row := make([]string, len(t.Fields))
		for i := range t.Fields {
			row[i] = r[t.Fields[i].Name]
		}
		m.rows[t.Name] = append(m.rows[t.Name], row)
	}
}

// TestFormCases: on the records of its cases every rule of form does what they
// say.
func TestFormCases(t *testing.T) {
	s := newStage(t, validate.Options{Workers: 2})
	d := s.validator.Dictionary()
	ran := map[string][2]int{}
	for i := range d.Rules {
		r := &d.Rules[i]
		if !r.OfForm() {
			continue
		}
		for _, c := range cases.For(d, r) {
			var m submission
			m.add(d, c.Rows[c.Target].Table, []map[string]string{c.Rows[c.Target].Fields})
			lines, _ := s.forms(t, &m)
			want := []string(nil)
			if c.Fail {
				field := slices.Collect(maps.Keys(c.Rows[c.Target].Fields))[0]
				want = []string{fmt.Sprintf("%s %s.%s: 1 value, the first in row 1", r.Check, c.Rows[c.Target].Table, field)}
			}
			if diff := cmp.Diff(want, lines); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", r.Code, c.Name, diff)
			}
			n := ran[r.Check]
			if c.Fail {
				n[1]++
			} else {
				n[0]++
			}
			ran[r.Check] = n
		}
	}
	for _, check := range dictionary.FormChecks() {
		if n := ran[check]; n[0] < 2 || n[1] < 1 {
			t.Errorf("%s: %d passing and %d failing cases ran", check, n[0], n[1])
		}
	}
}

// TestFormTwin sets the findings on random values against a plain reading with
// regular expressions, whatever the blocks and batches are.
func TestFormTwin(t *testing.T) {
	s := newStage(t, validate.Options{Workers: 3, BatchRows: 5})
	d := s.validator.Dictionary()
	exponent := regexp.MustCompile(`^-?[0-9]([.,][0-9]+)?[Ee][-+][0-9]{2,3}$`)
	serial := regexp.MustCompile(`^([1-5][0-9]{4}|60000)(\.[0-9]+)?$`)
	codes := map[dictionary.Ref]map[string]bool{}
	numbers := map[dictionary.Ref]bool{}
	for i := range d.Rules {
		r := &d.Rules[i]
		ref := dictionary.Ref{Table: r.Table, Field: r.Field}
		switch {
		case r.Status == dictionary.PipelineOnly || r.Unchecked != "":
		case r.Kind == dictionary.NHSNumber:
			numbers[ref] = true
		case r.Kind == dictionary.InSet:
			if codes[ref] == nil {
				codes[ref] = map[string]bool{}
			}
			for _, c := range d.List(r.List).Codes {
				codes[ref][c.Code] = true
			}
			for _, c := range r.Defaults {
				codes[ref][c] = true
			}
		}
	}
	checks := func(ref dictionary.Ref, typ dictionary.Type, v string) string {
		set := codes[ref]
		switch {
		case typ == dictionary.Date || typ == dictionary.DateTime:
			if serial.MatchString(v) {
				return dictionary.FormSerialDate
			}
			return ""
		case typ != dictionary.Text && typ != dictionary.Number || v == "" || set[v]:
			return ""
		case exponent.MatchString(v):
			return dictionary.FormExponent
		}
		for c := range set {
			if strings.Trim(c, "0123456789") == "" && c != v && strings.TrimLeft(c, "0") == strings.TrimLeft(v, "0") && v[0] != '0' {
				return dictionary.FormLostZeros
			}
		}
		for c := range set {
			if strings.EqualFold(c, v) {
				return dictionary.FormLetterCase
			}
		}
		if numbers[ref] && len(v) >= 7 && len(v) <= 9 && v[0] != '0' && strings.Trim(v, "0123456789") == "" {
			padded, sum := strings.Repeat("0", 10-len(v))+v, 0
			for i := range 9 {
				sum += int(padded[i]-'0') * (10 - i)
			}
			if (11-sum%11)%11 == int(padded[9]-'0') {
				return dictionary.FormLostZeros
			}
		}
		return ""
	}
	odd := []string{"1.23E+15", "1E-05", "1,5E+100", "1E15", "E+15", "12E+15", "1.E+15", "45901", "45901.25", "60000", "60001", "9999", "45901.", "05901", "1", "2", "01", "a1", "A", "a", "zz", "  12 ", "2026-09-01", "123-45", "+", "é+15"}
	seen := map[string]int{}
	runs := 60
	if testing.Short() {
		runs = 8
	}
	whole := load(t, "small-valid")
	for seed := range runs {
		rng := rand.New(rand.NewPCG(uint64(seed), 3))
		m := &submission{names: whole.names, columns: whole.columns, rows: map[string][][]string{}, block: 150 + rng.IntN(300)}
		type place struct {
			table *dictionary.Table
			field int
			check string
		}
		type tally struct{ n, first int }
		found := map[place]tally{}
		padded := int64(0)
		for i := range d.Tables {
			table := &d.Tables[i]
			for n, row := range whole.rows[table.Name] {
				row = slices.Clone(row)
				for c, name := range whole.columns[table.Name] {
					f := table.Index(name)
					ref := dictionary.Ref{Table: table.ID, Field: name}
					if table.ID != "MHS000" && rng.IntN(12) == 0 {
						switch row[c] = odd[rng.IntN(len(odd))]; {
						case numbers[ref]:
							row[c] = fmt.Sprint(1000000 + rng.IntN(100000000))
						case rng.IntN(2) == 0 && codes[ref] != nil:
							list := slices.Sorted(maps.Keys(codes[ref]))
							v := list[rng.IntN(len(list))]
							row[c] = []string{strings.ToLower(v), strings.TrimLeft(v, "0"), v}[rng.IntN(3)]
						}
					}
					if typ := table.Fields[f].Type; strings.Trim(row[c], " ") != row[c] && typ != dictionary.Time {
						padded++
					}
					if check := checks(ref, table.Fields[f].Type, strings.Trim(row[c], " ")); check != "" {
						p := place{table, f, check}
						x := found[p]
						if x.n == 0 {
							x.first = n + 1
						}
						x.n++
						found[p] = x
						seen[check]++
					}
				}
				m.rows[table.Name] = append(m.rows[table.Name], row)
			}
		}
		var want []string
		for p, x := range found {
			values := "values"
			if x.n == 1 {
				values = "value"
			}
			want = append(want, fmt.Sprintf("%s %s.%s: %d %s, the first in row %d", p.check, p.table.ID, p.table.Fields[p.field].Name, x.n, values, x.first))
		}
		got, sum := s.forms(t, m)
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d (-twin +got):\n%s", seed, diff)
		}
		totals := map[string]int64{}
		for _, f := range sum.Quality.Form {
			totals[f.Rule.Check] = f.Values
		}
		for p, x := range found {
			totals[p.check] -= int64(x.n)
		}
		totals[dictionary.FormPadding] -= padded
		for check, n := range totals {
			if n != 0 {
				t.Errorf("seed %d: the summary counts %d values too many of %s", seed, n, check)
			}
		}
	}
	for _, check := range dictionary.FormChecks() {
		if seen[check] == 0 {
			t.Errorf("%s was never met, so the comparison says nothing of it", check)
		}
	}
}

// An NHS number of the 999 range begins with no zero, so that its cases have
// none: here is one that does, without it.
func TestShortNumber(t *testing.T) {
	s := newStage(t, validate.Options{})
	var m submission
	m.add(s.validator.Dictionary(), "MHS001", []map[string]string{{"NHSNumber": "9990000018"}, {"NHSNumber": "99900018"}, {"NHSNumber": "100000001"}, {"NHSNumber": "100000010"}})
	got, _ := s.forms(t, &m)
	// 1×9 + 0 … + 1 = 10, and 1×9 + 1×2 = 11.
	if want := []string{"lost_zeros MHS001.NHSNumber: 1 value, the first in row 4"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}
