package cases

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"mhsds/dictionary"
)

// The month in which the cases play. It is late enough for every scale and
// every code of the dictionary to be in force.
const (
	periodStart = "2026-09-01"
	periodEnd   = "2026-09-30"
	midPeriod   = "2026-09-15"
	madeOn      = "2026-10-05T09:30:00" // when the file was written
	sentOn      = "2026-10-06T16:00:00" // when it was uploaded
	birthDate   = "1990-05-17"
)

// The parts in the dictionary's roles that a maker must know.
const (
	roleHeader      = "header"
	rolePeriodStart = "period_start"
	rolePeriodEnd   = "period_end"
	roleUploaded    = "context_uploaded"
)

// A maker knows which values fit the fields of a dictionary. It is read-only
// once made.
type maker struct {
	d          *dictionary.Dictionary
	header     *dictionary.Table
	start, end dictionary.Ref
	uploaded   dictionary.Ref
	byField    map[dictionary.Ref][]*dictionary.Rule // active rules by tested field
	byTable    map[string][]*dictionary.Rule         // active rules by table
	order      map[string]int                        // place of a reference rule
	key        map[dictionary.Ref]dictionary.Ref     // key fields -> where the key is at home
	schemes    map[dictionary.Ref]dictionary.Scheme  // scheme field -> its first scheme
	equal      map[dictionary.Ref]dictionary.Ref     // context field -> header field that must equal it
}

func newMaker(d *dictionary.Dictionary) *maker {
	m := &maker{
		d:       d,
		byField: map[dictionary.Ref][]*dictionary.Rule{},
		byTable: map[string][]*dictionary.Rule{},
		order:   map[string]int{},
		key:     map[dictionary.Ref]dictionary.Ref{},
		schemes: map[dictionary.Ref]dictionary.Scheme{},
		equal:   map[dictionary.Ref]dictionary.Ref{},
	}
	m.header, _ = d.Role(roleHeader)
	m.start, m.end, m.uploaded = m.role(rolePeriodStart), m.role(rolePeriodEnd), m.role(roleUploaded)
	for i := range d.References {
		m.order[d.References[i].Rule] = d.References[i].Order
	}
	for i := range d.Rules {
		r := &d.Rules[i]
		if r.Status == dictionary.PipelineOnly || r.Unchecked != "" {
			continue
		}
		own := dictionary.Ref{Table: r.Table, Field: r.Field}
		m.byTable[r.Table] = append(m.byTable[r.Table], r)
		if r.Field != "" {
			m.byField[own] = append(m.byField[own], r)
		}
		switch r.Kind {
		case dictionary.ParentExists:
			m.key[m.home(own)] = m.home(r.Other)
		case dictionary.ChildExists:
			m.key[m.home(r.Other)] = m.home(own)
		case dictionary.DiagCode, dictionary.FindCode:
			if len(r.Schemes) > 0 {
				m.schemes[r.Other] = r.Schemes[0]
			}
		case dictionary.ValuesEqual:
			if r.Other.Table == d.Context.ID {
				m.equal[r.Other] = own
			}
		}
	}
	return m
}

func (m *maker) role(name string) dictionary.Ref {
	t, f := m.d.Role(name)
	if t == nil || f == nil {
		return dictionary.Ref{}
	}
	return dictionary.Ref{Table: t.ID, Field: f.Name}
}

// home follows a key from table to table to the one that it identifies.
func (m *maker) home(ref dictionary.Ref) dictionary.Ref {
	for {
		next, ok := m.key[ref]
		if !ok || next == ref {
			return ref
		}
		ref = next
	}
}

// first returns the first active rule of the kind on the field, or nil.
func (m *maker) first(ref dictionary.Ref, kind dictionary.Kind) *dictionary.Rule {
	for _, r := range m.byField[ref] {
		if r.Kind == kind {
			return r
		}
	}
	return nil
}

