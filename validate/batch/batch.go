// Package batch holds some records of one table in columns.
//
// All values of a batch lie in one text; a column is a list of cells that say
// where, one a row. The cells of a row-wise file point straight into the block
// that was read:
//
//	Text     CC1,,A12\nCC2,SR7,\n········      8 spare bytes at the end
//	Column 0 [0,3]   [9,3]                     "CC1" "CC2"
//	Column 1 [4,0]   [13,3]                    null  "SR7"
//	Column 2 [5,3]   [17,0]                    "A12" null
//
// A cell of length 0 is null: a blank field and an absent one are the same to
// every rule, so neither has another form. Values are trimmed of U+0020 before
// they come here.
//
// A typed source (an Access date) fills Stamps instead of Cells and writes no
// text; Append renders such a value in the one form that keys, findings and
// the JSON Schema instance use.
//
// A batch belongs to whoever called Decode with it, until the next Decode.
// Nothing in this package allocates once a batch has grown to its working size.
package batch

import "math"

// Slack is the number of readable bytes that must follow the last value in
// Text, so that kernels may load eight bytes at any value's start.
const Slack = 8

// A Cell locates one value in the batch's text: its offset in the upper 32
// bits, its length in bytes in the lower. 0 length is null.
type Cell uint64

// MakeCell returns the cell of the n bytes at offset off.
func MakeCell(off, n int) Cell { return Cell(off)<<32 | Cell(n) }

// Offset returns the place of the value's first byte in the text.
func (c Cell) Offset() int { return int(c >> 32) }

// Len returns the length of the value in bytes, 0 for null.
func (c Cell) Len() int { return int(uint32(c)) }

// A Stamp is a typed date or time: whole days since 1970-01-01 and seconds of
// the day, 0 to 86399. NullStamp is no value; the day of one that a source
// could not make a date of is Unreadable.
//
// The day of a time alone is ZeroDay, 1899-12-30, whose date part means nothing.
type Stamp struct{ Day, Second int32 }

// ZeroDay is 1899-12-30, the day zero of Access, as days since 1970-01-01.
const ZeroDay = -25569

// Null and Unreadable are the two day numbers that are no day: of a null
// value, and of text that is not a date. Every real day is greater than both.
const (
	Null       = math.MinInt32
	Unreadable = math.MinInt32 + 1
)

// NullStamp is the stamp of a null value.
var NullStamp = Stamp{Day: Null}

// A Column is one field of the rows of a batch.
type Column struct {
	Cells []Cell // one a row; of a typed column all null

	// Stamps holds the values of a typed column, one a row; it is nil for a
	// column of text.
	Stamps []Stamp

	// Days is the column's dates as days since 1970-01-01, Null or
	// Unreadable, once something has parsed them (HasDays). Timed marks the
	// rows whose date carries a time of day other than midnight; it is only
	// set when AnyTimed is. Fractions of a second do not count.
	Days     []int32
	Timed    Mask
	HasDays  bool
	AnyTimed bool

	// Form is how Append writes the column's values. Whoever knows the
	// dictionary sets it; after Reset it is AsIs.
	Form Form

	// Odd says that some value may hold a byte outside ASCII or a line break,
	// so that its length in bytes and in characters may differ. It may be set
	// without need, never left out.
	Odd bool

	// Padded counts the values from which spaces were trimmed, and PaddedRow
	// is the first such row.
	Padded, PaddedRow int
}

// A Form is the written form of a column's values, the same whatever container
// they came from.
type Form uint8

const (
	AsIs     Form = iota
	DateForm      // CCYY-MM-DD, with a time other than midnight CCYY-MM-DDThh:mm:ss
	TimeForm      // hh:mm:ss, without the dummy date that a database adds
)

// A Fault is something wrong with a record as the container holds it, found
// while it was decoded. Check is the word by which the dictionary's rules of
// kind container name it.
type Fault struct {
	Row    int
	Column int // -1 when it concerns the whole record
	Check  string
}

// A Batch is some consecutive rows of a table.
type Batch struct {
	Text    []byte // all values, then Slack bytes
	Columns []Column
	Rows    int

	// Skip marks the rows that cannot be judged (ragged, say); their cells
	// are null. AnySkip says that there is one.
	Skip    Mask
	AnySkip bool

	Faults []Fault

	// Lines is the line of each row's first character, counted from the start
	// of its block (0 is the block's first line); nil for containers that
	// have no lines. EndLine is the line at which the next batch begins.
	Lines   []int32
	EndLine int32
}

// Reset empties the batch and gives it the number of columns and room for the
// number of rows given. Every cell is null and no column is typed.
func (b *Batch) Reset(columns, rows int) {
	if cap(b.Columns) < columns {
		b.Columns = append(b.Columns[:cap(b.Columns)], make([]Column, columns-cap(b.Columns))...)
	}
	b.Columns = b.Columns[:columns]
	for i := range b.Columns {
		c := &b.Columns[i]
		if cap(c.Cells) < rows {
			c.Cells = make([]Cell, rows)
		}
		c.Cells = c.Cells[:rows]
		clear(c.Cells)
		c.Stamps = c.Stamps[:0]
		c.Days = c.Days[:0]
		c.HasDays, c.AnyTimed, c.Odd, c.Padded, c.PaddedRow, c.Form = false, false, false, 0, 0, AsIs
	}
	b.Rows = 0
	if b.AnySkip || len(b.Skip) < maskWords(rows) {
		b.Skip = b.Skip.Resize(rows)
	}
	b.AnySkip = false
	b.Faults = b.Faults[:0]
	b.Lines = b.Lines[:0]
	b.EndLine = 0
	b.Text = b.Text[:0]
}

