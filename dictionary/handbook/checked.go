package handbook

import (
	"fmt"
	"strconv"
	"strings"

	"mhsds/dictionary"
)

// checked states the condition exactly, point by point, with what passes
// unseen.
func (w *writer) checked() []string {
	r := w.r
	f := w.field(r.Field)
	blank := "A blank passes."
	if w.mandatory() {
		blank = "A blank passes here; another rule asks for a value."
	}
	switch r.Kind {
	case dictionary.NotBlank:
		return []string{f + " has a value once spaces at both ends are dropped."}
	case dictionary.Alphanumeric:
		return []string{
			f + " has " + span(r.Min, r.Max, "character") + ". Any character counts as one, an accented letter too; the case does not matter here.",
			"No line break, anywhere in the value. Despite the rule's label any other character is allowed.", blank,
		}
	case dictionary.Numeric:
		return []string{f + " consists of " + span(r.Min, r.Max, "digit") + " from 0 to 9 and nothing else: no sign, point, comma or space. Zeros in front are kept and count.", blank}
	case dictionary.Decimal:
		return []string{f + " matches " + r.Pattern + ": digits, a point and decimals, without sign, comma or currency.", "A blank fails too."}
	case dictionary.Format:
		return []string{f + " matches " + showPattern(r.Pattern) + ".", blank}
	case dictionary.InSet:
		return w.checkedSet(f, blank)
	case dictionary.ValidDate:
		return []string{f + " is a day that exists in the calendar, " + r.Earliest + " or later, with no time of day but midnight. There is no latest date.", blank}
	case dictionary.ValidTime:
		return []string{f + " is a time of day. The national rules cannot fail: a database holds nothing else in such a column. In files of text a time that cannot be read is a finding of ours."}
	case dictionary.ValidDatetime:
		if r.TextOnly {
			return []string{
				f + " is written CCYY-MM-DDThh:mm:ss, with the offset Z, +00:00, -00:00 or +01:00 behind it; no fraction of a second.",
				"The day as written exists and is " + r.Earliest + " or later. 29 February exists in years divisible by 4 that do not end in 00, and in 2000.", blank,
			}
		}
		return []string{f + " is a date, with or without a time, and not before " + r.Earliest + ".", blank}
	case dictionary.DateOnOrAfter, dictionary.DateOnOrBefore:
		return w.checkedOrder(f)
	case dictionary.DatetimeOnOrBefore:
		return []string{f + " is not later than " + w.other() + "; date and time count, to the second.", "If either is blank, or is no date and time, the row passes."}
	case dictionary.AgeRange:
		return []string{
			fmt.Sprintf("The age in whole years at %s lies between %d and %d, both included.", w.other(), r.MinYears, r.MaxYears),
			"A birth after the first and up to the last day of the period counts as age 0; a later one is refused.", blank,
		}
	case dictionary.ValuesEqual:
		return []string{f + " is exactly what the portal holds as " + w.other() + ", in capitals and small letters too. A blank against a value fails."}
	case dictionary.Comparison:
		return w.checkedCondition()
	case dictionary.Unique:
		return []string{
			"No two rows of " + w.d.TableName(r.Table) + " have the same " + w.keys() + ". Values are compared exactly, capitals and all, within this one submission.",
			"Every row of a group of equals fails; none is kept as the right one.", w.nulls(),
		}
	case dictionary.UniqueWhen:
		c, err := dictionary.ParseCondition(r.Condition)
		if err != nil {
			return nil
		}
		return []string{
			"Among the rows in which " + w.d.ConditionText(r.Table, c, true) + ", no two have the same " + w.keys() + ".",
			"Every row of a group of equals fails.", w.nulls(),
		}
	case dictionary.Singleton:
		return []string{w.d.TableName(r.Table) + " has one row. If there are more, all of them fail."}
	case dictionary.NHSNumber:
		return []string{
			f + " has ten digits.",
			"The last is the check digit: 11 less the remainder by 11 of the first nine digits times 10, 9, … 2; 11 is written 0, and numbers for which it would be 10 are not issued.",
			"It does not read the same backwards.", "A blank passes.",
		}
	case dictionary.OrgValid, dictionary.OrgValidOrDefault, dictionary.SiteValid, dictionary.SchoolValid, dictionary.PostcodeInReference:
		return w.checkedReference(f, blank)
	case dictionary.SnomedCT:
		return []string{
			f + " is the identifier of a SNOMED CT concept: 6 to 18 digits, the last of them a right Verhoeff check digit, the two before it 00 or 10 (which says that it is a concept and not a description or a relationship);",
			fmt.Sprintf("or concept:attribute=concept with the attribute %s or %s, %d to %d characters, no terms and no spaces.",
				dictionary.ExpressionAttributes()[0], dictionary.ExpressionAttributes()[1], r.Min, r.Max),
			"Whether the concept is in a release is not looked up.", blank,
		}
	case dictionary.DiagCode, dictionary.FindCode:
		var s []string
		for _, x := range r.Schemes {
			s = append(s, "With "+x.Code+" in "+w.other()+" the value is "+dictionary.SchemeTestText(x.Test)+".")
		}
		return append(s, "ICD-10 codes are not looked up, so any characters of that length pass.", "With any other scheme, or none, everything passes. "+blank)
	case dictionary.AssessmentCode:
		return []string{
			f + " is one of the " + strconv.Itoa(len(w.d.Scales)) + " assessment concepts of the national list of scales, as the list stands in the month of the submission: the first release up to March 2026, revision " + w.d.ScalesRevision + " from April 2026.",
			"The scale's collection had begun by the first day of the reporting period.", blank,
		}
	case dictionary.AssessmentScore:
		return []string{
			"For a scale of separate values " + f + " is exactly one of them.",
			"For a scale of numbers it lies between the lowest and the highest, both included, without a leading zero, with a minus only where the lowest is negative. One decimal place is allowed up to March 2026; from April 2026 as many as the scale's entry says, often none.",
			"If " + w.other() + " is blank or not in the list, the row passes: another rule says so. " + blank,
		}
	case dictionary.GPSuccessor:
		if len(r.Fields) != 4 {
			return nil
		}
		patient, start, end, practice := w.d.Label(r.Fields[0]), w.d.Label(r.Fields[1]), w.d.Label(r.Fields[2]), w.d.Label(r.Fields[3])
		return []string{
			"Where " + end + " is filled, some row of the same " + patient + " that is not rejected has " + start + " on that day or the day after,",
			"and none of the rows that begin then has the same " + practice + ".",
			"A registration that begins and ends on one day follows itself, and fails. A registration without an end passes.",
		}
	case dictionary.ParentExists:
		return []string{
			"Some row of " + w.d.TableName(r.Other.Table) + " that is itself not rejected has this row's " + f + " in " + w.d.Label(r.Other) + ". Capitals count.",
			"So the row fails when the other is missing and also when it was sent but rejected; then repair that one.", blank,
		}
	case dictionary.ChildExists:
		return []string{
			"Some row of " + w.d.TableName(r.Other.Table) + " that is itself not rejected has this row's " + f + " in " + w.d.Label(r.Other) + ". Capitals count.", blank,
		}
	case dictionary.RejectAll:
		return []string{"Nothing: every row fails."}
	case dictionary.FileCheck:
		return w.checkedFile()
	case dictionary.Container:
		return w.checkedForm()
	case dictionary.Movement:
		return w.checkedMovement()
	case dictionary.Scope:
		return w.checkedScope(f)
	case dictionary.MessageOnly:
		return []string{"Nothing: only a text is left of this rule."}
	}
	return nil
}

