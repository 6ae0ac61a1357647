package scope_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/dictionary/cases"
	"mhsds/validate"
	"mhsds/validate/scope"
	"mhsds/validate/source"
)

// why asks how a row was judged.
func (s *stage) why(t testing.TB, opt scope.Options, c source.Container, q validate.Question) *validate.Explanation {
	t.Helper()
	s.Scope = scope.New(opt)
	if err := s.Bind(s.validator.Dictionary()); err != nil {
		t.Fatal(err)
	}
	e, err := s.validator.Why(t.Context(), c, q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	return e
}

// agrees reports whether what an explanation has worked out is its outcome: a
// row that fails does so by a statement that is not true.
func agrees(e *validate.Explanation) error {
	fails := slices.ContainsFunc(e.Tests, func(t validate.Test) bool { return t.Truth != dictionary.True })
	switch {
	case e.Reason == "" || strings.Contains(e.Reason, ".."):
		return fmt.Errorf("the reason is %q", e.Reason)
	case e.Outcome == validate.Failed && !fails:
		return fmt.Errorf("failed, and all statements are true: %+v", e.Tests)
	case e.Outcome == validate.Passed && fails:
		return fmt.Errorf("passed, and a statement is not true: %+v", e.Tests)
	}
	return nil
}

// What is said of a row is what was found of it: on the cases of every rule.
func TestExplainAgrees(t *testing.T) {
	s := shared(t)
	d := s.validator.Dictionary()
	header, _ := d.Role("header")
	asked := map[string]int{}
	for _, c := range cases.All(d) {
		r := d.Rule(c.Rule)
		if r.Kind != dictionary.Scope || c.Target < 0 {
			continue
		}
		var sub submission
		if c.Header != nil {
			sub.add(header.ID, []map[string]string{c.Header})
		}
		row := int64(0)
		for i := range d.Tables {
			var records []map[string]string
			for k, x := range c.Rows {
				if x.Table == d.Tables[i].ID {
					records = append(records, x.Fields)
					if k == c.Target {
						row = int64(len(records))
					}
				}
			}
			sub.add(d.Tables[i].ID, records)
		}
		if !slices.Contains(sub.names, c.Rows[c.Target].Table) { // a record of nothing but blanks
			continue
		}
		opt := scope.Options{}
		if c.Given != nil {
			opt.Declared, opt.Extract = c.Given.Declared, extractOf(t, d, c.Given.Extract)
		}
		e := s.why(t, opt, &sub, validate.Question{Code: c.Rule, Table: c.Rows[c.Target].Table, Row: row})
		want := []validate.Outcome{validate.Passed, validate.NotJudged}
		switch {
		case r.Check == dictionary.ScopeNHSNumberInside: // said of a column
			want = want[1:]
		case c.Fail:
			want = []validate.Outcome{validate.Failed}
		case opt.Extract != nil || !slices.Contains([]string{dictionary.ScopeSameReferral, dictionary.ScopeSamePatientTeam, dictionary.ScopeSamePatientDate}, r.Check):
			want = want[:1]
		}
		if !slices.Contains(want, e.Outcome) {
			t.Errorf("%s, %s: %v (%s), want %v", c.Rule, c.Name, e.Outcome, e.Reason, want)
		}
		if err := agrees(e); err != nil {
			t.Errorf("%s, %s: %v", c.Rule, c.Name, err)
		}
		asked[r.Check]++
	}
	for _, check := range []string{
		dictionary.ScopeValue, dictionary.ScopeDeclared, dictionary.ScopeSameReferral, dictionary.ScopeSamePatientTeam, dictionary.ScopeSamePatientDate,
		dictionary.ScopeLikely, dictionary.ScopeBeforePeriod, dictionary.ScopeOutsideEngland, dictionary.ScopeNotFunded, dictionary.ScopeTestPatient,
	} {
		if asked[check] == 0 {
			t.Errorf("no case of the check %s was asked about", check)
		}
	}
}

// The reasons that a reader of the scenario would be given.
func TestExplainScenario(t *testing.T) {
	s := shared(t)
	d := s.validator.Dictionary()
	declared := scope.Options{Declared: map[string][]string{dictionary.SignTeams: {"T-STEPS"}}}
	c := openScenario(t)
	found, _ := s.run(t, scope.Options{}, c)
	likely := func(code string) (rows []int64) {
		for _, f := range found {
			if f.code == code {
				rows = append(rows, f.row)
			}
		}
		return rows
	}
	code := func(check string) string {
		return d.Rules[slices.IndexFunc(d.Rules, func(r dictionary.Rule) bool { return r.Check == check && r.Kind == dictionary.Scope })].Code
	}
	rows := likely(code(dictionary.ScopeLikely))
	if len(rows) == 0 {
		t.Fatal("no referral of the scenario is likely")
	}
	for _, tt := range []struct {
		name, check string
		opt         scope.Options
		row         int64
		outcome     validate.Outcome
		says        string
	}{
		{"likely", dictionary.ScopeLikely, scope.Options{}, rows[0], validate.Failed, "The finding says: confidence "},
		{"of another team", dictionary.ScopeLikely, scope.Options{}, 1, validate.Passed, ""},
		{"surer", dictionary.ScopeLikely, scope.Options{}, 282, validate.Passed, "named the referral more surely"},
		{"declared", dictionary.ScopeDeclared, declared, 287, validate.Failed, "is not among the teams of the configuration. The finding says: named among the teams"},
		{"nothing declared", dictionary.ScopeDeclared, scope.Options{}, 287, validate.Passed, "declares nothing that this rule could find"},
		{"no extract", dictionary.ScopeSameReferral, scope.Options{}, 290, validate.NotJudged, "--talking-therapies FILE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := s.why(t, tt.opt, c, validate.Question{Code: code(tt.check), Table: d.Rule(code(tt.check)).Table, Row: tt.row})
			if e.Outcome != tt.outcome || !strings.Contains(e.Reason, tt.says) {
				t.Errorf("%v: %s; want %v with %q", e.Outcome, e.Reason, tt.outcome, tt.says)
			}
			if err := agrees(e); err != nil {
				t.Error(err)
			}
		})
	}
	// Of every referral: it fails if, and only if, it was found.
	table, _ := d.Role("referral")
	for row := int64(1); row <= 296; row += 5 {
		e := s.why(t, scope.Options{}, c, validate.Question{Code: code(dictionary.ScopeLikely), Table: table.ID, Row: row})
		if (e.Outcome == validate.Failed) != slices.Contains(rows, row) {
			t.Errorf("row %d: %v: %s", row, e.Outcome, e.Reason)
		}
		if err := agrees(e); err != nil {
			t.Errorf("row %d: %v", row, err)
		}
	}
}

// A run in which nobody looks at scope says so.
func TestExplainWithoutObserver(t *testing.T) {
	v, err := validate.New(release(t), validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := v.Dictionary()
	i := slices.IndexFunc(d.Rules, func(r dictionary.Rule) bool { return r.Kind == dictionary.Scope && r.Check == dictionary.ScopeLikely })
	e, err := v.Why(t.Context(), openScenario(t), validate.Question{Code: d.Rules[i].Code, Row: 1})
	if err != nil || e.Outcome != validate.NotJudged {
		t.Errorf("%+v (%v)", e, err)
	}
}
