package reconcile

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"mhsds/validate/report/wording"
)

// WriteJSON writes the comparison as one JSON object and a line break.
func (c *Comparison) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(c)
}

// WriteCounts writes the counts of codes and tables as CSV. It holds nothing
// of any record.
func (c *Comparison) WriteCounts(w io.Writer) error {
	out := csv.NewWriter(w)
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	out.Write([]string{"kind", "name", "severity", "ours", "theirs", "agreed", "only_ours", "only_theirs", "by_record", "severity_differs", "why"})
	for _, k := range c.Codes {
		out.Write([]string{"code", k.Code, k.Severity, n(k.Ours), n(k.Theirs), n(k.Agreed), n(k.OnlyOurs), n(k.OnlyTheirs), yes(k.ByRecord), yes(k.SeverityDiffers), k.Why})
	}
	for _, t := range c.Tables {
		out.Write([]string{"table", t.Table, "", n(t.Ours), n(t.Theirs), n(min(t.Ours, t.Theirs)), n(max(t.Ours-t.Theirs, 0)), n(max(t.Theirs-t.Ours, 0)), "", "", ""})
	}
	out.Flush()
	return out.Error()
}

func yes(b bool) string {
	if b {
		return "Y"
	}
	return ""
}

// WriteText writes the comparison for people.
func (c *Comparison) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "Our verdict: %s", wording.Clean(c.Verdict))
	if c.Provider != "" || c.Period != "" {
		fmt.Fprintf(b, " (%s)", wording.Clean(strings.TrimSpace(c.Provider+" "+c.Period)))
	}
	fmt.Fprintf(b, ", by the rules of %s. ", wording.Clean(c.RulesDated))
	switch {
	case c.PortalRejected:
		b.WriteString("The portal's reports hold no row counts.\n")
	default:
		b.WriteString("The portal's reports hold row counts.\n")
	}
	for _, s := range []struct {
		title string
		in    func(*Code) bool
	}{
		{"Differ", func(k *Code) bool { return (k.Differs() || k.SeverityDiffers) && k.Ours > 0 && k.Theirs > 0 }},
		{"Only ours", func(k *Code) bool { return k.Differs() && k.Theirs == 0 }},
		{"Only theirs", func(k *Code) bool { return k.Differs() && k.Ours == 0 }},
	} {
		c.section(b, s.title, s.in)
	}
	c.tables(b)
	c.section(b, "Agreed", func(k *Code) bool { return !k.Differs() && !k.SeverityDiffers })
	if len(c.Notices) > 0 {
		b.WriteString("\n")
	}
	for _, n := range c.Notices {
		fmt.Fprintf(b, "Note: %s.\n", wording.Clean(n))
	}
	return b.Flush()
}

// section writes the codes that are in it, if there are any.
func (c *Comparison) section(b *bufio.Writer, title string, in func(*Code) bool) {
	n := 0
	for i := range c.Codes {
		if in(&c.Codes[i]) {
			n++
		}
	}
	if n == 0 {
		return
	}
	fmt.Fprintf(b, "\n%-28s %9s %9s %9s %9s %11s\n", fmt.Sprintf("%s (%s)", title, plural(n, "code")), "ours", "theirs", "agreed", "only ours", "only theirs")
	for i := range c.Codes {
		k := &c.Codes[i]
		if !in(k) {
			continue
		}
		counts := ""
		if !k.ByRecord && c.ByRecord && k.Ours > 0 && k.Theirs > 0 {
			counts = "  by counts alone"
		}
		fmt.Fprintf(b, "%-10s %-17s %9d %9d %9d %9d %11d%s\n", k.Code, wording.Clean(k.Severity), k.Ours, k.Theirs, k.Agreed, k.OnlyOurs, k.OnlyTheirs, counts)
		if k.Why != "" {
			fmt.Fprintf(b, "           %s\n", wording.Clean(k.Why))
		}
		if k.SeverityDiffers {
			fmt.Fprintf(b, "           of another severity in the portal's reports\n")
		}
		if !k.Differs() {
			continue
		}
		for _, r := range k.OurRows {
			fmt.Fprintf(b, "           only ours: %s row %d\n", wording.Clean(r.Table), r.Row)
		}
		if more := k.OnlyOurs - int64(len(k.OurRows)); more > 0 && len(k.OurRows) > 0 {
			fmt.Fprintf(b, "           and %d more\n", more)
		}
		for _, r := range k.TheirRecords {
			fmt.Fprintf(b, "           only theirs: %s\n", wording.Clean(strings.Join(r, ", ")))
		}
		if more := k.OnlyTheirs - int64(len(k.TheirRecords)); more > 0 && len(k.TheirRecords) > 0 {
			fmt.Fprintf(b, "           and %d more\n", more)
		}
	}
}

// tables writes the tables whose counts differ.
func (c *Comparison) tables(b *bufio.Writer) {
	if len(c.Tables) == 0 {
		return
	}
	differ := 0
	for _, t := range c.Tables {
		if t.Ours != t.Theirs {
			differ++
		}
	}
	if differ == 0 {
		fmt.Fprintf(b, "\nRows carried forward: equal in all %s.\n", plural(len(c.Tables), "table"))
		return
	}
	fmt.Fprintf(b, "\nRows carried forward: %d of %s differ\n%-38s %9s %9s\n", differ, plural(len(c.Tables), "table"), "", "ours", "theirs")
	for _, t := range c.Tables {
		if t.Ours != t.Theirs {
			fmt.Fprintf(b, "%-38s %9d %9d\n", wording.Clean(t.Table), t.Ours, t.Theirs)
		}
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
