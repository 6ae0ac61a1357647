package access

import (
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"mhsds/validate/batch"
	"mhsds/validate/source"
)

// The largest table of the large databases: 300,000 rows of a number, a date
// and two texts.
const (
	bigFile  = "torture.accdb"
	bigTable = "Big"
	bigRows  = 300000
)

// BenchmarkBig decodes every cell of the big table; set it against
// BenchmarkMdbExport, which has mdb-export write the same table to nothing.
func BenchmarkBig(b *testing.B) {
	db, table := openBig(b)
	var blk source.Block
	var bt batch.Batch
	for b.Loop() {
		r, err := db.Open(table)
		if err != nil {
			b.Fatal(err)
		}
		r.Bind(allColumns(len(r.Columns())))
		d := r.Decoder()
		rows := 0
		for {
			if err := r.Next(&blk); err != nil {
				if !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
				break
			}
			rows += decodeAll(b, d, &blk, &bt)
		}
		if rows != bigRows {
			b.Fatalf("%d rows", rows)
		}
	}
}

// BenchmarkBigParallel does the same with one goroutine that reads and two
// that decode.
func BenchmarkBigParallel(b *testing.B) {
	db, table := openBig(b)
	const workers, blocks = 2, 6
	free := make(chan *source.Block, blocks)
	for range blocks {
		free <- new(source.Block)
	}
	var batches [workers]batch.Batch
	for b.Loop() {
		r, err := db.Open(table)
		if err != nil {
			b.Fatal(err)
		}
		r.Bind(allColumns(len(r.Columns())))
		work := make(chan *source.Block, blocks)
		var rows [workers]int
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				d := r.Decoder()
				for blk := range work {
					rows[w] += decodeAll(b, d, blk, &batches[w])
					free <- blk
				}
			})
		}
		for {
			blk := <-free
			if err := r.Next(blk); err != nil {
				free <- blk
				if !errors.Is(err, io.EOF) {
					b.Error(err)
				}
				break
			}
			work <- blk
		}
		close(work)
		wg.Wait()
		if rows[0]+rows[1] != bigRows {
			b.Fatalf("%d rows", rows[0]+rows[1])
		}
	}
}

func decodeAll(b *testing.B, d source.Decoder, blk *source.Block, bt *batch.Batch) (rows int) {
	for more := true; more; {
		var err error
		if more, err = d.Decode(blk, bt, 4096); err != nil {
			b.Error(err)
		}
		rows += bt.Rows
	}
	return rows
}

func openBig(b *testing.B) (*Database, int) {
	db, err := Open(filepath.Join(shared(b), bigFile))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	table := tableNamed(b, db, bigTable)
	b.SetBytes(db.Tables()[table].Size)
	b.ReportAllocs()
	return db, table
}

// BenchmarkContacts decodes a table of nine columns as submissions have them.
func BenchmarkContacts(b *testing.B) {
	const rows = 30000
	db := open(b, contacts(rows))
	b.SetBytes(db.Tables()[0].Size)
	b.ReportAllocs()
	var blk source.Block
	var bt batch.Batch
	for b.Loop() {
		r, err := db.Open(0)
		if err != nil {
			b.Fatal(err)
		}
		r.Bind(allColumns(len(r.Columns())))
		d := r.Decoder()
		for r.Next(&blk) == nil {
			decodeAll(b, d, &blk, &bt)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(rows*9), "ns/cell")
}

// BenchmarkMdbExport runs mdb-export of the Debian package mdbtools, if it is
// installed.
func BenchmarkMdbExport(b *testing.B) {
	path := filepath.Join(shared(b), bigFile)
	program, err := exec.LookPath("mdb-export")
	if err != nil {
		b.Skip("mdb-export is not installed")
	}
	for b.Loop() {
		if err := exec.Command(program, path, bigTable).Run(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWriteCSV writes the big table in its canonical form.
func BenchmarkWriteCSV(b *testing.B) {
	db, table := openBig(b)
	for b.Loop() {
		if n, err := db.WriteCSV(io.Discard, table); n != bigRows || err != nil {
			b.Fatal(n, err)
		}
	}
}
