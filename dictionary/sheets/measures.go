package sheets

import (
	"fmt"
	"strings"

	"mhsds/dictionary"
)

func qualityLayout() *layout[dictionary.QualityMeasure] {
	type measure = dictionary.QualityMeasure
	return &layout[measure]{qualitySheet, []column[measure]{
		need(text("id", func(m *measure) *string { return &m.ID })),
		need(enum("kind", "kind of quality measure", func(m *measure) *dictionary.QualityKind { return &m.Kind }, dictionary.ParseQualityKind)),
		need(text("name", func(m *measure) *string { return &m.Name })),
		need(text("table", func(m *measure) *string { return &m.Table })),
		need(item("field", func(m *measure) (*string, *dictionary.Ref) { return &m.Table, &m.Field })),
		ways("join", func(m *measure) (*string, *[]dictionary.Way) { return &m.Table, &m.Join }),
		text("denominator", func(m *measure) *string { return &m.Denominator }),
		text("valid", func(m *measure) *string { return &m.Valid }),
		text("other", func(m *measure) *string { return &m.Other }),
		text("default", func(m *measure) *string { return &m.Default }),
		text("invalid", func(m *measure) *string { return &m.Invalid }),
		text("missing", func(m *measure) *string { return &m.Missing }),
		registers("needs", func(m *measure) *[]dictionary.Register { return &m.Needs }),
		text("unchecked", func(m *measure) *string { return &m.Unchecked }),
		number("target", func(m *measure) *int { return &m.Target }, never[measure]),
		text("note", func(m *measure) *string { return &m.Note }),
	}}
}

func measuresLayout() *layout[dictionary.Measure] {
	type measure = dictionary.Measure
	return &layout[measure]{measuresSheet, []column[measure]{
		need(text("id", func(m *measure) *string { return &m.ID })),
		need(enum("kind", "kind of measure", func(m *measure) *dictionary.MeasureKind { return &m.Kind }, dictionary.ParseMeasureKind)),
		need(text("name", func(m *measure) *string { return &m.Name })),
		need(text("table", func(m *measure) *string { return &m.Table })),
		ways("join", func(m *measure) (*string, *[]dictionary.Way) { return &m.Table, &m.Join }),
		text("condition", func(m *measure) *string { return &m.Condition }),
		text("count", func(m *measure) *string { return &m.Count }),
		text("unchecked", func(m *measure) *string { return &m.Unchecked }),
		text("note", func(m *measure) *string { return &m.Note }),
	}}
}

// fieldOf reads "T.F", or "F" of the table given.
func fieldOf(table, cell string) (dictionary.Ref, error) {
	t, f, ok := strings.Cut(cell, ".")
	if !ok {
		t, f = table, cell
	}
	t, f = strings.TrimSpace(t), strings.TrimSpace(f)
	if t == "" || f == "" || strings.Contains(f, ".") {
		return dictionary.Ref{}, fmt.Errorf("%q is neither a field nor TABLE.FIELD", cell)
	}
	return dictionary.Ref{Table: t, Field: f}, nil
}

func fieldText(table string, ref dictionary.Ref) string {
	if ref.Table == table || ref.Table == "" {
		return ref.Field
	}
	return ref.String()
}

// item is a column of one field, "F" of the row's own table or "T.F".
func item[T any](name string, at func(*T) (table *string, ref *dictionary.Ref)) column[T] {
	return column[T]{
		name: name,
		read: func(r *T, cell string) (err error) {
			table, ref := at(r)
			*ref, err = fieldOf(*table, cell)
			return err
		},
		write: func(r *T) string {
			table, ref := at(r)
			return fieldText(*table, *ref)
		},
	}
}

// ways is a column of "OWN=TABLE.FIELD" divided by "|"; OWN may be a field of
// a table that an earlier one reaches.
func ways[T any](name string, at func(*T) (table *string, ways *[]dictionary.Way)) column[T] {
	return column[T]{
		name: name,
		read: func(r *T, cell string) error {
			table, list := at(r)
			return each(cell, func(part string) error {
				from, to, err := pair(part, "FIELD", "TABLE.FIELD")
				if err != nil {
					return err
				}
				var w dictionary.Way
				if w.From, err = fieldOf(*table, from); err != nil {
					return err
				}
				if w.To, err = fieldOf("", to); err != nil {
					return fmt.Errorf("%q is not written as FIELD=TABLE.FIELD", part)
				}
				*list = append(*list, w)
				return nil
			})
		},
		write: func(r *T) string {
			table, list := at(r)
			return unite(*list, func(w dictionary.Way) string { return fieldText(*table, w.From) + "=" + w.To.String() })
		},
	}
}

// registers is a column of names of registers divided by "|".
func registers[T any](name string, at func(*T) *[]dictionary.Register) column[T] {
	return column[T]{
		name: name,
		read: func(r *T, cell string) error {
			return each(cell, func(part string) error {
				register, ok := dictionary.ParseRegister(part)
				if !ok {
					return fmt.Errorf("unknown register %q%s", part, dictionary.DidYouMean(part, dictionary.RegisterNames()))
				}
				*at(r) = append(*at(r), register)
				return nil
			})
		},
		write: func(r *T) string { return unite(*at(r), dictionary.Register.String) },
	}
}
