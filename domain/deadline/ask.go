package deadline

import (
	"slices"

	"parley/domain/calendar"
	"parley/events"
)

// question is all that a date is counted from.
type question struct {
	cal     calendar.Calendar
	rule    Rule
	limit   Limit // the rule's, with the parameters of the case
	settled bool  // the case states how it is counted, whatever the rule leaves open
	from    Moment
	service events.Service
	pauses  []Span // closed, in order, not overlapping
	apart   []Span // the same, each as it began: they can overlap

	stated   calendar.Date // beats what is counted
	document string        // where it was read
	explain  bool
}

// count answers the question, without what stands at the end of the working.
func (q question) count() Count {
	if !q.stated.IsZero() {
		return q.asStated()
	}
	before := reckoning{cal: q.cal, limit: q.limit, explain: q.explain}
	from := before.served(q.service, q.from)
	readings := q.readings()
	if len(readings) == 0 {
		c := count(q.cal, q.limit, from, q.running(), q.explain)
		c.Steps = slices.Concat(before.Steps, c.Steps)
		return q.doubted(c, before.Provisional)
	}
	counts := make([]Count, len(readings))
	safe := 0
	for i, reading := range readings {
		limit := q.limit
		limit.Counting, limit.ToEvent = reading.Counting, reading.ToEvent
		counts[i] = count(q.cal, limit, from, q.running(), q.explain)
		if sooner := counts[i].Due.Before(counts[safe].Due); sooner != q.rule.Earliest && counts[i].Due != counts[safe].Due {
			safe = i
		}
	}
	if !slices.ContainsFunc(counts, func(c Count) bool { return c.Due != counts[0].Due }) {
		c := counts[0]
		c.Steps = slices.Concat(before.Steps, c.Steps)
		return q.doubted(c, before.Provisional)
	}
	c, elsewhere := counts[safe], before.Provisional
	for i, reading := range readings {
		steps := slices.Concat(before.Steps, counts[i].Steps)
		c.Readings = append(c.Readings, Reading{reading.Name, counts[i].Due, i == safe, steps})
		elsewhere = elsewhere || counts[i].Provisional
	}
	c.Steps = slices.Concat(before.Steps, counts[safe].Steps)
	if q.explain {
		c.Steps = append(c.Steps, Step{c.Due, q.choice(c.Readings)})
	}
	return q.doubted(c, elsewhere)
}

// doubted marks a count as provisional, and says so, where what it rests on
// beside its own days is: the service, or another reading.
func (q question) doubted(c Count, elsewhere bool) Count {
	if elsewhere && !c.Provisional {
		c.Provisional = true
		if q.explain {
			c.Steps = append(c.Steps, Step{c.Due, doubt(q.cal)})
		}
	}
	return c
}

// running returns the pauses, where the limit takes any.
func (q question) running() []Span {
	if q.limit.Backward {
		return nil
	}
	return q.pauses
}

// readings returns the ways of reading the limit, if there is more than one.
// Clear days do not say by themselves whether the day sought is the last one
// within them or the day that they keep clear.
func (q question) readings() []Alternative {
	switch {
	case len(q.rule.Readings) > 0 && !q.settled:
		return q.rule.Readings
	case q.limit.Counting == events.ClearDays && !q.limit.Backward && !q.limit.ToEvent:
		return []Alternative{
			{Name: "the last day for what must be done within those days", Counting: events.ClearDays},
			{Name: "the first day for an event that needs so many clear days before it", Counting: events.ClearDays, ToEvent: true},
		}
	}
	return nil
}

// choice says which reading is used and why.
func (q question) choice(readings []Reading) string {
	text := "ambiguous: "
	for i, r := range readings {
		if i > 0 {
			text += "; "
		}
		text += r.Name + ", " + r.Due.Long()
	}
	if q.rule.Earliest {
		return text + ". The later is used: it is safe for the side that must wait"
	}
	return text + ". The earlier is used: it is safe for the side that must act"
}

// asStated returns the date that a document states, later by what was paused
// since the day of the event.
func (q question) asStated() Count {
	r := reckoning{cal: q.cal, limit: q.limit, pauses: q.running(), explain: q.explain}
	if !q.from.Date.IsZero() {
		r.note(q.from.Date, "the day of the event")
	}
	r.Due = q.stated
	if q.document != "" {
		r.note(r.Due, "the date stated in %s, which beats one that is counted", q.document)
	} else {
		r.note(r.Due, "the date stated in the document, which beats one that is counted")
	}
	r.afterPauses(q.from.Date.AddDays(1))
	r.flag()
	return r.Count
}

// moved returns count with an agreed date in place of what was counted, later
// by the pauses that began after the agreement: one that ran on that day is in
// the agreed date already.
func (q question) moved(c Count, m Turn) Count {
	r := reckoning{cal: q.cal, limit: q.limit, explain: q.explain}
	if !q.limit.Backward {
		r.pauses = begunAfter(m.On, q.apart)
	}
	r.Steps = slices.Clip(c.Steps)
	r.Due = m.Until
	r.note(m.Until, "the date it was moved to")
	r.afterPauses(m.On)
	r.flag()
	return r.Count
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// closing adds what a reader needs to check the working: the calendar, the
// authority and how far either can be relied on.
func (q question) closing(c Count) Count {
	if !q.explain {
		return c
	}
	r := reckoning{Count: c, explain: true}
	working := q.limit.working()
	r.note(c.Due, "calendar: %s; %s (%s)", q.cal.Version(), working.Title(), working.Authority())
	if q.rule.Authority == "" {
		return r.Count
	}
	r.note(c.Due, "authority: %s (%s; %s)", q.rule.Authority, q.rule.Standing, q.rule.Source)
	if q.rule.AsReadAt != "" {
		r.note(c.Due, "as read in: %s", q.rule.AsReadAt)
	}
	if q.rule.Standing == Unverified {
		r.note(c.Due, "UNVERIFIED: this rule is from memory; confirm it before you rely on it")
	}
	if q.rule.Note != "" {
		r.note(c.Due, "note: %s", q.rule.Note)
	}
	return r.Count
}
