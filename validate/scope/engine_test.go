package scope_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"testing"

	"mhsds/dictionary"
	"mhsds/schemas"
	"mhsds/validate"
	"mhsds/validate/finding"
	"mhsds/validate/scope"
	"mhsds/validate/source"
	"mhsds/validate/source/delimited"
)

// release is the embedded schemas.
func release(t testing.TB) fs.FS {
	t.Helper()
	fsys, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

// A submission is tables of records, as CSV in memory.
type submission struct {
	names []string
	files [][]byte
	block int
}

// add adds a table's records; fields may differ from record to record.
func (s *submission) add(table string, records []map[string]string) {
	fields := map[string]bool{}
	for _, r := range records {
		for f := range r {
			fields[f] = true
		}
	}
	head := slices.Sorted(maps.Keys(fields))
	if len(head) == 0 {
		return
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(head)
	for _, r := range records {
		var cells []string
		for _, f := range head {
			cells = append(cells, r[f])
		}
		w.Write(cells)
	}
	w.Flush()
	s.names = append(s.names, table)
	s.files = append(s.files, b.Bytes())
}

func (s *submission) Tables() (list []source.Table) {
	for i, n := range s.names {
		list = append(list, source.Table{Name: n, File: n + ".csv", Size: int64(len(s.files[i]))})
	}
	return list
}

func (s *submission) Open(i int) (source.Reader, error) {
	return delimited.NewReader(bytes.NewReader(s.files[i]), s.names[i]+".csv", delimited.Options{BlockSize: s.block})
}
func (s *submission) Notices() []source.Notice { return nil }
func (s *submission) Close() error             { return nil }

// A stage is a validator whose observer can be changed, so that the schemas
// are compiled once for many runs.
type stage struct {
	*scope.Scope
	validator *validate.Validator
}

func newStage(t testing.TB, opt validate.Options) *stage {
	t.Helper()
	s := &stage{Scope: scope.New(scope.Options{})}
	opt.Observers = []validate.Observer{s}
	v, err := validate.New(release(t), opt)
	if err != nil {
		t.Fatal(err)
	}
	s.validator = v
	return s
}

var sharedStage = sync.OnceValues(func() (*stage, error) {
	s := &stage{Scope: scope.New(scope.Options{})}
	fsys, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		return nil, err
	}
	s.validator, err = validate.New(fsys, validate.Options{Observers: []validate.Observer{s}})
	return s, err
})

func shared(t testing.TB) *stage {
	t.Helper()
	s, err := sharedStage()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run judges a submission with what is declared, and returns the findings of
// rules on scope.
func (s *stage) run(t testing.TB, opt scope.Options, c source.Container) ([]said, *finding.Summary) {
	t.Helper()
	s.Scope = scope.New(opt)
	if err := s.Bind(s.validator.Dictionary()); err != nil {
		t.Fatal(err)
	}
	var k keeper
	sum, err := s.validator.Run(t.Context(), c, &k)
	if err != nil {
		t.Fatal(err)
	}
	return k, sum
}

// said is a finding of a rule on scope.
type said struct {
	code, grade, table, column string
	row                        int64
	detail, values             string
}

func (s said) String() string {
	text := fmt.Sprintf("%s %s %s %d", s.code, s.table, s.column, s.row)
	if s.detail != "" {
		text += ": " + s.detail
	}
	return text + s.values
}

type keeper []said

func (k *keeper) Report(f *finding.Finding) error {
	if f.Rule.Kind != dictionary.Scope {
		return nil
	}
	values := ""
	for _, v := range f.Values {
		values += fmt.Sprintf(" %s=%q", v.Item, v.Text)
	}
	*k = append(*k, said{f.Rule.Code, f.Rule.Grade, f.Table.ID, f.Column, f.Row, f.Detail, values})
	return nil
}
