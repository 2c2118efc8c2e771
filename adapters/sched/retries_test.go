package sched_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/adapters/natstest"
	"parley/adapters/sched"
	"parley/domain/alerting"
	"parley/domain/casework"
	"parley/domain/negotiation"
	"parley/domain/watch"
	"parley/events"
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
	natstest.Virtually(t, func(t *testing.T) {
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

// What nobody has set up yet somebody can set up.
func TestAnUnknownChannelIsTriedAgain(t *testing.T) {
	inWorld(t, "2026-10-26 08:00", func(w *world) {
		p := people(w.policy)
		p.Urgent = []string{"pager"}
		w.setPolicy(p)
		ref := w.open()
		w.add(ref, "2026-10-26", 0)
		w.until("2026-10-26 08:35")
		states, err := w.views.Alerts(context.Background(), ref)
		if err != nil {
			t.Fatal(err)
		}
		o, _ := states["GLO-26-0001_D2-1_day_20261026"].Outcome(events.Delivery{Channel: "pager"})
		if o.Status != alerting.Failed || o.RetryAt.IsZero() {
			t.Errorf("by pager it is %s, to be tried again at %v", o.Status, o.RetryAt)
		}
	})
}

// mute is a log that stores the first claim of a due day, does not say so, and
// does not answer for some seconds then.
type mute struct {
	watch.Log
	mu   sync.Mutex
	till time.Time
}

func (m *mute) Append(ctx context.Context, c events.Sealed, after uint64) (uint64, error) {
	position, err := m.Log.Append(ctx, c, after)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil && strings.Contains(c.Commit.Aggregate.ID, "_day_") && m.till.IsZero() {
		m.till = time.Now().Add(7 * time.Second)
		return 0, fmt.Errorf("%w: the answer was lost", casework.ErrUncertain)
	}
	return position, err
}

func (m *mute) Read(ctx context.Context, a events.Aggregate, after uint64) (events.History, error) {
	m.mu.Lock()
	silent := time.Now().Before(m.till)
	m.mu.Unlock()
	if silent {
		return nil, errors.New("the log does not answer")
	}
	return m.Log.Read(ctx, a, after)
}

func TestAClaimThatMayHaveBeenStoredIsSentOnce(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w := begin(t, dir, "2026-10-26 08:00")
		defer w.down()
		defer w.watching(watch.New(watch.Config{
			Log: &mute{Log: w.log}, Book: w.views, Alarms: w.alarms, Channels: watch.Channels{"file": w.post}, Clock: w.clock, Worker: "one",
		}))()
		ref := w.open()
		w.add(ref, "2026-10-26", 0)
		w.until("2026-10-26 08:40")
		expect(t, "recorded", w.recorded(ref), `
			GLO-26-0001_D2-1_1wd_20261026 sent
			GLO-26-0001_D2-1_day_20261026 sent
		`)
		if sent := urgent(w.post.told()); len(sent) != 2 {
			t.Errorf("sent: %q", sent)
		}
	})
}

// A deadline of another age keeps no alarm of others from being set.
func TestADeadlineInTwoCenturies(t *testing.T) {
	inWorld(t, "2026-10-21 12:00", func(w *world) {
		ref := w.open()
		w.add(ref, "2200-12-31", 0)
		w.add(ref, "2026-11-05", 0)
		w.until("2026-10-21 12:20")
		expect(t, "set", w.set(), `
			2026-10-22 08:30 digest_ann_20261022
			2026-11-04 08:30 GLO-26-0001_D3-1_1wd_20261105
			2026-11-05 08:30 GLO-26-0001_D3-1_day_20261105
			2026-11-06 08:30 GLO-26-0001_D3-1_over1wd_20261105
			2026-11-09 08:30 GLO-26-0001_D3-1_esc2wd_20261105
		`)
		if _, err := w.sweeper("a").Sweep(context.Background()); err != nil {
			t.Errorf("a sweep fails: %v", err)
		}
	})
}

// refusing is alarms of which some cannot be set.
type refusing struct{ watch.Alarms }

func (r refusing) Set(ctx context.Context, a watch.Alarm) error {
	if strings.Contains(a.ID, "_D2-1_") {
		return fmt.Errorf("%w: %s", sched.ErrBadAlarm, a.ID)
	}
	return r.Alarms.Set(ctx, a)
}

func TestABadAlarmKeepsNoOtherFromBeingSet(t *testing.T) {
	w := begin(t, t.TempDir(), "2026-10-21 12:00")
	defer w.down()
	ref := w.open()
	w.add(ref, "2026-11-05", 0)
	for _, from := range []string{"2026-11-05", "2026-11-06", "2026-11-10"} {
		w.add(ref, from, 0)
	}
	p := w.policy
	p.Ladders = []events.Ladder{{Rungs: []events.Rung{{ID: "day", Urgent: true}}}}
	w.setPolicy(p)
	watcher := watch.New(watch.Config{
		Log: w.log, Book: w.views, Alarms: refusing{w.alarms}, Channels: watch.Channels{"file": w.post}, Clock: w.clock, Worker: "one",
	})
	if err := watcher.Changed(context.Background(), ref); !errors.Is(err, sched.ErrBadAlarm) {
		t.Errorf("it says %v", err)
	}
	expect(t, "set", w.set(), `
		2026-11-05 08:30 GLO-26-0001_D3-1_day_20261105
		2026-11-06 08:30 GLO-26-0001_D4-1_day_20261106
		2026-11-10 08:30 GLO-26-0001_D5-1_day_20261110
	`)
}
