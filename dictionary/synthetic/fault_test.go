package synthetic_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mhsds/dictionary"
	"mhsds/dictionary/synthetic"
	"mhsds/validate"
	"mhsds/validate/finding"
)

// expected lists what the answers say of a submission, as lines does findings.
func expected(answers []synthetic.Answer) []string {
	var list []string
	for _, a := range answers {
		list = append(list, fmt.Sprintf("%s:%d:%s", a.Table, a.Row, a.Code))
		for _, e := range a.Cascade {
			list = append(list, fmt.Sprintf("%s:%d:%s", e.Table, e.Row, e.Code))
		}
	}
	slices.Sort(list)
	return list
}

// minus returns the members of a that b does not have.
func minus(a, b []string) (list []string) {
	for _, s := range a {
		if _, found := slices.BinarySearch(b, s); !found {
			list = append(list, s)
		}
	}
	return list
}

// knows is what the portal must know for a rule to be judged.
func knows(d *dictionary.Dictionary, r *dictionary.Rule, m *memory) validate.Options {
	var opt validate.Options
	if r.Other.Table != d.Context.ID {
		return opt
	}
	for role, to := range map[string]*string{
		"context_provider": &opt.Provider, "context_submitter": &opt.Submitter, "context_uploaded": &opt.Uploaded,
		"context_period_start": &opt.PeriodStart, "context_period_end": &opt.PeriodEnd,
	} {
		if _, f := d.Role(role); f.Name == r.Other.Field {
			valid := portal(m, d)
			*to = map[string]string{
				"context_provider": valid.Provider, "context_submitter": valid.Submitter, "context_uploaded": valid.Uploaded,
				"context_period_start": valid.PeriodStart, "context_period_end": valid.PeriodEnd,
			}[role]
		}
	}
	return opt
}

// TestSingleFault: for every rule, break it alone in a submission without
// faults; the findings are exactly the answer. A rule that cannot be broken
// alone stands in entangled.csv, with what fails beside it.
func TestSingleFault(t *testing.T) {
	d := open(t).d
	entangled := map[string]synthetic.Entangled{}
	for _, e := range open(t).g.Entangled() {
		entangled[e.Code] = e
	}
	alone, together := 0, 0
	usual := synthetic.Config{Patients: 4, Period: "2026-09", Seed: 1}
	valid := generate(t, usual)
	for i := range d.Rules {
		r := &d.Rules[i]
		cfg := usual
		cfg.Break = []string{r.Code}
		opt := knows(d, r, valid)
		if r.Kind.Register() != 0 {
			cfg.Registers, opt.Reference = true, registers{}
		}
		m := new(memory)
		res, err := open(t).g.Generate(t.Context(), cfg, m)
		if why := unbreakable(open(t).g, r); (err != nil) != (why != "") || err != nil && err.Error() != "break: rule "+r.Code+" "+why {
			t.Errorf("%s (%s): error %v, and by the sheets it %q", r.Code, r.Kind, err, why)
		}
		if err != nil {
			continue
		}
		if len(res.Answers) != 1 {
			t.Errorf("%s (%s): %d answers, skipped %v", r.Code, r.Kind, len(res.Answers), res.Skipped)
			continue
		}
		e, stated := entangled[r.Code]
		delete(entangled, r.Code)
		switch c := res.Answers[0].Companions; {
		case len(c) == 0 && !stated:
			alone++
		case len(c) == 0:
			t.Errorf("%s is broken alone, and entangled.csv says that it cannot be", r.Code)
		case !slices.ContainsFunc(e.Companions, func(choice []string) bool { return slices.Equal(choice, c) }):
			t.Errorf("%s fails together with %v, and entangled.csv says %v", r.Code, c, e.Companions)
		default:
			together++
		}
		got, _ := judge(t, m, opt)
		slices.Sort(got)
		want := expected(res.Answers)
		if !slices.Equal([]string(got), want) {
			a, b := minus(got, want), minus(want, got)
			t.Errorf("%s (%s): found and not in the answer: %v; in the answer and not found: %v", r.Code, r.Kind, a[:min(len(a), 6)], b[:min(len(b), 6)])
		}
	}
	for code := range entangled {
		t.Errorf("entangled.csv names %s, which is never broken", code)
	}
	if alone < 840 || alone+together < 1090 {
		t.Errorf("%d rules broken alone and %d with others; want more", alone, together)
	}
	t.Logf("%d rules broken alone, %d with those that they are entangled with", alone, together)
}

// unbreakable says why no fault is made for a rule, by the sheets of rules and
// of unbroken kinds; "" if one is.
func unbreakable(g *synthetic.Generator, r *dictionary.Rule) string {
	switch {
	case r.Unchecked != "":
		return r.Unchecked
	case r.Status == dictionary.PipelineOnly:
		return "off: no longer in the national rule list"
	}
	for _, u := range g.Unbroken() {
		if u.Of(r) {
			return u.Why
		}
	}
	return ""
}

// registers hold every code but those that the generator says they do not.
type registers struct{}

func (registers) Holds(dictionary.Register) bool { return true }
func (registers) Files() []finding.ReferenceFile { return nil }
func (registers) Has(_ dictionary.Register, value []byte, _ int32) bool {
	return !strings.HasSuffix(string(value), synthetic.UnknownEnd)
}

