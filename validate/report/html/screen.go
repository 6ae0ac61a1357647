package html

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/wording"
)

// What one sees first: the verdict, what would be lost, what to repair, and
// the tables.

// head writes the document's head, and what stands above the verdict.
func (r *Report) head(s *finding.Summary, own []*group) {
	r.raw("<!doctype html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n")
	r.raw(`<meta http-equiv="Content-Security-Policy" content="` + policy() + "\">\n")
	r.raw(`<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>`)
	if r.opt.Values {
		r.raw(`Contains patient identifiers: `)
	}
	r.text(wording.Sentence(s.Verdict.String()) + or(s.Input.Path, "submission", ": "))
	r.raw(" – MHSDS report</title>\n<style>")
	r.raw(style)
	r.raw("</style>\n</head>\n<body>\n")
	r.raw(`<a class="skip" href="#main">Skip to the report</a>`)
	r.raw(`<header class="top"><div class="bar-in"><p class="brand"><b>MHSDS`)
	r.text(or(s.DatasetVersion, "", " v"))
	r.wrap(`</b> <span class="what">`, or(s.Input.Path, "submission", ""), `</span></p><p class="who">`)
	r.text(who(s))
	r.raw(`</p><nav aria-label="Sections"><ul>`)
	for _, l := range [][2]string{{"verdict", "Verdict"}, {"causes", "Repair first"}, {"tables", "Tables"}, {"findings", "Findings"}, {"scope", "Scope"}, {"own", "Our checks"}, {"quality", "Quality"}, {"counts", "Counts"}, {"people", "People"}, {"not-checked", "Not checked"}, {"rules", "Rules"}, {"about", "About"}} {
		if l[0] == "scope" && !r.scoped(s, own) || l[0] == "people" && r.people == nil ||
			l[0] == "quality" && s.Quality == nil || l[0] == "counts" && s.Measures == nil && s.TableMovements == nil {
			continue
		}
		r.raw(`<li><a href="#` + l[0] + `">` + l[1] + `</a></li>`)
	}
	r.raw(`</ul></nav></div></header>`)
	r.raw("\n")
}

// banner says above all else that the report identifies patients.
func (r *Report) banner() {
	if r.opt.Values {
		r.raw(`<p class="identifies banner" role="note"><b>Contains patient identifiers.</b> Keep this file where patient records are kept; to pass it on, make it again without <code>--show-values</code>.</p>`)
	}
}

// identifies marks a section as one that holds values.
func (r *Report) identifies() {
	if r.opt.Values {
		r.raw(`<p class="identifies">Contains patient identifiers</p>`)
	}
}

// foot ends the visible report.
func (r *Report) foot(s *finding.Summary) {
	r.raw(`<footer>`)
	r.privacy()
	r.wrap(`<p>`, s.Tool.Name+" "+s.Tool.Version, `</p></footer>`)
	if r.opt.Values {
		r.raw(`<p class="each-page" aria-hidden="true">Contains patient identifiers</p>`)
	}
	r.raw("\n")
}

// privacy says what the report holds.
func (r *Report) privacy() {
	r.wrap(`<p class="privacy">`, wording.Privacy(r.opt.Values, r.shown), ``)
	if !r.opt.Values && !r.shown.Suppress {
		r.raw(` It holds codes, tables, row numbers, fields, counts and file names.`)
	}
	r.raw(` This file opens no connection.</p>`)
}

// who says whose submission it is and of when.
func who(s *finding.Summary) string {
	var parts []string
	if s.Provider != "" {
		parts = append(parts, "Provider "+s.Provider)
	}
	switch month := monthOf(s.PeriodStart, s.PeriodEnd); {
	case month != "":
		parts = append(parts, month)
	case s.PeriodStart != "" || s.PeriodEnd != "":
		parts = append(parts, or(s.PeriodStart, "?", "")+" to "+or(s.PeriodEnd, "?", ""))
	}
	if len(parts) == 0 {
		return "Provider and period not known: the header does not say"
	}
	return strings.Join(parts, ", ")
}

// monthOf names the month that the dates, CCYY-MM-DD, are the ends of, or "".
func monthOf(start, end string) string {
	first, err := time.Parse(time.DateOnly, start)
	if err != nil || first.Day() != 1 || first.AddDate(0, 1, -1).Format(time.DateOnly) != end {
		return ""
	}
	return first.Format("January 2006")
}

