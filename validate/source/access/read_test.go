package access

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"mhsds/validate/batch"
	"mhsds/validate/source"
)

// everyType is a table with a column of every type and three rows: full,
// empty, and written when it had but two columns.
func everyType(m *maker) *madeTable {
	t := m.table("Every",
		Column{Name: "Id", Type: Long, AutoNumber: true},
		Column{Name: "Bo", Type: Boolean},
		Column{Name: "By", Type: Byte},
		Column{Name: "In", Type: Integer},
		Column{Name: "Cu", Type: Currency},
		Column{Name: "Si", Type: Single},
		Column{Name: "Do", Type: Double},
		Column{Name: "Da", Type: DateTime},
		Column{Name: "Bi", Type: Binary, Length: 20},
		Column{Name: "Te", Type: Text, Length: 40},
		Column{Name: "Fi", Type: Text, Length: -8},
		Column{Name: "Me", Type: Memo},
		Column{Name: "Ol", Type: OLE},
		Column{Name: "Gu", Type: GUID},
		Column{Name: "Nu", Type: Numeric, Precision: 9, Scale: 2},
		Column{Name: "Nv", Type: Numeric, Precision: 18, Variable: true},
		Column{Name: "Co", Type: Complex},
		Column{Name: "Bg", Type: BigInt},
		Column{Name: "Ex", Type: ExtendedDateTime},
		Column{Name: "Ca", Type: Long, Calculated: true, Length: 39},
		Column{Name: "Un", Type: 13, Length: -2},
	)
	t.add(
		slot{0, t.row(long(-7), []byte{1}, []byte{200}, short(-2), quad(-12345000), []byte{0, 0, 0x20, 0xc0}, days(9997919009),
			days(46266.5), []byte{1, 0xab}, wide(" añ "), wide("fix "), reference(longInline, 4, long(0), packed("in")...),
			reference(longInline, 2, long(0), 0xca, 0xfe), []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
			numeric(true, 123450), numeric(false, 1<<62), long(5), quad(-1<<62), []byte("0000000000000739887:0000000036610000001:7\x00"),
			wrapped(long(42)), short(258))},
		slot{0, t.row(make([][]byte, 21)...)},
		slot{0, t.row(long(3), nil)},
	)
	return t
}

// numeric encodes a Numeric.
func numeric(negative bool, n uint64) []byte {
	b := make([]byte, 17)
	if negative {
		b[0] = 0x80
	}
	copy(b[9:], long(int(n>>32)))
	copy(b[13:], long(int(uint32(n))))
	return b
}

// wrapped encodes a calculated value.
func wrapped(v []byte) []byte {
	return append(append(append(make([]byte, 16), long(len(v))...), v...), 0, 0, 0)
}

