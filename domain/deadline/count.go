package deadline

import (
	"fmt"

	"parley/domain/calendar"
	"parley/events"
)

// Step is one line of the working behind a date.
type Step struct {
	Date calendar.Date `json:"date"`
	Why  string        `json:"why"`
}

// Reading is what one way of reading an ambiguous rule gives. The safe one, for
// the side that must act, is the one that is used.
type Reading struct {
	Name  string        `json:"name"`
	Due   calendar.Date `json:"due"`
	Safe  bool          `json:"safe"`
	Steps []Step        `json:"steps"`
}

// Count is a date with its working.
type Count struct {
	Due  calendar.Date `json:"due"`            // the last day, until midnight at its end
	Time string        `json:"time,omitempty"` // of a limit in hours: until when on that day, 15:04 Europe/London

	// Provisional says that the count rests on days for which holidays are not
	// published, or not known: past the calendar's horizon, or before 2012.
	Provisional bool `json:"provisional"`
	// NotAWorkingDay says why Due is not a working day; empty if it is one.
	NotAWorkingDay string    `json:"not_a_working_day"`
	Steps          []Step    `json:"steps"`
	Readings       []Reading `json:"readings"` // of an ambiguous limit; otherwise none
}

// After returns the last day of a period that begins the day after from: the
// day of the event is not counted. Months and years run to the corresponding
// date (Dodds v Walker [1981] 1 WLR 1027); toMonthEnd runs on to the last day
// of the month in which the period ends. It needs no calendar, so that it
// refuses hours and working days and does not say whether the day is one.
func After(from calendar.Date, p calendar.Period, toMonthEnd bool) (Count, error) {
	return reckon(from, p, toMonthEnd, true)
}

// LastDay returns the day that After counts to, without the working.
func LastDay(from calendar.Date, p calendar.Period, toMonthEnd bool) (calendar.Date, error) {
	counted, err := reckon(from, p, toMonthEnd, false)
	return counted.Due, err
}

func reckon(from calendar.Date, p calendar.Period, toMonthEnd, explain bool) (Count, error) {
	switch p.Unit {
	case calendar.Days, calendar.Weeks, calendar.Months, calendar.Years:
	default:
		return Count{}, refuse(ErrUncountable, "a period of %s cannot be counted here: use days, weeks, months or years", p.Long())
	}
	limit := Limit{Period: p, ToMonthEnd: toMonthEnd}
	if err := limit.Check(); err != nil {
		return Count{}, err
	}
	r := reckoning{limit: limit, explain: explain}
	r.span(from)
	r.monthEnd()
	return r.Count, nil
}

// reckoning is one count as it is being made.
type reckoning struct {
	Count
	cal     calendar.Calendar
	limit   Limit
	pauses  []Span // closed, in order, not overlapping
	explain bool   // whether the steps are wanted
}

// note adds a step to the working, if it is wanted.
func (r *reckoning) note(d calendar.Date, format string, args ...any) {
	if r.explain {
		r.Steps = append(r.Steps, Step{d, fmt.Sprintf(format, args...)})
	}
}

// firstKnown is the first day whose bank holidays Parley comes with.
func firstKnown() calendar.Date { return calendar.On(2012, 1, 1) }

// off reports whether d is not a working day, and remembers if nobody can know.
func (r *reckoning) off(d calendar.Date) bool {
	if d.After(r.cal.Horizon()) || d.Before(firstKnown()) {
		r.Provisional = true
	}
	return !r.cal.WorkingDay(r.limit.working(), d)
}

// why returns what keeps d from being a working day.
func (r *reckoning) why(d calendar.Date) string {
	why, _ := r.cal.Off(r.limit.working(), d)
	return why
}

