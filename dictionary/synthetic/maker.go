package synthetic

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"mhsds/dictionary"
)

// The parts that a maker must know, as the dictionary's roles name them.
const (
	roleHeader    = "header"
	rolePatient   = "patient"
	roleProvider  = "header_provider"
	roleSubmitter = "header_submitter"
	roleStart     = "period_start"
	roleEnd       = "period_end"
	roleCreated   = "header_created"
)

// A maker makes the rows of one submission. It is read-only once made.
type maker struct {
	g   *Generator
	d   *dictionary.Dictionary
	cfg Config

	start, end, created int // the period, and the day the file was made
	periodStart         string

	tables  []*table // by the dictionary's index
	header  *table
	patient *table
	known   map[dictionary.Ref]string // header fields whose value is given

	byField map[dictionary.Ref][]*dictionary.Rule // active rules by tested field
	byTable map[string][]*dictionary.Rule         // active rules by table
	orders  map[*table][]order                    // of dates, by the table of the rule
	odd     map[dictionary.Ref]bool               // dates that a rule of ours finds odd before the period
	parents map[dictionary.Ref]dictionary.Ref     // key of a parent that a rejecting rule demands
	pools   map[dictionary.Ref]dictionary.Ref     // field of a pooled table that a field repeats

	scales       []scale
	sortedScales []int // places in scales, by concept

	conditions map[string]dictionary.Condition // by code
	patterns   map[string]*regexp.Regexp       // by pattern
	references []*dictionary.Rule              // active, in the order in which they are judged
	roles      map[string]dictionary.Ref
	nhs        []int32
	letters    *verhoeff
	waiting    *exponential
	accents    []string
	width      int    // digits of a patient's number
	rate       uint64 // threshold of Config.FaultRate
}

// A table is how the rows of one table are made.
type table struct {
	*dictionary.Table
	index       int
	salt        uint64
	parent      *table     // under whose rows its rows lie; nil: rows of the submission as a whole
	path        []*table   // from the root to the table itself
	parentField int        // column that repeats the parent's key, -1
	key         int        // column of the table's own key, -1
	prefix      string     // of its keys
	counts      *counts    // rows under a parent
	most        int        // of the table's shape
	limit       []limit    // what else bounds the rows under a parent
	demanded    bool       // a parent must have at least one
	pool        bool       // its rows are the submission's as a whole
	pooled      int        // how many rows a pool has
	digits      int        // of the numbers of a pool's rows
	bulk        []cellEdit // single values to break a row with, for Config.FaultRate
	users       []*table   // pooled tables each row of which must be used by a row of this one
	guards      []*table   // the same, of this table and those below

	fields []field
	order  []int // of the fields, in which they are made
	dates  []dateVar
	chain  *chain
	groups []group
	needs  [maxDepth]bool // of the levels of path, whose dates the rows need
	begin  int            // date from which the rows below begin, index of dates, -1
	finish int            // date by which they end, -1
}

// maxDepth bounds how many tables lie under each other.
const maxDepth = 8

// A limit bounds the rows under one parent by the number of different values
// that one of their fields can take.
type limit struct {
	pool *table // as many as the pool has rows, if not nil
	n    int
}

func (g *Generator) maker(cfg Config) (*maker, error) { return g.makerUnder(cfg, nil) }

