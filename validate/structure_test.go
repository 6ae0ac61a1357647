package validate

import (
	"slices"
	"strings"
	"testing"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/source"
)

// typed is a submission in memory that declares types, as a database does.
type typed struct {
	*memory
	types map[string]map[string]source.Column
}

func (c *typed) Structure(i int) (columns []source.Column, err error) {
	name := c.names[i]
	for _, n := range c.columns[name] {
		columns = append(columns, c.types[name][n])
	}
	return columns, nil
}

// template is a database just as the dictionary has it.
func template(d *dictionary.Dictionary) *typed {
	c := &typed{newMemory(), map[string]map[string]source.Column{}}
	for i := range d.Tables {
		t := &d.Tables[i]
		c.types[t.Name] = map[string]source.Column{}
		var names []string
		for k := range t.Fields {
			f := &t.Fields[k]
			names = append(names, f.Name)
			c.types[t.Name][f.Name] = source.Column{Name: f.Name, Type: family(f)}
		}
		c.table(t.Name, names...)
	}
	return c
}

func TestStructure(t *testing.T) {
	d := shared(t).Dictionary
	tests := []struct {
		name   string
		change func(c *typed)
		want   string // the text of faults, "note: " before what is a notice alone
	}{
		{"as the template", func(*typed) {}, ""},
		{"table missing", func(c *typed) { c.names = c.names[1:] }, "table MHS000Header is missing"},
		{"table added", func(c *typed) { c.table("Notes", "Text") }, "table Notes is not in the template"},
		{"column missing", func(c *typed) { c.columns["MHS002GP"] = c.columns["MHS002GP"][:3] }, "column EndDateGMPRegistration is missing"},
		{"column added", func(c *typed) {
			c.columns["MHS002GP"] = append(c.columns["MHS002GP"], "Extra")
			c.types["MHS002GP"]["Extra"] = source.Column{Name: "Extra", Type: source.Text}
		}, "column Extra is not in the template"},
		{"text where a date belongs", func(c *typed) {
			c.types["MHS002GP"]["EndDateGMPRegistration"] = source.Column{Name: "EndDateGMPRegistration", Type: source.Text}
		}, "column EndDateGMPRegistration holds text where the template has date/time"},
		{"names in another case", func(c *typed) {
			c.columns["MHS002GP"][0] = "LOCALPATIENTID"
			c.types["MHS002GP"]["LOCALPATIENTID"] = source.Column{Name: "LOCALPATIENTID", Type: source.Text}
		}, ""},
		{"identifier of ten digits as a number", func(c *typed) {
			c.types["MHS001MPI"]["NHSNumber"] = source.Column{Name: "NHSNumber", Type: source.Number}
		}, ""},
		{"the column that the rule list alone knows is absent", func(c *typed) {
			c.columns["MHS903WardDetails"] = slices.DeleteFunc(c.columns["MHS903WardDetails"], func(n string) bool { return n == "TreatFuncCodeMH" })
		}, ""},
		{"narrow text", func(c *typed) {
			c.types["MHS001MPI"]["LocalPatientID"] = source.Column{Name: "LocalPatientID", Type: source.Text, Width: 10}
		}, "note: column LocalPatientID has room for 10 characters where a rule allows 20: longer values may have been cut off"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := template(d)
			tt.change(c)
			faults, notes, err := compareStructure(d, c)
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			for _, f := range faults {
				said = append(said, strings.TrimPrefix(f.Text, "structure: "))
			}
			for _, n := range notes {
				said = append(said, "note: "+n.Text)
			}
			if got := strings.Join(said, "; "); got != tt.want {
				t.Errorf("said %q, want %q", got, tt.want)
			}
			v, err := newValidator(shared(t), Options{})
			if err != nil {
				t.Fatal(err)
			}
			var k keeper
			s, err := v.Run(t.Context(), c, &k)
			if err != nil {
				t.Fatal(err)
			}
			rejected := slices.ContainsFunc(k.lines, func(l string) bool { return strings.Contains(l, "MHSREJ001") })
			if rejected != (len(faults) > 0) {
				t.Errorf("rejected for its structure: %v, with %d faults", rejected, len(faults))
			}
			if slices.ContainsFunc(s.NotChecked, func(n finding.NotChecked) bool { return n.Rule.Code == "MHSREJ001" }) {
				t.Error("the structure rule is listed as not checked")
			}
		})
	}
}
