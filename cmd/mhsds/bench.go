package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mhsds/dictionary"
	"mhsds/dictionary/synthetic"
	synthdb "mhsds/dictionary/synthetic/database"
	"mhsds/validate"
	"mhsds/validate/finding"
	"mhsds/validate/relation"
	"mhsds/validate/source"
	"mhsds/validate/source/access"
	"mhsds/validate/source/archive"
)

func (p *program) benchCommand() *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure speed and memory on made-up submissions",
		Long: `Make submissions of made-up patients, judge them, and set the time against a
plain pass of Go's encoding/csv over the same files in the same run. Each
figure comes from whole processes, taken in turns; the median counts. Absolute
times depend on the machine: the ratios are what to compare.

One submission is made as an Access database too, and set against mdb-export of
Debian's package mdbtools writing its largest table to nowhere. Such a database
has the pages that readers need, and no more: Access does not open it.

The submissions take about 1.6 GB of disk, and are removed at the end unless
--dir names a place to keep them.`,
		Args: exactly(),
	}
	flags := cmd.Flags()
	flags.StringVar(&o.dir, "dir", "", "make the submissions in `DIR`, and keep them for the next run")
	flags.IntVar(&o.runs, "runs", 5, "time each command `N` times")
	flags.Float64Var(&o.scale, "scale", 1, "make submissions `X` times as large")
	flags.StringVar(&o.database, "database", "", "measure the validation of this Access `FILE` too")
	flags.StringVar(&o.parse, "parse", "", "only read the CSV files of `DIR` by encoding/csv; the bench calls itself with this")
	flags.StringVar(&o.make, "make", "", "only make the submission `NAME` in --dir; the bench calls itself with this")
	flags.MarkHidden("parse")
	flags.MarkHidden("make")
	cmd.RunE = p.run(func(cmd *cobra.Command, _ []string) error {
		if o.parse != "" {
			return parsePlainly(o.parse)
		}
		if o.runs < 1 || o.scale <= 0 {
			return usagef("bench: --runs is 1 or more and --scale more than 0")
		}
		if o.make != "" {
			return makeWorkload(cmd.Context(), o)
		}
		return p.bench(cmd.Context(), o)
	})
	return cmd
}

type benchOptions struct {
	dir, parse, make, database string
	runs                       int
	scale                      float64
}

// parsePlainly reads every file by encoding/csv and does nothing with it.
func parsePlainly(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil {
		return err
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		r := csv.NewReader(bufio.NewReaderSize(f, 1<<16))
		r.ReuseRecord = true
		for err == nil {
			_, err = r.Read()
		}
		f.Close()
		if err != io.EOF {
			return err
		}
	}
	return nil
}

// A workload is a submission to measure. Rows are of the tables that play the
// roles; the others are left out.
type workload struct {
	name     string
	file     string // of the folder or the database, before the scale
	patients int
	tables   []load
	faults   float64 // share of the contacts that have a fault
	keys     bool    // say what the keys take
}

type load struct {
	role string
	mean float64 // rows under a row of the table above it; 0 is the usual
}

func contacts() []load {
	return []load{{role: "header"}, {role: "patient"}, {role: "gp"}, {"referral", 2}, {"contact", 5}}
}

func activities() []load {
	return []load{{role: "header"}, {role: "patient"}, {role: "gp"}, {"referral", 2}, {"contact", 50.0 / 7}, {"activity", 0.2}}
}

// The workloads of the goals: one to weigh the rules on single records, one to
// weigh those between records.
func workloads() []workload {
	return []workload{
		{"2 million contacts", "0", 200_000, contacts(), 0.01, true},
		{"the same, clean", "1", 200_000, contacts(), 0, false},
		{"the same, every contact faulty", "2", 200_000, contacts(), 1, false},
		{"5 million contacts, 1 million activities", "3", 350_000, activities(), 0.01, true},
	}
}

// Further workloads: of one patient, where next to nothing is to be read; of
// about 50,000 rows; and as a database.
func onePatient() workload { return workload{"one patient", "4", 1, contacts(), 0, false} }
func fiftyThousand() workload {
	return workload{"50,000 rows", "5", 3_500, contacts(), 0.01, false}
}
func asDatabase() workload {
	return workload{"1 million contacts, 200,000 activities", "6.accdb", 70_000, activities(), 0.01, false}
}

