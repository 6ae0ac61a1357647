package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mhsds/dictionary"
	"mhsds/dictionary/synthetic"
	"mhsds/dictionary/synthetic/database"
	"mhsds/validate"
	"mhsds/validate/finding"
	"mhsds/validate/quality"
	"mhsds/validate/scope"
	"mhsds/validate/source"
	"mhsds/validate/source/access"
	"mhsds/validate/source/archive"
	"mhsds/validate/source/spreadsheet"
)

// A container is one of the ways in which a submission arrives.
type container uint8

const (
	folderCSV container = iota
	zipCSV
	folderJSON
	zipJSON
	workbook
	accessDatabase
	containers
)

func (c container) String() string {
	return [...]string{"CSV", "zip of CSV", "JSON lines", "zip of JSON lines", "workbook", "database"}[c]
}

// A setting is what the engine is told beside the submission.
type setting uint8

const (
	plain    setting = iota
	byPortal         // and what --quality looks for
	byRegisters
	settings
)

// A judge judges one submission after the other. It belongs to one goroutine.
type judge struct {
	c          *corpus
	validators [settings]*validate.Validator
	scope      scopeObserver
	quality    qualityObserver
}

// Observers serve one run; these are given a new one for each.
type (
	scopeObserver   struct{ *scope.Scope }
	qualityObserver struct{ *quality.Observer }
)

func (c *corpus) judge() (*judge, error) {
	j := &judge{c: c, scope: scopeObserver{scope.New(scope.Options{})}, quality: qualityObserver{quality.New(quality.Options{})}}
	first := periods()[0]
	for s, opt := range [settings]validate.Options{
		plain:    {Workers: 2},
		byPortal: {Workers: 1, Provider: "RZZ", Submitter: "RZZ", PeriodStart: first + "-01", PeriodEnd: first + "-30", Uploaded: uploaded, Values: true},
		// A small batch, so that tables have many.
		byRegisters: {Workers: 3, BatchRows: 100, Reference: registers{}},
	} {
		opt.Observers = []validate.Observer{&j.scope}
		if setting(s) != byRegisters {
			opt.Observers = append(opt.Observers, &j.quality)
		}
		var err error
		if j.validators[s], err = validate.New(c.schemas, opt); err != nil {
			return nil, err
		}
	}
	return j, nil
}

// uploaded is when the portal gets every submission: after the first period's
// were made.
const uploaded = "2026-10-20T12:00:00"

// renew gives a validator new observers.
func (j *judge) renew(v *validate.Validator) error {
	j.scope.Scope, j.quality.Observer = scope.New(scope.Options{}), quality.New(quality.Options{})
	return errors.Join(j.scope.Bind(v.Dictionary()), j.quality.Bind(v.Dictionary()))
}

// registers hold three codes in four.
type registers struct{}

func (registers) Holds(dictionary.Register) bool { return true }
func (registers) Files() []finding.ReferenceFile { return nil }
func (registers) Has(_ dictionary.Register, value []byte, _ int32) bool {
	h := fnv.New32a()
	h.Write(value)
	return h.Sum32()%4 != 0
}

// A sink counts findings, and lists them as "table:row:code".
type sink struct {
	counts counts
	list   []string
}

func (s *sink) Report(f *finding.Finding) error {
	s.counts[f.Rule.Code]++
	s.list = append(s.list, fmt.Sprintf("%s:%d:%s", f.Table.Name, f.Row, f.Rule.Code))
	return nil
}

