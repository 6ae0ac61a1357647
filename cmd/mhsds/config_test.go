package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"
)

// The template says every key, and says it so that it can be read: with the
// marks taken away it is a configuration of no unknown key.
func TestConfigTemplate(t *testing.T) {
	var lines []string
	for line := range strings.Lines(configTemplate) {
		if strings.HasPrefix(line, "# ") || line == "#grade = \"information\"\n" { // a rule is off or has a grade
			continue
		}
		lines = append(lines, strings.TrimPrefix(line, "#"))
	}
	path := filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o666); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Validate) == 0 || len(c.Scope.Teams) == 0 || len(c.Quality.Scored) == 0 || len(c.Rule) != 1 {
		t.Errorf("the template says %+v", c)
	}
	for _, section := range []string{"", "scope", "quality", "rule"} {
		for _, key := range configKeys(section) {
			if !strings.Contains(configTemplate, "#"+key+" = ") && !strings.Contains(configTemplate, "["+key+"]") {
				t.Errorf("the template does not say %s", key)
			}
		}
	}
	if _, err := toml.Decode(configTemplate, new(configuration)); err != nil {
		t.Errorf("the template as it is written: %v", err)
	}
}

// What is shown can be read again, and says the same.
func TestConfigShown(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "c.toml")
	if err := os.WriteFile(path, []byte("[scope]\nteams = ['a\"\\b', \"é\\u0001\"]\nteam_share = 1\n[quality]\nscored = {DQM05 = 12.5, DQM04 = 0}\nmovement_percent = 10\n[[rule]]\ncode = 'PRE0243'\noff = true\nreason = 'r'\nexpires = '2099-01-31'\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	shown := func(path string) string {
		var s settings
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		s.define(flags)
		if err := flags.Set("config", path); err != nil {
			t.Fatal(err)
		}
		if err := s.configure(flags); err != nil {
			t.Fatal(err)
		}
		text := effective(flags, s.configured, nil)
		_, text, _ = strings.Cut(text, "[scope]")
		return text
	}
	first := shown(path)
	again := filepath.Join(dir, "again.toml")
	if err := os.WriteFile(again, []byte("[scope]"+first), 0o666); err != nil {
		t.Fatal(err)
	}
	if second := shown(again); second != first {
		t.Errorf("read again it is\n%s\nwant\n%s", second, first)
	}
	if !strings.Contains(first, "movement_percent = 10.0\nmovement_least = 20\n[quality.scored]\n\"DQM04\" = 0.0\n\"DQM05\" = 12.5\n") {
		t.Errorf("quality is shown as %s", first)
	}
	if !strings.Contains(first, `teams = ["a\"\\b", "é\U00000001"]`) {
		t.Errorf("shown as %s", first)
	}
}
