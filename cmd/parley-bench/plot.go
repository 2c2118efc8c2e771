package main

import (
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strings"
)

// A panel is one of the diagrams that are drawn one below another: the figures
// that share a unit.
type panel struct {
	unit, title string
	figures     []curve
}

// curve is one figure, by the size of the store.
type curve struct {
	figure string // as rows have it
	name   string // beside the curve
}

// panels returns what is drawn.
func panels() []panel {
	return []panel{
		{"µs", "Time, median", []curve{
			{"append", "command, case in mind"},
			{"append-cold", "command, case looked up"},
			{"load-live", "case in use"},
			{"load-view", "case from the view on disk"},
			{"load-stream", "case from the stream"},
			{"follow", "fact until view"},
			{"process case note", "process: case note"},
			{"process deadline list", "process: deadline list"},
			{"server case note", "with a server: case note"},
			{"docket", "what is due"},
		}},
		{"k/s", "Rate, thousands a second", []curve{
			{"scan", "commits read and checked"},
			{"audit", "commits audited"},
			{"rebuild", "commits into views"},
			{"writers", "sixteen writers"},
		}},
		{"MiB", "Memory of a server", []curve{
			{"memory", "store open"},
			{"memory-peak", "the most, rebuilding"},
		}},
	}
}

// point is one figure of one store.
type point struct{ x, y float64 }

// points returns a figure of every store that has it, by size.
func (r results) points(figure string) (all []point) {
	for _, t := range r.Stores {
		for _, row := range t.Rows {
			if row.Figure == figure && t.Commits > 0 && row.Ours > 0 {
				all = append(all, point{float64(t.Commits), row.Ours})
			}
		}
	}
	slices.SortFunc(all, func(a, b point) int { return int(a.x - b.x) })
	return all
}

// Where things stand in the drawing, in pixels.
const (
	wide      = 920
	tall      = 420 // of a panel
	leftEdge  = 80
	rightEdge = 660 // of the diagram: names stand beyond it
	topEdge   = 50
	lowEdge   = 350
	lineHigh  = 16 // between names
)

// colours are told apart by most who see colours badly, on white.
func colours() []string {
	return []string{"#0072b2", "#d55e00", "#007d5c", "#8a4f9e", "#7a5c00", "#b3005e", "#333333", "#4d7d00", "#5c5c9e", "#a33b20"}
}

// axis maps values to places, by their logarithm.
type axis struct {
	low, high float64 // values, powers of ten
	from, to  float64 // places
}

// newAxis returns an axis that has room for all values.
func newAxis(values []float64, from, to float64) axis {
	low := math.Pow(10, math.Floor(math.Log10(slices.Min(values))))
	high := math.Pow(10, math.Ceil(math.Log10(slices.Max(values))))
	if low == high {
		high *= 10
	}
	return axis{low, high, from, to}
}

func (a axis) at(value float64) float64 {
	return a.from + (a.to-a.from)*math.Log(value/a.low)/math.Log(a.high/a.low)
}

// decades returns the powers of ten on the axis.
func (a axis) decades() (all []float64) {
	for v := a.low; v <= a.high*1.001; v *= 10 {
		all = append(all, v)
	}
	return all
}

