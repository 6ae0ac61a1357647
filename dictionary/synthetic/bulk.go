package synthetic

import (
	"slices"
	"sync"
	"sync/atomic"

	"mhsds/dictionary"
)

// bulkOf is what the single values that break rules depend on.
type bulkOf struct{ period, provider string }

// A bulk is, by table, single values that break one rule in any row.
type bulk struct {
	once   sync.Once
	tables [][]cellEdit
	err    error
}

// prepareBulk finds values to break rows with, for Config.FaultRate.
func (m *maker) prepareBulk() error {
	if m.cfg.FaultRate == 0 {
		return nil
	}
	key := bulkOf{m.cfg.Period, m.cfg.Provider}
	m.g.mu.Lock()
	b := m.g.bulks[key]
	if b == nil {
		b = new(bulk)
		m.g.bulks[key] = b
	}
	m.g.mu.Unlock()
	b.once.Do(func() {
		// In a submission of one patient: what would do in any row does in one.
		one, err := m.g.maker(Config{Patients: 1, Period: key.period, Provider: key.provider, Workers: m.cfg.Workers})
		if err == nil {
			b.tables, err = one.bulk()
		}
		b.err = err
	})
	if b.err != nil {
		return b.err
	}
	m.rate = threshold(m.cfg.FaultRate)
	for i, t := range m.tables {
		t.bulk = b.tables[i]
	}
	return nil
}

// bulk finds the values. Keys are left alone: a fault in one would take all
// rows below with it.
func (m *maker) bulk() ([][]cellEdit, error) {
	tables := make([][]cellEdit, len(m.tables))
	errs := make([]error, len(m.tables))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range m.cfg.Workers {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(m.tables); i = int(next.Add(1)) - 1 {
				tables[i], errs[i] = m.bulkTable(m.tables[i])
			}
		})
	}
	wait.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return nil, errs[i]
	}
	return tables, nil
}

func (m *maker) bulkTable(t *table) ([]cellEdit, error) {
	if t == m.header || m.never(t) {
		return nil, nil
	}
	var list []cellEdit
	for _, r := range m.byTable[t.ID] {
		if why, whole := m.breakable(r); why != "" || whole || r.Severity == dictionary.RejectFile || r.Field == "" {
			continue
		}
		switch t.fields[t.Index(r.Field)].how {
		case makeKey, makeParent, makeNHS:
			continue
		}
		f, err := m.fault(r, 0, 0)
		if err != nil {
			return nil, err
		}
		if f != nil && f.constant != nil {
			list = append(list, *f.constant)
		}
	}
	return list, nil
}
