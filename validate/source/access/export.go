package access

import (
	"bufio"
	"errors"
	"io"
	"math"
	"strconv"
	"unicode/utf16"

	"mhsds/validate/batch"
	"mhsds/validate/source"
)

// Rows shows the cells of a table as they are stored, row by row, in the order
// of a scan: data pages ascending, slots ascending, a moved row at its pointer.
//
//	for rows.Next() {
//		line = rows.Append(line[:0], 0)
//	}
//	err := rows.Err()
type Rows struct {
	r    *reader
	blk  source.Block
	at   int // the current row of the block
	long *pageCache
	big  []byte
	err  error
}

// Rows returns the rows of the i-th of Tables, before the first.
func (db *Database) Rows(i int) (*Rows, error) {
	r, err := db.Open(i)
	if err != nil {
		return nil, err
	}
	return &Rows{r: r.(*reader), long: newPageCache(db.file), at: -1}, nil
}

// Definition returns the table's definition.
func (r *Rows) Definition() *Definition { return r.r.def }

// Next goes to the next row and reports whether there is one.
func (r *Rows) Next() bool {
	if r.err != nil {
		return false
	}
	r.at++
	if st, _ := r.blk.State.(*blockState); st != nil && r.at < len(st.rows) {
		return true
	}
	r.at = 0
	r.err = r.r.Next(&r.blk)
	return r.err == nil
}

// Err returns what ended the rows, nil if all were there. An error that wraps
// source.ErrDamaged says how many rows there should be and how many were found.
func (r *Rows) Err() error {
	if errors.Is(r.err, io.EOF) {
		return nil
	}
	return r.err
}

// Notices are things to say about the table, complete after the last row.
func (r *Rows) Notices() []source.Notice { return r.r.Notices() }

// Append appends the cell of the i-th column in its canonical form, and
// nothing for null:
//
//	text, memo      in double quotes, which are doubled inside
//	yes/no          true, false
//	number          digits; Currency and Numeric with their full scale, Single
//	                and Double with the fewest digits that read back the same
//	date/time       2026-09-01T00:00:00, .500 behind it if there are milliseconds
//	extended date   2026-09-01T00:00:00.0000000
//	GUID            {00112233-4455-6677-8899-AABBCCDDEEFF}
//	binary, OLE     0x0123ab
//	complex         complex:7
//
// A number of days that is no date is written as that number.
func (r *Rows) Append(dst []byte, i int) []byte {
	c := &r.r.def.Columns[i]
	ref := &r.blk.State.(*blockState).rows[r.at]
	v, ok := c.value(r.blk.Data[ref.at:], ref)
	if c.Type == Boolean && !c.Calculated {
		return strconv.AppendBool(dst, ok)
	}
	if !ok {
		return dst
	}
	if c.Type.long() {
		if v, ok = r.longValue(c, v); !ok {
			return dst
		}
		if c.Type == Memo {
			return appendQuoted(dst, v)
		}
		return appendHex(dst, v)
	}
	if v, ok = c.plainValue(v); !ok {
		return dst
	}
	if c.Type == Text {
		return appendQuoted(dst, v)
	}
	if len(v) == 0 && c.Type != Binary {
		return dst
	}
	switch c.Type {
	case DateTime:
		return appendDateTime(dst, math.Float64frombits(le64(v)))
	case ExtendedDateTime:
		return appendExtended(dst, v)
	case Complex:
		return strconv.AppendUint(append(dst, "complex:"...), uint64(le32(v)), 10)
	case Currency:
		if len(v) >= 8 {
			return appendCurrency(dst, int64(le64(v)), 4)
		}
	case Double:
		if len(v) >= 8 {
			return appendShort(dst, math.Float64frombits(le64(v)), 64)
		}
	case Single:
		if len(v) >= 4 {
			return appendShort(dst, float64(math.Float32frombits(le32(v))), 32)
		}
	}
	return c.appendPlain(dst, v)
}

