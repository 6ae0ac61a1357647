package schema

import (
	"fmt"
	"strconv"
	"strings"

	"mhsds/dictionary"
)

// Keyword is the one keyword that JSON Schema does not know.
const Keyword = "x-mhsds"

// A key is a member that an object under x-mhsds may have. The lists of keys
// below are all there is: they write, they read, and they make the meta-schema.
// A member that says nothing (no text, 0, false, an empty list) is left out.
type key[T any] struct {
	name     string
	what     string // for people, in the meta-schema
	required bool
	form     func() value // the JSON Schema of its value

	// get returns the member's value, with kind 0 when it says nothing.
	get func(*T) value
	set func(*T, *value) error
}

// A rule is what x-mhsds holds of one.
type rule struct {
	dictionary.Rule
	exact bool

	// list is the code list whose codes stand in the enum beside, or nil.
	list *list
}

var ruleKeys = []key[rule]{
	must(textKey("rule", "the rule's code in the national list; ours begin with PRE", func(r *rule) *string { return &r.Code })),
	must(nameKey("severity", "what a failure does", dictionary.ParseSeverity, severities, func(r *rule) *dictionary.Severity { return &r.Severity })),
	must(nameKey("kind", "how the rule is evaluated", dictionary.ParseKind, kinds, func(r *rule) *dictionary.Kind { return &r.Kind })),
	boolKey("exact", "the standard keywords beside this one say all of the rule; without it what they say is necessary, not sufficient", func(r *rule) *bool { return &r.exact }),
	must(nameKey("status", "where the rule stands in the national sources", dictionary.ParseStatus, statuses, func(r *rule) *dictionary.Status { return &r.Status })),
	textKey("source", "where the rule was read, if not where its status says", func(r *rule) *string { return &r.Source }),
	textKey("group", "its label in the national list", func(r *rule) *string { return &r.Group }),
	boolKey("severity_one", "one of the warnings of severity 1", func(r *rule) *bool { return &r.SeverityOne }),
	nameKey("pipeline_severity", "the severity in the national pipeline, where it differs", dictionary.ParseSeverity, severities, func(r *rule) *dictionary.Severity { return &r.PipelineSeverity }),
	textKey("table", "the table whose rows fail, where the document is not of one table", func(r *rule) *string { return &r.Table }),
	textKey("field", "the tested field, where the rule does not stand in its property", func(r *rule) *string { return &r.Field }),
	refKey("other", "the field that the tested one is compared with", func(r *rule) *dictionary.Ref { return &r.Other }),
	joinKey("join", "which field of the record must equal which of the other table's", func(r *rule) *dictionary.Join { return &r.Join }),
	intKey("min", "least length in characters", func(r *rule) *int { return &r.Min }),
	intKey("max", "greatest length in characters", func(r *rule) *int { return &r.Max }),
	textKey("pattern", "the form of the value, an anchored regular expression", func(r *rule) *string { return &r.Pattern }),
	pointerKey("list", "the code list whose codes the enum holds", listKeys(false), func(r *rule) **list { return &r.list }),
	textKey("list_name", "the name of the code list, where the codes are not beside", func(r *rule) *string { return &r.List }),
	intKey("offset_days", "days added to the other date", func(r *rule) *int { return &r.OffsetDays }),
	textKey("condition", "when the record passes, or to which records the rule applies; what is unknown is not true", func(r *rule) *string { return &r.Condition }),
	refsKey("fields", "the key fields, or the fields that the check reads", func(r *rule) *[]dictionary.Ref { return &r.Fields }),
	boolKey("nulls_equal", "null keys are equal to each other", func(r *rule) *bool { return &r.NullsEqual }),
	textsKey("defaults", "codes accepted without a look-up", func(r *rule) *[]string { return &r.Defaults }),
	schemesKey("schemes", "which test the codes of a coding scheme must pass", func(r *rule) *[]dictionary.Scheme { return &r.Schemes }),
	intKey("min_years", "least age", func(r *rule) *int { return &r.MinYears }),
	intKey("max_years", "greatest age", func(r *rule) *int { return &r.MaxYears }),
	textKey("earliest", "the first date allowed", func(r *rule) *string { return &r.Earliest }),
	boolKey("text_only", "the value is text with an offset from universal time", func(r *rule) *bool { return &r.TextOnly }),
	textKey("prefix", "values with this beginning are accepted without a look-up", func(r *rule) *string { return &r.Prefix }),
	refsKey("as_at", "the dates at which reference data must hold the value", func(r *rule) *[]dictionary.Ref { return &r.AsAt }),
	textKey("check", "which check of the submission or of its files", func(r *rule) *string { return &r.Check }),
	spansKey("spans", "pairs of fields, the first and the last day of something", func(r *rule) *[][2]dictionary.Ref { return &r.Spans }),
	textKey("grade", "of our own rules: of what sort", func(r *rule) *string { return &r.Grade }),
	itemsKey("items", "what a report prints of a failing record", func(r *rule) *[]dictionary.Item { return &r.Items }),
	textKey("note", "what is doubtful or surprising", func(r *rule) *string { return &r.Note }),
	textKey("unchecked", "why the rule cannot be judged at all", func(r *rule) *string { return &r.Unchecked }),
	textKey("no_case", "why there is no passing or no failing example", func(r *rule) *string { return &r.NoCase }),
}

