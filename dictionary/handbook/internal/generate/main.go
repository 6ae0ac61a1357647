// Command generate writes the handbook of a dictionary as Markdown files.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"mhsds/dictionary/handbook"
	"mhsds/dictionary/sheets"
)

func main() {
	from := flag.String("sheets", "", "folder of the dictionary's sheets")
	to := flag.String("out", "", "folder to write; files of an earlier handbook in it are removed")
	flag.Parse()
	if err := run(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	d, err := sheets.Read(os.DirFS(from))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o777); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(to, "*.md"))
	if err != nil {
		return err
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	for _, f := range handbook.Files(d) {
		if err := os.WriteFile(filepath.Join(to, f.Name), []byte(f.Text), 0o666); err != nil {
			return err
		}
	}
	return nil
}
