package reconcile

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
	"mhsds/dictionary/frugal"
	"mhsds/schemas"
	"mhsds/validate"
	"mhsds/validate/report/jsonl"
	"mhsds/validate/source/archive"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// result is what we found in the small faulty submission, as JSON lines.
func result(t testing.TB, values bool) string {
	t.Helper()
	v, err := validator()
	if err != nil {
		t.Fatal(err)
	}
	c, err := archive.OpenFolder("../../testdata/submissions/small-faulty", archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var b bytes.Buffer
	r := jsonl.New(&b, v.Dictionary(), values)
	s, err := v.Run(context.Background(), c, r)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var validator = sync.OnceValues(func() (*validate.Validator, error) {
	release, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		return nil, err
	}
	return validate.New(release, validate.Options{Values: true})
})

func release(t testing.TB) *dictionary.Dictionary {
	t.Helper()
	v, err := validator()
	if err != nil {
		t.Fatal(err)
	}
	return v.Dictionary()
}

// reports are the portal's reports on the same submission, changed by hand:
//
//	MHS20142     one line less                    MHS50203  no line at all
//	MHS60412     one line twice                   MHS00153  one value differs
//	MHS00125     two lines; we do not check it    MHS99999  a code that we do not know
//	MHS00310     older name of an item            MHS00401  the same without UID
//	MHS00116     rejected rather than warned of
//	MHSARV201    one row more                     MHSARV012, 999  missing, unknown
func reports(t testing.TB) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{validations, dataQuality, aggregation, "diagnostics.csv"} {
		data, err := os.ReadFile(filepath.Join("testdata/reports", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(data)
	}
	return files
}

func folder(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func zipped(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// compare reads reports and a result that must both be readable.
func compare(t *testing.T, fsys fs.FS, result string, opt Options) *Comparison {
	t.Helper()
	d := release(t)
	p, err := Read(fsys, d)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Compare(p, strings.NewReader(result), d, opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", name, diff)
	}
}

func TestGolden(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values bool
		opt    Options
	}{
		{"records", true, Options{MaxShown: 2}},
		{"records-values", true, Options{MaxShown: 2, Values: true}},
		{"counts", false, Options{MaxShown: 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := compare(t, folder(reports(t)), result(t, tt.values), tt.opt)
			for _, out := range []struct {
				ending string
				write  func(io.Writer) error
			}{{".txt", c.WriteText}, {".json", c.WriteJSON}, {".csv", c.WriteCounts}} {
				var b bytes.Buffer
				if err := out.write(&b); err != nil {
					t.Fatal(err)
				}
				checkGolden(t, tt.name+out.ending, b.Bytes())
			}
			if c.Agrees() {
				t.Error("Agrees is true though codes and tables differ")
			}
		})
	}
}

// What must not matter: the container, the folder within it, the byte order
// mark, line ends, the order of lines and columns, and case of names.
func TestForms(t *testing.T) {
	text := result(t, true)
	want := compare(t, folder(reports(t)), text, Options{})
	change := func(f func(name, text string) (string, string)) map[string]string {
		files := map[string]string{}
		for name, text := range reports(t) {
			n, x := f(name, text)
			files[n] = x
		}
		return files
	}
	archive := func(files map[string]string) fs.FS {
		data := zipped(t, files)
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	reversed := func(_, text string) string {
		lines := strings.SplitAfter(text, "\r\n")
		slices.Reverse(lines[1 : len(lines)-1])
		return strings.Join(lines, "")
	}
	for name, fsys := range map[string]fs.FS{
		"zip":             archive(reports(t)),
		"byte order mark": folder(change(func(n, x string) (string, string) { return n, "\ufeff" + x })),
		"LF":              folder(change(func(n, x string) (string, string) { return n, strings.ReplaceAll(x, "\r\n", "\n") })),
		"in a folder":     archive(change(func(n, x string) (string, string) { return "2026-09 performance/" + n, x })),
		"capitals":        folder(change(func(n, x string) (string, string) { return strings.ToUpper(n), x })),
		"blank lines":     folder(change(func(n, x string) (string, string) { return n, x + "\r\n,,,\r\n" })),
		"lines reversed":  folder(change(func(n, x string) (string, string) { return n, reversed(n, x) })),
		"more files":      archive(change(func(n, x string) (string, string) { return n, x })),
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, compare(t, fsys, text, Options{})); diff != "" {
				t.Errorf("the comparison differs (-want +got):\n%s", diff)
			}
		})
	}
}

// What we ourselves write in the portal's layout agrees with our result.
func TestOwnReports(t *testing.T) {
	c := compare(t, os.DirFS("../report/national/testdata/small-faulty"), result(t, true), Options{})
	if !c.Agrees() {
		t.Error("our own reports do not agree with our own result")
	}
	for _, k := range c.Codes {
		byRecord := len(release(t).Rule(k.Code).Items) > 0
		if k.Differs() || k.ByRecord != byRecord || k.Why != "" {
			t.Errorf("%+v: want agreement record by record", k)
		}
	}
	if len(c.Tables) != 60 || len(c.Codes) == 0 {
		t.Errorf("%d tables and %d codes compared, want 60 and some", len(c.Tables), len(c.Codes))
	}
}

// After a file rejection the counts are missing, which is an outcome and not a
// fault of the archive.
func TestPortalRejected(t *testing.T) {
	files := reports(t)
	delete(files, aggregation)
	delete(files, "diagnostics.csv")
	delete(files, dataQuality)
	c := compare(t, folder(files), result(t, false), Options{})
	if !c.PortalRejected || len(c.Tables) != 0 {
		t.Errorf("PortalRejected %v with %d tables, want true and none", c.PortalRejected, len(c.Tables))
	}
	want := []string{
		"data_quality.csv is missing: what it would hold counts as not found by the portal",
		"the portal's reports hold no row counts, as after the rejection of a file, which we do not reject",
		"a portal that rejects a file may stop there, so what we alone found may be no difference",
		"counts alone are compared, since the result holds no values; make it with --show-values to match records",
	}
	if diff := cmp.Diff(want, c.Notices); diff != "" {
		t.Errorf("notices differ (-want +got):\n%s", diff)
	}
}

func TestReadErrors(t *testing.T) {
	const head = "REPORT_TYPE,DESCRIPTION,CODE,NUMERATOR,DENOMINATOR,DATA_ITEM1,DATA_VALUE1\r\n"
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"nothing", map[string]string{"notes.txt": "x"}, "holds neither validations.csv nor data_quality.csv, so it is no archive of Summary Reports"},
		{"twice", map[string]string{"a/validations.csv": head, "b/validations.csv": head}, "holds validations.csv twice, as a/validations.csv and as b/validations.csv: give the reports of one submission"},
		{"empty", map[string]string{"validations.csv": ""}, "validations.csv: is empty, without even the names of its columns"},
		{"another file", map[string]string{"validations.csv": "a,b\n1,2\n"}, "validations.csv: its first line has no columns CODE and NUMERATOR, so it is no Summary Report"},
		{"no code", map[string]string{"validations.csv": head + "Validation Failures,x,P 1,1,,[U]I,v\r\n"}, "validations.csv: line 2: column CODE holds no code"},
		{"quotes", map[string]string{"validations.csv": head + "Validation Failures,x,R1,1,,[U]I,\"v\r\n"}, "validations.csv: line 2: quotation marks do not pair"},
		{"no count", map[string]string{"validations.csv": head, "aggregation.csv": head + "Aggregation,x,MHSARV001,many,,,\r\n"}, "aggregation.csv: line 2: column NUMERATOR holds no count"},
		{"too many", map[string]string{"validations.csv": head + "Validation Failures,x,R1,9223372036854775807,,[U]I,v\r\n"}, "validations.csv: line 2: column NUMERATOR holds a greater count than there can be records"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(folder(tt.files), release(t))
			if err == nil || err.Error() != tt.want {
				t.Errorf("Read: error %v, want %q", err, tt.want)
			}
		})
	}
}