func (w *workload) database() bool { return filepath.Ext(w.file) == ".accdb" }

// path is where the workload is, or is to be made.
func (w *workload) path(o *benchOptions) string {
	name, ext, _ := strings.Cut(w.file, ".")
	if ext != "" {
		ext = "." + ext
	}
	return filepath.Join(o.dir, fmt.Sprintf("%s-%g%s", name, o.scale, ext))
}

func (p *program) bench(ctx context.Context, o benchOptions) error {
	if o.dir == "" {
		var err error
		if o.dir, err = os.MkdirTemp("", "mhsds-bench"); err != nil {
			return incompletef("bench: %w", unpath(err))
		}
		defer os.RemoveAll(o.dir)
	}
	self, err := os.Executable()
	if err != nil {
		return faultf("%w", err)
	}
	b := &bench{program: p, self: self, options: o}
	b.printf("mhsds %s%s; %s, %s/%s, %d processors. Medians of %d runs, in turns with what they are set against.\n\n",
		version, revision(), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), o.runs)
	if err := b.all(ctx); err != nil {
		return err
	}
	if err := b.access(ctx); err != nil {
		return err
	}
	// What runs in this process comes last: the peak of a process that it starts
	// counts from what it held.
	return b.memory(ctx)
}

// bench is one run of the command.
type bench struct {
	*program
	self    string
	options benchOptions
}

func (b *bench) printf(format string, args ...any) { fmt.Fprintf(b.stdout, format, args...) }

func (b *bench) all(ctx context.Context) error {
	b.printf("| submission | what | jobs | time / encoding/csv | wall s | peak MiB |\n|---|---|---|---|---|---|\n")
	var clean, faulty float64
	for i, w := range workloads() {
		folder, rows, err := b.make(ctx, w)
		if err != nil {
			return err
		}
		for _, jobs := range []int{1, 2} {
			if i == 0 {
				m, err := b.against(ctx, folder, jobs, "--single-records")
				if err != nil {
					return err
				}
				b.printf("| %s (%s rows) | rules on single records, findings to a file | %d | %.2f | %.2f | %.0f |\n", w.name, thousands(rows), jobs, m.ratio, m.wall, m.peak)
			}
			m, err := b.against(ctx, folder, jobs)
			if err != nil {
				return err
			}
			b.printf("| %s (%s rows) | every rule, findings to a file | %d | %.2f | %.2f | %.0f |\n", w.name, thousands(rows), jobs, m.ratio, m.wall, m.peak)
			if i == 0 {
				extract := filepath.Join(b.options.dir, "extract.csv")
				referrals, err := makeExtract(extract, folder)
				if err != nil {
					return err
				}
				m, err := b.against(ctx, folder, jobs, "--talking-therapies", extract)
				if err != nil {
					return err
				}
				b.printf("| %s (%s rows) | every rule, and a Talking Therapies extract of %s referrals | %d | %.2f | %.2f | %.0f |\n", w.name, thousands(rows), thousands(int64(referrals)), jobs, m.ratio, m.wall, m.peak)
			}
			if jobs == 1 && w.faults == 0 {
				clean = m.wall
			}
			if jobs == 1 && w.faults == 1 {
				faulty = m.wall
			}
		}
	}
	b.printf("| every contact faulty, against clean | wall time | 1 | %.2f | | |\n", faulty/clean)
	if err := b.page(ctx); err != nil {
		return err
	}
	return b.start(ctx)
}

// make makes a workload in a process of its own, if it is not there already.
// Rows are counted for those of CSV files.
func (b *bench) make(ctx context.Context, w workload) (path string, rows int64, err error) {
	path = w.path(&b.options)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if _, _, err := b.time(ctx, "bench", "--make", w.file, "--dir", b.options.dir, "--scale", fmt.Sprint(b.options.scale)); err != nil {
			return "", 0, err
		}
	}
	if !w.database() {
		rows, err = countLines(path)
	}
	return path, rows, err
}

