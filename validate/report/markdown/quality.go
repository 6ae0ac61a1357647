package markdown

import (
	"strings"

	"mhsds/validate/finding"
	"mhsds/validate/report/wording"
)

// quality says in a line or two how good the values are, and names the counts
// and tables that moved far.
func (r *Report) quality(s *finding.Summary) {
	if s.Quality != nil {
		r.title("Data quality")
		say := wording.Score(s.Quality, r.opt.Counts)
		var low []string
		for _, m := range wording.Scored(s.Quality) {
			if score := wording.ItemScore(m, r.opt.Counts); score != "" && len(low) < fewItems && m.Score < 100 {
				low = append(low, m.Measure.ID+" "+m.Measure.Name+" "+score)
			}
		}
		if len(low) > 0 {
			say += " Lowest: " + strings.Join(low, ", ") + "."
		}
		r.paragraph(escape(say))
	}
	var moved []string
	for i := range s.TableMovements {
		if m := &s.TableMovements[i]; m.Out {
			moved = append(moved, m.Table.Name+" "+r.opt.Counts.Number(m.Now)+" rows, "+wording.Before(&m.Movement, r.opt.Counts)+" in "+m.Source)
		}
	}
	for i := range s.Measures {
		c := &s.Measures[i]
		for k := range c.Movements {
			if m := &c.Movements[k]; m.Out {
				moved = append(moved, c.Measure.ID+" "+c.Measure.Name+" "+r.opt.Counts.Number(c.Carried)+", "+wording.Before(m, r.opt.Counts)+" in "+m.Source)
			}
		}
	}
	if len(moved) == 0 {
		return
	}
	r.paragraph("Moved further than the limit:\n")
	for i, m := range moved {
		line := "- " + escape(wording.Clean(m)) + "\n"
		if i == mostMoved || r.b.Len()+len(line) > limit-reserve {
			r.left(int64(len(moved)-i), "movement")
			return
		}
		r.b.WriteString(line)
	}
}

const (
	fewItems  = 3  // named of those with the lowest scores
	mostMoved = 20 // listed
)
