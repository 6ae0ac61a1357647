package synthetic

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"mhsds/dictionary"
)

// An Unbroken is a kind of rule that no fault is made for, as a row of
// unbroken.csv says it:
//
//	kind    the kind
//	check   one of its checks alone; blank for all
//	why     what keeps a fault in a row from breaking it, after "rule X …"
type Unbroken struct {
	Kind  dictionary.Kind
	Check string
	Why   string
}

// Unbroken lists the kinds of rule that no fault is made for, in the order of
// their sheet. The slice belongs to g.
func (g *Generator) Unbroken() []Unbroken { return g.unbroken }

// Of reports whether u is about the rule.
func (u Unbroken) Of(r *dictionary.Rule) bool {
	return u.Kind == r.Kind && (u.Check == "" || u.Check == r.Check)
}

func unbrokenColumns() []string { return []string{"kind", "check", "why"} }

func readUnbroken(d *dictionary.Dictionary, fsys fs.FS) ([]Unbroken, error) {
	records, err := readSheet(fsys, unbrokenSheet, unbrokenColumns())
	if err != nil {
		return nil, err
	}
	var list []Unbroken
	var faults []error
	for _, r := range records {
		u := Unbroken{Check: r.cell["check"], Why: r.cell["why"]}
		var known bool
		u.Kind, known = dictionary.ParseKind(r.cell["kind"])
		switch {
		case !known:
			faults = append(faults, fmt.Errorf("sheet %s, row %d: kind: no kind %q", unbrokenSheet, r.row, r.cell["kind"]))
		case u.Why == "":
			faults = append(faults, fmt.Errorf("sheet %s, row %d: why: is blank", unbrokenSheet, r.row))
		case !slices.ContainsFunc(d.Rules, func(rule dictionary.Rule) bool { return u.Of(&rule) }):
			faults = append(faults, fmt.Errorf("sheet %s, row %d: no rule is of the kind %s with the check %q", unbrokenSheet, r.row, u.Kind, u.Check))
		}
		list = append(list, u)
	}
	return list, errors.Join(faults...)
}
