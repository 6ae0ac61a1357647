// Package excel writes the report as a workbook.
//
//	Summary       the verdict, and rows by table
//	Root causes   what to repair, those that free most rows first
//	By rule       exact counts
//	Scope         what belongs elsewhere, by grade, if anything does
//	Switched      rules of ours that the configuration has switched, if any
//	Findings      one a row, continued on Findings 2, … before a sheet is full
//	Data quality, Monthly counts, Tables compared     only if they were counted
//	Not checked   which rules, and why
//	Provenance    files, versions, what was noticed
//
// Every list is a table of Excel's own, with a filter over all its rows. Dates
// are dates and identifiers are text. No cell is ever a formula: text is stored
// as text, and what begins like a formula carries the mark that keeps it text
// when somebody edits the cell.
//
// Findings are written as they come, by way of temporary files that are removed
// when the report is closed or abandoned. The same findings give the same
// bytes.
package excel

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
	"mhsds/validate/report/summary"
	"mhsds/validate/report/tally"
	"mhsds/validate/report/wording"
)

// Options say what the workbook holds. The zero value holds no values.
type Options struct {
	// Values adds the reported items with their values to each finding.
	Values bool

	// Compared adds how each finding stands against an earlier result.
	Compared bool

	// TempDir is the folder for temporary files; "" is the system's. They hold
	// what the workbook holds.
	TempDir string

	// Counts says whether small counts are hidden; findings are not listed then.
	Counts share.Counts
}

const (
	lastRow = excelize.TotalRows // 1,048,576

	// headRow is the row of a list's headings: what the report contains stands
	// above them.
	headRow = 3

	// sheetBytes bounds the text of one sheet, so that no part of the workbook
	// grows beyond what a zip without extensions can hold.
	sheetBytes = 1 << 30

	// longest is the number of characters of a cell that are kept; Excel takes
	// 32,767.
	longest = 32_000
)

// A Report is a finding.Sink that writes findings into a workbook as they come.
type Report struct {
	w     io.Writer
	d     *dictionary.Dictionary
	opt   Options
	tally *tally.Tally
	file  *excelize.File

	bold, date, text, quoted int // styles

	findings *sheet
	sheets   int // of findings
	lastRow  int
	items    int // the most that a rule reports
	facts    map[*dictionary.Rule]*facts
	isDate   map[string]bool // by UID
	cells    []any
}

// facts are what all findings of a rule have in common.
type facts struct {
	message string
	dates   []bool // by item
}

// New returns a report that writes a workbook to w when it is closed, with the
// dictionary's words. Close or Abandon must be called.
func New(w io.Writer, d *dictionary.Dictionary, opt Options) (*Report, error) {
	opt.Values = opt.Values && !opt.Counts.Suppress
	r := &Report{
		w: w, d: d, opt: opt, lastRow: lastRow,
		tally: tally.New(0, false), file: excelize.NewFile(excelize.Options{TmpDir: opt.TempDir}),
		facts: make(map[*dictionary.Rule]*facts), isDate: make(map[string]bool),
	}
	for i := range d.Tables {
		for _, f := range d.Tables[i].Fields {
			r.isDate[f.UID] = f.Type == dictionary.Date
		}
	}
	for i := range d.Rules {
		r.items = max(r.items, len(d.Rules[i].Items))
	}
	if err := r.begin(); err != nil {
		r.Abandon()
		return nil, fmt.Errorf("workbook: %w", err)
	}
	return r, nil
}

func (r *Report) begin() error {
	var err error
	style := func(s *excelize.Style) int {
		id, e := r.file.NewStyle(s)
		err = errors.Join(err, e)
		return id
	}
	layout := "yyyy-mm-dd"
	r.bold = style(&excelize.Style{Font: &excelize.Font{Bold: true}})
	r.date = style(&excelize.Style{CustomNumFmt: &layout})
	r.text = style(&excelize.Style{NumFmt: 49}) // "@"
	if err != nil {
		return err
	}
	// The library has no name for this mark, which Excel shows as an apostrophe
	// before the text.
	styles := r.file.Styles.CellXfs
	mark := styles.Xf[r.text]
	yes := true
	mark.QuotePrefix = &yes
	styles.Xf = append(styles.Xf, mark)
	styles.Count = len(styles.Xf)
	r.quoted = len(styles.Xf) - 1

	if err := r.file.SetSheetName("Sheet1", "Summary"); err != nil {
		return err
	}
	for _, name := range []string{"Root causes", "By rule"} {
		if _, err := r.file.NewSheet(name); err != nil {
			return err
		}
	}
	if r.opt.Counts.Suppress {
		return nil
	}
	return r.nextFindings()
}

