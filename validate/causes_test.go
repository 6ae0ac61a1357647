package validate

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mhsds/validate/finding"
)

// clinic is a submission of patients, each with a GP registration, a referral
// and contacts, all valid but for what a test breaks.
type clinic struct{ *memory }

func newClinic() clinic {
	m := newMemory()
	m.table("MHS000Header", "DatSetVer", "OrgIDProvider", "OrgIDSubmit", "PrimSystemInUse", "ReportingPeriodStartDate", "ReportingPeriodEndDate", "DateTimeDatSetCreate")
	m.add("MHS000Header", "6.0", "RXX", "RXX", "TEST", "2026-09-01", "2026-09-30", "2026-10-05T10:00:00")
	m.table("MHS001MPI", "LocalPatientID", "OrgIDLocalPatientID", "PersonBirthDate")
	m.table("MHS002GP", "LocalPatientID", "GMPReg", "StartDateGMPRegistration")
	m.table("MHS101Referral", "ServiceRequestID", "LocalPatientID", "OrgIDComm", "ReferralRequestReceivedDate")
	m.table("MHS201CareContact", "CareContactID", "ServiceRequestID", "CareContDate", "CareContTime", "OrgIDComm", "AttendStatus", "PlannedCareContIndicator", "ConsMechanismMH", "ClinContDurOfCareCont")
	return clinic{m}
}

// patient adds a patient with a referral and contacts, and returns the numbers
// of the first rows added to the tables of patients, GPs, referrals, contacts.
func (c clinic) patient(id int, contacts int) (patient, gp, referral, contact int) {
	patient, gp = len(c.rows["MHS001MPI"]), len(c.rows["MHS002GP"])
	referral, contact = len(c.rows["MHS101Referral"]), len(c.rows["MHS201CareContact"])
	c.add("MHS001MPI", fmt.Sprintf("P%05d", id), "RXX", "1980-01-01")
	c.add("MHS002GP", fmt.Sprintf("P%05d", id), "H81010", "2001-01-01")
	c.add("MHS101Referral", fmt.Sprintf("SR%05d", id), fmt.Sprintf("P%05d", id), "92A", "2026-09-02")
	for i := range contacts {
		c.add("MHS201CareContact", fmt.Sprintf("CC%05d-%04d", id, i), fmt.Sprintf("SR%05d", id), "2026-09-10", "10:00:00", "92A", "5", "Y", "01", "30")
	}
	return
}

func (c clinic) carried(t *testing.T, opt Options) (int64, *finding.Summary) {
	t.Helper()
	_, s := judged(t, opt, c.memory)
	var n int64
	for _, ts := range s.Tables {
		n += ts.CarriedForward
	}
	return n, s
}