// count counts the limit from a moment, with its readings left out.
func count(cal calendar.Calendar, l Limit, from Moment, pauses []Span, explain bool) Count {
	r := reckoning{cal: cal, limit: l, pauses: pauses, explain: explain}
	if l.Period.Unit == calendar.Hours {
		r.hours(from)
		r.flag()
		return r.Count
	}
	start := from.Date
	if l.NextDay {
		r.note(start, "the day of the event")
		start = start.AddDays(1)
		r.note(start, "the day after it, from which the count is made")
	}
	if l.Backward {
		r.backward(start)
	} else {
		r.span(start)
		r.monthEnd()
	}
	r.roll()
	r.flag()
	return r.Count
}

// span counts forward from the day of the event, and leaves pauses out.
func (r *reckoning) span(event calendar.Date) {
	first, day := event.AddDays(1), "the day of the event"
	if r.limit.NextDay {
		day = "that day itself"
	}
	if r.limit.Counting == events.BeginningWith {
		first = event
		r.note(event, "%s, which is day 1", day)
	} else {
		r.note(event, "%s, which is not counted", day)
	}
	switch {
	case r.limit.Period.Unit == calendar.WorkingDays, r.limit.short():
		r.walk(first)
	case r.limit.inMonths():
		r.corresponding(event)
		r.afterPauses(first)
	default:
		r.Due = first.AddDays(r.days() - 1)
		r.note(r.Due, "%s, from %s", r.limit.Period.Long(), first.Long())
		r.afterPauses(first)
	}
	if r.limit.clear() {
		r.Due = r.Due.AddDays(1)
		r.note(r.Due, "the day after those clear days: the day at the end is not counted either")
	}
}

// days returns how many days a limit in days or weeks has.
func (r *reckoning) days() int {
	if r.limit.Period.Unit == calendar.Weeks {
		return 7 * r.limit.Period.N
	}
	return r.limit.Period.N
}

// corresponding runs months and years to the corresponding date or, beginning
// with the event, to the day before it. Where the month has no such day, either
// ends on the month's last day.
func (r *reckoning) corresponding(event calendar.Date) {
	end := event.AddMonths(r.limit.months())
	_, _, had := event.Split()
	_, _, has := end.Split()
	r.Due = end
	switch {
	case had != has:
		r.note(end, "%s later: that month has no day %d, so its last day", r.limit.Period.Long(), had)
	case r.limit.Counting == events.BeginningWith:
		r.Due = end.AddDays(-1)
		r.note(r.Due, "%s: the day before the corresponding date", r.limit.Period.Long())
	default:
		r.note(end, "%s later, the corresponding date", r.limit.Period.Long())
	}
}

// monthEnd runs on to the end of the month, where the limit does so.
func (r *reckoning) monthEnd() {
	if !r.limit.ToMonthEnd {
		return
	}
	if end := r.Due.MonthEnd(); end != r.Due {
		r.Due = end
		r.note(end, "run on to the last day of the month in which the period ends")
	} else {
		r.note(end, "already the last day of the month in which the period ends")
	}
}

// roll moves a last day that is not a working day, where a rule says so.
func (r *reckoning) roll() {
	step := 1
	switch r.limit.Roll {
	case events.RollForward:
	case events.RollBackward:
		step = -1
	default:
		return
	}
	for r.off(r.Due) {
		r.note(r.Due, "not a working day (%s): moved %s", r.why(r.Due), r.limit.Roll)
		r.Due = r.Due.AddDays(step)
	}
	r.note(r.Due, "a working day")
}

// flag says whether the last day is a working day, and how far that is known.
func (r *reckoning) flag() {
	if r.off(r.Due) {
		r.NotAWorkingDay = r.why(r.Due)
		if r.explain {
			before := r.Due
			for r.off(before) {
				before = before.AddDays(-1)
			}
			r.note(r.Due, "NOT A WORKING DAY (%s), and no rule moves it: the last working day before is %s", r.NotAWorkingDay, before.Long())
		}
	}
	if r.Provisional {
		r.note(r.Due, "%s", doubt(r.cal))
	}
}

// doubt says why a date is provisional.
func doubt(cal calendar.Calendar) string {
	return "PROVISIONAL: bank holidays are known from " + firstKnown().Long() + " to " + cal.Horizon().Long() + ", and the count goes beyond"
}
