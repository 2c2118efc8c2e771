package alerting_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// The clocks go back on 25 October 2026: alerts go out at 08:30 in London on
// either side of it.
func TestTheLadderAcrossTheChangeOfTheClocks(t *testing.T) {
	same(t, []string{
		"10wd 2026-10-12 07:30Z", "5wd 2026-10-19 07:30Z", "1wd 2026-10-23 07:30Z", "day 2026-10-26 08:30Z",
		"over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z",
	}, rungs(wanted(stated("2026-10-26"))))
	spring := stated("2027-03-30") // Easter Monday is 29 March 2027, a day after the clocks go forward
	same(t, []string{
		"10wd 2027-03-12 08:30Z", "5wd 2027-03-19 08:30Z", "1wd 2027-03-25 08:30Z", "day 2027-03-30 07:30Z",
		"over1wd 2027-03-31 07:30Z", "esc2wd 2027-04-01 07:30Z",
	}, rungs(wanted(spring)))
}

func TestAlertsNeverGoOutOnDaysOff(t *testing.T) {
	same(t, []string{ // 28 February 2027 is a Sunday: Friday says so, once
		"10wd 2027-02-15 08:30Z", "5wd 2027-02-22 08:30Z", "day 2027-02-26 08:30Z", "over1wd 2027-03-01 08:30Z", "esc2wd 2027-03-02 08:30Z",
	}, rungs(wanted(stated("2027-02-28"))))
	same(t, []string{ // Christmas Day, and the Monday after stands in for Boxing Day
		"10wd 2026-12-11 08:30Z", "5wd 2026-12-18 08:30Z", "day 2026-12-24 08:30Z", "over1wd 2026-12-29 08:30Z", "esc2wd 2026-12-30 08:30Z",
	}, rungs(wanted(stated("2026-12-25"))))

	p := alerting.DefaultPolicy("j.doe")
	p.Quiet = []calendar.Date{day("2026-10-23")}
	p.People = []events.Person{
		{Name: "j.doe", Channels: []string{"email"}, Quiet: []calendar.Date{day("2026-10-26"), day("2026-10-22")}},
		{Name: "boss", Channels: []string{"email"}},
	}
	p.Officer = "boss"
	same(t, []string{
		"10wd 2026-10-08 07:30Z", "5wd 2026-10-15 07:30Z", "day 2026-10-21 07:30Z", "over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z",
	}, rungs(alerting.Wanted(p, calendar.Builtin(), stated("2026-10-26"), nil)))
}

// Scenario 1: a holiday that is added late moves the alerts that were not sent.
func TestALateHolidayMovesAlerts(t *testing.T) {
	d := counted("2022-08-30")
	cal := calendar.Builtin().With(calendar.Revision{Version: "before", Removed: []calendar.Holiday{{Division: calendar.EnglandAndWales, Date: day("2022-09-19")}}})
	p := alerting.DefaultPolicy("j.doe")
	before := alerting.Wanted(p, cal, d, nil)
	after := alerting.Wanted(p, calendar.Builtin(), d, nil)
	same(t, []string{
		"10wd 2022-09-13 07:30Z", "5wd 2022-09-20 07:30Z", "1wd 2022-09-26 07:30Z", "day 2022-09-27 07:30Z", "over1wd 2022-09-28 07:30Z", "esc2wd 2022-09-29 07:30Z",
	}, rungs(before))
	same(t, []string{
		"10wd 2022-09-13 07:30Z", "5wd 2022-09-21 07:30Z", "1wd 2022-09-27 07:30Z", "day 2022-09-28 07:30Z", "over1wd 2022-09-29 07:30Z", "esc2wd 2022-09-30 07:30Z",
	}, rungs(after))
	if before[3].ID != "GLO-26-0001_D7-1_day_20220927" || after[3].ID != "GLO-26-0001_D7-1_day_20220928" {
		t.Errorf("%s, then %s", before[3].ID, after[3].ID)
	}
}

