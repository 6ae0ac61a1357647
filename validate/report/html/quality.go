package html

import (
	"slices"
	"strconv"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
	"mhsds/validate/report/wording"
)

// How good the values are, and the monthly counts, for runs that counted them.
// Whatever is drawn stands beside it as a number.

// quality writes the score, the items and what else was measured.
func (r *Report) quality(q *finding.QualitySummary) {
	if q == nil {
		return
	}
	r.raw(`<section id="quality" class="card" aria-labelledby="quality-h"><div class="head"><h2 id="quality-h">Data quality of the rows carried forward</h2>`)
	items := wording.Scored(q)
	if len(items) > 0 {
		r.raw(`<div class="tools needs-script"><button type="button" data-copy="items">Copy the items as CSV</button></div>`)
	}
	r.raw(`</div>`)
	r.identifies()
	if q.Scored > 0 {
		r.bar("wide", 1000, part{"carried", int64(10 * q.Score)})
	}
	r.wrap(`<p class="score">`, wording.Score(q, r.shown), `</p>`)
	if len(items) > 0 {
		r.items(items)
	}
	r.rates("integrity", "Times that look made up, and other signs", "Share", wording.Rates(q, dictionary.Integrity))
	r.rates("coverage", "Coverage", "Covered", wording.Rates(q, dictionary.Coverage))
	r.form(q.Form)
	if list := wording.NotScored(q); len(list) > 0 {
		r.raw(`<h3>Not scored</h3><ul class="notices">`)
		for _, u := range list {
			r.wrap(`<li>`, many(len(u.Measures), "measure"), ``)
			r.wrap(`: `, u.Why, ` <span class="soft">(`)
			for i, m := range u.Measures {
				if i > 0 {
					r.raw(`, `)
				}
				r.text(m.ID)
			}
			r.raw(`)</span></li>`)
		}
		r.raw(`</ul>`)
	}
	if n := wording.Empty(q); n > 0 {
		r.wrap(`<p class="soft">`, many(n, "measure"), ` without a row to measure.</p>`)
	}
	r.raw("</section>\n")
}

// A category is one of those into which the values of an item are sorted.
type category struct {
	name, class string
	of          func(*finding.QualityCount) int64
}

func categories() [5]category {
	return [...]category{
		{"Valid", "carried", func(q *finding.QualityCount) int64 { return q.Valid }},
		{"Other", "cause", func(q *finding.QualityCount) int64 { return q.Other }},
		{"Default", "warning", func(q *finding.QualityCount) int64 { return q.Default }},
		{"Invalid", "group", func(q *finding.QualityCount) int64 { return q.Invalid }},
		{"Missing", "unread", func(q *finding.QualityCount) int64 { return q.Missing }},
	}
}

// items writes the measures of validity, the lowest score first.
func (r *Report) items(list []*finding.QualityCount) {
	sorts := categories()
	r.raw(`<ul class="legend" aria-label="Sorts of values">`)
	for _, c := range sorts {
		r.wrap(`<li><span class="dot f-`, c.class, `"></span>`)
		r.wrap(``, c.name, `</li>`)
	}
	r.raw(`</ul><div class="scroll long" role="group" tabindex="0" aria-labelledby="quality-h"><table class="matrix" id="items"><caption class="unseen">Items by score, the lowest first, with the rows of each sort of value</caption><thead><tr><th scope="col" data-sort="text">Item</th><th scope="col" class="drawn">Values</th><th scope="col" class="num" data-sort="num">Score</th><th scope="col" class="num" data-sort="num">Rows</th>`)
	for _, c := range sorts {
		r.wrap(`<th scope="col" class="num" data-sort="num">`, c.name, `</th>`)
	}
	r.raw(`</tr></thead><tbody>`)
	for _, q := range list {
		r.measure(q.Measure.ID, q.Measure.Name)
		r.raw(`<td class="drawn">`)
		var parts [len(sorts)]part
		for i, c := range sorts {
			parts[i] = part{c.class, c.of(q)}
		}
		r.bar("", q.Denominator, parts[:]...)
		score := wording.ItemScore(q, r.shown)
		r.wrap(`</td><td class="num" data-v="`, or(score, "-1", ""), `">`)
		r.wrap(`<b>`, or(score, "–", ""), `</b></td>`)
		r.cell(q.Denominator, "")
		for i, c := range sorts {
			class := ""
			if i > 2 {
				class = c.class
			}
			r.cell(c.of(q), class)
		}
		r.raw(`</tr>`)
	}
	r.raw(`</tbody></table></div>`)
}

