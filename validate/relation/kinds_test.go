package relation

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/plan"
	"mhsds/validate/twin"
)

// readAll reads a table of a dictionary of one table, a batch of size rows at a
// time, and settles it. If the keys shall collide, all that count have one hash.
func readAll(t *testing.T, d *dictionary.Dictionary, rows []map[string]string, severity []dictionary.Severity, size int, collide bool) []Late {
	t.Helper()
	spec, err := NewSpec(d, plan.Active)
	if err != nil {
		t.Fatal(err)
	}
	s := NewStore(spec, batch.Null, batch.Null)
	id := d.Tables[0].ID
	of := &submission{rows: twin.Records{id: rows}, skipped: map[string][]bool{id: make([]bool, len(rows))}}
	var batches []*batch.Batch
	for from := 0; from < len(rows); from += size {
		b := of.batchOf(&d.Tables[0], from, min(from+size, len(rows)))
		batches = append(batches, b)
		var x Extract
		s.Reset(&x, 0)
		s.Look(&x, 0, b)
		s.Take(&x, 0, b)
		for i := range x.hashes {
			for k, h := range x.hashes[i] {
				if collide && h != 0 {
					x.hashes[i][k] = 7
				}
			}
		}
		var state []uint8
		var worst []uint16
		for row := range b.Rows {
			v, w := uint8(0), uint16(0)
			if severity != nil && severity[from+row] >= dictionary.RejectRecord {
				v, w = uint8(severity[from+row]), 1 // by the first rule
			}
			state, worst = append(state, v), append(worst, w)
		}
		if err := s.Append(0, &x, state, worst); err != nil {
			t.Fatal(err)
		}
	}
	p := s.Suspects(0)
	for i, b := range batches {
		if p != nil {
			p.Add(b, i*size)
		}
	}
	return s.EndTable(0, p)
}

// TestUniqueWhen: every row of a group of two or more fails, if the condition
// holds of the rows; null keys are one group, or none, as the rule says.
func TestUniqueWhen(t *testing.T) {
	fields := []dictionary.Field{{Name: "Key", Type: dictionary.Text, Position: 1}, {Name: "Part", Type: dictionary.Text, Position: 2}, {Name: "Sort", Type: dictionary.Text, Position: 3}}
	rows := func(values ...string) (list []map[string]string) { // "Key/Part/Sort"
		for _, v := range values {
			part := strings.Split(v, "/")
			list = append(list, map[string]string{"Key": part[0], "Part": part[1], "Sort": part[2]})
		}
		return list
	}
	tests := []struct {
		name       string
		key        []string
		condition  string
		nullsEqual bool
		rows       []map[string]string
		want       []int
	}{
		{"always", []string{"Key"}, "", false, rows("A//", "B//", "A//"), []int{0, 2}},
		{"a null key is no key", []string{"Key"}, "", false, rows("//", "//", "A//"), nil},
		{"null keys are one group", []string{"Key"}, "", true, rows("//", "A//", "//"), []int{0, 2}},
		{"two fields", []string{"Key", "Part"}, "", false, rows("A/1/", "A/2/", "B/1/", "A/1/"), []int{0, 3}},
		{"a null part is no key", []string{"Key", "Part"}, "", false, rows("A//", "A//"), nil},
		{"null parts are equal", []string{"Key", "Part"}, "", true, rows("A//", "A//", "/A/"), []int{0, 1}},
		{"the border of fields counts", []string{"Key", "Part"}, "", false, rows("AB/C/", "A/BC/"), nil},
		{"fields that end alike", []string{"Key", "Part"}, "", true, rows("A/B/", "/AB/", "AB//"), nil},
		{"where a field is null", []string{"Key"}, "isnull(Sort)", true, rows("A//", "A//x", "A//"), []int{0, 2}},
		{"where a field is not null", []string{"Key"}, "notnull(Sort)", true, rows("A//", "A//x", "A//y"), []int{1, 2}},
		{"where a field has a value", []string{"Key"}, "Sort == 'x'", true, rows("A//x", "A//y", "A//", "A//x"), []int{0, 3}},
		{"where a field has another value", []string{"Key"}, "Sort != 'x'", true, rows("A//x", "A//y", "A//", "A//z", "A//x"), []int{1, 3}},
		{"of two conditions", []string{"Key"}, "isnull(Part) and Sort in ('x', 'y')", true, rows("A//x", "A/1/x", "A//z", "A//y"), []int{0, 3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := dictionary.Rule{Code: "T01", Status: dictionary.Both, Table: "T", Severity: dictionary.RejectGroup, Kind: dictionary.UniqueWhen, Condition: tt.condition, NullsEqual: tt.nullsEqual}
			for _, f := range tt.key {
				r.Fields = append(r.Fields, dictionary.Ref{Table: "T", Field: f})
			}
			d := &dictionary.Dictionary{Tables: []dictionary.Table{{ID: "T", Position: 1, Fields: fields}}, Rules: []dictionary.Rule{r}}
			for size := range 3 {
				for _, collide := range []bool{false, true} {
					var got []int
					for _, l := range readAll(t, d, tt.rows, nil, 1+size, collide) {
						got = append(got, l.Row)
					}
					if !slices.Equal(got, tt.want) {
						t.Errorf("batches of %d, keys that collide: %t: rows %v fail, want %v", 1+size, collide, got, tt.want)
					}
				}
			}
		})
	}
}

