package finding

import "mhsds/dictionary"

// A Verdict is what the portal would do with a submission.
type Verdict uint8

const (
	Accepted Verdict = iota + 1
	AcceptedWithRejections
	FileRejected
)

func (v Verdict) String() string {
	return [...]string{"", "accepted", "accepted with rejections", "file rejected"}[v]
}

// A Summary is the outcome of a run. All totals are exact, whatever is shown.
type Summary struct {
	Verdict        Verdict
	DatasetVersion string // "6.0", of the rules
	RulesDated     string // "2024-03"
	ScalesRevision string
	PeriodStart    string // CCYY-MM-DD, from the header; "" if it has none
	PeriodEnd      string
	Provider       string // organisation code, from the header
	Submitter      string

	Tables []TableSummary // in reading order, every table of the dictionary
	Rules  []RuleCount    // in the dictionary's order, rules with findings only; national and own
	Roots  []Root         // ranked, greatest RowsFreed first, at most MaxRoots; see package cause

	RootCount int64 // exact, however many are in Roots

	// Assumed says what would be carried forward if the findings of some
	// rules were gone; nil unless that was asked.
	Assumed *Assumed

	NotChecked []NotChecked // in the dictionary's order
	Notices    []Notice     // in the order met

	// Diagnostics are in the dictionary's order; nil unless they were asked
	// for.
	Diagnostics []DiagnosticCount

	// FingerprintKey tells the key of the fingerprints from others, without
	// giving it away; "" when there are no fingerprints.
	FingerprintKey string

	// Comparison is how this result stands against an earlier one; nil unless
	// that was asked.
	Comparison *Comparison

	// Scope counts what does not belong in the submission; nil if nobody
	// looked for it.
	Scope *ScopeSummary

	// Suppressed are the settings by which the user has switched rules of ours
	// off or given them another grade, with what each has changed.
	Suppressed []Suppressed

	// More says what could be checked besides if the user gave or declared
	// something, a clause each; reports make one line of them.
	More []string

	// Quality and Measures are what was counted besides faults; nil unless
	// they were asked for. TableMovements are tables that were compared with
	// an earlier submission.
	Quality        *QualitySummary
	Measures       []MeasureCount
	TableMovements []TableMovement

	// Incomplete says why the run did not see all it was asked to see, one
	// sentence each; empty when it did.
	Incomplete []string

	// Disagreements are records on which a second opinion, if one was asked
	// for, differs from ours: a fault of ours. The first few are described.
	Disagreements     []string
	DisagreementCount int64

	Input Input
	Tool  Tool
}

// A TableSummary counts the rows of one table. Each row counts once, by its
// worst outcome; Warnings counts findings. CarriedForward is as if the file
// were not rejected.
type TableSummary struct {
	Table          *dictionary.Table
	File           string // "" when the submission has no such table
	Rows           int64
	CarriedForward int64
	RecordRejected int64
	GroupRejected  int64
	FileRejected   int64 // rows with a finding that rejects the file
	Unreadable     int64 // rows that could not be judged, such as ragged ones
	Warnings       int64 // findings of national rules, not rows
}

// A RuleCount is the exact number of findings of one rule.
type RuleCount struct {
	Rule  *dictionary.Rule
	Count int64
}

// A Root is a cause that follows from nothing else: one record with all its own
// rejections, one absent key, or one duplicate group.
type Root struct {
	Rule      *dictionary.Rule // the worst, then lowest, of its codes; nil for an absent key
	Table     *dictionary.Table
	Row       int64 // the first, of a group; 0 for an absent key
	Absent    bool
	Group     int   // how many rows a duplicate group has, else 0
	RowsFreed int64 // rows carried forward if this root alone is repaired
	Depends   int64 // rejected rows that follow from it, alone or with others
	Repair    int   // place in the greedy set of repairs, from 1; 0 if not in it
	Gain      int64 // rows freed by this repair when those before it are done

	// Fingerprint is that of the finding that Rule and Row name, or of the
	// absent key. "" without a key.
	Fingerprint string

	History History // zero unless compared with an earlier result
}

