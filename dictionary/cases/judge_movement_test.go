package cases

import "mhsds/dictionary"

// movement is the judge's plain reading of the rules on movement. Of the
// monthly counts it knows those of a submission without rows.
func (j *judge) movement(r *dictionary.Rule) bool {
	j.reject()
	j.cascade(1 << 30)
	for _, e := range j.given.Earlier {
		rows, kept := int64(0), int64(0)
		for i, row := range j.rows {
			if row.Table == e.ID && len(row.Fields) > 0 {
				rows++
				if !j.lost[i] {
					kept++
				}
			}
		}
		switch r.Check {
		case "table_vanished":
			return rows == 0 && e.Count >= 20
		case "table_doubled":
			return kept >= 2*e.Count && kept > e.Count+20
		case "measure_moved":
			return e.Count > 20 // by all of it, to nothing
		}
	}
	return false
}
