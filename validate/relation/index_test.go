package relation

import (
	"bytes"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// keysOf hands keys over as a worker does; "" is null.
func keysOf(values ...string) *Keys {
	k := &Keys{}
	for _, v := range values {
		k.Bytes = append(k.Bytes, v...)
		k.Ends = append(k.Ends, uint32(len(k.Bytes)))
		k.Hashes = append(k.Hashes, Hash([]byte(v)))
	}
	return k
}

func TestIndex(t *testing.T) {
	tests := []struct {
		name   string
		keys   []string
		find   string
		first  int32
		others []uint32
	}{
		{"one", []string{"A"}, "A", 0, nil},
		{"absent", []string{"A", "B"}, "C", Absent, nil},
		{"absent in an empty index", nil, "C", Absent, nil},
		{"three with one key", []string{"A", "B", "A", "C", "A"}, "A", 0, []uint32{2, 4}},
		{"nulls are rows without a place", []string{"", "A", "", "A"}, "A", 1, []uint32{3}},
		{"case counts", []string{"a", "A"}, "A", 1, nil},
		{"a key that begins another", []string{"AB", "A"}, "A", 1, nil},
		{"eight bytes and more", []string{"ABCDEFGH", "ABCDEFGHI", "ABCDEFGHIJKLMNOPQ"}, "ABCDEFGHI", 1, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var x Index
			for _, k := range tt.keys { // one by one, so that the table grows in between
				if err := x.Append(keysOf(k)); err != nil {
					t.Fatal(err)
				}
			}
			first := x.Find([]byte(tt.find), Hash([]byte(tt.find)))
			if first != tt.first {
				t.Fatalf("found row %d, want %d", first, tt.first)
			}
			if first >= 0 && !slices.Equal(x.Again(int(first)), tt.others) {
				t.Errorf("other rows %v, want %v", x.Again(int(first)), tt.others)
			}
			if x.Rows() != len(tt.keys) {
				t.Errorf("%d rows, want %d", x.Rows(), len(tt.keys))
			}
		})
	}
}

// TestIndexTwin compares the index with a map, through growth, with room
// reserved and without.
func TestIndexTwin(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var x Index
		if seed%2 == 0 {
			x.Reserve(rng.IntN(5000), rng.IntN(50000))
		}
		rows := map[string][]uint32{}
		var all []string
		distinct := 1 + rng.IntN(3000)
		for len(all) < 4000 {
			var some []string
			for range 1 + rng.IntN(700) {
				k := ""
				if rng.IntN(20) > 0 {
					k = fmt.Sprintf("K%0*d", 1+rng.IntN(3)*5, rng.IntN(distinct))
				}
				if k != "" {
					rows[k] = append(rows[k], uint32(len(all)))
				}
				some, all = append(some, k), append(all, k)
			}
			if err := x.Append(keysOf(some...)); err != nil {
				t.Fatal(err)
			}
		}
		var shared []uint32
		for k, want := range rows {
			first := x.Find([]byte(k), Hash([]byte(k)))
			if first < 0 || uint32(first) != want[0] || !slices.Equal(x.Again(int(first)), want[1:]) {
				t.Fatalf("seed %d: key %q has rows %d and %v, want %v", seed, k, first, x.Again(int(first)), want)
			}
			if len(want) > 1 {
				shared = append(shared, want[0])
			}
		}
		slices.Sort(shared)
		if !slices.Equal(x.firsts(), shared) {
			t.Fatalf("seed %d: %d keys are shared, want %d", seed, len(x.firsts()), len(shared))
		}
		for row, k := range all {
			want := int32(NullKey)
			if k != "" {
				want = int32(rows[k][0])
			}
			if got := x.First(row); got != want || string(x.Key(row)) != k {
				t.Fatalf("seed %d: row %d: first %d of key %q, want %d of %q", seed, row, got, x.Key(row), want, k)
			}
		}
	}
}

