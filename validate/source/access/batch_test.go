package access

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"mhsds/validate/batch"
	"mhsds/validate/source"
)

// contacts is a database of one table with the columns that submissions have,
// of the given number of rows.
func contacts(rows int) []byte {
	m := newMaker()
	table := m.table("Contacts",
		Column{Name: "Id", Type: Text, Length: 40},
		Column{Name: "Date", Type: DateTime},
		Column{Name: "Time", Type: DateTime},
		Column{Name: "Code", Type: Text, Length: 4},
		Column{Name: "Note", Type: Text, Length: 200},
		Column{Name: "Number", Type: Double},
		Column{Name: "Snomed", Type: Numeric, Precision: 18},
		Column{Name: "Days", Type: Integer},
		Column{Name: "Flag", Type: Boolean},
	)
	table.byRef = true
	var slots []slot
	for i := range rows {
		note := packed(fmt.Sprintf("text of row %d ", i))
		switch i % 50 {
		case 7:
			note = wide(fmt.Sprintf("caffè %d", i))
		case 8:
			note = packed("tab\tand \x02")
		}
		var flag []byte
		if i%2 == 0 {
			flag = []byte{1}
		}
		values := [][]byte{packed(fmt.Sprintf("C%06d", i)), days(46266 + float64(i%30)), days(float64(i%1440) / 1440), wide("01"), note,
			days(9990000000 + float64(i)), numeric(false, uint64(i)*1e10), short(i % 1000), flag}
		if i%11 == 0 {
			values[2], values[5] = nil, nil
		}
		slots = append(slots, slot{0, table.row(values...)})
		if len(slots) == 25 || i == rows-1 {
			table.add(slots...)
			slots = slots[:0]
		}
	}
	return m.bytes()
}

// TestParallel decodes blocks on several goroutines and puts the rows back in
// order: the same rows as in one go.
func TestParallel(t *testing.T) {
	db := open(t, contacts(20000))
	want, _ := batches(t, db, 0, 4096)
	r, err := db.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	r.Bind(allColumns(len(r.Columns())))
	type unit struct {
		seq int
		blk source.Block
	}
	free, work := make(chan *unit, 8), make(chan *unit, 8)
	for range 8 {
		free <- &unit{}
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	bySeq := make(map[int][]string)
	for range 4 {
		wg.Go(func() {
			d := r.Decoder()
			var b batch.Batch
			for u := range work {
				var rows []string
				for more := true; more; {
					var err error
					if more, err = d.Decode(&u.blk, &b, 300); err != nil {
						t.Error(err)
					}
					for k := range b.Rows {
						rows = append(rows, render(&b, k))
					}
				}
				mu.Lock()
				bySeq[u.seq] = rows
				mu.Unlock()
				free <- u
			}
		})
	}
	n := 0
	for ; ; n++ {
		u := <-free
		if err := r.Next(&u.blk); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			break
		}
		u.seq = n
		work <- u
	}
	close(work)
	wg.Wait()
	var got []string
	for seq := range n {
		got = append(got, bySeq[seq]...)
	}
	if n < 8 || !slices.Equal(got, want) {
		t.Errorf("%d blocks with %d rows, want %d rows; the first different row is %d", n, len(got), len(want), firstDifference(got, want))
	}
}

