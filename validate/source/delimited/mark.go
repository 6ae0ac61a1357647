package delimited

import "encoding/binary"

// Eight bytes of a kind.
const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// mark sets bit i%64 of marks[i/64] if byte i of data may be more than a plain
// character of a value: if it is below 0x2d, at or above 0x7f, or the
// delimiter. It may set the bit of a byte that follows one of these, and the
// bits past the end mean nothing. It reads data to the end of the last word,
// so that there must be capacity for it.
func mark(marks []uint64, data []byte, delim byte) {
	data = data[:64*len(marks)]
	if delim < 0x2d {
		for i := range marks {
			c := (*[64]byte)(data[64*i:])
			marks[i] = low(c[0:]) | low(c[8:])<<8 | low(c[16:])<<16 | low(c[24:])<<24 |
				low(c[32:])<<32 | low(c[40:])<<40 | low(c[48:])<<48 | low(c[56:])<<56
		}
		return
	}
	d := uint64(delim) * ones
	for i := range marks {
		c := (*[64]byte)(data[64*i:])
		marks[i] = either(c[0:], d) | either(c[8:], d)<<8 | either(c[16:], d)<<16 | either(c[24:], d)<<24 |
			either(c[32:], d)<<32 | either(c[40:], d)<<40 | either(c[48:], d)<<48 | either(c[56:], d)<<56
	}
}

func low(c []byte) uint64 {
	w := binary.LittleEndian.Uint64(c)
	return gather((w - 0x2d*ones) | (w + ones))
}

func either(c []byte, d uint64) uint64 {
	w := binary.LittleEndian.Uint64(c)
	x := w ^ d
	return gather((w - 0x2d*ones) | (w + ones) | (x-ones)&^x)
}

// gather returns the high bits of the eight bytes of w as one byte, the lowest
// first.
func gather(w uint64) uint64 {
	return (w & highs) * 0x0002040810204081 >> 56
}
