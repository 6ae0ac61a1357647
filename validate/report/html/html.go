// Package html writes the report that a person opens in a browser.
//
// It is one file that needs nothing beside it and reaches for nothing: a
// content security policy forbids every connection, and lets run the one
// script whose hash it names.
//
//	Verdict             in a sentence, and what of the submission would be lost
//	What to repair      causes, those that bring back most rows first
//	Tables              rows and what becomes of them
//	Findings            by rule, with the places listed for each
//	Scope               what does not belong in the data set, by grade
//	Ours                findings that the portal does not make
//	Data quality        of the rows carried forward; only if that was counted
//	Monthly counts      as they would be published, and how they moved
//	By patient          and by referral; only with values
//	Not checked         which rules, and why
//	The rules           a page for each rule that found something
//	About               files, versions, options
//
// All but the list of places is plain HTML. The places are written as JSON for
// the script, which shows them a page at a time:
//
//	{"tables":["…"],"groups":[{"c":code,"s":severity,"t":table,"n":count,"f":follow,"own":0,
//	  "m":message,"d":field,"items":["…"],"p":[[row,line,column,detail,cause,values,file,state,months],…]}]}
//
// A place leaves out what is empty at its end. Counts are exact; of the places
// each rule has only the first, so that a million findings make a file, and
// take memory, like a thousand.
//
// Values stand in it only if Options.Values asks for them. Whatever comes from
// the submission is written without control characters, and as text: nothing
// of it can become a mark of HTML, a script, or a formula in a copied cell.
package html

import (
	"cmp"
	"io"
	"slices"

	"mhsds/dictionary"
	"mhsds/dictionary/handbook"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
	"mhsds/validate/report/wording"
)

// Options say what the report holds. The zero value holds no values.
type Options struct {
	// Values shows the values of the reported items, and counts findings by
	// patient and by referral. Every section then says that it identifies
	// patients.
	Values bool

	// Counts says how counts are shown. When they are suppressed, no rows and
	// no values are listed either, whatever the other options say.
	Counts share.Counts

	// MaxPlaces is the greatest number of places listed of one rule in one
	// table. 0 means 100.
	MaxPlaces int

	// Settings are what the run was told besides the submission, for the
	// section on provenance.
	Settings []Setting
}

// A Setting is one option of the run, such as --period and its month.
type Setting struct{ Name, Value string }

// manyPlaces is how many places of one rule are listed for want of another
// number: more than anybody repairs by reading, and a few kilobytes.
const manyPlaces = 100

// A Report is a finding.Sink that keeps counts and first places, and writes
// all of it when it is closed. It is for one goroutine.
type Report struct {
	page
	d   *dictionary.Dictionary
	opt Options

	groups map[groupKey]*group
	last   *group

	tables     map[*dictionary.Table]int // places in names
	names      []string                  // of tables, as the script counts them
	blame      map[*dictionary.Table]*dictionary.Rule
	people     *people // nil without values
	explain    func(*dictionary.Rule) handbook.Page
	pages      map[*dictionary.Rule]*handbook.Page
	everything wording.Totals
}

// A group is all findings of one rule in one table.
type group struct {
	groupKey
	count   int64
	follows int64 // of them, those that the rejection of another record has caused
	listed  int64
	first   []place // the first few, for those who read without the script
	data    []byte  // the listed places, as the script reads them

	patient, referral int // which item identifies one; -1 for none
}

type groupKey struct {
	rule  *dictionary.Rule
	table *dictionary.Table
}

type place struct{ row, line int64 }

// fewPlaces is how many places stand on a rule's page.
const fewPlaces = 10

