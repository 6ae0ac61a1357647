package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// parts is into how many a container is cut, and after each of which it ends.
const parts = 50

// TestTruncated cuts every container short in many places. What has an end of
// its own (a zip, a workbook, a database) is never taken for whole: it is
// refused in one sentence, or judged as far as it could be read, which is said.
func TestTruncated(t *testing.T) {
	ok, db := valid(t), database(t)
	t.Chdir(t.TempDir())
	for name, data := range map[string][]byte{
		"s.zip": zipped(t, ok.entries()...), "s.xlsx": xlsx(t, ok.workbook(t)), "s.accdb": db,
	} {
		t.Run(name, func(t *testing.T) {
			for i := range parts {
				if testing.Short() && i%10 != 9 {
					continue
				}
				write(t, name, data[:len(data)*i/parts])
				status, stdout, stderr := run(name)
				said := unwrapped(stdout)
				switch {
				case status == statusInput && stdout == "" && strings.Count(stderr, "\n") == 1 && strings.HasPrefix(stderr, "mhsds: "+name):
				case status == statusIncomplete && stderr == "" && strings.Contains(said, "Incomplete: ") && strings.Contains(said, "Verdict on what was read: "):
				default:
					t.Errorf("after %d of %d bytes: status %d\n%s%s", len(data)*i/parts, len(data), status, stdout, stderr)
				}
			}
		})
	}
}

// Text has no end of its own, and a file of it that is cut at the end of a line
// is whole; a last line that is cut is a row, with a finding unless it is cut
// within its last value. No row before it is lost.
func TestTruncatedText(t *testing.T) {
	ok := valid(t)
	for file, whole := range map[string]string{
		ok.patients(): ok[ok.patients()],
		strings.TrimSuffix(ok.patients(), ".csv") + ".jsonl": ok.jsonLines(t)[strings.TrimSuffix(ok.patients(), ".csv")+".jsonl"],
	} {
		t.Run(file, func(t *testing.T) {
			t.Chdir(t.TempDir())
			s := maps.Clone(ok)
			delete(s, ok.patients())
			columns, text := strings.Count(whole[:strings.Index(whole, "\n")], ","), strings.HasSuffix(file, ".csv")
			for i := 1; i < parts; i++ {
				if testing.Short() && i%10 != 9 {
					continue
				}
				cut := whole[:len(whole)*i/parts]
				s.with(file, cut).folder(t, "s")
				status, stdout, stderr := run("s", "--max-shown", "100")
				last := cut[strings.LastIndexByte(cut, '\n')+1:]
				rows := strings.Count(cut, "\n")
				if text {
					rows--
				}
				if last != "" {
					rows++
				}
				said := unwrapped(stdout)
				if want := fmt.Sprintf(" MHS001MPI %d ", max(rows, 0)); status != statusFindings || stderr != "" || !strings.Contains(said, want) {
					t.Errorf("after %d bytes: status %d, no %q in\n%s%s", len(cut), status, want, stdout, stderr)
				}
				broken := last != "" && rows > 0 && (!text || strings.Count(last, ",") < columns)
				if got := strings.Contains(said, "PRE0101 ") || strings.Contains(said, "PRE0109 "); got != broken {
					t.Errorf("after %d bytes, in the line %q: a finding on the row: %v, want %v", len(cut), last, got, broken)
				}
			}
		})
	}
}

// A full is a disk that has room for so many bytes.
type full struct{ room int }

var errFull = errors.New("no space left on device")

func (f *full) Write(b []byte) (int, error) {
	n := min(len(b), f.room)
	f.room -= n
	if n < len(b) {
		return n, errFull
	}
	return n, nil
}

// A report that cannot be written to its end says so, wherever that happens.
// Reports to files are in hostile.txtar.
func TestFullStdout(t *testing.T) {
	dir := filepath.Join(moduleRoot, "testdata", "submissions", "small-faulty")
	for _, k := range reportKinds() {
		if k.folder || k.file {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			_, whole, _ := run(dir, "--format", k.name)
			if whole == "" {
				t.Fatal("the report is empty")
			}
			for _, room := range []int{0, 1, len(whole) / 2, len(whole) - 1, len(whole)} {
				var stderr bytes.Buffer
				p := &program{stdout: &full{room}, stderr: &stderr}
				status := p.main([]string{dir, "--format", k.name})
				want, says := statusIncomplete, "mhsds: stdout could not be written: no space left on device\n"
				if room == len(whole) {
					want, says = statusFindings, ""
				}
				if status != want || stderr.String() != says {
					t.Errorf("room for %d of %d bytes: status %d, %q; want %d, %q", room, len(whole), status, stderr.String(), want, says)
				}
			}
		})
	}
}

// A run that is stopped leaves no file but those that are whole, whatever it
// reads and whenever it is stopped.
func TestStopped(t *testing.T) {
	ok, db := valid(t), database(t)
	t.Chdir(t.TempDir())
	ok.folder(t, "s")
	ok.jsonLines(t).folder(t, "j")
	write(t, "s.zip", zipped(t, ok.entries()...))
	write(t, "s.xlsx", xlsx(t, ok.workbook(t)))
	write(t, "s.accdb", db)
	stopped := 0
	for _, name := range []string{"s", "j", "s.zip", "s.xlsx", "s.accdb"} {
		for after := time.Duration(0); after < 200*time.Millisecond; after = after*3/2 + 5*time.Millisecond {
			if err := os.Mkdir("out", 0o777); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), after)
			var stdout, stderr bytes.Buffer
			p := &program{stdout: &stdout, stderr: &stderr}
			root := p.root()
			root.SetArgs([]string{"validate", name, "--format", "text", "--format", "json=out/s.json", "--format", "excel=out/s.xlsx", "--format", "national=out/n"})
			err := root.ExecuteContext(ctx)
			cancel()
			var s *statusError
			left := listing(t, "out")
			switch {
			case err == nil: // it was done before
				if left != "n s.json s.xlsx" {
					t.Errorf("%s, %v: there are %q", name, after, left)
				}
			case !errors.As(err, &s) || s.status != statusIncomplete || !strings.HasPrefix(err.Error(), "stopped"):
				t.Errorf("%s, %v: %v", name, after, err)
			default:
				stopped++
				if left != "" {
					t.Errorf("%s, %v: left behind: %s", name, after, left)
				}
			}
			if err := os.RemoveAll("out"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if stopped == 0 {
		t.Error("no run was stopped")
	}
}
