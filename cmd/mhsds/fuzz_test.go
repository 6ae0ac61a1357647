package main

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"mhsds/dictionary/frugal"
)

// FuzzConfig reads any bytes as a configuration: settings, which are shown as
// what can be read again and says the same, or an error of one line.
func FuzzConfig(f *testing.F) {
	for _, s := range []string{
		configTemplate, strings.ReplaceAll(configTemplate, "\n#", "\n"), "", "\ufeff[validate]\n", "[validate]\nprovider = 'RXX'\nfail-on = ['record', 'scope']\njobs = 2\nshow-values = true\n",
		"[scope]\nteams = [\"T\\u00e9\"]\nadult_age = 18\nteam_share = 0.5\n", "[[rule]]\ncode = 'PRE0243'\noff = true\nreason = 'r'\nexpires = 2099-01-31\n",
		"[validate]\njobs = 9223372036854775807\nperiod = 1979-05-27T07:32:00Z\n", "[scope]\nteam_share = nan\n", "[scope]\nadult_age = -1\nteams = [' ']\n", "[[rule]]\n[[rule]]\n", "[validate.x]\n",
		"a.b.c.d = 1\n", "x = " + strings.Repeat("[", 500), "x = " + strings.Repeat("{a=", 200), "\"\\u202e\" = '\x1b'\n", "[validate]\nformat = [[1], {a = 2}]\n", "\x00", "[scope]\nsites = ['a', 1]\n",
	} {
		f.Add([]byte(s))
	}
	dir := f.TempDir()
	read := func(t *testing.T, name string, data []byte) (text string, err error) {
		path := filepath.Join(dir, name)
		write(t, path, data)
		var s settings
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		flags.SetOutput(io.Discard)
		s.define(flags)
		if err := flags.Set("config", path); err != nil {
			t.Fatal(err)
		}
		if err := s.configure(flags); err != nil {
			return "", err
		}
		for _, r := range s.configured.Rule {
			if _, ok := dayOf(r.Expires); !ok {
				return "", errNoDay // said when the rules are known
			}
		}
		_, text, _ = strings.Cut(effective(flags, s.configured, nil), "\n")
		return text, nil
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var shown string
		var err error
		frugal.Check(t, len(data), 2000, func() { shown, err = read(t, "c.toml", data) })
		if err != nil {
			if said := plain(err.Error()); strings.ContainsFunc(said, unicode.IsControl) {
				t.Errorf("error %q is not one line", said)
			}
			return
		}
		again, err := read(t, "again.toml", []byte(shown))
		if err != nil {
			t.Fatalf("what is shown cannot be read: %v\n%s", err, shown)
		}
		shown, again = settled(shown), settled(again)
		if diff := cmp.Diff(shown, again); diff != "" {
			t.Errorf("read again it is another (-first +again):\n%s", diff)
		}
	})
}

var errNoDay = errors.New("no day")

// settled takes off where each setting came from.
func settled(shown string) string {
	var lines []string
	for line := range strings.Lines(shown) {
		line, _, _ = strings.Cut(line, " # ")
		lines = append(lines, strings.TrimSpace(line))
	}
	return strings.Join(lines, "\n")
}
