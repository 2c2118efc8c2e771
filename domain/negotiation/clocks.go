package negotiation

import (
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// followClocks lets the last day of a notice, and the day up to which an offer
// can be accepted, follow their clocks, so that a date which was extended,
// shortened or paused is the same wherever it is asked for. Both are counted
// without a calendar of holidays, which is why they can be kept.
func (c *Case) followClocks(f events.Fact) {
	switch e := f.Event.(type) {
	case events.DeadlineSet: // what it is about has come before it, with the same date
	case events.CaseClosed, events.CaseReopened:
		for _, clock := range c.Deadlines {
			c.follow(clock)
		}
	default:
		if clock, ok := c.Deadlines.Clock(events.Deadline(e)); ok {
			c.follow(clock)
		}
	}
}

func (c *Case) follow(clock deadline.Clock) {
	if !clock.Running() {
		return
	}
	due, paused := clock.Due(calendar.Calendar{}), clock.PausedOn(never())
	switch deadline.ID(clock.Rule) {
	case deadline.LESNotice:
		c.change(clock.Practice, func(p *Practice) {
			if p.Notice.Running() {
				p.Notice.Ends, p.Notice.Paused = due, paused
			}
		})
	case deadline.OfferReply:
		for i := range c.Offers {
			if o := &c.Offers[i]; o.Offer == clock.Offer && o.State == Standing {
				o.ReplyBy, o.Paused = due, paused
			}
		}
	}
}

// never returns a day that no pause reaches whose end is known.
func never() calendar.Date { return calendar.On(9999, 12, 31) }
