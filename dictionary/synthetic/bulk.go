package synthetic

import (
	"slices"

	"mhsds/dictionary"
)

// prepareBulk finds, for every table that is written, single values that break
// one rule in any row, for Config.FaultRate. Keys are left alone: a fault in
// one would take all rows below with it.
func (m *maker) prepareBulk() error {
	if m.cfg.FaultRate == 0 {
		return nil
	}
	m.rate = threshold(m.cfg.FaultRate)
	all := make([][]cellEdit, len(m.tables)) // rows are not spoilt while worlds are made of them
	for i, t := range m.tables {
		if t == m.header || m.never(t) || m.cfg.Tables != nil && !slices.Contains(m.cfg.Tables, t.ID) {
			continue
		}
		for _, r := range m.byTable[t.ID] {
			if why, whole := m.breakable(r); why != "" || whole || r.Severity == dictionary.RejectFile || r.Field == "" {
				continue
			}
			switch t.fields[t.Index(r.Field)].how {
			case makeKey, makeParent, makeNHS:
				continue
			}
			f, err := m.fault(r, m.cfg.Patients-1, 0)
			if err != nil {
				return err
			}
			if f != nil && f.constant != nil {
				all[i] = append(all[i], *f.constant)
			}
		}
	}
	for i, t := range m.tables {
		t.bulk = all[i]
	}
	return nil
}