// Scenario 2: a pause over Christmas.
func TestAPausedClockWarnsNobody(t *testing.T) {
	d := counted("2026-12-07", deadline.Turn{On: day("2026-12-21"), Kind: deadline.Stopped})
	d.Known = at("2026-12-21 10:00")
	same(t, []string{}, rungs(wanted(d)))
	d.Clock.Turns = append(d.Clock.Turns, deadline.Turn{On: day("2027-01-04"), Kind: deadline.Resumed})
	d.Known = at("2027-01-04 09:00")
	same(t, []string{"5wd 2027-01-11 08:30Z", "1wd 2027-01-15 08:30Z", "day 2027-01-18 08:30Z", "over1wd 2027-01-19 08:30Z", "esc2wd 2027-01-20 08:30Z"}, rungs(wanted(d)))

	until := counted("2026-12-07", deadline.Turn{On: day("2026-12-21"), Kind: deadline.Stopped, Until: day("2027-01-15")})
	until.Known = at("2026-12-21 10:00")
	for _, a := range wanted(until) {
		if a.At.Before(at("2027-01-15 00:00")) {
			t.Errorf("%s at %s, while the clock is paused", a.Rung.ID, a.At)
		}
	}
}

// Scenario 4: an extension after a breach.
func TestAnExtensionAfterABreachStartsTheLadderAnew(t *testing.T) {
	d := stated("2026-10-26", deadline.Turn{On: day("2026-10-28"), Kind: deadline.Extended, Until: day("2026-11-09")})
	d.Known = at("2026-10-28 11:00")
	same(t, []string{"5wd 2026-11-02 08:30Z", "1wd 2026-11-06 08:30Z", "day 2026-11-09 08:30Z", "over1wd 2026-11-10 08:30Z", "esc2wd 2026-11-11 08:30Z"}, rungs(wanted(d)))
	if id := wanted(d)[0].ID; id != "GLO-26-0001_D7-1_5wd_20261109" {
		t.Error(id)
	}
}

// Scenario 13: reopened with what remained.
func TestAReopenedCaseWarnsByWhatRemains(t *testing.T) {
	d := counted("2026-10-15", deadline.Turn{On: day("2026-11-06"), Kind: deadline.CaseClosed}) // due 12 November, five working days left
	d.Closed, d.Known = true, at("2026-11-06 12:00")
	same(t, []string{}, rungs(wanted(d)))
	d.Clock.Turns = append(d.Clock.Turns, deadline.Turn{On: day("2026-11-23"), Kind: deadline.CaseReopened})
	d.Closed, d.Known = false, at("2026-11-23 10:00")
	same(t, []string{"1wd 2026-11-26 08:30Z", "day 2026-11-27 08:30Z", "over1wd 2026-11-30 08:30Z", "esc2wd 2026-12-01 08:30Z"}, rungs(wanted(d)))
	agreed := stated("2026-12-04")
	agreed.Closed = true
	if len(wanted(agreed)) != 6 {
		t.Error("a date that a document states stands though the case is closed")
	}
}

func TestWhatHasEndedWarnsNobody(t *testing.T) {
	for _, kind := range []deadline.Kind{deadline.EndedMet, deadline.EndedWaived, deadline.EndedSuperseded} {
		same(t, []string{}, rungs(wanted(stated("2026-10-26", deadline.Turn{On: day("2026-10-05"), Kind: kind}))))
	}
}

func TestWhatIsEnteredLateFloodsNobody(t *testing.T) {
	for _, c := range []struct {
		name, due, known string
		want             []string
	}{
		{"with a week to go", "2026-10-26", "2026-10-19 08:31", []string{"1wd 2026-10-23 07:30Z", "day 2026-10-26 08:30Z", "over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z"}},
		{"the day before", "2026-10-27", "2026-10-26 15:00", []string{"1wd 2026-10-26 15:00Z", "day 2026-10-27 08:30Z", "over1wd 2026-10-28 08:30Z", "esc2wd 2026-10-29 08:30Z"}},
		{"on the day, before alerts go out", "2026-10-26", "2026-10-26 08:00", []string{"1wd 2026-10-26 08:00Z", "day 2026-10-26 08:30Z", "over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z"}},
		{"on the day", "2026-10-26", "2026-10-26 11:00", []string{"day 2026-10-26 11:00Z", "over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z"}},
		{"a day late", "2026-10-26", "2026-10-27 11:00", []string{"esc2wd 2026-10-28 08:30Z"}},
		{"history", "2026-10-26", "2026-11-20 11:00", []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := stated(c.due)
			d.Known = at(c.known)
			same(t, c.want, rungs(wanted(d)))
		})
	}
}

