package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mhsds/dictionary"
	"mhsds/dictionary/cases"
	"mhsds/dictionary/synthetic"
)

// written are the files that the scores become.
func written(root string, b *board, d *dictionary.Dictionary, g *synthetic.Generator) ([]file, error) {
	readme, err := os.ReadFile(filepath.Join(root, readmeFile))
	if err != nil {
		return nil, err
	}
	if readme, err = inReadme(readme, b); err != nil {
		return nil, err
	}
	return []file{{boardFile, b.json()}, {pageFile, page(b, d, g)}, {readmeFile, readme}}, nil
}

// The table in the README stands between these lines.
const (
	beginMark = "<!-- scoreboard: written by make scoreboard -->\n"
	endMark   = "<!-- /scoreboard -->\n"
)

// inReadme puts the totals in their place in the README.
func inReadme(readme []byte, b *board) ([]byte, error) {
	head, rest, ok := bytes.Cut(readme, []byte(beginMark))
	_, tail, closed := bytes.Cut(rest, []byte(endMark))
	if !ok || !closed {
		return nil, fmt.Errorf("%s: the lines %q and %q, between which the totals stand, are not there", readmeFile, strings.TrimSpace(beginMark), strings.TrimSpace(endMark))
	}
	var w bytes.Buffer
	w.Write(head)
	w.WriteString(beginMark)
	w.WriteString(table(&b.Totals))
	w.WriteString(endMark)
	w.Write(tail)
	return w.Bytes(), nil
}

func table(t *totals) string {
	var w strings.Builder
	w.WriteString("| | |\n|---|---|\n")
	for _, line := range t.lines() {
		fmt.Fprintf(&w, "| %s | %s |\n", line[0], line[1])
	}
	return w.String()
}

// page writes all for people to read.
func page(b *board, d *dictionary.Dictionary, g *synthetic.Generator) []byte {
	p := &pageWriter{b: b, d: d, g: g, stated: map[string]synthetic.Entangled{}}
	for _, e := range g.Entangled() {
		p.stated[e.Code] = e
	}
	p.head()
	p.kinds()
	p.lacking()
	p.rules()
	return p.w.Bytes()
}

type pageWriter struct {
	w      bytes.Buffer
	b      *board
	d      *dictionary.Dictionary
	g      *synthetic.Generator
	stated map[string]synthetic.Entangled
}

func (p *pageWriter) head() {
	fmt.Fprintf(&p.w, `# Scoreboard

What is known of each rule of MHSDS v%s, and of our own. Every figure was
measured by running; a kind of evidence that no run brought is "none" and is
never counted as passed. `+"`make scoreboard`"+` measures again and writes this page,
scoreboard.json and the table in the README; CI measures too, and fails when a
figure has fallen or a file is not what was measured.

`, p.d.Version)
	p.w.WriteString(table(&p.b.Totals))
	p.w.WriteString(`
- **Status**: exact, judged as its source states it once what it needs is given; partly; not checked; off, when the national list has dropped it.
- **Cases**: records made from the rule's kind and parameters, on both sides of every edge, judged by the engine: accepted + rejected, as each says. "wrong" counts the others. Of a rule on how files are written, files with and without the fault.
- **Fault**: in a generated submission without faults the rule is broken. Alone: the findings are this rule and the cascade that was stated before. Entangled: others fail at once, and dictionary/synthetic says which and why.
- **Oracle**: failing records on which jsonschema, given the published schema, names this rule as the engine does: its cases, its fault, a submission with every fault, and submissions in which every fourth row is spoilt.
- **Twin**: failures that a second implementation finds too. Of rules between records: every row against every row. Of the look-out for what belongs to another data set: its own twin on random submissions. Of other rules, after "k": values on which the kernels that the rule is lowered to agree with their twins, by the least compared of them.
- An exclamation mark counts differences. There is no other place for them to hide.
`)
	if len(p.b.Accepted) > 0 {
		p.w.WriteString("\n## Figures that were let fall\n\n")
		for _, a := range p.b.Accepted {
			fmt.Fprintf(&p.w, "- %s: %s\n", a.Why, strings.Join(a.Fallen, "; "))
		}
	}
}

