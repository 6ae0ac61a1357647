package quality

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"mhsds/validate/bounded"
)

// ReadSummary reads what an earlier run counted from its summary, the JSON
// object that package report/summary writes. name is what reports call it. A
// run that did not count measures has none.
func ReadSummary(name string, object []byte) (*Earlier, error) {
	type table struct {
		Table   string `json:"table"`
		Carried *int64 `json:"carried_forward"`
	}
	type measure struct {
		ID      string `json:"id"`
		Why     string `json:"why"`
		Carried *int64 `json:"carried_forward"`
	}
	var s struct {
		Period     string    `json:"period"`
		Tables     []table   `json:"tables"`
		Measures   []measure `json:"measures"`
		Suppressed bool      `json:"suppressed"`
	}
	if err := json.Unmarshal(object, &s); err != nil {
		return nil, fmt.Errorf("%s: its summary cannot be read", name)
	}
	e := &Earlier{Source: name, Measures: map[string]Figure{}, Tables: map[string]Figure{}}
	if s.Period != "" {
		e.Source += ", " + s.Period
	}
	// A result made to be shared is rounded like what is published.
	figure := func(n *int64) (f Figure, ok bool) {
		switch {
		case n != nil:
			return Figure{Count: *n, Rounded: s.Suppressed && *n > 0}, true
		case s.Suppressed:
			return Figure{Few: true}, true
		}
		return f, false
	}
	for _, t := range s.Tables {
		if f, ok := figure(t.Carried); ok {
			e.Tables[strings.ToLower(t.Table)] = f
		}
	}
	for _, m := range s.Measures {
		if f, ok := figure(m.Carried); ok && m.Why == "" {
			e.Measures[m.ID] = f
		}
	}
	return e, nil
}

// Published is what was published of each provider, by its organisation code.
type Published struct {
	name string
	of   map[string]*monthly
}

// A monthly is what was published of a provider, of its latest month.
type monthly struct {
	month string // CCYY-MM
	Earlier
}

// Name is what reports call the file.
func (p *Published) Name() string { return p.name }

// Of returns what was published of the provider, nil for nothing.
func (p *Published) Of(provider string) *Earlier {
	m := p.of[provider]
	if m == nil {
		return nil
	}
	return &Earlier{Source: p.name + ", " + m.month, Measures: m.Measures, Tables: m.Tables}
}

// ReadPublished reads published figures of providers: the monthly data file
// (counts) or the data quality coverage file (rows of tables). name is what
// reports call it. Of several months a provider's latest counts, of several
// states of a month the one that stands last in the file.
func ReadPublished(name string, r io.Reader) (*Published, error) {
	fault := func(format string, args ...any) error {
		return fmt.Errorf("%s: %s", name, fmt.Sprintf(format, args...))
	}
	c := bounded.NewReader(r)
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	first, err := c.Read()
	if err != nil {
		if err == io.EOF {
			return nil, fault("is empty")
		}
		return nil, fault("%v", err)
	}
	first = slices.Clone(first)
	at := map[string]int{}
	for i, v := range first {
		at[strings.ToUpper(strings.TrimSpace(strings.TrimPrefix(v, "\ufeff")))] = i
	}
	has := func(columns ...string) bool {
		return !slices.ContainsFunc(columns, func(x string) bool { _, ok := at[x]; return !ok })
	}
	// Which columns say whose, what, and how many.
	const month, breakdown = "REPORTING_PERIOD_START", "BREAKDOWN"
	var who, what, value string
	tables := false
	switch {
	case has(month, breakdown, "PRIMARY_LEVEL", "MEASURE_ID", "MEASURE_VALUE"):
		who, what, value = "PRIMARY_LEVEL", "MEASURE_ID", "MEASURE_VALUE"
	case has(month, "ORGANISATION_CODE", "TABLE_NAME", "COVERAGE_COUNT"):
		who, what, value = "ORGANISATION_CODE", "TABLE_NAME", "COVERAGE_COUNT"
		tables = true
	default:
		return nil, fault("its first line is that of neither the published monthly data (MEASURE_ID, MEASURE_VALUE) nor of the data quality coverage (TABLE_NAME, COVERAGE_COUNT)")
	}
	p := &Published{name: name, of: map[string]*monthly{}}
	for {
		v, err := c.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fault("%v", err)
		}
		line, _ := c.FieldPos(0)
		if len(v) != len(first) {
			return nil, fault("line %d has %d columns, the first has %d", line, len(v), len(first))
		}
		cell := func(column string) string { return strings.TrimSpace(v[at[column]]) }
		if cell(who) == "" || !tables && !strings.EqualFold(cell(breakdown), "Provider") {
			continue
		}
		when, ok := publishedMonth(cell(month))
		if !ok {
			return nil, fault("line %d: %s %.40q is no date", line, month, cell(month))
		}
		m := p.of[cell(who)]
		if m == nil {
			m = &monthly{Earlier: Earlier{Measures: map[string]Figure{}, Tables: map[string]Figure{}}}
			p.of[strings.Clone(cell(who))] = m
		}
		if when < m.month {
			continue
		}
		if when > m.month {
			m.month = when
			clear(m.Measures)
			clear(m.Tables)
		}
		f, ok := figure(cell(value))
		if !ok {
			if _, err := strconv.ParseFloat(cell(value), 64); err == nil {
				continue // rates and means are among the monthly data
			}
			return nil, fault("line %d: %s %.40q is no count", line, value, cell(value))
		}
		if tables {
			m.Tables[strings.ToLower(cell(what))] = f
		} else {
			m.Measures[strings.Clone(cell(what))] = f
		}
	}
	return p, nil
}

// publishedMonth reads the first day of a month, CCYY-MM-DD or DD/MM/CCYY, as
// CCYY-MM.
func publishedMonth(s string) (string, bool) {
	if len(s) == 10 && s[2] == '/' && s[5] == '/' {
		s = s[6:] + "-" + s[3:5] + "-" + s[:2]
	}
	if len(s) < 10 || !isDate(s[:10]) {
		return "", false
	}
	return strings.Clone(s[:7]), true
}

// figure reads a published value: a count, rounded to the nearest 5 for
// providers, or * for one under 5.
func figure(s string) (Figure, bool) {
	if s == "*" {
		return Figure{Few: true}, true
	}
	whole, fraction, _ := strings.Cut(strings.ReplaceAll(s, ",", ""), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 || strings.Trim(fraction, "0") != "" {
		return Figure{}, false
	}
	return Figure{Count: n, Rounded: true}, true
}
