package sched_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/adapters/natstest"
	"parley/domain/alerting"
	"parley/domain/negotiation"
	"parley/events"
)

// inWorld runs f in a world that begins at a time in London, with a watcher that
// runs all the time.
func inWorld(t *testing.T, at string, f func(w *world)) {
	t.Helper()
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w := begin(t, dir, at)
		defer w.down()
		defer w.watching(w.watcher("one"))()
		time.Sleep(time.Second) // its first sweep
		f(w)
	})
}

func TestAlertsGoOutAtHalfPastEightWhateverTheClocksDo(t *testing.T) {
	t.Run("29 March", func(t *testing.T) {
		inWorld(t, "2026-03-27 08:00", func(w *world) {
			ref := w.open()
			w.add(ref, "2026-03-30", 0)
			w.until("2026-03-31 08:00")
			expect(t, "sent", w.post.told(), `
				2026-03-27 08:30 GLO-26-0001_D2-1_1wd_20260330_file_ann
				2026-03-27 08:30 digest_ann_20260327_file_ann: 1 soon
				2026-03-30 08:30 GLO-26-0001_D2-1_day_20260330_file_ann
				2026-03-30 08:30 digest_ann_20260330_file_ann: 1 today
			`)
			for _, m := range w.post.given {
				if want := map[bool]string{true: "08:30Z", false: "07:30Z"}[strings.Contains(m.ID, "0327") || strings.Contains(m.ID, "1wd")]; m.At.Format("15:04Z") != want {
					t.Errorf("%s went out at %s, want %s", m.ID, m.At, want)
				}
			}
			expect(t, "set", w.set(), `
				2026-03-31 08:30 GLO-26-0001_D2-1_over1wd_20260330
				2026-03-31 08:30 digest_ann_20260331
				2026-04-01 08:30 GLO-26-0001_D2-1_esc2wd_20260330
			`)
		})
	})
	t.Run("25 October", func(t *testing.T) {
		inWorld(t, "2026-10-23 08:00", func(w *world) {
			w.add(w.open(), "2026-10-26", 0)
			w.until("2026-10-27 08:00")
			expect(t, "sent", w.post.told(), `
				2026-10-23 08:30 GLO-26-0001_D2-1_1wd_20261026_file_ann
				2026-10-23 08:30 digest_ann_20261023_file_ann: 1 soon
				2026-10-26 08:30 GLO-26-0001_D2-1_day_20261026_file_ann
				2026-10-26 08:30 digest_ann_20261026_file_ann: 1 today
			`)
		})
	})
}

func TestALateHolidayMovesTheAlerts(t *testing.T) {
	inWorld(t, "2026-05-11 10:00", func(w *world) {
		ref := w.open()
		w.add(ref, "2026-05-11", 6)
		expect(t, "due on the 19th", eventually(w.set), `
			2026-05-12 08:30 digest_ann_20260512
			2026-05-18 08:30 GLO-26-0001_D2-1_1wd_20260519
			2026-05-19 08:30 GLO-26-0001_D2-1_day_20260519
			2026-05-20 08:30 GLO-26-0001_D2-1_over1wd_20260519
			2026-05-21 08:30 GLO-26-0001_D2-1_esc2wd_20260519
		`)
		w.holiday("2026-05-18", "A day for the King")
		expect(t, "due on the 20th", eventually(w.set), `
			2026-05-12 08:30 digest_ann_20260512
			2026-05-19 08:30 GLO-26-0001_D2-1_1wd_20260520
			2026-05-20 08:30 GLO-26-0001_D2-1_day_20260520
			2026-05-21 08:30 GLO-26-0001_D2-1_over1wd_20260520
			2026-05-22 08:30 GLO-26-0001_D2-1_esc2wd_20260520
		`)
	})
}

// eventually returns what f says once the watcher has heard of what changed.
func eventually(f func() []string) []string {
	time.Sleep(10 * time.Second)
	return f()
}

