package access

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

// appendFloat appends a floating number of 32 or 64 bits in plain decimal: the
// fewest digits that read back as the same number, never an exponent.
func appendFloat(dst []byte, f float64, size int) []byte {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.AppendInt(dst, int64(f), 10)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, size)
}

// appendShort appends a floating number as appendFloat does, but keeps the
// sign of zero and takes an exponent where there would be a tail of zeros.
func appendShort(dst []byte, f float64, size int) []byte {
	if a := math.Abs(f); a >= 1e-7 && a < 1e21 || f == 0 {
		return strconv.AppendFloat(dst, f, 'f', -1, size)
	}
	return strconv.AppendFloat(dst, f, 'E', -1, size)
}

// appendDecimal appends the number hi*2^64+lo, divided by ten to the scale,
// with as many digits after the point as the scale says.
func appendDecimal(dst []byte, negative bool, hi, lo uint64, scale int) []byte {
	if negative && hi|lo != 0 {
		dst = append(dst, '-')
	}
	var digits [40]byte // 2 to the 128 has 39
	at := len(digits)
	for hi != 0 {
		// Nineteen digits at a time: the greatest power of ten in 64 bits.
		const chunk = 1e19
		q, r := bits.Div64(hi%chunk, lo, chunk)
		hi, lo = hi/chunk, q
		for range 19 {
			at--
			digits[at] = '0' + byte(r%10)
			r /= 10
		}
	}
	whole := digits[at:]
	if lo != 0 {
		var head [20]byte
		front := strconv.AppendUint(head[:0], lo, 10)
		at -= copy(digits[at-len(front):], front)
		whole = digits[at:]
	}
	if len(whole) <= scale {
		dst = append(dst, '0')
	} else {
		dst = append(dst, whole[:len(whole)-scale]...)
		whole = whole[len(whole)-scale:]
	}
	if scale == 0 {
		return dst
	}
	dst = append(dst, '.')
	for range scale - len(whole) {
		dst = append(dst, '0')
	}
	return append(dst, whole...)
}

// appendNumeric appends the 17 bytes of a Numeric: a sign, then 128 bits in
// four words, the most significant first.
func appendNumeric(dst, v []byte, scale int) []byte {
	hi := uint64(le32(v[1:]))<<32 | uint64(le32(v[5:]))
	lo := uint64(le32(v[9:]))<<32 | uint64(le32(v[13:]))
	return appendDecimal(dst, v[0] != 0, hi, lo, scale)
}

// calcNumericFits reports whether v is a Numeric as calculated columns have it:
// a length, the scale, a sign and up to 16 bytes.
func calcNumericFits(v []byte) bool { return len(v) >= 8 }

// appendCalcNumeric appends such a number. Its words are of eight bytes, the
// most significant first; an odd four come before them.
func appendCalcNumeric(dst, v []byte) []byte {
	n := le16(v) - 2
	if n < 0 || n > len(v)-4 {
		n = len(v) - 4
	}
	n = min(n/4*4, 16)
	number := v[4 : 4+n]
	var hi, lo uint64
	if n%8 != 0 {
		lo = uint64(le32(number))
		number = number[4:]
	}
	for ; len(number) > 0; number = number[8:] {
		hi, lo = lo, le64(number)
	}
	return appendDecimal(dst, v[3] != 0, hi, lo, int(v[2]))
}

// appendCurrency appends ten-thousandths with four digits after the point, or
// without the zeros that end them but for the first decimals digits.
func appendCurrency(dst []byte, n int64, decimals int) []byte {
	magnitude := uint64(n)
	if n < 0 {
		magnitude = -magnitude
	}
	dst = appendDecimal(dst, n < 0, 0, magnitude, 4)
	for i := 4; i > decimals && dst[len(dst)-1] == '0'; i-- {
		dst = dst[:len(dst)-1]
	}
	return dst
}

const hexUpper = "0123456789ABCDEF"

// appendGUID appends the 16 bytes as {00112233-4455-6677-8899-AABBCCDDEEFF}.
func appendGUID(dst, v []byte) []byte {
	var b [16]byte
	binary.BigEndian.PutUint32(b[0:], le32(v))
	binary.BigEndian.PutUint16(b[4:], uint16(le16(v[4:])))
	binary.BigEndian.PutUint16(b[6:], uint16(le16(v[6:])))
	copy(b[8:], v[8:16])
	dst = append(dst, '{')
	for i, x := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexUpper[x>>4], hexUpper[x&15])
	}
	return append(dst, '}')
}

// appendHex appends the bytes as 0x0123ab.
func appendHex(dst, v []byte) []byte {
	const hexLower = "0123456789abcdef"
	dst = append(dst, "0x"...)
	for _, x := range v {
		dst = append(dst, hexLower[x>>4], hexLower[x&15])
	}
	return dst
}