func TestEveryType(t *testing.T) {
	m := newMaker()
	everyType(m)
	db := open(t, m.bytes())
	got, err := csv(t, db, "Every")
	if err != nil {
		t.Fatal(err)
	}
	want := `"Id","Bo","By","In","Cu","Si","Do","Da","Bi","Te","Fi","Me","Ol","Gu","Nu","Nv","Co","Bg","Ex","Ca","Un"
-7,true,200,-2,-1234.5000,-2.5,9997919009,2026-09-01T12:00:00,0x01ab," añ ","fix ","in",0xcafe,{03020100-0504-0706-0809-0A0B0C0D0E0F},-1234.50,4611686018427387904,complex:5,-4611686018427387904,2026-09-29T01:01:01.0000001,42,0x0201
,false,,,,,,,,,,,,,,,,,,,
3,false,,,,,,,,,,,,,,,,,,,
`
	if got != want {
		t.Errorf("WriteCSV wrote\n%swant\n%s", got, want)
	}
	// What rules see: trimmed, plain, and nothing of what is not supported.
	wantRows := []string{
		"-7|true|200|-2|-1234.50|-2.5|9997919009|2026-09-01T12:00:00|0x01ab|añ|fix|in|0xcafe|{03020100-0504-0706-0809-0A0B0C0D0E0F}|-1234.50|4611686018427387904||-4611686018427387904|2026-09-29T01:01:01|42|",
		"|false|||||||||||||||||||",
		"3|false|||||||||||||||||||",
	}
	rows, notices := batches(t, db, 0, 2)
	if strings.Join(rows, "\n") != strings.Join(wantRows, "\n") {
		t.Errorf("batches hold\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(wantRows, "\n"))
	}
	wantNotices := []string{
		`column "Co" of table "Every" holds attachments or multiple values, which are not supported: it is read as null`,
		`column "Un" of table "Every" is of type 13, which is not known: it is read as null`,
	}
	if strings.Join(notices, "\n") != strings.Join(wantNotices, "\n") {
		t.Errorf("notices\n%s\nwant\n%s", strings.Join(notices, "\n"), strings.Join(wantNotices, "\n"))
	}
	r, err := db.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	columns := ""
	for _, c := range r.Columns() {
		columns += fmt.Sprintf("%s %v %d\n", c.Name, c.Type, c.Width)
	}
	if want := `Id number 0
Bo yes/no 0
By number 0
In number 0
Cu number 0
Si number 0
Do number 0
Da date/time 0
Bi binary 0
Te text 20
Fi text 4
Me text 0
Ol binary 0
Gu text 38
Nu number 0
Nv number 0
Co binary 0
Bg number 0
Ex date/time 0
Ca number 0
Un binary 0
`; columns != want {
		t.Errorf("columns\n%swant\n%s", columns, want)
	}
}

// batches returns the rows of a table as batches render them, cells divided by
// |, and the reader's notices. Faults follow their row.
func batches(t testing.TB, db *Database, table, limit int) (rows, notices []string) {
	t.Helper()
	rows, notices, err := tryBatches(t, db, table, limit)
	if err != nil {
		t.Fatal(err)
	}
	return rows, notices
}

func tryBatches(t testing.TB, db *Database, table, limit int) (rows, notices []string, err error) {
	t.Helper()
	r, err := db.Open(table)
	if err != nil {
		return nil, nil, err
	}
	r.Bind(allColumns(len(r.Columns())))
	d := r.Decoder()
	var blk source.Block
	var b batch.Batch
	for {
		if err := r.Next(&blk); err != nil {
			for _, n := range r.Notices() {
				notices = append(notices, n.Text)
			}
			if err.Error() == "EOF" {
				err = nil
			}
			return rows, notices, err
		}
		for more := true; more; {
			var err error
			if more, err = d.Decode(&blk, &b, limit); err != nil {
				return rows, nil, err
			}
			checkBatch(t, &b)
			for k := range b.Rows {
				var line []byte
				for j := range b.Columns {
					if j > 0 {
						line = append(line, '|')
					}
					line = b.Append(line, j, k)
				}
				for _, f := range b.Faults {
					if f.Row == k {
						line = fmt.Appendf(line, " !%s %d", f.Check, f.Column)
					}
				}
				rows = append(rows, string(line))
			}
		}
	}
}

// TestText reads texts in all their forms.
func TestText(t *testing.T) {
	long40 := strings.Repeat("0123456789", 4)
	tests := []struct {
		name  string
		bytes []byte
		cell  string // canonical
		batch string
	}{
		{"plain", wide("ABC"), `"ABC"`, "ABC"},
		{"plain, beyond a word", wide("ABCDEFGHI"), `"ABCDEFGHI"`, "ABCDEFGHI"},
		{"plain, long", wide(long40), `"` + long40 + `"`, long40},
		{"compressed", packed("ABC"), `"ABC"`, "ABC"},
		{"compressed, long", packed(long40 + "x"), `"` + long40 + `x"`, long40 + "x"},
		{"compressed Latin-1", []byte{0xff, 0xfe, 'c', 'a', 'f', 0xe9}, `"café"`, "café"},
		{"switching", []byte{0xff, 0xfe, 'a', 0, 0x75, 0x01, 'b', 0, 0x77, 0x01, 0, 'c'}, `"aŵbŷc"`, "aŵbŷc"},
		{"switched at once", []byte{0xff, 0xfe, 0, 0x2d, 0x4e}, `"中"`, "中"},
		{"compressed, nothing in it", []byte{0xff, 0xfe}, `""`, ""},
		{"no character", []byte{}, `""`, ""},
		{"an odd byte at the end", []byte{'A', 0, 'B'}, `"A"`, "A"},
		{"an odd byte after a switch", []byte{0xff, 0xfe, 'A', 0, 'B'}, `"A"`, "A"},
		{"a surrogate pair", wide("x😀"), `"x😀"`, "x😀"},
		{"half a pair", []byte{'x', 0, 0x3d, 0xd8, 'y', 0}, "\"x\ufffdy\"", "x\ufffdy"},
		{"half a pair at the end", []byte{0x3d, 0xd8}, "\"\ufffd\"", "\ufffd"},
		{"the other half", []byte{0x00, 0xde}, "\"\ufffd\"", "\ufffd"},
		{"two first halves", []byte{0x3d, 0xd8, 0x3d, 0xd8, 0x00, 0xde}, "\"\ufffd😀\"", "\ufffd😀"},
		{"quotes", wide(`a"b"`), `"a""b"""`, `a"b"`},
		{"spaces at both ends", packed("  a b "), `"  a b "`, "a b"},
		{"nothing but spaces", wide("   "), `"   "`, ""},
		{"no-break space stays", wide("\u00a0a"), "\"\u00a0a\"", "\u00a0a"},
		{"tab and line break", wide("a\tb\r\nc"), "\"a\tb\r\nc\"", "a\tb\r\nc"},
		{"a control character", packed("a\x01b"), "\"a\x01b\"", "a\x01b !control_character 0"},
		{"NUL", wide("a\x00b"), "\"a\x00b\"", "a\x00b !control_character 0"},
		{"DEL", packed("\x7f"), "\"\x7f\"", "\x7f !control_character 0"},
		{"DEL in UTF-16", wide("abcd\x7f"), "\"abcd\x7f\"", "abcd\x7f !control_character 0"},
		{"null", nil, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMaker()
			table := m.table("T", Column{Name: "t", Type: Text, Length: 100})
			table.add(slot{0, table.row(tt.bytes)})
			db := open(t, m.bytes())
			if got, err := csv(t, db, "T"); err != nil || got != "\"t\"\n"+tt.cell+"\n" {
				t.Errorf("WriteCSV: %q, %v, want %q", got, err, tt.cell)
			}
			if rows, _ := batches(t, db, 0, 10); len(rows) != 1 || rows[0] != tt.batch {
				t.Errorf("batch: %q, want %q", rows, tt.batch)
			}
		})
	}
}

