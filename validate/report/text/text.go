// Package text writes the report that a person reads on a terminal.
//
//	heading            who, which month, which rules
//	Scope              what belongs elsewhere, and what was switched off
//	Notices            what was odd about the files
//	Root causes        what to repair first
//	Findings           by rule, worst first: exact count and the first places
//	Consequences       the rules that only follow from other rejections
//	Pre-submission     findings of ours, which the portal does not make
//	Data quality       how good the values are; only if that was counted
//	Monthly counts     as they would be published, and how they moved
//	Not checked        which rules were not judged, by reason
//	Tables             rows and what becomes of them
//	Verdict            last, so that it is what stays on the screen
//
// It holds counts and the first few places of each rule, never the findings
// themselves, so that a million of them cost no more than a thousand. Values
// stand in it only when the findings carry them and Options.Values asks for
// them; whatever comes from the submission is written without control
// characters.
package text

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
	"mhsds/validate/report/wording"
)

// Options say how the report looks. The zero value is plain text, 80 columns
// wide, without values and without places.
type Options struct {
	// Width is the number of columns; less than 80 means 80.
	Width int

	// Colour writes ANSI colours.
	Colour bool

	// Values shows the values of the reported items at each place.
	Values bool

	// MaxShown is the greatest number of places shown of one rule in one
	// table, and of root causes. Counts are exact whatever it is.
	MaxShown int

	// Verbose names every rule that was not checked, and every notice.
	Verbose bool

	// Counts says whether small counts are hidden; no rows are listed then.
	Counts share.Counts
}

// A Report is a finding.Sink that keeps counts and first places, and writes
// all of it when it is closed.
type Report struct {
	page   page
	d      *dictionary.Dictionary
	opt    Options
	groups map[groupKey]*group
	last   *group

	comparison *finding.Comparison // of the summary; nil if there is none
}

// A group is all findings of one rule in one table. Findings about unknown
// tables have no Table and are told apart by their places.
type group struct {
	groupKey
	count   int64
	follows int64 // of them, those that a rejection has caused
	places  []place
}

// direct is the number of findings that follow from nothing.
func (g *group) direct() int64 { return g.count - g.follows }

type groupKey struct {
	rule  *dictionary.Rule
	table *dictionary.Table
}

// A place is what is kept of a shown finding.
type place struct {
	row, line int64
	file      string // for findings without a table
	column    string
	detail    string
	items     string // the values, already without control characters
}

// New returns a report that writes to w when it is closed, with the
// dictionary's words.
func New(w io.Writer, d *dictionary.Dictionary, opt Options) *Report {
	opt.Values = opt.Values && !opt.Counts.Suppress
	return &Report{
		page:   page{w: w, width: max(opt.Width, 80), colour: opt.Colour},
		d:      d,
		opt:    opt,
		groups: make(map[groupKey]*group),
	}
}

// Report counts the finding and keeps its place if it is among the first.
func (r *Report) Report(f *finding.Finding) error {
	key := groupKey{f.Rule, f.Table}
	g := r.last
	if g == nil || g.groupKey != key {
		g = r.groups[key]
		if g == nil {
			g = &group{groupKey: key}
			r.groups[key] = g
		}
		r.last = g
	}
	g.count++
	if f.Cause.Rejected() {
		g.follows++
	}
	if len(g.places) < r.opt.MaxShown && !r.opt.Counts.Suppress {
		g.places = append(g.places, r.place(f))
	}
	return nil
}

func (r *Report) place(f *finding.Finding) place {
	p := place{row: f.Row, line: f.Line, column: wording.Clean(f.Column), detail: wording.Clean(f.Detail)}
	if f.Table == nil {
		p.file = wording.Clean(f.File)
	}
	if r.opt.Values {
		p.items = wording.Values(f.Values)
	}
	return p
}

