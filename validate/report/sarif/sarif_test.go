package sarif

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/internal/sample"
	"mhsds/validate/report/share"
)

// official compiles the schema that OASIS publishes.
func official(t *testing.T) *jsonschema.Schema {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "sarif-schema-2.1.0.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	if err := c.AddResource(schema, f); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A log is what the tests look at.
type log struct {
	Runs []struct {
		Results []struct {
			RuleID              string
			RuleIndex           int
			Level               string
			Message             struct{ Text string }
			BaselineState       string
			PartialFingerprints map[string]string
			Locations           []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI string }
					Region           struct{ StartLine int64 }
				}
				LogicalLocations []struct{ FullyQualifiedName, Kind string }
			}
			RelatedLocations []struct{ Message struct{ Text string } }
			Properties       struct {
				Months int
				Items  []struct {
					Item  string
					Value *string
				}
			}
		}
		Tool struct {
			Driver struct {
				Rules []struct {
					ID         string
					Help       struct{ Text, Markdown string }
					Properties struct{ Count, Shown *int64 }
				}
			}
		}
		AutomationDetails struct{ GUID string }
		BaselineGUID      string
		Invocations       []struct {
			ExecutionSuccessful            bool
			ToolConfigurationNotifications []struct{ AssociatedRule struct{ ID string } }
		}
		Properties map[string]any
	}
}

func write(t *testing.T, opt Options, n int, values, old bool) (log, string) {
	t.Helper()
	var out bytes.Buffer
	open := func(w io.Writer, d *dictionary.Dictionary) sample.Sink { return New(w, d, opt) }
	if err := sample.Play(open, &out, n, values, old); err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		t.Fatalf("is no JSON: %v", err)
	}
	if err := official(t).Validate(v); err != nil {
		t.Errorf("is no SARIF: %#v", err)
	}
	var l log
	if err := json.Unmarshal(out.Bytes(), &l); err != nil {
		t.Fatal(err)
	}
	return l, out.String()
}

func TestReport(t *testing.T) {
	d := sample.Book()
	for _, n := range []int{0, 1, 3, 60, 400} {
		for _, values := range []bool{false, true} {
			for _, old := range []bool{false, true} {
				t.Run(fmt.Sprintf("%d findings, values %v, compared %v", n, values, old), func(t *testing.T) {
					l, text := write(t, Options{Values: values, MaxPerRule: 7}, n, true, old)
					run := l.Runs[0]
					if strings.Contains(text, sample.Secret) != (values && n > 1) {
						t.Error("values stand where they should not, or do not where they should")
					}
					shown := map[string]int64{}
					for _, r := range run.Results {
						shown[r.RuleID]++
						rule := run.Tool.Driver.Rules[r.RuleIndex]
						if rule.ID != r.RuleID {
							t.Errorf("result of %s points to %s", r.RuleID, rule.ID)
						}
						if (r.BaselineState != "") != old || (r.PartialFingerprints[fingerprint] != "") != old {
							t.Errorf("baseline state %q, fingerprints %v", r.BaselineState, r.PartialFingerprints)
						}
					}
					exact := map[string]int64{}
					for _, c := range sample.Summary(d, n, false).Rules {
						exact[c.Rule.Code] = c.Count
					}
					if len(run.Tool.Driver.Rules) != len(exact) {
						t.Errorf("%d rules, want %d", len(run.Tool.Driver.Rules), len(exact))
					}
					for _, r := range run.Tool.Driver.Rules {
						if *r.Properties.Count != exact[r.ID] || *r.Properties.Shown != shown[r.ID] || shown[r.ID] != min(exact[r.ID], 7) {
							t.Errorf("%s: count %d, shown %d of %d listed", r.ID, *r.Properties.Count, *r.Properties.Shown, shown[r.ID])
						}
						if len(r.Help.Text) < 100 || !strings.Contains(r.Help.Markdown, r.ID) {
							t.Errorf("%s: help %q", r.ID, r.Help.Markdown)
						}
					}
					if total := run.Properties["findings"]; total != float64(n) {
						t.Errorf("%v findings in all, want %d", total, n)
					}
					if len(run.BaselineGUID) != 36 && old || !old && run.BaselineGUID != "" || len(run.AutomationDetails.GUID) != 36 {
						t.Errorf("baseline %q, guid %q", run.BaselineGUID, run.AutomationDetails.GUID)
					}
					if c := run.Invocations[0].ToolConfigurationNotifications; len(c) != 1 || c[0].AssociatedRule.ID != "T0301" {
						t.Errorf("not checked: %v", c)
					}
				})
			}
		}
	}
}