func firstDifference(a, b []string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

func render(b *batch.Batch, row int) string {
	var line []byte
	for j := range b.Columns {
		if j > 0 {
			line = append(line, '|')
		}
		line = b.Append(line, j, row)
	}
	for _, f := range b.Faults {
		if f.Row == row {
			line = fmt.Appendf(line, " !%s %d", f.Check, f.Column)
		}
	}
	return string(line)
}

// TestHotPathAllocs: neither Next nor Decode allocates once blocks and batches
// have their working size.
func TestHotPathAllocs(t *testing.T) {
	db := open(t, contacts(60000))
	r, err := db.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	r.Bind(allColumns(len(r.Columns())))
	d := r.Decoder()
	var blk source.Block
	var b batch.Batch
	rows := 0
	step := func() {
		if err := r.Next(&blk); err != nil {
			t.Fatal(err)
		}
		for more := true; more; {
			var err error
			if more, err = d.Decode(&blk, &b, 1000); err != nil {
				t.Fatal(err)
			}
			rows += b.Rows
		}
	}
	step()
	step()
	if n := testing.AllocsPerRun(20, step); n != 0 {
		t.Errorf("a block allocates %v times, want 0", n)
	}
	if rows < 20*runPages*20 || len(b.Faults) == 0 {
		t.Errorf("only %d rows and %d faults were decoded", rows, len(b.Faults))
	}
}

// TestMemoryIndependentOfSize reads a file of some megabytes in the memory of
// a few blocks.
func TestMemoryIndependentOfSize(t *testing.T) {
	data := contacts(60000)
	db := open(t, data)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n, err := db.WriteCSV(io.Discard, 0)
	runtime.ReadMemStats(&after)
	if n != 60000 || err != nil {
		t.Fatalf("%d rows, %v", n, err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes were allocated to read %d", got, len(data))
	}
}

// TestBind fills columns in the order that is asked for, and none that is not.
func TestBind(t *testing.T) {
	m := newMaker()
	table := m.table("T", Column{Name: "a", Type: Long}, Column{Name: "b", Type: Text, Length: 10}, Column{Name: "c", Type: DateTime})
	table.add(slot{0, table.row(long(1), wide("x"), days(1))}, slot{0, table.row(nil, wide(" y"), days(46266))}, slot{0, table.row(long(3), packed(" "), nil)})
	r, err := open(t, m.bytes()).Open(0)
	if err != nil {
		t.Fatal(err)
	}
	r.Bind([]int{2, -1, 0, 1, 1})
	var blk source.Block
	var b batch.Batch
	if err := r.Next(&blk); err != nil {
		t.Fatal(err)
	}
	d := r.Decoder()
	var got []string
	for more := true; more; {
		if more, err = d.Decode(&blk, &b, 2); err != nil {
			t.Fatal(err)
		}
		for k := range b.Rows {
			got = append(got, render(&b, k))
		}
	}
	if want := "1899-12-31||1|x|x\n2026-09-01|||y|y\n||3||"; strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	if c := &b.Columns[3]; c.Padded != 1 || c.PaddedRow != 0 || !b.Columns[0].Typed() || b.Columns[1].Typed() {
		t.Errorf("padding %d from row %d", c.Padded, c.PaddedRow)
	}
	if err := r.Next(&blk); err != io.EOF {
		t.Errorf("after the last block: %v", err)
	}
	if err := r.Next(&blk); err != io.EOF {
		t.Errorf("and again: %v", err)
	}
}

// TestPadding counts padded values and names the first row.
func TestPadding(t *testing.T) {
	m := newMaker()
	table := m.table("T", Column{Name: "a", Type: Text, Length: 40}, Column{Name: "b", Type: Text, Length: 40})
	for i := range 300 {
		v := fmt.Sprint(i)
		if i == 140 || i == 299 {
			v += "  "
		}
		table.add(slot{0, table.row(packed(v), wide("x"))})
	}
	r, err := open(t, m.bytes()).Open(0)
	if err != nil {
		t.Fatal(err)
	}
	var blk source.Block
	var b batch.Batch
	d := r.Decoder()
	counts, firsts, row := 0, []int{}, 0
	for r.Next(&blk) == nil {
		for more := true; more; {
			if more, err = d.Decode(&blk, &b, 50); err != nil {
				t.Fatal(err)
			}
			if c := &b.Columns[0]; c.Padded > 0 {
				counts += c.Padded
				firsts = append(firsts, row+c.PaddedRow)
			}
			if b.Columns[1].Padded != 0 {
				t.Error("column b is not padded")
			}
			row += b.Rows
		}
	}
	if counts != 2 || !slices.Equal(firsts, []int{140, 299}) {
		t.Errorf("%d padded values, the first of their batches in rows %v", counts, firsts)
	}
}

// TestManyMovedRows: a block does not grow without bound when every row of its
// pages has moved, and no row is lost where it stops short.
func TestManyMovedRows(t *testing.T) {
	m := newMaker()
	table := m.table("T", Column{Name: "k", Type: Long}, Column{Name: "s", Type: Binary, Length: 510})
	table.byRef = true
	filler := bytes.Repeat([]byte{7}, 500)
	// Targets first: 7 rows of 500 bytes a page.
	first := len(m.pages)
	const rows = 7 * 1000
	for p := range rows / 7 {
		var slots []slot
		for s := range 7 {
			slots = append(slots, slot{slotAside, table.row(long(p*7+s), filler)})
		}
		table.add(slots...)
	}
	// Then their pointers, 250 a page, so that 64 pages would hold megabytes.
	var slots []slot
	for i := range rows {
		slots = append(slots, slot{slotMoved, at(first+i/7, i%7)})
		if len(slots) == 250 || i == rows-1 {
			table.add(slots...)
			slots = nil
		}
	}
	db := open(t, m.bytes())
	r, err := db.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	var blk source.Block
	var b batch.Batch
	d := r.Decoder()
	row, blocks := 0, 0
	for {
		if err := r.Next(&blk); err != nil {
			if err != io.EOF {
				t.Fatal(err)
			}
			break
		}
		blocks++
		if len(blk.Data) > runBytes+maxSlots*pageSize {
			t.Fatalf("a block of %d bytes", len(blk.Data))
		}
		for more := true; more; {
			if more, err = d.Decode(&blk, &b, 4096); err != nil {
				t.Fatal(err)
			}
			for k := range b.Rows {
				if got := string(b.Value(0, k)); got != fmt.Sprint(row) {
					t.Fatalf("row %d is %s", row, got)
				}
				row++
			}
		}
	}
	if row != rows || blocks < 5 {
		t.Errorf("%d rows in %d blocks, want %d rows", row, blocks, rows)
	}
}

// TestReadOnly opens a file that may only be read, twice at once.
func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "small.accdb")
	if err := os.WriteFile(path, fixture(t, "idb-small-valid.accdb"), 0o444); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		db, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if rows, _ := batches(t, db, tableNamed(t, db, "MHS001MPI"), 4096); len(rows) != 20 {
			t.Errorf("%d rows, want 20", len(rows))
		}
	}
	if _, err := Open(path + ".absent"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an absent file: %v", err)
	}
}