// TestFullHash makes every key collide: equality is decided on the bytes.
func TestFullHash(t *testing.T) {
	var x Index
	k := keysOf("A", "B", "A", "C")
	for i := range k.Hashes {
		k.Hashes[i] = 7
	}
	x.Reserve(100, 100) // no growth, which would hash anew
	if err := x.Append(k); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]int32{"A": 0, "B": 1, "C": 3, "D": Absent} {
		if got := x.Find([]byte(key), 7); got != want {
			t.Errorf("%s: row %d, want %d", key, got, want)
		}
	}
	if !slices.Equal(x.Again(0), []uint32{2}) {
		t.Errorf("again %v, want [2]", x.Again(0))
	}
}

func TestGroups(t *testing.T) {
	var g Groups
	if err := g.Append(keysOf("A", "", "B", "A", "B", "C")); err != nil {
		t.Fatal(err)
	}
	if want := []uint32{1, 0, 2, 1, 2, 3}; !slices.Equal(g.ids, want) {
		t.Errorf("ids %v, want %v", g.ids, want)
	}
	if g.keys.Rows() != 3 || !bytes.Equal(g.keys.Key(1), []byte("B")) {
		t.Errorf("%d keys, the second %q", g.keys.Rows(), g.keys.Key(1))
	}
}

// TestTags finds every pair with one hash, in partitions and chunks large and
// small, and leaves out what does not count.
func TestTags(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var g tags
	at := map[uint64][]uint32{}
	hashes := make([]uint64, 200_000)
	for i := range hashes {
		switch rng.IntN(10) {
		case 0:
			hashes[i] = 0
		case 1: // one partition gets many
			hashes[i] = 42<<56 | rng.Uint64N(1<<20)<<24
		default:
			hashes[i] = rng.Uint64()
		}
		if hashes[i] != 0 {
			at[hashes[i]>>24] = append(at[hashes[i]>>24], uint32(i))
		}
	}
	for from := 0; from < len(hashes); from += 777 {
		g.append(uint32(from), hashes[from:min(from+777, len(hashes))])
	}
	var want []uint32
	for _, rows := range at {
		if len(rows) > 1 {
			want = append(want, rows...)
		}
	}
	slices.Sort(want)
	if len(want) == 0 {
		t.Fatal("no suspects to find")
	}
	if got := g.suspects(); !slices.Equal(got, want) {
		t.Errorf("%d suspects, want %d", len(got), len(want))
	}
}

// TestSuspectBits: rows with the same 40 highest bits of the hash are suspects,
// whatever the others say; a hash of 0 does not count.
func TestSuspectBits(t *testing.T) {
	const hash = 0x123456789abcdef1
	for bit := range 64 {
		var g tags
		g.append(0, []uint64{hash, 0, 0})
		g.append(3, []uint64{hash ^ 1<<bit})
		var want []uint32
		if bit < 24 {
			want = []uint32{0, 3}
		}
		if got := g.suspects(); !slices.Equal(got, want) {
			t.Errorf("hashes that differ in bit %d: suspects %v, want %v", bit, got, want)
		}
	}
}

// TestTagsMemory: a partition takes room for little more than its entries, and
// gives it back.
func TestTagsMemory(t *testing.T) {
	for _, n := range []int{0, 1, 8, 9, 100, 5000, 100_000} {
		var g tags
		for row := range n {
			g.append(uint32(row), []uint64{7<<56 | uint64(row+1)<<24})
		}
		most := 8 * (n + min(8+4*n, 1024))
		if n == 0 {
			most = 0
		}
		if got := g.bytes(); got < 8*n || got > most {
			t.Errorf("%d tags take %d bytes, want %d to %d", n, got, 8*n, most)
		}
		if rows := g.suspects(); len(rows) > 0 || g.bytes() > 0 {
			t.Errorf("%d tags: %d suspects, and then %d bytes", n, len(rows), g.bytes())
		}
	}
}

// lastOf returns keys whose search begins at the last slot of an index of n
// slots, so that all but one of them go round to its beginning.
func lastOf(n int, many int) (keys []string) {
	for i := 0; len(keys) < many; i++ {
		key := fmt.Sprintf("K%d", i)
		if at, _ := bits.Mul64(Hash([]byte(key)), uint64(n)); at == uint64(n-1) {
			keys = append(keys, key)
		}
	}
	return keys
}

