package reference

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"mhsds/validate/batch"
	"mhsds/validate/finding"
)

// A postcodeList is postcodes with the months in which they are in use.
type postcodeList struct {
	// all holds, sorted, a postcode's number in the upper 32 bits, and below
	// it its first and its last month, 16 bits each.
	all []uint64

	// buckets is where the postcodes begin whose number shifted by shift is
	// the index: a search then looks at a few dozen entries.
	buckets []uint32
	shift   uint

	odd map[string][][2]months // what is not built like a postcode
}

// postcodeNumber makes one number below 2 to the 31 of a postcode in capitals: one or
// two letters, a digit, perhaps a digit or a letter, then digit, letter,
// letter. Spaces do not count. ok is false for anything else.
//
//	area 702 × district 370 × sector 10 × unit 676
func postcodeNumber(v []byte) (n uint32, ok bool) {
	var p [7]byte
	k := 0
	for _, c := range v {
		if c == ' ' {
			continue
		}
		if k == len(p) {
			return 0, false
		}
		p[k] = c
		k++
	}
	if k < 5 {
		return 0, false
	}
	in, out := p[k-3:k], p[:k-3]
	if !isDigit(in[0]) || !isLetter(in[1]) || !isLetter(in[2]) || !isLetter(out[0]) {
		return 0, false
	}
	area, i := uint32(out[0]-'A'), 1
	if len(out) > 1 && isLetter(out[1]) {
		area, i = 26+area*26+uint32(out[1]-'A'), 2
	}
	if i == len(out) || !isDigit(out[i]) {
		return 0, false
	}
	district := uint32(out[i]-'0') * 37
	switch last := out[i+1:]; {
	case len(last) == 0:
	case len(last) > 1:
		return 0, false
	case isDigit(last[0]):
		district += 1 + uint32(last[0]-'0')
	case isLetter(last[0]):
		district += 11 + uint32(last[0]-'A')
	default:
		return 0, false
	}
	return ((area*370+district)*10+uint32(in[0]-'0'))*676 + uint32(in[1]-'A')*26 + uint32(in[2]-'A'), true
}

func isDigit(c byte) bool  { return c-'0' <= 9 }
func isLetter(c byte) bool { return c-'A' <= 'Z'-'A' }

