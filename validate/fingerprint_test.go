package validate

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mhsds/validate/batch"
	"mhsds/validate/finding"
	"mhsds/validate/plan"
	"mhsds/validate/source"
	"mhsds/validate/source/access"
)

var fingerprintKey = []byte("sixteen bytes, or more")

// A printKeeper keeps code, table and fingerprint of every finding.
type printKeeper struct {
	lines []string
	rows  map[string]string // fingerprint by code, table and row, of the first
}

func (k *printKeeper) Report(f *finding.Finding) error {
	table := ""
	if f.Table != nil {
		table = f.Table.Name
	}
	k.lines = append(k.lines, f.Rule.Code+" "+table+" "+f.Fingerprint)
	if k.rows == nil {
		k.rows = map[string]string{}
	}
	if at := fmt.Sprint(f.Rule.Code, table, f.Row); k.rows[at] == "" {
		k.rows[at] = f.Fingerprint
	}
	return nil
}

func printed(t *testing.T, opt Options, c source.Container) (*printKeeper, *finding.Summary) {
	t.Helper()
	if opt.FingerprintKey == nil {
		opt.FingerprintKey = fingerprintKey
	}
	v, err := newValidator(shared(t), opt)
	if err != nil {
		t.Fatal(err)
	}
	k := new(printKeeper)
	s, err := v.Run(t.Context(), c, k)
	if err != nil {
		t.Fatal(err)
	}
	return k, s
}