// nextFindings begins another sheet of findings.
func (r *Report) nextFindings() error {
	r.sheets++
	name, table := "Findings", "Findings"
	if r.sheets > 1 {
		name += " " + strconv.Itoa(r.sheets)
		table += strconv.Itoa(r.sheets)
	}
	if _, err := r.file.NewSheet(name); err != nil {
		return err
	}
	columns := []column{{"Code", 12}, {"Severity", 16}, {"Table", 28}, {"Row", 10}, {"Field", 28}, {"File", 28}, {"Line", 10}, {"Message", 80}, {"Follows from", 40}}
	if r.opt.Compared {
		columns = append(columns, column{"Against the earlier result", 16}, column{"Months running", 10})
	}
	if r.opt.Values {
		for i := 1; i <= r.items; i++ {
			columns = append(columns, column{fmt.Sprint("Item ", i), 30}, column{fmt.Sprint("Value ", i), 22})
		}
	}
	s, err := r.open(name, table, columns)
	r.findings = s
	return err
}

// Report writes the finding as a row.
func (r *Report) Report(f *finding.Finding) error {
	r.tally.Add(f)
	if r.opt.Counts.Suppress {
		return nil
	}
	if r.findings.row == r.lastRow || r.findings.bytes > sheetBytes {
		if err := r.findings.close(); err != nil {
			return err
		}
		if err := r.nextFindings(); err != nil {
			return err
		}
	}
	of := r.facts[f.Rule]
	if of == nil {
		of = &facts{message: r.d.Message(f.Rule)}
		for _, it := range f.Rule.Items {
			of.dates = append(of.dates, r.isDate[it.UID])
		}
		r.facts[f.Rule] = of
	}
	message := of.message
	if f.Detail != "" {
		message = strings.TrimSuffix(message, ".") + "; " + f.Detail
	}
	field := f.Column
	if field == "" {
		field = f.Rule.Field
	}
	c := append(r.cells[:0], f.Rule.Code, f.Rule.Severity.String(), wording.TableName(f.Table), number(f.Row), field, f.File, number(f.Line), message, follows(&f.Cause))
	if r.opt.Compared {
		c = append(c, f.History.State.String(), number(int64(f.History.Months)))
	}
	if r.opt.Values {
		for i := range f.Values {
			v := &f.Values[i]
			var value any
			if !v.Null {
				value = string(v.Text)
				if i < len(of.dates) && of.dates[i] {
					value = day(string(v.Text))
				}
			}
			c = append(c, wording.Label(v.Item), value)
		}
	}
	r.cells = c
	return r.findings.add(c...)
}

// number is n, or nothing for 0: a row or line that there is not.
func number(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

// follows says from which record a finding follows.
func follows(c *finding.Cause) string {
	switch {
	case c.None():
		return ""
	case c.Absent || c.Rule == nil:
		return "absent row of " + c.Table.Name
	}
	return c.Rule.Code + ", " + c.Table.Name + " row " + strconv.FormatInt(c.Row, 10)
}

// day is a date as Excel's own, or the text if it is none. Excel takes 1900 for
// a leap year, so that what is before its March stays text, which nobody
// misreads.
func day(s string) any {
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			if t.Before(time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)) || layout != time.DateOnly {
				return s
			}
			return t
		}
	}
	return s
}

// A column is a heading and its width in characters.
type column struct {
	name  string
	width float64
}

// A sheet is a list that is being written.
type sheet struct {
	report *Report
	name   string
	table  string
	sw     *excelize.StreamWriter
	wide   int // columns
	head   int // row of the headings
	row    int // the last that was written
	bytes  int
	cells  []any
}

// blank begins a sheet without headings: what the report contains stands in
// its first row.
func (r *Report) blank(name string, columns []column) (*sheet, error) {
	if r.opt.Values {
		err := r.file.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddHeader: "&C&B" + "Contains patient identifiers"})
		if err != nil {
			return nil, err
		}
	}
	sw, err := r.file.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	s := &sheet{report: r, name: name, sw: sw, wide: len(columns)}
	for i, c := range columns {
		if err := sw.SetColWidth(i+1, i+1, c.width); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (r *Report) open(name, table string, columns []column) (*sheet, error) {
	s, err := r.blank(name, columns)
	if err != nil {
		return nil, err
	}
	err = s.sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: headRow, TopLeftCell: "A" + strconv.Itoa(headRow+1), ActivePane: "bottomLeft"})
	if err != nil {
		return nil, err
	}
	if err := s.add(wording.Privacy(r.opt.Values, r.opt.Counts)); err != nil {
		return nil, err
	}
	s.row = headRow - 1
	return s, s.headings(table, columns)
}

