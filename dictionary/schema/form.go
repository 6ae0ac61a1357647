package schema

import (
	"strconv"
	"strings"

	"mhsds/dictionary"
)

// The constructors of keys, one a form of value. Each reads exactly what it
// writes; a value that says nothing is not written, so it is refused.

func must[T any](k key[T]) key[T] {
	k.required = true
	return k
}

// form defers a JSON Schema that only the meta-schema needs.
func form(v value) func() value { return func() value { return v } }

func typed(name string, more ...member) value {
	return objectOf(append([]member{{"type", textOf(name)}}, more...)...)
}

func listOf(items value) value {
	return typed("array", member{"items", items}, member{"minItems", numberOf(1)})
}

var (
	filledText = typed("string", member{"minLength", numberOf(1)})
	anyText    = typed("string")
)

func readText(v *value) (string, error) {
	if err := want(v, text); err != nil {
		return "", err
	}
	if v.text == "" {
		return "", faultf("an empty text")
	}
	return v.text, nil
}

func readTexts(v *value) ([]string, error) {
	if err := wantItems(v); err != nil {
		return nil, err
	}
	list := make([]string, len(v.members))
	for i := range v.members {
		if err := want(&v.members[i].value, text); err != nil {
			return nil, underItem(i, err)
		}
		list[i] = v.members[i].value.text
	}
	return list, nil
}

func wantItems(v *value) error {
	if err := want(v, array); err != nil {
		return err
	}
	if len(v.members) == 0 {
		return faultf("an empty list")
	}
	return nil
}

func textKey[T any](name, what string, at func(*T) *string) key[T] {
	return key[T]{
		name: name, what: what, form: form(filledText),
		get: func(t *T) value {
			if *at(t) == "" {
				return value{}
			}
			return textOf(*at(t))
		},
		set: func(t *T, v *value) (err error) {
			*at(t), err = readText(v)
			return err
		},
	}
}

func intKey[T any](name, what string, at func(*T) *int) key[T] {
	return key[T]{
		name: name, what: what,
		form: form(typed("integer", member{"not", objectOf(member{"const", numberOf(0)})})),
		get: func(t *T) value {
			if *at(t) == 0 {
				return value{}
			}
			return numberOf(*at(t))
		},
		set: func(t *T, v *value) error {
			if err := want(v, number); err != nil {
				return err
			}
			n, err := strconv.Atoi(v.text)
			if err != nil || n == 0 {
				return faultf("%s is not a whole number other than 0", v.text)
			}
			*at(t) = n
			return nil
		},
	}
}

func boolKey[T any](name, what string, at func(*T) *bool) key[T] {
	return key[T]{
		name: name, what: what, form: form(objectOf(member{"const", truth(true)})),
		get: func(t *T) value {
			if !*at(t) {
				return value{}
			}
			return truth(true)
		},
		set: func(t *T, v *value) error {
			if v.kind != boolean || v.text != "true" {
				return faultf("true was expected, or nothing")
			}
			*at(t) = true
			return nil
		},
	}
}

// nameKey is for an enumerated value, 0 of which says nothing.
func nameKey[T any, E interface {
	~uint8
	String() string
}](name, what string, parse func(string) (E, bool), known []string, at func(*T) *E) key[T] {
	return key[T]{
		name: name, what: what, form: func() value { return objectOf(member{"enum", textsOf(known)}) },
		get: func(t *T) value {
			if *at(t) == 0 {
				return value{}
			}
			return textOf((*at(t)).String())
		},
		set: func(t *T, v *value) error {
			if err := want(v, text); err != nil {
				return err
			}
			e, ok := parse(v.text)
			if !ok {
				return faultf("unknown %s %q%s", name, v.text, dictionary.DidYouMean(v.text, known))
			}
			*at(t) = e
			return nil
		},
	}
}

// The names of the enumerated values, found by counting until there is none.
var (
	kinds      = dictionary.KindNames()
	severities = enumerate[dictionary.Severity]()
	statuses   = enumerate[dictionary.Status]()
	types      = enumerate[dictionary.Type]()
)

func enumerate[E interface {
	~uint8
	String() string
}]() []string {
	var list []string
	for e := E(1); e.String() != ""; e++ {
		list = append(list, e.String())
	}
	return list
}

func textsKey[T any](name, what string, at func(*T) *[]string) key[T] {
	return key[T]{
		name: name, what: what, form: form(listOf(anyText)),
		get: func(t *T) value {
			if len(*at(t)) == 0 {
				return value{}
			}
			return textsOf(*at(t))
		},
		set: func(t *T, v *value) (err error) {
			*at(t), err = readTexts(v)
			return err
		},
	}
}

// A Ref is written "Table.Field".
func refOf(r dictionary.Ref) value { return textOf(r.String()) }

func readRef(v *value) (dictionary.Ref, error) {
	s, err := readText(v)
	if err != nil {
		return dictionary.Ref{}, err
	}
	table, field, ok := strings.Cut(s, ".")
	if !ok {
		table, field = "", s
	}
	return dictionary.Ref{Table: table, Field: field}, nil
}