var fieldKeys = []key[dictionary.Field]{
	textKey("uid", "the data item's identifier", func(f *dictionary.Field) *string { return &f.UID }),
	must(nameKey("type", "how values are written and compared", dictionary.ParseType, types, func(f *dictionary.Field) *dictionary.Type { return &f.Type })),
	must(intKey("position", "its place in the table, from 1", func(f *dictionary.Field) *int { return &f.Position })),
	boolKey("key", "part of the table's published primary key", func(f *dictionary.Field) *bool { return &f.Key }),
	parentKey("parent", "the parent's field that this one repeats"),
	boolKey("specification_only", "named by the rule list, absent from the published layout", func(f *dictionary.Field) *bool { return &f.SpecificationOnly }),
	boolKey("number_allowed", "a database may store this text as a number", func(f *dictionary.Field) *bool { return &f.NumberAllowed }),
	intKey("digits", "the width to which such a number is padded with zeros", func(f *dictionary.Field) *int { return &f.Digits }),
}

// A head is what x-mhsds holds at the root of a table's document.
type head struct {
	id      string
	version string
	sources []source
	off     []rule
}

// A source is where rules of a status were read, unless they say otherwise.
type source struct {
	status dictionary.Status
	text   string
}

var headKeys = []key[head]{
	must(textKey("table", "the table's identifier", func(h *head) *string { return &h.id })),
	must(textKey("version", "the version of the data set", func(h *head) *string { return &h.version })),
	sourcesKey(func(h *head) *[]source { return &h.sources }),
	rulesKey("off", "rules that are kept and never act", func(h *head) *[]rule { return &h.off }),
}

// A submission is what x-mhsds holds of everything that is not one table's.
type submission struct {
	version        string
	rulesDated     string
	scalesRevision string
	tables         []string // names, in the published order
	sources        []source
	roles          []dictionary.Role
	references     []dictionary.Reference
	rules          []rule
	off            []rule
	context        *dictionary.Table
	lists          []list
	scales         []dictionary.Scale
	diagnostics    []dictionary.Diagnostic
	scope          []dictionary.Sign
	quality        []dictionary.QualityMeasure
	measures       []dictionary.Measure
}

var submissionKeys = []key[submission]{
	must(textKey("version", "the version of the data set", func(s *submission) *string { return &s.version })),
	textKey("rules_dated", "the month of the rule list", func(s *submission) *string { return &s.rulesDated }),
	textKey("scales_revision", "the revision of the list of assessment scales", func(s *submission) *string { return &s.scalesRevision }),
	textsKey("tables", "the tables, in the published order; each has a document of its name", func(s *submission) *[]string { return &s.tables }),
	sourcesKey(func(s *submission) *[]source { return &s.sources }),
	objectsKey("roles", "which table or field plays a part that the program has to find", roleKeys, func(s *submission) *[]dictionary.Role { return &s.roles }),
	objectsKey("references", "the referential rules, in the published order", referenceKeys, func(s *submission) *[]dictionary.Reference { return &s.references }),
	rulesKey("rules", "rules on more than one record, on the submission and on its files", func(s *submission) *[]rule { return &s.rules }),
	rulesKey("off", "rules of no table that are kept and never act", func(s *submission) *[]rule { return &s.off }),
	pointerKey("context", "what only the portal knows, as a table of one row", contextKeys, func(s *submission) **dictionary.Table { return &s.context }),
	objectsKey("lists", "the code lists in order; those that stand beside an enum by name alone", listKeys(true), func(s *submission) *[]list { return &s.lists }),
	objectsKey("scales", "the assessment scales", scaleKeys, func(s *submission) *[]dictionary.Scale { return &s.scales }),
	objectsKey("diagnostics", "what the portal counts among the records that survive", diagnosticKeys, func(s *submission) *[]dictionary.Diagnostic { return &s.diagnostics }),
	objectsKey("scope", "signs of activity that does not belong in the data set", signKeys, func(s *submission) *[]dictionary.Sign { return &s.scope }),
	objectsKey("quality", "how good the values of an item are, as it is measured nationally", qualityKeys, func(s *submission) *[]dictionary.QualityMeasure { return &s.quality }),
	objectsKey("measures", "the monthly counts that are published", measureKeys, func(s *submission) *[]dictionary.Measure { return &s.measures }),
}

