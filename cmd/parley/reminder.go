package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
	"parley/projections/docket"
)

// reminderFile keeps what was counted for the reminder, so that a command counts
// only what has changed since. It can be deleted at any time.
const reminderFile = "reminder.json"

// mostReminded is the number of cases beyond which nobody is reminded: an office
// of that size has a server, and counting them all takes seconds.
const mostReminded = 5_000

// reminder is what is overdue or due on one day, by case.
type reminder struct {
	Day      calendar.Date         `json:"day"`
	Program  string                `json:"program"`  // which counted it
	Calendar int                   `json:"calendar"` // how often it had been revised
	Position uint64                `json:"position"` // up to which commit of the log
	Cases    map[string]reminderOf `json:"cases"`    // none that has nothing
}

// reminderOf is how many deadlines of a case are overdue, and due on the day.
type reminderOf struct {
	Overdue int `json:"overdue,omitempty"`
	Today   int `json:"today,omitempty"`
}

// reminded returns one line about what is overdue or due today; nothing if
// nothing is. It never fails a command: what cannot be counted is left out.
func (o *localOffice) reminded(ctx context.Context) string {
	r, err := o.reminder(ctx)
	if err != nil {
		return ""
	}
	all := r.sum()
	switch {
	case all.Overdue > 0 && all.Today > 0:
		return fmt.Sprintf("Reminder: %d overdue, %d due today; see: parley deadline list", all.Overdue, all.Today)
	case all.Overdue > 0:
		return fmt.Sprintf("Reminder: %d overdue; see: parley deadline list --overdue", all.Overdue)
	case all.Today > 0:
		return fmt.Sprintf("Reminder: %d due today; see: parley deadline list", all.Today)
	}
	return ""
}

func (r reminder) sum() reminderOf {
	var all reminderOf
	for _, c := range r.Cases {
		all.Overdue += c.Overdue
		all.Today += c.Today
	}
	return all
}

// reminder returns what is overdue or due today. It counts afresh only the cases
// of which something was recorded since it was last counted, on the same day by
// the same program and calendar, and otherwise all.
func (o *localOffice) reminder(ctx context.Context) (reminder, error) {
	day, err := o.Day(ctx, time.Time{})
	if err != nil {
		return reminder{}, err
	}
	almanac, _, err := o.views.Almanac.Get(ctx, events.Calendar().ID)
	if err != nil {
		return reminder{}, err
	}
	now := reminder{Day: day.Today, Program: version(), Calendar: almanac.Version, Position: o.views.Position(), Cases: map[string]reminderOf{}}
	path := filepath.Join(o.dir.Path(), reminderFile)
	known, ok := o.readReminder(path)
	fits := ok && known.Day == now.Day && known.Program == now.Program && known.Calendar == now.Calendar && known.Position <= now.Position
	switch {
	case fits && known.Position == now.Position:
		return known, nil
	case fits:
		now.Cases = known.Cases
		err = o.recount(ctx, now, known.Position, day)
	default:
		err = o.countAll(ctx, now, day)
	}
	if err == nil {
		o.keepReminder(path, now)
	}
	return now, err
}

// recount counts the cases of which something was recorded after a position.
func (o *localOffice) recount(ctx context.Context, r reminder, after uint64, day docket.Day) error {
	changed := map[string]bool{}
	err := o.log.Scan(ctx, after, func(c events.Recorded) error {
		if c.Aggregate.Kind == events.KindCase {
			changed[c.Aggregate.ID] = true
		}
		return nil
	})
	for ref := range changed {
		if err != nil {
			break
		}
		var doc docket.Doc
		if doc, _, err = o.views.Docket.Get(ctx, ref); err == nil {
			r.count(doc, day)
		}
	}
	return err
}

// errTooMany says that there are too many cases to be counted for a reminder.
var errTooMany = fmt.Errorf("more than %d cases", mostReminded)

func (o *localOffice) countAll(ctx context.Context, r reminder, day docket.Day) error {
	if o.views.Docket.Count() > mostReminded {
		return errTooMany
	}
	var failed error
	for doc := range o.views.Docket.All(ctx, &failed) {
		r.count(doc, day)
	}
	return failed
}

// count notes how a case stands.
func (r reminder) count(doc docket.Doc, day docket.Day) {
	var n reminderOf
	for _, clock := range doc.Book {
		if !doc.Awaits(clock) {
			continue
		}
		switch count, status := clock.Look(day.Calendar, day.Today); {
		case status == deadline.Missed:
			n.Overdue++
		case status == deadline.Open && count.Due == day.Today:
			n.Today++
		}
	}
	delete(r.Cases, doc.Ref)
	if n != (reminderOf{}) {
		r.Cases[doc.Ref] = n
	}
}

// readReminder reads what keepReminder wrote. In an encrypted store that is
// encrypted too.
func (s *store) readReminder(path string) (reminder, bool) {
	content, err := os.ReadFile(path)
	if err == nil {
		content, err = s.unsealed("reminder", content)
	}
	if err != nil {
		return reminder{}, false
	}
	var r reminder
	err = json.Unmarshal(content, &r)
	return r, err == nil && r.Cases != nil
}

// keepReminder writes what was counted; if it cannot, it is counted afresh.
func (s *store) keepReminder(path string, r reminder) {
	content, err := json.Marshal(r)
	if err == nil {
		content, err = s.sealed("reminder", content)
	}
	if err != nil {
		return
	}
	next := path + ".next"
	if os.WriteFile(next, content, 0o600) == nil {
		_ = os.Rename(next, path)
	}
}
