package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A mutant is one change of one file.
type mutant struct {
	file      string // from the module's root
	line, col int
	what      string // "< becomes <="
	text      string // the line without the change, trimmed
	at        int    // place in text, from 1

	from, to int    // bytes that are replaced
	by       string // by this
}

func (m mutant) String() string {
	return fmt.Sprintf("%s:%d:%d: %s, in: %s", m.file, m.line, m.col, m.what, m.text)
}

func compareMutants(a, b mutant) int {
	return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.from, b.from), cmp.Compare(a.what, b.what))
}

// mutantsOf lists the mutants of a group's source, but for its tests.
func mutantsOf(root string, g group) (list []mutant, err error) {
	names, err := filepath.Glob(filepath.Join(root, g.folder, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		of, err := mutate(path.Join(g.folder, filepath.Base(name)), source)
		if err != nil {
			return nil, err
		}
		list = append(list, of...)
	}
	return list, nil
}

// operators says what an operator becomes.
func operators(op token.Token) []token.Token {
	switch op {
	case token.LSS:
		return []token.Token{token.LEQ, token.GEQ}
	case token.LEQ:
		return []token.Token{token.LSS, token.GTR}
	case token.GTR:
		return []token.Token{token.GEQ, token.LEQ}
	case token.GEQ:
		return []token.Token{token.GTR, token.LSS}
	case token.EQL:
		return []token.Token{token.NEQ}
	case token.NEQ:
		return []token.Token{token.EQL}
	case token.LAND:
		return []token.Token{token.LOR}
	case token.LOR:
		return []token.Token{token.LAND}
	case token.ADD:
		return []token.Token{token.SUB}
	case token.SUB:
		return []token.Token{token.ADD}
	case token.MUL:
		return []token.Token{token.QUO}
	case token.QUO, token.REM:
		return []token.Token{token.MUL}
	case token.SHL:
		return []token.Token{token.SHR}
	case token.SHR:
		return []token.Token{token.SHL}
	case token.AND:
		return []token.Token{token.OR}
	case token.OR:
		return []token.Token{token.AND} // ^ is the same wherever the bits are apart
	case token.XOR:
		return []token.Token{token.OR, token.AND}
	case token.AND_NOT:
		return []token.Token{token.AND}
	case token.ADD_ASSIGN:
		return []token.Token{token.SUB_ASSIGN}
	case token.SUB_ASSIGN:
		return []token.Token{token.ADD_ASSIGN}
	case token.MUL_ASSIGN:
		return []token.Token{token.QUO_ASSIGN}
	case token.OR_ASSIGN:
		return []token.Token{token.AND_ASSIGN}
	case token.AND_ASSIGN:
		return []token.Token{token.OR_ASSIGN}
	case token.XOR_ASSIGN:
		return []token.Token{token.OR_ASSIGN}
	case token.SHL_ASSIGN:
		return []token.Token{token.SHR_ASSIGN}
	case token.SHR_ASSIGN:
		return []token.Token{token.SHL_ASSIGN}
	case token.INC:
		return []token.Token{token.DEC}
	case token.DEC:
		return []token.Token{token.INC}
	}
	return nil
}

// mutate lists the mutants of one file.
func mutate(file string, source []byte) ([]mutant, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var list []mutant
	add := func(from, to token.Pos, by, what string) {
		at := set.Position(from)
		start := bytes.LastIndexByte(source[:at.Offset], '\n') + 1
		end := len(source)
		if i := bytes.IndexByte(source[start:], '\n'); i >= 0 {
			end = start + i
		}
		trimmed := bytes.TrimLeft(source[start:end], "\t ")
		list = append(list, mutant{
			file: file, line: at.Line, col: at.Column, what: what, text: string(bytes.TrimSpace(trimmed)), at: at.Offset - (end - len(trimmed)) + 1,
			from: at.Offset, to: set.Position(to).Offset, by: by,
		})
	}
	operator := func(pos token.Pos, op token.Token) {
		for _, by := range operators(op) {
			add(pos, pos+token.Pos(len(op.String())), by.String(), op.String()+" becomes "+by.String())
		}
	}
	condition := func(e ast.Expr) {
		if e != nil {
			text := string(source[set.Position(e.Pos()).Offset:set.Position(e.End()).Offset])
			add(e.Pos(), e.End(), "!("+text+")", "the condition is negated")
		}
	}
	statements := func(body []ast.Stmt) {
		for _, s := range body {
			switch s := s.(type) {
			case *ast.ExprStmt, *ast.IncDecStmt:
			case *ast.AssignStmt:
				if s.Tok == token.DEFINE {
					continue
				}
			case *ast.BranchStmt:
				if s.Tok != token.CONTINUE && s.Tok != token.BREAK {
					continue
				}
			default:
				continue
			}
			add(s.Pos(), s.End(), "", "the statement is left out")
		}
	}
	skip := map[ast.Node]bool{}
	ast.Inspect(tree, func(n ast.Node) bool {
		if skip[n] {
			return false
		}
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.ArrayType:
			if n.Len != nil { // a greater array is seldom another
				skip[n.Len] = true
			}
		case *ast.BinaryExpr:
			operator(n.OpPos, n.Op)
		case *ast.AssignStmt:
			operator(n.TokPos, n.Tok)
		case *ast.IncDecStmt:
			operator(n.TokPos, n.Tok)
		case *ast.UnaryExpr:
			if n.Op == token.NOT || n.Op == token.SUB || n.Op == token.XOR {
				add(n.OpPos, n.OpPos+1, "", n.Op.String()+" is left out")
			}
		case *ast.BasicLit:
			if n.Kind == token.INT || n.Kind == token.CHAR {
				add(n.Pos(), n.End(), "("+n.Value+"+1)", n.Value+" becomes one more")
				if n.Value != "0" {
					add(n.Pos(), n.End(), "("+n.Value+"-1)", n.Value+" becomes one less")
				}
			}
		case *ast.Ident:
			switch n.Name {
			case "true":
				add(n.Pos(), n.End(), "false", "true becomes false")
			case "false":
				add(n.Pos(), n.End(), "true", "false becomes true")
			}
		case *ast.IfStmt:
			condition(n.Cond)
		case *ast.ForStmt:
			condition(n.Cond)
		case *ast.BlockStmt:
			statements(n.List)
		case *ast.CaseClause:
			statements(n.Body)
		}
		return true
	})
	slices.SortStableFunc(list, compareMutants)
	return list, nil
}

// apply returns the source with the change.
func (m mutant) apply(source []byte) []byte {
	return slices.Concat(source[:m.from], []byte(m.by), source[m.to:])
}
