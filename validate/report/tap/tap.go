// Package tap writes the outcome in the Test Anything Protocol, version 14: a
// test a rule, rules that were not checked skipped.
//
//	TAP version 14
//	1..1031
//	ok 1 - submission: read to its end
//	not ok 2 - MHS101Referral: MHS10104 [M101902]ServiceRequestID
//	  ---
//	  severity: "record rejected"
//	  message: "2 findings. …"
//	  places: ["row 17", "row 40"]
//	  ...
//	ok 3 - MHS101Referral: MHS10105 … # SKIP not checked: …
package tap

import (
	"bufio"
	"fmt"
	"io"
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
	n := 0
	for i := range list {
		n += len(list[i].Cases)
	}
	w := bufio.NewWriter(r.w)
	fmt.Fprintf(w, "TAP version 14\n1..%d\n", n)
	fmt.Fprintf(w, "# %s\n", wording.Verdict(s, r.Options.Counts))
	for _, f := range suites.Facts(s, r.Options.Counts) {
		fmt.Fprintf(w, "# %s: %s\n", wording.Sentence(f[0]), f[1])
	}
	fmt.Fprintf(w, "# %s\n", wording.Privacy(r.Options.Values, r.Options.Counts))
	n = 0
	for i := range list {
		for j := range list[i].Cases {
			c := &list[i].Cases[j]
			n++
			ok := "ok"
			if c.State == suites.Failed || c.State == suites.Error {
				ok = "not ok"
			}
			fmt.Fprintf(w, "%s %d - %s", ok, n, escape(list[i].Name+": "+c.Name))
			if c.State == suites.Skipped {
				fmt.Fprintf(w, " # SKIP %s", escape(c.Message))
			}
			w.WriteByte('\n')
			if c.State != suites.Skipped && c.Message != "" {
				diagnostic(w, c)
			}
		}
	}
	return w.Flush()
}

// diagnostic writes what there is to say of a test as YAML, whose strings and
// lists are here those of JSON.
func diagnostic(w *bufio.Writer, c *suites.Case) {
	w.WriteString("  ---\n")
	b := summary.AppendString([]byte("  severity: "), c.Severity)
	b = summary.AppendString(append(b, "\n  message: "...), c.Message)
	if len(c.Places) > 0 {
		b = append(b, "\n  places: ["...)
		for i, p := range c.Places {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = summary.AppendString(b, p)
		}
		b = append(b, ']')
	}
	w.Write(b)
	w.WriteString("\n  ...\n")
}

// escape writes a description; a # in it would begin a directive.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(s)
}
