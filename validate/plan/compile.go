package plan

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"mhsds/dictionary"
	"mhsds/dictionary/schema"
)

// Compile reads the schemas of a release and prepares its rules.
//
// Every table's document is compiled by jsonschema, which holds it against the
// meta-schema of draft 2020-12, while schema.Read holds it against what a rule
// of its kind must say. The rules that act are those that stand as subschemas
// in the compiled documents: one that the dictionary has and no subschema
// carries is an error, and so is the reverse.
func Compile(schemas fs.FS) (*Plan, error) {
	files, err := fs.Glob(schemas, "*"+schema.Extension)
	if err != nil {
		return nil, err
	}
	compiled := make(map[string]map[string]string, len(files)) // by file, the places of codes
	var (
		mu   sync.Mutex
		wg   sync.WaitGroup
		next atomic.Int64
		errs = make([]error, len(files))
		d    *dictionary.Dictionary
	)
	wg.Go(func() { d, err = schema.Read(schemas) })
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(files); i = int(next.Add(1)) - 1 {
				if files[i] == schema.KeywordName || files[i] == schema.SubmissionName {
					continue
				}
				codes, err := subschemas(schemas, files[i])
				errs[i] = err
				mu.Lock()
				compiled[files[i]] = codes
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if err != nil {
		return nil, err // its places are the better ones
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for i := range d.Tables {
		if err := agree(d, &d.Tables[i], compiled[d.Tables[i].Name+schema.Extension]); err != nil {
			return nil, err
		}
	}
	return FromDictionary(d)
}

// agree compares the rules on single records of a table with the codes of its
// compiled subschemas.
func agree(d *dictionary.Dictionary, t *dictionary.Table, places map[string]string) error {
	file := t.Name + schema.Extension
	for i := range d.Rules {
		r := &d.Rules[i]
		if r.Table != t.ID || !Active(r) || !RowKind(r.Kind) {
			continue
		}
		if _, ok := places[r.Code]; !ok {
			return fmt.Errorf("%s: no subschema carries rule %s", file, r.Code)
		}
		delete(places, r.Code)
	}
	for code, place := range places {
		if r := d.Rule(code); r == nil || r.Table != t.ID {
			return fmt.Errorf("%s: %s: rule %s is not one of table %s", file, place, code, t.ID)
		}
	}
	return nil
}

// subschemas compiles one document and returns where each rule's code stands.
func subschemas(schemas fs.FS, file string) (map[string]string, error) {
	data, err := fs.ReadFile(schemas, file)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.RegisterExtension(schema.Keyword, nil, keyword{})
	if err := c.AddResource(file, bytes.NewReader(data)); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	root, err := c.Compile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	places := make(map[string]string)
	note := func(list []*jsonschema.Schema) {
		for _, s := range list {
			if code, ok := s.Extensions[schema.Keyword].(ruleCode); ok {
				places[string(code)] = s.Location[strings.IndexByte(s.Location, '#')+1:]
			}
		}
	}
	note(root.AllOf)
	for _, p := range root.Properties {
		note(p.AllOf)
	}
	return places, nil
}

// keyword is the extension that reads a rule's code from a subschema. It
// refuses what jsonschema would pass over in silence.
type keyword struct{}

func (keyword) Compile(_ jsonschema.CompilerContext, m map[string]any) (jsonschema.ExtSchema, error) {
	code, err := schema.Inspect(m)
	if err != nil || code == "" {
		return nil, err
	}
	return ruleCode(code), nil
}

// ruleCode is a compiled x-mhsds of a rule. It judges nothing: kernels do.
type ruleCode string

func (ruleCode) Validate(jsonschema.ValidationContext, any) error { return nil }
