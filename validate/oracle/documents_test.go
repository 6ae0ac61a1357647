package oracle

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"mhsds/dictionary"
	"mhsds/dictionary/schema"
	"mhsds/schemas"
)

// TestMetaSchema: the meta-schema is a schema of draft 2020-12, holds for every
// document, and refuses what none may have.
func TestMetaSchema(t *testing.T) {
	fsys, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(fsys, schema.KeywordName)
	if err != nil {
		t.Fatal(err)
	}
	meta := compile(t, "urn:meta", data)
	names, err := fs.Glob(fsys, "*"+schema.Extension)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		compile(t, "urn:document", data) // against draft 2020-12
		if name == schema.KeywordName {
			continue
		}
		if err := meta.Validate(decode(t, data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, change := range [][2]string{
			{`"position": 1`, `"position": "1"`},
			{`"kind": "`, `"kind": "un`},
			{`"rule": "`, `"ruel": "`},
			{`"version": `, `"versions": `},
		} {
			if !bytes.Contains(data, []byte(change[0])) {
				continue
			}
			changed := bytes.Replace(data, []byte(change[0]), []byte(change[1]), 1)
			if meta.Validate(decode(t, changed)) == nil {
				t.Errorf("%s: %s in place of %s was accepted", name, change[1], change[0])
			}
		}
	}
}

func compile(t *testing.T, url string, data []byte) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource(url, bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(url)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decode(t *testing.T, data []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestExtensionStrict: the extension refuses by itself what jsonschema would
// pass over, wherever it stands.
func TestExtensionStrict(t *testing.T) {
	tests := []struct{ name, document, want string }{
		{"unknown keyword", `{"maxLenght": 3}`, `unknown keyword "maxLenght"; did you mean "maxLength"?`},
		{"unknown keyword deep within", `{"allOf": [{"anyOf": [{"not": {"konst": "x"}}]}]}`, `unknown keyword "konst"; did you mean "const"?`},
		{"unknown keyword of a property", `{"properties": {"A": {"format": "date"}}}`, `unknown keyword "format"`},
		{"unknown member", `{"properties": {"A": {"x-mhsds": {"position": 1, "type": "text", "uidd": "A1"}}}}`, `unknown member "uidd" of x-mhsds; did you mean "uid"?`},
		{"unknown kind", `{"allOf": [{"x-mhsds": {"rule": "R1", "severity": "warning", "kind": "nonsense", "status": "both"}}]}`, `unknown kind "nonsense"`},
		{"unknown rule", `{"allOf": [{"x-mhsds": {"rule": "R2", "severity": "warning", "kind": "reject_all", "status": "both"}}]}`, `rule R2 is not in the dictionary`},
		{"what is right", `{"allOf": [{"x-mhsds": {"rule": "R1", "severity": "warning", "kind": "reject_all", "status": "both"}}]}`, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			of := &dictionary.Table{ID: "T", Name: "Table"}
			o := &Oracle{d: &dictionary.Dictionary{Version: "1.0"}}
			fsys := fstest.MapFS{"Table" + schema.Extension: &fstest.MapFile{Data: []byte(tt.document)}}
			_, err := o.compile(fsys, of, map[string]*dictionary.Rule{"R1": {Code: "R1"}})
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
