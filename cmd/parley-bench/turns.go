package main

import (
	"errors"
	"sync"
	"time"
)

// pair is the times of two things done in turn, with the ratio of each round.
type pair struct {
	parley, raw times
	ratios      []float64 // of the medians of each round
}

// row returns the row of the pair's comparison.
func (p pair) row(name, what, with string, g *goal) row {
	return compared(name, what, p.parley.figure(), p.raw.figure(), with, p.ratios, g)
}

// turns does two things n times in turn, in each of several rounds. Which comes
// first changes with every turn.
func turns(rounds, n int, parley, raw func(i int) error) (pair, error) {
	var p pair
	for round := range rounds {
		var took [2]times
		for k := range n {
			for turn := range 2 {
				which := (turn + k) % 2
				began := time.Now()
				if err := []func(int) error{parley, raw}[which](round*n + k); err != nil {
					return p, err
				}
				took[which] = append(took[which], time.Since(began))
			}
		}
		p.parley, p.raw = append(p.parley, took[0]...), append(p.raw, took[1]...)
		p.ratios = append(p.ratios, ratio(took[0].p50(), took[1].p50()))
	}
	return p, nil
}

// writers is how many write at once.
const writers = 16

// together has so many workers do something so many times each, and returns how
// long that took in all.
func together(workers, each int, do func(worker, k int) error) (time.Duration, error) {
	errs := make([]error, workers)
	var all sync.WaitGroup
	began := time.Now()
	for w := range workers {
		all.Go(func() {
			for k := range each {
				if errs[w] = do(w, k); errs[w] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(began), errors.Join(errs...)
}