// verdict writes the sentence, the bar of all rows and what would be lost.
func (r *Report) verdict(s *finding.Summary) {
	t := &r.everything
	class := [...]string{"", "accepted", "rejections", "rejected"}[s.Verdict]
	r.raw(`<section id="verdict" class="card verdict is-` + class + `" aria-labelledby="verdict-line">`)
	r.identifies()
	for _, why := range s.Incomplete {
		r.wrap(`<p class="alarm"><b>Incomplete.</b> `, wording.Sentence(why), `</p>`)
	}
	if s.DisagreementCount > 0 {
		r.wrap(`<p class="alarm"><b>A fault of this program.</b> A second opinion differs on `, many(int(s.DisagreementCount), "record"), `; do not rely on the verdict.</p>`)
	}
	r.raw(`<h1 id="verdict-line"><span class="verdict-word" data-verdict="`)
	r.text(s.Verdict.String())
	r.wrap(`">`, wording.Sentence(s.Verdict.String()), `</span>`)
	if len(s.Incomplete) > 0 {
		r.raw(` <span class="soft">of what was read</span>`)
	}
	r.wrap(`<span class="verdict-word">.</span> <span class="outcome">`, r.outcome(s), `</span></h1>`)

	if t.Rows > 0 {
		parts := []part{{"carried", t.CarriedForward}, {"record", t.RecordRejected}, {"group", t.GroupRejected}, {"file", t.FileRejected}, {"unread", t.Unreadable}}
		r.bar("wide", t.Rows, parts...)
		r.raw(`<ul class="legend" aria-label="What becomes of the rows">`)
		for i, p := range parts {
			if p.n == 0 && i > 2 {
				continue
			}
			label := [...]string{"carried forward", "record rejected", "group rejected", "file rejected", "unreadable"}[i]
			r.wrap(`<li><span class="dot f-`, p.class, `"></span><b>`)
			r.text(r.number(p.n))
			r.wrap(`</b> `, label, ``)
			if s := r.percent(p.n, t.Rows); s != "" {
				r.wrap(` <span class="soft">`, s, `</span>`)
			}
			r.raw(`</li>`)
		}
		r.raw(`</ul>`)
		r.lost(s)
	}

	r.raw(`<p class="beside">`)
	r.wrap(`<span><b>`, r.things(t.Warnings, "warning"), `</b></span>`)
	if s.Assumed != nil {
		var n int64
		for _, c := range s.Assumed.CarriedForward {
			n += c
		}
		r.wrap(`<span>With `, strings.Join(s.Assumed.Codes, ", "), ` repaired, `)
		r.wrap(`<b>`, r.number(n), `</b> rows would be carried forward.</span>`)
	}
	r.scopeLine(s.Scope)
	if t.Own > 0 {
		r.wrap(`<span><a href="#own">`, r.things(t.Own, "finding"), ` of our own</a>, apart from the portal’s</span>`)
	}
	if n := len(s.NotChecked); n > 0 {
		r.wrap(`<span><a href="#not-checked">`, many(n, "rule"), ` not checked</a>: the portal may find more</span>`)
	}
	r.raw(`</p>`)
	r.privacy()
	r.raw("</section>\n")
}

// outcome is what the verdict comes to, in one sentence.
func (r *Report) outcome(s *finding.Summary) string {
	t := &r.everything
	switch {
	case s.Verdict == finding.FileRejected && t.Rows == 0:
		return "The portal would keep nothing: the submission has no rows."
	case s.Verdict == finding.FileRejected && t.Lost() == 0:
		return "The portal would keep nothing of its " + r.things(t.Rows, "row") + ", though no row has a fault of its own that rejects it."
	case s.Verdict == finding.FileRejected:
		return "The portal would keep nothing of its " + r.things(t.Rows, "row") + ". But for that, " + r.number(t.CarriedForward) + " would be carried forward."
	case s.Verdict == finding.AcceptedWithRejections:
		return r.number(t.Lost()) + " of " + r.things(t.Rows, "row") + " would be lost."
	case t.Rows == 0:
		return "There is nothing in it to reject."
	case r.number(t.Rows) == "1":
		return "Its one row would be carried forward."
	}
	return "All " + r.things(t.Rows, "row") + " would be carried forward."
}

