package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"mhsds/dictionary"
)

// Where kernels, and the lowering of rules to them, are.
const (
	checkFolder = "validate/check"
	planFolder  = "validate/plan"
	scopeFolder = "validate/scope"
)

// kernels runs the twins of the kernels. What they say of a kernel is evidence
// for every rule whose kind is lowered to it; of a rule that needs several, to
// the number of values that the least compared of them had.
func (m *measurement) kernels(root string) error {
	compared := map[string]agreement{}
	if err := evidenceOf(root, checkFolder, "TestTwins", &compared); err != nil {
		return err
	}
	for _, c := range compared {
		m.totals.Kernels.Agree += c.Agree
		m.totals.Kernels.Differ += c.Differ
	}
	needs, err := lowered(root)
	if err != nil {
		return err
	}
	for i := range m.d.Rules {
		r := &m.d.Rules[i]
		s := m.scores[r.Code]
		list := needs[r.Kind]
		if len(list) == 0 || s.Status != exact && s.Status != partly {
			continue
		}
		all := agreement{Agree: -1}
		for _, kernel := range list {
			c := compared[kernel]
			if all.Agree < 0 || c.Agree < all.Agree {
				all.Agree = c.Agree
			}
			all.Differ += c.Differ
		}
		if all != (agreement{}) {
			s.Kernels = &all
		}
	}
	return nil
}

// scopeTwin runs the twin of the look-out for what belongs elsewhere, which
// writes only when it has found no difference.
func (m *measurement) scopeTwin(root string) error {
	seen := map[string]int{}
	if err := evidenceOf(root, scopeFolder, "TestTwin", &seen); err != nil {
		return err
	}
	for code, n := range seen {
		s := m.scores[code]
		if s == nil {
			return fmt.Errorf("%s: no rule has the code %q", scopeFolder, code)
		}
		if n > 0 {
			s.Twin = &agreement{Agree: n}
		}
	}
	return nil
}

// evidenceOf runs a test that writes what it compared, and reads that. A test
// that fails but writes has found differences, which are then counted.
func evidenceOf(root, folder, test string, into any) error {
	dir, err := os.MkdirTemp("", "scoreboard")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "evidence.json")
	cmd := exec.Command("go", "test", "-count=1", "-run", "^"+test+"$", "./"+folder, "-args", "-evidence", path)
	cmd.Dir = root
	said, failed := cmd.CombinedOutput()
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s of %s wrote no evidence (%v):\n%s", test, folder, failed, said)
	}
	return json.Unmarshal(data, into)
}

// lowered reads from the source of package plan which kernels each kind of
// rule ends in: those that the kind's clause in (*lowering).rule calls, itself
// or through functions of the package.
func lowered(root string) (map[dictionary.Kind][]string, error) {
	kernels, err := kernelNames(filepath.Join(root, checkFolder))
	if err != nil {
		return nil, err
	}
	files, err := sources(filepath.Join(root, planFolder))
	if err != nil {
		return nil, err
	}
	functions := map[string]*ast.FuncDecl{}
	for _, f := range files {
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
				functions[fn.Name.Name] = fn
			}
		}
	}
	const root0 = "rule"
	if functions[root0] == nil {
		return nil, fmt.Errorf("%s: no function %s", planFolder, root0)
	}
	kinds := map[string]dictionary.Kind{} // by the name of their constant, in small letters
	for _, name := range dictionary.KindNames() {
		k, _ := dictionary.ParseKind(name)
		kinds[strings.ReplaceAll(name, "_", "")] = k
	}
	needs := map[dictionary.Kind][]string{}
	ast.Inspect(functions[root0].Body, func(n ast.Node) bool {
		clause, ok := n.(*ast.CaseClause)
		if !ok {
			return true
		}
		found := map[string]bool{}
		seen := map[string]bool{root0: true}
		for _, s := range clause.Body {
			calls(s, functions, kernels, seen, found)
		}
		for _, e := range clause.List {
			sel, ok := e.(*ast.SelectorExpr)
			if !ok {
				continue
			}
			if k, ok := kinds[strings.ToLower(sel.Sel.Name)]; ok {
				for name := range found {
					needs[k] = append(needs[k], name)
				}
				slices.Sort(needs[k])
			}
		}
		return false
	})
	if len(needs) < 10 {
		return nil, fmt.Errorf("%s: only %d kinds are lowered in %s; has it moved?", planFolder, len(needs), root0)
	}
	return needs, nil
}

// calls gathers the kernels that a node names, and those of the functions that
// it names.
func calls(n ast.Node, functions map[string]*ast.FuncDecl, kernels, seen, found map[string]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		name := ""
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "check" {
				if kernels[n.Sel.Name] {
					found[n.Sel.Name] = true
				}
				return false
			}
			name = n.Sel.Name
		case *ast.Ident:
			name = n.Name
		}
		if fn := functions[name]; fn != nil && !seen[name] {
			seen[name] = true
			calls(fn.Body, functions, kernels, seen, found)
		}
		return true
	})
}

// kernelNames returns the exported functions of package check that take a
// column.
func kernelNames(dir string) (map[string]bool, error) {
	files, err := sources(dir)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, f := range files {
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || !fn.Name.IsExported() {
				continue
			}
			for _, p := range fn.Type.Params.List {
				star, ok := p.Type.(*ast.StarExpr)
				if !ok {
					continue
				}
				if sel, ok := star.X.(*ast.SelectorExpr); ok && sel.Sel.Name == "Column" {
					names[fn.Name.Name] = true
				}
			}
		}
	}
	return names, nil
}

// sources parses the files of a package but its tests.
func sources(dir string) (files []*ast.File, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}
