package dictionary

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

// Message returns one sentence that says what is wrong with a row, or with the
// submission, when rule r fails. It is made of the rule's kind and parameters
// alone, so a changed sheet changes the sentence. It holds no value of a
// record, and it leaves the severity to the report.
//
// Fields are written as reports write them: "[M201010]CareContDate".
func (d *Dictionary) Message(r *Rule) string {
	m := messenger{d: d, r: r}
	return m.sentence()
}

// Label returns the field as reports print it, "[M101150]DecisionToTreatDate";
// a field without UID, such as one of the context, is its name alone.
func (d *Dictionary) Label(ref Ref) string {
	if t := d.Table(ref.Table); t != nil {
		if f := t.Field(ref.Field); f != nil && f.UID != "" {
			return Item{f.UID, f.Name}.String()
		}
	}
	return ref.Field
}

// TableName returns the name of the table in the Intermediate Database, or the
// ID itself when the dictionary has no such table.
func (d *Dictionary) TableName(id string) string {
	if t := d.Table(id); t != nil && t.Name != "" {
		return t.Name
	}
	return id
}

// A messenger words one rule.
type messenger struct {
	d *Dictionary
	r *Rule
}

func (m *messenger) sentence() string {
	r := m.r
	f := m.own(r.Field)
	switch r.Kind {
	case NotBlank:
		return f + " is blank; every row of " + m.d.TableName(r.Table) + " must have it."
	case Alphanumeric:
		return f + " " + tooLong(r.Min, r.Max, "character") + ", or contains a line break."
	case Numeric:
		return f + " is not a whole number of " + span(r.Min, r.Max, "digit") + " (digits only: no sign, point or space)."
	case Decimal:
		return f + " is blank or is not written as " + patternText(r.Pattern, "a number with decimals") + "."
	case Format:
		return f + " is not written as " + patternText(r.Pattern, "the rule's format") + "."
	case InSet:
		return m.inSet(f)
	case ValidDate:
		return f + " is not a readable date" + m.since(", is before %s,") + " or carries a time of day."
	case ValidTime:
		return f + " is not a time of day."
	case ValidDatetime:
		if r.TextOnly {
			return f + " is not a timestamp of the form CCYY-MM-DDThh:mm:ss followed by Z, +00:00, -00:00 or +01:00, with a real date" + m.since(" on or after %s") + "."
		}
		return f + " is not a readable date and time" + m.since(", or is before %s") + "."
	case DateOnOrAfter:
		return f + " is " + daysBeyond(-r.OffsetDays, "before") + " " + m.other() + "."
	case DateOnOrBefore:
		return f + " is " + daysBeyond(r.OffsetDays, "after") + " " + m.other() + "."
	case DatetimeOnOrBefore:
		return f + " is later than " + m.other() + ", date and time taken together."
	case AgeRange:
		return fmt.Sprintf("%s gives an age below %d or above %d years at %s.", f, r.MinYears, r.MaxYears, m.other())
	case ValuesEqual:
		return f + " differs from " + m.other() + "."
	case Comparison:
		return m.comparison()
	case Unique:
		if len(r.Fields) == 1 {
			return m.ref(r.Fields[0]) + " occurs in more than one row of " + m.d.TableName(r.Table) + "."
		}
		return "More than one row of " + m.d.TableName(r.Table) + " has the same combination of " + list(m.refs(r.Fields), "and") + "."
	case UniqueWhen:
		return m.uniqueWhen()
	case Singleton:
		return m.d.TableName(r.Table) + " has more than one row; it must have exactly one."
	case NHSNumber:
		return f + " is not a valid NHS number: it does not have ten digits, its check digit is wrong, or it reads the same backwards (refused even when the check digit is right)."
	case OrgValid, OrgValidOrDefault:
		return f + " is not " + m.known("an organisation")
	case SiteValid:
		return f + " is not " + m.known("an organisation site")
	case SchoolValid:
		return f + " is not " + m.known("a school")
	case PostcodeInReference:
		return f + " is not " + m.known("a postcode")
	case SnomedCT:
		return f + " is neither a SNOMED CT concept identifier (6 to 18 digits, right check digit, partition 00 or 10) nor two of them joined by a permitted attribute" + m.length() + "."
	case DiagCode, FindCode:
		return f + " does not fit the coding scheme in " + m.other() + ": " + m.schemes() + "."
	case AssessmentCode:
		return f + " is not an assessment scale that is collected in this reporting period (list of scales " + m.d.ScalesRevision + ")."
	case AssessmentScore:
		return f + " is not a score that the assessment scale in " + m.other() + " can take (list of scales " + m.d.ScalesRevision + ")."
	case GPSuccessor:
		return m.gpSuccessor(f)
	case ParentExists:
		return "No valid row of " + m.d.TableName(r.Other.Table) + " has this row's " + f + "."
	case ChildExists:
		return "No valid row of " + m.d.TableName(r.Other.Table) + " refers to this row's " + f + "."
	case RejectAll:
		return "Every row of " + m.d.TableName(r.Table) + " is rejected, whatever it holds: nothing is in scope for this table."
	case FileCheck:
		return m.fileCheck()
	case Container:
		return m.container()
	case Movement:
		return m.movement()
	case Scope:
		return m.scope()
	case MessageOnly:
		return "A text of the national list without a test" + about(f) + "; it is never raised."
	}
	return "Rule " + r.Code + " failed."
}

