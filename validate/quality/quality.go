// Package quality counts what a submission holds besides its faults: how good
// the values of each item are (VODIM: valid, other, default, invalid, missing),
// suspicious patterns, coverage, and the monthly counts that are published.
//
// What is measured is data: the sheets quality and measures of the dictionary
// say it in a small notation, which this package compiles.
//
//	condition  = condition or condition | condition and condition
//	           | not condition | ( condition ) | test
//	test       = all | none                      every row, no row
//	           | blank(FIELD) | filled(FIELD)    has no value, has one
//	           | TEXT in{A|B|C} | TEXT in list NAME
//	           | starts(TEXT, 'ZZ99')
//	           | DAY == DAY, and !=, <, <=, >, >=
//	           | within(DAY)                     in the reporting period
//	           | ongoing(FIELD)                  blank, or after the period's end
//	           | age(DAY, DAY) < 19, or in 3..17 whole years from the first to the second
//	           | hour(FIELD) == 0, minute(FIELD) == 0
//	           | known(TEXT, REGISTER)           stands in the register
//	           | open(TEXT, REGISTER, DAY)       opened by then and not closed by then
//	           | has(TEXT, REGISTER, DAY)        in use, the day of closing included
//	           | found(TABLE)                    the joined row is there
//	           | any(TABLE on KEY: condition)    some row with the same KEY meets it
//	           | most(TABLE on KEY: condition)   more than half of them do
//	           | TERM                            a condition of the sheet measures
//	TEXT       = FIELD | upper(TEXT) | first(TEXT) | before(TEXT, ':')
//	DAY        = FIELD | date(FIELD) | closed(TEXT, REGISTER) | RPS | RPE
//	           | 2024-04-01, each with + or - a number of days
//	FIELD      = F, the measured item | a field of the row | TABLE.FIELD
//	KEY        = a field of both tables | THEIRS=OWN
//
// In a measure of validity the words valid, other and default stand for the
// conditions of those columns, and else for filled and none of them; a test
// without its FIELD is about F. Codes are compared exactly. A comparison with
// what is blank or no date is not true. Inside any and most a bare name is a
// field of TABLE; TABLE.FIELD is one of the nearest row of that table, outwards.
// A joined row that is not there counts as a row of blanks.
//
// The rows of a submission pass once. What of a condition looks at one row
// alone becomes a bit while the row is at hand; the bits of a row are its
// signature, of which there are few, and 4 bytes a row say which. Keys and
// dates that meet those of other rows are kept besides, 4 bytes each:
//
//	Look    columns ─► bits ─► signature, dates, keys     workers, a batch at a time
//	Keep    signatures and keys numbered                  in row order
//	Finish  counts by signature; joins by number; twice: over the rows that
//	        would be carried forward, and over all
package quality

import (
	"errors"
	"fmt"
	"hash/maphash"
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/finding"
)

// A Reference is the reference data that some measures need.
type Reference interface {
	// Holds reports whether there is such a register to ask.
	Holds(dictionary.Register) bool

	// Has reports whether the register has the value on a day.
	Has(r dictionary.Register, value []byte, day int32) bool

	// Spans appends the first and the last day of each span in which the code
	// stands in the register; batch.Null is always, math.MaxInt32 never.
	Spans(dst [][2]int32, r dictionary.Register, value []byte) [][2]int32
}

// Options tune an Observer. The zero value counts everything that needs no
// reference data and compares it with nothing.
type Options struct {
	// TablesOnly counts nothing: no row is looked at, and of an earlier
	// submission only the rows of its tables are compared.
	TablesOnly bool

	// Reference, if not nil, serves the measures that look codes up.
	Reference Reference

	// Scored lists the measures of validity that make up the score, with the
	// share of defaults, 0 to 1, that each accepts. nil scores every measure
	// that can be computed, all defaults accepted: an estimate.
	Scored map[string]float64

	// Against is what the counts are compared with; nil for nothing.
	Against []*Earlier

	// Published, if not nil, returns what was published of a provider, by the
	// organisation code in the header. It is called when all rows are in.
	Published func(provider string) []*Earlier

	// Limit says from which movement on a comparison stands out.
	Limit Limit
}

// An Observer counts one submission. Its methods are those of an observer of
// package validate.
type Observer struct {
	d      *dictionary.Dictionary
	opt    Options
	tables []tablePlan // by index of the dictionary
	spaces []*space    // by number
	ranked []*ranking  // of VODIM and of integrity, in the dictionary's order
	counts []*counting // of the published counts

	start, end int32 // the reporting period, Null if the header gives none
	provider   string
	seed       maphash.Seed
	rules      map[string]*dictionary.Rule // of movement, by Rule.Check
	formRules  [formKinds]*dictionary.Rule
}

// A ranking is a quality measure, ready to be computed. Parts add up.
type ranking struct {
	of    *dictionary.QualityMeasure
	why   string // not scored
	parts []rankingPart
}

type rankingPart struct {
	frame *frame
	// by category: denominator, then valid, other, default, invalid, missing,
	// each met by the denominator too; nil is none
	categories [6]formula
}

// A counting is a published count, ready to be computed.
type counting struct {
	of        *dictionary.Measure
	frame     *frame
	condition formula
	distinct  ref    // of frame; column -1 counts rows
	days      *spell // of a count of days
}

