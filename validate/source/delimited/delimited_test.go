package delimited

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mhsds/dictionary/frugal"
	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/encoded"
	"mhsds/validate/source/internal/sourcetest"
)

// reading says how a test reads a file; its zero value reads as users do.
type reading struct {
	block, max          int
	delim               byte
	maxField, maxRecord int
}

// open opens the file with all its columns bound.
func (h reading) open(file []byte) (*Reader, error) {
	r, err := NewReader(bytes.NewReader(file), "t.csv", Options{Delimiter: h.delim, BlockSize: h.block})
	if err != nil {
		return nil, err
	}
	if h.maxRecord > 0 {
		r.maxField, r.maxRecord = h.maxField, h.maxRecord
	}
	sourcetest.BindAll(r)
	return r, nil
}

// read reads the rows.
func (h reading) read(t testing.TB, r *Reader) (table, error) {
	t.Helper()
	rows, line, err := sourcetest.How{Max: h.max}.Read(t, r, len(r.Columns()))
	got := table{Table: rows, LinesRead: line}
	if err == nil {
		got.Legacy = r.legacy.Get()
	}
	return got, err
}

// all reads a whole file.
func (h reading) all(t testing.TB, file []byte) table {
	t.Helper()
	r, err := h.open(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.read(t, r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestRecords(t *testing.T) {
	tests := []struct {
		name string
		file string
		want string // see Show; ␊ and ␍ stand for a line break in a value
	}{
		{"plain", "a,b\n1,2\n3,4\n", "2 |1|2|\n3 |3|4|\n"},
		{"last line without an end", "a,b\n1,2\n3,4", "2 |1|2|\n3 |3|4|\n"},
		{"CRLF", "a,b\r\n1,2\r\n3,4\r\n", "2 |1|2|\n3 |3|4|\n"},
		{"CR at the end of the file", "a,b\r\n1,2\r", "2 |1|2|\n"},
		{"empty lines are no records", "\n\r\na,b\n\n1,2\n\r\n\n3,4\n\n", "5 |1|2|\n8 |3|4|\n"},
		{"a line of delimiters is a record of nulls", "a,b,c\n,,\n", "2 ||||\n"},
		{"a line of spaces is a record", "a\n  \n", "2 ||\n"},
		{"header only", "a,b\n", ""},
		{"header only, without an end", "a,b", ""},
		{"BOM", "\xef\xbb\xbfa,b\n1,2\n", "2 |1|2|\n"},
		{"BOM before a quote", "\xef\xbb\xbf\"a\",b\n1,2\n", "2 |1|2|\n"},

		{"trimmed", "a,b\n 1 ,\"  2 \"\n  ,\" \"\n", "2 |1|2|\n3 |||\n"},
		{"only U+0020 is trimmed", "a,b\n\t1,\u00a02\n", "2 |\t1|\u00a02|\n"},
		{"spaces within stay", "a\n1  2\n\" 3 4 \"\n", "2 |1  2|\n3 |3 4|\n"},

		{"quoted", "a,b\n\"1,1\",\"\"\n", "2 |1,1||\n"},
		{"doubled quotes", "a,b\n\"\"\"1\"\"\",\"x\"\"\"\"y\"\n", "2 |\"1\"|x\"\"y|\n"},
		{"quoted line breaks", "a,b\n\"x\ny\",1\n\"x\r\ny\",\"\n\"\n3,4\n", "2 |x␊y|1|\n4 |x␊y|␊|\n7 |3|4|\n"},
		{"spaces around quotes", "a,b\n \"1\" , \"2\"\n", "2 |1|2|\n"},
		{"header with quotes", "\"a\",\"b,\"\"c\"\n1,2\n", "2 |1|2|\n"},
		{"header of two lines", "\"a\nb\",c\n1,2\n", "3 |1|2|\n"},

		{"too few values", "a,b\n1\n3,4\n", "2 ||| skip ragged_row@-1\n3 |3|4|\n"},
		{"too many values", "a,b\n1,2,\n3,4\n", "2 ||| skip ragged_row@-1\n3 |3|4|\n"},
		{"far too many values", "a\n1,2,\"3\n4\",5\n6\n", "2 || skip ragged_row@-1\n4 |6|\n"},
		{"control characters", "a,b\n1\x012,\x00\n\x7f,\"\x1b\"\na\tb,3\n",
			"2 |1\x012|\x00| control_character@0 control_character@1\n3 |\x7f|\x1b| control_character@0 control_character@1\n4 |a\tb|3|\n"},
		{"CR that ends no line", "a,b\n1\r2,\"3\r4\"\n5\r\r\n", "2 |1␍2|3␍4|\n3 ||| skip ragged_row@-1\n"},
		{"quote in an unquoted value", "a,b\n5\" pipe,x\"\n3,4\n", "2 |5\" pipe|x\"| stray_quote@0 stray_quote@1\n3 |3|4|\n"},
		{"quotes in a quoted value", "a,b\n\"the \"big\" one\",x\n", "2 |the \"big\" one|x| stray_quote@0\n"},
		{"stray quote and too few values", "a,b\n5\"\n3,4\n", "2 ||| skip ragged_row@-1 stray_quote@-1\n3 |3|4|\n"},

		{"lost quote at the end", "a,b\n1,\"2\n3,4\n5,6\n", "2 ||| skip unclosed_quote@-1\n3 |3|4|\n4 |5|6|\n"},
		{"lost quote before a good one", "a,b\n1,\"2\n3,\"4\"\n5,6\n", "2 ||| skip unclosed_quote@-1\n3 |3|4|\n4 |5|6|\n"},
		{"lost quote after line breaks", "a,b\n\"1\n1\",\"2\n3,4\n", "2 ||| skip unclosed_quote@-1\n4 |3|4|\n"},
		{"text after a quote", "a,b\n\"1\"x,2\n3,4\n", "2 ||| skip unclosed_quote@-1\n3 |3|4|\n"},
		{"quote alone on the last line", "a,b\n3,4\n\"", "2 |3|4|\n3 ||| skip unclosed_quote@-1\n"},

		{"UTF-8", "a,b\né,\"日\"\n", "2 |é|日|\n"},
		{"Windows-1252, by record", "a,b\né,1\n\xe9,\x80\x81\n\"\"\"\xe9\",\xa0\nö,2\n", "2 |é|1|\n3 |é|€\ufffd|\n4 |\"é|\u00a0|\n5 |ö|2|\n"},
		{"formula injection is text", "a,b\n=1+1,@x\n-2,+3\n", "2 |=1+1|@x|\n3 |-2|+3|\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := strings.NewReplacer("␊", "\n", "␍", "\r").Replace(tt.want)
			if diff := cmp.Diff(want, reading{}.all(t, []byte(tt.file)).Show()); diff != "" {
				t.Errorf("rows of %q (-want +got):\n%s", tt.file, diff)
			}
		})
	}
}

func TestHeader(t *testing.T) {
	tests := []struct {
		name    string
		file    string
		columns string // joined with |
		notice  string // a part of the one notice, "" if there is none
		err     string // a part of the error
	}{
		{"trimmed, any case", " CareContactID ,\"STATUS\"\n", "CareContactID|STATUS", "", ""},
		{"names without a character", "a,,b,\n", "a||b|", "", ""},
		{"CRLF after a quote", "\"a\" \r\n", "a", "", ""},
		{"Windows-1252", "caf\xe9,b\n", "café|b", "from line 1 on", ""},
		{"empty file", "", "", "empty", ""},
		{"BOM only", "\xef\xbb\xbf", "", "empty", ""},
		{"empty lines only", "\r\n\n\r", "", "empty", ""},
		{"another delimiter", "a;b;c\n1;2;3\n", "a;b;c", "semicolons", ""},
		{"same name twice", "a,b,A\n", "", "", "t.csv: columns 1 and 3 of the header have the same name"},
		{"a row for a header", "\nP1,RXX,,2026-09-01,rxx\n", "", "", "t.csv: line 2, the first, seems to be a row, for columns 2 and 5 of it are the same and it has numbers; put a line with the names of the columns above it"},
		{"lost quote", "\na,\"b\n1,2\n", "", "", "t.csv: line 2: a quote in the header is never closed"},
		{"CR line ends", "a,b\r1,2\r", "", "", "carriage return"},
		{"NUL", "a\x00,\x00b\n", "", "", "UTF-16 without a byte order mark"},
		{"a zip renamed", "PK\x03\x04a\n", "", "", "is this a text file?"},
		{"no line end in 2 MiB", strings.Repeat("x", maxRecord), "", "", "is this a text file?"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := NewReader(strings.NewReader(tt.file), "t.csv", Options{})
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error %v, want one with %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(sourcetest.Names(r), "|"); got != tt.columns {
				t.Errorf("columns %q, want %q", got, tt.columns)
			}
			var notices []string
			for _, n := range r.Notices() {
				notices = append(notices, n.File+": "+n.Text)
			}
			if got := strings.Join(notices, "\n"); !strings.Contains(got, tt.notice) || (got == "") != (tt.notice == "") {
				t.Errorf("notices %q, want one with %q", got, tt.notice)
			}
		})
	}
}

// An error is printed where everyone reads it; a file without a header has
// values in its first line.
func TestErrorsHoldNoValues(t *testing.T) {
	for _, file := range []string{"9990000000,x,9990000000\n", "9990000000\x00\n", "\"9990000000\n", "9990000000,\x01\n"} {
		_, err := NewReader(strings.NewReader(file), "t.csv", Options{})
		if err == nil || strings.Contains(err.Error(), "9990000000") {
			t.Errorf("%q: error %v", file, err)
		}
	}
}

func TestDelimiter(t *testing.T) {
	for _, d := range []byte{',', ';', '\t', '|', '~', '^'} {
		text := strings.ReplaceAll("a,b\n1,\"x,\"\"y\"\n2-3, \n,,\n", ",", string(d))
		want := strings.ReplaceAll("2 |1|x,\"y|\n3 |2-3||\n4 ||| skip ragged_row@-1\n", ",", string(d))
		if got := (reading{delim: d}).all(t, []byte(text)).Show(); got != want {
			t.Errorf("delimiter %q: rows\n%swant\n%s", d, got, want)
		}
	}
	for _, d := range []byte("\" \r\na7\x80\xff") {
		if _, err := NewReader(strings.NewReader("a\n"), "t.csv", Options{Delimiter: d}); err == nil {
			t.Errorf("delimiter %q is accepted", d)
		}
	}
}

func TestUTF16(t *testing.T) {
	text := "a,b\né,\"x\n😀\"\n2,3"
	want := "2 |é|x\n😀|\n4 |2|3|\n"
	for _, order := range []struct {
		name   string
		hi, lo int
	}{{"little endian", 1, 0}, {"big endian", 0, 1}} {
		t.Run(order.name, func(t *testing.T) {
			var file []byte
			for _, u := range append([]uint16{0xfeff}, utf16.Encode([]rune(text))...) {
				var two [2]byte
				two[order.hi], two[order.lo] = byte(u>>8), byte(u)
				file = append(file, two[:]...)
			}
			for _, block := range []int{0, 1, 3} {
				if got := (reading{block: block}).all(t, file).Show(); got != want {
					t.Errorf("block size %d: rows\n%swant\n%s", block, got, want)
				}
			}
			if got := (reading{}).all(t, append(file, 0x20)).Show(); !strings.HasPrefix(got, "2 |é|x\n😀|\n4 |2|3") {
				t.Errorf("half a character at the end: rows\n%s", got)
			}
		})
	}
}

// Limits are those that users meet; TestTwin has smaller ones in every place.
func TestLimits(t *testing.T) {
	big := strings.Repeat("x", maxField)
	long := strings.Repeat("y", maxRecord)
	many := strings.Repeat("3,4\n", maxRecord/4)
	tests := []struct {
		name string
		file string
		rows int
		want string // of the rows that are not "3" and "4", with big as B
	}{
		{"a value of 1 MiB", "a,b\n1," + big + "\n", 1, "2 |1|B|\n"},
		{"a value over 1 MiB", "a,b\n1,x" + big + "\n3,4\n", 2, "2 |1|| oversized_field@1\n"},
		{"a quoted value over 1 MiB", "a,b\n\"x" + big + "\",2\n3,4\n", 2, "2 ||2| oversized_field@0\n"},
		{"spaces do not count", "a,b\n1,  " + big + "  \n3,4\n", 2, "2 |1|B|\n"},
		{"a record over 2 MiB", "a,b\n1," + long + "\n3,4\n", 2, "2 ||| skip oversized_field@-1\n"},
		{"the last record over 2 MiB", "a,b\n3,4\n1," + long, 2, "3 ||| skip oversized_field@-1\n"},
		{"a lost quote, many rows", "a,b\n1,\"2\n" + many, 1 + maxRecord/4, "2 ||| skip unclosed_quote@-1\n"},
		{"a quote closed too late", "a,b\n1,\"2\n" + many + "\"\n3,4\n", 3 + maxRecord/4,
			fmt.Sprintf("2 ||| skip unclosed_quote@-1\n%d ||| skip unclosed_quote@-1\n", 3+maxRecord/4)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, block := range []int{0, 1, 5 << 20} {
				got := reading{block: block}.all(t, []byte(tt.file))
				rows := len(got.Rows)
				kept := got.Rows[:0]
				for _, r := range got.Rows {
					if r.Values[0] != "3" || r.Values[1] != "4" {
						kept = append(kept, r)
					}
				}
				got.Rows = kept
				if show := strings.ReplaceAll(got.Show(), big, "B"); rows != tt.rows || show != tt.want {
					t.Errorf("block size %d: %d rows, want %d, with\n%.300swant\n%s", block, rows, tt.rows, show, tt.want)
				}
			}
		})
	}
}