// TestRegisters: a submission without faults is valid by registers too.
func TestRegisters(t *testing.T) {
	for seed := range uint64(3) {
		m := generate(t, synthetic.Config{Patients: 400, Period: "2026-09", Seed: 60 + seed, Registers: true})
		opt := portal(m, open(t).d)
		opt.Reference = registers{}
		if got, _ := judge(t, m, opt); len(got) > 0 {
			t.Errorf("%d findings, such as %v", len(got), got[:min(len(got), 5)])
		}
	}
}

// TestAllFaults: every fault that can share a submission, in one: no fault
// touches another, and the findings are exactly the answers.
func TestAllFaults(t *testing.T) {
	d := open(t).d
	// Without entangled.csv the generator does not know when to stop looking
	// for a way to break a rule alone; what it then finds is what the sheet says.
	sheets := fstest.MapFS{}
	for _, name := range []string{"shapes.csv", "unbroken.csv"} {
		data, err := fs.ReadFile(synthetic.Sheets(d.Version), name)
		if err != nil {
			t.Fatal(err)
		}
		sheets[name] = &fstest.MapFile{Data: data}
	}
	unaware, err := synthetic.New(d, sheets)
	if err != nil {
		t.Fatal(err)
	}
	stated := map[string]synthetic.Entangled{}
	for _, e := range open(t).g.Entangled() {
		stated[e.Code] = e
	}
	for _, tt := range []struct {
		g   *synthetic.Generator
		cfg synthetic.Config
	}{
		{unaware, synthetic.Config{Patients: 2500, Period: "2026-09", Seed: 4, Break: []string{synthetic.All}}},
		{open(t).g, synthetic.Config{Patients: 3000, Period: "2024-05", Seed: 5, Break: []string{synthetic.All}, Workers: 2, Registers: true}},
	} {
		t.Run(tt.cfg.Period, func(t *testing.T) {
			m := new(memory)
			res, err := tt.g.Generate(t.Context(), tt.cfg, m)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range res.Answers {
				e, entangled := stated[a.Code]
				if entangled != (len(a.Companions) > 0) || entangled && !slices.ContainsFunc(e.Companions, func(choice []string) bool { return slices.Equal(choice, a.Companions) }) {
					t.Errorf("%s fails together with %v, and entangled.csv says %v", a.Code, a.Companions, e.Companions)
				}
			}
			broken := map[string]bool{}
			for _, a := range res.Answers {
				broken[a.Code] = true
			}
			if len(broken) < 1000 || len(broken) != len(res.Answers) {
				t.Errorf("%d answers to %d rules", len(res.Answers), len(broken))
			}
			for _, s := range res.Skipped {
				if s.Why == "" || broken[s.Code] || d.Rule(s.Code) == nil {
					t.Errorf("skipped %q because %q", s.Code, s.Why)
				}
			}
			if n := len(res.Answers) + len(res.Skipped); n != len(d.Rules) {
				t.Errorf("%d rules broken or skipped, of %d", n, len(d.Rules))
			}
			var opt validate.Options
			if tt.cfg.Registers {
				opt.Reference = registers{}
			}
			got, _ := judge(t, m, opt)
			slices.Sort(got)
			want := expected(res.Answers)
			if !slices.Equal([]string(got), want) {
				a, b := minus(got, want), minus(want, got)
				t.Errorf("found and not in the answers: %v; in the answers and not found: %v", a[:min(len(a), 6)], b[:min(len(b), 6)])
			}
			t.Logf("%d rules broken, %d findings", len(broken), len(got))
		})
	}
}

// TestFaultRate: of so many rows one value is wrong, and each such row is found.
func TestFaultRate(t *testing.T) {
	d := open(t).d
	usual := synthetic.Config{Patients: 1500, Period: "2026-09", Seed: 6}
	faulty := usual
	faulty.FaultRate = 0.02
	a, b := generate(t, usual), generate(t, faulty)
	got, s := judge(t, b, validate.Options{})
	found := map[string]bool{}
	for _, l := range got {
		found[l[:strings.LastIndexByte(l, ':')]] = true
	}
	if s.Verdict != finding.AcceptedWithRejections {
		t.Errorf("verdict %v", s.Verdict)
	}
	rows, spoilt, tables := 0, 0, map[string]bool{}
	for i := range d.Tables {
		table := &d.Tables[i]
		if len(a.rows[table.ID]) != len(b.rows[table.ID]) {
			t.Fatalf("%s: %d rows without faults, %d with", table.ID, len(a.rows[table.ID]), len(b.rows[table.ID]))
		}
		for n, row := range a.rows[table.ID] {
			rows++
			different := 0
			for c := range row {
				if row[c] != b.rows[table.ID][n][c] {
					different++
				}
			}
			if different == 0 {
				continue
			}
			spoilt++
			tables[table.ID] = true
			if place := fmt.Sprintf("%s:%d", table.Name, n+1); different > 1 || !found[place] {
				t.Errorf("%s: %d values differ, found: %v", place, different, found[place])
			}
		}
	}
	if share := float64(spoilt) / float64(rows); share < 0.015 || share > 0.025 || len(tables) < 40 {
		t.Errorf("%d of %d rows spoilt, in %d tables", spoilt, rows, len(tables))
	}
}
