package scope

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mhsds/validate/batch"

	"pgregory.net/rapid"
)

// Identifiers are numbered as by a map, and found by their bytes alone.
func TestNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n names
		twin := map[string]int32{}
		for _, v := range rapid.SliceOf(rapid.StringMatching(`[ab]{0,7}`)).Draw(t, "identifiers") {
			want, ok := twin[v]
			if !ok {
				want = int32(len(twin))
				twin[v] = want
			}
			if got := n.add([]byte(v)); got != want {
				t.Fatalf("%q has number %d, want %d", v, got, want)
			}
		}
		for v, want := range twin {
			if got := n.find([]byte(v), n.hash([]byte(v))); got != want {
				t.Errorf("%q is found as %d, want %d", v, got, want)
			}
			if len(n.ends) > 0 && n.find([]byte(v+"c"), n.hash([]byte(v))) != none {
				t.Errorf("%q is found by the hash of %q", v+"c", v)
			}
		}
	})
}

// The identifiers of a column are looked up whatever their order, runs of them
// and nulls among them.
func TestPlaces(t *testing.T) {
	d := load(t)
	table := d.Table("MHS101")
	column := table.Index("ServiceRequestID")
	rapid.Check(t, func(t *rapid.T) {
		given := rapid.SliceOf(rapid.StringMatching(`R[0-9]`)).Draw(t, "given")
		asked := rapid.SliceOfN(rapid.StringMatching(`(R[0-9])?`), 1, 200).Draw(t, "asked")
		var n names
		twin := map[string]int32{}
		for _, v := range given {
			twin[v] = n.add([]byte(v))
		}
		b := fill(table, len(asked), map[string]func(int) string{"ServiceRequestID": func(row int) string { return asked[row] }})
		var x sight
		got := x.places([]int32{7}, &n, b, column)[1:]
		for row, v := range asked {
			want, ok := twin[v]
			if !ok {
				want = none
			}
			if got[row] != want {
				t.Fatalf("row %d of %q: %d, want %d", row, asked, got[row], want)
			}
		}
	})
}

