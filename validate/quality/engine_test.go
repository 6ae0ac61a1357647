package quality_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
	"mhsds/schemas"
	"mhsds/validate"
	"mhsds/validate/batch"
	"mhsds/validate/finding"
	"mhsds/validate/quality"
	"mhsds/validate/source"
	"mhsds/validate/source/delimited"
)

// A submission is tables of records by the table's name.
type submission struct {
	names   []string
	columns map[string][]string
	rows    map[string][][]string
	files   [][]byte
	block   int
}

func load(t testing.TB, name string) *submission {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "submissions", name, "*.csv"))
	if err != nil || len(files) < 50 {
		t.Fatalf("submission %s: %d files (%v)", name, len(files), err)
	}
	s := &submission{columns: map[string][]string{}, rows: map[string][][]string{}}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		table := strings.TrimSuffix(filepath.Base(file), ".csv")
		s.names = append(s.names, table)
		s.columns[table], s.rows[table] = rows[0], rows[1:]
	}
	s.write()
	return s
}

func (s *submission) write() {
	s.files = nil
	for _, n := range s.names {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Write(s.columns[n])
		w.WriteAll(s.rows[n])
		s.files = append(s.files, b.Bytes())
	}
}

func (s *submission) Tables() (list []source.Table) {
	for i, n := range s.names {
		list = append(list, source.Table{Name: n, File: n + ".csv", Size: int64(len(s.files[i]))})
	}
	return list
}

func (s *submission) Open(i int) (source.Reader, error) {
	return delimited.NewReader(bytes.NewReader(s.files[i]), s.names[i]+".csv", delimited.Options{BlockSize: s.block})
}
func (s *submission) Notices() []source.Notice { return nil }
func (s *submission) Close() error             { return nil }

// A stage is a validator whose observer can be changed, so that the schemas
// are compiled once for many runs. It remembers which rows were valid.
type stage struct {
	*quality.Observer
	validator *validate.Validator
	valid     [][]bool
}

func newStage(t testing.TB, opt validate.Options) *stage {
	t.Helper()
	fsys, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{Observer: quality.New(quality.Options{})}
	opt.Observers = []validate.Observer{s}
	if s.validator, err = validate.New(fsys, opt); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) Finish(v validate.Verdicts, report func(*finding.Finding) error, sum *finding.Summary) error {
	s.valid = nil
	for i := range s.validator.Dictionary().Tables {
		var valid []bool
		for row := range v.Rows(i) {
			valid = append(valid, v.Valid(i, row))
		}
		s.valid = append(s.valid, valid)
	}
	return s.Observer.Finish(v, report, sum)
}

// keeper keeps the findings of rules on movement.
type keeper struct{ lines []string }

func (k *keeper) Report(f *finding.Finding) error {
	if f.Rule.Kind == dictionary.Movement {
		k.lines = append(k.lines, fmt.Sprintf("%s %s: %s", f.Rule.Check, f.Table.ID, f.Detail))
	}
	return nil
}

func (s *stage) run(t testing.TB, opt quality.Options, c source.Container) (*finding.Summary, []string) {
	t.Helper()
	s.Observer = quality.New(opt)
	if err := s.Bind(s.validator.Dictionary()); err != nil {
		t.Fatal(err)
	}
	var k keeper
	sum, err := s.validator.Run(context.Background(), c, &k)
	if err != nil {
		t.Fatal(err)
	}
	return sum, k.lines
}

