package main

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// damageFolder changes one to three files of a folder as people and programs
// do: other encodings, rows that are ragged, values that are no values.
func damageFolder(dir string, seed uint64) error {
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(corpusSeed, seed))
	for range 1 + r.IntN(3) {
		name := filepath.Join(dir, entries[r.IntN(len(entries))].Name())
		data, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // it was taken away before
		}
		if err != nil {
			return err
		}
		kinds := csvDamages()
		if filepath.Ext(name) != ".csv" {
			kinds = jsonDamages()
		}
		k := r.IntN(len(kinds) + 1)
		if k == len(kinds) { // a table is missing
			if err := os.Remove(name); err != nil {
				return err
			}
			continue
		}
		if err := os.WriteFile(name, kinds[k](data, r), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// A damage changes a file.
type damage = func(data []byte, r *rand.Rand) []byte

// textDamages do for any text.
func textDamages() []damage {
	return []damage{
		func(data []byte, _ *rand.Rand) []byte { return bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")) },
		func(data []byte, _ *rand.Rand) []byte { return append([]byte("\ufeff"), data...) },
		func(data []byte, _ *rand.Rand) []byte { // UTF-16
			out := []byte{0xff, 0xfe}
			for _, u := range utf16.Encode([]rune(string(data))) {
				out = binary.LittleEndian.AppendUint16(out, u)
			}
			return out
		},
		func(data []byte, _ *rand.Rand) []byte { // Windows-1252, in which some Welsh letters are not
			var out []byte
			for _, c := range string(data) {
				if c > 0xff {
					c = '?'
				}
				out = append(out, byte(c))
			}
			return out
		},
		func(data []byte, _ *rand.Rand) []byte { // empty lines
			return bytes.ReplaceAll(data, []byte("\n"), []byte("\n\n"))
		},
		func(data []byte, _ *rand.Rand) []byte { // dates as people write them
			return regexp.MustCompile(`\b(\d{4})-(\d\d)-(\d\d)\b`).ReplaceAll(data, []byte("$3/$2/$1"))
		},
		func(data []byte, _ *rand.Rand) []byte { // and times
			return regexp.MustCompile(`\b(\d\d):(\d\d):\d\d\b`).ReplaceAll(data, []byte("$1.$2"))
		},
	}
}

// inLine changes one line below the names.
func inLine(change func(line string) string) damage {
	return func(data []byte, r *rand.Rand) []byte {
		lines := strings.SplitAfter(string(data), "\n")
		if n := len(lines) - 2; n > 0 { // the names, and nothing after the last LF
			i := 1 + r.IntN(n)
			lines[i] = change(strings.TrimSuffix(lines[i], "\n")) + "\n"
		}
		return []byte(strings.Join(lines, ""))
	}
}

func csvDamages() []damage {
	return append(textDamages(),
		inLine(func(l string) string { return l + ",x" }),
		inLine(func(l string) string {
			return l[:strings.LastIndexByte(l, ',')+1] + `"` + l[strings.LastIndexByte(l, ',')+1:]
		}), // a quote that nothing closes
		inLine(func(l string) string { before, _, _ := strings.Cut(l, ","); return before }),
		inLine(func(l string) string { return "\x02" + l }),
		inLine(func(l string) string { return strings.ReplaceAll(l, ",", " , ") }),
		inLine(func(l string) string { return "X\"" + l }),
		inLine(func(l string) string { return strings.Repeat("X", 1<<20) + l }),
		inLine(func(l string) string { return strings.Repeat(",", strings.Count(l, ",")) }),  // nulls alone
		func(data []byte, _ *rand.Rand) []byte { return append([]byte("Unknown"), data...) }, // a column of another name
		// What a spreadsheet does: zeros lost, large numbers, days counted.
		func(data []byte, _ *rand.Rand) []byte {
			return regexp.MustCompile(`(?m)(^|,)0+([0-9])`).ReplaceAll(data, []byte("$1$2"))
		},
		func(data []byte, _ *rand.Rand) []byte {
			return regexp.MustCompile(`\b([0-9])([0-9]{2})[0-9]{7}\b`).ReplaceAll(data, []byte("$1.${2}E+09"))
		},
		func(data []byte, _ *rand.Rand) []byte {
			return regexp.MustCompile(`\b\d{4}-\d\d-\d\d\b`).ReplaceAllFunc(data, func(v []byte) []byte {
				day, err := time.Parse(time.DateOnly, string(v))
				if err != nil {
					return v
				}
				return strconv.AppendInt(nil, day.Unix()/(24*60*60)+25569, 10)
			})
		},
		func(data []byte, _ *rand.Rand) []byte { // small letters for capitals, but for the names
			i := bytes.IndexByte(data, '\n') + 1
			return append(data[:i:i], bytes.ToLower(data[i:])...)
		},
	)
}

func jsonDamages() []damage {
	value := func(v string) damage { // in the place of the first value of a row
		return inLine(func(l string) string {
			at, end := strings.IndexByte(l, ':'), strings.IndexByte(l, ',')
			if at < 0 || end < at {
				return l
			}
			return l[:at+1] + v + l[end:]
		})
	}
	return append(textDamages(),
		value("true"), value("1e5"), value("[1,2]"), value(`"a\u0002b"`), value("007"), value("12"),
		inLine(func(l string) string { return l[:len(l)/2] }),
		inLine(func(l string) string { return "{}" }),
	)
}