// run makes a submission, judges it, and counts. An error is a fault of the
// program, or findings that cannot be right whatever the totals say: of a
// submission without faults, or other than the answer key.
func (j *judge) run(ctx context.Context, s *submission) (counts, error) {
	dir, err := os.MkdirTemp("", "acceptance-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	in, made, err := j.open(ctx, s, dir)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	v := j.validators[s.setting]
	if err := j.renew(v); err != nil {
		return nil, err
	}
	found := sink{counts: counts{}}
	sum, err := v.Run(ctx, in, &found)
	if err != nil {
		return nil, err
	}
	if len(sum.Incomplete) > 0 {
		return nil, fmt.Errorf("incomplete: %s", sum.Incomplete[0])
	}
	for _, r := range sum.Rules {
		if r.Count != found.counts[r.Rule.Code] {
			return nil, fmt.Errorf("rule %s: %d findings, and %d by the summary", r.Rule.Code, found.counts[r.Rule.Code], r.Count)
		}
	}
	if made != nil {
		if err := s.check(made, found.list, sum); err != nil {
			return nil, err
		}
	}
	found.counts[countSubmissions] = 1
	found.counts["submissions "+sum.Verdict.String()] = 1
	for _, t := range sum.Tables {
		found.counts[countRows] += t.Rows
		found.counts[countCarried] += t.CarriedForward
	}
	return found.counts, nil
}

// A making is what the generator says of a submission that it made.
type making struct {
	*synthetic.Result
	odd bool // the database keeps some dates as text
}

// check holds the findings against what the generator knows of the submission.
func (s *submission) check(made *making, found []string, sum *finding.Summary) error {
	if s.damaged {
		return nil
	}
	rows := map[string]int64{}
	for _, t := range made.Tables {
		rows[t.Table.ID] = t.Rows
	}
	for _, t := range sum.Tables {
		if t.Rows != rows[t.Table.ID] {
			return fmt.Errorf("table %s: %d rows written, %d read", t.Table.Name, rows[t.Table.ID], t.Rows)
		}
	}
	// What a register knows of made-up codes is chance; so is what is missing
	// beside some tables alone. The portal knows of one period.
	clean := len(s.cfg.Break) == 0 && s.cfg.FaultRate == 0
	if s.setting != plain && !(clean && s.setting == byPortal && s.cfg.Period == periods()[0]) ||
		s.cfg.FaultRate > 0 || s.cfg.Tables != nil || made.odd {
		return nil
	}
	var want []string
	for _, a := range made.Answers {
		want = append(want, fmt.Sprintf("%s:%d:%s", a.Table, a.Row, a.Code))
		for _, e := range a.Cascade {
			want = append(want, fmt.Sprintf("%s:%d:%s", e.Table, e.Row, e.Code))
		}
	}
	if len(s.cfg.Break) == 1 && slices.ContainsFunc(sum.NotChecked, func(n finding.NotChecked) bool { return n.Rule.Code == s.cfg.Break[0] }) {
		return nil // a rule that compares with what only the portal knows
	}
	slices.Sort(want)
	slices.Sort(found)
	if !slices.Equal(found, want) {
		return fmt.Errorf("%d findings, and %d by the answer key: %s", len(found), len(want), firstDifference(found, want))
	}
	return nil
}

// firstDifference words the first place where two sorted lists differ.
func firstDifference(found, want []string) string {
	for i := range max(len(found), len(want)) {
		switch {
		case i == len(want) || i < len(found) && found[i] < want[i]:
			return found[i] + " should not be"
		case i == len(found) || want[i] < found[i]:
			return want[i] + " is missing"
		}
	}
	return "none"
}

// open makes the submission and opens it; made is nil for a fixture.
func (j *judge) open(ctx context.Context, s *submission, dir string) (in source.Container, made *making, err error) {
	if s.fixture != "" {
		in, err = openFixture(s.fixture)
		return in, nil, err
	}
	var b bytes.Buffer
	var w interface {
		synthetic.Writer
		io.Closer
	}
	switch s.container {
	case folderCSV:
		w = synthetic.Folder(dir)
	case zipCSV:
		w = synthetic.Zip(&b)
	case folderJSON:
		w = synthetic.JSONFolder(dir)
	case zipJSON:
		w = synthetic.JSONZip(&b)
	case workbook:
		w, err = synthetic.NewWorkbook(&b, dir)
	case accessDatabase:
		w = database.New(&b)
	default:
		err = errors.New("no such container")
	}
	if err != nil {
		return nil, nil, err
	}
	made = new(making)
	if made.Result, err = j.c.g.Generate(ctx, s.cfg, w); err != nil {
		return nil, nil, err
	}
	if err := w.Close(); err != nil {
		return nil, nil, err
	}
	if s.damaged {
		if err := damageFolder(dir, s.cfg.Seed); err != nil {
			return nil, nil, err
		}
	}
	if db, ok := w.(*database.Database); ok {
		made.odd = len(db.Odd()) > 0
	}
	const name = "submission"
	data, size := bytes.NewReader(b.Bytes()), int64(b.Len())
	switch s.container {
	case folderCSV, folderJSON:
		in, err = archive.OpenFolder(dir, archive.Options{})
	case zipCSV, zipJSON:
		in, err = archive.NewZip(data, size, name, archive.Options{})
	case workbook:
		in, err = spreadsheet.New(data, size, name)
	case accessDatabase:
		in, err = access.New(data, size, name)
	}
	return in, made, err
}

// openFixture opens a folder of CSV files, or a packed database.
func openFixture(path string) (source.Container, error) {
	if !strings.HasSuffix(path, ".gz") {
		return archive.OpenFolder(path, archive.Options{})
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	return access.New(bytes.NewReader(data), int64(len(data)), filepath.Base(path))
}
