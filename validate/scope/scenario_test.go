package scope_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"mhsds/validate"
	"mhsds/validate/finding"
	"mhsds/validate/scope"
	"mhsds/validate/source"
	"mhsds/validate/source/delimited"

	"github.com/google/go-cmp/cmp"
)

// The scenario: a month of a provider with some three hundred patients, among
// whose referrals twelve of adult Talking Therapies are hidden. It is made
// here, by a fixed seed; run the test with -update after a change.
//
//	team         type  who is seen, by whom
//	T-CMHT       A06   adults, by nurses and social workers
//	T-OLDER      A07   older people, by nurses
//	T-PSYCH      A13   adults, by psychologists, with PHQ-9 and GAD-7
//	T-PRIMARY    A05   adults, by psychologists and nurses
//	T-PSYTHER    A12   adults, by psychotherapists
//	T-JOINT      A05   adults, by nurses, a psychologist and one PWP
//	T-CAMHS      A06   under 18 mostly, by children's practitioners and a PWP
//	T-SCHOOLS    F01   pupils, by education practitioners
//	T-GAMBLE     D07   gamblers, by High Intensity Therapists
//	T-STEPS      A13   Talking Therapies in all but name; declared in the .toml
//	T-MINDS      A05   the same, not declared; some in the extract; and with it
//	                   a patient of 17 and a referral from Talking Therapies
var update = flag.Bool("update", false, "write testdata/submissions/scope-scenario anew")

const scenario = "../../testdata/submissions/scope-scenario"

// A world is the submission in the making.
type world struct {
	rng    *rand.Rand
	tables map[string][][]string
	order  []string

	patients, referrals, contacts int
	expected                      [][]string
}

func (w *world) table(name string, columns ...string) {
	w.tables[name] = [][]string{columns}
	w.order = append(w.order, name)
}

func (w *world) add(name string, cells ...string) {
	if len(cells) != len(w.tables[name][0]) {
		panic(fmt.Sprintf("%s: %d cells", name, len(cells)))
	}
	w.tables[name] = append(w.tables[name], cells)
}

func (w *world) pick(v ...string) string { return v[w.rng.IntN(len(v))] }

// nhs returns a valid number of the test range.
func nhs(n int) string {
	for k := 999100000 + 37*n; ; k++ {
		s, sum := fmt.Sprint(k), 0
		for i := range 9 {
			sum += int(s[i]-'0') * (10 - i)
		}
		if c := (11 - sum%11) % 11; c < 10 {
			return s + fmt.Sprint(c)
		}
	}
}

// patient adds a patient and returns the identifier.
func (w *world) patient(birth string) string {
	w.patients++
	id := fmt.Sprintf("P%05d", w.patients)
	w.add("MHS001MPI", id, "RZZ", nhs(w.patients), "01", birth, w.pick("LS1 4AP", "LS7 2DD", "BD3 9TT", "HX1 5PZ"), w.pick("1", "2"), w.pick("A", "B", "H", "M"))
	w.add("MHS002GP", id, fmt.Sprintf("B8%04d", 1+w.rng.IntN(40)), "2018-04-01")
	return id
}

func (w *world) born(from, to int) string {
	return fmt.Sprintf("%d-%02d-%02d", from+w.rng.IntN(to-from+1), 1+w.rng.IntN(12), 1+w.rng.IntN(28))
}

func (w *world) day() string { return fmt.Sprintf("2026-09-%02d", 1+w.rng.IntN(30)) }

// referral adds a referral received in the summer and returns the identifier.
func (w *world) referral(patient, team, source, reason string) string {
	w.referrals++
	id := fmt.Sprintf("SR%05d", w.referrals)
	day := fmt.Sprintf("2026-%02d-%02d", 6+w.rng.IntN(3), 1+w.rng.IntN(28))
	w.add("MHS101Referral", id, patient, "15F", team, day, source, reason)
	return id
}

// contact adds an attended contact with an activity by somebody.
func (w *world) contact(referral, otherTeam, day, staff string) (activity string) {
	w.contacts++
	c, a := fmt.Sprintf("CC%05d", w.contacts), fmt.Sprintf("CA%05d", w.contacts)
	w.add("MHS201CareContact", c, referral, day, otherTeam, "15F", "01", "60", "01", w.pick("01", "02", "11"), "5")
	w.add("MHS202CareActivity", a, c, "50")
	w.add("MHS206StaffActivity", a, staff)
	return a
}

