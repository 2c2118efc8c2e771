package deadline

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"parley/domain/calendar"
)

// TestEveryStatedLimitIsInTheBook holds the rulebook against the list of limits.
func TestEveryStatedLimitIsInTheBook(t *testing.T) {
	rows := table(t, "deadlines.csv")
	listed := map[string]bool{ // set by the parties' own papers, or by the LMC for itself
		"offer-reply": true, "agreement-review": true, "agreement-end": true, "local-period": true, "notice-ack": true,
	}
	for _, row := range rows {
		id := strings.ToLower(row["rule_id"])
		listed[id] = true
		rule, err := Find(id)
		if noClock := (NoClock{}); errors.As(err, &noClock) {
			if regexp.MustCompile(`^\d`).MatchString(row["quantity"]) && id != "nhssc-sc11.9" {
				t.Errorf("%s counts %s %s and is said to have no clock", id, row["quantity"], row["unit"])
			}
			continue
		}
		if err != nil {
			t.Errorf("%s is not in the book: %v", id, err)
			continue
		}
		agrees(t, rule, row)
	}
	for _, r := range Rules() {
		if !listed[string(r.ID)] {
			t.Errorf("%s is in the book, and on no list", r.ID)
		}
	}
}

// agrees checks a rule against its row: number, unit, standing and source.
func agrees(t *testing.T, r Rule, row map[string]string) {
	t.Helper()
	stated := regexp.MustCompile(`\d+`).FindString(strings.TrimPrefix(row["quantity"], "LOCAL"))
	if strings.HasPrefix(row["quantity"], "LOCAL") {
		stated = ""
	}
	switch n := r.Period.N; {
	case n == 0:
		if stated != "" && strconv.Itoa(r.Least.N) != stated {
			t.Errorf("%s: the least is %s, want %s %s", r.ID, r.Least.Long(), stated, row["unit"])
		}
	case strconv.Itoa(n) != stated:
		t.Errorf("%s counts %s, want %s %s", r.ID, r.Period.Long(), stated, row["unit"])
	case !slices.ContainsFunc(unitWords(r.Period.Unit), func(word string) bool { return strings.HasPrefix(row["unit"], word) }):
		t.Errorf("%s counts %s, want %s", r.ID, r.Period.Long(), row["unit"])
	}
	if memory := strings.Contains(row["status"]+row["source"], "FROM MEMORY"); memory != (r.Standing == Unverified) || memory != (r.Source == Memory) {
		t.Errorf("%s is %s, %s; the row says %q", r.ID, r.Standing, r.Source, row["status"])
	}
	if secondary := strings.Contains(row["status"], "secondary page"); secondary && r.Source != Secondary && r.Source != Memory {
		t.Errorf("%s is from a %s; the row says %q", r.ID, r.Source, row["status"])
	}
	if beginning := strings.Contains(strings.ToLower(row["counted_from"]), "beginning with"); beginning && r.Counting != "beginning-with" {
		t.Errorf("%s is counted %q; the row says %q", r.ID, r.Counting, row["counted_from"])
	}
}

// unitWords returns how the list begins the name of a unit.
func unitWords(u calendar.Unit) []string {
	switch u {
	case calendar.WorkingDays:
		return []string{"working day", "Operational Day"}
	case calendar.Days:
		return []string{"calendar day", "day"}
	}
	return []string{strings.TrimPrefix((calendar.Period{N: 1, Unit: u}).Long(), "1 ")}
}

func TestRulesAreWhole(t *testing.T) {
	seen := map[ID]bool{}
	for _, r := range Rules() {
		if seen[r.ID] || string(r.ID) != strings.ToLower(string(r.ID)) || r.Version < 1 {
			t.Errorf("%q version %d: twice, or not in lower case, or of no version", r.ID, r.Version)
		}
		seen[r.ID] = true
		if r.Title == "" || r.From == "" || r.Standing == "" || r.Source == "" || r.Authority == "" {
			t.Errorf("%s lacks a title, a start, a standing, a source or an authority: %+v", r.ID, r)
		}
		if (r.Owner == "") != (r.ID == OfferReply || r.ID == LocalOverride || r.ID == LocalPeriod) {
			t.Errorf("%s: %q must act", r.ID, r.Owner)
		}
		if r.Period.IsZero() == (r.Needs() == "") {
			t.Errorf("%s: counts %s and needs %q", r.ID, r.Period, r.Needs())
		}
		if !r.Period.IsZero() {
			if err := r.Limit.Check(); err != nil {
				t.Errorf("%s: %v", r.ID, err)
			}
		}
		if (r.Standing == Unverified) != (r.Source == Memory) {
			t.Errorf("%s is %s, and known %s", r.ID, r.Standing, r.Source)
		}
		if len(r.Readings) == 1 {
			t.Errorf("%s is ambiguous with one reading", r.ID)
		}
	}
	for _, id := range []ID{
		OfferReply, LESNotice, AgreementReview, AgreementEnd, LocalOverride, FOIRespond, FOIReviewRequest, FOIReviewAnswer, FOIFees,
		GMSTermPartnership, GMSTermIndividual, PMSTerm, DisputeRefer, DisputeReps, DisputeAck, DisputeNegotiation,
		ListClosureAck, ListClosureDecide, ListClosureLength, ListClosureExtend, PSRStandstill,
	} {
		if set := id.Set("lmc"); set.Rule != string(id) || set.RuleVersion < 1 || set.Title == "" || set.Owner != "lmc" {
			t.Errorf("%s sets %+v", id, set)
		}
	}
	if set := FOIRespond.Set(""); set.Owner != "icb" {
		t.Errorf("without an owner %q must act", set.Owner)
	}
}

