package validate

import (
	"fmt"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/source"
)

// structure compares the tables and columns of a database with the
// dictionary's. What the portal would refuse is one finding, and a notice for
// each difference; what nobody outside knows of the national template is a
// notice alone.
func (r *run) structure() error {
	c, ok := r.container.(source.Structured)
	rule := r.v.spec.Structure()
	if !ok || rule == nil {
		return nil
	}
	faults, notes, err := compareStructure(r.v.plan.Dictionary, c)
	if err != nil {
		r.incomplete = append(r.incomplete, "structure: "+err.Error())
	}
	r.notices = append(r.notices, faults...)
	r.notices = append(r.notices, notes...)
	if len(faults) == 0 {
		return nil
	}
	r.finding = finding.Finding{Rule: rule, Table: r.v.plan.Dictionary.Table(rule.Table), Detail: plural(len(faults), "difference")}
	return r.reportWhole(&r.finding)
}

// compareStructure returns what differs from the dictionary, and what may.
func compareStructure(d *dictionary.Dictionary, c source.Structured) (faults, notes []finding.Notice, err error) {
	fault := func(file, format string, args ...any) {
		faults = append(faults, finding.Notice{File: file, Text: "structure: " + fmt.Sprintf(format, args...)})
	}
	widest := longest(d)
	there := make([]bool, len(d.Tables))
	for i, table := range c.Tables() {
		k := tableNamed(d, table.Name)
		if k < 0 {
			fault(table.File, "table %s is not in the template", table.Name)
			continue
		}
		there[k] = true
		columns, e := c.Structure(i)
		if e != nil {
			err = e
			continue
		}
		t := &d.Tables[k]
		known := make([]bool, len(t.Fields))
		for _, col := range columns {
			f := fieldNamed(t, col.Name)
			if f < 0 {
				fault(table.File, "column %s is not in the template", col.Name)
				continue
			}
			known[f] = true
			field := &t.Fields[f]
			if want := family(field); col.Type != want && !(field.NumberAllowed && (col.Type == source.Number || col.Type == source.Text)) {
				fault(table.File, "column %s holds %s where the template has %s", col.Name, col.Type, want)
				continue
			}
			if n := widest[field.UID]; col.Type == source.Text && col.Width > 0 && col.Width < n {
				notes = append(notes, finding.Notice{File: table.File, Text: fmt.Sprintf("column %s has room for %d characters where a rule allows %d: longer values may have been cut off", col.Name, col.Width, n)})
			}
		}
		for f := range known {
			if !known[f] && !t.Fields[f].SpecificationOnly {
				fault(table.File, "column %s is missing", t.Fields[f].Name)
			}
		}
	}
	for k := range there {
		if !there[k] {
			fault("", "table %s is missing", d.Tables[k].Name)
		}
	}
	return faults, notes, err
}

func fieldNamed(t *dictionary.Table, name string) int {
	for i := range t.Fields {
		if strings.EqualFold(t.Fields[i].Name, name) {
			return i
		}
	}
	return -1
}

// family is the family of types in which a database keeps the field.
func family(f *dictionary.Field) source.Type {
	switch f.Type {
	case dictionary.Date, dictionary.Time, dictionary.DateTime:
		return source.DateTime
	case dictionary.Number:
		return source.Number
	}
	return source.Text
}

// longest is, by field, the greatest length that an active rule on its length
// allows.
func longest(d *dictionary.Dictionary) map[string]int {
	n := make(map[string]int)
	for i := range d.Rules {
		r := &d.Rules[i]
		if r.Kind != dictionary.Alphanumeric {
			continue
		}
		if t := d.Table(r.Table); t != nil {
			if f := t.Field(r.Field); f != nil {
				n[f.UID] = max(n[f.UID], r.Max)
			}
		}
	}
	return n
}
