// Command resources writes the object files that the Windows builds of the
// program take in by themselves: what Windows shows of a program in its
// properties, and what it obeys besides running it.
//
//	resources_windows_amd64.syso, resources_windows_arm64.syso
//
// "go generate" runs it in the folder of the program, whose version.go states
// the version; a test fails when the files are stale.
package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"

	"github.com/tc-hib/winres"
	"github.com/tc-hib/winres/version"
)

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "resources:", err)
		os.Exit(1)
	}
}

func write() error {
	source, err := os.ReadFile("version.go")
	if err != nil {
		return err
	}
	v, err := statedVersion(source)
	if err != nil {
		return err
	}
	for _, processor := range processors() {
		object, err := resources(v, processor)
		if err != nil {
			return err
		}
		if err := os.WriteFile(fileOf(processor), object, 0o666); err != nil {
			return err
		}
	}
	return nil
}

func processors() []string { return []string{"amd64", "arm64"} }

// fileOf is a name that the go command takes into builds for Windows on that
// processor, and no others.
func fileOf(processor string) string { return "resources_windows_" + processor + ".syso" }

// statedVersion is the version that the source of the program states.
func statedVersion(source []byte) (string, error) {
	m := regexp.MustCompile(`(?m)^var version = "([^"]+)"$`).FindSubmatch(source)
	if m == nil {
		return "", fmt.Errorf("version.go states no version")
	}
	return string(m[1]), nil
}

// numbers returns the four numbers by which Windows compares versions, and
// whether v is one of a release rather than of something before it.
func numbers(v string) (four [4]uint16, released bool, err error) {
	m := regexp.MustCompile(`^([0-9]+)\.([0-9]+)\.([0-9]+)(-[0-9A-Za-z.-]+)?$`).FindStringSubmatch(v)
	if m == nil {
		return four, false, fmt.Errorf("version %q is not of the form 1.2.3 or 1.2.3-more", v)
	}
	for i := range 3 {
		if _, err := fmt.Sscan(m[i+1], &four[i]); err != nil {
			return four, false, fmt.Errorf("version %q: %w", v, err)
		}
	}
	return four, m[4] == "", nil
}

// manifest tells Windows how to run the program: as whoever starts it, never
// as administrator; with UTF-8 as the code page of the process, so that names
// of files and what is printed are right in every country; with paths beyond
// 260 characters. The library's own manifests know no code page.
const manifest = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <assemblyIdentity type="win32" name="mhsds" version="%s" processorArchitecture="*"/>
  <description>Mental Health Services Data Set validator</description>
  <compatibility xmlns="urn:schemas-microsoft-com:compatibility.v1">
    <application>
      <supportedOS Id="{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}"/>
    </application>
  </compatibility>
  <application xmlns="urn:schemas-microsoft-com:asm.v3">
    <windowsSettings>
      <activeCodePage xmlns="http://schemas.microsoft.com/SMI/2019/WindowsSettings">UTF-8</activeCodePage>
      <longPathAware xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">true</longPathAware>
    </windowsSettings>
  </application>
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3">
    <security>
      <requestedPrivileges>
        <requestedExecutionLevel level="asInvoker" uiAccess="false"/>
      </requestedPrivileges>
    </security>
  </trustInfo>
</assembly>
`

// Languages of resources, by Microsoft's numbers.
const (
	neutral = 0x0000
	british = 0x0809
)

// resources returns the object file for one processor.
func resources(v, processor string) ([]byte, error) {
	arch, ok := map[string]winres.Arch{"amd64": winres.ArchAMD64, "arm64": winres.ArchARM64}[processor]
	if !ok {
		return nil, fmt.Errorf("resources: processor %s is not known", processor)
	}
	four, released, err := numbers(v)
	if err != nil {
		return nil, err
	}

	var set winres.ResourceSet
	dotted := fmt.Sprintf("%d.%d.%d.%d", four[0], four[1], four[2], four[3])
	if err := set.Set(winres.RT_MANIFEST, winres.ID(1), neutral, fmt.Appendf(nil, manifest, dotted)); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}

	info := version.Info{FileVersion: four, ProductVersion: four, Type: version.App}
	info.Flags.Prerelease = !released
	for _, field := range [...][2]string{
		{version.ProductName, "mhsds"},
		{version.ProductVersion, v},
		{version.FileVersion, v},
		{version.FileDescription, "Mental Health Services Data Set validator"},
		{version.InternalName, "mhsds"},
		{version.OriginalFilename, "mhsds.exe"},
		{version.LegalCopyright, "MIT License; see the licences beside the download"},
	} {
		if err := info.Set(british, field[0], field[1]); err != nil {
			return nil, fmt.Errorf("version, %s: %w", field[0], err)
		}
	}
	set.SetVersionInfo(info)

	var b bytes.Buffer
	if err := set.WriteObject(&b, arch); err != nil {
		return nil, fmt.Errorf("resources: %w", err)
	}
	return b.Bytes(), nil
}
