package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"mhsds/dictionary"
	"mhsds/validate/compare"
	"mhsds/validate/finding"
	"mhsds/validate/plan"
	"mhsds/validate/quality"
)

// A qualitySection says which items make up the score, and how far a count may
// move.
type qualitySection struct {
	// Scored gives, by measure, the percentage of defaults that it accepts.
	Scored map[string]float64 `toml:"scored"`

	MovementPercent *float64 `toml:"movement_percent"`
	MovementLeast   *int64   `toml:"movement_least"`
}

func (q *qualitySection) check() error {
	for id, percent := range q.Scored {
		if !(percent >= 0 && percent <= 100) {
			return fmt.Errorf("quality.scored.%s: %v is not a percentage from 0 to 100", id, percent)
		}
	}
	if p := q.MovementPercent; p != nil && !(*p > 0 && !math.IsInf(*p, 0)) {
		return fmt.Errorf("quality.movement_percent: %v is not over 0", *p)
	}
	if n := q.MovementLeast; n != nil && *n < 1 {
		return fmt.Errorf("quality.movement_least: %d is not 1 or more", *n)
	}
	return nil
}

// limit is the movement from which on a count stands out.
func (q *qualitySection) limit() quality.Limit {
	l := quality.Limit{Percent: quality.UsualPercent, Least: quality.UsualLeast}
	if q.MovementPercent != nil {
		l.Percent = *q.MovementPercent
	}
	if q.MovementLeast != nil {
		l.Least = *q.MovementLeast
	}
	return l
}

// A counter is what counts quality and compares counts in one run.
type counter struct {
	*quality.Observer

	published []*quality.Published
	missing   []string // a sentence for each that does not know the provider
}

// counter returns what counts as the flags ask, nil if they ask nothing of the
// sort. previous is the result of --previous, nil without one; if it has
// measures, they are counted, or else its tables alone are compared.
func (s *settings) counter(previous *compare.Result) (*counter, error) {
	c := &counter{}
	opt := quality.Options{Limit: s.configured.Quality.limit()}
	if scored := s.configured.Quality.Scored; scored != nil {
		opt.Scored = make(map[string]float64, len(scored))
		for id, percent := range scored {
			opt.Scored[id] = percent / 100
		}
	}
	counted := s.quality || len(s.published) > 0
	if previous != nil {
		e, err := quality.ReadSummary(previous.Name, previous.Summary)
		if err != nil {
			return nil, inputf("%w", err)
		}
		counted = counted || len(e.Measures) > 0
		opt.Against = append(opt.Against, e)
	}
	for _, path := range s.published {
		p, err := readPublished(path)
		if err != nil {
			return nil, err
		}
		c.published = append(c.published, p)
	}
	s.counted, s.compared = counted, len(opt.Against)+len(c.published) > 0
	if !counted && previous == nil {
		return nil, nil
	}
	opt.TablesOnly = !counted
	if len(c.published) > 0 {
		opt.Published = func(provider string) []*quality.Earlier { return c.of(provider, s.provider) }
	}
	c.Observer = quality.New(opt)
	return c, nil
}

func readPublished(path string) (*quality.Published, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, usagef("--published %s: %w", path, unpath(err))
	}
	defer f.Close()
	p, err := quality.ReadPublished(filepath.Base(path), f)
	if err != nil {
		return nil, usagef("--published: %w", unpath(err))
	}
	return p, nil
}

// of looks up what was published of the provider that the header names, or
// else of the one that --provider does.
func (c *counter) of(header, flag string) []*quality.Earlier {
	provider := header
	if provider == "" {
		provider = flag
	}
	var list []*quality.Earlier
	for _, p := range c.published {
		switch e := p.Of(provider); {
		case provider == "":
			c.missing = append(c.missing, fmt.Sprintf("nothing is compared with %s: neither the header nor --provider says whose figures to look up", p.Name()))
		case e == nil:
			c.missing = append(c.missing, fmt.Sprintf("nothing is compared with %s: it has no figures of provider %s", p.Name(), plain(provider)))
		default:
			list = append(list, e)
		}
	}
	return list
}

// lacking says in the report, and returns as an error, what was asked for and
// could not be compared.
func (c *counter) lacking(sum *finding.Summary) error {
	if c == nil || len(c.missing) == 0 {
		return nil
	}
	var errs []error
	for _, m := range c.missing {
		sum.Notices = append(sum.Notices, finding.Notice{Text: m})
		errs = append(errs, errors.New(m))
	}
	return incompletef("%w", errors.Join(errs...))
}

// judged reports whether the run judges the rule: those of form are a part of
// the count, those of movement of a comparison.
func (s *settings) judged(r *dictionary.Rule) bool {
	switch {
	case r.OfForm():
		return s.counted && plan.Active(r)
	case r.Kind == dictionary.Movement:
		return s.compared && plan.Active(r)
	}
	return plan.Active(r)
}

// more says what could be counted besides.
func (s *settings) more(sum *finding.Summary) {
	if sum.Quality == nil {
		sum.More = append(sum.More, "data quality, monthly counts (--quality)")
	}
	if s.previous == "" && len(s.published) == 0 {
		sum.More = append(sum.More, "movement (--previous)")
	}
}
