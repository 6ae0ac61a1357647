package cases

import (
	"maps"
	"slices"

	"mhsds/dictionary"
)

// rows adds a case of several records, the first of which is looked at.
func (b *builder) rows(fail bool, name string, records ...map[string]string) *Case {
	c := Case{Name: name, Fail: fail}
	for _, r := range records {
		c.Rows = append(c.Rows, Row{b.rule.Table, r})
	}
	return b.add(c)
}

// with copies a record and changes one field; "" blanks it.
func with(record map[string]string, field, value string) map[string]string {
	c := maps.Clone(record)
	if value == "" {
		delete(c, field)
	} else {
		c[field] = value
	}
	return c
}

func (b *builder) keyFields() []string {
	var names []string
	for _, f := range b.rule.Fields {
		names = append(names, f.Field)
	}
	return names
}

func (b *builder) unique() {
	keys := b.keyFields()
	record := map[string]string{}
	for _, k := range keys {
		record[k] = b.sample(dictionary.Ref{Table: b.rule.Table, Field: k}, 0)
	}
	b.rows(fail, "two records of one key", record, record)
	b.rows(fail, "three records of one key", record, record, record)
	other := func(k string) string {
		for n := 1; n < 20; n++ {
			if v := b.sample(dictionary.Ref{Table: b.rule.Table, Field: k}, n); v != record[k] {
				return v
			}
		}
		return record[k] + "1"
	}
	for _, k := range keys {
		b.rows(pass, "keys that differ in "+k, record, with(record, k, other(k)))
	}
	b.rows(pass, "one record", record)
	b.rows(fail, "two of one key among others", record, with(record, keys[0], other(keys[0])), record)
	for _, k := range keys {
		if v := swapCase(record[k]); v != record[k] && b.typeOf(dictionary.Ref{Table: b.rule.Table, Field: k}) == dictionary.Text {
			b.rows(pass, "keys that differ in capitals alone", record, with(record, k, v))
			break
		}
	}
	for _, k := range keys {
		b.rows(b.rule.NullsEqual, "the same, but "+k+" blank in both", with(record, k, ""), with(record, k, ""))
		if len(keys) > 1 {
			b.rows(pass, k+" blank in one", record, with(record, k, ""))
		}
	}
}

func (b *builder) uniqueWhen() {
	c, err := dictionary.ParseCondition(b.rule.Condition)
	if err != nil {
		return
	}
	refs, list := b.worlds(c)
	// A record for which the rule applies, and one for which it does not.
	var yes, no map[string]string
	for _, w := range list {
		record := map[string]string{}
		for _, k := range b.keyFields() {
			record[k] = b.sample(dictionary.Ref{Table: b.rule.Table, Field: k}, 0)
		}
		for i, ref := range refs {
			record = with(record, ref.Field, w.values[i])
		}
		switch {
		case w.truth == dictionary.True && yes == nil:
			yes = record
		case w.truth != dictionary.True && no == nil:
			no = record
		}
	}
	if yes == nil || no == nil {
		return
	}
	condition := b.d.ConditionText(b.rule.Table, c, true)
	b.rows(pass, "one record in which "+condition, yes)
	b.rows(fail, "two records of one key in which "+condition, yes, yes)
	b.rows(pass, "a second record in which that is not so", yes, no)
	b.rows(pass, "two records in which it is not so", no, no)
	for _, k := range b.keyFields() {
		if _, filled := yes[k]; filled {
			b.rows(pass, "keys that differ in "+k, yes, with(yes, k, b.sample(dictionary.Ref{Table: b.rule.Table, Field: k}, 1)))
			b.rows(b.rule.NullsEqual, k+" blank in both", with(yes, k, ""), with(yes, k, ""))
			b.rows(pass, k+" blank in one", yes, with(yes, k, ""))
		}
	}
}

func (b *builder) singleton() {
	row := b.row(b.rule.Table).Fields
	b.rows(pass, "one record", row)
	b.rows(fail, "two records", row, row)
	b.rows(fail, "three records", row, row, row)
}

