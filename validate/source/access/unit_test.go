package access

import (
	"encoding/binary"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestDecimal holds appendDecimal against math/big.
func TestDecimal(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 20000 {
		hi, lo := r.Uint64()>>r.IntN(64), r.Uint64()>>r.IntN(64)
		switch i % 4 {
		case 0:
			hi = 0
		case 1:
			lo = 0
		case 2:
			hi, lo = ^uint64(0)<<r.IntN(64), ^uint64(0)
		}
		scale := r.IntN(45)
		n := new(big.Int).Lsh(new(big.Int).SetUint64(hi), 64)
		n.Add(n, new(big.Int).SetUint64(lo))
		want := n.String()
		if scale > 0 {
			if len(want) <= scale {
				want = strings.Repeat("0", scale-len(want)+1) + want
			}
			want = want[:len(want)-scale] + "." + want[len(want)-scale:]
		}
		if got := string(appendDecimal(nil, false, hi, lo, scale)); got != want {
			t.Fatalf("appendDecimal(%d, %d, %d) = %s, want %s", hi, lo, scale, got, want)
		}
	}
}

// TestFastText holds the fast ways through a text against the slow one, for
// values of all lengths that differ from plain ones in one place.
func TestFastText(t *testing.T) {
	for n := range 70 {
		for at := -1; at < n; at++ {
			for _, odd := range []byte{0x00, 0x01, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0xe9, 0xff} {
				v := []byte(strings.Repeat("a~ ", 30)[:n])
				if at >= 0 {
					v[at] = odd
				}
				want := true
				for _, x := range v {
					want = want && x >= 0x20 && x < 0x7f
				}
				// What lies around a value must not matter.
				b := append(append([]byte{0, 0xff, 0}, v...), 0, 1, 0x80, 0xff, 0, 1, 0x80, 0xff)
				if got := ordinary(b, 3, n); got != want {
					t.Fatalf("ordinary(%q) = %v, want %v", v, got, want)
				}
				wideB := []byte{0x80}
				for _, x := range v {
					wideB = append(wideB, x, 0)
				}
				from := len(wideB)
				wideB = append(wideB, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
				wideB = append(wideB, make([]byte, n+8)...)
				if got := narrow(wideB, from+8, 1, n); got != want || want && string(wideB[from+8:from+8+n]) != string(v) {
					t.Fatalf("narrow(%q) = %v, %q, want %v", v, got, wideB[from+8:from+8+n], want)
				}
			}
		}
	}
	// The upper byte of a character counts.
	for n := 1; n < 10; n++ {
		for at := range n {
			b := append(wide(strings.Repeat("a", n)), make([]byte, 8)...)
			b[2*at+1] = 1
			b = append(b, make([]byte, n+8)...)
			if narrow(b, 2*n+8, 0, n) {
				t.Errorf("narrow takes U+0161 at %d of %d", at, n)
			}
		}
	}
}

// TestAppendText holds appendText against utf16.Decode.
func TestAppendText(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for range 20000 {
		var units []uint16
		for range r.IntN(8) {
			switch r.IntN(4) {
			case 0:
				units = append(units, uint16(r.Uint32()))
			case 1:
				units = append(units, 0xd800+uint16(r.IntN(0x400)))
			case 2:
				units = append(units, 0xdc00+uint16(r.IntN(0x400)))
			default:
				units = append(units, uint16(r.IntN(0x80)))
			}
		}
		if len(units) > 0 && units[0] == compressedMark {
			continue
		}
		var v []byte
		for _, u := range units {
			v = append(v, byte(u), byte(u>>8))
		}
		if got, want := string(appendText(nil, v)), string(utf16.Decode(units)); got != want {
			t.Fatalf("appendText(%x) = %q, want %q", v, got, want)
		}
	}
}

// TestCSVName escapes what a file name may not have everywhere.
func TestCSVName(t *testing.T) {
	for _, tt := range []struct{ table, want string }{
		{"MHS101Referral", "MHS101Referral.csv"},
		{"a b-c_d", "a b-c_d.csv"},
		{"x/../y", "x%002f%002e%002e%002fy.csv"},
		{"ŵ😀", "%0175%d83d%de00.csv"},
	} {
		if got := CSVName(tt.table); got != tt.want {
			t.Errorf("CSVName(%q) = %q, want %q", tt.table, got, tt.want)
		}
	}
}

// TestDescending sets the four offsets at a time against one at a time.
func TestDescending(t *testing.T) {
	naive := func(offsets []byte, most int) bool {
		last := most
		for i := 0; i < len(offsets); i += 2 {
			o := le16(offsets[i:])
			if o > last {
				return false
			}
			last = o
		}
		return last >= 2
	}
	random := rand.New(rand.NewPCG(1, 2))
	seen := make(map[bool]int)
	for range 200000 {
		n := 1 + random.IntN(14)
		values := make([]int, n)
		for i := range values {
			values[i] = random.IntN(40)
		}
		slices.SortFunc(values, func(a, b int) int { return b - a })
		most := values[0]
		switch at := random.IntN(n); random.IntN(6) {
		case 0:
			values[at] = random.IntN(1 << 16)
		case 1:
			values[at]++
		case 2:
			values[at] |= 0x8000
		case 3:
			most += random.IntN(3) - 1
		}
		var b []byte
		for _, v := range values {
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		}
		want := naive(b, most)
		seen[want]++
		if got := descending(b, most); got != want {
			t.Fatalf("%d, at most %d: %v, want %v", values, most, got, want)
		}
	}
	if seen[true] < 1000 || seen[false] < 1000 {
		t.Errorf("%d sequences descend and %d do not", seen[true], seen[false])
	}
}

// TestTurn turns words of random bits over, for every number of columns.
func TestTurn(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for columns := 1; columns <= 64; columns++ {
		p := presence{count: columns}
		for r := range p.rows {
			p.rows[r] = random.Uint64() >> (64 - columns)
		}
		was := p.rows
		p.turn()
		for c := range columns {
			for r := range was {
				if p.rows[c]>>r&1 != was[r]>>c&1 {
					t.Fatalf("%d columns: row %d, column %d is wrong", columns, r, c)
				}
			}
		}
	}
}