// lost says how many of the things that matter most would be lost. Their
// tables are those that play the part in the dictionary.
func (r *Report) lost(s *finding.Summary) {
	r.raw(`<dl class="tiles" aria-label="What would be lost">`)
	for _, x := range [...]struct{ role, name string }{
		{"patient", "Patients"}, {"referral", "Referrals"}, {"contact", "Contacts"}, {"spell", "Hospital spells"}, {"ward_stay", "Ward stays"},
	} {
		table, _ := r.d.Role(x.role)
		i := slices.IndexFunc(s.Tables, func(t finding.TableSummary) bool { return t.Table == table })
		if table == nil || i < 0 {
			continue
		}
		t := &s.Tables[i]
		gone := t.Rows - t.CarriedForward
		if s.Verdict == finding.FileRejected {
			gone = t.Rows
		}
		class := "tile"
		if gone == 0 {
			class = "tile none"
		}
		r.wrap(`<div class="`+class+`" data-role="`, x.role, `">`)
		r.wrap(`<dt>`, x.name, `</dt><dd>`)
		switch {
		case t.Rows == 0:
			r.raw(`<span class="big">–</span> <span class="of">none in it</span>`)
		case gone == 0:
			r.wrap(`<span class="big">0</span> <span class="of">of `, r.number(t.Rows), ` lost</span>`)
		default:
			r.wrap(`<span class="big">`, r.number(gone), `</span>`)
			r.wrap(` <span class="of">of `, r.number(t.Rows), ` lost`)
			if p := r.percent(gone, t.Rows); p != "" && gone < t.Rows {
				r.text(", " + p)
			}
			r.raw(`</span>`)
		}
		if t.Rows > 0 {
			r.bar("thin", t.Rows, part{"lost", gone})
		}
		r.raw(`</dd></div>`)
	}
	r.raw(`</dl>`)
}

