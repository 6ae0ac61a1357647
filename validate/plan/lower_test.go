package plan

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"mhsds/dictionary"
	"mhsds/dictionary/schema"
	"mhsds/validate/batch"
)

// small is a dictionary of a header H, which gives a period, a table T and the
// rules given.
func small(rules ...dictionary.Rule) *dictionary.Dictionary {
	field := func(uid, name string, kind dictionary.Type) dictionary.Field {
		return dictionary.Field{UID: uid, Name: name, Type: kind}
	}
	for i := range rules {
		r := &rules[i]
		r.Code, r.Status, r.Severity = fmt.Sprintf("T%02d", i+1), dictionary.Both, dictionary.RejectRecord
		if r.Table == "" {
			r.Table = "T"
		}
	}
	return &dictionary.Dictionary{
		Tables: []dictionary.Table{
			{ID: "H", Position: 1, Fields: []dictionary.Field{field("H1", "From", dictionary.Date), field("H2", "To", dictionary.Date), field("H3", "Text", dictionary.Text)}},
			{ID: "T", Position: 2, Fields: []dictionary.Field{field("T1", "Text", dictionary.Text), field("T2", "Date", dictionary.Date), field("T3", "Other", dictionary.Date), field("T4", "Stamp", dictionary.Text)}},
		},
		Context: dictionary.Table{ID: "Portal", Fields: []dictionary.Field{field("P1", "Text", dictionary.Text)}},
		Roles:   []dictionary.Role{{Name: "header", Table: "H"}, {Name: "period_start", Table: "H", Field: "From"}, {Name: "period_end", Table: "H", Field: "To"}},
		Lists:   []dictionary.CodeList{{Name: "L", Codes: []dictionary.Code{{Code: "A"}, {Code: "B", ValidFrom: "2026-09-01"}}}},
		Rules:   rules,
	}
}

// failing binds the rules of T and returns the rows that fail the first.
func failing(t *testing.T, d *dictionary.Dictionary, r Reference, h Header, portal Portal, rows ...map[string]string) []int {
	t.Helper()
	p, err := FromDictionary(d)
	if err != nil {
		t.Fatal(err)
	}
	if r != nil {
		p = p.With(r)
	}
	programs, err := p.Bind(h, portal, func(i int) bool { return i == 1 })
	if err != nil {
		t.Fatal(err)
	}
	g := programs[1]
	w := &Worker{}
	b := &w.Batch
	b.Reset(len(g.Table.Fields), len(rows))
	for row, values := range rows {
		for i, f := range g.Table.Fields {
			v := values[f.Name]
			b.Columns[i].Cells[row] = batch.MakeCell(len(b.Text), len(v))
			b.Text = append(b.Text, v...)
		}
	}
	b.Text = append(b.Text, make([]byte, batch.Slack)...)
	b.Truncate(len(rows))
	g.Prepare(w, make([]bool, len(g.Table.Fields)), nil)
	failed := []int{}
	for _, hit := range g.Check(w) {
		if g.Rules[hit.Rank].Code == d.Rules[0].Code {
			failed = append(failed, int(hit.Row))
		}
	}
	return failed
}

// everywhere is a register that has nothing, on any day.
type everywhere struct{}

func (everywhere) Holds(dictionary.Register) bool              { return true }
func (everywhere) Has(dictionary.Register, []byte, int32) bool { return false }

