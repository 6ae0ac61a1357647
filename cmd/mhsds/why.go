package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mhsds/dictionary"
	"mhsds/validate"
	"mhsds/validate/finding"
	"mhsds/validate/source"
)

func (p *program) whyCommand() *cobra.Command {
	var s settings
	var q validate.Question
	var format string
	cmd := &cobra.Command{
		Use:   "why CODE --table T --row N SUBMISSION",
		Short: "How a row was judged by a rule",
		Long: `How a row was judged by a rule: what the rule read, what it asked, the code list,
parent rows or duplicates it looked at, and the chain of causes behind a failure.
Of a row that passed, what spared it.

The answer holds no values unless --show-values is given: it says how long they
are and what they are made of.`,
		Example: `  mhsds why CODE --table CareContact --row 7 september.zip`,
		Args:    exactly("CODE", "SUBMISSION"),
	}
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.define(all)
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&q.Table, "table", "", "`TABLE` of the row (default the rule's own)")
	f.Int64Var(&q.Row, "row", 0, "`N`, the row's place in the table, from 1")
	f.StringVar(&format, "format", "text", "`text|json`")
	for _, name := range []string{"show-values", "schemas", "provider", "submitter", "period", "uploaded", "reference", "talking-therapies", "delimiter", "date-layout", "config", "jobs"} {
		if flag := all.Lookup(name); flag != nil {
			f.AddFlag(flag)
		}
	}
	cmd.RunE = p.run(func(cmd *cobra.Command, args []string) error {
		switch {
		case format != "text" && format != "json":
			return usagef("--format: %q is not a form of the answer%s", format, didYouMean(format, []string{"text", "json"}, "forms are"))
		case !cmd.Flags().Changed("row"):
			return usagef("why: which row? give --row N, counted from 1 as in the findings")
		}
		if err := s.configure(all); err != nil {
			return err
		}
		p.sayConfig(&s)
		s.progress = "never"
		q.Code, q.Values = args[0], s.showValues
		return p.why(cmd.Context(), &s, q, args[1], format)
	})
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (p *program) why(ctx context.Context, s *settings, q validate.Question, path, format string) error {
	delimiter, err := parseDelimiter(s.delimiter)
	if err != nil {
		return err
	}
	opt, err := s.engine()
	if err != nil {
		return err
	}
	defer confine(s.jobs)()
	opt.Values = false // those of the one row are read when the answer is made
	observer := s.scopeObserver()
	opt.Observers = append(opt.Observers, observer)
	v, err := s.compile(opt)
	if err != nil {
		return err
	}
	d := v.Dictionary()
	extract, err := s.readExtract(ctx, d)
	if err != nil {
		return err
	}
	observer.Give(extract)
	adjusted, _, err := s.configured.rules(d, time.Now().Format(time.DateOnly))
	if err != nil {
		return err
	}
	if q.Table != "" {
		t, err := tableOf(d, q.Table)
		if err != nil {
			return err
		}
		q.Table = t.Name
	}
	c, err := openContainer(path, delimiter)
	if err != nil {
		return err
	}
	defer c.Close()
	e, err := v.Why(ctx, c, q)
	switch {
	case ctx.Err() != nil:
		return incompletef("stopped; there is no answer")
	case errors.Is(err, validate.ErrQuestion):
		return usagef("why: %w", err)
	case errors.Is(err, source.ErrEncrypted):
		return inputf("%s; save it without a password first", named(path, err))
	case err != nil:
		return inputf("%s", named(path, err))
	}
	w := bufio.NewWriter(p.stdout)
	if format == "json" {
		err = whyJSON(w, e)
	} else {
		whyText(w, d, e)
		for _, x := range adjusted {
			if x.Rule == e.Rule {
				fmt.Fprintf(w, "%s is %s.\n", x.Rule.Code, plain(settingText(&x)))
			}
		}
	}
	if err := errors.Join(err, w.Flush()); err != nil {
		return incompletef("stdout could not be written: %w", unpath(err))
	}
	if len(e.Incomplete) > 0 {
		return incompletef("incomplete: %s", strings.Join(e.Incomplete, "; "))
	}
	return nil
}

