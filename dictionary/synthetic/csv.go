package synthetic

import (
	"io"

	"mhsds/dictionary"
)

// A CSV writes tables as files of comma-separated values: UTF-8, LF, quotes
// only where they are needed. It implements Writer.
type CSV struct{ files }

// Folder returns a writer of one CSV file a table in the folder dir, which must
// exist. Files of the same names are replaced.
func Folder(dir string) *CSV { return &CSV{inFolder(dir)} }

// Zip returns a writer of an archive with one CSV file a table. Close ends it.
func Zip(w io.Writer) *CSV { return &CSV{inZip(w)} }

// Begin implements Writer.
func (c *CSV) Begin(t *dictionary.Table) error {
	if err := c.begin(t.Name + ".csv"); err != nil {
		return err
	}
	names := make([][]byte, len(t.Fields))
	for i := range t.Fields {
		names[i] = []byte(t.Fields[i].Name)
	}
	return c.Row(names)
}

// Row implements Writer.
func (c *CSV) Row(values [][]byte) error {
	for i, v := range values {
		if i > 0 {
			c.w.WriteByte(',')
		}
		if plain(v) {
			c.w.Write(v)
		} else {
			c.quoted(v)
		}
	}
	return c.w.WriteByte('\n') // bufio keeps the first error; it comes back here
}

// plain reports whether a value needs no quotes.
func plain(v []byte) bool {
	for _, b := range v {
		if b < '-' && (b == ',' || b == '"' || b == '\n' || b == '\r') {
			return false
		}
	}
	return true
}

func (c *CSV) quoted(v []byte) {
	c.w.WriteByte('"')
	for _, b := range v {
		if b == '"' {
			c.w.WriteByte('"')
		}
		c.w.WriteByte(b)
	}
	c.w.WriteByte('"')
}
