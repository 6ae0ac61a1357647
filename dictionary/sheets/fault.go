package sheets

import (
	"fmt"
	"strings"
)

// A Fault is one thing that is wrong in the sheets.
type Fault struct {
	Place Place
	Where string // the place in the container's words: "sheet rules.csv, row 84"
	Text  string // what is wrong and what would be right
}

func (f Fault) Error() string { return f.Where + ": " + f.Text }

// Faults are all faults of some sheets, in the order of the sheets.
type Faults []Fault

// shownFaults bounds what Error writes; a sheet with a column shifted by one
// has a fault in every row.
const shownFaults = 50

// Error writes one fault a line, the first fifty and how many more there are.
func (fs Faults) Error() string {
	var b strings.Builder
	for i, f := range fs {
		if i == shownFaults {
			fmt.Fprintf(&b, "\nand %d more faults", len(fs)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(f.Error())
	}
	return b.String()
}

func (fs *Faults) add(word func(Place) string, p Place, text string) {
	*fs = append(*fs, Fault{Place: p, Where: word(p), Text: text})
}