var signKeys = []key[dictionary.Sign]{
	must(textKey("part", "what the fact is", func(s *dictionary.Sign) *string { return &s.Part })),
	textKey("table", "the table that has the field", func(s *dictionary.Sign) *string { return &s.Table }),
	textKey("field", "the field that says it", func(s *dictionary.Sign) *string { return &s.Field }),
	textKey("value", "the value that says it, of the fields of another part", func(s *dictionary.Sign) *string { return &s.Value }),
	textKey("label", "what the value means", func(s *dictionary.Sign) *string { return &s.Label }),
	textKey("source", "where the fact was read", func(s *dictionary.Sign) *string { return &s.Source }),
}

var roleKeys = []key[dictionary.Role]{
	must(textKey("role", "the part", func(r *dictionary.Role) *string { return &r.Name })),
	must(textKey("table", "the table that plays it, or holds the field that does", func(r *dictionary.Role) *string { return &r.Table })),
	textKey("field", "the field that plays it", func(r *dictionary.Role) *string { return &r.Field }),
	textKey("what", "what it is", func(r *dictionary.Role) *string { return &r.What }),
}

var referenceKeys = []key[dictionary.Reference]{
	must(intKey("order", "its place, from 1; a failure is seen by every later one", func(r *dictionary.Reference) *int { return &r.Order })),
	must(textKey("rule", "its code", func(r *dictionary.Reference) *string { return &r.Rule })),
}

var scaleKeys = []key[dictionary.Scale]{
	must(textKey("concept", "SNOMED CT concept identifier", func(s *dictionary.Scale) *string { return &s.Concept })),
	textKey("low", "least score of a scale of numbers", func(s *dictionary.Scale) *string { return &s.Low }),
	textKey("high", "greatest score of a scale of numbers", func(s *dictionary.Scale) *string { return &s.High }),
	textsKey("values", "all scores of a scale of separate values", func(s *dictionary.Scale) *[]string { return &s.Values }),
	intKey("decimals", "decimal places allowed once the later list is in force; before, one is", func(s *dictionary.Scale) *int { return &s.Decimals }),
	boolKey("earlier", "in the list of the first release", func(s *dictionary.Scale) *bool { return &s.Earlier }),
	boolKey("later", "in the list in force from "+dictionary.ScalesFrom, func(s *dictionary.Scale) *bool { return &s.Later }),
	textKey("collected_from", "the first period start", func(s *dictionary.Scale) *string { return &s.CollectedFrom }),
	textsKey("earlier_only", "values that count before the later list only", func(s *dictionary.Scale) *[]string { return &s.EarlierOnly }),
	textsKey("later_only", "values that count from the later list on only", func(s *dictionary.Scale) *[]string { return &s.LaterOnly }),
	textKey("note", "what is doubtful or surprising", func(s *dictionary.Scale) *string { return &s.Note }),
}

