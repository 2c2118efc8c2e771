package alerting

import (
	"strings"
	"testing"
	"time"

	"parley/domain/calendar"
	"parley/events"
)

func textSample() Message {
	return Message{
		ID: "digest_ann_20261102", Kind: Digest, To: "ann",
		At:      time.Date(2026, 11, 2, 8, 30, 0, 0, time.UTC),
		Subject: "1 deadline overdue, 1 due today", Opening: "Good morning.", Closing: "Reply to nobody.",
		Sections: []Section{
			{"Overdue", []Item{{
				Alert: "GLO-26-0001_D7-1_day_20261030", Ref: "GLO-26-0001", Deadline: "D7.1", Title: "Answer the FOI request about phlebotomy",
				ICB: "QR1", Owner: events.ICB, Due: calendar.On(2026, 10, 30), WorkingDays: -1, Note: "An alert of it is uncertain.",
			}}},
			{"Due today", []Item{{
				Ref: "GLO-26-0002", Deadline: "D1", Title: "Reply to the offer", ICB: "QR1", Practice: "A81001", Owner: events.Practice,
				Due: calendar.On(2026, 11, 2), Time: "16:00", Provisional: true,
			}}},
		},
	}
}

func TestTextReadsAsALetter(t *testing.T) {
	want := `1 deadline overdue, 1 due today

Good morning.

Overdue
-------
* Answer the FOI request about phlebotomy
  Due Fri 30 Oct 2026: 1 working day overdue. For
  the ICB QR1 to do.
  Case GLO-26-0001, deadline D7.1, ICB QR1.
  An alert of it is uncertain.
  If you are seeing to it: parley alert ack
  GLO-26-0001_D7-1_day_20261030

Due today
---------
* Reply to the offer
  Due Mon 2 Nov 2026 at 16:00: today. For the
  practice A81001 to do.
  Case GLO-26-0002, deadline D1, ICB QR1, practice
  A81001.
  Provisional: no bank holidays are published yet
  for some of the days it is counted by.

Reply to nobody.
`
	if got := textSample().Text(50); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if whole := textSample().Text(0); !strings.Contains(whole, "parley alert ack GLO-26-0001_D7-1_day_20261030\n") || strings.Join(strings.Fields(whole), " ") != strings.Join(strings.Fields(want), " ") {
		t.Errorf("without a width it reads\n%s", whole)
	}
}

func TestARehearsalSaysSo(t *testing.T) {
	m := textSample()
	m.Rehearsal = true
	if text := m.Text(0); !strings.HasPrefix(text, "[Rehearsal] 1 deadline") || !strings.Contains(text, RehearsalNote) {
		t.Error(text)
	}
	m.Subject = m.Headline()
	if m.Headline() != m.Subject {
		t.Errorf("said twice: %s", m.Headline())
	}
}

func TestHowMuchTimeIsLeft(t *testing.T) {
	on := func(day int) calendar.Date { return calendar.On(2026, 11, day) }
	for _, c := range []struct {
		kind MessageKind
		due  calendar.Date
		days int
		want string
	}{
		{Warning, on(9), 5, "5 working days left"},
		{Warning, on(3), 1, "1 working day left"},
		{Warning, on(2), 0, "today"},
		{Warning, on(8), 0, "no working day left before it"},
		{Digest, on(1), 0, "overdue"},
		{Overdue, on(2), 0, "overdue"},
		{Overdue, on(1), -1, "1 working day overdue"},
		{Escalation, on(1), -2, "2 working days overdue"},
	} {
		m := textSample()
		m.Kind = c.kind
		if got := m.Left(Item{Due: c.due, WorkingDays: c.days}); got != c.want {
			t.Errorf("%s due %s with %d days: %q, want %q", c.kind, c.due, c.days, got, c.want)
		}
	}
}

func TestWhoMustAct(t *testing.T) {
	for owner, want := range map[events.Party]string{
		"": "", events.LMC: "the LMC", events.ICB: "the ICB QR1", events.Practice: "the practice A81001",
		events.Provider: "the provider", events.Adjudicator: "the adjudicator",
	} {
		if got := (Item{Owner: owner, ICB: "QR1", Practice: "A81001"}).Whose(); got != want {
			t.Errorf("%s: %q, want %q", owner, got, want)
		}
	}
}

func TestTextIsHarmless(t *testing.T) {
	bad := "a\r\nBcc: x\x1b[2J\u202eb\u2028c\x00\xffd"
	const harmless = "a Bcc: x[2Jb c\ufffdd"
	if got := OneLine(bad); got != harmless {
		t.Errorf("%q, want %q", got, harmless)
	}
	m := textSample()
	m.Subject, m.Opening, m.Closing = bad, bad, bad
	m.Sections[0] = Section{bad, []Item{{bad, bad, bad, bad, bad, bad, events.Party(bad), calendar.On(2026, 11, 2), bad, 0, false, bad}}}
	text := m.Text(0)
	for _, r := range text {
		if r != '\n' && r < ' ' || r == '\u202e' || r == '\u2028' {
			t.Errorf("%q is left in\n%s", r, text)
		}
	}
	if strings.Contains(text, "\nBcc") {
		t.Errorf("a line of somebody's own:\n%s", text)
	}
}
