package main

import (
	"runtime/debug"

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

// largeInput is the size, in bytes, from which a submission's keys outweigh
// the schemas. A smaller one is over before garbage matters.
const largeInput = 32 << 20

// runPercent is the percentage for reading a container of tables.
func runPercent(tables []source.Table) int {
	var size int64
	for _, t := range tables {
		size += t.Size
	}
	if size < largeInput {
		return duringStart
	}
	return duringRun
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
