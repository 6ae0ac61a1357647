package html

import (
	"cmp"
	"slices"
	"strings"

	"mhsds/dictionary"
	"mhsds/dictionary/handbook"
	"mhsds/validate/finding"
	"mhsds/validate/report/wording"
)

// Findings by rule, the places listed for them, and a page for each rule.

// findings writes what the portal's rules found.
func (r *Report) findings(s *finding.Summary, list []*group) {
	r.raw(`<section id="findings" class="card" data-explorer="portal" aria-labelledby="findings-h"><div class="head"><h2 id="findings-h">Findings by rule</h2></div>`)
	r.identifies()
	r.compared(s.Comparison)
	if len(list) == 0 {
		r.raw("<p>The rules of the national list found nothing.</p></section>\n")
		return
	}
	r.explorer("findings", s, list)
	r.raw("</section>\n")
}

// ours writes what our own rules found.
func (r *Report) ours(s *finding.Summary, list []*group) {
	r.raw(`<section id="own" class="card" data-explorer="own" aria-labelledby="own-h"><div class="head"><h2 id="own-h">Our own checks, before submission</h2></div>`)
	r.identifies()
	r.raw(`<p class="soft">Ours, not the portal’s: they do not change its verdict.</p>`)
	if len(list) == 0 {
		r.raw("<p>They found nothing.</p>")
	} else {
		r.explorer("own", s, list)
	}
	r.blocks(s)
	r.raw("</section>\n")
}

// explorer writes the list of groups with its filters, and the room in which
// the script shows places.
func (r *Report) explorer(id string, s *finding.Summary, list []*group) {
	r.filters(id, s, list)
	r.wrap(`<p class="count needs-script" role="status" aria-live="polite" id="`, id, `-count"></p>`)
	r.raw(`<div class="tools needs-script"><button type="button" data-copy="rules">Copy the rules shown as CSV</button></div>`)
	r.wrap(`<div class="scroll long" role="group" tabindex="0" aria-labelledby="`, id, `-h">`)
	r.wrap(`<table class="rules stack" role="table" id="`, id, `-rules"><caption class="unseen">Rules with findings, worst first</caption><thead role="rowgroup"><tr role="row">`)
	heads := []struct{ name, sort, class string }{{"Rule", "text", ""}, {"Severity", "num", ""}, {"Table", "text", ""}, {"What is wrong", "", ""}, {"Findings", "num", "num"}, {"Listed", "", "listed"}}
	if r.shown.Suppress {
		heads = heads[:5]
	}
	if s.Comparison != nil {
		heads = append(heads, struct{ name, sort, class string }{"Since last time", "num", ""})
	}
	for _, h := range heads {
		r.raw(`<th scope="col" role="columnheader"`)
		if h.class != "" {
			r.raw(` class="` + h.class + `"`)
		}
		if h.sort != "" {
			r.raw(` data-sort="` + h.sort + `"`)
		}
		r.wrap(`>`, h.name, `</th>`)
	}
	r.raw(`</tr></thead><tbody role="rowgroup">`)
	most := int64(0)
	for _, g := range list {
		most = max(most, g.count)
	}
	for i, g := range list {
		if g.consequence() && (i == 0 || !list[i-1].consequence()) {
			r.raw("</tbody>\n" + `<tbody role="rowgroup" class="follow"><tr role="row" class="between"><th role="rowheader" scope="rowgroup" colspan="`)
			r.whole(int64(len(heads)))
			r.raw(`">Consequences: all of these follow from other rejections and go when those are repaired.</th></tr>`)
		}
		r.ruleRow(s, g, most)
	}
	r.raw(`</tbody></table></div>`)
	if r.shown.Suppress {
		r.raw(`<p class="soft">Rows are not listed in a report for anybody.</p>`)
		return
	}
	r.wrap(`<noscript><p class="soft">Filters and the list of all places need the browser’s scripts; the first places stand <a href="#rules">with each rule</a>.</p></noscript><div class="needs-script"><h3 id="`, id, `-places-h">Places</h3>`)
	r.wrap(`<div class="tools"><button type="button" data-copy="places">Copy the places found as CSV</button></div><div class="scroll" role="group" tabindex="0" aria-labelledby="`, id, `-places-h">`)
	r.wrap(`<table class="places stack" role="table" id="`, id, `-places"><caption class="unseen">Places of the findings shown</caption></table></div>`)
	r.wrap(`<nav class="pager" aria-labelledby="`, id, `-h `)
	r.wrap(``, id, `-places-h" id="`)
	r.wrap(``, id, `-pager"></nav></div>`)
}