// What each measure gives on the small valid submission, worked out apart from
// this program from the published definitions: the denominator, then valid,
// other, default, invalid and missing, or the numerator.
func byHand() map[string][]int64 {
	return map[string][]int64{
		"DQM01":           {20, 20, 0, 0, 0, 0},
		"DQM03":           {20, 20, 0, 0, 0, 0},
		"DQM04":           {20, 4, 7, 2, 0, 7},
		"DQM05":           {20, 13, 1, 2, 0, 4},
		"DQM07":           {4, 4, 0, 0, 0, 0},
		"DQM08":           {6, 4, 0, 0, 0, 2},
		"DQM10":           {30, 20, 0, 0, 0, 10},
		"DQM11":           {7, 4, 0, 0, 0, 3},
		"DQM18":           {28, 28, 0, 0, 0, 0},
		"DQM19":           {30, 20, 0, 0, 0, 10},
		"DQM20":           {1, 0, 0, 0, 0, 1},
		"DQM31":           {12, 6, 0, 0, 0, 6},
		"DQM32":           {0, 0, 0, 0, 0, 0},
		"DQM33":           {10, 6, 0, 2, 0, 2},
		"DQM34":           {30, 24, 0, 0, 0, 6},
		"DQM35":           {60, 28, 3, 0, 0, 29},
		"DQM37":           {60, 60, 0, 0, 0, 0},
		"DQM38":           {1, 1, 0, 0, 0, 0},
		"DQM39":           {1, 1, 0, 0, 0, 0},
		"DQM42":           {6, 6, 0, 0, 0, 0},
		"DQM44":           {6, 6, 0, 0, 0, 0},
		"DQM46":           {30, 30, 0, 0, 0, 0},
		"DQM47":           {10, 10, 0, 0, 0, 0},
		"DQM48":           {60, 60, 0, 0, 0, 0},
		"DQM51":           {4, 4, 0, 0, 0, 0},
		"DQM52":           {6, 6, 0, 0, 0, 0},
		"DQM53":           {22, 22, 0, 0, 0, 0},
		"DQM54":           {9, 9, 0, 0, 0, 0},
		"DQM55":           {6, 6, 0, 0, 0, 0},
		"DQM64":           {10, 10, 0, 0, 0, 0},
		"DQM65":           {7, 7, 0, 0, 0, 0},
		"DQM66":           {5, 5, 0, 0, 0, 0},
		"DQM67":           {6, 6, 0, 0, 0, 0},
		"DQM68":           {6, 6, 0, 0, 0, 0},
		"DQM69":           {6, 3, 0, 1, 0, 2},
		"DQM70":           {2, 2, 0, 0, 0, 0},
		"DQM71":           {2, 2, 0, 0, 0, 0},
		"DQM72":           {2, 1, 0, 0, 0, 1},
		"DQM73":           {4, 4, 0, 0, 0, 0},
		"DQM74":           {4, 4, 0, 0, 0, 0},
		"DQM75":           {12, 12, 0, 0, 0, 0},
		"DQM76":           {12, 9, 0, 0, 0, 3},
		"DQM77":           {12, 3, 3, 0, 0, 6},
		"DQM78":           {12, 6, 0, 0, 0, 6},
		"DQM79":           {12, 12, 0, 0, 0, 0},
		"DQM80":           {0, 0, 0, 0, 0, 0},
		"DQM81":           {20, 16, 1, 3, 0, 0},
		"DQM82":           {20, 9, 0, 4, 0, 7},
		"DIM01":           {0, 0},
		"DIM02":           {0, 0},
		"DIM03":           {1, 0},
		"DIM04":           {60, 0},
		"DIM05":           {60, 0},
		"DIM06":           {3, 0},
		"DIM07":           {3, 0},
		"DIM08":           {5, 0},
		"DIM09":           {5, 0},
		"DIM10":           {2, 0},
		"DIM11":           {2, 0},
		"DIM12":           {30, 0},
		"DIM13":           {30, 0},
		"DIM14":           {2, 0},
		"DIM15":           {2, 0},
		"DIM16":           {4, 0},
		"DIM17":           {4, 0},
		"DIM18":           {4, 0},
		"DIM19":           {4, 0},
		"SNOMED-CONTACT":  {50, 50},
		"SNOMED-INDIRECT": {5, 5},
	}
}

