package dictionary

// A Rule is one check of the data set, an instance of its Kind. A parameter
// that the kind does not take is the zero value (Check refuses any other).
type Rule struct {
	Code     string // "MHS10150"; ours begin with PRE
	Status   Status
	Source   string // the publication that states the rule
	Group    string // its label in the national list: "Format", "AV_1", "2"
	Table    string // ID of the table whose rows fail
	Severity Severity
	Kind     Kind

	// SeverityOne marks the warnings that the national list calls severity 1.
	SeverityOne bool

	// PipelineSeverity is the severity in the national pipeline's own code
	// where it differs; 0 where it does not.
	PipelineSeverity Severity

	Field string // the tested field; "" for rules on whole rows
	Other Ref    // what it is compared with
	Join  Join   // how the row finds Other's row; zero when no join is needed

	// Min and Max bound the length in characters, both inclusive.
	Min, Max int

	Pattern    string   // anchored regular expression, classes spelt out
	List       string   // name of the code list
	OffsetDays int      // added to Other
	Condition  string   // when the row passes, or when the rule applies; see package condition's notation
	Fields     []Ref    // key fields, or the fields that a file check reads
	NullsEqual bool     // null keys are equal to each other
	Defaults   []string // codes accepted without a look-up
	Schemes    []Scheme
	MinYears   int
	MaxYears   int
	Earliest   string // first date allowed, CCYY-MM-DD
	TextOnly   bool   // valid_datetime: the value is text with an offset
	Prefix     string // values with this beginning are accepted without a look-up
	AsAt       []Ref  // the dates at which reference data must hold the value
	Check      string // which check, for the kinds that have several: file, container
	Spans      [][2]Ref
	Grade      string // of our own rules: how sure, or of what sort

	Items []Item // what a report prints for a finding, in order

	// Note is what is doubtful or surprising about the rule, for its page and
	// for the summary; Unchecked is why the rule cannot be judged at all.
	Note      string
	Unchecked string

	// NoCase says why the rule has no passing or no failing example.
	NoCase string
}

// A Ref names a field of a table.
type Ref struct{ Table, Field string }

// A Join says that Own, a field of the rule's table, must equal Theirs, a field
// of the other table.
type Join struct{ Own, Theirs string }

// A Scheme pairs the code of a coding scheme with the test of its codes.
type Scheme struct{ Code, Test string }

// An Item is a field as reports print it, "[M101150]DecisionToTreatDate". Its
// name is the national list's, which now and then is not the column's.
type Item struct{ UID, Name string }

func (i Item) String() string { return "[" + i.UID + "]" + i.Name }

// Own reports whether r is one of ours rather than a national rule.
func (r *Rule) Own() bool { return r.Status == PreSubmission }

// A Severity is what a finding does to the submission. Greater is worse.
type Severity uint8

const (
	Warning      Severity = iota + 1 // reported; the record is kept
	RejectRecord                     // the record is dropped
	RejectGroup                      // the record and all that depend on it are dropped
	RejectFile                       // nothing in the submission is kept
)

// String returns the words that reports use: "record rejected".
func (s Severity) String() string { return name(severityNames[:], int(s)) }

var severityNames = [...]string{"", "warning", "record rejected", "group rejected", "file rejected"}

// A Status says where a rule stands in the national sources.
type Status uint8

const (
	Both              Status = iota + 1 // in the rule list and in the pipeline
	SpecificationOnly                   // in the rule list only
	PortalCheck                         // made by the portal on the file
	PipelineOnly                        // no longer in the rule list: off
	SeenInReports                       // printed by the portal, in neither list
	PreSubmission                       // ours
)

func (s Status) String() string { return name(statusNames[:], int(s)) }

var statusNames = [...]string{"", "both", "specification_only", "portal_check", "pipeline_only", "seen_in_reports", "pre_submission"}

// name returns the name of an enumerated value, "" for one out of range.
func name(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return ""
}
