package alerting_test

import (
	"errors"
	"strings"
	"testing"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// office is a policy with everything in it.
func office() alerting.Policy {
	p := alerting.DefaultPolicy("desk")
	p.Ladders = append(p.Ladders,
		events.Ladder{Class: "statutory", Rungs: []events.Rung{{ID: "a", Days: -3, Urgent: true}, {ID: "b", Days: 3, Urgent: true, ToOfficer: true}}},
		events.Ladder{Rule: "foi-respond", Rungs: []events.Rung{{ID: "c", Days: -2, Urgent: true}}},
	)
	p.People = []events.Person{
		{Name: "desk", Channels: []string{"file"}},
		{Name: "j.doe", Channels: []string{"email", "file"}, Rungs: []events.Rung{{ID: "own", Days: 0, Urgent: true}, {ID: "later", Days: 5, Urgent: true}}},
	}
	p.Desk, p.Officer, p.Urgent = "desk", "j.doe", []string{"teams", "webhook"}
	return p
}

func TestTheDefaultPolicyIsRight(t *testing.T) {
	for _, p := range []alerting.Policy{alerting.DefaultPolicy("j.doe"), office()} {
		if err := p.Check(); err != nil {
			t.Error(err)
		}
	}
	if !(alerting.Policy{}).IsZero() || office().IsZero() {
		t.Error("no policy is zero")
	}
}

func TestPoliciesThatCannotBeRight(t *testing.T) {
	rungs := func(all ...events.Rung) func(*alerting.Policy) {
		return func(p *alerting.Policy) { p.Ladders[0].Rungs = all }
	}
	person := func(change func(*events.Person)) func(*alerting.Policy) {
		return func(p *alerting.Policy) { change(&p.People[1]) }
	}
	for what, c := range map[string]struct {
		change func(*alerting.Policy)
		says   string
	}{
		"at no time":                  {func(p *alerting.Policy) { p.At = "" }, "08:30"},
		"at half past":                {func(p *alerting.Policy) { p.At = "8:30" }, "8:30"},
		"at an hour there is not":     {func(p *alerting.Policy) { p.At = "25:61" }, "25:61"},
		"with seconds":                {func(p *alerting.Policy) { p.At = "08:30:00" }, "15:04"},
		"without a ladder":            {func(p *alerting.Policy) { p.Ladders = p.Ladders[1:] }, "all other deadlines"},
		"with two of the LMC's":       {func(p *alerting.Policy) { p.Ladders = append(p.Ladders, p.Ladders[0]) }, "two ladders for all other deadlines"},
		"with two for a class":        {func(p *alerting.Policy) { p.Ladders = append(p.Ladders, p.Ladders[1]) }, "two ladders for the class statutory"},
		"with two for a rule":         {func(p *alerting.Policy) { p.Ladders = append(p.Ladders, p.Ladders[2]) }, "two ladders for the rule foi-respond"},
		"for an unknown class":        {func(p *alerting.Policy) { p.Ladders[1].Class = "urgent" }, "good-practice"},
		"for an unknown rule":         {func(p *alerting.Policy) { p.Ladders[2].Rule = "foi-respnd" }, "foi-respond"},
		"for a rule without a clock":  {func(p *alerting.Policy) { p.Ladders[2].Rule = "nhsdr-decide" }, "never warns"},
		"for a rule in capitals":      {func(p *alerting.Policy) { p.Ladders[2].Rule = "FOI-RESPOND" }, "write it foi-respond"},
		"for a rule and a class":      {func(p *alerting.Policy) { p.Ladders[2].Class = "statutory" }, "not for both"},
		"without rungs":               {rungs(), "would warn nobody in time"},
		"only overdue":                {rungs(events.Rung{ID: "a", Days: 1}), "would warn nobody in time"},
		"with two rungs of one ID":    {rungs(events.Rung{ID: "a", Days: -1}, events.Rung{ID: "a", Days: 0}), "two rungs called a"},
		"with two rungs on one day":   {rungs(events.Rung{ID: "a", Days: -1}, events.Rung{ID: "b", Days: -1}), "a second rung, b"},
		"with rungs out of order":     {rungs(events.Rung{ID: "a", Days: 0}, events.Rung{ID: "b", Days: -1}), "out of order"},
		"with a rung without an ID":   {rungs(events.Rung{Days: -1}), "lower-case"},
		"with an ID in capitals":      {rungs(events.Rung{ID: "5WD", Days: -1}), "lower-case"},
		"with a kept ID":              {rungs(events.Rung{ID: "snooze1", Days: -1}), "kept"},
		"years ahead":                 {rungs(events.Rung{ID: "a", Days: -131}), "130"},
		"years after":                 {rungs(events.Rung{ID: "a", Days: 0}, events.Rung{ID: "b", Days: 131}), "130"},
		"escalating in time":          {rungs(events.Rung{ID: "a", Days: -1, ToOfficer: true}), "only what has passed"},
		"for two of one name":         {func(p *alerting.Policy) { p.People[1].Name = "desk" }, "two people"},
		"for nobody":                  {person(func(w *events.Person) { w.Name = " " }), "not the name"},
		"by no channel":               {person(func(w *events.Person) { w.Channels = nil }), "never be warned"},
		"by a strange channel":        {person(func(w *events.Person) { w.Channels = []string{"E-mail!"} }), "E-mail!"},
		"by one channel twice":        {person(func(w *events.Person) { w.Channels = []string{"email", "email"} }), "twice"},
		"with a bad ladder of theirs": {person(func(w *events.Person) { w.Rungs = []events.Rung{{ID: "x", Days: 2}} }), "the ladder of j.doe"},
		"that warns somebody only in a digest they have not": {person(func(w *events.Person) {
			w.NoDigest, w.Rungs = true, []events.Rung{{ID: "x", Days: -2}, {ID: "y", Days: 2, Urgent: true}}
		}), "no digest"},
		"without a desk":          {func(p *alerting.Policy) { p.Desk = "" }, "no desk"},
		"without an officer":      {func(p *alerting.Policy) { p.Officer = "" }, "no officer"},
		"with an unknown desk":    {func(p *alerting.Policy) { p.Desk = "x" }, "desk"},
		"with an unknown officer": {func(p *alerting.Policy) { p.Officer = "x" }, "officer"},
		"by a strange place":      {func(p *alerting.Policy) { p.Urgent = []string{"#general"} }, "#general"},
		"by one place twice":      {func(p *alerting.Policy) { p.Urgent = []string{"teams", "teams"} }, "twice"},
	} {
		t.Run(what, func(t *testing.T) {
			p := office()
			c.change(&p)
			if err := p.Check(); !errors.Is(err, alerting.ErrPolicy) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestTheMostParticularLadderCounts(t *testing.T) {
	p := office()
	ids := func(rule string, standing deadline.Standing, who events.Person) string {
		var all []string
		for _, r := range p.LadderFor(rule, standing, who) {
			all = append(all, r.ID)
		}
		return strings.Join(all, " ")
	}
	desk, doe := p.People[0], p.People[1]
	for _, c := range []struct {
		rule     string
		standing deadline.Standing
		who      events.Person
		want     string
	}{
		{"local-period", deadline.Local, desk, "10wd 5wd 1wd day over1wd esc2wd"},
		{"gms-close-ack", deadline.Statutory, desk, "a b"},
		{"foi-respond", deadline.Statutory, desk, "c"},
		{"local-period", deadline.Local, doe, "own esc2wd later"}, // escalations cannot be got rid of
		{"gms-close-ack", deadline.Statutory, doe, "own b later"},
		{"foi-respond", deadline.Statutory, doe, "own later"},
		{"foi-respond", deadline.Statutory, events.Person{Rungs: []events.Rung{{ID: "x", Days: 9, ToOfficer: true}}}, "x"},
	} {
		if got := ids(c.rule, c.standing, c.who); got != c.want {
			t.Errorf("%s of %s for %q: %s, want %s", c.rule, c.standing, c.who.Name, got, c.want)
		}
	}
}

func TestRecipients(t *testing.T) {
	p := office()
	for caseworker, want := range map[string]string{"j.doe": "j.doe", "": "desk", "who left": "desk"} {
		if got := p.Recipient(caseworker); got.Name != want {
			t.Errorf("%q: %s", caseworker, got.Name)
		}
	}
	alone := alerting.DefaultPolicy("me")
	same(t, events.Person{Name: "me", Channels: []string{"file"}}, alone.Recipient("j.doe"))
	same(t, events.Person{Name: "me", Channels: []string{"file"}}, alone.Escalation())
}

func TestDigestsOfADay(t *testing.T) {
	p := office()
	p.People[1].Quiet = []calendar.Date{day("2026-10-27")}
	p.Quiet = []calendar.Date{day("2026-10-28")}
	p.People = append(p.People, events.Person{Name: "none", Channels: []string{"email"}, NoDigest: true})
	for on, want := range map[string][]string{
		"2026-10-23": {"digest_desk_20261023", "digest_j-2edoe_20261023"},
		"2026-10-25": {}, "2026-12-25": {}, "2026-12-28": {},
		"2026-10-27": {"digest_desk_20261027"},
		"2026-10-28": {},
	} {
		got := []string{}
		for _, m := range alerting.Digests(p, calendar.Builtin(), day(on), nil) {
			got = append(got, m.ID)
		}
		same(t, want, got)
	}
	m := alerting.Digests(p, calendar.Builtin(), day("2026-10-23"), nil)[1]
	same(t, alerting.Morning{
		ID: "digest_j-2edoe_20261023", Person: "j.doe", Day: day("2026-10-23"), At: at("2026-10-23 08:30"), Deliveries: []events.Delivery{{To: "j.doe", Channel: "email"}},
	}, m)
	if m.Stale(at("2026-10-23 17:59")) || !m.Stale(at("2026-10-23 18:00")) || !m.Stale(at("2026-10-24 00:00")) {
		t.Error("a digest is sent on its day until the evening, and on no other")
	}
	p.At = "19:00"
	if m := alerting.Digests(p, calendar.Builtin(), day("2026-10-23"), nil)[1]; m.Stale(at("2026-10-23 23:59")) || !m.Stale(at("2026-10-24 00:00")) {
		t.Error("one of the evening is sent in the evening")
	}
	if alone := alerting.Digests(alerting.DefaultPolicy("me"), calendar.Builtin(), day("2026-10-23"), nil); len(alone) != 1 || alone[0].Person != "me" {
		t.Errorf("%+v", alone)
	}
	a := find(t, wanted(stated("2026-10-26")), "5wd").Within(m)
	if a.Digest != m.ID || a.Deliveries[0].Channel != "email" {
		t.Errorf("%+v", a)
	}
}

func TestNamesReadBack(t *testing.T) {
	for _, person := range []string{"j.doe", "Ann O'Neill-Smith", "Zoë", "a_b", "digest", "x-2e"} {
		id := alerting.DigestID(person, day("2026-10-26"))
		name, err := alerting.ParseID(id)
		if err != nil || name.Person != person || name.Due != day("2026-10-26") || name.Ref != "" {
			t.Errorf("%s reads as %+v, %v", id, name, err)
		}
		if _, err := events.ParseAggregate(events.Alert(id).String()); err != nil {
			t.Error(err)
		}
	}
	for _, id := range []string{
		"", "policy", "GLO-26-0001", "GLO-26-0001_D7-1_day", "GLO-26-0001_D7-1_day_20261326", "GLO-26-0001_D7-1_DAY_20261026",
		"digest_j-2_20261026", "digest_j-zz_20261026", "digest_j-64oe_20261026", "digest_j-2edoe_20261301", "digest__20261026", "a/b_c_d_20261026",
		"-a_b_c_20261026", "_b_c_20261026", "a__c_20261026", "a_b__20261026", "a_b.c_d_20261026", "a_b_c_2026102", "a_b_c_2026-0-6", "digest_ann_day_x_20261026",
	} {
		if name, err := alerting.ParseID(id); !errors.Is(err, alerting.ErrUnknownAlert) || err.Error() == alerting.ErrUnknownAlert.Error() {
			t.Errorf("%q reads as %+v, %v", id, name, err)
		}
	}
	if a, b := alerting.DeliveryID("X", email), alerting.DeliveryID("X", teams); a != "X_email_j-2edoe" || b != "X_teams" {
		t.Errorf("%s, %s", a, b)
	}
}

// Whoever has no digest would never hear of an escalation that waits for it.
func TestAnEscalationReachesTheOfficer(t *testing.T) {
	slow := []events.Rung{{ID: "day", Urgent: true}, {ID: "esc", Days: 2, ToOfficer: true}}
	fast := []events.Rung{{ID: "day", Urgent: true}, {ID: "esc", Days: 2, Urgent: true, ToOfficer: true}}
	for _, c := range []struct {
		name         string
		common, own  []events.Rung
		noDigest, ok bool
	}{
		{"not urgent, with a digest", slow, nil, false, true},
		{"not urgent, without", slow, nil, true, false},
		{"urgent, without", fast, nil, true, true},
		{"not urgent on somebody's own ladder", fast, slow, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := alerting.DefaultPolicy("ann")
			p.People = []events.Person{{Name: "ann", Channels: []string{"file"}, Rungs: c.own}, {Name: "olga", Channels: []string{"email"}, NoDigest: c.noDigest}}
			p.Officer, p.Ladders = "olga", []events.Ladder{{Rungs: c.common}}
			err := p.Check()
			if c.ok != (err == nil) || !c.ok && (!errors.Is(err, alerting.ErrPolicy) || !strings.Contains(err.Error(), "olga")) {
				t.Errorf("%v", err)
			}
		})
	}
}
