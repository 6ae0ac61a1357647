package quality_test

import (
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/dictionary/cases"
	"mhsds/validate"
	"mhsds/validate/quality"
)

// TestMovementCases: with the earlier counts of its cases every rule on
// movement does what they say.
func TestMovementCases(t *testing.T) {
	s := newStage(t, validate.Options{Workers: 2})
	d := s.validator.Dictionary()
	header, _ := d.Role("header")
	for i := range d.Rules {
		r := &d.Rules[i]
		if r.Kind != dictionary.Movement {
			continue
		}
		var passed, failed int
		for _, c := range cases.For(d, r) {
			var m submission
			m.add(d, header.ID, []map[string]string{c.Header})
			var records []map[string]string
			for _, x := range c.Rows {
				records = append(records, x.Fields)
			}
			if len(records) > 0 {
				m.add(d, c.Rows[0].Table, records)
			}
			m.write()
			e := &quality.Earlier{Source: "a", Measures: map[string]quality.Figure{}, Tables: map[string]quality.Figure{}}
			for _, x := range c.Given.Earlier {
				if d.Table(x.ID) != nil {
					e.Tables[strings.ToLower(x.ID)] = quality.Figure{Count: x.Count}
				} else {
					e.Measures[x.ID] = quality.Figure{Count: x.Count}
				}
			}
			_, lines := s.run(t, quality.Options{Against: []*quality.Earlier{e}}, &m)
			hit := len(lines) == 1 && strings.HasPrefix(lines[0], r.Check+" ")
			if hit != c.Fail || !c.Fail && len(lines) > 0 {
				t.Errorf("%s, %s: findings %q, want one: %v", r.Code, c.Name, lines, c.Fail)
			}
			if c.Fail {
				failed++
			} else {
				passed++
			}
		}
		if passed == 0 || failed == 0 {
			t.Errorf("%s: %d passing and %d failing cases ran", r.Code, passed, failed)
		}
	}
}
