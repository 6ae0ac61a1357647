package reference

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
	"mhsds/dictionary/frugal"
	"mhsds/validate/batch"
	"mhsds/validate/finding"
)

// ods is a line of an ODS report.
func ods(code, open, closed, status string) string {
	cells := make([]string, odsColumns)
	cells[0], cells[1], cells[9] = code, `"SYNTHETIC, TRUST"`, "ZZ99 3AZ"
	cells[odsOpen], cells[odsClose], cells[odsStatus] = open, closed, status
	return strings.Join(cells, ",") + "\r\n"
}

func day(s string) int32 {
	d, ok := parseDate([]byte(s))
	if !ok {
		panic(s)
	}
	return d
}

// held lists which of the values a register has on a day.
func held(s *Set, r dictionary.Register, on string, values ...string) (got []string) {
	for _, v := range values {
		if s.Has(r, []byte(v), day(on)) {
			got = append(got, v)
		}
	}
	return got
}

func TestOrganisations(t *testing.T) {
	var s Set
	files := []string{
		"\ufeff" + ods("RXX", "20010401", "", "A") + ods("RYY", "20010401", "20260831", "C") + ods("LATE", "20260902", "", "P") +
			ods("TWICE", "19990401", "20100331", "C") + ods("EVER", "", "", "Closed") + ods("A2345678", "2001-04-01", "NULL", "") + ods("TOOLONG99", "01/04/2001", "30-Sep-2026", ""),
		ods("TWICE", "20200401", "20301231", "A") + ods("BAD", "April", "", "A") + ods("", "20010401", "", "A"),
	}
	for i, f := range files {
		if err := s.Load(dictionary.Organisations, fmt.Sprintf("%d.csv", i+1), int64(len(f)), strings.NewReader(f)); err != nil {
			t.Fatal(err)
		}
	}
	all := []string{"RXX", "RYY", "LATE", "TWICE", "EVER", "A2345678", "TOOLONG99", "rxx", "RX", "RXX1", "BAD", "", "NOTTHERE99"}
	tests := []struct {
		on   string
		want string
	}{
		{"20260901", "RXX TWICE EVER A2345678 TOOLONG99"},
		{"20260831", "RXX RYY TWICE EVER A2345678 TOOLONG99"}, // the day of closing counts
		{"20260902", "RXX LATE TWICE EVER A2345678 TOOLONG99"},
		{"20261001", "RXX LATE TWICE EVER A2345678"},
		{"20150101", "RXX RYY EVER A2345678 TOOLONG99"}, // between its two spans
		{"20000101", "TWICE EVER"},
	}
	for _, tt := range tests {
		if got := strings.Join(held(&s, dictionary.Organisations, tt.on, all...), " "); got != tt.want {
			t.Errorf("on %s: %s, want %s", tt.on, got, tt.want)
		}
	}
	want := []finding.ReferenceFile{
		{Register: dictionary.Organisations, Name: "1.csv", Rows: 7, Newest: "2026-09-02", Undated: 1},
		{Register: dictionary.Organisations, Name: "2.csv", Rows: 1, Newest: "2020-04-01", LeftOut: 2, LeftOutLine: 2},
	}
	if diff := cmp.Diff(want, s.Files()); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if !s.Holds(dictionary.Organisations) || s.Holds(dictionary.Sites) || s.Holds(dictionary.Postcodes) {
		t.Error("Holds says other than what was loaded")
	}
}

func TestNamedColumns(t *testing.T) {
	var s Set
	f := "Status,Close date,Code,Open date\nopen,,S100,2015-09-01\nclosed,2020-08-31,S200,2015-09-01\n"
	if err := s.Load(dictionary.Schools, "schools.csv", 0, strings.NewReader(f)); err != nil {
		t.Fatal(err)
	}
	if got := held(&s, dictionary.Schools, "20260901", "S100", "S200", "Code"); !cmp.Equal(got, []string{"S100"}) {
		t.Errorf("%v, want S100", got)
	}
}

