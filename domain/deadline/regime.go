package deadline

import (
	"slices"

	"parley/domain/calendar"
	"parley/events"
)

// regime is what a clock's date was counted by for a time: since the day it was
// set, or since it was moved, moved back or started afresh.
type regime struct {
	since calendar.Date // no date for the first
	cause Kind          // what brought it about
	fresh calendar.Date // the day from which it is counted afresh, if it is
	moves []Turn        // the extensions and shortenings that stand; the last one counts
	told  []Turn        // all of them, with what was taken back, since it is counted so
}

// move returns the agreed date that counts, if there is one.
func (g regime) move() Turn {
	if n := len(g.moves); n > 0 {
		return g.moves[n-1]
	}
	return Turn{}
}

// regimes returns what the clock was counted by, in order: never none.
func (c Clock) regimes() []regime {
	var changes []Turn
	for _, t := range c.Turns {
		switch t.Kind {
		case Extended, ExtensionRemoved, Shortened, Restarted:
			changes = append(changes, t)
		}
	}
	slices.SortStableFunc(changes, func(a, b Turn) int { return a.On.Compare(b.On) })
	found := []regime{{}}
	var moves, told []Turn
	var fresh calendar.Date
	for _, t := range changes {
		told = append(slices.Clip(told), t)
		switch t.Kind {
		case Extended, Shortened:
			moves = append(moves, t)
		case ExtensionRemoved:
			moves = slices.DeleteFunc(moves, func(m Turn) bool { return m.Kind == Extended && (t.Until.IsZero() || m.Until == t.Until) })
		case Restarted:
			moves, told, fresh = nil, nil, t.On
		}
		found = append(found, regime{since: t.On, cause: t.Kind, fresh: fresh, moves: slices.Clone(moves), told: told})
	}
	return found
}

// now returns what the clock is counted by after all that happened to it.
func (c Clock) now() regime {
	all := c.regimes()
	return all[len(all)-1]
}

// question returns what the clock's date is counted from.
func (c Clock) question(cal calendar.Calendar, explain bool) question {
	own := Limit{Period: c.Period, Counting: c.Counting, Calendar: c.Calendar, Roll: c.Roll, Backward: c.Backward, ToMonthEnd: c.ToMonthEnd}
	rule, err := Find(c.Rule)
	if err != nil {
		rule = Rule{ID: ID(c.Rule), Title: c.Title, Limit: own}
	}
	q := question{
		cal: cal, rule: rule, limit: rule.over(own), settled: c.Counting != "", from: Moment{c.Trigger, c.Time},
		service: c.Service, stated: c.Stated, document: c.Document, explain: explain,
	}
	for _, p := range c.Pauses() {
		if !p.Until.IsZero() {
			q.pauses = append(q.pauses, p)
		}
	}
	if open, still := c.still(); still {
		q.apart = slices.DeleteFunc(c.apart(), func(p Span) bool { return !p.From.Before(open.From) })
	} else {
		q.apart = c.apart()
	}
	return q
}

// count answers the question by the regime.
func (g regime) count(q question) Count {
	var first calendar.Date
	if !g.fresh.IsZero() && !q.limit.Backward && q.stated.IsZero() {
		first = q.from.Date
		q.from, q.service = Moment{Date: g.fresh}, events.Service{}
	}
	if q.stated.IsZero() {
		if err := q.limit.Check(); err != nil { // only a log written by other rules can say this
			return Count{Due: q.from.Date, Steps: []Step{{q.from.Date, "due at once: " + err.Error()}}}
		}
	}
	var c Count
	move := g.move()
	if q.explain || move.Kind == "" {
		c = q.count()
	}
	if q.explain && !first.IsZero() {
		why := "reopened with fresh clocks on " + g.fresh.Long() + ": counted from that day; first counted from " + first.Long()
		c.Steps = slices.Concat([]Step{{g.fresh, why}}, c.Steps)
	}
	if q.explain {
		c.Steps = slices.Concat(c.Steps, g.story())
	}
	if move.Kind != "" {
		c = q.moved(c, move)
	}
	return c
}

// story says what was agreed about the date, in the order of the days on which
// it was, and which agreement counts where several stand.
func (g regime) story() []Step {
	var steps []Step
	for _, t := range g.told {
		switch t.Kind {
		case Extended:
			steps = append(steps, Step{t.On, "extended to " + t.Until.Long() + because(t.Why)})
		case Shortened:
			steps = append(steps, Step{t.On, "shortened by agreement to " + t.Until.Long() + because(t.Why)})
		case ExtensionRemoved:
			steps = append(steps, Step{t.On, "the extension" + to(t.Until) + " taken back" + because(t.Why)})
		}
	}
	if n := len(g.moves); n > 1 {
		on := g.moves[n-1].On
		steps = append(steps, Step{on, "what was agreed on " + on.Long() + " counts: it is the latest agreement by its day, whenever it was entered"})
	}
	return steps
}

// Breach is a day that passed without what was due being done.
type Breach struct {
	Due  calendar.Date `json:"due"`
	Time string        `json:"time,omitempty"`
	// Over is how it stopped being outstanding: extended, met, waived or another
	// kind of turn; empty while it is outstanding. On is the day of that.
	Over Kind          `json:"over,omitempty"`
	On   calendar.Date `json:"on,omitzero"`
}

// Breaches returns the days that had passed by today without the deadline being
// kept, each under what the clock was counted by then. An extension that is
// granted after the day leaves the breach on record.
func (c Clock) Breaches(cal calendar.Calendar, today calendar.Date) []Breach {
	q := c.question(cal, false)
	end, ended := c.end()
	open, still := c.still()
	all := c.regimes()
	var found []Breach
	for i, g := range all {
		if ended && g.since.After(end.On) {
			break
		}
		due := g.count(q)
		if still && !due.Due.Before(open.From) {
			continue // it stands still, and its day never comes
		}
		b := Breach{Due: due.Due, Time: due.Time}
		switch next := i + 1; {
		case next < len(all) && (!ended || !all[next].since.After(end.On)):
			b.Over, b.On = all[next].cause, all[next].since
		case ended:
			b.Over, b.On = end.Kind, end.On
		}
		late := due.Due.Before(today) && (b.Over == "" || due.Due.Before(b.On))
		if late || b.Over == EndedMet && after(end, due) {
			found = slices.DeleteFunc(found, func(o Breach) bool { return o.Due == b.Due })
			found = append(found, b)
		}
	}
	return found
}

// after reports whether a clock was met on the day it was due, but later.
func after(end Turn, due Count) bool {
	return end.On == due.Due && end.Time != "" && due.Time != "" && end.Time > due.Time
}

// Late reports whether the deadline was met, but after its day.
func (c Clock) Late(cal calendar.Calendar) bool {
	end, _ := c.end()
	if end.Kind != EndedMet {
		return false
	}
	due := c.untilEnd(end.On).now().count(c.question(cal, false))
	return due.Due.Before(end.On) || after(end, due)
}

// untilEnd returns the clock without what was agreed about it after it had ended.
func (c Clock) untilEnd(on calendar.Date) Clock {
	c.Turns = slices.DeleteFunc(slices.Clone(c.Turns), func(t Turn) bool { return t.On.After(on) })
	return c
}
