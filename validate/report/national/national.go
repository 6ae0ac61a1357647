// Package national writes the outcome of a run in the layout of the portal's
// own Summary Reports, so that what a provider built for those works before
// anything is sent.
//
// A folder gets up to four files of 25 columns, UTF-8 without byte order mark,
// lines ended by CR LF, quotes only where needed:
//
//	validations.csv    a line for each rejection     ┐ code, 1, then up to ten
//	data_quality.csv   a line for each warning       ┘ pairs of item and value
//	aggregation.csv    surviving rows of every table but the header
//	diagnostics.csv    counts of surviving rows
//
// After a file rejection the last two are absent, as they are in the portal.
// Findings of ours are in none of them. Values stand as they were submitted,
// as in the portal's files: one that a spreadsheet would take for a formula is
// not changed, for it would be another value then.
//
// The files hold values of records by nature: they are readable by their owner
// alone, and exist under their names only once they are whole. A file of an
// earlier run in the same folder is replaced; one that this package did not
// write, such as the portal's own, never is.
package national

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"mhsds/dictionary"
	"mhsds/validate/finding"
)

// pairs is the number of item and value pairs of a line, and columns that of
// all columns.
const (
	pairs   = 10
	columns = 5 + 2*pairs
)

// The four files, in the order in which they are put in place.
const (
	validations = iota
	dataQuality
	aggregation
	diagnostics
	files
)

var (
	fileNames   = [files]string{"validations.csv", "data_quality.csv", "aggregation.csv", "diagnostics.csv"}
	reportTypes = [files]string{"Validation Failures", "Data Quality Issues", "Aggregation", "Diagnostic"}
)

// zeroDay is the date that a time of day carries where a date with a time is
// printed: the day zero of the databases in which submissions are sent.
const zeroDay = "1899-12-30"

// ErrOccupied is wrapped by the error of New for a folder that holds a report
// of somebody else's.
var ErrOccupied = errors.New("is no report of an earlier run of this program; empty the folder or name another")

// A Report is a finding.Sink that writes the files of one run.
type Report struct {
	d       *dictionary.Dictionary
	dir     string
	created bool // the folder did not exist
	out     [files]*output
	rules   map[*dictionary.Rule]*parts
	scratch []byte
	leftOut []finding.DiagnosticCount
	done    bool
}

// An output is a file that has no name of its own yet.
type output struct {
	file *os.File
	w    *bufio.Writer
}

// parts are what all lines of a rule have in common.
type parts struct {
	to    int
	head  []byte   // up to and with the empty denominator's comma
	items [][]byte // ,[UID]Name,
	types []dictionary.Type
	tail  []byte // the empty pairs and the line's end
}

// New opens a report in the folder dir, which it makes if need be. The caller
// must call Close or Abandon.
func New(dir string, d *dictionary.Dictionary) (*Report, error) {
	r := &Report{d: d, dir: dir, rules: make(map[*dictionary.Rule]*parts)}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		r.created = true
	}
	if err := r.mayReplace(); err != nil {
		return nil, err
	}
	for i := range files {
		f, err := os.CreateTemp(dir, "."+fileNames[i]+".*.part") // readable by its owner alone
		if err != nil {
			r.Abandon()
			return nil, err
		}
		r.out[i] = &output{f, bufio.NewWriterSize(f, 64<<10)}
		r.out[i].w.Write(header())
	}
	return r, nil
}

// header is the first line of every file.
func header() []byte {
	b := []byte("REPORT_TYPE,DESCRIPTION,CODE,NUMERATOR,DENOMINATOR")
	for i := 1; i <= pairs; i++ {
		b = fmt.Appendf(b, ",DATA_ITEM%d,DATA_VALUE%d", i, i)
	}
	return append(b, "\r\n"...)
}

// mayReplace returns an error if the folder holds a file of one of the four
// names that this package has not written.
func (r *Report) mayReplace() error {
	for i, name := range fileNames {
		path := filepath.Join(r.dir, name)
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		ours := r.wrote(i, f)
		f.Close()
		if !ours {
			return fmt.Errorf("%s %w", path, ErrOccupied)
		}
	}
	return nil
}