// The published counts of the same submission, worked out the same way.
func countsByHand() map[string]int64 {
	return map[string]int64{
		"MHS01":  18,
		"MHS23":  28,
		"MHS32":  0,
		"MHS57":  2,
		"MHS29":  60,
		"MHS30":  50,
		"MHS58":  10,
		"MHS29a": 1,
		"MHS07":  4,
		"MHS07a": 0,
		"MHS21":  4,
		"MHS27":  2,
		"MHS28":  2,
		"MHS31":  0,
		"MHS26":  6,
		"AMH01":  17,
		"CYP01":  6,
		"LDA01":  6,
		"MH01":   18,
		"MH01a":  1,
		"MH01b":  11,
		"MH01c":  6,
	}
}

func TestByHand(t *testing.T) {
	s := newStage(t, validate.Options{Workers: 2, BatchRows: 7})
	m := load(t, "small-valid")
	m.block = 300
	sum, _ := s.run(t, quality.Options{}, m)
	got := map[string][]int64{}
	unscored := 0
	for _, q := range sum.Quality.Measures {
		if q.Why != "" {
			unscored++
			continue
		}
		got[q.Measure.ID] = []int64{q.Denominator, q.Valid}
		if q.Measure.Kind == dictionary.Validity {
			got[q.Measure.ID] = append(got[q.Measure.ID], q.Other, q.Default, q.Invalid, q.Missing)
		}
	}
	if diff := cmp.Diff(byHand(), got); diff != "" {
		t.Errorf("quality (-by hand +got):\n%s", diff)
	}
	if unscored != 22 || len(got) != 69 {
		t.Errorf("%d measures computed and %d not, want 69 and 22", len(got), unscored)
	}
	counts := map[string]int64{}
	for _, c := range sum.Measures {
		counts[c.Measure.ID] = c.Carried
		if c.Submitted != c.Carried || c.Why != "" {
			t.Errorf("%s: %d carried forward and %d submitted (%s); nothing is rejected", c.Measure.ID, c.Carried, c.Submitted, c.Why)
		}
	}
	if diff := cmp.Diff(countsByHand(), counts); diff != "" {
		t.Errorf("counts (-by hand +got):\n%s", diff)
	}
}

// What the measures that look codes up give with the registers of
// TestByHandWithRegisters, in which the commissioner of every row is open.
func byHandWithRegisters() map[string][]int64 {
	return map[string][]int64{
		"DQM02": {20, 6, 0, 2, 12, 0}, // two in use on the first day, two on the last, two always; two ZZ99
		"DQM06": {24, 5, 3, 0, 17, 0}, // five open, three closed, of which one the day before; that one, an old one and 15 unknown
		"DQM09": {12, 6, 3, 0, 3, 0},  // WARD01 has six stays, WARD03 and WARD04 three each
		"DQM12": {30, 30, 0, 0, 0, 0},
		"DQM13": {60, 60, 0, 0, 0, 0},
		"DQM14": {5, 5, 0, 0, 0, 0},
		"DQM15": {3, 3, 0, 0, 0, 0},
		"DQM16": {6, 6, 0, 0, 0, 0},
		"DQM17": {0, 0, 0, 0, 0, 0},
	}
}

