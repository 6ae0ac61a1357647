package compare

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
	"mhsds/validate/report/summary"
	"mhsds/validate/report/wording"
)

// Options say how a Diff is written. The zero value lists nothing by place.
type Options struct {
	// MaxShown is the greatest number of root causes listed one by one.
	MaxShown int

	// Counts says whether small counts are hidden; no rows are listed then.
	Counts share.Counts
}

// WriteText writes the difference for people, 80 columns wide.
func (f *Diff) WriteText(w io.Writer, d *dictionary.Dictionary, opt Options) error {
	var b strings.Builder
	for _, h := range []struct {
		what string
		*Head
	}{{"Old", &f.Old}, {"New", &f.New}} {
		fmt.Fprintf(&b, "%s  %s: period %s, %s, %s\n", h.what, wording.Clean(h.Name), or(wording.Clean(h.Period), "not known"),
			wording.Clean(h.Verdict), opt.Counts.Things(h.Findings, "finding"))
	}
	if f.ByFingerprint {
		b.WriteString("Compared finding by finding, on fingerprints.\n")
	} else {
		b.WriteString("Compared by counts alone: " + f.Why + ".\n")
	}
	for _, note := range f.Notes {
		b.WriteString(wording.Wrap("Mind: "+wording.Clean(note)+".", "", lineWidth))
	}

	b.WriteString("\nBy rule\n")
	total := f.Total()
	rules := matrix{n: opt.Counts}
	sorted := slices.Clone(f.Rules)
	slices.SortStableFunc(sorted, worse)
	for i := range sorted {
		t := &sorted[i]
		what := wording.Clean(t.Code)
		if t.Rule != nil {
			what += " " + t.Rule.Severity.String()
		}
		rules.add(what, t.Before, t.Now, t.New, t.Returned, t.Still, t.Fixed, t.Months)
	}
	switch len(sorted) {
	case 0:
		b.WriteString("  no findings in either\n")
	case 1:
	default:
		rules.add("All rules", total.Before, total.Now, total.New, total.Returned, total.Still, total.Fixed, total.Months)
	}
	rules.write(&b)

	if len(f.Comparison.Roots) > 0 {
		b.WriteString("\nBy root cause\n")
		roots := matrix{n: opt.Counts}
		for i := range f.Comparison.Roots {
			t := &f.Comparison.Roots[i]
			roots.add(or(wording.Clean(t.Code), "absent")+" "+wording.Clean(t.Table), t.Before, t.Now, t.New, t.Returned, t.Still, t.Fixed, t.Months)
		}
		roots.write(&b)
	}
	f.writeCauses(&b, d, opt)
	b.WriteString("\n" + wording.Wrap(wording.Privacy(false, opt.Counts), "", lineWidth))
	fmt.Fprintf(&b, "In all: %s.\n", wording.Trend(&total, opt.Counts))
	_, err := io.WriteString(w, b.String())
	return err
}

// A matrix is a table of counts with as wide columns as it needs.
type matrix struct {
	n    share.Counts
	rows [][]string
}

// add adds a row. months is left blank where nothing was there for two.
func (m *matrix) add(what string, before, now, fresh, back, still, fixed int64, months int) {
	row := []string{what}
	for _, n := range []int64{before, now, fresh, back, still, fixed} {
		row = append(row, m.n.Number(n))
	}
	long := ""
	if months > 1 {
		long = strconv.Itoa(months)
	}
	m.rows = append(m.rows, append(row, long))
}

// lineWidth is the number of columns that a table should not exceed.
const lineWidth = 80

