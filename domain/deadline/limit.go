package deadline

import (
	"fmt"

	"parley/domain/calendar"
	"parley/events"
)

// Limit is a length of time and how it is counted. Fields that are left out
// mean: after the event, forward, to the day itself, with no roll, by the
// working days of England and Wales.
type Limit struct {
	Period     calendar.Period  `json:"period,omitzero"`
	Counting   events.Counting  `json:"counting,omitempty"`
	Calendar   calendar.Working `json:"calendar,omitempty"` // which days are working days
	Roll       events.Roll      `json:"roll,omitempty"`
	Backward   bool             `json:"backward,omitempty"`     // counted back from an event that lies ahead
	ToMonthEnd bool             `json:"to_month_end,omitempty"` // runs on to the last day of the month it ends in
	NextDay    bool             `json:"next_day,omitempty"`     // the day after the event takes the event's place
	ToEvent    bool             `json:"to_event,omitempty"`     // of clear days: the day sought is that of the event at the end, not the last one before it
}

// working returns the definition of working days that l goes by.
func (l Limit) working() calendar.Working {
	if l.Calendar == "" {
		return calendar.WorkingEnglandAndWales
	}
	return l.Calendar
}

// short reports whether l is one of the periods of five days or less that skip
// the days on which the courts are closed (CPR 2.8(4)).
func (l Limit) short() bool {
	return l.Calendar == calendar.WorkingCourt && l.Counting == events.ClearDays && l.Period.Unit == calendar.Days && l.Period.N <= 5
}

// clear reports whether the day on which l ends is kept clear as well.
func (l Limit) clear() bool { return l.Counting == events.ClearDays && (l.ToEvent || l.Backward) }

// inMonths reports whether l ends on a corresponding date.
func (l Limit) inMonths() bool {
	return l.Period.Unit == calendar.Months || l.Period.Unit == calendar.Years
}

func (l Limit) months() int {
	if l.Period.Unit == calendar.Years {
		return 12 * l.Period.N
	}
	return l.Period.N
}

// Check refuses a limit that cannot be counted. Its errors match ErrUncountable.
func (l Limit) Check() error {
	if l.Period.N <= 0 {
		return refuse(ErrUncountable, "a period of nothing cannot be counted: write a number and a unit, such as 3m, 28d or 20wd")
	}
	if _, err := calendar.ParsePeriod(l.Period.String()); err != nil {
		return refuse(ErrUncountable, "%s", err)
	}
	switch l.Counting {
	case "", events.After, events.BeginningWith, events.ClearDays:
	default:
		return refuse(ErrUncountable, "%q is not a way of counting: there are after, beginning-with and clear", string(l.Counting))
	}
	switch l.Roll {
	case "", events.RollNone, events.RollForward, events.RollBackward:
	default:
		return refuse(ErrUncountable, "%q is not a roll: there are none, forward and backward", string(l.Roll))
	}
	if _, err := calendar.ParseWorking(string(l.working())); err != nil {
		return refuse(ErrUncountable, "%s", err)
	}
	return l.agrees()
}

// agrees refuses what does not go together.
func (l Limit) agrees() error {
	switch {
	case l.Backward && l.Roll == events.RollForward:
		return refuse(ErrUncountable, "a limit that is counted backward never rolls forward: it would be late")
	case l.Backward && l.ToMonthEnd:
		return refuse(ErrUncountable, "a limit that is counted backward does not run on to a month's end")
	case l.Period.Unit != calendar.Hours:
		return nil
	case l.ToMonthEnd, l.Counting == events.BeginningWith, l.Counting == events.ClearDays, l.NextDay, l.Roll != "" && l.Roll != events.RollNone:
		return refuse(ErrUncountable, "hours are counted as they pass, from the moment to the moment: no convention about days goes with them")
	}
	return nil
}

// over returns l with the parameters of a case in place of its own, as far as
// they are given.
func (l Limit) over(own Limit) Limit {
	if !own.Period.IsZero() {
		l.Period = own.Period
	}
	if own.Counting != "" {
		l.Counting = own.Counting
	}
	if own.Calendar != "" {
		l.Calendar = own.Calendar
	}
	if own.Roll != "" {
		l.Roll = own.Roll
	}
	l.Backward = l.Backward || own.Backward
	l.ToMonthEnd = l.ToMonthEnd || own.ToMonthEnd
	l.NextDay = l.NextDay || own.NextDay
	l.ToEvent = l.ToEvent || own.ToEvent
	return l
}

// long returns the period as people say it, with the direction it is counted in.
func (l Limit) long() string {
	if l.Backward {
		return fmt.Sprintf("%s before", l.Period.Long())
	}
	return l.Period.Long()
}
