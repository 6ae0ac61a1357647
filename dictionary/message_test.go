package dictionary

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// small is a dictionary of two tables, big enough for every kind's sentence.
func small() *Dictionary {
	return &Dictionary{
		Version:        "6.0",
		ScalesRevision: "6.0.7.1",
		Tables: []Table{
			{ID: "T0", Name: "T0Header", Fields: []Field{{UID: "U01", Name: "Start"}, {UID: "U02", Name: "Provider"}}},
			{ID: "T1", Name: "T1Referral", Fields: []Field{
				{UID: "U11", Name: "ID"}, {UID: "U12", Name: "Date"}, {UID: "U13", Name: "Code"}, {UID: "U14", Name: "Scheme"},
				{UID: "U15", Name: "End"}, {UID: "U16", Name: "Practice"},
			}},
			{ID: "T2", Name: "T2Contact", Fields: []Field{{UID: "U21", Name: "ID"}, {UID: "U22", Name: "Date"}}},
		},
		Context: Table{ID: "Portal", Name: "Portal", Fields: []Field{{Name: "ProviderId"}}},
		Lists: []CodeList{
			{Name: "Few", Codes: []Code{{Code: "01"}, {Code: "02"}, {Code: "07", ValidFrom: "2026-04-01"}}},
			{Name: "One", Codes: []Code{{Code: "6.0"}}},
			{Name: "Many", Codes: make([]Code, 9)},
			{Name: "None"},
		},
	}
}

