// Package oracle gives the same verdicts as the kernels, slowly: by jsonschema,
// record by record.
//
// It shares the schemas with the fast path and nothing behind them. A record
// becomes the JSON object that package dictionary/schema describes, jsonschema
// judges it, and every failure belongs to the rule in whose subschema it
// happened:
//
//	#/properties/CareContDate/allOf/2            ─► rule of that subschema
//	#/properties/CareContDate/allOf/2/pattern
//	#/allOf/7/anyOf/0/required                   ─► rule of #/allOf/7
//
// Standard keywords judge what they can say exactly. The rest, where they say
// nothing or too little, is judged by the extension for x-mhsds, in the words
// of the rules and with the standard library's own means (time.Parse, regexp,
// big.Rat), because being slow and obvious is what this package is for.
package oracle

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"mhsds/dictionary"
	"mhsds/dictionary/schema"
)

// An Oracle judges records. It is not for use by several goroutines at once.
type Oracle struct {
	d      *dictionary.Dictionary
	tables map[string]*table // by ID
	scales map[string]*dictionary.Scale

	header, context map[string]string // as instances; nil if there is none
	start, end      time.Time         // of the period; zero if not known

	parents Parents // of the record under judgement

	reference Reference // nil if there is none
}

// A Reference looks codes up in the registers that the dictionary only names;
// days count from 1970-01-01.
type Reference interface {
	Holds(dictionary.Register) bool
	Has(r dictionary.Register, value []byte, day int32) bool
}

// Refer sets the reference data. Rules on registers that it does not hold give
// nothing.
func (o *Oracle) Refer(r Reference) { o.reference = r }

// Parents returns the rows of a table whose field has the key, as written. A
// field without a value may be absent or empty.
type Parents func(tableID, field, key string) []map[string]string

// A table is one compiled schema.
type table struct {
	*dictionary.Table
	schema *jsonschema.Schema
	rules  map[string]string // from the place of a subschema to its rule's code
}

// New compiles the schemas in the root of fsys. Until Bind there is neither a
// header nor a context.
func New(fsys fs.FS) (*Oracle, error) {
	d, err := schema.Read(fsys)
	if err != nil {
		return nil, err
	}
	o := &Oracle{d: d, tables: map[string]*table{}, scales: map[string]*dictionary.Scale{}}
	for i := range d.Scales {
		o.scales[d.Scales[i].Concept] = &d.Scales[i]
	}
	byCode := map[string]*dictionary.Rule{}
	for i := range d.Rules {
		byCode[d.Rules[i].Code] = &d.Rules[i]
	}
	tables := make([]*table, len(d.Tables))
	errs := make([]error, len(d.Tables))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(tables)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(tables); i = int(next.Add(1)) - 1 {
				tables[i], errs[i] = o.compile(fsys, &d.Tables[i], byCode)
			}
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for _, t := range tables {
		o.tables[t.ID] = t
	}
	return o, nil
}

// Dictionary returns the dictionary that the schemas hold.
func (o *Oracle) Dictionary() *dictionary.Dictionary { return o.d }