func TestReadDay(t *testing.T) {
	for _, tt := range []struct {
		text, want string // "" for no date
	}{
		{"2026-09-01", "2026-09-01"}, {"2026-09-01T10:00:00", "2026-09-01"}, {"2026-09-01 10:00", "2026-09-01"},
		{"01/09/2026", "2026-09-01"}, {"29/02/2024", "2024-02-29"}, {"29/02/2026", ""}, {"2026-02-30", ""},
		{"2026-13-01", ""}, {"2026-00-10", ""}, {"2026-01-00", ""}, {"2026-1-011", ""}, {"2026/01/01", ""},
		{"01-09-2026", ""}, {"2O26-01-01", ""}, {"+026-01-01", ""}, {"2026-09-01x", ""}, {"", ""}, {"9999-12-31", "9999-12-31"},
	} {
		got := ""
		if day := readDay([]byte(tt.text)); day != batch.Null {
			got = string(batch.AppendDay(nil, day))
		}
		if got != tt.want {
			t.Errorf("%q is read as %q, want %q", tt.text, got, tt.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		v := fmt.Sprintf("%04d-%02d-%02d", rapid.IntRange(1, 9999).Draw(t, "year"), rapid.IntRange(0, 13).Draw(t, "month"), rapid.IntRange(0, 32).Draw(t, "day"))
		day, err := time.Parse(time.DateOnly, v)
		if got := readDay([]byte(v)); (got == batch.Null) != (err != nil) || err == nil && got != batch.Day(day.Year(), int(day.Month()), day.Day()) {
			t.Errorf("%s: %d, package time says %v, %v", v, got, day, err)
		}
	})
}

// Rows with one identifier are all found, in any order of rows.
func TestChains(t *testing.T) {
	d := load(t)
	rows := []string{"R1,P1,,2026-09-01,T1", "R1,P1,9990000018,2026-09-02,T2", ",P1,,2026-09-02,", ",P2,9990000026,2026-09-03,T1"}
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}} {
		file := "referral,patient,NHS number,referral date,team\n"
		for _, i := range order {
			file += rows[i] + "\n"
		}
		e, err := ReadExtract(strings.NewReader(file), d)
		if err != nil {
			t.Fatal(err)
		}
		place := func(n *names, v string) int32 { return n.find([]byte(v), n.hash([]byte(v))) }
		number := func(v string) int32 {
			if v == "" {
				return noNumber
			}
			if i := place(&e.numbers.names, v); i >= 0 {
				return i
			}
			return otherNumber
		}
		for _, tt := range []struct {
			referral, patient, number, day, team, want string
		}{
			{"R1", "", "", "", "", "same_referral"},
			{"R1", "", "9990000042", "", "", "same_referral"}, // the first has no number
			{"R2", "P1", "", "2026-09-01", "T1", "same_patient_team"},
			{"R2", "P1", "", "2026-09-01", "T2", ""},
			{"R2", "P1", "", "2026-09-02", "T3", "same_patient_date"},
			{"R2", "P1", "", "2026-09-02", "T2", "same_patient_team"},
			{"R2", "P1", "9990000042", "2026-09-02", "T2", "same_patient_date"}, // not the second: other numbers
			{"R2", "P9", "9990000018", "2026-09-02", "T2", "same_patient_team"},
			{"R2", "P2", "9990000026", "2026-09-03", "", "same_patient_date"},
			{"R2", "P2", "9990000018", "2026-09-03", "T1", ""},
			{"R2", "P1", "", "2026-09-09", "T1", ""},
		} {
			r := &seen{referral: place(&e.referrals.names, tt.referral), patient: place(&e.patients.names, tt.patient), number: number(tt.number), day: readDay([]byte(tt.day)), team: []byte(tt.team)}
			if got := e.has(r); got != tt.want {
				t.Errorf("rows %v, %+v: %q", order, tt, got)
			}
		}
	}
}

// Reading takes memory now and then, never for a row.
func TestExtractAllocs(t *testing.T) {
	const rows = 100_000
	d := load(t)
	file := madeExtract(rows)
	if n := testing.AllocsPerRun(2, func() {
		if _, err := ReadExtract(strings.NewReader(file), d); err != nil {
			t.Fatal(err)
		}
	}); n > rows/100 {
		t.Errorf("%v allocations for %d rows", n, rows)
	}
}

// madeExtract is an extract of so many rows, all different.
func madeExtract(rows int) string {
	var b strings.Builder
	b.WriteString("ServiceRequestId,NHSNumber,ReferralRequestReceivedDate,Team,LastContact\n")
	for i := range rows {
		fmt.Fprintf(&b, "TT%07d,999%07d,2026-01-%02d,T-IAPT,\n", i*7919%rows, i*104729%rows, i%31+1)
	}
	return b.String()
}

func BenchmarkReadExtract(b *testing.B) {
	const rows = 100_000
	d := load(b)
	file := madeExtract(rows)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		x, err := OpenExtract(strings.NewReader(file), d)
		if err == nil {
			_, err = x.Read(int64(len(file)))
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}

// BenchmarkTwice looks up the referrals of a batch in an extract of 100,000.
func BenchmarkTwice(b *testing.B) {
	const rows = 4096
	s, batches := busy(b, rows)
	e, err := ReadExtract(strings.NewReader(madeExtract(100_000)), s.spec.d)
	if err != nil {
		b.Fatal(err)
	}
	s.Give(e)
	parents := itself(rows)
	x := s.NewSight().(*sight)
	patients := s.spec.patient
	s.LookJoined(x, patients, batches[patients], parents)
	s.Keep(patients, x)
	from := batches[s.spec.referral]
	b.ReportAllocs()
	for b.Loop() {
		x.Reset(s.spec.referral)
		s.lookTwice(x, e, from, parents(0, 0))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}
