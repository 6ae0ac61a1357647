package html

import (
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/wording"
)

// What does not belong in the data set: apart from the portal's verdict, with
// the evidence of each grade and what to do.

// A gradeRow is what was found of one grade.
type gradeRow struct {
	grade    string
	affected *finding.ScopeGrade // nil where nothing counts as affected
	groups   []*group
}

// grades gathers what was found, the strongest grade first.
func grades(x *finding.ScopeSummary, own []*group) (rows []*gradeRow) {
	of := func(grade string) *gradeRow {
		i := slices.IndexFunc(rows, func(r *gradeRow) bool { return r.grade == grade })
		if i < 0 {
			i = len(rows)
			rows = append(rows, &gradeRow{grade: grade})
		}
		return rows[i]
	}
	if x != nil {
		for i := range x.Grades {
			of(x.Grades[i].Grade).affected = &x.Grades[i]
		}
	}
	for _, g := range own {
		if g.rule.Kind == dictionary.Scope {
			r := of(g.rule.Grade)
			r.groups = append(r.groups, g)
		}
	}
	rank := func(r *gradeRow) int { return slices.Index(dictionary.ScopeGrades(), r.grade) }
	slices.SortStableFunc(rows, func(a, b *gradeRow) int { return rank(a) - rank(b) })
	return rows
}

// scoped reports whether there is something to say of scope.
func (r *Report) scoped(s *finding.Summary, own []*group) bool {
	return len(grades(s.Scope, own)) > 0 || s.Scope != nil && len(s.Scope.Declared) > 0
}

// scopeLine is what the first screen says of scope.
func (r *Report) scopeLine(x *finding.ScopeSummary) {
	if !wording.Affects(x) {
		return
	}
	r.wrap(`<span class="elsewhere"><a href="#scope"><b>`, r.things(x.Referrals, "referral"), `</b>, <b>`)
	r.wrap(``, r.things(x.Contacts, "contact"), `</b>, <b>`)
	r.wrap(``, r.things(x.Patients, "patient"), `</b></a> may not belong in this data set</span>`)
}

// scope writes what does not belong in the data set, by grade.
func (r *Report) scope(s *finding.Summary, own []*group) {
	if !r.scoped(s, own) {
		return
	}
	x, rows := s.Scope, grades(s.Scope, own)
	r.raw(`<section id="scope" class="card" aria-labelledby="scope-h"><div class="head"><h2 id="scope-h">Activity that may not belong in this data set</h2>`)
	if len(rows) > 0 {
		r.raw(`<div class="tools needs-script"><button type="button" data-copy="scope-grades">Copy as CSV</button></div>`)
	}
	r.raw(`</div><p class="soft">Ours, not the portal’s: it does not change the verdict.`)
	if wording.Affects(x) {
		r.raw(` It would be counted in national figures, and perhaps twice. A referral takes its contacts and its patient with it; each counts once, under the strongest grade.`)
	}
	r.raw(`</p>`)
	if len(rows) > 0 {
		r.raw(`<div class="scroll" role="group" tabindex="0" aria-labelledby="scope-h"><table class="plain grades stack" role="table" id="scope-grades"><caption class="unseen">What is affected, by grade, with the evidence and what to do</caption><thead role="rowgroup"><tr role="row">`)
		for _, h := range [][2]string{{"Grade", ""}, {"Referrals", ` class="num"`}, {"Contacts", ` class="num"`}, {"Patients", ` class="num"`}, {"Evidence, and what to do", ""}, {"Findings", ""}} {
			r.raw(`<th role="columnheader" scope="col"` + h[1] + `>` + h[0] + `</th>`)
		}
		r.raw(`</tr></thead><tbody role="rowgroup">`)
		for _, row := range rows {
			r.gradeRow(x, row)
		}
		if wording.Affects(x) && len(x.Grades) > 1 {
			r.raw("\n<tr role=\"row\" class=\"in-all\"><th role=\"rowheader\" scope=\"row\">In all</th>")
			r.affected(x, x.Referrals, x.Contacts, x.Patients)
			r.raw(`<td role="cell"></td><td role="cell"></td></tr>`)
		}
		r.raw(`</tbody></table></div>`)
	}
	if d := wording.Declared(x, r.shown); d != "" {
		r.wrap(`<p class="soft">Declared in the configuration: `, d, `.</p>`)
	}
	r.raw("</section>\n")
}

func (r *Report) gradeRow(x *finding.ScopeSummary, row *gradeRow) {
	evidence, todo := wording.Grade(row.grade)
	r.wrap("\n<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">", wording.Sentence(row.grade), `</th>`)
	if a := row.affected; a != nil {
		r.affected(x, a.Referrals, a.Contacts, a.Patients)
	} else {
		for range 3 {
			r.raw(`<td role="cell" class="num soft">–</td>`)
		}
	}
	r.wrap(`<td role="cell" class="say"><p>`, evidence, `</p><p><b>To do:</b> `)
	r.wrap(``, todo, `</p></td><td role="cell" class="codes">`)
	for i, g := range row.groups {
		if i > 0 {
			r.raw(`<br>`)
		}
		r.ruleLink(g.rule)
		r.wrap(` `, r.number(g.count), ``)
	}
	r.raw(`</td></tr>`)
}

// affected writes three counts with a bar each.
func (r *Report) affected(x *finding.ScopeSummary, counts ...int64) {
	most := max(x.Referrals, x.Contacts, x.Patients)
	for i, n := range counts {
		r.raw(`<td role="cell" class="num" data-label="` + [...]string{"referrals", "contacts", "patients"}[i] + `" data-v="`)
		r.whole(r.near(n))
		r.wrap(`"><b>`, r.number(n), `</b>`)
		r.bar("thin", most, part{"warning", n})
		r.raw(`</td>`)
	}
}
