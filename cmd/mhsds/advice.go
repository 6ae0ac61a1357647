package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate"
	"mhsds/validate/finding"
	"mhsds/validate/plan"
	"mhsds/validate/source"
	"mhsds/validate/source/access"
	"mhsds/validate/source/archive"
)

// What is said to somebody whose submission could not be read as it was meant:
// what is in it instead, and what to do.

// fewNames is how many names of files a sentence lists.
const fewNames = 3

// notSubmission says what a container without a table of the data set holds.
func notSubmission(path string, c source.Container, d *dictionary.Dictionary) error {
	say := func(format string, args ...any) error {
		return inputf("%s: %w: "+format, append([]any{path, validate.ErrNotSubmission}, args...)...)
	}
	example, names := d.Tables[0].Name, make([]string, len(d.Tables))
	for i := range d.Tables {
		names[i] = d.Tables[i].Name
	}
	tables := c.Tables()
	if _, ok := c.(*access.Database); ok {
		if len(tables) == 0 {
			return say("the database has no table")
		}
		return say("none of the %s of the database has a name of the data set, such as %s", things(len(tables), "table"), example)
	}
	if len(tables) > 0 {
		var files []string
		for i, t := range tables {
			if i == fewNames {
				files = append(files, fmt.Sprintf("%d more", len(tables)-i))
				break
			}
			name := t.File
			if near := dictionary.Nearest(t.Name, names); near != "" {
				name += " (" + near + "?)"
			}
			files = append(files, name)
		}
		return say("no file in it is named after a table, as %s.csv would be; it holds %s", example, strings.Join(files, ", "))
	}
	for _, n := range c.Notices() {
		switch strings.ToLower(filepath.Ext(n.File)) {
		case ".accdb", ".mdb", ".zip", ".xlsx":
			return say("it holds %s, which is read only by itself: take it out and give that", n.File)
		}
		if info, err := os.Stat(filepath.Join(path, n.File)); err == nil && info.IsDir() {
			return say("it holds no CSV file but the folder %s: give that", n.File)
		}
	}
	return say("there is no CSV file in it; a submission has one for each table, such as %s.csv", example)
}

// wrongDelimiter returns an error when the first lines of all tables are one
// name each, with another delimiter in it: no value could be read then, and a
// report would be about nothing else. It opens tables until one is otherwise,
// which mostly is the first.
func wrongDelimiter(path string, c source.Container, d *dictionary.Dictionary, delimiter byte) error {
	if _, ok := c.(*archive.Container); !ok {
		return nil
	}
	var divided source.Divider
	for i, t := range c.Tables() {
		if !known(d, t.Name) {
			continue
		}
		r, err := c.Open(i)
		if err != nil {
			return nil // said when the table is read
		}
		columns := r.Columns()
		r.Close()
		if len(columns) != 1 {
			return nil
		}
		by, ok := source.Divided(columns[0].Name, delimiter)
		if !ok || divided.Sign != 0 && by != divided {
			return nil
		}
		divided = by
	}
	if divided.Sign == 0 {
		return nil
	}
	sign := fmt.Sprintf(`"%c"`, divided.Sign)
	if divided.Sign == '\t' {
		sign = "tab"
	}
	return inputf("%s: the fields of its files are divided by %s: give --delimiter %s", path, divided.Name, sign)
}

// known reports whether the data set has a table of the name.
func known(d *dictionary.Dictionary, name string) bool {
	return slices.ContainsFunc(d.Tables, func(t dictionary.Table) bool {
		return strings.EqualFold(t.Name, name) || strings.EqualFold(t.ID, name)
	})
}

// An opening is a container that is being opened while the schemas compile.
type opening struct {
	container source.Container
	err       error
	done      chan struct{}
}

// open begins to open the submission: on a share of a network it takes as long
// as the schemas do.
func open(path string, delimiter byte) *opening {
	o := &opening{err: errPanic, done: make(chan struct{})}
	go func() {
		defer close(o.done)
		defer func() { recover() }() // what was raised may hold a value; errPanic says enough
		o.container, o.err = openContainer(path, delimiter)
	}()
	return o
}

// wait returns what was opened. The error of a fault of ours has its status.
func (o *opening) wait() (source.Container, error) {
	<-o.done
	if errors.Is(o.err, errPanic) {
		return nil, &statusError{statusFault, errOurs}
	}
	return o.container, o.err
}

// close closes what was opened, whoever asked for it.
func (o *opening) close() {
	<-o.done
	if o.err == nil {
		o.container.Close()
	}
}

// damagedAdvice ends a sentence about a damaged database.
const damagedAdvice = "export it again, or repair a copy in Access (Database Tools, Compact and Repair Database)"

// unreadable gives the error of reading a submission its status, and says what
// to do about a damaged database.
func unreadable(path string, database bool, err error) error {
	s := named(path, err)
	switch {
	case database && errors.Is(err, access.ErrForeign):
		s += "; export it again, for Access would not open it either"
	case database && errors.Is(err, source.ErrDamaged):
		s += "; " + damagedAdvice
	}
	return inputf("%s", s)
}

// layouts counts the columns whose dates are all written in another layout, by
// the layout.
type layouts map[string]int

func (l layouts) note(f *finding.Finding) {
	if f.Rule.Kind != dictionary.Container || f.Rule.Check != "date_layout" {
		return
	}
	for _, known := range plan.KnownLayouts() {
		if strings.HasSuffix(f.Detail, " "+known) {
			l[known]++
			return
		}
	}
}

// notice says how such dates can be read; ok is false if there are none.
func (l layouts) notice() (n finding.Notice, ok bool) {
	most := ""
	for _, known := range plan.KnownLayouts() { // in order, so that ties are settled alike
		if l[known] > 0 && (most == "" || l[known] > l[most]) {
			most = known
		}
	}
	if most == "" {
		return n, false
	}
	return finding.Notice{Text: fmt.Sprintf("the dates of %s look like %s, which --date-layout %s would read", things(l[most], "column"), most, most)}, true
}

func things(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
