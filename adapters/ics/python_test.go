package ics_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/domain/deadline"
)

// reader prints what python3-icalendar finds in a file: an independent reader.
const reader = `
import json, sys
import icalendar
found = []
cal = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
for e in cal.walk("VEVENT"):
    if e.errors:
        raise SystemExit("errors: %s" % e.errors)
    found.append({
        "uid": str(e["UID"]), "start": e["DTSTART"].dt.isoformat(), "sequence": int(e["SEQUENCE"]),
        "status": str(e["STATUS"]), "summary": str(e["SUMMARY"]), "lines": str(e["DESCRIPTION"]).split("\n")[:1],
    })
json.dump({"name": str(cal["X-WR-CALNAME"]), "method": str(cal["METHOD"]), "events": found}, sys.stdout)
`

type readEvent struct {
	UID      string   `json:"uid"`
	Start    string   `json:"start"`
	Sequence int      `json:"sequence"`
	Status   string   `json:"status"`
	Summary  string   `json:"summary"`
	Lines    []string `json:"lines"`
}

type readCalendar struct {
	Name   string      `json:"name"`
	Method string      `json:"method"`
	Events []readEvent `json:"events"`
}

// read reads a file by python3-icalendar, or skips the test where there is none.
func read(t *testing.T, body string) readCalendar {
	t.Helper()
	if out, err := exec.Command("python3", "-c", "import icalendar").CombinedOutput(); err != nil {
		t.Skipf("there is no python3 with icalendar here (Debian: python3-icalendar): %v %s", err, lastLine(string(out)))
	}
	cmd := exec.Command("python3", "-c", reader)
	cmd.Stdin = strings.NewReader(body)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("it cannot read this: %v %s\n%s", err, complaints.String(), body)
	}
	var found readCalendar
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	return found
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

func TestAnIndependentReaderReadsTheFeed(t *testing.T) {
	open, hours, met := reply(t), reply(t), reply(t)
	open.Title = `Reply; "soon", by C:\Papers – ` + strings.Repeat("härter, ", 20) + "done"
	hours.Deadline, hours.Time = "D8.1", "15:20"
	met.Deadline, met.Status, met.Due = "D9.1", deadline.Met, day(t, "2026-10-30")
	want := readCalendar{"Parley: deadlines of Jo Reed", "PUBLISH", []readEvent{
		{"GLO-26-0001.D7.1@glo.parley", "2026-10-26", 7, "CONFIRMED", open.Title + " (GLO-26-0001)", []string{"Case GLO-26-0001, deadline D7.1"}},
		{"GLO-26-0001.D8.1@glo.parley", "2026-10-26T15:20:00+00:00", 7, "CONFIRMED", "Reply to the offer (GLO-26-0001)", []string{"Case GLO-26-0001, deadline D8.1"}},
		{"GLO-26-0001.D9.1@glo.parley", "2026-10-30", 7, "CANCELLED", "Reply to the offer (GLO-26-0001)", []string{"Case GLO-26-0001, deadline D9.1"}},
	}}
	if diff := cmp.Diff(want, read(t, feed(t, of(t, met, hours, open)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnIndependentReaderReadsAnAttachment(t *testing.T) {
	found := read(t, attachment(t, message(t)))
	if len(found.Events) != 2 || found.Events[0].Start != "2026-10-26" || found.Events[1].Start != "2026-10-26T15:20:00+00:00" {
		t.Errorf("%+v", found)
	}
}
