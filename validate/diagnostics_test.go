package validate

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

// rejected notes the rows that are rejected.
type rejected map[string]bool

func (r rejected) Report(f *finding.Finding) error {
	if !f.Rule.Own() && f.Rule.Severity >= dictionary.RejectRecord {
		r[fmt.Sprint(f.Table.Name, f.Row)] = true
	}
	return nil
}

// surviving returns the rows of a table that are not rejected, by field.
func surviving(m *memory, r rejected, table string) (rows []map[string]string) {
	for i, row := range m.rows[table] {
		if r[fmt.Sprint(table, i+1)] {
			continue
		}
		fields := map[string]string{}
		for k, name := range m.columns[table] {
			fields[name] = strings.Trim(row[k], " ")
		}
		rows = append(rows, fields)
	}
	return rows
}

// plainDiagnostics counts each diagnostic of v6.0 that can be counted, in the
// plainest way. The small submissions are of September 2026.
func plainDiagnostics(m *memory, r rejected, d *dictionary.Dictionary) map[string][2]int64 {
	rows := func(table string) []map[string]string { return surviving(m, r, table) }
	in := func(list, code string) bool {
		for _, c := range d.List(list).Codes {
			if c.Code == code {
				return true
			}
		}
		return false
	}
	isOpen := func(date string) bool { return date == "" || date[:10] > "2026-09-30" }
	count := func(rows []map[string]string, test func(map[string]string) bool) (n int64) {
		for _, row := range rows {
			if test(row) {
				n++
			}
		}
		return n
	}
	has := func(table, field, key string) bool {
		return count(rows(table), func(c map[string]string) bool { return c[field] == key }) > 0
	}
	patients, teams := rows("MHS001MPI"), rows("MHS902ServiceTeamDetails")
	all := int64(len(patients))
	return map[string][2]int64{
		"MHSDAG001": {count(patients, func(p map[string]string) bool { return p["PersonBirthDate"] != "" }), all},
		"MHSDAG002": {count(patients, func(p map[string]string) bool { return in("Gender", p["Gender"]) }), all},
		"MHSDAG007": {count(patients, func(p map[string]string) bool { return in("EthnicCategory", p["EthnicCategory"]) }), all},
		"MHSDAG008": {count(patients, func(p map[string]string) bool { return p["NHSNumber"] != "" }), all},
		"MHSDAG018": {count(teams, func(t map[string]string) bool { return in("ServTeamTypeMH", t["ServTeamTypeMH"]) }), int64(len(teams))},
		"MHSDAG021": {count(rows("MHS701CPACareEpisode"), func(e map[string]string) bool {
			return isOpen(e["EndDateCPA"]) && has("MHS702CPAReview", "CPAEpisodeID", e["CPAEpisodeID"])
		}), 0},
		"MHSDAG023": {count(rows("MHS101Referral"), func(r map[string]string) bool {
			return r["PrimReasonReferralMH"] == "01" && strings.HasPrefix(r["ReferralRequestReceivedDate"], "2026-09")
		}), 0},
		"MHSDAG024": {count(rows("MHS101Referral"), func(r map[string]string) bool {
			return isOpen(r["ServDischDate"]) && has("MHS604PrimDiag", "ServiceRequestID", r["ServiceRequestID"])
		}), 0},
		"MHSDAG025": {count(rows("MHS501HospProvSpell"), func(s map[string]string) bool {
			return !has("MHS502WardStay", "HospProvSpellID", s["HospProvSpellID"])
		}), 0},
		"MHSDAG026": {count(patients, func(p map[string]string) bool {
			n := int64(0)
			for _, r := range rows("MHS101Referral") {
				if r["LocalPatientID"] == p["LocalPatientID"] {
					n += count(rows("MHS501HospProvSpell"), func(s map[string]string) bool {
						return s["ServiceRequestID"] == r["ServiceRequestID"] && isOpen(s["DischDateHospProvSpell"])
					})
				}
			}
			return n > 1
		}), 0},
	}
}

