// Package compare sets a result against an earlier one: which findings are new,
// which are still there, which have returned, which are fixed.
//
//	RESULT of last month ─► Read ─► Result: fingerprints and counts
//	                                  │
//	this month's findings ─► Tracker ─┴► History of each, and on to the reports
//	                            └► Comparison, once all have passed
//
// Findings are known again by their fingerprints, if both results have them
// under one key. Otherwise counts alone are compared, and the comparison says
// so. Nothing here sees a value of a record.
package compare

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

// A Tracker is a Sink that tells each finding how it stands against an earlier
// result, and hands it on. It is for one run.
type Tracker struct {
	next  finding.Sink
	d     *dictionary.Dictionary
	match *match
	key   string
}

// Track returns a Tracker in front of next. key is the FingerprintKey that the
// run's summary will have. The result serves one Tracker.
func Track(old *Result, next finding.Sink, d *dictionary.Dictionary, key string) *Tracker {
	return &Tracker{next: next, d: d, match: newMatch(old, key), key: key}
}

// Begin is told the reporting period before the first finding.
func (t *Tracker) Begin(start, end string) {
	t.match.begin(start)
	if b, ok := t.next.(finding.Beginner); ok {
		b.Begin(start, end)
	}
}

// Report sets the finding's history and hands it on.
func (t *Tracker) Report(f *finding.Finding) error {
	f.History = t.match.see(f.Rule.Code, f.Rule.Severity.String(), f.Rule.Own(), f.Fingerprint)
	return t.next.Report(f)
}

// Finish puts the comparison into the summary, and the history into its root
// causes.
func (t *Tracker) Finish(s *finding.Summary) {
	m := t.match
	m.version(s.DatasetVersion, s.RulesDated, s.Provider, len(s.Incomplete) > 0)
	m.whole = s.RootCount <= int64(len(s.Roots))
	for i := range s.Roots {
		r := &s.Roots[i]
		code := ""
		if !r.Absent && r.Rule != nil {
			code = r.Rule.Code
		}
		r.History = m.root(code, r.Table.Name, r.Fingerprint, r.RowsFreed)
	}
	s.Comparison = m.comparison(t.d)
}

// A match is a comparison in the making.
type match struct {
	old   *Result
	byKey bool
	why   string
	later bool // the newer result is of a later period
	notes []string

	rules map[string]*ruleMatch
	roots map[[2]string]*finding.RootTrend // by code and table

	causes map[string]*rootLine // of the old result, by fingerprint
	again  map[string]bool      // those that are root causes still
	whole  bool                 // all root causes of the newer result are listed
}

type ruleMatch struct {
	finding.RuleTrend
	own bool
}

func newMatch(old *Result, key string) *match {
	m := &match{old: old, rules: make(map[string]*ruleMatch), roots: make(map[[2]string]*finding.RootTrend),
		causes: make(map[string]*rootLine), again: make(map[string]bool)}
	switch {
	case key == "" && old.FingerprintKey == "":
		m.why = "neither result has fingerprints"
	case key == "":
		m.why = "this result has no fingerprints"
	case old.FingerprintKey == "" || !old.printed:
		m.why = "the earlier result has no fingerprints"
	case key != old.FingerprintKey:
		m.why = "the fingerprints of the two have different keys"
	default:
		m.byKey = true
	}
	for _, c := range old.counts {
		m.rule(c.code, c.own).Before = c.n
	}
	for i := range old.causes {
		c := &old.causes[i]
		m.trend(c.Code, c.table()).Before++
		if c.Fingerprint != "" {
			m.causes[c.Fingerprint] = c
		}
	}
	return m
}

func (m *match) rule(code string, own bool) *ruleMatch {
	r := m.rules[code]
	if r == nil {
		r = &ruleMatch{own: own}
		r.Code = code
		m.rules[code] = r
	}
	return r
}

func (m *match) trend(code, table string) *finding.RootTrend {
	key := [2]string{code, table}
	r := m.roots[key]
	if r == nil {
		r = &finding.RootTrend{Code: code, Table: table}
		m.roots[key] = r
	}
	return r
}

func (m *match) note(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf(format, args...))
}

// begin is told the newer result's first day.
func (m *match) begin(start string) {
	old := m.old.PeriodStart
	switch {
	case old == "" || start == "":
		m.note("the reporting period of one of them is not known, so months are not counted")
	case old > start:
		m.note("the earlier result is of a later period, %s", m.old.Period)
	default:
		m.later = old < start
	}
}

