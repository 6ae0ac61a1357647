package access

import (
	"fmt"

	"mhsds/validate/source"
)

// A Type is the type of a column by the number that the file has for it.
type Type uint8

const (
	Boolean          Type = 1
	Byte             Type = 2 // unsigned
	Integer          Type = 3 // 16 bits
	Long             Type = 4 // 32 bits
	Currency         Type = 5 // 64 bits, in ten-thousandths
	Single           Type = 6
	Double           Type = 7
	DateTime         Type = 8 // days since 1899-12-30, a Double
	Binary           Type = 9
	Text             Type = 10
	OLE              Type = 11 // a long Binary
	Memo             Type = 12 // a long Text
	GUID             Type = 15
	Numeric          Type = 16 // up to 28 digits, with precision and scale
	Complex          Type = 18 // attachments and multiple values; not read
	BigInt           Type = 19
	ExtendedDateTime Type = 20 // to 100 ns
)

// A typeInfo is what is fixed for a type.
type typeInfo struct {
	name   string // as listings show it
	family source.Type
	size   int // bytes of a value; 0 where that varies
}

var typeInfos = [...]typeInfo{
	Boolean:          {"BOOLEAN", source.Boolean, 0},
	Byte:             {"BYTE", source.Number, 1},
	Integer:          {"INT", source.Number, 2},
	Long:             {"LONG", source.Number, 4},
	Currency:         {"MONEY", source.Number, 8},
	Single:           {"FLOAT", source.Number, 4},
	Double:           {"DOUBLE", source.Number, 8},
	DateTime:         {"SHORT_DATE_TIME", source.DateTime, 8},
	Binary:           {"BINARY", source.Binary, 0},
	Text:             {"TEXT", source.Text, 0},
	OLE:              {"OLE", source.Binary, 0},
	Memo:             {"MEMO", source.Text, 0},
	GUID:             {"GUID", source.Text, 16},
	Numeric:          {"NUMERIC", source.Number, 17},
	Complex:          {"COMPLEX_TYPE", source.Binary, 4},
	BigInt:           {"BIG_INT", source.Number, 8},
	ExtendedDateTime: {"EXT_DATE_TIME", source.DateTime, 42},
}

// info returns what is known of t; a type this package does not know is
// treated as bytes without a meaning.
func (t Type) info() typeInfo {
	if int(t) < len(typeInfos) && typeInfos[t].name != "" {
		return typeInfos[t]
	}
	return typeInfo{"", source.Binary, 0}
}

// Supported reports whether values of the type can be read.
func (t Type) Supported() bool { return t != Complex && t.info().name != "" }

// String returns the type's name as Jackcess has it: TEXT, SHORT_DATE_TIME.
func (t Type) String() string {
	if n := t.info().name; n != "" {
		return n
	}
	return fmt.Sprintf("UNKNOWN_%02X", uint8(t))
}

// Family returns the family that a validator compares columns by.
func (t Type) Family() source.Type { return t.info().family }

// long reports whether the row holds a reference to a long value.
func (t Type) long() bool { return t == OLE || t == Memo }
