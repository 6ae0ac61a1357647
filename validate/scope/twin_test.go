package scope_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mhsds/dictionary/cases"
	"mhsds/validate/finding"
	"mhsds/validate/scope"

	"github.com/google/go-cmp/cmp"
)

type record = map[string]string

// A twin finds what belongs elsewhere by strings and maps, record by record.
// It is written from the rules' pages, apart from the package.
type twin struct {
	tables   map[string][]record
	declared map[string][]string
	extract  []cases.ExtractRow

	found map[string]bool // "code table row"
	sure  map[int]bool    // referrals that a finding has named surely
}

func (w *twin) first(table, field, key string) (int, record) {
	for i, r := range w.tables[table] {
		if r[field] == key && key != "" {
			return i, r
		}
	}
	return -1, nil
}

func (w *twin) add(code, table string, row int) {
	w.found[fmt.Sprintf("%s %s %d", code, table, row+1)] = true
}

func (w *twin) is(part, value string) bool {
	return value != "" && slices.Contains(w.declared[part], value)
}

func (w *twin) judge() {
	w.found, w.sure = map[string]bool{}, map[int]bool{}
	referrals := w.tables["MHS101"]
	for i, r := range referrals {
		if slices.Contains([]string{"M8", "N1", "N2"}, r["SourceOfReferralMH"]) {
			w.add("PRE0201", "MHS101", i)
			w.sure[i] = true
		}
		if w.is("teams", r["CareProfTeamLocalID"]) {
			w.add("PRE0211", "MHS101", i)
			w.sure[i] = true
		}
		w.twice(i, r)
	}
	for i, r := range w.tables["MHS105"] {
		if n, _ := w.first("MHS101", "ServiceRequestID", r["ServiceRequestID"]); r["OnwardReferReason"] == "05" {
			w.add("PRE0202", "MHS105", i)
			if n >= 0 {
				w.sure[n] = true
			}
		}
	}
	for i, c := range w.tables["MHS201"] {
		if n, _ := w.first("MHS101", "ServiceRequestID", c["ServiceRequestID"]); w.is("teams", c["OtherCareProfTeamLocalID"]) && !w.sure[n] {
			w.add("PRE0213", "MHS201", i)
		}
	}
	for i, s := range w.tables["MHS206"] {
		_, a := w.first("MHS202", "CareActID", s["CareActID"])
		_, c := w.first("MHS201", "CareContactID", a["CareContactID"])
		if n, _ := w.first("MHS101", "ServiceRequestID", c["ServiceRequestID"]); w.is("staff", s["CareProfLocalID"]) && !w.sure[n] {
			w.add("PRE0215", "MHS206", i)
		}
	}
	w.likely()
	w.people()
}

func (w *twin) twice(i int, r record) {
	_, p := w.first("MHS001", "LocalPatientID", r["LocalPatientID"])
	number, best := p["NHSNumber"], ""
	for _, x := range w.extract {
		both := number != "" && x.NHSNumber != ""
		if x.Referral != "" && x.Referral == r["ServiceRequestID"] && (!both || number == x.NHSNumber) {
			best = "PRE0221"
			break
		}
		same := both && number == x.NHSNumber || !both && x.Patient != "" && x.Patient == r["LocalPatientID"]
		if team := r["CareProfTeamLocalID"]; same && x.Date != "" && x.Date == r["ReferralRequestReceivedDate"] {
			switch {
			case x.Team == "" || team == "":
				if best == "" {
					best = "PRE0223"
				}
			case x.Team == team:
				best = "PRE0222"
			}
		}
	}
	if best != "" {
		w.add(best, "MHS101", i)
		w.sure[i] = true
	}
}

