package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mhsds/validate/scope"
)

func TestMakeExtract(t *testing.T) {
	folder := t.TempDir()
	d, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	for role, prefix := range map[string]string{"nhs_number": "999000000", "referral_id": "R"} {
		table, f := d.Role(role)
		text := "x," + f.Name + "\n"
		for _, n := range "0123456789" {
			text += "1," + prefix + string(n) + "\n"
		}
		if err := os.WriteFile(filepath.Join(folder, table.Name+".csv"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(folder, "extract.csv")
	rows, err := makeExtract(path, folder)
	if err != nil || rows != 5 {
		t.Fatalf("%d rows, %v, want a referral of every second of ten patients", rows, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e, err := scope.ReadExtract(strings.NewReader(string(text)), d)
	if err != nil || e.Rows != rows || e.Unusable != 0 || e.Undated != 0 {
		t.Errorf("%s\nis read as %+v, %v", text, e, err)
	}
	if strings.Count(string(text), "\nR") != 1 || strings.Count(string(text), "\nTT") != 4 {
		t.Errorf("%s\nwant one referral of the submission and four others", text)
	}
	if _, err := makeExtract(path, t.TempDir()); err == nil {
		t.Error("no submission, no error")
	}
}
