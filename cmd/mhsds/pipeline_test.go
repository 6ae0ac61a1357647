package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A step is a script of a pipeline, and the line of the document on which it
// begins.
type step struct {
	line   int
	script string
}

// steps reads the scripts of a recipe: as much of YAML as a recipe of ours may
// use, and a complaint about anything else.
//
//	key: value          also after "- "
//	- text              with the lines below it that are indented further
//	run: |              lines as they are
//	script: >           lines joined by spaces
func steps(t *testing.T, block string, first int) (list []step) {
	t.Helper()
	lines := strings.Split(strings.TrimRight(block, "\n"), "\n")
	depth := func(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
	entry := regexp.MustCompile(`^(- )?([A-Za-z_-]+):( (.+))?$`)
	below := func(i int) (body []string) {
		for _, line := range lines[i+1:] {
			if strings.TrimSpace(line) != "" && depth(line) <= depth(lines[i]) {
				break
			}
			body = append(body, line)
		}
		return body
	}
	within := "" // the key that a list stands under
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		text := strings.TrimSpace(line)
		if strings.Contains(line, "\t") || depth(line)%2 != 0 {
			t.Errorf("line %d is indented by a tab, or by no multiple of two: %q", first+i, line)
		}
		m := entry.FindStringSubmatch(text)
		switch {
		case m != nil && (m[2] == "run" || m[2] == "script") && m[4] != "":
			script, body := m[4], below(i)
			indent := depth(line) + len(m[1])
			var kept []string
			for len(body) > 0 && depth(body[0]) > indent {
				kept, body = append(kept, body[0]), body[1:]
			}
			switch script {
			case "|", ">":
				if len(kept) == 0 {
					t.Errorf("line %d: nothing below %s", first+i, script)
					continue
				}
				cut := depth(kept[0])
				for k := range kept {
					kept[k] = kept[k][cut:]
				}
				join := "\n"
				if script == ">" {
					join = " "
				}
				list = append(list, step{first + i, strings.Join(kept, join)})
				i += len(kept)
			default:
				list = append(list, step{first + i, script})
			}
		case m != nil:
			if within = m[2]; m[4] != "" {
				within = ""
			}
			if strings.Count(m[4], `"`)%2 != 0 || strings.Count(m[4], "[") != strings.Count(m[4], "]") {
				t.Errorf("line %d does not end what it begins: %q", first+i, line)
			}
		case strings.HasPrefix(text, "- ") && within == "script":
			var rest []string
			for _, b := range below(i) {
				rest = append(rest, strings.TrimSpace(b))
			}
			list = append(list, step{first + i, strings.Join(append([]string{text[2:]}, rest...), " ")})
			i += len(rest)
		default:
			t.Errorf("line %d is none of what a recipe here may have: %q", first+i, line)
		}
	}
	return list
}

// TestPipelines runs the scripts of the recipes in README.md, in their order, in
// a folder of their own, as the runner of each would. The check fails the job,
// the steps after it find what they publish, and nothing is printed that
// identifies anybody.
func TestPipelines(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no shell here in which such scripts run")
	}
	data, err := os.ReadFile(filepath.Join(moduleRoot, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	things := examplesFolder(t)
	submission := filepath.Join(things, "september.zip")
	blocks := strings.Split(string(data), "```")
	ran, line := 0, 1
	for i, block := range blocks {
		begin := line
		line += strings.Count(block, "\n")
		recipe, ok := strings.CutPrefix(block, "yaml\n")
		if i%2 == 0 || !ok {
			continue
		}
		ran++
		before := strings.Split(strings.TrimSpace(blocks[i-1]), "\n\n")
		name, _, _ := strings.Cut(before[len(before)-1], ":")
		t.Run(name, func(t *testing.T) {
			dir, temp := t.TempDir(), t.TempDir()
			env := append(os.Environ(),
				"SUBMISSION="+submission, "KEY=0123456789abcdef0123456789abcdef", "RUNNER_TEMP="+temp, "GITHUB_STEP_SUMMARY="+filepath.Join(temp, "shown.md"))
			if strings.Contains(blocks[i-1], "`MHSDS_FINGERPRINT_KEY`") {
				env = append(env, "MHSDS_FINGERPRINT_KEY="+filepath.Join(things, "our.key"))
			}
			macros := strings.NewReplacer("$(submission)", submission, "$(key.secureFilePath)", filepath.Join(things, "our.key"), "$(System.DefaultWorkingDirectory)", dir)
			checks := 0
			for _, s := range steps(t, recipe, begin+1) {
				cmd := exec.Command(shell, "-e", "-o", "pipefail", "-c", macros.Replace(s.script))
				cmd.Dir, cmd.Env = dir, env
				var stdout, stderr bytes.Buffer
				cmd.Stdout, cmd.Stderr = &stdout, &stderr
				err := cmd.Run()
				var exit *exec.ExitError
				status := 0
				if errors.As(err, &exit) {
					status = exit.ExitCode()
				} else if err != nil {
					t.Fatal(err)
				}
				want := statusClean
				if strings.Contains(s.script, "mhsds \"") {
					checks++
					want = statusFindings
				}
				if status != want || stderr.Len() > 0 {
					t.Errorf("README.md, line %d: status %d, want %d; stderr: %s\n%s", s.line, status, want, stderr.String(), s.script)
				}
				if strings.Contains(stdout.String(), "P000") { // how the identifiers of the small submissions begin
					t.Errorf("README.md, line %d prints an identifier", s.line)
				}
			}
			if checks != 1 {
				t.Errorf("%d steps run the check, want 1", checks)
			}
			// What later steps publish is there, and names no more than it may.
			published := regexp.MustCompile(`(?m)(?:sarif_file: |junit: |testResultsFiles: |paths: \[|DefaultWorkingDirectory\)/)([a-z.]+)`).FindAllStringSubmatch(recipe, -1)
			if len(published) == 0 {
				t.Error("nothing is published")
			}
			for _, m := range published {
				report, err := os.ReadFile(filepath.Join(dir, m[1]))
				if err != nil || len(report) == 0 {
					t.Errorf("%s is published, and was not made (%v)", m[1], err)
				}
				if bytes.Contains(report, []byte("P000")) {
					t.Errorf("%s holds an identifier", m[1])
				}
			}
			if strings.Contains(recipe, "GITHUB_STEP_SUMMARY") {
				if shown, err := os.ReadFile(filepath.Join(temp, "shown.md")); err != nil || !bytes.HasPrefix(shown, []byte("# MHSDS submission")) {
					t.Errorf("the job's summary is %q (%v)", shown, err)
				}
			}
		})
	}
	if ran != 3 {
		t.Errorf("%d recipes in README.md, want 3", ran)
	}
}
