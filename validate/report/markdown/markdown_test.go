package markdown

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/internal/sample"
	"mhsds/validate/report/share"
)

func write(t *testing.T, opt Options, n int, old bool) string {
	t.Helper()
	var out bytes.Buffer
	open := func(w io.Writer, d *dictionary.Dictionary) sample.Sink { return New(w, d, opt) }
	if err := sample.Play(open, &out, n, true, old); err != nil {
		t.Fatal(err)
	}
	check(t, out.String())
	return out.String()
}

// check holds every table against its heading: as many cells in every row.
func check(t *testing.T, text string) {
	t.Helper()
	cells := func(line string) int {
		return strings.Count(line, "|") - strings.Count(line, `\|`)
	}
	want := 0
	for _, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "|") {
			want = 0
			continue
		}
		if want == 0 {
			want = cells(line)
		}
		if cells(line) != want || !strings.HasSuffix(line, "|") {
			t.Errorf("a row of %d cells, want %d: %s", cells(line), want, line)
		}
	}
	for _, mark := range []string{"<b>", "<script", "@SUM", "\x1b", "\u202e"} {
		if strings.Contains(text, mark) {
			t.Errorf("%q stands in it as it is", mark)
		}
	}
	if strings.Contains(text, sample.Secret) {
		t.Error("a value stands in it")
	}
	if len(text) > limit {
		t.Errorf("%d bytes", len(text))
	}
}

func TestReport(t *testing.T) {
	text := write(t, Options{MaxShown: 2}, 60, true)
	for _, want := range []string{
		"# MHSDS submission september\\|100%.zip: accepted with rejections\n",
		"**Accepted with rejections: 62 of 1,320 rows would be lost (57 record rejected, 5 group rejected); 1,258 would be carried forward.**",
		"Provider RXX; period 2026-09; rules of 2024-03, assessment scales 6.0.7.1.",
		"Compared with august.jsonl of 2026-08, finding by finding.",
		"| 230 | T0101, T01Patient row 17 and 2 others | \\[T01020\\]Born is blank; every row of T01Patient must have it. | still there, 3 months running |",
		"| 12 | A row of T01Patient that other rows name was not submitted | Submit it, or correct the rows that name it. |  |",
		"\nand 1,001 root causes more.\n",
		"| T01Patient | 120 | 60 | 57 | 3 | 6 |",
		"| **All tables** | 1,320 | 1,258 | 57 | 5 | 6 |",
		"| T0101 | record rejected | T01Patient | 24 | \\[T01020\\]Born is blank; every row of T01Patient must have it. | 1, 3, … | 19 new, 5 still there, 4 fixed; the longest 3 months running |",
		"| OWN01 | warning (form) | T01Patient | 6 |",
		"| Bo\\|rn, Bo\\|rn, … |",
		"| needs a list of wards: --reference \\| wards=FILE | 1 | T0301 |",
		"| File T01\\|Patient,a:b.csv | 120 bytes, SHA-256 ",
		"| Notice | a &lt;b&gt; line\\\\nbreak |",
		"\n_This report contains no patient values and no local identifiers. Nothing was sent anywhere._\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestAccepted(t *testing.T) {
	d := sample.Book()
	var out bytes.Buffer
	s := &finding.Summary{Verdict: finding.Accepted, Incomplete: []string{"one | two"}}
	if err := New(&out, d, Options{MaxShown: 3}).Close(s); err != nil {
		t.Fatal(err)
	}
	check(t, out.String())
	if !strings.Contains(out.String(), `**Incomplete:** One \| two.`) || strings.Contains(out.String(), "## Findings") {
		t.Errorf("%s", out.String())
	}
}

func TestShared(t *testing.T) {
	text := write(t, Options{MaxShown: 5, Counts: share.Counts{Suppress: true}}, 60, true)
	for _, not := range []string{"row 17", "First rows", "| 24 |", "| 3 |"} {
		if strings.Contains(text, not) {
			t.Errorf("has %q", not)
		}
	}
	if !strings.Contains(text, "| 25 |") || !strings.Contains(text, "| &lt;5 |") || !strings.Contains(text, "Counts from 1 to 4 are hidden") {
		t.Errorf("%s", text)
	}
}

// A thousand rules with long messages, and as many files, stay below the limit;
// what is left out is counted.
func TestLimit(t *testing.T) {
	d := sample.Book()
	long := strings.Repeat("|", 900)
	for i := range 2000 {
		d.Rules = append(d.Rules, dictionary.Rule{
			Code: fmt.Sprintf("T9%05d", i), Table: "T01", Severity: dictionary.Warning, Kind: dictionary.NotBlank, Field: long,
		})
	}
	var out bytes.Buffer
	r := New(&out, d, Options{MaxShown: 5})
	for i := range d.Rules {
		if err := r.Report(&finding.Finding{Rule: &d.Rules[i], Table: &d.Tables[0], Row: 1}); err != nil {
			t.Fatal(err)
		}
	}
	s := sample.Summary(d, 10, false)
	for i := range 2000 {
		s.Input.Files = append(s.Input.Files, finding.InputFile{Name: fmt.Sprint(i, long)})
	}
	if err := r.Close(s); err != nil {
		t.Fatal(err)
	}
	check(t, out.String())
	if out.Len() < limit/2 || !strings.Contains(out.String(), " rules more.") || !strings.HasSuffix(out.String(), "Nothing was sent anywhere._\n") {
		t.Errorf("%d bytes, ending %q", out.Len(), out.String()[out.Len()-300:])
	}
}

func TestMillion(t *testing.T) {
	if testing.Short() {
		t.Skip("a million findings")
	}
	open := func(w io.Writer, d *dictionary.Dictionary) sample.Sink { return New(w, d, Options{MaxShown: 100}) }
	sample.Million(t, open, 64<<20)
}

// What belongs elsewhere stands apart from the verdict, with the evidence; what
// was switched is counted.
func TestScope(t *testing.T) {
	d := sample.Book()
	var out bytes.Buffer
	if err := New(&out, d, Options{MaxShown: 5}).Close(sample.Scoped(d, sample.Summary(d, 60, false))); err != nil {
		t.Fatal(err)
	}
	check(t, out.String())
	for _, want := range []string{
		"\n## Scope: ours, not the portal's\n\n1,203 referrals, 4,040 contacts and 1,102 patients belong in another data set",
		"\n| out of scope | 3 | 40 | 2 | The record holds a code ",
		"\nDeclared in the configuration: teams: entry 1 names 7 rows, entry 2 names none.\n",
		"\n| OWN01 | off, 7 findings left out; until 2099-01-01: our extract \\| pads::x |\n",
		"\n| Configuration | mhsds\\|.toml, found in the current folder |\n",
		"\nMore could be checked: what belongs to the other service.\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
}
