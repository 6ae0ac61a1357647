package scope

import (
	"strings"
	"testing"
	"unicode"

	"mhsds/dictionary/frugal"
	"mhsds/validate/batch"
)

func TestReadExtract(t *testing.T) {
	d := load(t)
	for _, tt := range []struct {
		name, file string
		want       string // what of the rows can be found, or the error
	}{
		{"all columns", "Referral ID,Patient ID,NHS number,Referral date,Team\nR1,P1,999 000 0018,2026-09-01,T1\n", "referral R1; patient P1; number 9990000018; team T1; day 2026-09-01"},
		{"the data dictionary's names, any order and case", "careprofteamlocalid,LOCALPATIENTID,ReferralRequestReceivedDate\nT1,P1,2026-09-01\n", "patient P1; team T1; day 2026-09-01"},
		{"data item names", "SERVICE REQUEST IDENTIFIER\nR1\n", "referral R1"},
		{"other columns between", "x,Referral_ID,y\n1,R1,2\n", "referral R1"},
		{"semicolons, a mark, day first", "\ufeffNHS no;referral date\n999-000-0018;01/09/2026\n", "number 9990000018; day 2026-09-01"},
		{"tabs and a time", "patient\tdate of referral\nP1\t2026-09-01T10:00:00\n", "patient P1; day 2026-09-01"},
		{"a row with nothing, one with too little, one without a date", "patient id,referral date\n,\nP1,\nP2,soon\nP3,2026-09-01\n", "patient P3; day 2026-09-01; unusable 2; undated 1"},
		{"short and long rows", "referral id,team\nR1\nR2,T1,more\n", "referral R1; referral R2; team T1"},
		{"empty", "", "the file is empty; its first line must name the columns"},
		{"patients alone", "NHS number\n9990000018\n", "a patient alone says nothing, since people move between the services; add the column referral date, or referral id"},
		{"dates alone", "referral date\n2026-09-01\n", "no column says whose referrals these are; add patient id, NHS number or referral id"},
		{"nothing that is known", "a,b,c\n1,2,3\n", "no column that tells a referral among the 3 there are; those that are understood are referral id, patient id, NHS number, referral date, team"},
		{"one column twice", "referral id,x,Referral Identifier\n1,2,3\n", "two columns, the 1st and the 3rd, say the referral id"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := ReadExtract(strings.NewReader(tt.file), d)
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				got = describe(e)
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// holds reports whether some row can be found by the identifier.
func (c *chains) holds(v string) bool {
	return len(c.ends) > 0 && c.at(c.find([]byte(v), c.hash([]byte(v)))) >= 0
}

// describe lists what of an extract can be found.
func describe(e *Extract) string {
	var parts []string
	for _, k := range []string{"R1", "R2", "R3"} {
		if e.referrals.holds(k) {
			parts = append(parts, "referral "+k)
		}
	}
	for _, k := range []string{"P1", "P2", "P3"} {
		if e.patients.holds(k) {
			parts = append(parts, "patient "+k)
		}
	}
	for i := range e.numbers.ends {
		parts = append(parts, "number "+string(e.numbers.name(int32(i))))
	}
	for i := range e.teams.ends {
		parts = append(parts, "team "+string(e.teams.name(int32(i))))
	}
	for _, day := range e.rows.day {
		if day != batch.Null {
			parts = append(parts, "day "+string(batch.AppendDay(nil, day)))
		}
	}
	if e.Unusable > 0 {
		parts = append(parts, "unusable "+plural(e.Unusable, "")[:1])
	}
	if e.Undated > 0 {
		parts = append(parts, "undated "+plural(e.Undated, "")[:1])
	}
	return strings.Join(parts, "; ")
}

// FuzzReadExtract: whatever the file, it is read or refused in one sentence
// that holds none of it, and what is read can be asked.
func FuzzReadExtract(f *testing.F) {
	d := load(f)
	for _, s := range []string{
		"Referral ID,Patient ID,NHS number,Referral date,Team\nR1,P1,9990000018,2026-09-01,T1\n",
		"patient;referral date\nP1;01/09/2026\n", "\ufeffreferral\n\"a\nb\"\n", "", "referral id\n\"", "a\x00b\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, file string) {
		var e *Extract
		var err error
		frugal.Check(t, len(file), 1000, func() { e, err = ReadExtract(strings.NewReader(file), d) })
		if err != nil {
			if strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("error %q", err)
			}
			return
		}
		if e.Rows < e.Unusable+len(e.rows.day) || e.Rows > strings.Count(file, "\n")+strings.Count(file, "\r")+1 {
			t.Errorf("%d rows, %d unusable, %d kept", e.Rows, e.Unusable, len(e.rows.day))
		}
		for i := range e.referrals.ends {
			if e.has(&seen{referral: int32(i), patient: none, day: batch.Null, number: noNumber}) == "" {
				t.Errorf("a referral that was read is not found")
			}
			if v := e.referrals.name(int32(i)); e.referrals.find(v, e.referrals.hash(v)) != int32(i) {
				t.Errorf("an identifier has another number than it was given")
			}
		}
	})
}
