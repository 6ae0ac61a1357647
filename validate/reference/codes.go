package reference

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"mhsds/validate/batch"
	"mhsds/validate/finding"
)

// A codeList is codes with the days between which they count.
type codeList struct {
	short []shortCode // sorted by code
	long  map[string][]span
}

// A span is the days between which a code counts, both included: batch.Null is
// always, math.MaxInt32 never.
type span struct{ open, close int32 }

// A shortCode is a code of at most eight bytes, the first one highest.
type shortCode struct {
	code uint64
	span
}

// pack makes one number of a code; ok is false for one that is too long.
func pack(v []byte) (n uint64, ok bool) {
	if len(v) > 8 {
		return 0, false
	}
	for _, c := range v {
		if c == 0 { // would be the end of a shorter code
			return 0, false
		}
		n = n<<8 | uint64(c)
	}
	return n << (64 - 8*uint(len(v))), len(v) > 0
}

func (l *codeList) has(v []byte, day int32) bool {
	code, ok := pack(v)
	if !ok {
		for _, s := range l.long[string(v)] {
			if s.open <= day && day <= s.close {
				return true
			}
		}
		return false
	}
	for i := l.first(code); i < len(l.short) && l.short[i].code == code; i++ {
		if s := &l.short[i]; s.open <= day && day <= s.close {
			return true
		}
	}
	return false
}

// first is the place of the first entry of a code, or of where it would be.
func (l *codeList) first(code uint64) int {
	lo, hi := 0, len(l.short)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if l.short[mid].code < code {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

func (l *codeList) spansOf(dst [][2]int32, v []byte) [][2]int32 {
	code, ok := pack(v)
	if !ok {
		for _, s := range l.long[string(v)] {
			dst = append(dst, [2]int32{s.open, s.close})
		}
		return dst
	}
	for i := l.first(code); i < len(l.short) && l.short[i].code == code; i++ {
		dst = append(dst, [2]int32{l.short[i].open, l.short[i].close})
	}
	return dst
}

// The columns of an ODS report.
const (
	odsColumns = 27
	odsOpen    = 10
	odsClose   = 11
	odsStatus  = 12
)

// A layout says in which columns of a file of codes things stand; -1 is
// nowhere.
type layout struct{ columns, code, open, close, status int }

// load adds the codes of a file.
func (l *codeList) load(s *scanner, f *finding.ReferenceFile) error {
	if err := s.next(); err != nil {
		return ended(err, "is empty")
	}
	first := s.record()
	at, header, err := layoutOf(first)
	if err != nil {
		return err
	}
	if !header {
		if err := l.add(at, first, s.line, f); err != nil {
			return err
		}
	}
	values := make([][]byte, at.columns)
	for {
		if err := s.next(); err != nil {
			l.sort()
			return ended(err, "")
		}
		n := 0
		for {
			v, ok := s.value()
			if !ok {
				break
			}
			if n < at.columns {
				values[n] = append(values[n][:0], v...)
			}
			n++
		}
		if n != at.columns {
			return fmt.Errorf("line %d has %d columns, the first has %d", s.line, n, at.columns)
		}
		if err := l.add(at, values, s.line, f); err != nil {
			return err
		}
	}
}

// ended turns the end of the file into no error, or into the one given.
func ended(err error, otherwise string) error {
	if err != io.EOF {
		return err
	}
	if otherwise != "" {
		return errors.New(otherwise)
	}
	return nil
}

// record copies the fields of the record in hand.
func (s *scanner) record() [][]byte {
	var list [][]byte
	for {
		v, ok := s.value()
		if !ok {
			return list
		}
		list = append(list, bytes.Clone(v))
	}
}

// layoutOf tells an ODS report from a file whose columns have names.
func layoutOf(first [][]byte) (at layout, header bool, err error) {
	names := make([]string, len(first))
	for i, v := range first {
		names[i] = columnName(v)
	}
	named := func(words ...string) int {
		return slices.IndexFunc(names, func(n string) bool { return slices.Contains(words, n) })
	}
	code := named("code", "organisationcode", "orgcode", "odscode", "sitecode", "schoolcode")
	open := named("open", "opendate", "opened", "startdate", "start", "legalstartdate", "operationalstartdate")
	closed := named("close", "closedate", "closed", "enddate", "end", "legalenddate", "operationalenddate")
	if code >= 0 && open >= 0 && closed >= 0 {
		return layout{len(first), code, open, closed, named("status")}, true, nil
	}
	if len(first) == odsColumns {
		if _, ok := parseDate(first[odsOpen]); !ok && code >= 0 {
			return layout{odsColumns, 0, odsOpen, odsClose, odsStatus}, true, nil // somebody gave the report a header line
		}
		return layout{odsColumns, 0, odsOpen, odsClose, odsStatus}, false, nil
	}
	if code >= 0 || open >= 0 || closed >= 0 {
		return at, false, fmt.Errorf("the first line names columns, but not all of code, open and close: %s", strings.Join(quotedNames(first), ", "))
	}
	return at, false, fmt.Errorf("has %d columns; an ODS report has %d and no header line, and another file needs a first line with the columns code, open and close", len(first), odsColumns)
}

func columnName(v []byte) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			return c
		}
		return -1
	}, string(v))
}

// quotedNames are names of columns as messages show them.
func quotedNames(list [][]byte) []string {
	var names []string
	for _, v := range list {
		if len(v) > 40 {
			v = v[:40]
		}
		names = append(names, fmt.Sprintf("%q", v))
	}
	return names
}

// add takes in one record. What has no code, or a date that nobody can read,
// is left out and counted.
func (l *codeList) add(at layout, v [][]byte, line int64, f *finding.ReferenceFile) error {
	open, ok1 := parseDate(v[at.open])
	closed, ok2 := parseDate(v[at.close])
	code := v[at.code]
	if !ok1 || !ok2 || len(code) == 0 {
		leftOut(f, line)
		return nil
	}
	status := statusUnknown
	if at.status >= 0 {
		status = statusOf(v[at.status])
	}
	if status == statusClosed && closed == batch.Null {
		f.Undated++
	}
	days := span{open, closed}
	if closed == batch.Null {
		days.close = math.MaxInt32
	}
	f.Rows++
	f.Newest = newest(f.Newest, open)
	if n, ok := pack(code); ok {
		l.short = append(l.short, shortCode{n, days})
		return nil
	}
	if l.long == nil {
		l.long = make(map[string][]span)
	}
	l.long[string(code)] = append(l.long[string(code)], days)
	return nil
}

func leftOut(f *finding.ReferenceFile, line int64) {
	if f.LeftOut == 0 {
		f.LeftOutLine = line
	}
	f.LeftOut++
}

func (l *codeList) sort() {
	slices.SortFunc(l.short, func(a, b shortCode) int {
		return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.open, b.open), cmp.Compare(a.close, b.close))
	})
	l.short = slices.Compact(l.short)
	l.short = slices.Clip(l.short)
}

// What a register says of a code beside its dates. It decides nothing; that a
// closed code has no date of closing is said.
type status uint8

const (
	statusUnknown status = iota
	statusOpen
	statusClosed
	statusProposed
)

// statusOf reads the spellings of ODS reports and of the other exports.
func statusOf(v []byte) status {
	switch strings.ToLower(string(v)) {
	case "a", "active", "open", "current", "live":
		return statusOpen
	case "c", "closed", "i", "inactive", "ceased", "d", "dormant", "dissolved", "terminated":
		return statusClosed
	case "p", "proposed", "pending":
		return statusProposed
	}
	return statusUnknown
}
