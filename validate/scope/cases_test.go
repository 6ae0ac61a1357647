package scope_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"testing"

	"mhsds/dictionary"
	"mhsds/dictionary/cases"
	"mhsds/validate/scope"
)

// extractOf writes what a case gives as the file that a user would give, with
// those columns alone that hold something.
func extractOf(t testing.TB, d *dictionary.Dictionary, rows []cases.ExtractRow) *scope.Extract {
	t.Helper()
	if rows == nil {
		return nil
	}
	cells := func(r cases.ExtractRow) []string {
		return []string{r.Referral, r.Patient, r.NHSNumber, r.Date, r.Team}
	}
	table := [][]string{{"Referral ID", "Patient ID", "NHS number", "Referral date", "Team"}}
	for _, r := range rows {
		table = append(table, cells(r))
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, row := range table {
		var kept []string
		for i, c := range row {
			if slices.ContainsFunc(table[1:], func(r []string) bool { return r[i] != "" }) {
				kept = append(kept, c)
			}
		}
		w.Write(kept)
	}
	w.Flush()
	e, err := scope.ReadExtract(&b, d)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestCases: on the records of its cases every rule does what they say, as the
// plain judge beside them does.
func TestCases(t *testing.T) {
	s := shared(t)
	d := s.validator.Dictionary()
	header, _ := d.Role("header")
	ran := map[string][2]int{}
	for _, c := range cases.All(d) {
		r := d.Rule(c.Rule)
		if r.Kind != dictionary.Scope {
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
				if x.Table != d.Tables[i].ID {
					continue
				}
				records = append(records, x.Fields)
				if k == c.Target {
					row = int64(len(records))
				}
			}
			sub.add(d.Tables[i].ID, records)
		}
		if len(sub.names) == 0 { // a record of nothing but blanks
			ran[r.Code] = [2]int{ran[r.Code][0] + 1, ran[r.Code][1]}
			continue
		}
		opt := scope.Options{}
		if c.Given != nil {
			opt.Declared, opt.Extract = c.Given.Declared, extractOf(t, d, c.Given.Extract)
		}
		got, _ := s.run(t, opt, &sub)
		hit := slices.ContainsFunc(got, func(f said) bool {
			return f.code == c.Rule && (c.Target < 0 || f.row == row && f.table == c.Rows[c.Target].Table)
		})
		if hit != c.Fail {
			t.Errorf("%s, %s: found %v, want %v; findings %v\n%s", c.Rule, c.Name, hit, c.Fail, got, cases.List(d, []cases.Case{c}))
		}
		n := ran[r.Code]
		if c.Fail {
			n[1]++
		} else {
			n[0]++
		}
		ran[r.Code] = n
	}
	for i := range d.Rules {
		if r := &d.Rules[i]; r.Kind == dictionary.Scope && (ran[r.Code][0] == 0 || ran[r.Code][1] == 0) {
			t.Errorf("%s: %d passing and %d failing cases ran", r.Code, ran[r.Code][0], ran[r.Code][1])
		}
	}
}
