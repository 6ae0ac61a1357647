package archive

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary/frugal"
	"mhsds/validate/batch"
	"mhsds/validate/source"
	"mhsds/validate/source/zipped"
)

// An item is a file of a folder or an entry of a zip; a name that ends with a
// slash is a folder.
type item struct {
	name, text string
	header     func(*zip.FileHeader) // if not nil, changes the entry's header
}

// makeZip returns a zip of the items. A header that asks for another method or
// flag gets it in the headers alone: the data are deflated all the same.
func makeZip(t testing.TB, items ...item) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, it := range items {
		h := &zip.FileHeader{Name: it.name, Method: zip.Deflate}
		if it.header == nil {
			f, err := w.CreateHeader(h)
			if err == nil && !strings.HasSuffix(it.name, "/") {
				_, err = io.WriteString(f, it.text)
			}
			if err != nil {
				t.Fatal(err)
			}
			continue
		}
		h.Method = zip.Store
		h.CRC32 = crc32.ChecksumIEEE([]byte(it.text))
		h.UncompressedSize64, h.CompressedSize64 = uint64(len(it.text)), uint64(len(it.text))
		it.header(h)
		f, err := w.CreateRaw(h)
		if err == nil {
			_, err = io.WriteString(f, it.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// makeFolder returns a new folder of the items.
func makeFolder(t testing.TB, items ...item) string {
	t.Helper()
	dir := t.TempDir()
	for _, it := range items {
		name := filepath.Join(dir, it.name)
		var err error
		if strings.HasSuffix(it.name, "/") {
			err = os.MkdirAll(name, 0o777)
		} else {
			err = os.WriteFile(name, []byte(it.text), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func openZipBytes(data []byte) (*Container, error) {
	return NewZip(bytes.NewReader(data), int64(len(data)), "s.zip", Options{})
}

// read reads all rows of a table and returns them, values between bars.
func read(c source.Container, i int) (string, error) {
	r, err := c.Open(i)
	if err != nil {
		return "", err
	}
	defer r.Close()
	all := make([]int, len(r.Columns()))
	for i := range all {
		all[i] = i
	}
	r.Bind(all)
	if k, ok := r.(source.Keyed); ok {
		k.BindNames([]string{"x", "y"})
	}
	var (
		out strings.Builder
		blk source.Block
		b   batch.Batch
		d   = r.Decoder()
	)
	for {
		if err := r.Next(&blk); err == io.EOF {
			return out.String(), nil
		} else if err != nil {
			return out.String(), err
		}
		for more := true; more; {
			if more, err = d.Decode(&blk, &b, 1000); err != nil {
				return out.String(), err
			}
			for row := range b.Rows {
				for col := range b.Columns {
					fmt.Fprintf(&out, "|%s", b.Value(col, row))
				}
				out.WriteString("|\n")
			}
		}
	}
}

// show writes a container: a table a line with its rows, then the notices.
func show(t *testing.T, c *Container) string {
	t.Helper()
	var b strings.Builder
	for i, table := range c.Tables() {
		rows, err := read(c, i)
		if err != nil {
			t.Errorf("%s: %v", table.File, err)
		}
		fmt.Fprintf(&b, "%s in %s, %d bytes: %s\n", table.Name, table.File, table.Size, strings.ReplaceAll(rows, "\n", " "))
	}
	for _, n := range c.Notices() {
		fmt.Fprintf(&b, "%s: %s\n", n.File, n.Text)
	}
	return b.String()
}

// A folder and a zip of the same files are the same tables.
func TestTables(t *testing.T) {
	tests := []struct {
		name  string
		items []item
		want  string
	}{
		{"nothing", nil, ""},
		{"by name, any case", []item{{name: "b.csv", text: "x\n1\n"}, {name: "C.TXT", text: "y\n"}, {name: "A.Csv", text: "x,y\n1,2\n3,4\n"}},
			"A in A.Csv, 12 bytes: |1|2| |3|4| \nb in b.csv, 4 bytes: |1| \nC in C.TXT, 2 bytes: \n"},
		{"ignored in silence", []item{{name: "_b.csv", text: "x"}, {name: ".c.csv"}, {name: ".DS_Store"}, {name: "a.csv", text: "x\n1"}},
			"a in a.csv, 3 bytes: |1| \n"},
		{"not read", []item{{name: "a.csv", text: "x\n"}, {name: "letter.docx"}, {name: "plain"}},
			"a in a.csv, 2 bytes: \n" +
				"letter.docx: the file is not read: the name of a table's file ends in .csv, .txt or .jsonl\n" +
				"plain: the file is not read: the name of a table's file ends in .csv, .txt or .jsonl\n"},
		{"JSON lines", []item{{name: "a.jsonl", text: "{\"y\":2}\n"}, {name: "b.NDJSON", text: "{\"x\":1}\n{}\n"}, {name: "c.csv", text: "x\n1\n"}, {name: "d.json", text: "[]"}},
			"a in a.jsonl, 8 bytes: ||2| \nb in b.NDJSON, 11 bytes: |1|| ||| \nc in c.csv, 4 bytes: |1| \n" +
				"d.json: the file is not read: the name of a table's file ends in .csv, .txt or .jsonl\n"},
		{"a name with more dots", []item{{name: "a.2026.csv", text: "x\n1"}}, "a.2026 in a.2026.csv, 3 bytes: |1| \n"},
		{"a file without a byte", []item{{name: "a.csv"}}, "a in a.csv, 0 bytes: \n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			folder, err := OpenFolder(makeFolder(t, tt.items...), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer folder.Close()
			file := filepath.Join(t.TempDir(), "s.zip")
			if err := os.WriteFile(file, makeZip(t, tt.items...), 0o666); err != nil {
				t.Fatal(err)
			}
			zipped, err := OpenZip(file, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, show(t, folder)); diff != "" {
				t.Errorf("folder (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, show(t, zipped)); diff != "" {
				t.Errorf("zip (-want +got):\n%s", diff)
			}
			if err := zipped.Close(); err != nil {
				t.Error(err)
			}
			if len(tt.want) > 0 && strings.Contains(tt.want, "|") {
				if _, err := read(zipped, 0); err == nil {
					t.Error("a table is read after Close")
				}
			}
		})
	}
}

func TestOpenAgain(t *testing.T) {
	c, err := openZipBytes(makeZip(t, item{name: "a.csv", text: "x\n1\n2\n"}))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if rows, err := read(c, 0); rows != "|1|\n|2|\n" || err != nil {
			t.Errorf("rows %q, error %v", rows, err)
		}
	}
}

func TestOptions(t *testing.T) {
	var opt Options
	opt.Delimited.Delimiter = ';'
	c, err := OpenFolder(makeFolder(t, item{name: "a.csv", text: "x;y\n1;2\n"}), opt)
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := read(c, 0); rows != "|1|2|\n" || err != nil {
		t.Errorf("rows %q, error %v", rows, err)
	}
}

func TestFolder(t *testing.T) {
	dir := makeFolder(t, item{name: "a.csv", text: "x\n1\n"}, item{name: "other/"}, item{name: "_old/"}, item{name: "d.csv/"})
	link := func(to, name string) {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	link("a.csv", "b.csv")
	link("other", "linked.csv")
	c, err := OpenFolder(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := "a in a.csv, 4 bytes: |1| \nb in b.csv, 4 bytes: |1| \n" +
		"d.csv: the folder is not read: the files of all tables must lie together\n" +
		"linked.csv: the folder is not read: the files of all tables must lie together\n" +
		"other: the folder is not read: the files of all tables must lie together\n"
	if diff := cmp.Diff(want, show(t, c)); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}

	link("nowhere", "broken.csv")
	_, err = OpenFolder(dir, Options{})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "broken.csv cannot be read: ") {
		t.Errorf("a link that leads nowhere: error %v", err)
	}
}

// A container knows which of its files are others by now, and none that is as it
// was.
func TestChanged(t *testing.T) {
	items := []item{{name: "a.csv", text: "x\n1\n"}, {name: "b.csv", text: "x\n1\n"}, {name: "c.csv", text: "x\n1\n"}, {name: "d.csv", text: "x\n1\n"}}
	dir := makeFolder(t, items...)
	folder, err := OpenFolder(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "s.zip")
	if err := os.WriteFile(name, makeZip(t, items...), 0o666); err != nil {
		t.Fatal(err)
	}
	zipped, err := OpenZip(name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer zipped.Close()
	for _, c := range []*Container{folder, zipped} {
		for i := range items {
			if _, err := read(c, i); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.Changed(); got != nil {
			t.Errorf("changed by being read: %v", got)
		}
	}
	later := time.Now().Add(time.Hour)
	err = errors.Join(
		os.WriteFile(filepath.Join(dir, "b.csv"), []byte("x\n1\n2\n"), 0o666),
		os.Chtimes(filepath.Join(dir, "c.csv"), later, later),
		os.Remove(filepath.Join(dir, "d.csv")),
		os.Chtimes(name, later, later))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(folder.Changed(), zipped.Changed()), "[b.csv c.csv d.csv] [s.zip]"; got != want {
		t.Errorf("changed: %s, want %s", got, want)
	}
	memory, err := openZipBytes(makeZip(t, items...))
	if err != nil {
		t.Fatal(err)
	}
	if got := memory.Changed(); got != nil {
		t.Errorf("a zip that is no file has changed: %v", got)
	}
}

func TestFolderErrors(t *testing.T) {
	dir := makeFolder(t, item{name: "a.csv", text: "x\n"}, item{name: "A.txt", text: "x\n"})
	tests := []struct {
		name, path string
		is         error // what the error wraps, nil for nothing
		want       string
	}{
		{"no such folder", filepath.Join(dir, "none"), fs.ErrNotExist, "folder " + filepath.Join(dir, "none") + " cannot be read: "},
		{"a file", filepath.Join(dir, "a.csv"), nil, "cannot be read: "},
		{"two files, one table", dir, nil, dir + ": a.csv and A.txt are both the table A; which one counts cannot be told, so keep one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := OpenFolder(tt.path, Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %v, want one with %q that is %v", err, tt.want, tt.is)
			}
		})
	}

	c, err := OpenFolder(makeFolder(t, item{name: "a.csv", text: "x\n"}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(c.name, "a.csv")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that went away: error %v", err)
	}
}

func TestZipFolders(t *testing.T) {
	tests := []struct {
		name  string
		items []item
		want  string
	}{
		{"one top folder", []item{{name: "sept/"}, {name: "sept/a.csv", text: "x\n1"}, {name: "sept/b.csv", text: "x\n2"}},
			"a in a.csv, 3 bytes: |1| \nb in b.csv, 3 bytes: |2| \n"},
		{"of macOS", []item{{name: "sept/a.csv", text: "x\n1"}, {name: "__MACOSX/sept/._a.csv", text: "?"}, {name: "__MACOSX/b.csv", text: "?"}, {name: "sept/.git/c.csv", text: "?"}},
			"a in a.csv, 3 bytes: |1| \n"},
		{"something else elsewhere", []item{{name: "a.csv", text: "x\n1"}, {name: "doc/read.me"}},
			"a in a.csv, 3 bytes: |1| \nread.me: the file is not read: the name of a table's file ends in .csv, .txt or .jsonl\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := openZipBytes(makeZip(t, tt.items...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, show(t, c)); diff != "" {
				t.Errorf("tables (-want +got):\n%s", diff)
			}
		})
	}
}

func TestZipErrors(t *testing.T) {
	good := item{name: "a.csv", text: "x\n1\n"}
	method := func(m uint16) func(*zip.FileHeader) { return func(h *zip.FileHeader) { h.Method = m } }
	tests := []struct {
		name  string
		items []item
		want  string
	}{
		{"out of the folder", []item{good, {name: "../b.csv"}}, `s.zip: the name of the entry "../b.csv" leads out of its folder by ".."; make the zip again`},
		{"out of the folder, within", []item{{name: "x/../../b.csv"}}, `leads out of its folder`},
		{"from the root", []item{{name: "/etc/b.csv"}}, `the entry "/etc/b.csv" begins at the root`},
		{"backslash", []item{{name: `x\b.csv`}}, `the entry "x\\b.csv" has a backslash`},
		{"drive", []item{{name: "c:b.csv"}}, `the entry "c:b.csv" begins with a drive`},
		{"a path trick in what is ignored", []item{{name: "../_b"}}, "leads out of its folder"},
		{"two folders", []item{good, {name: "x/b.csv"}}, `s.zip: tables lie in more than one folder, "the top" and "x"`},
		{"a folder in a folder", []item{{name: "x/a.csv"}, {name: "x/y/b.csv"}}, `more than one folder, "x" and "x/y"`},
		{"the same entry twice", []item{good, {name: "b.csv"}, good}, "s.zip: there are two entries a.csv; which one counts cannot be told"},
		{"one table in two formats", []item{good, {name: "a.jsonl"}}, "s.zip: a.csv and a.jsonl are both the table a;"},
		{"one table twice", []item{good, {name: "A.TXT"}}, "s.zip: a.csv and A.TXT are both the table A;"},
		{"control character", []item{{name: "a\x1b[2J.csv"}}, `s.zip: the file name "a\x1b[2J.csv" holds a control character`},
		{"encrypted", []item{good, {name: "b.csv", text: "x", header: func(h *zip.FileHeader) { h.Flags |= 1 }}},
			`s.zip: the entry "b.csv" is encrypted; make the zip again without a password`},
		{"Deflate64", []item{{name: "b.csv", header: method(9)}}, `the entry "b.csv" is compressed by Deflate64 (as Windows does for files over 2 GB), which cannot be read`},
		{"another method", []item{{name: "b.csv", header: method(97)}}, "is compressed by method 97"},
		{"a link", []item{{name: "b.csv", text: "/etc/passwd", header: func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }}}, `the entry "b.csv" is no file but a link`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := openZipBytes(makeZip(t, tt.items...))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
			if (tt.name == "encrypted") != errors.Is(err, source.ErrEncrypted) {
				t.Errorf("error %v is encrypted: %v", err, errors.Is(err, source.ErrEncrypted))
			}
		})
	}
}

func TestNoZip(t *testing.T) {
	good := makeZip(t, item{name: "a.csv", text: strings.Repeat("x\n", 1000)})
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("a,b\n1,2\n"), "cut short": good[:len(good)-30], "cut in half": good[:len(good)/2]} {
		if _, err := openZipBytes(data); err == nil || !strings.Contains(err.Error(), "s.zip is not a zip, or was cut short; copy or make it again: ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := OpenZip(filepath.Join(t.TempDir(), "s.zip"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: error %v", err)
	}
	if _, err := OpenZip(t.TempDir(), Options{}); err == nil || !strings.Contains(err.Error(), "cannot be read: it is not a file") {
		t.Errorf("a folder: error %v", err)
	}
}

// What was unpacked before the damage stands.
func TestDamagedEntry(t *testing.T) {
	var text strings.Builder
	text.WriteString("x,y\n")
	for i := range 50_000 {
		fmt.Fprintf(&text, "%d,%d\n", i, i*7919%50_000)
	}
	good := makeZip(t, item{name: "a.csv", text: text.String()}, item{name: "b.csv", text: "x\n1\n"})
	z, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	offset, err := z.File[0].DataOffset()
	if err != nil {
		t.Fatal(err)
	}
	half := offset + int64(z.File[0].CompressedSize64)/2
	tests := []struct {
		name   string
		damage func(data []byte)
		rows   int // at least
		want   string
	}{
		{"zeros in the middle", func(data []byte) { clear(data[half : half+1000]) }, 1000, "a.csv: the entry in s.zip is damaged after "},
		{"another byte in the middle", func(data []byte) { data[half]++ }, 1000, "a.csv: the entry in s.zip is damaged after "},
		{"another checksum", func(data []byte) {
			at := bytes.Index(data, []byte("PK\x01\x02")) + 16
			binary.LittleEndian.PutUint32(data[at:], binary.LittleEndian.Uint32(data[at:])+1)
		}, 50_000, "checksum error"},
		{"another length", func(data []byte) {
			at := bytes.Index(data, []byte("PK\x01\x02")) + 24
			binary.LittleEndian.PutUint32(data[at:], 100_000)
		}, 1000, "is damaged after "},
		{"no entry where it should be", func(data []byte) { clear(data[:offset]) }, 0, `s.zip: the entry "a.csv" is damaged: `},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := bytes.Clone(good)
			tt.damage(data)
			c, err := openZipBytes(data)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := read(c, 0)
			if !errors.Is(err, source.ErrDamaged) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
			if n := strings.Count(rows, "\n"); n < tt.rows {
				t.Errorf("%d rows before the damage, want %d or more", n, tt.rows)
			}
			if rows, err := read(c, 1); rows != "|1|\n" || err != nil {
				t.Errorf("the other table: rows %q, error %v", rows, err)
			}
		})
	}
}

