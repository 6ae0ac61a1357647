package handbook

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mhsds/dictionary"
)

// width is the column at which text for a terminal is wrapped.
const width = 80

// Text writes the page for a terminal: headings at the margin, the rest two
// columns in, lines of at most 80 characters wherever a blank allows.
func (p Page) Text() string {
	var b strings.Builder
	b.WriteString(p.Code + "  " + p.Severity + "\n")
	wrap(&b, "", p.Message)
	section := func(heading string, lines []string) {
		if len(lines) == 0 {
			return
		}
		b.WriteString("\n" + heading + "\n")
		for _, l := range lines {
			if len(lines) == 1 {
				wrap(&b, "  ", l)
			} else {
				wrap(&b, "  - ", l)
			}
		}
	}
	if p.Table != "" {
		section("Table", []string{p.Table})
	}
	section("Fields", p.Fields)
	status := p.Status
	if p.Why != "" {
		status += ": " + p.Why
	}
	section("How it is checked here", []string{status})
	section("What it costs", p.Cost)
	section("What must hold", p.Checked)
	section("Why it exists", p.Purpose)
	section("What usually trips it", p.Causes)
	section("How to repair it", p.Repairs)
	for _, e := range p.examples() {
		b.WriteByte('\n')
		wrap(&b, "", e.heading)
		if e.Example == nil {
			wrap(&b, "  ", e.why)
			continue
		}
		for _, row := range e.Rows {
			mark := ""
			if row.Marked && len(e.Rows) > 1 {
				mark = "  <- this record"
			}
			b.WriteString("  " + row.Table + mark + "\n")
			longest := 0
			for _, v := range row.Values {
				longest = max(longest, len(v[0]))
			}
			for _, v := range row.Values {
				fmt.Fprintf(&b, "    %-*s  %s\n", longest, v[0], show(v[1]))
			}
			if len(row.Values) == 0 {
				b.WriteString("    (nothing filled)\n")
			}
		}
	}
	section("Notes", p.Notes)
	if p.Codes != nil {
		b.WriteString("\nCodes (" + p.Codes.Name + ")\n")
		longest := 0
		for _, c := range p.Codes.Codes {
			longest = max(longest, utf8.RuneCountInString(c.Code))
		}
		for _, c := range p.Codes.Codes {
			pad := strings.Repeat(" ", longest-utf8.RuneCountInString(c.Code))
			wrap(&b, "  "+c.Code+pad+"  ", codeLabel(c))
		}
		if p.Codes.More > 0 {
			b.WriteString("  and " + strconv.Itoa(p.Codes.More) + " more\n")
		}
	}
	if len(p.Related) > 0 {
		section("Other rules on the field", []string{strings.Join(p.Related, "; ")})
	}
	section("Sources", p.Sources)
	return b.String()
}

// codeLabel is a code's label with what else there is to say of it.
func codeLabel(c dictionary.Code) string {
	s := c.Label
	if s == "" {
		s = "(no label in any public source)"
	}
	if c.ValidFrom != "" {
		s += " (from " + c.ValidFrom + ")"
	}
	return s
}

type headedExample struct {
	*Example
	heading, why string
}

// examples pairs the two examples with headings; one that is missing has the
// reason in why.
func (p Page) examples() (list []headedExample) {
	for _, x := range [...]struct {
		e    *Example
		word string
	}{{p.Bad, "Bad example"}, {p.Good, "Good example"}} {
		switch {
		case x.e != nil:
			list = append(list, headedExample{x.e, x.word + ": " + x.e.Name, ""})
		case p.NoCase != "":
			list = append(list, headedExample{nil, x.word, "None: " + p.NoCase + "."})
		}
	}
	if len(list) == 2 && list[0].Example == nil && list[1].Example == nil {
		return []headedExample{{nil, "Examples", list[0].why}}
	}
	return list
}

// show writes a value so that blanks and unusual characters can be seen.
func show(v string) string {
	if v == "" {
		return "(blank)"
	}
	for _, c := range v {
		if !unicode.IsPrint(c) {
			return strconv.Quote(v)
		}
	}
	return v
}

// wrap writes text behind the lead, continued below it.
func wrap(b *strings.Builder, lead, text string) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(lead))
	line := lead
	empty := true
	for _, word := range strings.Fields(text) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			b.WriteString(line + "\n")
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// Markdown writes the whole page, under a heading of the given level.
func (p Page) Markdown(level int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n\n**%s.** %s\n\n", strings.Repeat("#", level), p.Code, upper(p.Severity), escape(p.Message))
	section := func(heading string, lines []string) {
		if len(lines) == 0 {
			return
		}
		b.WriteString("**" + heading + "**\n\n")
		for _, l := range lines {
			b.WriteString("- " + escape(l) + "\n")
		}
		b.WriteString("\n")
	}
	if p.Table != "" {
		section("Table", []string{p.Table})
	}
	section("Fields", p.Fields)
	section("What it costs", p.Cost)
	section("What must hold", p.Checked)
	section("Why it exists", p.Purpose)
	section("What usually trips it", p.Causes)
	section("How to repair it", p.Repairs)
	for _, e := range p.examples() {
		b.WriteString("**" + escape(e.heading) + "**\n\n")
		if e.Example == nil {
			b.WriteString(escape(e.why) + "\n\n")
			continue
		}
		for _, row := range e.Rows {
			b.WriteString("- " + escape(row.inline(len(e.Rows) > 1)) + "\n")
		}
		b.WriteString("\n")
	}
	section("Notes", p.Notes)
	if p.Codes != nil {
		b.WriteString("**Codes (" + escape(p.Codes.Name) + ")**\n\n| code | meaning |\n|---|---|\n")
		for _, c := range p.Codes.Codes {
			b.WriteString("| `" + c.Code + "` | " + escape(codeLabel(c)) + " |\n")
		}
		if p.Codes.More > 0 {
			b.WriteString("| … | " + strconv.Itoa(p.Codes.More) + " more |\n")
		}
		b.WriteString("\n")
	}
	section("Sources", p.Sources)
	return b.String()
}

// inline writes a record of an example in one line.
func (row ExampleRow) inline(several bool) string {
	var parts []string
	for _, v := range row.Values {
		parts = append(parts, v[0]+" = "+show(v[1]))
	}
	s := strings.Join(parts, "; ")
	if s == "" {
		s = "(nothing filled)"
	}
	if several {
		s = row.Table + ": " + s
		if row.Marked {
			s += "  <- this record"
		}
	}
	return s
}

// upper makes the first letter large.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// escape keeps Markdown from reading a text's own characters as marks.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `<`, `&lt;`, `>`, `&gt;`, `|`, `\|`, "`", "\\`", `#`, `\#`, `~`, `\~`).Replace(s)
}