// matrix writes what becomes of the rows of each table.
func (r *Report) matrix(s *finding.Summary) {
	type column struct {
		head, name string
		of         func(*finding.TableSummary) int64
		class      string
		total      int64
	}
	columns := []column{
		{"Rows", "rows", func(t *finding.TableSummary) int64 { return t.Rows }, "", 0},
		{"Carried", "carried_forward", func(t *finding.TableSummary) int64 { return t.CarriedForward }, "", 0},
		{"Record", "record_rejected", func(t *finding.TableSummary) int64 { return t.RecordRejected }, "record", 0},
		{"Group", "group_rejected", func(t *finding.TableSummary) int64 { return t.GroupRejected }, "group", 0},
		{"File", "file_rejected", func(t *finding.TableSummary) int64 { return t.FileRejected }, "file", 0},
		{"Unread", "unreadable", func(t *finding.TableSummary) int64 { return t.Unreadable }, "unread", 0},
		{"Warn.", "warnings", func(t *finding.TableSummary) int64 { return t.Warnings }, "warning", 0},
	}
	if s.Assumed != nil {
		columns = append(columns, column{"If repaired", "assumed", nil, "", 0})
	}
	var shown []int
	clean := 0
	for i := range s.Tables {
		t := &s.Tables[i]
		if t.Rows == 0 && t.File == "" {
			continue
		}
		shown = append(shown, i)
		if untouched(t) {
			clean++
		}
	}
	value := func(c *column, i int) int64 {
		if c.of != nil {
			return c.of(&s.Tables[i])
		}
		if i < len(s.Assumed.CarriedForward) {
			return s.Assumed.CarriedForward[i]
		}
		return 0
	}
	for i := range columns {
		for _, j := range shown {
			columns[i].total += value(&columns[i], j)
		}
	}
	// Outcomes that hardly ever occur have no column until they do.
	columns = slices.DeleteFunc(columns, func(c column) bool {
		return c.total == 0 && (c.name == "file_rejected" || c.name == "unreadable")
	})

	r.raw(`<section id="tables" class="card" aria-labelledby="tables-h"><div class="head"><h2 id="tables-h">Tables: what becomes of the rows</h2>`)
	if len(shown) > 0 {
		r.raw(`<div class="tools needs-script">`)
		if clean > 0 && clean < len(shown) {
			r.wrap(`<button type="button" data-clean="matrix" aria-pressed="false">Show all `, digits(int64(len(shown))), ` tables</button>`)
		}
		r.raw(`<button type="button" data-copy="matrix">Copy as CSV</button></div>`)
	}
	r.raw(`</div>`)
	r.identifies()
	if len(shown) == 0 {
		r.raw(`<p>The submission has no table of the data set.</p></section>`)
		return
	}
	r.raw(`<p class="soft">Each row counts once, by its worst outcome; warnings are findings. `)
	if s.Verdict == finding.FileRejected {
		r.raw(`Carried forward is as if the file were not rejected. `)
	}
	r.raw(`A table’s name shows its findings.</p>`)
	r.raw(`<div class="scroll long" role="group" aria-labelledby="tables-h" tabindex="0"><table class="matrix" id="matrix"><caption class="unseen">Rows of each table and their outcomes</caption><thead><tr><th scope="col" data-sort="text">Table</th><th scope="col" class="drawn">Outcome</th>`)
	for i := range columns {
		r.wrap(`<th scope="col" class="num" data-sort="num" data-name="`, columns[i].name, `">`)
		r.text(columns[i].head)
		r.raw(`</th>`)
	}
	r.raw(`</tr></thead><tbody>`)
	for _, i := range shown {
		t := &s.Tables[i]
		r.raw("\n<tr")
		if untouched(t) {
			r.raw(` class="untouched"`)
		}
		r.wrap(` data-table="`, t.Table.Name, `"><th scope="row"><a href="#findings" data-table="`)
		r.text(t.Table.Name)
		r.raw(`">`)
		r.tableName(t.Table)
		r.raw(`</a>`)
		if t.Table.Title != "" {
			r.wrap(`<span class="title">`, title(t.Table.Title), `</span>`)
		}
		r.raw(`</th><td class="drawn">`)
		r.bar("", t.Rows, part{"carried", t.CarriedForward}, part{"record", t.RecordRejected}, part{"group", t.GroupRejected}, part{"file", t.FileRejected}, part{"unread", t.Unreadable})
		r.raw(`</td>`)
		for j := range columns {
			r.cell(value(&columns[j], i), columns[j].class)
		}
		r.raw(`</tr>`)
	}
	r.raw(`</tbody>`)
	if len(shown) > 1 {
		r.raw(`<tfoot><tr><th scope="row">All tables</th><td class="drawn">`)
		a := &r.everything
		r.bar("", a.Rows, part{"carried", a.CarriedForward}, part{"record", a.RecordRejected}, part{"group", a.GroupRejected}, part{"file", a.FileRejected}, part{"unread", a.Unreadable})
		r.raw(`</td>`)
		for j := range columns {
			r.cell(columns[j].total, columns[j].class)
		}
		r.raw(`</tr></tfoot>`)
	}
	r.raw("</table></div></section>\n")
}

// cell writes a count; its class colours it unless it is 0.
func (r *Report) cell(n int64, class string) {
	r.raw(`<td class="num`)
	if n == 0 {
		r.raw(` zero`)
	} else if class != "" {
		r.raw(` t-` + class)
	}
	r.raw(`" data-v="`)
	r.whole(r.near(n))
	r.wrap(`">`, r.number(n), `</td>`)
}

// tableName writes the name of a table so that it may break after its number.
func (r *Report) tableName(t *dictionary.Table) {
	rest, ok := strings.CutPrefix(t.Name, t.ID)
	if !ok {
		r.text(t.Name)
		return
	}
	r.wrap(``, t.ID, `<wbr>`)
	r.text(rest)
}

// untouched reports whether the rules found nothing in the table.
func untouched(t *finding.TableSummary) bool {
	return t.Rows == t.CarriedForward && t.Warnings == 0
}

// title is what a row of a table is, without the name before it.
func title(s string) string {
	if _, rest, ok := strings.Cut(s, ": "); ok {
		s = rest
	}
	return wording.Sentence(s)
}

// or is s with what leads to it, or another word when s is empty.
func or(s, otherwise, lead string) string {
	if s == "" {
		return otherwise
	}
	return lead + s
}