// delivery says who delivered a contact.
func (w *twin) delivery(c record) (named, theirs bool) {
	other := false
	for _, s := range w.tables["MHS206"] {
		_, a := w.first("MHS202", "CareActID", s["CareActID"])
		if n, _ := w.first("MHS201", "CareContactID", a["CareContactID"]); n < 0 || a["CareContactID"] != c["CareContactID"] {
			continue
		}
		named = true
		_, staff := w.first("MHS901", "CareProfLocalID", s["CareProfLocalID"])
		switch role := staff["CareProfJobRoleCode"]; {
		case slices.Contains([]string{"05014", "05015", "07028", "07029"}, role):
			theirs = true
		case role != "" && role != "07045":
			other = true
		}
	}
	return named, theirs && !other
}

func (w *twin) likely() {
	type counts struct{ all, theirs int }
	type seen struct {
		referral            int
		team                string
		named, theirs, grew bool
	}
	var list []seen
	teams := map[string]counts{}
	for i, c := range w.tables["MHS201"] {
		if n, _ := w.first("MHS201", "CareContactID", c["CareContactID"]); n != i {
			continue
		}
		n, r := w.first("MHS101", "ServiceRequestID", c["ServiceRequestID"])
		if n < 0 {
			continue
		}
		s := seen{referral: n, team: c["OtherCareProfTeamLocalID"]}
		if s.team == "" {
			s.team = r["CareProfTeamLocalID"]
		}
		s.named, s.theirs = w.delivery(c)
		_, p := w.first("MHS001", "LocalPatientID", r["LocalPatientID"])
		if birth, err := time.Parse(time.DateOnly, p["PersonBirthDate"]); err == nil {
			day, err := time.Parse(time.DateOnly, c["CareContDate"])
			s.grew = err == nil && !day.Before(birth.AddDate(18, 0, 0))
		}
		if s.named {
			t := teams[s.team]
			t.all++
			if s.theirs {
				t.theirs++
			}
			teams[s.team] = t
		}
		list = append(list, s)
	}
	pattern := func(team string) bool {
		for _, t := range w.tables["MHS902"] {
			if t["CareProfTeamLocalID"] == team && team != "" && (slices.Contains([]string{"D07", "F01"}, t["ServTeamTypeMH"]) || t["ServTeamIntAgeGroup"] == "02") {
				return false
			}
		}
		return 2*teams[team].theirs >= teams[team].all
	}
	for i, r := range w.tables["MHS101"] {
		if w.sure[i] || r["SourceOfReferralMH"] == "N3" || r["PrimReasonReferralMH"] == "28" {
			continue
		}
		var n counts
		for _, s := range list {
			if s.referral == i && s.grew && s.named {
				n.all++
				if s.theirs && pattern(s.team) {
					n.theirs++
				}
			}
		}
		if 2*n.theirs > n.all {
			w.add("PRE0231", "MHS101", i)
		}
	}
}

func (w *twin) people() {
	known, tests := 0, 0
	for _, p := range w.tables["MHS001"] {
		if p["NHSNumber"] != "" {
			known++
			if strings.HasPrefix(p["NHSNumber"], "999") {
				tests++
			}
		}
	}
	for i, p := range w.tables["MHS001"] {
		if strings.HasPrefix(p["NHSNumber"], "999") && 2*tests < known {
			w.add("PRE0245", "MHS001", i)
		}
		if n, _ := w.first("MHS001", "LocalPatientID", p["LocalPatientID"]); n != i {
			continue // what is the patient's goes to the first row
		}
		mine, private := 0, 0
		abroad, named := true, false
		for k, r := range w.tables["MHS101"] {
			if r["LocalPatientID"] != p["LocalPatientID"] || p["LocalPatientID"] == "" {
				continue
			}
			mine++
			contacts, paid := 0, 0
			commissioners := []string{r["OrgIDComm"]}
			for _, c := range w.tables["MHS201"] {
				if n, _ := w.first("MHS101", "ServiceRequestID", c["ServiceRequestID"]); n != k {
					continue
				}
				contacts++
				comm, cat := c["OrgIDComm"], c["AdminCatCode"]
				if comm == "VPP00" || comm == "" && (cat == "02" || cat == "" && r["OrgIDComm"] == "VPP00") {
					paid++
				}
				commissioners = append(commissioners, comm)
			}
			if contacts > 0 && paid == contacts || contacts == 0 && r["OrgIDComm"] == "VPP00" {
				private++
			}
			for _, comm := range commissioners {
				named = named || comm != ""
				abroad = abroad && (comm == "" || strings.HasPrefix(comm, "7A"))
			}
		}
		if mine > 0 && private == mine {
			w.add("PRE0243", "MHS001", i)
		}
		if strings.HasPrefix(p["Postcode"], "CF1") && named && abroad {
			w.add("PRE0242", "MHS001", i)
		}
	}
}

