package access

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"mhsds/validate/source"
)

// A Database is an opened file. Like any source.Container, its methods are for
// one goroutine; the readers and decoders it hands out are not bound to it.
type Database struct {
	file    *file
	closer  io.Closer
	stamp   source.Stamp
	header  header
	tables  []table
	list    []source.Table // of tables
	linked  []Link
	damage  []string
	notices []source.Notice
}

// A table is an entry of the catalogue.
type table struct {
	name string
	page uint32 // where its definition begins
	size int64  // bytes of its data pages; 0 if not known
	err  error  // why it cannot be opened at all
}

// A Link is a table that the database only points at; its rows are elsewhere
// and are not read.
type Link struct {
	Name     string
	Database string // path of the other Access database; "" if it is no Access database
	Table    string // its name there
}

// Open opens the database at path for reading. The error wraps
// source.ErrEncrypted if it cannot be read without a key and
// source.ErrDamaged if nothing in it can be relied on.
func Open(path string) (*Database, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	db, err := New(f, info.Size(), filepath.Base(path))
	if err != nil {
		f.Close()
		return nil, err
	}
	db.closer, db.stamp = f, source.NewStamp(path, info)
	return db, nil
}

// New opens a database of size bytes; name is what findings and errors call
// it. Any number of goroutines may use r at a time, as its interface demands.
func New(r io.ReaderAt, size int64, name string) (*Database, error) {
	db := &Database{file: &file{r: r, size: size, pages: uint32(min(size/pageSize, 1<<24)), name: name}}
	if err := db.open(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return db, nil
}

func (db *Database) open() error {
	f := db.file
	switch {
	case f.size == 0:
		return damagef("the file is empty")
	case f.pages == 0:
		return damagef("page 0: the file has %d bytes, less than one page", f.size)
	}
	page := make([]byte, pageSize)
	err := f.page(page, 0)
	if err != nil {
		return err
	}
	if db.header, err = parseHeader(page); err != nil {
		return err
	}
	if rest := f.size % pageSize; rest != 0 {
		db.hurt("the file ends inside page %d, after %d of its %d bytes: it has been cut", f.pages, rest, pageSize)
	}
	return db.catalogue()
}

func (db *Database) notice(format string, args ...any) {
	db.notices = append(db.notices, source.Notice{Text: fmt.Sprintf(format, args...)})
}

// hurt notes damage to the file that costs none of the user's tables.
func (db *Database) hurt(format string, args ...any) {
	db.damage = append(db.damage, fmt.Sprintf(format, args...))
}

// Damage says what is broken in the file beside its tables: the tables are
// whole as far as they say nothing themselves, but the file should be repaired.
func (db *Database) Damage() []string { return db.damage }

// Changed implements source.Changeable.
func (db *Database) Changed() []string {
	if !db.stamp.Changed() {
		return nil
	}
	return []string{db.file.name}
}

// Version names the format: "ACE 14 (Access 2010)".
func (db *Database) Version() string { return versions[db.header.version] }

// Tables lists the tables of the user in the order of the catalogue: no system
// table, none that is linked. Those that cannot be opened are among them.
func (db *Database) Tables() []source.Table { return db.list }

// Linked lists the linked tables, which are not read.
func (db *Database) Linked() []Link { return db.linked }

// Notices are what there is to say about the file as a whole.
func (db *Database) Notices() []source.Notice { return db.notices }

// Close closes the file if Open opened it.
func (db *Database) Close() error {
	if db.closer == nil {
		return nil
	}
	return db.closer.Close()
}

// Definition returns the definition of the i-th of Tables. The error wraps
// source.ErrDamaged if it cannot be read.
func (db *Database) Definition(i int) (*Definition, error) {
	t := &db.tables[i]
	d, err := (*Definition)(nil), t.err
	if err == nil {
		d, err = readDefinition(db.file, t.page, t.name)
	}
	switch {
	case err == nil:
		return d, nil
	case d != nil && errors.Is(err, source.ErrDamaged):
		return nil, damagef("table %q: %s; its definition promises %s, none was read", t.name, plain(err), many(d.Rows, "row"))
	}
	return nil, fmt.Errorf("table %q: %w", t.name, err)
}

// Open returns a reader of the i-th of Tables. An error that wraps
// source.ErrDamaged means that this table is lost and the others are not.
func (db *Database) Open(i int) (source.Reader, error) {
	d, err := db.Definition(i)
	if err != nil {
		return nil, err
	}
	r, err := newReader(db.file, d, db.file.name)
	if err != nil {
		return nil, fmt.Errorf("table %q: %w", d.Name, err)
	}
	return r, nil
}

// cataloguePage is where the definition of the catalogue always is, and
// catalogueName what it is called.
const (
	cataloguePage = 2
	catalogueName = "MSysObjects"
	systemPrefix  = "msys" // of system tables, some of which lack the flag
)

// Types and flags of the catalogue's entries.
const (
	typeTable  = 1
	typeODBC   = 4
	typeLinked = 6

	flagsSystem = 0x80000002
)

// catalogue reads the list of tables. It is all or nothing: with a part of the
// list nobody could tell a table that is lost from one that never was.
func (db *Database) catalogue() error {
	d, err := readDefinition(db.file, cataloguePage, catalogueName)
	if err == nil && d.variant != nil {
		err = d.variant
	}
	if err != nil {
		return fmt.Errorf("the list of tables, %s: %w", catalogueName, err)
	}
	col := make(map[string]*Column)
	for i := range d.Columns {
		col[d.Columns[i].Name] = &d.Columns[i]
	}
	for _, want := range []struct {
		name string
		t    Type
	}{{"Id", Long}, {"Name", Text}, {"Type", Integer}, {"Flags", Long}} {
		if c := col[want.name]; c == nil || c.Type != want.t {
			return damagef("the list of tables, %s: page %d: has no column %s of type %v", catalogueName, cataloguePage, want.name, want.t)
		}
	}
	r, err := newReader(db.file, d, db.file.name)
	if err != nil {
		return err
	}
	var blk source.Block
	pages := make(map[uint32]string)
	for {
		err := r.Next(&blk)
		if err == io.EOF {
			break
		}
		if err != nil && r.damage.pages == 0 && r.damage.rows == 0 && r.owned.err == nil && errors.Is(err, source.ErrDamaged) {
			// Long values, which hold properties and no table, or a count.
			db.hurt("the list of tables is complete but not sound: %s", plain(err))
			break
		}
		if err != nil {
			return fmt.Errorf("the list of tables: %w", err)
		}
		st := blk.State.(*blockState)
		for i := range st.rows {
			e := entry{row: blk.Data[st.rows[i].at:], ref: &st.rows[i], col: col}
			if err := db.add(e, pages); err != nil {
				return fmt.Errorf("the list of tables, %s: %w", catalogueName, err)
			}
		}
	}
	db.notices = append(db.notices, r.Notices()...)
	return nil
}

// An entry is a row of the catalogue.
type entry struct {
	row []byte
	ref *rowRef
	col map[string]*Column
}

// value returns the bytes of a column, false for null.
func (e entry) value(name string) ([]byte, bool) {
	c := e.col[name]
	if c == nil {
		return nil, false
	}
	return c.value(e.row, e.ref)
}

// number returns the value of a column of 16 or 32 bits, false for null.
func (e entry) number(name string) (n uint32, ok bool, err error) {
	v, ok := e.value(name)
	if !ok {
		return 0, false, nil
	}
	size := e.col[name].Type.info().size
	if len(v) < size {
		return 0, false, damagef("column %q: a value of %d bytes is too short for its type", name, len(v))
	}
	for i := size - 1; i >= 0; i-- {
		n = n<<8 | uint32(v[i])
	}
	return n, true, nil
}

func (e entry) text(name string) string {
	v, _ := e.value(name)
	return string(appendText(nil, v))
}

// maxPath bounds the path of a link, in bytes of UTF-16.
const maxPath = 1024

// long returns the text of a memo column, "" if it cannot be read or is no
// path by its length.
func (e entry) long(f *file, name string) string {
	v, ok := e.value(name)
	if !ok || len(v) == 0 {
		return ""
	}
	if e.col[name].Type != Memo {
		return string(appendText(nil, v))
	}
	var l longValue
	var big []byte
	if l.open(newPageCache(f), v) != nil || l.left > maxPath {
		return ""
	}
	v, err := l.bytes(&big)
	if err != nil {
		return ""
	}
	return string(appendText(nil, v))
}

// add takes an entry of the catalogue into account; pages holds the tables by
// the page of their definition.
func (db *Database) add(e entry, pages map[uint32]string) error {
	kind, ok, err := e.number("Type")
	if err != nil || !ok {
		return err
	}
	switch kind {
	case typeLinked, typeODBC:
		l := Link{Name: e.text("Name"), Database: e.long(db.file, "Database"), Table: e.text("ForeignName")}
		db.linked = append(db.linked, l)
		db.notice("table %q is a link to another database, which is not followed: import the table to have it read", l.Name)
		return nil
	case typeTable:
	default:
		return nil
	}
	t := table{name: e.text("Name")}
	id, ok, err := e.number("Id")
	if err != nil {
		return err
	}
	if !ok || t.name == "" || len(t.name) > 3*maxName/2 {
		return damagef("a table has no name, one that is too long, or no page")
	}
	flags, _, err := e.number("Flags")
	if err != nil {
		return err
	}
	if flags&flagsSystem != 0 || strings.HasPrefix(strings.ToLower(t.name), systemPrefix) {
		return nil
	}
	t.page = id & 0xffffff
	if other, ok := pages[t.page]; ok {
		t.err = damagef("page %d: is the definition of table %q as well", t.page, other)
	} else {
		pages[t.page] = t.name
		t.size = db.sizeOf(t.page)
	}
	db.tables = append(db.tables, t)
	db.list = append(db.list, source.Table{Name: t.name, File: db.file.name, Size: t.size})
	return nil
}

// sizeOf returns the bytes of the data pages of the table whose definition
// begins on page n, 0 if that cannot be found out.
func (db *Database) sizeOf(n uint32) int64 {
	page := make([]byte, pageSize)
	if db.file.page(page, n) != nil || page[0] != typeDefinition {
		return 0
	}
	owned, err := openUsage(db.file, pointer(le32(page[55:])))
	if err != nil {
		return 0
	}
	return owned.count() * pageSize
}