var diagnosticKeys = []key[dictionary.Diagnostic]{
	must(textKey("code", "its code", func(g *dictionary.Diagnostic) *string { return &g.Code })),
	must(textKey("what", "what is counted", func(g *dictionary.Diagnostic) *string { return &g.What })),
	must(textKey("table", "the table whose records are counted, those that meet all that follows", func(g *dictionary.Diagnostic) *string { return &g.Table })),
	textKey("field", "has a value", func(g *dictionary.Diagnostic) *string { return &g.Field }),
	textKey("list", "that value is a code of this list", func(g *dictionary.Diagnostic) *string { return &g.List }),
	textKey("condition", "is true", func(g *dictionary.Diagnostic) *string { return &g.Condition }),
	textKey("within", "this date lies in the reporting period", func(g *dictionary.Diagnostic) *string { return &g.Within }),
	textKey("open", "this date is absent or after the period's end", func(g *dictionary.Diagnostic) *string { return &g.Open }),
	refsKey("children", "records hang on it by this reference; each further one is that of the record so reached", func(g *dictionary.Diagnostic) *[]dictionary.Ref { return &g.Children }),
	textKey("child_open", "of those, only where this date is absent or after the period's end", func(g *dictionary.Diagnostic) *string { return &g.ChildOpen }),
	intKey("at_least", "so many of them; without it, none", func(g *dictionary.Diagnostic) *int { return &g.AtLeast }),
	textKey("over", "the table whose surviving records are the denominator", func(g *dictionary.Diagnostic) *string { return &g.Over }),
	textKey("unchecked", "why the count cannot be made", func(g *dictionary.Diagnostic) *string { return &g.Unchecked }),
}

// contextFieldKeys are fieldKeys with what a property's title and name say.
var contextFieldKeys = append([]key[dictionary.Field]{
	must(textKey("name", "its name", func(f *dictionary.Field) *string { return &f.Name })),
	textKey("item", "its name in the data dictionary", func(f *dictionary.Field) *string { return &f.Item }),
}, fieldKeys...)

var contextKeys = []key[dictionary.Table]{
	must(textKey("table", "the name that rules compare with", func(t *dictionary.Table) *string { return &t.ID })),
	textKey("name", "its name", func(t *dictionary.Table) *string { return &t.Name }),
	textKey("title", "what it is", func(t *dictionary.Table) *string { return &t.Title }),
	intKey("position", "its place among the tables", func(t *dictionary.Table) *int { return &t.Position }),
	objectsKey("fields", "its fields", contextFieldKeys, func(t *dictionary.Table) *[]dictionary.Field { return &t.Fields }),
}

// A list is a code list in the shape in which documents write it: what is
// true of most codes once, and the exceptions by code.
type list struct {
	name   string
	source string // where the list was read

	// values are the codes; nil when an enum beside holds them.
	values []string

	labels     []label
	labelsFrom string  // where the labels were read, with the exceptions below
	sources    []codes // codes with another source than labelsFrom or, without a label, than none
	defaults   []string
	validFrom  []codes
}

type label struct{ code, text string }

// codes says one thing of several codes.
type codes struct {
	text  string
	codes []string
}

func listKeys(values bool) []key[list] {
	keys := []key[list]{
		must(textKey("name", "its name", func(l *list) *string { return &l.name })),
		textKey("source", "where it was read", func(l *list) *string { return &l.source }),
		textsKey("default", "codes that stand for not known, not applicable and the like", func(l *list) *[]string { return &l.defaults }),
		codesKey("valid_from", "first period start, CCYY-MM-DD, of codes that came later", func(l *list) *[]codes { return &l.validFrom }),
		textKey("labels_from", "where the labels were read", func(l *list) *string { return &l.labelsFrom }),
		codesKey("sources", "where codes were read of which that is not true", func(l *list) *[]codes { return &l.sources }),
		labelsKey("labels", "what the codes mean, as far as a source says", func(l *list) *[]label { return &l.labels }),
	}
	if values {
		keys = append(keys, textsKey("values", "the codes", func(l *list) *[]string { return &l.values }))
	}
	return keys
}

// pack gives a code list the shape of the documents.
func pack(from *dictionary.CodeList, values bool) list {
	l := list{name: from.Name, source: from.Source}
	for _, c := range from.Codes {
		if values {
			l.values = append(l.values, c.Code)
		}
		if c.Label != "" {
			if len(l.labels) == 0 {
				l.labelsFrom = c.Source
			}
			l.labels = append(l.labels, label{c.Code, c.Label})
		}
		if c.Default {
			l.defaults = append(l.defaults, c.Code)
		}
		if c.ValidFrom != "" {
			l.validFrom = group(l.validFrom, c.ValidFrom, c.Code)
		}
	}
	for _, c := range from.Codes {
		if c.Source != usualSource(&l, c.Label) {
			l.sources = group(l.sources, c.Source, c.Code)
		}
	}
	return l
}

func usualSource(l *list, label string) string {
	if label == "" {
		return ""
	}
	return l.labelsFrom
}