// TestDates reads dates of both kinds.
func TestDates(t *testing.T) {
	tests := []struct {
		name  string
		typ   Type
		bytes []byte
		cell  string
		batch string
	}{
		{"midnight", DateTime, days(46266), "2026-09-01T00:00:00", "2026-09-01"},
		{"a time of day stays", DateTime, days(46266.75), "2026-09-01T18:00:00", "2026-09-01T18:00:00"},
		{"the dummy date is a time", DateTime, days(0.75), "1899-12-30T18:00:00", "18:00:00"},
		{"midnight on the dummy date", DateTime, days(0), "1899-12-30T00:00:00", "00:00:00"},
		{"a negative zero", DateTime, days(-0.25), "1899-12-30T06:00:00", "06:00:00"},
		{"before the dummy date the fraction counts forwards", DateTime, days(-1.25), "1899-12-29T06:00:00", "1899-12-29T06:00:00"},
		{"an inexact second", DateTime, days(46266 + 86399.0/86400), "2026-09-01T23:59:59", "2026-09-01T23:59:59"},
		{"an inexact second above", DateTime, days(46266.000011574), "2026-09-01T00:00:01", "2026-09-01T00:00:01"},
		{"milliseconds are dropped in a batch", DateTime, days(46266 + 0.789/86400), "2026-09-01T00:00:00.789", "2026-09-01"},
		{"less than half a millisecond before midnight", DateTime, days(46265.9999999999), "2026-09-01T00:00:00", "2026-09-01"},
		{"the first day", DateTime, days(-657434), "0100-01-01T00:00:00", "0100-01-01"},
		{"the last second", DateTime, days(2958465 + 86399.0/86400), "9999-12-31T23:59:59", "9999-12-31T23:59:59"},
		{"before the first day", DateTime, days(-657435), "-657435", "unreadable"},
		{"after the last day", DateTime, days(2958466), "2.958466e+06", "unreadable"},
		{"no number", DateTime, []byte{0, 0, 0, 0, 0, 0, 0xf8, 0x7f}, "NaN", "unreadable"},
		{"infinite", DateTime, []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x7f}, "+Inf", "unreadable"},
		{"null", DateTime, nil, "", ""},
		{"extended", ExtendedDateTime, []byte("0000000000000739859:0000000000000000000:7\x00"), "2026-09-01T00:00:00.0000000", "2026-09-01"},
		{"extended, the dummy date", ExtendedDateTime, []byte("0000000000000693593:0000000036610000000:7\x00"), "1899-12-30T01:01:01.0000000", "01:01:01"},
		{"extended, the first day", ExtendedDateTime, []byte("0000000000000000000:0000000000000000001:7\x00"), "0001-01-01T00:00:00.0000001", "0001-01-01"},
		{"extended, the last day", ExtendedDateTime, []byte("0000000000003652058:0000000863999999999:7\x00"), "9999-12-31T23:59:59.9999999", "9999-12-31T23:59:59"},
		{"extended, a day too many", ExtendedDateTime, []byte("0000000000003652059:0000000000000000000:7\x00"), fmt.Sprintf("0x%x", "0000000000003652059:0000000000000000000:7\x00"), "unreadable"},
		{"extended, a second too many", ExtendedDateTime, []byte("0000000000000000000:0000000864000000000:7\x00"), fmt.Sprintf("0x%x", "0000000000000000000:0000000864000000000:7\x00"), "unreadable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMaker()
			table := m.table("T", Column{Name: "d", Type: tt.typ})
			table.add(slot{0, table.row(tt.bytes)})
			db := open(t, m.bytes())
			got, err := csv(t, db, "T")
			if want := "\"d\"\n" + tt.cell + "\n"; err != nil || got != want {
				t.Errorf("WriteCSV: %q, %v, want %q", got, err, want)
			}
			stamp, notices := onlyStamp(t, db)
			if tt.batch == "unreadable" {
				if stamp.Day != batch.Unreadable || len(notices) != 1 || !strings.Contains(notices[0], "1 date that Access") {
					t.Errorf("stamp %v, notices %q, want one unreadable", stamp, notices)
				}
				notices = nil
			}
			if rows, _ := batches(t, db, 0, 10); len(rows) != 1 || rows[0] != tt.batch || len(notices) != 0 {
				t.Errorf("batch: %q, notices %q, want %q", rows, notices, tt.batch)
			}
		})
	}
}

