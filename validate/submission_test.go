package validate

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"mhsds/dictionary"
	"mhsds/dictionary/schema"
	"mhsds/schemas"
	"mhsds/validate/batch"
	"mhsds/validate/finding"
	"mhsds/validate/plan"
	"mhsds/validate/relation"
	"mhsds/validate/source"
	"mhsds/validate/source/delimited"
)

// load reads a folder of CSV files into memory by encoding/csv.
func load(t testing.TB, name string) *memory {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "testdata", "submissions", name, "*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("submission %s: no files (%v)", name, err)
	}
	m := newMemory()
	for _, file := range files {
		rows := readCSV(t, file)
		table := strings.TrimSuffix(filepath.Base(file), ".csv")
		m.table(table, rows[0]...)
		m.rows[table] = rows[1:]
	}
	return m
}

func readCSV(t testing.TB, file string) [][]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// judged runs a submission and returns its findings as written by write.
func judged(t testing.TB, opt Options, m *memory) ([]string, *finding.Summary) {
	t.Helper()
	v, err := newValidator(shared(t), opt)
	if err != nil {
		t.Fatal(err)
	}
	var k keeper
	s, err := v.Run(context.Background(), m, &k)
	if err != nil {
		t.Fatal(err)
	}
	return k.lines, s
}

// keeper writes every finding in full.
type keeper struct{ lines []string }

func (k *keeper) Report(f *finding.Finding) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s,%d,%s,%s", f.Table.Name, f.Row, f.Rule.Code, f.Rule.Severity)
	for _, v := range f.Values {
		fmt.Fprintf(&b, " %s=%q", v.Item, v.Text)
	}
	if !f.Cause.None() {
		fmt.Fprintf(&b, " <- %s,%d", f.Cause.Table.Name, f.Cause.Row)
		if f.Cause.Rule != nil {
			fmt.Fprintf(&b, ",%s", f.Cause.Rule.Code)
		}
		if f.Cause.Absent {
			fmt.Fprintf(&b, " absent %q", f.Cause.Key)
		}
	}
	k.lines = append(k.lines, b.String())
	return nil
}

// places cuts what keeper writes down to table, row, code and severity.
func places(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i], _, _ = strings.Cut(l, " <- ")
		if j := strings.Index(out[i], " ["); j >= 0 {
			out[i] = out[i][:j]
		}
	}
	slices.Sort(out)
	return out
}

// TestExpected compares the small submissions with what an evaluator of its
// own expects of them, finding by finding, cascades included.
func TestExpected(t *testing.T) {
	for name, verdict := range map[string]finding.Verdict{
		"small-valid": finding.Accepted, "small-faulty": finding.AcceptedWithRejections, "small-faulty-reject": finding.FileRejected,
	} {
		t.Run(name, func(t *testing.T) {
			got, s := judged(t, Options{}, load(t, name))
			var want []string
			causes := map[string]string{}
			for _, row := range readCSV(t, filepath.Join("..", "testdata", "submissions", name+".expected.csv"))[1:] {
				severity := map[string]string{"warning": "warning", "reject_record": "record rejected", "reject_group": "group rejected", "reject_file": "file rejected"}[row[3]]
				line := strings.Join([]string{row[0], row[1], row[2], severity}, ",")
				want = append(want, line)
				if row[5] != "" && row[6] != "" {
					causes[line] = row[5] + "," + row[6]
				}
			}
			slices.Sort(want)
			if have := places(got); !slices.Equal(have, want) {
				t.Errorf("ours alone: %v\nexpected alone: %v", minus(have, want), minus(want, have))
			}
			for _, line := range got {
				place, cause, _ := strings.Cut(line, " <- ")
				if want := causes[place]; want != "" && !strings.HasPrefix(cause, want) {
					t.Errorf("%s: cause %q, want one in %s", place, cause, want)
				}
			}
			if s.Verdict != verdict {
				t.Errorf("verdict %v, want %v", s.Verdict, verdict)
			}
			for _, ts := range s.Tables {
				if n := ts.CarriedForward + ts.RecordRejected + ts.GroupRejected + ts.FileRejected + ts.Unreadable; n != ts.Rows {
					t.Errorf("%s: outcomes add up to %d of %d rows", ts.Table.ID, n, ts.Rows)
				}
			}
		})
	}
}

