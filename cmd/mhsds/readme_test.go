package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updateReadme = flag.Bool("update-readme", false, "rewrite what the README's commands print")

// TestReadme runs the commands of README.md: in a block that begins with
// ```console, a line "$ mhsds …" and after it exactly what the command prints,
// to stdout and stderr, from the module's root. -update-readme rewrites it.
func TestReadme(t *testing.T) {
	t.Chdir(moduleRoot)
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(data), "```")
	ran := 0
	for i := 1; i < len(blocks); i += 2 {
		block, ok := strings.CutPrefix(blocks[i], "console\n")
		if !ok {
			continue
		}
		var made strings.Builder
		made.WriteString("console\n")
		for line := range strings.Lines(block) {
			command, ok := strings.CutPrefix(line, "$ mhsds ")
			if !ok {
				continue
			}
			made.WriteString(line)
			var out bytes.Buffer
			p := &program{stdout: &out, stderr: &out}
			p.main(strings.Fields(command))
			made.Write(out.Bytes())
			ran++
		}
		if diff := cmp.Diff(made.String(), blocks[i]); diff != "" && !*updateReadme {
			t.Errorf("README.md is not what its command prints (-printed +README); -update-readme rewrites it:\n%s", diff)
		}
		blocks[i] = made.String()
	}
	if ran == 0 {
		t.Error("no command found in README.md")
	}
	if *updateReadme {
		if err := os.WriteFile(filepath.Clean("README.md"), []byte(strings.Join(blocks, "```")), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
