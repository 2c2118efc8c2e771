package sched_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parley/adapters/natstest"
	"parley/domain/alerting"
	"parley/domain/watch"
	"parley/events"
)

// neglected begins a world on 2 March 2026 with a dozen cases, each with a
// deadline on the 20th, and one with a deadline on 1 September, and lets it be
// that morning without anybody watching.
func neglected(t *testing.T, dir string, policy func(alerting.Policy) alerting.Policy) (*world, []string) {
	t.Helper()
	w := begin(t, dir, "2026-03-02 09:00")
	if policy != nil {
		w.policy = policy(w.policy)
		w.setPolicy(w.policy)
	}
	var refs []string
	for range 12 {
		ref := w.open()
		w.add(ref, "2026-03-20", 0)
		refs = append(refs, ref)
	}
	w.add(w.open(), "2026-09-01", 0)
	w.down()
	w.until("2026-09-01 07:00")
	w.up()
	return w, refs
}

// What was missed for months is told at once in the digest, and what is due today
// by itself as ever.
func TestTheFirstSweepOfAnOldStoreDoesNotFlood(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w, refs := neglected(t, dir, nil)
		defer w.down()
		defer w.watching(w.watcher("one"))()
		w.until("2026-09-01 08:29")
		expect(t, "sent before alerts go out", w.post.told(), ``)
		w.until("2026-09-01 18:30")
		expect(t, "sent", w.post.told(), `
			2026-09-01 08:30 GLO-26-0013_D2-1_day_20260901_file_ann
			2026-09-01 08:30 digest_ann_20260901_file_ann: 12 overdue, 1 today
		`)
		for _, ref := range refs {
			expect(t, "recorded", w.recorded(ref), strings.ReplaceAll(`
				REF_D2-1_10wd_20260320 superseded
				REF_D2-1_1wd_20260320 superseded
				REF_D2-1_5wd_20260320 superseded
				REF_D2-1_day_20260320 superseded
				REF_D2-1_esc2wd_20260320 sent
				REF_D2-1_over1wd_20260320 superseded
			`, "REF", ref))
		}
		states, err := w.views.Alerts(context.Background(), refs[0])
		if err != nil {
			t.Fatal(err)
		}
		esc, day := states[refs[0]+"_D2-1_esc2wd_20260320"], states[refs[0]+"_D2-1_day_20260320"]
		if esc.Claim.Digest != "digest_ann_20260901" || esc.Deliveries[0].Receipt != "taken digest_ann_20260901_file_ann" {
			t.Errorf("it went out in %q with the receipt %q", esc.Claim.Digest, esc.Deliveries[0].Receipt)
		}
		if day.Superseded.By != esc.ID || day.Superseded.Why != "not sent in its time, and told together with the escalation" {
			t.Errorf("superseded: %+v", day.Superseded)
		}
		expect(t, "set", w.set(), `
			2026-09-02 08:30 GLO-26-0013_D2-1_over1wd_20260901
			2026-09-02 08:30 digest_ann_20260902
			2026-09-03 08:30 GLO-26-0013_D2-1_esc2wd_20260901
		`)
		w.until("2026-09-02 12:00")
		expect(t, "sent a day later", w.post.told(), `
			2026-09-02 08:30 GLO-26-0013_D2-1_over1wd_20260901_file_ann
			2026-09-02 08:30 digest_ann_20260902_file_ann: 13 overdue
		`)
	})
}

// An officer who wants no digest has one for a backlog all the same, and only then.
func TestABacklogReachesWhoWantsNoDigest(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w, _ := neglected(t, dir, func(p alerting.Policy) alerting.Policy {
			p.People = []events.Person{{Name: "ann", Channels: []string{"file"}}, {Name: "olga", Channels: []string{"email"}, NoDigest: true}}
			p.Officer = "olga"
			return p
		})
		defer w.down()
		defer w.watching(w.watcher("one"))()
		w.until("2026-09-02 12:00")
		expect(t, "sent", w.post.told(), `
			2026-09-01 08:30 GLO-26-0013_D2-1_day_20260901_file_ann
			2026-09-01 08:30 digest_ann_20260901_file_ann: 12 overdue, 1 today
			2026-09-01 08:30 digest_olga_20260901_email_olga: 12 overdue
			2026-09-02 08:30 GLO-26-0013_D2-1_over1wd_20260901_file_ann
			2026-09-02 08:30 digest_ann_20260902_file_ann: 13 overdue
		`)
	})
}

