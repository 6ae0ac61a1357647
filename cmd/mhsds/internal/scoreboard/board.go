package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"mhsds/dictionary"
	"mhsds/dictionary/handbook"
)

// A board is all that is known of the rules.
type board struct {
	Totals   totals
	Accepted []acceptance // figures that fell, in the order in which it happened
	Rules    []score      // in the dictionary's order

	against []string // what speaks against a rule, in words; the first few
}

// An acceptance says why figures were let fall.
type acceptance struct {
	Why    string   `json:"why"`
	Fallen []string `json:"fallen"`
}

// Statuses of a rule, the best first: judged as its source states it once what
// it needs is given; judged but for a part; not judged; not to be judged.
const (
	exact      = "exact"
	partly     = "partly"
	notChecked = "not checked"
	off        = "off"
)

// Outcomes of the single fault, the best first; "" is none.
const (
	alone     = "alone"     // the findings are this rule and its stated cascade
	entangled = "entangled" // and the companions that entangled.csv states
	differs   = "differs"   // something else was found
)

// A score is what is known of one rule. A kind of evidence that no run brought
// is nil, or "".
type score struct {
	Code    string     `json:"code"`
	Status  string     `json:"status"`
	Cases   *caseCount `json:"cases,omitempty"`
	Fault   string     `json:"fault,omitempty"`
	Oracle  *agreement `json:"oracle,omitempty"`
	Twin    *agreement `json:"twin,omitempty"`
	Kernels *agreement `json:"kernels,omitempty"`
}

// A caseCount counts the cases of a rule that the engine judges as they say,
// by what they say, and those that it does not.
type caseCount struct {
	Accept int `json:"accept"`
	Reject int `json:"reject"`
	Wrong  int `json:"wrong"`
}

func (c *caseCount) proves() bool { return c != nil && c.Accept > 0 && c.Reject > 0 && c.Wrong == 0 }

// An agreement counts what two judges say: the failing records, or values,
// that both name, and those that one of them does.
type agreement struct {
	Agree  int `json:"agree"`
	Differ int `json:"differ"`
}

func (a *agreement) proves() bool { return a != nil && a.Agree > 0 && a.Differ == 0 }

// kinds counts the kinds of evidence that speak for the rule. The twins of
// relations and of kernels are one kind.
func (s *score) kinds() (n int) {
	for _, proves := range []bool{s.Cases.proves(), s.Fault == alone || s.Fault == entangled, s.Oracle.proves(), s.Twin.proves() || s.Kernels.proves()} {
		if proves {
			n++
		}
	}
	return n
}

