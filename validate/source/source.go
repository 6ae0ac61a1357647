// Package source says how a table's records arrive, whatever holds them.
//
// A Container is an opened submission: a folder, a zip, a database. It lists
// tables by the names it has for them and knows no dictionary; who reads it
// matches names. One goroutine calls Next and cuts the input into blocks; any
// number of goroutines decode blocks into batches, so a block must be
// decodable without its neighbours:
//
//	Reader.Next ──► Block ──► Decoder.Decode ──► Batch, Batch, …
//	(one goroutine)  bounded   (one Decoder a goroutine)
//
// Rows are numbered by counting them in block order.
package source

import (
	"errors"
	"io"

	"mhsds/validate/batch"
)

// A Container is an opened submission. Its methods are called by one goroutine.
type Container interface {
	// Tables lists what the container holds, in its own order.
	Tables() []Table

	// Open returns a reader at the first row of the i-th of Tables. It may be
	// called again for the same table, one reader at a time.
	Open(i int) (Reader, error)

	// Notices are things to say once about the container as a whole.
	Notices() []Notice

	io.Closer
}

// A Structured container declares the columns of its tables, with types.
type Structured interface {
	Container

	// Structure returns the columns of the i-th of Tables.
	Structure(i int) ([]Column, error)
}

// A Damageable container can be open although parts of it are broken.
type Damageable interface {
	Container

	// Damage says what is broken beside the tables, one sentence each; a
	// table that is damaged says so itself, in Next.
	Damage() []string
}

// A Table is a table as its container names it.
type Table struct {
	Name string // without folder and extension: "MHS101Referral"
	File string // as findings name it: "MHS101Referral.csv"; of a database its own name
	Size int64  // bytes of input, for progress and for sizing; 0 if not known
}

// A Column is a column as its container names it.
type Column struct {
	Name string
	Type Type // Any for containers of text

	// Width is the greatest number of characters of a text column; 0 if the
	// container has no such limit.
	Width int
}

// A Type is the family of a column's type in a container that has types.
type Type uint8

const (
	Any      Type = iota // text without a declared type
	Text                 // text, memo, GUID
	Number               // any number
	DateTime             // a date, a time or both
	Boolean
	Binary
)

func (t Type) String() string {
	return [...]string{"any", "text", "number", "date/time", "yes/no", "binary"}[t]
}

// A Reader reads the rows of one table.
type Reader interface {
	// Columns lists the table's columns; it can be called before Next.
	Columns() []Column

	// Bind says which columns are wanted: batches get len(columns) columns,
	// the i-th filled from Columns()[columns[i]], or null when that is -1.
	// It is called once, before Next.
	Bind(columns []int)

	// Next fills blk with the next part of the input and returns nil, or
	// io.EOF after the last. An error that wraps ErrDamaged means that what
	// was read before stands and that the rest of this table is lost; any
	// other ends the run. It allocates nothing once blk has its working size.
	Next(blk *Block) error

	// Decoder returns a decoder for the use of one goroutine.
	Decoder() Decoder

	// Notices are things to say once about this table; complete after io.EOF
	// and the last Decode.
	Notices() []Notice

	io.Closer
}

// A Keyed reader meets its columns' names row by row, so that a column may turn
// up in the last one. Its Columns are those met so far, complete after io.EOF
// and the last Decode.
type Keyed interface {
	Reader

	// BindNames says which columns are wanted, by distinct names in any case:
	// batches get len(names) columns, the i-th filled from the column names[i]
	// wherever it turns up. It is called once, before Next, in place of Bind.
	BindNames(names []string)
}

// A Decoder turns blocks into batches.
type Decoder interface {
	// Decode resets b and fills it with the next rows of blk, at most max,
	// and reports whether blk has more. The first call for a block starts at
	// its beginning. b's values may point into blk: both stay as they are
	// until the next Decode of either.
	Decode(blk *Block, b *batch.Batch, max int) (more bool, err error)
}

// A Block is a part of a table's input. It belongs to whoever called Next
// with it; Data, State and Offset belong to the reader that filled it.
type Block struct {
	Data []byte // the input; what it means is between a reader and its decoders
	Pos  int    // where the next Decode begins
	Line int32  // lines of this block before Pos

	// Offset is where in the table's input the block begins, for sources
	// that can read a record again; -1 otherwise.
	Offset int64

	// State is whatever else the reader keeps with a block; kept between uses.
	State any
}

// A Notice is something to say once, in one sentence, that is no finding:
// a file that was read as Windows-1252, a column that does not exist.
type Notice struct {
	File string // "" when it concerns the whole container
	Text string
}

// ErrDamaged is wrapped by errors that cost only part of a table.
var ErrDamaged = errors.New("damaged")

// ErrEncrypted is wrapped when a container cannot be read without a key.
var ErrEncrypted = errors.New("encrypted")
