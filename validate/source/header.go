package source

import "strings"

// A Divider is a character that text may have between the values of a record.
type Divider struct {
	Sign byte
	Name string // "semicolons"
}

// Divided returns what divides a name that should be several: a file that is
// read by another divider than it was written with has one name for a header.
// ok is false when none of the usual ones but the one given is in it.
func Divided(name string, but byte) (d Divider, ok bool) {
	for _, d := range []Divider{{';', "semicolons"}, {'\t', "tabs"}, {'|', "vertical bars"}, {',', "commas"}} {
		if d.Sign != but && strings.IndexByte(name, d.Sign) >= 0 {
			return d, true
		}
	}
	return d, false
}

// Same returns the first two columns that have one name, in any case, by their
// places from 0; second is 0 when there are none. record reports whether the
// names seem to be the values of a record: a name never begins with a digit,
// and codes, dates and numbers do.
func Same(names []Column) (first, second int, record bool) {
	seen := make(map[string]int, len(names))
	for i, c := range names {
		if c.Name == "" {
			continue
		}
		record = record || c.Name[0]-'0' <= 9
		key := strings.ToLower(c.Name)
		if at, ok := seen[key]; ok && second == 0 {
			first, second = at, i
		}
		seen[key] = i
	}
	return first, second, record
}
