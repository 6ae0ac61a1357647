// Package reconcile compares what we found in a submission with what the
// portal found: code by code, record by record where both sides show values,
// and table by table.
//
//	Summary Reports ─► Read ──► Portal ─┐
//	findings.jsonl ─────────────────────┴► Compare ─► Comparison ─► text, JSON, counts
//
// A record is matched by its code and the values of the items that both sides
// print, as a multiset: two equal lines of the portal need two findings of
// ours. Codes and items that we do not know are no error: the portal's rules
// move, and older reports name items otherwise.
package reconcile

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/bounded"
)

// A Portal is what one archive of Summary Reports says.
type Portal struct {
	codes map[string]*theirs // by the dictionary's code, else as printed
	order []string           // the codes as first met

	tables []tableCount

	// Counted is false when there is no aggregation.csv: the portal writes
	// none after it has rejected a file.
	Counted bool

	// Notices are sentences about what is missing or was passed over.
	Notices []string
}

// theirs is what the portal prints under one code.
type theirs struct {
	count    int64
	rejected int64 // of count, in validations.csv
	lines    []line
}

// A line is one occurrence; values are by the place of the item in labels.
type line struct {
	labels []string // shared between lines
	values []string
	times  int64
}

type tableCount struct {
	code  string
	count int64
}

// The files of an archive, by their constant names.
const (
	validations = "validations.csv"
	dataQuality = "data_quality.csv"
	aggregation = "aggregation.csv"
)

// pairs is the number of item and value pairs of a line.
const pairs = 10

// maxReport bounds one report, in bytes: a zip may claim anything.
const maxReport = 4 << 30

// Read reads the reports in fsys, a folder or an opened zip: the four files of
// a month, at any depth. Errors name the file and the line, and no value.
func Read(fsys fs.FS, d *dictionary.Dictionary) (*Portal, error) {
	found, err := find(fsys)
	if err != nil {
		return nil, err
	}
	p := &Portal{codes: make(map[string]*theirs)}
	if found[validations] == "" && found[dataQuality] == "" {
		return nil, fmt.Errorf("holds neither %s nor %s, so it is no archive of Summary Reports", validations, dataQuality)
	}
	for _, name := range []string{validations, dataQuality, aggregation} {
		if found[name] == "" {
			if name != aggregation {
				p.Notices = append(p.Notices, name+" is missing: what it would hold counts as not found by the portal")
			}
			continue
		}
		if err := p.file(fsys, found[name], name, d); err != nil {
			return nil, fmt.Errorf("%s: %w", found[name], cause(err))
		}
	}
	p.Counted = found[aggregation] != ""
	return p, nil
}

// cause words what package zip says of damage.
func cause(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, &corrupt), errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("is damaged: the archive was cut off or altered; download it again")
	case errors.Is(err, zip.ErrAlgorithm):
		return errors.New("is packed in a way that cannot be read; unpack the archive into a folder first")
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// locked is the bit of an entry's flags that says it is encrypted.
const locked = 1

// find returns the paths of the reports by name.
func find(fsys fs.FS) (map[string]string, error) {
	found := make(map[string]string)
	err := fs.WalkDir(fsys, ".", func(p string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return cause(err)
		case p != "." && strings.HasPrefix(e.Name(), ".") || strings.HasPrefix(e.Name(), "__"): // what other systems add
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir():
			return nil
		}
		name := strings.ToLower(path.Base(p))
		if !slices.Contains([]string{validations, dataQuality, aggregation}, name) {
			return nil
		}
		if found[name] != "" {
			return fmt.Errorf("holds %s twice, as %s and as %s: give the reports of one submission", name, found[name], p)
		}
		found[name] = p
		return nil
	})
	return found, err
}

// file reads one report.
func (p *Portal) file(fsys fs.FS, at, name string, d *dictionary.Dictionary) error {
	f, err := fsys.Open(at)
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil {
		if h, ok := info.Sys().(*zip.FileHeader); ok && h.Flags&locked != 0 {
			return errors.New("needs a password; unpack the archive into a folder first")
		}
	}
	in := &limited{r: f, left: maxReport}
	return p.read(in, name, d)
}