// mandatory reports whether another rule refuses a blank in the same field.
func (w *writer) mandatory() bool {
	for i := range w.d.Rules {
		r := &w.d.Rules[i]
		if r.Kind == dictionary.NotBlank && r.Table == w.r.Table && r.Field == w.r.Field && active(r) {
			return true
		}
	}
	return false
}

// other labels the field that is compared with and says where it stands.
func (w *writer) other() string {
	o := w.r.Other
	switch {
	case o.Table == w.d.Context.ID:
		return o.Field
	case o.Table == w.r.Table || o.Table == "":
		return w.d.Label(o)
	case w.r.Join != (dictionary.Join{}):
		return w.d.Label(o) + " of the row of " + w.d.TableName(o.Table) + " with the same " + w.field(w.r.Join.Own)
	}
	return w.d.Label(o) + " of " + w.d.TableName(o.Table)
}

func (w *writer) keys() string {
	var labels []string
	for _, f := range w.r.Fields {
		labels = append(labels, w.d.Label(f))
	}
	return list(labels, "and")
}

func (w *writer) nulls() string {
	if w.r.NullsEqual {
		return "Blanks count as equal to each other."
	}
	if len(w.r.Fields) == 1 {
		return "A row in which it is blank is not compared, and passes."
	}
	return "A row in which one of these is blank is not compared, and passes."
}

