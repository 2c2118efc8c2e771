package negotiation

import (
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// AddDeadline starts a clock that no fact of the case starts by itself: by a
// rule of the book, with the parameters that it leaves to the case, by a
// period of its own, or on a date that a document states.
type AddDeadline struct {
	Dated
	Rule     string // of the book; empty for a period or a date of its own
	Title    string // empty for the rule's
	Owner    events.Party
	Practice string // the practice concerned, if it is one
	From     deadline.Moment
	Limit    deadline.Limit
	Service  events.Service
	Stated   calendar.Date
	Document string // where Stated was read
}

func (cmd AddDeadline) decide(c Case, given Circumstances) ([]events.Event, error) {
	if cmd.From.Date.IsZero() {
		cmd.From.Date = cmd.on(given)
	}
	rule, err := cmd.rule()
	if err != nil {
		return nil, err
	}
	if err := c.partyIfNamed(cmd.Practice); err != nil {
		return nil, err
	}
	set := rule.Set(cmd.Owner)
	if cmd.Title != "" || cmd.Rule == "" { // a clock of the case's own has no title but this
		set.Title = cmd.Title
	}
	if err := first(
		required("a title, what is due,", set.Title),
		oneOf("who must act", set.Owner, events.LMC, events.ICB, events.Practice, events.Provider, events.Adjudicator),
		cmd.uncounted(),
	); err != nil {
		return nil, err
	}
	set.Deadline = (&deadlineIDs{version: given.Version}).next()
	set.Practice, set.Trigger, set.Time, set.Service = cmd.Practice, cmd.From.Date, cmd.From.Time, cmd.Service
	set.Stated, set.Document = cmd.Stated, cmd.Document
	l := cmd.Limit
	set.Period, set.Counting, set.Calendar, set.Roll = l.Period, l.Counting, l.Calendar, l.Roll
	set.Backward, set.ToMonthEnd = l.Backward, l.ToMonthEnd
	_, err = deadline.Compute(given.Calendar, deadline.Query{
		Rule: cmd.Rule, Limit: l, From: cmd.From, Service: cmd.Service, Stated: cmd.Stated, Document: cmd.Document,
	})
	return []events.Event{set}, err
}

// uncounted refuses to count what a document states.
func (cmd AddDeadline) uncounted() error {
	own := cmd.Limit
	own.Calendar = "" // by which the days that are left are counted
	if cmd.Stated.IsZero() || own == (deadline.Limit{}) && cmd.Service == (events.Service{}) {
		return nil
	}
	return refuse(ErrInvalid, "a date that is stated, %s, is not counted: leave the period out, and how it is counted", cmd.Stated.Long())
}

// rule returns the rule of the book, or one without a name for a clock of the
// case's own.
func (cmd AddDeadline) rule() (deadline.Rule, error) {
	if cmd.Rule != "" {
		rule, err := deadline.Find(cmd.Rule)
		if rule.ID == deadline.LESNotice {
			err = refuse(ErrInvalid, "the clock of a notice starts when the notice is served: record that")
		}
		return rule, err
	}
	if !cmd.Stated.IsZero() {
		return deadline.Find(string(deadline.LocalOverride))
	}
	return deadline.Find(string(deadline.LocalPeriod))
}

// ExtendDeadline moves a deadline to a later date that was agreed or granted.
type ExtendDeadline struct {
	Dated
	Deadline string
	Until    calendar.Date
	Base     string // by what right
}

func (cmd ExtendDeadline) decide(c Case, given Circumstances) ([]events.Event, error) {
	clock, err := c.clock(cmd.Deadline)
	if err != nil {
		return nil, err
	}
	return []events.Event{events.DeadlineExtended{Deadline: clock.Deadline, Until: cmd.Until, Base: cmd.Base}}, first(
		required("the base of the extension", cmd.Base),
		clock.MayExtend(given.Calendar, cmd.Until),
	)
}

// RemoveExtension takes an extension back: the one to Until, or every one if
// that is no date.
type RemoveExtension struct {
	Dated
	Deadline string
	Until    calendar.Date
	Why      string
}

func (cmd RemoveExtension) decide(c Case, given Circumstances) ([]events.Event, error) {
	clock, err := c.clock(cmd.Deadline)
	if err != nil {
		return nil, err
	}
	return []events.Event{events.DeadlineExtensionRemoved{Deadline: clock.Deadline, Until: cmd.Until, Why: cmd.Why}}, first(
		required("a reason", cmd.Why),
		clock.MayRemoveExtension(cmd.on(given), cmd.Until),
	)
}

// ShortenDeadline moves a deadline to an earlier date that was agreed.
type ShortenDeadline struct {
	Dated
	Deadline string
	Until    calendar.Date
	Base     string // by what right
}

func (cmd ShortenDeadline) decide(c Case, given Circumstances) ([]events.Event, error) {
	clock, err := c.clock(cmd.Deadline)
	if err != nil {
		return nil, err
	}
	return []events.Event{events.DeadlineShortened{Deadline: clock.Deadline, Until: cmd.Until, Base: cmd.Base}}, first(
		required("the base of the agreement", cmd.Base),
		clock.MayShorten(given.Calendar, cmd.on(given), cmd.Until),
	)
}

// PauseDeadline stops a clock; the day of the fact does not count.
type PauseDeadline struct {
	Dated
	Deadline string
	Until    calendar.Date // the first day that counts again, if that is known already
	Why      string
}

func (cmd PauseDeadline) decide(c Case, given Circumstances) ([]events.Event, error) {
	clock, err := c.clock(cmd.Deadline)
	if err != nil {
		return nil, err
	}
	return []events.Event{events.DeadlinePaused{Deadline: clock.Deadline, Until: cmd.Until, Why: cmd.Why}}, first(
		required("a reason", cmd.Why),
		clock.MayPause(given.Calendar, deadline.Span{From: cmd.on(given), Until: cmd.Until}),
	)
}

// ResumeDeadline lets a paused clock run on; the day of the fact counts.
type ResumeDeadline struct {
	Dated
	Deadline string
}

func (cmd ResumeDeadline) decide(c Case, given Circumstances) ([]events.Event, error) {
	clock, err := c.clock(cmd.Deadline)
	if err != nil {
		return nil, err
	}
	return []events.Event{events.DeadlineResumed{Deadline: clock.Deadline}}, clock.MayResume(cmd.on(given))
}

// MeetDeadline says that what was due was done, on the day of the fact: in
// time or late is counted, by when it happened and not by when it is told.
type MeetDeadline struct {
	Dated
	Deadline string
	Time     string // 15:04, or empty
}

func (cmd MeetDeadline) decide(c Case, given Circumstances) ([]events.Event, error) {
	clock, err := c.clock(cmd.Deadline)
	if err != nil {
		return nil, err
	}
	if clock.Ended() == deadline.Met && clock.EndedOn() == cmd.on(given) {
		return nil, nil
	}
	met := events.DeadlineMet{Deadline: clock.Deadline}
	if cmd.Time != "" {
		at, err := deadline.ParseMoment(cmd.on(given).String() + "T" + cmd.Time)
		if err != nil {
			return nil, refuse(ErrInvalid, "%s", err)
		}
		met.Time = at.Time
	}
	return []events.Event{met}, first(clock.MayEnd(), endsByItself(clock))
}

// WaiveDeadline says that who was owed it let it go.
type WaiveDeadline struct {
	Dated
	Deadline string
	Why      string
}

func (cmd WaiveDeadline) decide(c Case, _ Circumstances) ([]events.Event, error) {
	clock, err := c.clock(cmd.Deadline)
	if err != nil {
		return nil, err
	}
	return []events.Event{events.DeadlineWaived{Deadline: clock.Deadline, Why: cmd.Why}}, first(
		required("a reason", cmd.Why),
		clock.MayEnd(),
		endsByItself(clock),
	)
}

// endsByItself refuses to end the clock of a notice by hand: it ends with the
// notice, so that the two never say different things.
func endsByItself(clock deadline.Clock) error {
	if clock.Rule != string(deadline.LESNotice) {
		return nil
	}
	return refuse(ErrNoticeRunning, "%s is the notice of %s: it ends when the notice is withdrawn or has taken effect", clock.Deadline, clock.Practice)
}

// clock returns the clock with this ID.
func (c Case) clock(id string) (deadline.Clock, error) {
	clock, ok := c.Deadlines.Clock(id)
	if !ok {
		return deadline.Clock{}, refuse(ErrUnknownNumber, "%s has no deadline %q", c.Ref, id)
	}
	return clock, nil
}
