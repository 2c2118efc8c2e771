package deadline

import (
	"fmt"
	"slices"

	"parley/domain/calendar"
	"parley/events"
)

// Query asks when something would be due. It records nothing.
type Query struct {
	Rule    string         // of the rulebook; empty for a period of one's own
	Limit   Limit          // the period and how it is counted: all of it, or the parameters of the rule
	From    Moment         // the event; or, where service is deemed, when the document was sent
	Service events.Service // how it was served, where that matters

	Stated   calendar.Date // a date that a document states; beats what is counted
	Document string        // where it was read

	Pauses    []Span // closed; in any order
	Extension Extension
	Holidays  []calendar.Date // supposed holidays of every division
}

// Extension is an extension that is only supposed: to a date, or by a period
// that is counted after the day it would be due.
type Extension struct {
	Until calendar.Date
	By    calendar.Period
	Base  string // by what right
}

// Answer is a date with its working and what it rests on.
type Answer struct {
	Rule  string `json:"rule"` // empty for a period of one's own
	Title string `json:"title,omitempty"`
	Count
	Standing  Standing `json:"standing,omitempty"`
	Source    Source   `json:"source,omitempty"`
	Authority string   `json:"authority,omitempty"`
	AsReadAt  string   `json:"as_read_at,omitempty"`
	Note      string   `json:"note,omitempty"`
	Calendar  string   `json:"calendar"` // the version that was counted with
}

// Compute answers a query by a calendar. Its errors are an UnknownRule or a
// NoClock, or match ErrParameter, ErrUncountable, ErrPause or ErrExtension.
func Compute(cal calendar.Calendar, ask Query) (Answer, error) {
	var rule Rule
	if ask.Rule != "" {
		var err error
		if rule, err = Find(ask.Rule); err != nil {
			return Answer{}, err
		}
	}
	limit, err := ask.limit(rule)
	if err != nil {
		return Answer{}, err
	}
	q := question{
		cal: suppose(cal, ask.Holidays), rule: rule, limit: limit, settled: ask.Rule != "" && ask.Limit.Counting != "",
		from: ask.From, service: ask.Service, stated: ask.Stated, document: ask.Document, explain: true,
	}
	if err := q.check(ask); err != nil {
		return Answer{}, err
	}
	counted := q.count()
	if ask.Extension != (Extension{}) {
		if counted, err = q.extended(counted, ask.Extension); err != nil {
			return Answer{}, err
		}
	}
	if _, err := calendar.Parse(counted.Due.String()); err != nil {
		return Answer{}, refuse(ErrUncountable, "%s from %s: the answer %s", limit.Period.Long(), ask.From.Date.Long(), err)
	}
	return rule.answer(rule.Title, q.closing(counted), q.cal), nil
}

// limit returns how the answer is counted: as the rule says with the parameters
// of the query, or by the query alone. A stated date needs no period.
func (ask Query) limit(rule Rule) (Limit, error) {
	switch {
	case !ask.Stated.IsZero():
		limit := rule.over(ask.Limit)
		if _, err := calendar.ParseWorking(string(limit.working())); err != nil {
			return Limit{}, refuse(ErrUncountable, "%s", err)
		}
		return limit, nil
	case ask.Rule == "":
		return ask.Limit, ask.Limit.Check()
	}
	return rule.Fit(ask.Limit)
}

// check refuses what cannot be counted from, and puts the pauses in order.
func (q *question) check(ask Query) error {
	switch {
	case ask.From.Date.IsZero() && ask.Stated.IsZero():
		return refuse(ErrParameter, "the day that is counted from is missing")
	case ask.From.Time != "":
		if _, err := ask.From.moment(); err != nil {
			return refuse(ErrParameter, "%s", err)
		}
	case q.limit.Period.Unit == calendar.Hours && ask.Stated.IsZero() && ask.Service == (events.Service{}):
		return refuse(ErrParameter, "hours are counted from a moment: give the time too, such as %sT09:00", ask.From.Date)
	}
	if err := q.checkService(ask.Service, ask.From); err != nil {
		return err
	}
	if len(ask.Pauses) > 0 && q.limit.Backward {
		return refuse(ErrPause, "a limit that is counted back from an event ahead cannot be paused")
	}
	var err error
	if q.pauses, err = inOrder(ask.Pauses); err != nil {
		return err
	}
	return q.checkPauses(ask)
}

// checkPauses refuses pauses of what the parties cannot move, and each that
// falls outside the time in which the clock runs.
func (q *question) checkPauses(ask Query) error {
	q.apart = q.pauses
	if len(q.pauses) > 0 {
		if err := q.rule.fixed(ErrPause, "paused"); err != nil {
			return err
		}
	}
	so := *q
	so.explain = false
	for i, p := range q.pauses {
		so.pauses = q.pauses[:i]
		if err := p.within(ask.From.Date, so.count().Due); err != nil {
			return err
		}
	}
	return nil
}

// extended moves the date as a supposed extension does.
func (q question) extended(c Count, by Extension) (Count, error) {
	if err := q.rule.fixed(ErrExtension, "extended"); err != nil {
		return Count{}, err
	}
	until := by.Until
	if until.IsZero() {
		limit := Limit{Period: by.By, Calendar: q.limit.working()}
		if err := limit.Check(); err != nil {
			return Count{}, err
		}
		if by.By.Unit == calendar.Hours {
			return Count{}, refuse(ErrExtension, "an extension is counted in days or longer, not in hours")
		}
		longer := count(q.cal, limit, Moment{Date: c.Due}, nil, false)
		until = longer.Due
		if by.Base == "" {
			by.Base = by.By.Long() + " after " + c.Due.Long()
		}
	}
	if !until.After(c.Due) {
		return Count{}, refuse(ErrExtension, "it is due %s already: an extension to %s is none", c.Due.Long(), until.Long())
	}
	move := Turn{On: until, Kind: Extended, Until: until, Why: by.Base}
	c.Steps = slices.Concat(c.Steps, regime{told: []Turn{move}}.story())
	return q.moved(c, move), nil
}

// suppose returns the calendar with holidays added in every division.
func suppose(cal calendar.Calendar, days []calendar.Date) calendar.Calendar {
	if len(days) == 0 {
		return cal
	}
	r := calendar.Revision{Version: fmt.Sprintf("%s with supposed holidays (%d)", cal.Version(), len(days))}
	for _, d := range days {
		for _, div := range calendar.Divisions() {
			r.Added = append(r.Added, calendar.Holiday{Division: div, Date: d, Title: "a supposed holiday"})
		}
	}
	return cal.With(r)
}

// answer puts a count together with what it rests on.
func (r Rule) answer(title string, c Count, cal calendar.Calendar) Answer {
	if c.Readings == nil {
		c.Readings = []Reading{}
	}
	return Answer{
		Rule: string(r.ID), Title: title, Count: c, Standing: r.Standing, Source: r.Source, Authority: r.Authority,
		AsReadAt: r.AsReadAt, Note: r.Note, Calendar: cal.Version(),
	}
}
