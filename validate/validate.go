// Package validate judges submissions: it says what the national portal would
// do with one, record by record, before anybody uploads it.
//
// A Validator is made once from the schemas of a release. Run reads the
// submission a table at a time, in an order in which children meet settled
// parents, and hands findings to a Sink as they become final:
//
//	header ─► rules bound to its period
//	tables ─► blocks ─► workers: batches, row rules, parents' look-up
//	                       └─► collector, in row order: keys, findings
//	                              └─► end of table: uniqueness, references
//
// The findings, and their order, are the same for any number of workers, any
// batch size and any container of the same records.
package validate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/plan"
	"mhsds/validate/relation"
	"mhsds/validate/source"
)

// Options tune a Validator. The zero value is the one most callers want.
type Options struct {
	// Workers is the number of goroutines that check batches. 0 means one a
	// CPU. The findings are the same for any number.
	Workers int

	// BatchRows is the greatest number of records checked together. 0 means
	// 4096.
	BatchRows int

	// What only the portal knows; "" is "not given", and the rules that need
	// it are then not checked. Dates are CCYY-MM-DD, Uploaded is
	// CCYY-MM-DDThh:mm:ss.
	Provider, Submitter, PeriodStart, PeriodEnd, Uploaded string

	// Values asks for the values of each finding's items. Findings that no
	// row shows by itself cost a second reading of their table then.
	Values bool

	// FingerprintKey, if not empty, gives findings and root causes fingerprints
	// keyed by these bytes, at least MinFingerprintKey of them. It costs what
	// Values costs.
	FingerprintKey []byte

	// DateLayout is how dates are written in containers of text, such as
	// "DD/MM/YYYY"; "" is CCYY-MM-DD alone.
	DateLayout string

	// AssumeFixed lists rule codes whose findings are to count as repaired;
	// Summary.Assumed says what would be carried forward then.
	AssumeFixed []string

	// Diagnostics asks for the dictionary's diagnostics of a submission that
	// is not rejected as a file; the tables that they name are read again.
	Diagnostics bool

	// Reference, if not nil, holds registers to look codes up in: of
	// organisations, postcodes and so on. Rules on registers that it does not
	// hold are not checked.
	Reference Reference

	// Observers look at every row besides the rules. They serve one run, so
	// a Validator that has some does too.
	Observers []Observer

	// SingleRecords leaves out the rules between records, but for comparisons
	// with a parent's date. It is for measuring: row counts and causes in the
	// summary mean nothing then.
	SingleRecords bool

	// Judge, if not nil, is asked for a second opinion on every record;
	// Summary.Disagreements says where it differs. That is slow.
	Judge Judge

	// Progress, if not nil, is called now and then with the bytes read so far
	// and in all, from one goroutine at a time.
	Progress func(done, total int64, table string)

	// OwnSchemas says that the schemas are those that the program carries, which
	// a test has compiled: a table's is then compiled when its first rows come,
	// so that a run does not wait for tables that the submission lacks.
	OwnSchemas bool

	// Keys, if not nil, is told of every table with rows what its keys took
	// when the last row was in. It is for measuring.
	Keys func(t *dictionary.Table, m relation.KeyMemory)

	// Tool is copied into the summary.
	Tool finding.Tool
}

// A Reference is the reference data of a run. Several goroutines may ask it.
type Reference interface {
	plan.Reference

	// Files says what it was read from, for the summary.
	Files() []finding.ReferenceFile
}

// ErrNotSubmission is returned by Run when the container has no table of the
// data set.
var ErrNotSubmission = errors.New("not a submission")

// ErrFault is wrapped by errors that are a fault of ours: a panic of the
// engine, which the error places without repeating what it said.
var ErrFault = errors.New("a fault of the program")

// A Validator judges submissions by one release. It may be used by several
// goroutines.
type Validator struct {
	opt    Options
	plan   *plan.Plan
	spec   *relation.Spec
	portal plan.Portal
	layout *plan.Layout
}

// New reads and compiles the schemas of a release.
func New(schemas fs.FS, opt Options) (*Validator, error) {
	compile := plan.Compile
	if opt.OwnSchemas {
		compile = plan.Read
	}
	p, err := compile(schemas)
	if err != nil {
		return nil, err
	}
	return newValidator(p, opt)
}

func newValidator(p *plan.Plan, opt Options) (*Validator, error) {
	if opt.Workers <= 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	if opt.BatchRows <= 0 {
		opt.BatchRows = 4096
	}
	if n := len(opt.FingerprintKey); n > 0 && n < MinFingerprintKey {
		return nil, fmt.Errorf("fingerprint key: %d bytes, of which there must be %d at least", n, MinFingerprintKey)
	}
	spec, err := relation.NewSpec(p.Dictionary, plan.Active)
	if err != nil {
		return nil, err
	}
	if opt.Reference != nil {
		p = p.With(opt.Reference)
	}
	v := &Validator{opt: opt, plan: p, spec: spec, portal: plan.Portal{}}
	for role, value := range map[string]string{
		"context_provider": opt.Provider, "context_submitter": opt.Submitter,
		"context_period_start": opt.PeriodStart, "context_period_end": opt.PeriodEnd,
		"context_uploaded": opt.Uploaded,
	} {
		if _, f := p.Dictionary.Role(role); f != nil && value != "" {
			v.portal[f.Name] = value
		}
	}
	if opt.DateLayout != "" {
		if v.layout, err = plan.ParseLayout(opt.DateLayout); err != nil {
			return nil, err
		}
	}
	for _, o := range opt.Observers {
		if b, ok := o.(Binder); ok {
			if err := b.Bind(p.Dictionary); err != nil {
				return nil, err
			}
		}
	}
	v.opt.AssumeFixed = nil
	for _, code := range opt.AssumeFixed {
		r := p.Dictionary.Rule(code)
		if r == nil {
			return nil, fmt.Errorf("assume fixed: no rule has the code %q", code)
		}
		v.opt.AssumeFixed = append(v.opt.AssumeFixed, r.Code)
	}
	return v, nil
}

// Dictionary is the release that the schemas describe.
func (v *Validator) Dictionary() *dictionary.Dictionary { return v.plan.Dictionary }

// Run judges a submission. Findings go to sink as they become final; an error
// of the sink ends the run and is returned unchanged. When ctx ends, or a
// table cannot be read to its end, the summary of what was read comes back
// without an error and says in Incomplete what was not.
func (v *Validator) Run(ctx context.Context, c source.Container, sink finding.Sink) (*finding.Summary, error) {
	r := &run{v: v, container: c, sink: sink}
	return r.all(ctx)
}
