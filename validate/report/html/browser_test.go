package html

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	pdf "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"mhsds/dictionary"
	"mhsds/schemas"
	"mhsds/validate"
	"mhsds/validate/finding"
	"mhsds/validate/report/share"
	"mhsds/validate/report/summary"
	"mhsds/validate/scope"
	"mhsds/validate/source/archive"
)

// These tests open reports in Chromium, as people do. `make test` installs it
// where it is missing.

// A tab is an open page, and what it has asked for and said.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	requests []string
	messages []string
}

// startBrowser starts Chromium for the length of the test.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("no chromium in PATH; .ci/chromium installs it: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx,
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
	)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("chromium does not start: %v", err)
	}
	return ctx
}

// look says how a page is looked at.
type look struct {
	width int64
	dark  bool
	media string // "" is the screen
}

// open shows a report in a tab of its own.
func open(t *testing.T, browser context.Context, report string, l look) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(report), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	if l.width == 0 {
		l.width = 1280
	}
	b.do(chromedp.EmulateViewport(l.width, 900))
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: l.media, Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate("file://" + filepath.ToSlash(file)))
	t.Cleanup(func() { b.quiet() })
	return b
}

func (b *tab) hear(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, ev.Request.URL)
	case *network.EventWebSocketCreated:
		b.requests = append(b.requests, ev.URL)
	case *runtime.EventExceptionThrown:
		b.messages = append(b.messages, "exception: "+ev.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.messages = append(b.messages, fmt.Sprintf("console: %v", ev.Type))
	case *log.EventEntryAdded:
		b.messages = append(b.messages, "log: "+ev.Entry.Text)
	}
}