// Truncate keeps the first n rows of the columns; a decoder calls it once it
// knows how many rows it read.
func (b *Batch) Truncate(n int) {
	b.Rows = n
	for i := range b.Columns {
		c := &b.Columns[i]
		c.Cells = c.Cells[:n]
		if len(c.Stamps) > 0 {
			c.Stamps = c.Stamps[:n]
		}
	}
}

// SetTyped makes column i typed: Stamps with room for rows values, all null.
func (b *Batch) SetTyped(i, rows int) []Stamp {
	c := &b.Columns[i]
	if cap(c.Stamps) < rows {
		c.Stamps = make([]Stamp, rows)
	}
	c.Stamps = c.Stamps[:rows]
	for r := range c.Stamps {
		c.Stamps[r] = NullStamp
	}
	return c.Stamps
}

// Typed reports whether the column holds stamps rather than text.
func (c *Column) Typed() bool { return len(c.Stamps) > 0 }

// IsNull reports whether the row has no value.
func (c *Column) IsNull(row int) bool {
	if len(c.Stamps) > 0 {
		return c.Stamps[row].Day == Null
	}
	return uint32(c.Cells[row]) == 0
}

// Value returns the text of a value of an untyped column, empty for null. It
// is valid as long as the batch is.
func (b *Batch) Value(col, row int) []byte {
	c := b.Columns[col].Cells[row]
	off := int(c >> 32)
	return b.Text[off : off+int(uint32(c))]
}

// Append appends the value in its one written form and returns the extended
// slice. Text that is no date or time stays as it is. Without a Form, a stamp
// on ZeroDay is taken for a time, any other for a date.
func (b *Batch) Append(dst []byte, col, row int) []byte {
	c := &b.Columns[col]
	if len(c.Stamps) > 0 {
		s := c.Stamps[row]
		if s.Day > Unreadable && (c.Form == TimeForm || c.Form == AsIs && s.Day == ZeroDay) {
			return appendTime(dst, s.Second)
		}
		return AppendStamp(dst, s)
	}
	v := b.Value(col, row)
	switch {
	case len(v) == 0 || c.Form == AsIs:
	case c.Form == TimeForm:
		return appendClock(dst, v)
	case c.HasDays && c.Days[row] > Unreadable:
		dst = AppendDay(dst, c.Days[row])
		if c.AnyTimed && c.Timed.Has(row) && len(v) > 11 {
			dst = appendClock(append(dst, 'T'), v[11:])
		}
		return dst
	}
	return append(dst, v...)
}

// appendClock writes hh:mm[:ss[.f]], with or without ZeroDay's date before it,
// as hh:mm:ss, and anything else as it is.
func appendClock(dst, v []byte) []byte {
	t := v
	if len(t) > 11 && (t[10] == ' ' || t[10] == 'T') && string(t[:10]) == "1899-12-30" {
		t = t[11:]
	}
	if len(t) > 8 && t[8] == '.' {
		t = t[:8]
	}
	if len(t) != 5 && len(t) != 8 {
		return append(dst, v...)
	}
	for i, ch := range t {
		if (i%3 == 2) != (ch == ':') || i%3 != 2 && (ch < '0' || ch > '9') {
			return append(dst, v...)
		}
	}
	dst = append(dst, t...)
	if len(t) == 5 {
		dst = append(dst, ":00"...)
	}
	return dst
}

// AppendStamp appends a date as CCYY-MM-DD, with a time other than midnight as
// CCYY-MM-DDThh:mm:ss; nothing for NullStamp, and a word that is no date for
// one that is Unreadable.
func AppendStamp(dst []byte, s Stamp) []byte {
	switch s.Day {
	case Null:
		return dst
	case Unreadable:
		return append(dst, "unreadable"...)
	}
	dst = AppendDay(dst, s.Day)
	if s.Second != 0 {
		dst = append(dst, 'T')
		dst = appendTime(dst, s.Second)
	}
	return dst
}

// AppendDay appends the day as CCYY-MM-DD.
func AppendDay(dst []byte, day int32) []byte {
	y, m, d := Civil(day)
	return append(dst, '0'+byte(y/1000%10), '0'+byte(y/100%10), '0'+byte(y/10%10), '0'+byte(y%10), '-',
		'0'+byte(m/10), '0'+byte(m%10), '-', '0'+byte(d/10), '0'+byte(d%10))
}

func appendTime(dst []byte, s int32) []byte {
	h, m, s := s/3600, s/60%60, s%60
	return append(dst, '0'+byte(h/10), '0'+byte(h%10), ':', '0'+byte(m/10), '0'+byte(m%10), ':', '0'+byte(s/10), '0'+byte(s%10))
}

// Day returns the number of days from 1970-01-01 to the date of the proleptic
// Gregorian calendar, for years 1 to 9999. The date must exist.
func Day(year, month, day int) int32 {
	// Years begin in March, so that the leap day is a year's last.
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	yoe := year - era*400
	doy := (153*(month-3)+2)/5 + day - 1
	return int32(era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468)
}

// Civil is the inverse of Day.
func Civil(n int32) (year, month, day int) {
	z := int(n) + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = mp + 3
	if month > 12 {
		month -= 12
	}
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}
