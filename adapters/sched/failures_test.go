package sched_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/adapters/natstest"
	"parley/domain/alerting"
	"parley/domain/casework"
	"parley/domain/negotiation"
	"parley/domain/watch"
	"parley/events"
)

// people is a policy with two people, of whom one also has email, and a place
// for what is urgent.
func people(p alerting.Policy) alerting.Policy {
	p.People = []events.Person{{Name: "ann", Channels: []string{"file", "email"}}, {Name: "bob", Channels: []string{"file"}}}
	p.Urgent = []string{"teams"}
	return p
}

// channelOf returns the channel by which a message goes out, which its ID names.
func channelOf(m alerting.Message) string {
	for _, name := range []string{"email", "teams", "file"} {
		if strings.HasSuffix(m.ID, "_"+name) || strings.Contains(m.ID, "_"+name+"_") {
			return name
		}
	}
	return ""
}

func TestAChannelThatHangsDelaysNothingElse(t *testing.T) {
	inWorld(t, "2026-10-22 10:00", func(w *world) {
		w.setPolicy(people(w.policy))
		var hung atomic.Int32
		w.post.answers(func(ctx context.Context, m alerting.Message) error {
			if channelOf(m) != "email" {
				return nil
			}
			hung.Add(1)
			<-ctx.Done()
			return fmt.Errorf("%w: no answer", watch.ErrTemporary)
		})
		mine, bobs := w.open(), w.open()
		w.tell(bobs, negotiation.Assign{Caseworker: "bob"})
		w.add(mine, "2026-10-26", 0)
		w.add(bobs, "2026-10-26", 0)
		w.until("2026-10-23 08:31")
		expect(t, "sent while email hangs", w.post.told(), `
			2026-10-23 08:30 GLO-26-0001_D2-1_1wd_20261026_file_ann
			2026-10-23 08:30 GLO-26-0001_D2-1_1wd_20261026_teams
			2026-10-23 08:30 GLO-26-0002_D3-1_1wd_20261026_file_bob
			2026-10-23 08:30 GLO-26-0002_D3-1_1wd_20261026_teams
			2026-10-23 08:30 digest_bob_20261023_file_bob: 1 soon
		`)
		time.Sleep(30 * time.Second) // the channel has had its time, and is not tried again yet
		expect(t, "recorded", w.recorded(mine), `GLO-26-0001_D2-1_1wd_20261026 failed`)
		if n := hung.Load(); n != 2 { // the alert and the digest
			t.Errorf("%d emails were tried", n)
		}
	})
}

func TestWhatFailsForNowIsTriedAgainLaterAndLater(t *testing.T) {
	inWorld(t, "2026-10-23 08:00", func(w *world) {
		var mu sync.Mutex
		var tried []string
		w.post.answers(func(_ context.Context, m alerting.Message) error {
			mu.Lock()
			defer mu.Unlock()
			tried = append(tried, inLondon(t, w.clock())+" "+m.ID)
			if w.clock().Before(london(t, "2026-10-23 08:50")) {
				return fmt.Errorf("%w: greylisted", watch.ErrTemporary)
			}
			return nil
		})
		ref := w.open()
		w.add(ref, "2026-10-26", 0)
		w.until("2026-10-23 12:00")
		var alone, digests []string
		for _, line := range tried {
			if strings.Contains(line, "digest") {
				digests = append(digests, line[11:16])
			} else {
				alone = append(alone, line[11:16])
			}
		}
		expect(t, "the alert was tried", alone, "08:30\n08:31\n08:36\n08:51")
		expect(t, "the digest was tried", digests, "08:30\n08:31\n08:36\n08:51")
		expect(t, "recorded", w.recorded(ref), `GLO-26-0001_D2-1_1wd_20261026 sent`)
	})
}

func TestWhatFailsForGoodIsNotTriedAgain(t *testing.T) {
	inWorld(t, "2026-10-23 08:00", func(w *world) {
		p := people(w.policy)
		p.Urgent = []string{"pager"} // which nobody has set up
		w.setPolicy(p)
		var tried atomic.Int32
		w.post.answers(func(_ context.Context, m alerting.Message) error {
			if channelOf(m) == "email" {
				tried.Add(1)
				return fmt.Errorf("%w: no such address", watch.ErrPermanent)
			}
			return nil
		})
		ref := w.open()
		w.add(ref, "2026-10-26", 0)
		w.until("2026-10-24 12:00")
		if n := tried.Load(); n != 2 { // the alert and the digest
			t.Errorf("%d emails were tried", n)
		}
		states, err := w.views.Alerts(context.Background(), ref)
		if err != nil {
			t.Fatal(err)
		}
		why := map[string]string{}
		for _, o := range states["GLO-26-0001_D2-1_1wd_20261026"].Deliveries {
			why[o.Delivery.Channel] = string(o.Status) + " " + o.Why
		}
		for channel, part := range map[string]string{"email": "failed", "pager": "there is no channel called pager", "file": "sent"} {
			if !strings.Contains(why[channel], part) {
				t.Errorf("%s: %q", channel, why[channel])
			}
		}
	})
}