// TestAgainstHeader: what the header gives is compared with; what it does not
// give, or no date, is compared with nothing.
func TestAgainstHeader(t *testing.T) {
	header := func(field string) dictionary.Ref { return dictionary.Ref{Table: "H", Field: field} }
	dates := func(values ...string) (rows []map[string]string) {
		for _, v := range values {
			rows = append(rows, map[string]string{"Date": v, "Text": "X"})
		}
		return rows
	}
	rows := dates("2026-08-31", "2026-09-01", "2026-09-02", "", "2026-13-01")
	born := dates("2026-10-01", "2026-09-30", "2026-09-01", "2006-09-02", "2006-09-01", "2005-09-02", "2005-09-01", "")
	list := []map[string]string{{"Text": "A"}, {"Text": "B"}, {"Text": "C"}, {"Text": ""}}
	const all, none, other = "2026-09-01", "", "2026-09-31"
	rule := func(kind dictionary.Kind, field, against string) dictionary.Rule {
		return dictionary.Rule{Kind: kind, Field: field, Other: header(against)}
	}
	after, before := rule(dictionary.DateOnOrAfter, "Date", "From"), rule(dictionary.DateOnOrBefore, "Date", "From")
	later := rule(dictionary.DateOnOrAfter, "Date", "From")
	later.OffsetDays = 1
	grown := rule(dictionary.AgeRange, "Date", "From")
	grown.MaxYears = 20
	adult := grown
	adult.MinYears = 20
	known := dictionary.Rule{Kind: dictionary.OrgValid, Field: "Text", AsAt: []dictionary.Ref{header("From")}}
	coded := dictionary.Rule{Kind: dictionary.InSet, Field: "Text", List: "L"}
	tests := []struct {
		name string
		rule dictionary.Rule
		from string
		rows []map[string]string
		want []int
	}{
		{"on or after", after, all, rows, []int{0}},
		{"on or after nothing", after, none, rows, []int{}},
		{"on or after no date", after, other, rows, []int{}},
		{"after the next day", later, all, rows, []int{0, 1}},
		{"on or before", before, all, rows, []int{2}},
		{"on or before nothing", before, none, rows, []int{}},
		{"on or before no date", before, other, rows, []int{}},
		{"at most 20 years old, born by the period's end", grown, all, born, []int{0, 6}},
		{"20 years old", adult, all, born, []int{0, 1, 2, 3, 6}},
		{"of any age at no time", grown, none, born, []int{}},
		{"of any age on no date", grown, other, born, []int{}},
		{"known to a register", known, all, rows, []int{0, 1, 2, 3, 4}},
		{"known to a register at no time", known, none, rows, []int{}},
		{"known to a register on no date", known, other, rows, []int{}},
		{"a code that counts", coded, all, list, []int{2}},
		{"a code that counts the day before", coded, "2026-08-31", list, []int{1, 2}},
		{"any code, at no time", coded, none, list, []int{2}},
		{"any code, on no date", coded, other, list, []int{2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := Header{"From": tt.from, "To": "2026-09-30"}
			if got := failing(t, small(tt.rule), everywhere{}, h, nil, tt.rows...); !slices.Equal(got, tt.want) {
				t.Errorf("rows %v fail, want %v", got, tt.want)
			}
			if tt.from == none {
				if got := failing(t, small(tt.rule), everywhere{}, nil, nil, tt.rows...); !slices.Equal(got, tt.want) {
					t.Errorf("without a header rows %v fail, want %v", got, tt.want)
				}
			}
		})
	}
}

// TestAgainstRow: a field is compared with another of the row, in whatever
// column it stands, and with the portal's as text or as a date.
func TestAgainstRow(t *testing.T) {
	rows := []map[string]string{
		{"Text": "2026-09-01", "Date": "2026-09-01", "Other": "2026-09-02", "Stamp": "2026-09-02T10:00:00Z"},
		{"Text": "2026-09-01T00:00:00", "Date": "2026-09-02", "Other": "2026-09-01", "Stamp": "2026-09-01T23:00:00Z"},
		{"Text": "rubbish", "Date": "rubbish", "Other": "2026-09-01", "Stamp": "2026-09-01T23:00:00"},
		{},
		{"Text": "other rubbish", "Date": "2026-09-03", "Other": "2026-09-02", "Stamp": "2026-09-02"},
	}
	own := func(field string) dictionary.Ref { return dictionary.Ref{Table: "T", Field: field} }
	portal := dictionary.Ref{Table: "Portal", Field: "Text"}
	tests := []struct {
		name   string
		rule   dictionary.Rule
		portal string
		want   []int
	}{
		{"on or after another", dictionary.Rule{Kind: dictionary.DateOnOrAfter, Field: "Date", Other: own("Other")}, "", []int{0}},
		{"on or before another", dictionary.Rule{Kind: dictionary.DateOnOrBefore, Field: "Date", Other: own("Other")}, "", []int{1, 4}},
		{"on or before the day after another", dictionary.Rule{Kind: dictionary.DateOnOrBefore, Field: "Date", Other: own("Other"), OffsetDays: 1}, "", []int{}},
		{"on or before the date of a text", dictionary.Rule{Kind: dictionary.DateOnOrBefore, Field: "Date", Other: own("Stamp")}, "", []int{1, 4}},
		{"on or after the text of the first column", dictionary.Rule{Kind: dictionary.DateOnOrAfter, Field: "Other", Other: own("Text")}, "", []int{}},
		{"on or before the text of the first column", dictionary.Rule{Kind: dictionary.DateOnOrBefore, Field: "Other", Other: own("Text")}, "", []int{0}},
		{"a text like the portal's", dictionary.Rule{Kind: dictionary.ValuesEqual, Field: "Text", Other: portal}, "2026-09-01", []int{1, 2, 3, 4}},
		{"a text like the portal's, which is no date", dictionary.Rule{Kind: dictionary.ValuesEqual, Field: "Text", Other: portal}, "rubbish", []int{0, 1, 3, 4}},
		{"a date like the portal's", dictionary.Rule{Kind: dictionary.ValuesEqual, Field: "Date", Other: portal}, "2026-09-02", []int{0, 2, 3, 4}},
		{"a date like the portal's, which is no date", dictionary.Rule{Kind: dictionary.ValuesEqual, Field: "Date", Other: portal}, "other rubbish", []int{0, 1, 2, 3, 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := failing(t, small(tt.rule), nil, nil, Portal{"Text": tt.portal}, rows...); !slices.Equal(got, tt.want) {
				t.Errorf("rows %v fail, want %v", got, tt.want)
			}
		})
	}
}

