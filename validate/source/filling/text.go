package filling

import (
	"mhsds/validate/batch"
	"mhsds/validate/source"
)

// AppendLF appends LF to a value that begins at begin; a CR before it goes.
func AppendLF(dst []byte, begin int) []byte {
	if n := len(dst); n > begin && dst[n-1] == '\r' {
		dst[n-1] = '\n'
		return dst
	}
	return append(dst, '\n')
}

// Hex returns what a hexadecimal digit stands for, -1 for another character.
func Hex(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10
	}
	return -1
}

// A Pair is a column of a batch that has the same values as another.
type Pair struct{ From, To int }

// Bind says where the values of each of so many columns of a table go, when the
// i-th column of the batch is to have those of bound[i], -1 for none: to a
// column of the batch, or to -1; again are those that want values besides.
func Bind(columns int, bound []int) (to []int, again []Pair) {
	to = make([]int, columns)
	for i := range to {
		to[i] = -1
	}
	for column, from := range bound {
		switch {
		case from < 0:
		case to[from] < 0:
			to[from] = column
		default:
			again = append(again, Pair{to[from], column})
		}
	}
	return to, again
}

// Finish completes a batch of so many rows, which begins in blk: its text is
// the block's and, after that, what was written for it; columns that want the
// values of others get them.
func Finish(blk *source.Block, b *batch.Batch, written []byte, rows int, again []Pair) {
	n := len(blk.Data)
	if len(written) == 0 && cap(blk.Data) >= n+batch.Slack {
		b.Text = blk.Data[:n+batch.Slack]
	} else {
		text := append(blk.Data, written...)
		for range batch.Slack {
			text = append(text, 0)
		}
		blk.Data = text[:n] // with room for the next
		b.Text = text
	}
	b.Lines = b.Lines[:rows]
	b.EndLine = blk.Line
	b.Truncate(rows)
	for _, p := range again {
		from, to := &b.Columns[p.From], &b.Columns[p.To]
		copy(to.Cells, from.Cells)
		to.Odd, to.Padded, to.PaddedRow = from.Odd, from.Padded, from.PaddedRow
	}
}
