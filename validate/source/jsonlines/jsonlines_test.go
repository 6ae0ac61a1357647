package jsonlines

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/encoded"
	"mhsds/validate/source/internal/sourcetest"
)

// reading says how a test reads a file; its zero value reads as users do.
type reading struct {
	names             []string // nil for a, b
	block, max        int
	maxField, maxLine int
}

func (h reading) open(file []byte) (*Reader, error) {
	r, err := NewReader(bytes.NewReader(file), "t.jsonl", Options{BlockSize: h.block})
	if err != nil {
		return nil, err
	}
	if h.block > 0 && r.in.Err == io.EOF {
		// What NewReader looked at, in small blocks too; with a mark of its own,
		// for one that is there is text by now.
		offset := r.in.Offset
		if r.in, err = encoded.NewLines(strings.NewReader("\ufeff"+string(r.in.Carry)), batch.Slack); err != nil {
			return nil, err
		}
		r.in.Offset = offset
	}
	if h.maxField > 0 {
		r.maxField, r.maxLine = h.maxField, h.maxLine
	}
	names := h.names
	if names == nil {
		names = []string{"a", "b"}
	}
	r.BindNames(names)
	return r, nil
}

// read reads the rows.
func (h reading) read(t testing.TB, r *Reader) (sourcetest.Table, error) {
	t.Helper()
	got, _, err := sourcetest.How{Max: h.max}.Read(t, r, len(r.names))
	return got, err
}