// headings begins the sheet's list.
func (s *sheet) headings(table string, columns []column) error {
	s.table, s.wide = table, len(columns)
	cells := make([]any, len(columns))
	for i, c := range columns {
		cells[i] = excelize.Cell{StyleID: s.report.bold, Value: c.name}
	}
	s.head = s.row + 1
	return s.put(cells)
}

// add writes a row. Text becomes text whatever it says; nil is an empty cell.
func (s *sheet) add(values ...any) error {
	s.cells = s.cells[:0]
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			s.cells = append(s.cells, nil)
		case string:
			s.cells = append(s.cells, s.text(v))
		case time.Time:
			s.cells = append(s.cells, excelize.Cell{StyleID: s.report.date, Value: v})
		default:
			s.cells = append(s.cells, v)
		}
		s.bytes += 40
	}
	return s.put(s.cells)
}

func (s *sheet) text(v string) any {
	if v == "" {
		return nil
	}
	style := s.report.text
	if strings.ContainsRune("=+-@\t\r\n", rune(v[0])) {
		style = s.report.quoted
	}
	v = wording.Clean(v)
	n := 0
	for i := range v {
		if n == longest {
			v = v[:i] + "…"
			break
		}
		n++
	}
	s.bytes += len(v)
	return excelize.Cell{StyleID: style, Value: v}
}

func (s *sheet) put(cells []any) error {
	s.row++
	return s.sw.SetRow("A"+strconv.Itoa(s.row), cells)
}

// close ends the sheet; its list becomes a table.
func (s *sheet) close() error { return s.closeAt(s.row) }

func (s *sheet) closeAt(end int) error {
	if s.table != "" {
		last, err := excelize.CoordinatesToCellName(s.wide, max(end, s.head+1))
		if err != nil {
			return err
		}
		err = s.sw.AddTable(&excelize.Table{Range: "A" + strconv.Itoa(s.head) + ":" + last, Name: s.table, StyleName: "TableStyleMedium2"})
		if err != nil {
			return err
		}
	}
	return s.sw.Flush()
}

// Close writes the workbook and removes the temporary files. It does not close
// the writer.
func (r *Report) Close(s *finding.Summary) error {
	defer r.Abandon()
	if r.findings != nil {
		if err := r.findings.close(); err != nil {
			return err
		}
	}
	for _, f := range []func(*finding.Summary) error{r.summary, r.roots, r.rules, r.scope, r.switched, r.quality, r.measures, r.movements, r.notChecked, r.provenance} {
		if err := f(s); err != nil {
			return err
		}
	}
	parts := &parts{w: r.w}
	r.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return parts })
	return r.file.Write(io.Discard) // the parts go to r.w
}

// Abandon removes the temporary files. It does nothing after Close.
func (r *Report) Abandon() {
	if r.file != nil {
		r.file.Close()
		r.file = nil
	}
}

// count is a count as it may be shown: a number, or text for a hidden one.
func (r *Report) count(n int64) any {
	if r.opt.Counts.Hidden(n) {
		return r.opt.Counts.Number(n)
	}
	return r.opt.Counts.Shown(n)
}

