package oracle

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mhsds/dictionary"
)

// readCSV returns the records of a file by column; a missing file has none.
func readCSV(t testing.TB, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]string
	for _, row := range rows[1:] {
		record := map[string]string{}
		for i, v := range row {
			record[rows[0][i]] = v
		}
		list = append(list, record)
	}
	return list
}

// TestSubmissions: on the small submissions the oracle finds every finding on a
// record that is expected, and no other.
func TestSubmissions(t *testing.T) {
	const folder = "../../testdata/submissions"
	o := open(t)
	d := o.Dictionary()
	header, _ := d.Role("header")
	for _, name := range []string{"small-valid", "small-faulty", "small-faulty-reject"} {
		t.Run(name, func(t *testing.T) {
			rows := map[string][]map[string]string{}
			total := 0
			for i := range d.Tables {
				table := &d.Tables[i]
				rows[table.ID] = readCSV(t, filepath.Join(folder, name, table.Name+".csv"))
				total += len(rows[table.ID])
			}
			if total < 400 {
				t.Fatalf("%d rows in all; is the submission there?", total)
			}
			o.Bind(rows[header.ID][0], nil)
			parents := func(table, field, key string) (list []map[string]string) {
				for _, row := range rows[table] {
					if strings.Trim(row[field], " ") == key {
						list = append(list, row)
					}
				}
				return list
			}
			var got []string
			for i := range d.Tables {
				table := &d.Tables[i]
				for n, record := range rows[table.ID] {
					codes, err := o.Verdicts(table, record, parents)
					if err != nil {
						t.Fatal(err)
					}
					for _, code := range codes {
						got = append(got, fmt.Sprintf("%s %d %s", table.Name, n+1, code))
					}
				}
			}
			var want []string
			for _, e := range readCSV(t, filepath.Join(folder, name+".expected.csv")) {
				r := d.Rule(e["code"])
				if r == nil {
					t.Fatalf("expected rule %s is not in the dictionary", e["code"])
				}
				if judged(r.Kind) && r.Kind != dictionary.FileCheck {
					want = append(want, fmt.Sprintf("%s %s %s", e["table"], e["row"], e["code"]))
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("findings differ (-want +got):\n%s", diff)
			}
			t.Logf("%d rows, %d findings on records", total, len(got))
		})
	}
}
