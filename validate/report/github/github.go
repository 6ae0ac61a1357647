// Package github writes the outcome as workflow commands, which GitHub Actions
// shows as annotations.
//
//	::notice title=…::    the verdict; what the configuration has switched
//	::error title=…::     what was not read, what rejects the file, what fails
//	                      for its scope, and the root causes that free most
//	                      rows: 10 at most
//	::warning title=…::   what seems to belong elsewhere, the rules that warn,
//	                      and our own: 10 at most
//
// GitHub shows 10 of each sort a step and drops the others in silence, so the
// tenth says how many there are besides. No value of a record stands in any.
package github

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
	"mhsds/validate/report/wording"
)

// Options say how the annotations are written.
type Options struct {
	// Folder is the submission's folder as the workflow sees it, with slashes;
	// annotations then name their file. "" names none. File is the submission
	// itself, if it is one file: then all name that.
	Folder, File string

	// Fails reports whether findings of a rule of ours end the run as failed:
	// then they are errors. nil means that none does.
	Fails func(*dictionary.Rule) bool

	// Counts says whether small counts are hidden; no rows are named then.
	Counts share.Counts
}

// most is the number of annotations of one sort that GitHub shows of a step.
const most = 10

// A Report is a finding.Sink that needs the summary alone.
type Report struct {
	w     io.Writer
	d     *dictionary.Dictionary
	opt   Options
	files map[*dictionary.Table]string
}

// New returns a report that writes to w when it is closed, with the
// dictionary's words.
func New(w io.Writer, d *dictionary.Dictionary, opt Options) *Report {
	return &Report{w: w, d: d, opt: opt}
}

// Report ignores the finding: the summary counts it.
func (*Report) Report(*finding.Finding) error { return nil }

// An annotation is one workflow command.
type annotation struct{ file, title, text string }

// Close writes the commands. It does not close the writer.
func (r *Report) Close(s *finding.Summary) error {
	r.files = make(map[*dictionary.Table]string)
	for i := range s.Tables {
		r.files[s.Tables[i].Table] = s.Tables[i].File
	}
	var b strings.Builder
	verdict := annotation{title: "MHSDS submission: " + s.Verdict.String(), text: wording.Verdict(s, r.opt.Counts)}
	if c := s.Comparison; c != nil {
		t := c.Total()
		verdict.text += " " + wording.Against(c) + " All findings: " + wording.Trend(&t, r.opt.Counts) + "."
	}
	verdict.text += " " + wording.Privacy(false, r.opt.Counts)
	notices := []annotation{verdict}
	if text := wording.SwitchedAll(s.Suppressed, r.opt.Counts); text != "" {
		notices = append(notices, annotation{title: "MHSDS configuration", text: text})
	}
	write(&b, "notice", notices, "", r.opt.Counts, 0)
	errors, unlisted := r.errors(s)
	write(&b, "error", errors, "root cause", r.opt.Counts, unlisted)
	write(&b, "warning", r.warnings(s), "rule", r.opt.Counts, 0)
	_, err := io.WriteString(r.w, b.String())
	return err
}

// errors lists what costs rows. unlisted is how many root causes there are
// besides.
func (r *Report) errors(s *finding.Summary) (list []annotation, unlisted int64) {
	for _, why := range s.Incomplete {
		list = append(list, annotation{title: "Incomplete", text: wording.Sentence(wording.Clean(why)) + "."})
	}
	for _, c := range s.Rules {
		if !c.Rule.Own() && c.Rule.Severity == dictionary.RejectFile {
			list = append(list, annotation{title: c.Rule.Code + " rejects the file", text: r.d.Message(c.Rule)})
		}
	}
	if r.failsAny(s) {
		list = append(list, r.scope(s)...)
	}
	for _, c := range s.Rules {
		if c.Count > 0 && r.fails(c.Rule) {
			list = append(list, r.rule(c))
		}
	}
	roots := r.opt.Counts.Roots(s.Roots)
	for i := range roots {
		c := &roots[i]
		a := annotation{file: r.file(c.Table), title: wording.Root(c, r.opt.Counts), text: "Frees " + r.opt.Counts.Things(c.RowsFreed, "row") + ". " + wording.RootMessage(r.d, c)}
		if h := c.History; h.State != 0 {
			a.text += " " + wording.Sentence(h.State.String())
			if long := wording.Running(h.Months); long != "" {
				a.text += ", " + long
			}
			a.text += "."
		}
		list = append(list, a)
	}
	return list, max(s.RootCount, int64(len(s.Roots))) - int64(len(roots))
}

