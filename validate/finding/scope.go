package finding

// A ScopeSummary counts what does not belong in the submission, or seems not
// to. A referral, a contact or a patient counts once, under the strongest
// grade of what was found of it; a referral takes its contacts and its patient
// with it. Rows count whether they would be carried forward or not.
type ScopeSummary struct {
	// Grades are those with something affected, the strongest first.
	Grades []ScopeGrade

	// In all; a patient with findings of two grades is one patient.
	Referrals, Contacts, Patients int64

	// Declared says of each entry of the configuration how much of the
	// submission it names, in the configuration's order.
	Declared []ScopeDeclared
}

// A ScopeGrade counts what is affected by findings of one grade.
type ScopeGrade struct {
	Grade                         string
	Referrals, Contacts, Patients int64
}

// A ScopeDeclared is one entry of a list in the configuration. It is named by
// its place, since the entry itself may be an identifier.
type ScopeDeclared struct {
	List  string // as dictionary.DeclaredParts names it
	Entry int    // from 1
	Hits  int64  // rows that it names
}
