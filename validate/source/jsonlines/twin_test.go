package jsonlines

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary/frugal"
	"mhsds/validate/source/encoded"
	"mhsds/validate/source/filling"
	"mhsds/validate/source/internal/sourcetest"
)

// twin reads one line by encoding/json, slowly. ok is false for lines on which
// the two may differ: what is in a list or an object is not looked at.
func twin(line []byte, names []string) (r sourcetest.Row, record, ok bool) {
	r.Values = make([]string, len(names))
	if !utf8.Valid(line) {
		line = encoded.AppendWindows1252(nil, line)
	}
	line = bytes.Trim(line, " \t\r\n")
	if len(line) == 0 {
		return r, false, true
	}
	if !json.Valid(line) || line[0] != '{' {
		r.Skip, r.Faults = true, []sourcetest.Fault{{Column: -1, Check: filling.UnreadableValue}}
		return r, true, !bytes.ContainsAny(line[1:], "[{")
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	d.Token()
	seen := map[int]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			panic(err)
		}
		column := -1
		for i, name := range names {
			if strings.EqualFold(name, strings.Trim(token.(string), " ")) {
				column = i
			}
		}
		value, check := "", ""
		token, err = d.Token()
		if err != nil {
			panic(err)
		}
		switch v := token.(type) {
		case string:
			value = strings.Trim(strings.ReplaceAll(v, "\r\n", "\n"), " ")
			if strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && !strings.ContainsRune("\t\n\r", c) || c == 0x7f }) {
				check = filling.ControlCharacter
			}
		case json.Number:
			if value = v.String(); strings.ContainsAny(value, "eE") {
				value, check = "", filling.UnreadableValue
			}
		case bool:
			check = filling.UnreadableValue
		case json.Delim:
			check = filling.UnreadableValue
			for depth := 1; depth > 0; {
				token, err = d.Token()
				if err != nil {
					panic(err)
				}
				switch token {
				case json.Delim('['), json.Delim('{'):
					depth++
				case json.Delim(']'), json.Delim('}'):
					depth--
				}
			}
		}
		if column < 0 {
			continue
		}
		if seen[column] {
			value, check = "", filling.UnreadableValue
			for i, f := range r.Faults {
				if f.Column == column {
					r.Faults = append(r.Faults[:i:i], r.Faults[i+1:]...)
					break
				}
			}
		}
		seen[column] = true
		r.Values[column] = value
		if check != "" {
			r.Faults = append(r.Faults, sourcetest.Fault{Column: column, Check: check})
		}
	}
	return r, true, true
}

// compare holds a file of lines against the twin and returns how many records
// they agreed on.
func compare(t *testing.T, file []byte, h reading) (records int) {
	t.Helper()
	r, err := h.open(file)
	if err != nil {
		return 0
	}
	got, err := h.read(t, r)
	if err != nil {
		t.Fatal(err)
	}
	n, line := 0, int64(0)
	for text := range bytes.Lines(file) {
		line++
		want, record, same := twin(text, []string{"a", "b"})
		if !record {
			continue
		}
		if n == len(got.Rows) {
			t.Fatalf("%q: %d rows, want more", file, n)
		}
		want.Line = line
		if same {
			if diff := cmp.Diff(want, got.Rows[n]); diff != "" {
				t.Fatalf("%q: row %d (-encoding/json +got):\n%s", file, n, diff)
			}
			records++
		}
		n++
	}
	if n != len(got.Rows) {
		t.Fatalf("%q: %d rows, want %d", file, len(got.Rows), n)
	}
	return records
}

