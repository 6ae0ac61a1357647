package github

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/internal/sample"
	"mhsds/validate/report/share"
)

// A command as GitHub's runner reads it.
var form = regexp.MustCompile(`^::(notice|error|warning) ((file|title)=([^,:\r\n%]|%25|%0D|%0A|%3A|%2C)*)(,(file|title)=([^,:\r\n%]|%25|%0D|%0A|%3A|%2C)*)*::([^\r\n%]|%25|%0D|%0A)*$`)

func commands(t *testing.T, text string) (sorts map[string][]string) {
	t.Helper()
	sorts = map[string][]string{}
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		m := form.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("is no workflow command: %q", line)
			continue
		}
		sorts[m[1]] = append(sorts[m[1]], line)
	}
	for sort, list := range sorts {
		if len(list) > most {
			t.Errorf("%d annotations of the sort %s", len(list), sort)
		}
	}
	return sorts
}

func TestReport(t *testing.T) {
	var out bytes.Buffer
	open := func(w io.Writer, d *dictionary.Dictionary) sample.Sink {
		return New(w, d, Options{Folder: "data/september"})
	}
	if err := sample.Play(open, &out, 60, true, true); err != nil {
		t.Fatal(err)
	}
	c := commands(t, out.String())
	for _, tt := range []struct{ sort, want string }{
		{"notice", "::notice title=MHSDS submission%3A accepted with rejections::Accepted with rejections: "},
		{"notice", "Compared with august.jsonl of 2026-08, finding by finding."},
		{"notice", "This report contains no patient values and no local identifiers."},
		{"error", "::error file=data/september/T01|Patient%2Ca%3Ab.csv,title=T0101%2C T01Patient row 17 and 2 others::Frees 230 rows. "},
		{"error", " Still there, 3 months running."},
		{"error", "title=a row of T01Patient that other rows name was not submitted::Frees 12 rows. Submit it"},
		{"warning", "title=OWN01 (form)::6 findings. "},
		{"warning", "title=T0102%2C T01Patient::6 findings. "},
	} {
		if !strings.Contains(strings.Join(c[tt.sort], "\n"), tt.want) {
			t.Errorf("no %s has %q:\n%s", tt.sort, tt.want, strings.Join(c[tt.sort], "\n"))
		}
	}
	if len(c["error"]) != 3 || strings.Contains(out.String(), sample.Secret) {
		t.Errorf("%d errors:\n%s", len(c["error"]), out.String())
	}
}

// GitHub drops the eleventh in silence: the tenth counts the rest.
func TestLimits(t *testing.T) {
	d := sample.Book()
	for _, tt := range []struct {
		roots, count int
		errors       int
		says         string
	}{
		{0, 0, 0, ""},
		{9, 9, 9, ""},
		{10, 10, 10, ""},
		{11, 11, 10, "Besides these there are 2 root causes"},
		{10, 5000, 10, "Besides these there are 4,991 root causes"},
	} {
		s := sample.Summary(d, 60, false)
		s.Roots, s.RootCount = nil, int64(tt.count)
		for i := range tt.roots {
			s.Roots = append(s.Roots, finding.Root{Rule: &d.Rules[0], Table: &d.Tables[0], Row: int64(i + 1), RowsFreed: 1})
		}
		s.Rules = nil
		for i := range 14 {
			s.Rules = append(s.Rules, finding.RuleCount{Rule: &dictionary.Rule{Code: fmt.Sprint("W", i), Severity: dictionary.Warning, Kind: dictionary.NotBlank}, Count: int64(i)})
		}
		var out bytes.Buffer
		if err := New(&out, d, Options{}).Close(s); err != nil {
			t.Fatal(err)
		}
		c := commands(t, out.String())
		if len(c["error"]) != tt.errors || len(c["warning"]) != 10 || len(c["notice"]) != 1 {
			t.Errorf("%d root causes: %d errors, %d warnings", tt.count, len(c["error"]), len(c["warning"]))
		}
		if tt.says != "" && !strings.Contains(c["error"][9], tt.says) {
			t.Errorf("the last says %q, want %q", c["error"][9], tt.says)
		}
		if !strings.Contains(c["warning"][0], "title=W13::") || !strings.Contains(c["warning"][9], "5 rules") {
			t.Errorf("warnings: %s", strings.Join(c["warning"], "\n"))
		}
	}
}

