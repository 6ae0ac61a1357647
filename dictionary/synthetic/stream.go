package synthetic

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"mhsds/dictionary"
)

func (t *table) ref(column int) dictionary.Ref {
	return dictionary.Ref{Table: t.ID, Field: t.Fields[column].Name}
}

// chunkUnits is how many units (patients, or rows of a pool) are made at a time:
// enough to hide the hand-over, few enough to stay in the cache.
const chunkUnits = 256

// write makes all tables and hands them to w.
func (m *maker) write(ctx context.Context, p *plan, w Writer) (*Result, error) {
	res := &Result{Skipped: p.skipped}
	for _, t := range m.tables {
		if m.cfg.Tables != nil && !slices.Contains(m.cfg.Tables, t.ID) {
			continue
		}
		rows, err := m.table(ctx, t, p, w)
		if err != nil {
			return nil, err
		}
		res.Tables = append(res.Tables, TableCount{t.Table, rows})
	}
	res.Answers = p.answers()
	return res, nil
}

// units is how many patients a table is made for, or how many rows a pool has.
func (m *maker) units(t *table) int {
	switch {
	case m.never(t):
		return 0
	case t == m.header:
		return 1
	case t.pool:
		return t.pooled
	}
	return m.cfg.Patients
}

// table makes one table: workers make chunks, one goroutine writes them in
// order.
//
//	units  0…255   256…511   512…767  …
//	         │        │         │          any worker takes the next chunk
//	       batch    batch     batch        as many as there are workers, twice
//	         └────────┴────┬────┘
//	                    Writer             in order
func (m *maker) table(ctx context.Context, t *table, p *plan, w Writer) (rows int64, err error) {
	if err := w.Begin(t.Table); err != nil {
		return 0, err
	}
	units := m.units(t)
	chunks := (units + chunkUnits - 1) / chunkUnits
	workers := min(m.cfg.Workers, chunks)
	type slot struct {
		batch  batch
		faults []placed
		done   chan struct{}
	}
	slots := make([]slot, 2*workers)
	free := make([]chan struct{}, len(slots))
	for i := range slots {
		slots[i].done = make(chan struct{}, 1)
		free[i] = make(chan struct{}, 1)
		free[i] <- struct{}{}
	}
	var stop atomic.Bool
	var wait sync.WaitGroup
	var order sync.Mutex // a chunk and its slot are taken together, or a later chunk might overtake
	next := 0
	take := func() int {
		order.Lock()
		defer order.Unlock()
		n := next
		if next++; n < chunks {
			<-free[n%len(slots)]
		}
		return n
	}
	for range workers {
		wait.Go(func() {
			worker := m.worker()
			for n := take(); n < chunks; n = take() {
				s := &slots[n%len(slots)]
				if !stop.Load() {
					s.faults = worker.faulty(t, n*chunkUnits, min(units, (n+1)*chunkUnits), p, &s.batch, s.faults[:0])
				}
				s.done <- struct{}{}
			}
		})
	}
	values := make([][]byte, len(t.Fields))
	for n := range chunks {
		i := n % len(slots)
		<-slots[i].done
		b := &slots[i].batch
		if err == nil {
			if err = ctx.Err(); err != nil {
				stop.Store(true)
			}
		}
		if err == nil {
			for r := range b.rows {
				b.row(r, values)
				if err = w.Row(values); err != nil {
					stop.Store(true)
					break
				}
			}
			for _, f := range slots[i].faults {
				p.rows[f.row] = rows + int64(f.at) + 1
			}
			rows += int64(b.rows)
		}
		free[i] <- struct{}{}
	}
	wait.Wait()
	if err != nil {
		return rows, err
	}
	for _, row := range p.extra[t] {
		for c, v := range row.values {
			values[c] = []byte(v)
		}
		if err := w.Row(values); err != nil {
			return rows, err
		}
		rows++
		p.rows[row] = rows
	}
	return rows, w.End()
}

// A placed row is one of a fault's world, and where in its batch it stands.
type placed struct {
	row *worldRow
	at  int
}

// faulty makes the rows of the units from to to-1. Patients with a fault have
// the rows of the fault's world.
func (w *worker) faulty(t *table, from, to int, p *plan, b *batch, list []placed) []placed {
	if len(p.patients) == 0 || t.pool || t == w.header {
		w.chunk(t, from, to, b)
		return list
	}
	b.reset(len(t.Fields))
	for u := from; u < to; u++ {
		rows, ok := p.patients[u]
		if !ok {
			w.patientRows(t, u, b)
			continue
		}
		for _, row := range rows {
			if row.t != t {
				continue
			}
			list = append(list, placed{row, b.rows})
			for _, v := range row.values {
				at := len(b.text)
				b.text = append(b.text, v...)
				b.cells = append(b.cells, cell{uint32(at), uint32(len(b.text))})
			}
			b.rows++
		}
	}
	return list
}

// chunk makes the rows of the units from to to-1.
func (w *worker) chunk(t *table, from, to int, b *batch) {
	b.reset(len(t.Fields))
	for u := from; u < to; u++ {
		if t.pool || t == w.header {
			w.poolRow(t, u, b)
		} else {
			w.patientRows(t, u, b)
		}
	}
}

// Count says how many rows Write writes to each table, without making them.
func (s *Submission) Count() []TableCount {
	var list []TableCount
	m := s.m
	for _, t := range m.tables {
		if m.cfg.Tables != nil && !slices.Contains(m.cfg.Tables, t.ID) {
			continue
		}
		n := 0
		switch units := m.units(t); {
		case s.whole != nil:
			for _, row := range s.whole.world.rows {
				if row.t.ID == t.ID {
					n++
				}
			}
		case t.pool || t == m.header:
			n = units + len(s.plan.extra[t])
		default:
			k := m.worker()
			for u := range units {
				if rows, ok := s.plan.patients[u]; ok {
					for _, row := range rows {
						if row.t == t {
							n++
						}
					}
					continue
				}
				n += k.patientCount(t, u)
			}
		}
		list = append(list, TableCount{t.Table, int64(n)})
	}
	return list
}
