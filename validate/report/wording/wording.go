// Package wording says what several reports say in the same words: the verdict,
// what is lost, what a root cause is, what has changed, what a report contains.
//
// All of it is plain text without line breaks. What comes from the submission
// (names of files and columns, values) goes through Clean; every format then
// escapes by its own rules.
package wording

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
)

// Totals are sums over the tables of a summary, in rows; Warnings and Own are
// findings, of national rules that warn and of rules of ours.
type Totals struct {
	Rows, CarriedForward, RecordRejected, GroupRejected, FileRejected, Unreadable int64
	Warnings, Own                                                                 int64
}

// Lost is the number of rows that are not carried forward.
func (t Totals) Lost() int64 { return t.Rows - t.CarriedForward }

// Sum adds up the tables.
func Sum(s *finding.Summary) Totals {
	var t Totals
	for i := range s.Tables {
		n := &s.Tables[i]
		t.Rows += n.Rows
		t.CarriedForward += n.CarriedForward
		t.RecordRejected += n.RecordRejected
		t.GroupRejected += n.GroupRejected
		t.FileRejected += n.FileRejected
		t.Unreadable += n.Unreadable
		t.Warnings += n.Warnings
	}
	for _, c := range s.Rules {
		if c.Rule.Own() {
			t.Own += c.Count
		}
	}
	return t
}

// Verdict says in a sentence or two what becomes of the submission:
// "Accepted with rejections: 2 of 6 rows would be lost (2 record rejected); 4
// would be carried forward."
func Verdict(s *finding.Summary, c share.Counts) string {
	t := Sum(s)
	head := Sentence(s.Verdict.String())
	if len(s.Incomplete) > 0 {
		head += " (of what was read)"
	}
	switch s.Verdict {
	case finding.FileRejected:
		return fmt.Sprintf("%s: the portal would keep nothing of it. Otherwise %s of %s would be carried forward.",
			head, c.Number(t.CarriedForward), c.Things(t.Rows, "row"))
	case finding.AcceptedWithRejections:
		var how []string
		for _, part := range []struct {
			n    int64
			what string
		}{{t.RecordRejected, "record rejected"}, {t.GroupRejected, "group rejected"}, {t.Unreadable, "unreadable"}} {
			if part.n > 0 {
				how = append(how, c.Number(part.n)+" "+part.what)
			}
		}
		return fmt.Sprintf("%s: %s of %s would be lost (%s); %s would be carried forward.",
			head, c.Number(t.Lost()), c.Things(t.Rows, "row"), strings.Join(how, ", "), c.Number(t.CarriedForward))
	}
	return fmt.Sprintf("%s: %s of %s would be carried forward.", head, c.Number(t.CarriedForward), c.Things(t.Rows, "row"))
}

// Root says what a root cause is, without its message: "MHS20168,
// MHS201CareContact row 2 and 1 other".
func Root(r *finding.Root, c share.Counts) string {
	if r.Absent || r.Rule == nil {
		return "a row of " + r.Table.Name + " that other rows name was not submitted"
	}
	where := r.Rule.Code + ", " + r.Table.Name
	if c.Suppress {
		return where
	}
	if r.Row > 0 {
		where += " row " + c.Number(r.Row)
	}
	switch {
	case r.Group == 2:
		where += " and 1 other"
	case r.Group > 2:
		where += " and " + c.Number(int64(r.Group-1)) + " others"
	}
	return where
}

// RootMessage is the message of the rule of a root cause, and what to do about
// an absent record.
func RootMessage(d *dictionary.Dictionary, r *finding.Root) string {
	if r.Absent || r.Rule == nil {
		return "Submit it, or correct the rows that name it."
	}
	return d.Message(r.Rule)
}

// Place says where a finding is: "row 17", "row 17 (line 19), Column". It is
// "" for a finding on a table or file as a whole.
func Place(row, line int64, column string) string {
	var words []string
	if row > 0 {
		w := "row " + strconv.FormatInt(row, 10)
		if line > 0 && line != row+1 { // a heading, and one line a record
			w += " (line " + strconv.FormatInt(line, 10) + ")"
		}
		words = append(words, w)
	}
	if column != "" {
		words = append(words, Clean(column))
	}
	return strings.Join(words, ", ")
}

// Trend says how a rule's findings stand against the earlier result: "3 new,
// 2 fixed, 1 still there, 1 returned".
func Trend(t *finding.RuleTrend, c share.Counts) string {
	var words []string
	for _, part := range []struct {
		n    int64
		what finding.State
	}{{t.New, finding.New}, {t.Returned, finding.Returned}, {t.Still, finding.Still}, {t.Fixed, finding.Fixed}} {
		if part.n > 0 {
			words = append(words, c.Number(part.n)+" "+part.what.String())
		}
	}
	if len(words) == 0 {
		return "none, then and now"
	}
	return strings.Join(words, ", ")
}

