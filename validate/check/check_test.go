package check

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mhsds/validate/batch"
)

// column lays values out with a byte that belongs to none before each, the
// last one against the slack, and returns the text and the column. The offsets
// of blank cells are those that a source may leave there, up to the end of the
// slack, and one that none should.
func column(values ...string) ([]byte, *batch.Column) {
	c := new(batch.Column)
	var text []byte
	for i, v := range values {
		text = append(text, '7')
		cell := batch.MakeCell(len(text), len(v))
		if v == "" {
			cell = [...]batch.Cell{0, cell, batch.MakeCell(0, 0), batch.MakeCell(1<<31, 0)}[i/2%4]
		}
		c.Cells = append(c.Cells, cell)
		text = append(text, v...)
		c.Odd = c.Odd || odd(v)
	}
	text = append(text, "7-:77777"[:batch.Slack]...)
	for i, v := range values {
		if v == "" && i%2 == 0 {
			c.Cells[i] = batch.MakeCell(max(0, len(text)-i/2%(batch.Slack+4)), 0)
		}
	}
	return text, c
}

// odd is what a source says in Column.Odd.
func odd(v string) bool {
	return strings.ContainsFunc(v, func(r rune) bool { return r >= 0x80 || r == '\n' || r == '\r' })
}

// parseRows reads rows divided by |; a trailing ! means that the row must be
// marked.
func parseRows(rows string) (text []byte, c *batch.Column, want batch.Mask) {
	values := strings.Split(rows, "|")
	want = batch.NewMask(len(values))
	for i, v := range values {
		if strings.HasSuffix(v, "!") {
			values[i] = v[:len(v)-1]
			want.Set(i)
		}
	}
	text, c = column(values...)
	return text, c, want
}

// marked lists the rows of a mask.
func marked(m batch.Mask) []int {
	rows := []int{}
	for r := range m.Rows {
		rows = append(rows, r)
	}
	return rows
}

// checkRows runs a kernel over the rows and compares what it marks.
func checkRows(t *testing.T, rows string, kernel func(text []byte, c *batch.Column, fail batch.Mask)) {
	t.Helper()
	text, c, want := parseRows(rows)
	got := batch.NewMask(len(c.Cells))
	kernel(text, c, got)
	if !got.Equal(want) {
		t.Errorf("rows %q: marked %v, want %v", rows, marked(got), marked(want))
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// someNHSNumber makes a number of the range kept for tests.
func someNHSNumber(r *rand.Rand) string {
	for {
		v := fmt.Sprintf("999%06d", r.IntN(1e6))
		sum := 0
		for i := range 9 {
			sum += int(v[i]-'0') * (10 - i)
		}
		if check := (11 - sum%11) % 11; check < 10 {
			return v + string(rune('0'+check))
		}
	}
}

// concept completes an identifier: item, partition, check digit.
func concept(item, partition string) string {
	for d := '0'; d <= '9'; d++ {
		if v := item + partition + string(d); slowVerhoeff(v) {
			return v
		}
	}
	panic("no check digit fits")
}

// slowVerhoeff checks the digit by the group itself: the symmetries of a
// pentagon as permutations of its corners.
func slowVerhoeff(v string) bool {
	symmetry := func(d int) (p [5]int) {
		for corner := range p {
			if d < 5 {
				p[corner] = (d + corner) % 5
			} else {
				p[corner] = (d - corner + 5) % 5
			}
		}
		return p
	}
	permutation := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	at := symmetry(0)
	for i := range len(v) {
		d := int(v[len(v)-1-i] - '0')
		for range i % 8 {
			d = permutation[d]
		}
		// The product is at after the symmetry of d.
		p, next := symmetry(d), [5]int{}
		for corner := range next {
			next[corner] = at[p[corner]]
		}
		at = next
	}
	return at == symmetry(0)
}
