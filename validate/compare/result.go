package compare

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// ErrNotResult is wrapped by errors about a RESULT that is none.
var ErrNotResult = errors.New("is no result of validate --format jsonl")

// A Head is what a result says of the run as a whole.
type Head struct {
	Name           string `json:"file"` // base name of the file, from whoever opened it
	Verdict        string `json:"verdict"`
	DatasetVersion string `json:"dataset_version"`
	RulesDated     string `json:"rules_dated"`
	Period         string `json:"period"`
	PeriodStart    string `json:"period_start"` // CCYY-MM-DD, or ""
	Provider       string `json:"provider"`
	FingerprintKey string `json:"fingerprint_key"` // see finding.Summary
	Findings       int64  `json:"findings"`

	Incomplete []string `json:"-"`
}

// A Result is a result of validate --format jsonl, as far as an earlier one is
// needed. It holds no finding: 24 bytes for each fingerprint, and counts.
type Result struct {
	Head

	// Summary is the summary object as it stands in the result, for those who
	// compare something else.
	Summary []byte

	counts  []count
	causes  []rootLine
	whole   bool    // causes are all there are
	prints  []print // sorted; of findings, then in packed form of those gone
	printed bool    // every finding has a fingerprint
}

// A count is the findings of one rule.
type count struct {
	code, severity string
	own            bool
	n              int64
}

// A rootLine is a root cause as the summary lists it.
type rootLine struct {
	Code        string `json:"code"`
	Table       string `json:"table"`
	Absent      string `json:"absent"`
	Row         int64  `json:"row"`
	RowsFreed   int64  `json:"rows_freed"`
	Group       int    `json:"group"`
	Fingerprint string `json:"fingerprint"`
	Months      int    `json:"months"`
}

// table is the table of the record, absent or not.
func (r *rootLine) table() string { return cmp.Or(r.Table, r.Absent) }

// A print is the first half of a fingerprint, which is enough to tell findings
// apart: among a thousand million of them two agree with a chance of one in
// 10^21. rule is the place of its rule in counts, or gone.
type print struct {
	hi, lo uint64
	rule   uint16
	months uint8 // in a row up to this result; of one gone, since when
	seen   bool
}

// gone marks the fingerprint of a finding that was fixed before this result.
const gone = 1<<16 - 1

func comparePrints(a, b print) int { return cmp.Or(cmp.Compare(a.hi, b.hi), cmp.Compare(a.lo, b.lo)) }

// parsePrint reads a fingerprint; ok is false if it is none.
func parsePrint(s string) (hi, lo uint64, ok bool) {
	var b [sha256.Size]byte
	if len(s) != hex.EncodedLen(len(b)) {
		return 0, 0, false
	}
	if _, err := hex.Decode(b[:], []byte(s)); err != nil {
		return 0, 0, false
	}
	return binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:]), true
}

// find returns the print, or nil.
func (r *Result) find(fingerprint string) *print {
	hi, lo, ok := parsePrint(fingerprint)
	if !ok {
		return nil
	}
	i, found := slices.BinarySearchFunc(r.prints, print{hi: hi, lo: lo}, comparePrints)
	if !found {
		return nil
	}
	return &r.prints[i]
}

// A line is one line of a result.
type line struct {
	Code        string          `json:"code"`
	Severity    string          `json:"severity"`
	Fingerprint string          `json:"fingerprint"`
	Months      int             `json:"months"`
	Summary     json.RawMessage `json:"summary"`
	Gone        string          `json:"gone"`
}

// An outcome is the summary, as far as it matters here.
type outcome struct {
	Head
	Rules []struct {
		Code     string `json:"code"`
		Severity string `json:"severity"`
		Count    int64  `json:"count"`
	} `json:"rules"`
	PreSubmission []struct {
		Code     string `json:"code"`
		Severity string `json:"severity"`
		Count    int64  `json:"count"`
	} `json:"pre_submission"`
	Causes     []rootLine `json:"causes"`
	CauseCount int64      `json:"cause_count"`
	Incomplete []string   `json:"incomplete"`
}

// maxLine bounds a line of a result, in bytes: ten values of 1 MiB, escaped,
// or a summary with the fingerprints of a million findings that are gone.
const maxLine = 64 << 20

// lines calls f with every line of a result, and returns an error that names
// the line.
func lines(in io.Reader, f func(number int, text []byte) error) error {
	s := bufio.NewScanner(in)
	s.Buffer(make([]byte, 64<<10), maxLine)
	number := 0
	for s.Scan() {
		number++
		text := bytes.TrimSpace(s.Bytes())
		if number == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		if len(text) == 0 {
			continue
		}
		if err := f(number, text); err != nil {
			return err
		}
	}
	if err := s.Err(); err != nil {
		return fmt.Errorf("line %d: %w", number+1, err)
	}
	return nil
}

