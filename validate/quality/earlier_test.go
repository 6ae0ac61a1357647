package quality

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

func TestLimit(t *testing.T) {
	tests := []struct {
		name string
		now  int64
		was  Figure
		want bool
	}{
		{"a quarter exactly", 125, Figure{Count: 100}, false},
		{"more than a quarter", 126, Figure{Count: 100}, true},
		{"fewer by more than a quarter", 74, Figure{Count: 100}, true},
		{"large in percent, small in number", 30, Figure{Count: 10}, false},
		{"large in number, small in percent", 10200, Figure{Count: 10000}, false},
		{"rounded, at its edge", 127, Figure{Count: 100, Rounded: true}, false},
		{"rounded, beyond", 128, Figure{Count: 100, Rounded: true}, true},
		{"suppressed", 24, Figure{Few: true}, false},
		{"suppressed, and many now", 25, Figure{Few: true}, true},
		{"from nothing", 21, Figure{}, true},
		{"from nothing to few", 20, Figure{}, false},
	}
	for _, tt := range tests {
		if got := (Limit{}).orUsual().beyond(tt.now, tt.was); got != tt.want {
			t.Errorf("%s: %d against %+v stands out: %v, want %v", tt.name, tt.now, tt.was, got, tt.want)
		}
	}
	if !(Limit{Percent: 1, Least: 1}).beyond(103, Figure{Count: 100}) {
		t.Error("a limit of 1 percent lets 3 pass")
	}
}

