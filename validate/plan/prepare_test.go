package plan

import (
	"slices"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/batch"
)

// TestPrepare: text from a typed column is written out, a number gets the zeros
// that a container of numbers has dropped, a date is read, in its layout if
// there is one; times are looked at when that is asked.
func TestPrepare(t *testing.T) {
	d := &dictionary.Dictionary{Tables: []dictionary.Table{{ID: "T", Name: "T", Position: 1, Fields: []dictionary.Field{
		{Name: "Text", Type: dictionary.Text}, {Name: "Number", Type: dictionary.Text, Digits: 4}, {Name: "Plain", Type: dictionary.Text, Digits: 4},
		{Name: "Date", Type: dictionary.Date}, {Name: "Time", Type: dictionary.Time},
		{Name: "Count", Type: dictionary.Number}, {Name: "Stamp", Type: dictionary.Date}, {Name: "Clock", Type: dictionary.Time},
	}}}}
	p, err := FromDictionary(d)
	if err != nil {
		t.Fatal(err)
	}
	programs, err := p.Bind(nil, nil, func(int) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	layout, err := ParseLayout("DD/MM/YYYY")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		layout *Layout
		days   []int32
	}{
		{"dates as they are", nil, []int32{batch.Unreadable, batch.Day(2026, 9, 1), batch.Null}},
		{"dates day first", layout, []int32{batch.Day(2026, 9, 30), batch.Day(2026, 9, 1), batch.Null}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &Worker{}
			b := &w.Batch
			b.Reset(8, 3)
			stamps := []batch.Stamp{{Day: 20000}, batch.NullStamp, {Day: 20000, Second: 60}}
			for _, col := range []int{0, 5, 6, 7} {
				copy(b.SetTyped(col, 3), stamps)
			}
			for col, values := range [][]string{1: {"7", "0012", ""}, 2: {"7", "0012", ""}, 3: {"30/09/2026", "2026-09-01", ""}, 4: {"25:00", "", "23:59"}} {
				for row, v := range values {
					b.Columns[col].Cells[row] = batch.MakeCell(len(b.Text), len(v))
					b.Text = append(b.Text, v...)
				}
			}
			b.Text = append(b.Text, make([]byte, batch.Slack)...)
			b.Truncate(3)
			want := []string{string(b.Append(nil, 0, 0)), "", string(b.Append(nil, 0, 2))}
			g := programs[0]
			g.Prepare(w, []bool{1: true, 7: false}, tt.layout)
			for col, want := range map[int][]string{0: want, 1: {"0007", "0012", ""}, 2: {"7", "0012", ""}, 5: want} {
				if b.Columns[col].Typed() {
					t.Fatalf("column %d is typed yet", col)
				}
				for row, v := range want {
					if got := string(b.Value(col, row)); got != v {
						t.Errorf("column %d, row %d: %q, want %q", col, row, got, v)
					}
				}
			}
			if c := &b.Columns[3]; !c.HasDays || !slices.Equal(c.Days[:3], tt.days) {
				t.Errorf("days %v, want %v", c.Days, tt.days)
			}
			if c := &b.Columns[6]; !c.Typed() || !slices.Equal(c.Days[:3], []int32{20000, batch.Null, 20000}) || !c.AnyTimed || c.Timed.Has(0) || !c.Timed.Has(2) {
				t.Errorf("a typed date: typed %t, days %v, timed %v", c.Typed(), c.Days, c.Timed)
			}
			if !b.Columns[7].Typed() {
				t.Error("a typed time is typed no more")
			}
			if f := [...]batch.Form{b.Columns[0].Form, b.Columns[3].Form, b.Columns[4].Form}; f != [...]batch.Form{batch.AsIs, batch.DateForm, batch.TimeForm} {
				t.Errorf("forms %v", f)
			}
			var bad [][2]int
			g.UnreadableTimes(w, func(col, row int) { bad = append(bad, [2]int{col, row}) })
			if !slices.Equal(bad, [][2]int{{4, 0}}) {
				t.Errorf("unreadable times %v, want that of row 0", bad)
			}
		})
	}
}

