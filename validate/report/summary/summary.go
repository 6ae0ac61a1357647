// Package summary writes the outcome of a run as one JSON object.
//
// The object is the whole of the report "json" and the last line of "jsonl":
//
//	{"verdict":…,"dataset_version":…,"rules_dated":…,"period":…,"provider":…,
//	 "tables":[…],"rules":[…],"pre_submission":[…],"causes":[…],"not_checked":[…],
//	 "input":{…},"tool":{…},                       up to here as CLI.md names them
//	 "scales_revision":…,"period_start":…,"period_end":…,"submitter":…,
//	 "cause_count":…,"assumed":{…},"notices":[…],"incomplete":[…],
//	 "fingerprint_key":…,"comparison":{…},"suppressed":…,
//	 "quality":{…},"measures":[…],"table_movements":[…],
//	 "scope":{…},"switched":[…],"more":[…]}
//
// Every key is always there. A value that the submission does not give is
// null, and so are assumed, comparison, quality, measures, table_movements and
// scope when there was none; a list without members is empty. switched are the
// settings of our own rules. cause_count is exact; causes hold the greatest ones. The
// number of jobs is left out, so that the same submission gives the same bytes
// whatever it was judged with.
//
// Where counts are suppressed, a hidden one is null, and causes stand without
// rows; see package share.
package summary

import (
	"io"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"mhsds/validate/finding"
	"mhsds/validate/report/share"
)

// A Report writes the summary alone; findings pass it by.
type Report struct {
	w      io.Writer
	counts share.Counts
}

// New returns a report that writes to w when it is closed.
func New(w io.Writer, counts share.Counts) *Report { return &Report{w, counts} }

// Report ignores the finding: the summary counts it.
func (*Report) Report(*finding.Finding) error { return nil }

// Close writes the summary and a line break. It does not close the writer.
func (r *Report) Close(s *finding.Summary) error {
	_, err := r.w.Write(append(appendShown(nil, s, r.counts), '\n'))
	return err
}

// Append appends the object with all counts, without line breaks, and returns
// the extended slice.
func Append(b []byte, s *finding.Summary) []byte { return appendShown(b, s, share.Counts{}) }

func appendShown(b []byte, s *finding.Summary, shown share.Counts) []byte {
	count := func(b []byte, key string, n int64) []byte { return shown.JSON(append(b, key...), n) }
	b = text(b, `{"verdict":`, s.Verdict.String())
	b = text(b, `,"dataset_version":`, s.DatasetVersion)
	b = text(b, `,"rules_dated":`, s.RulesDated)
	b = text(b, `,"period":`, Period(s))
	b = text(b, `,"provider":`, s.Provider)

	b = append(b, `,"tables":[`...)
	for i := range s.Tables {
		t := &s.Tables[i]
		b = text(comma(b, i), `{"table":`, t.Table.Name)
		b = count(b, `,"rows":`, t.Rows)
		b = count(b, `,"carried_forward":`, t.CarriedForward)
		b = count(b, `,"record_rejected":`, t.RecordRejected)
		b = count(b, `,"group_rejected":`, t.GroupRejected)
		b = count(b, `,"warnings":`, t.Warnings)
		b = count(b, `,"file_rejected":`, t.FileRejected)
		b = count(b, `,"unreadable":`, t.Unreadable)
		b = append(text(b, `,"file":`, t.File), '}')
	}

	b = append(b, `],"rules":[`...)
	n := 0
	for _, c := range s.Rules {
		if c.Rule.Own() {
			continue
		}
		b = text(comma(b, n), `{"code":`, c.Rule.Code)
		b = text(b, `,"severity":`, c.Rule.Severity.String())
		b = append(count(b, `,"count":`, c.Count), '}')
		n++
	}
	b = append(b, `],"pre_submission":[`...)
	n = 0
	for _, c := range s.Rules {
		if !c.Rule.Own() {
			continue
		}
		b = text(comma(b, n), `{"code":`, c.Rule.Code)
		b = text(b, `,"grade":`, c.Rule.Grade)
		b = text(b, `,"severity":`, c.Rule.Severity.String())
		b = append(count(b, `,"count":`, c.Count), '}')
		n++
	}

	b = append(b, `],"causes":[`...)
	for i, r := range shown.Roots(s.Roots) {
		b = root(comma(b, i), &r, shown)
	}
	b = append(b, `],"not_checked":[`...)
	for i, c := range s.NotChecked {
		b = text(comma(b, i), `{"code":`, c.Rule.Code)
		b = append(text(b, `,"why":`, c.Why), '}')
	}

	b = text(b, `],"input":{"path":`, s.Input.Path)
	b = append(b, `,"files":[`...)
	for i, f := range s.Input.Files {
		b = text(comma(b, i), `{"name":`, f.Name)
		b = exact(b, `,"bytes":`, f.Bytes)
		if f.SHA256 != "" {
			b = text(b, `,"sha256":`, f.SHA256)
		}
		b = append(b, '}')
	}
	b = append(b, `],"reference":[`...)
	for i, f := range s.Input.Reference {
		b = text(comma(b, i), `{"kind":`, f.Register.String())
		b = text(b, `,"name":`, f.Name)
		b = exact(b, `,"rows":`, f.Rows)
		b = text(b, `,"newest":`, f.Newest)
		b = append(exact(b, `,"left_out":`, f.LeftOut), '}')
	}
	b = text(b, `],"config":`, s.Input.Config)
	b = text(b, `},"tool":{"name":`, s.Tool.Name)
	b = text(b, `,"version":`, s.Tool.Version)
	b = append(text(b, `,"schemas":`, s.Tool.Schemas), '}')

	b = text(b, `,"scales_revision":`, s.ScalesRevision)
	b = text(b, `,"period_start":`, s.PeriodStart)
	b = text(b, `,"period_end":`, s.PeriodEnd)
	b = text(b, `,"submitter":`, s.Submitter)
	b = count(b, `,"cause_count":`, s.RootCount)
	b = assumed(b, s, shown)
	b = append(b, `,"notices":[`...)
	for i, n := range s.Notices {
		b = text(comma(b, i), `{"file":`, n.File)
		b = append(text(b, `,"text":`, n.Text), '}')
	}
	b = append(b, `],"incomplete":[`...)
	for i, why := range s.Incomplete {
		b = text(comma(b, i), "", why)
	}
	b = text(b, `],"fingerprint_key":`, s.FingerprintKey)
	b = append(b, `,"comparison":`...)
	b = AppendComparison(b, s.Comparison, shown)
	b = append(b, `,"suppressed":`...)
	b = strconv.AppendBool(b, shown.Suppress)
	b = appendQuality(b, s, shown)
	return append(AppendScope(b, s, shown), '}')
}

