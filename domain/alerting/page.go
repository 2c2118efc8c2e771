package alerting

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/domain/calendar"
	"parley/domain/deadline"
)

// Page is all that a morning digest is composed from.
type Page struct {
	Morning  Morning
	Calendar calendar.Calendar
	Now      time.Time
	Entries  []Entry          // the running deadlines of the person's cases
	Digests  map[string]State // what has been recorded of digests, by ID
}

// Entry is one deadline as a digest may tell of it.
type Entry struct {
	Deadline Deadline
	Recorded map[string]State // of the alerts of its case, by ID
	With     []Alert          // alerts of the deadline that go out in this digest
	Other    bool             // it is somebody's without a digest: only what did not reach them is told
}

// TellsOf reports whether a person's digest tells of a deadline, of whose case's
// alerts this has been recorded, and whether only of what did not reach whose it is:
// as the desk's does of somebody's without a digest, one that they have all the
// same, for their backlog, and the officer's of what was escalated to them.
func (p Policy) TellsOf(person string, d Deadline, recorded map[string]State) (tells, other bool) {
	who := p.Recipient(d.Caseworker)
	if who.Name == person {
		return true, who.NoDigest
	}
	other = who.NoDigest && person == p.Desk
	for _, s := range recorded {
		other = other || s.Claim.Person == person && s.Claim.Deadline == d.Clock.Deadline
	}
	return other, other
}

// overdue is the title of the deadlines that have passed, and mostOverdue how many
// of them a digest names.
const (
	overdue     = "Overdue"
	mostOverdue = 100
)

// soon is how many working days a digest looks ahead.
const soon = 5

// ComposeDigest returns the morning digest: what is overdue, due today and in
// the next five working days, what alerts that go out in it say beside, and of
// which deadlines it is not known whether an alert arrived since the last
// digest. Where there is nothing to say there is none. Deadlines that are paused
// are left out, as are those that stand still with their closed case.
func ComposeDigest(p Page) (Message, bool) {
	c := contents{Page: p, since: p.since()}
	c.today = deadline.InLondon(p.Now).Date
	c.horizon = p.Calendar.AddWorkingDays(calendar.WorkingEnglandAndWales, c.today, soon)
	for _, e := range p.Entries {
		if e.Deadline.stands() && !e.Deadline.Clock.PausedOn(c.today) {
			c.add(e)
		}
	}
	m := Message{
		ID: p.Morning.ID, Kind: Digest, To: p.Morning.Person, At: p.Now.UTC(), Subject: c.subject(),
		Closing: "When something has been done, record it: parley deadline meet CASE DEADLINE. That ends its reminders" + acknowledging,
	}
	opening := []string{p.unsure(), c.made()}
	for _, s := range []Section{
		{overdue, c.overdue},
		{"Due today", c.dueToday},
		{"In the next five working days", c.soon},
		{"Further ahead", c.ahead},
		{"Not known to have been sent", c.uncertain},
	} {
		if len(s.Items) == 0 {
			continue
		}
		slices.SortStableFunc(s.Items, func(a, b Item) int {
			return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Time, b.Time), strings.Compare(a.Ref, b.Ref), strings.Compare(a.Deadline, b.Deadline))
		})
		if more := len(s.Items) - mostOverdue; more > 0 && s.Title == overdue {
			s.Items = s.Items[more:]
			opening = append(opening, fmt.Sprintf("Of what is overdue the latest %d are named; all %d: parley deadline list --overdue.", mostOverdue, len(c.overdue)))
		}
		m.Sections = append(m.Sections, s)
	}
	m.Opening = OneLine(strings.Join(opening, " "))
	if slices.ContainsFunc(m.Sections, c.snoozable) {
		m.Closing += ". To be told again later: parley alert snooze ALERT --until DATE"
	}
	return m, len(m.Sections) > 0
}

// contents is what a digest says, as it is put together.
type contents struct {
	Page
	since          time.Time // of the last digest that was sent
	today, horizon calendar.Date

	overdue, dueToday, soon, ahead, uncertain []Item
}

func (c *contents) add(e Entry) {
	v := look(e.Deadline, c.Calendar, c.Now)
	alert, notes := e.said(v.due, c.today)
	notes = append(notes, e.alone(v.due, c.today, c.Morning.Person))
	i := v.item(alert, notes...)
	switch {
	case e.Other && len(e.With) == 0:
	case v.passed:
		c.overdue = append(c.overdue, i)
	case v.due == c.today:
		c.dueToday = append(c.dueToday, i)
	case !v.due.After(c.horizon):
		c.soon = append(c.soon, i)
	case len(e.With) > 0:
		c.ahead = append(c.ahead, i)
	}
	if what := e.unsure(v.due, c.since, c.Morning.Person); what != "" {
		i.Note = what
		c.uncertain = append(c.uncertain, i)
	}
}

