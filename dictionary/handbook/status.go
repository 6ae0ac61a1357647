package handbook

import (
	"strconv"
	"strings"

	"mhsds/dictionary"
)

// The words in which the command line says how well a rule is checked.
const (
	Exact          = "exact"                // judged as the sources state it
	Partly         = "partly"               // judged but for a part, which is named
	NeedsReference = "needs reference data" // needs a national list that the user can give
	NeedsPortal    = "needs portal data"    // needs what only the portal knows, or the user says
	NotChecked     = "not checked"          // cannot be judged, or not yet
)

// A Build says what a program checks and what it has been given. The zero value
// checks every kind of rule on files of text, with nothing but the submission.
type Build struct {
	// Implements reports whether rules of the kind are judged; nil means all.
	Implements func(dictionary.Kind) bool

	// Reference reports whether the register is there to look codes up in;
	// nil means none.
	Reference func(dictionary.Register) bool

	// Portal reports whether the context's field of that name is known; nil
	// means none.
	Portal func(field string) bool

	// Database says that the submission is a database, whose structure can be
	// judged.
	Database bool
}

// Status says how well a rule is checked with the submission alone, and why if
// that is not exactly: Build{}.Status.
func Status(d *dictionary.Dictionary, r *dictionary.Rule) (status, why string) {
	return Build{}.Status(d, r)
}

// Status says how well the build checks a rule, in the words above, and why if
// that is not exactly.
func (b Build) Status(d *dictionary.Dictionary, r *dictionary.Rule) (status, why string) {
	switch {
	case r.Status == dictionary.PipelineOnly:
		return NotChecked, "off: no longer in the national rule list"
	case r.Unchecked != "":
		return NotChecked, r.Unchecked
	case b.Implements != nil && !b.Implements(r.Kind):
		return NotChecked, "this version of the program does not judge rules of the kind " + kindWords(r.Kind)
	}
	if need := r.Kind.Register(); need != 0 && (b.Reference == nil || !b.Reference(need)) {
		return NeedsReference, "needs a list of " + need.String() + ": --reference " + need.String() + "=FILE"
	}
	if r.Other.Table != "" && r.Other.Table == d.Context.ID && !b.portal(r.Other.Field) {
		return NeedsPortal, b.portalWhy(d, r.Other.Field)
	}
	switch {
	case r.Kind == dictionary.FileCheck && r.Check == checkStructure && !b.Database:
		return NotChecked, "only a database has a structure to judge"
	case r.Kind == dictionary.FileCheck && r.Check == checkHeader:
		if lacking := b.lacking(d, r.Table); len(lacking) > 0 {
			return Partly, "a rejection of the header by " + list(lacking, "or") + " would count, and cannot be judged"
		}
	case r.Kind == dictionary.AssessmentScore:
		if unknown := unknownScales(d); len(unknown) > 0 {
			return Partly, "no source gives the scores of " + strconv.Itoa(len(unknown)) + " scales of the earlier list, " + list(unknown, "and") + ", so theirs are not checked"
		}
	}
	return Exact, ""
}

func (b Build) portal(field string) bool { return b.Portal != nil && b.Portal(field) }

// portalWhy names the flag that makes up for a field of the context.
func (b Build) portalWhy(d *dictionary.Dictionary, field string) string {
	for _, x := range [...]struct{ role, what, flag string }{
		{"context_provider", "the provider chosen at upload", "--provider"},
		{"context_submitter", "the organisation that is logged in", "--submitter"},
		{"context_period_start", "the month chosen at upload", "--period"},
		{"context_period_end", "the month chosen at upload", "--period"},
		{"context_uploaded", "the time of upload", "--uploaded"},
	} {
		if t, f := d.Role(x.role); t != nil && f != nil && f.Name == field {
			return "needs " + x.what + ": " + x.flag
		}
	}
	return "needs " + field + ", which only the portal knows"
}

// lacking lists the rejecting rules on a table that the build cannot judge.
func (b Build) lacking(d *dictionary.Dictionary, table string) []string {
	var codes []string
	for i := range d.Rules {
		r := &d.Rules[i]
		if r.Table != table || r.Severity < dictionary.RejectRecord || r.Kind == dictionary.FileCheck || !active(r) {
			continue
		}
		if status, _ := b.Status(d, r); status != Exact {
			codes = append(codes, r.Code)
		}
	}
	return codes
}

// unknownScales lists the scales whose scores no source gives.
func unknownScales(d *dictionary.Dictionary) []string {
	var concepts []string
	for i := range d.Scales {
		if s := &d.Scales[i]; s.Values == nil && strings.TrimSpace(s.Low) == "" {
			concepts = append(concepts, s.Concept)
		}
	}
	return concepts
}
