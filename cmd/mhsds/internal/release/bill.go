package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// The bill of materials, in the words of CycloneDX 1.6 (ECMA-424).
type (
	bom struct {
		Schema       string       `json:"$schema"`
		Format       string       `json:"bomFormat"`
		SpecVersion  string       `json:"specVersion"`
		SerialNumber string       `json:"serialNumber,omitempty"`
		Version      int          `json:"version"`
		Metadata     metadata     `json:"metadata"`
		Components   []component  `json:"components"`
		Dependencies []dependency `json:"dependencies"`
	}
	metadata struct {
		Timestamp string    `json:"timestamp,omitempty"`
		Component component `json:"component"`
	}
	component struct {
		Type       string      `json:"type"`
		Ref        string      `json:"bom-ref"`
		Name       string      `json:"name"`
		Version    string      `json:"version,omitempty"`
		Hashes     []hash      `json:"hashes,omitempty"`
		Licences   []licence   `json:"licenses,omitempty"`
		PURL       string      `json:"purl,omitempty"`
		Properties []property  `json:"properties,omitempty"`
		Components []component `json:"components,omitempty"`
	}
	hash struct {
		Alg     string `json:"alg"`
		Content string `json:"content"`
	}
	licence struct {
		Licence struct {
			ID string `json:"id"`
		} `json:"license"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	dependency struct {
		Ref       string   `json:"ref"`
		DependsOn []string `json:"dependsOn,omitempty"`
	}
)

// bill writes what the binaries are made of, and the binaries with their
// checksums. It holds no time of its own, so that it is the same each time; the
// time of the source is taken from SOURCE_DATE_EPOCH when that is given.
func (r *release) bill(m materials) ([]byte, error) {
	b := bom{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
		Format: "CycloneDX", SpecVersion: "1.6", Version: 1,
	}
	for _, mod := range m.sorted() {
		c, err := r.component(mod)
		if err != nil {
			return nil, err
		}
		d := dependency{Ref: c.Ref}
		for _, path := range slices.Sorted(maps.Keys(mod.needs)) {
			d.DependsOn = append(d.DependsOn, r.ref(m[path]))
		}
		b.Dependencies = append(b.Dependencies, d)
		if !mod.Main {
			b.Components = append(b.Components, c)
			continue
		}
		for _, t := range r.targets {
			sum, err := sumOf(r.binary(t))
			if err != nil {
				return nil, err
			}
			file := filepath.Base(r.binary(t))
			c.Components = append(c.Components, component{
				Type: "file", Ref: "file:" + file, Name: file, Hashes: []hash{{"SHA-256", sum}},
			})
		}
		b.Metadata.Component = c
	}
	if epoch := os.Getenv("SOURCE_DATE_EPOCH"); epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("SOURCE_DATE_EPOCH: %q is not a number of seconds", epoch)
		}
		b.Metadata.Timestamp = time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	}
	// The serial number is a UUID of version 8, which may be made from
	// anything: here from all the rest.
	plain, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(plain)
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	b.SerialNumber = fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:16])

	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(b); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (r *release) component(m *module) (component, error) {
	c := component{Type: "library", Ref: r.ref(m), Name: m.Path, Version: m.Version, PURL: r.ref(m)}
	text, err := m.licence()
	if err != nil {
		return c, err
	}
	id, err := spdx(text)
	if err != nil {
		return c, fmt.Errorf("module %s: %w", m.Path, err)
	}
	c.Licences = make([]licence, 1)
	c.Licences[0].Licence.ID = id
	if m.Sum != "" {
		c.Properties = []property{{"go.sum", m.Sum}}
	}
	if m.Main {
		c.Type, c.Version = "application", r.version
	}
	return c, nil
}

// ref is the package URL of a module, by which the bill refers to it.
func (r *release) ref(m *module) string {
	version := m.Version
	if m.Main {
		version = r.version
	}
	return "pkg:golang/" + m.Path + "@" + version
}