// measure begins a row about a measure.
func (r *Report) measure(id, name string) {
	r.wrap("\n<tr><th scope=\"row\"><b>", id, `</b> `)
	r.wrap(``, name, `</th>`)
}

// rates writes measures that are a share of their rows, with the national
// target where there is one.
func (r *Report) rates(id, head, share string, list []*finding.QualityCount) {
	if len(list) == 0 {
		return
	}
	target := slices.ContainsFunc(list, func(q *finding.QualityCount) bool { return q.Measure.Target > 0 })
	r.wrap(`<h3 id="`, id, `-h">`)
	r.wrap(``, head, `</h3><div class="scroll" role="group" tabindex="0" aria-labelledby="`+id+`-h"><table class="plain" id="`+id+`"><caption class="unseen">`)
	r.wrap(``, head, `</caption><thead><tr><th scope="col">Measure</th><th scope="col" class="num" data-sort="num">`+share+`</th><th scope="col" class="num" data-sort="num">Rows</th><th scope="col" class="num">Of</th>`)
	if target {
		r.raw(`<th scope="col" class="num">Target</th>`)
	}
	r.raw(`</tr></thead><tbody>`)
	for _, q := range list {
		r.measure(q.Measure.ID, q.Measure.Name)
		percent := wording.Share(q.Valid, q.Denominator, r.shown)
		near := int64(0)
		if all := r.near(q.Denominator); all > 0 {
			near = 100 * r.near(q.Valid) / all
		}
		r.raw(`<td class="num" data-v="`)
		r.whole(near)
		r.wrap(`"><b>`, or(percent, "–", ""), `</b>`)
		class, mark := "warning", -1.0
		if q.Measure.Kind == dictionary.Coverage {
			class = "carried"
		}
		if q.Measure.Target > 0 {
			mark = float64(q.Measure.Target)
		}
		r.gauge("thin", float64(near), class, 0, "", mark)
		r.raw(`</td>`)
		r.cell(q.Valid, "")
		r.cell(q.Denominator, "")
		if target {
			r.raw(`<td class="num">`)
			if q.Measure.Target > 0 {
				r.whole(int64(q.Measure.Target))
				r.raw(`%`)
			}
			r.raw(`</td>`)
		}
		r.raw(`</tr>`)
	}
	r.raw(`</tbody></table></div>`)
}

// form writes how many values are written oddly.
func (r *Report) form(list []finding.FormCount) {
	if len(list) == 0 {
		return
	}
	r.raw(`<h3 id="form-h">How values are written</h3><div class="scroll" role="group" tabindex="0" aria-labelledby="form-h"><table class="plain"><caption class="unseen">Values by what is odd about how they are written</caption><thead><tr><th scope="col">Rule</th><th scope="col">What is odd</th><th scope="col" class="num">Values</th><th scope="col" class="num">Columns</th></tr></thead><tbody>`)
	for _, f := range list {
		r.wrap("\n<tr><th scope=\"row\">", f.Rule.Code, `</th><td>`)
		r.wrap(``, r.d.Message(f.Rule), `</td>`)
		r.cell(f.Values, "")
		r.wrap(`<td class="num">`, digits(int64(f.Columns)), `</td></tr>`)
	}
	r.raw(`</tbody></table></div>`)
}

