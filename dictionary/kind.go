package dictionary

// A Kind is a sort of rule. The kinds are the only part of the rule list that
// is Go; SEMANTICS.md, section 4, gives each its exact condition.
type Kind uint8

const (
	NotBlank Kind = iota + 1
	Alphanumeric
	Numeric
	Decimal
	Format
	InSet
	ValidDate
	ValidTime
	ValidDatetime
	DateOnOrAfter
	DateOnOrBefore
	DatetimeOnOrBefore
	AgeRange
	ValuesEqual
	Comparison
	Unique
	UniqueWhen
	Singleton
	NHSNumber
	OrgValid
	OrgValidOrDefault
	SiteValid
	SchoolValid
	PostcodeInReference
	SnomedCT
	DiagCode
	FindCode
	AssessmentCode
	AssessmentScore
	GPSuccessor
	ParentExists
	ChildExists
	RejectAll
	FileCheck   // a check of the submission as a whole; Rule.Check says which
	MessageOnly // a text without logic; always off
	Container   // a fault of the file rather than of a value; Rule.Check says which
	Movement    // a count that moved far from an earlier one; Rule.Check says which
	Scope       // activity that does not belong in the data set; Rule.Check says how it is told
	lastKind
)

var kindNames = [...]string{
	NotBlank:            "not_blank",
	Alphanumeric:        "alphanumeric",
	Numeric:             "numeric",
	Decimal:             "decimal",
	Format:              "format",
	InSet:               "in_set",
	ValidDate:           "valid_date",
	ValidTime:           "valid_time",
	ValidDatetime:       "valid_datetime",
	DateOnOrAfter:       "date_on_or_after",
	DateOnOrBefore:      "date_on_or_before",
	DatetimeOnOrBefore:  "datetime_on_or_before",
	AgeRange:            "age_range",
	ValuesEqual:         "values_equal",
	Comparison:          "comparison",
	Unique:              "unique",
	UniqueWhen:          "unique_when",
	Singleton:           "singleton",
	NHSNumber:           "nhs_number",
	OrgValid:            "org_valid",
	OrgValidOrDefault:   "org_valid_or_default",
	SiteValid:           "site_valid",
	SchoolValid:         "school_valid",
	PostcodeInReference: "postcode_in_reference",
	SnomedCT:            "snomed_ct",
	DiagCode:            "diag_code",
	FindCode:            "find_code",
	AssessmentCode:      "assessment_code",
	AssessmentScore:     "assessment_score",
	GPSuccessor:         "gp_successor",
	ParentExists:        "parent_exists",
	ChildExists:         "child_exists",
	RejectAll:           "reject_all",
	FileCheck:           "file_check",
	MessageOnly:         "message_only",
	Container:           "container",
	Movement:            "movement",
	Scope:               "scope",
}

// String returns the kind's name as the rules sheet writes it.
func (k Kind) String() string { return name(kindNames[:], int(k)) }

// ParseKind is the inverse of String; ok is false for an unknown name.
func ParseKind(s string) (k Kind, ok bool) { return parse[Kind](kindNames[:], s) }

// ParseSeverity reads a severity as String writes it.
func ParseSeverity(s string) (Severity, bool) { return parse[Severity](severityNames[:], s) }

// ParseStatus reads a status as String writes it.
func ParseStatus(s string) (Status, bool) { return parse[Status](statusNames[:], s) }

// ParseType reads a type as String writes it.
func ParseType(s string) (Type, bool) { return parse[Type](typeNames[:], s) }

func (t Type) String() string { return name(typeNames[:], int(t)) }

var typeNames = [...]string{"", "text", "date", "time", "datetime", "number"}

func parse[T ~uint8](names []string, s string) (T, bool) {
	for i, n := range names {
		if n == s && s != "" {
			return T(i), true
		}
	}
	return 0, false
}

// ExpressionAttributes are the two attributes that an expression of kind
// snomed_ct may have: procedure context, and associated procedure.
func ExpressionAttributes() [2]string { return [2]string{"408730004", "363589002"} }

// KindNames lists the names of all kinds, for messages that offer the nearest.
func KindNames() []string { return kindNames[1:lastKind] }