func TestPauseExtensionMeetingAndCorrectionTakeTheAlertsAlong(t *testing.T) {
	inWorld(t, "2026-06-01 10:00", func(w *world) {
		ref := w.open()
		id := w.add(ref, "2026-06-01", 5)
		expect(t, "due on the 8th", eventually(w.set), `
			2026-06-02 08:30 digest_ann_20260602
			2026-06-05 08:30 GLO-26-0001_D2-1_1wd_20260608
			2026-06-08 08:30 GLO-26-0001_D2-1_day_20260608
			2026-06-09 08:30 GLO-26-0001_D2-1_over1wd_20260608
			2026-06-10 08:30 GLO-26-0001_D2-1_esc2wd_20260608
		`)
		w.tell(ref, negotiation.PauseDeadline{Deadline: id, Why: "they asked what we meant"})
		w.until("2026-06-04 10:00")
		expect(t, "set while paused", w.set(), `2026-06-05 08:30 digest_ann_20260605`)
		expect(t, "sent while paused", w.post.told(), ``)
		w.tell(ref, negotiation.ResumeDeadline{Deadline: id})
		w.tell(ref, negotiation.ExtendDeadline{Deadline: id, Until: day(t, "2026-06-12"), Base: "agreed by telephone"})
		expect(t, "extended to the 12th", eventually(w.set), `
			2026-06-05 08:30 digest_ann_20260605
			2026-06-11 08:30 GLO-26-0001_D2-1_1wd_20260612
			2026-06-12 08:30 GLO-26-0001_D2-1_day_20260612
			2026-06-15 08:30 GLO-26-0001_D2-1_over1wd_20260612
			2026-06-16 08:30 GLO-26-0001_D2-1_esc2wd_20260612
		`)
		w.tell(ref, negotiation.Correct{
			Event: events.EventID{Version: 5, Index: 1}, Why: "it was the 11th", Fields: json.RawMessage(`{"until":"2026-06-11"}`),
		})
		w.until("2026-06-10 12:00")
		expect(t, "sent once corrected to the 11th", urgent(w.post.told()), `2026-06-10 08:30 GLO-26-0001_D2-1_1wd_20260611_file_ann`)
		w.tell(ref, negotiation.MeetDeadline{Deadline: id})
		w.until("2026-06-15 12:00")
		expect(t, "sent once it was met", w.post.told(), ``)
		expect(t, "set once it was met", w.set(), `2026-06-16 08:30 digest_ann_20260616`)
	})
}

// urgent returns the lines of what is no digest.
func urgent(lines []string) []string {
	return slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, " digest_") })
}

// The machine is switched off over the due date: scenario 7.
func TestDownOverTheDueDate(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w := begin(t, dir, "2026-10-21 12:00")
		end := w.watching(w.watcher("one"))
		ref := w.open()
		w.add(ref, "2026-10-26", 0)
		w.until("2026-10-23 08:29")
		w.post.told()
		end()
		w.down()
		w.until("2026-10-29 10:00")
		w.up()
		defer w.down()
		defer w.watching(w.watcher("two"))()
		w.until("2026-10-29 18:00")
		expect(t, "sent", w.post.told(), `
			2026-10-29 10:00 GLO-26-0001_D2-1_esc2wd_20261026_file_ann
			2026-10-29 10:00 digest_ann_20261029_file_ann: 1 overdue
		`)
		if m := w.post.given[len(w.post.given)-2:]; !slices.ContainsFunc(m, func(m alerting.Message) bool { return strings.HasPrefix(m.Subject, "Overdue since 26 Oct 2026") }) {
			t.Errorf("it does not say since when: %q, %q", m[0].Subject, m[1].Subject)
		}
		expect(t, "recorded", w.recorded(ref), `
			GLO-26-0001_D2-1_1wd_20261026 superseded
			GLO-26-0001_D2-1_day_20261026 superseded
			GLO-26-0001_D2-1_esc2wd_20261026 sent
			GLO-26-0001_D2-1_over1wd_20261026 superseded
		`)
	})
}