// TestByHandWithRegisters: the measures that look codes up, on the small valid
// submission and registers of a few codes. Every measure that can be computed
// at all has an answer by hand, here or above.
func TestByHandWithRegisters(t *testing.T) {
	s := newStage(t, validate.Options{Workers: 2})
	m := load(t, "small-valid")
	always := int32(math.MaxInt32)
	until := func(y, m, d int) [][2]int32 { return [][2]int32{{0, batch.Day(y, m, d)}} }
	from := func(y, m, d int) [][2]int32 { return [][2]int32{{batch.Day(y, m, d), always}} }
	known := register{
		"GU11AA": until(2026, 9, 1), "KT152AB": from(2026, 9, 30), "RH16AA": until(2026, 8, 31), "SW1A1AA": from(2026, 10, 1), "M11AE": from(1990, 1, 1),
		"H81010": from(1974, 4, 1), "H81011": from(1974, 4, 1), "H81012": from(1974, 4, 1), "H81013": from(1974, 4, 1), "H81014": from(2026, 9, 30),
		"H81015": until(2026, 9, 10), "H81016": until(2026, 9, 30), "H81017": until(2026, 8, 31), "H81018": until(2020, 3, 31),
		"RXX01": from(2001, 4, 1), "RXX03": until(2026, 9, 15),
		"92A": from(2013, 4, 1),
	}
	counts := func(known register) map[string][]int64 {
		sum, _ := s.run(t, quality.Options{Reference: known}, m)
		got := map[string][]int64{}
		without := byHand()
		for _, q := range sum.Quality.Measures {
			if _, ok := without[q.Measure.ID]; q.Why == "" && !ok {
				got[q.Measure.ID] = []int64{q.Denominator, q.Valid, q.Other, q.Default, q.Invalid, q.Missing}
			}
			if (q.Why != "") != (q.Measure.Unchecked != "") {
				t.Errorf("%s is not computed (%s), and its sheet says %q", q.Measure.ID, q.Why, q.Measure.Unchecked)
			}
		}
		return got
	}
	if diff := cmp.Diff(byHandWithRegisters(), counts(known)); diff != "" {
		t.Errorf("quality (-by hand +got):\n%s", diff)
	}
	// A commissioner that closes in the period, or on the day before, counts as
	// other; one that closed before that, or is not known, as invalid.
	rows := map[string]int64{"DQM12": 30, "DQM13": 60, "DQM14": 5, "DQM15": 3, "DQM16": 6, "DQM17": 0}
	for _, tt := range []struct {
		name  string
		spans [][2]int32
		other bool
	}{
		{"closed on the last day", until(2026, 9, 30), true},
		{"closed on the first day", until(2026, 9, 1), true},
		{"closed on the day before", until(2026, 8, 31), true},
		{"closed two days before", until(2026, 8, 30), false},
		{"not known", nil, false},
	} {
		known["92A"] = tt.spans
		got := counts(known)
		for id, n := range rows {
			want := []int64{n, 0, 0, 0, n, 0}
			if tt.other {
				want = []int64{n, 0, n, 0, 0, 0}
			}
			if diff := cmp.Diff(want, got[id]); diff != "" {
				t.Errorf("commissioner %s, %s (-by hand +got):\n%s", tt.name, id, diff)
			}
		}
	}
	for i := range s.validator.Dictionary().Measures {
		c := &s.validator.Dictionary().Measures[i]
		if _, ok := countsByHand()[c.ID]; c.Kind == dictionary.Count && c.Unchecked == "" && !ok {
			t.Errorf("%s has no answer by hand", c.ID)
		}
	}
}

// register is reference data of a few codes: any day from the first to the
// second.
type register map[string][][2]int32

func (r register) Holds(dictionary.Register) bool { return true }
func (r register) Has(_ dictionary.Register, v []byte, day int32) bool {
	for _, s := range r[strings.ReplaceAll(string(v), " ", "")] {
		if s[0] <= day && day <= s[1] {
			return true
		}
	}
	return false
}
func (r register) Spans(dst [][2]int32, _ dictionary.Register, v []byte) [][2]int32 {
	return append(dst, r[string(v)]...)
}

