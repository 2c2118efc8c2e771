package settings

import (
	"fmt"
	"net/mail"
	"path/filepath"
	"slices"
	"strings"

	"parley/domain/alerting"
	"parley/events"
)

// The names of channels in the file.
const (
	email   = "email"
	file    = "file"
	teams   = "teams"
	webhook = "webhook"
)

// defaults is what holds without a file: nothing to set up, and nothing unsaid.
func defaults(folder, actor string) Alerts {
	return Alerts{
		Policy:    alerting.DefaultPolicy(actor).AlertPolicySet,
		Addresses: map[string]string{},
		Outbox:    filepath.Join(folder, outboxFile),
	}
}

// parseAlerts reads the text of a file.
func parseAlerts(path, source, actor string) (Alerts, error) {
	doc, top := parse(path, source)
	if top == nil {
		return Alerts{}, doc.err()
	}
	a := defaults(filepath.Dir(path), actor)
	a.File = path
	a.readChannels(top)
	a.readPolicy(top)
	a.PublicURL = strings.TrimRight(top.url("public_url", plainAllowed), "/")
	top.close()
	if len(doc.problems) == 0 {
		doc.ask("", a.Policy)
	}
	if err := doc.err(); err != nil {
		return Alerts{}, err
	}
	return a, nil
}

// ask complains at a key of what a policy says is wrong with it, and reports
// whether it is right.
func (d *document) ask(name string, p events.AlertPolicySet) bool {
	err := alerting.Policy{AlertPolicySet: p}.Check()
	if err != nil {
		d.complain(name, err.Error(), "", "")
	}
	return err == nil
}

// readPolicy reads what facts may say.
func (a *Alerts) readPolicy(top *table) {
	p := &a.Policy
	if at := top.text("at"); at != "" {
		asked := *p
		asked.At = at
		if top.ask("at", asked) {
			p.At = at
		}
	}
	before := len(top.problems)
	if ladders := readLadders(top, *p); len(top.problems) == before { // people are not blamed for ladders
		p.Ladders = ladders
	}
	a.readPeople(top)
	p.Quiet = top.dates("quiet")
	p.Urgent = a.readUrgent(top)
	p.Desk = a.readWho(top, "desk", "who is warned of cases that nobody has", p.Desk)
	p.Officer = a.readWho(top, "officer", "to whom is escalated", p.Officer)
}

// readWho reads the name of somebody who is among the people. Where there is one
// person only it is them, and where there is nobody the one who acts.
func (a *Alerts) readWho(top *table, key, what, actor string) string {
	name := top.text(key)
	people := a.Policy.People
	known := slices.ContainsFunc(people, func(p events.Person) bool { return p.Name == name })
	switch {
	case top.values[key] == nil && len(people) == 0:
		return actor
	case top.values[key] == nil && len(people) == 1:
		return people[0].Name
	case top.values[key] == nil:
		top.complain("", "there is no "+key, what+" must be known", fmt.Sprintf("write %s = %q above the first table", key, people[0].Name))
	case name != "" && !known && len(people) > 0:
		top.complain(key, fmt.Sprintf("%s is %q", key, name), "no [[person]] has that name", "add one, or name another")
	}
	return name
}

// readPeople reads everybody who is warned.
func (a *Alerts) readPeople(top *table) {
	first, mailed := map[string]int{}, false
	for _, t := range top.list("person", "a list of tables, such as [[person]]") {
		p := a.readPerson(t)
		if line, twice := first[p.Name]; twice && p.Name != "" {
			t.complain(t.at("name"), fmt.Sprintf("%q stands here twice", p.Name), fmt.Sprintf("there is one on line %d already", line), "put the two together, or tell them apart")
		} else {
			first[p.Name] = t.line(t.at("name"))
		}
		mailed = mailed || slices.Contains(p.Channels, email)
		a.Policy.People = append(a.Policy.People, p)
	}
	if a.Email != nil && !mailed {
		top.complain(email, "nobody is warned by email", "no [[person]] has that channel", `write channels = ["email"] below somebody, or leave [email] out`)
	}
}