func (r *Report) summary(s *finding.Summary) error {
	columns := []column{{"Table", 32}, {"Rows", 14}, {"Carried forward", 16}, {"Record rejected", 16}, {"Group rejected", 16}, {"File rejected", 14}, {"Unreadable", 12}, {"Warnings", 12}}
	sh, err := r.blank("Summary", columns)
	if err != nil {
		return err
	}
	lines := [][]any{
		{wording.Privacy(r.opt.Values, r.opt.Counts)}, {},
		{"Verdict", s.Verdict.String()}, {"", wording.Verdict(s, r.opt.Counts)},
		{"Provider", s.Provider}, {"Submitter", s.Submitter},
		{"Period from", day(s.PeriodStart)}, {"Period to", day(s.PeriodEnd)},
	}
	for _, why := range s.Incomplete {
		lines = append(lines, []any{"Incomplete", why})
	}
	if c := s.Comparison; c != nil {
		t := c.Total()
		lines = append(lines, []any{"Compared", wording.Against(c) + " All findings: " + wording.Trend(&t, r.opt.Counts) + "."})
	}
	if scope := wording.Scope(s.Scope, r.opt.Counts); scope != "" {
		lines = append(lines, []any{"Scope", scope + " Ours, not the portal's."})
	}
	if switched := wording.SwitchedAll(s.Suppressed, r.opt.Counts); switched != "" {
		lines = append(lines, []any{"Switched", switched})
	}
	for _, l := range append(lines, []any{}) {
		if err := sh.add(l...); err != nil {
			return err
		}
	}
	if err := sh.headings("Tables", columns); err != nil {
		return err
	}
	for i := range s.Tables {
		t := &s.Tables[i]
		if t.Rows == 0 && t.File == "" {
			continue
		}
		err := sh.add(t.Table.Name, r.count(t.Rows), r.count(t.CarriedForward), r.count(t.RecordRejected), r.count(t.GroupRejected), r.count(t.FileRejected), r.count(t.Unreadable), r.count(t.Warnings))
		if err != nil {
			return err
		}
	}
	end := sh.row
	t := wording.Sum(s)
	if end == sh.head {
		sh.row++ // a table has a row at least, and the total is none of its
	}
	err = sh.add("All tables", r.count(t.Rows), r.count(t.CarriedForward), r.count(t.RecordRejected), r.count(t.GroupRejected), r.count(t.FileRejected), r.count(t.Unreadable), r.count(t.Warnings))
	if err != nil {
		return err
	}
	return sh.closeAt(end)
}

func (r *Report) roots(s *finding.Summary) error {
	columns := []column{{"Frees rows", 12}, {"Code", 12}, {"Table", 28}, {"Row", 10}, {"Rows in group", 14}, {"Rows that depend", 16}, {"Repair", 10}, {"What is wrong", 90}}
	if s.Comparison != nil {
		columns = append(columns, column{"Against the earlier result", 16}, column{"Months running", 10})
	}
	sh, err := r.open("Root causes", "RootCauses", columns)
	if err != nil {
		return err
	}
	roots := r.opt.Counts.Roots(s.Roots)
	for i := range roots {
		c := &roots[i]
		code, message := "absent", wording.Sentence(wording.Root(c, r.opt.Counts))+". "+wording.RootMessage(r.d, c)
		if !c.Absent && c.Rule != nil {
			code, message = c.Rule.Code, r.d.Message(c.Rule)
		}
		cells := []any{r.count(c.RowsFreed), code, c.Table.Name, nil, nil, r.count(c.Depends), number(int64(c.Repair)), message}
		if !r.opt.Counts.Suppress {
			cells[3], cells[4] = number(c.Row), number(int64(c.Group))
		}
		if s.Comparison != nil {
			cells = append(cells, c.History.State.String(), number(int64(c.History.Months)))
		}
		if err := sh.add(cells...); err != nil {
			return err
		}
	}
	return sh.close()
}

func (r *Report) rules(s *finding.Summary) error {
	columns := []column{{"Code", 12}, {"Severity", 16}, {"Whose", 16}, {"Grade", 16}, {"Table", 28}, {"Field", 28}, {"Findings", 12}, {"Follow from others", 16}, {"Message", 90}}
	if s.Comparison != nil {
		columns = append(columns, column{"Before", 10}, column{"New", 10}, column{"Returned", 10}, column{"Still there", 10}, column{"Fixed", 10}, column{"Months running", 10})
	}
	sh, err := r.open("By rule", "ByRule", columns)
	if err != nil {
		return err
	}
	told := make(map[*dictionary.Rule]bool)
	for _, g := range r.tally.Groups() {
		whose := "the portal's"
		if g.Rule.Own() {
			whose = "ours"
		}
		cells := []any{g.Rule.Code, g.Rule.Severity.String(), whose, g.Rule.Grade, wording.TableName(g.Table), g.Rule.Field, r.count(g.Count), r.count(g.Follows), r.d.Message(g.Rule)}
		if t := s.Comparison.Trend(g.Rule); t != nil && !told[g.Rule] {
			told[g.Rule] = true
			cells = append(cells, r.trend(t)...)
		}
		if err := sh.add(cells...); err != nil {
			return err
		}
	}
	if s.Comparison != nil { // what is found no longer
		for i := range s.Comparison.Rules {
			t := &s.Comparison.Rules[i]
			if t.Now > 0 {
				continue
			}
			cells := []any{t.Code, nil, nil, nil, nil, nil, r.count(0), r.count(0), nil}
			if t.Rule != nil {
				cells[1], cells[4], cells[8] = t.Rule.Severity.String(), r.d.TableName(t.Rule.Table), r.d.Message(t.Rule)
			}
			if err := sh.add(append(cells, r.trend(t)...)...); err != nil {
				return err
			}
		}
	}
	return sh.close()
}