// Where nobody is known by name the officer has a digest as the desk has.
func TestABacklogReachesAnOfficerWhoIsNotAmongThePeople(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w, refs := neglected(t, dir, func(p alerting.Policy) alerting.Policy {
			p.Officer = "olga"
			return p
		})
		defer w.down()
		defer w.watching(w.watcher("one"))()
		w.until("2026-09-01 12:00")
		expect(t, "sent", w.post.told(), `
			2026-09-01 08:30 GLO-26-0013_D2-1_day_20260901_file_ann
			2026-09-01 08:30 digest_ann_20260901_file_ann: 12 overdue, 1 today
			2026-09-01 08:30 digest_olga_20260901_file_olga: 12 overdue
		`)
		for _, ref := range refs {
			if got := w.recorded(ref); !slices.Contains(got, ref+"_D2-1_esc2wd_20260320 sent") {
				t.Errorf("recorded: %q", got)
			}
		}
	})
}

// A digest that carried an officer's backlog did not arrive, or perhaps not: they
// are told in their next which those are, and where they have none whoever has the
// cases is.
func TestABacklogThatDidNotArriveIsToldOf(t *testing.T) {
	for name, c := range map[string]struct {
		fails    error
		noDigest bool
		want     string
	}{
		"uncertain": {watch.ErrUncertain, false, `
			2026-09-02 08:30 GLO-26-0013_D2-1_over1wd_20260901_file_ann
			2026-09-02 08:30 digest_ann_20260902_file_ann: 13 overdue, 12 uncertain
			2026-09-02 08:30 digest_olga_20260902_email_olga: 12 uncertain
		`},
		"refused": {watch.ErrPermanent, false, `
			2026-09-02 08:30 GLO-26-0013_D2-1_over1wd_20260901_file_ann
			2026-09-02 08:30 digest_ann_20260902_file_ann: 13 overdue, 12 uncertain
			2026-09-02 08:30 digest_olga_20260902_email_olga: 12 uncertain
		`},
		"refused, and no digest": {watch.ErrPermanent, true, `
			2026-09-02 08:30 GLO-26-0013_D2-1_over1wd_20260901_file_ann
			2026-09-02 08:30 digest_ann_20260902_file_ann: 13 overdue, 12 uncertain
		`},
	} {
		dir := t.TempDir()
		t.Run(name, func(t *testing.T) {
			natstest.Virtually(t, func(t *testing.T) {
				w, _ := neglected(t, dir, func(p alerting.Policy) alerting.Policy {
					p.People = []events.Person{{Name: "ann", Channels: []string{"file"}}, {Name: "olga", Channels: []string{"email"}, NoDigest: c.noDigest}}
					p.Officer = "olga"
					return p
				})
				defer w.down()
				defer w.watching(w.watcher("one"))()
				w.post.answers(func(_ context.Context, m alerting.Message) error {
					if channelOf(m) == "email" {
						time.Sleep(time.Second)
						return c.fails
					}
					return nil
				})
				w.until("2026-09-01 20:00")
				w.post.told()
				w.post.answers(nil)
				w.until("2026-09-02 12:00")
				expect(t, "sent a day later", w.post.told(), c.want)
				w.until("2026-09-03 08:29")
				w.post.told()
				w.until("2026-09-03 12:00")
				for _, line := range w.post.told() {
					if strings.Contains(line, "uncertain") {
						t.Errorf("it is said again: %s", line)
					}
				}
			})
		})
	}
}

// A machine slept for days, and alarms go off before the first sweep: what was
// counted before is not taken for what there is now.
func TestABacklogIsCountedAfreshOnAnotherDay(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w := begin(t, dir, "2026-03-02 09:00")
		defer w.down()
		var refs []string
		for i := range 8 {
			ref := w.open()
			w.add(ref, []string{"2026-03-05", "2026-03-12"}[min(i, 1)], 0)
			refs = append(refs, ref)
		}
		ctx, slept := context.Background(), w.sweeper("slept")
		w.until("2026-03-10 19:00") // what was missed of the first waits for the morning
		if _, err := slept.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		w.until("2026-03-17 10:00")
		w.post.told()
		for _, ref := range refs {
			if err := slept.Rang(ctx, ref+"_D2-1_esc2wd_20260312"); err != nil {
				t.Fatal(err)
			}
		}
		slept.Wait()
		expect(t, "sent when alarms went off", w.post.told(), ``)
		sweep(t, slept)
		expect(t, "sent by the sweep", w.post.told(), `2026-03-17 10:00 digest_ann_20260317_file_ann: 8 overdue`)
	})
}

// torn is a log that, once some claims of escalations are stored, takes no more of
// them: as if the process had been killed between.
type torn struct {
	watch.Log
	left atomic.Int32
}

