package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"

	"mhsds/dictionary"
	"mhsds/dictionary/handbook"
	"mhsds/validate/finding"
	"mhsds/validate/scope"
)

// configFile is the configuration that is read when no other is named.
const configFile = "mhsds.toml"

// A configuration is what a file of settings says. Section validate holds
// flags by their names; the file gives way to the environment and to flags.
type configuration struct {
	path string // "" if there is none

	Validate map[string]any `toml:"validate"`
	Scope    scopeSection   `toml:"scope"`
	Quality  qualitySection `toml:"quality"`
	Rule     []ruleSection  `toml:"rule"`
}

// A scopeSection declares what belongs to the Talking Therapies service.
type scopeSection struct {
	Teams      []string `toml:"teams"`
	Agreements []string `toml:"service_agreement_lines"`
	Sites      []string `toml:"sites"`
	Staff      []string `toml:"staff"`
	Systems    []string `toml:"source_systems"`
	AdultAge   *int     `toml:"adult_age"`
	TeamShare  *float64 `toml:"team_share"`
}

// A ruleSection switches a rule of ours off, or gives it another grade.
type ruleSection struct {
	Code    string `toml:"code"`
	Off     bool   `toml:"off"`
	Grade   string `toml:"grade"`
	Reason  string `toml:"reason"`
	Expires any    `toml:"expires"`
}

// The keys of a configuration, by section.
func configKeys(section string) []string {
	switch section {
	case "scope":
		return append(dictionary.DeclaredParts(), "adult_age", "team_share")
	case "quality":
		return []string{"scored", "movement_percent", "movement_least"}
	case "rule":
		return []string{"code", "off", "grade", "reason", "expires"}
	}
	return []string{"validate", "scope", "quality", "rule"}
}

// declared lists what is declared, by part.
func (c *scopeSection) declared() map[string][]string {
	return map[string][]string{
		dictionary.SignTeams: c.Teams, dictionary.SignAgreements: c.Agreements, dictionary.SignSites: c.Sites,
		dictionary.SignStaff: c.Staff, dictionary.SignSystems: c.Systems,
	}
}

// maxConfig bounds a configuration, in bytes: there is room in it for the
// identifiers of ten thousand members of staff.
const maxConfig = 256 << 10

