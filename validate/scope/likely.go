package scope

import (
	"fmt"
	"strings"

	"mhsds/validate/finding"
)

// A weight is what is seen of one referral's contacts.
type weight struct {
	all, theirs uint32 // contacts with an adult for which staff are named, and those delivered as in Talking Therapies
	roles       uint8  // by which roles, of the latter
	team        uint32 // in which, the first of them
}

// A share is what is seen of one team's contacts, of any age.
type share struct{ all, theirs uint32 }

// What makes a finding surer. See the page of the rule.
const (
	clearShare  = 0.8 // of a team's contacts
	manyOfTeam  = 10  // contacts of a team
	manyOfOne   = 2   // contacts of a referral
	highFrom    = 3   // signs of four
	moderateAt  = 2
	signsOfFour = 4
)

// An evidence is what speaks for one referral.
type evidence struct {
	row int
	weight
	share
}

// weigh finds the referrals that look like adult Talking Therapies, marks them
// as found, and returns what speaks for each.
func (s *Scope) weigh() []evidence {
	r := &s.referrals
	if !s.likely() || len(s.contacts.flags) == 0 {
		return nil
	}
	weights, shares := s.weights()
	var list []evidence
	for row := range weights {
		w := &weights[row]
		if 2*w.theirs <= w.all || r.flags[row]&belongsHere != 0 || r.found[row]&sure != 0 {
			continue
		}
		r.found[row] |= 1 << gradeLikely
		list = append(list, evidence{row, *w, shares[w.team]})
	}
	return list
}

// weights returns what is seen of every referral's contacts, and of every
// team's.
func (s *Scope) weights() ([]weight, []share) {
	c, r := &s.contacts, &s.referrals
	shares := make([]share, len(s.teams.ends)+1)
	s.eachContact(func(contact, referral int, team uint32) {
		if c.flags[contact]&named == 0 {
			return
		}
		shares[team].all++
		if c.theirs(contact) {
			shares[team].theirs++
		}
	})
	pattern := func(team uint32) bool {
		n := shares[team]
		return n.theirs > 0 && float64(n.theirs) >= s.opt.TeamShare*float64(n.all) && (int(team) >= len(s.teams.other) || !s.teams.other[team])
	}
	weights := make([]weight, len(r.patient))
	s.eachContact(func(contact, referral int, team uint32) {
		if c.flags[contact]&(named|withAdult) != named|withAdult {
			return
		}
		w := &weights[referral]
		w.all++
		if !c.theirs(contact) || !pattern(team) {
			return
		}
		if w.theirs++; w.theirs == 1 {
			w.team = team
		}
		w.roles |= c.roles[contact]
	})
	return weights, shares
}

// theirs reports whether a contact was delivered as in Talking Therapies.
func (c *contacts) theirs(contact int) bool {
	return c.roles[contact] != 0 && c.flags[contact]&byOthers == 0
}

// eachContact calls f for every contact whose referral is there, with its team.
func (s *Scope) eachContact(f func(contact, referral int, team uint32)) {
	c := &s.contacts
	own := c.teams
	for contact := range c.flags {
		team := uint32(0)
		is := len(own) > 0 && int(own[0].row) == contact
		if is {
			team, own = own[0].team, own[1:]
		}
		referral := c.referral[contact]
		if referral < 0 {
			continue
		}
		if !is && int(referral) < len(s.referrals.team) {
			team = s.referrals.team[referral]
		}
		f(contact, int(referral), team)
	}
}

func (s *Scope) reportLikely(r *rule, list []evidence, report func(*finding.Finding) error) error {
	for i := range list {
		e := &list[i]
		f := finding.Finding{Rule: r.Rule, Table: &s.spec.d.Tables[s.spec.referral], Row: int64(e.row) + 1, Detail: s.explain(e)}
		if err := report(&f); err != nil {
			return err
		}
	}
	return nil
}

// explain lists what speaks for a referral, with a confidence and what that
// lacks: counts and the names of roles, no value.
func (s *Scope) explain(e *evidence) string {
	var roles, lacks []string
	for i, sign := range s.spec.therapist {
		if e.roles>>i&1 != 0 {
			roles = append(roles, sign.Label)
		}
	}
	of := "the team's " + plural(int(e.share.all), "contact")
	if e.team == 0 {
		of = plural(int(e.share.all), "contact") + " that name no team"
	}
	parts := []string{
		fmt.Sprintf("%d of %s as an adult delivered by %s", e.weight.theirs, plural(int(e.weight.all), "contact"), join(roles)),
		fmt.Sprintf("%d of %s delivered so", e.share.theirs, of),
	}
	typical := s.referrals.flags[e.row]&assessed != 0
	if typical {
		parts = append(parts, "an assessment that is typical of Talking Therapies")
	}
	signs := signsOfFour
	for _, x := range []struct {
		ok   bool
		lack string
	}{
		{e.weight.theirs >= manyOfOne && e.weight.theirs == e.weight.all, "not several contacts, all of them so"},
		{float64(e.share.theirs) >= clearShare*float64(e.share.all), "others deliver much of the team's work"},
		{e.share.all >= manyOfTeam, "few contacts of the team"},
		{typical, "no typical assessment"},
	} {
		if !x.ok {
			signs--
			lacks = append(lacks, x.lack)
		}
	}
	confidence := "low"
	switch {
	case signs >= highFrom:
		confidence = "high"
	case signs >= moderateAt:
		confidence = "moderate"
	}
	s1 := "confidence " + confidence + ": " + strings.Join(parts, "; ")
	if len(lacks) > 0 {
		s1 += " (" + strings.Join(lacks, ", ") + ")"
	}
	return s1
}
