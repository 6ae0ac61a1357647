package check

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mhsds/validate/batch"
)

// TestDatesCalendar reads every day of the years in which a date can lie, and
// the ends of every month of all others, against the calendar of package time.
func TestDatesCalendar(t *testing.T) {
	var values []string
	var want []int32
	flush := func() {
		text, c := column(values...)
		Dates(text, c)
		if d := cmp.Diff(want, c.Days); d != "" {
			t.Fatalf("days from %s on (-want +got):\n%s", values[0], d)
		}
		values, want = values[:0], want[:0]
	}
	add := func(day time.Time) {
		values = append(values, day.Format(time.DateOnly))
		want = append(want, int32(day.Unix()/86400))
		if len(values) == 4096 {
			flush()
		}
	}
	for day := time.Date(1880, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2110; day = day.AddDate(0, 0, 1) {
		add(day)
	}
	for month := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC); month.Year() < 10000; month = month.AddDate(0, 1, 0) {
		add(month)
		if month.Year() != 1 {
			add(month.AddDate(0, 0, -1))
		}
	}
	flush()
}

// TestDatesSpace reads all 10,000 writings of a month and a day in years with
// and without a leap day.
func TestDatesSpace(t *testing.T) {
	for _, year := range []string{"0000", "0004", "1900", "1901", "2000", "2023", "2024", "2099", "2100", "2400"} {
		var values []string
		for md := range 10000 {
			values = append(values, fmt.Sprintf("%s-%02d-%02d", year, md/100, md%100))
		}
		text, c := column(values...)
		Dates(text, c)
		for row, v := range values {
			if want, _ := slowDate(v); c.Days[row] != want {
				t.Fatalf("%q is day %d, want %d", v, c.Days[row], want)
			}
		}
	}
}

