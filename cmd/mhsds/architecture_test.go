package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The rules of DESIGN that no compiler knows, held against the source.

// moduleRoot is the folder of go.mod, from the folder that this test runs in.
const moduleRoot = "../.."

// A goFile is one parsed source file; dir is its folder below the module's
// root, with slashes, "." for the root itself.
type goFile struct {
	dir, name string
	set       *token.FileSet
	*ast.File
}

func (f *goFile) at(p token.Pos) string {
	return path.Join(f.dir, f.name) + ":" + strconv.Itoa(f.set.Position(p).Line)
}

// sources parses every Go file of the module that is no test.
func sources(t *testing.T) []*goFile {
	t.Helper()
	var files []*goFile
	set := token.NewFileSet()
	err := filepath.WalkDir(moduleRoot, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := e.Name()
		if e.IsDir() && (name == "testdata" || name == "dist" || strings.HasPrefix(name, ".") && name != ".." && p != moduleRoot) {
			return filepath.SkipDir
		}
		if e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(set, p, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(moduleRoot, filepath.Dir(p))
		if err != nil {
			return err
		}
		files = append(files, &goFile{filepath.ToSlash(dir), name, set, f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d source files found; has the module moved?", len(files))
	}
	return files
}

// arrows says which of our packages each of our packages may import. A star
// stands for one folder. The first match counts.
func arrows() []arrow {
	engine := []string{"validate/source", "validate/plan", "validate/relation", "validate/cause", "validate/reference",
		"validate/scope", "validate/quality", "validate/finding", "validate/batch", "dictionary"}
	return []arrow{
		{"cmd/mhsds", []string{"*", "*/*", "*/*/*"}},
		// What builds the program, or tests it, is no part of it.
		{"cmd/mhsds/internal/scoreboard", []string{"*", "*/*", "*/*/*"}},
		{"cmd/mhsds/internal/acceptance", []string{"*", "*/*", "*/*/*"}},
		{"cmd/mhsds/internal/*", nil},
		{"validate", engine},
		{"validate/plan", []string{"validate/check", "validate/batch", "validate/finding", "dictionary", "dictionary/schema"}},
		{"validate/oracle", []string{"validate/check", "validate/batch", "validate/finding", "dictionary", "dictionary/schema"}},
		{"validate/twin", []string{"validate/plan", "validate/batch", "dictionary"}},
		{"validate/relation", []string{"validate/batch", "validate/finding", "dictionary"}},
		{"validate/cause", []string{"validate/finding", "dictionary"}},
		// Our findings beside the portal's own reports, in the words of reports.
		{"validate/reconcile", []string{"validate/finding", "dictionary", "validate/report/wording", "validate/bounded"}},
		{"validate/scope", []string{"validate/batch", "validate/finding", "dictionary", "validate/bounded"}},
		{"validate/quality", []string{"validate/batch", "validate/finding", "dictionary", "validate/bounded"}},
		{"validate/reference", []string{"validate/batch", "validate/finding", "dictionary", "validate/bounded"}},
		// CSV files of others than the submitter.
		{"validate/bounded", nil},
		{"validate/check", []string{"validate/batch"}},
		{"validate/finding", []string{"dictionary"}},
		{"validate/batch", nil},
		{"validate/source", []string{"validate/batch"}},
		{"validate/source/archive", []string{"validate/source/*", "validate/source", "validate/batch"}},
		// What containers share: encodings of text, rows, entries of a zip.
		{"validate/source/*", []string{"validate/source", "validate/batch", "validate/source/encoded", "validate/source/filling", "validate/source/zipped"}},
		// Rows as the tests of containers want them.
		{"validate/source/internal/*", []string{"validate/source", "validate/batch"}},
		// The summary object, suppressed counts and the words that reports have in
		// common are each in one place; what a rule means is the handbook's to say.
		{"validate/report/*", []string{"validate/finding", "dictionary", "validate/report/summary", "validate/report/share",
			"validate/report/wording", "validate/report/tally", "validate/report/suites", "dictionary/handbook"}},
		// A made-up submission for the tests of reports.
		{"validate/report/internal/*", []string{"validate/finding", "dictionary"}},
		// Two results, one of them perhaps still in the making.
		{"validate/compare", []string{"validate/finding", "dictionary", "validate/report/share", "validate/report/summary", "validate/report/wording"}},
		{"schemas", nil},
		{"dictionary", nil},
		{"dictionary/handbook", []string{"dictionary", "dictionary/cases"}},
		// The workbook is the same sheets in another container.
		{"dictionary/workbook", []string{"dictionary", "dictionary/sheets"}},
		{"dictionary/*", []string{"dictionary"}},
		// Databases of made-up submissions, for tests.
		{"dictionary/synthetic/database", []string{"dictionary"}},
		// Commands that go generate runs.
		{"dictionary/*/internal/*", []string{"dictionary", "dictionary/*"}},
	}
}

type arrow struct {
	from string
	to   []string
}

// libraries says who may import what the module requires; "cmd" is every
// command. Whatever is not listed, nobody may.
func libraries() map[string][]string {
	cmd := []string{"cmd/*"}
	return map[string][]string{
		"github.com/santhosh-tekuri/jsonschema/v5": {"validate/plan", "validate/oracle"},
		"github.com/xuri/excelize/v2":              {"dictionary/workbook", "dictionary/synthetic", "validate/source/spreadsheet", "validate/report/excel"},
		"github.com/BurntSushi/toml":               cmd,
		"github.com/rs/zerolog":                    cmd,
		"github.com/spf13/cobra":                   cmd,
		"github.com/spf13/pflag":                   cmd,
		"github.com/mattn/go-colorable":            cmd,
		"github.com/tc-hib/winres":                 {"cmd/mhsds/internal/resources"},
		"github.com/tc-hib/winres/version":         {"cmd/mhsds/internal/resources"},
		"github.com/inconshreveable/mousetrap":     cmd,
		"golang.org/x/sys/windows":                 cmd,
		"golang.org/x/term":                        cmd,
		"golang.org/x/sync/errgroup":               {"*", "*/*", "*/*/*"},
		"golang.org/x/text/encoding/charmap":       {"validate/source/*"},
		"golang.org/x/text/encoding/unicode":       {"validate/source/*"},
	}
}

func TestImports(t *testing.T) {
	table, libs := arrows(), libraries()
	for _, f := range sources(t) {
		if f.dir == "." || strings.HasPrefix(f.dir, ".") {
			continue
		}
		i := slices.IndexFunc(table, func(a arrow) bool { return match([]string{a.from}, f.dir) })
		if i < 0 {
			t.Errorf("%s: package %s has no place in DESIGN section 4; give it one in arrows", f.at(f.Package), f.dir)
			continue
		}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			own, ours := strings.CutPrefix(imported, "mhsds/")
			switch {
			case ours && !match(table[i].to, own):
				t.Errorf("%s: %s must not import %s", f.at(spec.Pos()), f.dir, own)
			case !ours && strings.Contains(imported, ".") && !match(libs[imported], f.dir):
				t.Errorf("%s: %s must not import %s", f.at(spec.Pos()), f.dir, imported)
			}
		}
	}
}

func match(patterns []string, dir string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, dir)
		return ok && err == nil
	})
}

