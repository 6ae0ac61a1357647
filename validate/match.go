package validate

import (
	"fmt"
	"slices"
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
	at, numbers, notices, some := pair(t, file, columns)
	if !some && len(notices) > 0 { // its names may be a record's values
		return at, numbers, []finding.Notice{{File: file, Text: "no column has the name of a field of " + t.Name + ", so every field is blank: is the header line missing?"}}
	}
	var missing []string
	for i := range t.Fields {
		if at[i] < 0 && !t.Fields[i].SpecificationOnly {
			missing = append(missing, t.Fields[i].Name)
		}
	}
	if len(missing) > 0 && len(columns) > 0 {
		notices = append(notices, finding.Notice{File: file, Text: "lacks " + plural(len(missing), "column") + ", blank in every row: " + strings.Join(missing, ", ")})
	}
	return at, numbers, notices
}

// keyed says of a table whose rows name their columns which names are no
// fields. A field that no row has is null in all of them, and nothing to say.
func keyed(t *dictionary.Table, file string, columns []source.Column) []finding.Notice {
	_, _, notices, some := pair(t, file, columns)
	if !some && len(notices) > 0 {
		return []finding.Notice{{File: file, Text: "no name in its records is that of a field of " + t.Name + ", so every field is blank"}}
	}
	return notices
}

// maxUnknown bounds the columns that are named each in a notice of its own: a
// header may have any number of them.
const maxUnknown = 20

// pair does what bind does and says which columns are no fields; some reports
// whether any is one.
func pair(t *dictionary.Table, file string, columns []source.Column) (at []int, numbers []bool, notices []finding.Notice, some bool) {
	at, numbers = make([]int, len(t.Fields)), make([]bool, len(t.Fields))
	names := make([]string, len(t.Fields))
	for i := range t.Fields {
		at[i], names[i] = -1, t.Fields[i].Name
	}
	unknown := 0
	for c, col := range columns {
		if col.Name == "" {
			continue
		}
		i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, col.Name) })
		if i >= 0 && at[i] < 0 {
			at[i], numbers[i], some = c, col.Type == source.Number, true
		} else if unknown++; unknown <= maxUnknown {
			notices = append(notices, finding.Notice{File: file, Text: fmt.Sprintf("column %q is not a field of %s and was not read%s",
				shortened(col.Name), t.Name, dictionary.DidYouMean(col.Name, names))})
		}
	}
	if more := unknown - maxUnknown; more > 0 {
		notices = append(notices, finding.Notice{File: file, Text: fmt.Sprintf("%s besides are no fields of %s and were not read", plural(more, "column"), t.Name)})
	}
	return at, numbers, notices, some
}

// shortened cuts a name that is no name down to what a sentence can hold.
func shortened(name string) string {
	const most = 64
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "") + "…"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