// own labels a field of the rule's own table.
func (m *messenger) own(field string) string {
	if field == "" {
		return ""
	}
	return m.ref(Ref{m.r.Table, field})
}

// ref labels a field, and says of one in another table where it stands.
func (m *messenger) ref(ref Ref) string {
	if ref.Table == "" {
		ref.Table = m.r.Table
	}
	label := m.d.Label(ref)
	switch {
	case ref.Table == m.r.Table:
		return label
	case ref.Table == m.d.Context.ID:
		return "the portal's own " + label
	}
	return label + " of " + m.d.TableName(ref.Table)
}

func (m *messenger) refs(refs []Ref) []string {
	var labels []string
	for _, ref := range refs {
		labels = append(labels, m.ref(ref))
	}
	return labels
}

// other labels the field that the tested one is compared with and says which
// row of its table is meant.
func (m *messenger) other() string {
	s := m.ref(m.r.Other)
	if m.r.Join != (Join{}) {
		s += " (the row with the same " + m.own(m.r.Join.Own) + ")"
	}
	return s
}

// since words the earliest date, or returns "" when there is none.
func (m *messenger) since(format string) string {
	if m.r.Earliest == "" {
		return ""
	}
	return fmt.Sprintf(format, m.r.Earliest)
}

// fewCodes is the longest code list that a message spells out.
const fewCodes = 8

func (m *messenger) inSet(f string) string {
	l := m.d.List(m.r.List)
	if l == nil || len(l.Codes) == 0 {
		return f + " is not one of its national codes; no public source gives the list."
	}
	if len(l.Codes) > fewCodes {
		return fmt.Sprintf("%s is not one of the %d national codes of list %s.", f, len(l.Codes), l.Name)
	}
	var codes []string
	for _, c := range l.Codes {
		if c.ValidFrom != "" {
			codes = append(codes, c.Code+" (from "+c.ValidFrom+")")
			continue
		}
		codes = append(codes, c.Code)
	}
	if len(codes) == 1 {
		return f + " is not " + codes[0] + ", its only national code."
	}
	return f + " is not one of its national codes " + list(codes, "or") + "."
}

func (m *messenger) comparison() string {
	c, err := ParseCondition(m.r.Condition)
	if err != nil {
		return m.own(m.r.Field) + " fails the test " + m.r.Condition + "."
	}
	return m.clause(c, false) + "."
}

func (m *messenger) uniqueWhen() string {
	table := m.d.TableName(m.r.Table)
	c, err := ParseCondition(m.r.Condition)
	if err != nil {
		return "More than one row of " + table + " in which " + m.r.Condition + " has the same " + list(m.refs(m.r.Fields), "and") + "."
	}
	// A key field that the condition says is blank tells no two rows apart.
	var keys []string
	for _, ref := range m.r.Fields {
		if n, ok := c.(Null); !ok || n.Not || n.Ref.Field != ref.Field {
			keys = append(keys, m.ref(ref))
		}
	}
	return "More than one row of " + table + " has the same " + list(keys, "and") + " while " + m.clause(c, true) + "."
}

// known words what reference data must hold: the rest of "X is not …".
func (m *messenger) known(what string) string {
	s := what
	switch as := m.refs(m.r.AsAt); len(as) {
	case 0:
		s += " of the national list"
	case 1:
		s += " of the national list that is open on " + as[0]
	default:
		s += " of the national list that is in use on " + list(as, "or on")
	}
	if len(m.r.Defaults) > 0 {
		s += ", nor " + list(m.r.Defaults, "or")
	}
	if m.r.Prefix != "" {
		s += ", nor a code beginning with " + m.r.Prefix
	}
	return s + "."
}

