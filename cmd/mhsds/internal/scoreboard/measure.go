package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"mhsds/dictionary"
	"mhsds/dictionary/cases"
	"mhsds/dictionary/schema"
	"mhsds/dictionary/synthetic"
	"mhsds/schemas"
	"mhsds/validate"
	"mhsds/validate/finding"
	"mhsds/validate/oracle"
	"mhsds/validate/plan"
	"mhsds/validate/quality"
	"mhsds/validate/scope"
	"mhsds/validate/source"
	"mhsds/validate/twin"
)

// release is the folder of the schemas that the program comes with.
func release() (fs.FS, error) {
	names, err := fs.Glob(schemas.FS, "v*")
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no schemas are embedded (%v)", err)
	}
	return fs.Sub(schemas.FS, slices.Max(names))
}

func load() (*dictionary.Dictionary, *synthetic.Generator, error) {
	from, err := release()
	if err != nil {
		return nil, nil, err
	}
	d, err := schema.Read(from)
	if err != nil {
		return nil, nil, err
	}
	g, err := synthetic.New(d, nil)
	return d, g, err
}

// A measurement is a run of all that there is.
type measurement struct {
	ctx context.Context
	d   *dictionary.Dictionary
	g   *synthetic.Generator

	schemas    fs.FS
	validators map[string]*validate.Validator // by what the portal knows
	scope      observer
	quality    formObserver
	earlier    []*quality.Earlier // what quality compares with
	registers  registers
	oracle     *oracle.Oracle

	scores  map[string]*score // by code
	totals  totals
	against []string
}

// maxAgainst bounds what is said of differences; they are all counted.
const maxAgainst = 40

// note keeps what speaks against a rule for whoever mends it.
func (m *measurement) note(format string, args ...any) {
	if len(m.against) < maxAgainst {
		m.against = append(m.against, fmt.Sprintf(format, args...))
	}
}

// An observer is the look-out for what does not belong in the data set, a new
// one for every run.
type observer struct{ *scope.Scope }

// A formObserver is the same for how values are written; it takes part for the
// rules on that alone.
type formObserver struct{ *quality.Observer }

// registers is the reference data of the run in hand.
type registers struct{ plan.Reference }

func (g *registers) Files() []finding.ReferenceFile { return nil }

// known is what a case says that the registers hold.
type known []cases.Known

func (k known) Holds(r dictionary.Register) bool {
	return slices.ContainsFunc(k, func(x cases.Known) bool { return x.Register == r })
}

func (k known) Has(r dictionary.Register, value []byte, day int32) bool {
	plain := func(v string) string {
		if r == dictionary.Postcodes {
			return strings.ReplaceAll(v, " ", "")
		}
		return v
	}
	return slices.ContainsFunc(k, func(x cases.Known) bool {
		return x.Register == r && plain(x.Value) == plain(string(value)) && (x.From == "" || plan.ParseDay(x.From) <= day) && (x.To == "" || day <= plan.ParseDay(x.To))
	})
}

// generated is every register, with all codes but those that the generator
// makes to be in none.
type generated struct{}

func (generated) Holds(dictionary.Register) bool { return true }
func (generated) Has(_ dictionary.Register, value []byte, _ int32) bool {
	return !strings.HasSuffix(string(value), synthetic.UnknownEnd)
}

