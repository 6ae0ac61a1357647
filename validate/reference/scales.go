package reference

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/bounded"
)

// ReadScales reads a list of assessment scales that takes the place of the
// dictionary's: a CSV file whose first line names its columns,
//
//	snomed_code  low  high  decimals  set   and perhaps  collection_start
//	445455005    0    21    0
//	979831000000108               K|O
//
// A scale has bounds or a set of values; one with neither has scores that are
// not known, which are then not checked. Other columns are passed over. Every
// scale counts for whatever month is judged, from its collection_start on.
func ReadScales(name string, r io.Reader) ([]dictionary.Scale, error) {
	fault := func(line int, format string, args ...any) error {
		return fmt.Errorf("%s: line %d: %s", name, line, fmt.Sprintf(format, args...))
	}
	c := bounded.NewReader(r)
	c.FieldsPerRecord = -1
	first, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, orEmpty(err))
	}
	names := make([]string, len(first))
	for i, v := range first {
		names[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(v, "\ufeff")))
	}
	at := make(map[string]int)
	for _, want := range []string{"snomed_code", "low", "high", "decimals", "set", "collection_start"} {
		at[want] = slices.Index(names, want)
		if at[want] < 0 && want != "collection_start" {
			return nil, fmt.Errorf("%s: the first line does not name the column %s; a list of scales has snomed_code, low, high, decimals and set", name, want)
		}
	}
	var list []dictionary.Scale
	lines := make(map[string]int)
	for {
		v, err := c.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := c.FieldPos(0)
		if len(v) != len(names) {
			return nil, fault(line, "%d columns, the first line has %d", len(v), len(names))
		}
		cell := func(column string) string {
			if i := at[column]; i >= 0 {
				return strings.TrimSpace(v[i])
			}
			return ""
		}
		s := dictionary.Scale{Concept: cell("snomed_code"), Low: cell("low"), High: cell("high"), Earlier: true, Later: true}
		if !digits([]byte(s.Concept)) || len(s.Concept) < 6 || len(s.Concept) > 18 {
			return nil, fault(line, "snomed_code %.40q is not 6 to 18 digits", s.Concept)
		}
		if lines[s.Concept] != 0 {
			return nil, fault(line, "snomed_code %s stands in line %d too", s.Concept, lines[s.Concept])
		}
		lines[s.Concept] = line
		if set := cell("set"); set != "" {
			for _, x := range strings.Split(set, "|") {
				if x = strings.TrimSpace(x); x != "" && !slices.Contains(s.Values, x) {
					s.Values = append(s.Values, x)
				}
			}
		}
		if s.Values != nil {
			s.Low, s.High = "", "" // the set says more than the bounds
		}
		if (s.Low == "") != (s.High == "") {
			return nil, fault(line, "scale %s has one bound of two", s.Concept)
		}
		for _, x := range []string{s.Low, s.High} {
			if _, err := strconv.ParseFloat(x, 64); x != "" && (err != nil || strings.Trim(x, "-.0123456789") != "") {
				return nil, fault(line, "%q is no number", x)
			}
		}
		if d := cell("decimals"); d != "" && s.Low != "" {
			if s.Decimals, err = strconv.Atoi(d); err != nil || s.Decimals < 0 || s.Decimals > 9 {
				return nil, fault(line, "decimals %q is not a number from 0 to 9", d)
			}
		}
		day, ok := parseDate([]byte(cell("collection_start")))
		if !ok {
			return nil, fault(line, "collection_start %q is no date", cell("collection_start"))
		}
		if day != batch.Null {
			s.CollectedFrom = string(batch.AppendDay(nil, day))
		}
		list = append(list, s)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: holds no scale", name)
	}
	return list, nil
}

func orEmpty(err error) error {
	if err == io.EOF {
		return errors.New("is empty")
	}
	return err
}
