package scope

import (
	"bytes"
	"encoding/binary"

	"mhsds/validate/batch"
)

// A sight is what is seen of some consecutive rows of one table. Rows count
// from its first.
type sight struct {
	rows    int
	hits    []found
	values  []byte    // of the hits' items, end to end
	ends    []uint32  // of each value, as long as Options.Values asks for them
	counts  []uint32  // by declared entry
	inside  []idCount // by spec.ids
	parents []int32   // of each row, its place in the table above; see lookOf
	seconds []int32
	days    []int32
	flags   []uint8
	names   []byte // of teams, end to end
	nameEnd []uint32
	rowOf   []uint32 // of each name that is not of every row, its row
	pairs   []pair   // what is rare
	numbers [2]int   // patients with an NHS number, and with one for tests

	// Scratch, of the batch in hand.
	marks       []uint8  // by row: which declared fields match
	missing     []int32  // parents where the engine has none
	ids, people []int32  // by row: places of the identifiers of referral and patient in the extract
	runs        []int32  // the rows at which the value of a column changes
	hashes      []uint64 // of those values
	seen        uint8    // of no meaning, as names.approach returns it
}

// found is a hit before its row in the table is known.
type found struct {
	row    uint32
	parent int32 // the referral's row, or the activity's where only that is known; -1 if there is none
	rule   uint16
	about  uint16
	values uint32 // of its first value in ends
}

// A pair is something seen of a row, or of a row that it names.
type pair struct {
	row  int32
	what uint8
}

// Reset makes the sight ready for rows of the table.
func (x *sight) Reset(int) {
	x.rows = 0
	x.hits, x.values, x.ends = x.hits[:0], x.values[:0], x.ends[:0]
	x.parents, x.seconds, x.days, x.flags = x.parents[:0], x.seconds[:0], x.days[:0], x.flags[:0]
	x.names, x.nameEnd, x.rowOf, x.pairs = x.names[:0], x.nameEnd[:0], x.rowOf[:0], x.pairs[:0]
	x.numbers = [2]int{}
	clear(x.counts)
	clear(x.inside)
}

// LookJoined sees the rows of a batch.
func (s *Scope) LookJoined(into interface{ Reset(table int) }, table int, b *batch.Batch, parents func(column, parent int) []int32) {
	x := into.(*sight)
	p := s.spec
	w := &p.watches[table]
	up := x.none(b.Rows)
	if w.toReferral != none {
		up = x.of(parents, w.toReferral, p.referral, b.Rows)
	} else if table == p.delivery {
		up = x.of(parents, p.deliveredActivity, p.activity, b.Rows)
	}
	for i := range w.values {
		s.lookValue(x, &w.values[i], b, up)
	}
	if s.declares(w.declared) {
		s.lookDeclared(x, w, b, up)
	}
	for i := range w.dates {
		s.lookDate(x, &w.dates[i], b, up)
	}
	for _, i := range w.ids {
		s.lookIDs(&x.inside[i], &p.ids[i], b, x.rows)
	}
	switch table {
	case p.staff:
		s.lookStaff(x, b)
	case p.patient:
		s.lookPatients(x, b)
	case p.referral:
		s.lookReferrals(x, b, x.of(parents, p.patientID, p.patient, b.Rows))
	case p.contact:
		s.lookContacts(x, b, up)
	case p.activity:
		if s.follows() {
			x.parents = append(x.parents, x.of(parents, p.activityContact, p.contact, b.Rows)...)
		}
	case p.delivery:
		if s.likely() {
			x.parents = append(x.parents, up...)
			x.seconds = append(x.seconds, x.of(parents, p.deliveredBy, p.staff, b.Rows)...)
		}
	case p.team:
		if s.likely() {
			s.lookTeams(x, b)
		}
	}
	if w.assessment != none && s.likely() {
		s.lookAssessments(x, w, b, parents)
	}
	x.rows += b.Rows
}

// of returns the parents of the batch's rows, -1 for each if nobody knows.
func (x *sight) of(parents func(column, parent int) []int32, column, parent, rows int) []int32 {
	if column != none && parent != none {
		if list := parents(column, parent); list != nil {
			return list
		}
	}
	return x.none(rows)
}

func (x *sight) none(rows int) []int32 {
	for len(x.missing) < rows {
		x.missing = append(x.missing, none)
	}
	return x.missing[:rows]
}

// hit adds a hit on a row of the batch.
func (s *Scope) hit(x *sight, b *batch.Batch, row, rule int, about uint16, parent int32, items []int) {
	at := uint32(len(x.ends))
	if s.opt.Values {
		for _, column := range items {
			if column >= 0 {
				x.values = b.Append(x.values, column, row)
			}
			x.ends = append(x.ends, uint32(len(x.values)))
		}
	}
	x.hits = append(x.hits, found{uint32(x.rows + row), parent, uint16(rule), about, at})
}

