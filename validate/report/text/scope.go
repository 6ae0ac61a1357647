package text

import (
	"strings"

	"mhsds/validate/finding"
	"mhsds/validate/report/wording"
)

// scope counts near the top what does not belong in the submission, since it
// inflates national figures, and says which rules of ours the user has
// switched.
func (r *Report) scope(s *finding.Summary) {
	p := &r.page
	if c := s.Scope; c != nil && c.Referrals+c.Contacts+c.Patients > 0 {
		p.title("Scope")
		p.wrap(2, 2, wording.Sentence(r.affected(c.Referrals, c.Contacts, c.Patients)+" belong in another data set, or seem to; sent here they inflate national figures."))
		for _, g := range c.Grades {
			p.wrap(4, 6, wording.Clean(g.Grade)+": "+r.affected(g.Referrals, g.Contacts, g.Patients))
		}
	}
	if len(s.Suppressed) == 0 {
		return
	}
	p.title("Switched by your configuration")
	for _, x := range s.Suppressed {
		what := "off, " + r.things(x.Count, "finding") + " left out"
		if !x.Off {
			what = "graded " + wording.Clean(x.Grade) + ", " + r.things(x.Count, "finding")
		}
		p.wrap(2, 4, x.Rule.Code+": "+what+"; until "+wording.Clean(x.Expires)+": "+wording.Clean(x.Reason))
	}
}

func (r *Report) affected(referrals, contacts, patients int64) string {
	return r.things(referrals, "referral") + ", " + r.things(contacts, "contact") + " and " + r.things(patients, "patient")
}

// more says in one line what else could be checked.
func (r *Report) more(s *finding.Summary) {
	if len(s.More) == 0 {
		return
	}
	r.page.line("")
	r.page.wrap(0, 2, "More could be checked: "+wording.Clean(strings.Join(s.More, "; "))+".")
}
