package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"mhsds/dictionary"
)

// Read is the inverse of Write: it reads the documents in the root of fsys and
// returns the dictionary they were written from, which Check has passed. Rules
// are in the order of their codes, whatever their order was; nil and empty
// lists are not told apart.
//
// The error names every document with a fault, and of each the first, by its
// JSON pointer.
func Read(fsys fs.FS) (*dictionary.Dictionary, error) {
	var s submission
	root, err := load(fsys, SubmissionName)
	if err == nil {
		err = inDocument(SubmissionName, readSubmission(&root, &s))
	}
	if err != nil {
		return nil, err
	}
	if err := unknownDocuments(fsys, s.tables); err != nil {
		return nil, err
	}
	docs := make([]document, len(s.tables))
	err = each(docs, func(i int, doc *document) error {
		doc.name = s.tables[i]
		return doc.read(fsys, s.version)
	})
	if err != nil {
		return nil, err
	}
	d, err := assemble(&s, docs)
	if err != nil {
		return nil, err
	}
	if err := d.Check(); err != nil {
		return nil, fmt.Errorf("schemas of version %s: %w", d.Version, err)
	}
	for i := range s.rules {
		if err := placed(d, &s.rules[i].Rule, inSubmission); err != nil {
			return nil, inDocument(SubmissionName, under(Keyword, under("rules", underItem(i, err))))
		}
	}
	for i := range s.off {
		if err := placed(d, &s.off[i].Rule, off); err != nil {
			return nil, inDocument(SubmissionName, under(Keyword, under("off", underItem(i, err))))
		}
	}
	err = each(docs, func(_ int, doc *document) error { return doc.verify(d) })
	if err != nil {
		return nil, err
	}
	return d, nil
}

