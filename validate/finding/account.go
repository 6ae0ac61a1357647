package finding

import "mhsds/dictionary"

// An Account says how a row was judged by a rule that weighs many rows
// together, for whoever asks why. It holds no value and no identifier.
type Account struct {
	// NotJudged says why the rule says nothing of single rows, or could say
	// nothing in this run, in a sentence; "" if it judged the row.
	NotJudged string

	// Spared says why the rule asks nothing of the row, a clause without a full
	// stop; "" if it asks. A row that is not spared passes if all statements
	// are true.
	Spared     string
	Statements []Statement
}

// A Statement is something the rule asks of a row, and whether it is so.
type Statement struct {
	Text  string
	Truth dictionary.Truth
}

// Ask adds a statement.
func (a *Account) Ask(ok bool, text string) {
	truth := dictionary.False
	if ok {
		truth = dictionary.True
	}
	a.Statements = append(a.Statements, Statement{text, truth})
}
