package wording

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain é 漢", "plain é 漢"},
		{"\x1b]0;title\x07", `\x1b]0;title\a`},
		{"a\r\nb\tc\x00", `a\r\nb\tc\x00`},
		{"\u009b31m", `\u009b31m`},
		{"\u202eabc\u200b\u00a0", `\u202eabc\u200b\u00a0`},
		{"\xff\xc3", `\xff\xc3`},
	}
	for _, tt := range tests {
		if got := Clean(tt.in); got != tt.want {
			t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b[31m\xff\u009b\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, odd) {
			t.Errorf("Clean(%q) = %q", s, got)
		}
	})
}
