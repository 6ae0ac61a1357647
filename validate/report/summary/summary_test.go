package summary

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

// The three sorts of rule that the object tells apart, and a full summary.
func example() *finding.Summary {
	patients := &dictionary.Table{ID: "T01", Name: "T01Patient"}
	visits := &dictionary.Table{ID: "T02", Name: "T02Visit"}
	orphan := &dictionary.Rule{Code: "T0202", Status: dictionary.Both, Table: "T02", Severity: dictionary.RejectGroup}
	blank := &dictionary.Rule{Code: "T0101", Status: dictionary.Both, Table: "T01", Severity: dictionary.Warning}
	padded := &dictionary.Rule{Code: "OWN1", Status: dictionary.PreSubmission, Severity: dictionary.Warning, Grade: "form"}
	return &finding.Summary{
		Verdict:        finding.AcceptedWithRejections,
		DatasetVersion: "6.0", RulesDated: "2024-03", ScalesRevision: "6.0.7.1",
		PeriodStart: "2026-09-01", PeriodEnd: "2026-09-30", Provider: "RXX",
		Tables: []finding.TableSummary{
			{Table: patients, File: "T01.csv", Rows: 3, CarriedForward: 2, RecordRejected: 1, Warnings: 4},
			{Table: visits, Rows: 0},
		},
		Rules: []finding.RuleCount{{Rule: blank, Count: 4}, {Rule: padded, Count: 2}, {Rule: orphan, Count: 1}},
		Roots: []finding.Root{
			{Rule: orphan, Table: visits, Row: 9, Group: 2, RowsFreed: 7, Depends: 8, Repair: 1, Gain: 7},
			{Table: patients, Absent: true, RowsFreed: 1, Depends: 1},
		},
		RootCount:  2,
		Assumed:    &finding.Assumed{Codes: []string{"T0101"}, CarriedForward: []int64{3, 0}},
		NotChecked: []finding.NotChecked{{Rule: orphan, Why: "needs a \"list\""}},
		Notices:    []finding.Notice{{File: "T01.csv", Text: "read as Windows-1252"}, {Text: "all"}},
		Incomplete: []string{"T02Visit was not read"},
		Input: finding.Input{Path: "month", Files: []finding.InputFile{{Name: "T01.csv", Bytes: 120, SHA256: "ab"}, {Name: "T02.csv"}}, Reference: []finding.ReferenceFile{
			{Register: dictionary.Postcodes, Name: "pc.csv", Rows: 3, Newest: "2026-08-01", LeftOut: 1, LeftOutLine: 4}, {Register: dictionary.Schools, Name: "s.csv", Rows: 1},
		}},
		Tool: finding.Tool{Name: "mhsds", Version: "1.0", Schemas: "embedded", Jobs: 8},
	}
}

func TestAppend(t *testing.T) {
	want := `{"verdict":"accepted with rejections","dataset_version":"6.0","rules_dated":"2024-03","period":"2026-09","provider":"RXX",` +
		`"tables":[{"table":"T01Patient","rows":3,"carried_forward":2,"record_rejected":1,"group_rejected":0,"warnings":4,"file_rejected":0,"unreadable":0,"file":"T01.csv"},` +
		`{"table":"T02Visit","rows":0,"carried_forward":0,"record_rejected":0,"group_rejected":0,"warnings":0,"file_rejected":0,"unreadable":0,"file":null}],` +
		`"rules":[{"code":"T0101","severity":"warning","count":4},{"code":"T0202","severity":"group rejected","count":1}],` +
		`"pre_submission":[{"code":"OWN1","grade":"form","severity":"warning","count":2}],` +
		`"causes":[{"code":"T0202","table":"T02Visit","row":9,"rows_freed":7,"depends":8,"group":2,"repair":1,"gain":7},{"absent":"T01Patient","rows_freed":1,"depends":1}],` +
		`"not_checked":[{"code":"T0202","why":"needs a \"list\""}],` +
		`"input":{"path":"month","files":[{"name":"T01.csv","bytes":120,"sha256":"ab"},{"name":"T02.csv","bytes":0}],"reference":[{"kind":"postcodes","name":"pc.csv","rows":3,"newest":"2026-08-01","left_out":1},{"kind":"schools","name":"s.csv","rows":1,"newest":null,"left_out":0}],"config":null},` +
		`"tool":{"name":"mhsds","version":"1.0","schemas":"embedded"},` +
		`"scales_revision":"6.0.7.1","period_start":"2026-09-01","period_end":"2026-09-30","submitter":null,` +
		`"cause_count":2,"assumed":{"codes":["T0101"],"tables":[{"table":"T01Patient","carried_forward":3},{"table":"T02Visit","carried_forward":0}]},` +
		`"notices":[{"file":"T01.csv","text":"read as Windows-1252"},{"file":null,"text":"all"}],"incomplete":["T02Visit was not read"],"fingerprint_key":null,"comparison":null,"suppressed":false,"quality":null,"measures":null,"table_movements":null,"scope":null,"switched":[],"more":[]}`
	got := Append(nil, example())
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("Append differs (-want +got):\n%s", diff)
	}
	if !json.Valid(got) {
		t.Error("Append wrote invalid JSON")
	}
}

