package deadline

import (
	"fmt"

	"parley/domain/calendar"
)

// Step is one line of the working behind a date.
type Step struct {
	Date calendar.Date `json:"date"`
	Why  string        `json:"why"`
}

// Count is a date with its working.
type Count struct {
	Due   calendar.Date
	Steps []Step
}

// After returns the last day of a period that begins the day after from: the
// day of the event is not counted. Months and years run to the corresponding
// date (Dodds v Walker [1981] 1 WLR 1027); toMonthEnd runs on to the last day
// of the month in which the period ends. Hours and working days are refused.
func After(from calendar.Date, p calendar.Period, toMonthEnd bool) (Count, error) {
	c := Count{Steps: []Step{{from, "the day of the event, which is not counted"}}}
	switch p.Unit {
	case calendar.Days:
		c.Due = from.AddDays(p.N)
	case calendar.Weeks:
		c.Due = from.AddDays(7 * p.N)
	case calendar.Months:
		c.Due = from.AddMonths(p.N)
	case calendar.Years:
		c.Due = from.AddMonths(12 * p.N)
	default:
		return Count{}, fmt.Errorf("a period of %s cannot be counted here: use days, weeks, months or years", p.Long())
	}
	c.step(c.Due, p.Long()+" later")
	_, _, had := from.Split()
	if _, _, has := c.Due.Split(); (p.Unit == calendar.Months || p.Unit == calendar.Years) && had != has {
		c.Steps[len(c.Steps)-1].Why += ", on the last day of a shorter month"
	}
	if toMonthEnd && c.Due != c.Due.MonthEnd() {
		c.Due = c.Due.MonthEnd()
		c.step(c.Due, "run on to the end of the month, as the clause says")
	}
	return c, nil
}

func (c *Count) step(d calendar.Date, why string) { c.Steps = append(c.Steps, Step{d, why}) }