// TestJoins: parents are looked up once by each key of a table, and each date
// is asked for once, the latest of several for a rule that comes after it.
func TestJoins(t *testing.T) {
	rule := func(kind dictionary.Kind, own, table, theirs, date string) dictionary.Rule {
		return dictionary.Rule{Kind: kind, Field: "Date", Join: dictionary.Join{Own: own, Theirs: theirs}, Other: dictionary.Ref{Table: table, Field: date}}
	}
	const after, before = dictionary.DateOnOrAfter, dictionary.DateOnOrBefore
	p, err := FromDictionary(small(
		rule(after, "Text", "A", "Key", "Begun"),
		rule(after, "Text", "B", "Key", "Begun"),
		rule(before, "Text", "A", "Key", "Begun"),
		rule(after, "Stamp", "A", "Key", "Begun"),
		rule(after, "Text", "A", "Other", "Begun"),
		rule(after, "Text", "A", "Key", "Ended"),
		rule(after, "Text", "A", "Key", "Begun"),
		rule(before, "Stamp", "B", "Key", "Begun"),
	))
	if err != nil {
		t.Fatal(err)
	}
	programs, err := p.Bind(nil, nil, func(i int) bool { return i == 1 })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, j := range programs[1].Joins {
		got = append(got, fmt.Sprint(j))
	}
	want := []string{"{0 A Key [{Begun true} {Begun false} {Ended true}]}", "{0 B Key [{Begun true}]}", "{3 A Key [{Begun true}]}", "{0 A Other [{Begun true}]}", "{3 B Key [{Begun false}]}"}
	if !slices.Equal(got, want) {
		t.Errorf("joins %v, want %v", got, want)
	}
}

// TestItemPlaces: a reported item is the column of that name, else of that UID,
// else the header's field of that name or UID.
func TestItemPlaces(t *testing.T) {
	for _, tt := range []struct {
		name, uid string
		column    int
		fixed     string
		null      bool
	}{
		{"Text", "T1", 0, "", false},
		{"Text", "T3", 0, "", false}, // the name comes first
		{"Text", "H3", 0, "", false}, // the row comes before the header
		{"Misnamed", "T1", 0, "", false},
		{"Misnamed", "T3", 2, "", false},
		{"From", "H1", -1, "2026-09-01", false},
		{"Misnamed", "H1", -1, "2026-09-01", false},
		{"To", "H2", -1, "", true},
		{"Misnamed", "X9", -1, "", true},
	} {
		d := small(dictionary.Rule{Kind: dictionary.NotBlank, Field: "Text", Items: []dictionary.Item{{UID: tt.uid, Name: tt.name}}})
		p, err := FromDictionary(d)
		if err != nil {
			t.Fatal(err)
		}
		programs, err := p.Bind(Header{"From": "2026-09-01"}, nil, func(i int) bool { return i == 1 })
		if err != nil {
			t.Fatal(err)
		}
		want := ItemSource{Column: tt.column, Fixed: tt.fixed, Null: tt.null, Join: -1}
		if got := programs[1].Rules[0].Items[0]; got != want {
			t.Errorf("[%s]%s comes from %+v, want %+v", tt.uid, tt.name, got, want)
		}
	}
}

