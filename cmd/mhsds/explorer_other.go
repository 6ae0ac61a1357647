//go:build !windows

package main

// fromExplorer reports whether Windows' Explorer has started the program.
func fromExplorer() (desktop, bool) { return desktop{}, false }

// obeyEscapes does nothing: terminals obey escape sequences here.
func obeyEscapes() (undo func()) { return func() {} }
