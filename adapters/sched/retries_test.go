package sched_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/domain/alerting"
	"parley/domain/negotiation"
	"parley/domain/watch"
)

// out makes a channel of a world fail for now.
func out(context.Context, alerting.Message) error {
	return fmt.Errorf("%w: out of order", watch.ErrTemporary)
}

// Sends that fail while the case is still attended to keep the alarms that they
// set. It is in real time, for the two to meet.
func TestWhateverFailsAtOnceHasItsAlarm(t *testing.T) {
	w := begin(t, t.TempDir(), "2026-10-26 08:00")
	defer w.down()
	w.post.answers(out)
	ref := w.open()
	for range 40 {
		w.add(ref, "2026-10-26", 0)
	}
	w.ahead = time.Until(london(t, "2026-10-26 08:30"))
	watcher := w.watcher("one")
	if err := watcher.Changed(context.Background(), ref); err != nil {
		t.Fatal(err)
	}
	watcher.Wait()
	set := 0
	for _, s := range w.set() {
		if strings.Contains(s, "_day_") {
			set++
		}
	}
	if set != 40 {
		t.Errorf("40 failed and are to be tried again, and %d have an alarm for it", set)
	}
}

// emailOut makes email fail for now, and nothing else.
func emailOut(ctx context.Context, m alerting.Message) error {
	if channelOf(m) == "email" {
		return out(ctx, m)
	}
	return nil
}

// byEmail is a policy under which ann has email alone, and bob is the desk.
func byEmail(p alerting.Policy) alerting.Policy {
	p = people(p)
	p.Urgent, p.Desk, p.Officer = nil, "bob", "bob"
	p.People[0].Channels = []string{"email"}
	return p
}

func TestARetryFollowsTheCase(t *testing.T) {
	inWorld(t, "2026-10-26 08:00", func(w *world) {
		w.setPolicy(byEmail(w.policy))
		w.post.answers(emailOut)
		ref := w.open()
		w.tell(ref, negotiation.Assign{Caseworker: "ann"})
		w.add(ref, "2026-10-26", 0)
		w.until("2026-10-26 08:40")
		w.post.told()
		w.tell(ref, negotiation.Assign{Caseworker: "bob"})
		time.Sleep(time.Minute)
		w.post.answers(nil)
		w.until("2026-10-27 08:00")
		expect(t, "sent", urgent(w.post.told()), `2026-10-26 08:40 GLO-26-0001_D3-1_day_20261026_file_bob`)
	})
}

func TestARetryFollowsTheCaseThereAndBack(t *testing.T) {
	inWorld(t, "2026-10-26 08:00", func(w *world) {
		p := byEmail(w.policy)
		p.People[1].Channels = []string{"email"}
		w.setPolicy(p)
		w.post.answers(emailOut)
		ref := w.open()
		w.tell(ref, negotiation.Assign{Caseworker: "ann"})
		w.add(ref, "2026-10-26", 0)
		w.until("2026-10-26 08:40")
		w.tell(ref, negotiation.Assign{Caseworker: "bob"})
		w.until("2026-10-26 08:45")
		w.tell(ref, negotiation.Assign{Caseworker: "ann"})
		time.Sleep(time.Minute)
		w.post.answers(nil)
		w.until("2026-10-27 08:00")
		var to []string
		for _, line := range urgent(w.post.told()) {
			to = append(to, line[len("2026-10-26 08:40 "):])
		}
		expect(t, "sent", to, `GLO-26-0001_D3-1_day_20261026_email_ann`)
	})
}

func TestARetryGoesToTheDeskWhenItsPersonLeaves(t *testing.T) {
	inWorld(t, "2026-10-26 08:00", func(w *world) {
		p := byEmail(w.policy)
		w.setPolicy(p)
		w.post.answers(emailOut)
		ref := w.open()
		w.tell(ref, negotiation.Assign{Caseworker: "ann"})
		w.add(ref, "2026-10-26", 0)
		w.until("2026-10-26 08:40")
		w.post.told()
		p.People = p.People[1:]
		w.setPolicy(p)
		w.until("2026-10-27 08:00")
		expect(t, "sent", urgent(w.post.told()), `2026-10-26 08:40 GLO-26-0001_D3-1_day_20261026_file_bob`)
	})
}

