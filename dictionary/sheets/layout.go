package sheets

import (
	"fmt"
	"strings"

	"mhsds/dictionary"
)

// The rows of the sheets that are not values of package dictionary themselves.
type (
	releaseRow struct{ key, value string }
	tableRow   struct {
		dictionary.Table
		kind tableKind
	}
	fieldRow struct {
		table string
		dictionary.Field
	}
	codeRow struct {
		list string
		dictionary.Code
	}
)

// A tableKind says whether a table is submitted or is the portal's context.
type tableKind uint8

const (
	record tableKind = iota + 1
	context
)

func (k tableKind) String() string {
	switch k {
	case record:
		return "record"
	case context:
		return "context"
	}
	return ""
}

func parseTableKind(s string) (tableKind, bool) {
	for _, k := range []tableKind{record, context} {
		if k.String() == s {
			return k, true
		}
	}
	return 0, false
}

func never[T any](*T) bool  { return false }
func always[T any](*T) bool { return true }

// The names of the sheets.
const (
	releaseSheet     = "release"
	tablesSheet      = "tables"
	fieldsSheet      = "fields"
	listsSheet       = "lists"
	codesSheet       = "codes"
	rulesSheet       = "rules"
	referencesSheet  = "references"
	scalesSheet      = "scales"
	rolesSheet       = "roles"
	diagnosticsSheet = "diagnostics"
	scopeSheet       = "scope"
	qualitySheet     = "quality"
	measuresSheet    = "measures"
)

func releaseLayout() *layout[releaseRow] {
	return &layout[releaseRow]{releaseSheet, []column[releaseRow]{
		need(text("key", func(r *releaseRow) *string { return &r.key })),
		need(text("value", func(r *releaseRow) *string { return &r.value })),
	}}
}

func tablesLayout() *layout[tableRow] {
	return &layout[tableRow]{tablesSheet, []column[tableRow]{
		need(text("id", func(r *tableRow) *string { return &r.ID })),
		need(text("name", func(r *tableRow) *string { return &r.Name })),
		need(text("title", func(r *tableRow) *string { return &r.Title })),
		need(enum("kind", "kind of table", func(r *tableRow) *tableKind { return &r.kind }, parseTableKind)),
	}}
}

func fieldsLayout() *layout[fieldRow] {
	return &layout[fieldRow]{fieldsSheet, []column[fieldRow]{
		need(text("table", func(r *fieldRow) *string { return &r.table })),
		need(text("name", func(r *fieldRow) *string { return &r.Name })),
		text("uid", func(r *fieldRow) *string { return &r.UID }),
		text("item", func(r *fieldRow) *string { return &r.Item }),
		need(enum("type", "type", func(r *fieldRow) *dictionary.Type { return &r.Type }, dictionary.ParseType)),
		flag("key", func(r *fieldRow) *bool { return &r.Key }),
		text("foreign_table", func(r *fieldRow) *string { return &r.ForeignTable }),
		text("foreign_field", func(r *fieldRow) *string { return &r.ForeignField }),
		flag("specification_only", func(r *fieldRow) *bool { return &r.SpecificationOnly }),
		flag("number_allowed", func(r *fieldRow) *bool { return &r.NumberAllowed }),
		number("digits", func(r *fieldRow) *int { return &r.Digits }, never[fieldRow]),
	}}
}

func listsLayout() *layout[dictionary.CodeList] {
	return &layout[dictionary.CodeList]{listsSheet, []column[dictionary.CodeList]{
		need(text("name", func(l *dictionary.CodeList) *string { return &l.Name })),
		need(text("source", func(l *dictionary.CodeList) *string { return &l.Source })),
	}}
}

func codesLayout() *layout[codeRow] {
	return &layout[codeRow]{codesSheet, []column[codeRow]{
		need(text("list", func(r *codeRow) *string { return &r.list })),
		need(text("code", func(r *codeRow) *string { return &r.Code.Code })),
		text("label", func(r *codeRow) *string { return &r.Label }),
		flag("default", func(r *codeRow) *bool { return &r.Default }),
		text("valid_from", func(r *codeRow) *string { return &r.ValidFrom }),
		text("source", func(r *codeRow) *string { return &r.Source }),
	}}
}

