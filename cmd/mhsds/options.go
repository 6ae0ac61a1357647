package main

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/reference"
	"mhsds/validate/scope"
)

// settings are the flags of validate. This is their only definition: help,
// completion and the environment variables derive from it.
type settings struct {
	formats        []string
	showValues     bool
	maxShown       int
	failOn         []string
	datasetVersion string
	schemas        string
	provider       string
	submitter      string
	period         string
	uploaded       string
	assumeFixed    []string
	reference      []string
	delimiter      string
	dateLayout     string
	jobs           int
	oracle         bool
	singleRecords  bool
	stats          bool
	progress       string
	quiet          bool
	verbose        bool
	noColor        bool
	previous       string
	fingerprintKey string
	share          bool
	quality        bool
	published      []string
	counted        bool // quality and monthly counts are made in this run
	compared       bool // and something is compared with what was earlier

	submission       string // the path that was given, for reports that name it
	talkingTherapies string
	config           string
	configured       *configuration // what it says, once configure has read it
	configFound      bool           // it stood in the current folder, and nobody named it
	fromFile         []string       // flags that it has set
}

func (s *settings) define(f *pflag.FlagSet) {
	f.SortFlags = false
	f.StringArrayVar(&s.formats, "format", nil, "report as `KIND[=PATH]`; may be repeated; - is stdout (default text); kinds: "+kindsForHelp())
	f.BoolVar(&s.showValues, "show-values", false, "show the values of the fields that a finding is about; the report then identifies patients")
	f.IntVar(&s.maxShown, "max-shown", 10, "show the first `N` places of a rule in text; counts are always exact")
	f.StringSliceVar(&s.failOn, "fail-on", []string{"record", "scope"}, "end with status 1 on a `LIST` of file, group, record, scope, warning, never; a level includes those above it")
	f.StringVar(&s.datasetVersion, "dataset-version", "", "data set `VERSION` to judge by, such as 6.0")
	f.StringVar(&s.schemas, "schemas", "", "judge by the schemas in `DIR` (see compile) instead of those in the program")
	f.StringVar(&s.provider, "provider", "", "organisation `CODE` that the portal would know as the provider")
	f.StringVar(&s.submitter, "submitter", "", "organisation `CODE` that the portal would know as the submitter")
	f.StringVar(&s.period, "period", "", "reporting period chosen in the portal, `YYYY-MM`")
	f.StringVar(&s.uploaded, "uploaded", "", "`TIME` at which the file would reach the portal, YYYY-MM-DDThh:mm:ss")
	f.StringArrayVar(&s.reference, "reference", nil, "reference data to look codes up in, as `KIND=FILE`; may be repeated; kinds: "+strings.Join(reference.Kinds(), ", "))
	f.StringVar(&s.talkingTherapies, "talking-therapies", "", "`FILE`, a CSV of what your Talking Therapies service submits: any of referral id, patient id, NHS number, referral date, team; finds what would be counted twice")
	f.BoolVar(&s.quality, "quality", false, "also count how good the values are (VODIM, score, signs of a spreadsheet), and the monthly counts that are published")
	f.StringArrayVar(&s.published, "published", nil, "compare what --quality counts with the published figures in `FILE`, a CSV: the monthly data or the data quality coverage; may be repeated")
	f.StringVar(&s.previous, "previous", "", "compare with the `RESULT` of an earlier run, a file of --format jsonl")
	f.StringVar(&s.fingerprintKey, "fingerprint-key", "", "give findings a fingerprint, keyed by the bytes of `FILE`, so that they are known again next month; the key stays with you")
	f.StringSliceVar(&s.assumeFixed, "assume-fixed", nil, "what would be carried forward if the findings of these `CODE`s were repaired")
	f.BoolVar(&s.share, "share", false, "for passing on: counts under 5 are hidden, the others rounded to the nearest 5, no rows listed")
	f.StringVar(&s.delimiter, "delimiter", ",", "`CHARACTER` between the fields of CSV files; tab is a tab")
	f.StringVar(&s.dateLayout, "date-layout", "", "`LAYOUT` of dates that are not CCYY-MM-DD, such as DD/MM/YYYY")
	f.IntVar(&s.jobs, "jobs", 0, "work on `N` processors at once (default all); findings are the same for any number")
	f.BoolVar(&s.oracle, "oracle", false, "also judge every record by plain jsonschema, which is slow; a difference is a fault of ours, status 5")
	f.StringVar(&s.config, "config", "", "configuration `FILE` (default mhsds.toml of the current folder, if it is there; see config)")
	f.BoolVar(&s.singleRecords, "single-records", false, "judge single records alone; for the bench")
	f.MarkHidden("single-records")
	f.BoolVar(&s.stats, "stats", false, "say on stderr how much was read, how fast, and with how much memory")
	f.StringVar(&s.progress, "progress", "auto", "progress bar on stderr: `auto|never`")
	f.BoolVarP(&s.quiet, "quiet", "q", false, "nothing on stderr but errors")
	f.BoolVarP(&s.verbose, "verbose", "v", false, "more in text: every notice, every rule not checked; a log on stderr")
	f.BoolVar(&s.noColor, "no-color", false, "no colours; NO_COLOR does the same")
}