func TestPlaces(t *testing.T) {
	l, _ := write(t, Options{Values: true}, 40, true, true)
	r := l.Runs[0].Results
	first := r[0]
	if p := first.Locations[0].PhysicalLocation; p.ArtifactLocation.URI != "T01%7CPatient%2Ca%3Ab.csv" && p.ArtifactLocation.URI != "T01%7CPatient,a%3Ab.csv" || p.Region.StartLine != 2 {
		t.Errorf("file and line: %+v", p)
	}
	if p := first.Locations[0].LogicalLocations[0]; p.FullyQualifiedName != "T01Patient/1/Born" || p.Kind != "field" {
		t.Errorf("table, row and field: %+v", p)
	}
	if r[1].RelatedLocations[0].Message.Text != "Follows from a row of T01Patient that was not submitted." ||
		r[3].RelatedLocations[0].Message.Text != "Follows from T0101, T01Patient row 3." {
		t.Errorf("causes: %+v, %+v", r[1].RelatedLocations, r[3].RelatedLocations)
	}
	if first.BaselineState != "new" || r[1].BaselineState != "unchanged" || r[1].Properties.Months != 3 || r[2].BaselineState != "new" {
		t.Errorf("baseline states: %s, %s (%d months), %s", first.BaselineState, r[1].BaselineState, r[1].Properties.Months, r[2].BaselineState)
	}
	if first.Properties.Items[0].Value != nil || *r[2].Properties.Items[0].Value != "+44"+sample.Secret {
		t.Errorf("items: %+v", r[2].Properties.Items)
	}
	own := r[8]
	if own.Locations[0].LogicalLocations[0].FullyQualifiedName != "T01Patient" || !strings.Contains(own.Message.Text, "; 3 values, the first in row 2") {
		t.Errorf("a finding on a table: %+v", own)
	}
}

func TestIncomplete(t *testing.T) {
	d := sample.Book()
	var out bytes.Buffer
	r := New(&out, d, Options{})
	if err := r.Report(&finding.Finding{Rule: &d.Rules[5], Detail: "of no table and no file"}); err != nil {
		t.Fatal(err)
	}
	s := sample.Summary(d, 0, false)
	s.Incomplete = []string{"T02Visit.csv: damaged"}
	if err := r.Close(s); err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	if err := official(t).Validate(v); err != nil {
		t.Errorf("is no SARIF: %#v", err)
	}
	if s := out.String(); !strings.Contains(s, `"executionSuccessful":false,"toolExecutionNotifications":[{"level":"error","message":{"text":"Incomplete: T02Visit.csv: damaged"}}`) {
		t.Errorf("does not say that it is incomplete: %s", s)
	}
}

func TestShared(t *testing.T) {
	l, text := write(t, Options{Values: true, Counts: share.Counts{Suppress: true}}, 23, true, true)
	for _, r := range l.Runs[0].Results {
		if r.Locations[0].PhysicalLocation.Region.StartLine != 0 || strings.Count(r.Locations[0].LogicalLocations[0].FullyQualifiedName, "/") != 0 ||
			r.BaselineState != "" || len(r.PartialFingerprints) != 0 || len(r.RelatedLocations) != 0 {
			t.Errorf("a result says more than may be shared: %+v", r)
		}
	}
	hidden := 0
	for _, r := range l.Runs[0].Tool.Driver.Rules {
		if c := r.Properties.Count; c == nil {
			hidden++
		} else if *c%5 != 0 {
			t.Errorf("%s: count %d", r.ID, *c)
		}
		if r.Properties.Shown != nil {
			t.Errorf("%s: says how many are shown", r.ID)
		}
	}
	if hidden == 0 {
		t.Error("no count is hidden: the test proves nothing")
	}
	if strings.Contains(text, sample.Secret) || strings.Contains(text, "first in row") {
		t.Error("a value or a row stands in it")
	}
}

func TestMillion(t *testing.T) {
	if testing.Short() {
		t.Skip("a million findings")
	}
	open := func(w io.Writer, d *dictionary.Dictionary) sample.Sink { return New(w, d, Options{Values: true}) }
	sample.Million(t, open, 64<<20)
}

func TestAllocs(t *testing.T) {
	d := sample.Book()
	r := New(io.Discard, d, Options{MaxPerRule: 1})
	f := finding.Finding{Rule: &d.Rules[0], Table: &d.Tables[0], Row: 9, File: "T01.csv", Line: 10}
	if n := testing.AllocsPerRun(1000, func() {
		if err := r.Report(&f); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a finding that is counted alone allocates %v times, want 0", n)
	}
}

// What belongs elsewhere is in the log's properties, with every grade; what was
// switched is said of its rule. The log stays what OASIS defines.
func TestScope(t *testing.T) {
	d := sample.Book()
	var out bytes.Buffer
	if err := New(&out, d, Options{}).Close(sample.Scoped(d, sample.Summary(d, 60, false))); err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	if err := official(t).Validate(v); err != nil {
		t.Errorf("is no SARIF: %#v", err)
	}
	for _, want := range []string{
		`"scope":{"referrals":1203,"contacts":4040,"patients":1102,"grades":[{"grade":"out of scope","referrals":3,"contacts":40,"patients":2},`,
		`"switched":[{"code":"OWN01","off":true,"grade":null,"count":7,`,
		`{"level":"warning","message":{"text":"1,203 referrals, 4,040 contacts and 1,102 patients belong in another data set`,
		`{"level":"note","message":{"text":"OWN01 was switched by the configuration: off, 7 findings left out; until 2099-01-01: our extract | pads::x"},"associatedRule":{"id":"OWN01"}}`,
		`"configuration":"mhsds|.toml, found in the current folder"`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %s:\n%s", want, out.String())
		}
	}
}
