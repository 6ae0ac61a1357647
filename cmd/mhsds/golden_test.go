package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden holds whole reports on the small submissions against the files in
// testdata/golden. After a change that is meant, -update rewrites them; read
// the difference.
func TestGolden(t *testing.T) {
	tests := []struct {
		golden string
		status int
		args   []string
	}{
		{"small-faulty.txt", statusFindings, []string{"small-faulty"}},
		{"small-faulty-values.txt", statusFindings, []string{"small-faulty", "--show-values", "--max-shown", "2"}},
		{"small-faulty.json", statusFindings, []string{"small-faulty", "--format", "json"}},
		{"small-faulty.jsonl", statusFindings, []string{"small-faulty", "--format", "jsonl"}},
		{"small-faulty.sarif", statusFindings, []string{"small-faulty", "--format", "sarif"}},
		{"small-faulty.junit.xml", statusFindings, []string{"small-faulty", "--format", "junit"}},
		{"small-faulty.tap", statusFindings, []string{"small-faulty", "--format", "tap"}},
		{"small-faulty.github", statusFindings, []string{"small-faulty", "--format", "github"}},
		{"small-faulty.md", statusFindings, []string{"small-faulty", "--format", "markdown"}},
		{"small-faulty-shared.txt", statusFindings, []string{"small-faulty", "--share"}},
		{"small-faulty-shared.json", statusFindings, []string{"small-faulty", "--share", "--format", "json"}},
		{"small-faulty-quality.txt", statusFindings, []string{"small-faulty", "--quality"}},
		{"small-faulty-quality.json", statusFindings, []string{"small-faulty", "--quality", "--format", "json"}},
		{"small-faulty-quality-shared.txt", statusFindings, []string{"small-faulty", "--quality", "--share"}},
		{"small-faulty-reject.txt", statusFindings, []string{"small-faulty-reject"}},
		{"small-valid.txt", statusClean, []string{"small-valid", "--verbose"}},
		{"small-valid.jsonl", statusClean, []string{"small-valid", "--format", "jsonl"}},
	}
	for _, tt := range tests {
		t.Run(tt.golden, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			p := &program{stdout: &stdout, stderr: &stderr}
			args := append([]string{filepath.Join(moduleRoot, "testdata", "submissions", tt.args[0])}, tt.args[1:]...)
			if got := p.main(args); got != tt.status {
				t.Errorf("exit status %d, want %d; stderr: %s", got, tt.status, stderr.String())
			}
			golden := filepath.Join("testdata", "golden", tt.golden)
			if *update {
				if err := os.MkdirAll(filepath.Dir(golden), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, stdout.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), stdout.String()); diff != "" {
				t.Errorf("the report differs from %s (-want +got); -update rewrites it:\n%s", golden, diff)
			}
		})
	}
}
