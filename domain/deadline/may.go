package deadline

import (
	"parley/domain/calendar"
)

// fixed refuses, with an error of this kind, to move what the parties cannot.
func (r Rule) fixed(kind error, what string) error {
	if !r.Fixed {
		return nil
	}
	return refuse(kind, "%s cannot be %s by the parties: %s (%s) fixes it. If the law gives another date, record that as a deadline of its own", r.ID, what, r.Authority, r.Title)
}

// MayPause refuses a pause from a day on, until the day of resuming if that is
// known, that does not fit the clock: one that ends before it starts, runs into
// another, or begins before the clock does or when its day has passed; or any of
// a clock that no longer runs, is counted backward or is not the parties' to
// pause. Its errors match ErrPause or ErrEnded.
func (c Clock) MayPause(cal calendar.Calendar, s Span) error {
	if err := c.MayEnd(); err != nil {
		return err
	}
	q := c.question(cal, false)
	if err := q.rule.fixed(ErrPause, "paused"); err != nil {
		return err
	}
	if q.limit.Backward {
		return refuse(ErrPause, "%s is counted back from an event ahead, and cannot be paused", c.Deadline)
	}
	if err := s.check(); err != nil {
		return err
	}
	for _, p := range c.Pauses() {
		switch {
		case s.overlaps(p) && s.Until.IsZero() && s.From.Before(p.From):
			return refuse(ErrPause, "a pause from %s would run into %s: say when it ended", s.From.Long(), p.long())
		case s.overlaps(p):
			return refuse(ErrPause, "%s overlaps %s", s.long(), p.long())
		}
	}
	return s.within(c.Trigger, c.Due(cal))
}

// MayResume refuses to let a clock run on from a day, if it does not stand still
// then. Its errors match ErrPause or ErrEnded.
func (c Clock) MayResume(on calendar.Date) error {
	if err := c.MayEnd(); err != nil {
		return err
	}
	var own Clock
	for _, t := range c.Turns {
		if t.Kind == Stopped || t.Kind == Resumed {
			own.Turns = append(own.Turns, t)
		}
	}
	open, still := own.still()
	switch {
	case !still && !own.PausedOn(on):
		return refuse(ErrPause, "%s is not paused, so it cannot be resumed", c.Deadline)
	case still && on.Before(open.From):
		return refuse(ErrPause, "%s was paused on %s and cannot be resumed before, on %s", c.Deadline, open.From.Long(), on.Long())
	}
	return nil
}

// MayExtend refuses a date that is no later than the one the clock has, and any
// for a clock that is not the parties' to extend. Its errors match ErrExtension or ErrEnded.
func (c Clock) MayExtend(cal calendar.Calendar, until calendar.Date) error {
	if err := c.MayEnd(); err != nil {
		return err
	}
	if err := c.question(cal, false).rule.fixed(ErrExtension, "extended"); err != nil {
		return err
	}
	if due := c.Due(cal); !until.After(due) {
		return refuse(ErrExtension, "%s is due %s already: an extension to %s is none", c.Deadline, due.Long(), until.Long())
	}
	return nil
}

// MayShorten refuses a date that is no earlier than the one the clock has, or
// earlier than the day on which it was agreed. Its errors match ErrExtension or
// ErrEnded.
func (c Clock) MayShorten(cal calendar.Calendar, on, until calendar.Date) error {
	if err := c.MayEnd(); err != nil {
		return err
	}
	switch due := c.Due(cal); {
	case !until.Before(due):
		return refuse(ErrExtension, "%s is due %s: %s does not shorten it", c.Deadline, due.Long(), until.Long())
	case until.Before(on):
		return refuse(ErrExtension, "%s cannot be shortened on %s to a day that has passed, %s", c.Deadline, on.Long(), until.Long())
	}
	return nil
}

// MayRemoveExtension refuses to take back an extension that does not stand on
// the day: to this date, or any if none is given. Its errors match ErrExtension
// or ErrEnded.
func (c Clock) MayRemoveExtension(on, until calendar.Date) error {
	if err := c.MayEnd(); err != nil {
		return err
	}
	for _, m := range c.untilEnd(on).now().moves {
		if m.Kind == Extended && (until.IsZero() || m.Until == until) {
			return nil
		}
	}
	return refuse(ErrExtension, "%s has no extension%s on %s that could be taken back", c.Deadline, to(until), on.Long())
}

func to(until calendar.Date) string {
	if until.IsZero() {
		return ""
	}
	return " to " + until.Long()
}

// MayEnd refuses to change a clock that has ended. Its error matches ErrEnded.
func (c Clock) MayEnd() error {
	if end, ended := c.end(); ended {
		return refuse(ErrEnded, "%s is %s since %s", c.Deadline, end.Kind, end.On.Long())
	}
	return nil
}