// A text is given again and again.
type repeated struct {
	text string
	at   int
	read int64
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	r.read += int64(n)
	return n, nil
}

// A value of any length takes no more memory than a record may have, quoted or
// not, and costs its own row alone.
func TestEndlessField(t *testing.T) {
	const size = 4<<30 + 1
	long := strings.Repeat("x", 1000)
	for name, begin := range map[string]string{"unquoted": "2,", "quoted": "2,\"", "columns": "2"} {
		t.Run(name, func(t *testing.T) {
			text := long
			if name == "columns" {
				text = strings.Repeat(",", len(long))
			}
			endless := &repeated{text: text}
			r, err := NewReader(io.MultiReader(strings.NewReader("a,b\n1,1\n"+begin), io.LimitReader(endless, size), strings.NewReader("\n3,3\n")), "t.csv", Options{})
			if err != nil {
				t.Fatal(err)
			}
			r.Bind([]int{0, 1})
			var blk source.Block
			var b batch.Batch
			var rows []string
			frugal.Check(t, maxRecord, 16, func() {
				for d := r.Decoder(); r.Next(&blk) == nil; {
					for more := true; more; {
						if more, err = d.Decode(&blk, &b, 4096); err != nil {
							t.Fatal(err)
						}
						for row := range b.Rows {
							rows = append(rows, string(b.Append(nil, 0, row)))
						}
						for _, f := range b.Faults {
							rows = append(rows, f.Check)
						}
					}
				}
			})
			if got := strings.Join(rows, " "); got != "1 oversized_field 3" && got != "1  oversized_field 3" && got != "1  3 oversized_field" {
				t.Errorf("rows and faults %q", got)
			}
			if endless.read != size {
				t.Errorf("%d bytes read, want %d", endless.read, size)
			}
			if n := cap(blk.Data) + cap(r.in.Carry); n > 4*maxRecord {
				t.Errorf("%d bytes kept", n)
			}
		})
	}
}

