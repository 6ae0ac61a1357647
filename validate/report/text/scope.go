package text

import (
	"mhsds/validate/finding"
	"mhsds/validate/report/wording"
)

// scope counts near the top what does not belong in the submission, since it
// inflates national figures, and says which rules of ours the user has
// switched.
func (r *Report) scope(s *finding.Summary) {
	p := &r.page
	if c := s.Scope; wording.Affects(c) {
		p.title("Scope")
		p.wrap(2, 2, wording.Scope(c, r.opt.Counts))
		for _, g := range c.Grades {
			p.wrap(4, 6, wording.Clean(g.Grade)+": "+wording.Affected(g.Referrals, g.Contacts, g.Patients, r.opt.Counts)+".")
			evidence, todo := wording.Grade(g.Grade)
			p.wrap(6, 6, evidence+" "+todo)
		}
		if d := wording.Declared(c, r.opt.Counts); d != "" {
			p.wrap(2, 2, "Declared in the configuration: "+d+".")
		}
	}
	if len(s.Suppressed) == 0 {
		return
	}
	p.title("Switched by your configuration")
	for i := range s.Suppressed {
		x := &s.Suppressed[i]
		p.wrap(2, 4, x.Rule.Code+": "+wording.Switched(x, r.opt.Counts))
	}
}

// more says in one line what else could be checked.
func (r *Report) more(s *finding.Summary) {
	if len(s.More) == 0 {
		return
	}
	r.page.line("")
	r.page.wrap(0, 2, wording.More(s.More))
}