// Read reads a result. name is how reports call it. Errors hold no value.
func Read(in io.Reader, name string) (*Result, error) {
	r := &Result{printed: true}
	index := make(map[string]int) // of counts
	seen := make(map[string]int64)
	var end *line
	err := lines(in, func(number int, text []byte) error {
		var l line
		switch err := json.Unmarshal(text, &l); {
		case end != nil:
			return fmt.Errorf("%w: line %d follows its summary", ErrNotResult, number)
		case err != nil:
			return fmt.Errorf("%w: line %d cannot be read", ErrNotResult, number)
		case l.Summary != nil:
			end = &l
			return nil
		case l.Code == "":
			return fmt.Errorf("%w: line %d has no code", ErrNotResult, number)
		}
		i, ok := index[l.Code]
		if !ok {
			i = len(index)
			if i >= gone {
				return fmt.Errorf("%w: more than %d codes", ErrNotResult, gone)
			}
			index[l.Code] = i
			r.counts = append(r.counts, count{code: l.Code, severity: l.Severity})
		}
		seen[l.Code]++
		hi, lo, ok := parsePrint(l.Fingerprint)
		switch {
		case !ok:
			r.printed = false
			r.prints = nil
		case r.printed:
			r.prints = append(r.prints, print{hi: hi, lo: lo, rule: uint16(i), months: uint8(min(max(l.Months, 1), 255))})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if end == nil {
		return nil, fmt.Errorf("%w: it does not end with a summary, so it was not written to its end", ErrNotResult)
	}
	o, err := parseSummary(end.Summary)
	if err != nil {
		return nil, err
	}
	r.Head, r.Summary, r.causes = o.Head, end.Summary, o.Causes
	r.Name, r.Head.Incomplete = name, o.Incomplete
	r.whole = o.CauseCount <= int64(len(o.Causes))
	if err := r.settle(o, index, seen); err != nil {
		return nil, err
	}
	if r.FingerprintKey == "" {
		r.printed = false
	}
	if !r.printed {
		r.prints = nil
		return r, nil
	}
	if err := r.unpack(end.Gone); err != nil {
		return nil, err
	}
	slices.SortFunc(r.prints, comparePrints)
	return r, nil
}

func parseSummary(text []byte) (*outcome, error) {
	var o outcome
	if err := json.Unmarshal(text, &o); err != nil || o.Verdict == "" {
		return nil, fmt.Errorf("%w: its summary cannot be read", ErrNotResult)
	}
	return &o, nil
}

// settle takes the counts from the summary, and holds the lines against them.
func (r *Result) settle(o *outcome, index map[string]int, seen map[string]int64) error {
	take := func(code, severity string, n int64, own bool) error {
		i, ok := index[code]
		if !ok || seen[code] != n {
			return fmt.Errorf("%w: it has %d findings of %q where its summary counts %d, so it was cut or edited", ErrNotResult, seen[code], code, n)
		}
		r.counts[i] = count{code: code, severity: severity, own: own, n: n}
		r.Findings += n
		delete(seen, code)
		return nil
	}
	for _, c := range o.Rules {
		if err := take(c.Code, c.Severity, c.Count, false); err != nil {
			return err
		}
	}
	for _, c := range o.PreSubmission {
		if err := take(c.Code, c.Severity, c.Count, true); err != nil {
			return err
		}
	}
	for code, n := range seen {
		return fmt.Errorf("%w: it has %d findings of %q where its summary counts none, so it was cut or edited", ErrNotResult, n, code)
	}
	return nil
}

// The fingerprints of findings that are gone are packed end to end, 16 bytes
// and one that says for how many periods, sorted, in base64.
const (
	packed = 17

	// forgotten is the number of periods after which a finding that comes back
	// is a new one: a year.
	forgotten = 12

	// maxGone bounds them. Those gone longest are forgotten first.
	maxGone = 1 << 20
)

// unpack adds the fingerprints of findings that were gone.
func (r *Result) unpack(text string) error {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b)%packed != 0 {
		return fmt.Errorf("%w: the fingerprints of what is gone cannot be read", ErrNotResult)
	}
	r.prints = slices.Grow(r.prints, len(b)/packed)
	for ; len(b) > 0; b = b[packed:] {
		r.prints = append(r.prints, print{
			hi: binary.BigEndian.Uint64(b), lo: binary.BigEndian.Uint64(b[8:]), rule: gone, months: b[16],
		})
	}
	return nil
}

// pack writes the fingerprints of what is gone once this result is compared
// with the next: what was not seen again. later says that the next is of a
// later period.
func (r *Result) pack(later bool) []byte {
	step := uint8(0)
	if later {
		step = 1
	}
	limit := uint8(forgotten)
	age := func(p *print) uint8 {
		if p.rule != gone {
			return max(step, 1)
		}
		return p.months + step
	}
	var ages [forgotten + 1]int
	for i := range r.prints {
		if p := &r.prints[i]; !p.seen && age(p) <= forgotten {
			ages[age(p)]++
		}
	}
	n := 0
	for a, of := range ages {
		if n+of > maxGone {
			limit = uint8(a) - 1
			break
		}
		n += of
	}
	out := make([]byte, 0, n*packed)
	for i := range r.prints {
		if p := &r.prints[i]; !p.seen && age(p) <= limit {
			out = binary.BigEndian.AppendUint64(out, p.hi)
			out = binary.BigEndian.AppendUint64(out, p.lo)
			out = append(out, age(p))
		}
	}
	return out
}