func refKey[T any](name, what string, at func(*T) *dictionary.Ref) key[T] {
	return key[T]{
		name: name, what: what, form: form(filledText),
		get: func(t *T) value {
			if *at(t) == (dictionary.Ref{}) {
				return value{}
			}
			return refOf(*at(t))
		},
		set: func(t *T, v *value) (err error) {
			*at(t), err = readRef(v)
			return err
		},
	}
}

// sliceKey is for a list of things of one form.
func sliceKey[T, I any](name, what string, item func() value, write func(*I) value, read func(*value) (I, error), at func(*T) *[]I) key[T] {
	return key[T]{
		name: name, what: what, form: func() value { return listOf(item()) },
		get: func(t *T) value {
			list := *at(t)
			if len(list) == 0 {
				return value{}
			}
			v := value{kind: array, members: make([]member, len(list))}
			for i := range list {
				v.members[i].value = write(&list[i])
			}
			return v
		},
		set: func(t *T, v *value) error {
			if err := wantItems(v); err != nil {
				return err
			}
			list := make([]I, len(v.members))
			for i := range v.members {
				var err error
				if list[i], err = read(&v.members[i].value); err != nil {
					return underItem(i, err)
				}
			}
			*at(t) = list
			return nil
		},
	}
}

func refsKey[T any](name, what string, at func(*T) *[]dictionary.Ref) key[T] {
	return sliceKey(name, what, form(filledText), func(r *dictionary.Ref) value { return refOf(*r) }, readRef, at)
}

// objectsKey is for a list of objects.
func objectsKey[T, I any](name, what string, keys []key[I], at func(*T) *[]I) key[T] {
	return sliceKey(name, what, func() value { return formOf(keys) }, func(i *I) value { return encode(i, keys) }, func(v *value) (i I, err error) {
		err = decode(v, keys, &i)
		return i, err
	}, at)
}

// rulesKey names the rule's form rather than repeating it.
func rulesKey[T any](name, what string, at func(*T) *[]rule) key[T] {
	write := func(r *rule) value { return encode(r, ruleKeys) }
	read := func(v *value) (r rule, err error) {
		err = decode(v, ruleKeys, &r)
		return r, err
	}
	return sliceKey(name, what, form(objectOf(member{"$ref", textOf("#/$defs/rule")})), write, read, at)
}

// An Item is written as reports print it: "[UID]Name".
func itemsKey[T any](name, what string, at func(*T) *[]dictionary.Item) key[T] {
	item := form(typed("string", member{"pattern", textOf(`^\[[^\]]*\].*$`)}))
	return sliceKey(name, what, item, func(i *dictionary.Item) value { return textOf(i.String()) }, func(v *value) (dictionary.Item, error) {
		s, err := readText(v)
		if err != nil {
			return dictionary.Item{}, err
		}
		uid, name, ok := strings.Cut(s, "]")
		if !ok || uid[0] != '[' {
			return dictionary.Item{}, faultf("%q is not an item: [UID]Name was expected", s)
		}
		return dictionary.Item{UID: uid[1:], Name: name}, nil
	}, at)
}

func spansKey[T any](name, what string, at func(*T) *[][2]dictionary.Ref) key[T] {
	item := form(typed("array", member{"items", filledText}, member{"minItems", numberOf(2)}, member{"maxItems", numberOf(2)}))
	return sliceKey(name, what, item, func(s *[2]dictionary.Ref) value { return arrayOf(refOf(s[0]), refOf(s[1])) }, func(v *value) (s [2]dictionary.Ref, err error) {
		if err := want(v, array); err != nil {
			return s, err
		}
		if len(v.members) != 2 {
			return s, faultf("a pair was expected")
		}
		for i := range s {
			if s[i], err = readRef(&v.members[i].value); err != nil {
				return s, underItem(i, err)
			}
		}
		return s, nil
	}, at)
}

var schemeKeys = []key[dictionary.Scheme]{
	must(textKey("code", "the coding scheme", func(s *dictionary.Scheme) *string { return &s.Code })),
	must(textKey("test", "the test of its codes", func(s *dictionary.Scheme) *string { return &s.Test })),
}

func schemesKey[T any](name, what string, at func(*T) *[]dictionary.Scheme) key[T] {
	return objectsKey(name, what, schemeKeys, at)
}

// objectKey is for one object, nil of which says nothing.
func objectKey[T, I any](name, what string, keys []key[I], at func(*T) *I, empty func(*I) bool) key[T] {
	return key[T]{
		name: name, what: what, form: func() value { return formOf(keys) },
		get: func(t *T) value {
			if empty(at(t)) {
				return value{}
			}
			return encode(at(t), keys)
		},
		set: func(t *T, v *value) error { return decode(v, keys, at(t)) },
	}
}