// version is told what the newer result was judged by.
func (m *match) version(dataset, rules, provider string, incomplete bool) {
	if dataset != m.old.DatasetVersion || rules != m.old.RulesDated {
		m.note("the earlier result was judged by other rules, v%s of %s", m.old.DatasetVersion, m.old.RulesDated)
	}
	if provider != m.old.Provider {
		m.note("the results are of different providers")
	}
	if len(m.old.Incomplete) > 0 {
		m.note("the earlier result is incomplete")
	}
	if incomplete {
		m.note("this result is incomplete: what it lacks counts as fixed")
	}
}

// see counts a finding of the newer result and says how it stands.
func (m *match) see(code, severity string, own bool, fingerprint string) (h finding.History) {
	r := m.rule(code, own)
	r.Now++
	if !m.byKey {
		return h
	}
	h = m.history(m.old.find(fingerprint))
	switch h.State {
	case finding.Still:
		r.Still++
		r.Months = max(r.Months, h.Months)
	case finding.Returned:
		r.Returned++
	default:
		r.New++
	}
	return h
}

// history says how what has this fingerprint stands, and that it was seen.
func (m *match) history(p *print) finding.History {
	switch {
	case p == nil:
		return finding.History{State: finding.New, Months: 1}
	case p.rule == gone:
		p.seen = true
		return finding.History{State: finding.Returned, Months: 1}
	}
	p.seen = true
	return finding.History{State: finding.Still, Months: m.months(int(p.months))}
}

// months adds this period to the number of those before it.
func (m *match) months(before int) int {
	if m.later {
		before++
	}
	return max(before, 1)
}

// root counts a root cause of the newer result and says how it stands. It
// comes when all findings have been seen.
func (m *match) root(code, table, fingerprint string, freed int64) (h finding.History) {
	t := m.trend(code, table)
	t.Now++
	t.RowsFreed += freed
	if !m.byKey || fingerprint == "" {
		return h
	}
	old := m.causes[fingerprint]
	switch p := m.old.find(fingerprint); {
	case old != nil && p == nil: // an absent record, which is no finding
		h = finding.History{State: finding.Still, Months: m.months(max(old.Months, 1))}
	case p != nil:
		h = m.history(p)
	case code == "" && !m.old.whole:
		return h // it may have been there, beyond those listed
	default:
		h = finding.History{State: finding.New, Months: 1}
	}
	m.again[fingerprint] = true
	switch h.State {
	case finding.Still:
		t.Still++
		t.Months = max(t.Months, h.Months)
	case finding.Returned:
		t.Returned++
	default:
		t.New++
	}
	return h
}

// comparison ends the match.
func (m *match) comparison(d *dictionary.Dictionary) *finding.Comparison {
	sum := sha256.Sum256(m.old.Summary)
	c := &finding.Comparison{
		Previous: m.old.Name, Period: m.old.Period, Summary: hex.EncodeToString(sum[:]),
		ByFingerprint: m.byKey, Why: m.why,
	}
	place := make(map[string]int, len(d.Rules))
	for i := range d.Rules {
		place[d.Rules[i].Code] = i
	}
	for _, r := range m.rules {
		t := r.RuleTrend
		if i, ok := place[t.Code]; ok {
			t.Rule = &d.Rules[i]
		}
		if m.byKey {
			t.Fixed = t.Before - t.Still
		} else {
			t.New, t.Still, t.Fixed = max(t.Now-t.Before, 0), min(t.Now, t.Before), max(t.Before-t.Now, 0)
		}
		c.Rules = append(c.Rules, t)
	}
	slices.SortFunc(c.Rules, func(a, b finding.RuleTrend) int {
		if (a.Rule == nil) != (b.Rule == nil) {
			return cmp.Compare(place[b.Code], place[a.Code]) // those of the dictionary first
		}
		return cmp.Or(cmp.Compare(place[a.Code], place[b.Code]), cmp.Compare(a.Code, b.Code))
	})
	if m.byKey {
		m.fixedRoots()
		c.Gone = m.old.pack(m.later)
	}
	for _, t := range m.roots {
		if !m.byKey {
			t.New, t.Still, t.Fixed = max(t.Now-t.Before, 0), min(t.Now, t.Before), max(t.Before-t.Now, 0)
		}
		c.Roots = append(c.Roots, *t)
	}
	slices.SortFunc(c.Roots, func(a, b finding.RootTrend) int {
		return cmp.Or(cmp.Compare(b.RowsFreed, a.RowsFreed), cmp.Compare(b.Before, a.Before), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Table, b.Table))
	})
	if !m.whole || !m.old.whole {
		m.note("of root causes, the greatest %d of each result are compared", finding.MaxRoots)
	}
	c.Notes = m.notes
	return c
}

