package oracle

import (
	"slices"
	"testing"

	"mhsds/dictionary"
)

func TestCanonical(t *testing.T) {
	tests := []struct {
		of       dictionary.Type
		in, want string
	}{
		{dictionary.Text, "  A b ", "A b"},
		{dictionary.Text, "\tA", "\tA"}, // only spaces are dropped
		{dictionary.Text, "   ", ""},
		{dictionary.Text, "2026-09-01 00:00", "2026-09-01 00:00"},
		{dictionary.Number, "030", "030"},
		{dictionary.Date, "2026-09-01", "2026-09-01"},
		{dictionary.Date, "2026-09-01 00:00", "2026-09-01"},
		{dictionary.Date, "2026-09-01T00:00:00.5", "2026-09-01"},
		{dictionary.Date, "2026-09-01T13:05", "2026-09-01T13:05:00"},
		{dictionary.DateTime, "2026-09-01 13:05:59.999999999", "2026-09-01T13:05:59"},
		{dictionary.Date, "2026-02-30 13:05", "2026-02-30 13:05"}, // no such day
		{dictionary.Date, "2026-09-01T24:00", "2026-09-01T24:00"}, // no such hour
		{dictionary.Date, "2026-09-01T13:05:00Z", "2026-09-01T13:05:00Z"},
		{dictionary.Date, "01/09/2026", "01/09/2026"},
		{dictionary.Time, "13:05", "13:05:00"},
		{dictionary.Time, "1899-12-30 13:05:07.25", "13:05:07"},
		{dictionary.Time, "1899-12-31 13:05", "1899-12-31 13:05"},
		{dictionary.Time, "25:00", "25:00"},
	}
	for _, tt := range tests {
		if got := Canonical(tt.of, tt.in); got != tt.want {
			t.Errorf("Canonical(%v, %q) = %q, want %q", tt.of, tt.in, got, tt.want)
		}
		if got := Canonical(tt.of, tt.want); got != tt.want {
			t.Errorf("Canonical(%v, %q) = %q: not the same twice", tt.of, tt.want, got)
		}
	}
}

// judge tries values; those with a ! behind them must fail.
func judge(t *testing.T, what string, passes func(string) bool, values ...string) {
	t.Helper()
	for _, v := range values {
		want := true
		if v[len(v)-1] == '!' {
			v, want = v[:len(v)-1], false
		}
		if got := passes(v); got != want {
			t.Errorf("%s: %q passes: %t, want %t", what, v, got, want)
		}
	}
}

func TestTimestamps(t *testing.T) {
	judge(t, "timestamp", func(v string) bool { return validTimestamp(v, "1890-01-01") },
		"2026-09-01T13:05:00Z", "2026-09-01T13:05:00+00:00", "2026-09-01T13:05:00+01:00", "2026-09-01T13:05:00-00:00",
		"2026-09-01T13:05:00+02:00!", "2026-09-01T13:05:00!", "2026-09-01T13:05:00.5Z!", "2026-09-01 13:05:00Z!", "2026-09-01T13:05Z!",
		"2026-09-01T23:59:59Z", "2026-09-01T24:00:00Z!", "2026-09-01T23:60:00Z!", "2026-09-01T23:00:60Z!",
		"2024-02-29T00:00:00Z", "2026-02-29T00:00:00Z!", "2000-02-29T00:00:00Z", "1900-02-29T00:00:00Z!", "2400-02-29T00:00:00Z!", "2400-02-28T00:00:00Z",
		"2026-04-31T00:00:00Z!", "2026-13-01T00:00:00Z!", "2026-00-01T00:00:00Z!", "2026-01-00T00:00:00Z!",
		"1890-01-01T00:00:00Z", "1889-12-31T23:59:59Z!", "2026-09-01T13:05:00z!",
	)
}

func TestDates(t *testing.T) {
	judge(t, "date", func(v string) bool { return validDate(v, "1890-01-01") },
		"2026-09-01", "1890-01-01", "1889-12-31!", "9999-12-31", "2024-02-29", "2026-02-29!", "2400-02-29",
		"2026-09-01T13:05:00!", "2026-9-1!", "01/09/2026!", "2026-09-01Z!",
	)
	date := func(of dictionary.Type) func(string) bool {
		return func(v string) bool { _, ok := calendarDate(of, v); return ok }
	}
	judge(t, "calendar date of a date", date(dictionary.Date), "2026-09-01", "2026-09-01T13:05:00", "2026-09-01T13:05:00Z!", "0001-01-01", "0000-01-01!")
	judge(t, "calendar date of a text", date(dictionary.Text), "2026-09-01", "2026-09-01T13:05:00+01:00", "2026-09-01 and so on", "2026-09-0!", "0000-01-01!")
}

