package scope

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/bounded"
)

// An Extract is what another service has submitted itself, as far as it takes
// to find the same referrals here: identifiers alone. It is read-only.
//
// Nothing in it points anywhere, so that the garbage collector passes it over.
// The rows that have an identifier form a chain, from the last to the first:
//
//	referrals  0:R1  1:R2
//	first        2     1      by the identifier's number, the last row that has it
//	before     0:-1  1:-1  2:0    by row, the one before
type Extract struct {
	// Rows counts the rows read, Unusable those that say too little to be
	// found: neither a referral nor a patient with a date. Undated counts
	// dates that cannot be read.
	Rows, Unusable, Undated int

	rows      extractRows
	referrals chains
	patients  chains // of rows with a date
	numbers   chains // NHS numbers, of rows with a date
	teams     names
}

// extractRows are the referrals of the other service, by row. Most searches end
// at a day, so days lie by themselves.
type extractRows struct {
	day    []int32 // batch.Null if it is not known
	number []int32 // place of the NHS number, noNumber if it has none
	team   []int32 // noTeam if it has none

	// The rows before in the chains of its identifiers, none for the first.
	sameReferral, samePatient, sameNumber []int32
}

const noTeam = -1

// A chains is identifiers, each with the last of its rows.
type chains struct {
	names
	first []int32 // none if no row is to be found by it
}

// add numbers an identifier.
func (c *chains) add(v []byte) int32 {
	place := c.names.add(v)
	if int(place) == len(c.first) {
		c.first = append(c.first, none)
	}
	return place
}

func (c *chains) reserve(now, rows int) {
	c.names.reserve(now, rows)
	c.first = slices.Grow(c.first, cap(c.ends)-len(c.first))
}

// push puts the row at the head of a chain and returns the row before.
func (c *chains) push(place int32, row int) int32 {
	was := c.first[place]
	c.first[place] = int32(row)
	return was
}

// at returns the last row of an identifier, none if place is.
func (c *chains) at(place int32) int32 {
	if place < 0 {
		return none
	}
	return c.first[place]
}

// A seen is a referral of the submission. Its identifiers are places in the
// extract, none for those that it lacks.
type seen struct {
	referral, patient int32
	number            int32 // of its patient: or noNumber, or otherNumber
	day               int32
	team              []byte
}

// has says by which check the extract has the referral too, "" for none: the
// surest of them.
func (e *Extract) has(r *seen) string {
	rows := &e.rows
	for i := e.referrals.at(r.referral); i >= 0; i = rows.sameReferral[i] {
		if n := rows.number[i]; r.number == noNumber || n == noNumber || r.number == n {
			return dictionary.ScopeSameReferral
		}
	}
	if r.day <= batch.Unreadable {
		return ""
	}
	best := ""
	for i := e.numbers.at(r.number); i >= 0; i = rows.sameNumber[i] {
		if rows.day[i] == r.day {
			best = e.better(best, rows.team[i], r)
		}
	}
	for i := e.patients.at(r.patient); i >= 0; i = rows.samePatient[i] {
		if rows.day[i] == r.day && (r.number == noNumber || rows.number[i] == noNumber) {
			best = e.better(best, rows.team[i], r)
		}
	}
	return best
}

// better returns the surer of best and what a row of the same patient, date
// and of the team says.
func (e *Extract) better(best string, team int32, r *seen) string {
	switch {
	case len(r.team) == 0 || team == noTeam:
		if best == "" {
			best = dictionary.ScopeSamePatientDate
		}
	case e.teams.is(team, r.team):
		best = dictionary.ScopeSamePatientTeam
	}
	return best
}

// The columns that an extract may have.
const (
	colReferral = iota
	colPatient
	colNumber
	colDate
	colTeam
	columns
)

// columnNames are what the columns are called, the first as the manual does.
// Letters and digits alone count, in any case. The data dictionary's own names
// are added to them.
func columnNames(d *dictionary.Dictionary) [columns][]string {
	names := [columns][]string{
		colReferral: {"referral id", "referral identifier", "referral"},
		colPatient:  {"patient id", "patient identifier", "local patient identifier", "patient"},
		colNumber:   {"NHS number", "NHS no"},
		colDate:     {"referral date", "date of referral", "referral received date", "referral request received date"},
		colTeam:     {"team", "team id", "team identifier"},
	}
	for i, role := range [columns]string{"referral_id", "referral_patient_id", "nhs_number", "referral_received", ""} {
		if t, f := d.Role(role); t != nil && f != nil {
			names[i] = append(names[i], f.Name, f.Item)
		}
	}
	for _, s := range d.Signs(dictionary.SignReferralTeam) {
		names[colTeam] = append(names[colTeam], s.Field)
	}
	return names
}