// TestBindRefuses: what no kernel can do is said, with the rule.
func TestBindRefuses(t *testing.T) {
	other := func(table, field string) dictionary.Ref { return dictionary.Ref{Table: table, Field: field} }
	for _, tt := range []struct {
		name   string
		rule   dictionary.Rule
		portal Portal
		want   string
	}{
		{"a field that is not there", dictionary.Rule{Kind: dictionary.NotBlank, Field: "Nothing"}, nil, `no field "Nothing"`},
		{"a date that is not there", dictionary.Rule{Kind: dictionary.DateOnOrAfter, Field: "Date", Other: other("T", "Nothing")}, nil, `no field "Nothing"`},
		{"a date of another table, without a join", dictionary.Rule{Kind: dictionary.DateOnOrAfter, Field: "Date", Other: other("X", "Date")}, nil, "no way from table T to X"},
		{"a scheme that is not there", dictionary.Rule{Kind: dictionary.DiagCode, Field: "Text", Other: other("T", "Nothing")}, nil, `no field "Nothing"`},
		{"a scheme with an unknown test", dictionary.Rule{Kind: dictionary.DiagCode, Field: "Text", Other: other("T", "Text"), Schemes: []dictionary.Scheme{{Code: "02", Test: "guess"}}}, nil, `scheme 02: unknown test "guess"`},
		{"a list that is not there", dictionary.Rule{Kind: dictionary.InSet, Field: "Text", List: "X"}, nil, `no code list "X"`},
		{"an earliest date that is none", dictionary.Rule{Kind: dictionary.ValidDate, Field: "Date", Earliest: "1890-02-30"}, nil, `"1890-02-30" is not a date`},
		{"no earliest date", dictionary.Rule{Kind: dictionary.ValidDate, Field: "Date"}, nil, "is not a date"},
		{"a moment of the portal that is none", dictionary.Rule{Kind: dictionary.DatetimeOnOrBefore, Field: "Date", Other: other("Portal", "Text")}, Portal{"Text": "noon"}, `"noon" is not a date and time`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := FromDictionary(small(tt.rule))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Bind(nil, tt.portal, func(i int) bool { return i == 1 }); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "T01") {
				t.Errorf("error %v, want one of rule T01 that says %s", err, tt.want)
			}
			if programs, err := p.Bind(nil, tt.portal, func(i int) bool { return i == 0 }); err != nil || programs[1] != nil {
				t.Errorf("of another table: %v, error %v", programs[1], err)
			}
		})
	}
	for name, rule := range map[string]dictionary.Rule{
		"pattern":   {Kind: dictionary.Format, Field: "Text", Pattern: "^(A$"},
		"condition": {Kind: dictionary.Comparison, Condition: "isnull("},
	} {
		if _, err := FromDictionary(small(rule)); err == nil || !strings.Contains(err.Error(), "T01") {
			t.Errorf("%s: error %v, want one of rule T01", name, err)
		}
	}
}