// TestTwin compares all measures with the twin on submissions cut from the
// small one, with values exchanged, lost and spoilt.
func TestTwin(t *testing.T) {
	s := newStage(t, validate.Options{Workers: 2, BatchRows: 5})
	d := s.validator.Dictionary()
	whole := load(t, "small-valid")
	runs := 520
	if testing.Short() {
		runs = 60
	}
	dates := []string{"2026-08-31", "2026-09-01", "2026-09-15", "2026-09-30", "2026-10-01", "2026-02-30", "2008-09-30", "2007-10-01", "1906-09-30", "1905-09-29", "2012-02-29"}
	odd := []string{"", "", "12", "711", "700", "05", "02", "C05", "c06", "E01", "C02", "99", "Zx", "z", "é", "NCBPS22E/AEDHTT", "51484002:363589002=408730004", "1323681000000103", "VPP00", "XX1 1AA", "ZZ99 3AZ", "RXX", "GONE", "CLOSED"}
	times := []string{"", "00:00", "00:00:00", "12:00:00", "09:00", "09:01:30", "noon"}
	known := register{
		"RXX": {{math.MinInt32, math.MaxInt32}}, "XX11AA": {{0, math.MaxInt32}},
		"CLOSED": {{0, batch.Day(2026, 8, 31)}, {0, batch.Day(2020, 1, 1)}}, "GONE": {{0, batch.Day(2026, 9, 15)}},
		"VPP00": {{0, batch.Day(2026, 9, 30)}}, "A99901": {{0, math.MaxInt32}}, "A99902": {{0, batch.Day(2026, 8, 31)}}, "RXX01": {{0, math.MaxInt32}}, "RXX02": {{0, batch.Day(2026, 9, 10)}},
	}
	// Values that measures ask for, of fields that seldom have them by chance.
	organisations := []string{"RXX", "GONE", "CLOSED", "VPP00", "NOBODY", ""}
	apt := map[string][]string{
		"OrgIDComm": organisations, "GMPReg": {"A99901", "A99902", "V81998", "A99903"}, "SiteIDOfTreat": {"RXX01", "RXX02", "89999", "RXX03"}, "OATReason": {"10", "15", "99", ""},
		"PrimReasonReferralMH": {"12", "12", "01"}, "ReferralRequestReceivedDate": {"2026-09-15", "2026-09-01", "2026-08-31"},
		"PersonBirthDate": {"2012-02-29", "2008-09-30", "2007-10-01", "1906-09-30"}, "WardSecLevel": {"0", "1"}, "LockedWardInd": {"Y", "n", ""},
		"Procedure": {"51484002", "1323681000000103", "304891004", "51484002:363589002=408730004", ""}, "CareContTime": times, "ServDischTime": times,
	}
	seen := map[string]int64{}
	for seed := range runs {
		rng := rand.New(rand.NewPCG(uint64(seed), 11))
		m := &submission{names: whole.names, columns: whole.columns, rows: map[string][][]string{}, block: 200}
		spoil := rng.IntN(4)
		for i := range d.Tables {
			table := &d.Tables[i]
			for _, row := range whole.rows[table.Name] {
				if table.ID != "MHS000" && rng.IntN(5) == 0 {
					continue
				}
				row = slices.Clone(row)
				for c, name := range whole.columns[table.Name] {
					f := table.Field(name)
					if table.ID == "MHS000" || rng.IntN(30) >= spoil && (apt[name] == nil || rng.IntN(6) > 0) {
						continue
					}
					if values := apt[name]; values != nil && rng.IntN(3) > 0 {
						row[c] = values[rng.IntN(len(values))]
						continue
					}
					switch other := whole.rows[table.Name][rng.IntN(len(whole.rows[table.Name]))][c]; {
					case rng.IntN(2) == 0:
						row[c] = other
					case f.Type == dictionary.Date:
						row[c] = dates[rng.IntN(len(dates))]
					case f.Type == dictionary.Time:
						row[c] = times[rng.IntN(len(times))]
					default:
						row[c] = odd[rng.IntN(len(odd))]
					}
				}
				m.rows[table.Name] = append(m.rows[table.Name], row)
			}
		}
		m.write()
		sum, _ := s.run(t, quality.Options{Reference: known}, m)
		twin := func(counted map[string][]bool) *quality.Twin {
			w := &quality.Twin{D: d, Rows: map[string][]map[string]string{}, Counted: counted, Start: "2026-09-01", End: "2026-09-30", Known: known}
			for i := range d.Tables {
				table := &d.Tables[i]
				for _, row := range m.rows[table.Name] {
					record := map[string]string{}
					for c, name := range m.columns[table.Name] {
						record[name] = row[c]
					}
					w.Rows[table.ID] = append(w.Rows[table.ID], record)
				}
			}
			return w
		}
		valid, all := map[string][]bool{}, map[string][]bool{}
		for i := range d.Tables {
			valid[d.Tables[i].ID] = s.valid[i]
			all[d.Tables[i].ID] = slices.Repeat([]bool{true}, len(s.valid[i]))
		}
		carried, submitted := twin(valid), twin(all)
		for _, q := range sum.Quality.Measures {
			if q.Why != "" {
				continue
			}
			want, err := carried.Quality(q.Measure.ID)
			if err != nil {
				t.Fatal(err)
			}
			got := [6]int64{q.Denominator, q.Valid, q.Other, q.Default, q.Invalid, q.Missing}
			if got != want {
				t.Fatalf("seed %d, %s: %v, the twin says %v", seed, q.Measure.ID, got, want)
			}
			seen[q.Measure.ID] += q.Valid
		}
		for _, c := range sum.Measures {
			a, err1 := carried.Measure(c.Measure)
			b, err2 := submitted.Measure(c.Measure)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			if c.Carried != a || c.Submitted != b {
				t.Fatalf("seed %d, %s: %d carried forward and %d submitted, the twin says %d and %d", seed, c.Measure.ID, c.Carried, c.Submitted, a, b)
			}
			seen[c.Measure.ID] += c.Submitted
		}
	}
	if testing.Short() {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		// Every row of its table is rejected, so that none is ever counted.
		never := id == "DQM17"
		if (seen[id] == 0) != never {
			t.Errorf("%s counted nothing in %d submissions, so the comparison says nothing of it", id, runs)
		}
	}
}

