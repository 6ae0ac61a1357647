package main

import "testing"

// Drives and shares have no folder beside them.
func TestReportForRoots(t *testing.T) {
	tests := []struct{ submission, want string }{
		{`D:\`, `D:\_submission.report.html`},
		{`\\server\share\`, `\\server\share\_submission.report.html`},
		{`\\server\share`, `\\server\share\_submission.report.html`},
		{`\\server\share\a b\september.accdb`, `\\server\share\a b\september.accdb.report.html`},
		{`D:\september`, `D:\september.report.html`},
	}
	for _, tt := range tests {
		got, beside, err := reportFor(tt.submission, `C:\Temp`, func(string) bool { return true })
		if err != nil || !beside || got != tt.want {
			t.Errorf("reportFor(%q) = %q, %v, %v; want %q", tt.submission, got, beside, err, tt.want)
		}
	}
}
