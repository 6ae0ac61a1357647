package synthetic

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"mhsds/dictionary"
)

// An Entangled is a rule that cannot be broken alone, as a row of
// entangled.csv says it:
//
//	code        the rule
//	companions  the codes that fail at once with it, divided by |; where one
//	            of several will do, the choices are divided by " or "
//	why         in a sentence
type Entangled struct {
	Code       string
	Companions [][]string // each choice sorted
	Why        string
}

// Entangled lists the rules that cannot be broken alone, in the order of their
// sheet. The slice belongs to g.
func (g *Generator) Entangled() []Entangled { return g.entangled }

// declared reports whether the sheet says that a rule cannot but fail together
// with the others of some codes, which are sorted and include its own: then
// there is no better way to break it.
func (g *Generator) declared(code string, with []string) bool {
	i := slices.IndexFunc(g.entangled, func(e Entangled) bool { return e.Code == code })
	return i >= 0 && slices.ContainsFunc(g.entangled[i].Companions, func(choice []string) bool {
		return len(choice)+1 == len(with) && !slices.ContainsFunc(choice, func(c string) bool { return !slices.Contains(with, c) })
	})
}

func entangledColumns() []string { return []string{"code", "companions", "why"} }

func readEntangled(d *dictionary.Dictionary, fsys fs.FS) ([]Entangled, error) {
	records, err := readSheet(fsys, entangledSheet, entangledColumns())
	if err != nil {
		return nil, err
	}
	var list []Entangled
	var faults []error
	for _, r := range records {
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("sheet %s, row %d: %s", entangledSheet, r.row, fmt.Sprintf(format, args...)))
		}
		e := Entangled{Code: r.cell["code"], Why: r.cell["why"]}
		all := []string{e.Code}
		for choice := range strings.SplitSeq(r.cell["companions"], " or ") {
			codes := strings.Split(choice, "|")
			slices.Sort(codes)
			e.Companions = append(e.Companions, codes)
			all = append(all, codes...)
		}
		for _, code := range all {
			if d.Rule(code) == nil {
				fault("no rule has the code %q", code)
			}
		}
		if e.Why == "" {
			fault("why: is blank")
		}
		if slices.ContainsFunc(list, func(o Entangled) bool { return o.Code == e.Code }) {
			fault("rule %s stands twice", e.Code)
		}
		list = append(list, e)
	}
	return list, errors.Join(faults...)
}