// A threshold says which outcomes end a run with status 1.
type threshold struct {
	severity dictionary.Severity // findings of this severity or worse; 0 for none
	scope    bool                // findings of ours that a record is outside the data set
}

func parseFailOn(levels []string) (threshold, error) {
	known := []string{"file", "group", "record", "scope", "warning", "never"}
	var t threshold
	for _, l := range levels {
		if !slices.Contains(known, l) {
			return t, usagef("--fail-on: %q is not a level%s", l, didYouMean(l, known, "levels are"))
		}
		severity := dictionary.Severity(0)
		switch l {
		case "never":
			if len(levels) > 1 {
				return t, usagef("--fail-on: never stands alone")
			}
		case "file":
			severity = dictionary.RejectFile
		case "group":
			severity = dictionary.RejectGroup
		case "record":
			severity = dictionary.RejectRecord
		case "scope":
			t.scope = true
		case "warning":
			severity = dictionary.Warning
			t.scope = true
		}
		if severity != 0 && (t.severity == 0 || severity < t.severity) {
			t.severity = severity
		}
	}
	return t, nil
}

// reached reports whether the outcome is one that ends with status 1.
func (t threshold) reached(s *finding.Summary) bool {
	if t.severity != 0 && s.Verdict == finding.FileRejected {
		return true
	}
	for _, c := range s.Rules {
		if c.Count == 0 {
			continue
		}
		if t.fails(c.Rule) {
			return true
		}
	}
	return false
}

// fails reports whether a finding of the rule ends the run with status 1.
func (t threshold) fails(r *dictionary.Rule) bool {
	return t.severity != 0 && r.Severity >= t.severity || t.scope && scope.Fails(r)
}

// parsePeriod returns the first and last day of the month, as CCYY-MM-DD.
func parsePeriod(s string) (start, end string, err error) {
	if s == "" {
		return "", "", nil
	}
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return "", "", usagef("--period: %q is not a month written as YYYY-MM, such as 2026-09", s)
	}
	return t.Format(time.DateOnly), t.AddDate(0, 1, -1).Format(time.DateOnly), nil
}

// parseUploaded returns the time as CCYY-MM-DDThh:mm:ss.
func parseUploaded(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	const written = "2006-01-02T15:04:05"
	for _, layout := range []string{written, "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(written), nil
		}
	}
	return "", usagef("--uploaded: %q is not a time written as YYYY-MM-DDThh:mm:ss, such as 2026-10-05T16:30:00", s)
}

func parseDelimiter(s string) (byte, error) {
	switch s {
	case "tab", `\t`:
		return '\t', nil
	}
	if len(s) != 1 || s[0] <= ' ' || s[0] >= 0x7f || strings.ContainsAny(strings.ToLower(s), `"abcdefghijklmnopqrstuvwxyz0123456789`) {
		return 0, usagef("--delimiter: %q is not one sign such as ; or |; a tab is written tab", s)
	}
	return s[0], nil
}