// TestTwentyCauses hides twenty faults of five sorts, which cost some 5,000
// rows, among contacts with faults of their own. The ranking must name the
// twenty first, and each repair, made by hand, must carry forward what was
// predicted for it.
func TestTwentyCauses(t *testing.T) {
	const each = 247
	build := func(repaired int) clinic { // the fault with this number is not made
		c := newClinic()
		next := 0
		for i := range 20 {
			id := next
			next += 2
			p, g, r, _ := c.patient(id, each)
			if i == repaired {
				if i%5 == 1 || i%5 == 4 {
					continue
				}
			}
			switch i % 5 {
			case 0: // a patient with a fault of her own
				if i != repaired {
					c.rows["MHS001MPI"][p][2] = "1980-01-01 13:00"
				}
			case 1: // two open GP registrations
				row := slices.Clone(c.rows["MHS002GP"][g])
				row[1] = "H81099"
				c.rows["MHS002GP"] = append(c.rows["MHS002GP"], row)
			case 2: // no referral with the identifier that the contacts have; the patient has another
				if i != repaired {
					c.rows["MHS101Referral"][r][0] += "X"
				} else {
					row := slices.Clone(c.rows["MHS101Referral"][r])
					c.rows["MHS101Referral"][r][0] += "X"
					c.rows["MHS101Referral"] = append(c.rows["MHS101Referral"], row)
				}
			case 3: // a referral with a fault of its own, of a patient with a second one
				c.add("MHS101Referral", fmt.Sprintf("SR%05d", id+1), fmt.Sprintf("P%05d", id), "92A", "2026-09-02")
				if i != repaired {
					c.rows["MHS101Referral"][r][2] = ""
				}
			case 4: // two referrals with one identifier
				c.rows["MHS101Referral"] = append(c.rows["MHS101Referral"], slices.Clone(c.rows["MHS101Referral"][r]))
			}
		}
		for i := range 30 { // one row lost each
			_, _, _, k := c.patient(1000+i, 3)
			c.rows["MHS201CareContact"][k][2] = "2026-12-01"
		}
		return c
	}
	base, s := build(-1).carried(t, Options{})
	var lost int64
	for _, ts := range s.Tables {
		lost += ts.Rows - ts.CarriedForward
	}
	if lost < 5000 {
		t.Errorf("%d rows are lost, want 5000 at least", lost)
	}
	if s.RootCount != 50 {
		t.Errorf("%d roots, want 50", s.RootCount)
	}
	for i, r := range s.Roots[:20] {
		if r.RowsFreed < each {
			t.Errorf("root %d frees %d rows, want %d at least: %v", i, r.RowsFreed, each, r)
		}
	}
	// The kinds' roots, in the order of their table and row.
	absent, group := 0, 0
	for _, r := range s.Roots[:20] {
		switch {
		case r.Absent:
			absent++
			if r.Table.ID != "MHS101" {
				t.Errorf("an absent record of %s", r.Table.ID)
			}
		case r.Group > 0:
			group++
		}
	}
	if absent != 4 || group != 8 {
		t.Errorf("%d absent records and %d groups among the first twenty, want 4 and 8", absent, group)
	}
	for i := range 20 {
		after, fixed := build(i).carried(t, Options{})
		if fixed.RootCount != 49 {
			t.Errorf("fault %d repaired: %d roots remain, want 49", i, fixed.RootCount)
		}
		// The repair of the absent record adds a row, which counts in after
		// and was not predicted, since it was not submitted.
		want := predicted(s, i%5)
		if i%5 == 2 {
			want++
		}
		if after-base != want {
			t.Errorf("fault %d (sort %d) repaired: %d more rows carried forward, %d were predicted", i, i%5, after-base, want)
		}
	}
}

// predicted is what the summary says of a root of the sort.
func predicted(s *finding.Summary, sort int) int64 {
	for _, r := range s.Roots[:20] {
		var is int
		switch {
		case r.Absent:
			is = 2
		case r.Group > 0 && r.Table.ID == "MHS002":
			is = 1
		case r.Group > 0:
			is = 4
		case r.Table.ID == "MHS101":
			is = 3
		}
		if is == sort {
			return r.RowsFreed
		}
	}
	return -1
}

// TestAssumeFixed: what would be carried forward is what is, once the faults
// are gone.
func TestAssumeFixed(t *testing.T) {
	build := func(broken bool) clinic {
		c := newClinic()
		for i := range 6 {
			p, _, r, k := c.patient(i, 5)
			if !broken {
				continue
			}
			switch i {
			case 1:
				c.rows["MHS001MPI"][p][2] = "1980-01-01 13:00"
			case 2:
				c.rows["MHS001MPI"][p][2] = "1980-01-01 13:00"
				c.rows["MHS101Referral"][r][2] = "" // another fault stays
			case 3:
				c.rows["MHS201CareContact"][k][2] = "2026-12-01"
			}
		}
		if !broken { // what stays broken
			c.rows["MHS101Referral"][2][2] = ""
			c.rows["MHS201CareContact"][15][2] = "2026-12-01"
		}
		return c
	}
	want, whole := build(false).carried(t, Options{})
	_, s := build(true).carried(t, Options{AssumeFixed: []string{"mhs00167"}})
	if s.Assumed == nil {
		t.Fatal("nothing is assumed")
	}
	var got int64
	for i, n := range s.Assumed.CarriedForward {
		got += n
		if w := whole.Tables[i].CarriedForward; n != w {
			t.Errorf("%s: %d rows would be carried forward, %d are once the faults are gone", s.Tables[i].Table.ID, n, w)
		}
	}
	if got != want || strings.Join(s.Assumed.Codes, ",") != "MHS00167" {
		t.Errorf("%d rows by codes %v, want %d", got, s.Assumed.Codes, want)
	}
	for i, table := range s.Tables {
		if s.Assumed.CarriedForward[i] < table.CarriedForward {
			t.Errorf("%s: fewer rows with faults repaired", table.Table.ID)
		}
	}
}
