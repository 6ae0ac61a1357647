// Package sarif writes findings as a SARIF 2.1.0 log, for the tools that show
// the results of static analysis.
//
//	run ─ results          as they come: the first of each rule
//	    ├ tool.driver      a rule for every code with findings, and its page
//	    ├ invocations      what was not read, noticed, or not checked
//	    ├ artifacts        the files of the submission
//	    └ properties       verdict, exact totals, what the log contains
//
// The order of an object's members means nothing in JSON, so results are
// written while they come and the rules after them; nothing is kept but counts.
// How many findings a rule has stands in its properties, "count", beside how
// many of them are listed, "shown".
//
// A result says where by table, row and field, and by file and line where the
// container has lines. Values stand in it only if Options.Values asks for them.
package sarif

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"mhsds/dictionary"
	"mhsds/dictionary/handbook"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
	"mhsds/validate/report/summary"
	"mhsds/validate/report/wording"
)

// Options say what the log holds. The zero value holds no values.
type Options struct {
	// Values adds the values of the reported items to each result.
	Values bool

	// MaxPerRule is the greatest number of results of one rule. 0 means 100.
	MaxPerRule int

	// Counts says whether small counts are hidden: each rule then has one
	// result a table, without a place.
	Counts share.Counts
}

const (
	perRule = 100

	// maxResults is what GitHub takes of one run; it refuses a log with more.
	maxResults = 25_000

	schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

	// fingerprint names the way in which our fingerprints are made.
	fingerprint = "mhsdsRecord/v1"

	flushAt = 64 << 10
)

// A Report is a finding.Sink that writes results as they come.
type Report struct {
	w     io.Writer
	d     *dictionary.Dictionary
	opt   Options
	buf   []byte
	rules []*rule // in the order first met, which is ruleIndex
	index map[*dictionary.Rule]*rule
	all   int
}

// A rule is one with findings.
type rule struct {
	*dictionary.Rule
	index        int
	count, shown int64
	message      []byte // as JSON, without full stop and quotes
	stop         string
	tables       map[*dictionary.Table]bool // with suppressed counts: those that have a result
}

// New returns a report that writes to w, with the dictionary's words.
func New(w io.Writer, d *dictionary.Dictionary, opt Options) *Report {
	if opt.MaxPerRule <= 0 {
		opt.MaxPerRule = perRule
	}
	opt.Values = opt.Values && !opt.Counts.Suppress
	r := &Report{w: w, d: d, opt: opt, index: make(map[*dictionary.Rule]*rule)}
	r.buf = append(r.buf, `{"$schema":"`+schema+`","version":"2.1.0","runs":[{"results":[`...)
	return r
}

// Report counts the finding, and writes a result if it is among the first of
// its rule. An error is the writer's, unchanged.
func (r *Report) Report(f *finding.Finding) error {
	ru := r.index[f.Rule]
	if ru == nil {
		ru = &rule{Rule: f.Rule, index: len(r.rules), tables: make(map[*dictionary.Table]bool)}
		body, stop := strings.CutSuffix(r.d.Message(f.Rule), ".")
		ru.message = summary.AppendInner(nil, body)
		if stop {
			ru.stop = "."
		}
		r.index[f.Rule] = ru
		r.rules = append(r.rules, ru)
	}
	ru.count++
	if r.all == maxResults {
		return nil
	}
	if r.opt.Counts.Suppress {
		if ru.tables[f.Table] {
			return nil
		}
		ru.tables[f.Table] = true
	} else if ru.shown == int64(r.opt.MaxPerRule) {
		return nil
	}
	ru.shown++
	if r.all++; r.all > 1 {
		r.buf = append(r.buf, ',')
	}
	r.result(ru, f)
	if len(r.buf) >= flushAt {
		return r.flush()
	}
	return nil
}

func (r *Report) flush() error {
	_, err := r.w.Write(r.buf)
	r.buf = r.buf[:0]
	return err
}

// level is the word of SARIF for a severity.
func level(s dictionary.Severity) string {
	if s >= dictionary.RejectRecord {
		return "error"
	}
	return "warning"
}

