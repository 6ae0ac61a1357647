package validate

import (
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/dictionary/cases"
)

// TestFileCases: on the cases of rules on the submission as a whole the engine
// says what they say, also when every record is a batch of its own and the
// same validator has judged another submission before.
func TestFileCases(t *testing.T) {
	d := shared(t).Dictionary
	all := cases.Of(d)
	validators := map[string]*Validator{}
	ran := map[string][2]int{}
	for i := range d.Rules {
		r := &d.Rules[i]
		if r.Kind != dictionary.FileCheck {
			continue
		}
		for _, c := range all(r) {
			m := containerOf(d, &c)
			if len(m.names) == 0 {
				continue // without a table it is no submission
			}
			opt := optionsOf(d, &c)
			opt.BatchRows = 1
			key := opt.Provider + "|" + opt.Submitter + "|" + opt.PeriodStart + "|" + opt.PeriodEnd + "|" + opt.Uploaded
			v := validators[key]
			if v == nil {
				var err error
				if v, err = newValidator(shared(t), opt); err != nil {
					t.Fatal(err)
				}
				validators[key] = v
			}
			var got lines
			if _, err := v.Run(t.Context(), m, &got); err != nil {
				t.Errorf("%s, %s: %v", r.Code, c.Name, err)
				continue
			}
			failed := false
			for _, line := range got.got {
				failed = failed || strings.HasSuffix(line, ",0,"+r.Code)
			}
			if failed != c.Fail {
				t.Errorf("%s, %s: fails: %t, want %t; findings %v", r.Code, c.Name, failed, c.Fail, got.got)
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
	for check, n := range ran {
		if n[0] == 0 || n[1] == 0 {
			t.Errorf("%s: %d passing and %d failing cases ran", check, n[0], n[1])
		}
	}
	if len(ran) < 4 {
		t.Errorf("only the checks %v ran", ran)
	}
}
