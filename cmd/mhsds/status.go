package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"mhsds/validate/report/wording"
)

// The exit statuses of CLI.md.
const (
	statusClean      = 0
	statusFindings   = 1
	statusUsage      = 2
	statusInput      = 3
	statusIncomplete = 4
	statusFault      = 5
)

// A statusError is an outcome that ends the program with a status; a nil err
// says nothing more.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string {
	if e.err == nil {
		return "exit status " + strconv.Itoa(e.status)
	}
	return e.err.Error()
}

func (e *statusError) Unwrap() error { return e.err }

// errOurs is all that a fault of the program says: anything more might be a
// value.
var errOurs = errors.New("a fault of ours, not of your submission: the program stopped; please report it with the command and the version, without data")

func usagef(format string, args ...any) error {
	return &statusError{statusUsage, fmt.Errorf(format, args...)}
}

func inputf(format string, args ...any) error {
	return &statusError{statusInput, fmt.Errorf(format, args...)}
}

func incompletef(format string, args ...any) error {
	return &statusError{statusIncomplete, fmt.Errorf(format, args...)}
}

func faultf(format string, args ...any) error {
	return &statusError{statusFault, fmt.Errorf("a fault of ours: "+format, args...)}
}

// unpath removes from an error of package os what it repeats of the call: its
// cause alone, for sentences that name the file themselves.
func unpath(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}

// plain writes the characters that a terminal might obey as escapes.
func plain(s string) string { return wording.Clean(s) }