func (s *Scope) lookValue(x *sight, v *valueField, b *batch.Batch, up []int32) {
	for row, c := range b.Columns[v.column].Cells[:b.Rows] {
		if !v.codes.may(c.Len()) {
			continue
		}
		if i := v.codes.find(b.Value(v.column, row)); i >= 0 {
			s.hit(x, b, row, v.rule, uint16(i), up[row], v.items)
		}
	}
}

// lookDeclared finds rows of what is declared. Values often repeat from row to
// row, so the last answer is kept.
func (s *Scope) lookDeclared(x *sight, w *watch, b *batch.Batch, up []int32) {
	x.marks = x.marks[:0]
	for range b.Rows {
		x.marks = append(x.marks, 0)
	}
	hits := false
	for k, f := range w.declared {
		if s.declared[f.part] == nil {
			continue
		}
		var last []byte
		entry := -1
		for row := range b.Rows {
			v := b.Value(f.column, row)
			if len(v) == 0 {
				continue
			}
			if !bytes.Equal(v, last) {
				last, entry = v, s.entry(f.part, v)
			}
			if entry >= 0 {
				x.marks[row] |= 1 << k
				x.counts[entry]++
				hits = true
			}
		}
	}
	if !hits {
		return
	}
	for row, m := range x.marks {
		if m != 0 {
			s.hit(x, b, row, w.rule, uint16(m), up[row], nil)
		}
	}
}

// lookDate finds dates before the period.
func (s *Scope) lookDate(x *sight, f *dateField, b *batch.Batch, up []int32) {
	c := &b.Columns[f.column]
	if !c.HasDays {
		return
	}
	for row, day := range c.Days[:b.Rows] {
		if day > batch.Unreadable && day < s.start {
			s.hit(x, b, row, f.rule, uint16(f.field), up[row], nil)
		}
	}
}

// lookIDs counts identifiers that hold NHS numbers.
func (s *Scope) lookIDs(n *idCount, f *idField, b *batch.Batch, base int) {
	own := f.table == s.spec.patient && s.spec.number != none
	for row, c := range b.Columns[f.column].Cells[:b.Rows] {
		if c.Len() < 10 || c.Len() < 20 && !mayHoldTen(b.Text[c.Offset():], c.Len()) {
			continue
		}
		v := b.Value(f.column, row)
		ten, valid, same := false, false, false
		for at := nextTen(v, 0); at >= 0; at = nextTen(v, at+10) {
			ten = true
			if checks(v[at : at+10]) {
				valid = true
				same = same || own && bytes.Equal(v[at:at+10], b.Value(s.spec.number, row))
			}
		}
		if ten {
			n.ten++
		}
		if valid {
			if n.valid == 0 {
				n.first = uint32(base + row)
			}
			n.valid++
		}
		if same {
			n.own++
		}
	}
}

// mayHoldTen reports whether a value of n bytes, 10 to 19, with which text
// begins, has digits from the tenth byte from its end to the tenth from its
// start: ten digits in a row reach over all of these. It looks at eight of them
// at most.
func mayHoldTen(text []byte, n int) bool {
	const high, six, threes = 0xf0f0f0f0f0f0f0f0, 0x0606060606060606, 0x3333333333333333
	w := binary.LittleEndian.Uint64(text[n-10:])
	// In both halves of a byte of x a 3, if it was a digit. A carry comes from
	// bytes below, and from no digit.
	x := (w&high | (w+six)&high>>4) ^ threes
	return x<<(64-8*min(8, 20-n)) == 0
}

// nextTen returns the place, from at on, of a run of exactly ten digits, or -1.
func nextTen(v []byte, at int) int {
	for run := 0; at < len(v); at++ {
		if v[at]-'0' <= 9 {
			if run++; run == 10 && (at+1 == len(v) || v[at+1]-'0' > 9) {
				return at - 9
			}
			continue
		}
		run = 0
	}
	return -1
}

// checks reports whether the check digit of ten digits is that of an NHS
// number: weighted with 10 to 1 they sum to a multiple of 11.
func checks(v []byte) bool {
	sum := 0
	for i, c := range v {
		sum += (10 - i) * int(c-'0')
	}
	return sum%11 == 0
}

func (s *Scope) lookStaff(x *sight, b *batch.Batch) {
	p := s.spec
	for row := range b.Rows {
		class := roleUnknown
		if p.jobRole != none {
			if v := b.Value(p.jobRole, row); len(v) > 0 && p.neutralRoles.find(v) < 0 {
				if class = roleOther; p.therapistRoles.find(v) >= 0 {
					class = uint8(p.therapistRoles.find(v))
				}
			}
		}
		x.flags = append(x.flags, class)
	}
}

