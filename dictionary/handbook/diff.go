package handbook

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"mhsds/dictionary"
)

// A Change is one fact that differs between two dictionaries.
type Change struct {
	Sheet string // where it stands: "rules", "codes"
	Key   string // what it is about: "MHS10104", "Gender 9"

	// Details says what is different, "severity: warning -> record rejected",
	// a line for each column. Of what is new or gone it says what it is.
	Details []string

	Sort Sort
}

// A Sort says which of the two dictionaries has the key.
type Sort uint8

const (
	Added   Sort = iota + 1 // only the new one
	Removed                 // only the old one
	Changed                 // both, with differences
)

func (s Sort) String() string { return [...]string{"", "+", "-", "~"}[s] }

// sheetOrder is the order in which changes are told.
var sheetOrder = [...]string{"release", "tables", "fields", "lists", "codes", "rules", "references", "scales", "roles", "scope", "quality", "measures"}

// Diff lists what has changed from the old dictionary to the new one, by sheet,
// and in a sheet by key. With a table or a list that is new or gone go its
// fields and codes, which are not told one by one. Order matters in one sheet
// only, the references.
func Diff(old, new *dictionary.Dictionary) []Change {
	var list []Change
	add := func(sheet string, o, n map[string]any, about func(any) string) {
		for key, v := range o {
			if w, ok := n[key]; !ok {
				list = append(list, Change{sheet, key, []string{about(v)}, Removed})
			} else if details := differences(v, w); len(details) > 0 {
				list = append(list, Change{sheet, key, details, Changed})
			}
		}
		for key, w := range n {
			if _, ok := o[key]; !ok {
				list = append(list, Change{sheet, key, []string{about(w)}, Added})
			}
		}
	}
	a, b := flatten(old), flatten(new)
	add("release", a.release, b.release, func(v any) string { return v.(single).Value })
	add("tables", a.tables, b.tables, func(v any) string {
		t := v.(tableFacts)
		return fmt.Sprintf("%s, %d fields", lower(t.Title), t.Fields)
	})
	add("fields", within(a.fields, ".", a.tables, b.tables), within(b.fields, ".", a.tables, b.tables), func(v any) string {
		f := v.(dictionary.Field)
		return strings.TrimPrefix(f.UID+" "+f.Item+", "+f.Type.String(), " ")
	})
	add("lists", a.lists, b.lists, func(v any) string { return fmt.Sprintf("%d codes", v.(listFacts).Codes) })
	add("codes", within(a.codes, " ", a.lists, b.lists), within(b.codes, " ", a.lists, b.lists), func(v any) string { return codeLabel(v.(dictionary.Code)) })
	add("rules", a.rules, b.rules, func(v any) string {
		r := v.(dictionary.Rule)
		d := new
		if old.Rule(r.Code) != nil {
			d = old
		}
		return r.Severity.String() + ", " + kindWords(r.Kind) + ": " + d.Message(&r)
	})
	add("references", a.references, b.references, func(v any) string { return fmt.Sprintf("place %d", v.(dictionary.Reference).Order) })
	add("scales", a.scales, b.scales, func(v any) string {
		s := v.(dictionary.Scale)
		if s.Values != nil {
			return "values " + strings.Join(s.Values, ", ")
		}
		return "from " + s.Low + " to " + s.High
	})
	add("roles", a.roles, b.roles, func(v any) string { r := v.(dictionary.Role); return strings.TrimSuffix(r.Table+"."+r.Field, ".") })
	add("scope", a.scope, b.scope, func(v any) string {
		if s := v.(dictionary.Sign); s.Label != "" {
			return s.Label
		}
		return "a field to look at"
	})
	add("quality", a.quality, b.quality, func(v any) string { return v.(dictionary.QualityMeasure).Name })
	add("measures", a.measures, b.measures, func(v any) string { return v.(dictionary.Measure).Name })
	slices.SortFunc(list, func(x, y Change) int {
		return cmp.Or(
			slices.Index(sheetOrder[:], x.Sheet)-slices.Index(sheetOrder[:], y.Sheet),
			cmp.Compare(x.Key, y.Key),
		)
	})
	return list
}

// facts are the sheets of a dictionary by key.
type facts struct {
	release, tables, fields, lists, codes, rules, references, scales, roles, scope, quality, measures map[string]any
}

type single struct{ Value string }

type tableFacts struct {
	Name, Title string
	Fields      int
}

type listFacts struct {
	Source string
	Codes  int
}

