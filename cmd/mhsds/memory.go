package main

import "runtime/debug"

// duringRun is how much garbage may gather before it is collected, in percent
// of what is in use, while a submission is read. What is in use then is mostly
// keys and columns: few large arrays without pointers, which cost next to
// nothing to look through and much to have twice. Go's own 100 suits the
// schemas, which are many small things: they compile in half the time with it.
//
// Of 7.4 million rows, 666 MB, the peak of memory is 250 MB with 25 and 258 MB
// with 100; the processors' time is the same within what it varies by (medians
// of three runs of each, two processors).
const duringRun = 25

// collect sets how often garbage is collected, unless GOGC says it, and returns
// what undoes that.
func (p *program) collect(percent int) (undo func()) {
	if p.getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(before) }
}
