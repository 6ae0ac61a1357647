package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"mhsds/dictionary"
	"mhsds/validate/bounded"
)

// twiceIn says how many of the made extract's referrals are in the submission
// too: one in so many.
const twiceIn = 100

// makeExtract writes what a Talking Therapies service might submit beside the
// submission in a folder of CSV files: a referral of every second patient, in
// no order, one in twiceIn with the identifier of one of the submission's. It
// returns the number of referrals.
func makeExtract(path, folder string) (rows int, err error) {
	d, err := embedded()
	if err != nil {
		return 0, err
	}
	numbers, err := columnOf(folder, d, "nhs_number")
	if err != nil {
		return 0, err
	}
	ids, err := columnOf(folder, d, "referral_id")
	if err != nil {
		return 0, err
	}
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(numbers))
	order = order[:len(order)/2]
	f, err := os.Create(path)
	if err != nil {
		return 0, incompletef("bench: %w", unpath(err))
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "referral id,NHS number,referral date,team")
	for n, i := range order {
		id := fmt.Sprintf("TT%07d", i)
		if n%twiceIn == 0 && len(ids) > 0 {
			id = ids[i*len(ids)/len(numbers)]
		}
		fmt.Fprintf(w, "%s,%s,%s-%02d,TT\n", id, numbers[i], dictionary.ScalesFrom[:len("2026-04")], i%30+1)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return 0, incompletef("bench: %w", unpath(err))
	}
	return len(order), nil
}

// columnOf reads the column that plays the role from its table's file.
func columnOf(folder string, d *dictionary.Dictionary, role string) (values []string, err error) {
	t, field := d.Role(role)
	if field == nil {
		return nil, faultf("no field plays the role %s", role)
	}
	f, err := os.Open(filepath.Join(folder, t.Name+".csv"))
	if err != nil {
		return nil, incompletef("bench: %w", unpath(err))
	}
	defer f.Close()
	c := bounded.NewCells(f, ',')
	at := -1
	for {
		cells, err := c.Next()
		switch {
		case err == io.EOF:
			return values, nil
		case err != nil:
			return nil, incompletef("bench: %w", unpath(err))
		case at < 0:
			if at = slices.IndexFunc(cells, func(v []byte) bool { return string(v) == field.Name }); at < 0 {
				return nil, faultf("%s has no column %s", t.Name, field.Name)
			}
		default:
			values = append(values, string(cells[at]))
		}
	}
}
