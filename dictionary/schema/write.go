package schema

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mhsds/dictionary"
)

// Write returns the documents of the dictionary by file name. The same
// dictionary gives the same bytes. It refuses a dictionary that Check refuses,
// or one with a pattern that not every implementation reads alike.
func Write(d *dictionary.Dictionary) (map[string][]byte, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	w := writer{d: d, rules: map[string][]*dictionary.Rule{}, inEnum: map[string]bool{}}
	for i := range d.Rules {
		r := &d.Rules[i]
		table := r.Table
		switch place := placeOf(d, r); {
		case place == inSubmission:
			table = ""
		case place != off && r.Kind == dictionary.InSet && r.List != "":
			w.inEnum[r.List] = true
		}
		w.rules[table] = append(w.rules[table], r)
	}
	files := make(map[string][]byte, len(d.Tables)+2)
	for i := range d.Tables {
		t := &d.Tables[i]
		name := t.Name + Extension
		if strings.ContainsAny(t.Name, `/\`) || t.Name == "" || files[name] != nil || name == SubmissionName || name == KeywordName {
			return nil, fmt.Errorf("table %s: %q cannot name a document", t.ID, t.Name)
		}
		v, err := w.table(t)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t.ID, err)
		}
		files[name] = format(&v)
	}
	v, err := w.submission()
	if err != nil {
		return nil, err
	}
	files[SubmissionName] = format(&v)
	v = keywordDocument(d.Version)
	files[KeywordName] = format(&v)
	return files, nil
}

// WriteDir writes the documents into the folder, which it makes if it has to,
// and removes documents there that are none of them. What fails half-way
// leaves the documents written so far.
func WriteDir(d *dictionary.Dictionary, dir string) error {
	files, err := Write(d)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			return err
		}
	}
	old, err := fs.Glob(os.DirFS(dir), "*"+Extension)
	if err != nil {
		return err
	}
	for _, name := range old {
		if files[name] != nil {
			continue
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

type writer struct {
	d *dictionary.Dictionary

	// rules are the rules of each table's document, and under "" those of the
	// submission's.
	rules  map[string][]*dictionary.Rule
	inEnum map[string]bool // code lists that stand beside an enum
}

func (w *writer) table(t *dictionary.Table) (value, error) {
	rules := w.rules[t.ID]
	h := head{id: t.ID, version: w.d.Version, sources: usualSources(rules)}
	inFields := map[string][]value{}
	var inTables []value
	for _, r := range rules {
		place := placeOf(w.d, r)
		if place == off {
			h.off = append(h.off, w.data(r, off, h.sources))
			continue
		}
		v, err := w.rule(r, place, h.sources)
		if err != nil {
			return value{}, err
		}
		if place == inProperty {
			inFields[r.Field] = append(inFields[r.Field], v)
		} else {
			inTables = append(inTables, v)
		}
	}
	properties := value{kind: object}
	for i := range t.Fields {
		f := &t.Fields[i]
		properties.members = append(properties.members, member{f.Name, w.field(f, inFields[f.Name])})
	}
	v := w.root(t.Name, t.Name, t.Title)
	v.members = append(v.members,
		member{"type", textOf("object")},
		member{Keyword, encode(&h, headKeys)},
		member{"properties", properties},
	)
	return withRules(v, inTables), nil
}

// root begins a document.
func (w *writer) root(name, title, description string) value {
	return objectOf(
		member{"$schema", textOf(Draft)},
		member{"$id", textOf(ID(w.d.Version, name))},
		member{"title", textOf(title)},
		member{"description", textOf(description)},
	)
}

func withRules(v value, rules []value) value {
	if len(rules) > 0 {
		v.members = append(v.members, member{"allOf", arrayOf(rules...)})
	}
	return v
}

func (w *writer) field(f *dictionary.Field, rules []value) value {
	v := value{kind: object}
	if f.Item != "" {
		v.members = append(v.members, member{"title", textOf(f.Item)})
	}
	v.members = append(v.members,
		member{"description", textOf(w.describe(f))},
		member{"type", textOf("string")},
		member{Keyword, encode(f, fieldKeys)},
	)
	return withRules(v, rules)
}

// describe says of a field what its property's keywords do not show.
func (w *writer) describe(f *dictionary.Field) string {
	var b strings.Builder
	b.WriteString(dictionary.Item{UID: f.UID, Name: f.Name}.String())
	b.WriteString([...]string{
		dictionary.Text:     ": text.",
		dictionary.Date:     ": a date, CCYY-MM-DD.",
		dictionary.Time:     ": a time of day, hh:mm:ss.",
		dictionary.DateTime: ": a date with a time of day, CCYY-MM-DDThh:mm:ss.",
		dictionary.Number:   ": a number, compared as text.",
	}[f.Type])
	if f.Key {
		b.WriteString(" Part of the table's primary key.")
	}
	if f.ForeignTable != "" {
		b.WriteString(" Repeats " + w.d.Label(dictionary.Ref{Table: f.ForeignTable, Field: f.ForeignField}) +
			" of " + w.d.TableName(f.ForeignTable) + ".")
	}
	if f.SpecificationOnly {
		b.WriteString(" Named by the rule list; the published layout lacks it.")
	}
	return b.String()
}

// rule writes a rule that acts on records as a subschema.
func (w *writer) rule(r *dictionary.Rule, place place, sources []source) (value, error) {
	keywords, exact, err := express(w.d, r)
	if err != nil {
		return value{}, err
	}
	data := w.data(r, place, sources)
	data.exact = exact
	if r.Kind == dictionary.InSet && r.List != "" {
		l := pack(w.d.List(r.List), false)
		data.list, data.List = &l, ""
	}
	v := objectOf(member{"description", textOf(w.d.Message(r))})
	v.members = append(v.members, keywords...)
	v.members = append(v.members, member{Keyword, encode(&data, ruleKeys)})
	return v, nil
}

// data returns the rule without what the place it stands in says.
func (w *writer) data(r *dictionary.Rule, place place, sources []source) rule {
	v := rule{Rule: *r}
	if place != inSubmission {
		v.Table = ""
	}
	if place == inProperty {
		v.Field = ""
	}
	for _, s := range sources {
		if s.status == r.Status && s.text == r.Source {
			v.Source = ""
		}
	}
	return v
}

// usualSources returns the source of the first rule of each status.
func usualSources(rules []*dictionary.Rule) []source {
	var list []source
	seen := map[dictionary.Status]bool{}
	for _, r := range rules {
		if !seen[r.Status] {
			seen[r.Status] = true
			list = append(list, source{r.Status, r.Source})
		}
	}
	return list
}

func (w *writer) submission() (value, error) {
	d := w.d
	s := submission{
		version: d.Version, rulesDated: d.RulesDated, scalesRevision: d.ScalesRevision,
		sources: usualSources(w.rules[""]), roles: d.Roles, references: d.References, scales: d.Scales, diagnostics: d.Diagnostics, scope: d.Scope, quality: d.Quality, measures: d.Measures,
	}
	for i := range d.Tables {
		s.tables = append(s.tables, d.Tables[i].Name)
	}
	for _, r := range w.rules[""] {
		data := w.data(r, inSubmission, s.sources)
		if placeOf(d, r) == off {
			s.off = append(s.off, data)
			continue
		}
		s.rules = append(s.rules, data)
	}
	for i := range d.Lists {
		l := list{name: d.Lists[i].Name}
		if !w.inEnum[l.name] {
			l = pack(&d.Lists[i], true)
		}
		s.lists = append(s.lists, l)
	}
	if d.Context.ID != "" {
		s.context = &d.Context
	}
	v := w.root("submission", "Submission", fmt.Sprintf(
		"What the rules of version %s say about a submission as a whole: its tables, what connects their records, and what its files must be like.", d.Version))
	v.members = append(v.members, member{Keyword, encode(&s, submissionKeys)})
	return v, nil
}
