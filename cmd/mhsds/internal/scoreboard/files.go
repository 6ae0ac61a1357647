package main

import (
	"fmt"
	"io"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate"
	"mhsds/validate/scope"
	"mhsds/validate/source"
	"mhsds/validate/source/delimited"
	"mhsds/validate/source/jsonlines"
)

// A writtenFile is a file of one table, as it is written: what a rule on
// containers is about, which no record shows.
type writtenFile struct {
	check string // of the rule
	json  bool   // JSON lines rather than CSV
	text  string // with {text}, {date} and {time} for the names of fields
	row   int    // that the rule must name, from 0; whole for the file, nowhere for none
}

const (
	whole   = -1
	nowhere = -2
)

// writtenFiles are the cases of rules on containers, on both sides of what
// they look for.
func writtenFiles() []writtenFile {
	const head, row = "{text},{date},{time}\n", "A1,2026-09-03,10:00:00\n"
	long := strings.Repeat("x", 1<<20)
	return []writtenFile{
		{"ragged_row", false, head + row + "A2,2026-09-03\n", 1},
		{"ragged_row", false, head + row + "A2,2026-09-03,10:00:00,\n", 1},
		{"ragged_row", false, head + row + ",,\n\nA2,,\n", nowhere},
		{"oversized_field", false, head + row + long + "x,,\n", 1},
		{"oversized_field", false, head + row + long + ",,\n", nowhere},
		{"control_character", false, head + "A\x012,,\n" + row, 0},
		{"control_character", false, head + row + "A\x7f2,,\n", 1},
		{"control_character", false, head + row + "A\t2,,\n\"A\n2\",,\n", nowhere},
		{"stray_quote", false, head + row + "A\"2,,\n", 1},
		{"stray_quote", false, head + row + "\"A\"2\",,\n", 1},
		{"stray_quote", false, head + row + "\"A\"\"2\",,\n", nowhere},
		{"unclosed_quote", false, head + row + "\"A2,,\n", 1},
		{"unclosed_quote", false, head + row + "\"A2\",,\n", nowhere},
		{"unreadable_time", false, head + row + "A2,,25:00\n", 1},
		{"unreadable_time", false, head + row + "A2,,23:60:00\n", 1},
		{"unreadable_time", false, head + row + "A2,,23:59\nA3,,1899-12-30 00:00:00\n", nowhere},
		{"padding", false, head + row + " A2,,\n", whole},
		{"padding", false, head + row + "A2,2026-09-03 ,\n", whole},
		{"padding", false, head + row + "A 2,,\n", nowhere},
		{"date_layout", false, head + "A1,03/09/2026,\nA2,,\nA3,30/09/2026,\n", whole},
		{"date_layout", false, head + "A1,20260903,\n", whole},
		{"date_layout", false, head + row + "A2,03/09/2026,\n", nowhere},
		{"date_layout", false, head + "A1,03/09/2026,\nA2,9/2026,\n", nowhere},
		{"unreadable_value", true, `{"{text}":"A1"}` + "\n" + `{"{text}":true}` + "\n", 1},
		{"unreadable_value", true, `{"{text}":1e3}` + "\n", 0},
		{"unreadable_value", true, `{"{text}":["A1"]}` + "\n", 0},
		{"unreadable_value", true, `{"{text}":"true"}` + "\n" + `{"{text}":1000,"{date}":null}` + "\n", nowhere},
	}
}

// files lets the engine read them.
func (m *measurement) files() error {
	t, names := m.tableOfText()
	if t == nil {
		return nil // there is no such table: no evidence
	}
	for i := range m.d.Rules {
		r := &m.d.Rules[i]
		s := m.scores[r.Code]
		if r.Kind != dictionary.Container || s.Status != exact {
			continue
		}
		for n, f := range writtenFiles() {
			if f.check != r.Check {
				continue
			}
			found, err := m.judge(&writing{table: t, json: f.json, text: names.Replace(f.text)}, false, validate.Options{}, scope.Options{}, known(nil))
			if err != nil {
				return fmt.Errorf("%s, file %d: %w", r.Code, n+1, err)
			}
			got := nowhere
			for p := range found {
				if p.code == r.Code && p.table == t.ID {
					got = p.row
				}
			}
			if s.Cases == nil {
				s.Cases = &caseCount{}
			}
			switch {
			case got != f.row:
				s.Cases.Wrong++
				m.note("%s: file %d: names row %d, want %d", r.Code, n+1, got+1, f.row+1)
			case got == nowhere:
				s.Cases.Accept++
			default:
				s.Cases.Reject++
			}
		}
	}
	return nil
}

// tableOfText is the first table besides the header that has fields of text,
// date and time, and puts the names of the first of each into a file.
func (m *measurement) tableOfText() (*dictionary.Table, *strings.Replacer) {
	header, _ := m.d.Role("header")
	for i := range m.d.Tables {
		t := &m.d.Tables[i]
		names := map[dictionary.Type]string{}
		for k := range t.Fields {
			if f := &t.Fields[k]; names[f.Type] == "" {
				names[f.Type] = f.Name
			}
		}
		if t != header && names[dictionary.Text] != "" && names[dictionary.Date] != "" && names[dictionary.Time] != "" {
			return t, strings.NewReplacer("{text}", names[dictionary.Text], "{date}", names[dictionary.Date], "{time}", names[dictionary.Time])
		}
	}
	return nil, nil
}

// A writing is a submission of one file.
type writing struct {
	table *dictionary.Table
	json  bool
	text  string
}

func (w *writing) Tables() []source.Table {
	return []source.Table{{Name: w.table.Name, File: w.table.Name, Size: int64(len(w.text))}}
}
func (w *writing) Notices() []source.Notice { return nil }
func (w *writing) Close() error             { return nil }
func (w *writing) Open(int) (source.Reader, error) {
	r := io.Reader(strings.NewReader(w.text))
	if w.json {
		return jsonlines.NewReader(r, w.table.Name, jsonlines.Options{})
	}
	return delimited.NewReader(r, w.table.Name, delimited.Options{})
}