func TestBomb(t *testing.T) {
	text := "x\n" + strings.Repeat("1\n", (zipped.Free+zipped.Free/4)/2)
	c, err := openZipBytes(makeZip(t, item{name: "a.csv", text: text}, item{name: "b.csv", text: text[:zipped.Free/2]}))
	if err != nil {
		t.Fatal(err)
	}
	count := func(i int) (rows int, err error) {
		r, err := c.Open(i)
		if err != nil {
			return 0, err
		}
		defer r.Close()
		r.Bind(nil)
		var blk source.Block
		var b batch.Batch
		d := r.Decoder()
		for {
			if err := r.Next(&blk); err != nil {
				return rows, err
			}
			for more := true; more; {
				if more, err = d.Decode(&blk, &b, 1<<20); err != nil {
					return rows, err
				}
				rows += b.Rows
			}
		}
	}
	rows, err := count(0)
	if want := "a.csv: the entry in s.zip unpacks to more than 400 times its size"; err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, source.ErrDamaged) {
		t.Errorf("error %v after %d rows, want one with %q", err, rows, want)
	}
	if rows < zipped.Free/4 {
		t.Errorf("%d rows, want at least %d", rows, zipped.Free/4)
	}
	if rows, err := count(1); err != io.EOF || rows != zipped.Free/4-1 {
		t.Errorf("below the limit: %d rows, error %v", rows, err)
	}
}

