package validate

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
	"mhsds/dictionary/cases"
	"mhsds/validate/finding"
	"mhsds/validate/plan"
)

// known is reference data as cases give it, searched through from end to end.
type known []cases.Known

func (k known) Holds(r dictionary.Register) bool {
	return slices.ContainsFunc(k, func(x cases.Known) bool { return x.Register == r })
}

func (k known) Has(r dictionary.Register, value []byte, day int32) bool {
	return slices.ContainsFunc(k, func(x cases.Known) bool {
		v, w := x.Value, string(value)
		if r == dictionary.Postcodes {
			v, w = strings.ReplaceAll(v, " ", ""), strings.ReplaceAll(w, " ", "")
		}
		return x.Register == r && v == w && (x.From == "" || plan.ParseDay(x.From) <= day) && (x.To == "" || day <= plan.ParseDay(x.To))
	})
}

func (k known) Files() []finding.ReferenceFile {
	var files []finding.ReferenceFile
	for _, x := range k {
		files = append(files, finding.ReferenceFile{Register: x.Register, Name: "case", Rows: 1})
	}
	return files
}

// TestReference: rules whose register is given leave the list of those that
// were not checked, find what the register lacks, and the summary names the
// files.
func TestReference(t *testing.T) {
	m := load(t, "small-valid")
	_, bare := judged(t, Options{}, m)
	given := known{
		{Register: dictionary.Organisations, Value: "RXX"},
		{Register: dictionary.Postcodes, Value: "XX1 1AA"},
	}
	got, s := judged(t, Options{Reference: given}, m)
	if diff := cmp.Diff(given.Files(), s.Input.Reference); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	registers := func(s *finding.Summary) map[dictionary.Register]int {
		n := map[dictionary.Register]int{}
		for _, x := range s.NotChecked {
			if r := x.Rule.Kind.Register(); r != 0 {
				n[r]++
			}
		}
		return n
	}
	if diff := cmp.Diff(map[dictionary.Register]int{dictionary.Organisations: 17, dictionary.Sites: 2, dictionary.Schools: 1, dictionary.Postcodes: 3}, registers(bare)); diff != "" {
		t.Errorf("not checked without reference data (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[dictionary.Register]int{dictionary.Sites: 2, dictionary.Schools: 1}, registers(s)); diff != "" {
		t.Errorf("not checked with organisations and postcodes (-want +got):\n%s", diff)
	}
	d := shared(t).Dictionary
	var found []string
	for _, line := range got {
		part := strings.Split(line, ",") // table, row, code and more
		if d.Rule(part[2]).Kind.Register() != 0 {
			found = append(found, strings.Join(part[:3], ","))
		}
	}
	// Every look-up of the table, from its rows themselves.
	var want []string
	for i := range d.Rules {
		r := &d.Rules[i]
		need := r.Kind.Register()
		if need != dictionary.Organisations && need != dictionary.Postcodes {
			continue
		}
		table := d.Table(r.Table)
		col := slices.Index(m.columns[table.Name], r.Field)
		for n, row := range m.rows[table.Name] {
			v := row[max(col, 0)]
			if col < 0 || v == "" || v == "RXX" && need == dictionary.Organisations || slices.Contains(r.Defaults, v) || r.Prefix != "" && strings.HasPrefix(v, r.Prefix) {
				continue
			}
			want = append(want, strings.Join([]string{table.Name, strconv.Itoa(n + 1), r.Code}, ","))
		}
	}
	slices.Sort(found)
	slices.Sort(want)
	if diff := cmp.Diff(want, found); diff != "" || len(want) < 20 {
		t.Errorf("%d findings on registers (-want +got):\n%s", len(want), diff)
	}
}
