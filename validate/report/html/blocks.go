package html

import (
	"mhsds/validate/finding"
)

// What the summary says besides findings: the settings by which rules of ours
// were changed.

// blocks writes those that the summary has.
func (r *Report) blocks(s *finding.Summary) {
	r.settings(s.Suppressed)
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
