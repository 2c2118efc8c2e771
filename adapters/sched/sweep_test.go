package sched_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/adapters/natstest"
	"parley/domain/alerting"
	"parley/domain/casework"
	"parley/domain/negotiation"
	"parley/domain/watch"
	"parley/events"
)

// sweeper returns a Watch without alarms, as one sweep for a scheduler has it.
func (w *world) sweeper(name string) *watch.Watch {
	return watch.New(watch.Config{Log: w.log, Book: w.views, Channels: watch.Channels{"file": w.post}, Clock: w.clock, Worker: name})
}

func sweep(t *testing.T, s *watch.Watch) watch.Report {
	t.Helper()
	rep, err := s.Sweep(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// told says what a report reports.
func told(rep watch.Report) []string {
	var lines []string
	for _, deeds := range [][]watch.Deed{rep.Sent, rep.Failed, rep.Uncertain, rep.Superseded} {
		for _, d := range deeds {
			line := string(d.What) + " " + d.ID
			if d.What == alerting.Sent && d.Receipt != "taken "+alerting.DeliveryID(d.ID, d.Delivery) && !strings.HasPrefix(d.Receipt, "taken digest_") {
				line += " with the receipt " + d.Receipt
			}
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

func TestASweepWithoutAServer(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w := begin(t, dir, "2026-10-21 12:00")
		defer w.down()
		ref := w.open()
		w.add(ref, "2026-11-05", 0)
		w.add(ref, "2026-10-26", 0)
		rep := sweep(t, w.sweeper("a"))
		expect(t, "before anything is due", told(rep), `sent digest_ann_20261021`)
		if want := london(t, "2026-10-22 08:30"); rep.Next.ID == "" || !rep.Next.At.Equal(want) {
			t.Errorf("next is %v, want something at %s", rep.Next, want)
		}
		w.until("2026-10-22 09:00")
		expect(t, "ten working days before", told(sweep(t, w.sweeper("b"))), `
			sent GLO-26-0001_D2-1_10wd_20261105
			sent digest_ann_20261022
		`)
		expect(t, "again", told(sweep(t, w.sweeper("c"))), ``)
		w.until("2026-10-28 07:00")
		expect(t, "before half past eight", told(sweep(t, w.sweeper("d"))), ``)
		w.until("2026-10-28 09:00")
		expect(t, "two working days overdue", told(sweep(t, w.sweeper("e"))), `
			sent GLO-26-0001_D3-1_esc2wd_20261026
			sent digest_ann_20261028
			superseded GLO-26-0001_D3-1_1wd_20261026
			superseded GLO-26-0001_D3-1_day_20261026
			superseded GLO-26-0001_D3-1_over1wd_20261026
		`)
		w.post.told()
	})
}

func TestTwoSweepsAtOnceSendNothingTwice(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w := begin(t, dir, "2026-10-22 12:00")
		defer w.down()
		for range 30 {
			w.add(w.open(), "2026-10-26", 0)
		}
		w.until("2026-10-26 09:00")
		var all sync.WaitGroup
		for _, name := range []string{"a", "b", "c"} {
			all.Go(func() { sweep(t, w.sweeper(name)) })
		}
		all.Wait()
		lines := w.post.told()
		if unique := slices.Compact(slices.Clone(lines)); len(lines) != 31 || len(unique) != 31 {
			t.Errorf("%d messages, %d of them different, want 30 and a digest", len(lines), len(unique))
		}
	})
}

func TestWithoutAPolicyASweepSaysSo(t *testing.T) {
	server := start(t, t.TempDir())
	defer stop(t, server)
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w := &world{t: t, dir: dir, ahead: time.Until(london(t, "2026-10-22 12:00")), post: &post{t: t}, news: make(chan struct{}, 1)}
		w.up()
		defer w.down()
		if _, err := w.sweeper("a").Sweep(context.Background()); !errors.Is(err, watch.ErrNoPolicy) {
			t.Error(err)
		}
		if err := w.sweeper("b").Run(context.Background(), w.follow); err == nil {
			t.Error("it runs without alarms")
		}
		if _, err := w.sweeper("c").SetPolicy(context.Background(), alerting.Policy{}, asked("ann")); !errors.Is(err, alerting.ErrPolicy) {
			t.Error(err)
		}
		how := asked("ann")
		for i, want := range []casework.Outcome{{Version: 1}, {Version: 1, Repeated: true}} {
			out, err := w.sweeper("c").SetPolicy(context.Background(), alerting.DefaultPolicy("ann"), how)
			if err != nil || out.Version != want.Version || out.Repeated != want.Repeated {
				t.Errorf("time %d: %+v, %v", i+1, out, err)
			}
		}
		if out, err := w.sweeper("c").SetPolicy(context.Background(), alerting.DefaultPolicy("ann"), asked("ann")); err != nil || out.Position != 0 {
			t.Errorf("the same again: %+v, %v", out, err)
		}
	})
}

