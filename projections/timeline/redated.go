package timeline

import (
	"fmt"
	"slices"
	"strings"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/holidays"
	"parley/events"
)

// Redated is the type of an entry that tells of a deadline which a revision of
// the calendar moved. It is worked out, and stands for no recorded fact.
const Redated = "deadline-redated"

// WithRevisions returns the entries of a case's history with those that tell
// which of its running deadlines each revision of the calendar moved, and why,
// where they belong by their place in the log: two commits can be of one time.
func WithRevisions(entries []Entry, h, revisions events.History) []Entry {
	all := make([]Entry, 0, len(entries))
	known := holidays.New().Calendar
	for i, r := range revisions {
		next := holidays.Fold(revisions[:i+1]).Calendar
		told := before(h, r)
		for len(entries) > 0 && entries[0].Version <= len(told) {
			all, entries = append(all, entries[0]), entries[1:]
		}
		all = append(all, moved(told, known, next, r)...)
		known = next
	}
	return append(all, entries...)
}

// before returns what the log had of a case when r reached it.
func before(h events.History, r events.Recorded) events.History {
	for i := range h {
		if h[i].Position > r.Position {
			return h[:i]
		}
	}
	return h
}

// moved returns an entry for each running clock of the case that one revision
// of the calendar moved.
func moved(h events.History, before, after calendar.Calendar, r events.Recorded) []Entry {
	var entries []Entry
	revision := calendar.Difference(before, after)
	for _, clock := range clocks(h) {
		was, is := clock.Due(before), clock.Due(after)
		if !clock.Running() || was == is {
			continue
		}
		entries = append(entries, Entry{
			On: r.Facts[0].On, RecordedAt: r.RecordedAt, Actor: r.Actor, Type: Redated,
			Text: fmt.Sprintf("Deadline %s (%s) moved from %s to %s: %s", clock.Deadline, clock.Title, was.Long(), is.Long(), reason(revision, clock.Trigger, was, is)),
		})
	}
	return entries
}

// clocks returns the clocks of a case as its history has them.
func clocks(h events.History) deadline.Book {
	var book deadline.Book
	for _, r := range h.Effective() {
		for _, f := range r.Facts {
			book = book.Apply(f)
		}
	}
	return book
}

// reason says what a revision of the calendar changed between the first and the
// last of these days.
func reason(r calendar.Revision, days ...calendar.Date) string {
	first, last := slices.MinFunc(days, calendar.Date.Compare), slices.MaxFunc(days, calendar.Date.Compare)
	concerned := func(list []calendar.Holiday) []calendar.Holiday {
		return slices.DeleteFunc(list, func(h calendar.Holiday) bool { return h.Date.Before(first) || h.Date.After(last) })
	}
	parts := append(listed("added", concerned(r.Added)), listed("removed", concerned(r.Removed))...)
	return "the calendar was revised (" + strings.Join(parts, "; ") + ")"
}

// listed says which days were added or removed, by name, a day once whatever
// the divisions; a long list is cut.
func listed(what string, list []calendar.Holiday) []string {
	var parts []string
	for _, h := range list {
		part := fmt.Sprintf("%s %s, %s", what, h.Title, h.Date.Long())
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	const most = 3
	if more := len(parts) - most; more > 0 {
		parts = append(parts[:most], fmt.Sprintf("%d more %s", more, what))
	}
	return parts
}
