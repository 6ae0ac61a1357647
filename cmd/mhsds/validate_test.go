package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"mhsds/validate/finding"
)

func TestWatch(t *testing.T) {
	sum := new(finding.Summary)
	bad := errors.New("bad")
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	forever := make(chan struct{})
	tests := []struct {
		name string
		ctx  context.Context
		work func() (*finding.Summary, error)
		want error
	}{
		{"ends", context.Background(), func() (*finding.Summary, error) { return sum, nil }, nil},
		{"fails", context.Background(), func() (*finding.Summary, error) { return nil, bad }, bad},
		{"panics", context.Background(), func() (*finding.Summary, error) { panic("9990000000") }, errPanic},
		{"ends when asked to", gone, func() (*finding.Summary, error) { return sum, nil }, nil},
		{"does not end", gone, func() (*finding.Summary, error) { <-forever; return sum, nil }, errLate},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := watch(tt.ctx, tt.work)
			if err != tt.want || err == nil && got != sum {
				t.Errorf("watch = %v, %v, want error %v", got, err, tt.want)
			}
		})
	}
	close(forever)
}

// A panic is one sentence, and status 5; what was raised is not in it.
func TestPanicIsOurFault(t *testing.T) {
	var stderr bytes.Buffer
	p := &program{stderr: &stderr} // no stdout: printing to it panics
	if got := p.main([]string{"version"}); got != statusFault {
		t.Errorf("status %d, want %d", got, statusFault)
	}
	if s := stderr.String(); !strings.HasPrefix(s, "mhsds: a fault of ours") || strings.Count(s, "\n") != 1 || strings.Contains(s, "goroutine") {
		t.Errorf("stderr: %q", s)
	}
}

func TestMeter(t *testing.T) {
	var out bytes.Buffer
	begun := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	m := newMeter(&out, 60, begun)
	m.at(1e6, 10e6, "First", begun.Add(100*time.Millisecond))
	if out.Len() != 0 {
		t.Errorf("drawn before anybody waits: %q", out.String())
	}
	m.at(5e6, 10e6, "Second\x1b[31m", begun.Add(time.Second))
	if got, want := out.String(), "\r[==========>         ]  50 %  5.0 of 10.0 MB  Second\\x1b[31"; !strings.HasPrefix(got, want) {
		t.Errorf("drawn %q, want %q", got, want)
	}
	if n := len(strings.TrimPrefix(out.String(), "\r")); n >= 60 {
		t.Errorf("%d columns on a terminal of 60", n)
	}
	drawn := out.Len()
	m.at(6e6, 10e6, "Second", begun.Add(time.Second+time.Millisecond))
	if out.Len() != drawn {
		t.Error("drawn again at once")
	}
	m.at(12e6, 10e6, "Third", begun.Add(2*time.Second))
	if !strings.Contains(out.String(), "100 %") {
		t.Errorf("past the end: %q", out.String())
	}
	m.end()
	if !strings.HasSuffix(out.String(), " \r") {
		t.Errorf("not taken away: %q", out.String())
	}
}