func rulesLayout() *layout[dictionary.Rule] {
	return &layout[dictionary.Rule]{rulesSheet, []column[dictionary.Rule]{
		need(text("code", func(r *dictionary.Rule) *string { return &r.Code })),
		need(enum("status", "status", func(r *dictionary.Rule) *dictionary.Status { return &r.Status }, dictionary.ParseStatus)),
		text("source", func(r *dictionary.Rule) *string { return &r.Source }),
		text("group", func(r *dictionary.Rule) *string { return &r.Group }),
		text("table", func(r *dictionary.Rule) *string { return &r.Table }),
		enum("severity", "severity", func(r *dictionary.Rule) *dictionary.Severity { return &r.Severity }, dictionary.ParseSeverity),
		flag("severity_one", func(r *dictionary.Rule) *bool { return &r.SeverityOne }),
		enum("pipeline_severity", "severity", func(r *dictionary.Rule) *dictionary.Severity { return &r.PipelineSeverity }, dictionary.ParseSeverity),
		need(enum("kind", "kind", func(r *dictionary.Rule) *dictionary.Kind { return &r.Kind }, dictionary.ParseKind)),
		text("field", func(r *dictionary.Rule) *string { return &r.Field }),
		text("other_table", func(r *dictionary.Rule) *string { return &r.Other.Table }),
		text("other_field", func(r *dictionary.Rule) *string { return &r.Other.Field }),
		join("join", func(r *dictionary.Rule) *dictionary.Join { return &r.Join }),
		number("min", func(r *dictionary.Rule) *int { return &r.Min }, func(r *dictionary.Rule) bool { return r.Max != 0 }),
		number("max", func(r *dictionary.Rule) *int { return &r.Max }, never[dictionary.Rule]),
		text("pattern", func(r *dictionary.Rule) *string { return &r.Pattern }),
		text("list", func(r *dictionary.Rule) *string { return &r.List }),
		number("offset_days", func(r *dictionary.Rule) *int { return &r.OffsetDays }, never[dictionary.Rule]),
		text("condition", func(r *dictionary.Rule) *string { return &r.Condition }),
		refs("fields", func(r *dictionary.Rule) *[]dictionary.Ref { return &r.Fields }),
		flag("nulls_equal", func(r *dictionary.Rule) *bool { return &r.NullsEqual }),
		words("defaults", func(r *dictionary.Rule) *[]string { return &r.Defaults }),
		schemes("schemes", func(r *dictionary.Rule) *[]dictionary.Scheme { return &r.Schemes }),
		number("min_years", func(r *dictionary.Rule) *int { return &r.MinYears }, func(r *dictionary.Rule) bool { return r.MaxYears != 0 }),
		number("max_years", func(r *dictionary.Rule) *int { return &r.MaxYears }, never[dictionary.Rule]),
		text("earliest", func(r *dictionary.Rule) *string { return &r.Earliest }),
		flag("text_only", func(r *dictionary.Rule) *bool { return &r.TextOnly }),
		text("prefix", func(r *dictionary.Rule) *string { return &r.Prefix }),
		refs("as_at", func(r *dictionary.Rule) *[]dictionary.Ref { return &r.AsAt }),
		text("check", func(r *dictionary.Rule) *string { return &r.Check }),
		spans("spans", func(r *dictionary.Rule) *[][2]dictionary.Ref { return &r.Spans }),
		text("grade", func(r *dictionary.Rule) *string { return &r.Grade }),
		items("items", func(r *dictionary.Rule) *[]dictionary.Item { return &r.Items }),
		text("note", func(r *dictionary.Rule) *string { return &r.Note }),
		text("unchecked", func(r *dictionary.Rule) *string { return &r.Unchecked }),
		text("no_case", func(r *dictionary.Rule) *string { return &r.NoCase }),
	}}
}

func referencesLayout() *layout[dictionary.Reference] {
	return &layout[dictionary.Reference]{referencesSheet, []column[dictionary.Reference]{
		need(number("order", func(r *dictionary.Reference) *int { return &r.Order }, always[dictionary.Reference])),
		need(text("rule", func(r *dictionary.Reference) *string { return &r.Rule })),
	}}
}

