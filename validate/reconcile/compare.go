package reconcile

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

// Options tune a comparison. The zero value shows no value of a record.
type Options struct {
	// MaxShown is the greatest number of records named for each code and
	// side. Counts are exact whatever it is.
	MaxShown int

	// Values asks for the values of the records that the portal alone found.
	// They identify patients.
	Values bool
}

// A Comparison is the outcome. It holds no value of a record unless
// Options.Values asked for them.
type Comparison struct {
	Verdict        string `json:"verdict"` // ours
	Period         string `json:"period"`
	Provider       string `json:"provider"`
	DatasetVersion string `json:"dataset_version"`
	RulesDated     string `json:"rules_dated"`

	// PortalRejected says that the portal's reports hold no row counts, as
	// after a file rejection.
	PortalRejected bool `json:"portal_rejected"`

	// ByRecord says that the result holds values, so that records could be
	// matched; otherwise counts alone are compared.
	ByRecord bool `json:"by_record"`

	Codes   []Code   `json:"codes"`  // by code
	Tables  []Table  `json:"tables"` // in the published order; empty if PortalRejected
	Notices []string `json:"notices"`
}

// A Code is how often each side found one rule broken.
type Code struct {
	Code       string `json:"code"`
	Severity   string `json:"severity"` // as we have it; "" of an unknown code
	Table      string `json:"table"`
	Ours       int64  `json:"ours"`
	Theirs     int64  `json:"theirs"`
	Agreed     int64  `json:"agreed"`
	OnlyOurs   int64  `json:"only_ours"`
	OnlyTheirs int64  `json:"only_theirs"`

	// ByRecord is false where counts alone are compared: Agreed is then the
	// smaller of the two.
	ByRecord bool `json:"by_record"`

	// SeverityDiffers says that the portal prints as a warning what we reject,
	// or the other way round.
	SeverityDiffers bool `json:"severity_differs"`

	// Why says what explains a difference: a rule that we do not know, that
	// is off, or that was not checked. "" when nothing does.
	Why string `json:"why"`

	// OurRows are the first rows that we alone found, TheirRecords the first
	// records that the portal alone found.
	OurRows      []Row      `json:"our_rows,omitempty"`
	TheirRecords [][]string `json:"their_records,omitempty"` // "item=value"
}

// Differs reports whether the two sides found different things.
func (c *Code) Differs() bool { return c.OnlyOurs != 0 || c.OnlyTheirs != 0 }

// A Row is a row of the submission.
type Row struct {
	Table string `json:"table"`
	Row   int64  `json:"row"`
}

// A Table is how many rows of a table survive.
type Table struct {
	Table  string `json:"table"` // the code of the count for a table that we do not know
	Ours   int64  `json:"ours"`
	Theirs int64  `json:"theirs"`
}

// Agrees reports whether nothing differs but what a Why explains.
func (c *Comparison) Agrees() bool {
	return !slices.ContainsFunc(c.Codes, func(c Code) bool { return c.Differs() && c.Why == "" || c.SeverityDiffers }) &&
		!slices.ContainsFunc(c.Tables, func(t Table) bool { return t.Ours != t.Theirs })
}

// ErrNotResult is wrapped by errors about a RESULT that is none.
var ErrNotResult = errors.New("is no result of validate --format jsonl")

// A found is a finding as JSON lines hold it.
type found struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Table    string `json:"table"`
	Row      int64  `json:"row"`
	Items    []struct {
		Item  string          `json:"item"`
		Value json.RawMessage `json:"value"` // nil if absent; a null is "null"
	} `json:"items"`
	Summary *outcome `json:"summary"`
}

// An outcome is the summary, as far as it matters here.
type outcome struct {
	Verdict        string `json:"verdict"`
	DatasetVersion string `json:"dataset_version"`
	RulesDated     string `json:"rules_dated"`
	Period         string `json:"period"`
	Provider       string `json:"provider"`
	Tables         []struct {
		Table          string `json:"table"`
		CarriedForward int64  `json:"carried_forward"`
	} `json:"tables"`
	Rules []struct {
		Code     string `json:"code"`
		Severity string `json:"severity"`
		Count    int64  `json:"count"`
	} `json:"rules"`
	PreSubmission []struct {
		Code string `json:"code"`
	} `json:"pre_submission"`
	NotChecked []struct {
		Code string `json:"code"`
		Why  string `json:"why"`
	} `json:"not_checked"`
	Incomplete []string `json:"incomplete"`
}

// maxLine bounds a line of a result, in bytes: ten values of 1 MiB, escaped.
const maxLine = 64 << 20