// Whoever says that it was done, and takes that back when the date has passed,
// does not silence it: the latest that passed meanwhile goes out once.
func TestWhatIsOverdueAgainIsTold(t *testing.T) {
	d, p, cal := stated("2026-10-26"), alerting.DefaultPolicy("j.doe"), calendar.Builtin()
	esc := find(t, wanted(d), "esc2wd")
	d.First, d.Known = d.Known, at("2026-10-27 09:00")
	same(t, []string{"over1wd 2026-10-27 09:00Z", "esc2wd 2026-10-28 08:30Z"}, rungs(wanted(d)))
	d.Known = at("2026-11-04 11:00")
	same(t, []string{"esc2wd 2026-11-04 11:00Z"}, rungs(wanted(d)))
	said := recorded(t, "2026-10-28 08:30", map[string][]alerting.Command{esc.ID: given(alerting.Claim{Alert: esc, Worker: "w"})})
	all := alerting.Wanted(p, cal, d, said)
	if w := alerting.Triage(p, cal, at("2026-11-04 11:01"), all, said, nil); len(w.Send)+len(w.Ahead) > 0 {
		t.Errorf("sent twice: %+v", w)
	}
	d.First = at("2026-10-29 09:00")
	same(t, []string{}, rungs(wanted(d))) // history
}

// What is entered at night or at the weekend wakes nobody up.
func TestWhatIsLateWaitsForTheMorning(t *testing.T) {
	d := stated("2026-10-26") // a Monday
	for _, c := range []struct{ due, known, want string }{
		{"2026-10-26", "2026-10-23 10:00", "1wd 2026-10-23 09:00Z"},
		{"2026-10-26", "2026-10-23 20:00", "day 2026-10-26 08:30Z"}, // which says it all
		{"2026-10-26", "2026-10-25 03:00", "day 2026-10-26 08:30Z"},
		{"2026-10-26", "2026-10-26 05:00", "day 2026-10-26 08:30Z"},
		{"2026-10-26", "2026-10-26 21:59", "day 2026-10-26 21:59Z"},
		{"2026-10-26", "2026-10-26 22:00", "over1wd 2026-10-27 08:30Z"},
		{"2026-10-22", "2026-10-21 23:30", "day 2026-10-22 07:30Z"},
		{"2026-10-25", "2026-10-24 11:00", "day 2026-10-24 10:00Z"}, // at a weekend, due before it ends
		{"2026-10-25", "2026-10-24 23:00", "day 2026-10-25 07:00Z"},
		{"2026-10-20", "2026-10-31 11:00", "esc2wd 2026-11-02 08:30Z"}, // overdue again on a Saturday
		{"2026-10-20", "2026-11-03 06:00", "esc2wd 2026-11-03 08:30Z"},
		{"2026-10-20", "2026-11-03 11:00", "esc2wd 2026-11-03 11:00Z"},
	} {
		d.Clock.Stated, d.First, d.Known = day(c.due), at("2026-09-01 10:00"), at(c.known)
		if all := rungs(wanted(d)); all[0] != c.want {
			t.Errorf("due %s, known since %s: %v", c.due, c.known, all)
		}
	}
}

// What a clock recorded that was a year ahead is told nevertheless.
func TestWhatIsKnownOnlyLaterIsKnown(t *testing.T) {
	d := stated("2026-10-26")
	d.Known, d.First = at("2027-09-01 10:00"), at("2027-09-01 10:00")
	now := at("2026-10-22 08:30")
	same(t, []string{"1wd 2026-10-23 07:30Z", "day 2026-10-26 08:30Z", "over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z"}, rungs(wanted(d.AsOf(now))))
	d.Known, d.First = at("2026-10-01 10:00"), at("2026-09-01 10:00")
	same(t, d, d.AsOf(now))
}