func (o *Oracle) compile(fsys fs.FS, of *dictionary.Table, byCode map[string]*dictionary.Rule) (*table, error) {
	name := of.Name + schema.Extension
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.AssertFormat = false
	c.RegisterExtension(schema.Keyword, nil, &extension{o: o, table: of, rules: byCode})
	id := schema.ID(o.d.Version, of.Name)
	if err := c.AddResource(id, bytes.NewReader(data)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	compiled, err := c.Compile(id)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t := &table{Table: of, schema: compiled, rules: map[string]string{}}
	t.place(compiled.AllOf)
	for _, p := range compiled.Properties {
		t.place(p.AllOf)
	}
	return t, nil
}

// place notes where the rules of an allOf stand.
func (t *table) place(allOf []*jsonschema.Schema) {
	for _, s := range allOf {
		if r, ok := s.Extensions[schema.Keyword].(*judgement); ok {
			t.rules[s.Location] = r.rule.Code
		}
	}
}

// extension compiles the keyword x-mhsds, and refuses what jsonschema would
// pass over in silence.
type extension struct {
	o     *Oracle
	table *dictionary.Table
	rules map[string]*dictionary.Rule
}

func (e *extension) Compile(_ jsonschema.CompilerContext, m map[string]any) (jsonschema.ExtSchema, error) {
	code, err := schema.Inspect(m)
	if err != nil || code == "" {
		return nil, err
	}
	r := e.rules[code]
	if r == nil {
		return nil, fmt.Errorf("rule %s is not in the dictionary", code)
	}
	return &judgement{o: e.o, table: e.table, rule: r}, nil
}

// Bind sets what the first header record says and what the portal knows, by
// field name. A nil header is a submission without one: comparisons against it
// pass. Rules that compare with a field that context lacks give nothing; one
// that it has with "" is null.
func (o *Oracle) Bind(header, context map[string]string) {
	o.header, o.context = nil, nil
	o.start, o.end = time.Time{}, time.Time{}
	if context != nil {
		o.context = map[string]string{}
		for name, v := range context {
			if f := o.d.Context.Field(name); f != nil {
				o.context[name] = Canonical(f.Type, v)
			}
		}
	}
	t, _ := o.d.Role("header")
	if header == nil || t == nil {
		return
	}
	o.header = map[string]string{}
	for name, v := range header {
		if f := t.Field(name); f != nil {
			o.header[name] = Canonical(f.Type, v)
		}
	}
	if _, f := o.d.Role("period_start"); f != nil {
		o.start, _ = calendarDate(f.Type, o.header[f.Name])
	}
	if _, f := o.d.Role("period_end"); f != nil {
		o.end, _ = calendarDate(f.Type, o.header[f.Name])
	}
}

// Verdicts returns the codes, sorted, of the active rules that the record
// fails, as far as they look at one record, the header and the context, and at
// the dates of parents. With nil parents, rules on those give nothing; so do
// rules on registers that nobody gave.
//
// Values are by field name, as a text file has them: Canonical is applied
// here. A field that the table does not have is an error.
func (o *Oracle) Verdicts(of *dictionary.Table, record map[string]string, parents Parents) ([]string, error) {
	t := o.tables[of.ID]
	if t == nil {
		return nil, fmt.Errorf("table %s: no schema", of.ID)
	}
	instance := map[string]any{}
	for name, v := range record {
		f := t.Field(name)
		if f == nil {
			return nil, fmt.Errorf("table %s: no field %q", of.ID, name)
		}
		if v = Canonical(f.Type, v); v != "" {
			instance[name] = v
		}
	}
	o.parents = parents
	err := t.schema.Validate(instance)
	o.parents = nil
	if err == nil {
		return nil, nil
	}
	failure, ok := err.(*jsonschema.ValidationError)
	if !ok {
		return nil, fmt.Errorf("table %s: %w", of.ID, err)
	}
	codes := map[string]bool{}
	if err := t.collect(failure, "", codes); err != nil {
		return nil, err
	}
	list := make([]string, 0, len(codes))
	for code := range codes {
		list = append(list, code)
	}
	slices.Sort(list)
	return list, nil
}

// collect gathers the rules in whose subschemas something failed. A failure
// outside of them is none of a rule, and so ours.
func (t *table) collect(e *jsonschema.ValidationError, rule string, codes map[string]bool) error {
	if code := t.rules[e.AbsoluteKeywordLocation]; code != "" {
		rule = code
	}
	if len(e.Causes) == 0 {
		if rule == "" {
			rule = t.enclosing(e.AbsoluteKeywordLocation)
		}
		if rule == "" {
			return fmt.Errorf("table %s: failure at %s, where no rule is", t.ID, e.AbsoluteKeywordLocation)
		}
		codes[rule] = true
		return nil
	}
	for _, cause := range e.Causes {
		if err := t.collect(cause, rule, codes); err != nil {
			return err
		}
	}
	return nil
}

// enclosing returns the rule of the innermost subschema around a place.
func (t *table) enclosing(place string) string {
	for {
		if code := t.rules[place]; code != "" {
			return code
		}
		i := strings.LastIndexByte(place, '/')
		if i < 0 {
			return ""
		}
		place = place[:i]
	}
}

// Canonical returns the value as the instance has it: without spaces (U+0020)
// at its ends; a date or time that can be read as CCYY-MM-DD, with a time other
// than midnight CCYY-MM-DDThh:mm:ss, or as hh:mm:ss. Dates are read with or
// without hh:mm, seconds and their fraction after a space or T, times with or
// without the date 1899-12-30 before them. Anything else stays as it is. "" is
// no value.
func Canonical(t dictionary.Type, v string) string {
	v = strings.Trim(v, " ")
	switch t {
	case dictionary.Date, dictionary.DateTime:
		m := momentForm.FindStringSubmatch(v)
		if m == nil {
			return v
		}
		clock, ok := clockOf(m[2])
		if _, err := time.Parse(time.DateOnly, m[1]); err != nil || !ok {
			return v
		}
		if clock == "00:00:00" {
			return m[1]
		}
		return m[1] + "T" + clock
	case dictionary.Time:
		m := timeForm.FindStringSubmatch(v)
		if m == nil {
			return v
		}
		if clock, ok := clockOf(m[1]); ok {
			return clock
		}
	}
	return v
}

var (
	momentForm = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)$`)
	timeForm   = regexp.MustCompile(`^(?:1899-12-30[ T])?([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)$`)
)

// clockOf reads hh:mm, hh:mm:ss or hh:mm:ss with a fraction.
func clockOf(s string) (string, bool) {
	layout := "15:04:05"
	if len(s) == len("15:04") {
		layout = "15:04"
	}
	t, err := time.Parse(layout, s) // it takes a fraction where the layout has none
	return t.Format("15:04:05"), err == nil
}
