package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/projections/alerts"
)

// How many alerts there are: so many on each of so many mornings.
const (
	mornings = 5
	alertsOf = 40
)

// murdered is a server that is killed again and again while alerts go out by
// mail and to a file.
type murdered struct {
	*rehearsal
	box    *mailbox
	random *rand.Rand
	kills  int
}

// A server is killed at random moments on five mornings, on each of which forty
// alerts go out by two channels. Nothing is lost and nothing sent twice: what
// may have been delivered without being recorded is uncertain, and a digest says
// so.
func TestAlertsWhileTheServerIsKilled(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted there")
	}
	seed := tortureSeed(t)
	for n := range sized(1, 6) {
		t.Run(fmt.Sprint(n+1), func(t *testing.T) { alertsWhileKilled(t, seed+uint64(n)) })
	}
}

func alertsWhileKilled(t *testing.T, seed uint64) {
	m := &murdered{
		rehearsal: newRehearsal(t, "2026-09-25T06:00:00Z", codes(mornings*alertsOf)), box: newMailbox(t), random: rand.New(rand.NewPCG(9, seed)),
	}
	m.serveNotices()
	m.settings(m.box.settings(`, "file"`, `{ id = "1wd", days = -1, urgent = true }`))
	cal := calendar.Builtin()
	day, err := calendar.Parse("2026-09-25")
	if err != nil {
		t.Fatal(err)
	}
	for range mornings {
		m.set(day.String() + "T07:29:59Z") // 08:30 in London is a second away
		m.morning()
		day = cal.AddWorkingDays(calendar.WorkingEnglandAndWales, day, 1)
	}
	for _, ready := range []func(*murdered, *server, string) string{digestHasCome, allIsSettled} {
		m.set(day.String() + "T07:30:00Z")
		m.quietMorning("digest_jo_"+strings.ReplaceAll(day.String(), "-", ""), ready)
		day = cal.AddWorkingDays(calendar.WorkingEnglandAndWales, day, 1)
	}
	m.check()
	m.here().must("verify")
}

// serveNotices has practices serve notice on each of some working days, so that
// on as many others it is a working day until the ICB is to acknowledge them.
func (m *murdered) serveNotices() {
	m.t.Helper()
	all := codes(mornings * alertsOf)
	for i, day := range []string{"14", "15", "16", "17", "18"} {
		on, some := "2026-09-"+day, each("--practice", all[i*alertsOf:(i+1)*alertsOf])
		ref := fmt.Sprintf("GLO-26-%04d", i+1)
		m.within(append([]string{"case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs", "--on", on}, some...)...)
		m.within(append([]string{"notice", "advise", ref, "--text", "Three months", "--on", on}, some...)...)
		m.within(append([]string{"notice", "serve", ref, "--period", "3m", "--sent", on, "--on", on}, some...)...)
	}
}

// morning starts the server and kills it, once or several times, and then leaves
// it dead until the next.
func (m *murdered) morning() {
	m.t.Helper()
	m.box.manner(m.slow, func() {})
	m.killAfter(m.random.IntN(alertsOf))
	for range m.random.IntN(3) {
		m.turn(3 * time.Minute) // claims of the one before are old by then
		m.killAfter(0)
	}
}

// slow makes a delivery take a while.
func (m *murdered) slow() error {
	time.Sleep(time.Duration(10+rand.IntN(40)) * time.Millisecond)
	return nil
}

// killAfter starts the server and kills it at a random moment after so many more
// letters have been accepted.
func (m *murdered) killAfter(letters int) {
	m.t.Helper()
	enough := len(m.box.letters()) + letters
	m.box.manner(m.slow, func() { _ = m.slow() })
	s := m.here().serve()
	if letters > 0 {
		eventually(m.t, func() string {
			if got := len(m.box.letters()); got < enough {
				return fmt.Sprintf("only %d of %d letters came", got, enough)
			}
			return ""
		})
	}
	time.Sleep(time.Duration(m.random.IntN(60)) * time.Millisecond)
	if err := s.end(os.Kill); err == nil {
		m.t.Fatalf("it ended before it was killed:\n%s", s.log)
	}
	m.kills++
}

// quietMorning lets the server run until it is ready to be stopped, as it says
// itself. Once it has stopped nothing is in hand.
func (m *murdered) quietMorning(digest string, ready func(m *murdered, s *server, digest string) string) {
	m.t.Helper()
	m.box.manner(m.slow, func() {})
	began := m.now().Truncate(time.Second)
	s := m.here().serve()
	m.t.Cleanup(func() { // whatever comes of waiting
		if m.t.Failed() {
			_ = s.end(os.Kill)
			m.t.Logf("the server said:\n%s", s.log)
		}
	})
	eventually(m.t, func() string { return ready(m, s, digest) })
	if err := s.end(os.Interrupt); err != nil {
		m.t.Errorf("it ended with %v\n%s", err, s.log)
	}
	left := slices.DeleteFunc(m.here().alerts("--all", "--status", "claimed"), func(a alerts.Row) bool {
		return !slices.ContainsFunc(a.Deliveries, func(o alerting.Outcome) bool { // others were claimed by one that was killed, and this one was stopped before it came to them
			return o.Status == alerting.Claimed && !o.At.Before(began)
		})
	})
	if len(left) > 0 {
		m.t.Errorf("it has stopped, and what became of these is not recorded: %+v", left)
	}
}