func (l *torn) Append(ctx context.Context, c events.Sealed, after uint64) (uint64, error) {
	if strings.Contains(c.Commit.Aggregate.ID, "_esc2wd_") && c.Commit.Version == 1 && l.left.Add(-1) < 0 {
		return 0, errors.New("the log is gone")
	}
	return l.Log.Append(ctx, c, after)
}

// Where a digest was claimed and not all that it carries, the rest is not sent by
// itself on the same day, on which the digest has named it. On the next it goes out
// as anything that was missed: here one by one, as it is a handful by then.
func TestACrashWhileABacklogIsClaimed(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w, refs := neglected(t, dir, nil)
		defer w.down()
		w.until("2026-09-01 10:00")
		log := &torn{Log: w.log}
		log.left.Store(9)
		broken := watch.New(watch.Config{Log: log, Book: w.views, Channels: watch.Channels{"file": w.post}, Clock: w.clock, Worker: "one"})
		if _, err := broken.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
		w.until("2026-09-01 10:15")
		sweep(t, w.sweeper("two"))
		w.until("2026-09-02 09:00")
		sweep(t, w.sweeper("three"))
		lines := w.post.told()
		alone := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !strings.Contains(line, "_esc2wd_") })
		expect(t, "sent beside", slices.DeleteFunc(lines, func(line string) bool { return slices.Contains(alone, line) }), `
			2026-09-01 10:00 GLO-26-0013_D2-1_day_20260901_file_ann
			2026-09-01 10:00 digest_ann_20260901_file_ann: 12 overdue, 1 today
			2026-09-02 09:00 GLO-26-0013_D2-1_over1wd_20260901_file_ann
			2026-09-02 09:00 digest_ann_20260902_file_ann: 13 overdue
		`)
		if len(alone) != 3 || !strings.HasPrefix(alone[0], "2026-09-02 09:00") {
			t.Errorf("sent of the rest: %q", alone)
		}
		in := map[string]int{}
		for _, ref := range refs {
			states, err := w.views.Alerts(context.Background(), ref)
			if err != nil {
				t.Fatal(err)
			}
			in[states[ref+"_D2-1_esc2wd_20260320"].Claim.Digest]++
			if got := w.recorded(ref); len(got) != 6 || !slices.Contains(got, ref+"_D2-1_esc2wd_20260320 sent") {
				t.Errorf("recorded: %q", got)
			}
		}
		if in["digest_ann_20260901"] != 9 || in[""] != 3 {
			t.Errorf("they went out in %v", in)
		}
	})
}

// The channel fails when the digest goes out, and until the next morning: all
// that it carried is in that one's.
func TestABacklogWhoseDigestFails(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w, refs := neglected(t, dir, func(p alerting.Policy) alerting.Policy {
			p.People = []events.Person{{Name: "ann", Channels: []string{"file"}, NoDigest: true}}
			return p
		})
		defer w.down()
		defer w.watching(w.watcher("one"))()
		w.post.answers(out)
		w.until("2026-09-02 07:00")
		w.post.answers(nil)
		w.until("2026-09-02 12:00")
		told := w.post.told()
		for i := range told {
			// The alert of the day before is given up by that of today, at the same
			// minute as the digest, which says so or does not know it yet.
			told[i] = strings.TrimSuffix(told[i], ", 1 uncertain")
		}
		expect(t, "sent", told, `
			2026-09-02 08:30 GLO-26-0013_D2-1_over1wd_20260901_file_ann
			2026-09-02 08:30 digest_ann_20260902_file_ann: 12 overdue
		`)
		for _, ref := range refs {
			if got := w.recorded(ref); !slices.Contains(got, ref+"_D2-1_esc2wd_20260320 sent") {
				t.Errorf("recorded: %q", got)
			}
		}
	})
}

// Mail is out of order from a Friday to the Tuesday after a bank holiday.
func TestARetryOutlastsALongWeekend(t *testing.T) {
	inWorld(t, "2026-05-18 10:00", func(w *world) {
		p := w.policy
		p.Ladders = []events.Ladder{{Rungs: []events.Rung{{ID: "day", Urgent: true}, {ID: "over1wd", Days: 1, Urgent: true}}}}
		w.setPolicy(p)
		w.add(w.open(), "2026-05-21", 0)
		w.until("2026-05-22 08:00")
		w.post.told()
		w.post.answers(out)
		w.until("2026-05-26 10:00")
		w.post.answers(nil)
		w.until("2026-05-26 12:00")
		expect(t, "sent", urgent(w.post.told()), `2026-05-26 10:30 GLO-26-0001_D2-1_over1wd_20260521_file_ann`)
	})
}
