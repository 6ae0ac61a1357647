package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"mhsds/dictionary"
	"mhsds/dictionary/sheets"
	"mhsds/validate/compare"
)

// With nothing asked nobody looks at the rows; an earlier result without
// counts costs no look at them either.
func TestCounted(t *testing.T) {
	d, err := sheets.Read(os.DirFS(filepath.Join(moduleRoot, "dictionary", "v6.0")))
	if err != nil {
		t.Fatal(err)
	}
	published := filepath.Join(t.TempDir(), "p.csv")
	if err := os.WriteFile(published, []byte("REPORTING_PERIOD_START,ORGANISATION_CODE,TABLE_NAME,COVERAGE_COUNT\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	result := func(measures string) *compare.Result {
		return &compare.Result{Head: compare.Head{Name: "r"}, Summary: []byte(`{"tables":[],"measures":` + measures + `}`)}
	}
	for _, tt := range []struct {
		name     string
		args     []string
		previous *compare.Result
		counter  bool
		looks    bool // at rows
	}{
		{"nothing", nil, nil, false, false},
		{"quality", []string{"--quality"}, nil, true, true},
		{"published", []string{"--published", published}, nil, true, true},
		{"previous without counts", nil, result("null"), true, false},
		{"previous with counts", nil, result(`[{"id":"X","carried_forward":1,"why":null}]`), true, true},
		{"previous without counts, and quality", []string{"--quality"}, result("null"), true, true},
	} {
		var s settings
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		s.define(flags)
		if err := flags.Parse(append(tt.args, "--config=")); err != nil {
			t.Fatal(err)
		}
		if err := s.configure(flags); err != nil {
			t.Fatal(err)
		}
		c, err := s.counter(tt.previous)
		if err != nil || (c != nil) != tt.counter {
			t.Errorf("%s: counter %v (%v), want one: %v", tt.name, c, err, tt.counter)
			continue
		}
		looks := false
		if c != nil {
			if err := c.Bind(d); err != nil {
				t.Fatal(err)
			}
			for i := range d.Tables {
				looks = looks || c.Wants(i)
			}
		}
		if looks != tt.looks || s.counted != tt.looks {
			t.Errorf("%s: looks at rows: %v, counts: %v, want %v", tt.name, looks, s.counted, tt.looks)
		}
		for i := range d.Rules {
			r := &d.Rules[i]
			want := tt.looks
			switch {
			case r.Kind == dictionary.Movement:
				want = tt.previous != nil || strings.HasPrefix(tt.name, "published")
			case !r.OfForm():
				continue
			}
			if s.judged(r) != want {
				t.Errorf("%s: rule %s is judged: %v, want %v", tt.name, r.Code, !want, want)
			}
		}
	}
}