func TestIdentifiers(t *testing.T) {
	judge(t, "NHS number", nhsNumber,
		"9990000018", "9990000019!", "999000001!", "99900000180!", "999000001X!", "９990000018!",
		"9999999999!", // a right check digit, and the same backwards
	)
	judge(t, "concept", concept, "408730004", "306206005", "1108211000000104", "408730005!", "40873004!", "12345!", "4087300040!", "408731004!", "999999010!", "408730004 !")
	judge(t, "SNOMED CT", snomed,
		"408730004", "306206005:408730004=408730004", "306206005:363589002=408730004",
		"306206005:363589003=408730004!", "306206005:408730004=408730005!", "306206006:408730004=408730004!",
		"306206005:408730004=408730004,408730004=408730004!", "306206005 :408730004=408730004!", "306206005|term|!", ":408730004=!",
	)
	test := []dictionary.Scheme{{Code: "02", Test: "icd10"}, {Code: "06", Test: "snomed"}}
	judge(t, "ICD-10", func(v string) bool { return schemeCode(test, "02", v) }, "F20!", "F200", "F200XX", "F200XXX!", "éééé")
	judge(t, "SNOMED CT scheme", func(v string) bool { return schemeCode(test, "06", v) }, "408730004", "F200!")
	judge(t, "another scheme", func(v string) bool { return schemeCode(test, "07", v) }, "anything")
	judge(t, "no scheme", func(v string) bool { return schemeCode(test, "", v) }, "anything")
}

func TestProduct(t *testing.T) {
	// The group's table, as SNOMED CT prints it.
	want := []string{
		"0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
		"5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
	}
	for a := range 10 {
		for b := range 10 {
			if got := product(a, b); got != int(want[a][b]-'0') {
				t.Errorf("product(%d, %d) = %d, want %c", a, b, got, want[a][b])
			}
		}
	}
}

func TestScores(t *testing.T) {
	at := func(start string) *judgement {
		o := &Oracle{}
		if start != "" {
			o.start = date(start)
		}
		return &judgement{o: o}
	}
	within := func(start string, s dictionary.Scale) func(string) bool {
		return func(v string) bool { return at(start).score(&s, v) }
	}
	const before, after = "2026-03-01", "2026-04-01"
	whole := dictionary.Scale{Low: "0", High: "21"}
	judge(t, "whole numbers, later list", within(after, whole), "0", "21", "22!", "05!", "00!", "-1!", "-0!", "5.0!", "+5!", ".5!", "5.!", "1e1!", "٣!")
	judge(t, "whole numbers, earlier list", within(before, whole), "0", "21", "21.0", "21.1!", "5.00!")
	judge(t, "one place", within(after, dictionary.Scale{Low: "0.0", High: "6.5", Decimals: 1}), "6.5", "6.6!", "6.50!", "0.0", "00.5!", "6")
	judge(t, "below zero", within(after, dictionary.Scale{Low: "-2", High: "2"}), "-2", "-3!", "2", "-0", "--1!")
	letters := dictionary.Scale{Values: []string{"J", "K"}, EarlierOnly: []string{"J"}, LaterOnly: []string{"K"}}
	judge(t, "values, earlier list", within(before, letters), "J", "K!", "j!")
	judge(t, "values, later list", within(after, letters), "K", "J!")
	judge(t, "values, no period", within("", letters), "J", "K", "L!")
	judge(t, "values that no source gives", within(after, dictionary.Scale{}), "anything")
}

// TestBind: what the header and the portal do not say is compared with nothing.
func TestBind(t *testing.T) {
	o := open(t)
	d := o.Dictionary()
	header, _ := d.Role("header")
	_, start := d.Role("period_start")
	_, provider := d.Role("header_provider")
	_, contextStart := d.Role("context_period_start")
	_, contextProvider := d.Role("context_provider")
	whose := func(k dictionary.Kind, field string) string {
		for _, r := range d.Rules {
			if r.Kind == k && r.Field == field && r.Table == header.ID && r.Other.Table == d.Context.ID {
				return r.Code
			}
		}
		t.Fatalf("no rule of kind %s on %s", k, field)
		return ""
	}
	startRule, providerRule := whose(dictionary.ValuesEqual, start.Name), whose(dictionary.ValuesEqual, provider.Name)
	tests := []struct {
		name    string
		record  map[string]string
		context map[string]string
		want    []string
	}{
		{"no context", map[string]string{start.Name: "2026-09-01"}, nil, nil},
		{"equal", map[string]string{start.Name: "2026-09-01 00:00", provider.Name: "RXX "}, map[string]string{contextStart.Name: "2026-09-01", contextProvider.Name: "RXX"}, nil},
		{"another day", map[string]string{start.Name: "2026-08-01"}, map[string]string{contextStart.Name: "2026-09-01"}, []string{startRule}},
		{"null against a value", nil, map[string]string{contextProvider.Name: "RXX"}, []string{providerRule}},
		{"null against null", nil, map[string]string{contextProvider.Name: ""}, nil},
		{"case counts", map[string]string{provider.Name: "rxx"}, map[string]string{contextProvider.Name: "RXX"}, []string{providerRule}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o.Bind(tt.record, tt.context)
			codes, err := o.Verdicts(header, tt.record, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := slices.DeleteFunc(codes, func(c string) bool { return c != startRule && c != providerRule })
			if !slices.Equal(got, tt.want) {
				t.Errorf("rules on the context: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestVerdictsErrors(t *testing.T) {
	o := open(t)
	d := o.Dictionary()
	if _, err := o.Verdicts(&d.Tables[0], map[string]string{"Nonsense": "x"}, nil); err == nil {
		t.Error("a field that is not there was accepted")
	}
	if _, err := o.Verdicts(&dictionary.Table{ID: "X"}, nil, nil); err == nil {
		t.Error("a table that is not there was accepted")
	}
}