// settingText says what the configuration makes of the findings of a rule.
func settingText(x *finding.Setting) string {
	what := "graded " + x.Grade
	if x.Off {
		what = "switched off"
	}
	return what + " by the configuration until " + x.Expires + ": " + x.Reason
}

// whyText writes the answer for people. Values are written so that no terminal
// obeys them.
func whyText(w *bufio.Writer, d *dictionary.Dictionary, e *validate.Explanation) {
	fmt.Fprintf(w, "%s on row %d of %s: %s\n", e.Rule.Code, e.Row, e.Table.Name, e.Outcome)
	fmt.Fprintf(w, "  %s\n", plain(e.Reason))
	if e.Outcome == validate.Failed && !strings.HasPrefix(e.Reason, e.Message) {
		fmt.Fprintf(w, "  As reported (%s): %s\n", e.Rule.Severity, plain(e.Message))
	}
	if e.Rule.Note != "" {
		fmt.Fprintf(w, "  Note: %s\n", plain(e.Rule.Note))
	}
	if len(e.Seen) > 0 {
		fmt.Fprint(w, "\nWhat it read\n")
		width := 0
		for _, s := range e.Seen {
			width = max(width, len(s.Name))
		}
		for _, s := range e.Seen {
			fmt.Fprintf(w, "  %-*s  %-6s  %s\n", width, s.Name, s.From, plain(shown(&s)))
		}
	}
	if len(e.Tests) > 0 {
		fmt.Fprint(w, "\nWhat it asked\n")
		for _, t := range e.Tests {
			fmt.Fprintf(w, "  %-7s  %s\n", t.Truth, plain(t.Text))
		}
	}
	if e.RelatedWhat != "" {
		fmt.Fprintf(w, "\nWhat it looked for: %s\n", plain(e.RelatedWhat))
		if e.RelatedCount == 0 {
			fmt.Fprint(w, "  none\n")
		}
		for _, r := range e.Related {
			fmt.Fprintf(w, "  %s row %d: %s", r.Table.Name, r.Row, r.State)
			if r.Value != nil {
				fmt.Fprintf(w, "; %s %s", r.Value.Name, plain(shown(r.Value)))
			}
			fmt.Fprintln(w)
		}
		if more := e.RelatedCount - int64(len(e.Related)); more > 0 {
			fmt.Fprintf(w, "  and %d more\n", more)
		}
	}
	if len(e.Chain) > 1 || len(e.Chain) == 1 && len(e.Chain[0].Group) > 0 {
		fmt.Fprint(w, "\nWhat it follows from\n")
		for i, l := range e.Chain {
			fmt.Fprintf(w, "  %s%s\n", strings.Repeat("  ", i), linkText(d, &l, i))
		}
	}
	others := slices.DeleteFunc(slices.Clone(e.Fails), func(r *dictionary.Rule) bool { return r == e.Rule })
	fate := "would be carried forward"
	if !e.Carried {
		fate = "would not be carried forward"
	}
	fmt.Fprintf(w, "\nThe row %s", fate)
	for i, r := range others {
		sep := ", "
		if i == 0 {
			sep = "; it fails "
			if e.Outcome == validate.Failed {
				sep = "; it also fails "
			}
		}
		fmt.Fprintf(w, "%s%s (%s)", sep, r.Code, r.Severity)
	}
	fmt.Fprintln(w, ".")
}

func shown(s *validate.Seen) string {
	switch {
	case s.Text == "":
		return s.What
	case s.What == "given":
		return s.Text
	}
	return s.Text + " (" + s.What + ")"
}

