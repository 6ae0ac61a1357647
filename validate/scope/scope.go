// Package scope finds activity that does not belong in the data set.
//
// Adults in Talking Therapies (formerly adult IAPT) are reported in a data set
// of their own. A Scope looks at the rows as they pass, besides the rules, and
// says in the end which referrals, contacts and sessions belong there, or seem
// to, and how sure that is:
//
//	out of scope       a code that only the other data set may hold
//	double counted     the provider's own extract of it has the referral too
//	declared locally   the configuration names the team, site, line or person
//	likely             who delivers the contacts, to whom, in which team
//
// and a few other things that are worth a look. What counts as a sign stands
// in the dictionary's sheet "scope"; rules of kind scope say what is made of
// it. Nothing here knows a table, a field or a code.
//
// Rows are joined by the places that the engine has found for their keys:
//
//	activity ─► contact ─► referral ─► patient
//	    4 B         4 B        4 B              one number a row, no keys
//	staff ──► job role: 1 B a member of staff
//
// Activities and contacts are followed only if some member of staff has a job
// role that is a sign, or the configuration declares something of them. In
// other submissions a contact costs a count.
package scope

import (
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/finding"
)

// Options say what the user has declared and given. The zero value is nothing.
type Options struct {
	// Declared lists identifiers of the service that reports elsewhere, by
	// part, as dictionary.DeclaredParts names them.
	Declared map[string][]string

	// Extract is what that service has submitted itself; nil if it was not
	// given.
	Extract *Extract

	// AdultAge is the age in whole years from which a patient is an adult. 0
	// means 18.
	AdultAge int

	// TeamShare is the share of a team's contacts, over 0 and at most 1, from
	// which those that are delivered as in Talking Therapies are its pattern.
	// 0 means a half.
	TeamShare float64

	// Values puts the values of the reported items into findings on one row.
	Values bool
}

// What the zero values of Options mean.
const (
	DefaultAdultAge  = 18
	DefaultTeamShare = 0.5
)

// Fails reports whether a finding of the rule is to end a run as failed when
// failures of scope are asked for: what is certain is, what is likely is not.
func Fails(r *dictionary.Rule) bool {
	if !r.Own() || r.Kind != dictionary.Scope {
		return false
	}
	switch r.Grade {
	case dictionary.GradeOutOfScope, dictionary.GradeDoubleCounted, dictionary.GradeDeclared:
		return true
	}
	return false
}

// A Scope is an observer of one run; see validate.Observer. Its methods are
// called by the engine.
type Scope struct {
	opt  Options
	spec *spec

	given    func() *Extract // nil for nothing
	declared []*set          // by place in dictionary.DeclaredParts, nil for none
	firsts   []int           // by the same: the place of the list's first entry in entries
	entries  []int64

	header  map[string]string
	present []bool
	start   int32 // of the period, batch.Null if the header does not say
	kept    []int // rows by table

	// What is known of the rows of the tables that are followed.
	patients  patients
	referrals referrals
	contacts  contacts
	acts      []int32 // of each activity, the row of its contact
	staff     []uint8 // of each member of staff, what the job role says
	therapy   int     // members of staff whose job role is a sign
	teams     teams
	marks     map[int32]uint8 // of patients outside England, what their commissioners are
	hits      [][]hit         // by rule of spec.rules
	values    []byte          // of hits, end to end
	ends      []uint32        // of each value
	fields    []idCount       // by spec.ids
	whole     bool            // the file was written by a declared system
}

// patients, by row.
type patients struct {
	flags  []uint8
	adult  []int32 // the day on which the patient comes of age; batch.Null if nobody knows
	number []int32 // the NHS number's place in the extract, or one of the two below
	abroad bool    // some patient lives outside England
	known  int     // patients with an NHS number
	tests  int     // of them, those with one for tests
}

// Flags of a patient.
const (
	livesAbroad = 1 << iota
	testNumber
)

// Places of NHS numbers that the extract does not have.
const (
	noNumber    = -1 // the patient has none
	otherNumber = -2 // one that the extract lacks
)

// referrals, by row.
type referrals struct {
	patient  []int32
	contacts []uint32 // how many
	private  []uint32 // how many are paid for privately; nil until there is one
	flags    []uint8
	found    []uint8  // by grade: 1<<grade
	team     []uint32 // of teams, 0 for none
	noFunds  bool     // some referral has a commissioner that stands for private care
}

// Flags of a referral.
const (
	belongsHere  = 1 << iota // its source or reason says that it is no Talking Therapies
	privatelyPut             // its commissioner stands for private care
	assessed                 // an assessment that is typical of Talking Therapies
)

// contacts, by row.
type contacts struct {
	referral []int32
	flags    []uint8
	roles    []uint8 // which job roles that are signs: 1<<place in the dictionary
	teams    []teamOf
}

// Flags of a contact.
const (
	withAdult = 1 << iota
	named     // somebody is named as having delivered it
	byOthers  // somebody with another job role delivered it
)

// A teamOf is a contact whose team is not its referral's.
type teamOf struct {
	row  uint32
	team uint32
}

// teams are numbered from 1 as they are met; 0 is no team.
type teams struct {
	names
	other []bool // by number: its type or age group says that it is no Talking Therapies
}

func (t *teams) of(name []byte) uint32 {
	if len(name) == 0 {
		return 0
	}
	return uint32(t.add(name)) + 1
}

