package negotiation

import (
	"time"

	"parley/domain/calendar"
	"parley/events"
)

// Advise is the LMC's guidance to practices about serving notice.
type Advise struct {
	Dated
	Practices []string
	Text      string
}

func (cmd Advise) decide(c Case, given Circumstances) ([]events.Event, error) {
	if err := required("the guidance", cmd.Text); err != nil {
		return nil, err
	}
	return c.eachParty(cmd.Practices, func(p Practice) (events.Event, error) {
		return events.GuidanceGiven{Practice: p.Code, Text: cmd.Text}, c.notBefore(cmd.on(given), p.Joined, p.Code+" joined")
	})
}

// ServeNotice is practices' notice to stop the service, each practice's its
// own. Period, ToMonthEnd and Clause, each for itself, are those of the
// practice's recorded contract where they are left out. Of On and Sent either stands for the other where it is left
// out. Deemed is the day on which the contract's notice clause counts the notice
// as served; left out, it is the day it was sent, which the post cannot be.
type ServeNotice struct {
	Dated
	Practices  []string
	Period     calendar.Period
	ToMonthEnd *bool // nil: left out
	Clause     string
	Method     events.Method
	Sent       calendar.Date
	SentTime   string // 15:04, or empty
	Deemed     calendar.Date
	Document   string

	again *events.FromContract // of a notice that is told again: which terms are the contract's
}

// serveAgain returns the command that a notice answers to.
func serveAgain(n events.NoticeServed, on Dated) ServeNotice {
	cmd := ServeNotice{
		Dated: on, Practices: []string{n.Practice}, Period: n.Period, ToMonthEnd: &n.ToMonthEnd, Clause: n.Clause,
		Method: n.Method, Sent: n.Sent, SentTime: n.SentTime, Deemed: n.Deemed, Document: n.Document, again: &n.FromContract,
	}
	if !n.Stated {
		cmd.Deemed = calendar.Date{} // it followed from the day it was sent
	}
	return cmd
}

func (cmd ServeNotice) when() calendar.Date {
	if cmd.On.IsZero() {
		return cmd.Sent
	}
	return cmd.On
}

func (cmd ServeNotice) decide(c Case, given Circumstances) ([]events.Event, error) {
	cmd.Dated = Dated{cmd.when()}
	on := cmd.on(given)
	if _, err := given.Bodies.Commissioner(c.ICB, on); err != nil {
		return nil, err
	}
	return c.eachParty(cmd.Practices, func(p Practice) (events.Event, error) {
		if p.Notice.Running() && !p.Notice.RanOut(on) {
			return nil, refuse(ErrNoticeRunning, "%s already has a notice running for %s, served %s and ending %s", p.Code, c.Service, p.Notice.Served.Long(), p.Notice.Ends.Long())
		}
		if err := first(
			p.unsettled(on),
			given.elsewhere(c, p.Code, on),
			c.notBefore(on, p.Notice.Withdrawn, "its earlier notice was withdrawn"),
			c.notBefore(on, p.Notice.Effective, "its earlier notice took effect"),
		); err != nil {
			return nil, err
		}
		return cmd.notice(c, p, given)
	})
}

func (cmd ServeNotice) notice(c Case, p Practice, given Circumstances) (events.Event, error) {
	on := cmd.on(given)
	n := events.NoticeServed{
		Practice: p.Code, Period: cmd.Period, ToMonthEnd: cmd.ToMonthEnd != nil && *cmd.ToMonthEnd, Clause: cmd.Clause,
		Method: cmd.Method, Sent: cmd.Sent, SentTime: cmd.SentTime, Deemed: cmd.Deemed, Stated: !cmd.Deemed.IsZero(), Document: cmd.Document,
	}
	n = cmd.inherit(n, c)
	if n.Method == "" {
		n.Method = events.Email
	}
	if n.Sent.IsZero() {
		n.Sent = on
	}
	if n.Deemed.IsZero() {
		n.Deemed = n.Sent
	}
	if p.Guided.IsZero() || p.Guided.After(n.Sent) {
		return nil, refuse(ErrNoGuidance, "%s cannot serve notice on %s: no LMC guidance to it is recorded by then", p.Code, n.Sent.Long())
	}
	return n, cmd.check(n, given)
}

// inherit returns n with the terms that are left to its practice's contract.
func (cmd ServeNotice) inherit(n events.NoticeServed, c Case) events.NoticeServed {
	contract, ok := c.Contract(n.Practice)
	switch {
	case cmd.again != nil:
		n.FromContract = *cmd.again
	case ok:
		n.FromContract = events.FromContract{Period: cmd.Period.IsZero(), ToMonthEnd: cmd.ToMonthEnd == nil, Clause: cmd.Clause == ""}
	}
	if n.FromContract.Period {
		n.Period = contract.Notice
	}
	if n.FromContract.ToMonthEnd {
		n.ToMonthEnd = contract.ToMonthEnd
	}
	if n.FromContract.Clause {
		n.Clause = contract.Clause
	}
	return n
}