// New returns a report that writes to w when it is closed, with the
// dictionary's words.
func New(w io.Writer, d *dictionary.Dictionary, opt Options) *Report {
	if opt.MaxPlaces <= 0 {
		opt.MaxPlaces = manyPlaces
	}
	if opt.Counts.Suppress {
		opt.Values, opt.MaxPlaces = false, 0
	}
	r := &Report{
		page:   page{w: w, shown: opt.Counts},
		d:      d,
		opt:    opt,
		groups: make(map[groupKey]*group),
		tables: make(map[*dictionary.Table]int),
		blame:  make(map[*dictionary.Table]*dictionary.Rule),
		pages:  make(map[*dictionary.Rule]*handbook.Page),
	}
	if opt.Values {
		r.people = newPeople(d)
	}
	return r
}

// Report counts the finding and keeps its place if it is among the first.
func (r *Report) Report(f *finding.Finding) error {
	key := groupKey{f.Rule, f.Table}
	g := r.last
	if g == nil || g.groupKey != key {
		g = r.groups[key]
		if g == nil {
			g = r.newGroup(key)
		}
		r.last = g
	}
	g.count++
	switch {
	case f.Cause.Rejected():
		g.follows++
	case f.Cause.Absent && r.blame[f.Cause.Table] == nil:
		r.blame[f.Cause.Table] = f.Rule
	}
	if r.people != nil && !f.Rule.Own() {
		r.people.count(g, f)
	}
	if g.listed < int64(r.opt.MaxPlaces) {
		g.listed++
		if len(g.first) < fewPlaces {
			g.first = append(g.first, place{f.Row, f.Line})
		}
		if len(g.data) > 0 {
			g.data = append(g.data, ',')
		}
		g.data = r.appendPlace(g.data, f)
	}
	return nil
}

func (r *Report) newGroup(key groupKey) *group {
	g := &group{groupKey: key, patient: -1, referral: -1}
	if r.people != nil {
		g.patient, g.referral = r.people.items(key.rule)
	}
	r.groups[key] = g
	return g
}

// Close writes the report. It does not close the writer.
func (r *Report) Close(s *finding.Summary) error {
	r.everything = wording.Sum(s)
	portal, own := r.sorted()

	r.head(s, own)
	r.raw(`<main id="main" tabindex="-1">`)
	r.banner()
	r.verdict(s)
	r.raw(`<div class="pair">`)
	r.causes(s)
	r.matrix(s)
	r.raw(`</div>`)
	r.findings(s, portal)
	r.scope(s, own)
	r.ours(s, own)
	r.quality(s.Quality)
	r.measures(s)
	r.byPerson()
	r.notChecked(s)
	r.rulePages(portal, own)
	r.about(s)
	r.raw(`</main>`)
	r.foot(s)
	r.data(s, portal, own)
	r.script()
	return r.flush()
}

// sorted returns the groups of national rules and of our own in the order in
// which they are shown: what only follows from other rejections last, the
// worst first, then those with most findings that follow from nothing.
func (r *Report) sorted() (portal, own []*group) {
	for _, g := range r.groups {
		if g.rule.Own() {
			own = append(own, g)
		} else {
			portal = append(portal, g)
		}
	}
	for _, list := range [][]*group{portal, own} {
		slices.SortFunc(list, func(a, b *group) int {
			return cmp.Or(
				order(a.consequence(), b.consequence()),
				cmp.Compare(b.rule.Severity, a.rule.Severity),
				cmp.Compare(b.count-b.follows, a.count-a.follows),
				cmp.Compare(b.count, a.count),
				cmp.Compare(a.rule.Code, b.rule.Code),
				cmp.Compare(wording.TableName(a.table), wording.TableName(b.table)),
			)
		})
	}
	return portal, own
}

// order puts false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// consequence reports whether every finding of the group follows from another.
func (g *group) consequence() bool { return g.follows == g.count }

// handbookPage returns the page of the rule.
func (r *Report) handbookPage(rule *dictionary.Rule) *handbook.Page {
	p := r.pages[rule]
	if p == nil {
		if r.explain == nil {
			r.explain = handbook.Pages(r.d, handbook.Options{})
		}
		made := r.explain(rule)
		p = &made
		r.pages[rule] = p
	}
	return p
}
