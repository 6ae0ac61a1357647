package plan

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mhsds/validate/batch"
)

// everyByte returns the seeds, each also cut at every length and with some
// other byte in every place.
func everyByte(seeds ...string) []string {
	list := append([]string{""}, seeds...)
	for _, seed := range seeds {
		for i := range seed {
			list = append(list, seed[:i])
			for _, b := range "0123456789/:;. -T" {
				list = append(list, seed[:i]+string(b)+seed[i+1:])
			}
		}
	}
	return list
}

// TestParseMoment sets the reading of a moment against package time.
func TestParseMoment(t *testing.T) {
	form := regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$|^([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2})(.*)$`)
	seconds := regexp.MustCompile(`^:..`)
	slow := func(s string) (int64, bool) {
		m := form.FindStringSubmatch(s)
		switch {
		case m == nil || strings.HasPrefix(s, "0000"):
			return 0, false
		case m[1] == "":
			day, err := time.Parse(time.DateOnly, s)
			return day.Unix(), err == nil
		}
		clock := m[2] + ":00"
		if seconds.MatchString(m[3]) {
			clock = m[2] + m[3][:3]
		}
		if len(clock) != len("15:04:05") || strings.Trim(clock, "0123456789:") != "" || strings.Count(clock, ":") != 2 {
			return 0, false
		}
		at, err := time.Parse(time.DateTime, m[1]+" "+clock)
		return at.Unix(), err == nil
	}
	for _, s := range everyByte("2026-09-30", "2026-09-30T23:59:59", "2026-09-30 19:09", "1999-12-31T09:50:07.123Z", "2024-02-29 00:00:60", "2026-09-30 24:00", "2026-09-30 10:60:00", "2026-10-05T10:15:30+01:00") {
		want, ok := slow(s)
		got, read := parseMoment(s)
		if read != ok || ok && got != want {
			t.Errorf("parseMoment(%q) = %d, %t, want %d, %t", s, got, read, want, ok)
		}
	}
}

// TestLayoutDay sets the reading of dates in other layouts against package
// time.
func TestLayoutDay(t *testing.T) {
	words := strings.NewReplacer("YYYY", "2006", "MM", "01", "DD", "02")
	for _, text := range append(KnownLayouts(), "yyyy-mm-dd") {
		l, err := ParseLayout(text)
		if err != nil {
			t.Fatal(err)
		}
		if l.String() != strings.ToUpper(text) {
			t.Errorf("layout %q calls itself %q", text, l)
		}
		form := words.Replace(l.String())
		var seeds []string
		for _, day := range []string{"2026-09-30", "2024-02-29", "1890-01-01", "9999-12-31", "0001-10-19"} {
			at, err := time.Parse(time.DateOnly, day)
			if err != nil {
				t.Fatal(err)
			}
			seeds = append(seeds, at.Format(form))
		}
		for _, v := range everyByte(seeds...) {
			want := int32(batch.Unreadable)
			if at, err := time.Parse(form, v); err == nil && at.Year() > 0 {
				want = int32(at.Unix() / 86400)
				if at.Unix() < 0 {
					want = int32((at.Unix() - 86399) / 86400)
				}
			}
			if got := l.Day([]byte(v)); got != want {
				t.Errorf("layout %s: %q is day %d, want %d", l, v, got, want)
			}
		}
	}
}

func TestParseLayoutErrors(t *testing.T) {
	for _, text := range []string{"", "DD/MM", "DD/MM/YY", "D/M/YYYY", "DD/MM/YYYY DD", "DD/MMM/YYYY", "DD/MM/YYYY M", "YYYYY-MM-DD", "DDD-MM-YYYY", "MMDDYYYYD", "DYYYYMMD"} {
		if l, err := ParseLayout(text); err == nil || !strings.Contains(err.Error(), "DD/MM/YYYY") {
			t.Errorf("layout %q: read as %v, error %v", text, l, err)
		}
	}
}

// TestRewrite: values in the layout are written anew behind the others, which
// stay.
func TestRewrite(t *testing.T) {
	l, err := ParseLayout("DD/MM/YYYY")
	if err != nil {
		t.Fatal(err)
	}
	var b batch.Batch
	values := []string{"30/09/2026", "", "31/09/2026", "2026-09-01", "01/02/0003"}
	b.Reset(1, len(values))
	for row, v := range values {
		b.Columns[0].Cells[row] = batch.MakeCell(len(b.Text), len(v))
		b.Text = append(b.Text, v...)
	}
	b.Text = slices.Clip(append(b.Text, make([]byte, batch.Slack)...))
	b.Truncate(len(values))
	l.Rewrite(&b, 0)
	for row, want := range []string{"2026-09-30", "", "31/09/2026", "2026-09-01", "0003-02-01"} {
		if got := string(b.Value(0, row)); got != want {
			t.Errorf("%q becomes %q, want %q", values[row], got, want)
		}
	}
	if c := b.Columns[0].Cells[4]; len(b.Text) != c.Offset()+c.Len()+batch.Slack {
		t.Errorf("%d bytes of text, of which %d before the slack", len(b.Text), c.Offset()+c.Len())
	}
}