// What has gone out stays wanted when something is said that leaves the date as
// it was: it may still have to be tried again. Nothing goes out a second time.
func TestWhatHasGoneOutStaysWanted(t *testing.T) {
	d, p, cal := stated("2026-10-26"), alerting.DefaultPolicy("j.doe"), calendar.Builtin()
	over, oneDay := find(t, wanted(d), "over1wd"), find(t, wanted(d), "1wd")
	d.Known = at("2026-10-27 09:00")
	said := recorded(t, "2026-10-27 08:30", map[string][]alerting.Command{over.ID: given(alerting.Claim{Alert: over, Worker: "w"})})
	same(t, []string{"over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z"}, rungs(alerting.Wanted(p, cal, d, said)))

	d.Known = at("2026-10-23 09:00")
	said = recorded(t, "2026-10-23 08:30", map[string][]alerting.Command{oneDay.ID: given(alerting.Claim{Alert: oneDay, Worker: "w"})})
	all := alerting.Wanted(p, cal, d, said)
	same(t, []string{"1wd 2026-10-23 07:30Z", "day 2026-10-26 08:30Z", "over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z"}, rungs(all))
	if w := alerting.Triage(p, cal, at("2026-10-23 09:01"), all, said, nil); len(w.Send)+len(w.Supersede) > 0 {
		t.Errorf("%+v", w)
	}
}

// A limit of hours that ends before alerts go out warns the working day before.
func TestALimitInHours(t *testing.T) {
	for hour, want := range map[string][]string{
		"07:10": {"day 2026-11-03 08:30Z", "over1wd 2026-11-05 08:30Z", "esc2wd 2026-11-06 08:30Z"},
		"15:20": {"1wd 2026-11-03 08:30Z", "day 2026-11-04 08:30Z", "over1wd 2026-11-05 08:30Z", "esc2wd 2026-11-06 08:30Z"},
	} {
		d := counted("2026-11-02")
		d.Clock.Time, d.Clock.Period, d.Known = hour, calendar.Period{N: 48, Unit: calendar.Hours}, at("2026-11-02 16:00")
		same(t, want, rungs(wanted(d)))
	}
	d := counted("2026-11-02")
	d.Clock.Time, d.Clock.Period = "07:10", calendar.Period{N: 48, Unit: calendar.Hours}
	d.Known = at("2026-11-04 07:00")
	same(t, []string{"day 2026-11-04 07:00Z", "over1wd 2026-11-05 08:30Z", "esc2wd 2026-11-06 08:30Z"}, rungs(wanted(d)))
	d.Known = at("2026-11-04 07:10") // it has just passed
	same(t, []string{"over1wd 2026-11-05 08:30Z", "esc2wd 2026-11-06 08:30Z"}, rungs(wanted(d)))
}

func TestToWhomAndHow(t *testing.T) {
	p := alerting.DefaultPolicy("desk")
	p.People = []events.Person{
		{Name: "desk", Channels: []string{"file"}},
		{Name: "j.doe", Channels: []string{"file", "email"}},
		{Name: "boss", Channels: []string{"email"}},
		{Name: "busy", Channels: []string{"email"}, NoDigest: true, Rungs: []events.Rung{{ID: "3wd", Days: -3, Urgent: true}}},
	}
	p.Officer, p.Urgent = "boss", []string{"teams"}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	all := alerting.Wanted(p, calendar.Builtin(), stated("2026-10-26"), nil)
	same(t, []events.Delivery{{To: "j.doe", Channel: "email"}}, all[0].Deliveries)
	if all[0].Digest != "digest_j-2edoe_20261012" || all[2].Digest != "" {
		t.Errorf("digests %q, %q", all[0].Digest, all[2].Digest)
	}
	same(t, []events.Delivery{{To: "j.doe", Channel: "file"}, {To: "j.doe", Channel: "email"}, {Channel: "teams"}}, find(t, all, "1wd").Deliveries)
	same(t, []events.Delivery{{To: "boss", Channel: "email"}, {Channel: "teams"}}, find(t, all, "esc2wd").Deliveries)
	d := stated("2026-10-26")
	d.Caseworker = "somebody who left"
	same(t, "desk", alerting.Wanted(p, calendar.Builtin(), d, nil)[0].Person)
	d.Caseworker = "busy"
	same(t, []string{"3wd 2026-10-21 07:30Z", "esc2wd 2026-10-28 08:30Z"}, rungs(alerting.Wanted(p, calendar.Builtin(), d, nil)))
	p.People[3].Rungs = nil
	same(t, []string{"1wd 2026-10-23 07:30Z", "day 2026-10-26 08:30Z", "over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z"},
		rungs(alerting.Wanted(p, calendar.Builtin(), d, nil)))
	same(t, []events.Delivery{{To: "j.doe", Channel: "file"}}, find(t, wanted(stated("2026-10-26")), "day").Deliveries)
}

