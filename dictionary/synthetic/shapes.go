package synthetic

import (
	"cmp"
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"mhsds/dictionary"
)

//go:embed v6.0/*.csv
var sheets embed.FS

// Sheets returns the sheets that come with the program for a version of the
// data set. Of a version that it does not know there are none, which New takes
// for "everything as usual".
func Sheets(version string) fs.FS {
	sub, err := fs.Sub(sheets, "v"+version)
	if err != nil {
		return embed.FS{}
	}
	return sub
}

const (
	shapesSheet    = "shapes.csv"
	entangledSheet = "entangled.csv"
	unbrokenSheet  = "unbroken.csv"
)

// shapes is what realistic data looks like, as far as no rule says it. Each
// row of shapes.csv is about a table or, when field is filled, about one field:
//
//	of a table   parent   table under whose rows its rows lie, when no rule says so
//	             mean     rows under one parent; without a parent, rows a patient
//	             tail     how far the number of rows strays: the sigma of its logarithm
//	             least    rows there are at least, under a parent or in all
//	             most     rows under one parent at most
//	of a field   fill     share of rows in which it is filled, 0 to 1
//	             values   what it is filled with: texts divided by |, in which # stands
//	                      for a digit and @ for a letter
//	             never    codes of its list that it never holds, divided by |
//	             least    smallest number; of a date, days before its latest day
//	             most     greatest number; of a date, days before its latest day
//	             back     days that the date lies back from its latest day on
//	                      average; negative for dates to come
//	             refers   the field whose value it repeats, "table.field": a pooled
//	                      table's key, or the parent's field
type shapes struct {
	rows map[dictionary.Ref]*shape
}

// A shape is one row of the sheet. A cell left blank is NaN-like: has tells.
type shape struct {
	parent            string
	mean, tail, fill  float64
	least, most, back int
	values, never     []string
	refers            dictionary.Ref
	has               map[string]bool
}

// noShape is the shape of whatever the sheet does not mention.
func noShape() *shape { return &shape{} }

func (s *shapes) of(table, field string) *shape {
	if sh := s.rows[dictionary.Ref{Table: table, Field: field}]; sh != nil {
		return sh
	}
	return noShape()
}

// shapeColumns are the columns of shapes.csv; the last is for people.
func shapeColumns() []string {
	return []string{"table", "field", "parent", "mean", "tail", "least", "most", "fill", "values", "never", "refers", "back", "why"}
}

// readShapes reads shapes.csv of fsys and checks it against d. Without the
// sheet everything has the usual shape. Every fault is named.
func readShapes(d *dictionary.Dictionary, fsys fs.FS) (*shapes, error) {
	s := &shapes{rows: map[dictionary.Ref]*shape{}}
	records, err := readSheet(fsys, shapesSheet, shapeColumns())
	if err != nil {
		return nil, err
	}
	var faults []error
	for _, r := range records {
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("sheet %s, row %d: %s", shapesSheet, r.row, fmt.Sprintf(format, args...)))
		}
		ref := dictionary.Ref{Table: r.cell["table"], Field: r.cell["field"]}
		t := d.Table(ref.Table)
		if t == nil {
			fault("no table %q", ref.Table)
			continue
		}
		if ref.Field != "" && t.Field(ref.Field) == nil {
			fault("table %s has no field %q", ref.Table, ref.Field)
			continue
		}
		if s.rows[ref] != nil {
			fault("%s stands twice", ref)
			continue
		}
		sh := &shape{has: map[string]bool{}, parent: r.cell["parent"]}
		if sh.parent != "" && d.Table(sh.parent) == nil {
			fault("no table %q", sh.parent)
		}
		number := func(name string, low, high float64) float64 {
			if r.cell[name] == "" {
				return 0
			}
			sh.has[name] = true
			v, err := strconv.ParseFloat(r.cell[name], 64)
			if err != nil || v < low || v > high {
				fault("%s: %q is not a number from %v to %v", name, r.cell[name], low, high)
			}
			return v
		}
		sh.mean = number("mean", 0, 1e6)
		sh.tail = number("tail", 0, 3)
		sh.fill = number("fill", 0, 1)
		sh.least = int(number("least", 0, 1e6))
		sh.most = int(number("most", 0, 1e6))
		sh.back = int(number("back", -1e5, 1e5))
		if v := r.cell["values"]; v != "" {
			sh.values = strings.Split(v, "|")
		}
		if v := r.cell["never"]; v != "" {
			sh.never = strings.Split(v, "|")
		}
		if v := r.cell["refers"]; v != "" {
			table, field, _ := strings.Cut(v, ".")
			sh.refers = dictionary.Ref{Table: table, Field: field}
			if other := d.Table(table); other == nil || other.Field(field) == nil {
				fault("refers: no field %q", v)
			}
		}
		s.rows[ref] = sh
	}
	return s, errors.Join(faults...)
}

// A record is one row of a sheet of ours, by column name.
type record struct {
	row  int // in the sheet, from 1
	cell map[string]string
}

// readSheet reads a CSV sheet whose first line names its columns, in any
// order. A missing sheet has no rows.
func readSheet(fsys fs.FS, name string, columns []string) ([]record, error) {
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sheet %s: %w", name, err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("sheet %s: %w", name, err)
	}
	for _, c := range columns {
		if !slices.Contains(head, c) {
			return nil, fmt.Errorf("sheet %s: no column %q", name, c)
		}
	}
	for _, c := range head {
		if !slices.Contains(columns, c) {
			return nil, fmt.Errorf("sheet %s: unknown column %q%s", name, c, dictionary.DidYouMean(c, columns))
		}
	}
	var list []record
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("sheet %s: %w", name, err)
		}
		line, _ := r.FieldPos(0)
		rec := record{line, map[string]string{}}
		for i, c := range cells {
			rec.cell[head[i]] = strings.TrimSpace(c)
		}
		list = append(list, rec)
	}
}

// parentOf names the table under whose rows those of table lie: what the sheet
// says, else the table that a rejecting rule demands a row of.
func (s *shapes) parentOf(d *dictionary.Dictionary, table string) string {
	if sh := s.of(table, ""); sh.parent != "" {
		return sh.parent
	}
	best := 0
	parent := ""
	for i := range d.Rules {
		r := &d.Rules[i]
		if r.Table != table || r.Kind != dictionary.ParentExists || r.Severity <= dictionary.Warning || !active(r) {
			continue
		}
		if order := cmp.Or(orderOf(d, r.Code), 1<<30); parent == "" || order < best {
			best, parent = order, r.Other.Table
		}
	}
	return parent
}

func orderOf(d *dictionary.Dictionary, code string) int {
	for _, ref := range d.References {
		if ref.Rule == code {
			return ref.Order
		}
	}
	return 0
}

// active reports whether a rule acts at all.
func active(r *dictionary.Rule) bool {
	return r.Status != dictionary.PipelineOnly && r.Kind != dictionary.MessageOnly && r.Unchecked == ""
}
