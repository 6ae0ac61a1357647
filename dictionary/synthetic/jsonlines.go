package synthetic

import (
	"encoding/json"
	"io"

	"mhsds/dictionary"
)

// A JSONLines writes tables as files of JSON lines: an object a row, with every
// field of the table in its order, strings and nulls alone. It implements
// Writer.
type JSONLines struct {
	files
	names [][]byte // by field: `{"Name":` for the first, `,"Name":` after it
}

// JSONFolder returns a writer of one file of JSON lines a table in the folder
// dir, which must exist. Files of the same names are replaced.
func JSONFolder(dir string) *JSONLines { return &JSONLines{files: inFolder(dir)} }

// JSONZip returns a writer of an archive with one file of JSON lines a table.
// Close ends it.
func JSONZip(w io.Writer) *JSONLines { return &JSONLines{files: inZip(w)} }

// Begin implements Writer.
func (j *JSONLines) Begin(t *dictionary.Table) error {
	j.names = j.names[:0]
	for i := range t.Fields {
		begin := byte(',')
		if i == 0 {
			begin = '{'
		}
		name, err := json.Marshal(t.Fields[i].Name)
		if err != nil {
			return err
		}
		j.names = append(j.names, append(append([]byte{begin}, name...), ':'))
	}
	return j.begin(t.Name + ".jsonl")
}

// Row implements Writer.
func (j *JSONLines) Row(values [][]byte) error {
	for i, v := range values {
		j.w.Write(j.names[i])
		if len(v) == 0 {
			j.w.WriteString("null")
			continue
		}
		j.text(v)
	}
	_, err := j.w.WriteString("}\n") // bufio keeps the first error; it comes back here
	return err
}

// text writes a string. What is not UTF-8 is written as it is.
func (j *JSONLines) text(v []byte) {
	const hex = "0123456789abcdef"
	j.w.WriteByte('"')
	from := 0
	for i, b := range v {
		if b >= ' ' && b != '"' && b != '\\' {
			continue
		}
		j.w.Write(v[from:i])
		from = i + 1
		switch b {
		case '"', '\\':
			j.w.Write([]byte{'\\', b})
		case '\n':
			j.w.WriteString(`\n`)
		default:
			j.w.Write([]byte{'\\', 'u', '0', '0', hex[b>>4], hex[b&15]})
		}
	}
	j.w.Write(v[from:])
	j.w.WriteByte('"')
}
