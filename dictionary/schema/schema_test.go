package schema

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mhsds/dictionary"
	"mhsds/dictionary/sheets"
)

var update = flag.Bool("update", false, "write the golden documents of the small dictionary")

// load60 returns the dictionary of v6.0 as its sheets say it.
func load60(t testing.TB) *dictionary.Dictionary {
	t.Helper()
	d, err := sheets.Read(os.DirFS("../v6.0"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func write(t testing.TB, d *dictionary.Dictionary) map[string][]byte {
	t.Helper()
	files, err := Write(d)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// folder returns documents as a file system.
func folder(files map[string][]byte) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: data}
	}
	return fsys
}

// TestRoundTrip: Read is the inverse of Write, and Write gives the same bytes
// each time, for the real dictionary and for one with every kind of rule.
func TestRoundTrip(t *testing.T) {
	for name, d := range map[string]*dictionary.Dictionary{"v6.0": load60(t), "small": small()} {
		t.Run(name, func(t *testing.T) {
			files := write(t, d)
			if got, want := len(files), len(d.Tables)+2; got != want {
				t.Errorf("%d documents, want %d", got, want)
			}
			got, err := Read(folder(files))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(d, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("Read(Write(d)) differs from d (-want +got):\n%s", diff)
			}
			for name, data := range write(t, got) {
				if !bytes.Equal(files[name], data) {
					t.Errorf("%s: written again, it differs", name)
				}
			}
		})
	}
}

// TestGolden shows what the documents look like.
func TestGolden(t *testing.T) {
	for name, got := range write(t, small()) {
		path := filepath.Join("testdata", "small", name)
		if *update {
			if err := os.WriteFile(path, got, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s differs (-want +got); run with -update if that is right:\n%s", name, diff)
		}
	}
}

// TestKinds: the small dictionary leaves no kind out.
func TestKinds(t *testing.T) {
	seen := map[dictionary.Kind]bool{}
	for _, r := range small().Rules {
		seen[r.Kind] = true
	}
	for _, name := range dictionary.KindNames() {
		if k, _ := dictionary.ParseKind(name); !seen[k] {
			t.Errorf("no rule of kind %s", name)
		}
	}
}

// TestReadStrict changes the documents of the small dictionary in one place
// and expects Read to name it.
func TestReadStrict(t *testing.T) {
	tests := []struct {
		name     string
		document string
		old, new string // the first old becomes new
		want     string
	}{
		{"unknown keyword of a rule", "Contact", `"maxLength": 20`, `"maxLenght": 20`,
			`Contact.schema.json#/properties/ContactID/allOf/0/maxLenght: unknown keyword "maxLenght"; did you mean "maxLength"?`},
		{"unknown keyword of a property", "Contact", `"type": "string"`, `"type": "string", "format": "x"`,
			`Contact.schema.json#/properties/ContactID/format: unknown keyword "format"`},
		{"unknown keyword of a table", "Contact", `"type": "object"`, `"type": "object", "$defs": {}`,
			`Contact.schema.json#/$defs: unknown keyword "$defs"`},
		{"keyword in the wrong place", "Contact", `"type": "object"`, `"type": "object", "enum": ["x"]`,
			`Contact.schema.json#/enum: keyword "enum" has no place here`},
		{"unknown member of x-mhsds", "Contact", `"kind": "alphanumeric"`, `"knid": "alphanumeric"`,
			`Contact.schema.json#/properties/ContactID/allOf/0/x-mhsds/knid: unknown member "knid" of x-mhsds; did you mean "kind"?`},
		{"unknown kind", "Contact", `"kind": "alphanumeric"`, `"kind": "alfanumeric"`,
			`Contact.schema.json#/properties/ContactID/allOf/0/x-mhsds/kind: unknown kind "alfanumeric"; did you mean "alphanumeric"?`},
		{"unknown severity", "Contact", `"rule": "R02", "severity": "record rejected"`, `"rule": "R02", "severity": "rejected"`,
			`Contact.schema.json#/properties/ContactID/allOf/0/x-mhsds/severity: unknown severity "rejected"`},
		{"no kind", "Contact", `"kind": "alphanumeric", `, ``,
			`Contact.schema.json#/properties/ContactID/allOf/0/x-mhsds: x-mhsds lacks "kind"`},
		{"other value", "Contact", `"maxLength": 20`, `"maxLength": 21`,
			`Contact.schema.json#/properties/ContactID/allOf/0/maxLength: rule R02: 21, but its kind and parameters say 20`},
		{"other parameter", "Contact", `"max": 20`, `"max": 22`,
			`Contact.schema.json#/properties/ContactID/allOf/0/maxLength: rule R02: 20, but its kind and parameters say 22`},
		{"keyword too many", "Contact", `"maxLength": 20`, `"maxLength": 20, "minLength": 2`,
			`Contact.schema.json#/properties/ContactID/allOf/0/minLength: rule R02: "minLength" does not follow from its kind and parameters`},
		{"keyword missing", "Contact", `"maxLength": 20,`, ``,
			`Contact.schema.json#/properties/ContactID/allOf/0: rule R02: lacks "maxLength", which follows from its kind and parameters: 20`},
		{"unknown keyword deep within", "Contact", `{"const": "02"}`, `{"konst": "02"}`,
			`unknown keyword "konst"; did you mean "const"?`},
		{"other field deep within", "Contact", `"then": {"properties": {"Diagnosis"`, `"then": {"properties": {"Diagnose"`,
			`/properties/Diagnose: rule R25: "Diagnose" does not follow from its kind and parameters`},
		{"other scheme deep within", "Contact", `{"const": "02"}`, `{"const": "03"}`,
			`/if/properties/Scheme/const: rule R25: "03", but its kind and parameters say "02"`},
		{"code missing from the enum", "Contact", `"enum": ["01", "07", "99"]`, `"enum": ["01", "99"]`,
			`Contact.schema.json#/properties/Code/allOf/1/x-mhsds/list: list Codes: code "07" is not in the enum`},
		{"enum missing", "Contact", `"enum": ["01", "07", "99"],`, ``,
			`Contact.schema.json#/properties/Code/allOf/1: rule R07: lacks the enum of list Codes`},
		{"scale missing from the enum", "Contact", `"enum": ["100000001", "100000002"]`, `"enum": ["100000001"]`,
			`rule R27: 1 items, but its kind and parameters say 2`},
		{"exact where it is not", "Contact", `"kind": "nhs_number"`, `"kind": "nhs_number", "exact": true`,
			`/x-mhsds/exact: rule R23: its kind and parameters make it false`},
		{"rule in the wrong place", "Contact", `"kind": "numeric"`, `"kind": "not_blank"`,
			`set, but a rule of kind not_blank does not take it`},
		{"rule of the submission", "Patient", `"kind": "reject_all", "exact": true`, `"kind": "singleton"`,
			`Patient.schema.json#/allOf/0: rule R29: a rule of kind singleton and status both stands in submission.schema.json, not in the table's allOf`},
		{"rule that is on among those off", "Contact", `"status": "pipeline_only", "field": "Day"`, `"status": "both", "source": "s", "field": "Day"`,
			`Contact.schema.json#/x-mhsds/off/0: rule R80: a rule of kind not_blank and status both stands in the table's allOf, not among the rules that are off`},
		{"rule without x-mhsds", "Contact", `"allOf": [`, `"allOf": [{"maxLength": 1},`,
			`Contact.schema.json#/properties/ContactID/allOf/0: lacks "x-mhsds", which says the rule`},
		{"field named twice", "Contact", `"rule": "R02",`, `"rule": "R02", "field": "ContactID",`,
			`Contact.schema.json#/properties/ContactID/allOf/0/x-mhsds/field: the property says the field`},
		{"position twice", "Contact", `"position": 2`, `"position": 1`,
			`Contact.schema.json#/properties/PatientID/x-mhsds/position: 1 is beyond the 16 fields, or another one's`},
		{"name twice in an object", "Contact", `"maxLength": 20`, `"maxLength": 20, "maxLength": 20`,
			`"maxLength" stands twice in the object that ends here`},
		{"other draft", "Contact", `draft/2020-12/schema`, `draft/2019-09/schema`,
			`Contact.schema.json#/$schema: "https://json-schema.org/draft/2020-12/schema" was expected`},
		{"other version", "Contact", `"version": "9.0"`, `"version": "8.0"`,
			`Contact.schema.json#/x-mhsds/version: version 8.0, but submission.schema.json is of 9.0`},
		{"no JSON", "Contact", `"properties"`, `properties`,
			`Contact.schema.json: line `},
		{"two tables at fault", "Contact", `"$id"`, `"$ID"`,
			`Contact.schema.json#/$ID: unknown keyword "$ID"`},
		{"unknown table", "submission", `"Patient"`, `"Patients"`,
			`Patient.schema.json: submission.schema.json does not name this table; did you mean "Patients"?`},
		{"unknown member of the submission", "submission", `"scales_revision"`, `"scale_revision"`,
			`submission.schema.json#/x-mhsds/scale_revision: unknown member "scale_revision" of x-mhsds; did you mean "scales_revision"?`},
		{"label of no code", "submission", `"values": ["X", "Y"]`, `"values": ["Y"]`,
			`submission.schema.json#/x-mhsds/lists/1: list Unused: code "X" is not in the enum`},
		{"list given twice", "submission", `{"name": "Codes"}`, `{"name": "Codes", "source": "x"}`,
			`submission.schema.json#/x-mhsds/lists/0: list Codes stands beside an enum; its name is enough here`},
		{"list missing", "submission", `{"name": "Codes"},`, ``,
			`Contact.schema.json: code list Codes is not in the lists of submission.schema.json`},
		{"what Check refuses", "submission", `"rule": "R60"}`, `"rule": "R99"}`,
			`schemas of version 9.0: reference 1, column rule: unknown rule "R99"`},
	}
	files := write(t, small())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsys := folder(files)
			name := tt.document + Extension
			before := string(files[name])
			if !strings.Contains(before, tt.old) {
				t.Fatalf("%s has no %s", name, tt.old)
			}
			fsys[name] = &fstest.MapFile{Data: []byte(strings.Replace(before, tt.old, tt.new, 1))}
			_, err := Read(fsys)
			if err == nil {
				t.Fatalf("%s in place of %s was accepted", tt.new, tt.old)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s in place of %s:\n got %v\nwant %s", tt.new, tt.old, err, tt.want)
			}
		})
	}
}