// Compare compares the portal's reports with a result, which it reads once.
// Errors hold no value.
func Compare(p *Portal, result io.Reader, d *dictionary.Dictionary, opt Options) (*Comparison, error) {
	c := &comparing{portal: p, d: d, opt: opt, sides: make(map[string]*sides)}
	in := bufio.NewScanner(result)
	in.Buffer(make([]byte, 64<<10), maxLine)
	number := 0
	var end *outcome
	for in.Scan() {
		number++
		text := bytes.TrimSpace(in.Bytes())
		if number == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		if len(text) == 0 {
			continue
		}
		var f found
		switch err := json.Unmarshal(text, &f); {
		case end != nil:
			return nil, fmt.Errorf("%w: line %d follows its summary", ErrNotResult, number)
		case err != nil:
			return nil, fmt.Errorf("%w: line %d cannot be read", ErrNotResult, number)
		case f.Summary != nil:
			end = f.Summary
		case !isCode(f.Code):
			return nil, fmt.Errorf("%w: line %d has no code", ErrNotResult, number)
		default:
			c.add(&f)
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", number+1, err)
	}
	if end == nil {
		return nil, fmt.Errorf("%w: it does not end with a summary, so it was not written to its end", ErrNotResult)
	}
	return c.finish(end)
}

// comparing is a comparison in the making.
type comparing struct {
	portal  *Portal
	d       *dictionary.Dictionary
	opt     Options
	sides   map[string]*sides
	records bool // some finding has values
}

// sides are the two sides of a code.
type sides struct {
	ours, matched, valued int64
	severity, table       string
	own                   bool // a rule of ours, which the portal does not have

	theirs *theirs
	rule   *dictionary.Rule
	items  map[string]item  // by label
	keys   map[string]*same // nil until a finding with values comes
	common []string         // the items that both sides print, in the rule's order
	rows   []Row
}

// An item is what a label means: one name for all its labels, and the type of
// its field, 0 if the rule has no such item.
type item struct {
	name string
	of   dictionary.Type
}

// same is the portal's lines with one key.
type same struct {
	left  int64 // not yet matched
	first int   // of theirs.lines
}

func (c *comparing) side(code string) *sides {
	s := c.sides[code]
	if s == nil {
		s = &sides{theirs: c.portal.codes[code], rule: c.d.Rule(code), items: make(map[string]item)}
		s.own = s.rule != nil && s.rule.Own()
		c.sides[code] = s
	}
	return s
}

// add takes one finding of ours.
func (c *comparing) add(f *found) {
	s := c.side(f.Code)
	s.ours++
	s.severity, s.table = f.Severity, f.Table
	if s.own {
		return
	}
	labels, values, ok := f.values()
	if ok {
		c.records = true
		s.valued++
		if s.theirs != nil {
			if s.keys == nil {
				s.index(c.d, labels)
			}
			if len(s.common) > 0 {
				if same := s.keys[s.key(c.d, labels, values)]; same != nil && same.left > 0 {
					same.left--
					s.matched++
					return
				}
			}
		}
	}
	if len(s.rows) < c.opt.MaxShown {
		s.rows = append(s.rows, Row{f.Table, f.Row})
	}
}

// values returns the items and values of a finding; ok is false if it has no
// values.
func (f *found) values() (labels, values []string, ok bool) {
	for _, it := range f.Items {
		if it.Value == nil {
			return nil, nil, false
		}
		var v string
		if json.Unmarshal(it.Value, &v) != nil { // a null leaves it empty
			return nil, nil, false
		}
		labels = append(labels, it.Item)
		values = append(values, v)
	}
	return labels, values, len(labels) > 0
}

// index keys the portal's lines by the items that our findings print too.
func (s *sides) index(d *dictionary.Dictionary, ours []string) {
	printed := make(map[string]bool)
	var last []string
	for i := range s.theirs.lines {
		l := &s.theirs.lines[i]
		if len(l.labels) == len(last) && &l.labels[0] == &last[0] {
			continue
		}
		last = l.labels
		for _, label := range l.labels {
			printed[s.item(d, label).name] = true
		}
	}
	for _, label := range ours {
		if name := s.item(d, label).name; printed[name] {
			s.common = append(s.common, name)
		}
	}
	s.keys = make(map[string]*same)
	if len(s.common) == 0 {
		return
	}
	for i := range s.theirs.lines {
		l := &s.theirs.lines[i]
		key := s.key(d, l.labels, l.values)
		if s.keys[key] == nil {
			s.keys[key] = &same{first: i}
		}
		s.keys[key].left += l.times
	}
}

// key joins the values of the common items.
func (s *sides) key(d *dictionary.Dictionary, labels, values []string) string {
	var b strings.Builder
	for _, name := range s.common {
		v := ""
		for i, label := range labels {
			if s.item(d, label).name == name {
				v = normal(values[i], s.item(d, label).of)
			}
		}
		fmt.Fprintf(&b, "%d:%s", len(v), v)
	}
	return b.String()
}

// itemOf finds which of the rule's items a label means. Labels are
// "[UID]Name", and in older reports "UID LONG NAME" or the long name alone.
func itemOf(d *dictionary.Dictionary, r *dictionary.Rule, label string) (i int, ok bool) {
	if r == nil {
		return 0, false
	}
	uid, name := "", label
	if rest, bracket := strings.CutPrefix(label, "["); bracket {
		uid, name, _ = strings.Cut(rest, "]")
	} else if first, rest, ok := strings.Cut(label, " "); ok {
		if k := slices.IndexFunc(r.Items, func(it dictionary.Item) bool { return it.UID == first }); k >= 0 {
			return k, true
		}
		if strings.ContainsAny(first, "0123456789") {
			name = rest
		}
	}
	for _, equal := range []func(it dictionary.Item) bool{
		func(it dictionary.Item) bool { return uid != "" && it.UID == uid },
		func(it dictionary.Item) bool { return strings.EqualFold(it.Name, name) },
		func(it dictionary.Item) bool {
			f := d.ItemField(r, it)
			return f != nil && strings.EqualFold(f.Item, name)
		},
	} {
		if k := slices.IndexFunc(r.Items, equal); k >= 0 {
			return k, true
		}
	}
	return 0, false
}

// item says what a label means.
func (s *sides) item(d *dictionary.Dictionary, label string) item {
	it, ok := s.items[label]
	if ok {
		return it
	}
	it.name = strings.ToUpper(label)
	if i, ok := itemOf(d, s.rule, label); ok {
		it.name = s.rule.Items[i].String()
		if f := d.ItemField(s.rule, s.rule.Items[i]); f != nil {
			it.of = f.Type
		}
	}
	s.items[label] = it
	return it
}

// normal gives a value the one form in which the sides are compared: a date as
// CCYY-MM-DD, with a time other than midnight CCYY-MM-DDThh:mm:ss, a time of
// day as hh:mm:ss, anything else as it is.
func normal(v string, t dictionary.Type) string {
	v = strings.ReplaceAll(strings.Trim(v, " "), "\r\n", "\n")
	if t == dictionary.Text || t == dictionary.Number {
		return v
	}
	if len(v) < 19 || !shaped(v[:19], "0000-00-00 00:00:00") && !shaped(v[:19], "0000-00-00T00:00:00") {
		return v
	}
	if rest := strings.TrimRight(v[19:], "0"); rest != "" && rest != "." {
		return v // an offset, or part of a second
	}
	date, clock := v[:10], v[11:19]
	switch {
	case t == dictionary.Time:
		return clock
	case clock == "00:00:00":
		return date
	}
	return date + "T" + clock
}

// shaped reports whether v has a digit wherever shape has a 0, and otherwise
// the same characters.
func shaped(v, shape string) bool {
	if len(v) != len(shape) {
		return false
	}
	for i := range len(v) {
		if shape[i] == '0' && (v[i] < '0' || v[i] > '9') || shape[i] != '0' && v[i] != shape[i] {
			return false
		}
	}
	return true
}

// finish puts the comparison together once the result has been read.
func (c *comparing) finish(s *outcome) (*Comparison, error) {
	out := &Comparison{
		Verdict: s.Verdict, Period: s.Period, Provider: s.Provider, DatasetVersion: s.DatasetVersion, RulesDated: s.RulesDated,
		PortalRejected: !c.portal.Counted, ByRecord: c.records,
		Codes: []Code{}, Tables: []Table{}, Notices: slices.Clone(c.portal.Notices),
	}
	for _, r := range s.PreSubmission {
		c.side(r.Code).own = true
	}
	if err := c.whole(s); err != nil {
		return nil, err
	}
	why := make(map[string]string)
	for _, n := range s.NotChecked {
		why[n.Code] = n.Why
	}
	for _, code := range c.portal.order {
		c.side(code)
	}
	for code, s := range c.sides {
		if s.own {
			continue
		}
		out.Codes = append(out.Codes, c.code(code, s, why[code], out.RulesDated))
	}
	slices.SortFunc(out.Codes, func(a, b Code) int { return cmp.Compare(a.Code, b.Code) })
	if c.portal.Counted {
		out.Tables = c.tables(s)
	}
	rejected := finding.FileRejected.String()
	if s.Verdict == rejected && c.portal.Counted {
		out.Notices = append(out.Notices, "we reject the file, the portal has not: its reports hold row counts")
	}
	if s.Verdict != rejected && !c.portal.Counted {
		out.Notices = append(out.Notices, "the portal's reports hold no row counts, as after the rejection of a file, which we do not reject")
	}
	if !c.portal.Counted {
		out.Notices = append(out.Notices, "a portal that rejects a file may stop there, so what we alone found may be no difference")
	}
	for _, reason := range s.Incomplete {
		out.Notices = append(out.Notices, "our result is incomplete: "+reason)
	}
	if !c.records {
		out.Notices = append(out.Notices, "counts alone are compared, since the result holds no values; make it with --show-values to match records")
	}
	return out, nil
}

// whole makes sure that the lines of the result are those that its summary
// counts.
func (c *comparing) whole(s *outcome) error {
	counted := make(map[string]int64)
	for _, r := range s.Rules {
		counted[r.Code] = r.Count
	}
	for code, side := range c.sides {
		if side.own {
			continue
		}
		if counted[code] != side.ours {
			return fmt.Errorf("%w: it has %d lines of %q where its summary counts %d; it was cut or edited", ErrNotResult, side.ours, code, counted[code])
		}
		delete(counted, code)
	}
	for code, n := range counted {
		if n != 0 {
			return fmt.Errorf("%w: it has no line of %q where its summary counts %d; it was cut or edited", ErrNotResult, code, n)
		}
	}
	return nil
}

// code sums up the sides of one code.
func (c *comparing) code(code string, s *sides, notChecked, dated string) Code {
	out := Code{Code: code, Severity: s.severity, Table: s.table, Ours: s.ours}
	if s.rule != nil {
		out.Severity, out.Table = s.rule.Severity.String(), c.d.TableName(s.rule.Table)
	}
	if s.theirs != nil {
		out.Theirs = s.theirs.count
		out.SeverityDiffers = s.rule != nil && (s.rule.Severity >= dictionary.RejectRecord) != (s.theirs.rejected > 0)
	}
	out.ByRecord = len(s.common) > 0 && s.valued == s.ours
	out.Agreed = min(out.Ours, out.Theirs)
	if out.ByRecord {
		out.Agreed = s.matched
	}
	out.OnlyOurs, out.OnlyTheirs = out.Ours-out.Agreed, out.Theirs-out.Agreed
	if out.OnlyOurs > 0 && (out.ByRecord || out.Theirs == 0) {
		out.OurRows = s.rows
	}
	if c.opt.Values && out.OnlyTheirs > 0 && (out.ByRecord || out.Ours == 0) {
		out.TheirRecords = s.onlyTheirs(c.opt.MaxShown)
	}
	if !out.Differs() {
		return out
	}
	switch {
	case s.rule == nil:
		out.Why = "not in our rules of " + dated + ": perhaps a newer rule"
	case notChecked != "":
		out.Why = "not checked by us: " + notChecked
	case s.rule.Status == dictionary.PipelineOnly || s.rule.Kind == dictionary.MessageOnly:
		out.Why = "off here: no longer in the rule list"
	}
	return out
}

// onlyTheirs returns the first lines of the portal that nothing of ours
// matches, as "item=value".
func (s *sides) onlyTheirs(most int) [][]string {
	var firsts []int
	if s.keys == nil {
		for i := range s.theirs.lines {
			firsts = append(firsts, i)
		}
	}
	for _, same := range s.keys {
		if same.left > 0 {
			firsts = append(firsts, same.first)
		}
	}
	slices.Sort(firsts)
	var list [][]string
	for _, i := range firsts[:min(most, len(firsts))] {
		l := &s.theirs.lines[i]
		var record []string
		for k, label := range l.labels {
			record = append(record, label+"="+l.values[k])
		}
		list = append(list, record)
	}
	return list
}

// tables pairs the portal's row counts with ours.
func (c *comparing) tables(s *outcome) []Table {
	ours := make(map[string]int64)
	for _, t := range s.Tables {
		ours[t.Table] = t.CarriedForward
	}
	head, _ := c.d.Role("header")
	left := slices.Clone(c.portal.tables)
	list := []Table{}
	for i := range c.d.Tables {
		t := &c.d.Tables[i]
		k := slices.IndexFunc(left, func(n tableCount) bool { return strings.EqualFold(n.code, t.CountCode()) })
		if k < 0 {
			if t != head && ours[t.Name] > 0 {
				list = append(list, Table{t.Name, ours[t.Name], 0})
			}
			continue
		}
		list = append(list, Table{t.Name, ours[t.Name], left[k].count})
		left = slices.Delete(left, k, k+1)
	}
	for _, n := range left {
		list = append(list, Table{n.code, 0, n.count})
	}
	return list
}
