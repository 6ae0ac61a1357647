package plan

import (
	"io/fs"
	"strings"
	"testing"

	"mhsds/dictionary/schema"
	"mhsds/schemas"
)

func release(t testing.TB) fs.FS {
	t.Helper()
	fsys, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func TestCompile(t *testing.T) {
	p, err := Compile(release(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Dictionary.Tables) != 61 {
		t.Errorf("%d tables, want 61", len(p.Dictionary.Tables))
	}
}

// TestSubschemas: the place of each rule is a pointer into its document, as
// errors name it.
func TestSubschemas(t *testing.T) {
	fsys := release(t)
	p, err := Compile(fsys)
	if err != nil {
		t.Fatal(err)
	}
	table := &p.Dictionary.Tables[0]
	places, err := subschemas(fsys, table.Name+schema.Extension)
	if err != nil || len(places) < 10 {
		t.Fatalf("%d places, error %v", len(places), err)
	}
	for code, place := range places {
		if !strings.HasPrefix(place, "/properties/") && !strings.HasPrefix(place, "/allOf/") {
			t.Errorf("%s stands at %q", code, place)
		}
	}
	if err := agree(p.Dictionary, &p.Dictionary.Tables[1], places); err == nil || !strings.Contains(err.Error(), "no subschema carries rule") {
		t.Errorf("the rules of another table: error %v", err)
	}
}

func BenchmarkCompile(b *testing.B) {
	fsys := release(b)
	for b.Loop() {
		if _, err := Compile(fsys); err != nil {
			b.Fatal(err)
		}
	}
}