// TestScaleBounds: a scale has scores, or bounds, or nothing that is known; of
// one bound alone nothing could be made.
func TestScaleBounds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		scale dictionary.Scale
		want  []int // rows of the scores 1, 5 and 9 that fail; nil if it is refused
	}{
		{"scores", dictionary.Scale{Values: []string{"1", "5"}}, []int{2}},
		{"bounds", dictionary.Scale{Low: "2", High: "6"}, []int{0, 2}},
		{"not known", dictionary.Scale{}, []int{}},
		{"no upper bound", dictionary.Scale{Low: "2"}, nil},
		{"no lower bound", dictionary.Scale{High: "6"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := small(dictionary.Rule{Kind: dictionary.AssessmentScore, Field: "Text", Other: dictionary.Ref{Table: "T", Field: "Stamp"}})
			tt.scale.Concept, tt.scale.Later = "123", true
			d.Scales = []dictionary.Scale{tt.scale}
			if tt.want == nil {
				p, err := FromDictionary(d)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := p.Bind(nil, nil, func(int) bool { return true }); err == nil || !strings.Contains(err.Error(), "123") {
					t.Errorf("error %v, want one of scale 123", err)
				}
				return
			}
			rows := []map[string]string{{"Text": "1", "Stamp": "123"}, {"Text": "5", "Stamp": "123"}, {"Text": "9", "Stamp": "123"}}
			if got := failing(t, d, nil, nil, nil, rows...); !slices.Equal(got, tt.want) {
				t.Errorf("rows %v fail, want %v", got, tt.want)
			}
		})
	}
}

// A watched is a folder of schemas that counts what is read, and once it is
// spoilt gives other content for one file, or panics for want of one.
type watched struct {
	fs.FS
	mu    sync.Mutex // tables are read by many goroutines
	read  map[string]int
	spoil func(file string) []byte
}

func (w *watched) ReadFile(name string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.read[name]++
	if w.spoil != nil {
		if data := w.spoil(name); data != nil {
			return data, nil
		}
	}
	return fs.ReadFile(w.FS, name)
}

// TestCompileTables: each document is compiled when it is asked for, ahead or
// not, and once; what is wrong with it is said by its name.
func TestCompileTables(t *testing.T) {
	w := &watched{FS: release(t), read: map[string]int{}}
	compiled := func(p *Plan) (tables []int) {
		for i := range p.Dictionary.Tables {
			if w.read[p.Dictionary.Tables[i].Name+schema.Extension] > 0 {
				tables = append(tables, i)
			}
		}
		return tables
	}
	fresh := func() *Plan {
		t.Helper()
		w.spoil = nil
		p, err := Read(w)
		if err != nil {
			t.Fatal(err)
		}
		clear(w.read)
		return p
	}

	p := fresh()
	ended, end := context.WithCancel(t.Context())
	end()
	if p.CompileAhead(ended, []int{0, 1, 2}); len(w.read) > 0 {
		t.Errorf("after the end tables %v are compiled", compiled(p))
	}
	p.CompileAhead(t.Context(), []int{4, 2})
	if got := compiled(p); !slices.Equal(got, []int{2, 4}) {
		t.Errorf("tables %v are compiled ahead, want 2 and 4", got)
	}
	for _, table := range []int{2, 3, 2, 3} {
		if err := p.CompileTable(table); err != nil {
			t.Error(err)
		}
	}
	if got := compiled(p); !slices.Equal(got, []int{2, 3, 4}) || slices.Max(slices.Collect(maps.Values(w.read))) > 1 {
		t.Errorf("tables %v are compiled, want 2, 3 and 4 once each: %v", got, w.read)
	}

	p = fresh()
	first, second := p.Dictionary.Tables[0].Name+schema.Extension, p.Dictionary.Tables[1].Name+schema.Extension
	w.spoil = func(file string) []byte {
		switch file {
		case first:
			panic("no such thing")
		case second:
			return []byte(`{"properties": 7}`)
		}
		return nil
	}
	for i, file := range []string{first, second} {
		if err := p.CompileTable(i); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("table %d: error %v, want one of %s", i, err, file)
		}
	}
	if err := p.CompileTable(2); err != nil {
		t.Error(err)
	}

	// Compile reads all documents twice; the second time one is another.
	times := map[string]int{}
	w.spoil = func(file string) []byte {
		if times[file]++; file == second && times[file] == 2 {
			return []byte(`{"type": "no type"}`)
		}
		return nil
	}
	if _, err := Compile(&watched{FS: w.FS, read: map[string]int{}, spoil: w.spoil}); err == nil || !strings.Contains(err.Error(), second) {
		t.Errorf("error %v, want one of %s", err, second)
	}

	d, err := FromDictionary(small())
	if err != nil {
		t.Fatal(err)
	}
	d.CompileAhead(t.Context(), []int{0, 1})
	if err := d.CompileTable(1); err != nil {
		t.Errorf("a plan without documents: %v", err)
	}
}