// bounded refuses to read more than its limit.
type limited struct {
	r    io.Reader
	left int64
}

func (b *limited) Read(to []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("is larger than %d GiB", maxReport>>30)
	}
	n, err := b.r.Read(to[:min(int64(len(to)), b.left)])
	b.left -= int64(n)
	return n, err
}

// columns are the places of the columns of a report, -1 for one that it lacks.
type columns struct {
	code, numerator int
	items, values   [pairs]int
}

func readHeader(cells []string) (*columns, error) {
	at := func(name string) int {
		return slices.IndexFunc(cells, func(c string) bool { return strings.EqualFold(strings.TrimSpace(c), name) })
	}
	c := &columns{code: at("CODE"), numerator: at("NUMERATOR")}
	for i := range pairs {
		c.items[i] = at("DATA_ITEM" + strconv.Itoa(i+1))
		c.values[i] = at("DATA_VALUE" + strconv.Itoa(i+1))
	}
	if c.code < 0 || c.numerator < 0 {
		return nil, errors.New("its first line has no columns CODE and NUMERATOR, so it is no Summary Report")
	}
	return c, nil
}

// read reads the lines of a report with one of the constant names.
func (p *Portal) read(r io.Reader, name string, d *dictionary.Dictionary) error {
	in := bufio.NewReaderSize(r, 64<<10)
	if mark, err := in.Peek(3); err == nil && bytes.Equal(mark, []byte("\ufeff")) {
		in.Discard(3)
	}
	c := bounded.NewReader(in)
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	var at *columns
	shared := make(map[string][]string) // the lists of labels, by all of them
	for {
		cells, err := c.Read()
		var bad *csv.ParseError
		switch {
		case err == io.EOF && at == nil:
			return errors.New("is empty, without even the names of its columns")
		case err == io.EOF:
			return nil
		case errors.As(err, &bad):
			return fmt.Errorf("line %d: quotation marks do not pair", bad.StartLine)
		case err != nil:
			return err
		}
		number, _ := c.FieldPos(0)
		if at == nil {
			if at, err = readHeader(cells); err != nil {
				return err
			}
			continue
		}
		if blank(cells) {
			continue
		}
		if err := p.add(cells, at, name, d, shared); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
	}
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// maxCount is more records than any submission has; the sum of so many counts as
// a report has lines stays a number.
const maxCount = 1 << 40

// add takes one line.
func (p *Portal) add(cells []string, at *columns, name string, d *dictionary.Dictionary, shared map[string][]string) error {
	cell := func(i int) string {
		if i < 0 || i >= len(cells) {
			return ""
		}
		return strings.Trim(cells[i], " ")
	}
	code := cell(at.code)
	if !isCode(code) {
		return errors.New("column CODE holds no code")
	}
	code = strings.Clone(code)
	n, err := strconv.ParseInt(cell(at.numerator), 10, 64)
	if n > maxCount {
		return errors.New("column NUMERATOR holds a greater count than there can be records")
	}
	if name == aggregation {
		if err != nil || n < 0 {
			return errors.New("column NUMERATOR holds no count")
		}
		p.tables = append(p.tables, tableCount{code, n})
		return nil
	}
	if err != nil || n < 1 {
		n = 1
	}
	if r := d.Rule(code); r != nil {
		code = r.Code
	}
	t := p.codes[code]
	if t == nil {
		t = new(theirs)
		p.codes[code] = t
		p.order = append(p.order, code)
	}
	t.count += n
	if name == validations {
		t.rejected += n
	}
	l := line{times: n}
	var labels strings.Builder
	for i := range pairs {
		if item := cell(at.items[i]); item != "" {
			labels.WriteString(item + "\n")
			l.values = append(l.values, strings.Clone(cell(at.values[i])))
		}
	}
	all := labels.String()
	if shared[all] == nil {
		shared[all] = strings.Split(strings.TrimSuffix(all, "\n"), "\n")
	}
	l.labels = shared[all]
	if len(l.values) > 0 {
		t.lines = append(t.lines, l)
	}
	return nil
}

// isCode reports whether s can be the code of a rule: letters and digits. What
// is printed later therefore holds nothing else.
func isCode(s string) bool {
	return s != "" && len(s) <= 20 && strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) < 0
}
