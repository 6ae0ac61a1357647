package scope

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/bounded"
)

// An Extract is what another service has submitted itself, as far as it takes
// to find the same referrals here: identifiers alone. It is read-only.
type Extract struct {
	// Rows counts the rows read, Unusable those that say too little to be
	// found: neither a referral nor a patient with a date. Undated counts
	// dates that cannot be read.
	Rows, Unusable, Undated int

	rows       []extractRow
	byReferral map[string][]int32
	byPatient  map[string][]int32
	numbers    map[string]int32 // NHS number to its place
	byNumber   [][]int32        // by place
	teams      map[string]int32
}

// An extractRow is one referral of the other service.
type extractRow struct {
	day    int32 // batch.Null if it is not known
	number int32 // place of the NHS number, noNumber if it has none
	team   int32 // noTeam if it has none
}

const noTeam = -1

// A seen is a referral of the submission.
type seen struct {
	id, patient, team []byte
	day               int32
	number            int32 // of its patient, in the extract
}

// number returns the place of an NHS number.
func (e *Extract) number(v []byte) int32 {
	if i, ok := e.numbers[string(v)]; ok {
		return i
	}
	return otherNumber
}

// has says by which check the extract has the referral too, "" for none: the
// surest of them.
func (e *Extract) has(r *seen) string {
	for _, i := range e.byReferral[string(r.id)] {
		if x := &e.rows[i]; r.number == noNumber || x.number == noNumber || r.number == x.number {
			return dictionary.ScopeSameReferral
		}
	}
	if r.day <= batch.Unreadable {
		return ""
	}
	best := ""
	consider := func(x *extractRow) {
		if x.day != r.day {
			return
		}
		team := int32(noTeam)
		if len(r.team) > 0 {
			var ok bool
			if team, ok = e.teams[string(r.team)]; !ok {
				team = noTeam - 1 // one that the extract lacks
			}
		}
		switch {
		case team == noTeam || x.team == noTeam:
			if best == "" {
				best = dictionary.ScopeSamePatientDate
			}
		case team == x.team:
			best = dictionary.ScopeSamePatientTeam
		}
	}
	if r.number >= 0 {
		for _, i := range e.byNumber[r.number] {
			consider(&e.rows[i])
		}
	}
	for _, i := range e.byPatient[string(r.patient)] {
		if x := &e.rows[i]; r.number == noNumber || x.number == noNumber {
			consider(x)
		}
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
	in := bufio.NewReaderSize(r, 64<<10)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\ufeff" {
		in.Discard(3)
	}
	first, err := in.Peek(4 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	c := bounded.NewReader(in)
	c.Comma = divider(first)
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	c.LazyQuotes = true
	head, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty; its first line must name the columns")
	}
	if err != nil {
		return nil, lineError(err)
	}
	at, err := findColumns(head, columnNames(d))
	if err != nil {
		return nil, err
	}
	e := &Extract{
		byReferral: map[string][]int32{}, byPatient: map[string][]int32{},
		numbers: map[string]int32{}, teams: map[string]int32{},
	}
	for {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			return e, nil
		}
		if err != nil {
			return nil, lineError(err)
		}
		e.add(cells, at)
	}
}

// divider is the sign that the first line has most of.
func divider(text []byte) rune {
	line, _, _ := strings.Cut(string(text), "\n")
	best, most := ',', strings.Count(line, ",")
	for _, c := range ";\t" {
		if n := strings.Count(line, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

// lineError names the line of a fault, and no text of it.
func lineError(err error) error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return fmt.Errorf("line %d: %w", p.Line, p.Err)
	}
	return err
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
func (e *Extract) add(cells []string, at [columns]int) {
	if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
		return
	}
	var v [columns]string
	for i, j := range at {
		if j >= 0 && j < len(cells) {
			v[i] = strings.TrimSpace(cells[j])
		}
	}
	e.Rows++
	row := extractRow{day: batch.Null, number: noNumber, team: noTeam}
	if v[colDate] != "" {
		if row.day = readDay(v[colDate]); row.day == batch.Null {
			e.Undated++
		}
	}
	dated := row.day != batch.Null
	v[colNumber] = strings.NewReplacer(" ", "", "-", "").Replace(v[colNumber])
	if v[colReferral] == "" && (!dated || v[colPatient] == "" && v[colNumber] == "") {
		e.Unusable++
		return
	}
	n := int32(len(e.rows))
	if v[colNumber] != "" {
		place, ok := e.numbers[v[colNumber]]
		if !ok {
			place = int32(len(e.byNumber))
			e.numbers[strings.Clone(v[colNumber])] = place
			e.byNumber = append(e.byNumber, nil)
		}
		row.number = place
		if dated {
			e.byNumber[place] = append(e.byNumber[place], n)
		}
	}
	if v[colTeam] != "" {
		team, ok := e.teams[v[colTeam]]
		if !ok {
			team = int32(len(e.teams))
			e.teams[strings.Clone(v[colTeam])] = team
		}
		row.team = team
	}
	if v[colReferral] != "" {
		e.byReferral[strings.Clone(v[colReferral])] = append(e.byReferral[v[colReferral]], n)
	}
	if v[colPatient] != "" && dated {
		e.byPatient[strings.Clone(v[colPatient])] = append(e.byPatient[v[colPatient]], n)
	}
	e.rows = append(e.rows, row)
}

// readDay reads CCYY-MM-DD, whatever follows a space or T behind it, or
// DD/MM/CCYY; batch.Null for anything else.
func readDay(s string) int32 {
	if len(s) > 10 && (s[10] == ' ' || s[10] == 'T') {
		s = s[:10]
	}
	if len(s) != 10 {
		return batch.Null
	}
	if s[2] == '/' && s[5] == '/' {
		s = s[6:] + "-" + s[3:5] + "-" + s[:2]
	}
	return parseDay(s)
}
