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
			b.Reset(5, 3)
			copy(b.SetTyped(0, 3), []batch.Stamp{{Day: 20000}, batch.NullStamp, {Day: 20000, Second: 60}})
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
			g.Prepare(w, []bool{false, true, false, false, false}, tt.layout)
			for col, want := range [][]string{want, {"0007", "0012", ""}, {"7", "0012", ""}} {
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