// A size is a promise to who makes room by it.
func TestFalseSize(t *testing.T) {
	data := makeZip(t, item{name: "a.csv", text: "x\n1\n", header: func(h *zip.FileHeader) {
		h.Method, h.UncompressedSize64 = zip.Deflate, 1<<60
	}})
	c, err := openZipBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	if size := c.Tables()[0].Size; size > 10_000 {
		t.Errorf("size %d of a zip of %d bytes", size, len(data))
	}
}

// FuzzZip opens any bytes as a zip and reads all its tables: no panic, and
// every error is a sentence of one line.
func FuzzZip(f *testing.F) {
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Add(makeZip(f, item{name: "a.csv", text: "x,y\n1,\"2\"\n"}, item{name: "top/b.txt", text: "z\n"}))
	f.Add(makeZip(f, item{name: "sept/a.csv", text: "x\n" + strings.Repeat("12\n", 100)}, item{name: "sept/b.csv", text: "x\n"}, item{name: "__MACOSX/x"}))
	f.Add(makeZip(f, item{name: "a.jsonl", text: "{\"x\":1}\n[]\n"}))
	f.Add(makeZip(f, item{name: "../a.csv"}, item{name: "b.csv", header: func(h *zip.FileHeader) { h.UncompressedSize64 = 1 << 60 }}))
	f.Add(makeZip(f, item{name: "a.csv", text: "x\n" + strings.Repeat("\n", 100_000)}))
	f.Add(append([]byte("MZ something before it"), makeZip(f, item{name: "a.csv", text: "x\n"}, item{name: "a.txt", text: "x\n"})...))
	f.Add(makeZip(f, item{name: "a.csv", text: "x\n1", header: func(*zip.FileHeader) {}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		check := func(err error) {
			if msg := err.Error(); msg == "" || strings.ContainsAny(msg, "\n\x00\x1b") {
				t.Errorf("error %q is not one line", msg)
			}
		}
		// A zip of so many bytes may stand for a thousand times as many.
		frugal.Check(t, len(data), 20_000, func() {
			if c, err := openZipBytes(data); err == nil {
				for i := range c.Tables() {
					read(c, i)
				}
			}
		})
		c, err := openZipBytes(data)
		if err != nil {
			check(err)
			return
		}
		for i, table := range c.Tables() {
			if table.Size < 0 || table.Size > 1032*int64(len(data)+1) {
				t.Errorf("%q: size %d in a zip of %d bytes", table.File, table.Size, len(data))
			}
			if _, err := read(c, i); err != nil {
				check(err)
			}
		}
	})
}