func (r *Report) filters(id string, s *finding.Summary, list []*group) {
	r.wrap(`<form class="filters needs-script" role="search" id="`, id, `-filters" aria-label="Filter `)
	r.raw(map[string]string{"findings": "the portal’s findings", "own": "our findings"}[id] + `">`)
	r.raw(`<label>Search <input type="search" name="q" autocomplete="off" spellcheck="false" placeholder="code, field, row, words"></label>`)
	var tables, rules []string
	var severities []dictionary.Severity
	consequences := false
	for _, g := range list {
		if name := wording.TableName(g.table); name != "" && !slices.Contains(tables, name) {
			tables = append(tables, name)
		}
		if !slices.Contains(rules, g.rule.Code) {
			rules = append(rules, g.rule.Code)
		}
		if !slices.Contains(severities, g.rule.Severity) {
			severities = append(severities, g.rule.Severity)
		}
		consequences = consequences || g.consequence()
	}
	slices.Sort(tables)
	slices.Sort(rules)
	slices.SortFunc(severities, func(a, b dictionary.Severity) int { return cmp.Compare(b, a) })
	choice := func(name, label, all string, n int, option func(int) (value, text string)) {
		r.wrap(`<label>`, label, ` <select name="`+name+`">`)
		r.wrap(`<option value="">`, all, `</option>`)
		for i := range n {
			value, text := option(i)
			r.wrap(`<option value="`, value, `">`)
			r.wrap(``, text, `</option>`)
		}
		r.raw(`</select></label>`)
	}
	choice("table", "Table", "All tables", len(tables), func(i int) (string, string) { return tables[i], tables[i] })
	choice("severity", "Severity", "All severities", len(severities), func(i int) (string, string) {
		return digits(int64(severities[i])), wording.Sentence(severities[i].String())
	})
	choice("rule", "Rule", "All rules", len(rules), func(i int) (string, string) { return rules[i], rules[i] })
	if s.Comparison != nil && s.Comparison.ByFingerprint && !r.shown.Suppress {
		states := [...]finding.State{finding.New, finding.Returned, finding.Still}
		choice("state", "Since last time", "All", len(states), func(i int) (string, string) {
			return digits(int64(states[i])), wording.Sentence(states[i].String())
		})
	}
	if consequences {
		r.raw(`<label class="tick"><input type="checkbox" name="hide"> Hide consequences</label>`)
	}
	r.raw(`<button type="reset">Clear</button></form>`)
}

func (r *Report) ruleRow(s *finding.Summary, g *group, most int64) {
	r.wrap("\n"+`<tr role="row" data-rule="`, g.rule.Code, `" data-table="`)
	r.text(wording.TableName(g.table))
	r.raw(`"><th role="rowheader" scope="row">`)
	r.ruleLink(g.rule)
	r.raw(`</th><td role="cell" data-v="`)
	r.whole(int64(g.rule.Severity))
	r.raw(`">`)
	r.chip(g.rule)
	r.raw(`</td><td role="cell" class="table">`)
	if g.table != nil {
		r.tableName(g.table)
	}
	r.raw(`</td><td role="cell" class="say">`)
	r.message(r.d.Message(g.rule))
	if g.follows > 0 && g.follows < g.count {
		r.wrap(` <span class="soft">`, r.number(g.follows), ` of them follow from other rejections.</span>`)
	}
	r.raw(`</td><td role="cell" class="num" data-v="`)
	r.whole(r.near(g.count))
	r.wrap(`"><b>`, r.number(g.count), `</b>`)
	r.bar("thin", most, part{severityClass(g.rule.Severity), g.count})
	r.raw(`</td>`)
	if !r.shown.Suppress {
		r.raw(`<td role="cell" class="listed">`)
		r.wrap(`<span>showing `, digits(g.listed)+" of "+digits(g.count), `</span>`)
		r.wrap(` <button type="button" class="needs-script" data-show="`, g.rule.Code, `" data-in="`)
		r.text(wording.TableName(g.table))
		r.wrap(`" aria-label="Show the places of `, g.rule.Code, `">Show</button></td>`)
	}
	if s.Comparison != nil {
		r.trend(s.Comparison, g)
	}
	r.raw(`</tr>`)
}

