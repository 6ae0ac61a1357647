package dictionary

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"not_blank", "in_set", "valid_date", "valid_time", "NHSNumber", "id"}
	tests := []struct{ name, want string }{
		{"not_blank", "not_blank"},
		{"notblank", "not_blank"},
		{"in_est", "in_set"},
		{"valid_tme", "valid_time"},
		{"valid_data", "valid_date"},
		{"nhsnumber", "NHSNumber"},
		{"NHS Number", "NHSNumber"},
		{"di", "id"},
		{"severity", ""},
		{"x", ""},
		{"", ""},
		{strings.Repeat("z", 1<<20), ""},
	}
	for _, tt := range tests {
		if got := Nearest(tt.name, known); got != tt.want {
			t.Errorf("Nearest(%.20q) = %q, want %q", tt.name, got, tt.want)
		}
	}
	if got, want := DidYouMean("inset", known), `; did you mean "in_set"?`; got != want {
		t.Errorf("DidYouMean = %q, want %q", got, want)
	}
	if got := DidYouMean("severity", known); got != "" {
		t.Errorf("DidYouMean of a far name = %q, want nothing", got)
	}
}