// hide adds what must be found of a referral: without anything declared, and
// with the configuration and the extract beside the submission.
func (w *world) hide(referral, code, grade, code2, grade2 string) {
	row := slices.IndexFunc(w.tables["MHS101Referral"], func(r []string) bool { return r[0] == referral })
	w.expected = append(w.expected, []string{referral, fmt.Sprint(row), code, grade, code2, grade2})
}

const (
	outOfScope    = "out of scope"
	declared      = "declared locally"
	doubleCounted = "double counted"
	likely        = "likely"
)

// build makes the submission, the extract of the other service, and the list
// of what is hidden.
func build() (w *world, extract [][]string) {
	w = &world{rng: rand.New(rand.NewPCG(20260901, 12)), tables: map[string][][]string{}}
	w.table("MHS000Header", "DatSetVer", "OrgIDProvider", "OrgIDSubmit", "PrimSystemInUse", "ReportingPeriodStartDate", "ReportingPeriodEndDate", "DateTimeDatSetCreate")
	w.table("MHS001MPI", "LocalPatientID", "OrgIDLocalPatientID", "NHSNumber", "NHSNumberStatus", "PersonBirthDate", "Postcode", "GenderIDCode", "EthnicCategory")
	w.table("MHS002GP", "LocalPatientID", "GMPReg", "StartDateGMPRegistration")
	w.table("MHS101Referral", "ServiceRequestID", "LocalPatientID", "OrgIDComm", "CareProfTeamLocalID", "ReferralRequestReceivedDate", "SourceOfReferralMH", "PrimReasonReferralMH")
	w.table("MHS102OtherServiceType", "ServiceRequestID", "OtherCareProfTeamLocalID")
	w.table("MHS104RTT", "ServiceRequestID", "PatPathID", "WaitTimeMeasureType", "OrgIDPatPathIDIssuer", "ReferToTreatPeriodStartDate", "ReferToTreatPeriodStatus")
	w.table("MHS105OnwardReferral", "ServiceRequestID", "OnwardReferDate", "OnwardReferReason", "OrgIDReceiving")
	w.table("MHS201CareContact", "CareContactID", "ServiceRequestID", "CareContDate", "OtherCareProfTeamLocalID", "OrgIDComm", "AdminCatCode", "ClinContDurOfCareCont", "ConsType", "ConsMechanismMH", "AttendStatus")
	w.table("MHS202CareActivity", "CareActID", "CareContactID", "ClinContactDurOfCareAct")
	w.table("MHS206StaffActivity", "CareActID", "CareProfLocalID")
	w.table("MHS301GroupSession", "GroupSessID", "GroupSessDate", "OrgIDComm", "ClinContDurOfGroupSess", "GroupSessType", "NumberOfGroupSessParticip", "CareProfLocalID", "ServTeamTypeRefToMH")
	w.table("MHS607CodedScoreAssessmentAct", "CareActID", "CodedAssToolType", "PersScore")
	w.table("MHS901StaffDetails", "CareProfLocalID", "OrgIDCareProfLocalID", "CareProfStaffGpMH", "CareProfJobRoleCode")
	w.table("MHS902ServiceTeamDetails", "CareProfTeamLocalID", "OrgIDCareProfTeamLocalID", "ServTeamTypeMH", "ServTeamIntAgeGroup")
	w.add("MHS000Header", "6.0", "RZZ", "RZZ", "SYNTHETIC EPR", "2026-09-01", "2026-09-30", "2026-10-05T10:00:00")
	for _, s := range [][2]string{
		{"NURSE1", "R1590"}, {"NURSE2", "R1590"}, {"NURSE3", "R1590"}, {"SOCIAL1", "R1610"},
		{"PSYCH1", "05003"}, {"PSYCH2", "05003"}, {"PSYTH1", "05009"}, {"PSYTH2", "05009"},
		{"CHILD1", "07052"}, {"CHILD2", "07053"}, {"SCHOOL1", "07054"}, {"SCHOOL2", "07055"},
		{"GAMBLE1", "05014"}, {"EMPLOY1", "07045"},
		{"HIT1", "05014"}, {"HIT2", "05015"}, {"PWP1", "07028"}, {"PWP2", "07028"}, {"PWP3", "07029"}, {"PWPJOINT", "07028"}, {"PWPCAMHS", "07028"},
	} {
		w.add("MHS901StaffDetails", s[0], "RZZ", "12", s[1])
	}
	for _, t := range [][3]string{
		{"T-CMHT", "A06", "03"}, {"T-OLDER", "A07", "04"}, {"T-PSYCH", "A13", "03"}, {"T-PRIMARY", "A05", "03"}, {"T-PSYTHER", "A12", "03"},
		{"T-JOINT", "A05", "01"}, {"T-CAMHS", "A06", "02"}, {"T-SCHOOLS", "F01", "02"}, {"T-GAMBLE", "D07", "03"},
		{"T-STEPS", "A13", "03"}, {"T-MINDS", "A05", "03"},
	} {
		w.add("MHS902ServiceTeamDetails", t[0], "RZZ", t[1], t[2])
	}
	// questionnaires records PHQ-9 and GAD-7 with an activity.
	questionnaires := func(activity string) {
		w.add("MHS607CodedScoreAssessmentAct", activity, "720433000", fmt.Sprint(w.rng.IntN(28)))
		w.add("MHS607CodedScoreAssessmentAct", activity, "445455005", fmt.Sprint(w.rng.IntN(22)))
	}
	crowd := func(n int, team string, from, to int, contacts int, asks bool, staff ...string) {
		for range n {
			r := w.referral(w.patient(w.born(from, to)), team, w.pick("A1", "B1", "H2", "M7"), w.pick("04", "05", "06", "07", "11"))
			for range contacts {
				a := w.contact(r, "", w.day(), w.pick(staff...))
				if asks {
					questionnaires(a)
				}
			}
		}
	}
	// Look-alikes, and people whom nobody would mistake.
	crowd(60, "T-CMHT", 1950, 2004, 2, false, "NURSE1", "NURSE2", "SOCIAL1")
	crowd(36, "T-OLDER", 1930, 1955, 1, false, "NURSE3")
	crowd(42, "T-PSYCH", 1955, 2006, 2, true, "PSYCH1", "PSYCH2")
	crowd(36, "T-PRIMARY", 1955, 2006, 1, true, "PSYCH2", "NURSE2")
	crowd(15, "T-PSYTHER", 1960, 2003, 2, false, "PSYTH1", "PSYTH2")
	crowd(24, "T-JOINT", 1960, 2003, 2, false, "NURSE1", "PSYCH1")
	for range 6 { // seen by the joint team's one practitioner alone
		r := w.referral(w.patient(w.born(1970, 2003)), "T-JOINT", "B1", "05")
		questionnaires(w.contact(r, "", w.day(), "PWPJOINT"))
		w.contact(r, "", w.day(), "PWPJOINT")
	}
	for range 4 { // of the community team, with a share of the joint team's
		r := w.referral(w.patient(w.born(1970, 2003)), "T-CMHT", "A1", "04")
		w.add("MHS102OtherServiceType", r, "T-JOINT")
		w.contact(r, "", w.day(), "NURSE1")
		w.contact(r, "T-JOINT", w.day(), "PWPJOINT")
	}
	crowd(28, "T-CAMHS", 2010, 2017, 2, false, "CHILD1", "CHILD2")
	for range 4 { // 17, and one young adult, seen by a practitioner for adults
		r := w.referral(w.patient("2009-03-14"), "T-CAMHS", "A1", "05")
		w.contact(r, "", w.day(), "PWPCAMHS")
	}
	w.contact(w.referral(w.patient("2008-01-20"), "T-CAMHS", "A1", "05"), "", w.day(), "PWPCAMHS")
	crowd(14, "T-SCHOOLS", 2009, 2016, 1, false, "SCHOOL1", "SCHOOL2")
	crowd(10, "T-GAMBLE", 1965, 2003, 2, false, "GAMBLE1")
	gambler := w.referral(w.patient("1988-06-02"), "T-MINDS", "B1", "28") // a gambler elsewhere
	w.contact(gambler, "", w.day(), "HIT1")

	// The twelve, and those who stand among them.
	tt := func(team, source, reason string, staff ...string) string {
		r := w.referral(w.patient(w.born(1960, 2004)), team, source, reason)
		for _, s := range staff {
			questionnaires(w.contact(r, "", w.day(), s))
		}
		return r
	}
	w.hide(tt("T-MINDS", "N1", "04", "HIT1"), "PRE0201", outOfScope, "PRE0201", outOfScope)
	w.hide(tt("T-MINDS", "N2", "05", "PWP2", "PWP2"), "PRE0201", outOfScope, "PRE0201", outOfScope)
	w.hide(tt("T-PRIMARY", "M8", "04"), "PRE0201", outOfScope, "PRE0201", outOfScope)
	onward := tt("T-MINDS", "A1", "05", "PWP3")
	w.add("MHS105OnwardReferral", onward, "2026-09-22", "05", "RZZ")
	w.hide(onward, "PRE0202", outOfScope, "PRE0202", outOfScope)
	waiting := tt("T-PSYCH", "B1", "04")
	w.add("MHS104RTT", waiting, "PPI-1", "03", "RZZ", "2026-08-03", "10")
	w.hide(waiting, "PRE0203", outOfScope, "PRE0203", outOfScope)
	for _, staff := range [][]string{{"PWP1", "PWP1", "PWP1"}, {"HIT1", "HIT2"}, {"PWP1", "EMPLOY1", "PWP1"}} {
		w.hide(tt("T-STEPS", "B1", "05", staff...), "PRE0231", likely, "PRE0211", declared)
	}
	byID := tt("T-MINDS", "B1", "04", "PWP2", "PWP2")
	w.hide(byID, "PRE0231", likely, "PRE0221", doubleCounted)
	byNumber := tt("T-MINDS", "A1", "05", "PWP3", "HIT2")
	w.hide(byNumber, "PRE0231", likely, "PRE0222", doubleCounted)
	w.hide(tt("T-MINDS", "B1", "05", "PWP2", "PWP2", "PWP2"), "PRE0231", likely, "PRE0231", likely)
	w.hide(tt("T-MINDS", "M5", "04", "HIT1"), "PRE0231", likely, "PRE0231", likely)

	young := w.referral(w.patient("2009-02-11"), "T-MINDS", "B1", "05") // 17 throughout
	w.contact(young, "", w.day(), "PWP2")
	w.contact(young, "", w.day(), "PWP2")
	stepped := tt("T-MINDS", "N3", "04", "HIT1", "HIT1") // from Talking Therapies into secondary care
	mixed := tt("T-MINDS", "A1", "04", "PSYCH1", "PWP2") // half of it by others
	for i, staff := range []string{"PWP1", "HIT1", "PSYCH1"} {
		w.add("MHS301GroupSession", fmt.Sprintf("GS%d", i+1), w.day(), "15F", "90", "03", "8", staff, "A05")
	}

	// The other service's own file: two referrals that are here as well, and
	// people who are in both services without being counted twice.
	find := func(table string, id string) []string {
		for _, r := range w.tables[table] {
			if r[0] == id {
				return r
			}
		}
		panic(id)
	}
	number := func(r []string) string { return find("MHS001MPI", r[1])[2] }
	extract = append(extract, []string{"ServiceRequestId", "NHSNumber", "ReferralRequestReceivedDate", "Team", "LastContact"})
	r := find("MHS101Referral", byNumber)
	extract = append(extract, []string{"TT-9001", number(r), r[4], r[3], "2026-09-30"})
	for _, other := range []string{stepped, mixed, gambler} { // the same people, on another day
		extract = append(extract, []string{"TT-" + other, number(find("MHS101Referral", other)), "2026-01-15", "T-MINDS", "2026-09-02"})
	}
	cmht := w.tables["MHS101Referral"][5] // the same day, to another team
	extract = append(extract, []string{"TT-9005", number(cmht), cmht[4], "T-MINDS", "2026-09-12"})
	primary := w.tables["MHS101Referral"][150] // the same identifier, of another person
	extract = append(extract, []string{primary[0], nhs(9000), "2026-07-01", "T-MINDS", "2026-09-13"})
	r = find("MHS101Referral", byID)
	extract = append(extract, []string{r[0], number(r), "2026-06-30", "PWP HUB", "2026-09-14"})
	for i := range 40 {
		extract = append(extract, []string{fmt.Sprintf("TT-%d", 100+i), nhs(5000 + i), fmt.Sprintf("2026-07-%02d", 1+i%28), "T-MINDS", ""})
	}
	return w, extract
}