// makerUnder returns a maker under a header some of whose values are others
// than the configuration's.
func (g *Generator) makerUnder(cfg Config, header map[dictionary.Ref]string) (*maker, error) {
	year, month, err := cfg.check(g.d)
	if err != nil {
		return nil, err
	}
	m := &maker{
		g: g, d: g.d, cfg: cfg,
		start:   dayOf(year, month, 1),
		end:     dayOf(year, month, monthLength(year, month)),
		known:   map[dictionary.Ref]string{},
		roles:   map[string]dictionary.Ref{},
		odd:     map[dictionary.Ref]bool{},
		byField: map[dictionary.Ref][]*dictionary.Rule{},
		byTable: map[string][]*dictionary.Rule{},
		parents: map[dictionary.Ref]dictionary.Ref{},
		pools:   map[dictionary.Ref]dictionary.Ref{},
		letters: newVerhoeff(),
		waiting: newExponential(),
		accents: welsh(),
		width:   len(strconv.Itoa(cfg.Patients - 1)),
	}
	for _, r := range g.d.Roles {
		m.roles[r.Name] = dictionary.Ref{Table: r.Table, Field: r.Field}
	}
	m.created = m.end + daysToSend
	for role, day := range map[string]*int{roleStart: &m.start, roleEnd: &m.end, roleCreated: &m.created} {
		if d, ok := parseDay(header[m.roles[role]]); ok {
			*day = d
		}
	}
	m.periodStart = string(appendDay(nil, m.start))
	m.role(roleProvider, cfg.Provider)
	m.role(roleSubmitter, cfg.Provider)
	m.role(roleStart, m.periodStart)
	m.role(roleEnd, string(appendDay(nil, m.end)))
	m.role(roleCreated, string(appendDay(nil, m.created))+timeMade)
	for ref, v := range header {
		if _, given := m.known[ref]; given {
			m.known[ref] = v
		}
	}
	if err := m.prepareJudge(); err != nil {
		return nil, err
	}
	for i := range g.d.Rules {
		if r := &g.d.Rules[i]; active(r) {
			if r.Kind == dictionary.Scope && r.Check == dictionary.ScopeBeforePeriod {
				for _, ref := range r.Fields {
					m.odd[ref] = true
				}
			}
			m.byTable[r.Table] = append(m.byTable[r.Table], r)
			if r.Field != "" {
				own := dictionary.Ref{Table: r.Table, Field: r.Field}
				m.byField[own] = append(m.byField[own], r)
			}
		}
	}
	if err := m.arrange(); err != nil {
		return nil, err
	}
	m.makeScales()
	m.orders = map[*table][]order{}
	for _, t := range m.tables {
		m.orders[t] = m.ordersOf(t)
	}
	for depth := 1; depth <= maxDepth; depth++ { // parents before children
		for _, t := range m.tables {
			if len(t.path) != depth {
				continue
			}
			if err := m.compileDates(t); err != nil {
				return nil, err
			}
		}
	}
	for _, t := range m.tables {
		if err := m.compileFields(t); err != nil {
			return nil, err
		}
	}
	for _, t := range m.tables {
		if err := m.compileGroups(t); err != nil {
			return nil, err
		}
		if err := m.compileCounts(t); err != nil {
			return nil, err
		}
	}
	if m.patient != nil {
		m.nhs = nhsNumbers(cfg.Seed, cfg.Patients+spareNumbers*len(cfg.Break))
	}
	return m, nil
}

// spareNumbers is how many NHS numbers are set aside for each code to break,
// of which All is one.
const spareNumbers = 2000

// A file is made some days after the month's end.
const (
	daysToSend = 5
	timeMade   = "T10:15:30"
)

func (m *maker) role(name, value string) {
	if ref := m.roles[name]; ref.Field != "" {
		m.known[ref] = value
	}
}

// prepareJudge compiles what worlds are judged by.
func (m *maker) prepareJudge() error {
	m.conditions, m.patterns = map[string]dictionary.Condition{}, map[string]*regexp.Regexp{}
	for i := range m.d.Rules {
		r := &m.d.Rules[i]
		if !active(r) {
			continue
		}
		var err error
		if r.Condition != "" {
			if m.conditions[r.Code], err = dictionary.ParseCondition(r.Condition); err != nil {
				return fmt.Errorf("rule %s: %w", r.Code, err)
			}
		}
		if r.Pattern != "" && m.patterns[r.Pattern] == nil {
			if m.patterns[r.Pattern], err = regexp.Compile(r.Pattern); err != nil {
				return fmt.Errorf("rule %s: %w", r.Code, err)
			}
		}
		if r.Kind == dictionary.ParentExists || r.Kind == dictionary.ChildExists {
			m.references = append(m.references, r)
		}
	}
	// What is in no published order comes last.
	place := func(r *dictionary.Rule) int { return cmp.Or(orderOf(m.d, r.Code), len(m.d.References)+1) }
	slices.SortStableFunc(m.references, func(a, b *dictionary.Rule) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Code, b.Code))
	})
	return nil
}

// arrange finds which table lies under which, and which are pools.
func (m *maker) arrange() error {
	m.tables = make([]*table, len(m.d.Tables))
	byID := map[string]*table{}
	for i := range m.d.Tables {
		t := &table{Table: &m.d.Tables[i], index: i, salt: uint64(i+1) << 32, parentField: -1, key: -1, begin: -1, finish: -1}
		m.tables[i], byID[t.ID] = t, t
	}
	of := func(role string) *table {
		if t, _ := m.d.Role(role); t != nil {
			return byID[t.ID]
		}
		return nil
	}
	m.header, m.patient = of(roleHeader), of(rolePatient)
	if m.patient == nil {
		return fmt.Errorf("no table plays the part %q", rolePatient)
	}
	for _, t := range m.tables {
		if t == m.header || t == m.patient {
			continue
		}
		if id := m.g.shapes.parentOf(m.d, t.ID); id != "" {
			t.parent = byID[id]
		}
		t.pool = t.parent == nil
	}
	for _, t := range m.tables {
		for p := t; p != nil; p = p.parent {
			t.path = slices.Insert(t.path, 0, p)
			if len(t.path) > maxDepth {
				return fmt.Errorf("table %s: lies more than %d tables deep", t.ID, maxDepth)
			}
		}
		if t.parent != nil && t.path[0] != m.patient {
			return fmt.Errorf("table %s: lies under %s, not under patients", t.ID, t.path[0].ID)
		}
	}
	for i := range m.d.Rules {
		r := &m.d.Rules[i]
		if !active(r) {
			continue
		}
		own := dictionary.Ref{Table: r.Table, Field: r.Field}
		switch r.Kind {
		case dictionary.ParentExists:
			if t := byID[r.Table]; t.parent != nil && t.parent.ID == r.Other.Table {
				m.parents[own] = r.Other
			} else if byID[r.Other.Table].pool {
				m.pools[own] = r.Other
			}
		case dictionary.ChildExists:
			if t := byID[r.Table]; t.pool {
				m.pools[r.Other] = own
				user := byID[r.Other.Table]
				user.users = append(user.users, t)
				for _, p := range user.path {
					p.guards = append(p.guards, t)
				}
			} else {
				byID[r.Other.Table].demanded = true
			}
		}
	}
	return nil
}

