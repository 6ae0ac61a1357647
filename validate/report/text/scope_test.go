package text

import (
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

// The first screen counts what belongs elsewhere; what was switched off is
// counted too; one line says what more could be checked.
func TestScope(t *testing.T) {
	s := &finding.Summary{
		Verdict: finding.Accepted,
		Scope: &finding.ScopeSummary{
			Grades:    []finding.ScopeGrade{{Grade: "out of scope", Referrals: 1, Contacts: 4, Patients: 1}, {Grade: "likely", Referrals: 1200, Contacts: 4000, Patients: 1100}},
			Referrals: 1201, Contacts: 4004, Patients: 1101,
			Declared: []finding.ScopeDeclared{{List: "teams", Entry: 1, Hits: 7}, {List: "teams", Entry: 2}},
		},
		Suppressed: []finding.Suppressed{
			{Setting: finding.Setting{Rule: &dictionary.Rule{Code: "P1"}, Off: true, Reason: "agreed\x1b", Expires: "2027-01-31"}, Count: 1},
			{Setting: finding.Setting{Rule: &dictionary.Rule{Code: "P2"}, Grade: "information", Reason: "known", Expires: "2027-01-31"}, Count: 3},
		},
		More: []string{"this", "that"},
	}
	var b strings.Builder
	r := New(&b, &dictionary.Dictionary{}, Options{Width: 200})
	if err := r.Close(s); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{
		"  1,201 referrals, 4,004 contacts and 1,101 patients belong in another data set, or seem to; sent here they inflate national figures.\n",
		"    out of scope: 1 referral, 4 contacts and 1 patient.\n      The record holds a code ",
		"    likely: 1,200 referrals, 4,000 contacts and 1,100 patients.\n      Who delivers ",
		"  Declared in the configuration: teams: entry 1 names 7 rows, entry 2 names none.\n",
		"  P1: off, 1 finding left out; until 2027-01-31: agreed\\x1b\n  P2: graded information, 3 findings; until 2027-01-31: known\n",
		"More could be checked: this; that.\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the report lacks %q:\n%s", want, got)
		}
	}
	b.Reset()
	if err := New(&b, &dictionary.Dictionary{}, Options{}).Close(&finding.Summary{Verdict: finding.Accepted, Scope: &finding.ScopeSummary{}}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); strings.Contains(got, "Scope") || strings.Contains(got, "More") {
		t.Errorf("a report with nothing to say of scope says something:\n%s", got)
	}
}
