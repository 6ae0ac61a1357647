package access

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// A text is UTF-16LE, or begins with FF FE and is compressed: one byte a
// character, of U+0001 to U+00FF, until a zero byte, pairs of bytes until the
// next, and so on.
const compressedMark = 0xfeff

// appendText appends the value as UTF-8. Half a surrogate pair becomes U+FFFD,
// an odd byte at the end is dropped.
func appendText(dst, v []byte) []byte {
	packed, marked := false, false
	if len(v) >= 2 && le16(v) == compressedMark {
		packed, marked = true, true
		v = v[2:]
	}
	high := rune(0) // the first half of a surrogate pair, if one was met
	for len(v) > 0 {
		if marked && v[0] == 0 {
			packed = !packed
			v = v[1:]
			continue
		}
		var u rune
		switch {
		case packed:
			u = rune(v[0])
			v = v[1:]
		case len(v) >= 2:
			u = rune(le16(v))
			v = v[2:]
		default:
			v = nil
			continue
		}
		if high != 0 {
			if r := utf16.DecodeRune(high, u); r != utf8.RuneError {
				dst = utf8.AppendRune(dst, r)
				high = 0
				continue
			}
			dst = utf8.AppendRune(dst, utf8.RuneError)
			high = 0
		}
		if u >= 0xd800 && u < 0xdc00 {
			high = u
			continue
		}
		dst = utf8.AppendRune(dst, u) // a second half alone becomes U+FFFD
	}
	if high != 0 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	return dst
}

// Eight bytes at a time: a byte is ordinary from 0x20 to 0x7e.
const (
	lows   = 0x0101010101010101
	highs  = 0x8080808080808080
	blanks = 0x2020202020202020
)

// strange returns a word that is 0 when all eight bytes of w are ordinary.
func strange(w uint64) uint64 {
	return (w | (w + lows) | ((w - blanks) &^ w)) & highs
}

// ordinary reports whether the n bytes from off on are ordinary. Seven bytes
// past them must be readable.
func ordinary(b []byte, off, n int) bool {
	b = b[off:]
	for ; n >= 32; n -= 32 {
		w := b[:32]
		if strange(binary.LittleEndian.Uint64(w))|strange(binary.LittleEndian.Uint64(w[8:]))|
			strange(binary.LittleEndian.Uint64(w[16:]))|strange(binary.LittleEndian.Uint64(w[24:])) != 0 {
			return false
		}
		b = b[32:]
	}
	for ; n >= 8; n -= 8 {
		if strange(binary.LittleEndian.Uint64(b)) != 0 {
			return false
		}
		b = b[8:]
	}
	return strange(ending(binary.LittleEndian.Uint64(b), n)) == 0
}

// ending returns the first n of w's eight bytes, moved up, below them blanks.
func ending(w uint64, n int) uint64 {
	return w<<(64-8*uint(n)) | blanks>>(8*uint(n))
}

// narrow copies n characters of UTF-16LE from b[src:] to b[dst:], one byte
// each, and reports whether all were ordinary; if not, what it wrote means
// nothing. Seven bytes past both must be readable, and those past dst are
// overwritten.
func narrow(b []byte, dst, src, n int) bool {
	in, out := b[src:], b[dst:]
	for ; n > 0; n -= 4 {
		w := binary.LittleEndian.Uint64(in)
		if n < 4 {
			shift := uint(64 - 16*n)
			w = w<<shift>>shift | 0x0020002000200020<<(16*uint(n))
		}
		if w&0xff80ff80ff80ff80 != 0 {
			return false
		}
		w = (w | w>>8) & 0x0000ffff0000ffff
		w |= w >> 16
		if strange(w&0xffffffff|blanks&^0xffffffff) != 0 {
			return false
		}
		binary.LittleEndian.PutUint32(out, uint32(w))
		if n <= 4 {
			return true
		}
		in, out = in[8:], out[4:]
	}
	return true
}
