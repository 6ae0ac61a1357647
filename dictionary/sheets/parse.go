package sheets

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mhsds/dictionary"
)

// Parse makes a dictionary of sheets, in any order, and checks it. word puts
// a place into the words of the sheets' container. The error, if there is one,
// is Faults.
func Parse(list []Sheet, word func(Place) string) (*dictionary.Dictionary, error) {
	p := parser{word: word, rows: map[string][]int{}, columns: map[string]map[string]int{}, lost: map[string]bool{}}
	for _, s := range list {
		if !slices.Contains(Names(), s.Name) {
			p.add(s.Name, 0, "unknown sheet"+dictionary.DidYouMean(s.Name, Names()))
		}
	}
	d := p.dictionary(list)
	if len(p.faults) == 0 {
		p.check(d)
	}
	if len(p.faults) > 0 {
		return nil, p.faults
	}
	return d, nil
}

// A parser gathers the faults of some sheets, and where each fact stands:
// rows[sheet][i] is the row of the i-th fact in the order of Format,
// columns[sheet][name] the place of a column in its sheet.
type parser struct {
	word    func(Place) string
	faults  Faults
	rows    map[string][]int
	columns map[string]map[string]int
	lost    map[string]bool // sheets that were not read whole
}

func (p *parser) add(sheet string, row int, text string) {
	p.faults.add(p.word, Place{sheet, row, -1, ""}, text)
}

// check adds the faults that the dictionary has as a whole, each at the row
// that says so.
func (p *parser) check(d *dictionary.Dictionary) {
	var found dictionary.Faults
	if !errors.As(d.Check(), &found) {
		return
	}
	for _, f := range found {
		at := Place{Sheet: f.Sheet, Column: -1}
		if rows := p.rows[f.Sheet]; f.Index >= 0 && f.Index < len(rows) {
			at.Row = rows[f.Index]
		}
		if i, ok := p.columns[f.Sheet][f.Column]; ok && at.Row > 0 {
			at.Column, at.Name = i, f.Column
		}
		text := f.Text
		if f.Name != "" {
			text = f.Name + ": " + text
		}
		p.faults.add(p.word, at, text)
	}
}

// take decodes the sheet of layout l.
func take[T any](p *parser, l *layout[T], list []Sheet) []T {
	i := slices.IndexFunc(list, func(s Sheet) bool { return s.Name == l.name })
	if i < 0 {
		p.add(l.name, 0, "missing; its columns are "+strings.Join(l.names(), ", "))
		p.lost[l.name] = true
		return nil
	}
	if s := &list[i]; len(s.Damage) > 0 {
		p.faults = append(p.faults, s.Damage...)
		p.lost[l.name] = true
		if len(s.Rows) == 0 {
			return nil
		}
	}
	at := l.header(list[i], p.word, &p.faults)
	if at == nil {
		p.lost[l.name] = true
		return nil
	}
	columns := map[string]int{}
	for i, name := range l.names() {
		columns[name] = at[i]
	}
	p.columns[l.name] = columns
	values, rows := l.decode(list[i], at, p.word, &p.faults)
	p.rows[l.name] = rows
	return values
}

func (p *parser) dictionary(list []Sheet) *dictionary.Dictionary {
	d := new(dictionary.Dictionary)
	p.release(d, take(p, releaseLayout(), list))
	p.tables(d, take(p, tablesLayout(), list))
	p.fields(d, take(p, fieldsLayout(), list))
	d.Lists = take(p, listsLayout(), list)
	p.codes(d, take(p, codesLayout(), list))
	d.Rules = take(p, rulesLayout(), list)
	d.References = take(p, referencesLayout(), list)
	d.Scales = take(p, scalesLayout(), list)
	d.Roles = take(p, rolesLayout(), list)
	d.Diagnostics = take(p, diagnosticsLayout(), list)
	d.Scope = take(p, scopeLayout(), list)
	d.Quality = take(p, qualityLayout(), list)
	d.Measures = take(p, measuresLayout(), list)
	return d
}

// releaseValues pairs the keys of the release sheet with their values in d.
func releaseValues(d *dictionary.Dictionary) []struct {
	key string
	at  *string
} {
	return []struct {
		key string
		at  *string
	}{
		{"version", &d.Version},
		{"rules_dated", &d.RulesDated},
		{"scales_revision", &d.ScalesRevision},
	}
}

func (p *parser) release(d *dictionary.Dictionary, rows []releaseRow) {
	values := releaseValues(d)
	var keys []string
	for _, v := range values {
		keys = append(keys, v.key)
	}
	for i, r := range rows {
		k := slices.Index(keys, r.key)
		switch {
		case r.key == "" || r.value == "": // said by decode
		case k < 0:
			p.add(releaseSheet, p.rows[releaseSheet][i], fmt.Sprintf("unknown key %q%s", r.key, dictionary.DidYouMean(r.key, keys)))
		case *values[k].at != "":
			p.add(releaseSheet, p.rows[releaseSheet][i], fmt.Sprintf("key %s stands here a second time", r.key))
		default:
			*values[k].at = r.value
		}
	}
	// The rows are given in the order of Format from here on.
	numbers := make([]int, len(keys))
	for i, r := range rows {
		if k := slices.Index(keys, r.key); k >= 0 {
			numbers[k] = p.rows[releaseSheet][i]
		}
	}
	p.rows[releaseSheet] = numbers
}