// TestTwoRulesOnOneKey: rules on the same key, of the file and of the rows, say
// the same of the rows, each with its own code.
func TestTwoRulesOnOneKey(t *testing.T) {
	rule := func(code string, severity dictionary.Severity, fields ...string) dictionary.Rule {
		r := dictionary.Rule{Code: code, Status: dictionary.Both, Table: "T", Severity: severity, Kind: dictionary.Unique}
		for _, f := range fields {
			r.Fields = append(r.Fields, dictionary.Ref{Table: "T", Field: f})
		}
		return r
	}
	d := &dictionary.Dictionary{
		Tables: []dictionary.Table{{ID: "T", Position: 1, Fields: []dictionary.Field{{Name: "Key", Type: dictionary.Text}, {Name: "Part", Type: dictionary.Text}}}},
		Rules: []dictionary.Rule{
			rule("T01", dictionary.RejectGroup, "Key"), rule("T02", dictionary.RejectFile, "Key"), rule("T03", dictionary.Warning, "Key", "Part"),
			rule("T04", dictionary.RejectRecord, "Key"), rule("T05", dictionary.Warning, "Key", "Part"),
		},
	}
	rows := []map[string]string{{"Key": "A", "Part": "1"}, {"Key": "B", "Part": "1"}, {"Key": "A", "Part": "2"}, {"Key": "A", "Part": "1"}}
	var got []string
	for _, l := range readAll(t, d, rows, nil, 2, false) {
		got = append(got, fmt.Sprintf("%d %s", l.Row, l.Rule.Code))
	}
	want := []string{"0 T01", "0 T02", "0 T03", "0 T04", "0 T05", "2 T01", "2 T02", "2 T04", "3 T01", "3 T02", "3 T03", "3 T04", "3 T05"}
	if !slices.Equal(got, want) {
		t.Errorf("fail: %v, want %v", got, want)
	}
}

