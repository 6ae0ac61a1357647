package validate

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
	"mhsds/dictionary/cases"
	"mhsds/validate/finding"
	"mhsds/validate/plan"
)

var updateWhy = flag.Bool("update-why", false, "rewrite testdata/why.golden")

// containerOf holds the records of a case.
func containerOf(d *dictionary.Dictionary, c *cases.Case) *memory {
	m := newMemory()
	add := func(id string, fields map[string]string) {
		t := d.Table(id)
		if !slices.Contains(m.names, t.Name) {
			var columns []string
			for _, f := range t.Fields {
				columns = append(columns, f.Name)
			}
			m.table(t.Name, columns...)
		}
		var values []string
		for _, f := range t.Fields {
			values = append(values, fields[f.Name])
		}
		m.add(t.Name, values...)
	}
	if c.Header != nil {
		head, _ := d.Role("header")
		add(head.ID, c.Header)
	}
	for _, r := range c.Rows {
		add(r.Table, r.Fields)
	}
	return m
}

// optionsOf gives what the portal would know.
func optionsOf(d *dictionary.Dictionary, c *cases.Case) Options {
	value := func(role string) string {
		_, f := d.Role(role)
		return c.Context[f.Name]
	}
	var reference Reference
	if c.Known != nil {
		reference = known(c.Known)
	}
	return Options{
		Reference: reference,
		Workers:   1, Provider: value("context_provider"), Submitter: value("context_submitter"),
		PeriodStart: value("context_period_start"), PeriodEnd: value("context_period_end"), Uploaded: value("context_uploaded"),
	}
}

// row is the place of the case's target among the rows of its table.
func row(d *dictionary.Dictionary, c *cases.Case) int64 {
	n := int64(0)
	if head, _ := d.Role("header"); c.Header != nil && c.Rows[c.Target].Table == head.ID {
		n++
	}
	for _, r := range c.Rows[:c.Target+1] {
		if r.Table == c.Rows[c.Target].Table {
			n++
		}
	}
	return n
}

// What an explanation works out by itself must be what the kernels and the
// relations say: on the cases of every rule, and on every row of the small
// submissions.
func TestWhyAgrees(t *testing.T) {
	d := shared(t).Dictionary
	asked := map[dictionary.Kind]int{}
	validators := map[string]*Validator{} // by what the portal knows
	for _, c := range cases.All(d) {
		if r := d.Rule(c.Rule); c.Target < 0 || r.Kind == dictionary.Scope || r.OfForm() { // judged by an observer
			continue
		}
		context := fmt.Sprint(c.Context, c.Known)
		v := validators[context]
		if v == nil {
			var err error
			if v, err = newValidator(shared(t), optionsOf(d, &c)); err != nil {
				t.Fatal(err)
			}
			validators[context] = v
		}
		e, passes, err := v.ask(t.Context(), containerOf(d, &c), Question{Code: c.Rule, Table: c.Rows[c.Target].Table, Row: row(d, &c)})
		if err != nil {
			t.Errorf("%s, %s: %v", c.Rule, c.Name, err)
			continue
		}
		want := Passed
		if c.Fail {
			want = Failed
		}
		if e.Outcome != want || passes == c.Fail {
			t.Errorf("%s, %s: outcome %v and worked out as passing %v, want %v\n%s", c.Rule, c.Name, e.Outcome, passes, want, explained(e))
		}
		asked[e.Rule.Kind]++
	}
	for k := dictionary.NotBlank; k < dictionary.FileCheck; k++ {
		if asked[k] == 0 {
			t.Errorf("no case of kind %v was asked about", k)
		}
	}
}

func TestWhyAgreesOnSubmissions(t *testing.T) {
	d := shared(t).Dictionary
	for _, name := range []string{"small-valid", "small-faulty", "small-faulty-reject"} {
		t.Run(name, func(t *testing.T) {
			m := load(t, name)
			v, err := newValidator(shared(t), Options{Workers: 1})
			if err != nil {
				t.Fatal(err)
			}
			all := &everything{failed: map[string]bool{}}
			r := &run{v: v, container: m, sink: all}
			if _, err := r.all(t.Context()); err != nil {
				t.Fatal(err)
			}
			n, failures := 0, 0
			for i := range d.Rules {
				rule := &d.Rules[i]
				table := d.Table(rule.Table)
				if table == nil || table == &d.Context || !plan.Active(rule) || rule.Kind == dictionary.FileCheck || r.lacks(rule) != "" || r.at[table.Position-1] < 0 {
					continue
				}
				for row := range r.store.Rows(table.Position - 1) {
					w := &asking{run: r, rule: rule, t: table.Position - 1, row: row, sink: &witness{}, ctx: t.Context(),
						Explanation: Explanation{Rule: rule, Table: table, Row: int64(row) + 1}}
					if err := w.read(); err != nil {
						t.Fatal(err)
					}
					if err := w.byKind(); err != nil {
						t.Fatal(err)
					}
					n++
					failed := all.failed[fmt.Sprintf("%s %d %s", table.ID, row+1, rule.Code)]
					if failed {
						failures++
					}
					if w.passes() == failed {
						t.Errorf("%s row %d, %s: worked out as passing %v, but the engine says failed %v\n%v %q", table.Name, row+1, rule.Code, w.passes(), failed, w.Tests, w.spared)
					}
				}
			}
			if n < 5000 || name != "small-valid" && failures < 90 {
				t.Errorf("%d rows and rules asked about, %d failures: the test proves little", n, failures)
			}
		})
	}
}

