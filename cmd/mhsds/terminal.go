package main

import (
	"io"
	"os"

	"github.com/mattn/go-colorable"
	"github.com/rs/zerolog"
	"golang.org/x/term"
)

// terminal reports whether w is a terminal, and its width in columns.
func terminal(w io.Writer) (width int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0, true
	}
	return width, true
}

// colours reports whether what goes to w may be coloured.
func (p *program) colours(w io.Writer, refused bool) bool {
	_, ok := terminal(w)
	return ok && !refused && p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb"
}

// painted returns w, made to understand colours where the system does not.
func painted(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok {
		return colorable.NewColorable(f)
	}
	return w
}

// logger returns the log, which goes to stderr. It never holds a value of a
// record: nothing that reads records has it.
func (p *program) logger(s *settings) zerolog.Logger {
	level := zerolog.WarnLevel
	switch {
	case s.quiet:
		level = zerolog.ErrorLevel
	case s.verbose:
		level = zerolog.InfoLevel
	}
	w := zerolog.ConsoleWriter{
		Out:          painted(p.stderr),
		NoColor:      !p.colours(p.stderr, s.noColor),
		PartsExclude: []string{zerolog.TimestampFieldName},
	}
	return zerolog.New(w).Level(level)
}
