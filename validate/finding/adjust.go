package finding

import (
	"slices"

	"mhsds/dictionary"
)

// A Setting changes what becomes of the findings of one rule of ours. National
// rules have none.
type Setting struct {
	Rule *dictionary.Rule

	// Off drops the findings; they are counted all the same. Otherwise Grade
	// takes the place of the rule's own.
	Off   bool
	Grade string

	Reason  string
	Expires string // the last day on which it counts, CCYY-MM-DD
}

// A Suppressed is a setting with the number of findings it has changed.
type Suppressed struct {
	Setting
	Count int64
}

// An Adjuster is a Sink that applies settings on the way to another.
//
//	validator ─► Adjuster ─► reports
//	   summary ─► Close ────────┘      dropped findings leave Summary.Rules
//	                                   and are counted in Summary.Suppressed
//
// Severities stay as they are, and so does everything about national rules.
type Adjuster struct {
	to       Sink
	settings []Suppressed
	graded   []*dictionary.Rule // by setting: the rule with its new grade, nil if it is off
	at       map[*dictionary.Rule]int
	scratch  Finding
}

// NewAdjuster returns a sink that hands findings on to another. Settings of
// national rules, and all but the first of one rule, are left out.
func NewAdjuster(to Sink, settings []Setting) *Adjuster {
	a := &Adjuster{to: to, at: make(map[*dictionary.Rule]int)}
	for _, s := range settings {
		if _, known := a.at[s.Rule]; known || !s.Rule.Own() {
			continue
		}
		a.at[s.Rule] = len(a.settings)
		a.settings = append(a.settings, Suppressed{Setting: s})
		var graded *dictionary.Rule
		if !s.Off {
			r := *s.Rule
			r.Grade, graded = s.Grade, &r
		}
		a.graded = append(a.graded, graded)
	}
	return a
}

// Begin tells the next sink the period, if it wants to know.
func (a *Adjuster) Begin(start, end string) {
	if b, ok := a.to.(Beginner); ok {
		b.Begin(start, end)
	}
}

// Report hands the finding on, unless its rule is off.
func (a *Adjuster) Report(f *Finding) error {
	i, ok := a.at[f.Rule]
	if !ok {
		return a.to.Report(f)
	}
	a.settings[i].Count++
	if a.graded[i] == nil {
		return nil
	}
	a.scratch = *f
	a.scratch.Rule = a.graded[i]
	return a.to.Report(&a.scratch)
}

// Close fits the summary of the run to what was handed on: it comes before the
// reports' own.
func (a *Adjuster) Close(s *Summary) {
	s.Suppressed = append(s.Suppressed, a.settings...)
	s.Rules = slices.DeleteFunc(s.Rules, func(c RuleCount) bool {
		i, ok := a.at[c.Rule]
		return ok && a.graded[i] == nil
	})
	for i, c := range s.Rules {
		if k, ok := a.at[c.Rule]; ok {
			s.Rules[i].Rule = a.graded[k]
		}
	}
}