// everything notes each finding.
type everything struct{ failed map[string]bool }

func (e *everything) Report(f *finding.Finding) error {
	e.failed[fmt.Sprintf("%s %d %s", f.Table.ID, f.Row, f.Rule.Code)] = true
	return nil
}

// explained writes an explanation for the eye.
func explained(e *Explanation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s row %d: %s: %s\n", e.Rule.Code, e.Table.ID, e.Row, e.Outcome, e.Reason)
	for _, s := range e.Seen {
		fmt.Fprintf(&b, "seen %s (%s): %s", s.Name, s.From, s.What)
		if s.Text != "" {
			fmt.Fprintf(&b, " %q", s.Text)
		}
		b.WriteByte('\n')
	}
	for _, s := range e.Tests {
		fmt.Fprintf(&b, "%s: %s\n", s.Truth, s.Text)
	}
	if e.RelatedWhat != "" {
		fmt.Fprintf(&b, "%d %s:", e.RelatedCount, e.RelatedWhat)
		for _, r := range e.Related {
			fmt.Fprintf(&b, " %s %d %s", r.Table.ID, r.Row, r.State)
			if r.Value != nil {
				fmt.Fprintf(&b, " (%s %s)", r.Value.What, r.Value.Text)
			}
		}
		b.WriteByte('\n')
	}
	for i, l := range e.Chain {
		fmt.Fprintf(&b, "chain %d: %s %d", i, l.Table.ID, l.Row)
		if l.Absent {
			b.WriteString(" absent")
		}
		if l.Rule != nil {
			b.WriteString(" " + l.Rule.Code)
		}
		if l.Group != nil {
			fmt.Fprintf(&b, " with %v", l.Group)
		}
		b.WriteByte('\n')
	}
	var fails []string
	for _, r := range e.Fails {
		fails = append(fails, r.Code)
	}
	fmt.Fprintf(&b, "fails %v, carried forward %v\n", fails, e.Carried)
	return b.String()
}

