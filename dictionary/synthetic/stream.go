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
func (m *maker) write(ctx context.Context, w Writer) ([]TableCount, error) {
	var list []TableCount
	for _, t := range m.tables {
		if m.cfg.Tables != nil && !slices.Contains(m.cfg.Tables, t.ID) {
			continue
		}
		rows, err := m.table(ctx, t, w)
		if err != nil {
			return list, err
		}
		list = append(list, TableCount{t.Table, rows})
	}
	return list, nil
}

// table makes one table: workers make chunks, one goroutine writes them in
// order.
//
//	units  0…255   256…511   512…767  …
//	         │        │         │          any worker takes the next chunk
//	       batch    batch     batch        as many as there are workers, twice
//	         └────────┴────┬────┘
//	                    Writer             in order
func (m *maker) table(ctx context.Context, t *table, w Writer) (rows int64, err error) {
	if err := w.Begin(t.Table); err != nil {
		return 0, err
	}
	units := m.cfg.Patients
	switch {
	case m.never(t):
		units = 0
	case t == m.header:
		units = 1
	case t.pool:
		units = t.pooled
	}
	chunks := (units + chunkUnits - 1) / chunkUnits
	workers := min(m.cfg.Workers, chunks)
	type slot struct {
		batch batch
		done  chan struct{}
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
					worker.chunk(t, n*chunkUnits, min(units, (n+1)*chunkUnits), &s.batch)
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
			rows += int64(b.rows)
		}
		free[i] <- struct{}{}
	}
	wait.Wait()
	if err != nil {
		return rows, err
	}
	return rows, w.End()
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