// random makes a small submission in which everything meets everything.
func random(rng *rand.Rand) *twin {
	pick := func(v ...string) string { return v[rng.IntN(len(v))] }
	id := func(prefix string, n int) string { return fmt.Sprintf("%s%d", prefix, rng.IntN(n)) }
	date := func() string { return fmt.Sprintf("2026-09-%02d", 10+rng.IntN(3)) }
	number := func() string { return pick("", nhs(1), nhs(2), nhs(3), "4000000001", "4000000002", "4000000003") }
	w := &twin{tables: map[string][]record{}, declared: map[string][]string{}}
	many := func(table string, most int, f func() record) {
		for range rng.IntN(most + 1) {
			w.tables[table] = append(w.tables[table], f())
		}
	}
	w.tables["MHS000"] = []record{{"DatSetVer": "6.0", "ReportingPeriodStartDate": "2026-09-01", "ReportingPeriodEndDate": "2026-09-30"}}
	many("MHS901", 6, func() record {
		return record{"CareProfLocalID": id("S", 5), "CareProfJobRoleCode": pick("05014", "07028", "07029", "07028", "05015", "R0001", "07052", "07045", "")}
	})
	many("MHS001", 5, func() record {
		return record{"LocalPatientID": id("P", 5), "NHSNumber": number(), "PersonBirthDate": pick("1990-01-01", "2008-09-11", "2008-02-29", "2015-01-01", ""), "Postcode": pick("CF1 1AA", "LS1 1AA", "")}
	})
	many("MHS101", 8, func() record {
		return record{"ServiceRequestID": id("R", 10), "LocalPatientID": id("P", 5), "CareProfTeamLocalID": pick("T1", "T2", "T3", ""), "ReferralRequestReceivedDate": date(),
			"SourceOfReferralMH": pick("A1", "A1", "A1", "B1", "N1", "N3", ""), "PrimReasonReferralMH": pick("04", "05", "28", ""), "OrgIDComm": pick("15F", "VPP00", "7A4", "")}
	})
	many("MHS105", 2, func() record {
		return record{"ServiceRequestID": id("R", 10), "OnwardReferReason": pick("01", "05"), "OnwardReferDate": date()}
	})
	many("MHS201", 16, func() record {
		return record{"CareContactID": id("C", 40), "ServiceRequestID": id("R", 10), "CareContDate": date(), "OtherCareProfTeamLocalID": pick("", "", "", "T1", "T4"),
			"OrgIDComm": pick("15F", "VPP00", "7A4", ""), "AdminCatCode": pick("01", "02", "")}
	})
	many("MHS202", 20, func() record { return record{"CareActID": id("A", 60), "CareContactID": id("C", 40)} })
	// Most activities that exist are delivered by somebody who exists.
	for _, a := range w.tables["MHS202"] {
		for range rng.IntN(3) {
			w.tables["MHS206"] = append(w.tables["MHS206"], record{"CareActID": a["CareActID"], "CareProfLocalID": id("S", 5)})
		}
	}
	many("MHS206", 2, func() record { return record{"CareActID": id("A", 60), "CareProfLocalID": id("S", 5)} })
	many("MHS902", 3, func() record {
		return record{"CareProfTeamLocalID": id("T", 5), "ServTeamTypeMH": pick("A05", "A13", "D07", "F01"), "ServTeamIntAgeGroup": pick("03", "03", "02")}
	})
	if rng.IntN(3) == 0 {
		w.declared["teams"] = []string{pick("T1", "T4"), "T9"}
	}
	if rng.IntN(3) == 0 {
		w.declared["staff"] = []string{"S1", "S2", "S3", "S20", "S21", "S22", "S23", "S24"}
	}
	if rng.IntN(2) == 0 {
		w.extract = []cases.ExtractRow{{Referral: "R-ELSEWHERE"}}
		for range 1 + rng.IntN(6) {
			w.extract = append(w.extract, cases.ExtractRow{
				Referral: pick("", "", id("R", 10)), Patient: pick("", id("P", 5)), NHSNumber: number(), Date: pick(date(), date(), ""), Team: pick("", "T1", "T2", "T5"),
			})
		}
	}
	return w
}

