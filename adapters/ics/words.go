package ics

import (
	"strings"
	"unicode"

	ical "github.com/arran4/golang-ical"

	"parley/domain/deadline"
	"parley/events"
)

// longest is how many characters a line of text may have: beyond that calendars
// cut it off anyhow, and it is no title but an essay.
const longest = 300

// words is what an event says.
type words struct {
	summary    string
	lines      []string // of the description; empty ones are left out
	categories []string // empty ones are left out
}

// words returns what the event of an entry says. Nothing of it depends on the
// day on which it is asked for.
func (c Calendar) words(e Entry) words {
	w := words{
		summary:    e.Title + " (" + e.Ref + ")",
		categories: []string{"Parley", actor(e.Owner)},
		lines:      about(e.Ref, e.Deadline, e.ICB, e.Practice, e.Owner),
	}
	switch e.Status {
	case deadline.Met:
		w.lines = append(w.lines, "It has been met.")
	case deadline.Waived:
		w.lines = append(w.lines, "It has been waived.")
	case deadline.Superseded:
		w.lines = append(w.lines, "It has been superseded.")
	case deadline.Paused:
		w.lines = append(w.lines, "Its clock stands still: it comes back with its new date when that runs on.")
	default:
		w.lines = append(w.lines, notes(e.Provisional, e.NotAWorkingDay)...)
	}
	w.lines = append(w.lines, working(e.Ref, e.Deadline))
	if c.Rehearsal {
		w.rehearse()
	}
	return w
}

// rehearse marks what is for training only.
func (w *words) rehearse() {
	w.summary = "REHEARSAL: " + w.summary
	w.lines = append(w.lines, "This comes from a store for training: nothing in it is real.")
}

// about says whose deadline it is, a line each.
func about(ref, id, icb, practice string, owner events.Party) []string {
	lines := []string{"Case " + ref + ", deadline " + id}
	if who := actor(owner); who != "" {
		lines = append(lines, who)
	}
	if icb != "" {
		lines = append(lines, "ICB: "+icb)
	}
	if practice != "" {
		lines = append(lines, "Practice: "+practice)
	}
	return lines
}

// actor says who must act.
func actor(owner events.Party) string {
	switch owner {
	case "":
		return ""
	case events.ICB:
		return "The ICB must act"
	case events.LMC:
		return "The LMC must act"
	case events.Practice:
		return "The practice must act"
	}
	return "To act: " + string(owner)
}

// notes says what must be known of a date.
func notes(provisional bool, notAWorkingDay string) []string {
	var lines []string
	if notAWorkingDay != "" {
		lines = append(lines, "This is not a working day: "+notAWorkingDay+".")
	}
	if provisional {
		lines = append(lines, "The date is provisional: bank holidays are not yet published that far.")
	}
	return lines
}

// working says how to see how the date was counted.
func working(ref, id string) string {
	return "How this was counted: parley deadline explain " + ref + " " + id
}

// describe writes what an event says, and that it takes up nobody's time.
func describe(event *ical.VEvent, status ical.ObjectStatus, w words) {
	event.SetStatus(status)
	event.SetTimeTransparency(ical.TransparencyTransparent)
	event.SetSummary(plain(w.summary))
	var lines []string
	for _, line := range w.lines {
		if line = plain(line); line != "" {
			lines = append(lines, line)
		}
	}
	event.SetDescription(strings.Join(lines, "\n"))
	for _, category := range w.categories {
		if category = plain(category); category != "" {
			event.AddCategory(category)
		}
	}
}

// plain returns text as one line of what can be printed: whatever stands between
// words is one space, and what is no character at all is left out. It ends where
// it becomes too long, with an ellipsis.
func plain(text string) string {
	var b strings.Builder
	gap, n := false, 0
	for _, r := range strings.ToValidUTF8(text, "") {
		switch {
		case unicode.IsSpace(r):
			gap = true
			continue
		case !unicode.IsPrint(r):
			continue
		case n >= longest:
			return b.String() + "…"
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
			n++
		}
		gap = false
		b.WriteRune(r)
		n++
	}
	return b.String()
}
