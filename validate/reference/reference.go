// Package reference holds national lists that the user brings: organisations,
// sites, schools and postcodes, with the dates between which each code counts.
//
// The files are those that the registers publish:
//
//	organisations, sites, schools   ODS reports, 27 columns, no header line
//	    RX1,TRUST …,,,,,,,,NG3 6AA,20010401,20171231,C,…
//	    code                       open     close    status
//	    or columns named code, open, close, in any order
//	postcodes                       ONS or NHS Postcode Directory
//	    pcds      dointr  doterm
//	    "AB1 0AA",198001,199606
//
// A code counts on a day from its opening to its closing, both included; no
// date stands for always. Codes that stand several times count in each of the
// spans. No successor is followed, and what a register says of the status of
// a code is not asked: the dates decide.
//
// Everything is kept sorted in a few flat lists, 16 bytes an organisation and 8
// a postcode:
//
//	organisations   code, up to 8 characters as one number   open, close
//	postcodes       31 bits of postcode | first month | last month
package reference

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/batch"
	"mhsds/validate/finding"
)

// A Set is the reference data of a run. Once loaded it is read-only and may be
// shared; the zero value holds nothing.
type Set struct {
	codes     [codeRegisters]codeList
	postcodes postcodeList
	given     [dictionary.Postcodes + 1]bool
	files     []finding.ReferenceFile
}

// codeRegisters is the number of registers of codes with dates.
const codeRegisters = 3

// Load adds a file. name is what reports call it, size its length in bytes or
// 0 if nobody knows. An error names the file and what is wrong with it; the Set
// must not be used then.
func (s *Set) Load(register dictionary.Register, name string, size int64, r io.Reader) error {
	f := finding.ReferenceFile{Register: register, Name: name}
	var err error
	switch register {
	case dictionary.Organisations, dictionary.Sites, dictionary.Schools:
		err = s.codes[register-1].load(newScanner(r), &f)
	case dictionary.Postcodes:
		err = s.postcodes.load(newScanner(r), size, &f)
	default:
		err = fmt.Errorf("there is no register %d", register)
	}
	if err == nil && f.Rows == 0 {
		err = errors.New("holds no code")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s.given[register] = true
	s.files = append(s.files, f)
	return nil
}

// Holds reports whether a file of the register was loaded.
func (s *Set) Holds(r dictionary.Register) bool { return s.given[r] }

// Has reports whether the register has the value on the day, which counts from
// 1970-01-01. Capitals count; spaces inside a postcode do not.
func (s *Set) Has(r dictionary.Register, value []byte, day int32) bool {
	if r == dictionary.Postcodes {
		return s.postcodes.has(value, monthOf(day))
	}
	return s.codes[r-1].has(value, day)
}

// Spans appends the first and the last day of each span in which the code
// stands in the register: batch.Null is always, math.MaxInt32 never. A register
// of postcodes has none here.
func (s *Set) Spans(dst [][2]int32, r dictionary.Register, value []byte) [][2]int32 {
	if r == dictionary.Postcodes {
		return dst
	}
	return s.codes[r-1].spansOf(dst, value)
}

// Files lists what was loaded, in that order.
func (s *Set) Files() []finding.ReferenceFile { return slices.Clone(s.files) }

// newest keeps the later of a date written CCYY-MM-DD and a day.
func newest(written string, day int32) string {
	if day <= batch.Unreadable {
		return written
	}
	if d := string(batch.AppendDay(nil, day)); d > written {
		return d
	}
	return written
}
