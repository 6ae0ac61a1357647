package main

import (
	"runtime"
	"runtime/debug"
	"testing"

	"mhsds/validate/source"
)

func percentNow() int {
	v := debug.SetGCPercent(100)
	debug.SetGCPercent(v)
	return v
}

func TestCollect(t *testing.T) {
	before := percentNow()
	undo := new(program).collect(duringStart)
	if percentNow() != duringStart {
		t.Errorf("GC percent %d, want %d", percentNow(), duringStart)
	}
	undo()
	if percentNow() != before {
		t.Errorf("GC percent %d afterwards, want %d", percentNow(), before)
	}
	undo = (&program{env: []string{"GOGC=70"}}).collect(duringStart)
	if percentNow() != before {
		t.Errorf("GC percent %d although GOGC is set, want %d", percentNow(), before)
	}
	undo()
}

func TestCollectFor(t *testing.T) {
	large := []source.Table{{Size: largeInput - 1}, {Size: 1}}
	before := percentNow()
	undo := new(program).collectFor(large[:1])
	if percentNow() != duringStart {
		t.Errorf("a small submission: GC percent %d, want %d", percentNow(), duringStart)
	}
	undo()
	undo = (&program{env: []string{"GOGC=70"}}).collectFor(large)
	if percentNow() != before {
		t.Errorf("GC percent %d although GOGC is set, want %d", percentNow(), before)
	}
	undo()
	undo = new(program).collectFor(large)
	for range 5 { // in the midst of a run
		runtime.GC()
	}
	undo()
	runtime.GC() // nothing comes after the end
	if percentNow() != before {
		t.Errorf("a large submission: GC percent %d afterwards, want %d", percentNow(), before)
	}
}

func TestPacer(t *testing.T) {
	const mib = 1 << 20
	g := newPacer(10, 8*mib)
	for _, tt := range []struct {
		live uint64
		want int // percent
	}{
		{80 * mib, 10}, {200 * mib, 10}, {40 * mib, 20}, {8 * mib, 100}, {4 * mib, 200}, {0, mostPercent},
	} {
		if got := g.next(tt.live); got != tt.want {
			t.Errorf("%d MiB in use: %d percent, want %d", tt.live/mib, got, tt.want)
		}
	}
	before := percentNow()
	debug.SetGCPercent(77)
	runtime.GC()
	held := make([]byte, 100*mib)
	runtime.GC()
	p := &pulse{g}
	p.beat()
	if got := percentNow(); got != 10 {
		t.Errorf("over 100 MiB in use: GC percent %d, want 10", got)
	}
	runtime.KeepAlive(held)
	g.mu.Lock()
	g.ended = true
	g.mu.Unlock()
	debug.SetGCPercent(before)
}
