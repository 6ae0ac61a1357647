// Command mhsds checks a Mental Health Services Data Set submission before it
// is sent: it says what the national rules would reject, and why.
//
//	mhsds SUBMISSION                     the same as mhsds validate SUBMISSION
//	mhsds explain CODE                   what a rule means and how to repair what it finds
//	mhsds --help                         everything else
//
// This package wires: it reads flags and environment, opens files, and turns
// an outcome into an exit status. What a submission is, and what is wrong with
// it, is decided below.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	// A start from Windows' Explorer, by dropping a file on the program, is
	// ours to see to; the library would refuse it.
	cobra.MousetrapHelpText = ""

	p := &program{stdout: os.Stdout, stderr: os.Stderr, env: os.Environ()}
	os.Exit(p.start(os.Args[1:]))
}

// A program is one run of the command, with all that it touches of the world
// besides files.
type program struct {
	stdout, stderr io.Writer
	env            []string // NAME=value
}

// start runs the program as the one who started it expects, and returns the
// exit status.
func (p *program) start(args []string) int {
	undo := obeyEscapes()
	defer undo()
	if d, ok := fromExplorer(); ok {
		return p.explorer(args, d)
	}
	return p.main(args)
}

// main runs the command line and returns the exit status.
func (p *program) main(args []string) (code int) {
	defer func() {
		if recover() != nil {
			// What was raised may hold a value of a record, so it is not shown.
			p.say(errOurs)
			code = statusFault
		}
	}()

	// The first signal asks for an orderly end; stop gives the second its
	// usual effect, which is to end the program at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	root := p.root()
	root.SetArgs(defaultCommand(root, args))
	err := root.ExecuteContext(ctx)
	if err == nil {
		return statusClean
	}
	var s *statusError
	if !errors.As(err, &s) {
		s = &statusError{statusUsage, err} // the library's own: arguments that it cannot parse
	}
	if s.err != nil {
		p.say(s.err)
	}
	return s.status
}

// say writes one sentence to stderr, or a list of them. Errors may name files,
// so what a terminal would obey is taken out; further lines are indented, for a
// name with a line break in it must not begin one of ours.
func (p *program) say(err error) {
	lines := strings.Split(err.Error(), "\n")
	for i := range lines {
		lines[i] = plain(lines[i])
	}
	fmt.Fprintln(p.stderr, "mhsds:", strings.Join(lines, "\n  "))
}

// getenv returns the value of an environment variable, "" if there is none.
func (p *program) getenv(name string) string {
	value := ""
	for _, e := range p.env {
		if n, v, ok := strings.Cut(e, "="); ok && n == name {
			value = v
		}
	}
	return value
}