func (s *Scope) lookPatients(x *sight, b *batch.Batch) {
	p := s.spec
	for row := range b.Rows {
		flags := uint8(0)
		if p.postcode != none && p.areas.has(b.Value(p.postcode, row)) {
			flags |= livesAbroad
		}
		if p.number != none {
			if v := b.Value(p.number, row); len(v) > 0 {
				x.numbers[0]++
				if p.testPrefix != "" && len(v) > len(p.testPrefix) && string(v[:len(p.testPrefix)]) == p.testPrefix {
					flags |= testNumber
					x.numbers[1]++
				}
			}
		}
		x.flags = append(x.flags, flags)
	}
	if e := s.extract(); e != nil {
		x.seconds = x.places(x.seconds, &e.numbers.names, b, p.number)
		if p.number != none {
			for i, place := range x.seconds[len(x.seconds)-b.Rows:] {
				if place < 0 && !b.Columns[p.number].IsNull(i) {
					x.seconds[len(x.seconds)-b.Rows+i] = otherNumber
				}
			}
		}
	}
	if s.likely() {
		if c := &b.Columns[max(p.birth, 0)]; p.birth != none && c.HasDays {
			x.days = append(x.days, c.Days[:b.Rows]...)
		} else {
			for range b.Rows {
				x.days = append(x.days, batch.Null)
			}
		}
	}
}

// Kinds of pairs.
const (
	funderAbroad uint8 = iota + 1 // of a patient outside England: a commissioner outside England
	funderHere                    // … another one
	paidPrivately
	paidAsReferral
	ofReferral // a typical assessment hangs on it
	ofActivity
)

func (s *Scope) lookReferrals(x *sight, b *batch.Batch, up []int32) {
	p := s.spec
	x.parents = append(x.parents, up...)
	for row := range b.Rows {
		flags := uint8(0)
		if p.source != none && p.otherSources.find(b.Value(p.source, row)) >= 0 || p.reason != none && p.otherReasons.find(b.Value(p.reason, row)) >= 0 {
			flags |= belongsHere
		}
		if p.referralFunds != none && p.nobody.find(b.Value(p.referralFunds, row)) >= 0 {
			flags |= privatelyPut
		}
		x.flags = append(x.flags, flags)
	}
	if s.patients.abroad && p.referralFunds != none {
		for row := range b.Rows {
			if up[row] >= 0 {
				s.funder(x, b.Value(p.referralFunds, row), up[row])
			}
		}
	}
	if s.likely() {
		for row := range b.Rows {
			if p.referralTeam != none {
				x.names = append(x.names, b.Value(p.referralTeam, row)...)
			}
			x.nameEnd = append(x.nameEnd, uint32(len(x.names)))
		}
	}
	if e := s.extract(); e != nil {
		s.lookTwice(x, e, b, up)
	}
}

// funder notes the commissioner of a patient who lives outside England.
func (s *Scope) funder(x *sight, v []byte, patient int32) {
	if len(v) == 0 || s.patients.flags[patient]&livesAbroad == 0 {
		return
	}
	what := funderHere
	if s.spec.commissioners.begins(v) >= 0 {
		what = funderAbroad
	}
	x.pairs = append(x.pairs, pair{patient, what})
}

// lookTwice finds the referrals that the extract has too.
func (s *Scope) lookTwice(x *sight, e *Extract, b *batch.Batch, up []int32) {
	p := s.spec
	var days []int32
	if p.received != none && b.Columns[p.received].HasDays {
		days = b.Columns[p.received].Days
	}
	x.ids = x.places(x.ids[:0], &e.referrals.names, b, p.referralID)
	x.people = x.places(x.people[:0], &e.patients.names, b, p.patientID)
	for row := range b.Rows {
		r := seen{referral: x.ids[row], patient: x.people[row], number: noNumber, day: batch.Null}
		if up[row] >= 0 {
			r.number = s.patients.number[up[row]]
		}
		if r.referral < 0 && r.patient < 0 && r.number < 0 {
			continue
		}
		if days != nil {
			r.day = days[row]
		}
		if p.referralTeam != none {
			r.team = b.Value(p.referralTeam, row)
		}
		if check := e.has(&r); check != "" {
			if rule := p.ruleOf(check); rule >= 0 {
				s.hit(x, b, row, rule, 0, none, nil)
			}
		}
	}
}

// nearby is how many identifiers are approached before the first is looked up.
const nearby = 64