// Close writes the report. It does not close the writer.
func (r *Report) Close(s *finding.Summary) error {
	p := &r.page
	r.comparison = s.Comparison
	r.heading(s)
	r.scope(s)
	r.notices(s)
	r.roots(s)

	var national, follow, own []*group
	for _, g := range r.groups {
		switch {
		case g.rule.Own():
			own = append(own, g)
		case g.follows == g.count:
			follow = append(follow, g)
		default:
			national = append(national, g)
		}
	}
	if len(national) > 0 {
		p.title("Findings by rule")
		r.findings(national)
	}
	if len(follow) > 0 {
		p.title("Consequences, by rule")
		p.wrap(2, 2, "All of these follow from other rejections and go when those are repaired.")
		p.line("")
		r.findings(follow)
	}
	if len(own) > 0 {
		p.title("Pre-submission findings")
		p.wrap(2, 2, "Ours, not the portal's: they do not change the verdict.")
		p.line("")
		r.findings(own)
	}
	r.quality(s)
	r.measures(s)
	r.notChecked(s)
	r.more(s)
	r.tables(s)
	r.verdict(s)
	return p.flush()
}

func (r *Report) heading(s *finding.Summary) {
	head := "MHSDS"
	if s.DatasetVersion != "" {
		head += " v" + s.DatasetVersion
	}
	if s.Input.Path != "" {
		head += " submission " + wording.Clean(s.Input.Path)
	}
	r.page.line(r.page.bold(head))
	var who []string
	if s.Provider != "" {
		who = append(who, "provider "+wording.Clean(s.Provider))
	}
	if s.PeriodStart != "" || s.PeriodEnd != "" {
		who = append(who, "period "+or(wording.Clean(s.PeriodStart), "?")+" to "+or(wording.Clean(s.PeriodEnd), "?"))
	}
	if len(who) == 0 {
		who = append(who, "provider and period not known: the header does not say")
	}
	r.page.wrap(0, 0, wording.Sentence(strings.Join(who, ", ")+"."))
	rules := "Rules of " + or(s.RulesDated, "unknown date")
	if s.ScalesRevision != "" {
		rules += ", assessment scales " + s.ScalesRevision
	}
	if s.Tool.Schemas != "" && s.Tool.Schemas != "embedded" {
		rules += ", schemas of folder " + wording.Clean(s.Tool.Schemas)
	}
	r.page.wrap(0, 0, rules+"; "+wording.Clean(s.Tool.Name+" "+s.Tool.Version)+".")
	if c := wording.Configuration(s); c != "" {
		r.page.wrap(0, 0, "Configuration: "+c+".")
	}
	if files := s.Input.Reference; len(files) > 0 {
		var names []string
		for _, f := range files {
			name := f.Register.String() + " of " + wording.Clean(f.Name) + " (" + things(f.Rows, "code")
			if f.Newest != "" {
				name += ", the newest of " + f.Newest
			}
			names = append(names, name+")")
		}
		r.page.wrap(0, 0, "Reference data: "+strings.Join(names, ", ")+".")
	}
}

// fewNotices is the number of notices shown without Verbose: as many as leave
// room for the verdict on one screen of a long terminal.
const fewNotices = 20

func (r *Report) notices(s *finding.Summary) {
	if len(s.Notices) == 0 {
		return
	}
	r.page.title("Notices")
	for i, n := range s.Notices {
		if i == fewNotices && !r.opt.Verbose && len(s.Notices) > fewNotices+1 {
			r.page.wrap(2, 4, fmt.Sprintf("and %s more; -v shows them.", number(int64(len(s.Notices)-i))))
			break
		}
		t := wording.Clean(n.Text)
		if n.File != "" {
			t = wording.Clean(n.File) + ": " + t
		}
		r.page.wrap(2, 4, t)
	}
}

