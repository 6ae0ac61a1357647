package text

import (
	"fmt"
	"slices"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/wording"
)

// quality writes how good the values are, if that was counted.
func (r *Report) quality(s *finding.Summary) {
	q := s.Quality
	if q == nil {
		return
	}
	p := &r.page
	p.title("Data quality of the rows carried forward")
	p.wrap(2, 2, wording.Score(q, r.opt.Counts))
	items := wording.Scored(q)
	shown := items
	if !r.opt.Verbose {
		shown = items[:min(len(items), r.opt.MaxShown)]
	}
	if len(shown) > 0 {
		p.line("")
		r.columns([]string{"", "rows", "score", "valid", "other", "default", "invalid", "missing"}, len(shown), func(i int) []string {
			m := shown[i]
			cells := []string{m.Measure.ID + " " + m.Measure.Name, r.number(m.Denominator), or(wording.ItemScore(m, r.opt.Counts), "–")}
			for _, n := range []int64{m.Valid, m.Other, m.Default, m.Invalid, m.Missing} {
				cells = append(cells, r.number(n))
			}
			return cells
		})
	}
	if rest := len(items) - len(shown); rest > 0 {
		p.wrap(2, 4, "and "+number(int64(rest))+" more, no worse; -v shows them.")
	}
	r.rates("Times that look made up, and other signs", q, dictionary.Integrity)
	r.rates("Coverage", q, dictionary.Coverage)
	if len(q.Form) > 0 {
		p.line("")
		p.wrap(2, 2, "How values are written:")
		for i := range q.Form {
			f := &q.Form[i]
			p.wrap(4, 6, f.Rule.Code+", "+wording.Form(f, r.opt.Counts)+". "+r.d.Message(f.Rule))
		}
	}
	if list := wording.NotScored(q); len(list) > 0 {
		p.line("")
		for _, u := range list {
			p.wrap(2, 4, "Not scored, "+things(int64(len(u.Measures)), "measure")+": "+wording.Clean(u.Why)+".")
			if r.opt.Verbose {
				var ids []string
				for _, m := range u.Measures {
					ids = append(ids, m.ID)
				}
				p.wrap(4, 4, strings.Join(ids, ", "))
			}
		}
	}
	if n := wording.Empty(q); n > 0 {
		p.wrap(2, 4, wording.Sentence(things(int64(n), "measure"))+" without a row to measure.")
	}
}

// rates writes the measures of a kind that are a share, those of nothing in one
// line.
func (r *Report) rates(head string, q *finding.QualitySummary, kind dictionary.QualityKind) {
	list := wording.Rates(q, kind)
	if len(list) == 0 {
		return
	}
	p := &r.page
	p.line("")
	p.wrap(2, 2, head+":")
	none := 0
	for _, m := range list {
		if m.Valid == 0 && m.Measure.Target == 0 {
			none++
			continue
		}
		say := m.Measure.ID + " " + m.Measure.Name + ": " + r.number(m.Valid) + " of " + r.number(m.Denominator)
		if percent := wording.Share(m.Valid, m.Denominator, r.opt.Counts); percent != "" {
			say += ", " + percent
		}
		if m.Measure.Target > 0 {
			say += fmt.Sprintf("; the national target is %d%%", m.Measure.Target)
		}
		p.wrap(4, 6, wording.Clean(say))
	}
	if none > 0 {
		p.wrap(4, 6, things(int64(none), "measure")+" with none.")
	}
}