// Whatever a channel does that says nothing of what became of the message, it
// is not sent again.
func TestWhatMayHaveArrivedIsNotSentAgain(t *testing.T) {
	for what, answer := range map[string]func(context.Context) error{
		"it says so":           func(context.Context) error { return fmt.Errorf("%w: connection lost", watch.ErrUncertain) },
		"it says nothing":      func(context.Context) error { return errors.New("EOF") },
		"it ends with its ctx": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"it does not end":      func(context.Context) error { time.Sleep(2 * time.Minute); return errors.New("too late") },
	} {
		t.Run(what, func(t *testing.T) {
			inWorld(t, "2026-10-26 08:35", func(w *world) {
				w.post.answers(func(ctx context.Context, m alerting.Message) error {
					if m.Kind == alerting.Digest {
						return nil
					}
					w.post.note(m)
					return answer(ctx)
				})
				ref := w.open()
				w.add(ref, "2026-10-26", 0)
				w.until("2026-10-26 08:55")
				expect(t, "recorded", w.recorded(ref), `GLO-26-0001_D2-1_day_20261026 uncertain`)
				expect(t, "sent", urgent(w.post.told()), `2026-10-26 08:35 GLO-26-0001_D2-1_day_20261026_file_ann`)
			})
		})
	}
}

func TestARetryOfWhatIsNotWantedAnyMoreIsGivenUp(t *testing.T) {
	inWorld(t, "2026-10-23 08:00", func(w *world) {
		w.post.answers(func(context.Context, alerting.Message) error {
			return fmt.Errorf("%w: greylisted", watch.ErrTemporary)
		})
		ref := w.open()
		id := w.add(ref, "2026-10-26", 0)
		w.until("2026-10-23 08:30")
		time.Sleep(20 * time.Second)
		w.tell(ref, negotiation.MeetDeadline{Deadline: id})
		w.post.answers(nil)
		w.until("2026-10-26 12:00")
		expect(t, "sent", w.post.told(), ``)
		states, err := w.views.Alerts(context.Background(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if s := states["GLO-26-0001_D2-1_1wd_20261026"]; s.Status() != alerting.Failed || s.Pending() {
			t.Errorf("it is %s, and %v", s.Status(), s.Deliveries)
		}
	})
}

// gate is a log that takes nothing while it is shut, as one whose disk is full.
type gate struct {
	casework.Log
	mu   sync.Mutex
	shut bool
}

var errFull = errors.New("there is no room left for the log")

func (g *gate) Append(ctx context.Context, c events.Sealed, expect uint64) (uint64, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return 0, errFull
	}
	return g.Log.Append(ctx, c, expect)
}

func (g *gate) set(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = shut
}

// Without a stored claim nothing is sent; once there is room again it is.
func TestNothingIsSentThatCannotBeClaimed(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w := begin(t, dir, "2026-10-23 08:00")
		defer w.down()
		full := &gate{Log: w.log}
		var mu sync.Mutex
		refused := 0
		defer w.watching(watch.New(watch.Config{
			Log: full, Book: w.views, Alarms: w.alarms, Channels: watch.Channels{"file": w.post}, Clock: w.clock, Worker: "one",
			Trouble: func(err error) {
				mu.Lock()
				defer mu.Unlock()
				if errors.Is(err, errFull) {
					refused++
				}
			},
		}))()
		ref := w.open()
		w.add(ref, "2026-10-26", 0)
		full.set(true)
		w.until("2026-10-23 08:40")
		expect(t, "sent while the log is full", w.post.told(), ``)
		expect(t, "recorded while the log is full", w.recorded(ref), ``)
		if refused == 0 {
			t.Error("nobody was told")
		}
		full.set(false)
		w.until("2026-10-23 08:50")
		for _, line := range w.post.told() {
			if line[11:16] > "08:41" {
				t.Error("long after there was room again:", line)
			}
		}
		expect(t, "recorded", w.recorded(ref), `GLO-26-0001_D2-1_1wd_20261026 sent`)
	})
}

// The channel took it, and the log takes no outcome: the next worker says that
// it is not known, and sends nothing.
func TestAnOutcomeThatCannotBeRecordedIsUncertain(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w := begin(t, dir, "2026-10-23 08:00")
		defer w.down()
		full := &gate{Log: w.log}
		end := w.watching(watch.New(watch.Config{
			Log: full, Book: w.views, Alarms: w.alarms, Channels: watch.Channels{"file": w.post}, Clock: w.clock, Worker: "one",
		}))
		w.post.answers(func(_ context.Context, m alerting.Message) error {
			if m.Kind != alerting.Digest {
				full.set(true)
			}
			return nil
		})
		ref := w.open()
		w.add(ref, "2026-10-26", 0)
		w.until("2026-10-23 08:31")
		end()
		w.post.answers(nil)
		sent := len(w.post.told())
		defer w.watching(w.watcher("two"))()
		w.until("2026-10-23 09:30")
		expect(t, "recorded", w.recorded(ref), `GLO-26-0001_D2-1_1wd_20261026 uncertain`)
		if again := urgent(w.post.told()); sent == 0 || len(again) > 0 {
			t.Errorf("%d were sent at first, then %q", sent, again)
		}
	})
}
