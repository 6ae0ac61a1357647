package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"mhsds/validate"
	"mhsds/validate/compare"
	"mhsds/validate/report/share"
)

// counts says how reports show counts.
func (s *settings) counts() share.Counts { return share.Counts{Suppress: s.share} }

// mayShare refuses --share together with what cannot be shared.
func (s *settings) mayShare(outputs []output) error {
	if !s.share {
		return nil
	}
	if s.showValues {
		return usagef("--share and --show-values: a report to pass on holds no values; leave one of them out")
	}
	for _, o := range outputs {
		switch o.kind {
		case "jsonl", nationalKind:
			return usagef("--share: %s lists every finding, so that each can be counted; leave it out, or write it in a run of its own", o.kind)
		}
	}
	return nil
}

// readPrevious reads the result of --previous, nil without one.
func (s *settings) readPrevious() (*compare.Result, error) {
	if s.previous == "" {
		return nil, nil
	}
	r, err := readResult(s.previous)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func readResult(path string) (*compare.Result, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, inputf("%s: %w", path, unpath(err))
	}
	defer f.Close()
	r, err := compare.Read(f, filepath.Base(path))
	if err != nil {
		return nil, inputf("%s", named(path, unpath(err)))
	}
	return r, nil
}

// longestKey bounds the key file, in bytes: more is another file by mistake.
const longestKey = 64 << 10

// readKey reads the key file of --fingerprint-key, nil without one.
func (s *settings) readKey() ([]byte, error) {
	path := s.fingerprintKey
	if path == "" {
		return nil, nil
	}
	const howTo = "make one of random bytes once, as with: openssl rand -out FILE 32; keep it, and give it to nobody"
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, usagef("--fingerprint-key %s: no such file; %s", path, howTo)
	case err != nil:
		return nil, usagef("--fingerprint-key %s: %w", path, unpath(err))
	}
	defer f.Close()
	key, err := io.ReadAll(io.LimitReader(f, longestKey+1))
	switch {
	case err != nil:
		return nil, usagef("--fingerprint-key %s: %w", path, unpath(err))
	case len(key) < validate.MinFingerprintKey:
		return nil, usagef("--fingerprint-key %s: has %d bytes, and fewer than %d can be guessed; %s", path, len(key), validate.MinFingerprintKey, howTo)
	case len(key) > longestKey:
		return nil, usagef("--fingerprint-key %s: has more than %d bytes, so it is hardly a key; %s", path, longestKey, howTo)
	}
	return key, nil
}
