package validate

import (
	"io/fs"
	"testing"

	"mhsds/dictionary"
	"mhsds/schemas"
	"mhsds/validate/oracle"
)

// slow is the oracle as a Judge; lie, if set, is left out of what it says.
type slow struct {
	*oracle.Oracle
	lie string
}

func (s slow) Verdicts(t *dictionary.Table, record map[string]string, parents func(table, field, key string) []map[string]string) ([]string, error) {
	codes, err := s.Oracle.Verdicts(t, record, parents)
	var said []string
	for _, c := range codes {
		if c != s.lie {
			said = append(said, c)
		}
	}
	return said, err
}

func TestSecondOpinion(t *testing.T) {
	release, err := fs.Sub(schemas.FS, "v6.0")
	if err != nil {
		t.Fatal(err)
	}
	o, err := oracle.New(release)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"small-valid", "small-faulty", "small-faulty-reject"} {
		_, s := judged(t, Options{Judge: slow{o, ""}, BatchRows: 7}, load(t, name))
		if s.DisagreementCount != 0 {
			t.Errorf("%s: %d disagreements: %v", name, s.DisagreementCount, s.Disagreements)
		}
	}
	// The small faulty submission has two contacts with this fault.
	_, s := judged(t, Options{Judge: slow{o, "MHS20114"}}, load(t, "small-faulty"))
	if s.DisagreementCount != 2 || len(s.Disagreements) != 2 {
		t.Errorf("a judge that passes over a rule: %d disagreements %v, want 2", s.DisagreementCount, s.Disagreements)
	}
}
