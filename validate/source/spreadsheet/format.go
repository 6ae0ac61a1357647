package spreadsheet

import "strings"

// A look is what a number format makes of a number, as far as it matters:
// Excel has no dates but numbers that are shown as dates.
type look uint8

const (
	asNumber  look = iota
	asDate         // a day, perhaps with a time
	asTime         // a time of day
	asElapsed      // a time that may pass 24 hours
)

// A style is how a cell shows a number.
type style struct {
	look look

	// width is the number of digits to which a whole number is filled with
	// zeros, as the format 0000000000 does; 0 for none.
	width uint8
}

// builtIn returns the style of a number format that has an identifier but no
// code in the file. Those from 27 on are dates of East Asia.
func builtIn(id int) style {
	switch {
	case 14 <= id && id <= 17, id == 22, 27 <= id && id <= 31, id == 36, 50 <= id && id <= 58:
		return style{look: asDate}
	case 18 <= id && id <= 21, 32 <= id && id <= 35, id == 45, id == 47:
		return style{look: asTime}
	case id == 46:
		return style{look: asElapsed}
	}
	return style{}
}

// parseFormat reads the code of a number format, such as dd/mm/yyyy hh:mm. Of
// its sections only the first counts, that of positive numbers.
func parseFormat(code string) style {
	var (
		day, month, time, elapsed bool
		zeros                     int
		other                     bool // than zeros, and what may stand between them
	)
	lower := strings.ToLower(code)
	for i := 0; i < len(lower); i++ {
		switch c := lower[i]; c {
		case ';':
			i = len(lower)
		case '"':
			n := strings.IndexByte(lower[i+1:], '"')
			if n < 0 {
				n = len(lower)
			}
			i += n + 1
			other = true
		case '\\', '!', '_', '*': // with the character after it
			if i++; c != '\\' || i < len(lower) && lower[i] != ' ' && lower[i] != '-' {
				other = true
			}
		case '[':
			n := strings.IndexByte(lower[i:], ']')
			if n < 0 {
				n = len(lower) - i
			}
			inside := lower[i+1 : min(i+n, len(lower))]
			if len(inside) > 0 && strings.Trim(inside, inside[:1]) == "" && strings.ContainsAny(inside[:1], "hms") {
				elapsed = true
			}
			i += n
			other = true
		case 'y', 'd', 'b':
			day = true
		case 'm':
			month = true
		case 'h', 's':
			time = true
		case 'a':
			if strings.HasPrefix(lower[i:], "am/pm") || strings.HasPrefix(lower[i:], "a/p") {
				time = true
				i += strings.IndexByte(lower[i:], '/') + 1
			}
			other = true
		case 'g':
			if strings.HasPrefix(lower[i:], "general") {
				i += len("general") - 1
			}
			other = true
		case 'e':
			if i+1 == len(lower) || lower[i+1] != '+' && lower[i+1] != '-' {
				day = true // the year of an era
			}
			other = true
		case '0':
			zeros++
		case ' ', '-':
		default:
			other = true
		}
	}
	switch {
	case day, month && !time && !elapsed:
		return style{look: asDate}
	case elapsed:
		return style{look: asElapsed}
	case time:
		return style{look: asTime}
	case !other && zeros > 1:
		return style{width: uint8(min(zeros, 255))}
	}
	return style{}
}