// A file in which every quote is lost must not be searched once a quote. With
// a search a row this takes minutes.
func TestManyLostQuotes(t *testing.T) {
	const rows = 200_000
	file := "a,b\n" + strings.Repeat("\"\"x,1\n", rows)
	got := reading{}.all(t, []byte(file))
	if len(got.Rows) != rows || !got.Rows[0].Skip || !got.Rows[rows-1].Skip {
		t.Errorf("%d rows, want %d, all of them skipped", len(got.Rows), rows)
	}
}

func TestPadding(t *testing.T) {
	got := reading{}.all(t, []byte("a,b,c\n1,2,3\n1, 2,3\n1,2 ,\" 3\"\n1,\"2\" ,3\n1, 2\n1,,  \n"))
	want := sourcetest.Table{Padded: []int{0, 3, 2}, FirstPad: []int{0, 1, 2}}
	if !cmp.Equal(got.Padded, want.Padded) || !cmp.Equal(got.FirstPad, want.FirstPad) {
		t.Errorf("padded %v first in rows %v, want %v in %v", got.Padded, got.FirstPad, want.Padded, want.FirstPad)
	}
}

func TestBind(t *testing.T) {
	file := "a,b,c,d\n1,2,3,4\n 5,\x01,\"7\"\"\",\xe9\n9,\"x\" y\",z,\n1,2\n"
	r, err := NewReader(strings.NewReader(file), "t.csv", Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Bind([]int{3, -1, 0, 3})
	var blk source.Block
	var b batch.Batch
	if err := r.Next(&blk); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Decoder().Decode(&blk, &b, 10); err != nil {
		t.Fatal(err)
	}
	got := sourcetest.NewTable(4)
	got.Add(t, &b, 1)
	// The control character is in a column that nobody reads; a stray quote
	// may have moved the others.
	want := "2 |4||1|4|\n3 |é||5|é|\n4 |||9|| stray_quote@-1\n5 ||||| skip ragged_row@-1\n"
	if got.Show() != want {
		t.Errorf("rows\n%swant\n%s", got.Show(), want)
	}
	if !cmp.Equal(got.Padded, []int{0, 0, 1, 0}) {
		t.Errorf("padded %v, want 1 in column 2", got.Padded)
	}
	if b.Columns[2].Odd || !b.Columns[0].Odd || !b.Columns[3].Odd {
		t.Errorf("odd columns, want 0 and 3 only")
	}
}

func TestOffset(t *testing.T) {
	file := "\xef\xbb\xbfa,b\n1,2\n\n\"3\n\",4\n5,6\n"
	for _, block := range []int{1, 4, 100} {
		r, err := reading{block: block}.open([]byte(file))
		if err != nil {
			t.Fatal(err)
		}
		var blk source.Block
		next := int64(3)
		for {
			if err := r.Next(&blk); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if blk.Offset != next || !strings.HasPrefix(file[next:], string(blk.Data)) {
				t.Errorf("block size %d: block %q at %d, want it at %d", block, blk.Data, blk.Offset, next)
			}
			next += int64(len(blk.Data))
		}
		if next != int64(len(file)) {
			t.Errorf("block size %d: %d bytes read of %d", block, next, len(file))
		}
	}
}

// What was read before the input failed stands, all whole records of it.
func TestDamagedInput(t *testing.T) {
	cause := fmt.Errorf("page 7: %w", source.ErrDamaged)
	for _, block := range []int{0, 1, 7} {
		r, err := NewReader(io.MultiReader(strings.NewReader("a,b\n1,2\n3,4\n5,"), iotest.ErrReader(cause)), "t.csv", Options{BlockSize: block})
		if err != nil {
			t.Fatal(err)
		}
		r.Bind([]int{0, 1})
		got, err := reading{}.read(t, r)
		if want := "2 |1|2|\n3 |3|4|\n"; got.Show() != want {
			t.Errorf("block size %d: rows\n%swant\n%s", block, got.Show(), want)
		}
		if want := "t.csv: page 7: damaged"; err == nil || err.Error() != want {
			t.Errorf("block size %d: error %v, want %s", block, err, want)
		}
	}
}

func TestIdleInput(t *testing.T) {
	if _, err := NewReader(iotest.HalfReader(iotest.OneByteReader(strings.NewReader("a,b\n1,2\n"))), "t.csv", Options{}); err != nil {
		t.Error(err)
	}
	r, err := NewReader(io.MultiReader(strings.NewReader("a,b\n1,2\n"), idle{}), "t.csv", Options{BlockSize: 4})
	if err != nil {
		t.Fatal(err)
	}
	r.Bind([]int{0, 1})
	if _, err := (reading{}).read(t, r); err == nil || !strings.Contains(err.Error(), io.ErrNoProgress.Error()) {
		t.Errorf("error %v, want %v", err, io.ErrNoProgress)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// TestMark tries every pair of bytes in every place of a word: none that means
// something is left out.
func TestMark(t *testing.T) {
	for _, delim := range []byte(",;|\t~") {
		data := make([]byte, 64)
		marks := make([]uint64, 1)
		for c := range 1 << 16 {
			place := c % 63
			for i := range data {
				data[i] = 'x'
			}
			data[place], data[place+1] = byte(c>>8), byte(c)
			mark(marks, data, delim)
			for i, c := range data {
				marked := marks[0]>>i&1 != 0
				if must := c < 0x2d || c >= 0x7f || c == delim; must && !marked {
					t.Fatalf("delimiter %q: byte %#x at %d of %q is not marked", delim, c, i, data)
				} else if c == 'x' && marked && delim != 'x'-1 && delim != 'x'+1 {
					t.Fatalf("delimiter %q: the plain byte at %d of %q is marked", delim, i, data)
				}
			}
		}
	}
}

// junk returns a text of n pieces that have a meaning more often than not.
func junk(rng *rand.Rand, n int) string {
	pieces := []string{",", ",", ",", "\n", "\n", "\"", "\"", "\"\"", "\",\"", "\"\n\"", "\r\n", "\r", " ", "  ", "a", "bc", "2026-09-01",
		"\n1,2,3\n", "\n\"x\",\"y\",\"z\"\n", "x, y ,z\n", "é", "\xe9", "\x00", "\x7f", "\x1f", "\t", "-", "some longer text to cross a word"}
	var b strings.Builder
	for range n {
		b.WriteString(pieces[rng.IntN(len(pieces))])
	}
	return b.String()
}

// checkTwin reads the body, after a header of three names, and compares it with
// the twin.
func (h reading) checkTwin(t *testing.T, body string) {
	t.Helper()
	header := strings.ReplaceAll("a,b,c\n", ",", string(h.delim))
	want := twin(header+body, 3, h.delim, h.maxField, h.maxRecord)
	want.Rows = want.Rows[1:]
	for i := range want.FirstPad {
		want.FirstPad[i] = max(0, want.FirstPad[i]-1)
	}
	got := h.all(t, []byte(header+body))
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%+v: %q (-twin +got):\n%s", h, body, diff)
	}
}

func TestTwin(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 150 {
		body := junk(rng, 1+rng.IntN(60))
		field, record := 1+rng.IntN(8), 8+rng.IntN(60)
		for _, block := range []int{1, 2, 7, 33, 100, 4096} {
			for _, rows := range []int{1, 7, 4096} {
				reading{block, rows, ',', maxField, maxRecord}.checkTwin(t, body)
				reading{block, rows, ',', field, record}.checkTwin(t, body)
			}
			reading{block, 7, ';', maxField, maxRecord}.checkTwin(t, strings.ReplaceAll(body, ",", ";"))
		}
	}
}

func FuzzTwin(f *testing.F) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		f.Add(junk(rng, 30), uint8(rng.IntN(256)), uint8(rng.IntN(256)), uint8(rng.IntN(256)))
	}
	f.Fuzz(func(t *testing.T, body string, limit, block, rows uint8) {
		h := reading{1 + int(block), 1 + int(rows), ',', maxField, maxRecord}
		h.checkTwin(t, body)
		h.maxField, h.maxRecord = 1+int(limit)/4, 8+int(limit)
		h.checkTwin(t, body)
	})
}