// all reads a whole file.
func (h reading) all(t testing.TB, file []byte) sourcetest.Table {
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

func TestFormat(t *testing.T) {
	const unreadable = " skip unreadable_value@-1\n"
	tests := []struct {
		name, file string
		want       string // of the columns a and b
	}{
		{"nothing", "", ""},
		{"strings and numbers", `{"a":"1","b":2}` + "\n", "1 |1|2|\n"},
		{"no line end", `{"a":"1","b":2}`, "1 |1|2|\n"},
		{"CRLF", "{\"a\":\"1\"}\r\n{\"b\":\"2\"}\r\n", "1 |1||\n2 ||2|\n"},
		{"byte order mark", "\xef\xbb\xbf{\"a\":1}\n", "1 |1||\n"},
		{"any order, any case", `{"B":"2","A":"1"}`, "1 |1|2|\n"},
		{"null, absent, empty", `{"a":null}` + "\n" + `{"a":""}` + "\n{}\n", "1 |||\n2 |||\n3 |||\n"},
		{"no records", "\n  \n\r\n\t\n{}\n", "5 |||\n"},
		{"white space", " { \"a\" : \"1\" ,\t\"b\" : 2 } \r\n", "1 |1|2|\n"},
		{"names nobody wants", `{"x":"1","a":"2","y":{"a":3},"z":[1,{"b":"]}"}],"q":true}`, "1 |2||\n"},
		{"a name late", "{\"a\":1}\n{\"a\":2}\n{\"b\":\"x\"}\n", "1 |1||\n2 |2||\n3 ||x|\n"},
		{"padding", `{"a":"  x  ","b":" "}`, "1 |x||\n"},
		{"a padded name", `{" a ":"x"}`, "1 |x||\n"},
		{"an escaped name", `{"\u0061":"x","\u0042":"y"}`, "1 |x|y|\n"},

		{"numbers as written", `{"a":-0.50,"b":12345678901234567890.10}`, "1 |-0.50|12345678901234567890.10|\n"},
		{"zero", `{"a":0,"b":-0}`, "1 |0|-0|\n"},
		{"exponents", `{"a":1e5,"b":2}` + "\n" + `{"a":1,"b":2.5E-3}`, "1 ||2| unreadable_value@0\n2 |1|| unreadable_value@1\n"},
		{"no numbers", "{\"a\":01}\n{\"a\":.5}\n{\"a\":5.}\n{\"a\":+1}\n{\"a\":1e}\n{\"a\":--1}\n{\"a\":0x1}\n{\"a\":NaN}\n",
			"1 |||" + unreadable + "2 |||" + unreadable + "3 |||" + unreadable + "4 |||" + unreadable + "5 |||" + unreadable + "6 |||" + unreadable + "7 |||" + unreadable + "8 |||" + unreadable},
		{"true and false", `{"a":true,"b":"x"}` + "\n" + `{"a":"x","b":false}`, "1 ||x| unreadable_value@0\n2 |x|| unreadable_value@1\n"},
		{"lists and objects", `{"a":[1,"]"],"b":"x"}` + "\n" + `{"a":"x","b":{"a":"}"}}`, "1 ||x| unreadable_value@0\n2 |x|| unreadable_value@1\n"},
		{"a name twice", `{"a":"1","b":"2","A":"3"}`, "1 ||2| unreadable_value@0\n"},
		{"a name three times", `{"a":true,"b":"2","a":" x ","A":"\u0001"}`, "1 ||2| unreadable_value@0\n"},
		{"null and a value", `{"a":null,"a":"1"}`, "1 ||| unreadable_value@0\n"},

		{"escapes", `{"a":"\"\\\/\b\f\n\r\t","b":"\u00e9\u20AC\ud83d\ude00"}`, "1 |\"\\/\b\f\n\r\t|é€😀| control_character@0\n"},
		{"half a pair", `{"a":"\ud83dx","b":"\ude00\ud83d\u0041"}`, "1 |\ufffdx|\ufffd\ufffdA|\n"},
		{"CRLF in a value", `{"a":"x\r\ny","b":"\u000d\u000A\r"}`, "1 |x\ny|\n\r|\n"},
		{"control characters", `{"a":"x\u0000","b":"` + "\x7f" + `"}`, "1 |x\x00|\x7f| control_character@0 control_character@1\n"},
		{"tab and line breaks are none", `{"a":"\t","b":"\n"}`, "1 |\t|\n|\n"},
		{"escaped padding", `{"a":"\u0020x\u0020","b":"\u0020"}`, "1 |x||\n"},
		{"UTF-8", `{"a":"Llŷn","b":"ŵ"}`, "1 |Llŷn|ŵ|\n"},
		{"Windows-1252", "{\"a\":\"caf\xe9\",\"b\":\"\\u00e9\x80\"}\n{\"a\":\"é\"}\n", "1 |café|é€|\n2 |é||\n"},

		{"not JSON", "{\"a\":1}\nhello\n{\"a\":2}\n", "1 |1||\n2 |||" + unreadable + "3 |2||\n"},
		{"cut short", "{\"a\":1,\"b\":\"x\n{\"a\":2}\n", "1 |||" + unreadable + "2 |2||\n"},
		{"no object", "{}\n\"x\"\n1\nnull\n[1]\n", "1 |||\n2 |||" + unreadable + "3 |||" + unreadable + "4 |||" + unreadable + "5 |||" + unreadable},
		{"something after it", "{\"a\":1}{\"a\":2}\n{\"a\":1},\n", "1 |||" + unreadable + "2 |||" + unreadable},
		{"commas and colons", "{\"a\":1,}\n{,\"a\":1}\n{\"a\" 1}\n{\"a\":1 \"b\":2}\n{\"a\":}\n{a:1}\n{'a':1}\n",
			"1 |||" + unreadable + "2 |||" + unreadable + "3 |||" + unreadable + "4 |||" + unreadable + "5 |||" + unreadable + "6 |||" + unreadable + "7 |||" + unreadable},
		{"bad escapes", `{"a":"\x"}` + "\n" + `{"a":"\u00g0"}` + "\n" + `{"a":"\u00"}` + "\n" + `{"a":"\`, "1 |||" + unreadable + "2 |||" + unreadable + "3 |||" + unreadable + "4 |||" + unreadable},
		{"a raw control character", "{\"a\":\"x\ty\"}\n{\"a\":\"x\x00\"}\n", "1 |||" + unreadable + "2 |||" + unreadable},
		{"what a bad line said is taken back", "{\"a\":\" x\",\"b\":\"\\u0001\",\"c\":\n", "1 |||" + unreadable},
		{"misspelt words", "{\"a\":nul}\n{\"a\":True}\n{\"a\":fals\n", "1 |||" + unreadable + "2 |||" + unreadable + "3 |||" + unreadable},
		{"a list without an end", "{\"a\":[\n]}\n{\"a\":[\"]}\n", "1 |||" + unreadable + "2 |||" + unreadable + "3 |||" + unreadable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, h := range []reading{{}, {block: 1}, {block: 7, max: 1}, {max: 2}} {
				if diff := cmp.Diff(tt.want, h.all(t, []byte(tt.file)).Show()); diff != "" {
					t.Errorf("%+v: rows (-want +got):\n%s", h, diff)
				}
			}
		})
	}
}

func TestUTF16(t *testing.T) {
	for _, mark := range []string{"\xff\xfe", "\xfe\xff"} {
		file := []byte(mark)
		for _, u := range utf16.Encode([]rune("{\"a\":\"é😀\"}\n{\"a\":2}\n")) {
			lo, hi := byte(u), byte(u>>8)
			if mark[0] == 0xfe {
				lo, hi = hi, lo
			}
			file = append(file, lo, hi)
		}
		if got, want := (reading{}).all(t, file).Show(), "1 |é😀||\n2 |2||\n"; got != want {
			t.Errorf("rows\n%swant\n%s", got, want)
		}
	}
}

func TestPadding(t *testing.T) {
	file := "{\"a\":\"x\"}\n{\"a\":\" x\",\"b\":\"y \",\"b\":1}\n{\"a\":\"  \"}\n{\"a\":\" x\",\n"
	got := reading{}.all(t, []byte(file))
	if !slices.Equal(got.Padded, []int{2, 0}) || got.FirstPad[0] != 1 {
		t.Errorf("padded %v, the first in rows %v; want [2 0], row 1", got.Padded, got.FirstPad)
	}
}

func TestOversized(t *testing.T) {
	h := reading{maxField: 4, maxLine: 40}
	for name, tt := range map[string]struct{ file, want string }{
		"at the limit":         {`{"a":"1234","b":"\u00e9\u00e9"}` + "\n", "1 |1234|éé|\n"},
		"one past it":          {`{"a":"12345","b":12345}` + "\n", "1 ||| oversized_field@0 oversized_field@1\n"},
		"spaces do not count":  {`{"a":" 1234 ","b":"     "}` + "\n", "1 |1234||\n"},
		"a line at the limit":  {`{"a":1` + strings.Repeat(" ", 33) + "}\n{\"a\":2}\n", "1 |1||\n2 |2||\n"},
		"a line past it":       {"{\"a\":1}\n{\"a\":1" + strings.Repeat(" ", 34) + "}\n{\"a\":2}\n", "1 |1||\n2 ||| skip oversized_field@-1\n3 |2||\n"},
		"far past it":          {"{\"a\":\"" + strings.Repeat("x", 10000) + "\"}\n{\"a\":2}\n", "1 ||| skip oversized_field@-1\n2 |2||\n"},
		"far past it, the end": {"{\"a\":\"" + strings.Repeat("x", 10000), "1 ||| skip oversized_field@-1\n"},
	} {
		for _, block := range []int{1, 16, 0} {
			h.block = block
			if got := h.all(t, []byte(tt.file)).Show(); got != tt.want {
				t.Errorf("%s, blocks of %d: rows\n%swant\n%s", name, block, got, tt.want)
			}
		}
	}
}

// A line of any length takes no more memory than a line may have.
func TestEndlessLine(t *testing.T) {
	if testing.Short() {
		t.Skip("reads gigabytes, which under the race detector takes minutes")
	}
	endless := io.MultiReader(strings.NewReader("{\"a\":1}\n{\"a\":\""), io.LimitReader(letters{}, 4<<30), strings.NewReader("\"}\n{\"a\":2}\n"))
	r, err := NewReader(endless, "t.jsonl", Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.BindNames([]string{"a", "b"})
	got, err := reading{}.read(t, r)
	if want := "1 |1||\n2 ||| skip oversized_field@-1\n3 |2||\n"; got.Show() != want || err != nil {
		t.Errorf("rows\n%serror %v, want\n%s", got.Show(), err, want)
	}
	if n := cap(r.in.Carry); n > 4*maxLine {
		t.Errorf("%d bytes kept of a line of 4 GiB", n)
	}
}

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// What is nested is passed over, however deep.
func TestDeep(t *testing.T) {
	const deep = 1 << 20
	file := `{"a":` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + `,"b":"x"}` + "\n" +
		`{"a":` + strings.Repeat(`{"a":`, deep) + "\n"
	want := "1 ||x| unreadable_value@0\n2 ||| skip unreadable_value@-1\n"
	if got := (reading{}).all(t, []byte(file)).Show(); got != want {
		t.Errorf("rows\n%swant\n%s", got, want)
	}
}

func TestColumns(t *testing.T) {
	tests := []struct {
		name, file string
		want       string // of a reader that wants a and b
	}{
		{"nothing", "", ""},
		{"some", `{"B":1}`, "b"},
		{"all, late", "{\"b\":1}\n{\"A\":1}", "a b"},
		{"others", `{"z":1,"a":1,"Y":1,"x":1}`, "a x Y z"},
		{"others in two cases", "{\"zZ\":1}\n{\"ZZ\":1}\n{\"zz\":1}", "ZZ"},
		{"no name", `{"":1," ":2}`, ""},
		{"names of lines that are no objects", `{"a":1,"z":`, "a z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, block := range []int{0, 1} {
				r, err := reading{block: block}.open([]byte(tt.file))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := (reading{}).read(t, r); err != nil {
					t.Fatal(err)
				}
				if got := strings.Join(sourcetest.Names(r), " "); got != tt.want {
					t.Errorf("blocks of %d: columns %q, want %q", block, got, tt.want)
				}
			}
		})
	}
}

// Columns of a reader that was read are what another is bound to by index.
func TestBind(t *testing.T) {
	file := []byte("{\"a\":1,\"b\":2}\n{\"c\":3}\n")
	first, err := reading{names: []string{}}.open(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (reading{}).read(t, first); err != nil {
		t.Fatal(err)
	}
	columns := first.Columns()
	if len(columns) != 3 || columns[2].Name != "c" {
		t.Fatalf("columns %v, want a, b, c", columns)
	}
	first.Bind([]int{2, -1, 0})
	if want := []string{"c", "", "a"}; !slices.Equal(first.names, want) {
		t.Errorf("names %q, want %q", first.names, want)
	}
}

// A file of which every object has other names is bounded, and says the same
// whoever decodes which line.
func TestManyNames(t *testing.T) {
	var file strings.Builder
	const n = 20_000
	for i := range n {
		fmt.Fprintf(&file, "{\"name%05d\":1,\"a\":%d}\n", i*7919%n, i)
	}
	var want []source.Column
	for _, block := range []int{0, 100} {
		r, err := reading{block: block}.open([]byte(file.String()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := reading{}.read(t, r)
		if err != nil || len(got.Rows) != n || got.Rows[n-1].Values[0] != fmt.Sprint(n-1) {
			t.Fatalf("%d rows, error %v", len(got.Rows), err)
		}
		columns := r.Columns()
		if len(columns) != 1+maxStrangers || columns[0].Name != "a" || columns[1].Name != "name00000" || columns[maxStrangers].Name != fmt.Sprintf("name%05d", maxStrangers-1) {
			t.Errorf("columns %v", columns)
		}
		if want == nil {
			want = columns
		} else if diff := cmp.Diff(want, columns); diff != "" {
			t.Errorf("columns by block size differ:\n%s", diff)
		}
		if n := r.Notices(); len(n) != 1 || n[0].Text != "the objects have more than 1000 names besides those of fields: are values written as names?" {
			t.Errorf("notices %v", n)
		}
		for _, d := range r.decoders {
			if len(d.names) > maxSpellings || len(d.strangers.list) > maxStrangers {
				t.Errorf("%d names and %d strangers kept", len(d.names), len(d.strangers.list))
			}
		}
	}
}

func TestLongName(t *testing.T) {
	file := `{"` + strings.Repeat("é", 1<<19) + `":1,"a":2}` + "\n"
	r, err := reading{}.open([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	got, err := reading{}.read(t, r)
	if want := "1 |2||\n"; got.Show() != want || err != nil {
		t.Errorf("rows %s, error %v", got.Show(), err)
	}
	if c := r.Columns(); len(c) != 2 || c[1].Name != strings.Repeat("é", maxName/2) {
		t.Errorf("%d columns, want 2, the second of %d bytes", len(c), maxName)
	}
}

func TestErrors(t *testing.T) {
	for name, tt := range map[string]struct{ file, want string }{
		"a list":             {"[{\"a\":1},\n{\"a\":2}]\n", "t.jsonl: the file is a JSON list; write one object a line, without brackets around them and commas between them"},
		"a list, spread out": {"\n[\n{\"a\":1}\n]\n", "t.jsonl: the file is a JSON list"},
		"spread out":         {"{\n  \"a\": 1\n}\n", "t.jsonl: the first object goes over several lines; write one object a line"},
		"UTF-16 unmarked":    {"{\x00\"\x00a\x00", "t.jsonl: the first line holds NUL bytes: is it UTF-16 without a byte order mark, or no text at all? Save the file as UTF-8"},
	} {
		if _, err := (reading{}).open([]byte(tt.file)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %s", name, err, tt.want)
		}
	}
	cause := errors.New("no more")
	if _, err := NewReader(iotest.ErrReader(cause), "t.jsonl", Options{}); !errors.Is(err, cause) || err.Error() != "t.jsonl: no more" {
		t.Errorf("error %v", err)
	}
}

// What was read before the input failed stands, all whole lines of it.
func TestDamagedInput(t *testing.T) {
	cause := fmt.Errorf("page 7: %w", source.ErrDamaged)
	for _, block := range []int{0, 1, 7} {
		r, err := NewReader(io.MultiReader(strings.NewReader("{\"a\":1}\n{\"a\":2}\n{\"a\":"), iotest.ErrReader(cause)), "t.jsonl", Options{BlockSize: block})
		if err != nil {
			t.Fatal(err)
		}
		r.BindNames([]string{"a", "b"})
		got, err := reading{}.read(t, r)
		if want := "1 |1||\n2 |2||\n"; got.Show() != want {
			t.Errorf("block size %d: rows\n%swant\n%s", block, got.Show(), want)
		}
		if want := "t.jsonl: page 7: damaged"; err == nil || err.Error() != want || !errors.Is(err, source.ErrDamaged) {
			t.Errorf("block size %d: error %v, want %s", block, err, want)
		}
	}
}

func TestOffset(t *testing.T) {
	file := "\xef\xbb\xbf{\"a\":1}\n\n{\"a\":\"" + strings.Repeat("x", 100) + "\"}\n{\"a\":2}\n"
	for _, block := range []int{1, 4, 1000} {
		r, err := reading{block: block}.open([]byte(file))
		if err != nil {
			t.Fatal(err)
		}
		var blk source.Block
		next := int64(3)
		for r.Next(&blk) == nil {
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

type closer struct {
	io.Reader
	closed int
}

func (c *closer) Close() error { c.closed++; return nil }

func TestClose(t *testing.T) {
	c := &closer{Reader: strings.NewReader("[")}
	if _, err := NewReader(c, "t.jsonl", Options{}); err == nil || c.closed != 0 {
		t.Errorf("error %v, closed %d times", err, c.closed)
	}
	c = &closer{Reader: strings.NewReader("{}")}
	r, err := NewReader(c, "t.jsonl", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil || c.closed != 1 {
		t.Errorf("error %v, closed %d times", err, c.closed)
	}
}

// TestConcurrent reads as the engine does: one goroutine cuts, two decode.
func TestConcurrent(t *testing.T) {
	const rows = 50_000
	file := []byte(strings.Repeat("{\"a\":1,\"b\":\"x\\ny\"}\n{\"a\":\"caf\xe9\",\"z\":2}\n{\"b\":\" 3\"}\n", rows/3+1))
	r, err := reading{block: 4096}.open(file)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := sourcetest.Concurrent(t, r), 3*(rows/3+1); got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
	if n := r.Notices(); len(n) != 1 || !strings.Contains(n[0].Text, "from line 2 on") {
		t.Errorf("notices %v, want one of line 2", n)
	}
	if c := r.Columns(); len(c) != 3 || c[2].Name != "z" {
		t.Errorf("columns %v", c)
	}
}

func TestAllocs(t *testing.T) {
	odd := []byte(strings.Repeat("{\"Column1\":\" x \",\"Column2\":\"\\u00e9\\n\",\"z\":1}\n{\"Column3\":true,\"column1\":[1],\"Column1\":2}\nhello\n{\"Column1\":\"caf\xe9\"}\n{\"Column1\":\"\x01", 20_000))
	for _, file := range []struct {
		name string
		data []byte
	}{{"plain", sample(20_000)}, {"odd", odd}} {
		t.Run(file.name, func(t *testing.T) {
			var blk source.Block
			var b batch.Batch
			readAll(t, file.data, &blk, &b) // to their working size
			r, err := reading{names: sourcetest.ColumnNames(), block: 16 << 10}.open(file.data)
			if err != nil {
				t.Fatal(err)
			}
			sourcetest.Allocs(t, r, &blk, &b, 20)
		})
	}
}