func onlyStamp(t *testing.T, db *Database) (batch.Stamp, []string) {
	t.Helper()
	r, err := db.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	var blk source.Block
	var b batch.Batch
	if err := r.Next(&blk); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Decoder().Decode(&blk, &b, 1); err != nil {
		t.Fatal(err)
	}
	var notices []string
	for _, n := range r.Notices() {
		notices = append(notices, n.Text)
	}
	return b.Columns[0].Stamps[0], notices
}

// TestNumbers reads numbers as rules see them.
func TestNumbers(t *testing.T) {
	calculated := func(ty Type) Column { return Column{Name: "n", Type: ty, Calculated: true, Length: 39} }
	wideNumeric := append([]byte{0}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	tests := []struct {
		name   string
		column Column
		bytes  []byte
		cell   string
		batch  string
	}{
		{"double, an NHS number", Column{Type: Double}, days(9997919009), "9997919009", "9997919009"},
		{"double, a fraction", Column{Type: Double}, days(0.1), "0.1", "0.1"},
		{"double, large", Column{Type: Double}, days(1e22), "1E+22", "10000000000000000000000"},
		{"double, small", Column{Type: Double}, days(1e-9), "1E-09", "0.000000001"},
		{"double, the last exact integer", Column{Type: Double}, days(1 << 53), "9007199254740992", "9007199254740992"},
		{"double, negative zero", Column{Type: Double}, []byte{0, 0, 0, 0, 0, 0, 0, 0x80}, "-0", "0"},
		{"single", Column{Type: Single}, []byte{0xcd, 0xcc, 0xcc, 0x3d}, "0.1", "0.1"},
		{"numeric of scale 2", Column{Type: Numeric, Scale: 2}, numeric(false, 123450), "1234.50", "1234.50"},
		{"numeric of scale 0", Column{Type: Numeric, Precision: 18}, numeric(false, 123456789012345678), "123456789012345678", "123456789012345678"},
		{"numeric below one", Column{Type: Numeric, Scale: 10}, numeric(true, 1), "-0.0000000001", "-0.0000000001"},
		{"numeric, nothing before the point", Column{Type: Numeric, Scale: 2}, numeric(false, 12), "0.12", "0.12"},
		{"numeric, zero has no sign", Column{Type: Numeric, Scale: 1}, numeric(true, 0), "0.0", "0.0"},
		{"numeric, all bits", Column{Type: Numeric, Scale: 1}, wideNumeric, "34028236692093846346337460743176821145.5", "34028236692093846346337460743176821145.5"},
		{"numeric, 2 to the 64", Column{Type: Numeric}, append([]byte{0}, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), "18446744073709551616", "18446744073709551616"},
		{"currency, whole", Column{Type: Currency}, quad(1000000), "100.0000", "100.00"},
		{"currency, four digits", Column{Type: Currency}, quad(-1), "-0.0001", "-0.0001"},
		{"currency, three digits", Column{Type: Currency}, quad(12340), "1.2340", "1.234"},
		{"currency, least", Column{Type: Currency}, quad(-1 << 63), "-922337203685477.5808", "-922337203685477.5808"},
		{"integer, least", Column{Type: Integer}, short(-32768), "-32768", "-32768"},
		{"bigint, greatest", Column{Type: BigInt}, quad(1<<63 - 1), "9223372036854775807", "9223372036854775807"},
		{"calculated long", calculated(Long), wrapped(long(-3)), "-3", "-3"},
		{"calculated, empty", calculated(Long), wrapped(nil), "", ""},
		{"calculated, not even wrapped", calculated(Long), []byte{}, "", ""},
		{"calculated yes/no in a number", calculated(Integer), wrapped([]byte{0xff}), "true", "true"},
		{"calculated integer in a long", calculated(Long), wrapped(short(-9)), "-9", "-9"},
		{"calculated long in a double", calculated(Double), wrapped(long(77)), "77", "77"},
		{"calculated yes/no", calculated(Boolean), wrapped([]byte{0}), "false", "false"},
		{"calculated currency", calculated(Currency), wrapped(quad(15000)), "1.5000", "1.50"},
		{"calculated numeric", calculated(Numeric), wrapped([]byte{14, 0, 2, 0x80, 0, 0, 0, 0, 0x39, 0x30, 0, 0, 0, 0, 0, 0}), "-123.45", "-123.45"},
		{"calculated numeric of 96 bits", calculated(Numeric), wrapped([]byte{14, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0}), "18446744073709551621", "18446744073709551621"},
		{"calculated date", calculated(DateTime), wrapped(days(46266)), "2026-09-01T00:00:00", "2026-09-01"},
		{"calculated text", calculated(Text), wrapped(wide(" x")), `" x"`, "x"},
		{"calculated memo", calculated(Memo), reference(longInline, 27, long(0), wrapped(wide("mm"))...), `"mm"`, "mm"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMaker()
			tt.column.Name = "n"
			table := m.table("T", tt.column)
			table.add(slot{0, table.row(tt.bytes)})
			db := open(t, m.bytes())
			if got, err := csv(t, db, "T"); err != nil || got != "\"n\"\n"+tt.cell+"\n" {
				t.Errorf("WriteCSV: %q, %v, want %q", got, err, tt.cell)
			}
			if rows, _ := batches(t, db, 0, 10); len(rows) != 1 || rows[0] != tt.batch {
				t.Errorf("batch: %q, want %q", rows, tt.batch)
			}
		})
	}
}