// warnings lists the rules that warn, and ours, the most frequent first.
func (r *Report) warnings(s *finding.Summary) (list []annotation) {
	if !r.failsAny(s) {
		list = r.scope(s)
	}
	rules := slices.Clone(s.Rules)
	rules = slices.DeleteFunc(rules, func(c finding.RuleCount) bool { return c.Rule.Severity != dictionary.Warning || r.fails(c.Rule) })
	slices.SortStableFunc(rules, func(a, b finding.RuleCount) int { return cmp.Compare(b.Count, a.Count) })
	for _, c := range rules {
		list = append(list, r.rule(c))
	}
	return list
}

// rule is what is said of a rule by itself.
func (r *Report) rule(c finding.RuleCount) annotation {
	a := annotation{title: c.Rule.Code, text: r.opt.Counts.Things(c.Count, "finding") + ". " + r.d.Message(c.Rule)}
	if t := r.d.Table(c.Rule.Table); t != nil && c.Rule.Table != "" {
		a.title += ", " + t.Name
		a.file = r.file(t)
	}
	if c.Rule.Own() {
		if c.Rule.Grade != "" {
			a.title += " (" + wording.Clean(c.Rule.Grade) + ")"
		}
		a.text += " Not the portal's finding, but ours."
	}
	return a
}

// scope says what belongs elsewhere, apart from the portal's verdict.
func (r *Report) scope(s *finding.Summary) []annotation {
	text := wording.Scope(s.Scope, r.opt.Counts)
	if text == "" {
		return nil
	}
	for _, g := range s.Scope.Grades {
		evidence, todo := wording.Grade(g.Grade)
		text += " " + wording.Sentence(wording.Clean(g.Grade)) + ": " + wording.Affected(g.Referrals, g.Contacts, g.Patients, r.opt.Counts) + ". " + evidence + " " + todo
	}
	return []annotation{{title: "Scope", text: text + " Not the portal's finding, but ours."}}
}

// fails reports whether findings of the rule are ours and fail the run.
func (r *Report) fails(rule *dictionary.Rule) bool {
	return rule.Own() && r.opt.Fails != nil && r.opt.Fails(rule)
}

func (r *Report) failsAny(s *finding.Summary) bool {
	return slices.ContainsFunc(s.Rules, func(c finding.RuleCount) bool { return c.Count > 0 && r.fails(c.Rule) })
}

func (r *Report) file(t *dictionary.Table) string {
	if r.files[t] == "" {
		return ""
	}
	name := path.Join(r.opt.Folder, r.files[t])
	if r.opt.Folder == "" || r.opt.File != "" {
		name = r.opt.File
	}
	if wording.Clean(name) != name {
		return "" // with escapes it would name no file
	}
	return name
}

// write writes the commands of one sort, ten at most. more is how many there
// are that are not in the list.
func write(b *strings.Builder, sort string, list []annotation, unit string, counts share.Counts, more int64) {
	shown := min(len(list), most)
	if more > 0 && shown == most || len(list) > most {
		shown = most - 1
	}
	for _, a := range list[:shown] {
		command(b, sort, a)
	}
	more += int64(len(list) - shown)
	if more > 0 && shown == most-1 {
		command(b, sort, annotation{title: "There are more", text: "Besides these there are " + counts.Things(more, unit) + ", which GitHub would not show; see another report."})
	}
}

func command(b *strings.Builder, sort string, a annotation) {
	b.WriteString("::" + sort)
	sep := " "
	if a.file != "" {
		fmt.Fprintf(b, " file=%s", property(a.file))
		sep = ","
	}
	fmt.Fprintf(b, "%stitle=%s::%s\n", sep, property(a.title), data(a.text))
}

// data escapes the message of a command, property the value of one of its
// properties.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func property(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