// TestItems: the value of a reported item is the row's own, else the header's,
// else the parent's date that the rule compares with.
func TestItems(t *testing.T) {
	p, err := Compile(release(t))
	if err != nil {
		t.Fatal(err)
	}
	d := p.Dictionary
	header, start := d.Role("period_start")
	programs, err := p.Bind(Header{start.Name: "2026-09-01"}, nil, func(int) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	own, fixed, joined := 0, 0, 0
	for _, g := range programs {
		for n, j := range g.Joins {
			if slices.ContainsFunc(g.Joins[:n], func(o Join) bool { return o.Column == j.Column && o.Table == j.Table && o.Key == j.Key }) {
				t.Errorf("%s: rows of %s are looked up twice by %s", g.Table.ID, j.Table, j.Key)
			}
			for k, date := range j.Dates {
				if slices.Contains(j.Dates[:k], date) {
					t.Errorf("%s: the parents' %s is asked for twice", g.Table.ID, date.Field)
				}
			}
		}
		for i := range g.Rules {
			r := &g.Rules[i]
			if len(r.Items) != len(r.Rule.Items) {
				t.Fatalf("%s: %d values of %d items", r.Code, len(r.Items), len(r.Rule.Items))
			}
			for k, item := range r.Rule.Items {
				s := r.Items[k]
				switch {
				case s.Column >= 0:
					own++
					if f := g.Table.Fields[s.Column]; f.Name != item.Name && f.UID != item.UID {
						t.Errorf("%s: item %s is taken from column %s", r.Code, item, f.Name)
					}
				case s.Join >= 0:
					joined++
					j := g.Joins[s.Join]
					if date := j.Dates[s.Date]; j.Table != r.Other.Table || j.Key != r.Join.Theirs || g.Table.Fields[j.Column].Name != r.Join.Own ||
						date.Field != item.Name || date.Latest != (r.Kind == dictionary.DateOnOrAfter) || s.Null {
						t.Errorf("%s: item %s is taken from %+v of join %+v", r.Code, item, date, j)
					}
				case header.Field(item.Name) != nil:
					fixed++
					want := ""
					if item.Name == start.Name {
						want = "2026-09-01"
					}
					if s.Fixed != want || s.Null != (want == "") {
						t.Errorf("%s: item %s is %q of the header, want %q", r.Code, item, s.Fixed, want)
					}
				case !s.Null:
					t.Errorf("%s: item %s comes from nowhere, and is not null", r.Code, item)
				}
			}
		}
	}
	if own < 1000 || fixed < 50 || joined < 20 {
		t.Errorf("%d items of rows, %d of the header, %d of parents", own, fixed, joined)
	}
}

// TestEqualDates: a date that the portal knows is compared as a day: whatever
// it is written like, and not with a time of day.
func TestEqualDates(t *testing.T) {
	p, err := Compile(release(t))
	if err != nil {
		t.Fatal(err)
	}
	d := p.Dictionary
	ran := 0
	for i := range d.Rules {
		r := &d.Rules[i]
		if r.Kind != dictionary.ValuesEqual || d.Table(r.Table).Field(r.Field).Type != dictionary.Date {
			continue
		}
		ran++
		of := d.Table(r.Table)
		programs, err := p.Bind(nil, Portal{r.Other.Field: "2026-09-01"}, func(i int) bool { return i == of.Position-1 })
		if err != nil {
			t.Fatal(err)
		}
		g := programs[of.Position-1]
		values := []string{"2026-09-01", "2026-09-01T00:00:00", "2026-09-01 00:00", "2026-09-01T10:00:00", "2026-09-02", "", "1 September"}
		w := &Worker{}
		b := &w.Batch
		b.Reset(len(of.Fields), len(values))
		col := of.Index(r.Field)
		for row, v := range values {
			b.Columns[col].Cells[row] = batch.MakeCell(len(b.Text), len(v))
			b.Text = append(b.Text, v...)
		}
		b.Text = append(b.Text, make([]byte, batch.Slack)...)
		b.Truncate(len(values))
		g.Prepare(w, make([]bool, len(of.Fields)), nil)
		var failed []uint32
		for _, h := range g.Check(w) {
			if g.Rules[h.Rank].Rule == r {
				failed = append(failed, h.Row)
			}
		}
		if !slices.Equal(failed, []uint32{3, 4, 5, 6}) {
			t.Errorf("%s: rows %v of %q fail", r.Code, failed, values)
		}
	}
	if ran == 0 {
		t.Error("no rule compares a date with the portal's")
	}
}

func TestYearsBefore(t *testing.T) {
	for _, tt := range []struct{ y, m, d, years, by, bm, bd int }{
		{2026, 9, 1, 0, 2026, 9, 1},
		{2026, 9, 1, 18, 2008, 9, 1},
		{2024, 2, 29, 4, 2020, 2, 29},
		{2024, 2, 29, 24, 2000, 2, 29}, // a leap year
		{2024, 2, 29, 124, 1900, 2, 28},
		{2024, 2, 29, 1, 2023, 2, 28},
		{2025, 2, 28, 1, 2024, 2, 28}, // who was born on the 29th is no year old yet
		{2025, 3, 1, 1, 2024, 3, 1},
		{2024, 2, 28, 1, 2023, 2, 28},
		{2024, 3, 29, 1, 2023, 3, 29},
	} {
		if got, want := yearsBefore(tt.y, tt.m, tt.d, tt.years), batch.Day(tt.by, tt.bm, tt.bd); got != want {
			t.Errorf("%d years before %04d-%02d-%02d is %s, want %s", tt.years, tt.y, tt.m, tt.d, batch.AppendDay(nil, got), batch.AppendDay(nil, want))
		}
	}
}
