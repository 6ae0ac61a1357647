package dictionary

import (
	"slices"
	"strings"
)

// ItemField returns the field whose value a report prints for an item of rule
// r: the rule's own table's of that name (else of that UID: the national list
// misnames one), else the header's, else that of the table it compares with.
// It returns nil if none has it.
func (d *Dictionary) ItemField(r *Rule, it Item) *Field {
	header, _ := d.Role("header")
	for _, t := range []*Table{d.Table(r.Table), header, d.Table(r.Other.Table)} {
		if t == nil {
			continue
		}
		if f := t.Field(it.Name); f != nil {
			return f
		}
		if i := slices.IndexFunc(t.Fields, func(f Field) bool { return f.UID != "" && f.UID == it.UID }); i >= 0 {
			return &t.Fields[i]
		}
	}
	return nil
}

// CountCode returns the code under which the portal prints how many rows of
// the table survive: ARV between the letters and the digits of its ID.
func (t *Table) CountCode() string {
	n := strings.IndexAny(t.ID, "0123456789")
	if n < 0 {
		n = len(t.ID)
	}
	return t.ID[:n] + "ARV" + t.ID[n:]
}
