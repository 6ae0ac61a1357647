package reference

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"mhsds/dictionary"
)

// Scales is the kind of reference data that is no register: a list of
// assessment scales.
const Scales = "scales"

// Kinds lists the kinds of reference data that a user can give.
func Kinds() []string { return append(slices.Clone(dictionary.RegisterNames()), Scales) }

// Identify says what kind of reference data a file holds, one of Kinds, from
// its name and its first line. An error says why that cannot be told.
func Identify(name string, r io.Reader) (string, error) {
	s := newScanner(r)
	if err := s.next(); err != nil {
		return "", fmt.Errorf("%s: %w", name, orEmpty(err))
	}
	first := s.record()
	for _, v := range first {
		if columnName(v) == "snomedcode" {
			return Scales, nil
		}
	}
	if _, _, err := directoryOf(first); err == nil {
		return dictionary.Postcodes.String(), nil
	}
	if _, _, err := layoutOf(first); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	base := strings.ToLower(strings.TrimSuffix(path.Base(name), path.Ext(name)))
	for _, report := range reports() {
		if base == report.name {
			return report.register.String(), nil
		}
	}
	for _, register := range []dictionary.Register{dictionary.Schools, dictionary.Sites, dictionary.Organisations} {
		if strings.Contains(base, strings.TrimSuffix(register.String(), "s")) {
			return register.String(), nil
		}
	}
	return "", fmt.Errorf("%s: holds codes with dates, but its name does not say of what; name it yourself, as in --reference organisations=FILE", name)
}

// A report is one that the organisation register publishes.
type report struct {
	name     string
	register dictionary.Register
	what     string
}

// reports lists those that are of use here, by the names under which they are
// published.
func reports() []report {
	return []report{
		{"etr", dictionary.Organisations, "trusts"},
		{"epraccur", dictionary.Organisations, "GP practices and other prescribing cost centres"},
		{"eccg", dictionary.Organisations, "sub-ICB locations"},
		{"eother", dictionary.Organisations, "integrated care boards and others"},
		{"ets", dictionary.Sites, "trust sites"},
		{"eccgsite", dictionary.Sites, "sites of sub-ICB locations"},
		{"ebranchs", dictionary.Sites, "branch surgeries"},
	}
}

// What words what is published under the name of the file, "" if that is not
// known.
func What(name string) string {
	base := strings.ToLower(strings.TrimSuffix(path.Base(name), path.Ext(name)))
	for _, report := range reports() {
		if base == report.name {
			return report.what
		}
	}
	return ""
}
