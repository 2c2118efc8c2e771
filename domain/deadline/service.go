package deadline

import (
	"parley/domain/calendar"
	"parley/events"
)

// cutOff is the time of day from which what is handed over or sent by email
// counts as served on the next business day (CPR 6.26).
const cutOff = "16:30"

// served returns the day on which a document counts as served, from which the
// limit is counted: the day that was stated, or so long after sending as the
// contract says, or by the court's table, or else the day it was sent.
func (r *reckoning) served(s events.Service, sent Moment) Moment {
	switch {
	case !s.Deemed.IsZero():
		if s.Deemed != sent.Date {
			r.note(sent.Date, "sent%s", by(s.Method))
		}
		r.note(s.Deemed, "deemed served: the day that was stated, which beats one that is worked out")
		return Moment{Date: s.Deemed}
	case !s.Clause.IsZero():
		r.note(sent.Date, "sent%s", by(s.Method))
		clause := count(r.cal, Limit{Period: s.Clause, Calendar: r.limit.working()}, sent, nil, false)
		r.Provisional = r.Provisional || clause.Provisional && s.Clause.Unit == calendar.WorkingDays
		r.note(clause.Due, "deemed served %s later, as the contract says", s.Clause.Long())
		return Moment{Date: clause.Due, Time: clause.Time}
	case s.Court:
		return Moment{Date: r.courtTable(s.Method, sent)}
	case s.Method != "":
		r.note(sent.Date, "sent%s, and taken to be served on that day: the contract may say otherwise", by(s.Method))
	}
	return sent
}

// courtTable returns the day of deemed service by the table of CPR 6.26: by
// first-class post the second day after posting, by hand or email the day
// itself before 4.30 pm; where that is not a business day, the next one.
func (r *reckoning) courtTable(method events.Method, sent Moment) calendar.Date {
	business := *r
	business.limit.Calendar, business.Provisional = calendar.WorkingCourt, false
	d := sent.Date
	r.note(d, "sent%s%s", by(method), at(sent.Time))
	if method == events.Post {
		d = d.AddDays(2)
		r.note(d, "the second day after posting (CPR 6.26)")
	} else if !business.off(d) && (sent.Time == "" || sent.Time >= cutOff) {
		why := "not before 4.30 pm"
		if sent.Time == "" {
			why = "nobody recorded that it was before 4.30 pm"
		}
		r.note(d, "%s: the next business day (CPR 6.26)", why)
		d = d.AddDays(1)
	}
	for business.off(d) {
		r.note(d, "not a business day: %s", business.why(d))
		d = d.AddDays(1)
	}
	r.Provisional = r.Provisional || business.Provisional
	r.note(d, "deemed served (CPR 6.26: court documents, and contracts that adopt its table)")
	return d
}

func by(m events.Method) string {
	switch m {
	case "":
		return ""
	case events.Post:
		return " by first-class post"
	}
	return " by " + string(m)
}

func at(clock string) string {
	if clock == "" {
		return ""
	}
	return " at " + clock
}

// Served returns the day on which a document that was sent at a moment counts
// as served, with the working. Its errors match ErrParameter or ErrUncountable.
func Served(cal calendar.Calendar, s events.Service, sent Moment) (Count, error) {
	q := question{cal: cal}
	if sent.Date.IsZero() {
		return Count{}, refuse(ErrParameter, "the day on which it was sent is missing")
	}
	if sent.Time != "" {
		if _, err := sent.moment(); err != nil {
			return Count{}, refuse(ErrParameter, "%s", err)
		}
	}
	if err := q.checkService(s, sent); err != nil {
		return Count{}, err
	}
	r := reckoning{cal: cal, explain: true}
	served := r.served(s, sent)
	r.Due, r.Time = served.Date, served.Time
	return r.Count, nil
}

// checkService refuses a service whose day cannot be worked out.
func (q *question) checkService(s events.Service, sent Moment) error {
	switch s.Method {
	case "", events.Email, events.Post, events.Hand:
	default:
		return refuse(ErrParameter, "%q is not a method of service: there are email, post and hand", string(s.Method))
	}
	if !s.Clause.IsZero() {
		if err := (Limit{Period: s.Clause}).Check(); err != nil {
			return err
		}
	}
	switch {
	case !s.Deemed.IsZero() && s.Deemed.Before(sent.Date):
		return refuse(ErrParameter, "it cannot count as served on %s, before it was sent on %s", s.Deemed.Long(), sent.Date.Long())
	case !s.Deemed.IsZero(), !s.Clause.IsZero():
		return nil
	case !s.Court && s.Method == events.Post:
		return refuse(ErrParameter, "by post nothing is served on the day it is sent: say when it counts as served: --deemed, --served-after or --court-service")
	case !s.Court:
		return nil
	case s.Method == "":
		return refuse(ErrParameter, "the court's table needs the method of service: email, post or hand")
	case s.Method != events.Post && sent.Time == "" && q.cal.WorkingDay(calendar.WorkingCourt, sent.Date):
		return refuse(ErrParameter, "by %s the day of service turns on 16:30: give the time too, such as %sT16:29", s.Method, sent.Date)
	}
	return nil
}