func (m *messenger) length() string {
	if m.r.Max == 0 {
		return ""
	}
	return " (" + span(m.r.Min, m.r.Max, "character") + " in all)"
}

func (m *messenger) schemes() string {
	var parts []string
	for _, s := range m.r.Schemes {
		parts = append(parts, "with "+s.Code+" it must be "+SchemeTestText(s.Test))
	}
	return strings.Join(parts, ", ")
}

// SchemeTestText words the test of a coding scheme's codes.
func SchemeTestText(test string) string {
	switch test {
	case "icd10":
		return "an ICD-10 code (4 to 6 characters)"
	case "snomed":
		return "a SNOMED CT concept identifier (6 to 18 digits, right check digit, partition 00 or 10)"
	}
	return "a code of " + test
}

// gpSuccessor names the four fields: patient, start, end, practice.
func (m *messenger) gpSuccessor(f string) string {
	if len(m.r.Fields) != 4 {
		return f + " ends a registration that no other one follows."
	}
	l := m.refs(m.r.Fields)
	return fmt.Sprintf("The registration ends on %s, and no valid row of the same %s begins that day or the day after (%s) at another practice (%s).", l[2], l[0], l[1], l[3])
}

func (m *messenger) fileCheck() string {
	r := m.r
	switch r.Check {
	case "table_empty":
		return m.d.TableName(r.Table) + " has no row, so the submission says nothing that could be kept."
	case "database_structure":
		return "The database is not built like the national template: a table or column is missing, added or of another type."
	case "no_record_in_period":
		return "Nothing in the submission belongs to the reporting period: none of " + list(m.refs(r.Fields), "or") + " falls in it and nothing open spans it."
	case "header_invalid_or_duplicated":
		return m.d.TableName(r.Table) + " has more than one row, or its row is rejected."
	case "all_records_rejected":
		var tables []string
		for _, f := range r.Fields {
			if name := m.d.TableName(f.Table); !slices.Contains(tables, name) {
				tables = append(tables, name)
			}
		}
		return "No record survives: every row of " + list(tables, "or of") + " is rejected."
	}
	return "The submission as a whole fails the check " + strings.ReplaceAll(r.Check, "_", " ") + "."
}

func (m *messenger) container() string {
	// The containers' own checks have no national words; see validate/source.
	switch m.r.Check {
	case "ragged_row":
		return "The row has more or fewer fields than the first line of its file; it is not judged further."
	case "oversized_field":
		return "A value is longer than 1 MiB, which no data item is; most often a quotation mark was opened and never closed."
	case "control_character":
		return "A value contains a control character, which other systems may drop or misread."
	case "stray_quote":
		return "A quotation mark stands inside a value that is not quoted, or text follows a closing quotation mark."
	case "unclosed_quote":
		return "A quotation mark is opened and the file ends before it is closed, so this record swallows all that follows it."
	case "unreadable_time":
		return "A time of day cannot be read as hh:mm or hh:mm:ss."
	case "padding":
		return "Values begin or end with spaces, which were dropped before the rules ran; an identifier sent with spaces may not link elsewhere."
	case "date_layout":
		return "Every date of this column is written in another layout than CCYY-MM-DD, so none of them can be read."
	case "unreadable_value":
		return "The record, or one of its values, is not written as its file's format demands and cannot be read."
	case "lost_zeros":
		return "Values of this column lack the zeros with which they must begin, as when a spreadsheet has taken codes for numbers."
	case "exponent":
		return "Values of this column are written as numbers with an exponent, as a spreadsheet writes long ones: their last digits are lost."
	case "serial_date":
		return "Dates of this column are counts of days, as a spreadsheet keeps them, and not dates."
	case "letter_case":
		return "Values of this column are codes in the wrong letter case; codes are compared exactly."
	}
	return "The file has a fault of its form" + about(m.own(m.r.Field)) + ": " + strings.ReplaceAll(m.r.Check, "_", " ") + "."
}

func (m *messenger) movement() string {
	switch m.r.Check {
	case "table_vanished":
		return "The table had rows in the earlier submission and has none in this one."
	case "table_doubled":
		return "The table has twice as many rows as in the earlier submission, or more."
	case "measure_moved":
		return "A published count moved further from its earlier value than the limit allows."
	}
	return "A count moved far from its earlier value: " + strings.ReplaceAll(m.r.Check, "_", " ") + "."
}

