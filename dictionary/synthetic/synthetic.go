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
}

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
	shapes *Shapes
}

// New returns a generator for d. sheets holds shapes.csv and entangled.csv;
// nil means those that come with the program.
func New(d *dictionary.Dictionary, sheets fs.FS) (*Generator, error) {
	if sheets == nil {
		sheets = Sheets(d.Version)
	}
	shapes, err := readShapes(d, sheets)
	if err != nil {
		return nil, err
	}
	return &Generator{d: d, shapes: shapes}, nil
}

// A TableCount is how many rows of a table were written.
type TableCount struct {
	Table *dictionary.Table
	Rows  int64
}

// Check says why nothing can be made of cfg, if so.
func (g *Generator) Check(cfg Config) error {
	_, err := g.maker(cfg)
	return err
}

// Generate makes one submission and writes it to w, table by table in the
// dictionary's order. An error of w, or the end of ctx, ends it and is
// returned.
func (g *Generator) Generate(ctx context.Context, cfg Config, w Writer) ([]TableCount, error) {
	m, err := g.maker(cfg)
	if err != nil {
		return nil, err
	}
	return m.write(ctx, w)
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
	for id := range c.Means {
		if d.Table(id) == nil {
			return 0, 0, fmt.Errorf("means: no table %q", id)
		}
	}
	return year, month, nil
}