// recorded makes the states of alerts as their commands lead to them.
func recorded(t *testing.T, now string, by map[string][]alerting.Command) map[string]alerting.State {
	t.Helper()
	all := map[string]alerting.State{}
	for id, cmds := range by {
		s := &story{t: t, id: id, now: at(now)}
		s.tell(cmds...)
		all[id] = s.state
	}
	return all
}

func TestSnoozedAndAcknowledged(t *testing.T) {
	d, p, cal := stated("2026-10-26"), alerting.DefaultPolicy("j.doe"), calendar.Builtin()
	first := find(t, wanted(d), "5wd")
	snooze := func(until, today string) alerting.Command {
		return alerting.Snooze{Until: day(until), Today: day(today), Due: day("2026-10-26"), Calendar: cal}
	}
	put := func(until string) []string {
		return rungs(alerting.Wanted(p, cal, d, recorded(t, "2026-10-08 12:00", map[string][]alerting.Command{first.ID: {snooze(until, "2026-10-08")}})))
	}
	same(t, []string{"snooze20261021 2026-10-21 07:30Z", "1wd 2026-10-23 07:30Z", "day 2026-10-26 08:30Z", "over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z"}, put("2026-10-21"))
	same(t, []string{"1wd 2026-10-23 07:30Z", "day 2026-10-26 08:30Z", "over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z"}, put("2026-10-23"))
	same(t, []string{"day 2026-10-26 08:30Z", "over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z"}, put("2026-10-24")) // a Saturday: Monday speaks for itself

	day0 := find(t, wanted(d), "day")
	for _, c := range []struct {
		name string
		cmds []alerting.Command
		want []string
	}{
		{"acknowledged", given(alerting.Claim{Alert: day0, Worker: "w"}, alerting.Acknowledge{}), []string{"over1wd 2026-10-27 08:30Z"}},
		{"only claimed", given(alerting.Claim{Alert: day0, Worker: "w"}), []string{"over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z"}},
		{"put off when overdue", given(alerting.Claim{Alert: day0, Worker: "w"}, snooze("2026-11-03", "2026-10-27")), []string{"esc2wd 2026-11-03 08:30Z"}},
		{"put off and acknowledged", given(alerting.Claim{Alert: day0, Worker: "w"}, snooze("2026-11-03", "2026-10-27"), alerting.Acknowledge{}), []string{"snooze20261103 2026-11-03 08:30Z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			said := recorded(t, "2026-10-27 08:00", map[string][]alerting.Command{day0.ID: c.cmds})
			var late []alerting.Alert
			for _, a := range alerting.Wanted(p, cal, d, said) {
				if a.At.After(day0.At) {
					late = append(late, a)
				}
			}
			same(t, c.want, rungs(late))
		})
	}

	// One that has been escalated wakes up as any other.
	esc := find(t, wanted(d), "esc2wd")
	escalated := recorded(t, "2026-10-28 09:00", map[string][]alerting.Command{esc.ID: given(alerting.Claim{Alert: esc, Worker: "w"}, snooze("2026-11-03", "2026-10-28"))})
	if all := rungs(alerting.Wanted(p, cal, d, escalated)); all[len(all)-1] != "snooze20261103 2026-11-03 08:30Z" {
		t.Errorf("%v", all)
	}

	// A date that moves is another matter.
	d.Clock.Turns = []deadline.Turn{{On: day("2026-10-12"), Kind: deadline.Extended, Until: day("2026-11-09")}}
	said := recorded(t, "2026-10-27 08:00", map[string][]alerting.Command{day0.ID: given(alerting.Claim{Alert: day0, Worker: "w"}, alerting.Acknowledge{}, snooze("2026-11-03", "2026-10-27"))})
	if got := alerting.Wanted(p, cal, d, said); len(got) != 6 {
		t.Errorf("after an extension: %v", rungs(got))
	}
}

