// Package finding is what the validator says about data: findings, one by one,
// and their summary.
//
// A Finding is about a record; it holds patient data, so it goes to a Sink and
// never to a log. What is wrong with us or with the machine is a Go error and
// never a finding.
package finding

import "mhsds/dictionary"

// A Finding is one failure of one rule at one place. It, and the bytes of its
// values, belong to the validator: a Sink copies what it wants to keep.
type Finding struct {
	Rule  *dictionary.Rule  // never nil
	Table *dictionary.Table // whose row failed; nil only for container faults of unknown tables

	Row  int64  // 1-based among the table's rows in reading order; 0 for a table or file as a whole
	File string // as the submission names it; "" if nothing in it holds the table
	Line int64  // of the record's first character, from 1; 0 where there are no lines

	// Column is the field as the container's fault names it, for rules of ours
	// that concern any field; "" when Rule.Field says it.
	Column string

	// Values are the values of Rule.Items, in their order. A nil Values means
	// that nobody asked for them.
	Values []Value

	// Detail is something more to say about this finding that holds no value
	// and no identifier, "looks like DD/MM/YYYY"; "" mostly.
	Detail string

	// Cause is what this finding follows from; its zero value is "nothing".
	Cause Cause

	// Fingerprint identifies the finding from month to month: a keyed hash in
	// hexadecimal. "" without a key.
	Fingerprint string

	// History is how the finding stands against an earlier result. Whoever
	// compares sets it; the validator does not.
	History History
}

// A Value is the value of one reported item. Null is true when the row has
// none; the bytes are then empty.
type Value struct {
	Item dictionary.Item
	Text []byte
	Null bool
}

// A Cause names the finding that another follows from, or the table in which
// the key that it needs does not stand.
type Cause struct {
	Rule   *dictionary.Rule  // nil if the cause is an absent record
	Table  *dictionary.Table // of the causing row, or of the absent record
	Row    int64
	Absent bool
	Key    []byte // of an absent record; nil unless values are asked for
}

// None reports whether there is no cause.
func (c *Cause) None() bool { return c.Table == nil }

// Rejected reports whether the cause is the rejection of another record: the
// finding goes when that record is repaired. An absent record is rejected by
// nobody, so a finding that names one is where the repair begins.
func (c *Cause) Rejected() bool { return c.Rule != nil }

// A Sink takes findings as they are made. A nil error means go on; any other
// stops the run, which returns it unchanged. Calls are never concurrent, and
// come in the order of CLI.md, "Findings as JSON lines".
type Sink interface {
	Report(*Finding) error
}

// A Beginner is a Sink that is told the reporting period of the submission
// before the first finding, as CCYY-MM-DD; "" for a date that the header does
// not give.
type Beginner interface {
	Sink
	Begin(start, end string)
}