func (r *Report) result(ru *rule, f *finding.Finding) {
	b := append(r.buf, `{"ruleId":`...)
	b = summary.AppendString(b, ru.Code)
	b = append(b, `,"ruleIndex":`...)
	b = strconv.AppendInt(b, int64(ru.index), 10)
	b = append(b, `,"level":"`+level(ru.Severity)+`","message":{"text":"`...)
	b = append(b, ru.message...)
	if f.Detail != "" && !r.opt.Counts.Suppress {
		b = append(b, "; "...)
		b = summary.AppendInner(b, wording.Clean(f.Detail))
	}
	b = append(b, ru.stop+`"},"locations":[{`...)
	row, line := f.Row, f.Line
	if r.opt.Counts.Suppress {
		row, line = 0, 0
	}
	physical := f.File != ""
	if physical {
		b = append(b, `"physicalLocation":{"artifactLocation":{"uri":`...)
		b = summary.AppendString(b, uri(f.File))
		b = append(b, '}')
		if line > 0 {
			b = append(b, `,"region":{"startLine":`...)
			b = append(strconv.AppendInt(b, line, 10), '}')
		}
		b = append(b, '}')
	}
	if f.Table != nil {
		if physical {
			b = append(b, ',')
		}
		b = append(b, `"logicalLocations":[`...)
		field := f.Column
		if field == "" {
			field = ru.Field
		}
		b = append(logical(b, f.Table.Name, row, wording.Clean(field)), ']')
	}
	b = append(b, "}]"...)
	if !f.Cause.None() && !r.opt.Counts.Suppress {
		b = related(b, &f.Cause)
	}
	if f.Fingerprint != "" && !r.opt.Counts.Suppress {
		b = append(b, `,"partialFingerprints":{"`+fingerprint+`":`...)
		b = append(summary.AppendString(b, f.Fingerprint), '}')
	}
	h := f.History
	if r.opt.Counts.Suppress {
		h = finding.History{}
	}
	switch h.State {
	case finding.New, finding.Returned:
		b = append(b, `,"baselineState":"new"`...)
	case finding.Still:
		b = append(b, `,"baselineState":"unchanged"`...)
	}
	b = append(b, `,"properties":{"severity":`...)
	b = summary.AppendString(b, ru.Severity.String())
	if h.Months > 1 {
		b = append(b, `,"months":`...)
		b = strconv.AppendInt(b, int64(h.Months), 10)
	}
	if h.State == finding.Returned {
		b = append(b, `,"returned":true`...)
	}
	if r.opt.Values && len(f.Values) > 0 {
		b = append(b, `,"items":[`...)
		for i := range f.Values {
			v := &f.Values[i]
			if i > 0 {
				b = append(b, ',')
			}
			b = summary.AppendString(append(b, `{"item":`...), wording.Label(v.Item))
			b = append(b, `,"value":`...)
			if v.Null {
				b = append(b, "null}"...)
			} else {
				b = append(summary.AppendString(b, v.Text), '}')
			}
		}
		b = append(b, ']')
	}
	r.buf = append(b, "}}"...)
}

// uri writes a file's name as a relative reference.
func uri(file string) string {
	parts := strings.Split(file, "/")
	for i, p := range parts {
		// A colon in the first part would make it a scheme.
		parts[i] = strings.ReplaceAll(url.PathEscape(p), ":", "%3A")
	}
	return strings.Join(parts, "/")
}

// logical appends the location of a field of a row, of a row, or of a table:
// MHS101Referral/17/ReferralRequestReceivedDate.
func logical(b []byte, table string, row int64, field string) []byte {
	full, name, kind := table, table, "table"
	if row > 0 {
		name, kind = strconv.FormatInt(row, 10), "row"
		full += "/" + name
		if field != "" {
			full, name, kind = full+"/"+field, field, "field"
		}
	}
	b = summary.AppendString(append(b, `{"name":`...), name)
	b = summary.AppendString(append(b, `,"fullyQualifiedName":`...), full)
	return append(b, `,"kind":"`+kind+`"}`...)
}

