// Package synthetic makes whole submissions of made-up patients, with faults
// and an answer key if asked.
//
// The dictionary alone says what a submission is: a table lies under the one
// that its rejecting reference rule names, a value keeps to every rule on its
// field, a date to every order that it stands in. The sheet shapes.csv adds
// what no rule says, such as how many contacts a referral has. What comes out
// breaks no rule:
//
//	patient 7 ── referral 7-0 ─┬─ contact 7-0-0 ── activity 7-0-0-0
//	                           ├─ contact 7-0-1
//	                           └─ spell 7-0-0 ──── ward stay 7-0-0-0
//
// Every row has a seed, hashed from its parent's and its place under it, and
// every value a hash of its row's. So a table is made without the others, a
// patient without those before, and only what a row's dates are bounded by is
// worked out again; memory does not grow with the number of patients. The
// same configuration gives the same bytes, whatever the number of workers.
//
// Faults are made in worlds of their own: the rows of one patient, or of one
// pool, are tampered with until a plain judge finds that they break the rule
// and no other; then they take the place of a patient's rows. What the judge
// says follows from it is the answer key. A rule that never fails alone stands
// in entangled.csv, a kind of rule that no row's values break in unbroken.csv.
//
//	rule ──► world ──► edits of a cell, dates put out of order, copies of a row …
//	           │            │
//	           └── judge ◄──┘ ──► the fault, its companions and its cascade
//
// No value is taken from life: NHS numbers lie in the test range, SNOMED CT
// identifiers and organisation codes are made up, names and free text are
// nowhere.
package synthetic

import (
	"context"
	"fmt"
	"io/fs"
	"runtime"
	"strconv"
	"sync"

	"mhsds/dictionary"
)

// Config says what to make. The zero value of a field is the usual one.
type Config struct {
	// Patients is the number of patients, at least 1.
	Patients int

	// Period is the reporting month, "2026-09". It is required.
	Period string

	Seed uint64

	// Provider is the organisation whose submission it is; "" is RZZ.
	Provider string

	// Workers is the number of goroutines that make rows. 0 means one a CPU.
	Workers int

	// Tables limits what is written to the tables with these IDs; nil is all.
	// Rows of tables left out are still referred to.
	Tables []string

	// Means overrides the mean number of rows under a parent, or a patient,
	// by table ID.
	Means map[string]float64

	// Break lists codes of rules to break, each once, in rows of their own;
	// All stands for every rule that can share a submission.
	Break []string

	// Registers says that whoever judges the submission has the national
	// registers, and that they hold every code but those that end in
	// UnknownEnd. Rules on registers can be broken then.
	Registers bool

	// FaultRate is the share of rows, 0 to 1, in which one value is wrong.
	// These faults are in no answer key.
	FaultRate float64
}

// UnknownEnd is the last letter of codes that no register holds; no other code
// for a register ends in it.
const UnknownEnd = "V"

// A Writer takes the tables of a submission one after the other.
type Writer interface {
	// Begin begins a table. Its columns are t.Fields, in their order.
	Begin(t *dictionary.Table) error

	// Row takes the values of one row in the order of the columns, in the
	// written form of the JSON instance: dates CCYY-MM-DD, times hh:mm:ss. An
	// empty value is null. The values are the caller's and change with the
	// next call.
	Row(values [][]byte) error

	// End ends the table.
	End() error
}

// A Generator makes submissions by one dictionary. It may be used by several
// goroutines.
type Generator struct {
	d      *dictionary.Dictionary
	shapes *shapes

	entangled []Entangled
	unbroken  []Unbroken

	mu     sync.Mutex
	spread map[countsOf]*counts // made so far
	bulks  map[bulkOf]*bulk     // the same
}

// countsOf is what newCounts takes.
type countsOf struct {
	mean, tail  float64
	least, most int
}

// counts makes each distribution once.
func (g *Generator) counts(mean, tail float64, least, most int) *counts {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := countsOf{mean, tail, least, most}
	c := g.spread[key]
	if c == nil {
		c = newCounts(mean, tail, least, most)
		g.spread[key] = c
	}
	return c
}