func (l *postcodeList) has(v []byte, m months) bool {
	n, ok := postcodeNumber(v)
	if !ok {
		if len(l.odd) == 0 {
			return false
		}
		var room [16]byte
		for _, s := range l.odd[string(compact(room[:0], v))] {
			if s[0] <= m && m <= s[1] {
				return true
			}
		}
		return false
	}
	if len(l.all) == 0 {
		return false
	}
	b := n >> l.shift
	if int(b) >= len(l.buckets)-1 {
		return false
	}
	lo, hi := int(l.buckets[b]), int(l.buckets[b+1])
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if uint32(l.all[mid]>>32) < n {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for ; lo < len(l.all) && uint32(l.all[lo]>>32) == n; lo++ {
		if months(l.all[lo]>>16) <= m && m <= months(l.all[lo]) {
			return true
		}
	}
	return false
}

// compact appends the value without its spaces.
func compact(dst, v []byte) []byte {
	for _, c := range v {
		if c != ' ' {
			dst = append(dst, c)
		}
	}
	return dst
}

// directory says in which columns of a directory things stand.
type directory struct{ postcode, first, last int }

// load adds the postcodes of a directory.
func (l *postcodeList) load(s *scanner, size int64, f *finding.ReferenceFile) error {
	if err := s.next(); err != nil {
		return ended(err, "is empty")
	}
	length := len(s.rest)
	first := s.record()
	at, header, err := directoryOf(first)
	if err != nil {
		return err
	}
	latest := always
	if !header {
		l.reserve(size, length)
		l.add(first[at.postcode], first[at.first], first[at.last], s.line, f, &latest)
	}
	for {
		if err := s.next(); err != nil {
			l.sort()
			if latest != always {
				f.Newest = newest(f.Newest, batch.Day(int(latest)/12, int(latest)%12+1, 1))
			}
			return ended(err, "")
		}
		if header && f.Rows == 0 {
			l.reserve(size, len(s.rest))
		}
		if err := l.record(s, at, f, &latest); err != nil {
			return err
		}
	}
}

// mostReserved bounds what is reserved on the word of a file's size: the
// country has had fewer than three million postcodes.
const mostReserved = 1 << 22

// reserve makes room for the postcodes of a file of so many bytes whose first
// record has length: the records of a directory are nearly as long as one
// another.
func (l *postcodeList) reserve(size int64, length int) {
	if n := min(int(size/int64(length+1)), mostReserved); n > 0 && len(l.all) == cap(l.all) {
		l.all = slices.Grow(l.all, n+n/16)
	}
}

// record reads the columns that matter of the record in hand.
func (l *postcodeList) record(s *scanner, at directory, f *finding.ReferenceFile, latest *months) error {
	var v [3][]byte
	var room [3][16]byte
	got := 0
	for i := 0; got < 3; i++ {
		x, ok := s.value()
		if !ok {
			return fmt.Errorf("line %d has %d columns, too few for the postcode and its two dates", s.line, i)
		}
		switch i {
		case at.postcode:
			v[0] = append(room[0][:0], x...)
		case at.first:
			v[1] = append(room[1][:0], x...)
		case at.last:
			v[2] = append(room[2][:0], x...)
		default:
			continue
		}
		got++
	}
	l.add(v[0], v[1], v[2], s.line, f, latest)
	return nil
}

func (l *postcodeList) add(code, first, last []byte, line int64, f *finding.ReferenceFile, latest *months) {
	from, ok1 := parseMonth(first, always)
	to, ok2 := parseMonth(last, never)
	if !ok1 || !ok2 || len(code) == 0 {
		leftOut(f, line)
		return
	}
	f.Rows++
	*latest = max(*latest, from)
	if n, ok := postcodeNumber(code); ok {
		l.all = append(l.all, uint64(n)<<32|uint64(from)<<16|uint64(to))
		return
	}
	if l.odd == nil {
		l.odd = make(map[string][][2]months)
	}
	key := string(compact(nil, code))
	l.odd[key] = append(l.odd[key], [2]months{from, to})
}

// sort brings the list in order, which directories mostly are, and makes the
// buckets, of some sixty postcodes each.
func (l *postcodeList) sort() {
	if !slices.IsSorted(l.all) {
		slices.Sort(l.all)
	}
	if len(l.all) == 0 {
		return
	}
	top := uint32(l.all[len(l.all)-1] >> 32)
	l.shift = 0
	if want := max(len(l.all)/64, 1); int(top) > want {
		l.shift = uint(bits.Len32(top / uint32(want)))
	}
	l.buckets = make([]uint32, int(top>>l.shift)+2)
	b := 0
	for i, e := range l.all {
		for to := int(uint32(e>>32) >> l.shift); b <= to; b++ {
			l.buckets[b] = uint32(i)
		}
	}
	for ; b < len(l.buckets); b++ {
		l.buckets[b] = uint32(len(l.all))
	}
}

// directoryOf finds the columns of a directory: by the names in its first
// line, or, without names, by what stands there. Directories without a header
// begin with the postcode, once or several times, then the two months.
func directoryOf(first [][]byte) (at directory, header bool, err error) {
	names := make([]string, len(first))
	for i, v := range first {
		names[i] = columnName(v)
	}
	named := func(words ...string) int {
		for _, w := range words {
			if i := slices.Index(names, w); i >= 0 {
				return i
			}
		}
		return -1
	}
	at = directory{named("pcds", "pcd2", "pcd8", "pcd", "pcd7", "postcode"), named("dointr", "introduced", "dateofintroduction"), named("doterm", "terminated", "dateoftermination")}
	if at.postcode >= 0 && at.first >= 0 && at.last >= 0 {
		return at, true, nil
	}
	if at.postcode >= 0 || at.first >= 0 || at.last >= 0 {
		return at, false, fmt.Errorf("the first line names columns, but not all of pcds, dointr and doterm: %s", strings.Join(quotedNames(first[:min(len(first), 12)]), ", "))
	}
	if len(first) >= 3 {
		if _, ok := postcodeNumber(first[0]); ok {
			for i := 1; i+1 < len(first); i++ {
				if _, ok := postcodeNumber(first[i]); ok {
					continue
				}
				from, ok1 := parseMonth(first[i], always)
				_, ok2 := parseMonth(first[i+1], never)
				if ok1 && ok2 && from != always {
					return directory{0, i, i + 1}, false, nil
				}
				break
			}
		}
	}
	return at, false, errors.New("is no directory of postcodes: its first line neither names the columns pcds, dointr and doterm nor begins with a postcode and its two months")
}