// makeWorkload makes the one that the options name. It is there whole or not at
// all.
func makeWorkload(ctx context.Context, o benchOptions) error {
	all := append(workloads(), onePatient(), fiftyThousand(), asDatabase())
	i := slices.IndexFunc(all, func(w workload) bool { return w.file == o.make })
	if i < 0 {
		return usagef("bench: --make %q is no submission of the bench", o.make)
	}
	w := all[i]
	path := w.path(&o)
	making := path + ".making"
	if err := os.RemoveAll(making); err != nil {
		return incompletef("bench: %w", err)
	}
	if err := w.write(ctx, making, o.scale); err != nil {
		return err
	}
	if err := os.Rename(making, path); err != nil {
		return incompletef("bench: %w", err)
	}
	return nil
}

// write makes the workload's submission at path.
func (w *workload) write(ctx context.Context, path string, scale float64) error {
	release, err := ownSchemas("")
	if err != nil {
		return err
	}
	v, err := validate.New(release, validate.Options{Workers: 1})
	if err != nil {
		return faultf("%w", err)
	}
	d := v.Dictionary()
	cfg := synthetic.Config{
		Patients: max(1, int(float64(w.patients)*scale)), Period: dictionary.ScalesFrom[:len("2026-04")], Seed: 1,
		Means: map[string]float64{},
	}
	for _, l := range w.tables {
		t, _ := d.Role(l.role)
		if t == nil {
			return faultf("no table plays the role %s", l.role)
		}
		cfg.Tables = append(cfg.Tables, t.ID)
		if l.mean > 0 {
			cfg.Means[t.ID] = l.mean
		}
	}
	g, err := synthetic.New(d, nil)
	if err != nil {
		return faultf("%w", err)
	}
	var out interface {
		synthetic.Writer
		Close() error
	}
	if w.database() {
		f, err := os.Create(path)
		if err != nil {
			return incompletef("bench: %w", err)
		}
		defer f.Close()
		out = synthdb.New(f)
	} else {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return incompletef("bench: %w", err)
		}
		out = synthetic.Folder(path)
	}
	_, date := d.Role("contact_date")
	if _, err := g.Generate(ctx, cfg, &spoiler{Writer: out, share: w.faults, field: date}); err != nil {
		return incompletef("bench: %w", err)
	}
	if err := out.Close(); err != nil {
		return incompletef("bench: %w", err)
	}
	return nil
}

// A spoiler makes faults in a submission on its way: in turn a date after the
// period, one that cannot be read and none, in a share of one table's rows that
// is spread evenly.
type spoiler struct {
	synthetic.Writer
	share float64
	field *dictionary.Field

	column int
	due    float64
	made   int
}

func (s *spoiler) Begin(t *dictionary.Table) error {
	s.column = -1
	if t.Field(s.field.Name) == s.field {
		s.column = t.Index(s.field.Name)
	}
	return s.Writer.Begin(t)
}

func (s *spoiler) Row(values [][]byte) error {
	if s.column < 0 {
		return s.Writer.Row(values)
	}
	if s.due += s.share; s.due >= 1 {
		s.due--
		s.made++
		good := values[s.column]
		values[s.column] = [...][]byte{[]byte("2099-01-01"), []byte("2026-02-30"), nil}[s.made%3]
		err := s.Writer.Row(values)
		values[s.column] = good
		return err
	}
	return s.Writer.Row(values)
}

// countLines counts the records of a folder of files without quoted line ends.
func countLines(folder string) (int64, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.csv"))
	if err != nil {
		return 0, err
	}
	var n int64
	buf := make([]byte, 1<<16)
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return 0, err
		}
		for err == nil {
			var k int
			k, err = f.Read(buf)
			for _, c := range buf[:k] {
				if c == '\n' {
					n++
				}
			}
		}
		f.Close()
		n-- // the header
	}
	return n, nil
}

// A measure is the median of some pairs of processes.
type measure struct {
	ratio, wall, peak float64 // time against encoding/csv, seconds, MiB
}