// measures writes the monthly counts: as they would be published, what they
// would be if nothing were rejected, and what they were; then the tables.
func (r *Report) measures(s *finding.Summary) {
	if s.Measures == nil && s.TableMovements == nil {
		return
	}
	r.raw(`<section id="counts" class="card" aria-labelledby="counts-h"><div class="head"><h2 id="counts-h">Monthly counts, and how they moved</h2>`)
	if s.Measures != nil {
		r.raw(`<div class="tools needs-script"><button type="button" data-copy="monthly">Copy the counts as CSV</button></div>`)
	}
	r.raw(`</div>`)
	r.identifies()
	if s.Measures != nil {
		r.counts(s)
	}
	if s.TableMovements != nil {
		r.tablesMoved(s)
	}
	r.raw("</section>\n")
}

func (r *Report) counts(s *finding.Summary) {
	var sources []string
	for i := range s.Measures {
		for _, m := range s.Measures[i].Movements {
			if !slices.Contains(sources, m.Source) {
				sources = append(sources, m.Source)
			}
		}
	}
	r.raw(`<p class="soft">From the rows that would be carried forward, as the national figures are made; beside them what rejections take away.`)
	for i, source := range sources {
		r.raw(` `)
		r.text(before(i, len(sources)))
		r.wrap(`: `, source, `.`)
	}
	r.raw(`</p><ul class="legend" aria-label="What the bars show"><li><span class="dot f-carried"></span>counted</li><li><span class="dot f-record"></span>lost by rejections</li>`)
	if len(sources) > 0 {
		r.raw(`<li><span class="dot f-mark"></span>before</li><li><span class="dot f-lost"></span>moved further than the limit</li>`)
	}
	r.raw(`</ul><div class="scroll" role="group" tabindex="0" aria-labelledby="counts-h"><table class="matrix" id="monthly"><caption class="unseen">Monthly counts over the rows carried forward and over all</caption><thead><tr><th scope="col" data-sort="text">Count</th><th scope="col" class="drawn">Drawn</th><th scope="col" class="num" data-sort="num">Carried</th><th scope="col" class="num" data-sort="num">Of all</th>`)
	for i := range sources {
		r.wrap(`<th scope="col" class="num" data-sort="num">`, before(i, len(sources)), `</th>`)
		r.raw(`<th scope="col" class="num" data-sort="num">Change</th>`)
	}
	r.raw(`</tr></thead><tbody>`)
	for i := range s.Measures {
		c := &s.Measures[i]
		r.measure(c.Measure.ID, c.Measure.Name)
		if c.Why != "" {
			r.raw(`<td class="drawn"></td><td class="num" data-v="-1">–</td><td class="num" data-v="-1">–</td>`)
		} else {
			r.raw(`<td class="drawn">`)
			r.drawCount(c)
			r.raw(`</td>`)
			r.cell(c.Carried, "")
			r.cell(c.Submitted, "")
		}
		for _, source := range sources {
			k := slices.IndexFunc(c.Movements, func(m finding.Movement) bool { return m.Source == source })
			if k < 0 {
				r.raw(`<td class="num" data-v="-1">–</td><td class="num" data-v="0"></td>`)
				continue
			}
			r.moved(c.Carried, &c.Movements[k])
		}
		r.raw(`</tr>`)
	}
	r.raw(`</tbody></table></div>`)
	var whys []string
	for i := range s.Measures {
		if why := s.Measures[i].Why; why != "" && !slices.Contains(whys, why) {
			whys = append(whys, why)
			r.wrap(`<p class="soft">Not counted: `, why, `.</p>`)
		}
	}
}

// drawCount draws what is counted, what rejections take away, and where the
// count was before, on a line that is as long as the greatest of them.
func (r *Report) drawCount(c *finding.MeasureCount) {
	carried, all := r.near(c.Carried), r.near(c.Submitted)
	most := max(carried, all)
	for i := range c.Movements {
		most = max(most, r.near(c.Movements[i].Before))
	}
	if most == 0 {
		r.gauge("", 0, "carried", 0, "")
		return
	}
	scale := func(n int64) float64 { return 100 * float64(n) / float64(most) }
	var marks []float64
	for i := range c.Movements {
		if m := &c.Movements[i]; !m.Few && !r.shown.Hidden(m.Before) {
			marks = append(marks, scale(r.near(m.Before)))
		}
	}
	r.gauge("", scale(carried), "carried", scale(max(all-carried, 0)), "record", marks...)
}

