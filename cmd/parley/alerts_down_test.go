package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"parley/domain/alerting"
	"parley/projections/alerts"
)

// The server is killed before the warning a working day ahead, and is down over
// the due date: one mail says since when it is overdue, and what was missed is
// superseded.
func TestDownOverTheDueDate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted there")
	}
	r := newRehearsal(t, "2026-09-28T08:00:00Z", codes(1))
	box := newMailbox(t)
	r.settings(box.settings("", `{ id = "5wd", days = -5, urgent = true }, { id = "1wd", days = -1, urgent = true }, { id = "day", days = 0, urgent = true }, { id = "over1wd", days = 1, urgent = true }, { id = "esc2wd", days = 2, urgent = true, to_officer = true }`))
	r.within("case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs")
	r.within("foi", "send", "GLO-26-0001", "--about", "Payments")

	r.set("2026-10-19T07:29:59Z")
	up := r.here().serve()
	eventually(t, func() string { return r.standing("GLO-26-0001_D2-1_5wd_20261026", alerting.Sent) })
	if err := up.end(os.Kill); err == nil {
		t.Fatal("it was not killed")
	}
	before := len(box.letters())
	r.set("2026-10-29T10:00:00Z")
	up = r.here().serve()
	eventually(t, func() string { return r.standing("GLO-26-0001_D2-1_esc2wd_20261026", alerting.Sent) })
	eventually(t, func() string { return r.standing("digest_jo_20261029", alerting.Sent) })
	if err := up.end(os.Interrupt); err != nil {
		t.Errorf("it ended with %v\n%s", err, up.log)
	}
	var said []string
	for _, l := range box.letters()[before:] {
		said = append(said, l.delivery+" "+l.subject+" "+l.text)
	}
	if len(said) != 2 {
		t.Errorf("%d mails came, not one and a digest:\n%s", len(said), strings.Join(said, "\n"))
	}
	if all := strings.Join(strings.Fields(strings.Join(said, " ")), " "); !strings.Contains(all, "verdue since Mon 26 Oct 2026") {
		t.Errorf("nobody is told since when it is overdue:\n%s", all)
	}
	for _, rung := range []string{"1wd", "day", "over1wd"} {
		if wrong := r.standing("GLO-26-0001_D2-1_"+rung+"_20261026", alerting.Superseded); wrong != "" {
			t.Error(wrong)
		}
	}
	r.here().must("verify")
	up = r.here().serve() // nothing comes again
	eventually(t, func() string { return r.standing("digest_jo_20261029", alerting.Sent) })
	if err := up.end(os.Interrupt); err != nil || len(box.letters()) != before+2 {
		t.Errorf("started again it sent more: %d letters, %v", len(box.letters())-before, err)
	}
}

// standing says unless an alert stands so.
func (r *rehearsal) standing(id string, status alerting.Status) string {
	r.t.Helper()
	var found alerts.Row
	for _, row := range r.here().alerts("--all") {
		if row.ID == id {
			found = row
		}
	}
	if found.Status != status {
		return fmt.Sprintf("%s is not %s: %+v", id, status, found)
	}
	return ""
}