func csvOf(rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.WriteAll(rows)
	return b.Bytes()
}

// files are the scenario's files by path.
func files() map[string][]byte {
	w, extract := build()
	out := map[string][]byte{
		scenario + ".talking-therapies.csv": csvOf(extract),
		scenario + ".expected.csv":          csvOf(append([][]string{{"referral", "row", "code", "grade", "code_declared", "grade_declared"}}, w.expected...)),
	}
	for _, name := range w.order {
		out[filepath.Join(scenario, name+".csv")] = csvOf(w.tables[name])
	}
	return out
}

// TestScenarioIsFresh: the committed files are those that are made here.
func TestScenarioIsFresh(t *testing.T) {
	want := files()
	if *update {
		if err := os.RemoveAll(scenario); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(scenario, 0o777); err != nil {
			t.Fatal(err)
		}
		for name, data := range want {
			if err := os.WriteFile(name, data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, data := range want {
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, data) {
			t.Errorf("%s is not what the test makes; run it with -update", name)
		}
	}
	if w, _ := build(); w.patients < 290 || w.patients > 320 {
		t.Errorf("%d patients", w.patients)
	}
}

// folder is the committed submission.
type folder struct{ files []string }

func openScenario(t testing.TB) *folder {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(scenario, "*.csv"))
	if err != nil || len(list) == 0 {
		t.Fatalf("no scenario: %v", err)
	}
	return &folder{list}
}

func (f *folder) Tables() (list []source.Table) {
	for _, p := range f.files {
		name := filepath.Base(p)
		list = append(list, source.Table{Name: strings.TrimSuffix(name, ".csv"), File: name})
	}
	return list
}

func (f *folder) Open(i int) (source.Reader, error) {
	data, err := os.ReadFile(f.files[i])
	if err != nil {
		return nil, err
	}
	return delimited.NewReader(bytes.NewReader(data), filepath.Base(f.files[i]), delimited.Options{BlockSize: 2048})
}
func (f *folder) Notices() []source.Notice { return nil }
func (f *folder) Close() error             { return nil }

// TestScenario finds the twelve and nobody else: with nothing declared, and
// with a team declared and the other service's file at hand.
func TestScenario(t *testing.T) {
	expected, err := csv.NewReader(bytes.NewReader(read(t, scenario+".expected.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(expected) != 13 {
		t.Fatalf("%d referrals are hidden, want 12", len(expected)-1)
	}
	for _, tt := range []struct {
		name   string
		column int
		opt    func(s *stage) scope.Options
		want   *finding.ScopeSummary
	}{
		{"nothing declared", 2, func(*stage) scope.Options { return scope.Options{} }, &finding.ScopeSummary{
			Grades: []finding.ScopeGrade{
				{Grade: outOfScope, Referrals: 5, Contacts: 4, Patients: 5},
				{Grade: likely, Referrals: 7, Contacts: 16, Patients: 7},
			},
			Referrals: 12, Contacts: 20, Patients: 12,
		}},
		{"declared", 4, func(s *stage) scope.Options {
			e, err := scope.ReadExtract(bytes.NewReader(read(t, scenario+".talking-therapies.csv")), s.validator.Dictionary())
			if err != nil {
				t.Fatal(err)
			}
			return scope.Options{Declared: map[string][]string{"teams": {"T-STEPS", "T-GONE"}}, Extract: e}
		}, &finding.ScopeSummary{
			Grades: []finding.ScopeGrade{
				{Grade: outOfScope, Referrals: 5, Contacts: 4, Patients: 5},
				{Grade: doubleCounted, Referrals: 2, Contacts: 4, Patients: 2},
				{Grade: declared, Referrals: 3, Contacts: 8, Patients: 3},
				{Grade: likely, Referrals: 2, Contacts: 4, Patients: 2},
			},
			Referrals: 12, Contacts: 20, Patients: 12,
			Declared: []finding.ScopeDeclared{{List: "teams", Entry: 1, Hits: 3}, {List: "teams", Entry: 2, Hits: 0}},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := shared(t)
			got, sum := s.run(t, tt.opt(s), openScenario(t))
			if sum.Verdict != finding.Accepted {
				t.Errorf("the portal would not accept it: %v", sum.Rules)
			}
			var found, want [][]string
			for _, f := range got {
				row := fmt.Sprint(f.row)
				if f.table != "MHS101" { // onward referral and waiting time, of which there is one row
					row = "of " + f.code
				}
				found = append(found, []string{row, f.code, f.grade})
			}
			for _, e := range expected[1:] {
				row := e[1]
				if e[tt.column] == "PRE0202" || e[tt.column] == "PRE0203" {
					row = "of " + e[tt.column]
				}
				want = append(want, []string{row, e[tt.column], e[tt.column+1]})
			}
			slices.SortFunc(found, slices.Compare[[]string])
			slices.SortFunc(want, slices.Compare[[]string])
			if diff := cmp.Diff(want, found); diff != "" {
				t.Errorf("found (-want +got):\n%s\n%v", diff, got)
			}
			if diff := cmp.Diff(tt.want, sum.Scope); diff != "" {
				t.Errorf("summary (-want +got):\n%s", diff)
			}
		})
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestScenarioIsTheSame whatever the number of workers and the batch size.
func TestScenarioIsTheSame(t *testing.T) {
	var first []said
	for i, opt := range []validate.Options{{Workers: 1}, {Workers: 2, BatchRows: 1}, {Workers: 8, BatchRows: 7}} {
		s := newStage(t, opt)
		got, _ := s.run(t, scope.Options{Declared: map[string][]string{"staff": {"PWPJOINT", "PWP1"}, "source_systems": {"NONE"}}}, openScenario(t))
		if i == 0 {
			first = got
		}
		if diff := cmp.Diff(first, got, cmp.AllowUnexported(said{})); diff != "" {
			t.Errorf("%+v: findings differ:\n%s", opt, diff)
		}
	}
	if len(first) == 0 {
		t.Error("nothing found")
	}
}

// TestExtractInAnyOrder: what is counted twice is found whatever the order of
// the extract's rows, while it is still being read when the first rows come, and
// whatever the number of workers.
func TestExtractInAnyOrder(t *testing.T) {
	var lines []string
	for line := range strings.Lines(string(read(t, scenario+".talking-therapies.csv"))) {
		lines = append(lines, line)
	}
	var first []said
	for i, opt := range []validate.Options{{Workers: 1}, {Workers: 2, BatchRows: 5}, {Workers: 8, BatchRows: 7}, {Workers: 2, BatchRows: 1}} {
		rows := slices.Clone(lines[1:])
		rand.New(rand.NewPCG(1, uint64(i))).Shuffle(len(rows), func(a, b int) { rows[a], rows[b] = rows[b], rows[a] })
		s := newStage(t, opt)
		s.Scope = scope.New(scope.Options{})
		asked, there := make(chan bool), make(chan bool)
		ask := sync.OnceFunc(func() { close(asked) })
		var e *scope.Extract
		s.Await(func() *scope.Extract {
			ask()
			<-there
			return e
		})
		if err := s.Bind(s.validator.Dictionary()); err != nil {
			t.Fatal(err)
		}
		go func() {
			defer close(there)
			<-asked // the run is under way
			var err error
			if e, err = scope.ReadExtract(strings.NewReader(lines[0]+strings.Join(rows, "")), s.validator.Dictionary()); err != nil {
				t.Error(err)
			}
		}()
		var got keeper
		if _, err := s.validator.Run(t.Context(), openScenario(t), &got); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = got
			twice := slices.DeleteFunc(slices.Clone(first), func(f said) bool { return f.grade != doubleCounted })
			if len(twice) != 2 {
				t.Errorf("%d referrals counted twice, want 2: %v", len(twice), twice)
			}
		}
		if diff := cmp.Diff(first, []said(got), cmp.AllowUnexported(said{})); diff != "" {
			t.Errorf("%+v: findings differ:\n%s", opt, diff)
		}
	}
}
