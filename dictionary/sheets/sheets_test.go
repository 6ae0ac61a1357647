package sheets

import (
	"bytes"
	"os"
	"testing"
)

const folder = "../v6.0"

func TestWriteRead(t *testing.T) {
	d, err := Read(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	files, err := Write(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		want, err := os.ReadFile(folder + "/" + f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(f.Data, want) {
			t.Errorf("%s: written bytes differ from the sheet read", f.Name)
		}
	}
}