// wrote reports whether a file with the i-th name came from this package: its
// first lines have the layout and, where the portal's wording differs from
// ours, our words.
func (r *Report) wrote(i int, f io.Reader) bool {
	c := csv.NewReader(io.LimitReader(f, 64<<10))
	c.FieldsPerRecord = columns
	first, err := c.Read()
	want := strings.Split(strings.TrimSuffix(string(header()), "\r\n"), ",")
	if err != nil || strings.Join(first, "\n") != strings.Join(want, "\n") {
		return false
	}
	line, err := c.Read()
	switch {
	case err == io.EOF:
		return true
	case err != nil || line[0] != reportTypes[i]:
		return false
	case i == aggregation:
		return true // the same words; the other files decide
	case i == diagnostics:
		for k := range r.d.Diagnostics {
			if g := &r.d.Diagnostics[k]; g.Code == line[2] {
				return g.What == line[1]
			}
		}
		return false
	}
	rule := r.d.Rule(line[2])
	return rule != nil && line[1] == r.describe(rule)
}

// describe is the severity and the message of a rule.
func (r *Report) describe(rule *dictionary.Rule) string {
	s := rule.Severity.String()
	return strings.ToUpper(s[:1]) + s[1:] + " - " + r.d.Message(rule)
}

// Report writes the finding, unless it is of a rule of ours. It needs the
// finding's values: without them the pairs have items alone.
func (r *Report) Report(f *finding.Finding) error {
	if f.Rule.Own() {
		return nil
	}
	p := r.rules[f.Rule]
	if p == nil {
		p = r.prepare(f.Rule)
	}
	b := append(r.scratch[:0], p.head...)
	for i, item := range p.items {
		b = append(b, item...)
		if i < len(f.Values) {
			b = appendValue(b, f.Values[i].Text, p.types[i])
		}
	}
	r.scratch = append(b, p.tail...)
	_, err := r.out[p.to].w.Write(r.scratch)
	return err
}

func (r *Report) prepare(rule *dictionary.Rule) *parts {
	p := &parts{to: validations}
	if rule.Severity == dictionary.Warning {
		p.to = dataQuality
	}
	p.head = line(p.to, r.describe(rule), rule.Code, "1", "")
	for i, item := range rule.Items {
		if i == pairs {
			break
		}
		p.items = append(p.items, append(appendField([]byte{','}, []byte(item.String())), ','))
		t := dictionary.Text
		if f := r.d.ItemField(rule, item); f != nil {
			t = f.Type
		}
		p.types = append(p.types, t)
	}
	p.tail = end(len(p.items))
	r.rules[rule] = p
	return p
}

// line returns the first five columns of a line.
func line(to int, description, code, numerator, denominator string) []byte {
	b := append([]byte(reportTypes[to]), ',')
	b = append(appendField(b, []byte(description)), ',')
	b = append(appendField(b, []byte(code)), ',')
	b = append(append(b, numerator...), ',')
	return append(b, denominator...)
}

// end returns what follows the n-th pair.
func end(n int) []byte {
	return append(bytes.Repeat([]byte{',', ','}, pairs-n), "\r\n"...)
}

// appendValue appends a value as the portal prints it: a date or a time as a
// date with a time, anything else as it was submitted.
func appendValue(b, v []byte, t dictionary.Type) []byte {
	switch {
	case len(v) == 0:
		return b
	case (t == dictionary.Date || t == dictionary.DateTime) && isDate(v):
		b = append(append(b, v[:10]...), ' ')
		if len(v) == 10 {
			return append(b, "00:00:00"...)
		}
		return append(b, v[11:]...)
	case t == dictionary.Time && isClock(v):
		b = append(append(b, zeroDay...), ' ')
		return append(b, v...)
	}
	return appendField(b, v)
}

// isDate reports whether v has the form CCYY-MM-DD, perhaps with Thh:mm:ss.
func isDate(v []byte) bool {
	if len(v) == 19 && v[10] == 'T' && isClock(v[11:]) {
		v = v[:10]
	}
	return shaped(v, "0000-00-00")
}

