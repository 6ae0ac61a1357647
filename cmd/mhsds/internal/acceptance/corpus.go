package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"mhsds/dictionary"
	"mhsds/dictionary/schema"
	"mhsds/dictionary/synthetic"
	"mhsds/schemas"
)

// corpusSeed and corpusSize fix what is judged.
const (
	corpusSeed = 2026
	corpusSize = 1000
)

// A corpus is the submissions, and what makes and judges them.
type corpus struct {
	d           *dictionary.Dictionary
	g           *synthetic.Generator
	schemas     fs.FS
	submissions []submission
}

// A submission is one of the corpus: generated, or a fixture of the project.
type submission struct {
	name      string
	cfg       synthetic.Config
	container container
	setting   setting
	damaged   bool   // its files are changed once they are written
	fixture   string // path; "" if it is generated
}

// release is the folder of schemas by which everything is made and judged.
const release = "v6.0"

func newCorpus(root string) (*corpus, error) {
	from, err := fs.Sub(schemas.FS, release)
	if err != nil {
		return nil, err
	}
	d, err := schema.Read(from)
	if err != nil {
		return nil, err
	}
	g, err := synthetic.New(d, nil)
	if err != nil {
		return nil, err
	}
	c := &corpus{d: d, g: g, schemas: from}
	if err := c.fixtures(root); err != nil {
		return nil, err
	}
	rules, wholes, err := c.breakable()
	if err != nil {
		return nil, err
	}
	for len(c.submissions) < corpusSize {
		c.submissions = append(c.submissions, c.draw(len(c.submissions), rules, wholes))
	}
	return c, nil
}

// fixtures adds the submissions of the project, among them the databases that
// other programs wrote.
func (c *corpus) fixtures(root string) error {
	for _, pattern := range []string{"validate/source/access/testdata/*.accdb.gz", "validate/source/access/testdata/*.mdb.gz", "testdata/submissions/*"} {
		paths, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			return err
		}
		found := false
		for _, p := range paths {
			if info, err := os.Stat(p); err != nil || !info.IsDir() && !strings.HasSuffix(p, ".gz") {
				continue // what is expected of a submission lies beside it
			}
			found = true
			c.submissions = append(c.submissions, submission{name: filepath.Base(p), fixture: p, setting: plain})
		}
		if !found {
			return fmt.Errorf("no fixture matches %s: is %s the module's root?", pattern, root)
		}
	}
	return nil
}

// nothing is a writer that keeps nothing.
type nothing struct{}

func (nothing) Begin(*dictionary.Table) error { return nil }
func (nothing) Row([][]byte) error            { return nil }
func (nothing) End() error                    { return nil }

// breakable lists the rules that can be broken beside others, and those that
// are about a submission as a whole.
func (c *corpus) breakable() (rules, wholes []string, err error) {
	cfg := synthetic.Config{Patients: 5 * len(c.d.Rules) / 2, Period: periods()[0], Break: []string{synthetic.All}}
	res, err := c.g.Generate(context.Background(), cfg, nothing{})
	if err != nil {
		return nil, nil, err
	}
	together := map[string]bool{}
	for _, a := range res.Answers {
		together[a.Code] = true
		rules = append(rules, a.Code)
	}
	for i := range c.d.Rules {
		if code := c.d.Rules[i].Code; !together[code] {
			if _, err := c.g.Prepare(synthetic.Config{Patients: 3, Period: cfg.Period, Break: []string{code}}); err == nil {
				wholes = append(wholes, code)
			}
		}
	}
	if len(rules) == 0 || len(wholes) == 0 {
		return nil, nil, errors.New("the generator breaks no rules")
	}
	return rules, wholes, nil
}

// periods are the months of the submissions: on both sides of each change of a
// list, and a February.
func periods() []string {
	return []string{"2026-09", "2026-04", "2026-03", "2026-02", "2025-12", "2024-05", "2024-04"}
}

// rowsAPatient is about how many rows a submission has for a patient.
const rowsAPatient = 25

// draw makes up the i-th submission. Nothing but the seed decides.
func (c *corpus) draw(i int, rules, wholes []string) submission {
	r := rand.New(rand.NewPCG(corpusSeed, uint64(i)))
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	s := submission{
		cfg:       synthetic.Config{Patients: patients(r, i), Period: periods()[0], Seed: uint64(i), Workers: 1},
		container: container(i % int(containers)),
		setting:   setting(r.IntN(int(settings))),
	}
	if r.IntN(3) == 0 {
		s.cfg.Period = pick(periods())
	}
	if s.container == folderCSV || s.container == folderJSON {
		s.damaged = r.IntN(3) == 0
	}
	switch kind := r.IntN(20); {
	case i%everyRule == everyRule-1:
		s.cfg.Patients = 5 * len(c.d.Rules) / 2
		s.cfg.Break = []string{synthetic.All}
		s.name = "every rule broken"
	case kind < 5:
		s.name = "clean"
	case kind < 12:
		// From one row in a thousand to every row, evenly by order of magnitude.
		s.cfg.FaultRate = math.Pow(10, -3*r.Float64())
		if r.IntN(8) == 0 {
			s.cfg.FaultRate = 1
		}
		s.name = fmt.Sprintf("%.2g of rows faulty", s.cfg.FaultRate)
	case kind < 17:
		s.cfg.Patients = max(s.cfg.Patients, 8)
		n := 1 + r.IntN(min(40, s.cfg.Patients/4))
		for range n {
			s.cfg.Break = append(s.cfg.Break, pick(rules))
		}
		s.name = fmt.Sprintf("%d rules broken", n)
	case kind < 18:
		s.cfg.Patients = min(s.cfg.Patients, 200)
		s.cfg.Break = []string{pick(wholes)}
		s.name = s.cfg.Break[0] + " broken"
	default:
		// Some tables without the others that they refer to, down to the one row
		// of the header.
		header, _ := c.d.Role("header")
		if s.cfg.Tables = append(s.cfg.Tables, header.ID); r.IntN(3) > 0 {
			for range r.IntN(6) {
				s.cfg.Tables = append(s.cfg.Tables, c.d.Tables[r.IntN(len(c.d.Tables))].ID)
			}
		}
		s.name = fmt.Sprintf("%d tables", len(s.cfg.Tables))
	}
	return s
}

// Every so many submissions one breaks every rule, and one is as long as the
// longest. Neither is a multiple of the number of containers.
const (
	everyRule = 151
	longest   = 197
)

// patients draws a number of patients: mostly a few, with a long tail.
func patients(r *rand.Rand, i int) int {
	const most = 100_000 / rowsAPatient
	n := int(math.Exp(3 + 1.6*r.NormFloat64()))
	if i%longest == longest-1 {
		return most
	}
	return max(1, min(n, most))
}