func TestPostcodes(t *testing.T) {
	rows := `"AB1 0AA","AB1  0AA","AB1 0AA",198001,199606,X
"ZZ993AZ","ZZ99 3AZ","ZZ99 3AZ",199901,,X
"M1 1AE","M1   1AE","M1 1AE",202609,,X
"M1 1AE","M1   1AE","M1 1AE",198001,200001,X
"W1A1HQ","W1A  1HQ","W1A 1HQ",198001,202608,X
"EC1A1BB","EC1A 1BB","EC1A 1BB",,000000,X
"GIR0AA","GIR  0AA","GIR 0AA",198001,,X
"LS1 4AP","LS1  4AP","LS1 4AP",1980,,X
`
	all := []string{"AB1 0AA", "M1 1AE", "M11AE", "m1 1ae", "M1  1AE", "W1A 1HQ", "EC1A 1BB", "EC1A1BB", "GIR 0AA", "GIR0AA", "ZZ99 3AZ", "LS1 4AP", "AB10AA", "A", "EC1A 1BC"}
	for _, layout := range []struct{ name, file string }{
		{"ONS", "pcd,pcd2,pcds,dointr,doterm,other\n" + rows},
		{"no header", rows},
		{"other names", "PCD7,X,PCDS,DOINTR,DOTERM,OTHER\n" + rows},
	} {
		t.Run(layout.name, func(t *testing.T) {
			var s Set
			if err := s.Load(dictionary.Postcodes, "pc.csv", int64(len(layout.file)), strings.NewReader(layout.file)); err != nil {
				t.Fatal(err)
			}
			tests := []struct{ on, want string }{
				{"20260901", "M1 1AE M11AE M1  1AE EC1A 1BB EC1A1BB GIR 0AA GIR0AA ZZ99 3AZ"},
				{"20260831", "W1A 1HQ EC1A 1BB EC1A1BB GIR 0AA GIR0AA ZZ99 3AZ"},
				{"19960630", "AB1 0AA M1 1AE M11AE M1  1AE W1A 1HQ EC1A 1BB EC1A1BB GIR 0AA GIR0AA AB10AA"},
				{"19791231", "EC1A 1BB EC1A1BB"},
			}
			for _, tt := range tests {
				if got := strings.Join(held(&s, dictionary.Postcodes, tt.on, all...), " "); got != tt.want {
					t.Errorf("on %s: %s, want %s", tt.on, got, tt.want)
				}
			}
			want := []finding.ReferenceFile{{Register: dictionary.Postcodes, Name: "pc.csv", Rows: 7, Newest: "2026-09-01", LeftOut: 1, LeftOutLine: 8}}
			if strings.Contains(layout.file, "other\n") || strings.Contains(layout.file, "OTHER\n") {
				want[0].LeftOutLine = 9
			}
			if diff := cmp.Diff(want, s.Files()); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPostcodeNumber: different postcodes have different numbers, all below 2
// to the 31.
func TestPostcodeNumber(t *testing.T) {
	seen := map[uint32]string{}
	for _, area := range []string{"A", "Z", "AA", "AZ", "ZA", "ZZ"} {
		for _, district := range []string{"0", "9", "00", "09", "90", "99", "0A", "0Z", "9A", "9Z"} {
			for _, in := range []string{"0AA", "0AB", "0ZZ", "9AA", "9ZZ"} {
				for _, space := range []string{"", " "} {
					v := area + district + space + in
					n, ok := postcodeNumber([]byte(v))
					if !ok || n >= 1<<31 {
						t.Fatalf("%s: %d, %v", v, n, ok)
					}
					if other, there := seen[n]; there && strings.ReplaceAll(other, " ", "") != strings.ReplaceAll(v, " ", "") {
						t.Fatalf("%s and %s have one number", v, other)
					}
					seen[n] = v
				}
			}
		}
	}
	for _, v := range []string{"", "A", "A1", "1A 1AA", "A1 AAA", "A1 1A1", "AAA1 1AA", "A1AA 1AA", "A1 1aa", "A\x001 1AA", "É1 1AA", "AA111 1AA", "AB1 0A Ä"} {
		if n, ok := postcodeNumber([]byte(v)); ok {
			t.Errorf("%q has the number %d", v, n)
		}
	}
}

func TestRefused(t *testing.T) {
	tests := []struct {
		name     string
		register dictionary.Register
		file     string
		want     string
	}{
		{"empty", dictionary.Organisations, "", "x.csv: is empty"},
		{"empty directory", dictionary.Postcodes, "\n\n", "x.csv: is empty"},
		{"five columns", dictionary.Organisations, "RXX,TRUST,20010401,,TR\n", "x.csv: has 5 columns; an ODS report has 27 and no header line, and another file needs a first line with the columns code, open and close"},
		{"half named", dictionary.Sites, "Code,Name\nRXX,TRUST\n", `x.csv: the first line names columns, but not all of code, open and close: "Code", "Name"`},
		{"another width later", dictionary.Organisations, ods("RXX", "", "", "") + "RYY,TRUST\n", "x.csv: line 2 has 2 columns, the first has 27"},
		{"no codes", dictionary.Organisations, "code,open,close\n", "x.csv: holds no code"},
		{"organisations for postcodes", dictionary.Postcodes, ods("RXX", "20010401", "", ""), "x.csv: is no directory of postcodes: its first line neither names the columns pcds, dointr and doterm nor begins with a postcode and its two months"},
		{"half a directory", dictionary.Postcodes, "pcds,oseast\nM1 1AE,1\n", `x.csv: the first line names columns, but not all of pcds, dointr and doterm: "pcds", "oseast"`},
		{"narrow row", dictionary.Postcodes, "pcds,dointr,doterm\nM1 1AE,198001\n", "x.csv: line 2 has 2 columns, too few for the postcode and its two dates"},
		{"lost quote", dictionary.Organisations, ods("RXX", "", "", "") + `"RYY` + "\n", "x.csv: a quotation mark is opened and never closed"},
		{"lost quote in a long file", dictionary.Organisations, ods("RXX", "", "", "") + `"` + strings.Repeat(ods("RYY", "", "", ""), 1<<15), "x.csv: a quotation mark is opened and never closed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s Set
			err := s.Load(tt.register, "x.csv", int64(len(tt.file)), strings.NewReader(tt.file))
			if err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

func TestParseDate(t *testing.T) {
	for _, v := range []string{"20260901", "2026-09-01", "2026/09/01", "01/09/2026", "01-09-2026", "01.09.2026", "01-Sep-2026", "01 SEP 2026", "2026-09-01T00:00:00", "2026-09-01 00:00:00", "01/09/2026 00:00"} {
		if got, ok := parseDate([]byte(v)); !ok || got != batch.Day(2026, 9, 1) {
			t.Errorf("%s: %d, %v", v, got, ok)
		}
	}
	for _, v := range []string{"", "0", "00000000", "NULL", "null"} {
		if got, ok := parseDate([]byte(v)); !ok || got != batch.Null {
			t.Errorf("%q: %d, %v, want no date", v, got, ok)
		}
	}
	for _, v := range []string{"20260231", "2026-13-01", "1/9/2026", "2026", "Sep 2026", "2026-09-1", "01-xyz-2026", "2026-09/01", "20260001"} {
		if got, ok := parseDate([]byte(v)); ok {
			t.Errorf("%q is read as day %d", v, got)
		}
	}
}

func TestReadScales(t *testing.T) {
	list, err := ReadScales("s.csv", strings.NewReader("\ufeffsnomed_code,validator,low,high,decimals,set,collection_start\n445455005,range,0,21,1,,2016-01-01\n979831000000108,set,,,,K|O,\n714350005,,,,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []dictionary.Scale{
		{Concept: "445455005", Low: "0", High: "21", Decimals: 1, Earlier: true, Later: true, CollectedFrom: "2016-01-01"},
		{Concept: "979831000000108", Values: []string{"K", "O"}, Earlier: true, Later: true},
		{Concept: "714350005", Earlier: true, Later: true},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("scales (-want +got):\n%s", diff)
	}
	const head = "snomed_code,low,high,decimals,set\n"
	for file, want := range map[string]string{
		"":                             "s.csv: is empty",
		"snomed_code,low\n":            "s.csv: the first line does not name the column high; a list of scales has snomed_code, low, high, decimals and set",
		head:                           "s.csv: holds no scale",
		head + "12,0,1,0,\n":           `s.csv: line 2: snomed_code "12" is not 6 to 18 digits`,
		head + "4.45E+08,0,1,0,\n":     `s.csv: line 2: snomed_code "4.45E+08" is not 6 to 18 digits`,
		head + "445455005,0,,0,\n":     "s.csv: line 2: scale 445455005 has one bound of two",
		head + "445455005,0,x,0,\n":    `s.csv: line 2: "x" is no number`,
		head + "445455005,0,1,many,\n": `s.csv: line 2: decimals "many" is not a number from 0 to 9`,
		head + "445455005,0,1,0\n":     "s.csv: line 2: 4 columns, the first line has 5",
		head + "445455005,0,1,0,\n445455005,0,1,0,\n": "s.csv: line 3: snomed_code 445455005 stands in line 2 too",
	} {
		if _, err := ReadScales("s.csv", strings.NewReader(file)); err == nil || err.Error() != want {
			t.Errorf("%q: error %v, want %s", file, err, want)
		}
	}
}

func TestIdentify(t *testing.T) {
	report := ods("RXX", "20010401", "", "A")
	tests := []struct{ name, file, want string }{
		{"etr.csv", report, "organisations"},
		{"EPRACCUR.CSV", report, "organisations"},
		{"ets.csv", report, "sites"},
		{"my sites.csv", report, "sites"},
		{"schools-2026.csv", report, "schools"},
		{"ONSPD_AUG_2026_UK.csv", "pcd,pcd2,pcds,dointr,doterm\n", "postcodes"},
		{"scales.csv", "snomed_code,low,high,decimals,set\n", "scales"},
		{"x.csv", report, "x.csv: holds codes with dates, but its name does not say of what; name it yourself, as in --reference organisations=FILE"},
		{"y.csv", "a,b\n", "y.csv: has 2 columns; an ODS report has 27 and no header line, and another file needs a first line with the columns code, open and close"},
		{"z.csv", "", "z.csv: is empty"},
	}
	for _, tt := range tests {
		got, err := Identify(tt.name, strings.NewReader(tt.file))
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestTwin compares look-ups with a plain search of the rows.
func TestTwin(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for range 300 {
		type row struct {
			code       string
			open, shut int32
		}
		var rows []row
		var file strings.Builder
		n := 1 + rng.IntN(200)
		for range n {
			r := row{code: randomCode(rng), open: batch.Null, shut: 1 << 30}
			a, b := "", ""
			if rng.IntN(5) > 0 {
				r.open = batch.Day(2000, 1, 1) + rng.Int32N(9000)
				a = string(batch.AppendDay(nil, r.open))
			}
			if rng.IntN(2) > 0 {
				r.shut = batch.Day(2000, 1, 1) + rng.Int32N(9000)
				b = string(batch.AppendDay(nil, r.shut))
			}
			rows = append(rows, r)
			file.WriteString(ods(r.code, a, b, "A"))
		}
		var s Set
		if err := s.Load(dictionary.Sites, "x.csv", 0, strings.NewReader(file.String())); err != nil {
			t.Fatal(err)
		}
		for range 300 {
			code, on := randomCode(rng), batch.Day(2000, 1, 1)+rng.Int32N(9000)
			want := false
			for _, r := range rows {
				want = want || r.code == code && r.open <= on && on <= r.shut
			}
			if got := s.Has(dictionary.Sites, []byte(code), on); got != want {
				t.Fatalf("%s on day %d: %v, want %v", code, on, got, want)
			}
		}
	}
}

func randomCode(rng *rand.Rand) string {
	b := make([]byte, 1+rng.IntN(10))
	for i := range b {
		b[i] = "AB"[rng.IntN(2)]
	}
	return string(b[:min(len(b), 1+rng.IntN(10))])
}

// TestPostcodeTwin does the same for postcodes, by the month.
func TestPostcodeTwin(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for range 200 {
		spans := map[string][][2]int{}
		var file strings.Builder
		file.WriteString("pcds,dointr,doterm\n")
		random := func() string {
			return fmt.Sprintf("%c%c%d %d%c%c", 'A'+rng.IntN(3), 'A'+rng.IntN(26), rng.IntN(100), rng.IntN(2), 'A'+rng.IntN(2), 'A'+rng.IntN(2))
		}
		for range 1 + rng.IntN(3000) {
			v, from, to := random(), 198001+rng.IntN(12), 198001+rng.IntN(12)
			last := fmt.Sprint(to)
			if rng.IntN(2) == 0 {
				last, to = "", 999912
			}
			spans[v] = append(spans[v], [2]int{from, to})
			fmt.Fprintf(&file, "%s,%d,%s\n", v, from, last)
		}
		var s Set
		if err := s.Load(dictionary.Postcodes, "x.csv", int64(file.Len()), strings.NewReader(file.String())); err != nil {
			t.Fatal(err)
		}
		for range 500 {
			v, m := random(), 1+rng.IntN(12)
			want := false
			for _, x := range spans[v] {
				want = want || x[0] <= 198000+m && 198000+m <= x[1]
			}
			if got := s.Has(dictionary.Postcodes, []byte(v), batch.Day(1980, m, 1+rng.IntN(28))); got != want {
				t.Fatalf("%s in month %d: %v, want %v", v, m, got, want)
			}
		}
	}
}

// FuzzScanner compares the splitter with encoding/csv on whatever that reads.
func FuzzScanner(f *testing.F) {
	for _, s := range []string{"a,b\nc,d\n", "\ufeffa\r\n", `"a,b","c""d"` + "\n", "\"a\nb\",c\n\n,\n", `a"b,c`, "a,\"b\"x\n", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, file string) {
		if strings.ContainsAny(file, "\r\x00") || strings.Contains(file, "\ufeff") {
			t.Skip() // csv turns CR LF within quotes into LF
		}
		r := csv.NewReader(strings.NewReader(file))
		r.FieldsPerRecord = -1
		want, err := r.ReadAll()
		s := newScanner(strings.NewReader(file))
		var got [][]string
		for {
			e := s.next()
			if e == io.EOF || e == errQuote {
				break
			}
			if e != nil {
				t.Fatal(e)
			}
			var row []string
			for _, v := range s.record() {
				row = append(row, string(v))
			}
			got = append(got, row)
		}
		if err != nil {
			return // what csv refuses must only end
		}
		for _, row := range want {
			for i := range row {
				row[i] = strings.Trim(row[i], " ")
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-csv +ours):\n%s", file, diff)
		}
	})
}

// FuzzLoad reads any bytes as each kind of reference data: as codes, or an error
// of one line.
func FuzzLoad(f *testing.F) {
	for i, s := range []string{
		ods("RXX", "20200101", "", "A") + ods("RYY", "20200101", "20250101", "C"), "code,open,close\nRXX,2020-01-01,\n\"R\"\"Y\",,01/02/2025\n",
		"URN,EstablishmentName,OpenDate,CloseDate\n100000,x,01-01-1900,\n", "pcds,dointr,doterm\nM1 1AE,198001,\nGU1 1AA,198001,202401\n",
		"snomed_code,low,high,decimals,set\n445455005,0,21,0,\n979831000000108,,,,K|O\n", "code\n\"", "", "\ufeffCODE\r\n\x00\r\n",
	} {
		f.Add(uint8(i), s)
	}
	f.Fuzz(func(t *testing.T, kind uint8, file string) {
		var err error
		frugal.Check(t, len(file), 1000, func() {
			registers := []dictionary.Register{dictionary.Organisations, dictionary.Sites, dictionary.Schools, dictionary.Postcodes}
			if kind %= 6; int(kind) < len(registers) {
				var s Set
				if err = s.Load(registers[kind], "x.csv", int64(len(file)), strings.NewReader(file)); err == nil && !s.Holds(registers[kind]) {
					t.Error("what was loaded is not held")
				}
			} else if kind == 4 {
				_, err = ReadScales("x.csv", strings.NewReader(file))
			} else {
				_, err = Identify("x.csv", strings.NewReader(file))
			}
		})
		if err != nil && (strings.ContainsFunc(err.Error(), unicode.IsControl) || len(err.Error()) > 1000) {
			t.Errorf("error %q is not one line", err)
		}
	})
}

func TestHasAllocs(t *testing.T) {
	var s Set
	if err := s.Load(dictionary.Organisations, "x.csv", 0, strings.NewReader(ods("RXX", "", "", "")+ods("RYYYYYYYY", "", "", ""))); err != nil {
		t.Fatal(err)
	}
	if err := s.Load(dictionary.Postcodes, "x.csv", 0, strings.NewReader("pcds,dointr,doterm\nM1 1AE,198001,\n")); err != nil {
		t.Fatal(err)
	}
	values := [][]byte{[]byte("RXX"), []byte("RYYYYYYYY"), []byte("M1 1AE"), []byte("M11AE"), []byte("M1 1AF")}
	if n := testing.AllocsPerRun(100, func() {
		for _, v := range values {
			s.Has(dictionary.Organisations, v, 20000)
			s.Has(dictionary.Postcodes, v, 20000)
		}
	}); n != 0 {
		t.Errorf("Has allocates %v times, want 0", n)
	}
}

// directory writes a directory of postcodes as wide as the published one.
func directoryFile(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`"pcd","pcd2","pcds","dointr","doterm"` + strings.Repeat(`,"col"`, 45) + "\n")
	tail := strings.Repeat(`,"E00000001"`, 35) + strings.Repeat(",1", 10) + "\n"
	for i := range n {
		k := i
		next := func(m int) int { x := k % m; k /= m; return x }
		e, d, c := next(26), next(26), next(10)
		v := fmt.Sprintf("%c%c%d %d%c%c", 'A'+i/(n/20+1), 'A'+next(26), next(90), c, 'A'+d, 'A'+e)
		term := ""
		if i%3 == 0 {
			term = "201006"
		}
		fmt.Fprintf(&b, `"%s","%s","%s","%d","%s"%s`, strings.ReplaceAll(v, " ", ""), v, v, 198001+i%12, term, tail)
	}
	return b.Bytes()
}

// BenchmarkPostcodes loads a tenth of the whole country; MB/s tell how long
// the published file takes. Memory is BenchmarkPostcodes' B/op.
func BenchmarkPostcodes(b *testing.B) {
	file := directoryFile(270_000)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		var s Set
		if err := s.Load(dictionary.Postcodes, "pc.csv", int64(len(file)), bytes.NewReader(file)); err != nil {
			b.Fatal(err)
		}
	}
}
