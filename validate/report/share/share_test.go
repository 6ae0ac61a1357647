package share

import "testing"

func TestCounts(t *testing.T) {
	tests := []struct {
		n                        int64
		number, things, json     string // suppressed
		plainNumber, plainThings string
	}{
		{0, "0", "0 rows", "0", "0", "0 rows"},
		{1, "<5", "fewer than 5 rows", "null", "1", "1 row"},
		{4, "<5", "fewer than 5 rows", "null", "4", "4 rows"},
		{5, "5", "5 rows", "5", "5", "5 rows"},
		{7, "5", "5 rows", "5", "7", "7 rows"},
		{8, "10", "10 rows", "10", "8", "8 rows"},
		{12_343, "12,345", "12,345 rows", "12345", "12,343", "12,343 rows"},
		{-1_234, "", "", "", "-1,234", "-1,234 rows"},
	}
	for _, tt := range tests {
		if tt.number != "" {
			c := Counts{Suppress: true}
			if got := c.Number(tt.n); got != tt.number {
				t.Errorf("Number(%d) = %q, want %q", tt.n, got, tt.number)
			}
			if got := c.Things(tt.n, "row"); got != tt.things {
				t.Errorf("Things(%d) = %q, want %q", tt.n, got, tt.things)
			}
			if got := string(c.JSON(nil, tt.n)); got != tt.json {
				t.Errorf("JSON(%d) = %q, want %q", tt.n, got, tt.json)
			}
		}
		var plain Counts
		if got := plain.Number(tt.n); got != tt.plainNumber {
			t.Errorf("unsuppressed Number(%d) = %q, want %q", tt.n, got, tt.plainNumber)
		}
		if got := plain.Things(tt.n, "row"); got != tt.plainThings {
			t.Errorf("unsuppressed Things(%d) = %q, want %q", tt.n, got, tt.plainThings)
		}
	}
}

// What is shown of a sum leaves more than one answer for the part that is
// hidden. The one exception is the convention's own: two hidden parts of 4.
func TestNothingCanBeWorkedOut(t *testing.T) {
	c := Counts{Suppress: true}
	for hidden := int64(1); hidden < least; hidden++ {
		for other := int64(0); other < 60; other++ {
			answers := 0
			for h := int64(1); h < least; h++ {
				for o := int64(0); o < 70; o++ {
					if c.Shown(o) == c.Shown(other) && c.Hidden(o) == c.Hidden(other) &&
						c.Shown(o+h) == c.Shown(other+hidden) && c.Hidden(o+h) == c.Hidden(other+hidden) {
						answers |= 1 << h
					}
				}
			}
			if answers&(answers-1) == 0 && (hidden != 4 || other != 4) {
				t.Errorf("of %d and %d the hidden one can only be one number", hidden, other)
			}
		}
	}
}
