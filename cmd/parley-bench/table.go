package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// row is one line of the table.
type row struct {
	Store  string  `json:"store"`
	What   string  `json:"what"`
	Parley string  `json:"parley"`
	Raw    string  `json:"against"`         // what it is compared with
	Ratio  float64 `json:"ratio,omitempty"` // Parley's to that, the median of all rounds; 0 if nothing is compared
	Low    float64 `json:"low,omitempty"`   // the lowest ratio of a round
	High   float64 `json:"high,omitempty"`  // the highest
	Goal   string  `json:"goal,omitempty"`  // as it is written
	Met    *bool   `json:"met,omitempty"`   // whether the median meets it
}

// goal is what a ratio should be.
type goal struct {
	limit   float64
	atLeast bool // otherwise at most
	number  int  // in the list of goals
}

func (g goal) String() string {
	sign := "≤"
	if g.atLeast {
		sign = "≥"
	}
	return fmt.Sprintf("%s %.3g (goal %d)", sign, g.limit, g.number)
}

func (g goal) met(ratio float64) *bool {
	met := ratio <= g.limit
	if g.atLeast {
		met = ratio >= g.limit
	}
	return &met
}

// compared returns the row of a comparison. ratios has one of each round.
func compared(store, what, parley, raw string, ratios []float64, g *goal) row {
	slices.Sort(ratios)
	r := row{
		Store: store, What: what, Parley: parley, Raw: raw,
		Ratio: ratios[len(ratios)/2], Low: ratios[0], High: ratios[len(ratios)-1],
	}
	if g != nil {
		r.Goal, r.Met = g.String(), g.met(r.Ratio)
	}
	return r
}

// markdown prints the rows as a table.
func markdown(w io.Writer, rows []row) error {
	var text strings.Builder
	text.WriteString("| store | what | Parley | against | ratio (rounds) | goal | met |\n|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		ratio, met := "", ""
		if r.Ratio > 0 {
			ratio = fmt.Sprintf("**%.2f** (%.2f–%.2f)", r.Ratio, r.Low, r.High)
		}
		if r.Met != nil {
			met = map[bool]string{true: "yes", false: "no"}[*r.Met]
		}
		_, _ = fmt.Fprintf(&text, "| %s | %s | %s | %s | %s | %s | %s |\n", r.Store, r.What, r.Parley, r.Raw, ratio, r.Goal, met)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// times is how long each of several repetitions took.
type times []time.Duration

// at returns the time within which this share of the repetitions was done.
func (t times) at(share float64) time.Duration {
	sorted := slices.Sorted(slices.Values(t))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func (t times) p50() time.Duration { return t.at(0.5) }

// String gives the median and the 99th percentile, or the highest of few.
func (t times) String() string {
	tail := "p99"
	if len(t) < 100 {
		tail = "max"
	}
	return fmt.Sprintf("%s, %s %s", short(t.p50()), tail, short(t.at(0.99)))
}

// short writes a time with three digits.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%.3g µs", float64(d)/1e3)
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.3g s", d.Seconds())
}

// ratio returns a to b.
func ratio[N int | int64 | float64 | time.Duration](a, b N) float64 { return float64(a) / float64(b) }

// pair is the times of two things done in turn, with the ratio of each round.
type pair struct {
	parley, raw times
	ratios      []float64 // of the medians of each round
}

// turns does two things n times in turn, in each of several rounds. Which comes
// first changes with every turn.
func turns(rounds, n int, parley, raw func(i int) error) (pair, error) {
	var p pair
	timed := func(t *times, i int, do func(int) error) error {
		began := time.Now()
		err := do(i)
		*t = append(*t, time.Since(began))
		return err
	}
	for round := range rounds {
		var ours, theirs times
		for k := range n {
			i := round*n + k
			steps := []func() error{
				func() error { return timed(&ours, i, parley) },
				func() error { return timed(&theirs, i, raw) },
			}
			for step := range steps {
				if err := steps[(step+k)%2](); err != nil {
					return p, err
				}
			}
		}
		p.parley, p.raw = append(p.parley, ours...), append(p.raw, theirs...)
		p.ratios = append(p.ratios, ratio(ours.p50(), theirs.p50()))
	}
	return p, nil
}