func (r *Report) roots(s *finding.Summary) {
	if len(s.Roots) == 0 || r.opt.MaxShown == 0 {
		return
	}
	listed := r.opt.Counts.Roots(s.Roots)
	r.page.title("Root causes, the one that frees most rows first")
	shown := int64(0)
	for line := 1; line <= r.opt.MaxShown && len(listed) > 0; line++ {
		root, n := &listed[0], alike(listed)
		listed = listed[n:]
		shown += int64(n)
		frees, what := "frees "+r.rows(root.RowsFreed), r.root(root)
		if n > 1 {
			frees += " each"
			what = r.things(int64(n), "row") + " of " + root.Table.Name + " that other rows name were not submitted."
		} else if root.Depends > root.RowsFreed && !r.opt.Counts.Suppress {
			what += " " + otherRepairs(root.Depends-root.RowsFreed)
		}
		if h := root.History; h.State != 0 {
			what += " " + wording.Sentence(h.State.String())
			if long := wording.Running(h.Months); long != "" {
				what += ", " + long
			}
			what += "."
		}
		r.page.hang(fmt.Sprintf("  %2d. ", line), frees+": "+what)
	}
	switch rest := max(s.RootCount, int64(len(s.Roots))) - shown; {
	case rest > 0 && r.opt.Counts.Suppress:
		r.page.wrap(2, 6, wording.Sentence(r.things(rest, "root cause")+" not listed."))
	case rest > 0:
		r.page.wrap(2, 6, fmt.Sprintf("and %s more; --max-shown shows more of them.", number(rest)))
	}
}

// alike returns how many roots at the head of the list read the same: absent
// rows of one table, which free as many rows each. Without their keys nothing
// tells them apart.
func alike(list []finding.Root) int {
	n := 1
	for first := &list[0]; n < len(list) && first.Absent && list[n].Absent && list[n].Table == first.Table &&
		list[n].RowsFreed == first.RowsFreed && list[n].History == first.History; n++ {
	}
	return n
}

// number, things and rows write counts of the submission as they may be shown.
func (r *Report) number(n int64) string              { return r.opt.Counts.Number(n) }
func (r *Report) things(n int64, unit string) string { return r.opt.Counts.Things(n, unit) }
func (r *Report) rows(n int64) string                { return r.things(n, "row") }

// some is number and words, or "" for none.
func (r *Report) some(n int64, words string) string {
	if n == 0 {
		return ""
	}
	return r.number(n) + " " + words
}

// root says what the root cause is, in one or two sentences.
func (r *Report) root(c *finding.Root) string {
	if c.Absent || c.Rule == nil {
		return "a row of " + c.Table.Name + " that other rows name was not submitted."
	}
	where := c.Table.Name
	if c.Row > 0 && !r.opt.Counts.Suppress {
		where += " row " + number(c.Row)
	}
	switch {
	case r.opt.Counts.Suppress:
	case c.Group == 2:
		where += " and 1 other"
	case c.Group > 2:
		where += " and " + number(int64(c.Group-1)) + " others"
	}
	return c.Rule.Code + ", " + where + ". " + r.d.Message(c.Rule)
}

// findings writes the groups, the worst severity first, then those with most
// findings that follow from nothing.
func (r *Report) findings(groups []*group) {
	slices.SortFunc(groups, func(a, b *group) int {
		return cmp.Or(
			cmp.Compare(b.rule.Severity, a.rule.Severity),
			cmp.Compare(b.direct(), a.direct()),
			cmp.Compare(b.count, a.count),
			cmp.Compare(a.rule.Code, b.rule.Code),
			cmp.Compare(wording.TableName(a.table), wording.TableName(b.table)),
		)
	})
	p := &r.page
	for _, g := range groups {
		left := p.bold(g.rule.Code) + "  " + p.severity(g.rule.Severity)
		if g.rule.Own() && g.rule.Grade != "" {
			left += " (" + wording.Clean(g.rule.Grade) + ")"
		}
		p.ends(left, wording.TableName(g.table), r.number(g.count))
		p.wrap(4, 4, r.d.Message(g.rule))
		switch {
		case g.follows == 0 || g.follows == g.count:
		case r.opt.Counts.Hidden(g.follows):
			p.wrap(4, 4, "Some of them follow from other rejections.")
		case g.follows == 1:
			p.wrap(4, 4, "1 of them follows from another rejection.")
		default:
			p.wrap(4, 4, r.number(g.follows)+" of them follow from other rejections.")
		}
		r.trend(g.rule)
		r.places(g)
	}
}

