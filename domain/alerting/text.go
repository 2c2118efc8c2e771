package alerting

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"parley/domain/calendar"
	"parley/events"
)

// RehearsalNote is what a message from a store for training says of itself.
const RehearsalNote = "REHEARSAL: this comes from a store for training. No case in it is real."

// Headline returns the subject as it is shown: one line, which says first if
// the message is a rehearsal.
func (m Message) Headline() string {
	subject := OneLine(m.Subject)
	const mark = "[Rehearsal] "
	if m.Rehearsal && !strings.HasPrefix(subject, mark) {
		return mark + subject
	}
	return subject
}

// Text returns m as plain text for people, with lines ended by \n and of at most
// width letters where words allow it, or as long as they come for 0. It begins
// with Headline and contains no control characters but the ends of its lines.
func (m Message) Text(width int) string {
	b := &textBlock{width: width}
	b.line("", m.Headline())
	for _, above := range m.above() {
		b.gap()
		b.line("", above)
	}
	for _, s := range m.Sections {
		title := OneLine(s.Title)
		b.gap()
		b.line("", title)
		b.line("", strings.Repeat("-", len([]rune(title))))
		for n, i := range s.Items {
			if n > 0 {
				b.gap()
			}
			b.item(m, i)
		}
	}
	if closing := OneLine(m.Closing); closing != "" {
		b.gap()
		b.line("", closing)
	}
	return b.String()
}

// above is the sentences above the sections.
func (m Message) above() (sentences []string) {
	if m.Rehearsal {
		sentences = append(sentences, RehearsalNote)
	}
	if opening := OneLine(m.Opening); opening != "" {
		sentences = append(sentences, opening)
	}
	return sentences
}

// AckBy is what stands before the ID of the alert by which a deadline can be
// acknowledged; what that does stands below, in the closing.
const AckBy = "If you are seeing to it: parley alert ack "

// When returns the due date, and the hour if there is one, for people:
// Mon 2 Nov 2026 at 15:04.
func (i Item) When() string {
	when := i.Due.Long()
	if i.Time != "" {
		when += " at " + OneLine(i.Time)
	}
	return when
}

// Left says how much time is left for i as of m: 5 working days left, today,
// 2 working days overdue. The day of m is that of At in UTC, which is London's
// at any hour at which alerts go out.
func (m Message) Left(i Item) string {
	days := func(n int) string {
		if n == 1 {
			return "1 working day"
		}
		return strconv.Itoa(n) + " working days"
	}
	y, month, d := m.At.UTC().Date()
	switch today := calendar.On(y, month, d); {
	case i.WorkingDays > 0:
		return days(i.WorkingDays) + " left"
	case i.WorkingDays < 0:
		return days(-i.WorkingDays) + " overdue"
	case m.Kind == Overdue, m.Kind == Escalation, i.Due.Before(today):
		return "overdue"
	case i.Due.After(today):
		return "no working day left before it"
	}
	return "today"
}

// Whose says who must act: the ICB QR1, the practice A81001, the LMC; nothing
// where nobody is named.
func (i Item) Whose() string {
	switch i.Owner {
	case "":
		return ""
	case events.LMC:
		return "the LMC"
	case events.ICB:
		return strings.TrimSpace("the ICB " + OneLine(i.ICB))
	case events.Practice:
		return strings.TrimSpace("the practice " + OneLine(i.Practice))
	}
	return "the " + OneLine(string(i.Owner))
}

// Where says what the deadline belongs to: case GLO-26-0001, deadline D7.1,
// ICB QR1, practice A81001.
func (i Item) Where() string {
	var parts []string
	for _, p := range []struct{ name, value string }{{"case", i.Ref}, {"deadline", i.Deadline}, {"ICB", i.ICB}, {"practice", i.Practice}} {
		if value := OneLine(p.value); value != "" {
			parts = append(parts, p.name+" "+value)
		}
	}
	return strings.Join(parts, ", ")
}

// Remarks is what else is to be said of i, sentence by sentence, from Note and
// Provisional.
func (i Item) Remarks() (sentences []string) {
	if i.Provisional {
		sentences = append(sentences, "Provisional: no bank holidays are published yet for some of the days it is counted by.")
	}
	if note := OneLine(i.Note); note != "" {
		sentences = append(sentences, note)
	}
	return sentences
}

// OneLine returns s as one line without surprises: whitespace and line breaks
// become single spaces, control characters and invisible ones that change the
// order of letters are left out, and bytes that are no text become �.
func OneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.Join(strings.Fields(s), " ")
}

// textBlock is lines of text as they come.
type textBlock struct {
	strings.Builder
	width int // in letters; 0 for no limit
}

func (b *textBlock) gap() { b.WriteByte('\n') }

// item writes one deadline as an indented paragraph.
func (b *textBlock) item(m Message, i Item) {
	b.line("* ", OneLine(i.Title))
	due := "Due " + i.When() + ": " + m.Left(i) + "."
	if whose := i.Whose(); whose != "" {
		due += fmt.Sprintf(" For %s to do.", whose)
	}
	b.line("  ", due)
	if where := i.Where(); where != "" {
		b.line("  ", strings.ToUpper(where[:1])+where[1:]+".")
	}
	for _, remark := range i.Remarks() {
		b.line("  ", remark)
	}
	if alert := OneLine(i.Alert); alert != "" {
		b.line("  ", AckBy+alert)
	}
}

// line writes text behind its lead, broken between words into further lines
// that are indented as far.
func (b *textBlock) line(lead, text string) {
	indent := strings.Repeat(" ", len(lead))
	used := 0
	for n, word := range strings.Fields(text) {
		length := len([]rune(word))
		switch {
		case n == 0:
			b.WriteString(lead)
			used = len(lead)
		case b.width > 0 && used+1+length > b.width:
			b.WriteString("\n" + indent)
			used = len(indent)
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += length
	}
	b.WriteByte('\n')
}
