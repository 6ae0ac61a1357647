// Package frugal holds readers to memory in proportion to what they read.
//
// Tests alone import it: fuzz targets above all, whose inputs are small, so that
// one which believes a length that its input only claims is found out.
package frugal

import (
	"runtime/metrics"
	"testing"
)

// Fixed is what a reader may allocate whatever it reads, in bytes: buffers and
// tables of its own.
const Fixed = 16 << 20

// Check calls read, which reads so many bytes of input, and fails when all that
// was allocated meanwhile is more than Fixed and factor bytes for each of them.
// Nothing else should run at the time.
func Check(t testing.TB, input, factor int, read func()) {
	t.Helper()
	before := allocated()
	read()
	if n, most := allocated()-before, uint64(Fixed+input*factor); n > most {
		t.Errorf("%d bytes allocated for %d bytes of input, at most %d", n, input, most)
	}
}

// allocated is the sum of all allocations so far, in bytes.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