// fixedRoots counts the root causes of the old result that are none any more:
// the finding is gone, or nothing lacks the absent record.
func (m *match) fixedRoots() {
	for f, old := range m.causes {
		if m.again[f] {
			continue
		}
		p := m.old.find(f)
		switch {
		case p != nil && p.rule != gone && p.seen: // it is there, among those not listed
		case p == nil && !m.whole: // it may be
		default:
			m.trend(old.Code, old.table()).Fixed++
		}
	}
}

// A Diff is two results, compared.
type Diff struct {
	Old, New Head
	*finding.Comparison
	Causes []Cause // of the newer result, most rows freed first
}

// A Cause is a root cause of the newer result.
type Cause struct {
	Code      string // "" of an absent record
	Table     string
	Row       int64 // 0 of an absent record
	Group     int   // rows of a duplicate group, else 0
	RowsFreed int64
	finding.History
}

// Results compares the newer result, which it reads from its beginning, with
// the old one. name is how reports call it. Errors hold no value.
func Results(old *Result, newer io.ReadSeeker, name string, d *dictionary.Dictionary) (*Diff, error) {
	last, err := lastLine(newer)
	if err != nil {
		return nil, err
	}
	var end line
	if json.Unmarshal(last, &end) != nil || end.Summary == nil {
		return nil, fmt.Errorf("%w: it does not end with a summary, so it was not written to its end", ErrNotResult)
	}
	o, err := parseSummary(end.Summary)
	if err != nil {
		return nil, err
	}
	own := make(map[string]bool)
	wanted := make(map[string]int64)
	for _, c := range o.Rules {
		wanted[c.Code] = c.Count
	}
	for _, c := range o.PreSubmission {
		wanted[c.Code], own[c.Code] = c.Count, true
	}
	m := newMatch(old, o.FingerprintKey)
	m.begin(o.PeriodStart)
	m.version(o.DatasetVersion, o.RulesDated, o.Provider, len(o.Incomplete) > 0)
	m.whole = o.CauseCount <= int64(len(o.Causes))
	if _, err := newer.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	ended := false
	err = lines(newer, func(number int, text []byte) error {
		var l line
		switch err := json.Unmarshal(text, &l); {
		case ended:
			return fmt.Errorf("%w: line %d follows its summary", ErrNotResult, number)
		case err != nil:
			return fmt.Errorf("%w: line %d cannot be read", ErrNotResult, number)
		case l.Summary != nil:
			ended = true
			return nil
		case l.Code == "":
			return fmt.Errorf("%w: line %d has no code", ErrNotResult, number)
		}
		if m.byKey && len(l.Fingerprint) == 0 {
			return fmt.Errorf("%w: line %d has no fingerprint, where its summary names their key", ErrNotResult, number)
		}
		wanted[l.Code]--
		o.Head.Findings++
		m.see(l.Code, l.Severity, own[l.Code], l.Fingerprint)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for code, n := range wanted {
		if n != 0 {
			return nil, fmt.Errorf("%w: the findings of %q are not as many as its summary counts, so it was cut or edited", ErrNotResult, code)
		}
	}
	diff := &Diff{Old: old.Head, New: o.Head}
	diff.New.Name = name
	for i := range o.Causes {
		c := &o.Causes[i]
		h := m.root(c.Code, c.table(), c.Fingerprint, c.RowsFreed)
		diff.Causes = append(diff.Causes, Cause{Code: c.Code, Table: c.table(), Row: c.Row, Group: c.Group, RowsFreed: c.RowsFreed, History: h})
	}
	diff.Comparison = m.comparison(d)
	return diff, nil
}

// lastLine returns the last line that is not empty.
func lastLine(in io.ReadSeeker) ([]byte, error) {
	end, err := in.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	for size := int64(64 << 10); ; size *= 4 {
		from := max(end-size, 0)
		if _, err := in.Seek(from, io.SeekStart); err != nil {
			return nil, err
		}
		tail := make([]byte, end-from)
		if _, err := io.ReadFull(in, tail); err != nil {
			return nil, err
		}
		tail = bytes.TrimSpace(tail)
		if i := bytes.LastIndexByte(tail, '\n'); i >= 0 || from == 0 {
			return tail[i+1:], nil
		}
		if size > maxLine {
			return nil, fmt.Errorf("%w: its last line is longer than %d MiB", ErrNotResult, maxLine>>20)
		}
	}
}