func TestMessage(t *testing.T) {
	at := []Ref{{"T0", "Start"}}
	tests := []struct {
		rule Rule
		want string
	}{
		{Rule{Kind: NotBlank, Field: "ID"}, "[U11]ID is blank; every row of T1Referral must have it."},
		{Rule{Kind: Alphanumeric, Field: "ID", Max: 20}, "[U11]ID is longer than 20 characters, or contains a line break."},
		{Rule{Kind: Alphanumeric, Field: "ID", Min: 1, Max: 1}, "[U11]ID is not exactly 1 character long, or contains a line break."},
		{Rule{Kind: Alphanumeric, Field: "ID", Min: 3, Max: 6}, "[U11]ID is shorter than 3 or longer than 6 characters, or contains a line break."},
		{Rule{Kind: Numeric, Field: "ID", Max: 4}, "[U11]ID is not a whole number of at most 4 digits (digits only: no sign, point or space)."},
		{Rule{Kind: Numeric, Field: "ID", Min: 10, Max: 10}, "[U11]ID is not a whole number of exactly 10 digits (digits only: no sign, point or space)."},
		{Rule{Kind: Decimal, Field: "ID", Pattern: `^[0-9]{1,7}\.[0-9]{2}$`}, "[U11]ID is blank or is not written as 1 to 7 digits, a point and 2 digits."},
		{
			Rule{Kind: Format, Field: "ID", Pattern: `^[a-zA-Z]{1,2}[0-9][a-zA-Z0-9]? +[0-9][a-zA-Z]{2}$`},
			"[U11]ID is not written as 1 or 2 letters, a digit, an optional letter or digit, at least one space, a digit and 2 letters.",
		},
		{Rule{Kind: Format, Field: "ID", Pattern: `^(a|b)$`}, "[U11]ID is not written as the rule's format."},
		{Rule{Kind: InSet, Field: "Code", List: "Few"}, "[U13]Code is not one of its national codes 01, 02 or 07 (from 2026-04-01)."},
		{Rule{Kind: InSet, Field: "Code", List: "One"}, "[U13]Code is not 6.0, its only national code."},
		{Rule{Kind: InSet, Field: "Code", List: "Many"}, "[U13]Code is not one of the 9 national codes of list Many."},
		{Rule{Kind: InSet, Field: "Code", List: "None"}, "[U13]Code is not one of its national codes; no public source gives the list."},
		{Rule{Kind: ValidDate, Field: "Date", Earliest: "1890-01-01"}, "[U12]Date is not a readable date, is before 1890-01-01, or carries a time of day."},
		{Rule{Kind: ValidTime, Field: "Date"}, "[U12]Date is not a time of day."},
		{
			Rule{Kind: ValidDatetime, Field: "Date", TextOnly: true, Earliest: "1890-01-01"},
			"[U12]Date is not a timestamp of the form CCYY-MM-DDThh:mm:ss followed by Z, +00:00, -00:00 or +01:00, with a real date on or after 1890-01-01.",
		},
		{Rule{Kind: ValidDatetime, Field: "Date", Earliest: "1890-01-01"}, "[U12]Date is not a readable date and time, or is before 1890-01-01."},
		{Rule{Kind: DateOnOrAfter, Field: "Date", Other: Ref{"T0", "Start"}}, "[U12]Date is before [U01]Start of T0Header."},
		{Rule{Kind: DateOnOrBefore, Field: "Date", Other: Ref{"T1", "End"}}, "[U12]Date is after [U15]End."},
		{Rule{Kind: DateOnOrBefore, Field: "Date", Other: Ref{"T0", "Start"}, OffsetDays: 1}, "[U12]Date is more than 1 day after [U01]Start of T0Header."},
		{
			Rule{Kind: DateOnOrAfter, Field: "Date", Other: Ref{"T2", "Date"}, Join: Join{"ID", "ID"}},
			"[U12]Date is before [U22]Date of T2Contact (the row with the same [U11]ID).",
		},
		{Rule{Kind: DatetimeOnOrBefore, Field: "Date", Other: Ref{"Portal", "ProviderId"}}, "[U12]Date is later than the portal's own ProviderId, date and time taken together."},
		{Rule{Kind: AgeRange, Field: "Date", MaxYears: 130, Other: Ref{"T0", "Start"}}, "[U12]Date gives an age below 0 or above 130 years at [U01]Start of T0Header."},
		{Rule{Kind: ValuesEqual, Field: "ID", Other: Ref{"Portal", "ProviderId"}}, "[U11]ID differs from the portal's own ProviderId."},
		{Rule{Kind: Unique, Fields: []Ref{{"T1", "ID"}}}, "[U11]ID occurs in more than one row of T1Referral."},
		{Rule{Kind: Unique, Fields: []Ref{{"T1", "ID"}, {"T1", "Date"}}}, "More than one row of T1Referral has the same combination of [U11]ID and [U12]Date."},
		{
			Rule{Kind: UniqueWhen, Fields: []Ref{{"T1", "ID"}, {"T1", "End"}}, Condition: "isnull(End)"},
			"More than one row of T1Referral has the same [U11]ID while [U15]End is blank.",
		},
		{Rule{Kind: Singleton}, "T1Referral has more than one row; it must have exactly one."},
		{Rule{Kind: OrgValid, Field: "Practice", AsAt: at}, "[U16]Practice is not an organisation of the national list that is open on [U01]Start of T0Header."},
		{
			Rule{Kind: OrgValidOrDefault, Field: "Practice", AsAt: at, Defaults: []string{"V1", "V2"}},
			"[U16]Practice is not an organisation of the national list that is open on [U01]Start of T0Header, nor V1 or V2.",
		},
		{
			Rule{Kind: PostcodeInReference, Field: "Practice", AsAt: []Ref{{"T0", "Start"}, {"T0", "End"}}, Prefix: "ZZ99"},
			"[U16]Practice is not a postcode of the national list that is in use on [U01]Start of T0Header or on End of T0Header, nor a code beginning with ZZ99.",
		},
		{
			Rule{Kind: DiagCode, Field: "Code", Other: Ref{"T1", "Scheme"}, Schemes: []Scheme{{"02", "icd10"}, {"06", "snomed"}}},
			"[U13]Code does not fit the coding scheme in [U14]Scheme: with 02 it must be an ICD-10 code (4 to 6 characters), with 06 it must be a SNOMED CT concept identifier (6 to 18 digits, right check digit, partition 00 or 10).",
		},
		{Rule{Kind: AssessmentCode, Field: "Code"}, "[U13]Code is not an assessment scale that is collected in this reporting period (list of scales 6.0.7.1)."},
		{
			Rule{Kind: GPSuccessor, Field: "End", Fields: []Ref{{"T1", "ID"}, {"T1", "Date"}, {"T1", "End"}, {"T1", "Practice"}}},
			"The registration ends on [U15]End, and no valid row of the same [U11]ID begins that day or the day after ([U12]Date) at another practice ([U16]Practice).",
		},
		{Rule{Kind: ParentExists, Field: "ID", Other: Ref{"T2", "ID"}}, "No valid row of T2Contact has this row's [U11]ID."},
		{Rule{Kind: ChildExists, Field: "ID", Other: Ref{"T2", "ID"}}, "No valid row of T2Contact refers to this row's [U11]ID."},
		{Rule{Kind: RejectAll}, "Every row of T1Referral is rejected, whatever it holds: nothing is in scope for this table."},
		{Rule{Kind: FileCheck, Check: "table_empty"}, "T1Referral has no row, so the submission says nothing that could be kept."},
		{Rule{Kind: FileCheck, Check: "all_records_rejected", Fields: []Ref{{"T1", "ID"}, {"T2", "ID"}}}, "No record survives: every row of T1Referral or of T2Contact is rejected."},
	}
	d := small()
	for _, tt := range tests {
		tt.rule.Table = "T1"
		t.Run(tt.rule.Kind.String(), func(t *testing.T) {
			if got := d.Message(&tt.rule); got != tt.want {
				t.Errorf("Message\n got  %s\n want %s", got, tt.want)
			}
		})
	}
}

