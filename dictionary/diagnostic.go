package dictionary

// A Diagnostic is a count of surviving rows that the portal prints beside its
// findings. A row counts when it meets all that is set:
//
//	Field, List          the field has a value, of the list if one is named
//	Condition            the condition is true
//	Within               the field's date lies in the reporting period
//	Open                 the field's date is blank or after the period's end
//	Children, AtLeast    so many surviving rows hang on it, by one or more
//	                     references upwards; 0 is "none does"
//	ChildOpen            of which only those count that are open, as in Open
type Diagnostic struct {
	Code  string // "MHSDAG001"
	What  string // what is counted, in our words
	Table string // whose rows are counted

	Field     string
	List      string
	Condition string
	Within    string
	Open      string

	// Children is the way from the rows that hang on the table to it: the
	// first is their reference, each further one that of the row so reached.
	Children  []Ref
	ChildOpen string
	AtLeast   int

	Over string // the table whose surviving rows are the denominator; "" for none

	// Unchecked is why the count cannot be made, "" if it can. What is set
	// besides is then for the reader alone.
	Unchecked string
}