func flatten(d *dictionary.Dictionary) facts {
	f := facts{
		release: map[string]any{"version": single{d.Version}, "rules dated": single{d.RulesDated}, "scales revision": single{d.ScalesRevision}},
		tables:  map[string]any{}, fields: map[string]any{}, lists: map[string]any{}, codes: map[string]any{}, rules: map[string]any{},
		references: map[string]any{}, scales: map[string]any{}, roles: map[string]any{}, scope: map[string]any{}, quality: map[string]any{}, measures: map[string]any{},
	}
	for _, t := range append(slices.Clip(d.Tables), d.Context) {
		if t.ID == "" {
			continue
		}
		f.tables[t.ID] = tableFacts{t.Name, t.Title, len(t.Fields)}
		for _, x := range t.Fields {
			f.fields[t.ID+"."+x.Name] = x
		}
	}
	for _, l := range d.Lists {
		f.lists[l.Name] = listFacts{l.Source, len(l.Codes)}
		for _, c := range l.Codes {
			f.codes[l.Name+" "+c.Code] = c
		}
	}
	for _, r := range d.Rules {
		f.rules[r.Code] = r
	}
	for _, r := range d.References {
		f.references[r.Rule] = r
	}
	for _, s := range d.Scales {
		f.scales[s.Concept] = s
	}
	for _, r := range d.Roles {
		f.roles[r.Name] = r
	}
	for _, s := range d.Scope {
		key := s.Part + " " + s.Value
		if s.Table != "" {
			key = s.Part + " " + s.Table + "." + s.Field
		}
		f.scope[key] = s
	}
	for _, m := range d.Quality { // the parts of one measure are told apart by their tables
		f.quality[m.ID+" "+m.Table] = m
	}
	for _, m := range d.Measures {
		f.measures[m.ID] = m
	}
	return f
}

// within keeps the members whose owner, the part of the key before the mark,
// both dictionaries have.
func within(members map[string]any, mark string, old, new map[string]any) map[string]any {
	kept := map[string]any{}
	for key, v := range members {
		owner, _, _ := strings.Cut(key, mark)
		_, before := old[owner]
		_, after := new[owner]
		if before && after {
			kept[key] = v
		}
	}
	return kept
}

// differences compares two structures of one type, column by column.
func differences(a, b any) (lines []string) {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range x.NumField() {
		v, w := fact(x.Field(i)), fact(y.Field(i))
		if v != w {
			lines = append(lines, column(x.Type().Field(i).Name)+": "+shown(v)+" -> "+shown(w))
		}
	}
	return lines
}

// fact writes one parameter as text.
func fact(v reflect.Value) string {
	if s, ok := v.Interface().(fmt.Stringer); ok {
		return s.String()
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		var parts []string
		for i := range v.Len() {
			parts = append(parts, fact(v.Index(i)))
		}
		return strings.Join(parts, ", ")
	case reflect.Struct:
		var parts []string
		for i := range v.NumField() {
			if s := fact(v.Field(i)); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, "=")
	case reflect.Bool:
		if v.Bool() {
			return "yes"
		}
		return ""
	case reflect.Int:
		if v.Int() == 0 {
			return ""
		}
	}
	return fmt.Sprint(v.Interface())
}

func shown(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// column turns a Go name into the words of a sheet's heading: "OffsetDays" to
// "offset days".
func column(name string) string {
	var b strings.Builder
	for i, c := range name {
		if c >= 'A' && c <= 'Z' && i > 0 && !(name[i-1] >= 'A' && name[i-1] <= 'Z') {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return strings.ToLower(b.String())
}

// DiffText writes the changes for people, a heading for each sheet with its
// counts and a line or more for each change. Two dictionaries that are equal
// give one sentence.
func DiffText(changes []Change) string {
	if len(changes) == 0 {
		return "The two dictionaries are the same.\n"
	}
	var b strings.Builder
	for i, c := range changes {
		if i == 0 || changes[i-1].Sheet != c.Sheet {
			if i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(c.Sheet + ": " + counts(changes, c.Sheet) + "\n")
		}
		lead := "  " + c.Sort.String() + " " + c.Key
		if len(c.Details) == 1 && c.Details[0] != "" {
			wrap(&b, lead+"  ", c.Details[0])
			continue
		}
		b.WriteString(lead + "\n")
		for _, d := range c.Details {
			if d != "" {
				wrap(&b, "      ", d)
			}
		}
	}
	return b.String()
}

// counts words the number of changes of a sheet.
func counts(changes []Change, sheet string) string {
	var n [4]int
	for _, c := range changes {
		if c.Sheet == sheet {
			n[c.Sort]++
		}
	}
	var parts []string
	for _, x := range [...]struct {
		sort Sort
		word string
	}{{Added, "added"}, {Removed, "removed"}, {Changed, "changed"}} {
		if n[x.sort] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[x.sort], x.word))
		}
	}
	return list(parts, "and")
}
