package access

import (
	"cmp"
	"fmt"
	"slices"
)

// A rowRef is a row of a block whose frame has been checked: everything below
// lies in the row, and the offsets of its variable columns ascend.
type rowRef struct {
	at    uint32 // where the row begins in Block.Data
	mask  uint16 // where its null mask begins, from at
	count uint16 // columns the table had when it was written
	vars  uint16 // variable columns it has
}

// A rowFault is what is wrong with a row.
type rowFault uint8

const (
	rowFine rowFault = iota
	rowOutside
	rowAfterOutside
	rowEmpty
	rowCount
	rowMask
	rowFixed
	rowVariable
	rowPointer
	rowTarget
	rowHops
	rowUnread
)

func (f rowFault) String() string {
	return [...]string{
		rowFine:         "is fine",
		rowOutside:      "lies outside the place for rows",
		rowAfterOutside: "ends where a row begins that lies outside the place for rows",
		rowEmpty:        "is too short to be a row",
		rowCount:        "has more columns than the table",
		rowMask:         "is too short for its null mask",
		rowFixed:        "is too short for its fixed columns",
		rowVariable:     "has offsets of variable columns that lie outside it or do not ascend",
		rowPointer:      "has moved to a place that does not exist",
		rowTarget:       "has moved to a place that holds no moved row of this table",
		rowHops:         "has moved in a circle or too often",
		rowUnread:       "has moved to a page that cannot be read",
	}[f]
}

// maxHops is how often a moved row may have moved on. Access moves the target
// back or re-points the first pointer; two hops have not been seen.
const maxHops = 8

// A shape is what a table demands of its rows.
type shape struct {
	numbers int // column numbers ever given

	// firstVariable is the lowest number of a variable column; a row of no
	// more columns has no value in one. numbers if there is none.
	firstVariable int

	// fixedEnd[n] is where the fixed columns with numbers below n end, from
	// the beginning of the row.
	fixedEnd []uint16

	fixed []fixedColumn
}

type fixedColumn struct{ number, offset, end int }

// set derives the shape and refuses columns that contradict each other.
func (s *shape) set(columns []Column, numbers int) error {
	s.numbers, s.firstVariable = numbers, numbers
	s.fixedEnd = make([]uint16, numbers+1)
	ends := make([]int, numbers+1)
	indexes := make(map[int]*Column)
	for i := range columns {
		c := &columns[i]
		if i > 0 && columns[i-1].number == c.number {
			return fmt.Errorf("columns %q and %q have the same number", columns[i-1].Name, c.Name)
		}
		switch {
		case c.Type == Boolean && !c.Calculated:
		case c.Variable:
			s.firstVariable = min(s.firstVariable, c.number)
			if o := indexes[c.index]; o != nil {
				return fmt.Errorf("columns %q and %q have the same place among the variable columns", o.Name, c.Name)
			}
			indexes[c.index] = c
		default:
			f := fixedColumn{c.number, 2 + c.offset, 2 + c.offset + c.size()}
			if f.end > pageSize {
				return fmt.Errorf("column %q lies past the end of a row", c.Name)
			}
			s.fixed = append(s.fixed, f)
			ends[c.number+1] = f.end
		}
	}
	end := 2
	for n, e := range ends {
		end = max(end, e)
		s.fixedEnd[n] = uint16(end)
	}
	byOffset := slices.SortedFunc(slices.Values(s.fixed), func(a, b fixedColumn) int { return cmp.Compare(a.offset, b.offset) })
	for i := 1; i < len(byOffset); i++ {
		if byOffset[i].offset < byOffset[i-1].end {
			return fmt.Errorf("the fixed columns numbered %d and %d overlap", byOffset[i-1].number, byOffset[i].number)
		}
	}
	return nil
}

// frame checks a row and returns where its parts are; at is left to the caller.
func (s *shape) frame(row []byte) (rowRef, rowFault) {
	if len(row) < 3 {
		return rowRef{}, rowEmpty
	}
	count := le16(row)
	if count > s.numbers {
		return rowRef{}, rowCount
	}
	mask := len(row) - (count+7)/8
	if mask < 2 {
		return rowRef{}, rowMask
	}
	ref := rowRef{mask: uint16(mask), count: uint16(count)}
	limit := mask // where the fixed part must have ended
	if count > s.firstVariable {
		if mask < 6 {
			return rowRef{}, rowVariable
		}
		n := le16(row[mask-2:])
		limit = mask - 4 - 2*n
		if limit < 2 {
			return rowRef{}, rowVariable
		}
		if !descending(row[limit:mask-2], limit) {
			return rowRef{}, rowVariable
		}
		ref.vars = uint16(n)
	}
	if int(s.fixedEnd[count]) > limit && !s.fixedFits(row[mask:], count, limit) {
		return rowRef{}, rowFixed
	}
	return ref, rowFine
}

// descending reports whether offsets, two bytes each and at least one of them,
// begin with no more than most, never rise and end with at least 2. None that
// does is as long as a page, so the highest bit of each is free.
func descending(offsets []byte, most int) bool {
	b := offsets
	if le16(b) > most {
		return false
	}
	// Four against the four before them: no difference may borrow.
	const tops = 0x8000800080008000
	for ; len(b) >= 10; b = b[8:] {
		before, after := le64(b), le64(b[2:])
		if (before|after)&tops != 0 || ((before|tops)-after)&tops != tops {
			return false
		}
	}
	last := le16(b)
	for b = b[2:]; len(b) >= 2; b = b[2:] {
		o := le16(b)
		if o > last {
			return false
		}
		last = o
	}
	return last >= 2
}

// fixedFits reports whether the fixed columns that have a value end at limit.
func (s *shape) fixedFits(mask []byte, count, limit int) bool {
	for _, f := range s.fixed {
		if f.number < count && mask[f.number/8]>>(f.number%8)&1 != 0 && f.end > limit {
			return false
		}
	}
	return true
}
