// Package sample tells histories for the tests and benchmarks of views: commits
// sealed as the log would hold them, decided by the rules that decide them in
// earnest. It invents nothing at random, so that what is made of a history can
// be compared with what was made of it before. Nothing but tests uses it.
package sample

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"parley/domain/calendar"
	"parley/domain/directory"
	"parley/domain/negotiation"
	"parley/events"
)

// Day reads a date such as 2026-11-22.
func Day(s string) calendar.Date {
	d, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// Fact is an event on a day.
func Fact(day string, e events.Event) events.Fact { return events.Fact{On: Day(day), Event: e} }

// Line is one aggregate's history in the making.
type Line struct {
	History events.History

	t  testing.TB
	of events.Aggregate
}

// Begin begins the history of an aggregate.
func Begin(t testing.TB, of events.Aggregate) *Line { return &Line{t: t, of: of} }

// Tell adds a commit with these facts, recorded at noon of that day, UTC, or a
// second after the commit before if that is later. Its position is its version.
func (l *Line) Tell(recorded string, facts ...events.Fact) events.Sealed {
	l.t.Helper()
	version := len(l.History) + 1
	c := events.Commit{
		Command:   uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "%s %d", l.of, version)),
		Aggregate: l.of, Version: version, Actor: "j.doe", RecordedAt: Day(recorded).Time().Add(12 * time.Hour), Facts: facts,
	}
	if version > 1 {
		last := l.History[version-2]
		c.Previous = last.Hash
		if !c.RecordedAt.After(last.RecordedAt) {
			c.RecordedAt = last.RecordedAt.Add(time.Second)
		}
	}
	sealed, err := events.Seal(c)
	if err != nil {
		l.t.Fatal(err)
	}
	l.History = append(l.History, events.Recorded{Commit: sealed.Commit, Position: uint64(version)})
	return sealed
}

// Do decides a command on the case as it stands and tells what comes of it. A
// refusal fails the test.
func (l *Line) Do(recorded string, cmd negotiation.Command, bodies directory.Directory) {
	l.t.Helper()
	facts, err := negotiation.Decide(negotiation.Fold(l.History), cmd, negotiation.Circumstances{
		Today: Day(recorded), Calendar: calendar.Builtin(), Version: len(l.History) + 1, Bodies: bodies, History: l.History,
	})
	if err != nil || len(facts) == 0 {
		l.t.Fatalf("%T on %s: %d facts, %v", cmd, recorded, len(facts), err)
	}
	l.Tell(recorded, facts...)
}

// Practices returns the codes of n practices of Gloucestershire, and a directory
// that has them.
func Practices(n int) ([]string, directory.Directory) {
	codes := make([]string, n)
	known := make([]directory.Practice, n)
	for i := range codes {
		codes[i] = fmt.Sprintf("L%05d", 84001+i)
		known[i] = directory.Practice{}.Apply(Fact("2025-09-01", events.PracticeListed{
			Practice: codes[i], Name: fmt.Sprintf("SURGERY NUMBER %d", i+1), ICB: "QR1", Opened: Day("1974-04-01"),
		}))
	}
	return codes, directory.New().With(known...)
}

// Collective returns the history of a case in which so many practices (2 or
// more) served notice on different days before an agreement was reached: some
// twenty commits, with a late entry, a correction and a retraction.
func Collective(t testing.TB, ref string, practices int) events.History {
	t.Helper()
	codes, bodies := Practices(practices)
	l := Begin(t, events.Case(ref))
	do := func(day string, cmd negotiation.Command) { t.Helper(); l.Do(day, cmd, bodies) }
	on := func(day string) negotiation.Dated { return negotiation.Dated{On: Day(day)} }
	some, others := codes[:practices/2], codes[practices/2:]

	do("2026-03-02", negotiation.OpenCase{Ref: ref, LMC: "GLO", ICB: "QR1", Service: "phlebotomy-secondary", Title: "Bloods for hospitals", Practices: codes})
	do("2026-03-02", negotiation.Assign{Caseworker: "j.doe"})
	do("2026-03-09", negotiation.RecordContract{Position: events.ContractPositionRecorded{
		Position: events.RolledOver, TermEnd: Day("2025-03-31"), LastPayment: Day("2026-02-27"), Clause: "14.2",
		Notice: calendar.Period{N: 3, Unit: calendar.Months}, Document: "les-2024.pdf",
	}})
	do("2026-03-16", negotiation.RecordEvidence{Evidence: events.EvidenceRecorded{
		Activity: 41_204, Unit: "blood test", From: Day("2025-04-01"), Until: Day("2026-02-28"), Source: "practices' returns",
	}})
	do("2026-03-16", negotiation.RecordCost{Cost: events.CostRecorded{Pence: 612, Unit: "blood test", Basis: "11 minutes, band 3"}})
	do("2026-03-20", negotiation.GiveMandate{Mandate: events.MandateGiven{By: "LMC committee", FloorPence: 480, Text: "no less than cost by 2028"}})
	offer := func(day string, by events.Party, pence int64, reply string) {
		t.Helper()
		do(day, negotiation.TableOffer{By: by, ReplyBy: Day(reply), Terms: events.Terms{
			PricePence: pence, Unit: "blood test", From: Day("2026-10-01"), Until: Day("2028-03-31"), Review: Day("2027-10-01"),
		}})
	}
	offer("2026-03-23", events.LMC, 650, "2026-04-30")
	offer("2026-04-20", events.ICB, 310, "2026-05-15")
	do("2026-04-27", negotiation.RejectOffer{Offer: 2, Why: "half of what it costs"})
	offer("2026-04-27", events.LMC, 600, "2026-05-29")
	do("2026-05-11", negotiation.Advise{Practices: codes, Text: "Three months, by email, and keep the receipt."})
	do("2026-05-18", negotiation.ServeNotice{Practices: some})
	do("2026-06-08", negotiation.ServeNotice{Practices: others})
	do("2026-06-10", negotiation.AcknowledgeNotice{Practices: some, Document: "ack.eml"})
	do("2026-06-12", negotiation.Correct{Event: events.EventID{Version: 12, Index: 1}, Why: "sent three days later", Moved: Day("2026-05-21")})
	do("2026-06-15", negotiation.AddNote{Text: "Entered on the wrong case."})
	do("2026-06-15", negotiation.Correct{Event: events.EventID{Version: 16, Index: 1}, Why: "another case's", Retract: true})
	do("2026-07-01", negotiation.LogLetter{Dated: on("2026-06-19"), Letter: events.LetterLogged{
		Direction: events.In, With: events.ICB, Method: events.Post, Subject: "Let us talk again", Document: "letter-4.pdf",
	}})
	do("2026-07-02", negotiation.SendFOI{About: "spend on phlebotomy since 2023"})
	offer("2026-07-20", events.ICB, 525, "2026-08-31")
	do("2026-07-27", negotiation.AcceptOffer{Offer: 4})
	do("2026-08-10", negotiation.Sign{Document: "variation-7.pdf"})
	do("2026-10-05", negotiation.Fund{Pence: 65_625})
	return l.History
}
