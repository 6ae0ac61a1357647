package synthetic

import (
	"math"
)

// Every value has a random number of its own, a hash of the seed, the row and
// the field. So a value does not depend on which others were made before it:
// any table can be made without the others, any patient without the ones
// before, and a child can work out its parent's dates again.

// mix is the finaliser of splitmix64: a bijection whose output bits all depend
// on all input bits.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// draw returns the salt-th random number of a seed.
func draw(seed, salt uint64) uint64 { return mix(seed + salt*0x9e3779b97f4a7c15) }

// below returns a number from 0 to n-1, from the upper half of h. n must be
// positive and below 2^32.
func below(h uint64, n int) int { return int((h >> 32) * uint64(n) >> 32) }

// threshold is the value below which 32 random bits fall with probability p.
func threshold(p float64) uint64 { return uint64(p * (1 << 32)) }

// chance reports whether the lower half of h says yes to a threshold.
func chance(h, threshold uint64) bool { return h&(1<<32-1) < threshold }

// skewed returns a number from 0 to n-1, low ones up to five times as often as
// high ones: real codes are not used equally, but none is never used.
func skewed(h uint64, n int) int {
	u := float64(h>>32) / (1 << 32)
	return int(float64(n) * u * (0.3 + 0.7*u))
}

// A counts is a distribution of how many rows there are under a parent: a
// logarithmic normal one, cut to whole numbers, by its quantiles. The last
// quantile of each step is divided again by the next, so that the tail reaches
// to one parent in a thousand million.
type counts struct {
	steps [3][quantiles]uint16
	mean  float64 // what it comes to; the bounds may keep it from what was asked
}

const quantiles = 1024

func (c *counts) at(h uint64) int {
	i := h >> 54
	if i < quantiles-1 {
		return int(c.steps[0][i])
	}
	if i = h >> 44 & (quantiles - 1); i < quantiles-1 {
		return int(c.steps[1][i])
	}
	return int(c.steps[2][h>>34&(quantiles-1)])
}

// newCounts returns the distribution with that mean whose logarithm has the
// standard deviation tail, cut off at least and most.
func newCounts(mean, tail float64, least, most int) *counts {
	c := new(counts)
	if most < least {
		most = least
	}
	// The weight of the i-th quantile is exp(tail * z); e to the mu scales it.
	var weight [3][quantiles]float64
	low, width := 0.0, 1.0
	for s := range weight {
		for i := range weight[s] {
			u := low + width*(float64(i)+0.5)/quantiles
			weight[s][i] = math.Exp(tail * math.Sqrt2 * math.Erfinv(2*u-1))
		}
		low += width * (quantiles - 1) / quantiles
		width /= quantiles
	}
	fill := func(scale float64) float64 {
		total, share := 0.0, 1.0/quantiles
		for s := range weight {
			n := quantiles - 1
			if s == len(weight)-1 {
				n = quantiles
			}
			for i := range n {
				v := min(max(scale*weight[s][i], float64(least)), float64(most), math.MaxUint16)
				c.steps[s][i] = uint16(v)
				total += share * float64(uint16(v))
			}
			share /= quantiles
		}
		return total
	}
	if tail == 0 { // one number or the next
		whole := int(mean)
		for i := range quantiles {
			v := whole
			if float64(i)+0.5 < (mean-float64(whole))*quantiles {
				v++
			}
			for s := range c.steps {
				c.steps[s][i] = uint16(min(max(v, least), most))
			}
		}
		c.mean = min(max(mean, float64(least)), float64(most))
		return c
	}
	if mean <= 0 {
		c.mean = fill(0)
		return c
	}
	lo, hi := 1e-6, 1e6
	for range 32 {
		if mid := math.Sqrt(lo * hi); fill(mid) < mean {
			lo = mid
		} else {
			hi = mid
		}
	}
	c.mean = fill(hi)
	return c
}

// exponential holds the quantiles of the exponential distribution of mean 1.
type exponential [quantiles]float32

func newExponential() *exponential {
	e := new(exponential)
	for i := range e {
		e[i] = float32(-math.Log(1 - (float64(i)+0.5)/quantiles))
	}
	return e
}

// days returns a waiting time of that mean, from 0 up.
func (e *exponential) days(h uint64, mean int) int { return int(e[h>>54] * float32(mean)) }