func scalesLayout() *layout[dictionary.Scale] {
	return &layout[dictionary.Scale]{scalesSheet, []column[dictionary.Scale]{
		need(text("concept", func(s *dictionary.Scale) *string { return &s.Concept })),
		text("low", func(s *dictionary.Scale) *string { return &s.Low }),
		text("high", func(s *dictionary.Scale) *string { return &s.High }),
		words("values", func(s *dictionary.Scale) *[]string { return &s.Values }),
		number("decimals", func(s *dictionary.Scale) *int { return &s.Decimals }, func(s *dictionary.Scale) bool { return s.Low != "" }),
		flag("earlier", func(s *dictionary.Scale) *bool { return &s.Earlier }),
		flag("later", func(s *dictionary.Scale) *bool { return &s.Later }),
		text("collected_from", func(s *dictionary.Scale) *string { return &s.CollectedFrom }),
		words("earlier_only", func(s *dictionary.Scale) *[]string { return &s.EarlierOnly }),
		words("later_only", func(s *dictionary.Scale) *[]string { return &s.LaterOnly }),
		text("note", func(s *dictionary.Scale) *string { return &s.Note }),
	}}
}

func rolesLayout() *layout[dictionary.Role] {
	return &layout[dictionary.Role]{rolesSheet, []column[dictionary.Role]{
		need(text("role", func(r *dictionary.Role) *string { return &r.Name })),
		need(text("table", func(r *dictionary.Role) *string { return &r.Table })),
		text("field", func(r *dictionary.Role) *string { return &r.Field }),
		text("what", func(r *dictionary.Role) *string { return &r.What }),
	}}
}

func diagnosticsLayout() *layout[dictionary.Diagnostic] {
	return &layout[dictionary.Diagnostic]{diagnosticsSheet, []column[dictionary.Diagnostic]{
		need(text("code", func(g *dictionary.Diagnostic) *string { return &g.Code })),
		need(text("what", func(g *dictionary.Diagnostic) *string { return &g.What })),
		need(text("table", func(g *dictionary.Diagnostic) *string { return &g.Table })),
		text("field", func(g *dictionary.Diagnostic) *string { return &g.Field }),
		text("list", func(g *dictionary.Diagnostic) *string { return &g.List }),
		text("condition", func(g *dictionary.Diagnostic) *string { return &g.Condition }),
		text("within", func(g *dictionary.Diagnostic) *string { return &g.Within }),
		text("open", func(g *dictionary.Diagnostic) *string { return &g.Open }),
		way("children", func(g *dictionary.Diagnostic) *[]dictionary.Ref { return &g.Children }),
		text("child_open", func(g *dictionary.Diagnostic) *string { return &g.ChildOpen }),
		number("at_least", func(g *dictionary.Diagnostic) *int { return &g.AtLeast }, never[dictionary.Diagnostic]),
		text("over", func(g *dictionary.Diagnostic) *string { return &g.Over }),
		text("unchecked", func(g *dictionary.Diagnostic) *string { return &g.Unchecked }),
	}}
}

func scopeLayout() *layout[dictionary.Sign] {
	return &layout[dictionary.Sign]{scopeSheet, []column[dictionary.Sign]{
		need(text("part", func(s *dictionary.Sign) *string { return &s.Part })),
		text("table", func(s *dictionary.Sign) *string { return &s.Table }),
		text("field", func(s *dictionary.Sign) *string { return &s.Field }),
		text("value", func(s *dictionary.Sign) *string { return &s.Value }),
		text("label", func(s *dictionary.Sign) *string { return &s.Label }),
		text("source", func(s *dictionary.Sign) *string { return &s.Source }),
	}}
}

// pair divides "a=b".
func pair(cell, left, right string) (a, b string, err error) {
	a, b, ok := strings.Cut(cell, "=")
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	if !ok || a == "" || b == "" || strings.Contains(b, "=") {
		return "", "", fmt.Errorf("%q is not written as %s=%s", cell, left, right)
	}
	return a, b, nil
}

// join is a column of "own=theirs".
func join(name string, at func(*dictionary.Rule) *dictionary.Join) column[dictionary.Rule] {
	return column[dictionary.Rule]{
		name: name,
		read: func(r *dictionary.Rule, cell string) (err error) {
			j := at(r)
			j.Own, j.Theirs, err = pair(cell, "own", "theirs")
			return err
		},
		write: func(r *dictionary.Rule) string {
			if j := at(r); *j != (dictionary.Join{}) {
				return j.Own + "=" + j.Theirs
			}
			return ""
		},
	}
}

// schemes is a column of "code=test" divided by "|".
func schemes(name string, at func(*dictionary.Rule) *[]dictionary.Scheme) column[dictionary.Rule] {
	return column[dictionary.Rule]{
		name: name,
		read: func(r *dictionary.Rule, cell string) error {
			return each(cell, func(part string) error {
				code, test, err := pair(part, "code", "test")
				*at(r) = append(*at(r), dictionary.Scheme{Code: code, Test: test})
				return err
			})
		},
		write: func(r *dictionary.Rule) string {
			return unite(*at(r), func(s dictionary.Scheme) string { return s.Code + "=" + s.Test })
		},
	}
}

