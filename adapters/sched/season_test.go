package sched_test

import (
	"slices"
	"strings"
	"testing"

	"parley/adapters/natstest"
	"parley/domain/negotiation"
)

// A caseworker's computer is switched on for half an hour each day, from before
// the clocks change until after two more bank holidays, and each time a new run
// begins. Every alert that is wanted goes out once, at its minute, and no other.
func TestASeasonOfMornings(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w := begin(t, dir, "2026-03-16 08:20")
		ref := w.open()
		w.add(ref, "2026-03-30", 0)             // D2.1, on the first working day of summer time; and met
		easter := w.add(ref, "2026-03-16", 14)  // D3.1, counted over Easter: 7 April were it not for Good Friday and Easter Monday
		sunday := w.add(ref, "2026-05-03", 0)   // D4.1, on a Sunday: that of the day before and that of the day fall on one Friday
		extended := w.add(ref, "2026-04-20", 0) // D5.1, moved to the 27th
		events := map[string]func(){
			"2026-03-30": func() { w.tell(ref, negotiation.MeetDeadline{Deadline: "D2.1"}) },
			"2026-04-07": func() { w.tell(ref, negotiation.MeetDeadline{Deadline: easter}) },
			"2026-04-17": func() {
				w.tell(ref, negotiation.ExtendDeadline{Deadline: extended, Until: day(t, "2026-04-27"), Base: "agreed by telephone"})
			},
			"2026-04-27": func() { w.tell(ref, negotiation.WaiveDeadline{Deadline: extended, Why: "no longer needed"}) },
			"2026-05-05": func() { w.tell(ref, negotiation.MeetDeadline{Deadline: sunday}) },
		}
		for d := day(t, "2026-03-16"); d.Before(day(t, "2026-05-08")); d = d.AddDays(1) {
			w.until(d.String() + " 08:20")
			if d != day(t, "2026-03-16") {
				w.up()
			}
			end := w.watching(w.watcher(d.String()))
			w.until(d.String() + " 08:45")
			if happens := events[d.String()]; happens != nil {
				happens()
			}
			w.until(d.String() + " 08:50")
			end()
			w.down()
		}
		lines := w.post.told()
		expect(t, "sent by themselves", urgent(slices.Clone(lines)), `
			2026-03-27 08:30 GLO-26-0001_D2-1_1wd_20260330_file_ann
			2026-03-30 08:30 GLO-26-0001_D2-1_day_20260330_file_ann
			2026-04-02 08:30 GLO-26-0001_D3-1_1wd_20260407_file_ann
			2026-04-07 08:30 GLO-26-0001_D3-1_day_20260407_file_ann
			2026-04-17 08:30 GLO-26-0001_D5-1_1wd_20260420_file_ann
			2026-04-24 08:30 GLO-26-0001_D5-1_1wd_20260427_file_ann
			2026-04-27 08:30 GLO-26-0001_D5-1_day_20260427_file_ann
			2026-05-01 08:30 GLO-26-0001_D4-1_day_20260503_file_ann
			2026-05-05 08:30 GLO-26-0001_D4-1_over1wd_20260503_file_ann
		`)
		for _, line := range lines {
			if !strings.Contains(line, " 08:30 ") {
				t.Error("not at half past eight:", line)
			}
			if date := day(t, line[:10]); strings.Contains("2026-04-03 2026-04-06 2026-05-04", date.String()) || date.Time().Weekday()%6 == 0 {
				t.Error("on a day off:", line)
			}
		}
		if unique := slices.Compact(slices.Clone(lines)); len(unique) != len(lines) {
			t.Errorf("something was sent twice: %q", lines)
		}
	})
}
