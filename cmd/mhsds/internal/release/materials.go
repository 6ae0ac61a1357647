package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A module is one that is linked into some binary of the release.
type module struct {
	Path, Version string
	Dir           string              // where its source lies, with its licence
	Sum           string              // as go.sum has it
	Main          bool                // the program's own
	needs         map[string]struct{} // paths of the modules whose packages it imports
}

// materials are what the binaries are made of: modules by their path. The
// standard library is one of them.
type materials map[string]*module

// std is the path that lists of vulnerabilities give the standard library.
const std = "stdlib"

// materials asks the go command which packages each binary links. Modules that
// only tests or this command need are not among them.
func (r *release) materials() (materials, error) {
	all := materials{}
	for _, t := range r.targets {
		cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports,Standard,Module", "./"+program)
		cmd.Dir, cmd.Env = r.root, environment(t)
		cmd.Stderr = os.Stderr
		list, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("%s: go list: %w", t, err)
		}
		if err := all.add(list); err != nil {
			return nil, fmt.Errorf("%s: %w", t, err)
		}
	}
	s := all[std]
	if s == nil {
		return nil, errors.New("go list: no package of the standard library")
	}
	cmd := exec.Command("go", "env", "GOVERSION", "GOROOT")
	cmd.Dir, cmd.Env = r.root, environment(r.targets[0])
	said, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	version, root, _ := strings.Cut(strings.TrimSpace(string(said)), "\n")
	s.Version, s.Dir = strings.TrimPrefix(version, "go"), strings.TrimSpace(root)
	return all, nil
}

// add takes in what go list says of the packages of one binary. It lists
// imports before their importers.
func (m materials) add(list []byte) error {
	of := map[string]string{} // package to module
	d := json.NewDecoder(bytes.NewReader(list))
	for {
		var p struct {
			ImportPath string
			Imports    []string
			Standard   bool
			Module     *module
		}
		if err := d.Decode(&p); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("go list: %w", err)
		}
		if p.Standard {
			p.Module = &module{Path: std}
		}
		if p.Module == nil {
			return fmt.Errorf("go list: package %s has no module", p.ImportPath)
		}
		own := m[p.Module.Path]
		if own == nil {
			own = p.Module
			own.needs = map[string]struct{}{}
			m[own.Path] = own
		}
		of[p.ImportPath] = own.Path
		for _, i := range p.Imports {
			if other := of[i]; other != "" && other != own.Path {
				own.needs[other] = struct{}{}
			}
		}
	}
}

// sorted returns the modules in order of path.
func (m materials) sorted() []*module {
	var all []*module
	for _, path := range slices.Sorted(maps.Keys(m)) {
		all = append(all, m[path])
	}
	return all
}

// licence returns the text of the module's licence.
func (m *module) licence() ([]byte, error) {
	for _, file := range []string{"LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "COPYING"} {
		if text, err := os.ReadFile(filepath.Join(m.Dir, file)); err == nil {
			return bytes.ReplaceAll(bytes.TrimSpace(text), []byte("\r\n"), []byte("\n")), nil
		}
	}
	return nil, fmt.Errorf("module %s: no licence found", m.Path)
}

// spdx names a licence by its wording, as SPDX does. One that is not known is
// an error: somebody should read it before it is passed on.
func spdx(text []byte) (string, error) {
	words := strings.Join(strings.Fields(string(text)), " ")
	says := func(s string) bool { return strings.Contains(words, s) }
	switch {
	case says("Apache License Version 2.0"):
		return "Apache-2.0", nil
	case says("Permission is hereby granted, free of charge") && says("shall be included in all copies"):
		return "MIT", nil
	case says("Redistribution and use in source and binary forms") && says("Neither the name"):
		return "BSD-3-Clause", nil
	case says("Redistribution and use in source and binary forms"):
		return "BSD-2-Clause", nil
	}
	return "", errors.New("a licence of wording that is not known")
}

// licences returns the licences of everything that is passed on, in one text.
func (m materials) licences() ([]byte, error) {
	var b bytes.Buffer
	for _, mod := range m.sorted() {
		text, err := mod.licence()
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%s\n%s\n\n%s\n\n\n", mod.title(), strings.Repeat("=", len(mod.title())), text)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

func (m *module) title() string {
	switch {
	case m.Path == std:
		return "The Go standard library " + m.Version
	case m.Main:
		return m.Path
	}
	return m.Path + " " + m.Version
}