// TestSuccessor: a registration that ended is followed on the day or the next,
// by a valid one at another practice alone; else the first rejected one that
// would follow is the cause.
func TestSuccessor(t *testing.T) {
	field := func(name string, kind dictionary.Type) dictionary.Field {
		return dictionary.Field{Name: name, Type: kind}
	}
	rule := dictionary.Rule{Code: "T02", Status: dictionary.Both, Table: "T", Severity: dictionary.Warning, Kind: dictionary.GPSuccessor}
	for _, f := range []string{"Patient", "Start", "End", "Practice"} {
		rule.Fields = append(rule.Fields, dictionary.Ref{Table: "T", Field: f})
	}
	d := &dictionary.Dictionary{
		Tables: []dictionary.Table{{ID: "T", Position: 1, Fields: []dictionary.Field{field("Patient", dictionary.Text), field("Start", dictionary.Date), field("End", dictionary.Date), field("Practice", dictionary.Text)}}},
		Rules:  []dictionary.Rule{{Code: "T01", Status: dictionary.Both, Table: "T", Severity: dictionary.RejectRecord, Kind: dictionary.NotBlank, Field: "Practice"}, rule},
	}
	// A row is "patient start end practice", days of September, - for null; ! in
	// front if the row is rejected. want is "row" or "row<cause".
	tests := []struct {
		name string
		rows []string
		want []string
	}{
		{"nobody follows", []string{"P 1 5 X"}, []string{"0"}},
		{"no end, nothing to follow", []string{"P 1 - X"}, nil},
		{"on the day", []string{"P 1 5 X", "P 5 - Y"}, nil},
		{"on the next day", []string{"P 1 5 X", "P 6 - Y"}, nil},
		{"the day before", []string{"P 1 5 X", "P 4 - Y"}, []string{"0"}},
		{"two days after", []string{"P 1 5 X", "P 7 - Y"}, []string{"0"}},
		{"the follower stands first", []string{"P 5 - Y", "P 1 5 X"}, nil},
		{"of another patient", []string{"P 1 5 X", "Q 5 - Y"}, []string{"0"}},
		{"without a patient", []string{"- 1 5 X", "- 5 - Y"}, []string{"0"}},
		{"the same practice", []string{"P 1 5 X", "P 5 - X"}, []string{"0"}},
		{"the same practice and another", []string{"P 1 5 X", "P 5 - X", "P 6 - Y"}, []string{"0"}},
		{"another practice and the same", []string{"P 1 5 X", "P 5 - Y", "P 6 - X"}, []string{"0"}},
		{"it follows itself", []string{"P 5 5 X"}, []string{"0"}},
		{"the follower is rejected", []string{"P 1 5 X", "!P 5 - Y"}, []string{"0<1"}},
		{"a rejected row of the same practice is nobody", []string{"P 1 5 X", "!P 5 - X", "P 6 - Y"}, nil},
		{"two are rejected", []string{"!P 5 - Y", "!P 6 - Z", "P 1 5 X"}, []string{"2<0"}},
		{"three are rejected", []string{"P 1 5 X", "!P 6 - Y", "!P 5 - Y", "!P 5 - Z"}, []string{"0<1"}},
		{"one is valid, of the same practice", []string{"!P 5 - Y", "P 6 - X", "P 1 5 X"}, []string{"2"}},
		{"a rejected row is tested, and not by itself", []string{"!P 5 5 X", "!P 5 - Y"}, []string{"0<1"}},
		{"a rejected row that follows itself", []string{"!P 5 5 X"}, []string{"0"}},
	}
	day := func(s string) string {
		if s == "-" {
			return ""
		}
		return "2026-09-0" + s
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var rows []map[string]string
			var severity []dictionary.Severity
			for _, row := range tt.rows {
				valid, rejected := strings.CutPrefix(row, "!")
				part := strings.Fields(valid)
				rows = append(rows, map[string]string{"Patient": strings.Trim(part[0], "-"), "Start": day(part[1]), "End": day(part[2]), "Practice": part[3]})
				severity = append(severity, map[bool]dictionary.Severity{true: dictionary.RejectRecord}[rejected])
			}
			var got []string
			for _, l := range readAll(t, d, rows, severity, 2, false) {
				s := fmt.Sprint(l.Row)
				if l.CauseTable >= 0 {
					s += fmt.Sprintf("<%d", l.CauseRow)
				}
				if (l.CauseRule != nil) != (l.CauseTable >= 0) || l.CauseRule != nil && l.CauseRule.Code != "T01" {
					t.Errorf("row %d follows from rule %v", l.Row, l.CauseRule)
				}
				got = append(got, s)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("fail: %v, want %v", got, tt.want)
			}
		})
	}
}