// Running says for how many reporting periods running there was a finding, ""
// for fewer than two: "3 months running".
func Running(months int) string {
	if months < 2 {
		return ""
	}
	return strconv.Itoa(months) + " months running"
}

// Against says with what the result was compared, and how.
func Against(c *finding.Comparison) string {
	s := "Compared with " + Clean(c.Previous)
	if c.Period != "" {
		s += " of " + Clean(c.Period)
	}
	if c.ByFingerprint {
		return s + ", finding by finding."
	}
	return s + " by counts alone: " + c.Why + "."
}

// Privacy says what a report contains.
func Privacy(values bool, c share.Counts) string {
	s := "This report contains no patient values and no local identifiers."
	if values {
		s = "This report contains patient identifiers."
	}
	if c.Suppress {
		s += " " + share.Note
	}
	return s + " Nothing was sent anywhere."
}

// Rules says which rules were used.
func Rules(s *finding.Summary) string {
	text := "rules of " + or(s.RulesDated, "unknown date")
	if s.ScalesRevision != "" {
		text += ", assessment scales " + s.ScalesRevision
	}
	if s.Tool.Schemas != "" && s.Tool.Schemas != "embedded" {
		text += ", schemas of folder " + Clean(s.Tool.Schemas)
	}
	return text
}

// Configuration says which configuration was read, "" for none.
func Configuration(s *finding.Summary) string {
	if s.Input.Config == "" {
		return ""
	}
	text := Clean(s.Input.Config)
	if s.Input.ConfigFound {
		text += ", found in the current folder"
	}
	return text
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// Label writes an item as reports do; one without UID is its name alone.
func Label(it dictionary.Item) string {
	if it.UID == "" {
		return it.Name
	}
	return it.String()
}

// longest is the greatest number of characters of a value that is shown: more
// than any field may hold, and a lost quote does not fill the screen.
const longest = 300

// Value writes a value for people: blank, or in quotes and clean, cut when it
// is longer than any field may be.
func Value(v *finding.Value) string {
	if v.Null {
		return "blank"
	}
	s, n := string(v.Text), 0
	for i := range s {
		if n == longest {
			s = s[:i] + "…"
			break
		}
		n++
	}
	return `"` + Clean(s) + `"`
}

// Values writes the items with their values: `[M101010]ServiceRequestID "A1"`.
func Values(values []finding.Value) string {
	var parts []string
	for i := range values {
		parts = append(parts, Label(values[i].Item)+" "+Value(&values[i]))
	}
	return strings.Join(parts, ", ")
}

// A Reason is why some rules were not checked.
type Reason struct {
	Why   string // as the summary has it
	Rules []*dictionary.Rule
}

// Codes are the codes of its rules, with commas between them.
func (r *Reason) Codes() string {
	codes := make([]string, len(r.Rules))
	for i, rule := range r.Rules {
		codes[i] = rule.Code
	}
	return strings.Join(codes, ", ")
}

// Reasons gathers the rules that were not checked by the reason, that of most
// rules first.
func Reasons(list []finding.NotChecked) []Reason {
	var reasons []Reason
	for _, n := range list {
		i := slices.IndexFunc(reasons, func(x Reason) bool { return x.Why == n.Why })
		if i < 0 {
			i = len(reasons)
			reasons = append(reasons, Reason{Why: n.Why})
		}
		reasons[i].Rules = append(reasons[i].Rules, n.Rule)
	}
	slices.SortStableFunc(reasons, func(a, b Reason) int { return cmp.Compare(len(b.Rules), len(a.Rules)) })
	return reasons
}

// TableName is the table's name, "" for none.
func TableName(t *dictionary.Table) string {
	if t == nil {
		return ""
	}
	return t.Name
}

// Sentence begins s with a capital letter.
func Sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// Clean writes as an escape what a reader would not see or a program might
// obey: control characters, bytes that are not UTF-8, marks that turn the
// direction of text, spaces that look like another.
func Clean(s string) string {
	if !strings.ContainsFunc(s, odd) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !odd(r):
			b.WriteString(s[i : i+n])
		default:
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		}
		i += n
	}
	return b.String()
}

func odd(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }

// Wrap breaks s into lines of at most width characters where it has spaces,
// each begun with indent and ended with a line break.
func Wrap(s, indent string, width int) string {
	var b strings.Builder
	used := 0
	for i, word := range strings.Split(s, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
			b.WriteString(indent)
			used = utf8.RuneCountInString(indent)
		case used+1+n > width:
			b.WriteString("\n" + indent)
			used = utf8.RuneCountInString(indent)
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += n
	}
	b.WriteByte('\n')
	return b.String()
}
