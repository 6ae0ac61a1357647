// Package markdown writes the report that a pipeline shows on its page: GitHub
// as a job summary, GitLab and Azure as a comment.
//
//	verdict           in a sentence
//	What to repair    root causes, those that free most rows first
//	Scope             what belongs elsewhere, by grade; what was switched
//	Tables            rows and what becomes of them
//	Findings by rule  exact counts, and the first rows
//	Ours              findings that the portal does not make
//	Data quality      in a line, if it was counted; what moved far
//	Not checked       by reason
//	About             files, versions, what the report contains
//
// It stays below the 1 MiB that GitHub takes; what had to be left out is
// counted. No value of a record stands in it. Names of files and columns are
// escaped, so that none of them is taken for a mark.
package markdown

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
	"mhsds/validate/report/summary"
	"mhsds/validate/report/tally"
	"mhsds/validate/report/wording"
)

// Options say what the report shows. The zero value names no rows.
type Options struct {
	// MaxShown is the greatest number of rows named of one rule in one table,
	// and of root causes.
	MaxShown int

	// Counts says whether small counts are hidden; no rows are named then.
	Counts share.Counts
}

const (
	// limit is what GitHub takes of one step, in bytes.
	limit = 1 << 20

	// reserve is kept for what must not be left out: the ends of lists, and
	// what the report contains.
	reserve = 4 << 10
)

// A Report is a finding.Sink that counts, and writes when it is closed.
type Report struct {
	w     io.Writer
	d     *dictionary.Dictionary
	opt   Options
	tally *tally.Tally
	b     strings.Builder
	n     func(int64) string
}

// New returns a report that writes to w when it is closed, with the
// dictionary's words.
func New(w io.Writer, d *dictionary.Dictionary, opt Options) *Report {
	return &Report{w: w, d: d, opt: opt, tally: tally.New(opt.MaxShown, false), n: func(n int64) string { return escape(opt.Counts.Number(n)) }}
}

// Report counts the finding.
func (r *Report) Report(f *finding.Finding) error {
	r.tally.Add(f)
	return nil
}

// Close writes the report. It does not close the writer.
func (r *Report) Close(s *finding.Summary) error {
	r.heading(s)
	r.roots(s)
	r.scope(s)
	r.tables(s)
	var national, own []*tally.Group
	for _, g := range r.tally.Groups() {
		if g.Rule.Own() {
			own = append(own, g)
		} else {
			national = append(national, g)
		}
	}
	r.rules(s, "Findings by rule", national)
	r.rules(s, "Pre-submission findings: ours, not the portal's", own)
	r.quality(s)
	r.notChecked(s)
	r.about(s)
	r.b.WriteString("\n_" + escape(wording.Privacy(false, r.opt.Counts)) + "_\n")
	_, err := io.WriteString(r.w, r.b.String())
	return err
}

func (r *Report) paragraph(s string) { r.b.WriteString("\n" + s + "\n") }

func (r *Report) title(s string) { r.paragraph("## " + s) }

// header begins a table; columns that end in a colon hold numbers.
func (r *Report) header(columns ...string) {
	r.b.WriteString("\n|")
	rule := "|"
	for _, c := range columns {
		name, number := strings.CutSuffix(c, ":")
		r.b.WriteString(" " + name + " |")
		if number {
			rule += " ---: |"
		} else {
			rule += " --- |"
		}
	}
	r.b.WriteString("\n" + rule + "\n")
}

// row adds a row of escaped cells and returns false if there is no room.
func (r *Report) row(cells ...string) bool {
	line := "| " + strings.Join(cells, " | ") + " |\n"
	if r.b.Len()+len(line) > limit-reserve {
		return false
	}
	r.b.WriteString(line)
	return true
}

// left says how many of a list were left out.
func (r *Report) left(n int64, unit string) {
	if n > 0 && r.b.Len() < limit-reserve/2 {
		r.paragraph("and " + escape(r.opt.Counts.Things(n, unit)) + " more.")
	}
}