// The classes of job roles: the place of a sign, from 0, or one of these.
const (
	roleUnknown uint8 = 0xff // no job role, or one that says nothing either way
	roleOther   uint8 = 0xfe
)

// A hit is a row that one of the rules names.
type hit struct {
	table    int32
	row      uint32
	referral int32 // the row of its referral, -1 if there is none
	about    uint16
	values   uint32 // the place of its first value in Scope.ends, + 1; 0 for none
}

// An idCount is what is seen of the identifiers of one field.
type idCount struct {
	ten, valid, own int64 // values with ten digits in a row, of them right by check digit, of them the row's own number
	first           uint32
}

// New returns an observer with what the user has declared. It serves one run.
func New(opt Options) *Scope {
	if opt.AdultAge == 0 {
		opt.AdultAge = DefaultAdultAge
	}
	if opt.TeamShare == 0 {
		opt.TeamShare = DefaultTeamShare
	}
	s := &Scope{opt: opt}
	if opt.Extract != nil {
		s.Give(opt.Extract)
	}
	for _, part := range dictionary.DeclaredParts() {
		var list *set
		s.firsts = append(s.firsts, len(s.entries))
		if values := opt.Declared[part]; len(values) > 0 {
			list = newSet(values)
			s.entries = append(s.entries, make([]int64, len(values))...)
		}
		s.declared = append(s.declared, list)
	}
	return s
}

// Give hands over what the other service has submitted, nil for nothing. It
// comes before the run.
func (s *Scope) Give(e *Extract) { s.given = func() *Extract { return e } }

// Await is Give for an extract that is still being read. The workers call wait
// when the first rows come that may be in it, and again for others; it returns
// the same each time.
func (s *Scope) Await(wait func() *Extract) { s.given = wait }

// extract returns what was given, once it is there.
func (s *Scope) extract() *Extract {
	if s.given == nil {
		return nil
	}
	return s.given()
}

// Bind takes the signs and the rules from the dictionary.
func (s *Scope) Bind(d *dictionary.Dictionary) error {
	var err error
	if s.spec, err = newSpec(d); err != nil {
		return err
	}
	s.kept = make([]int, len(d.Tables))
	s.hits = make([][]hit, len(s.spec.rules))
	s.fields = make([]idCount, len(s.spec.ids))
	return nil
}

// Begin takes what is known before the rows.
func (s *Scope) Begin(header map[string]string, present []bool) {
	s.header, s.present = header, present
	s.start = batch.Null
	if header != nil {
		s.start = parseDay(header[s.spec.start])
	}
	p := s.spec
	for i := range p.rules {
		r := &p.rules[i]
		if r.Check != dictionary.ScopeDeclared || p.index(r.Table) != p.header {
			continue
		}
		about := uint16(0)
		for k, f := range r.declared {
			if e := s.entry(f.part, []byte(header[p.d.Tables[p.header].Fields[f.column].Name])); e >= 0 {
				s.entries[e]++
				about |= 1 << k
			}
		}
		if about != 0 {
			s.whole = true
			s.hits[i] = append(s.hits[i], hit{table: int32(p.header), referral: -1, about: about})
		}
	}
}

// entry returns the place of a declared value among all entries, or -1.
func (s *Scope) entry(part int, v []byte) int {
	list := s.declared[part]
	if list == nil || len(v) == 0 {
		return -1
	}
	if i := list.find(v); i >= 0 {
		return s.firsts[part] + i
	}
	return -1
}

// declares reports whether any of the fields is one for which something is
// declared.
func (s *Scope) declares(fields []declaredField) bool {
	return slices.ContainsFunc(fields, func(f declaredField) bool { return s.declared[f.part] != nil })
}

// declaresStaff reports whether something is declared of who delivers
// activities.
func (s *Scope) declaresStaff() bool {
	w := s.spec.watch(s.spec.delivery)
	return w != nil && s.declares(w.declared)
}

// likely reports whether contacts are to be followed for who delivers them.
// The staff table is read before the tables for which this is asked.
func (s *Scope) likely() bool { return s.therapy > 0 }

// follows reports whether the referral of every contact must be known.
func (s *Scope) follows() bool { return s.likely() || s.declaresStaff() }

// Wants says which tables to look at.
func (s *Scope) Wants(table int) bool {
	p := s.spec
	if !s.present[table] || table == p.header {
		return false
	}
	w := p.watch(table)
	if len(w.values) > 0 || len(w.dates) > 0 || len(w.ids) > 0 || s.declares(w.declared) {
		return true
	}
	switch table {
	case p.patient, p.referral, p.contact, p.staff:
		return true
	case p.activity, p.delivery:
		return s.follows()
	case p.team:
		return s.likely()
	}
	return w.assessment >= 0 && s.likely()
}

// NewSight returns what a worker fills.
func (s *Scope) NewSight() interface{ Reset(table int) } {
	return &sight{counts: make([]uint32, len(s.entries)), inside: make([]idCount, len(s.spec.ids))}
}

// Look is never called: LookJoined takes its place.
func (s *Scope) Look(interface{ Reset(table int) }, int, *batch.Batch) {}

// Finish reports what was found.
func (s *Scope) Finish(v interface {
	Rows(table int) int
	Valid(table, row int) bool
}, report func(*finding.Finding) error, sum *finding.Summary) error {
	return s.finish(report, sum)
}