// TestCompared: counts and tables are set against what was earlier, and what
// moved far is a finding that leaves the verdict as it is.
func TestCompared(t *testing.T) {
	s := newStage(t, validate.Options{})
	m := load(t, "small-valid")
	rows := func(n int64) quality.Figure { return quality.Figure{Count: n} }
	august := &quality.Earlier{
		Source:   "august, 2026-08",
		Measures: map[string]quality.Figure{"MHS01": rows(18), "MHS29": rows(30), "MHS30": rows(100), "MHS27": {Few: true}, "OTHER": rows(1)},
		Tables:   map[string]quality.Figure{"mhs001mpi": rows(20), "mhs201carecontact": rows(30), "mhs101": {Count: 15, Rounded: true}, "mhs202careactivity": rows(5), "mhs203otherattend": rows(400)},
	}
	// The submission lacks a table that august had.
	i := slices.Index(m.names, "MHS203OtherAttend")
	m.names = slices.Delete(m.names, i, i+1)
	m.write()
	published := func(provider string) []*quality.Earlier {
		if provider != "RXX" {
			t.Errorf("asked for provider %q", provider)
		}
		return []*quality.Earlier{{Source: "published", Measures: map[string]quality.Figure{"MHS01": {Count: 20, Rounded: true}}}}
	}
	plain, _ := s.run(t, quality.Options{}, m)
	sum, lines := s.run(t, quality.Options{Against: []*quality.Earlier{august}, Published: published}, m)
	want := []string{
		"table_doubled MHS201: 60 rows now, 30 in august, 2026-08",
		"table_vanished MHS203: 0 rows now, 400 in august, 2026-08",
		"measure_moved MHS201: MHS29: 60 now (60 if nothing were rejected), 30 in august, 2026-08",
		"measure_moved MHS201: MHS30: 50 now (50 if nothing were rejected), 100 in august, 2026-08",
	}
	slices.Sort(want)
	slices.Sort(lines)
	if n := int64(len(m.rows["MHS202CareActivity"])); n >= 10+20 {
		want = append(want, fmt.Sprintf("table_doubled MHS202: %d rows now, 5 in august, 2026-08", n))
		slices.Sort(want)
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if sum.Verdict != plain.Verdict {
		t.Errorf("verdict %v, without a comparison %v", sum.Verdict, plain.Verdict)
	}
	for _, c := range sum.Measures {
		switch c.Measure.ID {
		case "MHS01":
			want := []finding.Movement{{Source: "august, 2026-08", Before: 18}, {Source: "published", Before: 20, Rounded: true}}
			if diff := cmp.Diff(want, c.Movements); diff != "" {
				t.Errorf("MHS01 (-want +got):\n%s", diff)
			}
		case "MHS23":
			if c.Movements != nil {
				t.Errorf("MHS23 is compared with %v, and nothing says what it was", c.Movements)
			}
		}
	}
	// Without counts, tables alone are compared.
	few, fewLines := s.run(t, quality.Options{TablesOnly: true, Against: []*quality.Earlier{august}}, m)
	want = slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return !strings.HasPrefix(l, "table_") })
	slices.Sort(fewLines)
	if diff := cmp.Diff(want, fewLines); diff != "" || few.Quality != nil || few.Measures != nil || !cmp.Equal(few.TableMovements, sum.TableMovements, cmp.Comparer(func(a, b *dictionary.Table) bool { return a == b })) {
		t.Errorf("tables alone (-want +got):\n%s%v, want %v", diff, few.TableMovements, sum.TableMovements)
	}
	// The limit is the user's.
	if _, lines = s.run(t, quality.Options{Against: []*quality.Earlier{august}, Published: published, Limit: quality.Limit{Percent: 1000, Least: 1000}}, m); len(lines) != 0 {
		t.Errorf("with a limit of 1000 %v stand out", lines)
	}
}