func TestDates(t *testing.T) {
	values := strings.Split("2026-09-01||2026-02-30|2026-09-01 13:05|1970-01-01|1899-12-30T00:00:00.5|2026-02-30 13:05|2026-09-01T00:00:01.0|x|2026-09-01 24:00:00|2026-09-01-13:05:00", "|")
	text, c := column(values...)
	c.Timed, c.AnyTimed = batch.Mask{^uint64(0)}, true // of the batch before
	Dates(text, c)
	day := batch.Day(2026, 9, 1)
	if d := cmp.Diff([]int32{day, batch.Null, batch.Unreadable, day, 0, batch.ZeroDay, batch.Unreadable, day, batch.Unreadable, batch.Unreadable, batch.Unreadable}, c.Days); d != "" {
		t.Errorf("days (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]int{3, 7}, marked(c.Timed)); d != "" || !c.AnyTimed {
		t.Errorf("timed rows (-want +got):\n%s", d)
	}

	c.Days[0] = 7 // parsed once: a second call leaves it
	Dates(text, c)
	TimestampDates(text, c)
	if c.Days[0] != 7 {
		t.Error("Dates parsed the column again")
	}

	c.HasDays = false
	TimestampDates(text, c)
	if d := cmp.Diff([]int32{day, batch.Null, batch.Unreadable, day, 0, batch.ZeroDay, batch.Unreadable, day, batch.Unreadable, day, day}, c.Days); d != "" || c.AnyTimed {
		t.Errorf("timestamps: any timed %t, days (-want +got):\n%s", c.AnyTimed, d)
	}
}

func TestTimestampDates(t *testing.T) {
	values := strings.Split("2026-09-01T10:00:00Z|2026-09-01T10:00:00+01:00||2026-09-0|2026-09-31T10:00:00Z|2026-09-01nonsense|2000-02-29|2100-02-29T10:00:00Z|x2026-09-01", "|")
	text, c := column(values...)
	TimestampDates(text, c)
	for row, v := range values {
		if want := slowTimestampDate(v); c.Days[row] != want {
			t.Errorf("%q is day %d, want %d", v, c.Days[row], want)
		}
	}
}

// typedBatch has a typed column between two of text.
func typedBatch(stamps ...batch.Stamp) *batch.Batch {
	b := new(batch.Batch)
	b.Reset(3, len(stamps))
	copy(b.SetTyped(1, len(stamps)), stamps)
	for row := range stamps {
		b.Columns[0].Cells[row] = batch.MakeCell(len(b.Text), 2)
		b.Text = append(b.Text, "A1"...)
	}
	b.Text = append(b.Text, make([]byte, batch.Slack)...)
	b.Truncate(len(stamps))
	return b
}

func TestDatesTyped(t *testing.T) {
	b := typedBatch(batch.Stamp{Day: 20000}, batch.NullStamp, batch.Stamp{Day: 20000, Second: 1}, batch.Stamp{Day: batch.ZeroDay}, batch.Stamp{Day: batch.ZeroDay, Second: 60}, batch.Stamp{Day: batch.Unreadable, Second: 60})
	c := &b.Columns[1]
	Dates(b.Text, c)
	if d := cmp.Diff([]int32{20000, batch.Null, 20000, batch.ZeroDay, batch.ZeroDay, batch.Unreadable}, c.Days); d != "" {
		t.Errorf("days (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]int{2, 4}, marked(c.Timed)); d != "" {
		t.Errorf("timed rows (-want +got):\n%s", d)
	}
	fail := batch.NewMask(6)
	ValidDate(c, earliestDay, fail)
	if d := cmp.Diff([]int{2, 4, 5}, marked(fail)); d != "" {
		t.Errorf("ValidDate (-want +got):\n%s", d)
	}
	c.HasDays = false
	TimestampDates(b.Text, c)
	if c.Days[2] != 20000 || c.AnyTimed {
		t.Errorf("timestamps: days %v, any timed %t", c.Days, c.AnyTimed)
	}
}

func TestMaterialize(t *testing.T) {
	b := typedBatch(batch.Stamp{Day: 0}, batch.NullStamp, batch.Stamp{Day: 20000, Second: 47100}, batch.Stamp{Day: batch.ZeroDay, Second: 47100}, batch.Stamp{Day: batch.Unreadable})
	var want []string
	for row := range b.Rows {
		want = append(want, string(b.Append(nil, 1, row)))
	}
	Materialize(b, 1)
	Materialize(b, 1) // a column of text stays
	var got []string
	for row := range b.Rows {
		got = append(got, string(b.Value(1, row)))
		if v := string(b.Value(0, row)); v != "A1" {
			t.Errorf("row %d of the column before is %q", row, v)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("values (-want +got):\n%s", d)
	}
	if last := b.Columns[1].Cells[4]; b.Columns[1].Typed() || last.Offset()+last.Len()+batch.Slack != len(b.Text) {
		t.Errorf("typed %t, %d bytes of text, last cell at %d", b.Columns[1].Typed(), len(b.Text), last.Offset())
	}
}

func TestPadDigits(t *testing.T) {
	values := []string{"9", "", "9990000018", "12345678901", "99900000l8", "é", "99000018", "1.0"}
	want := []string{"0000000009", "", "9990000018", "12345678901", "99900000l8", "é", "0099000018", "1.0"}
	b := new(batch.Batch)
	b.Reset(1, len(values))
	b.Truncate(len(values))
	for i, v := range values {
		b.Columns[0].Cells[i] = batch.MakeCell(len(b.Text), len(v))
		b.Text = append(b.Text, v...)
	}
	b.Text = append(b.Text, make([]byte, batch.Slack)...)
	wide := b.Columns[0].Cells[2]
	PadDigits(b, 0, 10)
	if b.Columns[0].Cells[2] != wide {
		t.Error("a value of the full width was moved")
	}
	var got []string
	for row := range values {
		got = append(got, string(b.Value(0, row)))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("values (-want +got):\n%s", d)
	}
	if last := b.Columns[0].Cells[6]; last.Offset()+last.Len()+batch.Slack != len(b.Text) {
		t.Errorf("%d bytes of text, last cell at %d", len(b.Text), last.Offset())
	}
}

// TestTextAllocs holds that a batch of working size is not grown again.
func TestTextAllocs(t *testing.T) {
	b := typedBatch(batch.Stamp{Day: 0, Second: 1}, batch.Stamp{Day: 1})
	text, stamps, cells := len(b.Text), append([]batch.Stamp{}, b.Columns[1].Stamps...), append([]batch.Cell{}, b.Columns[0].Cells...)
	digits := []byte("12")
	run := func() {
		copy(b.Columns[1].Stamps[:2], stamps)
		b.Columns[1].Stamps = b.Columns[1].Stamps[:2]
		copy(b.Columns[0].Cells, cells)
		b.Text = b.Text[:text]
		copy(b.Text, digits)
		Materialize(b, 1)
		PadDigits(b, 0, 10)
	}
	run()
	if n := testing.AllocsPerRun(20, run); n != 0 {
		t.Errorf("%v allocations a batch, want 0", n)
	}
	if v := string(b.Value(0, 0)); v != "0000000012" {
		t.Errorf("padded value is %q", v)
	}
}
