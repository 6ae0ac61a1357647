package check

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"mhsds/validate/batch"
)

// The benchmarks report ns a cell for batches of 4096 rows of which 37 % are
// blank, as in the standard's widest tables; the order of the blanks cannot be
// guessed. Several batches in turn keep the branch predictor from learning
// one by heart.

const (
	benchRows    = 4096
	benchBatches = 1
)

// benchBatch is a batch of one or two columns laid out as rows of a file.
type benchBatch struct {
	text []byte
	a, b batch.Column
	fail batch.Mask
}

func benchData(blank int, a, b func(r *rand.Rand) string) []benchBatch {
	r := rand.New(rand.NewPCG(1, 2))
	batches := make([]benchBatch, benchBatches)
	for i := range batches {
		bb := &batches[i]
		put := func(c *batch.Column, make func(r *rand.Rand) string) {
			v := ""
			if make != nil && r.IntN(100) >= blank {
				v = make(r)
			}
			c.Cells = append(c.Cells, batch.MakeCell(len(bb.text), len(v)))
			bb.text = append(append(bb.text, v...), ',')
		}
		for range benchRows {
			bb.text = append(bb.text, "SR0000123,"...)
			put(&bb.a, a)
			bb.text = append(bb.text, "2026-09-01,,01,"...)
			put(&bb.b, b)
			bb.text = append(bb.text, "X\n"...)
		}
		bb.text = append(bb.text, make([]byte, batch.Slack)...)
		bb.fail = batch.NewMask(benchRows)
	}
	return batches
}

func bench(b *testing.B, data []benchBatch, kernel func(d *benchBatch)) {
	b.Helper()
	i := 0
	for b.Loop() {
		d := &data[i%benchBatches]
		i++
		kernel(d)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/cell")
	b.ReportMetric(0, "ns/op")
}

func pick(codes []string) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return codes[r.IntN(len(codes))] }
}

func number(width int) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return fmt.Sprintf("%0*d", width, r.IntN(1e6)) }
}

func someDate(r *rand.Rand) string {
	return string(batch.AppendDay(nil, batch.Day(1930, 1, 1)+int32(r.IntN(36000))))
}

func someWords(n int) []string {
	r := rand.New(rand.NewPCG(3, 4))
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprintf("NCBPS%02dE/OP_%X", r.IntN(100), r.IntN(1<<r.IntN(60)))
	}
	return words
}

func someConcepts(n int) []string {
	r := rand.New(rand.NewPCG(5, 6))
	list := make([]string, n)
	for i := range list {
		list[i] = concept(fmt.Sprintf("%d", 1000+r.IntN(1<<(20+r.IntN(30)))), "00")
	}
	return list
}

func BenchmarkBlank(b *testing.B) {
	bench(b, benchData(37, number(4), nil), func(d *benchBatch) { Blank(&d.a, d.fail) })
}

func BenchmarkLength(b *testing.B) {
	data := benchData(37, func(r *rand.Rand) string { return "ABCDEFGHIJKLMNOP"[:4+r.IntN(10)] }, nil)
	b.Run("ascii", func(b *testing.B) {
		bench(b, data, func(d *benchBatch) { Length(d.text, &d.a, 2, 20, d.fail) })
	})
	for i := range data {
		data[i].a.Odd = true
	}
	b.Run("odd", func(b *testing.B) {
		bench(b, data, func(d *benchBatch) { Length(d.text, &d.a, 2, 20, d.fail) })
	})
}

func BenchmarkDigits(b *testing.B) {
	for _, width := range []int{3, 8, 10, 18} {
		data := benchData(37, number(width), nil)
		b.Run(fmt.Sprint(width), func(b *testing.B) {
			bench(b, data, func(d *benchBatch) { Digits(d.text, &d.a, 1, 18, d.fail) })
		})
	}
}

func BenchmarkMatch(b *testing.B) {
	a := must(NewAutomaton(`^[a-zA-Z]{1,2}[0-9][a-zA-Z0-9]?[ ]+[0-9][a-zA-Z]{2}$`))
	bench(b, benchData(37, pick([]string{"LS1 4AP", "SW1A 1AA", "B33 8TH", "CR2 6XH"}), nil), func(d *benchBatch) { Match(d.text, &d.a, a, d.fail) })
}

func BenchmarkIn(b *testing.B) {
	var two, mixed []string
	for i := range 60 {
		two = append(two, fmt.Sprintf("%02d", i))
	}
	mixed = append(append(mixed, two...), "A", "B", "C", "XXX", "ABCDEFGH")
	sets := []struct {
		name  string
		codes []string
	}{
		{"one", []string{"1", "2", "3", "9", "X", "Y", "N"}},
		{"two", two},
		{"short", mixed},
		{"mixed", append(mixed, "ABCDEFGHIJKL")},
		{"long", someWords(120)},
	}
	for _, s := range sets {
		set := NewCodeSet(s.codes)
		data := benchData(37, pick(s.codes), nil)
		b.Run(s.name, func(b *testing.B) {
			bench(b, data, func(d *benchBatch) { In(d.text, &d.a, set, d.fail) })
		})
	}
}