// against times the validation of a folder in turns with a plain parse of it.
func (b *bench) against(ctx context.Context, folder string, jobs int, flags ...string) (measure, error) {
	var ratios, walls, peaks []float64
	out := filepath.Join(b.options.dir, "findings.jsonl")
	defer os.Remove(out)
	for range b.options.runs + 1 { // the first warms the file cache
		plain, _, err := b.time(ctx, "bench", "--parse", folder)
		if err != nil {
			return measure{}, err
		}
		args := append([]string{"validate", folder, "--jobs", fmt.Sprint(jobs), "--format", "jsonl=" + out, "--fail-on", "never", "--progress", "never", "-q"}, flags...)
		ours, peak, err := b.time(ctx, args...)
		if err != nil {
			return measure{}, err
		}
		ratios, walls, peaks = append(ratios, ours/plain), append(walls, ours), append(peaks, peak)
	}
	return measure{median(ratios[1:]), median(walls[1:]), median(peaks[1:])}, nil
}

// time runs the program itself and returns its wall time in seconds and, where
// the system tells, its peak memory in MiB.
func (b *bench) time(ctx context.Context, args ...string) (seconds, peak float64, err error) {
	return timed(exec.CommandContext(ctx, b.self, args...))
}

// timed runs a command to its end.
func timed(cmd *exec.Cmd) (seconds, peak float64, err error) {
	var said strings.Builder
	cmd.Stderr = &said
	begun := time.Now()
	err = cmd.Run()
	seconds = time.Since(begun).Seconds()
	if err != nil {
		return 0, 0, faultf("bench: %s: %w: %s", strings.Join(cmd.Args, " "), err, said.String())
	}
	return seconds, peakMemory(cmd.ProcessState), nil
}