// A cause is every root of one rule in one table: what one repair of the
// extract may mend at once.
type cause struct {
	rule   *dictionary.Rule // nil for absent rows
	table  *dictionary.Table
	absent bool
	roots  []*finding.Root
	back   int64 // rows that come back, each counted at one root only
}

// gather puts the roots of one rule in one table together, those that bring
// back most rows first.
func gather(s *finding.Summary) []*cause {
	type key struct {
		rule  *dictionary.Rule
		table *dictionary.Table
	}
	of := make(map[key]*cause)
	var list []*cause
	for i := range s.Roots {
		root := &s.Roots[i]
		k := key{root.Rule, root.Table}
		if root.Absent {
			k.rule = nil
		}
		c := of[k]
		if c == nil {
			c = &cause{rule: k.rule, table: root.Table, absent: k.rule == nil}
			of[k] = c
			list = append(list, c)
		}
		c.roots = append(c.roots, root)
		if root.Repair != 0 {
			c.back += root.Gain
		} else {
			c.back += root.RowsFreed
		}
	}
	slices.SortStableFunc(list, func(a, b *cause) int { return cmp.Compare(b.back, a.back) })
	return list
}

// fewCauses is how many causes are open to see; the others are a click away.
const fewCauses = 6

// causes writes what to repair, what brings most back first.
func (r *Report) causes(s *finding.Summary) {
	r.raw(`<section id="causes" class="card" aria-labelledby="causes-h"><div class="head"><h2 id="causes-h">What to repair first</h2></div>`)
	r.identifies()
	var file []*finding.RuleCount
	for i := range s.Rules {
		if c := &s.Rules[i]; !c.Rule.Own() && c.Rule.Severity == dictionary.RejectFile {
			file = append(file, c)
		}
	}
	list := gather(s)
	if len(file)+len(list) == 0 {
		r.warnings(s)
		r.raw("</section>\n")
		return
	}
	lost := r.everything.Lost()
	r.raw(`<p class="soft">`)
	if len(list) > 0 {
		r.wrap(``, r.things(max(s.RootCount, int64(len(s.Roots))), "root cause"), ` behind `)
		r.wrap(``, r.things(lost, "lost row"), `. Each lost row counts once, at the repair that brings it back.`)
	}
	r.raw(`</p><ol class="causes">`)
	for _, c := range file {
		r.raw(`<li class="cause"><div class="gain"><b>All</b> <span>rows</span></div><div class="why"><p class="name">`)
		r.ruleLink(c.Rule)
		r.raw(`<span class="chip s-file">rejects the file</span></p>`)
		r.raw(`<p>`)
		r.message(r.d.Message(c.Rule))
		r.raw(`</p>`)
		r.todo(c.Rule, 2)
		r.raw(`</div></li>`)
	}
	most := int64(1)
	if len(list) > 0 {
		most = max(list[0].back, 1)
	}
	for i, c := range list {
		if i == fewCauses && len(list) > fewCauses+1 {
			r.raw(`</ol><details class="more opens-in-print"><summary>`)
			r.wrap(``, many(len(list)-i, "more cause"), `</summary><ol class="causes" start="`)
			r.whole(int64(len(file) + i + 1))
			r.raw(`">`)
		}
		r.cause(s.Comparison, c, most, lost)
	}
	r.raw(`</ol>`)
	if len(list) > fewCauses+1 {
		r.raw(`</details>`)
	}
	r.fixed(s.Comparison)
	if rest := s.RootCount - int64(len(s.Roots)); rest > 0 {
		r.wrap(`<p class="soft">`, r.things(rest, "further root cause"), ` of the least effect are not listed.</p>`)
	}
	r.raw("</section>\n")
}

// fixed lists the causes of an earlier result that are gone.
func (r *Report) fixed(c *finding.Comparison) {
	if c == nil {
		return
	}
	var words []string
	for _, t := range c.Roots {
		if t.Now == 0 && t.Before > 0 {
			words = append(words, or(t.Code, "not submitted", "")+" in "+t.Table+" ("+r.number(t.Before)+")")
		}
	}
	if len(words) > 0 {
		r.wrap(`<p><b class="better">Repaired since last time</b>: `, strings.Join(words, ", "), `.</p>`)
	}
}