// Whatever happens to a clock, its alerts are in order, on days on which alerts
// go out unless they are at once, have one ID each, and the same again.
func TestWantedAlertsAreInOrder(t *testing.T) {
	cal := calendar.Builtin()
	rapid.Check(t, func(t *rapid.T) {
		start := day("2026-01-05").AddDays(rapid.IntRange(0, 600).Draw(t, "start"))
		d := counted("2026-10-01")
		d.Clock.Trigger = start
		d.Clock.Period = rapid.SampledFrom([]calendar.Period{{N: 20, Unit: calendar.WorkingDays}, {N: 3, Unit: calendar.Months}, {N: 48, Unit: calendar.Hours}, {N: 1, Unit: calendar.Days}}).Draw(t, "period")
		d.Clock.Time = rapid.SampledFrom([]string{"", "07:10", "23:00"}).Draw(t, "time")
		for range rapid.IntRange(0, 4).Draw(t, "turns") {
			on := start.AddDays(rapid.IntRange(0, 60).Draw(t, "on"))
			d.Clock.Turns = append(d.Clock.Turns, deadline.Turn{
				On: on, Kind: rapid.SampledFrom([]deadline.Kind{deadline.Stopped, deadline.Resumed, deadline.Extended, deadline.CaseClosed, deadline.CaseReopened}).Draw(t, "kind"),
				Until: on.AddDays(rapid.IntRange(1, 40).Draw(t, "until")),
			})
		}
		d.Known = start.Time().Add(time.Duration(rapid.IntRange(0, 100*24).Draw(t, "hours")) * time.Hour)
		p := alerting.DefaultPolicy("j.doe")
		p.Quiet = []calendar.Date{start.AddDays(rapid.IntRange(0, 60).Draw(t, "quiet"))}
		all := alerting.Wanted(p, cal, d, nil)
		seen := map[string]bool{}
		for i, a := range all {
			on := deadline.InLondon(a.At)
			switch {
			case i > 0 && !a.At.After(all[i-1].At):
				t.Fatalf("out of order: %v", rungs(all))
			case seen[a.ID]:
				t.Fatalf("%s twice", a.ID)
			case a.At.Before(d.Known), d.Clock.PausedOn(on.Date):
				t.Fatalf("%s at %s, known since %s", a.ID, a.At, d.Known)
			case !a.At.Equal(d.Known) && on.Time != "07:00" && (on.Time != p.At || !cal.WorkingDay(calendar.WorkingEnglandAndWales, on.Date) || on.Date == p.Quiet[0]):
				t.Fatalf("%s at %v", a.ID, on)
			case a.Rung.Days <= 0 && on.Date.After(a.Due) && deadline.InLondon(d.Known).Time < "22:00", a.Rung.Days > 0 && !on.Date.After(a.Due):
				t.Fatalf("%s, due %s, at %v", a.ID, a.Due, on)
			}
			name, err := alerting.ParseID(a.ID)
			if err != nil || name != (alerting.Name{Ref: a.Ref, Deadline: a.Deadline, Rung: a.Rung.ID, Due: a.Due}) {
				t.Fatalf("%s reads as %+v, %v", a.ID, name, err)
			}
			if _, err := events.ParseAggregate(events.Alert(a.ID).String()); err != nil {
				t.Fatal(err)
			}
			seen[a.ID] = true
		}
		same(t, all, alerting.Wanted(p, cal, d, map[string]alerting.State{}))
	})
}
