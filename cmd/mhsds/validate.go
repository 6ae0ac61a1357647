package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mhsds/dictionary"
	"mhsds/dictionary/handbook"
	"mhsds/validate"
	"mhsds/validate/compare"
	"mhsds/validate/finding"
	"mhsds/validate/oracle"
	"mhsds/validate/plan"
	"mhsds/validate/quality"
	"mhsds/validate/report/jsonl"
	"mhsds/validate/report/summary"
	"mhsds/validate/report/text"
	"mhsds/validate/source"
	"mhsds/validate/source/access"
)

func (p *program) validateCommand() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:   "validate SUBMISSION",
		Short: "Check a submission: what would be rejected, and why",
		Long: `Check a submission: an Access database (.accdb, .mdb), or a folder or .zip of
CSV files named after their tables. The report goes to stdout; it holds no
patient values unless --show-values asks for them.

Exit status: 0 nothing in --fail-on, 1 findings in it, 2 usage, 3 the input
cannot be read or is no submission, 4 incomplete, 5 a fault of ours.

--format excel=FILE writes by way of temporary files (excelize-…) in FILE's folder,
which hold what FILE will hold and are removed at the end. Nothing in it is a
formula, whatever a value begins with. --format national=DIR is CSV, as the portal
sends it.

` + formulas + `

Every flag can be set by an environment variable, --fail-on by MHSDS_FAIL_ON.`,
		Example: `  mhsds validate september.accdb
  mhsds validate september.zip
  mhsds validate september/ --format text --format jsonl=findings.jsonl --fail-on group`,
		Args: oneSubmission,
	}
	s.define(cmd.Flags())
	cmd.RunE = p.run(func(cmd *cobra.Command, args []string) error {
		if err := s.configure(cmd.Flags()); err != nil {
			return err
		}
		s.submission = args[0]
		p.sayConfig(&s)
		return p.validate(cmd.Context(), &s, args[0])
	})
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(kindNames(), cobra.ShellCompDirectiveNoFileComp))
	cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{"file", "group", "record", "scope", "warning", "never"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.RegisterFlagCompletionFunc("progress", cobra.FixedCompletions([]string{"auto", "never"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func oneSubmission(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usagef("validate: which submission? give the path of a database, a folder or a zip")
	case 1:
		return nil
	}
	return usagef("validate: one submission at a time, not %d (%s); a path with spaces needs quotes", len(args), strings.Join(args, ", "))
}

// validate judges one submission and returns what the exit status follows from.
func (p *program) validate(ctx context.Context, s *settings, path string) error {
	outputs, err := parseOutputs(s.formats)
	if err != nil {
		return err
	}
	fail, err := parseFailOn(s.failOn)
	if err != nil {
		return err
	}
	delimiter, err := parseDelimiter(s.delimiter)
	if err != nil {
		return err
	}
	opt, err := s.engine()
	if err != nil {
		return err
	}
	if err := s.mayShare(outputs); err != nil {
		return err
	}
	if opt.FingerprintKey, err = s.readKey(); err != nil {
		return err
	}
	previous, err := s.readPrevious()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(outputs, func(o output) bool { return o.kind == nationalKind }) {
		opt.Values, opt.Diagnostics = true, true
	}
	for _, o := range outputs {
		if o.path != "-" && sameFile(o.path, path) {
			return usagef("%s would overwrite the submission", o)
		}
	}
	log := p.logger(s)

	begun := time.Now()
	defer confine(s.jobs)()
	defer p.collect(duringStart)()
	submission := open(path, delimiter)
	defer submission.close()
	observer := s.scopeObserver()
	if !s.singleRecords {
		opt.Observers = append(opt.Observers, observer)
	}
	counts, err := s.counter(previous)
	if err != nil {
		return err
	}
	if counts != nil && !s.singleRecords {
		opt.Observers = append(opt.Observers, counts.Observer)
	}
	v, err := s.compile(opt)
	if err != nil {
		return err
	}
	d := v.Dictionary()
	extract, err := s.beginExtract(ctx, d)
	if err != nil {
		return err
	}
	if extract != nil {
		observer.Await(extract.so)
	}
	adjusted, lapsed, err := s.configured.rules(d, time.Now().Format(time.DateOnly))
	if err != nil {
		return err
	}
	if err := s.against(d); err != nil {
		return err
	}
	log.Info().Str("version", d.Version).Str("rules", d.RulesDated).Dur("ms", time.Since(begun)).Msg("schemas compiled")

	container, err := submission.wait()
	if err != nil {
		return err
	}
	if err := wrongDelimiter(path, container, d, delimiter); err != nil {
		return err
	}
	for _, o := range outputs {
		for _, t := range container.Tables() {
			if o.path != "-" && known(d, t.Name) && sameFile(o.path, filepath.Join(path, t.File)) {
				return usagef("%s would overwrite a table of the submission", o)
			}
		}
	}
	if large(container.Tables()) {
		defer p.leaveRoom()()
	}

	out, err := p.openOutputs(outputs, s, d)
	if err != nil {
		return err
	}
	defer out.abandon()
	out.before = extract.failed

	var sink finding.Sink = out
	var tracker *compare.Tracker
	if previous != nil {
		tracker = compare.Track(previous, out, d, validate.FingerprintKeyID(opt.FingerprintKey))
		sink = tracker
	}
	adjuster := finding.NewAdjuster(sink, adjusted)

	_, database := container.(*access.Database)
	var bar *meter
	if width, ok := terminal(p.stderr); ok && s.progress == "auto" && !s.quiet {
		bar = newMeter(p.stderr, width, time.Now())
	}
	sum, err := watch(ctx, func() (*finding.Summary, error) {
		sum, err := v.run(ctx, container, adjuster, bar)
		if err == nil {
			adjuster.Close(sum)
			sum.Notices = append(sum.Notices, lapsed...)
		}
		if tracker != nil && err == nil {
			tracker.Finish(sum)
		}
		return sum, err
	})
	if bar != nil {
		bar.end()
	}
	if err := extract.failed(); err != nil {
		return err
	}
	if errors.Is(err, validate.ErrNotSubmission) {
		return notSubmission(path, container, d)
	}
	return p.finish(ctx, s, path, d, database, out, sum, counts, err, fail, begun)
}

// finish writes the reports, puts the files in place and says how it ended.
func (p *program) finish(ctx context.Context, s *settings, path string, d *dictionary.Dictionary, database bool, out *outputs, sum *finding.Summary, counts *counter, err error, fail threshold, begun time.Time) error {
	stopped := ctx.Err() != nil
	var unwritten *sinkError
	switch {
	case errors.As(err, &unwritten):
		return incompletef("%w", err)
	case errors.Is(err, errLate):
		return incompletef("stopped; what was being read did not end in time, so no report was written")
	case errors.Is(err, errPanic), errors.Is(err, validate.ErrFault):
		return &statusError{statusFault, errOurs}
	case err != nil && stopped:
		return incompletef("stopped; no report was written")
	case err != nil:
		return unreadable(path, database, err)
	}
	sum.Input.Path = filepath.Base(path)
	if s.configured != nil && s.configured.path != "" {
		sum.Input.Config, sum.Input.ConfigFound = filepath.Base(s.configured.path), s.configFound
	}
	s.sayWhy(sum, d, database)
	if database && !stopped && len(sum.Incomplete) > 0 {
		sum.Incomplete = append(sum.Incomplete, "the database is damaged: "+damagedAdvice)
	}
	if n, ok := out.layouts.notice(); ok {
		sum.Notices = append(sum.Notices, n)
	}
	s.more(sum)
	lacking := counts.lacking(sum)
	if stopped {
		out.keepStdout() // a file that was asked for whole is not written in part
	}
	if err := out.close(sum); err != nil {
		return incompletef("%w", err)
	}
	out.warn(p.stderr)
	if s.stats {
		p.stats(sum, time.Since(begun))
	}
	if out.silent() && !s.quiet && !stopped {
		fmt.Fprintf(p.stderr, "mhsds: %s: %s\n", plain(sum.Input.Path), sum.Verdict)
	}
	if sum.DisagreementCount > 0 {
		for _, d := range sum.Disagreements {
			p.say(errors.New(d))
		}
		return faultf("jsonschema judges %d records otherwise than the kernels do; please report the lines above, which hold no values", sum.DisagreementCount)
	}
	if s.oracle && !s.quiet {
		fmt.Fprintln(p.stderr, "mhsds: jsonschema judges every record that was read as the kernels do")
	}
	switch {
	case stopped:
		return incompletef("stopped: %s", strings.Join(reasons(sum), "; "))
	case len(sum.Incomplete) > 0 && !out.speaks():
		return incompletef("incomplete: %s", strings.Join(reasons(sum), "; "))
	case len(sum.Incomplete) > 0:
		return &statusError{statusIncomplete, nil}
	case lacking != nil:
		return lacking
	case fail.reached(sum):
		return &statusError{statusFindings, nil}
	}
	return nil
}

// sayWhy words why rules were not checked as the catalogue does, with the flag
// that would have them checked.
func (s *settings) sayWhy(sum *finding.Summary, d *dictionary.Dictionary, database bool) {
	given := map[string]bool{}
	for role, value := range map[string]string{
		"context_provider": s.provider, "context_submitter": s.submitter,
		"context_period_start": s.period, "context_period_end": s.period, "context_uploaded": s.uploaded,
	} {
		if _, f := d.Role(role); f != nil {
			given[f.Name] = value != ""
		}
	}
	build := handbook.Build{Portal: func(field string) bool { return given[field] }, Database: database}
	build.Reference = func(r dictionary.Register) bool {
		return slices.ContainsFunc(sum.Input.Reference, func(f finding.ReferenceFile) bool { return f.Register == r })
	}
	for i := range sum.NotChecked {
		n := &sum.NotChecked[i]
		if status, why := build.Status(d, n.Rule); status != handbook.Exact && why != "" {
			n.Why = why
		}
	}
}

func reasons(sum *finding.Summary) []string {
	if len(sum.Incomplete) == 0 {
		return []string{"all had been read, but files that were asked for are not written"}
	}
	return sum.Incomplete
}

// engine is a Validator with the callback that Run's caller sets.
type engine struct {
	*validate.Validator
	progress *func(done, total int64, table string)
}

// engine turns flags into the engine's options.
func (s *settings) engine() (validate.Options, error) {
	var opt validate.Options
	if s.jobs < 0 {
		return opt, usagef("--jobs: %d is less than 1", s.jobs)
	}
	if s.maxShown < 0 {
		return opt, usagef("--max-shown: %d is less than 0", s.maxShown)
	}
	if s.progress != "auto" && s.progress != "never" {
		return opt, usagef("--progress: %q is neither auto nor never", s.progress)
	}
	start, end, err := parsePeriod(s.period)
	if err != nil {
		return opt, err
	}
	uploaded, err := parseUploaded(s.uploaded)
	if err != nil {
		return opt, err
	}
	if s.dateLayout != "" {
		if _, err := plan.ParseLayout(s.dateLayout); err != nil {
			return opt, usagef("--date-layout: %w", err)
		}
	}
	return validate.Options{
		Workers:       s.jobs,
		SingleRecords: s.singleRecords,
		Provider:      s.provider,
		Submitter:     s.submitter,
		PeriodStart:   start,
		PeriodEnd:     end,
		Uploaded:      uploaded,
		Values:        s.showValues,
		DateLayout:    s.dateLayout,
		AssumeFixed:   s.assumeFixed,
		Tool:          finding.Tool{Name: "mhsds", Version: version, Schemas: "embedded", Jobs: s.jobs},
	}, nil
}

// compile builds the engine from the schemas that the flags name.
func (s *settings) compile(opt validate.Options) (*engine, error) {
	e := &engine{progress: new(func(done, total int64, table string))}
	opt.Progress = func(done, total int64, table string) {
		if *e.progress != nil {
			(*e.progress)(done, total, table)
		}
	}
	from, err := schemaFS(s.schemas, s.datasetVersion)
	if err != nil {
		return nil, err
	}
	if s.schemas != "" {
		opt.Tool.Schemas = filepath.Base(s.schemas)
	}
	if len(s.assumeFixed) > 0 {
		d, err := dictionaryOf(s.schemas)
		if err != nil {
			return nil, err
		}
		for _, code := range s.assumeFixed {
			if d.Rule(code) == nil {
				return nil, usagef("--assume-fixed: no rule %q%s", code, likely(handbook.Nearest(d, code)))
			}
		}
	}
	held, from, err := s.referenceData(from)
	if err != nil {
		return nil, err
	}
	if held != nil {
		opt.Reference = held
		for _, o := range opt.Observers {
			if q, ok := o.(*quality.Observer); ok {
				q.Refer(held)
			}
		}
	}
	if s.oracle {
		o, err := oracle.New(from)
		if err != nil {
			return nil, faultf("the oracle: %w", err)
		}
		if held != nil {
			o.Refer(held)
		}
		opt.Judge = opinion{o}
	}
	opt.OwnSchemas = s.schemas == ""
	e.Validator, err = validate.New(from, opt)
	switch {
	case err == nil:
		return e, nil
	case errors.Is(err, quality.ErrScored):
		return nil, usagef("configuration %s: quality.scored: %w", s.configured.path, err)
	case s.schemas != "":
		return nil, usagef("--schemas %s: %w", s.schemas, err)
	}
	return nil, faultf("%w", err)
}

// opinion is the oracle as the engine asks it.
type opinion struct{ *oracle.Oracle }

func (o opinion) Verdicts(t *dictionary.Table, record map[string]string, parents func(table, field, key string) []map[string]string) ([]string, error) {
	return o.Oracle.Verdicts(t, record, parents)
}

// against holds the version that was asked for against the schemas'.
func (s *settings) against(d *dictionary.Dictionary) error {
	if s.datasetVersion != "" && strings.TrimPrefix(s.datasetVersion, "v") != d.Version {
		return usagef("--dataset-version: no rules of version %q; these are of %s", s.datasetVersion, d.Version)
	}
	return nil
}

func codes(d *dictionary.Dictionary) []string {
	names := make([]string, len(d.Rules))
	for i := range d.Rules {
		names[i] = d.Rules[i].Code
	}
	return names
}

func (e *engine) run(ctx context.Context, c source.Container, sink finding.Sink, bar *meter) (*finding.Summary, error) {
	if bar != nil {
		*e.progress = func(done, total int64, table string) { bar.at(done, total, table, time.Now()) }
	}
	return e.Run(ctx, c, sink)
}

// What watch returns when the work did not end by itself.
var (
	errLate  = errors.New("the work did not end in time")
	errPanic = errors.New("the work stopped by a fault")
)

// grace is how long the work may take to end once it is asked to: with what
// follows, less than a second.
const grace = 800 * time.Millisecond

// watch runs work, and gives it up when it does not end soon after ctx does.
func watch(ctx context.Context, work func() (*finding.Summary, error)) (*finding.Summary, error) {
	type outcome struct {
		sum *finding.Summary
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		o := outcome{err: errPanic}
		defer func() {
			recover() // what was raised may hold a value; errPanic says enough
			done <- o
		}()
		o.sum, o.err = work()
	}()
	select {
	case o := <-done:
		return o.sum, o.err
	case <-ctx.Done():
	}
	select {
	case o := <-done:
		return o.sum, o.err
	case <-time.After(grace):
		return nil, errLate
	}
}

// stats says how much was read and how fast.
func (p *program) stats(sum *finding.Summary, took time.Duration) {
	var rows, bytes int64
	for i := range sum.Tables {
		rows += sum.Tables[i].Rows
	}
	for _, f := range sum.Input.Files {
		bytes += f.Bytes
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	seconds := max(took.Seconds(), 1e-9)
	fmt.Fprintf(p.stderr, "mhsds: %d rows, %.1f MB in %.3f s from start: %.0f rows/s, %.1f MB/s; %.1f MiB of memory taken from the system, %d allocations\n",
		rows, float64(bytes)/1e6, seconds, float64(rows)/seconds, float64(bytes)/1e6/seconds, float64(mem.Sys)/(1<<20), mem.Mallocs)
}

// A report is a sink that has something to write at the end.
type report interface {
	finding.Sink
	Close(*finding.Summary) error
}

// outputs are the reports of a run: one pass of findings feeds them all.
type outputs struct {
	targets []*target
	reports []report
	layouts layouts

	// before, if not nil, is called before the first finding is reported. Its
	// error ends the run.
	before func() error
}

// A sinkError is a report that could not be written.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return e.err.Error() }
func (e *sinkError) Unwrap() error { return e.err }

func (p *program) openOutputs(list []output, s *settings, d *dictionary.Dictionary) (*outputs, error) {
	o := &outputs{layouts: layouts{}}
	for _, spec := range list {
		t, err := p.openOutput(spec, s, d)
		if err != nil {
			o.abandon()
			return nil, err
		}
		o.targets = append(o.targets, t)
		if t.kind == "excel" {
			r, err := s.excel(t, d)
			if err != nil {
				o.abandon()
				return nil, incompletef("%w", t.wrap(err))
			}
			o.reports = append(o.reports, r)
			continue
		}
		o.reports = append(o.reports, p.report(t, s, d))
	}
	return o, nil
}

func (p *program) openOutput(o output, s *settings, d *dictionary.Dictionary) (*target, error) {
	if o.kind == nationalKind {
		return openFolder(o, d)
	}
	return openTarget(o, p.stdout, s.showValues)
}

// nationalKind is the report that holds values by nature.
const nationalKind = "national"

// report makes the report of a kind that parseOutputs has let pass.
func (p *program) report(t *target, s *settings, d *dictionary.Dictionary) report {
	switch t.kind {
	case nationalKind:
		return t.folder
	case "jsonl":
		return jsonl.New(t.w, d, s.showValues)
	case "json":
		return summary.New(t.w, s.counts())
	case "html":
		return s.html(t, d)
	}
	if r := s.machine(t, d); r != nil {
		return r
	}
	opt := text.Options{Values: s.showValues, MaxShown: s.maxShown, Verbose: s.verbose, Counts: s.counts()}
	var w io.Writer = t.w
	if t.stdout() {
		opt.Width, _ = terminal(p.stdout)
		opt.Colour = p.colours(p.stdout, s.noColor)
		w = painted(p.stdout)
	}
	return text.New(w, d, opt)
}

// Report hands the finding to every report.
func (o *outputs) Report(f *finding.Finding) error {
	if o.before != nil {
		if err := o.before(); err != nil {
			return err
		}
		o.before = nil
	}
	o.layouts.note(f)
	for i, r := range o.reports {
		if err := r.Report(f); err != nil {
			return &sinkError{o.targets[i].wrap(err)}
		}
	}
	return nil
}

// close ends every report and puts its file in place. It goes on after an
// error, and returns the first.
func (o *outputs) close(sum *finding.Summary) error {
	var first error
	for i, r := range o.reports {
		t := o.targets[i]
		err := r.Close(sum)
		if err != nil {
			err = t.wrap(err)
			t.abandon()
		} else {
			err = t.commit()
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// keepStdout gives up the files.
func (o *outputs) keepStdout() {
	kept := new(outputs)
	for i, t := range o.targets {
		if !t.stdout() {
			t.abandon()
			continue
		}
		kept.targets = append(kept.targets, t)
		kept.reports = append(kept.reports, o.reports[i])
	}
	*o = *kept
}

// speaks reports whether a text for people goes to stdout.
func (o *outputs) speaks() bool {
	for _, t := range o.targets {
		if t.kind == "text" && t.stdout() {
			return true
		}
	}
	return false
}

// silent reports whether nothing goes to stdout.
func (o *outputs) silent() bool {
	return !slices.ContainsFunc(o.targets, (*target).stdout)
}

// warn says where values have been written by nature, and what is left out.
func (o *outputs) warn(w io.Writer) {
	for _, t := range o.targets {
		if t.folder == nil {
			continue
		}
		fmt.Fprintf(w, "mhsds: %s contains patient identifiers\n", plain(t.path))
		for _, c := range t.folder.LeftOut() {
			fmt.Fprintf(w, "mhsds: %s: %s is left out: %s\n", plain(t.path), c.Diagnostic.Code, c.Why)
		}
	}
}

func (o *outputs) abandon() {
	for _, r := range o.reports {
		if a, ok := r.(interface{ Abandon() }); ok {
			a.Abandon()
		}
	}
	for _, t := range o.targets {
		t.abandon()
	}
}
