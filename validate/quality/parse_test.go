package quality

import (
	"os"
	"slices"
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/dictionary/sheets"
	"mhsds/validate/batch"
)

func shipped(t testing.TB) *dictionary.Dictionary {
	t.Helper()
	d, err := sheets.Read(os.DirFS("../../dictionary/v6.0"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestShipped: every measure of the sheets compiles, with and without reference
// data, and each table's bits fit.
func TestShipped(t *testing.T) {
	d := shipped(t)
	if err := Check(d); err != nil {
		t.Error(err)
	}
	o := New(Options{})
	if err := o.Bind(d); err != nil {
		t.Fatal(err)
	}
	if n := len(o.counts); n != 22 {
		t.Errorf("%d counts, want 22", n)
	}
	if n := len(o.ranked); n != 91 {
		t.Errorf("%d measures of quality, want 91", n)
	}
}

// TestRefused: what is not in the notation is named with its place.
func TestRefused(t *testing.T) {
	d := shipped(t)
	tests := []struct{ condition, want string }{
		{"", `a test expected`},
		{"filled and", `at "": a test expected`},
		{"filled filled", `at "filled": nothing more expected`},
		{"(filled", `")" expected`},
		{"NHSNumbr in{1}", `"NHSNumbr" is neither a test, a term nor a field of MHS001MPI; did you mean "NHSNumber"?`},
		{"F in{1|}", `a code is blank`},
		{"F in{1|2", `} expected`},
		{"F in list Gendr", `unknown code list; did you mean "Gender"?`},
		{"PersonBirthDate in{1}", `a field of type date has no codes`},
		{"F >= RPS", `a field of type text is no date; of a timestamp that is text write date(FIELD)`},
		{"date(PersonBirthDate) >= RPS", `date is for timestamps that are text, not for a field of type date`},
		{"PersonBirthDate = RPS", `a comparison expected`},
		{"PersonBirthDate >= 2026-13-01", `is neither a test, a term nor a field`},
		{"PersonBirthDate >= RPS - x", `a number of days expected`},
		{"age(PersonBirthDate) < 5", `"," expected`},
		{"age(PersonBirthDate, RPE) in 3", `".." expected`},
		{"age(RPS, RPE) > 3", `an age needs a field`},
		{"hour(F) == 0", `a field of type text has no time of day`},
		{"found(MHS101)", `MHS101 is no joined table`},
		{"MHS101.ServDischDate > RPS", `MHS101 is not reached here; join it, or look through it with any`},
		{"any(MHS999 on LocalPatientID)", `a table expected`},
		{"any(MHS101 LocalPatientID)", `"on" expected`},
		{"any(MHS101 on Nothing)", `MHS101Referral has no field "Nothing"`},
		{"any(MHS101 on ServiceRequestID)", `MHS001MPI has no field "ServiceRequestID"`},
		{"any(MHS101 on LocalPatientID: F in{1})", `there is no measured item here`},
		{"any(MHS101 on LocalPatientID: else)", `else has a meaning in a measure of validity only`},
		{"open(F, organisatons, RPE)", `unknown register; did you mean "organisations"?`},
		{"open(F, organisations, PersonBirthDate)", `a day of the period or a date expected`},
		{"starts(F, ZZ)", `a text in quotes expected`},
		{"before(F, 'ab') in{1}", `one character in quotes expected`},
		{"within(RPS)", `a field expected`},
		{"valid", `without end`}, // the condition is that of valid itself
		{"ld_ward", `the term ld_ward is about rows of MHS502, not of MHS001`},
		{"'text'", `a test expected`},
	}
	for _, tt := range tests {
		e := *d
		e.Quality = []dictionary.QualityMeasure{{
			ID: "Q", Kind: dictionary.Validity, Name: "a test", Table: "MHS001", Field: dictionary.Ref{Table: "MHS001", Field: "Gender"},
			Denominator: "all", Valid: tt.condition,
		}}
		if tt.condition == "" {
			e.Quality[0].Valid = " "
		}
		err := Check(&e)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "quality measure Q: column valid: condition ") {
			t.Errorf("%q: error %v, want %s", tt.condition, err, tt.want)
		}
	}
	loop := *d
	loop.Quality = nil
	loop.Measures = []dictionary.Measure{
		{ID: "a", Kind: dictionary.Term, Name: "a", Table: "MHS001", Condition: "b"},
		{ID: "b", Kind: dictionary.Term, Name: "b", Table: "MHS001", Condition: "not a"},
	}
	if err := Check(&loop); err == nil || !strings.Contains(err.Error(), "terms refer to one another without end") {
		t.Errorf("terms in a circle: %v", err)
	}
	for _, tt := range []struct{ count, want string }{
		{"all", `rows, distinct FIELD or days FIELD to FIELD of FIELD expected`},
		{"distinct PersonBirthDate", `only texts can be told apart`},
		{"rows rows", `nothing more expected`},
		{"days PersonBirthDate of LocalPatientID", `"to" expected`},
		{"days LocalPatientID to PersonBirthDate of LocalPatientID", `is no date`},
	} {
		e := *d
		e.Quality = nil
		e.Measures = []dictionary.Measure{{ID: "M", Kind: dictionary.Count, Name: "a test", Table: "MHS001", Condition: "all", Count: tt.count}}
		if err := Check(&e); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: error %v, want %s", tt.count, err, tt.want)
		}
	}
	if err := New(Options{Scored: map[string]float64{"DQM1": 0}}).Bind(d); err == nil || !strings.Contains(err.Error(), `no measure of validity is called "DQM1"; did you mean`) {
		t.Errorf("an unknown scored item: %v", err)
	}
}

// FuzzCondition: no text makes the parser panic or go on for ever.
func FuzzCondition(f *testing.F) {
	d := shipped(f)
	for i := range d.Quality {
		f.Add(d.Quality[i].Valid)
	}
	for i := range d.Measures {
		f.Add(d.Measures[i].Condition)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o := New(Options{Reference: everything{}})
		o.d, o.tables = d, make([]tablePlan, len(d.Tables))
		c := &compiler{o: o, terms: terms(d)}
		fr, err := c.frame("MHS101", []dictionary.Way{{From: dictionary.Ref{Table: "MHS101", Field: "LocalPatientID"}, To: dictionary.Ref{Table: "MHS001", Field: "LocalPatientID"}}})
		if err != nil {
			t.Fatal(err)
		}
		p := &parser{compiler: c, frame: fr, scope: []int{0}}
		if g, err := p.condition(text); err == nil {
			c.lower(g, fr)
		}
	})
}

