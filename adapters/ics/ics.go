// Package ics writes deadlines as iCalendar (RFC 5545): the calendar that one
// person subscribes to (Feed), and the file that goes with an email (Attachment).
//
// What it promises:
//
//   - One deadline is one event, whatever becomes of its date: the UID is made of
//     the LMC's code, the case and the deadline's ID, never of the date.
//   - The same deadlines give the same bytes. Nothing is taken from a clock:
//     stamps are the times at which facts were recorded, so that whoever asks
//     again can be told that nothing has changed (ETag).
//   - SEQUENCE only ever grows, and does with every change of date or status: it
//     is the version of the case plus that of the calendar. See Entry.Version.
//   - What is no longer to be kept is shown as cancelled for some weeks, since
//     calendars that merge what they are given never drop what merely is missing.
//   - Days are days (VALUE=DATE) and moments are UTC; no time zones are shipped.
//
// A calendar is a view: Outlook asks for it every few hours at best, and nobody
// is warned by it. It carries no terms of offers, no mandate and no notes.
package ics

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	ical "github.com/arran4/golang-ical"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// ErrUnfit is wrapped by the error for deadlines that cannot be written down.
var ErrUnfit = errors.New("this cannot be shown in a calendar")

const (
	// Kept is for how many days an event that was cancelled stays in the feed,
	// after it became known.
	Kept = 42

	product = "-//Parley//Deadlines of negotiations//EN"
	refresh = "PT1H" // how often subscribers are asked to look
)

// Calendar is what one person subscribes to.
type Calendar struct {
	LMC       string // its code, such as GLO
	Person    string // whose deadlines they are
	Rehearsal bool   // they come from a store for training
	Today     calendar.Date

	// Holidays is the version of the history of bank holidays, 0 if the LMC has
	// recorded nothing about them, and Revised when that was recorded, UTC.
	Holidays int
	Revised  time.Time

	Entries []Entry // in any order; none twice
}

// Entry is one deadline as it stands.
type Entry struct {
	Ref      string // of the case
	Deadline string // its ID within the case, D7.1
	Title    string // of the deadline, not of the case
	ICB      string // ODS code
	Practice string // ODS code; empty if none is concerned
	Owner    events.Party
	// Due is the last day on which it is kept. While it is paused it does not
	// count, as it moves every day: the event then stands on the day of Changed.
	Due            calendar.Date
	Time           string // of a limit in hours: until when on that day, as deadline.London reads it
	Status         deadline.Status
	Provisional    bool   // it rests on days for which no holidays are published yet
	NotAWorkingDay string // why Due is none; empty if it is one

	// Version is that of the case's last commit that said anything of the clock,
	// or of any later commit: from 1, and never lower than it once was. Changed is
	// when that commit was recorded, UTC.
	Version int
	Changed time.Time
}

// Feed writes the calendar that one person subscribes to. Entries that are met,
// waived, superseded or paused are cancelled events, left out once that has been
// known for more than Kept days. Its errors wrap ErrUnfit.
func Feed(c Calendar) ([]byte, error) {
	if c.LMC == "" || c.Today.IsZero() || c.Holidays < 0 {
		return nil, fmt.Errorf("%w: it lacks the LMC's code, today's date or the version of its bank holidays", ErrUnfit)
	}
	name := "Parley: deadlines of " + c.Person
	if c.Rehearsal {
		name = "REHEARSAL, " + name
	}
	out := begin(name)
	out.SetRefreshInterval(refresh) // the library adds VALUE=DURATION
	out.SetXPublishedTTL(refresh)
	entries := slices.SortedFunc(slices.Values(c.Entries), inOrder)
	seen := map[string]bool{}
	for _, e := range entries {
		event, err := c.event(e)
		switch {
		case err != nil:
			return nil, err
		case seen[event.Id()]:
			return nil, fmt.Errorf("%w: deadline %s of %s stands in it twice", ErrUnfit, e.Deadline, e.Ref)
		}
		seen[event.Id()] = true
		if !e.dropped(c.Today) {
			out.AddVEvent(event)
		}
	}
	return write(out)
}

