package plan

import (
	"bytes"
	"context"
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
	p, err := Read(schemas)
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(p.documents))
	all := make([]int, len(errs))
	for i := range all {
		all[i] = i
	}
	p.compileTables(context.Background(), all, errs)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p, nil
}

// Read is Compile for documents that are known to be in order: jsonschema has
// compiled none of them yet, and CompileTable does it when one is needed.
func Read(schemas fs.FS) (*Plan, error) {
	d, err := schema.Read(schemas)
	if err != nil {
		return nil, err
	}
	p, err := FromDictionary(d)
	if err != nil {
		return nil, err
	}
	for i := range d.Tables {
		t := &d.Tables[i]
		p.documents = append(p.documents, sync.OnceValue(func() (err error) {
			defer func() {
				if recover() != nil { // it may be on a goroutine that nobody else watches
					err = fmt.Errorf("%s: cannot be compiled", t.Name+schema.Extension)
				}
			}()
			places, err := subschemas(schemas, t.Name+schema.Extension)
			if err != nil {
				return err
			}
			return agree(d, t, places)
		}))
	}
	return p, nil
}

// CompileAhead compiles the documents of the tables, in that order, on all
// processors, until ctx ends. What is wrong with one CompileTable says.
func (p *Plan) CompileAhead(ctx context.Context, tables []int) {
	if p.documents != nil {
		p.compileTables(ctx, tables, make([]error, len(tables)))
	}
}

func (p *Plan) compileTables(ctx context.Context, tables []int, errs []error) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(tables) {
					return
				}
				errs[i] = p.CompileTable(tables[i])
			}
		})
	}
	wg.Wait()
}

// CompileTable compiles the document of the table with the given index, if
// that has not been done, and returns what is wrong with it. It may be called
// by many goroutines.
func (p *Plan) CompileTable(table int) error {
	if p.documents == nil {
		return nil // no documents: the dictionary itself was given
	}
	return p.documents[table]()
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
	if code == "" {
		return nil, err
	}
	return ruleCode(code), err
}

// ruleCode is a compiled x-mhsds of a rule. It judges nothing: kernels do.
type ruleCode string

func (ruleCode) Validate(jsonschema.ValidationContext, any) error { return nil }
