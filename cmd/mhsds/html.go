package main

import (
	"path/filepath"
	"strings"

	"mhsds/dictionary"
	"mhsds/validate/report/html"
)

// htmlPlaces is how many places of each rule the HTML report lists at least:
// it has filters and pages for them.
const htmlPlaces = 100

func (s *settings) html(t *target, d *dictionary.Dictionary) report {
	return html.New(t.w, d, html.Options{
		Values: s.showValues, Counts: s.counts(), MaxPlaces: max(s.maxShown, htmlPlaces), Settings: s.told(),
	})
}

// told lists the flags that decide what is judged and shown, files without
// their folders.
func (s *settings) told() []html.Setting {
	var list []html.Setting
	add := func(name, value string) {
		if value != "" {
			list = append(list, html.Setting{Name: name, Value: value})
		}
	}
	base := func(path string) string {
		if path == "" {
			return ""
		}
		return filepath.Base(path)
	}
	given := func(is bool) string {
		if is {
			return "given"
		}
		return ""
	}
	add("--dataset-version", s.datasetVersion)
	add("--schemas", base(s.schemas))
	add("--provider", s.provider)
	add("--submitter", s.submitter)
	add("--period", s.period)
	add("--uploaded", s.uploaded)
	for _, r := range s.reference {
		kind, path, _ := strings.Cut(r, "=")
		add("--reference", kind+"="+base(path))
	}
	add("--quality", given(s.quality))
	for _, path := range s.published {
		add("--published", base(path))
	}
	add("--talking-therapies", base(s.talkingTherapies))
	add("--previous", base(s.previous))
	add("--fingerprint-key", given(s.fingerprintKey != ""))
	add("--assume-fixed", strings.Join(s.assumeFixed, ","))
	if s.delimiter != "," {
		add("--delimiter", s.delimiter)
	}
	add("--date-layout", s.dateLayout)
	add("--show-values", given(s.showValues))
	add("--share", given(s.share))
	return list
}
