package access

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// fixtures are the databases of testdata.
var fixtures = []string{
	"idb-empty-v6.accdb",
	"idb-small-faulty-reject.accdb",
	"idb-small-faulty.accdb",
	"idb-small-valid-nhsdouble.accdb",
	"idb-small-valid-nhsnumeric-v2016.accdb",
	"idb-small-valid-v2003.mdb",
	"idb-small-valid.accdb",
}

// fixture returns the bytes of a database of testdata.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	return unzip(t, filepath.Join("testdata", name+".gz"))
}

func unzip(t testing.TB, path string) []byte {
	t.Helper()
	packed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// shared returns the folder of the large databases, which lies beside the
// module; the test is skipped where there is none.
func shared(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
	}
	dir = filepath.Join(dir, "..", "shared", "access")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no ../shared/access beside the module")
	}
	return dir
}

// open opens a database that is in memory.
func open(t testing.TB, data []byte) *Database {
	t.Helper()
	db, err := New(bytes.NewReader(data), int64(len(data)), "test.accdb")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// tableNamed returns the index of a table.
func tableNamed(t testing.TB, db *Database, name string) int {
	t.Helper()
	for i, table := range db.Tables() {
		if table.Name == name {
			return i
		}
	}
	t.Fatalf("no table %q", name)
	return -1
}

// A truthFile opens a file of a database's truth by name.
type truthFile func(name string) ([]byte, error)

// packedTruth returns the truth of a database of testdata.
func packedTruth(t testing.TB, name string) truthFile {
	t.Helper()
	files := make(map[string][]byte)
	r := tar.NewReader(bytes.NewReader(unzip(t, filepath.Join("testdata", name+".truth.tar.gz"))))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[strings.TrimPrefix(h.Name, "./")], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return func(name string) ([]byte, error) {
		if b, ok := files[name]; ok {
			return b, nil
		}
		return nil, os.ErrNotExist
	}
}

// A cell is a cell of a truth file.
type cell struct {
	text   string // without quotes
	quoted bool
}

func (c cell) null() bool { return c.text == "" && !c.quoted }

// parseTruth splits a CSV of the canonical form: LF ends a line, quotes are
// doubled, everything inside quotes stands for itself.
func parseTruth(t testing.TB, data []byte) [][]cell {
	t.Helper()
	var rows [][]cell
	row := []cell{}
	for i := 0; i < len(data); {
		var c cell
		if data[i] == '"' {
			c.quoted = true
			var text []byte
			for i++; ; i++ {
				if i == len(data) {
					t.Fatal("truth ends inside quotes")
				}
				if data[i] == '"' {
					if i++; i == len(data) || data[i] != '"' {
						break
					}
				}
				text = append(text, data[i])
			}
			c.text = string(text)
		} else {
			from := i
			for i < len(data) && data[i] != ',' && data[i] != '\n' {
				i++
			}
			c.text = string(data[from:i])
		}
		row = append(row, c)
		if i < len(data) && data[i] == ',' {
			i++
			continue
		}
		i++ // LF
		rows = append(rows, row)
		row = []cell{}
	}
	return rows
}

// sameNumber reports whether both texts are the same Single or Double.
func sameNumber(a, b string, t Type) bool {
	size := 64
	if t == Single {
		size = 32
	}
	x, err1 := strconv.ParseFloat(a, size)
	y, err2 := strconv.ParseFloat(b, size)
	return err1 == nil && err2 == nil && x == y && (x != 0 || strings.HasPrefix(a, "-") == strings.HasPrefix(b, "-"))
}
