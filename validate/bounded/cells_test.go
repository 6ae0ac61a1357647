package bounded

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"mhsds/dictionary/frugal"
)

// all reads every record as text, with a | after each cell and a line for each
// record.
func all(in io.Reader, comma byte) (records []string, err error) {
	c := NewCells(in, comma)
	for {
		cells, err := c.Next()
		if err != nil {
			return records, err
		}
		var b strings.Builder
		for _, cell := range cells {
			b.Write(cell)
			b.WriteByte('|')
		}
		records = append(records, b.String())
	}
}

func TestCells(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		want       []string
	}{
		{"empty", "", nil},
		{"plain", "a,b\n1,2\n", []string{"a|b|", "1|2|"}},
		{"no last line end, blank cells", ",\n1,2,", []string{"||", "1|2||"}},
		{"line ends", "a\r\nb\n\n\r\nc\r", []string{"a|", "b|", "c|"}},
		{"a carriage return amid a line", "a\rb,c\n", []string{"a\rb|c|"}},
		{"quoted", "\"a,b\",\"c\"\"d\"\ne,\"f\"\n", []string{`a,b|c"d|`, "e|f|"}},
		{"quoted line ends", "\"a\r\nb\n\",c\n", []string{"a\nb\n|c|"}},
		{"marks amid text", "a\"b,\"c\"d\",\"\"\n", []string{`a"b|c"d||`}},
		{"a mark that is lost", "a\n\"b\nc", []string{"a|", "b\nc|"}},
		{"a mark that is lost, and a line end", "\"b\n", []string{"b\n|"}},
		{"a mark at the end", "a,\"", []string{"a||"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(tt.file), iotest.OneByteReader(strings.NewReader(tt.file)), iotest.DataErrReader(strings.NewReader(tt.file))} {
				if got, err := all(in, ','); err != io.EOF || !slices.Equal(got, tt.want) {
					t.Errorf("got  %q, %v\nwant %q", got, err, tt.want)
				}
			}
		})
	}
	if got, _ := all(strings.NewReader("a;b,c;\"d;\"\n"), ';'); !slices.Equal(got, []string{"a|b,c|d;|"}) {
		t.Errorf("divided by a semicolon: %q", got)
	}
	broken := errors.New("broken")
	got, err := all(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), ',')
	if err != broken || !slices.Equal(got, []string{"a|"}) {
		t.Errorf("an input that breaks: %q, %v", got, err)
	}
	if _, err := all(mute{}, ','); err != io.ErrNoProgress {
		t.Errorf("an input that says nothing: %v", err)
	}
}

type mute struct{}

func (mute) Read([]byte) (int, error) { return 0, nil }

func TestCellsBound(t *testing.T) {
	const size = 4 << 30
	long := strings.Repeat("x", 1<<20)
	for _, tt := range []struct {
		name    string
		in      io.Reader
		records int
		want    error
	}{
		{"many records", io.LimitReader(&endless{text: "a,b\n"}, 4*MaxRecord), MaxRecord, io.EOF},
		{"long records", strings.NewReader(strings.Repeat(`"`+long+"\n"+long+`",`+long+"\n", 5)), 5, io.EOF},
		{"long lines", strings.NewReader(strings.Repeat(long+","+long+","+long+"\n", 5)), 5, io.EOF},
		{"a quote that is lost", io.MultiReader(strings.NewReader("a\n\""), io.LimitReader(&endless{text: "x,y\n"}, size)), 1, ErrLong},
		{"a line without an end", io.MultiReader(strings.NewReader("a\n"), io.LimitReader(&endless{text: "x,y "}, size)), 1, ErrLong},
	} {
		t.Run(tt.name, func(t *testing.T) {
			frugal.Check(t, 5*MaxRecord, 20, func() {
				c := NewCells(tt.in, ',')
				records, err := 0, error(nil)
				for ; err == nil; records++ {
					_, err = c.Next()
				}
				if records--; records != tt.records || !errors.Is(err, tt.want) {
					t.Errorf("%d records, error %v; want %d, %v", records, err, tt.records, tt.want)
				}
			})
		})
	}
}

// Reading takes no memory for each record.
func TestCellsAllocs(t *testing.T) {
	c := NewCells(&endless{text: "a,b,,c\n1,\"2\",3,\"4\n5\"\n"}, ',')
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := c.Next(); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a record allocates %v times", n)
	}
}

// FuzzCells: any text is read as package csv reads it.
func FuzzCells(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\"a\"\"b\",c\r\n\r\nd\r", "\"a\nb", "a\"b,\"c\"d\",\"\"x\n", "\",\"\n,\"\"\"", "\r\r\n\"\r\n\"\r"} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, file string, semicolon bool) {
		comma := byte(',')
		if semicolon {
			comma = ';'
		}
		plain := csv.NewReader(strings.NewReader(file))
		plain.Comma, plain.FieldsPerRecord, plain.LazyQuotes = rune(comma), -1, true
		var want [][]string
		for {
			record, err := plain.Read()
			if err != nil {
				break
			}
			want = append(want, record)
		}
		c := NewCells(iotest.HalfReader(strings.NewReader(file)), comma)
		for i := 0; ; i++ {
			cells, err := c.Next()
			if err != nil {
				if err != io.EOF || i != len(want) {
					t.Fatalf("record %d of %d: %v", i, len(want), err)
				}
				return
			}
			if i >= len(want) || !slices.EqualFunc(cells, want[i], func(a []byte, b string) bool { return string(a) == b }) {
				t.Fatalf("record %d: %q, package csv has %q", i, cells, want[min(i, len(want)):])
			}
		}
	})
}