// FuzzEncodingCSV compares with encoding/csv as far as that reads on: what it
// refuses, our format gives a meaning.
func FuzzEncodingCSV(f *testing.F) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 20 {
		f.Add(junk(rng, 10))
	}
	f.Add("1,2,3\n\"x\r\ny\",\"\",\"\"\"\"\n\n4,5\n")
	f.Fuzz(func(t *testing.T, body string) { compareCSV(t, body) })
}

func TestEncodingCSV(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	compared := 0
	for range 20_000 {
		compared += compareCSV(t, junk(rng, 1+rng.IntN(12)))
	}
	if compared < 10_000 {
		t.Errorf("only %d records compared", compared)
	}
}

// compareCSV returns the number of records that encoding/csv could read.
func compareCSV(t *testing.T, body string) int {
	t.Helper()
	file := "a,b,c\n" + body
	got := reading{block: 4096}.all(t, []byte(file))
	r := csv.NewReader(strings.NewReader(file))
	r.FieldsPerRecord = -1
	if _, err := r.Read(); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		values, err := r.Read()
		if err != nil {
			if err == io.EOF && len(got.Rows) != n {
				t.Fatalf("%q: %d rows, want %d", body, len(got.Rows), n)
			}
			return n
		}
		if n == len(got.Rows) {
			t.Fatalf("%q: %d rows, want more", body, n)
		}
		line, _ := r.FieldPos(0)
		want := sourcetest.Row{Line: int64(line), Values: make([]string, 3)}
		valid := utf8.ValidString(strings.Join(values, ","))
		if want.Skip = len(values) != 3; !want.Skip {
			for i, v := range values {
				if !valid {
					v = string(encoded.AppendWindows1252(nil, []byte(v)))
				}
				want.Values[i] = strings.Trim(v, " ")
			}
		}
		have := got.Rows[n]
		have.Faults = nil
		if diff := cmp.Diff(want, have); diff != "" {
			t.Fatalf("%q: row %d (-encoding/csv +got):\n%s", body, n, diff)
		}
	}
}

