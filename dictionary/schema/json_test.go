package schema

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParse(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"all kinds", `{"a":[1,-0.5e+3,true,false,null,"x"],"b":{}}`, `{"a": [1, -0.5e+3, true, false, null, "x"], "b": {}}`},
		{"order kept", `{"b":1,"a":2}`, `{"b": 1, "a": 2}`},
		{"escapes", `"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"`, "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\té\U0001F600\""},
		{"separators of lines", "\"\u2028\u0085\x7f\"", `"\u2028\u0085\u007f"`},
		{"space around", " \r\n\t[ 1 , 2 ] ", `[1, 2]`},
		{"empty", `[]`, `[]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := parse(tt.src)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(flat(nil, &v)); got != tt.want {
				t.Errorf("parse(%s) is %s, want %s", tt.src, got, tt.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"nothing", ``, `line 1, character 1: the document ends too early`},
		{"unclosed object", "{\n\"a\": 1", `line 2, character 7: a comma or } was expected`},
		{"unclosed text", `"abc`, `line 1, character 5: a text without its closing quote`},
		{"line break in a text", "[\"é\n\"]", `line 1, character 4: a control character within a text`},
		{"leading zero", `01`, `line 1, character 2: something follows the document`},
		{"no digit after the point", `1.`, `line 1, character 1: not a JSON value`},
		{"word", `nul`, `line 1, character 1: not a JSON value`},
		{"comma at the end", `[1,]`, `line 1, character 4: not a JSON value`},
		{"name without quotes", `{a:1}`, `line 1, character 2: a name in quotes was expected`},
		{"no colon", `{"a" 1}`, `line 1, character 6: a colon was expected`},
		{"name twice", `{"a":1,"b":2,"a":3}`, `line 1, character 20: "a" stands twice in the object that ends here`},
		{"name twice among many", "{" + strings.Repeat(`"a":1,`, 40) + `"b":1}`, `"a" stands twice`},
		{"escape", `"\x"`, `line 1, character 2: a backslash that begins no escape`},
		{"half a pair", `"\ud83d"`, `line 1, character 2: half a character beyond U+FFFF`},
		{"not UTF-8", "\"\xff\"", `not UTF-8`},
		{"not UTF-8 after an escape", "\"\\n\xff\"", `not UTF-8`},
		{"deep", strings.Repeat("[", 1<<20), `too deep`},
		{"two documents", `{} {}`, `line 1, character 4: something follows the document`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := parse(tt.src)
			if err == nil {
				t.Fatalf("accepted as %s", flat(nil, &v))
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// plain turns v into what encoding/json makes of the same text.
func plain(v *value) any {
	switch v.kind {
	case object:
		m := map[string]any{}
		for i := range v.members {
			m[v.members[i].key] = plain(&v.members[i].value)
		}
		return m
	case array:
		list := []any{}
		for i := range v.members {
			list = append(list, plain(&v.members[i].value))
		}
		return list
	case text:
		return v.text
	case number:
		return json.Number(v.text)
	case boolean:
		return v.text == "true"
	}
	return nil
}

// FuzzParse: what we read encoding/json reads, and the same; what only it
// reads we refuse for one of four reasons. What is written reads the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,-0.5e+3,true,null,"x\u00e9"]}`, `{"a":1,"a":2}`, `"\ud83d\ude00"`, "[\"\u2028\"]", `01`, `{}x`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := parse(s)
		valid := json.Valid([]byte(s)) && utf8.ValidString(s)
		if err != nil {
			m := err.Error()
			if valid && !strings.Contains(m, "twice") && !strings.Contains(m, "too deep") && !strings.Contains(m, "half a character") {
				t.Fatalf("%q refused: %v", s, err)
			}
			return
		}
		if !valid {
			t.Fatalf("%q accepted", s)
		}
		decoder := json.NewDecoder(strings.NewReader(s))
		decoder.UseNumber()
		var want any
		if err := decoder.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if got := plain(&v); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is %v, want %v", s, got, want)
		}
		again, err := parse(string(format(&v)))
		if err != nil || !equal(&v, &again) {
			t.Fatalf("%q, written as %s, differs (%v)", s, format(&v), err)
		}
	})
}