// sample returns the nth (from 0) of the values that pass the rules on a field
// of its own, in a record whose other values are samples too. Different n give
// different values wherever the field allows two.
func (m *maker) sample(ref dictionary.Ref, n int) string {
	if home, ok := m.equal[ref]; ok {
		ref = home
	}
	min, max := m.length(ref)
	switch {
	case ref == m.start:
		return addDays(periodStart, n)
	case ref == m.end:
		return addDays(periodEnd, -n)
	case ref == m.uploaded:
		return sentOn
	case m.first(ref, dictionary.AgeRange) != nil:
		return addDays(birthDate, n)
	}
	switch m.typeOf(ref) {
	case dictionary.Date:
		return addDays(midPeriod, n)
	case dictionary.Time:
		return "10:3" + strconv.Itoa(n) + ":00"
	case dictionary.DateTime:
		return addDays(madeOn[:10], n) + madeOn[10:]
	}
	if r := m.first(ref, dictionary.ValidDatetime); r != nil && r.TextOnly {
		return addDays(midPeriod, n) + "T10:30:00Z"
	}
	if m.home(ref) != ref || m.isKey(ref) {
		return fit(initials(m.home(ref).Field)+"-"+strconv.Itoa(n+1), min, max)
	}
	if s, ok := m.schemes[ref]; ok {
		return s.Code
	}
	for _, r := range m.byField[ref] {
		switch r.Kind {
		case dictionary.DiagCode, dictionary.FindCode:
			return schemeSample(r.Schemes[0].Test, n)
		case dictionary.AssessmentCode:
			return m.ordinaryScale(n).Concept
		case dictionary.AssessmentScore:
			return addOne(m.ordinaryScale(0).Low, n)
		case dictionary.NHSNumber:
			return nhsNumber(1 + n)
		case dictionary.SnomedCT:
			return concept(100+n, "00")
		case dictionary.InSet:
			if l := m.d.List(r.List); l != nil && len(l.Codes) > 0 {
				return m.inForce(l, n)
			}
		case dictionary.OrgValidOrDefault, dictionary.SiteValid:
			if n < len(r.Defaults) {
				return r.Defaults[n]
			}
		}
	}
	for _, r := range m.byField[ref] {
		switch r.Kind {
		case dictionary.OrgValid, dictionary.OrgValidOrDefault, dictionary.SiteValid, dictionary.SchoolValid:
			return fit("ZZ9"+strconv.Itoa(n+1), min, max)
		case dictionary.Format, dictionary.Decimal:
			return patternOf(r.Pattern).text(func(s segment, i int) int { return s.min }, n)
		case dictionary.Numeric:
			return fitDigits(n+1, r.Min, r.Max)
		}
	}
	return fit(initials(ref.Field)+"-"+strconv.Itoa(n+1), min, max)
}

// length returns the narrowest length that the active rules give a field.
func (m *maker) length(ref dictionary.Ref) (min, max int) {
	min, max = 1, 255
	for _, r := range m.byField[ref] {
		if r.Kind == dictionary.Alphanumeric || r.Kind == dictionary.Numeric {
			if r.Min > min {
				min = r.Min
			}
			if r.Max < max {
				max = r.Max
			}
		}
	}
	return min, max
}

func (m *maker) typeOf(ref dictionary.Ref) dictionary.Type {
	if t := m.d.Table(ref.Table); t != nil {
		if f := t.Field(ref.Field); f != nil {
			return f.Type
		}
	}
	return dictionary.Text
}

// isKey reports whether a uniqueness rule is about the field alone or another
// table's key leads to it.
func (m *maker) isKey(ref dictionary.Ref) bool {
	for _, to := range m.key {
		if to == ref {
			return m.first(ref, dictionary.NHSNumber) == nil
		}
	}
	r := m.first(ref, dictionary.Unique)
	return r != nil && len(r.Fields) == 1 && m.first(ref, dictionary.NHSNumber) == nil
}

// inForce returns the nth code of the list that counts in the cases' month and
// is not a default, or the last there is.
func (m *maker) inForce(l *dictionary.CodeList, n int) string {
	var codes []string
	for _, c := range l.Codes {
		if !c.Default && c.ValidFrom <= periodStart {
			codes = append(codes, c.Code)
		}
	}
	if len(codes) == 0 {
		return l.Codes[0].Code
	}
	return codes[min(n, len(codes)-1)]
}

// initials shortens a field's name to its capitals and digits:
// "ServiceRequestID" to "SRID".
func initials(name string) string {
	s := strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, name)
	if s == "" {
		return "X"
	}
	return s
}

// fit makes a text min to max characters long. It keeps the end, in which
// samples differ, and drops the hyphen if it must.
func fit(s string, min, max int) string {
	if len(s) > max {
		s = strings.ReplaceAll(s, "-", "")
	}
	if len(s) > max {
		s = s[len(s)-max:]
	}
	if len(s) < min {
		s = strings.Repeat("A", min-len(s)) + s
	}
	return s
}

// fitDigits writes n with as many leading ones as the shortest length needs.
func fitDigits(n, min, max int) string {
	s := strconv.Itoa(n)
	if len(s) < min {
		s = strings.Repeat("1", min-len(s)) + s
	}
	if len(s) > max {
		s = s[len(s)-max:]
	}
	return s
}