func TestSnoozeAndAcknowledge(t *testing.T) {
	inWorld(t, "2026-10-22 12:00", func(w *world) {
		ctx, people := context.Background(), w.sweeper("desk")
		p := w.policy
		p.People = []events.Person{{Name: "ann", Channels: []string{"file"}}, {Name: "olga", Channels: []string{"file"}, NoDigest: true}}
		p.Officer = "olga"
		w.setPolicy(p)
		ref := w.open()
		id := w.add(ref, "2026-10-26", 0)
		warned := alerting.ID(ref, id, "1wd", day(t, "2026-10-26"))
		if _, err := people.Tell(ctx, warned, alerting.Acknowledge{}, asked("ann")); !errors.Is(err, alerting.ErrNotClaimed) {
			t.Error("acknowledged before it went out:", err)
		}
		if _, err := people.Tell(ctx, "nonsense", alerting.Acknowledge{}, asked("ann")); !errors.Is(err, alerting.ErrUnknownAlert) {
			t.Error("nonsense:", err)
		}
		w.until("2026-10-27 09:00")
		expect(t, "sent", urgent(w.post.told()), `
			2026-10-23 08:30 GLO-26-0001_D2-1_1wd_20261026_file_ann
			2026-10-26 08:30 GLO-26-0001_D2-1_day_20261026_file_ann
			2026-10-27 08:30 GLO-26-0001_D2-1_over1wd_20261026_file_ann
		`)
		over := alerting.ID(ref, id, "over1wd", day(t, "2026-10-26"))
		how := asked("ann")
		out, err := people.Tell(ctx, over, alerting.Snooze{Until: day(t, "2026-11-02")}, how)
		if err != nil || len(out.Facts) != 1 {
			t.Fatal(out, err)
		}
		w.recordedSomething()
		if again, err := people.Tell(ctx, over, alerting.Snooze{Until: day(t, "2026-11-02")}, how); err != nil || !again.Repeated || again.Position != out.Position {
			t.Errorf("the same command again: %+v, %v", again, err)
		}
		if _, err := people.Tell(ctx, over, alerting.Snooze{Until: day(t, "2027-11-02")}, asked("ann")); !errors.Is(err, alerting.ErrSnooze) {
			t.Error("for a year:", err)
		}
		w.until("2026-11-02 09:00")
		expect(t, "sent once it was put off, to the officer too", urgent(w.post.told()), `
			2026-11-02 08:30 GLO-26-0001_D2-1_esc2wd_20261026_file_ann
			2026-11-02 08:30 GLO-26-0001_D2-1_esc2wd_20261026_file_olga
		`)
		if _, err := people.Tell(ctx, over, alerting.Acknowledge{Text: "rang them"}, asked("ann")); err != nil {
			t.Fatal(err)
		}
		w.tell(ref, negotiation.MeetDeadline{Deadline: id})
		var gone *watch.Gone
		if _, err := people.Tell(ctx, over, alerting.Snooze{Until: day(t, "2026-11-04")}, asked("ann")); !errors.As(err, &gone) {
			t.Error("what is over was put off:", err)
		}
	})
}

// What is acknowledged is not escalated, and its alarm is cancelled at once.
func TestWhatIsAcknowledgedIsNotEscalated(t *testing.T) {
	inWorld(t, "2026-10-26 08:00", func(w *world) {
		ref := w.open()
		id := w.add(ref, "2026-10-26", 0)
		w.until("2026-10-27 09:00")
		expect(t, "set before", w.set(), `
			2026-10-28 08:30 GLO-26-0001_D2-1_esc2wd_20261026
			2026-10-28 08:30 digest_ann_20261028
		`)
		if _, err := w.sweeper("desk").Tell(context.Background(), alerting.ID(ref, id, "over1wd", day(t, "2026-10-26")), alerting.Acknowledge{}, asked("ann")); err != nil {
			t.Fatal(err)
		}
		w.recordedSomething()
		expect(t, "set after", eventually(w.set), `2026-10-28 08:30 digest_ann_20261028`)
	})
}

// A digest that does not reach its channel takes along the alerts that were in
// it, and they go with it when it is tried again.
func TestADigestCarriesItsAlerts(t *testing.T) {
	inWorld(t, "2026-10-21 12:00", func(w *world) {
		w.post.answers(func(context.Context, alerting.Message) error { return errors.Join(watch.ErrTemporary) })
		ref := w.open()
		w.add(ref, "2026-11-05", 0)
		w.until("2026-10-22 08:30")
		time.Sleep(10 * time.Second)
		expect(t, "recorded at first", w.recorded(ref), `GLO-26-0001_D2-1_10wd_20261105 failed`)
		w.post.answers(nil)
		w.until("2026-10-22 12:00")
		expect(t, "sent", w.post.told(), `2026-10-22 08:31 digest_ann_20261022_file_ann: 1 further ahead`)
		expect(t, "recorded", w.recorded(ref), `GLO-26-0001_D2-1_10wd_20261105 sent`)
		states, err := w.views.Alerts(context.Background(), ref)
		if err != nil {
			t.Fatal(err)
		}
		s := states["GLO-26-0001_D2-1_10wd_20261105"]
		if len(s.Deliveries) != 1 || s.Deliveries[0].Receipt != "taken digest_ann_20261022_file_ann" || s.Deliveries[0].Attempts != 2 {
			t.Errorf("it has the deliveries %+v", s.Deliveries)
		}
		expect(t, "set", w.set(), `
			2026-10-23 08:30 digest_ann_20261023
			2026-11-04 08:30 GLO-26-0001_D2-1_1wd_20261105
			2026-11-05 08:30 GLO-26-0001_D2-1_day_20261105
			2026-11-06 08:30 GLO-26-0001_D2-1_over1wd_20261105
			2026-11-09 08:30 GLO-26-0001_D2-1_esc2wd_20261105
		`)
	})
}