func (b *builder) rejectAll() {
	b.rows(fail, "whatever the record holds", b.row(b.rule.Table).Fields)
	t := b.d.Table(b.rule.Table)
	if t == nil {
		return
	}
	full := map[string]string{}
	for _, f := range t.Fields {
		full[f.Name] = b.sample(dictionary.Ref{Table: t.ID, Field: f.Name}, 0)
	}
	b.rows(fail, "every field filled", full)
}

// reference puts the record that is looked at, with everything that it needs
// for no rule to reject it, beside the record it refers to (or that must refer
// to it), and then takes that one away in several manners.
func (b *builder) reference() {
	r := b.rule
	own, other := b.own(), r.Other
	rows := b.closure([]string{own.Table, other.Table}, own, other)
	word := "parent"
	if r.Kind == dictionary.ChildExists {
		word = "child"
	}
	at := func(fail bool, name string, rows []Row) {
		b.add(Case{Name: name, Fail: fail, Header: b.fullHeader(), Rows: rows, Target: find(rows, own.Table)})
	}
	// change returns the records with those of a table replaced; nil drops them.
	change := func(table string, to ...Row) []Row {
		var list []Row
		for _, row := range rows {
			if row.Table == table {
				list = append(list, to...)
				continue
			}
			list = append(list, row)
		}
		return list
	}
	mine, theirs := rows[find(rows, own.Table)], rows[find(rows, other.Table)]
	key := theirs.Fields[other.Field]
	rekeyed := func(v string) Row { return Row{other.Table, with(theirs.Fields, other.Field, v)} }

	at(pass, "the "+word+" is there", rows)
	at(fail, "no record of the "+word+"'s table", change(other.Table))
	at(fail, "no "+word+" of this key", change(other.Table, rekeyed(b.sample(other, 1))))
	if v := swapCase(key); v != key {
		at(fail, "the keys differ in capitals", change(other.Table, rekeyed(v)))
	}
	if bad, ok := b.spoil(theirs, other.Field); ok {
		at(fail, "the "+word+" is rejected", change(other.Table, bad))
	}
	at(pass, "blank key", change(own.Table, Row{own.Table, with(mine.Fields, own.Field, "")}))

	// A cascade: an earlier check of the published order rejects the other
	// record, so that this one finds none valid.
	for _, up := range b.byTable[other.Table] {
		if up.Kind == dictionary.ParentExists && up.Severity > dictionary.Warning && b.order[up.Code] < b.order[r.Code] && up.Other.Table != own.Table &&
			theirs.Fields[up.Field] != "" {
			if find(rows, up.Other.Table) >= 0 {
				at(fail, "the "+word+" is rejected because its own parent is missing", change(up.Other.Table))
				break
			}
		}
	}
}

func (b *builder) gpSuccessor() {
	if len(b.rule.Fields) != 4 {
		return
	}
	k := b.keyFields()
	patient, start, end, practice := k[0], k[1], k[2], k[3]
	here := dictionary.Ref{Table: b.rule.Table, Field: practice}
	first, second := b.sample(here, 0), b.sample(here, 1)
	const began, ended = "2020-01-15", "2026-09-10"
	reg := func(practice_, from, to string) map[string]string {
		row := b.row(b.rule.Table, patient).Fields
		row = with(row, practice, practice_)
		row = with(row, start, from)
		return with(row, end, to)
	}
	old := reg(first, began, ended)
	at := func(fail bool, name string, records ...map[string]string) {
		b.rows(fail, name, records...).Header = b.fullHeader()
	}
	at(pass, "another practice follows the day after", old, reg(second, addDays(ended, 1), ""))
	at(fail, "none follows", old)
	at(pass, "another practice follows the same day", old, reg(second, ended, ""))
	at(fail, "another practice follows two days after", old, reg(second, addDays(ended, 2), ""))
	at(fail, "another practice followed the day before", old, reg(second, addDays(ended, -1), ""))
	at(pass, "no end", reg(first, began, ""))
	at(fail, "the same practice follows", old, reg(first, addDays(ended, 1), ""))
	at(fail, "two follow, one of them at the same practice", old, reg(second, addDays(ended, 1), ""), reg(first, ended, ""))
	at(fail, "begins and ends on one day, so it follows itself", reg(first, ended, ended), reg(second, addDays(ended, 1), ""))
	at(fail, "another patient's registration follows", old, with(reg(second, addDays(ended, 1), ""), patient, b.sample(dictionary.Ref{Table: b.rule.Table, Field: patient}, 1)))
	follower := Row{b.rule.Table, reg(second, addDays(ended, 1), "")}
	tooLong := with(follower.Fields, practice, letters(30))
	at(fail, "the one that follows is rejected", old, tooLong)
}