// addOne adds n to the whole number that s begins with.
func addOne(s string, n int) string {
	whole, rest, point := strings.Cut(s, ".")
	i, err := strconv.Atoi(whole)
	if err != nil || n == 0 {
		return s
	}
	if point {
		rest = "." + rest
	}
	return strconv.Itoa(i+n) + rest
}

// row returns a record with a sample in every field that a rejecting rule
// demands and in the extra ones.
func (m *maker) row(table string, extra ...string) Row {
	fields := map[string]string{}
	for _, r := range m.byTable[table] {
		if r.Severity > dictionary.Warning && (r.Kind == dictionary.NotBlank || r.Kind == dictionary.Decimal) {
			fields[r.Field] = m.sample(dictionary.Ref{Table: table, Field: r.Field}, 0)
		}
	}
	for _, f := range extra {
		fields[f] = m.sample(dictionary.Ref{Table: table, Field: f}, 0)
	}
	return Row{table, fields}
}

// fullHeader returns a header record that no rule rejects, and fullContext what
// the portal must know for that.
func (m *maker) fullHeader() map[string]string {
	if m.header == nil {
		return nil
	}
	return m.row(m.header.ID).Fields
}

func (m *maker) fullContext() map[string]string {
	context := map[string]string{}
	for _, f := range m.d.Context.Fields {
		context[f.Name] = m.sample(dictionary.Ref{Table: m.d.Context.ID, Field: f.Name}, 0)
	}
	return context
}

// period returns the header's two dates of the cases' month.
func (m *maker) period() map[string]string {
	return map[string]string{m.start.Field: periodStart, m.end.Field: periodEnd}
}

// closure returns a record of each of the tables, and of every other that these
// need for no rule to reject any of them. extra names fields to fill besides.
func (m *maker) closure(tables []string, extra ...dictionary.Ref) []Row {
	need := map[string][]string{}
	for _, t := range tables {
		need[t] = nil
	}
	for _, ref := range extra {
		need[ref.Table] = append(need[ref.Table], ref.Field)
	}
	rows := map[string]Row{}
	for grown := true; grown; {
		grown = false
		for _, t := range slices.Sorted(maps.Keys(need)) {
			row := m.row(t, need[t]...)
			rows[t] = row
			for _, r := range m.byTable[t] {
				if r.Severity == dictionary.Warning || r.Kind != dictionary.ParentExists && r.Kind != dictionary.ChildExists || row.Fields[r.Field] == "" {
					continue
				}
				other, known := need[r.Other.Table]
				if !known || !slices.Contains(other, r.Other.Field) {
					need[r.Other.Table] = append(other, r.Other.Field)
					grown = true
				}
			}
		}
	}
	var list []Row
	for i := range m.d.Tables {
		if row, ok := rows[m.d.Tables[i].ID]; ok {
			list = append(list, row)
		}
	}
	return list
}

// spoil breaks a record so that a rule rejects it while the fields kept stay as
// they are. ok is false if no rule will do.
func (m *maker) spoil(row Row, keep ...string) (spoilt Row, ok bool) {
	spoilt = Row{row.Table, maps.Clone(row.Fields)}
	for _, r := range m.byTable[row.Table] {
		if r.Severity > dictionary.Warning && r.Kind == dictionary.NotBlank && !slices.Contains(keep, r.Field) {
			delete(spoilt.Fields, r.Field)
			return spoilt, true
		}
	}
	for _, r := range m.byTable[row.Table] {
		if r.Severity > dictionary.Warning && r.Kind == dictionary.Alphanumeric && !slices.Contains(keep, r.Field) {
			spoilt.Fields[r.Field] = letters(r.Max + 1)
			return spoilt, true
		}
	}
	return spoilt, false
}

// find returns the index of the table's first record, or -1.
func find(rows []Row, table string) int {
	return slices.IndexFunc(rows, func(r Row) bool { return r.Table == table })
}

// letters returns n capital letters.
func letters(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteByte('A' + byte(i%26))
	}
	return b.String()
}

// accents returns n letters of two bytes each, the last of them of four.
func accents(n int) string {
	s := []rune(strings.Repeat("éüñøßçå", n/7+1))[:n]
	if n > 1 {
		s[n-1] = '𝄞'
	}
	return string(s)
}

// digits returns n digits that begin with 1.
func digits(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteByte('0' + byte((i+1)%10))
	}
	return b.String()
}

func runes(s string) int { return utf8.RuneCountInString(s) }
