// Package access reads Microsoft Access databases, Jet4 and ACE (.mdb of Access
// 2000 to 2003, .accdb of 2007 to 2019), without Access and without writing.
//
// A Database has two faces. As a source.Container it feeds runs of data pages
// to decoders that fill batches; Definition, Rows and WriteCSV show every cell
// as it is stored. Both go through the same pages:
//
//	page 0     header: engine, version, whether the pages are encrypted
//	page 2     definition of the catalogue MSysObjects, itself a table
//	             │ its rows: a table's name and the page of its definition
//	             ▼
//	definition: columns, promised rows, pointer to the map of owned pages
//	             │
//	             ▼
//	usage map:  one bit a page; the only list of a table's data pages
//	             │
//	             ▼
//	data pages: rows; long values and moved rows lie elsewhere
//
// The file is an array of pages of 4096 bytes; all integers are little-endian.
// A pointer is four bytes everywhere: slot in the low one, page in the others.
//
// # A data page
//
// Slots grow from the front, rows from the back: row r ends where row r-1
// begins. The page of a long value has LVAL in place of its owner.
//
//	0   1   2        4               8               12      14
//	┌───┬───┬────────┬───────────────┬───────────────┬───────┬────────┬────────┬─
//	│ 1 │   │ free   │ owner: page of│               │ slots │ slot 0 │ slot 1 │ …
//	│   │   │        │ its definition│               │       │        │        │
//	└───┴───┴────────┴───────────────┴───────────────┴───────┴────────┴────────┴─
//	  … unused …                 │ row 2       │ row 1 │ row 0                 │
//	                             ▲ slot 2      ▲ slot 1▲ slot 0            4096▲
//
//	slot & 0x1fff  where the row begins
//	slot & 0xc000  0x0000 a row; 0x4000 a pointer to where the row moved;
//	               0x8000 a moved row, read through its pointer only; 0xc000 deleted
//
// # A row
//
// Read from its end: the null mask is as long as the column count demands, and
// before it stand the offsets of the variable columns, last to first.
//
//	┌───────┬───────────────┬──────────────┬───────┬──────┬───┬──────┬─────┬──────┐
//	│ count │ fixed columns │ variable data│ end of│ off. │ … │ off. │  n  │ null │
//	│       │ at their place│ 0, 1, … n-1  │ data  │ n-1  │   │  0   │     │ mask │
//	└───────┴───────────────┴──────────────┴───────┴──────┴───┴──────┴─────┴──────┘
//	0       2
//
// Bit c of the mask is set when column number c has a value. A column added
// after the row was written has a number of count or more: null, and false if
// it is a yes/no column, whose bit is its value. A table without variable
// columns has neither end, offsets nor n.
//
// # A table definition
//
//	┌───┬───┬────────┬──────┬────────┬────────┬─────┬──────┬─────────┬─────────┬────
//	│ 2 │   │        │ next │ length │   …    │rows │  …   │ columns │ indexes │ …
//	│   │   │        │ page │        │        │     │      │ 41…46   │ 51      │
//	└───┴───┴────────┴──────┴────────┴────────┴─────┴──────┴─────────┴─────────┴────
//	0                4      8        12       16    20     41        51
//
//	55  pointer to the map of owned pages
//	63  12 bytes for each index, 25 for each column, then the columns' names
//
// A definition that needs more pages goes on at byte 8 of its next page.
//
// # A usage map
//
//	┌───┬────────────┬───────────────────────┐
//	│ 0 │ first page │ bits, low bit first   │  in the row that the pointer names
//	└───┴────────────┴───────────────────────┘
//	┌───┬────────┬────────┬─                    entry j: a page of type 5 whose
//	│ 1 │ page 0 │ page 1 │ …                   bits from byte 4 on begin with
//	└───┴────────┴────────┴─                    page j*32736
//
// # Damage
//
// Every length, offset, page number and count comes from the file and is held
// against what it must lie in before it is used; nothing is allocated by a
// number that the file could not fill, and every chain ends: pointers that come
// back to where they have been are refused. What cannot be read is counted, and
// the table's last answer is an error that wraps source.ErrDamaged and says
// where the first damage is, how many rows the definition promised and how many
// were found. A row that cannot be read is not delivered; a long value that
// cannot be read is null.
//
// # Not read
//
// Access 97 (Jet3), linked tables (Linked lists them), attachments and other
// multi-valued columns, and encrypted files. A database password alone hides
// nothing: such a file is read without it.
package access
