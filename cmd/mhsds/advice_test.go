package main

import (
	"errors"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

func TestLayouts(t *testing.T) {
	rule := &dictionary.Rule{Kind: dictionary.Container, Check: "date_layout"}
	tests := []struct {
		name    string
		details []string
		want    string // "" for none
	}{
		{"none", nil, ""},
		{"one", []string{"6 values, which looks like DD/MM/YYYY"}, "the dates of 1 column look like DD/MM/YYYY, which --date-layout DD/MM/YYYY would read"},
		{"the most frequent", []string{"1 value, which looks like YYYYMMDD", "2 values, which looks like DD.MM.YYYY", "2 values, which looks like DD.MM.YYYY"},
			"the dates of 2 columns look like DD.MM.YYYY, which --date-layout DD.MM.YYYY would read"},
		{"the likelier of equals", []string{"1 value, which looks like MM/DD/YYYY", "2 values, which looks like DD/MM/YYYY"},
			"the dates of 1 column look like DD/MM/YYYY, which --date-layout DD/MM/YYYY would read"},
		{"unknown words", []string{"something else"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := layouts{}
			for _, d := range tt.details {
				l.note(&finding.Finding{Rule: rule, Detail: d})
				l.note(&finding.Finding{Rule: &dictionary.Rule{Kind: dictionary.NotBlank}, Detail: d})
			}
			n, ok := l.notice()
			if n.Text != tt.want || ok != (tt.want != "") {
				t.Errorf("notice %q, %v; want %q", n.Text, ok, tt.want)
			}
		})
	}
}

// What goes wrong while the submission is opened beside other work ends as it
// would without that work.
func TestOpening(t *testing.T) {
	o := open(filepath.Join(t.TempDir(), "nowhere"), ',')
	_, err := o.wait()
	var s *statusError
	if !errors.As(err, &s) || s.status != statusInput {
		t.Errorf("a submission that is not there: %v, want status %d", err, statusInput)
	}
	o.close()

	o = &opening{err: errPanic, done: make(chan struct{})}
	close(o.done)
	if _, err := o.wait(); !errors.As(err, &s) || s.status != statusFault {
		t.Errorf("a panic: %v, want status %d", err, statusFault)
	}
	o.close()
}

func TestCollect(t *testing.T) {
	now := func() int {
		v := debug.SetGCPercent(100)
		debug.SetGCPercent(v)
		return v
	}
	before := now()
	undo := new(program).collect(duringRun)
	if now() != duringRun {
		t.Errorf("GC percent %d, want %d", now(), duringRun)
	}
	undo()
	if now() != before {
		t.Errorf("GC percent %d afterwards, want %d", now(), before)
	}
	undo = (&program{env: []string{"GOGC=70"}}).collect(duringRun)
	if now() != before {
		t.Errorf("GC percent %d although GOGC is set, want %d", now(), before)
	}
	undo()
}

func TestRoomPercent(t *testing.T) {
	for _, tt := range []struct {
		live uint64
		want int
	}{
		{0, duringStart},
		{room / 100, duringStart},
		{room, 100},
		{4 * room, 25},
		{100 * room, duringRun},
	} {
		if got := roomPercent(tt.live); got != tt.want {
			t.Errorf("%d bytes in use: %d percent, want %d", tt.live, got, tt.want)
		}
	}
}

// TestLeaveRoom: the percentage follows what is in use, until the end.
func TestLeaveRoom(t *testing.T) {
	now := func() int {
		v := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(v)
		return int(v[0].Value.Uint64())
	}
	before := now()
	(&program{env: []string{"GOGC=70"}}).leaveRoom()()
	if now() != before {
		t.Errorf("GC percent %d although GOGC is set, want %d", now(), before)
	}
	undo := new(program).leaveRoom()
	keys := make([]byte, 20*room)
	for range 1000 { // the cleanup has a goroutine of its own
		runtime.GC()
		if now() == duringRun {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if now() != duringRun {
		t.Errorf("GC percent %d with %d bytes in use, want %d", now(), len(keys), duringRun)
	}
	runtime.KeepAlive(keys)
	undo()
	runtime.GC()
	if now() != before {
		t.Errorf("GC percent %d afterwards, want %d", now(), before)
	}
}

func TestConfine(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	for _, tt := range []struct{ jobs, want int }{{0, 4}, {1, 1}, {3, 3}, {4, 4}, {9, 4}} {
		undo := confine(tt.jobs)
		if got := runtime.GOMAXPROCS(0); got != tt.want {
			t.Errorf("--jobs %d: %d processors, want %d", tt.jobs, got, tt.want)
		}
		undo()
		if got := runtime.GOMAXPROCS(0); got != 4 {
			t.Errorf("--jobs %d: %d processors afterwards, want 4", tt.jobs, got)
		}
	}
}