// TestRoundTheEnd: a search that comes to the end of the slots goes on at their
// beginning, when keys are put in, when the table is built anew, with and
// without keys that several rows have, and when they are looked for.
func TestRoundTheEnd(t *testing.T) {
	for _, twice := range []bool{false, true} {
		var x Index
		x.Reserve(100, 1000)
		keys := lastOf(len(x.slots), 5)
		absent := lastOf(len(x.slots), 6)[5]
		rows := slices.Clone(keys)
		if twice {
			rows = append(rows, keys...)
		}
		find := func(when string) {
			t.Helper()
			for i, k := range keys {
				if got := x.Find([]byte(k), Hash([]byte(k))); got != int32(i) {
					t.Errorf("%s: key %d is in row %d (twice: %t)", when, i, got, twice)
				}
				if again := x.Again(i); twice != slices.Equal(again, []uint32{uint32(i + len(keys))}) {
					t.Errorf("%s: key %d is again in %v (twice: %t)", when, i, again, twice)
				}
			}
			if got := x.Find([]byte(absent), Hash([]byte(absent))); got != Absent {
				t.Errorf("%s: a key that is not there is in row %d", when, got)
			}
		}
		if err := x.Append(keysOf(rows...)); err != nil {
			t.Fatal(err)
		}
		find("put in")
		keys = lastOf(211, 5)
		absent = lastOf(211, 6)[5]
		x = Index{}
		x.Reserve(100, 1000)
		rows = slices.Clone(keys)
		if twice {
			rows = append(rows, keys...)
		}
		if err := x.Append(keysOf(rows...)); err != nil {
			t.Fatal(err)
		}
		x.rebuild(211)
		find("built anew")
	}
}

// TestHashSpreads: keys that differ little are spread over all slots, by the
// bits that choose the slot and by those of the tag.
func TestHashSpreads(t *testing.T) {
	const n = 1 << 14
	for name, key := range map[string]func(i int) string{
		"a number":              func(i int) string { return fmt.Sprint(i) },
		"two bytes":             func(i int) string { return string([]byte{byte(i >> 7), byte(i & 127)}) },
		"three bytes":           func(i int) string { return string([]byte{byte(i >> 10), byte(i >> 5 & 31), byte(i & 31)}) },
		"at the end":            func(i int) string { return fmt.Sprintf("CC%07d", i) },
		"at the end of eight":   func(i int) string { return fmt.Sprintf("C%07d", i) },
		"in the middle of nine": func(i int) string { return fmt.Sprintf("C%06dXY", i) },
		"at the beginning":      func(i int) string { return fmt.Sprintf("%06d and so on", i) },
		"beyond two words":      func(i int) string { return fmt.Sprintf("0123456789abcdef-%d", i) },
		"the first of words":    func(i int) string { return fmt.Sprintf("%07d-89abcdef01234567", i) },
		"length alone":          func(i int) string { return strings.Repeat("A", i%(1<<9)) + strings.Repeat("B", i>>9) },
	} {
		t.Run(name, func(t *testing.T) {
			slots, tags := map[uint64]bool{}, map[uint8]int{}
			for i := range n {
				h := Hash([]byte(key(i)))
				at, _ := bits.Mul64(h, n)
				slots[at] = true
				tags[uint8(h)|1]++
			}
			// Thrown at random, 1 - 1/e of the slots are hit, and each of the
			// 128 tags gets its share.
			if len(slots) < n*60/100 || len(slots) > n*99/100 {
				t.Errorf("%d of %d slots are hit", len(slots), n)
			}
			for tag, many := range tags {
				if many > 3*n/128 {
					t.Errorf("tag %d stands for %d of %d keys", tag, many, n)
				}
			}
		})
	}
}