func (b *builder) fileCheck() {
	switch b.rule.Check {
	case checkEmpty:
		b.file(pass, "one record", Row{b.rule.Table, b.row(b.rule.Table).Fields})
		b.file(fail, "no record")
		b.file(fail, "a record of blanks only", Row{b.rule.Table, map[string]string{}})
	case checkHeader:
		b.headerCheck()
	case checkSurvivors:
		b.survivors()
	case checkPeriod:
		b.periodCheck()
	}
}

// file adds a case about the submission as a whole.
func (b *builder) file(fail bool, name string, rows ...Row) *Case {
	return b.add(Case{Name: name, Fail: fail, Rows: rows, Target: -1})
}

func (b *builder) headerCheck() {
	good := b.row(b.rule.Table)
	b.file(pass, "one header record, not rejected", good).Context = b.fullContext()
	b.file(fail, "two header records", good, good).Context = b.fullContext()
	if bad, ok := b.spoil(good); ok {
		b.file(fail, "a header record that is rejected", bad).Context = b.fullContext()
	}
	for _, r := range b.byTable[b.rule.Table] {
		if r.Kind == dictionary.ValuesEqual && r.Severity == dictionary.Warning && r.Other.Table == b.d.Context.ID {
			b.file(pass, "a header record with a warning", good).Context = with(b.fullContext(), r.Other.Field, b.sample(r.Other, 1))
			break
		}
	}
}

func (b *builder) survivors() {
	var tables []string
	for _, f := range b.rule.Fields {
		if !slices.Contains(tables, f.Table) {
			tables = append(tables, f.Table)
		}
	}
	rows := b.closure(tables)
	b.file(pass, "a record of each table survives", rows...).Header = b.fullHeader()
	for _, t := range tables {
		i := find(rows, t)
		if bad, ok := b.spoil(rows[i]); ok {
			broken := slices.Clone(rows)
			broken[i] = bad
			b.file(fail, "the only record of "+b.d.TableName(t)+" is rejected", broken...).Header = b.fullHeader()
		}
	}
}

// periodCheck tries every date that can show life in the period, and every span
// that can cover it.
func (b *builder) periodCheck() {
	opens := map[dictionary.Ref]dictionary.Ref{}
	for _, s := range b.rule.Spans {
		opens[s[0]] = s[1]
	}
	before, after := addDays(periodStart, -1), addDays(periodEnd, 1)
	at := func(fail bool, name, table string, pairs ...string) {
		b.file(fail, name, Row{table, b.fields(pairs...)}).Header = b.period()
	}
	for i, f := range b.rule.Fields {
		at(pass, b.d.Label(f)+" in the period", f.Table, f.Field, midPeriod)
		if i == 0 {
			at(fail, b.d.Label(f)+" the day before the period", f.Table, f.Field, before)
			at(pass, b.d.Label(f)+" on the first day", f.Table, f.Field, periodStart)
			at(pass, b.d.Label(f)+" on the last day", f.Table, f.Field, periodEnd)
			at(fail, b.d.Label(f)+" the day after the period", f.Table, f.Field, after)
			at(fail, b.d.Label(f)+" blank", f.Table)
		}
	}
	for _, s := range b.rule.Spans {
		from, to := s[0], s[1]
		name := b.d.TableName(from.Table) + " "
		at(pass, name+"open since before the period", from.Table, from.Field, before)
		at(pass, name+"begun before the period, ended after it", from.Table, from.Field, before, to.Field, after)
		at(fail, name+"ended before the period", from.Table, from.Field, addDays(before, -1), to.Field, before)
		at(fail, name+"begun after the period", from.Table, from.Field, after)
	}
}