// measure gathers every kind of evidence.
func measure(ctx context.Context, root string, d *dictionary.Dictionary, g *synthetic.Generator) (*board, error) {
	m := &measurement{ctx: ctx, d: d, g: g, validators: map[string]*validate.Validator{}, scores: map[string]*score{}}
	var err error
	if m.schemas, err = release(); err != nil {
		return nil, err
	}
	if m.oracle, err = oracle.New(m.schemas); err != nil {
		return nil, err
	}
	for i := range d.Rules {
		r := &d.Rules[i]
		status, _, _ := statusOf(d, r)
		m.scores[r.Code] = &score{Code: r.Code, Status: status}
		if r.Kind == dictionary.ValidTime && (status == exact || status == partly) {
			m.totals.NeverFail++
		}
	}
	for _, step := range []func() error{
		m.cases, m.files, m.faults, m.allFaults, m.spoilt,
		func() error { return m.kernels(root) },
		func() error { return m.scopeTwin(root) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	slices.Sort(m.against)
	b := &board{Totals: m.totals, against: m.against}
	for i := range d.Rules {
		b.Rules = append(b.Rules, *m.scores[d.Rules[i].Code])
	}
	b.Totals.count(b.Rules)
	return b, nil
}

// A place is where a rule fails: a row of a table, from 0; -1 for the table or
// the submission as a whole.
type place struct {
	table string // ID
	row   int
	code  string
}

// A verdict is all that the engine says of a submission.
type verdict map[place]bool

func (v verdict) Report(f *finding.Finding) error {
	p := place{row: int(f.Row) - 1, code: f.Rule.Code}
	if f.Table != nil {
		p.table = f.Table.ID
	}
	v[p] = true
	return nil
}

// judge returns what the engine says; form asks for the rules on how values are
// written, and how counts moved, too.
func (m *measurement) judge(s source.Container, form bool, opt validate.Options, given scope.Options, reference plan.Reference) (verdict, error) {
	m.registers.Reference = reference
	m.scope.Scope, m.quality.Observer = scope.New(given), quality.New(quality.Options{Against: m.earlier})
	key := fmt.Sprintf("%v %q", form, []string{opt.Provider, opt.Submitter, opt.PeriodStart, opt.PeriodEnd, opt.Uploaded})
	v := m.validators[key]
	if v == nil {
		opt.Observers, opt.Reference = []validate.Observer{&m.scope}, &m.registers
		if form {
			opt.Observers = append(opt.Observers, &m.quality)
		}
		var err error
		if v, err = validate.New(m.schemas, opt); err != nil {
			return nil, err
		}
		m.validators[key] = v
	} else if err := errors.Join(m.scope.Bind(v.Dictionary()), m.quality.Bind(v.Dictionary())); err != nil {
		return nil, err
	}
	found := verdict{}
	sum, err := v.Run(m.ctx, s, found)
	if err == nil && len(sum.Incomplete) > 0 {
		err = fmt.Errorf("incomplete: %s", sum.Incomplete[0])
	}
	return found, err
}

// cases lets the engine judge the cases of every rule, then jsonschema and the
// twin the same records.
func (m *measurement) cases() error {
	all := cases.Of(m.d)
	for i := range m.d.Rules {
		r := &m.d.Rules[i]
		list := all(r)
		for k := range list {
			if err := m.oneCase(r, &list[k]); err != nil {
				return fmt.Errorf("%s, %s: %w", r.Code, list[k].Name, err)
			}
		}
	}
	return nil
}

func (m *measurement) oneCase(r *dictionary.Rule, c *cases.Case) error {
	s := caseOf(m.d, c)
	var given scope.Options
	if c.Given != nil {
		given.Declared = c.Given.Declared
		var err error
		if given.Extract, err = extractOf(m.d, c.Given.Extract); err != nil {
			return err
		}
	}
	value := func(role string) string {
		_, f := m.d.Role(role)
		return c.Context[f.Name]
	}
	opt := validate.Options{
		Provider: value("context_provider"), Submitter: value("context_submitter"),
		PeriodStart: value("context_period_start"), PeriodEnd: value("context_period_end"), Uploaded: value("context_uploaded"),
	}
	m.earlier = earlierOf(m.d, c.Given)
	found, err := m.judge(s.container(), r.OfForm() || r.Kind == dictionary.Movement, opt, given, known(c.Known))
	m.earlier = nil
	if err != nil {
		return err
	}
	failed := false
	if c.Target >= 0 && !r.OfForm() { // which is said once of a column
		failed = found[place{c.Rows[c.Target].Table, targetOf(m.d, c), r.Code}]
	} else {
		for p := range found {
			failed = failed || p.code == r.Code
		}
	}
	of := m.scores[r.Code]
	if of.Cases == nil {
		of.Cases = &caseCount{}
	}
	switch {
	case failed != c.Fail:
		of.Cases.Wrong++
		m.note("%s: case %q: fails %v, want %v", r.Code, c.Name, failed, c.Fail)
	case failed:
		of.Cases.Reject++
	default:
		of.Cases.Accept++
	}
	// Of the other rules on these records the rule's case is no evidence, but
	// a difference is a difference.
	only := func(code string) bool { return code == r.Code }
	name := fmt.Sprintf("case %q", c.Name)
	m.setTwin(name, s, found, only)
	return m.setOracle(name, s, found, c.Context, only)
}

// earlierOf is what a case gives as an earlier submission, nil for none.
func earlierOf(d *dictionary.Dictionary, given *cases.Given) []*quality.Earlier {
	if given == nil || given.Earlier == nil {
		return nil
	}
	e := &quality.Earlier{Measures: map[string]quality.Figure{}, Tables: map[string]quality.Figure{}}
	for _, c := range given.Earlier {
		if d.Table(c.ID) != nil {
			e.Tables[strings.ToLower(c.ID)] = quality.Figure{Count: c.Count}
		} else {
			e.Measures[c.ID] = quality.Figure{Count: c.Count}
		}
	}
	return []*quality.Earlier{e}
}

// extractOf writes what a case gives as the file that a user would give, with
// those columns alone that hold something.
func extractOf(d *dictionary.Dictionary, rows []cases.ExtractRow) (*scope.Extract, error) {
	if rows == nil {
		return nil, nil
	}
	table := [][]string{{"Referral ID", "Patient ID", "NHS number", "Referral date", "Team"}}
	for _, r := range rows {
		table = append(table, []string{r.Referral, r.Patient, r.NHSNumber, r.Date, r.Team})
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, row := range table {
		var kept []string
		for i, cell := range row {
			if slices.ContainsFunc(table[1:], func(r []string) bool { return r[i] != "" }) {
				kept = append(kept, cell)
			}
		}
		if err := w.Write(kept); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return scope.ReadExtract(&b, d)
}

// small is a submission for one fault; period is of the later list of scales.
func small() synthetic.Config { return synthetic.Config{Patients: 4, Period: "2026-09", Seed: 1} }

// faults breaks every rule in a submission of its own.
func (m *measurement) faults() error {
	valid := &submission{}
	if _, err := m.g.Generate(m.ctx, small(), valid); err != nil {
		return err
	}
	stated := map[string]synthetic.Entangled{}
	for _, e := range m.g.Entangled() {
		stated[e.Code] = e
	}
	for i := range m.d.Rules {
		r := &m.d.Rules[i]
		cfg := small()
		cfg.Break = []string{r.Code}
		reference := plan.Reference(known(nil))
		if r.Kind.Register() != 0 {
			cfg.Registers, reference = true, generated{}
		}
		s := &submission{}
		res, err := m.g.Generate(m.ctx, cfg, s)
		if err != nil || len(res.Answers) != 1 {
			continue // no fault of it can be made: there is no evidence of this kind
		}
		opt := m.portal(r, valid)
		found, err := m.judge(s.container(), false, opt, scope.Options{}, reference)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Code, err)
		}
		of := m.scores[r.Code]
		companions := res.Answers[0].Companions
		e, isStated := stated[r.Code]
		isStated = isStated && slices.ContainsFunc(e.Companions, func(choice []string) bool { return slices.Equal(choice, companions) })
		switch {
		case !m.answered(found, res.Answers) || len(companions) > 0 && !isStated:
			of.Fault = differs
			m.note("%s: broken alone, the findings are not the answers", r.Code)
		case len(companions) > 0:
			of.Fault = entangled
		default:
			of.Fault = alone
		}
		only := func(code string) bool { return code == r.Code }
		name := "fault of " + r.Code
		m.setTwin(name, s, found, only)
		if err := m.setOracle(name, s, found, m.context(opt), only); err != nil {
			return fmt.Errorf("%s: %w", r.Code, err)
		}
	}
	return nil
}

// answered reports whether the findings are the answers and nothing else.
func (m *measurement) answered(found verdict, answers []synthetic.Answer) bool {
	ids := map[string]string{}
	for i := range m.d.Tables {
		ids[m.d.Tables[i].Name] = m.d.Tables[i].ID
	}
	want := verdict{}
	for _, a := range answers {
		want[place{ids[a.Table], int(a.Row) - 1, a.Code}] = true
		for _, e := range a.Cascade {
			want[place{ids[e.Table], int(e.Row) - 1, e.Code}] = true
		}
	}
	for p := range found {
		if !want[p] {
			return false
		}
	}
	return len(found) == len(want)
}

// portal is what the portal must know for the rule to be judged: that the
// submission is what one without faults says.
func (m *measurement) portal(r *dictionary.Rule, valid *submission) validate.Options {
	var opt validate.Options
	if r.Other.Table != m.d.Context.ID {
		return opt
	}
	for _, x := range []struct {
		context, header string
		to              *string
	}{
		{"context_provider", "header_provider", &opt.Provider}, {"context_submitter", "header_submitter", &opt.Submitter},
		{"context_period_start", "period_start", &opt.PeriodStart}, {"context_period_end", "period_end", &opt.PeriodEnd},
		{"context_uploaded", "header_created", &opt.Uploaded},
	} {
		if _, f := m.d.Role(x.context); f.Name == r.Other.Field {
			t, own := m.d.Role(x.header)
			*x.to = valid.named()[t.ID][0][own.Name]
		}
	}
	return opt
}

// context writes the options as jsonschema takes them.
func (m *measurement) context(opt validate.Options) map[string]string {
	context := map[string]string{}
	for role, v := range map[string]string{
		"context_provider": opt.Provider, "context_submitter": opt.Submitter,
		"context_period_start": opt.PeriodStart, "context_period_end": opt.PeriodEnd, "context_uploaded": opt.Uploaded,
	} {
		if _, f := m.d.Role(role); v != "" {
			context[f.Name] = v
		}
	}
	return context
}

func everything(string) bool { return true }

// allFaults judges a submission with every fault that can share one.
func (m *measurement) allFaults() error {
	s := &submission{}
	if _, err := m.g.Generate(m.ctx, synthetic.Config{Patients: 2500, Period: "2026-09", Seed: 4, Break: []string{synthetic.All}}, s); err != nil {
		return err
	}
	found, err := m.judge(s.container(), false, validate.Options{}, scope.Options{}, known(nil))
	if err != nil {
		return err
	}
	return m.setOracle("all faults", s, found, nil, everything)
}

// spoilt judges small submissions in which every fourth row has a fault, so
// that rejections meet and cascade.
func (m *measurement) spoilt() error {
	for seed := range 20 {
		s := &submission{}
		if _, err := m.g.Generate(m.ctx, synthetic.Config{Patients: 30, Period: "2026-09", Seed: 100 + uint64(seed), FaultRate: 0.25}, s); err != nil {
			return err
		}
		found, err := m.judge(s.container(), false, validate.Options{}, scope.Options{}, known(nil))
		if err != nil {
			return err
		}
		name := fmt.Sprintf("spoilt submission %d", seed)
		m.setTwin(name, s, found, everything)
		if err := m.setOracle(name, s, found, nil, everything); err != nil {
			return err
		}
	}
	return nil
}

// setOracle sets jsonschema's verdict on every record beside the engine's.
// Agreement counts for the rules that counts names; a difference always does.
func (m *measurement) setOracle(name string, s *submission, found verdict, context map[string]string, counts func(code string) bool) error {
	records := s.named()
	index := map[place][]map[string]string{} // by table, field as code, and key
	parents := func(table, field, key string) (list []map[string]string) {
		at := place{table: table, code: field}
		if index[at] == nil {
			index[at] = []map[string]string{}
			for _, record := range records[table] {
				if v := record[field]; v != "" {
					k := place{table: table, row: 1, code: field + "=" + v}
					index[k] = append(index[k], record)
				}
			}
		}
		return index[place{table: table, row: 1, code: field + "=" + key}]
	}
	header, _ := m.d.Role("header")
	if rows := records[header.ID]; len(rows) > 0 {
		m.oracle.Bind(rows[0], context)
	} else {
		m.oracle.Bind(nil, context)
	}
	m.oracle.Refer(&m.registers)
	said := verdict{}
	for _, t := range s.tables {
		for row, record := range records[t.ID] {
			codes, err := m.oracle.Verdicts(t, record, parents)
			if err != nil {
				return err
			}
			for _, code := range codes {
				said[place{t.ID, row, code}] = true
			}
			m.totals.OracleRecords++
		}
	}
	m.set(name+", jsonschema", said, found, counts, func(r *dictionary.Rule) bool { return plan.RowKind(r.Kind) }, func(s *score) **agreement { return &s.Oracle })
	return nil
}

// setTwin does the same with the twin of the relations, which is told what
// the engine says of single records.
func (m *measurement) setTwin(name string, s *submission, found verdict, counts func(code string) bool) {
	rejected := map[place]bool{}
	for p := range found {
		if r := m.d.Rule(p.code); p.row >= 0 && !twin.Judges(r) && r.Severity >= dictionary.RejectRecord && !r.Own() {
			rejected[place{table: p.table, row: p.row}] = true
		}
	}
	said := verdict{}
	for _, v := range twin.Judge(m.d, s.named(), func(table string, row int) bool { return rejected[place{table: table, row: row}] }) {
		said[place{v.Table, v.Row, v.Rule.Code}] = true
	}
	for _, rows := range s.named() {
		m.totals.TwinRows += len(rows)
	}
	m.set(name+", twin", said, found, counts, twin.Judges, func(s *score) **agreement { return &s.Twin })
}

// set counts where two verdicts agree and differ on the rules that one of them
// judges.
func (m *measurement) set(name string, said, found verdict, counts func(code string) bool, judges func(*dictionary.Rule) bool, of func(*score) **agreement) {
	at := func(code string) *agreement {
		a := of(m.scores[code])
		if *a == nil {
			*a = &agreement{}
		}
		return *a
	}
	for p := range said {
		if !found[p] {
			at(p.code).Differ++
			m.note("%s: %s: names row %d of %s, the engine does not", p.code, name, p.row+1, p.table)
		} else if counts(p.code) {
			at(p.code).Agree++
		}
	}
	for p := range found {
		if judges(m.d.Rule(p.code)) && !said[p] {
			at(p.code).Differ++
			m.note("%s: %s: does not name row %d of %s, the engine does", p.code, name, p.row+1, p.table)
		}
	}
}