// TestReadDescriptions: descriptions are for people, and so is the layout.
func TestReadDescriptions(t *testing.T) {
	d := small()
	fsys := folder(write(t, d))
	for name, file := range fsys {
		s := strings.ReplaceAll(string(file.Data), `is longer than`, `has more than`)
		s = strings.ReplaceAll(s, "\n", "\r\n\t")
		fsys[name] = &fstest.MapFile{Data: []byte(s)}
	}
	got, err := Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the dictionary differs (-want +got):\n%s", diff)
	}
}

// TestReadOrder: the order of rules in a document, and of members in an object
// other than labels, does not count.
func TestReadOrder(t *testing.T) {
	d := small()
	files := write(t, d)
	for name, data := range files {
		v, err := parse(string(data))
		if err != nil {
			t.Fatal(err)
		}
		reverse(&v)
		files[name] = format(&v)
	}
	got, err := Read(folder(files))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the dictionary differs (-want +got):\n%s", diff)
	}
}

// reverse turns round the members of every object.
func reverse(v *value) {
	n := len(v.members)
	for i := range v.members {
		reverse(&v.members[i].value)
	}
	if v.kind != object {
		return
	}
	for i := range n / 2 {
		v.members[i], v.members[n-1-i] = v.members[n-1-i], v.members[i]
	}
}

func TestWriteRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(d *dictionary.Dictionary)
		want   string
	}{
		{"what Check refuses", func(d *dictionary.Dictionary) { d.Version = "" }, "release version"},
		{"a name that is no file name", func(d *dictionary.Dictionary) { d.Tables[1].Name = "../x" }, `table C: "../x" cannot name a document`},
		{"the name of another document", func(d *dictionary.Dictionary) { d.Tables[1].Name = "submission" }, `table C: "submission" cannot name a document`},
		{"a pattern that is not portable", func(d *dictionary.Dictionary) { d.Rule("R06").Pattern = `^(?i)a$` }, `rule R06: pattern "^(?i)a$": group "(?i)" is not the same everywhere`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := small()
			tt.change(d)
			_, err := Write(d)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Write: %v, want an error with %s", err, tt.want)
			}
		})
	}
}

func TestPortable(t *testing.T) {
	tests := []struct {
		pattern string
		want    string // within the error; "" for none
	}{
		{`^[0-9]{1,7}\.[0-9]{2}$`, ""},
		{`^(?:a|b)[^\n\r]+\$$`, ""},
		{`[0-9]`, "anchored"},
		{`^a|b$`, "anchored"},
		{`^\d$`, `escape \d`},
		{`^[\w]$`, `escape \w`},
		{`^\x41$`, `escape \x`},
		{`^[[:alpha:]]$`, `class "[:alpha:`},
		{`^(?P<n>a)$`, `group "(?P<"`},
		{`^(a$`, "missing closing )"},
	}
	for _, tt := range tests {
		err := portable(tt.pattern)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("portable(%q) = %v, want an error with %q", tt.pattern, err, tt.want)
		}
	}
}

func TestWriteDir(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"Gone" + Extension, "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	d := small()
	if err := WriteDir(d, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "Gone"+Extension)); !os.IsNotExist(err) {
		t.Errorf("a document of no table is still there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "notes.txt")); err != nil {
		t.Errorf("a file that is no document: %v", err)
	}
	if _, err := Read(os.DirFS(dir)); err != nil {
		t.Error(err)
	}
}

func BenchmarkRead(b *testing.B) {
	files := write(b, load60(b))
	n := 0
	for _, data := range files {
		n += len(data)
	}
	fsys := folder(files)
	b.SetBytes(int64(n))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(fsys); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzRead changes one place of one document. Nothing makes Read panic, and
// what it accepts it writes so that it reads the same.
func FuzzRead(f *testing.F) {
	files := write(f, small())
	names := []string{"Contact", "Patient", "Header", "submission"}
	f.Add(0, uint(400), uint(3), `"x"`)
	f.Add(1, uint(0), uint(1), "")
	f.Add(3, uint(900), uint(40), `{"rule": "R60"}`)
	f.Fuzz(func(t *testing.T, which int, at, cut uint, with string) {
		name := names[uint(which)%uint(len(names))] + Extension
		before := string(files[name])
		at %= uint(len(before))
		cut = min(cut%200, uint(len(before))-at)
		fsys := folder(files)
		fsys[name] = &fstest.MapFile{Data: []byte(before[:at] + with + before[at+cut:])}
		d, err := Read(fsys)
		if err != nil {
			return
		}
		again, err := Read(folder(write(t, d)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("read, written and read again it differs:\n%s", diff)
		}
	})
}
