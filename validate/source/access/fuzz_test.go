package access

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"mhsds/dictionary/frugal"
	"mhsds/validate/batch"
	"mhsds/validate/source"
)

// exercise reads everything there is through both faces and holds one against
// the other: what batches hold follows from the canonical cells.
func exercise(t *testing.T, db *Database) {
	for i := range db.Tables() {
		d, err := db.Definition(i)
		if err != nil {
			mustBeDamage(t, err)
			continue
		}
		var out bytes.Buffer
		n, err := db.WriteCSV(&out, i)
		if err != nil {
			mustBeDamage(t, err)
		}
		if err == nil && n < d.Rows {
			t.Fatalf("table %q: %d rows of %d and nothing said", d.Name, n, d.Rows)
		}
		if len(d.Columns) == 0 {
			continue
		}
		cells := parseTruth(t, out.Bytes())[1:]
		if len(cells) != int(n) {
			t.Fatalf("%d lines for %d rows", len(cells), n)
		}
		r, err := db.Open(i)
		if err != nil {
			t.Fatalf("opening a second time: %v", err)
		}
		dec := r.Decoder()
		var blk source.Block
		var b batch.Batch
		var got []byte
		row := 0
		for {
			if err = r.Next(&blk); err != nil {
				break
			}
			for more := true; more; {
				var err error
				if more, err = dec.Decode(&blk, &b, 13); err != nil {
					t.Fatal(err)
				}
				checkBatch(t, &b)
				for k := range b.Rows {
					for j := range d.Columns {
						c := &d.Columns[j]
						got = b.Append(got[:0], j, k)
						if want := expectedOfAny(c, cells[row+k][j]); !equalValue(c.Type, string(got), want) {
							t.Fatalf("row %d, column %q of type %v: %q in a batch, want %q from %q", row+k, c.Name, c.Type, got, want, cells[row+k][j].text)
						}
					}
				}
				row += b.Rows
			}
		}
		if row != len(cells) {
			t.Fatalf("%d rows in batches, %d as CSV", row, len(cells))
		}
		if err.Error() != "EOF" {
			mustBeDamage(t, err)
		}
	}
}

// expectedOfAny is expected for cells that no writer would write.
func expectedOfAny(c *Column, w cell) string {
	switch {
	case w.null() || !c.Type.Supported():
		return ""
	case c.Type.Family() == source.DateTime:
		if _, err := time.Parse("2006-01-02T15:04:05.999999999", w.text); err != nil {
			return "unreadable"
		}
	case c.Calculated && c.Type == Currency && !strings.Contains(w.text, "."):
		return w.text // a value of another type than the column's
	case c.Calculated && (c.Type == Single || c.Type == Double) && (w.text == "true" || w.text == "false"):
		return w.text
	}
	text, _, _ := expected(c, w)
	return text
}

func mustBeDamage(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, source.ErrDamaged) || strings.ContainsAny(err.Error(), "\n\r") {
		t.Fatalf("got %v", err)
	}
}

// FuzzPage reads a page of rows, and what it points at, as a table with
// columns of every type.
func FuzzPage(f *testing.F) {
	m := newMaker()
	table := everyType(m)
	m.bytes()
	full := bytes.Clone(m.page(table.owned[0]))
	f.Add(full, []byte{})
	m = newMaker()
	table = everyType(m)
	other := len(m.pages)
	m.long(wide("a long value"), append(at(other, 2), 'x', 0), append(at(other, 1), 'y', 0))
	values := make([][]byte, 21)
	for i, ref := range [][]byte{reference(longSingle, 24, at(other, 0)), reference(longChain, 30, at(other, 1)), reference(longChain, 1<<20, at(other, 2))} {
		values[0], values[11], values[12] = long(i), ref, ref
		table.add(slot{0, table.row(values...)}, slot{slotMoved, at(table.owned[0], 1)})
		f.Add(bytes.Clone(m.page(table.owned[len(table.owned)-1])), bytes.Clone(m.page(other)))
	}
	f.Fuzz(func(t *testing.T, rows, second []byte) {
		m := newMaker()
		table := everyType(m)
		table.rows = 0
		n := table.owned[0]
		p := m.page(n)
		clear(p)
		copy(p, rows)
		p[0] = typeData
		copy(p[4:], long(table.page))
		if len(second) > 0 {
			copy(m.page(m.add()), second)
		}
		data := m.bytes()
		db, err := New(bytes.NewReader(data), int64(len(data)), "fuzz")
		if err != nil {
			t.Fatal(err)
		}
		frugal.Check(t, len(data), 1000, func() { drain(db) })
		exercise(t, db)
	})
}

// FuzzFile reads a whole file, to which patches are made first: each of four
// bytes, page, offset in it, value.
func FuzzFile(f *testing.F) {
	m := newMaker()
	everyType(m)
	moved := m.table("Moved", Column{Name: "k", Type: Long}, Column{Name: "s", Type: Text, Length: 20})
	first := len(m.pages)
	moved.add(slot{slotMoved, at(first, 1)}, slot{slotAside, moved.row(long(1), wide("x"))}, slot{0, moved.row(long(2), packed("y"))})
	moved.byRef = true
	m.entry(0x8000, typeLinked, 0x200000, "Linked", reference(longInline, 20, long(0), wide(`C:\x.accdb`)...), wide("There"))
	whole := m.bytes()
	f.Add(whole, []byte{})
	f.Add(whole, []byte{2, 0, 45, 255, 3, 0, 4, 3, 5, 0, 12, 255})
	f.Add(whole[:3*pageSize], []byte{})
	f.Add(whole[:len(whole)-100], []byte{0, 0, 0x14, 1})
	f.Fuzz(func(t *testing.T, data, patches []byte) {
		if len(data) > 64*pageSize {
			return
		}
		data = bytes.Clone(data)
		for ; len(patches) >= 4; patches = patches[4:] {
			if at := int(patches[0])*pageSize + int(patches[1])<<8 + int(patches[2]); at < len(data) {
				data[at] = patches[3]
			}
		}
		db, err := New(bytes.NewReader(data), int64(len(data)), "fuzz")
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") || !strings.HasPrefix(err.Error(), "fuzz: ") {
				t.Fatal(err)
			}
			return
		}
		frugal.Check(t, len(data), 1000, func() { drain(db) })
		exercise(t, db)
	})
}

// drain reads all tables as a user does.
func drain(db *Database) {
	for i := range db.Tables() {
		r, err := db.Open(i)
		if err != nil {
			continue
		}
		all := make([]int, len(r.Columns()))
		for k := range all {
			all[k] = k
		}
		r.Bind(all)
		var blk source.Block
		var b batch.Batch
		for d := r.Decoder(); r.Next(&blk) == nil; {
			for more := true; more; {
				if more, err = d.Decode(&blk, &b, 4096); err != nil {
					break
				}
			}
		}
		r.Close()
	}
}