func (a *Alerts) readPerson(t *table) events.Person {
	before := len(t.problems)
	p := events.Person{Name: t.text("name"), Channels: t.texts("channels"), NoDigest: !t.yes("digest", true), Quiet: t.dates("quiet")}
	if t.values["name"] == nil {
		t.complain(t.name, "a person has no name", "cases know people by it", `write name = "…"`)
	}
	if address := t.text("email"); address != "" {
		if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
			t.complain(t.at("email"), fmt.Sprintf("%q is no email address", address), "nothing could be sent there", "write it as ann@lmc.example")
		} else {
			a.Addresses[p.Name] = address
		}
	}
	if t.values["channels"] == nil || p.Channels != nil && len(p.Channels) == 0 {
		t.complain(t.at("channels"), fmt.Sprintf("%q has no channels", p.Name), "they could not be warned", `write channels = ["email"] or ["file"]`)
	}
	for _, c := range p.Channels {
		a.checkChannel(t, p.Name, c)
	}
	p.Rungs = readRungs(t)
	t.close()
	if len(t.problems) == before {
		asked := a.Policy
		asked.People, asked.Desk, asked.Officer = []events.Person{p}, p.Name, p.Name
		t.ask(t.name, asked)
	}
	return p
}

// checkChannel complains of a channel by which this person cannot be warned.
func (a *Alerts) checkChannel(t *table, name, channel string) {
	complain := func(why, next string) {
		t.complain(t.at("channels"), fmt.Sprintf("%q cannot be warned by %s", name, channel), why, next)
	}
	switch channel {
	case file:
	case email:
		if t.values["email"] == nil {
			complain("there is no address", `write email = "…" below their name`)
		}
		if a.Email == nil {
			complain("there is no mail server", "add the table [email]")
		}
	case teams, webhook:
		complain("that is a place, and nobody's own", fmt.Sprintf("write urgent = [%q] at the top of the file instead", channel))
	default:
		complain("there is no such channel", "there are email and file")
	}
}

// readUrgent reads the channels that everybody has for what is urgent: unless
// the file names them, those of them that are set up.
func (a *Alerts) readUrgent(top *table) []string {
	set := map[string]bool{teams: a.Teams != nil, webhook: a.Webhook != nil}
	if urgent := top.texts("urgent"); top.values["urgent"] != nil {
		for _, c := range urgent {
			complain := func(why, next string) {
				top.complain("urgent", fmt.Sprintf("what is urgent cannot go to %q", c), why, next)
			}
			switch up, known := set[c]; {
			case !known:
				complain("that is no place for everybody", "there are teams and webhook")
			case !up:
				complain("it is not set up", "add the table ["+c+"]")
			}
		}
		return urgent
	}
	var found []string
	for _, c := range []string{teams, webhook} {
		if set[c] {
			found = append(found, c)
		}
	}
	return found
}

// readLadders reads the ladders of the LMC, of classes and of rules. The LMC's
// own is that of the defaults if the file has none.
func readLadders(top *table, otherwise events.AlertPolicySet) []events.Ladder {
	var ladders []events.Ladder
	own := false
	for _, t := range top.list("ladder", "a list of tables, such as [[ladder]]") {
		before := len(t.problems)
		l := events.Ladder{Class: t.text("class"), Rule: t.text("rule"), Rungs: readRungs(t)}
		if t.values["rungs"] == nil {
			t.complain(t.name, "a ladder has no rungs", "nobody would be warned by it", `write rungs = [{ id = "day", days = 0, urgent = true }]`)
		}
		t.close()
		if l.Class == "" && l.Rule == "" {
			own = true
		}
		if len(t.problems) == before {
			t.askLadder(l, otherwise)
		}
		ladders = append(ladders, l)
	}
	if !own {
		ladders = append(slices.Clone(otherwise.Ladders), ladders...)
	}
	return ladders
}

// askLadder says what is wrong with a ladder: where it stands, of what it is for;
// where its rungs stand, of them.
func (t *table) askLadder(l events.Ladder, otherwise events.AlertPolicySet) {
	with := func(rungs []events.Rung) events.AlertPolicySet {
		asked := otherwise
		asked.Ladders = []events.Ladder{{Class: l.Class, Rule: l.Rule, Rungs: rungs}}
		if l.Class != "" || l.Rule != "" {
			asked.Ladders = append(asked.Ladders, otherwise.Ladders...)
		}
		return asked
	}
	if t.ask(t.name, with(otherwise.Ladders[0].Rungs)) {
		t.ask(t.at("rungs"), with(l.Rungs))
	}
}

func readRungs(t *table) []events.Rung {
	var rungs []events.Rung
	for _, r := range t.list("rungs", `a list of rungs, such as [{ id = "day", days = 0 }]`) {
		rung := events.Rung{ID: r.text("id"), Urgent: r.yes("urgent", false), ToOfficer: r.yes("to_officer", false)}
		for _, key := range []string{"id", "days"} {
			if r.values[key] == nil {
				r.complain(r.name, "a rung has no "+key, "it must be known which it is, and when it comes", `write { id = "day", days = 0 }`)
			}
		}
		rung.Days, _ = r.number("days")
		r.close()
		rungs = append(rungs, rung)
	}
	return rungs
}
