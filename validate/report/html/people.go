package html

import (
	"cmp"
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

// people counts the findings of national rules by patient and by referral.
type people struct {
	holds               map[string]role // by UID
	patients, referrals census
}

type role uint8

const (
	ofPatient role = iota + 1
	ofReferral
)

// A census counts the findings of the first maxPeople identifiers it meets.
type census struct {
	of   map[string]*person
	more int64 // findings of others
}

// A person is a patient or a referral.
type person struct {
	id        string
	findings  int64
	rejecting int64
	worst     dictionary.Severity
}

// maxPeople bounds the memory of a census to some 20 MB.
const maxPeople = 100_000

// newPeople finds out which items identify a patient or a referral: the
// identifier itself, and the fields that repeat it.
func newPeople(d *dictionary.Dictionary) *people {
	p := &people{
		holds:    make(map[string]role),
		patients: census{of: make(map[string]*person)}, referrals: census{of: make(map[string]*person)},
	}
	for name, who := range map[string]role{"patient_id": ofPatient, "referral_id": ofReferral} {
		table, field := d.Role(name)
		if field == nil {
			continue
		}
		for i := range d.Tables {
			t := &d.Tables[i]
			for j := range t.Fields {
				f := &t.Fields[j]
				if t == table && f == field || f.ForeignTable == table.ID && f.ForeignField == field.Name || f.Name == field.Name {
					p.holds[f.UID] = who
				}
			}
		}
	}
	return p
}

// items returns the places of the patient's and of the referral's identifier
// among the items of the rule, -1 for none.
func (p *people) items(rule *dictionary.Rule) (patient, referral int) {
	patient, referral = -1, -1
	for i, it := range rule.Items {
		switch who := p.holds[it.UID]; {
		case who == ofPatient && patient < 0:
			patient = i
		case who == ofReferral && referral < 0:
			referral = i
		}
	}
	return patient, referral
}

func (p *people) count(g *group, f *finding.Finding) {
	if i := g.patient; i >= 0 && i < len(f.Values) {
		p.patients.count(f.Rule, &f.Values[i])
	}
	if i := g.referral; i >= 0 && i < len(f.Values) {
		p.referrals.count(f.Rule, &f.Values[i])
	}
}

func (c *census) count(rule *dictionary.Rule, v *finding.Value) {
	if v.Null || len(v.Text) == 0 {
		return
	}
	id, _ := shorten(v.Text)
	one := c.of[string(id)]
	if one == nil {
		if len(c.of) >= maxPeople {
			c.more++
			return
		}
		one = &person{id: string(id)}
		c.of[one.id] = one
	}
	one.findings++
	if rule.Severity > dictionary.Warning {
		one.rejecting++
	}
	one.worst = max(one.worst, rule.Severity)
}

// ranked returns those with most rejections, then most findings, first.
func (c *census) ranked() []*person {
	list := make([]*person, 0, len(c.of))
	for _, one := range c.of {
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b *person) int {
		return cmp.Or(cmp.Compare(b.rejecting, a.rejecting), cmp.Compare(b.findings, a.findings), cmp.Compare(a.id, b.id))
	})
	return list
}