// parseRef reads "T.F", or "F" of the rule's own table.
func parseRef(r *dictionary.Rule, s string) (dictionary.Ref, error) {
	table, field, ok := strings.Cut(s, ".")
	if !ok {
		table, field = r.Table, s
	}
	table, field = strings.TrimSpace(table), strings.TrimSpace(field)
	if ok && table == "" || field == "" || strings.Contains(field, ".") {
		return dictionary.Ref{}, fmt.Errorf("%q is neither a field nor TABLE.FIELD", s)
	}
	return dictionary.Ref{Table: table, Field: field}, nil
}

func formatRef(r *dictionary.Rule, ref dictionary.Ref) string {
	if ref.Table == r.Table || ref.Table == "" {
		return ref.Field
	}
	return ref.Table + "." + ref.Field
}

// refs is a column of fields divided by "|".
func refs(name string, at func(*dictionary.Rule) *[]dictionary.Ref) column[dictionary.Rule] {
	return column[dictionary.Rule]{
		name: name,
		read: func(r *dictionary.Rule, cell string) error {
			return each(cell, func(part string) error {
				ref, err := parseRef(r, part)
				*at(r) = append(*at(r), ref)
				return err
			})
		},
		write: func(r *dictionary.Rule) string {
			return unite(*at(r), func(ref dictionary.Ref) string { return formatRef(r, ref) })
		},
	}
}

// way is a column of "TABLE.FIELD" divided by "|".
func way(name string, at func(*dictionary.Diagnostic) *[]dictionary.Ref) column[dictionary.Diagnostic] {
	return column[dictionary.Diagnostic]{
		name: name,
		read: func(g *dictionary.Diagnostic, cell string) error {
			return each(cell, func(part string) error {
				table, field, ok := strings.Cut(part, ".")
				if !ok || table == "" || field == "" || strings.Contains(field, ".") {
					return fmt.Errorf("%q is not written as TABLE.FIELD", part)
				}
				*at(g) = append(*at(g), dictionary.Ref{Table: table, Field: field})
				return nil
			})
		},
		write: func(g *dictionary.Diagnostic) string { return unite(*at(g), dictionary.Ref.String) },
	}
}

// spans is a column of "F to G" divided by "|".
func spans(name string, at func(*dictionary.Rule) *[][2]dictionary.Ref) column[dictionary.Rule] {
	return column[dictionary.Rule]{
		name: name,
		read: func(r *dictionary.Rule, cell string) error {
			return each(cell, func(part string) error {
				from, to, ok := strings.Cut(part, " to ")
				if !ok {
					return fmt.Errorf("%q is not written as FIELD to FIELD", part)
				}
				a, err := parseRef(r, strings.TrimSpace(from))
				if err != nil {
					return err
				}
				b, err := parseRef(r, strings.TrimSpace(to))
				*at(r) = append(*at(r), [2]dictionary.Ref{a, b})
				return err
			})
		},
		write: func(r *dictionary.Rule) string {
			return unite(*at(r), func(s [2]dictionary.Ref) string { return formatRef(r, s[0]) + " to " + formatRef(r, s[1]) })
		},
	}
}

// items is a column of "[UID]Name" divided by "|".
func items(name string, at func(*dictionary.Rule) *[]dictionary.Item) column[dictionary.Rule] {
	return column[dictionary.Rule]{
		name: name,
		read: func(r *dictionary.Rule, cell string) error {
			return each(cell, func(part string) error {
				uid, name, ok := strings.Cut(part, "]")
				uid, opened := strings.CutPrefix(uid, "[")
				if !ok || !opened || uid == "" || name == "" {
					return fmt.Errorf("%q is not written as [UID]Name", part)
				}
				*at(r) = append(*at(r), dictionary.Item{UID: uid, Name: name})
				return nil
			})
		},
		write: func(r *dictionary.Rule) string { return unite(*at(r), dictionary.Item.String) },
	}
}

// each calls read for the values of a cell and stops at the first error.
func each(cell string, read func(part string) error) error {
	parts, err := divide(cell)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if err := read(p); err != nil {
			return err
		}
	}
	return nil
}
