package check

import (
	"slices"

	"mhsds/validate/batch"
)

// Materialize turns column col from stamps into text, in the form of
// batch.Append, at the end of b.Text. It may move b.Text: read it again
// afterwards. Days that the column already has are kept. A column of text is
// left as it is.
func Materialize(b *batch.Batch, col int) {
	c := &b.Columns[col]
	if !c.Typed() {
		return
	}
	text := cut(b.Text)
	for row := range c.Stamps {
		off := len(text)
		text = b.Append(text, col, row)
		c.Cells[row] = batch.MakeCell(off, len(text)-off)
	}
	c.Stamps = c.Stamps[:0]
	b.Text = spare(text)
}

// PadDigits puts zeros before the values of column col that are digits only
// and fewer than width, for numbers that were stored as numbers. The longer
// values are written at the end of b.Text. It may move b.Text: read it again
// afterwards.
func PadDigits(b *batch.Batch, col, width int) {
	c := &b.Columns[col]
	text := b.Text
	padded := false
	for row, cell := range c.Cells {
		n := cell.Len()
		if n == 0 || n >= width || !digits(value(text, cell)) {
			continue
		}
		if !padded {
			text, padded = cut(text), true
		}
		off := len(text)
		text = slices.Grow(text, width)[:off+width]
		zero := text[off : off+width-n]
		for i := range zero {
			zero[i] = '0'
		}
		copy(text[off+width-n:], value(text, cell))
		c.Cells[row] = batch.MakeCell(off, width)
	}
	if padded {
		b.Text = spare(text)
	}
}

// cut takes the spare bytes from the end of a batch's text.
func cut(text []byte) []byte { return text[:max(0, len(text)-batch.Slack)] }

// spare puts them back.
func spare(text []byte) []byte {
	return append(text, make([]byte, batch.Slack)...)
}
