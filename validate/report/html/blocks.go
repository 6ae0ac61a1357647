package html

import (
	"mhsds/validate/finding"
	"mhsds/validate/report/wording"
)

// What the summary says besides findings: scope, and the settings by which
// rules of ours were changed.

// blocks writes those that the summary has.
func (r *Report) blocks(s *finding.Summary) {
	r.scope(s.Scope)
	r.settings(s.Suppressed)
}

// scope counts what does not belong in the data set, by grade.
func (r *Report) scope(x *finding.ScopeSummary) {
	if x == nil || len(x.Grades) == 0 && len(x.Declared) == 0 {
		return
	}
	r.raw(`<h3 id="scope-h">Activity that may not belong in this data set</h3>`)
	if len(x.Grades) > 0 {
		r.raw(`<p class="soft">It would be counted in national figures, and perhaps twice. A referral takes its contacts and its patient with it; each counts once, under the strongest grade.</p>`)
		r.raw(`<div class="scroll" role="group" tabindex="0" aria-labelledby="scope-h"><table class="plain drawn-cells" id="scope"><caption class="unseen">What is affected, by grade</caption><thead><tr><th scope="col">Grade</th><th scope="col" class="num">Referrals</th><th scope="col" class="num">Contacts</th><th scope="col" class="num">Patients</th></tr></thead><tbody>`)
		most := max(x.Referrals, x.Contacts, x.Patients)
		row := func(name string, counts ...int64) {
			r.wrap("\n<tr><th scope=\"row\">", wording.Sentence(name), `</th>`)
			for _, n := range counts {
				r.raw(`<td class="num" data-v="`)
				r.whole(r.near(n))
				r.wrap(`"><b>`, r.number(n), `</b>`)
				r.bar("thin", most, part{"warning", n})
				r.raw(`</td>`)
			}
			r.raw(`</tr>`)
		}
		for _, g := range x.Grades {
			row(g.Grade, g.Referrals, g.Contacts, g.Patients)
		}
		if len(x.Grades) > 1 {
			row("In all", x.Referrals, x.Contacts, x.Patients)
		}
		r.raw(`</tbody></table></div>`)
	}
	if len(x.Declared) > 0 {
		r.raw(`<p class="soft">Declared in the configuration: `)
		for i, d := range x.Declared {
			if i > 0 {
				r.raw(`; `)
			}
			r.wrap(``, d.List, `, entry `)
			r.wrap(``, digits(int64(d.Entry)), `, names `)
			r.text(r.things(d.Hits, "row"))
		}
		r.raw(`.</p>`)
	}
}

// settings lists the rules of ours that were switched off or graded anew.
func (r *Report) settings(list []finding.Suppressed) {
	if len(list) == 0 {
		return
	}
	r.raw(`<h3 id="settings-h">Rules of ours changed by the configuration</h3><div class="scroll" role="group" tabindex="0" aria-labelledby="settings-h"><table class="plain"><caption class="unseen">Rules switched off or graded anew</caption><thead><tr><th scope="col">Rule</th><th scope="col">Change</th><th scope="col" class="num">Findings</th><th scope="col">Reason</th><th scope="col">Until</th></tr></thead><tbody>`)
	for _, x := range list {
		r.wrap("\n<tr><th scope=\"row\">", x.Rule.Code, `</th><td>`)
		if x.Off {
			r.raw(`switched off`)
		} else {
			r.wrap(`graded `, x.Grade, ``)
		}
		r.wrap(`</td><td class="num">`, r.number(x.Count), `</td><td>`)
		r.wrap(``, x.Reason, `</td><td>`)
		r.wrap(``, x.Expires, `</td></tr>`)
	}
	r.raw(`</tbody></table></div>`)
}