// kinds sums up by kind of rule, the most frequent first.
func (p *pageWriter) kinds() {
	p.w.WriteString("\n## By kind\n\n| kind | rules | exact | partly | not checked | off | cases | fault alone | entangled | oracle | twin | against |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	byKind := map[dictionary.Kind][]score{}
	var kinds []dictionary.Kind
	for i := range p.b.Rules {
		k := p.d.Rule(p.b.Rules[i].Code).Kind
		if byKind[k] == nil {
			kinds = append(kinds, k)
		}
		byKind[k] = append(byKind[k], p.b.Rules[i])
	}
	slices.SortStableFunc(kinds, func(a, b dictionary.Kind) int {
		return cmp.Or(cmp.Compare(len(byKind[b]), len(byKind[a])), cmp.Compare(a.String(), b.String()))
	})
	for _, k := range kinds {
		var t totals
		t.count(byKind[k])
		fmt.Fprintf(&p.w, "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d | %d | %d |\n", k, t.Rules, t.Exact, t.Partly, t.NotChecked, t.Off,
			t.CaseRules, t.Alone, t.Entangled, t.OracleRules, t.TwinRules+t.KernelRules, t.Against)
	}
}

// lacking lists the rules that are judged with less than two kinds of
// evidence, and why.
func (p *pageWriter) lacking() {
	p.w.WriteString("\n## Least evidence\n\nRules that are judged with fewer than two kinds of evidence, and those that something speaks against.\n\n| rule | kinds | why |\n|---|--:|---|\n")
	for i := range p.b.Rules {
		s := &p.b.Rules[i]
		r := p.d.Rule(s.Code)
		judged := s.Status == exact || s.Status == partly
		if against := s.against(); len(against) > 0 {
			fmt.Fprintf(&p.w, "| %s | %d | against it: %s |\n", s.Code, s.kinds(), strings.Join(against, ", "))
		} else if judged && s.kinds() < 2 {
			fmt.Fprintf(&p.w, "| %s | %d | %s |\n", s.Code, s.kinds(), cell(p.why(r)))
		}
	}
}

// why says why there is no more evidence of a rule.
func (p *pageWriter) why(r *dictionary.Rule) string {
	if why := cases.Reason(p.d, r); why != "" {
		return why
	}
	for _, u := range p.g.Unbroken() {
		if u.Of(r) {
			return "no fault is made: " + u.Why
		}
	}
	return "only its cases look at it"
}

// rules writes one line a rule, table by table.
func (p *pageWriter) rules() {
	byTable := map[string][]*score{}
	for i := range p.b.Rules {
		table := p.d.Rule(p.b.Rules[i].Code).Table
		byTable[table] = append(byTable[table], &p.b.Rules[i])
	}
	for i := range p.d.Tables {
		p.table(p.d.Tables[i].Name, byTable[p.d.Tables[i].ID])
		delete(byTable, p.d.Tables[i].ID)
	}
	var others []*score
	for _, table := range slices.Sorted(maps.Keys(byTable)) {
		others = append(others, byTable[table]...)
	}
	p.table("Of any table, or of none", others)
}

func (p *pageWriter) table(name string, rules []*score) {
	if len(rules) == 0 {
		return
	}
	fmt.Fprintf(&p.w, "\n## %s\n\n| rule | severity | kind | field | status | cases | fault | oracle | twin |\n|---|---|---|---|---|---|---|---|---|\n", name)
	for _, s := range rules {
		r := p.d.Rule(s.Code)
		fmt.Fprintf(&p.w, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", s.Code, r.Severity, r.Kind, r.Field,
			p.status(s, r), showCases(s.Cases), p.fault(s), show("", s.Oracle), p.twins(s))
	}
}

func (p *pageWriter) status(s *score, r *dictionary.Rule) string {
	_, why, needs := statusOf(p.d, r)
	text := s.Status
	if why != "" {
		text += ": " + why
	} else if needs != "" {
		text += "; " + needs
	}
	return cell(text)
}

func (p *pageWriter) fault(s *score) string {
	switch s.Fault {
	case "":
		return "none"
	case differs:
		return "**differs**"
	case entangled:
		var choices []string
		for _, c := range p.stated[s.Code].Companions {
			choices = append(choices, strings.Join(c, " and "))
		}
		return "with " + strings.Join(choices, ", or ")
	}
	return s.Fault
}

func (p *pageWriter) twins(s *score) string {
	switch {
	case s.Twin == nil && s.Kernels == nil:
		return "none"
	case s.Kernels == nil:
		return show("", s.Twin)
	case s.Twin == nil:
		return show("k ", s.Kernels)
	}
	return show("", s.Twin) + ", " + show("k ", s.Kernels)
}

func showCases(c *caseCount) string {
	switch {
	case c == nil:
		return "none"
	case c.Wrong > 0:
		return fmt.Sprintf("%d + %d, **%d wrong**", c.Accept, c.Reject, c.Wrong)
	}
	return fmt.Sprintf("%d + %d", c.Accept, c.Reject)
}

func show(prefix string, a *agreement) string {
	switch {
	case a == nil:
		return "none"
	case a.Differ > 0:
		return fmt.Sprintf("%s%s, **%s!**", prefix, n(a.Agree), n(a.Differ))
	}
	return prefix + n(a.Agree)
}

// cell makes a text fit for a cell.
func cell(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "|", "\\|"), "\n", " ") }