// longValue returns the bytes of a long value, valid until the next call;
// false for null and for a value that cannot be read, which Err will tell.
func (r *Rows) longValue(c *Column, v []byte) ([]byte, bool) {
	if len(v) == 0 {
		return nil, false
	}
	var l longValue
	if l.open(r.long, v) != nil {
		return nil, false
	}
	v, err := l.bytes(&r.big)
	if err != nil {
		if !errors.Is(err, source.ErrDamaged) && r.err == nil {
			r.err = err
		}
		return nil, false
	}
	if c.Calculated {
		return unwrap(v)
	}
	return v, true
}

// appendQuoted appends a text in quotes.
func appendQuoted(dst, v []byte) []byte {
	dst = append(dst, '"')
	from := len(dst)
	dst = appendText(dst, v)
	quotes := 0
	for _, x := range dst[from:] {
		if x == '"' {
			quotes++
		}
	}
	if quotes > 0 {
		// Move the text back from its end, doubling as we go.
		end := len(dst)
		dst = extend(dst, quotes)
		for i, j := end-1, len(dst)-1; i < j; i, j = i-1, j-1 {
			dst[j] = dst[i]
			if dst[i] == '"' {
				j--
				dst[j] = '"'
			}
		}
	}
	return append(dst, '"')
}

func appendDateTime(dst []byte, f float64) []byte {
	day, millis, ok := splitDate(f)
	if !ok {
		return strconv.AppendFloat(dst, f, 'g', -1, 64)
	}
	dst = appendMoment(dst, day, millis/1000)
	if ms := millis % 1000; ms != 0 {
		dst = append(dst, '.', '0'+byte(ms/100), '0'+byte(ms/10%10), '0'+byte(ms%10))
	}
	return dst
}

func appendExtended(dst, v []byte) []byte {
	day, second, ticks, ok := splitExtended(v)
	if !ok {
		return appendHex(dst, v)
	}
	dst = append(appendMoment(dst, day, second), '.')
	for p := int32(1000000); p > 0; p /= 10 {
		dst = append(dst, '0'+byte(ticks/p%10))
	}
	return dst
}

// appendMoment appends a day and a second of it as 2026-09-01T00:00:00.
func appendMoment(dst []byte, day, second int32) []byte {
	dst = append(batch.AppendDay(dst, day), 'T')
	h, m, s := second/3600, second/60%60, second%60
	return append(dst, '0'+byte(h/10), '0'+byte(h%10), ':', '0'+byte(m/10), '0'+byte(m%10), ':', '0'+byte(s/10), '0'+byte(s%10))
}

// WriteCSV writes the i-th of Tables: a line of quoted column names, then a
// line a row, ended by LF, the cells as Rows.Append has them. It returns the
// number of rows written. What can be read is written before an error that
// wraps source.ErrDamaged is returned.
func (db *Database) WriteCSV(w io.Writer, i int) (int64, error) {
	rows, err := db.Rows(i)
	if err != nil {
		return 0, err
	}
	out := bufio.NewWriterSize(w, 1<<16)
	columns := rows.Definition().Columns
	var line []byte
	for j := range columns {
		if j > 0 {
			line = append(line, ',')
		}
		line = appendQuotedString(line, columns[j].Name)
	}
	if _, err := out.Write(append(line, '\n')); err != nil {
		return 0, err
	}
	n := int64(0)
	for ; rows.Next(); n++ {
		line = line[:0]
		for j := range columns {
			if j > 0 {
				line = append(line, ',')
			}
			line = rows.Append(line, j)
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return n, err
		}
	}
	if err := out.Flush(); err != nil {
		return n, err
	}
	return n, rows.Err()
}

func appendQuotedString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

// CSVName returns the name of the file for a table's CSV: letters, digits,
// hyphens, underlines and spaces as they are, any other character as % and
// the four hexadecimal digits of each of its UTF-16 units.
func CSVName(table string) string {
	var b []byte
	for _, r := range table {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == ' ':
			b = append(b, byte(r))
		default:
			b = appendEscaped(b, r)
		}
	}
	return string(b) + ".csv"
}

func appendEscaped(b []byte, r rune) []byte {
	const hexLower = "0123456789abcdef"
	for _, u := range utf16.AppendRune(nil, r) {
		b = append(b, '%', hexLower[u>>12], hexLower[u>>8&15], hexLower[u>>4&15], hexLower[u&15])
	}
	return b
}