// readConfig reads a configuration and refuses what it does not know.
func readConfig(path string) (*configuration, error) {
	c := &configuration{path: path}
	fault := func(format string, args ...any) error {
		return usagef("configuration %s: %w", path, fmt.Errorf(format, args...))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fault("%w", unpath(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	switch {
	case err != nil:
		return nil, fault("%w", unpath(err))
	case len(data) > maxConfig:
		return nil, fault("is longer than %d KiB, which no configuration is", maxConfig>>10)
	}
	meta, err := toml.Decode(strings.TrimPrefix(string(data), "\ufeff"), c)
	var syntax toml.ParseError
	switch {
	case errors.As(err, &syntax):
		return nil, fault("line %d: %s", syntax.Position.Line, syntax.Message)
	case err != nil:
		return nil, fault("%w", err)
	}
	for _, key := range meta.Undecoded() {
		section := ""
		if len(key) > 1 {
			section = key[0]
		}
		last := key[len(key)-1]
		return nil, fault("unknown key %q%s", key.String(), didYouMean(last, configKeys(section), "keys are"))
	}
	for part, list := range c.Scope.declared() {
		if i := slices.IndexFunc(list, func(v string) bool { return strings.TrimSpace(v) != v || v == "" }); i >= 0 {
			return nil, fault("scope.%s, entry %d: blank, or with spaces around it, so it can match nothing", part, i+1)
		}
	}
	if age := c.Scope.AdultAge; age != nil && (*age < 1 || *age > 120) {
		return nil, fault("scope.adult_age: %d is not an age from 1 to 120", *age)
	}
	if share := c.Scope.TeamShare; share != nil && !(*share > 0 && *share <= 1) {
		return nil, fault("scope.team_share: %v is not a share over 0 and up to 1", *share)
	}
	if err := c.Quality.check(); err != nil {
		return nil, fault("%w", err)
	}
	return c, nil
}

// configure reads the configuration that the flags name, or that stands in the
// current folder, and sets from it the flags that nobody has set. --config ""
// reads none.
func (s *settings) configure(flags *pflag.FlagSet) error {
	s.configured = &configuration{}
	path := s.config
	if path == "" {
		if f := flags.Lookup("config"); f != nil && f.Changed {
			return nil
		}
		if _, err := os.Stat(configFile); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		path = configFile
	}
	c, err := readConfig(path)
	if err != nil {
		return err
	}
	s.configured, s.configFound = c, s.config == ""
	var known []string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name != "config" && f.Name != "help" {
			known = append(known, f.Name)
		}
	})
	names := make([]string, 0, len(c.Validate))
	for name := range c.Validate {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f := flags.Lookup(name)
		if f == nil || !slices.Contains(known, name) {
			return usagef("configuration %s: validate.%s is no flag%s", path, name, didYouMean(name, known, "flags are"))
		}
		if _, unbuilt := f.Annotations[laterMark]; unbuilt {
			return usagef("configuration %s: --%s is not built yet", path, name)
		}
		if f.Changed {
			continue
		}
		if err := setFlag(f, c.Validate[name]); err != nil {
			return usagef("configuration %s: validate.%s: %w", path, name, err)
		}
		s.fromFile = append(s.fromFile, name)
	}
	return nil
}

// sayConfig says in one line that a configuration is in use which nobody named:
// the same command in another folder would judge otherwise.
func (p *program) sayConfig(s *settings) {
	if s.configFound && !s.quiet {
		fmt.Fprintf(p.stderr, "mhsds: configuration %s of the current folder is in use; --config= leaves it out\n", configFile)
	}
}

// setFlag gives a flag the value of a key.
func setFlag(f *pflag.Flag, value any) error {
	if list, ok := value.([]any); ok {
		to, ok := f.Value.(pflag.SliceValue)
		if !ok {
			return errors.New("a list, but the flag takes one value")
		}
		texts := make([]string, len(list))
		for i, v := range list {
			texts[i] = fmt.Sprint(v)
		}
		f.Changed = true
		return to.Replace(texts)
	}
	switch value.(type) {
	case string, bool, int64, float64:
	default:
		return errors.New("neither a text, a number, true or false, nor a list of texts")
	}
	f.Changed = true
	if to, ok := f.Value.(pflag.SliceValue); ok {
		return to.Replace([]string{fmt.Sprint(value)})
	}
	return f.Value.Set(fmt.Sprint(value))
}

// scopeObserver returns what looks for activity that belongs elsewhere.
func (s *settings) scopeObserver() *scope.Scope {
	opt := scope.Options{Values: s.showValues}
	if c := s.configured; c != nil {
		opt.Declared = c.Scope.declared()
		if c.Scope.AdultAge != nil {
			opt.AdultAge = *c.Scope.AdultAge
		}
		if c.Scope.TeamShare != nil {
			opt.TeamShare = *c.Scope.TeamShare
		}
	}
	return scope.New(opt)
}

// readExtract reads the file of --talking-therapies, nil if there is none.
func (s *settings) readExtract(ctx context.Context, d *dictionary.Dictionary) (*scope.Extract, error) {
	r, err := s.beginExtract(ctx, d)
	if r == nil {
		return nil, err
	}
	return r.wait()
}

// A reading is the file of --talking-therapies while its rows are read.
type reading struct {
	ctx     context.Context
	done    chan struct{}
	extract *scope.Extract
	err     error
}

// beginExtract reads the first line of the file of --talking-therapies, and
// goes on with its rows besides what the caller does next; nil if there is no
// such file. ctx ends the waiting for it.
func (s *settings) beginExtract(ctx context.Context, d *dictionary.Dictionary) (*reading, error) {
	if s.talkingTherapies == "" {
		return nil, nil
	}
	fault := func(err error) error {
		return usagef("--talking-therapies %s: %w", s.talkingTherapies, err)
	}
	f, err := os.Open(s.talkingTherapies)
	if err != nil {
		return nil, fault(unpath(err))
	}
	x, err := scope.OpenExtract(f, d)
	if err != nil {
		f.Close()
		return nil, fault(unpath(err))
	}
	r := &reading{ctx: ctx, done: make(chan struct{}), err: errPanic}
	go func() {
		defer close(r.done)
		defer f.Close()
		defer func() { recover() }() // what was raised may hold a value; errPanic says enough
		size := int64(0)
		if info, err := f.Stat(); err == nil {
			size = info.Size()
		}
		if r.extract, r.err = x.Read(size); r.err != nil {
			r.err = fault(unpath(r.err))
		}
	}()
	return r, nil
}

// wait returns what was read. The error of a fault of ours has its status. A
// nil reading is of nothing.
func (r *reading) wait() (*scope.Extract, error) {
	if r == nil {
		return nil, nil
	}
	select {
	case <-r.done:
	case <-r.ctx.Done():
		return nil, r.ctx.Err()
	}
	if errors.Is(r.err, errPanic) {
		return nil, &statusError{statusFault, errOurs}
	}
	return r.extract, r.err
}

// failed returns the error of wait, unless that was given up.
func (r *reading) failed() error {
	_, err := r.wait()
	if r != nil && r.ctx.Err() != nil {
		return nil
	}
	return err
}

// so returns what was read, or nothing: failed says why.
func (r *reading) so() *scope.Extract {
	if e, err := r.wait(); err == nil {
		return e
	}
	return new(scope.Extract)
}

// rules returns the settings of rules that count on the day, CCYY-MM-DD, and a
// sentence for each that no longer does.
func (c *configuration) rules(d *dictionary.Dictionary, today string) (list []finding.Setting, lapsed []finding.Notice, err error) {
	grades := slices.Clone(dictionary.ScopeGrades())
	for i := range d.Rules {
		if g := d.Rules[i].Grade; g != "" && !slices.Contains(grades, g) {
			grades = append(grades, g)
		}
	}
	seen := map[string]bool{}
	for i, r := range c.Rule {
		fault := func(format string, args ...any) error {
			where := r.Code
			if where == "" {
				where = fmt.Sprint(i + 1)
			}
			return usagef("configuration %s: rule %s: %w", c.path, where, fmt.Errorf(format, args...))
		}
		rule := d.Rule(r.Code)
		expires, ok := dayOf(r.Expires)
		switch {
		case r.Code == "":
			return nil, nil, fault("no code; say which rule is meant")
		case rule == nil:
			return nil, nil, fault("no rule has this code%s", likely(handbook.Nearest(d, r.Code)))
		case !rule.Own():
			return nil, nil, fault("a national rule, which nobody can switch off or grade; only our own can be, whose codes begin with PRE")
		case seen[rule.Code]:
			return nil, nil, fault("set twice")
		case r.Off == (r.Grade != ""):
			return nil, nil, fault("say either off = true or grade = \"…\"")
		case r.Grade != "" && !slices.Contains(grades, r.Grade):
			return nil, nil, fault("%q is not a grade%s", r.Grade, didYouMean(r.Grade, grades, "grades are"))
		case strings.TrimSpace(r.Reason) == "":
			return nil, nil, fault("no reason; say why, for whoever reads the report")
		case r.Expires == nil:
			return nil, nil, fault("no expires; say the last day on which it counts, such as %s", "2027-03-31")
		case !ok:
			return nil, nil, fault("expires is not a date written as CCYY-MM-DD")
		}
		seen[rule.Code] = true
		if expires < today {
			lapsed = append(lapsed, finding.Notice{File: filepath.Base(c.path), Text: fmt.Sprintf("the setting of rule %s ended on %s and no longer counts; renew it or take it out", rule.Code, expires)})
			continue
		}
		list = append(list, finding.Setting{Rule: rule, Off: r.Off, Grade: r.Grade, Reason: r.Reason, Expires: expires})
	}
	return list, lapsed, nil
}

// dayOf reads a date of TOML, with or without quotes.
func dayOf(v any) (string, bool) {
	switch v := v.(type) {
	case time.Time:
		return v.Format(time.DateOnly), true
	case string:
		t, err := time.Parse(time.DateOnly, v)
		return t.Format(time.DateOnly), err == nil
	}
	return "", false
}
