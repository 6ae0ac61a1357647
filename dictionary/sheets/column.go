package sheets

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"mhsds/dictionary"
)

// A column is one column of a sheet whose rows are values of T: how a cell
// sets its part of the row, and how that part is written.
type column[T any] struct {
	name string

	// read sets what the cell says; the cell is not blank. Columns are read in
	// the order of the layout, not of the sheet, so that one may lean on
	// another to its left.
	read func(row *T, cell string) error

	// write returns the cell, "" for the zero value.
	write func(row *T) string

	// required refuses a blank cell.
	required bool
}

// A layout is the columns of one sheet.
type layout[T any] struct {
	name    string
	columns []column[T]
}

// need returns c for a column whose cells must not be blank.
func need[T any](c column[T]) column[T] {
	c.required = true
	return c
}

// text is a column of free text.
func text[T any](name string, at func(*T) *string) column[T] {
	return column[T]{
		name:  name,
		read:  func(row *T, cell string) error { *at(row) = cell; return nil },
		write: func(row *T) string { return *at(row) },
	}
}

// words is a column of texts divided by "|".
func words[T any](name string, at func(*T) *[]string) column[T] {
	return column[T]{
		name: name,
		read: func(row *T, cell string) (err error) {
			*at(row), err = divide(cell)
			return err
		},
		write: func(row *T) string { return unite(*at(row), func(s string) string { return s }) },
	}
}

// flag is a column of "Y" or nothing.
func flag[T any](name string, at func(*T) *bool) column[T] {
	return column[T]{
		name: name,
		read: func(row *T, cell string) error {
			switch cell {
			case "Y":
				*at(row) = true
			case "N":
			default:
				return fmt.Errorf("%q is neither Y nor blank", cell)
			}
			return nil
		},
		write: func(row *T) string {
			if *at(row) {
				return "Y"
			}
			return ""
		},
	}
}

// number is a column of whole numbers. A zero is written only if shown says so.
func number[T any](name string, at func(*T) *int, shown func(*T) bool) column[T] {
	return column[T]{
		name: name,
		read: func(row *T, cell string) error {
			n, err := strconv.Atoi(cell)
			if err != nil {
				return fmt.Errorf("%q is not a whole number", cell)
			}
			*at(row) = n
			return nil
		},
		write: func(row *T) string {
			n := *at(row)
			if n == 0 && !shown(row) {
				return ""
			}
			return strconv.Itoa(n)
		},
	}
}

// enum is a column of the names of an enumerated type.
func enum[T any, E interface {
	~uint8
	fmt.Stringer
}](name, what string, at func(*T) *E, parse func(string) (E, bool)) column[T] {
	return column[T]{
		name: name,
		read: func(row *T, cell string) error {
			v, ok := parse(cell)
			if !ok {
				return fmt.Errorf("unknown %s %q%s", what, cell, dictionary.DidYouMean(cell, enumNames[E]()))
			}
			*at(row) = v
			return nil
		},
		write: func(row *T) string { return (*at(row)).String() },
	}
}

// enumNames lists the names of an enumerated type, which count from 1.
func enumNames[E interface {
	~uint8
	fmt.Stringer
}]() []string {
	var names []string
	for e := E(1); e.String() != ""; e++ {
		names = append(names, e.String())
	}
	return names
}

// divide splits a cell of several values.
func divide(cell string) ([]string, error) {
	list := strings.Split(cell, "|")
	for i, s := range list {
		list[i] = strings.TrimSpace(s)
		if list[i] == "" {
			return nil, fmt.Errorf("%q has an empty value between two \"|\" or at an end", cell)
		}
	}
	return list, nil
}

// unite writes several values into a cell. Values that hold a "|" are caught
// by cellFault through the mark that bar leaves.
func unite[V any](list []V, write func(V) string) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = write(v)
		if strings.Contains(parts[i], "|") || strings.TrimSpace(parts[i]) != parts[i] || parts[i] == "" {
			return unwritable
		}
	}
	return strings.Join(parts, "|")
}

// unwritable stands for a cell whose values cannot be divided again. It holds a
// control character, which no cell may.
const unwritable = "\x00"

// maxCell bounds a cell, in characters, as a workbook does.
const maxCell = 32767

