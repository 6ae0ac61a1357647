package check

import "mhsds/validate/batch"

// A held is a value that a loop will look at: its offset in the upper 32 bits,
// in the lower its row within the word of the mask.
type held uint64

func (h held) offset() int { return int(h >> 32) }
func (h held) row() int    { return int(h & 63) }

// maxLen is above the length of any value.
const maxLen = 1 << 32

// hold puts up to 64 cells of lo to hi bytes into list, in order, and returns
// how many they are and the rows of the other cells that are not blank. A loop
// that has much to do for a value is then not kept from it by blank rows, and
// has no need to ask for its length.
func hold(cells []batch.Cell, lo, hi int, list *[64]held) (n int, others uint64) {
	blank, span := 0, uint(hi-lo)
	for i, cell := range cells {
		size := cell.Len()
		list[n&63] = held(cell) - held(size) + held(i)
		if uint(size-lo) <= span {
			n++
		}
		if size == 0 {
			blank++
		}
	}
	if n+blank != len(cells) {
		for i, cell := range cells {
			if size := cell.Len(); size != 0 && (size < lo || size > hi) {
				others |= 1 << (i & 63)
			}
		}
	}
	return n, others
}