func (r *Report) trend(t *finding.RuleTrend) []any {
	return []any{r.count(t.Before), r.count(t.New), r.count(t.Returned), r.count(t.Still), r.count(t.Fixed), number(int64(t.Months))}
}

// scope lists what belongs elsewhere, by grade.
func (r *Report) scope(s *finding.Summary) error {
	if !wording.Affects(s.Scope) {
		return nil
	}
	if _, err := r.file.NewSheet("Scope"); err != nil {
		return err
	}
	sh, err := r.open("Scope", "Scope", []column{{"Grade", 20}, {"Referrals", 12}, {"Contacts", 12}, {"Patients", 12}, {"Evidence", 80}, {"What to do", 90}})
	if err != nil {
		return err
	}
	for _, g := range s.Scope.Grades {
		evidence, todo := wording.Grade(g.Grade)
		if err := sh.add(g.Grade, r.count(g.Referrals), r.count(g.Contacts), r.count(g.Patients), evidence, todo); err != nil {
			return err
		}
	}
	end := sh.row
	c := s.Scope
	if err := sh.add("In all", r.count(c.Referrals), r.count(c.Contacts), r.count(c.Patients)); err != nil {
		return err
	}
	for _, d := range c.Declared {
		if err := sh.add(fmt.Sprintf("Declared: %s, entry %d, names rows:", d.List, d.Entry), r.count(d.Hits)); err != nil {
			return err
		}
	}
	return sh.closeAt(end)
}

// switched lists the settings of our own rules.
func (r *Report) switched(s *finding.Summary) error {
	if len(s.Suppressed) == 0 {
		return nil
	}
	if _, err := r.file.NewSheet("Switched"); err != nil {
		return err
	}
	sh, err := r.open("Switched", "Switched", []column{{"Code", 12}, {"Setting", 20}, {"Findings", 12}, {"Until", 12}, {"Reason", 60}, {"Rule", 90}})
	if err != nil {
		return err
	}
	for i := range s.Suppressed {
		x := &s.Suppressed[i]
		setting := "off"
		if !x.Off {
			setting = "graded " + x.Grade
		}
		if err := sh.add(x.Rule.Code, setting, r.count(x.Count), day(x.Expires), x.Reason, r.d.Message(x.Rule)); err != nil {
			return err
		}
	}
	return sh.close()
}

func (r *Report) notChecked(s *finding.Summary) error {
	if _, err := r.file.NewSheet("Not checked"); err != nil {
		return err
	}
	sh, err := r.open("Not checked", "NotChecked", []column{{"Code", 12}, {"Severity", 16}, {"Table", 28}, {"Why", 80}, {"Rule", 90}})
	if err != nil {
		return err
	}
	for _, n := range s.NotChecked {
		table := ""
		if n.Rule.Table != "" {
			table = r.d.TableName(n.Rule.Table)
		}
		if err := sh.add(n.Rule.Code, n.Rule.Severity.String(), table, n.Why, r.d.Message(n.Rule)); err != nil {
			return err
		}
	}
	return sh.close()
}

func (r *Report) provenance(s *finding.Summary) error {
	if _, err := r.file.NewSheet("Provenance"); err != nil {
		return err
	}
	sh, err := r.open("Provenance", "Provenance", []column{{"What", 20}, {"Which", 50}, {"Bytes", 14}, {"SHA-256", 70}})
	if err != nil {
		return err
	}
	lines := [][]any{
		{"Tool", s.Tool.Name + " " + s.Tool.Version},
		{"Data set", "MHSDS v" + s.DatasetVersion}, {"Rules", wording.Rules(s)},
		{"Period", summary.Period(s)}, {"Submission", s.Input.Path},
	}
	if c := wording.Configuration(s); c != "" {
		lines = append(lines, []any{"Configuration", c})
	}
	if more := wording.More(s.More); more != "" {
		lines = append(lines, []any{"More", more})
	}
	seen := make(map[string]bool) // a database is one file of many tables
	for _, f := range s.Input.Files {
		if !seen[f.Name] {
			seen[f.Name] = true
			lines = append(lines, []any{"File", f.Name, f.Bytes, f.SHA256})
		}
	}
	for _, n := range s.Notices {
		text := n.Text
		if n.File != "" {
			text = n.File + ": " + text
		}
		lines = append(lines, []any{"Notice", text})
	}
	for _, l := range lines {
		if err := sh.add(l...); err != nil {
			return err
		}
	}
	return sh.close()
}