// What would make a check of values slow has no place among the kernels. (fmt
// words the errors of their construction; AllocsPerRun keeps it from values.)
func TestKernelImports(t *testing.T) {
	for _, f := range sources(t) {
		if f.dir != "validate/check" {
			continue
		}
		for _, spec := range f.Imports {
			switch spec.Path.Value {
			case `"regexp"`, `"time"`, `"reflect"`, `"encoding/json"`:
				t.Errorf("%s: validate/check must not import %s", f.at(spec.Pos()), spec.Path.Value)
			}
		}
	}
}

// Rules, tables and fields are data: no code may name one.
func TestNoNamesOfTheDataSet(t *testing.T) {
	named := regexp.MustCompile(`MHS(REJ)?[0-9]|\bM[0-9]{6}\b|\bPRE[0-9]`)
	for _, f := range sources(t) {
		ast.Inspect(f.File, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && named.MatchString(lit.Value) {
				t.Errorf("%s: %s names a rule, a table or a field; find it by its role or as a parameter in the dictionary", f.at(lit.Pos()), lit.Value)
			}
			return true
		})
	}
}

func TestNoInit(t *testing.T) {
	for _, f := range sources(t) {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: func init", f.at(fn.Pos()))
			}
		}
	}
}

// Below the command nobody asks what time it is or what the environment says.
func TestNoAmbientState(t *testing.T) {
	ambient := map[string][]string{
		"os":   {"Getenv", "LookupEnv", "Environ", "ExpandEnv", "Args", "Stdout", "Stderr", "Stdin", "Exit"},
		"time": {"Now", "Since", "Until"},
	}
	for _, f := range sources(t) {
		if strings.HasPrefix(f.dir, "cmd/") {
			continue
		}
		if f.Name.Name == "main" {
			continue // a generator, which go generate runs: a command too
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if ok && pkg.Obj == nil && slices.Contains(ambient[pkg.Name], sel.Sel.Name) {
				t.Errorf("%s: %s.%s below cmd", f.at(sel.Pos()), pkg.Name, sel.Sel.Name)
			}
			return true
		})
	}
}