var joinKeys = []key[dictionary.Join]{
	must(textKey("own", "the field of the rule's table", func(j *dictionary.Join) *string { return &j.Own })),
	must(textKey("theirs", "the field of the other table", func(j *dictionary.Join) *string { return &j.Theirs })),
}

func joinKey[T any](name, what string, at func(*T) *dictionary.Join) key[T] {
	return objectKey(name, what, joinKeys, at, func(j *dictionary.Join) bool { return *j == (dictionary.Join{}) })
}

// pointerKey is for an object that need not be there.
func pointerKey[T, I any](name, what string, keys []key[I], at func(*T) **I) key[T] {
	return key[T]{
		name: name, what: what, form: func() value { return formOf(keys) },
		get: func(t *T) value {
			if *at(t) == nil {
				return value{}
			}
			return encode(*at(t), keys)
		},
		set: func(t *T, v *value) error {
			*at(t) = new(I)
			return decode(v, keys, *at(t))
		},
	}
}

func parentKey(name, what string) key[dictionary.Field] {
	return key[dictionary.Field]{
		name: name, what: what, form: form(filledText),
		get: func(f *dictionary.Field) value {
			if f.ForeignTable == "" && f.ForeignField == "" {
				return value{}
			}
			return refOf(dictionary.Ref{Table: f.ForeignTable, Field: f.ForeignField})
		},
		set: func(f *dictionary.Field, v *value) error {
			r, err := readRef(v)
			f.ForeignTable, f.ForeignField = r.Table, r.Field
			return err
		},
	}
}

func sourcesKey[T any](at func(*T) *[]source) key[T] {
	return key[T]{
		name: "sources", what: "where the rules of a status were read, unless they say otherwise",
		form: func() value {
			return typed("object", member{"propertyNames", objectOf(member{"enum", textsOf(statuses)})}, member{"additionalProperties", filledText})
		},
		get: func(t *T) value {
			if len(*at(t)) == 0 {
				return value{}
			}
			v := value{kind: object}
			for _, s := range *at(t) {
				v.members = append(v.members, member{s.status.String(), textOf(s.text)})
			}
			return v
		},
		set: func(t *T, v *value) error {
			if err := want(v, object); err != nil {
				return err
			}
			for i := range v.members {
				m := &v.members[i]
				status, ok := dictionary.ParseStatus(m.key)
				if !ok {
					return under(m.key, faultf("unknown status %q%s", m.key, dictionary.DidYouMean(m.key, statuses)))
				}
				s, err := readText(&m.value)
				if err != nil {
					return under(m.key, err)
				}
				*at(t) = append(*at(t), source{status, s})
			}
			return nil
		},
	}
}

// labelsKey is for an object from code to label, in the order of the codes.
func labelsKey(name, what string, at func(*list) *[]label) key[list] {
	return key[list]{
		name: name, what: what, form: form(typed("object", member{"additionalProperties", filledText})),
		get: func(l *list) value {
			if len(*at(l)) == 0 {
				return value{}
			}
			v := value{kind: object, members: make([]member, len(*at(l)))}
			for i, m := range *at(l) {
				v.members[i] = member{m.code, textOf(m.text)}
			}
			return v
		},
		set: func(l *list, v *value) error {
			if err := want(v, object); err != nil {
				return err
			}
			labels := make([]label, len(v.members))
			for i := range v.members {
				m := &v.members[i]
				s, err := readText(&m.value)
				if err != nil {
					return under(m.key, err)
				}
				labels[i] = label{m.key, s}
			}
			*at(l) = labels
			return nil
		},
	}
}

// codesKey is for an object from something said to the codes of which it is.
func codesKey(name, what string, at func(*list) *[]codes) key[list] {
	return key[list]{
		name: name, what: what, form: form(typed("object", member{"additionalProperties", listOf(anyText)})),
		get: func(l *list) value {
			if len(*at(l)) == 0 {
				return value{}
			}
			v := value{kind: object}
			for _, c := range *at(l) {
				v.members = append(v.members, member{c.text, textsOf(c.codes)})
			}
			return v
		},
		set: func(l *list, v *value) error {
			if err := want(v, object); err != nil {
				return err
			}
			for i := range v.members {
				m := &v.members[i]
				list, err := readTexts(&m.value)
				if err != nil {
					return under(m.key, err)
				}
				*at(l) = append(*at(l), codes{m.key, list})
			}
			return nil
		},
	}
}

// formOf is the JSON Schema of an object with the given keys and no others.
func formOf[T any](keys []key[T]) value {
	properties := value{kind: object}
	var need []string
	for i := range keys {
		k := &keys[i]
		v := value{kind: object, members: append([]member{{"description", textOf(k.what)}}, k.form().members...)}
		properties.members = append(properties.members, member{k.name, v})
		if k.required {
			need = append(need, k.name)
		}
	}
	v := typed("object", member{"properties", properties})
	if len(need) > 0 {
		v.members = append(v.members, member{"required", textsOf(need)})
	}
	v.members = append(v.members, member{"additionalProperties", truth(false)})
	return v
}
