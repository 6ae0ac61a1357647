package access

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mhsds/validate/batch"
	"mhsds/validate/source"
)

var _ source.Container = (*Database)(nil)

// TestTruth compares every cell of the databases of testdata with what
// Jackcess reads, through both faces.
func TestTruth(t *testing.T) {
	for _, name := range fixtures {
		t.Run(name, func(t *testing.T) {
			data := fixture(t, name)
			db, err := New(bytes.NewReader(data), int64(len(data)), name)
			if err != nil {
				t.Fatal(err)
			}
			compareWithTruth(t, db, packedTruth(t, name))
		})
	}
}

// TestTruthShared does the same for the large ones.
func TestTruthShared(t *testing.T) {
	dir := shared(t)
	for _, pattern := range []string{"*.accdb", "*.mdb"} {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			t.Run(filepath.Base(path), func(t *testing.T) {
				db, err := Open(path)
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				compareWithTruth(t, db, func(name string) ([]byte, error) {
					return os.ReadFile(filepath.Join(dir, "truth", filepath.Base(path), name))
				})
			})
		}
	}
}

func compareWithTruth(t *testing.T, db *Database, truth truthFile) {
	list, err := truth("_tables.csv")
	if err != nil {
		t.Fatal(err)
	}
	described, err := truth("_columns.csv")
	if err != nil {
		t.Fatal(err)
	}
	columns := make(map[string][]string) // of a table, as _columns.csv has them
	for _, row := range parseTruth(t, described)[1:] {
		line := row[1].text
		for _, c := range row[2:] {
			line += "," + c.text
		}
		columns[row[0].text] = append(columns[row[0].text], line)
	}
	local, linked := 0, 0
	for _, row := range parseTruth(t, list)[1:] {
		name, file, kind, rows, sum := row[0].text, row[1].text, row[2].text, row[3].text, row[6].text
		if kind == "linked" {
			if linked >= len(db.Linked()) || db.Linked()[linked].Name != name {
				t.Errorf("linked table %q is not among %v", name, db.Linked())
			}
			linked++
			continue
		}
		local++
		i := tableNamed(t, db, name)
		if got := CSVName(name); got != file {
			t.Errorf("CSVName(%q) = %q, want %q", name, got, file)
		}
		d, err := db.Definition(i)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for j, c := range d.Columns {
			got = append(got, fmt.Sprintf("%d,%s,%v,%d,%d,%d,%v,%v,%v,%v", j, c.Name, c.Type, c.Length, c.Precision, c.Scale,
				c.Variable, c.AutoNumber, c.Compressed, c.Calculated))
		}
		if want := columns[name]; strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("table %q: columns\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		var out bytes.Buffer
		n, err := db.WriteCSV(&out, i)
		if err != nil {
			t.Errorf("table %q: %v", name, err)
		}
		if strconv.FormatInt(n, 10) != rows || n != d.Rows {
			t.Errorf("table %q: %d rows, want %s; promised %d", name, n, rows, d.Rows)
		}
		want, err := truth(file)
		if err != nil {
			t.Fatal(err)
		}
		cells := parseTruth(t, want)
		if h := sha256.Sum256(out.Bytes()); hex.EncodeToString(h[:]) != sum && !sameCells(t, d, parseTruth(t, out.Bytes()), cells) {
			t.Errorf("table %q differs from its truth", name)
		}
		for _, limit := range []int{4096, 7} {
			if limit == 7 && len(cells) > 10000 {
				continue
			}
			compareBatches(t, db, i, cells[1:], limit)
		}
	}
	if local != len(db.Tables()) || linked != len(db.Linked()) {
		t.Errorf("%d tables and %d links, want %d and %d", len(db.Tables()), len(db.Linked()), local, linked)
	}
}

// sameCells compares cell by cell, floating numbers by what they say.
func sameCells(t *testing.T, d *Definition, got, want [][]cell) bool {
	if len(got) != len(want) {
		t.Errorf("%d lines, want %d", len(got), len(want))
		return false
	}
	for i := range want {
		for j := range want[i] {
			g, w := got[i][j], want[i][j]
			if g == w {
				continue
			}
			if ty := d.Columns[j].Type; i > 0 && (ty == Single || ty == Double) && !g.null() && !w.null() && sameNumber(g.text, w.text, ty) {
				continue
			}
			t.Errorf("line %d, column %q: %q, want %q", i+1, d.Columns[j].Name, g.text, w.text)
			return false
		}
	}
	return true
}

// compareBatches derives from the truth what batches must hold, and compares.
func compareBatches(t *testing.T, db *Database, table int, want [][]cell, limit int) {
	d, err := db.Definition(table)
	if err != nil {
		t.Fatal(err)
	}
	r, err := db.Open(table)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Bind(allColumns(len(d.Columns)))
	dec := r.Decoder()
	var blk source.Block
	var b batch.Batch
	var rendered []byte
	row := 0
	padded := make([]int, len(d.Columns))
	wantPadded := make([]int, len(d.Columns))
	for {
		err := r.Next(&blk)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for more := true; more; {
			if more, err = dec.Decode(&blk, &b, limit); err != nil {
				t.Fatal(err)
			}
			if b.Rows > limit || b.Rows == 0 {
				t.Fatalf("a batch of %d rows, at most %d were asked for", b.Rows, limit)
			}
			checkBatch(t, &b)
			faults := make(map[batch.Fault]bool)
			for _, f := range b.Faults {
				faults[f] = true
			}
			for k := range b.Rows {
				for j := range d.Columns {
					c, w := &b.Columns[j], want[row+k][j]
					rendered = b.Append(rendered[:0], j, k)
					text, fault, spaces := expected(&d.Columns[j], w)
					if !equalValue(d.Columns[j].Type, string(rendered), text) {
						t.Fatalf("table %q, row %d, column %q: %q in a batch, want %q", d.Name, row+k+1, d.Columns[j].Name, rendered, text)
					}
					if c.IsNull(k) != (text == "") {
						t.Fatalf("table %q, row %d, column %q: null is %v", d.Name, row+k+1, d.Columns[j].Name, c.IsNull(k))
					}
					if spaces {
						wantPadded[j]++
					}
					if odd := strings.ContainsFunc(text, func(r rune) bool { return r > 0x7e || r == '\n' || r == '\r' }); odd && !c.Odd {
						t.Fatalf("table %q, row %d, column %q is not marked as odd", d.Name, row+k+1, d.Columns[j].Name)
					}
					f := batch.Fault{Row: k, Column: j, Check: fault}
					if fault != "" && !faults[f] {
						t.Fatalf("table %q, row %d, column %q: no fault %q", d.Name, row+k+1, d.Columns[j].Name, fault)
					}
					delete(faults, f)
				}
			}
			for j := range b.Columns {
				padded[j] += b.Columns[j].Padded
			}
			if len(faults) > 0 {
				t.Fatalf("table %q: faults that are none: %v", d.Name, faults)
			}
			row += b.Rows
		}
	}
	if row != len(want) {
		t.Errorf("table %q: %d rows in batches, want %d", d.Name, row, len(want))
	}
	for j := range padded {
		if padded[j] != wantPadded[j] {
			t.Errorf("table %q, column %q: %d padded values, want %d", d.Name, d.Columns[j].Name, padded[j], wantPadded[j])
		}
	}
}

// checkBatch checks what every batch promises.
func checkBatch(t testing.TB, b *batch.Batch) {
	t.Helper()
	for j := range b.Columns {
		c := &b.Columns[j]
		if len(c.Cells) != b.Rows || c.Typed() && len(c.Stamps) != b.Rows {
			t.Fatalf("column %d has %d cells and %d stamps for %d rows", j, len(c.Cells), len(c.Stamps), b.Rows)
		}
		for k, cell := range c.Cells {
			if cell.Len() > 0 && cell.Offset()+cell.Len()+batch.Slack > len(b.Text) {
				t.Fatalf("column %d, row %d: the value is not followed by slack", j, k)
			}
			if v := b.Value(j, k); len(v) > 0 && (v[0] == ' ' || v[len(v)-1] == ' ') {
				t.Fatalf("column %d, row %d: %q is padded", j, k, v)
			}
		}
	}
}

// expected returns how a batch renders a cell of the truth, the fault it
// raises and whether spaces were dropped.
func expected(c *Column, w cell) (text, fault string, spaces bool) {
	if w.null() {
		return "", "", false
	}
	switch c.Type {
	case Text, Memo:
		text = strings.Trim(w.text, " ")
		if len(text) > 1<<20 {
			return "", "oversized_field", text != w.text
		}
		if strings.ContainsFunc(text, func(r rune) bool {
			return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f
		}) {
			fault = "control_character"
		}
		return text, fault, text != w.text
	case OLE, Binary:
		if len(w.text) > 1<<20 {
			return "", "oversized_field", false
		}
		if w.text == "0x" {
			return "", "", false // nothing in a row, or a long value of no bytes
		}
	case Currency:
		text = strings.TrimRight(w.text, "0")
		for len(text)-strings.IndexByte(text, '.') < 3 {
			text += "0"
		}
		return text, "", false
	case DateTime, ExtendedDateTime:
		moment, err := time.Parse("2006-01-02T15:04:05.999999999", w.text)
		if err != nil {
			panic(err)
		}
		switch text = moment.Format("2006-01-02T15:04:05"); {
		case text[:10] == "1899-12-30":
			text = text[11:]
		case text[10:] == "T00:00:00":
			text = text[:10]
		}
		return text, "", false
	}
	return w.text, "", false
}

func equalValue(t Type, got, want string) bool {
	if t != Single && t != Double || got == want || want == "" {
		return got == want
	}
	return !strings.ContainsAny(got, "eE+") && sameNumber(got, want, t)
}