// A package variable is an error to compare with, an embedded file system, or
// a table that is written where it is declared and never again.
func TestNoMutablePackageVariables(t *testing.T) {
	packages := map[string][]*goFile{}
	for _, f := range sources(t) {
		packages[f.dir] = append(packages[f.dir], f)
	}
	for _, files := range packages {
		declared := map[string]bool{}
		specs := map[any]bool{}
		for _, f := range files {
			for _, d := range f.Decls {
				g, ok := d.(*ast.GenDecl)
				if !ok || g.Tok != token.VAR {
					continue
				}
				embedded := g.Doc != nil && strings.Contains(commentText(g.Doc), "//go:embed")
				for _, s := range g.Specs {
					spec := s.(*ast.ValueSpec)
					if spec.Doc != nil && strings.Contains(commentText(spec.Doc), "//go:embed") {
						embedded = true
					}
					specs[spec] = true
					for _, name := range spec.Names {
						if name.Name == "_" {
							continue
						}
						declared[name.Name] = true
						if len(spec.Values) == 0 && !embedded {
							t.Errorf("%s: package variable %s has no value where it is declared", f.at(name.Pos()), name.Name)
						}
					}
					for _, v := range spec.Values {
						if why := mutable(v); why != "" {
							t.Errorf("%s: package variable holds %s", f.at(v.Pos()), why)
						}
					}
				}
			}
		}
		for _, f := range files {
			report := func(e ast.Expr, how string) {
				id := rootIdent(e)
				if id == nil || !declared[id.Name] || id.Obj != nil && !specs[id.Obj.Decl] {
					return // a local variable, perhaps of the same name
				}
				t.Errorf("%s: package variable %s is %s", f.at(id.Pos()), id.Name, how)
			}
			ast.Inspect(f.File, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.AssignStmt:
					if n.Tok != token.DEFINE {
						for _, l := range n.Lhs {
							report(l, "assigned")
						}
					}
				case *ast.IncDecStmt:
					report(n.X, "counted")
				case *ast.RangeStmt:
					if n.Tok == token.ASSIGN {
						report(n.Key, "assigned")
						report(n.Value, "assigned")
					}
				case *ast.CallExpr:
					if fn, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && (fn.Name == "delete" || fn.Name == "clear" || fn.Name == "copy") {
						report(n.Args[0], "changed")
					}
				}
				return true
			})
		}
	}
}

func commentText(g *ast.CommentGroup) string {
	var b strings.Builder
	for _, c := range g.List {
		b.WriteString(c.Text + "\n")
	}
	return b.String()
}

