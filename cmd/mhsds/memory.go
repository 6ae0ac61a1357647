package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"

	"mhsds/validate/source"
)

// How much garbage may gather before it is collected, in percent of what is in
// use. The schemas are many small things: while they compile, little is in use,
// and collecting it again and again takes longer than compiling. The rows of a
// large submission leave keys and columns, few large arrays without pointers,
// which cost next to nothing to look through and much to have twice: for them
// duringRun is enough, as long as it is no less than room.
const (
	duringStart = 800
	duringRun   = 8
)

// room is how much garbage may gather in any case while a large submission is
// read, in bytes. What is in use grows with the keys, from next to nothing: a
// percentage alone would have dozens of collections before the first million
// rows, one for each megabyte.
const room = 12 << 20

// largeInput is the size, in bytes, from which a submission's keys outweigh
// the schemas. A smaller one is over before garbage matters.
const largeInput = 32 << 20

// large reports whether the container of tables is a large submission.
func large(tables []source.Table) bool {
	var size int64
	for _, t := range tables {
		size += t.Size
	}
	return size >= largeInput
}

// confine keeps the program to as many processors as jobs says, 0 for all there
// are, and returns what undoes that. Workers alone are not all that works: what
// reads, what keeps the keys and what collects garbage run beside them.
func confine(jobs int) (undo func()) {
	before := runtime.GOMAXPROCS(0)
	if jobs <= 0 || jobs >= before {
		return func() {}
	}
	runtime.GOMAXPROCS(jobs)
	return func() { runtime.GOMAXPROCS(before) }
}

// collect sets how often garbage is collected, unless GOGC says it, and returns
// what undoes that.
func (p *program) collect(percent int) (undo func()) {
	if p.getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(before) }
}

// leaveRoom sets how often garbage is collected while a large submission is
// read, anew after every collection, unless GOGC says it. It returns what
// undoes that.
func (p *program) leaveRoom() (undo func()) {
	if p.getenv("GOGC") != "" {
		return func() {}
	}
	r := &roomLeft{percent: duringStart}
	r.before = debug.SetGCPercent(r.percent)
	r.watch()
	return r.end
}

// roomLeft holds the percentage of garbage at what room makes of it.
type roomLeft struct {
	mu      sync.Mutex
	percent int
	before  int // the percentage before
	ended   bool
}

// A sentinel is nobody's: the first collection finds it.
type sentinel struct{ _ [64]byte }

// watch calls set after the next collection.
func (r *roomLeft) watch() {
	runtime.AddCleanup(new(sentinel), (*roomLeft).set, r)
}

func (r *roomLeft) set() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	// Setting it stops the world for a moment: not for little.
	if want := roomPercent(live[0].Value.Uint64()); 10*want < 9*r.percent || 9*want > 10*r.percent {
		r.percent = want
		debug.SetGCPercent(want)
	}
	r.watch()
}

// roomPercent is the percentage of live bytes that leaves room for garbage.
func roomPercent(live uint64) int {
	return int(min(max(room*100/max(live, 1), duringRun), duringStart))
}

// end undoes what leaveRoom did.
func (r *roomLeft) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	debug.SetGCPercent(r.before)
}
