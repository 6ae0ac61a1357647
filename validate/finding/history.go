package finding

import "mhsds/dictionary"

// A State says how a finding stands against an earlier result.
type State uint8

const (
	New      State = iota + 1 // in no earlier result that is known
	Still                     // in the earlier result too
	Returned                  // not in the earlier result, but in one before it
	Fixed                     // in the earlier result alone
)

// String returns the word that reports use; "" for the zero value, which is
// "not compared".
func (s State) String() string {
	return [...]string{"", "new", "still there", "returned", "fixed"}[s]
}

// A History says what earlier results know of a finding. Its zero value is
// "not compared".
type History struct {
	State State

	// Months is how many reporting periods running have the finding, this one
	// included, as far as results were compared: 1 of a new one.
	Months int
}

// A Comparison is how a result stands against an earlier one. Counts are of
// findings, and exact.
type Comparison struct {
	Previous string // base name of the earlier result's file
	Period   string // of the earlier result, CCYY-MM; "" if its header gave none

	// Summary is the SHA-256, in hexadecimal, of the earlier result's summary,
	// by which reports name that run.
	Summary string

	// ByFingerprint says that findings were compared one by one. Otherwise
	// counts alone were, and Why says why: of each rule, the findings beyond
	// the earlier number are New, those short of it Fixed and the rest Still.
	ByFingerprint bool
	Why           string

	// Notes are what makes the two results hard to compare, a sentence each.
	Notes []string

	Rules []RuleTrend // in the dictionary's order, rules with findings in either
	Roots []RootTrend // by code and table, most rows freed first

	// Gone is what the next comparison needs in order to tell a finding that
	// returned from a new one, as package compare packs it.
	Gone []byte
}

// A RuleTrend compares the findings of one rule. Before = Still + Fixed, Now =
// Still + New + Returned.
type RuleTrend struct {
	Code string
	Rule *dictionary.Rule // nil if the dictionary does not have it

	Before, Now                 int64
	New, Still, Returned, Fixed int64

	// Months is the greatest number of reporting periods running of a finding
	// that is still there; 0 if there is none, or counts alone were compared.
	Months int
}

// A RootTrend compares the root causes of one rule in one table, or the absent
// records of one table, as far as both results list them: at most MaxRoots.
type RootTrend struct {
	Code  string // "" of absent records
	Table string // name of the table

	Before, Now                 int64
	New, Still, Returned, Fixed int64

	RowsFreed int64 // if those of now are repaired, one by one
	Months    int   // as in RuleTrend
}

// Trend returns the trend of the rule, or nil. Rules are told by their codes: a
// setting may have given one another grade.
func (c *Comparison) Trend(r *dictionary.Rule) *RuleTrend {
	if c == nil {
		return nil
	}
	for i := range c.Rules {
		if c.Rules[i].Code == r.Code {
			return &c.Rules[i]
		}
	}
	return nil
}

// Total adds up the trends of all rules.
func (c *Comparison) Total() RuleTrend {
	var t RuleTrend
	for i := range c.Rules {
		r := &c.Rules[i]
		t.Before += r.Before
		t.Now += r.Now
		t.New += r.New
		t.Still += r.Still
		t.Returned += r.Returned
		t.Fixed += r.Fixed
		t.Months = max(t.Months, r.Months)
	}
	return t
}
