package dictionary

// A QualityMeasure says how good the values of one item are. Each row of its
// table that meets Denominator may be valid, other, default, invalid and
// missing; the published sums are over the rows that survive. Measures of the
// same ID add up, so that one measure can be of two tables.
//
// The conditions are written in the notation of package validate/quality. In
// an integrity or a coverage measure Valid is the numerator.
type QualityMeasure struct {
	ID    string // "DQM05"
	Kind  QualityKind
	Name  string
	Table string // ID of the table whose rows are counted
	Field Ref    // the item; of Table, or of a table that Join reaches
	Join  []Way

	Denominator, Valid, Other, Default, Invalid, Missing string

	Needs     []Register // without which it cannot be computed
	Unchecked string     // why it cannot be computed at all
	Target    int        // percent, of the national dashboard; 0 is none
	Note      string
}

// A QualityKind is a sort of quality measure.
type QualityKind uint8

const (
	Validity  QualityKind = iota + 1 // the quality of an item's values
	Integrity                        // how often something suspicious occurs
	Coverage                         // how much is described at all
)

// String returns the kind's name as the sheet writes it.
func (k QualityKind) String() string { return name(qualityKindNames[:], int(k)) }

// ParseQualityKind is the inverse of String.
func ParseQualityKind(s string) (QualityKind, bool) {
	return parse[QualityKind](qualityKindNames[:], s)
}

var qualityKindNames = [...]string{"", "validity", "integrity", "coverage"}

// A Way leads from a field to the row of another table that has the same value
// in another field.
type Way struct{ From, To Ref }

// A Measure is one of the published monthly counts, or a term that other
// conditions use by its ID.
type Measure struct {
	ID        string // "MHS29"; of a term a word, "ld_ward"
	Kind      MeasureKind
	Name      string
	Table     string
	Join      []Way
	Condition string // in the notation of package validate/quality
	Count     string // what of the rows is counted: "rows", "distinct FIELD", "days …"; "" for a term
	Unchecked string
	Note      string
}

// A MeasureKind says what a row of the measures sheet is.
type MeasureKind uint8

const (
	Count MeasureKind = iota + 1
	Term
)

// String returns the kind's name as the sheet writes it.
func (k MeasureKind) String() string { return name(measureKindNames[:], int(k)) }

// ParseMeasureKind is the inverse of String.
func ParseMeasureKind(s string) (MeasureKind, bool) {
	return parse[MeasureKind](measureKindNames[:], s)
}

var measureKindNames = [...]string{"", "count", "term"}