// allocations returns how many objects one validation of a clean submission
// allocates for each row, beyond those of an empty one.
func (b *bench) allocations(ctx context.Context, release fs.FS, folder string, rows int64) (float64, error) {
	v, err := validate.New(release, validate.Options{Workers: 1})
	if err != nil {
		return 0, faultf("%w", err)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	var before, after runtime.MemStats
	c, err := archive.OpenFolder(folder, archive.Options{})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	runtime.ReadMemStats(&before)
	if _, err := v.Run(ctx, c, nowhere{}); err != nil {
		return 0, err
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(rows), nil
}

// The memory that the goals allow, in bytes: for a key that others look up,
// beside the key itself; for one that must be unique and nothing else; and for
// all that is no key.
const (
	lookedUpKey = 16
	uniqueKey   = 10
	beyondKeys  = 64 << 20
)

// memory prints what a row allocates, what the keys of the submissions take, and
// the memory that the goals allow for them.
func (b *bench) memory(ctx context.Context) error {
	release, err := ownSchemas("")
	if err != nil {
		return err
	}
	for _, w := range workloads() {
		if w.faults > 0 {
			continue
		}
		folder, rows, err := b.make(ctx, w)
		if err != nil {
			return err
		}
		n, err := b.allocations(ctx, release, folder, rows)
		if err != nil {
			return err
		}
		b.printf("\nAllocations a row of %s, those of the run itself shared out: %.4f.\n", w.name, n)
	}
	b.printf("\n| submission | keys that others look up | bytes of each itself | bytes beside it | keys that must only be unique | bytes of each | MiB that the goals allow |\n|---|---|---|---|---|---|---|\n")
	for _, w := range workloads() {
		if !w.keys {
			continue
		}
		folder, _, err := b.make(ctx, w)
		if err != nil {
			return err
		}
		m, err := keysOf(ctx, release, folder)
		if err != nil {
			return err
		}
		allowed := lookedUpKey*m.Keys + m.KeyBytes + uniqueKey*m.Tagged + beyondKeys
		each := func(bytes, keys int) float64 { return float64(bytes) / float64(max(keys, 1)) }
		b.printf("| %s | %s | %.1f | %.1f | %s | %.1f | %d |\n", w.name, thousands(int64(m.Keys)), each(m.KeyBytes, m.Keys),
			each(m.Index, m.Keys), thousands(int64(m.Tagged)), each(m.Tags, m.Tagged), allowed>>20)
	}
	return nil
}

// keysOf adds up what the keys of a submission take, table by table.
func keysOf(ctx context.Context, release fs.FS, folder string) (all relation.KeyMemory, err error) {
	v, err := validate.New(release, validate.Options{Keys: func(_ *dictionary.Table, m relation.KeyMemory) {
		all.Keys += m.Keys
		all.KeyBytes += m.KeyBytes
		all.Index += m.Index
		all.Tagged += m.Tagged
		all.Tags += m.Tags
	}})
	if err != nil {
		return all, faultf("%w", err)
	}
	c, err := archive.OpenFolder(folder, archive.Options{})
	if err != nil {
		return all, err
	}
	defer c.Close()
	_, err = v.Run(ctx, c, nowhere{})
	return all, err
}

// nowhere is a sink that forgets.
type nowhere struct{}

func (nowhere) Report(*finding.Finding) error { return nil }

// access times the validation of databases in turns with mdb-export.
func (b *bench) access(ctx context.Context) error {
	exporter, err := exec.LookPath("mdb-export")
	if err != nil {
		if b.options.database != "" {
			return incompletef("bench: --database needs mdb-export, of Debian's package mdbtools: %w", err)
		}
		b.printf("\nNot measured: databases, for want of mdb-export, of Debian's package mdbtools.\n")
		return nil
	}
	made := asDatabase()
	path, _, err := b.make(ctx, made)
	if err != nil {
		return err
	}
	b.printf("\n| database | jobs | mdb-export of its largest table / time | wall s | peak MiB |\n|---|---|---|---|---|\n")
	if err := b.export(ctx, exporter, made.name, path); err != nil {
		return err
	}
	if b.options.database == "" {
		return nil
	}
	return b.export(ctx, exporter, filepath.Base(b.options.database), b.options.database)
}

// export measures one database.
func (b *bench) export(ctx context.Context, exporter, name, path string) error {
	db, err := access.Open(path)
	if err != nil {
		return inputf("%s", named(path, err))
	}
	largest := slices.MaxFunc(db.Tables(), func(x, y source.Table) int { return cmp.Compare(x.Size, y.Size) })
	if err := db.Close(); err != nil {
		return incompletef("bench: %w", err)
	}
	for _, jobs := range []int{1, 2} {
		var ratios, walls, peaks []float64
		for range b.options.runs + 1 {
			export, _, err := timed(exec.CommandContext(ctx, exporter, path, largest.Name))
			if err != nil {
				return err
			}
			ours, peak, err := b.time(ctx, "validate", path, "--jobs", fmt.Sprint(jobs), "--fail-on", "never", "--progress", "never")
			if err != nil {
				return err
			}
			ratios, walls, peaks = append(ratios, export/ours), append(walls, ours), append(peaks, peak)
		}
		b.printf("| %s (%s) | %d | %.1f | %.2f | %.0f |\n", name, largest.Name, jobs, median(ratios[1:]), median(walls[1:]), median(peaks[1:]))
	}
	return nil
}

// page times a whole process that writes the HTML report of a submission of
// about 50,000 rows.
func (b *bench) page(ctx context.Context) error {
	folder, rows, err := b.make(ctx, fiftyThousand())
	if err != nil {
		return err
	}
	out := filepath.Join(b.options.dir, "report.html")
	defer os.Remove(out)
	var walls, peaks []float64
	for range b.options.runs + 1 {
		wall, peak, err := b.time(ctx, "validate", folder, "--format", "html="+out, "--fail-on", "never", "--progress", "never", "-q")
		if err != nil {
			return err
		}
		walls, peaks = append(walls, wall), append(peaks, peak)
	}
	b.printf("| %s rows | every rule, to an HTML report, from process start | %d | | %.2f | %.0f |\n", thousands(rows), runtime.NumCPU(), median(walls[1:]), median(peaks[1:]))
	return nil
}

// start times a whole cold process on a submission of one patient: what is left
// when there is next to nothing to read.
func (b *bench) start(ctx context.Context) error {
	folder, _, err := b.make(ctx, onePatient())
	if err != nil {
		return err
	}
	var whole []float64
	for range b.options.runs + 1 {
		s, _, err := b.time(ctx, "validate", folder, "--fail-on", "never", "--progress", "never")
		if err != nil {
			return err
		}
		whole = append(whole, s)
	}
	b.printf("\nStart: %.0f ms from process start to the report on a submission of one patient, schemas compiled on the way.\n", 1000*median(whole[1:]))
	return nil
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

// thousands writes a number with commas.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