func TestIncompleteAndFileRejected(t *testing.T) {
	d := sample.Book()
	d.Rules[0].Severity = dictionary.RejectFile
	s := sample.Summary(d, 5, false)
	s.Incomplete = []string{"T02Visit.csv: 100% damaged\nhere"}
	var out bytes.Buffer
	if err := New(&out, d, Options{}).Close(s); err != nil {
		t.Fatal(err)
	}
	c := commands(t, out.String())["error"]
	if c[0] != `::error title=Incomplete::T02Visit.csv: 100%25 damaged\nhere.` || !strings.HasPrefix(c[1], "::error title=T0101 rejects the file::") {
		t.Errorf("%s", strings.Join(c, "\n"))
	}
}

func TestShared(t *testing.T) {
	var out bytes.Buffer
	open := func(w io.Writer, d *dictionary.Dictionary) sample.Sink {
		return New(w, d, Options{Counts: share.Counts{Suppress: true}})
	}
	if err := sample.Play(open, &out, 60, true, false); err != nil {
		t.Fatal(err)
	}
	c := commands(t, out.String())
	if strings.Contains(out.String(), "row 17") || len(c["error"]) != 2 || !strings.Contains(c["warning"][0], "5 findings") {
		t.Errorf("%s", out.String())
	}
}

// What belongs elsewhere warns; where it fails the run it is an error, and the
// first. What was switched is a notice.
func TestScope(t *testing.T) {
	d := sample.Book()
	own := dictionary.Rule{Code: "OWN02", Table: "T02", Status: dictionary.PreSubmission, Severity: dictionary.Warning, Kind: dictionary.Scope, Check: dictionary.ScopeSameReferral, Grade: dictionary.GradeDoubleCounted}
	s := sample.Scoped(d, sample.Summary(d, 60, false))
	s.Rules = append(s.Rules, finding.RuleCount{Rule: &own, Count: 4})
	for _, tt := range []struct {
		fails  bool
		sort   string
		others int // errors that are no root cause
	}{{false, "warning", 0}, {true, "error", 2}} {
		var out bytes.Buffer
		err := New(&out, d, Options{File: "in/september.zip", Fails: func(r *dictionary.Rule) bool { return tt.fails && r.Grade == dictionary.GradeDoubleCounted }}).Close(s)
		if err != nil {
			t.Fatal(err)
		}
		c := commands(t, out.String())
		if want := "::" + tt.sort + " title=Scope::1,203 referrals, 4,040 contacts and 1,102 patients belong in another data set"; !strings.HasPrefix(c[tt.sort][0], want) {
			t.Errorf("the first %s is %q, want %q", tt.sort, c[tt.sort][0], want)
		}
		if all := strings.Join(c[tt.sort], "\n"); !strings.Contains(all, "file=in/september.zip,title=OWN02%2C T02Visit (double counted)::4 findings.") || strings.Contains(all, "OWN01") {
			t.Errorf("%s", all)
		}
		if len(c["error"]) != 3+tt.others {
			t.Errorf("%d errors, want %d", len(c["error"]), 3+tt.others)
		}
		if len(c["notice"]) != 2 || !strings.Contains(c["notice"][1], "OWN01 off, 7 findings left out; until 2099-01-01: our extract | pads::x.") {
			t.Errorf("notices: %s", strings.Join(c["notice"], "\n"))
		}
	}
}

func TestMillion(t *testing.T) {
	if testing.Short() {
		t.Skip("a million findings")
	}
	sample.Million(t, func(w io.Writer, d *dictionary.Dictionary) sample.Sink { return New(w, d, Options{}) }, 64<<20)
}
