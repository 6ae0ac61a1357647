package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A fakeDesktop remembers what it was asked for.
type fakeDesktop struct {
	shown  []string
	waited int
	said   func() string // all that the program has said so far
	last   string        // what had been said when it waited
	fail   error
}

func (f *fakeDesktop) desktop(temp string) desktop {
	return desktop{
		show: func(file string) error { f.shown = append(f.shown, file); return f.fail },
		wait: func() { f.waited++; f.last = f.said() },
		temp: temp,
	}
}

func TestExplorer(t *testing.T) {
	root, err := filepath.Abs(moduleRoot)
	if err != nil {
		t.Fatal(err)
	}
	month := filepath.Join(t.TempDir(), "a month & more")
	if err := os.CopyFS(month, os.DirFS(filepath.Join(root, "cmd/mhsds/testdata/readme/september"))); err != nil {
		t.Fatal(err)
	}
	report := month + ".report.html"
	tests := []struct {
		name   string
		args   []string
		before string // what stands in the report's place
		fail   error  // of opening the report
		status int
		report bool // one is written and shown
		say    []string
		tell   string // said when reports can be written
	}{
		{"a submission", []string{month}, "", nil, statusFindings, true, []string{"Verdict: accepted with rejections"}, "the report is " + report},
		{"over an earlier report", []string{month}, "old", nil, statusFindings, true, []string{"Verdict: "}, "the report is " + report},
		{"no program for the report", []string{month}, "", errors.New("no such thing"), statusFindings, true, []string{"Verdict: "}, "open it from its folder"},
		{"no submission", []string{filepath.Join(month, "MHS000Header.csv")}, "", nil, statusInput, false, []string{"a submission is the folder"}, ""},
		{"two files", []string{month, filepath.Join(month, "MHS000Header.csv")}, "", nil, statusUsage, false, []string{"one submission at a time", "drop the folder"}, ""},
		{"a click", nil, "", nil, statusUsage, false, []string{"drop a submission on the program's icon"}, ""},
		{"a shortcut with flags", []string{"--fail-on", "never", month}, "", nil, statusClean, false, []string{"Verdict: "}, ""},
		{"a shortcut to a command", []string{"version"}, "", nil, statusClean, false, []string{"mhsds "}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			os.Remove(report)
			if tt.before != "" {
				if err := os.WriteFile(report, []byte(tt.before), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			var out bytes.Buffer
			f := &fakeDesktop{said: out.String, fail: tt.fail}
			p := &program{stdout: &out, stderr: &out}
			if got := p.explorer(tt.args, f.desktop(t.TempDir())); got != tt.status {
				t.Errorf("status %d, want %d", got, tt.status)
			}
			if f.waited != 1 || !strings.HasSuffix(f.last, "Press any key to close this window.\n") {
				t.Errorf("waited %d times; the last words were %q", f.waited, f.last)
			}
			if reportBuilt("html") {
				tt.say = append(tt.say, tt.tell)
			}
			for _, want := range tt.say {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q was not said:\n%s", want, out.String())
				}
			}
			want := tt.report && reportBuilt("html")
			if shown := len(f.shown) == 1 && f.shown[0] == report; shown != want {
				t.Errorf("shown: %q; want the report: %v", f.shown, want)
			}
			data, err := os.ReadFile(report)
			if want && (err != nil || !bytes.HasPrefix(data, []byte("<!"))) {
				t.Errorf("no report in its place: %v, %.20q", err, data)
			}
			if !want && tt.before == "" && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a report was written: %v", err)
			}
		})
	}
}

func TestReportFor(t *testing.T) {
	dir := t.TempDir()
	temp := filepath.Join(dir, "temp")
	tests := []struct {
		submission string
		writable   bool
		want       string
		beside     bool
	}{
		{filepath.Join(dir, "a b", "september.accdb"), true, filepath.Join(dir, "a b", "september.accdb.report.html"), true},
		{filepath.Join(dir, "september") + string(filepath.Separator), true, filepath.Join(dir, "september.report.html"), true},
		{filepath.Join(dir, "september.zip"), false, filepath.Join(temp, "september.zip.report.html"), false},
		{filepath.VolumeName(dir) + string(filepath.Separator), true, filepath.VolumeName(dir) + string(filepath.Separator) + "_submission.report.html", true},
		{filepath.VolumeName(dir) + string(filepath.Separator), false, filepath.Join(temp, "_submission.report.html"), false},
	}
	for _, tt := range tests {
		asked := ""
		got, beside, err := reportFor(tt.submission, temp, func(d string) bool { asked = d; return tt.writable })
		if err != nil || got != tt.want || beside != tt.beside {
			t.Errorf("reportFor(%q), writable %v: %q, %v, %v; want %q, %v", tt.submission, tt.writable, got, beside, err, tt.want, tt.beside)
		}
		if want := filepath.Dir(filepath.Clean(tt.submission)); asked != want {
			t.Errorf("reportFor(%q) asked about %q, not %q", tt.submission, asked, want)
		}
	}
}

func TestWritable(t *testing.T) {
	dir := t.TempDir()
	if !writable(dir) {
		t.Error("a folder of our own is not writable")
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 0 {
		t.Errorf("the trial left %v behind, %v", names, err)
	}
	if writable(filepath.Join(dir, "nowhere")) {
		t.Error("a folder that is not there is writable")
	}
}
