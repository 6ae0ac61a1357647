package sheets

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
)

const folder = "../v6.0"

// standard reads the bytes of the sheets of v6.0.
func standard(t testing.TB) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, name := range Names() {
		data, err := os.ReadFile(folder + "/" + name + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		fsys[name+".csv"] = &fstest.MapFile{Data: data}
	}
	return fsys
}

func mustRead(t testing.TB, fsys fstest.MapFS) *dictionary.Dictionary {
	t.Helper()
	d, err := Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The folder of v6.0 is written as it stands: reading and writing it changes
// no byte, and so does writing it into another folder.
func TestWriteRead(t *testing.T) {
	fsys := standard(t)
	d, err := Read(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	files, err := Write(d)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(files), len(Names()); got != want {
		t.Errorf("%d files, want %d", got, want)
	}
	for _, f := range files {
		if !bytes.Equal(f.Data, fsys[f.Name].Data) {
			t.Errorf("%s: written bytes differ from the sheet read", f.Name)
		}
	}
	dir := t.TempDir()
	if err := WriteDir(dir, d); err != nil {
		t.Fatal(err)
	}
	again, err := Read(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, again); diff != "" {
		t.Errorf("read, written and read again:\n%s", diff)
	}
}

// Ways of saving the same sheets that make no difference.
func TestReadForms(t *testing.T) {
	want := mustRead(t, standard(t))
	tests := []struct {
		name string
		edit func(sheet string, data []byte) []byte
	}{
		{"byte order mark", func(_ string, data []byte) []byte { return append([]byte("\ufeff"), data...) }},
		{"CRLF", func(_ string, data []byte) []byte { return bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")) }},
		{"no last line end", func(_ string, data []byte) []byte { return bytes.TrimSuffix(data, []byte("\n")) }},
		{"columns in capitals", func(_ string, data []byte) []byte {
			head, rest, _ := bytes.Cut(data, []byte("\n"))
			return append(append(bytes.ToUpper(head), '\n'), rest...)
		}},
		{"empty rows", func(_ string, data []byte) []byte {
			head, rest, _ := bytes.Cut(data, []byte("\n"))
			empty := bytes.Repeat([]byte(","), bytes.Count(head, []byte(",")))
			return bytes.Join([][]byte{head, empty, rest, []byte("\n\n")}, []byte("\n"))
		}},
		{"column without a name", func(_ string, data []byte) []byte {
			return bytes.ReplaceAll(data, []byte("\n"), []byte(",\n"))
		}},
		{"columns reversed", func(_ string, data []byte) []byte { return reverseColumns(t, data) }},
		{"rows of fields and codes interleaved", func(sheet string, data []byte) []byte {
			if sheet != "fields" && sheet != "codes" {
				return data
			}
			return interleave(data)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsys := standard(t)
			for _, name := range Names() {
				f := fsys[name+".csv"]
				f.Data = tt.edit(name, bytes.Clone(f.Data))
			}
			fsys["PROVENANCE.md"] = &fstest.MapFile{Data: []byte("no sheet")}
			fsys["_draft.csv"] = &fstest.MapFile{Data: []byte("no sheet")}
			if diff := cmp.Diff(want, mustRead(t, fsys)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func reverseColumns(t *testing.T, data []byte) []byte {
	s, err := readCSV(fstest.MapFS{"x.csv": {Data: data}}, "x")
	if err != nil || len(s.Damage) > 0 {
		t.Fatal(err, s.Damage)
	}
	var b bytes.Buffer
	for _, r := range s.Rows {
		for i := len(r.Cells) - 1; i >= 0; i-- {
			fmt.Fprintf(&b, "%q", strings.ReplaceAll(r.Cells[i], `\`, "\x00"))
			if i > 0 {
				b.WriteByte(',')
			}
		}
		b.WriteByte('\n')
	}
	// %q escapes what CSV does not.
	return bytes.ReplaceAll(b.Bytes(), []byte(`\x00`), []byte(`\`))
}

// interleave puts the rows of the second half between those of the first,
// so that the rows of one table or list keep their order but are apart.
func interleave(data []byte) []byte {
	lines := bytes.SplitAfter(data, []byte("\n"))
	head, rows := lines[0], lines[1:]
	// Halves that share no table and no list: cut where the first cell changes.
	cut := len(rows) / 2
	for first(rows[cut]) == first(rows[cut-1]) {
		cut++
	}
	out := bytes.Clone(head)
	for i := range max(cut, len(rows)-cut) {
		if i < cut {
			out = append(out, rows[i]...)
		}
		if cut+i < len(rows) {
			out = append(out, rows[cut+i]...)
		}
	}
	return out
}

func first(row []byte) string {
	cell, _, _ := bytes.Cut(row, []byte(","))
	return string(cell)
}

// TestReadFaults edits one sheet, or removes it; the faults must be those
// given and no others.
func TestReadFaults(t *testing.T) {
	tests := []struct {
		name     string
		sheet    string
		old, new string // "" for old: new is the whole sheet
		want     []string
	}{
		{"severity", "rules", "MHS00012,both,rule list March 2024; pipeline January 2024,Blank,MHS000,record rejected,", "MHS00012,both,rule list March 2024; pipeline January 2024,Blank,MHS000,record rejectd,",
			[]string{`sheet rules.csv, row 4, column severity: unknown severity "record rejectd"; did you mean "record rejected"?`}},
		{"kind", "rules", ",not_blank,DatSetVer,", ",notblank,DatSetVer,",
			[]string{`sheet rules.csv, row 2, column kind: unknown kind "notblank"; did you mean "not_blank"?`}},
		{"status", "rules", "MHS00001,both,", "MHS00001,bothh,",
			[]string{`sheet rules.csv, row 2, column status: unknown status "bothh"; did you mean "both"?`}},
		{"length no number", "rules", "PrimSystemInUse,,,,0,20,", "PrimSystemInUse,,,,0,2O,",
			[]string{`sheet rules.csv, row 5, column max: "2O" is not a whole number`}},
		{"join", "rules", ",LocalPatientID=LocalPatientID,", ",LocalPatientID,",
			[]string{`sheet rules.csv, row 78, column join: "LocalPatientID" is not written as own=theirs`}},
		{"scheme", "rules", ",02=icd10|06=snomed,", ",02=icd10|06,",
			[]string{`sheet rules.csv, row 1001, column schemes: "06" is not written as code=test`}},
		{"span", "rules", "MHS101.ReferralRequestReceivedDate to MHS101.ServDischDate|", "MHS101.ReferralRequestReceivedDate|",
			[]string{`sheet rules.csv, row 1155, column spans: "MHS101.ReferralRequestReceivedDate" is not written as FIELD to FIELD`}},
		{"reference", "rules", ",MHS000.ReportingPeriodStartDate|MHS000.ReportingPeriodEndDate,", ",MHS000.|MHS000.ReportingPeriodEndDate,",
			[]string{`sheet rules.csv, row 39, column as_at: "MHS000." is neither a field nor TABLE.FIELD`}},
		{"reference of three parts", "rules", ",MHS000.ReportingPeriodStartDate|MHS000.ReportingPeriodEndDate,", ",MHS000.A.B,",
			[]string{`sheet rules.csv, row 39, column as_at: "MHS000.A.B" is neither a field nor TABLE.FIELD`}},
		{"item", "rules", "[M000010]DatSetVer", "M000010 DatSetVer",
			[]string{`sheet rules.csv, row 3, column items: "M000010 DatSetVer" is not written as [UID]Name`}},
		{"empty value", "rules", ",V81997|V81998|V81999,", ",V81997||V81999,",
			[]string{`sheet rules.csv, row 75, column defaults: "V81997||V81999" has an empty value between two "|" or at an end`}},
		{"flag", "fields", ",text,Y,,,,,\nMHS001,OrgIDLocalPatientID", ",text,yes,,,,,\nMHS001,OrgIDLocalPatientID",
			[]string{`sheet fields.csv, row 9, column key: "yes" is neither Y nor blank`}},
		{"type", "fields", "DATA SET VERSION NUMBER,text,", "DATA SET VERSION NUMBER,txt,",
			[]string{`sheet fields.csv, row 2, column type: unknown type "txt"; did you mean "text"?`}},
		{"field's table", "fields", "MHS000,DatSetVer,", "MHS0,DatSetVer,",
			[]string{`sheet fields.csv, row 2: field DatSetVer: unknown table "MHS0"; did you mean "MHS000"?`}},
		{"code's list", "codes", "\nNHSNumberStatus,01,", "\nNHSNumberStatis,01,",
			[]string{`sheet codes.csv, row 3: code 01: unknown list "NHSNumberStatis"; did you mean "NHSNumberStatus"?`}},
		{"blank that is needed", "codes", "\nNHSNumberStatus,01,", "\nNHSNumberStatus,,",
			[]string{"sheet codes.csv, row 3, column code: blank; every row of this sheet needs its code"}},
		{"row too short", "codes", "\nDatSetVer,6.0,,,,\n", "\nDatSetVer,6.0,,,\n",
			[]string{"sheet codes.csv, row 2: 5 cells, but the sheet has 6 columns; a value with a comma needs quotation marks"}},
		{"row too long", "codes", "\nDatSetVer,6.0,,,,\n", "\nDatSetVer,6.0,version,six,,,\n",
			[]string{"sheet codes.csv, row 2: 7 cells, but the sheet has 6 columns; a value with a comma needs quotation marks"}},
		{"value without a column", "release", "key,value\nversion,6.0\nrules_dated,2024-03\n", "key,value,\nversion,6.0,\nrules_dated,2024-03,x\n",
			[]string{"sheet release.csv, row 4: 2 cells, but the sheet has 3 columns; a value with a comma needs quotation marks", "sheet release.csv, row 3: a value in a column without a name"}},
		{"quotes", "codes", "\nDatSetVer,6.0,,,,\n", "\nDatSetVer,6.0,the \"sixth\",,,\n",
			[]string{`sheet codes.csv, row 2: quotation marks do not pair: bare " in non-quoted-field`}},
		{"line break", "codes", "\nDatSetVer,6.0,,,,\n", "\nDatSetVer,6.0,\"the\nsixth\",,,\n",
			[]string{"sheet codes.csv, row 2, column label: a line break or another control character"}},
		{"Windows-1252", "codes", "\nDatSetVer,6.0,,,,\n", "\nDatSetVer,6.0,Volap\xfck,,,\n",
			[]string{"sheet codes.csv, row 2: not UTF-8; save the sheet as CSV UTF-8"}},
		{"column misspelt", "lists", "name,source\n", "name,sorce\n",
			[]string{`sheet lists.csv, row 1: unknown column "sorce"; did you mean "source"?`, "sheet lists.csv, row 1: column source is missing; leave its cells blank if there is nothing to say"}},
		{"column twice", "lists", "name,source\n", "name,name\n",
			[]string{"sheet lists.csv, row 1: column name stands here a second time", "sheet lists.csv, row 1: column source is missing; leave its cells blank if there is nothing to say"}},
		{"empty sheet", "lists", "", "\n",
			[]string{"sheet lists.csv, row 1: no column names; the first row must be name, source"}},
		{"key", "release", "rules_dated", "rules_date",
			[]string{`sheet release.csv, row 3: unknown key "rules_date"; did you mean "rules_dated"?`}},
		{"key twice", "release", "rules_dated,2024-03", "version,6.1",
			[]string{"sheet release.csv, row 3: key version stands here a second time"}},
		{"no context", "tables", ",context\n", ",record\n",
			[]string{"sheet tables.csv: no table of kind context; the portal's own values need one"}},
		{"two contexts", "tables", "MHS903WardDetails,A ward of the provider,record", "MHS903WardDetails,A ward of the provider,context",
			[]string{"sheet tables.csv, row 63: a second table of kind context; row 62 has the one that there may be", "…"}},

		// What Check finds is said at its row.
		{"list", "rules", ",in_set,NHSNumberStatus,,,,,,,NHSNumberStatus,", ",in_set,NHSNumberStatus,,,,,,,NHSNumberStats,",
			[]string{`sheet rules.csv, row 33, column list: rule MHS00116: unknown list "NHSNumberStats"; did you mean "NHSNumberStatus"?`}},
		{"no source", "rules", "MHS00001,both,rule list March 2024; pipeline January 2024,", "MHS00001,both,,",
			[]string{"sheet rules.csv, row 2, column source: rule MHS00001: no source; name the publication that states the rule"}},
		{"no severity", "rules", "Blank,MHS000,record rejected,,,not_blank,DatSetVer", "Blank,MHS000,,,,not_blank,DatSetVer",
			[]string{"sheet rules.csv, row 2, column severity: rule MHS00001: no severity; it must be one of warning, record rejected, group rejected, file rejected"}},
		{"code twice", "codes", "\nNHSNumberStatus,02,", "\nNHSNumberStatus,01,",
			[]string{"sheet codes.csv, row 4, column code: list NHSNumberStatus, code 01: code 01 stands here a second time"}},
		{"foreign key", "fields", "LOCAL PATIENT IDENTIFIER (EXTENDED),text,,MHS001,LocalPatientID", "LOCAL PATIENT IDENTIFIER (EXTENDED),text,,MHS001,",
			[]string{"sheet fields.csv, row 24, column foreign_field: field MHS002.LocalPatientID: half of a foreign key; give both foreign_table and foreign_field, or neither"}},
		{"release", "release", "version,6.0", "version,6",
			[]string{`sheet release.csv, row 2, column value: release version: "6" is not a version like "6.0"`}},
		{"release row missing", "release", "version,6.0\n", "",
			[]string{`sheet release.csv: release version: missing; it must be a version like "6.0"`}},
		{"role missing", "roles", "ward_id,MHS903,WardCode,the provider's own code of the ward\n", "",
			[]string{"sheet roles.csv: role ward_id is missing; the program cannot find what plays it"}},
		{"context field", "fields", "Metadata,SenderId,,,text", "Metadata,SenderID,,,text",
			[]string{`…`, `…`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsys := standard(t)
			f := fsys[tt.sheet+".csv"]
			if tt.old != "" && !bytes.Contains(f.Data, []byte(tt.old)) {
				t.Fatalf("sheet %s does not contain %q", tt.sheet, tt.old)
			}
			if tt.old == "" {
				f.Data = []byte(tt.new)
			} else {
				f.Data = bytes.Replace(f.Data, []byte(tt.old), []byte(tt.new), 1)
			}
			_, err := Read(fsys)
			checkFaults(t, err, tt.want)
		})
	}
	t.Run("sheet missing", func(t *testing.T) {
		fsys := standard(t)
		delete(fsys, "lists.csv")
		_, err := Read(fsys)
		checkFaults(t, err, []string{"sheet lists.csv: missing; its columns are name, source"})
	})
	t.Run("sheet unknown", func(t *testing.T) {
		fsys := standard(t)
		fsys["ruls.csv"] = fsys["rules.csv"]
		_, err := Read(fsys)
		checkFaults(t, err, []string{`sheet ruls.csv: unknown sheet; did you mean "rules"?`})
	})
	t.Run("no folder", func(t *testing.T) {
		if _, err := Read(os.DirFS(t.TempDir() + "/absent")); err == nil || errors.As(err, new(Faults)) {
			t.Errorf("error %v, want that of the file system", err)
		}
	})
}

// checkFaults compares an error's faults with those wanted. "…" stands for any
// one fault; as the last it stands for any number.
func checkFaults(t *testing.T, err error, want []string) {
	t.Helper()
	var got Faults
	if !errors.As(err, &got) {
		t.Fatalf("error %v, want faults", err)
	}
	for i, f := range got {
		switch {
		case i < len(want) && (want[i] == "…" || want[i] == f.Error()):
		case i >= len(want) && want[len(want)-1] == "…":
		case i >= len(want):
			t.Errorf("unexpected fault: %v", f)
		default:
			t.Errorf("fault %d is\n%v\nwant\n%s", i, f, want[i])
		}
	}
	for _, w := range want[min(len(got), len(want)):] {
		t.Errorf("no fault: %s", w)
	}
}

// Every fault of every sheet is said at once.
func TestReadAllFaults(t *testing.T) {
	fsys := standard(t)
	rules := fsys["rules.csv"]
	rules.Data = bytes.ReplaceAll(rules.Data, []byte("record rejected"), []byte("rejected"))
	lists := fsys["lists.csv"]
	lists.Data = bytes.Replace(lists.Data, []byte("Gender,"), []byte(","), 1)
	_, err := Read(fsys)
	var got Faults
	if !errors.As(err, &got) {
		t.Fatalf("error %v, want faults", err)
	}
	if len(got) < 800 {
		t.Errorf("%d faults, want one for each rule that rejects", len(got))
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != shownFaults+1 || lines[shownFaults] != fmt.Sprintf("and %d more faults", len(got)-shownFaults) {
		t.Errorf("the error has %d lines and ends in %q", len(lines), lines[len(lines)-1])
	}
}

// Write refuses what a sheet cannot hold rather than lose it.
func TestWriteRefuses(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(d *dictionary.Dictionary)
		want  string
	}{
		{"line break", func(d *dictionary.Dictionary) { d.Rules[0].Note = "a\nb" }, "sheet rules, row 2, column note: a line break or another control character"},
		{"spaces", func(d *dictionary.Dictionary) { d.Lists[0].Source = " x" }, "sheet lists, row 2, column source: spaces around the value"},
		{"bar", func(d *dictionary.Dictionary) { d.Scales[1].Values = []string{"a|b", "c"} }, `sheet scales, row 3, column values: a value is empty, has spaces around it or contains "|", which divides values`},
		{"empty value", func(d *dictionary.Dictionary) { d.Scales[1].Values = []string{""} }, `sheet scales, row 3, column values: a value is empty, has spaces around it or contains "|", which divides values`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := mustRead(t, standard(t))
			tt.spoil(d)
			_, err := Write(d)
			if err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
			if err := WriteDir(t.TempDir(), d); err == nil {
				t.Error("WriteDir wrote it")
			}
		})
	}
}