// quiet holds that the page asked for nothing but its own file, and that the
// browser had nothing to complain of.
func (b *tab) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	files := 0
	for _, url := range b.requests {
		switch {
		case strings.HasPrefix(url, "file://") && strings.HasSuffix(url, "/report.html"):
			files++
		case strings.HasPrefix(url, "data:"):
		default:
			b.t.Errorf("the page asked for %s", url)
		}
	}
	if files == 0 {
		b.t.Error("not even the file itself was seen to be asked for: the test proves nothing")
	}
	for _, m := range b.messages {
		b.t.Errorf("the browser says: %s", m)
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// eval returns what an expression of JavaScript comes to.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for a condition.
func (b *tab) until(expression string) {
	b.t.Helper()
	end := time.Now().Add(20 * time.Second)
	for !eval[bool](b, "!!("+expression+")") {
		if time.Now().After(end) {
			b.t.Fatalf("still not so: %s", expression)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// text returns the text of the first element, with its white space folded.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return strings.Join(strings.Fields(eval[string](b, fmt.Sprintf("document.querySelector(%q).textContent", selector))), " ")
}

// A run is one reading of a submission: its report, and the summary as --format
// json writes it.
type run struct {
	report string
	result result
}

type result struct {
	Verdict string
	Tables  []struct {
		Table                                                                                       string
		File                                                                                        *string
		Rows, Carried_forward, Record_rejected, Group_rejected, Warnings, File_rejected, Unreadable int64
	}
	Rules, Pre_submission []struct {
		Code  string
		Count int64
	}
	Causes []struct {
		Rows_freed, Gain int64
	}
	Not_checked []struct{ Code string }
	Scope       struct {
		Referrals, Contacts, Patients int64
		Grades                        []struct {
			Grade                         string
			Referrals, Contacts, Patients int64
		}
	}
}

// both hands every finding to two reports.
type both struct{ a, b finding.Sink }

func (x both) Report(f *finding.Finding) error {
	if err := x.a.Report(f); err != nil {
		return err
	}
	return x.b.Report(f)
}

// judge reads a submission of the module's testdata.
func judge(t *testing.T, name string, opt Options) run {
	t.Helper()
	from, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		t.Fatal(err)
	}
	var declared map[string][]string
	if name == "scope-scenario" {
		declared = map[string][]string{dictionary.SignTeams: {"T-STEPS", "T-GONE"}}
	}
	v, err := validate.New(from, validate.Options{
		Values: opt.Values, Tool: finding.Tool{Name: "mhsds", Version: "test", Schemas: "embedded"},
		Observers: []validate.Observer{scope.New(scope.Options{Declared: declared})},
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := archive.OpenFolder(filepath.Join("..", "..", "..", "testdata", "submissions", name), archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var page, object bytes.Buffer
	report, sum := New(&page, v.Dictionary(), opt), summary.New(&object, share.Counts{})
	s, err := v.Run(context.Background(), c, both{report, sum})
	if err != nil {
		t.Fatal(err)
	}
	s.Input.Path = name
	for _, close := range []func(*finding.Summary) error{report.Close, sum.Close} {
		if err := close(s); err != nil {
			t.Fatal(err)
		}
	}
	r := run{report: page.String()}
	if err := json.Unmarshal(object.Bytes(), &r.result); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestScreen holds that what is on the screen is what the summary says.
func TestScreen(t *testing.T) {
	browser := startBrowser(t)
	for _, name := range []string{"small-faulty", "small-faulty-reject", "small-valid"} {
		t.Run(name, func(t *testing.T) {
			r := judge(t, name, Options{})
			b := open(t, browser, r.report, look{})
			if got := eval[string](b, `document.querySelector("h1 [data-verdict]").dataset.verdict`); got != r.result.Verdict {
				t.Errorf("verdict %q, want %q", got, r.result.Verdict)
			}
			if h1 := b.text("h1"); !strings.HasPrefix(strings.ToLower(h1), r.result.Verdict) {
				t.Errorf("the heading is %q, want %s", h1, r.result.Verdict)
			}

			// Every table, and every figure of it.
			shown := eval[map[string]map[string]int64](b, `Object.fromEntries(Array.from(document.querySelectorAll("#matrix tbody tr"), tr => [tr.dataset.table,
				Object.fromEntries(Array.from(document.querySelectorAll("#matrix thead th"), (th, i) => [th.dataset.name, tr.cells[i].textContent.replace(/,/g, "")]).filter(x => x[0]).map(x => [x[0], Number(x[1])]))]))`)
			tables := 0
			of := map[string]int{}
			for i, x := range r.result.Tables {
				of[x.Table] = i
				if x.Rows == 0 && x.File == nil {
					continue
				}
				tables++
				want := map[string]int64{"rows": x.Rows, "carried_forward": x.Carried_forward, "record_rejected": x.Record_rejected, "group_rejected": x.Group_rejected, "warnings": x.Warnings, "file_rejected": x.File_rejected, "unreadable": x.Unreadable}
				got := shown[x.Table]
				for what, n := range want {
					if v, ok := got[what]; ok && v != n || !ok && n != 0 {
						t.Errorf("%s: %s is %d, want %d", x.Table, what, v, n)
					}
				}
			}
			if tables == 0 || len(shown) != tables {
				t.Errorf("%d tables on the screen, want %d", len(shown), tables)
			}

			// What would be lost, of the tables with a part to play.
			d := dictionaryOf(t)
			for _, role := range []string{"patient", "referral", "contact", "spell", "ward_stay"} {
				table, _ := d.Role(role)
				x := r.result.Tables[of[table.Name]]
				lost := x.Rows - x.Carried_forward
				if r.result.Verdict == "file rejected" {
					lost = x.Rows
				}
				want := fmt.Sprintf("%d of %d lost", lost, x.Rows)
				if got := b.text(fmt.Sprintf("[data-role=%s] dd", role)); !strings.HasPrefix(got, want) {
					t.Errorf("%s: %q, want %q", role, got, want)
				}
			}

			// Every rule with its count.
			counts := eval[map[string]int64](b, `Array.from(document.querySelectorAll("[data-explorer] tr[data-rule]")).reduce((m, tr) => (m[tr.dataset.rule] = (m[tr.dataset.rule] || 0) + Number(tr.querySelector("td.num b").textContent.replace(/,/g, "")), m), {})`)
			rules := append(r.result.Rules, r.result.Pre_submission...)
			for _, x := range rules {
				if counts[x.Code] != x.Count {
					t.Errorf("%s: %d findings, want %d", x.Code, counts[x.Code], x.Count)
				}
			}
			if len(counts) != len(rules) {
				t.Errorf("%d rules on the screen, want %d", len(counts), len(rules))
			}
			if got := eval[int](b, `document.querySelectorAll("#not-checked .codes span").length`); got != len(r.result.Not_checked) {
				t.Errorf("%d rules not checked, want %d", got, len(r.result.Not_checked))
			}

			// The causes bring back what they bring back.
			var gain int64
			for _, c := range r.result.Causes {
				gain += c.Gain
			}
			if got := eval[int64](b, `Array.from(document.querySelectorAll("#causes .cause .gain b")).filter(e => /^[0-9,]+$/.test(e.textContent) && e.nextElementSibling.textContent.includes("back")).reduce((n, e) => n + Number(e.textContent.replace(/,/g, "")), 0)`); got != gain {
				t.Errorf("the causes bring back %d rows, want %d", got, gain)
			}
			ranked := eval[[]int64](b, `Array.from(document.querySelectorAll("#causes .cause .gain b")).map(e => Number(e.textContent.replace(/,/g, ""))).filter(n => !isNaN(n))`)
			for i := 1; i < len(ranked); i++ {
				if ranked[i] > ranked[i-1] {
					t.Errorf("cause %d brings back %d rows, more than the one before it", i+1, ranked[i])
				}
			}
		})
	}
}

// TestScope holds that what the first screen and the section on scope say is
// what the summary says, apart from the verdict, and that it can be copied.
func TestScope(t *testing.T) {
	browser := startBrowser(t)
	r := judge(t, "scope-scenario", Options{})
	b := open(t, browser, r.report, look{})
	x := r.result.Scope
	if x.Referrals == 0 || len(x.Grades) < 3 {
		t.Fatalf("the scenario has %+v: the test proves nothing", x)
	}
	if got := eval[string](b, `document.querySelector("h1 [data-verdict]").dataset.verdict`); got != "accepted" {
		t.Errorf("verdict %q: scope is no business of the portal's", got)
	}
	want := fmt.Sprintf("%s, %s, %s may not belong in this data set", count(x.Referrals, "referral"), count(x.Contacts, "contact"), count(x.Patients, "patient"))
	if got := b.text("#verdict .elsewhere"); got != want {
		t.Errorf("the first screen says %q, want %q", got, want)
	}
	if !eval[bool](b, `document.querySelector("#verdict .elsewhere").getBoundingClientRect().bottom < innerHeight`) {
		t.Error("the line on scope is not on the first screen")
	}
	b.do(chromedp.Click(chromedp.CSS("#verdict .elsewhere a")))
	b.until(`location.hash === "#scope" && document.querySelector("#scope-h").getBoundingClientRect().top < innerHeight`)

	rows := copied(b, "[data-copy=scope-grades]")
	if len(rows) != len(x.Grades)+2 {
		t.Fatalf("%d rows copied, want a head, %d grades and the sum: %q", len(rows), len(x.Grades), rows)
	}
	for i, g := range x.Grades {
		want := []string{g.Grade, fmt.Sprint(g.Referrals), fmt.Sprint(g.Contacts), fmt.Sprint(g.Patients)}
		if got := rows[i+1]; !strings.EqualFold(strings.Join(got[:4], ","), strings.Join(want, ",")) || got[4] == "" {
			t.Errorf("grade %d: %q, want %q with its evidence", i+1, got, want)
		}
	}
	if got := rows[len(rows)-1][1:4]; strings.Join(got, ",") != fmt.Sprintf("%d,%d,%d", x.Referrals, x.Contacts, x.Patients) {
		t.Errorf("in all: %q, want %+v", got, x)
	}

	// Every rule with findings stands with its grade, and its link leads to its page.
	var scoped int
	for _, p := range r.result.Pre_submission {
		if n := eval[int](b, fmt.Sprintf(`Array.from(document.querySelectorAll("#scope-grades a")).filter(a => a.textContent === %q).length`, p.Code)); n == 1 {
			scoped++
		}
	}
	if scoped != len(r.result.Pre_submission) {
		t.Errorf("%d rules stand with their grade, want %d", scoped, len(r.result.Pre_submission))
	}
	b.do(chromedp.Click(chromedp.CSS("#scope-grades a")))
	b.until(`location.hash.startsWith("#rule-") && document.querySelector(location.hash).open`)
}

func dictionaryOf(t *testing.T) *dictionary.Dictionary {
	t.Helper()
	from, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		t.Fatal(err)
	}
	v, err := validate.New(from, validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return v.Dictionary()
}

// visible counts the rules and the places that an explorer shows.
func visible(b *tab) (rules, places int) {
	rules = eval[int](b, `Array.from(document.querySelectorAll("#findings-rules tr[data-rule]")).filter(tr => !tr.hidden).length`)
	places = eval[int](b, `document.querySelectorAll("#findings-places tbody tr").length`)
	return rules, places
}

// choose sets a filter as a person does, and waits for what it says.
func choose(b *tab, name, value string) string {
	b.t.Helper()
	before := b.text("#findings-count")
	eval[bool](b, fmt.Sprintf(`(() => { const e = document.querySelector("#findings-filters").elements[%q]; if (e.type === "checkbox") e.click(); else { e.value = %q; e.dispatchEvent(new Event("input", {bubbles: true})); } return true })()`, name, value))
	b.until(fmt.Sprintf(`document.querySelector("#findings-count").textContent.replace(/\s+/g, " ").trim() !== %q`, before))
	return b.text("#findings-count")
}

func clear(b *tab) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS("#findings-filters button[type=reset]")))
	all := eval[int](b, `document.querySelectorAll("#findings-rules tr[data-rule]").length`)
	b.until(fmt.Sprintf(`Array.from(document.querySelectorAll("#findings-rules tr[data-rule]")).filter(tr => !tr.hidden).length === %d`, all))
}

// TestFilters searches, filters, sorts, turns pages, follows links and copies,
// as a person does.
func TestFilters(t *testing.T) {
	browser := startBrowser(t)
	r := judge(t, "small-faulty", Options{Values: true})
	b := open(t, browser, r.report, look{})

	var findings int64
	for _, x := range r.result.Rules {
		findings += x.Count
	}
	all := fmt.Sprintf("%d of %d rules with %d findings; %d places listed", len(r.result.Rules), len(r.result.Rules), findings, findings)
	if got := b.text("#findings-count"); got != all {
		t.Errorf("at first: %q, want %q", got, all)
	}

	// One of the rules, by its code, by hand.
	x := r.result.Rules[0]
	b.do(chromedp.SendKeys(chromedp.CSS("#findings-filters [name=q]"), x.Code))
	want := fmt.Sprintf("1 of %d rules with %s; %s listed", len(r.result.Rules), count(x.Count, "finding"), count(x.Count, "place"))
	b.until(fmt.Sprintf(`document.querySelector("#findings-count").textContent === %q`, want))
	if rules, places := visible(b); rules != 1 || int64(places) != x.Count {
		t.Errorf("search for %s: %d rules and %d places, want 1 and %d", x.Code, rules, places, x.Count)
	}
	clear(b)

	// A value finds the places that hold it, a word nobody wrote finds none.
	value := eval[string](b, `document.querySelector("#findings-places tbody bdi").textContent`)
	choose(b, "q", value)
	if got := eval[bool](b, fmt.Sprintf(`Array.from(document.querySelectorAll("#findings-places tbody tr")).every(tr => tr.textContent.toLowerCase().includes(%q)) && document.querySelectorAll("#findings-places tbody tr").length > 0`, strings.ToLower(value))); !got {
		t.Errorf("search for the value finds places without it, or none")
	}
	if got := choose(b, "q", "zzzz nobody"); !strings.HasPrefix(got, "0 of ") {
		t.Errorf("search for nothing there: %q", got)
	}
	if rules, places := visible(b); rules != 0 || places != 0 {
		t.Errorf("search for nothing there: %d rules and %d places", rules, places)
	}
	clear(b)

	// By severity, by table, by rule, and without consequences.
	for _, tt := range []struct{ name, cell string }{{"severity", "td:nth-child(2) .chip"}, {"table", "td:nth-child(3)"}, {"rule", "th"}} {
		option := eval[[]string](b, fmt.Sprintf(`(o => [o.value, o.textContent])(document.querySelector("#findings-filters").elements[%q].options[1])`, tt.name))
		choose(b, tt.name, option[0])
		for _, table := range []string{"#findings-rules tr[data-rule]", "#findings-places tbody tr"} {
			got := eval[[]string](b, fmt.Sprintf(`Array.from(new Set(Array.from(document.querySelectorAll(%q)).filter(tr => !tr.hidden).map(tr => tr.querySelector(%q).textContent)))`, table, tt.cell))
			if len(got) != 1 || !strings.EqualFold(got[0], option[1]) {
				t.Errorf("filter %s = %s: %s shows %q", tt.name, option[1], table, got)
			}
		}
		clear(b)
	}
	choose(b, "hide", "")
	if eval[bool](b, `Array.from(document.querySelectorAll("#findings-rules .follow tr")).some(tr => !tr.hidden)`) {
		t.Error("consequences are hidden, and some are seen")
	}
	clear(b)

	// Pages of places.
	if _, places := visible(b); places != 50 {
		t.Errorf("%d places on a page, want 50", places)
	}
	first := b.text("#findings-places tbody tr")
	b.do(chromedp.Click(chromedp.Search(`//nav[@id="findings-pager"]//button[text()="Next"]`)))
	b.until(`document.querySelector("#findings-pager").textContent.includes("Places 51 to 100")`)
	if b.text("#findings-places tbody tr") == first {
		t.Error("the next page shows the same places")
	}
	if got := eval[string](b, `document.activeElement.textContent`); got != "Next" {
		t.Errorf("after a turn of the page the focus is on %q", got)
	}

	// Sorting, both ways, with its state for readers.
	sort := `#findings-rules thead th:nth-child(5)`
	for _, way := range []string{"descending", "ascending"} {
		b.do(chromedp.Click(chromedp.CSS(sort + " button")))
		if got := eval[string](b, fmt.Sprintf(`document.querySelector(%q).getAttribute("aria-sort")`, sort)); got != way {
			t.Errorf("aria-sort %q, want %q", got, way)
		}
		numbers := eval[[]int64](b, `Array.from(document.querySelectorAll("#findings-rules tbody:first-of-type tr[data-rule]")).map(tr => Number(tr.cells[4].dataset.v))`)
		for i := 1; i < len(numbers); i++ {
			if way == "descending" && numbers[i] > numbers[i-1] || way == "ascending" && numbers[i] < numbers[i-1] {
				t.Fatalf("%s: %v", way, numbers)
			}
		}
	}

	// From the matrix to the findings of a table; from a rule to its places;
	// from a place to the rule's page.
	table := eval[string](b, `(a => { a.click(); return a.dataset.table })(Array.from(document.querySelectorAll("#matrix a[data-table]")).find(a => Array.from(document.querySelector("#findings-filters").elements.table.options).some(o => o.value === a.dataset.table)))`)
	if got := eval[string](b, `document.querySelector("#findings-filters").elements.table.value`); got != table {
		t.Errorf("the matrix leads to the findings of %q, want %q", got, table)
	}
	code := eval[string](b, `(e => { e.click(); return e.dataset.show })(Array.from(document.querySelectorAll("#findings-rules [data-show]")).find(e => !e.closest("tr").hidden))`)
	if got := eval[[]string](b, `Array.from(new Set(Array.from(document.querySelectorAll("#findings-places tbody th"), e => e.textContent)))`); len(got) != 1 || got[0] != code {
		t.Errorf("Show of %s lists %q", code, got)
	}
	eval[bool](b, `(document.querySelector("#findings-places tbody a").click(), true)`)
	b.until(fmt.Sprintf(`document.getElementById("rule-%s").open`, code))
	if got := eval[string](b, `document.activeElement.closest("details").id`); got != "rule-"+code {
		t.Errorf("the focus is in %q, want the page of %s", got, code)
	}

	// A patient leads to the places that name them.
	who := eval[string](b, `(e => { e.click(); return e.dataset.find })(document.querySelector("#patients [data-find]"))`)
	if got := eval[string](b, `document.querySelector("#findings-filters").elements.q.value`); got != who {
		t.Error("a patient does not lead to the places that name them")
	}
	clear(b)
	if got := b.text("#findings-count"); got != all {
		t.Errorf("at last: %q, want %q", got, all)
	}
}

func count(n int64, unit string) string { return share.Counts{}.Things(n, unit) }

// copied presses a button and returns the CSV that goes to the clipboard.
func copied(b *tab, selector string) [][]string {
	b.t.Helper()
	eval[bool](b, `(Object.defineProperty(navigator, "clipboard", {configurable: true, value: {writeText: s => { window.copied = s; return Promise.resolve() }}}), window.copied = null, true)`)
	eval[bool](b, fmt.Sprintf("(document.querySelector(%q).click(), true)", selector))
	b.until("window.copied !== null")
	rows, err := csv.NewReader(strings.NewReader(eval[string](b, "window.copied"))).ReadAll()
	if err != nil {
		b.t.Fatalf("%s: %v", selector, err)
	}
	return rows
}

// TestCopy reads back what is copied: every figure, and no formula.
func TestCopy(t *testing.T) {
	browser := startBrowser(t)
	r := judge(t, "small-faulty", Options{})
	b := open(t, browser, r.report, look{})
	matrix := copied(b, "[data-copy=matrix]")
	byTable := map[string][]string{}
	for _, row := range matrix[1:] {
		byTable[row[0]] = row
	}
	for _, x := range r.result.Tables {
		if x.Rows == x.Carried_forward && x.Warnings == 0 {
			continue // not shown until asked for
		}
		want := []string{x.Table, fmt.Sprint(x.Rows), fmt.Sprint(x.Carried_forward), fmt.Sprint(x.Record_rejected), fmt.Sprint(x.Group_rejected), fmt.Sprint(x.Warnings)}
		if got := byTable[x.Table]; strings.Join(got, ",") != strings.Join(want, ",") {
			t.Errorf("copied %q, want %q", got, want)
		}
	}
	rules := copied(b, "#findings [data-copy=rules]")
	if len(rules) != 1+len(r.result.Rules) {
		t.Errorf("%d rules copied, want %d", len(rules)-1, len(r.result.Rules))
	}
	places := copied(b, "#findings [data-copy=places]")
	var findings int64
	for _, x := range r.result.Rules {
		findings += x.Count
	}
	if int64(len(places)) != 1+findings {
		t.Errorf("%d places copied, want %d", len(places)-1, findings)
	}

	b = open(t, browser, poisoned(t, hostile()...), look{})
	for _, button := range []string{"#findings [data-copy=places]", "#findings [data-copy=rules]", "#own [data-copy=places]", "[data-copy=patients]"} {
		rows := copied(b, button)
		if len(rows) < 3 {
			t.Errorf("%s copies %d rows", button, len(rows))
		}
		for _, row := range rows {
			for i, cell := range row {
				if start := strings.TrimSpace(cell); start != "" && strings.ContainsAny(start[:1], "=+-@") && rows[0][i] != "change" {
					t.Errorf("copied as %q, which is a formula", cell)
				}
			}
		}
	}
}

// TestHarmless opens a report full of hostile text: all of it is shown as text.
func TestHarmless(t *testing.T) {
	browser := startBrowser(t)
	b := open(t, browser, poisoned(t, hostile()...), look{})
	if eval[bool](b, `"harmed" in window`) {
		t.Error("a text ran")
	}
	if n := eval[int](b, `document.querySelectorAll("img, iframe, object, embed, link:not([rel=icon]), base, script[src], [onload], [onerror], [onfocus]").length`); n != 0 {
		t.Errorf("texts became %d elements", n)
	}
	for what, selector := range map[string]string{"value": "#findings-places bdi", "detail": "#findings-places .field", "patient": "#patients .value"} {
		shown := eval[[]string](b, fmt.Sprintf("Array.from(document.querySelectorAll(%q), e => e.textContent)", selector))
		all := strings.Join(shown, "\n")
		for _, bad := range hostile() {
			want := string(appendJSON(nil, bad)) // as text is shown: with escapes for what cannot be seen
			var visible string
			if err := json.Unmarshal([]byte(want), &visible); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(all, visible) {
				t.Errorf("%s: %q is not shown as %q", what, bad, visible)
			}
		}
	}
}

// TestPolicy tries to break out of the file.
func TestPolicy(t *testing.T) {
	browser := startBrowser(t)
	b := open(t, browser, written(t, Options{}, everyone, rejections), look{})
	for what, attempt := range map[string]string{
		"fetch":      `fetch("http://127.0.0.1:9/").then(() => "let through", e => "refused")`,
		"XHR":        `new Promise(done => { const x = new XMLHttpRequest(); x.onload = () => done("let through"); x.onerror = () => done("refused"); x.open("GET", "http://127.0.0.1:9/"); x.send() })`,
		"image":      `new Promise(done => { const x = new Image(); x.onload = () => done("let through"); x.onerror = () => done("refused"); x.src = "http://127.0.0.1:9/x.png" })`,
		"script":     `new Promise(done => { const x = document.createElement("script"); x.textContent = "window.harmed = 1"; document.body.append(x); setTimeout(() => done("harmed" in window ? "let through" : "refused"), 50) })`,
		"style":      `new Promise(done => { const x = document.createElement("style"); x.textContent = "body { color: rgb(1, 2, 3) }"; document.body.append(x); setTimeout(() => done(getComputedStyle(document.body).color === "rgb(1, 2, 3)" ? "let through" : "refused"), 50) })`,
		"attribute":  `new Promise(done => { const x = document.createElement("div"); x.innerHTML = "<b onclick='window.harmed = 1'>x</b>"; document.body.append(x); x.firstChild.click(); setTimeout(() => done("harmed" in window ? "let through" : "refused"), 50) })`,
		"beacon":     `Promise.resolve().then(() => { let refused = false; addEventListener("securitypolicyviolation", () => { refused = true }); navigator.sendBeacon("http://127.0.0.1:9/"); return new Promise(done => setTimeout(() => done(refused ? "refused" : "let through"), 100)) })`,
		"web socket": `new Promise(done => { try { const x = new WebSocket("ws://127.0.0.1:9/"); x.onerror = () => done("refused"); x.onopen = () => done("let through") } catch (e) { done("refused") } })`,
	} {
		got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](attempt, chromedp.EvalAwaitPromise))
		if err != nil || got != "refused" {
			t.Errorf("%s: %s %v", what, got, err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.messages) == 0 {
		t.Error("the browser did not complain of what it refused: the other tests would not see a fault")
	}
	b.messages, b.requests = nil, b.requests[:1] // what was tried here on purpose
}

// TestAccessible checks what a program can of WCAG 2.2 AA, in every look.
func TestAccessible(t *testing.T) {
	browser := startBrowser(t)
	check, err := os.ReadFile(filepath.Join("testdata", "accessibility.js"))
	if err != nil {
		t.Fatal(err)
	}
	faulty, values := judge(t, "small-faulty", Options{}).report, judge(t, "small-faulty", Options{Values: true}).report
	compared := func(opt Options) string {
		return written(t, opt, everyone, func(d *dictionary.Dictionary) *finding.Summary {
			s := rejections(d)
			s.Comparison, s.Scope = compared(d), scoped()
			c := counted(d, "")
			s.Quality, s.Measures, s.TableMovements = c.Quality, c.Measures, c.TableMovements
			s.Incomplete = []string{"one"}
			return s
		})
	}
	every := []look{{width: 1280}, {width: 1280, dark: true}, {width: 390}, {width: 390, dark: true}, {width: 320}}
	for _, x := range []struct {
		name, report string
		looks        []look
	}{
		{"faulty", faulty, every},
		{"values", values, []look{{width: 1280, dark: true}, {width: 390}}},
		{"compared", compared(Options{Values: true}), every},
		{"shared", compared(Options{Counts: share.Counts{Suppress: true}}), every[2:3]},
		{"rejected", judge(t, "small-faulty-reject", Options{}).report, every[1:2]},
		{"scope", judge(t, "scope-scenario", Options{}).report, every},
		{"valid", judge(t, "small-valid", Options{}).report, every[4:]},
	} {
		for _, l := range x.looks {
			t.Run(fmt.Sprintf("%s at %d, dark %v", x.name, l.width, l.dark), func(t *testing.T) {
				b := open(t, browser, x.report, l)
				// All that can be opened is open, so that all is seen.
				eval[bool](b, `(Array.from(document.querySelectorAll("details")).slice(0, 60).forEach(d => d.open = true), Array.from(document.querySelectorAll("details.rule")).forEach(d => d.style.contentVisibility = "visible"), true)`)
				for _, fault := range eval[[]string](b, string(check)) {
					t.Error(fault)
				}
			})
		}
	}

	t.Run("keyboard", func(t *testing.T) {
		b := open(t, browser, faulty, look{})
		b.do(chromedp.KeyEvent("\t"))
		if got := b.text(":focus"); got != "Skip to the report" {
			t.Errorf("the first key reaches %q", got)
		}
		if r := eval[float64](b, `document.activeElement.getBoundingClientRect().left`); r < 0 {
			t.Error("the link past the navigation is not seen when it has the focus")
		}
		b.do(chromedp.KeyEvent("\r"))
		b.until(`location.hash === "#main" && document.activeElement.id === "main"`)
		// The filters, with keys alone.
		eval[bool](b, `(document.querySelector("#findings-filters [name=q]").focus(), true)`)
		b.do(chromedp.KeyEvent("warning"))
		b.until(`document.querySelector("#findings-filters [name=q]").value === "warning"`)
		var warnings int
		b.until(`!document.querySelector("#findings-count").textContent.startsWith(document.querySelectorAll("#findings-rules tr[data-rule]").length + " ")`)
		warnings, _ = visible(b)
		if warnings == 0 {
			t.Error("keys typed into the search find nothing")
		}
	})
}

// TestManyFindings opens a report of 200,000 findings: what the page holds is
// bounded, and it answers. Times are logged, not judged.
func TestManyFindings(t *testing.T) {
	browser := startBrowser(t)
	d := dictionaryOf(t)
	var out bytes.Buffer
	begun := time.Now()
	r := New(&out, d, Options{})
	s := &finding.Summary{Verdict: finding.AcceptedWithRejections, DatasetVersion: d.Version, PeriodStart: "2026-09-01", PeriodEnd: "2026-09-30", Tool: finding.Tool{Name: "mhsds", Version: "test"}}
	for i := range d.Tables {
		s.Tables = append(s.Tables, finding.TableSummary{Table: &d.Tables[i], File: d.Tables[i].Name + ".csv", Rows: 1000, CarriedForward: 800, GroupRejected: 200})
	}
	const findings, rules = 200_000, 400
	n := 0
	for i := 0; n < rules; i++ {
		rule := &d.Rules[i]
		table := d.Table(rule.Table)
		if rule.Own() || table == nil {
			continue
		}
		n++
		s.Rules = append(s.Rules, finding.RuleCount{Rule: rule, Count: findings / rules})
		for row := range int64(findings / rules) {
			f := finding.Finding{Rule: rule, Table: table, Row: row + 1, Line: row + 2, File: table.Name + ".csv"}
			if row%2 == 0 {
				f.Cause = finding.Cause{Rule: rule, Table: table, Row: row + 1}
			}
			if err := r.Report(&f); err != nil {
				t.Fatal(err)
			}
		}
		if n <= finding.MaxRoots {
			s.Roots = append(s.Roots, finding.Root{Rule: rule, Table: table, Row: 1, RowsFreed: int64(rules - n + 1), Depends: int64(rules), Gain: 1, Repair: n})
		}
	}
	s.RootCount = int64(len(s.Roots))
	if err := r.Close(s); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d findings of %d rules: %.1f MB written in %v", findings, rules, float64(out.Len())/1e6, time.Since(begun))

	b := open(t, browser, out.String(), look{})
	load := eval[map[string]float64](b, `(p => ({interactive: p.domInteractive, loaded: p.loadEventEnd, elements: document.getElementsByTagName("*").length}))(performance.getEntriesByType("navigation")[0])`)
	t.Logf("open after %.0f ms, loaded after %.0f ms; %.0f elements", load["interactive"], load["loaded"], load["elements"])
	var places int
	for _, g := range decoded(t, out.String()).Groups {
		if len(g.P) > manyPlaces {
			t.Fatalf("%s lists %d places, want at most %d", g.C, len(g.P), manyPlaces)
		}
		places += len(g.P)
	}
	if places != rules*manyPlaces {
		t.Errorf("%d places in the file, want %d", places, rules*manyPlaces)
	}
	want := fmt.Sprintf("400 of 400 rules with 200,000 findings; %s listed", count(int64(places), "place"))
	if got := b.text("#findings-count"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if _, shown := visible(b); shown != 50 {
		t.Errorf("%d places in the page, want 50", shown)
	}
	took := eval[float64](b, `(() => { const t = performance.now(); const f = document.querySelector("#findings-filters"); f.elements.q.value = "77"; f.requestSubmit(); return performance.now() - t })()`)
	t.Logf("search among all in %.0f ms", took)
	if _, shown := visible(b); shown == 0 || shown > 50 {
		t.Errorf("%d places after a search", shown)
	}
}

// TestPrint prints: the warning stands on every page of a report with values,
// and what is operated does not.
func TestPrint(t *testing.T) {
	browser := startBrowser(t)
	b := open(t, browser, judge(t, "small-faulty", Options{Values: true}).report, look{media: "print"})
	for _, selector := range []string{"nav:not(.pager)", "button:not(.value)", ".filters", ".tools", ".skip", "[data-show]"} {
		if eval[bool](b, fmt.Sprintf(`Array.from(document.querySelectorAll(%q)).some(e => e.checkVisibility())`, selector)) {
			t.Errorf("%s is printed", selector)
		}
	}
	if got := b.text(".each-page"); got != "Contains patient identifiers" || !eval[bool](b, `document.querySelector(".each-page").checkVisibility() && getComputedStyle(document.querySelector(".each-page")).position === "fixed"`) {
		t.Errorf("%q does not stand on each page", got)
	}
	printed, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(func(p *pdf.PrintToPDFParams) { yes := true; p.PrintBackground = &yes }))
	if err != nil || !bytes.HasPrefix(printed, []byte("%PDF")) {
		t.Errorf("printed %d bytes: %v", len(printed), err)
	}
}

// TestWithoutScript reads a report in a browser that runs no scripts.
func TestWithoutScript(t *testing.T) {
	browser := startBrowser(t)
	ctx, cancel := chromedp.NewContext(browser)
	defer cancel()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(judge(t, "small-faulty", Options{}).report), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+filepath.ToSlash(file))); err != nil {
		t.Fatal(err)
	}
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Accepted with rejections", "What to repair first", "Filters and the list of all places need the browser"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not to be read", want)
		}
	}
	for _, no := range []string{"Copy as CSV", "Search"} {
		if strings.Contains(text, no) {
			t.Errorf("%q is shown and does nothing", no)
		}
	}
}
