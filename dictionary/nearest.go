package dictionary

import (
	"fmt"
	"strings"
)

// Nearest returns the member of known that is spelt most like name, in any
// case, or "" when none is near: more than a third of its letters differ.
// Of equally near names the first wins.
func Nearest(name string, known []string) string {
	name = name[:min(len(name), maxDistance)]
	best, least := "", 0
	folded := strings.ToLower(name)
	for _, k := range known {
		n := distance(folded, strings.ToLower(k))
		if longest := max(len(name), len(k)); n*3 > longest && n > 1 || n >= longest {
			continue
		}
		if best == "" || n < least {
			best, least = k, n
		}
	}
	return best
}

// DidYouMean words the nearest name as the end of a sentence,
// `; did you mean "severity"?`, or returns "" when none is near.
func DidYouMean(name string, known []string) string {
	near := Nearest(name, known)
	if near == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", near)
}

// maxDistance bounds the bytes of a name that count, so that a megabyte in a
// header costs nothing.
const maxDistance = 64

// distance counts the insertions, deletions, changes and swaps of neighbours
// that make b out of a, byte by byte.
func distance(a, b string) int {
	a, b = a[:min(len(a), maxDistance)], b[:min(len(b), maxDistance)]
	var rows [3][maxDistance + 1]int
	before, last, next := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			next[j] = min(last[j]+1, next[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, last, next = last, next, before
	}
	return last[len(b)]
}