// letters keeps the letters and digits of a name, small.
func letters(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			return c
		}
		return -1
	}, s)
}

// ReadExtract reads what another service has submitted: a CSV file whose first
// line names its columns, among them any of
//
//	referral id, patient id, NHS number, referral date, team
//
// under these names or the data dictionary's, in any order; other columns are
// passed over. Cells are divided by the comma, semicolon or tab that the first
// line has most of. Dates are CCYY-MM-DD, with or without a time, or
// DD/MM/CCYY.
//
// It takes a referral id, or a patient (by id or NHS number) with a date, to
// tell a referral; without columns for one of these the file is refused. The
// errors name no value.
func ReadExtract(r io.Reader, d *dictionary.Dictionary) (*Extract, error) {
	x, err := OpenExtract(r, d)
	if err != nil {
		return nil, err
	}
	return x.Read(0)
}

// An ExtractReader is an extract whose columns are known.
type ExtractReader struct {
	cells *bounded.Cells
	at    [columns]int
}

// OpenExtract reads the first line of an extract, as ReadExtract does.
func OpenExtract(r io.Reader, d *dictionary.Dictionary) (*ExtractReader, error) {
	in := bufio.NewReaderSize(r, 4<<10)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\ufeff" {
		in.Discard(3)
	}
	first, err := in.Peek(4 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	x := &ExtractReader{cells: bounded.NewCells(in, divider(first))}
	head, err := x.cells.Next()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty; its first line must name the columns")
	}
	if err != nil {
		return nil, err
	}
	names := make([]string, len(head))
	for i, cell := range head {
		names[i] = string(cell)
	}
	x.at, err = findColumns(names, columnNames(d))
	return x, err
}

// sample is how many rows tell how many there are.
const sample = 1000

// Read reads the rows, about as many bytes as size; 0 if nobody knows. It is
// called once.
func (x *ExtractReader) Read(size int64) (*Extract, error) {
	e := new(Extract)
	for {
		if len(e.rows.day) == sample && x.cells.Read() < size {
			e.reserve(int(float64(sample) * 1.05 * float64(size) / float64(x.cells.Read())))
		}
		cells, err := x.cells.Next()
		if errors.Is(err, io.EOF) {
			return e, nil
		}
		if err != nil {
			return nil, err
		}
		e.add(cells, x.at)
		if e.full() {
			return nil, errors.New("its identifiers take more than 4 GiB")
		}
	}
}

// reserve makes room for about as many rows.
func (e *Extract) reserve(rows int) {
	now, r := len(e.rows.day), &e.rows
	for _, list := range []*[]int32{&r.day, &r.number, &r.team, &r.sameReferral, &r.samePatient, &r.sameNumber} {
		*list = slices.Grow(*list, max(rows-now, 0))
	}
	e.referrals.reserve(now, rows)
	e.patients.reserve(now, rows)
	e.numbers.reserve(now, rows)
}

// full reports whether there may be no room for another row.
func (e *Extract) full() bool {
	const most = math.MaxUint32 - bounded.MaxRecord
	return len(e.rows.day) == math.MaxInt32 || len(e.referrals.arena) > most || len(e.patients.arena) > most || len(e.numbers.arena) > most || len(e.teams.arena) > most
}