// related appends the record from which a finding follows.
func related(b []byte, c *finding.Cause) []byte {
	b = append(b, `,"relatedLocations":[{"id":1,"message":{"text":`...)
	if c.Absent || c.Rule == nil {
		b = summary.AppendString(b, "Follows from a row of "+c.Table.Name+" that was not submitted.")
	} else {
		b = summary.AppendString(b, fmt.Sprintf("Follows from %s, %s row %d.", c.Rule.Code, c.Table.Name, c.Row))
	}
	b = append(b, `},"logicalLocations":[`...)
	return append(logical(b, c.Table.Name, c.Row, ""), "]}]"...)
}

// Close writes what is known of the run as a whole. It does not close the
// writer.
func (r *Report) Close(s *finding.Summary) error {
	b := append(r.buf, `],"columnKind":"unicodeCodePoints","tool":{"driver":{"name":`...)
	b = summary.AppendString(b, s.Tool.Name)
	b = append(b, `,"fullName":"Validator of Mental Health Services Data Set submissions"`...)
	if s.Tool.Version != "" {
		b = append(b, `,"version":`...)
		b = summary.AppendString(b, s.Tool.Version)
	}
	b = append(b, `,"rules":[`...)
	page := handbook.Pages(r.d, handbook.Options{})
	for i, ru := range r.rules {
		if i > 0 {
			b = append(b, ',')
		}
		b = r.rule(b, ru, page(ru.Rule), s.Comparison)
		if len(b) >= flushAt {
			r.buf = b
			if err := r.flush(); err != nil {
				return err
			}
			b = r.buf
		}
	}
	b = append(b, `]}},"automationDetails":{"id":"mhsds/","guid":"`...)
	sum := sha256.Sum256(summary.Append(nil, s))
	b = append(b, guid(sum[:])+`"}`...)
	if c := s.Comparison; c != nil && c.ByFingerprint {
		if old, err := hex.DecodeString(c.Summary); err == nil && len(old) == len(sum) {
			b = append(b, `,"baselineGuid":"`+guid(old)+`"`...)
		}
	}
	b = r.invocation(b, s)
	b = artifacts(b, s)
	r.buf = append(r.properties(b, s), "}]}\n"...)
	return r.flush()
}

func (r *Report) rule(b []byte, ru *rule, page handbook.Page, c *finding.Comparison) []byte {
	b = summary.AppendString(append(b, `{"id":`...), ru.Code)
	b = summary.AppendString(append(b, `,"shortDescription":{"text":`...), page.Message)
	b = append(b, `},"defaultConfiguration":{"level":"`+level(ru.Severity)+`"},"help":{"text":`...)
	b = summary.AppendString(b, page.Text())
	b = summary.AppendString(append(b, `,"markdown":`...), page.Markdown(1))
	b = summary.AppendString(append(b, `},"properties":{"severity":`...), ru.Severity.String())
	if name := r.d.TableName(ru.Table); ru.Table != "" {
		b = summary.AppendString(append(b, `,"table":`...), name)
	}
	b = r.opt.Counts.JSON(append(b, `,"count":`...), ru.count)
	if !r.opt.Counts.Suppress {
		b = strconv.AppendInt(append(b, `,"shown":`...), ru.shown, 10)
	}
	if ru.Own() && ru.Grade != "" {
		b = summary.AppendString(append(b, `,"grade":`...), wording.Clean(ru.Grade))
	}
	if t := c.Trend(ru.Rule); t != nil {
		b = summary.AppendString(append(b, `,"trend":`...), wording.Trend(t, r.opt.Counts))
	}
	tag := "national rule"
	if ru.Own() {
		tag = "pre-submission"
	}
	return append(b, `,"tags":["`+tag+`"]}}`...)
}

