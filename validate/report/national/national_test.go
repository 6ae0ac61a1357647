package national

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
	"mhsds/schemas"
	"mhsds/validate"
	"mhsds/validate/finding"
	"mhsds/validate/source/archive"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// small is a dictionary with a value of every type among a rule's items.
func small() *dictionary.Dictionary {
	field := func(name string, t dictionary.Type) dictionary.Field {
		return dictionary.Field{UID: "U" + name, Name: name, Type: t}
	}
	return &dictionary.Dictionary{
		Version: "6.0",
		Tables: []dictionary.Table{
			{ID: "T000", Name: "T000Header", Position: 1, Fields: []dictionary.Field{field("Start", dictionary.Date)}},
			{ID: "T001", Name: "T001Patient", Position: 2, Fields: []dictionary.Field{
				field("ID", dictionary.Text), field("Born", dictionary.Date), field("At", dictionary.Time),
				field("Made", dictionary.DateTime), field("Stamp", dictionary.Text),
			}},
			{ID: "T101", Name: "T101Referral", Position: 3},
		},
		Roles: []dictionary.Role{{Name: "header", Table: "T000"}},
		Rules: []dictionary.Rule{
			{Code: "R1", Status: dictionary.Both, Table: "T001", Severity: dictionary.RejectRecord, Kind: dictionary.NotBlank, Field: "ID", Items: []dictionary.Item{
				{UID: "UID", Name: "ID"}, {UID: "UBorn", Name: "Born"}, {UID: "UAt", Name: "At"}, {UID: "UMade", Name: "Made"},
				{UID: "UStamp", Name: "Stamp"}, {UID: "UStart", Name: "Start"},
			}},
			{Code: "R2", Status: dictionary.Both, Table: "T001", Severity: dictionary.Warning, Kind: dictionary.NotBlank, Field: "ID"},
			{Code: "R3", Status: dictionary.PortalCheck, Table: "T001", Severity: dictionary.RejectFile, Kind: dictionary.FileCheck, Check: "table_empty"},
			{Code: "OWN", Status: dictionary.PreSubmission, Severity: dictionary.Warning, Kind: dictionary.Container, Check: "padding"},
		},
		Diagnostics: []dictionary.Diagnostic{
			{Code: "D1", What: "Patients with an ID", Table: "T001", Over: "T001"},
			{Code: "D2", What: "Patients of whom nothing is known", Table: "T001", Unchecked: "needs what nobody has"},
			{Code: "D3", What: "Referrals", Table: "T101"},
			{Code: "D4", What: "Referrals with an ID", Table: "T101", Over: "T101"},
		},
	}
}

const heading = "REPORT_TYPE,DESCRIPTION,CODE,NUMERATOR,DENOMINATOR,DATA_ITEM1,DATA_VALUE1,DATA_ITEM2,DATA_VALUE2,DATA_ITEM3,DATA_VALUE3," +
	"DATA_ITEM4,DATA_VALUE4,DATA_ITEM5,DATA_VALUE5,DATA_ITEM6,DATA_VALUE6,DATA_ITEM7,DATA_VALUE7,DATA_ITEM8,DATA_VALUE8," +
	"DATA_ITEM9,DATA_VALUE9,DATA_ITEM10,DATA_VALUE10\r\n"

// read returns the files of a folder by name.
func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(data)
	}
	return files
}

func values(rule *dictionary.Rule, list ...string) []finding.Value {
	var vs []finding.Value
	for i, v := range list {
		vs = append(vs, finding.Value{Item: rule.Items[i], Text: []byte(v), Null: v == ""})
	}
	return vs
}