// MaxRoots bounds Summary.Roots. Beyond it, roots free one row each in all but
// the strangest submissions.
const MaxRoots = 1000

// Assumed is the answer to "what if these were fixed".
type Assumed struct {
	Codes          []string
	CarriedForward []int64 // by Summary.Tables
}

// A NotChecked is a rule that was not judged in this run, and why.
type NotChecked struct {
	Rule *dictionary.Rule
	Why  string
}

// A DiagnosticCount is what a diagnostic counts in this submission, over the
// rows that survive. Why says why it could not be counted, "" if it could.
type DiagnosticCount struct {
	Diagnostic             *dictionary.Diagnostic
	Numerator, Denominator int64
	Why                    string
}

// A Notice is a sentence to say once.
type Notice struct {
	File string
	Text string
}

// Input names what was read.
type Input struct {
	Path  string // base name only: a folder may name a person
	Files []InputFile

	// Reference is the reference data that was given, in the order given.
	Reference []ReferenceFile

	// Config is the base name of the configuration that was read, "" for none;
	// ConfigFound says that nobody named it: it stood in the current folder.
	Config      string
	ConfigFound bool
}

// An InputFile is one file of the submission.
type InputFile struct {
	Name   string
	Bytes  int64
	SHA256 string // "" if it was not computed
}

// Tool names the program and the rules it used.
type Tool struct {
	Name, Version string
	Schemas       string // "embedded" or the folder's base name
	Jobs          int
}

// A ReferenceFile is a national list that the user gave and that rules looked
// codes up in.
type ReferenceFile struct {
	Register dictionary.Register
	Name     string // without its folder
	Rows     int64  // codes taken in

	// Newest is the latest opening or introduction of a code, CCYY-MM-DD: the
	// list is no older. "" if it has no date.
	Newest string

	LeftOut     int64 // rows without a code or with a date that cannot be read
	LeftOutLine int64 // the first of them
	Undated     int64 // codes said to be closed, without a date of closing: taken as open
}

// A QualitySummary says how good the values of the rows are that would be
// carried forward.
type QualitySummary struct {
	Measures []QualityCount // in the dictionary's order

	// Score is the mean score of the Scored items, 0 to 100. Estimate says
	// that nobody has named the items and the defaults that they accept: then
	// every item that can be computed counts, and every default is accepted.
	Score    float64
	Scored   int
	Estimate bool

	// Form counts values by what is wrong with how they are written, by rules
	// of ours in the dictionary's order; those without any are left out.
	Form []FormCount
}

// A FormCount counts the values that a rule on how values are written is about,
// and the columns that have some.
type FormCount struct {
	Rule    *dictionary.Rule
	Columns int
	Values  int64
}

// A QualityCount counts rows by the quality of an item. The categories of a
// measure of validity need not add up to the denominator; of others Valid is
// the numerator.
type QualityCount struct {
	Measure *dictionary.QualityMeasure
	Why     string // it is not scored; "" if it is computed

	Denominator, Valid, Other, Default, Invalid, Missing int64

	// Score is the item's, 0 to 100, if it is Scored.
	Score  float64
	Scored bool
}

// Validity reports whether rows are sorted into all the categories.
func (q *QualityCount) Validity() bool { return q.Measure.Kind == dictionary.Validity }

// A MeasureCount is a published monthly count as this submission gives it.
type MeasureCount struct {
	Measure *dictionary.Measure
	Why     string // it cannot be computed; "" if it is

	Carried   int64 // over the rows that would be carried forward
	Submitted int64 // what it would be if no row were rejected

	Movements []Movement // in the order of what it was compared with
}

// A Movement sets a count against an earlier one.
type Movement struct {
	Source  string // "result.jsonl, 2026-08"
	Before  int64
	Rounded bool // Before was published, to the nearest 5
	Few     bool // Before was published as fewer than 5; it is then 0
	Out     bool // it moved further than the limit
}

// A TableMovement sets the rows of a table against an earlier count.
type TableMovement struct {
	Table *dictionary.Table
	Now   int64
	Movement
}
