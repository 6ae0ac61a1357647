package summary

import (
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
)

func TestScope(t *testing.T) {
	s := &finding.Summary{
		Scope: &finding.ScopeSummary{
			Grades:    []finding.ScopeGrade{{Grade: "out of scope", Referrals: 3, Contacts: 11, Patients: 3}},
			Referrals: 3, Contacts: 11, Patients: 3,
			Declared: []finding.ScopeDeclared{{List: "teams", Entry: 2, Hits: 7}},
		},
		Suppressed: []finding.Suppressed{{Setting: finding.Setting{Rule: &dictionary.Rule{Code: "P1"}, Off: true, Reason: `by "us"`, Expires: "2027-01-31"}, Count: 12}},
		More:       []string{"this"},
	}
	for _, tt := range []struct {
		counts share.Counts
		want   string
	}{
		{share.Counts{}, `"scope":{"referrals":3,"contacts":11,"patients":3,"grades":[{"grade":"out of scope","referrals":3,"contacts":11,"patients":3}],"declared":[{"list":"teams","entry":2,"rows":7}]},` +
			`"switched":[{"code":"P1","off":true,"grade":null,"count":12,"reason":"by \"us\"","expires":"2027-01-31"}],"more":["this"]}`},
		{share.Counts{Suppress: true}, `"scope":{"referrals":null,"contacts":10,"patients":null,"grades":[{"grade":"out of scope","referrals":null,"contacts":10,"patients":null}],"declared":[{"list":"teams","entry":2,"rows":5}]},` +
			`"switched":[{"code":"P1","off":true,"grade":null,"count":10,"reason":"by \"us\"","expires":"2027-01-31"}],"more":["this"]}`},
	} {
		if got := string(appendShown(nil, s, tt.counts)); !strings.HasSuffix(got, ","+tt.want) {
			t.Errorf("%+v: got  %s\nwant %s", tt.counts, got, tt.want)
		}
	}
}