// TestSameFindings judges one submission in many ways: the findings, their
// order and their values are the same for any number of workers, batch size
// and block size.
func TestSameFindings(t *testing.T) {
	want, _ := judged(t, Options{Workers: 1, Values: true}, load(t, "small-faulty"))
	if len(want) != 246 {
		t.Fatalf("%d findings, want 246", len(want))
	}
	for _, workers := range []int{1, 2, 8} {
		for _, rows := range []int{1, 7, 4096} {
			for _, block := range []int{0, 1, 5} {
				m := load(t, "small-faulty")
				m.block = block
				got, _ := judged(t, Options{Workers: workers, BatchRows: rows, Values: true}, m)
				if !slices.Equal(got, want) {
					t.Errorf("%d workers, batches of %d, blocks of %d: alone here %v, missing %v", workers, rows, block, minus(got, want), minus(want, got))
				}
			}
		}
	}
}

// TestRowOrder shuffles the rows, and the tables: findings follow their rows.
func TestRowOrder(t *testing.T) {
	want, _ := judged(t, Options{}, load(t, "small-faulty"))
	m := load(t, "small-faulty")
	rng := rand.New(rand.NewPCG(3, 4))
	was := map[string][]int{} // by table, the old row of each new one
	for _, name := range m.names {
		order := rng.Perm(len(m.rows[name]))
		rows := make([][]string, len(order))
		for i, from := range order {
			rows[i] = m.rows[name][from]
			was[name] = append(was[name], from+1)
		}
		m.rows[name] = rows
	}
	rng.Shuffle(len(m.names), func(i, j int) { m.names[i], m.names[j] = m.names[j], m.names[i] })
	got, _ := judged(t, Options{}, m)
	for i, line := range got {
		part := strings.SplitN(line, ",", 3)
		var row int
		fmt.Sscan(part[1], &row)
		if row > 0 {
			got[i] = fmt.Sprintf("%s,%d,%s", part[0], was[part[0]][row-1], part[2])
		}
	}
	if g, w := places(got), places(want); !slices.Equal(g, w) {
		t.Errorf("alone after the shuffle %v, missing %v", minus(g, w), minus(w, g))
	}
}

// TestUnrelatedPatient adds a valid patient with a referral: nothing changes
// for the others.
func TestUnrelatedPatient(t *testing.T) {
	want, before := judged(t, Options{}, load(t, "small-faulty"))
	m := load(t, "small-faulty")
	add := func(table string, values map[string]string) {
		row := make([]string, len(m.columns[table]))
		for i, c := range m.columns[table] {
			row[i] = values[c]
			delete(values, c)
		}
		if len(values) > 0 {
			t.Fatalf("%s has no columns %v", table, slices.Collect(maps.Keys(values)))
		}
		m.add(table, row...)
	}
	add("MHS001MPI", map[string]string{"LocalPatientID": "NEW1", "OrgIDLocalPatientID": "RXX", "NHSNumber": "9991234578", "NHSNumberStatus": "01", "GenderIDCode": "1", "PersonBirthDate": "1980-01-01", "Postcode": "LS1 1AB", "Gender": "1"})
	add("MHS002GP", map[string]string{"LocalPatientID": "NEW1", "GMPReg": "H81010", "StartDateGMPRegistration": "2001-01-01"})
	add("MHS101Referral", map[string]string{"ServiceRequestID": "NEWSR", "LocalPatientID": "NEW1", "OrgIDComm": "92A", "CareProfTeamLocalID": "TEAM-01", "ReferralRequestReceivedDate": "2026-09-02", "SourceOfReferralMH": "A1", "PrimReasonReferralMH": "10"})
	got, after := judged(t, Options{}, m)
	if g, w := places(got), places(want); !slices.Equal(g, w) {
		t.Errorf("alone with the new patient %v, missing %v", minus(g, w), minus(w, g))
	}
	for i := range before.Tables {
		grew := after.Tables[i].CarriedForward - before.Tables[i].CarriedForward
		if rows := after.Tables[i].Rows - before.Tables[i].Rows; grew != rows {
			t.Errorf("%s: %d more rows, %d more carried forward", after.Tables[i].Table.ID, rows, grew)
		}
	}
}

