package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

// TestStatus has a command for every clause of the table of exit statuses in
// CLI.md, each with what it says on stderr. An interrupt while a run goes on is
// TestInterrupt's; a panic below is TestPanicIsOurFault's.
func TestStatus(t *testing.T) {
	faulty, rejected := filepath.Join(moduleRoot, "testdata", "submissions", "small-faulty"), filepath.Join(moduleRoot, "testdata", "submissions", "small-faulty-reject")
	valid, scenario := filepath.Join(moduleRoot, "testdata", "submissions", "small-valid"), filepath.Join(moduleRoot, "testdata", "submissions", "scope-scenario")
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	put := func(name, text string) string {
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	encrypted := at("encrypted.zip")
	f, err := os.Create(encrypted)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(f)
	if _, err := w.CreateHeader(&zip.FileHeader{Name: "MHS000Header.csv", Flags: 1}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	damaged := at("damaged.accdb")
	things := examplesFolder(t)
	data, err := os.ReadFile(filepath.Join(things, "september.accdb"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged, data[:1_200_000], 0o666); err != nil {
		t.Fatal(err)
	}
	put("headed/MHS000Header.csv", "DatSetVer\n")
	put("other/people.csv", "a,b\n1,2\n")
	put("bad.toml", "[validate]\nfail-onn = 1\n")

	tests := []struct {
		clause string
		status int
		args   []string
		says   string // on stderr, "" for nothing of ours
	}{
		{"nothing in --fail-on", 0, []string{valid}, ""},
		{"findings, but none of the level", 0, []string{faulty, "--fail-on", "file"}, ""},
		{"findings, and never", 0, []string{rejected, "--fail-on", "never"}, ""},
		{"scope, but not asked for", 0, []string{scenario, "--fail-on", "record"}, ""},

		{"findings of the default level", 1, []string{faulty}, ""},
		{"a level includes those above it", 1, []string{rejected, "--fail-on", "record"}, ""},
		{"file", 1, []string{rejected, "--fail-on", "file"}, ""},
		{"group", 1, []string{faulty, "--fail-on", "group"}, ""},
		{"warning", 1, []string{valid, "--fail-on", "warning", "--reference", "organisations=" + put("etr.csv", `RXX,"SYNTHETIC, TRUST",,,,,,,,,20010401,,A,,,,,,,,,,,,,,`+"\n")}, ""},
		{"scope", 1, []string{scenario, "--fail-on", "scope"}, ""},
		{"recognised tables without rows are a submission: rejected as a file", 1, []string{at("headed")}, ""},

		{"an unknown flag", 2, []string{faulty, "--fail-onn", "never"}, "has no flag --fail-onn; did you mean --fail-on"},
		{"an unknown command", 2, []string{"vaildate"}, "neither a command nor a file"},
		{"no command at all", 2, []string{}, "Usage:"},
		{"an unknown level", 2, []string{faulty, "--fail-on", "recrod"}, `did you mean "record"`},
		{"a configuration that is wrong", 2, []string{faulty, "--config", at("bad.toml")}, "validate.fail-onn is no flag"},
		{"an unknown report", 2, []string{faulty, "--format", "htlm"}, `"htlm" is not a report`},
		{"an unknown rule", 2, []string{"explain", "MHS99999"}, "MHS99999"},

		{"the input is not there", 3, []string{at("nowhere.accdb")}, "no such file"},
		{"the input is no submission", 3, []string{at("other")}, "not a submission"},
		{"the input is encrypted", 3, []string{encrypted}, "is encrypted"},
		{"an earlier result that is none", 3, []string{faulty, "--previous", put("no.jsonl", "{}\n")}, "no.jsonl"},

		{"damaged, but partly readable", 4, []string{damaged, "--fail-on", "never"}, ""},
		{"it outranks 1", 4, []string{damaged}, ""},
	}
	if runtime.GOOS == "linux" {
		tests = append(tests, struct {
			clause string
			status int
			args   []string
			says   string
		}{"out of room", 4, []string{faulty, "--format", "jsonl=/dev/full"}, "no space left on device"})
	}
	seen := map[int]bool{statusFault: true} // TestPanicIsOurFault, TestStatusOrder
	for _, tt := range tests {
		seen[tt.status] = true
		t.Run(tt.clause, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			p := &program{stdout: &stdout, stderr: &stderr}
			if got := p.main(tt.args); got != tt.status {
				t.Errorf("%v: status %d, want %d; stderr: %s", tt.args, got, tt.status, stderr.String())
			}
			if !strings.Contains(stderr.String(), tt.says) || tt.says == "" && tt.status < 2 && stderr.Len() > 0 {
				t.Errorf("%v says %q, want %q", tt.args, stderr.String(), tt.says)
			}
		})
	}
	for status := statusClean; status <= statusFault; status++ {
		if !seen[status] {
			t.Errorf("no clause of status %d", status)
		}
	}
}

// How a run has ended is one status: a fault of ours before all, then what was
// not read, then findings.
func TestStatusOrder(t *testing.T) {
	d := &dictionary.Dictionary{}
	reject := &dictionary.Rule{Code: "T1", Severity: dictionary.RejectRecord, Status: dictionary.Both}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name   string
		ctx    context.Context
		change func(*finding.Summary)
		err    error
		want   int
	}{
		{"clean", t.Context(), func(*finding.Summary) {}, nil, statusClean},
		{"findings", t.Context(), func(s *finding.Summary) { s.Rules = []finding.RuleCount{{Rule: reject, Count: 1}} }, nil, statusFindings},
		{"findings of nothing", t.Context(), func(s *finding.Summary) { s.Rules = []finding.RuleCount{{Rule: reject}} }, nil, statusClean},
		{"incomplete outranks findings", t.Context(), func(s *finding.Summary) {
			s.Rules, s.Incomplete = []finding.RuleCount{{Rule: reject, Count: 1}}, []string{"a table was not read"}
		}, nil, statusIncomplete},
		{"cancelled outranks findings", gone, func(s *finding.Summary) { s.Rules = []finding.RuleCount{{Rule: reject, Count: 1}} }, nil, statusIncomplete},
		{"late", gone, func(*finding.Summary) {}, errLate, statusIncomplete},
		{"a second opinion that differs is a fault of ours", t.Context(), func(s *finding.Summary) {
			s.DisagreementCount, s.Disagreements = 1, []string{"T1, row 3"}
			s.Rules, s.Incomplete = []finding.RuleCount{{Rule: reject, Count: 1}}, []string{"a table was not read"}
		}, nil, statusFault},
		{"a panic", t.Context(), func(*finding.Summary) {}, errPanic, statusFault},
		{"a table that cannot be opened", t.Context(), func(*finding.Summary) {}, errors.New("T.csv: permission denied"), statusInput},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &program{stdout: io.Discard, stderr: io.Discard}
			sum := &finding.Summary{Verdict: finding.Accepted}
			tt.change(sum)
			fail, err := parseFailOn([]string{"record", "scope"})
			if err != nil {
				t.Fatal(err)
			}
			s := &settings{delimiter: ",", configured: &configuration{}}
			outputs, err := parseOutputs(nil)
			if err != nil {
				t.Fatal(err)
			}
			out, err := p.openOutputs(outputs, s, d)
			if err != nil {
				t.Fatal(err)
			}
			defer out.abandon()
			err = p.finish(tt.ctx, s, "month", d, false, out, sum, nil, tt.err, fail, time.Now())
			got := statusClean
			var ended *statusError
			if errors.As(err, &ended) {
				got = ended.status
			} else if err != nil {
				t.Fatalf("an error without status: %v", err)
			}
			if got != tt.want {
				t.Errorf("status %d (%v), want %d", got, err, tt.want)
			}
		})
	}
}
