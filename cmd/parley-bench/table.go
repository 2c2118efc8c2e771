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
	Figure  string  `json:"figure"` // what is measured, in a word that stays
	What    string  `json:"what"`   // the same in a sentence
	Parley  string  `json:"parley"`
	Against string  `json:"against"`          // what it is compared with
	Ours    float64 `json:"ours,omitempty"`   // Parley's median, in Unit
	Theirs  float64 `json:"theirs,omitempty"` // the other's
	Unit    string  `json:"unit"`             // µs, k/s or MiB
	Ratio   float64 `json:"ratio,omitempty"`  // Parley's to that, the median of all rounds; 0 if nothing is compared
	Low     float64 `json:"low,omitempty"`    // the lowest ratio of a round
	High    float64 `json:"high,omitempty"`   // the highest
	Goal    string  `json:"goal,omitempty"`   // as it is written
	Number  int     `json:"number,omitempty"` // of the goal
	Met     *bool   `json:"met,omitempty"`    // whether the median meets it
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

// within says that a figure itself, and not its ratio, should be no more than
// the goal's limit, in a unit that is the figure's.
func (r row) within(g goal) row {
	r.Goal, r.Number, r.Met = fmt.Sprintf("≤ %g %s (goal %d)", g.limit, r.Unit, g.number), g.number, g.met(r.Ours)
	return r
}

// figure is what was measured of one side.
type figure struct {
	value float64 // the median, in unit
	unit  string
	text  string // for people
}

// compared returns the row of a comparison with something. ratios has one of
// each round; g may be nil.
func compared(name, what string, ours, theirs figure, with string, ratios []float64, g *goal) row {
	r := row{
		Figure: name, What: what, Parley: ours.text, Against: theirs.text + " (" + with + ")",
		Ours: ours.value, Theirs: theirs.value, Unit: ours.unit,
	}
	if len(ratios) > 0 {
		slices.Sort(ratios)
		r.Ratio, r.Low, r.High = ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1]
	}
	if g != nil {
		r.Goal, r.Number, r.Met = g.String(), g.number, g.met(r.Ratio)
	}
	return r
}

// alone returns the row of something that is compared with nothing.
func alone(name, what string, ours figure, remark string) row {
	return row{Figure: name, What: what, Parley: ours.text, Against: remark, Ours: ours.value, Unit: ours.unit}
}

// markdown prints rows as a table.
func markdown(w io.Writer, rows []row) error {
	var text strings.Builder
	text.WriteString("| what | Parley | against | ratio (rounds) | goal | met |\n|---|---|---|---|---|---|\n")
	for _, r := range rows {
		ratio, met := "", ""
		if r.Ratio > 0 {
			ratio = fmt.Sprintf("**%s** (%s–%s)", digits(r.Ratio), digits(r.Low), digits(r.High))
		}
		if r.Met != nil {
			met = map[bool]string{true: "yes", false: "**no**"}[*r.Met]
		}
		_, _ = fmt.Fprintf(&text, "| %s | %s | %s | %s | %s | %s |\n", r.What, r.Parley, r.Against, ratio, r.Goal, met)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// digits writes a ratio with as many places as mean something.
func digits(ratio float64) string {
	switch {
	case ratio >= 100:
		return fmt.Sprintf("%.0f", ratio)
	case ratio >= 10:
		return fmt.Sprintf("%.1f", ratio)
	case ratio < 0.1:
		return fmt.Sprintf("%.2g", ratio)
	}
	return fmt.Sprintf("%.2f", ratio)
}

// times is how long each of several repetitions took.
type times []time.Duration

// at returns the time within which this share of the repetitions was done.
func (t times) at(share float64) time.Duration {
	sorted := slices.Sorted(slices.Values(t))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func (t times) p50() time.Duration { return t.at(0.5) }

// figure gives the median and the 99th percentile, or the highest of few.
func (t times) figure() figure {
	tail := "p99"
	if len(t) < 100 {
		tail = "max"
	}
	return figure{float64(t.p50()) / 1e3, "µs", fmt.Sprintf("%s, %s %s", short(t.p50()), tail, short(t.at(0.99)))}
}

// rate gives how many of n things are done in a second, each time by itself
// being that of all.
func (t times) rate(n int) figure {
	value := float64(n) / 1e3 / t.p50().Seconds()
	return figure{value, "k/s", fmt.Sprintf("%.3g k/s", value)}
}

// memory gives bytes.
func memory(bytes int64) figure {
	return figure{float64(bytes) / (1 << 20), "MiB", fmt.Sprintf("%d MiB", bytes>>20)}
}

// short writes a time with three digits.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%.3g µs", float64(d)/1e3)
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", float64(d)/1e6)
	case d < 1000*time.Second:
		return fmt.Sprintf("%.3g s", d.Seconds())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

// ratio returns a to b.
func ratio[N int | int64 | float64 | time.Duration](a, b N) float64 { return float64(a) / float64(b) }