func (r *Report) heading(s *finding.Summary) {
	name := "MHSDS submission"
	if s.Input.Path != "" {
		name += " " + escape(wording.Clean(s.Input.Path))
	}
	r.b.WriteString("# " + name + ": " + s.Verdict.String() + "\n")
	for _, why := range s.Incomplete {
		r.paragraph("**Incomplete:** " + escape(wording.Sentence(wording.Clean(why))) + ".")
	}
	r.paragraph("**" + escape(wording.Verdict(s, r.opt.Counts)) + "**")
	var who []string
	if s.Provider != "" {
		who = append(who, "Provider "+escape(wording.Clean(s.Provider)))
	}
	if p := summary.Period(s); p != "" {
		who = append(who, "period "+escape(wording.Clean(p)))
	}
	who = append(who, escape(wording.Rules(s)))
	r.paragraph(wording.Sentence(strings.Join(who, "; ")) + ".")
	if c := s.Comparison; c != nil {
		t := c.Total()
		r.paragraph(escape(wording.Against(c) + " All findings: " + wording.Trend(&t, r.opt.Counts) + "."))
		for _, n := range c.Notes {
			r.b.WriteString("- " + escape(wording.Sentence(wording.Clean(n))) + ".\n")
		}
	}
}

func (r *Report) roots(s *finding.Summary) {
	roots := r.opt.Counts.Roots(s.Roots)
	if len(roots) == 0 || r.opt.MaxShown == 0 {
		return
	}
	r.title("What to repair first")
	columns := []string{"Frees:", "Root cause", "What is wrong"}
	if s.Comparison != nil {
		columns = append(columns, "Since the earlier result")
	}
	r.header(columns...)
	shown := 0
	for i := range roots[:min(len(roots), r.opt.MaxShown)] {
		c := &roots[i]
		cells := []string{r.n(c.RowsFreed), escape(wording.Sentence(wording.Root(c, r.opt.Counts))), escape(wording.RootMessage(r.d, c))}
		if s.Comparison != nil {
			state := c.History.State.String()
			if long := wording.Running(c.History.Months); long != "" {
				state += ", " + long
			}
			cells = append(cells, state)
		}
		if !r.row(cells...) {
			break
		}
		shown++
	}
	r.left(max(s.RootCount, int64(len(s.Roots)))-int64(shown), "root cause")
}

// scope says what belongs elsewhere, and which rules of ours were switched:
// apart from the portal's verdict.
func (r *Report) scope(s *finding.Summary) {
	c := r.opt.Counts
	if wording.Affects(s.Scope) {
		r.title("Scope: ours, not the portal's")
		r.paragraph(escape(wording.Scope(s.Scope, c)))
		r.header("Grade", "Referrals:", "Contacts:", "Patients:", "Evidence", "What to do")
		for _, g := range s.Scope.Grades {
			evidence, todo := wording.Grade(g.Grade)
			r.row(escape(wording.Clean(g.Grade)), r.n(g.Referrals), r.n(g.Contacts), r.n(g.Patients), evidence, todo)
		}
		if d := wording.Declared(s.Scope, c); d != "" {
			r.paragraph("Declared in the configuration: " + escape(d) + ".")
		}
	}
	if len(s.Suppressed) == 0 {
		return
	}
	r.title("Switched by the configuration")
	r.header("Rule", "Setting")
	for i := range s.Suppressed {
		x := &s.Suppressed[i]
		if !r.row(escape(x.Rule.Code), escape(wording.Switched(x, c))) {
			r.left(int64(len(s.Suppressed)-i), "setting")
			return
		}
	}
}

func (r *Report) tables(s *finding.Summary) {
	t := wording.Sum(s)
	columns := []string{"Table", "Rows:", "Carried forward:", "Record rejected:", "Group rejected:"}
	if t.FileRejected > 0 {
		columns = append(columns, "File rejected:")
	}
	if t.Unreadable > 0 {
		columns = append(columns, "Unreadable:")
	}
	r.title("Tables")
	r.header(append(columns, "Warnings:")...)
	line := func(name string, rows, carried, record, group, file, unread, warnings int64) bool {
		cells := []string{name, r.n(rows), r.n(carried), r.n(record), r.n(group)}
		if t.FileRejected > 0 {
			cells = append(cells, r.n(file))
		}
		if t.Unreadable > 0 {
			cells = append(cells, r.n(unread))
		}
		return r.row(append(cells, r.n(warnings))...)
	}
	for i := range s.Tables {
		n := &s.Tables[i]
		if n.Rows > 0 || n.File != "" {
			line(escape(n.Table.Name), n.Rows, n.CarriedForward, n.RecordRejected, n.GroupRejected, n.FileRejected, n.Unreadable, n.Warnings)
		}
	}
	line("**All tables**", t.Rows, t.CarriedForward, t.RecordRejected, t.GroupRejected, t.FileRejected, t.Unreadable, t.Warnings)
}