// made says how many alerts go out in the digest that were to go out by
// themselves.
func (c *contents) made() string {
	n := 0
	for _, e := range c.Entries {
		if slices.ContainsFunc(e.With, func(a Alert) bool { return a.Rung.Urgent }) {
			n++
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return "The alert of one of these deadlines did not go out in its time: it is told here, and not by itself."
	}
	return fmt.Sprintf("The alerts of %d of these deadlines did not go out in their time: they are told here at once, and not one by one.", n)
}

// snoozable reports whether a section names an alert that can be put off.
func (c *contents) snoozable(s Section) bool {
	return slices.ContainsFunc(s.Items, func(i Item) bool {
		return i.Alert != "" && lastSnooze(c.Calendar, i.Due, c.today).After(c.today)
	})
}

// said returns the ID of the alert by which the deadline can be acknowledged,
// the latest that went out or goes out now, and what was said of it already.
func (e Entry) said(due, today calendar.Date) (alert string, notes []string) {
	var at time.Time
	for _, s := range e.about(due) {
		if s.Claimed() && s.Claim.At.After(at) {
			alert, at = s.ID, s.Claim.At
		}
		if s.Acknowledged.By != "" {
			notes = append(notes, "Acknowledged on "+deadline.InLondon(s.Acknowledged.At).Date.Long()+".")
		}
		if s.Snoozed.Until.After(today) {
			notes = append(notes, "Put off to "+s.Snoozed.Until.Long()+".")
		}
	}
	for _, a := range e.With {
		if a.At.After(at) {
			alert, at = a.ID, a.At
		}
	}
	slices.Sort(notes)
	return alert, slices.Compact(notes)
}

// alone says that the person has been told of the deadline by itself today, and
// how: the digest has it all the same, as the list of the day must be whole.
func (e Entry) alone(due, today calendar.Date, person string) string {
	var by []string
	for _, s := range e.about(due) {
		for _, o := range s.Deliveries {
			goes := o.Status == Sent || o.Status == Claimed
			own := o.Delivery.To == person && s.Claim.Digest == ""
			if goes && own && deadline.InLondon(o.At).Date == today && !slices.Contains(by, o.Delivery.Channel) {
				by = append(by, o.Delivery.Channel)
			}
		}
	}
	if len(by) == 0 {
		return ""
	}
	return "Also sent to you by itself today (" + strings.Join(by, ", ") + ")."
}

// about returns what is recorded of the alerts of the deadline and due date, by
// ID.
func (e Entry) about(due calendar.Date) []State {
	var found []State
	for id, s := range e.Recorded {
		if about(id, e.Deadline.Ref, e.Deadline.Clock.Deadline, due) {
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b State) int { return strings.Compare(a.ID, b.ID) })
	return found
}

// unsure says which alerts of the deadline are not known to have arrived, or did
// not go out and are not tried again, of those that were sent after a moment. What
// was in the person's own digest is in this one too, unless that tells nothing else
// of the deadline.
func (e Entry) unsure(due calendar.Date, since time.Time, person string) string {
	var said []string
	for _, s := range e.about(due) {
		here := s.Claim.Digest != "" && s.Claim.Person == person && !e.Other
		for _, o := range s.Deliveries {
			what := ""
			switch {
			case !o.At.After(since):
			case o.Status == Uncertain:
				what = "is not known to have arrived"
			case o.Status == Failed && o.RetryAt.IsZero() && !here:
				what = "did not go out, and is not tried again"
			}
			if what != "" {
				said = append(said, fmt.Sprintf("The alert of %s by %s %s.", moment(s.Claim.At), o.Delivery.Channel, what))
			}
		}
	}
	return strings.Join(said, " ")
}

// moment writes a time for people: Fri 23 Oct 2026, 08:30.
func moment(at time.Time) string {
	in := deadline.InLondon(at)
	return in.Date.Long() + ", " + in.Time
}

// since returns when the person's last digest before this was sent; the zero
// time if none is known. One that perhaps did not arrive by one of its channels
// does not count: that may be the one they read.
func (p Page) since() time.Time {
	var last time.Time
	for id, s := range p.Digests {
		if name, err := ParseID(id); err != nil || name.Person != p.Morning.Person || !name.Due.Before(p.Morning.Day) {
			continue
		}
		if s.has(Sent) && !s.has(Uncertain) && s.Claim.At.After(last) {
			last = s.Claim.At
		}
	}
	return last
}

// unsure says of which of the person's digests since then it is not known
// whether they arrived.
func (p Page) unsure() string {
	var days []calendar.Date
	since := p.since()
	for id, s := range p.Digests {
		name, err := ParseID(id)
		if err == nil && name.Person == p.Morning.Person && name.Due.Before(p.Morning.Day) && s.has(Uncertain) && s.Claim.At.After(since) {
			days = append(days, name.Due)
		}
	}
	if len(days) == 0 {
		return ""
	}
	slices.SortFunc(days, calendar.Date.Compare)
	said := make([]string, len(days))
	for i, d := range days {
		said[i] = d.Long()
	}
	return "It is not known whether your digest of " + strings.Join(said, ", ") + " arrived: what is still to be done stands here again."
}

// subject sums the digest up: Parley: 2 overdue, 1 today, 3 soon.
func (c *contents) subject() string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{
		{len(c.overdue), "overdue"}, {len(c.dueToday), "today"}, {len(c.soon), "soon"}, {len(c.ahead), "further ahead"}, {len(c.uncertain), "uncertain"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return "Parley: " + strings.Join(parts, ", ")
}
