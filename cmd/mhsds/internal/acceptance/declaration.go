package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A change of the totals since the last release is declared in CHANGELOG.md,
// under Unreleased, by a line that names every code with its total then and
// now:
//
//   - Acceptance corpus: MHS10103 12 to 15, PRE0301 0 to 40. Ages are …
//
// Where more than mostNamed codes change, because the corpus itself has, the
// line says how many and carries the digest of the totals in place of them:
//
//   - Acceptance corpus: 812 totals to 3f0c9a7d21be. The generator now …
//
// Either way the line fits these totals and no others, so that a later change
// needs another one. Nobody but a person writes it.
const (
	declarationBegins = "- Acceptance corpus: "
	mostNamed         = 60
	unreleased        = "## Unreleased"
)

// changed lists the codes whose totals are not those of the last release.
func (t *totals) changed() (codes []string) {
	for _, code := range t.codes() {
		if t.before[code] != t.now[code] {
			codes = append(codes, code)
		}
	}
	return codes
}

// parts are what a declaration must say; nil if there is nothing to declare.
func (t *totals) parts() (parts []string) {
	codes := t.changed()
	if len(codes) > mostNamed {
		return []string{fmt.Sprintf("%d totals to %s", len(codes), t.digest())}
	}
	for _, code := range codes {
		parts = append(parts, fmt.Sprintf("%s %d to %d", code, t.before[code], t.now[code]))
	}
	return parts
}

// declaration is the line that CHANGELOG.md must have; "" if none.
func (t *totals) declaration() string {
	parts := t.parts()
	if parts == nil {
		return ""
	}
	return declarationBegins + strings.Join(parts, ", ") + "."
}

// declared is an error if the change log does not declare what has changed, or
// declares what has not.
func (t *totals) declared(log string) error {
	if v := lastRelease(log); v != t.version {
		return fmt.Errorf("%s counts changes from version %q, and by %s version %q was released last; run \"go run ./cmd/mhsds/internal/acceptance -release\"", totalsFile, t.version, changelogFile, v)
	}
	said := declarations(log)
	parts := t.parts()
	var missing []string
	for _, p := range parts {
		if !slices.Contains(said, p) {
			missing = append(missing, p)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s: under Unreleased, nothing declares %s; the line is %q, with the reason after it", changelogFile, strings.Join(missing, ", "), t.declaration())
	}
	for _, s := range said {
		if !slices.Contains(parts, s) {
			return fmt.Errorf("%s: under Unreleased, %q is declared, and the totals say otherwise", changelogFile, s)
		}
	}
	return nil
}

// lastRelease is the version of the first section that has one.
func lastRelease(log string) string {
	if m := regexp.MustCompile(`(?m)^## v?([0-9]\S*)`).FindStringSubmatch(log); m != nil {
		return m[1]
	}
	return beginning
}

// declarations lists what the lines of the section Unreleased declare.
func declarations(log string) (said []string) {
	_, section, found := strings.Cut(log, unreleased)
	if !found {
		return nil
	}
	section, _, _ = strings.Cut(section, "\n## ")
	// A long line may go on in the next, which is indented.
	section = regexp.MustCompile(`\n +`).ReplaceAllString(section, " ")
	part := regexp.MustCompile(`^(\S[^,.]*? \d+ to \d+|\d+ totals to [0-9a-f]{12})([,.]|$) ?`)
	for line := range strings.SplitSeq(section, "\n") {
		rest, ok := strings.CutPrefix(line, declarationBegins)
		for ok {
			m := part.FindStringSubmatch(rest)
			if m == nil {
				break
			}
			said = append(said, m[1])
			rest, ok = rest[len(m[0]):], m[2] == ","
		}
	}
	return said
}