var evidence = flag.String("evidence", "", "write how often TestTwin saw each rule fail to `FILE` as JSON")

// TestTwin: on random submissions the package and its twin find the same.
func TestTwin(t *testing.T) {
	runs := 600
	if testing.Short() {
		runs = 200
	}
	s := shared(t)
	d := s.validator.Dictionary()
	judged := map[string]bool{} // codes that the twin knows
	for _, c := range []string{"PRE0201", "PRE0202", "PRE0211", "PRE0213", "PRE0215", "PRE0221", "PRE0222", "PRE0223", "PRE0231", "PRE0242", "PRE0243", "PRE0245"} {
		judged[c] = true
	}
	seen := map[string]int{}
	for seed := range runs {
		w := random(rand.New(rand.NewPCG(uint64(seed), 7)))
		w.judge()
		var sub submission
		sub.block = 300
		for i := range d.Tables {
			sub.add(d.Tables[i].ID, w.tables[d.Tables[i].ID])
		}
		got, sum := s.run(t, scope.Options{Declared: w.declared, Extract: extractOf(t, d, w.extract)}, &sub)
		found := map[string]bool{}
		for _, f := range got {
			if judged[f.code] {
				found[fmt.Sprintf("%s %s %d", f.code, f.table, f.row)] = true
				seen[f.code]++
			}
		}
		if diff := cmp.Diff(w.found, found); diff != "" {
			t.Fatalf("seed %d (-twin +package):\n%s\ntables %v\ndeclared %v\nextract %+v", seed, diff, w.tables, w.declared, w.extract)
		}
		checkTotals(t, seed, sum.Scope, got)
	}
	for c := range judged {
		if seen[c] < 5 && !testing.Short() {
			t.Errorf("%s was found %d times in all; the test proves little of it", c, seen[c])
		}
	}
	if *evidence != "" { // not reached if they differ
		data, err := json.Marshal(seen)
		if err == nil {
			err = os.WriteFile(*evidence, data, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// checkTotals: the parts of the summary add up, and there is something
// affected if, and only if, something was found that affects.
func checkTotals(t *testing.T, seed int, s *finding.ScopeSummary, got []said) {
	t.Helper()
	var sum finding.ScopeGrade
	for _, g := range s.Grades {
		sum.Referrals += g.Referrals
		sum.Contacts += g.Contacts
		sum.Patients += g.Patients
	}
	if sum.Referrals != s.Referrals || sum.Contacts != s.Contacts || sum.Patients != s.Patients {
		t.Errorf("seed %d: grades %+v do not add up to %+v", seed, s.Grades, s)
	}
	named := map[int64]bool{}
	for _, f := range got {
		if f.table == "MHS101" {
			named[f.row] = true
		}
	}
	if s.Referrals < int64(len(named)) {
		t.Errorf("seed %d: %d referrals affected, %d named", seed, s.Referrals, len(named))
	}
}