// gauge draws a line of 100 with two parts and some marks. It stands beside
// its numbers, so a screen reader passes it by.
func (r *Report) gauge(class string, first float64, firstClass string, second float64, secondClass string, marks ...float64) {
	r.wrap(`<svg class="bar `, class, `" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="f-none" width="100" height="10"/>`)
	rect := func(class string, x, width float64) {
		if width > 0 {
			r.wrap(`<rect class="f-`, class, `" x="`+strconv.FormatFloat(x, 'f', 2, 64)+`" width="`+strconv.FormatFloat(width, 'f', 2, 64)+`" height="10"/>`)
		}
	}
	rect(firstClass, 0, min(first, 100))
	rect(secondClass, first, min(second, 100-first))
	for _, m := range marks {
		if m >= 0 {
			rect("mark", min(m, 100-markWidth), markWidth)
		}
	}
	r.raw(`</svg>`)
}

// markWidth is the width of a mark, of 100.
const markWidth = 1.5

// moved writes the count before and the change, drawn to the left of the
// middle for a fall and to the right for a rise.
func (r *Report) moved(now int64, m *finding.Movement) {
	r.raw(`<td class="num" data-v="`)
	r.whole(r.near(m.Before))
	r.wrap(`">`, wording.Before(m, r.shown), `</td>`)
	change := wording.Change(now, m, r.shown)
	percent := 0.0
	if change != "" {
		percent = 100 * float64(r.near(now)-r.near(m.Before)) / float64(r.near(m.Before))
	}
	r.raw(`<td class="num" data-v="` + strconv.FormatFloat(percent, 'f', 1, 64) + `">`)
	class := "cause"
	if m.Out {
		class = "lost"
		r.wrap(`<b class="worse">`, or(change, "moved", ""), ` <span aria-hidden="true">!</span><span class="unseen"> further than the limit</span></b>`)
	} else {
		r.text(change)
	}
	if change != "" {
		half := min(max(percent, -100), 100) / 2
		r.wrap(`<svg class="bar thin" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="f-none" width="100" height="10"/><rect class="f-`, class, `" x="`+strconv.FormatFloat(50+min(half, 0), 'f', 2, 64)+`" width="`+strconv.FormatFloat(max(half, -half), 'f', 2, 64)+`" height="10"/><rect class="f-mark" x="49.25" width="1.5" height="10"/></svg>`)
	}
	r.raw(`</td>`)
}

// before names the column of a source.
func before(i, of int) string {
	if of == 1 {
		return "Before"
	}
	return "Before (" + digits(int64(i+1)) + ")"
}

// tablesMoved writes the tables that moved further than the limit.
func (r *Report) tablesMoved(s *finding.Summary) {
	var out []*finding.TableMovement
	for i := range s.TableMovements {
		if m := &s.TableMovements[i]; m.Out {
			out = append(out, m)
		}
	}
	r.raw(`<h3 id="moved-h">Tables that moved far</h3>`)
	if len(out) == 0 {
		r.wrap(`<p>None of the `, share.Counts{}.Number(int64(len(s.TableMovements))), ` compared.</p>`)
		return
	}
	r.wrap(`<p class="soft">`, digits(int64(len(s.TableMovements)-len(out))), ` others did not.</p>`)
	r.raw(`<div class="scroll" role="group" tabindex="0" aria-labelledby="moved-h"><table class="plain"><caption class="unseen">Tables whose rows moved further than the limit</caption><thead><tr><th scope="col">Table</th><th scope="col">Compared with</th><th scope="col" class="num" data-sort="num">Carried</th><th scope="col" class="num" data-sort="num">Before</th><th scope="col" class="num" data-sort="num">Change</th></tr></thead><tbody>`)
	for _, m := range out {
		r.wrap("\n<tr><th scope=\"row\">", m.Table.Name, `</th><td>`)
		r.wrap(``, m.Source, `</td>`)
		r.cell(m.Now, "")
		r.moved(m.Now, &m.Movement)
		r.raw(`</tr>`)
	}
	r.raw(`</tbody></table></div>`)
}
