package quality

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"mhsds/dictionary"
)

// ReadResult reads what an earlier run counted: a summary as JSON, or findings
// as JSON lines whose last line is the summary. name is what reports call it.
func ReadResult(name string, r io.ReaderAt, size int64, d *dictionary.Dictionary) (*Earlier, error) {
	line, err := lastLine(r, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	type table struct {
		Table   string `json:"table"`
		Carried *int64 `json:"carried_forward"`
	}
	type measure struct {
		ID      string `json:"id"`
		Carried *int64 `json:"carried_forward"`
	}
	type summary struct {
		Verdict  string    `json:"verdict"`
		Period   string    `json:"period"`
		Tables   []table   `json:"tables"`
		Measures []measure `json:"measures"`
	}
	var wrapped struct {
		Summary *summary `json:"summary"`
	}
	var plain summary
	if err := json.Unmarshal(line, &wrapped); err != nil {
		return nil, fmt.Errorf("%s: its last line is no JSON object; a result is written by --format json or jsonl", name)
	}
	s := wrapped.Summary
	if s == nil {
		if err := json.Unmarshal(line, &plain); err != nil || plain.Verdict == "" {
			return nil, fmt.Errorf("%s: its last line is no summary; the run that wrote it did not end, or it is no result", name)
		}
		s = &plain
	}
	e := &Earlier{Source: name, Measures: map[string]Figure{}, Tables: map[string]Figure{}}
	if s.Period != "" {
		e.Source += ", " + s.Period
	}
	for _, t := range s.Tables {
		i := slices.IndexFunc(d.Tables, func(x dictionary.Table) bool { return x.Name == t.Table })
		if i >= 0 && t.Carried != nil {
			e.Tables[d.Tables[i].ID] = Figure{Count: *t.Carried}
		}
	}
	for _, m := range s.Measures {
		if m.Carried != nil {
			e.Measures[m.ID] = Figure{Count: *m.Carried}
		}
	}
	return e, nil
}

// longestSummary bounds the last line of a result, in bytes: 61 tables, 1,200
// rules and 1,000 causes take less than one MiB.
const longestSummary = 64 << 20

// lastLine reads the last line that is not empty.
func lastLine(r io.ReaderAt, size int64) ([]byte, error) {
	const step = 1 << 16
	var tail []byte
	for at := size; at > 0; {
		n := min(at, step)
		at -= n
		part := make([]byte, n, int(n)+len(tail))
		if _, err := r.ReadAt(part, at); err != nil && err != io.EOF {
			return nil, err
		}
		tail = append(part, tail...)
		trimmed := bytes.TrimRight(tail, "\r\n ")
		if i := bytes.LastIndexByte(trimmed, '\n'); i >= 0 {
			return trimmed[i+1:], nil
		}
		if at == 0 && len(trimmed) > 0 {
			return trimmed, nil
		}
		if len(tail) > longestSummary {
			return nil, errors.New("its last line is longer than any summary")
		}
	}
	return nil, errors.New("is empty")
}

// ReadPublished reads the published figures of a provider, by its organisation
// code: the monthly data file (counts) or the data quality coverage file (rows
// of tables). Of several months the latest counts, of several states of a month
// the one that stands last in the file.
func ReadPublished(name string, r io.Reader, provider string, d *dictionary.Dictionary) (*Earlier, error) {
	fault := func(format string, args ...any) error {
		return fmt.Errorf("%s: %s", name, fmt.Sprintf(format, args...))
	}
	c := csv.NewReader(r)
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	first, err := c.Read()
	if err != nil {
		if err == io.EOF {
			return nil, fault("is empty")
		}
		return nil, fault("%v", err)
	}
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
	if provider == "" {
		return nil, fault("the provider is not known, so its figures cannot be found; the header record or --provider says it")
	}
	e := &Earlier{Measures: map[string]Figure{}, Tables: map[string]Figure{}}
	latest := ""
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
		if cell(who) != provider || !tables && !strings.EqualFold(cell(breakdown), "Provider") {
			continue
		}
		when, ok := publishedMonth(cell(month))
		if !ok {
			return nil, fault("line %d: %s %q is no date", line, month, cell(month))
		}
		if when < latest {
			continue
		}
		if when > latest {
			latest = when
			clear(e.Measures)
			clear(e.Tables)
		}
		f, ok := figure(cell(value))
		if !ok {
			if _, err := strconv.ParseFloat(cell(value), 64); err == nil {
				continue // rates and means are among the monthly data
			}
			return nil, fault("line %d: %s %q is no count", line, value, cell(value))
		}
		if !tables {
			e.Measures[strings.Clone(cell(what))] = f
			continue
		}
		i := slices.IndexFunc(d.Tables, func(t dictionary.Table) bool {
			return strings.EqualFold(t.Name, cell(what)) || strings.EqualFold(t.ID, cell(what))
		})
		if i >= 0 {
			e.Tables[d.Tables[i].ID] = f
		}
	}
	if latest == "" {
		return nil, fault("has no figures of provider %s", provider)
	}
	e.Source = name + ", " + latest
	return e, nil
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
