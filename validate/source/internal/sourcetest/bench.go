package sourcetest

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// Columns is how many columns Contacts has.
const Columns = 28

// Contacts returns so many rows of Columns values, of which 37 % are empty, in
// the manner of a month's contacts; the same rows every time. A row is the
// iterator's own.
func Contacts(rows int) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		rng := rand.New(rand.NewPCG(1, 2))
		values := make([]string, Columns)
		for row := range rows {
			for i := range values {
				switch {
				case i == 0:
					values[i] = fmt.Sprintf("CC%08d", row)
				case i == 1:
					values[i] = fmt.Sprintf("REF%06d", row/5)
				case i%28*37%100 < 37:
					values[i] = ""
				case i == 4:
					values[i] = fmt.Sprintf("2026-09-%02d", 1+rng.IntN(30))
				case i == 6:
					values[i] = fmt.Sprintf("%02d:%02d:00", rng.IntN(24), rng.IntN(60))
				case i%7 == 2:
					values[i] = fmt.Sprintf("%06d", rng.IntN(1000000))
				default:
					values[i] = fmt.Sprintf("%02d", rng.IntN(100))
				}
			}
			if !yield(values) {
				return
			}
		}
	}
}

// ColumnNames returns the names of the columns of Contacts.
func ColumnNames() []string {
	names := make([]string, Columns)
	for i := range names {
		names[i] = fmt.Sprintf("Column%d", i+1)
	}
	return names
}

// InTurns times ours, and in turn with it, off the benchmark's own clock,
// theirs: other work on the machine slows both. It reports the median of their
// ratios by the name of unit. The clock is the caller's.
func InTurns(b *testing.B, clock func() time.Time, ours, theirs func(), unit string) {
	var ratios []float64
	for b.Loop() {
		t0 := clock()
		ours()
		t1 := clock()
		b.StopTimer()
		theirs()
		ratios = append(ratios, float64(t1.Sub(t0))/float64(clock().Sub(t1)))
		b.StartTimer()
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], unit)
}
