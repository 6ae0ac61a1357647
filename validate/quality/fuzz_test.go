package quality

import (
	"strings"
	"testing"
	"unicode"

	"mhsds/dictionary/frugal"
)

// FuzzReadSummary reads any bytes as an earlier result: figures, or an error of
// one line.
func FuzzReadSummary(f *testing.F) {
	const summary = `{"verdict":"accepted","period":"2026-08","tables":[{"table":"T01Patient","carried_forward":8}],"measures":[{"id":"M01","carried_forward":7},{"id":"M26","carried_forward":null}]}`
	for _, s := range []string{summary, strings.Replace(summary, "{", `{"suppressed":true,`, 1), "{}", "", "null", "[]", `{"tables":[{}],"measures":null}`, `{"measures":[{"why":"x","carried_forward":-1}]}`, strings.Repeat("[", 100), "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		frugal.Check(t, len(text), 1000, func() {
			e, err := ReadSummary("r", []byte(text))
			switch {
			case err != nil && (strings.ContainsFunc(err.Error(), unicode.IsControl) || !strings.HasPrefix(err.Error(), "r: ")):
				t.Errorf("error %q", err)
			case err == nil && (e == nil || e.Tables == nil || e.Measures == nil):
				t.Errorf("no figures: %+v", e)
			}
		})
	})
}

// FuzzReadPublished does so for published figures, none of which is below 0.
func FuzzReadPublished(f *testing.F) {
	for _, s := range []string{
		"REPORTING_PERIOD_START,BREAKDOWN,PRIMARY_LEVEL,MEASURE_ID,MEASURE_VALUE\n2026-08-01,Provider,RXX,M01,1205\n2026-07-01,Provider,RXX,M01,*\n",
		"REPORTING_PERIOD_START,ORGANISATION_CODE,TABLE_NAME,COVERAGE_COUNT\n01/08/2026,RXX,T01,8\n01/08/2026,RXX,T01Patient,9\n",
		"\ufeffreporting_period_start,organisation_code,table_name,coverage_count\r\n\"x\r\ny\",RXX,,\r\n", "a\n\"", "", "REPORTING_PERIOD_START\n\n,\n",
		"REPORTING_PERIOD_START,ORGANISATION_CODE,TABLE_NAME,COVERAGE_COUNT\n2026-08-01,RXX,T01,99999999999999999999\n2026-08-01,RXX,T01,NaN\n2026-08-01,RXX,T01,-5\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		frugal.Check(t, len(text), 1000, func() {
			p, err := ReadPublished("p", strings.NewReader(text))
			if err != nil {
				if strings.ContainsFunc(err.Error(), unicode.IsControl) || !strings.HasPrefix(err.Error(), "p: ") || len(err.Error()) > 1000 {
					t.Errorf("error %q", err)
				}
				return
			}
			for provider := range p.of {
				e := p.Of(provider)
				for _, figures := range []map[string]Figure{e.Tables, e.Measures} {
					for id, x := range figures {
						if x.Count < 0 {
							t.Errorf("%q: %+v", id, x)
						}
					}
				}
			}
		})
	})
}
