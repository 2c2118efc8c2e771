package deadline

import (
	"slices"

	"parley/domain/calendar"
	"parley/events"
)

// Fit returns how the rule is counted with the parameters of a case. It refuses
// a period that is missing, out of the rule's bounds or not the case's to fix,
// and a way of counting that is not the rule's; its errors match ErrParameter or
// ErrUncountable.
func (r Rule) Fit(own Limit) (Limit, error) {
	if err := r.countedAs(own); err != nil {
		return Limit{}, err
	}
	fits := r.over(own)
	switch {
	case fits.Period.IsZero():
		return Limit{}, refuse(ErrParameter, "%s needs %s", r.ID, r.Needs())
	case own.Period.IsZero(), own.Period == r.Period:
	case !r.Period.IsZero() && r.Least.IsZero():
		return Limit{}, refuse(ErrParameter, "%s is %s by its own terms: the case cannot fix %s", r.ID, r.Period.Long(), own.Period.Long())
	case shorter(own.Period, r.Least):
		return Limit{}, refuse(ErrParameter, "%s is too short for %s: the least is %s", own.Period.Long(), r.ID, r.Least.Long())
	case shorter(r.Most, own.Period):
		return Limit{}, refuse(ErrParameter, "%s is too long for %s: the most is %s", own.Period.Long(), r.ID, r.Most.Long())
	case !r.Least.IsZero() && !alike(own.Period, r.Least):
		return Limit{}, refuse(ErrParameter, "%s is bounded at %s: give a period that compares with it", r.ID, r.Least.Long())
	}
	return fits, fits.Check()
}

// countedAs refuses to count the rule in another way than its own: by its
// authority nobody but the law, or the contract, says how. One of the readings
// of an ambiguous rule can be chosen. The parties' own rules are theirs to count.
func (r Rule) countedAs(own Limit) error {
	if r.Standing == Local || r.Standing == Contractual {
		return nil
	}
	change := ""
	switch fits := r.over(own); {
	case own.Counting != "" && !r.reads(own.Counting):
		change = "counted " + string(own.Counting)
	case fits.working() != r.working():
		change = "counted by the days of " + string(own.Calendar)
	case rolls(fits.Roll) != rolls(r.Roll):
		change = "rolled " + string(own.Roll)
	case fits.Backward != r.Backward:
		change = "counted backward"
	case fits.ToMonthEnd != r.ToMonthEnd:
		change = "run on to a month's end"
	case fits.NextDay != r.NextDay, fits.ToEvent != r.ToEvent && len(r.Readings) == 0:
		change = "counted to another day"
	default:
		return nil
	}
	return refuse(ErrParameter, "%s cannot be %s: the rule fixes how it is counted; for a count of your own leave the rule out", r.ID, change)
}

// reads reports whether a way of counting is the rule's, or one of its readings.
func (r Rule) reads(c events.Counting) bool {
	after := func(c events.Counting) events.Counting {
		if c == "" {
			return events.After
		}
		return c
	}
	if len(r.Readings) == 0 {
		return after(c) == after(r.Counting)
	}
	return slices.ContainsFunc(r.Readings, func(a Alternative) bool { return after(a.Counting) == after(c) })
}

// rolls returns a roll with the one that is left out by its name.
func rolls(r events.Roll) events.Roll {
	if r == "" {
		return events.RollNone
	}
	return r
}

// shorter reports whether p is a shorter period than q; never if either is none.
func shorter(p, q calendar.Period) bool {
	p, q = basic(p), basic(q)
	return !p.IsZero() && !q.IsZero() && p.Unit == q.Unit && p.N < q.N
}

func alike(p, q calendar.Period) bool { return basic(p).Unit == basic(q).Unit }

// basic returns p in days or months where it is in weeks or years.
func basic(p calendar.Period) calendar.Period {
	switch p.Unit {
	case calendar.Weeks:
		return calendar.Period{N: 7 * p.N, Unit: calendar.Days}
	case calendar.Years:
		return calendar.Period{N: 12 * p.N, Unit: calendar.Months}
	}
	return p
}