// isClock reports whether v has the form hh:mm:ss.
func isClock(v []byte) bool { return shaped(v, "00:00:00") }

// shaped reports whether v has a digit wherever shape has a 0, and otherwise
// the same characters.
func shaped(v []byte, shape string) bool {
	if len(v) != len(shape) {
		return false
	}
	for i, c := range v {
		if shape[i] == '0' && (c < '0' || c > '9') || shape[i] != '0' && c != shape[i] {
			return false
		}
	}
	return true
}

// appendField appends a field, quoted where it must be. What is not UTF-8
// becomes U+FFFD.
func appendField(b, v []byte) []byte {
	if !utf8.Valid(v) {
		v = bytes.ToValidUTF8(v, []byte("\uFFFD"))
	}
	if !bytes.ContainsAny(v, ",\"\r\n") {
		return append(b, v...)
	}
	b = append(b, '"')
	for _, c := range v {
		if c == '"' {
			b = append(b, '"')
		}
		b = append(b, c)
	}
	return append(b, '"')
}

// Close writes the counts and puts the files in place. After a file rejection
// there are no counts, and those of an earlier run are removed.
func (r *Report) Close(s *finding.Summary) error {
	counts := s.Verdict != finding.FileRejected
	if counts {
		r.counts(s)
		r.diagnostics(s)
	}
	for i := range files {
		o := r.out[i]
		if err := errors.Join(o.w.Flush(), o.file.Close()); err != nil {
			r.Abandon()
			return err
		}
	}
	r.done = true
	var failed error
	for i := range files {
		path, temp := filepath.Join(r.dir, fileNames[i]), r.out[i].file.Name()
		var err error
		if i < aggregation || counts {
			err = os.Rename(temp, path)
		} else {
			err = os.Remove(temp)
			if stale := os.Remove(path); stale != nil && !errors.Is(stale, fs.ErrNotExist) {
				err = errors.Join(err, stale)
			}
		}
		if err != nil {
			os.Remove(temp)
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// Abandon removes what Close has not put in place. It does nothing after
// Close.
func (r *Report) Abandon() {
	if r.done {
		return
	}
	r.done = true
	for _, o := range r.out {
		if o != nil {
			o.file.Close()
			os.Remove(o.file.Name())
		}
	}
	if r.created {
		os.Remove(r.dir) // fails, rightly, if something else has come to stand in it
	}
}

// counts writes how many rows of each table survive, in the published order.
// The first write error comes back from Flush.
func (r *Report) counts(s *finding.Summary) {
	survive := make(map[*dictionary.Table]int64, len(s.Tables))
	for i := range s.Tables {
		survive[s.Tables[i].Table] = s.Tables[i].CarriedForward
	}
	head, _ := r.d.Role("header")
	for i := range r.d.Tables {
		t := &r.d.Tables[i]
		if t == head {
			continue
		}
		b := line(aggregation, "Total "+t.ID+" Pre-deadline Processing Row Count", t.CountCode(),
			strconv.FormatInt(survive[t], 10), "")
		r.out[aggregation].w.Write(append(b, end(0)...))
	}
}

// diagnostics writes the counts that the run has made, and keeps the others
// for LeftOut.
func (r *Report) diagnostics(s *finding.Summary) {
	for _, c := range s.Diagnostics {
		if c.Why != "" {
			r.leftOut = append(r.leftOut, c)
			continue
		}
		denominator := ""
		if c.Diagnostic.Over != "" && c.Denominator > 0 {
			denominator = strconv.FormatInt(c.Denominator, 10)
		}
		b := line(diagnostics, c.Diagnostic.What, c.Diagnostic.Code, strconv.FormatInt(c.Numerator, 10), denominator)
		r.out[diagnostics].w.Write(append(b, end(0)...))
	}
}

// LeftOut returns the diagnostics that Close could not write, each with its
// Why; none after a file rejection, when there are no diagnostics at all.
func (r *Report) LeftOut() []finding.DiagnosticCount { return r.leftOut }
