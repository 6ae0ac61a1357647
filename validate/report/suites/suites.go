// Package suites arranges the rules as test cases, for reports in the forms of
// test runners: a suite a table, a case a rule.
//
//	submission      the run itself, and rules on the submission as a whole
//	T01Patient      every rule of the table: passed, failed or skipped
//	…
//	pre-submission  findings of ours, which the portal does not make
//
// A case passes only if its rule was judged on all there is: rules that were
// not checked, rules that the configuration switches off, and rules of a table
// that is absent or may not have been read, are skipped.
package suites

import (
	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
	"mhsds/validate/report/tally"
	"mhsds/validate/report/wording"
)

// Options say which rules are cases, which of them fail, and what is told of
// the findings. The zero value tells no values and names no rows.
type Options struct {
	// Judged reports whether the rule is one that the program knows to judge;
	// nil means all.
	Judged func(*dictionary.Rule) bool

	// Fails reports whether findings of the rule fail its case; nil means
	// those that reject something. Findings of the others are told in a case
	// that passes.
	Fails func(*dictionary.Rule) bool

	// Counts says whether small counts are hidden; no rows are listed then.
	Counts share.Counts

	// Values shows the values of the reported items at each place, unless small
	// counts are hidden.
	Values bool

	// MaxShown is the greatest number of places of one rule in one table.
	MaxShown int
}

// A Collector is a finding.Sink that counts, and keeps the places to show. The
// report that it is part of is written at the end, of the suites that Arrange
// makes.
type Collector struct {
	Options Options

	d     *dictionary.Dictionary
	tally *tally.Tally
}

// Collect returns a collector that has the dictionary's words.
func Collect(d *dictionary.Dictionary, opt Options) *Collector {
	opt.Values = opt.Values && !opt.Counts.Suppress
	return &Collector{Options: opt, d: d, tally: tally.New(opt.MaxShown, opt.Values)}
}

// Report counts the finding.
func (c *Collector) Report(f *finding.Finding) error {
	c.tally.Add(f)
	return nil
}

// A Suite is the cases of one table.
type Suite struct {
	Name   string
	Cases  []Case
	Passed int
	Failed int
	Errors int
	Skips  int
}

// A State is how a case ended.
type State uint8

const (
	Passed State = iota
	Failed
	Skipped
	Error // the run could not do what it should
)

// A Case is one rule.
type Case struct {
	Name     string // "T0101 [T01020]Born"
	State    State
	Severity string
	Message  string   // of a finding: how many there are, and what is wrong; of a skip or error: why
	Places   []string // the first places, a line each
}

// Arrange makes the suites of what was reported.
func (c *Collector) Arrange(s *finding.Summary) []Suite {
	d, t, opt := c.d, c.tally, c.Options
	if opt.Fails == nil {
		opt.Fails = func(r *dictionary.Rule) bool { return r.Severity >= dictionary.RejectRecord }
	}
	a := &arranger{d: d, opt: opt, groups: make(map[string][]*tally.Group), why: make(map[string]string), present: make(map[string]bool)}
	for _, g := range t.Groups() {
		a.groups[g.Rule.Code] = append(a.groups[g.Rule.Code], g)
	}
	for _, n := range s.NotChecked {
		a.why[n.Rule.Code] = "not checked: " + wording.Clean(n.Why)
	}
	for i := range s.Suppressed {
		if x := &s.Suppressed[i]; x.Off {
			a.why[x.Rule.Code] = "switched by the configuration: " + wording.Switched(x, opt.Counts)
		}
	}
	for i := range s.Tables {
		a.present[s.Tables[i].Table.ID] = s.Tables[i].File != ""
	}
	a.incomplete = len(s.Incomplete) > 0

	whole := Suite{Name: "submission"}
	read := Case{Name: "read to its end"}
	if a.incomplete {
		read.State, read.Message = Error, "incomplete"
		for _, why := range s.Incomplete {
			read.Places = append(read.Places, wording.Clean(why))
		}
	}
	whole.add(read)
	own := Suite{Name: "pre-submission"}
	byTable := make(map[string]*Suite)
	suites := make([]Suite, len(s.Tables))
	for i := range s.Tables {
		suites[i].Name = s.Tables[i].Table.Name
		byTable[s.Tables[i].Table.ID] = &suites[i]
	}
	for i := range d.Rules {
		r := &d.Rules[i]
		if opt.Judged != nil && !opt.Judged(r) {
			continue
		}
		switch suite := byTable[r.Table]; {
		case r.Own():
			own.add(a.rule(r))
		case suite == nil:
			whole.add(a.rule(r))
		default:
			suite.add(a.rule(r))
		}
	}
	out := append([]Suite{whole}, suites...)
	if len(own.Cases) > 0 {
		out = append(out, own)
	}
	return out
}