// each calls f for every document, on all processors, and joins the errors in
// the order of the documents.
func each(docs []document, f func(int, *document) error) error {
	errs := make([]error, len(docs))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(docs)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(docs); i = int(next.Add(1)) - 1 {
				errs[i] = inDocument(docs[i].name+Extension, f(i, &docs[i]))
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

func inDocument(name string, err error) error {
	if err == nil {
		return nil
	}
	var f *fault
	if errors.As(err, &f) {
		return fmt.Errorf("%s%w", name, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

func load(fsys fs.FS, name string) (value, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return value{}, err
	}
	v, err := parse(string(data))
	if err != nil {
		return value{}, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

// unknownDocuments refuses documents that the submission does not name: left
// over from another release, they would be passed over in silence.
func unknownDocuments(fsys fs.FS, tables []string) error {
	found, err := fs.Glob(fsys, "*"+Extension)
	if err != nil {
		return err
	}
	for _, name := range found {
		if name != SubmissionName && name != KeywordName && !slices.Contains(tables, strings.TrimSuffix(name, Extension)) {
			return fmt.Errorf("%s: %s does not name this table%s", name, SubmissionName,
				dictionary.DidYouMean(strings.TrimSuffix(name, Extension), tables))
		}
	}
	return nil
}

func readSubmission(v *value, s *submission) error {
	if err := want(v, object); err != nil {
		return err
	}
	x := v.get(Keyword)
	if x == nil {
		return faultf("lacks %q", Keyword)
	}
	if err := under(Keyword, decode(x, submissionKeys, s)); err != nil {
		return err
	}
	for i := range s.rules {
		sourced(&s.rules[i], s.sources)
	}
	for i := range s.off {
		sourced(&s.off[i], s.sources)
	}
	for _, name := range s.tables {
		if !fs.ValidPath(name) || strings.Contains(name, "/") {
			return under(Keyword, under("tables", faultf("%q cannot name a document", name)))
		}
	}
	return readRoot(v, "submission", s.version, nil)
}

// sourced gives the rule the source that its status says.
func sourced(r *rule, sources []source) {
	for _, s := range sources {
		if r.Source == "" && s.status == r.Status {
			r.Source = s.text
		}
	}
}

// readRoot checks what every document begins with, and hands on the members
// that only some have.
func readRoot(v *value, name, version string, other func(*member) (bool, error)) error {
	for i := range v.members {
		m := &v.members[i]
		fixed := ""
		switch m.key {
		case "$schema":
			fixed = Draft
		case "$id":
			fixed = ID(version, name)
		case "title", "description":
			if err := want(&m.value, text); err != nil {
				return under(m.key, err)
			}
			continue
		case Keyword:
			continue
		default:
			if other != nil {
				known, err := other(m)
				if err != nil {
					return under(m.key, err)
				}
				if known {
					continue
				}
			}
			return under(m.key, unknownKeyword(m.key, "here"))
		}
		if m.value.kind != text || m.value.text != fixed {
			return under(m.key, faultf("%q was expected", fixed))
		}
	}
	for _, key := range []string{"$schema", "$id"} {
		if v.get(key) == nil {
			return faultf("lacks %q", key)
		}
	}
	return nil
}

func unknownKeyword(key, where string) error {
	if slices.Contains(keywords, key) {
		return faultf("keyword %q has no place %s", key, where)
	}
	return faultf("unknown keyword %q%s", key, dictionary.DidYouMean(key, keywords))
}

// A document is a table's, as far as it can be read by itself.
type document struct {
	name  string
	table dictionary.Table
	head  head
	rules []found
	lists []*dictionary.CodeList // those beside an enum
}

// A found rule is one with the keywords beside it and the place of both.
type found struct {
	rule     rule
	keywords value // an object of them
	place    place
	field    string // whose property it stands in
	index    int    // in its allOf, or among those that are off
}

func (f *found) under(err error) error {
	switch f.place {
	case off:
		return under(Keyword, under("off", underItem(f.index, err)))
	case inProperty:
		return under("properties", under(f.field, under("allOf", underItem(f.index, err))))
	}
	return under("allOf", underItem(f.index, err))
}

func (doc *document) read(fsys fs.FS, version string) error {
	v, err := load(fsys, doc.name+Extension)
	if err != nil {
		return err
	}
	if err := want(&v, object); err != nil {
		return err
	}
	x := v.get(Keyword)
	if x == nil {
		return faultf("lacks %q", Keyword)
	}
	if err := under(Keyword, decode(x, headKeys, &doc.head)); err != nil {
		return err
	}
	if doc.head.version != version {
		return under(Keyword, under("version", faultf("version %s, but %s is of %s", doc.head.version, SubmissionName, version)))
	}
	doc.table = dictionary.Table{ID: doc.head.id, Name: doc.name}
	for i := range doc.head.off {
		if doc.head.off[i].Table != "" {
			return under(Keyword, under("off", underItem(i, under("table", faultf("the document says the table")))))
		}
		doc.rules = append(doc.rules, found{rule: doc.head.off[i], place: off, index: i})
	}
	err = readRoot(&v, doc.name, version, func(m *member) (bool, error) {
		switch m.key {
		case "type":
			return true, constant(&m.value, "object")
		case "properties":
			return true, doc.properties(&m.value)
		case "allOf":
			return true, doc.allOf(&m.value, inTable, "")
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	for _, key := range []string{"title", "description", "type", "properties"} {
		if v.get(key) == nil {
			return faultf("lacks %q", key)
		}
	}
	if err := constant(v.get("title"), doc.name); err != nil {
		return under("title", err)
	}
	doc.table.Title = v.get("description").text
	for i := range doc.rules {
		f := &doc.rules[i]
		f.rule.Table = doc.table.ID
		sourced(&f.rule, doc.head.sources)
	}
	return nil
}

func constant(v *value, s string) error {
	if v.kind != text || v.text != s {
		return faultf("%q was expected", s)
	}
	return nil
}

func (doc *document) properties(v *value) error {
	if err := want(v, object); err != nil {
		return err
	}
	fields := make([]dictionary.Field, len(v.members))
	for i := range v.members {
		m := &v.members[i]
		var f dictionary.Field
		if err := doc.property(&m.value, m.key, &f); err != nil {
			return under(m.key, err)
		}
		if f.Position < 1 || f.Position > len(fields) || fields[f.Position-1].Position != 0 {
			return under(m.key, under(Keyword, under("position", faultf("%d is beyond the %d fields, or another one's", f.Position, len(fields)))))
		}
		fields[f.Position-1] = f
	}
	doc.table.Fields = fields
	return nil
}

func (doc *document) property(v *value, name string, f *dictionary.Field) error {
	if err := want(v, object); err != nil {
		return err
	}
	f.Name = name
	seen := 0
	for i := range v.members {
		m := &v.members[i]
		var err error
		switch m.key {
		case "title":
			f.Item, err = readText(&m.value)
		case "description":
			err = want(&m.value, text)
		case "type":
			seen++
			err = constant(&m.value, "string")
		case Keyword:
			seen++
			err = decode(&m.value, fieldKeys, f)
		case "allOf":
			err = doc.allOf(&m.value, inProperty, name)
		default:
			err = unknownKeyword(m.key, "here")
		}
		if err != nil {
			return under(m.key, err)
		}
	}
	if seen < 2 {
		return faultf("lacks %q or %q", "type", Keyword)
	}
	return nil
}

func (doc *document) allOf(v *value, place place, field string) error {
	if err := wantItems(v); err != nil {
		return err
	}
	doc.rules = slices.Grow(doc.rules, len(v.members))
	for i := range v.members {
		f := found{place: place, field: field, index: i}
		if err := doc.subschema(&v.members[i].value, &f); err != nil {
			return underItem(i, err)
		}
		doc.rules = append(doc.rules, f)
	}
	return nil
}

func (doc *document) subschema(v *value, f *found) error {
	if err := want(v, object); err != nil {
		return err
	}
	f.keywords = value{kind: object, members: make([]member, 0, len(v.members))}
	var x *value
	for i := range v.members {
		m := &v.members[i]
		switch m.key {
		case "description":
			if err := want(&m.value, text); err != nil {
				return under(m.key, err)
			}
		case Keyword:
			x = &m.value
		default:
			if !slices.Contains(keywords, m.key) {
				return under(m.key, unknownKeyword(m.key, ""))
			}
			f.keywords.members = append(f.keywords.members, *m)
		}
	}
	if x == nil {
		return faultf("lacks %q, which says the rule", Keyword)
	}
	if err := under(Keyword, decode(x, ruleKeys, &f.rule)); err != nil {
		return err
	}
	switch r := &f.rule; {
	case r.Table != "":
		return under(Keyword, under("table", faultf("the document says the table")))
	case f.place == inProperty && r.Field != "":
		return under(Keyword, under("field", faultf("the property says the field")))
	case f.place == inProperty:
		r.Field = f.field
	}
	return doc.list(f)
}

// list puts together the code list of a rule from the enum and what x-mhsds
// says of its codes.
func (doc *document) list(f *found) error {
	r := &f.rule
	if r.list == nil {
		return nil
	}
	if r.List != "" {
		return under(Keyword, under("list_name", faultf("stands beside list")))
	}
	r.List = r.list.name
	enum := f.keywords.get("enum")
	if enum == nil {
		return faultf("rule %s: lacks the enum of list %s", r.Code, r.List)
	}
	values, err := readTexts(enum)
	if err != nil {
		return under("enum", err)
	}
	l, err := unpack(r.list, values)
	if err != nil {
		return under(Keyword, under("list", err))
	}
	doc.lists = append(doc.lists, l)
	return nil
}

// assemble joins the documents to a dictionary.
func assemble(s *submission, docs []document) (*dictionary.Dictionary, error) {
	d := &dictionary.Dictionary{
		Version: s.version, RulesDated: s.rulesDated, ScalesRevision: s.scalesRevision,
		References: s.references, Scales: s.scales, Roles: s.roles, Diagnostics: s.diagnostics, Scope: s.scope, Quality: s.quality, Measures: s.measures,
	}
	if s.context != nil {
		d.Context = *s.context
	}
	d.Tables = make([]dictionary.Table, len(docs))
	inEnum := map[string]*dictionary.CodeList{}
	for i := range docs {
		doc := &docs[i]
		doc.table.Position = i + 1
		d.Tables[i] = doc.table
		for _, l := range doc.lists {
			first := inEnum[l.Name]
			if first == nil {
				inEnum[l.Name] = l
				continue
			}
			if l.Source != first.Source || !slices.Equal(l.Codes, first.Codes) {
				return nil, fmt.Errorf("%s: code list %s differs from the one in an earlier document", doc.name+Extension, l.Name)
			}
		}
	}
	d.Rules = byCode(s, docs)

	d.Lists = make([]dictionary.CodeList, len(s.lists))
	for i := range s.lists {
		l := &s.lists[i]
		in := inEnum[l.name]
		whole := list{name: l.name}
		switch {
		case in != nil && (l.source != whole.source || l.values != nil):
			return nil, inDocument(SubmissionName, under(Keyword, under("lists", underItem(i, faultf("list %s stands beside an enum; its name is enough here", l.name)))))
		case in != nil:
			d.Lists[i] = *in
			delete(inEnum, l.name)
		default:
			full, err := unpack(l, l.values)
			if err != nil {
				return nil, inDocument(SubmissionName, under(Keyword, under("lists", underItem(i, err))))
			}
			d.Lists[i] = *full
		}
	}
	for i := range docs { // in order, so that the message does not depend on a map
		for _, l := range docs[i].lists {
			if inEnum[l.Name] != nil {
				return nil, fmt.Errorf("%s: code list %s is not in the lists of %s", docs[i].name+Extension, l.Name, SubmissionName)
			}
		}
	}
	return d, nil
}

// byCode gathers the rules of all documents in the order of their codes.
func byCode(s *submission, docs []document) []dictionary.Rule {
	var list []*dictionary.Rule
	for i := range docs {
		for k := range docs[i].rules {
			list = append(list, &docs[i].rules[k].rule.Rule)
		}
	}
	for _, part := range [][]rule{s.rules, s.off} {
		for i := range part {
			list = append(list, &part[i].Rule)
		}
	}
	slices.SortStableFunc(list, func(a, b *dictionary.Rule) int { return strings.Compare(a.Code, b.Code) })
	rules := make([]dictionary.Rule, len(list))
	for i, r := range list {
		rules[i] = *r
	}
	return rules
}

// placed reports a rule that does not stand where rules of its kind do.
func placed(d *dictionary.Dictionary, r *dictionary.Rule, at place) error {
	if want := placeOf(d, r); want != at {
		return faultf("rule %s: a rule of kind %s and status %s stands %s, not %s", r.Code, r.Kind, r.Status, want, at)
	}
	return nil
}

func (p place) String() string {
	return [...]string{"nowhere", "in its field's property", "in the table's allOf", "in " + SubmissionName, "among the rules that are off"}[p]
}

// verify holds the standard keywords of every rule against those that follow
// from its kind and parameters.
func (doc *document) verify(d *dictionary.Dictionary) error {
	for i := range doc.rules {
		f := &doc.rules[i]
		r := &f.rule.Rule
		if err := placed(d, r, f.place); err != nil {
			return f.under(err)
		}
		if f.place == off {
			continue
		}
		keywords, exact, err := express(d, r)
		if err != nil {
			return f.under(&fault{what: err.Error()})
		}
		if exact != f.rule.exact {
			return f.under(under(Keyword, under("exact", faultf("rule %s: its kind and parameters make it %t", r.Code, exact))))
		}
		wanted := value{kind: object, members: keywords}
		if !equal(&f.keywords, &wanted) {
			return f.under(difference(&f.keywords, &wanted, r.Code, true))
		}
	}
	return nil
}

// difference finds the first place where a rule's keywords are not those that
// were wanted. The keys of a schema are keywords, others are names.
func difference(got, wanted *value, code string, schema bool) error {
	if got.kind != wanted.kind || got.text != wanted.text {
		return faultf("rule %s: %s, but its kind and parameters say %s", code, brief(got), brief(wanted))
	}
	if got.kind == array {
		if len(got.members) != len(wanted.members) {
			return faultf("rule %s: %d items, but its kind and parameters say %d", code, len(got.members), len(wanted.members))
		}
		for i := range got.members {
			a, b := &got.members[i].value, &wanted.members[i].value
			if !equal(a, b) {
				return underItem(i, difference(a, b, code, true))
			}
		}
	}
	for i := range got.members {
		m := &got.members[i]
		other := wanted.get(m.key)
		switch {
		case other == nil && schema && !slices.Contains(keywords, m.key):
			return under(m.key, unknownKeyword(m.key, ""))
		case other == nil:
			return under(m.key, faultf("rule %s: %q does not follow from its kind and parameters", code, m.key))
		case !equal(&m.value, other):
			return under(m.key, difference(&m.value, other, code, m.key != "properties" || !schema))
		}
	}
	for i := range wanted.members {
		m := &wanted.members[i]
		if got.get(m.key) == nil {
			return faultf("rule %s: lacks %q, which follows from its kind and parameters: %s", code, m.key, brief(&m.value))
		}
	}
	return faultf("rule %s: its keywords do not follow from its kind and parameters", code)
}

// brief shows a value in a message.
func brief(v *value) string {
	s := string(flat(nil, v))
	if len(s) > 60 {
		return s[:57] + "..."
	}
	return s
}
