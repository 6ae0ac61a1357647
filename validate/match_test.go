package validate

import (
	"strconv"
	"strings"
	"testing"

	"mhsds/validate/source"
)

func TestMatch(t *testing.T) {
	d := shared(t).Dictionary
	tests := []struct {
		name  string
		files []string
		want  string // the error, or the notices
	}{
		{"by name and by identifier, any case", []string{"mhs101referral", "MHS001"}, ""},
		{"unknown, with the nearest name", []string{"MHS101Referral", "MHS201CareContacts"}, `MHS201CareContacts is no table of the data set and was not read; did you mean "MHS201CareContact"?`},
		{"twice", []string{"MHS101Referral", "MHS101"}, "table MHS101Referral stands twice, as MHS101Referral and as MHS101: remove one"},
		{"none", []string{"Notes"}, "not a submission: none of its tables has a name of the data set, such as MHS000Header"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var tables []source.Table
			for _, f := range tt.files {
				tables = append(tables, source.Table{Name: f, File: f})
			}
			_, notices, err := match(d, tables)
			var said []string
			for _, n := range notices {
				said = append(said, n.File+" "+n.Text)
			}
			got := strings.Join(said, "; ")
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("said %q, want %q", got, tt.want)
			}
		})
	}
}

func TestBind(t *testing.T) {
	table := shared(t).Dictionary.Table("MHS002")
	tests := []struct{ name, columns, want string }{
		{"any order and case", "ENDDATEGMPREGISTRATION,gmpreg,LocalPatientID,StartDateGMPRegistration", ""},
		{"unknown, with the nearest name", "LocalPatientID,GMPReg,StartDateGMPRegistration,EndDateGMPRegistration,GMPRegg", `column "GMPRegg" is not a field of MHS002GP and was not read; did you mean "GMPReg"?`},
		{"missing", "LocalPatientID,GMPReg,StartDateGMPRegistration", "lacks 1 column, blank in every row: EndDateGMPRegistration"},
		{"a record where the header should be", "P000001,H81010,2001-01-01,", "no column has the name of a field of MHS002GP, so every field is blank: is the header line missing?"},
		{"no columns", "", ""},
		{"a name of a megabyte", "LocalPatientID,GMPReg,StartDateGMPRegistration,EndDateGMPRegistration," + strings.Repeat("x", 1<<20),
			`column "` + strings.Repeat("x", 64) + `…" is not a field of MHS002GP and was not read`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var columns []source.Column
			if tt.columns != "" {
				for _, c := range strings.Split(tt.columns, ",") {
					columns = append(columns, source.Column{Name: c})
				}
			}
			_, _, notices := bind(table, "f", columns)
			var said []string
			for _, n := range notices {
				said = append(said, n.Text)
			}
			if got := strings.Join(said, "; "); got != tt.want {
				t.Errorf("said %q, want %q", got, tt.want)
			}
		})
	}
}

// A header of a million names is said in a few sentences.
func TestBindMany(t *testing.T) {
	table := shared(t).Dictionary.Table("MHS002")
	columns := []source.Column{{Name: "LocalPatientID"}}
	for i := range 1_000_000 {
		columns = append(columns, source.Column{Name: "c" + strconv.Itoa(i)})
	}
	at, _, notices := bind(table, "f", columns)
	if at[table.Index("LocalPatientID")] != 0 {
		t.Errorf("columns %v", at)
	}
	if len(notices) != maxUnknown+2 {
		t.Fatalf("%d notices, want %d", len(notices), maxUnknown+2)
	}
	if got, want := notices[maxUnknown].Text, "999980 columns besides are no fields of MHS002GP and were not read"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
}

func TestKeyed(t *testing.T) {
	table := shared(t).Dictionary.Table("MHS002")
	for _, tt := range []struct{ name, columns, want string }{
		{"all", "LocalPatientID,GMPReg,StartDateGMPRegistration,EndDateGMPRegistration", ""},
		{"what no row has is null", "GMPReg", ""},
		{"unknown, with the nearest name", "GMPReg,StartDateGMPRegistratoin", `column "StartDateGMPRegistratoin" is not a field of MHS002GP and was not read; did you mean "StartDateGMPRegistration"?`},
		{"none known", "x,y", "no name in its records is that of a field of MHS002GP, so every field is blank"},
		{"none", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var columns []source.Column
			for c := range strings.FieldsFuncSeq(tt.columns, func(c rune) bool { return c == ',' }) {
				columns = append(columns, source.Column{Name: c})
			}
			var said []string
			for _, n := range keyed(table, "f", columns) {
				said = append(said, n.Text)
			}
			if got := strings.Join(said, "; "); got != tt.want {
				t.Errorf("said %q, want %q", got, tt.want)
			}
		})
	}
}
