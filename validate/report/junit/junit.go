// Package junit writes the outcome as JUnit XML, for pipelines that show test
// results: a suite a table, a case a rule, rules that were not checked skipped.
//
//	<testsuites name="mhsds …" tests=… failures=… errors=… skipped=…>
//	  <testsuite name="MHS101Referral" …>
//	    <testcase classname="MHS101Referral" name="MHS10104 [M101902]…">
//	      <failure type="record rejected" message="2 findings. …">row 17
//	row 40</failure>
//
// The elements and attributes are those that Jenkins, GitLab and Azure
// Pipelines all know. There are no times: how long a rule takes is not known.
package junit

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/suites"
	"mhsds/validate/report/summary"
	"mhsds/validate/report/wording"
)

// A Report is a finding.Sink that counts, and writes when it is closed.
type Report struct {
	*suites.Collector
	w io.Writer
}

// New returns a report that writes to w when it is closed, with the
// dictionary's words.
func New(w io.Writer, d *dictionary.Dictionary, opt suites.Options) *Report {
	return &Report{suites.Collect(d, opt), w}
}

// Close writes the report. It does not close the writer.
func (r *Report) Close(s *finding.Summary) error {
	list := r.Arrange(s)
	var all suites.Suite
	for i := range list {
		all.Passed += list[i].Passed
		all.Failed += list[i].Failed
		all.Errors += list[i].Errors
		all.Skips += list[i].Skips
	}
	all.Name = "mhsds " + wording.Clean(s.Input.Path)
	p := &page{w: r.w}
	p.raw(xml.Header)
	p.open("testsuites", &all)
	for i := range list {
		suite := &list[i]
		p.raw("  ")
		p.open("testsuite", suite)
		if i == 0 {
			r.facts(p, s)
		}
		for j := range suite.Cases {
			p.testCase(suite.Name, &suite.Cases[j])
		}
		if i == 0 {
			p.raw("    <system-out>")
			p.text(wording.Verdict(s, r.Options.Counts) + "\n")
			for _, f := range suites.Facts(s, r.Options.Counts) {
				p.text(wording.Sentence(f[0]) + ": " + f[1] + "\n")
			}
			p.text(wording.Privacy(r.Options.Values, r.Options.Counts) + "\n")
			p.raw("</system-out>\n")
		}
		p.raw("  </testsuite>\n")
	}
	p.raw("</testsuites>\n")
	return p.flush()
}

// facts writes what a reader of the results should know of the run.
func (r *Report) facts(p *page, s *finding.Summary) {
	facts := [][2]string{
		{"verdict", s.Verdict.String()},
		{"dataset version", s.DatasetVersion}, {"rules", wording.Rules(s)},
		{"period", summary.Period(s)}, {"provider", s.Provider}, {"tool", s.Tool.Name + " " + s.Tool.Version},
	}
	if c := s.Comparison; c != nil {
		t := c.Total()
		facts = append(facts, [2]string{"compared", wording.Against(c) + " All findings: " + wording.Trend(&t, r.Options.Counts) + "."})
	}
	facts = append(facts, suites.Facts(s, r.Options.Counts)...)
	p.raw("    <properties>\n")
	for _, f := range facts {
		p.raw("      <property")
		p.attribute("name", f[0])
		p.attribute("value", wording.Clean(f[1]))
		p.raw("/>\n")
	}
	p.raw("    </properties>\n")
}

// A page keeps the writer's first error.
type page struct {
	w   io.Writer
	buf strings.Builder
	err error
}

// flushAt is the number of bytes gathered before they are written.
const flushAt = 64 << 10

func (p *page) raw(s string) {
	p.buf.WriteString(s)
	if p.buf.Len() >= flushAt {
		p.flush()
	}
}

func (p *page) flush() error {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, p.buf.String())
	}
	p.buf.Reset()
	return p.err
}

// text writes lines with the marks of XML escaped; what XML cannot hold becomes
// U+FFFD.
func (p *page) text(s string) {
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			p.raw("\n")
		}
		xml.EscapeText(&p.buf, []byte(line))
	}
}

func (p *page) attribute(name, value string) {
	p.raw(" " + name + `="`)
	xml.EscapeText(&p.buf, []byte(value))
	p.raw(`"`)
}

func (p *page) open(element string, s *suites.Suite) {
	p.raw("<" + element)
	p.attribute("name", s.Name)
	p.attribute("tests", strconv.Itoa(s.Passed+s.Failed+s.Errors+s.Skips))
	p.attribute("failures", strconv.Itoa(s.Failed))
	p.attribute("errors", strconv.Itoa(s.Errors))
	if element == "testsuite" { // the schema of Jenkins has it nowhere else
		p.attribute("skipped", strconv.Itoa(s.Skips))
	}
	p.raw(">\n")
}

func (p *page) testCase(suite string, c *suites.Case) {
	p.raw("    <testcase")
	p.attribute("classname", suite)
	p.attribute("name", c.Name)
	if c.State == suites.Passed && c.Message == "" {
		p.raw("/>\n")
		return
	}
	p.raw(">\n")
	places := strings.Join(c.Places, "\n")
	switch c.State {
	case suites.Skipped:
		p.raw("      <skipped")
		p.attribute("message", c.Message)
		p.raw("/>\n")
	case suites.Failed, suites.Error:
		element := "failure"
		kind := c.Severity
		if c.State == suites.Error {
			element, kind = "error", "incomplete"
		}
		p.raw("      <" + element)
		p.attribute("type", kind)
		p.attribute("message", c.Message)
		p.raw(">")
		p.text(places)
		p.raw("</" + element + ">\n")
	default: // passed, with something to say
		p.raw("      <system-out>")
		p.text(c.Severity + ": " + c.Message)
		if places != "" {
			p.text("\n" + places)
		}
		p.raw("</system-out>\n")
	}
	p.raw("    </testcase>\n")
}
