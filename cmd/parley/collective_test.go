package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// pick: pick ICB N. It puts the codes of N open practices of that ICB into
// $PRACTICES, and the quarters of them into $FIRST, $SECOND, $THIRD and $LAST.
func pick(ts *testscript.TestScript, _ bool, args []string) {
	var codes []string
	var n int
	_, err := fmt.Sscan(args[1], &n)
	ts.Check(err)
	for _, p := range answer[[]struct{ Code string }](ts, "directory", "find", "--icb", args[0], "--open", "--limit", args[1]) {
		codes = append(codes, p.Code)
	}
	if len(codes) != n {
		ts.Fatalf("%s has %d open practices, not %d", args[0], len(codes), n)
	}
	ts.Setenv("PRACTICES", strings.Join(codes, ","))
	ts.Setenv("FIRST", strings.Join(codes[:n/4], ","))
	ts.Setenv("SECOND", strings.Join(codes[n/4:n/2], ","))
	ts.Setenv("THIRD", strings.Join(codes[n/2:n-n/4], ","))
	ts.Setenv("LAST", strings.Join(codes[n-n/4:], ","))
}

// effectOverdue: effect-overdue REF. It records that every notice which has run
// out took effect on the day it did, and puts eight practices whose notices still
// run into $WAVERING.
func effectOverdue(ts *testscript.TestScript, _ bool, args []string) {
	overdue := answer[[]shownDeadline](ts, "deadline", "list", "--ref", args[0], "--overdue", "--owner", "practice")
	if len(overdue) == 0 {
		ts.Fatalf("no notice has run out")
	}
	for _, d := range overdue {
		ts.Check(ts.Exec("parley", "notice", "effect", args[0], "--practice", d.Practice, "--on", d.Due))
	}
	var wavering []string
	for _, p := range answer[shownCase](ts, "case", "show", args[0]).Practices {
		if (p.Notice.State == "served" || p.Notice.State == "acknowledged") && len(wavering) < 8 {
			wavering = append(wavering, p.Code)
		}
	}
	ts.Setenv("WAVERING", strings.Join(wavering, ","))
}

// periods are the notice periods that practices of one county were seen to have,
// more or less, with what a calendar on the wall says of their end.
var periods = []struct {
	flags []string
	ends  func(time.Time) time.Time
}{
	{[]string{"--period", "3m"}, func(t time.Time) time.Time { return months(t, 3) }},
	{[]string{"--period", "28d"}, func(t time.Time) time.Time { return t.AddDate(0, 0, 28) }},
	{[]string{"--period", "6m", "--to-month-end"}, func(t time.Time) time.Time { return monthEnd(months(t, 6)) }},
	{[]string{"--period", "12w"}, func(t time.Time) time.Time { return t.AddDate(0, 0, 84) }},
	{[]string{"--period", "1y"}, func(t time.Time) time.Time { return months(t, 12) }},
}

// months counts to the corresponding day, or the last of a month without it.
func months(t time.Time, n int) time.Time {
	to := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	if last := monthEnd(to); t.Day() > last.Day() {
		return last
	}
	return to.AddDate(0, 0, t.Day()-1)
}

func monthEnd(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC)
}

// serveEach: serve-each REF DAY CODE,CODE... Each practice serves its own notice
// by a command of its own, one a day from that day on, with one period after
// another; each must end on the day that the calendar says.
func serveEach(ts *testscript.TestScript, _ bool, args []string) {
	day, err := time.Parse(time.DateOnly, args[1])
	ts.Check(err)
	for i, code := range strings.Split(args[2], ",") {
		p, on := periods[i%len(periods)], day.AddDate(0, 0, i)
		ts.Setenv("PARLEY_CLOCK", on.Add(10*time.Hour).Format(time.RFC3339))
		line := append([]string{"notice", "serve", args[0], "--practice", code, "--method", "email"}, p.flags...)
		served := answer[struct {
			Version   int
			Stage     string
			Deadlines []struct{ ID, Due string }
		}](ts, line...)
		want := p.ends(on).Format(time.DateOnly)
		if len(served.Deadlines) != 2 || served.Deadlines[0].Due != want {
			ts.Fatalf("%s served %v on %s, which ends on %s; Parley says %v", code, p.flags, on.Format(time.DateOnly), want, served.Deadlines)
		}
	}
}