func BenchmarkDates(b *testing.B) {
	b.Run("date", func(b *testing.B) {
		bench(b, benchData(37, someDate, nil), func(d *benchBatch) {
			d.a.HasDays = false
			Dates(d.text, &d.a)
		})
	})
	b.Run("midnight", func(b *testing.B) {
		bench(b, benchData(37, func(r *rand.Rand) string { return someDate(r) + " 00:00:00" }, nil), func(d *benchBatch) {
			d.a.HasDays = false
			Dates(d.text, &d.a)
		})
	})
	b.Run("timestamp", func(b *testing.B) {
		bench(b, benchData(37, func(r *rand.Rand) string { return someDate(r) + "T10:20:30Z" }, nil), func(d *benchBatch) {
			d.a.HasDays = false
			TimestampDates(d.text, &d.a)
		})
	})
}

func BenchmarkDateOrder(b *testing.B) {
	data := benchData(37, someDate, func(*rand.Rand) string { return "2035-01-01" })
	for i := range data {
		Dates(data[i].text, &data[i].a)
		Dates(data[i].text, &data[i].b)
	}
	b.Run("ValidDate", func(b *testing.B) {
		bench(b, data, func(d *benchBatch) { ValidDate(&d.a, -29219, d.fail) })
	})
	b.Run("NotAfter", func(b *testing.B) {
		bench(b, data, func(d *benchBatch) { NotAfter(&d.a, 30000, d.fail) })
	})
	b.Run("NotAfterColumn", func(b *testing.B) {
		bench(b, data, func(d *benchBatch) { NotAfterColumn(&d.a, &d.b, 0, d.fail) })
	})
}

func BenchmarkValidTimestamp(b *testing.B) {
	bench(b, benchData(37, func(r *rand.Rand) string { return someDate(r) + "T10:20:30Z" }, nil), func(d *benchBatch) {
		ValidTimestamp(d.text, &d.a, -29219, d.fail)
	})
}

func BenchmarkTimes(b *testing.B) {
	bench(b, benchData(37, func(r *rand.Rand) string {
		return fmt.Sprintf("%02d:%02d:00", r.IntN(24), r.IntN(60))
	}, nil), func(d *benchBatch) { Times(d.text, &d.a, d.fail) })
}

func BenchmarkNHSNumber(b *testing.B) {
	bench(b, benchData(37, someNHSNumber, nil), func(d *benchBatch) { NHSNumber(d.text, &d.a, d.fail) })
}

func BenchmarkSnomed(b *testing.B) {
	attributes := [][]byte{[]byte("408730004"), []byte("363589002")}
	partitions := [][]byte{[]byte("00"), []byte("10")}
	bench(b, benchData(37, pick(someConcepts(500)), nil), func(d *benchBatch) {
		Snomed(d.text, &d.a, 6, 56, attributes, partitions, d.fail)
	})
}

func BenchmarkSchemeCode(b *testing.B) {
	tests := []SchemeTest{{[]byte("02"), ICD10}, {[]byte("06"), SNOMED}}
	bench(b, benchData(37, pick(someConcepts(500)), pick([]string{"06"})), func(d *benchBatch) {
		SchemeCode(d.text, &d.a, &d.b, tests, d.fail)
	})
}

func BenchmarkScales(b *testing.B) {
	concepts := someConcepts(400)
	var list []Scale
	for i, c := range concepts {
		s := Scale{Concept: c, Known: true, Low: "0", High: "40", Decimals: 1}
		if i%2 == 0 {
			s = Scale{Concept: c, Known: true, Values: []string{"0", "1", "2", "3", "4", "9"}}
		}
		list = append(list, s)
	}
	scales := must(NewScales(list))
	data := benchData(37, pick([]string{"0", "1", "2", "3", "4"}), pick(concepts))
	b.Run("Code", func(b *testing.B) {
		bench(b, data, func(d *benchBatch) { AssessmentCode(d.text, &d.b, scales, d.fail) })
	})
	b.Run("Score", func(b *testing.B) {
		bench(b, data, func(d *benchBatch) { AssessmentScore(d.text, &d.a, &d.b, scales, d.fail) })
	})
}

func BenchmarkEqual(b *testing.B) {
	data := benchData(37, number(6), number(6))
	v := []byte("000001")
	b.Run("Const", func(b *testing.B) {
		bench(b, data, func(d *benchBatch) { EqualConst(d.text, &d.a, v, d.fail) })
	})
	b.Run("Columns", func(b *testing.B) {
		bench(b, data, func(d *benchBatch) { EqualColumns(d.text, &d.a, &d.b, d.fail) })
	})
}

func BenchmarkMaterialize(b *testing.B) {
	var whole batch.Batch
	for b.Loop() {
		whole.Reset(1, benchRows)
		stamps := whole.SetTyped(0, benchRows)
		for i := range stamps {
			stamps[i] = batch.Stamp{Day: int32(20000 + i), Second: 3600}
		}
		whole.Truncate(benchRows)
		Materialize(&whole, 0)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/cell")
	b.ReportMetric(0, "ns/op")
}
