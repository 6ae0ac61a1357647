package main

import (
	"os"
	"path/filepath"

	"mhsds/dictionary"
	"mhsds/validate/report/excel"
	"mhsds/validate/report/github"
	"mhsds/validate/report/junit"
	"mhsds/validate/report/markdown"
	"mhsds/validate/report/sarif"
	"mhsds/validate/report/suites"
	"mhsds/validate/report/tap"
)

// machine makes the reports that pipelines read, nil for another kind.
func (s *settings) machine(t *target, d *dictionary.Dictionary) report {
	switch t.kind {
	case "sarif":
		return sarif.New(t.w, d, sarif.Options{Values: s.showValues, Counts: s.counts()})
	case "junit":
		return junit.New(t.w, d, s.cases())
	case "tap":
		return tap.New(t.w, d, s.cases())
	case "github":
		folder, file := workflowPath(s.submission)
		return github.New(t.w, d, github.Options{Folder: folder, File: file, Fails: s.cases().Fails, Counts: s.counts()})
	case "markdown":
		return markdown.New(t.w, d, markdown.Options{MaxShown: s.maxShown, Counts: s.counts()})
	}
	return nil
}

// workflowPath is the submission as a workflow that runs in the current folder
// sees it, with slashes: a folder, or one file. Both are "" where it lies
// elsewhere, for a path may name a person.
func workflowPath(path string) (folder, file string) {
	if filepath.IsAbs(path) {
		here, err := os.Getwd()
		if err != nil {
			return "", ""
		}
		if path, err = filepath.Rel(here, path); err != nil {
			return "", ""
		}
	}
	if !filepath.IsLocal(path) {
		return "", ""
	}
	info, err := os.Stat(path)
	switch path = filepath.ToSlash(filepath.Clean(path)); {
	case err != nil:
		return "", ""
	case info.IsDir():
		return path, ""
	}
	return "", path
}

// excel makes the workbook. Its temporary files stand beside it: whoever may
// read the one may read the others.
func (s *settings) excel(t *target, d *dictionary.Dictionary) (report, error) {
	return excel.New(t.w, d, excel.Options{
		Values: s.showValues, Compared: s.previous != "", TempDir: filepath.Dir(t.path), Counts: s.counts(),
	})
}

// cases says which rules are test cases, and which of them fail: those that
// would end the run with status 1.
func (s *settings) cases() suites.Options {
	fail, err := parseFailOn(s.failOn)
	o := suites.Options{Judged: s.judged, Counts: s.counts(), Values: s.showValues, MaxShown: s.maxShown}
	if err == nil {
		o.Fails = fail.fails
	}
	return o
}