func TestDiagnostics(t *testing.T) {
	d := shared(t).Dictionary
	set := func(m *memory, table, field, value string, rows ...int) {
		for k, name := range m.columns[table] {
			for _, row := range rows {
				if name == field {
					m.rows[table][row-1][k] = value
				}
			}
		}
	}
	counted := map[string]bool{}
	for _, tt := range []struct {
		name, submission string
		change           func(m *memory)
	}{
		{"valid", "small-valid", func(*memory) {}},
		{"faulty", "small-faulty", func(*memory) {}},
		{"psychosis", "small-valid", func(m *memory) {
			set(m, "MHS101Referral", "PrimReasonReferralMH", "01", 1, 2, 3, 4, 5)
			set(m, "MHS101Referral", "ReferralRequestReceivedDate", "2026-09-03", 1, 2)
			set(m, "MHS101Referral", "ReferralRequestReceivedDate", "2026-08-31", 3)
			set(m, "MHS101Referral", "ServDischDate", "2026-09-30", 4)
			set(m, "MHS101Referral", "ServDischDate", "2026-10-01", 5)
		}},
		{"spells of one patient", "small-valid", func(m *memory) {
			patient := m.rows["MHS101Referral"][0][1]
			referral := m.rows["MHS101Referral"][0][0]
			set(m, "MHS101Referral", "LocalPatientID", patient, 1, 2, 3)
			set(m, "MHS501HospProvSpell", "ServiceRequestID", referral, 1, 2)
			set(m, "MHS501HospProvSpell", "ServiceRequestID", m.rows["MHS101Referral"][1][0], 3, 4)
			set(m, "MHS501HospProvSpell", "DischDateHospProvSpell", "", 1, 3)
			set(m, "MHS502WardStay", "HospProvSpellID", m.rows["MHS501HospProvSpell"][0][0], 1, 2, 3, 4)
		}},
		{"patients", "small-valid", func(m *memory) {
			set(m, "MHS001MPI", "Gender", "Q", 1, 2)
			set(m, "MHS001MPI", "EthnicCategory", "", 3)
			set(m, "MHS001MPI", "NHSNumber", "", 4, 5)
			set(m, "MHS902ServiceTeamDetails", "ServTeamTypeMH", "Z99", 1)
			set(m, "MHS701CPACareEpisode", "EndDateCPA", "2026-09-15", 1)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := load(t, tt.submission)
			tt.change(m)
			v, err := newValidator(shared(t), Options{Diagnostics: true})
			if err != nil {
				t.Fatal(err)
			}
			r := rejected{}
			s, err := v.Run(context.Background(), m, r)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string][2]int64{}
			for _, c := range s.Diagnostics {
				if c.Why == "" {
					got[c.Diagnostic.Code] = [2]int64{c.Numerator, c.Denominator}
					counted[c.Diagnostic.Code] = counted[c.Diagnostic.Code] || c.Numerator > 0
				}
			}
			if diff := cmp.Diff(plainDiagnostics(m, r, d), got); diff != "" {
				t.Errorf("diagnostics differ (-plain +got):\n%s", diff)
			}
			if len(s.Diagnostics) != len(d.Diagnostics) {
				t.Errorf("%d diagnostics, want all %d, those not counted with a Why", len(s.Diagnostics), len(d.Diagnostics))
			}
		})
	}
	for code, some := range counted {
		if !some {
			t.Errorf("%s is 0 throughout: the test proves nothing of it", code)
		}
	}
	t.Run("file rejected", func(t *testing.T) {
		_, s := judged(t, Options{Diagnostics: true}, load(t, "small-faulty-reject"))
		if s.Verdict != finding.FileRejected || s.Diagnostics != nil {
			t.Errorf("verdict %v with %d diagnostics, want none after a file rejection", s.Verdict, len(s.Diagnostics))
		}
	})
}