// cellFault says why a text cannot be a cell, or "".
func cellFault(cell string) string {
	switch {
	case cell == unwritable:
		return `a value is empty, has spaces around it or contains "|", which divides values`
	case strings.ContainsFunc(cell, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "a line break or another control character"
	case len(cell) > maxCell && utf8.RuneCountInString(cell) > maxCell:
		return fmt.Sprintf("longer than %d characters", maxCell)
	case strings.TrimSpace(cell) != cell:
		return "spaces around the value"
	}
	return ""
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// decode reads the rows of a sheet whose columns header found at at.
// numbers[i] is the row of the i-th value.
func (l *layout[T]) decode(s Sheet, at []int, word func(Place) string, faults *Faults) (values []T, numbers []int) {
	head := s.Rows[0]
	for _, r := range s.Rows[1:] {
		if blank(r.Cells) {
			continue
		}
		for i, cell := range r.Cells {
			if (i >= len(head.Cells) || strings.TrimSpace(head.Cells[i]) == "") && strings.TrimSpace(cell) != "" {
				faults.add(word, Place{s.Name, r.Number, i, ""}, "a value in a column without a name")
			}
		}
		var v T
		for i := range l.columns {
			c := &l.columns[i]
			if at[i] < 0 {
				continue // said by header
			}
			cell := ""
			if at[i] < len(r.Cells) {
				cell = strings.TrimSpace(r.Cells[at[i]])
			}
			fault := cellFault(cell)
			switch {
			case fault != "":
			case cell != "":
				if err := c.read(&v, cell); err != nil {
					fault = err.Error()
				}
			case c.required:
				fault = "blank; every row of this sheet needs its " + c.name
			}
			if fault != "" {
				faults.add(word, Place{s.Name, r.Number, at[i], c.name}, fault)
			}
		}
		values = append(values, v)
		numbers = append(numbers, r.Number)
	}
	return values, numbers
}

// header finds the columns: at[i] is the place of l.columns[i] in the cells of
// a row, or -1. It returns nil when there is nothing to read.
func (l *layout[T]) header(s Sheet, word func(Place) string, faults *Faults) (at []int) {
	if len(s.Rows) == 0 || blank(s.Rows[0].Cells) {
		faults.add(word, Place{s.Name, 1, -1, ""}, "no column names; the first row must be "+strings.Join(l.names(), ", "))
		return nil
	}
	head := s.Rows[0]
	at = make([]int, len(l.columns))
	for i := range at {
		at[i] = -1
	}
	known := l.names()
	for j, cell := range head.Cells {
		cell = strings.ToLower(strings.TrimSpace(cell))
		i := slices.Index(known, cell)
		switch {
		case cell == "": // a value below it is a fault of its own
		case i < 0:
			faults.add(word, Place{s.Name, head.Number, j, ""}, fmt.Sprintf("unknown column %q%s", cell, dictionary.DidYouMean(cell, known)))
		case at[i] >= 0:
			faults.add(word, Place{s.Name, head.Number, j, ""}, fmt.Sprintf("column %s stands here a second time", cell))
		default:
			at[i] = j
		}
	}
	for i, name := range known {
		if at[i] < 0 {
			faults.add(word, Place{s.Name, head.Number, -1, ""}, fmt.Sprintf("column %s is missing; leave its cells blank if there is nothing to say", name))
		}
	}
	return at
}

func (l *layout[T]) names() []string {
	names := make([]string, len(l.columns))
	for i := range l.columns {
		names[i] = l.columns[i].name
	}
	return names
}

// encode writes values as a sheet.
func (l *layout[T]) encode(values []T) (Sheet, error) {
	s := Sheet{Name: l.name, Rows: make([]Row, 1, len(values)+1)}
	s.Rows[0] = Row{Number: 1, Cells: l.names()}
	for i := range values {
		cells := make([]string, len(l.columns))
		for j := range l.columns {
			cells[j] = l.columns[j].write(&values[i])
			if fault := cellFault(cells[j]); fault != "" {
				return s, fmt.Errorf("sheet %s, row %d, column %s: %s", l.name, i+2, l.columns[j].name, fault)
			}
		}
		s.Rows = append(s.Rows, Row{Number: i + 2, Cells: cells})
	}
	return s, nil
}

// CodeColumns returns where the sheet of codes has its columns list and code.
// ok is false for another sheet, or if a column is missing.
func CodeColumns(s Sheet) (list, code int, ok bool) {
	if s.Name != codesSheet || len(s.Rows) == 0 {
		return 0, 0, false
	}
	at := func(name string) int {
		return slices.IndexFunc(s.Rows[0].Cells, func(cell string) bool {
			return strings.EqualFold(strings.TrimSpace(cell), name)
		})
	}
	list, code = at("list"), at("code")
	return list, code, list >= 0 && code >= 0
}