func (p *parser) tables(d *dictionary.Dictionary, rows []tableRow) {
	var numbers []int
	last := 0
	for i, r := range rows {
		n := p.rows[tablesSheet][i]
		if r.kind == context {
			if last != 0 {
				p.add(tablesSheet, n, fmt.Sprintf("a second table of kind context; row %d has the one that there may be", last))
			}
			last = n
			d.Context = r.Table
			d.Context.Position = 1
			continue
		}
		r.Position = len(d.Tables) + 1
		d.Tables = append(d.Tables, r.Table)
		numbers = append(numbers, n)
	}
	if last == 0 && !p.lost[tablesSheet] {
		p.add(tablesSheet, 0, "no table of kind context; the portal's own values need one")
	}
	p.rows[tablesSheet] = append(numbers, last)
}

func (p *parser) fields(d *dictionary.Dictionary, rows []fieldRow) {
	// Which rows belong to which table; the context comes last, as in Format.
	of := make([][]int, len(d.Tables)+1)
	place := map[string]int{}
	for i := range d.Tables {
		if _, ok := place[d.Tables[i].ID]; !ok {
			place[d.Tables[i].ID] = i
		}
	}
	if _, ok := place[d.Context.ID]; !ok && d.Context.ID != "" {
		place[d.Context.ID] = len(d.Tables)
	}
	for i, r := range rows {
		n := p.rows[fieldsSheet][i]
		k, ok := place[r.table]
		if !ok {
			if r.table != "" && !p.lost[tablesSheet] {
				p.add(fieldsSheet, n, fmt.Sprintf("field %s: unknown table %q%s", r.Name, r.table, dictionary.DidYouMean(r.table, tableIDs(d))))
			}
			continue
		}
		t := &d.Context
		if k < len(d.Tables) {
			t = &d.Tables[k]
		}
		r.Position = len(t.Fields) + 1
		t.Fields = append(t.Fields, r.Field)
		of[k] = append(of[k], n)
	}
	p.rows[fieldsSheet] = slices.Concat(of...)
}

func tableIDs(d *dictionary.Dictionary) []string {
	ids := make([]string, 0, len(d.Tables)+1)
	for _, t := range d.Tables {
		ids = append(ids, t.ID)
	}
	return append(ids, d.Context.ID)
}

func (p *parser) codes(d *dictionary.Dictionary, rows []codeRow) {
	of := make([][]int, len(d.Lists))
	place := map[string]int{}
	var names []string
	for i, l := range d.Lists {
		if _, ok := place[l.Name]; !ok {
			place[l.Name] = i
			names = append(names, l.Name)
		}
	}
	for i, r := range rows {
		n := p.rows[codesSheet][i]
		k, ok := place[r.list]
		if !ok {
			if r.list != "" && !p.lost[listsSheet] {
				p.add(codesSheet, n, fmt.Sprintf("code %s: unknown list %q%s", r.Code.Code, r.list, dictionary.DidYouMean(r.list, names)))
			}
			continue
		}
		d.Lists[k].Codes = append(d.Lists[k].Codes, r.Code)
		of[k] = append(of[k], n)
	}
	p.rows[codesSheet] = slices.Concat(of...)
}

// Format writes a dictionary as sheets, in the order of Names.
func Format(d *dictionary.Dictionary) ([]Sheet, error) {
	var f formatter
	var facts []releaseRow
	for _, v := range releaseValues(d) {
		facts = append(facts, releaseRow{v.key, *v.at})
	}
	put(&f, releaseLayout(), facts)

	var list []tableRow
	var all []fieldRow
	for _, t := range d.Tables {
		list = append(list, tableRow{t, record})
		for _, x := range t.Fields {
			all = append(all, fieldRow{t.ID, x})
		}
	}
	list = append(list, tableRow{d.Context, context})
	for _, x := range d.Context.Fields {
		all = append(all, fieldRow{d.Context.ID, x})
	}
	put(&f, tablesLayout(), list)
	put(&f, fieldsLayout(), all)

	var members []codeRow
	for _, l := range d.Lists {
		for _, c := range l.Codes {
			members = append(members, codeRow{l.Name, c})
		}
	}
	put(&f, listsLayout(), d.Lists)
	put(&f, codesLayout(), members)
	put(&f, rulesLayout(), d.Rules)
	put(&f, referencesLayout(), d.References)
	put(&f, scalesLayout(), d.Scales)
	put(&f, rolesLayout(), d.Roles)
	put(&f, diagnosticsLayout(), d.Diagnostics)
	put(&f, scopeLayout(), d.Scope)
	put(&f, qualityLayout(), d.Quality)
	put(&f, measuresLayout(), d.Measures)
	return f.list, errors.Join(f.errs...)
}

// A formatter gathers the sheets as they are written.
type formatter struct {
	list []Sheet
	errs []error
}

func put[T any](f *formatter, l *layout[T], values []T) {
	s, err := l.encode(values)
	f.list = append(f.list, s)
	if err != nil {
		f.errs = append(f.errs, err)
	}
}