func group(list []codes, text, code string) []codes {
	for i := range list {
		if list[i].text == text {
			list[i].codes = append(list[i].codes, code)
			return list
		}
	}
	return append(list, codes{text, []string{code}})
}

// unpack is the inverse of pack; values are the codes in order.
func unpack(l *list, values []string) (*dictionary.CodeList, error) {
	to := &dictionary.CodeList{Name: l.name, Source: l.source}
	if len(values) == 0 {
		return to, nil
	}
	to.Codes = make([]dictionary.Code, len(values))

	// Labels mostly stand in the order of the codes, all of them or some.
	index := map[string]int(nil)
	last := -1
	find := func(code string) (*dictionary.Code, error) {
		if last+1 < len(values) && values[last+1] == code {
			last++
			return &to.Codes[last], nil
		}
		if index == nil {
			index = make(map[string]int, len(values))
			for i, v := range values {
				index[v] = i
			}
		}
		i, ok := index[code]
		if !ok {
			return nil, faultf("list %s: code %q is not in the enum%s", l.name, code, dictionary.DidYouMean(code, values))
		}
		last = i
		return &to.Codes[i], nil
	}
	for i, v := range values {
		to.Codes[i].Code = v
	}
	for _, m := range l.labels {
		c, err := find(m.code)
		if err != nil {
			return nil, err
		}
		c.Label, c.Source = m.text, l.labelsFrom
	}
	for _, code := range l.defaults {
		c, err := find(code)
		if err != nil {
			return nil, err
		}
		c.Default = true
	}
	for _, s := range l.sources {
		for _, code := range s.codes {
			c, err := find(code)
			if err != nil {
				return nil, err
			}
			c.Source = s.text
		}
	}
	for _, v := range l.validFrom {
		for _, code := range v.codes {
			c, err := find(code)
			if err != nil {
				return nil, err
			}
			c.ValidFrom = v.text
		}
	}
	return to, nil
}

// A fault is something wrong in a document, and the way to it from the root,
// last step first.
type fault struct {
	what string
	path []string
}

func faultf(format string, args ...any) error { return &fault{what: fmt.Sprintf(format, args...)} }

func (f *fault) Error() string {
	if len(f.path) == 0 {
		return f.what
	}
	return "#" + f.pointer() + ": " + f.what
}

// pointer is the JSON pointer to the fault.
func (f *fault) pointer() string {
	var b strings.Builder
	for i := len(f.path) - 1; i >= 0; i-- {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(f.path[i]))
	}
	return b.String()
}

// under adds a step to the way to a fault, and passes anything else on.
func under(step string, err error) error {
	f, ok := err.(*fault)
	if err == nil || !ok {
		return err
	}
	f.path = append(f.path, step)
	return f
}

func underItem(i int, err error) error {
	if err == nil {
		return nil
	}
	return under(strconv.Itoa(i), err)
}

// encode writes the members of keys that say something.
func encode[T any](from *T, keys []key[T]) value {
	v := value{kind: object, dense: true}
	for i := range keys {
		if m := keys[i].get(from); m.kind != 0 {
			v.members = append(v.members, member{keys[i].name, m})
		}
	}
	return v
}

// decode reads the members of v into a T, and refuses any that keys do not
// have.
func decode[T any](v *value, keys []key[T], into *T) error {
	if err := want(v, object); err != nil {
		return err
	}
	var seen uint64
	next := 0
	for i := range v.members {
		m := &v.members[i]
		at := -1
		for range keys { // members mostly stand in the order of the keys
			if keys[next].name == m.key {
				at = next
			}
			if next++; next == len(keys) {
				next = 0
			}
			if at >= 0 {
				break
			}
		}
		if at < 0 {
			return under(m.key, faultf("unknown member %q of %s%s", m.key, Keyword, dictionary.DidYouMean(m.key, names(keys))))
		}
		seen |= 1 << at
		if err := keys[at].set(into, &m.value); err != nil {
			return under(m.key, err)
		}
	}
	for i := range keys {
		if keys[i].required && seen&(1<<i) == 0 {
			return faultf("%s lacks %q", Keyword, keys[i].name)
		}
	}
	return nil
}

func names[T any](keys []key[T]) []string {
	list := make([]string, len(keys))
	for i := range keys {
		list[i] = keys[i].name
	}
	return list
}

func want(v *value, k kind) error {
	if v.kind != k {
		return faultf("%v where %v was expected", v.kind, k)
	}
	return nil
}