// first returns the first active rule of the kind on the field, or nil.
func (m *maker) first(ref dictionary.Ref, kinds ...dictionary.Kind) *dictionary.Rule {
	for _, r := range m.byField[ref] {
		if slices.Contains(kinds, r.Kind) {
			return r
		}
	}
	return nil
}

// length returns the narrowest length in characters that the rules give a
// field.
func (m *maker) length(ref dictionary.Ref) (least, most int) {
	least, most = 1, 255
	for _, r := range m.byField[ref] {
		if r.Kind == dictionary.Alphanumeric || r.Kind == dictionary.Numeric {
			least, most = max(least, r.Min), min(most, r.Max)
		}
	}
	return least, most
}

// mandatory reports whether some rule, a warning too, is broken by a blank.
func (m *maker) mandatory(ref dictionary.Ref) bool {
	return m.first(ref, dictionary.NotBlank, dictionary.Decimal) != nil
}

// never reports whether a table's rows are always rejected.
func (m *maker) never(t *table) bool {
	return slices.ContainsFunc(m.byTable[t.ID], func(r *dictionary.Rule) bool { return r.Kind == dictionary.RejectAll })
}

// codesInForce returns the codes of a list that count for the period.
func (m *maker) codesInForce(list string) [][]byte {
	l := m.d.List(list)
	if l == nil {
		return nil
	}
	var codes [][]byte
	for _, c := range l.Codes {
		if c.ValidFrom == "" || c.ValidFrom <= m.periodStart {
			codes = append(codes, []byte(c.Code))
		}
	}
	return codes
}

// A scale is an assessment and the scores that it may have.
type scale struct {
	concept []byte
	scores  [][]byte // some that it may have, all of a scale of separate values

	values    []string // the complete list, nil for a range
	low, high string   // of a range, inclusive
	decimals  int
}

// maxScores bounds how many scores of a wide range are used.
const maxScores = 200

// makeScales lists the scales in force and their scores.
func (m *maker) makeScales() {
	later := m.periodStart >= dictionary.ScalesFrom
	for i := range m.d.Scales {
		s := &m.d.Scales[i]
		if later && !s.Later || !later && !s.Earlier || s.CollectedFrom > m.periodStart {
			continue
		}
		out := scale{concept: []byte(s.Concept)}
		gone := s.EarlierOnly
		decimals := s.Decimals
		if !later {
			gone, decimals = s.LaterOnly, 1
		}
		for _, v := range s.Values {
			if !slices.Contains(gone, v) {
				out.scores = append(out.scores, []byte(v))
				out.values = append(out.values, v)
			}
		}
		out.low, out.high, out.decimals = s.Low, s.High, decimals
		if len(s.Values) == 0 {
			low, err1 := strconv.ParseFloat(s.Low, 64)
			high, err2 := strconv.ParseFloat(s.High, 64)
			if err1 != nil || err2 != nil {
				continue // no source gives its scores: nothing can be said of them
			}
			whole := 0
			for v := int(low); v <= int(high) && len(out.scores) < maxScores; v++ {
				if float64(v) >= low {
					out.scores = append(out.scores, strconv.AppendInt(nil, int64(v), 10))
					whole++
				}
			}
			if decimals > 0 {
				for v := int(low); v < int(high) && len(out.scores) < 2*whole; v++ {
					if v >= 0 && float64(v) >= low {
						out.scores = append(out.scores, append(strconv.AppendInt(nil, int64(v), 10), ".5"...))
					}
				}
			}
		}
		if len(out.scores) > 0 {
			m.sortedScales = append(m.sortedScales, len(m.scales))
			m.scales = append(m.scales, out)
		}
	}
	slices.SortFunc(m.sortedScales, func(a, b int) int { return bytes.Compare(m.scales[a].concept, m.scales[b].concept) })
}
