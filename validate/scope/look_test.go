package scope

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/dictionary/sheets"
	"mhsds/validate/batch"

	"pgregory.net/rapid"
)

func load(t testing.TB) *dictionary.Dictionary {
	t.Helper()
	d, err := sheets.Read(os.DirFS("../../dictionary/v6.0"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// fill makes a batch of a table; columns that are not given are null.
func fill(table *dictionary.Table, rows int, values map[string]func(row int) string) *batch.Batch {
	b := &batch.Batch{}
	b.Reset(len(table.Fields), rows)
	for i := range table.Fields {
		of := values[table.Fields[i].Name]
		for row := range rows {
			v := ""
			if of != nil {
				v = of(row)
			}
			b.Columns[i].Cells[row] = batch.MakeCell(len(b.Text), len(v))
			b.Text = append(b.Text, v...)
		}
		if table.Fields[i].Type == dictionary.Date {
			for row := range rows {
				day := int32(batch.Null)
				if of != nil {
					day = parseDay(of(row))
				}
				b.Columns[i].Days = append(b.Columns[i].Days, day)
			}
			b.Columns[i].HasDays = true
		}
	}
	b.Text = append(b.Text, make([]byte, batch.Slack)...)
	b.Rows = rows
	return b
}

// busy is a scope with everything declared and somebody whose job role is a
// sign, and batches of the tables that it looks at.
func busy(t testing.TB, rows int) (s *Scope, batches map[int]*batch.Batch) {
	d := load(t)
	e, err := ReadExtract(strings.NewReader("referral,patient,NHS number,referral date,team\nR3,P4,,2026-09-02,T4\nR5,,9990000018,2026-09-02,T5\n"), d)
	if err != nil {
		t.Fatal(err)
	}
	s = New(Options{Declared: map[string][]string{"teams": {"T9", "T5"}, "sites": {"S9"}, "staff": {"X9", "X8", "X7", "X6", "X5", "X4", "X3", "X2"}}, Extract: e})
	if err := s.Bind(d); err != nil {
		t.Fatal(err)
	}
	present := make([]bool, len(d.Tables))
	for i := range present {
		present[i] = true
	}
	s.Begin(map[string]string{"ReportingPeriodStartDate": "2026-09-01"}, present)
	id := func(prefix string, n int) func(int) string {
		return func(row int) string { return fmt.Sprintf("%s%d", prefix, row%n) }
	}
	is := func(v string) func(int) string { return func(int) string { return v } }
	batches = map[int]*batch.Batch{}
	for table, values := range map[string]map[string]func(int) string{
		"MHS901": {"CareProfLocalID": id("X", rows), "CareProfJobRoleCode": is("07028")},
		"MHS001": {"LocalPatientID": id("P1234567890X", rows), "NHSNumber": is("9990000018"), "PersonBirthDate": is("1990-02-03"), "Postcode": is("CF10 1AA")},
		"MHS101": {"ServiceRequestID": id("R", rows), "LocalPatientID": id("P", rows), "CareProfTeamLocalID": id("T", 10), "SourceOfReferralMH": is("A1"), "OrgIDComm": is("7A4"), "ReferralRequestReceivedDate": is("2026-09-02")},
		"MHS201": {"CareContactID": id("C00000000000", rows), "ServiceRequestID": id("R", rows), "CareContDate": is("2026-09-05"), "OtherCareProfTeamLocalID": id("T", 10), "OrgIDComm": is("VPP00"), "AdminCatCode": is("02"), "SiteIDOfTreat": id("S", 10)},
		"MHS202": {"CareActID": id("A0000000000", rows), "CareContactID": id("C", rows)},
		"MHS206": {"CareActID": id("A", rows), "CareProfLocalID": id("X", rows)},
		"MHS516": {"PoliceAssistReqDate": is("2026-08-30")},
		"MHS607": {"CareActID": id("A", rows), "CodedAssToolType": is("720433000")},
		"MHS902": {"CareProfTeamLocalID": id("T", 10), "ServTeamTypeMH": is("F01"), "ServTeamIntAgeGroup": is("03")},
	} {
		t := d.Table(table)
		batches[t.Position-1] = fill(t, rows, values)
	}
	return s, batches
}

// itself says that every row's parent is the row of its own number.
func itself(rows int) func(int, int) []int32 {
	list := make([]int32, rows)
	for i := range list {
		list[i] = int32(i)
	}
	return func(int, int) []int32 { return list }
}

// Looking at a batch takes no memory once a sight has grown to its size.
func TestLookAllocs(t *testing.T) {
	const rows = 500
	s, batches := busy(t, rows)
	parents := itself(rows)
	d := s.spec.d
	for _, id := range []string{"MHS901", "MHS001", "MHS101", "MHS201", "MHS202", "MHS206", "MHS516", "MHS607", "MHS902"} {
		table := d.Table(id).Position - 1
		if !s.Wants(table) {
			t.Errorf("%s is not looked at", id)
		}
		x := s.NewSight()
		look := func() {
			x.Reset(table)
			s.LookJoined(x, table, batches[table], parents)
		}
		if n := testing.AllocsPerRun(20, look); n != 0 {
			t.Errorf("a look at %s allocates %v times", id, n)
		}
		s.Keep(table, x) // so that later tables find their parents
	}
	if len(s.hits) == 0 || s.therapy != rows {
		t.Errorf("%d members of staff with a sign, want %d: the test proves little", s.therapy, rows)
	}
}

// Without a sign and without declarations, only what costs little is looked at.
func TestWantsLittle(t *testing.T) {
	d := load(t)
	s := New(Options{})
	if err := s.Bind(d); err != nil {
		t.Fatal(err)
	}
	present := make([]bool, len(d.Tables))
	for i := range present {
		present[i] = true
	}
	s.Begin(nil, present)
	var wanted []string
	for i := range d.Tables {
		if s.Wants(i) {
			wanted = append(wanted, d.Tables[i].ID)
		}
	}
	want := "[MHS001 MHS101 MHS104 MHS105 MHS201 MHS202 MHS302 MHS501 MHS502 MHS516 MHS517 MHS901]"
	if got := fmt.Sprint(wanted); got != want {
		t.Errorf("looks at %s, want %s", got, want)
	}
}

func TestNextTen(t *testing.T) {
	for _, tt := range []struct {
		value string
		want  []int
	}{
		{"1234567890", []int{0}},
		{"A1234567890B", []int{1}},
		{"123456789", nil},
		{"12345678901", nil},
		{"A123456789012-1234567890", []int{14}},
		{"1234567890/1234567890", []int{0, 11}},
		{"123456789 1234567890", []int{10}},
		{"", nil},
	} {
		var got []int
		for at := nextTen([]byte(tt.value), 0); at >= 0; at = nextTen([]byte(tt.value), at+10) {
			got = append(got, at)
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%q: runs at %v, want %v", tt.value, got, tt.want)
		}
	}
}

// Only a value with ten digits where they must be, whatever its length, is
// looked at more closely.
func TestMayHoldTen(t *testing.T) {
	for _, tt := range []struct {
		value string
		want  bool
	}{
		{"1234567890", true}, {"A234567890", false}, {"12345678901", true}, {"AB1234567890", true}, {"1234567890AB", true},
		{"CC000000-0-0", false}, {"ABCDEFGHI1234567890", true}, {"1234567890ABCDEFGHI", true}, {"ABCDEFGHIJ123456789", false},
		{"1234567:90", false}, {"123456/890", false}, {"1234567\xfa90", false}, {"12345\xff\xff890", false}, {"123456789-", true}, // of ten bytes the last two are not looked at
	} {
		text := append([]byte(tt.value), "\xff\xff\xff\xff\xff\xff\xff\xff"...)
		if got := mayHoldTen(text, len(tt.value)); got != tt.want {
			t.Errorf("%q: %v, want %v", tt.value, got, tt.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(rapid.SampledFrom([]byte("0123456789012345678901234567890123456789A-:/\xfa\xff")), 10, 19).Draw(t, "value")
		if nextTen(v, 0) >= 0 && !mayHoldTen(append(slices.Clone(v), make([]byte, 8)...), len(v)) {
			t.Errorf("%q has ten digits in a row", v)
		}
	})
}

func TestInArea(t *testing.T) {
	areas := newAreas([]string{"G", "CF", "JE", "", "1A", "GUX"})
	for value, want := range map[string]bool{
		"G1 1AA": true, "GU1 1AA": false, "CF10 3NP": true, "cf10 3np": true, "C1 1AA": false,
		"JE2 4UH": true, "JEX1": false, "": false, "CF": false, "1CF": false,
	} {
		if got := areas.has([]byte(value)); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestBirthday(t *testing.T) {
	for _, tt := range [][3]string{
		{"2000-01-01", "18", "2018-01-01"}, {"2008-02-29", "18", "2026-03-01"}, {"2004-02-29", "20", "2024-02-29"}, {"1999-12-31", "16", "2015-12-31"},
	} {
		var age int
		fmt.Sscan(tt[1], &age)
		if got := string(batch.AppendDay(nil, birthday(parseDay(tt[0]), age))); got != tt[2] {
			t.Errorf("born %s, %s years old on %s, want %s", tt[0], tt[1], got, tt[2])
		}
	}
	if birthday(batch.Unreadable, 18) != batch.Null {
		t.Error("nobody knows when somebody comes of age whose birth date cannot be read")
	}
}

func BenchmarkLook(b *testing.B) {
	const rows = 4096
	s, batches := busy(b, rows)
	parents := itself(rows)
	for _, id := range []string{"MHS901", "MHS001", "MHS101", "MHS201", "MHS202", "MHS206"} {
		table := s.spec.d.Table(id).Position - 1
		x := s.NewSight()
		b.Run(id, func(b *testing.B) {
			for b.Loop() {
				x.Reset(table)
				s.LookJoined(x, table, batches[table], parents)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
		x.Reset(table)
		s.LookJoined(x, table, batches[table], parents)
		s.Keep(table, x)
	}
}