// trend writes how the rule's findings stand against an earlier result.
func (r *Report) trend(c *finding.Comparison, g *group) {
	i := slices.IndexFunc(c.Rules, func(t finding.RuleTrend) bool { return t.Code == g.rule.Code })
	if i < 0 {
		r.raw(`<td role="cell" class="since"></td>`)
		return
	}
	t := &c.Rules[i]
	r.raw(`<td role="cell" class="since" data-v="`)
	r.whole(r.near(t.Now) - r.near(t.Before))
	r.raw(`">`)
	switch more := r.near(t.Now) - r.near(t.Before); {
	case t.Before == 0:
		r.raw(`<b class="worse">new</b>`)
	case more > 0:
		r.wrap(`<b class="worse">▲ `, digits(more), ` more</b>`)
	case more < 0:
		r.wrap(`<b class="better">▼ `, digits(-more), ` fewer</b>`)
	default:
		r.raw(`<b>as many</b>`)
	}
	r.wrap(`<span class="title">`, wording.Trend(t, r.shown), ``)
	if s := wording.Running(t.Months); s != "" {
		r.wrap(`; up to `, s, ``)
	}
	r.raw(`</span></td>`)
}

// compared says with what the result was compared, and what is gone.
func (r *Report) compared(c *finding.Comparison) {
	if c == nil {
		return
	}
	t := c.Total()
	r.wrap(`<p>`, wording.Against(c), ` <b>`)
	r.wrap(``, wording.Sentence(wording.Trend(&t, r.shown)), `.</b></p>`)
	var words []string
	for _, t := range c.Rules {
		if t.Now == 0 && t.Before > 0 {
			words = append(words, t.Code+" ("+r.number(t.Before)+")")
		}
	}
	if len(words) > 0 {
		r.wrap(`<p><b class="better">No longer found</b>, with the count before: `, strings.Join(words, ", "), `.</p>`)
	}
}

func (r *Report) chip(rule *dictionary.Rule) {
	r.wrap(`<span class="chip s-`, severityClass(rule.Severity), `">`)
	r.text(rule.Severity.String())
	if rule.Own() && rule.Grade != "" {
		r.wrap(`, `, rule.Grade, ``)
	}
	r.raw(`</span>`)
}

func severityClass(s dictionary.Severity) string {
	switch s {
	case dictionary.Warning:
		return "warning"
	case dictionary.RejectGroup:
		return "group"
	case dictionary.RejectFile:
		return "file"
	}
	return "record"
}

// byPerson lists the patients and the referrals with most rejections.
func (r *Report) byPerson() {
	if r.people == nil {
		return
	}
	r.raw(`<section id="people" class="card" aria-labelledby="people-h"><div class="head"><h2 id="people-h">By patient and by referral</h2></div>`)
	r.identifies()
	r.raw(`<p class="soft">Findings of the portal’s rules in which the identifier is a reported item. Those with most rejections first.</p><div class="pair even">`)
	for _, x := range [...]struct {
		id, name string
		c        *census
	}{{"patients", "Patient", &r.people.patients}, {"referrals", "Referral", &r.people.referrals}} {
		list := x.c.ranked()
		r.wrap(`<div><h3 id="`+x.id+`-h">`, x.name+"s", `</h3>`)
		if len(list) == 0 {
			r.raw(`<p>None.</p></div>`)
			continue
		}
		r.raw(`<div class="tools needs-script"><button type="button" data-copy="` + x.id + `">Copy as CSV</button></div>`)
		r.raw(`<div class="scroll" role="group" tabindex="0" aria-labelledby="` + x.id + `-h"><table class="plain" id="` + x.id + `"><caption class="unseen">` + x.name + `s and their findings</caption><thead><tr><th scope="col" data-sort="text">` + x.name + `</th><th scope="col" class="num" data-sort="num">Findings</th><th scope="col" class="num" data-sort="num">Rejections</th><th scope="col" data-sort="num">Worst</th></tr></thead><tbody>`)
		for _, one := range list[:min(len(list), fewPeople)] {
			b := appendText(append(r.buf, "\n<tr><th scope=\"row\"><button type=\"button\" class=\"value\" data-find=\""...), one.id, false)
			b = appendText(append(b, "\">"...), one.id, false)
			r.buf = append(b, "</button></th>"...)
			r.cell(one.findings, "")
			r.cell(one.rejecting, "record")
			r.raw(`<td data-v="`)
			r.whole(int64(one.worst))
			r.wrap(`"><span class="chip s-`, severityClass(one.worst), `">`)
			r.wrap(``, one.worst.String(), `</span></td></tr>`)
		}
		r.raw(`</tbody></table></div>`)
		if n := len(list) - fewPeople; n > 0 {
			r.wrap(`<p class="soft">and `, digits(int64(n)), ` more.</p>`)
		}
		if x.c.more > 0 {
			r.wrap(`<p class="soft">`, digits(x.c.more), ` findings of further identifiers are not counted here.</p>`)
		}
		r.raw(`</div>`)
	}
	r.raw("</div></section>\n")
}

