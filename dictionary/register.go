package dictionary

// A Register is a national list of codes that the dictionary only names: it
// changes every month, and whoever judges must bring it.
type Register uint8

const (
	Organisations Register = iota + 1
	Sites                  // of organisations
	Schools
	Postcodes
	lastRegister
)

// Register returns the register that rules of the kind look codes up in, 0 for
// kinds that need none.
func (k Kind) Register() Register {
	switch k {
	case OrgValid, OrgValidOrDefault:
		return Organisations
	case SiteValid:
		return Sites
	case SchoolValid:
		return Schools
	case PostcodeInReference:
		return Postcodes
	}
	return 0
}

// String returns the register's name as the command line writes it, "" for 0.
func (r Register) String() string { return name(registerNames[:], int(r)) }

// ParseRegister is the inverse of String.
func ParseRegister(s string) (Register, bool) { return parse[Register](registerNames[:], s) }

// RegisterNames lists the names of all registers.
func RegisterNames() []string { return registerNames[1:lastRegister] }

var registerNames = [...]string{"", "organisations", "sites", "schools", "postcodes"}