// sinceLast says how the cause stands against an earlier result.
func (r *Report) sinceLast(x *finding.Comparison, c *cause) {
	if x == nil {
		return
	}
	code := ""
	if c.rule != nil {
		code = c.rule.Code
	}
	i := slices.IndexFunc(x.Roots, func(t finding.RootTrend) bool { return t.Code == code && t.Table == c.table.Name })
	if i < 0 {
		return
	}
	t := &x.Roots[i]
	r.wrap(`<p class="soft">Since last time: `, wording.Trend(&finding.RuleTrend{New: t.New, Still: t.Still, Returned: t.Returned, Fixed: t.Fixed}, r.shown), ``)
	if s := wording.Running(t.Months); s != "" {
		r.wrap(`; up to `, s, ``)
	}
	r.raw(`.</p>`)
}

func (r *Report) cause(x *finding.Comparison, c *cause, most, lost int64) {
	r.raw("\n<li class=\"cause\"><div class=\"gain\"><b>")
	r.text(r.number(c.back))
	r.raw(`</b> <span>`)
	if r.number(c.back) == "1" {
		r.raw(`row back`)
	} else {
		r.raw(`rows back`)
	}
	r.raw(`</span>`)
	r.bar("thin", most, part{"cause", c.back})
	r.raw(`</div><div class="why"><p class="name">`)
	rule := c.rule
	if c.absent {
		rule = r.blame[c.table]
		r.wrap(`<b>Not submitted</b> <span class="tag">`, c.table.Name, `</span>`)
	} else {
		r.ruleLink(c.rule)
		r.wrap(`<span class="tag">`, c.table.Name, `</span>`)
	}
	if p := r.percent(c.back, lost); p != "" {
		r.wrap(`<span class="soft">`, p, ` of what is lost</span>`)
	}
	r.raw(`</p><p>`)
	if c.absent {
		n := int64(len(c.roots))
		if r.number(n) == "1" {
			r.wrap(`A row of `, c.table.Name, ` that other rows name is not in the submission.`)
		} else {
			r.wrap(``, wording.Sentence(r.things(n, "row")), ` of `)
			r.wrap(``, c.table.Name, ` that other rows name are not in the submission.`)
		}
	} else {
		r.message(r.d.Message(c.rule))
	}
	r.raw(`</p>`)
	if rule != nil {
		r.todo(rule, 2)
	}
	r.records(c)
	r.sinceLast(x, c)
	r.raw(`</div></li>`)
}

// fewRecords is how many records of a cause are named.
const fewRecords = 40

// records names the records of a cause and what each frees alone.
func (r *Report) records(c *cause) {
	switch {
	case r.shown.Suppress:
		if n := int64(len(c.roots)); !c.absent {
			r.wrap(`<p class="soft">`, wording.Sentence(r.things(n, "record")), `.</p>`)
		}
		return
	case c.absent && len(c.roots) == 1:
		return
	case len(c.roots) == 1:
		root := c.roots[0]
		r.wrap(`<p class="places">`, wording.Sentence(place1(root)), ``)
		if root.Depends > root.RowsFreed || root.History.State != 0 {
			r.wrap(` <span class="soft">`, alone(root), `</span>`)
		}
		r.raw(`</p>`)
		return
	case c.absent:
		r.wrap(`<details class="who-all"><summary>`, many(len(c.roots), "row"), `</summary><ul>`)
	default:
		r.wrap(`<details class="who-all"><summary>`, many(len(c.roots), "record"), `</summary><ul>`)
	}
	for i, root := range c.roots {
		if i == fewRecords && len(c.roots) > fewRecords+1 {
			r.wrap(`<li>and `, digits(int64(len(c.roots)-i)), ` more</li>`)
			break
		}
		r.raw(`<li>`)
		if c.absent {
			r.raw(`one row`)
		} else {
			r.text(place1(root))
		}
		r.wrap(` <span class="soft">`, alone(root), `</span></li>`)
	}
	r.raw(`</ul></details>`)
}

// place1 says where a root is: "row 5 and 1 other".
func place1(root *finding.Root) string {
	s := "row " + digits(root.Row)
	switch {
	case root.Group == 2:
		s += " and 1 other"
	case root.Group > 2:
		s += " and " + digits(int64(root.Group-1)) + " others"
	}
	return s
}

