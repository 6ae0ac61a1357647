package bounded

import (
	"errors"
	"io"
	"strings"
	"testing"

	"mhsds/dictionary/frugal"
)

// An endless is a text that comes again and again.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text[e.at:])
	e.at = (e.at + n) % len(e.text)
	return n, nil
}

func TestRead(t *testing.T) {
	const size = 4 << 30
	long := strings.Repeat("x", 1<<20)
	tests := []struct {
		name    string
		in      io.Reader
		records int
		want    error
	}{
		{"whole", strings.NewReader("a,b\n1,2\n"), 2, io.EOF},
		{"many records", io.LimitReader(&endless{text: "a,b\n"}, 4*MaxRecord), MaxRecord, io.EOF},
		{"long records", strings.NewReader(strings.Repeat(`"`+long+"\n"+long+`",`+long+"\n", 5)), 5, io.EOF},
		{"a quote that is lost", io.MultiReader(strings.NewReader("a\n\""), io.LimitReader(&endless{text: "x,y\n"}, size)), 1, ErrLong},
		{"a line without an end", io.MultiReader(strings.NewReader("a\n"), io.LimitReader(&endless{text: "x,y "}, size)), 1, ErrLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			frugal.Check(t, 5*MaxRecord, 20, func() {
				r := NewReader(tt.in)
				r.FieldsPerRecord = -1
				r.ReuseRecord = true
				records, err := 0, error(nil)
				for ; err == nil; records++ {
					_, err = r.Read()
				}
				if records--; records != tt.records || !errors.Is(err, tt.want) {
					t.Errorf("%d records, error %v; want %d, %v", records, err, tt.records, tt.want)
				}
			})
		})
	}
}