// What was in a digest that failed goes out in the digest of who has the case.
func TestWhatADigestCarriedFollowsTheCase(t *testing.T) {
	inWorld(t, "2026-10-21 12:00", func(w *world) {
		p := byEmail(w.policy)
		w.setPolicy(p)
		w.post.answers(emailOut)
		ref := w.open()
		w.tell(ref, negotiation.Assign{Caseworker: "ann"})
		w.add(ref, "2026-11-05", 0)
		w.until("2026-10-22 08:40")
		w.tell(ref, negotiation.Assign{Caseworker: "bob"})
		w.until("2026-10-22 08:45")
		w.post.answers(nil)
		w.until("2026-10-27 08:00")
		expect(t, "sent", w.post.told(), `2026-10-23 08:30 digest_bob_20261023_file_bob: 1 further ahead`)
		expect(t, "recorded", w.recorded(ref), `GLO-26-0001_D3-1_10wd_20261105 sent`)
		states, err := w.views.Alerts(context.Background(), ref)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range states {
			if s.Pending() {
				t.Errorf("%s is to be tried again: %v", s.ID, s.Deliveries)
			}
		}
	})
}

// A digest looks five working days ahead: what warned of a later day is not lost
// with a digest that failed until its morning was over.
func TestWhatAStaleDigestCarriedGoesOutInTheNext(t *testing.T) {
	inWorld(t, "2026-10-21 12:00", func(w *world) {
		w.post.answers(out)
		ref := w.open()
		w.add(ref, "2026-11-05", 0)
		w.until("2026-10-24 07:00") // two mornings
		w.post.answers(nil)
		w.until("2026-10-28 12:00")
		expect(t, "sent", w.post.told(), `2026-10-26 08:30 digest_ann_20261026_file_ann: 1 further ahead`)
		expect(t, "recorded", w.recorded(ref), `GLO-26-0001_D2-1_10wd_20261105 sent`)
	})
}

func TestWhatADigestCarriedIsGivenUpOnceItIsNotWanted(t *testing.T) {
	inWorld(t, "2026-10-21 12:00", func(w *world) {
		w.post.answers(out)
		ref := w.open()
		id := w.add(ref, "2026-11-05", 0)
		w.add(ref, "2026-10-27", 0)
		w.until("2026-10-22 08:40")
		w.tell(ref, negotiation.MeetDeadline{Deadline: id})
		w.post.answers(nil)
		w.until("2026-10-22 12:00")
		states, err := w.views.Alerts(context.Background(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if s := states["GLO-26-0001_D2-1_10wd_20261105"]; s.Status() != alerting.Failed || s.Pending() {
			t.Errorf("it is %s, and %v", s.Status(), s.Deliveries)
		}
	})
}

// After an outage over two rungs one message says that the deadline has passed.
func TestTheLastRungSaysWhatEarlierOnesFailedToSay(t *testing.T) {
	dir := t.TempDir()
	virtually(t, func(t *testing.T) {
		w := begin(t, dir, "2026-10-26 08:00")
		end := w.watching(w.watcher("one"))
		w.post.answers(out)
		ref := w.open()
		w.add(ref, "2026-10-26", 0)
		w.until("2026-10-26 09:00")
		end()
		w.down()
		w.until("2026-10-27 09:00")
		w.up()
		defer w.down()
		w.post.answers(nil)
		defer w.watching(w.watcher("two"))()
		w.until("2026-10-27 12:00")
		expect(t, "sent", urgent(w.post.told()), `2026-10-27 09:00 GLO-26-0001_D2-1_over1wd_20261026_file_ann`)
		expect(t, "recorded", w.recorded(ref), `
			GLO-26-0001_D2-1_1wd_20261026 failed
			GLO-26-0001_D2-1_day_20261026 failed
			GLO-26-0001_D2-1_over1wd_20261026 sent
		`)
	})
}
