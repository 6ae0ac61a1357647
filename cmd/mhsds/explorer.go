package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// On Windows people drop a submission on the program, or click on it. Windows
// then opens a window for it that closes with it. So a start of that kind
// writes the report beside the submission, shows it, and keeps the window:
//
//	september.accdb               the submission
//	september.accdb.report.html   the report, in the browser
//	the window                    the report as text, the verdict last
//
// What a start of that kind is, and how a file is shown, only the system
// knows: see desktop.

// A desktop is what a start from Windows' Explorer needs of the system.
type desktop struct {
	show func(file string) error // in the program that the user has chosen for files of its kind
	wait func()                  // until a key is pressed
	temp string                  // the user's folder for what need not stay
}

// explorer is main for a start from Windows' Explorer.
func (p *program) explorer(args []string, d desktop) int {
	defer func() {
		fmt.Fprintln(p.stderr, "\nPress any key to close this window.")
		d.wait()
	}()
	paths := 0
	for _, a := range args {
		if _, err := os.Stat(a); err == nil {
			paths++
		}
	}
	switch {
	case len(args) == 0:
		p.say(errors.New("drop a submission on the program's icon: a database, a .zip, or a folder of CSV files. For everything else start it from a command prompt: mhsds --help"))
		return statusUsage
	case paths > 1 && paths == len(args):
		p.say(fmt.Errorf("one submission at a time, not %d; of a submission in CSV files drop the folder that holds them", paths))
		return statusUsage
	case paths == 1 && len(args) == 1:
		return p.dropped(args[0], d)
	}
	return p.main(args) // a shortcut with flags of its own
}

// dropped judges a submission that was dropped on the program.
func (p *program) dropped(submission string, d desktop) int {
	args := []string{"validate", "--format", "text"}
	report, beside, err := reportFor(submission, d.temp, writable)
	written := reportBuilt("html")
	switch {
	case err != nil:
		p.say(err)
		return statusInput
	case written:
		args = append(args, "--format", "html="+report)
	}
	before, _ := os.Stat(report)
	status := p.main(append(args, "--", submission))
	after, err := os.Stat(report)
	if !written || err != nil || before != nil && before.ModTime().Equal(after.ModTime()) {
		return status // what stopped it has been said
	}
	if !beside {
		p.say(errors.New("the folder of the submission cannot be written to, so the report is in the folder for temporary files; keep a copy if you need it"))
	}
	p.say(fmt.Errorf("the report is %s", report))
	if err := d.show(report); err != nil {
		p.say(fmt.Errorf("it could not be opened by itself (%w): open it from its folder", unpath(err)))
	}
	return status
}

// reportFor returns where the report on a submission is to be written, and
// whether that is beside it. Where that folder cannot be written to, it is temp.
func reportFor(submission, temp string, writable func(dir string) bool) (report string, beside bool, err error) {
	at, err := filepath.Abs(submission)
	if err != nil {
		return "", false, fmt.Errorf("%s: %w", submission, unpath(err))
	}
	dir, base := filepath.Dir(at), filepath.Base(at)
	if base == "." || strings.ContainsAny(base, `/\:`) {
		// A whole drive or share: the report is among the files of the
		// submission then, where a name with this beginning is no table.
		base = "_submission"
	}
	base += ".report.html"
	if !writable(dir) {
		return filepath.Join(temp, base), false, nil
	}
	return filepath.Join(dir, base), true, nil
}

// writable reports whether a file can be made in the folder.
func writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".mhsds-*")
	if err != nil {
		return false
	}
	f.Close()
	return os.Remove(f.Name()) == nil
}

// reportBuilt reports whether a kind of report can be written yet.
func reportBuilt(name string) bool {
	return slices.ContainsFunc(reportKinds(), func(k reportKind) bool { return k.name == name && k.built })
}