// New returns a generator for d. sheets holds shapes.csv, entangled.csv and
// unbroken.csv; nil means those that come with the program. The error names every fault of
// the sheets.
func New(d *dictionary.Dictionary, sheets fs.FS) (*Generator, error) {
	if sheets == nil {
		sheets = Sheets(d.Version)
	}
	shapes, err := readShapes(d, sheets)
	if err != nil {
		return nil, err
	}
	entangled, err := readEntangled(d, sheets)
	if err != nil {
		return nil, err
	}
	unbroken, err := readUnbroken(d, sheets)
	if err != nil {
		return nil, err
	}
	return &Generator{d: d, shapes: shapes, entangled: entangled, unbroken: unbroken, spread: map[countsOf]*counts{}, bulks: map[bulkOf]*bulk{}}, nil
}

// A TableCount is how many rows of a table were written.
type TableCount struct {
	Table *dictionary.Table
	Rows  int64
}

// A Result is what was written.
type Result struct {
	Tables  []TableCount
	Answers []Answer  // in the dictionary's order of rules
	Skipped []Skipped // asked for by All, and not broken
}

// A Submission is ready to be written.
type Submission struct {
	m     *maker
	plan  *plan
	whole *fault
}

// Prepare makes everything ready that a submission needs before its first row
// is written. The error says what is wrong with cfg.
func (g *Generator) Prepare(cfg Config) (*Submission, error) {
	m, err := g.maker(cfg)
	if err != nil {
		return nil, err
	}
	s := &Submission{m: m}
	r, err := m.wholeRule()
	if err != nil {
		return nil, err
	}
	if r != nil {
		s.whole, err = m.wholeFault(r)
		return s, err
	}
	if s.plan, err = m.planFaults(); err != nil {
		return nil, err
	}
	if err := m.prepareBulk(); err != nil {
		return nil, err
	}
	return s, nil
}

// Write writes the submission to w, table by table in the dictionary's order.
// An error of w, or the end of ctx, ends it and is returned.
func (s *Submission) Write(ctx context.Context, w Writer) (*Result, error) {
	if s.whole != nil {
		return s.m.writeWhole(s.whole, w)
	}
	return s.m.write(ctx, s.plan, w)
}

// Generate prepares and writes one submission.
func (g *Generator) Generate(ctx context.Context, cfg Config, w Writer) (*Result, error) {
	s, err := g.Prepare(cfg)
	if err != nil {
		return nil, err
	}
	return s.Write(ctx, w)
}

// defaultProvider is a code that no organisation has.
const defaultProvider = "RZZ"

// maxPatients bounds a submission: identifiers have room for eight digits.
const maxPatients = 50_000_000

func (c *Config) check(d *dictionary.Dictionary) (year, month int, err error) {
	if c.Patients < 1 || c.Patients > maxPatients {
		return 0, 0, fmt.Errorf("patients: %d is not a number from 1 to %d", c.Patients, maxPatients)
	}
	if len(c.Period) == 7 && c.Period[4] == '-' {
		year, _ = strconv.Atoi(c.Period[:4])
		month, _ = strconv.Atoi(c.Period[5:])
	}
	if year < 2000 || year > 2099 || month < 1 || month > 12 {
		return 0, 0, fmt.Errorf("period: %q is not a month such as 2026-09", c.Period)
	}
	if c.Provider == "" {
		c.Provider = defaultProvider
	}
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	for _, id := range c.Tables {
		if d.Table(id) == nil {
			return 0, 0, fmt.Errorf("tables: no table %q", id)
		}
	}
	if c.FaultRate < 0 || c.FaultRate > 1 {
		return 0, 0, fmt.Errorf("fault rate: %v is not a share from 0 to 1", c.FaultRate)
	}
	for id := range c.Means {
		if d.Table(id) == nil {
			return 0, 0, fmt.Errorf("means: no table %q", id)
		}
	}
	return year, month, nil
}
