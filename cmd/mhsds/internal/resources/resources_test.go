package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// The committed files are those that "go generate" would write.
func TestFresh(t *testing.T) {
	const program = "../.."
	source, err := os.ReadFile(filepath.Join(program, "version.go"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := statedVersion(source)
	if err != nil {
		t.Fatal(err)
	}
	for _, processor := range processors() {
		want, err := resources(v, processor)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(program, fileOf(processor)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate ./cmd/mhsds", fileOf(processor))
		}
	}
}

func TestNumbers(t *testing.T) {
	tests := []struct {
		version  string
		want     [4]uint16
		released bool
		ok       bool
	}{
		{"0.1.0", [4]uint16{0, 1, 0, 0}, true, true},
		{"12.34.56", [4]uint16{12, 34, 56, 0}, true, true},
		{"1.2.3-rc.1", [4]uint16{1, 2, 3, 0}, false, true},
		{"1.2.65535", [4]uint16{1, 2, 65535, 0}, true, true},
		{"1.2.65536", [4]uint16{}, false, false},
		{"1.2", [4]uint16{}, false, false},
		{"v1.2.3", [4]uint16{}, false, false},
	}
	for _, tt := range tests {
		got, released, err := numbers(tt.version)
		if (err == nil) != tt.ok || tt.ok && (got != tt.want || released != tt.released) {
			t.Errorf("numbers(%q) = %v, %v, %v; want %v, %v, ok %v", tt.version, got, released, err, tt.want, tt.released, tt.ok)
		}
	}
}

// The manifest is XML, and every setting is in the name space that Windows
// reads it from.
func TestManifest(t *testing.T) {
	type setting struct {
		XMLName xml.Name
		Value   string `xml:",chardata"`
	}
	var m struct {
		Any struct {
			Settings struct {
				All []setting `xml:",any"`
			} `xml:"urn:schemas-microsoft-com:asm.v3 windowsSettings"`
		} `xml:"urn:schemas-microsoft-com:asm.v3 application"`
	}
	if err := xml.Unmarshal(fmt.Appendf(nil, manifest, "1.2.3.0"), &m); err != nil {
		t.Fatal(err)
	}
	want := []setting{
		{xml.Name{Space: "http://schemas.microsoft.com/SMI/2019/WindowsSettings", Local: "activeCodePage"}, "UTF-8"},
		{xml.Name{Space: "http://schemas.microsoft.com/SMI/2016/WindowsSettings", Local: "longPathAware"}, "true"},
	}
	got := m.Any.Settings.All
	if len(got) != len(want) {
		t.Fatalf("settings %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("setting %v, want %v", got[i], want[i])
		}
	}
}
