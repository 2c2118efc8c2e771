package deadline

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/domain/calendar"
	"parley/events"
)

var (
	isoDay   = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`)
	weekday  = regexp.MustCompile(`(\d{4}-\d{2}-\d{2}) (Mon|Tue|Wed|Thu|Fri|Sat|Sun)`)
	clock    = regexp.MustCompile(`\b\d{2}:\d{2}\b`)
	verdict  = regexp.MustCompile(`([A-Z][A-Za-z/ ]+): (YES|NO)`)
	shortDay = regexp.MustCompile(`(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?(\d{1,2}) (Mar|Oct)\b`)
)

// example is a row of the worked examples, with what can be read out of it.
type example struct {
	*testing.T
	row map[string]string
}

// days returns the dates that a column names, whose weekdays must be right.
func (x example) days(column string) []calendar.Date {
	x.Helper()
	for _, m := range weekday.FindAllStringSubmatch(x.row[column], -1) {
		if d := day(x, m[1]); d.Weekday().String()[:3] != m[2] {
			x.Errorf("%s is a %s, not a %s", d, d.Weekday(), m[2])
		}
	}
	var found []calendar.Date
	for _, s := range isoDay.FindAllString(x.row[column], -1) {
		found = append(found, day(x, s))
	}
	return found
}

// first returns the first date that a column names.
func (x example) first(column string) calendar.Date {
	x.Helper()
	found := x.days(column)
	if len(found) == 0 {
		x.Fatalf("there is no date in %q", x.row[column])
	}
	return found[0]
}

// number returns the number that stands before this unit in the input.
func (x example) number(unit string) int {
	x.Helper()
	m := regexp.MustCompile(`(\d+) (?:working |clock )?` + unit).FindStringSubmatch(x.row["input"] + "; " + x.row["rule_or_reason"])
	if m == nil {
		x.Fatalf("there is no number of %s in the row", unit)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		x.Fatal(err)
	}
	return n
}

// rule answers the rule for the first date of the input.
func (x example) rule(id ID) Answer {
	x.Helper()
	return computed(x, Query{Rule: string(id), From: Moment{Date: x.first("input")}})
}

// due checks that an answer is the row's result.
func (x example) due(a Answer) Answer {
	x.Helper()
	if want := x.first("result"); a.Due != want {
		x.Errorf("%s: due %s, want %s\n%v", x.row["input"], a.Due, want, a.Steps)
	}
	return a
}

// counted checks that a rule gives the row's result, by the number of units
// that the row names.
func (x example) counted(id ID, unit string) Answer {
	x.Helper()
	a := x.due(x.rule(id))
	rule, err := Find(string(id))
	if err != nil {
		x.Fatal(err)
	}
	if n := x.number(unit); rule.Period.N != n {
		x.Errorf("%s counts %s, the row %d %s", id, rule.Period.Long(), n, unit)
	}
	return a
}

// yearless returns the days of a column that names none, for every year of the
// calendar in which they fall on the weekdays that it names.
func (x example) yearless(column string) map[int]calendar.Date {
	x.Helper()
	m := shortDay.FindStringSubmatch(x.row[column])
	if m == nil {
		x.Fatalf("there is no day in %q", x.row[column])
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		x.Fatal(err)
	}
	month := map[string]time.Month{"Mar": time.March, "Oct": time.October}[m[3]]
	found := map[int]calendar.Date{}
	for year := 2012; year <= 2028; year++ {
		if d := calendar.On(year, month, n); m[1] == "" || d.Weekday().String()[:3] == m[1] {
			found[year] = d
		}
	}
	if len(found) == 0 {
		x.Fatalf("%q falls in no year", x.row[column])
	}
	return found
}

// court checks a limit of the court's rules in every year that the row fits.
func (x example) court(l Limit) {
	x.Helper()
	want := x.yearless("result")
	l.Calendar, l.Counting = calendar.WorkingCourt, events.ClearDays
	for year, event := range x.yearless("input") {
		a := computed(x, Query{Limit: l, From: Moment{Date: event}})
		if a.Due != want[year] {
			x.Errorf("%d: due %s, want %s\n%v", year, a.Due, want[year], a.Steps)
		}
	}
}

// served checks the day of deemed service.
func (x example) served(m events.Method) {
	x.Helper()
	sent := Moment{x.first("input"), clock.FindString(x.row["input"])}
	got, err := Served(calendar.Builtin(), events.Service{Method: m, Court: true}, sent)
	if err != nil || got.Due != x.first("result") {
		x.Errorf("sent %s: served %s, %v; want %s", sent, got.Due, err, x.first("result"))
	}
}

func TestWorkedExamples(t *testing.T) {
	rows := table(t, "worked_examples.csv")
	if len(rows) != 42 {
		t.Errorf("there are %d worked examples, and 42 are known", len(rows))
	}
	for _, row := range rows {
		t.Run(row["id"], func(t *testing.T) {
			x := example{t, row}
			if check, known := exampleChecks()[row["rule_id"]]; known {
				check(x)
				return
			}
			t.Errorf("no test knows the rule %s: %s", row["rule_id"], row["input"])
		})
	}
}

// exampleChecks says, by the rule a row names, how it is checked.
func exampleChecks() map[string]func(example) {
	return map[string]func(example){
		"MONTHS-CDR":           months,
		"GMS-TERM-PARTNERSHIP": func(x example) { x.due(x.rule(GMSTermPartnership)) },
		"GMS-TERM-INDIVIDUAL":  func(x example) { x.due(x.rule(GMSTermIndividual)) },
		"FOI-RESPOND":          foi,
		"GMS-CLOSE-ACK":        func(x example) { x.counted(ListClosureAck, "days") },
		"GMS-CLOSE-DECIDE":     func(x example) { x.counted(ListClosureDecide, "days") },
		"GMS-CLOSE-EXTEND":     func(x example) { x.counted(ListClosureExtend, "weeks") },
		"GMS-SANCTION-DISPUTE": func(x example) {
			if a := x.counted("gms-sanction-dispute", "days"); !strings.Contains(a.NotAWorkingDay, "Boxing Day") {
				x.Errorf("the last day is flagged as %q", a.NotAWorkingDay)
			}
		},
		"GMS-VAR-UNILATERAL": variation,
		"PSR-STANDSTILL":     standstill,
		"PA23-STANDSTILL": func(x example) {
			if a := x.due(x.rule("pa23-standstill")); a.Source != Secondary {
				x.Errorf("its source is %q", a.Source)
			}
		},
		"CPR2.8-CLEAR": func(x example) {
			p := calendar.Period{N: x.number("days"), Unit: calendar.Days}
			x.court(Limit{Period: p, Backward: strings.Contains(x.row["input"], "before")})
		},
		"CPR2.8-SHORT": func(x example) {
			x.court(Limit{Period: calendar.Period{N: x.number("days"), Unit: calendar.Days}, Backward: true})
		},
		"CLEAR-DAYS": func(x example) {
			x.court(Limit{Period: calendar.Period{N: x.number("days"), Unit: calendar.Days}, Backward: true})
		},
		"CPR6.26-POST":  func(x example) { x.served(events.Post) },
		"CPR6.26-EMAIL": func(x example) { x.served(events.Email) },
		"JR": func(x example) {
			if a := x.counted("jr", "months"); !strings.Contains(a.Note, "prompt") {
				x.Errorf("nothing warns that the claim must be prompt: %q", a.Note)
			}
		},
		"SC11.7":        clinicLetter,
		"SC11.5":        dischargeSummary,
		"BH-SUB":        substitutes,
		"GMS-WD":        workingDay,
		"CONTRACT-DAYS": contractDays,
		"HORIZON":       horizon,
	}
}

func months(x example) {
	p := calendar.Period{N: x.number("months"), Unit: calendar.Months}
	x.due(computed(x, Query{Limit: Limit{Period: p}, From: Moment{Date: x.first("input")}}))
}

// foi checks the date, the holidays that were skipped and what a calendar of
// England and Wales alone would have given.
func foi(x example) {
	a := x.due(x.rule(FOIRespond))
	listed, english, _ := strings.Cut(x.row["rule_or_reason"], "an E&W-only calendar")
	if !strings.Contains(listed, "skipped:") {
		x.skips(a, "2014-03-17")
		return
	}
	x.skips(a, isoDay.FindAllString(listed, -1)...)
	ew := computed(x, Query{Limit: Limit{Period: length(x, "20wd"), Calendar: calendar.WorkingEnglandAndWales}, From: Moment{Date: x.first("input")}})
	if want := day(x, isoDay.FindString(english)); ew.Due != want {
		x.Errorf("by England and Wales alone it is due %s, want %s", ew.Due, want)
	}
}

// skips checks that the working names exactly these holidays as not counted.
func (x example) skips(a Answer, want ...string) {
	x.Helper()
	var got []string
	for _, s := range a.Steps {
		if strings.HasPrefix(s.Why, "not counted: ") && !strings.Contains(s.Why, "weekend") {
			got = append(got, s.Date.String())
		}
	}
	if !slices.Equal(got, want) {
		x.Errorf("the working skips %v, want %v", got, want)
	}
}

func variation(x example) {
	a := x.counted("gms-var-unilateral", "days")
	other := day(x, isoDay.FindString(x.row["status"]))
	if len(a.Readings) != 2 || a.Readings[0].Due != a.Due || !a.Readings[0].Safe || a.Readings[1].Due != other || a.Readings[1].Safe {
		x.Errorf("the readings are %+v, want %s (used) and %s", a.Readings, a.Due, other)
	}
}

func standstill(x example) {
	dates := x.days("result")
	if start := x.rule("psr-standstill-start"); start.Due != dates[0] {
		x.Errorf("the standstill starts on %s, want %s", start.Due, dates[0])
	}
	if end := x.rule(PSRStandstill); end.Due != dates[1] {
		x.Errorf("the standstill ends on %s, want %s\n%v", end.Due, dates[1], end.Steps)
	}
}

// clinicLetter: the row counts after the day and says that the convention is not
// stated; the side that waits is safe with that reading, and the other is shown.
func clinicLetter(x example) {
	a := x.rule("nhssc-sc11.7")
	after := x.first("result")
	if len(a.Readings) != 2 || a.Due != after || !a.Readings[0].Safe || a.Readings[1].Due != after.AddDays(-1) || a.Readings[1].Safe {
		x.Errorf("due %s by %+v, want the row's %s", a.Due, a.Readings, after)
	}
	if !strings.Contains(a.Note, "does not say") {
		x.Errorf("nothing says that the convention is not stated: %q", a.Note)
	}
}

func dischargeSummary(x example) {
	from := Moment{x.first("input"), clock.FindString(x.row["input"])}
	a := x.due(computed(x, Query{Rule: "nhssc-sc11.5", From: from}))
	if want := clock.FindString(x.row["result"]); a.Time != want {
		x.Errorf("until %s, want %s", a.Time, want)
	}
}

func substitutes(x example) {
	for _, d := range x.days("result") {
		if why, off := calendar.Builtin().Off(calendar.WorkingEnglandAndWales, d); !off || !strings.Contains(why, "substitute") {
			x.Errorf("%s is %q, not a substitute day", d, why)
		}
	}
}

func workingDay(x example) {
	definitions := map[string]calendar.Working{
		"GMS/PMS Regs": calendar.WorkingEnglandAndWales, "GMS Regs": calendar.WorkingEnglandAndWales,
		"CPR": calendar.WorkingCourt, "PSR": calendar.WorkingPSR, "FOI Act": calendar.WorkingAnyUK,
	}
	verdicts := verdict.FindAllStringSubmatch(x.row["result"], -1)
	if len(verdicts) == 0 {
		x.Fatalf("no verdict is in %q", x.row["result"])
	}
	for _, m := range verdicts {
		working, known := definitions[m[1]]
		if !known {
			x.Fatalf("no calendar is known by %q", m[1])
		}
		if got := calendar.Builtin().WorkingDay(working, x.first("input")); got != (m[2] == "YES") {
			x.Errorf("%s: a working day: %t, want %s", m[1], got, m[2])
		}
	}
}

// contractDays: seven days from receipt had not passed on the seventh, so that
// notice of termination on that day was too early.
func contractDays(x example) {
	dates := x.days("input")
	if !strings.Contains(x.row["input"], "within seven days") || x.row["result"] != "too early (adjudicator)" {
		x.Fatalf("the row says something else now: %q, %q", x.row["input"], x.row["result"])
	}
	limit := Limit{Period: length(x, "7d"), Counting: events.ClearDays, ToEvent: true}
	if a := computed(x, Query{Limit: limit, From: Moment{Date: dates[0]}}); !dates[1].Before(a.Due) {
		x.Errorf("%s is not too early: the first day is %s", dates[1], a.Due)
	}
}

func horizon(x example) {
	beyond := x.first("input")
	for _, p := range []string{"1wd", "20wd", "5d", "3m"} {
		if a := computed(x, Query{Limit: Limit{Period: length(x, p)}, From: Moment{Date: beyond}}); !a.Provisional {
			x.Errorf("%s from %s is due %s and not provisional", p, beyond, a.Due)
		}
	}
	if end := x.days("rule_or_reason")[0]; calendar.Builtin().Horizon() != end {
		x.Errorf("the calendar ends on %s, want %s", calendar.Builtin().Horizon(), end)
	}
}