func TestParseDay(t *testing.T) {
	for _, tt := range []struct {
		text string
		want int32
	}{
		{"", batch.Null}, {"2026-09-01", batch.Day(2026, 9, 1)}, {"1970-01-01", 0}, {"2026-09-01T10:00:00Z", batch.Day(2026, 9, 1)},
		{"2026-02-30", batch.Unreadable}, {"2026-13-01", batch.Unreadable}, {"20260901", batch.Unreadable}, {"0000-01-01", batch.Unreadable}, {"2026-9-01", batch.Unreadable},
	} {
		if got := parseDay([]byte(tt.text)); got != tt.want {
			t.Errorf("parseDay(%q) = %d, want %d", tt.text, got, tt.want)
		}
	}
}

func TestTranspose(t *testing.T) {
	var m, want [64]uint64
	for r := range 64 {
		for c := range 64 {
			if (r*7+c*c*3+r*c)%5 == 0 {
				m[r] |= 1 << c
				want[c] |= 1 << r
			}
		}
	}
	transpose(&m)
	if m != want {
		t.Error("rows and columns did not change places")
	}
}

func TestTextSet(t *testing.T) {
	codes := []string{"A", "AB", "ABCDEFGH", "ABCDEFGHI", "01", "1"}
	s := newTextSet(codes)
	for _, v := range append(codes, "", "B", "ABC", "A\x00", "\x00A", "ABCDEFGHJ", "ABCDEFG", "0", "é") {
		want := slices.Contains(codes, v)
		text := append([]byte("xx"+v), make([]byte, batch.Slack)...)
		if v != "" && s.has(text, 2, len(v)) != want || s.hasBytes([]byte(v)) != want {
			t.Errorf("%q: in the set %v, want %v", v, !want, want)
		}
	}
}

// TestLookAllocs: once its memory has grown, a sight takes a batch without
// allocating.
func TestLookAllocs(t *testing.T) {
	o := New(Options{})
	d := shipped(t)
	if err := o.Bind(d); err != nil {
		t.Fatal(err)
	}
	header, _ := d.Role("header")
	_, start := d.Role("period_start")
	_, end := d.Role("period_end")
	if header == nil {
		t.Fatal("no header")
	}
	o.Begin(map[string]string{start.Name: "2026-09-01", end.Name: "2026-09-30"}, nil)
	for i := range d.Tables {
		if !o.Wants(i) {
			continue
		}
		var b batch.Batch
		b.Reset(len(d.Tables[i].Fields), 100)
		for c, f := range d.Tables[i].Fields {
			for row := range 100 {
				v := "0" + string(rune('1'+row%7))
				if f.Type == dictionary.Time {
					v = "10:00:00"
				}
				b.Columns[c].Cells[row] = batch.MakeCell(len(b.Text), len(v))
				b.Text = append(b.Text, v...)
			}
			if f.Type == dictionary.Date {
				b.Columns[c].Days, b.Columns[c].HasDays = slices.Repeat([]int32{20000}, 100), true
			}
		}
		b.Text = append(b.Text, make([]byte, batch.Slack)...)
		b.Truncate(100)
		s := o.NewSight()
		look := func() {
			s.Reset(i)
			o.Look(s, i, &b)
		}
		look()
		if n := testing.AllocsPerRun(20, look); n != 0 {
			t.Errorf("%s: a batch allocates %v times, want 0", d.Tables[i].ID, n)
		}
	}
}
