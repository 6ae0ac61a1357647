package main

import (
	"errors"
	"path/filepath"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

func TestLayouts(t *testing.T) {
	rule := &dictionary.Rule{Kind: dictionary.Container, Check: "date_layout"}
	tests := []struct {
		name    string
		details []string
		want    string // "" for none
	}{
		{"none", nil, ""},
		{"one", []string{"6 values, which looks like DD/MM/YYYY"}, "the dates of 1 column look like DD/MM/YYYY, which --date-layout DD/MM/YYYY would read"},
		{"the most frequent", []string{"1 value, which looks like YYYYMMDD", "2 values, which looks like DD.MM.YYYY", "2 values, which looks like DD.MM.YYYY"},
			"the dates of 2 columns look like DD.MM.YYYY, which --date-layout DD.MM.YYYY would read"},
		{"the likelier of equals", []string{"1 value, which looks like MM/DD/YYYY", "2 values, which looks like DD/MM/YYYY"},
			"the dates of 1 column look like DD/MM/YYYY, which --date-layout DD/MM/YYYY would read"},
		{"unknown words", []string{"something else"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := layouts{}
			for _, d := range tt.details {
				l.note(&finding.Finding{Rule: rule, Detail: d})
				l.note(&finding.Finding{Rule: &dictionary.Rule{Kind: dictionary.NotBlank}, Detail: d})
			}
			n, ok := l.notice()
			if n.Text != tt.want || ok != (tt.want != "") {
				t.Errorf("notice %q, %v; want %q", n.Text, ok, tt.want)
			}
		})
	}
}

// What goes wrong while the submission is opened beside other work ends as it
// would without that work.
func TestOpening(t *testing.T) {
	o := open(filepath.Join(t.TempDir(), "nowhere"), ',')
	_, err := o.wait()
	var s *statusError
	if !errors.As(err, &s) || s.status != statusInput {
		t.Errorf("a submission that is not there: %v, want status %d", err, statusInput)
	}
	o.close()

	o = &opening{err: errPanic, done: make(chan struct{})}
	close(o.done)
	if _, err := o.wait(); !errors.As(err, &s) || s.status != statusFault {
		t.Errorf("a panic: %v, want status %d", err, statusFault)
	}
	o.close()
}
