package cases

import (
	"slices"

	"mhsds/dictionary"
)

// An EarlierCount is a count of an earlier submission: the rows of a table, by
// its ID, or a monthly count, by that of the measure.
type EarlierCount struct {
	ID    string
	Count int64
}

// movedLeast is by how much in number a count may move for want of another
// limit; package validate/quality has the same.
const movedLeast = 20

// movement makes the cases of counts that moved. They are about a submission
// of nothing, or of as many rows as it takes.
func (b *builder) movement() {
	count := func(fail bool, name, id string, was int64, rows []Row) {
		b.add(Case{Name: name, Fail: fail, Header: b.period(), Rows: rows, Given: &Given{Earlier: []EarlierCount{{id, was}}}, Target: -1})
	}
	switch table := b.plainTable(); b.rule.Check {
	case "table_vanished":
		if table != nil {
			count(fail, "twenty rows before and none now", table.ID, movedLeast, nil)
			count(pass, "many rows before and one now", table.ID, 400, b.plainRows(table, 1))
			count(pass, "nineteen rows before and none now", table.ID, movedLeast-1, nil)
		}
	case "table_doubled":
		if table != nil {
			count(fail, "none before and twenty-one now", table.ID, 0, b.plainRows(table, movedLeast+1))
			count(pass, "none before and twenty now", table.ID, 0, b.plainRows(table, movedLeast))
			count(fail, "twice the rows, and more than twenty more", table.ID, movedLeast+1, b.plainRows(table, 2*movedLeast+2))
			count(pass, "one row fewer than twice as many", table.ID, movedLeast+1, b.plainRows(table, 2*movedLeast+1))
		}
	case "measure_moved":
		i := slices.IndexFunc(b.d.Measures, func(m dictionary.Measure) bool { return m.Kind == dictionary.Count && m.Unchecked == "" })
		if i >= 0 {
			id := b.d.Measures[i].ID
			count(fail, "twenty-one before and none now", id, movedLeast+1, nil)
			count(pass, "twenty before and none now", id, movedLeast, nil)
			count(pass, "none before and none now", id, 0, nil)
		}
	}
}

// plainTable is the first table, but the header, whose rows need no other to
// survive.
func (b *builder) plainTable() *dictionary.Table {
	for i := range b.d.Tables {
		t := &b.d.Tables[i]
		if t.ID != b.header.ID && !slices.ContainsFunc(b.byTable[t.ID], func(r *dictionary.Rule) bool {
			switch r.Kind {
			case dictionary.ParentExists, dictionary.ChildExists, dictionary.GPSuccessor, dictionary.RejectAll, dictionary.Comparison:
				return r.Severity > dictionary.Warning
			}
			return false
		}) {
			return t
		}
	}
	return nil
}

// plainRows makes rows of the table with nothing but what they must have.
func (b *builder) plainRows(t *dictionary.Table, n int) []Row {
	var rows []Row
	for i := range n {
		fields := map[string]string{}
		for _, r := range b.byTable[t.ID] {
			if r.Kind == dictionary.NotBlank && r.Severity > dictionary.Warning {
				ref, nth := dictionary.Ref{Table: t.ID, Field: r.Field}, 0
				if b.isKey(ref) {
					nth = i
				}
				fields[r.Field] = b.sample(ref, nth)
			}
		}
		rows = append(rows, Row{t.ID, fields})
	}
	return rows
}
