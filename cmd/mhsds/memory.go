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
// which cost next to nothing to look through and much to have twice.
const (
	duringStart = 800
	duringRun   = 10
)

// room is the garbage, in bytes, that may gather during a run however little is
// in use: a tenth of the first few keys would be collected hundreds of times.
const room = 8 << 20

// largeInput is the size, in bytes, from which a submission's keys outweigh
// the schemas. A smaller one is over before garbage matters.
const largeInput = 32 << 20

// collectFor sets how often garbage is collected while a container of tables
// is read, and returns what undoes that.
func (p *program) collectFor(tables []source.Table) (undo func()) {
	var size int64
	for _, t := range tables {
		size += t.Size
	}
	switch {
	case size < largeInput:
		return p.collect(duringStart)
	case p.getenv("GOGC") != "":
		return func() {}
	}
	return pace(duringRun, room)
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

// A pacer sets after each collection how much garbage may gather until the
// next.
type pacer struct {
	percent int
	room    uint64

	mu    sync.Mutex
	ended bool
	live  [1]metrics.Sample
}

// pace lets garbage gather up to a percentage of what is in use, or to as many
// bytes as room if that is more. Before the first collection of all nobody
// knows what is in use; it comes as while the schemas compile.
func pace(percent int, room uint64) (undo func()) {
	g := newPacer(percent, room)
	before := debug.SetGCPercent(duringStart)
	if g.inUse() > 0 {
		debug.SetGCPercent(g.next(g.inUse()))
	}
	runtime.SetFinalizer(&pulse{g}, (*pulse).beat)
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.ended = true
		debug.SetGCPercent(before)
	}
}

func newPacer(percent int, room uint64) *pacer {
	g := &pacer{percent: percent, room: room}
	g.live[0].Name = "/gc/heap/live:bytes"
	return g
}

// A pulse is in nobody's use, so that every collection finds it.
type pulse struct{ pacer *pacer }

func (p *pulse) beat() {
	g := p.pacer
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended {
		return
	}
	debug.SetGCPercent(g.next(g.inUse()))
	runtime.SetFinalizer(p, (*pulse).beat)
}

// inUse returns the bytes that the last collection left, 0 before the first.
func (g *pacer) inUse() uint64 {
	metrics.Read(g.live[:])
	if g.live[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return g.live[0].Value.Uint64()
}

// mostPercent bounds the percentage: that of next to nothing is little however high.
const mostPercent = 10_000

// next returns the percentage for as many bytes in use.
func (g *pacer) next(live uint64) int {
	return max(g.percent, int(min(g.room*100/max(live, 1), mostPercent)))
}