func TestWhyErrors(t *testing.T) {
	v, err := newValidator(shared(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := load(t, "small-valid")
	delete(m.columns, "MHS903WardDetails")
	m.names = slices.DeleteFunc(m.names, func(n string) bool { return n == "MHS903WardDetails" })
	tests := []struct {
		name string
		q    Question
		want string
	}{
		{"code", Question{Code: "MHS00145X", Row: 1}, `no rule has the code "MHS00145X"; did you mean "MHS00145"?`},
		{"table", Question{Code: "MHS00145", Table: "MHS01", Row: 1}, `no table is called "MHS01"; did you mean "MHS001"?`},
		{"another table", Question{Code: "MHS00145", Table: "MHS101", Row: 1}, "rule MHS00145 judges rows of MHS001MPI, not of MHS101Referral"},
		{"row 0", Question{Code: "MHS00145", Table: "MHS001"}, "row 0: rows count from 1"},
		{"beyond the end", Question{Code: "MHS00145", Table: "mhs001mpi", Row: 21}, "table MHS001MPI has 20 rows, so there is no row 21"},
		{"no such table in it", Question{Code: "MHS90301", Row: 1}, "the submission has no table MHS903WardDetails"},
		{"rule of all tables", Question{Code: "PRE0101", Row: 1}, "rule PRE0101 judges the rows of every table; say which"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := v.Why(t.Context(), m, tt.q)
			if !errors.Is(err, ErrQuestion) || err.Error() != tt.want {
				t.Errorf("Why: error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestMade(t *testing.T) {
	for in, want := range map[string]string{
		"":              "blank",
		"A12 é":         "5 characters: capital letters, digits, spaces, other characters",
		"a/b\n":         "4 characters: small letters, signs, line breaks",
		"2026-09-01":    "10 characters: digits, signs",
		"9990000000":    "10 characters: digits",
		"x":             "1 character: small letters",
		"\u0085\u2028a": "3 characters: other characters, small letters",
	} {
		if got := shape(in, dictionary.Text); got != want {
			t.Errorf("shape(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"2026-09-01":          "a date",
		"2026-09-01T10:00:00": "a date with a time of day",
		"1/9/26":              "text that is no date, 6 characters: digits, signs",
	} {
		if got := shape(in, dictionary.Date); got != want {
			t.Errorf("shape(%q) = %q, want %q", in, got, want)
		}
	}
}

// Without Values an explanation holds no value of the row or of any other: on
// every failure of the small faulty submission.
func TestWhyHoldsNoValues(t *testing.T) {
	d := shared(t).Dictionary
	m := load(t, "small-faulty")
	v, err := newValidator(shared(t), Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	all := &everything{failed: map[string]bool{}}
	r := &run{v: v, container: m, sink: all}
	if _, err := r.all(t.Context()); err != nil {
		t.Fatal(err)
	}
	values := map[string]bool{}
	for name, rows := range m.rows {
		if head, _ := d.Role("header"); name == head.Name {
			continue
		}
		for _, row := range rows {
			for _, v := range row {
				if len(v) > 6 && v != r.headerValue("period_start") && v != r.headerValue("period_end") {
					values[v] = true
				}
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(all.failed)) {
		var table, code string
		var row int
		fmt.Sscanf(key, "%s %d %s", &table, &row, &code)
		if row == 0 || !strings.HasPrefix(code, "MHS") {
			continue
		}
		w := &asking{run: r, rule: d.Rule(code), t: d.Table(table).Position - 1, row: row - 1, sink: &witness{rules: []*dictionary.Rule{d.Rule(code)}},
			ctx: t.Context(), Explanation: Explanation{Rule: d.Rule(code), Table: d.Table(table), Row: int64(row), Message: d.Message(d.Rule(code))}}
		if err := w.explain(); err != nil {
			t.Fatal(err)
		}
		text := explained(&w.Explanation)
		for v := range values {
			if strings.Contains(text, v) {
				t.Errorf("%s: the explanation holds a value of %d characters", key, len(v))
			}
		}
	}
}

// The answers to some questions about the small faulty submission, in full.
// After a change of wording run with -update-why and read the difference.
func TestWhy(t *testing.T) {
	v, err := newValidator(shared(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := load(t, "small-faulty")
	var b strings.Builder
	for _, tt := range []struct {
		name string
		q    Question
	}{
		{"a chain down to a faulty row", Question{Code: "MHS20224", Table: "MHS202", Row: 6}},
		{"the same with values", Question{Code: "mhs20224", Table: "mhs202careactivity", Row: 6, Values: true}},
		{"a chain that begins at a rejected parent", Question{Code: "MHS00901", Row: 1}},
		{"a key that nobody submitted", Question{Code: "MHS20142", Row: 8}},
		{"a valid parent", Question{Code: "MHS20224", Row: 1}},
		{"a child that fell later", Question{Code: "MHS00145", Row: 10}},
		{"a duplicate group", Question{Code: "MHS00222", Row: 5}},
		{"the same code where it does not apply", Question{Code: "MHS00222", Row: 1}},
		{"no successor", Question{Code: "MHS00223", Row: 1}},
		{"a date after the period", Question{Code: "MHS00168", Row: 9}},
		{"a date within it", Question{Code: "MHS00168", Row: 1}},
		{"a parent's date", Question{Code: "MHS50230", Row: 2}},
		{"a parent's date that is blank", Question{Code: "MHS50231", Row: 2, Values: true}},
		{"a code in the list", Question{Code: "MHS00131", Row: 1, Values: true}},
		{"a code that is not", Question{Code: "MHS00116", Row: 5}},
		{"a condition", Question{Code: "MHS10224", Row: 1}},
		{"a condition that holds", Question{Code: "MHS00117", Row: 2}},
		{"a score out of range", Question{Code: "MHS60607", Row: 1}},
		{"no child at all", Question{Code: "MHS90301", Row: 2}},
		{"not checked", Question{Code: "MHS20154", Row: 1}},
		{"only the portal knows", Question{Code: "MHS00030", Row: 1}},
		{"off", Question{Code: "MHS20144", Row: 1}},
		{"a text without a test", Question{Code: "MHS01408", Row: 1}},
		{"of the file", Question{Code: "MHSREJ012", Row: 1}},
		{"of the container", Question{Code: "PRE0101", Table: "MHS001", Row: 1}},
		{"never passes", Question{Code: "MHS60815", Row: 1}},
		{"never fails", Question{Code: "MHS10115", Row: 1}},
	} {
		e, err := v.Why(t.Context(), m, tt.q)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		fmt.Fprintf(&b, "-- %s --\n%s\n", tt.name, explained(e))
	}
	golden := filepath.Join("testdata", "why.golden")
	if *updateWhy {
		if err := os.WriteFile(golden, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("explanations differ (-want +got):\n%s", diff)
	}
}