// fewPeople is how many patients, and referrals, are listed.
const fewPeople = 200

// notChecked lists the rules that were not judged, by reason.
func (r *Report) notChecked(s *finding.Summary) {
	r.raw(`<section id="not-checked" class="card" aria-labelledby="not-checked-h"><div class="head"><h2 id="not-checked-h">Not checked</h2></div>`)
	if len(s.NotChecked) == 0 {
		r.raw("<p>Every rule was checked.</p>")
		r.more(s)
		r.raw("</section>\n")
		return
	}
	reasons := wording.Reasons(s.NotChecked)
	r.wrap(`<p>`, many(len(s.NotChecked), "rule"), ``)
	if len(s.NotChecked) == 1 {
		r.raw(` was`)
	} else {
		r.raw(` were`)
	}
	r.raw(` not judged in this run, so the portal may find more than this report.</p>`)
	r.raw(`<div class="scroll" role="group" tabindex="0" aria-labelledby="not-checked-h"><table class="plain"><caption class="unseen">Rules not checked, by reason</caption><thead><tr><th scope="col" class="num">Rules</th><th scope="col">Why</th><th scope="col">Codes</th></tr></thead><tbody>`)
	for _, x := range reasons {
		r.raw("\n<tr><td class=\"num\">")
		r.whole(int64(len(x.Rules)))
		r.raw(`</td><th scope="row">`)
		r.flags(wording.Sentence(x.Why))
		r.raw(`</th><td class="codes">`)
		for i, rule := range x.Rules {
			if i > 0 {
				r.raw(`, `)
			}
			r.wrap(`<span title="`, r.d.Message(rule), `">`)
			r.wrap(``, rule.Code, `</span>`)
		}
		r.raw(`</td></tr>`)
	}
	r.raw(`</tbody></table></div>`)
	r.more(s)
	r.raw("</section>\n")
}

// more says what could be checked besides.
func (r *Report) more(s *finding.Summary) {
	if len(s.More) == 0 {
		return
	}
	r.raw(`<h3>What more could be checked</h3><ul class="notices">`)
	for _, m := range s.More {
		r.raw(`<li>`)
		r.flags(wording.Sentence(m))
		r.raw(`</li>`)
	}
	r.raw(`</ul>`)
}

// flags writes a sentence in which words such as --period, which name an option,
// are not broken.
func (r *Report) flags(s string) {
	for i, word := range strings.Split(s, " ") {
		if i > 0 {
			r.raw(" ")
		}
		if strings.HasPrefix(word, "--") {
			r.wrap(`<code class="flag">`, word, `</code>`)
			continue
		}
		r.text(word)
	}
}

// rulePages writes a page for each rule that found something or is the worst
// of a root cause.
func (r *Report) rulePages(lists ...[]*group) {
	var rules []*dictionary.Rule
	of := make(map[*dictionary.Rule][]*group)
	for _, list := range lists {
		for _, g := range list {
			if of[g.rule] == nil {
				rules = append(rules, g.rule)
			}
			of[g.rule] = append(of[g.rule], g)
		}
	}
	if len(rules) == 0 {
		return
	}
	slices.SortStableFunc(rules, func(a, b *dictionary.Rule) int {
		return cmp.Or(order(a.Own(), b.Own()), cmp.Compare(a.Code, b.Code))
	})
	r.raw(`<section id="rules" class="card" aria-labelledby="rules-h"><div class="head"><h2 id="rules-h">What the rules mean, and how to repair</h2><div class="tools needs-script"><button type="button" data-open="rules" aria-expanded="false">Open all</button></div></div>`)
	r.raw(`<p class="soft">A page for each rule that found something.</p>`)
	for _, rule := range rules {
		r.rulePage(rule, of[rule])
	}
	r.raw("</section>\n")
}