// TestCauses repairs each root of the small faulty submission by the text of
// the summary alone: what was predicted must come true, in the greedy order too.
func TestCauses(t *testing.T) {
	_, s := judged(t, Options{}, load(t, "small-faulty"))
	if len(s.Roots) == 0 || s.RootCount != int64(len(s.Roots)) {
		t.Fatalf("%d roots, count %d", len(s.Roots), s.RootCount)
	}
	if !slices.IsSortedFunc(s.Roots, func(a, b finding.Root) int { return cmp.Compare(b.RowsFreed, a.RowsFreed) }) {
		t.Errorf("roots are not ranked by rows freed")
	}
	var lost, gained int64
	for _, ts := range s.Tables {
		lost += ts.Rows - ts.CarriedForward
	}
	places := map[int]bool{}
	for _, r := range s.Roots {
		gained += r.Gain
		places[r.Repair] = true
	}
	if len(places) != len(s.Roots) {
		t.Errorf("%d places for %d roots", len(places), len(s.Roots))
	}
	dropped := int64(0) // rows that a thinned group gives up
	for _, r := range s.Roots {
		if r.Group > 0 {
			dropped += int64(r.Group - 1)
		}
	}
	hopeless := int64(0) // one table's rows are rejected whatever they say
	for i := range s.Tables {
		if s.Tables[i].Table.ID == "MHS608" {
			hopeless = s.Tables[i].Rows
		}
	}
	if gained+dropped+hopeless != lost {
		t.Errorf("the repairs free %d rows and drop %d, and %d are hopeless, but %d are lost", gained, dropped, hopeless, lost)
	}
}

// broken is a container whose rows make the engine panic.
type broken struct{ *memory }

func (b broken) Open(i int) (source.Reader, error) {
	rd, err := b.memory.Open(i)
	return brokenReader{rd}, err
}

type brokenReader struct{ source.Reader }

func (r brokenReader) Decoder() source.Decoder { return brokenDecoder{} }

// torn is a container whose tables make the engine panic when they are read.
type torn struct{ *memory }

func (b torn) Open(i int) (source.Reader, error) {
	rd, err := b.memory.Open(i)
	return tornReader{rd}, err
}

type tornReader struct{ source.Reader }

func (tornReader) Next(*source.Block) error { panic("9990000026 is a value") }

type brokenDecoder struct{}

func (brokenDecoder) Decode(_ *source.Block, b *batch.Batch, _ int) (bool, error) {
	panic("9990000026 is a value")
}

// TestPanic: a panic of a worker, or of whoever reads, is an error of Run,
// which says where and not what.
func TestPanic(t *testing.T) {
	m := load(t, "small-valid")
	m.names = slices.DeleteFunc(m.names, func(n string) bool { return n == "MHS000Header" }) // which is read by the caller's goroutine
	for place, c := range map[string]source.Container{"brokenDecoder": broken{m}, "tornReader": torn{m}} {
		v, err := newValidator(shared(t), Options{Workers: 3})
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Run(t.Context(), c, &keeper{})
		if !errors.Is(err, ErrFault) || strings.Contains(err.Error(), "999") || !strings.Contains(err.Error(), place) {
			t.Errorf("%s: error %v, want one that names the place and no value", place, err)
		}
	}
}

// TestLines: findings of the row and those that come later name the line on
// which their row begins, with quoted line ends and empty lines between.
func TestLines(t *testing.T) {
	for _, block := range []int{1, 64, 1 << 16} {
		text := "LocalPatientID,GMPReg,StartDateGMPRegistration\n" + // 1
			"P1,H81010,2001-01-01\n" + // 2
			"P2,\"H81\n010\",2001-01-01\n" + // 3 and 4
			"\n" + // 5
			"P3,H81010,2001-01-01\r\n" + // 6
			"P3,H81011,2001-01-01\n" // 7
		rd, err := delimited.NewReader(strings.NewReader(text), "MHS002GP.csv", delimited.Options{BlockSize: block})
		if err != nil {
			t.Fatal(err)
		}
		m := newMemory()
		m.table("MHS002GP")
		v, err := newValidator(shared(t), Options{BatchRows: 1})
		if err != nil {
			t.Fatal(err)
		}
		var l lineKeeper
		if _, err := v.Run(t.Context(), oneReader{m, rd}, &l); err != nil {
			t.Fatal(err)
		}
		for row, line := range map[int64]int64{1: 2, 2: 3, 3: 6, 4: 7} {
			if l.lines[row] == nil || slices.ContainsFunc(l.lines[row], func(n int64) bool { return n != line }) {
				t.Errorf("blocks of %d: row %d has findings on lines %v, want %d", block, row, l.lines[row], line)
			}
		}
	}
}

