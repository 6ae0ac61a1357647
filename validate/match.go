package validate

import (
	"fmt"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/source"
)

// match pairs the container's tables with the dictionary's: by name or by
// identifier, in any case. It returns the container's index by the
// dictionary's, -1 where there is none, and what to say about the rest.
func match(d *dictionary.Dictionary, tables []source.Table) ([]int, []finding.Notice, error) {
	at := make([]int, len(d.Tables))
	for i := range at {
		at[i] = -1
	}
	var names []string
	for i := range d.Tables {
		names = append(names, d.Tables[i].Name)
	}
	var notices []finding.Notice
	found := false
	for i, t := range tables {
		k := tableNamed(d, t.Name)
		if k < 0 {
			notices = append(notices, finding.Notice{File: t.File, Text: "is no table of the data set and was not read" + dictionary.DidYouMean(t.Name, names)})
			continue
		}
		if at[k] >= 0 {
			return nil, nil, fmt.Errorf("table %s stands twice, as %s and as %s: remove one", d.Tables[k].Name, tables[at[k]].File, t.File)
		}
		at[k] = i
		found = true
	}
	if !found {
		return nil, notices, fmt.Errorf("%w: none of its tables has a name of the data set, such as %s", ErrNotSubmission, names[0])
	}
	return at, notices, nil
}

func tableNamed(d *dictionary.Dictionary, name string) int {
	for i := range d.Tables {
		if strings.EqualFold(d.Tables[i].Name, name) || strings.EqualFold(d.Tables[i].ID, name) {
			return i
		}
	}
	return -1
}

// bind pairs a table's fields with the columns of its file, by name in any
// case: for each field the column's index, or -1. numbers marks the fields
// that the container stores as numbers.
func bind(t *dictionary.Table, file string, columns []source.Column) (at []int, numbers []bool, notices []finding.Notice) {
	at, numbers = make([]int, len(t.Fields)), make([]bool, len(t.Fields))
	var names []string
	for i := range t.Fields {
		at[i] = -1
		names = append(names, t.Fields[i].Name)
	}
	some := false
	for c, col := range columns {
		if col.Name == "" {
			continue
		}
		known := false
		for i, name := range names {
			if strings.EqualFold(name, col.Name) && at[i] < 0 {
				at[i], known, some = c, true, true
				numbers[i] = col.Type == source.Number
				break
			}
		}
		if !known {
			notices = append(notices, finding.Notice{File: file, Text: fmt.Sprintf("column %q is not a field of %s and was not read%s",
				col.Name, t.Name, dictionary.DidYouMean(col.Name, names))})
		}
	}
	if !some && len(notices) > 0 { // its names may be a record's values
		return at, numbers, []finding.Notice{{File: file, Text: "no column has the name of a field of " + t.Name + ", so every field is blank: is the header line missing?"}}
	}
	var missing []string
	for i, name := range names {
		if at[i] < 0 && !t.Fields[i].SpecificationOnly {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 && len(columns) > 0 {
		notices = append(notices, finding.Notice{File: file, Text: "lacks " + plural(len(missing), "column") + ", blank in every row: " + strings.Join(missing, ", ")})
	}
	return at, numbers, notices
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