// The channel has accepted, and the process ends before it is recorded: scenario 8.
func TestKilledWhileSending(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w := begin(t, dir, "2026-10-23 08:00")
		one := w.watcher("one")
		end := w.watching(one)
		ref := w.open()
		w.add(ref, "2026-10-26", 0)
		w.until("2026-10-26 08:29")
		w.post.told()
		killed := make(chan struct{})
		w.post.answers(func(_ context.Context, m alerting.Message) error {
			if m.Kind != alerting.Digest {
				w.post.note(m) // it is accepted
				<-killed       // and then nothing is recorded any more
				return errors.New("killed")
			}
			return nil
		})
		w.until("2026-10-26 08:30")
		time.Sleep(20 * time.Second)
		expect(t, "recorded before it is killed", w.recorded(ref), `
			GLO-26-0001_D2-1_1wd_20261026 sent
			GLO-26-0001_D2-1_day_20261026 claimed
		`)
		w.down()
		close(killed)
		end()
		w.post.answers(nil)
		expect(t, "sent by the first", urgent(w.post.told()), `2026-10-26 08:30 GLO-26-0001_D2-1_day_20261026_file_ann`)

		w.until("2026-10-26 09:00") // after JetStream's window for duplicates
		w.up()
		defer w.down()
		defer w.watching(w.watcher("two"))()
		w.until("2026-10-27 08:00")
		expect(t, "recorded by the second", w.recorded(ref), `
			GLO-26-0001_D2-1_1wd_20261026 sent
			GLO-26-0001_D2-1_day_20261026 uncertain
		`)
		expect(t, "sent by the second", w.post.told(), ``)
		w.until("2026-10-27 08:45")
		expect(t, "sent on the next morning", w.post.told(), `
			2026-10-27 08:30 GLO-26-0001_D2-1_over1wd_20261026_file_ann
			2026-10-27 08:30 digest_ann_20261027_file_ann: 1 overdue, 1 uncertain
		`)
	})
}

// One that takes over at once leaves alone what the other may still be at.
func TestAClaimIsNotJudgedTooSoon(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w := begin(t, dir, "2026-10-23 08:00")
		defer w.down()
		end := w.watching(w.watcher("one"))
		ref := w.open()
		w.add(ref, "2026-10-26", 0)
		w.until("2026-10-26 08:29")
		w.post.told()
		release := make(chan struct{})
		w.post.answers(func(context.Context, alerting.Message) error {
			<-release
			return nil
		})
		w.until("2026-10-26 08:30")
		time.Sleep(5 * time.Second)
		defer w.watching(w.watcher("two"))()
		time.Sleep(15 * time.Second)
		expect(t, "recorded while the first is at it", w.recorded(ref), `
			GLO-26-0001_D2-1_1wd_20261026 sent
			GLO-26-0001_D2-1_day_20261026 claimed
		`)
		close(release)
		time.Sleep(time.Second)
		expect(t, "recorded", w.recorded(ref), `
			GLO-26-0001_D2-1_1wd_20261026 sent
			GLO-26-0001_D2-1_day_20261026 sent
		`)
		end()
		w.until("2026-10-26 09:30")
		if n := len(w.post.told()); n != 2 {
			t.Errorf("%d messages", n)
		}
	})
}

func TestTwoWorkersAtOnceSendNothingTwice(t *testing.T) {
	inWorld(t, "2026-10-23 07:00", func(w *world) {
		defer w.watching(w.watcher("two"))()
		defer w.watching(w.watcher("three"))()
		var want []string
		for i := range 20 {
			w.add(w.open(), "2026-10-26", 0)
			want = append(want, fmt.Sprintf("2026-10-23 08:30 GLO-26-%04d_D2-1_1wd_20261026_file_ann", i+1))
		}
		w.until("2026-10-23 09:00")
		expect(t, "sent", w.post.told(), strings.Join(want, "\n")+"\n2026-10-23 08:30 digest_ann_20261023_file_ann: 20 soon")
	})
}