// write writes the table. Where a row would be too wide, its name stands on a
// line of its own.
func (m *matrix) write(b *strings.Builder) {
	if len(m.rows) == 0 {
		return
	}
	rows := append([][]string{{"", "was", "is", "new", "back", "still", "fixed", "months"}}, m.rows...)
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	counts := 0
	for _, w := range widths[1:] {
		counts += 2 + w
	}
	name := min(widths[0], lineWidth-2-counts)
	for _, row := range rows {
		what := row[0]
		if utf8.RuneCountInString(what) > name {
			b.WriteString("  " + what + "\n")
			what = ""
		}
		line := "  " + what + strings.Repeat(" ", max(name-utf8.RuneCountInString(what), 0))
		for i, cell := range row[1:] {
			line += fmt.Sprintf("  %*s", widths[i+1], cell)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// worse orders rules: the worst severity first, then those with most that is
// new.
func worse(a, b finding.RuleTrend) int {
	severity := func(t *finding.RuleTrend) dictionary.Severity {
		if t.Rule == nil {
			return 0
		}
		return t.Rule.Severity
	}
	if sa, sb := severity(&a), severity(&b); sa != sb {
		return int(sb) - int(sa)
	}
	switch na, nb := a.New+a.Returned, b.New+b.Returned; {
	case na > nb:
		return -1
	case na < nb:
		return 1
	}
	return 0
}

// writeCauses lists the root causes that free most rows, one by one.
func (f *Diff) writeCauses(b *strings.Builder, d *dictionary.Dictionary, opt Options) {
	if opt.Counts.Suppress || len(f.Causes) == 0 || opt.MaxShown == 0 {
		return
	}
	b.WriteString("\nRoot causes of the new result, the one that frees most rows first\n")
	for i := range f.Causes[:min(len(f.Causes), opt.MaxShown)] {
		c := &f.Causes[i]
		fmt.Fprintf(b, "  %2d. frees %s: %s\n", i+1, opt.Counts.Things(c.RowsFreed, "row"), c.where())
		var words []string
		if c.State != 0 {
			words = append(words, c.State.String())
		}
		if long := wording.Running(c.Months); long != "" {
			words = append(words, long)
		}
		if len(words) > 0 {
			fmt.Fprintf(b, "      %s\n", wording.Sentence(strings.Join(words, ", ")))
		}
		if r := d.Rule(c.Code); c.Code != "" && r != nil {
			b.WriteString(wording.Wrap(d.Message(r), "      ", lineWidth))
		}
	}
	if rest := len(f.Causes) - opt.MaxShown; rest > 0 {
		fmt.Fprintf(b, "  and %s more; --max-shown shows more of them.\n", opt.Counts.Number(int64(rest)))
	}
}

// where says which record a root cause is.
func (c *Cause) where() string {
	if c.Code == "" {
		return "a row of " + wording.Clean(c.Table) + " that other rows name was not submitted"
	}
	s := fmt.Sprintf("%s, %s row %d", wording.Clean(c.Code), wording.Clean(c.Table), c.Row)
	switch {
	case c.Group == 2:
		s += " and 1 other"
	case c.Group > 2:
		s += fmt.Sprintf(" and %d others", c.Group-1)
	}
	return s
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// WriteJSON writes the difference as one JSON object:
//
//	{"old":{…},"new":{…},"comparison":{…},"causes":[{"code","table","row","rows_freed","state","months"}]}
//
// The comparison is that of package summary. Where counts are suppressed there
// are no causes.
func (f *Diff) WriteJSON(w io.Writer, opt Options) error {
	var b []byte
	for i, h := range []*Head{&f.Old, &f.New} {
		b = append(b, [2]string{`{"old":`, `,"new":`}[i]...)
		for j, field := range [][2]string{
			{`{"file":`, h.Name}, {`,"verdict":`, h.Verdict}, {`,"dataset_version":`, h.DatasetVersion}, {`,"rules_dated":`, h.RulesDated},
			{`,"period":`, h.Period}, {`,"provider":`, h.Provider}, {`,"fingerprint_key":`, h.FingerprintKey},
		} {
			b = append(b, field[0]...)
			if field[1] == "" && j > 0 {
				b = append(b, "null"...)
			} else {
				b = summary.AppendString(b, field[1])
			}
		}
		b = append(opt.Counts.JSON(append(b, `,"findings":`...), h.Findings), '}')
	}
	b = summary.AppendComparison(append(b, `,"comparison":`...), f.Comparison, opt.Counts)
	b = append(b, `,"causes":[`...)
	if !opt.Counts.Suppress {
		for i := range f.Causes {
			b = f.Causes[i].appendJSON(b, i)
		}
	}
	_, err := w.Write(append(b, "]}\n"...))
	return err
}

func (c *Cause) appendJSON(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	if c.Code == "" {
		b = summary.AppendString(append(b, `{"absent":`...), c.Table)
	} else {
		b = summary.AppendString(append(b, `{"code":`...), c.Code)
		b = summary.AppendString(append(b, `,"table":`...), c.Table)
		b = fmt.Appendf(b, `,"row":%d`, c.Row)
	}
	b = fmt.Appendf(b, `,"rows_freed":%d`, c.RowsFreed)
	if c.State != 0 {
		b = summary.AppendString(append(b, `,"state":`...), c.State.String())
		b = fmt.Appendf(b, `,"months":%d`, c.Months)
	}
	return append(b, '}')
}