// TestLookAllocs: nothing is allocated a look-up.
func TestLookAllocs(t *testing.T) {
	var x Index
	var keys []string
	for i := range 5000 {
		keys = append(keys, fmt.Sprintf("CC%07d", i))
	}
	if err := x.Append(keysOf(keys...)); err != nil {
		t.Fatal(err)
	}
	key := []byte("CC0004321")
	h := Hash(key)
	if n := testing.AllocsPerRun(100, func() { x.Find(key, h) }); n != 0 {
		t.Errorf("Find allocates %v times, want 0", n)
	}
}

// BenchmarkIndex measures an insertion and a look-up of a million keys.
func BenchmarkIndex(b *testing.B) {
	const n = 1 << 20
	k := &Keys{}
	var key []byte
	for i := range n {
		key = fmt.Appendf(key[:0], "CC%09d", i)
		k.Bytes = append(k.Bytes, key...)
		k.Ends = append(k.Ends, uint32(len(k.Bytes)))
		k.Hashes = append(k.Hashes, Hash(key))
	}
	b.Run("insert", func(b *testing.B) {
		for b.Loop() {
			var x Index
			x.Reserve(n, len(k.Bytes))
			if err := x.Append(k); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/key")
	})
	var x Index
	x.Reserve(n, len(k.Bytes))
	if err := x.Append(k); err != nil {
		b.Fatal(err)
	}
	all, keys := x.Bytes()
	b.Run("find", func(b *testing.B) {
		for b.Loop() {
			for i, h := range k.Hashes {
				if x.Find(k.at(i), h) != int32(i) {
					b.Fatal("lost")
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/key")
		b.ReportMetric(float64(all-keys)/n, "bytes/key")
	})
}

// TestKeyMemory: what a Store says it holds is the sum of its parts.
func TestKeyMemory(t *testing.T) {
	spec, err := NewSpec(release(t), active)
	if err != nil {
		t.Fatal(err)
	}
	s := NewStore(spec, 0, 0)
	keys := keysOf("A12", "B7", "C104", "A12")
	indexed, tagged := 0, 0
	for i, table := range s.tables {
		table.rows = 4
		want := KeyMemory{Rows: 4}
		for _, x := range table.indexes {
			if x == nil {
				continue
			}
			if err := x.Append(keys); err != nil {
				t.Fatal(err)
			}
			indexed++
			all, own := x.Bytes()
			held := cap(x.arena) + cap(x.offs)*int(unsafe.Sizeof(x.offs[0])) + cap(x.slots)*int(unsafe.Sizeof(x.slots[0])) + cap(x.tags)
			if all != held || own != len("A12B7C104") && own != len("A12B7C104A12") {
				t.Fatalf("an index of four keys holds %d bytes, %d of them keys; want %d", all, own, held)
			}
			want.Keys += x.Rows()
			want.KeyBytes += own
			want.Index += all - own
		}
		for _, g := range table.tags {
			if g == nil {
				continue
			}
			g.append(0, keys.Hashes)
			tagged++
			if g.bytes() < 4*4 {
				t.Fatalf("four tags take %d bytes", g.bytes())
			}
			want.Tagged += 4
			want.Tags += g.bytes()
		}
		if got := s.KeyMemory(i); got != want {
			t.Errorf("%s: %+v, want %+v", spec.Dictionary.Tables[i].ID, got, want)
		}
	}
	if indexed < 10 || tagged < 20 {
		t.Errorf("%d indexes and %d tags in all tables", indexed, tagged)
	}
}

// TestMissingKey: an absent key has one number for each table that lacks it,
// the first key too.
func TestMissingKey(t *testing.T) {
	of := &table{}
	number := func(other int, key string) uint32 { return of.missingKey(other, []byte(key), Hash([]byte(key))) }
	for _, x := range []struct {
		other int
		key   string
		want  uint32
	}{{3, "A", 0}, {3, "A", 0}, {3, "B", 1}, {5, "A", 2}, {3, "A", 0}, {5, "A", 2}, {5, "B", 3}, {3, "B", 1}, {5, "B", 3}} {
		if got := number(x.other, x.key); got != x.want {
			t.Errorf("key %s of table %d has the number %d, want %d", x.key, x.other, got, x.want)
		}
	}
}