// random returns a line that is mostly an object.
func random(rng *rand.Rand) string {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	var b strings.Builder
	b.WriteString(pick("{", "{", "{", " {", "{ ", "", "\t{"))
	for i := range rng.IntN(4) {
		if i > 0 {
			b.WriteString(pick(",", ",", ",", " , ", "", ",,"))
		}
		b.WriteString(pick(`"a"`, `"b"`, `"A"`, `"c"`, `"\u0061"`, `" b"`, `""`, `a`, `"é"`))
		b.WriteString(pick(":", ":", ":", " : ", ""))
		switch rng.IntN(12) {
		case 0:
			b.WriteString(pick("null", "true", "false", "nul", "tru", "[]", "{}", `[1,"]"]`, `{"a":{"b":[]}}`, "[", ""))
		case 1, 2:
			fmt.Fprintf(&b, "%d%s", rng.IntN(200)-100, pick("", "", ".5", ".", "e3", "E+", ".0e-1", "0"))
		default:
			b.WriteString(pick(`"`, `"`, `"`, `" `, ""))
			for range rng.IntN(6) {
				b.WriteString(pick("x", "yz", " ", `\n`, `\r`, `\t`, `\"`, `\\`, `\/`, `\u00e9`, `\u0000`, `\ud83d`, `\ude00`, `\x`, `\u12`, "é", "\xe9", "\x7f", "\x01", "12345678"))
			}
			b.WriteString(pick(`"`, `"`, `"`, ` "`, ""))
		}
	}
	b.WriteString(pick("}", "}", "}", "}", "} ", "", "}}", "} x"))
	return b.String() + pick("\n", "\n", "\r\n", "\n\n")
}

func TestTwin(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	records := 0
	for range 5_000 {
		var file strings.Builder
		file.WriteString("{}\n")
		for range 1 + rng.IntN(8) {
			file.WriteString(random(rng))
		}
		records += compare(t, []byte(file.String()), reading{block: 1 + rng.IntN(100), max: 1 + rng.IntN(5)})
	}
	if records < 15_000 {
		t.Errorf("only %d records compared", records)
	}
}

// FuzzLines reads any bytes: as encoding/json does where the two agree on what
// is read, and the same for every block size.
func FuzzLines(f *testing.F) {
	rng := rand.New(rand.NewPCG(13, 14))
	for range 20 {
		f.Add([]byte(random(rng)+random(rng)), uint8(rng.IntN(60)))
	}
	f.Add([]byte("\xff\xfe{\x00}\x00"), uint8(1))
	f.Add([]byte("\xef\xbb\xbf{\"a\":1}"), uint8(1))
	f.Add([]byte("{\"a\":[[[[{\"b\":\"]\\\"\"}]]]]}\n[1]"), uint8(3))
	f.Add([]byte(`{"a":"`+strings.Repeat(`\ud83d\ude00\u0000`, 20)+"\"}\n{\"A\":1,\"a\":2}\n{\"\\u0061\":-0.0e+1}\n{\"b\":tru}\n"), uint8(9))
	f.Add([]byte(strings.Repeat(`{"a":`, 50)+"\n"+strings.Repeat(`[`, 50)+strings.Repeat(`]`, 50)+"\n{\"a\":\"\xe9\"}"), uint8(2))
	f.Fuzz(func(t *testing.T, file []byte, block uint8) {
		frugal.Check(t, len(file), 300, func() {
			if r, err := (reading{}).open(file); err == nil {
				r.BindNames([]string{"a", "b"})
				sourcetest.Drain(r)
			}
		})
		one, err := reading{}.open(file)
		if err != nil {
			if msg := err.Error(); strings.ContainsAny(msg, "\n\x00\x1b") {
				t.Errorf("error %q is not one line", msg)
			}
			return
		}
		a, errA := reading{}.read(t, one)
		other, err := reading{block: int(block) + 1}.open(file)
		if err != nil {
			t.Fatal(err)
		}
		b, errB := reading{max: 3}.read(t, other)
		if (errA == nil) != (errB == nil) || errA == io.EOF {
			t.Fatalf("errors %v and %v", errA, errB)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatalf("rows differ by block size:\n%s", diff)
		}
		if diff := cmp.Diff(one.Columns(), other.Columns()); diff != "" {
			t.Fatalf("columns differ by block size:\n%s", diff)
		}
		if !bytes.HasPrefix(file, []byte("\xff\xfe")) && !bytes.HasPrefix(file, []byte("\xfe\xff")) && !bytes.HasPrefix(file, []byte("\xef\xbb\xbf")) {
			compare(t, file, reading{})
		}
	})
}
