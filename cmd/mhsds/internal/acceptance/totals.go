package main

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// counts are findings by the code of their rule, and a few totals beside.
type counts map[string]int64

// The totals that are no rule's; a rule's code has a capital letter.
const (
	countSubmissions = "submissions"
	countRows        = "rows"
	countCarried     = "rows carried forward"
)

func (c counts) add(o counts) {
	for code, n := range o {
		c[code] += n
	}
}

func isCode(s string) bool { return s[0] >= 'A' && s[0] <= 'Z' }

// findings is the number of all findings, codes the number of rules that have
// some.
func (c counts) findings() (n int64) {
	for code, count := range c {
		if isCode(code) {
			n += count
		}
	}
	return n
}

func (c counts) codes() (n int) {
	for code, count := range c {
		if isCode(code) && count > 0 {
			n++
		}
	}
	return n
}

// totals is totals.csv: for each code its findings in the version that was
// released last, whose number heads the column, and now.
//
//	code,1.2.0,now
//	rows,51321,51321
//	spells,312,310
type totals struct {
	version     string // released last; beginning if none was
	before, now counts
}

// beginning stands for the version that comes before the first.
const beginning = "beginning"

func readTotals(path string) (*totals, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 || len(rows[0]) != 3 || rows[0][0] != "code" || rows[0][2] != "now" {
		return nil, fmt.Errorf("%s: the first line is not code, a version, now", path)
	}
	t := &totals{rows[0][1], counts{}, counts{}}
	for i, row := range rows[1:] {
		before, err1 := strconv.ParseInt(row[1], 10, 64)
		now, err2 := strconv.ParseInt(row[2], 10, 64)
		_, twice := t.now[row[0]]
		if row[0] == "" || err1 != nil || err2 != nil || twice {
			return nil, fmt.Errorf("%s, line %d: not a code of its own and two numbers", path, i+2)
		}
		t.before[row[0]], t.now[row[0]] = before, now
	}
	return t, nil
}

// write writes the file, sorted.
func (t *totals) write(path string) error {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write([]string{"code", t.version, "now"})
	for _, code := range t.codes() {
		if t.before[code] != 0 || t.now[code] != 0 {
			w.Write([]string{code, strconv.FormatInt(t.before[code], 10), strconv.FormatInt(t.now[code], 10)})
		}
	}
	w.Flush() // a strings.Builder has no errors
	return os.WriteFile(path, []byte(b.String()), 0o666)
}

// codes lists what is in either count, sorted.
func (t *totals) codes() []string {
	all := maps.Clone(t.before)
	for code := range t.now {
		all[code] = 0
	}
	return slices.Sorted(maps.Keys(all))
}

// released makes today's totals those of the version.
func (t *totals) released(version string) { t.version, t.before = version, maps.Clone(t.now) }

// with returns the totals with others for now; t may be nil.
func (t *totals) with(now counts) *totals {
	if t == nil {
		return &totals{beginning, maps.Clone(now), now}
	}
	return &totals{t.version, t.before, now}
}

// differences says where the counts are others than those of now, a line each.
func (t *totals) differences(found counts) (lines []string) {
	for _, code := range (&totals{before: t.now, now: found}).codes() {
		if a, b := t.now[code], found[code]; a != b {
			lines = append(lines, fmt.Sprintf("%s: %d, and %d found", code, a, b))
		}
	}
	return lines
}

// digest names the totals of now.
func (t *totals) digest() string {
	h := sha256.New()
	for _, code := range slices.Sorted(maps.Keys(t.now)) {
		fmt.Fprintf(h, "%s,%d\n", code, t.now[code])
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}