// alone says what the repair of one root comes to.
func alone(root *finding.Root) string {
	s := "frees " + many(int(root.RowsFreed), "row") + " alone"
	if root.RowsFreed == 0 {
		s = "frees nothing alone"
	}
	if n := root.Depends - root.RowsFreed; n > 0 {
		s += "; " + many(int(n), "row") + " behind it needs other repairs too"
		if n > 1 {
			s = strings.Replace(s, "needs other", "need other", 1)
		}
	}
	if h := root.History; h.State != 0 {
		s += "; " + h.State.String()
		if months := wording.Running(h.Months); months != "" {
			s += ", " + months
		}
	}
	return s
}

// ruleLink links to the rule's page in this file.
func (r *Report) ruleLink(rule *dictionary.Rule) {
	r.wrap(`<a class="code" href="#rule-`, rule.Code, `">`)
	r.wrap(``, rule.Code, `</a>`)
}

// todo writes up to n repairs of the rule, the first for each place to act.
func (r *Report) todo(rule *dictionary.Rule, n int) {
	repairs := r.handbookPage(rule).Repairs
	if len(repairs) == 0 {
		return
	}
	r.raw(`<ul class="todo">`)
	var told []string // where to act
	for _, s := range repairs {
		where, _ := site(s)
		if len(told) == n || slices.Contains(told, where) {
			continue
		}
		told = append(told, where)
		r.raw(`<li>`)
		r.advice(s)
		r.raw(`</li>`)
	}
	r.raw(`</ul>`)
}

// advice writes a sentence; where it begins by saying where to act, that
// stands out.
func (r *Report) advice(s string) {
	where, what := site(s)
	if where != "" {
		r.wrap(`<b>`, where, `:</b> `)
	}
	r.message(what)
}

// site divides "In the extract: stop at …" into where to act and what to do;
// where is "" if the sentence does not say.
func site(s string) (where, what string) {
	if where, what, ok := strings.Cut(s, ": "); ok && strings.HasPrefix(where, "In the ") && len(where) < len("In the clinical system")+8 {
		return where, what
	}
	return "", s
}

// message writes a sentence in which "[M101150]DecisionToTreatDate" names an
// item: the identifier steps back, so that the name can be read.
func (r *Report) message(s string) {
	for {
		open := strings.IndexByte(s, '[')
		if open < 0 {
			break
		}
		n := 1
		for open+n < len(s) && (s[open+n] >= '0' && s[open+n] <= '9' || s[open+n] >= 'A' && s[open+n] <= 'Z') {
			n++
		}
		if n < 2 || open+n >= len(s) || s[open+n] != ']' {
			r.text(s[:open+1])
			s = s[open+1:]
			continue
		}
		r.text(s[:open])
		r.wrap(`<span class="uid">`, s[open:open+n+1], `</span><wbr>`)
		s = s[open+n+1:]
	}
	r.text(s)
}

// warnings writes what to look at when nothing is rejected.
func (r *Report) warnings(s *finding.Summary) {
	var list []finding.RuleCount
	for _, c := range s.Rules {
		if !c.Rule.Own() && c.Count > 0 {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		r.raw(`<p>Nothing is rejected, and there are no warnings.</p>`)
		return
	}
	slices.SortStableFunc(list, func(a, b finding.RuleCount) int { return cmp.Compare(b.Count, a.Count) })
	r.raw(`<p>Nothing is rejected. The most frequent warnings:</p><ol class="causes">`)
	for _, c := range list[:min(fewCauses, len(list))] {
		r.wrap(`<li class="cause"><div class="gain"><b>`, r.number(c.Count), `</b> <span>`)
		if r.number(c.Count) == "1" {
			r.raw(`warning`)
		} else {
			r.raw(`warnings`)
		}
		r.raw(`</span>`)
		r.bar("thin", list[0].Count, part{"warning", c.Count})
		r.raw(`</div><div class="why"><p class="name">`)
		r.ruleLink(c.Rule)
		r.wrap(`<span class="tag">`, r.d.TableName(c.Rule.Table), `</span></p><p>`)
		r.message(r.d.Message(c.Rule))
		r.raw(`</p>`)
		r.todo(c.Rule, 1)
		r.raw(`</div></li>`)
	}
	r.raw(`</ol>`)
}
