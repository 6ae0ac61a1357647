package frugal

import "testing"

// A recorder keeps whether a check has failed.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

func TestCheck(t *testing.T) {
	var kept []byte
	for _, tt := range []struct {
		input, factor, allocates int
		fails                    bool
	}{{0, 0, 1, false}, {0, 0, 2 * Fixed, true}, {Fixed, 2, 2 * Fixed, false}, {Fixed, 2, 4 * Fixed, true}} {
		r := new(recorder)
		Check(r, tt.input, tt.factor, func() { kept = make([]byte, tt.allocates) })
		if r.failed != tt.fails {
			t.Errorf("%+v: failed %v", tt, r.failed)
		}
	}
	if len(kept) == 0 {
		t.Error("nothing was allocated")
	}
}
