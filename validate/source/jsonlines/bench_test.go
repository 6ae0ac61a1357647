package jsonlines

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mhsds/validate/batch"
	"mhsds/validate/source"
)

func sampleNames() []string {
	names := make([]string, 28)
	for i := range names {
		names[i] = fmt.Sprintf("Column%d", i+1)
	}
	return names
}

// sample returns a file of objects of 28 names, of which 37 % are left out, in
// the manner of a month's contacts.
func sample(rows int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var b []byte
	for row := range rows {
		b = append(b, '{')
		for i := range 28 {
			var v string
			switch {
			case i == 0:
				v = fmt.Sprintf("CC%08d", row)
			case i == 1:
				v = fmt.Sprintf("REF%06d", row/5)
			case i%28*37%100 < 37:
				continue
			case i == 4:
				v = fmt.Sprintf("2026-09-%02d", 1+rng.IntN(30))
			case i == 6:
				v = fmt.Sprintf("%02d:%02d:00", rng.IntN(24), rng.IntN(60))
			case i%7 == 2:
				v = fmt.Sprintf("%06d", rng.IntN(1000000))
			default:
				v = fmt.Sprintf("%02d", rng.IntN(100))
			}
			if i > 0 {
				b = append(b, ',')
			}
			b = fmt.Appendf(b, "\"Column%d\":\"%s\"", i+1, v)
		}
		b = append(b, "}\n"...)
	}
	return b
}

// readAll decodes the file, all columns wanted, and returns its rows.
func readAll(tb testing.TB, file []byte, blk *source.Block, b *batch.Batch) (rows int) {
	r, err := reading{names: sampleNames()}.open(file)
	if err != nil {
		tb.Fatal(err)
	}
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

// BenchmarkRead compares one goroutine's Next and Decode with encoding/json
// into a map for each line, in turns: other work on the machine slows both. Of
// the figures only the ratio means something alone.
func BenchmarkRead(b *testing.B) {
	file := sample(20_000)
	var blk source.Block
	var bt batch.Batch
	readAll(b, file, &blk, &bt)
	b.SetBytes(int64(len(file)))
	var ratios []float64
	for b.Loop() {
		t0 := time.Now()
		readAll(b, file, &blk, &bt)
		t1 := time.Now()
		b.StopTimer()
		for line := range bytes.Lines(file) {
			var m map[string]string
			if err := json.Unmarshal(line, &m); err != nil {
				b.Fatal(err)
			}
		}
		ratios = append(ratios, float64(t1.Sub(t0))/float64(time.Since(t1)))
		b.StartTimer()
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "of-encoding/json")
}