// TestConditionText reads a condition in both directions.
func TestConditionText(t *testing.T) {
	tests := []struct{ condition, fails, holds string }{
		{
			"isnull(ID) or isnull(Code) or Code != '07'",
			"[U11]ID is filled and [U13]Code is 07",
			"[U11]ID is blank, or [U13]Code is blank or not 07",
		},
		{
			"notnull(ID) or notnull(Code)",
			"[U11]ID is blank and [U13]Code is blank",
			"[U11]ID is filled or [U13]Code is filled",
		},
		{
			"notnull(ID) or Code <=> '07'",
			"[U11]ID is blank, and [U13]Code is blank or not 07",
			"[U11]ID is filled or [U13]Code is 07",
		},
		{
			"isnull(ID) or isnull(T0.Provider) or ID == T0.Provider",
			"[U11]ID differs from [U02]Provider of T0Header",
			"[U11]ID is blank, [U02]Provider of T0Header is blank or [U11]ID equals [U02]Provider of T0Header",
		},
		{
			"isnull(ID) or notnull(Code) and Code != 'N'",
			"[U11]ID is filled, and [U13]Code is blank or N",
			"[U11]ID is blank, or [U13]Code is filled but not N",
		},
		{
			"isnull(ID) or notnull(Code) and Code in ('01', '04')",
			"[U11]ID is filled, and [U13]Code is blank or neither 01 nor 04",
			"[U11]ID is blank, or [U13]Code is 01 or 04",
		},
		{
			"notnull(ID) or notnull(Code) and Code != '06' and Code != '05'",
			"[U11]ID is blank, and [U13]Code is blank, 06 or 05",
			"[U11]ID is filled, or [U13]Code is filled but neither 06 nor 05",
		},
		{"isnull(End)", "[U15]End is filled", "[U15]End is blank"},
		{"ID == 'x'", "[U11]ID is blank or not x", "[U11]ID is x"},
	}
	d := small()
	for _, tt := range tests {
		t.Run(tt.condition, func(t *testing.T) {
			c, err := ParseCondition(tt.condition)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.ConditionText("T1", c, false); got != tt.fails {
				t.Errorf("fails\n got  %s\n want %s", got, tt.fails)
			}
			if got := d.ConditionText("T1", c, true); got != tt.holds {
				t.Errorf("holds\n got  %s\n want %s", got, tt.holds)
			}
		})
	}
}

