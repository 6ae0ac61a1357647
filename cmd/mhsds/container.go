package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	"mhsds/validate/source"
	"mhsds/validate/source/access"
	"mhsds/validate/source/archive"
	"mhsds/validate/source/delimited"
	"mhsds/validate/source/spreadsheet"
)

// firstBytes is how many bytes of a file tell what it is.
const firstBytes = 64

// openContainer opens a submission by its extension, and by its first bytes
// where the extension says nothing.
func openContainer(path string, delimiter byte) (source.Container, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, inputf("%s: %w", path, unpath(err))
	}
	opt := archive.Options{Delimited: delimited.Options{Delimiter: delimiter}}
	if info.IsDir() {
		return opened(path)(archive.OpenFolder(path, opt))
	}
	if !info.Mode().IsRegular() {
		return nil, inputf("%s: is neither a file nor a folder", path)
	}
	begin, err := beginning(path)
	if err != nil {
		return nil, inputf("%s: %w", path, unpath(err))
	}
	zipped := bytes.HasPrefix(begin, []byte("PK\x03\x04")) || bytes.HasPrefix(begin, []byte("PK\x05\x06"))
	// Excel begins its workbooks with this entry; an old or locked one is no zip.
	workbook := bytes.Contains(begin, []byte("[Content_Types].xml")) || bytes.HasPrefix(begin, []byte("\xd0\xcf\x11\xe0"))
	database := bytes.Contains(begin, []byte("Standard ACE DB")) || bytes.Contains(begin, []byte("Standard Jet DB"))
	ext := strings.ToLower(filepath.Ext(path))
	switch {
	case len(begin) == 0:
		return nil, inputf("%s: the file is empty", path)
	case ext == ".xlsx" || ext == ".xlsm" || ext == ".xls" || workbook:
		return opened(path)(spreadsheet.Open(path))
	case zipped && !database:
		return opened(path)(archive.OpenZip(path, opt))
	case database || ext == ".accdb" || ext == ".mdb":
		c, err := access.Open(path)
		if err != nil {
			return nil, unreadable(path, true, err)
		}
		return c, nil
	case ext == ".zip":
		return nil, inputf("%s: is not a zip archive, whatever its name says", path)
	case ext == ".csv" || ext == ".txt" || ext == ".jsonl" || ext == ".ndjson":
		return nil, inputf("%s: is one file; a submission is the folder that holds it, with a file for each table", path)
	}
	return nil, inputf("%s: is neither an Access database, nor a workbook (.xlsx), nor a folder or .zip of CSV or JSON lines files", path)
}

// opened gives the error of opening a container its status; the file is named
// once.
func opened(path string) func(source.Container, error) (source.Container, error) {
	return func(c source.Container, err error) (source.Container, error) {
		if err != nil {
			return nil, inputf("%s", named(path, err))
		}
		return c, nil
	}
}

// named words an error with its file before it, unless it says it already.
func named(path string, err error) string {
	s := err.Error()
	if strings.HasPrefix(s, path) || strings.HasPrefix(s, filepath.Base(path)+":") {
		return s
	}
	return path + ": " + unpath(err).Error()
}

func beginning(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, firstBytes)
	n, err := io.ReadFull(f, b)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	return b[:n], nil
}