func (w *writer) checkedSet(f, blank string) []string {
	l := w.d.List(w.r.List)
	if l == nil || len(l.Codes) == 0 {
		return []string{"No public source gives the values, so nothing can be compared."}
	}
	s := []string{f + " is one of the " + strconv.Itoa(len(l.Codes)) + " codes of list " + l.Name + ", written exactly so: capitals and leading zeros count."}
	if len(l.Codes) == 1 {
		s[0] = f + " is " + l.Codes[0].Code + ", written exactly so."
	}
	for _, c := range l.Codes {
		if c.ValidFrom != "" {
			s = append(s, "Code "+c.Code+" counts for periods that begin on "+c.ValidFrom+" or later.")
		}
	}
	return append(s, blank)
}

func (w *writer) checkedOrder(f string) []string {
	word, limit := "not before ", w.other()
	if w.r.Kind == dictionary.DateOnOrBefore {
		word = "not after "
	}
	switch n := w.r.OffsetDays; {
	case n == 1:
		limit = "the day after " + limit
	case n > 1:
		limit = fmt.Sprintf("%d days after %s", n, limit)
	case n < 0:
		limit = fmt.Sprintf("%d days before %s", -n, limit)
	}
	s := []string{f + " is " + word + limit + ". The day itself passes. Only calendar days count: a time of day, or the offset of a timestamp, plays no part."}
	if w.r.Join != (dictionary.Join{}) {
		s = append(s, "If several rows of "+w.d.TableName(w.r.Other.Table)+" have that key, all must be respected, rejected ones too. If there is none, the row passes here.")
	}
	return append(s, "If either side is blank or is no date, the row passes.")
}

func (w *writer) checkedCondition() []string {
	c, err := dictionary.ParseCondition(w.r.Condition)
	if err != nil {
		return []string{w.r.Condition}
	}
	return []string{
		"The row passes when " + w.d.ConditionText(w.r.Table, c, true) + ".",
		"It fails when " + w.d.ConditionText(w.r.Table, c, false) + ".",
		"In the notation of the rules sheet: " + w.r.Condition,
	}
}

func (w *writer) checkedReference(f, blank string) []string {
	r := w.r
	var at []string
	for _, ref := range r.AsAt {
		at = append(at, w.d.Label(ref))
	}
	when := ""
	if len(at) > 0 {
		when = " on " + list(at, "or on")
	}
	var s []string
	switch r.Kind {
	case dictionary.OrgValid, dictionary.OrgValidOrDefault:
		s = append(s, f+" is the code of an organisation that is open"+when+": opened by then and not closed before. Any sort of organisation will do, and no successor is followed.")
	case dictionary.SiteValid:
		s = append(s, f+" is the code of an organisation site that is open"+when+".")
	case dictionary.SchoolValid:
		s = append(s, f+" is the code of a school that is open"+when+".")
	case dictionary.PostcodeInReference:
		s = append(s, f+" is a postcode in use"+when+", in capitals; the space inside may be missing.")
	}
	if len(r.Defaults) > 0 {
		s = append(s, list(r.Defaults, "and")+" pass without a look-up.")
	}
	if r.Prefix != "" {
		s = append(s, "Codes that begin with "+r.Prefix+" pass without a look-up.")
	}
	return append(s, blank)
}

func (w *writer) checkedFile() []string {
	r := w.r
	switch r.Check {
	case checkStructure:
		return []string{"Every table and column of the national template is there, none is added, and each has its type."}
	case checkEmpty:
		return []string{w.d.TableName(r.Table) + " has a row. Rows of nothing but blanks do not count."}
	case checkHeader:
		return []string{w.d.TableName(r.Table) + " has one row, and no rule rejects it."}
	case checkSurvivors:
		var s []string
		for _, f := range r.Fields {
			s = append(s, "Some row of "+w.d.TableName(f.Table)+" survives all rules and references.")
		}
		return s
	case checkPeriod:
		var dates, spans []string
		for _, f := range r.Fields {
			dates = append(dates, w.d.Label(f))
		}
		for _, x := range r.Spans {
			spans = append(spans, w.d.Label(x[0])+" to "+w.d.Label(x[1]))
		}
		return []string{
			"Some row has one of these dates in the reporting period: " + list(dates, "or") + ";",
			"or one of these spans reaches into it, an open one included: " + list(spans, "or") + ".",
		}
	}
	return nil
}

// showPattern writes a regular expression with its control characters visible,
// and says so in words where a class is that of blanks.
func showPattern(pattern string) string {
	return strings.ReplaceAll(pattern, `[ \t\n\v\f\r]`, "[blank]")
}

// span words the lengths from min to max: "3 to 6 characters".
func span(min, max int, unit string) string {
	many := strconv.Itoa(max) + " " + unit
	if max != 1 {
		many += "s"
	}
	switch {
	case min == max:
		return "exactly " + many
	case min <= 1:
		return "at most " + many
	}
	return strconv.Itoa(min) + " to " + many
}
