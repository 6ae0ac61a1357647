// Command generate writes the JSON Schemas of a folder of dictionary sheets:
//
//	generate SHEETS SCHEMAS
//
// Package schemas runs it by go generate.
package main

import (
	"fmt"
	"os"

	"mhsds/dictionary/schema"
	"mhsds/dictionary/sheets"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("%d arguments, want the folder of sheets and the folder of schemas", len(args))
	}
	d, err := sheets.Read(os.DirFS(args[0]))
	if err != nil {
		return err
	}
	return schema.WriteDir(d, args[1])
}