// places lists the rows in one paragraph, or a line each when more is to be
// said of them than a number.
func (r *Report) places(g *group) {
	if len(g.places) == 0 {
		return
	}
	long, whole := false, true
	for i := range g.places {
		p := &g.places[i]
		long = long || p.column != "" || p.detail != "" || p.items != "" || p.file != ""
		whole = whole && p.row == 0
	}
	if !long {
		if whole {
			return // the count and the message say all there is
		}
		var words []string
		for i := range g.places {
			words = append(words, g.places[i].where())
		}
		unit := "rows "
		if len(words) == 1 {
			unit = "row "
		}
		r.page.wrap(4, 4, unit+strings.Join(words, ", ")+r.shown(g))
		return
	}
	for i := range g.places {
		p := &g.places[i]
		var words []string
		if p.file != "" {
			words = append(words, p.file)
		}
		if p.row > 0 {
			words = append(words, "row "+p.where())
		}
		if p.column != "" {
			words = append(words, p.column)
		}
		s := strings.Join(words, ", ")
		if tail := strings.Join(nonempty(p.items, p.detail), "; "); tail != "" {
			s = strings.Join(nonempty(s, tail), ": ")
		}
		if i == len(g.places)-1 {
			s += r.shown(g)
		}
		r.page.wrap(4, 8, s)
	}
}

// shown says how many of the places were listed, if not all.
func (r *Report) shown(g *group) string {
	if int64(len(g.places)) == g.count {
		return ""
	}
	return fmt.Sprintf(" (%s of %s shown)", number(int64(len(g.places))), number(g.count))
}

// where writes the row, and its line where it is not the one after the row's
// number, as it is in a file with one heading and one line a record.
func (p *place) where() string {
	if p.line == 0 || p.line == p.row+1 {
		return number(p.row)
	}
	return number(p.row) + " (line " + number(p.line) + ")"
}

func (r *Report) notChecked(s *finding.Summary) {
	if len(s.NotChecked) == 0 {
		return
	}
	reasons := wording.Reasons(s.NotChecked)
	p := &r.page
	p.title("Not checked: " + things(int64(len(s.NotChecked)), "rule"))
	for _, x := range reasons {
		p.wrap(2, 4, things(int64(len(x.Rules)), "rule")+": "+wording.Clean(x.Why))
		if r.opt.Verbose {
			p.wrap(4, 4, x.Codes())
		}
	}
	if !r.opt.Verbose {
		p.wrap(2, 4, "-v names them.")
	}
}

// tables writes the matrix of the tables that the submission has.
func (r *Report) tables(s *finding.Summary) {
	type column struct {
		head  string
		of    func(*finding.TableSummary) int64
		width int
		total int64
		worst dictionary.Severity
	}
	columns := []column{
		{head: "rows", of: func(t *finding.TableSummary) int64 { return t.Rows }},
		{head: "carried", of: func(t *finding.TableSummary) int64 { return t.CarriedForward }},
		{head: "record", of: func(t *finding.TableSummary) int64 { return t.RecordRejected }, worst: dictionary.RejectRecord},
		{head: "group", of: func(t *finding.TableSummary) int64 { return t.GroupRejected }, worst: dictionary.RejectGroup},
		{head: "file", of: func(t *finding.TableSummary) int64 { return t.FileRejected }, worst: dictionary.RejectFile},
		{head: "unread", of: func(t *finding.TableSummary) int64 { return t.Unreadable }, worst: dictionary.RejectRecord},
		{head: "warnings", of: func(t *finding.TableSummary) int64 { return t.Warnings }, worst: dictionary.Warning},
	}
	var shown []*finding.TableSummary
	for i := range s.Tables {
		if t := &s.Tables[i]; t.Rows > 0 || t.File != "" {
			shown = append(shown, t)
		}
	}
	if len(shown) == 0 {
		return
	}
	for i := range columns {
		c := &columns[i]
		c.width = utf8.RuneCountInString(c.head)
		for _, t := range shown {
			n := c.of(t)
			c.total += n
			c.width = max(c.width, len(r.number(n)))
		}
		c.width = max(c.width, len(r.number(c.total)))
	}
	// Outcomes that hardly ever occur have no column until they do.
	columns = slices.DeleteFunc(columns, func(c column) bool {
		return c.total == 0 && (c.head == "file" || c.head == "unread")
	})

	p := &r.page
	p.title("Tables: rows, carried forward, rejected, warnings")
	name := p.width - 2
	for _, c := range columns {
		name -= c.width + 2
	}
	longest := len("All tables")
	for _, t := range shown {
		longest = max(longest, len(t.Table.Name))
	}
	name = max(min(name, longest), 10)
	line := func(first string, cell func(*column) string) {
		var b strings.Builder
		b.WriteString("  " + pad(first, name))
		for i := range columns {
			b.WriteString("  " + cell(&columns[i]))
		}
		p.line(strings.TrimRight(b.String(), " "))
	}
	cells := func(c *column, n int64) string {
		s := fmt.Sprintf("%*s", c.width, r.number(n))
		if n > 0 && c.worst != 0 {
			return p.paint(c.worst, s)
		}
		return s
	}
	line("", func(c *column) string { return fmt.Sprintf("%*s", c.width, c.head) })
	for _, t := range shown {
		line(t.Table.Name, func(c *column) string { return cells(c, c.of(t)) })
	}
	if len(shown) > 1 {
		line("All tables", func(c *column) string { return cells(c, c.total) })
	}
}

