package ics_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	ical "github.com/arran4/golang-ical"

	"parley/adapters/ics"
	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

func day(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	found, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// reply is a deadline as it stands: ten days to go, nothing special.
func reply(t testing.TB) ics.Entry {
	return ics.Entry{
		Ref: "GLO-26-0001", Deadline: "D7.1", Title: "Reply to the offer", ICB: "QR1", Practice: "A81001",
		Owner: events.ICB, Due: day(t, "2026-10-26"), Status: deadline.Open, Version: 7, Changed: at(t, "2026-10-01T09:30:00Z"),
	}
}

func of(t testing.TB, entries ...ics.Entry) ics.Calendar {
	return ics.Calendar{LMC: "GLO", Person: "Jo Reed", Today: day(t, "2026-10-16"), Entries: entries}
}

func feed(t testing.TB, c ics.Calendar) string {
	t.Helper()
	body, err := ics.Feed(c)
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, body)
	return string(body)
}

// unfolded is the content lines of a file.
func unfolded(body string) []string {
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(body, "\r\n ", ""), "\r\n"), "\r\n")
}

// property returns the lines of a file that hold a property.
func property(body, name string) []string {
	var found []string
	for _, line := range unfolded(body) {
		if rest, is := strings.CutPrefix(line, name); is && (rest[0] == ':' || rest[0] == ';') {
			found = append(found, line)
		}
	}
	return found
}

func has(t *testing.T, body string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !slices.Contains(unfolded(body), line) {
			t.Errorf("there is no %s in\n%s", line, body)
		}
	}
}