// places appends the number that each row's value in the column has in n, none
// for null and for what n lacks. Equal values mostly stand together: each run
// is looked up once.
func (x *sight) places(out []int32, n *names, b *batch.Batch, column int) []int32 {
	if column == none || len(n.ends) == 0 {
		return append(out, x.none(b.Rows)...)
	}
	x.runs, x.hashes = x.runs[:0], x.hashes[:0]
	var last []byte
	for row := range b.Rows {
		v := b.Value(column, row)
		if row > 0 && bytes.Equal(v, last) {
			continue
		}
		h := uint64(0)
		if last = v; len(v) > 0 {
			h = n.hash(v)
		}
		x.runs, x.hashes = append(x.runs, int32(row)), append(x.hashes, h)
	}
	base := len(out)
	for k, h := range x.hashes {
		if k%nearby == 0 {
			x.seen = n.approach(x.hashes[k:min(k+nearby, len(x.hashes))])
		}
		place, end := int32(none), b.Rows
		if v := b.Value(column, int(x.runs[k])); len(v) > 0 {
			place = n.find(v, h)
		}
		if k+1 < len(x.runs) {
			end = int(x.runs[k+1])
		}
		for len(out)-base < end {
			out = append(out, place)
		}
	}
	return out
}

func (s *Scope) lookContacts(x *sight, b *batch.Batch, up []int32) {
	p := s.spec
	x.parents = append(x.parents, up...)
	if p.contactFunds != none && p.funding != none {
		noFunds := s.referrals.noFunds
		funding := b.Columns[p.funding].Cells[:b.Rows]
		for row, c := range b.Columns[p.contactFunds].Cells[:b.Rows] {
			switch n := c.Len(); {
			case n > 0:
				if p.nobody.may(n) && p.nobody.find(b.Value(p.contactFunds, row)) >= 0 {
					x.pairs = append(x.pairs, pair{int32(x.rows + row), paidPrivately})
				}
			case funding[row].Len() == 0:
				if noFunds {
					x.pairs = append(x.pairs, pair{int32(x.rows + row), paidAsReferral})
				}
			case p.private.find(b.Value(p.funding, row)) >= 0:
				x.pairs = append(x.pairs, pair{int32(x.rows + row), paidPrivately})
			}
		}
	}
	if s.patients.abroad && p.contactFunds != none {
		for row := range b.Rows {
			if up[row] >= 0 {
				if patient := s.referrals.patient[up[row]]; patient >= 0 {
					s.funder(x, b.Value(p.contactFunds, row), patient)
				}
			}
		}
	}
	if !s.likely() {
		return
	}
	if p.contactTeam != none {
		for row := range b.Rows {
			if v := b.Value(p.contactTeam, row); len(v) > 0 {
				x.names = append(x.names, v...)
				x.nameEnd = append(x.nameEnd, uint32(len(x.names)))
				x.rowOf = append(x.rowOf, uint32(x.rows+row))
			}
		}
	}
	var days []int32
	if p.contactDate != none && b.Columns[p.contactDate].HasDays {
		days = b.Columns[p.contactDate].Days
	}
	for row := range b.Rows {
		flags := uint8(0)
		if days != nil && days[row] > batch.Unreadable && up[row] >= 0 {
			if patient := s.referrals.patient[up[row]]; patient >= 0 {
				if of := s.patients.adult[patient]; of > batch.Unreadable && days[row] >= of {
					flags = withAdult
				}
			}
		}
		x.flags = append(x.flags, flags)
	}
}

// lookTeams keeps the teams that are certainly something else.
func (s *Scope) lookTeams(x *sight, b *batch.Batch) {
	p := s.spec
	for row := range b.Rows {
		if p.teamType != none && p.otherTypes.find(b.Value(p.teamType, row)) >= 0 || p.teamAge != none && p.otherAges.find(b.Value(p.teamAge, row)) >= 0 {
			x.names = append(x.names, b.Value(p.teamID, row)...)
			x.nameEnd = append(x.nameEnd, uint32(len(x.names)))
		}
	}
}

// lookAssessments keeps what typical assessments hang on: a referral, or an
// activity.
func (s *Scope) lookAssessments(x *sight, w *watch, b *batch.Batch, parents func(column, parent int) []int32) {
	up, what := x.of(parents, w.toReferral, s.spec.referral, b.Rows), ofReferral
	if w.toReferral == none {
		up, what = x.of(parents, w.toActivity, s.spec.activity, b.Rows), ofActivity
	}
	for row := range b.Rows {
		if up[row] >= 0 && s.spec.assessments.find(b.Value(w.assessment, row)) >= 0 {
			x.pairs = append(x.pairs, pair{up[row], what})
		}
	}
}