// measures writes the monthly counts, beside what they would be if nothing were
// rejected and what they were.
func (r *Report) measures(s *finding.Summary) {
	p := &r.page
	if s.Measures != nil {
		p.title("Monthly counts: carried forward, and if nothing were rejected")
		sources := measureSources(s)
		head := []string{"", "carried", "of all"}
		for i := range sources {
			head = append(head, before(i, len(sources)), "")
		}
		r.columns(head, len(s.Measures), func(i int) []string {
			m := &s.Measures[i]
			cells := []string{m.Measure.ID + " " + m.Measure.Name, "–", "–"}
			if m.Why == "" {
				cells[1], cells[2] = r.number(m.Carried), r.number(m.Submitted)
			}
			for _, source := range sources {
				k := slices.IndexFunc(m.Movements, func(x finding.Movement) bool { return x.Source == source })
				if k < 0 {
					cells = append(cells, "–", "")
					continue
				}
				cells = append(cells, wording.Before(&m.Movements[k], r.opt.Counts), r.moved(m.Carried, &m.Movements[k]))
			}
			return cells
		})
		r.sources(sources)
		for _, why := range reasonsOf(s.Measures) {
			p.wrap(2, 4, "Not counted: "+wording.Clean(why)+".")
		}
	}
	if len(s.TableMovements) == 0 {
		return
	}
	var moved []*finding.TableMovement
	for i := range s.TableMovements {
		if m := &s.TableMovements[i]; m.Out || r.opt.Verbose {
			moved = append(moved, m)
		}
	}
	p.title("Tables compared with an earlier submission")
	if len(moved) == 0 {
		p.wrap(2, 2, "None of "+things(int64(len(s.TableMovements)), "table")+" moved far.")
		return
	}
	var sources []string
	for _, m := range moved {
		if !slices.Contains(sources, m.Source) {
			sources = append(sources, m.Source)
		}
	}
	head := []string{"", "carried", "before", ""}
	if len(sources) > 1 {
		head = append(head, "")
	}
	r.columns(head, len(moved), func(i int) []string {
		m := moved[i]
		cells := []string{m.Table.Name, r.number(m.Now), wording.Before(&m.Movement, r.opt.Counts), r.moved(m.Now, &m.Movement)}
		if len(sources) > 1 {
			cells = append(cells, fmt.Sprintf("(%d)", slices.Index(sources, m.Source)+1))
		}
		return cells
	})
	r.sources(sources)
	if rest := len(s.TableMovements) - len(moved); rest > 0 {
		p.wrap(2, 4, things(int64(rest), "table")+" did not move far; -v shows them.")
	}
}

// moved writes a change, with a mark where it stands out.
func (r *Report) moved(now int64, m *finding.Movement) string {
	change := wording.Change(now, m, r.opt.Counts)
	if m.Out {
		return strings.TrimSpace(change + " !")
	}
	return change
}

// before is the head of the columns of a source, with its number if there are
// several.
func before(i, of int) string {
	if of == 1 {
		return "before"
	}
	return fmt.Sprintf("before (%d)", i+1)
}

// sources says what the counts before are.
func (r *Report) sources(list []string) {
	for i, source := range list {
		head := "Before"
		if len(list) > 1 {
			head = fmt.Sprintf("Before (%d)", i+1)
		}
		head += ": " + wording.Clean(source) + "."
		if i == len(list)-1 {
			head += " What is marked ! moved further than the limit."
		}
		r.page.wrap(2, 4, head)
	}
}

func measureSources(s *finding.Summary) []string {
	var list []string
	for i := range s.Measures {
		for _, m := range s.Measures[i].Movements {
			if !slices.Contains(list, m.Source) {
				list = append(list, m.Source)
			}
		}
	}
	return list
}

func reasonsOf(list []finding.MeasureCount) []string {
	var reasons []string
	for i := range list {
		if why := list[i].Why; why != "" && !slices.Contains(reasons, why) {
			reasons = append(reasons, why)
		}
	}
	return reasons
}

// columns writes a table: names at the left, cut where they do not fit, and
// numbers at the right of their columns.
func (r *Report) columns(head []string, rows int, cells func(int) []string) {
	all := make([][]string, rows)
	widths := make([]int, len(head))
	for i := range head {
		widths[i] = visible(head[i])
	}
	for k := range all {
		all[k] = cells(k)
		for i, c := range all[k] {
			widths[i] = max(widths[i], visible(c))
		}
	}
	name := r.page.width - 2
	for _, w := range widths[1:] {
		if w > 0 {
			name -= w + 2
		}
	}
	name = max(min(name, widths[0]), 10)
	line := func(cells []string) {
		var b strings.Builder
		b.WriteString("  " + cut(wording.Clean(cells[0]), name))
		for i, c := range cells[1:] {
			if w := widths[i+1]; w > 0 {
				b.WriteString("  " + strings.Repeat(" ", w-visible(c)) + c)
			}
		}
		r.page.line(strings.TrimRight(b.String(), " "))
	}
	line(head)
	for _, c := range all {
		line(c)
	}
}

// cut makes s exactly n columns wide, as pad does, whatever its characters.
func cut(s string, n int) string {
	if visible(s) <= n {
		return s + strings.Repeat(" ", n-visible(s))
	}
	runes := []rune(s)
	return string(runes[:n-1]) + "…"
}
