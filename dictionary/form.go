package dictionary

import "slices"

// Checks of how values are written, by Rule.Check of rules of kind container.
// FormPadding is seen wherever a submission is read; the others are of the
// count of quality, which tells them by what a value would be otherwise.
const (
	FormPadding    = "padding"
	FormLostZeros  = "lost_zeros"
	FormExponent   = "exponent"
	FormSerialDate = "serial_date"
	FormLetterCase = "letter_case"
)

// FormChecks lists the checks of the count of quality.
func FormChecks() []string {
	return []string{FormLostZeros, FormExponent, FormSerialDate, FormLetterCase}
}

// OfForm reports whether r says how values are written, as the count of
// quality finds it.
func (r *Rule) OfForm() bool { return r.Kind == Container && slices.Contains(FormChecks(), r.Check) }