// plot draws how each figure grows with the store, as SVG.
func (r results) plot(w io.Writer) error {
	var body strings.Builder
	drawn := 0
	for _, p := range panels() {
		if r.draw(&body, p, float64(drawn*tall)) {
			drawn++
		}
	}
	if drawn == 0 {
		text(&body, leftEdge, topEdge, "start", "#222", 14, "Nothing has been measured yet.")
		drawn = 1
	}
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="Helvetica, Arial, sans-serif" role="img">
<title>How figures grow with the store</title>
<rect width="100%%" height="100%%" fill="#fff"/>
%s</svg>
`, wide, drawn*tall, body.String())
	return err
}

// draw draws a panel, and reports whether there is anything in it.
func (r results) draw(b *strings.Builder, p panel, top float64) bool {
	curves := map[string][]point{}
	var xs, ys []float64
	for _, c := range p.figures {
		curves[c.figure] = r.points(c.figure)
		for _, at := range curves[c.figure] {
			xs, ys = append(xs, at.x), append(ys, at.y)
		}
	}
	if len(xs) == 0 {
		return false
	}
	x, y := newAxis(xs, leftEdge, rightEdge), newAxis(ys, top+lowEdge, top+topEdge)
	text(b, leftEdge, top+topEdge-20, "start", "#222", 16, p.title+" ("+p.unit+")")
	grid(b, p, x, y, top)
	used := []float64{}
	for i, c := range p.figures {
		if at := curves[c.figure]; len(at) > 0 {
			colour := colours()[i%len(colours())]
			stroke(b, at, x, y, colour)
			last := at[len(at)-1]
			name := beside(y.at(last.y), used)
			used = append(used, name)
			_, _ = fmt.Fprintf(b, `<path d="M%.1f %.1fL%d %.1f" stroke="%s" stroke-width="0.7" fill="none"/>`+"\n", x.at(last.x)+4, y.at(last.y), rightEdge+12, name, colour)
			text(b, rightEdge+16, name+4, "start", colour, 13, c.name+", "+short3(last.y)+" "+p.unit)
		}
	}
	return true
}

// beside returns the place nearest to one that keeps clear of those in use.
func beside(place float64, used []float64) float64 {
	for off := 0.0; ; off++ {
		for _, at := range []float64{place + off, place - off} {
			if !slices.ContainsFunc(used, func(u float64) bool { return math.Abs(u-at) < lineHigh }) {
				return at
			}
		}
	}
}

// grid draws the axes with their labels.
func grid(b *strings.Builder, p panel, x, y axis, top float64) {
	for _, v := range x.decades() {
		_, _ = fmt.Fprintf(b, `<path d="M%.1f %.1fV%.1f" stroke="#ddd"/>`+"\n", x.at(v), y.from, y.to)
		text(b, x.at(v), y.from+18, "middle", "#222", 12, grouped(v))
	}
	for _, v := range y.decades() {
		_, _ = fmt.Fprintf(b, `<path d="M%.1f %.1fH%.1f" stroke="#ddd"/>`+"\n", x.from, y.at(v), x.to)
		text(b, x.from-8, y.at(v)+4, "end", "#222", 12, grouped(v))
	}
	_, _ = fmt.Fprintf(b, `<path d="M%.1f %.1fV%.1fH%.1f" stroke="#222" fill="none"/>`+"\n", x.from, y.to, y.from, x.to)
	text(b, (x.from+x.to)/2, y.from+40, "middle", "#222", 13, "commits of cases in the store")
	_, _ = fmt.Fprintf(b, `<text transform="translate(18 %.1f) rotate(-90)" text-anchor="middle" fill="#222" font-size="13">%s</text>`+"\n",
		top+(topEdge+lowEdge)/2, html.EscapeString(p.unit))
}

// stroke draws a curve with its points.
func stroke(b *strings.Builder, all []point, x, y axis, colour string) {
	var path strings.Builder
	for i, at := range all {
		_, _ = fmt.Fprintf(&path, "%s%.1f %.1f", map[bool]string{true: "M", false: "L"}[i == 0], x.at(at.x), y.at(at.y))
		_, _ = fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`+"\n", x.at(at.x), y.at(at.y), colour)
	}
	_, _ = fmt.Fprintf(b, `<path d="%s" stroke="%s" stroke-width="1.8" fill="none"/>`+"\n", &path, colour)
}

func text(b *strings.Builder, x, y float64, anchor, colour string, size int, what string) {
	_, _ = fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s" font-size="%d">%s</text>`+"\n", x, y, anchor, colour, size, html.EscapeString(what))
}

// grouped writes a power of ten with its thousands apart.
func grouped(v float64) string {
	if v < 1 {
		return fmt.Sprint(v)
	}
	digits := fmt.Sprintf("%.0f", v)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + " " + digits[i:]
	}
	return digits
}

// short3 writes a value with three digits.
func short3(v float64) string {
	if v >= 1000 {
		return grouped(math.Round(v))
	}
	return fmt.Sprintf("%.3g", v)
}
