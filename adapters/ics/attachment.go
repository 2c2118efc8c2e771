package ics

import (
	"fmt"
	"time"

	ical "github.com/arran4/golang-ical"

	"parley/domain/alerting"
)

// Attachment writes the deadlines of a message as a file that people can open to
// put them in their own calendar, or returns nothing if it has none. Its errors
// wrap ErrUnfit.
//
// Its events are not those of the feed: a message does not know the versions of
// cases, and a calendar that took its sequence numbers for the feed's would stop
// believing the feed. Here SEQUENCE is the minute at which the message was to go
// out, so that a later message moves the event of an earlier one.
func Attachment(m alerting.Message) ([]byte, error) {
	out := begin("Parley: " + m.Subject)
	seen := map[string]bool{}
	for _, section := range m.Sections {
		for _, item := range section.Items {
			event, err := itemEvent(m, item)
			if err != nil {
				return nil, err
			}
			if !seen[event.Id()] {
				seen[event.Id()] = true
				out.AddVEvent(event)
			}
		}
	}
	if len(seen) == 0 {
		return nil, nil
	}
	return write(out)
}

func itemEvent(m alerting.Message, item alerting.Item) (*ical.VEvent, error) {
	switch {
	case item.Ref == "" || item.Deadline == "" || item.Due.IsZero():
		return nil, fmt.Errorf("%w: deadline %q of %q: it has no case, no ID or no date", ErrUnfit, item.Deadline, item.Ref)
	case m.At.IsZero():
		return nil, fmt.Errorf("%w: message %s does not say when it was to go out", ErrUnfit, m.ID)
	}
	host := "mail.parley"
	if m.Rehearsal {
		host = "rehearsal." + host
	}
	event := ical.NewEvent(uid(item.Ref, item.Deadline, host))
	event.SetDtStampTime(m.At)
	event.SetLastModifiedAt(m.At)
	event.SetSequence(int(m.At.Unix() / int64(time.Minute/time.Second)))
	if err := setDay(event, item.Due, item.Time); err != nil {
		return nil, fmt.Errorf("%w: deadline %s of %s: %w", ErrUnfit, item.Deadline, item.Ref, err)
	}
	w := words{
		summary:    item.Title + " (" + item.Ref + ")",
		categories: []string{"Parley", actor(item.Owner)},
		lines:      about(item.Ref, item.Deadline, item.ICB, item.Practice, item.Owner),
	}
	w.lines = append(w.lines, notes(item.Provisional, "")...)
	w.lines = append(w.lines, item.Note, working(item.Ref, item.Deadline),
		"This stands as it was on "+m.At.UTC().Format("2 Jan 2006")+" and does not change by itself.")
	if m.Rehearsal {
		w.rehearse()
	}
	describe(event, ical.ObjectStatusConfirmed, w)
	return event, nil
}
