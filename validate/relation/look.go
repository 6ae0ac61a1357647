package relation

// WithKey calls yield for the rows of the table that have the key in the
// column, in order. ok is false if rows of the table are not looked up by that
// column: no reference rule names it as the other side.
func (s *Store) WithKey(table, column int, key []byte, yield func(row int)) (ok bool) {
	for i, k := range s.spec.tables[table].keys {
		if k.column != column || k.grouped {
			continue
		}
		index := s.tables[table].indexes[i]
		if len(key) == 0 {
			return true
		}
		if first := index.Find(key, Hash(key)); first >= 0 {
			yield(int(first))
			for _, again := range index.Again(int(first)) {
				yield(int(again))
			}
		}
		return true
	}
	return false
}
