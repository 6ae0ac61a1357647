package plan

import (
	"fmt"
	"strings"

	"mhsds/validate/batch"
)

// parseMoment reads a date and time of day, seconds since 1970-01-01 as
// written: CCYY-MM-DD, then perhaps a space or T and hh:mm[:ss], then perhaps a
// fraction or an offset, which do not count.
func parseMoment(s string) (seconds int64, ok bool) {
	if len(s) < 10 {
		return 0, false
	}
	day := ParseDay(s[:10])
	if day <= batch.Unreadable {
		return 0, false
	}
	seconds = int64(day) * 86400
	if len(s) == 10 {
		return seconds, true
	}
	if len(s) < 16 || s[10] != ' ' && s[10] != 'T' {
		return 0, false
	}
	clock := s[11:16] + ":00"
	if len(s) >= 19 && s[16] == ':' {
		clock = s[11:19]
	}
	limits := [3]int{24, 60, 60}
	unit := int64(3600)
	for i, part := range strings.Split(clock, ":") {
		if len(part) != 2 || part[0]-'0' > 9 || part[1]-'0' > 9 {
			return 0, false
		}
		n := int(part[0]-'0')*10 + int(part[1]-'0')
		if n >= limits[i] {
			return 0, false
		}
		seconds += int64(n) * unit
		unit /= 60
	}
	return seconds, true
}

// A Layout is a way of writing dates other than CCYY-MM-DD: the letters D, M
// and Y stand for the digits of day, month and year, everything else for
// itself. "DD/MM/YYYY" and "YYYYMMDD" are layouts.
type Layout struct {
	text string
}

// KnownLayouts are those that a column of unreadable dates is compared with,
// likeliest first.
func KnownLayouts() []string {
	return []string{"DD/MM/YYYY", "DD-MM-YYYY", "DD.MM.YYYY", "YYYYMMDD", "YYYY/MM/DD", "DDMMYYYY", "MM/DD/YYYY"}
}

// ParseLayout reads a layout. It must have two D, two M and four Y.
func ParseLayout(text string) (*Layout, error) {
	up := strings.ToUpper(text)
	if strings.Count(up, "DD") != 1 || strings.Count(up, "MM") != 1 || strings.Count(up, "YYYY") != 1 ||
		strings.Count(up, "D") != 2 || strings.Count(up, "M") != 2 || strings.Count(up, "Y") != 4 {
		return nil, fmt.Errorf("date layout %q: write it with DD, MM and YYYY, like %s", text, KnownLayouts()[0])
	}
	return &Layout{up}, nil
}

// String returns the layout in capitals.
func (l *Layout) String() string { return l.text }

// Day reads a value in the layout, batch.Unreadable if it is not.
func (l *Layout) Day(v []byte) int32 {
	if len(v) != len(l.text) {
		return batch.Unreadable
	}
	var y, m, d int
	for i := range v {
		part := &d
		switch l.text[i] {
		case 'D':
		case 'M':
			part = &m
		case 'Y':
			part = &y
		default:
			if v[i] != l.text[i] {
				return batch.Unreadable
			}
			continue
		}
		if v[i]-'0' > 9 {
			return batch.Unreadable
		}
		*part = *part*10 + int(v[i]-'0')
	}
	if y < 1 || m < 1 || m > 12 {
		return batch.Unreadable
	}
	day := batch.Day(y, m, d)
	if _, _, real := batch.Civil(day); real != d { // outside the month another day comes
		return batch.Unreadable
	}
	return day
}

// Rewrite turns the column's values in this layout into CCYY-MM-DD, at the end
// of the batch's text; other values stay as they are.
func (l *Layout) Rewrite(b *batch.Batch, col int) {
	c := &b.Columns[col]
	end := len(b.Text) - batch.Slack
	b.Text = b.Text[:end]
	for row := range b.Rows {
		if c.IsNull(row) {
			continue
		}
		if day := l.Day(b.Value(col, row)); day != batch.Unreadable {
			c.Cells[row] = batch.MakeCell(len(b.Text), 10)
			b.Text = batch.AppendDay(b.Text, day)
		}
	}
	b.Text = append(b.Text, make([]byte, batch.Slack)...)
}