// TestInPeriod: a submission belongs to the period if a date lies in it, or if
// something is open across it: begun by its end, and not ended before its start.
func TestInPeriod(t *testing.T) {
	field := func(name string) dictionary.Field { return dictionary.Field{Name: name, Type: dictionary.Date} }
	ref := func(name string) dictionary.Ref { return dictionary.Ref{Table: "T", Field: name} }
	d := &dictionary.Dictionary{
		Tables: []dictionary.Table{{ID: "T", Position: 1, Fields: []dictionary.Field{field("On"), field("From"), field("To")}}},
		Rules: []dictionary.Rule{{
			Code: "T01", Status: dictionary.PortalCheck, Table: "T", Severity: dictionary.RejectFile, Kind: dictionary.FileCheck, Check: checkPeriod,
			Fields: []dictionary.Ref{ref("On")}, Spans: [][2]dictionary.Ref{{ref("From"), ref("To")}},
		}},
	}
	spec, err := NewSpec(d, plan.Active)
	if err != nil {
		t.Fatal(err)
	}
	start, end := batch.Day(2026, 9, 1), batch.Day(2026, 9, 30)
	tests := []struct {
		name         string
		on, from, to string
		start, end   int32
		alive        bool
	}{
		{"nothing", "", "", "", start, end, false},
		{"on the first day", "2026-09-01", "", "", start, end, true},
		{"on the last day", "2026-09-30", "", "", start, end, true},
		{"the day before", "2026-08-31", "", "", start, end, false},
		{"the day after", "2026-10-01", "", "", start, end, false},
		{"on no date", "2026-09-31", "", "", start, end, false},
		{"open since the last day", "", "2026-09-30", "", start, end, true},
		{"open since long", "", "1999-01-01", "", start, end, true},
		{"open from the day after", "", "2026-10-01", "", start, end, false},
		{"open since no date", "", "2026-09-31", "", start, end, false},
		{"ended on the first day", "", "2026-08-01", "2026-09-01", start, end, true},
		{"ended the day before", "", "2026-08-01", "2026-08-31", start, end, false},
		{"ended on no date", "", "2026-08-01", "2026-09-31", start, end, false},
		{"ended, and never began", "", "", "2026-09-01", start, end, false},
		{"a period without a start says nothing", "2020-01-01", "", "", batch.Null, end, true},
		{"a period that starts on no date says nothing", "2020-01-01", "", "", batch.Unreadable, end, true},
		{"a period without an end says nothing", "2020-01-01", "", "", start, batch.Null, true},
		{"a period that ends on no date says nothing", "2020-01-01", "", "", start, batch.Unreadable, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for before := range 3 { // rows of no interest, each in a batch and an extract
				s := NewStore(spec, tt.start, tt.end)
				rows := make([]map[string]string, before+2)
				rows[before] = map[string]string{"On": tt.on, "From": tt.from, "To": tt.to}
				of := &submission{rows: twin.Records{"T": rows}, skipped: map[string][]bool{"T": make([]bool, len(rows))}}
				var x Extract
				for row := range rows {
					if row != 1 { // the first two share an extract
						s.Reset(&x, 0)
					}
					b := of.batchOf(&d.Tables[0], row, row+1)
					s.Look(&x, 0, b)
					s.Take(&x, 0, b)
					if row == 0 {
						continue
					}
					if err := s.Append(0, &x, make([]uint8, x.rows), make([]uint16, x.rows)); err != nil {
						t.Fatal(err)
					}
				}
				late := append(s.EndTable(0, s.Suspects(0)), s.EndFile()...)
				if alive := len(late) == 0; alive != tt.alive {
					t.Errorf("row %d: %d findings; belongs to the period: %t, want %t", before, len(late), alive, tt.alive)
				}
			}
		})
	}
}