func (r *Report) rulePage(rule *dictionary.Rule, groups []*group) {
	p := r.handbookPage(rule)
	var count int64
	for _, g := range groups {
		count += g.count
	}
	r.wrap("\n"+`<details class="rule" id="rule-`, rule.Code, `"><summary><h3 class="code">`)
	r.wrap(``, rule.Code, `</h3> `)
	r.chip(rule)
	r.wrap(` <span class="n">`, r.things(count, "finding"), `</span> <span class="say">`)
	r.message(p.Message)
	r.raw(`</span></summary><div class="body">`)
	if !r.shown.Suppress {
		r.firstPlaces(groups)
	}
	r.raw(`<div class="cols"><div>`)
	r.points("How to repair it", p.Repairs)
	r.points("What usually trips it", p.Causes)
	r.points("Why it exists", p.Purpose)
	r.raw(`</div><div>`)
	r.points("What must hold", p.Checked)
	r.points("What it costs", p.Cost)
	r.points("Fields", p.Fields)
	r.points("Notes", p.Notes)
	r.raw(`</div></div>`)
	r.examples(p)
	r.codes(p)
	r.points("Sources", p.Sources)
	r.raw(`<p class="back"><a href="#findings">Back to the findings</a></p></div></details>`)
}

// points writes sentences under a heading, one as a paragraph, several as a
// list.
func (r *Report) points(heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	r.wrap(`<h4>`, heading, `</h4>`)
	if len(lines) == 1 {
		r.raw(`<p>`)
		r.advice(lines[0])
		r.raw(`</p>`)
		return
	}
	r.raw(`<ul>`)
	for _, l := range lines {
		r.raw(`<li>`)
		r.advice(l)
		r.raw(`</li>`)
	}
	r.raw(`</ul>`)
}

// firstPlaces names the first few rows.
func (r *Report) firstPlaces(groups []*group) {
	for _, g := range groups {
		var words []string
		for _, p := range g.first {
			if p.row == 0 {
				continue
			}
			w := digits(p.row)
			if p.line != 0 && p.line != p.row+1 {
				w += " (line " + digits(p.line) + ")"
			}
			words = append(words, w)
		}
		if len(words) == 0 {
			continue
		}
		head := "rows "
		if len(words) == 1 {
			head = "row "
		}
		where := head + strings.Join(words, ", ")
		if g.table != nil {
			where = g.table.Name + ", " + where
		}
		r.wrap(`<p class="places">`, where, ``)
		if int64(len(words)) < g.count {
			r.wrap(` <span class="soft">(showing `, digits(int64(len(words)))+" of "+digits(g.count), `)</span>`)
		}
		r.wrap(` <button type="button" class="needs-script" data-show="`, g.rule.Code, `" data-in="`)
		r.wrap(``, wording.TableName(g.table), `">Show in the list</button></p>`)
	}
}

func (r *Report) examples(p *handbook.Page) {
	if p.Bad == nil && p.Good == nil {
		return
	}
	r.raw(`<div class="cols examples">`)
	for _, x := range [...]struct {
		e          *handbook.Example
		head, name string
	}{{p.Bad, "bad", "Fails: "}, {p.Good, "good", "Passes: "}} {
		if x.e == nil {
			continue
		}
		r.wrap(`<div class="example `+x.head+`"><h4>`, x.name+x.e.Name, `</h4>`)
		for _, row := range x.e.Rows {
			r.wrap(`<p><b>`, row.Table, `</b>`)
			if row.Marked && len(x.e.Rows) > 1 {
				r.raw(` <span class="soft">this record</span>`)
			}
			r.raw(`</p><dl>`)
			for _, v := range row.Values {
				r.wrap(`<div><dt>`, v[0], `</dt><dd>`)
				if v[1] == "" {
					r.raw(`<i>blank</i>`)
				} else {
					short, cut := shorten([]byte(v[1]))
					r.wrap(`<code>`, string(short), ``)
					if cut {
						r.raw(`…`)
					}
					r.raw(`</code>`)
				}
				r.raw(`</dd></div>`)
			}
			if len(row.Values) == 0 {
				r.raw(`<div><dt>nothing filled</dt></div>`)
			}
			r.raw(`</dl>`)
		}
		r.raw(`</div>`)
	}
	r.raw(`</div>`)
}

// codes lists the codes that a rule is about.
func (r *Report) codes(p *handbook.Page) {
	if p.Codes == nil || len(p.Codes.Codes) == 0 {
		return
	}
	r.wrap(`<h4>Codes (`, p.Codes.Name, `)</h4><dl class="code-list">`)
	for _, c := range p.Codes.Codes {
		r.wrap(`<div><dt><code>`, c.Code, `</code></dt><dd>`)
		r.text(or(c.Label, "no label in any public source", ""))
		if c.ValidFrom != "" {
			r.wrap(` (from `, c.ValidFrom, `)`)
		}
		r.raw(`</dd></div>`)
	}
	r.raw(`</dl>`)
	if p.Codes.More > 0 {
		r.wrap(`<p class="soft">and `, digits(int64(p.Codes.More)), ` more.</p>`)
	}
}