// TestScore: defaults cost what exceeds the share that an item accepts, blanks
// always cost, and items that nobody named do not count.
func TestScore(t *testing.T) {
	s := newStage(t, validate.Options{})
	m := load(t, "small-valid")
	sum, _ := s.run(t, quality.Options{Scored: map[string]float64{"DQM04": 0.05, "DQM01": 0, "DQM80": 1, "DQM06": 1}}, m)
	q := sum.Quality
	// DQM04: 4 valid, 7 other and 2 default of 20; one default is accepted.
	// DQM01: 20 of 20. DQM80 has no row, DQM06 needs a register.
	if q.Estimate || q.Scored != 2 || math.Abs(q.Score-(100*12.0/20+100)/2) > 1e-9 {
		t.Errorf("score %v of %d items, estimate %v; want 80 of 2", q.Score, q.Scored, q.Estimate)
	}
	sum, _ = s.run(t, quality.Options{}, m)
	total, n := 0.0, 0
	for _, x := range sum.Quality.Measures {
		if x.Measure.Kind == dictionary.Validity && x.Why == "" && x.Denominator > 0 {
			total += 100 * float64(x.Valid+x.Other+x.Default) / float64(x.Denominator)
			n++
		}
	}
	if q = sum.Quality; !q.Estimate || q.Scored != n || math.Abs(q.Score-total/float64(n)) > 1e-9 {
		t.Errorf("score %v of %d items, estimate %v; want %v of %d, an estimate", q.Score, q.Scored, q.Estimate, total/float64(n), n)
	}
}

// TestNoPeriod: without a reporting period nothing is computed, and that is
// said.
func TestNoPeriod(t *testing.T) {
	s := newStage(t, validate.Options{})
	m := load(t, "small-valid")
	m.rows["MHS000Header"] = nil
	m.write()
	sum, _ := s.run(t, quality.Options{}, m)
	for _, c := range sum.Measures {
		if c.Why == "" || c.Carried != 0 {
			t.Errorf("%s: %d, %q", c.Measure.ID, c.Carried, c.Why)
		}
	}
	for _, q := range sum.Quality.Measures {
		if q.Why == "" {
			t.Errorf("%s is computed without a period", q.Measure.ID)
		}
	}
}
