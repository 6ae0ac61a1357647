package access

import (
	"bytes"
	"crypto/rc4"
	"encoding/binary"
	"fmt"
	"strings"

	"mhsds/validate/source"
)

// headerLength is how much of page 0 is looked at, in bytes.
const headerLength = 0x80

// header is what page 0 says.
type header struct {
	engine  string // "Jet" or "ACE"
	version byte
}

// versions names the version byte, newest last.
var versions = [...]string{
	1: "Jet 4 (Access 2000-2003)",
	2: "ACE 12 (Access 2007)",
	3: "ACE 14 (Access 2010)",
	4: "ACE 15 (Access 2013)",
	5: "ACE 16 (Access 2016)",
	6: "ACE 17 (Access 2019)",
}

// ErrForeign is wrapped when the file's beginning is not that of an Access
// database, so that Access itself would not open it to repair it. It wraps
// source.ErrDamaged.
var ErrForeign = fmt.Errorf("%w at its beginning", source.ErrDamaged)

// parseHeader judges page 0: whether this is a database that can be read.
func parseHeader(page []byte) (header, error) {
	engine := string(bytes.TrimRight(page[4:20], "\x00"))
	switch {
	case bytes.HasPrefix(page, []byte("PK\x03\x04")) && strings.HasPrefix(engine, "Standard "):
		return header{}, fmt.Errorf("page 0: begins like a zip and goes on like an Access database, so it can be read as neither: %w", ErrForeign)
	case bytes.HasPrefix(page, []byte("PK\x03\x04")):
		return header{}, fmt.Errorf("page 0: is the beginning of a zip, not of an Access database; unpack it and give what it holds: %w", ErrForeign)
	case !bytes.HasPrefix(page, []byte{0, 1, 0, 0}):
		return header{}, fmt.Errorf("page 0: does not begin like an Access database; it is another sort of file, or its beginning is lost: %w", ErrForeign)
	case engine == "MSISAM Database":
		return header{}, fmt.Errorf("a Microsoft Money file, which is %w: not supported", source.ErrEncrypted)
	case engine != "Standard Jet DB" && engine != "Standard ACE DB":
		return header{}, fmt.Errorf("page 0: names the engine %q, which is none of Access: %w", engine, ErrForeign)
	}
	h := header{engine: engine[len("Standard ") : len(engine)-len(" DB")], version: page[0x14]}
	switch {
	case h.version == 0:
		return header{}, fmt.Errorf("page 0: a database of Access 97 (Jet 3) or older: not supported; save it as .accdb with a newer Access")
	case int(h.version) >= len(versions):
		return header{}, damagef("page 0: format version %d is not known; the newest known is %d, %s",
			h.version, len(versions)-1, versions[len(versions)-1])
	}
	if key := binary.LittleEndian.Uint32(unmask(page)[0x3e:]); key != 0 {
		return header{}, fmt.Errorf("%w: remove the password in Access (File, Info, Decrypt Database) and validate that copy", source.ErrEncrypted)
	}
	return h, nil
}

// unmask returns the header with the fixed stream taken off that hides its
// bytes from 0x18 on.
func unmask(page []byte) []byte {
	plain := bytes.Clone(page[:headerLength])
	stream, err := rc4.NewCipher([]byte{0xc7, 0xda, 0x39, 0x6b})
	if err != nil {
		panic(err) // the key's length is right
	}
	stream.XORKeyStream(plain[0x18:], plain[0x18:])
	return plain
}
