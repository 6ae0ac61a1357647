package delimited

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mhsds/validate/batch"
	"mhsds/validate/source"
)

// sample returns a file of 28 columns and about 100 bytes a row, 37 % of its
// cells empty, in the manner of a month's contacts.
func sample(rows int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var b []byte
	for i := range 28 {
		b = fmt.Appendf(b, "Column%d,", i+1)
	}
	b[len(b)-1] = '\n'
	for row := range rows {
		for i := range 28 {
			switch {
			case i == 0:
				b = fmt.Appendf(b, "CC%08d", row)
			case i == 1:
				b = fmt.Appendf(b, "REF%06d", row/5)
			case i%28*37%100 < 37:
			case i == 4:
				b = fmt.Appendf(b, "2026-09-%02d", 1+rng.IntN(30))
			case i == 6:
				b = fmt.Appendf(b, "%02d:%02d:00", rng.IntN(24), rng.IntN(60))
			case i%7 == 2:
				b = fmt.Appendf(b, "%06d", rng.IntN(1000000))
			default:
				b = fmt.Appendf(b, "%02d", rng.IntN(100))
			}
			b = append(b, ',')
		}
		b[len(b)-1] = '\n'
	}
	return b
}

// splitAll decodes the file, all columns bound, and returns its rows.
func splitAll(tb testing.TB, file []byte, blk *source.Block, b *batch.Batch) (rows int) {
	r, err := NewReader(bytes.NewReader(file), "sample.csv", Options{})
	if err != nil {
		tb.Fatal(err)
	}
	all := make([]int, len(r.Columns()))
	for i := range all {
		all[i] = i
	}
	r.Bind(all)
	d := r.Decoder()
	for {
		if err := r.Next(blk); err == io.EOF {
			return rows
		} else if err != nil {
			tb.Fatal(err)
		}
		for more := true; more; {
			if more, err = d.Decode(blk, b, 4096); err != nil {
				tb.Fatal(err)
			}
			rows += b.Rows
		}
	}
}

// csvAll parses the file with encoding/csv and returns its rows.
func csvAll(tb testing.TB, file []byte) (rows int) {
	r := csv.NewReader(bytes.NewReader(file))
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); err == io.EOF {
			return rows - 1
		} else if err != nil {
			tb.Fatal(err)
		}
		rows++
	}
}

// BenchmarkSplit compares one goroutine's Next and Decode with encoding/csv
// that parses the same bytes, in turns: other work on the machine slows both.
// Of the figures only the ratio means something alone.
func BenchmarkSplit(b *testing.B) {
	plain := sample(20_000)
	for _, file := range []struct {
		name string
		data []byte
	}{
		{"plain", plain},
		{"crlf", bytes.ReplaceAll(plain, []byte("\n"), []byte("\r\n"))},
		{"quoted", quoteAll(plain)},
	} {
		b.Run(file.name, func(b *testing.B) {
			var blk source.Block
			var bt batch.Batch
			splitAll(b, file.data, &blk, &bt)
			b.SetBytes(int64(len(file.data)))
			var ratios []float64
			for b.Loop() {
				t0 := time.Now()
				splitAll(b, file.data, &blk, &bt)
				t1 := time.Now()
				b.StopTimer()
				csvAll(b, file.data)
				ratios = append(ratios, float64(t1.Sub(t0))/float64(time.Since(t1)))
				b.StartTimer()
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[len(ratios)/2], "of-encoding/csv")
		})
	}
}

// quoteAll puts every value of a file without quotes between quotes.
func quoteAll(file []byte) []byte {
	var out []byte
	for line := range bytes.Lines(file) {
		for i, v := range bytes.Split(bytes.TrimSuffix(line, []byte("\n")), []byte(",")) {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(append(append(out, '"'), v...), '"')
		}
		out = append(out, '\n')
	}
	return out
}