func (s *Suite) add(c Case) {
	s.Cases = append(s.Cases, c)
	switch c.State {
	case Passed:
		s.Passed++
	case Failed:
		s.Failed++
	case Skipped:
		s.Skips++
	case Error:
		s.Errors++
	}
}

type arranger struct {
	d          *dictionary.Dictionary
	opt        Options
	groups     map[string][]*tally.Group // by code: a setting may have given a rule another grade
	why        map[string]string         // by code
	present    map[string]bool           // by the table's ID
	incomplete bool
}

func (a *arranger) rule(r *dictionary.Rule) Case {
	c := Case{Name: r.Code, Severity: r.Severity.String()}
	if t := a.d.Table(r.Table); t != nil && r.Field != "" {
		if f := t.Field(r.Field); f != nil {
			c.Name += " [" + f.UID + "]" + f.Name
		}
	}
	var count int64
	for _, g := range a.groups[r.Code] {
		count += g.Count
		r = g.Rule
	}
	switch present, known := a.present[r.Table]; {
	case count > 0:
		if a.opt.Fails(r) {
			c.State = Failed
		}
		c.Message = a.opt.Counts.Things(count, "finding") + ". " + a.d.Message(r)
		if r.Own() && r.Grade != "" {
			c.Severity += " (" + wording.Clean(r.Grade) + ")"
		}
		a.places(&c, r)
	case a.why[r.Code] != "":
		c.State, c.Message = Skipped, a.why[r.Code]
	case known && !present && !r.Own():
		c.State, c.Message = Skipped, "the submission has no such table"
	case a.incomplete:
		c.State, c.Message = Skipped, "the submission was not read to its end"
	}
	return c
}

func (a *arranger) places(c *Case, r *dictionary.Rule) {
	if a.opt.Counts.Suppress {
		return
	}
	for _, g := range a.groups[r.Code] {
		for i := range g.Places {
			p := &g.Places[i]
			line := wording.Place(p.Row, p.Line, p.Column)
			if g.Table == nil || g.Table.ID != r.Table {
				line = join(", ", wording.TableName(g.Table), line)
				if g.Table == nil {
					line = join(", ", p.File, line)
				}
			}
			line = join(": ", line, join("; ", p.Values, p.Detail))
			if long := wording.Running(p.Months); long != "" {
				line += " (" + long + ")"
			}
			if line != "" {
				c.Places = append(c.Places, line)
			}
		}
		if rest := g.Count - int64(len(g.Places)); rest > 0 && len(g.Places) > 0 {
			c.Places = append(c.Places, "and "+a.opt.Counts.Number(rest)+" more")
		}
	}
}

// join puts sep between two words that are not empty.
func join(sep, a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + sep + b
}

// Facts are what a report of test cases says of the run as a whole besides the
// verdict: what belongs elsewhere, what was switched, which configuration was
// read. Each has a name and a sentence.
func Facts(s *finding.Summary, c share.Counts) (facts [][2]string) {
	fact := func(name, value string) {
		if value != "" {
			facts = append(facts, [2]string{name, wording.Clean(value)})
		}
	}
	fact("scope", wording.Scope(s.Scope, c))
	if wording.Affects(s.Scope) {
		for _, g := range s.Scope.Grades {
			evidence, todo := wording.Grade(g.Grade)
			fact("scope, "+wording.Clean(g.Grade), wording.Sentence(wording.Affected(g.Referrals, g.Contacts, g.Patients, c))+". "+evidence+" "+todo)
		}
	}
	fact("switched", wording.SwitchedAll(s.Suppressed, c))
	fact("configuration", wording.Configuration(s))
	fact("more", wording.More(s.More))
	return facts
}