func TestFingerprints(t *testing.T) {
	want, s := printed(t, Options{Workers: 1}, load(t, "small-faulty"))
	if len(want.lines) != 246 {
		t.Fatalf("%d findings, want 246", len(want.lines))
	}
	seen := map[string]bool{}
	for _, line := range want.lines {
		p := line[strings.LastIndexByte(line, ' ')+1:]
		if b, err := hex.DecodeString(p); err != nil || len(b) != sha256.Size || p != strings.ToLower(p) {
			t.Errorf("%s: %q is no hexadecimal of 32 bytes", line, p)
		}
		if seen[p] {
			t.Errorf("%s: stands twice", line)
		}
		seen[p] = true
	}
	if len(s.FingerprintKey) != 16 {
		t.Errorf("the key is told from others by %q", s.FingerprintKey)
	}

	t.Run("however it is read", func(t *testing.T) {
		for _, workers := range []int{1, 2, 8} {
			for _, rows := range []int{1, 7, 4096} {
				m := load(t, "small-faulty")
				m.block = 5
				got, _ := printed(t, Options{Workers: workers, BatchRows: rows, Values: rows == 7}, m)
				if !slices.Equal(got.lines, want.lines) {
					t.Errorf("%d workers, batches of %d: alone here %v, missing %v", workers, rows, minus(got.lines, want.lines), minus(want.lines, got.lines))
				}
			}
		}
	})
	t.Run("a database", func(t *testing.T) {
		got, _ := printed(t, Options{}, database(t, "idb-small-faulty.accdb"))
		if !slices.Equal(got.lines, want.lines) {
			t.Errorf("alone in the database %v, missing %v", minus(got.lines, want.lines), minus(want.lines, got.lines))
		}
	})
	// Rows count for nothing: neither their order, nor who stands beside them.
	t.Run("rows elsewhere", func(t *testing.T) {
		m := load(t, "small-faulty")
		rng := rand.New(rand.NewPCG(5, 6))
		for _, name := range m.names {
			rng.Shuffle(len(m.rows[name]), func(i, j int) { m.rows[name][i], m.rows[name][j] = m.rows[name][j], m.rows[name][i] })
		}
		got, _ := printed(t, Options{}, m)
		a, b := slices.Sorted(slices.Values(got.lines)), slices.Sorted(slices.Values(want.lines))
		if !slices.Equal(a, b) {
			t.Errorf("alone after the shuffle %v, missing %v", minus(a, b), minus(b, a))
		}
	})
	t.Run("another key", func(t *testing.T) {
		got, other := printed(t, Options{FingerprintKey: []byte("another key of sixteen bytes")}, load(t, "small-faulty"))
		for i, line := range got.lines {
			if line == want.lines[i] {
				t.Errorf("%s with either key", line)
			}
		}
		if other.FingerprintKey == s.FingerprintKey {
			t.Error("the keys are not told apart")
		}
	})
	t.Run("root causes", func(t *testing.T) {
		absent, records := 0, 0
		for _, r := range s.Roots {
			if r.Absent {
				absent++
				if seen[r.Fingerprint] || len(r.Fingerprint) != 64 {
					t.Errorf("absent row of %s: fingerprint %q", r.Table.Name, r.Fingerprint)
				}
				continue
			}
			records++
			if p := want.rows[fmt.Sprint(r.Rule.Code, r.Table.Name, r.Row)]; r.Fingerprint != p || p == "" {
				t.Errorf("%s, %s row %d: fingerprint %q, its finding's is %q", r.Rule.Code, r.Table.Name, r.Row, r.Fingerprint, p)
			}
		}
		if absent == 0 || records == 0 {
			t.Errorf("%d absent and %d other root causes: the test proves nothing", absent, records)
		}
	})
	t.Run("without a key", func(t *testing.T) {
		v, err := newValidator(shared(t), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var k printKeeper
		s, err := v.Run(t.Context(), load(t, "small-faulty"), &k)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range k.lines {
			if !strings.HasSuffix(line, " ") {
				t.Errorf("%s has a fingerprint", line)
			}
		}
		if s.FingerprintKey != "" || s.Roots[0].Fingerprint != "" {
			t.Error("the summary speaks of fingerprints")
		}
	})
}

// The hash is what CLI.md says it is.
func TestFingerprintByHand(t *testing.T) {
	d := shared(t).Dictionary
	p := newPrinter(fingerprintKey)
	rule := d.Rule("MHS10104")
	table := d.Table(rule.Table)
	id := identityOf(d, table, plan.Active)
	var b batch.Batch
	b.Reset(len(table.Fields), 1)
	b.Text = append([]byte("SR1"), make([]byte, batch.Slack)...)
	b.Columns[table.Index("ServiceRequestID")].Cells[0] = batch.MakeCell(0, 3)
	b.Rows = 1
	got := p.of(rule, table, "", &id, &b, 0, table.Index(rule.Field))

	mac := hmac.New(sha256.New, fingerprintKey)
	io.WriteString(mac, "\x08MHS10104"+"\x0eMHS101Referral"+"\x00"+"\x03SR1")
	if want := mac.Sum(nil); !bytes.Equal(got[:], want) {
		t.Errorf("got %x, want %x", got, want)
	}
	if n := testing.AllocsPerRun(100, func() { p.of(rule, table, "", &id, &b, 0, 0) }); n != 0 {
		t.Errorf("a fingerprint allocates %v times, want 0", n)
	}
}

func TestIdentity(t *testing.T) {
	d := shared(t).Dictionary
	for table, want := range map[string]string{
		"MHS101": "ServiceRequestID",                               // the published primary key
		"MHS901": "CareProfLocalID",                                // the fields of its uniqueness rule
		"MHS002": "LocalPatientID GMPReg StartDateGMPRegistration", // of the first that always holds
		"MHS205": "ServiceRequestID StartDatePSDDI EndDatePSDDI PSDDIProcedure",
		"MHS105": "ServiceRequestID and the tested value", // its parent's key
		"MHS402": "MHActLegalStatusClassPeriodID and the tested value",
		"MHS000": "and the tested value",
	} {
		id := identityOf(d, d.Table(table), plan.Active)
		var words []string
		for _, c := range id.columns {
			words = append(words, d.Table(table).Fields[c].Name)
		}
		if id.tested {
			words = append(words, "and the tested value")
		}
		if got := strings.Join(words, " "); got != want {
			t.Errorf("%s: %s, want %s", table, got, want)
		}
	}
}

// manyFaults is an observer with findings on many rows, in no order, and one on
// a table as a whole.
type manyFaults struct {
	census
	rows []int
}

func (m *manyFaults) Finish(_ Verdicts, report func(*finding.Finding) error, _ *finding.Summary) error {
	for i, row := range m.rows {
		f := finding.Finding{Rule: own(m.d), Table: m.tables[1], Row: int64(row), Detail: "a"}
		if i%2 == 0 {
			f.Table = m.tables[2]
		}
		if err := report(&f); err != nil {
			return err
		}
		f = finding.Finding{} // what was handed over belongs to the observer
	}
	return report(&finding.Finding{Rule: own(m.d), Table: m.tables[1]})
}

func TestFingerprintsOfObservers(t *testing.T) {
	d := shared(t).Dictionary
	m := &manyFaults{census: census{d: d, kept: map[string][]string{}, valid: map[string]int{}}, rows: []int{5, 2, 9, 2, 1, 7, 5}}
	for i := range d.Tables {
		m.tables = append(m.tables, &d.Tables[i])
	}
	plain, _ := printed(t, Options{}, load(t, "small-faulty"))
	got, _ := printed(t, Options{Observers: []Observer{m}}, load(t, "small-faulty"))
	ours := got.lines[len(plain.lines):]
	if !slices.Equal(got.lines[:len(plain.lines)], plain.lines) || len(ours) != len(m.rows)+1 {
		t.Fatalf("%d findings of the observer after the others, want %d", len(ours), len(m.rows)+1)
	}
	again, _ := printed(t, Options{Observers: []Observer{m}, Workers: 1, BatchRows: 3}, load(t, "small-faulty"))
	if !slices.Equal(again.lines, got.lines) {
		t.Errorf("read otherwise: alone here %v", minus(again.lines, got.lines))
	}
	seen := map[string]bool{}
	for i, line := range ours {
		if seen[line] || len(line) < 64 {
			t.Errorf("finding %d: %q stands twice, or has no fingerprint", i, line)
		}
		seen[line] = true
	}
}

func TestFingerprintKeyTooShort(t *testing.T) {
	_, err := newValidator(shared(t), Options{FingerprintKey: []byte("fifteen letters")})
	if err == nil || !strings.Contains(err.Error(), "15 bytes") {
		t.Errorf("error %v", err)
	}
}

func database(t *testing.T, file string) source.Container {
	t.Helper()
	f, err := os.Open(filepath.Join("source", "access", "testdata", file+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	db, err := access.New(bytes.NewReader(data), int64(len(data)), file)
	if err != nil {
		t.Fatal(err)
	}
	return db
}