// trend says how the rule's findings stand against the earlier result.
func (r *Report) trend(rule *dictionary.Rule) {
	t := r.comparison.Trend(rule)
	if t == nil {
		return
	}
	s := "Against the earlier result: " + wording.Trend(t, r.opt.Counts)
	if long := wording.Running(t.Months); long != "" {
		s += "; the longest " + long
	}
	r.page.wrap(4, 4, s+".")
}

// compared says with what this result was compared, and what came of it.
func (r *Report) compared(s *finding.Summary) {
	c := s.Comparison
	if c == nil {
		return
	}
	t := c.Total()
	r.page.wrap(0, 0, wording.Against(c)+" All findings: "+wording.Trend(&t, r.opt.Counts)+".")
	var cured []string
	for i := range c.Rules {
		if t := &c.Rules[i]; t.Now == 0 {
			cured = append(cured, wording.Clean(t.Code))
		}
	}
	switch n := len(cured); {
	case n > fewNotices && !r.opt.Verbose:
		r.page.wrap(2, 4, fmt.Sprintf("No longer found: %s and %d more; -v names them.", strings.Join(cured[:fewNotices], ", "), n-fewNotices))
	case n > 0:
		r.page.wrap(2, 4, "No longer found: "+strings.Join(cured, ", ")+".")
	}
	for _, n := range c.Notes {
		r.page.wrap(2, 4, wording.Sentence(wording.Clean(n))+".")
	}
}