// linkText words one step of a chain of causes.
func linkText(d *dictionary.Dictionary, l *validate.Link, i int) string {
	arrow := ""
	if i > 0 {
		arrow = "because "
	}
	switch {
	case l.Absent:
		return arrow + "no row of " + l.Table.Name + " with its key was submitted"
	case l.Rule == nil:
		return fmt.Sprintf("%s%s row %d could not be read", arrow, l.Table.Name, l.Row)
	}
	s := fmt.Sprintf("%s%s row %d fails %s (%s): %s", arrow, l.Table.Name, l.Row, l.Rule.Code, l.Rule.Severity, d.Message(l.Rule))
	if len(l.Group) > 0 {
		rows := make([]string, len(l.Group))
		for k, r := range l.Group {
			rows[k] = fmt.Sprint(r)
		}
		s += " Rows " + strings.Join(rows, ", ") + " fail together."
	}
	return s
}

// whyJSON writes the answer as one object.
func whyJSON(w *bufio.Writer, e *validate.Explanation) error {
	type seen struct {
		Item  string  `json:"item"`
		From  string  `json:"from"`
		Value *string `json:"value,omitempty"`
		What  string  `json:"what"`
	}
	see := func(s *validate.Seen) *seen {
		if s == nil {
			return nil
		}
		x := &seen{Item: s.Name, From: s.From, What: s.What}
		if s.Text != "" {
			x.Value = &s.Text
		}
		return x
	}
	type test struct {
		Text  string `json:"text"`
		Truth string `json:"truth"`
	}
	type related struct {
		Table string `json:"table"`
		Row   int64  `json:"row"`
		State string `json:"state"`
		Value *seen  `json:"value,omitempty"`
	}
	type link struct {
		Code   string  `json:"code,omitempty"`
		Table  string  `json:"table,omitempty"`
		Row    int64   `json:"row,omitempty"`
		Absent string  `json:"absent,omitempty"`
		Group  []int64 `json:"group,omitempty"`
	}
	out := struct {
		Code         string    `json:"code"`
		Severity     string    `json:"severity"`
		Table        string    `json:"table"`
		Row          int64     `json:"row"`
		File         string    `json:"file"`
		Outcome      string    `json:"outcome"`
		Reason       string    `json:"reason"`
		Message      string    `json:"message"`
		Read         []*seen   `json:"read"`
		Asked        []test    `json:"asked"`
		LookedFor    string    `json:"looked_for"`
		Found        []related `json:"found"`
		FoundCount   int64     `json:"found_count"`
		Chain        []link    `json:"chain"`
		Fails        []string  `json:"fails"`
		CarryForward bool      `json:"carried_forward"`
		Incomplete   []string  `json:"incomplete"`
	}{
		Code: e.Rule.Code, Severity: e.Rule.Severity.String(), Table: e.Table.Name, Row: e.Row, File: e.File,
		Outcome: e.Outcome.String(), Reason: e.Reason, Message: e.Message, LookedFor: e.RelatedWhat, FoundCount: e.RelatedCount,
		Read: []*seen{}, Asked: []test{}, Found: []related{}, Chain: []link{}, Fails: []string{}, CarryForward: e.Carried,
		Incomplete: append([]string{}, e.Incomplete...),
	}
	for i := range e.Seen {
		out.Read = append(out.Read, see(&e.Seen[i]))
	}
	for _, t := range e.Tests {
		out.Asked = append(out.Asked, test{strings.TrimSpace(t.Text), t.Truth.String()})
	}
	for _, r := range e.Related {
		out.Found = append(out.Found, related{r.Table.Name, r.Row, r.State, see(r.Value)})
	}
	for _, l := range e.Chain {
		x := link{Table: l.Table.Name, Row: l.Row, Group: l.Group}
		if l.Absent {
			x = link{Absent: l.Table.Name}
		}
		if l.Rule != nil {
			x.Code = l.Rule.Code
		}
		out.Chain = append(out.Chain, x)
	}
	for _, r := range e.Fails {
		out.Fails = append(out.Fails, r.Code)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}