// TestMovedRows follows pointers, skips what they point at, and refuses
// circles.
func TestMovedRows(t *testing.T) {
	m := newMaker()
	table := m.table("T", Column{Name: "k", Type: Long}, Column{Name: "s", Type: Text, Length: 20})
	row := func(n int) []byte { return table.row(long(n), wide("x")) }
	first := len(m.pages)
	table.add(
		slot{slotMoved, at(first+1, 0)},             // to the next page
		slot{0, row(2)},                             //
		slot{slotMoved | slotAside, row(9)},         // deleted
		slot{slotMoved, at(first+1, 2)},             // over two hops
		slot{slotAside, row(8)},                     // a target left behind
		slot{slotMoved, append(at(first, 6), 1, 2)}, // back on this page, with room to spare
		slot{slotAside, row(5)},                     //
	)
	table.add(
		slot{slotAside, row(1)},
		slot{0, row(6)},
		slot{slotAside | slotMoved, at(first+1, 3)},
		slot{slotAside, row(3)},
	)
	table.rows = 5
	db := open(t, m.bytes())
	got, err := csv(t, db, "T")
	if want := "\"k\",\"s\"\n1,\"x\"\n2,\"x\"\n3,\"x\"\n5,\"x\"\n6,\"x\"\n"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if rows, _ := batches(t, db, 0, 2); strings.Join(rows, " ") != "1|x 2|x 3|x 5|x 6|x" {
		t.Errorf("batches hold %q", rows)
	}

	for _, tt := range []struct {
		name  string
		slots []slot
		want  string
	}{
		{"to itself", []slot{{slotMoved, at(first, 0)}}, "row 0 has moved in a circle or too often"},
		{"to each other", []slot{{slotMoved, at(first, 1)}, {slotMoved | slotAside, at(first, 0)}}, "row 0 has moved in a circle or too often"},
		{"to page 0", []slot{{slotMoved, at(0, 0)}}, "row 0 has moved to a place that does not exist"},
		{"past the end", []slot{{slotMoved, at(99, 0)}}, "row 0 has moved to a place that does not exist"},
		{"to a slot that is not there", []slot{{slotMoved, at(first, 7)}}, "row 0 has moved to a place that holds no moved row of this table"},
		{"to a row that has not moved", []slot{{slotMoved, at(first, 1)}, {0, row(1)}}, "row 0 has moved to a place that holds no moved row of this table"},
		{"to another table", []slot{{slotMoved, at(first-1, 0)}}, "row 0 has moved to a place that holds no moved row of this table"},
		{"a pointer too short", []slot{{slotMoved, []byte{1, 2, 3}}}, "row 0 has moved to a place that does not exist"},
		{"to a broken row", []slot{{slotMoved, at(first, 1)}, {slotAside, []byte{1, 0}}}, "row 0 is too short to be a row"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMaker()
			table := m.table("T", Column{Name: "k", Type: Long}, Column{Name: "s", Type: Text, Length: 20})
			table.add(tt.slots...)
			_, err := csv(t, open(t, m.bytes()), "T")
			if !errors.Is(err, source.ErrDamaged) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestLongValues reads memos wherever they lie, and refuses what cannot be.
func TestLongValues(t *testing.T) {
	text := strings.Repeat("memo ", 700) // 7000 bytes of UTF-16
	half := wide(text)
	const base = 5 // the page after the table's two
	tests := []struct {
		name   string
		pages  func(m *maker)
		value  []byte
		cell   string // "" for null
		damage string
	}{
		{"in the row", nil, reference(longInline, 4, long(0), wide("ab")...), "ab", ""},
		{"in the row, with bytes to spare", nil, reference(longInline, 4, long(0), wide("abc")...), "ab", ""},
		{"of no length", nil, reference(longInline, 0, long(0)), "", ""},
		{"single", func(m *maker) { m.long([]byte("gap"), wide("single")) }, reference(longSingle, 12, at(base, 1)), "single", ""},
		{"chained", func(m *maker) {
			m.long(append(at(base+1, 0), half[:3999]...))
			m.long(append(long(0), half[3999:]...))
		}, reference(longChain, len(half), at(base, 0)), text, ""},
		{"chained on one page", func(m *maker) {
			m.long(append(at(base, 1), wide("ab")...), append(at(base, 2), wide("cd")...), append(at(77, 77), wide("ef and more")...))
		}, reference(longChain, 12, at(base, 0)), "abcdef", ""},
		{"a reference too short", nil, []byte{1, 2, 3}, "", "the reference to a long value has 3 bytes of 12"},
		{"longer than the row", nil, reference(longInline, 99, long(0), wide("abc")...), "", "a long value claims 99 bytes in a row that has 6"},
		{"longer than the file", nil, reference(longChain, 1<<30-1, at(base, 0)), "", "a long value claims 1073741823 bytes; the file has"},
		{"of kind 3", nil, reference(3, 4, at(base, 0)), "", "kind 3"},
		{"on page 0", nil, reference(longSingle, 4, at(0, 0)), "", "page 0: is the header"},
		{"past the end", nil, reference(longSingle, 4, at(999, 0)), "", "page 999: past the end of the file"},
		{"on a page of rows", nil, reference(longSingle, 4, at(base, 0)), "", "page 5: is no page of long values"},
		{"on a definition", nil, reference(longSingle, 4, at(2, 0)), "", "page 2: is of type 2 where rows were expected"},
		{"in a slot that is not there", func(m *maker) { m.long(wide("a")) }, reference(longSingle, 2, at(base, 1)), "", "page 5: has no row 1"},
		{"single and too long", func(m *maker) { m.long(wide("ab")) }, reference(longSingle, 6, at(base, 0)), "", "page 5: a long value claims 6 bytes and has 4"},
		{"ending early", func(m *maker) { m.long(append(long(0), wide("ab")...)) }, reference(longChain, 6, at(base, 0)), "", "page 5: a long value ends 2 bytes before its length"},
		{"an empty part", func(m *maker) { m.long(at(base, 0)) }, reference(longChain, 6, at(base, 0)), "", "page 5: a part of a long value is empty"},
		{"a part pointing at itself", func(m *maker) { m.long(append(at(base, 0), 1)) }, reference(longChain, 9000, at(base, 0)), "", "go in a circle"},
		{"a circle of three", func(m *maker) {
			m.long(append(at(base, 1), 1), append(at(base, 2), 1), append(at(base, 3), 1), append(at(base, 1), 1))
		}, reference(longChain, 9000, at(base, 0)), "", "go in a circle"},
		{"too many parts", func(m *maker) {
			for range 2 {
				var rows [][]byte
				for i := range 150 {
					next := at(len(m.pages), i+1)
					if i == 149 {
						next = at(len(m.pages)+1, 0)
					}
					rows = append(rows, append(next, 1))
				}
				m.long(rows...)
			}
		}, reference(longChain, 400, at(base, 0)), "", "in more than 65 parts"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMaker()
			table := m.table("T", Column{Name: "k", Type: Long}, Column{Name: "m", Type: Memo})
			if tt.pages != nil {
				tt.pages(m)
			}
			table.add(slot{0, table.row(long(1), tt.value)}, slot{0, table.row(long(2), nil)})
			db := open(t, m.bytes())
			got, err := csv(t, db, "T")
			cell := ""
			if tt.cell != "" || tt.name == "of no length" {
				cell = `"` + tt.cell + `"`
			}
			if want := "\"k\",\"m\"\n1," + cell + "\n2,\n"; got != want {
				t.Errorf("WriteCSV: %q, want %q", got, want)
			}
			if tt.damage == "" && err != nil || tt.damage != "" && (!errors.Is(err, source.ErrDamaged) || !strings.Contains(err.Error(), tt.damage) ||
				!strings.Contains(err.Error(), `table "T"`) || !strings.Contains(err.Error(), `column "m"`) || !strings.Contains(err.Error(), "promises 2 rows, 2 were found")) {
				t.Errorf("error %v, want %q", err, tt.damage)
			}
			rows, _, err := tryBatches(t, db, 0, 10)
			if want := "1|" + strings.TrimRight(tt.cell, " ") + "\n2|"; strings.Join(rows, "\n") != want {
				t.Errorf("batches hold %q, want %q", rows, want)
			}
			if (tt.damage != "") != errors.Is(err, source.ErrDamaged) {
				t.Errorf("Next: %v", err)
			}
		})
	}
}

// TestOversized finds values over 1 MiB, read or not.
func TestOversized(t *testing.T) {
	chain := func(m *maker, n int) []byte {
		first := len(m.pages)
		for left := n; left > 0; {
			part := min(left, 4000)
			left -= part
			next := at(len(m.pages)+1, 0)
			if left == 0 {
				next = long(0)
			}
			m.long(append(next, wide(strings.Repeat("y", part/2))...))
		}
		return reference(longChain, n, at(first, 0))
	}
	for _, tt := range []struct {
		name       string
		characters int
		fault      bool
	}{
		{"exactly 1 MiB", 1 << 20, false},
		{"one more", 1<<20 + 1, true},
		{"so much more that it is not read", 1<<20 + 20, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMaker()
			table := m.table("T", Column{Name: "m", Type: Memo})
			table.add(slot{0, table.row(chain(m, 2*tt.characters))})
			db := open(t, m.bytes())
			rows, _ := batches(t, db, 0, 10)
			want := strings.Repeat("y", tt.characters)
			if tt.fault {
				want = " !oversized_field 0"
			}
			if len(rows) != 1 || rows[0] != want {
				t.Errorf("batch holds %.30q of %d bytes, want %.30q", rows[0], len(rows[0]), want)
			}
			if got, err := csv(t, db, "T"); err != nil || len(got) != len("\"m\"\n\"\"\n")+tt.characters {
				t.Errorf("WriteCSV wrote %d bytes, %v", len(got), err)
			}
		})
	}
}

// TestOlderRows reads rows that were written before columns were added.
func TestOlderRows(t *testing.T) {
	m := newMaker()
	table := m.table("T", Column{Name: "a", Type: Long}, Column{Name: "b", Type: Long}, Column{Name: "c", Type: Text, Length: 20},
		Column{Name: "d", Type: Boolean}, Column{Name: "e", Type: Text, Length: 20})
	table.add(
		// When there was no text, rows had no table of variable columns.
		slot{0, encodeRow(table.columns[:1], long(1))},
		slot{0, encodeRow(table.columns[:2], long(2), long(-1))},
		slot{0, table.row(long(3), long(-2), wide("c"))},
		slot{0, table.row(long(4), nil, wide("c"), []byte{1}, wide("e"))},
	)
	got, err := csv(t, open(t, m.bytes()), "T")
	want := "\"a\",\"b\",\"c\",\"d\",\"e\"\n1,,,false,\n2,-1,,false,\n3,-2,\"c\",false,\n4,,\"c\",true,\"e\"\n"
	if err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// TestOlderRowAtEnd reads, as the last row of a block, one that is far older
// than most of its table's columns: where the null mask would have their bits,
// the block's memory has ended. How much memory a block has depends on its
// pages, so a moved row before the last one moves the end over all it may be.
func TestOlderRowAtEnd(t *testing.T) {
	const columns = 255 // as many as Access allows
	for filler := 1; filler <= 2100; filler++ {
		m := newMaker()
		list := []Column{{Name: "k", Type: Text, Length: 20}, {Name: "s", Type: Text, Length: 4096}}
		for i := range columns - len(list) {
			list = append(list, Column{Name: fmt.Sprint("added", i), Type: []Type{Boolean, DateTime, Text}[i%3], Length: 20})
		}
		table := m.table("T", list...)
		targets := len(m.pages) + 1
		table.add(slot{slotMoved, at(targets, 0)}, slot{slotMoved, at(targets, 1)})
		table.add(
			slot{slotAside, encodeRow(table.columns[:2], packed("A"), packed(strings.Repeat("7", filler)))},
			slot{slotAside, encodeRow(table.columns[:1], packed("B"))},
		)
		rows, _ := batches(t, open(t, m.bytes()), 0, 4096)
		if len(rows) != 2 {
			t.Fatalf("filler of %d bytes: %d rows", filler, len(rows))
		}
		for i, row := range rows {
			for j, v := range strings.Split(row, "|") {
				want := ""
				switch {
				case j == 0:
					want = "AB"[i : i+1]
				case j == 1 && i == 0:
					want = strings.Repeat("7", filler)
				case j > 1 && (j-2)%3 == 0:
					want = "false"
				}
				if v != want {
					t.Fatalf("filler of %d bytes: row %d, column %d is %q, want %q", filler, i, j, v, want)
				}
			}
		}
	}
}

// TestUsageByReference reads a table whose pages are listed on a page of its
// own, among pages that belong to others.
func TestUsageByReference(t *testing.T) {
	m := newMaker()
	table := m.table("T", Column{Name: "k", Type: Long})
	table.byRef = true
	for i := range 200 {
		if i%3 == 1 {
			m.add()
		}
		table.add(slot{0, table.row(long(i))})
	}
	db := open(t, m.bytes())
	rows, _ := batches(t, db, 0, 4096)
	if len(rows) != 200 {
		t.Fatalf("%d rows, want 200", len(rows))
	}
	for i, r := range rows {
		if r != fmt.Sprint(i) {
			t.Fatalf("row %d is %q", i, r)
		}
	}
	if got, want := db.Tables()[0].Size, int64(200*pageSize); got != want {
		t.Errorf("size %d, want %d", got, want)
	}
}

// TestCatalogue lists the user's tables and nothing else.
func TestCatalogue(t *testing.T) {
	m := newMaker()
	m.table("First", Column{Name: "k", Type: Long})
	m.table("System", Column{Name: "k", Type: Long}).flags = 0x80000000
	m.table("Other system", Column{Name: "k", Type: Long}).flags = 2
	m.table("MSysCompactError", Column{Name: "k", Type: Long})
	m.table("Hidden", Column{Name: "k", Type: Long}).flags = 8
	m.entry(0x8000, typeLinked, 0x200000, "Linked", reference(longInline, 20, long(0), wide(`C:\x.accdb`)...), wide("There"))
	m.entry(0x8001, typeODBC, 0x100000, "Odbc", nil, wide("dbo.There"))
	m.entry(0x8002, 5, 0, "Query")
	m.entry(0x8003, -32768, 0, "Form")
	db := open(t, m.bytes())
	names := ""
	for _, table := range db.Tables() {
		names += table.Name + "," + table.File + " "
	}
	if want := "First,test.accdb Hidden,test.accdb "; names != want {
		t.Errorf("tables %q, want %q", names, want)
	}
	links := fmt.Sprint(db.Linked())
	if want := `[{Linked C:\x.accdb There} {Odbc  dbo.There}]`; links != want {
		t.Errorf("links %s, want %s", links, want)
	}
	if n := db.Notices(); len(n) != 2 || !strings.Contains(n[0].Text, `table "Linked" is a link to another database`) {
		t.Errorf("notices %v", n)
	}
}

// TestLongDefinition reads a definition of many pages: 255 columns with names
// of 64 characters.
func TestLongDefinition(t *testing.T) {
	m := newMaker()
	var columns []Column
	want := ""
	for i := range maxColumns {
		name := fmt.Sprintf("%064d", i)
		columns = append(columns, Column{Name: name, Type: Byte})
		if i > 0 {
			want += ","
		}
		want += `"` + name + `"`
	}
	table := m.table("Wide", columns...)
	values := make([][]byte, maxColumns)
	want += "\n"
	for i := range values {
		values[i] = []byte{byte(i)}
		if i > 0 {
			want += ","
		}
		want += fmt.Sprint(i)
	}
	table.add(slot{0, table.row(values...)})
	if got, err := csv(t, open(t, m.bytes()), "Wide"); err != nil || got != want+"\n" {
		t.Errorf("got %.200q, %v", got, err)
	}
}