// A zip that was cut, altered or locked gives one sentence without the words
// of the library.
func TestDamagedZip(t *testing.T) {
	whole := zipped(t, reports(t))
	at := bytes.Index(whole, []byte("validations.csv")) + len("validations.csv") + 40 // within the packed text
	altered := bytes.Clone(whole)
	altered[at] ^= 0xff
	packed, protected := bytes.Clone(whole), bytes.Clone(whole)
	for i := range len(whole) - 12 { // flags and method of every entry in the directory at the end
		if bytes.HasPrefix(whole[i:], []byte("PK\x01\x02")) {
			protected[i+8] |= 1
			packed[i+10] = 99
		}
	}
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"altered":   {altered, "validations.csv: is damaged: the archive was cut off or altered; download it again"},
		"packed":    {packed, "validations.csv: is packed in a way that cannot be read; unpack the archive into a folder first"},
		"protected": {protected, "validations.csv: needs a password; unpack the archive into a folder first"},
	} {
		t.Run(name, func(t *testing.T) {
			z, err := zip.NewReader(bytes.NewReader(tt.data), int64(len(tt.data)))
			if err != nil {
				t.Fatal(err)
			}
			_, err = Read(z, release(t))
			if err == nil || err.Error() != tt.want {
				t.Errorf("Read: error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestResultErrors(t *testing.T) {
	d := release(t)
	text := result(t, false)
	lines := strings.SplitAfter(text, "\n")
	lines = lines[:len(lines)-1]
	tests := []struct{ name, text, want string }{
		{"empty", "", "it does not end with a summary, so it was not written to its end"},
		{"cut", strings.Join(lines[:len(lines)-1], ""), "it does not end with a summary, so it was not written to its end"},
		{"a line removed", strings.Join(append(slices.Clone(lines[:5]), lines[6:]...), ""), "it was cut or edited"},
		{"text", "Our verdict\n", "line 1 cannot be read"},
		{"no code", "{}\n", "line 1 has no code"},
		{"two results", text + text, fmt.Sprintf("line %d follows its summary", len(lines)+1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Read(folder(reports(t)), d)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Compare(p, strings.NewReader(tt.text), d, Options{})
			if !errors.Is(err, ErrNotResult) || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("Compare: error %v, want one that ends %q", err, tt.want)
			}
		})
	}
}

func TestNormal(t *testing.T) {
	tests := []struct {
		in   string
		of   dictionary.Type
		want string
	}{
		{"2026-09-01 00:00:00", dictionary.Date, "2026-09-01"},
		{"2026-09-01", dictionary.Date, "2026-09-01"},
		{"2026-09-01 13:45:00", dictionary.Date, "2026-09-01T13:45:00"},
		{"2026-09-01T13:45:00", dictionary.Date, "2026-09-01T13:45:00"},
		{"2026-09-01 00:00:00.000", dictionary.DateTime, "2026-09-01"},
		{"1899-12-30 08:05:00", dictionary.Time, "08:05:00"},
		{"1970-01-01 00:00:00", dictionary.Time, "00:00:00"},
		{"08:05:00", dictionary.Time, "08:05:00"},
		{"2026-09-01 00:00:00", dictionary.Text, "2026-09-01 00:00:00"},
		{"2026-09-01T10:00:00+01:00", 0, "2026-09-01T10:00:00+01:00"},
		{"2026-09-01 00:00:00", 0, "2026-09-01"},
		{" P1 ", dictionary.Text, "P1"},
		{"a\r\nb", dictionary.Text, "a\nb"},
		{"1/9/26", dictionary.Date, "1/9/26"},
	}
	for _, tt := range tests {
		if got := normal(tt.in, tt.of); got != tt.want {
			t.Errorf("normal(%q, %v) = %q, want %q", tt.in, tt.of, got, tt.want)
		}
	}
}

// The counts hold nothing of a record: no value of the reports is in them.
func TestCountsHoldNoValues(t *testing.T) {
	c := compare(t, folder(reports(t)), result(t, true), Options{MaxShown: 10, Values: true})
	var b bytes.Buffer
	if err := c.WriteCounts(&b); err != nil {
		t.Fatal(err)
	}
	p, err := Read(folder(reports(t)), release(t))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, code := range p.codes {
		for _, l := range code.lines {
			for _, v := range l.values {
				if len(v) < 6 {
					continue // a short code may stand in a count or a name
				}
				seen++
				if bytes.Contains(b.Bytes(), []byte(v)) {
					t.Errorf("a value of the reports stands in the counts")
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d values looked for: the test proves nothing", seen)
	}
}

// FuzzRead reads any bytes as a report: nothing but an error or a count for
// each line that has a code.
func FuzzRead(f *testing.F) {
	for _, text := range reports(f) {
		f.Add(text[:min(len(text), 2000)])
	}
	f.Add("\ufeffCODE,NUMERATOR\nMHS00001,3\n")
	f.Add("CODE,NUMERATOR,DATA_ITEM1,DATA_VALUE1\n\"MHS\",\"\n")
	f.Add("CODE,NUMERATOR,DATA_ITEM1,DATA_VALUE1\nMHS00152,9223372036854775807,[M001901]LocalPatientID,\"a\r\nb\"\nMHS00152,9223372036854775807,,\nMHS00152,-1,,\n")
	f.Add("CODE,NUMERATOR,DATA_ITEM1,DATA_VALUE1\nMHS00152,1099511627776,,\nMHS00152,1099511627776,,\nMHS00152,1,,\n")
	f.Add("CODE,CODE,NUMERATOR\nMHS00152,,1\nMHS00152\n,,,,,\n")
	f.Add("code;numerator\nMHS00152;1\n")
	f.Add("")
	d := &dictionary.Dictionary{Rules: []dictionary.Rule{{Code: "MHS00152", Items: []dictionary.Item{{UID: "M001901", Name: "LocalPatientID"}}}}}
	f.Fuzz(func(t *testing.T, text string) {
		var p *Portal
		var err error
		frugal.Check(t, len(text), 1000, func() { p, err = Read(folder(map[string]string{validations: text, aggregation: text}), d) })
		if err != nil {
			if strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("error %q is not one line", err)
			}
			return
		}
		result := `{"code":"MHS00152","table":"T","row":1,"items":[{"item":"[M001901]LocalPatientID","value":"P/0003'A"}]}` + "\n" +
			`{"summary":{"rules":[{"code":"MHS00152","count":1}]}}`
		c, err := Compare(p, strings.NewReader(result), d, Options{MaxShown: 3, Values: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range c.Codes {
			if !isCode(k.Code) {
				t.Errorf("code %q", k.Code)
			}
			if k.Agreed < 0 || k.OnlyOurs < 0 || k.OnlyTheirs < 0 || k.Agreed+k.OnlyOurs != k.Ours || k.Agreed+k.OnlyTheirs != k.Theirs {
				t.Errorf("counts do not add up: %+v", k)
			}
		}
		if err := c.WriteText(io.Discard); err != nil {
			t.Error(err)
		}
	})
}

// FuzzCompare reads any bytes as a result: an error that holds none of them,
// or counts that add up.
func FuzzCompare(f *testing.F) {
	text := result(f, true)
	lines := strings.SplitAfter(text, "\n")
	f.Add(lines[0] + lines[len(lines)-2])
	f.Add(`{"code":"MHS00152","items":[{"item":"[M001901]LocalPatientID","value":null}]}` + "\n" + `{"summary":{"rules":[{"code":"MHS00152","count":1}]}}`)
	f.Add(`{"summary":{}}`)
	f.Add("")
	d := release(f)
	p, err := Read(folder(reports(f)), d)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var c *Comparison
		var err error
		frugal.Check(t, len(text), 1000, func() { c, err = Compare(p, strings.NewReader(text), d, Options{MaxShown: 2}) })
		if err != nil {
			return
		}
		for _, k := range c.Codes {
			if k.Agreed < 0 || k.OnlyOurs < 0 || k.OnlyTheirs < 0 || k.Agreed+k.OnlyOurs != k.Ours || k.Agreed+k.OnlyTheirs != k.Theirs {
				t.Errorf("counts do not add up: %+v", k)
			}
		}
	})
}