// against names the kinds of evidence that speak against the rule.
func (s *score) against() (list []string) {
	if s.Cases != nil && s.Cases.Wrong > 0 {
		list = append(list, "cases")
	}
	if s.Fault == differs {
		list = append(list, "fault")
	}
	for name, a := range map[string]*agreement{"oracle": s.Oracle, "twin": s.Twin, "kernels": s.Kernels} {
		if a != nil && a.Differ > 0 {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// totals sum the scores up.
type totals struct {
	Rules      int `json:"rules"`
	Exact      int `json:"exact"`
	Partly     int `json:"partly"`
	NotChecked int `json:"not_checked"`
	Off        int `json:"off"`

	CaseRules  int `json:"case_rules"` // whose cases prove them
	Accept     int `json:"accept"`
	Reject     int `json:"reject"`
	WrongCases int `json:"wrong_cases"`

	Alone     int `json:"alone"`
	Entangled int `json:"entangled"`
	Differs   int `json:"differs"`

	OracleRules   int       `json:"oracle_rules"`
	Oracle        agreement `json:"oracle"`
	OracleRecords int       `json:"oracle_records"` // that both judged, failing or not

	TwinRules int       `json:"twin_rules"`
	Twin      agreement `json:"twin"`
	TwinRows  int       `json:"twin_rows"`

	KernelRules int       `json:"kernel_rules"`
	Kernels     agreement `json:"kernels"` // values, by kernel and not by rule

	// Kinds counts the rules that are judged, at all, by how many of the four
	// kinds of evidence speak for them; Against those that any speaks against.
	// NeverFail counts those that no record can fail.
	Kinds     [5]int `json:"kinds"`
	NeverFail int    `json:"never_fail"`
	Against   int    `json:"against"`
}

// count sums the scores up; what is not a sum of theirs stays as it is.
func (t *totals) count(rules []score) {
	*t = totals{OracleRecords: t.OracleRecords, TwinRows: t.TwinRows, Kernels: t.Kernels, NeverFail: t.NeverFail}
	one := func(yes bool) int {
		if yes {
			return 1
		}
		return 0
	}
	for i := range rules {
		s := &rules[i]
		t.Rules++
		t.Exact += one(s.Status == exact)
		t.Partly += one(s.Status == partly)
		t.NotChecked += one(s.Status == notChecked)
		t.Off += one(s.Status == off)
		if c := s.Cases; c != nil {
			t.CaseRules += one(c.proves())
			t.Accept += c.Accept
			t.Reject += c.Reject
			t.WrongCases += c.Wrong
		}
		t.Alone += one(s.Fault == alone)
		t.Entangled += one(s.Fault == entangled)
		t.Differs += one(s.Fault == differs)
		if a := s.Oracle; a != nil {
			t.OracleRules += one(a.proves())
			t.Oracle.Agree += a.Agree
			t.Oracle.Differ += a.Differ
		}
		if a := s.Twin; a != nil {
			t.TwinRules += one(a.proves())
			t.Twin.Agree += a.Agree
			t.Twin.Differ += a.Differ
		}
		t.KernelRules += one(s.Kernels.proves())
		if s.Status == exact || s.Status == partly {
			t.Kinds[s.kinds()]++
		}
		t.Against += one(len(s.against()) > 0)
	}
}

// lines are the totals in words.
func (t *totals) lines() [][2]string {
	judged := t.Exact + t.Partly
	return [][2]string{
		{"Rules", fmt.Sprintf("%s: %s judged exactly, %s partly, %s not, %s off", n(t.Rules), n(t.Exact), n(t.Partly), n(t.NotChecked), n(t.Off))},
		{"Cases", fmt.Sprintf("%s to accept and %s to reject, of %s rules; %s judged otherwise", n(t.Accept), n(t.Reject), n(t.CaseRules), n(t.WrongCases))},
		{"Single faults", fmt.Sprintf("%s rules broken alone, %s with companions that are stated; %s found otherwise", n(t.Alone), n(t.Entangled), n(t.Differs))},
		{"Plain JSON Schema", fmt.Sprintf("agrees on %s failures of %s rules, in %s records; differs on %s", n(t.Oracle.Agree), n(t.OracleRules), n(t.OracleRecords), n(t.Oracle.Differ))},
		{"Twins of what lies between records", fmt.Sprintf("agree on %s failures of %s rules, in %s records; differ on %s", n(t.Twin.Agree), n(t.TwinRules), n(t.TwinRows), n(t.Twin.Differ))},
		{"Twins of kernels", fmt.Sprintf("agree on %s values, for %s rules; differ on %s", n(t.Kernels.Agree), n(t.KernelRules), n(t.Kernels.Differ))},
		{"Kinds of evidence", fmt.Sprintf("of %s rules that are judged, %s have all four, %s three, %s two, %s one, %s none; %s never fail; something speaks against %s",
			n(judged), n(t.Kinds[4]), n(t.Kinds[3]), n(t.Kinds[2]), n(t.Kinds[1]), n(t.Kinds[0]-t.NeverFail), n(t.NeverFail), n(t.Against))},
	}
}

// n writes a number with commas.
func n(v int) string {
	s := strconv.Itoa(v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// statusOf says how a rule is judged when all that it needs is given, and why
// if that is not exactly; needs is what must be given, "" if nothing.
func statusOf(d *dictionary.Dictionary, r *dictionary.Rule) (status, why, needs string) {
	if r.Status == dictionary.PipelineOnly {
		return off, "no longer in the national rule list", ""
	}
	all := handbook.Build{
		Reference: func(dictionary.Register) bool { return true },
		Portal:    func(string) bool { return true },
		Database:  true,
	}
	status, why = all.Status(d, r)
	if bare, what := handbook.Status(d, r); bare != status {
		needs = what
	}
	switch status {
	case handbook.Exact:
		status = exact
	case handbook.Partly:
		status = partly
	default:
		status = notChecked
	}
	return status, why, needs
}

// readBoard reads the committed scores.
func readBoard(path string) (*board, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return &board{}, err
	}
	b := &board{}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(b); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// json writes the scores, a rule a line.
func (b *board) json() []byte {
	var w bytes.Buffer
	line := func(v any) {
		data, err := json.Marshal(v)
		if err != nil {
			panic(err) // numbers and strings
		}
		w.Write(data)
	}
	w.WriteString("{\"totals\":")
	line(b.Totals)
	w.WriteString(",\n\"accepted\":[")
	for i, a := range b.Accepted {
		if i > 0 {
			w.WriteByte(',')
		}
		w.WriteByte('\n')
		line(a)
	}
	w.WriteString("],\n\"rules\":[")
	for i := range b.Rules {
		if i > 0 {
			w.WriteByte(',')
		}
		w.WriteByte('\n')
		line(b.Rules[i])
	}
	w.WriteString("\n]}\n")
	return w.Bytes()
}

// falls lists the figures that are worse now than they were.
func falls(old, now *board) []string {
	return moved(old, now, func(better int) bool { return better < 0 })
}

// rises lists those that are better, a few of them.
func rises(old, now *board) []string {
	list := moved(old, now, func(better int) bool { return better > 0 })
	if len(list) > 10 {
		list = append(list[:10], "…")
	}
	return list
}

// moved lists the figures of which is(compared) holds, where a number over 0
// says that the figure is better now.
func moved(old, now *board, is func(better int) bool) (list []string) {
	say := func(what string, was, now, better int) {
		if is(better) {
			list = append(list, fmt.Sprintf("%s: %d, was %d", what, now, was))
		}
	}
	more := func(what string, was, now int) { say(what, was, now, cmp.Compare(now, was)) }
	less := func(what string, was, now int) { say(what, was, now, cmp.Compare(was, now)) }
	a, b := &old.Totals, &now.Totals
	// How many failures there were to agree on follows the generator's chance:
	// a little less is no fall.
	mostly := func(what string, was, now int) {
		if now > was || now < was-was/10 {
			more(what, was, now)
		}
	}
	mostly("agreements with jsonschema", a.Oracle.Agree, b.Oracle.Agree)
	mostly("records for jsonschema", a.OracleRecords, b.OracleRecords)
	mostly("agreements with the twin", a.Twin.Agree, b.Twin.Agree)
	mostly("records for the twin", a.TwinRows, b.TwinRows)
	mostly("values for the twins of kernels", a.Kernels.Agree, b.Kernels.Agree)
	more("rules", a.Rules, b.Rules)
	more("rules judged exactly", a.Exact, b.Exact)
	more("rules judged at all", a.Exact+a.Partly, b.Exact+b.Partly)
	more("rules with cases", a.CaseRules, b.CaseRules)
	more("cases to accept", a.Accept, b.Accept)
	more("cases to reject", a.Reject, b.Reject)
	less("cases judged otherwise", a.WrongCases, b.WrongCases)
	more("rules broken alone or with stated companions", a.Alone+a.Entangled, b.Alone+b.Entangled)
	more("rules broken alone", a.Alone, b.Alone)
	less("rules broken with other findings", a.Differs, b.Differs)
	more("rules on which jsonschema agrees", a.OracleRules, b.OracleRules)
	less("differences with jsonschema", a.Oracle.Differ, b.Oracle.Differ)
	more("rules on which the twin agrees", a.TwinRules, b.TwinRules)
	less("differences with the twin", a.Twin.Differ, b.Twin.Differ)
	more("rules whose kernels agree with twins", a.KernelRules, b.KernelRules)
	less("differences of kernels and twins", a.Kernels.Differ, b.Kernels.Differ)
	less("rules that something speaks against", a.Against, b.Against)
	for k, was, is := 4, 0, 0; k > 0; k-- {
		was, is = was+a.Kinds[k], is+b.Kinds[k]
		more(fmt.Sprintf("rules with %d kinds of evidence or more", k), was, is)
	}
	index := map[string]*score{}
	for i := range now.Rules {
		index[now.Rules[i].Code] = &now.Rules[i]
	}
	for i := range old.Rules {
		was := &old.Rules[i]
		is := index[was.Code]
		if is == nil {
			say(was.Code+" is gone", 1, 0, -1)
			continue
		}
		delete(index, was.Code)
		word := func(what, from, to string, best ...string) {
			if from != to {
				say(fmt.Sprintf("%s: %s, from %q to %q; place among %s", was.Code, what, from, to, strings.Join(best, ", ")),
					slices.Index(best, from), slices.Index(best, to), cmp.Compare(slices.Index(best, from), slices.Index(best, to)))
			}
		}
		word("status", was.Status, is.Status, exact, partly, notChecked, off)
		word("single fault", was.Fault, is.Fault, alone, entangled, "", differs)
		c, k := zero(was.Cases), zero(is.Cases)
		more(was.Code+": cases to accept", c.Accept, k.Accept)
		more(was.Code+": cases to reject", c.Reject, k.Reject)
		less(was.Code+": cases judged otherwise", c.Wrong, k.Wrong)
		for _, x := range []struct {
			what    string
			was, is *agreement
		}{{"jsonschema", was.Oracle, is.Oracle}, {"twin", was.Twin, is.Twin}, {"kernels", was.Kernels, is.Kernels}} {
			p, q := zero(x.was), zero(x.is)
			if x.was.proves() != x.is.proves() { // how often follows the generator's chance
				more(was.Code+": agreements, "+x.what, p.Agree, q.Agree)
			}
			less(was.Code+": differences, "+x.what, p.Differ, q.Differ)
		}
	}
	for code := range index {
		say(code+" is new", 0, 1, 1)
	}
	return list
}

// zero is what p points at, or nothing.
func zero[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