// guid writes the first bytes of a hash in the form of a name-based GUID.
func guid(sum []byte) string {
	b := append([]byte(nil), sum[:16]...)
	b[6] = b[6]&0x0f | 0x50
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// invocation appends whether all was read, and what was noticed on the way.
func (r *Report) invocation(b []byte, s *finding.Summary) []byte {
	b = append(b, `,"invocations":[{"executionSuccessful":`...)
	b = strconv.AppendBool(b, len(s.Incomplete) == 0)
	b = append(b, `,"toolExecutionNotifications":[`...)
	n := 0
	note := func(level, text string) {
		if n++; n > 1 {
			b = append(b, ',')
		}
		b = summary.AppendString(append(b, `{"level":"`+level+`","message":{"text":`...), wording.Clean(text))
		b = append(b, "}}"...)
	}
	for _, why := range s.Incomplete {
		note("error", "Incomplete: "+why)
	}
	if text := wording.Scope(s.Scope, r.opt.Counts); text != "" {
		note("warning", text)
	}
	for _, x := range s.Notices {
		text := x.Text
		if x.File != "" {
			text = x.File + ": " + text
		}
		note("note", text)
	}
	b = append(b, `],"toolConfigurationNotifications":[`...)
	n = 0
	about := func(rule *dictionary.Rule, text string) {
		note("note", rule.Code+" "+text)
		b = summary.AppendString(append(b[:len(b)-1], `,"associatedRule":{"id":`...), rule.Code)
		b = append(b, "}}"...)
	}
	for _, c := range s.NotChecked {
		about(c.Rule, "was not checked: "+c.Why)
	}
	for i := range s.Suppressed {
		about(s.Suppressed[i].Rule, "was switched by the configuration: "+wording.Switched(&s.Suppressed[i], r.opt.Counts))
	}
	return append(b, "]}]"...)
}

// artifacts appends the files of the submission.
func artifacts(b []byte, s *finding.Summary) []byte {
	b = append(b, `,"artifacts":[`...)
	seen := make(map[string]bool) // a database is one file of many tables
	for _, f := range s.Input.Files {
		if seen[f.Name] {
			continue
		}
		seen[f.Name] = true
		if len(seen) > 1 {
			b = append(b, ',')
		}
		b = summary.AppendString(append(b, `{"location":{"uri":`...), uri(f.Name))
		b = append(b, `},"roles":["analysisTarget"],"length":`...)
		b = strconv.AppendInt(b, f.Bytes, 10)
		if f.SHA256 != "" {
			b = summary.AppendString(append(b, `,"hashes":{"sha-256":`...), f.SHA256)
			b = append(b, '}')
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// properties appends the verdict and the exact totals.
func (r *Report) properties(b []byte, s *finding.Summary) []byte {
	t := wording.Sum(s)
	b = summary.AppendString(append(b, `,"properties":{"verdict":`...), s.Verdict.String())
	b = summary.AppendString(append(b, `,"verdictText":`...), wording.Verdict(s, r.opt.Counts))
	b = summary.AppendString(append(b, `,"datasetVersion":`...), s.DatasetVersion)
	b = summary.AppendString(append(b, `,"rulesDated":`...), s.RulesDated)
	b = summary.AppendString(append(b, `,"period":`...), summary.Period(s))
	b = summary.AppendString(append(b, `,"provider":`...), s.Provider)
	var all int64
	for _, ru := range r.rules {
		all += ru.count
	}
	b = r.opt.Counts.JSON(append(b, `,"findings":`...), all)
	if !r.opt.Counts.Suppress {
		b = strconv.AppendInt(append(b, `,"findingsShown":`...), int64(r.all), 10)
	}
	b = r.opt.Counts.JSON(append(b, `,"rows":`...), t.Rows)
	b = r.opt.Counts.JSON(append(b, `,"rowsCarriedForward":`...), t.CarriedForward)
	if c := s.Comparison; c != nil {
		total := c.Total()
		b = summary.AppendString(append(b, `,"comparison":`...), wording.Against(c)+" All findings: "+wording.Trend(&total, r.opt.Counts)+".")
	}
	b = summary.AppendScope(b, s, r.opt.Counts)
	if c := wording.Configuration(s); c != "" {
		b = summary.AppendString(append(b, `,"configuration":`...), c)
	}
	b = summary.AppendString(append(b, `,"privacy":`...), wording.Privacy(r.opt.Values, r.opt.Counts))
	return append(b, '}')
}
