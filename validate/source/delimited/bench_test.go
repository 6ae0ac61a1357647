package delimited

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"
	"testing"
	"time"

	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/internal/sourcetest"
)

// sample returns a file of contacts, about 100 bytes a row.
func sample(rows int) []byte {
	b := []byte(strings.Join(sourcetest.ColumnNames(), ",") + "\n")
	for values := range sourcetest.Contacts(rows) {
		b = append(b, strings.Join(values, ",")+"\n"...)
	}
	return b
}

// splitAll decodes the file, all columns bound, and returns its rows.
func splitAll(tb testing.TB, file []byte, blk *source.Block, b *batch.Batch) (rows int) {
	r, err := NewReader(bytes.NewReader(file), "sample.csv", Options{})
	if err != nil {
		tb.Fatal(err)
	}
	sourcetest.BindAll(r)
	return sourcetest.Count(tb, r, blk, b)
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
			sourcetest.InTurns(b, time.Now,
				func() { splitAll(b, file.data, &blk, &bt) },
				func() { csvAll(b, file.data) }, "of-encoding/csv")
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