// mutable names what in a variable's value exists only to change.
func mutable(v ast.Expr) (why string) {
	ast.Inspect(v, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := sel.X.(*ast.Ident); ok && (pkg.Name == "sync" || pkg.Name == "atomic") && !strings.HasPrefix(sel.Sel.Name, "OnceValue") {
			why = pkg.Name + "." + sel.Sel.Name
		}
		return true
	})
	return why
}

// rootIdent is the variable that an expression such as a.b[i].c is part of.
func rootIdent(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// Every package says its one job where its documentation begins.
func TestPackageComments(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range sources(t) {
		documented[f.dir] = documented[f.dir] || f.Doc != nil
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("package %s has no doc comment", dir)
		}
	}
}

// The binary can reach no network: what dials or listens is not linked in.
func TestNoSockets(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	bin := buildProgram(t)
	out, err := exec.Command("go", "tool", "nm", bin).Output()
	if err != nil {
		t.Fatalf("go tool nm: %v", err)
	}
	socket := regexp.MustCompile(`^(net/http\.|crypto/tls\.|net\.(Dial|Listen|\(\*(Dialer|ListenConfig|sysDialer|sysListener|Resolver|TCPListener)\))|syscall\.(connect|Connect|bind|Bind|listen|Listen|Socket|socket)$|golang\.org/x/sys/unix\.(connect|Connect|Socket|Bind|Listen)$|vendor/golang\.org/x/net/http)`)
	symbols := 0
	for line := range bytes.Lines(out) {
		fields := strings.Fields(string(line))
		if len(fields) < 3 {
			continue
		}
		symbols++
		if name := fields[2]; socket.MatchString(name) {
			t.Errorf("linked in: %s", name)
		}
	}
	if symbols < 1000 {
		t.Errorf("only %d symbols seen: the test proves nothing", symbols)
	}
}

// buildProgram builds the command as it is released and returns its path.
func buildProgram(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "mhsds.exe")
	build := exec.Command("go", "build", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// NHS numbers in fixtures stand in the range that is kept for tests, 999. A
// run of ten digits counts as one when its check digit is right; a SNOMED CT
// identifier of ten digits may have a right one by chance.
func TestFixturesAreSynthetic(t *testing.T) {
	digits := regexp.MustCompile(`[0-9]+`)
	seen := 0
	err := filepath.WalkDir(moduleRoot, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && e.Name() == ".git" {
			return filepath.SkipDir
		}
		if e.IsDir() || !strings.Contains(filepath.ToSlash(p), "/testdata/") {
			return nil
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		for _, m := range digits.FindAll(data, -1) {
			if !nhsNumber(m) {
				continue
			}
			seen++
			if !bytes.HasPrefix(m, []byte("999")) && !snomed(m) {
				t.Errorf("%s holds an NHS number outside the test range 999", p)
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Error("no NHS number seen in any fixture: the test proves nothing")
	}
}

func nhsNumber(s []byte) bool {
	if len(s) != 10 {
		return false
	}
	sum := 0
	for i := range 9 {
		sum += int(s[i]-'0') * (10 - i)
	}
	check := (11 - sum%11) % 11
	return check < 10 && int(s[9]-'0') == check
}

// snomed reports whether s has a right Verhoeff check digit and the partition
// of a concept.
func snomed(s []byte) bool {
	n := len(s)
	if p := string(s[n-3 : n-1]); p != "00" && p != "10" {
		return false
	}
	times := [10][10]int{
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 0, 6, 7, 8, 9, 5}, {2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
		{3, 4, 0, 1, 2, 8, 9, 5, 6, 7}, {4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
		{6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, {7, 6, 5, 9, 8, 2, 1, 0, 4, 3}, {8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
		{9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
	}
	turn := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	c := 0
	for i := range n {
		d := int(s[n-1-i] - '0')
		for range i % 8 {
			d = turn[d]
		}
		c = times[c][d]
	}
	return c == 0
}
