package access

import "mhsds/validate/source"

// Structure returns the columns of the i-th of Tables, with their types. It
// makes a Database a source.Structured container.
func (db *Database) Structure(i int) ([]source.Column, error) {
	r, err := db.Open(i)
	if err != nil {
		return nil, err
	}
	return r.Columns(), r.Close()
}