func TestLayout(t *testing.T) {
	d := small()
	dir := filepath.Join(t.TempDir(), "new")
	r, err := New(dir, d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Abandon()
	for _, f := range []finding.Finding{
		{Rule: &d.Rules[0], Table: &d.Tables[1], Row: 1, Values: values(&d.Rules[0], "P,1", "2026-09-01", "08:05:00", "2026-09-30T23:59:59", "2026-09-01T10:00:00+01:00", "2026-09-01")},
		{Rule: &d.Rules[0], Table: &d.Tables[1], Row: 2, Values: values(&d.Rules[0], `say "P"`, "1/9/26", "8am", "", "a\r\nb", "2026-09-01T01:00:00")},
		{Rule: &d.Rules[0], Table: &d.Tables[1], Row: 3, Values: values(&d.Rules[0], "=1+1", "", "", "", "\xff", "")},
		{Rule: &d.Rules[1], Table: &d.Tables[1], Row: 3},
		{Rule: &d.Rules[3], Table: &d.Tables[1], Column: "ID"},
	} {
		if err := r.Report(&f); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(&finding.Summary{
		Verdict: finding.AcceptedWithRejections,
		Tables: []finding.TableSummary{
			{Table: &d.Tables[2], Rows: 4}, {Table: &d.Tables[1], Rows: 9, CarriedForward: 6}, {Table: &d.Tables[0], Rows: 1, CarriedForward: 1},
		},
		Diagnostics: []finding.DiagnosticCount{
			{Diagnostic: &d.Diagnostics[0], Numerator: 5, Denominator: 6}, {Diagnostic: &d.Diagnostics[1], Why: "needs what nobody has"},
			{Diagnostic: &d.Diagnostics[2], Numerator: 3}, {Diagnostic: &d.Diagnostics[3]},
		},
	}); err != nil {
		t.Fatal(err)
	}
	const none = ",,,,,,,,,,,,,,,,,,,,\r\n"
	blank := "Record rejected - [UID]ID is blank; every row of T001Patient must have it."
	want := map[string]string{
		"validations.csv": heading +
			`Validation Failures,"` + strings.Replace(blank, `"`, `""`, -1) + `",R1,1,,[UID]ID,"P,1",[UBorn]Born,2026-09-01 00:00:00,[UAt]At,1899-12-30 08:05:00,[UMade]Made,2026-09-30 23:59:59,[UStamp]Stamp,2026-09-01T10:00:00+01:00,[UStart]Start,2026-09-01 00:00:00,,,,,,,,` + "\r\n" +
			`Validation Failures,"` + blank + `",R1,1,,[UID]ID,"say ""P""",[UBorn]Born,1/9/26,[UAt]At,8am,[UMade]Made,,[UStamp]Stamp,"a` + "\r\n" + `b",[UStart]Start,2026-09-01 01:00:00,,,,,,,,` + "\r\n" +
			`Validation Failures,"` + blank + `",R1,1,,[UID]ID,=1+1,[UBorn]Born,,[UAt]At,,[UMade]Made,,[UStamp]Stamp,` + "\uFFFD" + `,[UStart]Start,,,,,,,,,` + "\r\n",
		"data_quality.csv": heading +
			"Data Quality Issues,Warning - [UID]ID is blank; every row of T001Patient must have it.,R2,1," + none,
		"aggregation.csv": heading +
			"Aggregation,Total T001 Pre-deadline Processing Row Count,TARV001,6," + none +
			"Aggregation,Total T101 Pre-deadline Processing Row Count,TARV101,0," + none,
		"diagnostics.csv": heading +
			"Diagnostic,Patients with an ID,D1,5,6" + none[:len(none)-0] +
			"Diagnostic,Referrals,D3,3," + none +
			"Diagnostic,Referrals with an ID,D4,0," + none,
	}
	want["validations.csv"] = strings.ReplaceAll(want["validations.csv"], `"`+blank+`"`, blank) // no quotes without need
	if diff := cmp.Diff(want, read(t, dir)); diff != "" {
		t.Errorf("files differ (-want +got):\n%s", diff)
	}
	if left := r.LeftOut(); len(left) != 1 || left[0].Diagnostic.Code != "D2" {
		t.Errorf("LeftOut = %v, want D2 alone", left)
	}
	for name := range want {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: mode %v, want readable by its owner alone", name, info.Mode())
		}
	}
}

// A second run replaces the files of the first; after a file rejection no
// counts are left, not even earlier ones.
func TestFileRejected(t *testing.T) {
	d, dir := small(), t.TempDir()
	run := func(v finding.Verdict, f finding.Finding) {
		t.Helper()
		r, err := New(dir, d)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Report(&f); err != nil {
			t.Fatal(err)
		}
		s := &finding.Summary{Verdict: v, Diagnostics: []finding.DiagnosticCount{{Diagnostic: &d.Diagnostics[0], Numerator: 1, Denominator: 1}}}
		if err := r.Close(s); err != nil {
			t.Fatal(err)
		}
	}
	run(finding.Accepted, finding.Finding{Rule: &d.Rules[1]})
	if got := read(t, dir); len(got) != files || strings.Count(got["data_quality.csv"], "\r\n") != 2 {
		t.Fatalf("after the first run the folder holds %d files:\n%v", len(got), got)
	}
	run(finding.FileRejected, finding.Finding{Rule: &d.Rules[2]})
	want := map[string]string{
		"validations.csv":  heading + "Validation Failures,\"File rejected - T001Patient has no row, so the submission says nothing that could be kept.\",R3,1,,,,,,,,,,,,,,,,,,,,,\r\n",
		"data_quality.csv": heading,
	}
	if diff := cmp.Diff(want, read(t, dir)); diff != "" {
		t.Errorf("files differ (-want +got):\n%s", diff)
	}
}

// What somebody else put into the folder is not replaced, above all not the
// portal's own report.
func TestOccupied(t *testing.T) {
	d := small()
	row := func(cells ...string) string {
		return strings.Join(cells, ",") + strings.Repeat(",", columns-len(cells)) + "\r\n"
	}
	tests := []struct {
		name, file, text string
		want             error
	}{
		{"ours", "data_quality.csv", heading + row("Data Quality Issues", "Warning - [UID]ID is blank; every row of T001Patient must have it.", "R2", "1"), nil},
		{"ours without a line", "validations.csv", heading, nil},
		{"counts", "aggregation.csv", heading + row("Aggregation", "Total T001 Pre-deadline Processing Row Count", "TARV001", "6"), nil},
		{"our diagnostics", "diagnostics.csv", heading + row("Diagnostic", "Patients with an ID", "D1", "5", "6"), nil},
		{"the portal's words", "data_quality.csv", heading + row("Data Quality Issues", "Warning - The ID is blank.", "R2", "1"), ErrOccupied},
		{"the portal's diagnostics", "diagnostics.csv", heading + row("Diagnostic", "Completed ID", "D1", "5", "6"), ErrOccupied},
		{"an unknown code", "validations.csv", heading + row("Validation Failures", "Record rejected - The ID is blank.", "R9", "1"), ErrOccupied},
		{"another layout", "validations.csv", "a,b\r\n", ErrOccupied},
		{"empty", "validations.csv", "", ErrOccupied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, tt.file), []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := New(dir, d)
			if !errors.Is(err, tt.want) {
				t.Fatalf("New: error %v, want %v", err, tt.want)
			}
			if err == nil {
				r.Abandon()
			}
			if diff := cmp.Diff(map[string]string{tt.file: tt.text}, read(t, dir)); diff != "" {
				t.Errorf("the folder changed:\n%s", diff)
			}
		})
	}
}