// restated returns n, which was amended from was: what was changed is said for
// itself from now on, and no longer taken from elsewhere.
func restated(was, n events.NoticeServed) events.NoticeServed {
	n.Stated = n.Stated || n.Deemed != was.Deemed
	n.FromContract.Period = n.FromContract.Period && n.Period == was.Period
	n.FromContract.ToMonthEnd = n.FromContract.ToMonthEnd && n.ToMonthEnd == was.ToMonthEnd
	n.FromContract.Clause = n.FromContract.Clause && n.Clause == was.Clause
	return n
}

// unsettled refuses what cannot be while it has not been said what became of a
// notice that had run out by then.
func (p Practice) unsettled(on calendar.Date) error {
	if p.Notice.Running() && p.Notice.RanOut(on) {
		return refuse(ErrNoticeEnded, "the notice of %s ran out on %s: record first that it took effect", p.Code, p.Notice.Ends.Long())
	}
	return nil
}

// check refuses a notice whose end could not be counted, or would be guessed.
func (cmd ServeNotice) check(n events.NoticeServed, given Circumstances) error {
	switch {
	case n.Period.IsZero():
		return refuse(ErrMissing, "the notice period of %s is missing: read its contract's notice clause", n.Practice)
	case n.Method == events.Post && !n.Stated:
		return refuse(ErrMissing, "the day on which a posted notice counts as served is missing: read the contract's notice clause")
	case n.Sent.After(given.Today):
		return refuse(ErrFuture, "%s, when it was sent, lies in the future", n.Sent.Long())
	case n.Deemed.After(n.Sent.AddMonths(12)):
		return refuse(ErrInvalid, "%s is more than a year after it was sent: no clause counts a notice as served so late", n.Deemed.Long())
	}
	if n.SentTime != "" {
		if _, err := time.Parse("15:04", n.SentTime); err != nil {
			return refuse(ErrInvalid, "%q is not a time of day: write 15:04", n.SentTime)
		}
	}
	return first(
		countable(n.Deemed, n.Period, n.ToMonthEnd),
		oneOf("the method", n.Method, events.Email, events.Post, events.Hand),
		inOrder("the day it was sent", n.Sent, "the day it was given", cmd.on(given)),
		inOrder("the day it was sent", n.Sent, "the day it counts as served", n.Deemed),
	)
}

// AcknowledgeNotice is the commissioner's receipt of practices' notices.
type AcknowledgeNotice struct {
	Dated
	Practices []string
	Document  string
}

func (cmd AcknowledgeNotice) decide(c Case, given Circumstances) ([]events.Event, error) {
	return c.eachNotice(cmd.Practices, cmd.on(given), func(p Practice) (events.Event, error) {
		if !p.Notice.Acknowledged.IsZero() {
			return nil, nil
		}
		return events.NoticeAcknowledged{Practice: p.Code, Document: cmd.Document}, nil
	})
}

// WithdrawNotice takes practices' notices back before they run out.
type WithdrawNotice struct {
	Dated
	Practices []string
	Why       string
}

func (cmd WithdrawNotice) decide(c Case, given Circumstances) ([]events.Event, error) {
	on := cmd.on(given)
	return c.eachNotice(cmd.Practices, on, func(p Practice) (events.Event, error) {
		if p.Notice.RanOut(on) {
			return nil, refuse(ErrNoticeEnded, "the notice of %s ran out on %s: it cannot be withdrawn on %s", p.Code, p.Notice.Ends.Long(), on.Long())
		}
		return events.NoticeWithdrawn{Practice: p.Code, Why: cmd.Why}, nil
	})
}

// EffectNotice records that practices' notices ran out and the work stopped.
type EffectNotice struct {
	Dated
	Practices []string
}

func (cmd EffectNotice) decide(c Case, given Circumstances) ([]events.Event, error) {
	on := cmd.on(given)
	return c.eachNotice(cmd.Practices, on, func(p Practice) (events.Event, error) {
		if p.Notice.Paused {
			return nil, refuse(ErrNotYetEnded, "the notice of %s is paused: it has not taken effect", p.Code)
		}
		if on.Before(p.Notice.Ends) {
			return nil, refuse(ErrNotYetEnded, "the notice of %s runs to %s: it has not taken effect on %s", p.Code, p.Notice.Ends.Long(), on.Long())
		}
		return events.NoticeTookEffect{Practice: p.Code}, nil
	})
}

// eachParty decides for each of these practices, all parties, or for none.
func (c Case) eachParty(codes []string, decide func(Practice) (events.Event, error)) ([]events.Event, error) {
	if len(codes) == 0 {
		return nil, noPractice()
	}
	var decided []events.Event
	for _, code := range distinct(codes) {
		p, err := c.party(code)
		if err != nil {
			return nil, err
		}
		e, err := decide(p)
		if err != nil {
			return nil, err
		}
		if e != nil {
			decided = append(decided, e)
		}
	}
	return decided, nil
}

// eachNotice decides for each of these practices, all with a running notice
// that was served by then, or for none.
func (c Case) eachNotice(codes []string, on calendar.Date, decide func(Practice) (events.Event, error)) ([]events.Event, error) {
	return c.eachParty(codes, func(p Practice) (events.Event, error) {
		if !p.Notice.Running() {
			return nil, refuse(ErrNoNotice, "%s has no running notice: its state is %s", p.Code, p.NoticeState(on))
		}
		if err := c.notBefore(on, p.Notice.Served, "it was served"); err != nil {
			return nil, err
		}
		return decide(p)
	})
}