func TestTheBookCannotBeWrittenTo(t *testing.T) {
	Rules()[0].Title = "scribble"
	if got := Rules()[0].Title; got == "scribble" {
		t.Error("the rulebook was changed from outside")
	}
}

func TestUnknownRulesNameTheNearest(t *testing.T) {
	for id, near := range map[string]string{
		"foi-respnd": "foi-respond", "FOI-RESPONSE": "foi-respond", "gms-term": "gms-term-individual",
		"psr-standstil": "psr-standstill", "les": "les-notice",
	} {
		_, err := Find(id)
		var unknown UnknownRule
		if !errors.As(err, &unknown) || !errors.Is(err, ErrUnknownRule) || !slices.Contains(unknown.Near, near) || len(unknown.Near) > 3 {
			t.Errorf("%s: %v, want %s to be named", id, err, near)
		}
	}
	for _, id := range []string{"", "zzzzzzzzzzzz", strings.Repeat("x", 300)} {
		if _, err := Find(id); !errors.Is(err, ErrUnknownRule) || strings.Contains(err.Error(), "there is ,") {
			t.Errorf("%q: %v", id, err)
		}
	}
	if r, err := Find(" FOI-Respond "); err != nil || r.ID != FOIRespond {
		t.Errorf("a rule in capitals: %s, %v", r.ID, err)
	}
}

func TestRulesWithoutAClockSayWhy(t *testing.T) {
	for _, n := range WithoutClock() {
		_, err := Compute(calendar.Builtin(), Query{Rule: n.ID, From: from(t, "2026-11-02")})
		if !errors.Is(err, ErrNoClock) || !strings.Contains(err.Error(), n.Why) {
			t.Errorf("%s: %v", n.ID, err)
		}
	}
}

// TestEveryRuleIsAnswered computes every rule, with what it needs.
func TestEveryRuleIsAnswered(t *testing.T) {
	for _, r := range Rules() {
		ask := Query{Rule: string(r.ID), From: from(t, "2026-12-01T10:15")}
		if r.Needs() != "" {
			if a, err := Compute(calendar.Builtin(), ask); !errors.Is(err, ErrParameter) || !strings.Contains(err.Error(), r.Needs()) {
				t.Errorf("%s without its parameter: %s, %v; want to be told that it needs %s", r.ID, a.Due, err, r.Needs())
			}
			ask.Limit.Period = length(t, "3m")
			if r.ID == DisputeReps {
				ask.Limit.Period = length(t, "4w")
			}
		}
		answers(t, r, ask)
		if r.Stated {
			ask.Limit, ask.Stated, ask.Document = Limit{}, day(t, "2027-02-15"), "letter-4.pdf"
			answers(t, r, ask)
		}
	}
}

func answers(t *testing.T, r Rule, ask Query) {
	t.Helper()
	a := computed(t, ask)
	if a.Due.IsZero() || a.Rule != string(r.ID) || a.Authority != r.Authority || a.Standing != r.Standing || a.Calendar != calendar.Builtin().Version() || a.Readings == nil {
		t.Errorf("%s: %+v", r.ID, a)
	}
	why := ""
	for _, s := range a.Steps {
		if s.Date.IsZero() {
			t.Errorf("%s: a step of no date: %s", r.ID, s.Why)
		}
		why += s.Why + "\n"
	}
	for _, needed := range []string{a.Calendar, r.Authority, string(r.Standing), string(r.Source)} {
		if !strings.Contains(why, needed) {
			t.Errorf("%s: the working does not name %q:\n%s", r.ID, needed, why)
		}
	}
	if (r.Standing == Unverified) != strings.Contains(why, "UNVERIFIED") {
		t.Errorf("%s (%s): the working says\n%s", r.ID, r.Standing, why)
	}
	if a.NotAWorkingDay != "" != strings.Contains(why, "NOT A WORKING DAY") {
		t.Errorf("%s on %s (%q): the working says\n%s", r.ID, a.Due.Long(), a.NotAWorkingDay, why)
	}
	safe := 0
	for _, reading := range a.Readings {
		if reading.Safe {
			safe++
			if reading.Due != a.Due {
				t.Errorf("%s: the safe reading gives %s, and %s is used", r.ID, reading.Due, a.Due)
			}
		} else if reading.Due.Before(a.Due) != r.Earliest {
			t.Errorf("%s: %s is used rather than %s", r.ID, a.Due, reading.Due)
		}
	}
	if len(a.Readings) > 0 && safe != 1 {
		t.Errorf("%s: %d safe readings", r.ID, safe)
	}
}

func TestParametersKeepToTheirBounds(t *testing.T) {
	for _, c := range []struct{ rule, period, refused string }{
		{"gms-close-length", "3m", ""},
		{"gms-close-length", "1y", ""},
		{"gms-close-length", "2m", "too short"},
		{"gms-close-length", "13m", "too long"},
		{"gms-close-length", "100d", "compares"},
		{"nhsdr-reps", "21d", ""},
		{"nhsdr-reps", "29d", "too long"},
		{"pms-term", "9m", ""},
		{"pms-term", "3m", "too short"},
		{"foi-respond", "10wd", "cannot fix"},
		{"foi-respond", "20wd", ""},
		{"foi-ir-auth", "40wd", ""},
		{"foi-ir-auth", "41wd", "too long"},
		{"les-notice", "12w", ""},
	} {
		_, err := Compute(calendar.Builtin(), Query{Rule: c.rule, Limit: Limit{Period: length(t, c.period)}, From: from(t, "2026-12-01")})
		if c.refused == "" && err != nil || c.refused != "" && (!errors.Is(err, ErrParameter) || !strings.Contains(err.Error(), c.refused)) {
			t.Errorf("%s of %s: %v, want %q", c.rule, c.period, err, c.refused)
		}
	}
}