// A report that is given up leaves nothing behind.
func TestAbandon(t *testing.T) {
	d := small()
	dir := filepath.Join(t.TempDir(), "new")
	r, err := New(dir, d)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Report(&finding.Finding{Rule: &d.Rules[1]}); err != nil {
		t.Fatal(err)
	}
	r.Abandon()
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder that the report made is still there: %v", err)
	}
}

func TestAllocs(t *testing.T) {
	d := small()
	r, err := New(t.TempDir(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Abandon()
	f := finding.Finding{Rule: &d.Rules[0], Values: values(&d.Rules[0], "P1", "2026-09-01", "08:05:00", "2026-09-30T23:59:59", "x", "2026-09-01")}
	if n := testing.AllocsPerRun(100, func() { r.Report(&f) }); n != 0 {
		t.Errorf("Report allocates %v times a finding, want 0", n)
	}
}

// The small submissions, as the portal would report them but for its words.
// After a change of wording run with -update and read the difference.
func TestSubmissions(t *testing.T) {
	release, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		t.Fatal(err)
	}
	v, err := validate.New(release, validate.Options{Values: true, Diagnostics: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"small-valid", "small-faulty", "small-faulty-reject"} {
		t.Run(name, func(t *testing.T) {
			c, err := archive.OpenFolder(filepath.Join("../../../testdata/submissions", name), archive.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			golden := filepath.Join("testdata", name)
			if *update {
				if err := os.RemoveAll(golden); err != nil {
					t.Fatal(err)
				}
			}
			dir := filepath.Join(t.TempDir(), "out")
			if *update {
				dir = golden
			}
			r, err := New(dir, v.Dictionary())
			if err != nil {
				t.Fatal(err)
			}
			defer r.Abandon()
			s, err := v.Run(context.Background(), c, r)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Close(s); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(read(t, golden), read(t, dir)); diff != "" {
				t.Errorf("files differ (-want +got):\n%s", diff)
			}
		})
	}
}
