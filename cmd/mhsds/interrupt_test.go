//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A run in which every row has a finding, whose findings go into a pipe that
// nobody empties: the run stands still in the middle of a table until the test
// lets it go on, however fast the machine is.
type stuckRun struct {
	cmd    *exec.Cmd
	pipe   *os.File
	stdout bytes.Buffer
	stderr bytes.Buffer
	dir    string
}

func startStuck(t *testing.T, bin string) *stuckRun {
	t.Helper()
	r := &stuckRun{dir: t.TempDir()}
	month := filepath.Join(r.dir, "month")
	if err := os.Mkdir(month, 0o777); err != nil {
		t.Fatal(err)
	}
	d, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	header, _ := d.Role("header")
	for i := range d.Tables {
		table := &d.Tables[i]
		var b bytes.Buffer
		fmt.Fprintln(&b, table.Fields[0].Name)
		if table == &d.Tables[1] {
			for n := range 20_000 {
				fmt.Fprintf(&b, "P%d\n", n)
			}
		}
		if table != header && i > 2 {
			continue
		}
		if err := os.WriteFile(filepath.Join(month, table.Name+".csv"), b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	fifo := filepath.Join(r.dir, "findings.jsonl")
	if err := syscall.Mkfifo(fifo, 0o666); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	r.cmd = exec.Command(bin, month, "--format", "text", "--format", "jsonl="+fifo, "--format", "json="+filepath.Join(r.dir, "summary.json"))
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.cmd.Process.Kill() })
	if r.pipe, err = os.Open(fifo); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.pipe.Close() })
	if _, err := io.ReadFull(r.pipe, make([]byte, 1)); err != nil { // the findings have begun
		t.Fatalf("%v; stderr: %s", err, r.stderr.String())
	}
	return r
}

// end waits for the program and returns its exit status.
func (r *stuckRun) end(t *testing.T) *exec.ExitError {
	t.Helper()
	timer := time.AfterFunc(20*time.Second, func() { r.cmd.Process.Kill() })
	defer timer.Stop()
	err := r.cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("the program ended with %v; stderr: %s", err, r.stderr.String())
	}
	return exit
}

func (r *stuckRun) interrupt(t *testing.T) {
	t.Helper()
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
}

func TestInterrupt(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	bin := buildProgram(t)
	t.Run("ends", func(t *testing.T) { testInterruptEnds(t, bin) })
	t.Run("stuck", func(t *testing.T) { testInterruptStuck(t, bin) })
	t.Run("twice", func(t *testing.T) { testInterruptTwice(t, bin) })
	t.Run("changed", func(t *testing.T) { testChanged(t, bin) })
}

// Asked to stop, a run reports what it has read and what it has not; files
// that were asked for whole are not written.
func testInterruptEnds(t *testing.T, bin string) {
	var r *stuckRun
	for range 10 {
		r = startStuck(t, bin)
		r.interrupt(t)
		time.Sleep(50 * time.Millisecond) // the signal is there before the pipe is free
		go io.Copy(io.Discard, r.pipe)
		if r.cmd.Wait(); !strings.HasPrefix(r.stderr.String(), "mhsds: stopped; ") {
			break // else the machine was too busy for an orderly end: once more
		}
	}
	if got := r.cmd.ProcessState.ExitCode(); got != statusIncomplete {
		t.Errorf("exit status %d, want %d; stderr: %s", got, statusIncomplete, r.stderr.String())
	}
	if s := r.stderr.String(); !strings.HasPrefix(s, "mhsds: stopped: ") || !strings.Contains(s, "not read") && !strings.Contains(s, "reading stopped") {
		t.Errorf("stderr does not say what was not read: %s", s)
	}
	if s := r.stdout.String(); !strings.Contains(s, "\nIncomplete: ") || !strings.Contains(s, "\nVerdict on what was read: ") {
		t.Errorf("the report does not say that it is incomplete:\n%s", s)
	}
	if got := listing(t, r.dir); got != "findings.jsonl month" {
		t.Errorf("left behind: %s", got)
	}
}

// A run that cannot end, because what it writes to stands still, is given up.
func testInterruptStuck(t *testing.T, bin string) {
	r := startStuck(t, bin)
	r.interrupt(t)
	if got := r.end(t).ExitCode(); got != statusIncomplete {
		t.Errorf("exit status %d, want %d; stderr: %s", got, statusIncomplete, r.stderr.String())
	}
	if s := r.stderr.String(); !strings.HasPrefix(s, "mhsds: stopped; ") {
		t.Errorf("stderr: %s", s)
	}
	if got := listing(t, r.dir); got != "findings.jsonl month" {
		t.Errorf("left behind: %s", got)
	}
}

// The second signal ends the program at once.
func testInterruptTwice(t *testing.T, bin string) {
	r := startStuck(t, bin)
	for range 20 {
		r.interrupt(t)
		time.Sleep(20 * time.Millisecond)
	}
	if status := r.end(t).Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("ended with %v, want by the signal", status)
	}
}

// A file that somebody writes to while it is read is told, whatever came of it.
func testChanged(t *testing.T, bin string) {
	r := startStuck(t, bin)
	file := strings.Fields(listing(t, filepath.Join(r.dir, "month")))[1]
	f, err := os.OpenFile(filepath.Join(r.dir, "month", file), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("Q1\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, r.pipe)
	if got := r.end(t).ExitCode(); got != statusIncomplete {
		t.Errorf("exit status %d, want %d; stderr: %s", got, statusIncomplete, r.stderr.String())
	}
	want := "Incomplete: The file " + file + " was changed while it was read: leave the submission alone while it is checked, and run again"
	if said := unwrapped(r.stdout.String()); !strings.Contains(said, want) {
		t.Errorf("the report does not say %s:\n%s", want, r.stdout.String())
	}
}