// ErrScored is wrapped by the error of Bind that Options.Scored names what is
// not among the measures: a fault of whoever wrote the list.
var ErrScored = errors.New("no measure of validity is called")

// New returns an Observer. Bind gives it its measures.
func New(opt Options) *Observer { return &Observer{opt: opt, seed: maphash.MakeSeed()} }

// Refer gives the Observer reference data, before Bind.
func (o *Observer) Refer(r Reference) { o.opt.Reference = r }

// Check compiles the measures of the dictionary, as Bind does, and returns
// what is wrong with them.
func Check(d *dictionary.Dictionary) error { return New(Options{Reference: everything{}}).Bind(d) }

// everything holds every register, and nothing in them.
type everything struct{}

func (everything) Holds(dictionary.Register) bool              { return true }
func (everything) Has(dictionary.Register, []byte, int32) bool { return false }
func (everything) Spans(dst [][2]int32, _ dictionary.Register, _ []byte) [][2]int32 {
	return dst
}

// Bind compiles the measures of the dictionary. It refuses a condition that is
// not in the notation, and says where it is.
func (o *Observer) Bind(d *dictionary.Dictionary) error {
	o.d, o.tables = d, make([]tablePlan, len(d.Tables))
	o.spaces, o.ranked, o.counts = nil, nil, nil
	o.rules = make(map[string]*dictionary.Rule)
	for i := range d.Rules {
		if r := &d.Rules[i]; r.Kind == dictionary.Movement {
			o.rules[r.Check] = r
		}
	}
	if o.opt.TablesOnly {
		return nil
	}
	c := &compiler{o: o, terms: make(map[string]*dictionary.Measure)}
	for i := range d.Measures {
		if m := &d.Measures[i]; m.Kind == dictionary.Term {
			c.terms[m.ID] = m
		}
	}
	for i := range d.Quality {
		m := &d.Quality[i]
		if len(o.ranked) == 0 || o.ranked[len(o.ranked)-1].of.ID != m.ID {
			o.ranked = append(o.ranked, &ranking{of: m})
		}
		r := o.ranked[len(o.ranked)-1]
		if r.why = o.lacks(m); r.why != "" {
			continue
		}
		part, err := c.quality(m)
		if err != nil {
			return fmt.Errorf("quality measure %s: %w", m.ID, err)
		}
		r.parts = append(r.parts, part)
	}
	for i := range d.Measures {
		m := &d.Measures[i]
		k, err := c.measure(m)
		if err != nil {
			return fmt.Errorf("measure %s: %w", m.ID, err)
		}
		if m.Kind == dictionary.Count {
			o.counts = append(o.counts, k)
		}
	}
	for id := range o.opt.Scored {
		i := slices.IndexFunc(o.ranked, func(r *ranking) bool { return r.of.ID == id })
		if i < 0 || o.ranked[i].of.Kind != dictionary.Validity {
			return fmt.Errorf("%w %q%s", ErrScored, id, dictionary.DidYouMean(id, o.validityIDs()))
		}
	}
	c.number()
	o.forms()
	for i := range o.tables {
		if n := len(o.tables[i].bits); n > maxBits {
			return fmt.Errorf("table %s: measures look at %d conditions of its rows, %d at most", d.Tables[i].ID, n, maxBits)
		}
	}
	return nil
}

func (o *Observer) validityIDs() []string {
	var ids []string
	for _, r := range o.ranked {
		if r.of.Kind == dictionary.Validity {
			ids = append(ids, r.of.ID)
		}
	}
	return ids
}

// lacks says why a measure cannot be computed, or "".
func (o *Observer) lacks(m *dictionary.QualityMeasure) string {
	if m.Unchecked != "" {
		return m.Unchecked
	}
	for _, r := range m.Needs {
		if o.opt.Reference == nil || !o.opt.Reference.Holds(r) {
			return "needs a list of " + r.String()
		}
	}
	return ""
}

// Begin takes the reporting period from the header record.
func (o *Observer) Begin(header map[string]string, _ []bool) {
	day := func(role string) int32 {
		if _, f := o.d.Role(role); f != nil {
			if d := parseDay([]byte(header[f.Name])); d > batch.Unreadable {
				return d
			}
		}
		return batch.Null
	}
	o.start, o.end = day("period_start"), day("period_end")
	if _, f := o.d.Role("header_provider"); f != nil {
		o.provider = header[f.Name]
	}
	if o.opt.TablesOnly {
		return
	}
	for i := range o.tables {
		if o.tables[i].measured() {
			o.tables[i].blank = o.signatureOfBlanks(i)
		}
	}
}

// Wants reports whether some measure, or a test of form, is about the table's
// rows.
func (o *Observer) Wants(table int) bool {
	return o.tables[table].measured() || len(o.tables[table].forms) > 0
}

// Finish fills in Summary.Quality and Summary.Measures.
func (o *Observer) Finish(v interface {
	Rows(table int) int
	Valid(table, row int) bool
}, report func(*finding.Finding) error, s *finding.Summary) error {
	if o.opt.TablesOnly {
		return o.compare(report, s)
	}
	carried := &evaluation{o: o, counted: func(t, row int) bool { return v.Valid(t, row) }}
	all := &evaluation{o: o, counted: func(int, int) bool { return true }}
	s.Quality = o.quality(carried)
	s.Measures = o.measured(carried, all)
	if err := o.reportForms(report, s); err != nil {
		return err
	}
	return o.compare(report, s)
}