type lineKeeper struct{ lines map[int64][]int64 }

func (l *lineKeeper) Report(f *finding.Finding) error {
	if l.lines == nil {
		l.lines = map[int64][]int64{}
	}
	if f.Table.ID == "MHS002" {
		l.lines[f.Row] = append(l.lines[f.Row], f.Line)
	}
	return nil
}

// oneReader is a submission of one table, which a reader made elsewhere reads.
type oneReader struct {
	*memory
	rd source.Reader
}

func (o oneReader) Open(int) (source.Reader, error) { return o.rd, nil }

// TestSingleRecords: what is left are the findings of the rules on single
// records, those that compare with a parent's date included.
func TestSingleRecords(t *testing.T) {
	all, _ := judged(t, Options{}, load(t, "small-faulty"))
	got, _ := judged(t, Options{SingleRecords: true}, load(t, "small-faulty"))
	d := shared(t).Dictionary
	var want []string
	for _, line := range all {
		if r := d.Rule(strings.Split(line, ",")[2]); plan.RowKind(r.Kind) {
			want = append(want, line)
		}
	}
	if !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("alone: %v, missing: %v", minus(got, want), minus(want, got))
	}
}

// TestKeys: a table's keys are told once all its rows are in, tags included.
func TestKeys(t *testing.T) {
	rows, tagged := map[string]int{}, 0
	_, s := judged(t, Options{Keys: func(table *dictionary.Table, m relation.KeyMemory) {
		if rows[table.ID] != 0 {
			t.Errorf("%s: told twice", table.ID)
		}
		rows[table.ID] = m.Rows
		tagged += m.Tagged
		if m.Keys%m.Rows != 0 || m.Tagged%m.Rows != 0 {
			t.Errorf("%s: %d keys and %d tags of %d rows", table.ID, m.Keys, m.Tagged, m.Rows)
		}
		if m.Index < 9*m.Keys || m.Keys == 0 && m.Index+m.KeyBytes > 0 || m.Tagged == 0 && m.Tags > 0 {
			t.Errorf("%s: sizes do not fit: %+v", table.ID, m)
		}
	}}, load(t, "small-faulty"))
	for _, c := range s.Tables {
		if int64(rows[c.Table.ID]) != c.Rows {
			t.Errorf("%s: told of %d rows of %d", c.Table.ID, rows[c.Table.ID], c.Rows)
		}
	}
	if tagged == 0 {
		t.Error("no key was only tagged")
	}
}

// TestOwnSchemas: a table's document is compiled when its first rows come, and
// not before; New without the option compiles all.
func TestOwnSchemas(t *testing.T) {
	own, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		t.Fatal(err)
	}
	d := shared(t).Dictionary
	m := load(t, "small-faulty")
	delete(m.rows, d.Table("MHS601").Name)
	for _, c := range []struct {
		table string
		fails bool
	}{{"MHS601", false}, {"MHS101", true}} {
		file := d.Table(c.table).Name + schema.Extension
		if _, err := New(&turning{FS: own, file: file}, Options{}); err == nil {
			t.Errorf("%s broken: New found nothing", c.table)
		}
		v, err := New(&turning{FS: own, file: file}, Options{OwnSchemas: true})
		if err != nil {
			t.Fatalf("%s broken: %v", c.table, err)
		}
		if _, err = v.Run(context.Background(), m, new(keeper)); errors.Is(err, ErrFault) != c.fails || !c.fails && err != nil {
			t.Errorf("%s broken: %v", c.table, err)
		}
	}
}

// turning is a folder in which one file is whole when it is first read, and
// broken after that. What is read of a document at first is judged as strictly
// as jsonschema does, so no document is fine at first sight alone.
type turning struct {
	fs.FS
	file string
	read atomic.Int64
}

func (x *turning) ReadFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(x.FS, name)
	if name == x.file && x.read.Add(1) > 1 {
		data = bytes.Replace(data, []byte(`"type": "object"`), []byte(`"type": "nothing"`), 1)
	}
	return data, err
}
