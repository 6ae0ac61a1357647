package source

import "sync/atomic"

// A First keeps the least of the numbers that decoders note, whatever
// goroutines they are in: the first line of what a Notice says once. Its zero
// value has none.
type First struct{ n atomic.Int64 }

// Note takes in a number above 0.
func (f *First) Note(n int64) {
	for {
		first := f.n.Load()
		if first != 0 && first <= n || f.n.CompareAndSwap(first, n) {
			return
		}
	}
}

// Get returns the least number that was noted, 0 if there is none.
func (f *First) Get() int64 { return f.n.Load() }
