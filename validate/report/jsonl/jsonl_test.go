package jsonl

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

func book() *dictionary.Dictionary {
	return &dictionary.Dictionary{
		Tables: []dictionary.Table{
			{ID: "T01", Name: "T01Patient", Fields: []dictionary.Field{{UID: "T01010", Name: "Id"}, {UID: "T01020", Name: "Born"}}},
			{ID: "T02", Name: "T02Visit", Fields: []dictionary.Field{{UID: "T02010", Name: "Id"}}},
		},
		Rules: []dictionary.Rule{
			{Code: "T0101", Table: "T01", Severity: dictionary.RejectRecord, Kind: dictionary.NotBlank, Field: "Born",
				Items: []dictionary.Item{{UID: "T01010", Name: "Id"}, {UID: "T01020", Name: "Born"}}},
			{Code: "T0201", Table: "T02", Severity: dictionary.RejectGroup, Kind: dictionary.ParentExists, Field: "Id",
				Other: dictionary.Ref{Table: "T01", Field: "Id"}, Items: []dictionary.Item{{Name: "Id"}}},
			{Code: "OWN1", Status: dictionary.PreSubmission, Severity: dictionary.Warning, Kind: dictionary.Container, Check: "no_such_check"},
		},
	}
}

func TestReport(t *testing.T) {
	d := book()
	patient, visit := &d.Tables[0], &d.Tables[1]
	blank, orphan, own := &d.Rules[0], &d.Rules[1], &d.Rules[2]
	blankSays := `"message":` + quoted(t, d.Message(blank))
	orphanSays := `"message":` + quoted(t, d.Message(orphan))
	ownSays := quoted(t, d.Message(own))

	tests := []struct {
		name string
		f    finding.Finding
		want string
	}{
		{
			"without values",
			finding.Finding{Rule: blank, Table: patient, Row: 4182, File: "T01.csv", Line: 4183},
			`{"code":"T0101","severity":"record rejected","table":"T01Patient","row":4182,"field":"Born","file":"T01.csv","line":4183,` + blankSays + `,"items":[{"item":"[T01010]Id"},{"item":"[T01020]Born"}]}`,
		},
		{
			"with values, one null, one hostile",
			finding.Finding{Rule: blank, Table: patient, Row: 1, File: "a\"b.csv", Line: 2, Values: []finding.Value{
				{Item: blank.Items[0], Text: []byte("A\x1b\xff\"\n")}, {Item: blank.Items[1], Null: true}}},
			`{"code":"T0101","severity":"record rejected","table":"T01Patient","row":1,"field":"Born","file":"a\"b.csv","line":2,` + blankSays + `,"items":[{"item":"[T01010]Id","value":"A\u001b` + "\uFFFD" + `\"\n"},{"item":"[T01020]Born","value":null}]}`,
		},
		{
			"caused by a record, fingerprint, no file",
			finding.Finding{Rule: orphan, Table: visit, Row: 9, Cause: finding.Cause{Rule: blank, Table: patient, Row: 17}, Fingerprint: "00ff"},
			`{"code":"T0201","severity":"group rejected","table":"T02Visit","row":9,"field":"Id",` + orphanSays + `,"items":[{"item":"Id"}],"cause":{"code":"T0101","table":"T01Patient","row":17},"fingerprint":"00ff"}`,
		},
		{
			"caused by an absent record",
			finding.Finding{Rule: orphan, Table: visit, Row: 9, Cause: finding.Cause{Table: patient, Absent: true}},
			`{"code":"T0201","severity":"group rejected","table":"T02Visit","row":9,"field":"Id",` + orphanSays + `,"items":[{"item":"Id"}],"cause":{"absent":"T01Patient"}}`,
		},
		{
			"the absent key, when values are asked for",
			finding.Finding{Rule: orphan, Table: visit, Row: 9, Cause: finding.Cause{Table: patient, Absent: true, Key: []byte("K\t1")}},
			`{"code":"T0201","severity":"group rejected","table":"T02Visit","row":9,"field":"Id",` + orphanSays + `,"items":[{"item":"Id"}],"cause":{"absent":"T01Patient","key":"K\t1"}}`,
		},
		{
			"still there for the third month",
			finding.Finding{Rule: orphan, Table: visit, Row: 9, Fingerprint: "00ff", History: finding.History{State: finding.Still, Months: 3}},
			`{"code":"T0201","severity":"group rejected","table":"T02Visit","row":9,"field":"Id",` + orphanSays + `,"items":[{"item":"Id"}],"fingerprint":"00ff","months":3}`,
		},
		{
			"returned",
			finding.Finding{Rule: orphan, Table: visit, Row: 9, Fingerprint: "00ff", History: finding.History{State: finding.Returned, Months: 1}},
			`{"code":"T0201","severity":"group rejected","table":"T02Visit","row":9,"field":"Id",` + orphanSays + `,"items":[{"item":"Id"}],"fingerprint":"00ff","returned":true}`,
		},
		{
			"new",
			finding.Finding{Rule: orphan, Table: visit, Row: 9, Fingerprint: "00ff", History: finding.History{State: finding.New, Months: 1}},
			`{"code":"T0201","severity":"group rejected","table":"T02Visit","row":9,"field":"Id",` + orphanSays + `,"items":[{"item":"Id"}],"fingerprint":"00ff"}`,
		},
		{
			"of no table, with column and detail",
			finding.Finding{Rule: own, File: "x.csv", Column: "Odd", Detail: "looks like DD/MM/YYYY"},
			`{"code":"OWN1","severity":"warning","row":0,"field":"Odd","file":"x.csv","message":` + strings.TrimSuffix(ownSays, `."`) + `; looks like DD/MM/YYYY."}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			r := New(&out, d, true)
			for range 2 { // the second time from what the first prepared
				if err := r.Report(&tt.f); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.Close(&finding.Summary{Verdict: finding.Accepted}); err != nil {
				t.Fatal(err)
			}
			lines := strings.SplitAfter(out.String(), "\n")
			if len(lines) != 4 || lines[3] != "" {
				t.Fatalf("%d lines, want 3:\n%s", len(lines)-1, out.String())
			}
			for _, line := range lines[:2] {
				if diff := cmp.Diff(tt.want+"\n", line); diff != "" {
					t.Errorf("line differs (-want +got):\n%s", diff)
				}
				if !json.Valid([]byte(line)) {
					t.Error("line is not JSON")
				}
			}
			if !strings.HasPrefix(lines[2], `{"summary":{"verdict":"accepted",`) || !json.Valid([]byte(lines[2])) {
				t.Errorf("last line is no summary: %s", lines[2])
			}
		})
	}
}

// Values that the findings carry for another report stay out of this one.
func TestReportWithoutValues(t *testing.T) {
	d := book()
	var out bytes.Buffer
	r := New(&out, d, false)
	f := finding.Finding{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 1,
		Values: []finding.Value{{Item: d.Rules[0].Items[0], Text: []byte("SECRET")}, {Item: d.Rules[0].Items[1], Null: true}},
		Cause:  finding.Cause{Table: &d.Tables[0], Absent: true, Key: []byte("SECRET")}}
	if err := r.Report(&f); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(&finding.Summary{}); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); strings.Contains(s, "SECRET") || strings.Contains(s, `"value"`) || !strings.Contains(s, `"items":[{"item":"[T01010]Id"},`) {
		t.Errorf("written: %s", s)
	}
}

func quoted(t *testing.T, s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A million findings are written as they come: the report holds no more than
// its buffer.
func TestReportStreams(t *testing.T) {
	d := book()
	w := new(counter)
	r := New(w, d, true)
	f := finding.Finding{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 1, File: "T01.csv", Line: 2}
	for range 10_000 {
		if err := r.Report(&f); err != nil {
			t.Fatal(err)
		}
	}
	if cap(r.buf) > 2*flushAt {
		t.Errorf("buffer has grown to %d bytes", cap(r.buf))
	}
	if w.largest > 2*flushAt || w.calls < 10 {
		t.Errorf("%d writes, the largest of %d bytes", w.calls, w.largest)
	}
}

type counter struct{ calls, largest int }

func (c *counter) Write(p []byte) (int, error) {
	c.calls++
	c.largest = max(c.largest, len(p))
	return len(p), nil
}

func TestReportReturnsTheWritersError(t *testing.T) {
	d := book()
	full := errors.New("disk full")
	r := New(failing{full}, d, true)
	f := finding.Finding{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 1}
	var err error
	for range 10_000 {
		if err = r.Report(&f); err != nil {
			break
		}
	}
	if err != full {
		t.Errorf("Report returned %v, want the writer's error", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestReportAllocs(t *testing.T) {
	d := book()
	r := New(io.Discard, d, true)
	f := finding.Finding{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 99, File: "T01.csv", Line: 100,
		Values:      []finding.Value{{Item: d.Rules[0].Items[0], Text: []byte("A\n12 é")}, {Item: d.Rules[0].Items[1], Null: true}},
		Detail:      "looks like DD/MM/YYYY",
		Cause:       finding.Cause{Rule: &d.Rules[1], Table: &d.Tables[1], Row: 3},
		Fingerprint: "0123456789abcdef",
	}
	if n := testing.AllocsPerRun(2000, func() {
		if err := r.Report(&f); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a finding allocates %v times, want 0", n)
	}
}

func BenchmarkReport(b *testing.B) {
	d := book()
	r := New(io.Discard, d, true)
	f := finding.Finding{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 99, File: "T01.csv", Line: 100}
	for b.Loop() {
		if err := r.Report(&f); err != nil {
			b.Fatal(err)
		}
	}
}