func TestReadSummary(t *testing.T) {
	const summary = `{"verdict":"accepted","period":"2026-08","tables":[{"table":"MHS001MPI","rows":9,"carried_forward":8},{"table":"Unknown","carried_forward":1}],"measures":[{"id":"MHS01","carried_forward":7,"submitted":9,"why":null},{"id":"MHS26","carried_forward":0,"why":"the header gives no reporting period"}]}`
	got, err := ReadSummary("r", []byte(summary))
	want := &Earlier{Source: "r, 2026-08", Tables: map[string]Figure{"mhs001mpi": {Count: 8}, "unknown": {Count: 1}}, Measures: map[string]Figure{"MHS01": {Count: 7}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	// Of one that was shared the counts are rounded, and the small ones hidden.
	got, err = ReadSummary("r", []byte(`{"tables":[{"table":"A","carried_forward":null},{"table":"B","carried_forward":0}],"measures":[{"id":"X","carried_forward":15,"why":null},{"id":"Y","carried_forward":null,"why":null}],"suppressed":true}`))
	want = &Earlier{Source: "r", Tables: map[string]Figure{"a": {Few: true}, "b": {}}, Measures: map[string]Figure{"X": {Count: 15, Rounded: true}, "Y": {Few: true}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("shared: error %v (-want +got):\n%s", err, diff)
	}
	// A run without --quality says null.
	if got, err = ReadSummary("r", []byte(`{"measures":null}`)); err != nil || len(got.Measures) != 0 {
		t.Errorf("without measures: %v, error %v", got, err)
	}
	if _, err = ReadSummary("r", []byte(`{"measures":7}`)); err == nil || err.Error() != "r: its summary cannot be read" {
		t.Errorf("error %v", err)
	}
}

const monthlyHead = "REPORTING_PERIOD_START,REPORTING_PERIOD_END,STATUS,BREAKDOWN,PRIMARY_LEVEL,PRIMARY_LEVEL_DESCRIPTION,SECONDARY_LEVEL,SECONDARY_LEVEL_DESCRIPTION,MEASURE_ID,MEASURE_NAME,MEASURE_VALUE\n"

func TestReadPublished(t *testing.T) {
	row := func(month, breakdown, who, id, value string) string {
		return month + ",2026-08-31,Performance," + breakdown + "," + who + ",X,NONE,NONE," + id + ",\"A, name\"," + value + "\n"
	}
	file := "\ufeff" + monthlyHead + row("2026-07-01", "Provider", "RXX", "MHS01", "10") + row("2026-08-01", "England", "England", "MHS01", "123456") +
		row("2026-08-01", "Provider", "RXX", "MHS01", "1205") + row("2026-08-01", "Provider", "RYY", "MHS01", "5") + row("2026-08-01", "Provider", "RXX", "MHS29", "*") +
		row("2026-08-01", "Provider", "RXX", "RATE", "12.5") + row("2026-08-01", "Provider; Age", "RXX", "MHS23", "5") + row("2026-07-01", "Provider", "RXX", "MHS23", "15")
	p, err := ReadPublished("m.csv", strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	got := p.Of("RXX")
	want := &Earlier{Source: "m.csv, 2026-08", Tables: map[string]Figure{}, Measures: map[string]Figure{
		"MHS01": {Count: 1205, Rounded: true}, "MHS29": {Few: true},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("monthly data (-want +got):\n%s", diff)
	}
	const head = "REPORTING_PERIOD_START,REPORTING_PERIOD_END,STATUS,ORGANISATION_CODE,ORGANISATION_NAME,TABLE_NAME,COVERAGE_COUNT\n"
	coverage := head + "01/08/2026,31/08/2026,Final,RXX,X,MHS001MPI,\"1,200\"\n01/08/2026,31/08/2026,Final,RXX,X,MHS201CareContact,*\n01/08/2026,31/08/2026,Final,RYY,Y,MHS101Referral,5\n"
	if p.Of("") != nil || p.Of("RZZ") != nil {
		t.Error("there are figures of a provider who is not in the file")
	}
	if p, err = ReadPublished("c.csv", strings.NewReader(coverage)); err != nil {
		t.Fatal(err)
	}
	got = p.Of("RXX")
	want = &Earlier{Source: "c.csv, 2026-08", Measures: map[string]Figure{}, Tables: map[string]Figure{"mhs001mpi": {Count: 1200, Rounded: true}, "mhs201carecontact": {Few: true}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
	for _, tt := range []struct{ file, want string }{
		{"", "m.csv: is empty"},
		{"a,b\n", "m.csv: its first line is that of neither"},
		{monthlyHead + "a,b\n", "m.csv: line 2 has 2 columns, the first has 11"},
		{monthlyHead + row("August", "Provider", "RXX", "MHS01", "5"), `m.csv: line 2: REPORTING_PERIOD_START "August" is no date`},
		{monthlyHead + row("2026-08-01", "Provider", "RXX", "MHS01", "many"), `m.csv: line 2: MEASURE_VALUE "many" is no count`},
	} {
		if _, err := ReadPublished("m.csv", strings.NewReader(tt.file)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("error %v, want %s", err, tt.want)
		}
	}
}

// TestTables: from where on a table has vanished or doubled.
func TestTables(t *testing.T) {
	table := &dictionary.Table{ID: "T1", Name: "T1Things"}
	rules := map[string]*dictionary.Rule{}
	for _, check := range []string{"table_vanished", "table_doubled"} {
		rules[check] = &dictionary.Rule{Check: check}
	}
	for _, tt := range []struct {
		name          string
		rows, carried int64
		was           Figure
		want          string
		out           bool
	}{
		{"gone", 0, 0, Figure{Count: 20}, "table_vanished", true},
		{"gone, of few", 0, 0, Figure{Count: 19}, "", false},
		{"gone, of what was rounded up from fewer", 0, 0, Figure{Count: 20, Rounded: true}, "", false},
		{"gone, of what was rounded", 0, 0, Figure{Count: 25, Rounded: true}, "table_vanished", true},
		{"gone, of what was suppressed", 0, 0, Figure{Few: true}, "", false},
		{"there, and all rejected", 5, 0, Figure{Count: 400}, "", true},
		{"twice", 42, 42, Figure{Count: 21}, "table_doubled", true},
		{"nearly twice", 41, 41, Figure{Count: 21}, "", false},
		{"nearly twice, of many", 199, 199, Figure{Count: 100}, "", true},
		{"twice, of few", 40, 40, Figure{Count: 20}, "", false},
		{"from nothing", 21, 21, Figure{}, "table_doubled", true},
		{"from nothing to few", 20, 20, Figure{}, "", false},
		{"twice, if rounding hides nothing", 53, 53, Figure{Count: 25, Rounded: true}, "", true},
		{"twice, whatever rounding hides", 54, 54, Figure{Count: 25, Rounded: true}, "table_doubled", true},
		{"twice over all rows and not over those carried forward", 90, 30, Figure{Count: 30}, "", false},
	} {
		o := &Observer{rules: rules, opt: Options{Against: []*Earlier{{Source: "a", Tables: map[string]Figure{"t1": tt.was}}}}}
		s := &finding.Summary{Tables: []finding.TableSummary{{Table: table, Rows: tt.rows, CarriedForward: tt.carried}}}
		got := ""
		err := o.compare(func(f *finding.Finding) error {
			got += f.Rule.Check
			return nil
		}, s)
		if err != nil || got != tt.want || len(s.TableMovements) != 1 || s.TableMovements[0].Out != tt.out {
			t.Errorf("%s: %q (%v), %+v; want %q, out %v", tt.name, got, err, s.TableMovements, tt.want, tt.out)
		}
	}
}