// A summary of nothing has every key, and lists rather than nulls.
func TestAppendEmpty(t *testing.T) {
	var got map[string]any
	if err := json.Unmarshal(Append(nil, &finding.Summary{}), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"tables", "rules", "pre_submission", "causes", "not_checked", "notices", "incomplete"} {
		if l, ok := got[key].([]any); !ok || len(l) != 0 {
			t.Errorf("%s = %v, want an empty list", key, got[key])
		}
	}
	for _, key := range []string{"verdict", "dataset_version", "rules_dated", "period", "provider", "assumed"} {
		if v, ok := got[key]; !ok || v != nil {
			t.Errorf("%s = %v, want null", key, v)
		}
	}
}

// The bytes must not depend on how many goroutines did the work.
func TestAppendWithoutJobs(t *testing.T) {
	one, many := example(), example()
	one.Tool.Jobs = 1
	if a, b := Append(nil, one), Append(nil, many); !bytes.Equal(a, b) {
		t.Errorf("summaries of 1 and 8 jobs differ:\n%s\n%s", a, b)
	}
}

func TestPeriod(t *testing.T) {
	tests := []struct{ start, end, want string }{
		{"2026-09-01", "2026-09-30", "2026-09"},
		{"2026-09-01", "", "2026-09"},
		{"2026-09-01", "2026-10-31", "2026-09-01/2026-10-31"},
		{"", "2026-09-30", "/2026-09-30"},
		{"nonsense", "2026-09-30", "nonsense/2026-09-30"},
		{"", "", ""},
	}
	for _, tt := range tests {
		if got := Period(&finding.Summary{PeriodStart: tt.start, PeriodEnd: tt.end}); got != tt.want {
			t.Errorf("Period(%q, %q) = %q, want %q", tt.start, tt.end, got, tt.want)
		}
	}
}

func TestAppendString(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "A12 é 漢", `"A12 é 漢"`},
		{"empty", "", `""`},
		{"quote and backslash", `a"b\c`, `"a\"b\\c"`},
		{"line breaks", "a\r\nb\t", `"a\r\nb\t"`},
		{"control characters", "\x00\x1b[31m\x7f", `"\u0000\u001b[31m\u007f"`},
		{"second set of controls", "\u0085\u009b", `"\u0085\u009b"`},
		{"direction and separators", "\u202ea\u2028\ufeff", `"\u202ea\u2028\ufeff"`},
		{"not UTF-8", "a\xffb\xc3", "\"a\uFFFDb\uFFFD\""},
		{"U+FFFD itself", "\uFFFD", "\"\uFFFD\""},
		{"beyond the first plane", "😀x", `"😀x"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(AppendString(nil, tt.in)); got != tt.want {
				t.Errorf("AppendString(%q) = %s, want %s", tt.in, got, tt.want)
			}
			if got := string(AppendString(nil, []byte(tt.in))); got != tt.want {
				t.Errorf("AppendString([]byte(%q)) = %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

// FuzzAppendString holds AppendString against encoding/json: any bytes become
// valid JSON that reads back as the same text.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "A12", "\"\\\n\x00\x7f", "\xff\u2028\u202e\ufeff", "é😀\xc3"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		out := AppendString([]byte(nil), in)
		if !utf8.Valid(out) {
			t.Fatalf("AppendString(%q) is not UTF-8: %q", in, out)
		}
		var got, want string
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("AppendString(%q) = %s: %v", in, out, err)
		}
		std, err := json.Marshal(string(in))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(std, &want); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("AppendString(%q) reads back as %q, want %q", in, got, want)
		}
		for _, c := range out {
			if c < ' ' || c == 0x7f {
				t.Errorf("AppendString(%q) holds the control character %#x", in, c)
			}
		}
	})
}