// divider is the sign that the first line has most of.
func divider(text []byte) byte {
	line, _, _ := strings.Cut(string(text), "\n")
	best, most := byte(','), strings.Count(line, ",")
	for _, c := range []byte(";\t") {
		if n := strings.Count(line, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

func findColumns(head []string, names [columns][]string) (at [columns]int, err error) {
	for i := range at {
		at[i] = -1
		for j, cell := range head {
			if !slices.ContainsFunc(names[i], func(n string) bool { return letters(n) == letters(cell) }) || letters(cell) == "" {
				continue
			}
			if at[i] >= 0 {
				return at, fmt.Errorf("two columns, the %s and the %s, say the %s", ordinal(at[i]+1), ordinal(j+1), names[i][0])
			}
			at[i] = j
		}
	}
	var known []string
	for _, n := range names {
		known = append(known, n[0])
	}
	patient := at[colPatient] >= 0 || at[colNumber] >= 0
	switch {
	case at[colReferral] >= 0 || patient && at[colDate] >= 0:
		return at, nil
	case patient:
		return at, errors.New("a patient alone says nothing, since people move between the services; add the column referral date, or referral id")
	case at[colDate] >= 0:
		return at, errors.New("no column says whose referrals these are; add patient id, NHS number or referral id")
	}
	return at, fmt.Errorf("no column that tells a referral among the %d there are; those that are understood are %s", len(head), strings.Join(known, ", "))
}

func ordinal(n int) string {
	switch {
	case n%10 == 1 && n%100 != 11:
		return strconv.Itoa(n) + "st"
	case n%10 == 2 && n%100 != 12:
		return strconv.Itoa(n) + "nd"
	case n%10 == 3 && n%100 != 13:
		return strconv.Itoa(n) + "rd"
	}
	return strconv.Itoa(n) + "th"
}

// add takes a row. A row of nothing but blanks is none.
func (e *Extract) add(cells [][]byte, at [columns]int) {
	var v [columns][]byte
	blank := true
	for i, j := range at {
		if j >= 0 && j < len(cells) {
			v[i] = bytes.TrimSpace(cells[j])
			blank = blank && len(v[i]) == 0
		}
	}
	if blank && !slices.ContainsFunc(cells, func(c []byte) bool { return len(bytes.TrimSpace(c)) > 0 }) {
		return
	}
	e.Rows++
	day := int32(batch.Null)
	if len(v[colDate]) > 0 {
		if day = readDay(v[colDate]); day == batch.Null {
			e.Undated++
		}
	}
	dated := day != batch.Null
	v[colNumber] = plainNumber(v[colNumber])
	if len(v[colReferral]) == 0 && (!dated || len(v[colPatient]) == 0 && len(v[colNumber]) == 0) {
		e.Unusable++
		return
	}
	r := &e.rows
	n := len(r.day)
	number, team, referral, patient, same := int32(noNumber), int32(noTeam), int32(none), int32(none), int32(none)
	if len(v[colNumber]) > 0 {
		number = e.numbers.add(v[colNumber])
		if dated {
			same = e.numbers.push(number, n)
		}
	}
	if len(v[colTeam]) > 0 {
		team = e.teams.add(v[colTeam])
	}
	if len(v[colReferral]) > 0 {
		referral = e.referrals.push(e.referrals.add(v[colReferral]), n)
	}
	if len(v[colPatient]) > 0 && dated {
		patient = e.patients.push(e.patients.add(v[colPatient]), n)
	}
	r.day, r.number, r.team = append(r.day, day), append(r.number, number), append(r.team, team)
	r.sameReferral, r.samePatient, r.sameNumber = append(r.sameReferral, referral), append(r.samePatient, patient), append(r.sameNumber, same)
}

// plainNumber drops the spaces and hyphens of an NHS number, in place.
func plainNumber(v []byte) []byte {
	if bytes.IndexByte(v, ' ') < 0 && bytes.IndexByte(v, '-') < 0 {
		return v
	}
	return slices.DeleteFunc(v, func(c byte) bool { return c == ' ' || c == '-' })
}

// readDay reads CCYY-MM-DD, whatever follows a space or T behind it, or
// DD/MM/CCYY; batch.Null for anything else.
func readDay(v []byte) int32 {
	if len(v) > 10 && (v[10] == ' ' || v[10] == 'T') {
		v = v[:10]
	}
	if len(v) != 10 {
		return batch.Null
	}
	switch {
	case v[2] == '/' && v[5] == '/':
		return dayOf(v[6:], v[3:5], v[:2])
	case v[4] == '-' && v[7] == '-':
		return dayOf(v[:4], v[5:7], v[8:])
	}
	return batch.Null
}

// dayOf reads the digits of a date, batch.Null if there is none like it.
func dayOf(y, m, d []byte) int32 {
	year, month, day := digits(y), digits(m), digits(d)
	if year < 0 || month < 1 || month > 12 || day < 1 || day > 31 {
		return batch.Null
	}
	n := batch.Day(year, month, day)
	if day > 28 {
		if _, is, _ := batch.Civil(n); is != month { // past the month's last day
			return batch.Null
		}
	}
	return n
}

// digits reads a number without a sign; -1 for anything else.
func digits(v []byte) int {
	n := 0
	for _, c := range v {
		if c -= '0'; c > 9 {
			return -1
		}
		n = 10*n + int(c)
	}
	return n
}
