package jsonlines

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/internal/sourcetest"
)

// sample returns a file of contacts, an object each, without its empty values.
func sample(rows int) []byte {
	var b []byte
	for values := range sourcetest.Contacts(rows) {
		b = append(b, '{')
		for i, v := range values {
			if v == "" {
				continue
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
	r, err := reading{names: sourcetest.ColumnNames()}.open(file)
	if err != nil {
		tb.Fatal(err)
	}
	return sourcetest.Count(tb, r, blk, b)
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
	sourcetest.InTurns(b, time.Now, func() { readAll(b, file, &blk, &bt) }, func() {
		for line := range bytes.Lines(file) {
			var m map[string]string
			if err := json.Unmarshal(line, &m); err != nil {
				b.Fatal(err)
			}
		}
	}, "of-encoding/json")
}