// TestContainersAgree: the ways of storing NHS numbers and the old format
// give batches the same text.
func TestContainersAgree(t *testing.T) {
	var want []string
	for _, name := range []string{"idb-small-valid.accdb", "idb-small-valid-nhsdouble.accdb", "idb-small-valid-nhsnumeric-v2016.accdb", "idb-small-valid-v2003.mdb"} {
		db := open(t, fixture(t, name))
		var got []string
		for _, table := range smallTables {
			rows, _ := batches(t, db, tableNamed(t, db, table.name), 4096)
			got = append(got, rows...)
		}
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s differs from row %d on", name, firstDifference(got, want))
		}
	}
}

// TestPointersToTheSame: pointers that all lead to one row, or to one long
// value, are not followed for ever.
func TestPointersToTheSame(t *testing.T) {
	m := newMaker()
	moved := m.table("Moved", Column{Name: "k", Type: Long}, Column{Name: "s", Type: Binary, Length: 510})
	long1 := m.table("Long", Column{Name: "m", Type: Memo})
	target := moved.add(slot{slotAside, moved.row(long(1), bytes.Repeat([]byte{7}, 500))})
	value := m.long(wide(strings.Repeat("m", 2000)))
	for range 3 {
		slots := make([]slot, 200)
		for i := range slots {
			slots[i] = slot{slotMoved, at(target, 0)}
		}
		moved.add(slots...)
		for i := range slots {
			slots[i] = slot{0, long1.row(reference(longSingle, 4000, at(value, 0)))}
		}
		long1.add(slots[:150]...)
	}
	data := m.bytes()
	db := open(t, data)
	for i, table := range db.Tables() {
		rows, _, err := tryBatches(t, db, i, 100)
		if !errors.Is(err, source.ErrDamaged) || !strings.Contains(err.Error(), "pointers have led to more bytes than the file has") {
			t.Errorf("table %q: %v", table.Name, err)
		}
		if want := fmt.Sprintf("%d were found", len(rows)); len(rows) == 0 || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("table %q: %d rows, %v", table.Name, len(rows), err)
		}
	}
}

// TestLargeBatches: a batch ends early when its values are large.
func TestLargeBatches(t *testing.T) {
	m := newMaker()
	table := m.table("T", Column{Name: "k", Type: Long}, Column{Name: "m", Type: Memo})
	const size, rows = 400000, 40 // bytes of a value in UTF-16
	for i := range rows {
		first := len(m.pages)
		for left := size; left > 0; left -= 4000 {
			next := at(len(m.pages)+1, 0)
			m.long(append(next, wide(strings.Repeat("z", 2000))...))
		}
		table.byRef = true
		table.add(slot{0, table.row(long(i), reference(longChain, size, at(first, 0)))})
	}
	r, err := open(t, m.bytes()).Open(0)
	if err != nil {
		t.Fatal(err)
	}
	var blk source.Block
	var b batch.Batch
	d := r.Decoder()
	row, batches := 0, 0
	for r.Next(&blk) == nil {
		for more := true; more; batches++ {
			if more, err = d.Decode(&blk, &b, 4096); err != nil {
				t.Fatal(err)
			}
			checkBatch(t, &b)
			for k := range b.Rows {
				if string(b.Value(0, k)) != fmt.Sprint(row) || len(b.Value(1, k)) != size/2 {
					t.Fatalf("row %d is %s with %d characters", row, b.Value(0, k), len(b.Value(1, k)))
				}
				row++
			}
			if len(b.Text) > maxWritten+longTileRows*size {
				t.Errorf("a batch of %d bytes", len(b.Text))
			}
		}
	}
	if row != rows || batches < 2 {
		t.Errorf("%d rows in %d batches, want %d rows", row, batches, rows)
	}
}