// wellFormed checks what RFC 5545, section 3.1, says of lines, and that what
// begins ends.
func wellFormed(t testing.TB, body []byte) {
	t.Helper()
	if !bytes.HasSuffix(body, []byte("\r\n")) {
		t.Errorf("it does not end with a line: %q", body)
	}
	var open []string
	for _, line := range strings.Split(strings.TrimSuffix(string(body), "\r\n"), "\r\n") {
		if len(line) > 75 || line == "" {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
		if !strings.HasPrefix(line, " ") && strings.IndexAny(line, ":;") < 1 {
			t.Errorf("a line that is no property: %q", line)
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) {
			t.Errorf("a line with control characters or broken ones: %q", line)
		}
		if what, begins := strings.CutPrefix(line, "BEGIN:"); begins {
			open = append(open, what)
		}
		if what, ends := strings.CutPrefix(line, "END:"); ends {
			if len(open) == 0 || open[len(open)-1] != what {
				t.Fatalf("%s ends within %v", what, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%v never ends", open)
	}
}

func TestADeadlineIsAnEventOfItsDay(t *testing.T) {
	got := feed(t, of(t, reply(t)))
	has(t, got,
		"VERSION:2.0", "METHOD:PUBLISH", "X-WR-CALNAME:Parley: deadlines of Jo Reed",
		"REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H",
		"UID:GLO-26-0001.D7.1@glo.parley", "SEQUENCE:7",
		"DTSTART;VALUE=DATE:20261026", "DTEND;VALUE=DATE:20261027",
		"DTSTAMP:20261001T093000Z", "LAST-MODIFIED:20261001T093000Z",
		"STATUS:CONFIRMED", "TRANSP:TRANSPARENT", "SUMMARY:Reply to the offer (GLO-26-0001)",
		"CATEGORIES:Parley", "CATEGORIES:The ICB must act",
		`DESCRIPTION:Case GLO-26-0001\, deadline D7.1\nThe ICB must act\nICB: QR1\nPractice: A81001\nHow this was counted: parley deadline explain GLO-26-0001 D7.1`,
	)
}

func TestALimitInHoursIsAMoment(t *testing.T) {
	for _, c := range []struct{ day, clock, want string }{
		{"2026-10-23", "09:00", "20261023T080000Z"}, // summer time
		{"2026-10-26", "09:00", "20261026T090000Z"},
		{"2026-10-25", "01:30", "20261025T003000Z"}, // shown twice
		{"2026-10-25", "01:30 GMT", "20261025T013000Z"},
	} {
		e := reply(t)
		e.Due, e.Time = day(t, c.day), c.clock
		got := feed(t, of(t, e))
		has(t, got, "DTSTART:"+c.want)
		if len(property(got, "DTEND")) > 0 {
			t.Errorf("a moment that lasts:\n%s", got)
		}
	}
}

func TestWhatNeedNotBeKeptIsCancelledAndDroppedLater(t *testing.T) {
	for _, status := range []deadline.Status{deadline.Met, deadline.Waived, deadline.Superseded, deadline.Paused} {
		e := reply(t)
		e.Status = status
		c := of(t, e)
		has(t, feed(t, c), "STATUS:CANCELLED", "UID:GLO-26-0001.D7.1@glo.parley")
		c.Today = day(t, "2026-11-12") // Kept days after it was recorded
		has(t, feed(t, c), "STATUS:CANCELLED")
		c.Today = day(t, "2026-11-13")
		if got := feed(t, c); strings.Contains(got, "BEGIN:VEVENT") {
			t.Errorf("%s: it is still there:\n%s", status, got)
		}
	}
	for _, status := range []deadline.Status{deadline.Open, deadline.Missed} {
		e := reply(t)
		e.Status = status
		c := of(t, e)
		c.Today = day(t, "2027-11-12")
		has(t, feed(t, c), "STATUS:CONFIRMED")
	}
}

func TestAPausedDeadlineStandsStill(t *testing.T) {
	today, tomorrow := reply(t), reply(t)
	today.Status, tomorrow.Status = deadline.Paused, deadline.Paused
	tomorrow.Due, tomorrow.Time = day(t, "2026-10-27"), "15:00" // as it would be if it ran on then
	got := feed(t, of(t, today))
	has(t, got, "STATUS:CANCELLED", "DTSTART;VALUE=DATE:20261001")
	if feed(t, of(t, tomorrow)) != got {
		t.Errorf("a day later it says something else:\n%s", got)
	}
}

func TestTheSequenceGrowsWithEveryChangeAndTheNameStays(t *testing.T) {
	e, moved, met := reply(t), reply(t), reply(t)
	moved.Due, moved.Version, moved.Changed = day(t, "2026-11-09"), 9, at(t, "2026-10-05T10:00:00Z")
	met.Due, met.Version, met.Changed, met.Status = moved.Due, 12, at(t, "2026-10-07T10:00:00Z"), deadline.Met
	holiday := of(t, moved)
	holiday.Holidays, holiday.Revised = 1, at(t, "2026-10-06T08:00:00Z")
	later := of(t, met)
	later.Holidays, later.Revised = holiday.Holidays, holiday.Revised
	for i, c := range []ics.Calendar{of(t, e), of(t, moved), holiday, later} {
		got := feed(t, c)
		has(t, got, "UID:GLO-26-0001.D7.1@glo.parley",
			[]string{"SEQUENCE:7", "SEQUENCE:9", "SEQUENCE:10", "SEQUENCE:13"}[i],
			[]string{"DTSTAMP:20261001T093000Z", "DTSTAMP:20261005T100000Z", "DTSTAMP:20261006T080000Z", "DTSTAMP:20261007T100000Z"}[i])
	}
}

func TestTheSameDeadlinesGiveTheSameBytes(t *testing.T) {
	a, b := reply(t), reply(t)
	b.Deadline, b.Due = "D2.1", day(t, "2026-10-20")
	one, two := of(t, a, b), of(t, b, a)
	two.Today = day(t, "2026-10-30") // both have passed by then, and that says nothing new
	first, second := feed(t, one), feed(t, two)
	if first != second || ics.ETag([]byte(first)) != ics.ETag([]byte(second)) {
		t.Errorf("they differ:\n%s\n%s", first, second)
	}
	if uids := property(first, "UID"); len(uids) != 2 || !strings.Contains(uids[0], "D2.1") {
		t.Errorf("not in the order of days: %s", uids)
	}
	b.Status = deadline.Waived
	if ics.ETag([]byte(feed(t, of(t, a, b)))) == ics.ETag([]byte(first)) {
		t.Error("a change left the tag as it was")
	}
	if one.Entries[0].Deadline != "D7.1" {
		t.Error("the caller's entries were put in another order")
	}
}

func TestARehearsalSaysSo(t *testing.T) {
	c := of(t, reply(t))
	c.Rehearsal = true
	has(t, feed(t, c), "X-WR-CALNAME:REHEARSAL\\, Parley: deadlines of Jo Reed",
		"SUMMARY:REHEARSAL: Reply to the offer (GLO-26-0001)", "UID:GLO-26-0001.D7.1@rehearsal.glo.parley")
}

func TestWarningsAboutADateAreInTheText(t *testing.T) {
	e := reply(t)
	e.Provisional, e.NotAWorkingDay = true, "Sunday"
	got := property(feed(t, of(t, e)), "DESCRIPTION")[0]
	for _, want := range []string{"not a working day: Sunday.", "provisional"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}

func TestACalendarWithoutDeadlinesIsOne(t *testing.T) {
	if got := feed(t, of(t)); strings.Contains(got, "VEVENT") {
		t.Errorf("something is due:\n%s", got)
	}
}

func TestWhatCannotBeShownIsRefused(t *testing.T) {
	entry := func(change func(*ics.Entry)) func(*ics.Calendar) {
		return func(c *ics.Calendar) { change(&c.Entries[0]) }
	}
	for name, change := range map[string]func(*ics.Calendar){
		"no LMC":                      func(c *ics.Calendar) { c.LMC = "" },
		"no today":                    func(c *ics.Calendar) { c.Today = calendar.Date{} },
		"holidays of no version":      func(c *ics.Calendar) { c.Holidays = -1 },
		"the same twice":              func(c *ics.Calendar) { c.Entries = append(c.Entries, c.Entries[0]) },
		"no case":                     entry(func(e *ics.Entry) { e.Ref = "" }),
		"no ID":                       entry(func(e *ics.Entry) { e.Deadline = "" }),
		"no date":                     entry(func(e *ics.Entry) { e.Due = calendar.Date{} }),
		"no version":                  entry(func(e *ics.Entry) { e.Version = 0 }),
		"never changed":               entry(func(e *ics.Entry) { e.Changed = time.Time{} }),
		"no status":                   entry(func(e *ics.Entry) { e.Status = "" }),
		"a status of another version": entry(func(e *ics.Entry) { e.Status = "dormant" }),
		"a time that is not shown":    entry(func(e *ics.Entry) { e.Due, e.Time = day(t, "2026-03-29"), "01:30" }),
	} {
		c := of(t, reply(t))
		change(&c)
		if body, err := ics.Feed(c); !errors.Is(err, ics.ErrUnfit) || body != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheLibraryReadsWhatItWrote(t *testing.T) {
	e := reply(t)
	e.Title = `Reply; "soon", by C:\new or £4.10 – ` + strings.Repeat("härter, ", 40)
	back, err := ical.ParseCalendar(strings.NewReader(feed(t, of(t, e))))
	if err != nil {
		t.Fatal(err)
	}
	found := back.Events()
	if len(found) != 1 {
		t.Fatalf("%d events", len(found))
	}
	title := found[0].GetProperty(ical.ComponentPropertySummary).Value
	if !strings.HasPrefix(title, `Reply; "soon", by C:\new or £4.10 – härter, härter,`) || !strings.HasSuffix(title, "…") {
		t.Errorf("the title came back as %q", title)
	}
	if start, err := found[0].GetAllDayStartAt(); err != nil || calendar.At(start, start.Location()) != e.Due {
		t.Errorf("it is due on %v, %v", start, err)
	}
}

func message(t testing.TB) alerting.Message {
	item := alerting.Item{
		Ref: "GLO-26-0001", Deadline: "D7.1", Title: "Reply to the offer", ICB: "QR1", Owner: events.ICB,
		Due: day(t, "2026-10-26"), WorkingDays: 5, Provisional: true, Note: "An alert about it is uncertain.",
	}
	timed := item
	timed.Deadline, timed.Time = "D8.1", "15:20"
	return alerting.Message{
		ID: "digest_2026-10-19_jo", Kind: alerting.Digest, To: "Jo Reed", At: at(t, "2026-10-19T07:30:00Z"), Subject: "2 deadlines",
		Sections: []alerting.Section{{Title: "Soon", Items: []alerting.Item{item, timed}}, {Title: "Uncertain", Items: []alerting.Item{item}}},
	}
}

func attachment(t testing.TB, m alerting.Message) string {
	t.Helper()
	body, err := ics.Attachment(m)
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, body)
	return string(body)
}

func TestAMessageBringsItsDeadlinesAlong(t *testing.T) {
	m := message(t)
	got := attachment(t, m)
	has(t, got, "METHOD:PUBLISH", "UID:GLO-26-0001.D7.1@mail.parley", "UID:GLO-26-0001.D8.1@mail.parley",
		"DTSTAMP:20261019T073000Z", "DTSTART;VALUE=DATE:20261026", "DTSTART:20261026T152000Z")
	if n := len(property(got, "UID")); n != 2 {
		t.Errorf("%d events", n)
	}
	for _, want := range []string{"provisional", "An alert about it is uncertain.", "as it was on 19 Oct 2026"} {
		if !strings.Contains(property(got, "DESCRIPTION")[0], want) {
			t.Errorf("there is no %q in %s", want, got)
		}
	}
	if attachment(t, m) != got {
		t.Error("the same message gave other bytes")
	}
	later := m
	later.At = m.At.Add(24 * time.Hour)
	if before, after := property(got, "SEQUENCE")[0], property(attachment(t, later), "SEQUENCE")[0]; len(after) != len(before) || after <= before {
		t.Errorf("%s, and a day later %s", before, after)
	}
	m.Rehearsal = true
	has(t, attachment(t, m), "UID:GLO-26-0001.D7.1@rehearsal.mail.parley", "SUMMARY:REHEARSAL: Reply to the offer (GLO-26-0001)")
}

func TestAMessageWithoutDeadlinesBringsNothingAlong(t *testing.T) {
	if body, err := ics.Attachment(alerting.Message{Kind: alerting.Trial, Subject: "A test"}); body != nil || err != nil {
		t.Errorf("%q, %v", body, err)
	}
}

func TestAMessageThatCannotBeShownIsRefused(t *testing.T) {
	for name, change := range map[string]func(*alerting.Message){
		"no time":                  func(m *alerting.Message) { m.At = time.Time{} },
		"no case":                  func(m *alerting.Message) { m.Sections[0].Items[0].Ref = "" },
		"no ID":                    func(m *alerting.Message) { m.Sections[0].Items[0].Deadline = "" },
		"no date":                  func(m *alerting.Message) { m.Sections[0].Items[0].Due = calendar.Date{} },
		"a time that is not shown": func(m *alerting.Message) { m.Sections[0].Items[1].Time = "25:00" },
	} {
		m := message(t)
		change(&m)
		if body, err := ics.Attachment(m); !errors.Is(err, ics.ErrUnfit) || body != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzTitles(f *testing.F) {
	f.Add("Reply", "Jo")
	f.Add("a\r\nEND:VEVENT\r\nSUMMARY:b", "x\x00\x1b[31m\u2028y")
	f.Add(strings.Repeat("ü", 200), strings.Repeat(`\n,;:"`, 30))
	f.Add("\xff\xfe broken", "\t\t")
	f.Add(strings.Repeat("日本 ", 90)+"👩‍⚕️", "é")
	f.Fuzz(func(t *testing.T, title, person string) {
		e := reply(t)
		e.Title, e.Practice, e.NotAWorkingDay, e.Owner = title, person, title, events.Party(person)
		c := of(t, e, reply(t))
		c.Entries[1].Deadline = "D9.1"
		c.Person = person
		body := feed(t, c)
		back, err := ical.ParseCalendar(strings.NewReader(body))
		if err != nil {
			t.Fatalf("%v in\n%s", err, body)
		}
		if n := len(back.Events()); n != 2 {
			t.Fatalf("%d events in\n%s", n, body)
		}
		for _, name := range []string{"SUMMARY", "UID", "DTSTART", "STATUS", "SEQUENCE"} {
			if found := property(body, name); len(found) != 2 {
				t.Errorf("%s: %q", name, found)
			}
		}
	})
}