// verdict writes the sentences that stay on the screen.
func (r *Report) verdict(s *finding.Summary) {
	p := &r.page
	var rowsIn, carried, record, group int64
	var unread, warnings int64
	for i := range s.Tables {
		t := &s.Tables[i]
		rowsIn += t.Rows
		carried += t.CarriedForward
		record += t.RecordRejected
		group += t.GroupRejected
		unread += t.Unreadable
		warnings += t.Warnings
	}
	var own int64
	for _, c := range s.Rules {
		if c.Rule.Own() {
			own += c.Count
		}
	}

	p.line("")
	privacy := wording.Privacy(r.opt.Values, r.opt.Counts)
	if first, rest, _ := strings.Cut(privacy, ". "); r.opt.Values {
		privacy = p.paint(dictionary.RejectRecord, first+".") + " " + rest
	}
	p.wrap(0, 0, privacy)
	r.compared(s)
	p.line("")

	for _, why := range s.Incomplete {
		p.wrap(0, 0, p.paint(dictionary.RejectFile, "Incomplete:")+" "+wording.Sentence(wording.Clean(why)))
	}
	head := "Verdict"
	if len(s.Incomplete) > 0 {
		head = "Verdict on what was read"
	}
	var say []string
	switch s.Verdict {
	case finding.FileRejected:
		say = append(say, "the portal would reject the file and keep nothing of it.")
		say = append(say, "Otherwise "+r.number(carried)+" of "+r.rows(rowsIn)+" would be carried forward.")
	case finding.AcceptedWithRejections:
		lost := rowsIn - carried
		how := nonempty(r.some(record, "record rejected"), r.some(group, "group rejected"), r.some(unread, "unreadable"))
		say = append(say, fmt.Sprintf("%s of %s would be lost (%s); %s would be carried forward.",
			r.number(lost), r.rows(rowsIn), strings.Join(how, ", "), r.number(carried)))
	default:
		switch {
		case rowsIn == 0:
			say = append(say, "there is nothing in it to reject.")
		case rowsIn == 1 && !r.opt.Counts.Suppress:
			say = append(say, "its one row would be carried forward.")
		default:
			say = append(say, "all "+r.rows(rowsIn)+" would be carried forward.")
		}
	}
	if warnings > 0 {
		say = append(say, wording.Sentence(r.things(warnings, "warning"))+".")
	}
	p.wrap(0, 0, p.verdict(s.Verdict, head+": "+s.Verdict.String())+". "+wording.Sentence(strings.Join(say, " ")))
	if s.Assumed != nil {
		var n int64
		for _, c := range s.Assumed.CarriedForward {
			n += c
		}
		p.wrap(0, 0, fmt.Sprintf("With %s repaired, %s of %s would be carried forward.", strings.Join(s.Assumed.Codes, ", "), r.number(n), r.rows(rowsIn)))
	}
	if first := r.first(s); first != "" {
		head := "Fix first:"
		if s.Verdict == finding.Accepted {
			head = "Look first at:"
		}
		p.wrap(0, 0, p.bold(head)+" "+first)
	}
	if len(s.Incomplete) > 0 {
		p.wrap(0, 0, "Run again on the whole submission: what was not read is not judged, and some findings may be there only because of that.")
	}
	if n := int64(len(s.Notices)); n > 0 {
		p.wrap(0, 0, noticesAbove(n))
	}
	if own > 0 {
		p.wrap(0, 0, "Apart from the portal: "+r.things(own, "pre-submission finding")+".")
	}
	if n := int64(len(s.NotChecked)); n > 0 {
		p.wrap(0, 0, things(n, "rule")+" "+were(n)+" not checked: the portal may find more.")
	}
}

// first names what to repair first: what rejects the file, and then the
// greatest root cause or, if it has more findings of its own than that frees
// rows, the most frequent rule that rejects; for want of both the most
// frequent warning.
func (r *Report) first(s *finding.Summary) string {
	var file []string
	for i := range s.Rules {
		if rule := s.Rules[i].Rule; !rule.Own() && rule.Severity == dictionary.RejectFile {
			file = append(file, rule.Code)
		}
	}
	then := ""
	most := r.most()
	roots := r.opt.Counts.Roots(s.Roots)
	switch {
	case len(roots) > 0 && roots[0].RowsFreed > 0 && (most == nil || most.rule.Severity == dictionary.Warning || roots[0].RowsFreed >= most.direct()):
		then = r.root(&roots[0]) + " That frees " + r.rows(roots[0].RowsFreed) + "."
	case most != nil:
		then = most.rule.Code + ", " + r.things(most.count, "finding")
		if most.table != nil {
			then += " in " + most.table.Name
		}
		then += ". " + r.d.Message(most.rule)
	}
	if len(file) == 0 {
		return then
	}
	if then != "" {
		then = " Then " + then
	}
	if len(file) == 1 {
		return file[0] + ", which rejects the file. " + r.d.Message(r.d.Rule(file[0])) + then
	}
	return strings.Join(file[:len(file)-1], ", ") + " and " + file[len(file)-1] + ", which reject the file." + then
}

// most is the national rule on one table that has most findings which follow
// from nothing: a rejection if there is one, else a warning, else nil.
func (r *Report) most() *group {
	var best *group
	for _, g := range r.groups {
		if g.rule.Own() || g.rule.Severity == dictionary.RejectFile || g.direct() == 0 {
			continue
		}
		if best == nil || compare(g, best) < 0 {
			best = g
		}
	}
	return best
}

// compare orders groups by what is to be repaired first.
func compare(a, b *group) int {
	rank := func(g *group) int {
		if g.rule.Severity > dictionary.Warning {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(rank(a), rank(b)),
		cmp.Compare(b.direct(), a.direct()),
		cmp.Compare(a.rule.Code, b.rule.Code),
		cmp.Compare(wording.TableName(a.table), wording.TableName(b.table)),
	)
}