// TestNotLookedUp: what no rule looks up is said to be so.
func TestNotLookedUp(t *testing.T) {
	d := release(t)
	spec, err := NewSpec(d, active)
	if err != nil {
		t.Fatal(err)
	}
	s := NewStore(spec, batch.Null, batch.Null)
	var x Extract
	for i := range d.Tables {
		s.Reset(&x, i)
		if s.WithKey(i, len(d.Tables[i].Fields), []byte("A"), func(int) {}) {
			t.Errorf("%s: a column that it lacks is looked up", d.Tables[i].ID)
		}
		of := &submission{rows: twin.Records{d.Tables[i].ID: {{}}}, skipped: map[string][]bool{d.Tables[i].ID: {false}}}
		s.Look(&x, i, of.batchOf(&d.Tables[i], 0, 1))
		for column := range d.Tables[i].Fields {
			for parent := range d.Tables {
				want := slices.ContainsFunc(spec.tables[i].links, func(l linkSpec) bool { return l.column == column && l.table == parent })
				if rows := s.Parents(&x, i, column, parent); (len(rows) == 1) != want || !want && rows != nil {
					t.Errorf("%s: column %d has parents %v in %s; looked up: %t", d.Tables[i].ID, column, rows, d.Tables[parent].ID, want)
				}
			}
		}
		if days := s.ParentDays(&x, i, 0, i, 0, true, []int32{7}); len(days) != 0 {
			t.Errorf("%s: parents' days in the table itself: %v", d.Tables[i].ID, days)
		}
	}
	grouped := 0
	for i := range d.Rules {
		r := &d.Rules[i]
		if table, field := s.Other(i); r.Kind == dictionary.ParentExists || r.Kind == dictionary.ChildExists {
			if active(r) && (table < 0 || d.Tables[table].ID != r.Other.Table || field != r.Other.Field) {
				t.Errorf("%s looks in table %d, field %s; want %v", r.Code, table, field, r.Other)
			}
		} else if table != -1 || field != "" {
			t.Errorf("%s looks in table %d, field %q; want none", r.Code, table, field)
		}
	}
	for i := range spec.tables {
		for _, k := range spec.tables[i].keys {
			if k.grouped && !slices.Contains(spec.tables[i].keys, keySpec{column: k.column}) {
				grouped++
				if s.WithKey(i, k.column, []byte("A"), func(int) {}) {
					t.Errorf("%s: rows are looked up by column %d, of which groups alone are kept", d.Tables[i].ID, k.column)
				}
			}
		}
	}
	if grouped == 0 {
		t.Error("no column is kept in groups alone")
	}
}

// TestTooManyRows: rows are numbered with 32 bits, and a table of more is
// refused before anything is kept.
func TestTooManyRows(t *testing.T) {
	d := release(t)
	spec, err := NewSpec(d, active)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		there int
		ok    bool
	}{{0, true}, {math.MaxInt32 - 1, true}, {math.MaxInt32, false}} {
		s := NewStore(spec, batch.Null, batch.Null)
		of := &submission{rows: twin.Records{d.Tables[0].ID: {{}}}, skipped: map[string][]bool{d.Tables[0].ID: {false}}}
		var x Extract
		s.Reset(&x, 0)
		b := of.batchOf(&d.Tables[0], 0, 1)
		s.Look(&x, 0, b)
		s.Take(&x, 0, b)
		s.tables[0].rows = tt.there
		err := s.Append(0, &x, []uint8{0}, []uint16{0})
		if (err == nil) != tt.ok || err != nil && (!strings.Contains(err.Error(), d.Tables[0].ID) || len(s.tables[0].state) > 0) {
			t.Errorf("one row after %d: error %v", tt.there, err)
		}
	}
}

// TestExtractKeepsMemory: once it has its size, an extract takes a batch
// without asking for memory.
func TestExtractKeepsMemory(t *testing.T) {
	d := release(t)
	spec, err := NewSpec(d, active)
	if err != nil {
		t.Fatal(err)
	}
	s := NewStore(spec, batch.Day(2026, 9, 1), batch.Day(2026, 9, 30))
	fields := related(d)
	of := &submission{rows: twin.Records{}, skipped: map[string][]bool{}}
	batches := make([]*batch.Batch, len(d.Tables))
	for i := range d.Tables {
		t := &d.Tables[i]
		for row := range 40 {
			values := map[string]string{}
			for _, f := range t.Fields {
				if fields[t.ID][f.Name] && row%7 != 3 {
					values[f.Name] = fmt.Sprintf("K%03d", row/2)
				}
			}
			of.rows[t.ID] = append(of.rows[t.ID], values)
			of.skipped[t.ID] = append(of.skipped[t.ID], row == 30)
		}
		batches[i] = of.batchOf(t, 0, 40)
	}
	var x Extract
	all := func() {
		for i := range d.Tables {
			s.Reset(&x, i)
			s.Look(&x, i, batches[i])
			s.Take(&x, i, batches[i])
		}
	}
	for range 3 { // the slices of a table go to the next one, in other places
		all()
	}
	if n := testing.AllocsPerRun(20, all); n != 0 {
		t.Errorf("%v allocations in %d tables, want 0", n, len(d.Tables))
	}
}