func about(f string) string {
	if f == "" {
		return ""
	}
	return " about " + f
}

// list joins words in English: "a", "a or b", "a, b or c".
func list(words []string, last string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " " + last + " " + words[n-1]
	}
}

// count words a number of things: "1 digit", "4 digits".
func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}

// span words the lengths from min to max: "3 to 6 characters".
func span(min, max int, unit string) string {
	switch {
	case min == max:
		return "exactly " + count(max, unit)
	case min <= 1:
		return "at most " + count(max, unit)
	}
	return strconv.Itoa(min) + " to " + count(max, unit)
}

// tooLong words a length outside min to max.
func tooLong(min, max int, unit string) string {
	switch {
	case min == max:
		return "is not exactly " + count(max, unit) + " long"
	case min <= 1:
		return "is longer than " + count(max, unit)
	}
	return fmt.Sprintf("is shorter than %d or longer than %s", min, count(max, unit))
}

// daysBeyond words a distance of more than n days before or after a date.
func daysBeyond(n int, word string) string {
	switch {
	case n > 0:
		return "more than " + count(n, "day") + " " + word
	case n < 0 && word == "before":
		return "less than " + count(-n, "day") + " after"
	case n < 0:
		return "less than " + count(-n, "day") + " before"
	}
	return word
}

// patternText words an anchored regular expression of classes, letters and
// repeats, "1 or 2 digits, a point and 2 digits". What it has no words for
// gives otherwise.
func patternText(pattern, otherwise string) string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if pattern == "" || err != nil {
		return otherwise
	}
	parts, ok := describe(re, nil)
	if !ok || len(parts) == 0 {
		return otherwise
	}
	return list(parts, "and")
}

// describe appends the words for re's parts, in order.
func describe(re *syntax.Regexp, parts []string) ([]string, bool) {
	switch re.Op {
	case syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpEmptyMatch:
		return parts, true
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			var ok bool
			if parts, ok = describe(sub, parts); !ok {
				return nil, false
			}
		}
		return parts, true
	case syntax.OpCapture:
		return describe(re.Sub[0], parts)
	case syntax.OpLiteral:
		switch s := string(re.Rune); s {
		case ".":
			return append(parts, "a point"), true
		case " ":
			return append(parts, "a space"), true
		default:
			return append(parts, strconv.Quote(s)), true
		}
	}
	min, max, class := 1, 1, re
	switch re.Op {
	case syntax.OpQuest:
		min, class = 0, re.Sub[0]
	case syntax.OpPlus:
		max, class = -1, re.Sub[0]
	case syntax.OpStar:
		min, max, class = 0, -1, re.Sub[0]
	case syntax.OpRepeat:
		min, max, class = re.Min, re.Max, re.Sub[0]
	}
	one, many := className(class)
	if one == "" {
		return nil, false
	}
	switch {
	case min == 1 && max == 1:
		parts = append(parts, "a "+one)
	case min == 0 && max == 1:
		parts = append(parts, "an optional "+one)
	case max == -1 && min <= 1:
		parts = append(parts, [...]string{"any number of ", "at least one "}[min]+[...]string{many, one}[min])
	case max == -1:
		parts = append(parts, fmt.Sprintf("at least %d %s", min, many))
	case min == max:
		parts = append(parts, fmt.Sprintf("%d %s", max, many))
	case max == min+1:
		parts = append(parts, fmt.Sprintf("%d or %d %s", min, max, many))
	default:
		parts = append(parts, fmt.Sprintf("%d to %d %s", min, max, many))
	}
	return parts, true
}

// className names a class of characters, in the singular and the plural; ""
// means that it has no name.
func className(re *syntax.Regexp) (one, many string) {
	switch re.Op {
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "character", "characters"
	case syntax.OpLiteral:
		if string(re.Rune) == " " {
			return "space", "spaces"
		}
	case syntax.OpCharClass:
		switch string(re.Rune) {
		case "09":
			return "digit", "digits"
		case "AZ":
			return "capital letter", "capital letters"
		case "AZaz":
			return "letter", "letters"
		case "09AZaz":
			return "letter or digit", "letters or digits"
		case "\t\n\f\r  ", "\t\r  ", "\t\t  ":
			return "space", "spaces"
		}
	}
	return "", ""
}
