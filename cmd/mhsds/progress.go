package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// A meter shows how far the work is, on a terminal, once it has lasted long
// enough for anybody to wonder:
//
//	[=======>            ]  37 %  83.1 of 224.6 MB  the table that is read
//
// It is our own because the usual library for bars can serve them over HTTP,
// and with it would come the network code that this program must not hold.
type meter struct {
	w      io.Writer
	width  int // columns of the terminal
	begun  time.Time
	drawn  time.Time // zero until the first drawing
	longer int       // columns drawn last
}

const (
	patience = 700 * time.Millisecond // before the meter appears
	redraw   = 100 * time.Millisecond // between two drawings
	barWidth = 20
)

func newMeter(w io.Writer, width int, now time.Time) *meter {
	if width <= 0 {
		width = 80
	}
	return &meter{w: w, width: width, begun: now}
}

// at says that done of total bytes are read, and which table is being read. A
// total of 0 is unknown. One goroutine calls it.
func (m *meter) at(done, total int64, table string, now time.Time) {
	if m.drawn.IsZero() && now.Sub(m.begun) < patience || now.Sub(m.drawn) < redraw {
		return
	}
	m.drawn = now
	s := fmt.Sprintf("%.1f MB  %s", float64(done)/1e6, plain(table))
	if total > 0 {
		done = min(done, total)
		n := int(done * barWidth / total)
		bar := strings.Repeat("=", n)
		if n < barWidth {
			bar += ">" + strings.Repeat(" ", barWidth-n-1)
		}
		s = fmt.Sprintf("[%s] %3d %%  %.1f of %.1f MB  %s", bar, done*100/total, float64(done)/1e6, float64(total)/1e6, plain(table))
	}
	for utf8.RuneCountInString(s) >= m.width { // a full line would scroll
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	length := utf8.RuneCountInString(s)
	fmt.Fprintf(m.w, "\r%s%s", s, strings.Repeat(" ", max(0, m.longer-length)))
	m.longer = length
}

// end takes the bar away.
func (m *meter) end() {
	if m.longer > 0 {
		fmt.Fprintf(m.w, "\r%s\r", strings.Repeat(" ", m.longer))
		m.longer = 0
	}
}