func (r *Report) rules(s *finding.Summary, title string, groups []*tally.Group) {
	if len(groups) == 0 {
		return
	}
	r.title(title)
	rows := r.opt.MaxShown > 0 && !r.opt.Counts.Suppress
	columns := []string{"Rule", "Severity", "Table", "Findings:", "What is wrong"}
	if rows {
		columns = append(columns, "First rows")
	}
	if s.Comparison != nil {
		columns = append(columns, "Since the earlier result")
	}
	r.header(columns...)
	for i, g := range groups {
		severity := g.Rule.Severity.String()
		if g.Rule.Own() && g.Rule.Grade != "" {
			severity += " (" + escape(wording.Clean(g.Rule.Grade)) + ")"
		}
		cells := []string{escape(g.Rule.Code), severity, escape(wording.TableName(g.Table)), r.n(g.Count), escape(r.d.Message(g.Rule))}
		if rows {
			cells = append(cells, places(g))
		}
		if s.Comparison != nil {
			cell := ""
			if t := s.Comparison.Trend(g.Rule); t != nil {
				cell = escape(wording.Trend(t, r.opt.Counts))
				if long := wording.Running(t.Months); long != "" {
					cell += "; the longest " + long
				}
			}
			cells = append(cells, cell)
		}
		if !r.row(cells...) {
			r.left(int64(len(groups)-i), "rule")
			return
		}
	}
}

// places names the first rows of a rule, or columns for findings on none.
func places(g *tally.Group) string {
	var words []string
	for i := range g.Places {
		p := &g.Places[i]
		switch {
		case p.Row > 0:
			words = append(words, strconv.FormatInt(p.Row, 10))
		case p.Column != "":
			words = append(words, escape(p.Column))
		case g.Table == nil && p.File != "":
			words = append(words, escape(p.File))
		}
	}
	s := strings.Join(words, ", ")
	if s != "" && g.Count > int64(len(g.Places)) {
		s += ", …"
	}
	return s
}

func (r *Report) notChecked(s *finding.Summary) {
	if more := wording.More(s.More); more != "" {
		defer func() { r.paragraph(escape(more)) }()
	}
	if len(s.NotChecked) == 0 {
		return
	}
	reasons := wording.Reasons(s.NotChecked)
	r.title("Not checked")
	r.paragraph(share.Counts{}.Things(int64(len(s.NotChecked)), "rule") + " could not be judged: the portal may find more.")
	r.header("Why", "Rules:", "Codes")
	for i, x := range reasons {
		if !r.row(escape(wording.Clean(x.Why)), strconv.Itoa(len(x.Rules)), escape(x.Codes())) {
			r.left(int64(len(reasons)-i), "reason")
			return
		}
	}
}

func (r *Report) about(s *finding.Summary) {
	r.title("About this report")
	r.header("What", "Which")
	r.row("Tool", escape(wording.Clean(s.Tool.Name+" "+s.Tool.Version)))
	r.row("Rules", escape(fmt.Sprintf("MHSDS v%s, %s", s.DatasetVersion, wording.Rules(s))))
	if c := wording.Configuration(s); c != "" {
		r.row("Configuration", escape(c))
	}
	seen := make(map[string]bool) // a database is one file of many tables
	for i, f := range s.Input.Files {
		if seen[f.Name] {
			continue
		}
		seen[f.Name] = true
		what := share.Counts{}.Things(f.Bytes, "byte")
		if f.SHA256 != "" {
			what += ", SHA-256 " + f.SHA256
		}
		if !r.row("File "+escape(wording.Clean(f.Name)), what) {
			r.left(int64(len(s.Input.Files)-i), "file")
			return
		}
	}
	for i, n := range s.Notices {
		text := n.Text
		if n.File != "" {
			text = n.File + ": " + text
		}
		if !r.row("Notice", escape(wording.Clean(text))) {
			r.left(int64(len(s.Notices)-i), "notice")
			return
		}
	}
}

// escape writes text so that nothing in it is a mark of Markdown or of HTML,
// ends a cell, or calls somebody's name.
func escape(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch c {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '@':
			b.WriteString("&#64;")
		case '\\', '|', '`', '*', '_', '[', ']', '~', '#', '!', '$':
			b.WriteByte('\\')
			b.WriteRune(c)
		case '\n', '\r', '\t':
			b.WriteByte(' ')
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