// AppendComparison appends how a result stands against an earlier one, null for
// no comparison:
//
//	{"previous":…,"period":…,"summary":…,"by_fingerprint":…,"why":…,"notes":[…],
//	 "new":…,"still":…,"returned":…,"fixed":…,
//	 "rules":[{"code","before","now","new","still","returned","fixed","months"}],
//	 "causes":[{"code","table","before","now","new","still","returned","fixed","months","rows_freed"}]}
//
// months is null where no finding is still there.
func AppendComparison(b []byte, c *finding.Comparison, shown share.Counts) []byte {
	if c == nil {
		return append(b, "null"...)
	}
	trend := func(b []byte, before, now, fresh, still, returned, fixed int64, months int) []byte {
		for _, n := range []struct {
			key string
			n   int64
		}{{`,"before":`, before}, {`,"now":`, now}, {`,"new":`, fresh}, {`,"still":`, still}, {`,"returned":`, returned}, {`,"fixed":`, fixed}} {
			b = shown.JSON(append(b, n.key...), n.n)
		}
		if months == 0 {
			return append(b, `,"months":null`...)
		}
		return exact(b, `,"months":`, int64(months))
	}
	b = text(b, `{"previous":`, c.Previous)
	b = text(b, `,"period":`, c.Period)
	b = text(b, `,"summary":`, c.Summary)
	b = strconv.AppendBool(append(b, `,"by_fingerprint":`...), c.ByFingerprint)
	b = text(b, `,"why":`, c.Why)
	b = append(b, `,"notes":[`...)
	for i, n := range c.Notes {
		b = text(comma(b, i), "", n)
	}
	t := c.Total()
	b = append(b, ']')
	b = trend(b, t.Before, t.Now, t.New, t.Still, t.Returned, t.Fixed, t.Months)
	b = append(b, `,"rules":[`...)
	for i := range c.Rules {
		r := &c.Rules[i]
		b = text(comma(b, i), `{"code":`, r.Code)
		b = append(trend(b, r.Before, r.Now, r.New, r.Still, r.Returned, r.Fixed, r.Months), '}')
	}
	b = append(b, `],"causes":[`...)
	for i := range c.Roots {
		r := &c.Roots[i]
		b = text(comma(b, i), `{"code":`, r.Code)
		b = text(b, `,"table":`, r.Table)
		b = trend(b, r.Before, r.Now, r.New, r.Still, r.Returned, r.Fixed, r.Months)
		b = append(shown.JSON(append(b, `,"rows_freed":`...), r.RowsFreed), '}')
	}
	return append(b, "]}"...)
}