// A field of a broken record must never be read: random bytes as a whole file,
// header and all, end in an error or in rows.
func FuzzFile(f *testing.F) {
	for _, s := range []string{"", "\"a\"\"b\",c\r\n\" 1 \r\n2\", x \r\n1,2,3\n\"lost,\n1,2\nx\"y,\x00\x7f\n", strings.Repeat("a,b\n", 3), strings.Repeat(",", 300) + "\n\n" + strings.Repeat(",", 300), "a\n\xe9\n\"\xc3\xa9\"\n", "a,b\n1,2\n", "\xff\xfea\x00", "\xfe\xff\x00a", "\xef\xbb\xbf\"a\"\n\"", "\r\n\r\na;b\n\"\n"} {
		f.Add([]byte(s), uint8(1))
	}
	f.Fuzz(func(t *testing.T, file []byte, block uint8) {
		frugal.Check(t, len(file), 300, func() {
			if r, err := (reading{}).open(file); err == nil {
				sourcetest.Drain(r)
			}
		})
		one, err := reading{}.open(file)
		other, err2 := reading{block: int(block) + 1}.open(file)
		if (err == nil) != (err2 == nil) || err != nil && err.Error() != err2.Error() {
			t.Fatalf("errors %v and %v", err, err2)
		}
		if err != nil {
			return
		}
		if diff := cmp.Diff(one.Columns(), other.Columns()); diff != "" {
			t.Fatalf("columns differ:\n%s", diff)
		}
		a, _ := reading{}.read(t, one)
		b, _ := reading{max: 3}.read(t, other)
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatalf("rows differ:\n%s", diff)
		}
		if diff := cmp.Diff(one.Notices(), other.Notices()); diff != "" {
			t.Fatalf("notices differ:\n%s", diff)
		}
	})
}

