package quality

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

func TestReadResult(t *testing.T) {
	d := shipped(t)
	const summary = `{"verdict":"accepted","period":"2026-08","tables":[{"table":"MHS001MPI","rows":9,"carried_forward":8},{"table":"Unknown","carried_forward":1}],"measures":[{"id":"MHS01","carried_forward":7,"submitted":9},{"id":"MHS26","carried_forward":null}]}`
	want := &Earlier{Source: "r, 2026-08", Tables: map[string]Figure{"MHS001": {Count: 8}}, Measures: map[string]Figure{"MHS01": {Count: 7}}}
	long := strings.Repeat(`{"code":"X","message":"a finding"}`+"\n", 5000)
	for name, text := range map[string]string{
		"json": summary + "\n", "no line end": summary, "jsonl": long + `{"summary":` + summary + "}\n", "Windows": `{"code":"X"}` + "\r\n" + `{"summary":` + summary + "}\r\n\r\n",
	} {
		got, err := ReadResult("r", strings.NewReader(text), int64(len(text)), d)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for text, want := range map[string]string{
		"":                   "r: is empty",
		"\n\n":               "r: is empty",
		"a,b\n":              "r: its last line is no JSON object; a result is written by --format json or jsonl",
		long:                 "r: its last line is no summary; the run that wrote it did not end, or it is no result",
		`{"summary":null}`:   "r: its last line is no summary; the run that wrote it did not end, or it is no result",
		summary[:100] + "\n": "r: its last line is no JSON object; a result is written by --format json or jsonl",
	} {
		if _, err := ReadResult("r", strings.NewReader(text), int64(len(text)), d); err == nil || err.Error() != want {
			t.Errorf("%.40q: error %v, want %s", text, err, want)
		}
	}
}

const monthly = "REPORTING_PERIOD_START,REPORTING_PERIOD_END,STATUS,BREAKDOWN,PRIMARY_LEVEL,PRIMARY_LEVEL_DESCRIPTION,SECONDARY_LEVEL,SECONDARY_LEVEL_DESCRIPTION,MEASURE_ID,MEASURE_NAME,MEASURE_VALUE\n"

func TestReadPublished(t *testing.T) {
	d := shipped(t)
	row := func(month, breakdown, who, id, value string) string {
		return month + ",2026-08-31,Performance," + breakdown + "," + who + ",X,NONE,NONE," + id + ",\"A, name\"," + value + "\n"
	}
	file := "\ufeff" + monthly + row("2026-07-01", "Provider", "RXX", "MHS01", "10") + row("2026-08-01", "England", "England", "MHS01", "123456") +
		row("2026-08-01", "Provider", "RXX", "MHS01", "1205") + row("2026-08-01", "Provider", "RYY", "MHS01", "5") + row("2026-08-01", "Provider", "RXX", "MHS29", "*") +
		row("2026-08-01", "Provider", "RXX", "RATE", "12.5") + row("2026-08-01", "Provider; Age", "RXX", "MHS23", "5") + row("2026-07-01", "Provider", "RXX", "MHS23", "15")
	got, err := ReadPublished("m.csv", strings.NewReader(file), "RXX", d)
	want := &Earlier{Source: "m.csv, 2026-08", Tables: map[string]Figure{}, Measures: map[string]Figure{
		"MHS01": {Count: 1205, Rounded: true}, "MHS29": {Few: true},
	}}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("monthly data (-want +got):\n%s", diff)
	}
	const head = "REPORTING_PERIOD_START,REPORTING_PERIOD_END,STATUS,ORGANISATION_CODE,ORGANISATION_NAME,TABLE_NAME,COVERAGE_COUNT\n"
	coverage := head + "01/08/2026,31/08/2026,Final,RXX,X,MHS001MPI,\"1,200\"\n01/08/2026,31/08/2026,Final,RXX,X,MHS201CareContact,*\n01/08/2026,31/08/2026,Final,RYY,Y,MHS101Referral,5\n"
	if got, err = ReadPublished("c.csv", strings.NewReader(coverage), "RXX", d); err != nil {
		t.Fatal(err)
	}
	want = &Earlier{Source: "c.csv, 2026-08", Measures: map[string]Figure{}, Tables: map[string]Figure{"MHS001": {Count: 1200, Rounded: true}, "MHS201": {Few: true}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
	for _, tt := range []struct{ file, provider, want string }{
		{"", "RXX", "m.csv: is empty"},
		{"a,b\n", "RXX", "m.csv: its first line is that of neither"},
		{monthly, "", "m.csv: the provider is not known"},
		{monthly, "RXX", "m.csv: has no figures of provider RXX"},
		{monthly + "a,b\n", "RXX", "m.csv: line 2 has 2 columns, the first has 11"},
		{monthly + row("August", "Provider", "RXX", "MHS01", "5"), "RXX", `m.csv: line 2: REPORTING_PERIOD_START "August" is no date`},
		{monthly + row("2026-08-01", "Provider", "RXX", "MHS01", "many"), "RXX", `m.csv: line 2: MEASURE_VALUE "many" is no count`},
	} {
		if _, err := ReadPublished("m.csv", strings.NewReader(tt.file), tt.provider, d); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("error %v, want %s", err, tt.want)
		}
	}
}