// root appends a root cause. An absent record has no code and no row.
func root(b []byte, r *finding.Root, shown share.Counts) []byte {
	count := func(b []byte, key string, n int64) []byte { return shown.JSON(append(b, key...), n) }
	if r.Absent || r.Rule == nil {
		b = text(b, `{"absent":`, r.Table.Name)
	} else {
		b = text(b, `{"code":`, r.Rule.Code)
		b = text(b, `,"table":`, r.Table.Name)
		if !shown.Suppress {
			b = exact(b, `,"row":`, r.Row)
		}
	}
	b = count(b, `,"rows_freed":`, r.RowsFreed)
	b = count(b, `,"depends":`, r.Depends)
	if r.Group != 0 && !shown.Suppress {
		b = count(b, `,"group":`, int64(r.Group))
	}
	if r.Repair != 0 {
		b = exact(b, `,"repair":`, int64(r.Repair))
		b = count(b, `,"gain":`, r.Gain)
	}
	if r.Fingerprint != "" && !shown.Suppress {
		b = text(b, `,"fingerprint":`, r.Fingerprint)
	}
	if r.History.State != 0 {
		b = text(b, `,"state":`, r.History.State.String())
		b = exact(b, `,"months":`, int64(r.History.Months))
	}
	return append(b, '}')
}

// assumed appends what would be carried forward if some findings were gone.
func assumed(b []byte, s *finding.Summary, shown share.Counts) []byte {
	b = append(b, `,"assumed":`...)
	if s.Assumed == nil {
		return append(b, "null"...)
	}
	b = append(b, `{"codes":[`...)
	for i, c := range s.Assumed.Codes {
		b = text(comma(b, i), "", c)
	}
	b = append(b, `],"tables":[`...)
	for i, n := range s.Assumed.CarriedForward {
		b = text(comma(b, i), `{"table":`, s.Tables[i].Table.Name)
		b = append(shown.JSON(append(b, `,"carried_forward":`...), n), '}')
	}
	return append(b, "]}"...)
}

// Period writes the reporting period as CCYY-MM when it lies in one month, as
// START/END otherwise, and "" when the header has none.
func Period(s *finding.Summary) string {
	start, end := s.PeriodStart, s.PeriodEnd
	switch {
	case start == "" && end == "":
		return ""
	case len(start) == len("2026-09-01") && (end == "" || len(end) == len(start) && end[:7] == start[:7]):
		return start[:7]
	}
	return start + "/" + end
}

// comma appends what divides the i-th member of a list from the one before.
func comma(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return b
}

// text appends key and the string s, or null for "".
func text(b []byte, key, s string) []byte {
	b = append(b, key...)
	if s == "" {
		return append(b, "null"...)
	}
	return AppendString(b, s)
}

// exact appends a number that is no count of anything in the submission.
func exact(b []byte, key string, n int64) []byte {
	return strconv.AppendInt(append(b, key...), n, 10)
}

// AppendString appends s as a JSON string. The result is valid JSON and valid
// UTF-8 for any bytes: what is not UTF-8 becomes U+FFFD. What a terminal would
// obey or a reader not see is escaped, although JSON would allow most of it:
// control characters, marks that turn the direction of text, spaces that look
// like another, characters without width.
func AppendString[T ~string | ~[]byte](b []byte, s T) []byte {
	return append(AppendInner(append(b, '"'), s), '"')
}

// AppendInner is AppendString without the quotes.
func AppendInner[T ~string | ~[]byte](b []byte, s T) []byte {
	const hex = "0123456789abcdef"
	from := 0 // where the part not yet appended begins
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			b = append(b, s[from:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, `\n`...)
			case '\r':
				b = append(b, `\r`...)
			case '\t':
				b = append(b, `\t`...)
			default:
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			from = i
			continue
		}
		r, n := decode(s[i:])
		if r == utf8.RuneError && n == 1 {
			b = append(append(b, s[from:i]...), "\uFFFD"...)
			from = i + n
		} else if !unicode.IsPrint(r) {
			b = append(b, s[from:i]...)
			if r > 0xffff {
				var high rune
				high, r = utf16.EncodeRune(r)
				b = append(b, '\\', 'u', hex[high>>12&15], hex[high>>8&15], hex[high>>4&15], hex[high&15])
			}
			b = append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
			from = i + n
		}
		i += n
	}
	return append(b, s[from:]...)
}

// decode returns the first character of s. A character has at most four
// bytes, which a small array holds, so that no form of s is converted.
func decode[T ~string | ~[]byte](s T) (rune, int) {
	var a [utf8.UTFMax]byte
	n := copy(a[:], s)
	return utf8.DecodeRune(a[:n])
}