// TestSimplifyKeepsMeaning sets the clause behind the words against Eval, on
// random conditions and on every record of three fields and four values.
func TestSimplifyKeepsMeaning(t *testing.T) {
	fields := []Ref{{Field: "ID"}, {Field: "Code"}, {Field: "End"}}
	values := []string{"", "N", "06", "Q"} // "" is null
	field := rapid.SampledFrom(fields)
	text := rapid.SampledFrom([]string{"N", "06", "05"})
	leaf := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) Condition { return Null{Ref: field.Draw(t, "field"), Not: rapid.Bool().Draw(t, "not")} }),
		rapid.Custom(func(t *rapid.T) Condition {
			return In{Ref: field.Draw(t, "field"), Values: rapid.SliceOfNDistinct(text, 1, 3, rapid.ID).Draw(t, "values")}
		}),
		rapid.Custom(func(t *rapid.T) Condition {
			c := Compare{Left: field.Draw(t, "field"), Op: rapid.SampledFrom([]Operator{Equal, NotEqual, NullEqual}).Draw(t, "op")}
			if rapid.Bool().Draw(t, "text") {
				c.Text = text.Draw(t, "value")
			} else {
				c.Right = field.Filter(func(r Ref) bool { return r != c.Left }).Draw(t, "right")
			}
			return c
		}),
	)
	inner := rapid.OneOf(leaf, rapid.Custom(func(t *rapid.T) Condition { return And(rapid.SliceOfN(leaf, 2, 4).Draw(t, "and")) }))
	outer := rapid.OneOf(inner, rapid.Custom(func(t *rapid.T) Condition { return Or(rapid.SliceOfN(inner, 2, 4).Draw(t, "or")) }))
	top := rapid.OneOf(outer, rapid.Custom(func(t *rapid.T) Condition { return And(rapid.SliceOfN(outer, 2, 3).Draw(t, "and")) }))

	rapid.Check(t, func(t *rapid.T) {
		c, want := top.Draw(t, "condition"), rapid.Bool().Draw(t, "want")
		got := simplify(clauseOf(c, want))
		for n := range len(values) * len(values) * len(values) {
			record := map[Ref]string{fields[0]: values[n%4], fields[1]: values[n/4%4], fields[2]: values[n/16]}
			truth := Eval(c, func(r Ref) (string, bool) { return record[r], record[r] == "" }) == True
			if got.holds(record) != (truth == want) {
				t.Fatalf("%v, wanted %v: clause %+v says %v of %v", c, want, got, got.holds(record), record)
			}
		}
	})
}

func (c *clause) holds(record map[Ref]string) bool {
	v := record[c.ref]
	switch {
	case c.isGroup():
		for _, sub := range c.clauses {
			if sub.holds(record) != c.and {
				return !c.and
			}
		}
		return c.and
	case c.other != Ref{}:
		w := record[c.other]
		return (v == w) == c.equal && (c.withNull || v != "" && w != "")
	case v == "":
		return c.blank
	}
	return slices.Contains(c.values, v) != c.but
}

// TestMessageKinds asks for a sentence of every kind, even one of a rule with
// no parameters: it must be whole, and must not be the fallback.
func TestMessageKinds(t *testing.T) {
	d := small()
	for k := NotBlank; k < lastKind; k++ {
		m := d.Message(&Rule{Code: "X1", Kind: k, Table: "T1", Field: "ID", Other: Ref{"T2", "ID"}, Fields: []Ref{{"T1", "ID"}}, Condition: "isnull(End)"})
		if m == "Rule X1 failed." || !strings.HasSuffix(m, ".") || strings.Contains(m, "  ") {
			t.Errorf("%v: message %q", k, m)
		}
	}
}
