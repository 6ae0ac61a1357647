package check

import (
	"errors"
	"fmt"
	"math/bits"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"

	"mhsds/validate/batch"
)

// maxTransitions bounds the table of an Automaton: states times classes, the
// classes rounded up to a power of two. The widest pattern of the standard, a
// postcode, needs under 200; 4096 uint16 are 8 KiB, a quarter of the
// innermost cache.
const maxTransitions = 1 << 12

// An Automaton recognises the values of one pattern, a character a step.
//
//	class   '0'..'9' -> 1    'A'..'Z' -> 2    ' ' -> 3    all else -> 0
//	next    state + class -> state        state 0 is dead, from it nothing leads away
//
// A state is the index of its first entry in next, so that a step is one
// addition and one load.
type Automaton struct {
	class  [256]uint8 // of a byte below utf8.RuneSelf; the others are dead
	next   [maxTransitions]uint16
	accept [maxTransitions]bool // by state; only a state's first entry counts
	start  uint16

	// ranges divides the characters outside ASCII: class k of wide belongs
	// to those from ranges[k] up to the next. It is nil when the pattern
	// accepts none of them.
	ranges []rune
	wide   []uint8
}

// NewAutomaton builds the automaton of a regular expression in Go's syntax. The
// whole pattern must stand between ^ and $; it may hold literals, classes,
// groups, alternatives and repetitions, and no other anchor or word boundary.
// It accepts exactly the values that regexp would. In particular a byte that
// is not UTF-8 counts as U+FFFD, and a character outside ASCII is accepted only
// by a class that names it or is negated.
func NewAutomaton(pattern string) (*Automaton, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	if re.Op != syntax.OpConcat || re.Sub[0].Op != syntax.OpBeginText || re.Sub[len(re.Sub)-1].Op != syntax.OpEndText {
		return nil, fmt.Errorf("pattern %q: not anchored by ^ and $ as a whole", pattern)
	}
	re.Sub = re.Sub[1 : len(re.Sub)-1]
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	a := new(Automaton)
	if err := a.build(prog); err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	return a, nil
}