// digestHasCome says unless a digest has come. More may be in hand.
func digestHasCome(m *murdered, _ *server, digest string) string {
	if len(m.box.of(digest+"_")) == 0 {
		return digest + " does not come"
	}
	return ""
}

// allIsSettled says unless nothing is left to be done this morning.
func allIsSettled(m *murdered, s *server, digest string) string {
	if missing := digestHasCome(m, s, digest); missing != "" {
		return missing
	}
	for _, row := range s.alerts("--all") {
		if row.At.Before(m.now()) && row.Rung == "1wd" && row.Status != alerting.Sent && row.Status != alerting.Uncertain {
			return fmt.Sprintf("%s is %s", row.ID, row.Status)
		}
	}
	return ""
}

// check compares what is recorded with what the mail server and the file have.
func (m *murdered) check() {
	m.t.Helper()
	rows := m.here().alerts("--all")
	mailed, filed, named := m.mailed(), m.filed(), m.named()
	count := map[alerting.Status]int{}
	warned := 0
	for _, row := range rows {
		if row.Rung != "1wd" && row.Rung != "digest" || row.Status == alerting.Planned {
			continue
		}
		if row.Rung == "1wd" {
			warned++
		}
		for _, o := range row.Deliveries {
			count[o.Status]++
			arrived := mailed
			if o.Delivery.Channel == "file" {
				arrived = filed
			}
			key := alerting.DeliveryID(cmp.Or(row.Digest, row.ID), o.Delivery) // what was missed for days goes out in a digest
			there := arrived[key] > 0
			switch {
			case o.Status == alerting.Sent && !there:
				m.t.Errorf("%s is recorded as sent, and did not arrive", key)
			case o.Status != alerting.Sent && o.Status != alerting.Uncertain && there:
				m.t.Errorf("%s arrived, and is recorded as %s", key, o.Status)
			case o.Status == alerting.Claimed, o.Status == alerting.Planned:
				m.t.Errorf("%s is forgotten: it is %s", key, o.Status)
			case o.Status == alerting.Uncertain && row.Rung == "1wd" && !named[row.Ref+" "+row.Deadline]:
				m.t.Errorf("no digest says that %s may not have arrived", key)
			}
		}
		m.checkProof(row)
	}
	if warned != mornings*alertsOf {
		m.t.Errorf("%d alerts are recorded, not %d", warned, mornings*alertsOf)
	}
	tortured(m.t, "%d kills while %d alerts were sent by two channels; deliveries: %v", m.kills, warned, count)
	if count[alerting.Sent] == 0 || count[alerting.Uncertain] == 0 {
		m.t.Error("nothing was sent, or nothing was ever uncertain: this has shown nothing")
	}
}

// mailed returns how often each delivery was accepted; none was twice.
func (m *murdered) mailed() map[string]int {
	m.t.Helper()
	times := map[string]int{}
	for _, l := range m.box.letters() {
		if times[l.delivery]++; times[l.delivery] > 1 {
			m.t.Errorf("%s was accepted %d times", l.delivery, times[l.delivery])
		}
	}
	return times
}

// filed returns how often each delivery stands whole in the file; none does twice.
func (m *murdered) filed() map[string]int {
	m.t.Helper()
	content, err := os.ReadFile(filepath.Join(m.store, "alerts.log"))
	if err != nil {
		m.t.Fatal(err)
	}
	times := map[string]int{}
	for _, found := range regexp.MustCompile(`(?m)^--- end of (.*) ---$`).FindAllStringSubmatch(string(content), -1) {
		if times[found[1]]++; times[found[1]] > 1 {
			m.t.Errorf("%s stands %d times in the file", found[1], times[found[1]])
		}
	}
	return times
}

// named returns which deadlines the digests that arrived say are uncertain.
func (m *murdered) named() map[string]bool {
	all := map[string]bool{}
	for _, l := range m.box.of("digest_") {
		_, unsure, _ := strings.Cut(strings.ToLower(l.text), "not known to have been sent")
		for _, found := range regexp.MustCompile(`(glo-26-\d{4})[ _]+(d\d+[.-]\d+)`).FindAllStringSubmatch(unsure, -1) {
			all[strings.ToUpper(found[1]+" "+strings.ReplaceAll(found[2], "-", "."))] = true
		}
	}
	return all
}

// checkProof compares some proofs with the list.
func (m *murdered) checkProof(row alerts.Row) {
	m.t.Helper()
	if row.Rung != "1wd" || m.random.IntN(8) > 0 {
		return
	}
	var proof alerting.Proof
	if err := json.Unmarshal([]byte(m.here().must("alert", "proof", row.ID)), &proof); err != nil {
		m.t.Fatal(err)
	}
	at := slices.IndexFunc(proof.Alerts, func(a alerting.Proved) bool { return a.ID == row.ID })
	if at < 0 || proof.Alerts[at].Status != row.Status || !slices.Equal(proof.Alerts[at].Deliveries, row.Deliveries) {
		m.t.Errorf("%+v\nis proved to be\n%+v", row, proof.Alerts)
	}
}
