package dictionary

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseCondition(t *testing.T) {
	a, b, other := Ref{Field: "A"}, Ref{Field: "B"}, Ref{Table: "T1", Field: "A"}
	tests := []struct {
		name  string
		text  string
		want  Condition
		text2 string // what String writes; "" means text itself
	}{
		{"null", "isnull(A)", Null{Ref: a}, ""},
		{"not null, other table", "notnull(T1.A)", Null{Ref: other, Not: true}, ""},
		{"text", "A == 'x'", Compare{Left: a, Op: Equal, Text: "x"}, ""},
		{"empty text", "A != ''", Compare{Left: a, Op: NotEqual}, ""},
		{"field", "A <=> T1.A", Compare{Left: a, Op: NullEqual, Right: other}, ""},
		{"quote within", "A == 'it''s'", Compare{Left: a, Op: Equal, Text: "it's"}, ""},
		{"members", "A in ('01','04')", In{Ref: a, Values: []string{"01", "04"}}, "A in ('01', '04')"},
		{
			"and binds tighter", "isnull(A) or notnull(B) and B != 'N'",
			Or{Null{Ref: a}, And{Null{Ref: b, Not: true}, Compare{Left: b, Op: NotEqual, Text: "N"}}}, "",
		},
		{
			"brackets", "(isnull(A) or isnull(B)) and A == B",
			And{Or{Null{Ref: a}, Null{Ref: b}}, Compare{Left: a, Op: Equal, Right: b}}, "",
		},
		{
			"needless brackets", "(isnull(A)) or ((isnull(B) or isnull(T1.A)))",
			Or{Null{Ref: a}, Null{Ref: b}, Null{Ref: other}}, "isnull(A) or isnull(B) or isnull(T1.A)",
		},
		{"spaces", " isnull ( A )\tor\n A=='x' ", Or{Null{Ref: a}, Compare{Left: a, Op: Equal, Text: "x"}}, "isnull(A) or A == 'x'"},
		{"underscore and digits", "U_2 == 'é'", Compare{Left: Ref{Field: "U_2"}, Op: Equal, Text: "é"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseCondition(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ParseCondition(%q) differs (-want +got):\n%s", tt.text, diff)
			}
			want := tt.text2
			if want == "" {
				want = tt.text
			}
			if got.String() != want {
				t.Errorf("String() = %q, want %q", got.String(), want)
			}
		})
	}
}

func TestParseConditionErrors(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", `condition: character 1: the end where a field was expected`},
		{"A", `condition: character 2: the end where ==, !=, <=> or in was expected`},
		{"A = 'x'", `condition: character 3: "=" where ==, !=, <=> or in was expected`},
		{"isnul(A)", `condition: character 6: "(" where ==, !=, <=> or in was expected`},
		{"isnull A", `condition: character 8: "A" where "(" was expected`},
		{"isnull(A", `condition: character 9: the end where ")" was expected`},
		{"isnull('A')", `condition: character 8: "'A'" where a field was expected`},
		{"A == 'é", `condition: character 6: text without a closing quote`},
		{"A == 'é' A", `condition: character 10: "A" where and, or, or the end was expected`},
		{"A in ()", `condition: character 7: ")" where a text in single quotes was expected`},
		{"A in ('x' 'y')", `condition: character 11: "'y'" where ")" was expected`},
		{"A == 'x' or", `condition: character 12: the end where a field was expected`},
		{"T.in == 'x'", `condition: character 3: "in" where a field was expected`},
		{"A == 'x' & B == 'x'", `condition: character 10: "&" where and, or, or the end was expected`},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			c, err := ParseCondition(tt.text)
			if err == nil {
				t.Fatalf("ParseCondition(%q) = %v, want an error", tt.text, c)
			}
			if err.Error() != tt.want {
				t.Errorf("ParseCondition(%q):\n got %s\nwant %s", tt.text, err, tt.want)
			}
		})
	}
	if _, err := ParseCondition(strings.Repeat("(", 1<<20)); err == nil {
		t.Error("a million brackets were accepted")
	}
}

// record reads fields from "A=x B=" notation: a field that is not named is
// null, one with nothing behind = is an empty text.
func record(text string) func(Ref) (string, bool) {
	values := map[string]string{}
	for pair := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	return func(r Ref) (string, bool) {
		value, ok := values[r.String()]
		return value, !ok
	}
}

func TestEval(t *testing.T) {
	tests := []struct {
		text   string
		record string
		want   Truth
	}{
		{"isnull(A)", "", True},
		{"isnull(A)", "A=x", False},
		{"notnull(A)", "", False},
		{"A == 'x'", "A=x", True},
		{"A == 'x'", "A=X", False},
		{"A == 'x'", "", Unknown},
		{"A != 'x'", "A=y", True},
		{"A != 'x'", "", Unknown},
		{"A == B", "A=x", Unknown},
		{"A == T1.A", "A=x T1.A=x", True},
		{"A <=> B", "", True},
		{"A <=> B", "A=x", False},
		{"A <=> B", "A=x B=x", True},
		{"A <=> 'x'", "", False},
		{"A in ('x', 'y')", "A=y", True},
		{"A in ('x', 'y')", "A=z", False},
		{"A in ('x', 'y')", "", Unknown},

		// The truth tables of and, or: a null A makes the first side unknown.
		{"A == 'x' and B == 'x'", "B=x", Unknown},
		{"A == 'x' and B == 'x'", "B=y", False},
		{"A == 'x' or B == 'x'", "B=x", True},
		{"A == 'x' or B == 'x'", "B=y", Unknown},

		{"isnull(A) or notnull(B) and B != 'N'", "A=Y B=Y", True},
		{"isnull(A) or notnull(B) and B != 'N'", "A=Y", False},
		{"(isnull(A) or isnull(B)) and A == 'x'", "A=x", True},
	}
	for _, tt := range tests {
		t.Run(tt.text+" on "+tt.record, func(t *testing.T) {
			c, err := ParseCondition(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := Eval(c, record(tt.record)); got != tt.want {
				t.Errorf("%s on %q is %v, want %v", tt.text, tt.record, got, tt.want)
			}
		})
	}
}

func TestRefs(t *testing.T) {
	c, err := ParseCondition("isnull(B) or B == T1.A and A in ('x') or T1.A <=> B")
	if err != nil {
		t.Fatal(err)
	}
	want := []Ref{{Field: "B"}, {Table: "T1", Field: "A"}, {Field: "A"}}
	if diff := cmp.Diff(want, Refs(c)); diff != "" {
		t.Errorf("Refs differs (-want +got):\n%s", diff)
	}
}

// FuzzParseCondition: what is read is written so that it reads the same.
func FuzzParseCondition(f *testing.F) {
	for _, s := range []string{
		"isnull(A) or notnull(B) and B != 'N'",
		"(A == 'x' or B <=> T.C) and A in ('01','it''s')",
		"A == 'x", "((((", "in in in", "é == 'x'",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCondition(text)
		if err != nil {
			return
		}
		again, err := ParseCondition(c.String())
		if err != nil {
			t.Fatalf("%q was written as %q: %v", text, c, err)
		}
		if diff := cmp.Diff(c, again); diff != "" {
			t.Errorf("%q was written as %q, which differs:\n%s", text, c, diff)
		}
	})
}