// TestConcurrent reads as the engine does: one goroutine cuts, two decode.
func TestConcurrent(t *testing.T) {
	const rows = 50_000
	file := []byte("a,b\n" + strings.Repeat("1,\"x\ny\"\ncaf\xe9,2\n 3,\x01\n", rows/3+1))
	r, err := reading{block: 4096}.open(file)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := sourcetest.Concurrent(t, r), 3*(rows/3+1); got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
	if n := r.Notices(); len(n) != 1 || !strings.Contains(n[0].Text, "from line 4 on") {
		t.Errorf("notices %v, want one of line 4", n)
	}
}

func TestAllocs(t *testing.T) {
	plain := sample(20_000)
	odd := []byte("a,b,c\n" + strings.Repeat("1, x ,\"y\"\"z\"\n\"new\nline\",2,\n,caf\xe9,\n1,2\n5\",\x01,\n", 20_000))
	for _, file := range []struct {
		name string
		data []byte
	}{{"plain", plain}, {"crlf", bytes.ReplaceAll(plain, []byte("\n"), []byte("\r\n"))}, {"quoted", quoteAll(plain)}, {"odd", odd}} {
		t.Run(file.name, func(t *testing.T) {
			var blk source.Block
			var b batch.Batch
			splitAll(t, file.data, &blk, &b) // to their working size
			r, err := reading{block: 16 << 10}.open(file.data)
			if err != nil {
				t.Fatal(err)
			}
			sourcetest.Allocs(t, r, &blk, &b, 20)
		})
	}
}
