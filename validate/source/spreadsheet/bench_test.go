package spreadsheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/internal/sourcetest"
)

// sample returns a workbook of one sheet of 28 columns, 37 % of its cells left
// out, in the manner of a month's contacts as Excel saves them: shared strings,
// dates and times as numbers.
func sample(t testing.TB, rows int) []byte { return sampleMaker(rows).bytes(t) }

func sampleMaker(rows int) maker {
	rng := rand.New(rand.NewPCG(1, 2))
	m := maker{formats: []string{"yyyy-mm-dd", "hh:mm:ss"}}
	index := map[string]int{}
	var strs, b strings.Builder
	str := func(v string) string {
		i, ok := index[v]
		if !ok {
			i = len(index)
			index[v] = i
			strs.WriteString("<si><t>" + v + "</t></si>")
		}
		return fmt.Sprintf(`t="s"><v>%d`, i)
	}
	for row := range rows + 1 {
		fmt.Fprintf(&b, `<row r="%d" spans="1:28">`, row+1)
		for i := range 28 {
			ref := fmt.Sprintf("%s%d", columnName(i), row+1)
			var v string
			switch {
			case row == 0:
				v = str(fmt.Sprintf("Column%d", i+1))
			case i == 0:
				v = str(fmt.Sprintf("CC%08d", row))
			case i == 1:
				v = str(fmt.Sprintf("REF%06d", row/5))
			case i%28*37%100 < 37:
				continue
			case i == 4:
				v = fmt.Sprintf(`s="1"><v>%d`, 46266+rng.IntN(30))
			case i == 6:
				v = fmt.Sprintf(`s="2"><v>%.17g`, float64(rng.IntN(1440))/1440)
			case i%7 == 2:
				v = fmt.Sprintf("><v>%d", rng.IntN(1000000))
			default:
				v = str(fmt.Sprintf("%02d", rng.IntN(100)))
			}
			fmt.Fprintf(&b, `<c r="%s" %s</v></c>`, ref, v)
		}
		b.WriteString("</row>")
	}
	m.sheets, m.strings = []string{b.String()}, strs.String()
	return m
}

// readAll decodes the first sheet and returns its rows.
func readAll(tb testing.TB, data []byte, blk *source.Block, b *batch.Batch) (rows int) {
	w, err := open(data)
	if err != nil {
		tb.Fatal(err)
	}
	r, err := w.Open(0)
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Close()
	sourcetest.BindAll(r)
	return sourcetest.Count(tb, r, blk, b)
}

// BenchmarkRead compares one goroutine that opens and reads a workbook with
// excelize's iterator of rows, in turns: other work on the machine slows both.
// Of the figures only the ratio means something alone. MB/s are of the zip.
func BenchmarkRead(b *testing.B) {
	data := sample(b, 20_000)
	var blk source.Block
	var bt batch.Batch
	readAll(b, data, &blk, &bt)
	b.SetBytes(int64(len(data)))
	var rows int
	sourcetest.InTurns(b, time.Now, func() { rows = readAll(b, data, &blk, &bt) }, func() {
		f, err := excelize.OpenReader(bytes.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		it, err := f.Rows("Sheet1")
		if err != nil {
			b.Fatal(err)
		}
		n := -1
		for ; it.Next(); n++ {
			if _, err := it.Columns(excelize.Options{RawCellValue: true}); err != nil {
				b.Fatal(err)
			}
		}
		it.Close()
		f.Close()
		if n != rows {
			b.Fatalf("%d rows, excelize has %d", rows, n)
		}
	}, "of-excelize")
	b.ReportMetric(20_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func TestAllocs(t *testing.T) {
	odd := names + strings.Repeat(`<row><c t="str"><v>a&amp;b </v></c><c><f>1</f><v>1.5E3</v></c><c t="inlineStr"><is><r><t>é_x0001_</t></r></is></c></row>`+
		`<row><c r="B1"><v>1</v></c><c r="A1"/></row><row/><row><c r="Z1"><v>12345678901234567890</v></c><c t="d"><v>2026-09-01T00:00:00</v></c><c><v>&x;</v></c></row>`, 30_000)
	for _, book := range []struct {
		name string
		data []byte
	}{
		// Package flate allocates for some of its own blocks.
		{"plain", zipBy(t, zip.Store, sampleMaker(10_000).files())},
		{"odd", zipBy(t, zip.Store, maker{sheets: []string{odd}}.files())},
	} {
		t.Run(book.name, func(t *testing.T) {
			var blk source.Block
			var b batch.Batch
			readAll(t, book.data, &blk, &b) // to their working size
			w, err := open(book.data)
			if err != nil {
				t.Fatal(err)
			}
			w.blockSize = 32 << 10
			r, err := w.Open(0)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			sourcetest.BindAll(r)
			sourcetest.Allocs(t, r, &blk, &b, 50)
		})
	}
}

// TestConcurrent reads as the engine does: one goroutine cuts, two decode.
func TestConcurrent(t *testing.T) {
	const rows = 20_000
	w, err := open(sample(t, rows))
	if err != nil {
		t.Fatal(err)
	}
	w.blockSize = 4096
	r, err := w.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	sourcetest.BindAll(r)
	if got := sourcetest.Concurrent(t, r); got != rows {
		t.Errorf("%d rows, want %d", got, rows)
	}
}
