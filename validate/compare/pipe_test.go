package compare

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
)

func hashed(i int) [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
}

// newPipe is a result of n findings that nobody has to hold, and what writes it.
func newPipe(n int) (*io.PipeReader, func()) {
	r, pw := io.Pipe()
	return r, func() {
		w := bufio.NewWriterSize(pw, 1<<20)
		for i := range n {
			fmt.Fprintf(w, `{"code":"T0200","severity":"record rejected","table":"T02Visit","row":%d,"message":"m","fingerprint":"%064x"}`+"\n", i+1, hashed(i))
		}
		fmt.Fprintf(w, `{"summary":{"verdict":"accepted","fingerprint_key":"key","rules":[{"code":"T0200","severity":"record rejected","count":%d}]}}`+"\n", n)
		w.Flush()
		pw.Close()
	}
}