// ETag returns a name for these bytes, in quotes as HTTP wants it.
func ETag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// inOrder sorts by day, case and ID.
func inOrder(a, b Entry) int {
	return cmp.Or(a.due().Compare(b.due()), strings.Compare(a.Ref, b.Ref), strings.Compare(a.Deadline, b.Deadline))
}

// due returns the day on which the entry is shown, and clock the time.
func (e Entry) due() calendar.Date {
	if e.Status == deadline.Paused {
		return calendar.At(e.Changed, time.UTC)
	}
	return e.Due
}

func (e Entry) clock() string {
	if e.Status == deadline.Paused {
		return ""
	}
	return e.Time
}

// cancelled reports whether there is nothing to be kept by that date, for now or
// for good.
func (e Entry) cancelled() bool { return e.Status != deadline.Open && e.Status != deadline.Missed }

// dropped reports whether it was cancelled so long ago that no subscriber can
// still hold the event.
func (e Entry) dropped(today calendar.Date) bool {
	return e.cancelled() && calendar.At(e.Changed, time.UTC).AddDays(Kept).Before(today)
}

// unfit returns why an entry cannot be written, or nothing.
func (e Entry) unfit() string {
	statuses := []deadline.Status{deadline.Open, deadline.Paused, deadline.Met, deadline.Missed, deadline.Waived, deadline.Superseded}
	switch {
	case e.Ref == "" || e.Deadline == "":
		return "it has no case or no ID"
	case e.Due.IsZero() && e.Status != deadline.Paused:
		return "it has no date"
	case e.Version < 1 || e.Changed.IsZero():
		return "it does not say when it was last changed"
	case !slices.Contains(statuses, e.Status):
		return fmt.Sprintf("%q is no status", e.Status)
	}
	return ""
}

// event writes one entry.
func (c Calendar) event(e Entry) (*ical.VEvent, error) {
	if why := e.unfit(); why != "" {
		return nil, fmt.Errorf("%w: deadline %q of %q: %s", ErrUnfit, e.Deadline, e.Ref, why)
	}
	event := ical.NewEvent(uid(e.Ref, e.Deadline, c.host()))
	changed := e.Changed
	if c.Revised.After(changed) {
		changed = c.Revised
	}
	event.SetDtStampTime(changed)
	event.SetLastModifiedAt(changed)
	event.SetSequence(e.Version + c.Holidays)
	if err := setDay(event, e.due(), e.clock()); err != nil {
		return nil, fmt.Errorf("%w: deadline %s of %s: %w", ErrUnfit, e.Deadline, e.Ref, err)
	}
	status := ical.ObjectStatusConfirmed
	if e.cancelled() {
		status = ical.ObjectStatusCancelled
	}
	describe(event, status, c.words(e))
	return event, nil
}

// host is the latter part of the UIDs of a store, so that a rehearsal never
// passes for the real thing.
func (c Calendar) host() string {
	host := strings.ToLower(c.LMC) + ".parley"
	if c.Rehearsal {
		return "rehearsal." + host
	}
	return host
}

// uid returns the name of a deadline's event, for good.
func uid(ref, id, host string) string { return plain(ref + "." + id + "@" + host) }

// begin returns a calendar without events.
func begin(name string) *ical.Calendar {
	out := ical.NewCalendar()
	out.SetProductId(product)
	out.SetCalscale("GREGORIAN")
	out.SetMethod(ical.MethodPublish)
	out.SetName(plain(name))
	return out
}

// setDay puts an event on its day: on all of it, or on the moment of a limit in
// hours, which lasts no time.
func setDay(event *ical.VEvent, due calendar.Date, clock string) error {
	if clock == "" {
		event.SetAllDayStartAt(due.Time())
		event.SetAllDayEndAt(due.AddDays(1).Time())
		return nil
	}
	at, err := deadline.London(due, clock)
	if err == nil {
		event.SetStartAt(at)
	}
	return err
}

// write returns the calendar's bytes: lines that end in CRLF, none longer than 75 octets.
func write(out *ical.Calendar) ([]byte, error) {
	var b bytes.Buffer
	if err := out.SerializeTo(&b, ical.WithNewLineWindows); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnfit, err)
	}
	return b.Bytes(), nil
}