// boundaries returns, in order, the runes at which a character class of the
// program begins, or another would, from 0 on. The last may be no character.
func boundaries(prog *syntax.Prog) []rune {
	at := []rune{0, utf8.RuneSelf}
	one := func(lo, hi rune) { at = append(at, lo, hi+1) }
	for i := range prog.Inst {
		inst := &prog.Inst[i]
		switch inst.Op {
		case syntax.InstRune1, syntax.InstRune:
			if len(inst.Rune) == 1 {
				one(inst.Rune[0], inst.Rune[0])
				for r := unicode.SimpleFold(inst.Rune[0]); r != inst.Rune[0]; r = unicode.SimpleFold(r) {
					one(r, r)
				}
			}
			for j := 0; j+1 < len(inst.Rune); j += 2 {
				one(inst.Rune[j], inst.Rune[j+1])
			}
		case syntax.InstRuneAnyNotNL:
			one('\n', '\n')
		}
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// closure adds to set the instructions that consume a character or match, as
// reached from pc without consuming anything.
func closure(prog *syntax.Prog, pc uint32, seen []bool, set []uint32) ([]uint32, error) {
	if seen[pc] {
		return set, nil
	}
	seen[pc] = true
	inst := &prog.Inst[pc]
	var err error
	switch inst.Op {
	case syntax.InstFail:
	case syntax.InstAlt, syntax.InstAltMatch:
		if set, err = closure(prog, inst.Out, seen, set); err == nil {
			set, err = closure(prog, inst.Arg, seen, set)
		}
	case syntax.InstCapture, syntax.InstNop:
		set, err = closure(prog, inst.Out, seen, set)
	case syntax.InstEmptyWidth:
		err = errors.New("an anchor or word boundary inside the pattern is not supported")
	default:
		set = append(set, pc)
	}
	return set, err
}

// build makes the tables by the subset construction.
func (a *Automaton) build(prog *syntax.Prog) error {
	at := boundaries(prog)

	// Runes that every instruction treats alike share a class. Class 0 is of
	// the runes that none accepts.
	class := make([]uint8, len(at))
	ids := map[string]uint8{string(make([]byte, len(prog.Inst))): 0}
	sample := []rune{-1}
	for i, r := range at {
		sign := make([]byte, len(prog.Inst))
		for pc := range prog.Inst {
			if consumes(&prog.Inst[pc]) && prog.Inst[pc].MatchRune(r) {
				sign[pc] = 1
			}
		}
		id, ok := ids[string(sign)]
		if !ok {
			if len(sample) > 255 {
				return errors.New("more than 255 kinds of character")
			}
			id = uint8(len(sample))
			ids[string(sign)] = id
			sample = append(sample, r)
		}
		class[i] = id
	}
	for b, k := 0, 0; b < utf8.RuneSelf; b++ {
		for k+1 < len(at) && at[k+1] <= rune(b) {
			k++
		}
		a.class[b] = class[k]
	}
	first := slices.Index(at, rune(utf8.RuneSelf))
	if slices.ContainsFunc(class[first:], func(k uint8) bool { return k != 0 }) {
		a.ranges, a.wide = at[first:], class[first:]
	}

	stride := 1 << bits.Len(uint(len(sample)-1))
	var sets [][]uint32
	known := map[string]uint16{}
	state := func(from []uint32) (uint16, error) {
		seen := make([]bool, len(prog.Inst))
		var set []uint32
		for _, pc := range from {
			var err error
			if set, err = closure(prog, pc, seen, set); err != nil {
				return 0, err
			}
		}
		slices.Sort(set)
		key := fmt.Sprint(set)
		if s, ok := known[key]; ok {
			return s, nil
		}
		if (len(sets)+1)*stride > maxTransitions {
			return 0, fmt.Errorf("more than %d states", maxTransitions/stride)
		}
		s := uint16(len(sets) * stride)
		known[key] = s
		sets = append(sets, set)
		a.accept[s] = slices.ContainsFunc(set, func(pc uint32) bool { return prog.Inst[pc].Op == syntax.InstMatch })
		return s, nil
	}
	if _, err := state(nil); err != nil { // the dead state is 0
		return err
	}
	var err error
	if a.start, err = state([]uint32{uint32(prog.Start)}); err != nil {
		return err
	}
	for i := 1; i < len(sets); i++ {
		for k := 1; k < len(sample); k++ {
			var out []uint32
			for _, pc := range sets[i] {
				if inst := &prog.Inst[pc]; consumes(inst) && inst.MatchRune(sample[k]) {
					out = append(out, inst.Out)
				}
			}
			if a.next[i*stride+k], err = state(out); err != nil {
				return err
			}
		}
	}
	return nil
}

// consumes reports whether the instruction takes a character.
func consumes(inst *syntax.Inst) bool {
	switch inst.Op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return true
	}
	return false
}

// matches reports whether the automaton accepts v.
func (a *Automaton) matches(v []byte) bool {
	s := a.start
	for i := 0; i < len(v); {
		if b := v[i]; b < utf8.RuneSelf {
			s = a.next[(s+uint16(a.class[b]))%maxTransitions]
			i++
			continue
		}
		if a.ranges == nil {
			return false
		}
		r, size := utf8.DecodeRune(v[i:])
		k, found := slices.BinarySearch(a.ranges, r)
		if !found {
			k--
		}
		s = a.next[(s+uint16(a.wide[k]))%maxTransitions]
		i += size
	}
	return a.accept[s%maxTransitions]
}

// Match marks the rows whose value a does not accept. Blank rows pass.
func Match(text []byte, c *batch.Column, a *Automaton, fail batch.Mask) {
	for row, cell := range c.Cells {
		if cell.Len() != 0 && !a.matches(value(text, cell)) {
			fail.Set(row)
		}
	}
}

// MatchFilled marks the rows whose value a does not accept, and blank rows.
func MatchFilled(text []byte, c *batch.Column, a *Automaton, fail batch.Mask) {
	Match(text, c, a, fail)
	for row, cell := range c.Cells {
		if cell.Len() == 0 {
			fail.Set(row)
		}
	}
}
